/* Ten years of one indicator from the map of 63 provinces onto that of 34, against one SQL statement over the raw rows that is given the
 * map as a list. Figures of other indicators lie beside it, two versions of each, as revisions leave them. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "figure/figure.h"
#include "ledger/symbol.h"
#include "ledger/write.h"

#define PROVINCES_THEN 63
#define PROVINCES_NOW 34
#define MONTHS 120
#define VERSIONS 2
#define INDICATORS 10
#define REPEATS 50
#define WIDTH 11

#define FIRST_YEAR 2015

static const char *const topics[INDICATORS] = { "retail_sales", "export_value", "import_value", "gross_output", "value_added",
                                                "electricity_sold", "electricity_generated", "enterprises_new", "grdp", "grdp_current" };

static bool fill(struct work *w, void *argument)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *then[64];
        size_t count = unit_list(c, LEVEL_PROVINCE, day_of(2024, 12, 31), then, 64);
        int64_t *rows = arena_array(w->arena, (size_t)MONTHS * VERSIONS * WIDTH, sizeof *rows);

        (void)argument;
        for (size_t i = 0; i < count && i < 64; i++)
                for (size_t t = 0; t < INDICATORS; t++) {
                        int64_t unit = symbol_make(w, 'u', then[i]->key, strlen(then[i]->key)), topic = symbol_make(w, 'i', topics[t], strlen(topics[t]));
                        size_t n = 0;

                        for (int month = 0; month < MONTHS; month++) {
                                period p = period_make(FREQUENCY_MONTH, FIRST_YEAR + month / 12, 1 + month % 12);
                                const int64_t group[] = { topic, p, unit };

                                if (!db_each(w->db, "INSERT INTO figure_group VALUES ($1, $2, $3, 1)", group, 1, 3, NULL, NULL))
                                        return false;
                                for (int v = 0; v < VERSIONS; v++, n++) {
                                        const int64_t row[WIDTH] = { unit, topic, p, unit, 0, 0, moment_of_day(period_last(p) + 30 * (v + 1)),
                                                                     (int64_t)(i * 1000003 + t * 10007 + (size_t)month * 101 + (size_t)v) * 1000,
                                                                     STATUS_PUBLISHED, 0, 1 };

                                        memcpy(rows + n * WIDTH, row, sizeof row);
                                }
                        }
                        if (!db_each(w->db, "INSERT INTO figure VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", rows, n, WIDTH, NULL, NULL))
                                return false;
                }
        return count == PROVINCES_THEN || error_set(&w->err, ERR_DAMAGED, "the two answers differ: %lld and %lld rows", (long long)count, (long long)PROVINCES_THEN);
}

struct total {
        int64_t rows, sum;
};

static bool total_row(struct work *w, const struct figure_row *r, void *context)
{
        struct total *t = context;

        (void)w;
        t->rows += r->has_value;
        t->sum += r->value;
        return true;
}

static bool ours(struct bench_world *b, struct total *t)
{
        struct work *w = bench_work(b);
        const struct indicator *indicator = indicator_find(catalogue_of(w), topics[0]);
        struct figure_query q = { .indicators = &indicator, .indicator_count = 1, .boundary = BOUNDARY_DATE, .boundary_day = day_of(2026, 1, 1) };
        bool ok;

        ok = db_begin(w->db) && figures_read(w, &q, total_row, t);
        db_rollback(w->db);
        return ok;
}

static bool bare_prepare(struct work *w, sqlite3 *db, sqlite3_stmt **s)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *then[64];
        size_t count = unit_list(c, LEVEL_PROVINCE, day_of(2024, 12, 31), then, 64);
        struct buf sql;
        bool ok;

        buf_init(&sql, 0);
        buf_text(&sql, "WITH map(old, new) AS (VALUES ");
        for (size_t i = 0; i < count && i < 64; i++) {
                struct unit_part now;

                unit_restated(c, then[i], day_of(2026, 1, 1), &now, 1);
                buf_print(&sql, "%s(%lld,'%s')", i == 0 ? "" : ",", (long long)symbol_find(w, 'u', then[i]->key), now.unit->key);
        }
        buf_print(&sql,
                  ") SELECT m.new, f.period, SUM(f.value) FROM map m JOIN figure f ON f.province = m.old AND f.indicator = %lld"
                  " AND f.unit = m.old AND f.item = 0 AND f.partner = 0 AND f.known_from = (SELECT g.known_from FROM figure g"
                  " WHERE g.province = m.old AND g.indicator = f.indicator AND g.period = f.period AND g.unit = m.old AND g.item = 0"
                  " AND g.partner = 0 AND g.status >= 2 ORDER BY g.known_from DESC LIMIT 1) GROUP BY m.new, f.period",
                  (long long)symbol_find(w, 'i', topics[0]));
        ok = sqlite3_prepare_v2(db, sql.data, -1, s, NULL) == SQLITE_OK;
        buf_clear(&sql);
        return ok || error_set(&w->err, ERR_ENVIRONMENT, "the yardstick failed: %s", sqlite3_errmsg(db));
}

static int compare_seconds(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

bool bench_restate(struct work *w, const char *self, struct buf *out)
{
        double mine[REPEATS], bare[REPEATS], start;
        struct total total = { 0 }, check = { 0 };
        struct bench_world b;
        sqlite3_stmt *s = NULL;
        sqlite3 *db = NULL;
        char store[300];
        bool ok = bench_open(w, &b);

        (void)self;
        snprintf(store, sizeof store, "%s/node/ledger.db", b.folder);
        if (ok) {
                ok = ledger_write(bench_work(&b), fill, NULL) &&
                     (sqlite3_open_v2(store, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK ||
                      error_set(&b.work.err, ERR_ENVIRONMENT, "the yardstick failed: %s", sqlite3_errmsg(db)));
                ok = ok && bare_prepare(&b.work, db, &s);
                for (int i = 0; ok && i < REPEATS; i++) { /* in turns, so that both meet the same machine */
                        total = check = (struct total){ 0 };
                        start = bench_processor_seconds();
                        ok = ours(&b, &total);
                        mine[i] = bench_processor_seconds() - start;
                        start = bench_processor_seconds();
                        while (ok && sqlite3_step(s) == SQLITE_ROW) {
                                check.rows++;
                                check.sum += sqlite3_column_int64(s, 2);
                        }
                        sqlite3_reset(s);
                        bare[i] = bench_processor_seconds() - start;
                }
                if (ok && (total.rows != check.rows || total.sum != check.sum || total.rows != PROVINCES_NOW * MONTHS))
                        ok = error_set(&b.work.err, ERR_DAMAGED, "the two answers differ: %lld and %lld rows", (long long)total.rows,
                                       (long long)check.rows);
                if (!ok)
                        w->err = b.work.err;
        }
        sqlite3_finalize(s);
        sqlite3_close(db);
        if (ok) {
                qsort(mine, REPEATS, sizeof *mine, compare_seconds);
                qsort(bare, REPEATS, sizeof *bare, compare_seconds);
                /* the aim: an indicator in 100 ms */
                bench_line(out, "restate", total.rows, mine[REPEATS / 2], "one SQL statement over the raw rows, median of the processor's time",
                           bare[REPEATS / 2], PROVINCES_NOW * MONTHS * 10);
        }
        bench_close(&b);
        return ok;
}
