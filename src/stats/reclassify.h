/* reclassify.h - from one version of a classification to another by shares (VSIC 2018 to VSIC 2025). Pure, exact.
 *
 * A correspondence says which share of an old class went to which new one. Volumes and weights add up, so they are moved:
 * each old class is apportioned to its new ones by largest remainder, and the new ones together are the old ones to the last
 * unit. An index is volume / share, both moved by the same correspondence; it is never moved itself, nor are growth rates.
 * A class that was split without a known share makes every class it went to not comparable: nothing is guessed. */
#ifndef STATS_RECLASSIFY_H
#define STATS_RECLASSIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/decimal.h"
#include "base/error.h"

#define SHARE_WHOLE 1000000 /* parts per million */
#define SHARE_UNKNOWN (-1)

struct correspondence {
        int32_t from, to;   /* numbers of classes, old and new */
        int64_t share_ppm;  /* of the old one; SHARE_UNKNOWN */
};

/* Every old class has successors whose shares make the whole (or one of which is not known), and none twice; ERR_INVALID names
 * the class otherwise. code[old]. */
bool correspondence_check(struct arena *, const struct correspondence *, size_t count, const char *const *code, size_t old_count,
                          struct error *);

/* value[old * months + month] to out[new * months + month]; a value below 0 is not known, and neither (-1) is a new class that gets
 * some of it or of a class split without known shares. The correspondence has been checked. */
void reclassify(struct arena *, const struct correspondence *, size_t count, const int128 *value, size_t old_count, size_t months,
                int128 *out, size_t new_count);

#endif
