/* form_private.h - what the files of this folder share: definitions, rules, the life of a report. */
#ifndef FORM_FORM_PRIVATE_H
#define FORM_FORM_PRIVATE_H

#include "figure/own.h"
#include "form/form.h"
#include "format/jsonw.h"

/* ---- definitions (definition.c) ------------------------------------------------------------- */

#define RULE_DECIMALS 6   /* thresholds in rules keep six decimals */
#define FORM_ROWS_MAX 500
#define ROW_NAME_MAX 32   /* bytes */
#define FORM_RULES_MAX 500

enum rule_kind {
        RULE_REQUIRED,     /* a required row is empty */
        RULE_NOT_NEGATIVE, /* below zero */
        RULE_RANGE,        /* outside least … most */
        RULE_CHANGE,       /* changes by more than limit percent (indices: points) against the base */
        RULE_UNIT,         /* about ratio times the base: typed in another unit */
        RULE_PARTS,        /* parts and total do not agree */
        RULE_CUMULATIVE,   /* months missing for the to-date figure, or to-date falling */
        RULE_SOURCES,      /* another source says otherwise, by more than limit percent (indices: points) */
        RULE_KIND_COUNT
};

enum rule_base { BASE_PREVIOUS, BASE_YEAR_BEFORE };

struct rule {
        enum rule_kind kind;
        const char *id;
        enum severity severity;
        enum rule_level level;
        const char *owner;                   /* who has to act: OWNER_WRITER, OWNER_PLACE, or a unit's code */
        const char *advice_vi, *advice_en;   /* what it means and what to do; "" none */
        day from, to;                        /* first and last day of periods it is for */
        const char *message_vi, *message_en; /* with {placeholders}; NULL: the program's own */
        const char *basis;                   /* legal basis or source */
        bool is_verified;
        const int *rows;                     /* indices of the rows watched (parts: the parts) */
        int row_count;
        int total;                           /* RULE_PARTS: index of the total */
        bool is_at_most;                     /* RULE_PARTS: the parts need not make up the whole */
        bool has_least, has_most;
        int64_t least, most;                 /* RULE_RANGE */
        int64_t limit;                       /* RULE_CHANGE: percent or points; RULE_UNIT: the ratio */
        int64_t within;                      /* RULE_UNIT: ratio / within … ratio * within */
        int64_t tolerance;                   /* RULE_PARTS */
        enum rule_base base;
};

#define OWNER_WRITER "writer" /* the unit whose node wrote the figure */
#define OWNER_PLACE "place"   /* the unit the figure is about, of communes their province */
#define EVERY_ITEM "*"        /* item of a row of checks: each that has a figure */

/* A form, or checks: rows and rules over what is stored, which nobody files. */
struct form {
        bool is_checks;
        enum frequency frequency;            /* of the periods of checks */
        const char *id;
        const char *title_vi, *title_en;
        const char *legal_basis, *note_vi, *note_en;
        bool is_verified;
        day from, to;
        enum unit_level filed_by;
        const char *filed_to;
        const char *window_id;
        const struct window *window;
        struct form_row *rows;
        size_t row_count;
        struct rule *rules;
        size_t rule_count;
        const char *path;
};

/* Parse one file. Always returns a form; it may be used if there are no complaints. */
/* The word of a kind ("range"), and its own message where a rule has none. */
const char *rule_kind_name(enum rule_kind);
const char *rule_kind_message(enum rule_kind);

/* Forms and checks alike: those that are in force on any day from first to last. Returns their number, at most max. */
size_t rule_sets(const struct catalogue *, day first, day last, const struct form **out, size_t max);
struct form *form_parse(struct arena *, const struct catalogue *, const struct source *, struct complaints *);

/* Index of a row by its id; -1. Headings have no id and are never found. */
int form_row_find(const struct form *, const char *id);

/* ---- rules (rules.c): pure ------------------------------------------------------------------- */

/* What the rules need beyond the cell itself. */
struct cell_context {
        enum language language;  /* in which the value was typed */
        const char *missing;     /* periods without a figure since January, for people: "T2/2026 – T3/2026"; NULL none */
        bool was_sent;           /* an earlier version carried a figure here */
        int64_t sent;
};

/* Read what is typed in every cell: has_value and value. Cells that are no number keep has_value false. */
void cells_read(struct cell_state *, const struct cell_context *, size_t count);

/* All problems, in the order of the rows, by the rules for a day (the period's last). language: of the reader. Cells must have been read. */
struct problem *rules_check(struct arena *, const struct form *, day on, const struct cell_state *,
                            const struct cell_context *, size_t count, enum language language,
                            size_t *problem_count);

/* A value as people read it, with at least least decimals and all that are not zero. */
const char *value_shown(struct arena *, int64_t value, int decimals, int least, enum language);

