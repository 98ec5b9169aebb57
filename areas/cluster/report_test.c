/* Reports of periods that are over: the register as it stood on the last day of the window. Whoever took over a commune says what becomes of its clusters. */
#include "tests/shipped.h"

#include "areas/cluster/report.h"
#include "areas/find.h"
#include "base/log.h"
#include "figure/figure.h"
#include "format/jsonr.h"
#include "ledger/check.h"
#include "ledger/node.h"
#include "ledger/trust.h"
#include "ledger/write.h"

static const struct entry_kind *const kinds[] = { trust_kinds, catalogue_kinds, cluster_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, catalogue_tables, figure_tables, cluster_tables, NULL };
static const struct ledger_schema schema = { .kinds = kinds, .tables = tables };

static const struct user clerk = { .login = "mai", .name = "Mai", .unit = "VN", .role = ROLE_SPECIALIST }, head = { .login = "ha", .name = "Ha", .unit = "VN", .role = ROLE_DIRECTOR };

static struct { struct node *node; struct arena *arena; struct work w; } desk;

static void begin(int year, int month, int day_of_month)
{
        struct db *db = node_reader(desk.node, &desk.w.err);

        arena_reset(desk.arena);
        work_init(&desk.w, desk.arena, db, LANGUAGE_EN);
        desk.w.node = desk.node;
        desk.w.user = &clerk;
        desk.w.now = moment_of_day(day_of(year, month, day_of_month)) + MOMENT_PER_DAY / 2;
}

static int set_up(void **state)
{
        const char *folder = test_path("node");
        struct error err = { .language = LANGUAGE_EN };

        (void)state;
        log_set_level(LOG_ALARM);
        catalogue_register(&cluster_checker);
        desk.arena = arena_open((size_t)512 << 20);
        if (!node_init(folder, "VN", test_store(), &schema, &err) || (desk.node = node_open(folder, NODE_WRITE, &schema, &err)) == NULL)
                fail_msg("%s: %s", err.context, err.message);
        begin(2026, 11, 28);
        desk.w.user = &user_operator;
        if (!ledger_write(&desk.w, load_shipped, NULL))
                fail_msg("%s", desk.w.err.message);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        node_close(desk.node);
        arena_close(desk.arena);
        return 0;
}

/* Ids are ten digits and letters: "A" stands for AAAAAAAAAA. */
struct said { const char *cluster, *unit, *list, *item, *on, *fields; bool is_withdrawn; };

static bool append(struct work *w, void *argument)
{
        const struct said *s = argument;
        char id[11];
        struct buf body;
        bool ok;

        memset(id, *s->cluster, 10);
        id[10] = '\0';
        buf_init(&body, 0);
        buf_print(&body, "{\"by\":\"a test\",\"cluster\":\"%s\",\"fields\":%s,\"item\":\"%s\",\"list\":\"%s\",\"on\":\"%s\",\"unit\":\"%s\",\"withdrawn\":%s}", id, s->fields == NULL ? "{}" : s->fields,
                  s->item == NULL ? "" : s->item, s->list, s->on, s->unit, s->is_withdrawn ? "true" : "false");
        ok = ledger_append(w, AUDIENCE_ALL, "cluster.set", arena_print(w->arena, "cluster/%s", id), &body, NULL);
        buf_clear(&body);
        return ok;
}

static void say(const struct said *all, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                begin(2026, 11, 28);
                if (!ledger_write(&desk.w, append, (void *)(uintptr_t)&all[i]))
                        fail_msg("row %zu: %s", i, desk.w.err.message);
        }
}
#define SAY(all) say(all, sizeof all / sizeof *all)

/* A row of a report as it is made from beneath. */
static double made(const char *form, const char *about, const char *when, const char *row)
{
        struct report_about *a;
        struct cluster_report *r;
        int i;

        begin(2026, 11, 28);
        a = report_about_read(&desk.w, form, about, when);
        r = a == NULL ? NULL : cluster_report_load(&desk.w, a);
        if (r == NULL)
                fail_msg("%s/%s/%s: %s", form, about, when, desk.w.err.message);
        i = report_row_find(a->form, row);
        assert_true(i >= 0 && r->cells[i].has_made);
        return (double)r->cells[i].made / CLUSTER_UNIT;
}

static void check_rows(const char *form, const char *about, const char *when, const char *const *rows, const double *expected)
{
        for (; *rows != NULL; rows++, expected++) {
                double is = made(form, about, when, *rows);

                if (is < *expected - 0.00001 || is > *expected + 0.00001)
                        fail_msg("form %s of %s for %s, row %s: %g instead of %g", form, about, when, *rows, is, *expected);
        }
}

/* "AAAAAAAAAA-T1 AAAAAAAAAA-T3": the reports there are to be. */
static const char *duties(const char *form, const char *unit, const char *when)
{
        const struct cluster_rules *rules;
        const char *text = "";
        struct report_duty *list;
        size_t count;

        begin(2026, 11, 28);
        rules = cluster_rules_of(&desk.w);
        list = reports_expected(&desk.w, report_form_find(rules, form), unit_at(catalogue_of(&desk.w), unit, day_of(2026, 11, 28)), when, &count);
        if (list == NULL)
                fail_msg("%s", desk.w.err.message);
        for (size_t i = 0; i < count; i++)
                text = arena_print(desk.w.arena, "%s%s%s", text, i == 0 ? "" : " ", list[i].about->key);
        return text;
}

#define HERE "18073@2025-07-01"
#define IDENTITY(name, state, established) "{\"name\":\"" name "\",\"kind\":\"general\",\"formed\":\"later\",\"state\":\"" state "\",\"established_on\":\"" established "\"}"
#define AREAS(total, leased) "{\"total\":\"" total "\",\"industrial\":\"30\",\"ready\":\"25\",\"leased\":\"" leased "\"}"
#define TENANT "{\"name\":\"X\",\"state\":\"operating\"}"

