#include "stats/stl.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define TOLD 1e-10 /* of the largest value: a remainder far below it is what doubles leave */

/* What is known of a series or of one season of it: places in order, from 1. */
struct points {
        double *place, *value, *weight; /* weight: NULL where none counts less */
        size_t count;
};

struct decomposition {
        const struct stl_options *options;
        const double *value;
        const bool *is_known;
        size_t count;
        bool is_weighted;
        struct stl *out;
        struct points all, one;      /* of the series; of what is smoothed just now */
        double *work, *more, *cycle; /* count + 2 periods each */
};

/* ---- loess ----------------------------------------------------------------------------------------------------- */

static int next_odd(double x)
{
        int n = (int)ceil(x);

        return n % 2 == 0 ? n + 1 : n;
}

/* The fit at a place from the points first to last; false where none of them has weight. length: of the series. */
static bool fit(const struct points *p, size_t first, size_t last, int window, int degree, size_t length, double at, double *w, double *out)
{
        double far = fmax(at - p->place[first], p->place[last] - at), sum = 0;

        if ((size_t)window > p->count)
                far += (double)(((size_t)window - p->count) / 2);
        for (size_t j = first; j <= last; j++) {
                double r = fabs(p->place[j] - at);

                w[j] = 0;
                if (r > 0.999 * far)
                        continue;
                if (r <= 0.001 * far) {
                        w[j] = 1;
                } else {
                        double q = r / far, cube = 1 - q * q * q;

                        w[j] = cube * cube * cube;
                }
                if (p->weight != NULL)
                        w[j] *= p->weight[j];
                sum += w[j];
        }
        if (sum <= 0)
                return false;
        for (size_t j = first; j <= last; j++)
                w[j] /= sum;
        if (far > 0 && degree > 0) {
                double mean = 0, spread = 0;

                for (size_t j = first; j <= last; j++)
                        mean += w[j] * p->place[j];
                for (size_t j = first; j <= last; j++)
                        spread += w[j] * (p->place[j] - mean) * (p->place[j] - mean);
                if (sqrt(spread) > 0.001 * (double)(length - 1)) {
                        double slope = (at - mean) / spread;

                        for (size_t j = first; j <= last; j++)
                                w[j] *= slope * (p->place[j] - mean) + 1;
                }
        }
        *out = 0;
        for (size_t j = first; j <= last; j++)
                *out += w[j] * p->value[j];
        return true;
}

/* The same from the nearest points, whose first is sought from *first on: places are asked in order. Where robustness leaves no weight: the
 * value itself if there is one, else the fit that trusts all. */
static double fit_nearest(const struct points *p, size_t *first, int window, int degree, size_t length, double at, double *w)
{
        size_t wide = (size_t)window < p->count ? (size_t)window : p->count;
        struct points trusting = { p->place, p->value, NULL, p->count };
        size_t nearest = 0;
        double out;

        while (*first + wide < p->count && p->place[*first + wide] - at < at - p->place[*first])
                ++*first;
        if (fit(p, *first, *first + wide - 1, window, degree, length, at, w, &out))
                return out;
        for (size_t j = 1; j < p->count; j++)
                if (fabs(p->place[j] - at) < fabs(p->place[nearest] - at))
                        nearest = j;
        if (p->place[nearest] != at && fit(&trusting, *first, *first + wide - 1, window, degree, length, at, w, &out))
                return out;
        return p->value[nearest];
}

/* Fits at the places 1 to length: each jump-th and the last, straight lines between. */
static void smooth(const struct points *p, size_t length, int window, int degree, int jump, double *w, double *out)
{
        size_t step = length < 2 ? 1 : (size_t)jump < length - 1 ? (size_t)jump : length - 1, first = 0, done = 0;

        for (size_t i = 0; i < length; i = i + step < length || i + 1 == length ? i + step : length - 1) {
                out[i] = fit_nearest(p, &first, window, degree, length, (double)i + 1, w);
                if (i > done + 1) {
                        double rise = (out[i] - out[done]) / (double)(i - done);

                        for (size_t j = done + 1; j < i; j++)
                                out[j] = out[done] + rise * (double)(j - done);
                }
                done = i;
        }
}

/* ---- the passes -------------------------------------------------------------------------------------------------- */

static bool is_there(const struct decomposition *d, size_t i)
{
        return d->is_known == NULL || d->is_known[i];
}

