/* confidential.c - which cells of the index must not be published: one pattern for all months, all sets of weights, and all tables whose
 * figures lead to one another.
 *
 * A comparison of one month tells the level of another, and a chained level that under the set of weights before; so what is
 * hidden in one month is hidden in all, and what is hidden under one set of weights under all that have its code. Who is asked is told month after
 * month; from what is hidden for that each month is judged for itself, in all tables together (suppress.h), and what is hidden in any is hidden in all. With the first month of a set of weights
 * those before it are judged over which it is linked: contributions over the link tell the volumes there. A cell that nobody was asked for before, as those of a new set of
 * weights, begins hidden where what it is to agree with was hidden in a month before.
 *
 * So what is brought otherwise in a month changes what is hidden for that month; and for a later one in which cells begin that are hidden only then, or stocks are told that are the beginning of
 * its months.
 *
 * Of a month by itself more is hidden as long as few have reported it (suppress_apart): then no level of it, no comparison with it and no
 * contribution to one is published. Where a month stands in a sum that is told elsewhere - it is one of a base, whose mean is 100, or sets of
 * weights are linked over it, so that it is told under both - what is hidden in it is hidden in all.
 *
 * A product's quantity in a province stands in the country's table and in the province's own, under other weights: subtracted from the
 * country's it would tell the other provinces'. The weight of what is hidden is hidden in both, and base outputs are published nowhere: they are
 * the coefficients by which the two tables add up the same quantities, which suppress.h asks to hide. And what is made, less what is sold, is
 * what stocks grow by: the tables of production, consumption and inventory tell one another product by product. So a product is hidden in a place in all of
 * these tables or in none, and where their sums together are too many, more is hidden (confidential_tied.c). Of a month by itself what is made and what is sold are hidden together; and both, where the stocks of its beginning or end are.
 * Where the coefficients of two tables are in proportion they protect nothing: then no table tells what another is not judged for (confidential_related.c). */
#include <string.h>

#include "areas/iip/confidential_private.h"

/* What a line brings to its node in a month, in a measure that adds up over products: its share of the relative times the weight. */
static int64_t brought(const struct laspeyres *l, size_t node, int64_t quantity)
{
        const struct weight_node *n = &l->weights->node[node];
        int64_t factor = 100000000 * (int64_t)weights_base_months(l->weights, node), narrow, result; /* percent with six decimals */
        int128 relative = __builtin_mul_overflow(quantity, factor, &narrow) ? (int128)quantity * factor / n->base_sum : narrow / n->base_sum;

        return decimal_narrow(relative * (l->share[node] / 1000000000), &result) ? result : INT64_MAX;
}

static int64_t value_of(void *context, size_t contributor, size_t month, bool *is_reported)
{
        const struct asked *a = context;

        *is_reported = !panel_is_imputed(a->iip->panel, a->line[contributor], (int32_t)month);
        return brought(a->index, (size_t)a->list[contributor].node, a->iip->panel->quantity[a->line[contributor] * (size_t)a->iip->columns + month]);
}

static size_t number_of(struct work *w, struct map *m, const char *code)
{
        int64_t *number = map_put_text(m, code, NULL);

        if (number == NULL)
                arena_starve(w->arena);
        if (*number == 0)
                *number = (int64_t)map_count(m);
        return (size_t)*number - 1;
}

/* The nearest month, up to one, over which a node without output over the overlap is linked instead; -1: none. */
int32_t secrets_linked_instead(const struct iip *x, size_t segment, int32_t last)
{
        const struct chain_segment *s = &x->segment[segment];
        int32_t nearest = -1, from, to;

        for (size_t i = 0; segment > 0 && s->overlap_from >= 0 && s->overlap_to >= 0 && i < x->weights[segment].count; i++)
                if (s->before[i] >= 0 && chain_link_months(s, i, (size_t)s->before[i], &from, &to) && from < s->overlap_from && from <= last && from > nearest)
                        nearest = from;
        return nearest;
}