/* "established 45": stage and hectares of a cluster in the register of a day; "" it was not there yet. */
static const char *stood(const char *id, int year, int month, int day_of_month)
{
        struct cluster *c;

        begin(2026, 11, 28);
        c = cluster_read_on(&desk.w, id, day_of(year, month, day_of_month));
        return c == NULL ? "" : arena_print(desk.w.arena, "%s %g", c->state, (double)c->total / CLUSTER_UNIT);
}

/* The window of 2026-S1 ends on 14 June 2026, that of 2026 on 14 December, which is still to come. */
static void a_late_report_takes_the_register_as_it_stood_on_the_last_day_of_its_window(void **state)
{
        static const struct said all[] = {
                { "A", HERE, "identity", NULL, "2014-01-01", IDENTITY("A", "operating", "2014-01-01"), false },
                { "A", HERE, "areas", NULL, "2014-01-01", AREAS("40", "5"), false },
                { "A", HERE, "areas", NULL, "2026-08-01", AREAS("50", "20"), false },
                { "A", HERE, "capital", "V", "2025-01-01", "{\"approved\":\"100\",\"disbursed\":\"40\"}", false },
                { "A", HERE, "capital", "V", "2026-09-01", "{\"approved\":\"100\",\"disbursed\":\"60\"}", false },
                { "A", HERE, "tenant", "T1", "2025-02-01", TENANT, false },
                { "A", HERE, "tenant", "T2", "2026-07-01", TENANT, false }, /* came later */
                { "A", HERE, "tenant", "T3", "2025-02-01", TENANT, false },
                { "A", HERE, "tenant", "T3", "2026-07-01", NULL, true },    /* left later */
                { "A", HERE, "environment", NULL, "2026-06-15", "{\"wastewater_state\":\"built\",\"meets_standard\":\"yes\"}", false },
                { "A", HERE, "decision", "M", "2026-11-01", "{\"kind\":\"expand\",\"decided_on\":\"2026-05-20\",\"area\":\"45\"}", false }, /* decided within, recorded later */
                { "B", HERE, "identity", NULL, "2026-09-01", IDENTITY("B", "established", "2026-08-15"), false }, /* established later, in no plan */
                { "B", HERE, "areas", NULL, "2026-09-01", AREAS("60", "0"), false },
                { "C", HERE, "identity", NULL, "2026-01-10", IDENTITY("C", "appraising", ""), false },
                { "C", HERE, "identity", NULL, "2026-09-01", IDENTITY("C", "under_construction", "2026-06-10"), false }, /* decided within, recorded later */
                { "C", HERE, "areas", NULL, "2026-01-10", AREAS("30", "0"), false },
                { "D", HERE, "identity", NULL, "2026-09-01", IDENTITY("D", "established", "2026-08-20"), false }, /* in the plan since 2023 */
                { "D", HERE, "areas", NULL, "2026-09-01", AREAS("20", "0"), false },
                { "D", HERE, "plan", "P", "2026-09-01", "{\"change\":\"added\",\"decided_on\":\"2023-11-20\"}", false },
                { "E", HERE, "identity", NULL, "2024-01-01", IDENTITY("E", "established", "2023-05-05"), false },
                { "E", HERE, "identity", NULL, "2026-09-01", IDENTITY("E", "revoked", "2023-05-05"), false },
                { "E", HERE, "decision", "R", "2026-09-01", "{\"kind\":\"revoke\",\"decided_on\":\"2026-06-01\"}", false }, /* decided within */
                { "F", HERE, "identity", NULL, "2024-01-01", IDENTITY("F", "established", "2023-05-05"), false },
                { "F", HERE, "identity", NULL, "2026-09-01", IDENTITY("F", "revoked", "2023-05-05"), false },
                { "F", HERE, "decision", "R", "2026-09-01", "{\"kind\":\"revoke\",\"decided_on\":\"2026-06-20\"}", false }, /* decided after it */
                { "G", HERE, "identity", NULL, "2026-10-01", IDENTITY("G", "operating", "2019-01-01"), false }, /* its record begins later; it was there */
                { "G", HERE, "areas", NULL, "2026-10-01", AREAS("10", "7"), false },
                { "G", HERE, "tenant", "T1", "2026-10-01", TENANT, false },
                { "G", HERE, "tenant", "T2", "2026-10-02", TENANT, false },
        };
        static const char *const cluster_rows[] = { "1", "2", "4", "6", "8", "13", NULL }, *const commune_rows[] = { "1", "2", "3", "4", "5", "15", "18", NULL };
        const struct cluster_item *acts;
        char then[32];
        size_t count;

        (void)state;
        SAY(all);
        check_rows("02", "AAAAAAAAAA", "2026-S1", cluster_rows, (double[]){ 100, 40, 5, 2, 2, 0 });
        check_rows("02", "AAAAAAAAAA", "2026", cluster_rows, (double[]){ 100, 60, 20, 2, 2, 1 });
        check_rows("02", "GGGGGGGGGG", "2026-S1", cluster_rows, (double[]){ 0, 0, 7, 1, 1, 0 });
        /* In the plan A, C, D, F, G; established A, C, F, G, of which C within the window; A has 45 ha by the decision. */
        check_rows("03", "18073", "2026-S1", commune_rows, (double[]){ 5, 45 + 30 + 20 + 10, 4, 45 + 30 + 10, 1, 2, 12 });
        check_rows("03", "18073", "2026", commune_rows, (double[]){ 5, 50 + 60 + 30 + 20 + 10, 5, 50 + 60 + 30 + 20 + 10, 3, 2, 27 });
        assert_string_equal(duties("01", "18073", "2026-S1"), "AAAAAAAAAA-T1 AAAAAAAAAA-T3 GGGGGGGGGG-T1");
        assert_string_equal(duties("01", "18073", "2026"), "AAAAAAAAAA-T1 AAAAAAAAAA-T2 GGGGGGGGGG-T1 GGGGGGGGGG-T2");
        assert_string_equal(duties("02", "18073", "2026-S1"), "AAAAAAAAAA GGGGGGGGGG");
        assert_string_equal(duties("03", "42", "2026-S1"), HERE);
        /* Long before, in a commune of that time: E and F stood, C as its record begins. */
        /* The register of that day says the same as its reports: by the decisions in force then, whenever they were recorded. */
        assert_string_equal(stood("AAAAAAAAAA", 2026, 6, 14), "operating 45");
        assert_string_equal(stood("AAAAAAAAAA", 2026, 5, 19), "operating 40");
        assert_string_equal(stood("BBBBBBBBBB", 2026, 6, 14), "");
        assert_string_equal(stood("BBBBBBBBBB", 2026, 8, 16), "established 60");
        assert_string_equal(stood("CCCCCCCCCC", 2026, 6, 14), "established 30");
        assert_string_equal(stood("CCCCCCCCCC", 2026, 6, 9), "appraising 30");
        assert_string_equal(stood("EEEEEEEEEE", 2026, 6, 14), "revoked -9.22337e+14");
        assert_string_equal(stood("FFFFFFFFFF", 2026, 6, 14), "established -9.22337e+14");
        assert_string_equal(stood("GGGGGGGGGG", 2024, 1, 1), "operating 10");
        begin(2026, 11, 28);
        acts = cluster_items(&desk.w, "AAAAAAAAAA", "decision", day_of(2026, 6, 14), &count);
        assert_int_equal(count, 1); /* recorded in November, decided in May */
        assert_string_equal(cluster_text(acts->fields, "kind"), "expand");
        cluster_items(&desk.w, "AAAAAAAAAA", "decision", day_of(2026, 5, 19), &count);
        assert_int_equal(count, 0);
        snprintf(then, sizeof then, "%s", duties("03", "42", "2025-S1"));
        check_rows("03", then, "2025-S1", commune_rows, (double[]){ 6, 40 + 30 + 20 + 10, 4, 40 + 10, 0, 2, 12 });
        begin(2026, 11, 28);
        assert_null(report_about_read(&desk.w, "03", HERE, "2025-S1")); /* which was none then */
        assert_non_null(strstr(desk.w.err.hint, "14 June 2025"));
        begin(2026, 11, 28);
        assert_null(report_about_read(&desk.w, "01", "AAAAAAAAAA-T2", "2026-S1"));
        assert_int_equal(desk.w.err.code, ERR_MISSING);
        assert_non_null(strstr(desk.w.err.hint, "14 June 2026"));
}

