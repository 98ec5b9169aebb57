#include "stats/outlier.h"

#include <math.h>
#include <string.h>

#define NOTICE_Z 3.5
#define WARNING_Z 5
#define SEVERE_Z 8
#define WARNING_RATIO 3
#define SEVERE_RATIO 10
#define NEAR 0.1
#define MAD_TO_DEVIATION 1.482602218505602  /* 1 / the third quartile of the normal distribution */
#define MEAN_TO_DEVIATION 1.2533141373155   /* the square root of pi / 2 */

/* Bring what is below the pivot (not above it, where it takes equals too) of low … high - 1 to the front; returns where the others begin. Without a
 * branch on the values, which nobody could foretell. */
static size_t part(double *x, size_t low, size_t high, double pivot, bool takes_equals)
{
        size_t end = low;

        for (size_t i = low; i < high; i++) {
                double t = x[i];

                x[i] = x[end];
                x[end] = t;
                end += takes_equals ? t <= pivot : t < pivot;
        }
        return end;
}

/* The k-th smallest of n; the smaller ones end before it. */
static double kth(double *x, size_t n, size_t k)
{
        size_t low = 0, high = n;

        while (high - low > 1) {
                double a = x[low], b = x[(low + high) / 2], c = x[high - 1];
                double pivot = fmax(fmin(a, b), fmin(fmax(a, b), c));
                size_t end = part(x, low, high, pivot, false);

                if (k < end) {
                        high = end;
                        continue;
                }
                low = part(x, end, high, pivot, true);
                if (k < low)
                        return pivot;
        }
        return x[k];
}

/* The two in the middle, the same one twice for an odd number. */
static void middle(double *x, size_t n, double *lower, double *upper)
{
        *upper = kth(x, n, n / 2);
        *lower = *upper;
        if (n % 2 == 1)
                return;
        *lower = x[0];
        for (size_t i = 1; i < n / 2; i++)
                *lower = x[i] > *lower ? x[i] : *lower;
}

static void put_in_order(int64_t *a, int64_t *b)
{
        int64_t low = *a < *b ? *a : *b, high = *a < *b ? *b : *a;

        *a = low;
        *b = high;
}

/* The median of the same period of earlier years; returns their number. Sorted without a branch: the values are in no order. */
static int usual_of(const int64_t *value, size_t at, size_t period, double *usual)
{
        int64_t v[OUTLIER_YEARS] = { 0 };
        int n = 0;

        for (size_t t = at; t >= period && n < OUTLIER_YEARS;) {
                t -= period;
                v[n] = value[t];
                n += value[t] != OUTLIER_MISSING;
        }
        switch (n) {
        case 0:
        case 1:
                return n;
        case 2:
                *usual = ((double)v[0] + (double)v[1]) / 2;
                return n;
        case 5:
                put_in_order(&v[0], &v[4]);
                put_in_order(&v[1], &v[4]);
                put_in_order(&v[2], &v[4]);
                put_in_order(&v[3], &v[4]); /* the highest of five is none of the three in the middle */
                put_in_order(&v[0], &v[1]);
                put_in_order(&v[2], &v[3]);
                put_in_order(&v[0], &v[2]); /* nor the lowest */
                put_in_order(&v[1], &v[3]);
                *usual = (double)(v[1] > v[2] ? v[1] : v[2]);
                return n;
        case 4:
                put_in_order(&v[2], &v[3]);
                put_in_order(&v[1], &v[3]);
                put_in_order(&v[0], &v[3]);
                put_in_order(&v[0], &v[1]);
                put_in_order(&v[0], &v[2]);
                *usual = ((double)v[1] + (double)v[2]) / 2;
                return n;
        default:
                put_in_order(&v[0], &v[1]);
                put_in_order(&v[1], &v[2]);
                put_in_order(&v[0], &v[1]);
                *usual = (double)v[1];
                return n;
        }
}

/* ---- how the ratios or differences of a series lie ----------------------------------------------------------------- */

