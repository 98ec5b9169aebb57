/* A DOCX that Word reads: its parts, sound XML, the texts in it, the same bytes from the same calls. */
#include "tests/support.h"

#include <expat.h>

#include "base/file.h"
#include "format/docx.h"
#include "format/zip_read.h"

static struct arena *arena;
static struct error err;

static int setup(void **state)
{
        (void)state;
        arena = arena_open((size_t)32 << 20);
        return arena == NULL;
}

static int teardown(void **state)
{
        (void)state;
        arena_close(arena);
        return 0;
}

static void write_document(struct buf *out)
{
        static const struct pdf_cell heading[] = { { "Sở Công Thương", 40, PDF_CENTER, PDF_BOLD | PDF_CAPITALS, 12, 0, 60 },
                                                   { "CỘNG HÒA\nĐộc lập - Tự do", 60, PDF_CENTER, PDF_BOLD, 12, 13, 0 } };
        static const struct pdf_cell text = { "Máy < 300 & \"bào\" ẵ", 1, PDF_LEFT, PDF_ITALIC, 13, 0, 0 };
        struct docx *d;

        err = (struct error){ .language = LANGUAGE_EN };
        d = docx_open(arena, out, "Hợp đồng <1>", "Cục & Sở", 1795448374000, &err);
        docx_row(d, heading, 2, 0);
        docx_space(d, 12);
        docx_row(d, &text, 1, 0);
        docx_row(d, heading, 2, PDF_BORDERS);
        docx_row(d, heading, 2, PDF_BORDERS);
        if (!docx_close(d))
                fail_msg("%s", err.message);
}

static const char *part_of(const struct zip_reader *zip, const char *name)
{
        struct zip_why why = { .code = ERR_NONE };
        struct zip_part *part;
        size_t room = (size_t)1 << 20, length = 0;
        char *text = arena_alloc(arena, room + 1);
        XML_Parser parser = XML_ParserCreate("UTF-8");
        int64_t n = 1;

        assert_true(zip_part_find(zip, name, false) >= 0);
        part = zip_part_open(zip, zip_part_find(zip, name, false), &why);
        assert_non_null(part);
        for (; n > 0; length += n > 0 ? (size_t)n : 0)
                n = zip_part_read(part, text + length, room - length, &why);
        assert_int_equal(n, 0);
        text[length] = '\0';
        zip_part_close(part);
        if (XML_Parse(parser, text, (int)length, 1) != XML_STATUS_OK)
                fail_msg("%s: %s", name, XML_ErrorString(XML_GetErrorCode(parser)));
        XML_ParserFree(parser);
        return text;
}

static void its_parts_are_sound_and_hold_the_texts(void **state)
{
        static const char *const parts[] = { "[Content_Types].xml", "_rels/.rels", "word/_rels/document.xml.rels", "word/styles.xml" };
        const char *path = test_path("document.docx"), *text;
        struct zip_reader *zip;
        struct buf out;
        int tables = 0;

        (void)state;
        buf_init(&out, 0);
        write_document(&out);
        assert_true(file_write(path, out.data, out.length, 0600, &err));
        zip = zip_reader_open(path, &err);
        assert_non_null(zip);
        assert_int_equal(zip_part_count(zip), 6);
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
                part_of(zip, parts[i]);
        text = part_of(zip, "word/document.xml");
        assert_non_null(strstr(text, "Máy &lt; 300 &amp; "));
        assert_non_null(strstr(text, "Độc lập - Tự do"));
        assert_non_null(strstr(text, "<w:tblBorders>"));
        for (const char *at = text; (at = strstr(at, "<w:tbl>")) != NULL; at++)
                tables++;
        assert_int_equal(tables, 2); /* rows with borders are one */
        assert_non_null(strstr(text, "</w:tbl><w:p>"));
        assert_null(strstr(text, "</w:tbl><w:sectPr>"));
        /* a line of 60 points in the middle of 40 parts of a hundred of 9,355 twentieths, without the cell's margins of 115 each */
        assert_non_null(strstr(text, "<w:pBdr><w:top "));
        assert_non_null(strstr(text, "<w:ind w:left=\"1156\" w:right=\"1156\"/>"));
        assert_non_null(strstr(part_of(zip, "docProps/core.xml"), "<dc:title>Hợp đồng &lt;1&gt;</dc:title>"));
        zip_reader_close(zip);
        buf_clear(&out);
}

static void the_same_calls_give_the_same_bytes(void **state)
{
        struct buf a, b;

        (void)state;
        buf_init(&a, 0);
        buf_init(&b, 0);
        write_document(&a);
        write_document(&b);
        assert_int_equal(a.length, b.length);
        assert_memory_equal(a.data, b.data, a.length);
        buf_clear(&a);
        buf_clear(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(its_parts_are_sound_and_hold_the_texts, setup, teardown),
                cmocka_unit_test_setup_teardown(the_same_calls_give_the_same_bytes, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
