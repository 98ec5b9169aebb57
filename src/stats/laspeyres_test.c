#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stats/laspeyres.h"
#include "stats/panel.h"

#define HUNDRED INT64_C(100000000000) /* an index of 100 */
#define POINT INT64_C(1000000)        /* a percent or percentage point */

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

static struct laspeyres *made(struct arena *arena, const struct weights *w, const int64_t *output, int32_t months, int32_t january)
{
        struct error e = { .language = LANGUAGE_EN };
        struct laspeyres *l = laspeyres_make(arena, w, output, months, january, &e);

        if (l == NULL)
                fail_msg("%s", e.message);
        return l;
}

static int64_t level(const struct laspeyres *l, size_t node, int32_t month)
{
        int64_t result = -1;

        assert_true(laspeyres_level(l, node, month, &result));
        return result;
}

static int64_t compared(const struct laspeyres *l, size_t node, int32_t month, enum index_comparison c)
{
        int64_t result = -1;

        assert_true(laspeyres_compare(l, node, month, c, &result));
        return result;
}

/* ---- worked by hand ---------------------------------------------------------------------------- */

/* Domain text 02-indicators, section 3, "Tiny numeric example": products 120 and 90 against 100 with weights 60 and 40 give
 * class A 108.0; class B has one product at 105; with class weights 70 and 30 the division has 107.1; the section (80) with
 * it and section D (20) at 98 give 105.28, shown 105.3. */
static const struct weight_node tiny_nodes[] = {
        { "TOTAL", -1, -1, 0, 0 },
        { "C", 0, -1, 80, 0 }, { "D", 0, -1, 20, 0 },
        { "10", 1, -1, 1, 0 }, { "35", 2, -1, 1, 0 },
        { "A", 3, -1, 70, 0 }, { "B", 3, -1, 30, 0 }, { "3510", 4, -1, 5, 0 },
        { "a1", 5, 0, 60, 1200 }, { "a2", 5, 1, 40, 1200 }, { "b1", 6, 2, 7, 1200 }, { "d1", 7, 3, 7, 1200 },
};
static const struct weights tiny = { tiny_nodes, 12, 12, false, NULL };

static void the_worked_example_of_the_domain_text_comes_out(void **state)
{
        static const int64_t output[] = { 100, 120, 100, 90, 100, 105, 100, 98 };
        struct laspeyres *l = made(*state, &tiny, output, 2, 0);
        int64_t points[12];

        assert_int_equal(level(l, 0, 0), HUNDRED);
        assert_int_equal(level(l, 5, 1), 108 * HUNDRED / 100);
        assert_int_equal(level(l, 3, 1), 1071 * HUNDRED / 1000);
        assert_int_equal(level(l, 1, 1), 1071 * HUNDRED / 1000);
        assert_int_equal(level(l, 0, 1), 10528 * HUNDRED / 10000);
        assert_int_equal(compared(l, 0, 1, INDEX_MOM), 105280000);
        assert_int_equal(compared(l, 0, 1, INDEX_BASE), 105280000);
        assert_int_equal(l->share[8], INT64_C(336000000000000000)); /* 0.8 x 0.7 x 0.6 */
        /* C brings 80 % of 7.1, D 20 % of -2; a1 33.6 % of 20, a2 22.4 % of -10, b1 24 % of 5 */
        assert_true(laspeyres_contributions(l, *state, 1, INDEX_MOM, points));
        assert_int_equal(points[0], 5280000);
        assert_int_equal(points[1], 5680000);
        assert_int_equal(points[2], -400000);
        assert_int_equal(points[8], 6720000);
        assert_int_equal(points[9], -2240000);
        assert_int_equal(points[10], 1200000);
}

/* National year 2025 as published (domain text, section 3): sections +10.5, +6.7, +7.8, +0.5 % bring 8.4, 0.6, 0.1, 0.1
 * points of 9.2. The weights are not published: these are the ones those numbers imply (8.4 / 10.5 = 80 %). */
static void published_contributions_follow_from_the_implied_weights(void **state)
{
        static const struct weight_node nodes[] = {
                { "TOTAL", -1, -1, 0, 0 }, { "C", 0, 0, 800, 12000 }, { "D", 0, 1, 90, 12000 }, { "E", 0, 2, 13, 12000 },
                { "B", 0, 3, 97, 12000 },
        };
        static const struct weights w = { nodes, 5, 12, false, NULL };
        static const int64_t output[] = { 1000, 1105, 1000, 1067, 1000, 1078, 1000, 1005 };
        struct laspeyres *l = made(*state, &w, output, 2, 0);
        int64_t points[5];

        assert_true(laspeyres_contributions(l, *state, 1, INDEX_MOM, points));
        assert_int_equal(points[1], 8400000);
        assert_int_equal(points[2], 603000);
        assert_int_equal(points[3], 101400);
        assert_int_equal(points[4], 48500);
        assert_int_equal(points[0], 9152900);
        assert_int_equal(points[0] + 100 * POINT, compared(l, 0, 1, INDEX_MOM));
}

