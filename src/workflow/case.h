/* case.h - cases: what people did under a workflow, folded into where each case stands.
 *
 * A case is the fold over its entries (case.open, case.act, case.assign, case.settle) in the order of (at, node), whatever order they arrived
 * in. An entry that the regime does not allow at its place changes nothing: it stays in the history with the rule it broke. Of acts that
 * exclude each other and whose nodes had not seen each other none counts until somebody decides (struct case_doubt): no clock does. A
 * case keeps the regime of the day on which it was received. Everything here depends on entries and catalogue alone, never on
 * today: the same entries give the same tables on every node. */
#ifndef WORKFLOW_CASE_H
#define WORKFLOW_CASE_H

#include "blob/blob.h"
#include "ledger/entry.h"
#include "workflow/workflow.h"

struct jsonw;

#define CASE_ID_MAX 11 /* bytes with NUL: ten digits and letters */

/* Why an entry does not count. */
enum fault {
        FAULT_NONE,
        FAULT_WORKFLOW,  /* no such workflow was in force on the day of receipt */
        FAULT_UNIT,      /* the case cannot belong to that unit */
        FAULT_ACTION,    /* the workflow has no such action */
        FAULT_STATE,     /* it is not possible in the state the case is in; or the case was opened before */
        FAULT_ACTOR,     /* this role of this unit may not do it */
        FAULT_DIVIDED,   /* the unit of the case was divided: it must be assigned to one of its parts first */
        FAULT_FUTURE,    /* its day lies after the one it was written on */
        FAULT_BACKDATED, /* its day lies before that of what was done last */
        FAULT_REASON, FAULT_DOCUMENT, FAULT_DOCUMENT_DAY, FAULT_FIELD_MISSING, FAULT_FIELD_WRONG, FAULT_CHECK,
        FAULT_NOT_RUNNING,   /* a limit is stopped or extended that does not run */
        FAULT_NOT_STOPPED,   /* a limit is restarted that was not stopped */
        FAULT_EXTENSION,     /* more days, or more often, than the limit allows */
        FAULT_TOO_LATE, FAULT_TOO_EARLY, /* after the last day of a limit; not yet after it */
        FAULT_ASKED,     /* units asked for opinions: none, unknown, or already asked */
        FAULT_OPINION, FAULT_OPINIONS, /* an opinion without its verdict; opinions are still expected */
        FAULT_POINTS, FAULT_SCORE,     /* points outside the criteria, or given before; too few points */
        FAULT_SUB_CASES,
        FAULT_ROW,       /* there is no row of that name */
        FAULT_STREAM,    /* its stream is not that of the unit of a case of this name: those who have only that stream know of no case, either */
        FAULT_CONTESTED, /* another node did otherwise, unseen, and nobody has decided yet which of them counts */
        FAULT_PASSED_OVER, /* it was decided that another act counts instead */
        FAULT_UNCONTESTED, /* a decision between acts that do not exclude each other */
};

/* One entry, as it was written and what the fold made of it. */
enum case_act { CASE_OPEN, CASE_ACT, CASE_ASSIGN, CASE_SETTLE };
#define CASE_ACTS 4
struct case_event {
        enum case_act act;
        stamp at;
        const char *node, *audience; /* audience NULL: it stands in no stream yet */
        int64_t seq;                 /* its place there */
        const unsigned char *hash; /* of the entry; breaks the last ties */
        int64_t entry;
        const char *by, *author, *role;
        const struct unit *unit;   /* that acts */
        json_t *body;
        bool is_cut;               /* not all of it was kept: its entry has it */
        day on;                    /* the day it is said to have been done */
        /* what became of it */
        enum fault fault;
        const char *about;         /* the field, document, check or limit the fault is about, "" */
        const struct basis *norm;  /* of a check that did not hold: the norm it reads; NULL none */
        int action;                /* in the workflow; -1 */
        int from, to;              /* states; -1 */
        const struct field_value *values; /* by field, once it was done; NULL where it does not count, and of an assignment */
        int doubt;                 /* among those of the fold, whether it still is one or not; -1: it contends with none */
        int64_t value;             /* the same of two that say the same there */
        enum { RULING_NONE, RULING_HELD, RULING_PASSED_OVER } ruling; /* whether it waits for a decision, or lost by one */
};

