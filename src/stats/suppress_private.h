/* suppress_private.h - what the files of a suppression share. */
#ifndef STATS_SUPPRESS_PRIVATE_H
#define STATS_SUPPRESS_PRIVATE_H

#include <string.h>

#include "base/decimal.h"
#include "base/map.h"
#include "stats/suppress.h"

#define EIGHT 8 /* states that are looked at together */

/* Which of eight states hide their cells: the highest bit of the byte of each. */
static inline uint64_t hidden_of_eight(const unsigned char *state)
{
        uint64_t eight;

        memcpy(&eight, state, EIGHT);
        return (eight + 0x7f7f7f7f7f7f7f7fu - CELL_EMPTY * UINT64_C(0x0101010101010101)) & 0x8080808080808080u;
}

/* What is known of the contributors of a cell. */
struct gathered {
        int32_t count;
        int128 total, completed;  /* completed: part of the total that nobody reported (of a month by itself) */
        int128 largest[SUPPRESS_DOMINANT_MAX]; /* in falling order */
};

struct edge {
        int32_t a, b;             /* vertices; the value of the cell flows from a to b */
};

/* Cells that were hidden since all was drawn anew, in that order; or are hidden or not otherwise than then. A vertex is drawn when it is seen: many are never, as most of a month is done
 * again as it was noted. */
struct drawing {
        struct drawn { int32_t cell, at[2]; size_t earlier; unsigned char state; } *list; /* at: where it stood at each of its ends, -1: it stands there still; earlier: as newest; its
                                                                                           * state before */
        size_t count, room, *here; /* here: those of one vertex */
        size_t over;              /* so many of them were hidden in a month by itself, which is over */
        size_t *newest;           /* [cell] its place in list + 1; 0: it is not there */
        bool *is_stale;           /* [vertex] it is not drawn */
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
        bool *is_end;       /* [vertex]; false but while one is sought */
        struct heap_entry { int64_t distance; int32_t vertex; } *heap;
        size_t count;
};

/* How many bring to each cell in a month, and who does so alone. */
struct counted {
        size_t month;              /* + 1; 0: none */
        int32_t *count;            /* [cell] */
        size_t *first;             /* [cell] of one alone: the place in list where it begins */
        bool *is_alone;            /* [place in list] of those that begin there and bring alone to some cell */
        struct alone { size_t who, end; } *alone; /* those, in order: their cells stand before end, after those of the one before, in own */
        int32_t *own;
        size_t alone_count;
        uint32_t *alone_at;        /* [place in list] which of those begins there */
};

#define WAYS 6 /* kept for each cell: what served another is tried first */

/* What is sent around the graph of hidden cells, so that no sum is told of which those being looked at have too much. All in millionths. */
struct sums {
        int128 *room;              /* [cell] that is hidden: how much can be sent back through it; below 0: how much is wanting that must be sent through it. Of others only what those being
                                    * looked at change */
        struct change { int32_t cell; int128 more; } *change; /* of room, for those being looked at */
        size_t changes, change_room;
        struct look { bool *is_seen; int32_t *by, *reached; size_t count, at; } look[2]; /* for a way, from both its ends: [vertex], by which cell */
        struct ways { struct way { struct step { int32_t cell; bool is_against; } *step; size_t count, room; } way[WAYS]; } *ways; /* [cell]: around it, from its head to its tail, of whatever month; that
                                                                               * found or used last stands first */
        struct flow { int32_t cell; size_t who; int128 sent; } *flow; /* what is sent around for each that by itself has too much of a cell */
        size_t flows, flow_room;
        size_t *first_flow;        /* [who: the place in list where it begins] */
        size_t *at_cell, at_cell_room, *end_at_cell; /* the same by cells: flow[at_cell[.. end_at_cell[cell])], after those of the cell before it in scope */
        struct holder { size_t who; int128 share; } *holder; /* who brings to a cell, less what is sent through it for them */
        struct suspect { size_t who[2]; int32_t cell; } *suspect, *sorted; /* one (twice) or two, who have too much of a cell */
        size_t suspects, suspect_room, *end_of_suspects; /* [who] of sorted */
};

/* A cell of a month by itself, of which something is missing. Where it was hidden for good it may not have been judged. */
struct lacked { int32_t cell; enum { LACKED_SAFE, LACKED_UNSAFE, LACKED_SILENT, LACKED_UNJUDGED } found; };

