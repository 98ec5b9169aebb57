#include "tests/figure_desk.h"

#include "figure/filter.h"
#include "figure/growth.h"
#include "figure/own.h"
#include "figure/series.h"
#include "stats/compare.h"

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
                            "export_value VN 2020 tong_tri_gia 1200 published - - sum of 1 of 63 units; this is the whole\n"
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

static bool load_job(struct work *w, void *file)
{
        struct complaints complaints = { .arena = w->arena, .language = LANGUAGE_EN };
        size_t changed;

        return catalogue_load(w, file, 1, NULL, &complaints, &changed);
}

/* Coal is counted in tonnes from a day on, before in thousands of them. False and an error: that is refused. */
static bool coal_in_tonnes(struct desk *d, const char *last, const char *first)
{
        static const char coal[] = "than_da_than_sach,,Than đá (than sạch),Coal (clean),nghìn tấn,thousand tonnes,,";
        const char *text = shipped_file("classifications/products.csv"), *at = strstr(text, coal);
        struct source file = { .path = "classifications/products.csv" };
        struct buf b;
        bool ok;

        assert_non_null(at);
        buf_init(&b, 0);
        buf_put(&b, text, (size_t)(at - text));
        if (*last != '\0')
                buf_print(&b, "%s%s\n", coal, last);
        buf_print(&b, "than_da_than_sach,,Than đá (than sạch),Coal (clean),tấn,tonnes,%s,", first);
        buf_text(&b, at + strlen(coal));
        file.text = b.data;
        file.length = b.length;
        desk_work(d);
        ok = ledger_write(&d->w, load_job, &file);
        buf_clear(&b);
        return ok;
}

#define COAL(...) ASK(&d, .indicator = "product_output", .units = { "42" }, .item = "than_da_than_sach", __VA_ARGS__)

/* What is held stays in the unit of measure it was written in: an item is counted otherwise from a day on of which nothing is held. */
static void figures_keep_the_unit_of_measure_they_were_written_in(void **state)
{
        static const char *const refused[][2] = { { "", "" }, { "2024-06-30", "2024-07-01" }, { "2024-07-30", "2024-07-31" }, { "2023-12-31", "2024-01-01" } };
        static const char *const none[] = { NULL };
        static const struct catalogue_dependent figures = { .kind_prefixes = none, .tables = none, .held = figures_held };
        struct desk d;

        (void)state;
        catalogue_register_dependent(&figures);
        desk_open(&d, "VN");
        report(&d, "product_output,42,2024-06,than_da_than_sach,,6\nproduct_output,42,2024-07,than_da_than_sach,,7\nproduct_output,42,2024-Q2,dau_mo_tho_khai_thac,,1\n", NULL);
        for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
                if (coal_in_tonnes(&d, refused[i][0], refused[i][1]))
                        fail_msg("accepted from \"%s\" on", refused[i][1]);
                assert_non_null(strstr(d.w.err.message, "\"than_da_than_sach\" has figures of \"product_output\" up to 2024-07 in nghìn tấn, which would be told in tấn"));
        }
        assert_true(coal_in_tonnes(&d, "2024-07-31", "2024-08-01"));
        report(&d, "product_output,42,2024-08,than_da_than_sach,,8000\n", NULL);
        assert_string_equal(COAL(.from = "2024-07", .to = "2024-08", .compare = "mom"),
                            "product_output 42 2024-07 than_da_than_sach 7 published 6 16.666667 .\n"
                            "product_output 42 2024-08 than_da_than_sach 8000 published - - different units of measure: thousand tonnes (July 2024), tonnes (August 2024)\n");
        desk_close(&d);
}