/* All months over which something of a segment is linked instead. */
static void list_linked(const struct iip *x, size_t segment, bool *is_linked)
{
        int32_t first = segment == 0 ? 0 : x->segment[segment].overlap_from;

        for (int32_t t = first; (t = secrets_linked_instead(x, segment, t - 1)) >= 0;)
                is_linked[t] = true;
}

static void open_segment(struct work *w, struct side *of, size_t segment)
{
        const struct iip *x = of->iip;
        const struct weights *weights = &x->weights[segment];
        int32_t *parent = arena_array(w->arena, weights->count, sizeof *parent), *node_of = arena_array(w->arena, x->product_count + 1, sizeof *node_of);
        struct suppress_table table = { parent, weights->count, areas_of(x) };
        struct contributor *list = arena_array(w->arena, x->panel->count + 1, sizeof *list);
        size_t *line = arena_array(w->arena, x->panel->count + 1, sizeof *line), count = 0;
        struct asked *a = &of->asked[segment];

        for (size_t i = 0; i < x->product_count; i++)
                node_of[i] = -1;
        for (size_t i = 0; i < weights->count; i++) {
                parent[i] = weights->node[i].parent;
                if (weights->node[i].product >= 0 && x->segment[segment].index->left_out[i] == LEFT_IN)
                        node_of[weights->node[i].product] = (int32_t)i;
        }
        for (size_t i = 0; i < x->panel->count; i++) {
                const struct panel_line *l = &x->panel->line[i];

                if (node_of[l->product] < 0)
                        continue;
                line[count] = i;
                list[count++] = (struct contributor){ l->establishment, l->area, node_of[l->product], l->from, l->to };
        }
        *a = (struct asked){ .iip = x, .index = x->segment[segment].index, .list = list, .line = line, .count = count };
        of->suppression[segment] = suppress_open(w->arena, &table, &x->rule, list, count, value_of, a, (size_t)x->columns);
}

/* Weight / output of the base: as long as the table stands, both do. */
static double *coefficients_of(struct work *w, const struct iip *x, size_t segment)
{
        const struct weights *weights = &x->weights[segment];
        const struct laspeyres *index = x->segment[segment].index;
        double *list = arena_array(w->arena, weights->count, sizeof *list);

        for (size_t n = 0; n < weights->count; n++)
                if (weights->node[n].product >= 0 && index->left_out[n] == LEFT_IN && weights->node[n].base_sum != 0)
                        list[n] = (double)index->share[n] / (double)weights->node[n].base_sum * (double)weights_base_months(weights, n);
        return list;
}

static void open_side(struct work *w, struct iip_secrets *all, const struct iip *x)
{
        struct side *s = &all->side[all->count++];

        *s = (struct side){ .iip = x, .asked = arena_array(w->arena, x->segments, sizeof *s->asked),
                            .suppression = arena_array(w->arena, x->segments, sizeof(struct suppression *)),
                            .is_linked = arena_array(w->arena, x->segments * (size_t)x->columns + 1, sizeof *s->is_linked),
                            .always = arena_array(w->arena, x->segments + 1, sizeof(unsigned char **)),
                            .month = arena_array(w->arena, x->segments + 1, sizeof(unsigned char **)),
                            .room = arena_array(w->arena, x->segments + 1, sizeof(unsigned char **)),
                            .place = arena_array(w->arena, (size_t)areas_of(x) + 1, sizeof *s->place),
                            .product = arena_array(w->arena, x->product_count + 1, sizeof *s->product),
                            .times_changed = arena_array(w->arena, x->product_count + 1, sizeof *s->times_changed),
                            .industry = arena_array(w->arena, x->segments + 1, sizeof(size_t *)),
                            .gathered = arena_array(w->arena, x->segments + 1, sizeof *s->gathered),
                            .coefficient = arena_array(w->arena, x->segments + 1, sizeof(double *)),
                            .pair = arena_array(w->arena, x->segments + 1, sizeof *s->pair),
                            .shared = arena_array(w->arena, x->segments + 1, sizeof *s->shared),
                            .shared_count = arena_array(w->arena, x->segments + 1, sizeof *s->shared_count) };
        for (int32_t a = 0; a < areas_of(x); a++)
                s->place[a] = number_of(w, all->places, a >= x->panel->areas ? "" : (x->area[a] == NULL ? x->unit : x->area[a])->code);
        s->place[areas_of(x)] = number_of(w, all->places, x->unit->code);
        for (size_t i = 0; i < x->product_count; i++)
                s->product[i] = number_of(w, all->products, x->product[i].code);
        for (size_t i = 0; i < x->segments; i++) {
                s->industry[i] = arena_array(w->arena, x->weights[i].count, sizeof **s->industry);
                for (size_t n = 0; n < x->weights[i].count; n++)
                        if (x->weights[i].node[n].product < 0)
                                s->industry[i][n] = number_of(w, all->industries, x->weights[i].node[n].code);
                s->always[i] = arena_array(w->arena, (size_t)x->columns, sizeof(unsigned char *));
                s->month[i] = arena_array(w->arena, (size_t)x->columns, sizeof(unsigned char *));
                s->room[i] = arena_array(w->arena, (size_t)x->columns, sizeof(unsigned char *));
                open_segment(w, s, i);
                s->coefficient[i] = coefficients_of(w, x, i);
                list_linked(x, i, s->is_linked + i * (size_t)x->columns);
        }
}

