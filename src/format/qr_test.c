#include "tests/support.h"

#include "format/qr.h"

static struct arena *arena;

/* The three corner marks: a dark ring of seven modules around a dark square of three. */
static bool has_mark(const struct qr *qr, int left, int top)
{
        for (int y = 0; y < 7; y++)
                for (int x = 0; x < 7; x++) {
                        int ring = x == 0 || x == 6 || y == 0 || y == 6;
                        int heart = x >= 2 && x <= 4 && y >= 2 && y <= 4;

                        if (qr->modules[(top + y) * qr->width + left + x] != (ring || heart))
                                return false;
                }
        return true;
}

static void a_code_has_its_marks_and_grows_with_the_text(void **state)
{
        static const struct { const char *text; int width; } cases[] = {
                { "7QW2M-0KXTA", 21 },
                { "http://192.168.1.20:8080/receipts/7QW2M-0KXTA", 33 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct error err = { .language = LANGUAGE_EN };
                struct qr *qr = qr_make(arena, cases[i].text, &err);

                if (qr == NULL)
                        fail_msg("%s", err.message);
                assert_int_equal(qr->width, cases[i].width);
                assert_true(has_mark(qr, 0, 0));
                assert_true(has_mark(qr, qr->width - 7, 0));
                assert_true(has_mark(qr, 0, qr->width - 7));
                assert_false(has_mark(qr, qr->width - 7, qr->width - 7));
        }
}

static void what_is_too_long_or_empty_is_refused(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        char long_text[1002];

        (void)state;
        memset(long_text, 'a', sizeof long_text - 1);
        long_text[sizeof long_text - 1] = '\0';
        assert_null(qr_make(arena, long_text, &err));
        assert_int_equal(err.code, ERR_TOO_BIG);
        error_clear(&err);
        assert_null(qr_make(arena, "", &err));
        error_clear(&err);
        long_text[1000] = '\0';
        assert_non_null(qr_make(arena, long_text, &err));
}

/* The dark modules of the drawing are those of the code, no more and no less. */
static void the_drawing_has_every_dark_module_once(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        struct qr *qr = qr_make(arena, "Biên nhận 7QW2M-0KXTA", &err);
        struct buf out;
        int dark = 0, drawn = 0;

        (void)state;
        assert_non_null(qr);
        for (int i = 0; i < qr->width * qr->width; i++)
                dark += qr->modules[i];
        buf_init(&out, 0);
        qr_write_svg(&out, qr, 160, "a <code>");
        assert_non_null(strstr(out.data, "aria-label=\"a &lt;code&gt;\""));
        for (const char *p = strstr(out.data, "#000"); (p = strchr(p, 'M')) != NULL; p++) {
                int x, y, length, back;

                assert_int_equal(sscanf(p, "M%d %dh%dv1h-%dz", &x, &y, &length, &back), 4);
                assert_int_equal(length, back);
                for (int k = 0; k < length; k++)
                        assert_int_equal(qr->modules[(y - QR_QUIET) * qr->width + x - QR_QUIET + k], 1);
                drawn += length;
        }
        assert_int_equal(drawn, dark);
        buf_clear(&out);
}

static int begin(void **state)
{
        (void)state;
        arena = arena_open((size_t)1 << 20);
        return 0;
}

static int end(void **state)
{
        (void)state;
        arena_close(arena);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_code_has_its_marks_and_grows_with_the_text),
                cmocka_unit_test(what_is_too_long_or_empty_is_refused),
                cmocka_unit_test(the_drawing_has_every_dark_module_once),
        };

        return cmocka_run_group_tests(tests, begin, end);
}
