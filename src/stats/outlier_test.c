#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/outlier.h"
#include "tests/support.h"

#define MOST 400

static uint64_t seed = 3;

static int64_t chance(int64_t below)
{
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        return (int64_t)((seed >> 33) % (uint64_t)below);
}

/* Five years of quarters: usual, ratios and z by hand. */
static void a_series_worked_by_hand(void **state)
{
        static const int64_t value[] = { 100, 200, 100, 400, 110, 210, 90, 420, 120, 190, 100, 400, 100, 200, 110, 380, 110, 600, 100, 410 };
        double work[40];
        struct outlier o[20];

        (void)state;
        outlier_judge(value, 20, 4, 0, work, o);
        assert_int_equal(o[3].years, 0);
        assert_int_equal(o[7].years, 1);
        assert_int_equal(o[7].severity, OUTLIER_NONE);
        assert_int_equal(o[11].years, 2);
        assert_true(o[11].usual == 410);  /* of 400 and 420 */
        assert_int_equal(o[17].years, 4);
        assert_true(o[17].usual == 200);  /* of 190, 200, 200, 210 */
        assert_true(o[17].has_ratio && o[17].ratio == 3);
        /* Ratios: 120/105, 190/205, 100/95, 400/410; 100/110, 1, 110/100, 380/400; 110/105, 3, 100/100, 410/400. Their logarithms in order:
         * -.0953 -.0760 -.0513 -.0247 0 0 .0247 .0465 .0513 .0953 .1335 1.0986; the median is (0 + .0247) / 2 = .01235, and distances from
         * it in order: .0123 .0123 .0123 .0342 .0370 .0389 .0636 .0830 .0883 .1077 .1212 1.0863: MAD = (.0389 + .0636) / 2 = .0513. */
        assert_true(o[17].has_z);
        assert_true(fabs(o[17].z - 1.0863 / (1.4826 * 0.0513)) < 0.05);
        assert_true(fabs(o[17].expected - 200 * exp(0.01235)) < 0.01);
        assert_int_equal(o[17].severity, OUTLIER_SEVERE);
        for (int i = 0; i < 20; i++)
                if (i != 17)
                        assert_int_equal(o[i].severity, OUTLIER_NONE);
}

static void severities_and_edges(void **state)
{
        static const struct { const char *name; int64_t usual, last; int years, wobble; enum outlier_severity severity; bool has_ratio, has_z, is_other_unit; } cases[] = {
                { "as always", 1000, 1020, 5, 30, OUTLIER_NONE, true, true, false },
                { "within a tenth of a still series", 1000, 1090, 5, 1, OUTLIER_NONE, true, true, false },
                { "beyond a tenth of a still series", 1000, 1200, 5, 1, OUTLIER_SEVERE, true, true, false },
                { "the same each month, then another", 1000, 1200, 5, 0, OUTLIER_SEVERE, true, true, false },
                { "half", 1000, 500, 5, 30, OUTLIER_SEVERE, true, true, false },
                { "thousandfold", 1000, 1000000, 5, 400, OUTLIER_SEVERE, true, true, true },
                { "a thousandth", 1000000, 1000, 5, 0, OUTLIER_SEVERE, true, true, true },
                { "too short for z, tripled", 1000, 3100, 2, 30, OUTLIER_WARNING, true, false, false },
                { "too short for z, tenfold", 1000, 11000, 2, 30, OUTLIER_SEVERE, true, false, false },
                { "too short for z, doubled", 1000, 2000, 2, 30, OUTLIER_NONE, true, false, false },
                { "only one year before", 1000, 9000, 1, 30, OUTLIER_NONE, false, false, false },
                { "losses", -1000, 4000, 5, 30, OUTLIER_SEVERE, false, true, false },
                { "missing", 1000, OUTLIER_MISSING, 5, 30, OUTLIER_NONE, false, false, false },
        };

        (void)state;
        for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
                /* short ones: yearly figures, so that there are few ratios */
                int period = cases[c].years < 5 ? 1 : 12;
                size_t count = (size_t)(cases[c].years * period + 1);
                int64_t value[61];
                double work[122];
                struct outlier o;

                for (size_t i = 0; i < count; i++)
                        value[i] = cases[c].usual + (cases[c].wobble == 0 ? 0 : (int64_t)(i * 7 % 13) * cases[c].wobble / 12);
                value[count - 1] = cases[c].last;
                outlier_judge(value, count, period, count - 1, work, &o);
                if (o.severity != cases[c].severity || o.has_ratio != cases[c].has_ratio || o.has_z != cases[c].has_z ||
                    o.is_other_unit != cases[c].is_other_unit)
                        fail_msg("%s: severity %d, ratio %d %g, z %d %g, unit %d", cases[c].name, o.severity, o.has_ratio, o.ratio, o.has_z, o.z, o.is_other_unit);
        }
}

