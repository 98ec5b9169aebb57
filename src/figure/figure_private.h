/* figure_private.h - what only the files of src/figure share. */
#ifndef FIGURE_PRIVATE_H
#define FIGURE_PRIVATE_H

#include "figure/figure.h"
#include "figure/fold.h"
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

/* ---- cells that several nodes wrote (cell.c) ------------------------------------------------------- */

/* Witnesses of entries, looked up once in a job's step. */
struct keeper {
        struct work *work;
        struct map *witnesses; /* entry id -> struct witness * */
};
bool keeper_open(struct keeper *, struct work *);

/* What an entry with figures says of itself, kept for folding: the unit its node spoke for, what it had seen, what it
 * decides about. figures: their number. Says in why what is wrong with its body; REFUSED then. */
enum applied witness_keep(struct work *, const struct entry *, const char *unit, int64_t figures, struct error *why);

/* Whether an entry is a decision about a conflict, by its kind. */
bool entry_settles(const struct entry *);

/* Put further versions into a cell and decide anew which stands; the versions that were there find their places
 * again. added: rows of the cell, in the order of lines (of two for one moment the first counts). Tells what stood before and after. */
bool cell_refold(struct keeper *, const int64_t cell[F_CELL], const struct row *added, size_t added_count,
                 struct standing *before, struct standing *after);

/* ---- an entry's block as rows (apply.c), for decisions about it -------------------------------------- */

/* The rows of an entry's figures as symbols, in the order of the table; status, mark and moment filled in from its body. NULL:
 * *verdict says whether it waits, is refused (why) or failed. */
const struct row *entry_rows(struct work *, const struct entry *, size_t *count, enum applied *verdict, struct error *why);

/* Apply an entry whose figures and defaults stand in its body: "figures", "status", "mark", "known_from". */
enum applied body_apply(struct work *, const struct entry *, struct error *why);

/* Symbol of the province that leads a unit's rows: the country's own figures lead themselves. */
const char *province_key(const struct unit *);

/* A unit in a block or file: its code where that means this unit at the end of the period, else "code@day". */
size_t unit_text(char *out, size_t room, const struct catalogue *, const struct unit *, period);

/* A code as it is stored: "" for the classification's root. */
const char *item_stored(const struct catalogue *, const char *classification, const char *code);

#endif
