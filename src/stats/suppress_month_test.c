#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stats/panel.h"
#include "tests/drawn_table.h"

#define PANEL_MONTHS 5
#define PANEL_WORLDS 200
#define ROUNDS 6

/* A panel of the lines of a drawn table, with reports missing, and what is hidden of each month. */
struct panelled {
        const struct table *w;
        struct panel *panel;
        const struct contributor *list; /* [line of the panel] */
        bool counts_all;                /* as if what was completed had been reported */
        int64_t value[PANEL_MONTHS][CELLS_MAX]; /* of cells */
        enum cell_state state[PANEL_MONTHS][CELLS_MAX];
        bool waited[PANEL_MONTHS][CELLS_MAX]; /* when the month was taken, be it hidden for good since */
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

/* Of each month, what is hidden in it alone, and what is hidden in all. */
static void judge_months(struct arena *arena, struct panelled *p)
{
        struct contributor *list = arena_array(arena, p->panel->count + 1, sizeof *list);
        enum cell_state always[CELLS_MAX] = { CELL_SHOWN };
        struct suppression *s;
        unsigned char *mark;

        for (size_t i = 0; i < p->panel->count; i++)
                list[i] = (struct contributor){ p->panel->line[i].establishment, p->panel->line[i].area, p->panel->line[i].product, 0, PANEL_MONTHS - 1 };
        p->list = list;
        s = suppress_open(arena, &p->w->t, &SUPPRESS_USUAL, list, p->panel->count, quantity_of, p, PANEL_MONTHS);
        mark = arena_alloc(arena, suppress_mark_size(s));
        for (size_t m = 0; m < PANEL_MONTHS; m++) {
                suppress_ask(s, m);
                suppress_mark(s, mark);
                suppress_take(s, m);
                suppress_apart(s);
                for (size_t i = 0; i < suppress_cells(&p->w->t); i++) {
                        p->state[m][i] = suppress_state(s, i);
                        p->waited[m][i] = suppress_state(s, i) == CELL_WAITING;
                }
                suppress_back(s);
                gather_states(s, &p->w->t, always);
                suppress_return(s, mark);
        }
        for (size_t m = 0; m < PANEL_MONTHS; m++)
                for (size_t i = 0; i < suppress_cells(&p->w->t); i++)
                        if (cell_is_hidden(always[i]))
                                p->state[m][i] = always[i];
        add_up(p);
}

static bool draw_panelled(struct arena *arena, struct panelled *p, uint64_t n, bool counts_all, int areas, int nodes)
{
        uint64_t seed = n * 15485863;

        *p = (struct panelled){ .w = table_made(arena, &seed, areas, nodes), .counts_all = counts_all };
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

/* Of cells of a month at least three reported, and besides the two largest of those and all that was completed there is a rest. */
static bool enough_reported(const struct panelled *p, int32_t m, const size_t *cell, size_t cells, int *reported)
{
        int64_t value[60] = { 0 }, completed = 0, total = 0, largest[2] = { 0, 0 };
        int count = 0, times[CELLS_MAX] = { 0 };

        for (size_t i = 0; i < cells; i++)
                add_leaves(p->w, cell[i], times);
        for (size_t i = 0; i < p->panel->count; i++) {
                int more = times[p->list[i].area * (int32_t)p->w->t.nodes + p->list[i].node];
                int64_t q = more * p->panel->quantity[i * PANEL_MONTHS + (size_t)m];

                if (more == 0)
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
        *reported = count;
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

                for (int32_t to = draw_panelled(*state, p, (n - 1) % PANEL_WORLDS + 1, counts_all, 5, 19) ? 1 : PANEL_MONTHS; to < PANEL_MONTHS; to++)
                        for (int32_t from = 0; from < to; from++) {
                                size_t told_of = told_between(p, y, from, to);

                                told_of_all += told_of;
                                if (!counts_all && told_of > 0)
                                        fail_msg("world %d: from month %d to %d %zu movements are told", (int)n, from, to, told_of);
                        }
                for (size_t i = 0; !counts_all && i < suppress_cells(&p->w->t); i++)
                        for (int m = 0; m < PANEL_MONTHS; m++) {
                                int reported;

                                if (p->state[m][i] == CELL_SHOWN && !enough_reported(p, m, &i, 1, &reported))
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

struct month_of {
        const struct panelled *p;
        int32_t month;
};

/* Cells that nobody reported add nothing to hide behind, and nothing to hide. */
static void check_sum(void *context, const size_t *cell, size_t count)
{
        const struct month_of *of = context;
        size_t reported_of[CELLS_MAX], n = 0;
        int reported;

        for (size_t i = 0; i < count; i++) {
                enough_reported(of->p, of->month, &cell[i], 1, &reported);
                reported_of[n] = cell[i];
                n += reported > 0;
        }
        if (n > 0 && !enough_reported(of->p, of->month, cell, count, &reported) && !enough_reported(of->p, of->month, reported_of, n, &reported))
                fail_msg("month %d: a sum of %zu cells that is told, of cell %zu and others", of->month, count, cell[0]);
}

/* What is told of a month: as if cells that nobody of them reported were not hidden, since they move with others. */
static void no_sum_that_is_told_of_a_month_is_one_that_too_few_reported(void **state)
{
        struct panelled *p = malloc(sizeof *p);
        size_t sums = 0, silent = 0;

        assert_non_null(p);
        for (uint64_t n = 1; n <= 30; n++) {
                for (int32_t m = draw_panelled(*state, p, n, false, 3, 10) ? 0 : PANEL_MONTHS; m < PANEL_MONTHS; m++) {
                        for (size_t i = 0; i < suppress_cells(&p->w->t); i++) {
                                int reported = 1;

                                if (p->waited[m][i] && !enough_reported(p, m, &i, 1, &reported) && reported == 0)
                                        p->state[m][i] = CELL_EMPTY;
                                silent += reported == 0;
                        }
                        sums += each_told_sum(*state, &p->w->t, p->state[m], check_sum, &(struct month_of){ p, m });
                }
                arena_reset(*state);
        }
        free(p);
        assert_true(sums > 3000);
        assert_true(silent > 30);
}

/* Months in which some bring something else than when they were taken. */
struct changed {
        size_t first, last;
        size_t who[2000], count;
};

/* What is hidden of each month, and asked to be hidden in all by it. Some months are published for good as they are hidden by themselves. */
struct hidden {
        enum cell_state month[PANEL_MONTHS][CELLS_MAX], always[PANEL_MONTHS][CELLS_MAX];
};

static void ask_all(struct suppression *s, unsigned char **mark)
{
        for (size_t m = 0; m < PANEL_MONTHS; m++) {
                suppress_ask(s, m);
                suppress_mark(s, mark[m]);
        }
}

static void take_all(struct suppression *s, const struct panelled *p, const struct changed *changed, unsigned char **mark, struct hidden *h)
{
        size_t cells = suppress_cells(&p->w->t);

        memset(h, 0, sizeof *h);
        for (size_t m = 0; m < PANEL_MONTHS; m++) {
                size_t hidden[CELLS_MAX], count = 0;

                suppress_return(s, mark[m]);
                suppress_take_again(s, m, changed->who, m >= changed->first && m <= changed->last ? changed->count : 0);
                suppress_apart(s);
                for (size_t i = m; i < cells; i += 9) /* for a reason of other tables */
                        hidden[count++] = i;
                suppress_hide(s, hidden, m % 2 == 0 ? count : 0);
                count = 0;
                for (size_t i = 0; i < cells; i++) {
                        h->month[m][i] = suppress_state(s, i);
                        if (cell_is_hidden(h->month[m][i]))
                                hidden[count++] = i;
                }
                suppress_back(s);
                suppress_hide(s, hidden, m == 1 ? count : 0);
                for (size_t i = 0; i < cells; i++)
                        h->always[m][i] = suppress_state(s, i);
        }
}

/* A few reports of a month come, go or are corrected. */
static void change_some(struct panelled *p, uint64_t *seed, struct changed *c)
{
        bool is_of[24] = { false };
        int32_t month = (int32_t)below(seed, PANEL_MONTHS);

        *c = (struct changed){ .first = PANEL_MONTHS };
        for (int64_t n = 1 + below(seed, 3); n > 0; n--) {
                int64_t line = below(seed, (int64_t)p->panel->count);
                struct panel_months m = panel_change(p->panel, p->panel->line[line].product,
                                                     &(struct panel_report){ line, month, below(seed, 5) == 0 ? PANEL_NO_REPORT : below(seed, INT64_C(8000000000000)) }, 1);

                if (m.first > m.last)
                        continue;
                c->first = (size_t)m.first < c->first ? (size_t)m.first : c->first;
                c->last = (size_t)m.last > c->last ? (size_t)m.last : c->last;
                is_of[p->panel->line[line].product] = true;
        }
        for (size_t i = 0; i < p->panel->count; i++)
                if (is_of[p->panel->line[i].product])
                        c->who[c->count++] = i;
}

/* Again and again a month changes, and is taken anew: what was found of the others stands. In how many rounds something else was hidden than before. */
static size_t change_again_and_again(struct arena *arena, struct panelled *p, struct hidden *h, uint64_t seed)
{
        struct contributor *list = arena_array(arena, p->panel->count, sizeof *list);
        unsigned char *mark[PANEL_MONTHS], *spare[PANEL_MONTHS];
        struct changed *changed = arena_alloc(arena, sizeof *changed);
        struct hidden *before = h + 1, *anew = h + 2;
        struct suppression *s, *fresh;
        size_t differ = 0;

        for (size_t i = 0; i < p->panel->count; i++) { /* some begin later, or end */
                list[i] = p->list[i];
                list[i].from = i % 11 == 5 ? 2 : 0;
                list[i].to = i % 13 == 7 ? 2 : PANEL_MONTHS - 1;
        }
        s = suppress_open(arena, &p->w->t, &SUPPRESS_USUAL, list, p->panel->count, quantity_of, p, PANEL_MONTHS);
        for (size_t m = 0; m < PANEL_MONTHS; m++) {
                mark[m] = arena_alloc(arena, suppress_mark_size(s));
                spare[m] = arena_alloc(arena, suppress_mark_size(s));
        }
        ask_all(s, mark);
        *changed = (struct changed){ 0 };
        take_all(s, p, changed, mark, h);
        for (int round = 0; round < ROUNDS; round++) {
                change_some(p, &seed, changed);
                if (changed->first > changed->last)
                        continue;
                *before = *h;
                take_all(s, p, changed, mark, h);
                differ += memcmp(h, before, sizeof *h) != 0;
                fresh = suppress_open(arena, &p->w->t, &SUPPRESS_USUAL, list, p->panel->count, quantity_of, p, PANEL_MONTHS);
                ask_all(fresh, spare);
                take_all(fresh, p, &(struct changed){ 0 }, spare, anew);
                for (size_t m = 0; m < PANEL_MONTHS; m++) {
                        assert_memory_equal(mark[m], spare[m], suppress_mark_size(s));
                        for (size_t i = 0; i < suppress_cells(&p->w->t); i++) {
                                assert_int_equal(h->month[m][i], anew->month[m][i]);
                                assert_int_equal(h->always[m][i], anew->always[m][i]);
                        }
                        if (m < changed->first || m > changed->last) /* another month's reports ask nothing of it */
                                assert_memory_equal(h->always[m], before->always[m], sizeof h->always[m]);
                }
        }
        return differ;
}

static void what_was_found_of_a_month_stands_whatever_is_brought_in_others(void **state)
{
        struct panelled *p = malloc(sizeof *p);
        struct hidden *h = malloc(3 * sizeof *h);
        size_t differ = 0;

        assert_non_null(p);
        assert_non_null(h);
        for (uint64_t n = 1; n <= PANEL_WORLDS; n++) {
                if (draw_panelled(*state, p, n, false, 3, 10) && p->panel->count > 0)
                        differ += change_again_and_again(*state, p, h, n);
                arena_reset(*state);
        }
        free(p);
        free(h);
        assert_in_range(differ, PANEL_WORLDS, ROUNDS * PANEL_WORLDS);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(no_movement_that_is_told_is_that_of_one_establishment),
                cmocka_unit_test(no_sum_that_is_told_of_a_month_is_one_that_too_few_reported),
                cmocka_unit_test(what_was_found_of_a_month_stands_whatever_is_brought_in_others),
        };

        return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
