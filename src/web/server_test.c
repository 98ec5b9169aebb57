#include "tests/support.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <jansson.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>
#include <zlib.h>

#include "base/log.h"
#include "base/utf8.h"
#include "catalogue/catalogue.h"
#include "format/jsonw.h"
#include "ledger/trust.h"
#include "web/web_private.h"

/* ---- a small site to test with ------------------------------------------------------------------------ */

static atomic_int handler_runs;
static atomic_bool hold_slow;

static enum applied apply_note(struct work *w, const struct entry *e, struct error *why)
{
        (void)why;
        db_exec(w->db, "INSERT INTO note (words, entry) VALUES ($1, $2)",
                ARGS(v_text(json_string_value(json_object_get(e->body, "words"))), v_int(e->id)));
        return work_ok(w) ? APPLIED : FAILED;
}

static const struct entry_kind note_kinds[] = { { "note", apply_note, "" }, { NULL, NULL, NULL } };
static const struct derived_table note_tables[] = {
        { "note", "CREATE TABLE note (words TEXT, entry BIGINT)", NULL, NULL },
        { NULL, NULL, NULL, NULL },
};
static const struct entry_kind *const kinds[] = { account_kinds, catalogue_kinds, note_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, account_tables, catalogue_tables, note_tables, NULL };
static const struct ledger_schema schema = { .kinds = kinds, .tables = tables };

static bool hello(struct work *w, const struct request *r, struct reply *reply)
{
        atomic_fetch_add(&handler_runs, 1);
        reply->content_type = "text/plain; charset=utf-8";
        buf_print(&reply->body, "hello %s in %s, notes: %d\n", w->user->login, language_name(w->language),
                  (int)db_number(w->db, "SELECT COUNT(*) FROM note", NO_ARGS, -1));
        for (int i = 0; request_query(r, "more", 0) != NULL && i < 200; i++)
                buf_print(&reply->body, "line %d of the answer\n", i);
        return true;
}

static bool thing(struct work *w, const struct request *r, struct reply *reply)
{
        reply->content_type = "text/plain";
        buf_print(&reply->body, "%s|%s|%d|%s", request_part(r, "id"), request_path(r), (int)request_suffix(r),
                  request_query(r, "q", 0) == NULL ? "-" : request_query(r, "q", 0));
        return work_ok(w);
}

/* The page that holds the form for /form; with a question it is refused itself. */
static bool note_form(struct work *w, const struct request *r, struct reply *reply)
{
        struct page page = { .title = "Note" };

        if (request_query(r, "in", 0) != NULL)
                return error_set(&w->err, ERR_USAGE, "only as it is");
        page_begin(w, r, reply, &page);
        buf_print(&reply->body, "<form method=\"post\" action=\"/form\"><input type=\"hidden\" name=\"csrf\" value=\"%s\">", request_csrf(r));
        BUF_LITERAL(&reply->body, "<label for=\"w\">Words</label><input id=\"w\" name=\"words\"><textarea name=\"more\"></textarea></form>");
        page_end(w, r, reply, &page);
        return work_ok(w);
}

static bool write_note(struct work *w, const struct request *r, struct reply *reply)
{
        const char *words = request_field(r, "words", 0);
        struct buf body;
        struct jsonw j;
        bool is_ok;

        if (words == NULL || words[0] == '\0')
                return web_field_error(w, "words", "some fields need correction");
        buf_init(&body, 0);
        jsonw_init(&j, &body);
        jsonw_object(&j);
        jsonw_member_text(&j, "words", words);
        jsonw_end(&j);
        is_ok = ledger_append(w, node_unit(w->node), "note", "note/1", &body, NULL);
        buf_clear(&body);
        reply->content_type = "text/plain";
        buf_text(&reply->body, "written");
        return is_ok;
}

static bool slow(struct work *w, const struct request *r, struct reply *reply)
{
        (void)r;
        while (atomic_load(&hold_slow))
                nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
        reply->content_type = "text/plain";
        buf_text(&reply->body, "slowly");
        return work_ok(w);
}

/* A thousand numbers, combined in a million million ways. */
static bool endless(struct work *w, const struct request *r, struct reply *reply)
{
        (void)r;
        reply->content_type = "text/plain";
        buf_int(&reply->body, db_number(w->db,
                                        "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
                                        " SELECT COUNT(*) FROM n a, n b, n c, n d WHERE a.i + b.i + c.i + d.i < 0",
                                        NO_ARGS, -1));
        return work_ok(w);
}

static bool wait_for_notes(struct work *w, const struct request *r, struct reply *reply)
{
        int64_t after = atoll(request_query(r, "after", 0));
        int64_t count = db_number(w->db, "SELECT COUNT(*) FROM note", NO_ARGS, -1);

        if (count <= after && !request_waited(r))
                return request_wait(w, r, 2);
        reply->content_type = "text/plain";
        buf_print(&reply->body, "notes: %d", (int)count);
        return true;
}

static bool big(struct work *w, const struct request *r, struct reply *reply)
{
        int lines = atoi(request_query(r, "lines", 0));

        reply->content_type = "text/plain";
        for (int i = 0; i < lines; i++)
                buf_print(&reply->body, "%09d\n", i);
        return work_ok(w);
}

static bool upload(struct work *w, const struct request *r, struct reply *reply)
{
        const char *name, *path = request_upload(r, "file", &name);
        FILE *f = path == NULL ? NULL : fopen(path, "re");
        long size = -1;

        if (f != NULL) {
                fseek(f, 0, SEEK_END);
                size = ftell(f);
                fclose(f);
        }
        reply->content_type = "text/plain";
        buf_print(&reply->body, "%s %ld %s", name == NULL ? "-" : name, size,
                  request_field(r, "remark", 0) == NULL ? "-" : request_field(r, "remark", 0));
        return work_ok(w);
}

static bool take_json(struct work *w, const struct request *r, struct reply *reply)
{
        json_t *json = request_json(w, r);

        if (json == NULL)
                return false;
        reply->content_type = "text/plain";
        buf_text(&reply->body, json_string_value(json_object_get(json, "name")));
        return true;
}

/* Nodes: whoever says so is one. */
static atomic_int nodes_told;

static bool admit_any(struct work *w, const struct request *r, char peer[65])
{
        (void)w;
        (void)r;
        strcpy(peer, "somebody");
        return true;
}

static void note_slow(struct node *n, const struct request *r, const char *peer, const struct error *err)
{
        (void)n;
        (void)r;
        (void)peer;
        atomic_fetch_add(&nodes_told, err != NULL && strstr(err->message, "chậm") != NULL);
}

static const struct exchange_hooks any_node = { .admit = admit_any, .ended = note_slow };