/* One product, 100 each month of the first year; the second: 110, 121, unknown. */
static void the_four_comparisons_name_their_months(void **state)
{
        static const struct weight_node nodes[] = { { "TOTAL", -1, -1, 0, 0 }, { "p", 0, 0, 1, 1200 } };
        static const struct weights flow = { nodes, 2, 12, false, NULL }, stock = { nodes, 2, 12, true, NULL };
        int64_t output[24], value;
        struct laspeyres *l, *s;

        for (int i = 0; i < 12; i++)
                output[i] = 100;
        output[11] = 80;
        output[12] = 110;
        output[13] = 121;
        for (int i = 14; i < 24; i++)
                output[i] = OUTPUT_UNKNOWN;
        l = made(*state, &flow, output, 24, 0);
        s = made(*state, &stock, output, 24, 0);
        assert_int_equal(compared(l, 0, 12, INDEX_MOM), 137500000);
        assert_int_equal(compared(l, 0, 13, INDEX_MOM), 110000000);
        assert_int_equal(compared(l, 0, 13, INDEX_YOY), 121000000);
        assert_int_equal(compared(l, 0, 13, INDEX_YTD), 115500000);
        assert_int_equal(compared(l, 0, 13, INDEX_BASE), 121000000);
        assert_int_equal(compared(s, 0, 13, INDEX_YOY), 121000000);
        assert_false(laspeyres_compare(s, 0, 13, INDEX_YTD, &value)); /* stocks do not add up over months */
        assert_false(laspeyres_compare(l, 0, 0, INDEX_MOM, &value));  /* no month before */
        assert_false(laspeyres_compare(l, 0, 11, INDEX_YOY, &value)); /* no year before */
        assert_false(laspeyres_level(l, 0, 14, &value));              /* nothing known: no index, */
        assert_false(laspeyres_compare(l, 0, 14, INDEX_YTD, &value)); /* and no year to date over it */
        /* columns that begin in October: the year begins with column 3 */
        l = made(*state, &flow, output, 24, 3);
        assert_int_equal(compared(l, 0, 13, INDEX_YOY), 121000000);
        assert_false(laspeyres_compare(l, 0, 14, INDEX_YTD, &value));
        assert_true(laspeyres_compare(l, 0, 12, INDEX_YOY, &value));
        assert_false(laspeyres_compare(l, 0, 13, INDEX_YTD, &value)); /* columns 3..13 against -9..1 */
}

/* ---- what is wrong or lacking ------------------------------------------------------------------- */

static void bad_weights_are_refused_by_name(void **state)
{
        static const struct {
                struct weight_node node[4];
                int32_t base_months;
                const char *message;
        } cases[] = {
                { { { "TOTAL", -1, -1, 0, 0 }, { "C", 0, -1, 5, 0 }, { "p", 1, 0, -2, 9 }, { "q", 1, 1, 3, 9 } }, 12,
                  "the weight of \"p\" is below zero" },
                { { { "TOTAL", -1, -1, 0, 0 }, { "C", 0, -1, -5, 0 }, { "p", 1, 0, 2, 9 }, { "q", 1, 1, 3, 9 } }, 12,
                  "the weight of \"C\" is below zero" },
                { { { "TOTAL", -1, -1, 0, 0 }, { "C", 0, -1, 5, 0 }, { "p", 1, 0, 2, -9 }, { "q", 1, 1, 3, 9 } }, 12,
                  "the base output of \"p\" is below zero" },
                { { { "TOTAL", -1, -1, 0, 0 }, { "C", 2, -1, 5, 0 }, { "p", 1, 0, 2, 9 }, { "q", 1, 1, 3, 9 } }, 12,
                  "\"C\" does not stand below a node named before it" },
                { { { "TOTAL", -1, -1, 0, 0 }, { "C", 0, -1, 5, 0 }, { "p", 1, 0, 2, 9 }, { "q", 2, 1, 3, 9 } }, 12,
                  "\"q\" does not stand below a node named before it" },
                { { { "C", 0, -1, 0, 0 }, { "C", 0, -1, 5, 0 }, { "p", 1, 0, 2, 9 }, { "q", 1, 1, 3, 9 } }, 12,
                  "the weights do not begin with the whole" },
                { { { "TOTAL", -1, -1, 0, 0 }, { "C", 0, -1, 5, 0 }, { "p", 1, 0, 2, 9 }, { "q", 1, 1, 3, 9 } }, 0,
                  "the base period has no months" },
                { { { "TOTAL", -1, -1, 0, 0 }, { "C", 0, -1, 0, 0 }, { "p", 1, 0, 2, 9 }, { "q", 1, 1, 3, 9 } }, 12,
                  "no product has both a weight and output in the base period" },
                { { { "TOTAL", -1, -1, 0, 0 }, { "C", 0, -1, 5, 0 }, { "p", 1, 0, 0, 9 }, { "q", 1, 1, 3, 0 } }, 12,
                  "no product has both a weight and output in the base period" },
                { { { "TOTAL", -1, -1, 0, 0 }, { "C", 0, -1, 5, 0 }, { "p", 1, 0, 1, 9 }, { "q", 1, 1, INT64_MAX, 9 } }, 12,
                  "the weight of \"p\" is too small beside those of its siblings" },
        };
        static const int64_t output[] = { 1, 1 };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct weights w = { cases[i].node, 4, cases[i].base_months, false, NULL };
                struct error e = { .language = LANGUAGE_EN };

                if (laspeyres_make(*state, &w, output, 1, 0, &e) != NULL)
                        fail_msg("row %zu was accepted", i);
                if (strcmp(e.message, cases[i].message) != 0)
                        fail_msg("row %zu: %s", i, e.message);
        }
}

