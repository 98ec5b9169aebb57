/* Figures that stand out: a million series in memory, against R's data.table on some of them and against one look at all numbers;
 * and one indicator from the tables, as the page asks for it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "figure/figure.h"
#include "figure/series.h"
#include "ledger/symbol.h"
#include "ledger/write.h"
#include "stats/outlier.h"

#define SERIES 1000000
#define MONTHS 60
#define IN_R 50000 /* series; the others would take it minutes */

static void draw_series(int64_t *value, size_t series)
{
        uint64_t seed = series + 1;
        int64_t size = 1000 + bench_chance(&seed, 1000000);

        for (int t = 0; t < MONTHS; t++)
                value[t] = size + size * (t % 12) / 20 + size * t / 200 + bench_chance(&seed, size / 5 + 1);
        if (bench_chance(&seed, 50) == 0)
                value[MONTHS - 1] *= 2 + bench_chance(&seed, 3);
}

/* By the same definition, on columns and grouped medians, which data.table computes in C. */
static const char script[] =
        "a <- commandArgs(TRUE); n <- as.integer(a[2]); months <- 60L\n"
        "suppressMessages(library(data.table)); setDTthreads(1)\n"
        "v <- matrix(readBin(file.path(a[1], 'values'), 'double', n * months), ncol = months, byrow = TRUE)\n"
        "used <- function() sum(proc.time()[1:2]); start <- used()\n"
        "ratio <- lapply(25:months, function(t) {\n"
        "  b <- seq(t - 12L, 1L, -12L); k <- length(b)\n"
        "  d <- data.table(s = rep(seq_len(n), k), v = as.vector(v[, b]))\n"
        "  v[, t] / d[, .(m = median(v)), by = s]$m })\n"
        "d <- data.table(s = rep(seq_len(n), months - 24L), x = log(unlist(ratio)))\n"
        "d[, m := median(x), by = s][, off := abs(x - m)]\n"
        "z <- d[, .(m = m[1L], mad = median(off), last = x[.N]), by = s][, (last - m) / (1.482602218505602 * mad)]\n"
        "cat(sprintf('%.4f\\n', used() - start)); cat(sprintf('%.12g\\n', z), sep = '')\n";

static bool write_for_r(struct work *w, const char *folder, const int64_t *value)
{
        char path[300];
        bool ok;
        FILE *file;

        snprintf(path, sizeof path, "%s/values", folder);
        file = fopen(path, "wb");
        ok = file != NULL;
        for (size_t i = 0; ok && i < (size_t)IN_R * MONTHS; i++) {
                double number = (double)value[i];

                ok = fwrite(&number, sizeof number, 1, file) == 1;
        }
        ok = file != NULL && fclose(file) == 0 && ok;
        return ok || error_set(&w->err, ERR_ENVIRONMENT, "cannot write \"%s\"", path);
}

static bool run_r(struct work *w, const char *folder, const struct outlier *ours, double *seconds, double *most)
{
        char count[24];
        FILE *file;
        bool ok;

        snprintf(count, sizeof count, "%d", IN_R);
        file = bench_r_open(w, folder, script, count);
        if (file == NULL)
                return false;
        ok = fscanf(file, "%lf", seconds) == 1;
        *most = 0;
        for (size_t i = 0; ok && i < IN_R; i++) {
                double z;

                ok = fscanf(file, "%lf", &z) == 1;
                *most = fmax(*most, fabs(z - ours[i].z) / (1 + fabs(z)));
        }
        if (!bench_r_close(w, file, ok))
                return false;
        return *most < 1e-9 || error_set(&w->err, ERR_DAMAGED, "the two answers differ by %g", *most);
}

static bool million(struct work *w, struct buf *out)
{
        struct arena *arena = arena_open((size_t)2 << 30);
        int64_t *value, sum = 0;
        struct outlier *judged;
        double work[2 * MONTHS], start, ours, look, theirs = 0, most = 0;
        char folder[256];
        int64_t found = 0;
        bool ok;

        if (arena == NULL || !bench_folder(w, folder))
                return error_set(&w->err, ERR_ENVIRONMENT, "no memory for the series");
        value = arena_array(arena, (size_t)SERIES * MONTHS, sizeof *value);
        judged = arena_array(arena, SERIES, sizeof *judged);
        for (size_t i = 0; i < SERIES; i++)
                draw_series(value + i * MONTHS, i);
        start = bench_processor_seconds();
        for (size_t i = 0; i < (size_t)SERIES * MONTHS; i++)
                sum += value[i];
        look = bench_processor_seconds() - start;
        start = bench_processor_seconds();
        for (size_t i = 0; i < SERIES; i++)
                outlier_judge(value + i * MONTHS, MONTHS, 12, MONTHS - 1, work, &judged[i]);
        ours = bench_processor_seconds() - start;
        for (size_t i = 0; i < SERIES; i++)
                found += judged[i].severity != OUTLIER_NONE;
        ok = sum != 0 && write_for_r(w, folder, value) && run_r(w, folder, judged, &theirs, &most);
        if (ok) {
                buf_print(out, "{\"bench\":\"outlier\",\"series\":%d,\"months\":%d,\"found\":%lld,\"seconds\":%.4f,\"one_look_seconds\":%.4f,"
                          "\"ratio_look\":%.2f,\"yardstick\":\"R data.table, grouped medians, %d of the series: %.4f s\",\"largest_difference\":%.3g,"
                          "\"ratio\":%.2f",
                          SERIES, MONTHS, (long long)found, ours, look, ours / look, IN_R, theirs, most,
                          theirs / IN_R / (ours / SERIES));
                bench_at_most(out, ours, 2, " s");
                bench_end(out);
        }
        bench_remove(folder);
        arena_close(arena);
        return ok;
}

