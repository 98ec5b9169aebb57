#include "tests/support.h"
#include "tests/shipped.h"

#include "base/hex.h"
#include "base/log.h"
#include "figure/contest.h"
#include "figure/figure_private.h"
#include "figure/filter.h"
#include "figure/growth.h"
#include "figure/own.h"
#include "figure/series.h"
#include "figure/sources.h"
#include "format/jsonw.h"
#include "ledger/check.h"
#include "ledger/ledger_private.h"
#include "ledger/node.h"
#include "ledger/read.h"
#include "ledger/receive.h"
#include "ledger/trust.h"
#include "ledger/write.h"

/* A report of another module, with figures. */
static enum applied apply_sent(struct work *w, const struct entry *e, struct error *why)
{
        const struct figure defaults = { .status = STATUS_SUBMITTED };
        const char *block = json_string_value(json_object_get(e->body, "figures"));

        return figures_apply_block(w, e, block, strlen(block), &defaults, why);
}

static const struct entry_kind sent_kinds[] = { { "sent.report", apply_sent, "a report" }, { "sent.settle", figures_apply_settle, "a decision about one" }, { 0 } };
static const struct entry_kind *const kinds[] = { trust_kinds, catalogue_kinds, figure_kinds, sent_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, catalogue_tables, figure_tables, NULL };
static const struct ledger_schema schema = { .kinds = kinds, .tables = tables, .decides_first = figure_decides_first,
                                             .deferral = &figure_deferral, .puts_off = figure_puts_off };

/* ---- a node with a catalogue ------------------------------------------------------------------------- */

struct desk {
        char folder[512];
        struct node *node;
        struct arena *arena;
        struct work w;
};

static void desk_work(struct desk *d)
{
        struct db *db = node_reader(d->node, &d->w.err);

        arena_reset(d->arena);
        work_init(&d->w, d->arena, db, LANGUAGE_EN);
        d->w.node = d->node;
        d->w.user = &user_operator;
        d->w.now = moment_now();
}

/* What provinces report needs: a catalogue of few statements, for tests that let each of them fail. */
static bool load_little(struct work *w, void *argument)
{
        static const char *const left_out[] = { "commune", "district", "names.csv", "workflow", "cluster", NULL };

        (void)argument;
        return load_shipped_but(w, left_out);
}

static void desk_open_with(struct desk *d, const char *unit, work_function *load)
{
        struct error err = { .language = LANGUAGE_EN };

        log_set_level(getenv("CAUNOI_TEST_LOG") != NULL ? LOG_DETAIL : LOG_ALARM);
        memset(d, 0, sizeof *d);
        snprintf(d->folder, sizeof d->folder, "%s/node", test_folder());
        d->arena = arena_open((size_t)512 << 20);
        if (!node_init(d->folder, unit, test_store(), &schema, &err))
                fail_msg("%s: %s", err.context, err.message);
        d->node = node_open(d->folder, NODE_WRITE, &schema, &err);
        if (d->node == NULL)
                fail_msg("%s: %s", err.context, err.message);
        desk_work(d);
        if (!ledger_write(&d->w, load, NULL))
                fail_msg("%s", d->w.err.message);
}

static void desk_open(struct desk *d, const char *unit)
{
        desk_open_with(d, unit, load_shipped);
}

static void desk_close(struct desk *d)
{
        node_close(d->node);
        arena_close(d->arena);
}

/* ---- reporting ---------------------------------------------------------------------------------------- */

struct report {
        const char *block, *status, *known_from, *audience;
        bool is_blind; /* written without having seen what others wrote, with two rows explained */
        const char *source; /* NULL: no kind of source that the catalogue knows */
};

static bool write_report(struct work *w, void *argument)
{
        const struct report *r = argument;
        struct buf body;
        struct jsonw j;
        bool ok;

        buf_init(&body, 0);
        jsonw_init(&j, &body);
        jsonw_object(&j);
        jsonw_member_text(&j, "source", r->source == NULL ? "a test" : r->source);
        jsonw_member_text(&j, "status", r->status);
        if (r->known_from != NULL)
                jsonw_member_text(&j, "known_from", r->known_from);
        if (r->is_blind) {
                jsonw_name(&j, "seen");
                jsonw_object(&j);
                jsonw_end(&j);
                jsonw_name(&j, "explanations");
                jsonw_object(&j);
                jsonw_member_text(&j, "7.1", "a new works");
                jsonw_member_text(&j, "9", "Tết");
                jsonw_end(&j);
        }
        jsonw_member_text(&j, "figures", r->block);
        jsonw_end(&j);
        ok = ledger_append(w, r->audience, "figures.report", "test", &body, NULL);
        buf_clear(&body);
        return ok;
}

static bool try_report(struct desk *d, const char *block, const char *status, const char *known_from)
{
        struct report r = { block, status, known_from,
                            strcmp(node_unit(d->node), "VN") == 0 ? AUDIENCE_ALL : node_unit(d->node), false, NULL };

        desk_work(d);
        return ledger_write(&d->w, write_report, &r);
}

/* Published figures from a source. */
static void report_from(struct desk *d, const char *block, const char *known_from, const char *source)
{
        struct report r = { block, "published", known_from, strcmp(node_unit(d->node), "VN") == 0 ? AUDIENCE_ALL : node_unit(d->node), false, source };

        desk_work(d);
        if (!ledger_write(&d->w, write_report, &r))
                fail_msg("%s: %s", d->w.err.context, d->w.err.message);
}

static void report(struct desk *d, const char *block, const char *known_from)
{
        if (!try_report(d, block, "published", known_from))
                fail_msg("%s: %s", d->w.err.context, d->w.err.message);
}

/* ---- asking --------------------------------------------------------------------------------------------- */

struct answer {
        char text[20000]; /* a line a row: indicator unit period item value status base change note */
        size_t length;
        int count;
        char last_key[512];
        enum figure_mark last_mark;
};

static bool note_row(struct work *w, const struct figure_row *r, void *context)
{
        struct answer *into = context;
        char value[DECIMAL_TEXT_MAX] = "-", base[DECIMAL_TEXT_MAX] = "-", change[DECIMAL_TEXT_MAX] = "-", p[PERIOD_TEXT_MAX];

        (void)w;
        if (r->has_value)
                decimal_write(value, r->value, r->indicator->decimals);
        if (r->has_base)
                decimal_write(base, r->base_value, r->indicator->decimals);
        if (r->has_change)
                decimal_write(change, r->change, FIGURE_CHANGE_DECIMALS);
        period_write(p, r->period);
        into->length += (size_t)snprintf(into->text + into->length, sizeof into->text - into->length, "%s %s %s %s %s %s %s %s %s\n",
                                      r->indicator->id, r->unit->code, p, *r->item == '\0' ? "." : r->item, value,
                                      r->status == 0 ? "-" : figure_status_name(r->status), base, change,
                                      r->note == NULL ? "." : r->note);
        into->count++;
        snprintf(into->last_key, sizeof into->last_key, "%s", r->key);
        into->last_mark = r->mark;
        return into->length < sizeof into->text - 600;
}

struct ask {
        const char *indicator, *units[6], *from, *to, *item, *compare, *known, *boundary;
        bool children, is_public, all_versions;
        enum figure_status status;
        int64_t limit;
        const char *after;
};

static struct answer answered; /* of the last question */

static const char *answer_to(struct desk *d, struct ask ask)
{
        struct figure_query q = { .with_children = ask.children, .only_published = ask.is_public, .status = ask.status,
                                  .all_versions = ask.all_versions, .limit = ask.limit, .after = ask.after };
        const struct indicator *indicator;

        answered.length = 0;
        answered.count = 0;
        answered.text[0] = '\0';
        desk_work(d);
        if (ask.indicator != NULL) {
                indicator = indicator_find(catalogue_of(&d->w), ask.indicator);
                assert_non_null(indicator);
                q.indicators = &indicator;
                q.indicator_count = 1;
        }
        q.units = ask.units;
        while (q.unit_count < 6 && ask.units[q.unit_count] != NULL)
                q.unit_count++;
        if (ask.from != NULL)
                assert_true(period_read(ask.from, strlen(ask.from), &q.from));
        if (ask.to != NULL)
                assert_true(period_read(ask.to, strlen(ask.to), &q.to));
        if (ask.item != NULL) {
                q.items = &ask.item;
                q.item_count = 1;
        }
        if (ask.compare != NULL)
                assert_true(compare_read(ask.compare, &q.compare));
        if (ask.known != NULL)
                assert_true(moment_read(ask.known, strlen(ask.known), &q.known));
        if (ask.boundary != NULL) {
                q.boundary = BOUNDARY_DATE;
                assert_true(day_read(ask.boundary, strlen(ask.boundary), &q.boundary_day));
        }
        assert_true(db_begin(d->w.db));
        if (!figures_read(&d->w, &q, note_row, &answered))
                fail_msg("%s", d->w.err.message);
        db_rollback(d->w.db);
        return answered.text;
}

#define ASK(desk, ...) answer_to((desk), (struct ask){ __VA_ARGS__ })

/* ---- what is reported ------------------------------------------------------------------------------------- */

static void a_figure_comes_back_as_it_was_reported(void **state)
{
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        report(&d, "export_value,42,2021,,,2000.5\nexport_value,42,2021,ca_phe,,12\niip_yoy,VN,2021-12,TOTAL,,108.7\n", NULL);
        assert_string_equal(ASK(&d, .indicator = "export_value"),
                            "export_value 42 2021 tong_tri_gia 2000.5 published - - .\n"
                            "export_value 42 2021 ca_phe 12 published - - .\n");
        assert_string_equal(ASK(&d, .indicator = "export_value", .item = "tong_tri_gia"),
                            "export_value 42 2021 tong_tri_gia 2000.5 published - - .\n");
        assert_string_equal(ASK(&d, .indicator = "iip_yoy", .item = ""), "iip_yoy VN 2021-12 TOTAL 108.7 published - - .\n");
        assert_string_equal(ASK(&d, .indicator = "iip_yoy", .from = "2022-01"), "");
        assert_string_equal(ASK(&d, .units = { "25" }), "");
        desk_close(&d);
}

static void what_is_known_later_replaces_but_the_past_stays(void **state)
{
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        report(&d, "export_value,42,2021-12,,,190\n", "2022-01-31");
        report(&d, "export_value,42,2021-12,,,185.4\n", "2021-12-31");
        report(&d, "export_value,42,2021-12,,,191.2\n", "2022-03-31");
        assert_string_equal(ASK(&d, .indicator = "export_value"),
                            "export_value 42 2021-12 tong_tri_gia 191.2 published - - .\n");
        assert_string_equal(ASK(&d, .indicator = "export_value", .known = "2022-02-15"),
                            "export_value 42 2021-12 tong_tri_gia 190 published - - .\n");
        assert_string_equal(ASK(&d, .indicator = "export_value", .known = "2021-12-31"),
                            "export_value 42 2021-12 tong_tri_gia 185.4 published - - .\n");
        assert_string_equal(ASK(&d, .indicator = "export_value", .known = "2021-12-30"), "");
        assert_string_equal(ASK(&d, .indicator = "export_value", .all_versions = true),
                            "export_value 42 2021-12 tong_tri_gia 185.4 published - - .\n"
                            "export_value 42 2021-12 tong_tri_gia 190 published - - .\n"
                            "export_value 42 2021-12 tong_tri_gia 191.2 published - - .\n");
        report(&d, "export_value,42,2021-12,,,200\n", "2022-03-31"); /* the later entry of one moment stands */
        assert_string_equal(ASK(&d, .indicator = "export_value"),
                            "export_value 42 2021-12 tong_tri_gia 200 published - - .\n");
        desk_close(&d);
}

