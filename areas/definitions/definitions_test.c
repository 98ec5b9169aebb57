/* Places and indicators behind a real server; figures that follow a changed map. */
#include "tests/support.h"
#include "tests/shipped.h"

#include <curl/curl.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>

#include "areas/area.h"
#include "areas/definitions/definitions.h"
#include "base/log.h"
#include "cli/cli.h"
#include "blob/blob.h"
#include "form/form.h"
#include "ledger/check.h"
#include "ledger/node.h"
#include "ledger/trust.h"
#include "ledger/write.h"

extern const struct area definitions_area;

static const struct route *all_routes[] = { web_routes, NULL, NULL };
static const struct entry_kind *const kinds[] = { trust_kinds, account_kinds, catalogue_kinds, blob_kinds, figure_kinds, form_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, account_tables, catalogue_tables, blob_tables, figure_tables, form_tables, NULL };
static const struct ledger_schema schema = { .kinds = kinds, .tables = tables };

static struct {
        char folder[512];
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

static void node_make(const char *unit)
{
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        struct work w;

        log_set_level(LOG_ALARM + 1);
        snprintf(site.folder, sizeof site.folder, "%s/node", test_folder());
        site.err.language = LANGUAGE_EN;
        if (!node_init(site.folder, unit, test_store(), &schema, &site.err) ||
            (site.node = node_open(site.folder, NODE_WRITE, &schema, &site.err)) == NULL)
                fail_msg("%s: %s", site.err.context, site.err.message);
        work_init(&w, a, node_reader(site.node, &site.err), LANGUAGE_EN);
        w.node = site.node;
        w.user = &user_operator;
        if (!ledger_write(&w, load_shipped, NULL))
                fail_msg("%s", w.err.message);
        arena_close(a);
}

static int open_site(void **state)
{
        (void)state;
        all_routes[1] = definitions_area.routes;
        node_make("42");
        assert_int_equal(pthread_create(&site.thread, NULL, serve, NULL), 0);
        pthread_mutex_lock(&site.mutex);
        while (site.address[0] == '\0' && !site.has_ended)
                pthread_cond_wait(&site.changed, &site.mutex);
        pthread_mutex_unlock(&site.mutex);
        return site.has_ended;
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

static struct buf body;

static size_t take(char *bytes, size_t size, size_t count, void *to)
{
        buf_put(to, bytes, size * count);
        return size * count;
}

static long fetch(const char *path)
{
        CURL *curl = curl_easy_init();
        char url[512];
        long status = 0;

        snprintf(url, sizeof url, "%s%s", site.address, path);
        buf_clear(&body);
        buf_init(&body, 0);
        curl_easy_setopt(curl, CURLOPT_URL, url);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
        curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
        assert_int_equal(curl_easy_perform(curl), CURLE_OK);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_cleanup(curl);
        return status;
}

static void expect(const char *path, long status, const char *part)
{
        long got = fetch(path);

        if (got != status || (part != NULL && (body.data == NULL || strstr(body.data, part) == NULL)))
                fail_msg("%s: %ld, without %s in: %.600s", path, got, part == NULL ? "" : part,
                         body.data == NULL ? "" : body.data);
}

static size_t lines(void)
{
        size_t count = 0;

        for (size_t i = 0; i < body.length; i++)
                count += body.data[i] == '\n';
        return count;
}

static void pages_show_places_of_any_day(void **state)
{
        static const struct { const char *path; long status; const char *part; } cases[] = {
                { "/units", 200, "/units/42" },
                { "/units?on=2021-12-31", 200, "Tỉnh Bắc Giang" },
                { "/units?on=2021-12-31&lang=en", 200, "Bac Giang Province" },
                { "/units?q=ha+tinh", 200, "Tỉnh Hà Tĩnh" },
                { "/units?q=th%E1%BB%ABa&on=2024-12-31", 200, "Tỉnh Thừa Thiên Huế" },
                { "/units?level=nix", 422, "nix" },
                { "/units?on=2025-02-30", 422, "2025-02-30" },
                { "/units?parent=99", 404, "99" },
                { "/units/25", 200, "Nghị quyết 202/2025/QH15" },
                { "/units/25", 200, "25@2004-01-01" },
                { "/units/17", 200, "/units/25" },
                { "/units/46", 200, "Tỉnh Thừa Thiên Huế" },
                { "/units/25@2021-12-31", 200, "25@2004-01-01" },
                { "/units/17@2026-01-01", 404, "17@2026-01-01" },
                { "/units/99", 404, "99" },
                { "/units/99.json", 404, "\"error\"" },
                { "/units/changes", 200, "Nghị quyết 30/2026/QH16" },
                { "/units/changes?unit=99", 404, "99" },
                { "/indicators", 200, "iip_yoy" },
                { "/calendar", 200, "Quốc khánh" },
                { "/calendar?lang=en", 200, "caunoi catalogue load NODE DIR" },
                { "/calendar.csv", 200, "2026-02-" },
                { "/calendar.csv?lang=en", 200, "2027-09-03,day off,National Day,to be checked,\"Chưa có thông báo" },
                { "/indicators?lang=en", 200, "Index of industrial production" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                expect(cases[i].path, cases[i].status, cases[i].part);
}

static void files_are_whole_and_lists_are_paged(void **state)
{
        json_t *page, *rows;
        char next[600] = "/units.json?level=commune";
        size_t all = 0;

        (void)state;
        expect("/units.csv?level=commune", 200, "code,key,level,kind,");
        assert_int_equal(lines(), 3322);
        expect("/units.csv?on=2025-06-30", 200, "24,24@2004-01-01,province,tinh,Bắc Giang");
        assert_int_equal(lines(), 64);
        expect("/units/24.csv", 200, "24,24@2025-07-01");
        assert_int_equal(lines(), 3);
        expect("/units/changes.csv?level=commune", 200, "divided");
        assert_true(lines() > 10600);
        expect("/indicators.csv", 200, "export_value");
        fetch("/units.xlsx");
        assert_memory_equal(body.data, "PK", 2);
        for (int pages = 0; next[0] != '\0' && pages < 40; pages++) {
                const char *key;

                assert_int_equal(fetch(next), 200);
                page = json_loadb(body.data, body.length, 0, NULL);
                assert_non_null(page);
                rows = json_object_get(page, "rows");
                all += json_array_size(rows);
                key = json_string_value(json_object_get(page, "next"));
                if (key != NULL)
                        snprintf(next, sizeof next, "/units.json?level=commune&after=%s", key);
                else
                        next[0] = '\0';
                json_decref(page);
        }
        assert_int_equal(all, 3321);
}

static void one_place_tells_where_it_came_from(void **state)
{
        json_t *reply, *units, *now, *old;

        (void)state;
        assert_int_equal(fetch("/units/25.json"), 200);
        reply = json_loadb(body.data, body.length, 0, NULL);
        units = json_object_get(reply, "units");
        assert_int_equal(json_array_size(units), 2);
        now = json_array_get(units, 0);
        old = json_array_get(units, 1);
        assert_string_equal(json_string_value(json_object_get(now, "key")), "25@2025-07-01");
        assert_int_equal(json_array_size(json_object_get(now, "predecessors")), 3);
        assert_int_equal(json_array_size(json_object_get(now, "children")), 148);
        assert_true(json_is_null(json_object_get(now, "to")));
        assert_string_equal(json_string_value(json_object_get(old, "to")), "2025-06-30");
        assert_int_equal(json_array_size(json_object_get(old, "successors")), 1);
        assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(old, "successors"), 0), "key")),
                            "25@2025-07-01");
        json_decref(reply);
}

