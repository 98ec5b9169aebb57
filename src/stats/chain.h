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
 * is guessed; its 100 is that of its segment. The same holds where one of the two is not known in a month of the overlap.
 *
 * A node that made nothing over the overlap, by one of the two segments or both, has no ratio there. It is linked over the nearest month
 * before the overlap in which it made something by both; for a product that is the ratio it has in every month, that of its two bases. Where
 * there is no such month it begins with its segment. */
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

/* The months over which a node of a segment, not the first, is linked to one of the segment before. False: it begins with the segment. */
bool chain_link_months(const struct chain_segment *, size_t node, size_t before, int32_t *from, int32_t *to);

/* Check and link the whole. ERR_INVALID where segments do not follow each other, differ in their months, or the whole of one
 * cannot be linked: a series with a silent break is refused.
 * The chain refers to the segments. */
struct chain *chain_make(struct arena *, const struct chain_segment *, size_t count, struct error *);

/* By what a node is linked: level = own index x before / now. */
struct chain_link {
        int32_t from, to;                 /* the months: the overlap, or one before it */
        int128 before, now;               /* sums of its levels over them, by the segment before, linked, and by this one; now 0: not linked */
};

/* Levels of a node of the last segment in all months, and how it is linked to each segment (link[segment], from the second it goes through on).
 * Returns the segment it begins with. */
size_t chain_trace(const struct chain *, struct arena *, size_t node, int64_t *level, struct chain_link *link);

/* Levels of a node of the last segment in all months; -1 where it is not known. */
void chain_levels(const struct chain *, struct arena *, size_t node, int64_t *level);

/* A comparison of a node of the last segment, as laspeyres_compare: from exact volumes where one segment stands for
 * all its months, else from chained levels (level: those of the node). */
bool chain_compare(const struct chain *, struct arena *, size_t node, const int64_t *level, int32_t month, enum index_comparison, int64_t *percent);

/* Contributions to the change of the whole: points[segment][node], each with the weights that held while the change came about.
 * The points of the wholes and *link add up to the comparison of the whole - 100 exactly, and children to their parent.
 * link is the step of the series at its links and what rounding left; 0 where the overlaps are the months before: what rounding left
 * there is in the points.
 * False where the comparison is not known, or a segment is not known in the month before it begins. */
bool chain_contributions(const struct chain *, struct arena *, int32_t month, enum index_comparison, int64_t **points, int64_t *link);

/* Why a product of the last segment moved: its points (those of chain_contributions that it has in each segment) shared out to the lines that make
 * it up, of each segment by its own weights; they add up to those exactly. quantity[line][month]. False where the product was estimated in a month
 * that its points rest on: then no line says why. */
bool chain_line_points(const struct chain *, struct arena *, size_t node, int32_t month, enum index_comparison comparison,
                       int64_t *const *points, const int64_t *const *quantity, size_t count, int64_t *out);

#endif