static void drafts_and_the_unpublished_are_kept_apart(void **state)
{
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        report(&d, "retail_sales,25,2021-12,,,10\n", "2022-01-05");
        assert_true(try_report(&d, "retail_sales,25,2021-12,,,11\n", "submitted", "2022-01-06"));
        assert_true(try_report(&d, "retail_sales,25,2021-12,,,12\n", "draft", "2022-01-07"));
        assert_string_equal(ASK(&d, .indicator = "retail_sales"), "retail_sales 25 2021-12 . 11 submitted - - .\n");
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .is_public = true),
                            "retail_sales 25 2021-12 . 10 published - - .\n");
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .status = STATUS_DRAFT),
                            "retail_sales 25 2021-12 . 12 draft - - .\n");
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "VN" }),
                            "retail_sales VN 2021-12 . 11 submitted - - sum of 1 of 63 units\n");
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "VN" }, .is_public = true),
                            "retail_sales VN 2021-12 . 10 published - - sum of 1 of 63 units\n");
        desk_close(&d);
}

static void bad_blocks_change_nothing(void **state)
{
        static const struct {
                const char *block, *word;
        } cases[] = {
                { "export_valu,42,2021,,,1\n", "not known here" },
                { "export_value,26,2026-01,,,1\n", "not known here at that time" },
                { "export_value,42,2021-13,,,1\n", "period" },
                { "export_value,42,2021,,,1.2345678\n", "number" },
                { "export_value,42,2021,,,99999999999999999999\n", "number" },
                { "export_value,42,2021,no_such_item,,1\n", "not in the classification" },
                { "retail_sales,42,2021,x,,1\n", "not an item" },
                { "export_value,42,2021\n", "line of six" },
                { "export_value,42,2021,,,1,published,none,2022-13-01\n", "moment" },
                { "export_value,42,2021,,,1,printed\n", "status" },
                { "export_value,42,2021,,,1,published as it was\n", "status" },
                { "export_value,42,2021,,,1,,doubtful\n", "mark" },
                { "export_value,42,2021,,,1,,estimated by someone\n", "mark" },
                { "export_value,,2021,,,1\n", "not a unit's code" },
                { ",42,2021,,,1\n", "not an indicator" },
                { "export_value,42,2021,,,1\nexport_value,42,2022,,,x\n", "number" },
                { "export_value,42,2021,,,1\n=,=,=,,,1\n=,=,=,,,1\n=,=,=,,,1\n=,=,=,,,1\n=,=,=,,,", "number" },
                { NULL, "line of six" }, /* as many lines as an entry holds */
        };
        char *lines = malloc(4000001);
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        memset(lines, '\n', 4000000);
        lines[4000000] = '\0';
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                assert_false(try_report(&d, cases[i].block == NULL ? lines : cases[i].block, "published", NULL));
                if (strstr(d.w.err.message, cases[i].word) == NULL)
                        fail_msg("row %zu: %s", i, d.w.err.message);
        }
        free(lines);
        assert_string_equal(ASK(&d, .indicator = NULL), "");
        desk_close(&d);
}

struct raw {
        const char *kind, *body, *word; /* what is said against it */
};

static bool write_raw(struct work *w, void *argument)
{
        const struct raw *raw = argument;
        struct buf body;
        bool ok;

        buf_init(&body, 0);
        buf_text(&body, raw->body);
        ok = ledger_append(w, AUDIENCE_ALL, raw->kind, "figures", &body, NULL);
        buf_clear(&body);
        return ok;
}

/* Whatever a node signs: what is no report, and what is no decision, changes nothing. */
static void entries_of_another_form_are_refused(void **state)
{
        static const struct user leader = { "bo-truong", "Minister", ROLE_DIRECTOR, "VN" };
        static const struct raw cases[] = {
                { "figures.report", "{\"figures\":7}", "its body is not a report of figures" },
                { "figures.report", "{\"status\":\"published\"}", "its body is not a report of figures" },
                { "figures.report", "{\"figures\":\"\",\"status\":\"printed\"}", "its body is not a report of figures" },
                { "figures.report", "{\"figures\":\"\",\"mark\":\"doubtful\"}", "its body is not a report of figures" },
                { "figures.report", "{\"figures\":\"\",\"known_from\":\"2021-02-30\"}", "its body is not a report of figures" },
                { "figures.settle", "{\"of\":[\"HASH\"],\"figures\":\"\"}", "a decision needs a reason" },
                { "figures.settle", "{\"of\":[\"HASH\"],\"reason\":\"\",\"figures\":\"\"}", "a decision needs a reason" },
                { "figures.settle", "{\"of\":\"HASH\",\"reason\":\"so\",\"figures\":\"\"}", "\"of\" names no entries" },
                { "figures.settle", "{\"of\":[],\"reason\":\"so\",\"figures\":\"\"}", "\"of\" names no entries" },
                { "figures.settle", "{\"of\":[7],\"reason\":\"so\",\"figures\":\"\"}", "\"of\" names no entries" },
                { "figures.settle", "{\"of\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17],\"reason\":\"so\",\"figures\":\"\"}", "\"of\" names no entries" },
                { "figures.settle", "{\"of\":[\"00ff\"],\"reason\":\"so\",\"figures\":\"\"}", "the figures this decides about are not here yet" },
                { "figures.settle", "{\"of\":[\"HASH\"],\"reason\":\"so\",\"figures\":7}", "its body is not a report of figures" },
                { "figures.settle", "{\"of\":[\"HASH\"],\"reason\":\"so\",\"figures\":\"\"}", "it decides about no figure" },
                { "figures.settle", "{\"of\":[\"HASH\"],\"reason\":\"so\",\"figures\":\"export_value,42,2021,,,6\\n\"}", "it chooses a value that none of the entries brought" },
        };
        char hash[HASH_HEX];
        struct figure_row row;
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        report(&d, "export_value,42,2021,,,5\n", NULL);
        desk_work(&d);
        assert_true(figure_get(&d.w, indicator_find(catalogue_of(&d.w), "export_value"), unit_read(catalogue_of(&d.w), "42", day_of(2021, 12, 31)),
                               period_make(FREQUENCY_YEAR, 2021, 0), "", "", 0, &row));
        hex_write(hash, ledger_entry(&d.w, row.entry)->hash, HASH_BYTES);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                const char *at = strstr(cases[i].body, "HASH");
                struct raw raw = cases[i];

                desk_work(&d);
                if (at != NULL)
                        raw.body = arena_print(d.arena, "%.*s%s%s", (int)(at - cases[i].body), cases[i].body, hash, at + 4);
                if (strcmp(raw.kind, "figures.settle") == 0)
                        d.w.user = &leader;
                if (ledger_write(&d.w, write_raw, &raw) || strstr(d.w.err.message, cases[i].word) == NULL)
                        fail_msg("%s: \"%s\" instead of \"%s\"", cases[i].body, d.w.err.message, cases[i].word);
        }
        assert_string_equal(ASK(&d, .indicator = NULL), "export_value 42 2021 tong_tri_gia 5 published - - .\n");
        desk_close(&d);
}

static void a_node_reports_only_about_its_own_territory(void **state)
{
        struct desk d;

        (void)state;
        desk_open(&d, "25");
        assert_true(try_report(&d, "retail_sales,25,2025-08,,,1\n", "published", NULL));
        assert_true(try_report(&d, "retail_sales,26,2021-08,,,2\n", "published", NULL)); /* Vĩnh Phúc lies in it today */
        assert_false(try_report(&d, "retail_sales,42,2025-08,,,1\n", "published", NULL));
        assert_int_equal(d.w.err.code, ERR_DENIED);
        assert_false(try_report(&d, "retail_sales,VN,2025-08,,,1\n", "published", NULL));
        desk_close(&d);
}

/* ---- totals --------------------------------------------------------------------------------------------------- */

static void totals_follow_every_change_at_once(void **state)
{
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        report(&d, "export_value,25,2021,,,10\nexport_value,42,2021,,,20.25\nexport_value,01,2021,,,30\n", NULL);
        assert_string_equal(ASK(&d, .indicator = "export_value", .units = { "VN" }),
                            "export_value VN 2021 tong_tri_gia 60.25 published - - sum of 3 of 63 units\n");
        report(&d, "export_value,25,2021,,,11\n", NULL);
        report(&d, "export_value,25,2021,,,9999\n", "2020-01-01"); /* known earlier: changes the past only */
        assert_string_equal(ASK(&d, .indicator = "export_value", .units = { "VN" }),
                            "export_value VN 2021 tong_tri_gia 61.25 published - - sum of 3 of 63 units\n");
        assert_string_equal(ASK(&d, .indicator = "export_value", .units = { "VN" }, .known = "2020-06-01"),
                            "export_value VN 2021 tong_tri_gia 9999 published - - sum of 1 of 63 units\n");
        report(&d, "export_value,VN,2021,,,100\n", NULL); /* once reported, the report stands */
        assert_string_equal(ASK(&d, .indicator = "export_value", .units = { "VN" }),
                            "export_value VN 2021 tong_tri_gia 100 published - - .\n");
        assert_string_equal(ASK(&d, .indicator = "export_value", .units = { "VN" }, .children = true),
                            "export_value VN 2021 tong_tri_gia 100 published - - .\n"
                            "export_value 01 2021 tong_tri_gia 30 published - - .\n"
                            "export_value 25 2021 tong_tri_gia 11 published - - .\n"
                            "export_value 42 2021 tong_tri_gia 20.25 published - - .\n");
        /* As it was known, from the figures themselves: item by item, as firm as the least firm part; what the country itself reported stands. */
        report(&d, "export_value,42,2019,cao_su,,3\nexport_value,25,2019,ca_phe,,1\nexport_value,01,2019,ca_phe,,2,submitted\nexport_value,25,2019,cao_su,,4\n",
               "2020-01-01");
        report(&d, "export_value,VN,2019,ca_phe,,8\n", "2020-02-01");
        assert_string_equal(ASK(&d, .indicator = "export_value", .units = { "VN" }, .to = "2019", .known = "2020-01-15"),
                            "export_value VN 2019 ca_phe 3 submitted - - sum of 2 of 63 units\n"
                            "export_value VN 2019 cao_su 7 published - - sum of 2 of 63 units\n");
        assert_string_equal(ASK(&d, .indicator = "export_value", .units = { "VN" }, .to = "2019", .known = "2020-03-01"),
                            "export_value VN 2019 ca_phe 8 published - - .\n"
                            "export_value VN 2019 cao_su 7 published - - sum of 2 of 63 units\n");
        desk_close(&d);
}

static void indices_are_never_added(void **state)
{
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        report(&d, "iip_yoy,25,2021-12,,,108.6\niip_yoy,42,2021-12,,,116.45\n", NULL);
        assert_string_equal(ASK(&d, .indicator = "iip_yoy", .units = { "VN" }), "");
        desk_close(&d);
}

static void sums_beyond_64_bits_are_said_not_wrapped(void **state)
{
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        report(&d, "export_value,25,2021,,,9000000000000\nexport_value,42,2021,,,9000000000000\n", NULL);
        assert_string_equal(ASK(&d, .indicator = "export_value", .units = { "VN" }),
                            "export_value VN 2021 tong_tri_gia - published - - the sum is beyond 64 bits\n");
        report(&d, "export_value,42,2021,,,-8999999999999\n", NULL);
        assert_string_equal(ASK(&d, .indicator = "export_value", .units = { "VN" }),
                            "export_value VN 2021 tong_tri_gia 1 published - - sum of 2 of 63 units\n");
        report(&d, "export_value,25,2020,,,9223372036854.775807\nexport_value,42,2020,,,-9223372036854.775807\n"
                   "export_value,48,2020,,,9223372036854.775807\n", NULL); /* further apart than 64 bits can say */
        assert_string_equal(ASK(&d, .indicator = "export_value", .from = "2020", .to = "2020", .units = { "25", "42", "48" }),
                            "export_value 25 2020 tong_tri_gia 9223372036854.775807 published - - .\n"
                            "export_value 42 2020 tong_tri_gia -9223372036854.775807 published - - .\n"
                            "export_value 48 2020 tong_tri_gia 9223372036854.775807 published - - .\n");
        desk_close(&d);
}

