#include "tests/support.h"
#include "tests/shipped.h"

#include "areas/figures/import.h"
#include "base/log.h"
#include "format/xlsx.h"
#include "ledger/check.h"
#include "ledger/node.h"
#include "ledger/trust.h"
#include "ledger/write.h"

static const struct entry_kind *const kinds[] = { trust_kinds, catalogue_kinds, figure_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, catalogue_tables, figure_tables, NULL };
static const struct ledger_schema schema = { .kinds = kinds, .tables = tables };

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

static void desk_open(struct desk *d, const char *unit)
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
        if (!ledger_write(&d->w, load_shipped, NULL))
                fail_msg("%s", d->w.err.message);
}

static void desk_close(struct desk *d)
{
        node_close(d->node);
        arena_close(d->arena);
}

static const char *file_of(const char *text)
{
        const char *path = test_path("figures.csv");
        FILE *f = fopen(path, "wb");

        assert_non_null(f);
        assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
        assert_int_equal(fclose(f), 0);
        return path;
}

static bool import(struct desk *d, const char *path, const char *table, struct import_result *r)
{
        struct import_options options = { .table = table, .name = "figures.csv" };

        desk_work(d);
        return import_file(&d->w, path, &options, r);
}

static int64_t count_figures(struct desk *d)
{
        desk_work(d);
        return db_number(d->w.db, "SELECT COUNT(*) FROM figure", NO_ARGS, -1);
}

/* The value of one figure, written; "-" for none. */
static const char *value_of(struct desk *d, const char *indicator, const char *unit, const char *p, const char *item,
                            const char *known)
{
        static char text[DECIMAL_TEXT_MAX];
        const struct catalogue *c;
        const struct indicator *i;
        struct figure_row row;
        moment at = 0;
        period when;

        desk_work(d);
        c = catalogue_of(&d->w);
        i = indicator_find(c, indicator);
        assert_non_null(i);
        assert_true(period_read(p, strlen(p), &when));
        assert_true(known == NULL || moment_read(known, strlen(known), &at));
        if (!figure_get(&d->w, i, unit_read(c, unit, period_last(when)), when, item, "", false, at, &row)) {
                assert_string_equal(d->w.err.message, "");
                return "-";
        }
        decimal_write(text, row.value, i->decimals);
        return text;
}

/* ---- plain columns ------------------------------------------------------------------------------------ */

static void what_takes_the_place_of_a_recorded_value_is_pointed_out(void **state)
{
        static const char head[] = "indicator,unit,period,value,known_from\n";
        struct import_result r;
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        assert_true(import(&d, file_of("indicator,unit,period,value,known_from\nretail_sales,42,2021-12,10,2022-01-31\nretail_sales,25,2021-12,10,2022-01-31\n"), NULL, &r));
        assert_int_equal(r.odd_count, 0);
        assert_true(import(&d, file_of("indicator,unit,period,value,known_from\nretail_sales,25,2021-12,10,2022-01-31\nretail_sales,42,2021-12,14.5,2022-01-31\n"), NULL, &r));
        assert_int_equal(r.odd_count, 1); /* the same once more is none */
        assert_int_equal(r.odd[0].row, 3);
        assert_string_equal(r.odd[0].column, "known_from");
        assert_string_equal(r.odd[0].reason, "14.5 corrects 10, recorded as known from the same moment: it stands from now on, and what was known before stays; give a revision a moment of its own");
        assert_string_equal(value_of(&d, "retail_sales", "42", "2021-12", "", NULL), "14.5");
        assert_string_equal(value_of(&d, "retail_sales", "42", "2021-12", "", "2022-02-01"), "10");
        assert_true(import(&d, file_of("indicator,unit,period,value,known_from\nretail_sales,42,2021-12,14.5,2022-01-31\n"), NULL, &r));
        assert_int_equal(r.odd_count, 0); /* nor what was corrected so */
        assert_true(import(&d, file_of("indicator,unit,period,value,known_from\nretail_sales,42,2021-12,10,2022-01-31\n"), NULL, &r));
        assert_string_equal(r.odd[0].reason, "10 corrects 14.5, recorded as known from the same moment: it stands from now on, and what was known before stays; give a revision a moment of its own");
        assert_true(import(&d, file_of("indicator,unit,period,value,known_from\nretail_sales,42,2021-12,15,2022-02-28\n"), NULL, &r));
        assert_int_equal(r.odd_count, 0);
        {
                struct import_options other = { .name = "Tổng cục Thống kê: biểu tháng" };

                desk_work(&d);
                assert_true(import_file(&d.w, file_of("indicator,unit,period,value,known_from\nretail_sales,42,2021-12,16,2022-02-28\n"), &other, &r));
                assert_int_equal(r.odd_count, 0); /* another source's: no correction */
                other.name = "another file"; /* of the administration's own, as the first: they count as one source */
                desk_work(&d);
                assert_true(import_file(&d.w, file_of("indicator,unit,period,value,known_from\nretail_sales,42,2021-12,17,2022-02-28\n"), &other, &r));
                assert_int_equal(r.odd_count, 1);
        }
        {
                struct buf many;

                buf_init(&many, 0);
                buf_text(&many, head);
                for (int y = 1961; y <= 2020; y++)
                        for (int m = 1; m <= 12; m++)
                                buf_print(&many, "retail_sales,VN,%d-%02d,%d,2021-01-31\n", y, m, y + m);
                assert_true(import(&d, file_of(many.data), NULL, &r));
                assert_int_equal(r.odd_count, 0);
                assert_non_null(strstr(many.data, ",1962,2021"));
                strstr(many.data, ",1962,2021")[4] = '3';
                assert_true(import(&d, file_of(many.data), NULL, &r));
                assert_int_equal(r.odd_count, 1);
                buf_clear(&many);
        }
        desk_close(&d);
}