static void different_units_of_measure_are_neither_added_nor_compared(void **state)
{
        struct desk d;
        struct figure_query q = { 0 };
        struct series_set set;

        (void)state;
        desk_open(&d, "VN");
        assert_true(coal_in_tonnes(&d, "2024-06-30", "2024-07-01"));
        report(&d,
               "product_output,42,2023-05,than_da_than_sach,,4\nproduct_output,42,2023-06,than_da_than_sach,,5\nproduct_output,42,2023-07,than_da_than_sach,,6\n"
               "product_output,42,2024-05,than_da_than_sach,,5\nproduct_output,42,2024-06,than_da_than_sach,,6\nproduct_output,42,2024-07,than_da_than_sach,,7000\n"
               "product_output,42,2024-08,than_da_than_sach,,7700\nproduct_output,42,2023-Q1,than_da_than_sach,,3\nproduct_output,42,2023-Q2,than_da_than_sach,,4\n"
               "product_output,42,2024-Q1,than_da_than_sach,,4\nproduct_output,42,2024-Q2,than_da_than_sach,,5\nproduct_output,42,2024-Q3,than_da_than_sach,,6000\n"
               "product_output,VN,2024-07,than_da_than_sach,,70000\nproduct_output,42,2024-07,,,9\nproduct_output,42,2024-07,dau_mo_tho_khai_thac,,1\n"
               "product_output,42,2023-07,dau_mo_tho_khai_thac,,2\n",
               NULL);
        assert_string_equal(COAL(.from = "2024-06", .to = "2024-08", .compare = "mom"),
                            "product_output 42 2024-06 than_da_than_sach 6 published 5 20 .\n"
                            "product_output 42 2024-07 than_da_than_sach 7000 published - - different units of measure: thousand tonnes (June 2024), tonnes (July 2024)\n"
                            "product_output 42 2024-08 than_da_than_sach 7700 published 7000 10 .\n");
        assert_string_equal(COAL(.from = "2024-06", .to = "2024-07", .compare = "yoy"),
                            "product_output 42 2024-06 than_da_than_sach 6 published 5 20 .\n"
                            "product_output 42 2024-07 than_da_than_sach 7000 published - - different units of measure: thousand tonnes (July 2023), tonnes (July 2024)\n");
        assert_string_equal(COAL(.from = "2024-Q2", .compare = "ytd"),
                            "product_output 42 2024-Q2 than_da_than_sach 9 published - - .\n"
                            "product_output 42 2024-Q3 than_da_than_sach - published - - different units of measure: thousand tonnes (Q1 2024), tonnes (Q3 2024)\n");
        assert_string_equal(COAL(.from = "2024-Q2", .compare = "ytd_yoy"),
                            "product_output 42 2024-Q2 than_da_than_sach 9 published 7 28.571429 .\n"
                            "product_output 42 2024-Q3 than_da_than_sach - published - - different units of measure: thousand tonnes (Q1 2024), tonnes (Q3 2024)\n");
        report(&d, "product_output,40,2024-Q1,than_da_than_sach,,1\nproduct_output,40,2025-Q1,than_da_than_sach,,900\n", NULL);
        assert_string_equal(ASK(&d, .indicator = "product_output", .units = { "40" }, .from = "2025-Q1", .compare = "ytd_yoy"),
                            "product_output 40 2025-Q1 than_da_than_sach 900 published - - different units of measure: thousand tonnes (Q1 2024), tonnes (Q1 2025)\n");
        /* Nobody says in what the whole of products is counted. */
        assert_string_equal(COAL(.from = "2024-07", .to = "2024-07", .compare = "share"),
                            "product_output 42 2024-07 than_da_than_sach 7000 published - - different units of measure: none stated (the whole), tonnes (the item)\n");
        assert_string_equal(COAL(.from = "2024-07", .to = "2024-07", .compare = "contribution"),
                            "product_output 42 2024-07 than_da_than_sach 7000 published - - there is no figure for July 2023\n");
        report(&d, "product_output,42,2023-07,,,8\n", NULL);
        assert_string_equal(COAL(.from = "2024-07", .to = "2024-07", .compare = "contribution"),
                            "product_output 42 2024-07 than_da_than_sach 7000 published - - different units of measure: thousand tonnes (July 2023), tonnes (July 2024)\n");
        assert_string_equal(ASK(&d, .indicator = "product_output", .units = { "42" }, .item = "dau_mo_tho_khai_thac", .from = "2024-07", .to = "2024-07", .compare = "yoy"),
                            "product_output 42 2024-07 dau_mo_tho_khai_thac 1 published 2 -50 .\n");
        /* A series is of one unit of measure: that of the months before ends where the other begins. */
        desk_work(&d);
        q.indicators = arena_array(d.w.arena, 1, sizeof *q.indicators);
        q.indicators[0] = indicator_find(catalogue_of(&d.w), "product_output");
        q.indicator_count = 1;
        q.items = arena_array(d.w.arena, 1, sizeof *q.items);
        q.items[0] = "than_da_than_sach";
        q.item_count = 1;
        q.units = arena_array(d.w.arena, 1, sizeof *q.units);
        q.units[0] = "42";
        q.unit_count = 1;
        assert_true(db_begin(d.w.db));
        assert_true(series_read(&d.w, &q, FREQUENCY_MONTH, &set));
        assert_int_equal(set.count, 2);
        for (int i = 0; i < 2; i++) {
                assert_string_equal(set.list[i].unit_of_measure, i == 0 ? "thousand tonnes" : "tonnes");
                assert_int_equal(set.list[i].other, 2 - i);
                assert_int_equal(set.list[i].first, period_make(FREQUENCY_MONTH, i == 0 ? 2023 : 2024, i == 0 ? 5 : 7));
                assert_int_equal(set.list[i].last, period_make(FREQUENCY_MONTH, 2024, i == 0 ? 6 : 8));
                assert_int_equal(set.list[i].value[14] == OUTLIER_MISSING, i == 0); /* 2024-07 */
        }
        db_rollback(d.w.db);
        desk_close(&d);
}

