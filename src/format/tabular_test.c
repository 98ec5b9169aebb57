#include "tests/support.h"

#include "base/buf.h"
#include "format/tabular.h"
#include "format/xlsx.h"

static struct arena *arena;

static int set_up(void **state)
{
        (void)state;
        arena = arena_open((size_t)64 << 20);
        return arena == NULL;
}

static int tear_down(void **state)
{
        (void)state;
        arena_close(arena);
        return 0;
}

/* "LINE:field|field;" for each row, "SHEET!LINE:..." of a workbook; stops after the row that holds "stop". */
static bool write_down(void *context, const struct tabular_row *row)
{
        struct buf *out = context;

        buf_print(out, "%s%s%lld:", row->sheet, *row->sheet == '\0' ? "" : "!", (long long)row->line);
        for (size_t i = 0; i < row->count; i++) {
                assert_int_equal(strlen(row->fields[i].bytes), row->fields[i].length);
                buf_print(out, "%s%s", i == 0 ? "" : "|", row->fields[i].bytes);
        }
        buf_char(out, ';');
        return row->count == 0 || strcmp(row->fields[0].bytes, "stop") != 0;
}

static const char *file_of(const char *text)
{
        const char *path = test_path("file");
        FILE *file = fopen(path, "wb");

        assert_non_null(file);
        assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
        assert_int_equal(fclose(file), 0);
        return path;
}

static void rows_of_a_csv_file_come_trimmed_with_their_lines(void **state)
{
        static const struct {
                const char *text, *rows;
                int64_t damaged;
        } cases[] = {
                { "a,b\n1, 2 \n\n\t3,4\n", "1:a|b;2:1|2;4:3|4;", 0 },
                { "\xEF\xBB\xBF" "a;b\r\n1;2\r\n", "1:a|b;2:1|2;", 0 },
                { "a,b\n\"x\ny\",2\nlast,\n", "1:a|b;2:x\ny|2;4:last|;", 0 },
                { "a\nstop\nnever\n", "1:a;2:stop;", 0 },
                { "", "", 0 },
                { "a,b\n1,\"2\n", "1:a|b;", 1 },
                { "a,b\n1,2\n\xFF,2\n", "1:a|b;2:1|2;", 2 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct error e = { .language = LANGUAGE_EN };
                int64_t line = -1;
                struct buf out;
                bool ok;

                buf_init(&out, 0);
                ok = tabular_read(arena, file_of(cases[i].text), write_down, &out, &line, &e);
                if (ok != (cases[i].damaged == 0) || line != cases[i].damaged || strcmp(out.data == NULL ? "" : out.data, cases[i].rows) != 0)
                        fail_msg("row %zu: line %lld, \"%s\", %s", i, (long long)line, out.data == NULL ? "" : out.data, e.message);
                buf_clear(&out);
        }
}

static void rows_of_a_workbook_are_as_wide_as_its_head(void **state)
{
        const char *path = test_path("book.xlsx");
        struct error e = { .language = LANGUAGE_EN };
        struct xlsx_writer *x = xlsx_create(arena, path, &e);
        static const double widths[] = { 10, 10, 10 };
        int64_t line = -1;
        struct buf out;

        (void)state;
        assert_non_null(x);
        xlsx_sheet(x, "one", widths, 3, 0);
        xlsx_text(x, 0, 0, "a", XLSX_PLAIN);
        xlsx_text(x, 0, 1, " b ", XLSX_PLAIN);
        xlsx_text(x, 0, 2, "c", XLSX_PLAIN);
        xlsx_number(x, 1, 0, 12345, 2, 2, XLSX_PLAIN);
        xlsx_text(x, 3, 2, "z", XLSX_PLAIN);
        xlsx_text(x, 4, 3, "beyond", XLSX_PLAIN);
        assert_true(xlsx_finish(x, &e));
        buf_init(&out, 0);
        assert_true(tabular_read(arena, path, write_down, &out, &line, &e));
        assert_string_equal(out.data, "one!1:a|b|c;one!2:123.45||;one!4:||z;one!5:|||beyond;");
        assert_int_equal(line, 0);
        buf_clear(&out);
}

static void a_file_that_is_not_there_is_said(void **state)
{
        struct error e = { .language = LANGUAGE_EN };
        int64_t line = -1;

        (void)state;
        assert_false(tabular_read(arena, "/nonexistent/file.csv", write_down, NULL, &line, &e));
        assert_int_equal(e.code, ERR_INVALID);
        assert_int_equal(line, 0);
        error_clear(&e);
        assert_false(tabular_read(arena, file_of("PK\3\4 no workbook"), write_down, NULL, &line, &e));
        assert_int_equal(line, 0);
        assert_true(*e.message != '\0');
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rows_of_a_csv_file_come_trimmed_with_their_lines),
                cmocka_unit_test(rows_of_a_workbook_are_as_wide_as_its_head),
                cmocka_unit_test(a_file_that_is_not_there_is_said),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
