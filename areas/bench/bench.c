/* bench.c - the command that runs the benchmarks of bench/. */
#include "bench/bench.h"

#include <string.h>

#include "areas/program.h"

static const struct benchmark benchmarks[] = {
        { "import", bench_import, N_("1 M figures from a file into ledger, table and totals") },
        { "verify", bench_verify, N_("every hash, chain and seal of 1 M figures") },
        { "rebuild", bench_rebuild, N_("all tables made anew from the ledger, 1 M figures") },
        { "pivot", bench_pivot, N_("one indicator, 34 provinces, 12 months out of 10 M figures") },
        { "pivot-large", bench_pivot_large, N_("the same out of 10 M and 50 M figures: ratio 0.77 and more is flat within 1.3") },
        { "index", bench_index, N_("production index, 63 provinces, 120 months, 600 products, 20,000 establishments") },
        { "outlier", bench_outlier, N_("figures that stand out: 1 M series in memory, one indicator from the tables") },
        { "restate", bench_restate, N_("10 years of one indicator from 63 provinces onto 34") },
        { "submit", bench_submit, N_("64 writers, each figure durable before the next") },
        { 0 },
};

static bool run_bench(struct work *w, const struct call *c)
{
        bool is_any = false;

        bench_set_schema(program_schema());
        for (const struct benchmark *b = benchmarks; b->name != NULL; b++) {
                bool is_asked = call_argument(c, 0) == NULL;

                for (int i = 0; call_argument(c, i) != NULL; i++)
                        is_asked |= strcmp(call_argument(c, i), b->name) == 0;
                if (!is_asked)
                        continue;
                is_any = true;
                if (!b->run(w, call_self(c), call_out(c)))
                        return error_while(&w->err, "benchmark \"%s\"", b->name);
        }
        return is_any || error_set(&w->err, ERR_USAGE, "there is no such benchmark: import, verify, rebuild, pivot, pivot-large, index, outlier, restate, submit");
}

static const struct command commands[] = {
        { "bench", "[NAME]…", 0, 16, COMMAND_ALONE, NULL, run_bench,
          N_("run the benchmarks, a line of JSON each"),
          N_("Each makes its own node in a temporary folder (TMPDIR) and measures its yardstick in the same run. Names: "
             "import, verify, rebuild, pivot, pivot-large, index, outlier, restate, submit.") },
        { 0 },
};

const struct area bench_area = { .name = "bench", .title = N_("Benchmarks"), .commands = commands };