/* Before there is any output: what would make no index is refused, with the node; a base that is missing is not the weights' fault. */
static void weights_that_can_give_no_index_are_told_by_their_node(void **state)
{
        static const struct {
                struct weight_node node[5];
                size_t which;
                const char *message;
        } cases[] = {
                { { { "TOTAL", -1, -1, 0, 0 }, { "C", 0, -1, 5, 0 }, { "p", 1, 0, 2, 0 }, { "q", 1, 1, 3, 0 }, { "z", 1, 2, 0, 0 } }, 0, NULL },
                { { { "TOTAL", -1, -1, 0, 0 }, { "C", 0, -1, 5, 0 }, { "p", 1, 0, INT64_MAX, 0 }, { "q", 1, 1, 1, 0 }, { "z", 1, 2, 0, 0 } }, 3,
                  "the weight of \"q\" is too small beside those of its siblings" },
                { { { "TOTAL", -1, -1, 0, 0 }, { "C", 0, -1, 1, 0 }, { "d", 0, 2, 1000000000, 0 }, { "p", 1, 0, 1, 0 }, { "q", 1, 1, 10000000000, 0 } }, 3,
                  "the weight of \"p\" is too small beside those of its siblings" },
                { { { "TOTAL", -1, -1, 0, 0 }, { "C", 0, -1, 0, 0 }, { "D", 0, -1, 7, 0 }, { "p", 1, 0, 1, 0 }, { "q", 1, 1, 1, 0 } }, 0,
                  "no product has a weight: there would be no index" },
                { { { "TOTAL", -1, -1, 0, 0 }, { "C", 0, -1, 5, 0 }, { "p", 1, 0, -2, 0 }, { "q", 1, 1, 3, 0 }, { "z", 1, 2, 0, 0 } }, 0, "the weight of \"p\" is below zero" },
        };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct weights w = { cases[i].node, 5, 12, false, NULL };
                struct error e = { .language = LANGUAGE_EN };
                size_t which = 99;
                int64_t outside = -1;
                bool ok = weights_check(*state, &w, &which, &outside, &e);

                if (ok != (cases[i].message == NULL) || (!ok && (which != cases[i].which || strcmp(e.message, cases[i].message) != 0)))
                        fail_msg("row %zu: node %zu, %s", i, which, e.message);
        }
}

static void output_that_does_not_fit_is_refused_with_product_and_month(void **state)
{
        static const struct weight_node nodes[] = { { "TOTAL", -1, -1, 0, 0 }, { "coal", 0, 0, 1, 1 } };
        static const struct weights w = { nodes, 2, 12, false, NULL };
        static const int64_t large[] = { 1, INT64_MAX }, negative[] = { 1, -5 };
        struct error e = { .language = LANGUAGE_EN };

        assert_null(laspeyres_make(*state, &w, large, 2, 0, &e));
        assert_string_equal(e.message, "the output of \"coal\" in month number 1 is too many times that of the base");
        error_clear(&e);
        assert_null(laspeyres_make(*state, &w, negative, 2, 0, &e));
        assert_string_equal(e.message, "the output of \"coal\" in month number 1 is below zero");
}

