/* confidential_month.c - how tables agree on what is hidden, in all months and in one by itself. */
#include <stdlib.h>
#include <string.h>

#include "areas/iip/confidential_private.h"

/* ---- agreeing ------------------------------------------------------------------------------------------------------ */

static bool is_hidden(const struct side *of, size_t segment, size_t cell)
{
        return cell_is_hidden(suppress_state(of->suppression[segment], cell));
}

/* What is hidden in one of two segments that follow each other is to be hidden in the other. Restated classes are no cells (iip_state). */
static bool agree_over_links(struct side *of, size_t *cells)
{
        const struct iip *x = of->iip;
        bool is_new = false;

        for (size_t i = 1; i < x->segments; i++) {
                size_t own = cells_before(x, i, areas_of(x)), own_before = cells_before(x, i - 1, areas_of(x)), now = 0, before = 0;
                size_t *list_before = cells + x->weights[i].count;

                for (size_t n = 0; n < x->weights[i].count; n++) {
                        int32_t follows = secrets_follows(x, i, n);

                        if (follows < 0 || is_hidden(of, i, own + n) == is_hidden(of, i - 1, own_before + (size_t)follows))
                                continue;
                        if (is_hidden(of, i, own + n))
                                list_before[before++] = own_before + (size_t)follows;
                        else
                                cells[now++] = own + n;
                }
                is_new |= suppress_hide(of->suppression[i], cells, now);
                is_new |= suppress_hide(of->suppression[i - 1], list_before, before);
        }
        return is_new;
}

/* Products of places: what a table hides is gathered, or (is_told) what was gathered is hidden in it. */
static bool agree_over_tables(const struct iip_secrets *all, struct side *of, size_t *cells, bool is_told)
{
        bool is_new = false;

        for (size_t s = 0; s < of->iip->segments; s++) {
                const unsigned char *state = suppress_states(of->suppression[s]);
                size_t count = 0;

                for (size_t i = 0; i < of->shared_count[s]; i++) {
                        const struct shared *c = &of->shared[s][i];

                        if (!is_told)
                                all->is_hidden[c->pair] |= cell_is_hidden((enum cell_state)state[c->cell]);
                        else if (all->is_hidden[c->pair] && !cell_is_hidden((enum cell_state)state[c->cell]))
                                cells[count++] = c->cell;
                }
                is_new |= count > 0 && suppress_hide(of->suppression[s], cells, count);
        }
        return is_new;
}

bool secrets_hide_pair(struct iip_secrets *all, size_t pair)
{
        if (!all->is_hidden[pair])
                all->newly[all->newly_count++] = (struct newly){ FLOWS, pair };
        return all->is_hidden[pair] = true;
}

/* What a table hides is gathered, as far as it was not. */
static void gather_pairs(struct iip_secrets *all, struct side *of)
{
        for (size_t s = 0; s < of->iip->segments; s++)
                for (size_t count = suppress_since(of->suppression[s]); of->gathered[s] < count; of->gathered[s]++) {
                        size_t pair = of->pair[s][suppress_since_cell(of->suppression[s], of->gathered[s])];

                        if (pair != SIZE_MAX)
                                secrets_hide_pair(all, pair);
                }
}

static int by_side(const void *a, const void *b)
{
        const struct holder *x = a, *y = b;

        if (x->side != y->side)
                return x->side < y->side ? -1 : 1;
        if (x->segment != y->segment)
                return x->segment < y->segment ? -1 : 1;
        return (x->cell > y->cell) - (x->cell < y->cell);
}

static size_t sort_listed(struct iip_secrets *all, size_t count)
{
        size_t once = 0;

        if (count > 1)
                qsort(all->listed, count, sizeof *all->listed, by_side);
        for (size_t i = 0; i < count; i++)
                if (once == 0 || by_side(&all->listed[once - 1], &all->listed[i]) != 0)
                        all->listed[once++] = all->listed[i];
        return once;
}

size_t secrets_list_holders(struct iip_secrets *all, const size_t *pairs, size_t count)
{
        size_t listed = 0;

        for (size_t i = 0; i < count; i++)
                for (size_t h = all->first_holder[pairs[i]]; h < all->first_holder[pairs[i] + 1]; h++)
                        all->listed[listed++] = all->holder[h];
        return sort_listed(all, listed);
}

/* Whether a table is to hide a cell of what was gathered; of a month by itself. What is hidden of stocks is hidden of flows as well. */
static bool is_to_hide(const struct side *of, const struct holder *h, enum kind kind, bool is_of_month)
{
        if (is_of_month && (of->apart == NULL || of->apart_segment != h->segment || (kind == FLOWS && kind_of(of) == STOCKS)))
                return false;
        return !is_hidden(of, h->segment, h->cell);
}

