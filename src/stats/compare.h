/* compare.h - the arithmetic of comparing figures: pure, exact, one rounding at the end.
 *
 * Values are scaled integers of equal scale, so the scale cancels in every quotient. Results are percent or
 * percentage points with STATS_DECIMALS decimals, rounded half away from zero. A function returns false where
 * the result is not defined (division by zero, a negative base) or does not fit into 64 bits; then *result is
 * untouched. No database, no clock, no floating point. */
#ifndef STATS_COMPARE_H
#define STATS_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/decimal.h"

#define STATS_DECIMALS 6

/* Growth in percent: (value / base - 1) * 100. Not defined for a base of zero or below: growth from a loss has no
 * meaning. */
bool stats_growth(int64_t value, int64_t base, int64_t *result);

/* Difference in points: value - base, from the given decimals to STATS_DECIMALS. */
bool stats_points(int64_t value, int64_t base, int decimals, int64_t *result);

/* Share in percent: part / whole * 100. Not defined for a whole of zero. */
bool stats_share(int64_t part, int64_t whole, int64_t *result);

/* Contribution of a part to the growth of its whole, in percentage points:
 * (part - part_before) / whole_before * 100. Not defined for a whole of zero or below. */
bool stats_contribution(int64_t part, int64_t part_before, int64_t whole_before, int64_t *result);

/* A sum in 128 bits, of values or of halves as the table of totals keeps them: high * 2^32 + low. */
struct stats_sum {
        int128 total;
        int64_t count;
};

/* Add a value; or a sum kept in two halves, with the number of its values. */
void stats_sum_add(struct stats_sum *, int64_t value);
void stats_sum_add_halves(struct stats_sum *, int64_t high, int64_t low, int64_t count);

/* The two halves of a value: value = high * 2^32 + low with 0 <= low < 2^32. Sums of halves over any table that
 * fits on a disk stay inside 64 bits. */
void stats_halves(int64_t value, int64_t *high, int64_t *low);

/* The sum as a figure; false beyond 64 bits. */
bool stats_sum_value(const struct stats_sum *, int64_t *value);

#endif
