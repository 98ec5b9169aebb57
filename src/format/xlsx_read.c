#include "format/xlsx_private.h"

#include <errno.h>
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/day.h"
#include "base/utf8.h"
#include "format/zip_read.h"

#define PARTS_MAX 10000
#define DEPTH_MAX 64
#define RELATIONS_MAX 4096
#define SHEETS_MAX 1024
#define ROWS_MAX 1048576
#define STYLES_MAX 65536
#define TOKEN_MAX ((uint64_t)1 << 20)           /* a tag, comment or instruction */
#define TEXT_BYTES_MAX ((size_t)XLSX_TEXT_MAX * 7) /* a character may be written _x000D_ */
#define RATIO_FREE ((uint64_t)1 << 20)
#define BLOCK 65536

struct bytes {
        char *data;
        size_t length, room;
};

/* Texts are places in names. */
struct relation {
        size_t id, type, target;
        bool is_external;
};

struct sheet {
        size_t name, relation;
        bool is_hidden;
};

/* A cell as it stands in its row while the row is read. */
struct place {
        enum xlsx_kind kind;
        bool is_set, is_shared;
        size_t at; /* in strings or in row_text */
};

struct reading {
        struct arena *arena;
        struct error *e;
        const struct xlsx_limits *limits;
        struct zip_reader *zip;
        uint64_t unpacked; /* bytes of all parts so far */

        /* the part being read */
        const char *part;
        struct zip_part *file;
        struct zip_why why; /* it cannot be unpacked */
        XML_Parser parser;
        void (*start)(struct reading *, const char *name, const char **attributes);
        void (*end)(struct reading *, const char *name);
        int depth;
        bool is_stopped, is_collecting;
        struct bytes text;

        /* relations, of the package and then of the workbook; their texts and those of the sheets */
        struct bytes names;
        struct relation relations[RELATIONS_MAX];
        int relation_count;

        struct sheet sheets[SHEETS_MAX];
        int sheet_count;
        bool is_1904;

        /* styles: which number formats and which cell styles are dates */
        unsigned char date_format[STYLES_MAX], date_style[STYLES_MAX];
        int style_count;
        bool in_cell_styles;

        /* shared strings: NUL-terminated, one after another */
        struct bytes strings;
        uint32_t *string_at;
        size_t string_count, string_room;
        bool in_text, in_phonetic; /* inside si or is; inside rPh */

        /* the sheet */
        xlsx_row *row_ready;
        const char *sheet_name; /* that is read */
        void *context;
        int row, column; /* of the last cell, from 1; 0 before */
        int64_t cell_count;
        char type[12];
        bool in_row, in_cell;
        int style;
        struct place places[XLSX_COLUMNS_MAX];
        int place_count;
        struct bytes row_text;
        struct xlsx_cell cells[XLSX_COLUMNS_MAX];
};

static void close_part(struct reading *r)
{
        if (r->parser != NULL)
                XML_ParserFree(r->parser);
        zip_part_close(r->file);
        r->parser = NULL;
        r->file = NULL;
}

/* Also runs when memory ends while a row is taken, so everything foreign hangs in the struct. Nothing that may
 * leave by longjmp is called from expat's handlers: expat would refuse to free the parser afterwards. */
static void release(void *handle)
{
        struct reading *r = handle;

        close_part(r);
        zip_reader_close(r->zip);
        r->zip = NULL;
        free(r->text.data);
        free(r->strings.data);
        free(r->row_text.data);
        free(r->names.data);
        free(r->string_at);
        r->text = r->strings = r->row_text = r->names = (struct bytes){ 0 };
        r->string_at = NULL;
}

static void stop(struct reading *r)
{
        if (!r->is_stopped && r->parser != NULL)
                XML_StopParser(r->parser, XML_FALSE);
        r->is_stopped = true;
}

static bool append(struct reading *r, struct bytes *b, const char *bytes, size_t length)
{
        if (length >= b->room - b->length) {
                size_t room = (b->length + length) * 2 + 256;
                char *data = realloc(b->data, room);

                if (data == NULL) {
                        error_set(r->e, ERR_ENVIRONMENT, "out of memory");
                        stop(r);
                        return false;
                }
                b->data = data;
                b->room = room;
        }
        if (length > 0)
                memcpy(b->data + b->length, bytes, length);
        b->length += length;
        b->data[b->length] = '\0';
        return true;
}

