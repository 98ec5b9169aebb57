/* growth.h - what the growth of a product is made of: contributions of activities in percentage points, from figures.
 *
 * A whole (gross domestic product, that of a province, value added of industry) has activities, which have activities. Points are what
 * the source reports, or are computed by stats/contribution.h from levels at constant prices of one year, or from growth and weight.
 * Where neither can be done nothing is claimed, and the line says what is missing.
 *
 * What the levels of the parts leave of their whole's is a line of its own, so that the points add up to the growth exactly. It is called
 * rounding only as far as that can explain it: for each printed figure (the whole's, each part's; of a year made of its quarters those of
 * all four) half a unit of the last decimal it is printed with, in both periods. More is not explained by the parts that are known, and
 * the line says so.
 *
 * A unit is looked at on its own map: of a period before it was made (a merger), or after it ended, its levels are what its territory had
 * then, restated from the units that held it, as figures_read does on a map of another day: where that is exact, or shares are stated. */
#ifndef FIGURE_GROWTH_H
#define FIGURE_GROWTH_H

#include "figure/figure.h"
#include "stats/contribution.h"

#define GROWTH_LINES_MAX 96

enum growth_of { GROWTH_OF_PRODUCT, GROWTH_OF_INDUSTRY };

enum growth_source { GROWTH_UNKNOWN, GROWTH_REPORTED, GROWTH_COMPUTED };

/* The figure that says a number as it stands; without an indicator: none does, it is computed. */
struct growth_basis {
        const struct indicator *indicator;
        const char *item;
        period period;
};

/* A level, in the decimals of its indicator; of a rest what the parts leave. */
struct growth_level {
        bool is_there;
        int64_t value;
        int quarters;                 /* it is the sum of so many quarters; 0: the figure of the period itself */
};

/* Whether a line is no activity but what the parts of one leave of it. */
enum growth_rest { GROWTH_NO_REST, GROWTH_ROUNDING, GROWTH_UNEXPLAINED };

struct growth_line {
        const char *code, *name;      /* the activity's; "rest:PARENT" for what its parts leave of an activity */
        enum growth_rest rest;
        const char *parent;           /* code of the line it is a part, or the rest, of; "" for the whole */
        const char *item;             /* under which its levels are reported; "" for a rest */
        struct growth_level now, before;
        int depth;                    /* 0: the whole, 1: its parts, 2: theirs */
        enum growth_source source;    /* of the points */
        int64_t points;               /* percentage points; of the whole: its growth */
        int64_t printed;              /* the same with FIGURE_POINTS_SHOWN decimals: of parts that make up a line they make up what is printed of it */
        bool has_growth, has_weight, is_explained;
        int64_t growth;               /* percent */
        int64_t weight;               /* of the whole in the period before, percent */
        int64_t explained;            /* share of the whole's growth, percent */
        bool is_estimate;
        int64_t entry;                /* of reported points */
        struct growth_basis reported_points, reported_growth;
        bool is_by_weight;            /* points computed from weight and reported growth, for want of levels */
        const char *missing;          /* why there are no points; NULL: there are */
        const char *note;             /* of a rest: how much the levels leave, and how much of it rounding can explain; NULL */
};

struct growth_table {
        const struct unit *unit;
        period period, before;
        moment known;                 /* as known when; 0: now */
        const struct indicator *level; /* whose levels were looked for */
        struct growth_line lines[GROWTH_LINES_MAX]; /* the whole first; then each part with its own parts behind it */
        size_t count;
        bool adds_up;                 /* points of depth 1 are all known and their sum is the whole's growth exactly */
        size_t lacking;               /* lines of depth 1 without points */
        int64_t rest;                 /* growth less the points of depth 1, where all are known */
        moment known_from;            /* of the newest figure used; 0: there is none */
        moment level_known, base_known; /* from when the whole's level, and that of the year before, are known; 0: there is none. Two
                                         * publications: what was revised in between is in the one and not in the other */
        const char *how_now, *how_before; /* how the whole's levels were restated; NULL: they are of the unit as it is */
};

/* Contributions to the growth of a unit's product, or of its industry, over the same period of the year before, as known at a moment
 * (0: now) to the reader. A year or half without figures of its own is made of its quarters. Lives as long as the arena; NULL and an error. */
struct growth_table *growth_read(struct work *, enum growth_of, const struct unit *, period, moment known);

/* The line of a code; NULL where there is none. */
const struct growth_line *growth_line_find(const struct growth_table *, const char *code);

/* The figures that a line's level, or that of the year before, is made of: that of the period itself, or those of its quarters in order. */
bool growth_level_read(struct work *, const struct growth_table *, const struct growth_line *, bool is_before, figure_visit *, void *context);

/* Whether a drawing has a bar for a line: not for a rest of which nothing is printed. */
bool growth_is_seen(const struct growth_line *);

/* Whether a line with points brings more of how the whole moved than another (NULL: than none): of a fall what fell most, of a whole that stands still as it
 * is printed what moved most. What the parts leave brings nothing. */
bool growth_leads(const struct growth_table *, const struct growth_line *, const struct growth_line *other);

/* Whose the points of a line are: the source that stands on the figure; of what is computed, whose the levels are. */
const char *growth_line_source(struct work *, const struct growth_table *, const struct growth_line *);

/* The sources of the growth and of the points of depth 1, as they stand on the figures; of what is computed, whose the levels are. */
const char *growth_source(struct work *, const struct growth_table *);

/* The newest period of which the whole's growth or level is known, also a restated one; PERIOD_NONE: of none. Fills list with all of them, newest first. */
period growth_periods(struct work *, enum growth_of, const struct unit *, moment known, period *list, size_t max, size_t *count);

#endif
