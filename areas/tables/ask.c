#include <stdlib.h>
#include <string.h>

#include "areas/tables/tables.h"
#include "figure/filter.h"
#include "format/html.h"

const char *const dimension_names[DIMENSIONS] = { "indicator", "unit", "period", "item", "partner" };
const char *const chart_names[CHART_KINDS] = { "", "line", "bars", "steps", "tiles", "map" };

/* In this order they stand in a canonical address. */
static const char *const parts[] = { "indicator", "unit", "children", "from", "to", "item", "level", "partner", "boundary", "known",
                                     "compare", "status", "rows", "columns", "totals", "sort", "chart", "at", "recorded" };
#define PART_COUNT (sizeof parts / sizeof *parts)
#define NAMED_MOST 512 /* as many as the filter takes */

/* "only" is ours: to the filter it means the same as 1. */
static const char *from_request(const void *source, const char *name, int nth)
{
        const char *value = request_query(source, name, nth);

        return value != NULL && strcmp(name, "children") == 0 && strcmp(value, "only") == 0 ? "1" : value;
}

static const char *given(const struct request *r, const char *name)
{
        const char *value = request_query(r, name, 0);

        return value == NULL ? "" : value;
}

/* All values of a name, also those written with commas. Empty ones and repetitions are passed over. */
static size_t values_of(struct work *w, const struct request *r, const char *name, const char **list, size_t most)
{
        const char *value;
        size_t count = 0;

        for (int nth = 0; (value = request_query(r, name, nth)) != NULL; nth++)
                while (*value != '\0') {
                        size_t n;
                        bool is_there = false;

                        value += strspn(value, " ");
                        n = strcspn(value, ",");
                        for (size_t i = 0; i < count; i++)
                                is_there |= strlen(list[i]) == n && memcmp(list[i], value, n) == 0;
                        if (n > 0 && !is_there && count < most)
                                list[count++] = arena_copy(w->arena, value, n);
                        value += n + (value[n] == ',');
                }
        return count;
}

static bool dimensions_read(struct work *w, const struct request *r, const char *name, enum dimension *out, int *count)
{
        const char *list[DIMENSIONS + 1];
        size_t n = values_of(w, r, name, list, DIMENSIONS + 1);

        *count = 0;
        for (size_t i = 0; i < n && i < DIMENSIONS; i++) {
                int d = 0;

                if (strcmp(list[i], "none") == 0)
                        continue;
                while (d < DIMENSIONS && strcmp(dimension_names[d], list[i]) != 0)
                        d++;
                if (d == DIMENSIONS)
                        return error_set(&w->err, ERR_INVALID, "%s: \"%s\" is not one of indicator, unit, period, item, partner", name, list[i]);
                out[(*count)++] = (enum dimension)d;
        }
        return true;
}

static bool layout_read(struct work *w, const struct request *r, struct ask *a)
{
        int kept = 0;

        if (!dimensions_read(w, r, "rows", a->rows, &a->row_count) || !dimensions_read(w, r, "columns", a->columns, &a->column_count))
                return false;
        if (*given(r, "rows") == '\0') {
                a->row_count = 1;
                a->rows[0] = a->column_count == 1 && a->columns[0] == BY_UNIT ? BY_PERIOD : BY_UNIT;
        }
        if (*given(r, "columns") == '\0') {
                a->column_count = 1;
                a->columns[0] = BY_PERIOD;
        }
        for (int i = 0; i < a->column_count; i++) { /* what stands in the rows cannot stand in the columns */
                bool is_in_rows = false;

                for (int k = 0; k < a->row_count; k++)
                        is_in_rows |= a->rows[k] == a->columns[i];
                if (!is_in_rows)
                        a->columns[kept++] = a->columns[i];
        }
        a->column_count = kept;
        return true;
}

static bool options_read(struct work *w, const struct request *r, struct ask *a)
{
        const char *totals[4], *chart = given(r, "chart"), *level = given(r, "level");
        size_t count = values_of(w, r, "totals", totals, 4);

        for (size_t i = 0; i < count; i++) {
                a->sums_rows |= strcmp(totals[i], "rows") == 0;
                a->sums_columns |= strcmp(totals[i], "columns") == 0;
                if (strcmp(totals[i], "rows") != 0 && strcmp(totals[i], "columns") != 0)
                        return error_set(&w->err, ERR_INVALID, "totals: \"%s\" is neither rows nor columns", totals[i]);
        }
        a->level = -1;
        if (*level != '\0') {
                if (level[0] < '0' || level[0] > '9' || level[1] != '\0')
                        return error_set(&w->err, ERR_INVALID, "level: \"%s\" is not a number from 0 to 9", level);
                a->level = level[0] - '0';
        }
        a->sort = given(r, "sort");
        a->at = given(r, "at");
        for (int k = 0; k < CHART_KINDS; k++)
                if (strcmp(chart, chart_names[k]) == 0) {
                        a->chart = (enum chart_kind)k;
                        return true;
                }
        return error_set(&w->err, ERR_INVALID, "chart: \"%s\" is not one of line, bars, steps, tiles, map", chart);
}

