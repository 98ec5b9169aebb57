#include "format/xlsx_private.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/day.h"
#include "base/file.h"
#include "base/utf8.h"
#include "format/zip_read.h"
#include "format/zip_write.h"

static struct arena *arena;
static char folder[] = "/tmp/xlsx_test.XXXXXX";
static char path[64];

/* Never inlined: where a test is left by a jump its count must not be kept in a register of the test. */
static __attribute__((noinline)) int open_files(void)
{
        int count = 0;

        for (int fd = 0; fd < 200; fd++)
                count += fcntl(fd, F_GETFD) >= 0;
        return count;
}

static int files_before;

static int folder_up(void **state)
{
        (void)state;
        if (mkdtemp(folder) == NULL)
                return 1;
        snprintf(path, sizeof path, "%s/book.xlsx", folder);
        files_before = open_files();
        return 0;
}

static int folder_down(void **state)
{
        (void)state;
        unlink(path);
        return rmdir(folder) != 0 || open_files() != files_before; /* nothing left open or behind */
}

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
        arena = NULL;
        return 0;
}

/* ---- workbooks made by hand ------------------------------------------------------------------------ */

#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE "http://schemas.openxmlformats.org/package/2006/relationships"

struct part {
        const char *name, *text;
        size_t length; /* 0: strlen(text) */
};

/* The usual parts, and those given, which replace usual ones of the same name. */
static void make_book(const struct part *given, size_t count)
{
        static const struct part usual[] = {
                { "_rels/.rels", "<Relationships xmlns='" PACKAGE "'><Relationship Id='r1' Type='" OFFICE
                                 "/officeDocument' Target='xl/workbook.xml'/></Relationships>", 0 },
                { "xl/workbook.xml", "<workbook xmlns='" MAIN "' xmlns:r='" OFFICE "'><sheets>"
                                     "<sheet name='Số liệu' sheetId='1' r:id='s1'/></sheets></workbook>", 0 },
                { "xl/_rels/workbook.xml.rels",
                  "<Relationships xmlns='" PACKAGE "'>"
                  "<Relationship Id='s1' Type='" OFFICE "/worksheet' Target='worksheets/sheet1.xml'/>"
                  "<Relationship Id='s2' Type='" OFFICE "/sharedStrings' Target='/xl/sharedStrings.xml'/>"
                  "<Relationship Id='s3' Type='" OFFICE "/styles' Target='./x/../styles.xml'/></Relationships>", 0 },
                { "xl/x/../styles.xml",
                  "<styleSheet xmlns='" MAIN "'><numFmts>"
                  "<numFmt numFmtId='164' formatCode='dd/mm/yyyy'/><numFmt numFmtId='165' formatCode='#,##0.0\\ \"đồng\"'/>"
                  "<numFmt numFmtId='166' formatCode='[$-42A]mmmm'/><numFmt numFmtId='167' formatCode='[h]:mm:ss'/>"
                  "<numFmt numFmtId='168' formatCode='_-* #,##0\\ _đ_-;\"d\"#'/><numFmt numFmtId='169' formatCode='0;dd'/>"
                  "</numFmts><cellStyleXfs><xf numFmtId='14'/></cellStyleXfs><cellXfs><xf numFmtId='0'/>"
                  "<xf numFmtId='14'/><xf numFmtId='164'/><xf numFmtId='165'/><xf numFmtId='166'/>"
                  "<xf numFmtId='167'/><xf numFmtId='168'/><xf numFmtId='169'/><xf numFmtId='22'/></cellXfs></styleSheet>", 0 },
                { "xl/sharedStrings.xml", "<sst xmlns='" MAIN "'><si><t>một</t></si><si><r><t>hai </t></r><r><t>ba</t>"
                                          "</r><rPh><t>no</t></rPh></si><si/><si><t>_x0041__x005F_x0042_ _x00e9_ _x0000_"
                                          " _xD800_ _x12</t></si></sst>", 0 },
                { "xl/worksheets/sheet1.xml", "<worksheet xmlns='" MAIN "'><sheetData/></worksheet>", 0 },
        };
        FILE *file = fopen(path, "we");
        struct zip_writer *zip = zip_begin(arena, file, ZIP_SMALL);

        for (size_t i = 0; i < sizeof usual / sizeof usual[0] + count; i++) {
                const struct part *p = i < count ? &given[i] : &usual[i - count];
                bool is_given = i < count;

                for (size_t k = 0; k < count && i >= count; k++)
                        is_given = is_given || strcmp(given[k].name, p->name) == 0;
                if (is_given != (i < count))
                        continue;
                zip_part(zip, p->name);
                zip_put(zip, p->text, p->length > 0 ? p->length : strlen(p->text));
        }
        assert_int_equal(zip_end(zip), ZIP_FINE);
        assert_int_equal(fclose(file), 0);
}

#define SHEET_BEGIN "<worksheet xmlns='" MAIN "'><sheetData>"
#define SHEET_END "</sheetData></worksheet>"

static void make_sheet(const char *rows)
{
        struct part part = { "xl/worksheets/sheet1.xml", arena_print(arena, SHEET_BEGIN "%s" SHEET_END, rows), 0 };

        make_book(&part, 1);
}

/* ---- what was read, as text: "3: t:một|n:5||\n" ------------------------------------------------------ */

