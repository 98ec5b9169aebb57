/* figure_private.h - what only the files of src/figure share. */
#ifndef FIGURE_PRIVATE_H
#define FIGURE_PRIVATE_H

#include "figure/figure.h"
#include "stats/compare.h"

/* Columns of a row of the table figure, in the order of its definition. The first six name the cell. */
enum { F_PROVINCE, F_INDICATOR, F_PERIOD, F_UNIT, F_ITEM, F_PARTNER, F_KNOWN, F_VALUE, F_STATUS, F_MARK, F_ENTRY, F_WIDTH };
#define F_CELL 6

struct row {
        int64_t v[F_WIDTH];
};

/* Drafts are kept but count nowhere: what stands is the newest version that is at least submitted. */
#define STATUS_COUNTS STATUS_SUBMITTED

/* The version of a cell that stands, as far as totals need it. */
struct standing {
        bool is_there;
        int64_t known_from, value, status;
};

/* Symbol of the province that leads a unit's rows: the country's own figures lead themselves. */
const char *province_key(const struct unit *);

/* A unit in a block or file: its code where that means this unit at the end of the period, else "code@day". */
size_t unit_text(char *out, size_t room, const struct catalogue *, const struct unit *, period);

/* A code as it is stored: "" for the classification's root. */
const char *item_stored(const struct catalogue *, const char *classification, const char *code);

#endif
