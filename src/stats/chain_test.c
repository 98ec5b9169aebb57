#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stats/chain.h"
#include "stats/panel.h"
#include "stats/reclassify.h"

#define HUNDRED INT64_C(100000000000)
#define POINT INT64_C(1000000)
#define MONTHS 48
#define PRODUCTS 12

static int set_up(void **state)
{
        *state = arena_open((size_t)1 << 30);
        return *state == NULL;
}

static int tear_down(void **state)
{
        arena_close(*state);
        return 0;
}

static bool compare(const struct chain *c, struct arena *arena, size_t node, int32_t month, enum index_comparison comparison, int64_t *percent)
{
        int64_t level[MONTHS];

        assert_in_range(c->segment[0].index->months, 1, MONTHS);
        chain_levels(c, arena, node, level);
        return chain_compare(c, arena, node, level, month, comparison, percent);
}

static struct laspeyres *made(struct arena *arena, const struct weights *w, const int64_t *output, int32_t months)
{
        struct error e = { .language = LANGUAGE_EN };
        struct laspeyres *l = laspeyres_make(arena, w, output, months, 0, &e);

        if (l == NULL)
                fail_msg("%s", e.message);
        return l;
}

static struct chain *chained(struct arena *arena, const struct chain_segment *segment, size_t count)
{
        struct error e = { .language = LANGUAGE_EN };
        struct chain *c = chain_make(arena, segment, count, &e);

        if (c == NULL)
                fail_msg("%s", e.message);
        return c;
}

static int64_t below(uint64_t *seed, int64_t limit)
{
        *seed ^= *seed >> 12;
        *seed ^= *seed << 25;
        *seed ^= *seed >> 27;
        return (int64_t)((*seed * 2685821657736338717u) >> 1) % limit;
}

/* Two products, weights 50 : 50, then 80 : 20 from month 3 on, linked over month 2. By hand: old index 100, 105, 120 (q 140 and 100);
 * new index in month 2: 0.8 x 140 + 0.2 x 100 = 132, in month 3 (q 150, 100): 140; so month 3 is 120 x 140 / 132. */
static const struct weight_node old_nodes[] = { { "TOTAL", -1, -1, 0, 0 }, { "p", 0, 0, 50, 1200 }, { "q", 0, 1, 50, 1200 } };
static const struct weight_node new_nodes[] = { { "TOTAL", -1, -1, 0, 0 }, { "q", 0, 1, 20, 1200 }, { "p", 0, 0, 80, 1200 } };
static const struct weights old_weights = { old_nodes, 3, 12, false, NULL }, new_weights = { new_nodes, 3, 12, false, NULL };
static const int64_t hand_output[] = { 100, 110, 140, 150, 100, 100, 100, 100 };
static const int32_t hand_before[] = { 0, 2, 1 };

static void a_new_set_of_weights_is_linked_over_the_overlap(void **state)
{
        struct chain_segment segments[] = { { made(*state, &old_weights, hand_output, 4), 0, 0, 0, NULL },
                                            { made(*state, &new_weights, hand_output, 4), 3, 2, 2, hand_before } };
        struct chain *c = chained(*state, segments, 2);
        int64_t level[4], percent, old_points[3], new_points[3], link, *points[] = { old_points, new_points };

        chain_levels(c, *state, 0, level);
        assert_int_equal(level[1], 105 * HUNDRED / 100);
        assert_int_equal(level[2], 120 * HUNDRED / 100);
        assert_int_equal(level[3], INT64_C(127272727273)); /* 127.2727… */
        chain_levels(c, *state, 2, level);
        assert_int_equal(level[3], 150 * HUNDRED / 100);   /* a product is linked to itself */
        assert_true(compare(c, *state, 0, 3, INDEX_MOM, &percent));
        assert_int_equal(percent, 106060606);              /* 140 / 132: the new weights alone */
        /* all of it under the new weights, from month 2: p brings 0.8 x 10 / 132 */
        assert_true(chain_contributions(c, *state, 3, INDEX_MOM, points, &link));
        assert_int_equal(link, 0);
        assert_int_equal(old_points[0], 0);
        assert_int_equal(new_points[0], 6060606);
        assert_int_equal(new_points[2], 6060606);
        assert_int_equal(new_points[1], 0);
}

