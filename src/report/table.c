#include "report/table.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "figure/filter.h"
#include "format/csv.h"
#include "format/jsonw.h"
#include "format/xlsx.h"
#include "report/pages.h"
#include "report/table_private.h"

#define SHEET_ROWS_MAX 1048576 /* of Excel, the head included */
#define COPY_BLOCK 65536

struct table {
        struct work *w;
        enum suffix suffix;
        struct buf *out;
        const char *title;
        const char *const *notes;
        const struct about *about; /* or NULL */
        const struct column *columns; /* title and unit in the reader's language */
        const struct column *asked;   /* as they came */
        int column_count;
        int64_t count;
        bool is_broken, is_below;
        const char *next;        /* the key behind which the list goes on, or NULL */

        struct shown_cell *shown; /* pages: one for each column */
        const struct request *request; /* for links; NULL outside table_reply */
        struct jsonw json;
        struct xlsx_writer *book;
        double *widths;
        char *path;
        int row; /* of the sheet, counted from 0 */
};

struct cell cell_text(const char *text)
{
        return (struct cell){ .text = text, .is_empty = text == NULL };
}

struct cell cell_link(const char *text, const char *href)
{
        return (struct cell){ .text = text, .is_empty = text == NULL, .href = href };
}

struct cell cell_number(int64_t value, int decimals, int shown)
{
        return (struct cell){ .number = value, .decimals = decimals, .shown = shown };
}

struct cell cell_int(int64_t value)
{
        return (struct cell){ .number = value };
}

struct cell cell_day(day d)
{
        return (struct cell){ .number = d, .is_empty = d == DAY_NONE || d == DAY_FOREVER };
}

struct cell cell_moment(moment m)
{
        return (struct cell){ .number = m };
}

struct cell cell_empty(void)
{
        return (struct cell){ .is_empty = true };
}

void table_describe(struct table *t, const struct about *about)
{
        t->about = about;
}

void table_goes_on(struct table *t, const char *key)
{
        t->next = key;
}

int64_t table_count(const struct table *t)
{
        return t->count;
}

/* What is in a cell as programs read it; room has DECIMAL_TEXT_MAX bytes. */
static const char *plain(char *room, enum cell_kind kind, const struct cell *c)
{
        switch (kind) {
        case CELL_TEXT:
                return c->text == NULL ? "" : c->text;
        case CELL_NUMBER:
                decimal_write(room, c->number, c->decimals);
                break;
        case CELL_INT:
                decimal_write(room, c->number, 0);
                break;
        case CELL_DAY:
                day_write(room, (day)c->number);
                break;
        case CELL_MOMENT:
                moment_write(room, c->number);
                break;
        }
        return room;
}

/* ---- pages ------------------------------------------------------------------------------------------- */

static void begin_page(struct table *t)
{
        struct table_heading h = {
                .title = t->title, .notes = t->notes, .columns = t->columns, .column_count = t->column_count,
                .is_below = t->is_below,
        };

        t->shown = arena_array(t->w->arena, (size_t)t->column_count, sizeof *t->shown);
        if (t->request != NULL && strcmp(request_path(t->request), "/") != 0) {
                const char *here = request_with(t->w, t->request, "lang", NULL);

                h.has_links = true;
                h.csv_href = about_in_format(t->w, here, "csv");
                h.xlsx_href = about_in_format(t->w, here, "xlsx");
                h.json_href = about_in_format(t->w, here, "json");
        }
        table_head(t->w, t->out, &h);
}

/* Decimals a value has, without trailing zeros. */
static int needed_decimals(int64_t value, int decimals)
{
        while (decimals > 0 && value % 10 == 0) {
                value /= 10;
                decimals--;
        }
        return decimals;
}

