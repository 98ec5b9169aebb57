#include "format/xlsx.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/day.h"
#include "base/decimal.h"
#include "base/utf8.h"
#include "format/zip_write.h"

#define STYLE_COUNT (XLSX_NOTE + 1)
#define ROWS_MAX 1048576
#define DIGITS_MAX 15  /* of a number in Excel */
#define TITLE_MAX 32   /* characters of a validation's title and message */
#define MESSAGE_MAX 255
#define SHEET_NAME_MAX 31
#define PIXELS_OF_CHARACTER 7
#define PIXELS_BESIDE 5 /* a column's text */

/* Formats of one style: as it comes, a date, a moment, then 0 .. 12 decimals shown. */
enum { FORM_GENERAL, FORM_DATE, FORM_MOMENT, FORM_DECIMALS, FORM_COUNT = FORM_DECIMALS + DECIMAL_MAX_DECIMALS + 1 };
#define NUMBER_FORMATS 164 /* the first number for a format that Excel does not know by itself */

/* A cell of the row that is written: where it stands in the row's text. */
struct cell {
        int column;
        size_t start, length;
};

struct sheet {
        struct sheet *before;
        const char *name;
        int number;
        bool has_comments;
};

struct xlsx_writer {
        struct arena *arena;
        const char *path;
        FILE *file;
        struct zip_writer *zip;
        struct sheet *sheet; /* the last one */
        struct buf out;      /* of the open part */
        int row;             /* the last written to, -1: none; rows go out in order */
        bool is_open;        /* a sheet's part, after its rows have begun */
        struct buf text;     /* of that row's cells */
        struct cell *cells;
        size_t cell_count;
        struct buf rules, comments, shapes; /* of the sheet, for after its rows */
        int rule_count, comment_count;
        bool is_long, is_wide; /* more rows than a sheet has; characters than a cell */
        int formats[STYLE_COUNT][FORM_COUNT], format_count; /* numbers of those that are used, from 1 */
        struct { int style, form; } used[STYLE_COUNT * FORM_COUNT];
};

#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE "http://schemas.openxmlformats.org/package/2006/"

/* The workbook was given up: what stands at path goes. */
static void give_up(void *handle)
{
        struct xlsx_writer *w = handle;

        if (w->file == NULL)
                return;
        fclose(w->file);
        w->file = NULL;
        unlink(w->path);
}

static bool put(void *context, const char *bytes, size_t length)
{
        struct xlsx_writer *w = context;

        zip_put(w->zip, bytes, length);
        return true;
}

struct xlsx_writer *xlsx_create(struct arena *a, const char *path, struct error *e)
{
        struct xlsx_writer *w = arena_alloc(a, sizeof *w);

        w->arena = a;
        w->path = arena_text(a, path);
        arena_on_free(a, give_up, w);
        w->file = fopen(path, "wb");
        if (w->file == NULL) {
                error_system(e, ERR_ENVIRONMENT, errno, "cannot write \"%s\"", path);
                return NULL;
        }
        w->zip = zip_begin(a, w->file, ZIP_SMALL);
        buf_init_sink_with(&w->out, put, w, a);
        buf_init_with(&w->text, SIZE_MAX / 4, a);
        buf_init_with(&w->rules, SIZE_MAX / 4, a);
        buf_init_with(&w->comments, SIZE_MAX / 4, a);
        buf_init_with(&w->shapes, SIZE_MAX / 4, a);
        return w;
}

/* ---- texts ------------------------------------------------------------------------------------------------ */

static bool is_escape(const char *p)
{
        if (p[0] != '_' || p[1] != 'x')
                return false;
        for (int i = 2; i < 6; i++)
                if (!isxdigit((unsigned char)p[i]))
                        return false;
        return p[6] == '_';
}

/* Text of XML. What XML cannot hold is written as Excel's escape (_x0001_); text that looks like one would be read as the character it
 * names, so its first underscore is escaped. */
