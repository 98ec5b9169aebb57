/* csv.h - RFC 4180 CSV in UTF-8, read row by row with limits, written with care for spreadsheets. */
#ifndef FORMAT_CSV_H
#define FORMAT_CSV_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

#define CSV_FIELDS_MAX 256
#define CSV_ROW_MAX ((size_t)1 << 20) /* bytes of one row */

struct csv_reader; /* over a file or memory; constant memory */

/* Reads from memory or from an open file. A leading byte order mark is skipped; the separator is a comma, or a
 * semicolon where the first line has semicolons and no comma (Excel in Vietnamese). */
struct csv_reader *csv_open_memory(struct arena *, const char *bytes, size_t length);
struct csv_reader *csv_open_file(struct arena *, FILE *); /* the file stays the caller's */

/* The next row: fields (NUL-terminated, valid until the next call) and their number. False at the end or with an error (broken UTF-8, an open
 * quote, a row over the limits): the error names line and byte. Empty lines are passed over. */
bool csv_next(struct csv_reader *, struct error *, const char *const **fields, const size_t **lengths, size_t *count);
int64_t csv_line(const struct csv_reader *); /* line on which the last row began, from 1 */

/* Writing: fields of one row, then csv_row_end. Text starting with = + - @ TAB CR gets a leading
 * apostrophe (so that it cannot become a formula); numbers written with csv_number do not. */
void csv_text(struct buf *, const char *text, bool is_first);
void csv_number(struct buf *, const char *number, bool is_first);
void csv_row_end(struct buf *); /* CR LF */

#endif
