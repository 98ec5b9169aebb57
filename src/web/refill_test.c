/* Refused forms: what was typed comes back where it was typed, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <stdio.h>

#include "web/refill.h"

#define HEAD "<title>Cases</title><main id=\"main\"><div class=\"w\">\n<nav class=\"crumbs\">…</nav>"
#define FOOT "</div></main>"

static struct work work;

static int set_up(void **state)
{
        work_init(&work, arena_open(1 << 20), NULL, LANGUAGE_EN);
        *state = &work;
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        arena_close(work.arena);
        return 0;
}

struct sent { const char *text; enum error_code code; const char *message; const struct field_error *errors; const struct upload *files; bool must_show; };

/* The page after a form sent to /cases/1/grant was refused; NULL where it has none. */
static const char *answer(const char *html, const struct sent *sent)
{
        struct error error = { .language = LANGUAGE_EN }, parsing = { .language = LANGUAGE_EN };
        struct fields fields = { 0 };
        struct refill r = { .action = "/cases/1/grant", .again = "/cases/1?do=grant", .sent = &fields, .files = sent->files, .error = &error, .errors = sent->errors };
        struct buf out;
        const char *copy = NULL;

        assert_true(fields_parse(&fields, work.arena, sent->text, strlen(sent->text), ERR_INVALID, &parsing));
        error_set(&error, sent->code == ERR_NONE ? ERR_INVALID : sent->code, "%s", sent->message == NULL ? "too much" : sent->message);
        buf_init(&out, 0);
        if (refill_page(&work, &r, sent->must_show, html, strlen(html), &out))
                copy = arena_copy(work.arena, out.data, out.length);
        assert_true(buf_ok(&out));
        buf_clear(&out);
        return copy;
}

#define FORM(inputs) HEAD "<form method=\"post\" action=\"/cases/1/grant\"><input type=\"hidden\" name=\"csrf\" value=\"new\">" inputs "</form>" FOOT

