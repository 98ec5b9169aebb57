/* The one calendar of Tết is computed; the other is law, the days off. They must not contradict each other. */
#include <string.h>

#include "catalogue/catalogue.h"
#include "stats/tet.h"
#include "tests/support.h"

static void tet_is_a_day_off_in_every_year_the_calendar_covers(void **state)
{
        struct arena *arena = arena_open((size_t)256 << 20);
        struct complaints complaints = { .arena = arena, .language = LANGUAGE_EN };
        size_t count;
        const struct source *files = catalogue_shipped(&count);
        const struct catalogue *c = catalogue_parse(arena, files, count, &complaints);
        int years = 0;

        (void)state;
        assert_int_equal(complaints.count, 0);
        for (int year = 2000; year <= 2060; year++) {
                day tet = tet_day(year);
                bool is_known = true;

                day_is_working(c, tet, &is_known);
                if (!is_known)
                        continue;
                years++;
                for (day d = tet - 1; d <= tet + 2; d++) { /* New Year's Eve and the first three days are off by law */
                        const char *name = day_holiday_name(c, d, LANGUAGE_VI);

                        if (!(name != NULL && strstr(name, "Nguyên đán") != NULL) && day_of_week(d) < 6)
                                fail_msg("day %d from Tết %d is no day off for Tết", (int)(d - tet), year);
                        assert_false(day_is_working(c, d, &is_known));
                }
        }
        assert_in_range(years, 8, 60);
        arena_close(arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(tet_is_a_day_off_in_every_year_the_calendar_covers) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
