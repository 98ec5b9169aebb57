/* confidential_mixed.c - of a month by itself: what the tables of the country and its provinces tell together, each by coefficients of its own.
 *
 * What is hidden in all months has coefficients that nobody is told: it enters the sums of the country's table and those of the province's own as if it were two cells. What is hidden in
 * this month only enters both as the same quantity, by coefficients that follow from other months: weight / output of the base. And of what is made, sold and in stock any two tell
 * the third: so those sums go together too. A table tells of what is hidden in it what stands in the lowest node above that is shown, less what is shown below.
 *
 * Of what is hidden in all months multiples of what several sums tell may make nothing (confidential_related.c): those sums go together as well, also with what is told of nothing else.
 *
 * Sums that hang together so are looked at as one (mixed.h). Where a sum is told of which few have too much, one more product of a place is hidden in the month, and all
 * is agreed upon again. What hangs together of more than MIXED_MOST cells and sums, as in a month that hardly any of a large sample have reported, would take too long: its sums are
 * hidden in the month, those of places by themselves before those of the country, until less hangs together. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "areas/iip/confidential_private.h"
#include "stats/mixed.h"
#include "stats/suppress.h"

#define MIXED_MOST 500

/* A hidden cell of a product and place, in a sum that a table tells. */
struct seen {
        const struct side *of;
        size_t cell, pair, sum;
        double coefficient;       /* of its quantity */
        size_t next;              /* in the same part + 1 */
        int64_t column;           /* of those whose coefficients are known; -1: of it nothing else is told */
};

/* One quantity that several sums tell of. */
struct quantity {
        size_t pair, series, first; /* first: of seen */
        size_t count;               /* how many sums */
};

struct mixing {
        struct iip_secrets *all;
        struct arena *arena;
        period month;
        struct sum { size_t side, cell, part, place; } *sum; /* part: another sum of the same, or itself; place: in the part being looked at + 1 */
        size_t sums;
        struct seen *seen;
        size_t seen_count, *first_seen; /* [sum] the first of its part: the last seen of it + 1 */
        const size_t **rest_in;   /* [side][node]: the sum in which a product is that is hidden in all months + 1; NULL: none is */
        struct quantity *quantity;
        size_t quantities;
        bool *is_mixed, *is_large; /* [sum] the first of its part, and a quantity of it is in several sums; but the part is too large */
        bool *is_unseen;          /* [sum] the first of its part, which is to be looked at: it was not as it is */
        uint64_t *digest;         /* [sum] the first of its part: a number drawn for all that the part is looked at for */
        struct tie { size_t sum, quantity[IIP_SERIES]; } *tie; /* made less sold less in stock: numbers + 1; 0: that is shown */
        size_t ties;
        const struct related *related; /* NULL: nothing is */
        size_t *first_rest;       /* [relation]: rests in_order[first .. next first) */
        size_t *in_order;
        bool *is_related;         /* [relation] it is looked at with a part; */
        size_t *sum_of_relation;  /* one of its sums */
        /* of a part */
        struct mixed_term *term;
        struct mixed_part *brought;
        size_t terms, brought_count;
        double *total, *completed;
        size_t cells;
        struct map *makers;
};

/* ---- what is told ---------------------------------------------------------------------------------------------------------- */

static size_t find_part(struct mixing *x, size_t sum)
{
        while (x->sum[sum].part != sum)
                sum = x->sum[sum].part = x->sum[x->sum[sum].part].part;
        return sum;
}

static void join(struct mixing *x, size_t one, size_t other)
{
        one = find_part(x, one);
        other = find_part(x, other);
        x->sum[one > other ? one : other].part = one > other ? other : one;
}

static size_t new_sum(struct mixing *x, size_t side, size_t cell)
{
        x->sum = arena_room(x->arena, x->sum, x->sums, sizeof *x->sum);
        x->sum[x->sums] = (struct sum){ side, cell, x->sums, 0 };
        return x->sums++;
}

/* Who brings the quantity of a cell in the month. */
struct brings { double total, completed, largest[2]; size_t reported; };

static struct brings bring(struct mixing *x, const struct side *of, size_t cell, double times, size_t to)
{
        const struct iip *iip = of->iip;
        const struct weights *weights = &iip->weights[of->apart_segment];
        int32_t area = areas_of(iip) == 1 ? 0 : (int32_t)(cell / weights->count), month = iip_column(iip, x->month);
        struct brings b = { 0 };
        size_t line, end;