static void put_text(struct buf *o, const char *text)
{
        const char *from = text, *p = text;

        for (; *p != '\0'; p++) {
                const char *instead = *p == '&' ? "&amp;" : *p == '<' ? "&lt;" : *p == '>' ? "&gt;" : *p == '"' ? "&quot;" : NULL;
                char escape[8];
                size_t length = 1;

                if ((unsigned char)*p < ' ' && *p != '\t' && *p != '\n') {
                        snprintf(escape, sizeof escape, "_x%04X_", (unsigned)(unsigned char)*p);
                        instead = escape;
                } else if (*p == '_' && is_escape(p)) {
                        instead = "_x005F_";
                } else if (strncmp(p, "\xEF\xBF\xBE", 3) == 0 || strncmp(p, "\xEF\xBF\xBF", 3) == 0) {
                        instead = (unsigned char)p[2] == 0xBE ? "_xFFFE_" : "_xFFFF_";
                        length = 3;
                }
                if (instead == NULL)
                        continue;
                buf_put(o, from, (size_t)(p - from));
                buf_text(o, instead);
                p += length - 1;
                from = p + 1;
        }
        buf_put(o, from, (size_t)(p - from));
}

/* The first characters of a text; out has room for four bytes each. */
static char *cut(char *out, const char *text, size_t characters)
{
        size_t end = 0, length = strlen(text);

        while (end < length && characters-- > 0)
                for (end++; ((unsigned char)text[end] & 0xC0) == 0x80; end++)
                        ;
        memcpy(out, text, end);
        out[end] = '\0';
        return out;
}

/* "AB12", for row and column from 0. */
static void put_place(struct buf *o, int row, int column)
{
        char letters[8];
        size_t n = sizeof letters;

        for (int c = column; c >= 0; c = c / 26 - 1)
                letters[--n] = (char)('A' + c % 26);
        buf_put(o, letters + n, sizeof letters - n);
        buf_int(o, row + 1);
}

/* ---- sheets ----------------------------------------------------------------------------------------------- */

static bool is_used(const struct xlsx_writer *w, const char *name)
{
        for (const struct sheet *s = w->sheet; s != NULL; s = s->before)
                if (strcasecmp(s->name, name) == 0)
                        return true;
        return false;
}

/* A name Excel takes: at most 31 characters, none of []:*?/\, no apostrophe at an end, not used before. */
static void sheet_name(const struct xlsx_writer *w, char *out, size_t room, const char *name)
{
        char base[SHEET_NAME_MAX * 4 + 1];
        size_t n = 0, characters = 0;

        for (const char *p = name; *p != '\0' && n + 1 < sizeof base; p++) {
                if (((unsigned char)*p & 0xC0) != 0x80 && characters++ == SHEET_NAME_MAX)
                        break;
                base[n++] = strchr("[]:*?/\\", *p) != NULL || (unsigned char)*p < 0x20 ? ' ' : *p;
        }
        while (n > 0 && (base[n - 1] == '\'' || base[n - 1] == ' '))
                n--;
        if (n > 0 && base[0] == '\'')
                base[0] = ' ';
        snprintf(out, room, "%.*s", (int)n, base);
        for (int i = w->sheet == NULL ? 1 : w->sheet->number + 1; *out == '\0' || is_used(w, out); i++) {
                char number[16];
                size_t length = (size_t)snprintf(number, sizeof number, "%s%d", n > 0 ? " " : "", i), end = n;

                while (end > 0 && utf8_count(base, end) + length > SHEET_NAME_MAX)
                        end = utf8_cut(base, n, end - 1);
                snprintf(out, room, "%.*s%s", (int)end, base, number);
        }
}

/* The part that was open goes out; a new one begins. */
static void part(struct xlsx_writer *w, const char *name)
{
        buf_finish(&w->out);
        zip_part(w->zip, name);
}

static int by_column(const void *a, const void *b)
{
        const struct cell *x = a, *y = b;

        return x->column != y->column ? (x->column > y->column) - (x->column < y->column) : (x->start > y->start) - (x->start < y->start);
}

/* The row's cells in order of their columns; of two in one place the later. */
static void row_end(struct xlsx_writer *w)
{
        bool is_sorted = true;

        if (w->cell_count == 0)
                return;
        for (size_t i = 1; i < w->cell_count; i++)
                is_sorted = is_sorted && w->cells[i - 1].column < w->cells[i].column;
        if (!is_sorted)
                qsort(w->cells, w->cell_count, sizeof *w->cells, by_column);
        buf_print(&w->out, "<row r=\"%d\">", w->row + 1);
        for (size_t i = 0; i < w->cell_count; i++)
                if (i + 1 == w->cell_count || w->cells[i + 1].column != w->cells[i].column)
                        buf_put(&w->out, w->text.data + w->cells[i].start, w->cells[i].length);
        BUF_LITERAL(&w->out, "</row>");
        w->cell_count = 0;
        buf_reset(&w->text);
}

