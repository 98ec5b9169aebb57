#include "stats/tet.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define MONTH_LENGTH 29.530588861 /* of the moon, days */
#define EPOCH 2440587.5           /* 1970-01-01T00:00Z as a Julian day */
#define MEAN_FROM 1976
#define MEAN_YEARS 76

/* ---- the sky ------------------------------------------------------------------------------------------------- */

static double sine(double degrees)
{
        return sin(fmod(degrees, 360) * (M_PI / 180));
}

/* Dynamical less universal time, days. */
static double clock_difference(double jd)
{
        double year = 2000 + (jd - 2451545) / 365.25, t = year - 2000, u = (year - 1820) / 100, seconds;

        if (year < 1986) {
                t = year - 1975;
                seconds = 45.45 + t * (1.067 - t / 260 - t * t / 718);
        } else if (year < 2005) {
                seconds = 63.86 + t * (0.3345 + t * (-0.060374 + t * (0.0017275 + t * (0.000651814 + t * 0.00002373599))));
        } else if (year < 2050) {
                seconds = 62.92 + t * (0.32217 + t * 0.005589);
        } else {
                seconds = -20 + 32 * u * u - (year < 2150 ? 0.5628 * (2150 - year) : 0);
        }
        return seconds / 86400;
}

/* The k-th new moon after that of 6 January 2000, as a Julian day of dynamical time. */
static double new_moon(int k)
{
        static const struct { double size; int eccentricity, sun, moon, node; } terms[] = {
                { -0.40720, 0, 0, 1, 0 },  { 0.17241, 1, 1, 0, 0 },   { 0.01608, 0, 0, 2, 0 },   { 0.01039, 0, 0, 0, 2 },
                { 0.00739, 1, -1, 1, 0 },  { -0.00514, 1, 1, 1, 0 },  { 0.00208, 2, 2, 0, 0 },   { -0.00111, 0, 0, 1, -2 },
                { -0.00057, 0, 0, 1, 2 },  { 0.00056, 1, 1, 2, 0 },   { -0.00042, 0, 0, 3, 0 },  { 0.00042, 1, 1, 0, 2 },
                { 0.00038, 1, 1, 0, -2 },  { -0.00024, 1, -1, 2, 0 }, { -0.00007, 0, 2, 1, 0 },  { 0.00004, 0, 0, 2, -2 },
                { 0.00004, 0, 3, 0, 0 },   { 0.00003, 0, 1, 1, -2 },  { 0.00003, 0, 0, 2, 2 },   { -0.00003, 0, 1, 1, 2 },
                { 0.00003, 0, -1, 1, 2 },  { -0.00002, 0, -1, 1, -2 }, { -0.00002, 0, 1, 3, 0 }, { 0.00002, 0, 0, 4, 0 },
        };
        static const struct { double size, start, speed; } planets[] = {
                { 0.000325, 299.77, 0.107408 }, { 0.000165, 251.88, 0.016321 },  { 0.000164, 251.83, 26.651886 }, { 0.000126, 349.42, 36.412478 },
                { 0.000110, 84.66, 18.206239 }, { 0.000062, 141.74, 53.303771 }, { 0.000060, 207.14, 2.453732 },  { 0.000056, 154.84, 7.306860 },
                { 0.000047, 34.52, 27.261239 }, { 0.000042, 207.19, 0.121824 },  { 0.000040, 291.34, 1.844379 },  { 0.000037, 161.72, 24.198154 },
                { 0.000035, 239.56, 25.513099 }, { 0.000023, 331.55, 3.592518 },
        };
        double t = k / 1236.85, eccentricity = 1 - t * (0.002516 + t * 0.0000074);
        double sun = 2.5534 + 29.10535670 * k - t * t * (0.0000014 + t * 0.00000011);
        double moon = 201.5643 + 385.81693528 * k + t * t * (0.0107582 + t * (0.00001238 - t * 0.000000058));
        double latitude = 160.7108 + 390.67050284 * k - t * t * (0.0016118 + t * (0.00000227 - t * 0.000000011));
        double node = 124.7746 - 1.56375588 * k + t * t * (0.0020672 + t * 0.00000215);
        double jd = 2451550.09766 + MONTH_LENGTH * k + t * t * (0.00015437 - t * (0.000000150 - t * 0.00000000073));

        for (size_t i = 0; i < sizeof terms / sizeof *terms; i++)
                jd += terms[i].size * (terms[i].eccentricity == 0 ? 1 : terms[i].eccentricity == 1 ? eccentricity : eccentricity * eccentricity) *
                      sine(terms[i].sun * sun + terms[i].moon * moon + terms[i].node * latitude);
        jd -= 0.00017 * sine(node);
        for (size_t i = 0; i < sizeof planets / sizeof *planets; i++)
                jd += planets[i].size * sine(planets[i].start + planets[i].speed * k - (i == 0 ? 0.009173 * t * t : 0));
        return jd;
}

