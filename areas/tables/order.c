#include "areas/tables/grid_private.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS_NAMED 12 /* in a hint */

struct sorted_row {
        bool has_value;
        int128 value;      /* at the same scale for all */
        const char *name;
        size_t number;
};

static int name_order(const void *a, const void *b)
{
        const struct sorted_row *x = a, *y = b;
        int order = strcmp(x->name, y->name);

        return order != 0 ? order : x->number < y->number ? -1 : 1;
}

/* Those without a value last, whatever the direction. */
static int rising(const void *a, const void *b)
{
        const struct sorted_row *x = a, *y = b;

        if (x->has_value != y->has_value)
                return x->has_value ? -1 : 1;
        if (x->has_value && x->value != y->value)
                return x->value < y->value ? -1 : 1;
        return x->number < y->number ? -1 : 1;
}

static int falling(const void *a, const void *b)
{
        const struct sorted_row *x = a, *y = b;

        return x->has_value && y->has_value && x->value != y->value ? rising(b, a) : rising(a, b);
}

static int falling_names(const void *a, const void *b)
{
        return name_order(b, a);
}

static void rows_reorder(struct work *w, struct grid *g, const struct sorted_row *order)
{
        struct head *heads = arena_array(w->arena, g->row_count + 1, sizeof *heads);
        const struct fact **cells = arena_array(w->arena, g->row_count * g->column_count + 1, sizeof *cells);
        struct sum *sums = g->row_sums == NULL ? NULL : arena_array(w->arena, g->row_count + 1, sizeof *sums);

        for (size_t r = 0; r < g->row_count; r++) {
                size_t from = order[r].number;

                heads[r] = g->row_heads[from];
                if (g->column_count > 0)
                        memcpy(cells + r * g->column_count, g->cells + from * g->column_count, g->column_count * sizeof *cells);
                if (sums != NULL)
                        sums[r] = g->row_sums[from];
        }
        g->row_heads = heads;
        g->cells = cells;
        g->row_sums = sums;
}

/* name: of the part of the address that names a column. */
static bool no_column(struct work *w, const struct grid *g, const char *name, const char *code)
{
        const char *all = "";
        size_t named = g->column_count < COLUMNS_NAMED ? g->column_count : COLUMNS_NAMED;

        for (size_t c = 0; c < named; c++)
                all = arena_print(w->arena, "%s%s%s", all, *all == '\0' ? "" : ", ", g->column_heads[c].code);
        error_set(&w->err, ERR_INVALID, "%s: this table has no column \"%s\"", name, code);
        return error_hint(&w->err, named < g->column_count ? N_("its columns are %s and others") : N_("its columns are %s"), all);
}

static bool column_find(const struct grid *g, const char *code, size_t *column)
{
        *column = 0;
        while (*column < g->column_count && strcmp(g->column_heads[*column].code, code) != 0)
                ++*column;
        return *column < g->column_count;
}

bool grid_sort(struct work *w, struct grid *g)
{
        bool is_falling = g->ask->sort[0] == '-';
        const char *by = g->ask->sort + is_falling;
        struct sorted_row *list = arena_array(w->arena, g->row_count + 1, sizeof *list);
        bool is_total = strcmp(by, "total") == 0 && g->row_sums != NULL, is_name = strcmp(by, "name") == 0;
        size_t column = 0;

        if (g->fact_count == 0) /* without figures there are no columns to name */
                return true;
        if (*g->ask->at != '\0' && !column_find(g, g->ask->at, &column))
                return no_column(w, g, "at", g->ask->at);
        if (*by == '\0')
                return true;
        if (!is_total && strcmp(by, "total") == 0) {
                error_set(&w->err, ERR_INVALID, "sort: this table has no totals of its rows");
                return error_hint(&w->err, "ask for them: totals=columns");
        }
        if (!is_total && !is_name && !column_find(g, by, &column))
                return no_column(w, g, "sort", by);
        for (size_t r = 0; r < g->row_count; r++) {
                const struct fact *f = is_total || is_name ? NULL : grid_at(g, r, column);
                int decimals = is_total ? g->row_sums[r].decimals : f == NULL ? 0 : f->decimals;
                int64_t value = is_total ? g->row_sums[r].value : f == NULL ? 0 : f->value;

                list[r] = (struct sorted_row){ is_total ? g->row_sums[r].has_value : f != NULL && f->has_value,
                                               (int128)value * decimal_power[DECIMAL_MAX_DECIMALS - decimals], g->row_heads[r].name, r };
        }
        qsort(list, g->row_count, sizeof *list, is_name ? is_falling ? falling_names : name_order : is_falling ? falling : rising);
        rows_reorder(w, g, list);
        return true;
}
