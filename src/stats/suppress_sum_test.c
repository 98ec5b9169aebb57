#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/drawn_table.h"

static void every_remainder_of_a_shown_cell_satisfies_the_rule(void **state)
{
        for (uint64_t n = 1; n <= 600; n++) {
                uint64_t seed = n * 40503;
                struct table *w = table_made(*state, &seed, 5, 19), *month[3];
                enum cell_state *cell = closed_three(*state, w, &seed, month);
                int32_t nodes = (int32_t)w->t.nodes, all = w->t.areas == 1 ? 1 : w->t.areas + 1;

                for (int32_t a = 0; a < all; a++)
                        for (int32_t top = 0; top < nodes; top++) {
                                int own[CELLS_MAX] = { 0 }, over_areas[CELLS_MAX] = { 0 }, whole[CELLS_MAX] = { 0 };

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
                                        if (!is_safe(month[k], whole) || !is_safe(month[k], own) || !is_safe(month[k], over_areas))
                                                fail_msg("world %d, area %d, node %d, month %d", (int)n, a, top, k);
                        }
                arena_reset(*state);
        }
}

/* A sum of hidden cells that is told satisfies the rule in each of three months. */
static void check_sum(void *context, const size_t *cell, size_t count)
{
        struct table **month = context;
        int times[CELLS_MAX] = { 0 };

        for (size_t i = 0; i < count; i++)
                add_leaves(month[0], cell[i], times);
        for (int k = 0; k < 3; k++)
                if (!is_safe(month[k], times))
                        fail_msg("month %d: a sum of %zu cells that is told, of cell %zu and others", k, count, cell[0]);
}

/* The sum of hidden cells that do not stand together below a shown one may be told as well: by adding and subtracting several sums. */
static void no_sum_of_up_to_three_that_is_told_is_one_that_the_rule_hides(void **state)
{
        struct system *y = malloc(sizeof *y);
        size_t pairs = 0, triples = 0;

        assert_non_null(y);
        for (uint64_t n = 1; n <= 600; n++) {
                uint64_t seed = n * 7919 + 17, value[CELLS_MAX];
                struct table *w = table_made(*state, &seed, 5, 19), *month[3];
                enum cell_state *cell = closed_three(*state, w, &seed, month);
                size_t hidden[CELLS_MAX] = { 0 };

                write_equations(y, &w->t, cell);
                assert_int_equal(told(y), 0);
                draw_solution(y, &seed, value);
                for (size_t i = 0; i < suppress_cells(&w->t); i++)
                        if (y->column[i] >= 0)
                                hidden[y->column[i]] = i;
                for (size_t i = 0; i < y->columns; i++)
                        for (size_t j = 0; j < i; j++) {
                                if ((value[i] + value[j]) % P == 0) {
                                        pairs++;
                                        check_sum(month, (size_t[]){ hidden[i], hidden[j] }, 2);
                                }
                                for (size_t k = 0; k < j; k++)
                                        if (((value[i] + value[j]) % P + value[k]) % P == 0) {
                                                triples++;
                                                check_sum(month, (size_t[]){ hidden[i], hidden[j], hidden[k] }, 3);
                                        }
                        }
                arena_reset(*state);
        }
        free(y);
        assert_true(pairs > 3000);
        assert_true(triples > 4000);
}

static void no_sum_of_however_many_that_is_told_is_one_that_the_rule_hides(void **state)
{
        size_t sums = 0;

        for (uint64_t n = 1; n <= 700; n++) {
                uint64_t seed = n * 104729 + 5;
                struct table *w = table_made(*state, &seed, 3, 10), *month[3];

                sums += each_told_sum(*state, &w->t, closed_three(*state, w, &seed, month), check_sum, month);
                arena_reset(*state);
        }
        assert_true(sums > 50000);
}

/* ---- the range of a hidden cell ---- */

#define VERTICES_MAX 256

/* What may flow from one vertex to another: any amount along a hidden cell, back what it has. */
struct flows {
        int vertices;
        int64_t most[VERTICES_MAX][VERTICES_MAX];
};

/* The ground is 0; then the nodes of each area, of the country, where those of products of areas are one with the country's. The amount of an area flows down its tree, that of the country up. */
static int vertex_of(const struct suppress_table *t, int32_t area, int32_t node)
{
        bool is_leaf = true;

        if (node < 0)
                return 0;
        for (size_t i = 0; i < t->nodes; i++)
                is_leaf = is_leaf && t->parent[i] != node;
        return 1 + (is_leaf ? t->areas == 1 ? 0 : t->areas : area) * (int)t->nodes + node;
}

