/* suppress_told.c - what is told though no single cell is: to one who knows its own figures. */
#include "stats/suppress_private.h"

#include <stdlib.h>
#include <string.h>

/* A label for each hidden cell, so that the labels of some add up (by exclusive or) to nothing if and, but for a chance of 2^-64, only if
 * they cut the graph of hidden cells: each cell off a spanning tree draws its own, one on it has the sum of those that close a cycle
 * through it (cycle space sampling, Pritchard and Thurimella 2011). */
static void label_cells(struct suppression *s)
{
        struct walk *w = &s->walk; /* number: of the vertex in the order reached; stack: vertices in that order */
        const struct scope *x = s->scope;
        int32_t count = 0;

        for (size_t k = 0; k < x->vertices; k++)
                w->number[x->vertex[k]] = 0;
        for (size_t k = 0; k < x->vertices; k++) {
                int32_t start = x->vertex[k];

                if (w->number[start] != 0)
                        continue;
                w->by[start] = -1;
                w->stack[count++] = start;
                w->number[start] = count;
                for (int32_t at = count - 1; at < count; at++)
                        for (int32_t i = suppress_see(s, w->stack[at]); i < s->end_of_hidden[w->stack[at]]; i++) {
                                int32_t e = s->out[i], other = s->edge[e].a == w->stack[at] ? s->edge[e].b : s->edge[e].a;

                                if (!is_hidden(s, e) || w->number[other] != 0)
                                        continue;
                                w->by[other] = e;
                                w->stack[count++] = other;
                                w->number[other] = count;
                        }
        }
        for (size_t k = 0; k < x->cells; k++)
                s->label[x->cell[k]] = is_hidden(s, x->cell[k]) ? suppress_drawn((uint64_t)x->cell[k]) : 0;
        for (int32_t at = count; at-- > 0;) /* from the leaves of the tree */
                if (w->by[w->stack[at]] >= 0)
                        s->label[w->by[w->stack[at]]] = 0;
        for (int32_t at = count; at-- > 0;) {
                int32_t v = w->stack[at], up = w->by[v];
                uint64_t sum = 0;

                if (up < 0)
                        continue;
                for (int32_t i = suppress_see(s, v); i < s->end_of_hidden[v]; i++)
                        if (s->out[i] != up && s->edge[s->out[i]].a != s->edge[s->out[i]].b)
                                sum ^= s->label[s->out[i]];
                s->label[up] = sum;
        }
        while (s->buckets->count > 0)
                s->labelled[s->buckets->list[--s->buckets->count]] = -1;
        for (size_t k = x->cells; k-- > 0;) {
                int32_t i = x->cell[k];
                size_t bucket = s->label[i] & s->label_mask;

                if (!is_hidden(s, i))
                        continue;
                if (s->labelled[bucket] < 0)
                        s->buckets->list[s->buckets->count++] = bucket;
                s->next_labelled[i] = s->labelled[bucket];
                s->labelled[bucket] = i;
        }
}

/* Whether the rest of a cell tells somebody's figure to one, who may bring a part of it. */
static bool tells(const struct suppression *s, int32_t cell, bool is_part)
{
        int32_t others = s->counted->count[cell] - is_part;

        return others > 0 && (others < s->rule.least - 1 || s->state[cell] == CELL_DOMINATED || s->state[cell] == CELL_WAITING);
}

/* Whether the establishment at a place of the list brings to a cell. */
static bool brings_to(const struct suppression *s, size_t at, size_t month, int32_t cell)
{
        int32_t nodes = (int32_t)s->table.nodes, area = cell / nodes, establishment = s->list[at].establishment;

        for (; at < s->count && s->list[at].establishment == establishment; at++)
                if (suppress_counts(s, at, month) && (area == s->table.areas || area == s->list[at].area) && suppress_is_below(s, s->list[at].node, cell % nodes))
                        return true;
        return false;
}

#define OWN_LABELS 8

/* Cells that one contributor can compute, because there are others that only it brings to, and that tell another's figure: each gets a way
 * around that avoids those. Cells cut the graph only where those of each part do, so those of other parts may be left out, but where there are too many to look at all. */