/* A total is an estimate as long as one of its parts is; as it was known, too. */
static void a_total_of_estimates_is_one(void **state)
{
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        report(&d, "retail_sales,42,2023-01,,,2\nretail_sales,25,2023-01,,,3,,estimate\n", "2023-01-31");
        ASK(&d, .indicator = "retail_sales", .units = { "VN" });
        assert_int_equal(answered.last_mark, MARK_ESTIMATE);
        report(&d, "retail_sales,25,2023-01,,,3,,official\n", "2023-02-28");
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "VN" }), "retail_sales VN 2023-01 . 5 published - - sum of 2 of 63 units\n");
        assert_int_equal(answered.last_mark, MARK_NONE);
        ASK(&d, .indicator = "retail_sales", .units = { "VN" }, .known = "2023-01-31");
        assert_int_equal(answered.last_mark, MARK_ESTIMATE);
        assert_totals_equal_recomputation(&d);
        desk_close(&d);
}

/* The communes of Hà Tĩnh: the first but one report 1, or all do. */
static void communes_report(struct desk *d, bool all)
{
        const struct unit *list[256];
        struct buf block;
        size_t count;

        buf_init(&block, 0);
        desk_work(d);
        count = unit_children(catalogue_of(&d->w), unit_at(catalogue_of(&d->w), "42", day_of(2026, 3, 31)), day_of(2026, 3, 31), list, 256);
        assert_int_equal(count, 69);
        for (size_t i = 0; i < (all ? count : 1); i++)
                buf_print(&block, "retail_sales,%s,2026-03,,,1\n", list[i]->code);
        report(d, block.data, NULL);
        buf_clear(&block);
}

static void a_total_has_what_the_units_below_reported_where_one_has_not(void **state)
{
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        report(&d, "retail_sales,25,2026-03,,,100\n", NULL);
        communes_report(&d, false);
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "VN", "42" }),
                            "retail_sales VN 2026-03 . 101 published - - sum of 1 of 34 units\n"
                            "retail_sales 42 2026-03 . 1 published - - sum of 1 of 69 units\n");
        communes_report(&d, true);
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "VN", "42" }),
                            "retail_sales VN 2026-03 . 169 published - - sum of 2 of 34 units\n"
                            "retail_sales 42 2026-03 . 69 published - - sum of 69 of 69 units\n");
        /* Its own figure stands for it, for whoever may see it. */
        assert_true(try_report(&d, "retail_sales,42,2026-03,,,70\n", "submitted", NULL));
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "VN", "42" }),
                            "retail_sales VN 2026-03 . 170 submitted - - sum of 2 of 34 units\n"
                            "retail_sales 42 2026-03 . 70 submitted - - .\n");
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "VN", "42" }, .is_public = true),
                            "retail_sales VN 2026-03 . 169 published - - sum of 2 of 34 units\n"
                            "retail_sales 42 2026-03 . 69 published - - sum of 69 of 69 units\n");
        /* Three levels: a district stands for its wards, the ward of another one for that. */
        report(&d, "retail_sales,001,2024-03,,,50\nretail_sales,00001,2024-03,,,7\nretail_sales,00037,2024-03,,,2,,estimate\n", NULL);
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "01", "002" }, .to = "2024-03"),
                            "retail_sales 01 2024-03 . 52 published - - sum of 1 of 30 units\n"
                            "retail_sales 002 2024-03 . 2 published - - sum of 1 of 18 units\n");
        assert_int_equal(answered.last_mark, MARK_ESTIMATE);
        desk_close(&d);
}

