/* xlsx.h - Excel workbooks: read as a stream with limits, written in constant memory.
 *
 * Reading: zlib and expat; document type declarations, encrypted parts and external links are refused; limits on
 * parts, unpacked size, compression ratio, shared strings, cells and nesting stop bombs. Formulas are
 * read as their stored values. Writing: parts are packed as their cells come (zip_write.h); text is never taken as a formula. */
#ifndef FORMAT_XLSX_H
#define FORMAT_XLSX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

#define XLSX_UNPACKED_MAX ((uint64_t)512 << 20) /* bytes of all parts read */
#define XLSX_RATIO_MAX 200                      /* unpacked : packed, for parts over 1 MiB */
#define XLSX_STRINGS_MAX ((size_t)128 << 20)
#define XLSX_CELLS_MAX 20000000
#define XLSX_COLUMNS_MAX 256
#define XLSX_TEXT_MAX 32767                     /* characters in a cell, Excel's own limit */

enum xlsx_kind { XLSX_EMPTY, XLSX_TEXT, XLSX_NUMBER, XLSX_BOOL, XLSX_ERROR, XLSX_DATE };

struct xlsx_cell {
        enum xlsx_kind kind;
        const char *text;  /* the text, or the number with all its digits in plain form (no exponent, at most 15
                            * significant digits as Excel keeps them), or ISO date for cells formatted as dates
                            * ("2025-07-01", "2025-07-01T08:15:00"); TRUE or FALSE; "#N/A"; "" where empty */
};

/* A row as read, of the sheet of that name: cells[0 … count-1], missing ones XLSX_EMPTY; row counts from 1. Return false to stop. */
typedef bool xlsx_row(void *context, const char *sheet, int row, const struct xlsx_cell *cells, int count);

/* Read the sheet of that name (NULL: the first). ERR_INVALID, ERR_TOO_BIG with the part's name otherwise. */
bool xlsx_read(struct arena *, const char *path, const char *sheet, xlsx_row *, void *context, struct error *);

struct xlsx_writer;

/* A workbook written to path, which exists from now on and is complete after xlsx_finish; if the arena ends
 * before, it is removed. Rows of a sheet must come in order, one sheet after the other; rows and columns
 * count from 0. Errors of single cells are kept and reported by xlsx_finish. */
/* A new workbook at a path; NULL and an error where the file cannot be made. */
struct xlsx_writer *xlsx_create(struct arena *, const char *path, struct error *);
/* Begin a sheet: widths in characters, rows that stay while scrolling. */
void xlsx_sheet(struct xlsx_writer *, const char *name, const double *widths, int column_count, int frozen_rows);
enum xlsx_style { XLSX_PLAIN, XLSX_BOLD, XLSX_HEAD, XLSX_INPUT, XLSX_BAD, XLSX_WARN, XLSX_NOTE };
/* One cell, rows in rising order (the writer keeps only one in memory). */
void xlsx_text(struct xlsx_writer *, int row, int column, const char *text, enum xlsx_style);
/* Exact to Excel's 15 digits; a number with more is written as text so that no digit is lost. shown: decimals displayed. */
void xlsx_number(struct xlsx_writer *, int row, int column, int64_t value, int decimals, int shown, enum xlsx_style);
void xlsx_date(struct xlsx_writer *, int row, int column, int32_t day, enum xlsx_style);
void xlsx_moment(struct xlsx_writer *, int row, int column, int64_t moment, enum xlsx_style); /* Vietnamese time */
void xlsx_comment(struct xlsx_writer *, int row, int column, const char *text);
/* Only a decimal number may be typed there; message when it is not. */
void xlsx_validate_decimal(struct xlsx_writer *, int row, int column, const char *title, const char *message);
bool xlsx_finish(struct xlsx_writer *, struct error *);

#endif
