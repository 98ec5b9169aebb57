#include <string.h>

#include "areas/tables/tables.h"
#include "sync/freshness.h"

#define TOTAL_CODE "_T" /* as in SDMX */

const char *refusal_short(struct work *w, enum refusal refusal)
{
        static const char *const said[REFUSALS] = {
                [REFUSE_NOTHING] = "",
                [REFUSE_INDICATORS] = N_("several indicators"),
                [REFUSE_CHANGES] = N_("changes, not amounts"),
                [REFUSE_INDEX] = N_("index or rate"),
                [REFUSE_LEVELS] = N_("levels, not flows"),
                [REFUSE_CUMULATED] = N_("cumulated already"),
                [REFUSE_OVERLAP] = N_("periods overlap"),
                [REFUSE_NESTED] = N_("whole and parts"),
                [REFUSE_MEASURES] = N_("several units"),
                [REFUSE_EXCEEDS] = N_("parts overlap"),
                [REFUSE_NONE_THERE] = N_("no figure"),
                [REFUSE_TOO_LARGE] = N_("beyond 64 bits"),
        };

        return refusal == REFUSE_NOTHING ? "" : work_text(w, said[refusal]);
}

const char *refusal_long(struct work *w, enum refusal refusal)
{
        static const char *const said[REFUSALS] = {
                [REFUSE_NOTHING] = "",
                [REFUSE_INDICATORS] = N_("no total: different indicators are not added up"),
                [REFUSE_CHANGES] = N_("no total: changes, shares and contributions are not added up here"),
                [REFUSE_INDEX] = N_("no total: an index or rate is not added up; it would need its weights"),
                [REFUSE_LEVELS] = N_("no total: levels at a point in time are not added up over time"),
                [REFUSE_CUMULATED] = N_("no total: figures cumulated from January would count months twice"),
                [REFUSE_OVERLAP] = N_("no total: months, quarters and years overlap"),
                [REFUSE_NESTED] = N_("no total: a whole and its parts stand together and would count twice"),
                [REFUSE_MEASURES] = N_("no total: the figures are in different units of measure"),
                [REFUSE_EXCEEDS] = N_("no total: the parts are together more than their whole, so they overlap"),
                [REFUSE_NONE_THERE] = N_("no total: there is no figure to add"),
                [REFUSE_TOO_LARGE] = N_("no total: the sum is beyond 64 bits"),
        };

        return refusal == REFUSE_NOTHING ? "" : work_text(w, said[refusal]);
}

#define ABSENT_NAMED 5

/* Of the sums of units below that stand in the table. */
static size_t sums_said(struct work *w, const struct grid *g, const char **out)
{
        const struct figure_row *r = &g->least;
        const struct freshness *f;

        if (r->indicator == NULL)
                return 0;
        if (r->total_of >= r->total_expected) {
                out[0] = work_text(w, "sums of the units below: all units have reported");
                return 1;
        }
        out[0] = arena_print(w->arena, work_text(w, "sums of the units below: of the least complete %d of %d units have reported"), r->total_of, r->total_expected);
        f = freshness_read(w, r->indicator, r->unit, r->period, r->item, r->partner, g->ask->query.known);
        if (f == NULL || f->absent_count == 0)
                return 1;
        out[1] = arena_print(w->arena, work_text(w, "not heard from: %s"), freshness_absent_said(w, f, ABSENT_NAMED));
        return 2;
}

/* Of the totals of the table over units. */
static size_t totals_said(struct work *w, const struct grid *g, const char **out)
{
        const struct lacking *least = &g->lacking;
        const struct freshness *f;
        char name[64];

        if (least->expected == 0)
                return 0;
        if (least->of == least->expected) {
                out[0] = work_text(w, "totals over units: all units asked for are in them");
                return 1;
        }
        period_write_short(name, sizeof name, least->period, w->language);
        out[0] = arena_print(w->arena, work_text(w, "totals over units: of the least complete (%s) %d of %d units asked for are in it"), name, least->of, least->expected);
        f = freshness_of_absent(w, &g->ask->query, least->period, least->absent, (size_t)(least->expected - least->of), ABSENT_NAMED);
        if (f == NULL)
                return 1;
        out[1] = arena_print(w->arena, work_text(w, "not in it, or only in part: %s"), freshness_absent_said(w, f, ABSENT_NAMED));
        return 2;
}

size_t grid_completeness(struct work *w, const struct grid *g, const char *out[COMPLETENESS_MOST])
{
        size_t n = sums_said(w, g, out);

        return n + totals_said(w, g, out + n);
}