/* Keeps a name; returns its place. */
static size_t keep(struct reading *r, const char *name)
{
        size_t place = r->names.length;

        append(r, &r->names, name, strlen(name) + 1);
        return place;
}

static const char *kept(const struct reading *r, size_t place)
{
        return r->names.data + place;
}

/* Names are compared without their prefix: some writers put one before every name. */
static const char *local(const char *name)
{
        const char *colon = strchr(name, ':');

        return colon == NULL ? name : colon + 1;
}

static const char *attribute(const char **attributes, const char *name)
{
        for (; *attributes != NULL; attributes += 2)
                if (strcmp(local(*attributes), name) == 0)
                        return attributes[1];
        return NULL;
}

static bool is_true(const char *value)
{
        return value != NULL && (strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
}

/* ---- one part: unpacking and XML, with limits ------------------------------------------------------- */

static void XMLCALL on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
        struct reading *r = context;

        if (r->is_stopped)
                return;
        if (++r->depth > DEPTH_MAX) {
                error_set(r->e, ERR_TOO_BIG, "\"%s\" in the workbook is nested deeper than %d levels", r->part,
                          DEPTH_MAX);
                stop(r);
                return;
        }
        r->start(r, local(name), attributes);
}

static void XMLCALL on_end(void *context, const XML_Char *name)
{
        struct reading *r = context;

        r->depth--;
        if (!r->is_stopped && r->end != NULL)
                r->end(r, local(name));
}

static void XMLCALL on_text(void *context, const XML_Char *text, int length)
{
        struct reading *r = context;

        if (r->is_stopped || !r->is_collecting)
                return;
        if (r->text.length + (size_t)length > TEXT_BYTES_MAX) {
                error_set(r->e, ERR_TOO_BIG, "\"%s\" in the workbook has a text longer than %d characters", r->part,
                          XLSX_TEXT_MAX);
                stop(r);
                return;
        }
        append(r, &r->text, text, (size_t)length);
}

static void XMLCALL on_doctype(void *context, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int has_subset)
{
        struct reading *r = context;

        (void)name, (void)system_id, (void)public_id, (void)has_subset;
        error_set(r->e, ERR_INVALID, "\"%s\" in the workbook has a document type declaration", r->part);
        error_hint(r->e, "Excel writes none; save the workbook anew with Excel or LibreOffice");
        stop(r);
}

static bool is_within_limits(struct reading *r, uint64_t got, uint64_t packed)
{
        if (r->unpacked > r->limits->unpacked)
                return error_set(r->e, ERR_TOO_BIG, "\"%s\" in the workbook: unpacked it is over %d MiB", r->part,
                                 (int)(r->limits->unpacked >> 20));
        if (got > RATIO_FREE && got / XLSX_RATIO_MAX > packed)
                return error_set(r->e, ERR_TOO_BIG, "\"%s\" in the workbook is packed more than %d to 1", r->part,
                                 XLSX_RATIO_MAX);
        return true;
}

/* Parse n bytes of the block got last (0: the end), handing over rows between. */
static bool feed(struct reading *r, int n)
{
        enum XML_Status status = XML_ParseBuffer(r->parser, n, n == 0);

        while (status == XML_STATUS_SUSPENDED) {
                if (!r->row_ready(r->context, r->sheet_name, r->row, r->cells, r->place_count)) {
                        r->is_stopped = true;
                        return true;
                }
                status = XML_ResumeParser(r->parser);
        }
        return status == XML_STATUS_OK;
}

static bool not_unpacked(struct reading *r)
{
        return error_set(r->e, r->why.code == ERR_DAMAGED ? ERR_INVALID : r->why.code,
                         "\"%s\" in the workbook cannot be unpacked: %s", r->part, text(r->e->language, r->why.text));
}

