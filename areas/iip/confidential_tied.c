/* confidential_tied.c - what is made, less what is sold, is what stocks grow by: what the tables of production, consumption and inventory tell together of what is hidden in all months.
 *
 * A product of a place that is hidden in all three brings two unknowns a month, what is made and what is sold; the sums of each of the three tables tell of them. The coefficients are hidden with
 * it, and unknowns too. That is enough while no such products have more sums than unknowns: where they have, as four products on a cycle through two provinces' tables and the country's
 * with eight unknowns and twelve sums, a year or two tell the coefficients, and then all of them. So there more products of places are hidden, first those that bring no sum of their own, or the
 * country's product itself, or what stands above, until there are no more sums than unknowns (excess.h). A table tells of what is hidden in it what stands in the lowest node above
 * that is shown, less what is shown below. */
#include <string.h>

#include "areas/iip/confidential_private.h"
#include "stats/excess.h"

struct tied {
        struct iip_secrets *all;
        struct arena *arena;
        size_t *segment;         /* [side] that stands in the month looked at; SIZE_MAX: none */
        size_t **sum_of;         /* [side][cell]: the number of the sum that it stands for + 1 */
        struct told { size_t side, cell; } *told; /* [sum] */
        size_t sums;
        size_t *unknown_of[IIP_SERIES]; /* [pair]: the number of its unknown + 1 */
        size_t unknowns;
        struct stands { size_t sum, unknown; } *stands; /* an unknown in a sum */
        size_t count;
        bool *is_excess;         /* [sum] */
};

static enum cell_state state_of(const struct tied *x, size_t side, size_t cell)
{
        return suppress_state(x->all->side[side].suppression[x->segment[side]], cell);
}

/* Calls each for every cell of a product of a place, in all tables of the month. */
static void each_cell(struct tied *x, void (*each)(struct tied *, size_t side, const struct shared *))
{
        for (size_t i = 0; i < x->all->count; i++) {
                const struct side *of = &x->all->side[i];

                for (size_t k = 0; x->segment[i] != SIZE_MAX && k < of->shared_count[x->segment[i]]; k++)
                        if (secrets_is_of_place(of, x->segment[i], of->shared[x->segment[i]][k].cell))
                                each(x, i, &of->shared[x->segment[i]][k]);
        }
}

/* The sum that tells of a cell: its number + 1, 0: there is none yet; SIZE_MAX: nothing does. */
static size_t *sum_for(struct tied *x, size_t side, size_t cell)
{
        const struct side *of = &x->all->side[side];
        size_t told = of->iip->segment[x->segment[side]].index->left_out[cell % of->iip->weights[x->segment[side]].count] != LEFT_IN ? SIZE_MAX
                      : secrets_told_by(of, suppress_states(of->suppression[x->segment[side]]), x->segment[side], cell);

        return told == SIZE_MAX ? NULL : &x->sum_of[side][told];
}

static void number_unknown(struct tied *x, size_t side, const struct shared *c)
{
        size_t *unknown = &x->unknown_of[x->all->side[side].iip->series][c->pair];

        if (*unknown == 0 && cell_is_hidden(state_of(x, side, c->cell)))
                *unknown = ++x->unknowns;
}

static void stand(struct tied *x, size_t sum, size_t unknown)
{
        x->stands = arena_room(x->arena, x->stands, x->count, sizeof *x->stands);
        x->stands[x->count++] = (struct stands){ sum, unknown - 1 };
}

static void write_cell(struct tied *x, size_t side, const struct shared *c)
{
        enum iip_series series = x->all->side[side].iip->series;
        size_t *sum = cell_is_hidden(state_of(x, side, c->cell)) ? sum_for(x, side, c->cell) : NULL;
        size_t made = x->unknown_of[SERIES_PRODUCTION][c->pair], sold = x->unknown_of[SERIES_CONSUMPTION][c->pair];

        if (sum == NULL)
                return;
        if (*sum == 0) {
                x->told = arena_room(x->arena, x->told, x->sums, sizeof *x->told);
                x->told[x->sums] = (struct told){ side, (size_t)(sum - x->sum_of[side]) };
                *sum = ++x->sums;
        }
        if (series != SERIES_INVENTORY || made == 0 || sold == 0) {
                stand(x, *sum - 1, x->unknown_of[series][c->pair]);
                return;
        }
        stand(x, *sum - 1, made);
        stand(x, *sum - 1, sold);
}

static bool find_excess(struct tied *x)
{
        size_t *first, *unknown;

        x->sums = x->unknowns = x->count = 0;
        x->stands = NULL;
        x->told = NULL;
        for (int k = 0; k < IIP_SERIES; k++)
                x->unknown_of[k] = arena_array(x->arena, x->all->room, sizeof **x->unknown_of);
        for (size_t i = 0; i < x->all->count; i++)
                x->sum_of[i] = x->segment[i] == SIZE_MAX ? NULL : arena_array(x->arena, cells_of(&x->all->side[i], x->segment[i]), sizeof **x->sum_of);
        each_cell(x, number_unknown);
        each_cell(x, write_cell);
        x->is_excess = arena_array(x->arena, x->sums + 1, sizeof *x->is_excess);
        first = arena_array(x->arena, x->sums + 2, sizeof *first);
        unknown = arena_array(x->arena, x->count + 1, sizeof *unknown);
        for (size_t i = 0; i < x->count; i++)
                first[x->stands[i].sum + 2]++;
        for (size_t s = 2; s < x->sums + 2; s++)
                first[s] += first[s - 1];
        for (size_t i = 0; i < x->count; i++)
                unknown[first[x->stands[i].sum + 1]++] = x->stands[i].unknown;
        return excess_find(x->arena, x->unknowns, x->sums, first, unknown, x->is_excess);
}