/* What is missing is looked for once for all items, in the past too. */
static void comparisons_of_many_items_with_a_month_that_nobody_reported(void **state)
{
        static const char *const months[] = { "2024-01", "2024-02", "2024-04" };
        const struct unit *communes[256];
        const struct item *items[64];
        struct buf block;
        struct desk d;
        size_t count;

        (void)state;
        desk_open(&d, "VN");
        desk_work(&d);
        count = item_list(catalogue_of(&d.w), "goods_export", day_of(2024, 4, 30), items, 64);
        if (count > 64)
                count = 64;
        assert_true(count > 30);
        buf_init(&block, 0);
        for (size_t m = 0; m < 3; m++)
                for (size_t i = 0; i < count; i++)
                        buf_print(&block, "export_value,%s,%s,%s,,%zu\n", m == 1 ? "42" : "VN", months[m], items[i]->code, i + 1);
        report(&d, block.data, NULL);
        buf_clear(&block);
        ASK(&d, .indicator = "export_value", .units = { "VN" }, .from = "2024-04", .to = "2024-04", .compare = "ytd");
        assert_int_equal(answered.count, count);
        assert_non_null(strstr(answered.text, " - published - - for February 2024 only 1 of 63 units have reported\n"));
        ASK(&d, .indicator = "export_value", .units = { "VN" }, .from = "2024-04", .to = "2024-04", .compare = "mom");
        assert_non_null(strstr(answered.text, " published - - there is no figure for March 2024\n"));
        /* Six communes, two goods of them all. */
        buf_init(&block, 0);
        desk_work(&d);
        assert_int_equal(unit_children(catalogue_of(&d.w), unit_at(catalogue_of(&d.w), "42", day_of(2026, 3, 31)), day_of(2026, 3, 31), communes, 256), 69);
        for (size_t i = 0; i < 12; i++)
                buf_print(&block, "export_value,%s,2026-03,%s,,%zu\n", communes[i / 2]->code, items[i % 2]->code, i + 1);
        report(&d, block.data, NULL);
        buf_clear(&block);
        ASK(&d, .indicator = "export_value", .units = { "42" }, .children = true, .from = "2026-03", .to = "2026-03");
        assert_int_equal(answered.count, 14);
        assert_non_null(strstr(answered.text, " 36 published - - sum of 6 of 69 units\n")); /* 1 + 3 + .. + 11 */
        assert_non_null(strstr(answered.text, " 42 published - - sum of 6 of 69 units\n"));
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

        return figures_approve(w, e, a->block, strlen(a->block), &(struct figure){ .status = STATUS_SUBMITTED }, true);
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
                               period_make(FREQUENCY_MONTH, 2021, 12), "", "", false, 0, &row));
        assert_int_equal(row.status, STATUS_SUBMITTED);
        assert_int_equal(row.value, 11 * decimal_power[i->decimals]);
        {
                /* Of figures that wait, for nobody knows their indicator yet, or were refused, there is nothing whose state could change. */
                static const char *const unplaced[] = { "no_such,25,2021-12,,,11\n", "retail_sales,25,2021-12,,,eleven\n" };

                for (size_t n = 0; n < sizeof unplaced / sizeof *unplaced; n++) {
                        struct approve other = { row.entry, unplaced[n] };

                        desk_work(&d);
                        assert_true(ledger_write(&d.w, approve, &other));
                        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "25" }), "retail_sales 25 2021-12 . 11 submitted - - .\n");
                }
        }
        a.entry = row.entry;
        desk_work(&d);
        if (!ledger_write(&d.w, approve, &a))
                fail_msg("%s", d.w.err.message);
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "VN", "25" }),
                            "retail_sales VN 2021-12 . 11 approved - - sum of 1 of 63 units\n"
                            "retail_sales 25 2021-12 . 11 approved - - .\n");
        assert_totals_equal_recomputation(&d);
        desk_close(&d);
}