/* Vĩnh Phúc's commune 08830 became one of Phú Thọ's on 1 July 2025; what the later one says of an item counts from then on. */
static void what_whoever_took_over_withdrew_owes_no_form(void **state)
{
        const struct unit *before, *after;
        char was[32], is[32];
        struct unit_part parts[8];

        (void)state;
        begin(2026, 11, 28);
        before = unit_at(catalogue_of(&desk.w), "08830", day_of(2025, 6, 30));
        assert_non_null(before);
        assert_true(unit_restated(catalogue_of(&desk.w), before, day_of(2025, 7, 1), parts, 8) > 0);
        after = parts[0].unit;
        snprintf(was, sizeof was, "%s", before->key);
        snprintf(is, sizeof is, "%s", after->key);
        {
                const struct said all[] = {
                        { "H", was, "identity", NULL, "2020-01-01", IDENTITY("H", "operating", "2014-01-01"), false },
                        { "H", was, "tenant", "T1", "2020-01-01", TENANT, false },
                        { "H", was, "tenant", "T2", "2020-01-01", TENANT, false },
                        { "H", was, "investor", "I", "2020-01-01", "{\"name\":\"I\",\"account\":\"i\"}", false },
                        { "H", is, "tenant", "T2", "2025-08-01", NULL, true },
                };

                SAY(all);
        }
        assert_string_equal(duties("01", "VN", "2026"), "HHHHHHHHHH-T1");
        assert_string_equal(duties("01", "VN", "2026-S1"), "HHHHHHHHHH-T1");
        assert_string_equal(duties("01", "VN", "2025-S1"), "HHHHHHHHHH-T1 HHHHHHHHHH-T2");
        {
                const struct said all[] = { { "H", is, "identity", NULL, "2025-08-02", IDENTITY("H", "withdrawn_from_plan", "2014-01-01"), false } };

                SAY(all);
        }
        assert_string_equal(duties("01", "VN", "2026"), "");
        assert_string_equal(duties("02", "VN", "2026"), "");
        assert_string_equal(duties("02", "VN", "2025-S1"), "HHHHHHHHHH");
}

struct signed_report { const char *form, *about, *period, *unit, *cells; };

static bool sign(struct work *w, void *argument)
{
        const struct signed_report *s = argument;
        struct buf body;
        bool ok;

        buf_init(&body, 0);
        buf_print(&body, "{\"about\":\"%s\",\"by\":\"a test\",\"cells\":%s,\"form\":\"%s\",\"period\":\"%s\",\"remark\":\"\",\"unit\":\"%s\"}", s->about, s->cells, s->form, s->period, s->unit);
        ok = ledger_append(w, AUDIENCE_ALL, "cluster.report", arena_print(w->arena, "cluster-report/%s/%s/%s", s->form, s->about, s->period), &body, NULL);
        buf_clear(&body);
        return ok;
}

static void sign_it(struct signed_report s)
{
        begin(2026, 11, 28);
        desk.w.user = strcmp(s.form, "04") == 0 ? &head : &clerk;
        if (!ledger_write(&desk.w, sign, &s))
                fail_msg("%s", desk.w.err.message);
}

