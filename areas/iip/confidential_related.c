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
 * For the same reason what a place's own table tells of products that are hidden in all months, and that count in proportion in both, is told in the country's table as well: what all provinces but one tell of
 * a class, taken from what the country tells of it, would be that one's. The country's table is judged as if its tree were told of each place (suppress.h). So a place's own tells no more by any tree: the rest of each
 * cell of it that is shown is one of those of the place in the country's table, or several of them, else that cell is hidden. What the place's own table hides the country's may tell: then it is the sum of a rest that satisfies the
 * rule and of what both show.
 *
 * What is made, less what is sold, is what stocks grow by: so where weights are output at the same prices in the tables of all three, the rests of what is made and of what is sold are the same as well, or what one of
 * these two tables hides the other would tell with the stocks.
 *
 * Rests of which only a part is in proportion are not judged.
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

/* A number drawn for bytes, after another one. */
static uint64_t digest_bytes(uint64_t digest, const void *bytes, size_t count)
{
        for (size_t i = 0; i < count; i += sizeof digest) {
                uint64_t word = 0;

                memcpy(&word, (const unsigned char *)bytes + i, count - i < sizeof word ? count - i : sizeof word);
                digest = (digest ^ word) * UINT64_C(0x9e3779b97f4a7c15);
                digest ^= digest >> 32;
        }
        return suppress_drawn(digest);
}

