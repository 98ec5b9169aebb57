/* suppress_again_test.c - months that are taken again after somebody brings something else hide what they hide when everything is found from nothing: in tables of several branches, of which most do
 * not hang together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stats/suppress_private.h"
#include "tests/drawn_table.h"

#define MONTHS 4
#define WORLDS 16
#define ROUNDS 14
#define AREAS 5
#define BRANCHES 7
#define NODES (1 + BRANCHES * (1 + 3 * (1 + 3))) /* the whole, branches of three classes of three products */
#define CELLS (NODES * (AREAS + 1))
#define MOST 3000

struct world {
        struct suppress_table table;
        int32_t parent[NODES];
        struct contributor list[MOST];
        size_t count;
        int64_t value[MONTHS][MOST];
        bool is_missing[MONTHS][MOST];
};

struct hidden {
        enum cell_state month[MONTHS][CELLS], always[MONTHS][CELLS];
};

static int64_t value_of(void *context, size_t contributor, size_t month, bool *is_reported)
{
        const struct world *w = context;

        *is_reported = !w->is_missing[month][contributor];
        return w->value[month][contributor];
}

static int64_t a_value(uint64_t *seed)
{
        return below(seed, 15) == 0 ? 0 : below(seed, 4) == 0 ? 1 + below(seed, 100000) : 1 + below(seed, 1000);
}

/* Most establishments make one product in one place; some several, in several branches and places. Some are asked later, or not any more. */
static void draw_world(struct world *w, uint64_t *seed)
{
        int64_t most[NODES] = { 0 }; /* [node of a branch or below] so many make a product in one place; few in some branches, so that ways lead through them */
        int32_t nodes = 1, establishments = 0, last = 0;

        *w = (struct world){ .count = 0 };
        w->parent[0] = -1;
        for (int32_t b = 0; b < BRANCHES; b++) {
                int32_t branch = nodes;

                w->parent[nodes++] = 0;
                most[branch] = 1 + below(seed, 6);
                for (int32_t c = 0; c < 3; c++) {
                        int32_t class = nodes;

                        w->parent[nodes++] = branch;
                        for (int32_t p = 0; p < 3; p++) {
                                most[nodes] = most[branch];
                                w->parent[nodes++] = class;
                        }
                }
        }
        w->table = (struct suppress_table){ w->parent, NODES, below(seed, 6) == 0 ? 1 : AREAS };
        for (int32_t a = 0; a < w->table.areas; a++)
                for (int32_t n = 2; n < NODES; n++)
                        for (int64_t k = w->parent[n] == 0 || w->parent[w->parent[n]] == 0 ? 0 : below(seed, most[n] + 1); k > 0 && w->count < MOST; k--) {
                                bool is_other = below(seed, 8) != 0 || establishments == 0;
                                int32_t establishment = is_other ? establishments++ : (int32_t)below(seed, establishments);

                                if (establishment == last && !is_other)
                                        continue;
                                last = establishment;
                                w->list[w->count++] = (struct contributor){ establishment, a, n, below(seed, 30) == 0 ? 2 : 0, below(seed, 30) == 0 ? 1 : MONTHS - 1 };
                        }
        for (int64_t k = below(seed, 3) == 0 ? 20 : 0; k > 0 && w->count < MOST; k--) { /* and sometimes one makes so much that not all of it is looked at together */
                int32_t n = 1 + (int32_t)below(seed, NODES - 1);

                if (w->parent[n] != 0 && w->parent[w->parent[n]] != 0)
                        w->list[w->count++] = (struct contributor){ establishments, (int32_t)below(seed, w->table.areas), n, 0, MONTHS - 1 };
        }
        for (size_t i = 0; i < w->count; i++) {
                bool is_silent = below(seed, 40) == 0;

                for (int m = 0; m < MONTHS; m++) { /* all have reported the first month, hardly any the last */
                        w->value[m][i] = a_value(seed);
                        w->is_missing[m][i] = m > 0 && (is_silent || (m == MONTHS - 1 && below(seed, 3) != 0));
                }
        }
}

static void ask_all(struct suppression *s, unsigned char **mark)
{
        for (size_t m = 0; m < MONTHS; m++) {
                suppress_ask(s, m);
                suppress_mark(s, mark[m]);
        }
}

/* What other tables hide and show of a month: drawn, and a little of it other in each round. */
static size_t list_hidden_elsewhere(const struct world *w, size_t month, uint64_t round, size_t *cells)
{
        size_t count = 0;

        for (size_t i = 0; i < suppress_cells(&w->table); i++)
                if (suppress_drawn(i * MONTHS + month) % 40 == 0 || suppress_drawn(suppress_drawn(i * MONTHS + month) ^ round) % 400 == 0)
                        cells[count++] = i;
        return count;
}

static void draw_elsewhere(const struct world *w, size_t month, uint64_t round, unsigned char *elsewhere)
{
        for (size_t i = 0; i < suppress_cells(&w->table); i++) {
                uint64_t drawn = suppress_drawn(suppress_drawn(i * MONTHS + month) ^ (suppress_drawn(i) % 50 == 0 ? round : 0));

                elsewhere[i] = drawn % 30 == 0 ? ELSEWHERE_SHOWN : drawn % 30 == 1 ? ELSEWHERE_HIDDEN : ELSEWHERE_NOT;
        }
}

