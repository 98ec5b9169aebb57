/* confidential.c - which cells of the index must not be published: one pattern for all months and all sets of weights.
 *
 * A comparison of one month tells the level of another, and a chained level that under the set of weights before; so what is
 * hidden in one month is hidden in all, and what is hidden under one set of weights under all that have its code. A product's
 * quantity in a province stands in the province's own table too, under other weights: subtracted from the country's it would
 * tell the other provinces'. So a province's product is hidden in both tables or in neither. */
#include <stdlib.h>
#include <string.h>

#include "areas/iip/iip.h"
#include "base/map.h"

struct ordered { /* a line of the panel, to be sorted by its establishment */
        int32_t establishment;
        size_t line;
};

struct asked {
        const struct iip *iip;
        const struct laspeyres *index;
        const struct ordered *order;
        const int32_t *node_of;      /* [product], -1: not in these weights */
        int32_t from;                /* first month of the segment */
};

static int by_establishment(const void *a, const void *b)
{
        const struct ordered *x = a, *y = b;

        if (x->establishment != y->establishment)
                return x->establishment < y->establishment ? -1 : 1;
        return (x->line > y->line) - (x->line < y->line);
}

/* What a line brings to its node in a month, in a measure that adds up over products: its share of the relative times the weight. */
static int64_t brought(const struct laspeyres *l, size_t node, int64_t quantity)
{
        const struct weight_node *n = &l->weights->node[node];
        int128 relative = decimal_divide((int128)quantity * 100 * l->weights->base_months * decimal_power[LASPEYRES_DECIMALS], n->base_sum);
        int64_t result;

        return decimal_narrow(decimal_divide(relative * (l->share[node] / 1000000000), 1000), &result) ? result : INT64_MAX;
}

static size_t one_month(void *context, size_t month, struct contributor *list)
{
        const struct asked *a = context;
        const struct panel *p = a->iip->panel;
        int32_t t = a->from + (int32_t)month;
        size_t n = 0;

        for (size_t i = 0; i < p->count; i++) {
                size_t line = a->order[i].line;
                const struct panel_line *l = &p->line[line];
                int32_t node = a->node_of[l->product];

                if (t < l->from || t > l->to || node < 0 || a->index->left_out[node] != LEFT_IN)
                        continue;
                list[n++] = (struct contributor){ l->establishment, l->area, node,
                                                  brought(a->index, (size_t)node, p->quantity[line * (size_t)p->months + (size_t)t]) };
        }
        return n;
}

static const struct ordered *order_lines(struct work *w, const struct panel *p)
{
        struct ordered *order = arena_array(w->arena, p->count + 1, sizeof *order);

        for (size_t i = 0; i < p->count; i++)
                order[i] = (struct ordered){ p->line[i].establishment, i };
        qsort(order, p->count, sizeof *order, by_establishment);
        return order;
}

/* A table that is published, of the country or of a province by itself. */
struct side {
        const struct iip *iip;
        const struct ordered *order;
        const int32_t *of_country; /* [product]: its number in the country's table, or -1 */
        bool **hidden;             /* [segment][cell]: to be hidden whatever the establishments */
        enum cell_state **state;   /* [segment][cell] */
};

/* Where an area's nodes begin among the cells of a segment; area == areas: the country's. */
static size_t cells_before(const struct iip *x, size_t segment, int32_t area)
{
        return x->panel->areas == 1 ? 0 : (size_t)area * x->weights[segment].count;
}

static struct suppress_table table_of(const struct iip *x, size_t segment, int32_t *parent)
{
        for (size_t i = 0; parent != NULL && i < x->weights[segment].count; i++)
                parent[i] = x->weights[segment].node[i].parent;
        return (struct suppress_table){ parent, x->weights[segment].count, x->panel->areas };
}

static enum cell_state *pattern(struct work *w, const struct side *of, size_t segment)
{
        const struct iip *x = of->iip;
        const struct weights *weights = &x->weights[segment];
        int32_t *parent = arena_array(w->arena, weights->count, sizeof *parent), *node_of = arena_array(w->arena, x->product_count + 1, sizeof *node_of);
        struct suppress_table table = table_of(x, segment, parent);
        int32_t to = segment + 1 < x->segments ? x->segment[segment + 1].from : x->months;
        struct asked a = { x, x->segment[segment].index, of->order, node_of, x->segment[segment].from };
        enum cell_state *state = arena_array(w->arena, suppress_cells(&table), sizeof *state);
        struct suppression *s;

        for (size_t i = 0; i < x->product_count; i++)
                node_of[i] = -1;
        for (size_t i = 0; i < weights->count; i++)
                if (weights->node[i].product >= 0)
                        node_of[weights->node[i].product] = (int32_t)i;
        s = suppress_open(w->arena, &table, &x->rule);
        for (size_t i = 0; i < suppress_cells(&table); i++)
                if (of->hidden[segment][i])
                        suppress_hide(s, i);
        suppress_close(s, one_month, &a, (size_t)(to - a.from), x->panel->count, state);
        return state;
}

