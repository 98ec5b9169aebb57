/* sources.h - what each source says of one figure, side by side: which of them stands, by which rule, and where they disagree.
 *
 * All versions of a figure are kept, those that stand and those beside them. Of each source the newest known counts here: of a named
 * kind (struct provider) each text of its own, of the administration's own reports each unit. The one that stands was chosen by
 * the rule of fold.h: priority first, then the newest; among units of the administration the nearest. */
#ifndef FIGURE_SOURCES_H
#define FIGURE_SOURCES_H

#include "figure/figure.h"

struct cell_source {
        const char *source;              /* as it stands on the figure; "" the administration's own report */
        const char *said;                /* what it was recorded with, an own report too: to be shown, ranks nothing; "" nothing */
        const struct provider *provider; /* its kind; NULL: the catalogue knows none */
        const char *unit;                /* code of the unit whose node wrote it */
        int64_t value;
        enum figure_status status;
        enum figure_mark mark;
        moment known_from;
        int64_t entry;
        bool stands;
        int64_t difference;              /* value less that of the one that stands */
};

/* A figure with its sources: the one that stands first, then by priority, newest first. */
struct sourced {
        const struct indicator *indicator;
        const struct unit *unit;
        period period;
        const char *item, *partner;      /* codes, "" the whole */
        struct cell_source *source;
        size_t count;
        bool disagree;                   /* not all say the same value */
        int64_t widest;                  /* greatest difference from the one that stands, without sign */
};

/* The sources of one figure; count 0 where nobody reported it. only_published: what the public may see. NULL and an error on failure. */
struct sourced *sources_of(struct work *, const struct indicator *, const struct unit *, period, const char *item, const char *partner,
                           bool only_published);

/* Every figure about which sources disagree, in the order of indicator, period, province: of an indicator (NULL: all), of a unit's
 * territory (code; NULL: all), between two periods of one frequency (PERIOD_NONE: open). visit returns false to stop. The texts live as
 * long as the work's arena. Looks only where more than one source has written. */
typedef bool sources_visit(struct work *, const struct sourced *, void *context);
bool sources_disagree(struct work *, const struct indicator *, const char *unit, period from, period to, bool only_published, sources_visit *,
                      void *context);

/* Why the one that stands stands before another, in words: "Cơ quan thống kê (40) before Báo chí (10): …", or that it is the newest of one
 * priority, or that the nearest unit decides. */
const char *sources_rule_said(struct work *, const struct cell_source *stands, const struct cell_source *other);

/* The kind of a source in the reader's language; "" where it is not known. */
const char *provider_name(const struct work *, const struct provider *);

#endif
