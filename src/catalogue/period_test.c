#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "catalogue/catalogue.h"

static void periods_know_their_days_and_neighbours(void **state)
{
        static const struct {
                const char *text, *first, *last, *next, *before, *vi, *en;
        } cases[] = {
                { "2021-12", "2021-12-01", "2021-12-31", "2022-01", "2020-12", "Tháng 12/2021", "December 2021" },
                { "2024-02", "2024-02-01", "2024-02-29", "2024-03", "2023-02", "Tháng 2/2024", "February 2024" },
                { "2022-Q1", "2022-01-01", "2022-03-31", "2022-Q2", "2021-Q1", "Quý I/2022", "Q1 2022" },
                { "2021-Q4", "2021-10-01", "2021-12-31", "2022-Q1", "2020-Q4", "Quý IV/2021", "Q4 2021" },
                { "2021-S1", "2021-01-01", "2021-06-30", "2021-S2", "2020-S1", "6 tháng đầu năm 2021", "H1 2021" },
                { "2021-S2", "2021-07-01", "2021-12-31", "2022-S1", "2020-S2", "6 tháng cuối năm 2021", "H2 2021" },
                { "2021", "2021-01-01", "2021-12-31", "2022", "2020", "Năm 2021", "2021" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                char out[PERIOD_TEXT_MAX], date[DAY_TEXT_MAX], shown[64];
                period p;

                print_message("%s\n", cases[i].text);
                assert_true(period_read(cases[i].text, strlen(cases[i].text), &p));
                assert_int_equal(period_write(out, p), strlen(cases[i].text));
                assert_string_equal(out, cases[i].text);
                day_write(date, period_first(p));
                assert_string_equal(date, cases[i].first);
                day_write(date, period_last(p));
                assert_string_equal(date, cases[i].last);
                period_write(out, period_plus(p, 1));
                assert_string_equal(out, cases[i].next);
                assert_int_equal(period_plus(period_plus(p, 1), -1), p);
                period_write(out, period_year_before(p));
                assert_string_equal(out, cases[i].before);
                assert_int_equal(period_at(period_frequency(p), period_first(p)), p);
                assert_int_equal(period_at(period_frequency(p), period_last(p)), p);
                assert_true(period_plus(p, 1) > p);
                period_write_shown(shown, sizeof shown, p, LANGUAGE_VI);
                assert_string_equal(shown, cases[i].vi);
                period_write_shown(shown, sizeof shown, p, LANGUAGE_EN);
                assert_string_equal(shown, cases[i].en);
        }
}

static void steps_go_far_in_both_directions(void **state)
{
        period p = period_make(FREQUENCY_MONTH, 2021, 12);

        (void)state;
        assert_int_equal(period_plus(p, -12), period_make(FREQUENCY_MONTH, 2020, 12));
        assert_int_equal(period_plus(p, -11), period_make(FREQUENCY_MONTH, 2021, 1));
        assert_int_equal(period_plus(p, 25), period_make(FREQUENCY_MONTH, 2024, 1));
        assert_int_equal(period_plus(period_make(FREQUENCY_YEAR, 2021, 0), -3), period_make(FREQUENCY_YEAR, 2018, 0));
        assert_int_equal(period_index(period_make(FREQUENCY_YEAR, 2021, 0)), 0);
}

static void a_period_out_of_form_is_refused(void **state)
{
        static const char *const cases[] = { "",        "202",     "2021-13",  "2021-00", "2021-1",   "2021-Q5", "2021-Q0",
                                             "2021-S3", "2021/03", "2021-03 ", "2021-q1", "2021-03-1", "021-03",  "20a1",
                                             "1899",    "3000-01", "2021-Q",   "2021-QX", "-2021" };
        period p;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
                if (period_read(cases[i], strlen(cases[i]), &p))
                        fail_msg("accepted \"%s\"", cases[i]);
}

static void a_short_room_cuts_and_ends(void **state)
{
        char out[6];

        (void)state;
        assert_int_equal(period_write_shown(out, sizeof out, period_make(FREQUENCY_YEAR, 2021, 0), LANGUAGE_EN), 4);
        assert_int_equal(period_write_shown(out, sizeof out, period_make(FREQUENCY_MONTH, 2021, 9), LANGUAGE_EN), 5);
        assert_string_equal(out, "Septe");
}

static void periods_within_sentences_and_narrow_columns(void **state)
{
        char out[64];
        period december = period_make(FREQUENCY_MONTH, 2021, 12), quarter = period_make(FREQUENCY_QUARTER, 2022, 1);

        (void)state;
        period_write_said(out, sizeof out, december, LANGUAGE_VI);
        assert_string_equal(out, "tháng 12/2021");
        period_write_said(out, sizeof out, december, LANGUAGE_EN);
        assert_string_equal(out, "December 2021");
        period_write_said(out, sizeof out, quarter, LANGUAGE_VI);
        assert_string_equal(out, "quý I/2022");
        period_write_short(out, sizeof out, december, LANGUAGE_VI);
        assert_string_equal(out, "T12/2021");
        period_write_short(out, sizeof out, december, LANGUAGE_EN);
        assert_string_equal(out, "Dec 2021");
        assert_int_equal(period_write_short(out, 4, december, LANGUAGE_VI), 3);
}

static void months_are_read_as_people_write_them(void **state)
{
        static const struct { const char *text; int month; } cases[] = {
                { "2021-03", 3 }, { "Tháng 3/2021", 3 }, { "tháng 12/2021", 12 }, { "T3/2021", 3 }, { "3/2021", 3 }, { "March 2021", 3 }, { "Dec 2021", 12 },
                { "2021", 0 }, { "2021-Q1", 0 }, { "Tháng 13/2021", 0 }, { "Quý I/2021", 0 }, { "tháng ba", 0 }, { "13/2021", 0 }, { "", 0 }, { "3/21", 0 }, { "1/3/2021", 0 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                period p = PERIOD_NONE;
                bool is_month = period_read_month(cases[i].text, &p);

                if (is_month != (cases[i].month > 0) || (is_month && p != period_make(FREQUENCY_MONTH, 2021, cases[i].month)))
                        fail_msg("\"%s\"", cases[i].text);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(periods_within_sentences_and_narrow_columns),
                cmocka_unit_test(months_are_read_as_people_write_them),
                cmocka_unit_test(periods_know_their_days_and_neighbours),
                cmocka_unit_test(steps_go_far_in_both_directions),
                cmocka_unit_test(a_period_out_of_form_is_refused),
                cmocka_unit_test(a_short_room_cuts_and_ends),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