static bool parse_part(struct reading *r, uint64_t packed)
{
        uint64_t got = 0;

        for (;;) {
                void *block = XML_GetBuffer(r->parser, BLOCK);
                int64_t n;
                XML_Index done;

                if (block == NULL)
                        return error_set(r->e, ERR_ENVIRONMENT, "out of memory");
                n = zip_part_read(r->file, block, BLOCK, &r->why);
                if (n < 0)
                        return not_unpacked(r);
                got += (uint64_t)n;
                r->unpacked += (uint64_t)n;
                if (!is_within_limits(r, got, packed))
                        return false;
                if (!feed(r, (int)n) && !r->is_stopped)
                        return error_set(r->e, XML_GetErrorCode(r->parser) == XML_ERROR_NO_MEMORY ? ERR_ENVIRONMENT : ERR_INVALID,
                                         "\"%s\" in the workbook, line %lu: %s", r->part,
                                         (unsigned long)XML_GetCurrentLineNumber(r->parser),
                                         XML_ErrorString(XML_GetErrorCode(r->parser)));
                if (r->is_stopped || n == 0)
                        return error_ok(r->e);
                done = XML_GetCurrentByteIndex(r->parser);
                if (done >= 0 && got > (uint64_t)done && got - (uint64_t)done > TOKEN_MAX)
                        return error_set(r->e, ERR_TOO_BIG, "\"%s\" in the workbook has a tag over %d KiB", r->part,
                                         (int)(TOKEN_MAX >> 10));
        }
}

static int find_part(struct reading *r, const char *name)
{
        int number = zip_part_find(r->zip, name, false);

        return number >= 0 ? number : zip_part_find(r->zip, name, true);
}

/* Read a part with the given handlers. False with an error. */
static bool read_part(struct reading *r, const char *name,
                      void (*start)(struct reading *, const char *, const char **),
                      void (*end)(struct reading *, const char *))
{
        int number = find_part(r, name);
        bool is_read;

        r->part = name;
        r->start = start;
        r->end = end;
        r->depth = 0;
        r->is_stopped = r->is_collecting = r->in_text = r->in_phonetic = false;
        if (number < 0)
                return error_set(r->e, ERR_INVALID, "the workbook has no part \"%s\"", name);
        if (zip_part_is_encrypted(r->zip, number)) {
                error_set(r->e, ERR_INVALID, "\"%s\" in the workbook is encrypted", name);
                return error_hint(r->e, "save the workbook without a password");
        }
        r->file = zip_part_open(r->zip, number, &r->why);
        if (r->file == NULL)
                return not_unpacked(r);
        r->parser = XML_ParserCreate(NULL);
        if (r->parser == NULL) {
                close_part(r);
                return error_set(r->e, ERR_ENVIRONMENT, "out of memory");
        }
        XML_SetUserData(r->parser, r);
        XML_SetElementHandler(r->parser, on_start, on_end);
        XML_SetCharacterDataHandler(r->parser, on_text);
        XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
        is_read = parse_part(r, zip_part_packed(r->zip, number));
        close_part(r);
        return is_read;
}

/* ---- relations and the workbook ---------------------------------------------------------------------- */

static void relation_start(struct reading *r, const char *name, const char **attributes)
{
        const char *id = attribute(attributes, "Id"), *type = attribute(attributes, "Type");
        const char *target = attribute(attributes, "Target"), *mode = attribute(attributes, "TargetMode");
        const char *slash;

        if (strcmp(name, "Relationship") != 0 || id == NULL || type == NULL || target == NULL)
                return;
        slash = strrchr(type, '/');
        type = slash == NULL ? type : slash + 1;
        if (strcmp(type, "externalLink") == 0) {
                error_set(r->e, ERR_INVALID, "the workbook has links to other workbooks");
                error_hint(r->e, "break the links in Excel (Data, Edit Links) and save it anew");
                stop(r);
                return;
        }
        if (r->relation_count == RELATIONS_MAX) {
                error_set(r->e, ERR_TOO_BIG, "\"%s\" in the workbook has more than %d relations", r->part,
                          RELATIONS_MAX);
                stop(r);
                return;
        }
        r->relations[r->relation_count++] = (struct relation){
                .id = keep(r, id),
                .type = keep(r, type),
                .target = keep(r, target),
                .is_external = mode != NULL && strcmp(mode, "External") == 0,
        };
}

