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

struct todo_group {
        const char *title, *empty;
        struct todo_row *rows;
        size_t count;
};

struct todo_view {
        const char *title, *lede;
        struct todo_group *groups;
        size_t group_count;
        bool is_signed_in;
};

extern const struct area todo_area;

#endif