static const struct route test_routes[] = {
        { GET, "/hello", hello, MAY_READ_PUBLIC, 0, "" },
        { GET, "/inner", hello, MAY_READ, 0, "" },
        { GET, "/vintage", hello, MAY_READ_PUBLIC, ROUTE_KNOWN, "" },
        { GET, "/vintage/inner", hello, MAY_READ, ROUTE_KNOWN, "" },
        { GET, "/register", hello, MAY_READ_PUBLIC, ROUTE_PAST, "" },
        { GET, "/things/{id}", thing, MAY_READ_PUBLIC, 0, "" },
        { POST, "/note", write_note, MAY_READ_PUBLIC, ROUTE_WRITES | ROUTE_MACHINE, "" },
        { POST, "/form", write_note, MAY_FILL, ROUTE_WRITES, "" },
        { GET, "/notes/new", note_form, MAY_FILL, 0, "" },
        { GET, "/notes/secret", note_form, MAY_ADMINISTER, 0, "" },
        { GET, "/slow", slow, MAY_READ_PUBLIC, ROUTE_SLOW, "" },
        { GET, "/endless", endless, MAY_READ_PUBLIC, 0, "" },
        { GET, "/wait", wait_for_notes, MAY_READ_PUBLIC, ROUTE_WAITS, "" },
        { GET, "/big", big, MAY_READ_PUBLIC, 0, "" },
        { GET, "/big/for-nodes", big, MAY_READ_PUBLIC, ROUTE_EXCHANGE | ROUTE_MACHINE, "" },
        { POST, "/upload", upload, MAY_READ_PUBLIC, ROUTE_UPLOAD | ROUTE_SLOW | ROUTE_MACHINE, "" },
        { POST, "/json", take_json, MAY_READ_PUBLIC, ROUTE_MACHINE, "" },
        { 0 },
};
static const struct route *const all_routes[] = { web_routes, test_routes, NULL };

/* ---- one node and server for all tests ----------------------------------------------------------------- */

static struct {
        struct node *node;
        pthread_t thread;
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        int port;
        bool is_ok, has_ended;
        struct error err;
        char token[64];
} site = { .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static void started(const char *address, void *context)
{
        (void)context;
        pthread_mutex_lock(&site.mutex);
        site.port = atoi(strrchr(address, ':') + 1);
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

static void start_server(void)
{
        site.port = 0;
        site.has_ended = false;
        assert_int_equal(pthread_create(&site.thread, NULL, serve, NULL), 0);
        pthread_mutex_lock(&site.mutex);
        while (site.port == 0 && !site.has_ended)
                pthread_cond_wait(&site.changed, &site.mutex);
        pthread_mutex_unlock(&site.mutex);
        if (site.has_ended)
                fail_msg("%s", site.err.message);
}

static void stop_server(void)
{
        kill(getpid(), SIGTERM);
        pthread_join(site.thread, NULL);
        assert_true(site.is_ok);
}

static bool make_accounts(struct work *w, void *argument)
{
        return account_set(w, "mai", "Mai", ROLE_SPECIALIST, "42", false) &&
               account_set_password(w, "mai", argument) && account_make_token(w, "mai", "test", site.token) &&
               account_set(w, "lan", "Lan", ROLE_CONSULTANT, "42", false) &&
               account_set_password(w, "lan", argument);
}

static int open_site(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        struct arena *arena = arena_open(WORK_MEMORY_USUAL);
        char folder[512], hash[128];
        struct work w;

        (void)state;
        log_set_level(getenv("CAUNOI_TEST_LOG") != NULL ? LOG_DETAIL : LOG_ALARM);
        snprintf(folder, sizeof folder, "%s/node", test_folder());
        if (!node_init(folder, "42", test_store(), &schema, &err) ||
            (site.node = node_open(folder, NODE_WRITE, &schema, &err)) == NULL)
                fail_msg("%s: %s", err.context, err.message);
        work_init(&w, arena, node_reader(site.node, &err), LANGUAGE_EN);
        w.node = site.node;
        w.user = &user_operator;
        if (!account_hash(&w, "một mật khẩu dài", hash) || !ledger_write(&w, make_accounts, hash))
                fail_msg("%s", w.err.message);
        arena_close(arena);
        start_server();
        return 0;
}

static int close_site(void **state)
{
        (void)state;
        stop_server();
        node_close(site.node);
        return 0;
}

/* ---- a client that sends any bytes
 * ------------------------------------------------------------------------- */

/* room: bytes the system may hold for us that we have not read, or 0: as many as it likes. */
static int dial_if_open(int room) /* -1: nobody listens */
{
        struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)site.port) };
        struct timeval patience = { 20, 0 };
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (room > 0)
                setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
        if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
                return fd;
        close(fd);
        return -1;
}

static int dial_with(int room)
{
        int fd = dial_if_open(room);

        assert_true(fd >= 0);
        return fd;
}

static int dial(void)
{
        return dial_with(0);
}

/* False: the server has hung up while we sent. */
static bool say(int fd, const char *bytes, size_t length)
{
        while (length > 0) {
                ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);

                if (n <= 0)
                        return false;
                bytes += n;
                length -= (size_t)n;
        }
        return true;
}

static void say_text(int fd, const char *words)
{
        say(fd, words, strlen(words));
}

struct answer {
        char *bytes, *body;
        size_t length, body_length;
        int status;
        bool was_reset; /* the connection did not end in order */
};

static struct answer last;

/* Read to the end of the connection. */
static struct answer *hear(int fd)
{
        size_t room = 1 << 16;

        free(last.bytes);
        last = (struct answer){ .bytes = malloc(room) };
        for (;;) {
                ssize_t n;

                if (last.length + 1 == room)
                        last.bytes = realloc(last.bytes, room *= 2);
                n = recv(fd, last.bytes + last.length, room - last.length - 1, 0);
                if (n <= 0) {
                        last.was_reset = n < 0;
                        break;
                }
                last.length += (size_t)n;
        }
        close(fd);
        last.bytes[last.length] = '\0';
        last.body = strstr(last.bytes, "\r\n\r\n");
        last.body = last.body == NULL ? last.bytes + last.length : last.body + 4;
        last.body_length = last.length - (size_t)(last.body - last.bytes);
        if (strncmp(last.bytes, "HTTP/1.1 ", 9) == 0)
                last.status = atoi(last.bytes + 9);
        return &last;
}

