/* Figures on another map than their own: of units that were merged, divided and divided again, and after a change was withdrawn. */
#include "tests/figure_desk.h"

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
                            "retail_sales 25 2025-08 . 70 published 35 100 August 2024: sum of the 3 units of that time\n");
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

/* What nobody reports is computed on the map of its own time too, where a level is known; what is missing is said. What is reported stands. */
static void rates_that_nobody_reports_come_from_levels(void **state)
{
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        report(&d,
               "export_value,42,2024,,,120.5\nimport_value,42,2024,,,70\nexport_value,40,2024,,,30,,estimate\nimport_value,40,2024,,,50\nexport_value,38,2024,,,9\n"
               "export_value,42,2023,,,100\nimport_value,42,2023,,,60\ntrade_balance,37,2024,,,5\nexport_value,37,2024,,,1\nimport_value,37,2024,,,1\n"
               "export_value,25,2024,,,10\nimport_value,25,2024,,,1\nexport_value,26,2024,,,20\nimport_value,26,2024,,,2\nexport_value,17,2024,,,40\nimport_value,17,2024,,,3\n",
               NULL);
        assert_string_equal(ASK(&d, .indicator = "trade_balance", .units = { "42", "40", "38", "37", "36" }, .from = "2024"),
                            "trade_balance 37 2024 . 5 published - - .\n"
                            "trade_balance 38 2024 . - - - - missing Imports of Thanh Hoa, from which it would be computed (there is no figure for 2024)\n"
                            "trade_balance 40 2024 . -20 published - - computed from levels: Exports − Imports\n"
                            "trade_balance 42 2024 . 50.5 published - - computed from levels: Exports − Imports\n");
        assert_string_equal(ASK(&d, .indicator = "trade_balance", .units = { "40" }, .to = "2024"), "trade_balance 40 2024 . -20 published - - computed from levels: Exports − Imports\n");
        assert_int_equal(answered.last_mark, MARK_ESTIMATE);
        assert_string_equal(ASK(&d, .indicator = "trade_balance", .units = { "42" }, .from = "2024", .compare = "yoy"),
                            "trade_balance 42 2024 . 50.5 published 40 26.25 computed from levels: Exports − Imports\n");
        assert_string_equal(ASK(&d, .indicator = "trade_balance", .units = { "VN" }, .from = "2024"),
                            "trade_balance VN 2024 . - - - - missing Exports of Viet Nam, from which it would be computed (for 2024 only 7 of 63 units have reported)\n");
        assert_string_equal(ASK(&d, .indicator = "trade_balance", .units = { "25" }, .boundary = "2026-01-01"),
                            "trade_balance 25 2024 . 64 published - - computed anew from levels: Exports − Imports\n");
        /* Without a place: of all that have a level. Of what was known before, and of statuses that are asked for, as reported. */
        assert_string_equal(ASK(&d, .indicator = "trade_balance", .from = "2023", .to = "2023"), "trade_balance 42 2023 . 40 published - - computed from levels: Exports − Imports\n");
        report(&d, "occupancy_rate,42,2024,,,70\nindustrial_land_area,42,2022,,,0\ncluster_land_leased,42,2022,,,3\n", NULL);
        assert_string_equal(ASK(&d, .indicator = "occupancy_rate", .units = { "42" }),
                            "occupancy_rate 42 2022 . - - - - division by zero, with these levels, in Land leased ÷ Industrial land × 100\n"
                            "occupancy_rate 42 2024 . 70 published - - .\n");
        desk_close(&d);
}

/* ---- changes recorded later ------------------------------------------------------------------------------------------ */

struct arranging {
        const char *path, *text; /* NULL: withdraw it */
};

#define ARRANGED ARRANGEMENTS "test.csv"
#define HEAD "old,new,share,date,act,basis,kind,name_vi,name_en,parent\n"

static bool arrange_job(struct work *w, void *argument)
{
        const struct arranging *a = argument;
        struct complaints complaints = { .arena = w->arena, .language = LANGUAGE_EN };
        struct source file = { a->path, a->text, a->text == NULL ? 0 : strlen(a->text) };
        size_t changed;

        return a->text == NULL ? catalogue_withdraw(w, a->path, NULL, &complaints) : catalogue_load(w, &file, 1, NULL, &complaints, &changed);
}