/* The values of one season from a series, as points 1, 2, … */
static size_t take_season(struct decomposition *d, const double *series, size_t season)
{
        size_t period = (size_t)d->options->period, length = 0;

        d->one.count = 0;
        for (size_t i = season; i < d->count; i += period) {
                length++;
                if (!is_there(d, i))
                        continue;
                d->one.place[d->one.count] = (double)length;
                d->one.value[d->one.count] = series[i];
                d->one.weight[d->one.count++] = d->out->weight[i];
        }
        return length;
}

static struct points as_weighted(const struct decomposition *d, const struct points *p)
{
        return (struct points){ p->place, p->value, d->is_weighted ? p->weight : NULL, p->count };
}

/* Each season smoothed, one place further at both ends: count + 2 periods values into cycle. */
static void smooth_seasons(struct decomposition *d, const double *series, double *w)
{
        const struct stl_options *o = d->options;
        size_t period = (size_t)o->period;
        double *smoothed = d->more;

        for (size_t season = 0; season < period; season++) {
                size_t length = take_season(d, series, season), first = 0;
                struct points p = as_weighted(d, &d->one);
                double end;

                smooth(&p, length, o->seasonal_window, o->seasonal_degree, o->seasonal_jump, w, smoothed + 1);
                smoothed[0] = smoothed[1];
                smoothed[length + 1] = smoothed[length];
                if (fit(&p, 0, ((size_t)o->seasonal_window < p.count ? (size_t)o->seasonal_window : p.count) - 1, o->seasonal_window,
                        o->seasonal_degree, length, 0, w, &end))
                        smoothed[0] = end;
                first = (size_t)o->seasonal_window < p.count ? p.count - (size_t)o->seasonal_window : 0;
                if (fit(&p, first, p.count - 1, o->seasonal_window, o->seasonal_degree, length, (double)length + 1, w, &end))
                        smoothed[length + 1] = end;
                for (size_t k = 0; k < length + 2; k++)
                        d->cycle[k * period + season] = smoothed[k];
        }
}

/* Means of width values, one after the other; returns their number. */
static size_t moving_means(const double *x, size_t count, size_t width, double *out)
{
        double sum = 0;

        for (size_t i = 0; i < width; i++)
                sum += x[i];
        out[0] = sum / (double)width;
        for (size_t i = 1; i + width <= count; i++) {
                sum = sum - x[i - 1] + x[i + width - 1];
                out[i] = sum / (double)width;
        }
        return count - width + 1;
}

static void one_pass(struct decomposition *d, double *w)
{
        const struct stl_options *o = d->options;
        size_t period = (size_t)o->period, n = d->count, length;
        struct points p;

        for (size_t i = 0; i < n; i++)
                d->work[i] = is_there(d, i) ? d->value[i] - d->out->trend[i] : 0;
        smooth_seasons(d, d->work, w);
        length = moving_means(d->cycle, n + 2 * period, period, d->more);
        length = moving_means(d->more, length, period, d->work);
        length = moving_means(d->work, length, 3, d->more);
        assert(length == n);
        for (size_t i = 0; i < n; i++)
                d->one.place[i] = (double)i + 1;
        p = (struct points){ d->one.place, d->more, NULL, n };
        smooth(&p, n, o->low_pass_window, o->low_pass_degree, o->low_pass_jump, w, d->work);
        for (size_t i = 0; i < n; i++)
                d->out->seasonal[i] = d->cycle[period + i] - d->work[i];
        d->all.count = 0;
        for (size_t i = 0; i < n; i++) {
                if (!is_there(d, i))
                        continue;
                d->all.place[d->all.count] = (double)i + 1;
                d->all.value[d->all.count] = d->value[i] - d->out->seasonal[i];
                d->all.weight[d->all.count++] = d->out->weight[i];
        }
        p = as_weighted(d, &d->all);
        smooth(&p, n, o->trend_window, o->trend_degree, o->trend_jump, w, d->out->trend);
}