static struct answer *ask(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Send a whole request, with what it needs to be answered and closed. */
static struct answer *ask(const char *format, ...)
{
        va_list list;
        char *bytes;
        int fd = dial(), length;

        va_start(list, format);
        length = vasprintf(&bytes, format, list);
        va_end(list);
        say(fd, bytes, (size_t)length);
        free(bytes);
        return hear(fd);
}

#define REST "Host: localhost\r\nConnection: close\r\n"

/* A header's value in the last answer; "" if absent. Valid until the next call. */
static const char *header(const char *name)
{
        static char value[2][1024];
        static int turn;
        char *out = value[turn++ % 2];
        char line[64];
        const char *p;

        snprintf(line, sizeof line, "\r\n%s: ", name);
        p = strcasestr(last.bytes, line);
        out[0] = '\0';
        if (p != NULL && p < last.body)
                snprintf(out, sizeof value[0], "%.*s", (int)strcspn(p + strlen(line), "\r"),
                         p + strlen(line));
        return out;
}

static void get(const char *path, const char *headers)
{
        ask("GET %s HTTP/1.1\r\n" REST "%s\r\n", path, headers);
}

static int64_t milliseconds(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- pages and rights
 * ----------------------------------------------------------------------------------------- */

static void a_page_is_answered_with_its_headers(void **state)
{
        (void)state;
        get("/hello", "");
        assert_int_equal(last.status, 200);
        assert_string_equal(last.body + strlen(last.body) - 1, "\n");
        assert_non_null(strstr(last.body, "hello  in vi"));
        assert_non_null(strstr(header("Content-Security-Policy"), "default-src 'none'; script-src 'self'"));
        assert_string_equal(header("X-Content-Type-Options"), "nosniff");
        assert_string_equal(header("Referrer-Policy"), "same-origin");
        assert_string_equal(header("Cross-Origin-Opener-Policy"), "same-origin");
        assert_string_equal(header("Cache-Control"), "no-cache");
        assert_string_equal(header("Strict-Transport-Security"), "");
}

static void head_sends_the_headers_alone(void **state)
{
        (void)state;
        get("/hello", "");
        char length[16];

        snprintf(length, sizeof length, "%s", header("Content-Length"));
        ask("HEAD /hello HTTP/1.1\r\n" REST "\r\n");
        assert_int_equal(last.status, 200);
        assert_string_equal(header("Content-Length"), length);
        assert_int_equal(last.body_length, 0);
}

static void known_is_refused_where_it_is_not_answered(void **state)
{
        (void)state;
        get("/hello?known=2021-12-31&lang=en", "");
        assert_int_equal(last.status, 422);
        get("/things/7.json?known=2021-12-31&lang=en", "");
        assert_int_equal(last.status, 422);
        assert_non_null(strstr(last.body, "this address tells what is known now"));
        assert_non_null(strstr(last.body, "is told by: /vintage\"")); /* not those that the asker may not read */
        get("/slow?known=2021-12-31", "");
        assert_int_equal(last.status, 422);
        get("/inner.json?known=2021-12-31", ""); /* who may not ask learns no more */
        assert_int_equal(last.status, 401);
        get("/hello?known=", ""); /* an empty field of a form */
        assert_int_equal(last.status, 200);
        get("/vintage?known=2021-12-31", "");
        assert_int_equal(last.status, 200);
        get("/openapi.json", "");
        assert_non_null(strstr(strstr(last.body, "\"/vintage\""), "{\"name\":\"known\",\"in\":\"query\""));
}

static void what_a_register_held_is_for_those_who_read_it_in_the_territory(void **state)
{
        char headers[256];
        int runs = atomic_load(&handler_runs);

        (void)state;
        get("/register.json?known=2021-12-31&lang=en", "");
        assert_int_equal(last.status, 401);
        assert_non_null(strstr(last.body, "only for users who are signed in"));
        get("/register?known=2021-12-31", "Accept: text/html\r\n");
        assert_int_equal(last.status, 303);
        snprintf(headers, sizeof headers, "Authorization: Bearer %s\r\n", site.token);
        get("/register?known=yesterday&lang=en", headers);
        assert_int_equal(last.status, 422);
        assert_non_null(strstr(last.body, "neither a date nor a moment"));
        assert_int_equal(atomic_load(&handler_runs), runs);
        get("/register?known=2021-12-31&lang=en", headers); /* the catalogue of this node has no units */
        assert_int_equal(last.status, 403);
        assert_non_null(strstr(last.body, "is not in the catalogue"));
        assert_int_equal(atomic_load(&handler_runs), runs);
        get("/register", "");
        assert_int_equal(last.status, 200);
        get("/hello?known=2021-12-31&lang=en", headers);
        assert_non_null(strstr(last.body, "/register")); /* named to who may ask it */
        get("/openapi.json", "");
        assert_non_null(strstr(strstr(last.body, "\"/register\""), "{\"name\":\"known\",\"in\":\"query\""));
}

static void an_unchanged_page_is_not_made_again(void **state)
{
        char etag[64], headers[256];
        int runs;

        (void)state;
        get("/hello?a=1", "");
        snprintf(etag, sizeof etag, "%s", header("ETag"));
        assert_int_equal(strlen(etag), 20);
        runs = atomic_load(&handler_runs);
        snprintf(headers, sizeof headers, "If-None-Match: \"x\", %s\r\n", etag);
        get("/hello?a=1", headers);
        assert_int_equal(last.status, 304);
        assert_int_equal(last.body_length, 0);
        assert_string_equal(header("ETag"), etag);
        assert_int_equal(atomic_load(&handler_runs), runs);
        /* Another address, another language, another asker: another mark. */
        get("/hello?a=2", headers);
        assert_int_equal(last.status, 200);
        snprintf(headers, sizeof headers, "Cookie: lang=en\r\nIf-None-Match: %s\r\n", etag);
        get("/hello?a=1", headers);
        assert_int_equal(last.status, 200);
        /* The ledger grows: so does the mark. */
        ask("POST /note HTTP/1.1\r\n" REST
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\nwords=a");
        assert_int_equal(last.status, 200);
        snprintf(headers, sizeof headers, "If-None-Match: %s\r\n", etag);
        get("/hello?a=1", headers);
        assert_int_equal(last.status, 200);
}

static void a_long_answer_is_compressed_for_those_who_take_it(void **state)
{
        unsigned char out[65536];
        z_stream z = { .next_out = out, .avail_out = sizeof out };
        char *plain;

        (void)state;
        get("/hello?more=1", "");
        assert_string_equal(header("Content-Encoding"), "");
        plain = strdup(last.body);
        get("/hello?more=1", "Accept-Encoding: br, gzip\r\n");
        assert_string_equal(header("Content-Encoding"), "gzip");
        assert_non_null(strstr(header("Vary"), "Accept-Encoding"));
        assert_true(last.body_length < strlen(plain) / 2);
        z.next_in = (unsigned char *)last.body;
        z.avail_in = (unsigned)last.body_length;
        assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
        assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
        assert_int_equal(z.total_out, strlen(plain));
        assert_memory_equal(out, plain, z.total_out);
        inflateEnd(&z);
        free(plain);
        get("/hello?more=1", "Accept-Encoding: gzip;q=0\r\n");
        assert_string_equal(header("Content-Encoding"), "");
        get("/hello", "Accept-Encoding: gzip\r\n");
        assert_string_equal(header("Content-Encoding"), "");
}

static void an_answer_over_a_megabyte_arrives_whole(void **state)
{
        z_stream z = { 0 };
        unsigned char *out = malloc(4000001);

        (void)state;
        get("/big?lines=400000", "");
        assert_int_equal(last.status, 200);
        assert_int_equal(last.body_length, 4000000);
        assert_memory_equal(last.body + 3999990, "000399999\n", 10);
        get("/big?lines=400000", "Accept-Encoding: gzip\r\n");
        assert_string_equal(header("Content-Encoding"), "gzip");
        z.next_in = (unsigned char *)last.body;
        z.avail_in = (unsigned)last.body_length;
        z.next_out = out;
        z.avail_out = 4000001;
        assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
        assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
        assert_int_equal(z.total_out, 4000000);
        assert_memory_equal(out + 3999990, "000399999\n", 10);
        inflateEnd(&z);
        free(out);
}

/* Several requests on one connection: pages, unchanged pages, errors and writes do not end it. */
static void connections_are_kept(void **state)
{
        static const char body[] = "words=kept";
        char requests[2048];
        int answers = 0, fd = dial();

        (void)state;
        snprintf(requests, sizeof requests,
                 "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
                 "GET /nowhere.json HTTP/1.1\r\nHost: x\r\n\r\n"
                 "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"
                 "POST /note HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                 "Content-Length: %zu\r\n\r\n%s"
                 "GET /wait?after=-1 HTTP/1.1\r\nHost: x\r\n\r\n"
                 "GET /hello HTTP/1.1\r\n" REST "\r\n",
                 strlen(body), body);
        say_text(fd, requests);
        hear(fd);
        for (const char *p = last.bytes; (p = strstr(p, "HTTP/1.1 ")) != NULL; p++)
                answers++;
        assert_int_equal(answers, 6);
}

static void the_language_is_kept_in_a_cookie(void **state)
{
        (void)state;
        get("/hello?lang=en", "");
        assert_non_null(strstr(last.body, "in en"));
        assert_non_null(strstr(header("Set-Cookie"), "lang=en;"));
        get("/hello", "Cookie: a=b; lang=en\r\n");
        assert_non_null(strstr(last.body, "in en"));
        get("/hello", "Accept-Language: en\r\n");
        assert_non_null(strstr(last.body, "in vi"));
        get("/hello?lang=xx", "");
        assert_string_equal(header("Set-Cookie"), "");
}

static void a_suffix_chooses_the_format_and_parts_are_decoded(void **state)
{
        (void)state;
        get("/things/a%20b.csv?q=x+y%21", "");
        assert_string_equal(last.body, "a b|/things/a b|2|x y!");
        get("/things/a.b", "");
        assert_string_equal(last.body, "a.b|/things/a.b|0|-");
        get("/things/o%CC%88", ""); /* o and a combining diaeresis */
        assert_string_equal(last.body, "ö|/things/ö|0|-");
        get("/things/%FF", "Accept: application/json\r\n");
        assert_int_equal(last.status, 400);
        get("/things/x?q=%C3", "Accept: application/json\r\n");
        assert_int_equal(last.status, 400);
        get("/things/", "");
        assert_int_equal(last.status, 404);
        get("/hello/?a=1", "");
        assert_int_equal(last.status, 308);
        assert_string_equal(header("Location"), "/hello?a=1");
}

static void unknown_paths_and_methods_are_refused_by_name(void **state)
{
        (void)state;
        get("/nowhere", "Accept: text/html\r\n");
        assert_int_equal(last.status, 404);
        assert_non_null(strstr(header("Content-Type"), "text/html"));
        assert_non_null(strstr(last.body, "</html>"));
        get("/nowhere.json", "");
        assert_int_equal(last.status, 404);
        assert_string_equal(header("Content-Type"), "application/json");
        assert_non_null(strstr(last.body, "{\"error\":{\"code\":\"missing\","));
        ask("DELETE /hello HTTP/1.1\r\n" REST "\r\n");
        assert_int_equal(last.status, 405);
        assert_string_equal(header("Allow"), "GET, HEAD");
        ask("BREW /note HTTP/1.1\r\n" REST "\r\n");
        assert_int_equal(last.status, 405);
        assert_string_equal(header("Allow"), "POST");
}

static void a_page_that_needs_a_right_asks_to_sign_in(void **state)
{
        char headers[256];

        (void)state;
        get("/inner?a=b", "Accept: text/html\r\n");
        assert_int_equal(last.status, 303);
        assert_string_equal(header("Location"), "/sign-in?to=%2Finner%3Fa%3Db");
        get("/inner.json", "");
        assert_int_equal(last.status, 401);
        assert_non_null(strstr(last.body, "\"code\":\"unauthenticated\""));
        snprintf(headers, sizeof headers, "Authorization: Bearer %s\r\n", site.token);
        get("/inner", headers);
        assert_int_equal(last.status, 200);
        assert_non_null(strstr(last.body, "hello mai"));
        get("/inner", "Authorization: Bearer cn_wrong\r\n");
        assert_int_equal(last.status, 401);
}

/* ---- signing in
 * -------------------------------------------------------------------------------------------------- */

static char session[400], mark[80];

/* The mark of the form in the last answer. */
static void read_mark(void)
{
        const char *p = strstr(last.body, "name=\"csrf\" value=\"");

        assert_non_null(p);
        snprintf(mark, sizeof mark, "%.64s", p + 19);
}

static void post_form(const char *path, const char *cookie, const char *extra, const char *body)
{
        ask("POST %s HTTP/1.1\r\n" REST "Cookie: %s\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            "Content-Length: %zu\r\n%s\r\n%s",
            path, cookie, strlen(body), extra, body);
}

static void sign_in_as(const char *login)
{
        char cookie[400], body[512];

        get("/sign-in?to=/inner", "");
        assert_int_equal(last.status, 200);
        read_mark();
        snprintf(cookie, sizeof cookie, "%.*s", (int)strcspn(header("Set-Cookie"), ";"),
                 header("Set-Cookie"));
        snprintf(
                body, sizeof body,
                "csrf=%s&to=/inner&login=%s&password=m%%E1%%BB%%99t+m%%E1%%BA%%ADt+kh%%E1%%BA%%A9u+d%%C3%%A0i",
                mark, login);
        post_form("/sign-in", cookie, "", body);
        snprintf(session, sizeof session, "%.*s", (int)strcspn(header("Set-Cookie"), ";"),
                 header("Set-Cookie"));
}

static void people_sign_in_and_come_back_to_where_they_were(void **state)
{
        char headers[512];

        (void)state;
        sign_in_as("mai");
        assert_int_equal(last.status, 303);
        assert_string_equal(header("Location"), "/inner");
        assert_non_null(strstr(header("Set-Cookie"), "HttpOnly; SameSite=Lax"));
        snprintf(headers, sizeof headers, "Cookie: %s\r\n", session);
        get("/inner", headers);
        assert_int_equal(last.status, 200);
        assert_non_null(strstr(last.body, "hello mai"));
        assert_string_equal(header("Cache-Control"), "private, no-cache");
        /* Where there is no page they are not asked to sign in again. */
        snprintf(headers, sizeof headers, "Cookie: %s\r\nAccept: text/html\r\n", session);
        get("/nowhere", headers);
        assert_int_equal(last.status, 404);
        assert_non_null(strstr(last.body, "/sign-out"));
        assert_null(strstr(last.body, "/sign-in"));
        /* Signed in, but without the right. */
        sign_in_as("lan");
        snprintf(headers, sizeof headers, "Cookie: %s\r\nAccept: application/json\r\n", session);
        get("/inner", headers);
        assert_int_equal(last.status, 403);
        assert_non_null(strstr(last.body, "\"code\":\"denied\""));
        /* A forged cookie is nobody's. */
        session[strlen(session) - 1] = session[strlen(session) - 1] == 'a' ? 'b' : 'a';
        snprintf(headers, sizeof headers, "Cookie: %s\r\nAccept: application/json\r\n", session);
        get("/inner", headers);
        assert_int_equal(last.status, 401);
}

static bool rename_accounts(struct work *w, void *to)
{
        bool is_away = strcmp(to, "away") == 0;

        return db_script(w->db, is_away ? "ALTER TABLE account RENAME TO account_away" : "ALTER TABLE account_away RENAME TO account");
}

static void change_database(const char *to)
{
        struct error err = { .language = LANGUAGE_EN };
        struct arena *arena = arena_open(WORK_MEMORY_USUAL);
        struct work w;

        work_init(&w, arena, node_reader(site.node, &err), LANGUAGE_EN);
        w.node = site.node;
        w.user = &user_operator;
        if (!ledger_write(&w, rename_accounts, (void *)(uintptr_t)to))
                fail_msg("%s", w.err.message);
        arena_close(arena);
}

/* Whoever has signed in must not think that they no longer are: they would give their password to a node that cannot look at it. */
static void a_page_of_a_database_that_fails_says_so_and_never_asks_to_sign_in(void **state)
{
        static const struct { const char *language, *title, *remedy; } told[] = {
                { "vi", "Máy chủ gặp sự cố", "báo cho quản trị viên của nút này" }, { "en", "The server has a problem", "tell the administrator of this node" } };
        static const char *const pages[] = { "/inner", "/hello", "/nowhere" };
        char headers[700];

        (void)state;
        sign_in_as("mai");
        change_database("away");
        for (int i = 0; i < 2; i++)
                for (int k = 0; k < 3; k++) {
                        snprintf(headers, sizeof headers, "Cookie: %s; lang=%s\r\nAccept: text/html\r\n", session, told[i].language);
                        get(pages[k], headers);
                        assert_true(k == 2 ? last.status == 404 : last.status == 500 || last.status == 503);
                        assert_string_equal(header("Location"), "");
                        assert_non_null(strstr(header("Content-Type"), "text/html"));
                        assert_non_null(strstr(last.body, "</html>"));
                        assert_null(strstr(last.body, "/sign-in"));
                        if (k < 2) {
                                assert_non_null(strstr(last.body, told[i].title));
                                assert_non_null(strstr(last.body, told[i].remedy));
                        }
                }
        snprintf(headers, sizeof headers, "%s", session);
        post_form("/form", headers, "Origin: http://test\r\nAccept: text/html\r\n", "csrf=x&words=y");
        assert_true(last.status == 500 || last.status == 503);
        assert_null(strstr(last.body, "/sign-in"));
        get("/hello", "Accept: text/html\r\n"); /* who shows nothing is asked for nothing */
        assert_int_equal(last.status, 200);
        change_database("back");
        snprintf(headers, sizeof headers, "Cookie: %s\r\n", session);
        get("/inner", headers);
        assert_int_equal(last.status, 200);
        assert_non_null(strstr(last.body, "hello mai"));
}

static void a_wrong_password_shows_the_form_again(void **state)
{
        char cookie[400], body[300];

        (void)state;
        get("/sign-in?to=//evil.example/", "");
        read_mark();
        assert_non_null(strstr(last.body, "name=\"to\" value=\"/\""));
        snprintf(cookie, sizeof cookie, "%.*s", (int)strcspn(header("Set-Cookie"), ";"),
                 header("Set-Cookie"));
        snprintf(body, sizeof body, "csrf=%s&to=/&login=nobody&password=wrongwrong", mark);
        post_form("/sign-in", cookie, "", body);
        assert_int_equal(last.status, 401);
        assert_non_null(strstr(last.body, "name=\"password\""));
        assert_null(strstr(last.body, "wrongwrong"));
        /* Without the mark of our own form nothing is tried. */
        post_form("/sign-in", cookie, "", "to=/&login=mai&password=x");
        assert_int_equal(last.status, 403);
        post_form("/sign-in", "", "", body);
        assert_int_equal(last.status, 403);
        post_form("/sign-in", cookie, "Origin: http://evil.example\r\n", body);
        assert_int_equal(last.status, 403);
}

static void a_form_of_a_session_needs_its_mark(void **state)
{
        char headers[512], body[200];

        (void)state;
        sign_in_as("mai");
        post_form("/form", session, "", "words=x");
        assert_int_equal(last.status, 403);
        snprintf(headers, sizeof headers, "Cookie: %s\r\n", session);
        get("/password", headers);
        read_mark();
        snprintf(body, sizeof body, "csrf=%s&words=x", mark);
        post_form("/form", session, "", body);
        assert_int_equal(last.status, 200);
        assert_string_equal(last.body, "written");
        snprintf(headers, sizeof headers, "X-CSRF-Token: %s\r\nOrigin: http://localhost\r\n", mark);
        post_form("/form", session, headers, "words=y");
        assert_int_equal(last.status, 200);
        snprintf(headers, sizeof headers, "Authorization: Bearer %s\r\n", site.token);
        post_form("/form", "", headers, "words=z");
        assert_int_equal(last.status, 200);
        /* A refused field is named. */
        post_form("/form", "", headers, "words=");
        assert_int_equal(last.status, 422);
        assert_non_null(strstr(last.body, "\"fields\":{\"words\":"));
}

static void who_sent_a_refused_form_is_led_back_to_its_page(void **state)
{
        static const struct { const char *from, *back; } cases[] = {
                { "http://localhost/things/7?q=a&lang=vi", "href=\"/things/7?q=a&amp;lang=vi\"" },
                { "http://localhost/notes/new?in=german#there", "href=\"/notes/new?in=german\"" },
                { "http://localhost/notes/secret", "href=\"/notes/secret\"" },
                { "http://localhost/password#there", "id=\"refused\"" },
                { "http://elsewhere/things/7", NULL },
                { "http://localhost.elsewhere/things/7", NULL },
                { "http://localhost//elsewhere", NULL },
                { "http://localhost/no-such-page", NULL },
                { "localhost", NULL },
        };
        char headers[512], body[200];

        (void)state;
        sign_in_as("mai");
        snprintf(headers, sizeof headers, "Cookie: %s\r\n", session);
        get("/password", headers);
        read_mark();
        snprintf(body, sizeof body, "csrf=%s&words=", mark);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                snprintf(headers, sizeof headers, "Accept: text/html\r\nReferer: %s\r\n", cases[i].from);
                post_form("/form", session, headers, body);
                assert_int_equal(last.status, 422);
                if (cases[i].back != NULL && strstr(last.body, cases[i].back) == NULL)
                        fail_msg("%s: %s", cases[i].from, last.body);
                if (cases[i].back == NULL && (strstr(last.body, "elsewhere") != NULL || strstr(last.body, "no-such-page") != NULL))
                        fail_msg("%s: %s", cases[i].from, last.body);
        }
}

static void a_refused_form_comes_back_with_what_was_typed(void **state)
{
        char headers[512], body[300], again[200];
        const char *action;

        (void)state;
        sign_in_as("mai");
        snprintf(headers, sizeof headers, "Cookie: %s\r\n", session);
        get("/notes/new", headers);
        read_mark();
        snprintf(body, sizeof body, "csrf=%s&words=&more=%%3C/textarea%%3E%%3Cb%%3Etyped", mark);
        post_form("/form", session, "Accept: text/html\r\nReferer: http://localhost/notes/new?lang=en\r\n", body);
        assert_int_equal(last.status, 422);
        assert_non_null(strstr(last.body, "<textarea name=\"more\">\n&lt;/textarea&gt;&lt;b&gt;typed</textarea>"));
        assert_non_null(strstr(last.body, "<a href=\"#w\">"));
        assert_non_null(strstr(last.body, "aria-invalid=\"true\""));
        assert_non_null(strstr(last.bytes, "Cache-Control: no-store"));
        /* Sent once more: the browser now names the address of the form, but the form still knows its page. */
        action = strstr(last.body, "action=\"/form");
        assert_non_null(action);
        snprintf(again, sizeof again, "%.*s", (int)strcspn(action + 8, "\""), action + 8);
        post_form(again, session, "Accept: text/html\r\nReferer: http://localhost/form\r\n", body);
        assert_int_equal(last.status, 422);
        assert_non_null(strstr(last.body, "&lt;b&gt;typed</textarea>"));
        /* What no page of ours has sent is not put into one: not from elsewhere, not without the mark. */
        post_form("/form", session, "Accept: text/html\r\nReferer: http://localhost/notes/new\r\nOrigin: http://elsewhere\r\n", body);
        assert_int_equal(last.status, 403);
        assert_null(strstr(last.body, "typed"));
        post_form("/form", session, "Accept: text/html\r\nReferer: http://localhost/notes/new\r\n", "csrf=0&words=&more=typed");
        assert_int_equal(last.status, 403);
        assert_null(strstr(last.body, "typed"));
        /* Programs get the error as before. */
        post_form("/form", session, "Accept: application/json\r\nReferer: http://localhost/notes/new\r\n", body);
        assert_int_equal(last.status, 422);
        assert_non_null(strstr(last.body, "\"fields\":{\"words\":"));
        assert_null(strstr(last.body, "typed"));
}

/* ---- bytes against the rules
 * ---------------------------------------------------------------------------------------- */

static void ambiguous_requests_are_refused(void **state)
{
        static const char *const requests[] = {
                "GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n",
                "GET /hello HTTP/1.1\r\n" REST "Host: other\r\n\r\n",
                "POST /note HTTP/1.1\r\n" REST "Content-Length: 7\r\nContent-Length: 7\r\n\r\nwords=a",
                "POST /note HTTP/1.1\r\n" REST "Content-Length: 7\r\nContent-Length: 8\r\n\r\nwords=ab",
                "POST /note HTTP/1.1\r\n" REST
                "Content-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /note HTTP/1.1\r\n" REST "Transfer-Encoding: gzip\r\n\r\n",
                "POST /note HTTP/1.1\r\n" REST "Content-Length: -1\r\n\r\n",
                "POST /note HTTP/1.1\r\n" REST "Content-Length: 0x7\r\n\r\nwords=a",
                "GET /hello HTTP/1.1\r\n" REST "Bad Name: x\r\n\r\n",
                "GET /hello HTTP/1.1\r\n" REST "X: a\001b\r\n\r\n",
        };

        (void)state;
        for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
                ask("%s", requests[i]);
                if (last.status / 100 != 4 && last.status != 501 && last.length != 0)
                        fail_msg("request %zu was answered with %d", i, last.status);
        }
}

static void an_address_that_is_no_path_in_utf_8_is_refused(void **state)
{
        static const char *const bad[] = { "/h\xff", "hello", "/hello?q=\xc3\x28", "javascript:alert(1)", "/hello?\x7f" };

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                ask("GET %s HTTP/1.1\r\n" REST "\r\n", bad[i]);
                assert_int_equal(last.status, 400);
                assert_true(utf8_is_valid(last.body, strlen(last.body), NULL));
                assert_null(strstr(last.body, "javascript"));
        }
        ask("GET /hello?q=\xc4\x91 HTTP/1.1\r\n" REST "\r\n");
        assert_int_equal(last.status, 200);
}

