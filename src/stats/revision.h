/* revision.h - how the figures of a series were revised: pure, exact.
 *
 * A series has a value for each period, and of each value several versions, each known from a moment. A publication is a moment from
 * which any version of the series was known. Formulas: R. McKenzie and M. Gamba, "Interpreting the results of revision
 * analyses: recommended summary statistics" (OECD and Eurostat task force, 2008): the revision of a period is R = L - P, the later
 * value less the preliminary one; mean revision = sum of R / n; mean absolute revision = sum of |R| / n; relative mean absolute
 * revision = sum of |R| / sum of |L|. Here P is the first version and L the one that stands. n counts the periods that were
 * published again, changed or not: where a publication left a period out, that it would not have changed it is not claimed.
 *
 * States, by a rule that asks first what the source calls a print. A version that has the value of the first and of all between is a first
 * estimate; after a change, or where the source itself calls it revised (its first print may not be held), it is revised. The version that stands is final
 * if its source calls it official; or if it was confirmed: its source does not call it an estimate any more, the period was printed again (or its
 * source calls it revised), and the series was published as often since the period's first version as its latest revisions ever took, at
 * least once: the lag of a revision is the number of publications from the first version to it. What was printed once is never final by that: the
 * series may have gone on without a word on it, or with one that is not held; it is_unconfirmed. What later publications change is revised all the same: "final" is what
 * is known at a moment. */
#ifndef STATS_REVISION_H
#define STATS_REVISION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/compare.h"

enum revision_state { REVISION_FIRST, REVISION_REVISED, REVISION_FINAL };

/* What the source calls a version. */
enum revision_print { PRINT_UNMARKED, PRINT_ESTIMATE, PRINT_REVISED, PRINT_OFFICIAL };

struct revision_version {
        /* given */
        int32_t period;
        int64_t known;           /* from when; one version for a period and moment */
        int64_t value;           /* scaled, the same scale in all */
        enum revision_print print;
        const void *about;       /* the caller's */
        /* found */
        int number;              /* 1: the first of its period */
        bool is_last;            /* it stands */
        bool has_revision;       /* a difference that fits into 64 bits: */
        int64_t revision;        /* less the version before; 0 for the first */
        int64_t total;           /* less the first */
        size_t lag;              /* publications since the first version of its period */
        enum revision_state state;
        bool is_unconfirmed;     /* it stands and is a first estimate printed once, though the series was published long enough since: no later print
                                  * of it is held */
};

struct revision_summary {
        size_t publications;     /* moments */
        size_t periods;
        size_t repeated;         /* n: those with a later version */
        size_t revised;          /* of them: those whose value that stands is another than the first */
        size_t unconfirmed;      /* of which no later print is held, as is_unconfirmed */
        size_t longest_lag;      /* of a revision, in publications; 0: never revised */
        bool has_means;          /* n > 0, and they fit: */
        int64_t mean, mean_absolute; /* in the unit of the figures, STATS_DECIMALS, rounded once, half away from zero */
        bool has_relative;       /* also the sum of |L| is above zero: */
        int64_t relative;        /* percent, STATS_DECIMALS */
        bool has_largest;        /* something was revised: */
        int32_t largest_period;  /* the first with the largest |R| */
        int64_t largest;         /* its R, in the scale given */
};

/* Put versions in order of (period, known) and find what is found. decimals: the scale of the values. moments gets the
 * publications in order (room for count); their number is in the summary. The order of input is irrelevant. */
struct revision_summary revision_analyse(struct revision_version *, size_t count, int decimals, int64_t *moments);

/* The version that stood for a period at a moment, of versions in order (revision_analyse); NULL: none was known. */
const struct revision_version *revision_standing(const struct revision_version *, size_t count, int32_t period, int64_t moment);

#endif