/* What is done to a month after one another: it is taken, judged by itself, more is hidden in it, it is closed to who knows the coefficients. */
enum call_kind { CALL_TAKE, CALL_APART, CALL_HIDE, CALL_KNOWN };

/* One of those: what it was asked to hide, what else it hid, in that order, as the graph is drawn in it, and what it looked at on the way. */
struct call {
        enum call_kind kind;
        int phase;                 /* 0: in all months; 1: in the month by itself; 2: in all months again */
        bool is_plain;             /* nothing of it depended on all cells at once */
        struct became { int32_t cell; enum cell_state state; } *asked, *became;
        size_t asked_count, asked_room, count, room;
        struct saw { int32_t start, seen; } *saw; /* vertices: from where a way was sought, and one that was looked at which is of another part */
        size_t saw_count, saw_room;
        unsigned char *elsewhere;  /* [cell] an enum cell_elsewhere, where it was closed to who knows the coefficients */
        struct call *next;
};

/* What was found of a month when it was taken last. It stands while each brings what they brought then, whatever is hidden before. */
struct found {
        bool is_asked;             /* who brings is known: */
        bool is_changed;           /* others than in the month before */
        size_t changed;            /* which of the months in which others bring: in that the same do as in this one */
        int32_t *count;            /* [cell] contributors, where the month is_changed: else they are those of the month before */
        bool is_known;             /* so is what each brings: */
        int64_t *newest;           /* [place in list] */
        struct gathered *large;    /* [number] of large cells, as if all had reported */
        unsigned char *verdict;    /* [cell] what the primary rule says, an enum cell_state */
        uint32_t *missing;         /* places in list */
        size_t missing_count, missing_room;
        bool is_judged;            /* so are the cells of which something is missing: */
        struct lacked *lacked;
        size_t lacked_count, lacked_room;
        bool is_noted;             /* so is what was done to it, and what follows: */
        unsigned char *before;     /* [cell] its state before that */
        struct call *call;         /* in order */
        int32_t *part;             /* [vertex] one nearer the first of the part it is in, of all cells that were hidden in the month; -1: it is alone */
        int32_t *other;            /* cells to which somebody brings something else since */
        size_t other_count, other_room, other_places; /* from so many places in list, some perhaps counted again */
};

/* What of a month that was noted is done anew: parts of the graph of hidden cells in which anything is other than it was. What was done in the others is done again as it was noted. */
struct scope {
        struct found *of;          /* the month; NULL: nothing is noted */
        bool is_all;               /* everything is done anew */
        bool *is_in;               /* [vertex] */
        int32_t *vertex, *cell;    /* those in it, and the cells between them, in order */
        size_t vertices, cells;
        int32_t *some_vertex, *some_cell, *all_vertex, *all_cell; /* what these are */
        bool is_left;              /* what is done depends on a part that is not in it: that one is marked */
        bool is_noting;            /* what is hidden now is noted */
        bool *is_marked;           /* [vertex] first of its part, or alone */
        int phase;
        struct call *old, *now, **end, *spare; /* old: those noted before that are not done again yet */
        unsigned char *asked_before; /* [cell] a state + 1 */
        struct saw *saw;           /* of the call being made */
        size_t saw_count, saw_room;
        int32_t *seen_from;        /* [vertex] */
        struct { size_t drawn, closed; } saved; /* of the suppression, before the call */
};