static void headers_over_the_limit_are_refused(void **state)
{
        char *long_value = malloc(100001);

        (void)state;
        memset(long_value, 'a', 100000);
        long_value[100000] = '\0';
        ask("GET /hello HTTP/1.1\r\n" REST "X: %.33000s\r\n\r\n", long_value);
        assert_true(last.status == 413 || last.status == 431 || last.length == 0);
        ask("GET /hello HTTP/1.1\r\n" REST "X: %s\r\n\r\n", long_value);
        assert_true(last.status == 431 || last.length == 0);
        ask("GET /hello HTTP/1.1\r\n" REST "X: %.20000s\r\n\r\n", long_value);
        assert_int_equal(last.status, 200);
        free(long_value);
}

static void a_declared_body_over_the_limit_is_refused_at_once(void **state)
{
        int64_t from = milliseconds();

        (void)state;
        ask("POST /upload HTTP/1.1\r\n" REST
            "Content-Type: application/octet-stream\r\nContent-Length: 2147483648\r\n\r\n");
        assert_int_equal(last.status, 413);
        assert_non_null(strstr(last.body, "\"code\":\"too_big\""));
        assert_true(milliseconds() - from < 2000);
        ask("POST /note HTTP/1.1\r\n" REST
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1048577\r\n\r\n");
        assert_int_equal(last.status, 413);
}

#define MIB (1 << 20)

/* A chunk of one mebibyte. */
static bool say_chunk(int fd)
{
        static char bytes[MIB];

        memset(bytes, 'a', sizeof bytes);
        return say(fd, "100000\r\n", 8) && say(fd, bytes, sizeof bytes) && say(fd, "\r\n", 2);
}

/* Many times more than the system holds for a receiver that does not read. */
static void who_sends_a_body_over_the_limit_gets_to_read_the_answer(void **state)
{
        static const char *const heads[] = {
                "POST /note HTTP/1.1\r\n" REST "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 50331648\r\n\r\n",
                "POST /inner HTTP/1.1\r\n" REST "Content-Length: 50331648\r\n\r\n", /* refused for another reason */
                "GET /hello HTTP/1.1\r\n" REST "Content-Length: 50331648\r\n\r\n",
        };
        static const int status[] = { 413, 405, 400 };
        static char bytes[MIB];

        (void)state;
        for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
                int fd = dial(), sent = 0;

                say_text(fd, heads[i]);
                while (sent < 48 && say(fd, bytes, sizeof bytes))
                        sent++;
                hear(fd);
                assert_int_equal(sent, 48);
                assert_int_equal(last.status, status[i]);
                assert_false(last.was_reset);
                assert_string_equal(header("Connection"), "close");
        }
}