struct times { size_t in_part, whole; };

static void count_scope(const struct suppression *s, struct times *t)
{
        t->in_part += !s->scope->is_all && s->scope->vertices > 0;
        t->whole += s->scope->is_all;
}

/* Months that are published after one another: where other tables hide something they ask for it in all months and in one, not in each round as often. */
static void take_all(struct suppression *s, const struct world *w, const size_t *who, size_t count, uint64_t round, unsigned char **mark, struct hidden *h, struct times *times)
{
        size_t all = suppress_cells(&w->table), cells[CELLS], n;
        unsigned char elsewhere[CELLS];

        memset(h, 0, sizeof *h);
        for (size_t m = 0; m < MONTHS; m++) {
                suppress_return(s, mark[m]);
                suppress_take_again(s, m, who, count);
                n = list_hidden_elsewhere(w, m, round, cells);
                if ((m + round) % 3 != 0)
                        suppress_hide(s, cells, n / 2);
                suppress_apart(s);
                if ((m + round) % 4 != 0)
                        suppress_hide(s, cells + n / 2, n - n / 2);
                draw_elsewhere(w, m, round, elsewhere);
                if (m % 2 == 1)
                        suppress_close_known(s, m == 1 ? elsewhere : NULL);
                if (round % 5 == 0 && n > 0)
                        suppress_hide(s, cells, 1);
                count_scope(s, times);
                n = 0;
                for (size_t i = 0; i < all; i++) {
                        h->month[m][i] = suppress_state(s, i);
                        if (cell_is_hidden(h->month[m][i]))
                                cells[n++] = i;
                }
                suppress_back(s);
                if (m == 2)
                        suppress_hide(s, cells, n);
                for (size_t i = 0; i < all; i++)
                        h->always[m][i] = suppress_state(s, i);
        }
}

/* A few bring something else in months after one another; some report what was missing, some take it back. */
static size_t change_some(struct world *w, uint64_t *seed, size_t *who)
{
        size_t count = 0;

        for (int64_t n = below(seed, 4); n >= 0; n--) {
                size_t i = (size_t)below(seed, (int64_t)w->count), from = (size_t)below(seed, MONTHS), to = from + (size_t)below(seed, (int64_t)(MONTHS - from));
                bool is_only_marked = below(seed, 4) == 0, is_missing = below(seed, 3) == 0;

                for (size_t m = from; m <= to; m++) {
                        w->value[m][i] = is_only_marked ? w->value[m][i] : below(seed, 3) == 0 ? a_value(seed) : w->value[m][i] + below(seed, 20);
                        w->is_missing[m][i] = m > 0 && is_missing;
                }
                who[count++] = i;
        }
        return count;
}

static void compare(const struct world *w, const struct hidden *h, const struct hidden *anew, uint64_t n, int round)
{
        for (size_t m = 0; m < MONTHS; m++)
                for (size_t i = 0; i < suppress_cells(&w->table); i++)
                        if (h->month[m][i] != anew->month[m][i] || h->always[m][i] != anew->always[m][i])
                                fail_msg("world %d, round %d, month %zu, cell %zu: %d and %d in all, not %d and %d", (int)n, round, m, i, h->month[m][i], h->always[m][i], anew->month[m][i],
                                         anew->always[m][i]);
}

static struct suppression *open_world(struct arena *arena, struct world *w, unsigned char **mark)
{
        struct suppression *s = suppress_open(arena, &w->table, &SUPPRESS_USUAL, w->list, w->count, value_of, w, MONTHS);

        for (size_t m = 0; m < MONTHS; m++)
                mark[m] = arena_alloc(arena, suppress_mark_size(s));
        ask_all(s, mark);
        return s;
}

static void a_month_that_is_taken_again_hides_what_it_hides_when_it_is_found_from_nothing(void **state)
{
        struct world *w = malloc(sizeof *w);
        struct hidden *h = malloc(3 * sizeof *h), *anew = h + 1, *before = h + 2;
        struct times times = { 0, 0 }, first = { 0, 0 };
        size_t differ = 0;

        assert_non_null(w);
        assert_non_null(h);
        for (uint64_t n = 1; n <= WORLDS; n++) {
                uint64_t seed = n * 15485863;
                unsigned char *mark[MONTHS], *spare[MONTHS];
                struct suppression *s;

                draw_world(w, &seed);
                s = open_world(*state, w, mark);
                take_all(s, w, NULL, 0, 0, mark, h, &first);
                for (int round = 1; round <= ROUNDS; round++) {
                        size_t who[8], count = change_some(w, &seed, who);
                        uint64_t other = round % 3 == 0 ? (uint64_t)round : 0; /* what other tables ask for */

                        *before = *h;
                        take_all(s, w, who, count, other, mark, h, &times);
                        take_all(open_world(*state, w, spare), w, NULL, 0, other, spare, anew, &first);
                        compare(w, h, anew, n, round);
                        differ += memcmp(h, before, sizeof *h) != 0;
                }
                arena_reset(*state);
        }
        free(w);
        free(h);
        assert_int_equal(first.in_part, 0);
        assert_in_range(differ, WORLDS, ROUNDS * WORLDS);
        assert_true(times.in_part > WORLDS * ROUNDS); /* most months are done anew in part */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_month_that_is_taken_again_hides_what_it_hides_when_it_is_found_from_nothing),
        };

        return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