static int compare_doubles(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

/* Bisquare of the remainder against six times its median, which is at least what doubles can tell. */
static void weigh(struct decomposition *d)
{
        size_t known = 0;
        double limit, largest = 0;

        for (size_t i = 0; i < d->count; i++)
                if (is_there(d, i)) {
                        d->work[known++] = fabs(d->value[i] - (d->out->trend[i] + d->out->seasonal[i]));
                        largest = fmax(largest, fabs(d->value[i]));
                }
        qsort(d->work, known, sizeof *d->work, compare_doubles);
        limit = fmax(3 * (d->work[known / 2] + d->work[known - known / 2 - 1]), TOLD * largest);
        for (size_t i = 0; i < d->count; i++) {
                double r = is_there(d, i) ? fabs(d->value[i] - (d->out->trend[i] + d->out->seasonal[i])) : 0, q = r / limit;

                d->out->weight[i] = r <= 0.001 * limit ? 1 : r <= 0.999 * limit ? (1 - q * q) * (1 - q * q) : 0;
        }
}

/* The pattern that is the same in all years. */
static void level_seasons(struct decomposition *d)
{
        size_t period = (size_t)d->options->period;

        for (size_t season = 0; season < period; season++) {
                double sum = 0, mean;
                size_t count = 0;

                for (size_t i = season; i < d->count; i += period, count++)
                        sum += d->out->seasonal[i];
                mean = sum / (double)count;
                for (size_t i = season; i < d->count; i += period)
                        d->out->seasonal[i] = mean;
        }
}

/* ---- the face --------------------------------------------------------------------------------------------------------- */

struct stl_options stl_options(size_t count, int period, int seasonal_window, bool is_robust)
{
        struct stl_options o = { .period = period, .is_periodic = seasonal_window == STL_PERIODIC, .seasonal_window = seasonal_window,
                                 .seasonal_degree = 0, .trend_degree = 1, .low_pass_degree = 1, .inner = is_robust ? 1 : 2,
                                 .outer = is_robust ? 15 : 0 };

        if (o.is_periodic)
                o.seasonal_window = 10 * (int)count + 1;
        o.trend_window = next_odd(1.5 * period / (1 - 1.5 / o.seasonal_window));
        o.low_pass_window = next_odd(period);
        o.seasonal_jump = (o.seasonal_window + 9) / 10;
        o.trend_jump = (o.trend_window + 9) / 10;
        o.low_pass_jump = (o.low_pass_window + 9) / 10;
        return o;
}

static bool may_be_decomposed(const struct stl_options *o, const bool *is_known, size_t count, struct error *err)
{
        assert(o->period >= 2 && o->seasonal_window >= 3 && o->trend_window >= 3 && o->low_pass_window >= 3);
        assert(o->seasonal_window % 2 == 1 && o->trend_window % 2 == 1 && o->low_pass_window % 2 == 1);
        assert(o->seasonal_jump >= 1 && o->trend_jump >= 1 && o->low_pass_jump >= 1 && o->inner >= 1 && o->outer >= 0);
        if (count <= 2 * (size_t)o->period)
                return error_set(err, ERR_INVALID, "%zu periods are too few: seasons show themselves in more than two years", count);
        if (count > STL_COUNT_MOST)
                return error_set(err, ERR_TOO_BIG, "a series of more than %d periods is not taken apart", STL_COUNT_MOST);
        for (size_t season = 0; is_known != NULL && season < (size_t)o->period; season++) {
                size_t known = 0;

                for (size_t i = season; i < count; i += (size_t)o->period)
                        known += is_known[i];
                if (known < 2) {
                        error_set(err, ERR_INVALID, "season %zu from the first period on has fewer than two known values", season + 1);
                        return error_hint(err, "take a longer series: each month or quarter must be known in two years at least");
                }
        }
        return true;
}

bool stl_decompose(struct arena *arena, const struct stl_options *o, const double *value, const bool *is_known, size_t count,
                   struct stl *out, struct error *err)
{
        size_t room = count + 2 * (size_t)o->period;
        struct decomposition d = { o, value, is_known, count, false, out, { 0 }, { 0 }, NULL, NULL, NULL };
        double *w;

        if (!may_be_decomposed(o, is_known, count, err))
                return false;
        for (int i = 0; i < 2; i++) {
                struct points *p = i == 0 ? &d.all : &d.one;

                *p = (struct points){ arena_array(arena, room, sizeof *w), arena_array(arena, room, sizeof *w),
                                      arena_array(arena, room, sizeof *w), 0 };
        }
        d.work = arena_array(arena, room, sizeof *w);
        d.more = arena_array(arena, room, sizeof *w);
        d.cycle = arena_array(arena, room + (size_t)o->period, sizeof *w);
        w = arena_array(arena, room, sizeof *w);
        *out = (struct stl){ arena_array(arena, count, sizeof *w), arena_array(arena, count, sizeof *w), arena_array(arena, count, sizeof *w),
                             arena_array(arena, count, sizeof *w) };
        for (size_t i = 0; i < count; i++)
                out->weight[i] = 1;
        for (int pass = 0;; pass++) {
                for (int i = 0; i < o->inner; i++)
                        one_pass(&d, w);
                if (pass == o->outer)
                        break;
                weigh(&d);
                d.is_weighted = true;
        }
        if (o->is_periodic)
                level_seasons(&d);
        for (size_t i = 0; i < count; i++)
                out->remainder[i] = is_there(&d, i) ? value[i] - out->seasonal[i] - out->trend[i] : 0;
        return true;
}