/* The sum of a row over all the reports of a form that there are to be in the country. */
static double all_together(const char *form, const char *when, const char *row)
{
        char *keys = strdup(duties(form, "VN", when)), *rest = keys, *key;
        double sum = 0;

        while ((key = strtok_r(rest, " ", &rest)) != NULL)
                sum += made(form, key, when, row);
        free(keys);
        return sum;
}

/* A cluster recorded under a commune of before the merger of 1 July 2025, one under what that became, and what was signed for both. */
static void a_cluster_counts_once_whether_it_is_recorded_under_the_old_commune_or_the_new_one(void **state)
{
        static const char *const periods[] = { "2025-S1", "2025", "2026-S1" };
        const struct unit *before;
        struct unit_part parts[8];
        char was[32], is[32];
        int64_t entries;

        (void)state;
        begin(2026, 11, 28);
        before = unit_at(catalogue_of(&desk.w), "08830", day_of(2025, 6, 30));
        assert_true(unit_restated(catalogue_of(&desk.w), before, day_of(2025, 7, 1), parts, 8) > 0);
        snprintf(was, sizeof was, "%s", before->key);
        snprintf(is, sizeof is, "%s", parts[0].unit->key);
        {
                const struct said all[] = {
                        { "H", was, "identity", NULL, "2020-01-01", IDENTITY("H", "operating", "2014-01-01"), false },
                        { "H", was, "areas", NULL, "2020-01-01", AREAS("40", "5"), false },
                        { "J", is, "identity", NULL, "2025-08-01", IDENTITY("J", "operating", "2019-01-01"), false },
                        { "J", is, "areas", NULL, "2025-08-01", AREAS("20", "7"), false },
                        { "M", was, "identity", NULL, "2020-01-01", IDENTITY("M", "operating", "2014-01-01"), false },
                        { "M", is, "areas", NULL, "2025-09-01", AREAS("10", "3"), false },
                };

                SAY(all);
        }
        for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
                if (all_together("03", periods[i], "1") != 3 || all_together("03", periods[i], "15") != 3)
                        fail_msg("%s: %s: %g clusters, %g operate", periods[i], duties("03", "VN", periods[i]), all_together("03", periods[i], "1"), all_together("03", periods[i], "15"));
        }
        sign_it((struct signed_report){ "02", "HHHHHHHHHH", "2025-S1", was, "{\"9\":\"100\"}" });
        sign_it((struct signed_report){ "02", "HHHHHHHHHH", "2025-S1", is, "{\"9\":\"110\"}" }); /* signed again after the merger */
        sign_it((struct signed_report){ "02", "JJJJJJJJJJ", "2025-S1", is, "{\"9\":\"5\"}" });
        assert_true(all_together("03", "2025-S1", "23") == 115);
        begin(2026, 11, 28);
        desk.w.user = &user_operator;
        assert_true(ledger_rebuild_check(&desk.w, &entries));
}

/* Sums have room for a million of the largest number: no report is left out of them because it does not fit. */
static void a_number_beyond_all_that_is_counted_is_in_no_report(void **state)
{
        struct signed_report most = { "02", "HHHHHHHHHH", "2026-S1", "", "{\"9\":\"900000000\"}" }, more = most;
        char home[32];

        (void)state;
        assert_true(CLUSTER_NUMBER_MOST <= INT64_MAX / 1000000);
        begin(2026, 11, 28);
        snprintf(home, sizeof home, "%s", unit_at(catalogue_of(&desk.w), "18073", day_of(2026, 1, 1))->key);
        most.unit = more.unit = home;
        {
                const struct said all[] = { { "H", home, "identity", NULL, "2020-01-01", IDENTITY("H", "operating", "2014-01-01"), false },
                                            { "J", home, "identity", NULL, "2020-01-01", IDENTITY("J", "operating", "2014-01-01"), false } };

                SAY(all);
        }
        sign_it(most);
        most.about = "JJJJJJJJJJ";
        sign_it(most);
        assert_true(all_together("03", "2026-S1", "23") == 1800000000);
        more.cells = "{\"9\":\"900000000.0001\"}";
        begin(2026, 11, 28);
        desk.w.user = &clerk;
        assert_false(ledger_write(&desk.w, sign, &more));
        assert_non_null(strstr(desk.w.err.message, "row 9: \"900000000.0001\" is more than can stand here: at most 900,000,000"));
        more.cells = "{\"9\":\"1,5 ha\"}";
        begin(2026, 11, 28);
        desk.w.user = &clerk;
        assert_false(ledger_write(&desk.w, sign, &more));
        assert_non_null(strstr(desk.w.err.message, "row 9: \"1,5 ha\" is no number with at most 4 decimals"));
}

static bool arrange(struct work *w, void *rows)
{
        const char *text = arena_print(w->arena, "old,new,share,date,act,basis,kind,name_vi,name_en,parent\n%s", (const char *)rows);
        struct source file = { .path = ARRANGEMENTS "x.csv", .text = text, .length = strlen(text) };
        struct complaints complaints = { .arena = w->arena, .language = LANGUAGE_EN };
        size_t changed;

        if (catalogue_load(w, &file, 1, NULL, &complaints, &changed))
                return true;
        print_error("%s\n", complaints.count == 0 ? w->err.message : complaints.list[0].message);
        return false;
}

static void arrange_it(const char *rows)
{
        begin(2026, 11, 28);
        desk.w.user = &user_operator;
        assert_true(ledger_write(&desk.w, arrange, (void *)(uintptr_t)rows));
}