static struct buf seen;
static int stop_at;

static bool see_row(void *context, const char *sheet, int row, const struct xlsx_cell *cells, int count)
{
        static const char kinds[] = { ' ', 't', 'n', 'b', 'e', 'd' };

        (void)sheet;
        assert_ptr_equal(context, &seen);
        buf_print(&seen, "%d:", row);
        for (int i = 0; i < count; i++) {
                assert_non_null(cells[i].text);
                assert_true((cells[i].kind == XLSX_EMPTY) == (cells[i].text[0] == '\0'));
                if (i > 0)
                        buf_char(&seen, '|');
                if (cells[i].kind != XLSX_EMPTY)
                        buf_print(&seen, "%c:%s", kinds[cells[i].kind], cells[i].text);
        }
        buf_char(&seen, '\n');
        return row != stop_at;
}

static const struct xlsx_limits *limits = &xlsx_limits_usual;

static const char *read_book(const char *sheet, struct error *e)
{
        bool is_read;

        buf_clear(&seen);
        buf_init(&seen, 0);
        buf_put(&seen, "", 0);
        e->language = LANGUAGE_EN;
        error_clear(e);
        is_read = xlsx_read_within(limits, arena, path, sheet, see_row, &seen, e);
        assert_int_equal(is_read, error_ok(e));
        return seen.data;
}

static void refuses(enum error_code code, const char *message)
{
        struct error e;

        memset(&e, 0, sizeof e);
        read_book(NULL, &e);
        assert_string_equal(e.message, message);
        assert_int_equal(e.code, code);
}

/* ---- reading ----------------------------------------------------------------------------------------- */

static void cells_come_with_their_kinds_and_places(void **state)
{
        struct error e = { 0 };
        const char *first;

        (void)state;
        make_sheet("<row r='2'><c r='A2' t='s'><v>0</v></c><c r='C2'><v>5</v></c><c r='D2' s='3'/></row>"
                   "<row/>"
                   "<row r='7'><c t='s'><v>1</v></c><c t='s'><v>2</v></c><c t='b'><v>1</v></c><c t='b'><v>0</v></c>"
                   "<c t='e'><v>#DIV/0!</v></c><c t='str'><f>A1&amp;B1</f><v>12</v></c>"
                   "<c t='inlineStr'><is><t>a</t><rPh><t>x</t></rPh><r><t xml:space='preserve'> b</t></r></is></c>"
                   "<c><f>1+1</f><v>2</v></c><c><f>1+1</f></c></row>"
                   "<row><c r='B8' t='d'><v>2025-07-01T00:00:00</v></c><c t='d'><v>2025-07-01T10:30:00</v></c>"
                   "<c t='s'><v>3</v></c></row>");
        first = arena_text(arena, read_book(NULL, &e));
        assert_string_equal(first, "2:t:một||n:5\n"
                                                 "7:t:hai ba||b:TRUE|b:FALSE|e:#DIV/0!|t:12|t:a b|n:2\n"
                                                 "8:|d:2025-07-01|d:2025-07-01T10:30:00|t:A_x0042_ é _x0000_ _xD800_ _x12\n");
        assert_string_equal(read_book("Số liệu", &e), first);
}

static void prefixes_on_names_change_nothing(void **state)
{
        static const struct part part = {
                "xl/worksheets/sheet1.xml",
                "<x:worksheet xmlns:x='" MAIN "'><x:sheetData><x:row r='1'><x:c r='A1'><x:v>1</x:v></x:c></x:row>"
                "</x:sheetData></x:worksheet>", 0,
        };
        struct error e = { 0 };

        (void)state;
        make_book(&part, 1);
        assert_string_equal(read_book(NULL, &e), "1:n:1\n");
}

static void numbers_become_the_plain_decimal_that_excel_shows(void **state)
{
        static const struct {
                const char *stored, *plain; /* NULL: refused */
        } cases[] = {
                { "1.1645E2", "116.45" }, { "116.45000000000002", "116.45" }, { "0.1", "0.1" },
                { "0.30000000000000004", "0.3" }, { "5", "5" }, { "-5.50", "-5.5" }, { "+7", "7" }, { "007.0", "7" },
                { "-0", "0" }, { "-0.0E5", "0" }, { "0.000", "0" }, { "1E-5", "0.00001" }, { "1e+2", "100" },
                { "123456789012345", "123456789012345" }, { "1234567890123456", "1234567890123460" },
                { "999999999999999.9", "1000000000000000" }, { "0.00012345678901234567", "0.000123456789012346" },
                { "668.54", "668.54" }, { "1.7976931348623157E10", "17976931348.6232" }, { "1E15", "1000000000000000" },
                { "2.2250738585072014E-20", "0.0000000000000000000222507385850720" },
                { "9.99999999999999E2", "999.999999999999" }, { "-1.1645E2", "-116.45" }, { ".5", "0.5" }, { "5.", "5" },
                { "100000000000000000000", "100000000000000000000" }, { "4.46", "4.46" }, { "16.449999999999999", "16.45" },
                { "", "" }, { "1E400", NULL }, { "abc", NULL }, { "0x10", NULL }, { "nan", NULL }, { "inf", NULL },
                { "1,5", NULL }, { "1.2.3", NULL }, { "1E", NULL }, { "-", NULL }, { ".", NULL }, { "1 ", NULL }, { "--1", NULL },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                struct error e = { 0 };
                const char *rows, *expected = "";
                size_t end;

                make_sheet(arena_print(arena, "<row r='1'><c r='A1'><v>%s</v></c></row>", cases[i].stored));
                rows = read_book(NULL, &e);
                if (cases[i].plain != NULL && cases[i].plain[0] != '\0') {
                        expected = cases[i].plain;
                        end = strlen(expected);
                        while (strchr(expected, '.') != NULL && end > 0 && expected[end - 1] == '0')
                                end--;
                        expected = arena_print(arena, "1:n:%.*s\n", (int)end, expected);
                }
                if (error_ok(&e) != (cases[i].plain != NULL) || strcmp(rows, expected) != 0)
                        fail_msg("\"%s\" gave \"%s\" (%s)", cases[i].stored, rows, e.message);
        }
        refuses(ERR_INVALID, "\"xl/worksheets/sheet1.xml\" in the workbook: cell A1 is damaged");
}

