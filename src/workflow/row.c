/* row.c - rows of a case: what acts tell of one thing of several (an item of the work, a machine), each by its name.
 *
 * Each row is found by its name in a map, and what all of them come to is kept as they are told: a case has as many rows as its acts tell of. */
#include "base/map.h"
#include "base/utf8.h"
#include "workflow/case_private.h"

/* NULL where there is nothing but spaces. */
static const char *place_of(struct arena *arena, int key, const char *name)
{
        const char *read = utf8_key(arena, name);

        return *read == '\0' ? NULL : arena_print(arena, "%d %s", key, read);
}

static struct case_line *at_place(const struct case_file *f, const char *place)
{
        const int64_t *index = f->rows == NULL || place == NULL ? NULL : map_get_text(f->rows, place);

        return index == NULL ? NULL : &f->lines[*index];
}

const struct case_line *case_line_of(struct arena *arena, const struct case_file *f, int key, const char *name)
{
        return at_place(f, place_of(arena, key, name));
}

void rows_begin(struct rows_told *t, struct arena *arena, struct case_file *f)
{
        bool has_rows = false;

        for (int i = 0; i < f->workflow->field_count; i++)
                has_rows |= f->workflow->fields[i].is_key;
        *t = (struct rows_told){ .arena = arena, .f = f, .key = -1, .sums = arena_array(arena, (size_t)f->workflow->field_count + 1, sizeof *t->sums) };
        f->lines = arena_array(arena, has_rows ? f->event_count + 1 : 1, sizeof *f->lines);
        f->rows = has_rows ? map_in(arena) : NULL;
}

/* What tells of a row begins with what that row holds, not with what was told last of another one. */
enum fault row_begin(struct rows_told *t, const struct workflow_action *a, const char *name, struct field_value *values)
{
        const struct workflow *w = t->f->workflow;

        t->key = workflow_row_key(w, a);
        t->line = NULL;
        if (t->key < 0)
                return FAULT_NONE;
        t->place = place_of(t->arena, t->key, name);
        if (t->place == NULL)
                return FAULT_FIELD_MISSING;
        t->line = at_place(t->f, t->place);
        if (t->line == NULL && a->needs_row)
                return FAULT_ROW;
        for (int i = 0; i < w->field_count; i++)
                if (w->fields[i].row_of == t->key)
                        values[i] = t->line == NULL ? (struct field_value){ .is_known = false } : t->line->values[i];
        return FAULT_NONE;
}

static int64_t known(const struct field_value *values, int field)
{
        return values != NULL && values[field].is_known ? values[field].number : 0;
}

void row_sum(const struct rows_told *t, const struct workflow_field *field, const struct field_value *values, struct field_value *sum)
{
        bool is_told = t->key >= 0 && t->key == t->f->workflow->fields[field->sum_of].row_of;
        int128 all = t->sums[field->sum_of];
        int64_t number = 0;

        if (is_told)
                all += (int128)known(values, field->sum_of) - known(t->line == NULL ? NULL : t->line->values, field->sum_of);
        sum->is_known = decimal_narrow(all, &number);
        sum->number = number;
}

void row_take(struct rows_told *t, struct field_value *values)
{
        const struct workflow *w = t->f->workflow;
        struct case_line *line = t->line;
        int64_t *index;

        if (t->key < 0)
                return;
        for (int i = 0; i < w->field_count; i++)
                if (w->fields[i].row_of == t->key)
                        t->sums[i] += (int128)known(values, i) - known(line == NULL ? NULL : line->values, i);
        if (line == NULL) {
                index = map_put_text(t->f->rows, t->place, NULL);
                if (index == NULL)
                        arena_starve(t->arena);
                *index = t->f->line_count;
                line = &t->f->lines[t->f->line_count++];
                *line = (struct case_line){ .key = t->key, .name = values[t->key].text };
        }
        values[t->key].text = line->name; /* as it was first typed */
        line->values = values;
}
