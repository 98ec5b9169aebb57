/* freshness.h - how fresh a total is: which units have reported of those expected, and which have not been heard from.
 *
 * A total over the units below is live, so it is as complete as what has come in. Every row of figures says how many units it
 * counts (figure_row.total_of of total_expected); this says which ones are missing, what each gave last, and since when its node has
 * been silent. Reads the figures of one cell over FRESHNESS_BACK periods and the links: for the totals of a page or a short
 * list, not for the rows of an export. */
#ifndef SYNC_FRESHNESS_H
#define SYNC_FRESHNESS_H

#include "figure/figure.h"

#define FRESHNESS_BACK 12 /* periods in which an absent unit's last figure is looked for */

/* A unit that was expected and has not reported, nor have all of its parts. */
struct absent {
        const struct unit *unit;
        period newest;          /* of its last figure before; PERIOD_NONE: none within FRESHNESS_BACK periods */
        bool has_node;          /* a node speaks for it and is enrolled here */
        moment last_contact;    /* of that node with this one; 0: never, or no node */
};

struct freshness {
        const struct indicator *indicator; /* NULL: of records */
        const struct unit *unit; /* of the total */
        period period;
        int reported, expected;  /* units of the level the total is made of */
        enum unit_level level;   /* that level; where nobody has reported, the one below the unit */
        struct absent *absent;   /* in the order of their codes */
        size_t absent_count;     /* expected - reported */
        bool tells_nodes;        /* whether has_node and last_contact say anything: to who may hear of nodes, and of now alone */
};

/* Who stands behind a total: item and partner as in figure_row ("" or the root: the whole), known 0: now. As the asker may see it: the
 * public counts published figures, and hears nothing of nodes. NULL and an error on failure. */
struct freshness *freshness_read(struct work *, const struct indicator *, const struct unit *, period, const char *item, const char *partner,
                                 moment known);

/* The same of a total that is made of records rather than of figures: reported are the units, of the level below, of which some are held
 * (each once). Of a country or a province. indicator and period are empty. */
struct freshness *freshness_of_units(struct work *, const struct unit *, day on, const struct unit **reported, size_t count);

/* The same of a total over units that were asked for, of which those of a list are absent: it is they that asked is about, each named, in the
 * periods before p too. What the first few of them gave last, and since when their nodes are silent, is looked up. */
struct freshness *freshness_of_absent(struct work *, const struct figure_query *asked, period p, const struct unit **absent, size_t count, size_t few);

/* "59 of 63 units have reported"; "" where nobody is expected. In the reader's language. */
const char *freshness_said(struct work *, const struct freshness *);

/* The absent in words, at most most of them: "Hà Giang (last figure T11/2021, node silent since 27/12/2021 08:00), … and 3 more"; "" for
 * none. */
const char *freshness_absent_said(struct work *, const struct freshness *, size_t most);

#endif
