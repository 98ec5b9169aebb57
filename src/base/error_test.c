#include "base/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"

static void the_first_error_wins(void **state)
{
        struct error e = { .language = LANGUAGE_EN };

        (void)state;
        assert_true(error_ok(&e));
        assert_false(error_hint(&e, "no error, no hint"));
        assert_false(error_while(&e, "no error, no context"));
        assert_string_equal(e.hint, "");
        assert_false(error_set(&e, ERR_CONFLICT, "period %s is closed", "2025-03"));
        assert_false(error_set(&e, ERR_DAMAGED, "something later"));
        assert_false(error_ok(&e));
        assert_int_equal(e.code, ERR_CONFLICT);
        assert_string_equal(e.message, "period 2025-03 is closed");
        error_hint(&e, "open it");
        error_hint(&e, "another hint");
        assert_string_equal(e.hint, "open it");
        error_clear(&e);
        assert_true(error_ok(&e));
        assert_int_equal(e.language, LANGUAGE_EN);
        assert_false(error_at(&e, "cost"));
        assert_string_equal(e.field, "");
        error_set(&e, ERR_INVALID, "x");
        assert_string_equal(e.hint, "");
        assert_string_equal(e.field, "");
        error_at(&e, "a name of an input that nobody would give it, longer than it may be");
        assert_string_equal(e.field, "");
        assert_false(error_at(&e, "cost"));
        error_at(&e, "price");
        assert_string_equal(e.field, "cost");
        assert_string_equal(e.context, "");
}

static void the_outermost_context_stands_first(void **state)
{
        struct error e = { .language = LANGUAGE_EN };

        (void)state;
        error_set(&e, ERR_INVALID, "bad");
        error_while(&e, "row %d", 7);
        error_while(&e, "importing \"%s\"", "x.csv");
        assert_string_equal(e.context, "importing \"x.csv\": row 7");
}

static void overlong_texts_end_between_characters(void **state)
{
        for (int shift = 0; shift < 4; shift++) {
                struct error e = { .language = LANGUAGE_EN };
                char text[2000] = "abc";
                size_t n = (size_t)shift;

                while (n + 3 < sizeof text) {
                        memcpy(text + n, "ề", 3);
                        n += 3;
                }
                text[n] = '\0';
                error_set(&e, ERR_INVALID, "%s", text);
                error_hint(&e, "%s", text);
                for (int i = 0; i < 3; i++)
                        error_while(&e, "%s", text + i * 300);
                assert_true(strlen(e.message) > sizeof e.message - 8);
                assert_true(utf8_is_valid(e.message, strlen(e.message), NULL));
                assert_true(utf8_is_valid(e.hint, strlen(e.hint), NULL));
                assert_string_equal(e.message + strlen(e.message) - 3, "…");
                assert_string_equal(e.hint + strlen(e.hint) - 3, "…");
                assert_string_equal(e.context + strlen(e.context) - 3, "…");
        }
        (void)state;
}