static unsigned next_random(unsigned *seed)
{
        *seed = *seed * 1664525u + 1013904223u;
        return *seed >> 8;
}

/* Every total against what stands, cell by cell, computed here. */
static void assert_totals_equal_recomputation(struct desk *d)
{
        desk_work(d);
        assert_int_equal(
                db_number(d->w.db,
                          "WITH standing AS (SELECT f.* FROM figure f WHERE f.status >= 2 AND f.known_from ="
                          " (SELECT MAX(g.known_from) FROM figure g WHERE g.province = f.province"
                          " AND g.indicator = f.indicator AND g.period = f.period AND g.unit = f.unit"
                          " AND g.item = f.item AND g.partner = f.partner AND g.status >= 2)),"
                          " s AS (SELECT indicator, period, item, partner, CAST(SUM(value) AS BIGINT) AS value, COUNT(*) AS n,"
                          " CAST(SUM(CASE WHEN status = 2 THEN 1 ELSE 0 END) AS BIGINT) AS n2,"
                          " CAST(SUM(CASE WHEN status = 3 THEN 1 ELSE 0 END) AS BIGINT) AS n3"
                          " FROM standing GROUP BY indicator, period, item, partner)"
                          " SELECT (SELECT COUNT(*) FROM s) - (SELECT COUNT(*) FROM figure_total t JOIN s ON"
                          " s.indicator = t.indicator AND s.period = t.period AND s.item = t.item"
                          " AND s.partner = t.partner AND s.n = t.n AND s.n2 = t.n_submitted AND s.n3 = t.n_approved"
                          " AND s.value = t.sum_high * 4294967296 + t.sum_low)",
                          NO_ARGS, -1),
                0);
}

/* The tables come out the same however many entries are placed in one go. */
static void assert_rebuilds_alike(struct desk *d)
{
        static const size_t limits[][2] = { { 1, 1 }, { 1000, 3 }, { 4000, 16 }, { 0, 1 }, { 0, 40 } };
        int64_t entries;

        for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
                bulk_limit(limits[i][0], limits[i][1]);
                desk_work(d);
                if (!ledger_rebuild_check(&d->w, &entries))
                        fail_msg("at most %zu bytes, %zu rows at once: %s", limits[i][0], limits[i][1], d->w.err.message);
        }
        bulk_limit(0, 0);
}

static void totals_equal_recomputation_after_random_reports(void **state)
{
        static const char *const units[] = { "01", "02", "25", "26", "42", "48", "79", "92" };
        static const char *const statuses[] = { "draft", "submitted", "approved", "published" };
        unsigned seed = 2026;
        struct desk d;
        struct verified verified;

        (void)state;
        desk_open(&d, "VN");
        for (int i = 0; i < 60; i++) {
                struct buf block;

                buf_init(&block, 0);
                for (unsigned n = 1 + next_random(&seed) % 30; n > 0; n--) {
                        static const char *const items[] = { "", "ca_phe", "cao_su" };

                        buf_print(&block, "export_value,%s,2021-%02u,%s,,%d,%s,none,202%u-0%u-11\n",
                                  units[next_random(&seed) % 8], 1 + next_random(&seed) % 2, items[next_random(&seed) % 3],
                                  (int)(next_random(&seed) % 2000) - 1000, statuses[next_random(&seed) % 4],
                                  2 + next_random(&seed) % 3, 1 + next_random(&seed) % 9);
                }
                report(&d, block.data, NULL);
                buf_clear(&block);
                if (i % 20 == 19)
                        assert_totals_equal_recomputation(&d);
        }
        desk_work(&d);
        assert_true(ledger_verify(&d.w, &verified));
        assert_rebuilds_alike(&d);
        desk_close(&d);
}

/* ---- sources ----------------------------------------------------------------------------------------------------- */

/* The sources of a figure of 2021 as lines: value, whether it stands, difference, name; then the widest difference and the rule. */
static const char *sources_told(struct desk *d, const char *indicator, const char *unit, const char *item)
{
        bool is_yearly = strcmp(indicator, "export_value") == 0;
        const struct indicator *i;
        struct sourced *s;
        const char *all = "";
        char value[DECIMAL_TEXT_MAX], difference[DECIMAL_TEXT_MAX];

        desk_work(d);
        i = indicator_find(catalogue_of(&d->w), indicator);
        s = sources_of(&d->w, i, unit_read(catalogue_of(&d->w), unit, day_of(2021, 12, 31)), period_make(is_yearly ? FREQUENCY_YEAR : FREQUENCY_MONTH, 2021, is_yearly ? 0 : 12),
                       item, "", false);
        assert_non_null(s);
        for (size_t n = 0; n < s->count; n++) {
                decimal_write(value, s->source[n].value, i->decimals);
                decimal_write(difference, s->source[n].difference, i->decimals);
                all = arena_print(d->arena, "%s%s %s %s %s\n", all, value, s->source[n].stands ? "*" : "-", difference, s->source[n].source);
        }
        decimal_write(value, s->widest, i->decimals);
        assert_int_equal(s->disagree, s->widest > 0);
        return s->count < 2 ? all : arena_print(d->arena, "%swidest %s: %s\n", all, value, sources_rule_said(&d->w, &s->source[0], &s->source[1]));
}

static const char *differing;

static bool note_differing(struct work *w, const struct sourced *s, void *context)
{
        (void)context;
        differing = arena_print(w->arena, "%s%s %s %s;", differing, s->indicator->id, s->unit->code, s->item);
        return true;
}

static void the_better_source_stands_for_reading_and_for_totals(void **state)
{
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        report_from(&d, "electricity_sold,42,2021-12,,,14.02", "2021-12-29", "Cục Thống kê Hà Tĩnh, 29/12/2021");
        report_from(&d, "electricity_sold,42,2021-12,,,16.45", "2022-01-31", "Báo Công Thương, 01/2022");
        report_from(&d, "electricity_sold,40,2021-12,,,1", "2021-11-30", "VietnamBiz, 30/11/2021");
        assert_non_null(strstr(ASK(&d, .indicator = "electricity_sold", .units = { "42" }), " 14.02 "));
        assert_non_null(strstr(ASK(&d, .indicator = "electricity_sold", .units = { "VN" }), " 15.02 "));
        report(&d, "electricity_sold,40,2021-12,,,2", "2021-12-31"); /* the administration before the press, */
        assert_non_null(strstr(ASK(&d, .indicator = "electricity_sold", .units = { "VN" }), " 16.02 "));
        report_from(&d, "electricity_sold,42,2021-12,,,14.5", "2022-12-31", "Niên giám thống kê 2022"); /* the yearbook before all */
        assert_non_null(strstr(ASK(&d, .indicator = "electricity_sold", .units = { "VN" }), " 16.5 "));
        report_from(&d, "electricity_sold,42,2021-12,,,15", "2023-01-31", "Cục Thống kê Hà Tĩnh, 31/01/2023");
        assert_non_null(strstr(ASK(&d, .indicator = "electricity_sold", .units = { "VN" }), " 16.5 "));
        assert_non_null(strstr(ASK(&d, .indicator = "electricity_sold", .units = { "42" }, .known = "2022-06-30"), " 14.02 "));
        report_from(&d, "electricity_sold,42,2021-12,,,14.4", "2022-12-01", "Niên giám thống kê 2022"); /* each counts once, with its newest */
        report_from(&d, "electricity_sold,42,2021-12,,,16.5", "2022-02-15", "Báo Công Thương, 01/2022");
        report_from(&d, "electricity_sold,42,2021-12,,,16.6", "2022-02-15", "VietnamBiz, 15/02/2022");
        report_from(&d, "electricity_sold,26,2021-12,,,3", "2022-01-10", "Cục Thống kê Vĩnh Phúc");
        report_from(&d, "electricity_sold,26,2021-12,,,4", "2022-01-20", "Hải quan: biểu tháng");
        report_from(&d, "export_value,42,2021,cao_su,,3\nexport_value,42,2021,ca_phe,,5\nexport_value,42,2021,,,9\n", "2022-01-10", "Cục Thống kê Hà Tĩnh");
        report_from(&d, "export_value,42,2021,cao_su,,2\nexport_value,42,2021,ca_phe,,7\nexport_value,42,2021,,,9\n", "2022-01-20", "VietnamBiz, 20/01/2022");
        assert_string_equal(sources_told(&d, "electricity_sold", "42", ""),
                            "14.5 * 0 Niên giám thống kê 2022\n15 - 0.5 Cục Thống kê Hà Tĩnh, 31/01/2023\n14.02 - -0.48 Cục Thống kê Hà Tĩnh, 29/12/2021\n"
                            "16.5 - 2 Báo Công Thương, 01/2022\n16.6 - 2.1 VietnamBiz, 15/02/2022\nwidest 2.1: Statistics office: final figures (priority 50) before Statistics office (priority 40): the "
                            "yearbook holds the final figures of the state statistics office; they replace all estimates and preliminary figures\n");
        assert_string_equal(sources_told(&d, "electricity_sold", "26", ""),
                            "4 * 0 Hải quan: biểu tháng\n3 - -1 Cục Thống kê Vĩnh Phúc\nwidest 1: of one priority (40): the newest known stands\n");
        assert_string_equal(sources_told(&d, "retail_sales", "42", ""), "");
        {
                struct cell_source one = { .source = "" }, other = { .source = "x" };

                assert_string_equal(sources_rule_said(&d.w, &one, &other), "the newest stands: the catalogue ranks no sources");
        }
        desk_work(&d);
        differing = "";
        assert_true(sources_disagree(&d.w, NULL, NULL, PERIOD_NONE, PERIOD_NONE, false, note_differing, NULL));
        assert_string_equal(differing, "electricity_sold 26 ;electricity_sold 40 ;electricity_sold 42 ;export_value 42 ca_phe;export_value 42 cao_su;");
        assert_totals_equal_recomputation(&d);
        assert_rebuilds_alike(&d);
        desk_close(&d);
}

/* ---- order ------------------------------------------------------------------------------------------------------- */

struct lines {
        char *line[200];
        size_t count;
        struct arena *arena;
};

static bool keep_line(struct work *w, const struct entry *e, void *context)
{
        struct lines *l = context;

        (void)w;
        l->line[l->count++] = arena_copy(l->arena, e->bytes, e->length);
        return true;
}

static void lines_of(struct desk *d, const char *audience, struct lines *l)
{
        int64_t seq;
        char *stream;

        desk_work(d);
        stream = arena_print(d->arena, "%s/%s", node_key(d->node), audience);
        l->arena = arena_open(WORK_MEMORY_USUAL);
        l->count = 0;
        assert_true(ledger_stream_after(&d->w, stream, 0, 0, keep_line, l));
        l->line[l->count] = arena_text(l->arena, ledger_seal_line(&d->w, stream, (int64_t)l->count, &seq));
        l->count++;
}

static bool feed(struct work *w, void *argument)
{
        const struct lines *l = argument;
        struct receiver *r = receive_open(w, NULL);
        struct received count;

        for (size_t i = 0; r != NULL && i < l->count; i++)
                if (!receive_line(r, l->line[i], strlen(l->line[i])))
                        return false;
        return r != NULL && receive_close(r, &count);
}

static void give(struct desk *to, const struct lines *l)
{
        desk_work(to);
        if (!ledger_write(&to->w, feed, (void *)(uintptr_t)l))
                fail_msg("%s: %s", to->w.err.context, to->w.err.message);
}

static bool enrol(struct work *w, void *argument)
{
        const struct desk *other = argument;

        return trust_enrol(w, node_key(other->node), node_unit(other->node), false);
}

