/* A DOCX that Word reads: its parts, sound XML, the texts in it, the same bytes from the same calls. */
#include <expat.h>
#include <unistd.h>
#include <zip.h>

#include "tests/support.h"

#include "format/docx.h"

static struct arena *arena;
static struct error err;

static int setup(void **state)
{
        (void)state;
        arena = arena_open((size_t)16 << 20);
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

static const char *part_of(zip_t *zip, const char *name)
{
        zip_stat_t st;
        zip_file_t *file;
        char *text;
        XML_Parser parser = XML_ParserCreate("UTF-8");

        assert_int_equal(zip_stat(zip, name, 0, &st), 0);
        file = zip_fopen(zip, name, 0);
        assert_non_null(file);
        text = arena_alloc(arena, st.size + 1);
        assert_int_equal(zip_fread(file, text, st.size), (zip_int64_t)st.size);
        text[st.size] = '\0';
        zip_fclose(file);
        if (XML_Parse(parser, text, (int)st.size, 1) != XML_STATUS_OK)
                fail_msg("%s: %s", name, XML_ErrorString(XML_GetErrorCode(parser)));
        XML_ParserFree(parser);
        return text;
}

static void its_parts_are_sound_and_hold_the_texts(void **state)
{
        static const char *const parts[] = { "[Content_Types].xml", "_rels/.rels", "word/_rels/document.xml.rels", "word/styles.xml" };
        struct buf out;
        zip_source_t *source;
        zip_error_t why;
        const char *text;
        int tables = 0;
        zip_t *zip;

        (void)state;
        buf_init(&out, 0);
        write_document(&out);
        zip_error_init(&why);
        source = zip_source_buffer_create(out.data, out.length, 0, &why);
        zip = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &why);
        assert_non_null(zip);
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
        zip_close(zip);
        zip_error_fini(&why);
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