static void good_rows_arrive_in_any_order_of_columns(void **state)
{
        struct import_result r;
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        if (!import(&d,
                    file_of("\xEF\xBB\xBFvalue,period,unit,item,indicator,status,known_from\r\n"
                            "2000.5,2021,42,,export_value,published,2022-01-31\r\n"
                            "\"116.45\",2021-12, 42 ,TOTAL,iip_yoy,submitted,\r\n"
                            "-3,2021-12,VN,,trade_balance,,2022-01-31T08:00+07:00\r\n"),
                    NULL, &r))
                fail_msg("%s: %s", d.w.err.message, r.bad_count > 0 ? r.bad[0].reason : "");
        assert_int_equal(r.rows, 3);
        assert_int_equal(r.figures, 3);
        assert_true(r.is_written);
        assert_string_equal(value_of(&d, "export_value", "42", "2021", "", NULL), "2000.5");
        assert_string_equal(value_of(&d, "export_value", "42", "2021", "tong_tri_gia", "2022-01-30"), "-");
        assert_string_equal(value_of(&d, "iip_yoy", "42", "2021-12", "", NULL), "116.45");
        assert_string_equal(value_of(&d, "trade_balance", "VN", "2021-12", "", NULL), "-3");
        desk_close(&d);
}

static void every_bad_row_is_named_and_nothing_is_imported(void **state)
{
        static const struct {
                const char *row, *column, *word;
        } cases[] = {
                { "export_valeu,42,2021,,1,,", "indicator", "did you mean \"export_value\"" },
                { "zzzzzzz,42,2021,,1,,", "indicator", "there is no indicator \"zzzzzzz\"" },
                { "export_value,26,2026-01,,1,,", "unit", "did not exist on 2026-01-31, only 2004-01-01 – 2025-06-30" },
                { "export_value,9999,2021,,1,,", "unit", "there never was" },
                { "export_value,42,2021-13,,1,,", "period", "not a period" },
                { "export_value,42,03/2021,,1,,", "period", "not a period" },
                { "export_value,42,2021,,\"1,5\",,", "value", "has a comma" },
                { "export_value,42,2021,,1.2345678,,", "value", "decimals" },
                { "export_value,42,2021,,99999999999999999999,,", "value", "64" },
                { "export_value,42,2021,,12O,,", "value", "O" },
                { "export_value,42,2021,,,,", "value", "" },
                { "export_value,42,2021,,-1,,", "value", "negative" },
                { "export_value,42,2021,no_such_item,1,,", "item", "not in the classification" },
                { "retail_sales,42,2021,x,1,,", "item", "not divided" },
                { "export_value,42,2021,,1,done,", "status", "not a status" },
                { "export_value,42,2021,,1,,31/12/2021", "known_from", "not a date" },
                { "export_value,42,2021,,1,,2199-01-01", "known_from", "future" },
                { "export_value,42,2021,,1", "", "fields" },
                { "export_value,42,2021,,7,,", "", "the same figure stands in row 2" },
        };
        size_t count = sizeof cases / sizeof *cases;
        struct import_result r;
        struct desk d;
        struct buf file;

        (void)state;
        desk_open(&d, "VN");
        buf_init(&file, 0);
        buf_text(&file, "indicator,unit,period,item,value,status,known_from\nexport_value,42,2021,tong_tri_gia,5,,\n");
        for (size_t i = 0; i < count; i++) {
                buf_text(&file, cases[i].row);
                buf_char(&file, '\n');
        }
        assert_false(import(&d, file_of(file.data), NULL, &r));
        assert_int_equal(d.w.err.code, ERR_INVALID);
        assert_int_equal(r.bad_count, count);
        for (size_t i = 0; i < count; i++) {
                if (r.bad[i].row != (int64_t)i + 3 || strcmp(r.bad[i].column, cases[i].column) != 0 ||
                    strstr(r.bad[i].reason, cases[i].word) == NULL)
                        fail_msg("case %zu: row %lld, column %s: %s", i, (long long)r.bad[i].row, r.bad[i].column,
                                 r.bad[i].reason);
        }
        assert_int_equal(count_figures(&d), 0);
        buf_clear(&file);
        desk_close(&d);
}

