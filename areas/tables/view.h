/* view.h - what the templates of tables show. */
#ifndef TABLES_VIEW_H
#define TABLES_VIEW_H

#include "areas/tables/tables.h"
#include "report/choices.h"

struct link {
        const char *text, *href;
        bool is_on;
};

struct builder {
        const char *title, *lede;
        bool is_open;                     /* the form: open where nothing was asked yet */
        struct choices indicators, units, children, items, levels, rows[2], columns[2], compares, boundaries, statuses;
        const char *from, *to, *partner, *known, *chart, *sort; /* as asked */
        bool sums_rows, sums_columns, has_more;
        struct link *files;
        size_t file_count;
        struct link *examples;            /* where nothing was asked yet */
        size_t example_count;
};

/* One place of the table on a page. */
struct shown {
        const char *text;                 /* "" for none */
        const char *exact;                /* the number as programs read it; NULL for none */
        const char *href, *mark, *why;    /* each NULL for none */
        const char *label;                /* of its column, for narrow screens */
        bool is_number;
        char room[DECIMAL_TEXT_MAX + 1];
};

struct shown_head {
        const char *text, *unit, *href, *sorted; /* sorted: "ascending", "descending" or NULL */
        bool is_number;
};

/* Columns that are printed beside each other. */
struct sheet { size_t from, to; };

struct pivot {
        const char *title;
        struct shown_head *heads;
        size_t width;
        bool is_narrow;                   /* few columns: a table also on a phone, no cards */
        struct shown *cells;              /* rows of width cells */
        size_t row_count;
        bool has_sums;                    /* the last row has totals */
        size_t head_count;                /* of the columns that name a row */
        struct sheet *sheets;             /* what is too wide for paper is printed in parts, each with the heads of its rows; none: as it stands */
        size_t sheet_count;
        const char **notes;               /* below the table */
        size_t note_count;
        struct link *charts;
        size_t chart_count;
        struct link *columns;             /* which column a chart shows */
        size_t column_count;
};

#endif
