#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/drawn_table.h"

/* One of the contributors knows its own figures besides: what others bring to a cell is not told to it either, be it one alone. */
static void nobody_computes_anothers_figure_from_its_own(void **state)
{
        struct system *y = malloc(sizeof *y);
        size_t could = 0;

        assert_non_null(y);
        for (uint64_t n = 1; n <= 60; n++) {
                uint64_t seed = n * 1000003;
                struct table *w = table_made(*state, &seed, 5, 19);
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

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nobody_computes_anothers_figure_from_its_own),
        };

        return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
