/* One indicator x 34 provinces x 12 months: out of 10 M figures, against the same question put to bare SQLite on the same file; and
 * the same out of a fifth of the figures, where the database must not matter: of 2 M and 10 M ("pivot-flat"), of 10 M and 50 M ("pivot-large"). */
#include <string.h>

#include "bench/bench.h"
#include "figure/figure.h"
#include "ledger/symbol.h"
#include "ledger/write.h"

#define FIGURES 10000000
#define FIGURES_SMALL 2000000
#define FIGURES_LARGE 50000000
#define PROVINCES 34
#define MONTHS 12
#define REPEATS 200

#define INDICATORS 25
#define NEWEST period_make(FREQUENCY_MONTH, 2026, 12)

/* The table is filled without the way through the ledger: only reading is measured. Every province and every commune has a figure for each of
 * the indicators in each of as many months, back in time, as make the number wanted. Rows go in in the order of the table's key, a province in a
 * transaction: anywhere else each would look for its page, and tens of millions would take most of an hour. */
struct fill {
        const struct unit *provinces[64], *communes[4096];
        size_t province_count, commune_count, topic_count;
        int64_t province_symbols[64], commune_symbols[4096], topics[INDICATORS];
        int64_t wanted, rows, months, *row;
        size_t n, province; /* rows waiting; the province that is filled */
};

#define ROOM 100000

static bool put_row(struct work *w, struct fill *f, int64_t topic, period when, int64_t unit)
{
        bool ok = true;

        bench_figure(f->row + f->n++ * BENCH_FIGURE_WIDTH, f->province_symbols[f->province], topic, when, unit, 0, moment_of_day(day_of(2026, 1, 1)),
                     f->rows++);
        if (f->n == ROOM) {
                ok = bench_put_figures(w, f->row, f->n);
                f->n = 0;
        }
        return ok;
}

static bool fill_province(struct work *w, void *argument)
{
        struct fill *f = argument;
        int64_t unit = f->province_symbols[f->province];
        bool ok = true;

        f->row = arena_array(w->arena, ROOM, sizeof *f->row * BENCH_FIGURE_WIDTH);
        for (size_t i = 0; ok && i < f->topic_count; i++)
                for (int month = 1 - (int)f->months; ok && month <= 0; month++) {
                        period when = period_plus(NEWEST, month);

                        ok = bench_put_group(w, f->topics[i], when, unit) && put_row(w, f, f->topics[i], when, unit);
                        for (size_t k = 0; ok && k < f->commune_count; k++)
                                if (f->communes[k]->province == f->provinces[f->province])
                                        ok = put_row(w, f, f->topics[i], when, f->commune_symbols[k]);
                }
        ok = ok && bench_put_figures(w, f->row, f->n);
        f->n = 0;
        return ok;
}

/* What is filled; the symbols rise in the order in which they are made. */
static bool fill_begin(struct work *w, void *argument)
{
        struct fill *f = argument;
        const struct catalogue *c = catalogue_of(w);
        const struct indicator *list[INDICATORS] = { indicator_find(c, "export_value") };
        const struct indicator **all = arena_array(w->arena, 1000, sizeof *all);
        size_t known = indicator_list(c, all, 1000);
        int64_t a_month;

        f->topic_count = 1;
        for (size_t i = 0; i < known && f->topic_count < INDICATORS; i++)
                if (all[i] != list[0])
                        list[f->topic_count++] = all[i];
        f->province_count = unit_list(c, LEVEL_PROVINCE, day_of(2026, 1, 1), f->provinces, 64);
        f->commune_count = unit_list(c, LEVEL_COMMUNE, day_of(2026, 1, 1), f->communes, 4096);
        for (size_t i = 0; i < f->province_count; i++)
                f->province_symbols[i] = symbol_make(w, 'u', f->provinces[i]->key, strlen(f->provinces[i]->key));
        for (size_t i = 0; i < f->commune_count; i++)
                f->commune_symbols[i] = symbol_make(w, 'u', f->communes[i]->key, strlen(f->communes[i]->key));
        for (size_t i = 0; i < f->topic_count; i++)
                f->topics[i] = symbol_make(w, 'i', list[i]->id, strlen(list[i]->id));
        a_month = (int64_t)(f->topic_count * (f->province_count + f->commune_count));
        f->months = (f->wanted + a_month - 1) / a_month;
        return true;
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
        bool ok;

        *f = (struct fill){ .wanted = wanted };
        ok = ledger_write(bench_work(b), fill_begin, f);
        for (; ok && f->province < f->province_count; f->province++)
                ok = ledger_write(bench_work(b), fill_province, f);
        return ok;
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

/* A world of so many figures, asked; it is removed again. */
static bool world_measure(struct work *w, int64_t wanted, struct bench_medians *m)
{
        struct fill *f = arena_alloc(w->arena, sizeof *f);
        struct bench_world b;
        bool ok = bench_open(w, &b);

        if (ok && !(fill_to(&b, f, wanted) && measure(&b, f, m))) {
                w->err = b.work.err;
                ok = false;
        }
        bench_close(&b);
        return ok;
}

static void flat_line(struct buf *out, const char *name, const struct bench_medians *large, const struct bench_medians *small)
{
        bench_line(out, name, large->answer.rows, large->ours, "the same out of a fifth of the figures, median", small->ours);
        bench_at_most(out, large->ours / small->ours, 1.3, " times the yardstick's seconds");
        bench_end(out);
}

bool bench_pivot(struct work *w, const char *self, struct buf *out)
{
        struct bench_medians small, m;

        (void)self;
        if (!world_measure(w, FIGURES_SMALL, &small) || !world_measure(w, FIGURES, &m))
                return false;
        bench_line(out, "pivot", m.answer.rows, m.ours, "the same query on bare SQLite, median", m.bare);
        bench_end(out);
        flat_line(out, "pivot-flat", &m, &small);
        return true;
}

bool bench_pivot_large(struct work *w, const char *self, struct buf *out)
{
        struct bench_medians small, large;

        (void)self;
        if (!world_measure(w, FIGURES, &small) || !world_measure(w, FIGURES_LARGE, &large))
                return false;
        flat_line(out, "pivot-large", &large, &small);
        return true;
}
