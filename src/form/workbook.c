#include <stdio.h>
#include <string.h>

#include "form/view_private.h"
#include "format/xlsx.h"

/* The sheet: one row of marks that say which report it is, a title, a line of help, the heading, the rows. */
enum { ROW_MARK = 0, ROW_TITLE = 1, ROW_HELP = 2, ROW_HEAD = 4, ROW_FIRST = 5 };
enum { COLUMN_ID, COLUMN_LABEL, COLUMN_UNIT, COLUMN_PREVIOUS, COLUMN_YEAR, COLUMN_VALUE, COLUMN_EXPLANATION,
       COLUMNS };

static const char MARK[] = "caunoi-form";

/* Headings are written in the reader's language and read in both. */
static const char *const heads[COLUMNS] = {
        [COLUMN_ID] = N_("No."),
        [COLUMN_LABEL] = N_("Indicator"),
        [COLUMN_UNIT] = N_("Unit"),
        [COLUMN_PREVIOUS] = N_("Previous period"),
        [COLUMN_YEAR] = N_("Same period last year"),
        [COLUMN_VALUE] = N_("Value"),
        [COLUMN_EXPLANATION] = N_("Explanation"),
};

/* ---- writing ------------------------------------------------------------------------------------------- */

static void write_number(struct xlsx_writer *x, int row, int column, const struct cell_state *c, bool has,
                         int64_t value)
{
        if (has)
                xlsx_number(x, row, column, value, c->row->indicator->decimals, c->row->indicator->shown,
                            XLSX_PLAIN);
        else
                xlsx_text(x, row, column, "–", XLSX_PLAIN);
}

static const char *comment_of(struct work *w, const struct report *r, const char *cell,
                              enum severity *gravest)
{
        const char *comment = NULL;

        *gravest = SEVERITY_HINT;
        for (size_t i = 0; i < r->problem_count; i++) {
                const struct problem *p = &r->problems[i];

                if (strcmp(p->cell, cell) != 0)
                        continue;
                comment = arena_print(w->arena, "%s%s%s", comment == NULL ? "" : comment, comment == NULL ? ""
                                      : "\n",
                                      p->message);
                if (p->severity > *gravest)
                        *gravest = p->severity;
        }
        return comment;
}

static void write_row(struct work *w, struct xlsx_writer *x, const struct report_view *v, size_t i)
{
        const struct report *r = v->r;
        const struct cell_state *c = &r->cells[i];
        int row = ROW_FIRST + (int)i;
        enum severity gravest;
        const char *comment;
        enum xlsx_style style;

        xlsx_text(x, row, COLUMN_ID, v->rows[i].number, c->row->indicator == NULL ? XLSX_HEAD : XLSX_PLAIN);
        xlsx_text(x, row, COLUMN_LABEL, v->rows[i].label, c->row->indicator == NULL ? XLSX_HEAD : XLSX_PLAIN);
        if (c->row->indicator == NULL)
                return;
        comment = comment_of(w, r, c->row->id, &gravest);
        style = comment == NULL || gravest == SEVERITY_HINT ? XLSX_INPUT : gravest == SEVERITY_ERROR
                ? XLSX_BAD : XLSX_WARN;
        xlsx_text(x, row, COLUMN_UNIT, v->rows[i].unit, XLSX_PLAIN);
        write_number(x, row, COLUMN_PREVIOUS, c, c->has_previous, c->previous);
        write_number(x, row, COLUMN_YEAR, c, c->has_year_before, c->year_before);
        xlsx_validate_decimal(x, row, COLUMN_VALUE, work_text(w, N_("Only a number")),
                              work_text(w, N_("Enter a number in the unit of the column \"Unit\", without letters")));
        if (c->has_value)
                xlsx_number(x, row, COLUMN_VALUE, c->value, c->row->indicator->decimals,
                            c->row->indicator->shown, style);
        else
                xlsx_text(x, row, COLUMN_VALUE, c->typed, style);
        xlsx_text(x, row, COLUMN_EXPLANATION, c->explanation, XLSX_INPUT);
        if (comment != NULL && gravest != SEVERITY_HINT)
                xlsx_comment(x, row, COLUMN_VALUE, comment);
}

