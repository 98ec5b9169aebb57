#include "stats/suppress.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "stats/suppress_private.h"

bool cell_is_hidden(enum cell_state s)
{
        return s > CELL_EMPTY;
}

const char *cell_state_text(enum cell_state s)
{
        static const char *const texts[] = {
                [CELL_SHOWN] = "",
                [CELL_EMPTY] = N_("nobody reports it"),
                [CELL_FEW] = N_("confidential: too few establishments"),
                [CELL_DOMINATED] = N_("confidential: the largest establishments make up too much of it"),
                [CELL_SECONDARY] = N_("confidential: others could be computed from it"),
                [CELL_WAITING] = N_("not published as long as so few establishments have reported this month"),
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
        s->is_missing = arena_array(s->arena, count + 1, sizeof *s->is_missing);
        s->missing = arena_array(s->arena, count + 1, sizeof *s->missing);
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

static struct counted counted_open(struct arena *arena, size_t cells, size_t count)
{
        return (struct counted){ .count = arena_array(arena, cells, sizeof(int32_t)), .first = arena_array(arena, cells, sizeof(size_t)),
                                 .is_alone = arena_array(arena, count + 1, sizeof(bool)) };
}

struct suppression *suppress_open(struct arena *arena, const struct suppress_table *table, const struct suppress_rule *rule,
                                  const struct contributor *list, size_t count, suppress_value *value, void *context, size_t months)
{
        struct suppression *s = arena_alloc(arena, sizeof *s);
        size_t vertices;

        assert(rule->dominant >= 1 && rule->dominant <= SUPPRESS_DOMINANT_MAX);
        *s = (struct suppression){ .arena = arena, .table = *table, .rule = *rule, .value = value, .context = context,
                                   .cells = suppress_cells(table), .places = suppress_cells(table) + table->nodes };
        s->for_good = arena_alloc(arena, sizeof *s->for_good);
        s->own = (struct own){ .state = arena_array(arena, s->cells, sizeof *s->state), .is_unsafe = arena_array(arena, s->cells, sizeof *s->is_unsafe),
                               .judged = map_in(arena), .counted = counted_open(arena, s->cells, count) };
        s->counted = arena_alloc(arena, sizeof *s->counted);
        *s->counted = counted_open(arena, s->cells, count);
        s->silent = arena_array(arena, s->cells, sizeof *s->silent);
        s->lacking = arena_array(arena, s->places, sizeof *s->lacking);
        s->is_lacking = arena_array(arena, s->cells, sizeof *s->is_lacking);
        s->newest_cells = arena_array(arena, s->places, sizeof *s->newest_cells);
        s->newest_rests = arena_array(arena, s->places, sizeof *s->newest_rests);
        s->month = arena_array(arena, months + 1, sizeof *s->month);
        s->changed = arena_array(arena, months + 1, sizeof *s->changed);
        s->is_concerned = arena_array(arena, s->cells, sizeof *s->is_concerned);
        list_contributors(s, list, count);
        s->state = arena_array(arena, s->cells, sizeof *s->state);
        s->cost = arena_array(arena, s->cells, sizeof *s->cost);
        s->edge = arena_array(arena, s->cells, sizeof *s->edge);
        s->is_leaf = arena_array(arena, table->nodes, sizeof *s->is_leaf);
        s->brought = arena_array(arena, s->places, sizeof *s->brought);
        s->touched = arena_array(arena, s->places, sizeof *s->touched);
        s->is_touched = arena_array(arena, s->places, sizeof *s->is_touched);
        s->gathered = arena_array(arena, s->places, sizeof *s->gathered);
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
        s->search = (struct search){ .reached = arena_array(arena, vertices, sizeof *s->search.reached), .distance = arena_array(arena, vertices, sizeof *s->search.distance),
                                     .by = arena_array(arena, vertices, sizeof *s->search.by), .heap = arena_array(arena, 2 * s->cells + 2, sizeof *s->search.heap) };
        for (size_t v = 0; v < vertices; v++)
                s->search.distance[v] = -1;
        return s;
}

enum cell_state suppress_state(const struct suppression *s, size_t cell)
{
        return s->state[cell];
}

/* ---- contributors ------------------------------------------------------------------------------- */

static enum cell_state judge(const struct suppression *s, const struct gathered *g)
{
        int128 largest = g->completed; /* it moves with those that reported: at worst, all of it with the largest */

        if (g->count == 0 && g->completed == 0)
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
        bool is_reported = true;

        return month == s->month[s->months - 1] ? s->newest[place] : s->value(s->context, s->given[place], month, &is_reported);
}

/* Whether it counts as a contributor: in a month by itself only where it reported. */
static bool counts_in(const struct suppression *s, size_t place, size_t month)
{
        return brings_in(&s->list[place], month) && !(s->is_apart && s->is_missing[place]);
}

/* What the establishment at a place of the list brings in a month, and where the next one stands. */
size_t suppress_spread_out(struct suppression *s, size_t at, size_t month, bool is_counting, spread *to, size_t *touched)
{
        int32_t establishment = s->list[at].establishment;

        *touched = 0;
        for (; at < s->count && s->list[at].establishment == establishment; at++)
                if (counts_in(s, at, month))
                        to(s, &s->list[at], is_counting ? 0 : value_in(s, at, month), touched);
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
static void pass(struct suppression *s, size_t month, spread *to)
{
        size_t touched = 0;

        memset(s->gathered, 0, s->places * sizeof *s->gathered);
        for (size_t k = 0; s->is_apart && k < s->missing_count; k++)
                to(s, &s->list[s->missing[k]], value_in(s, s->missing[k], month), &touched);
        for (size_t k = 0; k < touched; k++)
                s->gathered[s->touched[k]].total = s->gathered[s->touched[k]].completed = s->brought[s->touched[k]];
        suppress_sweep(s, touched);
        for (size_t i = 0; i < s->count;) {
                i = suppress_spread_out(s, i, month, false, to, &touched);
                for (size_t k = 0; k < touched; k++)
                        gather(s, &s->gathered[s->touched[k]], s->brought[s->touched[k]]);
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

/* The place of what a cell of the country leaves over the areas stands behind the cells; of what any leaves in its tree, it is the cell's. */
static int32_t over_areas(const struct suppression *s, int32_t node)
{
        return (int32_t)s->cells + node;
}

/* In the trees of the area and of the country; and to every shown cell of the country whose share in this area is hidden, and all below
 * that on the way. */
static void to_remainders(struct suppression *s, const struct contributor *c, int64_t value, size_t *touched)
{
        to_remainder(s, c->area, c, value, touched);
        if (!has_country(s))
                return;
        to_remainder(s, s->table.areas, c, value, touched);
        for (int32_t n = c->node; n >= 0 && is_hidden(s, cell_of(s, c->area, n)); n = s->table.parent[n])
                if (!is_hidden(s, cell_of(s, s->table.areas, n)))
                        bring(s, over_areas(s, n), value, touched);
}

/* A cell is hidden now: the remainders of which it becomes a part are to be judged anew. */
void suppress_hide_cell(struct suppression *s, int32_t cell, enum cell_state why)
{
        int32_t area = cell / (int32_t)s->table.nodes, node = cell % (int32_t)s->table.nodes;

        s->state[cell] = why;
        s->is_new = s->is_any_concerned = true;
        s->is_rest_current = false;
        s->closed = 0;
        for (; node >= 0 && is_hidden(s, cell_of(s, area, node)); node = s->table.parent[node])
                if (has_country(s))
                        s->is_concerned[cell_of(s, s->table.areas, node)] = true;
        if (node >= 0)
                s->is_concerned[cell_of(s, area, node)] = true;
}

static void exchange(struct gathered **a, struct gathered **b)
{
        struct gathered *spare = *a;

        *a = *b;
        *b = spare;
}

static void primary(struct suppression *s, size_t month)
{
        pass(s, month, suppress_to_cells);
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
        exchange(&s->gathered, &s->newest_cells);
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

static void gather_rests(struct suppression *s)
{
        pass(s, s->month[s->months - 1], to_remainders);
        exchange(&s->gathered, &s->newest_rests);
        s->is_rest_current = true;
}

/* The cell of whose remainder a place is, and of which remainder. */
static int32_t rest_of(const struct suppression *s, size_t place, bool *is_over_areas)
{
        *is_over_areas = place >= s->cells;
        return *is_over_areas ? cell_of(s, s->table.areas, (int32_t)(place - s->cells)) : (int32_t)place;
}

/* All remainders in the newest month. */
static void widen_newest(struct suppression *s)
{
        gather_rests(s);
        for (size_t i = 0; i < (has_country(s) ? s->places : s->cells); i++) {
                bool is_over_areas;
                int32_t cell = rest_of(s, i, &is_over_areas);

                if (s->state[cell] == CELL_SHOWN && is_bad(s, &s->newest_rests[i]))
                        hide_part(s, cell, is_over_areas);
        }
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

static struct gathered gather_some(const struct suppression *s, size_t count, size_t month)
{
        struct gathered g = { 0 };

        for (size_t i = 0; i < count;) {
                int32_t establishment = s->some[i].establishment;
                bool is_there = false;
                int128 sum = 0;

                for (; i < count && s->some[i].establishment == establishment; i++) {
                        size_t place = s->some[i].place;

                        if (counts_in(s, place, month)) {
                                is_there = true;
                                sum += value_in(s, place, month);
                        } else if (brings_in(&s->list[place], month)) {
                                g.total += value_in(s, place, month);
                                g.completed += value_in(s, place, month);
                        }
                }
                if (is_there)
                        gather(s, &g, sum);
        }
        return g;
}

bool suppress_is_bad_in(const struct suppression *s, size_t count, size_t month)
{
        struct gathered g = gather_some(s, count, month);

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

/* What each brings in the month taken last, and who did not report it. */
static void read_newest(struct suppression *s, size_t month)
{
        s->missing_count = 0;
        for (size_t i = 0; i < s->count; i++) {
                bool is_there = brings_in(&s->list[i], month), is_reported = true;

                s->newest[i] = is_there ? s->value(s->context, s->given[i], month, &is_reported) : 0;
                s->is_missing[i] = !is_reported;
                if (!is_reported)
                        s->missing[s->missing_count++] = i;
        }
}

bool suppress_take(struct suppression *s, size_t month)
{
        bool is_changed = s->months == 0;

        assert(!s->is_apart);
        for (size_t i = 0; !is_changed && i < s->count; i++)
                is_changed = brings_in(&s->list[i], month) != brings_in(&s->list[i], s->month[s->months - 1]);
        s->month[s->months++] = month;
        if (is_changed)
                s->changed[s->changes++] = month;
        read_newest(s, month);
        s->is_new = false;
        primary(s, month);
        widen_newest(s);
        if (!s->is_new && !is_changed)
                suppress_close_to_pairs(s);
        return (s->is_new || is_changed) && settle(s);
}

/* ---- a month by itself ------------------------------------------------------------------------------------- */

/* Who is missing moves with the others. Where nobody of a cell reported, others of the same product did, and whoever knows how they moved
 * knows how it was completed: such a cell hides no other, so those are made safe as if it were told; then it is hidden itself. */
static bool settle_month(struct suppression *s)
{
        bool is_any;

        for (size_t i = 0; i < s->silent_count; i++)
                s->state[s->silent[i]] = CELL_EMPTY;
        is_any = settle(s);
        if (s->silent_count == 0)
                return is_any;
        s->is_new = false;
        for (size_t i = 0; i < s->silent_count; i++)
                suppress_hide_cell(s, s->silent[i], CELL_WAITING);
        return settle(s) || is_any;
}

/* Whether those that reported are enough in any case: of what was gathered of all, so much is completed, of so many at most. */
static bool is_plainly_safe(const struct suppression *s, const struct gathered *all, int128 completed, int32_t lacking)
{
        struct gathered g = *all;

        g.count -= lacking;
        g.completed = completed;
        return g.count > 0 && !is_bad(s, &g);
}

/* Calls each for every place of which something is missing, with how much. */
static void each_lacking(struct suppression *s, spread *to, void (*each)(struct suppression *, int32_t place, int128 completed, int32_t lacking))
{
        size_t touched = 0;

        for (size_t k = 0; k < s->missing_count; k++)
                to(s, &s->list[s->missing[k]], 1, &touched);
        for (size_t k = 0; k < touched; k++)
                s->lacking[k] = (int32_t)s->brought[s->touched[k]];
        for (size_t k = 0; k < touched; k++)
                s->brought[s->touched[k]] = 0;
        for (size_t k = 0; k < s->missing_count; k++)
                to(s, &s->list[s->missing[k]], s->newest[s->missing[k]], &touched);
        for (size_t k = 0; k < touched; k++)
                each(s, s->touched[k], s->brought[s->touched[k]], s->lacking[k]);
        suppress_sweep(s, touched);
}

static void judge_rest(struct suppression *s, int32_t place, int128 completed, int32_t lacking)
{
        bool is_over_areas;

        if (is_plainly_safe(s, &s->newest_rests[place], completed, lacking))
                return;
        s->is_concerned[rest_of(s, (size_t)place, &is_over_areas)] = true;
        s->is_any_concerned = true;
}

static void judge_cell(struct suppression *s, int32_t cell, int128 completed, int32_t lacking)
{
        struct gathered g;
        size_t count;

        s->is_lacking[cell] = true;
        if (is_plainly_safe(s, &s->newest_cells[cell], completed, lacking))
                return;
        if (is_hidden(s, cell)) {
                s->is_unsafe[cell] = true;
                return;
        }
        count = suppress_find_all(s, cell, 0);
        qsort(s->some, count, sizeof *s->some, suppress_by_establishment);
        g = gather_some(s, count, s->own.month);
        if (!is_bad(s, &g))
                return;
        s->is_unsafe[cell] = true;
        if (g.count == 0)
                s->silent[s->silent_count++] = cell;
        else
                suppress_hide_cell(s, cell, CELL_WAITING);
}

bool suppress_apart(struct suppression *s)
{
        assert(!s->is_apart && s->months > 0);
        if (s->missing_count > 0 && !s->is_rest_current)
                gather_rests(s);
        *s->for_good = *s;
        s->is_apart = true;
        s->own.month = s->month[s->months - 1];
        s->state = memcpy(s->own.state, s->state, s->cells * sizeof *s->state);
        s->is_unsafe = memcpy(s->own.is_unsafe, s->is_unsafe, s->cells * sizeof *s->is_unsafe);
        s->month = s->changed = &s->own.month;
        s->months = s->changes = 1;
        s->closed = s->silent_count = 0;
        s->judged = s->own.judged;
        s->counted = &s->own.counted;
        s->counted->month = 0;
        map_reset(s->judged);
        memset(s->is_lacking, 0, s->cells * sizeof *s->is_lacking);
        s->is_new = false;
        each_lacking(s, to_remainders, judge_rest);
        each_lacking(s, suppress_to_cells, judge_cell);
        return s->missing_count > 0 && settle_month(s);
}

void suppress_back(struct suppression *s)
{
        assert(s->is_apart);
        *s = *s->for_good;
}

bool suppress_hide(struct suppression *s, const size_t *cells, size_t count)
{
        s->is_new = false;
        for (size_t i = 0; i < count; i++) {
                s->is_wanted_hidden[cells[i]] |= !s->is_apart;
                if (s->state[cells[i]] == CELL_SHOWN)
                        suppress_hide_cell(s, (int32_t)cells[i], CELL_SECONDARY);
        }
        return s->is_new && (s->is_apart ? settle_month(s) : settle(s));
}