struct spread {
        bool is_ratio;
        size_t count;
        double centre;      /* of the ratios (not of their logarithms), or of the differences */
        double deviation;   /* of the logarithms, or of the differences; 0: all are the same */
};

static double mean_deviation(const struct spread *s, const double *x)
{
        double sum = 0;

        for (size_t i = 0; i < s->count; i++)
                sum += s->is_ratio ? fabs(log(x[i] / s->centre)) : fabs(x[i] - s->centre);
        return sum / (double)s->count;
}

/* x holds the ratios or differences, work has room for as many. The logarithm keeps order: only what is found in the middle
 * needs it, twice a series. */
static void spread_find(struct spread *s, const double *x, double *work)
{
        double lower, upper;

        memcpy(work, x, s->count * sizeof *work);
        middle(work, s->count, &lower, &upper);
        s->centre = s->is_ratio ? sqrt(lower * upper) : (lower + upper) / 2;
        for (size_t i = 0; i < s->count; i++) {
                double off = s->is_ratio ? x[i] / s->centre : fabs(x[i] - s->centre);

                work[i] = s->is_ratio && off < 1 ? 1 / off : off;
        }
        middle(work, s->count, &lower, &upper);
        s->deviation = MAD_TO_DEVIATION * (s->is_ratio ? (log(lower) + log(upper)) / 2 : (lower + upper) / 2);
        if (!(s->deviation > 1e-12))
                s->deviation = MEAN_TO_DEVIATION * mean_deviation(s, x);
}

static enum outlier_severity severity_of_z(double z)
{
        z = fabs(z);
        return z >= SEVERE_Z ? OUTLIER_SEVERE : z >= WARNING_Z ? OUTLIER_WARNING : z >= NOTICE_Z ? OUTLIER_NOTICE : OUTLIER_NONE;
}

static void judge_one(struct outlier *o, double value, const struct spread *s)
{
        double expected, ratio = 1;

        if (s->is_ratio) {
                o->has_ratio = true;
                o->ratio = value / o->usual;
                ratio = o->ratio < 1 ? 1 / o->ratio : o->ratio;
                o->is_other_unit = ratio >= 500 && ratio <= 2000;
        }
        if (s->count >= OUTLIER_RATIOS_LEAST && s->deviation > 1e-12) {
                expected = s->is_ratio ? o->usual * s->centre : o->usual + s->centre;
                o->has_z = true;
                o->expected = expected;
                o->z = s->is_ratio ? log(o->ratio / s->centre) / s->deviation : (value - expected) / s->deviation;
                o->severity = fabs(value - expected) <= NEAR * fabs(expected) ? OUTLIER_NONE : severity_of_z(o->z);
        } else if (s->is_ratio && s->count < OUTLIER_RATIOS_LEAST) {
                o->severity = ratio >= SEVERE_RATIO ? OUTLIER_SEVERE : ratio >= WARNING_RATIO ? OUTLIER_WARNING : OUTLIER_NONE;
        }
        if (o->is_other_unit)
                o->severity = OUTLIER_SEVERE;
}

void outlier_judge(const int64_t *value, size_t count, int period, size_t from, double *work, struct outlier *out)
{
        struct spread s = { .is_ratio = true };
        double *x = work + count, usual = 0;

        for (size_t t = 0; t < count; t++)
                s.is_ratio &= value[t] > 0 || value[t] == OUTLIER_MISSING;
        for (size_t t = 0; t < count; t++) {
                struct outlier *o = t >= from ? &out[t - from] : NULL;
                int years = value[t] == OUTLIER_MISSING ? 0 : usual_of(value, t, (size_t)period, &usual);

                if (o != NULL)
                        *o = (struct outlier){ .years = years, .usual = years >= 2 ? usual : 0 };
                if (years >= 2)
                        x[s.count++] = s.is_ratio ? (double)value[t] / usual : (double)value[t] - usual;
        }
        if (s.count == 0)
                return;
        spread_find(&s, x, work);
        for (size_t t = from; t < count; t++)
                if (out[t - from].years >= 2)
                        judge_one(&out[t - from], (double)value[t], &s);
}
