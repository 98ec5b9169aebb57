/* suppress_private.h - what the files of a suppression share. */
#ifndef STATS_SUPPRESS_PRIVATE_H
#define STATS_SUPPRESS_PRIVATE_H

#include "base/decimal.h"
#include "base/map.h"
#include "stats/suppress.h"

/* What is known of the contributors of a cell, or of what is left of one. */
struct gathered {
        int32_t count;
        int128 total, completed;  /* completed: part of the total that nobody reported (of a month by itself) */
        int128 largest[SUPPRESS_DOMINANT_MAX]; /* in falling order */
};

struct edge {
        int32_t a, b;             /* vertices */
};

/* Depth-first numbering of the graph of hidden cells, with a stack of its own. */
struct walk {
        int32_t *number, *low;   /* [vertex]; number 0: not seen */
        int32_t *stack, *by, *at; /* vertex, edge it was reached by, next edge to look at */
        int32_t *bridges;
        size_t count;
};

/* The cheapest way from a vertex. */
struct search {
        int64_t *distance;  /* [vertex], -1: not reached, as before a search all are */
        int32_t *reached;   /* vertices */
        size_t reached_count;
        int32_t *by;        /* edge it was reached by */
        struct heap_entry { int64_t distance; int32_t vertex; } *heap;
        size_t count;
};

/* How many bring to each cell in a month, and who does so alone. */
struct counted {
        size_t month;              /* + 1; 0: none */
        int32_t *count;            /* [cell] */
        size_t *first;             /* [cell] place in list where the one begins that was counted last: of one alone, who it is */
        bool *is_alone;            /* [place in list] of those that begin there and bring alone to some cell */
};

struct suppression {
        struct arena *arena;
        struct suppress_table table;
        struct suppress_rule rule;
        suppress_value *value;
        void *context;
        struct contributor *list;  /* in order of establishment */
        size_t *given, count;      /* [place in list]: that in the caller's; how many there are */
        int64_t *newest;           /* [place in list]: what it brings in the month taken last */
        bool *is_missing;          /* [place in list]: it did not report that month, which was completed */
        size_t *missing, missing_count; /* places of those */
        struct gathered *newest_cells, *newest_rests; /* of the month taken last: of cells, and of remainders; as spread by to_cells, to_remainders */
        bool is_rest_current;      /* nothing was hidden since newest_rests */
        struct counted *counted;   /* of one of the months */
        size_t *first_at, *at;     /* [area * nodes + node]: places in list, at[first_at[cell] .. first_at[cell + 1]) */
        size_t *month, months;     /* taken */
        size_t *changed, changes;  /* months taken in which others bring than in the month before */
        size_t closed;             /* so many of them were looked at by close_to_each, and neither cells hidden nor ways since */
        struct map *judged;        /* two cells -> so many of month in which their sum was looked at and is safe */
        bool *is_unsafe;           /* [cell]: the primary rule hides it in some month */
        struct suppression *for_good; /* while a month is judged by itself: what is hidden in all months; else room for it */
        bool is_apart;             /* a month is judged by itself */
        int32_t *silent;           /* cells of that month that nobody reported, and that are not hidden for good */
        size_t silent_count;
        int32_t *lacking;          /* [place]: reports that are missing */
        bool *is_lacking;          /* [cell]: any of that month */
        struct own { enum cell_state *state; bool *is_unsafe; size_t month; struct map *judged; struct counted counted; } own; /* room for one month */
        size_t cells, places;      /* places: the cells, and the nodes of the country over their areas */
        bool *is_concerned, is_any_concerned; /* [cell]: the remainder of a shown cell is to be judged anew; of any */
        bool is_new;               /* something was hidden since this was last set to false */
        struct brought { int32_t establishment; size_t place; } *some; /* of one remainder, or of two cells */
        struct walk walk;
        struct search search;
        bool *is_wanted_hidden;    /* [cell] */
        bool *is_avoided;          /* [cell] by the way around; false but while one is sought */
        struct labelled { uint64_t label; int32_t cell; } *label, *by_label; /* [cell]; the hidden ones in order of labels */
        size_t labels;
        uint64_t *flow;            /* [cell]: a flow around the graph of hidden cells, drawn */
        enum cell_state *state;   /* [cell] */
        int32_t *cost;            /* [cell] contributors, of the month with the most */
        bool *is_leaf;            /* [node] */
        int32_t *first_leaf, *leaf; /* those below a node, or itself: leaf[first_leaf[node] .. first_leaf[node + 1]) */
        struct edge *edge;        /* [cell] */
        int32_t vertices;
        int32_t *first, *out;     /* edges at each vertex: out[first[v] .. first[v + 1]) */
        /* space for one pass over the contributors: what an establishment brings to each cell, and which cells it touched */
        int128 *brought;
        int32_t *touched;
        bool *is_touched;
        struct gathered *gathered;
};

static inline bool has_country(const struct suppression *s)
{
        return s->table.areas > 1;
}

static inline int32_t cell_of(const struct suppression *s, int32_t area, int32_t node)
{
        return area * (int32_t)s->table.nodes + node;
}

static inline bool is_hidden(const struct suppression *s, int32_t cell)
{
        return s->state[cell] > CELL_EMPTY;
}

static inline bool brings_in(const struct contributor *c, size_t month)
{
        return (size_t)c->from <= month && month <= (size_t)c->to;
}

/* ---- contributors (suppress.c) ---- */

/* Where a contributor's value counts in a pass: calls bring for each place. */
typedef void spread(struct suppression *, const struct contributor *, int64_t value, size_t *touched);

/* To every cell it brings to. */
void suppress_to_cells(struct suppression *, const struct contributor *, int64_t value, size_t *touched);

/* What the establishment at a place of the list brings in a month, and where the next one stands; suppress_sweep forgets it. is_counting: who
 * brings matters, not how much. */
size_t suppress_spread_out(struct suppression *, size_t at, size_t month, bool is_counting, spread *, size_t *touched);
void suppress_sweep(struct suppression *, size_t touched);

/* Who brings to a cell; behind the first count of some. In order of establishments once sorted. */
size_t suppress_find_all(struct suppression *, int32_t cell, size_t count);
int suppress_by_establishment(const void *, const void *);

/* Whether the primary rule hides what the first count of some (in order) bring together in a month. */
bool suppress_is_bad_in(const struct suppression *, size_t count, size_t month);

/* A cell is hidden now: the remainders of which it becomes a part are to be judged anew. */
void suppress_hide_cell(struct suppression *, int32_t cell, enum cell_state why);

/* ---- the graph (suppress_graph.c) ---- */

void suppress_draw_edges(struct suppression *);

/* Hide the cheapest way around a cell; those around all that the sums tell. */
void suppress_close_cycle(struct suppression *, int32_t cell);
void suppress_close_bridges(struct suppression *);

/* ---- what is told (suppress_told.c) ---- */

void suppress_close_to_each(struct suppression *);
/* The labels are of the cells hidden now. */
void suppress_close_to_pairs(struct suppression *);

#endif