static void page_row(struct table *t, const struct cell *cells)
{
        enum language language = t->w->language;

        for (int i = 0; i < t->column_count; i++) {
                struct shown_cell *s = &t->shown[i];
                const struct cell *c = &cells[i];

                s->css = t->columns[i].kind == CELL_NUMBER || t->columns[i].kind == CELL_INT ? "num" : NULL;
                s->href = c->is_empty ? NULL : c->href;
                s->label = t->columns[i].title == NULL ? t->columns[i].name : t->columns[i].title;
                s->unit = t->columns[i].unit;
                s->text = s->room;
                s->room[0] = '\0';
                if (c->is_empty)
                        continue;
                switch (t->columns[i].kind) {
                case CELL_TEXT:
                        s->text = c->text == NULL ? "" : c->text;
                        break;
                case CELL_NUMBER:
                        if (c->is_change && c->number > 0)
                                s->room[0] = '+';
                        decimal_write_shown(s->room + (c->is_change && c->number > 0), c->number, c->decimals,
                                            c->shown >= 0 ? c->shown : needed_decimals(c->number, c->decimals), language);
                        break;
                case CELL_INT:
                        decimal_write_shown(s->room, c->number, 0, 0, language);
                        break;
                case CELL_DAY:
                        day_write_shown(s->room, (day)c->number, language);
                        break;
                case CELL_MOMENT:
                        moment_write_shown(s->room, c->number, language);
                        break;
                }
        }
        table_line(t->w, t->out, t->shown, t->column_count);
}

static void end_page(struct table *t)
{
        char count[DECIMAL_TEXT_MAX];
        struct table_heading h = { .notes = t->notes, .is_below = t->is_below };

        if (t->next != NULL && t->request != NULL)
                h.next_href = request_with(t->w, t->request, "after", t->next);
        decimal_write_shown(count, t->count, 0, 0, t->w->language);
        table_foot(t->w, t->out, count, t->count == 0, &h);
}

/* ---- JSON -------------------------------------------------------------------------------------------- */

static void begin_json(struct table *t)
{
        static const char *const kinds[] = { "text", "number", "integer", "date", "moment" };
        struct jsonw *j = &t->json;

        jsonw_init(j, t->out);
        jsonw_object(j);
        jsonw_member_text(j, "title", t->title);
        jsonw_name(j, "notes");
        jsonw_array(j);
        for (int i = 0; t->notes != NULL && t->notes[i] != NULL; i++)
                jsonw_text(j, t->notes[i]);
        jsonw_end(j);
        jsonw_name(j, "columns");
        jsonw_array(j);
        for (int i = 0; i < t->column_count; i++) {
                jsonw_object(j);
                jsonw_member_text(j, "name", t->columns[i].name);
                jsonw_member_text(j, "title", t->columns[i].title);
                jsonw_member_text(j, "kind", kinds[t->columns[i].kind]);
                jsonw_member_text(j, "unit", t->columns[i].unit);
                jsonw_end(j);
        }
        jsonw_end(j);
        jsonw_name(j, "rows");
        jsonw_array(j);
}

static void json_row(struct table *t, const struct cell *cells)
{
        struct jsonw *j = &t->json;
        char room[DECIMAL_TEXT_MAX];

        jsonw_object(j);
        for (int i = 0; i < t->column_count; i++) {
                enum cell_kind kind = t->columns[i].kind;

                jsonw_name(j, t->columns[i].name);
                if (cells[i].is_empty)
                        jsonw_null(j);
                else if (kind == CELL_NUMBER)
                        jsonw_decimal(j, cells[i].number, cells[i].decimals);
                else if (kind == CELL_INT)
                        jsonw_int(j, cells[i].number);
                else
                        jsonw_text(j, plain(room, kind, &cells[i]));
        }
        jsonw_end(j);
}

static void end_json(struct table *t, const char *next)
{
        jsonw_end(&t->json);
        if (t->about != NULL && !t->about->is_for_files) {
                jsonw_name(&t->json, "about");
                about_json(&t->json, t->about);
        }
        jsonw_member_int(&t->json, "count", t->count);
        jsonw_member_text(&t->json, "next", next);
        jsonw_end(&t->json);
        buf_char(t->out, '\n');
}

/* ---- CSV --------------------------------------------------------------------------------------------- */

static void begin_csv(struct table *t)
{
        char name[128];

        for (int i = 0; i < t->column_count; i++) {
                csv_text(t->out, t->columns[i].name, i == 0);
                if (t->columns[i].unit != NULL) {
                        snprintf(name, sizeof name, "%s_unit", t->columns[i].name);
                        csv_text(t->out, name, false);
                }
        }
        csv_row_end(t->out);
}

