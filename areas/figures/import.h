/* import.h - files of figures: read, checked row by row, written all or not at all.
 *
 * One pass in constant memory: every row is checked and, while all rows so far are good, handed to the writer's
 * transaction, which commits only at the end of a file without a bad row (feed.h). */
#ifndef FIGURES_IMPORT_H
#define FIGURES_IMPORT_H

#include "figure/figure.h"

struct import_options {
        const char *table;    /* name of a publisher's table ("iip"), or NULL for plain columns */
        const char *name;     /* shown as the source of the figures: the publisher, or the file's name */
        bool is_dry_run;      /* check and count, write nothing */
};

/* One row that was refused, or looks odd. */
struct import_row {
        const char *sheet;    /* of a workbook, its name; "": a CSV file */
        int64_t row;          /* line of the file, or row of the sheet, from 1 */
        const char *column;   /* name in the head; "" for the row as a whole */
        const char *reason;   /* in the reader's language */
};

struct import_count {
        const char *name;     /* a measure of the table that is not imported */
        int64_t count;
};

#define IMPORT_LISTED 1000 /* rows listed by name; beyond, only counted */

struct import_result {
        int64_t rows;         /* read, without the head */
        int64_t figures;      /* good ones; written unless dry run or bad rows */
        int64_t bad_count, odd_count;
        struct import_row *bad, *odd; /* the first IMPORT_LISTED each, in the work's arena */
        struct import_count *left_out;
        size_t left_out_count;
        bool is_written;
};

/* Not inside a job. False with ERR_INVALID where rows were bad: the result lists them; nothing was written. */
bool import_file(struct work *, const char *path, const struct import_options *, struct import_result *);

/* The result as JSON: rows, figures, imported, not_imported, warnings, bad. */
void import_result_json(struct work *, struct buf *, const struct import_result *);

/* The names of the publisher's tables, for help: NULL-terminated. */
extern const char *const import_tables[];

#endif