static void a_thousand_bad_rows_are_listed_the_rest_counted(void **state)
{
        struct import_result r;
        struct desk d;
        struct buf file;

        (void)state;
        desk_open(&d, "VN");
        buf_init(&file, 0);
        buf_text(&file, "indicator,unit,period,value\n");
        for (int i = 0; i < 1500; i++)
                buf_print(&file, "%s_value,VN,%d-%02d,x\n", i % 2 == 0 ? "export" : "import", 1950 + i / 24, 1 + i / 2 % 12);
        assert_false(import(&d, file_of(file.data), NULL, &r));
        assert_int_equal(r.bad_count, 1500);
        assert_int_equal(r.bad[999].row, 1001);
        buf_clear(&file);
        desk_close(&d);
}

static void broken_files_are_refused(void **state)
{
        static const struct {
                const char *text, *table, *message;
        } cases[] = {
                { "", NULL, "empty" },
                { "indicator,unit,period\n", NULL, "\"value\" is missing" },
                { "indicator,unit,period,value,itm\n", NULL, "\"itm\" is not known" },
                { "indicator,unit,period,value,value\n", NULL, "twice" },
                { "release,period,code,measure\n", "iip", "\"value\" is missing" },
                { "indicator,unit,period,value\nexport_value,42,2021,1\nexport_value,\xC3(,2021,1\n", NULL, "nothing was imported" },
                { "indicator,unit,period,value\n", "no_such", "no table" },
        };
        struct import_result r;
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                assert_false(import(&d, file_of(cases[i].text), cases[i].table, &r));
                if (strstr(d.w.err.message, cases[i].message) == NULL)
                        fail_msg("case %zu: %s", i, d.w.err.message);
        }
        assert_false(import(&d, "/no/such/file.csv", NULL, &r));
        assert_int_equal(count_figures(&d), 0);
        desk_close(&d);
}

static void a_dry_run_writes_nothing(void **state)
{
        struct import_options options = { .name = "x.csv", .is_dry_run = true };
        struct import_result r;
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        desk_work(&d);
        assert_true(import_file(&d.w, file_of("indicator,unit,period,value\nexport_value,42,2021,1\niip_yoy,42,2021-01,5000\n"),
                                &options, &r));
        assert_int_equal(r.figures, 2);
        assert_false(r.is_written);
        assert_int_equal(r.odd_count, 1); /* 5000 is not plausible, yet may be so */
        assert_string_equal(r.odd[0].column, "value");
        assert_int_equal(count_figures(&d), 0);
        desk_close(&d);
}

static void a_province_imports_only_its_own_figures(void **state)
{
        struct import_result r;
        struct desk d;

        (void)state;
        desk_open(&d, "25");
        assert_false(import(&d, file_of("indicator,unit,period,value\nretail_sales,25,2025-08,1\nretail_sales,42,2025-08,1\n"),
                            NULL, &r));
        assert_int_equal(r.bad_count, 1);
        assert_int_equal(r.bad[0].row, 3);
        assert_non_null(strstr(r.bad[0].reason, "outside the territory"));
        desk_close(&d);
}

static void a_workbook_is_read_like_a_csv_file(void **state)
{
        const char *path = test_path("figures.xlsx");
        static const char *const head[] = { "indicator", "unit", "period", "value" };
        struct import_result r;
        struct xlsx_writer *x;
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        desk_work(&d);
        x = xlsx_create(d.arena, path, &d.w.err);
        assert_non_null(x);
        xlsx_sheet(x, "figures", (const double[]){ 20, 10, 10, 10 }, 4, 1);
        for (int i = 0; i < 4; i++)
                xlsx_text(x, 0, i, head[i], XLSX_HEAD);
        xlsx_text(x, 1, 0, "retail_sales", XLSX_PLAIN);
        xlsx_text(x, 1, 1, "42", XLSX_PLAIN);
        xlsx_text(x, 1, 2, "2021-12", XLSX_PLAIN);
        xlsx_number(x, 1, 3, 1234567, 3, 1, XLSX_PLAIN);
        assert_true(xlsx_finish(x, &d.w.err));
        if (!import(&d, path, NULL, &r))
                fail_msg("%s: %s", d.w.err.message, r.bad_count > 0 ? r.bad[0].reason : "");
        assert_string_equal(value_of(&d, "retail_sales", "42", "2021-12", "", NULL), "1234.567");
        desk_close(&d);
}