static void trust(struct desk *d, struct desk *other)
{
        desk_work(d);
        if (!ledger_write(&d->w, enrol, other))
                fail_msg("%s", d->w.err.message);
}

static bool write_sent(struct work *w, void *subject)
{
        struct buf body;
        bool ok;

        buf_init(&body, 0);
        buf_print(&body, "{\"seen\":{},\"figures\":\"export_value,42,2018,,,%s\\n\"}", (const char *)subject + strlen("report/"));
        ok = ledger_append(w, AUDIENCE_ALL, "sent.report", subject, &body, NULL);
        buf_clear(&body);
        return ok;
}

static bool settle_sent(struct work *w, void *argument)
{
        static const int choice[] = { 1 };
        size_t count;
        const char **names = contest_names(w, true, 1, &count);

        (void)argument;
        return names != NULL && count == 1 && contest_settle(w, names[0], choice, 1, "the second report is right");
}

/* Two nodes of one unit sent two reports that differ: the decision belongs to neither of them. Of one report alone it stands beside that. */
static void two_reports_are_settled_beside_both(struct desk *d, struct desk *one, struct desk *other)
{
        static const struct user leader = { "bo-truong", "Minister", ROLE_DIRECTOR, "VN" };
        struct desk *writers[] = { one, other };
        struct lines lines;
        struct rows *r;

        trust(d, other);
        for (int i = 0; i < 2; i++) {
                desk_work(writers[i]);
                if (!ledger_write(&writers[i]->w, write_sent, (void *)(uintptr_t)(i == 0 ? "report/5" : "report/6")))
                        fail_msg("%s", writers[i]->w.err.message);
                lines_of(writers[i], "*", &lines);
                give(d, &lines);
                arena_close(lines.arena);
        }
        desk_work(d);
        d->w.user = &leader;
        if (!ledger_write(&d->w, settle_sent, NULL))
                fail_msg("%s", d->w.err.message);
        assert_string_equal(ASK(d, .indicator = "export_value", .to = "2018"), "export_value 42 2018 tong_tri_gia 6 submitted - - .\n");
        r = db_query(d->w.db, "SELECT kind, subject FROM ledger_entry ORDER BY id DESC LIMIT 1", NO_ARGS);
        assert_true(rows_next(r));
        assert_string_equal(rows_text(r, 0), "figures.settle");
        assert_string_equal(rows_text(r, 1), "figures/");
        rows_close(r);
}

static void the_order_of_arrival_does_not_matter(void **state)
{
        struct desk a, b, x, y;
        struct lines from_a, from_b, twice[2];
        char hash_x[HASH_HEX], hash_y[HASH_HEX];
        static const char *const sources[] = { NULL, "Tổng cục Thống kê: biểu tháng", "VietnamBiz, 29/12/2021" };
        unsigned seed = 7;

        (void)state;
        desk_open(&a, "42");
        desk_open(&b, "VN"); /* writes about the same cells */
        desk_open(&x, "VN");
        desk_open(&y, "VN");
        for (int i = 0; i < 20; i++)
                for (int who = 0; who < 2; who++) {
                        struct buf block;

                        buf_init(&block, 0);
                        for (int n = 0; n < 5; n++)
                                buf_print(&block, "export_value,42,2021-%02u,,,%u,%s,none,2022-01-0%u\n",
                                          1 + next_random(&seed) % 2, next_random(&seed) % 1000,
                                          next_random(&seed) % 3 == 0 ? "submitted" : "published",
                                          1 + next_random(&seed) % 3);
                        report_from(who == 0 ? &a : &b, block.data, NULL, sources[next_random(&seed) % 3]);
                        buf_clear(&block);
                }
        lines_of(&a, "42", &from_a);
        lines_of(&b, "*", &from_b);
        report(&b, "export_value,42,2019,,,1\n", "2022-01-01");
        {
                struct report later = { "export_value,42,2019,,,2\n", "published", "2022-01-01", "VN", false, NULL };

                desk_work(&b);
                assert_true(ledger_write(&b.w, write_report, &later));
        }
        trust(&x, &a);
        trust(&x, &b);
        trust(&y, &a);
        trust(&y, &b);
        give(&x, &from_a);
        give(&x, &from_b);
        give(&y, &from_b);
        give(&y, &from_a);
        /* One node's two streams: whichever comes first, the later entry of one moment stands. */
        lines_of(&b, "*", &twice[0]);
        lines_of(&b, "VN", &twice[1]);
        for (int i = 0; i < 2; i++) {
                give(&x, &twice[1 - i]);
                give(&y, &twice[i]);
        }
        for (int i = 0; i < 2; i++) {
                assert_string_equal(ASK(i == 0 ? &x : &y, .indicator = "export_value", .to = "2019"), "export_value 42 2019 tong_tri_gia 2 published - - .\n");
                arena_close(twice[i].arena);
        }
        assert_totals_equal_recomputation(&x);
        assert_totals_equal_recomputation(&y);
        desk_work(&x);
        assert_true(ledger_state(&x.w, "42", hash_x));
        desk_work(&y);
        assert_true(ledger_state(&y.w, "42", hash_y));
        assert_string_equal(hash_x, hash_y);
        {
                char *one = strdup(ASK(&x, .indicator = "export_value", .all_versions = true));

                assert_string_equal(one, ASK(&y, .indicator = "export_value", .all_versions = true));
                assert_true(strlen(one) > 100);
                free(one);
        }
        two_reports_are_settled_beside_both(&y, &b, &x);
        assert_rebuilds_alike(&x);
        arena_close(from_a.arena);
        arena_close(from_b.arena);
        desk_close(&a);
        desk_close(&b);
        desk_close(&x);
        desk_close(&y);
}

/* ---- failures of the database while a conflict is made and settled ---------------------------------------------------- */

#define STATEMENTS_MOST 1000 /* of one job: it must end */

/* What a job that failed must not have changed. */
static int64_t rows_held(struct desk *d)
{
        static const char *const held[] = { "ledger_entry", "ledger_set_aside", "figure", "figure_beside", "figure_contest",
                                            "figure_contest WHERE closed_by = ''", "figure_entry", "figure_seen", "figure_total WHERE n <> 0" };
        int64_t sum = 0;

        desk_work(d);
        for (size_t i = 0; i < sizeof held / sizeof *held; i++)
                sum = sum * 31 + db_number(d->w.db, arena_print(d->arena, "SELECT COUNT(*) FROM %s", held[i]), NO_ARGS, -1);
        return sum;
}

/* One statement after another of the writer fails until the job goes through. */
static void fail_each_statement(struct desk *d, work_function *job, void *argument, const struct user *user)
{
        int64_t before = rows_held(d);
        bool is_done = false;
        long n = 0;

        while (!is_done) {
                assert_true(++n < STATEMENTS_MOST);
                desk_work(d);
                d->w.user = user;
                db_fail_at(d->node->writer, n);
                is_done = ledger_write(&d->w, job, argument);
                db_fail_at(d->node->writer, 0);
                if (!is_done && d->w.err.code != ERR_ENVIRONMENT)
                        fail_msg("statement %ld: %s (%s)", n, d->w.err.message, d->w.err.context);
                if (!is_done && rows_held(d) != before)
                        fail_msg("statement %ld failed and left something", n);
        }
        assert_true(n > 10); /* it was about something */
}

static bool settle_first(struct work *w, void *argument)
{
        size_t count;
        const char **names = contest_names(w, true, 1, &count);
        const int *choice = argument;

        return names != NULL && count == 1 && contest_settle(w, names[0], choice, 2, "as the customs say");
}

/* A choice for one cell, as if there were no other. */
static bool settle_few(struct work *w, void *argument)
{
        size_t count;
        const char **names = contest_names(w, true, 1, &count);

        return names != NULL && count == 1 && contest_settle(w, names[0], argument, 1, "as the customs say");
}

static bool note_contested(struct work *w, const struct figure_row *r, void *context)
{
        (void)w;
        *(int *)context += r->is_contested;
        return true;
}

static int count_contested(struct desk *d)
{
        struct figure_query q = { .marks_contests = true };
        int count = 0;

        desk_work(d);
        assert_true(figures_read(&d->w, &q, note_contested, &count));
        return count;
}

/* ---- what an entry says that it has seen ---------------------------------------------------------------------------------- */

static const char *seen_text; /* of the next report */

static bool write_seeing(struct work *w, void *audience)
{
        struct buf body;
        bool ok;

        buf_init(&body, 0);
        buf_text(&body, "{\"seen\":");
        buf_text(&body, seen_text);
        buf_text(&body, ",\"figures\":\"export_value,42,2021,,,7\\n\"}");
        ok = ledger_append(w, audience, "figures.report", "test", &body, NULL);
        buf_clear(&body);
        return ok;
}

static bool refold_all(struct work *w, void *used)
{
        struct keeper keeper;
        struct standing before, after;
        struct rows *r = db_query(w->db, "SELECT province, indicator, period, unit, item, partner FROM figure LIMIT 1", NO_ARGS);
        int64_t cell[F_CELL] = { 0 };

        assert_true(rows_next(r));
        for (int i = 0; i < F_CELL; i++)
                cell[i] = rows_int(r, i);
        rows_close(r);
        *(size_t *)used = arena_used(w->arena);
        keeper_open(&keeper, w);
        if (!cell_refold(&keeper, cell, NULL, 0, &before, &after))
                return false;
        *(size_t *)used = arena_used(w->arena) - *(size_t *)used;
        return before.value == after.value && after.is_there;
}

/* However much an entry says that it has seen, its cells cost the next who writes them no more than others. */
static void what_an_entry_has_seen_is_looked_up_and_not_carried_along(void **state)
{
        struct desk ministry, province;
        struct lines lines;
        struct buf seen;
        int64_t entries;
        size_t used;

        (void)state;
        desk_open(&ministry, "VN");
        desk_open(&province, "42");
        trust(&ministry, &province);
        trust(&province, &ministry);
        report(&province, "export_value,42,2021,,,5\n", NULL);
        lines_of(&province, "42", &lines);
        give(&ministry, &lines);
        arena_close(lines.arena);
        buf_init(&seen, 0);
        buf_char(&seen, '{');
        for (int i = 0; i < 10000; i++)
                buf_print(&seen, "\"%064d/%d\":%d,", i, i % 90 + 10, i + 1);
        buf_print(&seen, "\"%s/42\":1}", node_key(province.node));
        buf_char(&seen, '\0');
        seen_text = seen.data;
        desk_work(&ministry);
        if (!ledger_write(&ministry.w, write_seeing, (void *)(uintptr_t)AUDIENCE_ALL))
                fail_msg("%s", ministry.w.err.message);
        assert_string_equal(ASK(&ministry, .indicator = "export_value"), "export_value 42 2021 tong_tri_gia 7 published - - .\n");
        assert_int_equal(count_contested(&ministry), 0); /* it had seen what it follows */
        desk_work(&ministry);
        assert_true(ledger_write(&ministry.w, refold_all, &used));
        assert_in_range(used, 1, 65536);
        for (size_t i = 0; i < 4; i++) {
                static const char *const wrong[] = { "[]", "{\"x\":1}", "{\"KEY/42\":0}", "{\"KEY/42\":\"1\"}" };
                char *key = strstr(wrong[i], "KEY");

                buf_reset(&seen);
                buf_put(&seen, wrong[i], key == NULL ? strlen(wrong[i]) : (size_t)(key - wrong[i]));
                if (key != NULL)
                        buf_print(&seen, "%s%s", node_key(province.node), key + 3);
                buf_char(&seen, '\0');
                seen_text = seen.data;
                desk_work(&ministry);
                assert_false(ledger_write(&ministry.w, write_seeing, (void *)(uintptr_t)AUDIENCE_ALL));
                assert_non_null(strstr(ministry.w.err.message, "seen"));
        }
        buf_clear(&seen);
        desk_work(&ministry);
        if (!ledger_rebuild_check(&ministry.w, &entries))
                fail_msg("%s", ministry.w.err.message);
        desk_close(&ministry);
        desk_close(&province);
}