/* A sheet's comments: their texts, the boxes they are shown in, and who names both. */
static void comments_write(struct xlsx_writer *w)
{
        int number = w->sheet->number;

        part(w, arena_print(w->arena, "xl/comments%d.xml", number));
        BUF_LITERAL(&w->out, XML "<comments xmlns=\"" MAIN "\"><authors><author></author></authors><commentList>");
        buf_put(&w->out, w->comments.data, w->comments.length);
        BUF_LITERAL(&w->out, "</commentList></comments>");
        part(w, arena_print(w->arena, "xl/drawings/vmlDrawing%d.vml", number));
        buf_print(&w->out, "<xml xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\""
                           " xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><o:shapelayout v:ext=\"edit\"><o:idmap v:ext=\"edit\" data=\"%d\"/></o:shapelayout>"
                           "<v:shapetype id=\"_x0000_t202\" coordsize=\"21600,21600\" o:spt=\"202\" path=\"m,l,21600r21600,l21600,xe\"><v:stroke joinstyle=\"miter\"/>"
                           "<v:path gradientshapeok=\"t\" o:connecttype=\"rect\"/></v:shapetype>",
                  number);
        buf_put(&w->out, w->shapes.data, w->shapes.length);
        BUF_LITERAL(&w->out, "</xml>");
        part(w, arena_print(w->arena, "xl/worksheets/_rels/sheet%d.xml.rels", number));
        buf_print(&w->out, XML "<Relationships xmlns=\"" PACKAGE "relationships\"><Relationship Id=\"rId1\" Type=\"" OFFICE "/vmlDrawing\""
                               " Target=\"../drawings/vmlDrawing%d.vml\"/><Relationship Id=\"rId2\" Type=\"" OFFICE "/comments\" Target=\"../comments%d.xml\"/></Relationships>",
                  number, number);
        w->sheet->has_comments = true;
}

static void sheet_end(struct xlsx_writer *w)
{
        if (!w->is_open)
                return;
        row_end(w);
        BUF_LITERAL(&w->out, "</sheetData>");
        if (w->rule_count > 0) {
                buf_print(&w->out, "<dataValidations count=\"%d\">", w->rule_count);
                buf_put(&w->out, w->rules.data, w->rules.length);
                BUF_LITERAL(&w->out, "</dataValidations>");
        }
        BUF_LITERAL(&w->out, "<pageMargins left=\"0.7\" right=\"0.7\" top=\"0.75\" bottom=\"0.75\" header=\"0.3\" footer=\"0.3\"/>");
        if (w->comment_count > 0)
                BUF_LITERAL(&w->out, "<legacyDrawing r:id=\"rId1\"/>");
        BUF_LITERAL(&w->out, "</worksheet>");
        if (w->comment_count > 0)
                comments_write(w);
        buf_reset(&w->rules);
        buf_reset(&w->comments);
        buf_reset(&w->shapes);
        w->rule_count = w->comment_count = 0;
        w->is_open = false;
}

void xlsx_sheet(struct xlsx_writer *w, const char *name, const double *widths, int column_count, int frozen_rows)
{
        char clean[SHEET_NAME_MAX * 4 + 24];
        struct sheet *s = arena_alloc(w->arena, sizeof *s);

        sheet_end(w);
        sheet_name(w, clean, sizeof clean, name);
        s->name = arena_text(w->arena, clean);
        s->number = w->sheet == NULL ? 1 : w->sheet->number + 1;
        s->before = w->sheet;
        w->sheet = s;
        w->row = -1;
        w->is_open = true;
        part(w, arena_print(w->arena, "xl/worksheets/sheet%d.xml", s->number));
        buf_print(&w->out, XML "<worksheet xmlns=\"" MAIN "\" xmlns:r=\"" OFFICE "\"><sheetViews><sheetView%s workbookViewId=\"0\">", s->number == 1 ? " tabSelected=\"1\"" : "");
        if (frozen_rows > 0)
                buf_print(&w->out, "<pane ySplit=\"%d\" topLeftCell=\"A%d\" activePane=\"bottomLeft\" state=\"frozen\"/><selection pane=\"bottomLeft\"/>", frozen_rows, frozen_rows + 1);
        BUF_LITERAL(&w->out, "</sheetView></sheetViews><sheetFormatPr defaultRowHeight=\"15\"/>");
        if (column_count > 0 && widths != NULL)
                BUF_LITERAL(&w->out, "<cols>");
        for (int i = 0; i < column_count && widths != NULL; i++) {
                int pixels = (int)(widths[i] * PIXELS_OF_CHARACTER + 0.5) + PIXELS_BESIDE;

                buf_print(&w->out, "<col min=\"%d\" max=\"%d\" width=\"%.10g\" customWidth=\"1\"/>", i + 1, i + 1, pixels * 256 / PIXELS_OF_CHARACTER / 256.0);
        }
        if (column_count > 0 && widths != NULL)
                BUF_LITERAL(&w->out, "</cols>");
        BUF_LITERAL(&w->out, "<sheetData>");
}

