/* What entries change of kept tables is computed anew: after any sequence of late reports, corrections and reports that do not count any more, of one or several at a time,
 * all is what a computation from nothing comes to, to the digit, with what may be published of it. */
#include "tests/support.h"
#include "tests/shipped.h"

#include "areas/iip/iip.h"
#include "areas/program.h"
#include "base/buf.h"
#include "base/log.h"
#include "format/jsonw.h"
#include "ledger/node.h"
#include "ledger/write.h"

#define MONTHS 18    /* from 2020-01, */
#define LATER 4      /* and so many that begin while reports come in */
#define PRODUCTS 8   /* two below each of four classes */
#define MAKERS 70
#define UNITS 4
#define SERIES 3
#define STEPS 80

static const char *const units[UNITS] = { "42", "40", "25", "18073" }; /* the last lies in 42 */
static const char *const tables[] = { "VN", "42", "40", "25" };

struct desk {
        struct node *node;
        struct arena *arena;
        struct work w;
        char folder[512];
        uint64_t chance;
};

static struct desk desk;

static void desk_work(struct desk *d)
{
        arena_reset(d->arena);
        work_init(&d->w, d->arena, node_reader(d->node, &d->w.err), LANGUAGE_EN);
        d->w.node = d->node;
        d->w.user = &user_operator;
        d->w.now = moment_now();
}

static int below(struct desk *d, int most)
{
        d->chance = d->chance * 6364136223846793005u + 1442695040888963407u;
        return (int)((d->chance >> 33) % (uint64_t)most);
}

static int set_up(void **state)
{
        struct error err = { .code = ERR_NONE };
        struct desk *d = &desk;
        char folder[600];

        log_set_level(LOG_ALARM);
        program_start();
        *d = (struct desk){ .chance = 7 };
        snprintf(d->folder, sizeof d->folder, "%s", test_folder());
        snprintf(folder, sizeof folder, "%s/node", d->folder);
        d->arena = arena_open((size_t)512 << 20);
        if (!node_init(folder, "VN", test_store(), program_schema(), &err) || (d->node = node_open(folder, NODE_WRITE, program_schema(), &err)) == NULL)
                fail_msg("%s", err.message);
        desk_work(d);
        if (!ledger_write(&d->w, load_shipped, NULL))
                fail_msg("%s", d->w.err.message);
        *state = d;
        return 0;
}

static int tear_down(void **state)
{
        struct desk *d = *state;

        node_close(d->node);
        arena_close(d->arena);
        iip_kept_idle(0);
        iip_kept_idle(IIP_FAMILY_MEMORY);
        return 0;
}

/* ---- what is brought ------------------------------------------------------------------------------------------- */

static void bring(struct desk *d, enum iip_file file, int series, const char *unit, const char *from, const char *text)
{
        struct iip_import what = { .file = file, .series = (enum iip_series)series, .unit = unit, .source = "test", .base = period_make(FREQUENCY_YEAR, 2020, 0) };
        struct iip_result result = { 0 };
        char path[600];
        FILE *f;

        period_read(from, strlen(from), &what.from);
        snprintf(path, sizeof path, "%s/file.csv", d->folder);
        f = fopen(path, "w");
        assert_non_null(f);
        fputs(text, f);
        fclose(f);
        desk_work(d);
        if (!iip_import(&d->w, path, &what, &result))
                fail_msg("%s: %s", d->w.err.message, result.problem_count > 0 ? result.problems[0].reason : "");
}

/* The base of all but the last product is stated: of that it is what was reported in 2020. Weights of one price a product, whatever the unit, or any; a unit may have classes of its own. */
static void bring_weights(struct desk *d, int series, const char *unit, const char *from, bool is_priced, int first)
{
        int weight[PRODUCTS], base[PRODUCTS], whole[PRODUCTS / 2] = { 0 };
        struct buf b;

        for (int p = 0; p < PRODUCTS; p++) {
                base[p] = 5000 + below(d, 9000);
                weight[p] = is_priced ? base[p] * (1 + p % 3) : 1 + below(d, 50);
                whole[(p + first) % PRODUCTS / 2] += weight[p];
        }
        buf_init(&b, 1 << 16);
        buf_text(&b, "code,parent,name,measure,weight,base_quantity\nTOTAL,,Whole,,1,\n");
        for (int c = 0; c < PRODUCTS / 2; c++)
                buf_print(&b, "C%d,TOTAL,Class,,%d,\n", c, is_priced ? whole[c] : 10 + below(d, 90));
        for (int p = 0; p < PRODUCTS; p++) {
                buf_print(&b, "p%d,C%d,Product,t,%d,", p, (p + first) % PRODUCTS / 2, weight[p]);
                if (p < PRODUCTS - 1)
                        buf_print(&b, "%d", base[p]);
                buf_char(&b, '\n');
        }
        bring(d, IIP_FILE_WEIGHTS, series, unit, from, b.data);
        buf_clear(&b);
}

