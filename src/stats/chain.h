/* chain.h - one series over changes of weights and base: segments linked over months that both know. Pure.
 *
 * "The new series should be linked to the old series to produce a continuous series" (recommendation on re-weighting of the
 * UN's International Recommendations for the Index of Industrial Production 2010). A segment is an index with weights and
 * base of its own, computed over the same columns of months as its neighbours, also outside the months it stands for. It
 * is linked to the one before by the ratio of the sums of both over the overlap:
 *       level(t) = own index(t) x sum of chained levels of the segment before / sum of own index, over the overlap
 * A year is the usual overlap; one month, that before the change, makes the series pass through the link without a step.
 * Every node is linked by itself, so chained levels do not add up (no chained index does); contributions do, see below.
 * Levels have LASPEYRES_DECIMALS and are rounded once per link. The reference (100) stays that of the first segment.
 *
 * A node that does not continue one of the segment before begins with its segment: it has no levels earlier, and nothing
 * is guessed. The same holds where one of the two is not known in a month of the overlap. */
#ifndef STATS_CHAIN_H
#define STATS_CHAIN_H

#include "stats/laspeyres.h"

struct chain_segment {
        const struct laspeyres *index;
        int32_t from;                     /* first month it stands for; 0 for the first segment */
        int32_t overlap_from, overlap_to; /* not of the first */
        const int32_t *before;            /* [node, those added too] the node of the segment before that it continues, which may be one added
                                           * (laspeyres_add); -1 none. Not of the first */
};

struct chain {
        const struct chain_segment *segment;
        size_t count;
        int64_t **level;                  /* [segment][month] of the whole, linked; -1 not known */
        int128 *up, *down;                /* [segment] level of the whole = own index x up / down; down 0: not linked */
};

/* Check and link the whole. ERR_INVALID where segments do not follow each other, differ in their months, or the whole of one
 * cannot be linked: a series with a silent break is refused.
 * The chain refers to the segments. */
struct chain *chain_make(struct arena *, const struct chain_segment *, size_t count, struct error *);

/* Levels of a node of the last segment in all months; -1 where it is not known. */
void chain_levels(const struct chain *, struct arena *, size_t node, int64_t *level);

/* A comparison of a node of the last segment, as laspeyres_compare: from exact volumes where one segment stands for
 * all its months, else from chained levels. */
bool chain_compare(const struct chain *, struct arena *, size_t node, int32_t month, enum index_comparison, int64_t *percent);

/* Contributions to the change of the whole: points[segment][node], each with the weights that held while the change came about.
 * The points of the wholes and *link add up to the comparison of the whole - 100 exactly, and children to their parent.
 * link is the step of the series at its links and what rounding left; 0 where the overlaps are the months before: what rounding left
 * there is in the points.
 * False where the comparison is not known, or a segment is not known in the month before it begins. */
bool chain_contributions(const struct chain *, struct arena *, int32_t month, enum index_comparison, int64_t **points, int64_t *link);

#endif
