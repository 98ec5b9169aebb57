/* table_reply behind a real server: what a browser and a program get from one handler. */
#include "tests/support.h"

#include <curl/curl.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>

#include "base/file.h"
#include "base/log.h"
#include "format/xlsx.h"
#include "ledger/trust.h"
#include "report/table.h"

static const struct column columns[] = { { "unit", "Place", NULL, CELL_TEXT },
                                         { "value", "Output", "tonnes", CELL_NUMBER } };

static bool write_rows(struct work *w, struct table *t, void *context)
{
        int count = *(int *)context;

        for (int i = 0; i < count; i++)
                table_row(t, (struct cell[]){ cell_link("Hà Tĩnh", "/units/42"), cell_number(116450000 + i, 6, 2) });
        if (count == 13)
                return error_set(&w->err, ERR_CONFLICT, "the thirteenth row is missing");
        return work_ok(w);
}

static bool list(struct work *w, const struct request *q, struct reply *reply)
{
        static const char *const notes[] = { "Source: GSO", NULL };
        const struct page page = { .title = "Output", .nav = NAV_FIGURES };
        const char *rows = request_query(q, "rows", 0);
        int count = rows == NULL ? 1 : atoi(rows);

        return table_reply(w, q, reply, &page, "output", notes, columns, 2, write_rows, &count);
}

static const struct route routes[] = { { GET, "/list", list, MAY_READ_PUBLIC, 0, "" }, { 0 } };
static const struct route *const all_routes[] = { web_routes, routes, NULL };
static const struct entry_kind *const kinds[] = { account_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, account_tables, NULL };
static const struct ledger_schema schema = { .kinds = kinds, .tables = tables };

static struct {
        struct node *node;
        pthread_t thread;
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        char address[128];
        bool is_ok, has_ended;
        struct error err;
} site = { .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static void started(const char *address, void *context)
{
        (void)context;
        pthread_mutex_lock(&site.mutex);
        snprintf(site.address, sizeof site.address, "http://127.0.0.1%s", strrchr(address, ':'));
        site.address[strcspn(site.address + 7, "/") + 7] = '\0';
        pthread_cond_broadcast(&site.changed);
        pthread_mutex_unlock(&site.mutex);
}

static void *serve(void *argument)
{
        struct server_options options = { .listen = "127.0.0.1:0", .routes = all_routes, .started = started };

        (void)argument;
        site.is_ok = web_serve(site.node, &options, &site.err);
        pthread_mutex_lock(&site.mutex);
        site.has_ended = true;
        pthread_cond_broadcast(&site.changed);
        pthread_mutex_unlock(&site.mutex);
        return NULL;
}

static int open_site(void **state)
{
        char folder[512];

        (void)state;
        log_set_level(LOG_ALARM);
        snprintf(folder, sizeof folder, "%s/node", test_folder());
        site.err.language = LANGUAGE_EN;
        if (!node_init(folder, "42", test_store(), &schema, &site.err) ||
            (site.node = node_open(folder, NODE_WRITE, &schema, &site.err)) == NULL)
                fail_msg("%s: %s", site.err.context, site.err.message);
        assert_int_equal(pthread_create(&site.thread, NULL, serve, NULL), 0);
        pthread_mutex_lock(&site.mutex);
        while (site.address[0] == '\0' && !site.has_ended)
                pthread_cond_wait(&site.changed, &site.mutex);
        pthread_mutex_unlock(&site.mutex);
        if (site.has_ended)
                fail_msg("%s", site.err.message);
        return 0;
}

static int close_site(void **state)
{
        (void)state;
        kill(getpid(), SIGTERM);
        pthread_join(site.thread, NULL);
        assert_true(site.is_ok);
        node_close(site.node);
        return 0;
}

static struct buf head, body;

static size_t take(char *bytes, size_t one, size_t length, void *into)
{
        buf_put(into, bytes, one * length);
        return one * length;
}

static long get(const char *path)
{
        char address[256];
        CURL *curl = curl_easy_init();
        long status = 0;

        buf_clear(&head);
        buf_clear(&body);
        buf_init(&head, 0);
        buf_init(&body, 0);
        buf_put(&body, "", 0);
        snprintf(address, sizeof address, "%s%s", site.address, path);
        curl_easy_setopt(curl, CURLOPT_URL, address);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
        curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take);
        curl_easy_setopt(curl, CURLOPT_HEADERDATA, &head);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
        curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
        assert_int_equal(curl_easy_perform(curl), CURLE_OK);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_cleanup(curl);
        return status;
}