static const struct relation *relation_by_type(const struct reading *r, const char *type)
{
        for (int i = 0; i < r->relation_count; i++)
                if (!r->relations[i].is_external && strcmp(kept(r, r->relations[i].type), type) == 0)
                        return &r->relations[i];
        return NULL;
}

static const struct relation *relation_by_id(const struct reading *r, const char *id)
{
        for (int i = 0; i < r->relation_count; i++)
                if (!r->relations[i].is_external && strcmp(kept(r, r->relations[i].id), id) == 0)
                        return &r->relations[i];
        return NULL;
}

/* The part a relation of another part names: "worksheets/sheet1.xml" of "xl/workbook.xml" is
 * "xl/worksheets/sheet1.xml". */
static const char *resolve(struct reading *r, const char *from, const char *target)
{
        const char *slash = strrchr(from, '/');
        size_t folder = slash == NULL ? 0 : (size_t)(slash - from) + 1;

        if (*target == '/')
                return target + 1;
        for (;;) {
                if (strncmp(target, "./", 2) == 0) {
                        target += 2;
                } else if (strncmp(target, "../", 3) == 0) {
                        target += 3;
                        if (folder > 0)
                                folder--;
                        while (folder > 0 && from[folder - 1] != '/')
                                folder--;
                } else {
                        return arena_print(r->arena, "%.*s%s", (int)folder, from, target);
                }
        }
}

/* "xl/_rels/workbook.xml.rels" for "xl/workbook.xml". */
static const char *relations_of(struct reading *r, const char *part)
{
        const char *slash = strrchr(part, '/');
        int folder = slash == NULL ? 0 : (int)(slash - part) + 1;

        return arena_print(r->arena, "%.*s_rels/%s.rels", folder, part, part + folder);
}

static void workbook_start(struct reading *r, const char *name, const char **attributes)
{
        const char *title = attribute(attributes, "name"), *id = attribute(attributes, "id");
        const char *state = attribute(attributes, "state");

        if (strcmp(name, "workbookPr") == 0)
                r->is_1904 = is_true(attribute(attributes, "date1904"));
        if (strcmp(name, "sheet") != 0 || title == NULL || id == NULL)
                return;
        if (r->sheet_count == SHEETS_MAX) {
                error_set(r->e, ERR_TOO_BIG, "the workbook has more than %d sheets", SHEETS_MAX);
                stop(r);
                return;
        }
        r->sheets[r->sheet_count++] = (struct sheet){
                .name = keep(r, title),
                .relation = keep(r, id),
                .is_hidden = state != NULL && strcmp(state, "visible") != 0,
        };
}

/* The relation of the wanted sheet; of the first that is shown where none is named. */
static const struct relation *find_sheet(struct reading *r, const char *wanted)
{
        for (int pass = 0; pass < 2; pass++)
                for (int i = 0; i < r->sheet_count; i++) {
                        const struct relation *relation = relation_by_id(r, kept(r, r->sheets[i].relation));

                        if (relation == NULL || strcmp(kept(r, relation->type), "worksheet") != 0)
                                continue;
                        r->sheet_name = utf8_nfc(r->arena, kept(r, r->sheets[i].name));
                        if (wanted != NULL ? strcmp(r->sheet_name, wanted) == 0 : !r->sheets[i].is_hidden || pass == 1)
                                return relation;
                }
        if (wanted == NULL) {
                error_set(r->e, ERR_INVALID, "the workbook has no sheet with cells");
                return NULL;
        }
        error_set(r->e, ERR_INVALID, "the workbook has no sheet \"%s\"", wanted);
        if (r->sheet_count > 0)
                error_hint(r->e, "its first sheet is \"%s\"", kept(r, r->sheets[0].name));
        return NULL;
}

/* ---- styles: which are dates ------------------------------------------------------------------------- */

/* A number of a few digits; -1 for anything else. */
static int small_number(const char *text, int most)
{
        int number = 0;

        if (text == NULL || *text == '\0')
                return -1;
        for (; *text != '\0'; text++) {
                if (*text < '0' || *text > '9')
                        return -1;
                number = number * 10 + (*text - '0');
                if (number > most)
                        return -1;
        }
        return number;
}