static void a_body_over_the_limit_without_a_declared_length_is_refused_when_it_ends(void **state)
{
        int fd = dial();

        (void)state;
        say_text(fd, "POST /note HTTP/1.1\r\n" REST "Accept: application/json\r\nCookie: lang=en\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 3; i++)
                assert_true(say_chunk(fd));
        assert_true(say(fd, "0\r\n\r\n", 5));
        hear(fd);
        assert_int_equal(last.status, 413);
        assert_false(last.was_reset);
        assert_non_null(strstr(last.body, "longer than 1048576 bytes"));
}

static void an_endless_body_is_hung_up_on(void **state)
{
        int fd = dial(), sent = 0;

        (void)state;
        say_text(fd, "POST /note HTTP/1.1\r\n" REST "Transfer-Encoding: chunked\r\n\r\n");
        while (sent < 200 && say_chunk(fd))
                sent++;
        hear(fd);
        assert_in_range(sent, DROP_MOST / MIB, 199);
        assert_int_equal(last.length, 0);
        get("/hello", "");
        assert_int_equal(last.status, 200);
}

static void slow_senders_of_headers_are_cut_off(void **state)
{
        int64_t from = milliseconds();
        int fd = dial();
        char byte = 'x';

        (void)state;
        say_text(fd, "GET /hello HTTP/1.1\r\nHost: x\r\nX: ");
        for (int i = 0; i < 60; i++) {
                if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1)
                        break;
                nanosleep(&(struct timespec){ 0, 250000000 }, NULL);
        }
        hear(fd);
        assert_true(last.status == 0 || last.status == 408);
        assert_in_range(milliseconds() - from, 8000, 14000);
}

