/* analysis.h - what the pages of analysis share; never official figures. */
#ifndef ANALYSIS_ANALYSIS_H
#define ANALYSIS_ANALYSIS_H

#include "figure/series.h"
#include "report/chart.h"
#include "report/choices.h"
#include "report/table.h"
#include "stats/adjust.h"
#include "web/web.h"

/* What the two pages ask alike: one indicator, its series. */
struct analysis {
        struct work *work;
        const struct request *request;
        struct figure_query query;
        const struct indicator *indicator;
        struct series_set set;
        const char *unit_asked, *item_asked; /* as typed, "" for none */
        bool is_for_people;
};

/* Read the filters (those of /figures that say which figures: indicator, unit, item, partner, from, to, known, boundary) and limit them to
 * what the reader may see. ERR_INVALID for the others, and for more than one indicator. Without an indicator the first of a few that has figures. */
bool analysis_ask(struct work *, const struct request *, struct analysis *);
/* The series that are there, of months or else of quarters. */
bool analysis_read(struct analysis *);
/* How many figures were left out since they are sums of only some of the units below; NULL for none. */
const char *analysis_partial(const struct analysis *);

/* The fields of a form that both pages have, and what they hold. first_unit, first_item: the texts of "none", or NULL. */
struct asked_view {
        struct choices indicators, units, items;
        const char *from, *to, *known; /* as typed */
};
struct asked_view analysis_asked(struct analysis *, const char *first_unit, const char *first_item);

/* In words, in the arena. */
const char *analysis_unit(const struct analysis *, const struct unit *);
const char *analysis_name(const struct analysis *, const struct indicator *);
const char *analysis_item(const struct analysis *, const char *code, period);
const char *analysis_period(const struct analysis *, period); /* "T12/2021" for people, else "2021-12" */
const char *analysis_number(const struct analysis *, double value, int decimals, bool has_sign);
period analysis_at(const struct analysis *, size_t place);
/* A series' unit of measure with its first and last period: "tonnes (Jul 2024 – Dec 2024)"; and those of all others of the same in other units of
 * measure: NULL where there are none. */
const char *analysis_measured(const struct analysis *, const struct series *);
const char *analysis_others(const struct analysis *, const struct series *);
/* The explanation of a figure of a series. */
const char *analysis_explain(const struct analysis *, const struct series *, size_t place);
/* A number of an analysis in a table; empty where its digits have no room in 64 bits (with six decimals from 9.2 million million on). */
struct cell analysis_cell(double value, int decimals, int shown);
/* An address with its query, in another format. */
const char *analysis_format(const struct analysis *, const char *address, const char *path, const char *suffix);

/* ---- /analysis ------------------------------------------------------------------------------------------------ */

struct season_line {
        const char *label, *value;
};

struct season_view {
        const char *title, *about, *left_out; /* in other units of measure; NULL */
        struct asked_view asked;
        struct choices windows, tets;
        bool is_robust, has_series;
        const char *problem, *remedy;      /* why it could not be taken apart; NULL */
        const char *csv, *xlsx, *json, *series, *outliers;
        struct season_line lines[10];
        int line_count;
        const char *method, *note, *partial; /* partial: how many figures are in no series, as sums of some units; NULL */
        struct chart levels, effects;
        struct chart_series level_lines[3], effect_lines[2];
        int effect_count;
        size_t count;                      /* points of each line */
};

/* ---- /analysis/outliers ------------------------------------------------------------------------------------------ */

struct outliers_view {
        const char *title, *about, *cut;   /* where units of measure change; NULL */
        struct asked_view asked;
        struct choices severities;
        const char *csv, *xlsx, *json;
        const char *found;                 /* "3 of 120 figures stand out" */
        const char *partial;               /* how many figures are in no series, as sums of some units; NULL */
        bool has_series, has_rows;
};

handler season_page, outliers_page;

#endif
