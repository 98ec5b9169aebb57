/* A table of more rows than a sheet takes: a million of them, so the program as it is shipped does it (SHIPPED_TESTS in tests/all.sh). */
#include "report/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "format/xlsx.h"

static bool count_row(void *context, const char *sheet, int row, const struct xlsx_cell *cells, int count)
{
        (void)sheet, (void)row, (void)cells, (void)count;
        ++*(int64_t *)context;
        return true;
}

static void rows_beyond_one_sheet_go_on_in_the_next(void **state)
{
        static const struct column one[] = { { "n", "N", NULL, CELL_INT } };
        char folder[] = "/tmp/table_long_test.XXXXXX", *path;
        struct work w;
        struct buf out;
        struct table *t;
        int64_t first = 0, second = 0;

        (void)state;
        assert_non_null(mkdtemp(folder));
        work_init(&w, arena_open((size_t)64 << 20), NULL, LANGUAGE_EN);
        buf_init(&out, 0);
        path = arena_print(w.arena, "%s/long.xlsx", folder);
        t = table_begin(&w, SUFFIX_XLSX, &out, "Long", NULL, one, 1);
        for (int i = 0; i < 1048580; i++)
                table_row(t, (struct cell[]){ cell_int(i) });
        assert_true(table_end(t, NULL));
        assert_true(file_write(path, out.data, out.length, 0600, &w.err));
        assert_true(xlsx_read(w.arena, path, "Data", count_row, &first, &w.err));
        assert_true(xlsx_read(w.arena, path, "Data 2", count_row, &second, &w.err));
        assert_int_equal(first, 1048576);
        assert_int_equal(second, 6);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(rmdir(folder), 0);
        arena_close(w.arena);
        buf_clear(&out);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rows_beyond_one_sheet_go_on_in_the_next),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
