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

/* The k-th smallest of n; the smaller ones end before it. */
static double kth(double *x, size_t n, size_t k)
{
        size_t low = 0, high = n - 1;

        while (low < high) {
                double pivot = x[(low + high) / 2];
                size_t i = low, j = high;

                for (;;) {
                        while (x[i] < pivot)
                                i++;
                        while (x[j] > pivot)
                                j--;
                        if (i <= j) {
                                double t = x[i];

                                x[i++] = x[j];
                                x[j] = t;
                                if (j == 0)
                                        break;
                                j--;
                        }
                        if (i > j)
                                break;
                }
                if (k <= j)
                        high = j;
                else if (k >= i)
                        low = i;
                else
                        break;
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

/* The median of the same period of earlier years; returns their number. */
static int usual_of(const int64_t *value, size_t at, size_t period, double *usual)
{
        int64_t near[OUTLIER_YEARS];
        int n = 0;

        for (size_t t = at; t >= period && n < OUTLIER_YEARS;) {
                int j;

                t -= period;
                if (value[t] == OUTLIER_MISSING)
                        continue;
                for (j = n++; j > 0 && near[j - 1] > value[t]; j--)
                        near[j] = near[j - 1];
                near[j] = value[t];
        }
        if (n >= 2)
                *usual = n % 2 == 1 ? (double)near[n / 2] : ((double)near[n / 2 - 1] + (double)near[n / 2]) / 2;
        return n;
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
