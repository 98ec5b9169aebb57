/* form.h - take any form: its definition, drafts, checks, and the life of a report.
 *
 * A *.form file (YAML, in the catalogue) defines rows, columns, rules, who files to whom and when. A report
 * is one
 * form x unit x period. Its life: draft (local, saved as typed, also what is not a number yet) → submitted
 * to the unit's leader
 * (local) → sent (entry "report.send" in the unit's stream: figures become visible above) → accepted or
 * returned (entries of the unit above; where one accepts and one returns unseen, their leader decides: decide.c). Every sent version stays. */
#ifndef FORM_FORM_H
#define FORM_FORM_H

#include "blob/blob.h"
#include "figure/figure.h"
#include "web/web.h"

enum severity { SEVERITY_HINT, SEVERITY_WARNING, SEVERITY_ERROR };

enum report_state { REPORT_EMPTY, REPORT_DRAFT, REPORT_SUBMITTED, REPORT_SENT, REPORT_ACCEPTED,
                    REPORT_RETURNED };
/* The stable name of a state ("draft"). */
const char *report_state_name(enum report_state);

struct form; /* one version of a definition; lives with the catalogue */

struct form_row {
        const char *id;            /* "7.1": cell name in drafts and files */
        const char *label_vi, *label_en, *help_vi, *help_en;
        const struct indicator *indicator; /* NULL for a heading */
        const char *item, *partner;
        int depth;                 /* indentation */
        bool is_required;
        const char *cumulative;    /* "sum" | "average_index" | "level" | "none": how to-date is made */
};

/* Forms as they stand on a day: one by id (NULL if none), all of them, and what they say of themselves. They are read when first asked
 * for; where memory ends at that the work does (work_starve). */
const struct form *form_find(const struct catalogue *, const char *id, day on);
#define FORMS_MOST 200 /* files of forms and checks in a catalogue: catalogue_check tells where there are more, which are not read */
size_t form_list(const struct catalogue *, day on, const struct form *out[FORMS_MOST]); /* their number */
const char *form_id(const struct form *);
const char *form_title(const struct form *, enum language);
const struct window *form_window(const struct form *);
size_t form_rows(const struct form *, const struct form_row **);

/* What a rule looks at: whether a figure can be read and is there; whether figures fit each other; whether it is likely; whether other
 * sources say the same. */
enum rule_level { RULES_STRUCTURE, RULES_CONSISTENCY, RULES_PLAUSIBILITY, RULES_OTHER_SOURCES };
#define RULE_LEVELS 4
/* The stable name of a level ("structure") and its title, a text. */
const char *rule_level_name(enum rule_level);
const char *rule_level_title(enum rule_level);
/* The stable name of a severity ("error"; a hint is "info") and its title, a text. */
const char *severity_name(enum severity);
const char *severity_title(enum severity);

/* One problem in a report. cell is the row's id; fix the value a click can put there, or NULL. */
struct problem {
        enum severity severity;
        enum rule_level level;
        const char *cell, *rule, *message, *fix;
        const char *advice;        /* what it means and what to do; "" none */
        bool is_explained;
};

/* What a cell of the grid shows. */
struct cell_state {
        const struct form_row *row;
        const char *typed;               /* as typed; "" empty */
        bool has_value; int64_t value;
        bool has_previous, has_year_before, has_todate, has_todate_before;
        int64_t previous, year_before, todate, todate_before;
        const char *explanation;
        bool has_todate_base;            /* what the earlier periods of the year make: for sums and averages */
        int64_t todate_base;
        int todate_count;                /* periods in todate_base */
        const char *missing;             /* earlier periods of the year without a figure: "2026-02, 2026-03"; NULL none */
        const char *missing_shown;       /* the same for people: "T2/2026 – T3/2026" */
        const int64_t *series;           /* the twelve periods before this one, oldest first */
        const bool *has_series;
        bool has_other;                  /* another source has a figure for the cell */
        int64_t other;
        const char *other_source;
        int64_t saved_version;           /* of the draft that last changed it; 0 never */
        const char *saved_by;
        moment saved_at;
};
#define REPORT_SERIES 12

/* One version as it was sent, and what became of it above. */
enum decision { DECISION_NONE, DECISION_ACCEPTED, DECISION_RETURNED };

/* One of the decisions about it. */
struct decided {
        enum decision decision;
        moment at, due;
        const char *by, *reason, *cells;
        int64_t whole_reason;            /* id of the entry that has all of a reason that was cut; 0: it was not */
        const char *why;                 /* it was chosen among several; "" no */
        bool stands;                     /* the version is as it says */
};

struct sent_version {
        int version;
        moment sent_at;
        const char *sent_by, *filled_by;
        const char *receipt;
        int64_t entry;                   /* id of the entry on this node */
        enum decision decision;
        moment decided_at, due;          /* due: until when the correction is expected; 0 none */
        const char *decided_by, *reason;
        int64_t whole_reason;            /* as in the decision */
        const char *cells;               /* rows to correct: "6,7.1"; "" the whole report */
        struct decided *decisions; size_t decision_count; /* all of them, oldest first; more than one where nodes had not seen each other */
        const char *node;                /* that sent it */
        const char *hash;                /* of the entry */
};

