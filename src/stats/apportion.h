/* apportion.h - rounding parts so that they add up: the largest-remainder method (Hamilton). Pure, exact.
 *
 * Each exact part, value x up / down, is cut to the integer at or below it; the units still missing to the target go, one
 * each, to the parts with the largest remainders, the earlier of equals first. Where the target is the exact sum rounded
 * either way, every part is its own floor or ceiling (less than one unit from exact), a part that is an integer stays
 * itself, and so does a zero. Where the target is further away (a total that was rounded by other steps) the difference is
 * spread evenly over all parts first. */
#ifndef STATS_APPORTION_H
#define STATS_APPORTION_H

#include <stddef.h>

#include "base/arena.h"
#include "base/decimal.h"

/* out[i] for count parts, together target. up is not below 0, down is positive and below 2^126. out may be value. The arena is
 * used for the order of the remainders only. False where a part does not fit into 128 bits. For no parts there is nothing to do
 * and the target is not placed. */
bool apportion(struct arena *, const int128 *value, size_t count, int128 up, int128 down, int128 target, int128 *out);

/* value x up / down towards minus infinity, with what is left of it (in units of 1 / down), through a product of 256 bits; the
 * same limits. False where the result does not fit into 128 bits. */
bool scale_floor(int128 value, int128 up, int128 down, int128 *result, int128 *rest);

/* The same, rounded half away from zero. */
bool scale_round(int128 value, int128 up, int128 down, int128 *result);

/* A row of a table whose rows have parts: the whole first, each with its parts behind it, one deeper. */
struct printed_row {
        int depth;
        bool is_there;
        int64_t value;
};

/* What is printed of each row where dropped of its decimals are not: out[row], in the scale of the values. Where the parts of a row that are there make up
 * its value, what is printed of them makes up what is printed of it, by largest remainder; else each is rounded by itself, half away from zero. Either way
 * less than one unit of the last printed decimal from the value; one that needs no rounding, or is too large for it, stays itself. */
void apportion_printed(struct arena *, const struct printed_row *, size_t count, int dropped, int64_t *out);

#endif
