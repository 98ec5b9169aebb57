#include <stdlib.h>
#include <string.h>

#include "areas/tables/pages.h"
#include "areas/tables/tables.h"

#define TICKS_MOST 8
#define STEPS_MOST 40

const char *chart_said(struct work *w, enum chart_kind kind)
{
        static const char *const said[CHART_KINDS] = { N_("Table"), N_("Lines"), N_("Bars"), N_("Contributions"), N_("Tiles"), N_("True map") };

        return work_text(w, said[kind]);
}

/* ---- what can be drawn ------------------------------------------------------------------------------------------ */

static bool rows_are(const struct grid *g, enum dimension d)
{
        return g->row_dimensions == 1 && g->rows[0] == d;
}

static bool columns_are(const struct grid *g, enum dimension d)
{
        return g->ask->column_count == 1 && g->ask->columns[0] == d;
}

static bool rows_are_provinces(const struct grid *g)
{
        if (!rows_are(g, BY_UNIT))
                return false;
        for (size_t r = 0; r < g->row_count; r++)
                if (g->row_heads[r].members[0]->unit->level == LEVEL_PROVINCE)
                        return true;
        return false;
}

/* One column, rows in time: lines too, with the places changed. */
static bool is_upright(const struct grid *g)
{
        return rows_are(g, BY_PERIOD) && g->row_count > 1 && !columns_are(g, BY_PERIOD);
}

/* Whether each period is the next one after that before it: else a line would go from a month to a year, pass over what is missing as if it were none, or back
 * in time, as in rows that are sorted by their figures. */
static bool follow_each_other(const struct head *heads, size_t count)
{
        for (size_t i = 1; i < count; i++) {
                period before = heads[i - 1].members[0]->period, p = heads[i].members[0]->period;

                if (period_frequency(p) != period_frequency(before) || p != period_plus(before, 1))
                        return false;
        }
        return true;
}

bool grid_allows(const struct grid *g, enum chart_kind kind)
{
        switch (kind) {
        case CHART_LINE:
                return g->measure != NULL && (is_upright(g) ? follow_each_other(g->row_heads, g->row_count)
                                                    : columns_are(g, BY_PERIOD) && g->column_count > 1 && follow_each_other(g->column_heads, g->column_count));
        case CHART_BARS:
                return g->measure != NULL || g->measure_is_by_column;
        case CHART_STEPS:
                return g->ask->query.compare == COMPARE_CONTRIBUTION && g->row_count > 1;
        case CHART_TILES:
        case CHART_MAP:
                return rows_are_provinces(g);
        case CHART_NONE:
        case CHART_KINDS:
                break;
        }
        return kind == CHART_NONE;
}

/* The column asked for; else the last that has a figure. */
size_t grid_chart_column(const struct grid *g)
{
        for (size_t c = 0; c < g->column_count; c++)
                if (*g->ask->at != '\0' && strcmp(g->column_heads[c].code, g->ask->at) == 0)
                        return c;
        for (size_t c = g->column_count; c-- > 0;)
                for (size_t r = 0; r < g->row_count; r++) {
                        const struct fact *f = grid_at(g, r, c);

                        if (f != NULL && f->has_value)
                                return c;
                }
        return 0;
}

/* ---- drawing -------------------------------------------------------------------------------------------------------- */

static bool is_change(const struct grid *g)
{
        enum compare c = g->ask->query.compare;

        return c != COMPARE_NONE && c != COMPARE_YTD && c != COMPARE_SHARE;
}

static const char *sources_of(struct work *w, const struct grid *g)
{
        const char *all = NULL;

        for (size_t i = 0; i < g->indicator_count; i++) {
                const char *source = w->language == LANGUAGE_VI ? g->indicators[i]->source_vi : g->indicators[i]->source_en;

                if (*source != '\0' && (all == NULL || strstr(all, source) == NULL))
                        all = all == NULL ? source : arena_print(w->arena, "%s; %s", all, source);
        }
        return all;
}

