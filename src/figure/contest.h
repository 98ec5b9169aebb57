/* contest.h - conflicts: figures, records (own.h), files of definitions (catalogue.h), decisions about reports (form/decide.c) and acts in cases (workflow/case.h) that nodes wrote without having seen each other, and how they are settled.
 *
 * A contest is a set of entries that contradict each other in one or more cells (fold.h says when). What its writers
 * brought is kept side by side. It is settled by an entry of a node that may: one at least as near to the place as every
 * writer that could be read together with the others, and only the leader of its unit. A decision names the entries and gives for each cell the
 * value that stands from then on; a newer figure of such a node, written in sight of the conflict, ends it too. */
#ifndef FIGURE_CONTEST_H
#define FIGURE_CONTEST_H

#include "figure/fold.h"

#define CONTEST_OF_FILE "catalogue.file" /* the topic of conflicts about a file of definitions; its path is the item, and it has no period */

/* One of the entries. Texts live as long as the work's arena. */
struct contest_side {
        const struct entry *entry;   /* without its line and body */
        char hash[HASH_HEX];
        const char *unit;            /* code its node spoke for when it wrote, */
        const struct unit *place;    /* and which unit that was; NULL where the catalogue does not know */
        int level;
        const char *by;              /* who signed it: as its body or author says; "" the node itself */
        const char *source;          /* what its body names as the source; "" */
        bool is_published;           /* everybody may read it */
        const char *why;             /* what it says about the figures: an explanation, a reason; "" */
        int64_t bytes;               /* of its entry */
        bool is_left_out;            /* with those before it more than is shown at once: contest_bodies has none of it */
};

#define CONTEST_SHOWN_MAX ((int64_t)16 << 20) /* bytes of entries: two, however long they are */

struct contest_cell {
        const struct indicator *indicator;
        const struct unit *unit;
        period period;               /* of a record that holds from a day: that day (own.h) */
        const char *item, *partner;  /* codes, "" the whole */
        int64_t of_day;              /* as in struct contest */
        int64_t cell[6];             /* its key in the tables of this node */
        int64_t *value;              /* by side */
        const char **measure;        /* by side: the unit of measure it names; NULL: the indicator's */
        bool *has_side;
        int stands;                  /* side that stands meanwhile; -1: none of them any more */
        bool is_open;
        bool has_outcome;
        int64_t outcome;             /* what the entry that closed it brought, */
        const char *outcome_measure; /* and in which unit, as above */
};

/* How the cells of a contest that are closed were closed: one for each entry that did. */
struct contest_end {
        const struct entry *entry;
        const char *unit, *by, *reason; /* reason: "" where it was no decision but a newer figure */
        bool is_decision;
};

struct contest_view {
        char name[CONTEST_NAME_MAX];
        struct contest_side *sides;
        size_t side_count;
        struct contest_cell *cells;
        size_t cell_count;           /* read */
        int64_t cells_in_all, cells_open;
        struct contest_end *ends;
        size_t end_count;
        const char *decider;         /* code of the unit that is expected to decide */
        const char *audience;        /* the smallest of its entries': whoever has them all reads it */
        bool may_settle;             /* the asker, here */
        moment since;                /* when the last of its entries was written */
        const json_t ***bodies;      /* where contest_bodies keeps them */
};

/* Names of contests, newest first: open ones, or closed ones; at most limit. NULL and an error on failure. */
const char **contest_names(struct work *, bool is_open, size_t limit, size_t *count);

/* One contest with at most limit cells (0: all). NULL and ERR_MISSING where none has the name. */
struct contest_view *contest_read(struct work *, const char *name, size_t limit);

/* How many are open; how many of them wait for the asker. 0 on failure. */
int64_t contests_open(struct work *);
int64_t contests_waiting(struct work *);

/* The name of the open contest a cell takes part in; NULL (no error): none. */
const char *contest_of_cell(struct work *, const struct indicator *, const struct unit *, period, const char *item,
                            const char *partner);

/* Open conflicts about what an area keeps of its own, by topic and partner (NULL: all of them), a cell each, in the order of partner, item and period. NULL and an error on failure. */
struct contest_open { const char *name, *item, *partner, *unit; period period; }; /* unit: its key */
struct contest_open *contests_about(struct work *, const struct indicator *topic, const char *partner, size_t *count);

/* The bodies of the entries of a contest, by side: read when they are first asked for, as they may be long; of a side that is left out NULL. NULL and an error on failure. */
const json_t **contest_bodies(struct work *, const struct contest_view *);

/* Whether a cell is a record (own.h): its values only say whether two are the same. Its period, of a record its day, as in an address and in words. */
bool contest_is_record(const struct contest_cell *);
/* Whether it holds from a day on, which stands in the place of the period. */
bool contest_is_of_day(const struct contest_cell *);
const char *contest_period(struct work *, const struct contest_cell *);
const char *contest_period_said(struct work *, const struct contest_cell *);

/* Whether all cells of a contest are figures that a unit may report today: its own and those below it. */
bool contest_lies_within(struct work *, const char *name, const char *unit_code);

/* The name of an open contest an entry takes part in; NULL (no error): none. */
const char *contest_of_entry(struct work *, int64_t entry);
/* The same of one about what became of an entry, by its hash: what nodes decided about a report that was sent. */
const char *contest_about_entry(struct work *, const char *hash);

/* Inside a job: settle an open contest: everywhere the value of a side (hash), or for single cells (by their number in contest_view.cells)
 * another's. choice: a side for each cell, -1 where it stays open; reason is required. ERR_DENIED where the asker may not,
 * ERR_TOO_BIG where more than SETTLE_SIDES_MAX entries contradict each other. Where one of the versions was published so is the decision, with
 * what it chooses and why: whoever sees that version sees what takes its place. may_publish: whoever decides agrees; ERR_INVALID at "publish" where
 * that is needed and false. */
bool contest_settle(struct work *, const char *name, const int *choice, size_t cell_count, const char *reason, bool may_publish);

/* What came in with entries after a place in the order of arrival: figures, and the names of contests it opened (at most
 * limit; *contests counts all). */
bool figures_arrived(struct work *, int64_t after, int64_t *figures, int64_t *contests, const char **names, size_t limit);

#endif
