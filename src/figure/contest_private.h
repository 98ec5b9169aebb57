/* contest_private.h - what the files about conflicts share. */
#ifndef FIGURE_CONTEST_PRIVATE_H
#define FIGURE_CONTEST_PRIVATE_H

#include "figure/contest.h"
#include "figure/figure_private.h"

/* Who decides, from the writers of the entries and from who may read them. */
struct rank {
        int nearest, readable;                  /* levels: of the nearest writer, of the smallest audience */
        const char *nearest_unit, *readable_unit;
};
/* Level of those who may read what an audience may: LEVEL_COUNT everybody. */
int audience_level(const struct catalogue *, const char *audience, day on);
void rank_init(struct rank *);
void rank_take(struct rank *, const struct catalogue *, int level, const char *unit, const char *audience, day on);
int rank_needed(const struct rank *);
const char *rank_decider(const struct rank *);

/* Status and mark of the version an entry brought for a cell. */
bool contest_version(struct work *, const struct contest_cell *, int64_t entry, int *status, int *mark);

#endif