/* ---- cells ------------------------------------------------------------------------------------------------ */

static int format_of(struct xlsx_writer *w, enum xlsx_style style, int form)
{
        int *number = &w->formats[style][form];

        if (*number == 0 && (style != XLSX_PLAIN || form != FORM_GENERAL)) {
                w->used[w->format_count].style = (int)style;
                w->used[w->format_count].form = form;
                *number = ++w->format_count;
        }
        return *number;
}

/* Begin a cell of the row; false where it has no place. kind: what follows "<c r=.. s=..". */
static bool cell_begin(struct xlsx_writer *w, int row, int column, int format, const char *kind)
{
        if (!w->is_open)
                return false;
        assert(row >= w->row); /* constant memory: what is above has already left */
        if (row >= ROWS_MAX) {
                w->is_long = true;
                return false;
        }
        if (row > w->row)
                row_end(w);
        w->row = row;
        w->cells = arena_room(w->arena, w->cells, w->cell_count, sizeof *w->cells);
        w->cells[w->cell_count++] = (struct cell){ .column = column, .start = w->text.length };
        BUF_LITERAL(&w->text, "<c r=\"");
        put_place(&w->text, row, column);
        BUF_LITERAL(&w->text, "\"");
        if (format > 0)
                buf_print(&w->text, " s=\"%d\"", format);
        buf_text(&w->text, kind);
        return true;
}

static void cell_end(struct xlsx_writer *w, const char *rest)
{
        struct cell *c = &w->cells[w->cell_count - 1];

        buf_text(&w->text, rest);
        c->length = w->text.length - c->start;
}

static void write_text(struct xlsx_writer *w, int row, int column, const char *text, int format)
{
        bool has_spaces = isspace((unsigned char)text[0]) || isspace((unsigned char)text[strlen(text) - 1]);

        if (utf8_count(text, strlen(text)) > XLSX_TEXT_MAX) {
                w->is_wide = true;
                return;
        }
        if (!cell_begin(w, row, column, format, " t=\"inlineStr\"><is><t"))
                return;
        buf_text(&w->text, has_spaces ? " xml:space=\"preserve\">" : ">");
        put_text(&w->text, text);
        cell_end(w, "</t></is></c>");
}

static void write_number(struct xlsx_writer *w, int row, int column, const char *text, int format)
{
        if (!cell_begin(w, row, column, format, "><v>"))
                return;
        buf_text(&w->text, text);
        cell_end(w, "</v></c>");
}

void xlsx_text(struct xlsx_writer *w, int row, int column, const char *text, enum xlsx_style style)
{
        int format = format_of(w, style, FORM_GENERAL);

        if (text != NULL && *text != '\0')
                write_text(w, row, column, text, format);
        else if (format > 0 && cell_begin(w, row, column, format, ""))
                cell_end(w, "/>");
}

/* Digits of a number without those that are zero at either end. */
static int significant_digits(int64_t value)
{
        uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
        int count = 0;

        while (rest != 0 && rest % 10 == 0)
                rest /= 10;
        for (; rest != 0; rest /= 10)
                count++;
        return count;
}

void xlsx_number(struct xlsx_writer *w, int row, int column, int64_t value, int decimals, int shown,
                 enum xlsx_style style)
{
        char text[DECIMAL_TEXT_MAX];
        int form = shown < 0 ? FORM_GENERAL : FORM_DECIMALS + (shown > DECIMAL_MAX_DECIMALS ? DECIMAL_MAX_DECIMALS
                                                                                             : shown);

