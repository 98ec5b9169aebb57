#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/decimal.h"
#include "stats/panel.h"
#include "stats/suppress.h"

static int set_up(void **state)
{
        *state = arena_open((size_t)1 << 30);
        return *state == NULL;
}

static int tear_down(void **state)
{
        arena_close(*state);
        return 0;
}

static int64_t below(uint64_t *seed, int64_t limit)
{
        *seed ^= *seed >> 12;
        *seed ^= *seed << 25;
        *seed ^= *seed >> 27;
        return (int64_t)((*seed * 2685821657736338717u) >> 1) % limit;
}

/* Contributors month by month, as a test writes them down. */
struct brings { int32_t establishment, area, node; int64_t value; };
struct months {
        struct contributor list[2000];
        int64_t value[2000];
        bool is_missing[2000]; /* the value was completed */
        size_t count, months;
};

static int64_t value_of(void *context, size_t contributor, size_t month, bool *is_reported)
{
        const struct months *m = context;

        *is_reported = !m->is_missing[contributor];
        assert_int_equal(m->list[contributor].from, month);
        return m->value[contributor];
}

static void add_month(struct months *m, const struct brings *list, size_t count)
{
        int32_t month = (int32_t)m->months++;

        for (size_t i = 0; i < count; i++) {
                m->list[m->count] = (struct contributor){ list[i].establishment, list[i].area, list[i].node, month, month };
                m->value[m->count++] = list[i].value;
        }
}

/* The states after so many months; cells are hidden after the last. */
static enum cell_state *closed_months(struct arena *arena, const struct suppress_table *t, const struct suppress_rule *rule, struct months *m,
                                      size_t months, const size_t *cells, size_t count)
{
        enum cell_state *state = arena_array(arena, suppress_cells(t), sizeof *state);
        struct suppression *s = suppress_open(arena, t, rule, m->list, m->count, value_of, m, months);

        for (size_t i = 0; i < months; i++)
                suppress_take(s, i);
        suppress_hide(s, cells, count);
        for (size_t i = 0; i < suppress_cells(t); i++)
                state[i] = suppress_state(s, i);
        return state;
}

static enum cell_state *closed(struct arena *arena, const struct suppress_table *t, const struct suppress_rule *rule,
                               const struct brings *list, size_t count)
{
        struct months m = { .count = 0 };

        add_month(&m, list, count);
        return closed_months(arena, t, rule, &m, 1, NULL, 0);
}

/* One area: whole; classes A (products 3, 4, 5) and B (6, 7). */
static const int32_t small_parent[] = { -1, 0, 0, 1, 1, 1, 2, 2 };
static const struct suppress_table small = { small_parent, 8, 1 };

static size_t add_many(struct brings *list, size_t count, int32_t node, int32_t first, int32_t how_many, int64_t value)
{
        for (int32_t i = 0; i < how_many; i++)
                list[count++] = (struct brings){ first + i, 0, node, value };
        return count;
}

static void the_primary_rule_counts_and_weighs(void **state)
{
        static const struct {
                int64_t value[5];
                int count;
                enum cell_state state;
        } cases[] = {
                { { 100, 100 }, 2, CELL_FEW },
                { { 100, 100, 100 }, 3, CELL_SHOWN },
                { { 500, 350, 150 }, 3, CELL_SHOWN },      /* 85 % exactly */
                { { 500, 351, 149 }, 3, CELL_DOMINATED },
                { { 900, 1, 1, 1, 1 }, 5, CELL_DOMINATED },
                { { 0, 0, 0, 0 }, 4, CELL_DOMINATED },     /* a total of zero tells each */
                { { 0 }, 0, CELL_EMPTY },
        };
        static const int32_t parent[] = { -1, 0, 0, 0 };
        static const struct suppress_table table = { parent, 4, 1 };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct brings list[40];
                size_t n = add_many(list, add_many(list, 0, 2, 100, 10, 1000), 3, 200, 10, 1000);
                enum cell_state *cell;

                for (int k = 0; k < cases[i].count; k++)
                        list[n++] = (struct brings){ k, 0, 1, cases[i].value[k] };
                cell = closed(*state, &table, &SUPPRESS_USUAL, list, n);
                if (cell[1] != cases[i].state || cell[0] != CELL_SHOWN || (cell[2] == CELL_SECONDARY) != cell_is_hidden(cell[1]))
                        fail_msg("row %zu: %s", i, cell_state_text(cell[1]));
        }
}

/* Product 3 has two makers. Alone it would be class A less 4 and 5: 4 goes with it, having the fewest makers. Together they have
 * seven, so A may stand. */
