/* drawn_table.h - tables of contributors, drawn or written down, what is hidden in them, and an attacker who knows all that is shown. */
#ifndef TESTS_DRAWN_TABLE_H
#define TESTS_DRAWN_TABLE_H

#include "base/decimal.h"
#include "stats/suppress.h"

/* An arena for a group of tests. */
int arena_set_up(void **state);
int arena_tear_down(void **state);

/* From 0 on, below a limit. */
int64_t below(uint64_t *seed, int64_t limit);

/* Contributors month by month, as a test writes them down. */
struct brings { int32_t establishment, area, node; int64_t value; };
struct months {
        struct contributor list[2000];
        int64_t value[2000];
        bool is_missing[2000]; /* the value was completed */
        size_t count, months;
};

void add_month(struct months *, const struct brings *, size_t count);

/* What is hidden of one month more is hidden of all. */
void gather_states(const struct suppression *, const struct suppress_table *, enum cell_state *);

/* The states after so many months; some cells are hidden in each. */
enum cell_state *closed_months(struct arena *, const struct suppress_table *, const struct suppress_rule *, struct months *, size_t months,
                               const size_t *cells, size_t count);

/* The same of one month. */
enum cell_state *closed(struct arena *, const struct suppress_table *, const struct suppress_rule *, const struct brings *, size_t count);

struct table {
        int32_t parent[24];
        struct suppress_table t;
        struct brings list[400];
        size_t count;
};

/* A table drawn, with at most so many areas and nodes. */
struct table *table_made(struct arena *, uint64_t *seed, int areas, int nodes);

/* Three months in each of which some of them report, and other values, and the states after them. */
enum cell_state *closed_three(struct arena *, const struct table *, uint64_t *seed, struct table **month);

/* A month in which some of them report, and other values. */
struct table *some_of(struct arena *, const struct table *, uint64_t *seed);

/* Whether contributors bring enough together by the usual rule, or nobody brings: each cell of a product in an area, area * nodes + node, so many
 * times. Reckoned plainly. */
bool is_safe(const struct table *, const int *times);

/* The products, area by area, that make up a cell, once more. */
void add_leaves(const struct table *, size_t cell, int *times);

#define CELLS_MAX 400
#define P 2305843009213693951u /* 2^61 - 1, a prime */

uint64_t times_mod(uint64_t a, uint64_t b);

/* The attacker: all sums of the table over the hidden cells as linear equations, brought to reduced echelon form. A hidden cell is
 * known if and only if some row has nothing else in it. */
struct system {
        uint64_t row[CELLS_MAX * 2][CELLS_MAX];
        size_t rows, columns;
        int column[CELLS_MAX]; /* [cell], -1: shown or empty, so a constant */
        bool is_told[CELLS_MAX]; /* [column], once solved */
        int64_t sum[CELLS_MAX * 2][2]; /* what rows tell of two months */
};

void write_equations(struct system *, const struct suppress_table *, const enum cell_state *);

/* Solves. How many hidden cells the attacker can tell. */
size_t told(struct system *);

/* A solution drawn at random of the equations (solved) with nothing on the right: a sum of cells is told if and, but for chance, only if it is
 * zero for them. */
void draw_solution(const struct system *, uint64_t *seed, uint64_t *value);

/* Calls for each sum of hidden cells, of any number, that is told by adding and subtracting sums of a table, each at most once. (Those of any other
 * coefficients are made of such.) How many; 0 where the table is too large for trying all. */
size_t each_told_sum(struct arena *, const struct suppress_table *, const enum cell_state *, void (*check)(void *context, const size_t *cell, size_t count),
                     void *context);

#endif