/* Cells of the segment with the most. */
static size_t cells_most(const struct side *of)
{
        size_t most = 0;

        for (size_t s = 0; s < of->iip->segments; s++)
                most = cells_of(of, s) > most ? cells_of(of, s) : most;
        return most;
}

/* Of a table with areas: which of them have one by themselves, and where its nodes are. */
static void find_own(struct work *w, struct iip_secrets *all, struct side *of)
{
        const struct iip *x = of->iip;

        of->own = arena_array(w->arena, (size_t)areas_of(x), sizeof(struct side *));
        for (size_t i = 0; i < all->count; i++) {
                struct side *own = &all->side[i];

                if (areas_of(own->iip) > 1 || own->iip->series != x->series)
                        continue;
                for (int32_t a = 0; a < areas_of(x); a++)
                        if (own->place[1] == of->place[a])
                                of->own[a] = own;
        }
        of->elsewhere = arena_array(w->arena, cells_most(of), sizeof *of->elsewhere);
}

static void find_nodes(struct work *w, const struct iip_secrets *all, struct side *own)
{
        const struct iip *x = own->iip;

        own->node = arena_array(w->arena, x->segments + 1, sizeof(int32_t *));
        for (size_t s = 0; s < x->segments; s++) {
                own->node[s] = arena_array(w->arena, map_count(all->industries) + 1, sizeof **own->node);
                for (size_t n = 0; n < x->weights[s].count; n++)
                        if (x->weights[s].node[n].product < 0)
                                own->node[s][own->industry[s][n]] = (int32_t)n + 1;
        }
}

/* The product and place of a cell; SIZE_MAX: it is of no product. */
static size_t pair_of(const struct iip_secrets *all, const struct side *of, size_t segment, size_t cell)
{
        const struct weights *weights = &of->iip->weights[segment];
        int32_t product = weights->node[cell % weights->count].product;
        size_t area = areas_of(of->iip) == 1 ? 0 : cell / weights->count;

        return product < 0 ? SIZE_MAX : of->place[area] * map_count(all->products) + of->product[product];
}

struct arena *secrets_emptied(struct iip_secrets *all, struct arena *arena)
{
        jmp_buf *guard = arena_guard(all->arena, NULL);

        arena_reset(arena);
        arena_guard(arena, guard);
        arena_guard(all->arena, guard);
        return arena;
}

struct arena *secrets_spare(struct iip_secrets *all)
{
        return secrets_emptied(all, all->spare);
}

bool secrets_is_of_place(const struct side *of, size_t segment, size_t cell)
{
        return areas_of(of->iip) == 1 || cell < cells_before(of->iip, segment, areas_of(of->iip));
}

