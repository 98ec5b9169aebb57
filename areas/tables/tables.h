/* tables.h - tables of figures built by whoever looks: what stands in rows and columns, totals, order, charts.
 *
 * The address says everything, in one canonical form, so that a table can be sent to somebody. Page, CSV, XLSX and JSON are
 * written from one grid, read once. A figure is never added up where that means nothing: the cell says why instead. */
#ifndef TABLES_TABLES_H
#define TABLES_TABLES_H

#include "areas/tables/total.h"
#include "figure/figure.h"
#include "report/about.h"
#include "report/figure_text.h"
#include "report/map.h"
#include "report/table.h"
#include "web/web.h"

#define FACTS_MOST 100000   /* figures of a table */
#define COLUMNS_MOST 400    /* of the grid */
#define CELLS_MOST 1000000  /* places of the grid, also empty ones */
#define PAGE_ROWS 300       /* on a page; files have all */
#define PAGE_COLUMNS 60

/* ---- what is asked (ask.c) --------------------------------------------------------------------------------- */

enum chart_kind { CHART_NONE, CHART_LINE, CHART_BARS, CHART_STEPS, CHART_TILES, CHART_MAP, CHART_KINDS };

struct ask {
        struct figure_query query;
        bool only_below;           /* children=only: the units below, without those asked for */
        int level;                 /* items of one depth only: 0 the whole, 1 its parts …; -1: all */
        enum dimension rows[DIMENSIONS], columns[DIMENSIONS];
        int row_count, column_count;
        bool sums_rows;            /* totals=rows: a last row with the sums of the columns */
        bool sums_columns;         /* totals=columns: a last column with the sums of the rows */
        const char *sort;          /* name of a column, "total" for the last, "name"; "-" before it: falling; "": as listed */
        enum chart_kind chart;
        const char *at;            /* the column that a chart of one column shows; "": the last with figures */
        bool is_blank;             /* nothing was asked yet */
        const char *query_text;    /* canonical: what follows "/tables?"; "" for none */
};

/* Read a request. ERR_INVALID names what is wrong. */
bool ask_read(struct work *, const struct request *, struct ask *);

/* The canonical query with one part changed (value NULL: left out), as an address; suffix "" or ".csv". */
const char *ask_address(struct work *, const struct ask *, const char *suffix, const char *name, const char *value);

extern const char *const dimension_names[DIMENSIONS]; /* "indicator", "unit", … */
extern const char *const chart_names[CHART_KINDS];    /* "", "line", … */

/* ---- the grid (grid.c) -------------------------------------------------------------------------------------- */

/* A thing that rows or columns are of. */
struct member {
        const char *code;          /* for programs: "export_value", "42", "2021-12", "C" */
        const char *name;          /* for people */
        const char *tick;          /* shorter, under charts; NULL: name */
        const struct indicator *indicator;
        const struct unit *unit;
        const struct item *item;   /* NULL for the root and what is not listed */
        period period;
        int place;                 /* in its list */
        long order[2];             /* what it is sorted by, then by code */
        bool is_whole;             /* of items and partners: not a part */
};

/* A figure of the table. */
struct fact {
        int member[DIMENSIONS];
        bool has_value;
        int64_t value;             /* what is shown: the figure, or its change */
        int64_t printed;           /* the same as pages print it with the decimals shown (figure_row) */
        int decimals, shown;
        const char *measure;
        enum figure_status status;
        enum figure_mark mark;
        bool is_contested, is_of_before;
        int total_of, total_expected;
        const char *note;          /* or NULL */
        int whole;                 /* number of the figure of all items that it is a part of; -1: it is that figure itself */
};

/* The figure of all items for a unit, period and partner: what parts are held against. */
struct whole {
        bool is_known;
        int64_t value;
        int run;                   /* of the sum that counted it last */
};

/* A row or column of the grid. */
struct head {
        const struct member *members[DIMENSIONS]; /* in the order of the dimensions it is made of; NULL in the total's */
        const char *code, *name;
        bool is_total;
        const char *measure;       /* where all its figures have the same; NULL where not, or where it has none */
};

