/* bench.h - benchmarks: each makes its own world in a temporary folder, runs the work and its yardstick one after
 * the other in the same process, and prints one line of JSON with the ratio between them. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdio.h>

#include "base/buf.h"
#include "catalogue/catalogue.h"
#include "ledger/node.h"
#include "work/work.h"

/* self: the path of this program, for what is measured from outside. */
typedef bool benchmark_run(struct work *, const char *self, struct buf *out);

struct benchmark {
        const char *name;
        benchmark_run *run;
};

benchmark_run bench_cases, bench_documents, bench_import, bench_index, bench_outlier, bench_pivot, bench_pivot_large, bench_rebuild, bench_restate, bench_submit, bench_verify;

/* What nodes of benchmarks are made of: the whole program. Before any is run. */
void bench_set_schema(const struct ledger_schema *);

/* A new folder for what a benchmark needs; removed with all it holds by bench_remove. */
bool bench_folder(struct work *, char path[256]);
void bench_remove(const char *path);

/* Run this program with the arguments (NULL-terminated, without its name), its output thrown away. */
bool bench_command(struct work *, const char *self, const char *const *arguments);

/* A world to measure in: a folder, a node of the country with its catalogue, and work on it. Closed by bench_close. */
struct bench_world {
        char folder[256];
        struct node *node;
        struct arena *arena;
        struct work work;
};
bool bench_open(struct work *, struct bench_world *);
void bench_close(struct bench_world *);
/* Begin anew on the node: memory given back, clock read. */
struct work *bench_work(struct bench_world *);

/* Seconds on a clock that only goes forward. */
double bench_seconds(void);
/* Seconds of the processor, which other programs do not lengthen; R is measured likewise, on one thread. */
double bench_processor_seconds(void);

/* The one in the middle; puts the values in order. */
double bench_median(double *values, size_t count);

/* Numbers that look like chance, from 0 to below the limit; the seed is not 0. */
int64_t bench_chance(uint64_t *seed, int64_t limit);

/* ---- yardsticks -------------------------------------------------------------------------------------------------- */

/* Run a script of R, written into the folder: `Rscript … FOLDER OTHERS`. Read what it prints, then close; read_all: everything was
 * there. Both say how to get R where it fails. */
FILE *bench_r_open(struct work *, const char *folder, const char *script, const char *others);
bool bench_r_close(struct work *, FILE *, bool read_all);

/* A question to the figures of a node, put to the program and to bare SQLite on the same file. */
struct bench_answer {
        int64_t rows, sum; /* of the values */
};
typedef bool bench_question(struct bench_world *, void *context, struct bench_answer *);

#define BENCH_REPEATS_MOST 200
struct bench_medians {
        double ours, bare; /* processor seconds */
        struct bench_answer answer;
};

/* Ask in turns, so that both meet the same machine; sql's column holds the values. ERR_DAMAGED where the answers differ or have
 * not so many rows. */
bool bench_against_sqlite(struct bench_world *, bench_question *, void *context, const char *sql, int column, int repeats, int64_t rows,
                          struct bench_medians *);

/* SQLite alone, committing rows of an entry's size one at a time, each on disk before the next: the seconds of all. */
bool bench_bare_commits(struct work *, const char *path, int commits, double *seconds);

/* ---- figures as imports would leave them, without the way through the ledger: for benchmarks that only read ----------------- */

#define BENCH_FIGURE_WIDTH 11
bool bench_put_group(struct work *, int64_t indicator, period, int64_t unit);
/* A row of the table, of the whole where item is 0; and many of them. */
void bench_figure(int64_t row[BENCH_FIGURE_WIDTH], int64_t province, int64_t indicator, period, int64_t unit, int64_t item, moment known_from,
                  int64_t value);
bool bench_put_figures(struct work *, const int64_t *rows, size_t count);

/* ---- what is told ---------------------------------------------------------------------------------------------------------- */

/* {"bench":NAME,"rows":…,"seconds":…,"per_second":…,"yardstick":WHAT,"yardstick_seconds":…,"yardstick_per_second":…,"ratio":… ratio is
 * ours : yardstick in rows per second. What more there is to tell may follow, then bench_end. */
void bench_line(struct buf *out, const char *name, int64_t rows, double seconds, const char *yardstick, double yardstick_seconds);

/* ,"aim":"at most 0.1 s","is_met":… of what was found; unit: " s". */
void bench_at_most(struct buf *out, double found, double most, const char *unit);
void bench_at_least(struct buf *out, double found, double least, const char *unit);
void bench_end(struct buf *out);

#endif