/* What was gathered is hidden in all tables. */
static bool tell_newly(struct iip_secrets *all, size_t *cells, bool is_of_month)
{
        size_t listed = 0;
        bool is_new = false;

        for (size_t i = 0; i < all->newly_count; i++)
                for (size_t h = all->first_holder[all->newly[i].pair]; h < all->first_holder[all->newly[i].pair + 1]; h++)
                        if (is_to_hide(&all->side[all->holder[h].side], &all->holder[h], all->newly[i].kind, is_of_month))
                                all->listed[listed++] = all->holder[h];
        all->newly_count = 0;
        listed = sort_listed(all, listed);
        for (size_t i = 0, count = 0; i < listed; i++) {
                const struct holder *h = &all->listed[i];

                cells[count++] = h->cell;
                if (i + 1 < listed && h[1].side == h->side && h[1].segment == h->segment)
                        continue;
                is_new |= suppress_hide(all->side[h->side].suppression[h->segment], cells, count);
                count = 0;
        }
        return is_new;
}

void secrets_agree(struct iip_secrets *all, size_t *cells, bool is_anew)
{
        for (bool is_new = true; is_new;) {
                is_new = false;
                for (size_t i = 0; i < all->count; i++) {
                        while (agree_over_links(&all->side[i], cells))
                                ;
                        if (is_anew)
                                agree_over_tables(all, &all->side[i], cells, false);
                        gather_pairs(all, &all->side[i]);
                }
                for (size_t i = 0; is_anew && i < all->count; i++)
                        is_new |= agree_over_tables(all, &all->side[i], cells, true);
                is_new |= tell_newly(all, cells, false);
                is_new = is_new || secrets_agree_beside(all, cells) || secrets_hide_tied(all);
        }
}

/* ---- a month by itself ----------------------------------------------------------------------------------------------- */

/* Whether what is hidden in a month is to be hidden in all: it belongs to a base, or to the months over which sets of weights are linked. */
bool secrets_is_for_good(const struct iip *x, int32_t column)
{
        for (size_t s = 0; s < x->segments; s++) {
                int32_t base = iip_column(x, period_at(FREQUENCY_MONTH, period_first(x->set[s].base)));

                if ((base >= 0 && column >= base && column < base + x->weights[s].base_months) || (s > 0 && column == x->segment[s].from - 1) ||
                    (s > 0 && column >= x->segment[s].overlap_from && column <= x->segment[s].overlap_to) || secrets_linked_instead(x, s, column) == column)
                        return true;
        }
        return false;
}

/* The cells that are hidden in the month, which is done; what is hidden in it is hidden for good from now on. */
bool secrets_keep_for_good(struct suppression *s, size_t count, size_t *cells)
{
        size_t n = 0;

        for (size_t i = 0; i < count; i++)
                if (cell_is_hidden(suppress_state(s, i)))
                        cells[n++] = i;
        suppress_back(s);
        return suppress_hide(s, cells, n);
}

bool secrets_hide_now(struct iip_secrets *all, enum kind kind, size_t pair)
{
        if (!all->is_hidden_now[kind][pair]) {
                all->newly[all->newly_count++] = (struct newly){ kind, pair };
                if (!all->is_hidden[pair])
                        all->known[all->known_count++] = pair;
        }
        return all->is_hidden_now[kind][pair] = true;
}

/* What is hidden before the month is judged by itself: in all tables, what is hidden in all months; of flows, whatever was hidden of stocks in the month before. */
static void begin_month(struct iip_secrets *all, period month)
{
        const struct published *before = month > all->first ? &all->published[months_from(all->first, month) - 1] : NULL;

        for (int kind = 0; kind < 2; kind++)
                memset(all->is_hidden_now[kind], 0, all->room * sizeof **all->is_hidden_now);
        all->newly_count = all->known_count = 0;
        for (size_t i = 0; i < all->count; i++) {
                const struct side *of = &all->side[i];

                for (size_t k = 0; of->apart != NULL && kind_of(of) == STOCKS && k < of->shared_count[of->apart_segment]; k++) {
                        const struct shared *c = &of->shared[of->apart_segment][k];

                        all->is_hidden_now[STOCKS][c->pair] |= all->is_hidden[c->pair] && cell_is_hidden(suppress_state(of->apart, c->cell));
                }
        }
        for (size_t k = 0; before != NULL && k < all->words; k++)
                for (size_t i = 64 * k; before->stocks[k] != 0 && i < all->room && i < 64 * (k + 1); i++)
                        if (before->stocks[k] >> i % 64 & 1 && !all->is_hidden[i])
                                all->newly[all->newly_count++] = (struct newly){ FLOWS, i };
}

