/* bench.c - the command that runs the benchmarks of bench/. */
#include "bench/bench.h"

#include <string.h>

#include "areas/program.h"

static const struct benchmark benchmarks[] = {
        { "import", bench_import },       { "verify", bench_verify },   { "rebuild", bench_rebuild }, { "pivot", bench_pivot },
        { "pivot-large", bench_pivot_large }, { "index", bench_index }, { "outlier", bench_outlier }, { "restate", bench_restate },
        { "submit", bench_submit },       { "documents", bench_documents }, { "cases", bench_cases },
};
#define BENCHMARKS (sizeof benchmarks / sizeof *benchmarks)

static bool run_bench(struct work *w, const struct call *c)
{
        bool is_asked[BENCHMARKS] = { false };

        for (int i = 0; call_argument(c, i) != NULL; i++) {
                size_t n = 0;

                while (n < BENCHMARKS && strcmp(call_argument(c, i), benchmarks[n].name) != 0)
                        n++;
                if (n == BENCHMARKS) {
                        error_set(&w->err, ERR_USAGE, "there is no benchmark \"%s\"", call_argument(c, i));
                        return error_hint(&w->err, "caunoi bench --help tells which there are");
                }
                is_asked[n] = true;
        }
        bench_set_schema(program_schema());
        for (size_t n = 0; n < BENCHMARKS; n++)
                if ((is_asked[n] || call_argument(c, 0) == NULL) && !benchmarks[n].run(w, call_self(c), call_out(c)))
                        return error_while(&w->err, "benchmark \"%s\"", benchmarks[n].name);
        return true;
}

static const struct command commands[] = {
        { "bench", "[NAME]…", 0, 16, COMMAND_ALONE, NULL, run_bench,
          N_("run the benchmarks, a line of JSON each"),
          N_("Each makes its own node in a temporary folder (TMPDIR) and measures its yardstick in the same run. Names: import (1 M figures from "
             "a file into ledger, table and totals), verify (every hash, chain and seal of them), rebuild (all tables made anew from the ledger), "
             "pivot (one indicator, 34 provinces, 12 months out of 10 M figures), pivot-large (the same out of 50 M, which takes long to fill), "
             "index (production index, 63 provinces, 120 months, 600 products, 20,000 establishments), outlier (figures that stand out, in 1 M "
             "series), restate (10 years of one indicator from 63 provinces onto 34), submit (64 writers, each figure durable before the next), "
             "cases (100,000 cases with 5 M entries: lists, filters, searches, one more act in a long history).") },
        { 0 },
};

const struct area bench_area = { .name = "bench", .title = N_("Benchmarks"), .commands = commands };