/* The Vietnamese day on which the k-th month of the moon begins. */
static day month_start(int k)
{
        double jd = new_moon(k);

        return (day)floor(jd - clock_difference(jd) + 7.0 / 24 - EPOCH);
}

/* Which twelfth of its way the sun is in when a Vietnamese day begins; 9: the winter solstice is passed. */
static int sun_sector(day on)
{
        double jd = EPOCH + on - 7.0 / 24, t = (jd + clock_difference(jd) - 2451545) / 36525;
        double anomaly = 357.52911 + t * (35999.05029 - 0.0001537 * t), longitude = 280.46646 + t * (36000.76983 + 0.0003032 * t);

        longitude += (1.914602 - t * (0.004817 + 0.000014 * t)) * sine(anomaly) + (0.019993 - 0.000101 * t) * sine(2 * anomaly) +
                     0.000289 * sine(3 * anomaly);
        longitude -= 0.00569 + 0.00478 * sine(125.04 - 1934.136 * t);
        longitude = fmod(longitude, 360);
        return (int)((longitude < 0 ? longitude + 360 : longitude) / 30);
}

/* The number of the moon that begins the month of the winter solstice of a year. */
static int eleventh_month(int year)
{
        day last = day_of(year, 12, 31);
        int k = (int)floor((EPOCH + last - 2451550.1) / MONTH_LENGTH) + 1;

        while (month_start(k) > last)
                k--;
        return sun_sector(month_start(k)) >= 9 ? k - 1 : k;
}

day tet_day(int year)
{
        int first, leap = 0;

        if (year < TET_FIRST_YEAR || year > TET_LAST_YEAR)
                return DAY_NONE;
        first = eleventh_month(year - 1);
        if (eleventh_month(year) - first == 13)
                for (leap = 1; sun_sector(month_start(first + leap)) != sun_sector(month_start(first + leap + 1));)
                        leap++;
        return month_start(first + (leap == 1 || leap == 2 ? 3 : 2));
}

/* ---- the holiday in the months ------------------------------------------------------------------------------------ */

static double share_around(day tet, enum tet_part part, int year, int month)
{
        static const int from[] = { -TET_BEFORE, 0 }, length[] = { TET_BEFORE, TET_AFTER };
        day first = day_of(year, month, 1), last = first + days_in_month(year, month) - 1;

        if (first < tet + from[part])
                first = tet + from[part];
        if (last > tet + from[part] + length[part] - 1)
                last = tet + from[part] + length[part] - 1;
        return last < first ? 0 : (double)(last - first + 1) / length[part];
}

double tet_share(enum tet_part part, int year, int month)
{
        day tet = month <= 3 ? tet_day(year) : DAY_NONE;

        return tet == DAY_NONE ? 0 : share_around(tet, part, year, month);
}

void tet_regressor(enum tet_part part, enum tet_figure figure, int year, int month, size_t count, double *x)
{
        double mean[13] = { 0 }, before[12];
        int steps = figure == TET_OF_MONTH_CHANGE ? 1 : figure == TET_OF_YEAR_CHANGE ? 12 : 0;

        assert(month >= 1 && month <= 12);
        for (int y = MEAN_FROM; y < MEAN_FROM + MEAN_YEARS; y++) {
                day tet = tet_day(y);

                for (int m = 1; m <= 3; m++)
                        mean[m] += share_around(tet, part, y, m) / MEAN_YEARS;
        }
        for (int i = 0; i < steps; i++) {
                int back = year * 12 + month - 1 - steps + i;

                before[i] = tet_share(part, back / 12, back % 12 + 1) - mean[back % 12 + 1];
        }
        for (size_t i = 0; i < count; i++) {
                int at = year * 12 + month - 1 + (int)i;
                double level = tet_share(part, at / 12, at % 12 + 1) - mean[at % 12 + 1];

                x[i] = steps == 0 ? level : level - before[i % (size_t)steps];
                if (steps > 0)
                        before[i % (size_t)steps] = level;
        }
}

