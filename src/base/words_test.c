#include "base/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>

#include <cmocka.h>

static int arena_up(void **state)
{
        *state = arena_open((size_t)1 << 20);
        return *state == NULL;
}

static int arena_down(void **state)
{
        arena_close(*state);
        return 0;
}

static void a_text_is_found_by_beginnings_of_its_words_in_any_order(void **state)
{
        static const struct {
                const char *typed, *text;
                int fit;
        } cases[] = {
                { "ha tinh", "Hà Tĩnh", 3 },
                { "HÀ TĨNH", "tinh Ha", 1 },
                { "ha ti", "Hà Tĩnh", 2 },
                { "tinh", "Hà Tĩnh", 1 },
                { "inh", "Hà Tĩnh", 0 },
                { "ha tinh phu", "Hà Tĩnh", 0 },
                { "kcqg-2021", "Đề án KCQG-2021-PTO-017", 1 },
                { "hung thinh", "Cụm “Hưng Thịnh”", 1 },
                { "“hưng thịnh”", "Hưng Thịnh", 3 },
                { "sach – xanh", "Làng nghề «sạch»…xanh", 1 },
                { "đề án", "Đề án KCQG-2021-PTO-017", 2 },
                { "lap day (%)", "Tỷ lệ lấp đầy, %", 1 },
                { "a a", "a", 1 },
                { "", "Hà Tĩnh", 0 },
                { " –, ", "Hà Tĩnh", 0 },
                { "%", "50 %", 0 },
                { "ha", "", 0 },
        };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct words words;
                int fit;

                assert_true(words_read(*state, cases[i].typed, &words));
                fit = words_fit(*state, &words, cases[i].text);
                if (fit != cases[i].fit)
                        fail_msg("\"%s\" in \"%s\": %d, not %d", cases[i].typed, cases[i].text, fit, cases[i].fit);
        }
}

static void too_many_words_are_refused(void **state)
{
        struct words words;

        assert_true(words_read(*state, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", &words));
        assert_int_equal(words.count, WORDS_MOST);
        assert_false(words_read(*state, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", &words));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_text_is_found_by_beginnings_of_its_words_in_any_order, arena_up, arena_down),
                cmocka_unit_test_setup_teardown(too_many_words_are_refused, arena_up, arena_down),
        };

        return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
