#include "stats/adjust.h"

#include <math.h>

static bool is_there(const bool *is_known, size_t i)
{
        return is_known == NULL || is_known[i];
}

static double variance(const double *a, const double *b, const bool *is_known, size_t count)
{
        double sum = 0, squares = 0, n = 0;

        for (size_t i = 0; i < count; i++) {
                double x = a[i] + (b == NULL ? 0 : b[i]);

                if (!is_there(is_known, i))
                        continue;
                n++;
                sum += x;
                squares += x * x;
        }
        return squares / n - sum / n * (sum / n);
}

/* From parts that add up to what is told. */
static void tell(struct adjusted *a, const double *value, const bool *is_known, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                if (a->is_multiplied) {
                        a->trend[i] = exp(a->trend[i]);
                        a->season[i] = exp(a->season[i]);
                        a->tet[i] = exp(a->tet[i]);
                        a->irregular[i] = exp(a->irregular[i]);
                }
                if (is_there(is_known, i))
                        a->adjusted[i] = a->is_multiplied ? value[i] / (a->season[i] * a->tet[i]) : value[i] - a->season[i] - a->tet[i];
        }
}

bool adjust_series(struct arena *arena, const struct adjust_question *q, const double *value, const bool *is_known, size_t count,
                   struct adjusted *a, struct error *err)
{
        struct stl_options o = stl_options(count, q->period, q->seasonal_window, q->is_robust);
        double *y = arena_array(arena, count, sizeof *y), *rest = arena_array(arena, count, sizeof *rest), whole;
        struct stl parts;

        *a = (struct adjusted){ .is_multiplied = true, .adjusted = arena_array(arena, count, sizeof *y), .tet = arena_array(arena, count, sizeof *y),
                                .effect = { .finding = TET_NOT_ASKED, .p = 1 } };
        for (size_t i = 0; i < count; i++)
                a->is_multiplied &= !is_there(is_known, i) || value[i] > 0;
        for (size_t i = 0; i < count; i++)
                y[i] = !is_there(is_known, i) ? 0 : a->is_multiplied ? log(value[i]) : value[i];
        for (size_t i = 0; is_known != NULL && i < count; i++)
                if (!is_known[i] && o.outer == 0)
                        o.inner = STL_INNER_WITH_GAPS;
        if (q->wants_tet && q->period == 12 &&
            !tet_estimate(arena, &o, q->figure, q->year, q->index, y, is_known, count, a->tet, &a->effect, err))
                return false;
        for (size_t i = 0; i < count; i++)
                rest[i] = y[i] - a->tet[i];
        if (!stl_decompose(arena, &o, rest, is_known, count, &parts, err))
                return false;
        a->trend = parts.trend;
        a->season = parts.seasonal;
        a->irregular = parts.remainder;
        a->weight = parts.weight;
        whole = variance(a->season, a->irregular, is_known, count);
        a->strength = whole > 0 ? fmax(0, 1 - variance(a->irregular, NULL, is_known, count) / whole) : 0;
        tell(a, value, is_known, count);
        return true;
}