/* The published example of chaining: Producer Price Index Manual: Theory and Practice (IMF and others, 2004), table 9.8, "Calculation of a
 * chained index": five elementary indices below two higher ones, weights of 1998 until December 2002, of 2000 from January 2003 on, linked
 * over December 2002. It is printed for prices; the arithmetic of a Laspeyres index of relatives is the same. Columns: 1998, November and
 * December 2002, January to March 2003; the elementary indices of 2003 (December = 100) are carried on from those of December. */
static const struct weight_node manual_1998[] = { { "Total", -1, -1, 0, 0 },     { "G", 0, -1, 60, 0 },           { "A", 1, 0, 20, 10000 },
                                                  { "B", 1, 1, 25, 10000 },      { "C", 1, 2, 15, 10000 },        { "H", 0, -1, 40, 0 },
                                                  { "D", 5, 3, 10, 10000 },      { "E", 5, 4, 30, 10000 } };
static const struct weight_node manual_2000[] = { { "Total", -1, -1, 0, 0 },     { "G", 0, -1, 55, 0 },           { "A", 1, 0, 25, 12100 },
                                                  { "B", 1, 1, 20, 11700 },      { "C", 1, 2, 10, 13300 },        { "H", 0, -1, 45, 0 },
                                                  { "D", 5, 3, 18, 14300 },      { "E", 5, 4, 27, 12400 } };
static const int64_t manual_output[] = { 10000, 12000, 12100, 12100, 12100, 12342, /* A: 100.00 100.00 102.00 of December's */
                                         10000, 11500, 11700, 11934, 12051, 12168, /* B: 102.00 103.00 104.00 */
                                         10000, 13200, 13300, 13034, 13034, 12901, /* C: 98.00 98.00 97.00 */
                                         10000, 14200, 14300, 14443, 14872, 14872, /* D: 101.00 104.00 104.00 */
                                         10000, 11000, 12400, 12772, 13020, 13144 }; /* E: 103.00 105.00 106.00 */

static int64_t two_decimals(int64_t level)
{
        return (level + HUNDRED / 20000) / (HUNDRED / 10000);
}

