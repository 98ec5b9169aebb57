/* own.h - what an area keeps in tables of its own, and its conflicts.
 *
 * What establishments report (areas/iip) is no figure of an indicator: it is listed nowhere and added to nothing; an item of a register
 * (areas/cluster) is no number at all. But several nodes may write them, too, so their versions are decided about by the rules of fold.h, their
 * conflicts stand among those of figures (contest.h), and are settled there. The area keeps the versions and says which stand; here is what it
 * needs for that. Cells are keyed as figures are: province, topic, period, unit, item, partner; all but the period are symbols. Of a record that
 * holds from a day that day stands in the place of the period. */
#ifndef FIGURE_OWN_H
#define FIGURE_OWN_H

#include "figure/contest.h"

/* A field of a record, as each side has it. */
struct own_line {
        const char *id, *name;
        const char **values;   /* by side, in words; "" nothing */
        const char *common;    /* what it was before any of them; NULL: that is not known */
        bool differs;
};

/* What an area keeps: a topic is named as an indicator is, and stands in no catalogue. */
struct figure_own {
        const struct indicator *topics; /* ended by one without id */
        const char *(*title)(struct work *, const struct contest_cell *);   /* of a cell: what was measured */
        const char *(*address)(struct work *, const struct contest_cell *); /* of the page that shows it */
        /* What an entry brought for a cell, and in which unit of measure (a symbol 't'); false for nothing. */
        bool (*value)(struct work *, const struct contest_cell *, int64_t entry, int64_t *value, int64_t *measure);
        /* How a value is said that is no quantity; NULL where all are. */
        const char *(*said)(struct work *, const struct contest_cell *, int64_t value);
        /* Inside a job: write the decision: choice[cell] is a side, -1 leaves the cell open. All has been checked but the cells. */
        bool (*settle)(struct work *, const struct contest_view *, const int *choice, const char *reason);
        /* Of records, whose values only say whether two are the same: what each side says, field by field. NULL and an error on failure; the member is NULL of numbers. */
        struct own_line *(*lines)(struct work *, const struct contest_view *, const struct contest_cell *, size_t *count);
        /* Of records: the address of the form that records a cell anew for its day; NULL where the asker may not. */
        const char *(*anew)(struct work *, const struct contest_cell *);
        bool is_from_above;    /* what units above say of a unit: its own node does not decide about it */
        const char *meanwhile; /* what is so while a conflict is open, as none of its versions stands and none can be written anew; the unit of the cell decides then. NULL: one stands */
        const struct indicator *dated; /* of records: the topic of those that hold from days; the period of others is one */
};

/* At the start of the program. */
void figure_own_register(const struct figure_own *);
/* Whose topic it is; NULL: an indicator's. And the topic with an id; NULL: none. */
const struct figure_own *figure_own_of(const struct indicator *);
const struct indicator *figure_own_topic(const char *id);

/* ---- for the apply functions of the area --------------------------------------------------------------------------- */

/* Note who wrote an entry, what it had seen ("seen"), what it decides about ("of", of kinds *.settle). count: of its lines. REFUSED and why
 * where the body says it wrongly. */
enum applied figures_witness(struct work *, const struct entry *, int64_t count, struct error *why);

/* The same of an entry that may be applied once more while the tables of figures stay as they are, as those of cases are where a workflow changes. It counts as
 * of that unit, the one it was written for. */
enum applied figures_witness_kept(struct work *, const struct entry *, const char *unit, struct error *why);

/* Whether an entry may decide about those it names in "of", with a reason: as for figures.settle, but for what it chooses. of: their ids, room
 * for SETTLE_SIDES_MAX. WAITING where one is not here. */
enum applied figures_may_decide(struct work *, const struct entry *, int64_t *of, size_t *count, struct error *why);

/* All versions of a cell, known from the moment of their entries: until when each stands (until), conflicts noted anew. measure: the unit of
 * measure, a symbol 't'. Sources have no part: of one node's versions the newest stands, as where it is alone. What stood at a moment is the version of a stamp not after it whose until is: later entries change nothing of that. */
struct own_version {
        int64_t entry, value, measure;
        int64_t on;            /* of contest_refold_days: the day from which it holds */
        bool is_cautious;      /* stands while a conflict is open (fold.h) */
        stamp until;           /* filled: of the entry that took its place; INT64_MAX: it stands; its own entry's: it never did */
};
bool contest_refold(struct work *, const int64_t cell[6], struct own_version *, size_t count);

/* The same of versions that hold from days on (day_fold in fold.h): which stands on each of some days (NULL: none holds), the conflicts of those days noted anew; the cell's period is taken
 * from them. What holds on a day rests on no version of a later one. */
struct own_day { int64_t on; const struct own_version *stands; };
bool contest_refold_days(struct work *, const int64_t cell[6], const struct own_version *, size_t count, struct own_day *, size_t day_count);

/* The value of a version of a record, from all that it says: the same of two that say the same, at every node alike. */
int64_t own_record_value(const char *text);

/* The key of a cell but for item and partner, which are symbols 't'. */
void contest_cell_key(struct work *, const struct indicator *topic, const struct unit *, period, int64_t item, int64_t partner, int64_t cell[6]);

#endif
