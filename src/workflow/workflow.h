/* workflow.h - a procedure as data: one regime of one workflow, as its file says.
 *
 * Each file .workflow in the folder workflows/ID of the catalogue is one regime of the procedure ID, in force for the cases that
 * were received from its first to its last day; a case keeps the regime of its receipt. docs/workflows.md describes the format.
 * Pure: no database, no clock. A definition rests on its own text alone, so the same text is parsed once in a process and
 * lives until it ends; it never changes and is shared by all threads. */
#ifndef WORKFLOW_WORKFLOW_H
#define WORKFLOW_WORKFLOW_H

#include "base/buf.h"
#include "base/decimal.h"
#include "catalogue/catalogue.h"

#define WORKFLOW_LIST_MAX 60   /* states, actions, fields … of one definition at most */
#define WORKFLOW_ID_MAX 40     /* bytes of an identifier */

/* Where a rule comes from. is_verified false: from memory or inferred; to be checked before it is cited. */
struct basis { const char *source; bool is_verified; };

/* How a unit that acts stands to the unit of the case, on the day of the act. */
enum relation {
        RELATION_OWN,      /* it is the unit of the case, or what that unit has become */
        RELATION_PROVINCE, /* it is the province in which that unit lies */
        RELATION_COUNTRY,
        RELATION_BELOW,    /* it lies within the unit of the case */
        RELATION_ASKED,    /* it was asked for an opinion in this case */
        RELATION_NAMED,    /* it is the unit of the case or its province, and who acts is named for the subject by an area's register (case_part.named) */
};

struct workflow_actor {
        const char *id, *title_vi, *title_en;
        unsigned roles;            /* bit 1 << enum role */
        enum relation relation;
};

enum state_kind { STATE_OPEN, STATE_START, STATE_SUSPENDED, STATE_END };

struct workflow_state {
        const char *id, *title_vi, *title_en;
        enum state_kind kind;
        bool is_failure;           /* an end that is not what the procedure is for */
        int step;                  /* from 0 into the steps; -1: beside them */
        const char *untimed;       /* why no time limit runs here, "" */
        int line;
};

struct workflow_document {
        const char *id, *title_vi, *title_en;
        struct basis basis;
        int line;
};

enum field_kind { FIELD_NUMBER, FIELD_MONEY, FIELD_DAY, FIELD_TEXT, FIELD_CHOICE, FIELD_YES_NO, FIELD_YEAR };

struct workflow_choice { const char *id, *title_vi, *title_en; };
struct expression;

struct workflow_field {
        const char *id, *title_vi, *title_en;
        enum field_kind kind;
        int decimals;              /* FIELD_NUMBER; money is whole đồng */
        const char *unit_vi, *unit_en;
        int unit_of;               /* the text of the same row that names the unit; -1: as above */
        const struct workflow_choice *choices;
        int choice_count;
        const struct expression *formula; /* computed from fields above; NULL otherwise */
        const char *formula_text;
        int total_of;              /* the total of what all acts told of that field; -1 otherwise */
        int row_of;                /* the field whose text names the row that it belongs to: it is told anew for each of them; -1: once for the case */
        int sum_of;                /* the sum of that field over all rows; -1 otherwise */
        bool is_key;               /* it names rows: some field is a row_of it */
        const char *norm_table, *norm_column; /* taken from a table of norms in the same folder; "" otherwise */
        int norm_key;              /* the field whose choice names the row */
        const char *norm_on;       /* the action whose day says which row holds; until it is taken, and for "", that of the act */
        bool is_computed;          /* a formula, a norm, a total or a sum; otherwise typed by people */
        struct basis basis;
        int line;
};

/* A rule over fields that must be true where its actions are taken. A warning gives way to a reason. */
struct workflow_check {
        const char *id, *message_vi, *message_en;
        const struct expression *rule;
        const char *rule_text;
        bool is_warning;
        struct basis basis;
        int line;
};

/* A statutory time limit: days counted from the day after its start, while the case is in one of the states. A window is a stretch that is kept open or
 * waited for: something may be done within it or after it, and nobody owes anything at its end. */
