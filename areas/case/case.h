/* case.h - what the pages of this area show: everything in words of the reader's language. */
#ifndef AREAS_CASE_CASE_H
#define AREAS_CASE_CASE_H

#include "areas/area.h"
#include "workflow/case.h"

struct choice_shown { const char *value, *title; bool is_chosen; };

/* Something to be typed in a form. */
struct input_shown {
        const char *name, *label, *hint, *value, *type; /* type: text, date, decimal, area, choice */
        bool is_required;
        struct choice_shown *choices;
        size_t choice_count;
};

/* A document to be named: its number and day. */
struct paper_input { const char *id, *label; bool is_required; };

/* What somebody may do now: a form. */
struct action_shown {
        const char *id, *title, *basis, *href;
        bool is_verified;
        struct input_shown *inputs;
        size_t input_count;
        struct paper_input *papers;
        size_t paper_count;
};

struct step_shown { const char *title, *css, *when; bool is_done, is_now; };
struct clock_shown { const char *title, *css, *chip, *due, *basis, *why; bool is_verified; };
struct pair_shown { const char *name, *value; };
struct paper_shown { const char *title, *number, *on, *about; };
struct opinion_shown { const char *unit, *verdict, *css, *when, *text; };
struct event_shown { const char *title, *by, *on, *at, *reason, *fault, *rule, *hash; };

struct case_view {
        const struct case_file *f;
        const struct case_part *part; /* what an area adds; NULL */
        const char *title, *workflow, *unit, *state, *state_css, *received, *regime, *href, *csrf, *today, *parent_href, *score;
        bool regime_is_verified;
        struct step_shown *steps;
        struct clock_shown *clocks;
        struct pair_shown *fields, *money;
        struct paper_shown *papers;
        struct opinion_shown *opinions;
        struct event_shown *events;
        struct action_shown *actions;
        size_t step_count, clock_count, field_count, money_count, paper_count, opinion_count, event_count, action_count;
};

struct row_shown { const char *id, *title, *workflow, *unit, *state, *state_css, *received, *due, *left, *left_css, *href; };
struct list_view {
        const char *words, *csv, *json, *xlsx, *before, *after, *summary;
        struct choice_shown *workflows, *states, *sorts;
        struct choice_shown *open;      /* workflows the asker may begin: value is the address */
        struct row_shown *rows;
        size_t workflow_count, state_count, sort_count, open_count, row_count;
};

struct new_view { const char *title, *basis, *href, *csrf, *today, *level, *unit; struct action_shown form; };

/* The words of a case (words.c): what the page shows, the forms of what the asker may do. */
struct case_view *case_view_make(struct work *, struct case_file *, const char *csrf);
struct action_shown case_form(struct work *, const struct case_file *, const struct workflow *, int action);
/* A day, a unit in the reader's language. */
const char *day_words(struct work *, day);
const char *unit_words(struct work *, const struct unit *);
/* What an area shows of its case at a place of the page. */
void case_part_shown(struct work *, struct buf *, const struct case_view *, enum case_place);
/* One case as JSON. */
void case_json(struct work *, const struct case_file *, struct buf *out);

/* POST /cases/{workflow}, /cases/{id}/{action} (act.c). */
bool case_opened(struct work *, const struct request *, struct reply *);
bool case_acted(struct work *, const struct request *, struct reply *);

#endif