bool workbook_write(struct work *w, const struct report *r, const char *path)
{
        static const double widths[COLUMNS] = { 8, 46, 16, 16, 16, 18, 44 };
        static const double help_widths[] = { 100 };
        static const char *const help[] = {
                N_("How to fill in this form"),
                N_("1. Enter numbers in the column \"Value\" only, in the unit of measure of the row."),
                N_("2. Leave a cell empty where there is no figure yet; enter 0 where the figure is zero."),
                N_("3. Where the program warns of an unusual figure, say why it is right in the column \"Explanation\"."),
                N_("4. Do not change the numbers of the rows or the first line: the file is recognised by them."),
                N_("5. Upload the file on the page of the report: the differences are shown before anything is taken over."),
                N_("6. Formulas are read as the values they show."),
        };
        const struct report_view *v = report_view_make(w, r, NULL, true);
        struct xlsx_writer *x = xlsx_create(w->arena, path, &w->err);

        if (x == NULL)
                return false;
        xlsx_sheet(x, work_text(w, N_("Report")), widths, COLUMNS, ROW_FIRST);
        xlsx_text(x, ROW_MARK, 0, MARK, XLSX_NOTE);
        xlsx_text(x, ROW_MARK, 1, arena_print(w->arena, "%s/%s/%s", r->form_id, r->unit_code, r->period_text),
                  XLSX_NOTE);
        xlsx_text(x, ROW_TITLE, 0, v->title, XLSX_BOLD);
        xlsx_text(x, ROW_HELP, 0, arena_print(w->arena, "%s. %s", v->form_title, v->deadline), XLSX_NOTE);
        for (int i = 0; i < COLUMNS; i++)
                xlsx_text(x, ROW_HEAD, i, work_text(w, heads[i]), XLSX_HEAD);
        for (size_t i = 0; i < r->cell_count; i++)
                write_row(w, x, v, i);
        xlsx_sheet(x, work_text(w, N_("Instructions")), help_widths, 1, 0);
        for (int i = 0; i < (int)(sizeof help / sizeof *help); i++)
                xlsx_text(x, i, 0, work_text(w, help[i]), i == 0 ? XLSX_BOLD : XLSX_PLAIN);
        xlsx_text(x, 8, 0, arena_print(w->arena, "%s %s", work_text(w, N_("Legal basis:")), v->basis),
                  XLSX_NOTE);
        return xlsx_finish(x, &w->err);
}

/* ---- reading back -------------------------------------------------------------------------------------- */

struct sheet {
        struct work *work;
        const struct report *r;
        struct upload *upload;
        bool has_mark, has_head, is_other;
        const char *found;        /* the report the file is for */
        int columns[COLUMNS];     /* where each stands; -1 absent */
        const char **values, **explanations;
        bool *has_value, *is_seen;
};

static const char *cell_text_at(const struct xlsx_cell *cells, int count, int column)
{
        return column < 0 || column >= count || cells[column].kind == XLSX_EMPTY || cells[column].text == NULL
                       ? "" : cells[column].text;
}

static void add_unknown(struct sheet *s, const char *sentence)
{
        struct upload *u = s->upload;

        if (u->unknown_count < 100)
                u->unknown[u->unknown_count++] = sentence;
}

static bool is_head(const char *found, int column)
{
        return strcmp(found, heads[column]) == 0 || strcmp(found, text(LANGUAGE_VI, heads[column])) == 0;
}

static void read_head(struct sheet *s, const struct xlsx_cell *cells, int count)
{
        for (int i = 0; i < COLUMNS; i++)
                s->columns[i] = -1;
        for (int i = 0; i < count; i++) {
                const char *text = cell_text_at(cells, count, i);
                bool is_known = text[0] == '\0';

                for (int k = 0; k < COLUMNS; k++) {
                        if (!is_known && s->columns[k] < 0 && is_head(text, k)) {
                                s->columns[k] = i;
                                is_known = true;
                        }
                }
                if (!is_known)
                        add_unknown(s, arena_print(s->work->arena,
                                                   work_text(s->work, N_("column %d: \"%s\"")), i + 1, text));
        }
        s->has_head = s->columns[COLUMN_ID] >= 0 && s->columns[COLUMN_VALUE] >= 0;
}

/* A number of the file as people here write it; text stays as it is. */
static const char *value_of(struct sheet *s, const struct form_row *row, const struct xlsx_cell *cell)
{
        int64_t value;
        size_t position;

        if (cell->kind != XLSX_NUMBER)
                return cell->text == NULL ? "" : cell->text;
        for (int decimals = row->indicator->decimals; decimals <= DECIMAL_MAX_DECIMALS; decimals++) {
                if (decimal_read(cell->text, strlen(cell->text), decimals, &value, &position) == DECIMAL_OK)
                        return value_shown(s->work->arena, value, decimals, 0, s->work->language);
        }
        return cell->text;
}