static int unit_of(int maker)
{
        return maker * 7 % 10 < 4 ? 0 : maker * 7 % 10 < 7 ? 1 : maker * 7 % 10 < 9 ? 2 : 3;
}

static int product_of(int maker)
{
        return maker % PRODUCTS;
}

/* One moves from 42 to 40, one will, one is asked by two units of which one lies in the other, some begin late or end, some in months of which nothing is told yet. */
static void bring_sample(struct desk *d, int series, int unit)
{
        struct buf b;

        buf_init(&b, 1 << 16);
        buf_text(&b, "establishment,name,product,from,to\n");
        for (int m = 0; m < MAKERS; m++)
                if (unit_of(m) == unit)
                        buf_print(&b, "m%d,Maker,p%d,%s,%s\n", m, product_of(m), m % 11 == 3 ? "2020-08" : m % 23 == 4 ? "2021-08" : m % 29 == 6 ? "2023-01" : "2020-01", m % 13 == 5 ? "2021-02" : m % 17 == 9 ? "2021-07" : "");
        if (unit == 0)
                buf_text(&b, "mover,Mover,p1,2020-01,2020-10\nnext,Next,p3,2020-01,2021-07\n");
        if (unit == 1)
                buf_text(&b, "mover,Mover,p1,2020-11,\nnext,Next,p3,2021-08,\n");
        if (unit % 3 == 0)
                buf_text(&b, "double,Double,p2,2020-01,\n");
        bring(d, IIP_FILE_SAMPLE, series, units[unit], "2020-01", b.data);
        buf_clear(&b);
}

static void report(struct desk *d, struct buf *b, int month, const char *maker, int product)
{
        buf_print(b, "%d-%02d,%s,p%d,t,%d.%d\n", 2020 + month / 12, month % 12 + 1, maker, product, below(d, 12) == 0 ? 0 : 20 + below(d, 900), below(d, 10));
}

/* An entry about the output of a unit in a month. */
struct told { int series, unit, month; const char *lines; };

static bool tell(struct work *w, void *argument)
{
        const struct told *t = argument;
        char month[20];
        struct jsonw j;
        struct buf body;
        bool ok;

        buf_init_with(&body, 1 << 16, w->arena);
        snprintf(month, sizeof month, "%d-%02d", 2020 + t->month / 12, t->month % 12 + 1);
        jsonw_init(&j, &body);
        jsonw_object(&j);
        jsonw_member_text(&j, "unit", units[t->unit]);
        jsonw_member_text(&j, "series", iip_series_name((enum iip_series)t->series));
        jsonw_member_text(&j, "source", "test");
        jsonw_member_text(&j, "month", month);
        ok = iip_sight(w, &j, IIP_FILE_OUTPUT, (enum iip_series)t->series, units[t->unit], period_make(FREQUENCY_MONTH, 2020 + t->month / 12, t->month % 12 + 1));
        jsonw_member_text(&j, "lines", t->lines);
        jsonw_end(&j);
        return ok && ledger_append(w, units[t->unit], "iip.output", arena_print(w->arena, "iip/output/%d/%d", t->series, t->month), &body, NULL);
}

/* A line of one: late, a correction, of who is not asked, of another product, or in a measure in which it does not count, so that what was reported does not either. */
static void line_any(struct desk *d, struct buf *b, const char *maker, int product)
{
        buf_print(b, "%s%s\tp%d\t%s\t%d.%d", b->length == 0 ? "" : "\n", maker, product, below(d, 6) > 0 ? "t" : "kg", below(d, 12) == 0 ? 0 : 20 + below(d, 900), below(d, 10));
}

static void report_any(struct desk *d, struct buf *b, int unit)
{
        int m = below(d, MAKERS);
        char name[20];

        for (int i = 0; i < MAKERS && (unit_of(m) != unit || below(d, 3) == 0); i++)
                m = below(d, MAKERS);
        snprintf(name, sizeof name, "m%d", m);
        if (below(d, 15) == 0)
                line_any(d, b, below(d, 2) == 0 ? "mover" : "next", 1);
        else if (below(d, 25) == 0 && unit % 3 == 0)
                line_any(d, b, "double", 2);
        else
                line_any(d, b, name, below(d, 30) == 0 ? PRODUCTS + 1 : product_of(m));
}

