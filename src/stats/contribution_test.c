#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stats/contribution.h"

#define POINT 1000000

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

/* Hà Tĩnh, first half of 2021, as published (domain text 02-indicators, section 5): growth 6.38 % = agriculture +2.13 % (0.33
 * points), industry and construction +7.74 % (3.14), services +6.41 % (2.22), taxes +7.32 % (0.69). The shares are those the
 * published pairs imply, points / growth, to six decimals. */
static void published_points_follow_from_shares_and_growth(void **state)
{
        static const struct growth_part part[] = {
                { .has_growth = true, .growth = 2130000, .has_share = true, .share = 15492958 },
                { .has_growth = true, .growth = 7740000, .has_share = true, .share = 40568475 },
                { .has_growth = true, .growth = 6410000, .has_share = true, .share = 34633385 },
                { .has_growth = true, .growth = 7320000, .has_share = true, .share = 9426230 },
        };
        static const struct growth_part whole = { .has_growth = true, .growth = 6380000 };
        static const int64_t points[] = { 330000, 3140000, 2220000, 690000 };
        struct growth_contribution out[4];
        struct growth_sum sum = growth_contributions(*state, &whole, part, 4, out);

        for (int i = 0; i < 4; i++) {
                assert_int_equal(out[i].lack, LACK_NOTHING);
                assert_int_equal(out[i].points, points[i]);
        }
        assert_true(sum.has_rest);
        assert_int_equal(sum.rest, 0);
        assert_int_equal(out[1].explained, 49216301); /* 3.14 / 6.38 */
}

/* Hà Tĩnh 2021: industry brought 4.46 of 5.02 points, 88.8 % of growth. Levels of any size that grow so. */
static void a_published_part_of_growth_is_explained(void **state)
{
        static const struct growth_part whole = { true, true, 1050200, 1000000, 2010, false, false, 0, 0 };
        static const struct growth_part part[] = { { true, true, 444600, 400000, 2010, false, false, 0, 0 },
                                                   { true, true, 605600, 600000, 2010, false, false, 0, 0 } };
        struct growth_contribution out[2];
        struct growth_sum sum = growth_contributions(*state, &whole, part, 2, out);

        assert_int_equal(sum.growth, 5020000);
        assert_int_equal(out[0].points, 4460000);
        assert_true(out[0].is_explained);
        assert_int_equal(out[0].explained, 88844622);
        assert_int_equal(out[1].points, 560000);
        assert_int_equal(sum.rest, 0);
}

static void what_is_lacking_is_said_and_nothing_is_claimed(void **state)
{
        static const struct {
                struct growth_part whole, part;
                enum growth_lack lack;
        } cases[] = {
                /* levels, but at current prices, or at those of two years */
                { { true, true, 110, 100, 2010, false, false, 0, 0 }, { true, true, 55, 50, 0, false, false, 0, 0 }, LACK_PRICES },
                { { true, true, 110, 100, 2020, false, false, 0, 0 }, { true, true, 55, 50, 2010, false, false, 0, 0 }, LACK_PRICES },
                { { true, true, 110, 100, 0, false, false, 0, 0 }, { true, true, 55, 50, 0, false, false, 0, 0 }, LACK_PRICES },
                /* growth alone: the weight is not known */
                { { .has_growth = true, .growth = 5 * POINT }, { .has_growth = true, .growth = 11 * POINT }, LACK_SHARE },
                { { true, true, 110, 100, 2010, false, false, 0, 0 }, { .has_growth = true, .growth = 11 * POINT }, LACK_SHARE },
                /* one level of the part only */
                { { true, true, 110, 100, 2010, false, false, 0, 0 }, { .has_now = true, .now = 55, .price_year = 2010 }, LACK_PART },
                { { true, true, 110, 100, 2010, false, false, 0, 0 }, { .has_share = true, .share = 5 * POINT }, LACK_PART },
                /* the whole before: not there, or zero */
                { { .has_growth = true, .growth = 5 }, { true, true, 55, 50, 2010, false, false, 0, 0 }, LACK_WHOLE_BEFORE },
                { { true, true, 110, 0, 2010, false, false, 0, 0 }, { true, true, 55, 50, 2010, false, false, 0, 0 }, LACK_WHOLE_BEFORE },
                /* current prices, but share and growth are given */
                { { true, true, 110, 100, 2010, false, false, 0, 0 }, { true, true, 55, 50, 0, true, true, 2 * POINT, 50 * POINT }, LACK_NOTHING },
        };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct growth_contribution out;
                struct growth_sum sum = growth_contributions(*state, &cases[i].whole, &cases[i].part, 1, &out);

                if (out.lack != cases[i].lack)
                        fail_msg("row %zu: lack %d", i, (int)out.lack);
                if (out.lack != LACK_NOTHING && (out.points != 0 || out.is_explained || sum.has_rest || sum.lacking != 1))
                        fail_msg("row %zu claims something", i);
        }
}