struct workflow_limit {
        const char *id, *title_vi, *title_en;
        int days;
        bool is_working;           /* working days; otherwise calendar days */
        bool moves_to_working;     /* a last day off moves to the next working day */
        const bool *runs_in, *stops_in; /* by state */
        bool is_for_opinions;      /* runs for each unit that is asked, not in a state */
        int month, day_of_month;   /* its last day is that day of a year, whenever it starts; 0 it has days */
        int year_field, years;     /* the year in that field and so many more; without month: so many calendar years from its start, to the day of the same
                                    * name, 28 February where 29 February has none. 0: days are counted */
        bool is_window;
        int from_limit;            /* the last day of that window starts it, not the day of the act; -1 none */
        int from_field;            /* the day in that field does; -1 none */
        int extend_days, extend_times; /* at most so many days, so often; 0 never */
        int remind[4], remind_count;   /* days before its last day, descending */
        int escalate_after, escalate_to; /* days after its last day; an actor, -1 none */
        struct basis basis;
        int line;
};

enum action_kind {
        ACTION_MOVE,     /* from one state into another */
        ACTION_WITHDRAW, /* a move into an end, by whoever asked for it */
        ACTION_APPEAL,   /* the one move that may leave an end */
        ACTION_SUSPEND,  /* into a state in which all limits stand still */
        ACTION_CONTINUE, /* back into the state that was left */
        ACTION_STOP,     /* one limit stands still, the state stays */
        ACTION_RESTART,  /* and goes on */
        ACTION_EXTEND,   /* days more for one limit */
        ACTION_ASK,      /* units are asked for their opinions */
        ACTION_ANSWER,   /* one of them gives its own */
        ACTION_SCORE,    /* a member of the committee gives points */
        ACTION_RECORD,   /* fields and documents are added, the state stays; as often as it is done */
};

enum opinions_needed { OPINIONS_NONE, OPINIONS_ALL, OPINIONS_ALL_OR_LATE };

struct workflow_action {
        const char *id, *title_vi, *title_en;
        enum action_kind kind;
        const bool *from;          /* by state */
        int to;                    /* a state; -1 stays */
        const bool *by;            /* by actor */
        const bool *documents, *fields, *checks; /* what it requires and must satisfy */
        int limit;                 /* stopped, restarted, extended; begun anew by what is recorded; counted for the opinions asked for; -1 none */
        int within, after;         /* only up to the last day of a limit, only after it; -1 none */
        day waits_since;           /* acts written before that day did not have to wait ("after"): the definition said nothing of it then; DAY_NONE: all have to */
        bool needs_reason, returns; /* returns: a declared way back */
        enum opinions_needed opinions;
        bool needs_score, needs_sub_cases; /* enough points; all sub-cases ended */
        bool needs_row;            /* the row it tells of is there already */
        bool is_optional;          /* what may be recorded, or ends a case to which nobody owes anything, and is nobody's next step */
        struct basis basis;
        int line;
};

struct workflow_criterion { const char *id, *title_vi, *title_en; int64_t most; }; /* whole points */

struct workflow {
        const char *id, *path, *title_vi, *title_en;
        day from, to;              /* days of receipt it is in force for */
        struct basis basis;
        enum unit_level level;     /* of the unit a case belongs to */
        const char *const *steps_vi, *const *steps_en;
        const struct workflow_actor *actors;
        const struct workflow_state *states;
        const struct workflow_document *documents;
        const struct workflow_field *fields;
        const struct workflow_check *checks;
        const struct workflow_limit *limits;
        const struct workflow_action *actions;
        const struct workflow_criterion *criteria;
        const char *const *sub_cases; /* workflows that may be opened below a case */
        int step_count, actor_count, state_count, document_count, field_count, check_count, limit_count, action_count,
            criterion_count, sub_case_count;
        int64_t score_pass;        /* mean of the members' points that is enough */
        int score_members;         /* members at least */
        const bool *first_documents, *first_fields; /* required when a case is opened */
        const bool *opened_by;     /* by actor */
        int start;                 /* the state a case begins in */
};

/* Parse one file and prove it sound: one start; every state reachable; from every state an end; no way in circles that is not
 * declared; no actor, document, field, check or limit that nothing uses; every open state under a limit, or with the reason
 * why none runs; limits that can only be stopped where they run. Each fault is a complaint with its place. Always returns a
 * workflow; it may be used where there are no complaints. */
