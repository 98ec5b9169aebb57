#include "stats/suppress.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/map.h"

bool cell_is_hidden(enum cell_state s)
{
        return s == CELL_FEW || s == CELL_DOMINATED || s == CELL_SECONDARY;
}

const char *cell_state_text(enum cell_state s)
{
        static const char *const texts[] = {
                [CELL_SHOWN] = "",
                [CELL_EMPTY] = N_("nobody reports it"),
                [CELL_FEW] = N_("confidential: too few establishments"),
                [CELL_DOMINATED] = N_("confidential: the largest establishments make up too much of it"),
                [CELL_SECONDARY] = N_("confidential: others could be computed from it"),
        };

        return texts[s];
}

/* What is known of the contributors of a cell, or of what is left of one. */
struct gathered {
        int32_t count;
        int128 total, largest[SUPPRESS_DOMINANT_MAX]; /* in falling order */
        int32_t newest; /* the one gathered last: of one alone, who it is */
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
        int64_t *distance;  /* [vertex], -1: not reached */
        int32_t *by;        /* edge it was reached by */
        struct heap_entry { int64_t distance; int32_t vertex; } *heap;
        size_t count;
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
        bool is_counting;          /* who brings matters now, not how much */
        size_t *first_at, *at;     /* [area * nodes + node]: places in list, at[first_at[cell] .. first_at[cell + 1]) */
        size_t *month, months;     /* taken */
        size_t *changed, changes;  /* months taken in which others bring than in the month before */
        size_t closed;             /* so many of them were looked at by close_to_each, and neither cells hidden nor ways since */
        struct map *judged;        /* two cells -> so many of month in which their sum was looked at and is safe */
        bool *is_unsafe;           /* [cell]: the primary rule hides it in some month */
        size_t cells;
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
        enum cell_state *state;
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

size_t suppress_cells(const struct suppress_table *t)
{
        return t->nodes * (size_t)(t->areas == 1 ? 1 : t->areas + 1);
}

static bool has_country(const struct suppression *s)
{
        return s->table.areas > 1;
}

static int32_t cell_of(const struct suppression *s, int32_t area, int32_t node)
{
        return area * (int32_t)s->table.nodes + node;
}

/* Ground is 0; node n of area a is 1 + its cell, as the vertex where its children meet it. A product's vertex, where areas meet the
 * country, stands at the country's cell; alone, its flow ends in the ground. */
static void draw_edges(struct suppression *s)
{
        int32_t nodes = (int32_t)s->table.nodes, all = has_country(s) ? s->table.areas + 1 : 1;

        for (int32_t a = 0; a < all; a++)
                for (int32_t n = 0; n < nodes; n++) {
                        int32_t cell = cell_of(s, a, n), parent = s->table.parent[n];

                        s->edge[cell].a = parent < 0 ? 0 : 1 + cell_of(s, a, parent);
                        s->edge[cell].b = !s->is_leaf[n] ? 1 + cell : has_country(s) ? 1 + cell_of(s, s->table.areas, n) : 0;
                }
        s->vertices = 1 + all * nodes;
        s->first = arena_array(s->arena, (size_t)s->vertices + 2, sizeof *s->first);
        s->out = arena_array(s->arena, 2 * s->cells + 1, sizeof *s->out);
        for (size_t i = 0; i < s->cells; i++) {
                s->first[s->edge[i].a + 2]++;
                s->first[s->edge[i].b + 2]++;
        }
        for (int32_t v = 2; v < s->vertices + 2; v++)
                s->first[v] += s->first[v - 1];
        for (size_t i = 0; i < s->cells; i++) {
                s->out[s->first[s->edge[i].a + 1]++] = (int32_t)i;
                s->out[s->first[s->edge[i].b + 1]++] = (int32_t)i;
        }
}

static void list_leaves(struct suppression *s)
{
        size_t nodes = s->table.nodes;

        s->first_leaf = arena_array(s->arena, nodes + 2, sizeof *s->first_leaf);
        for (size_t n = 0; n < nodes; n++)
                for (int32_t up = s->is_leaf[n] ? (int32_t)n : -1; up >= 0; up = s->table.parent[up])
                        s->first_leaf[up + 2]++;
        for (size_t n = 2; n < nodes + 2; n++)
                s->first_leaf[n] += s->first_leaf[n - 1];
        s->leaf = arena_array(s->arena, (size_t)s->first_leaf[nodes + 1] + 1, sizeof *s->leaf);
        for (size_t n = 0; n < nodes; n++)
                for (int32_t up = s->is_leaf[n] ? (int32_t)n : -1; up >= 0; up = s->table.parent[up])
                        s->leaf[s->first_leaf[up + 1]++] = (int32_t)n;
}

static int by_establishment(const void *a, const void *b)
{
        const struct brought *x = a, *y = b;

        return x->establishment != y->establishment ? (x->establishment > y->establishment) - (x->establishment < y->establishment)
                                                    : (x->place > y->place) - (x->place < y->place);
}

static void list_contributors(struct suppression *s, const struct contributor *list, size_t count)
{
        size_t cells = s->table.nodes * (size_t)s->table.areas;

        s->count = count;
        s->list = arena_array(s->arena, count + 1, sizeof *s->list);
        s->given = arena_array(s->arena, count + 1, sizeof *s->given);
        s->newest = arena_array(s->arena, count + 1, sizeof *s->newest);
        s->some = arena_array(s->arena, 2 * count + 1, sizeof *s->some);
        s->at = arena_array(s->arena, count + 1, sizeof *s->at);
        s->first_at = arena_array(s->arena, cells + 2, sizeof *s->first_at);
        for (size_t i = 0; i < count; i++)
                s->some[i] = (struct brought){ list[i].establishment, i };
        qsort(s->some, count, sizeof *s->some, by_establishment);
        for (size_t i = 0; i < count; i++) {
                s->given[i] = s->some[i].place;
                s->list[i] = list[s->given[i]];
                s->first_at[cell_of(s, s->list[i].area, s->list[i].node) + 2]++;
        }
        for (size_t c = 2; c < cells + 2; c++)
                s->first_at[c] += s->first_at[c - 1];
        for (size_t i = 0; i < count; i++)
                s->at[s->first_at[cell_of(s, s->list[i].area, s->list[i].node) + 1]++] = i;
}

struct suppression *suppress_open(struct arena *arena, const struct suppress_table *table, const struct suppress_rule *rule,
                                  const struct contributor *list, size_t count, suppress_value *value, void *context, size_t months)
{
        struct suppression *s = arena_alloc(arena, sizeof *s);
        size_t vertices;

        assert(rule->dominant >= 1 && rule->dominant <= SUPPRESS_DOMINANT_MAX);
        *s = (struct suppression){ .arena = arena, .table = *table, .rule = *rule, .value = value, .context = context,
                                   .cells = suppress_cells(table) };
        s->month = arena_array(arena, months + 1, sizeof *s->month);
        s->changed = arena_array(arena, months + 1, sizeof *s->changed);
        s->is_concerned = arena_array(arena, s->cells, sizeof *s->is_concerned);
        list_contributors(s, list, count);
        s->state = arena_array(arena, s->cells, sizeof *s->state);
        s->cost = arena_array(arena, s->cells, sizeof *s->cost);
        s->edge = arena_array(arena, s->cells, sizeof *s->edge);
        s->is_leaf = arena_array(arena, table->nodes, sizeof *s->is_leaf);
        s->brought = arena_array(arena, s->cells, sizeof *s->brought);
        s->touched = arena_array(arena, s->cells, sizeof *s->touched);
        s->is_touched = arena_array(arena, s->cells, sizeof *s->is_touched);
        s->gathered = arena_array(arena, s->cells, sizeof *s->gathered);
        s->is_wanted_hidden = arena_array(arena, s->cells, sizeof *s->is_wanted_hidden);
        s->is_avoided = arena_array(arena, s->cells, sizeof *s->is_avoided);
        s->is_unsafe = arena_array(arena, s->cells, sizeof *s->is_unsafe);
        s->flow = arena_array(arena, s->cells, sizeof *s->flow);
        s->label = arena_array(arena, s->cells, sizeof *s->label);
        s->by_label = arena_array(arena, s->cells, sizeof *s->by_label);
        for (size_t n = 0; n < table->nodes; n++)
                s->is_leaf[n] = true;
        for (size_t n = 1; n < table->nodes; n++)
                s->is_leaf[table->parent[n]] = false;
        for (size_t i = 0; i < s->cells; i++)
                s->state[i] = CELL_EMPTY;
        s->judged = map_in(arena);
        list_leaves(s);
        draw_edges(s);
        vertices = (size_t)s->vertices;
        s->walk = (struct walk){ .number = arena_array(arena, vertices, sizeof *s->walk.number), .low = arena_array(arena, vertices, sizeof *s->walk.low),
                                 .stack = arena_array(arena, vertices, sizeof *s->walk.stack), .by = arena_array(arena, vertices, sizeof *s->walk.by),
                                 .at = arena_array(arena, vertices, sizeof *s->walk.at), .bridges = arena_array(arena, vertices, sizeof *s->walk.bridges) };
        s->search = (struct search){ .distance = arena_array(arena, vertices, sizeof *s->search.distance),
                                     .by = arena_array(arena, vertices, sizeof *s->search.by), .heap = arena_array(arena, 2 * s->cells + 2, sizeof *s->search.heap) };
        return s;
}

enum cell_state suppress_state(const struct suppression *s, size_t cell)
{
        return s->state[cell];
}

/* ---- contributors ------------------------------------------------------------------------------- */

static enum cell_state judge(const struct suppression *s, const struct gathered *g)
{
        int128 largest = 0;

