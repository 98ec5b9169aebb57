/* docx.c - the parts of a DOCX file, packed into a file without a name. */
#include "format/docx.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "format/html.h"
#include "format/zip_write.h"

#define PIECE ((size_t)32 << 10)
#define INDENT "<w:ind w:firstLine=\"720\"/>" /* 1.27 cm */
#define CELL_MARGIN 115  /* left and right in a cell */
#define SHARE_WIDTH 9355 /* twentieths of a point between the margins: 210 - 30 - 15 mm */

struct docx {
        struct arena *arena;
        struct error *err;
        struct buf *out;
        struct buf body;
        const char *title, *author;
        moment made;
        int open_cells; /* of the rows of the table with borders that is open; 0 none */
};

struct docx *docx_open(struct arena *a, struct buf *out, const char *title, const char *author, moment made, struct error *err)
{
        struct docx *d = arena_alloc(a, sizeof *d);

        *d = (struct docx){ .arena = a, .err = err, .out = out, .title = title, .author = author, .made = made };
        buf_init_with(&d->body, 0, a);
        return d;
}

/* ---- paragraphs ------------------------------------------------------------------------------------------- */

static void put_run(struct docx *d, const char *text, size_t length, const struct pdf_cell *c, double size)
{
        const char *part = arena_copy(d->arena, text, length);

        buf_print(&d->body, "<w:r><w:rPr>%s%s%s<w:sz w:val=\"%d\"/></w:rPr><w:t xml:space=\"preserve\">", c->face & PDF_BOLD ? "<w:b/>" : "", c->face & PDF_ITALIC ? "<w:i/>" : "",
                  c->face & PDF_CAPITALS ? "<w:caps/>" : "", (int)(size * 2));
        html_text(&d->body, part); /* &#39; and the like are XML too */
        buf_text(&d->body, "</w:t></w:r>");
}

/* A line below a cell's text: the border of an empty paragraph between indents. */
static void put_rule(struct docx *d, double points, int width)
{
        int indent = (width - (int)(points * 20)) / 2;

        buf_print(&d->body, "<w:p><w:pPr><w:pBdr><w:top w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"000000\"/></w:pBdr><w:spacing w:after=\"0\" w:line=\"40\" "
                            "w:lineRule=\"exact\"/><w:ind w:left=\"%d\" w:right=\"%d\"/></w:pPr></w:p>", indent, indent);
}

/* width: of the text, in twentieths of a point. */
static void put_cell(struct docx *d, const struct pdf_cell *c, int width)
{
        static const char *const aligns[] = { "left", "center", "right", "both" };
        bool is_first = true;

        for (const char *at = c->text;; is_first = false) {
                size_t length = strcspn(at, "\n");

                buf_print(&d->body, "<w:p><w:pPr><w:spacing w:after=\"%d\"/>%s<w:jc w:val=\"%s\"/></w:pPr>", at[length] == '\0' ? 60 : 0,
                          c->align == PDF_BODY ? INDENT : "", aligns[c->align]);
                put_run(d, at, length, c, is_first || c->rest_size == 0 ? c->size : c->rest_size);
                buf_text(&d->body, "</w:p>");
                if (at[length] == '\0')
                        break;
                at += length + 1;
        }
        if (c->rule > 0)
                put_rule(d, c->rule, width);
}

static void end_table(struct docx *d)
{
        if (d->open_cells > 0)
                buf_text(&d->body, "</w:tbl>");
        d->open_cells = 0;
}

static int share_of(const struct pdf_cell *c)
{
        return c->share > 0 ? c->share : 1;
}

void docx_space(struct docx *d, double points)
{
        end_table(d);
        buf_print(&d->body, "<w:p><w:pPr><w:spacing w:after=\"0\" w:line=\"%d\" w:lineRule=\"exact\"/></w:pPr></w:p>", points < 1 ? 20 : (int)(points * 20));
}

static void begin_table(struct docx *d, const struct pdf_cell *cells, int count, int shares, bool has_borders)
{
        static const char *const sides[] = { "top", "left", "bottom", "right", "insideH", "insideV" };

        buf_print(&d->body, "<w:tbl><w:tblPr><w:tblW w:w=\"%d\" w:type=\"dxa\"/>", SHARE_WIDTH);
        if (has_borders) {
                buf_text(&d->body, "<w:tblBorders>");
                for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
                        buf_print(&d->body, "<w:%s w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"000000\"/>", sides[i]);
                buf_text(&d->body, "</w:tblBorders>");
        }
        buf_print(&d->body, "<w:tblLayout w:type=\"fixed\"/><w:tblCellMar><w:left w:w=\"%d\" w:type=\"dxa\"/><w:right w:w=\"%d\" w:type=\"dxa\"/></w:tblCellMar></w:tblPr><w:tblGrid>",
                  CELL_MARGIN, CELL_MARGIN);
        for (int i = 0; i < count; i++)
                buf_print(&d->body, "<w:gridCol w:w=\"%d\"/>", SHARE_WIDTH * share_of(&cells[i]) / shares);
        buf_text(&d->body, "</w:tblGrid>");
}