static void numbers_formatted_as_days_become_days(void **state)
{
        static const struct {
                const char *number;
                int style;
                const char *cell;
        } cases[] = {
                { "45839", 1, "d:2025-07-01" }, { "45839", 2, "d:2025-07-01" }, { "45839", 3, "n:45839" },
                { "45839", 4, "d:2025-07-01" }, { "45839", 5, "n:45839" }, { "45839", 6, "n:45839" },
                { "45839", 7, "n:45839" }, { "45839", 0, "n:45839" }, { "45839", 99, "n:45839" },
                { "45839.604166666664", 8, "d:2025-07-01T14:30:00" }, { "45839.999999999", 8, "d:2025-07-02" },
                { "1", 1, "d:1900-01-01" }, { "59", 1, "d:1900-02-28" }, { "60", 1, "n:60" }, { "61", 1, "d:1900-03-01" },
                { "0.5", 1, "n:0.5" }, { "-3", 1, "n:-3" }, { "2958465", 1, "d:9999-12-31" }, { "2958466", 1, "n:2958466" },
                { "1E300", 1, NULL },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                struct error e = { 0 };

                make_sheet(arena_print(arena, "<row r='1'><c r='A1' s='%d'><v>%s</v></c></row>", cases[i].style,
                                       cases[i].number));
                read_book(NULL, &e);
                assert_true(error_ok(&e));
                if (cases[i].cell != NULL)
                        assert_string_equal(seen.data, arena_print(arena, "1:%s\n", cases[i].cell));
        }
}

static void days_of_the_1904_system_are_told(void **state)
{
        static const struct part parts[] = {
                { "xl/workbook.xml", "<workbook xmlns='" MAIN "' xmlns:r='" OFFICE "'><workbookPr date1904='1'/><sheets>"
                                     "<sheet name='A' sheetId='1' r:id='s1'/></sheets></workbook>", 0 },
                { "xl/worksheets/sheet1.xml", SHEET_BEGIN "<row r='1'><c r='A1' s='1'><v>44377</v></c>"
                                              "<c r='B1' s='1'><v>0</v></c></row>" SHEET_END, 0 },
        };
        struct error e = { 0 };

        (void)state;
        make_book(parts, 2);
        assert_string_equal(read_book(NULL, &e), "1:d:2025-07-01|d:1904-01-01\n");
}

static void the_sheet_is_found_by_name_or_is_the_first_shown(void **state)
{
        static const struct part parts[] = {
                { "xl/workbook.xml", "<workbook xmlns='" MAIN "' xmlns:r='" OFFICE "'><sheets>"
                                     "<sheet name='chart' sheetId='3' r:id='c'/><sheet name='hidden' sheetId='2' state='hidden' r:id='h'/>"
                                     "<sheet name='shown' sheetId='1' r:id='s'/></sheets></workbook>", 0 },
                { "xl/_rels/workbook.xml.rels", "<Relationships xmlns='" PACKAGE "'>"
                  "<Relationship Id='h' Type='" OFFICE "/worksheet' Target='worksheets/h.xml'/>"
                  "<Relationship Id='c' Type='" OFFICE "/chartsheet' Target='chartsheets/c.xml'/>"
                  "<Relationship Id='s' Type='" OFFICE "/worksheet' Target='WORKSHEETS/S.XML'/></Relationships>", 0 },
                { "xl/worksheets/h.xml", SHEET_BEGIN "<row><c><v>1</v></c></row>" SHEET_END, 0 },
                { "xl/worksheets/s.xml", SHEET_BEGIN "<row><c><v>2</v></c></row>" SHEET_END, 0 },
        };
        struct error e = { 0 };

        (void)state;
        make_book(parts, 4);
        assert_string_equal(read_book(NULL, &e), "1:n:2\n");
        assert_string_equal(read_book("hidden", &e), "1:n:1\n");
        read_book("none", &e);
        assert_string_equal(e.message, "the workbook has no sheet \"none\"");
        assert_string_equal(e.hint, "its first sheet is \"chart\"");
        read_book("chart", &e);
        assert_string_equal(e.message, "the workbook has no sheet \"chart\"");
}