int32_t secrets_follows(const struct iip *x, size_t segment, size_t node)
{
        int32_t before = segment == 0 ? -1 : x->segment[segment].before[node];

        return before >= 0 && (size_t)before < x->weights[segment - 1].count ? before : -1;
}

size_t secrets_shown_above(const struct side *of, const unsigned char *state, size_t segment, size_t cell)
{
        const struct weights *weights = &of->iip->weights[segment];
        size_t own = cells_before(of->iip, segment, areas_of(of->iip));
        int32_t node = (int32_t)(cell - own);

        while (node >= 0 && state[own + (size_t)node] != CELL_SHOWN)
                node = weights->node[node].parent;
        return node < 0 ? SIZE_MAX : own + (size_t)node;
}

size_t secrets_told_by(const struct side *of, const unsigned char *state, size_t segment, size_t cell)
{
        const struct weights *weights = &of->iip->weights[segment];
        size_t own = cells_before(of->iip, segment, areas_of(of->iip)), node = cell % weights->count;

        if (own > 0)
                return secrets_shown_above(of, state, segment, own + node);
        return weights->node[node].parent < 0 ? SIZE_MAX : secrets_shown_above(of, state, segment, (size_t)weights->node[node].parent); /* a place by itself: the cell stands in its own table */
}

double secrets_coefficient(const struct side *of, size_t segment, size_t cell)
{
        return of->coefficient[segment][cell % of->iip->weights[segment].count];
}

/* The cells of products of all tables, once all products and places have numbers. */
static void list_shared(struct work *w, struct iip_secrets *all, struct side *of)
{
        for (size_t s = 0; s < of->iip->segments; s++) {
                of->pair[s] = arena_array(w->arena, cells_of(of, s) + 1, sizeof **of->pair);
                of->shared[s] = arena_array(w->arena, cells_of(of, s) + 1, sizeof **of->shared);
                for (size_t i = 0; i < cells_of(of, s); i++) {
                        of->pair[s][i] = pair_of(all, of, s, i);
                        if (of->pair[s][i] != SIZE_MAX)
                                of->shared[s][of->shared_count[s]++] = (struct shared){ i, of->pair[s][i] };
                }
        }
}

/* The same by products and places. */
static void list_holders(struct work *w, struct iip_secrets *all)
{
        size_t *end = arena_array(w->arena, all->room + 2, sizeof *end);

        for (size_t i = 0; i < all->count; i++)
                for (size_t s = 0; s < all->side[i].iip->segments; s++)
                        for (size_t k = 0; k < all->side[i].shared_count[s]; k++)
                                end[all->side[i].shared[s][k].pair + 2]++;
        for (size_t pair = 2; pair < all->room + 2; pair++)
                end[pair] += end[pair - 1];
        all->holder = arena_array(w->arena, end[all->room + 1] + 1, sizeof *all->holder);
        all->listed = arena_array(w->arena, 3 * end[all->room + 1] + 1, sizeof *all->listed);
        for (size_t i = 0; i < all->count; i++)
                for (size_t s = 0; s < all->side[i].iip->segments; s++)
                        for (size_t k = 0; k < all->side[i].shared_count[s]; k++) {
                                const struct shared *c = &all->side[i].shared[s][k];

                                all->holder[end[c->pair + 1]++] = (struct holder){ (uint32_t)i, (uint32_t)s, c->cell };
                        }
        all->first_holder = end;
}

/* ---- all tables ---------------------------------------------------------------------------------------------------- */

/* Tables go on to their newest months. */
static void extend_months(struct iip_secrets *all)
{
        for (size_t i = 0; i < all->count; i++) {
                struct side *of = &all->side[i];
                period last = iip_month(of->iip, of->iip->months - 1);

                of->before = of->months;
                of->months = of->iip->months;
                all->last = last > all->last ? last : all->last;
        }
}

static void close_beside(void *arena)
{
        arena_close(arena);
}

static struct arena *open_beside(struct work *w)
{
        struct arena *arena = arena_open(IIP_MEMORY);