/* ---- what else is hidden --------------------------------------------------------------------------------------------------- */

/* Of a product of a place: how many sums too many would tell of it, how many that tell of nothing yet, and how many make it there. */
struct choice { size_t excess, fresh, makers; };

static struct choice *choices_of(struct tied *x)
{
        struct choice *list = arena_array(x->arena, x->all->room, sizeof *list);

        for (size_t i = 0; i < x->all->count; i++) {
                const struct side *of = &x->all->side[i];
                size_t count = x->segment[i] == SIZE_MAX ? 0 : of->iip->weights[x->segment[i]].count;

                for (size_t k = 0; count > 0 && k < of->shared_count[x->segment[i]]; k++) {
                        const struct shared *c = &of->shared[x->segment[i]][k];
                        const size_t *sum = secrets_is_of_place(of, x->segment[i], c->cell) && state_of(x, i, c->cell) == CELL_SHOWN ? sum_for(x, i, c->cell) : NULL;
                        size_t from, to;

                        if (sum == NULL)
                                continue;
                        list[c->pair].fresh += *sum == 0;
                        list[c->pair].excess += *sum > 0 && x->is_excess[*sum - 1];
                        panel_group(of->iip->panel, areas_of(of->iip) == 1 ? 0 : (int32_t)(c->cell / count), of->iip->weights[x->segment[i]].node[c->cell % count].product, &from, &to);
                        list[c->pair].makers = to - from;
                }
        }
        return list;
}

static bool is_better(struct choice a, struct choice b)
{
        return a.fresh != b.fresh ? a.fresh < b.fresh : a.makers < b.makers;
}

/* A sum too many is not told any more: of a product before that of an industry, of the lowest first. */
static bool hide_sum(struct tied *x)
{
        size_t best = SIZE_MAX, best_rank = 0;

        for (size_t s = 0; s < x->sums; s++) {
                const struct side *of = &x->all->side[x->told[s].side];
                const struct weights *weights = &of->iip->weights[x->segment[x->told[s].side]];
                size_t node = x->told[s].cell % weights->count, rank = weights->node[node].product >= 0 ? SIZE_MAX : node + 1; /* parents stand before children */

                if (x->is_excess[s] && (best == SIZE_MAX || rank > best_rank)) {
                        best = s;
                        best_rank = rank;
                }
        }
        if (best == SIZE_MAX)
                return false;
        if (best_rank == SIZE_MAX)
                return secrets_hide_pair(x->all, x->all->side[x->told[best].side].pair[x->segment[x->told[best].side]][x->told[best].cell]);
        return suppress_hide(x->all->side[x->told[best].side].suppression[x->segment[x->told[best].side]], &x->told[best].cell, 1);
}

static bool hide_more(struct tied *x)
{
        const struct choice *list = choices_of(x);
        size_t best = SIZE_MAX;

        for (size_t i = 0; i < x->all->room; i++)
                if (list[i].excess > 0 && !x->all->is_hidden[i] && (best == SIZE_MAX || is_better(list[i], list[best])))
                        best = i;
        if (best == SIZE_MAX)
                return hide_sum(x);
        return secrets_hide_pair(x->all, best);
}

/* The weights that stand in a month. */
static void stand_in(struct tied *x, period month)
{
        for (size_t i = 0; i < x->all->count; i++) {
                const struct iip *iip = x->all->side[i].iip;

                x->segment[i] = SIZE_MAX;
                for (size_t s = 0; s < iip->segments && iip->set[s].from <= month; s++)
                        x->segment[i] = s;
        }
}

/* Whether the weights that stand in a month were looked at for a table before, or for this one's before. */
static bool was_looked_at(const struct iip_secrets *all, size_t side, size_t segment)
{
        for (size_t i = 0; i <= side; i++)
                for (size_t s = 0; s < (i < side ? all->side[i].iip->segments : segment); s++)
                        if (all->side[i].iip->set[s].from == all->side[side].iip->set[segment].from)
                                return true;
        return false;
}

bool secrets_hide_tied(struct iip_secrets *all)
{
        bool has[IIP_SERIES] = { false };

        for (size_t i = 0; i < all->count; i++)
                has[all->side[i].iip->series] = true;
        if (!has[SERIES_PRODUCTION] || !has[SERIES_CONSUMPTION] || !has[SERIES_INVENTORY])
                return false;
        for (size_t i = 0; i < all->count; i++)
                for (size_t s = 0; s < all->side[i].iip->segments; s++) {
                        struct tied x = { .all = all };

                        if (was_looked_at(all, i, s))
                                continue;
                        x.arena = secrets_spare(all);
                        x.segment = arena_array(x.arena, all->count, sizeof *x.segment);
                        x.sum_of = arena_array(x.arena, all->count, sizeof *x.sum_of);
                        stand_in(&x, all->side[i].iip->set[s].from);
                        if (find_excess(&x) && hide_more(&x))
                                return true;
                }
        return false;
}
