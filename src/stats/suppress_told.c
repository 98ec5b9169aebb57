/* suppress_told.c - what is told though no single cell is: to one who knows its own figures, and of two cells together. */
#include "stats/suppress_private.h"

#include <stdlib.h>
#include <string.h>

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
        int32_t others = s->counted->count[cell] - is_part;

        return others > 0 && (others < s->rule.least - 1 || s->state[cell] == CELL_DOMINATED || s->state[cell] == CELL_WAITING);
}

#define OWN_LABELS 8

/* Cells that one contributor can compute, because there are others that only it brings to, and that tell another's figure: each gets a way
 * around that avoids those. */
static void close_to_one(struct suppression *s, size_t first, const int32_t *own, size_t count)
{
        uint64_t labels[OWN_LABELS];
        size_t n = 0;

        for (size_t i = 0; i < count && n < OWN_LABELS; i++) {
                size_t k = 0;

                if (s->counted->count[own[i]] != 1 || s->counted->first[own[i]] != first || !is_hidden(s, own[i]))
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
                                suppress_close_cycle(s, cell);
                }
        }
        for (size_t i = 0; i < count; i++)
                s->is_avoided[own[i]] = false;
}

static void count(struct suppression *s, size_t month)
{
        struct counted *c = s->counted;
        size_t touched;

        if (c->month == month + 1)
                return;
        c->month = month + 1;
        memset(c->count, 0, s->cells * sizeof *c->count);
        memset(c->is_alone, 0, s->count * sizeof *c->is_alone);
        for (size_t i = 0, next; i < s->count; i = next) {
                next = suppress_spread_out(s, i, month, true, suppress_to_cells, &touched);
                for (size_t k = 0; k < touched; k++) {
                        c->count[s->touched[k]]++;
                        c->first[s->touched[k]] = i;
                }
                suppress_sweep(s, touched);
        }
        for (size_t i = 0; i < s->cells; i++)
                if (c->count[i] == 1)
                        c->is_alone[c->first[i]] = true;
}

/* The same for each contributor. Who brings to what counts here, not how much: one month stands for all in which that is the same. */
void suppress_close_to_each(struct suppression *s)
{
        label_cells(s);
        for (size_t m = s->closed; m < s->changes; m++) {
                count(s, s->changed[m]);
                for (size_t i = 0; i < s->count; i++) {
                        size_t touched;

                        if (!s->counted->is_alone[i])
                                continue;
                        suppress_spread_out(s, i, s->changed[m], true, suppress_to_cells, &touched);
                        close_to_one(s, i, s->touched, touched);
                        suppress_sweep(s, touched);
                }
        }
        if (!s->is_new)
                s->closed = s->changes;
}

/* ---- the sum of two -------------------------------------------------------------------------------------- */

/* Two hidden cells of which several sums together tell the sum: where it is as telling as a cell that the primary rule hides, the first gets a
 * way around that avoids the other. A sum of two that are safe by themselves is safe. */
static void close_to_pair(struct suppression *s, int32_t one, int32_t other)
{
        int64_t *safe = map_put(s->judged, (const int32_t[]){ one, other }, 2 * sizeof one, NULL);
        size_t count = 0;

        if (safe == NULL)
                arena_starve(s->arena);
        if ((size_t)*safe < s->months) {
                count = suppress_find_all(s, other, suppress_find_all(s, one, 0));
                qsort(s->some, count, sizeof *s->some, suppress_by_establishment);
        }
        while ((size_t)*safe < s->months && !suppress_is_bad_in(s, count, s->month[*safe]))
                ++*safe;
        if ((size_t)*safe == s->months)
                return;
        s->is_avoided[other] = true;
        suppress_close_cycle(s, one);
        s->is_avoided[other] = false;
        if (s->is_new)
                return;
        s->is_avoided[one] = true;
        suppress_close_cycle(s, other);
        s->is_avoided[one] = false;
}

/* The labels are of the cells hidden now. */
void suppress_close_to_pairs(struct suppression *s)
{
        for (size_t first = 0, end; first < s->labels; first = end) {
                for (end = first + 1; end < s->labels && s->by_label[end].label == s->by_label[first].label;)
                        end++;
                for (size_t i = first; i < end; i++)
                        for (size_t k = first; k < i; k++) {
                                int32_t one = s->by_label[i].cell, other = s->by_label[k].cell;

                                if (s->flow[one] + s->flow[other] != 0 || (!s->is_unsafe[one] && !s->is_unsafe[other]) ||
                                    (s->is_apart && !s->is_lacking[one] && !s->is_lacking[other])) /* as in all months */
                                        continue;
                                close_to_pair(s, one, other);
                                if (s->is_new)
                                        return;
                        }
        }
}