/* "HHHHHHHHHH JJJJJJJJJJ": the clusters of a unit, of today or of a day; those of its reports of that day. */
static const char *listed(const char *unit, day on, bool are_reported)
{
        const char *text = "";
        struct cluster_query q = { .on = on, .plot_area = CLUSTER_UNKNOWN, .plot_price = CLUSTER_UNKNOWN };
        struct cluster *list;
        size_t count;

        begin(2026, 11, 28);
        q.unit = unit_at(catalogue_of(&desk.w), unit, on == 0 ? day_of(2026, 11, 28) : on);
        assert_non_null(q.unit);
        list = are_reported ? clusters_reported(&desk.w, q.unit, NULL, on == 0 ? day_of(2026, 11, 28) : on, &count) : clusters_read(&desk.w, &q, &count);
        assert_non_null(list);
        for (size_t i = 0; i < count; i++)
                text = arena_print(desk.w.arena, "%s%s%s", text, i == 0 ? "" : " ", list[i].id);
        return text;
}

/* Of what a province was made of counts also what that had been made of, and its communes that went elsewhere do not. */
static void a_cluster_lies_where_its_commune_went_however_often_that_was_arranged(void **state)
{
        static const struct said all[] = {
                { "H", "08830@2004-01-01", "identity", NULL, "2020-01-01", IDENTITY("H", "operating", "2014-01-01"), false }, /* Vĩnh Phúc, then Phú Thọ */
                { "A", HERE, "identity", NULL, "2020-01-01", IDENTITY("A", "operating", "2014-01-01"), false },
        }, later[] = { { "B", "18073@2026-10-01", "identity", NULL, "2026-10-02", IDENTITY("B", "operating", "2014-01-01"), false } };
        static const struct { const char *unit; int year; const char *listed; } expected[] = { /* on 1 January; 0: today */
                { "26", 2025, "HHHHHHHHHH" }, { "25", 2025, "" }, { "25", 2026, "HHHHHHHHHH" }, { "25", 0, "HHHHHHHHHH" }, { "24", 0, "" },
                { "42", 2026, "AAAAAAAAAA BBBBBBBBBB" }, { "40", 2026, "" }, { "42", 0, "" }, { "40", 0, "AAAAAAAAAA BBBBBBBBBB" },
                { "VN", 0, "AAAAAAAAAA BBBBBBBBBB HHHHHHHHHH" },
        };

        (void)state;
        SAY(all);
        sign_it((struct signed_report){ "03", HERE, "2026-S1", HERE, "{\"1\":\"3\"}" });
        arrange_it("25,25,1,2026-10-01,Nghị quyết X,,tinh,Phú Thọ,Phu Tho,VN\n" /* whose communes all become others */
                   "18073,18073,1,2026-10-01,Nghị quyết X,,phuong,Thành Sen,Thanh Sen,40\n");
        SAY(later);
        for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
                for (int k = 0; k < 2; k++) {
                        const char *is = listed(expected[i].unit, expected[i].year == 0 ? 0 : day_of(expected[i].year, 1, 1), k == 1);

                        if (strcmp(is, expected[i].listed) != 0)
                                fail_msg("%s%s in %d: \"%s\" instead of \"%s\"", expected[i].unit, k == 1 ? ", reported," : "", expected[i].year, is, expected[i].listed);
                }
        assert_true(made("04", "42", "2026-S1", "1") == 3); /* of the window when it lay there */
        assert_true(made("04", "40", "2026-S1", "1") == 0);
}

/* Units that were arranged in the middle of a window: what the old ones had signed early is no second report of the same. */
static void what_was_signed_for_a_unit_that_ended_within_the_window_is_not_added_to_what_it_became(void **state)
{
        static const char *const was = "08830@2004-01-01";
        char is[32];
        struct unit_part *parts;
        size_t count;

        (void)state;
        begin(2026, 11, 28);
        parts = unit_parts(desk.w.arena, catalogue_of(&desk.w), unit_by_key(catalogue_of(&desk.w), was), day_of(2025, 7, 1), &count);
        assert_int_equal(count, 1);
        snprintf(is, sizeof is, "%s", parts[0].unit->key);
        sign_it((struct signed_report){ "03", was, "2025", was, "{\"1\":\"3\"}" });
        sign_it((struct signed_report){ "04", "26@2004-01-01", "2025", "26@2004-01-01", "{\"1\":\"3\"}" });
        assert_true(made("04", "25", "2025", "1") == 0);
        sign_it((struct signed_report){ "03", is, "2025", is, "{\"1\":\"4\"}" });
        assert_true(made("04", "25", "2025", "1") == 4);
        sign_it((struct signed_report){ "04", "25@2025-07-01", "2025", "25@2025-07-01", "{\"1\":\"4\"}" });
        assert_true(made("04", "VN", "2025", "1") == 4);
        sign_it((struct signed_report){ "03", was, "2025-S1", was, "{\"1\":\"3\"}" }); /* whose last day it saw */
        assert_true(made("04", "26@2004-01-01", "2025-S1", "1") == 3);
}

/* As a case leaves it (decide.c). */
struct case_decided { const char *case_id, *cluster, *act; day on; int64_t area; };

static bool decide(struct work *w, void *argument)
{
        const struct case_decided *d = argument;

        return db_exec(w->db, "INSERT INTO cluster_decision (case_id, cluster, home, province, name, search, act, number, decided_on, at, area, investor, entry)"
                              " VALUES ($1, $2, $3, '42@2004-01-01', '', '', $4, '1', $5, 0, $6, '', 0)",
                       ARGS(v_text(d->case_id), v_text(d->cluster), v_text(HERE), v_text(d->act), v_int(d->on), v_int(d->area)));
}

static void decide_it(struct case_decided d)
{
        begin(2026, 11, 28);
        if (!ledger_write(&desk.w, decide, &d))
                fail_msg("%s", desk.w.err.message);
}

