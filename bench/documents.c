/* A thousand pages of official documents filled in from cases, by the command as people run it, against as many pages of as many lines by R. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "bench/bench.h"

#define SCHEMES "demo/promotion/2021.jsonl"
#define PAGES_ABOUT 1000 /* a contract fills one */

static const char script[] =
        "a <- commandArgs(TRUE); used <- function() sum(proc.time()[1:2]); start <- used()\n"
        "pdf(file.path(a[1], 'r.pdf'), paper = 'a4'); for (i in seq_len(as.integer(a[2]))) { plot.new(); for (k in 1:20) text(0.5, k / 20, paste('Contract', i, 'line', k)) }\n"
        "invisible(dev.off()); cat(sprintf('%.4f\\n', used() - start))\n";

/* Schemes of the national programme in the file: each has its contract. */
static int schemes(void)
{
        static const char mark[] = "{\"workflow\":\"promotion_national\"";
        int count = 0;

        for (const char *at = shipped_file(SCHEMES); (at = strstr(at, mark)) != NULL; at += sizeof mark - 1)
                count++;
        return count;
}

static bool make_node(struct work *w, const char *self, const char *folder, const char *node)
{
        const char *path = arena_print(w->arena, "%s/schemes", folder), *text = shipped_file(SCHEMES);

        return file_write(path, text, strlen(text), 0600, &w->err) && bench_command(w, self, (const char *const[]){ "init", node, "--unit", "VN", NULL }) &&
               bench_command(w, self, (const char *const[]){ "case", "import", node, path, NULL });
}

static bool pages_by_r(struct work *w, const char *folder, int pages, double *seconds)
{
        FILE *file = bench_r_open(w, folder, script, arena_print(w->arena, "%d", pages));
        bool ok;

        ok = file != NULL && fscanf(file, "%lf", seconds) == 1;
        return file != NULL && bench_r_close(w, file, ok);
}

bool bench_documents(struct work *w, const char *self, struct buf *out)
{
        char folder[256];
        double seconds = 0, yardstick = 0, start;
        int cases = schemes(), rounds = PAGES_ABOUT / (cases + 1) + 1;
        const char *node;
        bool ok;

        if (!bench_folder(w, folder))
                return false;
        node = arena_print(w->arena, "%s/node", folder);
        ok = make_node(w, self, folder, node);
        start = bench_seconds();
        for (int i = 0; ok && i < rounds; i++)
                ok = bench_command(w, self, (const char *const[]){ "case", "print", node, "promotion_national", "contract", NULL });
        seconds = bench_seconds() - start;
        ok = ok && pages_by_r(w, folder, cases * rounds, &yardstick);
        bench_remove(folder);
        if (!ok)
                return false;
        bench_line(out, "documents", cases * rounds, seconds, "R's pdf(), pages of 20 lines", yardstick);
        bench_at_most(out, seconds * 1000 / (cases * rounds), 30, " s a thousand pages");
        bench_end(out);
        return true;
}