static void the_chained_index_of_the_manual_comes_out(void **state)
{
        static const struct weights old = { manual_1998, 8, 1, false, NULL }, new = { manual_2000, 8, 1, false, NULL };
        static const int32_t before[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
        static const struct { size_t node; int64_t alone[3], chained[6]; } printed[] = {
                { 0, { 10119, 10247, 10334 }, { 10000, 11975, 12490, 12639, 12799, 12907 } },
                { 1, { 10036, 10073, 10182 }, { 10000, 12092, 12233, 12278, 12322, 12456 } },
                { 5, { 10220, 10460, 10520 }, { 10000, 11800, 12875, 13158, 13467, 13545 } },
        };
        struct laspeyres *since = made(*state, &new, manual_output, 6);
        struct chain_segment segments[] = { { made(*state, &old, manual_output, 6), 0, 0, 0, NULL }, { since, 3, 2, 2, before } };
        struct chain *c = chained(*state, segments, 2);

        for (size_t i = 0; i < sizeof printed / sizeof *printed; i++) {
                int64_t level[6], own;

                chain_levels(c, *state, printed[i].node, level);
                for (int month = 0; month < 6; month++)
                        assert_int_equal(two_decimals(level[month]), printed[i].chained[month]);
                for (int month = 0; month < 3; month++) {
                        assert_true(laspeyres_level(since, printed[i].node, 3 + month, &own));
                        assert_int_equal(two_decimals(own), printed[i].alone[month]);
                }
        }
}

/* The worked data of the same manual, of whose publishers the United Nations (its commission for Europe) are one: chapter 19, "Price indices using an artificial
 * data set", tables 19.1 and 19.2, prices and quantities of six products in five periods (here in tenths). By its formulas and by hand: volumes at prices of the
 * period before over the value of that period are 1020/1000, 1658/1410, 1855/1528 and 2147/1756, and at prices of the first period 102, 127, 172 and 251. What
 * is left of the value is the Paasche price index, 1.3824, 1.2031, 1.0209 and 0.7968 on the first period; chained 1.3824, 1.2740, 1.2060 and 1.1234. */
#define DATA_PRODUCTS 6
#define DATA_PERIODS 5
static const int64_t data_price[] = { 10, 12, 10, 8,  10, 10, 30, 10, 5,  10, 10, 13, 15, 16, 16,
                                      10, 7,  5,  3,  1,  10, 14, 17, 19, 20, 10, 8,  6,  4,  2 };
static const int64_t data_quantity[] = { 10, 8,  10, 12, 9,   10, 9,  11, 12, 12, 20, 19, 18, 19, 20,
                                         10, 13, 30, 60, 120, 45, 47, 50, 56, 65, 5,  6,  8,  13, 25 };
static const int64_t data_fixed[] = { 10000, 13824, 12031, 10209, 7968 }, data_chained[] = { 10000, 13824, 12740, 12060, 11234 };
static const int64_t data_volume[] = { 100, 102, 127, 172, 251 };

/* The change of a value over an index of volume, four decimals. */
static int64_t quotient(int64_t value, int64_t first, int64_t volume)
{
        int128 down = (int128)first * volume;

        return (int64_t)(((int128)value * HUNDRED * 10000 * 2 + down) / (2 * down));
}

static void the_artificial_data_of_the_manual_come_out(void **state)
{
        static const int32_t same[] = { 0, 1, 2, 3, 4, 5, 6 };
        struct chain_segment segments[DATA_PERIODS - 1];
        int64_t value[DATA_PERIODS], volume, level[DATA_PERIODS];

        for (int period = 0; period < DATA_PERIODS; period++) {
                struct weight_node *node = arena_array(*state, 1 + DATA_PRODUCTS, sizeof *node);
                struct weights *weights = arena_alloc(*state, sizeof *weights);

                node[0] = (struct weight_node){ "Total", -1, -1, 0, 0 };
                value[period] = 0;
                for (int i = 0; i < DATA_PRODUCTS; i++) {
                        int64_t price = data_price[i * DATA_PERIODS + period], quantity = data_quantity[i * DATA_PERIODS + period];

                        node[1 + i] = (struct weight_node){ "a product", 0, i, price * quantity, quantity };
                        value[period] += price * quantity;
                }
                *weights = (struct weights){ node, 1 + DATA_PRODUCTS, 1, false, NULL };
                if (period + 1 < DATA_PERIODS)
                        segments[period] = (struct chain_segment){ made(*state, weights, data_quantity, DATA_PERIODS), period == 0 ? 0 : period + 1, period, period, same };
        }
        chain_levels(chained(*state, segments, DATA_PERIODS - 1), *state, 0, level);
        for (int period = 0; period < DATA_PERIODS; period++) {
                assert_true(laspeyres_level(segments[0].index, 0, period, &volume));
                assert_int_equal(volume, data_volume[period] * (HUNDRED / 100));
                assert_int_equal(quotient(value[period], value[0], volume), data_fixed[period]);
                assert_int_equal(quotient(value[period], value[0], level[period]), data_chained[period]);
        }
        assert_int_equal((level[4] + 50000) / 100000, 1780302); /* 178.0302 */
}

/* What statistics offices print of the linking of their own indices. India's Central Statistics Office, index of industrial production,
 * "Linking Factor" (mospi.nic.in/linking-factor): the mean of the old index over the new base year is the factor, 2004-05 on 1993-94 and
 * 1993-94 on 1980-81. Statistics Finland, e-course on indices, 3.6 "Linking old indices": 100.34 in January 2004 on December 2003 is 104.82
 * where December was 104.47, and 102.22 where it was 101.88: printed without what follows the second decimal. Columns: twelve months of the new base year, and one after it. */
static void published_linking_factors_come_out(void **state)
{
        static const struct { int64_t mean, factor; } india[] = { /* index x 10, factor x 1000 */
                { 1534, 1534 }, { 2225, 2225 }, { 1815, 1815 }, { 2111, 2111 }, /* mining, manufacturing, electricity, general: 2004-05 */
                { 2315, 2315 }, { 2235, 2235 }, { 2900, 2900 }, { 2320, 2320 }, /* 1993-94 */
        };
        static const struct { int64_t december, january; } finland[] = { { 10447, 10482 }, { 10188, 10222 } }; /* x 100 */
        static const int32_t before[] = { 0, 1 };
        int64_t level[13], output[13];

        for (size_t i = 0; i < sizeof india / sizeof *india; i++) {
                struct weight_node then[] = { { "Total", -1, -1, 0, 0 }, { "q", 0, 0, 1, 12000 } }, now[] = { then[0], then[1] };
                struct weights old = { then, 2, 12, false, NULL }, new = { now, 2, 12, false, NULL };
                struct chain_segment segments[2] = { { 0 }, { NULL, 12, 0, 11, before } };
                struct chain *c;

                for (int t = 0; t < 12; t++)
                        output[t] = india[i].mean + (t % 2 == 0 ? 110 : -110) * (t / 2); /* their mean is that of the year */
                output[12] = india[i].mean;
                now[1].base_sum = 12 * india[i].mean;
                segments[0].index = made(*state, &old, output, 13);
                segments[1].index = made(*state, &new, output, 13);
                c = chained(*state, segments, 2);
                assert_true(decimal_divide(c->up[1] * 1000000, c->down[1]) == india[i].factor * 1000);
                chain_levels(c, *state, 0, level);
                assert_int_equal(two_decimals(level[12]), india[i].mean * 10);
        }
        for (size_t i = 0; i < sizeof finland / sizeof *finland; i++) {
                struct weight_node then[] = { { "Total", -1, -1, 0, 0 }, { "q", 0, 0, 1, 1000000 } }, now[] = { then[0], then[1] };
                struct weights old = { then, 2, 1, false, NULL }, new = { now, 2, 1, false, NULL };
                struct chain_segment segments[2] = { { 0 }, { NULL, 1, 0, 0, before } };

                output[0] = finland[i].december * 100;
                output[1] = finland[i].december * 10034 / 100;
                now[1].base_sum = output[0];
                segments[0].index = made(*state, &old, output, 2);
                segments[1].index = made(*state, &new, output, 2);
                chain_levels(chained(*state, segments, 2), *state, 0, level);
                assert_int_equal(level[1] / (HUNDRED / 10000), finland[i].january);
        }
}

static void a_longer_overlap_leaves_a_step_that_is_told(void **state)
{
        struct chain_segment segments[] = { { made(*state, &old_weights, hand_output, 4), 0, 0, 0, NULL },
                                            { made(*state, &new_weights, hand_output, 4), 3, 0, 2, hand_before } };
        struct chain *c = chained(*state, segments, 2);
        int64_t level[4], old_points[3], new_points[3], link, percent, *points[] = { old_points, new_points };

        /* (100 + 105 + 120) / (100 + 108 + 132) x 140 = 133.8235… */
        chain_levels(c, *state, 0, level);
        assert_int_equal(level[3], INT64_C(133823529412));
        assert_true(compare(c, *state, 0, 3, INDEX_MOM, &percent));
        assert_int_equal(percent, 111519608);
        assert_true(chain_contributions(c, *state, 3, INDEX_MOM, points, &link));
        /* 0.9558823529 x 8 / 120 is the movement, the rest the step from 120 to 0.9558823529 x 132 */
        assert_int_equal(new_points[0], 6372549);
        assert_int_equal(link, 11519608 - 6372549);
}

static void a_series_that_cannot_be_linked_is_refused(void **state)
{
        struct laspeyres *old = made(*state, &old_weights, hand_output, 4), *new = made(*state, &new_weights, hand_output, 4);
        struct laspeyres *short_one = made(*state, &new_weights, hand_output, 2), *gap;
        int64_t output[8];
        struct error e = { .language = LANGUAGE_EN };

        memcpy(output, hand_output, sizeof output);
        output[2] = output[6] = OUTPUT_UNKNOWN;
        gap = made(*state, &new_weights, output, 4);
        {
                const struct {
                        struct chain_segment segment[2];
                        size_t count;
                        const char *message;
                } cases[] = {
                        { { { old, 1, 0, 0, NULL } }, 1, "a chained index begins with a segment that stands for the first month" },
                        { { { old, 0, 0, 0, NULL } }, 0, "a chained index begins with a segment that stands for the first month" },
                        { { { old, 0, 0, 0, NULL }, { new, 0, 2, 2, hand_before } }, 2, "segment 2 of the chained index does not follow the one before it" },
                        { { { old, 0, 0, 0, NULL }, { new, 3, 2, 1, hand_before } }, 2, "segment 2 of the chained index does not follow the one before it" },
                        { { { old, 0, 0, 0, NULL }, { new, 3, 2, 4, hand_before } }, 2, "segment 2 of the chained index does not follow the one before it" },
                        { { { old, 0, 0, 0, NULL }, { short_one, 1, 0, 0, hand_before } }, 2, "segment 2 of the chained index does not follow the one before it" },
                        { { { old, 0, 0, 0, NULL }, { gap, 3, 1, 2, hand_before } }, 2,
                          "segment 2 of the chained index cannot be linked: both must be known in all months of the overlap" },
                };

                for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                        error_clear(&e);
                        if (chain_make(*state, cases[i].segment, cases[i].count, &e) != NULL)
                                fail_msg("row %zu was accepted", i);
                        if (strcmp(e.message, cases[i].message) != 0)
                                fail_msg("row %zu: %s", i, e.message);
                }
        }
}