static void reading_ends_when_the_reader_has_enough(void **state)
{
        struct error e = { 0 };

        (void)state;
        make_sheet("<row><c><v>1</v></c></row><row><c><v>2</v></c></row><row><c><v>broken</v></c></row>");
        stop_at = 2;
        assert_string_equal(read_book(NULL, &e), "1:n:1\n2:n:2\n");
        stop_at = 0;
        assert_true(error_ok(&e));
}

static bool run_out(void *context, const char *sheet, int row, const struct xlsx_cell *cells, int count)
{
        (void)context, (void)sheet, (void)row, (void)cells, (void)count;
        for (;;)
                arena_alloc(arena, (size_t)1 << 20);
        return true;
}

static void memory_that_ends_inside_a_row_leaves_nothing_open(void **state)
{
        struct error e = { 0 };
        int before = open_files();
        jmp_buf guard;

        (void)state;
        make_sheet("<row><c t='s'><v>0</v></c></row>");
        arena_guard(arena, &guard);
        if (setjmp(guard) == 0) {
                xlsx_read(arena, path, NULL, run_out, NULL, &e);
                fail_msg("memory should have ended");
        }
        arena_guard(arena, NULL);
        arena_reset(arena);
        assert_int_equal(open_files(), before);
}

static void every_failing_allocation_leaves_nothing_open(void **state)
{
        int before = open_files();
        bool is_done = false;

        (void)state;
        make_sheet("<row><c t='s'><v>0</v></c></row>");
        for (volatile long n = 1; !is_done; n++) {
                struct error e = { 0 };
                jmp_buf guard;

                arena_guard(arena, &guard);
                arena_fail_at(n);
                if (setjmp(guard) == 0) {
                        buf_reset(&seen);
                        assert_true(xlsx_read(arena, path, NULL, see_row, &seen, &e));
                        is_done = true;
                }
                arena_fail_at(0);
                arena_guard(arena, NULL);
                arena_reset(arena);
                assert_int_equal(open_files(), before);
                assert_true(n < 100);
        }
}

/* ---- what is refused ----------------------------------------------------------------------------------- */

