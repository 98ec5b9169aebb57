/* One indicator x 34 provinces x 12 months: out of 10 M figures, against the same question put to bare SQLite on the same file; and
 * the same out of 10 M and 50 M, where the database must not matter. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "figure/figure.h"
#include "ledger/symbol.h"
#include "ledger/write.h"

#define FIGURES 10000000
#define FIGURES_LARGE 50000000
#define PROVINCES 34
#define MONTHS 12
#define REPEATS 200

#define INDICATORS 25
#define PERIODS 600 /* the newest first: they are what is asked about, whatever was brought in before or after */

/* The table is filled as imports would fill it, without the way through the ledger: only reading is measured. Every
 * province and every commune has a figure for each of the indicators in each month, month after month back in time until there are as many
 * as wanted; filled further it goes on where it was. */
struct fill {
        const struct unit *provinces[64], *communes[4096];
        size_t province_count, commune_count;
        int64_t province_symbols[64], commune_symbols[4096], topics[INDICATORS];
        int64_t *rows;
        size_t n;
        int64_t total, wanted;
        int month; /* done so far */
};

#define ROOM 100000

static bool put_rows(struct work *w, struct fill *f)
{
        bool ok = f->n == 0 || db_each(w->db, "INSERT INTO figure VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                                       f->rows, f->n, 11, NULL, NULL);

        f->n = 0;
        return ok;
}

static bool put_row(struct work *w, struct fill *f, int64_t province, int64_t topic, int64_t when, int64_t unit)
{
        const int64_t row[] = { province, topic, when, unit, 0, 0, moment_of_day(day_of(2026, 1, 1)), f->total, STATUS_PUBLISHED,
                                0, 1 };

        memcpy(f->rows + f->n++ * 11, row, sizeof row);
        f->total++;
        return f->n < ROOM || put_rows(w, f);
}

static bool put_group(struct work *w, struct fill *f, size_t province, int64_t topic, int64_t when)
{
        const int64_t group[] = { topic, when, f->province_symbols[province] };
        bool ok = db_each(w->db, "INSERT INTO figure_group VALUES ($1, $2, $3, 1)", group, 1, 3, NULL, NULL) &&
                  put_row(w, f, group[2], topic, when, group[2]);

        for (size_t i = 0; ok && i < f->commune_count && f->total < f->wanted; i++)
                if (f->communes[i]->province == f->provinces[province])
                        ok = put_row(w, f, group[2], topic, when, f->commune_symbols[i]);
        return ok;
}

static bool fill_run(struct work *w, void *argument)
{
        struct fill *f = argument;
        const struct catalogue *c = catalogue_of(w);
        const struct indicator *list[INDICATORS + 1] = { indicator_find(c, "export_value") };
        size_t count = 1;
        const struct indicator **all = arena_array(w->arena, 1000, sizeof *all);
        size_t known = indicator_list(c, all, 1000);
        bool ok = true;

        for (size_t i = 0; i < known && count < INDICATORS; i++)
                if (all[i] != list[0])
                        list[count++] = all[i];
        f->rows = arena_array(w->arena, ROOM, sizeof *f->rows * 11);
        f->province_count = unit_list(c, LEVEL_PROVINCE, day_of(2026, 1, 1), f->provinces, 64);
        f->commune_count = unit_list(c, LEVEL_COMMUNE, day_of(2026, 1, 1), f->communes, 4096);
        for (size_t i = 0; i < f->province_count; i++)
                f->province_symbols[i] = symbol_make(w, 'u', f->provinces[i]->key, strlen(f->provinces[i]->key));
        for (size_t i = 0; i < f->commune_count; i++)
                f->commune_symbols[i] = symbol_make(w, 'u', f->communes[i]->key, strlen(f->communes[i]->key));
        for (size_t i = 0; i < count; i++)
                f->topics[i] = symbol_make(w, 'i', list[i]->id, strlen(list[i]->id));
        for (; ok && f->month < PERIODS && f->total < f->wanted; f->month++)
                for (size_t i = 0; ok && i < count; i++)
                        for (size_t p = 0; ok && p < f->province_count; p++)
                                ok = put_group(w, f, p, f->topics[i], period_plus(period_make(FREQUENCY_MONTH, 2026, 12), -f->month));
        return ok && put_rows(w, f);
}

struct count {
        int64_t rows, sum;
};

static bool count_row(struct work *w, const struct figure_row *r, void *context)
{
        struct count *c = context;

        (void)w;
        c->rows++;
        c->sum += r->value;
        return true;
}

static bool ours(struct bench_world *b, const struct fill *f, struct count *c)
{
        struct work *w = bench_work(b);
        const struct indicator *indicator = indicator_find(catalogue_of(w), "export_value");
        const char *units[PROVINCES], *whole = "";
        struct figure_query q = { .indicators = &indicator, .indicator_count = 1, .units = units, .items = &whole,
                                  .item_count = 1 };
        bool ok;

        for (size_t i = 0; i < PROVINCES; i++)
                units[i] = f->provinces[i]->code;
        q.unit_count = PROVINCES;
        q.from = period_make(FREQUENCY_MONTH, 2025, 8);
        q.to = period_plus(q.from, MONTHS - 1);
        ok = db_begin(w->db) && figures_read(w, &q, count_row, c);
        db_rollback(w->db);
        return ok;
}

/* Best of what SQL offers: one prepared statement over both lists, each cell by its full key. */
static bool bare_prepare(struct work *w, sqlite3 *db, const struct fill *f, sqlite3_stmt **s)
{
        struct buf sql;
        period p = period_make(FREQUENCY_MONTH, 2025, 8);
        bool ok;

        buf_init(&sql, 0);
        buf_text(&sql, "WITH u(s) AS (VALUES ");
        for (size_t i = 0; i < PROVINCES; i++)
                buf_print(&sql, "%s(%lld)", i == 0 ? "" : ",", (long long)symbol_find(w, 'u', f->provinces[i]->key));
        buf_text(&sql, "), p(t) AS (VALUES ");
        for (int i = 0; i < MONTHS; i++)
                buf_print(&sql, "%s(%d)", i == 0 ? "" : ",", period_plus(p, i));
        buf_print(&sql,
                  ") SELECT u.s, p.t, f.known_from, f.value, f.status, f.mark, f.entry FROM p, u JOIN figure f ON"
                  " f.province = u.s AND f.indicator = %lld AND f.period = p.t AND f.unit = u.s AND f.item = 0"
                  " AND f.partner = 0 AND f.known_from = (SELECT g.known_from FROM figure g WHERE g.province = u.s"
                  " AND g.indicator = f.indicator AND g.period = p.t AND g.unit = u.s AND g.item = 0 AND g.partner = 0"
                  " AND g.status >= 2 ORDER BY g.known_from DESC LIMIT 1)",
                  (long long)symbol_find(w, 'i', "export_value"));
        ok = sqlite3_prepare_v2(db, sql.data, -1, s, NULL) == SQLITE_OK;
        buf_clear(&sql);
        return ok || error_set(&w->err, ERR_ENVIRONMENT, "the yardstick failed: %s", sqlite3_errmsg(db));
}

static int compare_seconds(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

/* Medians of both ways to ask, in processor seconds, which other programs do not lengthen. */
struct medians {
        double mine, bare;
        int64_t rows;
};

static bool fill_to(struct bench_world *b, struct fill *f, int64_t wanted)
{
        f->wanted = wanted;
        return ledger_write(bench_work(b), fill_run, f);
}

static bool measure(struct bench_world *b, const struct fill *f, struct medians *m)
{
        double mine[REPEATS], bare[REPEATS], start;
        struct count count = { 0 }, check = { 0 };
        sqlite3_stmt *s = NULL;
        sqlite3 *db = NULL;
        char store[300];
        bool ok;

        snprintf(store, sizeof store, "%s/node/ledger.db", b->folder);
        ok = (sqlite3_open_v2(store, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK ||
              error_set(&b->work.err, ERR_ENVIRONMENT, "the yardstick failed: %s", sqlite3_errmsg(db))) &&
             bare_prepare(bench_work(b), db, f, &s);
        for (int i = 0; ok && i < REPEATS; i++) { /* in turns, so that both meet the same machine */
                count = check = (struct count){ 0 };
                start = bench_processor_seconds();
                ok = ours(b, f, &count);
                mine[i] = bench_processor_seconds() - start;
                start = bench_processor_seconds();
                while (ok && sqlite3_step(s) == SQLITE_ROW) {
                        check.rows++;
                        check.sum += sqlite3_column_int64(s, 3);
                }
                sqlite3_reset(s);
                bare[i] = bench_processor_seconds() - start;
        }
        if (ok && (count.rows != check.rows || count.sum != check.sum || count.rows != PROVINCES * MONTHS))
                ok = error_set(&b->work.err, ERR_DAMAGED, "the two answers differ: %lld and %lld rows", (long long)count.rows, (long long)check.rows);
        sqlite3_finalize(s);
        sqlite3_close(db);
        if (!ok)
                return false;
        qsort(mine, REPEATS, sizeof *mine, compare_seconds);
        qsort(bare, REPEATS, sizeof *bare, compare_seconds);
        *m = (struct medians){ mine[REPEATS / 2], bare[REPEATS / 2], count.rows };
        return true;
}

bool bench_pivot(struct work *w, const char *self, struct buf *out)
{
        struct fill *f = arena_alloc(w->arena, sizeof *f);
        struct bench_world b;
        struct medians m;
        bool ok = bench_open(w, &b);

        (void)self;
        if (ok && !(fill_to(&b, f, FIGURES) && measure(&b, f, &m))) {
                w->err = b.work.err;
                ok = false;
        }
        if (ok)
                bench_line(out, "pivot", m.rows, m.mine, "the same query on bare SQLite, median", m.bare, 0);
        bench_close(&b);
        return ok;
}

bool bench_pivot_large(struct work *w, const char *self, struct buf *out)
{
        struct fill *f = arena_alloc(w->arena, sizeof *f);
        struct bench_world b;
        struct medians small, large;
        bool ok = bench_open(w, &b);

        (void)self;
        if (ok && !(fill_to(&b, f, FIGURES) && measure(&b, f, &small) && fill_to(&b, f, FIGURES_LARGE) && measure(&b, f, &large))) {
                w->err = b.work.err;
                ok = false;
        }
        if (ok)
                bench_line(out, "pivot-large", large.rows, large.mine, "the same out of a fifth of the figures, median", small.mine, 0);
        bench_close(&b);
        return ok;
}