static period newest_retail(struct desk *d, bool of_provinces, bool is_public)
{
        struct user nobody = { .login = "" };
        period p;

        desk_work(d);
        if (is_public)
                d->w.user = &nobody;
        p = figures_newest(&d->w, indicator_find(catalogue_of(&d->w), "retail_sales"), of_provinces, NULL, FREQUENCY_MONTH);
        assert_true(work_ok(&d->w));
        return p;
}

static void the_newest_period_is_one_that_the_reader_may_see(void **state)
{
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        assert_int_equal(newest_retail(&d, false, true), PERIOD_NONE);
        assert_true(try_report(&d, "retail_sales,42,2021-12,,,1\n", "submitted", NULL));
        assert_int_equal(newest_retail(&d, false, true), PERIOD_NONE);
        assert_int_equal(newest_retail(&d, true, true), PERIOD_NONE);
        assert_int_equal(newest_retail(&d, false, false), period_make(FREQUENCY_MONTH, 2021, 12)); /* 1 of 63, and nothing else */
        report(&d, "retail_sales,VN,2021-10,,,9\nretail_sales,42,2021-11,,,1\nretail_sales,42,2021-Q4,,,1\n", NULL);
        assert_int_equal(newest_retail(&d, false, true), period_make(FREQUENCY_MONTH, 2021, 10));
        assert_int_equal(newest_retail(&d, false, false), period_make(FREQUENCY_MONTH, 2021, 10)); /* the whole before what is only a part */
        assert_int_equal(newest_retail(&d, true, true), period_make(FREQUENCY_MONTH, 2021, 11));
        assert_int_equal(newest_retail(&d, true, false), period_make(FREQUENCY_MONTH, 2021, 12));
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
        assert_int_equal(set.count, 0);
        assert_int_equal(set.periods, 0);
        assert_int_equal(set.partial, 3); /* sums of one or two provinces; that of 2024-03 has no value */
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
                { "item", "C,no_such", "item: there is none with the code \"no_such\"" },
                { "partner", "no_such", "partner: there is none with the code \"no_such\"" },
        };
        const period december = period_make(FREQUENCY_MONTH, 2024, 12), january = period_make(FREQUENCY_MONTH, 2025, 1);
        const struct { period from, to; const char *word; } spans[] = {
                { december, january, NULL }, { january, january, NULL }, { january, PERIOD_NONE, NULL }, { PERIOD_NONE, december, NULL },
                { january, december, "2025-01 comes after 2024-12" },
                { december, period_make(FREQUENCY_YEAR, 2025, 0), "both must be months" },
        };
        struct figure_query q;
        int64_t count = -1, entries;
        struct desk d;

        (void)state;
        for (size_t i = 0; i < sizeof many - 1; i++)
                many[i] = i % 2 == 0 ? 'C' : ',';
        many[sizeof many - 1] = '\0';
        desk_open(&d, "VN");
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                desk_work(&d);
                if (filter_read(&d.w, filter_value, &cases[i], &q) || strstr(d.w.err.message, cases[i].word) == NULL)
                        fail_msg("%s: \"%s\" instead of \"%s\"", cases[i].name, d.w.err.message, cases[i].word);
                assert_int_equal(strcmp(cases[i].name, "known") == 0, strstr(d.w.err.hint, "2021-12-31T08:00:00Z") != NULL);
        }
        for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
                desk_work(&d);
                assert_int_equal(span_check(&d.w, spans[i].from, spans[i].to), spans[i].word == NULL);
                if (spans[i].word != NULL && strstr(d.w.err.message, spans[i].word) == NULL)
                        fail_msg("span %zu: \"%s\" instead of \"%s\"", i, d.w.err.message, spans[i].word);
        }
        many[512 * 2 - 1] = '\0';
        desk_work(&d);
        assert_true(filter_read(&d.w, filter_value, &(struct asked_filter){ "indicator", "export_value", "" }, &q));
        q.items = (const char *[]){ "", "ca_phe", "C" };
        q.item_count = 2;
        assert_true(filter_fits(&d.w, &q));
        q.item_count = 3; /* of another indicator: a form may keep it, a file is not asked for it */
        assert_false(filter_fits(&d.w, &q));
        assert_non_null(strstr(d.w.err.message, "\"C\" is of none of the indicators"));
        assert_non_null(strstr(d.w.err.hint, "/figures?indicator=export_value"));
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