static void arrange_as(struct desk *d, const char *path, const char *text)
{
        struct arranging a = { path, text };

        desk_work(d);
        if (!ledger_write(&d->w, arrange_job, &a))
                fail_msg("%s: %s: %s", path, d->w.err.context, d->w.err.message);
}

static void arrange(struct desk *d, const char *text)
{
        arrange_as(d, ARRANGED, text);
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

static bool rebuild_job(struct work *w, void *entries)
{
        return ledger_rebuild(w, entries);
}

/* Recorded, or withdrawn (NULL), where figures have to find their places anew, as they do in the program. */
static void arrange_anew(struct desk *d, const char *text)
{
        int64_t entries;

        arrange(d, text);
        desk_work(d);
        assert_true(ledger_write(&d->w, rebuild_job, &entries));
}

/* The sum over a province in which a ward was divided, with figures of the ward that were written before that was recorded. */
static void a_total_says_how_many_of_its_figures_are_of_the_unit_before(void **state)
{
#define OF_BEFORE "not comparable: written before it was recorded that Thanh Sen is another unit from 1 March 2026 on; it is of the unit before"
#define MARKED "; not comparable: of the figures in it 1 are of a unit as it was before a division, written before that was recorded"
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        report(&d,
               "retail_sales,18073,2026-04,,,10\nretail_sales,18100,2026-04,,,1\nretail_sales,18073,2026-05,,,11\nretail_sales,18100,2026-05,,,2\n"
               "retail_sales,18100,2026-06,,,3\nretail_sales,18073,2026-07,,,12,submitted\nretail_sales,18100,2026-07,,,4\n",
               NULL);
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "42" }, .to = "2026-04"),
                            "retail_sales 42 2026-04 . 11 published - - sum of 2 of 69 units\n");
        arrange_anew(&d, split);
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "42", "VN", "18073" }, .to = "2026-04"),
                            "retail_sales VN 2026-04 . 11 published - - sum of 2 of 3322 units" MARKED "\n"
                            "retail_sales 42 2026-04 . 11 published - - sum of 2 of 70 units" MARKED "\n"
                            "retail_sales 18073 2026-04 . 10 published - - " OF_BEFORE "\n");
        /* the same where the totals kept do not answer: of a day, and where a part may not be seen */
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "42" }, .to = "2026-04", .known = "2090-01-01"),
                            "retail_sales 42 2026-04 . 11 published - - sum of 2 of 70 units" MARKED "\n");
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "42" }, .from = "2026-06", .to = "2026-07"),
                            "retail_sales 42 2026-06 . 3 published - - sum of 1 of 70 units\n"
                            "retail_sales 42 2026-07 . 16 submitted - - sum of 2 of 70 units" MARKED "\n");
        /* what the other part reports does not take the mark off; what the unit reports anew does */
        report(&d, "retail_sales,18074,2026-04,,,4\nretail_sales,18073,2026-05,,,7\n", NULL);
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "42" }, .to = "2026-05"),
                            "retail_sales 42 2026-04 . 15 published - - sum of 3 of 70 units" MARKED "\n"
                            "retail_sales 42 2026-05 . 9 published - - sum of 2 of 70 units\n");
        arrange_anew(&d, NULL);
        assert_string_equal(ASK(&d, .indicator = "retail_sales", .units = { "42" }, .to = "2026-04"),
                            "retail_sales 42 2026-04 . 11 published - - sum of 2 of 69 units\n");
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
                            "occupancy_rate 42 2025 . 50 published - - computed anew from levels: Land leased ÷ Industrial land × 100\n");
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
                            "occupancy_rate 42 2022 . - - - - not comparable: division by zero, with these levels, in Land leased ÷ Industrial land × 100\n"
                            "occupancy_rate 42 2023 . 20 submitted - - computed anew from levels: Land leased ÷ Industrial land × 100\n"
                            "occupancy_rate 42 2024 . - - - - not comparable: missing Land leased of Nghe Tinh, from which it would be computed (Nghe An has no complete figure for 2024)\n");
        assert_string_equal(ASK(&d, .indicator = "occupancy_rate", .boundary = "2026-06-01", .from = "2023", .to = "2023"),
                            "occupancy_rate 42 2023 . 20 submitted - - computed anew from levels: Land leased ÷ Industrial land × 100\n");
        assert_int_equal(answered.last_mark, MARK_ESTIMATE);
        assert_string_equal(ASK(&d, .indicator = "leverage_ratio", .boundary = "2026-06-01"),
                            "leverage_ratio 42 2025 . - - - - not comparable: missing Counterpart funds of Nghe Tinh, from which it would be computed\n");
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