static void a_whole_that_hardly_grows_explains_nothing_and_parts_may_be_negative(void **state)
{
        static const struct growth_part still = { true, true, 10000400, 10000000, 2010, false, false, 0, 0 };
        static const struct growth_part grown = { true, true, 10100000, 10000000, 2010, false, false, 0, 0 };
        static const struct growth_part part[] = { { true, true, 5200400, 5000000, 2010, false, false, 0, 0 },
                                                   { true, true, 4899600, 5000000, 2010, false, false, 0, 0 } };
        struct growth_contribution out[2];
        struct growth_sum sum = growth_contributions(*state, &still, part, 2, out);

        assert_false(out[0].is_explained);
        assert_int_equal(out[0].points, 2004000);
        assert_int_equal(sum.rest, 4000 - 2004000 + 1004000); /* the parts are not those of this whole: the rest says so */
        sum = growth_contributions(*state, &grown, part, 2, out);
        assert_int_equal(out[0].explained, 200400000);
        assert_int_equal(out[1].explained, -100400000);
        assert_int_equal(sum.rest, 0);
}

static int64_t below(uint64_t *seed, int64_t limit)
{
        *seed ^= *seed >> 12;
        *seed ^= *seed << 25;
        *seed ^= *seed >> 27;
        return (int64_t)((*seed * 2685821657736338717u) >> 1) % limit;
}

static void points_of_levels_that_add_up_do_so_to_the_last_digit(void **state)
{
        for (uint64_t n = 1; n <= 2000; n++) {
                uint64_t seed = n * 7777777;
                struct growth_part part[12], whole = { .has_now = true, .has_before = true, .price_year = 2010 };
                struct growth_contribution out[12];
                size_t count = (size_t)(1 + below(&seed, 12));
                int64_t sum = 0;
                struct growth_sum all;

                for (size_t i = 0; i < count; i++) {
                        part[i] = (struct growth_part){ true, true, below(&seed, 1000), below(&seed, 1000) + (i == 0), 2010, false, false, 0, 0 };
                        whole.now += part[i].now;
                        whole.before += part[i].before;
                }
                all = growth_contributions(*state, &whole, part, count, out);
                for (size_t i = 0; i < count; i++) {
                        int64_t alone;

                        assert_true(stats_contribution(part[i].now, part[i].before, whole.before, &alone));
                        if (out[i].points - alone > 1 || alone - out[i].points > 1)
                                fail_msg("world %d, part %zu", (int)n, i);
                        sum += out[i].points;
                }
                assert_int_equal(sum, all.growth);
                assert_true(all.has_rest);
                assert_int_equal(all.rest, 0);
                arena_reset(*state);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(published_points_follow_from_shares_and_growth),
                cmocka_unit_test(a_published_part_of_growth_is_explained),
                cmocka_unit_test(what_is_lacking_is_said_and_nothing_is_claimed),
                cmocka_unit_test(a_whole_that_hardly_grows_explains_nothing_and_parts_may_be_negative),
                cmocka_unit_test(points_of_levels_that_add_up_do_so_to_the_last_digit),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