/* ---- the publisher's tables ---------------------------------------------------------------------------- */

static void the_published_tables_are_imported_whole(void **state)
{
        static const struct {
                const char *file, *table;
                int64_t rows, figures;
        } files[] = {
                { "gso_iip_month.csv", "iip", 5254, 5254 },
                { "gso_product_month.csv", "product", 3100, 3100 },
                { "gso_export.csv", "export", 2649, 2649 },
                { "gso_import.csv", "import", 2826, 2826 },
                { "gso_labour_province.csv", "labour", 5632, 5632 },
                { "gso_consumption_inventory.csv", "consumption", 1536, 1536 },
                { "gso_gdp_const2010.csv", "gdp_const", 784, 784 },
                { "gso_gdp_current.csv", "gdp_current", 784, 784 },
        };
        struct import_result r;
        struct desk d;
        int64_t all = 0, entries;

        (void)state;
        desk_open(&d, "VN");
        for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
                char path[200];

                snprintf(path, sizeof path, "data/published/%s", files[i].file);
                if (!import(&d, path, files[i].table, &r))
                        fail_msg("%s: %s; row %lld: %s", path, d.w.err.message,
                                 r.bad_count > 0 ? (long long)r.bad[0].row : 0, r.bad_count > 0 ? r.bad[0].reason : "");
                assert_int_equal(r.rows, files[i].rows);
                assert_int_equal(r.figures, files[i].figures);
                assert_int_equal(r.left_out_count, 0);
                all += r.figures;
                assert_int_equal(count_figures(&d), all);
        }
        /* first as estimated, a month later as revised */
        assert_string_equal(value_of(&d, "iip_yoy", "VN", "2019-01", "05", NULL), "108.69");
        assert_string_equal(value_of(&d, "iip_yoy", "VN", "2019-01", "05", "2019-02-15"), "106.59");
        assert_string_equal(value_of(&d, "product_output", "VN", "2019-01", "alumin", "2019-02-15"), "101.669");
        assert_string_equal(value_of(&d, "export_value", "VN", "2019-01", "ca_phe", NULL), "305.478229");
        assert_string_equal(value_of(&d, "labour_yoy", "01", "2019-08", "", NULL), "98.08");
        assert_string_equal(value_of(&d, "gdp_const2010", "VN", "2019-Q1", "cong_nghiep", "2019-04-15"), "213396.580783");
        desk_work(&d);
        if (!ledger_rebuild_check(&d.w, &entries))
                fail_msg("%s", d.w.err.message);
        desk_close(&d);
}

static void measures_not_known_are_named_with_their_number(void **state)
{
        struct import_result r;
        struct desk d;

        (void)state;
        desk_open(&d, "VN");
        if (!import(&d,
                    file_of("release,period,code,name_vi,measure,unit,value\n"
                            "2021-03,2021-03,TOTAL,x,yoy,%,105.7\n2021-03,2021-03,TOTAL,x,ytd,%,105.7\n"
                            "2021-03,2021-03,B,x,ytd,%,98\n"),
                    "iip", &r))
                fail_msg("%s", d.w.err.message);
        assert_int_equal(r.figures, 1);
        assert_int_equal(r.left_out_count, 1);
        assert_string_equal(r.left_out[0].name, "ytd");
        assert_int_equal(r.left_out[0].count, 2);
        assert_string_equal(value_of(&d, "iip_yoy", "VN", "2021-03", "", "2021-03-31"), "105.7");
        assert_string_equal(value_of(&d, "iip_yoy", "VN", "2021-03", "", "2021-03-30"), "-");
        desk_close(&d);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_takes_the_place_of_a_recorded_value_is_pointed_out),
                cmocka_unit_test(good_rows_arrive_in_any_order_of_columns),
                cmocka_unit_test(every_bad_row_is_named_and_nothing_is_imported),
                cmocka_unit_test(a_thousand_bad_rows_are_listed_the_rest_counted),
                cmocka_unit_test(broken_files_are_refused),
                cmocka_unit_test(a_dry_run_writes_nothing),
                cmocka_unit_test(a_province_imports_only_its_own_figures),
                cmocka_unit_test(a_workbook_is_read_like_a_csv_file),
                cmocka_unit_test(the_published_tables_are_imported_whole),
                cmocka_unit_test(measures_not_known_are_named_with_their_number),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