/* What stands below the table in a file. */
static const char **notes_of(struct work *w, const struct grid *g)
{
        const char **said = figures_notes(w, &g->ask->query, false), **all;
        size_t count = 0;

        while (said[count] != NULL)
                count++;
        all = arena_array(w->arena, count + COMPLETENESS_MOST + 1, sizeof *all);
        if (count > 0)
                memcpy(all, said, count * sizeof *all);
        grid_completeness(w, g, all + count);
        return all;
}

/* ---- marks of files: stable words ---------------------------------------------------------------------------- */

static const char *with(struct work *w, const char *all, const char *more)
{
        return *all == '\0' ? more : arena_print(w->arena, "%s; %s", all, more);
}

static const char *fact_mark(struct work *w, const struct fact *f)
{
        const char *all = "";

        if (f == NULL)
                return "";
        if (f->mark != MARK_NONE)
                all = with(w, all, figure_mark_name(f->mark));
        if (f->status != 0 && f->status != STATUS_PUBLISHED)
                all = with(w, all, figure_status_name(f->status));
        if (f->is_contested)
                all = with(w, all, "contested");
        if (f->total_of < f->total_expected)
                all = with(w, all, arena_print(w->arena, "%d of %d", f->total_of, f->total_expected));
        return (!f->has_value || f->is_of_before) && f->note != NULL ? with(w, all, f->note) : all;
}

static const char *sum_mark(struct work *w, const struct sum *s)
{
        const char *all = "";

        if (s->refusal != REFUSE_NOTHING)
                return refusal_long(w, s->refusal);
        if (s->has_estimate)
                all = with(w, all, figure_mark_name(MARK_ESTIMATE));
        if (s->of < s->expected)
                all = with(w, all, arena_print(w->arena, "%d of %d", s->of, s->expected));
        if (s->has_incomplete)
                all = with(w, all, "incomplete");
        return s->of_before > 0 ? with(w, all, sum_objection(w, s)) : all;
}

/* ---- columns --------------------------------------------------------------------------------------------------- */

struct layout_of_file {
        struct column *columns;
        int count;
        bool has_measures;   /* a column of units of measure */
        bool *has_marks;     /* by column of the grid, its total last */
};

static void name_columns(const struct grid *g, struct layout_of_file *f)
{
        static const struct { const char *code, *title, *name, *name_title; } said[DIMENSIONS] = {
                [BY_INDICATOR] = { "indicator", N_("Indicator"), "indicator_name", N_("Name of the indicator") },
                [BY_UNIT] = { "unit", N_("Unit"), "unit_name", N_("Name of the unit") },
                [BY_PERIOD] = { "period", N_("Period"), NULL, NULL },
                [BY_ITEM] = { "item", N_("Item"), "item_name", N_("Name of the item") },
                [BY_PARTNER] = { "partner", N_("Partner"), NULL, NULL },
        };

        for (int i = 0; i < g->row_dimensions; i++) {
                enum dimension d = g->rows[i];

                f->columns[f->count++] = (struct column){ said[d].code, said[d].title, NULL, CELL_TEXT };
                if (said[d].name != NULL)
                        f->columns[f->count++] = (struct column){ said[d].name, said[d].name_title, NULL, CELL_TEXT };
        }
}

static void value_column(struct work *w, const struct grid *g, struct layout_of_file *f, size_t number, const char *code, const char *name,
                         const char *measure)
{
        const char *unit = g->measure_is_by_column && measure != NULL && *measure != '\0' ? measure : NULL;

        f->columns[f->count++] = (struct column){ code, name, unit, CELL_NUMBER };
        if (f->has_marks[number])
                f->columns[f->count++] = (struct column){ arena_print(w->arena, "%s_mark", code),
                                                          arena_print(w->arena, work_text(w, "Marks of %s"), work_text(w, name)), NULL, CELL_TEXT };
}

static struct layout_of_file layout_make(struct work *w, const struct grid *g)
{
        struct layout_of_file f = { .has_measures = !g->measure_is_by_column };

