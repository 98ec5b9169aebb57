#include "base/day.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void days_follow_each_other_through_ten_thousand_years(void **state)
{
        day d = day_of(1, 1, 1);
        int weekday = day_of_week(d);

        (void)state;
        assert_int_equal(d, -719162);
        for (int y = 1; y <= 9999; y++)
                for (int m = 1; m <= 12; m++)
                        for (int n = 1; n <= days_in_month(y, m); n++, d++) {
                                int year, month, number;

                                day_split(d, &year, &month, &number);
                                if (day_of(y, m, n) != d || year != y || month != m || number != n ||
                                    day_of_week(d) != weekday)
                                        fail_msg("%d-%d-%d is %d", y, m, n, d);
                                weekday = weekday % 7 + 1;
                        }
        assert_int_equal(d, 2932897);
}

static void known_days_have_their_numbers(void **state)
{
        (void)state;
        assert_int_equal(day_of(1970, 1, 1), 0);
        assert_int_equal(day_of(2025, 7, 1), 20270);
        assert_int_equal(day_of_week(day_of(2025, 7, 1)), 2);
        assert_int_equal(day_of_week(day_of(1945, 9, 2)), 7);
        assert_int_equal(days_in_month(2000, 2), 29);
        assert_int_equal(days_in_month(1900, 2), 28);
        assert_int_equal(days_in_month(2024, 2), 29);
        assert_int_equal(day_years_later(day_of(2026, 3, 5), 2), day_of(2028, 3, 5)); /* 731 days: a leap year lies between */
        assert_int_equal(day_years_later(day_of(2024, 2, 29), 2), day_of(2026, 2, 28));
        assert_int_equal(day_years_later(day_of(2024, 2, 29), 4), day_of(2028, 2, 29));
        assert_int_equal(day_years_later(day_of(2026, 2, 28), 2), day_of(2028, 2, 28));
}

static void only_real_days_in_the_one_form_are_read(void **state)
{
        static const char *const bad[] = {
                "2025-02-30", "2025-00-01", "2025-13-01", "2025-01-00", "2025-04-31", "1900-02-29", "0000-01-01",
                "2025-1-1", "2025/01/01", "20250101", "2025-01-01 ", "+025-01-01", "2025-01-0x", "", "01-01-2025",
        };
        char text[DAY_TEXT_MAX];
        day d;

        (void)state;
        for (size_t i = 0; i < COUNT(bad); i++)
                if (day_read(bad[i], strlen(bad[i]), &d))
                        fail_msg("\"%s\" was read as a day", bad[i]);
        assert_true(day_read("2024-02-29", 10, &d));
        assert_int_equal(day_write(text, d), 10);
        assert_string_equal(text, "2024-02-29");
        assert_int_equal(day_write(text, day_of(1, 1, 1)), 10);
        assert_string_equal(text, "0001-01-01");
        assert_int_equal(day_write(text, day_of(9999, 12, 31)), 10);
        assert_string_equal(text, "9999-12-31");
}

static void a_day_without_a_date_is_written_as_nothing(void **state)
{
        char text[MOMENT_TEXT_MAX];

        (void)state;
        assert_int_equal(day_write(text, DAY_NONE), 0);
        assert_string_equal(text, "");
        assert_int_equal(day_write(text, DAY_FOREVER), 0);
        assert_int_equal(day_write(text, day_of(9999, 12, 31) + 1), 0);
        assert_int_equal(moment_write(text, INT64_MAX), 0);
        assert_int_equal(moment_write(text, INT64_MIN), 0);
}

