#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stats/apportion.h"

static int set_up(void **state)
{
        *state = arena_open((size_t)64 << 20);
        return *state == NULL;
}

static int tear_down(void **state)
{
        arena_close(*state);
        return 0;
}

static void parts_get_the_units_their_remainders_call_for(void **state)
{
        static const struct {
                int numerator[4], denominator, target, out[4];
        } cases[] = {
                { { 10, 10, 10, 0 }, 30, 1, { 1, 0, 0, 0 } },       /* thirds: the first of equals */
                { { 5, 15, 25, 35 }, 10, 8, { 1, 2, 2, 3 } },       /* halves: 0.5 1.5 2.5 3.5, two units left */
                { { -5, -15, 10, 0 }, 10, -1, { 0, -2, 1, 0 } },    /* -0.5 -1.5 1 0: one unit left, to the first half */
                { { 7, 7, 7, 9 }, 10, 3, { 1, 1, 0, 1 } },
                { { 20, 30, 0, 50 }, 10, 10, { 2, 3, 0, 5 } },      /* integers stay themselves */
                { { 20, 30, 0, 50 }, 10, 14, { 3, 4, 1, 6 } },      /* a target from elsewhere: spread evenly */
                { { 20, 30, 0, 50 }, 10, 9, { 2, 3, 0, 4 } },
        };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                int128 numerator[4], out[4];

                for (size_t j = 0; j < 4; j++)
                        numerator[j] = cases[i].numerator[j];
                assert_true(apportion(*state, numerator, 4, 1, cases[i].denominator, cases[i].target, out));
                for (size_t j = 0; j < 4; j++)
                        if (out[j] != cases[i].out[j])
                                fail_msg("row %zu, part %zu: %d", i, j, (int)out[j]);
        }
}

/* xorshift64*, so that a failing world can be run again from its seed. */
static int64_t random_below(uint64_t *seed, int64_t limit)
{
        *seed ^= *seed >> 12;
        *seed ^= *seed << 25;
        *seed ^= *seed >> 27;
        return (int64_t)((*seed * 2685821657736338717u) >> 1) % limit;
}

static void parts_add_up_and_are_less_than_a_unit_from_exact(void **state)
{
        for (uint64_t world = 1; world <= 3000; world++) {
                uint64_t seed = world * 7919;
                int128 numerator[40], out[40], sum = 0, total = 0, denominator = 1 + random_below(&seed, 1000), target;
                size_t count = (size_t)(1 + random_below(&seed, 40));

                for (size_t i = 0; i < count; i++) {
                        numerator[i] = random_below(&seed, 200001) - 100000;
                        if (random_below(&seed, 4) == 0)
                                numerator[i] = 0;
                        sum += numerator[i];
                }
                target = decimal_divide(sum, denominator);
                assert_true(apportion(*state, numerator, count, 1, denominator, target, out));
                for (size_t i = 0; i < count; i++) {
                        int128 off = out[i] * denominator - numerator[i];

                        if (off >= denominator || off <= -denominator || (numerator[i] % denominator == 0 && off != 0))
                                fail_msg("world %d, part %zu", (int)world, i);
                        total += out[i];
                }
                assert_true(total == target);
                arena_reset(*state);
        }
}

static void products_beyond_128_bits_are_divided_exactly(void **state)
{
        const int128 large = (int128)1 << 120;
        int128 result, rest;

        (void)state;
        assert_true(scale_floor(large, large - 1, large, &result, &rest));
        assert_true(result == large - 1 && rest == 0);
        assert_true(scale_floor(-large - 1, large, large * 2, &result, &rest)); /* -2^119 - 1/2 */
        assert_true(result == -(large / 2) - 1 && rest == large);
        assert_true(scale_floor(large + 7, 0, 3, &result, &rest));
        assert_true(result == 0 && rest == 0);
        assert_false(scale_floor(large, large, 3, &result, &rest));
        assert_true(scale_round(-5, 1, 2, &result) && result == -3); /* half away from zero */
        assert_true(scale_round(5, 1, 2, &result) && result == 3);
        assert_true(scale_round(large - 1, large, large * 4, &result) && result == large / 4); /* x - 1/4 */
        for (uint64_t seed = 1; seed < 20000; seed++) { /* beside plain arithmetic, where that fits */
                uint64_t s = seed * 31;
                int128 value = random_below(&s, INT64_MAX) - INT64_MAX / 2, up = random_below(&s, INT64_MAX), down;

                down = 1 + random_below(&s, seed % 2 == 0 ? 1000 : INT64_MAX - 1);
                assert_true(scale_floor(value, up, down, &result, &rest));
                assert_true(result * down + rest == value * up && rest >= 0 && rest < down);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(parts_get_the_units_their_remainders_call_for),
                cmocka_unit_test(parts_add_up_and_are_less_than_a_unit_from_exact),
                cmocka_unit_test(products_beyond_128_bits_are_divided_exactly),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
