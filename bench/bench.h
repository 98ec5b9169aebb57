/* bench.h - benchmarks: each makes its own world in a temporary folder, runs the work and its yardstick one after
 * the other in the same process, and prints one line of JSON with the ratio between them. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "base/buf.h"
#include "ledger/node.h"
#include "work/work.h"

/* self: the path of this program, for what is measured from outside. */
typedef bool benchmark_run(struct work *, const char *self, struct buf *out);

struct benchmark {
        const char *name;
        benchmark_run *run;
        const char *summary; /* a text */
};

benchmark_run bench_import, bench_index, bench_outlier, bench_pivot, bench_pivot_large, bench_rebuild, bench_restate, bench_submit, bench_verify;

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

/* {"bench":NAME,"rows":…,"seconds":…,"per_second":…,"yardstick":WHAT,"yardstick_per_second":…,"ratio":…}: ratio is
 * ours : yardstick in rows per second. aim: rows per second to be reached ("aim" and "is_met" in the line); 0 for none. */
void bench_line(struct buf *out, const char *name, int64_t rows, double seconds, const char *yardstick,
                double yardstick_seconds, int64_t aim);

#endif
