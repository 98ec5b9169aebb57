/* suppress_known.c - a month by itself, for who knows by which coefficients its cells are added up.
 *
 * A province's table adds up the levels of products by weights of its own, the country's by others, and the country's level of a product is the mean
 * of the provinces', by what each made in the base. Taking for each cell of an area level times the area's weight, the sums of the area's table have the
 * coefficients 1, and the sum of a product over areas has one of its own for each. Those of a cell that is hidden in all months are unknowns. Those of a
 * cell that is hidden in one month follow from the others. Then a cell can be computed if it is zero in all solutions of the sums with nothing on the
 * right. Here the coefficients are drawn, as are those cells that the sums leave free, modulo a prime: a cell that is zero in the solution drawn is, but for a chance of
 * some 2^-40, zero in all for any coefficients but special ones (the rank of a frame matroid: Zaslavsky, Biased graphs II, 1991).
 *
 * Sums are vertices, hidden cells edges (suppress_graph.c). A part of that graph that hangs together and does not reach the ground has as many solutions as it
 * has cells beyond its sums: one cycle alone has none. */
#include "stats/suppress_private.h"

#include <string.h>

#define PRIME ((UINT64_C(1) << 61) - 1)
#define FACTORS 4096 /* a coefficient is the product of two of them */

struct known {
        uint64_t factor[FACTORS], inverse[FACTORS];
        uint64_t *value[2];      /* [cell] of a solution */
        int32_t *part;           /* [vertex]: number of the part it is in, 0: none yet */
        int32_t *edges;          /* of the part being looked at */
        size_t edge_count;
        int32_t *order, *by;     /* its vertices as they are reached, and the cell that each is reached by */
        size_t count;
        int32_t parts, grounded; /* grounded: a vertex of the part that a cell leads to the ground from; 0: none */
        bool *is_silent, *is_met; /* [cell] nobody reported it; [vertex] */
        const unsigned char *elsewhere;
};

static uint64_t drawn(uint64_t n)
{
        n = suppress_drawn(n) % PRIME;
        return n == 0 ? 1 : n;
}

static uint64_t times(uint64_t a, uint64_t b)
{
        int128 product = (int128)a * (int128)b;

        return (uint64_t)(product % (int128)PRIME);
}

static uint64_t plus(uint64_t a, uint64_t b)
{
        return (a + b) % PRIME;
}

static uint64_t minus(uint64_t a)
{
        return a == 0 ? 0 : PRIME - a;
}

static uint64_t inverse(uint64_t a)
{
        uint64_t result = 1;

        for (uint64_t power = PRIME - 2; power > 0; power >>= 1, a = times(a, a))
                if (power & 1)
                        result = times(result, a);
        return result;
}

static struct known *known_open(struct suppression *s)
{
        struct known *k = arena_alloc(s->arena, sizeof *k);

        *k = (struct known){ .part = arena_array(s->arena, (size_t)s->vertices, sizeof *k->part), .edges = arena_array(s->arena, s->cells, sizeof *k->edges),
                             .order = arena_array(s->arena, (size_t)s->vertices, sizeof *k->order), .by = arena_array(s->arena, (size_t)s->vertices, sizeof *k->by),
                             .is_silent = arena_array(s->arena, s->cells, sizeof(bool)), .is_met = arena_array(s->arena, (size_t)s->vertices, sizeof(bool)) };
        for (int i = 0; i < 2; i++)
                k->value[i] = arena_array(s->arena, s->cells, sizeof *k->value[i]);
        for (uint64_t i = 0; i < FACTORS; i++) {
                k->factor[i] = drawn(i);
                k->inverse[i] = inverse(k->factor[i]);
        }
        return k;
}

static bool is_unknown(const struct suppression *s, int32_t cell)
{
        const struct known *k = s->known;

        if (k->elsewhere != NULL && k->elsewhere[cell] != ELSEWHERE_NOT)
                return k->elsewhere[cell] == ELSEWHERE_HIDDEN;
        return is_hidden(s, cell) && !k->is_silent[cell];
}

