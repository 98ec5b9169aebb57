#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/drawn_table.h"

#define WORLDS 1200

/* Two months of a drawn table: in the second some did not report. */
struct late {
        const struct table *w;
        struct contributor list[400];
        bool is_missing[400];
};

static int64_t brought(void *context, size_t i, size_t month, bool *is_reported)
{
        const struct late *l = context;

        *is_reported = month == 0 || !l->is_missing[i];
        return l->w->list[i].value;
}

/* A cell that somebody brings to, and nobody reported. */
static bool is_silent(const struct late *l, size_t cell)
{
        int times[CELLS_MAX] = { 0 };
        bool is_any = false;

        add_leaves(l->w, cell, times);
        for (size_t i = 0; i < l->w->count; i++) {
                const struct brings *b = &l->w->list[i];

                if (times[b->area * (int32_t)l->w->t.nodes + b->node] == 0)
                        continue;
                if (!l->is_missing[i])
                        return false;
                is_any = true;
        }
        return is_any;
}

/* The second month by itself; which cells are hidden in it alone. */
static void judge(struct arena *arena, struct late *l, bool closes, const unsigned char *elsewhere, enum cell_state *state, bool *is_of_month)
{
        size_t cells = suppress_cells(&l->w->t);
        struct suppression *s;

        for (size_t i = 0; i < l->w->count; i++)
                l->list[i] = (struct contributor){ l->w->list[i].establishment, l->w->list[i].area, l->w->list[i].node, 0, 1 };
        s = suppress_open(arena, &l->w->t, &SUPPRESS_USUAL, l->list, l->w->count, brought, l, 2);
        suppress_ask(s, 0);
        suppress_ask(s, 1);
        suppress_take(s, 0);
        suppress_apart(s);
        suppress_back(s);
        suppress_take(s, 1);
        for (size_t i = 0; i < cells; i++)
                is_of_month[i] = !cell_is_hidden(suppress_state(s, i));
        suppress_apart(s);
        if (closes)
                suppress_close_known(s, elsewhere);
        for (size_t i = 0; i < cells; i++) {
                state[i] = suppress_state(s, i);
                is_of_month[i] &= cell_is_hidden(state[i]);
        }
        suppress_back(s);
}

/* A sum of cells is zero, with coefficients. */
static void add_sum(struct system *y, const int *cell, const uint64_t *times, size_t count)
{
        uint64_t *row = y->row[y->rows];
        bool is_any = false;

        memset(row, 0, y->columns * sizeof *row);
        for (size_t i = 0; i < count; i++)
                if (y->column[cell[i]] >= 0) {
                        row[y->column[cell[i]]] = times[i];
                        is_any = true;
                }
        y->rows += is_any;
}

/* The tables of all areas and of the country, each a tree, and the country's products: means of the areas' with coefficients drawn. */
static void write_tables(struct system *y, const struct suppress_table *t, const bool *is_hidden, uint64_t *seed)
{
        uint64_t times[64];
        int cell[64];

        y->rows = y->columns = 0;
        for (size_t i = 0; i < suppress_cells(t); i++)
                y->column[i] = is_hidden[i] ? (int)y->columns++ : -1;
        for (int32_t a = 0; a <= t->areas; a++)
                for (int32_t n = 0; n < (int32_t)t->nodes; n++) {
                        size_t k = 1;

                        cell[0] = a * (int32_t)t->nodes + n;
                        times[0] = P - 1;
                        for (int32_t c = n + 1; c < (int32_t)t->nodes; c++)
                                if (t->parent[c] == n) {
                                        cell[k] = a * (int32_t)t->nodes + c;
                                        times[k++] = 1;
                                }
                        if (k > 1) {
                                add_sum(y, cell, times, k);
                                continue;
                        }
                        for (int32_t b = 0; b < t->areas; b++) {
                                cell[1 + b] = b * (int32_t)t->nodes + n;
                                times[1 + b] = 1 + (uint64_t)below(seed, INT64_C(1) << 60);
                        }
                        cell[0] = t->areas * (int32_t)t->nodes + n;
                        if (a == t->areas)
                                add_sum(y, cell, times, (size_t)t->areas + 1);
                }
}

