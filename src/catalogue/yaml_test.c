#include "catalogue/yaml.h"
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena *arena;
static struct complaints complaints;

static int set_up(void **state)
{
        (void)state;
        arena = arena_open((size_t)16 << 20);
        complaints = (struct complaints){ .arena = arena, .language = LANGUAGE_EN };
        return arena == NULL;
}

static int tear_down(void **state)
{
        (void)state;
        arena_close(arena);
        return 0;
}

static struct yaml *read_n(const char *bytes, size_t length)
{
        return yaml_read(arena, &(struct source){ "x.yaml", bytes, length }, &complaints);
}

static struct yaml *read(const char *string)
{
        return read_n(string, strlen(string));
}

static void a_tree_keeps_text_lines_and_columns(void **state)
{
        const struct yaml *root = read("# note\nid: iip\nname_vi: Chỉ số\nname: {vi: \"Số\", en: No}\nnote: >\n  two\n  lines\nnone:\n"
                                       "list:\n  - code: \"01\"\n    no: no\n  - plain\n");
        const struct yaml *list;

        (void)state;
        assert_non_null(root);
        assert_int_equal(complaints.count, 0);
        assert_string_equal(yaml_get(root, "name_vi")->text, "Chỉ số");
        list = yaml_get(root, "list");
        assert_int_equal(list->kind, YAML_LIST);
        assert_int_equal(list->count, 2);
        assert_string_equal(yaml_get(list->items[0], "code")->text, "01");
        assert_true(yaml_get(list->items[0], "code")->is_quoted);
        assert_string_equal(yaml_get(list->items[0], "no")->text, "no");
        assert_int_equal(yaml_get(list->items[0], "no")->line, 11);
        assert_int_equal(yaml_get(list->items[0], "no")->column, 9);
        assert_int_equal(list->items[0]->line, 10);
        assert_int_equal(list->items[0]->column, 5);
        assert_string_equal(yaml_get(root, "note")->text, "two lines\n");
        assert_int_equal(yaml_get(root, "name")->column, 7);
        assert_int_equal(yaml_get(yaml_get(root, "name"), "en")->column, 22);
        assert_string_equal(yaml_get(root, "none")->text, "");
        assert_int_equal(yaml_get(root, "none")->line, 8);
        assert_string_equal(list->items[1]->text, "plain");
        assert_null(yaml_get(root, "absent"));
}

static void an_empty_file_is_an_empty_map(void **state)
{
        const struct yaml *root = read("# nothing\n");

        (void)state;
        assert_non_null(root);
        assert_int_equal(root->kind, YAML_MAP);
        assert_int_equal(root->count, 0);
        assert_int_equal(complaints.count, 0);
}