static void a_node_that_continues_nothing_begins_with_its_segment(void **state)
{
        static const int32_t before[] = { 0, -1, 1 };
        struct chain_segment segments[] = { { made(*state, &old_weights, hand_output, 4), 0, 0, 0, NULL },
                                            { made(*state, &new_weights, hand_output, 4), 3, 2, 2, before } };
        struct chain *c = chained(*state, segments, 2);
        int64_t level[4], percent;

        chain_levels(c, *state, 1, level);
        assert_int_equal(level[2], -1);
        assert_int_equal(level[3], HUNDRED);
        assert_false(compare(c, *state, 1, 3, INDEX_MOM, &percent));
}

/* Two products of one class, each without output in the month of the link, or for good. */
static void what_made_nothing_over_the_overlap_is_linked_over_the_nearest_month_in_which_it_did(void **state)
{
        static const struct weight_node before_nodes[] = { { "TOTAL", -1, -1, 0, 0 }, { "p", 0, 0, 50, 1200 }, { "q", 0, 1, 30, 1200 }, { "z", 0, 2, 20, 1200 } };
        static const struct weight_node now_nodes[] = { { "TOTAL", -1, -1, 0, 0 }, { "p", 0, 0, 20, 1800 }, { "q", 0, 1, 60, 1200 }, { "z", 0, 2, 20, 600 } };
        static const struct weights before_weights = { before_nodes, 4, 12, false, NULL }, now_weights = { now_nodes, 4, 12, false, NULL };
        static const int64_t output[] = { 90, 120, 0, 180, 180, 100, 100, 110, 120, 120, 0, 0, 0, 0, 70 };
        static const int32_t same[] = { 0, 1, 2, 3 };
        struct chain_segment segments[] = { { made(*state, &before_weights, output, 5), 0, 0, 0, NULL }, { made(*state, &now_weights, output, 5), 3, 2, 2, same },
                                            { made(*state, &before_weights, output, 5), 4, 3, 3, same } };
        struct chain *c = chained(*state, segments, 2), *longer = chained(*state, segments, 3);
        int64_t level[5], percent;
        struct chain_link link[3];

        assert_int_equal(chain_trace(c, *state, 1, level, link), 0);
        assert_int_equal(link[1].from, 1);
        assert_int_equal(link[1].to, 1);
        assert_int_equal(level[2], 0);
        assert_int_equal(level[3], 180 * HUNDRED / 100); /* on the first base, as in every month */
        assert_true(compare(c, *state, 1, 3, INDEX_BASE, &percent));
        assert_int_equal(percent, 180 * POINT);
        assert_int_equal(chain_trace(c, *state, 2, level, link), 0);
        assert_int_equal(link[1].from, 2);
        assert_int_equal(level[3], 120 * HUNDRED / 100);
        /* what never made anything by both is not linked: its 100 is that of its own base */
        assert_int_equal(chain_trace(c, *state, 3, level, link), 1);
        assert_int_equal(level[1], -1);
        assert_int_equal(level[4], 140 * HUNDRED / 100);
        assert_false(compare(c, *state, 3, 3, INDEX_MOM, &percent));
        /* a second link over the same months */
        assert_int_equal(chain_trace(longer, *state, 1, level, link), 0);
        assert_int_equal(level[4], 180 * HUNDRED / 100);
        assert_int_equal(chain_trace(longer, *state, 3, level, link), 2);
        assert_int_equal(level[4], 70 * HUNDRED / 100);
}

