/* confidential_related.c - of what is hidden in all months: which multiples of what tables tell of it make nothing.
 *
 * The rest of a cell that is shown is what is hidden in all months of what it tells. The coefficients in it are told to nobody. But where those of several tables are in proportion, as by
 * weights that are output at the same prices everywhere, what the country's table tells is a multiple of what one province's tells and a multiple of what another's does, in every
 * month; who has kept the months knows by what. So in a month by itself rests are no unknowns of their own (confidential_mixed.c).
 *
 * Rests are vertices, the products of places that are hidden edges: each stands in the rest of one cell of the country's table and of one of its place's. One that stands in one rest alone leaves what
 * hangs together with it no multiples that make nothing. Where all stand in two, the multiples follow from one to the next along a tree, and there are some if they do on the edges beside it
 * (a gain graph: Zaslavsky, Biased graphs I, 1989).
 *
 * For the same reason an industry of a place is told by the country's table where it is by the place's own, and by both tables' products that are shown, if the products of it that are hidden in all months
 * count in proportion in both: what all provinces but one tell of a class, taken from what the country tells of it, would be that one's. So both hide it, or none. Where tables with other
 * trees, or with what is in proportion in other places, tell the same otherwise it is not judged.
 *
 * Coefficients that are in proportion but for what weights are rounded by count as if they were. */
#include <math.h>
#include <string.h>

#include "areas/iip/confidential_private.h"

#define ALIKE 0.001 /* of a coefficient */

struct link { uint32_t rest[2]; double coefficient[2]; }; /* the second rest: UINT32_MAX where there is none */

struct relating {
        const struct iip_secrets *all;
        struct arena *arena;
        struct related *out;
        size_t **told;           /* [side][node]: the cell that tells of a product of a place in all months; SIZE_MAX: none does */
        uint32_t **rest_of;      /* [side][node] of the table's own: its rest + 1 */
        struct link *link;
        size_t links;
        bool *is_open;           /* [rest]: what stands in no other is in it */
        size_t *first, *at;      /* [rest]: links at[first[rest] .. first[rest + 1]) */
        double *times;           /* [rest]; 0: not reached */
};

static bool was_none(const struct iip_secrets *all, uint64_t digest)
{
        return all->related.none[digest % RELATED_NONE] == digest;
}

static void note_none(struct iip_secrets *all, uint64_t digest)
{
        all->related.none[digest % RELATED_NONE] = digest;
}

/* A number drawn for flags, after another one. */
static uint64_t digest_flags(uint64_t digest, const bool *flag, size_t count)
{
        for (size_t i = 0; i < count; i += sizeof digest) {
                uint64_t word = 0;

                memcpy(&word, flag + i, (count - i < sizeof word ? count - i : sizeof word) * sizeof *flag);
                digest = (digest ^ word) * UINT64_C(0x9e3779b97f4a7c15);
                digest ^= digest >> 32;
        }
        return suppress_drawn(digest);
}

/* A number drawn for the weights that stand in the month, and for what is hidden in all months. */
static uint64_t digest_of(const struct iip_secrets *all)
{
        uint64_t digest = digest_flags(1, all->is_hidden, all->room), word = 0;

        for (size_t i = 0; i < all->count; i++) {
                const struct side *of = &all->side[i];
                const unsigned char *state = of->apart == NULL ? NULL : suppress_states_for_good(of->apart) + cells_before(of->iip, of->apart_segment, areas_of(of->iip));
                size_t count = of->apart == NULL ? 0 : of->iip->weights[of->apart_segment].count;

                digest = suppress_drawn(digest ^ (of->apart == NULL ? SIZE_MAX : of->apart_segment));
                for (size_t n = 0; n < count; n++) {
                        word = word << 1 | (state[n] == CELL_SHOWN);
                        if (n % 64 == 63 || n + 1 == count)
                                digest = suppress_drawn(digest ^ word);
                }
        }
        return digest;
}

/* ---- what stands where ------------------------------------------------------------------------------------------------------ */