/* ---- one indicator from the tables --------------------------------------------------------------------------------- */

#define PROVINCES 63
#define ITEMS 10 /* ten times the series of the largest indicator that the publisher gives by province */
#define REPEATS 31

/* The table is filled as imports would fill it, without the way through the ledger: only reading is measured. */
static bool fill(struct work *w, void *argument)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *units[PROVINCES + 1];
        const struct item *items[ITEMS + 1]; /* the first is the whole */
        const struct indicator *indicator = indicator_find(c, "export_value");
        size_t count = unit_list(c, LEVEL_PROVINCE, day_of(2021, 1, 1), units, PROVINCES);
        size_t goods = item_list(c, indicator->item_classification, day_of(2021, 1, 1), items, ITEMS + 1);
        int64_t topic = symbol_make(w, 'i', indicator->id, strlen(indicator->id)), value[MONTHS], *rows = arena_array(w->arena, MONTHS * ITEMS * BENCH_FIGURE_WIDTH, sizeof *rows);
        bool ok = count == PROVINCES && goods > ITEMS;

        (void)argument;
        for (size_t u = 0; ok && u < PROVINCES; u++) {
                int64_t unit = symbol_make(w, 'u', units[u]->key, strlen(units[u]->key));
                size_t n = 0;

                for (size_t i = 0; i < ITEMS; i++) {
                        int64_t item = symbol_make(w, 't', items[i + 1]->code, strlen(items[i + 1]->code));

                        draw_series(value, u * ITEMS + i);
                        for (int t = 0; t < MONTHS; t++)
                                bench_figure(rows + n++ * BENCH_FIGURE_WIDTH, unit, topic, period_make(FREQUENCY_MONTH, 2019 + t / 12, 1 + t % 12), unit,
                                             item, moment_of_day(day_of(2024, 1, 1)), value[t]);
                }
                for (int t = 0; ok && t < MONTHS; t++)
                        ok = bench_put_group(w, topic, period_make(FREQUENCY_MONTH, 2019 + t / 12, 1 + t % 12), unit);
                ok = ok && bench_put_figures(w, rows, n);
        }
        return ok;
}

static bool one_indicator(struct bench_world *b, int64_t *rows, int64_t *found)
{
        struct work *w = bench_work(b);
        const struct indicator *indicator = indicator_find(catalogue_of(w), "export_value");
        struct figure_query q = { .indicators = &indicator, .indicator_count = 1 };
        struct series_set set;
        double work[2 * MONTHS];
        bool ok = db_begin(w->db) && series_read(w, &q, FREQUENCY_MONTH, &set);

        *rows = *found = 0;
        for (size_t i = 0; ok && i < set.count; i++) {
                struct outlier o;

                outlier_judge(set.list[i].value, set.periods, 12, set.periods - 1, work, &o);
                *rows += (int64_t)set.periods;
                *found += o.severity != OUTLIER_NONE;
        }
        db_rollback(w->db);
        return ok;
}

static bool from_tables(struct work *w, struct buf *out)
{
        double mine[REPEATS], bare[REPEATS], start;
        int64_t rows = 0, found = 0, sum = 0;
        struct bench_world b;
        bool ok = bench_open(w, &b);

        ok = ok && ledger_write(bench_work(&b), fill, NULL);
        for (int i = 0; ok && i < REPEATS; i++) { /* in turns, so that both meet the same machine */
                struct rows *r;

                start = bench_processor_seconds();
                ok = one_indicator(&b, &rows, &found);
                mine[i] = bench_processor_seconds() - start;
                start = bench_processor_seconds();
                r = db_query(b.work.db, "SELECT province, period, unit, item, partner, value FROM figure", NO_ARGS);
                while (rows_next(r))
                        sum += rows_int(r, 1) + rows_int(r, 5);
                bare[i] = bench_processor_seconds() - start;
        }
        if (ok) {
                double ours = bench_median(mine, REPEATS), look = bench_median(bare, REPEATS);

                ok = sum != 0 && rows == (int64_t)PROVINCES * ITEMS * MONTHS;
                buf_print(out, "{\"bench\":\"outlier_indicator\",\"series\":%d,\"figures\":%lld,\"found\":%lld,\"seconds\":%.4f,\"yardstick\":\"all rows of the "
                          "table read once\",\"yardstick_seconds\":%.4f,\"ratio\":%.2f",
                          PROVINCES * ITEMS, (long long)rows, (long long)found, ours, look, ours / look);
                bench_at_most(out, ours, 0.1, " s");
                bench_end(out);
        } else {
                w->err = b.work.err;
        }
        bench_close(&b);
        return ok || error_set(&w->err, ERR_DAMAGED, "the tables do not hold what was put there");
}

bool bench_outlier(struct work *w, const char *self, struct buf *out)
{
        (void)self;
        return million(w, out) && from_tables(w, out);
}
