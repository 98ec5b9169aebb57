#include "stats/suppress.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "stats/suppress_private.h"

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

        for (size_t n = 0; n < nodes; n++) {
                size_t depth = 0;

                for (int32_t up = (int32_t)n; up >= 0; up = s->table.parent[up])
                        depth++;
                s->depth = depth > s->depth ? depth : s->depth;
        }
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
        s->place = arena_array(s->arena, count + 1, sizeof *s->place);
        s->newest = arena_array(s->arena, count + 1, sizeof *s->newest);
        s->is_missing = arena_array(s->arena, count + 1, sizeof *s->is_missing);
        s->is_listed = arena_array(s->arena, count + 1, sizeof *s->is_listed);
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
                s->place[s->given[i]] = i;
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
                                 .is_alone = arena_array(arena, count + 1, sizeof(bool)), .alone_at = arena_array(arena, count + 1, sizeof(uint32_t)), .own = arena_array(arena, cells, sizeof(int32_t)),
                                 .alone = arena_array(arena, (count < cells ? count : cells) + 1, sizeof(struct alone)) };
}

#define LARGE 24 /* places in list */

static void list_large(struct suppression *s)
{
        size_t touched = 0;

        s->large = arena_array(s->arena, s->cells, sizeof *s->large);
        s->large_of = arena_array(s->arena, s->cells, sizeof *s->large_of);
        s->large_places = arena_array(s->arena, s->cells, sizeof *s->large_places);
        s->is_spoilt = arena_array(s->arena, s->cells, sizeof *s->is_spoilt);
        for (size_t i = 0; i < s->count; i++)
                suppress_to_cells(s, &s->list[i], 1, &touched);
        for (size_t i = 0; i < s->cells; i++) {
                s->large_of[i] = s->brought[i] > LARGE ? (int32_t)s->larges : -1;
                if (s->brought[i] <= LARGE)
                        continue;
                s->large_places[s->larges] = (int32_t)s->brought[i];
                s->large[s->larges++] = (int32_t)i;
        }
        suppress_sweep(s, &touched);
}