static void csv_row(struct table *t, const struct cell *cells)
{
        char room[DECIMAL_TEXT_MAX];

        for (int i = 0; i < t->column_count; i++) {
                enum cell_kind kind = t->columns[i].kind;

                if (cells[i].is_empty || kind == CELL_TEXT)
                        csv_text(t->out, cells[i].is_empty ? "" : cells[i].text, i == 0);
                else
                        csv_number(t->out, plain(room, kind, &cells[i]), i == 0);
                if (t->columns[i].unit != NULL)
                        csv_text(t->out, cells[i].is_empty ? "" : t->columns[i].unit, false);
        }
        csv_row_end(t->out);
}

/* ---- XLSX: to a temporary file, then into the buffer --------------------------------------------------- */

static void remove_file(void *path)
{
        unlink(path);
}

static void begin_sheet(struct table *t)
{
        xlsx_sheet(t->book, work_text(t->w, N_("Data")), t->widths, t->column_count, 1);
        for (int i = 0; i < t->column_count; i++) {
                const struct column *c = &t->columns[i];
                const char *title = c->title == NULL ? c->name : c->title;

                xlsx_text(t->book, 0, i, c->unit == NULL ? title : arena_print(t->w->arena, "%s (%s)", title, c->unit),
                          XLSX_HEAD);
        }
        t->row = 1;
}

static void begin_book(struct table *t)
{
        static const double widths[] = { [CELL_TEXT] = 26, [CELL_NUMBER] = 16, [CELL_INT] = 12, [CELL_DAY] = 12,
                                         [CELL_MOMENT] = 18 };
        const char *folder = t->w->node != NULL ? node_folder(t->w->node) : getenv("TMPDIR");
        int fd;

        t->path = arena_print(t->w->arena, "%s/table-XXXXXX", folder == NULL ? "/tmp" : folder);
        fd = mkostemp(t->path, O_CLOEXEC);
        if (fd < 0) {
                t->is_broken = true;
                error_system(&t->w->err, ERR_ENVIRONMENT, errno, "cannot write \"%s\"", t->path);
                return;
        }
        close(fd);
        arena_on_free(t->w->arena, remove_file, t->path);
        t->book = xlsx_create(t->w->arena, t->path, &t->w->err);
        if (t->book == NULL) {
                t->is_broken = true;
                return;
        }
        t->widths = arena_array(t->w->arena, (size_t)t->column_count, sizeof *t->widths);
        for (int i = 0; i < t->column_count; i++)
                t->widths[i] = widths[t->columns[i].kind];
        begin_sheet(t);
}

static void book_row(struct table *t, const struct cell *cells)
{
        if (t->row == SHEET_ROWS_MAX)
                begin_sheet(t);
        for (int i = 0; i < t->column_count; i++) {
                const struct cell *c = &cells[i];

                if (c->is_empty)
                        continue;
                switch (t->columns[i].kind) {
                case CELL_TEXT:
                        xlsx_text(t->book, t->row, i, c->text, XLSX_PLAIN);
                        break;
                case CELL_NUMBER:
                        xlsx_number(t->book, t->row, i, c->number, c->decimals, c->shown, XLSX_PLAIN);
                        break;
                case CELL_INT:
                        xlsx_number(t->book, t->row, i, c->number, 0, 0, XLSX_PLAIN);
                        break;
                case CELL_DAY:
                        xlsx_date(t->book, t->row, i, (day)c->number, XLSX_PLAIN);
                        break;
                case CELL_MOMENT:
                        xlsx_moment(t->book, t->row, i, c->number, XLSX_PLAIN);
                        break;
                }
        }
        t->row++;
}