/* Change between two values of an indicator, FIGURE_CHANGE_DECIMALS; false where it cannot be said (base 0).
 * Indices that are themselves comparisons: against the year before it is value - 100; otherwise points. */
bool value_change(const struct indicator *, enum rule_base, int64_t value, bool has_base, int64_t base,
                  int64_t *change, bool *is_points);

/* ---- the life of a report (life.c): pure ------------------------------------------------------ */

enum act { ACT_DRAFT, ACT_SUBMIT, ACT_REOPEN, ACT_WITHDRAW, ACT_SEND, ACT_ACCEPT, ACT_RETURN, ACT_SETTLE };

struct event {
        enum act act;
        stamp at;
        const char *node;
        int64_t entry;          /* id on this node */
        const char *hash_hex;   /* send */
        bool is_aside;          /* accept, return: another decision about the version stands */
        const char *why;        /* the same: why it was chosen among several */
        const char *of;         /* accept, return: hash of the version; settle: of the one chosen, "" none; NULL in tests: by number */
        const char *author;     /* name shown */
        int version;            /* send, accept, return */
        const char *receipt;    /* send */
        const char *filled_by;  /* send */
        const char *reason;     /* reopen, return */
        const char *cells;      /* reopen, return: "6,7.1" */
        moment due;             /* reopen, return */
        json_t *draft;          /* draft: {"7.1":{"typed":…,"explanation":…}} */
        enum language language; /* draft: in which numbers were typed */
        bool is_kept;           /* its texts are cut already */
};

struct draft_room { char *place; size_t bytes; }; /* where a text stands that may be typed anew */
struct draft_cell {
        const char *cell, *typed, *explanation;
        struct draft_room typed_room, explanation_room;
        enum language language;
        int64_t version;        /* of the draft that last changed it */
        const char *by;
        moment at;
};

struct life {
        struct arena *arena;
        enum report_state state;
        int version;            /* of the one that stands */
        int newest;             /* greatest number sent */
        int64_t draft_version;
        const char *filled_by, *sent_by;
        moment submitted_at, sent_at;
        enum report_state before; /* as it was when it was submitted last */
        int64_t sent_entry;     /* of the version that stands */
        const char *stands_node;
        const char *remark, *remark_by, *remark_cells;
        int64_t whole_remark;   /* as in the report */
        moment return_due;
        bool is_from_own_leader;
        struct sent_version *versions;
        size_t version_count;
        struct draft_cell *cells;
        size_t cell_count;
        const char *last_cell;  /* last worked on; NULL */
};

/* Fold events into the state they make, one after another in the order of the ledger (entry_compare): an empty life, one more event, of which
 * nothing is kept but copies, and the end. Texts are kept up to what may be typed (entry_text_kept), cells of drafts whole. */
#define REPORT_TEXT_MAX 4000 /* bytes of a reason or an explanation, */
#define REPORT_CELLS_MAX (FORM_ROWS_MAX * (ROW_NAME_MAX + 1)) /* of the names of all cells of a form */
struct life *life_open(struct arena *);
void life_take(struct life *, const struct event *);
void life_close(struct life *);

/* ---- records (store.c) ------------------------------------------------------------------------- */

/* "report/monthly/42@2004-01-01/2026-10" */
const char *report_subject(struct arena *, const char *form, const struct unit *, period);

/* A text of an entry's body, "" where there is none; whether the entry was applied: it is here, waits for nothing and was not refused. */
const char *report_text(const struct entry *, const char *name);
bool report_counts(struct work *, const struct entry *);

/* Events of a subject as they count here, and their fold. */
struct life *report_life(struct work *, const char *subject);

/* Whether two codes mean the same item: the root and the empty code both mean the whole. */
bool item_is_same(const struct catalogue *, const char *classification, const char *a, const char *b);

/* Values and explanations of a sent entry, by row. false and an error if it cannot be read. */
struct sent_cell { bool has_value; int64_t value; const char *explanation; };
bool sent_cells(struct work *, int64_t entry, const struct form *, struct sent_cell *cells);

/* Check the cells again after some were changed in memory only. */
void report_recheck(struct work *, struct report *);

/* ---- decisions about a version (decide.c) -------------------------------------------------------- */

#define DECISION_SETTLE "report.decision.settle"

/* What a decision that was applied says, by its hash: the entry whose words these are is an accept or a return. False where it is none. */
struct decision_told {
        enum decision verdict;
        const struct entry *origin;
};
bool decision_chosen(struct work *, const char *hash, struct decision_told *);

/* Whether an entry of kind DECISION_SETTLE may decide, between decisions about one version of its report. */
enum applied decision_choice_check(struct work *, const struct entry *, struct error *why);

