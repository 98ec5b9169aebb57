#include "format/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena *arena;

static int arena_up(void **state)
{
        (void)state;
        arena = arena_open((size_t)64 << 20);
        return arena == NULL;
}

static int arena_down(void **state)
{
        (void)state;
        arena_close(arena);
        return 0;
}

/* All rows as "a|b\n", an error as "! message". */
static const char *rows_of(struct csv_reader *r, struct error *e)
{
        static struct buf b;
        const char *const *fields;
        const size_t *lengths;
        size_t count;

        buf_clear(&b);
        buf_init(&b, (size_t)64 << 20);
        buf_put(&b, "", 0);
        while (csv_next(r, e, &fields, &lengths, &count)) {
                for (size_t i = 0; i < count; i++) {
                        assert_int_equal(fields[i][lengths[i]], '\0');
                        buf_text(&b, i > 0 ? "|" : "");
                        buf_put(&b, fields[i], lengths[i]);
                }
                buf_char(&b, '\n');
        }
        assert_false(csv_next(r, e, &fields, &lengths, &count));
        if (!error_ok(e))
                buf_print(&b, "! %s", e->message);
        assert_true(buf_ok(&b));
        return b.data;
}

static void rows_and_fields_are_told_apart(void **state)
{
        static const struct {
                const char *bytes, *rows;
        } cases[] = {
                { "", "" },
                { "\n\r\n\n", "" },
                { "a", "a\n" },
                { "a,b\r\nc,d\r\n", "a|b\nc|d\n" },
                { "a,b\nc,d", "a|b\nc|d\n" },
                { "a,b\r\n\r\n\nc,d\r", "a|b\nc|d\n" },
                { ",\n,,", "|\n||\n" },
                { "\xEF\xBB\xBF" "a,b", "a|b\n" },
                { "\xEF\xBB\xBF\"a\",b", "a|b\n" },
                { "\"a,b\",\"c\"\"d\",\"\"\n", "a,b|c\"d|\n" },
                { "\"\"\n\"\"\"\"\n", "\n\"\n" },
                { "\"one\r\ntwo\",x\r\ny,z", "one\r\ntwo|x\ny|z\n" },
                { "\"a\"\r\n\"b\"\r", "a\nb\n" },
                { "x,\"a\"", "x|a\n" },
                { "a;b\nc;d,e", "a|b\nc|d,e\n" },
                { "a;b,c\nd;e", "a;b|c\nd;e\n" },
                { "\"x,y\";b\n1,5;2", "x,y|b\n1,5|2\n" },
                { "\n\na;b\n1;2", "a|b\n1|2\n" },
                { " a , b \n", " a | b \n" },
                { "Đề án,Ẳ\n", "Đề án|Ẳ\n" },
                { "a\rb,c\n", "a\rb|c\n" },
                { "a\"b", "! line 1, byte 2: a quote inside a field that does not begin with one" },
                { "x\n1,\"a\"b", "x\n! line 2, byte 6: after the closing quote a separator must follow" },
                { "x\n\"a\nb\n", "x\n! line 2, byte 1: the quote is never closed" },
                { "x\n\"a\nb\",\"c", "x\n! line 3, byte 4: the quote is never closed" },
                { "x\n\"a\nb\xFF\"", "x\n! line 3, byte 2: the text is not UTF-8" },
                { "x,\xC3\n", "! line 1, byte 3: the text is not UTF-8" },
                { "\xFF\xFE" "a", "! line 1, byte 1: the text is not UTF-8" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                struct error e = { .language = LANGUAGE_EN };
                size_t length = strlen(cases[i].bytes);
                FILE *file = tmpfile();

                assert_string_equal(rows_of(csv_open_memory(arena, cases[i].bytes, length), &e), cases[i].rows);
                error_clear(&e);
                assert_non_null(file);
                assert_int_equal(fwrite(cases[i].bytes, 1, length, file), length);
                rewind(file);
                assert_string_equal(rows_of(csv_open_file(arena, file), &e), cases[i].rows);
                fclose(file);
        }
}

static void a_nul_is_no_text(void **state)
{
        struct error e = { .language = LANGUAGE_EN };

        (void)state;
        assert_string_equal(rows_of(csv_open_memory(arena, "a\0b\n", 4), &e),
                            "! line 1, byte 2: the text is not UTF-8");
        assert_int_equal(e.code, ERR_INVALID);
        assert_string_equal(e.hint, "save the file as \"CSV UTF-8\"");
}

static void every_row_knows_its_line(void **state)
{
        static const char bytes[] = "head\n\n\"two\nlines\"\n\nlast";
        static const int64_t lines[] = { 1, 3, 6 };
        struct csv_reader *r = csv_open_memory(arena, bytes, sizeof bytes - 1);
        struct error e = { 0 };
        const char *const *fields;
        size_t count, rows = 0;

        (void)state;
        while (csv_next(r, &e, &fields, NULL, &count))
                assert_int_equal(csv_line(r), lines[rows++]);
        assert_int_equal(rows, 3);
        assert_true(error_ok(&e));
}

static void limits_are_refused_with_the_line(void **state)
{
        struct error e = { .language = LANGUAGE_EN };
        char *bytes = arena_alloc(arena, CSV_ROW_MAX * 2);
        const char *const *fields;
        const size_t *lengths;
        struct csv_reader *r;
        size_t count;

        (void)state;
        memset(bytes, 'a', CSV_ROW_MAX * 2);
        memcpy(bytes, "x\n", 2);
        r = csv_open_memory(arena, bytes, CSV_ROW_MAX * 2);
        assert_true(csv_next(r, &e, &fields, &lengths, &count));
        assert_false(csv_next(r, &e, &fields, &lengths, &count));
        assert_string_equal(e.message, "line 2: the row is longer than 1048576 bytes");
        assert_int_equal(e.code, ERR_TOO_BIG);
        error_clear(&e);

        bytes[2] = '"'; /* an open quote must not take the memory either */
        r = csv_open_memory(arena, bytes, CSV_ROW_MAX * 2);
        assert_true(csv_next(r, &e, &fields, &lengths, &count));
        assert_false(csv_next(r, &e, &fields, &lengths, &count));
        assert_int_equal(e.code, ERR_TOO_BIG);
        error_clear(&e);

        r = csv_open_memory(arena, bytes + 3, CSV_ROW_MAX);
        assert_true(csv_next(r, &e, &fields, &lengths, &count));
        assert_int_equal(lengths[0], CSV_ROW_MAX);
        r = csv_open_memory(arena, bytes + 3, CSV_ROW_MAX + 1);
        assert_false(csv_next(r, &e, &fields, &lengths, &count));
        assert_int_equal(e.code, ERR_TOO_BIG);
        error_clear(&e);

        memset(bytes, ',', CSV_FIELDS_MAX);
        r = csv_open_memory(arena, bytes, CSV_FIELDS_MAX - 1);
        assert_true(csv_next(r, &e, &fields, &lengths, &count));
        assert_int_equal(count, CSV_FIELDS_MAX);
        r = csv_open_memory(arena, bytes, CSV_FIELDS_MAX);
        assert_false(csv_next(r, &e, &fields, &lengths, &count));
        assert_string_equal(e.message, "line 1: the row has more than 256 fields");
        error_clear(&e);
        bytes[CSV_FIELDS_MAX] = '"';
        bytes[CSV_FIELDS_MAX + 1] = '"';
        assert_false(csv_next(csv_open_memory(arena, bytes, CSV_FIELDS_MAX + 2), &e, &fields, &lengths, &count));
        assert_int_equal(e.code, ERR_TOO_BIG);
}

/* Rows of all lengths, so that every kind of row meets the edge of the buffer. */
static void rows_across_the_edge_of_the_buffer_stay_whole(void **state)
{
        struct error e = { 0 };
        struct buf text, expected;
        FILE *file = tmpfile();

        (void)state;
        buf_init(&text, 0);
        buf_init(&expected, 0);
        for (int i = 0; text.length < 400000; i++) {
                int fill = i * 37 % 1999;

                buf_print(&text, "%d,\"q\"\"%0*d\r\n,\",x\r\n", i, fill, 7);
                buf_print(&expected, "%d|q\"%0*d\r\n,|x\n", i, fill, 7);
                if (i % 5 == 0) {
                        buf_print(&text, "%0*d,ề,\n", fill, 3);
                        buf_print(&expected, "%0*d|ề|\n", fill, 3);
                }
                if (i % 97 == 0) { /* longer than the first buffer */
                        buf_print(&text, "\"%0*d\n\"\n", 80000, i);
                        buf_print(&expected, "%0*d\n\n", 80000, i);
                }
        }
        assert_string_equal(rows_of(csv_open_memory(arena, text.data, text.length), &e), expected.data);
        assert_int_equal(fwrite(text.data, 1, text.length, file), text.length);
        rewind(file);
        assert_string_equal(rows_of(csv_open_file(arena, file), &e), expected.data);
        fclose(file);
        buf_clear(&text);
        buf_clear(&expected);
}

static void a_file_that_cannot_be_read_is_an_error(void **state)
{
        struct error e = { 0 };
        FILE *folder = fopen("/tmp", "r");

        (void)state;
        assert_non_null(folder);
        rows_of(csv_open_file(arena, folder), &e);
        assert_int_equal(e.code, ERR_ENVIRONMENT);
        fclose(folder);
}

static void what_is_written_is_safe_and_comes_back(void **state)
{
        static const struct {
                const char *text, *written;
        } cases[] = {
                { "plain", "plain" },
                { "", "" },
                { NULL, "" },
                { "a,b", "\"a,b\"" },
                { "a;b", "\"a;b\"" },
                { "say \"x\"", "\"say \"\"x\"\"\"" },
                { "two\nlines", "\"two\nlines\"" },
                { "=1+1", "'=1+1" },
                { "+84", "'+84" },
                { "-5", "'-5" },
                { "@x", "'@x" },
                { "\tx", "'\tx" },
                { "\rx", "\"'\rx\"" },
                { "=A1,\"B\"", "\"'=A1,\"\"B\"\"\"" },
                { "a=b", "a=b" },
                { "Đề án", "Đề án" },
        };
        struct error e = { 0 };
        struct buf b;

        (void)state;
        buf_init(&b, 0);
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                buf_reset(&b);
                csv_number(&b, "-1.5", true);
                csv_text(&b, cases[i].text, false);
                assert_memory_equal(b.data, "-1.5,", 5);
                assert_string_equal(b.data + 5, cases[i].written);
                csv_row_end(&b);
                assert_string_equal(b.data + b.length - 2, "\r\n");
                if (strstr(cases[i].written, "'") == NULL) {
                        char *expected = arena_print(arena, "-1.5|%s\n", cases[i].text == NULL ? "" : cases[i].text);

                        assert_string_equal(rows_of(csv_open_memory(arena, b.data, b.length), &e), expected);
                }
        }
        buf_reset(&b);
        csv_text(&b, "", true);
        csv_row_end(&b);
        assert_string_equal(b.data, "\"\"\r\n"); /* a row of one empty field is no empty line */
        assert_string_equal(rows_of(csv_open_memory(arena, b.data, b.length), &e), "\n");
        buf_clear(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rows_and_fields_are_told_apart),
                cmocka_unit_test(a_nul_is_no_text),
                cmocka_unit_test(every_row_knows_its_line),
                cmocka_unit_test(limits_are_refused_with_the_line),
                cmocka_unit_test(rows_across_the_edge_of_the_buffer_stay_whole),
                cmocka_unit_test(a_file_that_cannot_be_read_is_an_error),
                cmocka_unit_test(what_is_written_is_safe_and_comes_back),
        };

        return cmocka_run_group_tests_name("csv", tests, arena_up, arena_down);
}
