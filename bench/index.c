/* The index of industrial production of 63 provinces and the country, 120 months, 600 products, from the monthly reports of
 * 20,000 establishments, against R on the same reports. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/bench.h"
#include "stats/laspeyres.h"
#include "stats/panel.h"

#define AREAS 63
#define MONTHS 120
#define PRODUCTS 600
#define ESTABLISHMENTS 20000
#define NODES (1 + 4 + 24 + 120 + PRODUCTS)
#define LARGE 100000000 /* observations, where there is memory for them and for R */
#define SMALL 10000000

struct industry {
        struct panel_line *line;
        size_t lines;
        struct panel *panel;
        struct weight_node node[NODES];
        struct weights weights;
        int32_t units[PRODUCTS];
        int64_t *output[AREAS + 1];
        struct arena *space; /* of one index at a time */
};

/* 4 sections, 24 divisions, 120 classes, 600 products. */
static void plant_tree(struct industry *b, uint64_t *seed)
{
        static const int32_t width[] = { 1, 4, 24, 120, PRODUCTS };
        int32_t at = 0, above = 0;

        for (int depth = 0; depth < 5; depth++) {
                for (int32_t i = 0; i < width[depth]; i++)
                        b->node[at + i] = (struct weight_node){ "", depth == 0 ? -1 : above + i * width[depth - 1] / width[depth],
                                                                depth == 4 ? i : -1, 1 + bench_chance(seed, 100000), 0 };
                above = at;
                at += width[depth];
        }
        b->weights = (struct weights){ b->node, NODES, 12, false, NULL };
}

/* Every establishment makes a stretch of products; the first ones see to it that each area has each product. */
static void draw_sample(struct work *w, struct industry *b, int64_t observations)
{
        b->lines = (size_t)(observations / MONTHS);
        b->line = arena_array(w->arena, b->lines, sizeof *b->line);
        for (size_t i = 0; i < b->lines; i++) {
                int32_t establishment = (int32_t)(i % ESTABLISHMENTS), area = establishment % AREAS, nth = (int32_t)(i / ESTABLISHMENTS);

                b->line[i] = (struct panel_line){ establishment, (establishment / AREAS * 37 + nth) % PRODUCTS, area, 0, MONTHS - 1 };
        }
}

/* One in a hundred reports is missing. */
static int64_t report(size_t line, int32_t month)
{
        uint64_t seed = (uint64_t)line * 1000003 + (uint64_t)month + 1;
        int64_t first = bench_chance(&seed, 100), size = 1000 + (int64_t)line % 977 * 100;

        return first == 0 && month > 0 ? -1 : size + bench_chance(&seed, size) + size * month / 100;
}

/* Reports arrive month after month, as they do. Rows for R: area, product, month, quantity, a column each. */
static bool fill_panel(struct work *w, struct industry *b, double *seconds)
{
        struct panel *p = b->panel;
        int64_t *quantity = arena_array(w->arena, b->lines, sizeof *quantity);
        enum panel_fault fault = PANEL_OK;

        *seconds = 0;
        for (int32_t t = 0; t < MONTHS; t++) {
                double start;

                for (size_t i = 0; i < b->lines; i++)
                        quantity[i] = report(i, t);
                start = bench_processor_seconds();
                for (size_t i = 0; fault == PANEL_OK && i < b->lines; i++)
                        if (quantity[i] >= 0)
                                fault = panel_put(p, panel_find(p, b->line[i].establishment, b->line[i].product, t), t, quantity[i], 0);
                *seconds += bench_processor_seconds() - start;
        }
        return fault == PANEL_OK || error_set(&w->err, ERR_DAMAGED, "%s", text(w->err.language, panel_fault_text(fault)));
}

static bool write_column(FILE *file, const struct panel *p, int column)
{
        bool ok = file != NULL;

        for (size_t i = 0; ok && i < p->count; i++)
                for (int32_t t = 0; ok && t < MONTHS; t++) {
                        int32_t whole = column == 0 ? p->line[i].area : column == 1 ? p->line[i].product : t;
                        int64_t quantity = p->quantity[i * MONTHS + (size_t)t];
                        double number = quantity < 0 ? NAN : (double)quantity;

                        ok = column < 3 ? fwrite(&whole, sizeof whole, 1, file) == 1 : fwrite(&number, sizeof number, 1, file) == 1;
                }
        return ok;
}