static size_t *tellers(struct relating *x, const struct side *of)
{
        const struct weights *weights = &of->iip->weights[of->apart_segment];
        size_t own = cells_before(of->iip, of->apart_segment, areas_of(of->iip)), *list = arena_array(x->arena, weights->count, sizeof *list);
        const unsigned char *state = suppress_states_for_good(of->apart) + own;

        for (size_t n = 0; n < weights->count; n++) { /* parents stand before children; of a place by itself the cell stands in its own table */
                size_t up = weights->node[n].parent < 0 ? SIZE_MAX : list[weights->node[n].parent];

                list[n] = state[n] == CELL_SHOWN && (own > 0 || weights->node[n].product < 0) ? own + n : up;
        }
        return list;
}

static uint32_t rest_for(struct relating *x, size_t side, size_t cell)
{
        const struct side *of = &x->all->side[side];
        uint32_t *number = &x->rest_of[side][cell - cells_before(of->iip, of->apart_segment, areas_of(of->iip))];

        if (*number == 0) {
                x->out->rest = arena_room(x->arena, x->out->rest, x->out->rests, sizeof *x->out->rest);
                x->out->rest[x->out->rests++] = (struct rest){ .side = side, .cell = cell };
                *number = (uint32_t)x->out->rests;
        }
        return *number - 1;
}

/* The cell that tells of one of a product and place in the month's tables; SIZE_MAX: none does, or it is in no sum. */
static size_t told_of(const struct relating *x, const struct holder *h)
{
        const struct side *of = &x->all->side[h->side];
        size_t node;

        if (of->apart == NULL || of->apart_segment != h->segment || !secrets_is_of_place(of, h->segment, h->cell))
                return SIZE_MAX;
        node = h->cell % of->iip->weights[h->segment].count;
        return of->coefficient[h->segment][node] == 0 ? SIZE_MAX : x->told[h->side][node];
}

static void put_links_of(struct relating *x, size_t pair)
{
        size_t number[IIP_SERIES] = { 0 };

        for (size_t i = x->all->first_holder[pair]; i < x->all->first_holder[pair + 1]; i++) {
                const struct holder *h = &x->all->holder[i];
                const struct side *of = &x->all->side[h->side];
                size_t told = told_of(x, h), *of_series = &number[of->iip->series];
                uint32_t rest;

                if (told == SIZE_MAX)
                        continue;
                rest = rest_for(x, h->side, told);
                if (*of_series == 0) {
                        x->link = arena_room(x->arena, x->link, x->links, sizeof *x->link);
                        x->link[x->links++] = (struct link){ { rest, UINT32_MAX }, { secrets_coefficient(of, h->segment, h->cell), 0 } };
                        *of_series = x->links;
                } else {
                        x->link[*of_series - 1].rest[1] = rest;
                        x->link[*of_series - 1].coefficient[1] = secrets_coefficient(of, h->segment, h->cell);
                }
        }
}

static void put_links(struct relating *x)
{
        x->told = arena_array(x->arena, x->all->count + 1, sizeof(size_t *));
        x->rest_of = arena_array(x->arena, x->all->count + 1, sizeof(uint32_t *));
        for (size_t i = 0; i < x->all->count; i++) {
                const struct side *of = &x->all->side[i];

                if (of->apart == NULL)
                        continue;
                x->told[i] = tellers(x, of);
                x->rest_of[i] = arena_array(x->arena, of->iip->weights[of->apart_segment].count, sizeof **x->rest_of);
        }
        for (size_t pair = 0; pair < x->all->room; pair++)
                if (x->all->is_hidden[pair])
                        put_links_of(x, pair);
}

static void list_links(struct relating *x)
{
        size_t rests = x->out->rests;

        x->is_open = arena_array(x->arena, rests + 1, sizeof *x->is_open);
        x->times = arena_array(x->arena, rests + 1, sizeof *x->times);
        x->first = arena_array(x->arena, rests + 3, sizeof *x->first);
        x->at = arena_array(x->arena, 2 * x->links + 1, sizeof *x->at);
        for (size_t i = 0; i < x->links; i++)
                for (int end = 0; end < 2; end++)
                        if (x->link[i].rest[1] == UINT32_MAX)
                                x->is_open[x->link[i].rest[0]] = true;
                        else
                                x->first[x->link[i].rest[end] + 2]++;
        for (size_t i = 2; i < rests + 2; i++)
                x->first[i] += x->first[i - 1];
        for (size_t i = 0; i < x->links; i++)
                for (int end = 0; end < 2 && x->link[i].rest[1] != UINT32_MAX; end++)
                        x->at[x->first[x->link[i].rest[end] + 1]++] = i;
}