        panel_group(iip->panel, area, weights->node[cell % weights->count].product, &line, &end);
        for (; line < end; line++) {
                const struct panel_line *l = &iip->panel->line[line];
                double value = times * (double)iip->panel->quantity[line * (size_t)iip->columns + (size_t)month];

                if (month < l->from || month > l->to)
                        continue;
                b.total += value;
                if (panel_is_imputed(iip->panel, line, month)) {
                        b.completed += value;
                        continue;
                }
                b.reported++;
                if (to == SIZE_MAX) {
                        double greater = value > b.largest[0] ? value : b.largest[0];

                        b.largest[1] = value > b.largest[0] ? b.largest[0] : value > b.largest[1] ? value : b.largest[1];
                        b.largest[0] = greater;
                        continue;
                }
                int64_t *maker = map_put_text(x->makers, iip->maker[l->establishment].code, NULL);

                if (maker == NULL)
                        arena_starve(x->arena);
                if (*maker == 0)
                        *maker = (int64_t)map_count(x->makers);
                x->brought = arena_room(x->arena, x->brought, x->brought_count, sizeof *x->brought);
                x->brought[x->brought_count++] = (struct mixed_part){ (size_t)*maker - 1, to, value };
        }
        return b;
}

/* Whether anybody reported the quantity of a cell in the month. */
static bool is_reported(const struct mixing *x, const struct side *of, size_t cell)
{
        const struct weights *weights = &of->iip->weights[of->apart_segment];
        int32_t area = areas_of(of->iip) == 1 ? 0 : (int32_t)(cell / weights->count), month = iip_column(of->iip, x->month);
        size_t line, end;

        panel_group(of->iip->panel, area, weights->node[cell % weights->count].product, &line, &end);
        for (; line < end; line++)
                if (month >= of->iip->panel->line[line].from && month <= of->iip->panel->line[line].to && !panel_is_imputed(of->iip->panel, line, month))
                        return true;
        return false;
}

static void see(struct mixing *x, struct seen s)
{
        x->seen = arena_room(x->arena, x->seen, x->seen_count, sizeof *x->seen);
        x->seen[x->seen_count++] = s;
}

/* A hidden cell whose coefficients are known. What nobody reported hides nothing. */
static void see_known(struct mixing *x, size_t side, const struct shared *c)
{
        const struct side *of = &x->all->side[side];
        size_t told = secrets_told_by(of, suppress_states(of->apart), of->apart_segment, c->cell), *sum, *number = &x->all->quantity_of[of->iip->series][c->pair];
        struct seen s = { of, c->cell, c->pair, 0, secrets_coefficient(of, of->apart_segment, c->cell), 0, 0 };

        if (told == SIZE_MAX || s.coefficient == 0 || !is_reported(x, of, c->cell))
                return;
        sum = &of->sum_of[told];
        if (*sum == 0)
                *sum = new_sum(x, side, told) + 1;
        s.sum = *sum - 1;
        if (*number == 0) {
                x->quantity = arena_room(x->arena, x->quantity, x->quantities, sizeof *x->quantity);
                x->quantity[x->quantities++] = (struct quantity){ c->pair, of->iip->series, x->seen_count, 0 };
                *number = x->quantities;
        }
        if (x->quantity[*number - 1].count++ > 0)
                join(x, s.sum, x->seen[x->quantity[*number - 1].first].sum);
        s.column = (int64_t)*number - 1;
        see(x, s);
}

static void list_seen(struct mixing *x, size_t which)
{
        size_t *first = &x->first_seen[find_part(x, x->seen[which].sum)];

        x->seen[which].next = *first;
        *first = which + 1;
}

/* One that is hidden in all months, where such a cell as well is in the same part. */
static void see_other(struct mixing *x, const struct side *of, size_t cell, size_t sum)
{
        struct seen s = { of, cell, of->pair[of->apart_segment][cell], sum, secrets_coefficient(of, of->apart_segment, cell), 0, -1 };

        if (s.coefficient == 0 || !is_reported(x, of, cell))
                return;
        see(x, s);
        list_seen(x, x->seen_count - 1);
}

/* All that are hidden in the month and not in all. */
static void see_month(struct mixing *x)
{
        size_t count = secrets_list_holders(x->all, x->all->known, x->all->known_count);

        for (size_t i = 0; i < count; i++) {
                const struct holder *h = &x->all->listed[i];
                const struct side *of = &x->all->side[h->side];
                struct shared c = { h->cell, of->pair[h->segment][h->cell] };

                if (of->apart != NULL && of->apart_segment == h->segment && secrets_is_of_place(of, h->segment, h->cell) && cell_is_hidden(suppress_state(of->apart, h->cell)))
                        see_known(x, h->side, &c);
        }
}