/* Take in a decision about a sent version: which one stands, whether there is a conflict, and whether the version's figures are approved. The last to refuse. */
struct decided_about { const struct unit *unit; const char *form; period period; };
enum applied decision_note(struct work *, const struct entry *, const struct event *, const struct entry *sent, const struct decided_about *, struct error *why);

/* What this node has seen of other nodes' decisions about a version: the member "seen". */
bool decision_sight(struct work *, const char *sent, struct jsonw *);

extern const struct figure_own decision_own;

/* How reports stand, for lists (todo.c). */
struct standing {
        const struct form *form;
        const struct unit *unit;
        period period;
        enum report_state state;
        int version, filled;
        moment due, sent_at, return_due;
        const char *remark, *last_cell;
        bool is_older;              /* than the periods that are listed whatever became of them */
};
struct standings {
        struct standing *list;
        size_t count, room;
        const struct form **forms;  /* in force today */
        size_t form_count;
        const struct form *form;    /* chosen; NULL: all */
        period *periods, period;    /* to choose from; chosen */
        size_t period_count;
        bool is_receiver;           /* this node receives: a row a unit; otherwise a row a form, unit and period */
        int sent, accepted;
        const char *query;          /* "?form=monthly&period=2026-10" or "" */
};
/* form, period NULL: the usual. Where this node does not receive, its own reports, and those of the units whose nodes it has
 * taken over (trust.h) for the periods in which the list of units has them. NULL and an error on failure. */
struct standings *standings_read(struct work *, const char *form, const char *period);

/* ---- acts (act.c): inside a job ---------------------------------------------------------------- */

/* One cell a person changed. explanation NULL: unchanged. */
struct change { const char *cell, *typed, *explanation; };

struct conflict { const char *cell, *yours, *theirs, *by; moment at; };

/* Save cells. base_version: the draft version the asker saw. Where others changed the same cells since,
 * nothing is
 * written, ERR_CONFLICT is set and conflicts are listed. Changes that change nothing write no entry. */
bool report_save(struct work *, const char *form, const char *unit_code, const char *period,
                 const struct change *, size_t count, int64_t base_version, int64_t *draft_version,
                 struct conflict **conflicts, size_t *conflict_count);
/* Hand the draft to the unit's leader: refused while errors or unexplained warnings stand. */
bool report_submit(struct work *, const char *form, const char *unit_code, const char *period);
/* Take back what was submitted and the leader has not sent: it is again what it was. */
bool report_withdraw(struct work *, const char *form, const char *unit_code, const char *period);
/* The leader sends; the unit above accepts: which of them is seen from the asker's place. */
bool report_approve(struct work *, const char *form, const char *unit_code, const char *period);
/* reason and cells are required; due 0: two working days from now, end of that day. */
bool report_return(struct work *, const char *form, const char *unit_code, const char *period,
                   const char *reason,
                   const char *cells, moment due);

/* ---- attachments (attach.c) -------------------------------------------------------------------------- */

#define ATTACHMENTS_MAX 20 /* files of one report */

/* What is attached to the draft, or was to the version that is shown; sets the list and the rights of the report. */
bool report_attachments(struct work *, struct report *, const struct life *);
/* False, and an error that says why nothing can be attached to it now. */
bool report_refuse_attaching(struct work *, const struct report *);
/* Inside a job: attach a file that was kept; take one off the draft, which destroys it unless a sent version has it. */
bool report_attach(struct work *, const char *form, const char *unit_code, const char *period, const struct blob_new *);
bool report_detach(struct work *, const char *form, const char *unit_code, const char *period, const char *node,
                   const char *id);
/* One of a report's, whichever version has it. NULL and ERR_MISSING. */
struct blob *report_attachment(struct work *, const struct report *, const char *node, const char *id);
/* Inside a job: let those above know of the draft's files, and name them in the body of report.send. */
bool attachments_send(struct work *, const struct report *, struct jsonw *);

enum applied apply_detach(struct work *, const struct entry *, struct error *why);

/* ---- the form as a workbook (workbook.c) --------------------------------------------------------- */

/* Write the report as a workbook: values, problems as comments and colours, instructions. */
bool workbook_write(struct work *, const struct report *, const char *path);

struct upload_cell {
        const struct form_row *row;
        const char *before, *after;           /* as shown */
        const char *before_explanation, *after_explanation;
        bool is_changed, is_number;
};
struct upload {
        struct upload_cell *cells;
        size_t cell_count, changed;
        const char **unknown;                 /* sentences: columns and rows nobody asked for */
        size_t unknown_count;
};
/* Read a filled workbook and compare it with the report. NULL and an error where it is not this form. */
struct upload *workbook_read(struct work *, const struct report *, const char *path);

/* ---- pages (page.c, and the templates beside it) -------------------------------------------------- */

const char *state_title(enum report_state); /* a text */

#endif