struct suppression *suppress_open(struct arena *arena, const struct suppress_table *table, const struct suppress_rule *rule,
                                  const struct contributor *list, size_t count, suppress_value *value, void *context, size_t months)
{
        struct suppression *s = arena_alloc(arena, sizeof *s);
        size_t vertices;

        assert(rule->dominant >= 1 && rule->dominant <= SUPPRESS_DOMINANT_MAX && rule->least <= rule->dominant + 1 && rule->most_ppm < 1000000);
        *s = (struct suppression){ .arena = arena, .table = *table, .rule = *rule, .value = value, .context = context,
                                   .cells = suppress_cells(table) };
        s->for_good = arena_alloc(arena, sizeof *s->for_good);
        s->own = (struct own){ .state = arena_array(arena, s->cells + EIGHT, sizeof *s->state), .end_of_hidden = arena_array(arena, s->cells + 1, sizeof(int32_t)),
                               .counted = counted_open(arena, s->cells, count) };
        s->counted = arena_alloc(arena, sizeof *s->counted);
        *s->counted = counted_open(arena, s->cells, count);
        s->silent = arena_array(arena, s->cells, sizeof *s->silent);
        s->lacking = arena_array(arena, s->cells, sizeof *s->lacking);
        s->has_report = arena_array(arena, s->cells, sizeof *s->has_report);
        s->completed = arena_array(arena, s->cells, sizeof *s->completed);
        s->newest_cells = arena_array(arena, s->cells, sizeof *s->newest_cells);
        s->changed = arena_array(arena, months + 1, sizeof *s->changed);
        s->found = arena_array(arena, months + 1, sizeof *s->found);
        list_contributors(s, list, count);
        s->state = arena_array(arena, s->cells + EIGHT, sizeof *s->state);
        s->cost = arena_array(arena, s->cells, sizeof *s->cost);
        s->edge = arena_array(arena, s->cells, sizeof *s->edge);
        s->is_leaf = arena_array(arena, table->nodes, sizeof *s->is_leaf);
        s->brought = arena_array(arena, s->cells, sizeof *s->brought);
        s->touched = arena_array(arena, s->cells, sizeof *s->touched);
        s->is_touched = arena_array(arena, s->cells, sizeof *s->is_touched);
        s->other = arena_array(arena, s->cells, sizeof *s->other);
        s->is_avoided = arena_array(arena, s->cells, sizeof *s->is_avoided);
        s->label = arena_array(arena, s->cells, sizeof *s->label);
        for (s->label_mask = 1; s->label_mask < s->cells;)
                s->label_mask = 2 * s->label_mask + 1;
        s->labelled = arena_array(arena, s->label_mask + 1, sizeof *s->labelled);
        s->next_labelled = arena_array(arena, s->cells, sizeof *s->next_labelled);
        s->buckets = arena_alloc(arena, sizeof *s->buckets + s->cells * sizeof *s->buckets->list);
        memset(s->labelled, 0xff, (s->label_mask + 1) * sizeof *s->labelled);
        for (size_t n = 0; n < table->nodes; n++)
                s->is_leaf[n] = true;
        for (size_t n = 1; n < table->nodes; n++)
                s->is_leaf[table->parent[n]] = false;
        for (size_t i = 0; i < s->cells; i++)
                s->state[i] = CELL_EMPTY;
        list_leaves(s);
        list_large(s);
        suppress_draw_edges(s);
        vertices = (size_t)s->vertices;
        s->walk = (struct walk){ .number = arena_array(arena, vertices, sizeof *s->walk.number), .low = arena_array(arena, vertices, sizeof *s->walk.low),
                                 .stack = arena_array(arena, vertices, sizeof *s->walk.stack), .by = arena_array(arena, vertices, sizeof *s->walk.by),
                                 .at = arena_array(arena, vertices, sizeof *s->walk.at), .bridges = arena_array(arena, vertices, sizeof *s->walk.bridges) };
        s->search = (struct search){ .reached = arena_array(arena, vertices, sizeof *s->search.reached), .distance = arena_array(arena, vertices, sizeof *s->search.distance),
                                     .by = arena_array(arena, vertices, sizeof *s->search.by),
                                     .is_end = arena_array(arena, vertices, sizeof(bool)), .heap = arena_array(arena, 2 * s->cells + 2, sizeof *s->search.heap) };
        for (size_t v = 0; v < vertices; v++)
                s->search.distance[v] = -1;
        s->sums = arena_alloc(arena, sizeof *s->sums);
        *s->sums = (struct sums){ .room = arena_array(arena, s->cells, sizeof(int128)), .ways = arena_array(arena, s->cells, sizeof *s->sums->ways),
                                  .first_flow = arena_array(arena, count + 1, sizeof(size_t)), .end_of_suspects = arena_array(arena, count + 2, sizeof(size_t)),
                                  .end_at_cell = arena_array(arena, s->cells, sizeof(size_t)),
                                  .holder = arena_array(arena, 2 * count + 1, sizeof *s->sums->holder) };
        suppress_open_scope(s);
        for (int i = 0; i < 2; i++)
                s->sums->look[i] = (struct look){ .is_seen = arena_array(arena, vertices, sizeof(bool)), .by = arena_array(arena, vertices, sizeof(int32_t)),
                                                  .reached = arena_array(arena, vertices, sizeof(int32_t)) };
        return s;
}

enum cell_state suppress_state(const struct suppression *s, size_t cell)
{
        return (enum cell_state)s->state[cell];
}

const unsigned char *suppress_states(const struct suppression *s)
{
        return s->state;
}

const unsigned char *suppress_states_for_good(const struct suppression *s)
{
        return s->is_apart ? s->for_good->state : s->state;
}

size_t suppress_since(const struct suppression *s)
{
        return s->drawing->count - s->drawing->over;
}

