/* tet.h - Tết, the lunar new year, as a holiday that moves between January and February.
 *
 * The calendar: months begin on the day of the new moon; the month that holds the winter solstice is the eleventh; where thirteen
 * months lie between two eleventh months, the first that holds no principal term of the sun (its longitude passes no multiple of 30
 * degrees) is a leap month; Tết is the first day of the first month. All days are those of Vietnam, UTC+7 (Decision 121/CP of
 * 8 August 1967, in force from 1968), so that Tết differs from the Chinese new year in 1985, 2007 and 2030. New moons and the
 * sun's longitude: J. Meeus, "Astronomical Algorithms" (2nd edition, 1998), chapters 49 and 25; difference between dynamical and universal time:
 * F. Espenak and J. Meeus, "Five Millennium Canon of Solar Eclipses" (NASA, 2006). Days off at work are another matter: they are law, in
 * data/calendar.
 *
 * The effect: H. Lin and T. Liu, "Modeling Lunar Calendar Holiday Effects in Taiwan" (US Census Bureau and Taiwan's statistics office, 2002):
 * the days around the holiday act alike, each month by the share of them that lies in it, less that share's mean for
 * the calendar month, which belongs to the season. Two stretches: the TET_BEFORE days before the first day of the year, and the
 * TET_AFTER days from it on. The effect is estimated together with season and trend, which are taken off by the linear smoother S that STL is
 * (P. Speckman, "Kernel smoothing in partial linear models", Journal of the Royal Statistical Society B 50, 1988): y - S y on x - S x by least
 * squares. It counts where both together are significant: F with 2 and f degrees of freedom, whose upper tail is (1 + 2 F / f)^(-f/2). f: known
 * values less 2, less what S spends: 1.2 (degree + 1) n / window for a loess (W. S. Cleveland, E. Grosse, W. M. Shyu, "Local
 * regression models", 1992), for the seasons at least one each.
 *
 * Doubles: an analysis, never an official figure. Pure. */
#ifndef STATS_TET_H
#define STATS_TET_H

#include "base/day.h"
#include "stats/stl.h"

#define TET_FIRST_YEAR 1968
#define TET_LAST_YEAR 2199
#define TET_BEFORE 10 /* days: shops are full, orders are finished */
#define TET_AFTER 10  /* days: nobody works, and then not everybody */
#define TET_SIGNIFICANCE 0.01
#define TET_YEARS_LEAST 4 /* with January and February known */

enum tet_part { TET_DAYS_BEFORE, TET_DAYS_AFTER, TET_PARTS };

/* The first day of the lunar year that begins in the year; DAY_NONE outside the years above. */
day tet_day(int year);

/* The share of a stretch's days that lies in a month, 0 to 1. */
double tet_share(enum tet_part, int year, int month);

/* What a figure of a month is: a level, or already a comparison with the month or the year before, of which the effect is the
 * difference of the effects. */
enum tet_figure { TET_OF_LEVEL, TET_OF_MONTH_CHANGE, TET_OF_YEAR_CHANGE };

/* The regressor of count months from (year, month) on: shares less the calendar month's mean over 1976 to 2051, four times the 19 years
 * after which new moons come back to their days. */
void tet_regressor(enum tet_part, enum tet_figure, int year, int month, size_t count, double *x);

enum tet_finding {
        TET_FOUND,
        TET_TOO_FEW,        /* fewer than TET_YEARS_LEAST years, or the dates lie too near each other to tell season from Tết */
        TET_INSIGNIFICANT,
        TET_NOT_ASKED,
};

struct tet_effect {
        enum tet_finding finding;
        double coefficient[TET_PARTS], error[TET_PARTS]; /* standard errors; 0 where TET_TOO_FEW */
        double f, p, freedom;
        int years;          /* with January and February known */
};

/* Estimate from count months from (year, month) on; options: how the series will be taken apart (here always without robustness).
 * *effect gets what each month holds of it, centred, 0 throughout where it is not found. ERR_INVALID as stl_decompose. */
bool tet_estimate(struct arena *, const struct stl_options *, enum tet_figure, int year, int month, const double *value,
                  const bool *is_known, size_t count, double *effect, struct tet_effect *, struct error *);

#endif
