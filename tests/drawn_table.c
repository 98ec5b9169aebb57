#include "tests/drawn_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

int arena_set_up(void **state)
{
        *state = arena_open((size_t)1 << 30);
        return *state == NULL;
}

int arena_tear_down(void **state)
{
        arena_close(*state);
        return 0;
}

int64_t below(uint64_t *seed, int64_t limit)
{
        *seed ^= *seed >> 12;
        *seed ^= *seed << 25;
        *seed ^= *seed >> 27;
        return (int64_t)((*seed * 2685821657736338717u) >> 1) % limit;
}

static int64_t value_of(void *context, size_t contributor, size_t month, bool *is_reported)
{
        const struct months *m = context;

        *is_reported = !m->is_missing[contributor];
        assert_int_equal(m->list[contributor].from, month);
        return m->value[contributor];
}

void add_month(struct months *m, const struct brings *list, size_t count)
{
        int32_t month = (int32_t)m->months++;

        for (size_t i = 0; i < count; i++) {
                m->list[m->count] = (struct contributor){ list[i].establishment, list[i].area, list[i].node, month, month };
                m->value[m->count++] = list[i].value;
        }
}

void gather_states(const struct suppression *s, const struct suppress_table *t, enum cell_state *state)
{
        for (size_t i = 0; i < suppress_cells(t); i++)
                if (!cell_is_hidden(state[i]) && suppress_state(s, i) != CELL_EMPTY)
                        state[i] = suppress_state(s, i);
}

enum cell_state *closed_months(struct arena *arena, const struct suppress_table *t, const struct suppress_rule *rule, struct months *m,
                               size_t months, const size_t *cells, size_t count)
{
        enum cell_state *state = arena_array(arena, suppress_cells(t), sizeof *state);
        struct suppression *s = suppress_open(arena, t, rule, m->list, m->count, value_of, m, months);
        unsigned char *mark = arena_alloc(arena, suppress_mark_size(s));

        for (size_t i = 0; i < suppress_cells(t); i++)
                state[i] = CELL_EMPTY;
        for (size_t k = 0; k < months; k++) {
                suppress_ask(s, k);
                suppress_mark(s, mark);
                suppress_take(s, k);
                suppress_hide(s, cells, count);
                gather_states(s, t, state);
                suppress_return(s, mark);
        }
        return state;
}

enum cell_state *closed(struct arena *arena, const struct suppress_table *t, const struct suppress_rule *rule,
                               const struct brings *list, size_t count)
{
        struct months m = { .count = 0 };

        add_month(&m, list, count);
        return closed_months(arena, t, rule, &m, 1, NULL, 0);
}

/* ---- drawn ---------------------------------------------------------------------------------------- */

struct table *table_made(struct arena *arena, uint64_t *seed, int areas, int most)
{
        struct table *w = arena_alloc(arena, sizeof *w);
        int32_t depth[24] = { 0 }, nodes = 1;

        w->parent[0] = -1;
        while (nodes < 6 + below(seed, most - 5)) {
                int32_t up = (int32_t)below(seed, nodes);

                if (depth[up] == 3)
                        continue;
                depth[nodes] = depth[up] + 1;
                w->parent[nodes++] = up;
        }
        w->t = (struct suppress_table){ w->parent, (size_t)nodes, below(seed, 3) == 0 ? 1 : 2 + (int32_t)below(seed, areas - 1) };
        for (int32_t a = 0; a < w->t.areas; a++)
                for (int32_t n = 0; n < nodes; n++) {
                        bool is_leaf = true;
                        int64_t makers = below(seed, 4) == 0 ? below(seed, 3) : 2 + below(seed, 7);

                        for (int32_t c = n + 1; c < nodes; c++)
                                is_leaf = is_leaf && w->parent[c] != n;
                        for (int64_t k = 0; is_leaf && k < makers && w->count < 400; k++)
                                w->list[w->count++] = (struct brings){ (int32_t)below(seed, 60), a, n,
                                                                            below(seed, 6) == 0 ? 0 : 1 + below(seed, 1000) };
                }
        return w;
}

struct table *some_of(struct arena *arena, const struct table *w, uint64_t *seed)
{
        struct table *some = arena_alloc(arena, sizeof *some);

        *some = *w;
        some->count = 0;
        for (size_t i = 0; i < w->count; i++)
                if (below(seed, 5) != 0) {
                        some->list[some->count] = w->list[i];
                        some->list[some->count++].value += below(seed, 200);
                }
        return some;
}

enum cell_state *closed_three(struct arena *arena, const struct table *w, uint64_t *seed, struct table **month)
{
        struct months m = { .count = 0 };

        for (int k = 0; k < 3; k++) {
                month[k] = some_of(arena, w, seed);
                add_month(&m, month[k]->list, month[k]->count);
        }
        return closed_months(arena, &w->t, &SUPPRESS_USUAL, &m, 3, NULL, 0);
}