/* ---- the canonical form ------------------------------------------------------------------------------------- */

static const char *joined_names(struct work *w, const enum dimension *list, int count)
{
        const char *all = "";

        for (int i = 0; i < count; i++)
                all = arena_print(w->arena, "%s%s%s", all, *all == '\0' ? "" : ",", dimension_names[list[i]]);
        return count == 0 ? "none" : all;
}

/* The value of a part as it stands in a canonical address; "" where it is left out. */
static const char *part_of(struct work *w, const struct request *r, const struct ask *a, const char *name)
{
        const char *list[NAMED_MOST], *all = "";
        size_t count;

        if (strcmp(name, "rows") == 0)
                return a->row_count == 1 && a->rows[0] == BY_UNIT ? "" : joined_names(w, a->rows, a->row_count);
        if (strcmp(name, "columns") == 0)
                return a->column_count == 1 && a->columns[0] == BY_PERIOD ? "" : joined_names(w, a->columns, a->column_count);
        if (strcmp(name, "totals") == 0)
                return a->sums_rows ? a->sums_columns ? "rows,columns" : "rows" : a->sums_columns ? "columns" : "";
        if (strcmp(name, "children") == 0)
                return a->only_below ? "only" : a->query.with_children ? "1" : "";
        if (strcmp(name, "boundary") == 0 && a->query.boundary == BOUNDARY_THEN)
                return "";
        count = values_of(w, r, name, list, NAMED_MOST);
        for (size_t i = 0; i < count; i++)
                all = arena_print(w->arena, "%s%s%s", all, *all == '\0' ? "" : ",", list[i]);
        return all;
}

/* A value in an address: commas stay readable. */
static void put_value(struct buf *b, struct work *w, const char *value)
{
        while (*value != '\0') {
                size_t n = strcspn(value, ",:");

                html_url_part(b, arena_copy(w->arena, value, n));
                value += n;
                if (*value != '\0')
                        buf_char(b, *value++);
        }
}

static const char *kept(struct work *w, struct buf *b)
{
        const char *text = arena_text(w->arena, b->data == NULL ? "" : b->data);

        buf_clear(b);
        return text;
}

static const char *canonical(struct work *w, const struct request *r, const struct ask *a)
{
        struct buf b;

        buf_init_with(&b, 0, w->arena);
        for (size_t i = 0; i < PART_COUNT; i++) {
                const char *value = part_of(w, r, a, parts[i]);

                if (*value == '\0')
                        continue;
                if (b.length > 0)
                        buf_char(&b, '&');
                buf_text(&b, parts[i]);
                buf_char(&b, '=');
                put_value(&b, w, value);
        }
        return kept(w, &b);
}

const char *ask_address(struct work *w, const struct ask *a, const char *suffix, const char *name, const char *value)
{
        const char *at = a->query_text;
        bool has_query = false;
        struct buf b;

        buf_init_with(&b, 0, w->arena);
        buf_print(&b, "/tables%s", suffix);
        for (size_t i = 0; i < PART_COUNT; i++) {
                size_t length = strlen(parts[i]), n = strcspn(at, "&");
                bool is_here = strncmp(at, parts[i], length) == 0 && at[length] == '=';
                bool is_changed = name != NULL && strcmp(parts[i], name) == 0;

                if (is_changed ? value != NULL : is_here) {
                        buf_char(&b, has_query ? '&' : '?');
                        has_query = true;
                        if (is_changed) {
                                buf_print(&b, "%s=", name);
                                put_value(&b, w, value);
                        } else {
                                buf_put(&b, at, n);
                        }
                }
                if (is_here)
                        at += n + (at[n] == '&');
        }
        return kept(w, &b);
}

bool ask_read(struct work *w, const struct request *r, struct ask *a)
{
        *a = (struct ask){ 0 };
        if (!filter_read(w, from_request, r, &a->query) || !layout_read(w, r, a) || !options_read(w, r, a))
                return false;
        if (request_suffix(r) != SUFFIX_HTML && !filter_fits(w, &a->query))
                return false;
        a->only_below = strcmp(given(r, "children"), "only") == 0;
        figures_limit_to_reader(w, &a->query);
        a->query_text = canonical(w, r, a);
        a->is_blank = a->query.indicator_count == 0;
        return true;
}
