/* laspeyres.h - the Laspeyres volume index of industrial production and its kin, exact and additive. Pure.
 *
 * Base-weighted arithmetic mean of quantity relatives, from products up a tree of any depth (VSIC class, division, section,
 * whole): domain text 02-indicators, section 3 (formulas of the provincial statistics yearbooks), which is the
 * Laspeyres-type index that the UN's International Recommendations for the Index of Industrial Production 2010
 * (ST/ESA/STAT/SER.F/107) recommend; quantity reference period = monthly mean of the base year; weights: value of output for
 * products, gross value added for the levels of the classification. With other quantities and weights the same arithmetic
 * gives the consumption index (quantities sold), the inventory index (stocks at the month's end over their mean in the base,
 * weights = mean value of the base year's stocks at its beginning and end; is_stock) and the labour index (workers, by any tree).
 *
 * Numbers. A weight counts among its siblings only, in any scale. They are turned into shares of the whole, integers that
 * add up at every level: LASPEYRES_WHOLE for the whole, apportioned downwards by largest remainder (apportion.h), so a
 * share is exact to 1e-18 of the whole. The relative of a product, quantity / monthly mean of the base x 100, is rounded once
 * to LASPEYRES_DECIMALS decimals, half away from zero. Everything else is integer arithmetic on these in 128 bits: the volume
 * of a product is share x relative, that of a node the sum of its children, exactly. The index of a node is
 * volume / share; comparisons and contributions are quotients of volumes, rounded once to STATS_DECIMALS.
 *
 * Rules for what is wrong or lacking:
 *   weight below zero                    refused
 *   weight too small beside its          refused: less than 1e-18 of the whole
 *   siblings' to be a share
 *   weight zero                          the node counts for nothing; noted
 *   nothing below a node has a weight    the node is left out as below where its siblings have weights, else refused
 *   product not known in all months      its base is the mean of the months in which it is known, of the base at least half; fewer: left out
 *   of the base                          as below. Noted. Who knows its season completes base_sum first
 *   product without output in the base   left out: its weight goes to the others of its class in proportion, a class
 *                                        without any goes to the others of its division, and so on; noted. This is also what
 *                                        happens to a product that is new since the base: it enters with the next weights
 *   output not known in a month          the node takes the movement of its known siblings from the month before (where
 *                                        there is no month before, their level); all unknown: their parent is unknown and
 *                                        does the same. Marked and counted
 *   nothing known in a month             no index that month, no year to date over it
 *   a number beyond what fits            refused with the product and the month */
#ifndef STATS_LASPEYRES_H
#define STATS_LASPEYRES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/decimal.h"
#include "base/error.h"
#include "stats/compare.h"

#define LASPEYRES_WHOLE INT64_C(1000000000000000000)
#define LASPEYRES_DECIMALS 9 /* of relatives and indices: 100 is 100000000000 */

/* One node of the tree of weights; parents stand before their children, the first is the whole. */
struct weight_node {
        const char *code;    /* "TOTAL", "C", "10", "1010", a product's: for messages */
        int32_t parent;      /* its number; -1 for the whole */
        int32_t product;     /* its number in the output, or -1: a node that has children */
        int64_t weight;      /* that of the whole has no meaning */
        int64_t base_sum;    /* of a product: quantity of the months of the base in which it is known; the reference is their mean */
};

struct weights {
        const struct weight_node *node;
        size_t count;
        int32_t base_months; /* 12 for a base year */
        bool is_stock;       /* levels at the month's end: they have no year to date */
        const int32_t *base_missing; /* [node] months of the base in which its quantity is not known; NULL: none */
};

/* Whether weights give an index as soon as their products have a base: what laspeyres_make refuses of them alone is refused here. The node at fault
 * is *which. *outside: how much of the whole stands at nodes without a product, in parts of LASPEYRES_WHOLE; the index would be made of the rest. */
bool weights_check(struct arena *, const struct weights *, size_t *which, int64_t *outside, struct error *);

/* The months of which the base_sum of a product is the sum. */
int32_t weights_base_months(const struct weights *, size_t node);

