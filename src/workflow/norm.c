/* norm.c - tables of norms: rates and ceilings by the days they hold for. */
#include <string.h>

#include "workflow/workflow_private.h"

#define COLUMNS_MAX 20
#define ROWS_MAX 2000
#define NORMS_SUFFIX ".norms"

static void read_column(const struct yaml_place *place, const struct yaml *node, struct norm_column *column)
{
        static const char *const keys[] = { "id", "title", "decimals", "unit", NULL };

        column->id = column->title_vi = column->title_en = column->unit_vi = column->unit_en = "";
        if (!yaml_keys_known(place, node, keys))
                return;
        column->id = yaml_text(place, node, "id", true, "");
        yaml_two_texts(place, node, "title", true, &column->title_vi, &column->title_en);
        yaml_two_texts(place, node, "unit", true, &column->unit_vi, &column->unit_en);
        column->decimals = (int)yaml_int(place, node, "decimals", 0, EXPRESSION_DECIMALS, 0);
}

static void read_columns(const struct yaml_place *place, const struct yaml *root, struct norm_table *t)
{
        const struct yaml *list = yaml_list(place, root, "columns", true);
        struct norm_column *columns;

        if (list == NULL)
                return;
        if (list->count > COLUMNS_MAX) {
                yaml_complain(place, list, "\"%s\" has more than %d elements", "columns", COLUMNS_MAX);
                return;
        }
        t->columns = columns = arena_array(place->arena, list->count + 1, sizeof *columns);
        for (size_t i = 0; i < list->count; i++) {
                read_column(place, list->items[i], &columns[i]);
                if (norm_column_find(t, columns[i].id) >= 0)
                        yaml_complain(place, list->items[i], "the identifier \"%s\" stands twice in \"%s\"", columns[i].id, "columns");
                t->column_count++;
        }
}

static void read_value(const struct yaml_place *place, const struct yaml *node, const struct norm_column *column, struct norm_value *v)
{
        size_t position;

        if (node == NULL)
                return;
        v->is_known = node->kind == YAML_SCALAR &&
                      decimal_read(node->text, strlen(node->text), column->decimals, &v->number, &position) == DECIMAL_OK && v->number >= 0;
        if (!v->is_known)
                yaml_complain(place, node, "\"%s\" must be a number that is not negative, with at most %d decimals", column->id, column->decimals);
}

static void read_row(const struct yaml_place *place, const struct yaml *node, const struct norm_table *t, struct norm_row *row)
{
        static const char *const valid_keys[] = { "from", "to", NULL };
        const char *keys[COLUMNS_MAX + 6] = { "key", "valid", "source", "verified", "note" };
        const struct yaml *valid = yaml_get(node, "valid");

        for (int i = 0; i < t->column_count; i++)
                keys[5 + i] = t->columns[i].id;
        *row = (struct norm_row){ .key = "", .from = DAY_NONE, .to = DAY_FOREVER, .basis.source = "", .line = node->line,
                                  .values = arena_array(place->arena, (size_t)t->column_count + 1, sizeof *row->values) };
        if (!yaml_keys_known(place, node, keys))
                return;
        row->key = yaml_text(place, node, "key", true, "");
        row->basis = (struct basis){ yaml_text(place, node, "source", true, ""), yaml_bool(place, node, "verified", false) };
        if (valid == NULL || !yaml_keys_known(place, valid, valid_keys) || yaml_get(valid, "from") == NULL) {
                yaml_complain(place, node, "\"valid\" is missing: on which days the norm holds");
        } else {
                row->from = yaml_day(place, valid, "from", DAY_NONE);
                row->to = yaml_day(place, valid, "to", DAY_FOREVER);
        }
        for (int i = 0; i < t->column_count; i++)
                read_value(place, yaml_get(node, t->columns[i].id), &t->columns[i], &row->values[i]);
}

static void read_rows(const struct yaml_place *place, const struct yaml *root, struct norm_table *t)
{
        const struct yaml *list = yaml_list(place, root, "rows", true);
        struct norm_row *rows;

        if (list == NULL)
                return;
        if (list->count > ROWS_MAX) {
                yaml_complain(place, list, "\"%s\" has more than %d elements", "rows", ROWS_MAX);
                return;
        }
        t->rows = rows = arena_array(place->arena, list->count + 1, sizeof *rows);
        for (size_t i = 0; i < list->count; i++) {
                read_row(place, list->items[i], t, &rows[i]);
                for (size_t k = 0; k < i; k++)
                        if (strcmp(rows[i].key, rows[k].key) == 0 && rows[i].from <= rows[k].to && rows[k].from <= rows[i].to)
                                yaml_complain(place, list->items[i], "its days overlap those of line %d", rows[k].line);
                t->row_count++;
        }
}

static void *norm_parse(struct arena *arena, const struct source *source, struct complaints *complaints)
{
        static const char *const keys[] = { "norms", "title", "columns", "rows", NULL };
        const struct yaml_place place = { source->path, arena, complaints };
        struct norm_table *t = arena_alloc(arena, sizeof *t);
        const struct yaml *root = yaml_read(arena, source, complaints);
        const char *name = strrchr(source->path, '/'), *id;

        *t = (struct norm_table){ .title_vi = "", .title_en = "" };
        if (root == NULL || !yaml_keys_known(&place, root, keys))
                return t;
        id = yaml_text(&place, root, "norms", true, "");
        if (name == NULL || strcmp(name + 1, arena_print(arena, "%s" NORMS_SUFFIX, id)) != 0)
                yaml_complain(&place, yaml_get(root, "norms"), "the file must be called %s.norms", id);
        yaml_two_texts(&place, root, "title", true, &t->title_vi, &t->title_en);
        read_columns(&place, root, t);
        read_rows(&place, root, t);
        return t;
}

const struct norm_table *norm_table_find(const struct catalogue *c, const char *workflow, const char *name)
{
        char path[2 * WORKFLOW_ID_MAX + sizeof "workflows//" NORMS_SUFFIX];

        snprintf(path, sizeof path, "workflows/%s/%s" NORMS_SUFFIX, workflow, name);
        return shelf_find(c, path, norm_parse);
}

const struct norm_row *norm_row_find(const struct norm_table *t, const char *key, day on)
{
        for (size_t i = 0; i < t->row_count; i++)
                if (t->rows[i].from <= on && on <= t->rows[i].to && strcmp(t->rows[i].key, key) == 0)
                        return &t->rows[i];
        return NULL;
}

int norm_column_find(const struct norm_table *t, const char *id)
{
        for (int i = 0; i < t->column_count; i++)
                if (strcmp(t->columns[i].id, id) == 0)
                        return i;
        return -1;
}

static void check(struct arena *arena, const struct catalogue *c, const struct source *source, struct complaints *complaints)
{
        (void)c;
        norm_parse(arena, source, complaints);
}

const struct catalogue_checker norm_checker = { NORMS_SUFFIX, check };