/* One indicator of a file of definitions. */
#define DEFINED(id, name, decimals, more) "  - id: " id "\n    name: {vi: " name ", en: " name "}\n    unit: {vi: \"%\", en: \"%\"}\n    decimals: " decimals "\n    negative: true\n" more

#define COUNTED(n) DEFINED("n" n, "N" n, "0", "")

static bool load_with_rates(struct work *w, void *argument)
{
        static const char text[] = "indicators:\n"
                                   DEFINED("nominal", "Nominal", "2", "    formula: \"export_value / import_value * 100\"\n")
                                   DEFINED("price", "Price", "1", "")
                                   DEFINED("weighed", "Weighed", "1", "    weights: {of: retail_sales}\n")
                                   DEFINED("real", "Real", "2", "    formula: \"nominal / price * 100\"\n")
                                   DEFINED("real_weighed", "Real weighed", "2", "    formula: \"nominal / weighed * 100\"\n")
                                   DEFINED("gap", "Gap", "2", "    formula: \"real - nominal\"\n")
                                   DEFINED("double_gap", "Double gap", "2", "    formula: \"gap * 2 + real - real\"\n")
                                   DEFINED("fifth", "Fifth", "2", "    formula: \"double_gap / 2\"\n")
                                   DEFINED("by_industry", "By industry", "1", "    formula: \"iip_yoy / price * 100\"\n    items: vsic\n");
        static const char more[] = "indicators:\n"
                                   COUNTED("1") COUNTED("2") COUNTED("3") COUNTED("4") COUNTED("5") COUNTED("6") COUNTED("7") COUNTED("8") COUNTED("9")
                                   COUNTED("10") COUNTED("11") COUNTED("12") COUNTED("13") COUNTED("14") COUNTED("15") COUNTED("16") COUNTED("17") COUNTED("18")
                                   DEFINED("many", "Many", "0", "    formula: \"n1 + n2 + n3 + n4 + n5 + n6 + n7 + n8 + n9 + n10 + n11 + n12 + n13 + n14 + n15 + n16 + n17 + n18\"\n")
                                   DEFINED("base", "Base", "0", "    items: vsic\n")
                                   DEFINED("middle", "Middle", "0", "    items: vsic\n    formula: \"base\"\n")
                                   DEFINED("whole_only", "Whole only", "0", "    formula: \"middle\"\n")
                                   DEFINED("outer", "Outer", "0", "    items: vsic\n    formula: \"middle\"\n")
                                   DEFINED("outermost", "Outermost", "0", "    items: vsic\n    formula: \"outer\"\n")
                                   DEFINED("diamond", "Diamond", "0", "    items: vsic\n    formula: \"whole_only + outermost\"\n");
        size_t count;
        const struct source *files = catalogue_shipped(&count);
        struct source *all = arena_array(w->arena, count + 2, sizeof *all);

        (void)argument;
        memcpy(all, files, count * sizeof *all);
        all[count] = (struct source){ "indicators/of_a_test.yaml", text, sizeof text - 1 };
        all[count + 1] = (struct source){ "indicators/more_of_a_test.yaml", more, sizeof more - 1 };
        return load_files(w, all, count + 2);
}