/* Class A: p 60, q 40, n 50 without base (new); class B: only a product of weight zero; class K 30: one product. */
static void what_does_not_count_leaves_its_weight_to_its_siblings(void **state)
{
        static const struct weight_node nodes[] = {
                { "TOTAL", -1, -1, 0, 0 },
                { "A", 0, -1, 70, 0 }, { "B", 0, -1, 25, 0 }, { "K", 0, -1, 30, 0 }, { "Z", 0, -1, 0, 0 },
                { "p", 1, 0, 60, 1200 }, { "q", 1, 1, 40, 1200 }, { "n", 1, 2, 50, 0 },
                { "b", 2, 3, 0, 1200 }, { "k", 3, 4, 9, 1200 }, { "z", 4, 5, 9, 1200 },
        };
        static const struct weights w = { nodes, 11, 12, false, NULL };
        static const int64_t output[] = { 120, 90, 777, 555, 105, 99 };
        struct laspeyres *l = made(*state, &w, output, 1, 0);
        int64_t value;

        assert_int_equal(level(l, 1, 0), 108 * HUNDRED / 100);
        assert_int_equal(level(l, 0, 0), 1071 * HUNDRED / 1000);
        assert_int_equal(l->left_out[7], LEFT_NO_BASE);
        assert_int_equal(l->left_out[8], LEFT_NO_WEIGHT);
        assert_int_equal(l->left_out[2], LEFT_EMPTY);
        assert_int_equal(l->left_out[4], LEFT_NO_WEIGHT);
        assert_int_equal(l->left_out[10], LEFT_NO_WEIGHT);
        assert_int_equal(l->left_out_count, 3);
        assert_int_equal(l->outside, INT64_C(200000000000000000) + INT64_C(186666666666666666)); /* B: 25 of 125; n: 50 of the 150 of A, which has 70 of 125 */
        assert_false(laspeyres_level(l, 7, 0, &value));
        assert_false(laspeyres_compare(l, 2, 0, INDEX_BASE, &value));
        assert_string_equal(left_out_text(LEFT_NO_BASE), "no output in the base period");
}

/* p made 700 in 11 months of its base, so 70 are 110 %; from less than half of them nothing is told. */
static void the_base_of_a_product_is_the_mean_of_the_months_in_which_it_is_known(void **state)
{
        static const struct { int32_t missing; int64_t base_sum; enum left_out left_out; int64_t whole; } cases[] = {
                { 1, 700, LEFT_IN, 30 * 110 + 70 * 120 }, { 5, 700, LEFT_IN, 30 * 70 + 70 * 120 }, { 6, 700, LEFT_IN, 30 * 60 + 70 * 120 },
                { 7, 700, LEFT_PART_BASE, 100 * 120 }, { 12, 700, LEFT_PART_BASE, 100 * 120 }, { 1, 0, LEFT_NO_BASE, 100 * 120 }, { 12, 0, LEFT_NO_BASE, 100 * 120 },
        };
        static const int64_t output[] = { 70, 120 };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                const struct weight_node nodes[] = { { "TOTAL", -1, -1, 0, 0 }, { "p", 0, 0, 30, cases[i].base_sum }, { "q", 0, 1, 70, 1200 } };
                const int32_t missing[] = { 0, cases[i].missing, 0 };
                struct weights w = { nodes, 3, 12, false, missing };
                struct laspeyres *l = made(*state, &w, output, 1, 0);

                if (l->left_out[1] != cases[i].left_out || level(l, 0, 0) != cases[i].whole * HUNDRED / 10000)
                        fail_msg("row %zu: %s, %lld", i, left_out_text(l->left_out[1]), (long long)level(l, 0, 0));
        }
}

/* Two lines of a product of whose base 3 months are missing: their points are (quantity - before) x 9 / base, of the share. */
static void points_of_lines_are_those_of_a_base_known_in_part(void **state)
{
        static const struct weight_node nodes[] = { { "TOTAL", -1, -1, 0, 0 }, { "p", 0, 0, 25, 900 }, { "q", 0, 1, 75, 1200 } };
        static const int32_t missing[] = { 0, 3, 0 };
        static const struct weights w = { nodes, 3, 12, false, missing };
        static const int64_t output[] = { 100, 112, 100, 100 }, now[] = { 70, 42 }, before[] = { 50, 50 };
        struct laspeyres *l = made(*state, &w, output, 2, 0);
        int64_t points[3], of[2];

        assert_true(laspeyres_contributions(l, *state, 1, INDEX_MOM, points));
        assert_int_equal(points[1], 3 * decimal_power[STATS_DECIMALS]); /* 25 % of 12 % */
        assert_true(laspeyres_line_points(l, *state, 1, 1, INDEX_MOM, points[1], now, before, 2, of));
        assert_int_equal(of[0], 5 * decimal_power[STATS_DECIMALS]);
        assert_int_equal(of[1], -2 * decimal_power[STATS_DECIMALS]);
}

