/* case.h - what the pages of this area show: everything in words of the reader's language. */
#ifndef AREAS_CASE_CASE_H
#define AREAS_CASE_CASE_H

#include "areas/filed.h"
#include "format/docx.h"
#include "web/attached.h"
#include "workflow/case.h"

#define WORKFLOWS_MAX 200  /* of a catalogue that pages list */
#define LIST_WORDS_MAX 200 /* bytes of what the list looks for */

struct jsonw;

struct choice_shown { const char *value, *title; bool is_chosen; };

/* Something to be typed in a form. */
struct input_shown {
        const char *name, *label, *hint, *value, *type; /* type: text, date, decimal, area, choice */
        bool is_required;
        struct choice_shown *choices;
        size_t choice_count;
};

/* A document to be named: its number and day. */
struct paper_input { const char *id, *label; bool is_required; const char *held; }; /* held: what the case has of it already; NULL */

/* What somebody may do now: a form. */
struct action_shown {
        const char *id, *title, *basis, *href;
        const char *waits;         /* what it must wait for, and until when; NULL: nothing */
        bool is_verified, is_open;
        struct input_shown *inputs;
        size_t input_count;
        struct paper_input *papers;
        size_t paper_count;
};

struct pair_shown { const char *name, *value; };
struct step_shown { const char *title, *css, *when, *who; bool is_done, is_now; };
struct clock_shown {
        const char *title, *who, *css, *chip, *due, *basis, *escalation; /* escalation NULL: none */
        bool is_verified, is_ended;
        struct pair_shown *why;    /* the arithmetic of the last day, step by step */
        size_t why_count;
};
struct paper_shown {
        const char *id, *title, *number, *on, *attach_href; /* attach_href NULL: not possible */
        bool is_missing;           /* required by what can be done next, and not there */
        struct blob *blobs;
        struct attached *files;
        size_t file_count;
};
struct opinion_shown { const char *unit, *verdict, *css, *when, *text; };
struct person_shown { const char *name, *unit, *when; const struct unit *of; bool is_next; };
struct change_shown { const char *name, *before, *after; }; /* before NULL: none */
struct event_shown {
        const struct case_event *event;
        const char *title, *name, *unit, *on, *at, *reason, *fault, *rule, *hash, *entry; /* fault NULL: it counts */
        const char *receipt;          /* its code; NULL: it is none of what gets receipts */
        struct change_shown *changes;
        size_t change_count;
};

/* What of a history is asked for: what led to another state, named documents, told of money, held or moved a limit, brought opinions and points. */
enum history_part { HISTORY_ALL, HISTORY_STEPS, HISTORY_DOCUMENTS, HISTORY_MONEY, HISTORY_LIMITS, HISTORY_OPINIONS, HISTORY_PARTS };
struct history_link { const char *title, *href; size_t count; bool is_chosen; };

/* What the acts tell of row by row: a table for each field that names rows (lines.c). */
struct line_shown { const char *name, **cells, **shares; struct choice_shown *ways; size_t way_count; }; /* shares: beside a cell, how much of 100 it is; ways: what the
                                                                                                             reader may tell of it: value is the address */
struct lines_shown {
        const char *id, *title;
        const char **heads;
        struct line_shown *rows; /* cells by head, "" nothing told */
        const char **sums;       /* by head, "" none; NULL: there is no sum at all */
        size_t head_count, row_count;
};

struct row_shown { const char *id, *title, *workflow, *unit, *state, *state_css, *received, *due, *left, *left_css, *href; };

struct print_shown { const char *title, *pdf, *docx; }; /* an official document that can be made from the case */

struct case_view {
        const struct case_file *f;
        const struct case_part *part; /* what an area adds; NULL */
        const char *title, *workflow, *unit, *state, *state_css, *received, *received_on, *regime, *href, *csrf, *today, *parent_href, *score;
        const char *alike_href, *alike, *province_href, *province; /* cases of the same procedure there; the page of the province; NULL: it is no more */
        bool regime_is_verified, is_divided;
        int step_now;                 /* from 1; 0: none */
        const char *done, *follows;      /* what was just done, and what follows from it: who is next, until when; done NULL: nothing */
        const char *receipt;             /* of what was just done; NULL */
        const struct action_shown *next; /* the reader's next step; NULL */
        const struct action_shown *later; /* where there is none: what will be, once a limit is over; NULL */
        struct step_shown *steps;
        struct clock_shown *clocks;
        struct pair_shown *fields, *money;
        struct paper_shown *papers;
        struct opinion_shown *opinions;
        struct person_shown *people;
        struct row_shown *children;
        struct choice_shown *sub_cases; /* that the reader may open: value is the address */
        struct event_shown *events;     /* the part that is asked for, the newest first */
        struct event_shown *overtaken;  /* the last ones, where they do not count */
        struct doubt_shown *doubts;     /* acts that wait for a decision */
        struct history_link *parts;     /* HISTORY_PARTS */
        struct action_shown *actions;
        struct print_shown *prints;
        struct lines_shown *lines;
        size_t print_count, lines_count;
        size_t step_count, clock_count, field_count, money_count, paper_count, named_count, opinion_count, people_count, child_count,
            sub_case_count, event_count, overtaken_count, doubt_count, action_count;
        bool has_due;                   /* the first of the clocks is one that must be kept */
};
/* Acts that exclude each other, of which none counts yet: what they are, with who, for which unit and when; the unit that decides; the conflict. */
struct doubt_shown { const char *acts, *decider, *href; };