static void read_row(struct sheet *s, int number, const struct xlsx_cell *cells, int count)
{
        const char *id = cell_text_at(cells, count, s->columns[COLUMN_ID]);
        int column = s->columns[COLUMN_VALUE], row = form_row_find(s->r->form, id);
        const char *typed = cell_text_at(cells, count, column);

        if (row < 0) {
                bool is_heading = false;

                for (size_t i = 0; i < s->r->form->row_count; i++)
                        is_heading = is_heading || (s->r->form->rows[i].indicator == NULL &&
                                                    strcmp(s->r->form->rows[i].id, id) == 0);
                if (typed[0] != '\0' || (id[0] != '\0' && !is_heading))
                        add_unknown(s, arena_print(s->work->arena,
                                                   work_text(s->work, N_("row %d: \"%s\" %s")), number, id,
                                                   typed));
                return;
        }
        if (s->is_seen[row]) {
                add_unknown(s, arena_print(s->work->arena,
                                           work_text(s->work, N_("row %d: \"%s\" a second time (%s)")),
                                           number, id, typed));
                return;
        }
        s->is_seen[row] = true;
        s->values[row] = typed[0] == '\0' ? "" : value_of(s, &s->r->form->rows[row], &cells[column]);
        s->explanations[row] = arena_text(s->work->arena, cell_text_at(cells, count,
                                                                       s->columns[COLUMN_EXPLANATION]));
        s->values[row] = arena_text(s->work->arena, s->values[row]);
}

static bool take_row(void *context, const char *sheet, int number, const struct xlsx_cell *cells, int count)
{
        struct sheet *s = context;
        const char *first = cell_text_at(cells, count, 0);

        (void)sheet;
        if (!s->has_mark && strcmp(first, MARK) == 0) {
                s->has_mark = true;
                s->found = arena_text(s->work->arena, cell_text_at(cells, count, 1));
                s->is_other = strcmp(s->found, arena_print(s->work->arena, "%s/%s/%s", s->r->form_id,
                                                           s->r->unit_code,
                                                           s->r->period_text)) != 0;
                return !s->is_other;
        }
        if (!s->has_head) {
                if (is_head(first, COLUMN_ID))
                        read_head(s, cells, count);
                return true;
        }
        read_row(s, number, cells, count);
        return true;
}

static void compare(struct sheet *s)
{
        struct upload *u = s->upload;
        const struct report *r = s->r;

        for (size_t i = 0; i < r->cell_count; i++) {
                const struct cell_state *c = &r->cells[i];
                struct upload_cell *cell;
                int64_t value = 0;
                size_t position;
                bool is_number;

                if (c->row->indicator == NULL || !s->is_seen[i])
                        continue;
                is_number = decimal_read_typed(s->values[i], strlen(s->values[i]), s->work->language,
                                               c->row->indicator->decimals, &value, &position) == DECIMAL_OK;
                cell = &u->cells[u->cell_count++];
                *cell = (struct upload_cell){
                        .row = c->row, .before = c->typed, .after = s->values[i],
                        .before_explanation = c->explanation, .after_explanation = s->explanations[i],
                        .is_number = is_number || s->values[i][0] == '\0',
                };
                if (is_number)
                        cell->after = value_shown(s->work->arena, value, c->row->indicator->decimals,
                                                  c->row->indicator->shown, s->work->language);
                cell->is_changed = strcmp(cell->after_explanation, cell->before_explanation) != 0 ||
                                   (is_number && c->has_value ? value != c->value
                                    : strcmp(cell->after, c->typed) != 0);
                u->changed += cell->is_changed;
        }
}

struct upload *workbook_read(struct work *w, const struct report *r, const char *path)
{
        struct sheet s = { .work = w, .r = r };

        s.upload = arena_alloc(w->arena, sizeof *s.upload);
        s.upload->cells = arena_array(w->arena, r->cell_count + 1, sizeof *s.upload->cells);
        s.upload->unknown = arena_array(w->arena, 101, sizeof *s.upload->unknown);
        s.values = arena_array(w->arena, r->cell_count + 1, sizeof *s.values);
        s.explanations = arena_array(w->arena, r->cell_count + 1, sizeof *s.explanations);
        s.is_seen = arena_array(w->arena, r->cell_count + 1, sizeof *s.is_seen);
        if (!xlsx_read(w->arena, path, NULL, take_row, &s, &w->err))
                return NULL;
        if (s.is_other) {
                error_set(&w->err, ERR_INVALID, "the file is for the report %s, not for %s/%s/%s", s.found,
                          r->form_id,
                          r->unit_code, r->period_text);
                error_hint(&w->err, "download the form of this report and fill that in");
                return NULL;
        }
        if (!s.has_head) {
                error_set(&w->err, ERR_INVALID, "the first sheet has no heading with \"%s\" and \"%s\"",
                          work_text(w, heads[COLUMN_ID]), work_text(w, heads[COLUMN_VALUE]));
                error_hint(&w->err, "download the form as Excel, fill it in and upload that file");
                return NULL;
        }
        compare(&s);
        return s.upload;
}