        if (arena == NULL)
                arena_starve(w->arena);
        arena_on_free(w->arena, close_beside, arena);
        return arena;
}

static void open_months(struct work *w, struct iip_secrets *all)
{
        size_t most = 0;
        int32_t columns = 0;
        period end = PERIOD_NONE;

        for (size_t i = 0; i < all->count; i++) {
                const struct iip *x = all->side[i].iip;
                period after = iip_month(x, x->columns);

                all->first = i == 0 || x->first < all->first ? x->first : all->first;
                end = after > end ? after : end;
                columns = x->columns > columns ? x->columns : columns;
                list_shared(w, all, &all->side[i]);
                for (size_t s = 0; s < x->segments; s++)
                        most = x->weights[s].count * (size_t)(areas_of(x) + 1) > most ? x->weights[s].count * (size_t)(areas_of(x) + 1) : most;
                all->side[i].sum_of = arena_array(w->arena, cells_most(&all->side[i]), sizeof *all->side[i].sum_of);
        }
        all->cells = arena_array(w->arena, 2 * most + (size_t)columns, sizeof *all->cells);
        all->room = (map_count(all->products) + 1) * (map_count(all->places) + 1);
        all->words = all->room / 64 + 1;
        all->is_hidden = arena_array(w->arena, all->room, sizeof *all->is_hidden);
        all->hidden_before = arena_array(w->arena, all->words, sizeof *all->hidden_before);
        all->newly = arena_array(w->arena, 3 * all->room, sizeof *all->newly);
        all->known = arena_array(w->arena, 2 * all->room, sizeof *all->known);
        for (int k = 0; k < IIP_SERIES; k++)
                all->quantity_of[k] = arena_array(w->arena, all->room, sizeof **all->quantity_of);
        list_holders(w, all);
        for (int kind = 0; kind < 2; kind++)
                all->is_hidden_now[kind] = arena_array(w->arena, all->room, sizeof **all->is_hidden_now);
        all->published = arena_array(w->arena, months_from(all->first, end) + 1, sizeof *all->published);
        all->mark = arena_array(w->arena, months_from(all->first, end) + 2, sizeof *all->mark);
        arena_on_free(w->arena, secrets_drop_marks, all);
        all->spare = open_beside(w);
        all->part = open_beside(w);
        all->related.arena = open_beside(w);
}

/* Whether a month hides what is not hidden in all; month may be NULL. */
static bool is_more(const unsigned char *month, const enum cell_state *state, size_t count)
{
        for (size_t i = 0; month != NULL && i < count; i++)
                if (cell_is_hidden((enum cell_state)month[i]) && !cell_is_hidden(state[i]))
                        return true;
        return false;
}

static void open_patterns(struct work *w, struct iip_secrets *all)
{
        all->pattern = arena_array(w->arena, all->count + 1, sizeof *all->pattern);
        for (size_t i = 0; i < all->count; i++) {
                const struct iip *x = all->side[i].iip;
                struct iip_pattern *p = &all->pattern[i];

                p->state = arena_array(w->arena, x->segments + 1, sizeof(enum cell_state *));
                p->month = arena_array(w->arena, x->segments + 1, sizeof(unsigned char **));
                for (size_t s = 0; s < x->segments; s++) {
                        p->state[s] = arena_array(w->arena, x->weights[s].count, sizeof **p->state);
                        p->month[s] = arena_array(w->arena, (size_t)x->columns, sizeof(unsigned char *));
                }
        }
}

/* Of a segment's own nodes: hidden in all months where any month asks for it. */
static void take_always(const struct side *of, size_t segment, enum cell_state *state)
{
        size_t count = of->iip->weights[segment].count;

        for (size_t n = 0; n < count; n++)
                state[n] = CELL_EMPTY;
        for (int32_t t = 0; t < of->iip->months; t++) {
                const unsigned char *asks = of->always[segment][t];

                for (size_t n = 0; asks != NULL && n < count; n++)
                        if (!cell_is_hidden(state[n]) && asks[n] != CELL_EMPTY)
                                state[n] = (enum cell_state)asks[n];
        }
}

