/* mixed.h - sums of hidden cells that are told by sums of several tables together, to whoever knows by which coefficients each adds them up. Pure.
 *
 * Multiples of what is told may be added and subtracted. Where that leaves a sum of hidden cells in which none counts below zero, it is as if that sum were
 * shown: rule.dominant establishments must not have more than rule.most_ppm of it, with all that was completed. Suppress.h sees to that where a cell enters all sums as it is; where two tables
 * add up the same cells by coefficients of their own there are more sums: of 2 p + 3 q + r and p + 3 q + 2 r any p + 3 q + 2 r - (2 p + 3 q + r) / 2 = 1.5 q + 1.5 r.
 *
 * Those sums are a cone. For one or two who may have too much, the one of which they have most is sought as a linear programme (simplex; in the end by Bland's rule). It
 * begins at nothing, where every step is of no length, until no sum is left of which they have too much, or one is found. Where there is none the search tells how the hidden cells could be
 * otherwise, all sums the same, by no more than what others have of each: the room that is left. One whose figures fit into it needs no search; nor do two that leave room for each other in every
 * cell. Seconds for some thousand cells. */
#ifndef STATS_MIXED_H
#define STATS_MIXED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "stats/suppress.h"

struct mixed {
        size_t sums, cells, contributors;
        const struct mixed_term { size_t sum, cell; double coefficient; } *term; /* of hidden cells, in what is told; those of a sum and cell are added */
        size_t terms;
        const struct mixed_part { size_t contributor, cell; double value; } *part; /* what each brings, which is in the total; one for each contributor and cell */
        size_t parts;
        const double *total, *completed; /* [cell]; completed: part of the total that nobody reported */
};

/* Whether some have too much of a sum that is told. of[sum]: multiples that make it up; *lacking: how much too much that is. */
bool mixed_find(struct arena *, const struct mixed *, const struct suppress_rule *, double *of, double *lacking);

#endif