bool is_safe(const struct table *w, const int *times)
{
        int64_t value[60] = { 0 }, total = 0, largest[2] = { 0 };
        bool is_there[60] = { false };
        int count = 0;

        for (size_t i = 0; i < w->count; i++) {
                int more = times[w->list[i].area * (int32_t)w->t.nodes + w->list[i].node];

                is_there[w->list[i].establishment] |= more > 0;
                value[w->list[i].establishment] += more * w->list[i].value;
                total += more * w->list[i].value;
        }
        for (int e = 0; e < 60; e++) {
                count += is_there[e];
                if (value[e] > largest[0]) {
                        largest[1] = largest[0];
                        largest[0] = value[e];
                } else if (value[e] > largest[1])
                        largest[1] = value[e];
        }
        return count == 0 || (count >= SUPPRESS_USUAL.least && total > 0 && (largest[0] + largest[1]) * 1000000 <= total * SUPPRESS_USUAL.most_ppm);
}

void add_leaves(const struct table *w, size_t cell, int *times)
{
        int32_t nodes = (int32_t)w->t.nodes, area = (int32_t)cell / nodes, node = (int32_t)cell % nodes;

        for (int32_t leaf = node; leaf < nodes; leaf++) {
                int32_t up = leaf;

                while (up > node)
                        up = w->parent[up];
                for (int32_t b = 0; up == node && b < w->t.areas; b++)
                        times[b * nodes + leaf] += area == w->t.areas || b == area;
        }
}

/* ---- the attacker ------------------------------------------------------------------------------------ */

uint64_t times_mod(uint64_t a, uint64_t b)
{
        return (uint64_t)((int128)a * (int128)b % (int128)P);
}

static uint64_t inverse(uint64_t a)
{
        uint64_t result = 1;

        for (uint64_t power = P - 2; power > 0; power >>= 1, a = times_mod(a, a))
                if (power & 1)
                        result = times_mod(result, a);
        return result;
}

static void add_equation(struct system *y, const int *cell, const int *sign, size_t n)
{
        uint64_t *row = y->row[y->rows];
        bool is_any = false;

        memset(row, 0, sizeof y->row[0]);
        for (size_t i = 0; i < n; i++)
                if (y->column[cell[i]] >= 0) {
                        row[y->column[cell[i]]] = sign[i] > 0 ? 1 : P - 1;
                        is_any = true;
                }
        y->rows += is_any;
}

void write_equations(struct system *y, const struct suppress_table *t, const enum cell_state *state)
{
        int32_t all = t->areas == 1 ? 1 : t->areas + 1;
        int cell[64], sign[64];

        y->rows = y->columns = 0;
        for (size_t i = 0; i < suppress_cells(t); i++)
                y->column[i] = cell_is_hidden(state[i]) ? (int)y->columns++ : -1;
        for (int32_t a = 0; a < all; a++)
                for (int32_t n = 0; n < (int32_t)t->nodes; n++) {
                        size_t k = 1;

                        cell[0] = a * (int32_t)t->nodes + n;
                        sign[0] = -1;
                        for (int32_t c = n + 1; c < (int32_t)t->nodes; c++)
                                if (t->parent[c] == n) {
                                        cell[k] = a * (int32_t)t->nodes + c;
                                        sign[k++] = 1;
                                }
                        if (k > 1)
                                add_equation(y, cell, sign, k);
                }
        for (int32_t n = 0; t->areas > 1 && n < (int32_t)t->nodes; n++) {
                cell[0] = t->areas * (int32_t)t->nodes + n;
                sign[0] = -1;
                for (int32_t a = 0; a < t->areas; a++) {
                        cell[1 + a] = a * (int32_t)t->nodes + n;
                        sign[1 + a] = 1;
                }
                add_equation(y, cell, sign, (size_t)t->areas + 1);
        }
}

size_t told(struct system *y)
{
        size_t rank = 0, count = 0;

        for (size_t c = 0; c < y->columns && rank < y->rows; c++) {
                size_t pivot = rank;
                uint64_t scale;

                while (pivot < y->rows && y->row[pivot][c] == 0)
                        pivot++;
                if (pivot == y->rows)
                        continue;
                if (pivot != rank)
                        for (size_t k = 0; k < y->columns; k++) {
                                uint64_t spare = y->row[pivot][k];

                                y->row[pivot][k] = y->row[rank][k];
                                y->row[rank][k] = spare;
                        }
                scale = inverse(y->row[rank][c]);
                for (size_t k = 0; k < y->columns; k++)
                        y->row[rank][k] = times_mod(y->row[rank][k], scale);
                for (size_t r = 0; r < y->rows; r++) {
                        uint64_t factor = y->row[r][c];

                        for (size_t k = 0; r != rank && factor != 0 && k < y->columns; k++)
                                y->row[r][k] = (y->row[r][k] + times_mod(P - factor, y->row[rank][k])) % P;
                }
                rank++;
        }
        memset(y->is_told, 0, sizeof y->is_told);
        for (size_t r = 0; r < rank; r++) {
                size_t n = 0, one = 0;

                for (size_t k = 0; k < y->columns; k++)
                        if (y->row[r][k] != 0) {
                                n++;
                                one = k;
                        }
                y->is_told[one] |= n == 1;
                count += n == 1;
        }
        return count;
}

