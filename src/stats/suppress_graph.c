/* suppress_graph.c - the graph of hidden cells: which of them the sums tell, and the way around. */
#include "stats/suppress_private.h"

#include <stdlib.h>
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
        s->in_order = memcpy(arena_array(s->arena, 2 * s->cells + 1, sizeof *s->out), s->out, 2 * s->cells * sizeof *s->out);
        s->drawing = arena_alloc(s->arena, sizeof *s->drawing);
        *s->drawing = (struct drawing){ .is_stale = arena_array(s->arena, (size_t)s->vertices, sizeof(bool)), .newest = arena_array(s->arena, s->cells, sizeof(size_t)) };
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

/* The hidden cells before the others, as they were when all was drawn anew. Of a cell that begins and ends here the second place is among those that are not hidden. Where those that
 * are end. */
static int32_t draw_in_order(struct suppression *s, int32_t v)
{
        int32_t at = s->first[v], end = at;

        for (int hides = 1; hides >= 0; hides--) {
                for (int32_t i = s->first[v]; i < s->first[v + 1]; i++) {
                        int32_t cell = s->in_order[i];
                        bool is_first = i == s->first[v] || s->in_order[i - 1] != cell;

                        if ((is_hidden(s, cell) && s->drawing->newest[cell] == 0 && is_first) == hides)
                                put(s, cell, s->edge[cell].a != v, at++);
                }
                end = hides ? at : end;
        }
        return end;
}

/* A cell is hidden where it stands at a vertex, unless it was hidden before, as nobody reported it. */
static void draw_one(struct suppression *s, struct drawn *drawn, int32_t v, int32_t *end)
{
        int k = s->edge[drawn->cell].a != v;
        int32_t at = s->stands[drawn->cell][k], other;

        drawn->at[k] = at < *end ? -1 : at;
        if (at < *end)
                return;
        other = s->out[*end];
        put(s, other, s->edge[other].a != v, at);
        put(s, drawn->cell, k == 1, (*end)++);
}

static int by_number(const void *a, const void *b)
{
        size_t x = *(const size_t *)a, y = *(const size_t *)b;

        return (x > y) - (x < y);
}

/* All that were hidden here since, in that order. */
static size_t list_drawn(const struct suppression *s, int32_t v)
{
        struct drawing *d = s->drawing;
        size_t count = 0;

        for (int32_t i = s->first[v]; i < s->first[v + 1]; i++)
                for (size_t n = i > s->first[v] && s->in_order[i - 1] == s->in_order[i] ? 0 : d->newest[s->in_order[i]]; n > 0; n = d->list[n - 1].earlier)
                        d->here[count++] = n - 1;
        if (count > 1)
                qsort(d->here, count, sizeof *d->here, by_number);
        return count;
}

void suppress_draw_vertex(struct suppression *s, int32_t v)
{
        struct drawing *d = s->drawing;
        int32_t begin = draw_in_order(s, v), end = begin;
        size_t count = list_drawn(s, v), i = 0;

        for (; i < count && d->here[i] < d->over; i++)
                draw_one(s, &d->list[d->here[i]], v, &end);
        if (d->over > 0)
                end = begin;
        for (; i < count; i++)
                draw_one(s, &d->list[d->here[i]], v, &end);
        if (s->is_apart)
                s->for_good->end_of_hidden[v] = begin;
        s->end_of_hidden[v] = end;
        d->is_stale[v] = false;
}

void suppress_draw_later(struct suppression *s, int32_t cell)
{
        s->drawing->is_stale[s->edge[cell].a] = s->drawing->is_stale[s->edge[cell].b] = true;
}

void suppress_draw_anew(struct suppression *s)
{
        struct drawing *d = s->drawing;

        while (d->count > 0) {
                int32_t cell = d->list[--d->count].cell;

                suppress_draw_later(s, cell);
                d->newest[cell] = 0;
        }
        d->over = 0;
}

static struct drawn *note_drawn(struct suppression *s, int32_t cell, unsigned char before)
{
        struct drawing *d = s->drawing;

        if (d->count == d->room) {
                struct drawn *longer = arena_array(s->arena, 2 * d->room + 64, sizeof *longer);

                if (d->count > 0)
                        memcpy(longer, d->list, d->count * sizeof *longer);
                d->list = longer;
                d->room = 2 * d->room + 64;
                d->here = arena_array(s->arena, d->room, sizeof *d->here);
        }
        d->list[d->count] = (struct drawn){ cell, { -1, -1 }, d->newest[cell], before };
        d->newest[cell] = d->count + 1;
        return &d->list[d->count++];
}

void suppress_draw_hidden(struct suppression *s, int32_t cell, unsigned char before)
{
        struct drawn *drawn = note_drawn(s, cell, before);
        const struct edge *e = &s->edge[cell];

        for (int32_t k = 0, v = e->a; k < (e->a == e->b ? 1 : 2); k++, v = e->b)
                if (!s->drawing->is_stale[v])
                        draw_one(s, drawn, v, &s->end_of_hidden[v]);
}

void suppress_draw_back(struct suppression *s, size_t count)
{
        struct drawing *d = s->drawing;

        while (d->count > count) {
                const struct drawn *drawn = &d->list[--d->count];
                const struct edge *e = &s->edge[drawn->cell];

                s->state[drawn->cell] = drawn->state;
                d->newest[drawn->cell] = drawn->earlier;
                for (int32_t k = 0, v = e->a; k < (e->a == e->b ? 1 : 2); k++, v = e->b) {
                        int32_t other = drawn->at[k] < 0 || d->is_stale[v] ? -1 : s->out[drawn->at[k]];

                        if (other < 0)
                                continue;
                        put(s, other, s->edge[other].a != v, --s->end_of_hidden[v]);
                        put(s, drawn->cell, k == 1, drawn->at[k]);
                }
        }
}

void suppress_draw_over(struct suppression *s)
{
        s->drawing->over = s->drawing->count;
}

/* ---- bridges -------------------------------------------------------------------------------------- */

static void walk_from(struct suppression *s, struct walk *w, int32_t start, int32_t *next)
{
        size_t depth = 0;

        w->stack[0] = start;
        w->by[0] = -1;
        w->at[0] = suppress_see(s, start);
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
                        w->at[depth] = suppress_see(s, other);
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
                for (int32_t i = suppress_see(s, e.vertex); i < s->first[e.vertex + 1]; i++) {
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