/* An index may rest on others, reported or computed; each on the map that is asked for. */
static void indices_rest_on_indices(void **state)
{
        struct desk d;

        (void)state;
        desk_open_with(&d, "VN", load_with_rates);
        report(&d,
               "nominal,42,2024,,,110\nprice,42,2024,,,104\nnominal,42,2023,,,108\nprice,42,2023,,,108\n"
               "export_value,40,2024,,,30,,estimate\nimport_value,40,2024,,,50\nprice,40,2024,,,120\nexport_value,38,2024,,,9\nimport_value,38,2024,,,9\n"
               "nominal,37,2024,,,101\nprice,37,2024,,,0\nprice,36,2024,,,101\n"
               "iip_yoy,42,2024,C,,115\niip_yoy,42,2024,D,,78\n"
               "export_value,25,2024,,,10\nimport_value,25,2024,,,1\nexport_value,26,2024,,,20\nimport_value,26,2024,,,2\nexport_value,17,2024,,,40\nimport_value,17,2024,,,7\n"
               "retail_sales,25,2024,,,1\nretail_sales,26,2024,,,2\nretail_sales,17,2024,,,7\nprice,25,2024,,,101\nprice,26,2024,,,102\nprice,17,2024,,,103\nweighed,25,2024,,,101\nweighed,26,2024,,,102\nweighed,17,2024,,,103\n",
               NULL);
        assert_string_equal(ASK(&d, .indicator = "real", .units = { "42", "40", "38", "37", "36" }, .from = "2024"),
                            "real 36 2024 . - - - - missing Nominal of Nam Dinh, from which it would be computed (missing Exports of Nam Dinh, from which it would be computed (there is no figure for 2024))\n"
                            "real 37 2024 . - - - - division by zero, with these levels, in Nominal ÷ Price × 100\n"
                            "real 38 2024 . - - - - missing Price of Thanh Hoa, from which it would be computed (there is no figure for 2024)\n"
                            "real 40 2024 . 50 published - - computed by its formula: Nominal ÷ Price × 100\n"
                            "real 42 2024 . 105.77 published - - computed by its formula: Nominal ÷ Price × 100\n");
        ASK(&d, .indicator = "real", .units = { "40" }, .from = "2024");
        assert_int_equal(answered.last_mark, MARK_ESTIMATE);
        assert_string_equal(ASK(&d, .indicator = "real", .units = { "42" }, .from = "2024", .compare = "yoy"),
                            "real 42 2024 . 105.77 published 100 5.77 computed by its formula: Nominal ÷ Price × 100\n");
        /* Without a place: wherever something stands at the bottom. */
        assert_int_equal((ASK(&d, .indicator = "double_gap", .from = "2024"), answered.count), 8);
        assert_string_equal(ASK(&d, .indicator = "double_gap", .units = { "42" }, .from = "2024"), "double_gap 42 2024 . -8.46 published - - computed by its formula: Gap × 2 + Real − Real\n");
        assert_string_equal(ASK(&d, .indicator = "fifth", .units = { "42" }, .from = "2024"), "fifth 42 2024 . -4.23 published - - computed by its formula: Double gap ÷ 2\n");
        assert_non_null(strstr(ASK(&d, .indicator = "fifth", .units = { "40" }, .from = "2024"), "more than 4 formulas that stand on one another are not computed"));
        assert_string_equal(ASK(&d, .indicator = "by_industry", .units = { "42" }, .from = "2024"),
                            "by_industry 42 2024 TOTAL - - - - missing IIP yoy of Ha Tinh, from which it would be computed (there is no figure for 2024)\n"
                            "by_industry 42 2024 C 110.6 published - - computed by its formula: IIP yoy ÷ Price × 100\n"
                            "by_industry 42 2024 D 75 published - - computed by its formula: IIP yoy ÷ Price × 100\n");
        /* On another map an index is what it is there: 70 / 10 * 100 by levels, 102.6 by weights; without either nothing rests on it. */
        assert_string_equal(ASK(&d, .indicator = "real_weighed", .units = { "25" }, .boundary = "2026-01-01"),
                            "real_weighed 25 2024 . 682.26 published - - computed anew by its formula: Nominal ÷ Weighed × 100\n");
        assert_non_null(strstr(ASK(&d, .indicator = "real", .units = { "25" }, .boundary = "2026-01-01"), "real 25 2024 . - - - - not comparable: missing Price of Phu Tho"));
        desk_close(&d);
}