static void a_reader_of_what_is_published_gets_nothing_else(void **state)
{
        const struct indicator *i;
        const struct unit *u;
        struct figure_row row;
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        report(&d, "export_value,42,2021,,,5,submitted\nexport_value,42,2020,,,4,published\n", NULL);
        desk_work(&d);
        i = indicator_find(catalogue_of(&d.w), "export_value");
        u = unit_read(catalogue_of(&d.w), "42", day_of(2021, 12, 31));
        for (int year = 2020; year <= 2021; year++) {
                period p = period_make(FREQUENCY_YEAR, year, 0);

                assert_true(figure_get(&d.w, i, u, p, "", "", false, 0, &row));
                assert_int_equal(figure_get(&d.w, i, u, p, "", "", true, 0, &row), year == 2020);
        }
        desk_close(&d);
}

/* ---- contributions that add up ------------------------------------------------------------------------------------- */

/* Activities of two depths, each after the one above; the whole first. */
static const struct { const char *code; int parent; } activities[] = {
        { "", -1 }, { "nong_lam_nghiep_va_thuy_san", 0 }, { "nong_nghiep", 1 }, { "lam_nghiep", 1 }, { "thuy_san", 1 },
        { "cong_nghiep_va_xay_dung", 0 }, { "cong_nghiep", 5 }, { "khai_khoang", 6 }, { "xay_dung", 5 },
};
#define ACTIVITIES (sizeof activities / sizeof *activities)
#define PROVINCES_MOST 80

/* Levels of the provinces and, of one, of its activities, in two years. */
struct growing {
        const struct unit *province[PROVINCES_MOST];
        size_t count;
        int64_t level[PROVINCES_MOST][2], of_activity[ACTIVITIES][2];
};

static int64_t random_level(unsigned *seed)
{
        *seed = *seed * 1664525u + 1013904223u;
        return (int64_t)(*seed >> 8) * 7919 % 1000003 * 1000000 + (*seed >> 12);
}

/* Everything is reported, or (order) the last first. The whole of the one province is what its activities make up and off more. */
static void growing_report(struct desk *d, struct growing *g, const char *item_unit, int64_t off, bool is_backwards)
{
        static char lines[400][120], block[sizeof lines];
        int n = 0;
        char *b = block;

        for (int year = 0; year < 2; year++) {
                for (size_t i = 0; i < g->count; i++) {
                        char value[DECIMAL_TEXT_MAX];

                        decimal_write(value, g->level[i][year], 6);
                        if (strcmp(g->province[i]->code, item_unit) != 0)
                                snprintf(lines[n++], sizeof lines[0], "grdp,%s,%d,,,%s\n", g->province[i]->code, 2023 + year, value);
                }
                for (size_t i = 0; i < ACTIVITIES; i++) {
                        char value[DECIMAL_TEXT_MAX];

                        decimal_write(value, g->of_activity[i][year] + (i == 0 ? off : 0), 6);
                        snprintf(lines[n++], sizeof lines[0], "grdp,%s,%d,%s,,%s\n", item_unit, 2023 + year, activities[i].code, value);
                }
        }
        assert_true(n < 400);
        for (int i = 0; i < n; i++)
                b += sprintf(b, "%s", lines[is_backwards ? n - 1 - i : i]);
        report(d, block, NULL);
}

