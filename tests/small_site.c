#include "tests/small_site.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>

#include "account/account.h"
#include "base/log.h"
#include "catalogue/catalogue.h"
#include "format/jsonw.h"
#include "ledger/trust.h"

atomic_int handler_runs, nodes_told;
atomic_bool hold_slow;

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
const struct ledger_schema site_schema = { .kinds = kinds, .tables = tables };

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

const struct exchange_hooks any_node = { .admit = admit_any, .ended = note_slow };

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
const struct route *const all_routes[] = { web_routes, test_routes, NULL };

/* ---- one node and server for all tests ----------------------------------------------------------------- */

struct site site = { .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

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

void start_server(void)
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

void stop_server(void)
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

int open_site(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        struct arena *arena = arena_open(WORK_MEMORY_USUAL);
        char folder[512], hash[128];
        struct work w;

        (void)state;
        log_set_level(getenv("CAUNOI_TEST_LOG") != NULL ? LOG_DETAIL : LOG_ALARM);
        snprintf(folder, sizeof folder, "%s/node", test_folder());
        if (!node_init(folder, "42", test_store(), &site_schema, &err) ||
            (site.node = node_open(folder, NODE_WRITE, &site_schema, &err)) == NULL)
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

int close_site(void **state)
{
        (void)state;
        stop_server();
        node_close(site.node);
        return 0;
}

/* ---- a client that sends any bytes ------------------------------------------------------------------------ */

int dial_if_open(int room)
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

int dial_with(int room)
{
        int fd = dial_if_open(room);

        assert_true(fd >= 0);
        return fd;
}

int dial(void)
{
        return dial_with(0);
}

bool send_bytes(int fd, const char *bytes, size_t length)
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

void send_text(int fd, const char *words)
{
        send_bytes(fd, words, strlen(words));
}

struct answer last;

struct answer *hear(int fd)
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

struct answer *ask(const char *format, ...)
{
        va_list list;
        char *bytes;
        int fd = dial(), length;

        va_start(list, format);
        length = vasprintf(&bytes, format, list);
        va_end(list);
        send_bytes(fd, bytes, (size_t)length);
        free(bytes);
        return hear(fd);
}

const char *header(const char *name)
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

void get(const char *path, const char *headers)
{
        ask("GET %s HTTP/1.1\r\n" REST "%s\r\n", path, headers);
}

int64_t milliseconds(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void post_form(const char *path, const char *cookie, const char *extra, const char *body)
{
        ask("POST %s HTTP/1.1\r\n" REST "Cookie: %s\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            "Content-Length: %zu\r\n%s\r\n%s",
            path, cookie, strlen(body), extra, body);
}