/* Which sum of a part that is mixed tells of each product of a table in all places: its number + 1; 0: none. NULL: of no product. */
static const size_t *sums_of_products(struct mixing *x, size_t side)
{
        const struct side *of = &x->all->side[side];
        const struct weights *weights = &of->iip->weights[of->apart_segment];
        size_t own = cells_before(of->iip, of->apart_segment, areas_of(of->iip)), *sum_of = arena_array(x->arena, weights->count, sizeof *sum_of);
        const unsigned char *state = suppress_states(of->apart) + own;
        bool is_any = false;

        for (size_t n = 0; n < weights->count; n++) { /* parents stand before children; of a place by itself the cell stands in its own table */
                bool tells = state[n] == CELL_SHOWN && (own > 0 || weights->node[n].product < 0);
                size_t sum = of->sum_of[own + n];

                sum_of[n] = !tells ? weights->node[n].parent < 0 ? 0 : sum_of[weights->node[n].parent] : sum > 0 && x->is_mixed[find_part(x, sum - 1)] ? sum : 0;
                is_any |= sum_of[n] > 0;
        }
        return is_any ? sum_of : NULL;
}

/* In which sums of parts that are mixed products are that are hidden in all months. */
static void find_rest(struct mixing *x)
{
        x->rest_in = arena_array(x->arena, x->all->count, sizeof(size_t *));
        for (size_t s = 0; s < x->sums; s++) {
                size_t side = x->sum[s].side;

                if (side != SIZE_MAX && x->rest_in[side] == NULL && x->is_mixed[find_part(x, s)])
                        x->rest_in[side] = sums_of_products(x, side);
        }
}

/* Whether a product of a place is hidden in all months, and in the table. */
static bool is_of_rest(const struct mixing *x, const struct side *of, int32_t area, size_t node)
{
        size_t cell = cells_before(of->iip, of->apart_segment, area) + node;

        return x->all->is_hidden[of->pair[of->apart_segment][cell]] && cell_is_hidden(suppress_state(of->apart, cell));
}

/* All that are hidden in all months, in parts that are to be looked at. */
static void see_rest(struct mixing *x)
{
        for (size_t i = 0; i < x->all->count; i++) {
                const struct side *of = &x->all->side[i];

                for (int32_t a = 0; x->rest_in[i] != NULL && a < areas_of(of->iip); a++)
                        for (size_t n = 0; n < of->iip->weights[of->apart_segment].count; n++)
                                if (x->rest_in[i][n] > 0 && x->is_unseen[find_part(x, x->rest_in[i][n] - 1)] && of->iip->weights[of->apart_segment].node[n].product >= 0 && is_of_rest(x, of, a, n))
                                        see_other(x, of, cells_before(of->iip, of->apart_segment, a) + n, x->rest_in[i][n] - 1);
        }
}

/* What is made, less what is sold, is what stocks grow by. */
static void tie_up(struct mixing *x)
{
        static const enum iip_series series[] = { SERIES_PRODUCTION, SERIES_CONSUMPTION, SERIES_INVENTORY };
        bool *has_stocks = NULL;

        for (size_t i = 0; i < x->all->count; i++) {
                const struct side *of = &x->all->side[i];

                if (of->apart != NULL && kind_of(of) == STOCKS && has_stocks == NULL)
                        has_stocks = arena_array(x->arena, x->all->room, sizeof *has_stocks);
                for (size_t k = 0; of->apart != NULL && kind_of(of) == STOCKS && k < of->shared_count[of->apart_segment]; k++) {
                        const struct shared *c = &of->shared[of->apart_segment][k];

                        has_stocks[c->pair] |= suppress_state(of->apart, c->cell) == CELL_SHOWN || x->all->quantity_of[SERIES_INVENTORY][c->pair] > 0;
                }
        }
        for (size_t i = 0; has_stocks != NULL && i < x->quantities; i++) {
                size_t pair = x->quantity[i].pair;
                struct tie t = { 0 };

                if (x->quantity[i].series != SERIES_PRODUCTION || !has_stocks[pair] || x->all->quantity_of[SERIES_CONSUMPTION][pair] == 0)
                        continue;
                t.sum = new_sum(x, SIZE_MAX, 0);
                for (size_t k = 0; k < 3; k++) {
                        t.quantity[series[k]] = x->all->quantity_of[series[k]][pair];
                        if (t.quantity[series[k]] == 0)
                                continue;
                        x->quantity[t.quantity[series[k]] - 1].count++;
                        join(x, t.sum, x->seen[x->quantity[t.quantity[series[k]] - 1].first].sum);
                }
                x->tie = arena_room(x->arena, x->tie, x->ties, sizeof *x->tie);
                x->tie[x->ties++] = t;
        }
}

/* ---- what is related ---------------------------------------------------------------------------------------------------------- */

/* The cell that tells of a rest in the month; SIZE_MAX: none does. */
static size_t told_of_rest(const struct mixing *x, const struct rest *r)
{
        const struct side *of = &x->all->side[r->side];

        return secrets_shown_above(of, suppress_states(of->apart), of->apart_segment, r->cell);
}