struct sum {
        enum refusal refusal;      /* REFUSE_NOTHING: there is a sum */
        bool has_value;
        int64_t value;
        int decimals, shown;
        int of, expected;          /* of a sum over units: units that are in it, of those asked for, each once a period; else figures that are
                                    * there, of those that could be */
        int of_before;             /* figures in it that are of the unit before, or a total of such */
        bool has_incomplete;       /* not over units: one of the figures is itself a sum of some */
        bool has_estimate;         /* one of them is an estimate, and so the sum is */
        const char *measure;
};

/* The units of one period that a sum over units lacks. */
struct lacking {
        period period;
        int of, expected;          /* 0, 0: there is no such sum */
        const struct unit **absent; /* expected - of: without a figure, or with only a part of it */
};

struct grid {
        const struct ask *ask;
        struct member *members[DIMENSIONS];
        size_t member_count[DIMENSIONS];
        struct fact *facts;
        size_t fact_count;
        struct whole *wholes;
        size_t whole_count;
        enum dimension rows[DIMENSIONS];          /* as asked, and what varies without a place */
        int row_dimensions;
        struct head *row_heads, *column_heads;    /* without totals */
        size_t row_count, column_count;
        const struct fact **cells;                /* row by row; NULL: no figure */
        struct sum *row_sums, *column_sums, *whole; /* sums of rows (by row), of columns (by column), of all; NULL where not asked */
        const char *measure;                      /* where all figures have the same; else NULL */
        bool measure_is_by_column;                /* each column has its own */
        moment newest;
        struct figure_row least;                  /* the least complete sum of units below; without an indicator: there is none */
        struct lacking lacking;                   /* of the least complete total over units */
        const struct indicator *indicators[DIMENSIONS * 16];
        size_t indicator_count;                   /* that occur, at most as many as there is room for */
};

/* Read the figures and lay them out. ERR_TOO_BIG says which limit and how to come below it. */
bool grid_make(struct work *, const struct ask *, struct grid *);

/* The figure at a place; NULL for none. */
const struct fact *grid_at(const struct grid *, size_t row, size_t column);

/* Fill a row of figures in for explain_address and the like. */
void fact_row(const struct grid *, const struct fact *, struct figure_row *);

/* Whether the rows hold a whole beside its parts. */
bool grid_is_nested(struct work *, const struct grid *);

/* What is the same in the whole table, for its subtitle: "Việt Nam · 2021". */
const char *grid_common(struct work *, const struct grid *);

/* ---- answers ------------------------------------------------------------------------------------------------ */

/* The names of what is measured. */
const char *grid_title(struct work *, const struct grid *);
/* Why there is no total: in two or three words for the cell, in a sentence for below. "" where there is one. */
const char *refusal_short(struct work *, enum refusal);
const char *refusal_long(struct work *, enum refusal);

/* What speaks against comparing a sum: how many of its figures are of the unit before. NULL: nothing. */
const char *sum_objection(struct work *, const struct sum *);

/* How complete the sums of units below and the totals over units are, and who is missing in the least complete ones. Returns how many. */
#define COMPLETENESS_MOST 4
size_t grid_completeness(struct work *, const struct grid *, const char *out[COMPLETENESS_MOST]);

/* A file (file.c). */
bool grid_file(struct work *, const struct request *, const struct grid *, struct reply *);

/* The page (page.c); grid NULL: nothing asked yet. */
bool grid_page(struct work *, const struct request *, struct reply *, const struct ask *, const struct grid *);

/* The drawing asked for (chart.c); why it cannot be drawn stands in its place. */
void grid_chart(struct work *, struct buf *, const struct grid *);
/* Whether a kind of chart can show this table; contributions also where only the depth of items must be chosen first. */
bool grid_allows(const struct grid *, enum chart_kind);
/* The column that a chart of one column shows. */
size_t grid_chart_column(const struct grid *);
/* Short name of a kind of chart. */
const char *chart_said(struct work *, enum chart_kind);

#endif