        f.columns = arena_array(w->arena, DIMENSIONS * 2 + 1 + (g->column_count + 1) * 2, sizeof *f.columns);
        f.has_marks = arena_array(w->arena, g->column_count + 1, sizeof *f.has_marks);
        for (size_t c = 0; c < g->column_count; c++) {
                for (size_t r = 0; r < g->row_count && !f.has_marks[c]; r++)
                        f.has_marks[c] = *fact_mark(w, grid_at(g, r, c)) != '\0';
                f.has_marks[c] |= g->column_sums != NULL && *sum_mark(w, &g->column_sums[c]) != '\0';
        }
        for (size_t r = 0; g->row_sums != NULL && r < g->row_count; r++)
                f.has_marks[g->column_count] |= *sum_mark(w, &g->row_sums[r]) != '\0';
        f.has_marks[g->column_count] |= g->whole != NULL && *sum_mark(w, g->whole) != '\0';
        name_columns(g, &f);
        if (f.has_measures)
                f.columns[f.count++] = (struct column){ "unit_of_measure", N_("Unit of measure"), NULL, CELL_TEXT };
        for (size_t c = 0; c < g->column_count; c++)
                value_column(w, g, &f, c, g->column_heads[c].code, g->column_heads[c].name, g->column_heads[c].measure);
        if (g->row_sums != NULL)
                value_column(w, g, &f, g->column_count, "total", N_("Total"), NULL);
        return f;
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

static int value_cells(struct cell *cells, int n, bool has_value, int64_t value, int decimals, bool has_marks, const char *mark)
{
        cells[n++] = has_value ? cell_number(value, decimals, -1) : cell_empty();
        if (has_marks)
                cells[n++] = *mark == '\0' ? cell_empty() : cell_text(mark);
        return n;
}

static int sum_cells(struct work *w, struct cell *cells, int n, const struct sum *s, bool has_marks)
{
        return value_cells(cells, n, s->has_value, s->value, s->decimals, has_marks, sum_mark(w, s));
}

static void row_write(struct work *w, struct table *t, const struct grid *g, const struct layout_of_file *f, struct cell *cells, size_t r)
{
        const struct head *h = &g->row_heads[r];
        int n = 0;

        for (int i = 0; i < g->row_dimensions; i++) {
                cells[n++] = cell_text(h->members[i]->code);
                if (g->rows[i] != BY_PERIOD && g->rows[i] != BY_PARTNER)
                        cells[n++] = cell_text(h->members[i]->name);
        }
        if (f->has_measures)
                cells[n++] = h->measure == NULL || *h->measure == '\0' ? cell_empty() : cell_text(h->measure);
        for (size_t c = 0; c < g->column_count; c++) {
                const struct fact *v = grid_at(g, r, c);

                n = value_cells(cells, n, v != NULL && v->has_value, v == NULL ? 0 : v->value, v == NULL ? 0 : v->decimals, f->has_marks[c],
                                fact_mark(w, v));
        }
        if (g->row_sums != NULL)
                sum_cells(w, cells, n, &g->row_sums[r], f->has_marks[g->column_count]);
        table_row(t, cells);
}

static void sums_write(struct work *w, struct table *t, const struct grid *g, const struct layout_of_file *f, struct cell *cells)
{
        const char *measure = g->measure;
        int n = 0;

        for (int i = 0; i < g->row_dimensions; i++) {
                cells[n++] = cell_text(TOTAL_CODE);
                if (g->rows[i] != BY_PERIOD && g->rows[i] != BY_PARTNER)
                        cells[n++] = cell_text(work_text(w, "Total"));
        }
        if (f->has_measures)
                cells[n++] = measure == NULL || *measure == '\0' ? cell_empty() : cell_text(measure);
        for (size_t c = 0; c < g->column_count; c++)
                n = sum_cells(w, cells, n, &g->column_sums[c], f->has_marks[c]);
        if (g->row_sums != NULL)
                sum_cells(w, cells, n, g->whole, f->has_marks[g->column_count]);
        table_row(t, cells);
}

static const struct about *about_of(struct work *w, const struct request *r, const struct grid *g)
{
        const struct about_rows rows = { g->indicator_count == 0 ? NULL : (const struct indicator **)(uintptr_t)g->indicators, g->indicator_count, g->newest };

        return about_figures(w, grid_title(w, g), &g->ask->query, &rows, request_target(r));
}

bool grid_file(struct work *w, const struct request *r, const struct grid *g, struct reply *reply)
{
        struct layout_of_file f = layout_make(w, g);
        struct cell *cells = arena_array(w->arena, (size_t)f.count + 1, sizeof *cells);
        struct table *t = table_begin(w, request_suffix(r), &reply->body, grid_title(w, g), notes_of(w, g), f.columns, f.count);

        if (t == NULL)
                return false;
        table_describe(t, about_of(w, r, g));
        for (size_t i = 0; i < g->row_count; i++)
                row_write(w, t, g, &f, cells, i);
        if (g->column_sums != NULL)
                sums_write(w, t, g, &f, cells);
        table_file(w, r, reply, "table");
        reply_header(reply, "X-Row-Count", arena_print(w->arena, "%lld", (long long)table_count(t)));
        return table_end(t, NULL);
}