static void order_rests(struct mixing *x)
{
        const struct related *r = x->related;

        x->is_related = arena_array(x->arena, r->relations + 1, sizeof *x->is_related);
        x->sum_of_relation = arena_array(x->arena, r->relations + 1, sizeof *x->sum_of_relation);
        x->first_rest = arena_array(x->arena, r->relations + 2, sizeof *x->first_rest);
        x->in_order = arena_array(x->arena, r->rests + 1, sizeof *x->in_order);
        for (size_t i = 0; i < r->rests; i++)
                x->first_rest[r->rest[i].relation + 1] += r->rest[i].relation > 0;
        for (size_t i = 1; i < r->relations + 2; i++)
                x->first_rest[i] += x->first_rest[i - 1];
        for (size_t i = 0; i < r->rests; i++)
                if (r->rest[i].relation > 0)
                        x->in_order[x->first_rest[r->rest[i].relation]++] = i;
        memmove(x->first_rest + 1, x->first_rest, (r->relations + 1) * sizeof *x->first_rest);
}

/* The rests of a relation are told by sums: where one of those is looked at, or what tells one in other months is hidden, all are. */
static bool relate_sums(struct mixing *x, size_t relation)
{
        size_t first = x->first_rest[relation], end = x->first_rest[relation + 1], told, other = SIZE_MAX, count = 0, *sum;
        bool is_looked_at = false;

        for (size_t i = first; i < end; i++) {
                const struct rest *r = &x->related->rest[x->in_order[i]];

                told = told_of_rest(x, r);
                is_looked_at |= told != r->cell || x->all->side[r->side].sum_of[told] > 0;
                count += told != SIZE_MAX;
        }
        if (!is_looked_at || count == 0)
                return false;
        for (size_t i = first; i < end; i++) {
                const struct rest *r = &x->related->rest[x->in_order[i]];

                told = told_of_rest(x, r);
                if (told == SIZE_MAX)
                        continue;
                sum = &x->all->side[r->side].sum_of[told];
                if (*sum == 0)
                        *sum = new_sum(x, r->side, told) + 1;
                if (other != SIZE_MAX)
                        join(x, *sum - 1, other);
                other = *sum - 1;
        }
        x->sum_of_relation[relation] = other;
        return x->is_related[relation] = true;
}

static void relate(struct mixing *x)
{
        if (x->related == NULL)
                return;
        order_rests(x);
        for (bool is_new = true; is_new;) {
                is_new = false;
                for (size_t i = 1; i <= x->related->relations; i++)
                        is_new |= !x->is_related[i] && relate_sums(x, i);
        }
}

/* The relation that a rest is looked at with; 0: none. */
static size_t relation_of(const struct mixing *x, const struct rest *r)
{
        return x->is_related[r->relation] ? r->relation : 0;
}

/* That of the rest which a cell of a product and place stands in. */
static size_t relation_at(const struct mixing *x, size_t side, size_t cell)
{
        size_t rest = x->related == NULL ? 0 : x->related->stands_in[side][cell];

        return rest == 0 ? 0 : relation_of(x, &x->related->rest[rest - 1]);
}

/* ---- a part ---------------------------------------------------------------------------------------------------------------- */

static void put_term(struct mixing *x, size_t sum, size_t cell, double coefficient)
{
        x->term = arena_room(x->arena, x->term, x->terms, sizeof *x->term);
        x->term[x->terms++] = (struct mixed_term){ x->sum[sum].place - 1, cell, coefficient };
}

static int by_cell_and_maker(const void *a, const void *b)
{
        const struct mixed_part *x = a, *y = b;

        return x->cell != y->cell ? (x->cell > y->cell) - (x->cell < y->cell) : (x->contributor > y->contributor) - (x->contributor < y->contributor);
}

/* What one brings to a cell stands once. */
static void add_up(struct mixing *x)
{
        size_t count = 0;

        if (x->brought_count > 0)
                qsort(x->brought, x->brought_count, sizeof *x->brought, by_cell_and_maker);
        for (size_t i = 0; i < x->brought_count; i++)
                if (count > 0 && by_cell_and_maker(&x->brought[count - 1], &x->brought[i]) == 0)
                        x->brought[count - 1].value += x->brought[i].value;
                else
                        x->brought[count++] = x->brought[i];
        x->brought_count = count;
}

/* A cell of the mixture: a quantity that several sums tell of; or all of which one sum alone tells, in its measure. */
static size_t cell_for(struct mixing *x, size_t *cell)
{
        if (*cell == 0)
                *cell = ++x->cells;
        return *cell - 1;
}

static void add_brought(struct mixing *x, const struct seen *s, double times, size_t cell)
{
        struct brings b = bring(x, s->of, s->cell, times, cell);

        x->total[cell] += b.total;
        x->completed[cell] += b.completed;
}

