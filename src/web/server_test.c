/* Pages, rights and signing in, as a browser meets them. */
#include "tests/small_site.h"

#include <zlib.h>

/* ---- pages and rights ------------------------------------------------------------------------------------ */

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
        send_text(fd, requests);
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

/* ---- signing in ------------------------------------------------------------------------------------------ */

static char session[400], mark[80];

/* The mark of the form in the last answer. */
static void read_mark(void)
{
        const char *p = strstr(last.body, "name=\"csrf\" value=\"");

        assert_non_null(p);
        snprintf(mark, sizeof mark, "%.64s", p + 19);
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
        };

        return cmocka_run_group_tests(tests, open_site, close_site);
}
