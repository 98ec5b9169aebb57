#include "report/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/file.h"
#include "figure/filter.h"
#include "format/csv.h"
#include "format/xlsx.h"

static struct work w;
static struct buf out;
static char folder[] = "/tmp/table_test.XXXXXX";

static int folder_up(void **state)
{
        (void)state;
        return mkdtemp(folder) == NULL || setenv("TMPDIR", folder, 1) != 0;
}

static int folder_down(void **state)
{
        (void)state;
        return rmdir(folder); /* fails if a temporary file was left behind */
}

static int work_up(void **state)
{
        (void)state;
        work_init(&w, arena_open((size_t)64 << 20), NULL, LANGUAGE_EN);
        w.user = &user_operator;
        buf_init(&out, 0);
        return w.arena == NULL;
}

static int work_down(void **state)
{
        (void)state;
        arena_close(w.arena);
        buf_clear(&out);
        return 0;
}

static const struct column columns[] = {
        { "unit", "Place", NULL, CELL_TEXT }, { "value", "Output", "tonnes", CELL_NUMBER },
        { "rank", "Rank", NULL, CELL_INT },   { "due", "Due", NULL, CELL_DAY },
        { "at", "Sent at", NULL, CELL_MOMENT },
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static const char *const notes[] = { "Source: <GSO>", "As of 1 July 2025", NULL };

static void write_sample(enum suffix suffix, const char *next)
{
        const moment at = moment_of_day(day_of(2025, 7, 1)) + 8 * 3600000 + 15 * 60000;
        struct table *t = table_begin(&w, suffix, &out, "Output & more", notes, columns, COLUMNS);

        table_row(t, (struct cell[]){ cell_link("Hà \"Nội\", <b>", "/units/01?a=1&b=2"), cell_number(1234500000, 6, 2),
                                      cell_int(-12345), cell_day(day_of(2025, 7, 20)), cell_moment(at) });
        table_row(t, (struct cell[]){ cell_text("=1+1"), cell_number(-116450000, 6, -1), cell_int(INT64_MIN),
                                      cell_day(DAY_FOREVER), cell_empty() });
        table_row(t, (struct cell[]){ cell_text(NULL), cell_empty(), cell_empty(), cell_empty(), cell_empty() });
        assert_int_equal(table_count(t), 3);
        assert_true(table_end(t, next));
        assert_true(buf_finish(&out));
}

static void a_page_shows_numbers_and_days_as_people_read_them(void **state)
{
        (void)state;
        write_sample(SUFFIX_HTML, NULL);
        assert_non_null(strstr(out.data, "<h1>Output &amp; more</h1>"));
        assert_non_null(strstr(out.data, "<p class=\"lede\">Source: &lt;GSO&gt;</p>"));
        assert_non_null(strstr(out.data, "class=\"num\">Output <span class=\"unit\">(tonnes)</span></th>"));
        assert_non_null(strstr(out.data, "<a href=\"/units/01?a=1&amp;b=2\">Hà &quot;Nội&quot;, &lt;b&gt;</a>"));
        assert_non_null(strstr(out.data, "<td class=\"num\" data-l=\"Output (tonnes)\">1,234.50</td>"));
        assert_non_null(strstr(out.data, "<td class=\"num\" data-l=\"Output (tonnes)\">−116.45</td>"));
        assert_non_null(strstr(out.data, "<td class=\"num\" data-l=\"Rank\">−12,345</td>"));
        assert_non_null(strstr(out.data, "<td data-l=\"Due\">20 July 2025</td>"));
        assert_non_null(strstr(out.data, "<td data-l=\"Sent at\">08:15, 1 July 2025</td>"));
        assert_non_null(strstr(out.data, "Rows: 3"));
        assert_null(strstr(out.data, ".csv")); /* links only where the address is known */
}

static void a_table_below_a_heading_has_none_of_its_own(void **state)
{
        struct table *t = table_begin_below(&w, SUFFIX_HTML, &out, "Output & more", notes, columns, COLUMNS);

        (void)state;
        assert_true(table_end(t, NULL) && buf_finish(&out));
        assert_null(strstr(out.data, "<h1>"));
        assert_non_null(strstr(out.data, "aria-label=\"Output &amp; more\""));
        assert_non_null(strstr(strstr(out.data, "</table>"), "Source: &lt;GSO&gt;"));
}

static void a_page_in_vietnamese_has_decimal_commas_and_its_titles(void **state)
{
        (void)state;
        w.language = w.err.language = LANGUAGE_VI;
        write_sample(SUFFIX_HTML, NULL);
        assert_non_null(strstr(out.data, "<td class=\"num\" data-l=\"Output (tonnes)\">1.234,50</td>"));
        assert_non_null(strstr(out.data, "<td data-l=\"Hạn nộp\">20/07/2025</td>"));
        assert_non_null(strstr(out.data, "<td data-l=\"Gửi lúc\">08:15, 01/07/2025</td>"));
}

static void json_has_exact_numbers_units_and_the_count(void **state)
{
        json_t *read, *rows, *first;

        (void)state;
        write_sample(SUFFIX_JSON, "key/7");
        assert_non_null(strstr(out.data, "\"value\":1234.5,"));
        assert_non_null(strstr(out.data, "\"value\":-116.45,"));
        read = json_loadb(out.data, out.length, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(read);
        assert_int_equal(json_integer_value(json_object_get(read, "count")), 3);
        assert_string_equal(json_string_value(json_object_get(read, "next")), "key/7");
        assert_string_equal(json_string_value(json_object_get(read, "title")), "Output & more");
        assert_int_equal(json_array_size(json_object_get(read, "notes")), 2);
        first = json_array_get(json_object_get(read, "columns"), 1);
        assert_string_equal(json_string_value(json_object_get(first, "unit")), "tonnes");
        assert_string_equal(json_string_value(json_object_get(first, "kind")), "number");
        rows = json_object_get(read, "rows");
        assert_int_equal(json_array_size(rows), 3);
        first = json_array_get(rows, 0);
        assert_string_equal(json_string_value(json_object_get(first, "unit")), "Hà \"Nội\", <b>");
        assert_string_equal(json_string_value(json_object_get(first, "due")), "2025-07-20");
        assert_string_equal(json_string_value(json_object_get(first, "at")), "2025-07-01T08:15:00.000+07:00");
        assert_true(json_integer_value(json_object_get(json_array_get(rows, 1), "rank")) == INT64_MIN);
        assert_true(json_is_null(json_object_get(json_array_get(rows, 2), "unit")));
        assert_true(json_is_null(json_object_get(json_array_get(rows, 1), "due")));
        json_decref(read);
}

static void csv_has_stable_names_and_a_unit_for_every_number(void **state)
{
        (void)state;
        write_sample(SUFFIX_CSV, NULL);
        assert_string_equal(out.data, "unit,value,value_unit,rank,due,at\r\n"
                                      "\"Hà \"\"Nội\"\", <b>\",1234.5,tonnes,-12345,2025-07-20,"
                                      "2025-07-01T08:15:00.000+07:00\r\n"
                                      "'=1+1,-116.45,tonnes,-9223372036854775808,,\r\n"
                                      "\"\",,,,,\r\n");
}

/* What is said of a column, in a language; NULL: nothing. */
static const char *meaning(const json_t *column, const char *name, const char *language)
{
        const json_t *all = json_object_get(column, name), *one;
        size_t i;

        if (json_is_string(all))
                return json_string_value(all);
        json_array_foreach(all, i, one)
                if (strcmp(json_string_value(json_object_get(one, "@language")), language) == 0)
                        return json_string_value(json_object_get(one, "@value"));
        return NULL;
}

static bool names_again(const struct about *about)
{
        for (size_t i = 0; i < about->count; i++)
                if (strcmp(about->lines[i].name, "again") == 0)
                        return true;
        return false;
}

static void what_describes_the_csv_file_has_its_columns_in_both_languages(void **state)
{
        static const char *const expected[][2] = { { "unit", "string" }, { "value", "decimal" }, { "value_unit", "string" },
                                                   { "rank", "integer" }, { "due", "date" }, { "at", "dateTime" } };
        struct about *about = about_table(&w, "Output & more", 0, "/output.csvm?unit=01", (struct about_line[]){ { .name = "source", .label = "Source", .value = "GSO" } }, 1, true);
        struct table *t = table_begin(&w, SUFFIX_CSVM, &out, about->title, notes, columns, COLUMNS);
        const json_t *list, *properties;
        const char *licence;
        json_t *read;

        (void)state;
        table_describe(t, about);
        table_row(t, (struct cell[]){ cell_text("x"), cell_empty(), cell_empty(), cell_empty(), cell_empty() });
        assert_int_equal(table_count(t), 1);
        assert_true(table_end(t, NULL));
        assert_true(buf_finish(&out));
        read = json_loads(out.data, 0, NULL);
        assert_non_null(read);
        assert_string_equal(json_string_value(json_object_get(read, "url")), "/output.csv?unit=01");
        assert_string_equal(json_string_value(json_object_get(read, "dc:source")), "GSO");
        list = json_object_get(json_object_get(read, "tableSchema"), "columns");
        assert_int_equal(json_array_size(list), 6);
        for (size_t i = 0; i < 6; i++) {
                assert_string_equal(json_string_value(json_object_get(json_array_get(list, i), "titles")), expected[i][0]);
                assert_string_equal(json_string_value(json_object_get(json_array_get(list, i), "datatype")), expected[i][1]);
        }
        assert_string_equal(meaning(json_array_get(list, 4), "dc:description", "vi"), "Hạn nộp");
        assert_string_equal(meaning(json_array_get(list, 4), "dc:description", "en"), "Due");
        assert_string_equal(meaning(json_array_get(list, 1), "schema:unitText", "en"), "tonnes");
        properties = json_object_get(read, "schema:additionalProperty");
        assert_string_equal(json_string_value(json_object_get(json_array_get(properties, 0), "schema:value")), "/output.csvm?unit=01");
        assert_string_equal(json_string_value(json_object_get(json_array_get(properties, 2), "schema:value")), recorded_address(&w, "/output.csvm?recorded=2021-01-01&unit=01"));
        licence = json_string_value(json_object_get(json_array_get(properties, 4), "schema:value"));
        assert_string_equal(licence, json_string_value(json_object_get(read, "dc:rights")));
        assert_string_equal(json_string_value(json_object_get(json_array_get(properties, json_array_size(properties) - 1), "schema:value")), notes[1]);
        json_decref(read);
        assert_string_equal(about_table(&w, "x", 0, "/a.json/b.html", NULL, 0, false)->csv, "/a.json/b.csv");
        assert_null(about_table(&w, "x", 0, NULL, NULL, 0, false)->csv);
        assert_true(names_again(about_table(&w, "x", 0, "/a", NULL, 0, false)));
        w.user = &user_nobody;
        assert_false(names_again(about_table(&w, "x", 0, "/a", NULL, 0, false)));
}

static bool see_row(void *context, const char *sheet, int row, const struct xlsx_cell *cells, int count)
{
        (void)sheet;
        buf_print(context, "%d:", row);
        for (int i = 0; i < count; i++)
                buf_print(context, "%s%s", i > 0 ? "|" : "", cells[i].text);
        buf_char(context, '\n');
        return true;
}

static void a_workbook_has_the_data_and_a_sheet_about_it(void **state)
{
        char *path = arena_print(w.arena, "%s/read.xlsx", folder);
        struct buf seen;

        (void)state;
        write_sample(SUFFIX_XLSX, NULL);
        assert_true(file_write(path, out.data, out.length, 0600, &w.err));
        buf_init(&seen, 0);
        assert_true(xlsx_read(w.arena, path, "Data", see_row, &seen, &w.err));
        assert_string_equal(seen.data, "1:Place|Output (tonnes)|Rank|Due|Sent at\n"
                                       "2:Hà \"Nội\", <b>|1234.5|-12345|2025-07-20|2025-07-01T08:15:00\n"
                                       "3:=1+1|-116.45|-9223372036854775808\n");
        buf_reset(&seen);
        assert_true(xlsx_read(w.arena, path, "About", see_row, &seen, &w.err));
        assert_ptr_equal(strstr(seen.data, "1:Output & more\n2:Source: <GSO>\n3:As of 1 July 2025\n4:Number of rows|3\n"),
                         seen.data);
        assert_non_null(strstr(seen.data, "\n8:unit|Place\n9:value|Output|tonnes\n"));
        buf_clear(&seen);
        unlink(path);
}

static void a_table_without_rows_is_whole_in_every_format(void **state)
{
        struct table *t = table_begin(&w, SUFFIX_JSON, &out, NULL, NULL, columns, COLUMNS);

        (void)state;
        assert_true(table_end(t, NULL));
        assert_non_null(strstr(out.data, "\"rows\":[],\"count\":0,\"next\":null}"));
        buf_reset(&out);
        assert_true(table_end(table_begin(&w, SUFFIX_CSV, &out, NULL, NULL, columns, COLUMNS), NULL));
        assert_string_equal(out.data, "unit,value,value_unit,rank,due,at\r\n");
        buf_reset(&out);
        assert_true(table_end(table_begin(&w, SUFFIX_HTML, &out, NULL, NULL, columns, COLUMNS), NULL));
        assert_non_null(strstr(out.data, "There is nothing to show."));
        buf_reset(&out);
        assert_true(table_end(table_begin(&w, SUFFIX_XLSX, &out, NULL, NULL, columns, COLUMNS), NULL));
        assert_memory_equal(out.data, "PK", 2);
}

static void memory_does_not_grow_with_the_rows(void **state)
{
        static const enum suffix suffixes[] = { SUFFIX_HTML, SUFFIX_JSON, SUFFIX_CSV, SUFFIX_XLSX };

        (void)state;
        for (int i = 0; i < 4; i++) {
                struct table *t = table_begin(&w, suffixes[i], &out, "Many", notes, columns, COLUMNS);
                size_t before = arena_used(w.arena);

                for (int row = 0; row < 1000; row++)
                        table_row(t, (struct cell[]){ cell_text("x"), cell_number(row, 2, 1), cell_int(row),
                                                      cell_day(row), cell_moment(row) });
                assert_int_equal(arena_used(w.arena), before);
                assert_true(table_end(t, NULL));
                buf_reset(&out);
        }
}

static bool refuse(void *context, const char *bytes, size_t length)
{
        (void)context, (void)bytes, (void)length;
        return false;
}

static void a_table_that_cannot_go_out_is_an_error(void **state)
{
        struct buf broken;
        struct table *t;

        (void)state;
        buf_init_sink(&broken, refuse, NULL);
        t = table_begin(&w, SUFFIX_CSV, &broken, "x", NULL, columns, COLUMNS);
        for (int row = 0; row < 20000; row++)
                table_row(t, (struct cell[]){ cell_text("x"), cell_empty(), cell_empty(), cell_empty(), cell_empty() });
        assert_false(table_end(t, NULL));
        assert_int_equal(w.err.code, ERR_ENVIRONMENT);
        buf_clear(&broken);
        error_clear(&w.err);
        assert_false(table_end(table_begin(&w, SUFFIX_SVG, &out, "x", NULL, columns, COLUMNS), NULL));
        assert_int_equal(w.err.code, ERR_USAGE);
        error_clear(&w.err);
        setenv("TMPDIR", "/nowhere", 1);
        t = table_begin(&w, SUFFIX_XLSX, &out, "x", NULL, columns, COLUMNS);
        setenv("TMPDIR", folder, 1);
        table_row(t, (struct cell[]){ cell_text("x"), cell_empty(), cell_empty(), cell_empty(), cell_empty() });
        assert_false(table_end(t, NULL));
        assert_int_equal(w.err.code, ERR_ENVIRONMENT);
}

static void a_workbook_given_up_halfway_leaves_no_file(void **state)
{
        struct table *t = table_begin(&w, SUFFIX_XLSX, &out, "x", NULL, columns, COLUMNS);

        (void)state;
        table_row(t, (struct cell[]){ cell_text("x"), cell_empty(), cell_empty(), cell_empty(), cell_empty() });
        arena_reset(w.arena);
        assert_int_equal(rmdir(folder), 0);
        assert_int_equal(mkdir(folder, 0700), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, work_up, work_down)
                TEST(a_page_shows_numbers_and_days_as_people_read_them),
                TEST(a_table_below_a_heading_has_none_of_its_own),
                TEST(a_page_in_vietnamese_has_decimal_commas_and_its_titles),
                TEST(json_has_exact_numbers_units_and_the_count),
                TEST(csv_has_stable_names_and_a_unit_for_every_number),
                TEST(what_describes_the_csv_file_has_its_columns_in_both_languages),
                TEST(a_workbook_has_the_data_and_a_sheet_about_it),
                TEST(a_table_without_rows_is_whole_in_every_format),
                TEST(memory_does_not_grow_with_the_rows),
                TEST(a_table_that_cannot_go_out_is_an_error),
                TEST(a_workbook_given_up_halfway_leaves_no_file),
        };

        return cmocka_run_group_tests_name("table", tests, folder_up, folder_down);
}