/* The parts in which a quantity is in several sums. True where there is one. */
static bool find_mixed(struct mixing *x)
{
        size_t *size = arena_array(x->arena, x->sums + 1, sizeof *size);
        bool is_any = false;

        x->is_large = arena_array(x->arena, x->sums + 1, sizeof *x->is_large);
        x->is_mixed = arena_array(x->arena, x->sums + 1, sizeof *x->is_mixed);
        for (size_t s = 0; s < x->sums; s++)
                size[find_part(x, s)]++;
        for (size_t i = 0; i < x->quantities; i++)
                if (x->quantity[i].count > 1)
                        size[find_part(x, x->seen[x->quantity[i].first].sum)]++;
        for (size_t i = 1; x->related != NULL && i <= x->related->relations; i++)
                if (x->is_related[i])
                        size[find_part(x, x->sum_of_relation[i])] += x->first_rest[i + 1] - x->first_rest[i] + 1;
        for (size_t i = 0; i < x->quantities; i++) {
                size_t part = find_part(x, x->seen[x->quantity[i].first].sum);

                if (x->quantity[i].count > 1)
                        is_any = (size[part] <= MIXED_MOST ? x->is_mixed : x->is_large)[part] = true;
        }
        for (size_t i = 1; x->related != NULL && i <= x->related->relations; i++) {
                size_t part = x->is_related[i] ? find_part(x, x->sum_of_relation[i]) : 0;

                if (x->is_related[i])
                        is_any = (size[part] <= MIXED_MOST ? x->is_mixed : x->is_large)[part] = true;
        }
        return is_any;
}

/* What of a part stands in one sum alone, in order of sums. */
static int by_sum(const void *a, const void *b)
{
        const struct seen *x = *(const struct seen *const *)a, *y = *(const struct seen *const *)b;

        return (x->sum > y->sum) - (x->sum < y->sum);
}

/* What is left of each sum is a cell. */
static void put_rests(struct mixing *x, const struct seen **list, size_t count)
{
        if (count > 0)
                qsort(list, count, sizeof(*list), by_sum);
        for (size_t i = 0; i < count; i++) {
                if (i == 0 || list[i]->sum != list[i - 1]->sum)
                        put_term(x, list[i]->sum, x->cells++, 1);
                add_brought(x, list[i], list[i]->coefficient, x->cells - 1);
        }
}

static void put_related_cells(struct mixing *x, const size_t *cell_of)
{
        for (size_t i = 0; i < x->all->count; i++) {
                const struct side *of = &x->all->side[i];

                for (size_t k = 0; of->apart != NULL && k < of->shared_count[of->apart_segment]; k++) {
                        size_t cell = of->shared[of->apart_segment][k].cell, rest = x->related->stands_in[i][cell];
                        struct seen s = { .of = of, .cell = cell };

                        if (rest > 0 && cell_of[rest - 1] > 0)
                                add_brought(x, &s, secrets_coefficient(of, of->apart_segment, cell), cell_of[rest - 1] - 1);
                }
        }
}

/* Rests of which multiples make nothing are cells, and that they do is told. sums: of the part, with those that are added. */
static void put_related(struct mixing *x, size_t part, size_t *sums)
{
        size_t *cell_of = arena_array(x->arena, x->related->rests + 1, sizeof *cell_of);

        for (size_t relation = 1; relation <= x->related->relations; relation++) {
                if (!x->is_related[relation] || find_part(x, x->sum_of_relation[relation]) != part)
                        continue;
                for (size_t i = x->first_rest[relation]; i < x->first_rest[relation + 1]; i++) {
                        const struct rest *r = &x->related->rest[x->in_order[i]];
                        size_t told = told_of_rest(x, r), cell = cell_for(x, &cell_of[x->in_order[i]]);

                        if (told != SIZE_MAX)
                                put_term(x, x->all->side[r->side].sum_of[told] - 1, cell, 1);
                        x->term = arena_room(x->arena, x->term, x->terms, sizeof *x->term);
                        x->term[x->terms++] = (struct mixed_term){ *sums, cell, r->times };
                }
                (*sums)++;
        }
        put_related_cells(x, cell_of);
}

/* The sums of a part and what is hidden in them, in memory of its own. */
static struct mixed write_part(struct mixing *x, size_t part)
{
        size_t *cell_of = arena_array(x->arena, x->quantities + 1, sizeof *cell_of), sums = 0, count = 0;
        const struct seen **rest = arena_array(x->arena, x->seen_count + 1, sizeof(*rest));

