/* table.h - one result, many formats: a table written row by row as page, JSON, CSV or XLSX.
 *
 * Columns carry their unit, so no number goes out without one. Rows stream: memory does not grow with
 * their number. Every format states the number of rows at its end (CSV: in the trailer header
 * X-Row-Count and a final comment-free newline only; JSON: "count"; XLSX: metadata sheet). */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include "base/decimal.h"
#include "web/web.h"

enum cell_kind { CELL_TEXT, CELL_NUMBER, CELL_INT, CELL_DAY, CELL_MOMENT };

struct column {
        const char *name;      /* stable name in JSON and CSV: "value" */
        const char *title;     /* for people, already in their language */
        const char *unit;      /* unit of measure or NULL */
        enum cell_kind kind;
};

struct cell {
        bool is_empty;
        const char *text;      /* CELL_TEXT */
        int64_t number;        /* CELL_NUMBER: scaled by decimals; CELL_INT, CELL_MOMENT: as is; CELL_DAY: day */
        int decimals, shown;   /* CELL_NUMBER; shown < 0: all */
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

/* Begin. title and notes (source, as-of, filters; NULL-terminated list or NULL) appear on pages and in the XLSX metadata sheet.
 * out gets the bytes. */
struct table *table_begin(struct work *, enum suffix, struct buf *out, const char *title, const char *const *notes,
                          const struct column *, int column_count);
void table_row(struct table *, const struct cell *);
/* next: the key of the following page for JSON lists, or NULL. */
bool table_end(struct table *, const char *next);

/* For handlers: write the whole reply (frame of the page included) around a function that gives the rows. */
typedef bool table_rows(struct work *, struct table *, void *context);
bool table_reply(struct work *, const struct request *, struct reply *, const struct page *, const char *file_name,
                 const char *const *notes, const struct column *, int column_count, table_rows *, void *context);

#endif