static void an_unknown_product_moves_as_its_siblings(void **state)
{
        static const int64_t output[] = {
                100, 200, OUTPUT_UNKNOWN, OUTPUT_UNKNOWN, 50,
                100, 100, 110, 99, 99,
                100, 100, 120, OUTPUT_UNKNOWN, 100,
                100, 100, 100, OUTPUT_UNKNOWN, 100,
        };
        struct laspeyres *l = made(*state, &tiny, output, 5, 0);
        int64_t value;

        /* a1 in month 2: 200 x 110 / 100; in month 3 the same again x 99 / 110 */
        assert_int_equal(level(l, 8, 2), 220 * HUNDRED / 100);
        assert_int_equal(level(l, 8, 3), 198 * HUNDRED / 100);
        assert_true(l->is_estimated[8 * 5 + 2] && l->is_estimated[8 * 5 + 3] && !l->is_estimated[8 * 5 + 4]);
        /* month 3: nothing of class B; its division has A: 1.98 x 60 + 0.99 x 40 after 2.2 x 60 + 1.1 x 40, so x 0.9 */
        assert_int_equal(level(l, 6, 3), 108 * HUNDRED / 100);
        assert_int_equal(level(l, 10, 3), 108 * HUNDRED / 100);
        /* and nothing of section D: as the whole of what is known of C */
        assert_int_equal(level(l, 11, 3), 90 * HUNDRED / 100);
        assert_int_equal(l->estimated_count, 4);
        assert_int_equal(level(l, 8, 4), 50 * HUNDRED / 100);
        /* no line says why an estimated product moved */
        assert_false(laspeyres_line_points(l, *state, 8, 3, INDEX_MOM, 0, output, output, 1, &value));
        assert_true(laspeyres_line_points(l, *state, 8, 1, INDEX_MOM, 5, (const int64_t[]){ 200 }, (const int64_t[]){ 100 }, 1, &value));
        assert_int_equal(value, 5);
}

static void an_unknown_first_month_stands_at_the_level_of_its_siblings(void **state)
{
        static const int64_t output[] = { OUTPUT_UNKNOWN, 100, 120, 130, 100, 100, 100, 100 };
        struct laspeyres *l = made(*state, &tiny, output, 2, 0);

        assert_int_equal(level(l, 8, 0), 120 * HUNDRED / 100);
        assert_int_equal(level(l, 8, 1), HUNDRED);
        assert_true(l->is_estimated[8 * 2]);
}

/* ---- identities, in random worlds ---------------------------------------------------------------- */

static uint64_t random_next(uint64_t *seed)
{
        *seed ^= *seed >> 12;
        *seed ^= *seed << 25;
        *seed ^= *seed >> 27;
        return *seed * 2685821657736338717u;
}

static int64_t below(uint64_t *seed, int64_t limit)
{
        return (int64_t)(random_next(seed) >> 1) % limit;
}

#define NODES_MAX 400
#define MONTHS 30

struct world {
        struct weight_node node[NODES_MAX];
        struct weights w;
        int32_t products;
        int64_t output[NODES_MAX * MONTHS];
};

/* Whole, sections, divisions, classes, products; some weights of zero, some products without a base; output unknown in one
 * month of unknown_one_in. */
static struct world *world_made(struct arena *arena, uint64_t *seed, int64_t unknown_one_in)
{
        struct world *w = arena_alloc(arena, sizeof *w);
        size_t from = 0, count = 1;

        w->node[0] = (struct weight_node){ "TOTAL", -1, -1, 0, 0 };
        for (int depth = 0; depth < 4; depth++) {
                size_t to = count;

                for (size_t parent = from; parent < to; parent++)
                        for (int64_t k = 1 + below(seed, 4); k > 0 && count < NODES_MAX; k--) {
                                w->node[count] = (struct weight_node){
                                        arena_print(arena, "n%zu", count), (int32_t)parent, depth == 3 ? w->products++ : -1,
                                        below(seed, 8) == 0 ? 0 : 1000 + below(seed, 1000000), 0 };
                                w->node[count].base_sum = depth < 3 || below(seed, 10) == 0 ? 0 : 12 * (1 + below(seed, 1000000000));
                                count++;
                        }
                from = to;
        }
        /* one product that surely counts */
        for (int32_t i = (int32_t)count - 1; i > 0; i = w->node[i].parent) {
                if (w->node[i].weight == 0)
                        w->node[i].weight = 77;
                if (w->node[i].product >= 0 && w->node[i].base_sum == 0)
                        w->node[i].base_sum = 777;
        }
        for (size_t i = 1; i < count; i++)
                for (int t = 0; w->node[i].product >= 0 && t < MONTHS; t++)
                        w->output[w->node[i].product * MONTHS + t] =
                                unknown_one_in > 0 && below(seed, unknown_one_in) == 0 ? OUTPUT_UNKNOWN
                                : below(seed, 20) == 0                                 ? 0
                                                       : 1 + w->node[i].base_sum / 12 * below(seed, 300) / 100;
        w->w = (struct weights){ w->node, count, 12, false, NULL };
        return w;
}

