/* view.h - what the pages of the workbench show: texts in the reader's language. */
#ifndef IIP_VIEW_H
#define IIP_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "areas/iip/iip.h"
#include "report/about.h"
#include "report/chart.h"
#include "report/choices.h"

/* ---- in words, and addresses (page.c) ---- */

/* "against the month before"; a unit's full name; a month within a sentence, and as its code, "2021-03". */
const char *iip_comparison_said(struct work *, enum index_comparison);
/* Why the whole has no number of a comparison; NULL: it has one. */
const char *iip_not_compared(struct work *, const struct iip_table *, enum index_comparison);
const char *iip_unit_name(const struct work *, const struct unit *);
const char *iip_month_said(struct work *, period);
const char *iip_month_code(struct work *, period);
/* A number of so many decimals, of which some are shown. */
const char *iip_number_said(struct work *, int64_t value, int decimals, int shown, bool with_sign);
/* A part of LASPEYRES_WHOLE in per cent: with four decimals at most, where that is not nothing. */
const char *iip_part_said(struct work *, int64_t part);

/* How a row, or what it goes on with, comes out of the other version of the classification. */
const char *iip_restated_said(struct work *, const struct iip_table *, const struct iip_row *);
/* What stands behind a row; "" for nothing. is_full: also of what must not be published. */
const char *iip_row_note(struct work *, const struct iip_table *, const struct iip_row *, bool is_full);

/* Why a node of the month moved, and the whole table, in the same question. */
const char *iip_why_href(struct work *, const struct iip_table *, const char *code, const char *suffix);
const char *iip_format_href(struct work *, const struct iip_table *, const char *suffix, bool is_full);

/* What a table of the same month is about. address: of the table; NULL for none, a CSV file is then called iip.csv. is_open: nothing in it is confidential. */
const struct about *iip_about(struct work *, const struct iip_table *, const char *title, const char *address, bool is_open);

/* The table that a request asks for; NULL and an error. */
struct iip_table *iip_asked_table(struct work *, const struct request *);

/* Contributions as they are printed with so many decimals, in the scale of STATS_DECIMALS: of each row of the table; where makers are given, theirs follow
 * behind their row's, and the rows after that are as many places further. Printed parts make up what is printed of their row (apportion_printed), where
 * all of them may be seen. */
int64_t *iip_points_printed(struct work *, const struct iip_table *, bool is_full, int decimals, size_t row, const struct iip_cause *makers, size_t count);

/* Whether the points of a row may be seen. */
bool iip_has_points_for(const struct iip_row *, bool is_full);

/* ---- what pages show ---- */

struct iip_choice {
        const char *value, *title;
        bool is_on;
};

struct iip_figure { /* one of the four comparisons of the whole */
        const char *label, *value, *href; /* href: why */
        bool is_chosen;
};

struct iip_view {
        const char *title, *lede, *unit, *series;
        const char *known, *known_text; /* as typed; in words, NULL: now */
        const char *csv, *json, *xlsx;
        struct iip_figure figures[INDEX_COMPARISONS];
        struct choices places;         /* of which there is an index */
        struct iip_choice *months, *comparisons, *all_series, *versions;
        size_t month_count, comparison_count, version_count; /* versions: 0 where all weights are by one */
        const struct iip_doubt *doubts; /* conflicts about what it rests on */
        size_t doubt_count;
        const char *const *notes;      /* what was completed, left out, hidden; ended by NULL */
        bool may_see_all, is_full, may_import;
        const char *full_href;
        struct chart chart;            /* the sections' contributions */
        struct chart_bar *bars;
        size_t bar_count;              /* 0: they are not known, or some must not be shown */
};

struct iip_why_row {
        const char *name, *href, *where, *now, *before, *points, *note;
        const char *weight, *own, *index, *percent; /* of industries: share of the whole, level by the weights of the month, linked, comparison */
};

struct iip_why_entry { const char *what, *hash, *href; };

struct iip_why_view {
        const char *title, *lede, *back, *csv, *xlsx, *json, *measure;
        const char *target; /* path and query as they came */
        bool has_makers, has_links;    /* rows are establishments, else industries and products; of those, that sets of weights are linked */
        struct iip_why_row *rows;
        size_t count;
        const char *note;              /* why something is not told, or NULL */
        const char *restated;          /* how it comes out of the other version of the classification, or NULL */
        const char *value, *formula;   /* the figure itself, and how it is made, */
        const struct iip_step *steps;  /* step by step; ended by one without a text */
        const char *const *step_hrefs; /* where each leads; NULL: nowhere */
        struct iip_why_entry *entries; /* that it rests on: weights and reports of the months compared */
        size_t entry_count;
        int64_t entries_more;          /* not listed */
};

struct iip_empty_view {
        const char *title, *what, *unit, *series;
        bool may_import;
};

struct iip_import_view {
        const char *csrf, *unit, *message, *css;
        struct choices places; /* units it may be for */
        enum iip_file file;
        struct iip_choice *all_series;
        const struct iip_problem *problems;
        size_t problem_count;
};

#endif