/* What is hidden in one of two segments that follow each other is to be hidden in the other; true where that says something new. */
static bool agree(const struct side *of, size_t segment)
{
        const struct iip *x = of->iip;
        size_t own = cells_before(x, segment, x->panel->areas), own_before = cells_before(x, segment - 1, x->panel->areas);
        bool is_new = false;

        for (size_t i = 0; i < x->weights[segment].count; i++) {
                size_t now = own + i, before = own_before + (size_t)x->segment[segment].before[i];
                bool *other;

                if (x->segment[segment].before[i] < 0 || cell_is_hidden(of->state[segment][now]) == cell_is_hidden(of->state[segment - 1][before]))
                        continue;
                other = cell_is_hidden(of->state[segment][now]) ? &of->hidden[segment - 1][before] : &of->hidden[segment][now];
                is_new |= !*other;
                *other = true;
        }
        return is_new;
}

static void settle(struct work *w, struct side *of)
{
        bool is_new = true;

        while (is_new) {
                is_new = false;
                for (size_t i = 0; i < of->iip->segments; i++)
                        of->state[i] = pattern(w, of, i);
                for (size_t i = 1; i < of->iip->segments; i++)
                        is_new |= agree(of, i);
        }
}

/* Products of an area that a table hides are gathered in is_hidden (with is_told they are to be hidden there); true where that says something new. */
static bool pass_on(const struct side *of, int32_t area, bool *is_hidden, bool is_told)
{
        bool is_new = false;

        for (size_t s = 0; s < of->iip->segments; s++) {
                const struct weights *weights = &of->iip->weights[s];
                size_t first = cells_before(of->iip, s, area);

                for (size_t i = 0; i < weights->count; i++) {
                        int32_t product = weights->node[i].product < 0 ? -1 : of->of_country[weights->node[i].product];

                        if (product < 0)
                                continue;
                        if (!is_told) {
                                is_hidden[product] |= cell_is_hidden(of->state[s][first + i]);
                        } else if (is_hidden[product] && !cell_is_hidden(of->state[s][first + i]) && !of->hidden[s][first + i]) {
                                of->hidden[s][first + i] = true;
                                is_new = true;
                        }
                }
        }
        return is_new;
}

static struct side *side_of(struct work *w, const struct iip *x, struct map *codes)
{
        struct side *s = arena_alloc(w->arena, sizeof *s);
        int32_t *of_country = arena_array(w->arena, x->product_count + 1, sizeof *of_country);

        for (size_t i = 0; i < x->product_count; i++) {
                const int64_t *number = map_get_text(codes, x->product[i].code);

                of_country[i] = number == NULL ? -1 : (int32_t)*number - 1;
        }
        *s = (struct side){ x, order_lines(w, x->panel), of_country, arena_array(w->arena, x->segments, sizeof *s->hidden),
                            arena_array(w->arena, x->segments, sizeof *s->state) };
        for (size_t i = 0; i < x->segments; i++) {
                struct suppress_table table = table_of(x, i, NULL);

                s->hidden[i] = arena_array(w->arena, suppress_cells(&table), sizeof **s->hidden);
        }
        settle(w, s);
        return s;
}

/* The table of a unit, without states; NULL where it has none. */
static const struct iip *table_beside(struct work *w, const struct iip *x, const struct unit *unit)
{
        const struct iip *other = strcmp(unit->code, x->unit->code) == 0 ? x : iip_compute(w, unit, x->series);

        if (other == NULL && w->err.code == ERR_MISSING)
                error_clear(&w->err);
        return other;
}

enum cell_state **iip_confidential(struct work *w, const struct iip *x)
{
        const struct unit *country = x->unit->level == LEVEL_COUNTRY ? x->unit : unit_at(catalogue_of(w), "VN", day_of_moment(w->now));
        const struct iip *whole = country == NULL ? NULL : table_beside(w, x, country);
        struct map *codes = map_in(w->arena);
        struct side *all, *own, **part;
        enum cell_state **state = arena_array(w->arena, x->segments, sizeof *state);
        bool is_new = whole != NULL;

        if (!work_ok(w))
                return NULL;
        for (size_t i = 0; whole != NULL && i < whole->product_count; i++) {
                int64_t *number = map_put_text(codes, whole->product[i].code, NULL);

                if (number == NULL)
                        arena_starve(w->arena);
                *number = (int64_t)i + 1;
        }
        own = side_of(w, x, codes);
        all = whole == x || whole == NULL ? own : side_of(w, whole, codes);
        part = arena_array(w->arena, (size_t)all->iip->panel->areas + 1, sizeof *part);
        for (int32_t a = 0; whole != NULL && a < whole->panel->areas; a++) {
                const struct iip *beside = whole->area[a] == NULL ? NULL : table_beside(w, x, whole->area[a]);

                if (!work_ok(w))
                        return NULL;
                part[a] = beside == NULL ? NULL : beside == x ? own : side_of(w, beside, codes);
        }
        while (is_new) {
                is_new = false;
                for (int32_t a = 0; a < whole->panel->areas; a++) {
                        bool *is_hidden = arena_array(w->arena, whole->product_count + 1, sizeof *is_hidden);

                        if (part[a] == NULL)
                                continue;
                        pass_on(all, a, is_hidden, false);
                        pass_on(part[a], 0, is_hidden, false);
                        is_new |= pass_on(all, a, is_hidden, true);
                        if (pass_on(part[a], 0, is_hidden, true)) {
                                settle(w, part[a]);
                                is_new = true;
                        }
                }
                if (is_new)
                        settle(w, all);
        }
        for (size_t i = 0; i < x->segments; i++)
                state[i] = own->state[i] + cells_before(x, i, x->panel->areas);
        return state;
}