static void every_code_has_its_statuses_and_name(void **state)
{
        static const struct {
                enum error_code code;
                int http, exit;
                const char *name;
        } codes[] = {
                { ERR_NONE, 200, 0, "ok" }, { ERR_USAGE, 400, 2, "usage" }, { ERR_INVALID, 422, 1, "invalid" },
                { ERR_UNAUTHENTICATED, 401, 1, "unauthenticated" }, { ERR_DENIED, 403, 1, "denied" },
                { ERR_MISSING, 404, 1, "missing" }, { ERR_CONFLICT, 409, 1, "conflict" },
                { ERR_TOO_BIG, 413, 1, "too_big" }, { ERR_BUSY, 429, 3, "busy" },
                { ERR_ENVIRONMENT, 503, 3, "environment" }, { ERR_DAMAGED, 500, 4, "damaged" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
                assert_int_equal(error_http_status(codes[i].code), codes[i].http);
                assert_int_equal(error_exit_status(codes[i].code), codes[i].exit);
                assert_string_equal(error_name(codes[i].code), codes[i].name);
        }
}

/* What is kept is read by others: in their language, also where a part of it is a text itself, or it was kept by a program that knew one language. */
static void what_is_kept_is_told_in_the_language_of_the_reader(void **state)
{
        static const char plain[] = "the machine has no memory left";
        static const enum language both[] = { LANGUAGE_VI, LANGUAGE_EN };
        struct arena *a = arena_open((size_t)1 << 20);
        char kept[ERROR_KEPT_MAX], one[500];

        (void)state;
        for (int i = 0; i < 2; i++) {
                struct error e = { .language = both[i] }, said = { .language = both[i] }, caused = { .language = both[i] };

                error_set(&e, ERR_INVALID, "a QR code holds 1 to %d bytes", 7);
                error_while(&e, "importing \"%s\"", "x");
                error_keep(&e, kept);
                for (int k = 0; k < 2; k++) {
                        snprintf(one, sizeof one, text(both[k], "a QR code holds 1 to %d bytes"), 7);
                        assert_int_equal(strncmp(error_told_in(a, kept, both[k]), one, strlen(one)), 0);
                }
                assert_string_equal(error_told_in(a, kept, LANGUAGE_EN), "a QR code holds 1 to 7 bytes (importing \"x\")");
                error_say(&said, ERR_INVALID, plain);
                error_keep(&said, kept);
                assert_string_equal(said.message, text(both[i], plain));
                for (int k = 0; k < 2; k++)
                        assert_string_equal(error_told_in(a, kept, both[k]), text(both[k], plain));
                assert_string_not_equal(error_told_in(a, kept, LANGUAGE_VI), error_told_in(a, kept, LANGUAGE_EN));
                assert_false(error_because(&caused, plain));
                assert_true(error_ok(&caused)); /* there is nothing to give a cause of */
                error_set(&caused, ERR_INVALID, "a QR code holds 1 to %d bytes", 7);
                error_because(&caused, plain);
                error_keep(&caused, kept);
                for (int k = 0; k < 2; k++) {
                        snprintf(one, sizeof one, text(both[k], "a QR code holds 1 to %d bytes"), 7);
                        assert_string_equal(error_told_in(a, kept, both[k]), arena_print(a, "%s: %s", one, text(both[k], plain)));
                }
        }
        assert_string_equal(error_told_in(a, "old", LANGUAGE_EN), "old");
        assert_string_equal(error_told_in(a, "old", LANGUAGE_VI), "old");
        arena_close(a);
}

static void what_the_system_refuses_is_told_in_the_language_of_the_reader(void **state)
{
        struct error vi = { .language = LANGUAGE_VI }, en = { .language = LANGUAGE_EN }, rare = { .language = LANGUAGE_VI };

        (void)state;
        assert_false(error_system(&vi, ERR_ENVIRONMENT, ENOENT, "cannot write \"%s\"", "x.csv"));
        assert_string_equal(vi.message, "không ghi được \"x.csv\": không có tệp hoặc thư mục này");
        error_system(&vi, ERR_ENVIRONMENT, ENOSPC, "cannot write \"%s\"", "y.csv"); /* the first stands as it is */
        assert_null(strstr(vi.message, "đĩa"));
        error_system(&en, ERR_ENVIRONMENT, ENOSPC, "cannot write \"%s\"", "y.csv");
        assert_string_equal(en.message, "cannot write \"y.csv\": the disk is full");
        error_system(&rare, ERR_ENVIRONMENT, ENOTTY, "cannot write \"%s\"", "x.csv"); /* in its own words */
        assert_non_null(strstr(rare.message, strerror(ENOTTY)));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_first_error_wins),
                cmocka_unit_test(the_outermost_context_stands_first),
                cmocka_unit_test(overlong_texts_end_between_characters),
                cmocka_unit_test(every_code_has_its_statuses_and_name),
                cmocka_unit_test(what_is_kept_is_told_in_the_language_of_the_reader),
                cmocka_unit_test(what_the_system_refuses_is_told_in_the_language_of_the_reader),
        };

        return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