/* However many a formula rests on: a place where any of them was reported is in the answer. */
static void a_formula_finds_the_places_of_all_it_rests_on(void **state)
{
        struct desk d;

        (void)state;
        desk_open_with(&d, "VN", load_with_rates);
        for (int n = 1; n <= 18; n++) {
                char line[32];

                snprintf(line, sizeof line, "n%d,42,2024,,,%d\n", n, n);
                report(&d, line, NULL);
        }
        report(&d, "n18,36,2024,,,1\n", NULL);
        assert_string_equal(ASK(&d, .indicator = "many"),
                            "many 36 2024 . - - - - missing N1 of Nam Dinh, from which it would be computed (there is no figure for 2024)\n"
                            "many 42 2024 . 171 published - - computed by its formula: N1 + N2 + N3 + N4 + N5 + N6 + N7 + N8 + N9 + N10 + N11 + N12 + N13 + N14 + N15 + N16 + N17 + N18\n");
        /* Through the one that has no items only the whole of the base counts, through the other each of its items. */
        report(&d, "base,42,2024,,,7\nbase,42,2024,C,,5\n", NULL);
        assert_string_equal(ASK(&d, .indicator = "diamond"),
                            "diamond 42 2024 TOTAL 14 published - - computed by its formula: Whole only + Outermost\n"
                            "diamond 42 2024 C 12 published - - computed by its formula: Whole only + Outermost\n");
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

/* ---- divisions of what was divided --------------------------------------------------------------------------------- */

#define MAPS 4
#define UNITS_MOST 16

static const char *const map_days[MAPS] = { "2026-02-15", "2026-03-15", "2026-06-15", "2026-09-15" };
static const char *const act_days[MAPS] = { "", "2026-03-01", "2026-06-01", "2026-09-01" };

/* Maps of one territory: of each the units, and of which units of the map before they have a part. */
struct chain {
        char code[MAPS][UNITS_MOST][8];
        bool has_part[MAPS][UNITS_MOST][UNITS_MOST]; /* [map][unit][unit of the map before] */
        bool is_merged[MAPS][UNITS_MOST];            /* of several units of the map before */
        int count[MAPS], next_code;
};

static unsigned next_random(unsigned *seed)
{
        return (*seed = *seed * 1664525u + 1013904223u) >> 8;
}

/* An act that divides most units of a map, keeps others, and may put the last part of one together with the first of the next. */
static void act_write(struct chain *k, int map, unsigned *seed, char *text)
{
        char *t = text + sprintf(text, HEAD);
        char kept[UNITS_MOST][8];
        int kept_of[UNITS_MOST], kept_count = 0, last = -1;

        k->count[map] = 0;
        for (int u = 0; u < k->count[map - 1]; u++) {
                int parts = 1 + (int)(next_random(seed) % 3);
                long left = SHARES_WHOLE;

                if (parts == 1) { /* the act does not touch it */
                        memcpy(kept[kept_count], k->code[map - 1][u], sizeof kept[0]);
                        kept_of[kept_count++] = u;
                        continue;
                }
                for (int i = 0; i < parts; i++) {
                        long share = i == parts - 1 ? left : 1 + (long)(next_random(seed) % (unsigned)(left - (parts - 1 - i)));
                        bool joins = i == 0 && last >= 0 && next_random(seed) % 2 == 0;
                        int unit = joins ? last : k->count[map]++;

                        left -= share;
                        if (!joins && i == 0)
                                memcpy(k->code[map][unit], k->code[map - 1][u], sizeof k->code[0][0]);
                        else if (!joins)
                                snprintf(k->code[map][unit], sizeof k->code[0][0], "%d", k->next_code++);
                        k->is_merged[map][unit] = joins;
                        k->has_part[map][unit][u] = true;
                        t += sprintf(t, "%s,%s,%ld.%06ld,%s,act,area,%s\n", k->code[map - 1][u], k->code[map][unit], share / SHARES_WHOLE, share % SHARES_WHOLE, act_days[map],
                                     joins ? ",,," : "phuong,Phần,Part,42");
                        last = unit;
                }
        }
        for (int i = 0; i < kept_count; i++) {
                k->has_part[map][k->count[map]][kept_of[i]] = true;
                memcpy(k->code[map][k->count[map]++], kept[i], sizeof kept[0]);
        }
}

/* What the units of a map have of the first one's figure, in their order. */
static void values_of(struct desk *d, const struct chain *k, int map, const char *item, int64_t *value)
{
        for (int u = 0; u < k->count[map]; u++) {
                char number[64] = "";
                size_t position;

                ASK(d, .indicator = "grdp", .boundary = map_days[map], .units = { k->code[map][u] }, .from = "2025", .item = item);
                if (answered.count != 1 || sscanf(answered.text, "grdp %*s %*s %*s %63s", number) != 1 ||
                    decimal_read(number, strlen(number), 6, &value[u], &position) != DECIMAL_OK)
                        fail_msg("map %s, unit %s: %s", map_days[map], k->code[map][u], answered.text);
        }
}

/* Any chain of divisions and mergers: what a unit has on one map is what its parts have on the next; taken back, all is as it was. */
static void the_parts_of_a_part_are_that_part_on_every_map(void **state)
{
        unsigned seed = 15;
        int64_t nested = 0;
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        for (int round = 0; round < 12; round++) {
                static const char *const items[] = { "tong_so", "nong_lam_nghiep_va_thuy_san", "nong_nghiep", "lam_nghiep", "thuy_san", "cong_nghiep_va_xay_dung", "cong_nghiep" };
                static const char *const levels[] = { "0.000001", "0.000002", "-0.000003", "0.000007", "1", "9223372036854.775807", "-12345.678901" };
                struct chain k = { .count = { 1 }, .code = { { "18073" } }, .next_code = 90001 };
                char *before[MAPS];

                for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
                        char line[128];

                        snprintf(line, sizeof line, "grdp,18073,2025,%s,,%s\n", items[i], levels[i]);
                        report(&d, line, NULL);
                }
                for (int map = 1; map < MAPS; map++) {
                        char text[4096], name[64];

                        before[map] = NULL;
                        act_write(&k, map, &seed, text);
                        snprintf(name, sizeof name, ARRANGEMENTS "act%d.csv", map);
                        if (strlen(text) == strlen(HEAD)) /* it happens to touch nothing */
                                continue;
                        before[map] = strdup(ASK(&d, .indicator = "grdp", .boundary = "2026-12-01"));
                        arrange_as(&d, name, text);
                }
                for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
                        int64_t value[MAPS][UNITS_MOST];

                        for (int map = 0; map < MAPS; map++)
                                values_of(&d, &k, map, items[i], value[map]);
                        for (int map = 1; map < MAPS; map++) {
                                int64_t all = 0;

                                for (int u = 0; u < k.count[map]; u++)
                                        all += value[map][u];
                                assert_int_equal(all, value[0][0]);
                                for (int old = 0; old < k.count[map - 1]; old++) {
                                        bool is_clean = true; /* no part of it has something of another unit */
                                        int64_t sum = 0;
                                        int parts = 0;

                                        for (int u = 0; u < k.count[map]; u++)
                                                if (k.has_part[map][u][old]) {
                                                        is_clean = is_clean && !k.is_merged[map][u];
                                                        sum += value[map][u];
                                                        parts++;
                                                }
                                        if (is_clean && sum != value[map - 1][old])
                                                fail_msg("round %d, %s on %s: %lld, its parts on %s: %lld", round, k.code[map - 1][old], map_days[map - 1],
                                                         (long long)value[map - 1][old], map_days[map], (long long)sum);
                                        nested += is_clean && parts > 1 && map > 1;
                                }
                        }
                }
                for (int map = MAPS - 1; map > 0; map--) {
                        char name[64];

                        if (before[map] == NULL)
                                continue;
                        snprintf(name, sizeof name, ARRANGEMENTS "act%d.csv", map);
                        arrange_as(&d, name, NULL);
                        assert_string_equal(ASK(&d, .indicator = "grdp", .boundary = "2026-12-01"), before[map]);
                        free(before[map]);
                }
        }
        assert_true(nested > 100);
        desk_close(&d);
}

