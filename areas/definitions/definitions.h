/* definitions.h - handlers of the pages about places and indicators, and what they show. */
#ifndef DEFINITIONS_DEFINITIONS_H
#define DEFINITIONS_DEFINITIONS_H

#include "catalogue/catalogue.h"
#include "report/table.h"
#include "web/web.h"

handler units_list, units_one, units_changes, calendar_list;

/* The calendar of days off ends soon, or has ended: for whom it is to be gone on with (struct area). */
struct area_due *calendar_due(struct work *, size_t *count);

struct choice {
        const char *value, *title;
        bool is_chosen;
};

struct links { const char *csv, *xlsx, *json; };

struct units_view {
        const char *title, *lede;
        struct links links;
        struct choice *levels;
        int level_count;
        struct choice *parents; /* provinces of the day, and what was asked for where it is none */
        int parent_count;
        const char *on, *q;
};

struct changes_view {
        const char *title, *lede;
        struct links links;
        struct choice *levels;
        int level_count;
        const char *unit;
};

struct line { const char *when, *name, *href, *part, *act; };

struct unit_view {
        const char *key, *name, *other_name, *level, *kind, *dates, *region, *parent, *parent_href, *province, *province_href;
        const char *figures_href, *province_page; /* the latter NULL where there is none */
        bool exists;
        struct line *names, *before, *after;
        int name_count, before_count, after_count;
        const char *children, *children_href; /* NULL where there are none */
};

struct code_view {
        const char *title, *lede;
        struct links links;
        struct unit_view *units; /* newest first */
        int count;
};

struct list_view {
        const char *title, *lede;
        struct links links;
};

/* Conflicts about files of definitions (contest.c). */
extern const struct figure_own definitions_own;

/* struct area's find (find.c). */
struct search;
bool definitions_find(struct work *, struct search *);

#endif
