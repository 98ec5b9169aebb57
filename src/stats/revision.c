#include "stats/revision.h"

#include <stdlib.h>

static int compare_versions(const void *a, const void *b)
{
        const struct revision_version *x = a, *y = b;

        if (x->period != y->period)
                return x->period < y->period ? -1 : 1;
        return (x->known > y->known) - (x->known < y->known);
}

static int compare_moments(const void *a, const void *b)
{
        const int64_t *x = a, *y = b;

        return (*x > *y) - (*x < *y);
}

static size_t moments_find(const struct revision_version *v, size_t count, int64_t *moments)
{
        size_t n = 0;

        for (size_t i = 0; i < count; i++)
                moments[i] = v[i].known;
        if (count > 1)
                qsort(moments, count, sizeof *moments, compare_moments);
        for (size_t i = 0; i < count; i++)
                if (n == 0 || moments[n - 1] != moments[i])
                        moments[n++] = moments[i];
        return n;
}

/* How many of the moments, in order, come after one. */
static size_t moments_after(const int64_t *moments, size_t count, int64_t moment)
{
        size_t low = 0, high = count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (moments[middle] <= moment)
                        low = middle + 1;
                else
                        high = middle;
        }
        return count - low;
}

/* What a version is compared with the first and the one before. */
static void version_find(struct revision_version *v, const struct revision_version *first, const struct revision_version *before,
                         const int64_t *moments, size_t moment_count)
{
        v->number = before == NULL ? 1 : before->number + 1;
        v->revision = v->total = 0;
        v->has_revision = before == NULL || (decimal_narrow((int128)v->value - before->value, &v->revision) &&
                                             decimal_narrow((int128)v->value - first->value, &v->total));
        v->lag = moments_after(moments, moment_count, first->known) - moments_after(moments, moment_count, v->known);
        v->state = v->print != PRINT_REVISED && (before == NULL || (before->state == REVISION_FIRST && v->value == before->value)) ? REVISION_FIRST
                                                                                                                                   : REVISION_REVISED;
}

/* Sums over the periods that were published again. */
struct sums {
        int128 revision, absolute, latest; /* 2^63 values of 64 bits would be needed to leave 128 bits */
};

static void period_count(struct revision_summary *s, struct sums *sums, const struct revision_version *first,
                         const struct revision_version *last)
{
        int128 total = (int128)last->value - first->value, absolute = total < 0 ? -total : total;
        int128 largest = s->largest < 0 ? -(int128)s->largest : s->largest;

        s->repeated++;
        s->revised += total != 0;
        sums->revision += total;
        sums->absolute += absolute;
        sums->latest += last->value < 0 ? -(int128)last->value : last->value;
        if (total != 0 && last->has_revision && (!s->has_largest || absolute > largest)) {
                s->has_largest = true;
                s->largest_period = last->period;
                s->largest = last->total;
        }
}

/* sum / n from decimals to STATS_DECIMALS, one rounding. */
static bool mean_of(int128 sum, size_t n, int decimals, int64_t *mean)
{
        int128 limit = (int128)INT64_MAX * decimal_power[6], divisor = (int128)n;

        if (sum > limit * (int128)n || sum < -limit * (int128)n)
                return false;
        if (decimals <= STATS_DECIMALS)
                sum *= decimal_power[STATS_DECIMALS - decimals];
        else
                divisor *= decimal_power[decimals - STATS_DECIMALS];
        return decimal_narrow(decimal_divide(sum, divisor), mean);
}

struct revision_summary revision_analyse(struct revision_version *v, size_t count, int decimals, int64_t *moments)
{
        struct revision_summary s = { 0 };
        struct sums sums = { 0, 0, 0 };
        size_t patience;

        if (count > 1)
                qsort(v, count, sizeof *v, compare_versions);
        s.publications = moments_find(v, count, moments);
        for (size_t i = 0, first = 0; i < count; i++) {
                bool is_first = i == 0 || v[i - 1].period != v[i].period;

                if (is_first)
                        first = i;
                version_find(&v[i], &v[first], is_first ? NULL : &v[i - 1], moments, s.publications);
                v[i].is_last = i + 1 == count || v[i + 1].period != v[i].period;
                if (!is_first && v[i].value != v[i - 1].value && v[i].lag > s.longest_lag)
                        s.longest_lag = v[i].lag;
        }
        patience = s.longest_lag > 0 ? s.longest_lag : 1;
        for (size_t i = 0, first = 0; i < count; i++) {
                bool is_later, is_again;

                v[i].is_unconfirmed = false;
                if (i == 0 || v[i - 1].period != v[i].period)
                        first = i;
                if (!v[i].is_last)
                        continue;
                is_later = moments_after(moments, s.publications, v[first].known) >= patience;
                is_again = i > first || v[i].print == PRINT_REVISED;
                v[i].is_unconfirmed = is_later && !is_again && v[i].print != PRINT_OFFICIAL;
                s.unconfirmed += v[i].is_unconfirmed;
                s.periods++;
                if (i > first)
                        period_count(&s, &sums, &v[first], &v[i]);
                if (v[i].print == PRINT_OFFICIAL || (is_later && is_again && v[i].print != PRINT_ESTIMATE))
                        v[i].state = REVISION_FINAL;
        }
        s.has_means = s.repeated > 0 && mean_of(sums.revision, s.repeated, decimals, &s.mean) &&
                      mean_of(sums.absolute, s.repeated, decimals, &s.mean_absolute);
        if (s.repeated > 0 && sums.latest > 0 && sums.absolute <= (int128)INT64_MAX * INT32_MAX)
                s.has_relative = decimal_narrow(decimal_divide(sums.absolute * 100 * decimal_power[STATS_DECIMALS], sums.latest), &s.relative);
        return s;
}

const struct revision_version *revision_standing(const struct revision_version *v, size_t count, int32_t period, int64_t moment)
{
        size_t low = 0, high = count;

        while (low < high) { /* the first that comes after (period, moment) */
                size_t middle = low + (high - low) / 2;

                if (v[middle].period < period || (v[middle].period == period && v[middle].known <= moment))
                        low = middle + 1;
                else
                        high = middle;
        }
        return low > 0 && v[low - 1].period == period ? &v[low - 1] : NULL;
}
