#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "stats/mixed.h"
#include "tests/drawn_table.h"

#define SUMS 3
#define CELLS 7
#define MAKERS 9

/* Sums of cells that are told, and who brings to these: drawn. */
struct world {
        struct mixed m;
        struct mixed_term term[SUMS * CELLS];
        struct mixed_part part[MAKERS * CELLS];
        double at[SUMS][CELLS], value[CELLS][MAKERS], total[CELLS], completed[CELLS];
};

static void draw(struct world *w, uint64_t *seed)
{
        *w = (struct world){ .m = { .sums = 1 + (size_t)below(seed, SUMS), .cells = 2 + (size_t)below(seed, CELLS - 1), .contributors = 3 + (size_t)below(seed, MAKERS - 2),
                                    .term = w->term, .part = w->part, .total = w->total, .completed = w->completed } };
        for (size_t s = 0; s < w->m.sums; s++)
                for (size_t c = 0; c < w->m.cells; c++) {
                        if (below(seed, 4) == 0)
                                continue;
                        w->at[s][c] = (double)(1 + below(seed, 9)) * (below(seed, 12) == 0 ? -1 : 1);
                        w->term[w->m.terms++] = (struct mixed_term){ s, c, w->at[s][c] };
                }
        for (size_t c = 0; c < w->m.cells; c++) {
                w->completed[c] = below(seed, 3) == 0 ? (double)below(seed, 60) : 0;
                w->total[c] = w->completed[c];
                for (size_t i = 0; i < w->m.contributors; i++) {
                        if (below(seed, 2) == 0)
                                continue;
                        w->value[c][i] = exp((double)below(seed, 700) / 100);
                        w->total[c] += w->value[c][i];
                        w->part[w->m.parts++] = (struct mixed_part){ i, c, w->value[c][i] };
                }
        }
}

/* Of a sum in which cells count so many times: how much others have less than the rule asks for, of the two that make it most; and the sum itself. Below zero: enough.
 * NAN where a cell counts below zero. */
static double lacks(const struct world *w, const double *times, double *sum)
{
        double brings[MAKERS] = { 0 }, first = 0, second = 0, completed = 0, greatest = 0;

        *sum = 0;
        for (size_t c = 0; c < w->m.cells; c++)
                greatest = fmax(greatest, fabs(times[c]) * w->total[c]);
        for (size_t c = 0; c < w->m.cells; c++) {
                if (times[c] * w->total[c] < -1e-9 * greatest)
                        return NAN;
                *sum += times[c] * w->total[c];
                completed += times[c] * w->completed[c];
                for (size_t i = 0; i < w->m.contributors; i++)
                        brings[i] += times[c] * w->value[c][i];
        }
        for (size_t i = 0; i < w->m.contributors; i++) {
                second = fmax(second, fmin(first, brings[i]));
                first = fmax(first, brings[i]);
        }
        return completed + first + second - 0.85 * *sum;
}

static void add_up(const struct world *w, const double *of, double *times)
{
        for (size_t c = 0; c < w->m.cells; c++) {
                times[c] = 0;
                for (size_t s = 0; s < w->m.sums; s++)
                        times[c] += of[s] * w->at[s][c];
        }
}

/* The edges of the cone of sums: those in which as many cells do not count as there are sums but one. How much is too much at most, of the sum. */
static double most_lacking(const struct world *w)
{
        double most = -1, times[CELLS], sum;

        for (size_t i = 0; i < w->m.cells; i++)
                for (size_t k = i; k < w->m.cells; k++)
                        for (int sign = -1; sign < 2; sign += 2) {
                                double of[SUMS] = { sign }, a[SUMS] = { 0 }, b[SUMS] = { 0 }, lacking;

                                for (size_t s = 0; s < w->m.sums; s++) {
                                        a[s] = w->at[s][i];
                                        b[s] = w->at[s][k];
                                }
                                if (w->m.sums == 2) {
                                        of[0] = sign * a[1];
                                        of[1] = -sign * a[0];
                                } else if (w->m.sums == 3) {
                                        of[0] = sign * (a[1] * b[2] - a[2] * b[1]);
                                        of[1] = sign * (a[2] * b[0] - a[0] * b[2]);
                                        of[2] = sign * (a[0] * b[1] - a[1] * b[0]);
                                }
                                add_up(w, of, times);
                                lacking = lacks(w, times, &sum);
                                if (!isnan(lacking) && sum > 1e-6 && lacking / sum > most)
                                        most = lacking / sum;
                        }
        return most;
}