/* Who knows all coefficients solves the sums of the month. How many cells of it that are hidden in it alone they find. */
static size_t found(struct system *y, const struct late *l, const enum cell_state *state, const bool *is_of_month, uint64_t *seed)
{
        bool is_unknown[CELLS_MAX] = { false };
        size_t count = 0;

        for (size_t i = 0; i < suppress_cells(&l->w->t); i++)
                is_unknown[i] = cell_is_hidden(state[i]) && !(is_of_month[i] && is_silent(l, i));
        write_tables(y, &l->w->t, is_unknown, seed);
        told(y);
        for (size_t i = 0; i < suppress_cells(&l->w->t); i++)
                count += is_unknown[i] && is_of_month[i] && y->is_told[y->column[i]];
        return count;
}

static bool draw(struct arena *arena, struct late *l, uint64_t n, uint64_t *seed)
{
        *seed = n * 15485863;
        *l = (struct late){ .w = table_made(arena, seed, 5, 19) };
        for (size_t i = 0; i < l->w->count; i++)
                l->is_missing[i] = below(seed, 4) == 0;
        return l->w->count > 0 && l->w->t.areas > 1;
}

static void who_knows_all_coefficients_finds_no_cell_of_the_month(void **state)
{
        struct system *y = malloc(sizeof *y);
        struct late *l = malloc(sizeof *l);
        size_t without = 0, hidden[2] = { 0, 0 };

        assert_non_null(y);
        assert_non_null(l);
        for (uint64_t n = 1; n <= WORLDS; n++) {
                enum cell_state states[CELLS_MAX];
                bool is_of_month[CELLS_MAX];
                uint64_t seed;

                for (int closes = draw(*state, l, n, &seed) ? 0 : 2; closes < 2; closes++) {
                        size_t left;

                        judge(*state, l, closes, NULL, states, is_of_month);
                        left = found(y, l, states, is_of_month, &seed);
                        without += closes ? 0 : left;
                        for (size_t i = 0; i < suppress_cells(&l->w->t); i++)
                                hidden[closes] += is_of_month[i];
                        if (closes && left > 0)
                                fail_msg("world %d: %zu cells of the month are found", (int)n, left);
                }
                arena_reset(*state);
        }
        free(y);
        free(l);
        assert_true(without > 40); /* it matters, */
        assert_true(hidden[1] < hidden[0] + 4 * without); /* and hides little more */
}

/* Two provinces with four products in two classes, of one of which one of five makers reported, and the country; the provinces' own tables show all classes. */
static void what_another_table_shows_is_no_way_around(void **state)
{
        static const unsigned char shows[21] = { [0] = ELSEWHERE_SHOWN, [1] = ELSEWHERE_SHOWN, [2] = ELSEWHERE_SHOWN, [7] = ELSEWHERE_SHOWN,
                                                       [8] = ELSEWHERE_SHOWN, [9] = ELSEWHERE_SHOWN };
        struct table *w = arena_alloc(*state, sizeof *w);
        struct system *y = malloc(sizeof *y);
        enum cell_state states[CELLS_MAX];
        bool is_of_month[CELLS_MAX];
        uint64_t seed = 1;
        struct late l;

        assert_non_null(y);
        *w = (struct table){ .parent = { -1, 0, 0, 1, 1, 2, 2 } };
        w->t = (struct suppress_table){ w->parent, 7, 2 };
        l = (struct late){ .w = w };
        for (int32_t i = 0; i < 40; i++) {
                w->list[w->count++] = (struct brings){ i, i / 20, 3 + i / 5 % 4, 900 + 37 * i };
                l.is_missing[i] = i / 5 == 1 && i % 5 > 0;
        }
        judge(*state, &l, false, NULL, states, is_of_month);
        assert_int_equal(states[4], CELL_WAITING);
        assert_int_equal(found(y, &l, states, is_of_month, &seed), 4);
        judge(*state, &l, true, shows, states, is_of_month);
        assert_int_equal(found(y, &l, states, is_of_month, &seed), 0);
        assert_int_equal(states[14], CELL_SHOWN); /* the country's whole */
        for (size_t i = 0; i < 21; i++)
                assert_false(shows[i] == ELSEWHERE_SHOWN && cell_is_hidden(states[i]));
        free(y);
        arena_reset(*state);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(who_knows_all_coefficients_finds_no_cell_of_the_month),
                cmocka_unit_test(what_another_table_shows_is_no_way_around),
        };

        return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
