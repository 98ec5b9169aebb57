#include "stats/suppress.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"

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
};

struct edge {
        int32_t a, b;             /* vertices */
};

struct suppression {
        struct arena *arena;
        struct suppress_table table;
        struct suppress_rule rule;
        suppress_month *ask;
        void *context;
        struct contributor *list;  /* of one month */
        size_t months, cells;
        bool *is_wanted_hidden;    /* [cell] */
        enum cell_state *state;
        int32_t *cost;            /* [cell] contributors, of the month with the most */
        bool *is_leaf;            /* [node] */
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

struct suppression *suppress_open(struct arena *arena, const struct suppress_table *table, const struct suppress_rule *rule)
{
        struct suppression *s = arena_alloc(arena, sizeof *s);

        assert(rule->dominant >= 1 && rule->dominant <= SUPPRESS_DOMINANT_MAX);
        *s = (struct suppression){ .arena = arena, .table = *table, .rule = *rule, .cells = suppress_cells(table) };
        s->state = arena_array(arena, s->cells, sizeof *s->state);
        s->cost = arena_array(arena, s->cells, sizeof *s->cost);
        s->edge = arena_array(arena, s->cells, sizeof *s->edge);
        s->is_leaf = arena_array(arena, table->nodes, sizeof *s->is_leaf);
        s->brought = arena_array(arena, s->cells, sizeof *s->brought);
        s->touched = arena_array(arena, s->cells, sizeof *s->touched);
        s->is_touched = arena_array(arena, s->cells, sizeof *s->is_touched);
        s->gathered = arena_array(arena, s->cells, sizeof *s->gathered);
        s->is_wanted_hidden = arena_array(arena, s->cells, sizeof *s->is_wanted_hidden);
        for (size_t n = 0; n < table->nodes; n++)
                s->is_leaf[n] = true;
        for (size_t n = 1; n < table->nodes; n++)
                s->is_leaf[table->parent[n]] = false;
        for (size_t i = 0; i < s->cells; i++)
                s->state[i] = CELL_EMPTY;
        draw_edges(s);
        return s;
}

void suppress_hide(struct suppression *s, size_t cell)
{
        s->is_wanted_hidden[cell] = true;
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

static void gather(const struct suppression *s, struct gathered *g, int128 value)
{
        g->count++;
        g->total += value;
        for (int32_t i = 0; i < s->rule.dominant; i++)
                if (value > g->largest[i]) {
                        int128 smaller = g->largest[i];

                        g->largest[i] = value;
                        value = smaller;
                }
}

/* Where a contributor's value counts in a pass: calls bring for each place. */
typedef void spread(struct suppression *, const struct contributor *, size_t *touched);

static void bring(struct suppression *s, int32_t place, int64_t value, size_t *touched)
{
        if (!s->is_touched[place]) {
                s->is_touched[place] = true;
                s->touched[(*touched)++] = place;
        }
        s->brought[place] += value;
}

/* s->gathered[place] for a month, each establishment counted once in each place. */
static void pass(struct suppression *s, size_t month, spread *to)
{
        size_t count = s->ask(s->context, month, s->list);

        memset(s->gathered, 0, s->cells * sizeof *s->gathered);
        for (size_t i = 0; i < count;) {
                int32_t establishment = s->list[i].establishment;
                size_t touched = 0;

                assert(i == 0 || s->list[i - 1].establishment < establishment);
                for (; i < count && s->list[i].establishment == establishment; i++)
                        to(s, &s->list[i], &touched);
                while (touched-- > 0) {
                        int32_t place = s->touched[touched];

                        gather(s, &s->gathered[place], s->brought[place]);
                        s->brought[place] = 0;
                        s->is_touched[place] = false;
                }
        }
}

static void to_cells(struct suppression *s, const struct contributor *c, size_t *touched)
{
        for (int32_t n = c->node; n >= 0; n = s->table.parent[n]) {
                bring(s, cell_of(s, c->area, n), c->value, touched);
                if (has_country(s))
                        bring(s, cell_of(s, s->table.areas, n), c->value, touched);
        }
}

static bool is_hidden(const struct suppression *s, int32_t cell)
{
        return cell_is_hidden(s->state[cell]);
}

/* To the shown cell at the end of hidden ones, upwards in a tree: what subtracting the shown ones below it leaves. */
static void to_remainder(struct suppression *s, int32_t area, const struct contributor *c, size_t *touched)
{
        int32_t n = c->node;

        if (!is_hidden(s, cell_of(s, area, n)))
                return;
        while (n >= 0 && is_hidden(s, cell_of(s, area, n)))
                n = s->table.parent[n];
        if (n >= 0)
                bring(s, cell_of(s, area, n), c->value, touched);
}

static void to_tree_remainders(struct suppression *s, const struct contributor *c, size_t *touched)
{
        to_remainder(s, c->area, c, touched);
        if (has_country(s))
                to_remainder(s, s->table.areas, c, touched);
}

/* To every shown cell of the country whose share in this area is hidden, and all below that on the way. */
static void to_area_remainders(struct suppression *s, const struct contributor *c, size_t *touched)
{
        for (int32_t n = c->node; n >= 0 && is_hidden(s, cell_of(s, c->area, n)); n = s->table.parent[n])
                if (!is_hidden(s, cell_of(s, s->table.areas, n)))
                        bring(s, cell_of(s, s->table.areas, n), c->value, touched);
}

static void primary(struct suppression *s)
{
        for (size_t m = 0; m < s->months; m++) {
                pass(s, m, to_cells);
                for (size_t i = 0; i < s->cells; i++) {
                        enum cell_state now = judge(s, &s->gathered[i]);

                        if (s->gathered[i].count > s->cost[i])
                                s->cost[i] = s->gathered[i].count;
                        if (now != CELL_EMPTY && !is_hidden(s, (int32_t)i))
                                s->state[i] = now;
                }
        }
        for (size_t i = 0; i < s->cells; i++)
                if (s->is_wanted_hidden[i] && s->state[i] == CELL_SHOWN)
                        s->state[i] = CELL_SECONDARY;
}

/* ---- bridges -------------------------------------------------------------------------------------- */

/* Depth-first numbering of the graph of hidden cells, with a stack of its own. */
struct walk {
        int32_t *number, *low;   /* [vertex]; number 0: not seen */
        int32_t *stack, *by, *at; /* vertex, edge it was reached by, next edge to look at */
        int32_t *bridges;
        size_t count;
};

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

static void find_bridges(const struct suppression *s, struct walk *w)
{
        int32_t next = 0;

        memset(w->number, 0, (size_t)s->vertices * sizeof *w->number);
        w->count = 0;
        for (int32_t v = 0; v < s->vertices; v++)
                if (w->number[v] == 0)
                        walk_from(s, w, v, &next);
}

/* ---- the way around ------------------------------------------------------------------------------- */

struct search {
        int64_t *distance;  /* [vertex], -1: not reached */
        int32_t *by;        /* edge it was reached by */
        struct heap_entry { int64_t distance; int32_t vertex; } *heap;
        size_t count;
};

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

/* Hide the cheapest way from one end of a cell to the other without it. Every cell that has contributors lies on a way from
 * the ground to the ground through such cells, so there is one. */
static void close_cycle(struct suppression *s, struct search *q, int32_t cell)
{
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

                        if (by == cell || s->state[by] == CELL_EMPTY || (q->distance[other] >= 0 && q->distance[other] <= distance))
                                continue;
                        q->distance[other] = distance;
                        q->by[other] = by;
                        heap_push(q, (struct heap_entry){ distance, other });
                }
        }
        assert(q->distance[target] >= 0);
        for (v = target; v != s->edge[cell].a; v = s->edge[q->by[v]].a == v ? s->edge[q->by[v]].b : s->edge[q->by[v]].a)
                if (!is_hidden(s, q->by[v]))
                        s->state[q->by[v]] = CELL_SECONDARY;
}

