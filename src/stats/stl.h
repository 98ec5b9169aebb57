/* stl.h - seasonal, trend and remainder of a series by loess: STL.
 *
 * Source: R. B. Cleveland, W. S. Cleveland, J. E. McRae, I. Terpenning, "STL: A Seasonal-Trend Decomposition Procedure Based
 * on Loess", Journal of Official Statistics 6 (1990), pp. 3-73. With every value known the numbers are those of stl() of R, whose
 * conventions where the paper leaves them open (ends, windows longer than the series, jumps) are followed. Two things are not: for an
 * even number of values R 4.2.2 weighs by what need not be the median (tests/vectors/stl.R); here it is the median, as in the paper.
 * And where all but a few fit exactly R weighs by what doubles leave, so that any value may count for nothing; here those that fit count whole.
 *
 * Missing values: loess is a regression on the values there are. The window around a place holds the nearest known values,
 * however far apart; seasonal and trend are found at all places, the remainder where a value is. Nothing is filled in. Two inner
 * passes are then not enough to part seasons from trend: STL_INNER_WITH_GAPS.
 *
 * Doubles: the result is an analysis, never an official figure. Pure. */
#ifndef STATS_STL_H
#define STATS_STL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

#define STL_PERIODIC 0      /* the seasonal window of a pattern that is the same in all years */
#define STL_COUNT_MOST 2400 /* values: two hundred years of months */
#define STL_INNER_WITH_GAPS 20 /* passes that part seasons from trend where values are missing */

struct stl_options {
        int period;         /* values a year: 12, 4; at least 2 */
        bool is_periodic;   /* each season's mean in the end, as R's s.window = "periodic" */
        int seasonal_window, trend_window, low_pass_window; /* odd, at least 3: in seasons of one kind, in values, in values */
        int seasonal_degree, trend_degree, low_pass_degree; /* 0 or 1 */
        int seasonal_jump, trend_jump, low_pass_jump; /* fitted each so many places, straight lines between; at least 1 */
        int inner, outer;   /* passes; an outer one weighs values by their remainder (robust) */
};

/* What R takes where it is told a period and a seasonal window (STL_PERIODIC or odd, at least 7) only. */
struct stl_options stl_options(size_t count, int period, int seasonal_window, bool is_robust);

/* Of count values each. value = seasonal + trend + remainder. */
struct stl {
        double *seasonal, *trend;
        double *remainder;  /* 0 where no value is known */
        double *weight;     /* 1: as trusted as any, down to 0: an outlier; all 1 where it is not robust */
};

/* is_known: NULL where all are. The parts live as long as the arena. ERR_INVALID: two years or less, or a season of
 * which fewer than two values are known; the error says which. */
bool stl_decompose(struct arena *, const struct stl_options *, const double *value, const bool *is_known, size_t count,
                   struct stl *, struct error *);

#endif