static void report_blindly(struct desk *d, const char *audience, const char *block)
{
        struct report r = { block, "published", NULL, audience, true, NULL };

        desk_work(d);
        if (!ledger_write(&d->w, write_report, &r))
                fail_msg("%s", d->w.err.message);
}

static bool rebuild(struct work *w, void *entries)
{
        return ledger_rebuild(w, entries);
}

/* One statement of several fails until a rebuild goes through; the tables are as before each time. */
static void rebuild_with_failures(struct desk *d)
{
        char before[HASH_HEX], after[HASH_HEX];
        bool is_done = false;
        int64_t entries;
        long n = 1, count;

        desk_work(d);
        assert_true(ledger_state(&d->w, NULL, before));
        count = db_statement_count(d->node->writer);
        assert_true(ledger_write(&d->w, rebuild, &entries));
        count = db_statement_count(d->node->writer) - count;
        for (n = 1; !is_done; n = n < count - 60 ? n + count / 20 : n + 1) { /* figures come last */
                desk_work(d);
                db_fail_at(d->node->writer, n);
                is_done = ledger_write(&d->w, rebuild, &entries);
                db_fail_at(d->node->writer, 0);
                if (!is_done && d->w.err.code != ERR_ENVIRONMENT)
                        fail_msg("statement %ld: %s (%s)", n, d->w.err.message, d->w.err.context);
                assert_true(n < 2 * count);
                desk_work(d);
                assert_true(ledger_state(&d->w, NULL, after));
                assert_string_equal(after, before);
        }
}

static void each_failing_statement_leaves_a_conflict_and_its_decision_undone(void **state)
{
        static const struct user leader = { "giam-doc", "Director", ROLE_DIRECTOR, "42" };
        struct desk home, ministry;
        struct lines lines;
        int64_t entries;
        int choice[] = { 1, 0 };

        (void)state;
        desk_open_with(&home, "42", load_little);
        desk_open_with(&ministry, "VN", load_little);
        trust(&home, &ministry);
        report(&home, "export_value,42,2021-11,,,1\n", NULL);
        report_blindly(&home, "42", "export_value,42,2021-12,,,191.2\nretail_sales,42,2021-12,,,4512\n");
        report_blindly(&ministry, "*", "export_value,42,2021-12,,,180\nretail_sales,42,2021-12,,,4400\n");
        lines_of(&ministry, "*", &lines);
        fail_each_statement(&home, feed, &lines, &user_operator);
        desk_work(&home);
        assert_int_equal(contests_open(&home.w), 1);
        assert_int_equal(count_contested(&home), 2);
        {
                int few[] = { 0 };
                size_t count;
                const char **names;
                struct contest_view *v;

                desk_work(&home);
                home.w.user = &leader;
                names = contest_names(&home.w, true, 1, &count);
                v = contest_read(&home.w, names[0], 1); /* as many cells as a page shows, and how many there are */
                assert_int_equal(v->cell_count, 1);
                assert_int_equal(v->cells_in_all, 2);
                assert_string_equal(v->sides[0].why, "7.1: a new works; 9: Tết");
                assert_false(ledger_write(&home.w, settle_few, few));
                assert_string_equal(home.w.err.message, "the conflict has changed in the meantime: look at it again");
        }
        fail_each_statement(&home, settle_first, choice, &leader);
        desk_work(&home);
        assert_int_equal(contests_open(&home.w), 0);
        assert_int_equal(count_contested(&home), 0);
        assert_string_equal(ASK(&home, .units = { "42" }, .from = "2021-12"),
                            "export_value 42 2021-12 tong_tri_gia 180 published - - .\n"
                            "retail_sales 42 2021-12 . 4512 published - - .\n");
        assert_totals_equal_recomputation(&home);
        desk_work(&home);
        if (!ledger_rebuild_check(&home.w, &entries))
                fail_msg("%s", home.w.err.message);
        rebuild_with_failures(&home);
        arena_close(lines.arena);
        desk_close(&home);
        desk_close(&ministry);
}

/* ---- comparisons ------------------------------------------------------------------------------------------------ */

static void comparisons_give_the_worked_numbers(void **state)
{
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        report(&d,
               "export_value,42,2020,,,1200\nexport_value,42,2021,,,2000\n"
               "export_value,42,2021,ca_phe,,500\nexport_value,42,2020,ca_phe,,300\n"
               "iip_yoy,42,2020-12,,,110.25\niip_yoy,42,2021-12,,,116.45\n"
               "export_value,VN,2021,,,4000\n",
               NULL);
        assert_string_equal(ASK(&d, .indicator = "export_value", .units = { "42" }, .from = "2021", .item = "", .compare = "yoy"),
                            "export_value 42 2021 tong_tri_gia 2000 published 1200 66.666667 .\n");
        assert_string_equal(ASK(&d, .indicator = "export_value", .units = { "42" }, .to = "2020", .item = "", .compare = "yoy"),
                            "export_value 42 2020 tong_tri_gia 1200 published - - there is no figure for 2019\n");
        assert_string_equal(ASK(&d, .indicator = "iip_yoy", .units = { "42" }, .from = "2021-12", .compare = "yoy"),
                            "iip_yoy 42 2021-12 TOTAL 116.45 published 110.25 6.2 .\n");
        assert_string_equal(ASK(&d, .indicator = "export_value", .units = { "42" }, .from = "2021", .compare = "share"),
                            "export_value 42 2021 tong_tri_gia 2000 published 4000 50 .\n"
                            "export_value 42 2021 ca_phe 500 published 2000 25 .\n");
        assert_string_equal(ASK(&d, .indicator = "export_value", .units = { "42" }, .from = "2021", .item = "ca_phe",
                                .compare = "contribution"),
                            "export_value 42 2021 ca_phe 500 published 300 16.666667 .\n");
        assert_string_equal(ASK(&d, .indicator = "iip_yoy", .units = { "42" }, .from = "2021-12", .compare = "contribution"),
                            "iip_yoy 42 2021-12 TOTAL - published - - the weights are not known\n");
        assert_string_equal(ASK(&d, .indicator = "iip_yoy", .from = "2021-12", .compare = "ytd"),
                            "iip_yoy 42 2021-12 TOTAL - published - - indices and rates cannot be added up: the publisher "
                            "gives the cumulated one as a figure of its own\n");
        assert_string_equal(ASK(&d, .indicator = "iip_yoy", .from = "2021-12", .compare = "share"),
                            "iip_yoy 42 2021-12 TOTAL 116.45 published - - an index or rate has no share\n");
        assert_string_equal(ASK(&d, .indicator = "export_value", .units = { "VN" }, .item = "", .compare = "share"),
                            "export_value VN 2020 tong_tri_gia 1200 published - - this is the whole\n"
                            "export_value VN 2021 tong_tri_gia 4000 published - - this is the whole\n");
        /* Nothing grows from zero, and nothing is a part of it. */
        report(&d, "export_value,48,2020,,,0\nexport_value,48,2021,,,5\nexport_value,48,2020,ca_phe,,0\nexport_value,48,2021,ca_phe,,5\n"
                   "markets,48,2021-01,,,3\nmarkets,48,2021-02,,,4\n", NULL);
        assert_string_equal(ASK(&d, .indicator = "export_value", .units = { "48" }, .from = "2021", .item = "", .compare = "yoy"),
                            "export_value 48 2021 tong_tri_gia 5 published 0 - growth from a base of zero or below is not defined\n");
        assert_string_equal(ASK(&d, .indicator = "export_value", .units = { "48" }, .to = "2020", .item = "ca_phe", .compare = "share"),
                            "export_value 48 2020 ca_phe 0 published 0 - not defined: the whole is zero\n");
        assert_string_equal(ASK(&d, .indicator = "export_value", .units = { "48" }, .from = "2021", .item = "ca_phe", .compare = "contribution"),
                            "export_value 48 2021 ca_phe 5 published 0 - not defined: the whole is zero\n");
        assert_string_equal(ASK(&d, .indicator = "markets", .from = "2021-02", .compare = "ytd"),
                            "markets 48 2021-02 . - published - - levels at a point in time are not added up over a year\n");
        desk_close(&d);
}

static void cumulated_figures_need_every_month(void **state)
{
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        report(&d,
               "retail_sales,25,2020-01,,,1\nretail_sales,25,2020-02,,,2\nretail_sales,25,2020-03,,,3\n"
               "retail_sales,25,2021-01,,,2\nretail_sales,25,2021-02,,,3\nretail_sales,25,2021-03,,,4\n"
               "retail_sales,42,2021-01,,,2\nretail_sales,42,2021-03,,,4\n",
               NULL);
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "25" }, .from = "2021-01", .compare = "ytd"),
                            "retail_sales 25 2021-01 . 2 published - - .\n"
                            "retail_sales 25 2021-02 . 5 published - - .\n"
                            "retail_sales 25 2021-03 . 9 published - - .\n");
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "25" }, .from = "2021-03", .compare = "ytd_yoy"),
                            "retail_sales 25 2021-03 . 9 published 6 50 .\n");
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "42" }, .from = "2021-03", .compare = "ytd"),
                            "retail_sales 42 2021-03 . - published - - there is no figure for February 2021\n");
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "25" }, .from = "2021-03", .compare = "mom"),
                            "retail_sales 25 2021-03 . 4 published 3 33.333333 .\n");
        report(&d,
               "retail_sales,42,2020-01,,,1\nretail_sales,42,2020-03,,,3\nretail_sales,42,2021-02,,,3,submitted\n"
               "retail_sales,48,2021-01,,,9000000000000\nretail_sales,48,2021-02,,,9000000000000\n",
               NULL);
        /* As firm as the least firm month; without all months of the year before there is nothing to compare with. */
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "42" }, .from = "2021-03", .compare = "ytd_yoy"),
                            "retail_sales 42 2021-03 . 9 submitted - - there is no figure for February 2020\n");
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "48" }, .from = "2021-02", .compare = "ytd"),
                            "retail_sales 48 2021-02 . - published - - the sum is beyond 64 bits\n");
        /* A part of a total is set beside no whole: neither of the year before nor of the country. */
        report(&d, "retail_sales,VN,2022-01,,,100\nretail_sales,00007,2022-01,,,4\nretail_sales,25,2023-01,,,2\n", NULL);
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "VN" }, .from = "2023-01", .compare = "ytd_yoy"),
                            "retail_sales VN 2023-01 . 2 published - - sum of 1 of 63 units\n");
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "01" }, .from = "2022-01", .compare = "share"),
                            "retail_sales 01 2022-01 . 4 published - - sum of 1 of 526 units\n");
        desk_close(&d);
}

/* ---- maps ----------------------------------------------------------------------------------------------------------- */