/* ---- in random worlds ------------------------------------------------------------------------------ */

struct world {
        struct weight_node node[1 + 3 + PRODUCTS];
        struct weights w;
        int64_t output[PRODUCTS * MONTHS];
};

static struct world *world_made(struct arena *arena, uint64_t *seed)
{
        struct world *w = arena_alloc(arena, sizeof *w);

        w->node[0] = (struct weight_node){ "TOTAL", -1, -1, 0, 0 };
        for (int32_t i = 0; i < 3; i++)
                w->node[1 + i] = (struct weight_node){ "class", 0, -1, 1 + below(seed, 1000), 0 };
        for (int32_t i = 0; i < PRODUCTS; i++) {
                int64_t level = 1000 + below(seed, 1000000);

                for (int t = 0; t < MONTHS; t++)
                        w->output[i * MONTHS + t] = level = 1 + level * (850 + below(seed, 320)) / 1000;
                w->node[4 + i] = (struct weight_node){ "product", 1 + i % 3, i, 1 + below(seed, 1000), 0 };
                for (int t = 0; t < 12; t++)
                        w->node[4 + i].base_sum += w->output[i * MONTHS + t];
        }
        w->w = (struct weights){ w->node, 1 + 3 + PRODUCTS, 12, false, NULL };
        return w;
}