/* ---- what makes nothing ----------------------------------------------------------------------------------------------------- */

/* Multiples of all rests that hang together with one, in reached; false: none but nothing make nothing. */
static bool follow(struct relating *x, size_t start, size_t *reached, size_t *count)
{
        bool is_fine = true;

        *count = 0;
        x->times[start] = 1;
        reached[(*count)++] = start;
        for (size_t n = 0; n < *count; n++) {
                size_t rest = reached[n];

                is_fine &= !x->is_open[rest];
                for (size_t k = x->first[rest]; k < x->first[rest + 1]; k++) {
                        const struct link *l = &x->link[x->at[k]];
                        int here = l->rest[1] == rest;
                        size_t other = l->rest[1 - here];
                        double times = -x->times[rest] * l->coefficient[here] / l->coefficient[1 - here];

                        if (x->times[other] == 0) {
                                x->times[other] = times;
                                reached[(*count)++] = other;
                        } else {
                                is_fine &= fabs(x->times[other] - times) <= ALIKE * fabs(times);
                        }
                }
        }
        return is_fine && *count > 1;
}

static void find_relations(struct relating *x)
{
        size_t *reached = arena_array(x->arena, x->out->rests + 1, sizeof *reached), count;

        for (size_t i = 0; i < x->out->rests; i++) {
                if (x->times[i] != 0 || !follow(x, i, reached, &count))
                        continue;
                x->out->relations++;
                for (size_t n = 0; n < count; n++) {
                        x->out->rest[reached[n]].relation = x->out->relations;
                        x->out->rest[reached[n]].times = x->times[reached[n]];
                }
        }
}

/* Which rest of a relation a cell of a product and place stands in. */
static void find_stands(struct relating *x)
{
        x->out->stands_in = arena_array(x->arena, x->all->count + 1, sizeof(uint32_t *));
        for (size_t i = 0; i < x->all->count; i++)
                if (x->all->side[i].apart != NULL)
                        x->out->stands_in[i] = arena_array(x->arena, cells_of(&x->all->side[i], x->all->side[i].apart_segment), sizeof **x->out->stands_in);
        for (size_t pair = 0; pair < x->all->room; pair++)
                for (size_t i = x->all->first_holder[pair]; x->all->is_hidden[pair] && i < x->all->first_holder[pair + 1]; i++) {
                        const struct holder *h = &x->all->holder[i];
                        size_t told = told_of(x, h);
                        uint32_t rest = told == SIZE_MAX ? 0 : rest_for(x, h->side, told);

                        if (told != SIZE_MAX && x->out->rest[rest].relation > 0)
                                x->out->stands_in[h->side][h->cell] = rest + 1;
                }
}

const struct related *secrets_related(struct iip_secrets *all)
{
        struct related_kept *kept = &all->related;
        uint64_t digest = digest_of(all);
        struct relating x = { .all = all };

        if (was_none(all, digest))
                return NULL;
        if (kept->found != NULL && kept->digest == digest)
                return kept->found;
        kept->found = NULL;
        x.arena = secrets_emptied(all, kept->arena);
        x.out = arena_alloc(x.arena, sizeof *x.out);
        put_links(&x);
        list_links(&x);
        find_relations(&x);
        if (x.out->relations == 0) {
                note_none(all, digest);
                return NULL;
        }
        find_stands(&x);
        kept->digest = digest;
        return kept->found = x.out;
}

/* ---- industries of places ----------------------------------------------------------------------------------------------------- */

/* What is hidden in all months below a node of a place: how much, a number drawn for all of it, and between what the coefficients of two tables stand to each other. */
struct below { size_t count; uint64_t set; double least, most; };

/* other: [product] coefficients in another table; NULL: none. */
static struct below *hidden_below(struct iip_secrets *all, const struct side *of, size_t segment, int32_t area, const double *other)
{
        const struct weights *weights = &of->iip->weights[segment];
        struct below *list = arena_array(all->spare, weights->count, sizeof *list);