/* The last months are as they come in: few reports, none of 40 in the last. */
static void bring_output(struct desk *d, int series, int unit)
{
        struct buf b;
        char name[20];

        buf_init(&b, 1 << 20);
        buf_text(&b, "month,establishment,product,measure,quantity\n");
        for (int t = 0; t < MONTHS - (unit == 1); t++)
                for (int m = 0; m < MAKERS; m++) {
                        snprintf(name, sizeof name, "m%d", m);
                        if (unit_of(m) == unit && below(d, 20) >= (t < MONTHS - 2 ? 2 : 9))
                                report(d, &b, t, name, product_of(m));
                }
        bring(d, IIP_FILE_OUTPUT, series, units[unit], "2020-01", b.data);
        buf_clear(&b);
}

/* ---- what comes out ---------------------------------------------------------------------------------------------- */

static void write_wide(struct buf *b, int128 v)
{
        buf_print(b, " %llx:%llx", (unsigned long long)(uint64_t)(v >> 64), (unsigned long long)(uint64_t)v);
}

/* Whether a place in [… * columns + month] is of a month of which something is told. */
static bool is_told(const struct iip *x, size_t place)
{
        return place % (size_t)x->columns < (size_t)x->months;
}

/* All there is of a table. */
static void write_index(struct buf *b, const struct iip *x)
{
        const struct panel *p = x->panel;

        buf_print(b, "%s %d: %d months, %zu segments\n", x->unit->code, (int)x->series, x->months, x->segments);
        buf_print(b, "outside %lld, not asked %lld, other measure %lld, split %lld, twice %lld\n", (long long)x->outside, (long long)x->not_asked,
                  (long long)x->other_measure, (long long)x->split, (long long)x->twice);
        for (size_t i = 0; i < x->product_count * (size_t)x->columns; i++)
                if (is_told(x, i))
                        buf_print(b, "product %zu column %zu: %lld %lld %d %d\n", i / (size_t)x->columns, i % (size_t)x->columns, (long long)x->output[i],
                                  (long long)x->imputed[i], x->expected[i], x->reported[i]);
        for (size_t i = 0, line = 0; i < p->count; line += p->line[i++].from < x->months)
                for (int32_t t = 0; p->line[i].from < x->months && t < x->months; t++)
                        buf_print(b, "line %zu column %d: %lld %d\n", line, t, (long long)p->quantity[i * (size_t)p->months + (size_t)t], panel_is_imputed(p, i, t));
        for (int32_t i = 0; i < (p->areas + 1) * p->months; i++)
                if (is_told(x, (size_t)i))
                        buf_print(b, "area %d column %d: %d %d %d %d %d\n", i / p->months, i % p->months, p->tally[i].expected, p->tally[i].reported, p->tally[i].imputed,
                                  p->tally[i].unfounded, p->tally[i].lapsed);
        for (size_t s = 0; s < x->segments; s++) {
                const struct laspeyres *l = x->segment[s].index;

                buf_print(b, "segment %zu: %zu left out\n", s, l->left_out_count);
                for (size_t n = 0; n < x->weights[s].count; n++) {
                        buf_print(b, "segment %zu node %zu: %lld %d %lld, shown %d\n", s, n, (long long)l->share[n], (int)l->left_out[n], (long long)x->weights[s].node[n].base_sum,
                                  iip_is_shown(x, s, n));
                        for (int32_t t = 0; t < x->months; t++) {
                                buf_print(b, "segment %zu node %zu column %d: %d %d", s, n, t, l->is_estimated[n * (size_t)x->columns + (size_t)t], (int)iip_state(x, s, n, t));
                                write_wide(b, l->volume[n * (size_t)x->columns + (size_t)t]);
                                buf_char(b, '\n');
                        }
                }
        }
}

static void write_all(struct desk *d, struct buf *b, moment known)
{
        desk_work(d);
        for (int series = 0; series < SERIES; series++)
                for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
                        struct iip_vintage vintage = iip_vintage(&d->w, known);
                        const struct unit *u = unit_at(catalogue_of(&d->w), tables[i], vintage.on);
                        const struct iip *x = u == NULL ? NULL : iip_make(&d->w, u, (enum iip_series)series, vintage);

                        if (x != NULL)
                                write_index(b, x);
                        else
                                buf_print(b, "%s %d: %s\n", tables[i], series, d->w.err.message);
                        error_clear(&d->w.err);
                }
}

