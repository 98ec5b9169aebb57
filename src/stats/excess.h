/* excess.h - which unknowns stand in more sums than they can have. Pure.
 *
 * Sums are told, of unknown quantities, by coefficients that are not known but stay as they are from month to month. As long as of no unknowns there are more sums than of
 * them, each month brings as many unknowns as sums, and the coefficients are unknown beyond. Where there are more, months that pass tell the coefficients, and
 * then the quantities. Unknowns and sums are paired as far as possible (a maximum matching): where a sum is left without a pair, it and all that can be reached
 * from it - the unknowns of a sum, the sum that is the pair of an unknown - are too many sums (the part that is overdetermined, as Dulmage and Mendelsohn divide it). */
#ifndef STATS_EXCESS_H
#define STATS_EXCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* Sums [0, sums) of unknowns [0, unknowns): those of a sum are unknown[first[sum] .. first[sum + 1]). is_excess[sum]: it is of such a part. True where there is one. The arena is
 * for what is needed meanwhile. */
bool excess_find(struct arena *, size_t unknowns, size_t sums, const size_t *first, const size_t *unknown, bool *is_excess);

#endif