static void figures_of_merged_units_are_added_on_the_new_map(void **state)
{
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        report(&d,
               "retail_sales,25,2024-08,,,10\nretail_sales,26,2024-08,,,20\nretail_sales,17,2024-08,,,5\n"
               "retail_sales,25,2024-09,,,10\nretail_sales,26,2024-09,,,20\n"
               "retail_sales,42,2024-08,,,7\nretail_sales,25,2025-08,,,70\n"
               "iip_yoy,25,2024-08,,,108.6\niip_yoy,42,2024-08,,,101\n",
               NULL);
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .boundary = "2026-01-01", .to = "2024-08"),
                            "retail_sales 25 2024-08 . 35 published - - sum of the 3 units of that time\n"
                            "retail_sales 42 2024-08 . 7 published - - .\n");
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "25" }, .boundary = "2026-01-01", .from = "2024-09"),
                            "retail_sales 25 2024-09 . - - - - Hoa Binh has no complete figure for September 2024\n"
                            "retail_sales 25 2025-08 . 70 published - - .\n");
        assert_string_equal(ASK(&d, .indicator = "iip_yoy", .boundary = "2026-01-01"),
                            "iip_yoy 25 2024-08 TOTAL - - - - not comparable: Phu Tho was 3 units in August 2024; indices and rates "
                            "are not added up, and their weights are not known\n"
                            "iip_yoy 42 2024-08 TOTAL 101 published - - .\n");
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "25" }, .from = "2025-08", .compare = "yoy"),
                            "retail_sales 25 2025-08 . 70 published 35 100 .\n");
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "25@2024-01-01" }),
                            "retail_sales 25 2024-08 . 10 published - - .\n"
                            "retail_sales 25 2024-09 . 10 published - - .\n");
        /* A ward that went into two whose shares nobody states; a year before there was a unit at all; the least firm part. */
        report(&d,
               "retail_sales,00007,2024,,,6\nretail_sales,42,2004,,,1\nretail_sales,01,2023,,,1\n"
               "retail_sales,25,2024-10,,,1\nretail_sales,26,2024-10,,,2,submitted\nretail_sales,17,2024-10,,,3,,estimate\n"
               "retail_sales,25,2024-11,,,9000000000000\nretail_sales,26,2024-11,,,9000000000000\nretail_sales,17,2024-11,,,1\n",
               NULL);
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "00025" }, .boundary = "2026-01-01"),
                            "retail_sales 00025 2024 . - - - - only a part of Cong Vi belongs to Giang Vo, its share is not known\n");
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "42" }, .to = "2004", .compare = "yoy"),
                            "retail_sales 42 2004 . 1 published - - Ha Tinh did not exist in 2003\n");
        report(&d, "retail_sales,VN,2003,,,5\n", NULL);
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "42" }, .boundary = "2026-01-01", .to = "2003"), "");
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "25" }, .boundary = "2026-01-01", .from = "2024-10", .to = "2024-10"),
                            "retail_sales 25 2024-10 . 6 submitted - - sum of the 3 units of that time\n");
        assert_int_equal(answered.last_mark, MARK_ESTIMATE);
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "25" }, .boundary = "2026-01-01", .from = "2024-11", .to = "2024-11"),
                            "retail_sales 25 2024-11 . - - - - the sum is beyond 64 bits\n");
        desk_close(&d);
}

/* ---- changes recorded later ------------------------------------------------------------------------------------------ */

struct arranging {
        const char *text; /* NULL: withdraw it */
};

#define ARRANGED ARRANGEMENTS "test.csv"
#define HEAD "old,new,share,date,act,basis,kind,name_vi,name_en,parent\n"

static bool arrange_job(struct work *w, void *argument)
{
        const struct arranging *a = argument;
        struct complaints complaints = { .arena = w->arena, .language = LANGUAGE_EN };
        struct source file = { ARRANGED, a->text, a->text == NULL ? 0 : strlen(a->text) };
        size_t changed;

        return a->text == NULL ? catalogue_withdraw(w, ARRANGED, &complaints) : catalogue_load(w, &file, 1, &complaints, &changed);
}

static void arrange(struct desk *d, const char *text)
{
        struct arranging a = { text };

        desk_work(d);
        if (!ledger_write(&d->w, arrange_job, &a))
                fail_msg("%s: %s", d->w.err.context, d->w.err.message);
}

static const char split[] = HEAD "18073,18073,0.6,2026-03-01,Nghị quyết,population 2024,phuong,Thành Sen,Thanh Sen,42\n"
                                 "18073,18074,0.4,2026-03-01,Nghị quyết,population 2024,phuong,Hà Huy Tập,Ha Huy Tap,42\n";
static const char merger[] = HEAD "42,42,1,2026-03-01,Nghị quyết,,tinh,Nghệ Tĩnh,Nghe Tinh,VN\n40,42,1,2026-03-01,Nghị quyết,,,,,\n";

static void a_divided_unit_is_apportioned_by_its_stated_shares(void **state)
{
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        arrange(&d, split);
        report(&d,
               "retail_sales,18073,2026-01,,,10.000001\nretail_sales,18073,2026-04,,,3\nretail_sales,18074,2026-04,,,4\n"
               "markets,18073,2025,,,7\nlabour_yoy,18073,2026-01,,,103\n",
               NULL);
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .boundary = "2026-06-01", .units = { "18073", "18074" }),
                            "retail_sales 18073 2026-01 . 6.000001 published - - estimated: 60% of Thanh Sen by stated shares (population 2024)\n"
                            "retail_sales 18074 2026-01 . 4 published - - estimated: 40% of Thanh Sen by stated shares (population 2024)\n"
                            "retail_sales 18073 2026-04 . 3 published - - .\nretail_sales 18074 2026-04 . 4 published - - .\n");
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .boundary = "2026-01-01", .units = { "18073" }),
                            "retail_sales 18073 2026-01 . 10.000001 published - - .\n"
                            "retail_sales 18073 2026-04 . 7 published - - sum of the 2 units of that time\n");
        /* a count is a count: 4.2 and 2.8 */
        assert_string_equal(ASK(&d, .indicator = "markets", .boundary = "2026-06-01"),
                            "markets 18073 2025 . 4 published - - estimated: 60% of Thanh Sen by stated shares (population 2024)\n"
                            "markets 18074 2025 . 3 published - - estimated: 40% of Thanh Sen by stated shares (population 2024)\n");
        assert_int_equal(answered.last_mark, MARK_ESTIMATE);
        assert_string_equal(ASK(&d, .indicator = "labour_yoy", .boundary = "2026-06-01"),
                            "labour_yoy 18073 2026-01 TOTAL - - - - not comparable: Thanh Sen was a part of Thanh Sen, and an index or rate of a part is not known\n"
                            "labour_yoy 18074 2026-01 TOTAL - - - - not comparable: Ha Huy Tap was a part of Thanh Sen, and an index or rate of a part is not known\n");
        desk_close(&d);
}

static void rates_of_merged_units_come_from_levels_or_weights(void **state)
{
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        arrange(&d, merger);
        /* 42 grew by 5.02 % from 100, 40 by 8 % from 300: together (5.02 + 24) / 400 = 7.255 % */
        report(&d,
               "grdp,42,2024,,,100\ngrdp,40,2024,,,300\ngrdp_growth,42,2025,,,5.02\ngrdp_growth,40,2025,,,8\n"
               "grdp_growth,42,2024,,,5\ngrdp_growth,40,2024,,,7\n"
               "industrial_land_area,42,2025,,,640\nindustrial_land_area,40,2025,,,360\ncluster_land_leased,42,2025,,,482\ncluster_land_leased,40,2025,,,18\n"
               "occupancy_rate,42,2025,,,75.3125\noccupancy_rate,40,2025,,,5\nretail_sales,42,2026-04,,,9\niip_yoy,42,2026-04,,,101\n",
               NULL);
        assert_string_equal(ASK(&d, .indicator = "grdp_growth", .boundary = "2026-06-01"),
                            "grdp_growth 42 2024 tong_so - - - - not comparable: missing the weight (GRDP, 2010 prices) of Nghe An for 2023\n"
                            "grdp_growth 42 2025 tong_so 7.255 published - - mean of the 2 units of that time, weighted by GRDP, 2010 prices\n");
        assert_string_equal(ASK(&d, .indicator = "occupancy_rate", .boundary = "2026-06-01"),
                            "occupancy_rate 42 2025 . 50 published - - computed anew from levels: cluster_land_leased / industrial_land_area * 100\n");
        assert_int_equal(answered.last_mark, MARK_NONE);
        /* (1.5 x 100 + 2.5 x 300) / 400 = 2.25: as firm as the least firm rate; what lacks its levels is not comparable. */
        report(&d,
               "grdp,42,2022,,,100\ngrdp,40,2022,,,300\ngrdp_growth,42,2023,,,1.5,,estimate\ngrdp_growth,40,2023,,,2.5,submitted\n"
               "leverage_ratio,42,2025,,,2\nleverage_ratio,40,2025,,,3\noccupancy_rate,42,2024,,,70\nindustrial_land_area,42,2024,,,100\n"
               "industrial_land_area,40,2024,,,100\noccupancy_rate,42,2023,,,70\nindustrial_land_area,42,2023,,,100,submitted\nindustrial_land_area,40,2023,,,100\n"
               "cluster_land_leased,42,2023,,,30\ncluster_land_leased,40,2023,,,10,,estimate\noccupancy_rate,42,2022,,,70\n"
               "industrial_land_area,42,2022,,,0\nindustrial_land_area,40,2022,,,0\ncluster_land_leased,42,2022,,,3\ncluster_land_leased,40,2022,,,1\n",
               NULL);
        assert_string_equal(ASK(&d, .indicator = "grdp_growth", .boundary = "2026-06-01", .to = "2023"),
                            "grdp_growth 42 2023 tong_so 2.25 submitted - - mean of the 2 units of that time, weighted by GRDP, 2010 prices\n");
        assert_int_equal(answered.last_mark, MARK_ESTIMATE);
        assert_string_equal(ASK(&d, .indicator = "occupancy_rate", .boundary = "2026-06-01", .to = "2024"),
                            "occupancy_rate 42 2022 . - - - - not comparable: the formula has no value with these levels\n"
                            "occupancy_rate 42 2023 . 20 submitted - - computed anew from levels: cluster_land_leased / industrial_land_area * 100\n"
                            "occupancy_rate 42 2024 . - - - - not comparable: missing Land leased of Nghe Tinh, from which it would be computed\n");
        assert_string_equal(ASK(&d, .indicator = "occupancy_rate", .boundary = "2026-06-01", .from = "2023", .to = "2023"),
                            "occupancy_rate 42 2023 . 20 submitted - - computed anew from levels: cluster_land_leased / industrial_land_area * 100\n");
        assert_int_equal(answered.last_mark, MARK_ESTIMATE);
        assert_string_equal(ASK(&d, .indicator = "leverage_ratio", .boundary = "2026-06-01"),
                            "leverage_ratio 42 2025 . - - - - not comparable: missing Disbursed of Nghe Tinh, from which it would be computed\n");
        /* Products of rates and weights beyond 128 bits. */
        report(&d,
               "grdp,25,2023,,,9223372036854.775807\ngrdp,26,2023,,,9223372036854.775807\ngrdp,17,2023,,,9223372036854.775807\n"
               "grdp_growth,25,2024,,,9223372036854.775807\ngrdp_growth,26,2024,,,9223372036854.775807\ngrdp_growth,17,2024,,,9223372036854.775807\n",
               NULL);
        assert_string_equal(ASK(&d, .indicator = "grdp_growth", .boundary = "2026-01-01", .units = { "25" }),
                            "grdp_growth 25 2024 tong_so - - - - the sum is beyond 64 bits\n");
        /* What the whole has is no part's. */
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .boundary = "2026-01-01", .units = { "42", "40" }),
                            "retail_sales 40 2026-04 . - - - - Nghe Tinh was made of several units, and what part of its figures is that of Nghe An is not known\n"
                            "retail_sales 42 2026-04 . - - - - Nghe Tinh was made of several units, and what part of its figures is that of Ha Tinh is not known\n");
        assert_int_equal((ASK(&d, .indicator = "iip_yoy", .boundary = "2026-01-01"), answered.count), 2);
        /* The same territory under a new name has the same rates, both ways. */
        arrange(&d, NULL);
        arrange(&d, HEAD "01,01,1,2026-03-01,Nghị quyết,,thanh_pho_tw,Thăng Long,Thang Long,VN\n");
        report(&d, "labour_yoy,01,2026-01,,,103\nlabour_yoy,01,2026-04,,,105\n", NULL);
        assert_string_equal(ASK(&d, .indicator = "labour_yoy", .boundary = "2026-06-01", .to = "2026-01"), "labour_yoy 01 2026-01 TOTAL 103 published - - .\n");
        assert_string_equal(ASK(&d, .indicator = "labour_yoy", .boundary = "2026-01-01", .from = "2026-04"), "labour_yoy 01 2026-04 TOTAL 105 published - - .\n");
        assert_string_equal(ASK(&d, .indicator = "labour_yoy", .units = { "01" }, .from = "2026-04", .compare = "yoy"),
                            "labour_yoy 01 2026-04 TOTAL 105 published - - Ha Noi has no complete figure for April 2025\n");
        desk_close(&d);
}