/* Whether areas add it up to the country by a coefficient of its own. */
static bool has_own_factor(const struct suppression *s, int32_t cell)
{
        return cell < s->table.areas * (int32_t)s->table.nodes && s->is_leaf[cell % (int32_t)s->table.nodes];
}

/* With what a cell enters the sum at one of its ends: what flows from a to b. */
static uint64_t coefficient(const struct suppression *s, int32_t cell, int32_t vertex, bool is_inverse)
{
        const struct known *k = s->known;
        const uint64_t *factor = is_inverse ? k->inverse : k->factor;
        uint64_t which = drawn((uint64_t)cell);

        if (vertex == s->edge[cell].a)
                return PRIME - 1;
        return has_own_factor(s, cell) ? times(factor[which % FACTORS], factor[which / FACTORS % FACTORS]) : 1;
}

static int32_t other_end(const struct suppression *s, int32_t cell, int32_t vertex)
{
        return s->edge[cell].a == vertex ? s->edge[cell].b : s->edge[cell].a;
}

/* The vertices of a part from one on, and which cell reaches each: a tree. */
static void reach(struct suppression *s, int32_t start, int32_t part)
{
        struct known *k = s->known;

        k->count = 0;
        k->order[k->count++] = start;
        k->by[start] = -1;
        k->part[start] = part;
        for (size_t at = 0; at < k->count; at++)
                for (int32_t v = k->order[at], i = suppress_see(s, v); i < s->first[v + 1]; i++) {
                        int32_t cell = s->out[i], other = other_end(s, cell, v);

                        if (!is_unknown(s, cell) || other == 0 || k->part[other] == part)
                                continue;
                        k->part[other] = part;
                        k->by[other] = cell;
                        k->order[k->count++] = other;
                }
}

/* A part with all its cells, its tree from where it is grounded. */
static void find_part(struct suppression *s, int32_t start)
{
        struct known *k = s->known;

        reach(s, start, ++k->parts);
        k->grounded = 0;
        k->edge_count = 0;
        for (size_t at = 0; at < k->count; at++)
                for (int32_t v = k->order[at], i = suppress_see(s, v); i < s->first[v + 1]; i++) {
                        int32_t cell = s->out[i], other = other_end(s, cell, v);

                        if (!is_unknown(s, cell))
                                continue;
                        if (other == 0 && k->grounded == 0)
                                k->grounded = v;
                        if (other == 0 || v == s->edge[cell].a) /* once each */
                                k->edges[k->edge_count++] = cell;
                }
        if (k->grounded != 0)
                reach(s, k->grounded, ++k->parts);
}

/* Cells off the tree are drawn, those on it follow. What is left over where the tree begins, which the cell to the ground takes if there is one. */
static uint64_t draw_solution(struct suppression *s, int which)
{
        struct known *k = s->known;
        uint64_t *value = k->value[which], sum = 0;

        for (size_t i = 0; i < k->edge_count; i++)
                value[k->edges[i]] = drawn(2 * (uint64_t)k->edges[i] + (uint64_t)which + ((uint64_t)1 << 40));
        for (size_t at = k->count; at-- > 0;) {
                int32_t v = k->order[at], by = k->by[v];

                sum = 0;
                for (int32_t i = suppress_see(s, v); i < s->first[v + 1]; i++) {
                        int32_t cell = s->out[i];

                        if (!is_unknown(s, cell) || cell == by)
                                continue;
                        if (by < 0 && k->grounded == v && other_end(s, cell, v) == 0)
                                by = cell;
                        else
                                sum = plus(sum, times(coefficient(s, cell, v, false), value[cell]));
                }
                if (by >= 0)
                        value[by] = times(minus(sum), coefficient(s, by, v, true));
        }
        return k->grounded != 0 ? 0 : sum;
}

/* value[0]: a solution drawn of all that there are. */
static void solve_part(struct suppression *s)
{
        struct known *k = s->known;
        uint64_t left = draw_solution(s, 0), other;

        if (left == 0)
                return;
        other = draw_solution(s, 1);
        for (size_t i = 0; i < k->edge_count; i++) {
                int32_t cell = k->edges[i];

                k->value[0][cell] = plus(times(other, k->value[0][cell]), minus(times(left, k->value[1][cell])));
        }
}