static void what_is_refused_names_its_place(void **state)
{
        static const struct {
                const char *text;
                size_t length; /* 0: strlen */
                int line, column;
                const char *part;
        } cases[] = {
                { "a: 1\nb: *x\n", 0, 2, 4, "aliases" },
                { "a: &x 1\nb: 2\n", 0, 1, 4, "anchors" },
                { "a: &x 1\nb: *x\n", 0, 1, 0, "anchors" },
                { "a: !!str 1\n", 0, 1, 4, "tags" },
                { "a: ! 1\n", 0, 1, 4, "tags" },
                { "%YAML 1.2\n---\na: 1\n", 0, 1, 1, "directives" },
                { "# ô\n%TAG ! x\n---\na: 1\n", 0, 2, 1, "directives" },
                { "a: ô\xC2\x85\n", 0, 1, 5, "line ends" },
                { "a: 1\nb: ô \xE2\x80\xA8\n", 0, 2, 6, "line ends" },
                { "a: 1\nb: \"\xE2\x80\xA9\"\n", 0, 2, 5, "line ends" },
                { "a: 1\nb: ô\x01\n", 0, 2, 5, "control characters" },
                { "a: 1\na: 2\n", 0, 2, 1, "stands twice" },
                { "a: 1\n<<: {b: 1}\n", 0, 2, 1, "merge keys" },
                { "a: [1, 2\nb: 3\n", 0, 2, 2, "not well-formed" },
                { "a: 1\nb: \"open\n", 0, 3, 1, "(while scanning a quoted scalar that begins on line 2)" },
                { "a: 1\n  b: 2\n", 0, 2, 4, "not well-formed" },
                { "a: 1\n---\nb: 2\n", 0, 2, 1, "second" },
                { "a: caf\xE9\n", 0, 1, 7, "0xE9" },
                { "ô: 1\nă: \xC3(\n", 0, 2, 4, "0xC3" },
                { "a: b\0c\n", 7, 1, 5, "0x00" },
                { "a: \"b\\0c\"\n", 0, 1, 4, "NUL" },
                { "? [1]\n: 2\n", 0, 1, 3, "must be a word" },
                { "a: [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]\n", 0, 1, 19, "levels deep" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                const struct complaint *c;

                complaints.count = 0;
                read_n(cases[i].text, cases[i].length == 0 ? strlen(cases[i].text) : cases[i].length);
                if (complaints.count == 0)
                        fail_msg("accepted: %s", cases[i].text);
                c = &complaints.list[0];
                if (strstr(c->message, cases[i].part) == NULL)
                        fail_msg("%s: said \"%s\"", cases[i].text, c->message);
                if ((cases[i].line != 0 && c->line != cases[i].line) ||
                    (cases[i].column != 0 && c->column != cases[i].column))
                        fail_msg("%s: at %d:%d: %s", cases[i].text, c->line, c->column, c->message);
                assert_string_equal(c->file, "x.yaml");
        }
}

static void an_unknown_key_names_the_nearest(void **state)
{
        static const char *const known[] = { "name_vi", "name_en", "decimals", NULL };
        struct yaml_place place = { "x.yaml", arena, &complaints };

        (void)state;
        yaml_keys_known(&place, read("nmae_vi: x\ndecimal: 1\nqqqqq: 2\n"), known);
        assert_int_equal(complaints.count, 3);
        assert_non_null(strstr(complaints.list[0].message, "did you mean \"name_vi\""));
        assert_non_null(strstr(complaints.list[1].message, "did you mean \"decimals\""));
        assert_null(strstr(complaints.list[2].message, "did you mean"));
        assert_int_equal(complaints.list[2].line, 3);
}

static void values_are_what_they_must_be(void **state)
{
        static const char *const words[] = { "none", "flow", "stock", NULL };
        struct yaml_place place = { "x.yaml", arena, &complaints };
        const struct yaml *root = read("n: 6\nbig: 99\nword: x\nday: 2025-07-01\nbad: 2025-02-30\nyes: true\n"
                                       "kind: flow\nwrong: flwo\nlist: [1]\n");

        (void)state;
        assert_int_equal(yaml_int(&place, root, "n", 0, 12, 0), 6);
        assert_int_equal(yaml_int(&place, root, "absent", 0, 12, 3), 3);
        assert_int_equal(yaml_day(&place, root, "day", 0), day_of(2025, 7, 1));
        assert_true(yaml_bool(&place, root, "yes", false));
        assert_int_equal(yaml_choice(&place, root, "kind", words, 0), 1);
        assert_int_equal(yaml_list(&place, root, "list", true)->count, 1);
        assert_int_equal(complaints.count, 0);
        yaml_int(&place, root, "big", 0, 12, 0);
        yaml_int(&place, root, "word", 0, 12, 0);
        yaml_day(&place, root, "bad", 0);
        yaml_bool(&place, root, "word", false);
        yaml_choice(&place, root, "wrong", words, 0);
        yaml_text(&place, root, "absent", true, "");
        yaml_text(&place, root, "list", true, "");
        yaml_list(&place, root, "n", true);
        assert_int_equal(complaints.count, 8);
        assert_int_equal(complaints.list[2].line, 5);
        assert_non_null(strstr(complaints.list[4].message, "\"flow\""));
}

/* However many keys there are: each is compared with those before it, and told once. */
static void a_key_among_many_is_told_once_for_each_time_it_stands_again(void **state)
{
        struct buf b;
        struct source file;
        const struct yaml *root;

        (void)state;
        buf_init(&b, 0);
        for (int i = 0; i < 8000; i++)
                buf_print(&b, "k%d: %d\n", i % 100, i);
        file = (struct source){ .path = "x", .text = b.data, .length = b.length };
        root = yaml_read(arena, &file, &complaints);
        assert_non_null(root);
        assert_int_equal(root->count, 100);
        assert_string_equal(yaml_text(&(struct yaml_place){ "x", arena, &complaints }, root, "k99", true, ""), "99"); /* the first counts */
        assert_int_equal(complaints.count, 7900);
        assert_string_equal(complaints.list[0].message, "the key \"k0\" stands twice (first on line 1)");
        assert_string_equal(complaints.list[7899].message, "the key \"k99\" stands twice (first on line 100)");
        buf_clear(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_tree_keeps_text_lines_and_columns, set_up, tear_down),
                cmocka_unit_test_setup_teardown(an_empty_file_is_an_empty_map, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_is_refused_names_its_place, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_key_among_many_is_told_once_for_each_time_it_stands_again, set_up, tear_down),
                cmocka_unit_test_setup_teardown(an_unknown_key_names_the_nearest, set_up, tear_down),
                cmocka_unit_test_setup_teardown(values_are_what_they_must_be, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