/* A stretch in which a limit stood still: from the day after its first to its last day. */
struct case_stop { day from, to; bool is_open; enum { STOP_STATE, STOP_ACT, STOP_SUSPENSION } cause; const char *reason; };

/* A limit that runs or ran, and its arithmetic. */
struct case_clock {
        const struct workflow_limit *limit;
        const struct unit *asked;  /* of a limit for opinions */
        const struct case_clock *window; /* whose last day started it; NULL: it starts on started */
        day started, ended;        /* DAY_NONE: it runs; started of one with a window: from clock_count, DAY_NONE while that stands still */
        int days, extensions;      /* allowed in all: with extensions; how many */
        day until;                 /* of a limit that ends on a fixed day: that day */
        struct case_stop *stops;
        int stop_count;
        /* from clock_count */
        bool stands_still;
        int left;                  /* days left where it stands still */
        day due;                   /* its last day; DAY_NONE where it stands still */
        bool is_certain;           /* all days counted lie in years whose holidays are known */
        int off, stopped;          /* days passed over: not working days; stood still */
        bool was_moved;            /* from a day off to the next working day */
};

/* Count a clock's days, and those of its window before: from the day after it started, without the days it stood still and, of working days, without days
 * off; one that ends on a fixed day or after so many years is never stopped. Adding a day on which it stood still never makes its last day earlier. */
void clock_count(const struct catalogue *, struct case_clock *);

/* Acts that exclude each other: each was allowed where it was done, right after one and the same act, and no writer had seen the other's. What they contend for:
 * the next state; a limit; the opinion of a unit; what one action records, of one row. As long as they contradict each other none of them counts. Their decision
 * (case.settle) is for the leader of the unit that all of them acted for, or else of the nearest one above all of these. */
struct case_doubt {
        const char *after, *about;         /* the entry (hash) that all of them follow; what they contend for */
        const struct case_event **sides;   /* they, and the decisions between them, in the order of the fold */
        size_t count;                      /* fewer than two: it turned out to be none */
        const struct unit *decider;
        bool is_open, is_about_state;
        bool is_judged;                    /* for the fold */
};

enum verdict { VERDICT_NONE, VERDICT_AGREE, VERDICT_CONDITIONS, VERDICT_DISAGREE };
struct case_opinion { const struct unit *unit; day asked; enum verdict verdict; day answered; const char *text, *by; int clock; };
struct case_points { const char *candidate, *key, *by; const char *author, *node; int64_t sum; }; /* key: of the candidate (utf8_key): one name, however it was typed */
/* From when to when a case went on: once more after each appeal; ended_at 0: it still does. */
struct case_stretch { stamp begun_at, ended_at; };
struct case_paper { int document; const char *number, *about; day on; const struct case_event *event; };

/* A row: the field that names it, its name as it was first typed, and what stands in its fields: values by field, of which those of other rows are none of its. */
struct case_line { int key; const char *name; const struct field_value *values; };

struct case_file {
        const char *id;
        const struct workflow *workflow; /* NULL: nothing opened it that counts */
        const struct workflow *tried;    /* by which its opening was judged, also where that does not count */
        const struct unit *unit;         /* as it was opened or assigned */
        const struct unit *opened_for;   /* as it was opened */
        const char *title, *parent;
        day received, ended;             /* ended DAY_NONE: it goes on */
        int state, held_from;            /* held_from: the state a suspension left; -1 */
        stamp opened_at, changed_at, ended_at;
        int64_t entry;                   /* that opened it */
        struct field_value *values;      /* by field */
        struct case_event *events;       /* in the order of the fold */
        struct case_clock *clocks;
        struct case_opinion *opinions;
        struct case_points *points;
        struct case_paper *papers;
        struct case_stretch *stretches;
        struct case_line *lines;         /* in the order in which they were begun */
        struct map *rows;                /* where each is among them, by its name; NULL: there are none */
        struct case_doubt *doubts;
        size_t event_count, doubt_count;
        bool has_siblings;               /* acts of several nodes that follow one and the same act */
        int clock_count, opinion_count, points_count, paper_count, stretch_count, line_count;
};

