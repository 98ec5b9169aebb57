/* suppress_sum.c - sums of hidden cells that are told: none, of however many cells, is one that the primary rule hides.
 *
 * The sums of the table tell that of some hidden cells if and only if these cut the graph of hidden cells apart and all flow out of one side of
 * it, or are several such sets. Some establishments have too much of any such sum if and only if what they have too much of single cells cannot be
 * sent around the graph (Hoffman's circulation theorem: max-flow min-cut without source and sink). Through each cell of which they have more than
 * the rule allows at least so much is to be sent; along the value of any cell as much as wanted; against it at most what they have less than
 * the rule allows. Where it cannot be sent, the cells between what was reached and the rest are a sum of which they have too much.
 *
 * So one flow, found near the cell, answers for all sums at once. Those who may have too much are one establishment, or two. Each that has too
 * much of a hidden cell by itself gets a flow. For two, the flows of both added up will do, but where they are not enough for some cell; such two
 * get a flow of their own. Fewer than rule.least have all of a sum, so too much of it, but of a sum of nothing.
 *
 * Whether it can be sent does not depend on the ways it was sent by before (any flow leads to a greatest one), so ways are tried that served in other months. What is hidden where
 * it cannot does, so then it is sent once more, of those being looked at alone and by ways just found. */
#include "stats/suppress_private.h"

#include <stdlib.h>
#include <string.h>

#define PPM 1000000

/* Before so many changes more. */
static void make_room(struct suppression *s, size_t more)
{
        struct sums *m = s->sums;
        struct change *longer;

        if (m->changes + more <= m->change_room)
                return;
        m->change_room = 2 * (m->changes + more);
        longer = arena_array(s->arena, m->change_room, sizeof *longer);
        if (m->changes > 0)
                memcpy(longer, m->change, m->changes * sizeof *longer);
        m->change = longer;
}

/* More room in a cell, or less, for those being looked at; undone when they are no more. */
static inline void change(struct sums *m, int32_t cell, int128 more)
{
        m->change[m->changes++] = (struct change){ cell, more };
        m->room[cell] += more;
}

static void undo(struct suppression *s, size_t changes)
{
        struct sums *m = s->sums;

        while (m->changes > changes) {
                m->changes--;
                m->room[m->change[m->changes].cell] -= m->change[m->changes].more;
        }
}

/* ---- the way around -------------------------------------------------------------------------------- */

/* A cell is hidden, now or at first. */
static void open_room(struct suppression *s, int32_t cell)
{
        suppress_know(s, cell);
        s->sums->room[cell] += s->newest_cells[cell].total * s->rule.most_ppm - s->completed[cell] * PPM;
}

static int32_t other_end(const struct suppression *s, int32_t cell, int32_t vertex)
{
        return s->edge[cell].a + s->edge[cell].b - vertex;
}

static void reach(struct look *q, int32_t vertex, int32_t by)
{
        q->is_seen[vertex] = true;
        q->by[vertex] = by;
        q->reached[q->count++] = vertex;
}

/* Looks on from the next vertex reached, with or (is_back) against the way that something is to be sent. True where the other look was met: by
 * which cell, from which vertex. */
static bool look_on(struct suppression *s, int32_t cell, int128 least, bool is_back, int32_t *by, int32_t *from)
{
        struct look *q = &s->sums->look[is_back], *other = &s->sums->look[!is_back];
        int32_t v = q->reached[q->at++];

        for (int32_t i = suppress_see(s, v); i < s->end_of_hidden[v]; i++) {
                int32_t e = s->out[i], next = other_end(s, e, v);

                if (!is_hidden(s, e) || e == cell || q->is_seen[next] || ((s->edge[e].a == v) == is_back && s->sums->room[e] < least))
                        continue;
                if (other->is_seen[next]) {
                        *by = e;
                        *from = is_back ? next : v;
                        return true;
                }
                reach(q, next, e);
        }
        return false;
}

static void lengthen(struct suppression *s, struct way *w, int32_t cell, bool is_against)
{
        if (w->count == w->room) {
                struct step *more = arena_array(s->arena, 2 * w->room + 8, sizeof *more);

                if (w->count > 0)
                        memcpy(more, w->step, w->count * sizeof *more);
                w->step = more;
                w->room = 2 * w->room + 8;
        }
        w->step[w->count++] = (struct step){ cell, is_against };
}

/* One of the ways around a cell stands first, so that it is tried first the next time. */
static struct way *bring_forward(struct ways *known, int k)
{
        struct way w = known->way[k];