static void close_to_one(struct suppression *s, size_t who, size_t month, const int32_t *own, size_t count)
{
        uint64_t labels[OWN_LABELS];
        size_t n = 0;

        for (size_t i = 0; i < count && n < OWN_LABELS; i++) {
                size_t k = 0;

                if (!is_hidden(s, own[i]) || !suppress_is_in_scope(s, own[i]))
                        continue;
                while (k < n && labels[k] != s->label[own[i]])
                        k++;
                labels[k] = s->label[own[i]];
                n += k == n;
                s->is_avoided[own[i]] = true;
        }
        for (size_t sum = 1; sum < (size_t)1 << n; sum++) {
                uint64_t wanted = 0;

                for (size_t k = 0; k < n; k++)
                        wanted ^= sum >> k & 1 ? labels[k] : 0;
                for (int32_t cell = s->labelled[wanted & s->label_mask]; cell >= 0; cell = s->next_labelled[cell])
                        if (s->label[cell] == wanted && !s->is_avoided[cell] && tells(s, cell, brings_to(s, who, month, cell)))
                                suppress_close_cycle(s, cell);
        }
        for (size_t i = 0; i < count; i++)
                s->is_avoided[own[i]] = false;
        for (size_t i = 0; n > 0 && count > OWN_LABELS && i < count; i++)
                if (is_hidden(s, own[i]))
                        suppress_depend_on(s, own[i]);
}

/* Who brings alone to cells, and which. */
static void list_alone(struct suppression *s, struct counted *c)
{
        size_t own = 0, touched = 0;

        c->alone_count = 0;
        for (size_t i = 0; i < s->count; i++) {
                if (!c->is_alone[i])
                        continue;
                suppress_spread_out(s, i, c->month - 1, &touched);
                for (size_t k = 0; k < touched; k++)
                        if (c->count[s->touched[k]] == 1)
                                c->own[own++] = s->touched[k];
                suppress_sweep(s, &touched);
                c->alone_at[i] = (uint32_t)c->alone_count;
                c->alone[c->alone_count++] = (struct alone){ i, own };
        }
}

static int by_place(const void *a, const void *b)
{
        size_t x = *(const size_t *)a, y = *(const size_t *)b;

        return (x > y) - (x < y);
}

/* An establishment some of whose reports are missing is not counted where it brings nothing else. Who is alone otherwise now is added to others: itself, and one that it leaves alone. */
static size_t count_less(struct suppression *s, size_t who, size_t *others, size_t count)
{
        struct counted *c = s->counted;
        int32_t establishment = s->list[who].establishment;
        size_t touched = 0, counting;

        suppress_spread_out(s, who, s->month, &touched);
        counting = touched;
        for (size_t at = who; at < s->count && s->list[at].establishment == establishment; at++)
                if (brings_in(&s->list[at], s->month) && s->is_missing[at])
                        suppress_to_cells(s, &s->list[at], 0, &touched);
        for (size_t k = counting; k < touched; k++)
                c->count[s->touched[k]]--;
        others[count++] = who;
        for (size_t k = counting; k < touched; k++) {
                size_t n = c->count[s->touched[k]] == 1 ? suppress_find_all(s, s->touched[k]) : 0;

                for (size_t i = 0; i < n; i++)
                        if (suppress_counts(s, s->some[i].place, s->month)) {
                                others[count++] = c->first[s->touched[k]] = suppress_first_place(s, s->some[i].place);
                                break;
                        }
        }
        suppress_sweep(s, &touched);
        return count;
}

/* The lists of those who are alone, of the base but for others. */
static void list_alone_again(struct suppression *s, const struct counted *base, const size_t *others, size_t count)
{
        struct counted *c = s->counted;
        size_t own = 0, touched = 0, at = 0;

        c->alone_count = 0;
        for (size_t i = 0; i < base->alone_count || at < count;) {
                bool is_other = at < count && (i == base->alone_count || others[at] <= base->alone[i].who);
                size_t who = is_other ? others[at] : base->alone[i].who, before = own, from = i == 0 ? 0 : base->alone[i - 1].end;

                if (is_other) {
                        suppress_spread_out(s, who, s->month, &touched);
                        for (size_t k = 0; k < touched; k++)
                                if (c->count[s->touched[k]] == 1)
                                        c->own[own++] = s->touched[k];
                        suppress_sweep(s, &touched);
                        while (at < count && others[at] == who)
                                at++;
                } else {
                        memcpy(c->own + own, base->own + from, (base->alone[i].end - from) * sizeof *c->own);
                        own += base->alone[i].end - from;
                }
                i += i < base->alone_count && base->alone[i].who == who;
                if (own == before)
                        continue;
                c->alone_at[who] = (uint32_t)c->alone_count;
                c->alone[c->alone_count++] = (struct alone){ who, own };
        }
}

