#include "stats/suppress.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "stats/suppress_private.h"

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

size_t suppress_cells(const struct suppress_table *t)
{
        return t->nodes * (size_t)(t->areas == 1 ? 1 : t->areas + 1);
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

int suppress_by_establishment(const void *a, const void *b)
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
        qsort(s->some, count, sizeof *s->some, suppress_by_establishment);
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
        suppress_draw_edges(s);
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

static void bring(struct suppression *s, int32_t place, int64_t value, size_t *touched)
{
        if (!s->is_touched[place]) {
                s->is_touched[place] = true;
                s->touched[(*touched)++] = place;
        }
        s->brought[place] += value;
}

static int64_t value_in(const struct suppression *s, size_t place, size_t month)
{
        if (s->is_counting)
                return 0;
        return month == s->month[s->months - 1] ? s->newest[place] : s->value(s->context, s->given[place], month);
}

/* What the establishment at a place of the list brings in a month, and where the next one stands. */
size_t suppress_spread_out(struct suppression *s, size_t at, size_t month, spread *to, size_t *touched)
{
        int32_t establishment = s->list[at].establishment;

        *touched = 0;
        for (; at < s->count && s->list[at].establishment == establishment; at++)
                if (brings_in(&s->list[at], month))
                        to(s, &s->list[at], value_in(s, at, month), touched);
        return at;
}

void suppress_sweep(struct suppression *s, size_t touched)
{
        while (touched-- > 0) {
                s->brought[s->touched[touched]] = 0;
                s->is_touched[s->touched[touched]] = false;
        }
}

/* s->gathered[place] for a month, each establishment counted once in each place. */
void suppress_pass(struct suppression *s, size_t month, spread *to)
{
        memset(s->gathered, 0, s->cells * sizeof *s->gathered);
        for (size_t i = 0; i < s->count;) {
                int32_t establishment = s->list[i].establishment;
                size_t touched;

                i = suppress_spread_out(s, i, month, to, &touched);
                for (size_t k = 0; k < touched; k++)
                        gather(s, &s->gathered[s->touched[k]], establishment, s->brought[s->touched[k]]);
                suppress_sweep(s, touched);
        }
}

void suppress_to_cells(struct suppression *s, const struct contributor *c, int64_t value, size_t *touched)
{
        for (int32_t n = c->node; n >= 0; n = s->table.parent[n]) {
                bring(s, cell_of(s, c->area, n), value, touched);
                if (has_country(s))
                        bring(s, cell_of(s, s->table.areas, n), value, touched);
        }
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
void suppress_hide_cell(struct suppression *s, int32_t cell, enum cell_state why)
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
        suppress_pass(s, month, suppress_to_cells);
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
                        suppress_hide_cell(s, (int32_t)i, now);
        }
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
        suppress_hide_cell(s, best >= 0 ? best : cell, CELL_SECONDARY);
}

static bool is_bad(const struct suppression *s, const struct gathered *g)
{
        enum cell_state left = judge(s, g);

        return left != CELL_EMPTY && left != CELL_SHOWN;
}

/* All remainders in the newest month. */
static void widen_newest(struct suppression *s, spread *to)
{
        suppress_pass(s, s->month[s->months - 1], to);
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
        qsort(s->some, n, sizeof *s->some, suppress_by_establishment);
        return n;
}

/* Who brings to a cell; behind the first count of s->some. */
size_t suppress_find_all(struct suppression *s, int32_t cell, size_t count)
{
        int32_t nodes = (int32_t)s->table.nodes, area = cell / nodes, node = cell % nodes;
        bool is_one = area < s->table.areas;

        for (int32_t k = s->first_leaf[node]; k < s->first_leaf[node + 1]; k++)
                for (int32_t a = is_one ? area : 0; a < (is_one ? area + 1 : s->table.areas); a++)
                        for (size_t i = s->first_at[cell_of(s, a, s->leaf[k])]; i < s->first_at[cell_of(s, a, s->leaf[k]) + 1]; i++)
                                s->some[count++] = (struct brought){ s->list[s->at[i]].establishment, s->at[i] };
        return count;
}

bool suppress_is_bad_in(const struct suppression *s, size_t count, size_t month)
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
                is_any = suppress_is_bad_in(s, count, s->month[m]);
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

/* ---- month by month ------------------------------------------------------------------------------------- */

/* Until nothing changes any more. True where something was hidden since is_new was set to false. */
static bool settle(struct suppression *s)
{
        bool is_any = s->is_new;

        do {
                s->is_new = false;
                suppress_close_bridges(s);
                while (s->is_any_concerned)
                        widen_concerned(s);
                if (!s->is_new)
                        suppress_close_to_each(s);
                if (!s->is_new)
                        suppress_close_to_pairs(s);
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
                suppress_close_to_pairs(s);
        return (s->is_new || is_changed) && settle(s);
}

bool suppress_hide(struct suppression *s, const size_t *cells, size_t count)
{
        s->is_new = false;
        for (size_t i = 0; i < count; i++) {
                s->is_wanted_hidden[cells[i]] = true;
                if (s->state[cells[i]] == CELL_SHOWN)
                        suppress_hide_cell(s, (int32_t)cells[i], CELL_SECONDARY);
        }
        return s->is_new && settle(s);
}
