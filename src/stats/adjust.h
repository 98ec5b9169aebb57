/* adjust.h - a series freed of season and of Tết: tet.h, then stl.h, on logarithms where every value is above zero.
 *
 * On logarithms the parts multiply: value = trend x season x Tết x irregular, and adjusted = value / (season x Tết). Otherwise they add up.
 * Where values are missing nothing is filled in: seasons, trend and Tết are found at all places, adjusted values where there is a value.
 * Sums over a year are not forced to be those of the values. Strength of the season, 0 to 1: max(0, 1 - Var(irregular) / Var(season +
 * irregular)) of the parts that add up (X. Wang, K. Smith, R. Hyndman, "Characteristic-based clustering for time series data", 2006).
 *
 * Doubles: an analysis, never an official figure. Pure. */
#ifndef STATS_ADJUST_H
#define STATS_ADJUST_H

#include "stats/tet.h"

struct adjust_question {
        int period;             /* 12 or 4 values a year */
        int year, index;        /* of the first value: month 1 to 12 or quarter 1 to 4 */
        enum tet_figure figure;
        bool wants_tet;         /* of quarters never: Tết and the days around it always lie in the first */
        int seasonal_window;    /* STL_PERIODIC, or odd and at least 7: how fast seasons may change */
        bool is_robust;
};

/* Of count values each, as levels of the series (not logarithms). */
struct adjusted {
        bool is_multiplied;     /* season, tet and irregular are factors around 1; else differences around 0 */
        double *adjusted;       /* 0 where no value is known */
        double *trend, *season, *tet;
        double *irregular;      /* 1 or 0 where no value is known */
        double *weight;         /* as struct stl */
        double strength;
        struct tet_effect effect; /* its coefficients: of logarithms where is_multiplied */
};

/* is_known: NULL where all are. Lives as long as the arena. ERR_INVALID as stl_decompose. */
bool adjust_series(struct arena *, const struct adjust_question *, const double *value, const bool *is_known, size_t count,
                   struct adjusted *, struct error *);

#endif