static void what_a_case_decided_within_the_window_counts_whatever_was_recorded_later(void **state)
{
        static const struct said all[] = {
                { "K", HERE, "identity", NULL, "2026-01-10", IDENTITY("K", "appraising", ""), false },
                { "K", HERE, "areas", NULL, "2026-01-10", AREAS("30", "0"), false },
                { "M", HERE, "identity", NULL, "2026-01-10", IDENTITY("M", "appraising", ""), false },
                { "M", HERE, "areas", NULL, "2026-01-10", AREAS("20", "0"), false },
        }, later[] = { { "M", HERE, "environment", NULL, "2026-09-01", "{\"wastewater_state\":\"built\"}", false } };
        static const char *const rows[] = { "3", "4", "5", NULL };

        (void)state;
        SAY(all);
        decide_it((struct case_decided){ "K", "KKKKKKKKKK", "establish", day_of(2026, 6, 5), CLUSTER_UNKNOWN });
        decide_it((struct case_decided){ "M", "MMMMMMMMMM", "establish", day_of(2026, 6, 5), CLUSTER_UNKNOWN });
        check_rows("03", "18073", "2026-S1", rows, (double[]){ 2, 50, 2 });
        SAY(later);
        check_rows("03", "18073", "2026-S1", rows, (double[]){ 2, 50, 2 });
}

#define DECISION(kind, on, area) "{\"kind\":\"" kind "\",\"decided_on\":\"" on "\",\"area\":\"" area "\"}"
#define PLAN(change, on) "{\"change\":\"" change "\",\"decided_on\":\"" on "\"}"

/* Lists and reports of a day say the same of each cluster. */
static void decisions_follow_each_other_by_their_days_and_of_one_day_as_they_were_recorded(void **state)
{
        static const struct said all[] = {
                /* revoked and established again; each decision is recorded on its own day */
                { "P", HERE, "identity", NULL, "2010-02-01", IDENTITY("P", "operating", "2010-02-01"), false },
                { "P", HERE, "areas", NULL, "2010-02-01", AREAS("30", "0"), false },
                { "P", HERE, "decision", "1", "2010-02-01", DECISION("establish", "2010-02-01", "30"), false },
                { "P", HERE, "decision", "2", "2015-03-01", DECISION("revoke", "2015-03-01", ""), false },
                { "P", HERE, "identity", NULL, "2015-03-01", IDENTITY("P", "revoked", "2010-02-01"), false },
                { "P", HERE, "identity", NULL, "2018-05-01", IDENTITY("P", "established", "2018-05-01"), false },
                /* the same, but the record begins when all is over, or follows no decision */
                { "Q", HERE, "identity", NULL, "2026-10-01", IDENTITY("Q", "revoked", "2010-02-01"), false },
                { "Q", HERE, "areas", NULL, "2026-10-01", AREAS("30", "0"), false },
                { "Q", HERE, "decision", "1", "2026-10-01", DECISION("revoke", "2015-03-01", ""), false },
                { "R", HERE, "identity", NULL, "2017-01-01", IDENTITY("R", "planned", ""), false },
                { "R", HERE, "areas", NULL, "2017-01-01", AREAS("30", "0"), false },
                { "R", HERE, "decision", "a", "2026-10-01", DECISION("establish", "2018-05-01", ""), false },
                { "R", HERE, "decision", "b", "2026-10-01", DECISION("revoke", "2015-03-01", ""), false },
                { "R", HERE, "decision", "c", "2026-10-01", DECISION("establish", "2010-02-01", ""), false },
                /* decided on one day: what was recorded last counts, whatever it is called */
                { "S", HERE, "identity", NULL, "2010-02-01", IDENTITY("S", "operating", "2010-02-01"), false },
                { "S", HERE, "areas", NULL, "2010-02-01", AREAS("30", "0"), false },
                { "S", HERE, "decision", "z", "2019-05-05", DECISION("adjust", "2019-05-01", "40"), false },
                { "S", HERE, "decision", "a", "2019-05-05", DECISION("expand", "2019-05-01", "45"), false },
                /* what a record begins with says less than the decisions before it */
                { "T", HERE, "identity", NULL, "2026-10-01", IDENTITY("T", "operating", "2014-01-01"), false },
                { "T", HERE, "areas", NULL, "2026-10-01", AREAS("50", "0"), false },
                { "T", HERE, "decision", "1", "2026-10-01", DECISION("establish", "2014-01-01", "20"), false },
                { "T", HERE, "decision", "2", "2026-10-01", DECISION("expand", "2024-01-01", "50"), false },
                /* recorded as of before its decision */
                { "Z", HERE, "identity", NULL, "2012-01-01", IDENTITY("Z", "established", "2026-08-15"), false },
                { "Z", HERE, "areas", NULL, "2012-01-01", AREAS("30", "0"), false },
                /* its record has the decision, its stage does not say so */
                { "V", HERE, "identity", NULL, "2012-01-01", IDENTITY("V", "appraising", ""), false },
                { "V", HERE, "areas", NULL, "2012-01-01", AREAS("30", "0"), false },
                { "V", HERE, "decision", "1", "2016-02-01", DECISION("establish", "2016-02-01", ""), false },
                /* withdrawn from the plan, and taken back */
                { "W", HERE, "identity", NULL, "2012-01-01", IDENTITY("W", "planned", ""), false },
                { "W", HERE, "areas", NULL, "2012-01-01", AREAS("30", "0"), false },
                { "W", HERE, "plan", "1", "2026-09-01", PLAN("added", "2019-06-01"), false },
                { "W", HERE, "plan", "2", "2026-09-01", PLAN("withdrawn", "2016-02-01"), false },
                /* a later record corrects one before it */
                { "X", HERE, "identity", NULL, "2012-01-01", IDENTITY("X", "appraising", ""), false },
                { "X", HERE, "areas", NULL, "2012-01-01", AREAS("30", "0"), false },
                { "X", HERE, "identity", NULL, "2026-08-01", IDENTITY("X", "established", "2016-01-01"), false },
                { "X", HERE, "identity", NULL, "2026-08-02", IDENTITY("X", "established", "2018-01-01"), false },
                /* what another commune says of it counts for nothing, also not as the beginning of its record */
                { "Y", HERE, "identity", NULL, "2020-01-01", IDENTITY("Y", "operating", "2014-01-01"), false },
                { "Y", HERE, "areas", NULL, "2020-01-01", AREAS("30", "0"), false },
                { "Y", "18100@2025-07-01", "identity", NULL, "1990-01-01", IDENTITY("Mine", "planned", ""), false },
        };
        static const struct { const char *id; int year; const char *stood; } expected[] = { /* on 1 July */
                { "P", 2012, "operating 30" }, { "P", 2016, "revoked 30" }, { "P", 2019, "established 30" },
                { "Q", 2009, "" }, { "Q", 2012, "established 30" }, { "Q", 2016, "revoked 30" },
                { "R", 2012, "established 30" }, { "R", 2016, "revoked 30" }, { "R", 2017, "planned 30" }, { "R", 2019, "established 30" },
                { "S", 2018, "operating 30" }, { "S", 2019, "operating 45" },
                { "T", 2015, "operating 20" }, { "T", 2024, "operating 50" }, { "T", 2025, "operating 50" },
                { "Z", 2013, "planned 30" }, { "V", 2015, "appraising 30" }, { "V", 2016, "established 30" },
                { "W", 2015, "planned 30" }, { "W", 2016, "withdrawn_from_plan 30" }, { "W", 2019, "planned 30" },
                { "X", 2017, "appraising 30" }, { "X", 2018, "established 30" },
                { "Y", 2015, "operating 30" }, { "Y", 2021, "operating 30" },
                { "N", 2012, "" }, { "N", 2014, "established 20" }, { "N", 2016, "established 25" }, { "N", 2019, "revoked 25" },
        };

        (void)state;
        SAY(all);
        decide_it((struct case_decided){ "1", "NNNNNNNNNN", "establish", day_of(2013, 6, 5), 20 * CLUSTER_UNIT }); /* nobody has recorded it */
        decide_it((struct case_decided){ "2", "NNNNNNNNNN", "expand", day_of(2015, 6, 5), 25 * CLUSTER_UNIT });
        decide_it((struct case_decided){ "3", "NNNNNNNNNN", "revoke", day_of(2018, 6, 5), CLUSTER_UNKNOWN });
        for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
                char id[11] = "";
                const char *is;
                struct cluster *list;
                size_t count;

                memset(id, *expected[i].id, 10);
                is = stood(id, expected[i].year, 7, 1);
                if (strcmp(is, expected[i].stood) != 0)
                        fail_msg("%s, July %d: \"%s\" instead of \"%s\"", expected[i].id, expected[i].year, is, expected[i].stood);
                begin(2026, 11, 28);
                list = clusters_reported(&desk.w, NULL, id, day_of(expected[i].year, 7, 1), &count);
                assert_non_null(list);
                is = count == 0 ? "" : arena_print(desk.w.arena, "%s %g", list->state, (double)list->total / CLUSTER_UNIT);
                if (strcmp(is, expected[i].stood) != 0)
                        fail_msg("%s, reported for July %d: \"%s\" instead of \"%s\"", expected[i].id, expected[i].year, is, expected[i].stood);
        }
}

