/* view.h - what is asked of growth, and what its pages show. */
#ifndef GROWTH_VIEW_H
#define GROWTH_VIEW_H

#include "figure/growth.h"
#include "report/chart.h"
#include "web/web.h"

#define GROWTH_PERIODS_MOST 400

/* What is asked: of which growth, unit and period, as known when. */
struct growth_asked {
        enum growth_of of;
        const struct unit *unit;
        period period;                /* PERIOD_NONE: none is asked for, and nothing is known */
        moment known;
        const char *known_text;
        period periods[GROWTH_PERIODS_MOST];
        size_t period_count;
};

/* False and ERR_INVALID, which names what of the question is wrong. */
bool growth_asked_read(struct work *, const struct request *, struct growth_asked *);
/* "gross product" in the reader's language. */
const char *growth_of_said(struct work *, const struct growth_asked *);
/* An address about the same: "/growth.csv?of=…". */
const char *growth_address(struct work *, const struct growth_asked *, const char *path);

/* The numbers of a line, and the levels they rest on; each opens to a page of its own. */
enum growth_number { NUMBER_GROWTH, NUMBER_WEIGHT, NUMBER_POINTS, NUMBER_EXPLAINED, NUMBER_LEVEL, NUMBER_BASE };
/* The address of what a number of a line is made of. */
const char *growth_number_address(struct work *, const struct growth_asked *, const struct growth_line *, enum growth_number);
handler growth_explain_handle;

struct growth_choice {
        const char *value, *title;
        bool is_chosen;
};

struct growth_view {
        const char *title, *lede, *known;
        const char *csv, *xlsx, *json, *levels;
        struct growth_choice *units, *periods, *ofs;
        size_t unit_count, period_count, of_count;
        const char *finding;          /* what explains most, or what is missing */
        const char *empty;            /* why there is nothing to show; NULL: there is */
        struct chart chart;
        struct chart_bar *bars;
        size_t bar_count;             /* 0: some part is not known */
};

struct growth_explain_view {
        const char *heading, *about;
        const char *value, *exact, *measure; /* exact: to the last decimal kept; "": value is */
        const char *formula;
        const char *csv, *xlsx, *json, *all; /* all: the page with the other numbers */
};

#endif
