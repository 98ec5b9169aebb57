/* todo.h - "My work": what is due for whoever is signed in. The list is made by form/form.h; here it becomes
 * a page. */
#ifndef AREAS_TODO_TODO_H
#define AREAS_TODO_TODO_H

#include "areas/area.h"
#include "form/form.h"

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
        bool is_batched;
        struct todo_row *rows;
        size_t count;
        struct todo_batch *batches;
        size_t batch_count;
};

struct todo_link { const char *title, *text, *href; };

struct todo_view {
        const char *title, *lede;
        struct todo_group *groups;
        size_t group_count;
        bool has_units;                 /* rows of several units */
        struct todo_link links[4];      /* where to go when nothing waits */
        size_t link_count;
        int64_t conflicts;              /* that wait for the asker's decision */
};

extern const struct area todo_area;

#endif