/* The row of that name; NULL where there is none. One name is what people read as one: in whatever normal form, case and spaces it was typed (utf8_compare). */
const struct case_line *case_line_of(struct arena *, const struct case_file *, int key, const char *name);

/* A stretch in which a case opened below another one went on: when that case was opened, when the stretch began and ended (0: it goes on), for which unit
 * and by which workflow it was opened. It counts where the workflow above has such sub-cases and its unit lies within that of the case above: what is
 * opened elsewhere not every node that has the one above may read. */
struct case_child { stamp opened_at, begun_at, ended_at; const struct unit *unit; const char *workflow; };

/* Fold events (any order) into a case. Pure. events are sorted and filled in place. */
struct case_file *case_fold(struct arena *, const struct catalogue *, const char *id, struct case_event *events, size_t count,
                            const struct case_child *, size_t child_count);

/* Whether what was written on a day about a case of a unit may stand in a stream of that audience: the unit, or what it had gone into as a whole by then. */
bool case_belongs(const struct catalogue *, const char *audience, const struct unit *, day on);

/* The unit that a unit of a case is on a day: itself, or what it went into as a whole. NULL where it was divided. */
const struct unit *case_home(const struct catalogue *, const struct unit *, day);

/* Whether somebody of a role, acting for a unit on a day, is one of the actors (marked by place) in a case. */
bool case_actor(const struct catalogue *, const struct case_file *, const bool *actors, const struct unit *acting, enum role, day);

/* The clock that ends first among those that run and must be kept (windows need not); one that stands still where none runs; NULL where there is none. */
const struct case_clock *case_next_clock(const struct case_file *);

/* The day from which on an action may be taken that waits for a limit, the one after its last day: DAY_NONE at once, DAY_FOREVER not yet known. */
day case_possible_from(const struct case_file *, const struct workflow_action *);

/* The last day on which an action may be taken that keeps within a limit: DAY_FOREVER without one, DAY_NONE not at all. It may be told of later. */
day case_possible_until(const struct case_file *, const struct workflow_action *);

/* The mean of the members' points for the candidate with the most (times 100), and its name; how many gave it. -1: nobody has. */
int64_t case_score(const struct case_file *, const char **candidate, int *members);

/* ---- in the ledger ------------------------------------------------------------------------------ */

/* A case of this node as the asker may see it. NULL and ERR_MISSING, or ERR_DENIED outside the asker's territory. */
struct case_file *case_load(struct work *, const char *id);
/* The same for whoever asks: where it was judged otherwise that the asker may. */
struct case_file *case_read(struct work *, const char *id);

/* A text of an entry's body, or of an object in it; "" where there is none. */
const char *case_body_text(const json_t *body, const char *name);

/* Inside a job: write an entry about a case, signed for the asker: open one (id NULL, act CASE_OPEN), act, or assign. body: the
 * members of docs/workflows.md, without "by" and "unit"; "on" is today where absent. What the regime does not allow is an error that
 * cites the rule, and nothing is written. The id of the case, or NULL. */
const char *case_write(struct work *, const char *id, enum case_act, json_t *body);

/* Acts that a node took and that do not count, as another node's had come before (the one that writes refuses what does not), while nothing that counts was done
 * after them: whoever did them may not know. In a case its last entries from this place on, its event_count where there are none; not each of them is
 * (case_is_overtaken): what waits for a decision is a conflict. And the cases that have such,
 * as the asker may see them, the newest first, of at most max; NULL and an error on failure. */
size_t case_overtaken(const struct case_file *);
bool case_is_overtaken(const struct case_event *);
struct case_file **cases_overtaken(struct work *, size_t max, size_t *count);

/* Whether the asker is somebody who may take an action in a case, by role and unit; or open one, by role. */
bool case_is_actor(struct work *, const struct case_file *, int action);
bool case_may_open(struct work *, const struct workflow *);

