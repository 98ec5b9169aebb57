#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stats/compare.h"

static void growth_matches_published_numbers(void **state)
{
        static const struct {
                int64_t value, base, percent;
        } cases[] = {
                { 2000, 1200, 66666667 },             /* Hà Tĩnh's exports of 2021: +66.7 % */
                { 6685, 5453, 22593068 },             /* the country's trade of 2021: +22.6 % */
                { 1200, 2000, -40000000 },
                { 100, 100, 0 },
                { -50, 100, -150000000 },
                { 1, 3, -66666667 },                  /* half away from zero */
                { 200000001, 200000000, 1 },          /* 0.0000005 rounds up */
                { 199999999, 200000000, -1 },
                { INT64_MAX, INT64_MAX, 0 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                int64_t percent = 0;

                assert_true(stats_growth(cases[i].value, cases[i].base, &percent));
                if (percent != cases[i].percent)
                        fail_msg("row %zu: %lld", i, (long long)percent);
        }
}

static void growth_from_nothing_or_a_loss_is_not_defined(void **state)
{
        int64_t untouched = 77;

        (void)state;
        assert_false(stats_growth(5, 0, &untouched));
        assert_false(stats_growth(5, -3, &untouched));
        assert_false(stats_growth(INT64_MAX, 1, &untouched)); /* beyond 64 bits */
        assert_false(stats_share(5, 0, &untouched));
        assert_false(stats_contribution(5, 1, 0, &untouched));
        assert_int_equal(untouched, 77);
}

static void points_are_differences_at_six_decimals(void **state)
{
        int64_t points = 0;

        (void)state;
        assert_true(stats_points(11645, 10860, 2, &points));
        assert_int_equal(points, 7850000);
        assert_true(stats_points(-15, 0, 7, &points)); /* -0.0000015 */
        assert_int_equal(points, -2);
        assert_false(stats_points(INT64_MAX, INT64_MIN, 6, &points));
}

static void shares_and_contributions_match_published_numbers(void **state)
{
        int64_t result = 0;

        (void)state;
        assert_true(stats_share(4962, 18023, &result)); /* domestic exports, five months of 2025: 27.5 % */
        assert_int_equal(result, 27531488);
        assert_true(stats_share(446, 502, &result)); /* Hà Tĩnh 2021: 88.8 % of growth */
        assert_int_equal(result, 88844622);
        /* a sector of 40.6 that grows by 7.74 % in a whole of 100 brings 3.14 points */
        assert_true(stats_contribution(4374244, 4060000, 10000000, &result));
        assert_int_equal(result, 3142440);
        assert_true(stats_contribution(90, 100, 1000, &result));
        assert_int_equal(result, -1000000);
}

static void halves_add_up_beyond_64_bits(void **state)
{
        static const int64_t values[] = { INT64_MAX, INT64_MAX, INT64_MIN, -1, 1, 4294967296, -4294967297, 0 };
        struct stats_sum whole = { 0 }, parts = { 0 };
        int64_t high_sum = 0, low_sum = 0, value = 0;

        (void)state;
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
                int64_t high, low;

                stats_halves(values[i], &high, &low);
                assert_in_range(low, 0, 0xffffffff);
                high_sum += high;
                low_sum += low;
                stats_sum_add(&whole, values[i]);
        }
        stats_sum_add_halves(&parts, high_sum, low_sum, 8);
        assert_true(parts.total == whole.total);
        assert_int_equal(parts.count, whole.count);
        assert_true(stats_sum_value(&parts, &value));
        stats_sum_add(&whole, INT64_MAX);
        assert_false(stats_sum_value(&whole, &value));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(growth_matches_published_numbers),
                cmocka_unit_test(growth_from_nothing_or_a_loss_is_not_defined),
                cmocka_unit_test(points_are_differences_at_six_decimals),
                cmocka_unit_test(shares_and_contributions_match_published_numbers),
                cmocka_unit_test(halves_add_up_beyond_64_bits),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