/* Products of places in the month being published: what a table hides is gathered, as far as it was not. */
static void gather_now(struct iip_secrets *all, struct side *of)
{
        size_t segment = of->apart_segment;

        for (size_t count = of->apart == NULL ? 0 : suppress_since(of->apart); of->apart != NULL && of->gathered[segment] < count; of->gathered[segment]++) {
                size_t pair = of->pair[segment][suppress_since_cell(of->apart, of->gathered[segment])];

                if (pair != SIZE_MAX)
                        secrets_hide_now(all, kind_of(of), pair);
        }
}

/* The other months tell by which coefficients a month's tables add up what is hidden in it alone: each place's own by its weights, and the country's products. */
static bool close_known(struct side *of)
{
        const struct iip *x = of->iip;
        const struct weights *weights;

        if (of->apart == NULL || of->own == NULL)
                return false;
        weights = &x->weights[of->apart_segment];
        memset(of->elsewhere, 0, cells_of(of, of->apart_segment) * sizeof *of->elsewhere);
        for (int32_t a = 0; a < areas_of(x); a++) {
                const struct side *own = of->own[a];
                unsigned char *elsewhere = of->elsewhere + cells_before(x, of->apart_segment, a);

                for (size_t n = 0; own != NULL && own->apart != NULL && n < weights->count; n++) {
                        int32_t node = weights->node[n].product < 0 ? own->node[own->apart_segment][of->industry[of->apart_segment][n]] : 0;

                        if (node > 0)
                                elsewhere[n] = cell_is_hidden(suppress_state(own->apart, (size_t)node - 1)) ? ELSEWHERE_HIDDEN : ELSEWHERE_SHOWN;
                }
        }
        return suppress_close_known(of->apart, of->elsewhere);
}

/* What is hidden of the table's own nodes in the month, besides what is hidden in all. */
static void note_month(struct iip_secrets *all, struct side *of, int32_t column)
{
        size_t segment = of->apart_segment, own = cells_before(of->iip, segment, areas_of(of->iip)), count = of->iip->weights[segment].count;
        unsigned char **state = &of->room[segment][column];

        if (*state == NULL)
                *state = arena_array(all->arena, count, sizeof **state);
        for (size_t i = 0; i < count; i++)
                (*state)[i] = (unsigned char)suppress_state(of->apart, own + i);
        of->month[segment][column] = *state;
        of->is_stale = true;
}

/* The month all tables stand at. True where more is hidden in all months than before. */
bool secrets_judge_month(struct iip_secrets *all, period month, size_t *cells)
{
        bool is_new = false, is_any = false, is_all_for_good = true; /* no other month tells a coefficient then */

        secrets_begin_mixed(all, month);
        for (size_t i = 0; i < all->count; i++) {
                struct side *of = &all->side[i];
                int32_t column = iip_column(of->iip, month);

                of->apart = NULL;
                if (column < 0)
                        continue;
                for (size_t s = 0; s < of->iip->segments && of->iip->segment[s].from <= column; s++)
                        of->apart_segment = s;
                of->is_stale |= of->month[of->apart_segment][column] != NULL;
                of->month[of->apart_segment][column] = NULL;
                of->apart = of->suppression[of->apart_segment];
                is_any |= suppress_apart(of->apart);
                of->gathered[of->apart_segment] = 0;
                is_all_for_good &= secrets_is_for_good(of->iip, column);
        }
        begin_month(all, month);
        for (bool is_told_more = true; is_told_more;) {
                for (size_t i = 0; i < all->count; i++)
                        gather_now(all, &all->side[i]);
                is_told_more = tell_newly(all, cells, true);
                for (size_t i = 0; is_any && !is_all_for_good && !is_told_more && i < all->count; i++)
                        is_told_more = close_known(&all->side[i]);
                if (is_any && !is_all_for_good && !is_told_more)
                        is_told_more = secrets_hide_mixed(all, month);
                is_any |= is_told_more;
        }
        for (size_t i = 0; i < all->count; i++) {
                struct side *of = &all->side[i];
                int32_t column = iip_column(of->iip, month);

                if (of->apart == NULL)
                        continue;
                of->gathered[of->apart_segment] = 0;
                if (is_any)
                        note_month(all, of, column);
                if (is_any && secrets_is_for_good(of->iip, column))
                        is_new |= secrets_keep_for_good(of->apart, cells_of(of, of->apart_segment), cells);
                else
                        suppress_back(of->apart);
        }
        return is_new;
}