/* The open doubt about the next state of a case; NULL: none. While there is one nothing is done in the case but decide. */
const struct case_doubt *case_state_doubt(const struct case_file *);

/* Of conflicts between acts in a case (figure/own.h): the item is the id of the case. Inside a job: decide one: of: the hashes of all its entries, chosen: of the
 * one that counts. Who may was asked, and for a reason. */
extern const struct indicator case_topics[];
bool case_settle(struct work *, const char *id, const char *const *of, size_t count, const char *chosen, const char *reason);

/* Describe a fault as an error with the act it rests on as its hint; false. */
bool case_fault_say(struct work *, const struct case_file *, const struct case_event *, struct error *);

/* Files of a document that a case names (blob.h): those added by units that take part in the case, erased ones too. NULL on failure. Of one by
 * its address; NULL and ERR_MISSING. Whether the asker may add one: who may bring the document, once it is named. */
struct blob *case_files(struct work *, const struct case_file *, int document, size_t *count);
struct blob *case_file_find(struct work *, const struct case_file *, int document, const char *node, const char *id);
bool case_may_attach(struct work *, const struct case_file *, int document);
/* Inside a job: add a file that was kept, for all who may read the case. */
#define CASE_FILES_MAX 20 /* of one document */
bool case_attach(struct work *, const char *id, const char *document, const struct blob_new *);

/* How near the last day of a limit is on a day: within its first reminder, past it, past it for so long that it is for those above. */
enum urgency { URGENCY_NONE, URGENCY_SOON, URGENCY_LATE, URGENCY_ESCALATED };
enum urgency limit_urgency(const struct workflow_limit *, day due, day today);
/* The stable name ("soon", "" for none); how much is left, for people ("3 days late"), with the style of its chip. */
const char *urgency_name(enum urgency);
const char *days_words(struct work *, int days, bool is_working); /* "1 working day", "5 days" */
const char *case_left_words(struct work *, day due, bool stands_still, enum urgency, const char **css);

/* A list of cases: those of the asker's territory. CASES_MINE: where the asker has the next step. */
enum which_cases { CASES_ALL, CASES_OPEN, CASES_MINE, CASES_SOON, CASES_LATE, CASES_ENDED };
struct case_query {
        const char *workflow, *state, *words, *parent; /* NULL: any; words are found where words of title or id begin with them */
        const struct unit *unit;              /* NULL: all of the territory */
        enum which_cases which;
        enum { SORT_DUE, SORT_RECEIVED, SORT_CHANGED } sort;
        int64_t offset;                       /* rows passed over */
};
struct case_row {
        const char *id, *workflow, *title, *state;
        const struct workflow *regime;        /* NULL: no longer known here */
        const struct workflow_limit *limit;   /* that ends next; NULL */
        const struct unit *unit;
        day received, ended, due;             /* DAY_NONE: none */
        moment changed_at;
        bool stands_still, is_certain;
        enum urgency urgency;                 /* today */
};
/* At most max rows; *total gets the number of all, CASES_COUNTED + 1 where there are more than are counted. Two queries, and one
 * more where words are looked for, whatever there is. */
#define CASES_COUNTED 1000
struct case_row *case_list(struct work *, const struct case_query *, size_t max, size_t *count, int64_t *total);
/* All of them, one after another, for files: false from visit ends it. The texts of a row stay as long as the arena. */
typedef bool case_visit(struct work *, const struct case_row *, void *context);
bool case_each(struct work *, const struct case_query *, case_visit *, void *context);

/* Where the asker has the next step, or what was escalated to the asker: most urgent first, at most max; *total of all. action NULL: escalated, to look
 * after; since: the day from which on it may be done, where it had to wait for a limit, DAY_NONE otherwise. */
struct case_todo { struct case_row row; const struct workflow_action *action; day since; };
struct case_todo *case_todo(struct work *, size_t max, size_t *count, int64_t *total);
int64_t case_todo_count(struct work *); /* up to 999 */

/* For web_add_metrics: cases of this node that go on, that are late today, and that ended, by workflow. One query, whatever there is. */
bool case_metrics(struct work *, struct buf *);

/* ---- what areas add ------------------------------------------------------------------------------- */