static const char *joined(struct work *w, const char *a, const char *b)
{
        return *a == '\0' ? b : *b == '\0' ? a : arena_print(w->arena, "%s · %s", a, b);
}

/* What tells a row or column from the others: what all have in common stands in the head of the card. */
static const char *label_of(struct work *w, const struct grid *g, const enum dimension *dimensions, int count, const struct head *h)
{
        const char *all = "";

        for (int k = 0; k < count; k++)
                if (g->member_count[dimensions[k]] > 1)
                        all = joined(w, all, h->members[k]->name);
        return *all == '\0' ? h->name : all;
}

/* That; "" where nothing else tells the rows apart. */
static const char *common_of(struct work *w, const struct grid *g)
{
        const char *all = "";
        bool is_told = false;

        for (int k = 0; k < g->row_dimensions; k++) {
                const struct member *m = g->members[g->rows[k]];

                is_told |= g->member_count[g->rows[k]] > 1;
                if (g->member_count[g->rows[k]] == 1 && !m->is_whole)
                        all = joined(w, all, m->name);
        }
        return is_told ? joined(w, grid_common(w, g), all) : grid_common(w, g);
}

/* What the axis says is the unit of measure; the rest stands in the head. Values of several indicators are brought to the finest scale of what is drawn: a column,
 * or with NULL all. */
static struct chart chart_of(struct work *w, const struct grid *g, const struct head *column)
{
        const struct figure_query *q = &g->ask->query;
        const char *measure = column != NULL && g->measure == NULL ? column->measure : g->measure;
        struct chart c = { .title = grid_title(w, g), .source = sources_of(w, g), .is_signed = is_change(g), .unit = measure == NULL ? "" : measure };

        for (size_t i = 0; i < g->row_count * g->column_count; i++) {
                const struct fact *f = column == NULL || column == &g->column_heads[i % g->column_count] ? grid_at(g, i / g->column_count, i % g->column_count) : NULL;

                if (f == NULL)
                        continue;
                c.decimals = f->decimals > c.decimals ? f->decimals : c.decimals;
                c.shown = f->shown > c.shown ? f->shown : c.shown;
        }
        c.as_of = arena_print(w->arena, work_text(w, "figures known on %s"), moment_for_people(w, q->known == 0 ? w->now : q->known));
        return c;
}

/* The head of the card: column: the one that is drawn, NULL where all are. */
static void frame_begin(struct work *w, struct buf *o, const struct grid *g, const struct chart *c, const struct head *column)
{
        struct chart head = *c;

        if (g->ask->query.compare != COMPARE_NONE) {
                const char *compare = compare_shown(w, g->ask->query.compare);

                head.unit = *c->unit != '\0' && strstr(compare, c->unit) != NULL ? compare : joined(w, c->unit, compare);
        }
        head.unit = joined(w, common_of(w, g), head.unit);
        if (column != NULL && g->ask->column_count > 0)
                head.unit = joined(w, column->name, head.unit);
        chart_begin(w, o, &head, "chart");
}

static int64_t at_scale(const struct chart *c, const struct fact *f)
{
        int64_t value = f->printed;

        decimal_narrow((int128)f->printed * decimal_power[c->decimals - f->decimals], &value);
        return value;
}

/* What says "as before" of indices as they are; 0 of anything else. */
static int64_t equal_of(const struct grid *g, const struct chart *c)
{
        for (size_t i = 0; i < g->indicator_count; i++)
                if (!g->indicators[i]->is_index)
                        return 0;
        return g->ask->query.compare == COMPARE_NONE ? 100 * decimal_power[c->decimals] : 0;
}

