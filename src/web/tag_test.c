/* Tags of our own pages are taken apart as a browser would take them. */
#include "tests/support.h"

#include "base/buf.h"
#include "format/html.h"
#include "web/tag.h"

static struct arena *arena;
static struct work work;

static int set_up(void **state)
{
        (void)state;
        arena = arena_open((size_t)1 << 20);
        work_init(&work, arena, NULL, LANGUAGE_EN);
        return arena == NULL;
}

static int tear_down(void **state)
{
        (void)state;
        arena_close(arena);
        return 0;
}

/* "name=value|…" of a tag, its length before; "" where it does not end. */
static const char *taken_apart(const char *tag)
{
        const char *end = tag_end(tag, tag + strlen(tag)), *p = tag + 1, *all;
        struct attribute a;

        if (end == NULL)
                return "";
        all = arena_print(arena, "%d:", (int)(end - tag));
        while (p < end && !tag_is_space(*p) && *p != '>')
                p++;
        while (tag_next_attribute(&p, end, &a))
                all = arena_print(arena, "%s%.*s=%s|", all, (int)a.name_length, a.name, tag_unescaped(&work, a.value, a.value_length));
        return all;
}

static void attributes_are_taken_apart(void **state)
{
        static const struct { const char *tag, *expected; } cases[] = {
                { "<p>", "3:" },
                { "<a href=\"/x?a=1&amp;b=2\">y", "25:href=/x?a=1&b=2|" },
                { "<a href='/x'\n class=\"b c\" hidden>", "33:href=/x|class=b c|hidden=|" },
                { "<img alt=\"a > b\" src=\"\"/>", "25:alt=a > b|src=|" },
                { "<a title='say \"no\"' data-now>", "29:title=say \"no\"|data-now=|" },
                { "<a href=/x>", "11:" },          /* ours are quoted */
                { "<a href=\"/x", "" },            /* never ends */
                { "<a title=\"&lt;&#39;&#34;&quot;&gt;&amp;amp;&nbsp;&\">", "52:title=<'\"\">&amp;&nbsp;&|" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                assert_string_equal(taken_apart(cases[i].tag), cases[i].expected);
}

static void what_was_escaped_comes_back(void **state)
{
        static const char *const texts[] = { "", "a & b", "<script>alert('x')</script>", "\"&quot;\"", "Cụm công nghiệp", "&&amp;&" };

        (void)state;
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
                struct buf escaped;

                buf_init(&escaped, 0);
                html_text(&escaped, texts[i]);
                assert_string_equal(tag_unescaped(&work, escaped.data == NULL ? "" : escaped.data, escaped.length), texts[i]);
                buf_clear(&escaped);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(attributes_are_taken_apart),
                cmocka_unit_test(what_was_escaped_comes_back),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