        x->cells = x->terms = x->brought_count = 0;
        x->term = NULL;
        x->brought = NULL;
        x->makers = map_in(x->arena);
        for (size_t s = 0; s < x->sums; s++)
                x->sum[s].place = find_part(x, s) == part ? ++sums : 0;
        x->total = arena_array(x->arena, 2 * MIXED_MOST + sums + 1, sizeof *x->total);
        x->completed = arena_array(x->arena, 2 * MIXED_MOST + sums + 1, sizeof *x->completed);
        for (size_t i = 0; i < x->quantities; i++) {
                const struct seen *s = &x->seen[x->quantity[i].first];

                if (x->quantity[i].count > 1 && x->sum[s->sum].place > 0)
                        add_brought(x, s, 1, cell_for(x, &cell_of[i]));
        }
        for (size_t i = x->first_seen[part]; i > 0; i = x->seen[i - 1].next) {
                const struct seen *s = &x->seen[i - 1];

                if (s->column >= 0 && cell_of[s->column] > 0)
                        put_term(x, s->sum, cell_of[s->column] - 1, s->coefficient);
                else if (s->column >= 0 || relation_at(x, (size_t)(s->of - x->all->side), s->cell) == 0)
                        rest[count++] = s;
        }
        put_rests(x, rest, count);
        if (x->related != NULL)
                put_related(x, part, &sums);
        for (size_t i = 0; i < x->ties; i++)
                for (int k = 0; x->sum[x->tie[i].sum].place > 0 && k < IIP_SERIES; k++)
                        if (x->tie[i].quantity[k] > 0)
                                put_term(x, x->tie[i].sum, cell_of[x->tie[i].quantity[k] - 1] - 1, k == SERIES_PRODUCTION ? 1 : -1);
        add_up(x);
        return (struct mixed){ .sums = sums, .cells = x->cells, .contributors = map_count(x->makers), .term = x->term, .terms = x->terms,
                               .part = x->brought, .parts = x->brought_count, .total = x->total, .completed = x->completed };
}

/* ---- what was looked at before --------------------------------------------------------------------------------------------- */

static void add_digest(struct mixing *x, size_t sum, uint64_t number)
{
        uint64_t *digest = &x->digest[find_part(x, sum)];

        *digest = suppress_drawn(*digest ^ suppress_drawn(number));
}

/* What is related: what it is made of is told by what was drawn for all that is hidden in all months, but not which sums tell it, and what somebody brings. */
static void digest_related(struct mixing *x)
{
        for (size_t i = 0; x->related != NULL && i < x->related->rests; i++) {
                const struct rest *r = &x->related->rest[i];
                size_t relation = relation_of(x, r), told = relation == 0 ? SIZE_MAX : told_of_rest(x, r);

                if (relation > 0)
                        add_digest(x, x->sum_of_relation[relation], x->all->related.digest ^ (told == SIZE_MAX ? i : x->all->side[r->side].sum_of[told] << 32 | i));
        }
        for (size_t i = 0; x->related != NULL && i < x->all->count; i++) {
                const struct side *of = &x->all->side[i];

                for (size_t k = 0; of->apart != NULL && k < of->shared_count[of->apart_segment]; k++) {
                        size_t cell = of->shared[of->apart_segment][k].cell, relation = relation_at(x, i, cell);
                        const struct weights *weights = &of->iip->weights[of->apart_segment];

                        if (relation > 0)
                                add_digest(x, x->sum_of_relation[relation], (uint64_t)of->times_changed[weights->node[cell % weights->count].product] << 32 | i);
                }
        }
}

/* In which places each product is that is hidden in all months. By what it is multiplied does not change; who reported it does if anybody brings anything else to it. */
static void digest_rest(struct mixing *x)
{
        for (size_t i = 0; i < x->all->count; i++) {
                const struct side *of = &x->all->side[i];
                const struct weights *weights = &of->iip->weights[of->apart_segment];
                int32_t areas = areas_of(of->iip);
                uint64_t *places = x->rest_in[i] == NULL ? NULL : arena_array(x->arena, weights->count, sizeof *places); /* [node] a bit for each of 64 */

                for (int32_t from = 0; places != NULL && from < areas; from += 64) {
                        for (int32_t a = from; a < from + 64 && a < areas; a++)
                                for (size_t n = 0; n < weights->count; n++)
                                        if (x->rest_in[i][n] > 0 && weights->node[n].product >= 0)
                                                places[n] |= (uint64_t)is_of_rest(x, of, a, n) << (a - from);
                        for (size_t n = 0; n < weights->count; n++) {
                                if (places[n] == 0)
                                        continue;
                                add_digest(x, x->rest_in[i][n] - 1, (uint64_t)i << 48 | (uint64_t)from << 32 | n);
                                add_digest(x, x->rest_in[i][n] - 1, (uint64_t)x->sum[x->rest_in[i][n] - 1].cell << 32 | of->times_changed[weights->node[n].product]);
                                add_digest(x, x->rest_in[i][n] - 1, places[n]);
                                places[n] = 0;
                        }
                }
        }
}