        decimal_write(text, value, decimals);
        if (significant_digits(value) > DIGITS_MAX)
                write_text(w, row, column, text, format_of(w, style, FORM_GENERAL));
        else
                write_number(w, row, column, text, format_of(w, style, form));
}

void xlsx_date(struct xlsx_writer *w, int row, int column, int32_t date, enum xlsx_style style)
{
        char text[DAY_TEXT_MAX];

        /* Excel knows no day before 1900, and one too many in February of that year. */
        if (date < day_of(1900, 3, 1) || date > day_of(9999, 12, 31)) {
                day_write(text, date);
                xlsx_text(w, row, column, text, style);
                return;
        }
        snprintf(text, sizeof text, "%d", date - day_of(1899, 12, 30));
        write_number(w, row, column, text, format_of(w, style, FORM_DATE));
}

void xlsx_moment(struct xlsx_writer *w, int row, int column, int64_t when, enum xlsx_style style)
{
        char text[MOMENT_TEXT_MAX];

        if (when < moment_of_day(day_of(1900, 3, 1)) || when > moment_end_of_day(day_of(9999, 12, 31))) {
                moment_write(text, when);
                xlsx_text(w, row, column, text, style);
                return;
        }
        snprintf(text, sizeof text, "%.15g", (double)(when - moment_of_day(day_of(1899, 12, 30))) / (double)MOMENT_PER_DAY);
        write_number(w, row, column, text, format_of(w, style, FORM_MOMENT));
}

void xlsx_comment(struct xlsx_writer *w, int row, int column, const char *text)
{
        int top = row > 0 ? row - 1 : 0;

        if (!w->is_open)
                return;
        BUF_LITERAL(&w->comments, "<comment ref=\"");
        put_place(&w->comments, row, column);
        BUF_LITERAL(&w->comments, "\" authorId=\"0\"><text><r><rPr><sz val=\"8\"/><color indexed=\"81\"/><rFont val=\"Tahoma\"/><family val=\"2\"/></rPr>"
                                  "<t xml:space=\"preserve\">");
        put_text(&w->comments, text);
        BUF_LITERAL(&w->comments, "</t></r></text></comment>");
        w->comment_count++;
        buf_print(&w->shapes, "<v:shape id=\"_x0000_s%d\" type=\"#_x0000_t202\" style=\"position:absolute;margin-left:107.25pt;margin-top:7.5pt;width:96pt;height:55.5pt;"
                              "z-index:%d;visibility:hidden\" fillcolor=\"#ffffe1\" o:insetmode=\"auto\"><v:fill color2=\"#ffffe1\"/>"
                              "<v:shadow on=\"t\" color=\"black\" obscured=\"t\"/><v:path o:connecttype=\"none\"/><v:textbox style=\"mso-direction-alt:auto\">"
                              "<div style=\"text-align:left\"></div></v:textbox><x:ClientData ObjectType=\"Note\"><x:MoveWithCells/><x:SizeWithCells/>"
                              "<x:Anchor>%d, 15, %d, 10, %d, 15, %d, 4</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>%d</x:Row><x:Column>%d</x:Column></x:ClientData></v:shape>",
                  1024 * w->sheet->number + w->comment_count, w->comment_count, column + 1, top, column + 3, top + 4, row, column);
}

void xlsx_validate_decimal(struct xlsx_writer *w, int row, int column, const char *title, const char *message)
{
        char short_title[TITLE_MAX * 4 + 1], short_message[MESSAGE_MAX * 4 + 1];

        if (!w->is_open)
                return;
        BUF_LITERAL(&w->rules, "<dataValidation type=\"decimal\" allowBlank=\"1\" showInputMessage=\"1\" showErrorMessage=\"1\" errorTitle=\"");
        put_text(&w->rules, cut(short_title, title, TITLE_MAX));
        BUF_LITERAL(&w->rules, "\" error=\"");
        put_text(&w->rules, cut(short_message, message, MESSAGE_MAX));
        BUF_LITERAL(&w->rules, "\" sqref=\"");
        put_place(&w->rules, row, column);
        BUF_LITERAL(&w->rules, "\"><formula1>-999999999999999</formula1><formula2>999999999999999</formula2></dataValidation>");
        w->rule_count++;
}

/* ---- the rest of the workbook ------------------------------------------------------------------------------ */