/* Rows with borders that follow each other are one table. */
void docx_row(struct docx *d, const struct pdf_cell *cells, int count, unsigned flags)
{
        bool has_borders = (flags & PDF_BORDERS) != 0;
        int shares = 0;

        if (!has_borders || count != d->open_cells) {
                if (d->open_cells > 0)
                        docx_space(d, 0); /* tables that touch would become one */
                if (count == 1 && !has_borders) {
                        put_cell(d, cells, SHARE_WIDTH);
                        return;
                }
        }
        for (int i = 0; i < count; i++)
                shares += share_of(&cells[i]);
        if (d->open_cells == 0)
                begin_table(d, cells, count, shares, has_borders);
        d->open_cells = count;
        buf_text(&d->body, "<w:tr><w:trPr><w:cantSplit/></w:trPr>");
        for (int i = 0; i < count; i++) {
                int width = SHARE_WIDTH * share_of(&cells[i]) / shares;

                buf_print(&d->body, "<w:tc><w:tcPr><w:tcW w:w=\"%d\" w:type=\"dxa\"/></w:tcPr>", width);
                put_cell(d, &cells[i], width - 2 * CELL_MARGIN);
                buf_text(&d->body, "</w:tc>");
        }
        buf_text(&d->body, "</w:tr>");
        if (!has_borders)
                docx_space(d, 0);
}

/* ---- the package --------------------------------------------------------------------------------------------- */

#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>"
#define OFFICE "http://schemas.openxmlformats.org/"

static const char types[] =
        XML "<Types xmlns=\"" OFFICE "package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
            "<Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/>"
            "<Override PartName=\"/word/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml\"/>"
            "<Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/></Types>";
static const char relations[] =
        XML "<Relationships xmlns=\"" OFFICE "package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"" OFFICE "officeDocument/2006/relationships/officeDocument\" "
            "Target=\"word/document.xml\"/><Relationship Id=\"rId2\" Type=\"" OFFICE "package/2006/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/></Relationships>";
static const char document_relations[] =
        XML "<Relationships xmlns=\"" OFFICE "package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"" OFFICE "officeDocument/2006/relationships/styles\" "
            "Target=\"styles.xml\"/></Relationships>";
static const char styles[] =
        XML "<w:styles xmlns:w=\"" OFFICE "wordprocessingml/2006/main\"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii=\"Times New Roman\" w:hAnsi=\"Times New Roman\" "
            "w:cs=\"Times New Roman\"/><w:sz w:val=\"26\"/><w:lang w:val=\"vi-VN\"/></w:rPr></w:rPrDefault></w:docDefaults>"
            "<w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/></w:style></w:styles>";

static void packed_close(void *file)
{
        fclose(file);
}

/* A file without a name; NULL and an error. */
static FILE *packed_open(struct docx *d)
{
        int fd = memfd_create("document", MFD_CLOEXEC);
        FILE *file = fd < 0 ? NULL : fdopen(fd, "w+");

        if (file == NULL) {
                error_system(d->err, ERR_ENVIRONMENT, errno, "the document cannot be written");
                if (fd >= 0)
                        close(fd);
                return NULL;
        }
        arena_on_free(d->arena, packed_close, file);
        return file;
}

static bool copy_out(struct docx *d, FILE *packed)
{
        char *piece = arena_alloc(d->arena, PIECE);
        size_t length;

        rewind(packed);
        while ((length = fread(piece, 1, PIECE, packed)) > 0)
                buf_put(d->out, piece, length);
        return !ferror(packed);
}

static void pack(struct docx *d, const struct buf *document, const struct buf *core)
{
        const struct { const char *name; const void *bytes; size_t length; } parts[] = {
                { "[Content_Types].xml", types, sizeof types - 1 }, { "_rels/.rels", relations, sizeof relations - 1 }, { "word/document.xml", document->data, document->length },
                { "word/_rels/document.xml.rels", document_relations, sizeof document_relations - 1 }, { "word/styles.xml", styles, sizeof styles - 1 },
                { "docProps/core.xml", core->data, core->length },
        };
        FILE *packed = packed_open(d);
        struct zip_writer *zip = packed == NULL ? NULL : zip_begin(d->arena, packed, ZIP_SMALL);

        if (zip == NULL)
                return;
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
                zip_part(zip, parts[i].name);
                zip_put(zip, parts[i].bytes, parts[i].length);
        }
        if (zip_end(zip) != ZIP_FINE || !copy_out(d, packed))
                error_system(d->err, ERR_ENVIRONMENT, errno, "the document cannot be written");
}

bool docx_close(struct docx *d)
{
        struct buf document, core;
        char date[MOMENT_TEXT_MAX];

        if (d->open_cells > 0)
                docx_space(d, 0); /* a document ends with a paragraph */
        buf_init_with(&document, 0, d->arena);
        buf_init_with(&core, 0, d->arena);
        moment_write(date, d->made);
        buf_text(&document, XML "<w:document xmlns:w=\"" OFFICE "wordprocessingml/2006/main\"><w:body>");
        buf_put(&document, d->body.data, d->body.length);
        buf_text(&document, "<w:sectPr><w:pgSz w:w=\"11906\" w:h=\"16838\"/><w:pgMar w:top=\"1134\" w:right=\"850\" w:bottom=\"1134\" w:left=\"1701\" w:header=\"567\" "
                            "w:footer=\"567\" w:gutter=\"0\"/></w:sectPr></w:body></w:document>");
        buf_text(&core, XML "<cp:coreProperties xmlns:cp=\"" OFFICE "package/2006/metadata/core-properties\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
                            "xmlns:dcterms=\"http://purl.org/dc/terms/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>");
        html_text(&core, d->title);
        buf_text(&core, "</dc:title><dc:creator>");
        html_text(&core, d->author);
        buf_print(&core, "</dc:creator><dcterms:created xsi:type=\"dcterms:W3CDTF\">%s</dcterms:created></cp:coreProperties>", date);
        if (!buf_ok(&d->body) || !buf_ok(&document) || !buf_ok(&core))
                error_set(d->err, ERR_ENVIRONMENT, "the machine has no memory left");
        if (error_ok(d->err))
                pack(d, &document, &core);
        buf_clear(&document);
        buf_clear(&core);
        return error_ok(d->err) && (buf_ok(d->out) || error_set(d->err, ERR_ENVIRONMENT, "the machine has no memory left"));
}
