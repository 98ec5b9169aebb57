/* Ten years of one indicator from the map of 63 provinces onto that of 34, as it stands and as it was known on a day, each against one SQL statement over the raw rows
 * that is given the map as a list, and that day. Figures of other indicators lie beside it, two versions of each, as revisions leave them. */
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

#define FIRST_YEAR 2015
#define KNOWN moment_of_day(day_of(2025, 2, 1)) /* of the last month the second version was not known */

static const char *const topics[INDICATORS] = { "retail_sales", "export_value", "import_value", "gross_output", "value_added",
                                                "electricity_sold", "electricity_generated", "enterprises_new", "grdp", "grdp_current" };

static bool fill(struct work *w, void *argument)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *then[64];
        size_t count = unit_list(c, LEVEL_PROVINCE, day_of(2024, 12, 31), then, 64);
        int64_t *rows = arena_array(w->arena, (size_t)MONTHS * VERSIONS * BENCH_FIGURE_WIDTH, sizeof *rows);

        (void)argument;
        for (size_t i = 0; i < count && i < 64; i++)
                for (size_t t = 0; t < INDICATORS; t++) {
                        int64_t unit = symbol_make(w, 'u', then[i]->key, strlen(then[i]->key)), topic = symbol_make(w, 'i', topics[t], strlen(topics[t]));
                        size_t n = 0;

                        for (int month = 0; month < MONTHS; month++) {
                                period p = period_make(FREQUENCY_MONTH, FIRST_YEAR + month / 12, 1 + month % 12);

                                if (!bench_put_group(w, topic, p, unit))
                                        return false;
                                for (int v = 0; v < VERSIONS; v++, n++)
                                        bench_figure(rows + n * BENCH_FIGURE_WIDTH, unit, topic, p, unit, 0, moment_of_day(period_last(p) + 30 * (v + 1)),
                                                     (int64_t)(i * 1000003 + t * 10007 + (size_t)month * 101 + (size_t)v) * 1000);
                        }
                        if (!bench_put_figures(w, rows, n))
                                return false;
                }
        return count == PROVINCES_THEN || error_set(&w->err, ERR_DAMAGED, "the tables do not hold what was put there");
}

static bool total_row(struct work *w, const struct figure_row *r, void *context)
{
        struct bench_answer *t = context;

        (void)w;
        t->rows += r->has_value;
        t->sum += r->value;
        return true;
}

static bool ours(struct bench_world *b, void *context, struct bench_answer *t)
{
        struct work *w = bench_work(b);
        const struct indicator *indicator = indicator_find(catalogue_of(w), topics[0]);
        struct figure_query q = { .indicators = &indicator, .indicator_count = 1, .boundary = BOUNDARY_DATE, .boundary_day = day_of(2026, 1, 1),
                                  .known = *(const moment *)context };
        bool ok = db_begin(w->db) && figures_read(w, &q, total_row, t);

        db_rollback(w->db);
        return ok;
}

/* known: 0: now. */
static void bare_question(struct work *w, struct buf *sql, moment known)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *then[64];
        size_t count = unit_list(c, LEVEL_PROVINCE, day_of(2024, 12, 31), then, 64);

        buf_text(sql, "WITH map(old, new) AS (VALUES ");
        for (size_t i = 0; i < count && i < 64; i++) {
                struct unit_part now;

                unit_restated(c, then[i], day_of(2026, 1, 1), &now, 1);
                buf_print(sql, "%s(%lld,'%s')", i == 0 ? "" : ",", (long long)symbol_find(w, 'u', then[i]->key), now.unit->key);
        }
        buf_print(sql,
                  ") SELECT m.new, f.period, SUM(f.value) FROM map m JOIN figure f ON f.province = m.old AND f.indicator = %lld"
                  " AND f.unit = m.old AND f.item = 0 AND f.partner = 0 AND f.known_from = (SELECT g.known_from FROM figure g"
                  " WHERE g.province = m.old AND g.indicator = f.indicator AND g.period = f.period AND g.unit = m.old AND g.item = 0"
                  " AND g.partner = 0 AND g.status >= 2 AND g.known_from <= %lld ORDER BY g.known_from DESC LIMIT 1) GROUP BY m.new, f.period",
                  (long long)symbol_find(w, 'i', topics[0]), known == 0 ? (long long)INT64_MAX : (long long)known);
}

static bool measure(struct bench_world *b, const char *name, moment known, int64_t rows, struct buf *out)
{
        struct bench_medians m;
        struct buf sql;
        bool ok;

        buf_init(&sql, 0);
        bare_question(bench_work(b), &sql, known);
        ok = work_ok(&b->work) && bench_against_sqlite(b, ours, &known, sql.data, 2, REPEATS, rows, &m);
        buf_clear(&sql);
        if (!ok)
                return false;
        bench_line(out, name, m.answer.rows, m.ours, "one SQL statement over the raw rows, median of the processor's time", m.bare);
        bench_at_most(out, m.ours, 0.1, " s");
        bench_end(out);
        return true;
}

bool bench_restate(struct work *w, const char *self, struct buf *out)
{
        struct bench_world b;
        bool ok = bench_open(w, &b);

        (void)self;
        if (ok && !(ledger_write(bench_work(&b), fill, NULL) && measure(&b, "restate", 0, PROVINCES_NOW * MONTHS, out) &&
                    measure(&b, "restate-known", KNOWN, PROVINCES_NOW * MONTHS, out))) {
                w->err = b.work.err;
                ok = false;
        }
        bench_close(&b);
        return ok;
}
