#include "tests/support.h"

#include "format/pdf.h"

static struct arena *arena;
static struct error err;
static struct buf out;

static int begin(void **state)
{
        (void)state;
        arena = arena_open((size_t)8 << 20);
        err = (struct error){ .language = LANGUAGE_EN };
        buf_init(&out, 0);
        return 0;
}

static int end(void **state)
{
        (void)state;
        arena_close(arena);
        buf_clear(&out);
        return 0;
}

static struct pdf *open_document(void)
{
        struct pdf *p = pdf_open(arena, &out, "Biên nhận", "Sở Công Thương", 1795448374000, &err);

        if (p == NULL)
                fail_msg("%s", err.message);
        return p;
}

static int count_of(const char *what)
{
        int count = 0;

        for (size_t i = 0; i + strlen(what) <= out.length; i++)
                count += memcmp(out.data + i, what, strlen(what)) == 0;
        return count;
}

static void write_table(struct pdf *p, int rows)
{
        static const struct pdf_cell head[] = { { "Chỉ tiêu", 70, PDF_CENTER, PDF_BOLD, 12, 0, 0 },
                                                { "Giá trị", 30, PDF_CENTER, PDF_BOLD, 12, 0, 0 } };

        pdf_row(p, head, 2, PDF_BORDERS);
        pdf_repeat(p, head, 2, PDF_BORDERS);
        for (int i = 0; i < rows; i++) {
                const struct pdf_cell cells[] = { { "Kim ngạch xuất khẩu: Ẵ ặ ữ", 70, PDF_LEFT, PDF_PLAIN, 12, 0, 0 },
                                                  { "1.234,5", 30, PDF_RIGHT, PDF_PLAIN, 12, 0, 0 } };

                pdf_row(p, cells, 2, PDF_BORDERS);
        }
        pdf_repeat(p, NULL, 0, 0);
}

static void a_document_is_whole_and_carries_its_typeface(void **state)
{
        struct pdf *p = open_document();

        (void)state;
        write_table(p, 3);
        if (!pdf_close(p))
                fail_msg("%s", err.message);
        assert_memory_equal(out.data, "%PDF-1.", 7);
        assert_non_null(strstr(out.data + out.length - 8, "%%EOF"));
        assert_int_equal(count_of("/Type /Page\n") + count_of("/Type /Page "), 1);
        assert_true(count_of("+LiberationSerif") > 0);
        assert_true(count_of("/FontFile2") > 0);
}

static void a_long_table_runs_over_pages(void **state)
{
        struct pdf *p = open_document();
        int pages;

        (void)state;
        write_table(p, 200);
        assert_true(pdf_close(p));
        pages = count_of("/Type /Page\n") + count_of("/Type /Page ");
        assert_in_range(pages, 4, 8);
}

/* So many lines of 12 points, about 54 of which fill a page. */
static const char *lines(int count)
{
        struct buf text;
        const char *copy;

        buf_init(&text, 0);
        for (int i = 0; i < count; i++)
                buf_print(&text, "%sDòng %d", i == 0 ? "" : "\n", i + 1);
        copy = arena_print(arena, "%.*s", (int)text.length, text.data);
        buf_clear(&text);
        return copy;
}

static int pages_of_row(struct pdf *p, int count, const struct pdf_cell *cells, unsigned flags)
{
        pdf_row(p, cells, count, flags);
        pdf_repeat(p, NULL, 0, 0);
        if (!pdf_close(p))
                fail_msg("%s", err.message);
        return count_of("/Type /Page\n") + count_of("/Type /Page ");
}

static void a_row_higher_than_a_page_runs_over_pages(void **state)
{
        static const struct pdf_cell head[] = { { "Chỉ tiêu", 70, PDF_CENTER, PDF_BOLD, 12, 0, 0 }, { "Giá trị", 30, PDF_CENTER, PDF_BOLD, 12, 0, 0 } };
        const struct pdf_cell cells[] = { { lines(250), 70, PDF_LEFT, PDF_PLAIN, 12, 0, 0 }, { lines(60), 30, PDF_RIGHT, PDF_PLAIN, 12, 0, 0 } };
        struct pdf *p = open_document();

        (void)state;
        pdf_row(p, head, 2, PDF_BORDERS);
        pdf_repeat(p, head, 2, PDF_BORDERS);
        assert_int_equal(pages_of_row(p, 2, cells, PDF_BORDERS), 5);
}

static void a_title_higher_than_a_page_runs_over_pages(void **state)
{
        const struct pdf_cell title = { lines(110), 1, PDF_CENTER, PDF_BOLD, 12, 0, 100 };

        (void)state;
        assert_int_equal(pages_of_row(open_document(), 1, &title, 0), 3);
}

static void a_head_higher_than_half_a_page_is_not_repeated(void **state)
{
        const struct pdf_cell head = { lines(60), 1, PDF_CENTER, PDF_BOLD, 12, 0, 0 }, body = { lines(130), 1, PDF_BODY, PDF_PLAIN, 12, 0, 0 };
        struct pdf *p = open_document();

        (void)state;
        pdf_row(p, &head, 1, PDF_BORDERS);
        pdf_repeat(p, &head, 1, PDF_BORDERS);
        assert_int_equal(pages_of_row(p, 1, &body, PDF_BORDERS), 4);
}

