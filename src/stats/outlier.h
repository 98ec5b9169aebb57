/* outlier.h - figures that stand out from their own series: pure, without allocation.
 *
 * A figure is held against the same period of earlier years: usual = the median of the up to OUTLIER_YEARS last of them, at least two;
 * seasonal ratio = value / usual. Growth is no outlier, so the ratio is judged by how the ratios of the whole series lie: the robust z
 * (B. Iglewicz, D. Hoaglin, "How to Detect and Handle Outliers", ASQC, 1993) is
 *   z = (ln ratio - median of ln ratio) / (1.4826 MAD), MAD = median of |ln ratio - median|; 1.2533 mean of |…| in place of 1.4826 MAD where
 * that is zero. In series with a value of zero or below, differences value - usual take the place of ln ratio, and there is no ratio.
 *
 * Severity, by |z|: notice from 3.5 (their bound), warning from 5, severe from 8; none where the value lies within a tenth of what
 * the series lets expect (usual times the median ratio), however still the series. With fewer than OUTLIER_RATIOS_LEAST ratios there is
 * no z: a ratio of 3 or a third is a warning, of 10 or a tenth severe. A ratio from 500 to 2000, or from 1/2000 to 1/500, looks like another
 * unit of measure (thousands for millions), and is severe.
 *
 * Doubles: a hint to look, never a figure. */
#ifndef STATS_OUTLIER_H
#define STATS_OUTLIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTLIER_MISSING INT64_MIN /* no value is known */
#define OUTLIER_YEARS 5
#define OUTLIER_RATIOS_LEAST 8

enum outlier_severity { OUTLIER_NONE, OUTLIER_NOTICE, OUTLIER_WARNING, OUTLIER_SEVERE };

struct outlier {
        enum outlier_severity severity;
        int years;          /* earlier ones that usual is of; below 2 nothing else is known, and there is no severity */
        double usual;       /* in the scale of the values */
        bool has_ratio;
        double ratio;
        bool has_z;
        double z;           /* above 0: too high */
        double expected;    /* usual and what the series adds to it or multiplies it by otherwise; in the scale of the values */
        bool is_other_unit; /* about a thousandfold, or a thousandth */
};

/* Judge the values from place `from` to the last of a series of count values in order, period of them a year; out gets count - from. work has room for 2 x
 * count doubles. Missing values are judged OUTLIER_NONE with 0 years. */
void outlier_judge(const int64_t *value, size_t count, int period, size_t from, double *work, struct outlier *out);

#endif