/* A number drawn for the weights that stand in the month, and for what is hidden in all months. */
static uint64_t digest_of(const struct iip_secrets *all)
{
        uint64_t digest = digest_bytes(1, all->is_hidden, all->room * sizeof *all->is_hidden), word = 0;

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

/* ---- places beside the country ------------------------------------------------------------------------------------------------ */

/* Whether two sets of weights stand in the same month. */
static bool stand_together(const struct iip *one, size_t segment, const struct iip *other, size_t other_segment)
{
        return (segment + 1 == one->segments || one->set[segment + 1].from > other->set[other_segment].from) &&
               (other_segment + 1 == other->segments || other->set[other_segment + 1].from > one->set[segment].from);
}

static void put_beside(struct iip_secrets *all, struct nodes own, struct nodes other)
{
        struct beside b = { .own = own, .other = other };
        const struct weights *weights = &own.of->iip->weights[own.segment], *others = &other.of->iip->weights[other.segment];
        int32_t *node_of = arena_array(all->arena, map_count(all->products) + 1, sizeof *node_of); /* + 1 */

        for (size_t n = 0; n < others->count; n++)
                if (other.of->coefficient[other.segment][n] != 0)
                        node_of[other.of->product[others->node[n].product]] = (int32_t)n + 1;
        b.product = arena_array(all->arena, weights->count, sizeof *b.product);
        for (size_t n = 0; n < weights->count; n++) {
                double coefficient = own.of->coefficient[own.segment][n];
                int32_t node = coefficient == 0 ? 0 : node_of[own.of->product[weights->node[n].product]];

                if (coefficient != 0)
                        b.product[b.products++] = (struct both){ (int32_t)n, node - 1, node == 0 ? 0 : other.of->coefficient[other.segment][node - 1] / coefficient };
        }
        all->beside = arena_room(all->arena, all->beside, all->besides, sizeof *all->beside);
        all->beside[all->besides++] = b;
}

static struct nodes nodes_of(struct side *of, size_t segment, int32_t area)
{
        return (struct nodes){ of, segment, cells_before(of->iip, segment, area) };
}

/* A table with areas, and those of its places by themselves. */
static void put_places(struct iip_secrets *all, struct side *of)
{
        for (int32_t a = 0; of->own != NULL && a < areas_of(of->iip); a++)
                for (size_t s = 0; of->own[a] != NULL && s < of->iip->segments; s++)
                        for (size_t t = 0; t < of->own[a]->iip->segments; t++)
                                if (stand_together(of->iip, s, of->own[a]->iip, t))
                                        put_beside(all, nodes_of(of->own[a], t, 0), nodes_of(of, s, a));
}

/* All places of two tables of a unit, and the whole. */
static void put_series(struct iip_secrets *all, struct side *own, struct side *other)
{
        for (size_t s = 0; s < own->iip->segments; s++)
                for (size_t t = 0; t < other->iip->segments; t++)
                        for (int32_t a = 0; stand_together(own->iip, s, other->iip, t) && a <= areas_of(own->iip); a++)
                                for (int32_t b = 0; b <= areas_of(other->iip); b++)
                                        if (own->place[a] == other->place[b] && (a == areas_of(own->iip)) == (b == areas_of(other->iip)) && (a > 0 || areas_of(own->iip) > 1))
                                                put_beside(all, nodes_of(own, s, a), nodes_of(other, t, b));
}

/* Tables of what the unit makes and of what it sells, where there is one of its stocks. */
static void put_made_and_sold(struct iip_secrets *all, struct side *stocks)
{
        struct side *of[IIP_SERIES] = { NULL };

        for (size_t i = 0; i < all->count; i++)
                if (all->side[i].place[areas_of(all->side[i].iip)] == stocks->place[areas_of(stocks->iip)])
                        of[all->side[i].iip->series] = &all->side[i];
        if (of[SERIES_PRODUCTION] == NULL || of[SERIES_CONSUMPTION] == NULL)
                return;
        put_series(all, of[SERIES_PRODUCTION], of[SERIES_CONSUMPTION]);
        put_series(all, of[SERIES_CONSUMPTION], of[SERIES_PRODUCTION]);
}

void secrets_list_beside(struct iip_secrets *all)
{
        size_t most = 0;

        for (size_t i = 0; i < all->count; i++) {
                for (size_t s = 0; s < all->side[i].iip->segments; s++)
                        most = all->side[i].iip->weights[s].count > most ? all->side[i].iip->weights[s].count : most;
                put_places(all, &all->side[i]);
                if (kind_of(&all->side[i]) == STOCKS)
                        put_made_and_sold(all, &all->side[i]);
        }
        for (int k = 0; k < 2; k++)
                all->rest_at[k] = arena_array(all->arena, most + 1, sizeof **all->rest_at);
}

/* Of each node of a place what tells of it there: the lowest one above that is shown, or itself; of what nobody makes nothing. Nothing is found of their rests yet. */
static void find_rests(const struct weights *weights, const unsigned char *state, struct rest_at *list)
{
        for (size_t n = 0; n < weights->count; n++)
                if (state[n] == CELL_SHOWN)
                        list[n] = (struct rest_at){ .told = (int32_t)n, .beside = -1 };
                else
                        list[n].told = state[n] == CELL_EMPTY || weights->node[n].parent < 0 ? -1 : list[weights->node[n].parent].told;
}

static const unsigned char *states_of(const struct nodes *n)
{
        return suppress_states(n->of->suppression[n->segment]) + n->before;
}

static const struct weights *weights_of(const struct nodes *n)
{
        return &n->of->iip->weights[n->segment];
}

/* The rest of its own that a product stands in; NULL: none. */
static struct rest_at *own_rest(struct rest_at *own, const struct both *p)
{
        return own[p->own].told < 0 || own[p->own].told == p->own ? NULL : &own[own[p->own].told];
}

/* True where there is a rest that is in proportion. */
static bool find_alike(const struct beside *b, struct rest_at *own)
{
        bool is_any = false;

        find_rests(weights_of(&b->own), states_of(&b->own), own);
        for (size_t k = 0; k < b->products; k++) {
                struct rest_at *r = own_rest(own, &b->product[k]);
                double times = b->product[k].times;

                if (r == NULL)
                        continue;
                r->least = r->count == 0 ? times : fmin(r->least, times);
                r->most = r->count == 0 ? times : fmax(r->most, times);
                r->count++;
        }
        for (size_t k = 0; k < b->products; k++) {
                struct rest_at *r = own_rest(own, &b->product[k]);

                if (r != NULL)
                        is_any |= r->is_alike = r->least > 0 && r->most <= r->least * (1 + ALIKE);
        }
        return is_any;
}

/* Which rests of the other table are wholly in one of its own that is in proportion: beside. */
static void find_beside(const struct beside *b, struct rest_at *own, struct rest_at *other)
{
        const struct weights *weights = weights_of(&b->other);

        find_rests(weights, states_of(&b->other), other);
        for (size_t n = 0; n < weights->count; n++)
                if (b->other.of->coefficient[b->other.segment][n] != 0 && other[n].told >= 0 && other[n].told != (int32_t)n)
                        other[other[n].told].count++;
        for (size_t k = 0; k < b->products; k++) {
                const struct both *p = &b->product[k];
                const struct rest_at *r = own_rest(own, p);
                int32_t told = own[p->own].told, rest = p->other < 0 ? -1 : other[p->other].told;

                if (r == NULL || !r->is_alike || rest < 0 || rest == p->other)
                        continue;
                other[rest].beside = other[rest].beside < 0 ? told : other[rest].beside;
                other[rest].found += other[rest].beside == told;
        }
}

/* The cells of its own that tell what the other table does not. */
static size_t list_more(const struct beside *b, struct rest_at *own, const struct rest_at *other, size_t *cells)
{
        size_t count = 0;

        for (size_t k = 0; k < b->products; k++) {
                const struct both *p = &b->product[k];
                struct rest_at *r = own_rest(own, p);
                int32_t told = own[p->own].told, rest = p->other < 0 ? -1 : other[p->other].told;

                if (r == NULL || !r->is_alike || (rest >= 0 && other[rest].beside == told && other[rest].found == other[rest].count))
                        continue;
                r->is_alike = false;
                cells[count++] = b->own.before + (size_t)told;
        }
        return count;
}

static bool hide_more_beside(struct iip_secrets *all, const struct beside *b, size_t *cells)
{
        struct rest_at *own = all->rest_at[0], *other = all->rest_at[1];
        uint64_t digest = digest_bytes((uint64_t)(b - all->beside) + 2, states_of(&b->own), weights_of(&b->own)->count);
        size_t count = 0;

        digest = digest_bytes(digest, states_of(&b->other), weights_of(&b->other)->count);
        if (was_none(all, digest))
                return false;
        if (find_alike(b, own)) {
                find_beside(b, own, other);
                count = list_more(b, own, other, cells);
        }
        if (count == 0)
                note_none(all, digest);
        return suppress_hide(b->own.of->suppression[b->own.segment], cells, count);
}

bool secrets_agree_beside(struct iip_secrets *all, size_t *cells)
{
        bool is_new = false;

        for (size_t i = 0; i < all->besides; i++)
                is_new |= hide_more_beside(all, &all->beside[i], cells);
        return is_new;
}