/* ---- the effect ------------------------------------------------------------------------------------------------------ */

static double sum_of_products(const double *a, const double *b, const bool *is_known, size_t count)
{
        double sum = 0;

        for (size_t i = 0; i < count; i++)
                sum += is_known == NULL || is_known[i] ? a[i] * b[i] : 0;
        return sum;
}

static int years_known(int month, const bool *is_known, size_t count)
{
        int years = 0;

        for (size_t i = 0; i + 1 < count; i++)
                years += (month - 1 + (int)i) % 12 == 0 && (is_known == NULL || (is_known[i] && is_known[i + 1]));
        return years;
}

/* What the smoother spends. */
static double spent(const struct stl_options *o, size_t count)
{
        double seasons = 1.2 * (o->seasonal_degree + 1) * (double)count / o->seasonal_window;

        return fmax(seasons, o->period) + 1.2 * (o->trend_degree + 1) * (double)count / o->trend_window - 1;
}

bool tet_estimate(struct arena *arena, const struct stl_options *options, enum tet_figure figure, int year, int month, const double *value,
                  const bool *is_known, size_t count, double *effect, struct tet_effect *found, struct error *err)
{
        struct stl_options o = *options;
        struct stl y, x[TET_PARTS];
        double *days[TET_PARTS], a, b, c, p, q, det, all, rest, known = 0;

        assert(o.period == 12);
        *found = (struct tet_effect){ .finding = TET_TOO_FEW, .years = years_known(month, is_known, count), .p = 1 };
        memset(effect, 0, count * sizeof *effect);
        o.outer = 0;
        o.inner = is_known != NULL && o.inner < STL_INNER_WITH_GAPS ? STL_INNER_WITH_GAPS : o.inner;
        if (!stl_decompose(arena, &o, value, is_known, count, &y, err))
                return false;
        for (int part = 0; part < TET_PARTS; part++) {
                days[part] = arena_array(arena, count, sizeof *days[part]);
                tet_regressor((enum tet_part)part, figure, year, month, count, days[part]);
                if (!stl_decompose(arena, &o, days[part], is_known, count, &x[part], err))
                        return false;
        }
        for (size_t i = 0; i < count; i++)
                known += is_known == NULL || is_known[i];
        a = sum_of_products(x[0].remainder, x[0].remainder, is_known, count);
        b = sum_of_products(x[0].remainder, x[1].remainder, is_known, count);
        c = sum_of_products(x[1].remainder, x[1].remainder, is_known, count);
        p = sum_of_products(x[0].remainder, y.remainder, is_known, count);
        q = sum_of_products(x[1].remainder, y.remainder, is_known, count);
        all = sum_of_products(y.remainder, y.remainder, is_known, count);
        det = a * c - b * b;
        found->freedom = known - spent(&o, count) - TET_PARTS;
        if (found->years < TET_YEARS_LEAST || found->freedom < 5 || a < 0.01 || c < 0.01 || det < 0.05 * a * c)
                return true;
        found->coefficient[0] = (c * p - b * q) / det;
        found->coefficient[1] = (a * q - b * p) / det;
        rest = fmax(all - found->coefficient[0] * p - found->coefficient[1] * q, 0);
        found->error[0] = sqrt(rest / found->freedom * c / det);
        found->error[1] = sqrt(rest / found->freedom * a / det);
        found->finding = TET_INSIGNIFICANT;
        if (all <= 1e-20 * sum_of_products(value, value, is_known, count))
                return true; /* nothing but rounding is left to explain */
        found->f = rest > 0 ? (all - rest) / TET_PARTS / (rest / found->freedom) : HUGE_VAL;
        found->p = pow(1 + 2 * found->f / found->freedom, -found->freedom / 2);
        if (found->p >= TET_SIGNIFICANCE)
                return true;
        found->finding = TET_FOUND;
        for (size_t i = 0; i < count; i++)
                for (int part = 0; part < TET_PARTS; part++)
                        effect[i] += found->coefficient[part] * days[part][i];
        return true;
}