        known->way[k] = known->way[0];
        known->way[0] = w;
        return &known->way[0];
}

/* A short way on which at least so much can be sent from the head of a cell to its tail. False where there is none: then one of the looks, from
 * both its ends, has reached all that it can. */
static bool find_way(struct suppression *s, int32_t cell, int128 least)
{
        struct look *ahead = &s->sums->look[0], *back = &s->sums->look[1];
        struct way *w;
        int32_t by, from;
        bool is_met = false;

        for (int i = 0; i < 2; i++) {
                struct look *q = &s->sums->look[i];

                while (q->count > 0)
                        q->is_seen[q->reached[--q->count]] = false;
                q->at = 0;
                reach(q, i == 0 ? s->edge[cell].b : s->edge[cell].a, -1);
        }
        while (!is_met && ahead->at < ahead->count && back->at < back->count)
                is_met = look_on(s, cell, least, back->count - back->at < ahead->count - ahead->at, &by, &from);
        if (!is_met)
                return false;
        w = bring_forward(&s->sums->ways[cell], WAYS - 1);
        w->count = 0;
        for (int32_t v = from; ahead->by[v] >= 0; v = other_end(s, ahead->by[v], v))
                lengthen(s, w, ahead->by[v], s->edge[ahead->by[v]].a == v);
        for (size_t i = 0; i < w->count / 2; i++) {
                struct step spare = w->step[i];

                w->step[i] = w->step[w->count - 1 - i];
                w->step[w->count - 1 - i] = spare;
        }
        lengthen(s, w, by, s->edge[by].b == from);
        for (int32_t v = other_end(s, by, from); back->by[v] >= 0; v = other_end(s, back->by[v], v))
                lengthen(s, w, back->by[v], s->edge[back->by[v]].b == v);
        return true;
}

/* As much of what is wanting as there is room for on the first so many ways known. */
static void send_around(struct suppression *s, int32_t cell, int ways)
{
        struct sums *m = s->sums;
        struct ways *known = &m->ways[cell];
        const int128 *room = m->room;

        for (int k = 0; k < ways && room[cell] < 0; k++) {
                const struct way *w = &known->way[k];
                int128 amount = w->count > 0 ? -room[cell] : 0;

                for (size_t i = 0; i < w->count && amount > 0; i++) {
                        const struct step *by = &w->step[i];

                        if (!is_hidden(s, by->cell))
                                amount = 0;
                        else if (by->is_against && room[by->cell] < amount)
                                amount = room[by->cell];
                }
                if (amount <= 0)
                        continue;
                w = bring_forward(known, k);
                make_room(s, w->count + 1);
                for (size_t i = 0; i < w->count; i++)
                        change(m, w->step[i].cell, w->step[i].is_against ? -amount : amount);
                change(m, cell, amount);
        }
}

/* No way was found: a cell and all others between what was reached and the rest are a sum that is told. The cheapest way around it that avoids
 * those is hidden as well, to whatever was reached from its other end; there is one unless all of them are zero. False where nothing is hidden. */
static bool hide_way(struct suppression *s, int32_t cell)
{
        bool is_back = s->sums->look[0].at < s->sums->look[0].count, was_new = s->is_new, is_found = false;
        const struct look *q = &s->sums->look[is_back];
        size_t drawn = s->drawing->count;

        for (int avoids = 1; avoids >= 0; avoids--) {
                for (size_t k = 0; k < q->count; k++)
                        for (int32_t i = suppress_see(s, q->reached[k]); i < s->end_of_hidden[q->reached[k]]; i++)
                                if (!q->is_seen[other_end(s, s->out[i], q->reached[k])])
                                        s->is_avoided[s->out[i]] = avoids && is_hidden(s, s->out[i]);
                if (!avoids)
                        break;
                s->is_new = false;
                suppress_close_way(s, cell, q->reached[0], s->sums->look[!is_back].is_seen);
                is_found = s->is_new;
        }
        for (; drawn < s->drawing->count; drawn++)
                open_room(s, s->drawing->list[drawn].cell);
        s->is_new |= was_new;
        return is_found;
}

static bool is_wanting(const struct suppression *s, int32_t cell)
{
        return s->sums->room[cell] < 0 && is_hidden(s, cell) && s->edge[cell].a != s->edge[cell].b;
}

