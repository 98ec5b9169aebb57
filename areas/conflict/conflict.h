/* conflict.h - what the pages of this area show. */
#ifndef AREAS_CONFLICT_CONFLICT_H
#define AREAS_CONFLICT_CONFLICT_H

#include "areas/area.h"
#include "figure/own.h"

#define SIDES_LISTED 8 /* of one conflict, in the list of all */

/* One of the entries, in words. */
struct side_shown {
        const char *letter;            /* "A", "B" … "Z", "AA" … */
        const char *unit, *node;       /* unit's full name; first digits of its node's key */
        bool is_twin;                  /* another side is of the same unit */
        const char *by, *role, *at, *source, *why;
        const char *entry;             /* first digits of its hash */
        const char *hash;
        const char *readers;           /* whose nodes hold it, in words */
        const char *receipt_href;      /* of a report; NULL */
        bool stands;                   /* in at least one cell, meanwhile */
        const char *left_out;          /* how long its entry is, where what it says is not shown; NULL */
        const char *entry_href;
};

struct value_shown {
        const char *value;             /* "" where the side has none; with its unit of measure where that is not common to all */
        const char *difference;        /* from the first side: "difference +12,5"; NULL for the first, and where units of measure differ */
        const char *hash;              /* of the side's entry */
        bool stands;
};

struct cell_shown {
        const char *field;             /* its name in the form */
        const char *name, *measure, *href;
        struct value_shown *values;    /* by side */
        const char *outcome;           /* what stands after it was closed; NULL while it is open */
        bool is_open;
        struct own_line *lines;        /* of a record: what it says, field by field; NULL of a figure */
        size_t line_count;
        bool has_common;               /* what they had in common is known of some of them */
        const char *anew;              /* of a record: the form that records it anew; NULL where the asker may not */
        bool is_of_day;                /* it holds from a day; else it is a report of a period */
};

struct end_shown {
        const char *unit, *by, *at, *reason, *entry, *entry_href;
        const char *receipt;           /* its code; NULL where entries of its kind get none */
        bool is_decision;
};

struct conflict_shown {
        const struct contest_view *contest;
        const char *title, *about;     /* "Hà Tĩnh, tháng 10/2026"; which figures, in words */
        const char *href, *since, *waited, *decider;
        struct side_shown *sides;
        size_t side_count;
        struct cell_shown *cells;
        size_t cell_count;
        int64_t cells_left;            /* not shown */
        bool is_for_all;               /* what is decided: a side was published */
        const char *published;         /* letters of the sides that everybody may read, where not all are such; else NULL */
        bool is_replaced_apart;        /* by newer figures that not everybody may read */
        struct end_shown *ends;
        size_t end_count;
        bool is_open, may_settle;
        bool may_choose_cells;         /* figure by figure: where there are several, and all of them are shown */
        bool is_record;                /* of a register: no figures */
        const char *meanwhile;         /* what is so until it is decided, where none of the versions stands (own.h); NULL */
        bool has_too_many;             /* more sides than one decision names */
        const char *csrf;              /* of the form */
};

/* An act in a case that does not count, as another node's had come before. */
struct overtaken_shown { const char *title, *href, *what, *unit, *by, *at, *fault, *rule, *state, *entry; moment written; };

struct conflict_list {
        struct conflict_shown *open, *closed;
        struct overtaken_shown *overtaken;
        size_t open_count, closed_count, overtaken_count;
        bool has_more;
};

#endif
