/* contribution.h - contributions of parts to the growth of their whole, in percentage points: GRDP, industry value added.
 * Pure, exact.
 *
 * At constant prices of one year: (part - part before) / whole before x 100, which is the part's share of the whole in the
 * period before x its growth / 100 (domain text 02-indicators, section 5). Either is computed from what is known: levels
 * first, else share and growth. Where neither is there, no number is given and the result says what is lacking; a share is
 * never taken from another period, from current prices, or from what the other parts leave.
 *
 * Points are percentage points, not percent. The share of growth that a part explains is points / growth; it may be negative or
 * above 100 %, and has no meaning where the whole hardly grew. */
#ifndef STATS_CONTRIBUTION_H
#define STATS_CONTRIBUTION_H

#include "base/arena.h"
#include "stats/compare.h"

/* What is known of a part, or of the whole. */
struct growth_part {
        bool has_now, has_before;  /* levels, all in one scale */
        int64_t now, before;
        int price_year;            /* constant prices of which year the levels are at; 0: current prices */
        bool has_growth, has_share;
        int64_t growth;            /* percent, STATS_DECIMALS */
        int64_t share;             /* of the whole in the period before, percent, STATS_DECIMALS; not of the whole */
};

/* What stands in the way, the first that does. */
enum growth_lack {
        LACK_NOTHING,
        LACK_WHOLE_BEFORE,  /* the level of the whole in the period before, above zero */
        LACK_PRICES,        /* levels at constant prices of one year */
        LACK_PART,          /* the part's level now or before, or its growth */
        LACK_SHARE,         /* growth is known: the part's share of the whole in the period before */
};

struct growth_contribution {
        enum growth_lack lack;
        int64_t points;            /* percentage points, STATS_DECIMALS; if nothing is lacking */
        bool is_explained;         /* there is a share of growth: */
        int64_t explained;         /* percent, STATS_DECIMALS */
};

struct growth_sum {
        bool has_growth;
        int64_t growth;            /* of the whole, percent */
        bool has_rest;             /* all parts have points: */
        int64_t rest;              /* growth less all points: 0 where levels add up, else what shares leave */
        size_t lacking;            /* parts without points */
};

/* Below this the whole hardly grew (0.005 %): nothing is explained. */
#define GROWTH_NEARLY_NONE 5000

/* A level in a period and in the one before, in one scale. */
struct level_pair { int64_t now, before; };

/* Where the levels of parts make up those of what they are parts of in both periods, apportion its points among them by largest remainder, the earlier of
 * equals first: points[i], which add up to them exactly, each less than a unit of the last digit from its own. False, and points as they were, where the
 * levels do not make it up. whole_before, above zero, is the level that points are percent of. */
bool contributions_place(struct arena *, int64_t whole_before, const struct level_pair *of, int64_t of_points, const struct level_pair *part, size_t count,
                         int64_t *points);

/* The contributions of parts. Where the levels of all parts add up to the whole in both periods, points are apportioned by largest
 * remainder and add up to the growth exactly; else each is rounded by itself. */
struct growth_sum growth_contributions(struct arena *, const struct growth_part *whole, const struct growth_part *part, size_t count,
                                       struct growth_contribution *out);

/* The same for the parts of a part: where their levels add up to its own, their points are apportioned to its points exactly. */
void growth_details(struct arena *, const struct growth_part *whole, const struct growth_part *parent, const struct growth_contribution *points,
                    const struct growth_part *part, size_t count, struct growth_contribution *out);

#endif
