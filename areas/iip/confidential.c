/* confidential.c - which cells of the index must not be published: one pattern for all months and all sets of weights.
 *
 * A comparison of one month tells the level of another, and a chained level that under the set of weights before; so what is
 * hidden in one month is hidden in all, and what is hidden under one set of weights under all that have its code. */
#include <stdlib.h>

#include "areas/iip/iip.h"

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

/* The pattern of one segment; hidden[node] are to be hidden whatever the establishments. */
static enum cell_state *pattern(struct work *w, const struct iip *x, size_t segment, const struct ordered *order, const bool *hidden)
{
        const struct weights *weights = &x->weights[segment];
        int32_t *parent = arena_array(w->arena, weights->count, sizeof *parent), *node_of = arena_array(w->arena, x->product_count + 1, sizeof *node_of);
        struct suppress_table table = { parent, weights->count, x->panel->areas };
        size_t own = x->panel->areas == 1 ? 0 : (size_t)x->panel->areas * weights->count;
        int32_t to = segment + 1 < x->segments ? x->segment[segment + 1].from : x->months;
        struct asked a = { x, x->segment[segment].index, order, node_of, x->segment[segment].from };
        enum cell_state *state = arena_array(w->arena, suppress_cells(&table), sizeof *state);
        struct suppression *s;

        for (size_t i = 0; i < x->product_count; i++)
                node_of[i] = -1;
        for (size_t i = 0; i < weights->count; i++) {
                parent[i] = weights->node[i].parent;
                if (weights->node[i].product >= 0)
                        node_of[weights->node[i].product] = (int32_t)i;
        }
        s = suppress_open(w->arena, &table, &x->rule);
        for (size_t i = 0; i < weights->count; i++)
                if (hidden[i])
                        suppress_hide(s, own + i);
        suppress_close(s, one_month, &a, (size_t)(to - a.from), x->panel->count, state);
        return state + own;
}

/* What is hidden in one of two segments that follow each other is to be hidden in the other; true where that says something new. */
static bool agree(const struct iip *x, size_t segment, enum cell_state *const *state, bool *const *hidden)
{
        bool is_new = false;

        for (size_t i = 0; i < x->weights[segment].count; i++) {
                int32_t before = x->segment[segment].before[i];
                bool *other;

                if (before < 0 || cell_is_hidden(state[segment][i]) == cell_is_hidden(state[segment - 1][before]))
                        continue;
                other = cell_is_hidden(state[segment][i]) ? &hidden[segment - 1][before] : &hidden[segment][i];
                is_new |= !*other;
                *other = true;
        }
        return is_new;
}

enum cell_state **iip_confidential(struct work *w, const struct iip *x)
{
        enum cell_state **state = arena_array(w->arena, x->segments, sizeof *state);
        bool **hidden = arena_array(w->arena, x->segments, sizeof *hidden), is_new = true;
        const struct ordered *order = order_lines(w, x->panel);

        for (size_t i = 0; i < x->segments; i++)
                hidden[i] = arena_array(w->arena, x->weights[i].count, sizeof **hidden);
        while (is_new) {
                is_new = false;
                for (size_t i = 0; i < x->segments; i++)
                        state[i] = pattern(w, x, i, order, hidden[i]);
                for (size_t i = 1; i < x->segments; i++)
                        is_new |= agree(x, i, state, hidden);
        }
        return state;
}
