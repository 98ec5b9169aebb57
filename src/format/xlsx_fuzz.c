/* Bytes that begin with PK are read as a workbook; others become a part of a sound workbook: the sheet, the
 * shared texts, the styles or the workbook itself, by the first byte. Whatever comes, rows keep their order and
 * limits and every text is UTF-8. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "format/xlsx_private.h"
#include "format/zip_write.h"

#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool is_true)
{
        if (!is_true)
                abort();
}

static bool see_row(void *context, const char *sheet, int row, const struct xlsx_cell *cells, int count)
{
        int *last = context;

        (void)sheet;
        require(row > *last && count >= 1 && count <= XLSX_COLUMNS_MAX && cells[count - 1].kind != XLSX_EMPTY);
        *last = row;
        for (int i = 0; i < count; i++) {
                size_t length = strlen(cells[i].text);

                require((cells[i].kind == XLSX_EMPTY) == (length == 0) && utf8_is_valid(cells[i].text, length, NULL));
                if (cells[i].kind == XLSX_NUMBER)
                        require(strspn(cells[i].text, "-.0123456789") == length);
        }
        return true;
}

static const struct {
        const char *name, *text;
} parts[] = {
        { "xl/worksheets/sheet1.xml", "<worksheet><sheetData><row><c t='s' s='1'><v>0</v></c><c s='1'><v>45839</v></c>"
                                      "</row></sheetData></worksheet>" },
        { "xl/sharedStrings.xml", "<sst><si><t>a</t></si></sst>" },
        { "xl/styles.xml", "<styleSheet><cellXfs><xf numFmtId='0'/><xf numFmtId='14'/></cellXfs></styleSheet>" },
        { "xl/workbook.xml", "<workbook xmlns:r='" OFFICE "'><sheets><sheet name='A' r:id='s1'/></sheets></workbook>" },
        { "xl/_rels/workbook.xml.rels",
          "<Relationships><Relationship Id='s1' Type='x/worksheet' Target='worksheets/sheet1.xml'/>"
          "<Relationship Id='s2' Type='x/sharedStrings' Target='sharedStrings.xml'/>"
          "<Relationship Id='s3' Type='x/styles' Target='styles.xml'/></Relationships>" },
        { "_rels/.rels", "<Relationships><Relationship Id='r' Type='x/officeDocument' Target='xl/workbook.xml'/>"
                         "</Relationships>" },
};

#define PART_COUNT (sizeof parts / sizeof parts[0])

static void make_book(struct arena *a, const char *path, const uint8_t *bytes, size_t size)
{
        FILE *file = fopen(path, "wb");
        struct zip_writer *zip = zip_begin(a, file, ZIP_SMALL);
        size_t chosen = size > 0 ? bytes[0] % PART_COUNT : 0;

        for (size_t i = 0; i < PART_COUNT; i++) {
                bool is_chosen = i == chosen && size > 1;

                zip_part(zip, parts[i].name);
                zip_put(zip, is_chosen ? (const void *)(bytes + 1) : parts[i].text, is_chosen ? size - 1 : strlen(parts[i].text));
        }
        require(zip_end(zip) == ZIP_FINE && fclose(file) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        static const struct xlsx_limits small = { (uint64_t)8 << 20, (size_t)4 << 20, 100000 };
        static char path[64];
        struct arena *a = arena_open((size_t)64 << 20);
        struct error e = { 0 };
        int last = 0;

        require(a != NULL);
        if (path[0] == '\0')
                snprintf(path, sizeof path, "/dev/shm/xlsx_fuzz.%d", (int)getpid());
        if (size >= 2 && bytes[0] == 'P' && bytes[1] == 'K') {
                FILE *file = fopen(path, "wb");

                require(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
        } else {
                make_book(a, path, bytes, size);
        }
        require(xlsx_read_within(&small, a, path, NULL, see_row, &last, &e) == error_ok(&e));
        require(error_ok(&e) || utf8_is_valid(e.message, strlen(e.message), NULL));
        arena_close(a);
        unlink(path);
        return 0;
}