static void uploads_are_spooled_and_removed(void **state)
{
        static const char body[] =
                "--b\r\nContent-Disposition: form-data; name=\"remark\"\r\n\r\nđược\r\n"
                "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"báo cáo.xlsx\"\r\n"
                "Content-Type: application/octet-stream\r\n\r\n12345\r\n--b--\r\n";
        char path[600], command[700];
        int fd;

        (void)state;
        ask("POST /upload HTTP/1.1\r\n" REST
            "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: %zu\r\n\r\n%s",
            sizeof body - 1, body);
        assert_int_equal(last.status, 200);
        assert_string_equal(last.body, "báo cáo.xlsx 5 được");
        ask("POST /upload HTTP/1.1\r\n" REST
            "Content-Type: application/octet-stream\r\nContent-Length: 9\r\n\r\n123456789");
        assert_string_equal(last.body, "- 9 -");
        /* Half a body, then gone: nothing stays in the folder. */
        fd = dial();
        say_text(fd, "POST /upload HTTP/1.1\r\n" REST "Content-Length: 9000\r\n\r\n123");
        nanosleep(&(struct timespec){ 0, 100000000 }, NULL);
        close(fd);
        nanosleep(&(struct timespec){ 0, 300000000 }, NULL);
        snprintf(path, sizeof path, "%s/spool", node_folder(site.node));
        snprintf(command, sizeof command, "test -z \"$(ls '%s')\"", path);
        assert_int_equal(system(command), 0);
}