static void growing_make(struct growing *g, const char *item_unit, unsigned *seed)
{
        memset(g->of_activity, 0, sizeof g->of_activity);
        for (int year = 0; year < 2; year++)
                for (size_t i = ACTIVITIES; i-- > 0;) {
                        bool is_leaf = i > 0;

                        for (size_t k = 0; k < ACTIVITIES; k++)
                                is_leaf &= activities[k].parent != (int)i;
                        if (is_leaf)
                                g->of_activity[i][year] = random_level(seed);
                        if (activities[i].parent >= 0)
                                g->of_activity[activities[i].parent][year] += g->of_activity[i][year];
                }
        for (size_t i = 0; i < g->count; i++)
                for (int year = 0; year < 2; year++)
                        g->level[i][year] = strcmp(g->province[i]->code, item_unit) == 0 ? g->of_activity[0][year] : random_level(seed);
}

/* The change in the one line of an answer that begins so. */
static int64_t change_in(const char *text, const char *begin)
{
        const char *line = strstr(text, begin);
        char change[64];
        int64_t value = 0;
        size_t position;

        if (line == NULL || sscanf(line + strlen(begin), "%*s %*s %*s %63s", change) != 1 || strcmp(change, "-") == 0)
                fail_msg("no change in \"%s\" of: %s", begin, text);
        assert_int_equal(decimal_read(change, strlen(change), FIGURE_CHANGE_DECIMALS, &value, &position), DECIMAL_OK);
        return value;
}

/* What is printed there; checked to be the change to less than a unit of its last decimal. */
static int64_t printed_in(const char *begin)
{
        int64_t printed = change_in(answered.printed, begin), unit = decimal_power[FIGURE_CHANGE_DECIMALS - FIGURE_POINTS_SHOWN];

        assert_int_equal(printed % unit, 0);
        assert_in_range(printed - change_in(answered.text, begin) + unit - 1, 0, 2 * unit - 2);
        return printed;
}

static int64_t rounded_to_print(int64_t change)
{
        int64_t unit = decimal_power[FIGURE_CHANGE_DECIMALS - FIGURE_POINTS_SHOWN];

        return (change + (change < 0 ? -unit / 2 : unit / 2)) / unit * unit;
}

static int64_t rounded_alone(const int64_t level[2], int64_t whole)
{
        int64_t points = 0;

        assert_true(stats_contribution(level[1], level[0], whole, &points));
        return points;
}

/* Of levels that make up their whole, in every order of arrival; of those that do not each is rounded by itself. A contribution is the same whatever else
 * is asked for. */
