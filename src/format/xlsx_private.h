/* xlsx_private.h - what reading a workbook is made of: its numbers as text, and limits other than the usual ones, so that tests need no huge files. */
#ifndef FORMAT_XLSX_PRIVATE_H
#define FORMAT_XLSX_PRIVATE_H

#include "format/xlsx.h"

struct xlsx_limits {
        uint64_t unpacked;
        size_t strings;
        int64_t cells;
};

/* What xlsx_read uses: the limits stated in xlsx.h. */
extern const struct xlsx_limits xlsx_limits_usual;

/* xlsx_read within the given limits. */
bool xlsx_read_within(const struct xlsx_limits *, struct arena *, const char *path, const char *sheet, xlsx_row *,
                      void *context, struct error *);

/* Whether a number format shows a day: d, y or a month outside quotes, brackets and escapes, in the first section.
 * Hours and minutes alone are durations: numbers. */
bool xlsx_shows_day(const char *code);

/* Room for a number or a day as text, its end included. */
#define XLSX_NUMBER_MAX 400
#define XLSX_DAY_MAX 40

/* The shortest plain decimal that Excel would show: at most 15 significant digits. Up to 15 digits a decimal survives
 * the way through a double, so it is taken as it stands. False where the text is no number, or none that is finite. */
bool xlsx_number_write(char out[XLSX_NUMBER_MAX], const char *text);

/* The day of a serial number, "T08:30:00" behind it where it has a time; false where there is none (times alone,
 * 1900-02-29, beyond 9999). */
bool xlsx_day_write(char out[XLSX_DAY_MAX], const char *number, bool is_1904);

#endif
