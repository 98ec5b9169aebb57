/* The frame around pages, and the assets it names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "web/asset.h"
#include "web/icons.h"
#include "web/web.h"

struct fixture {
        struct work work;
        struct reply reply;
};

static bool answer(struct work *w, const struct request *rq, struct reply *reply)
{
        (void)w, (void)rq, (void)reply;
        return true;
}

static const struct route routes[] = {
        { GET, "/overview", answer, MAY_READ_PUBLIC, 0, NULL },
        { GET, "/", answer, MAY_READ_PUBLIC, 0, NULL },
        { GET, "/figures", answer, MAY_READ_PUBLIC, 0, NULL },
        { GET, "/admin/users", answer, MAY_ADMINISTER, 0, NULL },
        { 0 }
};
static const struct route *const tables[] = { routes, NULL };

static int set_up(void **state)
{
        static struct fixture f;

        memset(&f, 0, sizeof f);
        work_init(&f.work, arena_open(1 << 20), NULL, LANGUAGE_EN);
        buf_init(&f.reply.body, 0);
        page_use_routes(tables);
        *state = &f;
        return 0;
}

static int tear_down(void **state)
{
        struct fixture *f = *state;

        page_use_routes(NULL);
        buf_clear(&f->reply.body);
        arena_close(f->work.arena);
        return 0;
}

static const char *written(struct fixture *f, const struct page *page)
{
        page_begin(&f->work, NULL, &f->reply, page);
        buf_text(&f->reply.body, "<h1>here</h1>");
        page_end(&f->work, NULL, &f->reply, page);
        assert_true(buf_ok(&f->reply.body));
        return f->reply.body.data;
}

static void a_page_has_language_title_and_one_main(void **state)
{
        const struct page page = { .title = "A <b> & c", .nav = NAV_OVERVIEW };
        const char *html = written(*state, &page), *content;

        assert_ptr_equal(strstr(html, "<!doctype html>\n<html lang=\"en\">"), html);
        assert_non_null(strstr(html, "<title>A &lt;b&gt; &amp; c – Cầu Nối</title>"));
        content = strstr(html, "<main id=\"main\"");
        assert_non_null(content);
        assert_non_null(strstr(content, "<h1>here</h1></div></main>"));
        assert_null(strstr(html, "style=\""));
        assert_null(strstr(html, "<style"));
}

static void the_language_of_the_reader_is_followed(void **state)
{
        struct fixture *f = *state;
        const struct page page = { .title = "x", .nav = NAV_OVERVIEW };
        const char *html;

        f->work.language = LANGUAGE_VI;
        html = written(f, &page);
        assert_non_null(strstr(html, "<html lang=\"vi\">"));
        assert_non_null(strstr(html, "Chuyển đến nội dung chính"));
        assert_null(strstr(html, "Skip to the content"));
}

static void the_public_sees_only_what_it_may_open(void **state)
{
        const struct page page = { .title = "x", .nav = NAV_FIGURES };
        const char *html = written(*state, &page);

        assert_non_null(strstr(html, "<a href=\"/figures\" aria-current=\"page\">"));
        assert_non_null(strstr(html, "href=\"/sign-in"));
        assert_null(strstr(html, "My work"));
        assert_null(strstr(html, "href=\"/admin/users\""));
        assert_null(strstr(html, "href=\"/forms\""));
        assert_null(strstr(html, "/sign-out"));
}

static void who_is_signed_in_sees_name_and_work(void **state)
{
        static const struct user officer = { "thu", "Specialist, <Hà Tĩnh>", ROLE_SPECIALIST, "42", false };
        struct fixture *f = *state;
        const struct page page = { .title = "x", .nav = NAV_TODO };
        const char *html;

        f->work.user = &officer;
        html = written(f, &page);
        assert_non_null(strstr(html, "Specialist, &lt;Hà Tĩnh&gt;"));
        assert_non_null(strstr(html, "<a href=\"/\" aria-current=\"page\">"));
        assert_non_null(strstr(html, "action=\"/sign-out\""));
        assert_null(strstr(html, "href=\"/admin/users\""));
}

static void crumbs_lead_back(void **state)
{
        const struct page page = {
                .title = "x", .crumbs = { { "Reports", "/forms" }, { "Here", NULL } }, .crumb_count = 2,
                .body_class = "task", .style = "form.css",
        };
        const char *html = written(*state, &page);

        assert_non_null(strstr(html, "<li><a href=\"/forms\">Reports</a></li>\n<li>Here</li>"));
        assert_non_null(strstr(html, "<body class=\"task\">"));
        assert_non_null(strstr(html, asset_path("form.css")));
}

static void an_asset_is_found_by_its_address_only(void **state)
{
        const struct asset *a = asset_by_name("caunoi.css");

        (void)state;
        assert_non_null(a);
        assert_string_equal(a->address, asset_path("caunoi.css"));
        assert_int_equal(strncmp(a->address, "/assets/caunoi.", 15), 0);
        assert_ptr_equal(asset_find(a->address + strlen("/assets/")), a);
        assert_null(asset_find("caunoi.css"));
        assert_null(asset_find("../caunoi.css"));
        assert_true(a->raw.length > 10000 && strlen(a->raw.bytes) == a->raw.length);
        assert_true(a->gzip.length > 0 && a->gzip.length < a->raw.length);
        assert_true(a->brotli.length > 0 && a->brotli.length < a->gzip.length);
        assert_null(strstr(a->raw.bytes, "asset:"));
        a = asset_by_name("source-sans-3-vietnamese.woff2");
        assert_non_null(a);
        assert_memory_equal(a->raw.bytes, "wOF2", 4);
        assert_null(a->gzip.bytes);
}

static void all_style_sheets_stay_under_twelve_kilobytes(void **state)
{
        size_t bytes = 0;

        (void)state;
        for (const struct asset *a = asset_list; a->name != NULL; a++)
                if (strstr(a->name, ".css") != NULL)
                        bytes += a->gzip.length;
        assert_true(bytes > 0);
        assert_true(bytes <= 12 * 1024);
}

static void an_icon_is_an_inline_drawing_without_a_name(void **state)
{
        (void)state;
        assert_int_equal(strncmp(icon("check"), "<svg class=\"i\"", 14), 0);
        assert_non_null(strstr(icon("warning"), "aria-hidden=\"true\""));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_page_has_language_title_and_one_main, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_language_of_the_reader_is_followed, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_public_sees_only_what_it_may_open, set_up, tear_down),
                cmocka_unit_test_setup_teardown(who_is_signed_in_sees_name_and_work, set_up, tear_down),
                cmocka_unit_test_setup_teardown(crumbs_lead_back, set_up, tear_down),
                cmocka_unit_test(an_asset_is_found_by_its_address_only),
                cmocka_unit_test(all_style_sheets_stay_under_twelve_kilobytes),
                cmocka_unit_test(an_icon_is_an_inline_drawing_without_a_name),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