/* ---- figures follow the map ------------------------------------------------------------------------------------- */

static bool write_figure(struct work *w, void *argument)
{
        const struct catalogue *c = catalogue_of(w);
        struct figure_writer *fw = figures_open(w, "test/map", "test");
        struct figure f = { .indicator = indicator_find(c, "retail_sales"), .unit = unit_at(c, "18073", day_of(2026, 1, 31)),
                            .period = period_make(FREQUENCY_MONTH, 2026, 1), .item = "", .partner = "", .value = 7000000,
                            .status = STATUS_PUBLISHED };
        int64_t count;

        (void)argument;
        return fw != NULL && figures_add(fw, &f) && figures_close(fw, &count);
}

struct change { const char *path, *from, *to; };

/* The shipped file with one line changed. */
static bool load_changed(struct work *w, void *argument)
{
        const struct change *change = argument;
        struct complaints complaints = { .arena = w->arena, .language = LANGUAGE_EN };
        size_t changed;
        const char *text = catalogue_file(catalogue_of(w), change->path), *place = strstr(text, change->from);
        struct source s = { .path = change->path };

        assert_non_null(place);
        s.text = arena_print(w->arena, "%.*s%s%s", (int)(place - text), text, change->to, place + strlen(change->from));
        s.length = strlen(s.text);
        return catalogue_load(w, &s, 1, NULL, &complaints, &changed);
}

static int64_t province_total(struct work *w, const char *code)
{
        const struct catalogue *c = catalogue_of(w);
        struct figure_row row;

        if (!figure_get(w, indicator_find(c, "retail_sales"), unit_at(c, code, day_of(2026, 1, 31)),
                        period_make(FREQUENCY_MONTH, 2026, 1), "", "", false, 0, &row))
                return -1;
        return row.has_value ? row.value : -1;
}

