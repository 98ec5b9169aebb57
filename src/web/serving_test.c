/* What the server does with bytes that are no sound request, with who is slow, and when it is to end. */
#include "tests/small_site.h"

#include <dlfcn.h>
#include <errno.h>
#include <jansson.h>
#include <microhttpd.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>

#include "base/log.h"
#include "base/utf8.h"

/* ---- bytes against the rules ----------------------------------------------------------------------------- */

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

/* So many times a text. */
static char *repeated(const char *text, size_t times)
{
        size_t length = strlen(text);
        char *all = malloc(length * times + 1);

        for (size_t i = 0; i < times; i++)
                memcpy(all + i * length, text, length);
        all[length * times] = '\0';
        return all;
}

static void headers_over_the_limit_are_refused(void **state)
{
        char *long_value = repeated("a", 100000);

        (void)state;
        ask("GET /hello HTTP/1.1\r\n" REST "X: %.33000s\r\n\r\n", long_value);
        assert_int_equal(last.status, 413);
        ask("GET /hello?%.33000s HTTP/1.1\r\n" REST "\r\n", long_value);
        assert_int_equal(last.status, 413);
        ask("GET /hello HTTP/1.1\r\n" REST "X: %s\r\n\r\n", long_value);
        assert_int_equal(last.status, 431);
        ask("GET /hello?%s HTTP/1.1\r\n" REST "\r\n", long_value);
        assert_int_equal(last.status, 414);
        ask("GET /hello HTTP/1.1\r\n" REST "X: %.20000s\r\n\r\n", long_value);
        assert_int_equal(last.status, 200);
        free(long_value);
}

/* The library would fill its memory with a record of each, and hang up. */
static void thousands_of_arguments_and_cookies_are_read_and_too_many_headers_refused(void **state)
{
        char *arguments = repeated("&a", 10000), *cookies = repeated("; a=1", 5000), *lines = repeated("X: y\r\n", 98), *more = repeated("X: y\r\n", 400),
             *wide = repeated("X: 01234567890123456789012345678901234567890123456789\r\n", 98), *long_value = repeated("a", 27000);

        (void)state;
        ask("GET /hello?%s HTTP/1.1\r\n" REST "\r\n", arguments);
        assert_int_equal(last.status, 200);
        ask("GET /hello HTTP/1.1\r\n" REST "Cookie: lang=en%s\r\n\r\n", cookies);
        assert_int_equal(last.status, 200);
        ask("GET /none HTTP/1.1\r\n" REST "Cookie: a=1%s; lang=en\r\n\r\n", cookies);
        assert_int_equal(last.status, 404);
        assert_non_null(strstr(last.body, "there is no page at this address"));
        ask("GET /hello?%s HTTP/1.1\r\n" REST "%s\r\n", long_value, wide);
        assert_int_equal(last.status, 200);
        ask("GET /hello HTTP/1.1\r\n" REST "%s\r\n", lines);
        assert_int_equal(last.status, 200);
        ask("GET /hello HTTP/1.1\r\n" REST "X: y\r\n%s\r\n", lines);
        assert_int_equal(last.status, 413);
        ask("GET /hello HTTP/1.1\r\n" REST "%s\r\n", more);
        assert_int_equal(last.status, 413);
        free(arguments);
        free(cookies);
        free(lines);
        free(more);
        free(wide);
        free(long_value);
}

static void an_answer_leads_to_no_address_that_it_has_no_room_for(void **state)
{
        char *value = repeated("/", 10000);

        (void)state;
        ask("GET /inner?a=%s HTTP/1.1\r\n" REST "\r\n", value);
        assert_int_equal(last.status, 303);
        assert_string_equal(header("Location"), "/sign-in");
        ask("GET /hello/?a=%s HTTP/1.1\r\n" REST "\r\n", value);
        assert_int_equal(last.status, 200);
        free(value);
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
        return send_bytes(fd, "100000\r\n", 8) && send_bytes(fd, bytes, sizeof bytes) && send_bytes(fd, "\r\n", 2);
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

                send_text(fd, heads[i]);
                while (sent < 48 && send_bytes(fd, bytes, sizeof bytes))
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
        send_text(fd, "POST /note HTTP/1.1\r\n" REST "Accept: application/json\r\nCookie: lang=en\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 3; i++)
                assert_true(say_chunk(fd));
        assert_true(send_bytes(fd, "0\r\n\r\n", 5));
        hear(fd);
        assert_int_equal(last.status, 413);
        assert_false(last.was_reset);
        assert_non_null(strstr(last.body, "longer than 1048576 bytes"));
}

static void an_endless_body_is_hung_up_on(void **state)
{
        int fd = dial(), sent = 0;

        (void)state;
        send_text(fd, "POST /note HTTP/1.1\r\n" REST "Transfer-Encoding: chunked\r\n\r\n");
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
        send_text(fd, "GET /hello HTTP/1.1\r\nHost: x\r\nX: ");
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
        send_text(fd, "POST /upload HTTP/1.1\r\n" REST "Content-Length: 9000\r\n\r\n123");
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

/* ---- waiting and stopping -------------------------------------------------------------------------------- */

/* Send a request whose answer comes later; the connection. */
static int ask_to_wait(const char *request)
{
        int fd = dial();

        send_text(fd, request);
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

                send_text(late.fd, "GET /slow HTTP/1.1\r\nHost: test\r\n\r\n");
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
        send_text(late.fd, "GET /hello HTTP/1.1\r\nHost: test\r\n\r\n");
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
        site.node = node_open(folder, NODE_WRITE, &site_schema, &err);
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
        send_text(fd, request);
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
                cmocka_unit_test(ambiguous_requests_are_refused),
                cmocka_unit_test(an_address_that_is_no_path_in_utf_8_is_refused),
                cmocka_unit_test(headers_over_the_limit_are_refused),
                cmocka_unit_test(thousands_of_arguments_and_cookies_are_read_and_too_many_headers_refused),
                cmocka_unit_test(an_answer_leads_to_no_address_that_it_has_no_room_for),
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