static void draw_lines(struct work *w, struct buf *o, const struct grid *g)
{
        bool is_turned = is_upright(g);
        size_t lines = is_turned ? g->column_count : g->row_count, count = is_turned ? g->row_count : g->column_count;
        const struct head *times = is_turned ? g->row_heads : g->column_heads, *names = is_turned ? g->column_heads : g->row_heads;
        size_t drawn = lines > CHART_SERIES_MAX ? CHART_SERIES_MAX : lines, step = (count + TICKS_MOST - 1) / TICKS_MOST;
        struct chart_series series[CHART_SERIES_MAX];
        struct chart c = chart_of(w, g, NULL);

        c.equal = equal_of(g, &c);
        for (size_t k = 0; k < drawn; k++) {
                struct chart_point *p = arena_array(w->arena, count, sizeof *p);

                for (size_t i = 0; i < count; i++) {
                        const struct fact *f = is_turned ? grid_at(g, i, k) : grid_at(g, k, i);

                        p[i] = (struct chart_point){ .label = times[i].name, .tick = i % step == 0 ? times[i].name : NULL,
                                                     .tick_is_wide = i % (step * 2) != 0 };
                        if (f != NULL && f->has_value) {
                                p[i].has_value = true;
                                p[i].value = at_scale(&c, f);
                                p[i].is_estimate = f->mark == MARK_ESTIMATE;
                        }
                }
                series[k] = (struct chart_series){ is_turned ? label_of(w, g, g->ask->columns, g->ask->column_count, &names[k])
                                                             : label_of(w, g, g->rows, g->row_dimensions, &names[k]), p };
        }
        if (lines == 1)
                c.title = joined(w, c.title, g->row_dimensions == 1 && rows_are(g, BY_INDICATOR) ? "" : names[0].name);
        frame_begin(w, o, g, &c, NULL);
        chart_lines(w, o, &c, series, drawn, count);
        if (drawn < lines)
                tables_remark(w, o, arena_print(w->arena, work_text(w, "The first %d of %d rows are drawn: sort the table to choose others."), (int)drawn, (int)lines));
        chart_end(w, o, &c);
}

/* Whether what is printed of the bars makes up what is printed of the last one, their total. */
static bool printed_adds_up(const struct chart *c, const struct chart_bar *bars, size_t n)
{
        int64_t left = 0;

        for (size_t i = 0; i < n; i++) {
                int64_t printed;

                if (!decimal_rescale(bars[i].value, c->decimals, c->shown, &printed))
                        return true; /* too large to be rounded: printed as it is */
                left += i + 1 < n ? printed : -printed;
        }
        return left == 0;
}

static void draw_rows(struct work *w, struct buf *o, const struct grid *g, bool is_running)
{
        size_t column = grid_chart_column(g), most = is_running ? STEPS_MOST : CHART_ROWS_MAX, n = 0, there = 0;
        struct chart c = chart_of(w, g, &g->column_heads[column]);
        struct chart_bar *bars = arena_array(w->arena, g->row_count + 1, sizeof *bars);
        int64_t sum = 0;
        bool is_estimate = false;

        for (size_t r = 0; r < g->row_count; r++) {
                const struct fact *f = grid_at(g, r, column);

                if (f == NULL || !f->has_value)
                        continue;
                there++;
                if (n == most)
                        continue;
                bars[n] = (struct chart_bar){ .label = label_of(w, g, g->rows, g->row_dimensions, &g->row_heads[r]), .value = at_scale(&c, f), .is_estimate = f->mark == MARK_ESTIMATE };
                is_estimate |= bars[n++].is_estimate;
                sum += f->value;
        }
        if (is_running)
                bars[n++] = (struct chart_bar){ .label = work_text(w, "Together"), .value = sum, .is_total = true, .is_estimate = is_estimate };
        c.equal = equal_of(g, &c);
        frame_begin(w, o, g, &c, &g->column_heads[column]);
        if (is_running)
                chart_steps(w, o, &c, bars, n);
        else
                chart_rows(w, o, &c, bars, n);
        if (is_running && !printed_adds_up(&c, bars, n))
                tables_remark(w, o, work_text(w, "Each number is printed rounded by itself: added up as printed they differ from the total in the last digit."));
        if (there < g->row_count)
                tables_remark(w, o, arena_print(w->arena, work_text(w, "%d of %d rows have no figure and are not drawn."), (int)(g->row_count - there), (int)g->row_count));
        if (there > most)
                tables_remark(w, o, arena_print(w->arena, work_text(w, "The first %d of %d rows are drawn: sort the table to choose others."), (int)most, (int)there));
        chart_end(w, o, &c);
}