/* Any levels, any shares: the parts are the whole, and put together again they are what was reported. */
static void the_parts_of_every_division_are_the_whole(void **state)
{
        static const char *const items[] = { "tong_so", "nong_lam_nghiep_va_thuy_san", "nong_nghiep", "lam_nghiep", "thuy_san", "cong_nghiep_va_xay_dung", "cong_nghiep", "khai_khoang" };
        unsigned seed = 20261127;
        struct desk d;
        long checked = 0;

        (void)state;
        desk_open(&d, "VN");
        for (int round = 0; round < 12; round++) {
                char text[4096] = HEAD, block[4096] = "", *t = text + strlen(text), *b = block;
                int parts = 2 + (int)((seed = seed * 1664525u + 1013904223u) >> 16) % 5;
                long left = SHARES_WHOLE;
                int64_t level[8], sum[8] = { 0 };

                for (int i = 0; i < parts; i++) {
                        long share = i == parts - 1 ? left : 1 + (long)((seed = seed * 1664525u + 1013904223u) >> 8) % (left - (parts - 1 - i));

                        left -= share;
                        t += sprintf(t, "18073,%05d,%ld.%06ld,2026-03-01,act,%s,phuong,Phần %d,Part %d,42\n", 18073 + i, share / SHARES_WHOLE,
                                     share % SHARES_WHOLE, "area", i, i);
                }
                for (int i = 0; i < 8; i++) {
                        char value[DECIMAL_TEXT_MAX];

                        level[i] = (int64_t)((seed = seed * 1664525u + 1013904223u) % 2000001u) * (i == 7 ? 1000000007 : 1) - 1000000;
                        decimal_write(value, level[i], 6);
                        b += sprintf(b, "grdp,18073,2025,%s,,%s\n", items[i], value);
                }
                report(&d, block, NULL);
                arrange(&d, text);
                ASK(&d, .indicator = "grdp", .boundary = "2026-06-01");
                assert_int_equal(answered.count, parts * 8);
                for (const char *line = answered.text; *line != '\0'; line = strchr(line, '\n') + 1) {
                        char code[16], item[64], value[64];
                        int64_t v;
                        size_t position;

                        assert_int_equal(sscanf(line, "grdp %15s 2025 %63s %63s", code, item, value), 3);
                        assert_int_equal(decimal_read(value, strlen(value), 6, &v, &position), DECIMAL_OK);
                        for (int i = 0; i < 8; i++)
                                if (strcmp(item, items[i]) == 0) {
                                        sum[i] += v;
                                        checked++;
                                }
                }
                for (int i = 0; i < 8; i++)
                        assert_int_equal(sum[i], level[i]);
                arrange(&d, NULL);
        }
        assert_true(checked >= 12 * 2 * 8);
        desk_close(&d);
}

/* Everything that can be asked, and everything that is kept. */
static char *all_answers(struct desk *d, char hash[HASH_HEX])
{
        static const char *const maps[] = { NULL, "2024-12-31", "2026-01-01", "2026-06-01" };
        struct buf all;
        char *text;

        buf_init(&all, 0);
        for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
                buf_text(&all, ASK(d, .boundary = maps[i]));
                buf_text(&all, ASK(d, .boundary = maps[i], .units = { "42", "40", "VN" }, .indicator = "retail_sales"));
                buf_text(&all, ASK(d, .boundary = maps[i], .units = { "42" }, .children = true, .compare = "yoy", .indicator = "retail_sales"));
        }
        desk_work(d);
        assert_true(ledger_state(&d->w, NULL, hash));
        text = strdup(all.data);
        buf_clear(&all);
        return text;
}

static void a_change_withdrawn_leaves_every_answer_as_it_was(void **state)
{
        static const char *const changes[] = { split, merger };
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        report(&d,
               "retail_sales,18073,2026-01,,,10.000001\nretail_sales,18073,2026-04,,,3\nretail_sales,42,2025-02,,,5\n"
               "retail_sales,40,2025-02,,,5.5\nretail_sales,42,2026-04,,,8\ngrdp_growth,42,2025,,,5.02\niip_yoy,42,2026-04,,,101\n",
               NULL);
        for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
                char before_state[HASH_HEX], meanwhile_state[HASH_HEX], after_state[HASH_HEX];
                char *before = all_answers(&d, before_state), *meanwhile, *after;
                int64_t entries;

                arrange(&d, changes[i]);
                meanwhile = all_answers(&d, meanwhile_state);
                assert_string_not_equal(meanwhile, before);
                assert_string_not_equal(meanwhile_state, before_state);
                arrange(&d, NULL);
                after = all_answers(&d, after_state);
                assert_string_equal(after, before);
                assert_string_equal(after_state, before_state);
                desk_work(&d);
                if (!ledger_rebuild_check(&d.w, &entries))
                        fail_msg("%s", d.w.err.message);
                free(before);
                free(meanwhile);
                free(after);
        }
        {
                struct arranging none = { NULL };

                desk_work(&d);
                assert_false(ledger_write(&d.w, arrange_job, &none));
                assert_int_equal(d.w.err.code, ERR_MISSING);
        }
        desk_close(&d);
}

/* ---- pages of a list --------------------------------------------------------------------------------------------- */

static void pages_give_every_row_once(void **state)
{
        struct desk d;
        struct buf all;
        char *whole;
        struct ask ask = { .limit = 3 };
        char after[512] = "";
        int pages = 0;

        (void)state;
        desk_open(&d, "VN");
        report(&d,
               "export_value,42,2021,,,1\nexport_value,42,2021,ca_phe,,2\nexport_value,25,2021,,,3\n"
               "export_value,42,2020,,,4\nretail_sales,42,2021,,,5\nretail_sales,42,2021-01,,,6\niip_yoy,VN,2021-01,B,,7\n"
               "iip_yoy,VN,2021-01,,,8\n",
               NULL);
        whole = strdup(answer_to(&d, (struct ask){ 0 }));
        buf_init(&all, 0);
        for (;;) {
                const char *page;

                ask.after = after;
                page = answer_to(&d, ask);
                if (*page == '\0')
                        break;
                buf_text(&all, page);
                snprintf(after, sizeof after, "%s", answered.last_key);
                pages++;
        }
        assert_int_equal(pages, 3);
        assert_string_equal(all.data, whole);
        buf_clear(&all);
        free(whole);
        desk_close(&d);
}

static void a_question_that_makes_no_sense_is_refused(void **state)
{
        static const char *units[] = { "42", "no such" };
        static const struct {
                struct figure_query query;
                const char *word;
        } cases[] = {
                { { .from = FREQUENCY_MONTH * 1000000 + 202101, .to = FREQUENCY_YEAR * 1000000 + 202100 }, "months, quarters or years" },
                { { .units = units, .unit_count = 2 }, "there never was a unit" },
                { { .after = "export_value" }, "not a place to go on from" },
                { { .after = "export_value|2021-13|42||" }, "not a place to go on from" },
                { { .after = "export_value|2021|no such||" }, "not a place to go on from" },
                { { .after = "export_value|2021|42|||1|1" }, "not a place to go on from" },
        };
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct figure_query q = cases[i].query;

                desk_work(&d);
                answered.length = 0;
                assert_true(db_begin(d.w.db));
                if (figures_read(&d.w, &q, note_row, &answered) || strstr(d.w.err.message, cases[i].word) == NULL)
                        fail_msg("case %zu: \"%s\" instead of \"%s\"", i, d.w.err.message, cases[i].word);
                assert_int_equal(answered.length, 0);
                db_rollback(d.w.db);
        }
        desk_close(&d);
}

/* ---- single values and approval ------------------------------------------------------------------------------------ */

struct approve {
        int64_t entry;
        const char *block;
};

static bool approve(struct work *w, void *argument)
{
        const struct approve *a = argument;
        const struct entry *e = ledger_entry(w, a->entry);

        return figures_set_status(w, a->entry, a->block, strlen(a->block), STATUS_PUBLISHED, stamp_moment(e->at));
}

static void approval_moves_a_figure_and_its_total(void **state)
{
        static const char block[] = "retail_sales,25,2021-12,,,11\n";
        struct figure_row row;
        struct approve a = { .block = block };
        const struct indicator *i;
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        assert_true(try_report(&d, block, "submitted", NULL));
        desk_work(&d);
        i = indicator_find(catalogue_of(&d.w), "retail_sales");
        assert_true(figure_get(&d.w, i, unit_read(catalogue_of(&d.w), "25", day_of(2021, 12, 31)),
                               period_make(FREQUENCY_MONTH, 2021, 12), "", "", 0, &row));
        assert_int_equal(row.status, STATUS_SUBMITTED);
        assert_int_equal(row.value, 11 * decimal_power[i->decimals]);
        {
                /* Of figures that wait, for nobody knows their indicator yet, or were refused, there is nothing whose state could change. */
                static const char *const unplaced[] = { "no_such,25,2021-12,,,11\n", "retail_sales,25,2021-12,,,eleven\n" };

                for (size_t n = 0; n < sizeof unplaced / sizeof *unplaced; n++) {
                        struct approve other = { row.entry, unplaced[n] };

                        desk_work(&d);
                        assert_true(ledger_write(&d.w, approve, &other));
                        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "VN", "25" }, .is_public = true), "");
                }
        }
        a.entry = row.entry;
        desk_work(&d);
        if (!ledger_write(&d.w, approve, &a))
                fail_msg("%s", d.w.err.message);
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "VN", "25" }, .is_public = true),
                            "retail_sales VN 2021-12 . 11 published - - sum of 1 of 63 units\n"
                            "retail_sales 25 2021-12 . 11 published - - .\n");
        assert_totals_equal_recomputation(&d);
        desk_close(&d);
}

/* ---- answers as series ------------------------------------------------------------------------------------ */

