/* suppress_graph.c - the graph of hidden cells: which of them the sums tell, and the way around. */
#include "stats/suppress_private.h"

#include <string.h>

/* Ground is 0; node n of area a is 1 + its cell, as the vertex where its children meet it. A product's vertex, where areas meet the
 * country, stands at the country's cell; alone, its flow ends in the ground. Values flow down the trees of the areas, and up that of the country. */
void suppress_draw_edges(struct suppression *s)
{
        int32_t nodes = (int32_t)s->table.nodes, all = has_country(s) ? s->table.areas + 1 : 1;

        for (int32_t a = 0; a < all; a++)
                for (int32_t n = 0; n < nodes; n++) {
                        int32_t cell = cell_of(s, a, n), parent = s->table.parent[n];

                        int32_t above = parent < 0 ? 0 : 1 + cell_of(s, a, parent);
                        int32_t below = !s->is_leaf[n] ? 1 + cell : has_country(s) ? 1 + cell_of(s, s->table.areas, n) : 0;

                        s->edge[cell] = a < s->table.areas ? (struct edge){ above, below } : (struct edge){ below, above };
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
        s->end_of_hidden = arena_array(s->arena, (size_t)s->vertices, sizeof *s->end_of_hidden);
        memcpy(s->end_of_hidden, s->first, (size_t)s->vertices * sizeof *s->end_of_hidden);
        s->stands = arena_array(s->arena, s->cells, sizeof *s->stands);
        for (int32_t v = 0; v < s->vertices; v++)
                for (int32_t i = s->first[v]; i < s->first[v + 1]; i++)
                        s->stands[s->out[i]][s->edge[s->out[i]].a != v] = i;
}

static void put(struct suppression *s, int32_t cell, bool is_b, int32_t at)
{
        s->out[at] = cell;
        s->stands[cell][is_b] = at;
}

/* The hidden cells before the others, in their order, wherever they were hidden before and after one another. */
void suppress_draw_anew(struct suppression *s)
{
        int32_t *end = s->walk.low; /* [vertex], of all that are drawn */

        if (s->sums->is_in_order)
                return;
        s->sums->is_in_order = true;
        memcpy(s->end_of_hidden, s->first, (size_t)s->vertices * sizeof *s->end_of_hidden);
        for (int32_t i = 0; (size_t)i < s->cells; i++)
                if (is_hidden(s, i)) {
                        put(s, i, false, s->end_of_hidden[s->edge[i].a]++);
                        if (s->edge[i].a != s->edge[i].b)
                                put(s, i, true, s->end_of_hidden[s->edge[i].b]++);
                }
        memcpy(end, s->end_of_hidden, (size_t)s->vertices * sizeof *end);
        for (int32_t i = 0; (size_t)i < s->cells; i++) {
                if (!is_hidden(s, i))
                        put(s, i, false, end[s->edge[i].a]++);
                if (!is_hidden(s, i) || s->edge[i].a == s->edge[i].b)
                        put(s, i, s->edge[i].a != s->edge[i].b, end[s->edge[i].b]++);
        }
}

/* A cell is hidden now. */
void suppress_draw_hidden(struct suppression *s, int32_t cell)
{
        for (int k = 0; k < (s->edge[cell].a == s->edge[cell].b ? 1 : 2); k++) {
                int32_t v = k == 0 ? s->edge[cell].a : s->edge[cell].b, at = s->stands[cell][k], other;

                if (at < s->end_of_hidden[v]) /* it was hidden before, as nobody reported it */
                        continue;
                s->sums->is_in_order = false;
                other = s->out[s->end_of_hidden[v]];
                put(s, other, s->edge[other].a != v, at);
                put(s, cell, k == 1, s->end_of_hidden[v]++);
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

                if (w->at[depth] < s->end_of_hidden[v]) {
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
        const struct scope *x = s->scope;
        int32_t next = 0;

        for (size_t i = 0; i < x->vertices; i++)
                w->number[x->vertex[i]] = 0;
        w->count = 0;
        for (size_t i = 0; i < x->vertices; i++)
                if (w->number[x->vertex[i]] == 0)
                        walk_from(s, w, x->vertex[i], &next);
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

void suppress_close_way(struct suppression *s, int32_t cell, int32_t start, const bool *is_end)
{
        struct search *q = &s->search;
        int32_t end = -1;

        q->count = q->reached_count = 0;
        q->distance[start] = 0;
        q->reached[q->reached_count++] = start;
        heap_push(q, (struct heap_entry){ 0, start });
        while (q->count > 0 && end < 0) {
                struct heap_entry e = heap_pop(q);

                if (is_end[e.vertex])
                        end = e.vertex;
                if (end >= 0 || e.distance > q->distance[e.vertex])
                        continue;
                for (int32_t i = s->first[e.vertex]; i < s->first[e.vertex + 1]; i++) {
                        int32_t by = s->out[i], other = s->edge[by].a == e.vertex ? s->edge[by].b : s->edge[by].a;
                        int64_t distance = e.distance + (is_hidden(s, by) ? 0 : s->cost[by]);

                        if (by == cell || s->is_avoided[by] || s->state[by] == CELL_EMPTY || (q->distance[other] >= 0 && q->distance[other] <= distance))
                                continue;
                        if (q->distance[other] < 0)
                                q->reached[q->reached_count++] = other;
                        q->distance[other] = distance;
                        q->by[other] = by;
                        if (is_end[other] && distance == e.distance) /* none is nearer */
                                end = other;
                        heap_push(q, (struct heap_entry){ distance, other });
                }
        }
        for (int32_t v = end; v >= 0 && v != start; v = s->edge[q->by[v]].a == v ? s->edge[q->by[v]].b : s->edge[q->by[v]].a)
                if (!is_hidden(s, q->by[v]))
                        suppress_hide_cell(s, q->by[v], CELL_SECONDARY);
        while (q->reached_count > 0) {
                q->distance[q->reached[--q->reached_count]] = -1;
                suppress_note_seen(s, start, q->reached[q->reached_count]);
        }
}

/* Every cell that has contributors lies on a way from the ground to the ground through such cells, so without any to avoid there is one. */
void suppress_close_cycle(struct suppression *s, int32_t cell)
{
        s->search.is_end[s->edge[cell].b] = true;
        suppress_close_way(s, cell, s->edge[cell].a, s->search.is_end);
        s->search.is_end[s->edge[cell].b] = false;
}

/* Whatever is hidden then lies on a cycle that was closed. One that a cycle before it has mended finds a way that costs nothing. */
void suppress_close_bridges(struct suppression *s)
{
        find_bridges(s);
        for (size_t i = 0; i < s->walk.count; i++)
                suppress_close_cycle(s, s->walk.bridges[i]);
}