/* The states of the tables' own nodes. */
static void take_patterns(struct iip_secrets *all)
{
        for (size_t i = 0; i < all->count; i++) {
                const struct iip *x = all->side[i].iip;
                struct iip_pattern *p = &all->pattern[i];

                for (size_t s = 0; all->side[i].is_stale && s < x->segments; s++) {
                        take_always(&all->side[i], s, p->state[s]);
                        for (int32_t t = 0; t < x->months; t++)
                                p->month[s][t] = is_more(all->side[i].month[s][t], p->state[s], x->weights[s].count) ? all->side[i].month[s][t] : NULL;
                }
                all->side[i].is_stale = false;
        }
}

struct iip_secrets *iip_secrets_make(struct work *w, struct iip *const *tables, size_t count)
{
        struct iip_secrets *all = arena_alloc(w->arena, sizeof *all);

        *all = (struct iip_secrets){ .arena = w->arena, .side = arena_array(w->arena, count + 1, sizeof *all->side), .products = map_in(w->arena),
                                     .places = map_in(w->arena), .industries = map_in(w->arena) };
        for (size_t i = 0; i < count; i++)
                open_side(w, all, tables[i]);
        for (size_t i = 0; i < count; i++)
                if (areas_of(tables[i]) > 1)
                        find_own(w, all, &all->side[i]);
                else
                        find_nodes(w, all, &all->side[i]);
        open_months(w, all);
        secrets_list_beside(all);
        open_patterns(w, all);
        extend_months(all);
        secrets_publish(all);
        take_patterns(all);
        return all;
}

/* Whether a table's weights are linked over the months they were linked over. */
static bool links_stand(struct iip_secrets *all, const struct side *of)
{
        const struct iip *x = of->iip;
        bool *is_linked = (bool *)all->cells; /* there is room */

        for (size_t s = 1; s < x->segments; s++) {
                memset(is_linked, 0, (size_t)x->columns * sizeof *is_linked);
                list_linked(x, s, is_linked);
                if (memcmp(is_linked, of->is_linked + s * (size_t)x->columns, (size_t)x->columns * sizeof *is_linked) != 0)
                        return false;
        }
        return true;
}

/* Who may bring anything else to a segment: all who make one of the products. */
static void list_others(struct iip_secrets *all, struct side *of, struct asked *a)
{
        a->others = 0;
        for (size_t i = 0; of->changed.first != PERIOD_NONE && i < a->count; i++) {
                if (!of->changed.is_of[of->iip->panel->line[a->line[i]].product])
                        continue;
                if (a->other == NULL)
                        a->other = arena_array(all->arena, a->count, sizeof *a->other);
                a->other[a->others++] = i;
        }
}

bool iip_secrets_again(struct iip_secrets *all, const struct iip_changed *changed)
{
        for (size_t i = 0; i < all->count; i++) {
                struct side *of = &all->side[i];

                of->changed = changed[i];
                for (size_t p = 0; changed[i].first != PERIOD_NONE && p < of->iip->product_count; p++)
                        of->times_changed[p] += changed[i].is_of[p];
                for (size_t s = 0; s < of->iip->segments; s++) {
                        of->asked[s].index = of->iip->segment[s].index;
                        list_others(all, of, &of->asked[s]);
                }
                if (changed[i].first != PERIOD_NONE && !links_stand(all, of))
                        return false;
        }
        extend_months(all);
        secrets_publish(all);
        take_patterns(all);
        return true;
}

const struct iip_pattern *iip_secrets_of(const struct iip_secrets *all, size_t table)
{
        return &all->pattern[table];
}

size_t iip_secrets_beside(const struct iip_secrets *all)
{
        return all->mark_bytes;
}

/* A restated class is computed from the cells it is made of: where all are shown it tells nothing that they do not, else it is hidden. */
enum cell_state iip_state(const struct iip *x, size_t segment, size_t node, int32_t month)
{
        const struct iip_restated *r = iip_restated(x, segment, node);
        enum cell_state always;
        const unsigned char *own;