/* Of a part: its cells, by what they are multiplied, in which sums they are, and whether anybody brings anything else to them than before. */
static void digest_parts(struct mixing *x)
{
        x->digest = arena_array(x->arena, x->sums + 1, sizeof *x->digest);
        for (size_t i = 0; i < x->seen_count; i++) {
                const struct seen *s = &x->seen[i];
                const struct weights *weights = &s->of->iip->weights[s->of->apart_segment];
                uint64_t coefficient;

                memcpy(&coefficient, &s->coefficient, sizeof coefficient);
                add_digest(x, s->sum, (uint64_t)(s->of - x->all->side) << 32 | s->cell);
                add_digest(x, s->sum, x->sum[s->sum].side << 32 | x->sum[s->sum].cell);
                add_digest(x, s->sum, coefficient);
                add_digest(x, s->sum, (uint64_t)s->of->times_changed[weights->node[s->cell % weights->count].product] << 1 | (s->column >= 0));
        }
        digest_rest(x);
        digest_related(x);
        for (size_t i = 0; i < x->ties; i++)
                for (int k = 0; k < IIP_SERIES; k++)
                        add_digest(x, x->tie[i].sum, x->tie[i].quantity[k] == 0 ? (uint64_t)k : 3 + x->quantity[x->tie[i].quantity[k] - 1].pair);
}

void secrets_begin_mixed(struct iip_secrets *all, period month)
{
        struct published *p = &all->published[months_from(all->first, month)];
        struct fine now = p->fine[1];

        p->fine[1] = p->fine[0];
        p->fine[0] = now;
        p->fine[1].count = 0;
}

static bool is_fine(const struct fine *f, uint64_t digest)
{
        size_t i = 0;

        while (i < f->count && f->list[i] != digest)
                i++;
        return i < f->count;
}

static void note_fine(struct iip_secrets *all, struct fine *f, uint64_t digest)
{
        if (is_fine(f, digest))
                return;
        if (f->count == f->room) {
                uint64_t *longer = arena_array(all->arena, 2 * f->room + 64, sizeof *longer);

                if (f->count > 0)
                        memcpy(longer, f->list, f->count * sizeof *longer);
                f->list = longer;
                f->room = 2 * f->room + 64;
        }
        f->list[f->count++] = digest;
}

/* ---- what else is hidden --------------------------------------------------------------------------------------------------- */

/* A product of a place that is shown, and what it would bring to a sum that is told: best is the least of those that suffice, else that brings the most. */
struct choice { size_t pair; enum kind kind; double brings, size; };

static void choose(struct choice *best, struct choice c, double lacking)
{
        bool is_enough = c.brings >= lacking, was_enough = best->brings >= lacking;

        if (best->pair == SIZE_MAX || (is_enough != was_enough ? is_enough : is_enough ? c.size < best->size : c.brings > best->brings))
                *best = c;
}

/* The sum of the part that a cell of a product of a place which is shown stands in + 1; 0: none. */
static size_t shown_in(const struct mixing *x, const struct side *of, size_t cell)
{
        size_t told = secrets_is_of_place(of, of->apart_segment, cell) && suppress_state(of->apart, cell) == CELL_SHOWN ? secrets_told_by(of, suppress_states(of->apart), of->apart_segment, cell) : SIZE_MAX;

        return told == SIZE_MAX || of->sum_of[told] == 0 ? 0 : x->sum[of->sum_of[told] - 1].place;
}

/* What each quantity that is shown counts in multiples of the sums of the part: [series * pairs + pair]. */
static double *count_shown(struct mixing *x, const double *of)
{
        struct iip_secrets *all = x->all;
        double *counts = arena_array(x->arena, all->room * IIP_SERIES, sizeof *counts);

        for (size_t i = 0; i < all->count; i++) {
                const struct side *side = &all->side[i];

                for (size_t k = 0; side->apart != NULL && k < side->shared_count[side->apart_segment]; k++) {
                        const struct shared *c = &side->shared[side->apart_segment][k];
                        size_t place = shown_in(x, side, c->cell);

                        if (place > 0)
                                counts[side->iip->series * all->room + c->pair] += of[place - 1] * secrets_coefficient(side, side->apart_segment, c->cell);
                }
        }
        return counts;
}

/* The best of them, each looked at once. What counts below zero spoils the sum. */
static struct choice choose_shown(struct mixing *x, double *counts, double lacking)
{
        struct choice best = { .pair = SIZE_MAX };

        for (size_t i = 0; i < x->all->count; i++) {
                const struct side *side = &x->all->side[i];
                double limit = (double)side->iip->rule.most_ppm / 1e6;

                for (size_t k = 0; side->apart != NULL && k < side->shared_count[side->apart_segment]; k++) {
                        const struct shared *c = &side->shared[side->apart_segment][k];
                        double *count = &counts[side->iip->series * x->all->room + c->pair];
                        struct brings b;

                        if (*count == 0 || shown_in(x, side, c->cell) == 0)
                                continue;
                        b = bring(x, side, c->cell, fabs(*count), SIZE_MAX);
                        if (b.reported > 0 && b.total > 0)
                                choose(&best, (struct choice){ c->pair, kind_of(side), *count < 0 ? lacking : limit * b.total - b.completed - b.largest[0] - b.largest[1], b.total }, lacking);
                        *count = 0;
                }
        }
        return best;
}

