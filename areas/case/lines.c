/* lines.c - what the acts of a case tell row by row: a table for each field that names rows; its sums. */
#include <string.h>

#include "areas/case/case.h"
#include "base/decimal.h"
#include "format/html.h"
#include "format/jsonw.h"

/* The sum of a column, where the workflow makes one. */
static const char *sum_words(struct work *w, const struct case_file *f, int column)
{
        for (int i = 0; i < f->workflow->field_count; i++)
                if (f->workflow->fields[i].sum_of == column && f->values[i].is_known)
                        return value_words(w, &f->workflow->fields[i], &f->values[i]);
        return "";
}

/* How much of 100 a share is that the workflow computes, to be drawn: never less than nothing nor more than all. NULL: it is none. */
static const char *share_of(struct work *w, const struct workflow_field *field, const struct field_value *v)
{
        char text[DECIMAL_TEXT_MAX];
        int64_t all = 100 * decimal_power[field->decimals];

        if (!v->is_known || field->kind != FIELD_NUMBER || field->formula == NULL || strcmp(field->unit_en, "%") != 0)
                return NULL;
        decimal_write(text, v->number < 0 ? 0 : v->number > all ? all : v->number, field->decimals);
        return arena_text(w->arena, text);
}

/* What the reader may tell of a row now. */
static void ways_fill(struct work *w, const struct case_file *f, const struct case_line *line, struct line_shown *x)
{
        const struct workflow *flow = f->workflow;

        x->ways = arena_array(w->arena, (size_t)flow->action_count + 1, sizeof *x->ways);
        for (int i = 0; i < flow->action_count; i++) {
                const struct workflow_action *a = &flow->actions[i];
                struct buf href;

                if (!a->from[f->state] || workflow_row_key(flow, a) != line->key || !case_is_actor(w, f, i))
                        continue;
                buf_init_with(&href, 0, w->arena);
                buf_print(&href, "/cases/%s?do=%s&row=", f->id, a->id);
                html_url_part(&href, line->name);
                buf_print(&href, "#act-%s", a->id);
                x->ways[x->way_count++] = (struct choice_shown){ arena_text(w->arena, href.data), text_in(w->language, a->title_vi, a->title_en), false };
                buf_clear(&href);
        }
}

static void table_fill(struct work *w, const struct case_file *f, int key, struct lines_shown *l)
{
        const struct workflow *flow = f->workflow;
        int columns[WORKFLOW_LIST_MAX];

        *l = (struct lines_shown){ .id = flow->fields[key].id, .title = text_in(w->language, flow->fields[key].title_vi, flow->fields[key].title_en),
                                   .heads = arena_array(w->arena, (size_t)flow->field_count + 1, sizeof *l->heads),
                                   .rows = arena_array(w->arena, (size_t)f->line_count + 1, sizeof *l->rows) };
        const char **sums = arena_array(w->arena, (size_t)flow->field_count + 1, sizeof *sums);

        for (int i = 0; i < flow->field_count; i++) {
                if (flow->fields[i].row_of != key)
                        continue;
                columns[l->head_count] = i;
                sums[l->head_count] = sum_words(w, f, i);
                if (*sums[l->head_count] != '\0')
                        l->sums = sums;
                l->heads[l->head_count++] = text_in(w->language, flow->fields[i].title_vi, flow->fields[i].title_en);
        }
        for (int i = 0; i < f->line_count; i++) {
                struct line_shown *x = &l->rows[l->row_count];

                if (f->lines[i].key != key)
                        continue;
                l->row_count++;
                x->name = value_words(w, &flow->fields[key], &f->lines[i].values[key]);
                x->cells = arena_array(w->arena, l->head_count + 1, sizeof *x->cells);
                x->shares = arena_array(w->arena, l->head_count + 1, sizeof *x->shares);
                for (size_t k = 0; k < l->head_count; k++) {
                        const struct workflow_field *field = &flow->fields[columns[k]];
                        const struct field_value *value = &f->lines[i].values[columns[k]];

                        x->cells[k] = value->is_known ? row_value_words(w, field, value, f->lines[i].values) : "";
                        x->shares[k] = share_of(w, field, value);
                }
                ways_fill(w, f, &f->lines[i], x);
        }
}

void case_lines_fill(struct work *w, struct case_view *v)
{
        const struct workflow *flow = v->f->workflow;

        v->lines = arena_array(w->arena, (size_t)flow->field_count + 1, sizeof *v->lines);
        for (int i = 0; i < flow->field_count; i++) {
                if (!flow->fields[i].is_key)
                        continue;
                table_fill(w, v->f, i, &v->lines[v->lines_count]);
                v->lines_count += v->lines[v->lines_count].row_count > 0;
        }
}

void case_lines_json(const struct case_file *f, struct jsonw *j)
{
        const struct workflow *flow = f->workflow;

        jsonw_name(j, "rows");
        jsonw_object(j);
        for (int key = 0; key < flow->field_count; key++) {
                if (!flow->fields[key].is_key)
                        continue;
                jsonw_name(j, flow->fields[key].id);
                jsonw_array(j);
                for (int i = 0; i < f->line_count; i++) {
                        if (f->lines[i].key != key)
                                continue;
                        jsonw_object(j);
                        for (int k = 0; k < flow->field_count; k++)
                                if ((k == key || flow->fields[k].row_of == key) && f->lines[i].values[k].is_known)
                                        case_json_value(&flow->fields[k], &f->lines[i].values[k], j);
                        jsonw_end(j);
                }
                jsonw_end(j);
        }
        jsonw_end(j);
}