/* Of a month by itself of which little is missing: from who is asked. */
static void count_from_asked(struct suppression *s)
{
        const struct counted *base = s->for_good->counted;
        size_t *others = s->sums->first_flow, count = 0; /* there is room: it is filled anew when it is needed */

        suppress_count(s->for_good, s->for_good->changed[s->found[s->month].changed]);
        memcpy(s->counted->count, base->count, s->cells * sizeof *base->count);
        memcpy(s->counted->first, base->first, s->cells * sizeof *base->first);
        for (size_t k = 0; k < s->missing_count; k++)
                if (k == 0 || s->list[s->missing[k - 1]].establishment != s->list[s->missing[k]].establishment)
                        count = count_less(s, suppress_first_place(s, s->missing[k]), others, count);
        qsort(others, count, sizeof *others, by_place);
        list_alone_again(s, base, others, count);
}

void suppress_count(struct suppression *s, size_t month)
{
        struct counted *c = s->counted;
        size_t touched = 0;

        if (c->month == month + 1)
                return;
        c->month = month + 1;
        if (s->is_apart && s->missing_count > 0 && s->missing_count * (2 + 2 * s->depth) <= s->count) {
                count_from_asked(s);
                return;
        }
        memset(c->count, 0, s->cells * sizeof *c->count);
        memset(c->is_alone, 0, s->count * sizeof *c->is_alone);
        for (size_t i = 0, next; i < s->count; i = next) {
                next = suppress_spread_out(s, i, month, &touched);
                for (size_t k = 0; k < touched; k++) {
                        c->count[s->touched[k]]++;
                        c->first[s->touched[k]] = i;
                }
                suppress_sweep(s, &touched);
        }
        for (size_t i = 0; i < s->cells; i++)
                if (c->count[i] == 1)
                        c->is_alone[c->first[i]] = true;
        list_alone(s, c);
}

static void close_to_alone(struct suppression *s, size_t month, const struct alone *alone)
{
        const struct counted *c = s->counted;
        size_t from = alone == c->alone ? 0 : alone[-1].end;

        close_to_one(s, alone->who, month, c->own + from, alone->end - from);
}

/* Who brings alone to cells in scope, in order; from all others nothing is to be hidden. */
static void close_to_some(struct suppression *s, size_t month)
{
        const struct counted *c = s->counted;
        size_t *who = s->sums->first_flow, count = 0; /* there is room: it is filled anew when it is needed */

        for (size_t k = 0; k < s->scope->cells; k++)
                if (c->count[s->scope->cell[k]] == 1 && !s->is_listed[c->first[s->scope->cell[k]]]) {
                        who[count++] = c->first[s->scope->cell[k]];
                        s->is_listed[who[count - 1]] = true;
                }
        if (count > 1)
                qsort(who, count, sizeof *who, by_place);
        for (size_t i = 0; i < count; i++) {
                s->is_listed[who[i]] = false;
                close_to_alone(s, month, &c->alone[c->alone_at[who[i]]]);
        }
}

/* The same for each contributor. Who brings to what counts here, not how much: one month stands for all in which that is the same. */
void suppress_close_to_each(struct suppression *s)
{
        size_t from = s->closed > s->asked ? s->closed : s->asked;

        if (from < s->changes)
                label_cells(s);
        for (size_t m = from; m < s->changes; m++) {
                suppress_count(s, s->changed[m]);
                if (!s->scope->is_all)
                        close_to_some(s, s->changed[m]);
                for (size_t i = 0; s->scope->is_all && i < s->counted->alone_count; i++)
                        close_to_alone(s, s->changed[m], &s->counted->alone[i]);
        }
        if (!s->is_new)
                s->closed = s->changes;
}