/* The second sheet: what the table is, from where and of when, its columns and how many rows there are. */
static void write_about(struct table *t)
{
        static const double widths[] = { 26, 60, 20 };
        struct work *w = t->w;
        int row = 0;

        xlsx_sheet(t->book, work_text(w, N_("About")), widths, 3, 0);
        xlsx_text(t->book, row++, 0, t->title, XLSX_BOLD);
        for (int i = 0; t->notes != NULL && t->notes[i] != NULL; i++)
                xlsx_text(t->book, row++, 0, t->notes[i], XLSX_PLAIN);
        for (size_t i = 0; t->about != NULL && i < t->about->count; i++, row++) {
                const struct about_line *line = &t->about->lines[i];

                xlsx_text(t->book, row, 0, line->label, line->begins_part ? XLSX_BOLD : XLSX_PLAIN);
                xlsx_text(t->book, row, 1, line->value, line->begins_part ? XLSX_BOLD : XLSX_PLAIN);
        }
        xlsx_text(t->book, row, 0, work_text(w, N_("Number of rows")), XLSX_PLAIN);
        xlsx_number(t->book, row++, 1, t->count, 0, 0, XLSX_PLAIN);
        xlsx_text(t->book, row, 0, work_text(w, N_("Written at")), XLSX_PLAIN);
        xlsx_moment(t->book, row++, 1, w->now, XLSX_PLAIN);
        row++;
        xlsx_text(t->book, row, 0, work_text(w, N_("Column")), XLSX_HEAD);
        xlsx_text(t->book, row, 1, work_text(w, N_("Title")), XLSX_HEAD);
        xlsx_text(t->book, row++, 2, work_text(w, N_("Unit of measure")), XLSX_HEAD);
        for (int i = 0; i < t->column_count; i++, row++) {
                xlsx_text(t->book, row, 0, t->columns[i].name, XLSX_PLAIN);
                xlsx_text(t->book, row, 1, t->columns[i].title, XLSX_PLAIN);
                xlsx_text(t->book, row, 2, t->columns[i].unit, XLSX_PLAIN);
        }
}

static bool copy_book(struct table *t)
{
        char block[COPY_BLOCK];
        FILE *file;
        size_t n;
        bool is_read;

        write_about(t);
        if (!xlsx_finish(t->book, &t->w->err))
                return false;
        file = fopen(t->path, "rbe");
        if (file == NULL)
                return error_system(&t->w->err, ERR_ENVIRONMENT, errno, "cannot read \"%s\"", t->path);
        while ((n = fread(block, 1, sizeof block, file)) > 0)
                buf_put(t->out, block, n);
        is_read = !ferror(file);
        fclose(file);
        unlink(t->path);
        return is_read || error_system(&t->w->err, ERR_ENVIRONMENT, errno, "cannot read \"%s\"", t->path);
}

/* ---- CSVM: about the CSV file ----------------------------------------------------------------------------- */

static void write_description(struct table *t)
{
        const char *target = t->request == NULL ? NULL : request_target(t->request);
        struct about told = t->about != NULL ? *t->about : *about_table(t->w, t->title, t->request == NULL ? 0 : request_known(t->request), target, NULL, 0, false);

        if (told.csv == NULL && target != NULL)
                told.csv = about_in_format(t->w, target, "csv");
        assert(told.csv != NULL);
        about_csvw(t->w, t->out, &told, t->notes, t->asked, t->column_count);
}

/* ---- the whole --------------------------------------------------------------------------------------- */

/* The same columns with their words in the reader's language. */
static const struct column *columns_said(struct work *w, const struct column *asked, int count)
{
        struct column *said = arena_array(w->arena, (size_t)count, sizeof *said);

        for (int i = 0; i < count; i++) {
                said[i] = asked[i];
                if (asked[i].title != NULL)
                        said[i].title = work_text(w, asked[i].title);
                if (asked[i].unit != NULL)
                        said[i].unit = work_text(w, asked[i].unit);
        }
        return said;
}

static struct table *begin(struct work *w, const struct request *q, bool is_below, enum suffix suffix, struct buf *out,
                           const char *title, const char *const *notes, const struct column *columns, int column_count)
{
        struct table *t = arena_alloc(w->arena, sizeof *t);

        *t = (struct table){ .w = w, .suffix = suffix, .out = out, .title = title == NULL ? "" : title, .notes = notes,
                             .columns = columns_said(w, columns, column_count), .asked = columns, .column_count = column_count, .request = q, .is_below = is_below };
        switch (suffix) {
        case SUFFIX_HTML:
                begin_page(t);
                break;
        case SUFFIX_JSON:
                begin_json(t);
                break;
        case SUFFIX_CSV:
                begin_csv(t);
                break;
        case SUFFIX_XLSX:
                begin_book(t);
                break;
        case SUFFIX_CSVM:
                break;
        case SUFFIX_SVG:
        case SUFFIX_PDF:
                t->is_broken = true;
                error_set(&w->err, ERR_USAGE, "a list has no such format");
                error_hint(&w->err, "take .json, .csv or .xlsx");
                break;
        }
        return t;
}

struct table *table_begin(struct work *w, enum suffix suffix, struct buf *out, const char *title,
                          const char *const *notes, const struct column *columns, int column_count)
{
        return begin(w, NULL, false, suffix, out, title, notes, columns, column_count);
}