void draw_solution(const struct system *y, uint64_t *seed, uint64_t *value)
{
        for (size_t k = 0; k < y->columns; k++)
                value[k] = (uint64_t)below(seed, INT64_C(1) << 60);
        for (size_t r = 0; r < y->rows; r++) {
                size_t first = 0;
                uint64_t sum = 0;

                while (first < y->columns && y->row[r][first] == 0)
                        first++;
                for (size_t k = first + 1; k < y->columns; k++)
                        sum = (sum + times_mod(y->row[r][k], value[k])) % P;
                if (first < y->columns)
                        value[first] = (P - sum) % P;
        }
}

/* ---- sums of any number -------------------------------------------------------------------------------- */

#define ROWS_MAX 14

/* The sums of a small table over its hidden cells, so that each cell stands in two of them with opposite signs, or in one: those of the inner
 * nodes over the areas follow from the others. */
struct rows {
        int sign[ROWS_MAX][CELLS_MAX];
        int count;
        size_t hidden[CELLS_MAX], columns;
};

static void add_row(struct rows *r, const struct suppress_table *t, const enum cell_state *cell, int32_t area, int32_t node, int sign)
{
        int32_t nodes = (int32_t)t->nodes;

        assert_true(r->count < ROWS_MAX);
        memset(r->sign[r->count], 0, sizeof r->sign[0]);
        r->sign[r->count][area * nodes + node] = -sign * cell_is_hidden(cell[area * nodes + node]);
        for (int32_t n = node + 1; n < nodes; n++)
                if (t->parent[n] == node)
                        r->sign[r->count][area * nodes + n] = sign * cell_is_hidden(cell[area * nodes + n]);
        r->count++;
}

static bool write_rows(struct rows *r, const struct suppress_table *t, const enum cell_state *cell)
{
        int32_t nodes = (int32_t)t->nodes, all = t->areas == 1 ? 1 : t->areas + 1;
        bool is_inner[24] = { false };
        int inner = 0;

        r->count = 0;
        r->columns = 0;
        for (size_t i = 0; i < suppress_cells(t); i++)
                if (cell_is_hidden(cell[i]))
                        r->hidden[r->columns++] = i;
        for (int32_t n = 1; n < nodes; n++) {
                inner += !is_inner[t->parent[n]];
                is_inner[t->parent[n]] = true;
        }
        if (inner * all + (t->areas == 1 ? 0 : nodes - inner) > ROWS_MAX)
                return false;
        for (int32_t n = 0; n < nodes; n++) {
                for (int32_t a = 0; is_inner[n] && a < all; a++)
                        add_row(r, t, cell, a, n, a == t->areas ? -1 : 1);
                if (is_inner[n] || t->areas == 1)
                        continue;
                memset(r->sign[r->count], 0, sizeof r->sign[0]);
                for (int32_t a = 0; a < all; a++)
                        r->sign[r->count][a * nodes + n] = (a == t->areas ? 1 : -1) * cell_is_hidden(cell[a * nodes + n]);
                r->count++;
        }
        return true;
}

size_t each_told_sum(struct arena *arena, const struct suppress_table *t, const enum cell_state *state,
                     void (*check)(void *context, const size_t *cell, size_t count), void *context)
{
        struct rows *r = arena_alloc(arena, sizeof *r);
        bool is_small = write_rows(r, t, state);
        size_t sums = 0;
        int result[CELLS_MAX] = { 0 };

        for (uint32_t n = 1; is_small && n < (uint32_t)1 << r->count; n++) {
                int row = __builtin_ctz(n), sign = ((n ^ n >> 1) >> row & 1) ? 1 : -1, least = 0, most = 0; /* in the order of Gray's code */
                size_t of[CELLS_MAX + 1], count = 0;

                for (size_t i = 0; i < r->columns; i++) {
                        result[i] += sign * r->sign[row][r->hidden[i]];
                        least = result[i] < least ? result[i] : least;
                        most = result[i] > most ? result[i] : most;
                        of[count] = r->hidden[i];
                        count += result[i] != 0;
                }
                assert_true(least >= -1 && most <= 1);
                if (least * most != 0 || count == 0)
                        continue;
                sums++;
                check(context, of, count);
        }
        return sums;
}
