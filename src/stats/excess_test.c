#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stats/excess.h"
#include "tests/drawn_table.h"

#define MOST 9

/* By how many the sums of a set outnumber their unknowns, at most; all sets are tried, but for those with one sum. */
static int outnumber(const unsigned *of, size_t sums, size_t without)
{
        int most = 0;

        for (unsigned set = 0; set < 1u << sums; set++) {
                unsigned together = 0;

                for (size_t s = 0; s < sums; s++)
                        if (set >> s & 1)
                                together |= of[s];
                if ((without == sums || !(set >> without & 1)) && __builtin_popcount(set) - __builtin_popcount(together) > most)
                        most = __builtin_popcount(set) - __builtin_popcount(together);
        }
        return most;
}

static void sums_too_many_are_those_without_which_fewer_would_be(void **state)
{
        int excess = 0;

        for (uint64_t n = 1; n <= 1500; n++) {
                uint64_t seed = n * 7919;
                size_t sums = 1 + (size_t)below(&seed, MOST), unknowns = 1 + (size_t)below(&seed, MOST), first[MOST + 1] = { 0 }, unknown[MOST * MOST], count = 0;
                unsigned of[MOST] = { 0 };
                bool is_excess[MOST], is_any;

                for (size_t s = 0; s < sums; s++) {
                        for (size_t u = 0; u < unknowns; u++)
                                if (below(&seed, 3) == 0) {
                                        of[s] |= 1u << u;
                                        unknown[count++] = u;
                                }
                        if (of[s] == 0) { /* an empty one tells nothing */
                                of[s] = 1;
                                unknown[count++] = 0;
                        }
                        first[s + 1] = count;
                }
                is_any = outnumber(of, sums, sums) > 0;
                assert_int_equal(excess_find(*state, unknowns, sums, first, unknown, is_excess), is_any);
                for (size_t s = 0; s < sums; s++)
                        if (is_excess[s] != (outnumber(of, sums, s) < outnumber(of, sums, sums)))
                                fail_msg("world %d: sum %d of %d", (int)n, (int)s, (int)sums);
                excess += is_any;
                arena_reset(*state);
        }
        assert_true(excess > 200 && excess < 1300);
}

/* Two products of two places: of each what is made and what is sold, eight unknowns. Sums of each place and of each product: as many with two tables, too many with three. */
static void what_is_made_sold_and_in_stock_on_a_cycle_is_told(void **state)
{
        size_t first[13] = { 0 }, unknown[48], count = 0;
        bool is_excess[12];
        static const size_t of[4][2] = { { 0, 1 }, { 2, 3 }, { 0, 2 }, { 1, 3 } }; /* two places, two products */

        for (size_t series = 0; series < 3; series++)
                for (size_t s = 0; s < 4; s++) {
                        for (size_t k = 0; k < 2; k++) {
                                if (series != 1)
                                        unknown[count++] = of[s][k];
                                if (series != 0)
                                        unknown[count++] = 4 + of[s][k];
                        }
                        first[4 * series + s + 1] = count;
                }
        assert_false(excess_find(*state, 8, 8, first, unknown, is_excess)); /* made and sold */
        assert_true(excess_find(*state, 8, 12, first, unknown, is_excess));
        for (size_t s = 0; s < 12; s++)
                assert_true(is_excess[s]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(sums_too_many_are_those_without_which_fewer_would_be),
                cmocka_unit_test(what_is_made_sold_and_in_stock_on_a_cycle_is_told),
        };

        return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