static void figures_follow_when_a_map_is_corrected(void **state)
{
        struct change moved = { "units/communes-2025.csv", "\n18073,phuong,Thành Sen,Thanh Sen,42,", "\n18073,phuong,Thành Sen,Thanh Sen,40," };
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        struct work w;
        int64_t entries;

        (void)state;
        form_register();
        node_make("VN");
        work_init(&w, a, node_reader(site.node, &site.err), LANGUAGE_EN);
        w.node = site.node;
        w.user = &user_operator;
        if (!ledger_write(&w, write_figure, NULL))
                fail_msg("%s", w.err.message);
        work_init(&w, a, node_reader(site.node, &site.err), LANGUAGE_EN);
        w.node = site.node;
        w.user = &user_operator;
        assert_int_equal(province_total(&w, "42"), 7000000);
        assert_int_equal(province_total(&w, "40"), -1);
        if (!ledger_write(&w, load_changed, &moved))
                fail_msg("%s", w.err.message);
        arena_reset(a);
        work_init(&w, a, node_reader(site.node, &site.err), LANGUAGE_EN);
        w.node = site.node;
        w.user = &user_operator;
        assert_int_equal(province_total(&w, "42"), -1);
        assert_int_equal(province_total(&w, "40"), 7000000);
        if (!ledger_rebuild_check(&w, &entries))
                fail_msg("%s", w.err.message);
        arena_close(a);
        node_close(site.node);
}

/* ---- the commands ------------------------------------------------------------------------------------------------------ */

/* The days off end with 2027: who defines them at the ministry is told from the last months of it on, everybody what rests on them. */
static void the_calendar_says_in_time_that_it_ends(void **state)
{
        static const struct { const char *now, *title; bool is_due; } cases[] = {
                { "2027-09-30", NULL, false }, { "2027-10-01", "The calendar of days off ends on 31 December 2027: add the next year", true },
                { "2027-12-31", "The calendar of days off ends on 31 December 2027: add the next year", true },
                { "2028-01-01", "The days off of this year are not known yet: add them to the calendar", false },
        };
        static const struct user nobody = { 0 };
        const struct area_due *list;
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        struct work w;
        size_t count;

        (void)state;
        for (int is_ministry = 0; is_ministry < 2; is_ministry++) {
                node_make(is_ministry ? "VN" : "42");
                for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                        day now;

                        assert_true(day_read(cases[i].now, strlen(cases[i].now), &now));
                        work_init(&w, a, node_reader(site.node, &site.err), LANGUAGE_EN);
                        w.node = site.node;
                        w.user = &user_operator;
                        w.now = moment_of_day(now);
                        list = calendar_due(&w, &count);
                        assert_non_null(list);
                        assert_int_equal(count, is_ministry && cases[i].title != NULL);
                        if (count == 0)
                                continue;
                        assert_string_equal(list->title, cases[i].title);
                        assert_true(list->due == (cases[i].is_due ? moment_end_of_day(day_of(2027, 12, 31)) : 0));
                        w.user = &nobody;
                        assert_non_null(calendar_due(&w, &count));
                        assert_int_equal(count, 0);
                }
                node_close(site.node);
        }
        arena_close(a);
}

static int run(const char *first, const char *second, const char *third, const char *fourth)
{
        char *argv[] = { (char[]){ "caunoi" }, (char *)(uintptr_t)first, (char *)(uintptr_t)second, (char *)(uintptr_t)third,
                         (char *)(uintptr_t)fourth, NULL };
        const struct command *const list[] = { definitions_area.commands, NULL };
        int argc = 0;

        while (argv[argc] != NULL)
                argc++;
        return cli_main(argc, argv, list, &schema);
}

static void put_file(const char *folder, const char *name, const char *text)
{
        char path[700];
        FILE *f;

        snprintf(path, sizeof path, "%s/%s", folder, name);
        f = fopen(path, "w");
        assert_non_null(f);
        fputs(text, f);
        fclose(f);
}

static void the_commands_check_and_load_a_folder(void **state)
{
        char folder[512], node[512];

        (void)state;
        node_make("VN");
        snprintf(node, sizeof node, "%s", site.folder);
        node_close(site.node);
        snprintf(folder, sizeof folder, "%s", test_folder());
        assert_int_equal(run("catalogue", "check", "data", NULL), 0);
        assert_int_equal(run("catalogue", "check", "/nonexistent", NULL), 1);
        put_file(folder, "periods.yaml", "windows:\n  - id: month\n");
        assert_int_equal(run("catalogue", "check", folder, NULL), 1);
        assert_int_equal(run("catalogue", "load", node, folder), 1);
        put_file(folder, "periods.yaml", 
                 "windows:\n  - id: month\n    name: {vi: a, en: a}\n    legal_basis: x\n    frequency: month\n"
                 "    first: {day: 1}\n    last: {day: last}\n    due: {day: last, time: \"16:00\"}\n");
        assert_int_equal(run("catalogue", "load", node, folder), 0);
        assert_int_equal(run("catalogue", "load", node, folder), 0);
}

int main(void)
{
        const struct CMUnitTest pages[] = {
                cmocka_unit_test(pages_show_places_of_any_day),
                cmocka_unit_test(files_are_whole_and_lists_are_paged),
                cmocka_unit_test(one_place_tells_where_it_came_from),
        };
        const struct CMUnitTest others[] = {
                cmocka_unit_test(figures_follow_when_a_map_is_corrected),
                cmocka_unit_test(the_commands_check_and_load_a_folder),
                cmocka_unit_test(the_calendar_says_in_time_that_it_ends),
        };
        int failed = cmocka_run_group_tests(pages, open_site, close_site);

        return failed + cmocka_run_group_tests(others, NULL, NULL);
}