static void a_hidden_product_takes_a_sibling_along(void **state)
{
        struct brings list[100];
        size_t n = add_many(list, 0, 3, 0, 2, 50);
        enum cell_state *cell;

        n = add_many(list, n, 4, 10, 5, 70);
        n = add_many(list, n, 5, 20, 9, 10);
        n = add_many(list, n, 6, 30, 5, 70);
        n = add_many(list, n, 7, 40, 5, 70);
        cell = closed(*state, &small, &SUPPRESS_USUAL, list, n);
        assert_int_equal(cell[3], CELL_FEW);
        assert_int_equal(cell[4], CELL_SECONDARY);
        assert_int_equal(cell[5], CELL_SHOWN);
        assert_int_equal(cell[1], CELL_SHOWN);
        assert_int_equal(cell[6], CELL_SHOWN);
}

/* Products 3 and 4 have one maker each: hiding both leaves a sum of two, from which each would subtract its own. The third
 * goes too; and then class A is what is left of nothing. */
static void two_single_makers_do_not_protect_each_other(void **state)
{
        struct brings list[100];
        size_t n = add_many(list, 0, 3, 0, 1, 50);
        enum cell_state *cell;

        n = add_many(list, n, 4, 10, 1, 50);
        n = add_many(list, n, 5, 20, 4, 50);
        n = add_many(list, n, 6, 30, 5, 70);
        n = add_many(list, n, 7, 40, 5, 70);
        cell = closed(*state, &small, &SUPPRESS_USUAL, list, n);
        assert_int_equal(cell[5], CELL_SECONDARY);
        assert_int_equal(cell[1], CELL_SHOWN);
        /* the same maker in both counts once */
        list[1].establishment = 0;
        cell = closed(*state, &small, &SUPPRESS_USUAL, list, n);
        assert_int_equal(cell[5], CELL_SECONDARY);
}

/* Class A consists of one product: they are the same number. */
static void an_only_child_takes_its_parent_along(void **state)
{
        static const int32_t parent[] = { -1, 0, 0, 0, 1, 2, 3 };
        static const struct suppress_table table = { parent, 7, 1 };
        struct brings list[100];
        size_t n = add_many(list, 0, 4, 0, 2, 50);
        enum cell_state *cell;

        n = add_many(list, n, 5, 10, 5, 70);
        n = add_many(list, n, 6, 20, 6, 70);
        cell = closed(*state, &table, &SUPPRESS_USUAL, list, n);
        assert_int_equal(cell[4], CELL_FEW);
        assert_int_equal(cell[1], CELL_FEW);
        assert_int_equal(cell[2], CELL_SECONDARY);
        assert_int_equal(cell[5], CELL_SECONDARY);
        assert_int_equal(cell[3], CELL_SHOWN);
        assert_int_equal(cell[0], CELL_SHOWN);
}

static void a_cell_unsafe_in_one_month_is_hidden_in_all(void **state)
{
        struct brings list[100];
        size_t all = add_many(list, 0, 4, 10, 5, 70), n;
        struct months m = { .count = 0 };
        enum cell_state *cell;

        all = add_many(list, all, 5, 20, 9, 10);
        all = add_many(list, all, 6, 30, 5, 70);
        all = add_many(list, all, 7, 40, 5, 70);
        add_month(&m, list, all);
        n = add_many(list, all, 3, 0, 3, 50);
        add_month(&m, list, n);
        add_month(&m, list, n - 1);
        cell = closed_months(*state, &small, &SUPPRESS_USUAL, &m, 3, NULL, 0);
        assert_int_equal(cell[3], CELL_FEW);
        assert_int_equal(cell[4], CELL_SECONDARY);
}

static void a_cell_hidden_for_another_reason_is_protected_as_well(void **state)
{
        struct brings list[100];
        size_t n = add_many(list, 0, 3, 0, 5, 50);
        struct months m = { .count = 0 };
        enum cell_state *cell;

        n = add_many(list, n, 4, 10, 6, 70);
        n = add_many(list, n, 5, 20, 9, 10);
        n = add_many(list, n, 6, 30, 5, 70);
        n = add_many(list, n, 7, 40, 4, 70);
        add_month(&m, list, n);
        cell = closed_months(*state, &small, &SUPPRESS_USUAL, &m, 1, (size_t[]){ 6 }, 1);
        assert_int_equal(cell[6], CELL_SECONDARY);
        assert_int_equal(cell[7], CELL_SECONDARY);
        assert_int_equal(cell[3], CELL_SHOWN);
}

/* ---- in random worlds -------------------------------------------------------------------------------- */

#define CELLS_MAX 400
#define P 2305843009213693951u /* 2^61 - 1, a prime */

static uint64_t times(uint64_t a, uint64_t b)
{
        return (uint64_t)((int128)a * (int128)b % (int128)P);
}

static uint64_t inverse(uint64_t a)
{
        uint64_t result = 1;

        for (uint64_t power = P - 2; power > 0; power >>= 1, a = times(a, a))
                if (power & 1)
                        result = times(result, a);
        return result;
}

/* The attacker: all sums of the table over the hidden cells as linear equations, brought to reduced echelon form. A hidden cell is
 * known if and only if some row has nothing else in it. */