struct suppression {
        struct arena *arena;
        struct suppress_table table;
        struct suppress_rule rule;
        suppress_value *value;
        void *context;
        struct contributor *list;  /* in order of establishment */
        size_t *given, count;      /* [place in list]: that in the caller's; how many there are */
        size_t *place;             /* [place in the caller's list]: that in list */
        const int64_t *newest;     /* [place in list]: what it brings in the month taken last */
        bool *is_missing;          /* [place in list]: it did not report that month, which was completed */
        bool *is_listed;           /* [place in list] room; false meanwhile */
        size_t *missing, missing_count; /* places of those */
        struct gathered *newest_cells; /* [cell] of the month taken last, as if all had reported: of all where it is loaded, else of those that are needed */
        int32_t *large, *large_of; /* cells of many places in list, of which that is kept; [cell]: its number, -1: it is not one */
        int32_t *large_places;     /* [number] of how many */
        bool *is_spoilt;           /* [number] what is kept does not tell what is known now; false meanwhile */
        size_t larges;
        struct counted *counted;   /* of one of the months */
        size_t *first_at, *at;     /* [area * nodes + node]: places in list, at[first_at[cell] .. first_at[cell + 1]) */
        size_t month;              /* taken last */
        size_t loaded;             /* + 1: the month of which newest_cells are; 0: of none */
        struct found *found;       /* [month] */
        size_t *changed, changes;  /* months asked in which others bring than in the month before */
        size_t asked;              /* from which of them on somebody's own figures are looked at: that of the month taken */
        struct scope *scope;       /* what of the month is done anew */
        struct became *asked_now;  /* what the call begun is to hide */
        size_t asked_now_count;
        const unsigned char *elsewhere; /* while it is closed to who knows the coefficients */
        size_t closed;             /* so many of them were looked at by close_to_each, and neither cells hidden nor ways since */
        struct suppression *for_good; /* while a month is judged by itself: what is hidden in all months; else room for it */
        bool is_apart;             /* a month is judged by itself */
        int32_t *silent;           /* cells of that month that nobody reported, and that are not hidden for good */
        size_t silent_count;
        int32_t *lacking;          /* reports that are missing, of the cells touched */
        bool *has_report;          /* [cell] where fewer reported than did not: of that month */
        int128 *completed;         /* [cell] of that month, which nobody reported; 0 while all months are judged */
        struct own { unsigned char *state; int32_t *end_of_hidden; struct counted counted; } own; /* room for one month */
        size_t cells;
        bool is_new;               /* something was hidden since this was last set to false */
        struct brought { int32_t establishment; size_t place; } *some; /* of one cell */
        struct walk walk;
        struct search search;
        struct sums *sums;
        struct known *known;       /* room of suppress_known.c; NULL: not needed yet */
        int32_t *other;            /* cells to which somebody brings something else */
        bool *is_avoided;          /* [cell] by the way around; false but while one is sought */
        uint64_t *label;           /* [cell] */
        size_t label_mask;         /* so many last bits of a label lead to the hidden cells that have them */
        int32_t *labelled, *next_labelled; /* [bits] the first such cell, [cell] the next; -1: none */
        struct buckets { size_t count, list[]; } *buckets; /* the bits that lead to any */
        unsigned char *state;     /* [cell] an enum cell_state; EIGHT more can be read */
        int32_t *cost;            /* [cell] contributors, of the month with the most */
        bool *is_leaf;            /* [node] */
        size_t depth;             /* nodes from the deepest up to the whole */
        int32_t *first_leaf, *leaf; /* those below a node, or itself: leaf[first_leaf[node] .. first_leaf[node + 1]) */
        struct edge *edge;        /* [cell] */
        int32_t vertices;
        int32_t *first, *out;     /* edges at each vertex: out[first[v] .. first[v + 1]), */
        int32_t *in_order;        /* and the same in order of cells */
        int32_t (*stands)[2];     /* [cell] where in out it stands at each of its ends */
        int32_t *end_of_hidden;   /* [vertex]: all that are hidden stand before it */
        struct drawing *drawing;  /* what has become of out since it was drawn anew */
        /* space for one pass over the contributors: what an establishment brings to each cell, and which cells it touched */
        int128 *brought;
        int32_t *touched;
        bool *is_touched;
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

/* Whether it counts as a contributor in a month: in one by itself only where it reported. */
bool suppress_counts(const struct suppression *, size_t place, size_t month);

/* What the establishment at a place of the list brings to each cell - in the month taken last; of others, that it does - is added to brought, and
 * the cells to those touched. Where the next one stands. suppress_sweep forgets all that was brought. */
size_t suppress_spread_out(struct suppression *, size_t at, size_t month, size_t *touched);
void suppress_sweep(struct suppression *, size_t *touched);
/* The same of one place, whether it counts or not, which brings so much. */
void suppress_to_cells(struct suppression *, const struct contributor *, int64_t value, size_t *touched);

static inline bool suppress_is_below(const struct suppression *s, int32_t node, int32_t up)
{
        while (node > up)
                node = s->table.parent[node];
        return node == up;
}

/* What is known of a cell in the month taken last, as if all had reported, stands in newest_cells then. */
void suppress_know(struct suppression *, int32_t cell);

/* Where the establishment at a place of the list begins. */
static inline size_t suppress_first_place(const struct suppression *s, size_t place)
{
        while (place > 0 && s->list[place - 1].establishment == s->list[place].establishment)
                place--;
        return place;
}

/* Who brings to a cell, in any month: the first so many of some, in order of establishments. */
size_t suppress_find_all(struct suppression *, int32_t cell);
int suppress_by_establishment(const void *, const void *);

/* A cell is hidden now. */
void suppress_hide_cell(struct suppression *, int32_t cell, enum cell_state why);

/* Of a month by itself: nobody is silent, and there is something that could be hidden, so that each part can be looked at by itself. */
bool suppress_is_plain(const struct suppression *);

/* ---- the graph (suppress_graph.c) ---- */

void suppress_draw_edges(struct suppression *);
/* The hidden cells of each vertex before the others, in their order, wherever they were hidden before and after one another. */
void suppress_draw_anew(struct suppression *);
/* A cell is hidden now, which had that state; before all is drawn anew: it will be, or not any more. */
void suppress_draw_hidden(struct suppression *, int32_t cell, unsigned char before);
void suppress_draw_later(struct suppression *, int32_t cell);
/* Those hidden since so many were drawn are not; those of the month by itself are not, but stand where they stand. */
void suppress_draw_back(struct suppression *, size_t drawn);
void suppress_draw_over(struct suppression *);
void suppress_draw_vertex(struct suppression *, int32_t vertex);

/* Where the edges at a vertex begin in out. */
static inline int32_t suppress_see(struct suppression *s, int32_t vertex)
{
        if (s->drawing->is_stale[vertex])
                suppress_draw_vertex(s, vertex);
        return s->first[vertex];
}

/* Hide the cheapest way from a vertex to any that is an end, without a cell and those avoided, where there is one; around a cell, from where its
 * value comes to where it goes; around all cells that the sums tell. */
void suppress_close_way(struct suppression *, int32_t cell, int32_t start, const bool *is_end);
void suppress_close_cycle(struct suppression *, int32_t cell);
void suppress_close_bridges(struct suppression *);

/* ---- what is told (suppress_told.c) ---- */

void suppress_close_to_each(struct suppression *);

/* How many bring to each cell in a month, and who does so alone. */
void suppress_count(struct suppression *, size_t month);

/* ---- who knows the coefficients (suppress_known.c) ---- */

/* A way more is hidden for each part of the graph with cells that can be computed in the month by itself; is_new where there was any. */
bool suppress_find_known(struct suppression *, const unsigned char *elsewhere);

/* ---- sums (suppress_sum.c) ---- */

/* No sum of hidden cells that is told breaks the rule in the month taken last. */
void suppress_close_sums(struct suppression *);

/* ---- a month taken before (suppress_found.c) ---- */

/* Who is missing in the month taken last: to be found again, and as found before. */
void suppress_note_missing(struct suppression *);
void suppress_set_missing(struct suppression *);

/* What was found of a cell; whether it was of all that are to be judged. */
void suppress_note_lacked(struct suppression *, struct lacked);
bool suppress_is_judged_enough(const struct suppression *);

/* A cell to which somebody brings something else than when the month was noted. */
void suppress_note_other(struct suppression *, struct found *, int32_t cell);

/* Room for what is noted. What is done from now on is done to the month taken last (or, NULL, to none), as far as it is other than noted, and noted; the month goes on in
 * another phase. */
void suppress_open_scope(struct suppression *);
void suppress_follow(struct suppression *, struct found *);
void suppress_enter(struct suppression *, int phase);

/* Something is to be hidden by the call that comes; it is done: what is to be hidden is, and work does the rest, in scope. True where anything is hidden. */
void suppress_ask_to_hide(struct suppression *, int32_t cell, enum cell_state);
bool suppress_call(struct suppression *, enum call_kind, void (*work)(struct suppression *));

/* Whether a cell is in scope. */
static inline bool suppress_is_in_scope(const struct suppression *s, int32_t cell)
{
        return s->scope->is_all || (s->scope->is_in[s->edge[cell].a] && s->scope->is_in[s->edge[cell].b]);
}

/* What is done depends on what is hidden at a vertex, as it is on the way from another. */
void suppress_note_seen(struct suppression *, int32_t start, int32_t seen);
void suppress_depend_on(struct suppression *, int32_t cell);
void suppress_note_hidden(struct suppression *, int32_t cell);

#endif