static void style_start(struct reading *r, const char *name, const char **attributes)
{
        if (strcmp(name, "numFmt") == 0) {
                int id = small_number(attribute(attributes, "numFmtId"), STYLES_MAX - 1);
                const char *code = attribute(attributes, "formatCode");

                if (id >= 0 && code != NULL)
                        r->date_format[id] = xlsx_shows_day(code);
        } else if (strcmp(name, "cellXfs") == 0) {
                r->in_cell_styles = true;
        } else if (r->in_cell_styles && strcmp(name, "xf") == 0 && r->style_count < STYLES_MAX) {
                int id = small_number(attribute(attributes, "numFmtId"), STYLES_MAX - 1);

                r->date_style[r->style_count++] = id >= 0 && r->date_format[id];
        }
}

static void style_end(struct reading *r, const char *name)
{
        if (strcmp(name, "cellXfs") == 0)
                r->in_cell_styles = false;
}

/* The formats every program knows by number. */
static void known_formats(struct reading *r)
{
        static const unsigned char days[] = {
                14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 55, 56, 57, 58,
        };

        for (size_t i = 0; i < sizeof days; i++)
                r->date_format[days[i]] = 1;
}

/* ---- texts ------------------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Turn _x000D_ into the character it stands for, in place. Returns the new length. Zero and halves of
 * surrogate pairs stay as they are written. */
static size_t decode(char *text, size_t length)
{
        char *out, *p = memchr(text, '_', length), *end = text + length;

        if (p == NULL)
                return length;
        for (out = p; p < end;) {
                unsigned code = 0;
                int i = 0;

                if (end - p >= 7 && p[0] == '_' && p[1] == 'x' && p[6] == '_')
                        for (; i < 4 && hex_digit(p[2 + i]) >= 0; i++)
                                code = code * 16 + (unsigned)hex_digit(p[2 + i]);
                if (i < 4 || code == 0 || (code >= 0xD800 && code < 0xE000)) {
                        *out++ = *p++;
                        continue;
                }
                p += 7;
                if (code < 0x80) {
                        *out++ = (char)code;
                } else if (code < 0x800) {
                        *out++ = (char)(0xC0 | code >> 6);
                        *out++ = (char)(0x80 | (code & 0x3F));
                } else {
                        *out++ = (char)(0xE0 | code >> 12);
                        *out++ = (char)(0x80 | (code >> 6 & 0x3F));
                        *out++ = (char)(0x80 | (code & 0x3F));
                }
        }
        return (size_t)(out - text);
}

/* Ends the text collected: decoded and not too long. */
static bool finish_text(struct reading *r)
{
        if (r->text.length == 0)
                return append(r, &r->text, "", 0);
        r->text.length = decode(r->text.data, r->text.length);
        r->text.data[r->text.length] = '\0';
        if (r->text.length <= XLSX_TEXT_MAX || utf8_count(r->text.data, r->text.length) <= XLSX_TEXT_MAX)
                return true;
        error_set(r->e, ERR_TOO_BIG, "\"%s\" in the workbook has a text longer than %d characters", r->part,
                  XLSX_TEXT_MAX);
        stop(r);
        return false;
}

/* What si (shared) and is (inline) hold: t, or r with t; the reading aids in rPh are no text. */
static void text_start(struct reading *r, const char *name)
{
        if (strcmp(name, "rPh") == 0)
                r->in_phonetic = true;
        else if (strcmp(name, "t") == 0)
                r->is_collecting = r->in_text && !r->in_phonetic;
}

static void text_end(struct reading *r, const char *name)
{
        if (strcmp(name, "rPh") == 0)
                r->in_phonetic = false;
        else if (strcmp(name, "t") == 0)
                r->is_collecting = false;
}

static void string_start(struct reading *r, const char *name, const char **attributes)
{
        (void)attributes;
        if (strcmp(name, "si") == 0) {
                r->in_text = true;
                r->text.length = 0;
        } else {
                text_start(r, name);
        }
}