static bool close_bridges(struct suppression *s, struct walk *w, struct search *q)
{
        bool is_changed = false;

        for (find_bridges(s, w); w->count > 0; find_bridges(s, w)) {
                /* one that a cycle before it has mended finds a way that costs nothing, and hides nothing */
                for (size_t i = 0; i < w->count; i++)
                        close_cycle(s, q, w->bridges[i]);
                is_changed = true;
        }
        return is_changed;
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
        s->state[best >= 0 ? best : cell] = CELL_SECONDARY;
}

static bool widen_remainders(struct suppression *s, spread *to)
{
        bool is_changed = false;

        for (size_t m = 0; m < s->months; m++) {
                pass(s, m, to);
                for (size_t i = 0; i < s->cells; i++) {
                        enum cell_state left = judge(s, &s->gathered[i]);

                        if (left == CELL_EMPTY || left == CELL_SHOWN || s->state[i] != CELL_SHOWN)
                                continue;
                        hide_part(s, (int32_t)i, to == to_area_remainders);
                        is_changed = true;
                }
        }
        return is_changed;
}

void suppress_close(struct suppression *s, suppress_month *ask, void *context, size_t months, size_t most, enum cell_state *state)
{
        size_t vertices = (size_t)s->vertices;
        struct walk w = { .number = arena_array(s->arena, vertices, sizeof *w.number), .low = arena_array(s->arena, vertices, sizeof *w.low),
                          .stack = arena_array(s->arena, vertices, sizeof *w.stack), .by = arena_array(s->arena, vertices, sizeof *w.by),
                          .at = arena_array(s->arena, vertices, sizeof *w.at), .bridges = arena_array(s->arena, vertices, sizeof *w.bridges) };
        struct search q = { .distance = arena_array(s->arena, vertices, sizeof *q.distance), .by = arena_array(s->arena, vertices, sizeof *q.by),
                            .heap = arena_array(s->arena, 2 * s->cells + 2, sizeof *q.heap) };
        bool is_changed = true;

        s->ask = ask;
        s->context = context;
        s->months = months;
        s->list = arena_array(s->arena, most + 1, sizeof *s->list);
        primary(s);
        while (is_changed) {
                is_changed = close_bridges(s, &w, &q);
                is_changed |= widen_remainders(s, to_tree_remainders);
                is_changed |= has_country(s) && widen_remainders(s, to_area_remainders);
        }
        memcpy(state, s->state, s->cells * sizeof *state);
}
