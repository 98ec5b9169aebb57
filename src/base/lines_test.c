#include "tests/support.h"

#include "base/lines.h"

/* "3 b|b|X" for each row: number, common text and sides, "-" nothing; "*" before what changed. */
static const char *told(struct arena *a, const char *common, const char *const *sides, size_t count, size_t around)
{
        size_t rows;
        const struct lines_row *list = lines_compare(a, common, sides, count, around, &rows);
        const char *all = "";

        for (size_t i = 0; i < rows; i++) {
                all = arena_print(a, "%s%s%zu %s", all, list[i].is_changed ? "*" : "", list[i].number, list[i].common == NULL ? "-" : list[i].common);
                for (size_t n = 0; n < count; n++)
                        all = arena_print(a, "%s|%s", all, list[i].sides[n] == NULL ? "-" : list[i].sides[n]);
                all = arena_print(a, "%s\n", all);
        }
        return all;
}

static void lines_that_differ_stand_beside_what_they_have_in_common(void **state)
{
        static const struct { const char *common, *one, *two; size_t around; const char *rows; } cases[] = {
                { "a\nb\nc\n", "a\nb\nc\n", "a\nb\nc\n", 1, "" },
                { "a\nb\nc\nd\n", "a\nB\nc\nd\n", "a\nb\nc\nd\n", 0, "*2 b|B|b\n" },
                { "a\nb\nc\nd\n", "a\nB\nc\nd\n", "a\nb\nc\nd\n", 1, "1 a|a|a\n*2 b|B|b\n3 c|c|c\n" },
                { "a\nb\nc\n", "a\nc\n", "a\nb\nx\nc\n", 0, "*2 b|-|b\n*2 -|-|x\n" },
                { "a\nb\n", "x\na\nb\n", "a\nb\ny\n", 0, "*0 -|x|-\n*2 -|-|y\n" },
                { "", "a\n", "b\n", 0, "*0 -|a|b\n" },
                { "a\n", "", "a\n", 2, "*1 a|-|a\n" },
                { "a\nb\nc\nd\ne\n", "A\nb\nc\nd\nE\n", "a\nb\nc\nd\nE\n", 1, "*1 a|A|a\n2 b|b|b\n4 d|d|d\n*5 e|E|E\n" },
                { "a\nb", "a\nb\n", "a\nB", 0, "*2 b|b|B\n" }, /* the end of the last line says nothing */
                { "\n\n", "\n", "\n\n\n", 0, "*2 |-|\n*2 -|-|\n" },
        };
        struct arena *a = arena_open((size_t)1 << 20);

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                const char *sides[] = { cases[i].one, cases[i].two }, *rows = told(a, cases[i].common, sides, 2, cases[i].around);

                if (strcmp(rows, cases[i].rows) != 0)
                        fail_msg("case %zu:\n%sinstead of\n%s", i, rows, cases[i].rows);
        }
        arena_close(a);
}

static void one_line_among_thousands_is_found_and_texts_without_anything_in_common_are_shown_whole(void **state)
{
        struct arena *a = arena_open((size_t)64 << 20);
        const char *common = "", *one = "", *two = "";
        const char *sides[2];
        size_t rows;
        const struct lines_row *list;

        (void)state;
        for (int i = 0; i < 1500; i++) {
                common = i % 500 == 0 && i > 0 ? arena_print(a, "%sline %d\n", common, i) : arena_print(a, "%sl%d\n", common, i);
                one = arena_print(a, "%s%s%d\n", one, i == 700 ? "other " : i % 500 == 0 && i > 0 ? "line " : "l", i);
                two = arena_print(a, "%sx%d\n", two, i);
        }
        sides[0] = one;
        sides[1] = common;
        assert_string_equal(told(a, common, sides, 2, 0), "*701 l700|other 700|l700\n");
        sides[1] = two;
        list = lines_compare(a, common, sides, 2, 0, &rows);
        assert_int_equal(rows, 1500);
        assert_string_equal(list[700].sides[0], "other 700");
        assert_string_equal(list[700].sides[1], "x700");
        assert_string_equal(list[1499].common, "l1499");
        arena_close(a);
}

/* Whatever changes, the rows give each text back. */
static void each_text_can_be_read_from_the_rows(void **state)
{
        unsigned seed = 7;

        (void)state;
        for (int round = 0; round < 300; round++) {
                struct arena *a = arena_open((size_t)1 << 20);
                const char *texts[3];
                size_t rows;
                const struct lines_row *list;

                for (int t = 0; t < 3; t++) {
                        texts[t] = "";
                        for (unsigned n = (seed = seed * 1103515245u + 12345u) >> 16 & 15; n > 0; n--)
                                texts[t] = arena_print(a, "%s%c\n", texts[t], 'a' + (char)((seed = seed * 1103515245u + 12345u) >> 16 & 3));
                }
                list = lines_compare(a, texts[0], (const char *const[]){ texts[1], texts[2] }, 2, 100, &rows);
                for (int t = 0; t < 3 && (rows > 0 || strcmp(texts[0], texts[1]) != 0); t++) {
                        const char *again = "";

                        for (size_t i = 0; i < rows; i++) {
                                const char *line = t == 0 ? list[i].common : list[i].sides[t - 1];

                                again = line == NULL ? again : arena_print(a, "%s%s\n", again, line);
                        }
                        if (strcmp(again, texts[t]) != 0)
                                fail_msg("round %d, text %d:\n%sinstead of\n%s", round, t, again, texts[t]);
                }
                arena_close(a);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(lines_that_differ_stand_beside_what_they_have_in_common),
                cmocka_unit_test(one_line_among_thousands_is_found_and_texts_without_anything_in_common_are_shown_whole),
                cmocka_unit_test(each_text_can_be_read_from_the_rows),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