/* Whether those being looked at have too much of no sum that is told with this cell. */
static bool look_at(struct suppression *s, int32_t cell)
{
        while (is_wanting(s, cell)) {
                send_around(s, cell, WAYS);
                if (is_wanting(s, cell) && !find_way(s, cell, -s->sums->room[cell]) && !find_way(s, cell, 1))
                        return false;
        }
        return true;
}

/* Then they have: others are hidden until they have not, in the same way whatever was looked at before. */
static void look_and_hide(struct suppression *s, int32_t cell)
{
        while (is_wanting(s, cell))
                if (find_way(s, cell, -s->sums->room[cell]) || find_way(s, cell, 1))
                        send_around(s, cell, 1);
                else if (!hide_way(s, cell))
                        return;
}

/* An establishment is looked at: what it brings leaves less room. */
static void begin_own(struct suppression *s, size_t who)
{
        struct sums *m = s->sums;
        int32_t establishment = s->list[who].establishment;

        for (; who < s->count && s->list[who].establishment == establishment; who++) {
                const struct contributor *c = &s->list[who];
                int32_t own = cell_of(s, c->area, 0), country = has_country(s) ? cell_of(s, s->table.areas, 0) : -1;
                int128 less = -(int128)s->newest[who] * PPM;

                if (!suppress_counts(s, who, s->month))
                        continue;
                make_room(s, 2 * s->depth);
                for (int32_t n = c->node; n >= 0; n = s->table.parent[n]) {
                        change(m, own + n, less);
                        if (country >= 0)
                                change(m, country + n, less);
                }
        }
}

/* What was sent around for it as well. */
static void begin_look(struct suppression *s, size_t who)
{
        struct sums *m = s->sums;
        size_t flow = m->first_flow[who], end = flow;

        while (end < m->flows && m->flow[end].who == who)
                end++;
        make_room(s, end - flow);
        for (; flow < end; flow++)
                change(m, m->flow[flow].cell, m->flow[flow].sent);
        begin_own(s, who);
}

static int by_cell(const void *a, const void *b)
{
        int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

        return (x > y) - (x < y);
}

/* One or two have too much of some sum. Before what was sent around for them stand so many changes, for what they bring. */
static size_t hide_for(struct suppression *s, size_t one, size_t other)
{
        struct sums *m = s->sums;
        int32_t *cell = s->touched; /* nothing is */
        size_t begun, count = 0;

        undo(s, 0);
        begin_own(s, one);
        if (other != one)
                begin_own(s, other);
        begun = m->changes;
        for (size_t i = 0; i < begun; i++)
                if (suppress_is_in_scope(s, m->change[i].cell) && is_wanting(s, m->change[i].cell) && !s->is_touched[m->change[i].cell]) {
                        s->is_touched[m->change[i].cell] = true;
                        cell[count++] = m->change[i].cell;
                }
        qsort(cell, count, sizeof *cell, by_cell);
        for (size_t i = 0; i < count; i++) {
                s->is_touched[cell[i]] = false;
                look_and_hide(s, cell[i]);
        }
        return begun;
}

/* ---- who may have too much --------------------------------------------------------------------------- */

static int by_share(const void *a, const void *b)
{
        const struct holder *x = a, *y = b;

        return x->share != y->share ? (x->share < y->share) - (x->share > y->share) : (x->who > y->who) - (x->who < y->who);
}

static int by_who(const void *a, const void *b)
{
        const struct suspect *x = a, *y = b;

        for (int i = 0; i < 2; i++)
                if (x->who[i] != y->who[i])
                        return (x->who[i] > y->who[i]) - (x->who[i] < y->who[i]);
        return (x->cell > y->cell) - (x->cell < y->cell);
}

/* One, or two (one: twice), of whom too much is wanting in a cell. */
static void suspect(struct suppression *s, size_t one, size_t other, int32_t cell)
{
        struct sums *m = s->sums;

        if (m->suspects == m->suspect_room) {
                struct suspect *more = arena_array(s->arena, 2 * m->suspect_room + 64, sizeof *more);

                if (m->suspects > 0)
                        memcpy(more, m->suspect, m->suspects * sizeof *more);
                m->suspect = more;
                m->suspect_room = 2 * m->suspect_room + 64;
                m->sorted = arena_array(s->arena, m->suspect_room, sizeof *more);
        }
        m->suspect[m->suspects++] = (struct suspect){ { one < other ? one : other, one < other ? other : one }, cell };
}