struct workflow *workflow_parse(struct arena *, const struct source *, struct complaints *);

/* The regime of a workflow on a day of receipt; NULL if none. All workflows in force on a day (the newest regime of each at
 * DAY_FOREVER); returns their number, also beyond max. Files with faults are passed over. Read when first asked for; where memory
 * ends at that the work does (work_starve). */
const struct workflow *workflow_find(const struct catalogue *, const char *id, day received);
size_t workflow_list(const struct catalogue *, day on, const struct workflow **out, size_t max);

/* The paths of regimes that have faults (a newer program may have written them): no case under them is folded here. At most max; their number. */
size_t workflow_unreadable(const struct catalogue *, const char **paths, size_t max);

/* Index by identifier; -1 where there is none. */
int workflow_state_find(const struct workflow *, const char *id);
int workflow_action_find(const struct workflow *, const char *id);
int workflow_field_find(const struct workflow *, const char *id);
int workflow_document_find(const struct workflow *, const char *id);
int workflow_limit_find(const struct workflow *, const char *id);

/* The field by which an action names the row it tells of; -1: it tells of none. */
int workflow_row_key(const struct workflow *, const struct workflow_action *);

/* Whether an action is a next step in a state: what ends a case early, or holds a limit, only may be done. */
bool workflow_is_step(const struct workflow *, const struct workflow_action *, int state);
/* Which of several next steps to name first: greater is sooner; 0: it is none. */
int workflow_step_rank(const struct workflow *, const struct workflow_action *, int state);

/* Whether an action leads from a state into another one. What goes on after a suspension leads back to each state that it could have come from. */
bool workflow_leads(const struct workflow *, const struct workflow_action *, int from, int to);

/* "1 working day", "5 days". */
void days_put(struct buf *, enum language, int days, bool is_working);

/* The diagram for the program dot of Graphviz: states as boxes, actions as arrows with their actors (from a state to itself where it stays), limits
 * at their states. */
void workflow_draw(const struct workflow *, enum language, struct buf *out);

/* ---- expressions ------------------------------------------------------------------------------ */

/* What a field holds. number: scaled by the field's decimals; a day; a year; the place of a choice; 0 or 1. basis: of a norm, what its
 * row rests on; NULL otherwise. */
struct field_value { bool is_known; int64_t number; const char *text; const struct basis *basis; };

#define EXPRESSION_DECIMALS 6 /* kept in between; a quotient is rounded half away from zero */

enum expression_result { EXPRESSION_KNOWN, EXPRESSION_UNKNOWN, EXPRESSION_TOO_LARGE };

/* The value, scaled by EXPRESSION_DECIMALS; of a rule 0 or 1. Unknown where a field it needs is empty (but false and … is
 * false, true or … is true), or where it divides by 0. values: by field. */
enum expression_result expression_value(const struct expression *, const struct workflow *, const struct field_value *values,
                                        int128 *value);

/* ---- norms ------------------------------------------------------------------------------------- *
 *
 * Rates and ceilings with the days they hold for: the file NAME.norms in the folder of a workflow. Its fields take from it
 * what was in force on the day that counts, which need not be that of the receipt. */

struct norm_value { bool is_known; int64_t number; };
struct norm_row {
        const char *key;
        day from, to;
        struct norm_value *values; /* by column */
        struct basis basis;
        int line;
};
struct norm_column { const char *id, *title_vi, *title_en; int decimals; const char *unit_vi, *unit_en; };
struct norm_table {
        const char *title_vi, *title_en;
        const struct norm_column *columns;
        int column_count;
        const struct norm_row *rows;
        size_t row_count;
};

/* A table of the folder of a workflow; NULL where there is none that is sound. Lives as a definition does. */
const struct norm_table *norm_table_find(const struct catalogue *, const char *workflow, const char *name);

/* The row of a key on a day, NULL none; a column by its identifier, -1 none. */
const struct norm_row *norm_row_find(const struct norm_table *, const char *key, day);
int norm_column_find(const struct norm_table *, const char *id);

extern const struct catalogue_checker workflow_checker, norm_checker;

#endif