/* The panel with its gaps and the tree as R reads them. */
static bool write_for_r(struct work *w, const struct industry *b, const char *folder)
{
        char path[300];
        bool ok = true;
        FILE *file;

        for (int column = 0; ok && column < 4; column++) {
                snprintf(path, sizeof path, "%s/column%d", folder, column);
                file = fopen(path, "wb");
                ok = write_column(file, b->panel, column);
                ok = file != NULL && fclose(file) == 0 && ok;
        }
        snprintf(path, sizeof path, "%s/tree", folder);
        file = fopen(path, "w");
        for (size_t i = 0; ok && file != NULL && i < NODES; i++)
                fprintf(file, "%d %d %lld\n", b->node[i].parent + 1, b->node[i].product + 1, (long long)b->node[i].weight);
        ok = file != NULL && fclose(file) == 0 && ok;
        return ok || error_set(&w->err, ERR_ENVIRONMENT, "cannot write \"%s\"", path);
}

/* Completing, adding up, the index of every node, as one writes them in R: on a matrix of lines by months, with rowsum, and with
 * data.table on rows that are keyed already; the faster counts. The yardstick stands on one thread, as we do. Of a product and
 * area, up and down are what the lines that reported both months made; what is missing moves as they did, else as the
 * country's, else not at all, rounded. In these worlds nobody is silent for long, and everybody reports the first month. */
static const char script[] =
        "args <- commandArgs(TRUE); dir <- args[1]; n <- as.numeric(args[2]); months <- 120L\n"
        "suppressMessages(library(data.table))\n"
        "read <- function(i, what, size) readBin(file.path(dir, paste0('column', i)), what, n, size = size)\n"
        "is_small <- n <= 2e7; area <- read(0, 'integer', 4); of <- read(1, 'integer', 4); q <- read(3, 'double', 8)\n"
        "group <- area[seq(1, n, months)] * 600L + of[seq(1, n, months)]; m <- matrix(q, ncol = months, byrow = TRUE)\n"
        "if (is_small) { d <- data.table(area, product = of, line = rep(seq_len(n / months), each = months), month = read(2, 'integer', 4), q)\n"
        "  setkey(d, area, product, line, month) }\n"
        "rm(area, of, q)\n"
        "tree <- read.table(file.path(dir, 'tree')); parent <- tree[[1]]; product <- tree[[2]]; weight <- tree[[3]]\n"
        "nodes <- nrow(tree); leaf <- which(product > 0)\n"
        "setDTthreads(1); used <- function() sum(proc.time()[1:2])\n"
        "seconds <- function(f) { invisible(gc()); start <- used(); f(); used() - start }\n"
        "half <- function(x) floor(x + 0.5)\n"
        "matrix_sum <- NULL\n"
        "by_matrix <- seconds(function() {\n"
        "  is_gap <- is.na(m); m0 <- m; m0[is_gap] <- 0\n"
        "  up <- rowsum(m0[, -1] * !is_gap[, -months], group); down <- rowsum(m0[, -months] * !is_gap[, -1], group)\n"
        "  of <- as.integer(rownames(up)) %% 600L; all_up <- rowsum(up, of); all_down <- rowsum(down, of)\n"
        "  row <- match(group, as.integer(rownames(up))); all_row <- match(group %% 600L, as.integer(rownames(all_up)))\n"
        "  for (t in 2:months) { i <- which(is_gap[, t]); g <- row[i]; a <- all_row[i]; before <- m0[i, t - 1]; k <- t - 1\n"
        "    m0[i, t] <- ifelse(down[g, k] > 0, half(before * up[g, k] / down[g, k]),\n"
        "                ifelse(all_down[a, k] > 0, half(before * all_up[a, k] / all_down[a, k]), before)) }\n"
        "  matrix_sum <<- rowsum(m0, group) })\n"
        "by_table <- NA\n"
        "if (is_small) { table_sum <- NULL\n"
        "  by_table <- seconds(function() {\n"
        "    d[, gap := is.na(q)]; d[, before := shift(q), by = line]; d[month == 0L, before := NA]\n"
        "    moved <- d[!gap & !is.na(before), .(up = sum(q), down = sum(before)), by = .(area, product, month)]\n"
        "    all <- moved[, .(all_up = sum(up), all_down = sum(down)), by = .(product, month)]\n"
        "    for (t in seq_len(months - 1L)) { g <- d[month == t & gap == TRUE, which = TRUE]; if (length(g) == 0) next\n"
        "      x <- all[moved[d[g, .(area, product, month, before = d$q[g - 1L])], on = .(area, product, month)], on = .(product, month)]\n"
        "      set(d, g, 'q', x[, fifelse(!is.na(down) & down > 0, half(before * up / down),\n"
        "                         fifelse(!is.na(all_down) & all_down > 0, half(before * all_up / all_down), before))]) }\n"
        "    table_sum <<- d[, .(q = sum(q)), by = .(area, product, month)] })\n"
        "  stopifnot(all(table_sum$q == as.vector(t(matrix_sum)))) }\n"
        "key <- as.integer(rownames(matrix_sum)); out <- NULL\n"
        "index <- function(q) {\n"
        "  base <- rowMeans(q[, 1:12, drop = FALSE]); v <- matrix(0, nodes, months); w <- numeric(nodes)\n"
        "  v[leaf, ] <- ifelse(base > 0, 1, 0) * q / ifelse(base > 0, base, 1) * 100; w[leaf] <- ifelse(base > 0, weight[leaf], 0)\n"
        "  depth <- integer(nodes); for (i in 2:nodes) depth[i] <- depth[parent[i]] + 1L\n"
        "  for (k in 3:0) { kids <- which(depth == k + 1L); up <- sort(unique(parent[kids]))\n"
        "    s <- rowsum(w[kids], parent[kids]); x <- rowsum(v[kids, , drop = FALSE] * w[kids], parent[kids])\n"
        "    v[up, ] <- x / ifelse(s[, 1] > 0, s[, 1], 1); w[up] <- ifelse(s[, 1] > 0, weight[up], 0) }\n"
        "  v }\n"
        "by_tree <- seconds(function() { out <<- lapply(0:63, function(a) {\n"
        "  q <- matrix(0, 600, months)\n"
        "  if (a < 63) { r <- which(key %/% 600L == a); q[key[r] %% 600L + 1L, ] <- matrix_sum[r, ] }\n"
        "  else { s <- rowsum(matrix_sum, key %% 600L); q[as.integer(rownames(s)) + 1L, ] <- s }\n"
        "  index(q)[1, ] }) })\n"
        "cat(sprintf('%.4f %.4f %.4f\\n', if (is.na(by_table)) -1 else by_table, by_matrix, by_tree))\n"
        "for (a in 1:64) cat(sprintf('%.12f', out[[a]]), '\\n')\n";