struct list_view {
        const char *words, *csv, *json, *xlsx, *before, *after, *summary;
        struct choice_shown *workflows, *states, *sorts;
        struct choice_shown *procedures; /* explained: value is the address */
        struct choice_shown *open;      /* workflows the asker may begin: value is the address */
        struct row_shown *rows;
        size_t workflow_count, state_count, sort_count, open_count, procedure_count, row_count;
};

struct new_view {
        const char *title, *basis, *href, *csrf, *today, *level, *unit, *about, *parent;
        struct choice_shown *units; /* of the asker's territory, of the workflow's level: value is the code */
        size_t unit_count;
        struct action_shown form;
};

/* One case made ready (view.c). chosen: the action whose form stands open, or NULL; row: of what it is to tell, or NULL. */
struct case_view *case_view_make(struct work *, struct case_file *, const char *csrf, const char *chosen, const char *row, enum history_part);
/* Its rows, those of each field that names some (lines.c), and as JSON: a member "rows". */
void case_lines_fill(struct work *, struct case_view *);
void case_lines_json(const struct case_file *, struct jsonw *);
/* Say on the page that an action ("open", "assign") was just done, where it was the last that counts. */
void case_done_shown(struct work *, struct case_view *, const char *action);
/* Entries of a part of its history, the newest first; the part an address asks for; all parts with their addresses (history.c). */
struct event_shown *history_shown(struct work *, const struct case_file *, enum history_part, size_t *count);
/* Those that do not count and that nothing followed that does (case_overtaken). */
struct event_shown *overtaken_shown(struct work *, const struct case_file *, size_t *count);
/* What an entry did: its title, and its name as programs know it ("" for none). */
const char *event_title(struct work *, const struct case_file *, const struct case_event *);
const char *event_name(const struct case_file *, const struct case_event *);
/* Those that wait for a decision (settle.c). */
struct doubt_shown *doubts_shown(struct work *, const struct case_file *, size_t *count);
struct figure_own;
extern const struct figure_own case_own;
bool history_part_read(struct work *, const struct request *, enum history_part *);
struct history_link *history_parts(struct work *, const struct case_file *, enum history_part chosen, const char *href);
/* A limit of a case; the arithmetic of its last day in one line (limit.c). */
void limit_fill(struct work *, const struct case_file *, const struct case_clock *, struct clock_shown *);
const char *limit_why(struct work *, const struct case_clock *);
/* The files of a document (paper.c). */
struct attached *papers_shown(struct work *, const struct case_file *, int document, struct blob **, size_t *count);
/* A row of a list (case.c). */
void row_fill(struct work *, const struct case_row *, struct row_shown *);

/* Forms (words.c): of an action, of the opening (-1); row: the row it is to tell of, NULL none yet. Of the assignment of a divided unit's case: false where the
 * asker may not. */
struct action_shown case_form(struct work *, const struct case_file *, const struct workflow *, int action, const char *row);
bool assign_form(struct work *, const struct case_file *, struct action_shown *);
/* The style of a state's chip. */
const char *state_style(const struct workflow_state *);
/* What a field holds, a day, a unit in the reader's language. */
const char *value_words(struct work *, const struct workflow_field *, const struct field_value *);
const char *held_words(struct arena *, enum language, const struct workflow_field *, const struct field_value *);
/* Of a row, whose values stand by field (NULL: unknown): with the unit that the row names, where it names one. */
const char *row_value_words(struct work *, const struct workflow_field *, const struct field_value *, const struct field_value *row);
const char *day_words(struct work *, day);
const char *unit_words(struct work *, const struct unit *);
/* What an area shows of its case at a place of the page. */
void case_part_shown(struct work *, struct buf *, const struct case_view *, enum case_place);
/* An opinion by the name it has in an entry; "" for none. */
const char *opinion_words(enum language, const char *opinion);
/* A member of an object with what a field holds. */
void case_json_value(const struct workflow_field *, const struct field_value *, struct jsonw *);
/* One case as JSON. */
void case_json(struct work *, const struct case_file *, struct buf *out);

/* Official documents that can be made from a case now, and their addresses (print.c). */
struct print_shown *prints_of(struct work *, const struct case_file *, size_t *count);
/* Where rows of a document go: one of the two. The names at its head, with the line between them and what follows. */
struct sheet { struct pdf *pdf; struct docx *docx; };
void sheet_heading(struct work *, const struct sheet *, const char *superior, const char *issuer); /* superior: "" none */

/* GET /cases/{id}.pdf: the record of how a case was handled; all of its history, whatever part the view shows (record.c). */
bool case_recorded(struct work *, const struct case_view *, struct reply *);
/* GET /cases/{id}/print/{print}/file, .pdf; caunoi case print NODE WORKFLOW PRINT. */
bool case_printed(struct work *, const struct request *, struct reply *);
bool case_print_all(struct work *, const struct call *);

/* caunoi case import NODE FILE (import.c). */
bool case_import(struct work *, const struct call *);

/* POST /cases/{workflow}, /cases/{id}/{action} (act.c). */
bool case_opened(struct work *, const struct request *, struct reply *);
bool case_acted(struct work *, const struct request *, struct reply *);

/* The addresses of files (paper.c). */
bool paper_attached(struct work *, const struct request *, struct reply *);
bool paper_fetched(struct work *, const struct request *, struct reply *);
bool paper_erased(struct work *, const struct request *, struct reply *);

/* Receipts of what was filed in cases (receipt.c); the code of one event's, NULL: it gets none. */
extern const struct receipt_kind case_receipts[];
const char *event_receipt(struct work *, const struct case_event *);

/* struct area's find (find.c). */
bool case_find(struct work *, struct search *);

#endif