/* In a commune that was made of several a cluster lay in one of them: their lists hold it once, as their reports do. */
static void lists_of_the_communes_a_commune_was_made_of_hold_its_cluster_once(void **state)
{
        static const struct said all[] = { { "A", HERE, "identity", NULL, "2026-01-10", IDENTITY("A", "operating", "2014-01-01"), false } };
        size_t parts, count, listed = 0, reported = 0;
        struct unit_part *part;

        (void)state;
        SAY(all);
        begin(2026, 11, 28);
        part = unit_parts(desk.w.arena, catalogue_of(&desk.w), unit_by_key(catalogue_of(&desk.w), HERE), day_of(2025, 6, 30), &parts);
        assert_true(parts > 1);
        for (size_t i = 0; i < parts; i++) {
                struct cluster_query q = { .unit = part[i].unit, .on = day_of(2025, 6, 30), .plot_area = CLUSTER_UNKNOWN, .plot_price = CLUSTER_UNKNOWN };

                assert_non_null(clusters_read(&desk.w, &q, &count));
                listed += count;
                assert_non_null(clusters_reported(&desk.w, part[i].unit, NULL, q.on, &count));
                reported += count;
        }
        assert_int_equal(reported, 1);
        assert_int_equal(listed, 1);
}

/* What a later decision decided otherwise need not stand in the record any more. */
static void the_newest_decision_is_the_one_to_follow(void **state)
{
        static const struct decision list[] = { { .act = "establish", .area = 30 * CLUSTER_UNIT }, { .act = "revoke", .area = CLUSTER_UNKNOWN }, { .act = "establish", .area = 35 * CLUSTER_UNIT },
                                                { .act = "expand", .area = 40 * CLUSTER_UNIT } };
        static const struct { size_t count; const char *state; int total; bool follows[4]; } records[] = {
                { 1, "established", 30, { true } }, { 1, "established", 25, { false } }, { 2, "established", 30, { true, false } }, { 2, "revoked", 30, { true, true } },
                { 3, "established", 35, { true, true, true } }, { 3, "established", 30, { true, true, false } }, { 4, "established", 40, { true, true, true, true } },
                { 4, "established", 35, { true, true, true, false } },
        };

        (void)state;
        for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
                struct cluster c = { .state = records[i].state, .formed = "later", .total = records[i].total * CLUSTER_UNIT };

                for (size_t k = 0; k < records[i].count; k++)
                        if (decision_is_followed(list, records[i].count, k, &c) != records[i].follows[k])
                                fail_msg("row %zu, decision %zu", i, k);
        }
}