static void json_is_checked_strictly(void **state)
{
        static const struct {
                const char *body;
                int status;
        } cases[] = {
                { "{\"name\":\"a\"}", 200 },
                { "{\"name\":\"a\",\"name\":\"b\"}", 422 },
                { "{\"name\":\"\xff\"}", 422 },
                { "{\"name\":", 422 },
                { "", 422 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                ask("POST /json HTTP/1.1\r\n" REST
                    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                    strlen(cases[i].body), cases[i].body);
                if (last.status != cases[i].status)
                        fail_msg("%s was answered with %d", cases[i].body, last.status);
        }
}

/* ---- waiting and stopping
 * ------------------------------------------------------------------------------------------------ */

/* Send a request whose answer comes later; the connection. */
static int ask_to_wait(const char *request)
{
        int fd = dial();

        say_text(fd, request);
        nanosleep(&(struct timespec){ 0, 300000000 }, NULL);
        return fd;
}

static int note_count(void)
{
        get("/hello", "");
        return atoi(strstr(last.body, "notes: ") + 7);
}

static void a_long_poll_ends_when_the_ledger_grows_or_the_time_is_up(void **state)
{
        char request[200];
        int64_t from;
        int count = note_count(), fd;

        (void)state;
        snprintf(request, sizeof request, "GET /wait?after=%d HTTP/1.1\r\n" REST "\r\n", count);
        fd = ask_to_wait(request);
        from = milliseconds();
        post_form("/note", "", "", "words=more");
        assert_int_equal(last.status, 200);
        hear(fd);
        assert_int_equal(last.status, 200);
        assert_int_equal(atoi(last.body + 7), count + 1);
        assert_true(milliseconds() - from < 1000);
        /* Nothing comes: answered after the two seconds it asked for. */
        from = milliseconds();
        snprintf(request, sizeof request, "GET /wait?after=%d HTTP/1.1\r\n" REST "\r\n", count + 1);
        ask("%s", request);
        assert_int_equal(atoi(last.body + 7), count + 1);
        assert_in_range(milliseconds() - from, 1900, 3500);
}

static void openapi_describes_every_route(void **state)
{
        json_error_t where;
        json_t *json, *paths;

        (void)state;
        get("/openapi.json", "");
        assert_int_equal(last.status, 200);
        json = json_loads(last.body, JSON_REJECT_DUPLICATES, &where);
        if (json == NULL)
                fail_msg("line %d: %s", where.line, where.text);
        assert_string_equal(json_string_value(json_object_get(json, "openapi")), "3.1.0");
        paths = json_object_get(json, "paths");
        for (size_t t = 0; all_routes[t] != NULL; t++)
                for (const struct route *r = all_routes[t]; r->run != NULL; r++) {
                        static const char *const names[] = { "get", "post", "put", "delete" };
                        const char *pattern =
                                strstr(r->pattern, "...") != NULL ? "/assets/{name}" : r->pattern;
                        json_t *operation = json_object_get(json_object_get(paths, pattern),
                                                            names[method_index(r->method)]);

                        if (json_object_get(operation, "responses") == NULL)
                                fail_msg("%s %s is not described", method_name(r->method), r->pattern);
                }
        json_decref(json);
}

static void health_and_metrics_tell_how_it_goes(void **state)
{
        (void)state;
        get("/health", "");
        assert_int_equal(last.status, 200);
        assert_non_null(strstr(last.body, "\"status\":\"ok\",\"unit\":\"42\""));
        get("/metrics", "");
        assert_int_equal(last.status, 200);
        assert_non_null(strstr(last.body, "\ncaunoi_requests_total "));
}

static void stopping_finishes_what_is_under_way(void **state)
{
        char request[200];
        int slow_fd, wait_fd, new_fd, idle_fd = dial();
        int64_t from = milliseconds();
        char byte;

        (void)state;
        atomic_store(&hold_slow, true);
        snprintf(request, sizeof request, "GET /slow HTTP/1.1\r\n" REST "\r\n");
        slow_fd = ask_to_wait(request);
        snprintf(request, sizeof request, "GET /wait?after=1000000 HTTP/1.1\r\n" REST "\r\n");
        wait_fd = ask_to_wait(request);
        kill(getpid(), SIGTERM);
        hear(wait_fd);
        assert_int_equal(last.status, 200);
        assert_false(site.has_ended);
        new_fd = dial(); /* who comes now is hung up on */
        assert_true(recv(new_fd, &byte, 1, 0) <= 0);
        close(new_fd);
        atomic_store(&hold_slow, false);
        hear(slow_fd);
        assert_int_equal(last.status, 200);
        assert_string_equal(last.body, "slowly");
        pthread_join(site.thread, NULL);
        assert_true(site.is_ok);
        assert_int_equal(dial_if_open(0), -1);
        close(idle_fd);
        assert_true(milliseconds() - from < 5000);
        start_server();
        get("/hello", "");
        assert_int_equal(last.status, 200);
}

/* Stands before the library's function, which the server calls when nothing is under way any more and its workers have ended: then
 * a connection that was idle so far asks for what a worker would have to answer. */
static struct {
        int fd; /* that connection, or -1 */
        bool was_hung_up;
} late = { .fd = -1 };

/* The same of giving a connection back: the ledger's thread stays there while the answer goes out and the server stops. */
static struct {
        atomic_bool is_slow, is_there, was_left; /* was_left: the library ended while somebody was still in it */
} returning;

void MHD_resume_connection(struct MHD_Connection *connection)
{
        void (*next)(struct MHD_Connection *);

        *(void **)&next = dlsym(RTLD_NEXT, "MHD_resume_connection");
        if (atomic_load(&returning.is_slow))
                atomic_store(&returning.is_there, true);
        next(connection);
        if (atomic_load(&returning.is_slow)) {
                nanosleep(&(struct timespec){ 0, 300000000 }, NULL);
                atomic_store(&returning.is_there, false);
        }
}

void MHD_stop_daemon(struct MHD_Daemon *daemon)
{
        void (*next)(struct MHD_Daemon *);
        char byte;

        if (atomic_load(&returning.is_there))
                atomic_store(&returning.was_left, true);
        *(void **)&next = dlsym(RTLD_NEXT, "MHD_stop_daemon");
        if (late.fd >= 0) {
                ssize_t n;

                say_text(late.fd, "GET /slow HTTP/1.1\r\nHost: test\r\n\r\n");
                n = recv(late.fd, &byte, 1, 0);
                late.was_hung_up = n == 0 || (n < 0 && errno == ECONNRESET);
                if (!late.was_hung_up) /* the library ends the program where it meets a request that waits for a worker */
                        print_error("a request began after the last answer\n");
        }
        next(daemon);
}

static void a_request_that_comes_after_the_last_answer_does_not_begin(void **state)
{
        char answer[4096];

        (void)state;
        late.fd = dial();
        say_text(late.fd, "GET /hello HTTP/1.1\r\nHost: test\r\n\r\n");
        assert_true(recv(late.fd, answer, sizeof answer, 0) > 0);
        stop_server();
        assert_true(late.was_hung_up);
        close(late.fd);
        late.fd = -1;
        start_server();
        get("/hello", "");
        assert_int_equal(last.status, 200);
}

static void stopping_waits_for_the_thread_that_gives_a_connection_back(void **state)
{
        (void)state;
        atomic_store(&returning.is_slow, true);
        ask("POST /note HTTP/1.1\r\n" REST "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\nwords=a");
        assert_int_equal(last.status, 200);
        stop_server();
        assert_false(atomic_load(&returning.was_left));
        atomic_store(&returning.is_slow, false);
        start_server();
}

/* Serve the same node with these settings more. */
static void serve_with(const char *settings)
{
        struct error err = { .language = LANGUAGE_EN };
        char folder[512], path[600];
        FILE *f;

        stop_server();
        snprintf(folder, sizeof folder, "%s", node_folder(site.node));
        node_close(site.node);
        snprintf(path, sizeof path, "%s/settings", folder);
        assert_non_null(f = fopen(path, "ae"));
        fputs(settings, f);
        fclose(f);
        site.node = node_open(folder, NODE_WRITE, &schema, &err);
        assert_string_equal(err.message, "");
        web_set_exchange(site.node, &any_node);
        start_server();
}

/* How many connections the server has cut off, but for those that asked how many: on a busy machine this thread, too, may be too slow. */
static int count_cut(void)
{
        static const char name[] = "\ncaunoi_refused_total ";
        static int lost;
        const char *found;

        for (get("/metrics", ""); (found = strstr(last.body, name)) == NULL; get("/metrics", ""))
                lost++;
        return atoi(found + sizeof name - 1) - lost;
}

/* Take an answer of four million bytes byte after byte, until the server has cut the connection off; then all that is left. */
static void take_in_bytes(const char *path)
{
        int fd = dial_with(2048), before = count_cut();
        char byte, request[128];

        snprintf(request, sizeof request, "GET %s?lines=400000 HTTP/1.1\r\n" REST "\r\n", path);
        say_text(fd, request);
        for (int i = 0; i < 200 && count_cut() == before; i++) {
                assert_int_equal(recv(fd, &byte, 1, 0), 1);
                nanosleep(&(struct timespec){ 0, 100000000 }, NULL);
        }
        assert_int_equal(count_cut(), before + 1);
        hear(fd);
        assert_true(last.length < 4000000);
}

static void who_takes_an_answer_byte_after_byte_is_cut_off(void **state)
{
        (void)state;
        serve_with("stall_s = 1\n");
        take_in_bytes("/big");
        assert_int_equal(atomic_load(&nodes_told), 0);
        take_in_bytes("/big/for-nodes");
        for (int i = 0; i < 100 && atomic_load(&nodes_told) == 0; i++) /* the server's thread has yet to notice */
                nanosleep(&(struct timespec){ 0, 100000000 }, NULL);
        assert_int_equal(atomic_load(&nodes_told), 1);
        ask("GET /big/for-nodes?lines=400000 HTTP/1.1\r\n" REST "\r\n");
        assert_int_equal(last.body_length, 4000000);
        assert_int_equal(atomic_load(&nodes_told), 1);
}

static void a_handler_that_reads_for_too_long_is_given_up(void **state)
{
        FILE *f = tmpfile();
        int standard = dup(STDERR_FILENO);
        char log[16384];
        size_t length;

        (void)state;
        serve_with("read_limit_s = 1\n");
        log_set_level(LOG_WARNING);
        dup2(fileno(f), STDERR_FILENO);
        ask("GET /endless HTTP/1.1\r\n" REST "Cookie: lang=en\r\nAccept: text/html\r\n\r\n");
        dup2(standard, STDERR_FILENO);
        log_set_level(LOG_ALARM);
        close(standard);
        rewind(f);
        length = fread(log, 1, sizeof log - 1, f);
        log[length] = '\0';
        fclose(f);
        assert_int_equal(last.status, 503);
        assert_non_null(strstr(log, "GET /endless: the database took longer than 1 seconds"));
        assert_non_null(strstr(last.body, "took longer than 1 seconds"));
        assert_non_null(strstr(last.body, "shorter time or fewer units"));
        assert_non_null(strstr(last.body, "<h1>The server has a problem</h1>"));
        assert_non_null(strstr(last.body, "tell the administrator of this node"));
        get("/hello", "");
        assert_int_equal(last.status, 200);
}

static void a_port_in_use_is_named(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        char listen_on[32];
        static const char *const wrong[] = { "nonsense",        "127.0.0.1",    "127.0.0.1:",
                                             "127.0.0.1:99999", "127.0.0.1:-1", "127.0.0.1:http" };
        struct server_options options = { .listen = listen_on, .routes = all_routes };

        (void)state;
        snprintf(listen_on, sizeof listen_on, "127.0.0.1:%d", site.port);
        assert_false(web_serve(site.node, &options, &err));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
                error_clear(&err);
                options.listen = wrong[i];
                if (web_serve(site.node, &options, &err) || err.code != ERR_USAGE)
                        fail_msg("%s was taken", wrong[i]);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_page_is_answered_with_its_headers),
                cmocka_unit_test(head_sends_the_headers_alone),
                cmocka_unit_test(known_is_refused_where_it_is_not_answered),
                cmocka_unit_test(what_a_register_held_is_for_those_who_read_it_in_the_territory),
                cmocka_unit_test(an_unchanged_page_is_not_made_again),
                cmocka_unit_test(a_long_answer_is_compressed_for_those_who_take_it),
                cmocka_unit_test(an_answer_over_a_megabyte_arrives_whole),
                cmocka_unit_test(connections_are_kept),
                cmocka_unit_test(the_language_is_kept_in_a_cookie),
                cmocka_unit_test(a_suffix_chooses_the_format_and_parts_are_decoded),
                cmocka_unit_test(unknown_paths_and_methods_are_refused_by_name),
                cmocka_unit_test(a_page_that_needs_a_right_asks_to_sign_in),
                cmocka_unit_test(people_sign_in_and_come_back_to_where_they_were),
                cmocka_unit_test(a_page_of_a_database_that_fails_says_so_and_never_asks_to_sign_in),
                cmocka_unit_test(a_wrong_password_shows_the_form_again),
                cmocka_unit_test(a_form_of_a_session_needs_its_mark),
                cmocka_unit_test(who_sent_a_refused_form_is_led_back_to_its_page),
                cmocka_unit_test(a_refused_form_comes_back_with_what_was_typed),
                cmocka_unit_test(ambiguous_requests_are_refused),
                cmocka_unit_test(an_address_that_is_no_path_in_utf_8_is_refused),
                cmocka_unit_test(headers_over_the_limit_are_refused),
                cmocka_unit_test(a_declared_body_over_the_limit_is_refused_at_once),
                cmocka_unit_test(who_sends_a_body_over_the_limit_gets_to_read_the_answer),
                cmocka_unit_test(a_body_over_the_limit_without_a_declared_length_is_refused_when_it_ends),
                cmocka_unit_test(an_endless_body_is_hung_up_on),
                cmocka_unit_test(slow_senders_of_headers_are_cut_off),
                cmocka_unit_test(uploads_are_spooled_and_removed),
                cmocka_unit_test(json_is_checked_strictly),
                cmocka_unit_test(a_long_poll_ends_when_the_ledger_grows_or_the_time_is_up),
                cmocka_unit_test(openapi_describes_every_route),
                cmocka_unit_test(health_and_metrics_tell_how_it_goes),
                cmocka_unit_test(stopping_finishes_what_is_under_way),
                cmocka_unit_test(a_request_that_comes_after_the_last_answer_does_not_begin),
                cmocka_unit_test(stopping_waits_for_the_thread_that_gives_a_connection_back),
                cmocka_unit_test(a_port_in_use_is_named),
                cmocka_unit_test(who_takes_an_answer_byte_after_byte_is_cut_off),
                cmocka_unit_test(a_handler_that_reads_for_too_long_is_given_up), /* last: the limit stays */
        };

        return cmocka_run_group_tests(tests, open_site, close_site);
}