/* Rank below the number of sums: the edges are others. */
static bool is_plain(const struct world *w)
{
        for (size_t i = 0; i < w->m.cells; i++)
                for (size_t k = 0; k < w->m.cells; k++)
                        for (size_t l = 0; l < w->m.cells; l++) {
                                const double (*a)[CELLS] = w->at;

                                if (w->m.sums == 1 ? a[0][i] != 0 : w->m.sums == 2 ? a[0][i] * a[1][k] != a[0][k] * a[1][i]
                                    : a[0][i] * (a[1][k] * a[2][l] - a[1][l] * a[2][k]) - a[0][k] * (a[1][i] * a[2][l] - a[1][l] * a[2][i]) + a[0][l] * (a[1][i] * a[2][k] - a[1][k] * a[2][i]) != 0)
                                        return true;
                        }
        return false;
}

static void what_is_found_is_a_sum_of_which_few_have_too_much_and_where_nothing_is_there_is_none(void **state)
{
        int found = 0, safe = 0;

        for (uint64_t n = 1; n <= 4000; n++) {
                uint64_t seed = n * 7919;
                struct world w;
                double of[SUMS], lacking, times[CELLS], sum, most;

                draw(&w, &seed);
                most = is_plain(&w) ? most_lacking(&w) : NAN;
                if (mixed_find(*state, &w.m, &SUPPRESS_USUAL, of, &lacking)) {
                        add_up(&w, of, times);
                        if (!(lacking <= lacks(&w, times, &sum) + 1e-6 * sum) || lacking <= 0) /* others may have even more of it */
                                fail_msg("world %d: of %g: %g lacks %g, said %g", (int)n, sum, lacks(&w, times, &sum), lacks(&w, times, &sum), lacking);
                        found++;
                } else if (most > 1e-6)
                        fail_msg("world %d: %g of a sum is too much, and it is not found", (int)n, most);
                else
                        safe++;
                arena_reset(*state);
        }
        assert_true(found > 500 && safe > 500);
}

/* 2 p + 3 q + r and p + 3 q + 2 r: p and r have many makers; q, which stands in each sum with what is enough beside it, has two. */
static void a_sum_that_only_both_tables_tell_is_found(void **state)
{
        static const struct mixed_term term[] = { { 0, 0, 2 }, { 0, 1, 3 }, { 0, 2, 1 }, { 1, 0, 1 }, { 1, 1, 3 }, { 1, 2, 2 } };
        static const double total[] = { 60, 100, 60 }, completed[] = { 0, 0, 0 };
        static const struct mixed_part part[] = { { 0, 0, 20 }, { 1, 0, 20 }, { 2, 0, 20 }, { 3, 1, 50 }, { 4, 1, 50 }, { 5, 2, 20 }, { 6, 2, 20 }, { 7, 2, 20 } };
        struct mixed one = { 1, 3, 8, term, 3, part, 8, total, completed }, both = { 2, 3, 8, term, 6, part, 8, total, completed };
        double of[2], lacking;

        assert_false(mixed_find(*state, &one, &SUPPRESS_USUAL, of, &lacking));
        assert_false(mixed_find(*state, &both, &SUPPRESS_USUAL, of, &lacking));
        both.part = (const struct mixed_part[]){ { 0, 0, 20 }, { 1, 0, 20 }, { 2, 0, 20 }, { 3, 1, 50 }, { 4, 1, 50 }, { 5, 2, 20 }, { 3, 2, 20 }, { 4, 2, 20 } };
        one.part = both.part;
        assert_false(mixed_find(*state, &one, &SUPPRESS_USUAL, of, &lacking));
        assert_true(mixed_find(*state, &both, &SUPPRESS_USUAL, of, &lacking));
        assert_true(fabs(of[1] / of[0] + 2) < 1e-9); /* twice the second less the first: 3 q + 3 r */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_sum_that_only_both_tables_tell_is_found),
                cmocka_unit_test(what_is_found_is_a_sum_of_which_few_have_too_much_and_where_nothing_is_there_is_none),
        };

        return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