/* Where a part stands on the page of a case: before its content, in the wide column, beside it. */
enum case_place { CASE_TOP, CASE_WIDE, CASE_SIDE };

/* What an area adds to the cases of one workflow, beyond what data can say. An area lists its parts in struct area, ended by one
 * without workflow. Each function is NULL where there is nothing to add. */
struct case_part {
        const char *workflow; /* its id, for all its regimes */

        /* Inside the job that writes an entry, after the regime allowed it: whether what lies beyond this one case (a budget, a register)
         * allows it too. after: the case as it will be; event: the entry, judged (event->action: which action of after->workflow; its act
         * CASE_OPEN: the opening, when after->id is ""). The tables stand as before it, and nobody else writes until it is written, so
         * what is summed here cannot be overtaken. False and an error (what and why; the act in its hint): nothing is written.
         * It is asked only at the node that writes: what must hold over several nodes must be written at one of them, or be shown
         * where it is broken. */
        bool (*check)(struct work *, const struct case_file *after, const struct case_event *event);

        /* For actors of the relation named: the ids (case_id) of all cases in whose subject the area's register names a login on a day, as a SELECT written
         * to sql; login and today are the places of those values in it. It is asked at the node where somebody reads or writes, of that node's register:
         * the fold of others trusts the node that wrote, as it does for logins and roles. */
        void (*named)(struct buf *sql, const char *login, const char *today);

        /* In the same job, once the entry is written: what follows from it in the area's own records. False and an error: nothing is written. */
        bool (*written)(struct work *, const struct case_file *after, const struct case_event *event);

        /* The area's derived tables that hold rows of cases, by name, ended by NULL. Each has a column case_id, with an index or a key that begins
         * with it. Whenever a case was folded anew, at every node and in every rebuild, its rows are deleted here and fold inserts
         * them again. fold may rest on the case and the catalogue alone: neither on today nor on other tables. */
        const char *const *tables;
        bool (*fold)(struct work *, const struct case_file *);

        /* The page of a case: whole sections (<section class="card" aria-labelledby=…>) of the area's own template, written to the buffer.
         * shows_money: they show the fields of kind money, the page need not. */
        void (*show)(struct work *, const struct case_file *, enum case_place, struct buf *);
        bool shows_money;

        /* Members added to the JSON of a case, in its object. */
        void (*write_json)(struct work *, const struct case_file *, struct jsonw *);
};

/* Add an area's parts, at start-up; they live as long as the program. */
void case_add_parts(const struct case_part *);
/* The part of a workflow, NULL where no area has one. */
const struct case_part *case_part_of(const char *workflow);

/* Read the text of a field as it stands in an entry. False where it is none of the field's. */
bool field_read(const struct workflow_field *, const char *text, struct field_value *);

/* A field of a case by its identifier, whatever its regime: NULL where the regime has no such field or it is empty. number is scaled by
 * the decimals of the field in that regime; of a computed field text is NULL. */
const struct field_value *case_value(const struct case_file *, const char *field);
/* The identifier of the choice a field holds, "" where it holds none. */
const char *case_choice(const struct case_file *, const char *field);
/* The last entry by which an action was taken that counts, NULL where there is none; and the paper of a document named last. */
const struct case_event *case_done(const struct case_file *, const char *action);
/* Whether a document was named by that same action and counts no more for taking it again: what is recorded proves itself each time.
 * action: an index; -1: the opening. */
bool case_paper_is_spent(const struct case_file *, const struct case_paper *, int action);
const struct case_paper *case_paper_of(const struct case_file *, const char *document);

/* For a schema's deferral (ledger/entry.h): between case_put_off and case_forget_put_off, on one thread, applying an entry notes its case, which
 * is folded once when all is written. */
bool case_put_off(struct work *);
bool case_put_off_is_full(void);
bool case_write_put_off(struct work *);
void case_forget_put_off(void);

extern const struct entry_kind case_kinds[];
extern const struct derived_table case_tables[];

/* Tell the catalogue of workflows and of the tables that rest on it, those of parts too. At start-up, before any part is added. */
void case_register(void);

#endif