static void what_needs_room_begins_where_there_is_enough(void **state)
{
        struct pdf *p = open_document();

        (void)state;
        pdf_need(p, 10000); /* nothing is gained by an empty page */
        write_table(p, 20);
        pdf_need(p, 100);
        write_table(p, 1);
        pdf_need(p, 600);
        write_table(p, 1);
        assert_true(pdf_close(p));
        assert_int_equal(count_of("/Type /Page\n") + count_of("/Type /Page "), 2);
}

/* Also where the head of a table stands there again. */
static void white_space_at_the_top_of_a_page_is_left_out(void **state)
{
        static const struct pdf_cell head = { "Chỉ tiêu", 1, PDF_CENTER, PDF_BOLD, 12, 0, 0 }, row = { "1.234,5", 1, PDF_RIGHT, PDF_PLAIN, 12, 0, 0 };
        struct buf without = { 0 };

        (void)state;
        for (int i = 0; i < 2; i++) {
                struct pdf *p = open_document();

                pdf_repeat(p, &head, 1, PDF_BORDERS);
                pdf_space(p, i * 30.0);
                pdf_row(p, &row, 1, PDF_BORDERS);
                pdf_need(p, 10000);
                pdf_space(p, i * 30.0);
                pdf_row(p, &row, 1, PDF_BORDERS);
                if (!pdf_close(p))
                        fail_msg("%s", err.message);
                if (i == 0) {
                        without = out;
                        buf_init(&out, 0);
                }
        }
        assert_int_equal(out.length, without.length);
        assert_memory_equal(out.data, without.data, out.length);
        buf_clear(&without);
}

static void the_same_calls_give_the_same_bytes(void **state)
{
        struct pdf *p = open_document();
        struct buf first;

        (void)state;
        write_table(p, 60);
        assert_true(pdf_close(p));
        first = out;
        buf_init(&out, 0);
        p = open_document();
        write_table(p, 60);
        assert_true(pdf_close(p));
        assert_int_equal(first.length, out.length);
        assert_memory_equal(first.data, out.data, out.length);
        buf_clear(&first);
}

static void a_code_and_its_text_stand_beside_each_other(void **state)
{
        struct pdf *p = open_document();
        struct qr *qr = qr_make(arena, "7QW2M-0KXTA", &err);
        const struct pdf_cell beside = { "Mã băm", 1, PDF_LEFT, PDF_PLAIN, 10, 0, 0 };

        (void)state;
        assert_non_null(qr);
        pdf_qr(p, qr, 100, &beside);
        assert_true(pdf_close(p));
        assert_int_equal(count_of("/Type /Page\n") + count_of("/Type /Page "), 1);
}

static void an_error_stays_and_nothing_more_is_drawn(void **state)
{
        struct pdf_cell many[13];
        struct pdf *p = open_document();

        (void)state;
        memset(many, 0, sizeof many);
        pdf_row(p, many, 13, 0);
        assert_int_equal(err.code, ERR_TOO_BIG);
        write_table(p, 3);
        assert_false(pdf_close(p));
        assert_int_equal(err.code, ERR_TOO_BIG);
}

static void a_full_buffer_is_told(void **state)
{
        struct pdf *p;

        (void)state;
        buf_clear(&out);
        buf_init(&out, 600);
        p = open_document();
        write_table(p, 100);
        assert_false(pdf_close(p));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
}

static void a_document_given_up_writes_nothing_after_its_time(void **state)
{
        struct pdf *p = open_document();
        size_t before;

        (void)state;
        write_table(p, 3);
        before = out.length;
        arena_reset(arena);
        assert_int_equal(out.length, before);
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_document_is_whole_and_carries_its_typeface, begin, end),
                cmocka_unit_test_setup_teardown(a_long_table_runs_over_pages, begin, end),
                cmocka_unit_test_setup_teardown(a_row_higher_than_a_page_runs_over_pages, begin, end),
                cmocka_unit_test_setup_teardown(a_title_higher_than_a_page_runs_over_pages, begin, end),
                cmocka_unit_test_setup_teardown(a_head_higher_than_half_a_page_is_not_repeated, begin, end),
                cmocka_unit_test_setup_teardown(what_needs_room_begins_where_there_is_enough, begin, end),
                cmocka_unit_test_setup_teardown(white_space_at_the_top_of_a_page_is_left_out, begin, end),
                cmocka_unit_test_setup_teardown(the_same_calls_give_the_same_bytes, begin, end),
                cmocka_unit_test_setup_teardown(a_code_and_its_text_stand_beside_each_other, begin, end),
                cmocka_unit_test_setup_teardown(an_error_stays_and_nothing_more_is_drawn, begin, end),
                cmocka_unit_test_setup_teardown(a_full_buffer_is_told, begin, end),
                cmocka_unit_test_setup_teardown(a_document_given_up_writes_nothing_after_its_time, begin, end),
        };

        pdf_process(argc, argv);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