struct report {
        const struct form *form;
        const struct unit *unit;
        period period;
        enum report_state state;
        moment due, submitted_at, sent_at;
        const char *filled_by, *sent_by, *remark; /* remark: why it was returned */
        moment return_due;
        const char *receipt;             /* code of the version that stands */
        int version;                     /* its number */
        int newest_version;              /* greatest number sent */
        int64_t sent_entry;              /* its entry; 0 none */
        const char *contest;             /* name of the open conflict one of its versions takes part in; NULL none */
        const char *decision_contest;    /* the same of decisions about one of its versions */
        int contested_version;           /* which */
        int64_t draft_version;           /* for optimistic saving */
        struct cell_state *cells; size_t cell_count;
        struct problem *problems; size_t problem_count;
        int errors, warnings_open, filled;

        const char *form_id, *unit_code, *period_text; /* as in the address */
        bool is_own;                     /* this node speaks for the unit: drafts live here */
        const struct error *not_ours;    /* why it may not send for it all the same (figure_writer_may); NULL: it may */
        bool may_edit, may_submit, may_withdraw, may_send, may_decide, may_reopen; /* what the asker may do now */
        const char *remark_by, *remark_cells, *last_cell;
        int64_t whole_remark;            /* id of the entry that has all of a remark that was cut; 0: it was not */
        bool is_from_own_leader;         /* the remark came from the unit's own leader, not from above */
        bool is_window_verified;
        struct sent_version *versions; size_t version_count; /* oldest first */
        int shown_version;               /* 0: as it stands; else the cells are those of that version */
        struct blob *attachments; size_t attachment_count; /* of the draft, or of the version that is shown */
        bool may_attach, may_erase;      /* add and remove files now; erase one for good, with its legal basis */
};

/* The report as it stands for the asker; computed columns and checks included. NULL and an error otherwise.
 * */
struct report *report_load(struct work *, const char *form, const char *unit_code, const char *period);

/* The same, as one sent version stood (version > 0). */
struct report *report_load_as(struct work *, const char *form, const char *unit_code, const char *period, int version);

/* What the subject of a report's entries names: "report/monthly/42@2004-01-01/2026-10". False for other subjects. */
bool report_subject_read(struct arena *, const char *subject, const char **form, const char **unit_key, period *);

/* ---- what waits for the asker ----------------------------------------------------------------- */

enum todo_kind {
        TODO_FILL,      /* to be filled in and submitted */
        TODO_CORRECT,   /* came back: to be corrected */
        TODO_APPROVE,   /* submitted: the leader's turn */
        TODO_RECEIVE,   /* arrived from below: accept or return */
        TODO_MISSING,   /* not arrived from below though due or nearly due */
};

struct todo {
        moment sent_at;                  /* of the version that arrived; 0 none */
        enum todo_kind kind;
        const struct form *form;
        const struct unit *unit;
        period period;
        enum report_state state;
        int version, filled;
        moment due;
        bool due_is_certain;    /* it rests on no holidays that are not known yet */
        bool is_older;          /* owed since longer than the newest two periods, and not begun */
        const char *remark;
        const char *href;       /* the page, with #cell of the last cell worked on */
};

/* In order of deadline; also what is owed by the units whose nodes this one has taken over, until that is undone. NULL and
 * an error on failure. */
struct todo *report_todo(struct work *, size_t *count);

/* What this node's unit has to do with reports today: files some itself, receives some from units below. False on
 * failure. */
bool report_duties(struct work *, bool *files, bool *receives);

/* How many of them count as waiting (not TODO_MISSING), with the conflicts the asker decides; for web_set_todo_count. 0 on failure. */
int report_todo_count(struct work *);

/* The period of a form whose reports are looked for at a moment, unless another is asked for: the newest that is due within three days
 * or was due already. */
period report_period_asked(const struct catalogue *, const struct form *, moment now);

/* For pages about deadlines: "1 day 2 hours left", "3 days late", "6 minutes late". */
const char *time_left(struct work *, moment due);

/* A unit's name in the reader's language; of one that is no more with its last day, since names come back: "Bắc Ninh (until 30 June 2025)". */
const char *unit_name_dated(struct work *, const struct unit *);

extern const struct entry_kind form_kinds[];
extern const struct derived_table form_tables[];
extern const struct route form_routes[];   /* /forms… */
extern const struct route attachment_routes[]; /* /forms/…/attachments… */
extern const struct catalogue_checker form_checker, checks_checker; /* *.form; *.checks: rules over what is stored (findings.h) */

/* Tell the catalogue of forms (checked with it) and of the tables that rest on it. At start-up; again does nothing. */
void form_register(void);

#endif
