#include "format/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *written(void (*write)(struct buf *, const char *), const char *text)
{
        static struct buf b;

        buf_clear(&b);
        buf_init(&b, 0);
        buf_text(&b, "");
        write(&b, text);
        return b.data == NULL ? "" : b.data;
}

static void text_cannot_become_markup(void **state)
{
        (void)state;
        assert_string_equal(written(html_text, "<a b=\"c\" d='e'>&amp; đề án"),
                            "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp; đề án");
        assert_string_equal(written(html_text, "plain"), "plain");
        assert_string_equal(written(html_text, ""), "");
        assert_string_equal(written(html_text, NULL), "");
        assert_string_equal(written(html_text, "<"), "&lt;");
}

static void only_harmless_addresses_pass(void **state)
{
        static const struct {
                const char *address, *written;
        } cases[] = {
                { "/figures?unit=25&x=1", "/figures?unit=25&amp;x=1" },
                { "../a/b:c", "../a/b:c" },
                { "a?time=10:30", "a?time=10:30" },
                { "#part:2", "#part:2" },
                { "", "" },
                { "https://example.org/'x'", "https://example.org/&#39;x&#39;" },
                { "HTTP://example.org/", "HTTP://example.org/" },
                { "mailto:a@b.vn", "mailto:a@b.vn" },
                { "javascript:alert(1)", "#" },
                { "JavaScript:alert(1)", "#" },
                { " javascript:alert(1)", "#" },
                { "java\nscript:alert(1)", "#" },
                { "\x01javascript:alert(1)", "#" },
                { "java\tscript:alert(1)", "#" },
                { "data:text/html,x", "#" },
                { "vbscript:x", "#" },
                { "httpx:x", "#" },
                { ":x", "#" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
                if (strcmp(written(html_address, cases[i].address), cases[i].written) != 0)
                        fail_msg("\"%s\" became \"%s\"", cases[i].address, written(html_address, cases[i].address));
        assert_string_equal(written(html_address, NULL), "");
}

static void parts_of_addresses_are_percent_encoded(void **state)
{
        (void)state;
        assert_string_equal(written(html_url_part, "Az09-._~"), "Az09-._~");
        assert_string_equal(written(html_url_part, "a/b?c&d=e+f %\"Đ"), "a%2Fb%3Fc%26d%3De%2Bf%20%25%22%C4%90");
        assert_string_equal(written(html_url_part, NULL), "");
}

static void an_expression_is_escaped_by_its_type(void **state)
{
        struct buf b;
        char name[] = "<x>";
        const char *title = "&";
        short small = -3;

        (void)state;
        buf_init(&b, 0);
        HTML_ESCAPED(&b, name);
        HTML_ESCAPED(&b, title);
        HTML_ESCAPED(&b, INT64_MIN);
        HTML_ESCAPED(&b, small);
        assert_string_equal(b.data, "&lt;x&gt;&amp;-9223372036854775808-3");
        buf_clear(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(text_cannot_become_markup),
                cmocka_unit_test(only_harmless_addresses_pass),
                cmocka_unit_test(parts_of_addresses_are_percent_encoded),
                cmocka_unit_test(an_expression_is_escaped_by_its_type),
        };

        return cmocka_run_group_tests_name("html", tests, NULL, NULL);
}