static void ends_of(const struct suppress_table *t, size_t cell, int *from, int *to)
{
        int32_t area = (int32_t)(cell / t->nodes), node = (int32_t)(cell % t->nodes);
        int own = vertex_of(t, area, node), up = vertex_of(t, area, t->parent[node]);

        if (t->areas == 1 && own == vertex_of(t, 1, node)) /* of one area alone nothing else holds its products */
                own = 0;
        *from = t->areas > 1 && area == t->areas ? own : up;
        *to = t->areas > 1 && area == t->areas ? up : own;
}

/* What its establishments bring to a cell: all, and the two that bring most. */
static int64_t brought(const struct table *w, size_t cell, int64_t *largest)
{
        int times[CELLS_MAX] = { 0 };
        int64_t by[400] = { 0 }, total = 0, first = 0, second = 0;

        add_leaves(w, cell, times);
        for (size_t i = 0; i < w->count; i++)
                by[w->list[i].establishment] += times[w->list[i].area * (int32_t)w->t.nodes + w->list[i].node] * w->list[i].value;
        for (size_t e = 0; e < 400; e++) {
                total += by[e];
                second = by[e] > first ? first : by[e] > second ? by[e] : second;
                first = by[e] > first ? by[e] : first;
        }
        *largest = first + second;
        return total;
}

/* How much more than it has a cell could have, all that is shown the same and nothing below zero: what can flow around it. */
static int64_t more(struct flows *f, int from, int to, int64_t enough)
{
        int64_t sum = 0;

        for (;;) {
                int by[VERTICES_MAX], list[VERTICES_MAX], count = 0;
                int64_t least = enough;

                memset(by, -1, sizeof by);
                by[to] = to;
                list[count++] = to;
                for (int n = 0; n < count && by[from] < 0; n++)
                        for (int v = 0; v < f->vertices; v++)
                                if (by[v] < 0 && f->most[list[n]][v] > 0) {
                                        by[v] = list[n];
                                        list[count++] = v;
                                }
                if (by[from] < 0 || sum >= enough)
                        return sum;
                for (int v = from; v != to; v = by[v])
                        least = f->most[by[v]][v] < least ? f->most[by[v]][v] : least;
                for (int v = from; v != to; v = by[v]) {
                        f->most[by[v]][v] -= least;
                        f->most[v][by[v]] += least;
                }
                sum += least;
        }
}

static void what_a_hidden_cell_may_have_at_most_is_not_near_what_two_of_it_have(void **state)
{
        struct flows *start = calloc(1, sizeof *start), *f = malloc(sizeof *f);
        size_t looked_at = 0, close = 0;

        assert_non_null(start);
        assert_non_null(f);
        for (uint64_t n = 1; n <= 150; n++) {
                uint64_t seed = n * 65537 + 3;
                struct table *w = table_made(*state, &seed, 4, 14), *month[3];
                enum cell_state *state_of = closed_three(*state, w, &seed, month);
                size_t cells = suppress_cells(&w->t);

                for (int k = 0; k < 3; k++) {
                        int64_t largest, most = (int64_t)1 << 50;

                        memset(start, 0, sizeof *start);
                        start->vertices = 1 + (w->t.areas + 1) * (int)w->t.nodes;
                        assert_true(start->vertices <= VERTICES_MAX);
                        for (size_t c = 0; c < cells; c++) {
                                int from, to;

                                ends_of(&w->t, c, &from, &to);
                                if (cell_is_hidden(state_of[c])) {
                                        start->most[from][to] += most;
                                        start->most[to][from] += brought(month[k], c, &largest);
                                }
                        }
                        for (size_t c = 0; c < cells; c++) {
                                int64_t has = brought(month[k], c, &largest), could;
                                int from, to;

                                if (!cell_is_hidden(state_of[c]) || largest * 100 <= has * 85)
                                        continue;
                                ends_of(&w->t, c, &from, &to);
                                *f = *start;
                                f->most[from][to] -= most;
                                f->most[to][from] -= has;
                                could = has + more(f, from, to, most);
                                looked_at++;
                                close += could < 2 * has;
                                if (largest * 100 > could * 85)
                                        fail_msg("world %d, cell %zu, month %d: two have %lld, and it could have %lld at most", (int)n, c, k, (long long)largest, (long long)could);
                        }
                }
                arena_reset(*state);
        }
        free(start);
        free(f);
        assert_true(looked_at > 1000);
        assert_true(close > 50); /* not all ends are far */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_remainder_of_a_shown_cell_satisfies_the_rule),
                cmocka_unit_test(no_sum_of_up_to_three_that_is_told_is_one_that_the_rule_hides),
                cmocka_unit_test(no_sum_of_however_many_that_is_told_is_one_that_the_rule_hides),
                cmocka_unit_test(what_a_hidden_cell_may_have_at_most_is_not_near_what_two_of_it_have),
        };

        return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
