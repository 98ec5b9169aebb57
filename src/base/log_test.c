#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include <cmocka.h>

#include "base/utf8.h"

/* What a call writes to standard error. */
static const char *logged(enum log_level level, const char *text)
{
        static char out[8192];
        int ends[2], kept = dup(STDERR_FILENO);
        ssize_t n;

        assert_int_equal(pipe(ends), 0);
        dup2(ends[1], STDERR_FILENO);
        close(ends[1]);
        log_line(level, "web", "%s", text);
        dup2(kept, STDERR_FILENO);
        close(kept);
        n = read(ends[0], out, sizeof out - 1);
        close(ends[0]);
        out[n < 0 ? 0 : n] = '\0';
        return out;
}

static void a_line_is_one_json_object(void **state)
{
        const char *line = logged(LOG_WARNING, "path \"a\\b\"\nnext Đề án \xFF!");

        (void)state;
        assert_memory_equal(line, "{\"at\":\"20", 9);
        assert_non_null(strstr(line, "\",\"level\":\"warning\",\"what\":\"web\",\"text\":"
                                     "\"path \\\"a\\\\b\\\"\\u000anext Đề án ?!\"}\n"));
        assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void lines_below_the_level_are_dropped(void **state)
{
        (void)state;
        assert_string_equal(logged(LOG_DETAIL, "x"), "");
        log_set_level(LOG_ALARM);
        assert_string_equal(logged(LOG_WARNING, "x"), "");
        assert_string_not_equal(logged(LOG_ALARM, "x"), "");
        log_set_level(LOG_NOTE);
}

static void an_overlong_line_stays_valid(void **state)
{
        for (int shift = 0; shift < 3; shift++) {
                char text[5001] = "ab";
                const char *line;

                for (int i = shift; i + 3 < 5000; i += 3)
                        memcpy(text + i, i % 2 ? "ề" : "\n\"\\", 3);
                line = logged(LOG_NOTE, text);
                assert_true(strlen(line) < 2049);
                assert_true(utf8_is_valid(line, strlen(line), NULL));
                assert_string_equal(line + strlen(line) - 3, "\"}\n");
        }
        (void)state;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_line_is_one_json_object),
                cmocka_unit_test(lines_below_the_level_are_dropped),
                cmocka_unit_test(an_overlong_line_stays_valid),
        };

        return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