static void contributions_make_up_the_growth_of_their_whole(void **state)
{
        static const char unit[] = "42";
        unsigned seed = 20261130;
        long moved = 0, moved_in_print = 0;

        (void)state;
        for (int round = 0; round < 8; round++) {
                static struct growing g;
                static char both[2][sizeof answered.text];
                int64_t off = round == 7 ? 1 : 0; /* the activities are a millionth less than their whole */

                for (int backwards = 0; backwards < 2; backwards++) {
                        struct desk d;
                        int64_t sum = 0, printed = 0, whole = 0, growth, under[ACTIVITIES] = { 0 }, points[ACTIVITIES], printed_under[ACTIVITIES] = { 0 }, print[ACTIVITIES];
                        char begin[96], *end = both[backwards];

                        desk_open_with(&d, "VN", load_little);
                        desk_work(&d);
                        g.count = unit_list(catalogue_of(&d.w), LEVEL_PROVINCE, day_of(2024, 12, 31), g.province, PROVINCES_MOST);
                        if (backwards == 0)
                                growing_make(&g, unit, &seed);
                        growing_report(&d, &g, unit, off, backwards == 1);
                        growth = change_in(ASK(&d, .indicator = "grdp", .units = { "VN" }, .from = "2024", .item = "", .compare = "yoy"), "grdp VN 2024 tong_so");
                        ASK(&d, .indicator = "grdp", .units = { "VN" }, .children = true, .from = "2024", .item = "", .compare = "contribution");
                        end += sprintf(end, "%s", answered.text);
                        for (size_t i = 0; i < g.count; i++)
                                whole += g.level[i][0] + (strcmp(g.province[i]->code, unit) == 0 ? off : 0);
                        for (size_t i = 0; i < g.count; i++) {
                                int64_t level[2] = { g.level[i][0], g.level[i][1] }, alone = rounded_alone(level, whole), placed;

                                snprintf(begin, sizeof begin, "grdp %s 2024 tong_so", g.province[i]->code);
                                placed = change_in(answered.text, begin);
                                sum += placed;
                                moved += placed != alone;
                                printed += printed_in(begin);
                                moved_in_print += printed_in(begin) != rounded_to_print(placed);
                                assert_in_range(placed - alone + 1, 0, 2);
                        }
                        assert_int_equal(sum, growth);
                        assert_int_equal(printed, rounded_to_print(growth));
                        snprintf(begin, sizeof begin, "grdp %s 2024 tong_so", unit);
                        sum = change_in(answered.text, begin);
                        assert_int_equal(change_in(ASK(&d, .indicator = "grdp", .units = { unit }, .from = "2024", .item = "", .compare = "contribution"), begin), sum);

                        points[0] = change_in(ASK(&d, .indicator = "grdp", .units = { unit }, .from = "2024", .item = "", .compare = "yoy"), begin);
                        print[0] = rounded_to_print(points[0]);
                        ASK(&d, .indicator = "grdp", .units = { unit }, .from = "2024", .compare = "contribution");
                        sprintf(end, "%s", answered.text);
                        for (size_t i = 1; i < ACTIVITIES; i++) {
                                snprintf(begin, sizeof begin, "grdp %s 2024 %s ", unit, activities[i].code);
                                points[i] = change_in(both[backwards], begin);
                                under[activities[i].parent] += points[i];
                                print[i] = printed_in(begin);
                                printed_under[activities[i].parent] += print[i];
                        }
                        for (size_t i = 1; i < ACTIVITIES; i++) {
                                snprintf(begin, sizeof begin, "grdp %s 2024 %s ", unit, activities[i].code);
                                if (off != 0)
                                        assert_in_range(points[i] - rounded_alone(g.of_activity[i], g.of_activity[0][0] + off) + 1, 0, activities[i].parent == 0 ? 1 : 2);
                                assert_int_equal(change_in(ASK(&d, .indicator = "grdp", .units = { unit }, .from = "2024", .item = activities[i].code, .compare = "contribution"), begin), points[i]);
                                assert_int_equal(printed_in(begin), print[i]);
                        }
                        for (size_t i = 0; i < ACTIVITIES; i++)
                                if (under[i] != 0 && (i > 0 || off == 0)) {
                                        assert_int_equal(under[i], points[i]);
                                        assert_int_equal(printed_under[i], print[i]);
                                }
                        desk_close(&d);
                }
                assert_string_equal(both[0], both[1]);
        }
        assert_true(moved > 0 && moved_in_print > 0); /* or nothing had to be placed */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_reader_of_what_is_published_gets_nothing_else),
                cmocka_unit_test(comparisons_give_the_worked_numbers),
                cmocka_unit_test(contributions_make_up_the_growth_of_their_whole),
                cmocka_unit_test(cumulated_figures_need_every_month),
                cmocka_unit_test(figures_keep_the_unit_of_measure_they_were_written_in),
                cmocka_unit_test(different_units_of_measure_are_neither_added_nor_compared),
                cmocka_unit_test(a_total_of_estimates_is_one),
                cmocka_unit_test(a_total_has_what_the_units_below_reported_where_one_has_not),
                cmocka_unit_test(comparisons_of_many_items_with_a_month_that_nobody_reported),
                cmocka_unit_test(pages_give_every_row_once),
                cmocka_unit_test(a_question_that_makes_no_sense_is_refused),
                cmocka_unit_test(approval_moves_a_figure_and_its_total),
                cmocka_unit_test(the_newest_period_is_one_that_the_reader_may_see),
                cmocka_unit_test(an_answer_is_put_into_series_with_its_gaps),
                cmocka_unit_test(growth_without_its_levels_says_which_are_missing),
                cmocka_unit_test(filters_of_another_form_are_refused_and_nothing_is_reported_of_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