        for (size_t i = 0; r != NULL && i < r->made_count; i++) {
                enum cell_state part = iip_state(x, segment, (size_t)r->made_of[i], month);

                if (cell_is_hidden(part))
                        return part == CELL_WAITING ? CELL_WAITING : CELL_SECONDARY;
        }
        if (r != NULL)
                return CELL_SHOWN;
        always = x->pattern->state[segment][node];
        own = x->pattern->month[segment][month];
        return cell_is_hidden(always) || own == NULL || !cell_is_hidden((enum cell_state)own[node]) ? always : (enum cell_state)own[node];
}

bool iip_is_shown(const struct iip *x, size_t segment, size_t node)
{
        const struct iip_restated *r = iip_restated(x, segment, node);

        for (size_t i = 0; r != NULL && i < r->made_count; i++)
                if (cell_is_hidden(x->pattern->state[segment][r->made_of[i]]))
                        return false;
        return r != NULL || !cell_is_hidden(x->pattern->state[segment][node]);
}

static size_t find_owner(size_t *owner, size_t item)
{
        while (owner[item] != item)
                item = owner[item] = owner[owner[item]];
        return item;
}

/* Products that somebody is asked for together are of one owner. maker: [maker] the first node that it is asked for, + 1. */
static void join_owners(const struct iip *x, size_t segment, size_t node, size_t *owner, size_t *maker)
{
        for (int32_t a = 0; a < x->panel->areas; a++) {
                size_t line, end;

                panel_group(x->panel, a, x->weights[segment].node[node].product, &line, &end);
                for (; line < end; line++) {
                        size_t *first = &maker[x->panel->line[line].establishment];

                        if (*first == 0)
                                *first = node + 1;
                        owner[find_owner(owner, node)] = find_owner(owner, *first - 1);
                }
        }
}

bool iip_is_outside_told(struct work *w, const struct iip *x, size_t segment)
{
        const struct weights *weights = &x->weights[segment];
        const enum left_out *left_out = x->segment[segment].index->left_out;
        double *stated = arena_array(w->arena, weights->count, sizeof *stated), *siblings = arena_array(w->arena, weights->count, sizeof *siblings);
        double *of = arena_array(w->arena, weights->count, sizeof *of), total = 0, largest[SUPPRESS_DOMINANT_MAX] = { 0 };
        size_t *owner = arena_array(w->arena, weights->count, sizeof *owner), *maker = arena_array(w->arena, x->maker_count + 1, sizeof *maker);
        int32_t owners = 0;

        for (size_t i = 1; i < weights->count; i++)
                siblings[weights->node[i].parent] += (double)weights->node[i].weight;
        stated[0] = 1;
        for (size_t i = 1; i < weights->count; i++) {
                size_t parent = (size_t)weights->node[i].parent;

                owner[i] = i;
                stated[i] = siblings[parent] == 0 ? 0 : stated[parent] * (double)weights->node[i].weight / siblings[parent];
                if (weights->node[i].product >= 0 && left_out[i] != LEFT_IN && stated[i] > 0)
                        join_owners(x, segment, i, owner, maker);
        }
        for (size_t i = 1; i < weights->count; i++)
                if (weights->node[i].product >= 0 && left_out[i] != LEFT_IN)
                        of[find_owner(owner, i)] += stated[i];
        for (size_t i = 1; i < weights->count; i++) {
                int32_t at = x->rule.dominant - 1;

                total += of[i];
                owners += of[i] > 0;
                if (of[i] <= largest[at])
                        continue;
                for (; at > 0 && largest[at - 1] < of[i]; at--)
                        largest[at] = largest[at - 1];
                largest[at] = of[i];
        }
        for (int32_t k = 1; k < x->rule.dominant; k++)
                largest[0] += largest[k];
        return owners == 0 || (owners >= x->rule.least && largest[0] <= total * (double)x->rule.most_ppm / 1e6);
}
