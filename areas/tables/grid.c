#include "areas/tables/grid_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

/* ---- laying out ----------------------------------------------------------------------------------------------- */

static int member_order(const void *a, const void *b)
{
        const struct member *x = *(const struct member *const *)a, *y = *(const struct member *const *)b;

        for (int i = 0; i < 2; i++)
                if (x->order[i] != y->order[i])
                        return x->order[i] < y->order[i] ? -1 : 1;
        if (strcmp(x->code, y->code) != 0)
                return strcmp(x->code, y->code);
        return x->place - y->place;
}

/* The rank of each member in the order of its dimension. */
static void ranks_of(struct work *w, const struct grid *g, int *ranks[DIMENSIONS])
{
        for (int d = 0; d < DIMENSIONS; d++) {
                size_t n = g->member_count[d];
                const struct member **list = arena_array(w->arena, n + 1, sizeof *list);

                ranks[d] = arena_array(w->arena, n + 1, sizeof *ranks[d]);
                for (size_t i = 0; i < n; i++)
                        list[i] = &g->members[d][i];
                qsort(list, n, sizeof *list, member_order);
                for (size_t i = 0; i < n; i++)
                        ranks[d][list[i]->place] = (int)i;
        }
}

/* Heads on their way: what they are made of, as ranks. */
struct spread {
        const enum dimension *dimensions;
        int count;
        int *const *ranks;
        struct map *known;      /* the ranks -> number of the head + 1 */
        int (*keys)[DIMENSIONS]; /* per head: ranks, then in order of dimensions */
        const struct fact **firsts;
        size_t head_count, room;
};

static size_t spread_put(struct work *w, struct spread *s, const struct fact *f)
{
        int key[DIMENSIONS] = { 0 };
        int64_t *place;
        bool is_new;

        for (int i = 0; i < s->count; i++)
                key[i] = s->ranks[s->dimensions[i]][f->member[s->dimensions[i]]];
        place = map_put(s->known, key, sizeof key, &is_new);
        if (place == NULL)
                arena_starve(w->arena);
        if (is_new) {
                size_t room = s->room;

                s->keys = grid_grown(w->arena, s->keys, s->head_count, &room, sizeof *s->keys);
                s->firsts = grid_grown(w->arena, s->firsts, s->head_count, &s->room, sizeof *s->firsts);
                memcpy(s->keys[s->head_count], key, sizeof key);
                s->firsts[s->head_count] = f;
                *place = (int64_t)s->head_count++;
        }
        return (size_t)*place;
}

/* Rows or columns of time alone: also the periods without a figure. */
static void spread_complete(struct work *w, struct spread *s, const struct grid *g)
{
        if (s->count != 1 || s->dimensions[0] != BY_PERIOD)
                return;
        for (size_t i = 0; i < g->member_count[BY_PERIOD]; i++) {
                struct fact *f = arena_alloc(w->arena, sizeof *f);

                f->member[BY_PERIOD] = (int)i;
                spread_put(w, s, f);
        }
}

struct ordered {
        const int *key;
        size_t number;
};

static int key_order(const void *a, const void *b)
{
        const int *x = ((const struct ordered *)a)->key, *y = ((const struct ordered *)b)->key;

        for (int i = 0; i < DIMENSIONS; i++)
                if (x[i] != y[i])
                        return x[i] < y[i] ? -1 : 1;
        return 0;
}

/* The heads in order; *moved says where each found one went. */
static struct head *heads_of(struct work *w, const struct grid *g, const struct spread *s, size_t **moved)
{
        struct ordered *order = arena_array(w->arena, s->head_count + 1, sizeof *order);
        struct head *heads = arena_array(w->arena, s->head_count + 1, sizeof *heads);