struct system {
        uint64_t row[CELLS_MAX * 2][CELLS_MAX];
        size_t rows, columns;
        int column[CELLS_MAX]; /* [cell], -1: shown or empty, so a constant */
        bool is_told[CELLS_MAX]; /* [column], once solved */
        int64_t sum[CELLS_MAX * 2][2]; /* what rows tell of two months */
};

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

static void write_equations(struct system *y, const struct suppress_table *t, const enum cell_state *state)
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

/* How many hidden cells the attacker can tell. */
static size_t told(struct system *y)
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
                        y->row[rank][k] = times(y->row[rank][k], scale);
                for (size_t r = 0; r < y->rows; r++) {
                        uint64_t factor = y->row[r][c];

                        for (size_t k = 0; r != rank && factor != 0 && k < y->columns; k++)
                                y->row[r][k] = (y->row[r][k] + times(P - factor, y->row[rank][k])) % P;
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

struct table {
        int32_t parent[24];
        struct suppress_table t;
        struct brings list[400];
        size_t count;
};

static struct table *table_made(struct arena *arena, uint64_t *seed)
{
        struct table *w = arena_alloc(arena, sizeof *w);
        int32_t depth[24] = { 0 }, nodes = 1;

        w->parent[0] = -1;
        while (nodes < 6 + below(seed, 14)) {
                int32_t up = (int32_t)below(seed, nodes);

                if (depth[up] == 3)
                        continue;
                depth[nodes] = depth[up] + 1;
                w->parent[nodes++] = up;
        }
        w->t = (struct suppress_table){ w->parent, (size_t)nodes, below(seed, 3) == 0 ? 1 : 2 + (int32_t)below(seed, 4) };
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

/* A month in which some of them report, and other values. */
static struct table *some_of(struct arena *arena, const struct table *w, uint64_t *seed)
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

/* Three such months, and the states after them. */
static enum cell_state *closed_three(struct arena *arena, const struct table *w, uint64_t *seed, struct table **month)
{
        struct months m = { .count = 0 };

        for (int k = 0; k < 3; k++) {
                month[k] = some_of(arena, w, seed);
                add_month(&m, month[k]->list, month[k]->count);
        }
        return closed_months(arena, &w->t, &SUPPRESS_USUAL, &m, 3, NULL, 0);
}

static void no_hidden_cell_can_be_computed_from_the_shown_ones(void **state)
{
        struct system *y = malloc(sizeof *y);
        size_t hidden = 0, told_before = 0, shown = 0;

        assert_non_null(y);
        for (uint64_t n = 1; n <= 600; n++) {
                uint64_t seed = n * 2654435761u;
                struct table *w = table_made(*state, &seed);
                enum cell_state *cell = closed(*state, &w->t, &SUPPRESS_USUAL, w->list, w->count), first[CELLS_MAX];

                write_equations(y, &w->t, cell);
                hidden += y->columns;
                if (told(y) != 0)
                        fail_msg("world %d: %zu hidden cells can be computed", (int)n, told(y));
                for (size_t i = 0; i < suppress_cells(&w->t); i++) {
                        shown += cell[i] == CELL_SHOWN;
                        first[i] = cell[i] == CELL_SECONDARY ? CELL_SHOWN : cell[i];
                }
                write_equations(y, &w->t, first);
                told_before += told(y);
                arena_reset(*state);
        }
        free(y);
        /* the worlds are such that it matters: without the secondary cells much could be told, and much is still shown */
        assert_true(told_before > 1000);
        assert_true(shown > 4000);
        assert_true(hidden > 4000);
}

/* What is left of a shown cell less the shown ones below it, in its area or over the areas: recounted plainly. */
static bool is_safe(const struct table *w, const bool *counts_leaf, const struct suppress_rule *rule)
{
        int64_t value[60] = { 0 }, total = 0, largest[2] = { 0 };
        bool is_there[60] = { false };
        int count = 0;

        for (size_t i = 0; i < w->count; i++)
                if (counts_leaf[w->list[i].area * (int32_t)w->t.nodes + w->list[i].node]) {
                        is_there[w->list[i].establishment] = true;
                        value[w->list[i].establishment] += w->list[i].value;
                        total += w->list[i].value;
                }
        for (int e = 0; e < 60; e++) {
                count += is_there[e];
                if (value[e] > largest[0]) {
                        largest[1] = largest[0];
                        largest[0] = value[e];
                } else if (value[e] > largest[1])
                        largest[1] = value[e];
        }
        return count == 0 || (count >= rule->least && total > 0 && (largest[0] + largest[1]) * 1000000 <= total * rule->most_ppm);
}

static void every_remainder_of_a_shown_cell_satisfies_the_rule(void **state)
{
        for (uint64_t n = 1; n <= 600; n++) {
                uint64_t seed = n * 40503;
                struct table *w = table_made(*state, &seed), *month[3];
                struct suppress_rule rule = SUPPRESS_USUAL;
                enum cell_state *cell = closed_three(*state, w, &seed, month);
                int32_t nodes = (int32_t)w->t.nodes, all = w->t.areas == 1 ? 1 : w->t.areas + 1;

                for (int32_t a = 0; a < all; a++)
                        for (int32_t top = 0; top < nodes; top++) {
                                bool own[CELLS_MAX] = { false }, over_areas[CELLS_MAX] = { false }, whole[CELLS_MAX] = { false };

                                if (cell[a * nodes + top] != CELL_SHOWN)
                                        continue;
                                for (int32_t leaf = top; leaf < nodes; leaf++)
                                        for (int32_t b = 0; b < w->t.areas; b++) {
                                                int32_t up = leaf;
                                                bool is_hidden = true, is_hidden_here = true;

                                                for (; up > top; up = w->parent[up]) {
                                                        is_hidden = is_hidden && cell_is_hidden(cell[a * nodes + up]);
                                                        is_hidden_here = is_hidden_here && cell_is_hidden(cell[b * nodes + up]);
                                                }
                                                if (up != top)
                                                        continue;
                                                whole[b * nodes + leaf] = a == b || a == w->t.areas;
                                                own[b * nodes + leaf] = (a == b || a == w->t.areas) && is_hidden && leaf != top;
                                                over_areas[b * nodes + leaf] = a == w->t.areas && is_hidden_here &&
                                                                               cell_is_hidden(cell[b * nodes + top]);
                                        }
                                for (int k = 0; k < 3; k++)
                                        if (!is_safe(month[k], whole, &rule) || !is_safe(month[k], own, &rule) || !is_safe(month[k], over_areas, &rule))
                                                fail_msg("world %d, area %d, node %d, month %d", (int)n, a, top, k);
                        }
                arena_reset(*state);
        }
}

/* The products, area by area, that make up a cell. */
static void add_leaves(const struct table *w, size_t cell, bool *counts_leaf)
{
        int32_t nodes = (int32_t)w->t.nodes, area = (int32_t)cell / nodes, node = (int32_t)cell % nodes;

        for (int32_t leaf = node; leaf < nodes; leaf++) {
                int32_t up = leaf;

                while (up > node)
                        up = w->parent[up];
                for (int32_t b = 0; up == node && b < w->t.areas; b++)
                        counts_leaf[b * nodes + leaf] |= area == w->t.areas || b == area;
        }
}

/* Whether the equations (solved) tell the sum of two hidden cells. */
static bool tells_sum(const struct system *y, size_t rank, size_t a, size_t b)
{
        const uint64_t *row[2] = { NULL, NULL };

        for (size_t r = 0; r < rank; r++) {
                size_t first = 0;

                while (y->row[r][first] == 0)
                        first++;
                if (first == a || first == b)
                        row[first == b] = y->row[r];
        }
        if (row[0] == NULL && row[1] == NULL)
                return false;
        for (size_t k = 0; k < y->columns; k++)
                if (((row[0] == NULL ? 0 : row[0][k]) + (row[1] == NULL ? 0 : row[1][k])) % P != (k == a || k == b))
                        return false;
        return true;
}

/* The sum of two hidden cells that do not stand together below a shown one may be told as well: by adding and subtracting several sums. */
static void no_sum_of_two_hidden_cells_that_is_told_is_one_that_the_rule_hides(void **state)
{
        struct system *y = malloc(sizeof *y);
        size_t sums = 0;

        assert_non_null(y);
        for (uint64_t n = 1; n <= 600; n++) {
                uint64_t seed = n * 7919;
                struct table *w = table_made(*state, &seed), *month[3];
                struct suppress_rule rule = SUPPRESS_USUAL;
                enum cell_state *cell = closed_three(*state, w, &seed, month);
                size_t rank = 0, cells = suppress_cells(&w->t);

                write_equations(y, &w->t, cell);
                assert_int_equal(told(y), 0);
                for (size_t r = 0; r < y->rows; r++) {
                        bool is_any = false;

                        for (size_t k = 0; k < y->columns; k++)
                                is_any |= y->row[r][k] != 0;
                        rank += is_any;
                }
                for (size_t i = 0; i < cells; i++)
                        for (size_t j = 0; j < i; j++) {
                                bool counts[CELLS_MAX] = { false };

                                if (y->column[i] < 0 || y->column[j] < 0 || !tells_sum(y, rank, (size_t)y->column[i], (size_t)y->column[j]))
                                        continue;
                                sums++;
                                add_leaves(w, i, counts);
                                add_leaves(w, j, counts);
                                for (int k = 0; k < 3; k++)
                                        if (!is_safe(month[k], counts, &rule))
                                                fail_msg("world %d, month %d: the sum of cells %zu and %zu", (int)n, k, j, i);
                        }
                arena_reset(*state);
        }
        free(y);
        assert_true(sums > 4000);
}

/* A solution drawn at random of the equations (solved) with nothing on the right: a sum of cells is told if and, but for chance, only if it is
 * zero for them. */
static void draw_solution(const struct system *y, uint64_t *seed, uint64_t *value)
{
        for (size_t k = 0; k < y->columns; k++)
                value[k] = (uint64_t)below(seed, INT64_C(1) << 60);
        for (size_t r = 0; r < y->rows; r++) {
                size_t first = 0;
                uint64_t sum = 0;

                while (first < y->columns && y->row[r][first] == 0)
                        first++;
                for (size_t k = first + 1; k < y->columns; k++)
                        sum = (sum + times(y->row[r][k], value[k])) % P;
                if (first < y->columns)
                        value[first] = (P - sum) % P;
        }
}

/* Sums of three are not looked for: how seldom one that is told is as telling as a cell that the rule hides. */
static void few_sums_of_three_hidden_cells_that_are_told_are_such_that_the_rule_hides(void **state)
{
        struct system *y = malloc(sizeof *y);
        size_t sums = 0, telling = 0;

        assert_non_null(y);
        for (uint64_t n = 1; n <= 600; n++) {
                uint64_t seed = n * 7919 + 13, value[CELLS_MAX];
                struct table *w = table_made(*state, &seed), *month[3];
                struct suppress_rule rule = SUPPRESS_USUAL;
                enum cell_state *cell = closed_three(*state, w, &seed, month);
                size_t hidden[CELLS_MAX] = { 0 };

                write_equations(y, &w->t, cell);
                assert_int_equal(told(y), 0);
                draw_solution(y, &seed, value);
                for (size_t i = 0; i < suppress_cells(&w->t); i++)
                        if (y->column[i] >= 0)
                                hidden[y->column[i]] = i;
                for (size_t i = 0; i < y->columns; i++)
                        for (size_t j = 0; j < i; j++)
                                for (size_t k = 0; k < j; k++) {
                                        bool counts[CELLS_MAX] = { false };

                                        if (((value[i] + value[j]) % P + value[k]) % P != 0)
                                                continue;
                                        add_leaves(w, hidden[i], counts);
                                        add_leaves(w, hidden[j], counts);
                                        add_leaves(w, hidden[k], counts);
                                        sums++;
                                        telling += !is_safe(month[0], counts, &rule) || !is_safe(month[1], counts, &rule) || !is_safe(month[2], counts, &rule);
                                }
                arena_reset(*state);
        }
        free(y);
        assert_true(sums > 4000);
        assert_true(telling * 1000 <= sums);
}

/* One of the contributors knows its own figures besides: what others bring to a cell is not told to it either, be it one alone. */
static void nobody_computes_anothers_figure_from_its_own(void **state)
{
        struct system *y = malloc(sizeof *y);
        size_t could = 0;

        assert_non_null(y);
        for (uint64_t n = 1; n <= 60; n++) {
                uint64_t seed = n * 1000003;
                struct table *w = table_made(*state, &seed);
                enum cell_state *cell = closed(*state, &w->t, &SUPPRESS_USUAL, w->list, w->count), known[CELLS_MAX];
                size_t cells = suppress_cells(&w->t);
                int32_t nodes = (int32_t)w->t.nodes;
                static bool is_there[60][CELLS_MAX];
                int makers[CELLS_MAX] = { 0 };

                memset(is_there, 0, sizeof is_there);
                for (size_t i = 0; i < w->count; i++)
                        for (int32_t up = w->list[i].node; up >= 0; up = w->parent[up]) {
                                is_there[w->list[i].establishment][w->list[i].area * nodes + up] = true;
                                if (w->t.areas > 1)
                                        is_there[w->list[i].establishment][w->t.areas * nodes + up] = true;
                        }
                for (size_t i = 0; i < cells; i++)
                        for (int e = 0; e < 60; e++)
                                makers[i] += is_there[e][i];
                for (int e = 0; e < 60; e++) {
                        bool is_alone = false;

                        for (size_t i = 0; i < cells; i++) {
                                bool is_own = is_there[e][i] && makers[i] == 1 && cell_is_hidden(cell[i]);

                                known[i] = is_own ? CELL_SHOWN : cell[i];
                                is_alone |= is_own;
                        }
                        if (!is_alone)
                                continue;
                        write_equations(y, &w->t, known);
                        told(y);
                        for (size_t i = 0; i < cells; i++) {
                                bool is_told = y->column[i] >= 0 && y->is_told[y->column[i]];

                                could += is_told;
                                if (is_told && makers[i] - is_there[e][i] == 1)
                                        fail_msg("world %d: establishment %d computes cell %zu", (int)n, e, i);
                        }
                }
                arena_reset(*state);
        }
        free(y);
        assert_true(could > 0);
}

/* What is hidden after fewer months is hidden after more: an older table beside a newer tells nothing. */
static void what_was_hidden_stays_hidden(void **state)
{
        size_t later = 0;

        for (uint64_t n = 1; n <= 300; n++) {
                uint64_t seed = n * 7368787;
                struct table *w = table_made(*state, &seed);
                struct months m = { .count = 0 };
                enum cell_state *before = NULL;

                for (size_t k = 0; k < 4; k++) {
                        const struct table *some = some_of(*state, w, &seed);

                        add_month(&m, some->list, some->count);
                }
                for (size_t k = 1; k <= 4; k++) {
                        enum cell_state *cell = closed_months(*state, &w->t, &SUPPRESS_USUAL, &m, k, NULL, 0);

                        for (size_t i = 0; before != NULL && i < suppress_cells(&w->t); i++) {
                                if (cell_is_hidden(before[i]) && !cell_is_hidden(cell[i]))
                                        fail_msg("world %d: cell %zu is shown again after month %zu", (int)n, i, k);
                                later += cell_is_hidden(cell[i]) && before[i] == CELL_SHOWN;
                        }
                        before = cell;
                }
                arena_reset(*state);
        }
        assert_true(later > 300);
}

/* ---- months that few have reported -------------------------------------------------------------------- */

#define PANEL_MONTHS 5
#define PANEL_WORLDS 200

/* A panel of the lines of a drawn table, with reports missing, and what is hidden of each month. */
struct panelled {
        const struct table *w;
        struct panel *panel;
        const struct contributor *list; /* [line of the panel] */
        bool counts_all;                /* as if what was completed had been reported */
        int64_t value[PANEL_MONTHS][CELLS_MAX]; /* of cells */
        enum cell_state state[PANEL_MONTHS][CELLS_MAX];
};

static int64_t quantity_of(void *context, size_t line, size_t month, bool *is_reported)
{
        const struct panelled *p = context;

        *is_reported = p->counts_all || !panel_is_imputed(p->panel, line, (int32_t)month);
        return p->panel->quantity[line * PANEL_MONTHS + month];
}

static void draw_panel(struct arena *arena, struct panelled *p, uint64_t *seed)
{
        static const int32_t units[24] = { 0 };
        struct panel_line *line = arena_array(arena, p->w->count + 1, sizeof *line);
        bool is_taken[60][24] = { { false } };
        size_t count = 0, which;
        enum panel_fault fault;

        for (size_t i = 0; i < p->w->count; i++) {
                const struct brings *b = &p->w->list[i];

                if (!is_taken[b->establishment][b->node])
                        line[count++] = (struct panel_line){ b->establishment, b->node, b->area, 0, PANEL_MONTHS - 1 };
                is_taken[b->establishment][b->node] = true;
        }
        p->panel = panel_open(arena, PANEL_MONTHS, p->w->t.areas, (int32_t)p->w->t.nodes, units, line, count, &fault, &which);
        assert_non_null(p->panel);
        for (size_t i = 0; i < count; i++) {
                int64_t size = INT64_C(1000000000000) + below(seed, INT64_C(8000000000000));

                for (int32_t t = 0; t < PANEL_MONTHS; t++) /* the first month is in; of later ones all, most, or half are missing */
                        if (t == 0 || below(seed, 4) >= t - 1)
                                panel_put(p->panel, (int64_t)i, t, size + below(seed, size), 0);
        }
        panel_complete(p->panel, 12);
}

/* Each cell's value, as whoever could read all levels would know it. */
static void add_up(struct panelled *p)
{
        const struct suppress_table *t = &p->w->t;

        memset(p->value, 0, sizeof p->value);
        for (size_t i = 0; i < p->panel->count; i++)
                for (int32_t n = p->list[i].node; n >= 0; n = t->parent[n])
                        for (int32_t m = 0; m < PANEL_MONTHS; m++) {
                                p->value[m][p->list[i].area * (int32_t)t->nodes + n] += p->panel->quantity[i * PANEL_MONTHS + (size_t)m];
                                if (t->areas > 1)
                                        p->value[m][t->areas * (int32_t)t->nodes + n] += p->panel->quantity[i * PANEL_MONTHS + (size_t)m];
                        }
}

/* Months are taken one after another; of each, what is hidden in it alone, and what is hidden for good at last. */
static void judge_months(struct arena *arena, struct panelled *p)
{
        struct contributor *list = arena_array(arena, p->panel->count + 1, sizeof *list);
        struct suppression *s;

        for (size_t i = 0; i < p->panel->count; i++)
                list[i] = (struct contributor){ p->panel->line[i].establishment, p->panel->line[i].area, p->panel->line[i].product, 0, PANEL_MONTHS - 1 };
        p->list = list;
        s = suppress_open(arena, &p->w->t, &SUPPRESS_USUAL, list, p->panel->count, quantity_of, p, PANEL_MONTHS);
        for (size_t m = 0; m < PANEL_MONTHS; m++) {
                suppress_take(s, m);
                suppress_apart(s);
                for (size_t i = 0; i < suppress_cells(&p->w->t); i++)
                        p->state[m][i] = suppress_state(s, i);
                suppress_back(s);
        }
        for (size_t m = 0; m < PANEL_MONTHS; m++)
                for (size_t i = 0; i < suppress_cells(&p->w->t); i++)
                        if (cell_is_hidden(suppress_state(s, i)))
                                p->state[m][i] = suppress_state(s, i);
        add_up(p);
}

static bool draw_panelled(struct arena *arena, struct panelled *p, uint64_t n, bool counts_all)
{
        uint64_t seed = n * 15485863;

        *p = (struct panelled){ .w = table_made(arena, &seed), .counts_all = counts_all };
        if (p->w->count == 0)
                return false;
        draw_panel(arena, p, &seed);
        judge_months(arena, p);
        return true;
}

/* Whether two pairs move alike, but for the rounding of what was completed. */
static bool moves_alike(int64_t before, int64_t after, int64_t own_before, int64_t own_after)
{
        int128 one = (int128)before * own_after, other = (int128)after * own_before, off = one > other ? one - other : other - one;

        return before > 0 && after > 0 && off < one / 100000000000;
}

/* Establishments of which the movement between two months is that of a sum which is told in both. */
static size_t told_movements(const struct panelled *p, int32_t from, int32_t to, const int64_t *sum)
{
        size_t told = 0;

        for (size_t i = 0; i < p->panel->count; i++) {
                const int64_t *q = p->panel->quantity + i * PANEL_MONTHS;

                told += !panel_is_imputed(p->panel, i, from) && !panel_is_imputed(p->panel, i, to) && moves_alike(sum[0], sum[1], q[from], q[to]);
        }
        return told;
}

/* All that is told of two months: cells shown in both, and all sums of those hidden in one of them that follow, also by two of them added or
 * subtracted. */
static size_t told_between(const struct panelled *p, struct system *y, int32_t from, int32_t to)
{
        enum cell_state either[CELLS_MAX];
        size_t cells = suppress_cells(&p->w->t), told_of = 0, rows = 0;
        int64_t (*sum)[2] = y->sum;

        for (size_t i = 0; i < cells; i++) {
                either[i] = cell_is_hidden(p->state[from][i]) ? p->state[from][i] : p->state[to][i];
                if (!cell_is_hidden(either[i]))
                        told_of += told_movements(p, from, to, (int64_t[]){ p->value[from][i], p->value[to][i] });
        }
        write_equations(y, &p->w->t, either);
        told(y);
        for (size_t r = 0; r < y->rows; r++) {
                bool is_any = false;

                sum[rows][0] = sum[rows][1] = 0;
                for (size_t i = 0; i < cells; i++)
                        if (y->column[i] >= 0 && y->row[r][y->column[i]] != 0) {
                                int64_t sign = y->row[r][y->column[i]] == 1 ? 1 : -1;

                                assert_true(sign == 1 || y->row[r][y->column[i]] == P - 1);
                                sum[rows][0] += sign * p->value[from][i];
                                sum[rows][1] += sign * p->value[to][i];
                                is_any = true;
                        }
                rows += is_any;
        }
        for (size_t r = 0; r < rows; r++)
                for (size_t k = 0; k <= r; k++)
                        for (int sign = -1; sign <= (k < r ? 1 : -1); sign += 2) {
                                int64_t both[2] = { sum[r][0] + (k < r ? sign * sum[k][0] : 0), sum[r][1] + (k < r ? sign * sum[k][1] : 0) };

                                if (both[0] < 0) {
                                        both[0] = -both[0];
                                        both[1] = -both[1];
                                }
                                told_of += told_movements(p, from, to, both);
                        }
        return told_of;
}

/* Of a shown cell of a month at least three reported, and besides the two largest of those and all that was completed there is a rest. */
static bool enough_reported(const struct panelled *p, int32_t m, int32_t area, int32_t node)
{
        int64_t value[60] = { 0 }, completed = 0, total = 0, largest[2] = { 0, 0 };
        int count = 0;

        for (size_t i = 0; i < p->panel->count; i++) {
                int64_t q = p->panel->quantity[i * PANEL_MONTHS + (size_t)m];
                int32_t n = p->list[i].node;

                while (n > node)
                        n = p->w->t.parent[n];
                if (n != node || (area < p->w->t.areas && p->list[i].area != area))
                        continue;
                total += q;
                if (panel_is_imputed(p->panel, i, m))
                        completed += q;
                else {
                        count += value[p->list[i].establishment] == 0;
                        value[p->list[i].establishment] += q;
                }
        }
        for (int e = 0; e < 60; e++)
                if (value[e] > largest[0]) {
                        largest[1] = largest[0];
                        largest[0] = value[e];
                } else if (value[e] > largest[1])
                        largest[1] = value[e];
        return count >= 3 && (int128)(completed + largest[0] + largest[1]) * 1000000 <= (int128)total * 850000;
}

/* Where one alone of a cell has reported, what was completed moves with it. Between any two months nothing that is told moves as one of them. */
static void no_movement_that_is_told_is_that_of_one_establishment(void **state)
{
        struct system *y = malloc(sizeof *y);
        struct panelled *p = malloc(sizeof *p);
        size_t told_of_all = 0, shown = 0, withheld = 0;

        assert_non_null(y);
        assert_non_null(p);
        for (uint64_t n = 1; n <= 2 * PANEL_WORLDS; n++) {
                bool counts_all = n > PANEL_WORLDS;

                for (int32_t to = draw_panelled(*state, p, (n - 1) % PANEL_WORLDS + 1, counts_all) ? 1 : PANEL_MONTHS; to < PANEL_MONTHS; to++)
                        for (int32_t from = 0; from < to; from++) {
                                size_t told_of = told_between(p, y, from, to);

                                told_of_all += told_of;
                                if (!counts_all && told_of > 0)
                                        fail_msg("world %d: from month %d to %d %zu movements are told", (int)n, from, to, told_of);
                        }
                for (size_t i = 0; !counts_all && i < suppress_cells(&p->w->t); i++)
                        for (int m = 0; m < PANEL_MONTHS; m++) {
                                if (p->state[m][i] == CELL_SHOWN && !enough_reported(p, m, (int32_t)(i / p->w->t.nodes), (int32_t)(i % p->w->t.nodes)))
                                        fail_msg("world %d, month %d: cell %zu is shown", (int)n, m, i);
                                shown += p->state[m][i] == CELL_SHOWN;
                                withheld += p->state[m][i] == CELL_WAITING;
                        }
                arena_reset(*state);
        }
        free(y);
        free(p);
        /* it matters: were what was completed counted as reported, many would be told; and much is shown */
        assert_true(told_of_all > 500);
        assert_true(shown > 2000);
        assert_true(withheld > 1000);
}

static void the_order_of_contributors_does_not_matter(void **state)
{
        for (uint64_t n = 1; n <= 100; n++) {
                uint64_t seed = n * 961748941;
                struct table *w = table_made(*state, &seed);
                enum cell_state *cell = closed(*state, &w->t, &SUPPRESS_USUAL, w->list, w->count), *again;

                for (size_t i = w->count; i-- > 1;) {
                        size_t k = (size_t)below(&seed, (int64_t)i + 1);
                        struct brings spare = w->list[i];

                        w->list[i] = w->list[k];
                        w->list[k] = spare;
                }
                again = closed(*state, &w->t, &SUPPRESS_USUAL, w->list, w->count);
                assert_memory_equal(cell, again, suppress_cells(&w->t) * sizeof *cell);
                arena_reset(*state);
        }
}

static void a_table_without_unsafe_cells_is_shown_whole(void **state)
{
        static const int32_t parent[] = { -1, 0, 0, 1, 1, 2, 2 };
        static const struct suppress_table table = { parent, 7, 3 };
        struct brings list[200];
        size_t n = 0;
        enum cell_state *cell;

        for (int32_t a = 0; a < 3; a++)
                for (int32_t leaf = 3; leaf < 7; leaf++)
                        for (int32_t k = 0; k < 4; k++)
                                list[n++] = (struct brings){ 100 * a + 10 * leaf + k, a, leaf, 50 };
        cell = closed(*state, &table, &SUPPRESS_USUAL, list, n);
        for (size_t i = 0; i < suppress_cells(&table); i++)
                assert_int_equal(cell[i], CELL_SHOWN);
        cell = closed(*state, &table, &SUPPRESS_USUAL, list, 0);
        for (size_t i = 0; i < suppress_cells(&table); i++)
                assert_int_equal(cell[i], CELL_EMPTY);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_primary_rule_counts_and_weighs),
                cmocka_unit_test(a_hidden_product_takes_a_sibling_along),
                cmocka_unit_test(two_single_makers_do_not_protect_each_other),
                cmocka_unit_test(an_only_child_takes_its_parent_along),
                cmocka_unit_test(a_cell_unsafe_in_one_month_is_hidden_in_all),
                cmocka_unit_test(a_cell_hidden_for_another_reason_is_protected_as_well),
                cmocka_unit_test(no_hidden_cell_can_be_computed_from_the_shown_ones),
                cmocka_unit_test(every_remainder_of_a_shown_cell_satisfies_the_rule),
                cmocka_unit_test(no_sum_of_two_hidden_cells_that_is_told_is_one_that_the_rule_hides),
                cmocka_unit_test(few_sums_of_three_hidden_cells_that_are_told_are_such_that_the_rule_hides),
                cmocka_unit_test(nobody_computes_anothers_figure_from_its_own),
                cmocka_unit_test(what_was_hidden_stays_hidden),
                cmocka_unit_test(no_movement_that_is_told_is_that_of_one_establishment),
                cmocka_unit_test(the_order_of_contributors_does_not_matter),
                cmocka_unit_test(a_table_without_unsafe_cells_is_shown_whole),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