/* Who brings to a cell, in order of establishments; how many. */
static size_t find_holders(struct suppression *s, int32_t cell)
{
        struct holder *h = s->sums->holder;
        size_t count = suppress_find_all(s, cell), n = 0;

        for (size_t i = 0; i < count; i++) {
                size_t place = s->some[i].place, who = suppress_first_place(s, place);

                if (!suppress_counts(s, place, s->month))
                        continue;
                if (n == 0 || h[n - 1].who != who)
                        h[n++] = (struct holder){ who, 0 };
                h[n - 1].share += (int128)s->newest[place] * PPM;
        }
        return n;
}

/* Each that by itself has too much of a hidden cell. */
static void suspect_singles(struct suppression *s)
{
        struct sums *m = s->sums;

        for (size_t k = 0; k < s->scope->cells; k++) {
                int32_t c = s->scope->cell[k];
                size_t n = is_hidden(s, c) && s->newest_cells[c].largest[0] * PPM > m->room[c] ? find_holders(s, c) : 0;

                for (size_t i = 0; i < n; i++)
                        if (m->holder[i].share > m->room[c])
                                suspect(s, m->holder[i].who, m->holder[i].who, c);
        }
}

/* Any two of whom the flows of each, here those from .. to, are not enough for a cell. */
static void suspect_pairs(struct suppression *s, int32_t cell, size_t from, size_t to)
{
        struct sums *m = s->sums;
        struct holder *h = m->holder;
        const struct gathered *g = &s->newest_cells[cell];
        int128 back[2] = { 0, 0 };
        size_t n, holders;

        for (size_t i = from, next; i < to; i = next) {
                int128 sent = 0;

                for (next = i; next < to && m->flow[m->at_cell[next]].who == m->flow[m->at_cell[i]].who; next++)
                        sent -= m->flow[m->at_cell[next]].sent;
                if (sent > back[1]) {
                        back[1] = sent < back[0] ? sent : back[0];
                        back[0] = sent < back[0] ? back[0] : sent;
                }
        }
        if ((g->largest[0] + g->largest[1]) * PPM + back[0] + back[1] <= m->room[cell]) /* more than this no two can have */
                return;
        n = holders = find_holders(s, cell);
        for (size_t i = from, k = 0; i < to; i++) {
                const struct flow *f = &m->flow[m->at_cell[i]];

                while (k < holders && h[k].who < f->who)
                        k++;
                if (k < holders && h[k].who == f->who)
                        h[k].share -= f->sent;
                else if (n > holders && h[n - 1].who == f->who)
                        h[n - 1].share -= f->sent;
                else
                        h[n++] = (struct holder){ f->who, -f->sent };
        }
        qsort(h, n, sizeof *h, by_share);
        for (size_t i = 0; i < n; i++)
                for (size_t k = i + 1; k < n && h[i].share + h[k].share > m->room[cell]; k++)
                        suspect(s, h[i].who, h[k].who, cell);
}

/* The flows of all singles by cells in scope, in their order; those of one in order of who. */
static void sort_flows(struct suppression *s)
{
        struct sums *m = s->sums;
        size_t count = 0;

        if (m->flows > m->at_cell_room) {
                m->at_cell_room = 2 * m->flows;
                m->at_cell = arena_array(s->arena, m->at_cell_room, sizeof *m->at_cell);
        }
        for (size_t k = 0; k < s->scope->cells; k++)
                m->end_at_cell[s->scope->cell[k]] = 0;
        for (size_t i = 0; i < m->flows; i++)
                m->end_at_cell[m->flow[i].cell] += suppress_is_in_scope(s, m->flow[i].cell);
        for (size_t k = 0; k < s->scope->cells; k++) {
                size_t *end = &m->end_at_cell[s->scope->cell[k]], here = *end;

                *end = count;
                count += here;
        }
        for (size_t i = 0; i < m->flows; i++)
                if (suppress_is_in_scope(s, m->flow[i].cell))
                        m->at_cell[m->end_at_cell[m->flow[i].cell]++] = i;
}

/* ---- all of them ------------------------------------------------------------------------------------------ */

/* What nobody reported may move with anybody: before anyone is looked at it must be little enough of each sum. */
static void look_at_completed(struct suppression *s)
{
        for (size_t k = 0; k < s->scope->cells; k++)
                look_and_hide(s, s->scope->cell[k]);
        s->sums->changes = 0;
}

/* A sum of nothing tells what each brings to it. */
static void look_at_nothing(struct suppression *s)
{
        for (size_t k = 0; k < s->scope->cells; k++) {
                int32_t cell = s->scope->cell[k];

                if (!is_hidden(s, cell) || s->newest_cells[cell].count == 0 || s->newest_cells[cell].total != 0)
                        continue;
                while (!find_way(s, cell, 1) && hide_way(s, cell))
                        ;
        }
}

