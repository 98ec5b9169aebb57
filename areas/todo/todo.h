/* todo.h - "My work": what is due for whoever is signed in. What reports ask for comes from form/form.h, what cases ask for from
 * workflow/case.h; here it becomes a page. */
#ifndef AREAS_TODO_TODO_H
#define AREAS_TODO_TODO_H

#include "areas/area.h"
#include "form/form.h"
#include "workflow/case.h"

struct todo_row {
        const char *form, *unit, *period, *state, *state_css, *due, *left, *left_css, *progress, *remark,
                *href, *action;
};

/* Reports of one form and period that many units owe: one line, then the units. */
struct todo_batch {
        const char *title, *due, *left, *left_css, *href;
        const struct form *form;
        period period;
        struct todo_row *rows;
        size_t count;
};

struct todo_group {
        const char *title, *empty;
        const char *older; /* of reports owed since longer, in one line; NULL: none */
        bool is_batched;
        struct todo_row *rows;
        size_t count;
        struct todo_batch *batches;
        size_t batch_count;
};

/* A case in which the reader has the next step, or that was escalated to the reader. */
struct todo_case { const char *title, *workflow, *unit, *state, *due, *left, *left_css, *href, *action; };

/* What an area of its own asks for (struct area_due). */
struct todo_due { const char *title, *unit, *due, *left, *left_css, *href, *action; };

struct todo_link { const char *title, *text, *href; };

struct todo_view {
        const char *title, *lede;
        struct todo_group *groups;
        size_t group_count;
        bool has_units;                 /* rows of several units */
        struct todo_case *cases;
        size_t case_count;
        struct todo_due *dues;
        size_t due_count;
        int64_t more_due;
        int64_t more_cases;             /* beyond those shown */
        struct todo_link links[6];      /* where to go when nothing waits */
        size_t link_count;
        int64_t conflicts;              /* that wait for the asker's decision */
};

extern const struct area todo_area;

#endif