        *moved = arena_array(w->arena, s->head_count + 1, sizeof **moved);
        for (size_t i = 0; i < s->head_count; i++)
                order[i] = (struct ordered){ s->keys[i], i };
        qsort(order, s->head_count, sizeof *order, key_order);
        for (size_t i = 0; i < s->head_count; i++) {
                const struct fact *f = s->firsts[order[i].number];
                struct head *h = &heads[i];

                (*moved)[order[i].number] = i;
                h->code = h->name = "";
                for (int k = 0; k < s->count; k++) {
                        const struct member *m = &g->members[s->dimensions[k]][f->member[s->dimensions[k]]];

                        h->members[k] = m;
                        h->code = k == 0 ? m->code : arena_print(w->arena, "%s.%s", h->code, m->code);
                        h->name = k == 0 ? m->name : arena_print(w->arena, "%s · %s", h->name, m->name);
                }
                if (s->count == 0) {
                        h->code = "value";
                        h->name = work_text(w, "Value");
                }
        }
        return heads;
}

static bool is_placed(const enum dimension *list, int count, enum dimension d)
{
        for (int i = 0; i < count; i++)
                if (list[i] == d)
                        return true;
        return false;
}

/* What varies and was given no place goes into the rows: no two figures may stand in one cell. */
static void rows_complete(struct grid *g)
{
        const struct ask *a = g->ask;

        memcpy(g->rows, a->rows, sizeof g->rows);
        g->row_dimensions = a->row_count;
        for (int d = 0; d < DIMENSIONS; d++)
                if (g->member_count[d] > 1 && !is_placed(g->rows, g->row_dimensions, (enum dimension)d) &&
                    !is_placed(a->columns, a->column_count, (enum dimension)d))
                        g->rows[g->row_dimensions++] = (enum dimension)d;
}

const char *grid_measure(const char *one, const char *other)
{
        return one == NULL || other == NULL ? NULL : *one == '\0' ? other : strcmp(one, other) == 0 ? one : NULL;
}

static void measures_find(struct grid *g)
{
        bool is_by_row = true, is_by_column = true;

        g->measure = "";
        for (size_t r = 0; r < g->row_count; r++)
                g->row_heads[r].measure = "";
        for (size_t c = 0; c < g->column_count; c++)
                g->column_heads[c].measure = "";
        for (size_t r = 0; r < g->row_count; r++)
                for (size_t c = 0; c < g->column_count; c++) {
                        const struct fact *f = grid_at(g, r, c);

                        if (f == NULL || f->measure == NULL)
                                continue;
                        g->measure = grid_measure(g->measure, f->measure);
                        g->row_heads[r].measure = grid_measure(g->row_heads[r].measure, f->measure);
                        g->column_heads[c].measure = grid_measure(g->column_heads[c].measure, f->measure);
                }
        for (size_t r = 0; r < g->row_count; r++)
                is_by_row &= g->row_heads[r].measure != NULL;
        for (size_t c = 0; c < g->column_count; c++)
                is_by_column &= g->column_heads[c].measure != NULL;
        g->measure_is_by_column = !is_by_row && is_by_column;
}

const struct fact *grid_at(const struct grid *g, size_t row, size_t column)
{
        return g->cells[row * g->column_count + column];
}

/* ---- the whole ----------------------------------------------------------------------------------------------------- */

bool grid_come_below(struct work *w)
{
        return error_hint(&w->err, "name fewer units, items or indicators, or a shorter time");
}