static void compare(struct desk *d, int step)
{
        struct buf kept, fresh;
        const char *line, *other;

        buf_init(&kept, (size_t)64 << 20);
        buf_init(&fresh, (size_t)64 << 20);
        write_all(d, &kept, 0);
        write_all(d, &fresh, moment_now() + moment_of_day(1) - moment_of_day(0) + step); /* all that is known: never asked for before, so from nothing */
        for (line = kept.data, other = fresh.data; *line != '\0'; line += strcspn(line, "\n") + 1, other += strcspn(other, "\n") + 1)
                if (strcspn(line, "\n") != strcspn(other, "\n") || strncmp(line, other, strcspn(line, "\n")) != 0)
                        fail_msg("step %d: kept: %.*s; from nothing: %.*s", step, (int)strcspn(line, "\n"), line, (int)strcspn(other, "\n"), other);
        assert_int_equal(kept.length, fresh.length);
        buf_clear(&kept);
        buf_clear(&fresh);
}

static void what_is_brought_up_to_date_is_what_comes_out_from_nothing(void **state)
{
        struct desk *d = *state;
        struct iip_made before, after;
        int64_t anew = 0, again = 0, begun = 0;
        int newest = MONTHS;

        iip_kept_idle(IIP_FAMILY_MEMORY);
        for (int series = 0; series < SERIES; series++) {
                bring_weights(d, series, "VN", "2020-01", true, 0);
                bring_weights(d, series, "VN", "2021-01", false, 0);
                bring_weights(d, series, "VN", "2021-10", false, 0);
                bring_weights(d, series, "42", "2020-01", true, 1);
                bring_weights(d, series, "25", "2020-01", false, 0);
                for (int u = 0; u < UNITS; u++) {
                        bring_sample(d, series, u);
                        bring_output(d, series, u);
                }
        }
        compare(d, 0);
        for (int step = 1; step <= STEPS; step++) {
                bool has_begun = false;

                for (int files = 1 + (below(d, 3) == 0) * below(d, 4); files > 0; files--) {
                        bool is_next = newest < MONTHS + LATER && step % 10 == 0;
                        struct told t = { below(d, SERIES), below(d, UNITS), is_next ? newest : below(d, 3) > 0 ? newest - 1 - below(d, 3) : below(d, newest), NULL };
                        struct buf b;

                        newest += is_next;
                        has_begun |= is_next;
                        buf_init(&b, 1 << 16);
                        report_any(d, &b, t.unit);
                        t.lines = b.data;
                        desk_work(d);
                        if (!ledger_write(&d->w, tell, &t))
                                fail_msg("%s", d->w.err.message);
                        buf_clear(&b);
                }
                if (step == STEPS / 2)
                        bring_weights(d, SERIES_PRODUCTION, "40", "2020-01", false, 0);
                desk_work(d);
                before = iip_made();
                iip_make(&d->w, unit_at(catalogue_of(&d->w), "VN", day_of_moment(d->w.now)), SERIES_PRODUCTION, iip_vintage(&d->w, 0));
                after = iip_made();
                anew += after.anew - before.anew;
                again += after.again - before.again;
                begun += has_begun && after.again > before.again;
                compare(d, step);
        }
        assert_in_range(begun, 1, LATER); /* but where weights begin with the month */
        print_message("%d times brought up to date, %d times from nothing\n", (int)again, (int)anew);
        assert_in_range(again, STEPS / 2, STEPS); /* and where a base changed, or weights came, from nothing */
        assert_in_range(anew, 1, STEPS / 2);
}

static bool make_whole(struct work *w, void *unused)
{
        (void)unused;
        return iip_make(w, unit_at(catalogue_of(w), "VN", day_of_moment(w->now)), SERIES_PRODUCTION, iip_vintage(w, 0)) != NULL;
}

/* Also what is kept for others gives way to the one who asked. */
static void where_memory_ends_while_it_is_brought_up_to_date_the_request_fails(void **state)
{
        struct desk *d = *state;
        int failed = 0;

        for (long n = 1; n < 400; n += n < 60 ? 1 : 37) {
                struct told t = { SERIES_PRODUCTION, 0, MONTHS - 1, NULL };
                struct buf b;

                buf_init(&b, 1 << 16);
                line_any(d, &b, "m0", product_of(0));
                t.lines = b.data;
                desk_work(d);
                assert_true(work_run(&d->w, make_whole, NULL)); /* it is kept */
                desk_work(d);
                if (!ledger_write(&d->w, tell, &t))
                        fail_msg("%s", d->w.err.message);
                buf_clear(&b);
                desk_work(d);
                arena_fail_at(n);
                failed += !work_run(&d->w, make_whole, NULL);
                arena_fail_at(0);
                assert_true(error_ok(&d->w.err) || d->w.err.code == ERR_ENVIRONMENT);
        }
        assert_true(failed > 0);
        compare(d, STEPS + 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_brought_up_to_date_is_what_comes_out_from_nothing),
                cmocka_unit_test(where_memory_ends_while_it_is_brought_up_to_date_the_request_fails),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
