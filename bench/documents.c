/* A thousand pages of official documents filled in from cases, by the command as people run it, against as many pages of as many lines by R. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "bench/bench.h"

#define SCHEMES "demo/promotion/2021.jsonl"
#define CASES 95   /* schemes in that file */
#define ROUNDS 11  /* 1,045 pages: a contract fills one */

static const char script[] =
        "a <- commandArgs(TRUE); used <- function() sum(proc.time()[1:2]); start <- used()\n"
        "pdf(file.path(a[1], 'r.pdf'), paper = 'a4'); for (i in seq_len(as.integer(a[2]))) { plot.new(); for (k in 1:20) text(0.5, k / 20, paste('Contract', i, 'line', k)) }\n"
        "invisible(dev.off()); cat(sprintf('%.4f\\n', used() - start))\n";

static bool make_node(struct work *w, const char *self, const char *folder, const char *node)
{
        const char *path = arena_print(w->arena, "%s/schemes", folder), *text = shipped_file(SCHEMES);

        return file_write(path, text, strlen(text), 0600, &w->err) && bench_command(w, self, (const char *const[]){ "init", node, "--unit", "VN", NULL }) &&
               bench_command(w, self, (const char *const[]){ "case", "import", node, path, NULL });
}

static bool pages_by_r(struct work *w, const char *folder, double *seconds)
{
        char pages[24];
        FILE *file;
        bool ok;

        snprintf(pages, sizeof pages, "%d", CASES * ROUNDS);
        file = bench_r_open(w, folder, script, pages);
        ok = file != NULL && fscanf(file, "%lf", seconds) == 1;
        return file != NULL && bench_r_close(w, file, ok);
}

bool bench_documents(struct work *w, const char *self, struct buf *out)
{
        char folder[256];
        double seconds = 0, yardstick = 0, start;
        const char *node;
        bool ok;

        if (!bench_folder(w, folder))
                return false;
        node = arena_print(w->arena, "%s/node", folder);
        ok = make_node(w, self, folder, node);
        start = bench_seconds();
        for (int i = 0; ok && i < ROUNDS; i++)
                ok = bench_command(w, self, (const char *const[]){ "case", "print", node, "promotion_national", "contract", NULL });
        seconds = bench_seconds() - start;
        ok = ok && pages_by_r(w, folder, &yardstick);
        bench_remove(folder);
        if (!ok)
                return false;
        bench_line(out, "documents", CASES * ROUNDS, seconds, "R's pdf(), pages of 20 lines", yardstick);
        bench_at_most(out, seconds * 1000 / (CASES * ROUNDS), 30, " s a thousand pages");
        bench_end(out);
        return true;
}