static void moments_are_read_with_any_offset(void **state)
{
        static const struct {
                const char *text, *written; /* NULL: refused */
        } cases[] = {
                { "2026-11-23T14:02:11.123+07:00", "2026-11-23T14:02:11.123+07:00" },
                { "2026-11-23T14:02:11.1239+07:00", "2026-11-23T14:02:11.123+07:00" },
                { "2026-11-23T14:02:11.5+07:00", "2026-11-23T14:02:11.500+07:00" },
                { "2026-11-23T07:02:11Z", "2026-11-23T14:02:11.000+07:00" },
                { "2026-11-23T20:00Z", "2026-11-24T03:00:00.000+07:00" },
                { "2026-11-23 00:00-05:30", "2026-11-23T12:30:00.000+07:00" },
                { "2026-11-23", "2026-11-23T00:00:00.000+07:00" },
                { "1969-12-31T23:59:59.999+07:00", "1969-12-31T23:59:59.999+07:00" },
                { "2026-11-23T24:00Z", NULL }, { "2026-11-23T10:60Z", NULL }, { "2026-11-23T10:00:60Z", NULL },
                { "2026-11-23T10:00", NULL }, { "2026-11-23T10:00:00.Z", NULL }, { "2026-11-23T10Z", NULL },
                { "2026-11-23T10:00:00+0700", NULL }, { "2026-11-23T10:00+15:00", NULL }, { "2026-11-23T", NULL },
                { "2026-11-31T10:00Z", NULL }, { "2026-11-23T10:00Zx", NULL }, { "2026-11", NULL }, { "", NULL },
                { "2026-11-23T10:00:0", NULL }, { "2026-11-23T10:00:00.5", NULL }, { "2026-11-23x10:00Z", NULL },
        };

        (void)state;
        for (size_t i = 0; i < COUNT(cases); i++) {
                char written[MOMENT_TEXT_MAX] = "";
                size_t length = strlen(cases[i].text);
                char *copy = malloc(length + 1); /* so that the sanitizer sees reads beyond the end */
                bool is_read;
                moment m;

                memcpy(copy, cases[i].text, length);
                is_read = moment_read(copy, length, &m);
                free(copy);
                if (is_read)
                        moment_write(written, m);
                if (is_read != (cases[i].written != NULL) || (is_read && strcmp(written, cases[i].written) != 0))
                        fail_msg("\"%s\" gave \"%s\"", cases[i].text, written);
        }
}

static void a_day_in_vietnam_begins_seven_hours_early(void **state)
{
        day d = day_of(2025, 7, 1);

        (void)state;
        assert_int_equal(moment_of_day(0), -7 * 3600000);
        assert_int_equal(day_of_moment(moment_of_day(d)), d);
        assert_int_equal(day_of_moment(moment_end_of_day(d)), d);
        assert_int_equal(day_of_moment(moment_of_day(d) - 1), d - 1);
        assert_int_equal(moment_end_of_day(d) + 1, moment_of_day(d + 1));
        assert_int_equal(day_of_moment(moment_of_day(-5)), -5);
        assert_int_equal(day_of_moment(moment_of_day(-5) - 1), -6);
        assert_true(moment_now() > moment_of_day(day_of(2020, 1, 1)));
}

static void days_and_moments_are_shown_as_people_read_them(void **state)
{
        char text[DAY_SHOWN_MAX];
        moment m;

        (void)state;
        assert_int_equal(day_write_shown(text, day_of(2025, 7, 1), LANGUAGE_VI), 10);
        assert_string_equal(text, "01/07/2025");
        assert_int_equal(day_write_shown(text, day_of(2025, 9, 30), LANGUAGE_EN), 17);
        assert_string_equal(text, "30 September 2025");
        assert_true(moment_read("2022-01-05T01:15:59Z", 20, &m));
        moment_write_shown(text, m, LANGUAGE_VI);
        assert_string_equal(text, "08:15, 05/01/2022");
        moment_write_shown(text, m, LANGUAGE_EN);
        assert_string_equal(text, "08:15, 5 January 2022");
        assert_int_equal(day_write_shown(text, DAY_FOREVER, LANGUAGE_VI), 0);
        assert_string_equal(text, "");
        assert_int_equal(moment_write_shown(text, INT64_MIN, LANGUAGE_VI), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(days_follow_each_other_through_ten_thousand_years),
                cmocka_unit_test(known_days_have_their_numbers),
                cmocka_unit_test(only_real_days_in_the_one_form_are_read),
                cmocka_unit_test(a_day_without_a_date_is_written_as_nothing),
                cmocka_unit_test(moments_are_read_with_any_offset),
                cmocka_unit_test(a_day_in_vietnam_begins_seven_hours_early),
                cmocka_unit_test(days_and_moments_are_shown_as_people_read_them),
        };

        return cmocka_run_group_tests_name("day", tests, NULL, NULL);
}