struct yardstick {
        double table, matrix, tree;
        double *index; /* [area * MONTHS + month] of the whole */
};

static bool run_r(struct work *w, const char *folder, int64_t rows, struct yardstick *y)
{
        char count[24];
        FILE *file;
        bool ok;

        snprintf(count, sizeof count, "%lld", (long long)rows);
        file = bench_r_open(w, folder, script, count);
        if (file == NULL)
                return false;
        ok = fscanf(file, "%lf %lf %lf", &y->table, &y->matrix, &y->tree) == 3;
        y->index = arena_array(w->arena, (AREAS + 1) * MONTHS, sizeof *y->index);
        for (size_t i = 0; ok && i < (AREAS + 1) * MONTHS; i++)
                ok = fscanf(file, "%lf", &y->index[i]) == 1;
        return bench_r_close(w, file, ok);
}

/* The base year is the first; each area has its own. */
static void set_base(struct industry *b, const int64_t *output)
{
        for (size_t i = 0; i < NODES; i++) {
                b->node[i].base_sum = 0;
                for (size_t t = 0; b->node[i].product >= 0 && t < 12; t++)
                        b->node[i].base_sum += output[(size_t)b->node[i].product * MONTHS + t];
        }
}

/* Everything from the completed panel: sums, and the index of all nodes of all areas and the country. */
static bool all_indices(struct work *w, struct industry *b, double *sums, double *trees, int64_t *whole)
{
        double start = bench_processor_seconds();
        bool ok = true;

        for (int32_t a = 0; ok && a <= AREAS; a++)
                ok = panel_output(b->panel, a, b->output[a], NULL, &w->err);
        *sums = bench_processor_seconds() - start;
        start = bench_processor_seconds();
        for (int32_t a = 0; ok && a <= AREAS; a++) {
                struct laspeyres *l;

                arena_reset(b->space);
                set_base(b, b->output[a]);
                l = laspeyres_make(b->space, &b->weights, b->output[a], MONTHS, 0, &w->err);
                ok = l != NULL;
                for (int32_t t = 0; ok && t < MONTHS; t++)
                        ok = laspeyres_level(l, 0, t, &whole[a * MONTHS + t]);
        }
        *trees = bench_processor_seconds() - start;
        return ok;
}