static void string_end(struct reading *r, const char *name)
{
        size_t taken;

        text_end(r, name);
        if (strcmp(name, "si") != 0)
                return;
        r->in_text = r->is_collecting = false;
        if (!finish_text(r))
                return;
        taken = r->strings.length + r->text.length + 1 + (r->string_count + 1) * sizeof *r->string_at;
        if (taken > r->limits->strings) {
                error_set(r->e, ERR_TOO_BIG, "\"%s\" in the workbook holds over %d MiB of text", r->part,
                          (int)(r->limits->strings >> 20));
                stop(r);
                return;
        }
        if (r->string_count == r->string_room) {
                size_t room = r->string_room * 2 + 1024;
                uint32_t *more = realloc(r->string_at, room * sizeof *more);

                if (more == NULL) {
                        error_set(r->e, ERR_ENVIRONMENT, "out of memory");
                        stop(r);
                        return;
                }
                r->string_at = more;
                r->string_room = room;
        }
        r->string_at[r->string_count++] = (uint32_t)r->strings.length;
        append(r, &r->strings, r->text.data, r->text.length + 1);
}

/* ---- the sheet --------------------------------------------------------------------------------------- */

static const char *cell_name(const struct reading *r, char *out)
{
        char letters[8];
        int n = 0, column = r->column;
        char *p = out;

        for (; column > 0; column = (column - 1) / 26)
                letters[n++] = (char)('A' + (column - 1) % 26);
        while (n > 0)
                *p++ = letters[--n];
        snprintf(p, 16, "%d", r->row);
        return out;
}

#define CELL_NAME_MAX 32

static void damaged_cell(struct reading *r)
{
        char name[CELL_NAME_MAX];

        error_set(r->e, ERR_INVALID, "\"%s\" in the workbook: cell %s is damaged", r->part, cell_name(r, name));
        stop(r);
}

/* Sets r->column from "AB12"; the row must be the one being read. */
static bool place_cell(struct reading *r, const char *reference)
{
        const char *p = reference;
        int column = 0;

        if (reference == NULL) {
                r->column++;
                return true;
        }
        for (; (*p >= 'A' && *p <= 'Z') && column < 16384; p++)
                column = column * 26 + (*p - 'A' + 1);
        if (column < 1 || column > 16384 || small_number(p, ROWS_MAX) != r->row)
                return false;
        r->column = column;
        return true;
}

static void cell_start(struct reading *r, const char **attributes)
{
        const char *type = attribute(attributes, "t");

        r->text.length = 0;
        r->in_cell = true;
        r->style = small_number(attribute(attributes, "s"), STYLES_MAX - 1);
        snprintf(r->type, sizeof r->type, "%s", type == NULL ? "n" : type);
        if (!place_cell(r, attribute(attributes, "r"))) {
                error_set(r->e, ERR_INVALID, "\"%s\" in the workbook: a cell of row %d is out of its place", r->part,
                          r->row);
                stop(r);
        }
}

static void row_start(struct reading *r, const char **attributes)
{
        const char *number = attribute(attributes, "r");
        int row = number == NULL ? r->row + 1 : small_number(number, ROWS_MAX);

        if (row <= r->row || row > ROWS_MAX) {
                error_set(r->e, ERR_INVALID, "\"%s\" in the workbook: the rows are out of order after row %d", r->part,
                          r->row);
                stop(r);
                return;
        }
        r->row = row;
        r->column = 0;
        r->in_row = true;
        r->row_text.length = 0;
        memset(r->places, 0, (size_t)r->place_count * sizeof r->places[0]);
        r->place_count = 0;
}

static void sheet_start(struct reading *r, const char *name, const char **attributes)
{
        if (strcmp(name, "row") == 0) {
                row_start(r, attributes);
        } else if (strcmp(name, "c") == 0 && r->in_row) {
                cell_start(r, attributes);
        } else if (r->in_cell && strcmp(name, "v") == 0) {
                r->is_collecting = true;
        } else if (r->in_cell && strcmp(name, "is") == 0) {
                r->in_text = true;
        } else if (r->in_cell) {
                text_start(r, name);
        }
}

