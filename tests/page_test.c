/* A compiled template: what comes out, with harmless and with hostile values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "tests/pages/pages.h"
#include "tests/pages/sample.h"
#include "work/work.h"

struct fixture {
        struct work work;
        struct buf out;
};

static int set_up(void **state)
{
        static struct fixture f;

        work_init(&f.work, arena_open(1 << 20), NULL, LANGUAGE_EN);
        buf_init(&f.out, 0);
        *state = &f;
        return 0;
}

static int tear_down(void **state)
{
        struct fixture *f = *state;

        buf_clear(&f->out);
        arena_close(f->work.arena);
        return 0;
}

static void a_page_is_written_without_indents_and_empty_lines(void **state)
{
        struct fixture *f = *state;
        const struct sample s = { "Hà Tĩnh", "/units", "42", 2, true, "<b>x</b>" };

        sample_page(&f->work, &f->out, &s);
        assert_string_equal(f->out.data, "<p title=\"Hà Tĩnh\">Hà Tĩnh</p>\n"
                                         "<ul>\n"
                                         "<li class=\"late\">0</li>\n"
                                         "<li class=\"late\">1</li>\n"
                                         "</ul>\n"
                                         "<a href=\"/units\">a</a>\n"
                                         "<a href=\"/units/42?n=2\">b</a>\n"
                                         "<a href=\"/units\">c</a>\n"
                                         "<pre>\n  kept\n</pre>\n"
                                         "<b>x</b>2 figures by Hà Tĩnh\n");
}

static void hostile_values_stay_text(void **state)
{
        struct fixture *f = *state;
        const struct sample s = { "\"><script>'&", "javascript:alert(1)", "../a?b&c\"", 0, false, "" };

        sample_page(&f->work, &f->out, &s);
        assert_null(strstr(f->out.data, "<script"));
        assert_null(strstr(f->out.data, "javascript:"));
        assert_non_null(strstr(f->out.data, "&lt;script&gt;"));
        assert_non_null(strstr(f->out.data, "<a href=\"#\">a</a>"));
        assert_non_null(strstr(f->out.data, "<a href=\"/units/..%2Fa%3Fb%26c%22?n=0\">b</a>"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_page_is_written_without_indents_and_empty_lines, set_up, tear_down),
                cmocka_unit_test_setup_teardown(hostile_values_stay_text, set_up, tear_down),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