/* One of the sums is not told, of a place by itself before of the country: that of the largest multiple. */
static bool hide_sum(struct mixing *x, const double *of)
{
        size_t most = SIZE_MAX;

        for (int is_country = 0; most == SIZE_MAX && is_country < 2; is_country++)
                for (size_t s = 0; s < x->sums; s++)
                        if (x->sum[s].place > 0 && x->sum[s].side != SIZE_MAX && (areas_of(x->all->side[x->sum[s].side].iip) > 1) == is_country && of[x->sum[s].place - 1] != 0 &&
                            (most == SIZE_MAX || fabs(of[x->sum[s].place - 1]) > fabs(of[x->sum[most].place - 1])))
                                most = s;
        return most != SIZE_MAX && suppress_hide(x->all->side[x->sum[most].side].apart, &x->sum[most].cell, 1);
}

/* Of multiples of sums few have too much: a product of a place more is hidden, or where none helps a sum. */
static bool hide_more(struct mixing *x, const double *of, double lacking)
{
        struct choice best = choose_shown(x, count_shown(x, of), lacking);

        return best.pair != SIZE_MAX ? secrets_hide_now(x->all, best.kind, best.pair) : hide_sum(x, of);
}

/* What a place by itself tells of parts that are too large, or where there is none of it what the country does, is not told. */
static bool hide_large(struct mixing *x, bool is_country)
{
        struct iip_secrets *all = x->all;
        bool is_any = false;

        for (size_t i = 0; i < all->count; i++) {
                const struct side *of = &all->side[i];
                size_t *cells = arena_array(x->arena, x->sums + 1, sizeof *cells), count = 0;

                for (size_t s = 0; (areas_of(of->iip) > 1) == is_country && s < x->sums; s++)
                        if (x->sum[s].side == i && x->is_large[find_part(x, s)])
                                cells[count++] = x->sum[s].cell;
                if (count > 0)
                        is_any |= suppress_hide(of->apart, cells, count);
        }
        return is_any;
}

/* Looks at all parts. True where something is to be hidden. */
static bool look_at_parts(struct mixing *x)
{
        struct fine *fine = x->all->published[months_from(x->all->first, x->month)].fine;
        struct arena *of_month = x->arena;
        bool is_any = false;

        x->is_unseen = arena_array(x->arena, x->sums + 1, sizeof *x->is_unseen);
        for (size_t s = 0; s < x->sums; s++) {
                if (find_part(x, s) != s || !x->is_mixed[s])
                        continue;
                x->is_unseen[s] = !is_fine(&fine[0], x->digest[s]) && !is_fine(&fine[1], x->digest[s]);
                is_any |= x->is_unseen[s];
                if (!x->is_unseen[s])
                        note_fine(x->all, &fine[1], x->digest[s]);
        }
        if (!is_any)
                return false;
        see_rest(x);
        is_any = false;
        for (size_t s = 0; s < x->sums; s++) {
                double *of, lacking;
                struct mixed m;

                if (!x->is_unseen[s])
                        continue;
                x->arena = secrets_emptied(x->all, x->all->part);
                m = write_part(x, s);
                of = arena_array(x->arena, m.sums + 1, sizeof *of);
                if (!mixed_find(x->arena, &m, &x->all->side[0].iip->rule, of, &lacking)) {
                        note_fine(x->all, &fine[1], x->digest[s]);
                        continue;
                }
                is_any |= hide_more(x, of, lacking);
        }
        x->arena = of_month;
        return is_any;
}

bool secrets_hide_mixed(struct iip_secrets *all, period month)
{
        struct mixing x = { .all = all, .month = month, .related = secrets_related(all) };
        bool is_any = false;

        if (x.related == NULL && all->known_count == 0)
                return false;
        x.arena = secrets_spare(all);
        see_month(&x);
        tie_up(&x);
        relate(&x);
        if (find_mixed(&x)) {
                is_any = hide_large(&x, false) || hide_large(&x, true);
                if (!is_any) {
                        x.first_seen = arena_array(x.arena, x.sums + 1, sizeof *x.first_seen);
                        for (size_t i = 0; i < x.seen_count; i++)
                                list_seen(&x, i);
                        find_rest(&x);
                        digest_parts(&x);
                        is_any = look_at_parts(&x);
                }
        }
        for (size_t s = 0; s < x.sums; s++)
                if (x.sum[s].side != SIZE_MAX)
                        all->side[x.sum[s].side].sum_of[x.sum[s].cell] = 0;
        for (size_t i = 0; i < x.quantities; i++)
                all->quantity_of[x.quantity[i].series][x.quantity[i].pair] = 0;
        return is_any;
}