        for (size_t n = weights->count; n-- > 0;) {
                size_t cell = cells_before(of->iip, segment, area) + n, pair = secrets_pair_of(all, of, segment, cell);
                double coefficient = pair == SIZE_MAX || !all->is_hidden[pair] ? 0 : secrets_coefficient(of, segment, cell);
                struct below *up = weights->node[n].parent < 0 ? NULL : &list[weights->node[n].parent];

                if (coefficient != 0) {
                        double times = other == NULL ? 1 : other[of->product[weights->node[n].product]] / coefficient;

                        list[n] = (struct below){ 1, suppress_drawn(pair), times, times };
                }
                if (up == NULL || list[n].count == 0)
                        continue;
                up->least = up->count == 0 ? list[n].least : fmin(up->least, list[n].least);
                up->most = up->count == 0 ? list[n].most : fmax(up->most, list[n].most);
                up->count += list[n].count;
                up->set += list[n].set;
        }
        return list;
}

/* The node of a place's own table of an industry that is alike in it, + 1; 0: none. */
static size_t node_alike(const struct side *country, size_t segment, size_t node, const struct below *here, const struct side *own, size_t own_segment, const struct below *there)
{
        int32_t other = country->iip->weights[segment].node[node].product >= 0 ? 0 : own->node[own_segment][country->industry[segment][node]];

        return other > 0 && here[node].count > 1 && here[node].count == there[other - 1].count && here[node].set == there[other - 1].set && here[node].most <= here[node].least * (1 + ALIKE) ? (size_t)other : 0;
}

static bool agree_over_place(struct iip_secrets *all, struct side *country, size_t segment, int32_t area, struct side *own, size_t own_segment, size_t *cells)
{
        const struct weights *weights = &country->iip->weights[segment], *own_weights = &own->iip->weights[own_segment];
        const bool *is_hidden = all->is_hidden + country->place[area] * map_count(all->products);
        uint64_t digest = digest_flags(((uint64_t)(country - all->side) << 16 | segment << 8 | own_segment) << 32 | (uint64_t)area << 1, is_hidden, map_count(all->products));
        size_t *own_cells = cells + weights->count, count = 0, own_count = 0, alike = 0;
        const struct below *here, *there;
        double *other;
        bool is_new;

        if (was_none(all, digest))
                return false;
        other = arena_array(secrets_spare(all), map_count(all->products) + 1, sizeof *other);
        for (size_t n = 0; n < own_weights->count; n++)
                if (own_weights->node[n].product >= 0)
                        other[own->product[own_weights->node[n].product]] = secrets_coefficient(own, own_segment, n);
        there = hidden_below(all, own, own_segment, 0, NULL);
        here = hidden_below(all, country, segment, area, other);
        for (size_t n = 0; n < weights->count; n++) {
                size_t node = node_alike(country, segment, n, here, own, own_segment, there), cell = cells_before(country->iip, segment, area) + n;
                bool is_hidden_here = cell_is_hidden(suppress_state(country->suppression[segment], cell));

                alike += node > 0;
                if (node == 0 || is_hidden_here == cell_is_hidden(suppress_state(own->suppression[own_segment], node - 1)))
                        continue;
                if (is_hidden_here)
                        own_cells[own_count++] = node - 1;
                else
                        cells[count++] = cell;
        }
        if (alike == 0)
                note_none(all, digest);
        is_new = suppress_hide(country->suppression[segment], cells, count);
        return suppress_hide(own->suppression[own_segment], own_cells, own_count) || is_new;
}

/* Whether two sets of weights stand in the same month. */
static bool stand_together(const struct iip *one, size_t segment, const struct iip *other, size_t other_segment)
{
        return (segment + 1 == one->segments || one->set[segment + 1].from > other->set[other_segment].from) &&
               (other_segment + 1 == other->segments || other->set[other_segment + 1].from > one->set[segment].from);
}

bool secrets_agree_over_industries(struct iip_secrets *all, size_t *cells)
{
        bool is_new = false;

        for (size_t i = 0; i < all->count; i++)
                for (int32_t a = 0; all->side[i].own != NULL && a < areas_of(all->side[i].iip); a++)
                        for (size_t s = 0; all->side[i].own[a] != NULL && s < all->side[i].iip->segments; s++)
                                for (size_t t = 0; t < all->side[i].own[a]->iip->segments; t++)
                                        if (stand_together(all->side[i].iip, s, all->side[i].own[a]->iip, t))
                                                is_new |= agree_over_place(all, &all->side[i], s, a, all->side[i].own[a], t, cells);
        return is_new;
}
