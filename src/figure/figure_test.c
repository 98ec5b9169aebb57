#include "tests/figure_desk.h"

#include <unistd.h>

#include "base/hex.h"
#include "figure/contest.h"
#include "figure/sources.h"
#include "ledger/ledger_private.h"
#include "ledger/receive.h"

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

/* More rows than are held at once, in no order; each cell's moments twice, far behind each other: the line that comes first counts. */
static void a_block_of_more_rows_than_are_held_at_once_is_taken_as_one(void **state)
{
        enum { ROWS = 40000, MONTHS = 200 };
        char *block = malloc((size_t)ROWS * 60), *bad, *end = block;
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        for (int i = 0; i < ROWS; i++) {
                int n = i * 7919 % (ROWS / 2), month = n % MONTHS, since = n / MONTHS;

                end += sprintf(end, "retail_sales,42,%d-%02d,,,%d,,,%d-%02d-%02d\n", 2005 + month / 12, month % 12 + 1, i < ROWS / 2 ? n : ROWS, 2022 + since / 28 / 12,
                               since / 28 % 12 + 1, since % 28 + 1);
        }
        bad = end - strlen("2022-01-01\n");
        *bad = 'x';
        assert_false(try_report(&d, block, "published", NULL));
        assert_non_null(strstr(d.w.err.message, "line 40000 of the figures"));
        assert_non_null(strstr(d.w.err.message, "is not a moment"));
        desk_work(&d);
        assert_int_equal(db_number(d.w.db, "SELECT COUNT(*) FROM figure", NO_ARGS, -1), 0);
        *bad = '2';
        assert_true(try_report(&d, block, "published", NULL));
        free(block);
        assert_int_equal(db_number(d.w.db, "SELECT COUNT(*) FROM figure", NO_ARGS, -1), ROWS / 2);
        assert_int_equal(db_number(d.w.db, "SELECT COUNT(DISTINCT value) FROM figure", NO_ARGS, -1), ROWS / 2);
        assert_int_equal(db_number(d.w.db, "SELECT MAX(value) FROM figure", NO_ARGS, -1), (ROWS / 2 - 1) * db_number(d.w.db, "SELECT MIN(value) FROM figure WHERE value > 0", NO_ARGS, 0));
        assert_int_equal(db_number(d.w.db, "SELECT figures FROM figure_entry", NO_ARGS, -1), ROWS);
        assert_rebuilds_alike(&d);
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
        static const struct user leader = { "bo-truong", "Minister", ROLE_DIRECTOR, "VN", false };
        static const struct raw cases[] = {
                { "figures.report", "{\"figures\":7}", "its body is not a report of figures" },
                { "figures.report", "{\"status\":\"published\"}", "its body is not a report of figures" },
                { "figures.report", "{\"figures\":\"\",\"status\":\"printed\"}", "its body is not a report of figures" },
                { "figures.report", "{\"figures\":\"\",\"mark\":\"doubtful\"}", "its body is not a report of figures" },
                { "figures.report", "{\"figures\":\"\",\"known_from\":\"2021-02-30\"}", "its body is not a report of figures" },
                { "figures.report", "{\"figures\":\"\",\"measures\":7}", "\"measures\" does not say" },
                { "figures.report", "{\"figures\":\"\",\"measures\":{\"products\":\"t\"}}", "\"measures\" does not say" },
                { "figures.report", "{\"figures\":\"\",\"measures\":{\"products\":{\"t\":\"than\"}}}", "\"measures\" does not say" },
                { "figures.report", "{\"figures\":\"\",\"measures\":{\"products\":{\"t\":[7]}}}", "\"measures\" does not say" },
                { "figures.report", "{\"figures\":\"product_output,VN,2021,than_da_than_sach,,6\\n\",\"measures\":{\"products\":{\"t\":[\"x\",\"than_da_than_sach\"]}}}", "counted in t by the node" },
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
                { "figures.settle", "{\"of\":[\"HASH\"],\"unpublished\":[],\"reason\":\"so\",\"figures\":\"\"}", "\"unpublished\" does not name" },
                { "figures.settle", "{\"of\":[\"HASH\"],\"unpublished\":\"00\",\"reason\":\"so\",\"figures\":\"\"}", "\"unpublished\" does not name" },
                { "figures.settle", "{\"of\":[\"HASH\"],\"unpublished\":[7],\"reason\":\"so\",\"figures\":\"\"}", "\"unpublished\" does not name" },
                { "figures.settle", "{\"of\":[\"HASH\"],\"unpublished\":[\"~00ff\"],\"reason\":\"so\",\"figures\":\"\"}", "\"unpublished\" does not name" },
        };
        char hash[HASH_HEX];
        struct figure_row row;
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        report(&d, "export_value,42,2021,,,5\n", NULL);
        desk_work(&d);
        assert_true(figure_get(&d.w, indicator_find(catalogue_of(&d.w), "export_value"), unit_read(catalogue_of(&d.w), "42", day_of(2021, 12, 31)),
                               period_make(FREQUENCY_YEAR, 2021, 0), "", "", false, 0, &row));
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

/* In one run: what the report says of itself is put off. */
static bool report_and_decide(struct work *w, void *argument)
{
        static const struct user leader = { "bo-truong", "Minister", ROLE_DIRECTOR, "VN", false };
        struct report r = { "export_value,42,2021,,,5\n", "published", NULL, AUDIENCE_ALL, false, NULL };
        struct raw raw = { .kind = "figures.settle" };
        char hash[HASH_HEX];
        struct rows *rows;
        size_t length;

        (void)argument;
        if (!write_report(w, &r))
                return false;
        rows = db_query(w->db, "SELECT hash FROM ledger_entry ORDER BY id DESC LIMIT 1", NO_ARGS);
        assert_true(rows_next(rows));
        hex_write(hash, rows_bytes(rows, 0, &length), HASH_BYTES);
        rows_close(rows);
        w->user = &leader;
        raw.body = arena_print(w->arena, "{\"of\":[\"%s\"],\"reason\":\"so\",\"figures\":\"%s\"}", hash, "export_value,42,2021,,,5\\n");
        return write_raw(w, &raw);
}

static bool run_both(struct work *w, void *argument)
{
        return ledger_run(w, report_and_decide, argument);
}

static void a_decision_finds_the_report_that_came_just_before_it(void **state)
{
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        desk_work(&d);
        if (!ledger_write(&d.w, run_both, NULL))
                fail_msg("%s (%s)", d.w.err.message, d.w.err.context);
        desk_work(&d);
        assert_int_equal(db_number(d.w.db, "SELECT COUNT(*) FROM figure_entry", NO_ARGS, 0), 2);
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
                all = arena_print(d->arena, "%s%s %s %s %s\n", all, value, s->source[n].stands ? "*" : "-", difference, s->source[n].said);
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
        report_from(&d, "electricity_sold,25,2021-12,,,1", "2022-01-20", "Cục Thống kê Phú Thọ");
        report_from(&d, "electricity_sold,25,2021-12,,,2", "2022-01-20", "Hải quan: biểu tháng");
        report_from(&d, "electricity_sold,17,2021-12,,,2", "2022-01-20", "Hải quan: biểu tháng");
        report_from(&d, "electricity_sold,17,2021-12,,,1", "2022-01-20", "Cục Thống kê Hòa Bình");
        assert_string_equal(sources_told(&d, "electricity_sold", "25", ""),
                            "2 * 0 Hải quan: biểu tháng\n1 - -1 Cục Thống kê Phú Thọ\nwidest 1: of one priority (40), known from the same day: the one recorded last stands\n");
        assert_string_equal(sources_told(&d, "electricity_sold", "17", ""),
                            "1 * 0 Cục Thống kê Hòa Bình\n2 - 1 Hải quan: biểu tháng\nwidest 1: of one priority (40), known from the same day: the one recorded last stands\n");
        assert_string_equal(sources_told(&d, "retail_sales", "42", ""), "");
        /* what ranks as the administration's own is one source whatever it calls itself, shown by its newest name */
        report_from(&d, "electricity_sold,66,2021-12,,,5", "2022-01-10", "Sở Công Thương Đắk Lắk");
        report_from(&d, "electricity_sold,66,2021-12,,,6", "2022-01-20", "Hiệp hội Năng lượng");
        assert_string_equal(sources_told(&d, "electricity_sold", "66", ""), "6 * 0 Hiệp hội Năng lượng\n");
        {
                struct cell_source one = { .source = "" }, other = { .source = "x" };

                assert_string_equal(sources_rule_said(&d.w, &one, &other), "the newest stands: the catalogue ranks no sources");
        }
        desk_work(&d);
        differing = "";
        assert_true(sources_disagree(&d.w, NULL, NULL, PERIOD_NONE, PERIOD_NONE, false, note_differing, NULL));
        assert_string_equal(differing, "electricity_sold 17 ;electricity_sold 25 ;electricity_sold 26 ;electricity_sold 40 ;electricity_sold 42 ;export_value 42 ca_phe;export_value 42 cao_su;");
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
        return names != NULL && count == 1 && contest_settle(w, names[0], choice, 1, "the second report is right", false);
}

/* Two nodes of one unit sent two reports that differ: the decision belongs to neither of them. Of one report alone it stands beside that. */
static void two_reports_are_settled_beside_both(struct desk *d, struct desk *one, struct desk *other)
{
        static const struct user leader = { "bo-truong", "Minister", ROLE_DIRECTOR, "VN", false };
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

/* Whatever is recorded again, of what was asked as of a moment before it the answer stays; and totals are those of the cells. */
static void what_was_known_before_a_correction_stays(void **state)
{
        enum { STEPS = 40 };
        static const char *const sources[] = { NULL, "Tổng cục Thống kê: biểu tháng", "Hải quan: biểu tháng", "VnEconomy" };
        char *told[STEPS] = { 0 }, moments[STEPS][MOMENT_TEXT_MAX];
        struct desk d;
        unsigned seed = 11;
        char body[200], known[16];

        (void)state;
        desk_open(&d, "VN");
        for (size_t s = 0; s < sizeof sources / sizeof *sources; s++) /* what is recorded for the first time belongs to the past that it names */
                for (int k = 1; k <= 3; k++) {
                        snprintf(body, sizeof body, "export_value,42,2021-01,,,%u\nexport_value,40,2021-01,,,%u\n", next_random(&seed) % 9, next_random(&seed) % 9);
                        snprintf(known, sizeof known, "2022-01-0%d", k);
                        report_from(&d, body, known, sources[s]);
                }
        for (int i = 0; i < STEPS; i++) {
                bool is_anew = next_random(&seed) % 8 == 0; /* known from its entry */

                usleep(2000); /* moments are milliseconds */
                desk_work(&d);
                moment_write(moments[i], d.w.now);
                told[i] = strdup(ASK(&d, .indicator = "export_value", .units = { "VN" }, .children = true, .known = moments[i]));
                usleep(2000);
                snprintf(body, sizeof body, "export_value,%d,2021-01,,,%u\n", next_random(&seed) % 2 == 0 ? 42 : 40, next_random(&seed) % 9);
                snprintf(known, sizeof known, "2022-01-0%u", 1 + next_random(&seed) % 3);
                report_from(&d, body, is_anew ? NULL : known, sources[next_random(&seed) % 4]);
        }
        for (int i = 0; i < STEPS; i++) {
                assert_string_equal(ASK(&d, .indicator = "export_value", .units = { "VN" }, .children = true, .known = moments[i]), told[i]);
                free(told[i]);
        }
        assert_totals_equal_recomputation(&d);
        assert_rebuilds_alike(&d);
        desk_close(&d);
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

        return names != NULL && count == 1 && contest_settle(w, names[0], choice, 2, "as the customs say", true);
}

/* A choice for one cell, as if there were no other. */
static bool settle_few(struct work *w, void *argument)
{
        size_t count;
        const char **names = contest_names(w, true, 1, &count);

        return names != NULL && count == 1 && contest_settle(w, names[0], argument, 1, "as the customs say", true);
}

static bool note_contested(struct work *w, const struct figure_row *r, void *context)
{
        (void)w;
        *(int *)context += r->is_contested;
        return true;
}

static bool note_contested_totals(struct work *w, const struct figure_row *r, void *context)
{
        (void)w;
        *(int *)context += r->total_contested;
        return true;
}

/* Figures that are contested, in the totals of the country. */
static int count_contested_in_totals(struct desk *d)
{
        const char *units[] = { "VN" };
        struct figure_query q = { .marks_contests = true, .units = units, .unit_count = 1 };
        int count = 0;

        desk_work(d);
        assert_true(figures_read(&d->w, &q, note_contested_totals, &count));
        return count;
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
        static const struct user leader = { "giam-doc", "Director", ROLE_DIRECTOR, "42", false };
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
        assert_int_equal(count_contested_in_totals(&home), 2);
        {
                int few[] = { 0 }, none[] = { 2, 0 };
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
                desk_work(&home);
                home.w.user = &leader;
                assert_false(ledger_write(&home.w, settle_first, none));
                assert_string_equal(home.w.err.message, "there is no such version of this figure");
        }
        fail_each_statement(&home, settle_first, choice, &leader);
        desk_work(&home);
        assert_int_equal(contests_open(&home.w), 0);
        assert_int_equal(count_contested(&home), 0);
        assert_int_equal(count_contested_in_totals(&home), 0);
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

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_figure_comes_back_as_it_was_reported),
                cmocka_unit_test(what_is_known_later_replaces_but_the_past_stays),
                cmocka_unit_test(drafts_and_the_unpublished_are_kept_apart),
                cmocka_unit_test(bad_blocks_change_nothing),
                cmocka_unit_test(a_block_of_more_rows_than_are_held_at_once_is_taken_as_one),
                cmocka_unit_test(entries_of_another_form_are_refused),
                cmocka_unit_test(a_decision_finds_the_report_that_came_just_before_it),
                cmocka_unit_test(a_node_reports_only_about_its_own_territory),
                cmocka_unit_test(totals_follow_every_change_at_once),
                cmocka_unit_test(indices_are_never_added),
                cmocka_unit_test(sums_beyond_64_bits_are_said_not_wrapped),
                cmocka_unit_test(totals_equal_recomputation_after_random_reports),
                cmocka_unit_test(what_an_entry_has_seen_is_looked_up_and_not_carried_along),
                cmocka_unit_test(the_better_source_stands_for_reading_and_for_totals),
                cmocka_unit_test(what_was_known_before_a_correction_stays),
                cmocka_unit_test(the_order_of_arrival_does_not_matter),
                cmocka_unit_test(each_failing_statement_leaves_a_conflict_and_its_decision_undone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