static void parts_make_the_whole_at_every_cut(void **state)
{
        for (uint64_t n = 1; n <= 120; n++) {
                uint64_t seed = n * 104729;
                struct world *w = world_made(*state, &seed, n % 3 == 0 ? 0 : (int64_t)(2 + n % 7));
                struct laspeyres *l = made(*state, &w->w, w->output, MONTHS, (int32_t)(n % 12));

                for (size_t i = 0; i < w->w.count; i++) {
                        int64_t share = 0;

                        if (w->node[i].product >= 0 || l->left_out[i] != LEFT_IN)
                                continue;
                        for (size_t k = i + 1; k < w->w.count; k++)
                                share += (size_t)w->node[k].parent == i ? l->share[k] : 0;
                        assert_int_equal(share, l->share[i]);
                        for (int t = 0; t < MONTHS; t++) {
                                int128 sum = 0;

                                for (size_t k = i + 1; k < w->w.count; k++)
                                        if ((size_t)w->node[k].parent == i && l->left_out[k] == LEFT_IN)
                                                sum += l->volume[k * MONTHS + (size_t)t];
                                if (l->volume[i * MONTHS + (size_t)t] != -1 && sum != l->volume[i * MONTHS + (size_t)t])
                                        fail_msg("world %d, node %zu, month %d", (int)n, i, t);
                        }
                }
                arena_reset(*state);
        }
}

static void made_again_from_a_month_on_it_is_what_is_made_at_once(void **state)
{
        for (uint64_t n = 1; n <= 120; n++) {
                uint64_t seed = n * 7368787;
                struct world *w = world_made(*state, &seed, n % 3 == 0 ? 0 : (int64_t)(2 + n % 7));
                struct laspeyres *l = made(*state, &w->w, w->output, MONTHS, (int32_t)(n % 12)), *at_once;
                int32_t first = (int32_t)below(&seed, MONTHS);
                struct error e = { .language = LANGUAGE_EN };
                size_t cells = w->w.count * MONTHS;

                for (size_t i = 1; i < w->w.count; i++)
                        for (int32_t t = first; w->node[i].product >= 0 && t < MONTHS; t++)
                                if (below(&seed, 3) == 0)
                                        w->output[w->node[i].product * MONTHS + t] =
                                                below(&seed, 4) == 0 ? OUTPUT_UNKNOWN : 1 + w->node[i].base_sum / 12 * below(&seed, 300) / 100;
                assert_true(laspeyres_again(l, *state, w->output, first, &e));
                at_once = made(*state, &w->w, w->output, MONTHS, (int32_t)(n % 12));
                assert_memory_equal(l->volume, at_once->volume, cells * sizeof *l->volume);
                assert_memory_equal(l->is_estimated, at_once->is_estimated, cells * sizeof *l->is_estimated);
                assert_int_equal(l->estimated_count, at_once->estimated_count);
                arena_reset(*state);
        }
}

static void contributions_add_up_exactly_in_every_comparison(void **state)
{
        int64_t made_count = 0;

        for (uint64_t n = 1; n <= 120; n++) {
                uint64_t seed = n * 15485863;
                struct world *w = world_made(*state, &seed, n % 2 == 0 ? 0 : 5);
                struct laspeyres *l = made(*state, &w->w, w->output, MONTHS, (int32_t)(n % 12));
                int64_t points[NODES_MAX], sums[NODES_MAX], whole;

                for (int t = 0; t < MONTHS; t++)
                        for (int c = 0; c < INDEX_COMPARISONS; c++) {
                                if (!laspeyres_contributions(l, *state, t, (enum index_comparison)c, points))
                                        continue;
                                made_count++;
                                assert_true(laspeyres_compare(l, 0, t, (enum index_comparison)c, &whole));
                                assert_int_equal(points[0], whole - 100 * POINT);
                                memset(sums, 0, sizeof sums);
                                for (size_t i = 1; i < w->w.count; i++) {
                                        sums[w->node[i].parent] += points[i];
                                        if (l->left_out[i] != LEFT_IN)
                                                assert_int_equal(points[i], 0);
                                }
                                for (size_t i = 0; i < w->w.count; i++)
                                        if (w->node[i].product < 0 && l->left_out[i] == LEFT_IN && sums[i] != points[i])
                                                fail_msg("world %d, month %d, node %zu", (int)n, t, i);
                        }
                arena_reset(*state);
        }
        assert_true(made_count > 5000);
}