static void other_files_are_no_workbooks(void **state)
{
        struct error e = { .language = LANGUAGE_EN };
        struct zip_writer *zip;
        FILE *file;

        (void)state;
        unlink(path);
        refuses(ERR_MISSING, arena_print(arena, "there is no file \"%s\"", path));
        assert_true(file_write(path, "a,b\n1,2\n", 8, 0600, &e));
        refuses(ERR_INVALID, "this is not an Excel workbook (.xlsx)");
        assert_true(file_write(path, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and more", 17, 0600, &e));
        read_book(NULL, &e);
        assert_string_equal(e.message, "this is not an Excel workbook (.xlsx)");
        assert_string_equal(e.hint, "an old .xls file or one with a password: save it as .xlsx without password");
        error_clear(&e);
        assert_true(file_write(path, "", 0, 0600, &e));
        refuses(ERR_INVALID, "this is not an Excel workbook (.xlsx)");
        file = fopen(path, "we");
        zip = zip_begin(arena, file, ZIP_SMALL);
        zip_part(zip, "word/document.xml");
        assert_int_equal(zip_end(zip), ZIP_FINE);
        fclose(file);
        refuses(ERR_INVALID, "this is not an Excel workbook (.xlsx)");
}

static void declarations_of_document_types_are_refused(void **state)
{
        static const struct part part = {
                "xl/worksheets/sheet1.xml",
                "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]>" SHEET_BEGIN
                "<row><c t='str'><v>&b;</v></c></row>" SHEET_END, 0,
        };

        (void)state;
        make_book(&part, 1);
        refuses(ERR_INVALID, "\"xl/worksheets/sheet1.xml\" in the workbook has a document type declaration");
}

static void links_to_other_workbooks_are_refused(void **state)
{
        static const struct part part = {
                "xl/_rels/workbook.xml.rels",
                "<Relationships xmlns='" PACKAGE "'><Relationship Id='s1' Type='" OFFICE
                "/worksheet' Target='worksheets/sheet1.xml'/><Relationship Id='x' Type='" OFFICE
                "/externalLink' Target='externalLinks/externalLink1.xml'/></Relationships>", 0,
        };
        static const struct part outside = {
                "xl/_rels/workbook.xml.rels",
                "<Relationships xmlns='" PACKAGE "'><Relationship Id='s1' Type='" OFFICE
                "/worksheet' TargetMode='External' Target='file:///etc/passwd'/></Relationships>", 0,
        };

        (void)state;
        make_book(&part, 1);
        refuses(ERR_INVALID, "the workbook has links to other workbooks");
        make_book(&outside, 1);
        refuses(ERR_INVALID, "the workbook has no sheet with cells");
}

static void encrypted_parts_are_refused(void **state)
{
        struct error e = { .language = LANGUAGE_EN };
        unsigned char *bytes, *list;
        size_t length;

        (void)state;
        make_sheet("<row><c><v>1</v></c></row>");
        bytes = (unsigned char *)file_read(arena, path, (size_t)1 << 20, &length, &e);
        list = bytes + (bytes[length - 6] | (size_t)bytes[length - 5] << 8); /* the sheet is its first part */
        list[8] |= 1;
        assert_true(file_write(path, bytes, length, 0600, &e));
        refuses(ERR_INVALID, "\"xl/worksheets/sheet1.xml\" in the workbook is encrypted");
}

static void a_part_packed_beyond_the_ratio_is_a_bomb(void **state)
{
        size_t length = (size_t)4 << 20;
        char *spaces = arena_alloc(arena, length + 1);
        struct part part = { "xl/worksheets/sheet1.xml", spaces, length };

        (void)state;
        memset(spaces, ' ', length);
        memcpy(spaces, "<worksheet>", 11);
        memcpy(spaces + length - 12, "</worksheet>", 12);
        make_book(&part, 1);
        refuses(ERR_TOO_BIG, "\"xl/worksheets/sheet1.xml\" in the workbook is packed more than 200 to 1");
}

static void put_part(const char *name, const struct buf *text)
{
        struct part part = { name, text->data, text->length };

        make_book(&part, 1);
}

static void the_usual_limits_are_those_stated(void **state)
{
        (void)state;
        assert_true(xlsx_limits_usual.unpacked == XLSX_UNPACKED_MAX);
        assert_true(xlsx_limits_usual.strings == XLSX_STRINGS_MAX);
        assert_true(xlsx_limits_usual.cells == XLSX_CELLS_MAX);
}

static void a_workbook_over_the_unpacked_size_is_refused(void **state)
{
        static const struct xlsx_limits small = { (uint64_t)2 << 20, 1 << 20, 1000 };
        struct buf b;

        (void)state;
        buf_init(&b, 0);
        buf_text(&b, "<worksheet>");
        for (unsigned i = 0; b.length < 1900000; i++)
                buf_print(&b, "<!--%0100u-->", i * 2654435761u);
        put_part("xl/worksheets/sheet1.xml", &b);
        limits = &small;
        refuses(ERR_INVALID, "\"xl/worksheets/sheet1.xml\" in the workbook, line 1: no element found");
        /* what the parts before it took counts as well */
        for (unsigned i = 0; b.length < ((size_t)2 << 20) - 1000; i++)
                buf_print(&b, "<!--%0100u-->", i * 2654435761u);
        put_part("xl/worksheets/sheet1.xml", &b);
        refuses(ERR_TOO_BIG, "\"xl/worksheets/sheet1.xml\" in the workbook: unpacked it is over 2 MiB");
        limits = &xlsx_limits_usual;
        buf_clear(&b);
}

static void shared_texts_over_the_limit_are_refused(void **state)
{
        static const struct xlsx_limits small = { (uint64_t)64 << 20, 1 << 20, 1000 };
        struct buf b;

        (void)state;
        buf_init(&b, 0);
        buf_text(&b, "<sst>");
        for (unsigned i = 0; b.length < ((size_t)1 << 20); i++)
                buf_print(&b, "<si><t>%01000u</t></si>", i * 2654435761u);
        buf_text(&b, "</sst>");
        put_part("xl/sharedStrings.xml", &b);
        limits = &small;
        refuses(ERR_NONE, ""); /* without the tags they fit */
        b.length -= 6;
        for (unsigned i = 0; i < 30; i++)
                buf_print(&b, "<si><t>%01000u</t></si>", i);
        buf_text(&b, "</sst>");
        put_part("xl/sharedStrings.xml", &b);
        refuses(ERR_TOO_BIG, "\"xl/sharedStrings.xml\" in the workbook holds over 1 MiB of text");
        limits = &xlsx_limits_usual;
        buf_clear(&b);
}

static void a_flood_of_empty_shared_texts_counts_too(void **state)
{
        static const struct xlsx_limits small = { (uint64_t)64 << 20, 1 << 20, 1000 };
        struct buf b;

        (void)state;
        buf_init(&b, 0);
        buf_text(&b, "<sst>");
        for (unsigned i = 0; i < 220000; i++)
                buf_text(&b, (i * 2654435761u) >> 31 ? "<si/>" : "<si />");
        buf_text(&b, "</sst>");
        put_part("xl/sharedStrings.xml", &b);
        limits = &small;
        refuses(ERR_TOO_BIG, "\"xl/sharedStrings.xml\" in the workbook holds over 1 MiB of text");
        limits = &xlsx_limits_usual;
        buf_clear(&b);
}

static void a_sheet_with_too_many_cells_is_refused(void **state)
{
        static const struct xlsx_limits small = { (uint64_t)64 << 20, 1 << 20, 1000 };
        struct buf b;

        (void)state;
        buf_init(&b, 0);
        for (int i = 0; i < 500; i++)
                buf_text(&b, "<row><c><v>1</v></c><c s='1'/><c><v>2</v></c></row>");
        make_sheet(b.data);
        limits = &small;
        refuses(ERR_NONE, ""); /* empty cells do not count */
        buf_text(&b, "<row><c><v>1</v></c></row>");
        make_sheet(b.data);
        refuses(ERR_TOO_BIG, "\"xl/worksheets/sheet1.xml\" in the workbook has more than 1000 cells");
        limits = &xlsx_limits_usual;
        buf_clear(&b);
}

static void too_deep_too_wide_and_too_long_is_refused(void **state)
{
        struct buf b;

        (void)state;
        buf_init(&b, 0);
        for (int i = 0; i < 100; i++)
                buf_text(&b, "<a>");
        for (int i = 0; i < 100; i++)
                buf_text(&b, "</a>");
        make_sheet(b.data);
        refuses(ERR_TOO_BIG, "\"xl/worksheets/sheet1.xml\" in the workbook is nested deeper than 64 levels");

        make_sheet("<row r='3'><c r='XFD3' s='1'/></row>");
        refuses(ERR_NONE, "");
        make_sheet("<row r='3'><c r='IV3'><v>1</v></c></row>");
        refuses(ERR_NONE, "");
        make_sheet("<row r='3'><c r='IW3'><v>1</v></c></row>");
        refuses(ERR_TOO_BIG, "\"xl/worksheets/sheet1.xml\" in the workbook: cell IW3 is beyond column 256");

        buf_reset(&b);
        for (int i = 0; i < XLSX_TEXT_MAX; i++)
                buf_text(&b, "ề");
        make_sheet(arena_print(arena, "<row><c t='str'><v>%s</v></c></row>", b.data));
        refuses(ERR_NONE, "");
        make_sheet(arena_print(arena, "<row><c t='str'><v>%sx</v></c></row>", b.data));
        refuses(ERR_TOO_BIG, "\"xl/worksheets/sheet1.xml\" in the workbook has a text longer than 32767 characters");
        make_sheet(arena_print(arena, "<row><c t='str'><v>%s%s%s</v></c></row>", b.data, b.data, b.data));
        refuses(ERR_TOO_BIG, "\"xl/worksheets/sheet1.xml\" in the workbook has a text longer than 32767 characters");

        buf_reset(&b);
        buf_text(&b, "<row a='");
        for (int i = 0; i < 300000; i++)
                buf_print(&b, "%08x", (unsigned)i * 2654435761u);
        buf_text(&b, "'/>");
        make_sheet(b.data);
        refuses(ERR_TOO_BIG, "\"xl/worksheets/sheet1.xml\" in the workbook has a tag over 1024 KiB");
        buf_clear(&b);
}

static void too_many_parts_are_refused(void **state)
{
        struct part *parts = arena_array(arena, 10000, sizeof *parts);

        (void)state;
        for (int i = 0; i < 10000; i++)
                parts[i] = (struct part){ arena_print(arena, "x/%d", i), "x", 1 };
        make_book(parts, 10000);
        refuses(ERR_TOO_BIG, "the workbook has more than 10000 parts");
}

static void damaged_sheets_are_refused_with_the_place(void **state)
{
        static const struct {
                const char *rows, *message;
        } cases[] = {
                { "<row r='2'/><row r='2'/>", "the rows are out of order after row 2" },
                { "<row r='0'/>", "the rows are out of order after row 0" },
                { "<row r='1048577'/>", "the rows are out of order after row 0" },
                { "<row r='x'/>", "the rows are out of order after row 0" },
                { "<row r='1'><c r='A2'><v>1</v></c></row>", "a cell of row 1 is out of its place" },
                { "<row r='1'><c r='ZZZZZZZZZ1'><v>1</v></c></row>", "a cell of row 1 is out of its place" },
                { "<row r='1'><c r='1'><v>1</v></c></row>", "a cell of row 1 is out of its place" },
                { "<row r='1'><c r='A1'><v>1</v></c><c r='A1'><v>2</v></c></row>", "cell A1 stands there twice" },
                { "<row r='1'><c r='AB1' t='s'><v>4</v></c></row>", "cell AB1 is damaged" },
                { "<row r='1'><c r='A1' t='s'><v>-1</v></c></row>", "cell A1 is damaged" },
                { "<row r='1'><c r='A1' t='s'><v>99999999999999999999</v></c></row>", "cell A1 is damaged" },
                { "<row r='1'><c r='A1' t='b'><v>2</v></c></row>", "cell A1 is damaged" },
                { "<row r='1'><c r='A1' t='d'><v>2025-02-30</v></c></row>", "cell A1 is damaged" },
                { "<row r='1'><c r='A1' t='unknown'><v>2</v></c></row>", "cell A1 is damaged" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                make_sheet(cases[i].rows);
                refuses(ERR_INVALID, arena_print(arena, "\"xl/worksheets/sheet1.xml\" in the workbook: %s",
                                                 cases[i].message));
        }
        make_sheet("<row><c></row>");
        refuses(ERR_INVALID, "\"xl/worksheets/sheet1.xml\" in the workbook, line 1: mismatched tag");
        make_sheet("\n<row>\xFF</row>");
        refuses(ERR_INVALID, "\"xl/worksheets/sheet1.xml\" in the workbook, line 2: not well-formed (invalid token)");
}

static void a_damaged_archive_is_refused(void **state)
{
        struct error e = { .language = LANGUAGE_EN };
        size_t length;
        char *bytes, *place;

        (void)state;
        make_book(NULL, 0);
        bytes = file_read(arena, path, 1 << 20, &length, &e);
        place = memmem(bytes, length, "xl/worksheets/sheet1.xml", 24);
        assert_non_null(place);
        place[30] ^= 0x55; /* within the packed bytes */
        assert_true(file_write(path, bytes, length, 0600, &e));
        read_book(NULL, &e);
        assert_int_equal(e.code, ERR_INVALID);
        assert_non_null(strstr(e.message, "xl/worksheets/sheet1.xml"));
}

/* ---- writing ------------------------------------------------------------------------------------------- */

static void what_is_written_is_read_back(void **state)
{
        static const double widths[] = { 10, 20, 30 };
        struct error e = { .language = LANGUAGE_EN };
        struct xlsx_writer *w = xlsx_create(arena, path, &e);
        struct stat st;

        (void)state;
        assert_non_null(w);
        xlsx_sheet(w, "Số liệu", widths, 3, 1);
        xlsx_text(w, 0, 0, "Chỉ tiêu", XLSX_HEAD);
        xlsx_text(w, 0, 1, "=1+1", XLSX_HEAD);
        xlsx_text(w, 0, 2, "@SUM(A1) <b>&\"'", XLSX_PLAIN);
        xlsx_number(w, 1, 0, 116450000, 6, 2, XLSX_PLAIN);
        xlsx_number(w, 1, 1, -5, 1, -1, XLSX_INPUT);
        xlsx_number(w, 1, 2, 999999999999999, 3, 3, XLSX_BAD);
        xlsx_number(w, 1, 3, 9007199254740993, 0, 0, XLSX_WARN); /* 16 digits: as text */
        xlsx_number(w, 1, 4, INT64_MAX, 6, 2, XLSX_NOTE);
        xlsx_number(w, 1, 5, 0, 6, 40, XLSX_BOLD);
        xlsx_number(w, 1, 6, 9007199254740990000, 12, 12, XLSX_BOLD);
        xlsx_date(w, 2, 0, day_of(2025, 7, 1), XLSX_PLAIN);
        xlsx_date(w, 2, 1, day_of(1900, 3, 1), XLSX_INPUT);
        xlsx_date(w, 2, 2, day_of(1899, 5, 7), XLSX_PLAIN);
        xlsx_text(w, 2, 3, NULL, XLSX_INPUT);
        xlsx_text(w, 2, 4, "", XLSX_PLAIN);
        xlsx_text(w, 2, 5, " _x0041_ _x41_ \x01 \t\nend ", XLSX_PLAIN);
        xlsx_text(w, 2, 6, "12", XLSX_PLAIN);
        xlsx_moment(w, 2, 7, moment_of_day(day_of(2025, 7, 1)) + 8 * 3600000 + 15 * 60000, XLSX_PLAIN);
        xlsx_moment(w, 2, 8, moment_of_day(day_of(1800, 1, 1)), XLSX_PLAIN);
        xlsx_comment(w, 2, 6, "ghi chú");
        xlsx_validate_decimal(w, 2, 3, "Một tiêu đề dài hơn ba mươi hai ký tự đấy nhé",
                              "chỉ nhập số, và một lời nhắn rất dài: "
                              "ềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềề"
                              "ềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềề"
                              "ềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềềề");
        xlsx_sheet(w, "Nguồn", NULL, 0, 0);
        xlsx_text(w, 0, 0, "GSO", XLSX_PLAIN);
        assert_true(xlsx_finish(w, &e));
        assert_string_equal(e.message, "");
        assert_string_equal(read_book(NULL, &e),
                            "1:t:Chỉ tiêu|t:=1+1|t:@SUM(A1) <b>&\"'\n"
                            "2:n:116.45|n:-0.5|n:999999999999.999|t:9007199254740993|t:9223372036854.775807|n:0|n:9007199.25474099\n"
                            "3:d:2025-07-01|d:1900-03-01|t:1899-05-07|||t: _x0041_ _x41_ \x01 \t\nend |t:12"
                            "|d:2025-07-01T08:15:00|t:1800-01-01T00:00:00.000+07:00\n");
        assert_string_equal(read_book("Nguồn", &e), "1:t:GSO\n");
        assert_int_equal(stat(path, &st), 0);
        assert_true(st.st_size > 3000);
}

static bool part_holds(const char *name, const char *text)
{
        struct error e = { .language = LANGUAGE_EN };
        struct zip_why why = { .code = ERR_NONE };
        struct zip_reader *zip = zip_reader_open(path, &e);
        int number = zip_part_find(zip, name, false);
        struct zip_part *part = number < 0 ? NULL : zip_part_open(zip, number, &why);
        char *bytes = arena_alloc(arena, 100001);
        size_t length = 0;

        for (int64_t n = part == NULL ? 0 : 1; n > 0; length += n > 0 ? (size_t)n : 0)
                n = zip_part_read(part, bytes + length, 100000 - length, &why);
        zip_part_close(part);
        zip_reader_close(zip);
        return strstr(bytes, text) != NULL;
}

static void rules_comments_and_formats_are_in_the_file(void **state)
{
        struct error e = { .language = LANGUAGE_EN };
        struct xlsx_writer *w = xlsx_create(arena, path, &e);
        const char *sheet = "xl/worksheets/sheet1.xml";

        (void)state;
        xlsx_sheet(w, "A", NULL, 0, 2);
        xlsx_number(w, 0, 0, 12345, 2, 1, XLSX_INPUT);
        xlsx_date(w, 0, 1, 20000, XLSX_PLAIN);
        xlsx_validate_decimal(w, 0, 0, "Chỉ nhập số", "ô này chỉ nhận số");
        xlsx_comment(w, 0, 0, "ghi chú");
        xlsx_text(w, 0, 2, "=1+1", XLSX_PLAIN);
        assert_true(xlsx_finish(w, &e));
        assert_true(part_holds(sheet, "<dataValidation type=\"decimal\""));
        assert_true(part_holds(sheet, "error=\"ô này chỉ nhận số\""));
        assert_true(part_holds(sheet, "ySplit=\"2\""));
        assert_true(part_holds("xl/comments1.xml", "ghi chú"));
        assert_true(part_holds("xl/styles.xml", "#,##0.0\""));
        assert_true(part_holds("xl/styles.xml", "dd/mm/yyyy"));
        assert_false(part_holds(sheet, "<f>"));
}

static void sheets_get_names_that_excel_takes(void **state)
{
        static const char *const names[] = {
                "a/b:c*d?[e]\\f", "'quoted'", "", "Một cái tên dài hơn ba mươi mốt ký tự rất nhiều", "same", "SAME", "same",
                "Một cái tên dài hơn ba mươi mốt ký tự rất nhiều",
        };
        static const char *const written[] = {
                "a b c d  e  f", " quoted", "3", "Một cái tên dài hơn ba mươi mốt", "same", "SAME 6", "same 7",
                "Một cái tên dài hơn ba mươi m 8",
        };
        struct error e = { .language = LANGUAGE_EN };
        struct xlsx_writer *w = xlsx_create(arena, path, &e);

        (void)state;
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
                xlsx_sheet(w, names[i], NULL, 0, 0);
                xlsx_number(w, 0, 0, (int64_t)i, 0, 0, XLSX_PLAIN);
        }
        assert_true(xlsx_finish(w, &e));
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
                const char *rows = read_book(written[i], &e);

                assert_string_equal(e.message, "");
                assert_string_equal(rows, arena_print(arena, "1:n:%zu\n", i));
        }
}

static void what_excel_cannot_hold_is_an_error_and_no_file(void **state)
{
        struct error e = { .language = LANGUAGE_EN };
        struct xlsx_writer *w = xlsx_create(arena, path, &e);
        char *text = arena_alloc(arena, XLSX_TEXT_MAX + 2);

        (void)state;
        memset(text, 'x', XLSX_TEXT_MAX + 1);
        xlsx_sheet(w, "A", NULL, 0, 0);
        xlsx_text(w, 0, 0, text, XLSX_PLAIN);
        xlsx_text(w, 1, 0, "after", XLSX_PLAIN);
        assert_false(xlsx_finish(w, &e));
        assert_string_equal(e.message, "a cell holds at most 32767 characters");
        assert_false(file_exists(path));
        error_clear(&e);

        w = xlsx_create(arena, path, &e);
        xlsx_sheet(w, "A", NULL, 0, 0);
        xlsx_number(w, 1048575, 0, 1, 0, 0, XLSX_PLAIN);
        xlsx_number(w, 1048576, 0, 1, 0, 0, XLSX_PLAIN);
        assert_false(xlsx_finish(w, &e));
        assert_string_equal(e.message, "a sheet holds at most 1048576 rows");
        error_clear(&e);

        assert_null(xlsx_create(arena, "/nowhere/book.xlsx", &e));
        assert_int_equal(e.code, ERR_ENVIRONMENT);
}

static void a_workbook_given_up_leaves_nothing_behind(void **state)
{
        struct error e = { 0 };
        int before = open_files();
        struct xlsx_writer *w = xlsx_create(arena, path, &e);

        (void)state;
        xlsx_sheet(w, "A", NULL, 0, 0);
        for (int row = 0; row < 100; row++)
                xlsx_text(w, row, 0, "text", XLSX_BOLD);
        arena_reset(arena);
        assert_int_equal(open_files(), before);
        assert_false(file_exists(path));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_up, arena_down)
                TEST(cells_come_with_their_kinds_and_places),
                TEST(prefixes_on_names_change_nothing),
                TEST(numbers_become_the_plain_decimal_that_excel_shows),
                TEST(numbers_formatted_as_days_become_days),
                TEST(days_of_the_1904_system_are_told),
                TEST(the_sheet_is_found_by_name_or_is_the_first_shown),
                TEST(reading_ends_when_the_reader_has_enough),
                TEST(memory_that_ends_inside_a_row_leaves_nothing_open),
                TEST(every_failing_allocation_leaves_nothing_open),
                TEST(other_files_are_no_workbooks),
                TEST(declarations_of_document_types_are_refused),
                TEST(links_to_other_workbooks_are_refused),
                TEST(encrypted_parts_are_refused),
                TEST(a_part_packed_beyond_the_ratio_is_a_bomb),
                TEST(the_usual_limits_are_those_stated),
                TEST(a_workbook_over_the_unpacked_size_is_refused),
                TEST(shared_texts_over_the_limit_are_refused),
                TEST(a_flood_of_empty_shared_texts_counts_too),
                TEST(a_sheet_with_too_many_cells_is_refused),
                TEST(too_deep_too_wide_and_too_long_is_refused),
                TEST(too_many_parts_are_refused),
                TEST(damaged_sheets_are_refused_with_the_place),
                TEST(a_damaged_archive_is_refused),
                TEST(what_is_written_is_read_back),
                TEST(rules_comments_and_formats_are_in_the_file),
                TEST(sheets_get_names_that_excel_takes),
                TEST(what_excel_cannot_hold_is_an_error_and_no_file),
                TEST(a_workbook_given_up_leaves_nothing_behind),
        };
        int failed = cmocka_run_group_tests_name("xlsx", tests, folder_up, folder_down);

        buf_clear(&seen);
        return failed;
}
