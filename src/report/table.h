/* table.h - one result, many formats: a table written row by row as page, JSON, CSV or XLSX.
 *
 * Columns carry their unit, so no number goes out without one: pages and workbooks show it in the head, JSON
 * in "columns", CSV in a column of its own behind the values (NAME_unit). Rows stream: memory does not grow with
 * their number. Every format states the number of rows: pages at the end, JSON as "count", XLSX in the second
 * sheet; table_reply adds the header X-Row-Count to all. JSON: {"title", "notes", "columns", "rows", "count",
 * "next"}, before them "about" where the table is described. Pages and workbooks show titles, JSON and CSV have the stable names.
 * .csvm describes the CSV file (report/about.h): no rows, each column with its type, its unit and its meaning in both languages. */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include "base/decimal.h"
#include "cli/cli.h"
#include "report/about.h"
#include "web/web.h"

enum cell_kind { CELL_TEXT, CELL_NUMBER, CELL_INT, CELL_DAY, CELL_MOMENT };

struct column {
        const char *name;      /* stable name in JSON and CSV: "value" */
        const char *title;     /* for people: a text in English marked N_, which the table says in their language; a name that is no text of ours as it is */
        const char *unit;      /* unit of measure, as the title, or NULL */
        enum cell_kind kind;
};

struct cell {
        bool is_empty;
        const char *text;      /* CELL_TEXT */
        int64_t number;        /* CELL_NUMBER: scaled by decimals; CELL_INT, CELL_MOMENT: as is; CELL_DAY: day */
        int decimals, shown;   /* CELL_NUMBER; shown < 0: all */
        bool is_change;        /* CELL_NUMBER: pages write the plus too */
        const char *href;      /* link on pages, or NULL */
};

/* Cells by what they hold; texts are not copied. */
struct cell cell_text(const char *);
struct cell cell_link(const char *, const char *href);
struct cell cell_number(int64_t value, int decimals, int shown);
struct cell cell_int(int64_t);
struct cell cell_day(day);
struct cell cell_moment(moment);
struct cell cell_empty(void);

struct table;

/* Rows so far. */
int64_t table_count(const struct table *);

/* Begin. title and notes (source, as-of, filters; NULL-terminated list or NULL) appear on pages and in the XLSX metadata sheet.
 * out gets the bytes. */
struct table *table_begin(struct work *, enum suffix, struct buf *out, const char *title, const char *const *notes,
                          const struct column *, int column_count);
/* The same below a heading the page has itself: no h1, the notes follow the rows. Other formats do not differ. */
struct table *table_begin_below(struct work *, enum suffix, struct buf *out, const char *title, const char *const *notes,
                                const struct column *, int column_count);
/* What the table is about, for the workbook's sheet "About", JSON's "about" and .csvm; it must live until table_end. A table for .csvm that is not written by
 * table_reply needs it. */
void table_describe(struct table *, const struct about *);
void table_row(struct table *, const struct cell *);

/* In a table_reply: the list goes on behind the row with this key (parameter "after"); pages link there. */
void table_goes_on(struct table *, const char *key);

/* End. next: the key from which the next part of the list follows (parameter "after"), for lists that are not given whole, or NULL.
 * JSON says it as "next"; pages link to the next part themselves. */
bool table_end(struct table *, const char *next);

/* For commands: the format that the option "format" names, csv, json, xlsx or csvw (the description of the CSV file); csv, or json with --json, where it is not
 * given. */
bool table_format_read(struct work *, const struct call *, enum suffix *);

/* For handlers that write the table themselves: the reply is kept as file_name with the suffix asked for, and a CSV file says where its description stands. */
void table_file(struct work *, const struct request *, struct reply *, const char *file_name);

/* For handlers: write the whole reply (frame of the page and links to the other formats included) around a function
 * that gives the rows. file_name is without suffix. */
typedef bool table_rows(struct work *, struct table *, void *context);
bool table_reply(struct work *, const struct request *, struct reply *, const struct page *, const char *file_name,
                 const char *const *notes, const struct column *, int column_count, table_rows *, void *context);

#endif