#define COLOUR(rgb) "<color rgb=\"FF" rgb "\"/>"
#define BOX(rgb) "<left style=\"thin\">" COLOUR(rgb) "</left><right style=\"thin\">" COLOUR(rgb) "</right><top style=\"thin\">" COLOUR(rgb) "</top><bottom style=\"thin\">" COLOUR(rgb) "</bottom>"
#define NO_BOX "<left/><right/><top/><bottom/>"

static const struct {
        const char *font, *colour, *fill, *border, *more; /* fill: "" none */
} looks[STYLE_COUNT] = {
        [XLSX_PLAIN] = { "", "000000", "", NO_BOX, "" },
        [XLSX_BOLD] = { "<b/>", "000000", "", NO_BOX, "" },
        [XLSX_HEAD] = { "<b/>", "000000", "E2EFF4", "<left/><right/><top/><bottom style=\"thin\">" COLOUR("7D8A92") "</bottom>", "<alignment vertical=\"center\" wrapText=\"1\"/>" },
        [XLSX_INPUT] = { "", "000000", "FFFDF2", BOX("7D8A92"), "<protection locked=\"0\"/>" },
        [XLSX_BAD] = { "", "B0241C", "FCE9E7", BOX("B0241C"), "<protection locked=\"0\"/>" },
        [XLSX_WARN] = { "", "7F5200", "FFF2D3", BOX("E0A526"), "<protection locked=\"0\"/>" },
        [XLSX_NOTE] = { "<i/>", "566470", "", NO_BOX, "" },
};

/* A font, a fill and a border for each style, in their order; two fills that Excel wants to be there stand before them. */
static void styles_write(struct xlsx_writer *w)
{
        struct buf *o = &w->out;

        part(w, "xl/styles.xml");
        buf_print(o, XML "<styleSheet xmlns=\"" MAIN "\"><numFmts count=\"%d\"><numFmt numFmtId=\"%d\" formatCode=\"dd/mm/yyyy\"/>"
                         "<numFmt numFmtId=\"%d\" formatCode=\"dd/mm/yyyy hh:mm\"/>",
                  FORM_COUNT - 1, NUMBER_FORMATS + FORM_DATE, NUMBER_FORMATS + FORM_MOMENT);
        for (int i = FORM_DECIMALS; i < FORM_COUNT; i++)
                buf_print(o, "<numFmt numFmtId=\"%d\" formatCode=\"#,##0%s%.*s\"/>", NUMBER_FORMATS + i, i > FORM_DECIMALS ? "." : "", i - FORM_DECIMALS, "000000000000000000");
        buf_print(o, "</numFmts><fonts count=\"%d\">", STYLE_COUNT);
        for (int i = 0; i < STYLE_COUNT; i++)
                buf_print(o, "<font>%s<sz val=\"11\"/><color rgb=\"FF%s\"/><name val=\"Calibri\"/><family val=\"2\"/></font>", looks[i].font, looks[i].colour);
        buf_print(o, "</fonts><fills count=\"%d\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill>", STYLE_COUNT + 2);
        for (int i = 0; i < STYLE_COUNT; i++)
                if (looks[i].fill[0] == '\0')
                        BUF_LITERAL(o, "<fill><patternFill patternType=\"none\"/></fill>");
                else
                        buf_print(o, "<fill><patternFill patternType=\"solid\"><fgColor rgb=\"FF%s\"/><bgColor indexed=\"64\"/></patternFill></fill>", looks[i].fill);
        buf_print(o, "</fills><borders count=\"%d\">", STYLE_COUNT);
        for (int i = 0; i < STYLE_COUNT; i++)
                buf_print(o, "<border>%s<diagonal/></border>", looks[i].border);
        buf_print(o, "</borders><cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs><cellXfs count=\"%d\">"
                     "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>",
                  w->format_count + 1);
        for (int i = 0; i < w->format_count; i++) {
                int style = w->used[i].style, form = w->used[i].form;

                buf_print(o, "<xf numFmtId=\"%d\" fontId=\"%d\" fillId=\"%d\" borderId=\"%d\" xfId=\"0\" applyNumberFormat=\"1\" applyFont=\"1\" applyFill=\"1\" applyBorder=\"1\""
                             " applyAlignment=\"1\" applyProtection=\"1\">%s</xf>",
                          form == FORM_GENERAL ? 0 : NUMBER_FORMATS + form, style, style + 2, style, looks[style].more);
        }
        BUF_LITERAL(o, "</cellXfs><cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>");
}

