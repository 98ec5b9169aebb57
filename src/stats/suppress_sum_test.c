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

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_remainder_of_a_shown_cell_satisfies_the_rule),
                cmocka_unit_test(no_sum_of_up_to_three_that_is_told_is_one_that_the_rule_hides),
                cmocka_unit_test(no_sum_of_however_many_that_is_told_is_one_that_the_rule_hides),
        };

        return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