/* ---- maps --------------------------------------------------------------------------------------------------------------- */

static int value_order(const void *a, const void *b)
{
        int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

        return x < y ? -1 : x > y;
}

/* An index with base 100 is coloured by its distance from 100, a change by itself, the rest by rank. */
static bool diverges(const struct grid *g)
{
        const struct indicator *i = g->indicator_count == 1 ? g->indicators[0] : NULL;

        return is_change(g) || (i != NULL && i->is_index && *i->comparison != '\0' && g->ask->query.compare == COMPARE_NONE);
}

/* Points of contributions, and of changes of a rate, may be hundredths or tens: only growth in percent has the same classes on every map. */
static bool has_fixed_bounds(const struct grid *g)
{
        const struct indicator *i = g->indicator_count == 1 ? g->indicators[0] : NULL;

        return diverges(g) && g->ask->query.compare != COMPARE_CONTRIBUTION && i != NULL && (!is_change(g) || !figure_changes_in_points(i));
}

/* What a place is coloured by, as it is printed, at the chart's scale. */
static int64_t coloured(const struct grid *g, const struct chart *c, const struct fact *f)
{
        int64_t value = at_scale(c, f), printed;

        if (diverges(g) && !is_change(g))
                value -= 100 * decimal_power[c->decimals];
        return decimal_rescale(value, c->decimals, c->shown, &printed) && decimal_rescale(printed, c->shown, c->decimals, &value) ? value : at_scale(c, f);
}

static const char *const level_names[] = { "q1", "q2", "q3", "q4", "q5" }, *const step_names[] = { "n3", "n2", "n1", "z0", "p1", "p2", "p3" };
#define LEVELS (sizeof level_names / sizeof *level_names)
#define STEPS (sizeof step_names / sizeof *step_names)

/* Classes by rank: of levels with about equally many provinces in each; of what diverges, by the distance from zero, in steps alike to both sides: of bounds below
 * zero the class below has the bound itself, of others that above. Equal values are of one class, so some may be empty: has[i] tells which are not. */
struct classes {
        const char *const *names;
        size_t count;
        int64_t bounds[STEPS - 1], most;
        bool has[STEPS], is_signed;
};

static size_t class_at(const struct classes *l, int64_t value)
{
        size_t k = 0;

        while (k + 1 < l->count && (l->is_signed && l->bounds[k] < 0 ? value > l->bounds[k] : value >= l->bounds[k]))
                k++;
        return k;
}

/* From distances in order; zero alone is in the middle where there are many zeros. */
static void steps_choose(struct classes *l, const int64_t *distances, size_t n)
{
        size_t zeros = 0;

        while (zeros < n && distances[zeros] == 0)
                zeros++;
        for (size_t k = 1; k <= STEPS / 2; k++) {
                size_t rank = n * k / (STEPS / 2 + 1);
                int64_t bound = zeros == n ? 1 : distances[rank < zeros ? zeros : rank];

                l->bounds[STEPS / 2 - 1 + k] = bound;
                l->bounds[STEPS / 2 - k] = -bound;
        }
}

static struct classes classes_of(struct work *w, const struct grid *g, const struct chart *c, size_t column)
{
        int64_t *values = arena_array(w->arena, g->row_count + 1, sizeof *values), *distances = arena_array(w->arena, g->row_count + 1, sizeof *values);
        struct classes l = { .names = diverges(g) ? step_names : level_names, .count = diverges(g) ? STEPS : LEVELS, .is_signed = diverges(g) };
        size_t n = 0;

