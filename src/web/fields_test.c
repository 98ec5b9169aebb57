#include "tests/support.h"

#include <sys/stat.h>

#include "web/fields.h"
#include "work/work.h"

struct bench {
        struct arena *arena;
        struct fields fields;
        struct error err;
};

static void bench_open(struct bench *b)
{
        *b = (struct bench){ .arena = arena_open(WORK_MEMORY_USUAL), .err = { .language = LANGUAGE_EN } };
}

static void bench_close(struct bench *b)
{
        arena_close(b->arena);
}

static void forms_are_taken_apart(void **state)
{
        static const struct {
                const char *text;
                size_t count;
                const char *name, *value;
                bool is_ok;
        } cases[] = {
                { "", 0, "a", NULL, true },
                { "a=1&b=2", 2, "b", "2", true },
                { "a=1&a=2", 2, "a", "1", true },
                { "a", 1, "a", "", true },
                { "a=&&&b=2&", 2, "a", "", true },
                { "a=x+y%2B%20z", 1, "a", "x y+ z", true },
                { "a=b=c", 1, "a", "b=c", true },
                { "=x", 1, "", "x", true },
                { "t%C3%AAn=%C4%91%E1%BB%A7", 1, "tên", "đủ", true },
                { "a=e%CC%82", 1, "a", "ê", true }, /* put into NFC */
                { "a=%", 0, NULL, NULL, false },
                { "a=%4", 0, NULL, NULL, false },
                { "a=%GG", 0, NULL, NULL, false },
                { "a=%00", 0, NULL, NULL, false },
                { "a=%FF", 0, NULL, NULL, false },
                { "%FF=a", 0, NULL, NULL, false },
                { "a=%C0%80", 0, NULL, NULL, false },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct bench b;
                bool is_ok;

                bench_open(&b);
                is_ok = fields_parse(&b.fields, b.arena, cases[i].text, strlen(cases[i].text), ERR_INVALID,
                                     &b.err);
                if (is_ok != cases[i].is_ok || is_ok != error_ok(&b.err))
                        fail_msg("\"%s\" was %s", cases[i].text, is_ok ? "taken" : "refused");
                if (is_ok) {
                        const char *value = fields_find(&b.fields, cases[i].name, 0);

                        if (b.fields.count != cases[i].count || (value == NULL) != (cases[i].value == NULL) ||
                            (value != NULL && strcmp(value, cases[i].value) != 0))
                                fail_msg("\"%s\" gave %zu fields", cases[i].text, b.fields.count);
                }
                bench_close(&b);
        }
}

static void too_many_fields_are_refused(void **state)
{
        char *text_in = malloc(2 * (FIELDS_MOST + 1) + 1);
        struct bench b;

        (void)state;
        for (int i = 0; i <= FIELDS_MOST; i++)
                memcpy(text_in + 2 * i, "a&", 3);
        bench_open(&b);
        assert_true(fields_parse(&b.fields, b.arena, text_in, 2 * FIELDS_MOST, ERR_INVALID, &b.err));
        bench_close(&b);
        bench_open(&b);
        assert_false(fields_parse(&b.fields, b.arena, text_in, 2 * (FIELDS_MOST + 1), ERR_INVALID, &b.err));
        assert_int_equal(b.err.code, ERR_INVALID);
        bench_close(&b);
        free(text_in);
}

#define PART(name, rest, body) \
        "--xyz\r\nContent-Disposition: form-data; name=\"" name "\"" rest "\r\n\r\n" body "\r\n"
#define END "--xyz--\r\n"

/* Whatever pieces it arrives in, it is the same body. */
static bool feed(struct bench *b, const char *body, size_t length, size_t piece, const char *folder,
                 size_t room, struct multipart **out)
{
        struct multipart *m = multipart_open(b->arena, "multipart/form-data; boundary=xyz", folder, room,
                                             &b->fields, &b->err);

        *out = m;
        for (size_t at = 0; at < length; at += piece)
                if (!multipart_feed(m, body + at, length - at < piece ? length - at : piece, &b->err))
                        return false;
        return multipart_close(m, &b->err);
}

