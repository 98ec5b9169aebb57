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
        int64_t known_from, value, status, mark;
};

/* ---- cells that several nodes wrote (cell.c) ------------------------------------------------------- */

/* Witnesses of entries, looked up once in a job's step. */
struct keeper {
        struct work *work;
        struct map *witnesses; /* entry id -> struct witness * */
};
void keeper_open(struct keeper *, struct work *);

/* The source an entry names, as it counts: "" where it is the administration's own report; and its priority. */
bool provider_told(struct work *, const char **source, int *priority, stamp at);

/* What an entry with figures says of itself, kept for folding: the unit its node spoke for, what it had seen, what it
 * decides about. figures: their number. Says in why what is wrong with its body; REFUSED then. */
enum applied witness_keep(struct work *, const struct entry *, const char *unit, int64_t figures, struct error *why);

/* In a run of entries those of which nothing is undone are written many by one statement: at the latest before what rests on them. */
#define WITNESSES_MOST 64
struct witnesses {
        struct {
                int64_t entry, level, figures, seen;
                bool tells_seen;
                char unit[16], source[48]; /* longer ones are written at once */
        } list[WITNESSES_MOST];
        size_t count;
};
bool witnesses_write(struct work *, struct witnesses *);

/* Whether an entry is a decision about a conflict, by its kind. */
bool entry_settles(const struct entry *);

/* Put further versions into a cell and decide anew which stands; the versions that were there find their places
 * again. added: rows of the cell, of each entry one for a moment. Tells what stood before and after. */
bool cell_refold(struct keeper *, const int64_t cell[F_CELL], const struct row *added, size_t added_count,
                 struct standing *before, struct standing *after);

/* ---- totals (totals.c) ---------------------------------------------------------------------------- */

/* A unit that figures are about. */
struct place {
        int64_t symbol;
        int level;                     /* enum unit_level */
        int64_t above[LEVEL_COUNT];    /* symbols of the units it adds to */
        int above_count;
};

/* One change to one total, as bound to the upsert: unit, indicator, period, level, item, partner (the key),
 * high, low, n, n_submitted, n_approved, n_estimates. */
enum { T_UNIT, T_INDICATOR, T_PERIOD, T_LEVEL, T_ITEM, T_PARTNER, T_HIGH, T_LOW, T_N, T_SUBMITTED, T_APPROVED, T_ESTIMATES, T_WIDTH };
#define T_KEY 6

struct change {
        int64_t v[T_WIDTH];
};

/* Changes that are still to be written, one for each total. */
struct changes {
        struct map *by_key;
        struct change *list;
        size_t count, room;
        size_t next;     /* of the list: behind the one changed last */
        bool is_starved; /* one could not be noted: changes_flush says so */
};

/* False: the machine has no memory. Close also then, and accepts what was never opened but is zeroed. */
bool changes_open(struct changes *);
void changes_close(struct changes *);
/* A cell changed from one standing version to another: all totals it adds to follow. */
void cell_changed(struct changes *, const struct place *, const int64_t cell[F_CELL], const struct standing *before,
                  const struct standing *after);
/* Write them; there are none then. */
bool changes_flush(struct changes *, struct work *);

/* ---- many entries' figures placed in one go (bulk.c) ------------------------------------------------ */

struct topic {
        const struct indicator *indicator;
        int64_t symbol;
};

/* Figures of an entry, ready for the table. */
struct brought {
        const struct entry *entry;
        int64_t writer;              /* symbol of its node and source (writer_symbol) */
        const struct place *places;  /* the units they are about, */
        size_t place_count;
        const struct topic *topics;  /* and the indicators */
        size_t topic_count;
        const struct row *rows;      /* in the order of the table; of two for one cell and moment the first counts */
        size_t row_count;
};

/* Figures of any number of entries on their way into the tables figure, figure_group, figure_writer, figure_beside, figure_contest and
 * figure_total. What comes out does not depend on how entries are divided among bulks, nor on their order. */
struct bulk;
struct bulk *bulk_open(struct work *); /* NULL and an error: the machine has no memory */
void bulk_close(struct bulk *);        /* forgets what was not written; accepts NULL */

/* Witnesses of the entries of a run. */
struct witnesses *bulk_witnesses(struct bulk *);

/* Add an entry's figures, copied; what is added of it later follows in the order of its lines. Its row in figure_entry is there (witness_keep) at the latest when they are written. */
bool bulk_add(struct bulk *, struct work *, const struct brought *);

/* Whether it holds so much that it should be written before more is added. */
bool bulk_is_full(const struct bulk *);

/* Write all that was added; the bulk is empty then. After a failure it may only be closed. */
bool bulk_write(struct bulk *, struct work *);

/* Test aid: from how many bytes on a bulk is full, and how many rows it writes by one round of statements; 0: as ever. */
void bulk_limit(size_t bytes, size_t rows_at_once);

/* Give an entry's versions that were written before the status of its rows. The bulk is empty before and after. */
bool bulk_set_status(struct bulk *, struct work *, const struct brought *);

/* ---- an entry's block as rows (apply.c), for decisions about it -------------------------------------- */

/* The rows of an entry's figures as symbols, in the order of the table; status, mark and moment filled in from its body. NULL:
 * *verdict says whether it waits, is refused (why) or failed. */
const struct row *entry_rows(struct work *, const struct entry *, size_t *count, enum applied *verdict, struct error *why);

/* Apply an entry whose figures and defaults stand in its body: "figures", "status", "mark", "known_from". */
enum applied body_apply(struct work *, const struct entry *, struct error *why);

/* Give what an entry brought the status of approved, or the one it was brought with, submitted where that was approved. defaults NULL: as its body says. */
bool block_set_status(struct work *, const struct entry *, const char *block, size_t length, const struct figure *defaults, bool is_approved);

/* What a decision brought, its rows, is from now on approved as long as the report is that it chose, or that the decision follows which it chose: whatever either was where it was
 * written. named: what it decides about. Nothing where it chose none of them as a whole, or something else, or everybody reads it: what is published is official by that. */
bool decision_follow(struct work *, const struct entry *, const struct entry *const *named, size_t named_count, const struct row *rows, size_t row_count);

/* Symbol of the province that leads a unit's rows: the country's own figures lead themselves. */
const char *province_key(const struct unit *);

/* A unit in a block or file: its code where that means this unit at the end of the period, else "code@day". */
size_t unit_text(char *out, size_t room, const struct catalogue *, const struct unit *, period);

/* A code as it is stored: "" for the classification's root. */
const char *item_stored(const struct catalogue *, const char *classification, const char *code);

#endif
