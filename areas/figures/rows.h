/* rows.h - rows of figures as one table: the same columns for CSV, JSON and XLSX, names for pages. */
#ifndef FIGURES_ROWS_H
#define FIGURES_ROWS_H

#include "figure/figure.h"
#include "report/table.h"

/* Write the answer to a query. limit: rows of one page of a list, 0 for all; then *next gets the key to go on
 * from, or NULL. *count gets the rows written. explain: the address of a row's explanation for pages, NULL none. */
bool rows_write(struct work *, enum suffix, struct buf *out, struct figure_query *, int64_t limit, const char **next,
                int64_t *count);

/* What the answer is about, for the head of files: filters, source, as-of; NULL-terminated, in the arena. */
const char **rows_notes(struct work *, const struct figure_query *, bool for_people);

/* "2021-12-31" where a moment begins a day in Vietnam, else the whole moment; in the arena. "" for 0. */
const char *known_shown(struct work *, moment);

/* The same for people: "28/02/2021", "21:50, 23/11/2026". */
const char *moment_for_people(struct work *, moment);

/* The name of a row's item in the reader's language; "" for none. */
const char *item_shown(struct work *, const struct figure_row *);

/* What the change of a row is counted in: "%" or points. */
const char *change_unit(struct work *, const struct figure_row *, enum compare);

/* The hash of an entry, hex, in the arena; "" for 0. Asked once for each entry by keeping the last ones. */
struct entry_hashes;
struct entry_hashes *entry_hashes_open(struct work *);
const char *entry_hash(struct entry_hashes *, int64_t id);

/* The address of the explanation of a figure, in the arena. */
const char *explain_address(struct work *, const struct figure_row *, const struct figure_query *);

/* A status, mark or comparison as people read it. */
const char *status_shown(struct work *, enum figure_status);
const char *mark_shown(struct work *, enum figure_mark);
const char *compare_shown(struct work *, enum compare);
const char *compare_name(enum compare);

#endif
