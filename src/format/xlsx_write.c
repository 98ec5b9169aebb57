#include "format/xlsx.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "base/day.h"
#include "base/decimal.h"
#include "base/utf8.h"

#define STYLE_COUNT (XLSX_NOTE + 1)
#define DIGITS_MAX 15 /* of a number in Excel */
#define TITLE_MAX 32  /* characters of a validation's title and message */
#define MESSAGE_MAX 255

/* Formats of one style: as it comes, a date, a moment, then 0 .. 12 decimals shown. */
enum { FORM_GENERAL, FORM_DATE, FORM_MOMENT, FORM_DECIMALS, FORM_COUNT = FORM_DECIMALS + DECIMAL_MAX_DECIMALS + 1 };

struct xlsx_writer {
        const char *path;
        lxw_workbook *book;
        lxw_worksheet *sheet;
        int sheet_count, row; /* row: the last written to; rows go out in order */
        lxw_error first;
        lxw_format *formats[STYLE_COUNT][FORM_COUNT];
};

/* The workbook was given up: its temporary files and what stands at path go. */
static void give_up(void *handle)
{
        struct xlsx_writer *w = handle;

        if (w->book == NULL)
                return;
        for (lxw_worksheet *s = w->book->worksheets->stqh_first; s != NULL; s = s->list_pointers.stqe_next)
                if (s->optimize_tmpfile != NULL)
                        fclose(s->optimize_tmpfile);
        lxw_workbook_free(w->book);
        w->book = NULL;
        unlink(w->path);
}

struct xlsx_writer *xlsx_create(struct arena *a, const char *path, struct error *e)
{
        struct xlsx_writer *w = arena_alloc(a, sizeof *w);
        const char *slash = strrchr(path, '/');
        char *folder = slash == NULL || slash == path ? arena_text(a, slash == NULL ? "." : "/")
                                                      : arena_copy(a, path, (size_t)(slash - path));
        lxw_workbook_options options = { .constant_memory = LXW_TRUE, .tmpdir = folder };
        FILE *file;

        w->path = arena_text(a, path);
        arena_on_free(a, give_up, w);
        file = fopen(path, "wb"); /* the library opens it at the very end only */
        if (file == NULL) {
                error_set(e, ERR_ENVIRONMENT, "cannot write \"%s\": %s", path, strerror(errno));
                return NULL;
        }
        fclose(file);
        w->book = workbook_new_opt(w->path, &options);
        if (w->book == NULL) {
                unlink(path);
                error_set(e, ERR_ENVIRONMENT, "out of memory");
                return NULL;
        }
        return w;
}

static void note(struct xlsx_writer *w, lxw_error code)
{
        if (w->first == LXW_NO_ERROR)
                w->first = code;
}

static lxw_format *format_of(struct xlsx_writer *w, enum xlsx_style style, int form)
{
        lxw_format **place = &w->formats[style][form], *f;
        char decimals[8 + DECIMAL_MAX_DECIMALS] = "#,##0";

        if (*place != NULL || (style == XLSX_PLAIN && form == FORM_GENERAL))
                return *place;
        f = *place = workbook_add_format(w->book);
        if (f == NULL) {
                note(w, LXW_ERROR_MEMORY_MALLOC_FAILED);
                return NULL;
        }
        if (form == FORM_DATE) {
                format_set_num_format(f, "dd/mm/yyyy");
        } else if (form == FORM_MOMENT) {
                format_set_num_format(f, "dd/mm/yyyy hh:mm");
        } else if (form >= FORM_DECIMALS) {
                if (form > FORM_DECIMALS)
                        strcat(decimals, ".");
                for (int i = FORM_DECIMALS; i < form; i++)
                        strcat(decimals, "0");
                format_set_num_format(f, decimals);
        }
        switch (style) {
        case XLSX_PLAIN:
                break;
        case XLSX_BOLD:
                format_set_bold(f);
                break;
        case XLSX_HEAD:
                format_set_bold(f);
                format_set_text_wrap(f);
                format_set_align(f, LXW_ALIGN_VERTICAL_CENTER);
                format_set_bg_color(f, 0xE2EFF4);
                format_set_bottom(f, LXW_BORDER_THIN);
                format_set_bottom_color(f, 0x7D8A92);
                break;
        case XLSX_INPUT:
                format_set_bg_color(f, 0xFFFDF2);
                format_set_border(f, LXW_BORDER_THIN);
                format_set_border_color(f, 0x7D8A92);
                format_set_unlocked(f);
                break;
        case XLSX_BAD:
                format_set_bg_color(f, 0xFCE9E7);
                format_set_font_color(f, 0xB0241C);
                format_set_border(f, LXW_BORDER_THIN);
                format_set_border_color(f, 0xB0241C);
                format_set_unlocked(f);
                break;
        case XLSX_WARN:
                format_set_bg_color(f, 0xFFF2D3);
                format_set_font_color(f, 0x7F5200);
                format_set_border(f, LXW_BORDER_THIN);
                format_set_border_color(f, 0xE0A526);
                format_set_unlocked(f);
                break;
        case XLSX_NOTE:
                format_set_italic(f);
                format_set_font_color(f, 0x566470);
                break;
        }
        return f;
}