/* The cell's kind; its text is in r->text (or among the shared strings) afterwards. */
static bool take_value(struct reading *r, struct place *p)
{
        char number[XLSX_NUMBER_MAX], date[XLSX_DAY_MAX], *text = r->text.data;

        *p = (struct place){ .is_set = true };
        if (strcmp(r->type, "s") == 0) {
                int index = small_number(text, INT32_MAX / 16);

                if (index < 0 || (size_t)index >= r->string_count)
                        return false;
                p->is_shared = true;
                p->at = r->string_at[index];
                p->kind = r->strings.data[p->at] == '\0' ? XLSX_EMPTY : XLSX_TEXT;
                return true;
        }
        if (strcmp(r->type, "inlineStr") == 0 || strcmp(r->type, "str") == 0) {
                p->kind = XLSX_TEXT;
                return finish_text(r);
        }
        if (strcmp(r->type, "e") == 0) {
                p->kind = XLSX_ERROR;
                return true;
        }
        if (strcmp(r->type, "b") == 0) {
                p->kind = XLSX_BOOL;
                if (strcmp(text, "0") != 0 && !is_true(text) && strcmp(text, "false") != 0)
                        return false;
                r->text.length = 0;
                return append(r, &r->text, is_true(text) ? "TRUE" : "FALSE", is_true(text) ? 4 : 5);
        }
        if (strcmp(r->type, "d") == 0) {
                day d;

                if (r->text.length < 10 || !day_read(text, 10, &d))
                        return false;
                p->kind = XLSX_DATE;
                if (strcmp(text + 10, "T00:00:00") == 0 || strcmp(text + 10, "T00:00:00.000") == 0)
                        text[r->text.length = 10] = '\0';
                return true;
        }
        if (strcmp(r->type, "n") != 0 || !xlsx_number_write(number, text))
                return false;
        p->kind = XLSX_NUMBER;
        if (r->style >= 0 && r->style < r->style_count && r->date_style[r->style] &&
            xlsx_day_write(date, text, r->is_1904)) {
                p->kind = XLSX_DATE;
                memcpy(number, date, sizeof date);
        }
        r->text.length = 0;
        return append(r, &r->text, number, strlen(number));
}

static void cell_end(struct reading *r)
{
        char name[CELL_NAME_MAX];
        struct place p;

        r->in_cell = r->in_text = r->is_collecting = false;
        if (r->text.length == 0)
                return;
        if (++r->cell_count > r->limits->cells) {
                error_set(r->e, ERR_TOO_BIG, "\"%s\" in the workbook has more than %lld cells", r->part,
                          (long long)r->limits->cells);
                stop(r);
                return;
        }
        if (!take_value(r, &p)) {
                if (!r->is_stopped)
                        damaged_cell(r);
                return;
        }
        if (p.kind == XLSX_EMPTY || (!p.is_shared && r->text.length == 0))
                return;
        if (r->column > XLSX_COLUMNS_MAX) {
                error_set(r->e, ERR_TOO_BIG, "\"%s\" in the workbook: cell %s is beyond column %d", r->part,
                          cell_name(r, name), XLSX_COLUMNS_MAX);
                stop(r);
                return;
        }
        if (r->places[r->column - 1].is_set) {
                error_set(r->e, ERR_INVALID, "\"%s\" in the workbook: cell %s stands there twice", r->part,
                          cell_name(r, name));
                stop(r);
                return;
        }
        if (!p.is_shared) {
                p.at = r->row_text.length;
                if (!append(r, &r->row_text, r->text.data, r->text.length + 1))
                        return;
        }
        r->places[r->column - 1] = p;
        if (r->place_count < r->column)
                r->place_count = r->column;
}

static void row_end(struct reading *r)
{
        r->in_row = false;
        for (int i = 0; i < r->place_count; i++) {
                const struct place *p = &r->places[i];

                r->cells[i] = (struct xlsx_cell){ .kind = p->kind, .text = "" };
                if (p->is_set)
                        r->cells[i].text = (p->is_shared ? r->strings.data : r->row_text.data) + p->at;
        }
        if (r->place_count > 0)
                XML_StopParser(r->parser, XML_TRUE); /* feed hands the row over and goes on */
}