static bool same_numbers(struct work *w, const int64_t *whole, const double *theirs, double *most)
{
        *most = 0;
        for (size_t i = 0; i < (AREAS + 1) * MONTHS; i++) {
                double off = (double)whole[i] / 1e9 - theirs[i];

                off = off < 0 ? -off : off;
                *most = off > *most ? off : *most;
        }
        return *most < 1e-6 || error_set(&w->err, ERR_DAMAGED, "the two answers differ by %g", *most);
}

static int64_t free_memory(void)
{
        char line[200];
        long long kilobytes = 0;
        FILE *file = fopen("/proc/meminfo", "r");

        while (file != NULL && fgets(line, sizeof line, file) != NULL)
                if (sscanf(line, "MemAvailable: %lld kB", &kilobytes) == 1)
                        break;
        if (file != NULL)
                fclose(file);
        return kilobytes << 10;
}

/* As many as fit, or as the environment says. */
static int64_t observations(void)
{
        const char *asked = getenv("CAUNOI_BENCH_OBSERVATIONS");
        long long n = asked == NULL ? 0 : atoll(asked);

        if (n >= ESTABLISHMENTS * MONTHS && n <= LARGE)
                return n;
        return free_memory() > (INT64_C(14) << 30) ? LARGE : SMALL;
}

static bool measure(struct work *w, struct industry *b, const char *folder, struct buf *out)
{
        int64_t rows = (int64_t)b->lines * MONTHS, *whole = arena_array(w->arena, (AREAS + 1) * MONTHS, sizeof *whole);
        double put, completed, sums, trees, most, start, ours, theirs;
        struct yardstick y;
        struct rusage usage;

        if (!fill_panel(w, b, &put) || !write_for_r(w, b, folder))
                return false;
        start = bench_processor_seconds();
        panel_complete(b->panel, 12);
        completed = bench_processor_seconds() - start;
        getrusage(RUSAGE_SELF, &usage);
        if (!all_indices(w, b, &sums, &trees, whole) || !run_r(w, folder, rows, &y) || !same_numbers(w, whole, y.index, &most))
                return false;
        ours = completed + sums + trees;
        theirs = (y.table >= 0 && y.table < y.matrix ? y.table : y.matrix) + y.tree;
        buf_print(out, "{\"bench\":\"index\",\"rows\":%lld,\"put_seconds\":%.4f,\"complete_seconds\":%.4f,\"sum_seconds\":%.4f,"
                  "\"tree_seconds\":%.4f,\"seconds\":%.4f,\"memory_mb\":%ld,\"yardstick\":\"R on one thread, from gaps to sums: rowsum on a matrix %.4f s, "
                  "data.table on keyed rows %.4f s (-1: left out beyond 20 million); the tree %.4f s\",\"largest_difference\":%.3g,"
                  "\"ratio_matrix\":%.2f,\"ratio_tree\":%.2f,\"ratio\":%.2f",
                  (long long)rows, put, completed, sums, trees, ours, usage.ru_maxrss >> 10, y.matrix, y.table, y.tree, most,
                  (y.matrix + y.tree) / ours, y.tree / trees, theirs / ours);
        bench_at_least(out, theirs / ours, 20, " times R");
        bench_end(out);
        return true;
}

bool bench_index(struct work *w, const char *self, struct buf *out)
{
        struct industry *b = arena_alloc(w->arena, sizeof *b);
        struct arena *arena = arena_open((size_t)4 << 30), *space = b->space = arena_open((size_t)256 << 20);
        uint64_t seed = 20250701;
        enum panel_fault fault = PANEL_OK;
        size_t which = 0;
        char folder[256];
        bool ok;

        (void)self;
        if (arena == NULL || space == NULL || !bench_folder(w, folder))
                return error_set(&w->err, ERR_ENVIRONMENT, "no memory for the panel");
        plant_tree(b, &seed);
        draw_sample(w, b, observations());
        for (int32_t a = 0; a <= AREAS; a++)
                b->output[a] = arena_array(w->arena, PRODUCTS * MONTHS, sizeof **b->output);
        b->panel = panel_open(arena, MONTHS, AREAS, PRODUCTS, b->units, b->line, b->lines, &fault, &which);
        ok = (b->panel != NULL || error_set(&w->err, ERR_DAMAGED, "%s", text(w->err.language, panel_fault_text(fault)))) &&
             measure(w, b, folder, out);
        arena_close(arena);
        arena_close(space);
        bench_remove(folder);
        return ok;
}