        if (g->count == 0)
                return CELL_EMPTY;
        if (g->count < s->rule.least)
                return CELL_FEW;
        for (int32_t i = 0; i < s->rule.dominant; i++)
                largest += g->largest[i];
        return g->total == 0 || largest * 1000000 > g->total * s->rule.most_ppm ? CELL_DOMINATED : CELL_SHOWN;
}

static void gather(const struct suppression *s, struct gathered *g, int32_t establishment, int128 value)
{
        g->count++;
        g->newest = establishment;
        g->total += value;
        for (int32_t i = 0; i < s->rule.dominant; i++)
                if (value > g->largest[i]) {
                        int128 smaller = g->largest[i];

                        g->largest[i] = value;
                        value = smaller;
                }
}

/* Where a contributor's value counts in a pass: calls bring for each place. */
typedef void spread(struct suppression *, const struct contributor *, int64_t value, size_t *touched);

static void bring(struct suppression *s, int32_t place, int64_t value, size_t *touched)
{
        if (!s->is_touched[place]) {
                s->is_touched[place] = true;
                s->touched[(*touched)++] = place;
        }
        s->brought[place] += value;
}

static bool brings_in(const struct contributor *c, size_t month)
{
        return (size_t)c->from <= month && month <= (size_t)c->to;
}

static int64_t value_in(const struct suppression *s, size_t place, size_t month)
{
        if (s->is_counting)
                return 0;
        return month == s->month[s->months - 1] ? s->newest[place] : s->value(s->context, s->given[place], month);
}

/* What the establishment at a place of the list brings in a month, and where the next one stands. */
static size_t spread_out(struct suppression *s, size_t at, size_t month, spread *to, size_t *touched)
{
        int32_t establishment = s->list[at].establishment;

        *touched = 0;
        for (; at < s->count && s->list[at].establishment == establishment; at++)
                if (brings_in(&s->list[at], month))
                        to(s, &s->list[at], value_in(s, at, month), touched);
        return at;
}

static void sweep(struct suppression *s, size_t touched)
{
        while (touched-- > 0) {
                s->brought[s->touched[touched]] = 0;
                s->is_touched[s->touched[touched]] = false;
        }
}

/* s->gathered[place] for a month, each establishment counted once in each place. */
static void pass(struct suppression *s, size_t month, spread *to)
{
        memset(s->gathered, 0, s->cells * sizeof *s->gathered);
        for (size_t i = 0; i < s->count;) {
                int32_t establishment = s->list[i].establishment;
                size_t touched;

                i = spread_out(s, i, month, to, &touched);
                for (size_t k = 0; k < touched; k++)
                        gather(s, &s->gathered[s->touched[k]], establishment, s->brought[s->touched[k]]);
                sweep(s, touched);
        }
}

static void to_cells(struct suppression *s, const struct contributor *c, int64_t value, size_t *touched)
{
        for (int32_t n = c->node; n >= 0; n = s->table.parent[n]) {
                bring(s, cell_of(s, c->area, n), value, touched);
                if (has_country(s))
                        bring(s, cell_of(s, s->table.areas, n), value, touched);
        }
}

static bool is_hidden(const struct suppression *s, int32_t cell)
{
        return cell_is_hidden(s->state[cell]);
}

/* To the shown cell at the end of hidden ones, upwards in a tree: what subtracting the shown ones below it leaves. */
static void to_remainder(struct suppression *s, int32_t area, const struct contributor *c, int64_t value, size_t *touched)
{
        int32_t n = c->node;

        if (!is_hidden(s, cell_of(s, area, n)))
                return;
        while (n >= 0 && is_hidden(s, cell_of(s, area, n)))
                n = s->table.parent[n];
        if (n >= 0)
                bring(s, cell_of(s, area, n), value, touched);
}

static void to_tree_remainders(struct suppression *s, const struct contributor *c, int64_t value, size_t *touched)
{
        to_remainder(s, c->area, c, value, touched);
        if (has_country(s))
                to_remainder(s, s->table.areas, c, value, touched);
}

/* To every shown cell of the country whose share in this area is hidden, and all below that on the way. */
static void to_area_remainders(struct suppression *s, const struct contributor *c, int64_t value, size_t *touched)
{
        for (int32_t n = c->node; n >= 0 && is_hidden(s, cell_of(s, c->area, n)); n = s->table.parent[n])
                if (!is_hidden(s, cell_of(s, s->table.areas, n)))
                        bring(s, cell_of(s, s->table.areas, n), value, touched);
}

/* A cell is hidden now: the remainders of which it becomes a part are to be judged anew. */
static void hide(struct suppression *s, int32_t cell, enum cell_state why)
{
        int32_t area = cell / (int32_t)s->table.nodes, node = cell % (int32_t)s->table.nodes;

        s->state[cell] = why;
        s->is_new = s->is_any_concerned = true;
        s->closed = 0;
        for (; node >= 0 && is_hidden(s, cell_of(s, area, node)); node = s->table.parent[node])
                if (has_country(s))
                        s->is_concerned[cell_of(s, s->table.areas, node)] = true;
        if (node >= 0)
                s->is_concerned[cell_of(s, area, node)] = true;
}

static void primary(struct suppression *s, size_t month)
{
        pass(s, month, to_cells);
        for (size_t i = 0; i < s->cells; i++) {
                enum cell_state now = judge(s, &s->gathered[i]);

                if (s->gathered[i].count > s->cost[i])
                        s->cost[i] = s->gathered[i].count;
                s->is_unsafe[i] |= cell_is_hidden(now);
                if (now == CELL_SHOWN && s->is_wanted_hidden[i])
                        now = CELL_SECONDARY;
                if (now == CELL_EMPTY || is_hidden(s, (int32_t)i))
                        continue;
                if (s->state[i] == CELL_EMPTY) /* there may be a way through it now */
                        s->closed = 0;
                s->state[i] = now;
                if (cell_is_hidden(now))
                        hide(s, (int32_t)i, now);
        }
}

/* ---- bridges -------------------------------------------------------------------------------------- */

static void walk_from(const struct suppression *s, struct walk *w, int32_t start, int32_t *next)
{
        size_t depth = 0;

        w->stack[0] = start;
        w->by[0] = -1;
        w->at[0] = s->first[start];
        w->number[start] = w->low[start] = ++*next;
        for (;;) {
                int32_t v = w->stack[depth];

                if (w->at[depth] < s->first[v + 1]) {
                        int32_t e = s->out[w->at[depth]++], other;

                        if (e == w->by[depth] || !is_hidden(s, e))
                                continue;
                        other = s->edge[e].a == v ? s->edge[e].b : s->edge[e].a;
                        if (w->number[other] != 0) {
                                if (w->number[other] < w->low[v])
                                        w->low[v] = w->number[other];
                                continue;
                        }
                        depth++;
                        w->stack[depth] = other;
                        w->by[depth] = e;
                        w->at[depth] = s->first[other];
                        w->number[other] = w->low[other] = ++*next;
                        continue;
                }
                if (depth == 0)
                        return;
                if (w->low[v] > w->number[w->stack[depth - 1]])
                        w->bridges[w->count++] = w->by[depth];
                if (w->low[v] < w->low[w->stack[depth - 1]])
                        w->low[w->stack[depth - 1]] = w->low[v];
                depth--;
        }
}

static void find_bridges(struct suppression *s)
{
        struct walk *w = &s->walk;
        int32_t next = 0;

        memset(w->number, 0, (size_t)s->vertices * sizeof *w->number);
        w->count = 0;
        for (int32_t v = 0; v < s->vertices; v++)
                if (w->number[v] == 0)
                        walk_from(s, w, v, &next);
}

/* ---- the way around ------------------------------------------------------------------------------- */

static bool is_nearer(struct heap_entry a, struct heap_entry b)
{
        return a.distance != b.distance ? a.distance < b.distance : a.vertex < b.vertex;
}

static void heap_push(struct search *q, struct heap_entry e)
{
        size_t i = q->count++;

        for (; i > 0 && is_nearer(e, q->heap[(i - 1) / 2]); i = (i - 1) / 2)
                q->heap[i] = q->heap[(i - 1) / 2];
        q->heap[i] = e;
}

static struct heap_entry heap_pop(struct search *q)
{
        struct heap_entry top = q->heap[0], last = q->heap[--q->count];
        size_t i = 0, child;