static void the_same_weights_again_change_nothing(void **state)
{
        static const int32_t same[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

        for (uint64_t n = 1; n <= 20; n++) {
                uint64_t seed = n * 179424673;
                struct world *w = world_made(*state, &seed);
                struct laspeyres *l = made(*state, &w->w, w->output, MONTHS);
                struct chain_segment segments[] = { { l, 0, 0, 0, NULL }, { l, 24, 12, 23, same }, { l, 30, 29, 29, same } };
                struct chain *c = chained(*state, segments, 3);

                for (size_t i = 0; i < w->w.count; i++) {
                        int64_t level[MONTHS], direct, linked;

                        chain_levels(c, *state, i, level);
                        for (int32_t t = 0; t < MONTHS; t++) {
                                assert_true(laspeyres_level(l, i, t, &direct));
                                assert_int_equal(level[t], direct);
                                for (int k = 0; k < INDEX_COMPARISONS; k++) {
                                        bool has = laspeyres_compare(l, i, t, (enum index_comparison)k, &direct);

                                        assert_int_equal(has, compare(c, *state, i, t, (enum index_comparison)k, &linked));
                                        if (has && (direct - linked > 1 || linked - direct > 1))
                                                fail_msg("world %d, node %zu, month %d, %s", (int)n, i, t, index_comparison_name((enum index_comparison)k));
                                }
                        }
                }
                arena_reset(*state);
        }
}

/* A new base year with weights carried forward by the volumes of the old index: quantities alone cannot tell the two apart. */
static void a_new_base_with_weights_carried_forward_agrees_with_the_old(void **state)
{
        static const int32_t same[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

        for (uint64_t n = 1; n <= 20; n++) {
                uint64_t seed = n * 217645199;
                struct world *w = world_made(*state, &seed), *later = arena_alloc(*state, sizeof *later);
                struct laspeyres *l = made(*state, &w->w, w->output, MONTHS), *new;
                struct chain_segment segments[2];
                int64_t level[MONTHS], direct;
                struct chain *c;

                memcpy(later, w, sizeof *later);
                later->w.node = later->node;
                for (size_t i = 1; i < w->w.count; i++) {
                        int128 volume = 0;

                        later->node[i].base_sum = 0;
                        for (int t = 24; t < 36; t++) {
                                volume += l->volume[i * MONTHS + (size_t)t];
                                later->node[i].base_sum += i < 4 ? 0 : w->output[w->node[i].product * MONTHS + t];
                        }
                        later->node[i].weight = (int64_t)(volume / 1000000000000);
                }
                new = made(*state, &later->w, w->output, MONTHS);
                segments[0] = (struct chain_segment){ l, 0, 0, 0, NULL };
                segments[1] = (struct chain_segment){ new, 36, 24, 35, same };
                c = chained(*state, segments, 2);
                for (size_t i = 0; i < w->w.count; i++) {
                        chain_levels(c, *state, i, level);
                        for (int32_t t = 0; t < MONTHS; t++) {
                                assert_true(laspeyres_level(l, i, t, &direct));
                                if (level[t] - direct > 2000 || direct - level[t] > 2000) /* 0.000002 of an index of 100 */
                                        fail_msg("world %d, node %zu, month %d: %lld", (int)n, i, t, (long long)(level[t] - direct));
                        }
                }
                arena_reset(*state);
        }
}

/* Three lines that make up the output of a product; the last makes one a month. */
static void lines_drawn(struct arena *arena, uint64_t *seed, const int64_t *output, int64_t **line)
{
        for (int i = 0; i < 3; i++)
                line[i] = arena_array(arena, MONTHS, sizeof **line);
        for (int t = 0; t < MONTHS; t++) {
                line[2][t] = 1;
                line[0][t] = below(seed, output[t]);
                line[1][t] = output[t] - 1 - line[0][t];
        }
}

/* Other weights each year, linked over the month before. */
static void contributions_over_links_add_up_exactly(void **state)
{
        static const int32_t same[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
        int64_t over_links = 0;

        for (uint64_t n = 1; n <= 20; n++) {
                uint64_t seed = n * 236887691;
                struct world *w[4] = { world_made(*state, &seed) };
                struct chain_segment segments[4];
                int64_t *points[4], link, total, *quantity[PRODUCTS][3];
                struct chain *c;

                for (int i = 0; i < PRODUCTS; i++)
                        lines_drawn(*state, &seed, w[0]->output + i * MONTHS, quantity[i]);
                for (int32_t k = 0; k < 4; k++) {
                        if (k > 0) {
                                w[k] = arena_alloc(*state, sizeof **w);
                                memcpy(w[k], w[0], sizeof **w);
                                w[k]->w.node = w[k]->node;
                                for (size_t i = 1; i < w[k]->w.count; i++)
                                        w[k]->node[i].weight = 1 + below(&seed, 1000);
                        }
                        segments[k] = (struct chain_segment){ made(*state, &w[k]->w, w[0]->output, MONTHS), 12 * k, 12 * k - 1, 12 * k - 1, same };
                        points[k] = arena_array(*state, w[k]->w.count, sizeof **points);
                }
                segments[0].overlap_from = segments[0].overlap_to = 0;
                c = chained(*state, segments, 4);
                for (int32_t t = 0; t < MONTHS; t++)
                        for (int k = 0; k < INDEX_COMPARISONS; k++) {
                                int64_t sum = 0;

                                if (!chain_contributions(c, *state, t, (enum index_comparison)k, points, &link))
                                        continue;
                                assert_true(compare(c, *state, 0, t, (enum index_comparison)k, &total));
                                for (int i = 0; i < 4; i++) {
                                        int64_t sums[1 + 3] = { 0 };

                                        sum += points[i][0];
                                        for (size_t j = 1; j < w[i]->w.count; j++)
                                                sums[w[i]->node[j].parent] += points[i][j];
                                        for (size_t j = 0; j < 4; j++)
                                                assert_int_equal(sums[j], points[i][j]);
                                }
                                assert_int_equal(sum + link, total - 100 * POINT);
                                if (link != 0) /* the series passes through its links without a step */
                                        fail_msg("world %d, month %d, %s: %lld at the links", (int)n, t, index_comparison_name((enum index_comparison)k),
                                                 (long long)link);
                                for (size_t j = 4; j < w[0]->w.count; j++) {
                                        int64_t line[3], brought = points[0][j] + points[1][j] + points[2][j] + points[3][j];

                                        assert_true(chain_line_points(c, *state, j, t, (enum index_comparison)k, points, (const int64_t *const *)quantity[w[0]->node[j].product], 3, line));
                                        assert_int_equal(line[0] + line[1] + line[2], brought);
                                        if (line[2] != 0) /* it made the same in every month */
                                                fail_msg("world %d, node %zu, month %d: %lld of a line that did not move", (int)n, j, t, (long long)line[2]);
                                }
                                over_links += t >= 12 && k != INDEX_MOM;
                        }
                arena_reset(*state);
        }
        assert_true(over_links > 1000);
}

/* ---- classifications ---------------------------------------------------------------------------------- */

static const char *const codes[] = { "0722", "1104", "3511" };

static void shares_of_a_correspondence_make_the_whole(void **state)
{
        static const struct {
                struct correspondence list[4];
                size_t count;
                const char *message;
        } cases[] = {
                { { { 0, 0, 1000000 }, { 1, 1, 300000 }, { 1, 0, 700000 }, { 2, 2, SHARE_UNKNOWN } }, 4, "" },
                { { { 0, 0, 1000000 }, { 1, 1, 300000 }, { 1, 0, 600000 }, { 2, 2, 1000000 } }, 4,
                  "the shares of \"1104\" add up to 900000 parts per million, not to the whole" },
                { { { 0, 0, 1000000 }, { 1, 1, 300000 }, { 1, 1, 700000 }, { 2, 2, 1000000 } }, 4, "\"1104\" goes to one class twice" },
                { { { 0, 0, 1000000 }, { 1, 1, 1000000 } }, 2, "\"3511\" has no successor" },
                { { { 0, 0, 1000001 }, { 1, 1, 1000000 } }, 2, "the share of \"0722\" is not between 0 and 1000000 parts per million" },
        };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct error e = { .language = LANGUAGE_EN };

                if (correspondence_check(*state, cases[i].list, cases[i].count, codes, 3, &e) != (*cases[i].message == '\0') ||
                    strcmp(e.message, cases[i].message) != 0)
                        fail_msg("row %zu: %s", i, e.message);
        }
}

static void moved_volumes_add_up_to_the_old_ones(void **state)
{
        /* 0722 whole to new 0; 1104 in three parts to 0, 1, 2; 3511 nobody knows how to 3 and 4 */
        static const struct correspondence list[] = { { 0, 0, 1000000 }, { 1, 0, 333333 }, { 1, 1, 333333 }, { 1, 2, 333334 },
                                                      { 2, 3, SHARE_UNKNOWN }, { 2, 4, SHARE_UNKNOWN } };
        static const int128 value[] = { 10, 20, 100, -1, 7, 8 };
        int128 out[10];

        reclassify(*state, list, 6, value, 3, 2, out, 5);
        assert_true(out[0] == 10 + 33 && out[2] == 33 && out[4] == 34);
        assert_true(out[1] == -1 && out[3] == -1 && out[5] == -1); /* month 1: 1104 is not known */
        assert_true(out[6] == -1 && out[7] == -1 && out[8] == -1 && out[9] == -1);
}

/* The index of a class that took half of another: (100 + 50 / 2) over its base of the same make. */
static void an_index_in_the_new_version_is_moved_volume_over_moved_share(void **state)
{
        static const struct correspondence list[] = { { 0, 0, 1000000 }, { 1, 0, 500000 }, { 1, 1, 500000 } };
        static const int64_t output[] = { 100, 130, 100, 80 };
        struct laspeyres *l = made(*state, &old_weights, output, 2);
        int128 volume[4], share[2], old_share[] = { l->share[1], l->share[2] };

        reclassify(*state, list, 3, l->volume + 2, 2, 2, volume, 2);
        reclassify(*state, list, 3, old_share, 2, 1, share, 2);
        assert_true(share[0] == LASPEYRES_WHOLE / 4 * 3 && share[1] == LASPEYRES_WHOLE / 4);
        /* (50 x 130 + 25 x 80) / 75 and 80; together what the whole was */
        assert_true(decimal_divide(volume[1], share[0]) == INT64_C(113333333333));
        assert_true(decimal_divide(volume[3], share[1]) == 80 * HUNDRED / 100);
        assert_true(volume[1] + volume[3] == l->volume[1]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_new_set_of_weights_is_linked_over_the_overlap),
                cmocka_unit_test(the_chained_index_of_the_manual_comes_out),
                cmocka_unit_test(the_artificial_data_of_the_manual_come_out),
                cmocka_unit_test(published_linking_factors_come_out),
                cmocka_unit_test(a_longer_overlap_leaves_a_step_that_is_told),
                cmocka_unit_test(a_series_that_cannot_be_linked_is_refused),
                cmocka_unit_test(a_node_that_continues_nothing_begins_with_its_segment),
                cmocka_unit_test(what_made_nothing_over_the_overlap_is_linked_over_the_nearest_month_in_which_it_did),
                cmocka_unit_test(the_same_weights_again_change_nothing),
                cmocka_unit_test(a_new_base_with_weights_carried_forward_agrees_with_the_old),
                cmocka_unit_test(contributions_over_links_add_up_exactly),
                cmocka_unit_test(shares_of_a_correspondence_make_the_whole),
                cmocka_unit_test(moved_volumes_add_up_to_the_old_ones),
                cmocka_unit_test(an_index_in_the_new_version_is_moved_volume_over_moved_share),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