/* Each contribution is within a unit of its exact value: (share x relative - share x relative before) / whole before. */
static void contributions_are_the_exact_ones_rounded(void **state)
{
        for (uint64_t n = 1; n <= 60; n++) {
                uint64_t seed = n * 32452843;
                struct world *w = world_made(*state, &seed, 0);
                struct laspeyres *l = made(*state, &w->w, w->output, MONTHS, 0);
                int64_t points[NODES_MAX];

                if (!laspeyres_contributions(l, *state, 20, INDEX_YOY, points))
                        continue;
                for (size_t i = 0; i < w->w.count; i++) {
                        int128 before = l->volume[8], change = l->volume[i * MONTHS + 20] - l->volume[i * MONTHS + 8];
                        double off = (double)points[i] - (double)change / (double)before * 1e8;

                        if (l->left_out[i] == LEFT_IN && (off > 1.000001 || off < -1.000001))
                                fail_msg("world %d, node %zu", (int)n, i);
                }
                arena_reset(*state);
        }
}

static void all_quantities_times_a_constant_are_that_relative(void **state)
{
        for (uint64_t n = 1; n <= 60; n++) {
                uint64_t seed = n * 49979687;
                struct world *w = world_made(*state, &seed, 0);
                struct laspeyres *l;
                int64_t times = 1 + below(&seed, 40), value;

                /* month 0: ten times the monthly mean of the base; month 1: times as much */
                for (size_t i = 1; i < w->w.count; i++)
                        if (w->node[i].product >= 0) {
                                w->node[i].base_sum = w->node[i].base_sum / 12 * 12;
                                w->output[w->node[i].product * MONTHS] = w->node[i].base_sum / 12 * 10;
                                w->output[w->node[i].product * MONTHS + 1] = w->node[i].base_sum / 12 * 10 * times;
                        }
                l = made(*state, &w->w, w->output, MONTHS, 0);
                for (size_t i = 0; i < w->w.count; i++) {
                        if (l->left_out[i] != LEFT_IN)
                                continue;
                        assert_int_equal(level(l, i, 0), 10 * HUNDRED);
                        assert_int_equal(level(l, i, 1), 10 * HUNDRED * times);
                        assert_true(laspeyres_compare(l, i, 1, INDEX_MOM, &value));
                        assert_int_equal(value, 100 * POINT * times);
                }
                arena_reset(*state);
        }
}

/* Products and classes given in another order, and weights in another scale: the same index, to the last digit for whatever has
 * no remainder to place; to a unit of the ninth decimal else. */
static void the_order_of_products_and_the_scale_of_weights_do_not_matter(void **state)
{
        for (uint64_t n = 1; n <= 60; n++) {
                uint64_t seed = n * 67867967;
                struct world *w = world_made(*state, &seed, n % 2 == 0 ? 0 : 9);
                struct laspeyres *l = made(*state, &w->w, w->output, MONTHS, 0), *other;
                struct weight_node *turned = arena_array(*state, w->w.count, sizeof *turned);
                struct weights tw = { turned, w->w.count, 12, false, NULL };
                size_t *place = arena_array(*state, w->w.count, sizeof *place), at = 0, level_from = 0;

                /* each level of the tree backwards */
                for (size_t i = 0; i < w->w.count;) {
                        size_t end = i + 1;

                        while (end < w->w.count && w->node[end].parent >= (int32_t)level_from)
                                end++;
                        while (end > i + 1 && w->node[end - 1].parent >= (int32_t)i)
                                end--;
                        for (size_t k = end; k-- > i;)
                                place[k] = at++;
                        level_from = i;
                        i = end;
                }
                for (size_t i = 0; i < w->w.count; i++) {
                        turned[place[i]] = w->node[i];
                        turned[place[i]].parent = i == 0 ? -1 : (int32_t)place[w->node[i].parent];
                        turned[place[i]].weight *= 1000;
                }
                other = made(*state, &tw, w->output, MONTHS, 0);
                for (size_t i = 0; i < w->w.count; i++)
                        for (int t = 0; t < MONTHS; t++) {
                                int64_t a = -1, b = -1;
                                bool has = laspeyres_level(l, i, t, &a);

                                assert_int_equal(has, laspeyres_level(other, place[i], t, &b));
                                if (a - b > 5 || b - a > 5)
                                        fail_msg("world %d, node %zu, month %d: %lld, %lld", (int)n, i, t, (long long)a, (long long)b);
                        }
                arena_reset(*state);
        }
}

