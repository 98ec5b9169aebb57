#include <math.h>

#include "stats/adjust.h"
#include "tests/support.h"

#define MONTHS 96

static uint64_t seed = 11;

static double noise(void)
{
        double sum = -6;

        for (int i = 0; i < 12; i++) {
                seed = seed * 6364136223846793005u + 1442695040888963407u;
                sum += (double)(seed >> 33) / 2147483648.0;
        }
        return sum;
}

/* value = trend x season x Tết x irregular, each known beforehand. */
static void parts_that_were_put_in_come_out(void **state)
{
        static const double pattern[12] = { -0.02, -0.10, 0.05, 0.01, 0.02, 0.02, 0.01, 0.02, 0.00, 0.01, -0.01, -0.01 };

        (void)state;
        for (int round = 0; round < 4; round++) {
                bool is_multiplied = round < 2, has_gaps = round % 2 == 1;
                struct adjust_question q = { 12, 2017, 1, TET_OF_LEVEL, true, STL_PERIODIC, false };
                struct arena *arena = arena_open((size_t)64 << 20);
                double value[MONTHS], before[MONTHS], after[MONTHS], free_of_both[MONTHS];
                bool is_known[MONTHS];
                struct adjusted a;
                struct error err = { 0 };

                tet_regressor(TET_DAYS_BEFORE, TET_OF_LEVEL, 2017, 1, MONTHS, before);
                tet_regressor(TET_DAYS_AFTER, TET_OF_LEVEL, 2017, 1, MONTHS, after);
                for (int i = 0; i < MONTHS; i++) {
                        double level = 7 + 0.005 * i + 0.01 * sin(i / 15.0) + 0.002 * noise();
                        double all = level + pattern[i % 12] + 0.03 * before[i] - 0.2 * after[i];

                        value[i] = is_multiplied ? exp(all) : all * 100 - 900; /* below zero at times */
                        free_of_both[i] = is_multiplied ? exp(level) : level * 100 - 900;
                        is_known[i] = !has_gaps || (i * 7 % 10 != 3 && (i < 60 || i >= 72));
                }
                assert_true(adjust_series(arena, &q, value, has_gaps ? is_known : NULL, MONTHS, &a, &err));
                assert_int_equal(a.is_multiplied, is_multiplied);
                assert_int_equal(a.effect.finding, TET_FOUND);
                assert_true(a.strength > 0.95);
                for (int i = 0; i < MONTHS; i++) {
                        double back = is_multiplied ? a.trend[i] * a.season[i] * a.tet[i] * a.irregular[i]
                                                    : a.trend[i] + a.season[i] + a.tet[i] + a.irregular[i];

                        if (!is_known[i]) {
                                assert_true(a.adjusted[i] == 0 && a.irregular[i] == (is_multiplied ? 1 : 0));
                                continue;
                        }
                        assert_true(fabs(back - value[i]) < 1e-9 * (1 + fabs(value[i])));
                        if (fabs(a.adjusted[i] - free_of_both[i]) > (is_multiplied ? 0.012 * free_of_both[i] : 1.2))
                                fail_msg("round %d, month %d: %g, not %g", round, i, a.adjusted[i], free_of_both[i]);
                }
                arena_close(arena);
        }
}

static void without_season_and_tet_a_series_stays(void **state)
{
        struct adjust_question q = { 12, 2017, 1, TET_OF_LEVEL, true, STL_PERIODIC, false };
        struct arena *arena = arena_open((size_t)64 << 20);
        double value[MONTHS];
        struct adjusted a;
        struct error err = { 0 };

        (void)state;
        for (int i = 0; i < MONTHS; i++)
                value[i] = 1000 * exp(0.003 * i);
        assert_true(adjust_series(arena, &q, value, NULL, MONTHS, &a, &err));
        assert_int_not_equal(a.effect.finding, TET_FOUND);
        for (int i = 0; i < MONTHS; i++) {
                assert_true(a.tet[i] == 1);
                if (fabs(a.adjusted[i] / value[i] - 1) > 2.5e-3)
                        fail_msg("month %d: %g, not %g", i, a.adjusted[i], value[i]);
        }
        arena_close(arena);
}

static void quarters_are_not_asked_for_tet(void **state)
{
        struct adjust_question q = { 4, 2017, 2, TET_OF_LEVEL, true, 7, true };
        struct arena *arena = arena_open((size_t)64 << 20);
        double value[32];
        struct adjusted a;
        struct error err = { 0 };

        (void)state;
        for (int i = 0; i < 32; i++)
                value[i] = 100 + i + (i % 4 == 2 ? 10 : 0) + (i == 13 ? 80 : 0) + 0.5 * noise();
        assert_true(adjust_series(arena, &q, value, NULL, 32, &a, &err));
        assert_int_equal(a.effect.finding, TET_NOT_ASKED);
        assert_true(a.weight[13] == 0 && a.weight[14] > 0.5);
        assert_true(fabs(a.adjusted[14] - 114 - 2) < 4);
        arena_close(arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(parts_that_were_put_in_come_out),
                cmocka_unit_test(without_season_and_tet_a_series_stays),
                cmocka_unit_test(quarters_are_not_asked_for_tet),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