/* A name Excel takes: at most 31 characters, none of []:*?/\, no apostrophe at an end, not used before. */
static void sheet_name(const struct xlsx_writer *w, char *out, size_t room, const char *name)
{
        char base[LXW_SHEETNAME_MAX * 4 + 1];
        size_t n = 0, characters = 0;

        for (const char *p = name; *p != '\0' && n + 1 < sizeof base; p++) {
                if (((unsigned char)*p & 0xC0) != 0x80 && characters++ == LXW_SHEETNAME_MAX)
                        break;
                base[n++] = strchr("[]:*?/\\", *p) != NULL || (unsigned char)*p < 0x20 ? ' ' : *p;
        }
        while (n > 0 && (base[n - 1] == '\'' || base[n - 1] == ' '))
                n--;
        if (n > 0 && base[0] == '\'')
                base[0] = ' ';
        snprintf(out, room, "%.*s", (int)n, base);
        for (int i = w->sheet_count + 1; *out == '\0' || workbook_get_worksheet_by_name(w->book, out) != NULL; i++) {
                char number[16];
                size_t length = (size_t)snprintf(number, sizeof number, "%s%d", n > 0 ? " " : "", i), cut = n;

                while (cut > 0 && utf8_count(base, cut) + length > LXW_SHEETNAME_MAX)
                        cut = utf8_cut(base, n, cut - 1);
                snprintf(out, room, "%.*s%s", (int)cut, base, number);
        }
}

void xlsx_sheet(struct xlsx_writer *w, const char *name, const double *widths, int column_count, int frozen_rows)
{
        char clean[LXW_SHEETNAME_MAX * 4 + 24];

        sheet_name(w, clean, sizeof clean, name);
        w->sheet = workbook_add_worksheet(w->book, clean);
        w->row = 0;
        if (w->sheet == NULL) {
                note(w, LXW_ERROR_SHEETNAME_ALREADY_USED);
                return;
        }
        w->sheet_count++;
        for (int i = 0; i < column_count && widths != NULL; i++)
                note(w, worksheet_set_column(w->sheet, (lxw_col_t)i, (lxw_col_t)i, widths[i], NULL));
        if (frozen_rows > 0)
                worksheet_freeze_panes(w->sheet, (lxw_row_t)frozen_rows, 0);
}

static bool can_write(struct xlsx_writer *w, int row)
{
        if (w->sheet == NULL)
                return false;
        assert(row >= w->row); /* constant memory: what is above has already left */
        w->row = row;
        return true;
}

static bool is_escape(const char *p)
{
        if (p[0] != '_' || p[1] != 'x')
                return false;
        for (int i = 2; i < 6; i++)
                if (!isxdigit((unsigned char)p[i]))
                        return false;
        return p[6] == '_';
}

/* Text that looks like one of Excel's escapes (_x0041_) would be read as the character it names: its
 * first underscore is escaped. NULL where there is nothing to do; to be freed. */
static char *escape(const char *text)
{
        size_t length = strlen(text), n = 0, count = 0;
        char *out;

        for (const char *p = text; (p = strstr(p, "_x")) != NULL; p++)
                count += is_escape(p);
        if (count == 0 || (out = malloc(length + count * 6 + 1)) == NULL)
                return NULL;
        for (const char *p = text; *p != '\0'; p++) {
                if (is_escape(p)) {
                        memcpy(out + n, "_x005F_", 7);
                        n += 7;
                } else {
                        out[n++] = *p;
                }
        }
        out[n] = '\0';
        return out;
}

