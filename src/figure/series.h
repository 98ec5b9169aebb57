/* series.h - an answer to a question about figures as series: for each unit, item, partner and unit of measure a row of values in order of time.
 *
 * Values in different units of measure are no series: where that of an item changes, another series begins. */
#ifndef FIGURE_SERIES_H
#define FIGURE_SERIES_H

#include "figure/figure.h"
#include "stats/outlier.h"

#define SERIES_ROWS_MOST 3000000  /* figures in one answer */
#define SERIES_CELLS_MOST 8000000 /* series times periods */

struct series {
        const struct unit *unit;
        const char *item, *partner;  /* item: the root's code for the whole where there is a classification; "" for none */
        const char *unit_of_measure; /* in the reader's language */
        size_t other;                /* a series of the same in another unit of measure: its number in the set, from 1; 0: there is none. All such form a ring */
        period first, last;          /* with a figure */
        int64_t *value;              /* for each period of the set; OUTLIER_MISSING where there is no figure */
};

struct series_set {
        const struct indicator *indicator;
        enum frequency frequency;
        period from;                 /* the first */
        size_t periods;              /* of all series together; 0: there are no figures */
        struct series *list;
        size_t count;                /* in the order in which figures_read meets them */
        moment known_from;           /* of the newest figure */
        size_t partial;              /* figures that are in no series: sums of only some of the units below, which the next may lack or have */
};

/* Read the figures of the query's one indicator of one frequency; compare, all_versions and limit must not be set. Lives as long as the arena.
 * False and ERR_TOO_BIG for more than SERIES_ROWS_MOST figures or SERIES_CELLS_MOST places. */
bool series_read(struct work *, const struct figure_query *, enum frequency, struct series_set *);

#endif