/* Why a node does not count. */
enum left_out { LEFT_IN, LEFT_NO_WEIGHT, LEFT_NO_BASE, LEFT_PART_BASE, LEFT_EMPTY };
/* As a text marked for translation ("weight of zero"). */
const char *left_out_text(enum left_out);

struct laspeyres {
        const struct weights *weights;
        int32_t months;
        int32_t january;        /* a column that is a January: 0..11 */
        int64_t *share;         /* [node], parts of LASPEYRES_WHOLE; 0 for those left out */
        enum left_out *left_out; /* [node] */
        int128 *volume;         /* [node * months + month]; -1: not known */
        bool *is_estimated;     /* [node * months + month]: it took the movement of its siblings */
        size_t added;           /* nodes beyond the tree (laspeyres_add) */
        size_t left_out_count;  /* products */
        int64_t outside;        /* of the weights as they are stated, what stands at those left out, in parts of LASPEYRES_WHOLE: it went to the others */
        size_t estimated_count; /* products and months */
};

/* The index of all nodes in all months from output[product * months + month] (panel_output; OUTPUT_UNKNOWN: not known).
 * The result refers to the weights. january: column of any January, also beyond the months (0..11). */
struct laspeyres *laspeyres_make(struct arena *, const struct weights *, const int64_t *output, int32_t months,
                                 int32_t january, struct error *);

/* After output from a month on became another, and no base_sum: the index is what laspeyres_make would make. For one without nodes added. The arena is for what is
 * needed meanwhile. False: it is spoilt, as where laspeyres_make returns NULL. */
bool laspeyres_again(struct laspeyres *, struct arena *, const int64_t *output, int32_t first, struct error *);

/* Room for so many nodes more, numbered from weights->count + those added before on: they stand in no tree, are left out (LEFT_EMPTY) and known in
 * no month until the caller sets share, left_out, volume and is_estimated. Each has a level and is compared like any other; whole, points and
 * siblings do not know them. */
void laspeyres_add(struct laspeyres *, struct arena *, size_t more);

/* The index of a node, base = 100, LASPEYRES_DECIMALS; false where it is not known. */
bool laspeyres_level(const struct laspeyres *, size_t node, int32_t month, int64_t *level);

/* The four comparisons. */
enum index_comparison { INDEX_MOM, INDEX_YOY, INDEX_YTD, INDEX_BASE };
#define INDEX_COMPARISONS 4
const char *index_comparison_name(enum index_comparison); /* "mom" */

/* The months a comparison of a month sets side by side: [*from, *to] against [*base_from, *base_to], both counted. For
 * INDEX_BASE base_from is -1. False: the columns do not reach so far. */
bool index_span(enum index_comparison, int32_t month, int32_t january, int32_t *from, int32_t *to, int32_t *base_from,
                int32_t *base_to);

/* One comparison of a node, equal = 100, STATS_DECIMALS: the sum of volumes of the months over that of those compared with.
 * False where a month of either is not known or was without volume, or for the year to date of stocks. */
bool laspeyres_compare(const struct laspeyres *, size_t node, int32_t month, enum index_comparison, int64_t *percent);

/* Contributions of all nodes to the change of the whole in a comparison, percentage points, STATS_DECIMALS:
 * (volume - volume before) / volume of the whole before x 100. points[node]; those of the children of a node add up to that of
 * the node exactly, and that of the whole is its comparison - 100: a parent's points are apportioned to its children by
 * largest remainder. False where the comparison of the whole is not known. */
bool laspeyres_contributions(const struct laspeyres *, struct arena *, int32_t month, enum index_comparison, int64_t *points);

/* Why a product moved: its points (of laspeyres_contributions) shared out to the lines that make it up. quantity[line] and
 * before[line] are sums over the months of the comparison; they make up the output of the product, so that the points
 * add up to those of the product exactly, also where lines go up and down. False where the product was estimated in a
 * month of the comparison: then no line says why. */
bool laspeyres_line_points(const struct laspeyres *, struct arena *, size_t node, int32_t month, enum index_comparison,
                           int64_t node_points, const int64_t *quantity, const int64_t *before, size_t count, int64_t *points);

#endif
