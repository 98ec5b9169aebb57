/* table_private.h - what a table's templates show; for the files of this folder only. */
#ifndef REPORT_TABLE_PRIVATE_H
#define REPORT_TABLE_PRIVATE_H

#include "report/table.h"

/* One cell on a page, ready to be escaped. */
struct shown_cell {
        const char *text;  /* "" where empty */
        const char *href;  /* or NULL */
        const char *css;   /* "num" or NULL */
        const char *label, *unit; /* of the column, for narrow screens where a row is a card; unit NULL none */
        char room[DECIMAL_TEXT_MAX + 1];
};

/* The heading of a page with a table. */
struct table_heading {
        const char *title;
        const char *const *notes; /* NULL-terminated, or NULL */
        const struct column *columns;
        int column_count;
        bool has_links, is_below; /* is_below: the page has its own h1, notes follow the rows */
        const char *csv_href, *xlsx_href, *json_href;
        const char *next_href;  /* to the next part of the list, or NULL */
};

#endif