/* However many clusters there are, the search asks twice: for their number and for them. */
static void the_search_of_clusters_runs_two_statements(void **state)
{
        static const struct said one[] = { { "A", HERE, "identity", NULL, "2014-01-01", IDENTITY("Thanh Sen", "operating", "2014-01-01"), false } },
                                 more[] = { { "B", HERE, "identity", NULL, "2014-01-01", IDENTITY("Thanh Sen 2", "operating", "2014-01-01"), false },
                                            { "C", HERE, "identity", NULL, "2014-01-01", IDENTITY("Thanh Sen 3", "operating", "2014-01-01"), false } };

        (void)state;
        for (int round = 0; round < 2; round++) {
                if (round == 0)
                        SAY(one);
                else
                        SAY(more);
                for (int statements = 1; statements <= 2; statements++) {
                        struct words words;
                        struct search s = { .typed = "thanh sen", .words = &words, .most = 8 };
                        bool is_found;

                        begin(2026, 11, 28);
                        assert_true(words_read(desk.w.arena, s.typed, &words));
                        assert_non_null(catalogue_of(&desk.w));
                        db_fail_at(desk.w.db, statements + 1);
                        is_found = cluster_find(&desk.w, &s);
                        db_fail_at(desk.w.db, 0);
                        assert_int_equal(is_found, statements == 2);
                        if (is_found)
                                assert_int_equal(s.groups[0].total, round == 0 ? 1 : 3);
                }
        }
}

struct capital { const char *item, *approved, *disbursed; bool is_withdrawn, is_taken; };

static bool change_capital(struct work *w, void *argument)
{
        const struct capital *k = argument;
        struct cluster_change x = { .id = "KKKKKKKKKK", .list = "capital", .item = k->item, .is_withdrawn = k->is_withdrawn,
                                    .fields = json_held(w->arena, json_pack("{s:s, s:s, s:s}", "origin", "local", "approved", k->approved, "disbursed", k->disbursed)) };

        return cluster_write(w, &x) != NULL;
}

/* A register that says more paid out than approved, from before this was refused, is mended step by step; no step may make it worse. */
static void what_is_paid_out_beyond_what_is_approved_may_shrink_and_not_grow(void **state)
{
        static const struct said all[] = {
                { "K", HERE, "identity", NULL, "2026-01-10", IDENTITY("K", "operating", ""), false },
                { "K", HERE, "areas", NULL, "2026-01-10", AREAS("30", "0"), false },
                { "K", HERE, "capital", "C1", "2026-01-10", "{\"approved\":\"100\",\"disbursed\":\"150\",\"origin\":\"investor\"}", false },
                { "K", HERE, "capital", "C2", "2026-01-10", "{\"approved\":\"10\",\"disbursed\":\"15\",\"origin\":\"local\"}", false },
        };
        static const struct capital steps[] = {
                { "C1", "100", "151", false, false }, { "C1", "99", "150", false, false }, { "C1", "100", "140", false, true }, { "C1", "100", "141", false, false },
                { "C2", "", "", true, true },         { "C1", "139", "140", false, true }, { "C1", "140", "140", false, true }, { "C1", "139", "140", false, false },
        };

        (void)state;
        SAY(all);
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
                begin(2026, 11, 28);
                if (ledger_write(&desk.w, change_capital, (void *)(uintptr_t)&steps[i]) != steps[i].is_taken)
                        fail_msg("step %zu: %s", i, desk.w.err.message);
                if (!steps[i].is_taken)
                        assert_non_null(strstr(desk.w.err.message, "more than"));
        }
}

/* What is made of an entry before it is written goes, too. */
static void where_memory_ends_while_an_item_is_written_nothing_is_lost(void **state)
{
        static const struct said all[] = { { "K", HERE, "identity", NULL, "2026-01-10", IDENTITY("K", "operating", ""), false } };
        struct capital k = { "C1", "100", "50", false, true };
        bool is_written = false;
        int refused = 0;

        (void)state;
        SAY(all);
        for (long n = 1; !is_written; n++, refused += !is_written) {
                begin(2026, 11, 28);
                arena_fail_at(n);
                is_written = ledger_write(&desk.w, change_capital, &k);
                arena_fail_at(0);
                assert_true(is_written || desk.w.err.code == ERR_ENVIRONMENT);
        }
        assert_true(refused > 20);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_late_report_takes_the_register_as_it_stood_on_the_last_day_of_its_window, set_up, tear_down),
                cmocka_unit_test_setup_teardown(decisions_follow_each_other_by_their_days_and_of_one_day_as_they_were_recorded, set_up, tear_down),
                cmocka_unit_test_setup_teardown(lists_of_the_communes_a_commune_was_made_of_hold_its_cluster_once, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_number_beyond_all_that_is_counted_is_in_no_report, set_up, tear_down),
                cmocka_unit_test(the_newest_decision_is_the_one_to_follow),
                cmocka_unit_test_setup_teardown(what_was_signed_for_a_unit_that_ended_within_the_window_is_not_added_to_what_it_became, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_cluster_lies_where_its_commune_went_however_often_that_was_arranged, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_a_case_decided_within_the_window_counts_whatever_was_recorded_later, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_is_paid_out_beyond_what_is_approved_may_shrink_and_not_grow, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_whoever_took_over_withdrew_owes_no_form, set_up, tear_down),
                cmocka_unit_test_setup_teardown(where_memory_ends_while_an_item_is_written_nothing_is_lost, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_search_of_clusters_runs_two_statements, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_cluster_counts_once_whether_it_is_recorded_under_the_old_commune_or_the_new_one, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