static int compare_doubles(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

static double median(double *x, size_t n)
{
        qsort(x, n, sizeof *x, compare_doubles);
        return n % 2 == 1 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

/* The same as the definition written down without any care for time, for series of all lengths with gaps. */
static void the_definition_gives_the_same(void **state)
{
        static int64_t value[MOST];
        static double work[2 * MOST], logs[MOST], off[MOST], copy[MOST];
        static struct outlier o[MOST];
        int judged = 0;

        (void)state;
        for (int round = 0; round < 400; round++) {
                size_t period = (size_t)(1 + chance(12)), count = 1 + (size_t)chance(MOST - 1), n = 0, from = (size_t)chance((int64_t)count);
                bool is_positive = round % 3 != 0;
                double centre, mad;

                for (size_t i = 0; i < count; i++)
                        value[i] = chance(10) == 0 ? OUTLIER_MISSING : 1 + chance(round % 5 == 0 ? 3 : 1000000) - (is_positive ? 0 : 500000);
                if (!is_positive)
                        value[0] = 0;
                outlier_judge(value, count, (int)period, from, work, o);
                for (size_t i = 0; i < count; i++) {
                        double before[OUTLIER_YEARS], usual;
                        size_t years = 0;

                        for (size_t t = i; value[i] != OUTLIER_MISSING && t >= period && years < OUTLIER_YEARS;)
                                if (value[t -= period] != OUTLIER_MISSING)
                                        before[years++] = (double)value[t];
                        if (i >= from)
                                assert_int_equal(o[i - from].years, years);
                        if (years < 2)
                                continue;
                        usual = median(before, years);
                        if (i >= from)
                                assert_true(fabs(o[i - from].usual - usual) <= 1e-12 * fabs(usual));
                        logs[n++] = is_positive ? log((double)value[i] / usual) : (double)value[i] - usual;
                }
                if (n < OUTLIER_RATIOS_LEAST)
                        continue;
                memcpy(copy, logs, n * sizeof *logs);
                centre = median(copy, n);
                for (size_t i = 0; i < n; i++)
                        off[i] = fabs(logs[i] - centre);
                memcpy(copy, off, n * sizeof *off);
                mad = median(copy, n);
                if (mad < 1e-9)
                        continue;
                n = 0;
                for (size_t i = 0; i < count; i++) {
                        double z;
                        int years = 0;

                        for (size_t t = i; value[i] != OUTLIER_MISSING && t >= period && years < OUTLIER_YEARS;)
                                years += value[t -= period] != OUTLIER_MISSING;
                        if (years < 2)
                                continue;
                        z = (logs[n++] - centre) / (1.482602218505602 * mad);
                        if (i < from)
                                continue;
                        assert_true(o[i - from].has_z);
                        if (!(fabs(o[i - from].z - z) <= 1e-9 * (1 + fabs(z))))
                                fail_msg("round %d, place %zu: %g, not %g", round, i, o[i - from].z, z);
                        judged++;
                }
        }
        assert_in_range(judged, 5000, 1000000);
}

/* The scale of a series is irrelevant. */
static void a_scale_changes_nothing(void **state)
{
        int64_t value[60], scaled[60];
        double work[120];
        struct outlier a[60], b[60];

        (void)state;
        for (int i = 0; i < 60; i++)
                scaled[i] = 1000 * (value[i] = 1000 + chance(300) + (i == 50 ? 2000 : 0));
        outlier_judge(value, 60, 12, 0, work, a);
        outlier_judge(scaled, 60, 12, 0, work, b);
        assert_int_equal(a[50].severity, OUTLIER_SEVERE);
        for (int i = 0; i < 60; i++) {
                assert_int_equal(a[i].severity, b[i].severity);
                assert_true(fabs(a[i].z - b[i].z) < 1e-9);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_series_worked_by_hand),
                cmocka_unit_test(severities_and_edges),
                cmocka_unit_test(the_definition_gives_the_same),
                cmocka_unit_test(a_scale_changes_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