static void multipart_bodies_arrive_in_any_pieces(void **state)
{
        static const char body[] = "preamble\r\n" PART("a", "", "1") PART("empty", "", "")
                PART("t\xc3\xaan", "", "\r\n--xy\r\n--xy") /* nearly a boundary */
                PART("f", "; filename=\"b \\\"c\\\".csv\"\r\nContent-Type: text/csv", "x,y\r\n1,2\r\n")
                        PART("none", "; filename=\"\"", "") END "epilogue";
        const char *folder = test_folder();

        (void)state;
        for (size_t piece = 1; piece < sizeof body + 1; piece++) {
                struct multipart *m;
                struct bench b;
                char path[600];
                struct stat about;

                bench_open(&b);
                if (!feed(&b, body, sizeof body - 1, piece, folder, 1000, &m))
                        fail_msg("pieces of %zu: %s", piece, b.err.message);
                assert_int_equal(b.fields.count, 3);
                assert_string_equal(fields_find(&b.fields, "tên", 0), "\r\n--xy\r\n--xy");
                assert_string_equal(fields_find(&b.fields, "a", 0), "1");
                assert_string_equal(fields_find(&b.fields, "empty", 0), "");
                assert_non_null(multipart_uploads(m));
                assert_null(multipart_uploads(m)->next);
                assert_string_equal(multipart_uploads(m)->file_name, "b \"c\".csv");
                assert_int_equal(multipart_uploads(m)->spool->size, 10);
                snprintf(path, sizeof path, "%s", multipart_uploads(m)->spool->path);
                assert_int_equal(stat(path, &about), 0);
                assert_int_equal(about.st_size, 10);
                bench_close(&b);
                assert_int_not_equal(stat(path, &about), 0);
        }
}

static void damaged_multipart_bodies_are_refused(void **state)
{
        static const struct {
                const char *body;
                enum error_code code;
        } cases[] = {
                { "", ERR_INVALID },
                { "no boundary at all", ERR_INVALID },
                { PART("a", "", "1"), ERR_INVALID },
                { "--xyz\r\n\r\nvalue\r\n" END, ERR_INVALID },
                { "--xyz\r\nContent-Disposition: form-data\r\n\r\nvalue\r\n" END, ERR_INVALID },
                { "--xyzContent-Disposition: form-data; name=\"a\"\r\n\r\nv\r\n" END, ERR_INVALID },
                { PART("a", "", "1\r\n--xyzz") END, ERR_INVALID }, /* a line that begins like the boundary */
                { PART("a", "", "\xff") END, ERR_INVALID },
                { PART("\xff", "", "1") END, ERR_INVALID },
                { PART("a", "\r\nContent-Transfer-Encoding: base64", "1") END, ERR_INVALID },
                { PART("a", "; filename=\"x\"", "1") END, ERR_INVALID }, /* no folder: no files */
                { PART("a", "", "0123456789012345678901234567890123456789") END, ERR_TOO_BIG },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                for (size_t piece = 1; piece < 100; piece += 49) {
                        struct multipart *m;
                        struct bench b;

                        bench_open(&b);
                        if (feed(&b, cases[i].body, strlen(cases[i].body), piece, NULL, 32, &m) ||
                            b.err.code != cases[i].code)
                                fail_msg("case %zu: %d %s", i, (int)b.err.code, b.err.message);
                        bench_close(&b);
                }
}

static void the_headers_of_a_part_have_a_limit(void **state)
{
        char *body = malloc(20000);
        struct multipart *m;
        struct bench b;

        (void)state;
        memset(body, 'a', 20000);
        memcpy(body, "--xyz\r\nX: ", 10);
        bench_open(&b);
        assert_false(feed(&b, body, 20000, 1000, NULL, 1000, &m));
        assert_int_equal(b.err.code, ERR_INVALID);
        bench_close(&b);
        free(body);
}

static void a_boundary_must_be_named(void **state)
{
        static const char *const types[] = { "multipart/form-data", "multipart/form-data; boundary=",
                                             "multipart/form-data; x=\"boundary=no\"" };

        (void)state;
        for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
                struct bench b;

                bench_open(&b);
                assert_null(multipart_open(b.arena, types[i], NULL, 10, &b.fields, &b.err));
                assert_int_equal(b.err.code, ERR_USAGE);
                bench_close(&b);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(forms_are_taken_apart),
                cmocka_unit_test(too_many_fields_are_refused),
                cmocka_unit_test(multipart_bodies_arrive_in_any_pieces),
                cmocka_unit_test(damaged_multipart_bodies_are_refused),
                cmocka_unit_test(the_headers_of_a_part_have_a_limit),
                cmocka_unit_test(a_boundary_must_be_named),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
