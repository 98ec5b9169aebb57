/* total.h - whether figures may be added up: pure rules.
 *
 * A sum over units, periods, items or partners is a figure only where the indicator adds up that way and no part stands in it twice. */
#ifndef TABLES_TOTAL_H
#define TABLES_TOTAL_H

#include "catalogue/catalogue.h"
#include "base/decimal.h"
#include "figure/figure.h"

enum dimension { BY_INDICATOR, BY_UNIT, BY_PERIOD, BY_ITEM, BY_PARTNER, DIMENSIONS };

enum refusal {
        REFUSE_NOTHING,
        REFUSE_INDICATORS,  /* different indicators */
        REFUSE_CHANGES,     /* changes, shares, contributions */
        REFUSE_INDEX,       /* an index or rate */
        REFUSE_LEVELS,      /* levels at a point in time, over time */
        REFUSE_CUMULATED,   /* cumulated figures, over time */
        REFUSE_OVERLAP,     /* months and quarters together */
        REFUSE_NESTED,      /* a whole and its parts */
        REFUSE_MEASURES,    /* different units of measure */
        REFUSE_EXCEEDS,     /* parts that are together more than their whole: they overlap */
        REFUSE_NONE_THERE,  /* no figure */
        REFUSE_TOO_LARGE,   /* beyond 64 bits */
        REFUSALS
};

/* What varies among the figures to be added. */
struct addends {
        const struct indicator *indicator; /* NULL: several */
        enum compare compare;
        bool varies[DIMENSIONS];
        bool has_several_frequencies, has_several_measures;
        bool has_nested_units, has_nested_items, has_nested_partners;
};

/* REFUSE_NOTHING: they may be added; else the first reason against it. */
enum refusal total_refusal(const struct addends *);

/* Whether parts that are not negative are together more than their whole, beyond what rounding explains (1 percent): then they are
 * several ways of dividing it. */
bool total_exceeds(int128 parts, int128 whole);

/* Whether one of the units contains another at its time; one of the items another, where NULL is the whole. The lists are put in another
 * order. */
bool units_are_nested(const struct unit **, size_t count);
bool items_are_nested(const struct item **, size_t count);

#endif
