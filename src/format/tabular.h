/* tabular.h - rows of a file, CSV or XLSX, told apart by its content; one after another, in constant memory. */
#ifndef FORMAT_TABULAR_H
#define FORMAT_TABULAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

struct tabular_field {   /* without spaces around it, ended by NUL */
        const char *bytes;
        size_t length;
};

struct tabular_row {
        const char *sheet; /* of a workbook, its name; "": a CSV file */
        int64_t line;    /* line of the CSV file, or row of the sheet, from 1 */
        const struct tabular_field *fields;
        size_t count;    /* at least that of the first row in a sheet, whose empty cells at the end are nothing there */
};

/* Called for each row that is not empty; fields are valid until it returns. False stops the reading. */
typedef bool tabular_visit(void *context, const struct tabular_row *);

/* Read the file (of a workbook the first sheet). False where it cannot be opened or read, or is broken: where a row of a CSV
 * file is at fault, *line is that of the last good one and the error names line and byte; else *line is 0. True where visit
 * stopped it. */
bool tabular_read(struct arena *, const char *path, tabular_visit *, void *context, int64_t *line, struct error *);

#endif