/* 1 of 18073 goes to the larger part; on the next map that part is three, and they have that 1. */
static void a_part_that_is_divided_again_gives_what_it_got(void **state)
{
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        report(&d, "markets,18073,2025,,,1\nmarkets,18073,2025-12,,,1000000\n", NULL);
        arrange_as(&d, ARRANGEMENTS "s1.csv", HEAD "18073,18073,0.615385,2026-03-01,act,population,phuong,Thành Sen,Thanh Sen,42\n"
                                                   "18073,90001,0.384615,2026-03-01,act,population,phuong,Tân Giang,Tan Giang,42\n");
        arrange_as(&d, ARRANGEMENTS "s2.csv", HEAD "18073,18073,0.333333,2026-06-01,act,population,phuong,Thành Sen,Thanh Sen,42\n"
                                                   "18073,90002,0.333334,2026-06-01,act,population,phuong,Thành Sen A,Thanh Sen A,42\n"
                                                   "18073,90003,0.333333,2026-06-01,act,population,phuong,Thành Sen B,Thanh Sen B,42\n");
#define ON_MAP(day) ASK(&d, .indicator = "markets", .boundary = day, .units = { "18073", "90001", "90002", "90003" })
        assert_string_equal(ON_MAP("2026-04-01"), "markets 18073 2025-12 . 615385 published - - estimated: 61.54% of Thanh Sen by stated shares (population)\n"
                                                  "markets 90001 2025-12 . 384615 published - - estimated: 38.46% of Thanh Sen by stated shares (population)\n"
                                                  "markets 18073 2025 . 1 published - - estimated: 61.54% of Thanh Sen by stated shares (population)\n"
                                                  "markets 90001 2025 . 0 published - - estimated: 38.46% of Thanh Sen by stated shares (population)\n");
        assert_string_equal(ON_MAP("2026-12-01"), "markets 18073 2025-12 . 205128 published - - estimated: 20.51% of Thanh Sen by stated shares (population)\n"
                                                  "markets 90001 2025-12 . 384615 published - - estimated: 38.46% of Thanh Sen by stated shares (population)\n"
                                                  "markets 90002 2025-12 . 205129 published - - estimated: 20.51% of Thanh Sen by stated shares (population)\n"
                                                  "markets 90003 2025-12 . 205128 published - - estimated: 20.51% of Thanh Sen by stated shares (population)\n"
                                                  "markets 18073 2025 . 0 published - - estimated: 20.51% of Thanh Sen by stated shares (population)\n"
                                                  "markets 90001 2025 . 0 published - - estimated: 38.46% of Thanh Sen by stated shares (population)\n"
                                                  "markets 90002 2025 . 1 published - - estimated: 20.51% of Thanh Sen by stated shares (population)\n"
                                                  "markets 90003 2025 . 0 published - - estimated: 20.51% of Thanh Sen by stated shares (population)\n");
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
                struct arranging none = { ARRANGED, NULL };

                desk_work(&d);
                assert_false(ledger_write(&d.w, arrange_job, &none));
                assert_int_equal(d.w.err.code, ERR_MISSING);
        }
        desk_close(&d);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(figures_of_merged_units_are_added_on_the_new_map),
                cmocka_unit_test(a_divided_unit_is_apportioned_by_its_stated_shares),
                cmocka_unit_test(a_total_says_how_many_of_its_figures_are_of_the_unit_before),
                cmocka_unit_test(rates_that_nobody_reports_come_from_levels),
                cmocka_unit_test(indices_rest_on_indices),
                cmocka_unit_test(a_formula_finds_the_places_of_all_it_rests_on),
                cmocka_unit_test(rates_of_merged_units_come_from_levels_or_weights),
                cmocka_unit_test(the_parts_of_every_division_are_the_whole),
                cmocka_unit_test(the_parts_of_a_part_are_that_part_on_every_map),
                cmocka_unit_test(a_part_that_is_divided_again_gives_what_it_got),
                cmocka_unit_test(a_change_withdrawn_leaves_every_answer_as_it_was),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
