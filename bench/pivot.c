/* One indicator x 34 provinces x 12 months: out of 10 M figures, against the same question put to bare SQLite on the same file; and
 * the same out of 10 M and 50 M, where the database must not matter. */
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
        bool ok = bench_put_figures(w, f->rows, f->n);

        f->n = 0;
        return ok;
}

static bool put_row(struct work *w, struct fill *f, int64_t province, int64_t topic, period when, int64_t unit)
{
        bench_figure(f->rows + f->n++ * BENCH_FIGURE_WIDTH, province, topic, when, unit, 0, moment_of_day(day_of(2026, 1, 1)), f->total);
        f->total++;
        return f->n < ROOM || put_rows(w, f);
}

static bool put_group(struct work *w, struct fill *f, size_t province, int64_t topic, period when)
{
        int64_t unit = f->province_symbols[province];
        bool ok = bench_put_group(w, topic, when, unit) && put_row(w, f, unit, topic, when, unit);

        for (size_t i = 0; ok && i < f->commune_count && f->total < f->wanted; i++)
                if (f->communes[i]->province == f->provinces[province])
                        ok = put_row(w, f, unit, topic, when, f->commune_symbols[i]);
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
        f->rows = arena_array(w->arena, ROOM, sizeof *f->rows * BENCH_FIGURE_WIDTH);
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

static bool count_row(struct work *w, const struct figure_row *r, void *context)
{
        struct bench_answer *c = context;

        (void)w;
        c->rows++;
        c->sum += r->value;
        return true;
}

static bool ours(struct bench_world *b, void *context, struct bench_answer *c)
{
        const struct fill *f = context;
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
static void bare_question(struct work *w, const struct fill *f, struct buf *sql)
{
        period p = period_make(FREQUENCY_MONTH, 2025, 8);

        buf_text(sql, "WITH u(s) AS (VALUES ");
        for (size_t i = 0; i < PROVINCES; i++)
                buf_print(sql, "%s(%lld)", i == 0 ? "" : ",", (long long)symbol_find(w, 'u', f->provinces[i]->key));
        buf_text(sql, "), p(t) AS (VALUES ");
        for (int i = 0; i < MONTHS; i++)
                buf_print(sql, "%s(%d)", i == 0 ? "" : ",", period_plus(p, i));
        buf_print(sql,
                  ") SELECT u.s, p.t, f.known_from, f.value, f.status, f.mark, f.entry FROM p, u JOIN figure f ON"
                  " f.province = u.s AND f.indicator = %lld AND f.period = p.t AND f.unit = u.s AND f.item = 0"
                  " AND f.partner = 0 AND f.known_from = (SELECT g.known_from FROM figure g WHERE g.province = u.s"
                  " AND g.indicator = f.indicator AND g.period = p.t AND g.unit = u.s AND g.item = 0 AND g.partner = 0"
                  " AND g.status >= 2 ORDER BY g.known_from DESC LIMIT 1)",
                  (long long)symbol_find(w, 'i', "export_value"));
}

static bool fill_to(struct bench_world *b, struct fill *f, int64_t wanted)
{
        f->wanted = wanted;
        return ledger_write(bench_work(b), fill_run, f);
}

static bool measure(struct bench_world *b, struct fill *f, struct bench_medians *m)
{
        struct buf sql;
        bool ok;

        buf_init(&sql, 0);
        bare_question(bench_work(b), f, &sql);
        ok = bench_against_sqlite(b, ours, f, sql.data, 3, REPEATS, PROVINCES * MONTHS, m);
        buf_clear(&sql);
        return ok;
}

bool bench_pivot(struct work *w, const char *self, struct buf *out)
{
        struct fill *f = arena_alloc(w->arena, sizeof *f);
        struct bench_world b;
        struct bench_medians m;
        bool ok = bench_open(w, &b);

        (void)self;
        if (ok && !(fill_to(&b, f, FIGURES) && measure(&b, f, &m))) {
                w->err = b.work.err;
                ok = false;
        }
        if (ok) {
                bench_line(out, "pivot", m.answer.rows, m.ours, "the same query on bare SQLite, median", m.bare);
                bench_end(out);
        }
        bench_close(&b);
        return ok;
}

bool bench_pivot_large(struct work *w, const char *self, struct buf *out)
{
        struct fill *f = arena_alloc(w->arena, sizeof *f);
        struct bench_world b;
        struct bench_medians small, large;
        bool ok = bench_open(w, &b);

        (void)self;
        if (ok && !(fill_to(&b, f, FIGURES) && measure(&b, f, &small) && fill_to(&b, f, FIGURES_LARGE) && measure(&b, f, &large))) {
                w->err = b.work.err;
                ok = false;
        }
        if (ok) {
                bench_line(out, "pivot-large", large.answer.rows, large.ours, "the same out of a fifth of the figures, median", small.ours);
                bench_at_most(out, large.ours / small.ours, 1.3, " times the yardstick's seconds");
                bench_end(out);
        }
        bench_close(&b);
        return ok;
}
