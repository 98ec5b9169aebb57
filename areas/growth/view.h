/* view.h - what the page of growth shows. */
#ifndef GROWTH_VIEW_H
#define GROWTH_VIEW_H

#include "figure/growth.h"
#include "report/chart.h"
#include "web/web.h"

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

#endif
