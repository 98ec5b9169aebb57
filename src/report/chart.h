/* chart.h - charts drawn by the server as SVG: the same on page, paper and in mail, without scripts.
 *
 * Every chart is written twice, for wide (about 800) and narrow (340) places; the style sheet shows one (classes wide and
 * narrow), so that text is never shrunk. There are no style attributes (the pages' policy forbids them): colours and
 * sizes are classes of caunoi.css: s1 … s6 for lines, f1 … f6 for areas. Each drawing says in words what it shows
 * (role img with a label), and what its numbers are, whose and of when (desc). Nothing is told by colour alone: lines differ
 * in their dashes and carry their names, falls point down and have their sign. Values are scaled integers; places are
 * integers in tenths of a pixel: no floating point. */
#ifndef REPORT_CHART_H
#define REPORT_CHART_H

#include "base/buf.h"
#include "work/work.h"

/* What every chart tells beside its drawing; texts in the reader's language. */
struct chart {
        const char *title;    /* the finding, or what is measured */
        const char *unit;     /* at the axis: "%, so với cùng kỳ năm trước" */
        const char *source;   /* who says so; NULL: unknown */
        const char *as_of;    /* of when: "29/12/2021"; NULL: unknown */
        int decimals;         /* of the values */
        int shown;            /* decimals written */
        bool is_signed;       /* write + before rises */
        int64_t equal;        /* of an index: the value that says "as before", 100. The axis of lines holds it in place of 0 and says that it does not begin
                               * at 0; lying bars begin at it and say so: they would show nothing of the movement else. 0: the axis holds 0 */
};

struct chart_point {
        const char *label;    /* in full: "tháng 12/2021" */
        const char *tick;     /* under the axis, or NULL */
        bool tick_is_wide;    /* the tick has no room in the narrow drawing */
        bool has_value;       /* false: a gap in the line, never a bridge */
        int64_t value;
        bool is_estimate;     /* drawn hollow */
};

/* A chart as a part of a page: heading with title and unit; what is written until chart_end (the drawing, then the table of
 * its data) stands inside; below it source and as-of. id names the part in addresses ("#id"). */
void chart_begin(struct work *, struct buf *, const struct chart *, const char *id);
void chart_end(struct work *, struct buf *, const struct chart *);

/* Inside a drawing's desc, for drawings made elsewhere (map.h): what the numbers are, whose and of when. */
void chart_desc(struct work *, struct buf *, const struct chart *);

/* A line over time. Draws nothing for no value at all: say so on the page. */
void chart_line(struct work *, struct buf *, const struct chart *, const struct chart_point *, size_t count);

/* One of several lines over the same time; labels and ticks are those of the first. */
struct chart_series {
        const char *name;
        const struct chart_point *points; /* as many as of the others */
};
#define CHART_SERIES_MAX 6

/* Up to CHART_SERIES_MAX lines, the first the thickest, each with its own dashes; a key above names them. The words for
 * screen readers give each line's first and last value. */
void chart_lines(struct work *, struct buf *, const struct chart *, const struct chart_series *, size_t series_count, size_t count);

struct chart_bar {
        const char *label;    /* two short lines at most, parted by a line end */
        int64_t value;
        bool is_total;        /* waterfall: stands on the ground again */
        bool is_estimate;     /* hatched */
};

/* Lying bars from 0 (or from equal), one below the other, for many: label before the bar, or above it where it is narrow; one line, without
 * its middle where it is too long. At most CHART_ROWS_MAX are drawn. */
#define CHART_ROWS_MAX 100
void chart_rows(struct work *, struct buf *, const struct chart *, const struct chart_bar *, size_t count);

/* The same where each begins where the one before ended; totals begin at 0. For few with short labels: chart_waterfall. */
void chart_steps(struct work *, struct buf *, const struct chart *, const struct chart_bar *, size_t count);

/* Upright bars of which each begins where the one before ended; totals begin at 0. */
void chart_waterfall(struct work *, struct buf *, const struct chart *, const struct chart_bar *, size_t count);

/* Parts of a whole in one lying bar; values must not be negative. label: said inside where there is room. */
void chart_parts(struct work *, struct buf *, const struct chart *, const struct chart_bar *, size_t count);

/* A line of 74 x 34 without axes, beside a number; decoration, so hidden from screen readers. Missing values are
 * left out of the line. Nothing for fewer than two values. */
void chart_spark(struct buf *, const struct chart_point *, size_t count);

/* What became of a period's report. */
enum strip_mark { STRIP_NONE, STRIP_ON_TIME, STRIP_LATE, STRIP_MISSING };

/* Marks of the last periods, oldest first; the label counts them. */
void chart_strip(struct work *, struct buf *, const enum strip_mark *, size_t count);

#endif