/* Doubles say the same, as far as they can. */
static void a_plain_computation_in_floating_point_agrees(void **state)
{
        for (uint64_t n = 1; n <= 60; n++) {
                uint64_t seed = n * 86028121;
                struct world *w = world_made(*state, &seed, 0);
                struct laspeyres *l = made(*state, &w->w, w->output, MONTHS, 0);

                for (int t = 0; t < MONTHS; t += 7) {
                        double sum[NODES_MAX] = { 0 }, weight[NODES_MAX] = { 0 }, index[NODES_MAX] = { 0 };

                        for (size_t i = w->w.count; i-- > 0;) {
                                const struct weight_node *v = &w->node[i];

                                if (l->left_out[i] != LEFT_IN)
                                        continue;
                                index[i] = v->product >= 0 ? (double)w->output[v->product * MONTHS + t] * 1200.0 / (double)v->base_sum
                                                           : sum[i] / weight[i];
                                if (i > 0) {
                                        sum[v->parent] += index[i] * (double)v->weight;
                                        weight[v->parent] += (double)v->weight;
                                }
                        }
                        for (size_t i = 0; i < w->w.count; i++)
                                if (l->left_out[i] == LEFT_IN) {
                                        double off = index[i] - (double)level(l, i, t) / 1e9;

                                        if (off > 2e-6 || off < -2e-6)
                                                fail_msg("world %d, node %zu, month %d: %.9f", (int)n, i, t, off);
                                }
                }
                arena_reset(*state);
        }
}

/* Lines that make up a product: their points add up to its points, also where they go up and down and it does not move. */
static void the_points_of_lines_add_up_to_those_of_their_product(void **state)
{
        int64_t shown = 0;

        for (uint64_t n = 1; n <= 200; n++) {
                uint64_t seed = n * 122949823;
                struct world *w = world_made(*state, &seed, 0);
                size_t count = (size_t)(1 + below(&seed, 30)), node = w->w.count - 1;
                int64_t quantity[30], before[30], line[30], points[NODES_MAX], sum = 0, now_sum = 0, before_sum = 0;
                struct laspeyres *l;

                for (size_t i = 0; i < count; i++) {
                        now_sum += quantity[i] = below(&seed, 1000);
                        before_sum += before[i] = below(&seed, 1000);
                }
                if (n % 5 == 0) {
                        quantity[0] += before_sum > now_sum ? before_sum - now_sum : 0;
                        before[0] += now_sum > before_sum ? now_sum - before_sum : 0;
                        now_sum = before_sum = now_sum > before_sum ? now_sum : before_sum;
                }
                w->output[w->node[node].product * MONTHS + 15] = now_sum;
                w->output[w->node[node].product * MONTHS + 3] = before_sum;
                l = made(*state, &w->w, w->output, MONTHS, 0);
                if (!laspeyres_contributions(l, *state, 15, INDEX_YOY, points))
                        continue;
                assert_true(laspeyres_line_points(l, *state, node, 15, INDEX_YOY, points[node], quantity, before, count, line));
                for (size_t i = 0; i < count; i++) {
                        sum += line[i];
                        if ((quantity[i] > before[i] && line[i] < 0) || (quantity[i] < before[i] && line[i] > 0))
                                fail_msg("world %d: line %zu has the wrong sign", (int)n, i);
                }
                assert_int_equal(sum, points[node]);
                shown++;
                arena_reset(*state);
        }
        assert_true(shown > 150);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_worked_example_of_the_domain_text_comes_out),
                cmocka_unit_test(published_contributions_follow_from_the_implied_weights),
                cmocka_unit_test(the_four_comparisons_name_their_months),
                cmocka_unit_test(bad_weights_are_refused_by_name),
                cmocka_unit_test(weights_that_can_give_no_index_are_told_by_their_node),
                cmocka_unit_test(output_that_does_not_fit_is_refused_with_product_and_month),
                cmocka_unit_test(what_does_not_count_leaves_its_weight_to_its_siblings),
                cmocka_unit_test(the_base_of_a_product_is_the_mean_of_the_months_in_which_it_is_known),
                cmocka_unit_test(points_of_lines_are_those_of_a_base_known_in_part),
                cmocka_unit_test(an_unknown_product_moves_as_its_siblings),
                cmocka_unit_test(an_unknown_first_month_stands_at_the_level_of_its_siblings),
                cmocka_unit_test(parts_make_the_whole_at_every_cut),
                cmocka_unit_test(made_again_from_a_month_on_it_is_what_is_made_at_once),
                cmocka_unit_test(contributions_add_up_exactly_in_every_comparison),
                cmocka_unit_test(contributions_are_the_exact_ones_rounded),
                cmocka_unit_test(all_quantities_times_a_constant_are_that_relative),
                cmocka_unit_test(the_order_of_products_and_the_scale_of_weights_do_not_matter),
                cmocka_unit_test(a_plain_computation_in_floating_point_agrees),
                cmocka_unit_test(the_points_of_lines_add_up_to_those_of_their_product),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