        for (size_t r = 0; r < g->row_count; r++) {
                const struct fact *f = grid_at(g, r, column);

                if (f != NULL && f->has_value && g->row_heads[r].members[0]->unit->level == LEVEL_PROVINCE)
                        values[n++] = coloured(g, c, f);
        }
        for (size_t i = 0; i < n; i++)
                distances[i] = values[i] < 0 ? -values[i] : values[i];
        qsort(values, n, sizeof *values, value_order);
        qsort(distances, n, sizeof *distances, value_order);
        if (l.is_signed)
                steps_choose(&l, distances, n);
        for (size_t i = 0; !l.is_signed && i + 1 < LEVELS && n > 0; i++)
                l.bounds[i] = values[n * (i + 1) / LEVELS];
        for (size_t i = 0; i < n; i++)
                l.has[class_at(&l, values[i])] = true;
        l.most = n == 0 ? 0 : values[n - 1];
        return l;
}

static const char *class_of(const struct grid *g, const struct chart *c, const struct fact *f, const struct classes *l)
{
        if (f == NULL || !f->has_value)
                return "na";
        return has_fixed_bounds(g) ? map_class_of(coloured(g, c, f), c->decimals) : l->names[class_at(l, coloured(g, c, f))];
}

static void place_fill(struct work *w, const struct grid *g, const struct chart *c, size_t r, size_t column, const struct classes *l,
                       struct map_place *out)
{
        const struct fact *f = grid_at(g, r, column);
        const struct member *m = g->row_heads[r].members[0];
        char text[DECIMAL_TEXT_MAX + 1] = "+";

        *out = (struct map_place){ .unit = m->unit, .class_name = class_of(g, c, f, l), .text = "–", .href = "#table" };
        if (f != NULL && f->has_value) {
                struct figure_row row;

                decimal_write_shown(text + (is_change(g) && f->value > 0), f->printed, f->decimals, f->shown, w->language);
                out->text = arena_text(w->arena, text);
                fact_row(g, f, &row);
                out->href = explain_address(w, &row, &g->ask->query);
                out->said = arena_print(w->arena, "%s: %s %s", m->name, out->text, f->measure == NULL ? "" : f->measure);
        } else {
                out->said = arena_print(w->arena, "%s: %s", m->name, work_text(w, "no figure"));
        }
}

static const char *bound_text(struct work *w, const struct chart *c, const struct classes *l, int64_t bound)
{
        char text[DECIMAL_TEXT_MAX + 1] = "+";

        decimal_write_shown(text + (l->is_signed && bound > 0), bound, c->decimals, c->shown, w->language);
        return arena_text(w->arena, text);
}

/* Each class that some province is of, with the least value of the next, below zero its own greatest; the last one's end is told where it is the only one. */
static void legend_write(struct work *w, struct buf *o, const struct grid *g, const struct chart *c, const struct classes *l)
{
        struct map_class classes[STEPS];
        size_t n = 0, before = 0;

        if (has_fixed_bounds(g)) {
                map_legend_changes(w, o);
                return;
        }
        for (size_t i = 0; i < l->count; i++) {
                if (!l->has[i])
                        continue;
                if (n > 0)
                        classes[n - 1].bound = bound_text(w, c, l, l->bounds[l->is_signed && before < STEPS / 2 ? before : i - 1]);
                classes[n++] = (struct map_class){ l->names[i], NULL };
                before = i;
        }
        if (n == 1)
                classes[0].bound = bound_text(w, c, l, l->most);
        map_legend(w, o, classes, n);
        tables_remark(w, o, work_text(w, "Bounds of the colours follow the figures of this map."));
}