static void a_page_stands_in_its_frame_with_links_to_the_other_formats(void **state)
{
        (void)state;
        assert_int_equal(get("/list?lang=en&rows=2&x=a%26b"), 200);
        assert_non_null(strstr(body.data, "<!doctype html>"));
        assert_non_null(strstr(body.data, "<h1>Output</h1>"));
        assert_non_null(strstr(body.data, "<td class=\"num\" data-l=\"Output (tonnes)\">116.45</td>"));
        assert_non_null(strstr(body.data, "href=\"/list.csv?rows=2&amp;x=a%26b\""));
        assert_non_null(strstr(body.data, "href=\"/list.xlsx?rows=2&amp;x=a%26b\""));
        assert_non_null(strstr(body.data, "</html>"));
        assert_non_null(strstr(head.data, "X-Row-Count: 2\r\n"));
}

static void programs_get_json_and_csv(void **state)
{
        json_t *read;

        (void)state;
        assert_int_equal(get("/list.json?rows=2"), 200);
        assert_non_null(strstr(head.data, "application/json"));
        read = json_loadb(body.data, body.length, 0, NULL);
        assert_non_null(read);
        assert_int_equal(json_integer_value(json_object_get(read, "count")), 2);
        assert_true(json_is_null(json_object_get(read, "next")));
        json_decref(read);
        assert_int_equal(get("/list.csv?rows=3"), 200);
        assert_string_equal(body.data, "unit,value,value_unit\r\nHà Tĩnh,116.45,tonnes\r\n"
                                       "Hà Tĩnh,116.450001,tonnes\r\nHà Tĩnh,116.450002,tonnes\r\n");
        assert_non_null(strstr(head.data, "text/csv"));
        assert_non_null(strstr(head.data, "output.csv"));
        assert_non_null(strstr(head.data, "X-Row-Count: 3\r\n"));
}

static bool count_row(void *context, const char *sheet, int row, const struct xlsx_cell *cells, int count)
{
        (void)sheet;
        assert_int_equal(count, 2);
        if (row > 1)
                assert_string_equal(cells[0].text, "Hà Tĩnh");
        ++*(int *)context;
        return true;
}

static void a_workbook_of_any_length_arrives_whole(void **state)
{
        static const int lengths[] = { 0, 1, 150000 };

        (void)state;
        for (int i = 0; i < 3; i++) {
                struct arena *arena = arena_open((size_t)16 << 20);
                struct error e = { .language = LANGUAGE_EN };
                const char *path = test_path("list.xlsx");
                char address[64];
                int rows = 0;

                snprintf(address, sizeof address, "/list.xlsx?rows=%d", lengths[i]);
                assert_int_equal(get(address), 200);
                assert_non_null(strstr(head.data, "output.xlsx"));
                assert_true(file_write(path, body.data, body.length, 0600, &e));
                xlsx_read(arena, path, NULL, count_row, &rows, &e);
                assert_string_equal(e.message, "");
                assert_int_equal(rows, lengths[i] + 1);
                arena_close(arena);
        }
}

static void an_export_of_any_length_arrives_whole(void **state)
{
        (void)state;
        assert_int_equal(get("/list.csv?rows=200000"), 200);
        assert_non_null(strstr(head.data, "X-Row-Count: 200000\r\n"));
        assert_non_null(strstr(body.data + body.length - 40, "116.649999,tonnes\r\n"));
}

static void an_error_among_the_rows_is_an_error_and_no_half_table(void **state)
{
        static const char *const addresses[] = { "/list.json?rows=13", "/list.csv?rows=13", "/list.xlsx?rows=13",
                                                 "/list?lang=en&rows=13" };

        (void)state;
        for (int i = 0; i < 4; i++) {
                assert_int_equal(get(addresses[i]), 409);
                assert_null(strstr(body.data, "116,45"));
                assert_null(strstr(body.data, "116.45"));
                assert_null(strstr(head.data, "X-Row-Count"));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_page_stands_in_its_frame_with_links_to_the_other_formats),
                cmocka_unit_test(programs_get_json_and_csv),
                cmocka_unit_test(a_workbook_of_any_length_arrives_whole),
                cmocka_unit_test(an_export_of_any_length_arrives_whole),
                cmocka_unit_test(an_error_among_the_rows_is_an_error_and_no_half_table),
        };
        int failed = cmocka_run_group_tests_name("table_reply", tests, open_site, close_site);

        buf_clear(&head);
        buf_clear(&body);
        return failed;
}