/* All cells that hang together with one, and that can be computed, are met: one way more serves them all. */
static void meet(struct suppression *s, int32_t start)
{
        struct known *k = s->known;
        int32_t *stack = s->walk.stack;
        size_t depth = 0;

        stack[depth++] = start;
        k->is_met[start] = true;
        while (depth > 0)
                for (int32_t v = stack[--depth], i = suppress_see(s, v); i < s->first[v + 1]; i++) {
                        int32_t cell = s->out[i], other = other_end(s, cell, v);

                        if (!is_unknown(s, cell) || k->value[0][cell] != 0 || other == 0 || k->is_met[other])
                                continue;
                        k->is_met[other] = true;
                        stack[depth++] = other;
                }
}

/* The cheapest way, through cells that are not of the part, from a vertex to another one of it or the ground. */
static bool close_way_from(struct suppression *s, int32_t start)
{
        bool was_new = s->is_new, is_found;

        if (start == 0)
                return false;
        s->is_new = false;
        s->search.is_end[start] = false;
        suppress_close_way(s, -1, start, s->search.is_end);
        s->search.is_end[start] = true;
        is_found = s->is_new;
        s->is_new |= was_new;
        return is_found;
}

/* Where a part has cells that can be computed, more is hidden. */
static void close_part(struct suppression *s)
{
        struct known *k = s->known;

        for (size_t i = 0; i < k->edge_count; i++)
                s->is_avoided[k->edges[i]] = true;
        for (size_t at = 0; at < k->count; at++)
                s->search.is_end[k->order[at]] = true;
        s->search.is_end[0] = true;
        for (size_t i = 0; i < k->edge_count; i++) {
                const struct edge *e = &s->edge[k->edges[i]];
                int32_t v = e->a != 0 ? e->a : e->b;
                bool is_closed;

                if (k->value[0][k->edges[i]] != 0 || k->is_met[v])
                        continue;
                meet(s, v);
                is_closed = close_way_from(s, e->a) || close_way_from(s, e->b);
                for (size_t at = 0; !is_closed && at < k->count; at++)
                        is_closed = close_way_from(s, k->order[at]);
        }
        s->search.is_end[0] = false;
        for (size_t at = 0; at < k->count; at++)
                s->search.is_end[k->order[at]] = k->is_met[k->order[at]] = false;
        for (size_t i = 0; i < k->edge_count; i++)
                s->is_avoided[k->edges[i]] = false;
}

/* Cells that are told, or told of elsewhere, lead nowhere; true: while ways are sought. */
static void avoid_told(struct suppression *s, bool is_so)
{
        struct known *k = s->known;

        for (size_t i = 0; k->elsewhere != NULL && i < s->cells; i++)
                if (k->elsewhere[i] != ELSEWHERE_NOT)
                        s->is_avoided[i] = is_so;
        for (size_t i = 0; i < s->silent_count; i++)
                k->is_silent[s->silent[i]] = s->is_avoided[s->silent[i]] = is_so;
}

bool suppress_find_known(struct suppression *s, const unsigned char *elsewhere)
{
        struct known *k = s->known != NULL ? s->known : known_open(s);

        s->known = s->for_good->known = k;
        k->elsewhere = elsewhere;
        k->parts = 0;
        memset(k->part, 0, (size_t)s->vertices * sizeof *k->part);
        avoid_told(s, true);
        for (size_t n = 0; n < s->scope->cells; n++) {
                int32_t i = s->scope->cell[n], v = s->edge[i].a != 0 ? s->edge[i].a : s->edge[i].b;

                if (k->part[v] != 0 || !is_unknown(s, i) || cell_is_hidden(s->for_good->state[i]))
                        continue;
                find_part(s, v);
                solve_part(s);
                close_part(s);
        }
        avoid_told(s, false);
        return s->is_new;
}