static void what_was_typed_comes_back(void **state)
{
        static const struct { const char *inputs, *sent, *expected; } cases[] = {
                { "<input id=\"a\" name=\"a\">", "a=1.5", "<input id=\"a\" name=\"a\" value=\"1.5\">" },
                { "<input id=\"a\" name=\"a\" value=\"old &amp; gone\" required>", "a=x", "<input id=\"a\" name=\"a\" required value=\"x\">" },
                { "<input name=\"a\" value=\"old\"/>", "a=", "<input name=\"a\" value=\"\"/>" },
                { "<input name=\"a\" value=\"kept\">", "b=1", "<input name=\"a\" value=\"kept\">" },
                { "<input name=\"a\"><input name=\"a\"><input name=\"a\">", "a=1&a=2", "<input name=\"a\" value=\"1\"><input name=\"a\" value=\"2\"><input name=\"a\">" },
                { "<textarea name=\"t\" rows=\"2\">old</textarea>", "t=one%0Atwo", "<textarea name=\"t\" rows=\"2\">\none\ntwo</textarea>" },
                { "<select name=\"s\"><option value=\"\"></option><option value=\"a\" selected>A</option><option value=\"b\">B</option></select>", "s=b",
                  "<select name=\"s\"><option value=\"\"></option><option value=\"a\">A</option><option value=\"b\" selected>B</option></select>" },
                { "<select name=\"s\"><option>A</option><option>B</option></select>", "s=B", "<option>A</option><option selected>B</option>" },
                { "<select name=\"s\"><option value=\"a\" selected>A</option></select>", "s=gone", "selected>A</option></select><span class=\"sm mut\" id=\"refused-1\">You typed: gone" },
                { "<select name=\"s\" multiple><option value=\"a\" selected>A</option><option value=\"b\">B</option><option value=\"c\">C</option></select>", "s=b&s=c",
                  "<option value=\"a\">A</option><option value=\"b\" selected>B</option><option value=\"c\" selected>C</option>" },
                { "<input type=\"checkbox\" name=\"c\" value=\"1\"><input type=\"checkbox\" name=\"d\" checked>", "c=1",
                  "<input type=\"checkbox\" name=\"c\" value=\"1\" checked><input type=\"checkbox\" name=\"d\">" },
                { "<input type=\"radio\" name=\"r\" value=\"1\" checked><input type=\"radio\" name=\"r\" value=\"2\">", "r=2",
                  "<input type=\"radio\" name=\"r\" value=\"1\"><input type=\"radio\" name=\"r\" value=\"2\" checked>" },
                { "<input type=\"date\" name=\"on\" value=\"2026-01-01\">", "on=2026-02-02", "<input type=\"date\" name=\"on\" value=\"2026-02-02\">" },
                { "<input type=\"date\" name=\"on\">", "on=tomorrow", "You typed: tomorrow" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char html[2000];
                const char *page;

                snprintf(html, sizeof html, FORM("%s"), cases[i].inputs);
                page = answer(html, &(struct sent){ .text = cases[i].sent });
                if (page == NULL || strstr(page, cases[i].expected) == NULL)
                        fail_msg("%s after %s: %s", cases[i].inputs, cases[i].sent, page == NULL ? "no page" : page);
        }
}

static void nothing_that_was_sent_is_read_as_html(void **state)
{
        static const char evil[] = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E%3C/textarea%3E%26amp%3B'";
        const struct upload file = { .field = "file", .file_name = "\"><script>alert(2)</script>.pdf" };
        char text[1000];
        const char *page;

        (void)state;
        snprintf(text, sizeof text, "a=%s&t=%s&s=%s&zz%s=%s", evil, evil, evil, evil, evil);
        for (int is_there = 0; is_there < 2; is_there++) {
                page = answer(is_there ? FORM("<input name=\"a\"><textarea name=\"t\"></textarea><select name=\"s\"><option value=\"1\">1</option></select>"
                                              "<input type=\"file\" name=\"file\">")
                                       : HEAD FOOT,
                              &(struct sent){ .text = text, .message = "<script>alert(3)</script>", .files = &file, .must_show = true });
                assert_non_null(page);
                assert_null(strstr(page, "<script"));
                assert_null(strstr(page, "script></textarea>&amp;'"));
                assert_non_null(strstr(page, "&quot;&gt;&lt;script&gt;alert(1)"));
                assert_non_null(strstr(page, "&lt;script&gt;alert(2)"));
                assert_non_null(strstr(page, "&lt;script&gt;alert(3)"));
        }
}

static void secrets_and_marks_are_never_put_in(void **state)
{
        const char *page = answer(FORM("<input type=\"password\" name=\"p\" id=\"p\"><input type=\"hidden\" name=\"version\" value=\"8\"><input name=\"r\" value=\"fixed\" readonly>"
                                       "<input name=\"d\" value=\"off\" disabled>"),
                                  &(struct sent){ .text = "csrf=old&p=secret&version=7&r=mine&d=on" }),
                   *gone = answer(HEAD "<form><input type=\"password\" name=\"p\"><input type=\"hidden\" name=\"version\"></form>" FOOT,
                                  &(struct sent){ .text = "csrf=old&p=secret&version=7&password=secret2&why=this", .must_show = true });

        (void)state;
        assert_non_null(page);
        assert_null(strstr(page, "secret"));
        assert_non_null(strstr(page, "Type the password again"));
        assert_non_null(strstr(page, "name=\"csrf\" value=\"new\""));
        assert_non_null(strstr(page, "name=\"version\" value=\"8\""));
        assert_non_null(strstr(page, "value=\"fixed\" readonly"));
        assert_non_null(strstr(page, "value=\"off\" disabled"));
        assert_non_null(gone);
        assert_null(strstr(gone, "secret"));
        assert_null(strstr(gone, "old"));
        assert_non_null(strstr(gone, "<li>this</li>"));
}

static void each_error_is_told_at_the_top_and_at_its_input(void **state)
{
        const struct field_error other = { "nowhere", "“that” is no word", NULL }, third = { "letter", "no letter", (struct field_error *)&other },
                                 first = { "cost", "<far> too much", (struct field_error *)&third };
        const char *page = answer(FORM("<input id=\"k\" name=\"field-cost\" aria-describedby=\"hint\"><details><summary>x</summary><input name=\"document-letter\"></details>"
                                       "<input name=\"document-letter-on\">"),
                                  &(struct sent){ .text = "field-cost=9", .errors = &first });

        (void)state;
        assert_non_null(page);
        assert_non_null(strstr(page, "</nav><div class=\"alert err mt2 mb2\" role=\"alert\" id=\"refused\" tabindex=\"-1\" autofocus>"));
        assert_non_null(strstr(page, "<title>Error: Cases</title>"));
        assert_non_null(strstr(page, "<li><a href=\"#k\">&lt;far&gt; too much</a></li>"));
        assert_non_null(strstr(page, "<li><a href=\"#refused-in-2\">no letter</a></li>"));
        assert_non_null(strstr(page, "<li class=\"q\">“that” is no word</li>")); /* what is quoted stays as it is */
        assert_non_null(strstr(page, "<input id=\"k\" name=\"field-cost\" value=\"9\" aria-invalid=\"true\" aria-describedby=\"refused-1 hint\">"
                                     "<span class=\"em\" id=\"refused-1\">&lt;far&gt; too much</span>"));
        assert_non_null(strstr(page, "<details open>"));
        assert_non_null(strstr(page, "<input name=\"document-letter\" id=\"refused-in-2\" aria-invalid=\"true\" aria-describedby=\"refused-3\">"));
        assert_non_null(strstr(page, "<input name=\"document-letter-on\">"));
}

static void the_form_that_was_sent_is_the_one_that_is_filled_in(void **state)
{
        static const char two[] = HEAD "<form method=\"post\" action=\"/cases/1/grant\"><input type=\"hidden\" name=\"list\" value=\"a\"><input name=\"x\"></form>"
                                       "<details><summary>y</summary><form id=\"f\" method=\"post\" action=\"/cases/1/grant\"><input type=\"hidden\" name=\"list\" value=\"b\"><input name=\"x\"></form></details>"
                                       "<form method=\"post\" action=\"/cases/1/refuse\"><input name=\"x\" class=\"other\"></form><form action=\"/cases/1/grant\"><input name=\"x\" class=\"get\"></form>"
                                       "<textarea form=\"f\" name=\"far\"></textarea>" FOOT;
        const char *page = answer(two, &(struct sent){ .text = "list=b&x=1&far=2" });

        (void)state;
        assert_non_null(page);
        assert_non_null(strstr(page, "value=\"a\"><input name=\"x\"></form>"));
        assert_non_null(strstr(page, "value=\"b\"><input name=\"x\" value=\"1\"></form>"));
        assert_non_null(strstr(page, "<details open><summary>y</summary><form id=\"f\" method=\"post\" action=\"/cases/1/grant?shown_at=%2Fcases%2F1%3Fdo%3Dgrant\">"));
        assert_non_null(strstr(page, "<input name=\"x\" class=\"other\">"));
        assert_non_null(strstr(page, "<input name=\"x\" class=\"get\">"));
        assert_non_null(strstr(page, "<textarea form=\"f\" name=\"far\">\n2</textarea>"));
        /* A button may send a form elsewhere. */
        page = answer(HEAD "<form method=\"post\" action=\"/save\"><input name=\"x\"><button formaction=\"/cases/1/grant\">Send</button></form>" FOOT, &(struct sent){ .text = "x=1" });
        assert_non_null(page);
        assert_non_null(strstr(page, "action=\"/save\"><input name=\"x\" value=\"1\">"));
        assert_null(answer(HEAD "<form method=\"post\" action=\"/cases/2/grant\"><input name=\"x\"></form>" FOOT, &(struct sent){ .text = "x=1" }));
}

static void what_changed_meanwhile_is_shown_beside_what_was_typed(void **state)
{
        static const char form[] = FORM("<input name=\"a\" value=\"theirs\"><input name=\"b\" value=\"same\"><select name=\"s\"><option value=\"1\" selected>One</option><option value=\"2\">Two</option></select>");
        const char *page = answer(form, &(struct sent){ .text = "a=mine&b=same&s=2", .code = ERR_CONFLICT }), *usual = answer(form, &(struct sent){ .text = "a=mine&b=same&s=2" }),
                   *gone = answer(HEAD "<form method=\"post\" action=\"/cases/1/end\"><label for=\"c\">Cost</label><input id=\"c\" name=\"cost\"></form>" FOOT,
                                  &(struct sent){ .text = "cost=12&empty=", .code = ERR_CONFLICT, .must_show = true });

        (void)state;
        assert_non_null(page);
        assert_non_null(strstr(page, "value=\"mine\" aria-describedby=\"refused-1\"><span class=\"sm mut\" id=\"refused-1\">Stands there now: theirs</span>"));
        assert_non_null(strstr(page, "Stands there now: One"));
        assert_null(strstr(page, "now: same"));
        assert_null(strstr(usual, "Stands there now"));
        assert_non_null(gone);
        assert_non_null(strstr(gone, "<li>Cost: 12</li>"));
        assert_non_null(strstr(gone, "<input id=\"c\" name=\"cost\">"));
}

static void files_are_named_to_be_chosen_again(void **state)
{
        const struct upload file = { .field = "file", .file_name = "plan.pdf" };
        const char *page = answer(FORM("<input type=\"file\" name=\"file\">"), &(struct sent){ .text = "", .files = &file });

        (void)state;
        assert_non_null(page);
        assert_non_null(strstr(page, "<p>Choose this file again: plan.pdf</p>"));
        assert_non_null(strstr(page, "<input type=\"file\" name=\"file\" aria-describedby=\"refused-1\"><span class=\"sm mut\" id=\"refused-1\">Choose this file again: plan.pdf</span>"));
}

/* Pages end anywhere where memory or a sink ends them. */
static void a_page_that_is_cut_off_is_read_to_its_end(void **state)
{
        static const char page[] = HEAD "<script>if (1 < 2) \"</form>\"</script><form method=\"post\" action=\"/cases/1/grant\"><select name=\"s\"><option value='1' selected>A</option></select>"
                                        "<textarea name=\"t\">x &lt; y</textarea><input name=\"a\" value=\"v\" checked></form>" FOOT;

        for (size_t length = 0; length < sizeof page; length++) {
                char *cut = arena_copy(work.arena, page, length);

                answer(cut, &(struct sent){ .text = "a=1&s=2&t=3", .must_show = true });
                arena_reset(work.arena);
        }
        (void)state;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(what_was_typed_comes_back, set_up, tear_down),
                cmocka_unit_test_setup_teardown(nothing_that_was_sent_is_read_as_html, set_up, tear_down),
                cmocka_unit_test_setup_teardown(secrets_and_marks_are_never_put_in, set_up, tear_down),
                cmocka_unit_test_setup_teardown(each_error_is_told_at_the_top_and_at_its_input, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_form_that_was_sent_is_the_one_that_is_filled_in, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_changed_meanwhile_is_shown_beside_what_was_typed, set_up, tear_down),
                cmocka_unit_test_setup_teardown(files_are_named_to_be_chosen_again, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_page_that_is_cut_off_is_read_to_its_end, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