/* All provinces of the map that the figures are on, those without a figure too. */
static size_t places_make(struct work *w, const struct grid *g, const struct chart *c, size_t column, const struct classes *l, struct map_place **out,
                          const char **layout)
{
        struct layout layouts[LAYOUTS_MAX];
        size_t tile_count, layout_count, most = 0, best = 0, n = 0, all_count;
        const struct catalogue *catalogue = catalogue_of(w);
        const struct unit *all[256];

        tiles_read(w, catalogue, &tile_count, layouts, &layout_count);
        for (size_t k = 0; k < layout_count; k++) { /* the one that most of the figures fit */
                size_t fitting = 0;

                for (size_t r = 0; r < g->row_count; r++) {
                        const struct unit *u = g->row_heads[r].members[0]->unit;

                        fitting += grid_at(g, r, column) != NULL && u->level == LEVEL_PROVINCE && u->from <= layouts[k].map_day && u->to >= layouts[k].map_day;
                }
                if (fitting >= most) {
                        most = fitting;
                        best = k;
                }
        }
        if (layout_count == 0)
                return 0;
        *layout = layouts[best].name;
        all_count = unit_list(catalogue, LEVEL_PROVINCE, layouts[best].map_day, all, 256);
        *out = arena_array(w->arena, all_count + 1, sizeof **out);
        for (size_t i = 0; i < all_count && i < 256; i++) {
                size_t r = 0;

                while (r < g->row_count && g->row_heads[r].members[0]->unit != all[i])
                        r++;
                if (r < g->row_count)
                        place_fill(w, g, c, r, column, l, &(*out)[n]);
                else
                        (*out)[n] = (struct map_place){ .unit = all[i], .class_name = "na", .text = "–", .href = "#table",
                                                        .said = arena_print(w->arena, "%s: %s", w->language == LANGUAGE_VI ? all[i]->name_vi : all[i]->name_en,
                                                                            work_text(w, "no figure")) };
                n++;
        }
        return n;
}

static void draw_map(struct work *w, struct buf *o, const struct grid *g, bool is_true)
{
        size_t column = grid_chart_column(g), count, left_out = 0;
        struct chart c = chart_of(w, g, &g->column_heads[column]);
        struct classes classes = classes_of(w, g, &c, column);
        struct map_place *places = NULL;
        const char *layout = "";

        count = places_make(w, g, &c, column, &classes, &places, &layout);
        frame_begin(w, o, g, &c, &g->column_heads[column]);
        if (is_true)
                left_out = map_true(w, o, catalogue_of(w), &c, places, count);
        else
                map_tiles(w, o, catalogue_of(w), layout, places, count);
        legend_write(w, o, g, &c, &classes);
        if (diverges(g) && !is_change(g))
                tables_remark(w, o, work_text(w, "Coloured by the distance from 100."));
        if (left_out > 0)
                tables_remark(w, o, arena_print(w->arena, work_text(w, "%d places are not on this map; the table has them."), (int)left_out));
        if (is_true)
                tables_remark(w, o, work_text(w, "Boundaries: Open Development Mekong, CC BY-SA 4.0, simplified and joined; for showing figures, not for measuring."));
        chart_end(w, o, &c);
}

void grid_chart(struct work *w, struct buf *o, const struct grid *g)
{
        bool is_nested = g->ask->chart == CHART_STEPS && grid_is_nested(w, g), is_drawn = grid_allows(g, g->ask->chart) && !is_nested;

        switch (is_drawn ? g->ask->chart : CHART_NONE) {
        case CHART_LINE:
                draw_lines(w, o, g);
                break;
        case CHART_BARS:
        case CHART_STEPS:
                draw_rows(w, o, g, g->ask->chart == CHART_STEPS);
                break;
        case CHART_TILES:
        case CHART_MAP:
                draw_map(w, o, g, g->ask->chart == CHART_MAP);
                break;
        case CHART_NONE:
        case CHART_KINDS:
                tables_undrawn(w, o, is_nested && g->ask->level < 0 ? ask_address(w, g->ask, "", "level", "1") : NULL);
                break;
        }
}