        while ((child = 2 * i + 1) < q->count) {
                if (child + 1 < q->count && is_nearer(q->heap[child + 1], q->heap[child]))
                        child++;
                if (!is_nearer(q->heap[child], last))
                        break;
                q->heap[i] = q->heap[child];
                i = child;
        }
        q->heap[i] = last;
        return top;
}

/* Hide the cheapest way from one end of a cell to the other without it and without those avoided, where there is one. Every cell
 * that has contributors lies on a way from the ground to the ground through such cells, so without any to avoid there is one. */
static void close_cycle(struct suppression *s, int32_t cell)
{
        struct search *q = &s->search;
        int32_t target = s->edge[cell].b, v;

        for (int32_t i = 0; i < s->vertices; i++)
                q->distance[i] = -1;
        q->count = 0;
        q->distance[s->edge[cell].a] = 0;
        heap_push(q, (struct heap_entry){ 0, s->edge[cell].a });
        while (q->count > 0) {
                struct heap_entry e = heap_pop(q);

                if (e.vertex == target)
                        break;
                if (e.distance > q->distance[e.vertex])
                        continue;
                for (int32_t i = s->first[e.vertex]; i < s->first[e.vertex + 1]; i++) {
                        int32_t by = s->out[i], other = s->edge[by].a == e.vertex ? s->edge[by].b : s->edge[by].a;
                        int64_t distance = e.distance + (is_hidden(s, by) ? 0 : s->cost[by]);

                        if (by == cell || s->is_avoided[by] || s->state[by] == CELL_EMPTY || (q->distance[other] >= 0 && q->distance[other] <= distance))
                                continue;
                        q->distance[other] = distance;
                        q->by[other] = by;
                        heap_push(q, (struct heap_entry){ distance, other });
                }
        }
        if (q->distance[target] < 0)
                return;
        for (v = target; v != s->edge[cell].a; v = s->edge[q->by[v]].a == v ? s->edge[q->by[v]].b : s->edge[q->by[v]].a)
                if (!is_hidden(s, q->by[v]))
                        hide(s, q->by[v], CELL_SECONDARY);
}

static void close_bridges(struct suppression *s)
{
        for (find_bridges(s); s->walk.count > 0; find_bridges(s))
                /* one that a cycle before it has mended finds a way that costs nothing, and hides nothing */
                for (size_t i = 0; i < s->walk.count; i++)
                        close_cycle(s, s->walk.bridges[i]);
}

/* ---- remainders ----------------------------------------------------------------------------------- */

static void cheaper(const struct suppression *s, int32_t cell, int32_t *best)
{
        if (s->state[cell] == CELL_SHOWN && (*best < 0 || s->cost[cell] < s->cost[*best]))
                *best = cell;
}

/* Hide the cheapest shown part of a cell: in its tree those reached through hidden ones, or its areas; if none is left, itself. */
static void hide_part(struct suppression *s, int32_t cell, bool is_over_areas)
{
        int32_t area = cell / (int32_t)s->table.nodes, node = cell % (int32_t)s->table.nodes, best = -1;

        for (int32_t a = 0; is_over_areas && a < s->table.areas; a++)
                cheaper(s, cell_of(s, a, node), &best);
        for (int32_t n = node + 1; !is_over_areas && n < (int32_t)s->table.nodes; n++) {
                int32_t up = s->table.parent[n];

                while (up > node && is_hidden(s, cell_of(s, area, up)))
                        up = s->table.parent[up];
                if (up == node)
                        cheaper(s, cell_of(s, area, n), &best);
        }
        hide(s, best >= 0 ? best : cell, CELL_SECONDARY);
}

static bool is_bad(const struct suppression *s, const struct gathered *g)
{
        enum cell_state left = judge(s, g);

        return left != CELL_EMPTY && left != CELL_SHOWN;
}

/* All remainders in the newest month. */
static void widen_newest(struct suppression *s, spread *to)
{
        pass(s, s->month[s->months - 1], to);
        for (size_t i = 0; i < s->cells; i++)
                if (s->state[i] == CELL_SHOWN && is_bad(s, &s->gathered[i]))
                        hide_part(s, (int32_t)i, to == to_area_remainders);
}

/* Whether what an area brings below a node is reached from it through hidden cells of a tree: that of an area, or the country's. */
static bool is_reached(const struct suppression *s, int32_t tree, int32_t leaf, int32_t node)
{
        int32_t n = leaf;

        while (n >= node && n != node && is_hidden(s, cell_of(s, tree, n)))
                n = s->table.parent[n];
        return n == node;
}

/* Who is in one remainder of a cell; into s->some, in order of establishments. */
static size_t find_some(struct suppression *s, int32_t cell, bool is_over_areas)
{
        int32_t nodes = (int32_t)s->table.nodes, area = cell / nodes, node = cell % nodes;
        bool is_one = area < s->table.areas;
        size_t n = 0;

        for (int32_t k = s->first_leaf[node]; k < s->first_leaf[node + 1]; k++) {
                int32_t leaf = s->leaf[k];

                if (!is_over_areas && (leaf == node || !is_reached(s, area, leaf, node)))
                        continue;
                for (int32_t a = is_one ? area : 0; a < (is_one ? area + 1 : s->table.areas); a++)
                        if (!is_over_areas || (is_hidden(s, cell_of(s, a, node)) && is_reached(s, a, leaf, node)))
                                for (size_t i = s->first_at[cell_of(s, a, leaf)]; i < s->first_at[cell_of(s, a, leaf) + 1]; i++)
                                        s->some[n++] = (struct brought){ s->list[s->at[i]].establishment, s->at[i] };
        }
        qsort(s->some, n, sizeof *s->some, by_establishment);
        return n;
}

static bool is_bad_in(const struct suppression *s, size_t count, size_t month)
{
        struct gathered g = { 0 };

        for (size_t i = 0; i < count;) {
                int32_t establishment = s->some[i].establishment;
                bool is_there = false;
                int128 sum = 0;

                for (; i < count && s->some[i].establishment == establishment; i++)
                        if (brings_in(&s->list[s->some[i].place], month)) {
                                is_there = true;
                                sum += value_in(s, s->some[i].place, month);
                        }
                if (is_there)
                        gather(s, &g, establishment, sum);
        }
        return is_bad(s, &g);
}

/* The remainders of one cell, in all months taken. */
static void widen_one(struct suppression *s, int32_t cell, bool is_over_areas)
{
        size_t count = s->state[cell] == CELL_SHOWN ? find_some(s, cell, is_over_areas) : 0;
        bool is_any = false;

        for (size_t m = 0; count > 0 && m < s->months && !is_any; m++)
                is_any = is_bad_in(s, count, s->month[m]);
        if (is_any)
                hide_part(s, cell, is_over_areas);
}

static void widen_concerned(struct suppression *s)
{
        s->is_any_concerned = false;
        for (size_t i = 0; i < s->cells; i++) {
                if (!s->is_concerned[i])
                        continue;
                s->is_concerned[i] = false;
                widen_one(s, (int32_t)i, false);
                if (has_country(s) && i / s->table.nodes == (size_t)s->table.areas)
                        widen_one(s, (int32_t)i, true);
        }
}

/* ---- what one of them knows -------------------------------------------------------------------------- */

static int by_label(const void *a, const void *b)
{
        const struct labelled *x = a, *y = b;

        return x->label != y->label ? (x->label > y->label) - (x->label < y->label) : (x->cell > y->cell) - (x->cell < y->cell);
}

static uint64_t drawn(uint64_t n)
{
        n += 0x9e3779b97f4a7c15u;
        n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9u;
        n = (n ^ n >> 27) * 0x94d049bb133111ebu;
        return n ^ n >> 31;
}

/* 1 where the value of a cell flows into a vertex, -1 where it flows out: down the trees of the areas and up that of the country. */
static uint64_t flows_into(const struct suppression *s, int32_t cell, int32_t vertex)
{
        bool is_down = !has_country(s) || cell < cell_of(s, s->table.areas, 0);

        return (is_down ? s->edge[cell].b : s->edge[cell].a) == vertex ? 1 : UINT64_MAX;
}

/* A label for each hidden cell, so that the labels of some add up (by exclusive or) to nothing if and, but for a chance of 2^-64, only if
 * they cut the graph of hidden cells: each cell off a spanning tree draws its own, one on it has the sum of those that close a cycle
 * through it (cycle space sampling, Pritchard and Thurimella 2011). And a flow drawn the same way: of two cells that cut the graph it is equal
 * where their difference is told, and opposite where their sum is. */
static void label_cells(struct suppression *s)
{
        struct walk *w = &s->walk; /* number: of the vertex in the order reached; stack: vertices in that order */
        int32_t count = 0;

        memset(w->number, 0, (size_t)s->vertices * sizeof *w->number);
        for (int32_t start = 0; start < s->vertices; start++) {
                if (w->number[start] != 0)
                        continue;
                w->by[start] = -1;
                w->stack[count++] = start;
                w->number[start] = count;
                for (int32_t at = count - 1; at < count; at++)
                        for (int32_t i = s->first[w->stack[at]]; i < s->first[w->stack[at] + 1]; i++) {
                                int32_t e = s->out[i], other = s->edge[e].a == w->stack[at] ? s->edge[e].b : s->edge[e].a;

                                if (!is_hidden(s, e) || w->number[other] != 0)
                                        continue;
                                w->by[other] = e;
                                w->stack[count++] = other;
                                w->number[other] = count;
                        }
        }
        for (size_t i = 0; i < s->cells; i++) {
                s->label[i] = (struct labelled){ is_hidden(s, (int32_t)i) ? drawn(i) : 0, (int32_t)i };
                s->flow[i] = s->label[i].label;
        }
        for (int32_t at = count; at-- > 0;) /* from the leaves of the tree */
                if (w->by[w->stack[at]] >= 0)
                        s->label[w->by[w->stack[at]]].label = s->flow[w->by[w->stack[at]]] = 0;
        for (int32_t at = count; at-- > 0;) {
                int32_t v = w->stack[at], up = w->by[v];
                uint64_t sum = 0, flow = 0;

                if (up < 0)
                        continue;
                for (int32_t i = s->first[v]; i < s->first[v + 1]; i++)
                        if (s->out[i] != up && s->edge[s->out[i]].a != s->edge[s->out[i]].b) {
                                sum ^= s->label[s->out[i]].label;
                                flow += flows_into(s, s->out[i], v) * s->flow[s->out[i]];
                        }
                s->label[up].label = sum;
                s->flow[up] = -flow * flows_into(s, up, v);
        }
        s->labels = 0;
        for (size_t i = 0; i < s->cells; i++)
                if (is_hidden(s, (int32_t)i))
                        s->by_label[s->labels++] = s->label[i];
        qsort(s->by_label, s->labels, sizeof *s->by_label, by_label);
}

/* Whether the rest of a cell tells somebody's figure to one, who may bring a part of it. */
static bool tells(const struct suppression *s, int32_t cell, bool is_part)
{
        int32_t others = s->gathered[cell].count - is_part;

        return others > 0 && (others < s->rule.least - 1 || s->state[cell] == CELL_DOMINATED);
}

#define OWN_LABELS 8

/* Cells that one contributor can compute, because there are others that only it brings to, and that tell another's figure: each gets a way
 * around that avoids those. */
static void close_to_one(struct suppression *s, int32_t establishment, const int32_t *own, size_t count)
{
        uint64_t labels[OWN_LABELS];
        size_t n = 0;

        for (size_t i = 0; i < count && n < OWN_LABELS; i++) {
                const struct gathered *g = &s->gathered[own[i]];
                size_t k = 0;

                if (g->count != 1 || g->newest != establishment || !is_hidden(s, own[i]))
                        continue;
                while (k < n && labels[k] != s->label[own[i]].label)
                        k++;
                labels[k] = s->label[own[i]].label;
                n += k == n;
                s->is_avoided[own[i]] = true;
        }
        for (size_t sum = 1; sum < (size_t)1 << n; sum++) {
                struct labelled wanted = { 0, 0 };
                size_t low = 0, high = s->labels;

                for (size_t k = 0; k < n; k++)
                        wanted.label ^= sum >> k & 1 ? labels[k] : 0;
                while (low < high) {
                        size_t middle = (low + high) / 2;

                        if (s->by_label[middle].label < wanted.label)
                                low = middle + 1;
                        else
                                high = middle;
                }
                for (; low < s->labels && s->by_label[low].label == wanted.label; low++) {
                        int32_t cell = s->by_label[low].cell;

                        if (!s->is_avoided[cell] && tells(s, cell, s->is_touched[cell]))
                                close_cycle(s, cell);
                }
        }
        for (size_t i = 0; i < count; i++)
                s->is_avoided[own[i]] = false;
}

/* The same for each contributor. Who brings to what counts here, not how much: one month stands for all in which that is the same. */
static void close_to_each(struct suppression *s)
{
        label_cells(s);
        s->is_counting = true;
        for (size_t m = s->closed; m < s->changes; m++) {
                pass(s, s->changed[m], to_cells);
                for (size_t i = 0; i < s->count;) {
                        int32_t establishment = s->list[i].establishment;
                        bool is_alone = false;
                        size_t touched;

                        i = spread_out(s, i, s->changed[m], to_cells, &touched);
                        for (size_t k = 0; k < touched; k++)
                                is_alone |= s->gathered[s->touched[k]].count == 1;
                        if (is_alone)
                                close_to_one(s, establishment, s->touched, touched);
                        sweep(s, touched);
                }
        }
        s->is_counting = false;
        if (!s->is_new)
                s->closed = s->changes;
}

/* ---- the sum of two -------------------------------------------------------------------------------------- */

/* Who brings to a cell; behind the first count of s->some. */
static size_t find_all(struct suppression *s, int32_t cell, size_t count)
{
        int32_t nodes = (int32_t)s->table.nodes, area = cell / nodes, node = cell % nodes;
        bool is_one = area < s->table.areas;

        for (int32_t k = s->first_leaf[node]; k < s->first_leaf[node + 1]; k++)
                for (int32_t a = is_one ? area : 0; a < (is_one ? area + 1 : s->table.areas); a++)
                        for (size_t i = s->first_at[cell_of(s, a, s->leaf[k])]; i < s->first_at[cell_of(s, a, s->leaf[k]) + 1]; i++)
                                s->some[count++] = (struct brought){ s->list[s->at[i]].establishment, s->at[i] };
        return count;
}

/* Two hidden cells of which several sums together tell the sum: where it is as telling as a cell that the primary rule hides, the first gets a
 * way around that avoids the other. A sum of two that are safe by themselves is safe. */
static void close_to_pair(struct suppression *s, int32_t one, int32_t other)
{
        int64_t *safe = map_put(s->judged, (const int32_t[]){ one, other }, 2 * sizeof one, NULL);
        size_t count = 0;

        if (safe == NULL)
                arena_starve(s->arena);
        if ((size_t)*safe < s->months) {
                count = find_all(s, other, find_all(s, one, 0));
                qsort(s->some, count, sizeof *s->some, by_establishment);
        }
        while ((size_t)*safe < s->months && !is_bad_in(s, count, s->month[*safe]))
                ++*safe;
        if ((size_t)*safe == s->months)
                return;
        s->is_avoided[other] = true;
        close_cycle(s, one);
        s->is_avoided[other] = false;
        if (s->is_new)
                return;
        s->is_avoided[one] = true;
        close_cycle(s, other);
        s->is_avoided[one] = false;
}

/* The labels are of the cells hidden now. */
static void close_to_pairs(struct suppression *s)
{
        for (size_t first = 0, end; first < s->labels; first = end) {
                for (end = first + 1; end < s->labels && s->by_label[end].label == s->by_label[first].label;)
                        end++;
                for (size_t i = first; i < end; i++)
                        for (size_t k = first; k < i; k++) {
                                int32_t one = s->by_label[i].cell, other = s->by_label[k].cell;

                                if (s->flow[one] + s->flow[other] != 0 || (!s->is_unsafe[one] && !s->is_unsafe[other]))
                                        continue;
                                close_to_pair(s, one, other);
                                if (s->is_new)
                                        return;
                        }
        }
}

/* ---- month by month ------------------------------------------------------------------------------------- */

/* Until nothing changes any more. True where something was hidden since is_new was set to false. */
static bool settle(struct suppression *s)
{
        bool is_any = s->is_new;

        do {
                s->is_new = false;
                close_bridges(s);
                while (s->is_any_concerned)
                        widen_concerned(s);
                if (!s->is_new)
                        close_to_each(s);
                if (!s->is_new)
                        close_to_pairs(s);
                is_any |= s->is_new;
        } while (s->is_new);
        return is_any;
}

bool suppress_take(struct suppression *s, size_t month)
{
        bool is_changed = s->months == 0;

        for (size_t i = 0; !is_changed && i < s->count; i++)
                is_changed = brings_in(&s->list[i], month) != brings_in(&s->list[i], s->month[s->months - 1]);
        s->month[s->months++] = month;
        if (is_changed)
                s->changed[s->changes++] = month;
        for (size_t i = 0; i < s->count; i++)
                s->newest[i] = brings_in(&s->list[i], month) ? s->value(s->context, s->given[i], month) : 0;
        s->is_new = false;
        primary(s, month);
        widen_newest(s, to_tree_remainders);
        if (has_country(s))
                widen_newest(s, to_area_remainders);
        if (!s->is_new && !is_changed)
                close_to_pairs(s);
        return (s->is_new || is_changed) && settle(s);
}

bool suppress_hide(struct suppression *s, const size_t *cells, size_t count)
{
        s->is_new = false;
        for (size_t i = 0; i < count; i++) {
                s->is_wanted_hidden[cells[i]] = true;
                if (s->state[cells[i]] == CELL_SHOWN)
                        hide(s, (int32_t)cells[i], CELL_SECONDARY);
        }
        return s->is_new && settle(s);
}