void xlsx_text(struct xlsx_writer *w, int row, int column, const char *text, enum xlsx_style style)
{
        lxw_format *f = format_of(w, style, FORM_GENERAL);
        char *escaped;

        if (!can_write(w, row))
                return;
        if (text == NULL || *text == '\0') {
                if (f != NULL)
                        note(w, worksheet_write_blank(w->sheet, (lxw_row_t)row, (lxw_col_t)column, f));
                return;
        }
        escaped = escape(text);
        note(w, worksheet_write_string(w->sheet, (lxw_row_t)row, (lxw_col_t)column, escaped != NULL ? escaped : text,
                                       f));
        free(escaped);
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

        if (!can_write(w, row))
                return;
        decimal_write(text, value, decimals);
        if (significant_digits(value) > DIGITS_MAX)
                note(w, worksheet_write_string(w->sheet, (lxw_row_t)row, (lxw_col_t)column, text,
                                               format_of(w, style, FORM_GENERAL)));
        else
                note(w, worksheet_write_number(w->sheet, (lxw_row_t)row, (lxw_col_t)column, strtod(text, NULL),
                                               format_of(w, style, form)));
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
        if (can_write(w, row))
                note(w, worksheet_write_number(w->sheet, (lxw_row_t)row, (lxw_col_t)column,
                                               (double)(date - day_of(1899, 12, 30)),
                                               format_of(w, style, FORM_DATE)));
}

void xlsx_moment(struct xlsx_writer *w, int row, int column, int64_t when, enum xlsx_style style)
{
        char text[MOMENT_TEXT_MAX];

        if (when < moment_of_day(day_of(1900, 3, 1)) || when > moment_end_of_day(day_of(9999, 12, 31))) {
                moment_write(text, when);
                xlsx_text(w, row, column, text, style);
                return;
        }
        if (can_write(w, row))
                note(w, worksheet_write_number(w->sheet, (lxw_row_t)row, (lxw_col_t)column,
                                               (double)(when - moment_of_day(day_of(1899, 12, 30))) /
                                                       (double)MOMENT_PER_DAY,
                                               format_of(w, style, FORM_MOMENT)));
}

void xlsx_comment(struct xlsx_writer *w, int row, int column, const char *text)
{
        if (w->sheet != NULL)
                note(w, worksheet_write_comment(w->sheet, (lxw_row_t)row, (lxw_col_t)column, text));
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

void xlsx_validate_decimal(struct xlsx_writer *w, int row, int column, const char *title, const char *message)
{
        char short_title[TITLE_MAX * 4 + 1], short_message[MESSAGE_MAX * 4 + 1];
        lxw_data_validation rule = {
                .validate = LXW_VALIDATION_TYPE_DECIMAL,
                .criteria = LXW_VALIDATION_CRITERIA_BETWEEN,
                .minimum_number = -999999999999999,
                .maximum_number = 999999999999999,
                .error_type = LXW_VALIDATION_ERROR_TYPE_STOP,
                .error_title = cut(short_title, title, TITLE_MAX),
                .error_message = cut(short_message, message, MESSAGE_MAX),
        };

        if (w->sheet != NULL)
                note(w, worksheet_data_validation_cell(w->sheet, (lxw_row_t)row, (lxw_col_t)column, &rule));
}

bool xlsx_finish(struct xlsx_writer *w, struct error *e)
{
        lxw_error closed;

        if (w->first != LXW_NO_ERROR) {
                give_up(w);
                if (w->first == LXW_ERROR_WORKSHEET_INDEX_OUT_OF_RANGE)
                        return error_set(e, ERR_TOO_BIG, "a sheet holds at most %d rows", LXW_ROW_MAX);
                if (w->first == LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED)
                        return error_set(e, ERR_TOO_BIG, "a cell holds at most %d characters", XLSX_TEXT_MAX);
                return error_set(e, ERR_ENVIRONMENT, "cannot write \"%s\": %s", w->path, lxw_strerror(w->first));
        }
        closed = workbook_close(w->book); /* frees it in any case */
        w->book = NULL;
        if (closed == LXW_NO_ERROR)
                return true;
        unlink(w->path);
        return error_set(e, ERR_ENVIRONMENT, "cannot write \"%s\": %s", w->path, lxw_strerror(closed));
}