struct table *table_begin_below(struct work *w, enum suffix suffix, struct buf *out, const char *title,
                                const char *const *notes, const struct column *columns, int column_count)
{
        return begin(w, NULL, true, suffix, out, title, notes, columns, column_count);
}

void table_row(struct table *t, const struct cell *cells)
{
        if (t->is_broken)
                return;
        t->count++;
        switch (t->suffix) {
        case SUFFIX_HTML:
                page_row(t, cells);
                break;
        case SUFFIX_JSON:
                json_row(t, cells);
                break;
        case SUFFIX_CSV:
                csv_row(t, cells);
                break;
        case SUFFIX_XLSX:
                book_row(t, cells);
                break;
        case SUFFIX_CSVM:
        case SUFFIX_SVG:
        case SUFFIX_PDF:
                break;
        }
}

bool table_end(struct table *t, const char *next)
{
        if (t->is_broken)
                return false;
        switch (t->suffix) {
        case SUFFIX_HTML:
                end_page(t);
                break;
        case SUFFIX_JSON:
                end_json(t, next);
                break;
        case SUFFIX_XLSX:
                if (!copy_book(t))
                        return false;
                break;
        case SUFFIX_CSVM:
                write_description(t);
                break;
        case SUFFIX_CSV:
        case SUFFIX_SVG:
        case SUFFIX_PDF:
                break;
        }
        if (!buf_ok(t->out))
                return error_set(&t->w->err, ERR_ENVIRONMENT, "the table cannot be written further");
        return work_ok(t->w);
}

/* A file that is kept says of which moment it is; a page is told by its frame. */
static const char *const *with_known(struct work *w, const char *const *notes, moment known)
{
        size_t count = 0;
        const char **all;

        while (notes != NULL && notes[count] != NULL)
                count++;
        all = arena_array(w->arena, count + 2, sizeof *all);
        if (count > 0)
                memcpy(all, notes, count * sizeof *all);
        all[count] = arena_print(w->arena, "%s %s", work_text(w, "as known on"), known_said(w, known));
        return all;
}

bool table_format_read(struct work *w, const struct call *c, enum suffix *suffix)
{
        static const struct { const char *name; enum suffix suffix; } formats[] = {
                { "csv", SUFFIX_CSV }, { "json", SUFFIX_JSON }, { "xlsx", SUFFIX_XLSX }, { "csvw", SUFFIX_CSVM } };
        const char *name = call_option(c, "format", 0);

        *suffix = call_is_json(c) ? SUFFIX_JSON : SUFFIX_CSV;
        if (name == NULL)
                return true;
        for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
                if (strcmp(name, formats[i].name) != 0)
                        continue;
                *suffix = formats[i].suffix;
                return true;
        }
        return error_set(&w->err, ERR_USAGE, "the format \"%s\" is none of csv, json, xlsx, csvw", name);
}

void table_file(struct work *w, const struct request *q, struct reply *reply, const char *file_name)
{
        enum suffix suffix = request_suffix(q);

        if (suffix == SUFFIX_CSV || suffix == SUFFIX_XLSX)
                reply->file_name = arena_print(w->arena, "%s.%s", file_name, suffix == SUFFIX_CSV ? "csv" : "xlsx");
        if (suffix == SUFFIX_CSV)
                reply_header(reply, "Link", arena_print(w->arena, "<%s>; rel=\"describedby\"; type=\"application/csvm+json\"", about_in_format(w, request_target(q), "csvm")));
}

bool table_reply(struct work *w, const struct request *q, struct reply *reply, const struct page *page,
                 const char *file_name, const char *const *notes, const struct column *columns, int column_count,
                 table_rows *rows, void *context)
{
        enum suffix suffix = request_suffix(q);
        moment known = request_known(q);
        struct table *t;

        if (suffix == SUFFIX_HTML)
                page_begin(w, q, reply, page);
        else if (known != 0)
                notes = with_known(w, notes, known);
        t = begin(w, q, false, suffix, &reply->body, page->title, notes, columns, column_count);
        if (t->is_broken || !rows(w, t, context) || !table_end(t, t->next))
                return false;
        if (suffix == SUFFIX_HTML)
                page_end(w, q, reply, page);
        table_file(w, q, reply, file_name);
        reply_header(reply, "X-Row-Count", arena_print(w->arena, "%lld", (long long)t->count));
        return work_ok(w);
}