/* The sheets in their order. */
static const struct sheet **sheets_of(const struct xlsx_writer *w)
{
        const struct sheet **list = arena_array(w->arena, (size_t)(w->sheet == NULL ? 0 : w->sheet->number) + 1, sizeof *list);

        for (const struct sheet *s = w->sheet; s != NULL; s = s->before)
                list[s->number - 1] = s;
        return list;
}

static void book_write(struct xlsx_writer *w)
{
        const struct sheet **sheets = sheets_of(w);
        struct buf *o = &w->out;

        styles_write(w);
        part(w, "xl/workbook.xml");
        BUF_LITERAL(o, XML "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" OFFICE "\"><bookViews><workbookView/></bookViews><sheets>");
        for (const struct sheet **s = sheets; *s != NULL; s++) {
                BUF_LITERAL(o, "<sheet name=\"");
                put_text(o, (*s)->name);
                buf_print(o, "\" sheetId=\"%d\" r:id=\"rId%d\"/>", (*s)->number, (*s)->number);
        }
        BUF_LITERAL(o, "</sheets></workbook>");
        part(w, "xl/_rels/workbook.xml.rels");
        BUF_LITERAL(o, XML "<Relationships xmlns=\"" PACKAGE "relationships\">");
        for (const struct sheet **s = sheets; *s != NULL; s++)
                buf_print(o, "<Relationship Id=\"rId%d\" Type=\"" OFFICE "/worksheet\" Target=\"worksheets/sheet%d.xml\"/>", (*s)->number, (*s)->number);
        BUF_LITERAL(o, "<Relationship Id=\"rIdStyles\" Type=\"" OFFICE "/styles\" Target=\"styles.xml\"/></Relationships>");
        part(w, "_rels/.rels");
        BUF_LITERAL(o, XML "<Relationships xmlns=\"" PACKAGE "relationships\"><Relationship Id=\"rId1\" Type=\"" OFFICE "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>");
        part(w, "[Content_Types].xml");
#define TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml."
        BUF_LITERAL(o, XML "<Types xmlns=\"" PACKAGE "content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
                           "<Default Extension=\"xml\" ContentType=\"application/xml\"/><Default Extension=\"vml\" ContentType=\"application/vnd.openxmlformats-officedocument.vmlDrawing\"/>"
                           "<Override PartName=\"/xl/workbook.xml\" ContentType=\"" TYPE "sheet.main+xml\"/><Override PartName=\"/xl/styles.xml\" ContentType=\"" TYPE "styles+xml\"/>");
        for (const struct sheet **s = sheets; *s != NULL; s++) {
                buf_print(o, "<Override PartName=\"/xl/worksheets/sheet%d.xml\" ContentType=\"" TYPE "worksheet+xml\"/>", (*s)->number);
                if ((*s)->has_comments)
                        buf_print(o, "<Override PartName=\"/xl/comments%d.xml\" ContentType=\"" TYPE "comments+xml\"/>", (*s)->number);
        }
        BUF_LITERAL(o, "</Types>");
        buf_finish(o);
}

bool xlsx_finish(struct xlsx_writer *w, struct error *e)
{
        enum zip_fault fault;
        FILE *file = w->file;

        if (w->is_long || w->is_wide) {
                give_up(w);
                return w->is_wide ? error_set(e, ERR_TOO_BIG, "a cell holds at most %d characters", XLSX_TEXT_MAX)
                                  : error_set(e, ERR_TOO_BIG, "a sheet holds at most %d rows", ROWS_MAX);
        }
        sheet_end(w);
        book_write(w);
        fault = zip_end(w->zip);
        if (fault == ZIP_TOO_BIG) {
                give_up(w);
                return error_set(e, ERR_TOO_BIG, "the workbook would be larger than 4 GiB");
        }
        if (fault == ZIP_NOT_WRITTEN) {
                error_system(e, ERR_ENVIRONMENT, errno, "cannot write \"%s\"", w->path);
                give_up(w);
                return false;
        }
        w->file = NULL;
        if (fclose(file) == 0)
                return true;
        error_system(e, ERR_ENVIRONMENT, errno, "cannot write \"%s\"", w->path);
        unlink(w->path);
        return false;
}
