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

/* The next row of a drawn tree: its parts behind it, which leave something of it now and then, or are not all there. */
static int64_t draw_row(uint64_t *seed, struct printed_row *row, size_t *count, int depth)
{
        size_t own = (*count)++;
        int64_t parts = depth < 3 ? random_below(seed, 5) : 0, sum = 0;

        row[own] = (struct printed_row){ depth, true, random_below(seed, 20) == 0 ? random_below(seed, 9) * 10000 - 40000 : random_below(seed, 4000001) - 2000000 };
        for (int64_t i = 0; i < parts; i++)
                sum += draw_row(seed, row, count, depth + 1);
        if (parts > 0 && random_below(seed, 5) > 0)
                row[own].value = sum;
        row[own].is_there = depth == 0 || random_below(seed, 12) > 0;
        return row[own].is_there ? row[own].value : 0;
}

/* Where the parts of a row that are there make it up, so do the printed ones; nothing is further than a unit from what it is. */
static void what_is_printed_of_parts_makes_up_what_is_printed_of_the_whole(void **state)
{
        enum { UNIT = 10000, ROWS = 200 };
        size_t made_up = 0, moved = 0;

        for (uint64_t world = 1; world <= 3000; world++) {
                struct printed_row row[ROWS];
                int64_t out[ROWS];
                uint64_t seed = world * 77;
                size_t count = 0;

                draw_row(&seed, row, &count, 0);
                apportion_printed(*state, row, count, 4, out);
                for (size_t i = 0; i < count; i++) {
                        int64_t left = row[i].value, printed = out[i], by_itself = (int64_t)decimal_divide(row[i].value, UNIT) * UNIT;
                        bool has_parts = false;

                        if (out[i] % UNIT != 0 || llabs(out[i] - row[i].value) >= UNIT || (row[i].value % UNIT == 0 && out[i] != row[i].value))
                                fail_msg("world %llu, row %zu: %lld is printed as %lld", (unsigned long long)world, i, (long long)row[i].value, (long long)out[i]);
                        for (size_t k = i + 1; k < count && row[k].depth > row[i].depth; k++)
                                if (row[k].depth == row[i].depth + 1 && row[k].is_there) {
                                        has_parts = true;
                                        left -= row[k].value;
                                        printed -= out[k];
                                }
                        moved += out[i] != by_itself;
                        if (!row[i].is_there || !has_parts || left != 0)
                                continue;
                        made_up++;
                        if (printed != 0)
                                fail_msg("world %llu, row %zu: the printed parts leave %lld", (unsigned long long)world, i, (long long)printed);
                }
                assert_int_equal(out[0], decimal_divide(row[0].value, UNIT) * UNIT);
                arena_reset(*state);
        }
        assert_true(made_up > 5000 && moved > 1000);
        for (size_t i = 0; i < 2; i++) { /* what cannot be rounded away from zero stays as it is */
                struct printed_row row = { 0, true, i == 0 ? INT64_MAX : INT64_MIN };
                int64_t out;

                apportion_printed(*state, &row, 1, 4, &out);
                assert_true(out == row.value || out % UNIT == 0);
                apportion_printed(*state, &row, 1, 0, &out);
                assert_true(out == row.value);
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
        for (uint64_t seed = 1; seed < 20000; seed++) { /* of any size: the last 128 bits of the identity tell */
                uint64_t s = seed * 37;
                int128 value = (int128)random_below(&s, INT64_MAX) << (seed % 63), up = (int128)random_below(&s, INT64_MAX) << (seed / 63 % 63), down;

                down = ((int128)random_below(&s, INT64_MAX) << (seed / 7 % 63)) + 1 + random_below(&s, INT64_MAX);
                value = seed % 2 == 0 ? value : -value;
                if (scale_floor(value, up, down, &result, &rest))
                        assert_true((uint128)result * (uint128)down + (uint128)rest == (uint128)value * (uint128)up);
                assert_true(rest >= 0 && rest < down);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(parts_get_the_units_their_remainders_call_for),
                cmocka_unit_test(parts_add_up_and_are_less_than_a_unit_from_exact),
                cmocka_unit_test(what_is_printed_of_parts_makes_up_what_is_printed_of_the_whole),
                cmocka_unit_test(products_beyond_128_bits_are_divided_exactly),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