static void an_answer_is_put_into_series_with_its_gaps(void **state)
{
        struct desk d;
        struct figure_query q = { 0 };
        struct series_set set;

        (void)state;
        desk_open(&d, "VN");
        report(&d, "electricity_sold,42,2023-11,,,10\nelectricity_sold,42,2024-02,,,12.5\nelectricity_sold,40,2024-01,,,7\n"
                   "electricity_sold,42,2024,,,150\nelectricity_sold,40,2024-Q1,,,21\n", "2024-03-01");
        report(&d, "electricity_sold,42,2024-02,,,13\n", "2024-04-01");
        desk_work(&d);
        q.indicators = arena_array(d.w.arena, 1, sizeof *q.indicators);
        q.indicators[0] = indicator_find(catalogue_of(&d.w), "electricity_sold");
        q.indicator_count = 1;
        q.units = arena_array(d.w.arena, 2, sizeof *q.units);
        q.units[0] = "40";
        q.units[1] = "42";
        q.unit_count = 2;
        assert_true(db_begin(d.w.db));
        assert_true(series_read(&d.w, &q, FREQUENCY_MONTH, &set));
        assert_int_equal(set.count, 2);
        assert_int_equal(set.from, period_make(FREQUENCY_MONTH, 2023, 11));
        assert_int_equal(set.periods, 4);
        assert_int_equal(set.known_from, moment_of_day(day_of(2024, 4, 1)));
        assert_string_equal(set.list[0].unit->code, "42"); /* it begins first */
        assert_int_equal(set.list[0].value[0], 10000000);
        assert_int_equal(set.list[0].value[1], OUTLIER_MISSING);
        assert_int_equal(set.list[0].value[2], OUTLIER_MISSING);
        assert_int_equal(set.list[0].value[3], 13000000);
        assert_int_equal(set.list[1].value[0], OUTLIER_MISSING);
        assert_int_equal(set.list[1].value[2], 7000000);
        q.known = moment_of_day(day_of(2024, 3, 15));
        assert_true(series_read(&d.w, &q, FREQUENCY_MONTH, &set));
        assert_int_equal(set.list[0].value[3], 12500000);
        q.known = 0;
        assert_true(series_read(&d.w, &q, FREQUENCY_QUARTER, &set));
        assert_int_equal(set.count, 1);
        assert_int_equal(set.periods, 1);
        q.from = q.to = period_make(FREQUENCY_MONTH, 2020, 1);
        assert_true(series_read(&d.w, &q, FREQUENCY_MONTH, &set));
        assert_int_equal(set.count, 0);
        assert_int_equal(set.periods, 0);
        /* What has no value is no point, and years are none between months. */
        q.from = PERIOD_NONE;
        q.to = period_make(FREQUENCY_YEAR, 2024, 0);
        assert_true(series_read(&d.w, &q, FREQUENCY_MONTH, &set));
        assert_int_equal(set.count, 0);
        db_rollback(d.w.db);
        report(&d, "electricity_sold,42,2024-03,,,9000000000000\nelectricity_sold,40,2024-03,,,9000000000000\nelectricity_sold,40,2024-02,,,1\n", NULL);
        desk_work(&d);
        q = (struct figure_query){ .indicator_count = 1, .unit_count = 1 };
        q.indicators = arena_array(d.w.arena, 1, sizeof *q.indicators);
        q.indicators[0] = indicator_find(catalogue_of(&d.w), "electricity_sold");
        q.units = arena_array(d.w.arena, 1, sizeof *q.units);
        q.units[0] = "VN";
        assert_true(db_begin(d.w.db));
        assert_true(series_read(&d.w, &q, FREQUENCY_MONTH, &set));
        assert_int_equal(set.count, 1);
        assert_int_equal(set.periods, 4); /* 2023-11 to 2024-02 */
        assert_int_equal(set.list[0].value[3], 14000000);
        db_rollback(d.w.db);
        { /* a series for each district, over a thousand years: more than there is room for, and said before any is taken */
                const struct unit **districts;
                struct buf block;
                size_t count;

                desk_work(&d);
                districts = arena_array(d.arena, 2048, sizeof *districts);
                count = unit_list(catalogue_of(&d.w), LEVEL_DISTRICT, day_of(2004, 1, 31), districts, 2048);
                buf_init(&block, 0);
                for (size_t i = 0; i < count; i++)
                        buf_print(&block, "retail_sales,%s,2004-01,,,1\n", districts[i]->code);
                buf_text(&block, "retail_sales,42,2999-12,,,1\n");
                report(&d, block.data, NULL);
                buf_clear(&block);
                desk_work(&d);
                q = (struct figure_query){ .indicator_count = 1 };
                q.indicators = arena_array(d.w.arena, 1, sizeof *q.indicators);
                q.indicators[0] = indicator_find(catalogue_of(&d.w), "retail_sales");
                assert_true(db_begin(d.w.db));
                assert_false(series_read(&d.w, &q, FREQUENCY_MONTH, &set));
                assert_int_equal(d.w.err.code, ERR_TOO_BIG);
                assert_string_equal(d.w.err.message, "these are too many series at once");
                db_rollback(d.w.db);
        }
        desk_close(&d);
}

/* ---- growth ----------------------------------------------------------------------------------------------- */

static const struct growth_line *growth_line(const struct growth_table *t, const char *code)
{
        for (size_t i = 0; i < t->count; i++)
                if (strcmp(t->lines[i].code, code) == 0)
                        return &t->lines[i];
        fail_msg("no line %s", code);
        return NULL;
}

static struct growth_table *growth_of_42(struct desk *d, const char *year)
{
        const struct unit *u;
        struct growth_table *t;
        period p;

        assert_true(period_read(year, strlen(year), &p));
        desk_work(d);
        u = unit_read(catalogue_of(&d->w), "42", period_last(p));
        assert_true(db_begin(d->w.db));
        t = growth_read(&d->w, GROWTH_OF_PRODUCT, u, p, 0);
        db_rollback(d->w.db);
        assert_non_null(t);
        return t;
}

/* Growth needs the level of the whole and its base: what is lacking is named, and nothing is made up from a part. */
static void growth_without_its_levels_says_which_are_missing(void **state)
{
        period list[16];
        size_t count;
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        report(&d,
               "grdp,42,2016-Q1,,,9000000000000\ngrdp,42,2016-Q2,,,9000000000000\ngrdp,42,2016-Q3,,,9000000000000\ngrdp,42,2016-Q4,,,9000000000000\n"
               "grdp,42,2017,,,100\ngrdp,42,2018,dich_vu,,40\ngrdp,42,2019,,,105\ngrdp,42,2019,dich_vu,,42\n"
               "grdp,42,2020-Q1,,,25\ngrdp,42,2020-Q2,,,26\ngrdp,42,2020-Q3,,,27\ngrdp,42,2020-Q4,,,32.25\n"
               "grdp,42,2020-Q1,dich_vu,,10\ngrdp,42,2020-Q2,dich_vu,,10\ngrdp,42,2020-Q3,dich_vu,,11\ngrdp,42,2020-Q4,dich_vu,,15.2\n"
               "grdp,18073,2021,,,3\ngrdp_growth,42,2019,,,5\n",
               NULL);
        assert_string_equal(growth_of_42(&d, "2017")->lines[0].missing, "missing: Gross regional domestic product at constant 2010 prices of Total, 2016");
        assert_string_equal(growth_line(growth_of_42(&d, "2019"), "dich_vu")->missing, "missing: Gross regional domestic product at constant 2010 prices, whole, 2018");
        {
                /* 110.25 / 105 = 5 %; services 46.2 - 42 = 4.2 of 105 = 4 points */
                const struct growth_table *t = growth_of_42(&d, "2020");

                assert_int_equal(t->lines[0].source, GROWTH_COMPUTED);
                assert_int_equal(t->lines[0].points, 5 * decimal_power[STATS_DECIMALS]);
                assert_int_equal(growth_line(t, "dich_vu")->points, 4 * decimal_power[STATS_DECIMALS]);
        }
        /* One ward of the province has reported for 2021: that is no level of the province. */
        assert_int_equal(growth_of_42(&d, "2021")->lines[0].source, GROWTH_UNKNOWN);
        assert_string_equal(growth_of_42(&d, "2021")->lines[0].missing, "missing: Gross regional domestic product at constant 2010 prices of Total, 2021");
        desk_work(&d);
        assert_true(db_begin(d.w.db));
        assert_int_equal(growth_periods(&d.w, GROWTH_OF_PRODUCT, unit_read(catalogue_of(&d.w), "42", day_of(2019, 12, 31)), 0, list, 16, &count),
                         period_make(FREQUENCY_QUARTER, 2020, 4));
        db_rollback(d.w.db);
        assert_int_equal(count, 10); /* two years and twice four quarters */
        desk_close(&d);
}

/* ---- filters, files of figures ------------------------------------------------------------------------------ */

struct asked_filter {
        const char *name, *value, *word;
};

static const char *filter_value(const void *source, const char *name, int nth)
{
        const struct asked_filter *f = source;

        return nth == 0 && strcmp(name, f->name) == 0 ? f->value : NULL;
}

static bool report_nothing(struct work *w, void *count)
{
        struct figure_writer *out = figures_open(w, "figures/nothing", "a file of its head alone");

        return figures_close(out, count);
}

static void filters_of_another_form_are_refused_and_nothing_is_reported_of_nothing(void **state)
{
        char many[513 * 2 + 1];
        const struct asked_filter cases[] = {
                { "item", many, "item: more than 512 values" },
                { "children", "yes", "children: \"yes\" is neither 0 nor 1" },
                { "status", "printed", "status: \"printed\"" },
                { "compare", "wow", "compare: \"wow\" is not one of" },
                { "boundary", "yesterday", "boundary: \"yesterday\" is neither" },
                { "known", "2021-13-01", "known: \"2021-13-01\" is neither" },
                { "indicator", "no_such", "there is no indicator \"no_such\"" },
        };
        struct figure_query q;
        int64_t count = -1, entries;
        struct desk d;

        (void)state;
        for (size_t i = 0; i < sizeof many - 1; i++)
                many[i] = i % 2 == 0 ? 'x' : ',';
        many[sizeof many - 1] = '\0';
        desk_open(&d, "VN");
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                desk_work(&d);
                if (filter_read(&d.w, filter_value, &cases[i], &q) || strstr(d.w.err.message, cases[i].word) == NULL)
                        fail_msg("%s: \"%s\" instead of \"%s\"", cases[i].name, d.w.err.message, cases[i].word);
        }
        many[512 * 2 - 1] = '\0';
        desk_work(&d);
        assert_true(filter_read(&d.w, filter_value, &cases[0], &q));
        assert_int_equal(q.item_count, 512);
        entries = db_number(d.w.db, "SELECT COUNT(*) FROM ledger_entry", NO_ARGS, -1);
        assert_true(ledger_write(&d.w, report_nothing, &count));
        assert_int_equal(count, 0);
        assert_int_equal(db_number(d.w.db, "SELECT COUNT(*) FROM ledger_entry", NO_ARGS, -1), entries);
        assert_null(figure_own_topic("no such"));
        desk_close(&d);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_figure_comes_back_as_it_was_reported),
                cmocka_unit_test(what_is_known_later_replaces_but_the_past_stays),
                cmocka_unit_test(drafts_and_the_unpublished_are_kept_apart),
                cmocka_unit_test(bad_blocks_change_nothing),
                cmocka_unit_test(entries_of_another_form_are_refused),
                cmocka_unit_test(a_node_reports_only_about_its_own_territory),
                cmocka_unit_test(totals_follow_every_change_at_once),
                cmocka_unit_test(indices_are_never_added),
                cmocka_unit_test(sums_beyond_64_bits_are_said_not_wrapped),
                cmocka_unit_test(totals_equal_recomputation_after_random_reports),
                cmocka_unit_test(what_an_entry_has_seen_is_looked_up_and_not_carried_along),
                cmocka_unit_test(the_better_source_stands_for_reading_and_for_totals),
                cmocka_unit_test(the_order_of_arrival_does_not_matter),
                cmocka_unit_test(each_failing_statement_leaves_a_conflict_and_its_decision_undone),
                cmocka_unit_test(comparisons_give_the_worked_numbers),
                cmocka_unit_test(cumulated_figures_need_every_month),
                cmocka_unit_test(figures_of_merged_units_are_added_on_the_new_map),
                cmocka_unit_test(a_divided_unit_is_apportioned_by_its_stated_shares),
                cmocka_unit_test(rates_of_merged_units_come_from_levels_or_weights),
                cmocka_unit_test(the_parts_of_every_division_are_the_whole),
                cmocka_unit_test(a_change_withdrawn_leaves_every_answer_as_it_was),
                cmocka_unit_test(pages_give_every_row_once),
                cmocka_unit_test(a_question_that_makes_no_sense_is_refused),
                cmocka_unit_test(approval_moves_a_figure_and_its_total),
                cmocka_unit_test(an_answer_is_put_into_series_with_its_gaps),
                cmocka_unit_test(growth_without_its_levels_says_which_are_missing),
                cmocka_unit_test(filters_of_another_form_are_refused_and_nothing_is_reported_of_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