static void sheet_end(struct reading *r, const char *name)
{
        if (strcmp(name, "c") == 0 && r->in_cell)
                cell_end(r);
        else if (strcmp(name, "row") == 0 && r->in_row)
                row_end(r);
        else if (strcmp(name, "v") == 0)
                r->is_collecting = false;
        else if (strcmp(name, "is") == 0)
                r->in_text = false;
        else
                text_end(r, name);
}

/* ---- the whole --------------------------------------------------------------------------------------- */

/* Old .xls files and workbooks with a password are of another kind, which begins like this. */
static bool is_compound_file(const char *path)
{
        char magic[4] = "";
        FILE *file = fopen(path, "rb");
        bool is_it = file != NULL && fread(magic, 1, 4, file) == 4 && memcmp(magic, "\xD0\xCF\x11\xE0", 4) == 0;

        if (file != NULL)
                fclose(file);
        return is_it;
}

static bool open_zip(struct reading *r, const char *path)
{
        r->zip = zip_reader_open(path, r->e);
        if (r->zip == NULL && r->e->code == ERR_INVALID) {
                error_clear(r->e);
                error_set(r->e, ERR_INVALID, "this is not an Excel workbook (.xlsx)");
                if (is_compound_file(path))
                        error_hint(r->e, "an old .xls file or one with a password: save it as .xlsx without password");
        }
        if (r->zip == NULL)
                return false;
        if (zip_part_count(r->zip) > PARTS_MAX)
                return error_set(r->e, ERR_TOO_BIG, "the workbook has more than %d parts", PARTS_MAX);
        return true;
}

static bool read_workbook(struct reading *r, const char *sheet)
{
        const struct relation *relation, *styles, *strings;
        const char *workbook;

        if (find_part(r, "_rels/.rels") < 0)
                return error_set(r->e, ERR_INVALID, "this is not an Excel workbook (.xlsx)");
        if (!read_part(r, "_rels/.rels", relation_start, NULL))
                return false;
        relation = relation_by_type(r, "officeDocument");
        if (relation == NULL)
                return error_set(r->e, ERR_INVALID, "this is not an Excel workbook (.xlsx)");
        workbook = resolve(r, "", kept(r, relation->target));
        r->relation_count = 0;
        if (!read_part(r, workbook, workbook_start, NULL) ||
            !read_part(r, relations_of(r, workbook), relation_start, NULL))
                return false;
        relation = find_sheet(r, sheet);
        styles = relation_by_type(r, "styles");
        strings = relation_by_type(r, "sharedStrings");
        if (relation == NULL)
                return false;
        known_formats(r);
        if (styles != NULL && !read_part(r, resolve(r, workbook, kept(r, styles->target)), style_start, style_end))
                return false;
        if (strings != NULL && !read_part(r, resolve(r, workbook, kept(r, strings->target)), string_start, string_end))
                return false;
        return read_part(r, resolve(r, workbook, kept(r, relation->target)), sheet_start, sheet_end);
}

bool xlsx_read_within(const struct xlsx_limits *limits, struct arena *a, const char *path, const char *sheet,
                      xlsx_row *row_ready, void *context, struct error *e)
{
        struct reading *r = arena_alloc(a, sizeof *r);
        bool is_read;

        r->arena = a;
        r->e = e;
        r->limits = limits;
        r->row_ready = row_ready;
        r->context = context;
        arena_on_free(a, release, r);
        is_read = open_zip(r, path) && read_workbook(r, sheet == NULL ? NULL : utf8_nfc(a, sheet));
        release(r);
        return is_read && error_ok(e);
}

const struct xlsx_limits xlsx_limits_usual = {
        .unpacked = XLSX_UNPACKED_MAX, .strings = XLSX_STRINGS_MAX, .cells = XLSX_CELLS_MAX,
};

bool xlsx_read(struct arena *a, const char *path, const char *sheet, xlsx_row *row_ready, void *context,
               struct error *e)
{
        return xlsx_read_within(&xlsx_limits_usual, a, path, sheet, row_ready, context, e);
}