size_t suppress_since_cell(const struct suppression *s, size_t which)
{
        return (size_t)s->drawing->list[s->drawing->over + which].cell;
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

bool suppress_counts(const struct suppression *s, size_t place, size_t month)
{
        return brings_in(&s->list[place], month) && !(s->is_apart && s->is_missing[place]);
}

void suppress_to_cells(struct suppression *s, const struct contributor *c, int64_t value, size_t *touched)
{
        for (int32_t n = c->node; n >= 0; n = s->table.parent[n]) {
                bring(s, cell_of(s, c->area, n), value, touched);
                if (has_country(s))
                        bring(s, cell_of(s, s->table.areas, n), value, touched);
        }
}

size_t suppress_spread_out(struct suppression *s, size_t at, size_t month, size_t *touched)
{
        int32_t establishment = s->list[at].establishment;

        for (; at < s->count && s->list[at].establishment == establishment; at++)
                if (suppress_counts(s, at, month))
                        suppress_to_cells(s, &s->list[at], month == s->month ? s->newest[at] : 0, touched);
        return at;
}

/* Whether the establishment at a place of the list has no other. */
static bool is_only_place(const struct suppression *s, size_t i)
{
        return (i == 0 || s->list[i - 1].establishment != s->list[i].establishment) &&
               (i + 1 == s->count || s->list[i + 1].establishment != s->list[i].establishment);
}

void suppress_sweep(struct suppression *s, size_t *touched)
{
        while (*touched > 0) {
                int32_t cell = s->touched[--*touched];

                s->brought[cell] = 0;
                s->is_touched[cell] = false;
        }
}

void suppress_hide_cell(struct suppression *s, int32_t cell, enum cell_state why)
{
        unsigned char before = s->state[cell];

        s->state[cell] = (unsigned char)why;
        s->is_new = true;
        s->closed = 0;
        suppress_draw_hidden(s, cell, before);
        suppress_note_hidden(s, cell);
}

/* All of one together with those of another, none of whom are in both. */
static void gather_with(const struct suppression *s, struct gathered *g, const struct gathered *more)
{
        int128 largest[2 * SUPPRESS_DOMINANT_MAX];

        if (more->count == 0)
                return;
        for (int32_t i = 0, a = 0, b = 0; i < s->rule.dominant; i++)
                largest[i] = g->largest[a] >= more->largest[b] ? g->largest[a++] : more->largest[b++];
        memcpy(g->largest, largest, (size_t)s->rule.dominant * sizeof *largest);
        g->count += more->count;
        g->total += more->total;
}

/* From the leaves up, and from the areas to the country. */
static void gather_upwards(struct suppression *s)
{
        int32_t nodes = (int32_t)s->table.nodes, country = s->table.areas;

        for (int32_t a = 0; has_country(s) && a < country; a++)
                for (int32_t n = 0; n < nodes; n++)
                        if (s->is_leaf[n])
                                gather_with(s, &s->newest_cells[cell_of(s, country, n)], &s->newest_cells[cell_of(s, a, n)]);
        for (int32_t a = 0; a < (has_country(s) ? country + 1 : 1); a++)
                for (int32_t n = nodes - 1; n > 0; n--) /* parents stand before children */
                        gather_with(s, &s->newest_cells[cell_of(s, a, s->table.parent[n])], &s->newest_cells[cell_of(s, a, n)]);
}

/* What is known of the contributors of all cells, each establishment counted once in each: first of those with one place in the list, whose cells lie above one another. */
static void gather_cells(struct suppression *s)
{
        size_t touched = 0;

        memset(s->newest_cells, 0, s->cells * sizeof *s->newest_cells);
        for (size_t i = 0; i < s->count; i++)
                if (is_only_place(s, i) && suppress_counts(s, i, s->month))
                        gather(s, &s->newest_cells[cell_of(s, s->list[i].area, s->list[i].node)], s->newest[i]);
        gather_upwards(s);
        for (size_t i = 0; i < s->count;) {
                if (is_only_place(s, i)) {
                        i++;
                        continue;
                }
                i = suppress_spread_out(s, i, s->month, &touched);
                for (size_t k = 0; k < touched; k++)
                        gather(s, &s->newest_cells[s->touched[k]], s->brought[s->touched[k]]);
                suppress_sweep(s, &touched);
        }
}

/* Who brings to cells in a month tells which are not empty any more, what ways through them cost, and which are too few whatever they bring. */
static void primary_of_asked(struct suppression *s, const int32_t *count)
{
        for (size_t i = 0; i < s->cells; i++) {
                if (count[i] > s->cost[i])
                        s->cost[i] = count[i];
                if (count[i] == 0 || is_hidden(s, (int32_t)i))
                        continue;
                if (s->state[i] == CELL_EMPTY) /* there may be a way through it now */
                        s->closed = 0;
                s->state[i] = CELL_SHOWN;
                if (count[i] < s->rule.least)
                        suppress_hide_cell(s, (int32_t)i, CELL_FEW);
        }
}

static void ask_primary(struct suppression *s, const struct found *f)
{
        for (size_t from = 0; from < s->cells; from += EIGHT) {
                bool is_any = (hidden_of_eight(f->verdict + from) & ~hidden_of_eight(s->state + from)) != 0;

                for (size_t i = from; is_any && i < from + EIGHT && i < s->cells; i++)
                        if (f->verdict[i] > CELL_EMPTY && !is_hidden(s, (int32_t)i))
                                suppress_ask_to_hide(s, (int32_t)i, (enum cell_state)f->verdict[i]);
        }
}

size_t suppress_find_all(struct suppression *s, int32_t cell)
{
        int32_t nodes = (int32_t)s->table.nodes, area = cell / nodes, node = cell % nodes;
        bool is_one = area < s->table.areas;
        size_t count = 0;

        for (int32_t k = s->first_leaf[node]; k < s->first_leaf[node + 1]; k++)
                for (int32_t a = is_one ? area : 0; a < (is_one ? area + 1 : s->table.areas); a++)
                        for (size_t i = s->first_at[cell_of(s, a, s->leaf[k])]; i < s->first_at[cell_of(s, a, s->leaf[k]) + 1]; i++)
                                s->some[count++] = (struct brought){ s->list[s->at[i]].establishment, s->at[i] };
        if (s->first_leaf[node + 1] - s->first_leaf[node] > 1 || !is_one) /* of one product and area they stand in order */
                qsort(s->some, count, sizeof *s->some, suppress_by_establishment);
        return count;
}

/* The first count of some, in the month taken last; or as if all had reported. */
static struct gathered gather_some(const struct suppression *s, size_t count, bool is_of_all)
{
        struct gathered g = { 0 };

        for (size_t i = 0; i < count;) {
                int32_t establishment = s->some[i].establishment;
                bool is_there = false;
                int128 sum = 0;

                for (; i < count && s->some[i].establishment == establishment; i++) {
                        size_t place = s->some[i].place;

                        if (is_of_all ? brings_in(&s->list[place], s->month) : suppress_counts(s, place, s->month)) {
                                is_there = true;
                                sum += s->newest[place];
                        } else
                                g.completed += s->newest[place];
                }
                if (is_there)
                        gather(s, &g, sum);
        }
        g.total += g.completed;
        return g;
}

/* ---- month by month ------------------------------------------------------------------------------------- */

/* Until nothing changes any more. */
static void settle(struct suppression *s)
{
        bool is_any = s->is_new;

        do {
                s->is_new = false;
                suppress_close_bridges(s);
                if (!s->is_new)
                        suppress_close_to_each(s);
                is_any |= s->is_new;
        } while (s->is_new);
        s->is_new = is_any;
}

/* What is known of cells in the month taken last, as if all had reported. */
static void load(struct suppression *s)
{
        bool is_apart = s->is_apart;

        if (s->loaded == s->month + 1)
                return;
        s->is_apart = false;
        gather_cells(s);
        s->is_apart = is_apart;
        s->loaded = s->month + 1;
}

void suppress_know(struct suppression *s, int32_t cell)
{
        const struct found *f = &s->found[s->month];

        if (s->loaded == s->month + 1)
                return;
        s->loaded = 0; /* not that of another any more */
        s->newest_cells[cell] = s->large_of[cell] >= 0 ? f->large[s->large_of[cell]] : gather_some(s, suppress_find_all(s, cell), true);
}

static void close_sums(struct suppression *s)
{
        if (s->scope->is_all)
                load(s);
        suppress_close_sums(s);
}

/* Who is asked in the month asked last. */
static void find_asked(struct suppression *s, struct found *f, size_t before)
{
        f->is_changed = s->changes == 0;
        for (size_t i = 0; !f->is_changed && i < s->count; i++)
                f->is_changed = brings_in(&s->list[i], s->month) != brings_in(&s->list[i], before);
        if (f->is_changed) {
                suppress_count(s, s->month);
                f->count = memcpy(arena_array(s->arena, s->cells, sizeof *f->count), s->counted->count, s->cells * sizeof *f->count);
        }
        f->is_asked = true;
}

bool suppress_ask(struct suppression *s, size_t month)
{
        struct found *f = &s->found[month];
        size_t before = s->month;

        assert(!s->is_apart);
        suppress_follow(s, NULL);
        s->month = month;
        if (!f->is_asked)
                find_asked(s, f, before);
        if (f->is_changed)
                s->changed[s->changes++] = month;
        f->changed = s->asked = s->changes - 1;
        if (!f->is_changed)
                return false;
        suppress_begin(s);
        s->is_new = false;
        primary_of_asked(s, f->count);
        settle(s);
        return true;
}

/* What one brings in the month taken last, and whether it did not report it. */
static int64_t ask_value(struct suppression *s, size_t place, bool *is_missing)
{
        bool is_there = brings_in(&s->list[place], s->month), is_reported = true;
        int64_t value = is_there ? s->value(s->context, s->given[place], s->month, &is_reported) : 0;

        *is_missing = !is_reported;
        return value;
}

static void list_missing(struct suppression *s)
{
        s->missing_count = 0;
        for (size_t i = 0; i < s->count; i++)
                if (s->is_missing[i])
                        s->missing[s->missing_count++] = i;
        suppress_note_missing(s);
}

/* What the month taken last is found to be, from what each brings. */
static void find_anew(struct suppression *s, struct found *f)
{
        if (f->verdict == NULL)
                f->verdict = arena_array(s->arena, s->cells + EIGHT, sizeof *f->verdict);
        if (f->newest == NULL)
                f->newest = arena_array(s->arena, s->count + 1, sizeof *f->newest);
        if (f->large == NULL)
                f->large = arena_array(s->arena, s->larges + 1, sizeof *f->large);
        for (size_t i = 0; i < s->count; i++)
                f->newest[i] = ask_value(s, i, &s->is_missing[i]);
        list_missing(s);
        s->newest = f->newest;
        s->loaded = 0;
        load(s);
        for (size_t i = 0; i < s->cells; i++)
                f->verdict[i] = (unsigned char)judge(s, &s->newest_cells[i]);
        for (size_t k = 0; k < s->larges; k++)
                f->large[k] = s->newest_cells[s->large[k]];
        f->is_judged = f->is_noted = false;
        f->is_known = true;
}

/* One that brings to no other place brings something else to a cell. False where it takes looking at all who do to tell what is known of it then. */
static bool exchange(const struct suppression *s, struct gathered *g, int64_t before, int64_t now)
{
        int32_t last = s->rule.dominant - 1;

        if (before >= g->largest[last])
                return false;
        g->count--;
        g->total -= before;
        gather(s, g, now);
        return true;
}

/* Large cells of which it does are spoilt. */
static void exchange_all(struct suppression *s, struct found *f, size_t place, int64_t value)
{
        const struct contributor *c = &s->list[place];

        for (int32_t n = c->node; n >= 0; n = s->table.parent[n])
                for (int k = 0; k < (has_country(s) ? 2 : 1); k++) {
                        int32_t large = s->large_of[cell_of(s, k == 0 ? c->area : s->table.areas, n)];

                        if (large >= 0 && value != f->newest[place] && !(is_only_place(s, place) && exchange(s, &f->large[large], f->newest[place], value)))
                                s->is_spoilt[large] = true;
                }
}

/* What is known of large cells that are spoilt, among so many of other: each by itself, unless that takes longer than all cells together. */
static void find_spoilt(struct suppression *s, struct found *f, size_t cells)
{
        size_t places = 0;

        for (size_t k = 0; k < cells; k++)
                if (s->large_of[s->other[k]] >= 0 && s->is_spoilt[s->large_of[s->other[k]]])
                        places += (size_t)s->large_places[s->large_of[s->other[k]]];
        if (4 * places > s->count)
                load(s);
        for (size_t k = 0; k < cells; k++) {
                int32_t cell = s->other[k], large = s->large_of[cell];

                if (large < 0 || !s->is_spoilt[large])
                        continue;
                f->large[large] = s->loaded == s->month + 1 ? s->newest_cells[cell] : gather_some(s, suppress_find_all(s, cell), true);
                s->is_spoilt[large] = false;
        }
}

/* Some may bring something else than when the month was found, or not be missing any more. */
static void find_others(struct suppression *s, struct found *f, const size_t *others, size_t count)
{
        size_t touched = 0, cells, missing = f->missing_count;

        for (size_t k = 0; k < count; k++) {
                size_t place = s->place[others[k]];
                bool is_missing;
                int64_t value = ask_value(s, place, &is_missing);

                if (value == f->newest[place] && is_missing == s->is_missing[place])
                        continue;
                exchange_all(s, f, place, value);
                f->newest[place] = value;
                f->other_places++;
                s->is_missing[place] = is_missing;
                suppress_to_cells(s, &s->list[place], 0, &touched);
        }
        if (touched == 0)
                return;
        for (cells = 0; cells < touched; cells++)
                s->other[cells] = s->touched[cells];
        suppress_sweep(s, &touched);
        list_missing(s);
        s->loaded = 0;
        find_spoilt(s, f, cells);
        for (size_t k = 0; k < cells; k++) {
                suppress_know(s, s->other[k]);
                f->verdict[s->other[k]] = (unsigned char)judge(s, &s->newest_cells[s->other[k]]);
                suppress_note_other(s, f, s->other[k]);
        }
        if ((missing == 0) != (f->missing_count == 0)) /* sums are looked at where none is missing */
                f->is_noted = false;
        f->is_judged = false;
}

/* What is hidden in the month taken last, besides what is already. */
static void close_month(struct suppression *s)
{
        if (s->is_new)
                suppress_close_bridges(s);
        if (s->missing_count == 0)
                close_sums(s);
        if (s->is_new)
                settle(s);
}

static bool take(struct suppression *s, size_t month, const size_t *others, size_t count)
{
        struct found *f = &s->found[month];

        assert(!s->is_apart && f->is_asked);
        suppress_begin(s);
        s->month = month;
        s->asked = f->changed < s->asked ? f->changed : s->asked;
        if (f->is_known) {
                s->newest = f->newest;
                suppress_set_missing(s);
                find_others(s, f, others, count);
        } else
                find_anew(s, f);
        suppress_follow(s, f);
        ask_primary(s, f);
        return suppress_call(s, CALL_TAKE, close_month);
}

bool suppress_take(struct suppression *s, size_t month)
{
        s->found[month].is_known = false;
        return take(s, month, NULL, 0);
}

bool suppress_take_again(struct suppression *s, size_t month, const size_t *others, size_t count)
{
        return take(s, month, others, count);
}

/* ---- a month by itself ------------------------------------------------------------------------------------- */

static bool is_any_shown(const struct suppression *s)
{
        size_t i = 0;

        while (i < s->cells && s->state[i] != CELL_SHOWN)
                i++;
        return i < s->cells;
}

bool suppress_is_plain(const struct suppression *s)
{
        return !s->is_apart || (s->silent_count == 0 && is_any_shown(s));
}

/* Who is missing moves with the others. Where nobody of a cell reported, others of the same product did, and whoever knows how they moved
 * knows how it was completed: such a cell hides no other, so those are made safe as if it were told; then it is hidden itself. */
static void settle_month(struct suppression *s, bool is_judged)
{
        for (size_t i = 0; i < s->silent_count; i++)
                s->state[s->silent[i]] = CELL_EMPTY;
        if (is_any_shown(s)) { /* else there is nothing that could be hidden: so it is in a month that hardly any have reported */
                if (!is_judged)
                        close_sums(s);
                settle(s);
        }
        if (s->silent_count == 0)
                return;
        for (size_t i = 0; i < s->silent_count; i++)
                suppress_hide_cell(s, s->silent[i], CELL_WAITING);
        settle(s);
}

static void judge_and_settle(struct suppression *s)
{
        settle_month(s, false);
}

static void settle_more(struct suppression *s)
{
        if (s->is_apart)
                settle_month(s, true);
        else
                settle(s);
}

/* Whether those that reported are enough in any case: of what was gathered of all, so much is completed, of so many at most. */
static bool is_plainly_safe(const struct suppression *s, const struct gathered *all, int128 completed, int32_t lacking)
{
        struct gathered g = *all;

        g.count -= lacking;
        g.completed = completed;
        return g.count > 0 && judge(s, &g) == CELL_SHOWN;
}

/* Calls each for every cell of which something is missing: how much was completed, of how many reports. */
static void each_lacking(struct suppression *s, void (*each)(struct suppression *, int32_t cell, int128 completed, int32_t lacking))
{
        size_t touched = 0;

        for (size_t k = 0; k < s->missing_count; k++)
                suppress_to_cells(s, &s->list[s->missing[k]], 1, &touched);
        for (size_t k = 0; k < touched; k++)
                s->lacking[k] = (int32_t)s->brought[s->touched[k]];
        for (size_t k = 0; k < touched; k++)
                s->brought[s->touched[k]] = 0;
        for (size_t k = 0; k < s->missing_count; k++)
                suppress_to_cells(s, &s->list[s->missing[k]], s->newest[s->missing[k]], &touched);
        for (size_t k = 0; k < touched; k++)
                each(s, s->touched[k], s->brought[s->touched[k]], s->lacking[k]);
        suppress_sweep(s, &touched);
}

static bool is_mostly_missing(const struct suppression *s)
{
        return 2 * s->missing_count > s->count;
}

static void judge_cell(struct suppression *s, int32_t cell, int128 completed, int32_t lacking)
{
        struct lacked found = { cell, LACKED_SAFE };
        struct gathered g;

        s->completed[cell] = completed;
        suppress_know(s, cell);
        if (!is_plainly_safe(s, &s->newest_cells[cell], completed, lacking))
                found.found = LACKED_UNJUDGED;
        if (found.found == LACKED_UNJUDGED && !is_hidden(s, cell) && is_mostly_missing(s) && !s->has_report[cell])
                found.found = completed == 0 ? LACKED_SAFE : LACKED_SILENT;
        else if (found.found == LACKED_UNJUDGED && !is_hidden(s, cell)) {
                g = gather_some(s, suppress_find_all(s, cell), false);
                found.found = !cell_is_hidden(judge(s, &g)) ? LACKED_SAFE : g.count == 0 ? LACKED_SILENT : LACKED_UNSAFE;
        }
        suppress_note_lacked(s, found);
}

static void judge_month(struct suppression *s)
{
        struct found *f = &s->found[s->month];
        size_t touched = 0;

        f->is_judged = false;
        f->lacked_count = 0;
        for (size_t i = 0; is_mostly_missing(s) && i < s->count; i++)
                if (suppress_counts(s, i, s->month))
                        suppress_to_cells(s, &s->list[i], 0, &touched);
        for (size_t k = 0; k < touched; k++)
                s->has_report[s->touched[k]] = true;
        suppress_sweep(s, &touched);
        each_lacking(s, judge_cell);
        if (is_mostly_missing(s))
                memset(s->has_report, 0, s->cells * sizeof *s->has_report);
        f->is_judged = true;
}

static void ask_lacked(struct suppression *s)
{
        const struct found *f = &s->found[s->month];

        for (size_t i = 0; i < f->lacked_count; i++)
                if (!is_hidden(s, f->lacked[i].cell) && f->lacked[i].found == LACKED_SILENT)
                        s->silent[s->silent_count++] = f->lacked[i].cell;
                else if (!is_hidden(s, f->lacked[i].cell) && f->lacked[i].found == LACKED_UNSAFE)
                        suppress_ask_to_hide(s, f->lacked[i].cell, CELL_WAITING);
}

/* What was completed of each cell is needed also where it was judged before. */
static void set_completed(struct suppression *s, int32_t cell, int128 completed, int32_t lacking)
{
        (void)lacking;
        s->completed[cell] = completed;
}

bool suppress_apart(struct suppression *s)
{
        struct found *f = &s->found[s->month];
        bool is_judged = suppress_is_judged_enough(s);

        assert(!s->is_apart && f->is_known);
        suppress_begin(s);
        if (is_mostly_missing(s) && !is_judged)
                load(s);
        *s->for_good = *s;
        s->is_apart = true;
        s->state = memcpy(s->own.state, s->state, s->cells * sizeof *s->state);
        s->end_of_hidden = memcpy(s->own.end_of_hidden, s->end_of_hidden, (size_t)s->vertices * sizeof *s->end_of_hidden);
        s->changed = f->missing_count == 0 ? s->changed + f->changed : &s->month; /* where none is missing, the same bring as in that */
        s->changes = 1;
        s->asked = s->closed = s->silent_count = 0;
        if (f->missing_count > 0) {
                s->counted = &s->own.counted;
                s->counted->month = 0;
        }
        suppress_enter(s, 1);
        if (f->missing_count == 0)
                return suppress_call(s, CALL_APART, NULL);
        if (is_judged)
                each_lacking(s, set_completed);
        else
                judge_month(s);
        ask_lacked(s);
        return suppress_call(s, CALL_APART, judge_and_settle) || s->silent_count > 0;
}

static void close_known(struct suppression *s)
{
        for (s->is_new = false; suppress_find_known(s, s->elsewhere); s->is_new = false)
                settle_month(s, true);
}

bool suppress_close_known(struct suppression *s, const unsigned char *elsewhere)
{
        assert(s->is_apart);
        s->elsewhere = elsewhere;
        return has_country(s) && suppress_call(s, CALL_KNOWN, close_known);
}

void suppress_back(struct suppression *s)
{
        const struct found *f = &s->found[s->month];
        size_t loaded = s->loaded;

        assert(s->is_apart);
        for (size_t i = 0; i < f->lacked_count; i++)
                s->completed[f->lacked[i].cell] = 0;
        *s = *s->for_good;
        s->loaded = loaded;
        suppress_draw_over(s);
        suppress_enter(s, 2);
}

bool suppress_hide(struct suppression *s, const size_t *cells, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (s->state[cells[i]] == CELL_SHOWN)
                        suppress_ask_to_hide(s, (int32_t)cells[i], CELL_SECONDARY);
        return s->asked_now_count > 0 && suppress_call(s, CALL_HIDE, settle_more);
}
