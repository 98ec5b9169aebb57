/* rows.h - rows of figures as one table: the same columns for CSV, JSON and XLSX, names for pages. */
#ifndef FIGURES_ROWS_H
#define FIGURES_ROWS_H

#include "report/figure_text.h"
#include "report/table.h"

/* Write the answer to a query. limit: rows of one page of a list, 0 for all; then *next gets the key to go on
 * from, or NULL. *count gets the rows written. address: of this answer, told in files; NULL for none: a CSV file is then called figures.csv. What
 * describes the CSV file reads no figures. */
bool rows_write(struct work *, enum suffix, struct buf *out, struct figure_query *, const char *address, int64_t limit, const char **next,
                int64_t *count);

#endif