#define FEW_OF 64 /* so many times as many contributors: to go through all of those would take longer */

/* In order of the first, then of the other, then of cells. */
static void sort_suspects(struct suppression *s)
{
        struct sums *m = s->sums;
        size_t *end = m->end_of_suspects, first = 0;

        if (m->suspects < s->count / FEW_OF) {
                if (m->suspects > 0) {
                        memcpy(m->sorted, m->suspect, m->suspects * sizeof *m->sorted);
                        qsort(m->sorted, m->suspects, sizeof *m->sorted, by_who);
                }
                return;
        }
        memset(end, 0, (s->count + 1) * sizeof *end);
        for (size_t i = 0; i < m->suspects; i++)
                end[m->suspect[i].who[0] + 1]++;
        for (size_t i = 1; i <= s->count; i++)
                end[i] += end[i - 1];
        for (size_t i = 0; i < m->suspects; i++)
                m->sorted[end[m->suspect[i].who[0]]++] = m->suspect[i];
        for (size_t i = 0; i < s->count; first = end[i++])
                if (end[i] - first > 1)
                        qsort(m->sorted + first, end[i] - first, sizeof *m->sorted, by_who);
}

/* What is sent around for each is kept. */
static void look_at_singles(struct suppression *s)
{
        struct sums *m = s->sums;

        m->flows = m->suspects = 0;
        suspect_singles(s);
        sort_suspects(s);
        for (size_t i = 0; i < s->count; i++)
                m->first_flow[i] = SIZE_MAX;
        for (size_t i = 0; i < m->suspects; undo(s, 0)) {
                size_t who = m->sorted[i].who[0], begun;
                bool ok = true;

                begin_look(s, who);
                begun = m->changes;
                for (; i < m->suspects && m->sorted[i].who[0] == who; i++)
                        ok = ok && look_at(s, m->sorted[i].cell);
                if (!ok)
                        begun = hide_for(s, who, who);
                m->first_flow[who] = m->flows;
                if (m->flows + m->changes - begun > m->flow_room) {
                        struct flow *more = arena_array(s->arena, 2 * (m->flows + m->changes), sizeof *more);

                        if (m->flows > 0)
                                memcpy(more, m->flow, m->flows * sizeof *more);
                        m->flow = more;
                        m->flow_room = 2 * (m->flows + m->changes);
                }
                for (size_t k = begun; k < m->changes; k++)
                        m->flow[m->flows++] = (struct flow){ m->change[k].cell, who, m->change[k].more };
        }
}

static void look_at_pairs(struct suppression *s)
{
        struct sums *m = s->sums;

        sort_flows(s);
        m->suspects = 0;
        for (size_t k = 0, from = 0; k < s->scope->cells; from = m->end_at_cell[s->scope->cell[k++]])
                if (is_hidden(s, s->scope->cell[k]))
                        suspect_pairs(s, s->scope->cell[k], from, m->end_at_cell[s->scope->cell[k]]);
        sort_suspects(s);
        for (size_t i = 0; i < m->suspects; undo(s, 0)) {
                size_t one = m->sorted[i].who[0], begun;

                begin_look(s, one);
                for (begun = m->changes; i < m->suspects && m->sorted[i].who[0] == one; undo(s, begun)) {
                        size_t other = m->sorted[i].who[1];
                        bool ok = true;

                        begin_look(s, other);
                        for (; i < m->suspects && m->sorted[i].who[0] == one && m->sorted[i].who[1] == other; i++)
                                ok = ok && look_at(s, m->sorted[i].cell);
                        if (ok)
                                continue;
                        hide_for(s, one, other);
                        undo(s, 0);
                        begin_look(s, one);
                }
        }
}

/* A cell that is hidden meanwhile satisfies the rule, so what was found not to be told stays so. */
void suppress_close_sums(struct suppression *s)
{
        struct sums *m = s->sums;

        for (size_t k = 0; k < s->scope->cells; k++) {
                m->room[s->scope->cell[k]] = 0;
                if (is_hidden(s, s->scope->cell[k]))
                        open_room(s, s->scope->cell[k]);
        }
        m->changes = 0;
        if (s->is_apart)
                look_at_completed(s);
        else
                look_at_nothing(s);
        look_at_singles(s);
        if (s->rule.dominant > 1)
                look_at_pairs(s);
}