bool grid_make(struct work *w, const struct ask *a, struct grid *g)
{
        int *ranks[DIMENSIONS];
        struct spread rows, columns;
        size_t *row_of, *column_of, *row_moved, *column_moved;

        if (!grid_gather(w, a, g))
                return false;
        rows_complete(g);
        ranks_of(w, g, ranks);
        rows = (struct spread){ .dimensions = g->rows, .count = g->row_dimensions, .ranks = ranks, .known = map_in(w->arena) };
        columns = (struct spread){ .dimensions = a->columns, .count = a->column_count, .ranks = ranks, .known = map_in(w->arena) };
        row_of = arena_array(w->arena, g->fact_count + 1, sizeof *row_of);
        column_of = arena_array(w->arena, g->fact_count + 1, sizeof *column_of);
        for (size_t i = 0; i < g->fact_count; i++) {
                row_of[i] = spread_put(w, &rows, &g->facts[i]);
                column_of[i] = spread_put(w, &columns, &g->facts[i]);
        }
        spread_complete(w, &rows, g);
        spread_complete(w, &columns, g);
        g->row_count = g->fact_count == 0 && g->row_dimensions == 0 ? 0 : rows.head_count; /* the row of everything, of nothing: none */
        g->column_count = columns.head_count;
        if (g->column_count > COLUMNS_MOST)
                return error_set(&w->err, ERR_TOO_BIG, "the table would have more than %d columns", COLUMNS_MOST) ||
                       error_hint(&w->err, "put what varies most into the rows, or name fewer units, items or indicators, or a shorter time");
        if (g->row_count * g->column_count > CELLS_MOST)
                return error_set(&w->err, ERR_TOO_BIG, "the table would have more than %d cells", CELLS_MOST) || grid_come_below(w);
        g->row_heads = heads_of(w, g, &rows, &row_moved);
        g->column_heads = heads_of(w, g, &columns, &column_moved);
        g->cells = arena_array(w->arena, g->row_count * g->column_count + 1, sizeof *g->cells);
        for (size_t i = 0; i < g->fact_count; i++)
                g->cells[row_moved[row_of[i]] * g->column_count + column_moved[column_of[i]]] = &g->facts[i];
        measures_find(g);
        if (g->row_count > 0) /* nothing has no total */
                grid_add_up(w, g);
        return grid_sort(w, g) && work_ok(w);
}

void fact_row(const struct grid *g, const struct fact *f, struct figure_row *out)
{
        *out = (struct figure_row){
                .indicator = g->members[BY_INDICATOR][f->member[BY_INDICATOR]].indicator,
                .unit = g->members[BY_UNIT][f->member[BY_UNIT]].unit,
                .period = g->members[BY_PERIOD][f->member[BY_PERIOD]].period,
                .item = g->members[BY_ITEM][f->member[BY_ITEM]].code,
                .partner = g->members[BY_PARTNER][f->member[BY_PARTNER]].code,
        };
}

bool grid_is_nested(struct work *w, const struct grid *g)
{
        const struct unit **units = arena_array(w->arena, g->row_count + 1, sizeof *units);
        const struct item **items = arena_array(w->arena, g->row_count + 1, sizeof *items);

        for (int i = 0; i < g->row_dimensions; i++) {
                enum dimension d = g->rows[i];
                size_t n = 0;

                for (size_t r = 0; r < g->row_count; r++) {
                        const struct member *m = g->row_heads[r].members[i];
                        bool is_there = false;

                        for (size_t c = 0; c < g->column_count && !is_there; c++)
                                is_there = grid_at(g, r, c) != NULL && grid_at(g, r, c)->has_value;
                        if (!is_there || (d != BY_UNIT && d != BY_ITEM))
                                continue;
                        units[n] = m->unit;
                        items[n++] = m->item;
                }
                if (d == BY_UNIT ? units_are_nested(units, n) : d == BY_ITEM && items_are_nested(items, n))
                        return true;
        }
        return false;
}

const char *grid_common(struct work *w, const struct grid *g)
{
        static const enum dimension order[] = { BY_UNIT, BY_ITEM, BY_PARTNER, BY_PERIOD };
        const char *all = "";

        for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
                enum dimension d = order[i];
                const struct member *m = g->members[d];
                char said[64];

                if (g->member_count[d] != 1 || m->is_whole || is_placed(g->ask->columns, g->ask->column_count, d) ||
                    is_placed(g->rows, g->row_dimensions, d))
                        continue;
                if (d == BY_PERIOD)
                        period_write_said(said, sizeof said, m->period, w->language);
                all = arena_print(w->arena, "%s%s%s", all, *all == '\0' ? "" : " · ", d == BY_PERIOD ? said : m->name);
        }
        return all;
}

const char *grid_title(struct work *w, const struct grid *g)
{
        const struct figure_query *q = &g->ask->query;
        const char *all = "";

        if (q->indicator_count > 3)
                return arena_print(w->arena, work_text(w, "%d indicators"), (int)q->indicator_count);
        for (size_t i = 0; i < q->indicator_count; i++)
                all = arena_print(w->arena, "%s%s%s", all, *all == '\0' ? "" : "; ",
                                  w->language == LANGUAGE_VI ? q->indicators[i]->name_vi : q->indicators[i]->name_en);
        return all;
}
