#include <stdlib.h>
#include <string.h>

#include "areas/tables/pages.h"
#include "areas/tables/view.h"
#include "base/map.h"
#include "base/utf8.h"

#define DEPTH_MOST 2 /* of items: what can be looked through */
#define COLUMN_LINKS_MOST 24
#define NOTES_MOST 40
#define NUMBERED_MOST 40 /* reasons told below the table by number: of each province one */

static const char *name_in(const struct work *w, const char *vi, const char *en)
{
        return w->language == LANGUAGE_VI || *en == '\0' ? vi : en;
}

static const char *period_plain(struct work *w, period p)
{
        char text[PERIOD_TEXT_MAX];

        if (p == PERIOD_NONE)
                return "";
        period_write(text, p);
        return arena_text(w->arena, text);
}

/* ---- the form -------------------------------------------------------------------------------------------------- */

/* The items of the indicators asked for, where they are of one classification. */
static struct choices items_of(struct work *w, const struct figure_query *q)
{
        const char *name = q->indicator_count == 0 ? "" : q->indicators[0]->item_classification;

        for (size_t i = 1; i < q->indicator_count; i++)
                if (strcmp(q->indicators[i]->item_classification, name) != 0)
                        return (struct choices){ 0 };
        if (*name == '\0')
                return (struct choices){ 0 };
        return choices_of_items(w, name, q->to != PERIOD_NONE ? period_last(q->to) : day_of_moment(w->now), DEPTH_MOST, NULL, q->items, q->item_count);
}

static void layout_fill(struct work *w, const struct ask *a, struct builder *v)
{
        static const struct filter_choice offered[] = { { "none", N_("nothing") }, { "unit", N_("Place") }, { "period", N_("Period") },
                                                        { "item", N_("Item") }, { "indicator", N_("Indicator") }, { "partner", N_("Partner") },
                                                        { NULL, NULL } };

        for (int i = 0; i < 2; i++) {
                v->rows[i] = choices_of_filter(w, offered, i < a->row_count ? dimension_names[a->rows[i]] : "none");
                v->columns[i] = choices_of_filter(w, offered, i < a->column_count ? dimension_names[a->columns[i]] : "none");
        }
}

static void filters_fill(struct work *w, const struct request *r, const struct ask *a, struct builder *v)
{
        static const struct filter_choice children[] = { { "", N_("without them") }, { "1", N_("with them") }, { "only", N_("only them") }, { NULL, NULL } };
        static const struct filter_choice levels[] = { { "", N_("every depth") }, { "0", N_("the whole only") }, { "1", N_("depth 1") }, { "2", N_("depth 2") },
                                                       { "3", N_("depth 3") }, { "4", N_("depth 4") }, { NULL, NULL } };
        const char *known = request_query(r, "known", 0), *boundary = request_query(r, "boundary", 0), *partner = request_query(r, "partner", 0);
        const char *level = a->level < 0 ? "" : arena_print(w->arena, "%d", a->level);

        v->children = choices_of_filter(w, children, a->only_below ? "only" : a->query.with_children ? "1" : "");
        v->levels = choices_of_filter(w, levels, level);
        v->compares = choices_of_filter(w, compare_choices, compare_name(a->query.compare));
        v->boundaries = choices_of_filter(w, boundary_choices, boundary == NULL ? "" : boundary);
        v->statuses = choices_of_filter(w, status_choices, a->query.status == 0 ? "" : figure_status_name(a->query.status));
        v->from = period_plain(w, a->query.from);
        v->to = period_plain(w, a->query.to);
        v->partner = partner == NULL ? "" : partner;
        v->known = known == NULL ? "" : known;
        v->chart = chart_names[a->chart];
        v->sums_rows = a->sums_rows;
        v->sums_columns = a->sums_columns;
        v->has_more = a->query.compare != COMPARE_NONE || a->query.boundary != BOUNDARY_THEN || a->query.status != 0 || *v->known != '\0' || *v->partner != '\0';
}

/* ---- tables to begin with ---------------------------------------------------------------------------------------- */

/* Each up to the newest period of its (first) indicator that the reader may see; one that has none is not offered. */
static const struct {
        const char *text, *indicators, *rest;
        bool of_provinces;
        enum frequency frequency;
        int periods;
} examples[] = {
        { N_("Exports by goods and month"), "export_value", "&level=1&rows=item&totals=columns", false, FREQUENCY_MONTH, 12 },
        { N_("Industrial production by industry and month"), "iip_yoy", "&rows=item", false, FREQUENCY_MONTH, 12 },
        { N_("Industrial production of the provinces, as a map"), "iip_yoy", "&item=TOTAL&chart=map", true, FREQUENCY_YEAR, 1 },
        { N_("Workers of industry in the provinces, as a map"), "labour_yoy", "&level=0&chart=map", true, FREQUENCY_MONTH, 1 },
        { N_("Gross domestic product by activity and quarter"), "gdp_current", "&rows=item", false, FREQUENCY_QUARTER, 8 },
        { N_("Exports and imports, as lines"), "export_value,import_value", "&level=0&rows=indicator&chart=line", false, FREQUENCY_MONTH, 24 },
};
#define EXAMPLES (sizeof examples / sizeof *examples)

static bool examples_fill(struct work *w, struct builder *v)
{
        v->examples = arena_array(w->arena, EXAMPLES, sizeof *v->examples);
        for (size_t i = 0; i < EXAMPLES; i++) {
                const char *first = arena_print(w->arena, "%.*s", (int)strcspn(examples[i].indicators, ","), examples[i].indicators);
                const struct indicator *indicator = indicator_find(catalogue_of(w), first);
                period to = indicator == NULL ? PERIOD_NONE : figures_newest(w, indicator, examples[i].of_provinces, NULL, examples[i].frequency);

                if (!work_ok(w))
                        return false;
                if (to != PERIOD_NONE)
                        v->examples[v->example_count++] = (struct link){
                                work_text(w, examples[i].text),
                                arena_print(w->arena, "/tables?indicator=%s&unit=VN%s%s&from=%s&to=%s", examples[i].indicators,
                                            examples[i].of_provinces ? "&children=only" : "", examples[i].rest,
                                            period_plain(w, period_plus(to, 1 - examples[i].periods)), period_plain(w, to)),
                                false };
        }
        return true;
}

/* ---- the table ------------------------------------------------------------------------------------------------------ */

struct marking {
        struct work *w;
        const char *reasons[NUMBERED_MOST]; /* told below by their number */
        int reason_count;
        bool has_more_reasons;
        bool is_met[9];                      /* letters that occur */
        bool has_incomplete;
        bool refused[REFUSALS];
};

static const struct { char letter; const char *said; } letters[] = {
        { 'e', N_("e: estimate") },   { 'p', N_("p: preliminary") }, { 'r', N_("r: revised") },
        { 'd', N_("d: draft") },      { 's', N_("s: submitted, not yet approved") },
        { 'a', N_("a: approved, not yet published") }, { 'i', N_("i: incomplete, one of the figures is itself a sum of only some of its units") },
        { '!', N_("!: contested, another node wrote another value; a decision is awaited") },
};
#define LETTERS (sizeof letters / sizeof *letters)

static const char *letter_add(struct marking *m, const char *all, char letter)
{
        for (size_t i = 0; i < LETTERS; i++)
                m->is_met[i] |= letters[i].letter == letter;
        return arena_print(m->w->arena, "%s%s%c", all, *all == '\0' ? "" : " ", letter);
}

static const char *fraction_add(struct marking *m, const char *all, int of, int expected)
{
        m->has_incomplete = true;
        return arena_print(m->w->arena, "%s%s%d/%d", all, *all == '\0' ? "" : " ", of, expected);
}

/* The number of a reason; 0 where there are too many. */
static int reason_number(struct marking *m, const char *reason)
{
        for (int i = 0; i < m->reason_count; i++)
                if (strcmp(m->reasons[i], reason) == 0)
                        return i + 1;
        if (m->reason_count == NUMBERED_MOST) {
                m->has_more_reasons = true;
                return 0;
        }
        m->reasons[m->reason_count++] = reason;
        return m->reason_count;
}

static const char *reason_add(struct marking *m, const char *all, const char *reason)
{
        int number = reason_number(m, reason);

        return number == 0 ? arena_print(m->w->arena, "%s%s*", all, *all == '\0' ? "" : " ")
                           : arena_print(m->w->arena, "%s%s%d", all, *all == '\0' ? "" : " ", number);
}

static const char *marks_of(struct marking *m, const struct fact *f)
{
        static const char firm[] = { [MARK_NONE] = 0, [MARK_ESTIMATE] = 'e', [MARK_PRELIMINARY] = 'p', [MARK_OFFICIAL] = 0, [MARK_REVISED] = 'r' };
        static const char status[] = { 0, [STATUS_DRAFT] = 'd', [STATUS_SUBMITTED] = 's', [STATUS_APPROVED] = 'a', [STATUS_PUBLISHED] = 0 };
        const char *all = "";

        if (firm[f->mark] != 0)
                all = letter_add(m, all, firm[f->mark]);
        if (status[f->status] != 0)
                all = letter_add(m, all, status[f->status]);
        if (f->is_contested)
                all = letter_add(m, all, '!');
        if (f->total_of < f->total_expected)
                all = fraction_add(m, all, f->total_of, f->total_expected);
        if ((!f->has_value || f->is_of_before) && f->note != NULL)
                all = reason_add(m, all, f->note);
        return *all == '\0' ? NULL : all;
}

/* A number, and as it is printed. */
static void number_show(struct work *w, struct shown *x, int64_t value, int64_t printed, int decimals, int shown, bool is_change)
{
        char exact[DECIMAL_TEXT_MAX];

        x->is_number = true;
        x->room[0] = '+';
        decimal_write_shown(x->room + (is_change && value > 0), printed, decimals, shown, w->language);
        decimal_write(exact, value, decimals);
        x->text = x->room;
        x->exact = arena_text(w->arena, exact);
}

static bool writes_signs(const struct ask *a)
{
        return a->query.compare != COMPARE_NONE && a->query.compare != COMPARE_YTD && a->query.compare != COMPARE_SHARE;
}

static void fact_show(struct marking *m, const struct grid *g, struct shown *x, const struct fact *f)
{
        x->is_number = true;
        x->text = "";
        if (f == NULL)
                return;
        x->mark = marks_of(m, f);
        if (f->has_value) {
                struct figure_row row;

                number_show(m->w, x, f->value, f->printed, f->decimals, f->shown, writes_signs(g->ask));
                fact_row(g, f, &row);
                x->href = explain_address(m->w, &row, &g->ask->query);
        } else {
                x->text = "–";
        }
}

static void sum_show(struct marking *m, struct shown *x, const struct sum *s)
{
        x->is_number = true;
        x->text = "";
        if (s->refusal != REFUSE_NOTHING) {
                m->refused[s->refusal] = true;
                x->why = refusal_short(m->w, s->refusal);
                return;
        }
        number_show(m->w, x, s->value, s->value, s->decimals, s->shown, false);
        if (s->has_estimate)
                x->mark = letter_add(m, "", 'e');
        if (s->of < s->expected)
                x->mark = fraction_add(m, x->mark == NULL ? "" : x->mark, s->of, s->expected);
        if (s->has_incomplete)
                x->mark = letter_add(m, x->mark == NULL ? "" : x->mark, 'i');
        if (s->of_before > 0)
                x->mark = reason_add(m, x->mark == NULL ? "" : x->mark, sum_objection(m->w, s));
}

static const char *sort_address(struct work *w, const struct ask *a, const char *code, const char **sorted)
{
        bool is_falling = a->sort[0] == '-', is_this = strcmp(a->sort + is_falling, code) == 0;

        *sorted = !is_this ? NULL : is_falling ? "descending" : "ascending";
        return ask_address(w, a, "", "sort", !is_this ? arena_print(w->arena, "-%s", code) : is_falling ? code : NULL);
}

static void heads_fill(struct work *w, const struct grid *g, struct pivot *v, size_t columns, bool has_measures)
{
        static const char *const said[DIMENSIONS] = { N_("Indicator"), N_("Place"), N_("Period"), N_("Item"), N_("Partner") };
        size_t n = 0;

        for (int i = 0; i < g->row_dimensions; i++)
                v->heads[n++] = (struct shown_head){ .text = work_text(w, said[g->rows[i]]) };
        if (g->row_dimensions == 0)
                v->heads[n++] = (struct shown_head){ .text = work_text(w, "Figures") };
        if (has_measures)
                v->heads[n++] = (struct shown_head){ .text = work_text(w, "Unit of measure") };
        for (size_t c = 0; c < columns; c++) {
                struct shown_head *h = &v->heads[n++];

                h->is_number = true;
                h->text = g->column_heads[c].name;
                h->unit = g->measure_is_by_column && g->column_heads[c].measure != NULL && *g->column_heads[c].measure != '\0' ? g->column_heads[c].measure : NULL;
                if (g->row_count > 1)
                        h->href = sort_address(w, g->ask, g->column_heads[c].code, &h->sorted);
        }
        if (g->row_sums != NULL) {
                struct shown_head *h = &v->heads[n++];

                h->is_number = true;
                h->text = work_text(w, "Total");
                if (g->row_count > 1)
                        h->href = sort_address(w, g->ask, "total", &h->sorted);
        }
        v->width = n;
        v->is_narrow = n <= 3;
}

static void rows_fill(struct marking *m, const struct grid *g, struct pivot *v, size_t rows, size_t columns, bool has_measures)
{
        struct work *w = m->w;

        for (size_t r = 0; r < rows; r++) {
                struct shown *x = &v->cells[r * v->width];
                const struct head *h = &g->row_heads[r];
                size_t n = 0;

                for (int i = 0; i < g->row_dimensions; i++)
                        x[n++].text = h->members[i]->name;
                if (g->row_dimensions == 0)
                        x[n++].text = grid_title(w, g);
                if (has_measures)
                        x[n++].text = h->measure == NULL ? "" : h->measure;
                for (size_t c = 0; c < columns; c++)
                        fact_show(m, g, &x[n++], grid_at(g, r, c));
                if (g->row_sums != NULL)
                        sum_show(m, &x[n], &g->row_sums[r]);
        }
        if (g->column_sums != NULL) {
                struct shown *x = &v->cells[rows * v->width];
                size_t n = 0;

                for (int i = 0; i < g->row_dimensions || i == 0; i++)
                        x[n++].text = i == 0 ? work_text(w, "Total") : "";
                if (has_measures)
                        x[n++].text = g->measure == NULL ? "" : g->measure;
                for (size_t c = 0; c < columns; c++)
                        sum_show(m, &x[n++], &g->column_sums[c]);
                if (g->row_sums != NULL)
                        sum_show(m, &x[n], g->whole);
        }
        for (size_t r = 0; r < v->row_count; r++)
                for (size_t c = 0; c < v->width; c++)
                        v->cells[r * v->width + c].label = v->heads[c].text;
}

static const char *sources_of(struct work *w, const struct grid *g)
{
        const char *all = "", *last = "";

        for (size_t i = 0; i < g->indicator_count; i++) {
                const char *source = name_in(w, g->indicators[i]->source_vi, g->indicators[i]->source_en);

                if (*source == '\0' || strstr(all, source) != NULL)
                        continue;
                last = *all == '\0' ? "" : "; ";
                all = arena_print(w->arena, "%s%s%s", all, last, source);
        }
        return all;
}

static void notes_fill(struct marking *m, const struct grid *g, struct pivot *v, size_t rows, size_t columns)
{
        struct work *w = m->w;
        const char *source = sources_of(w, g), **out = v->notes = arena_array(w->arena, NOTES_MOST + LETTERS + NUMBERED_MOST + 1 + REFUSALS, sizeof *out);
        size_t n = 0;

        if (*source != '\0')
                out[n++] = arena_print(w->arena, "%s%s", work_text(w, "Source: "), source);
        for (const char **note = figures_notes(w, &g->ask->query, true); *note != NULL && n < NOTES_MOST - 10; note++)
                out[n++] = *note;
        if (g->newest != 0)
                out[n++] = arena_print(w->arena, work_text(w, "newest figure known from %s"), moment_for_people(w, g->newest));
        n += grid_completeness(w, g, out + n);
        if (g->row_sums != NULL || g->column_sums != NULL)
                out[n++] = work_text(w, "Total: the sum of the figures of its row or column, each of which opens to where it comes from");
        if (rows < g->row_count || columns < g->column_count)
                out[n++] = arena_print(w->arena, work_text(w, "shown are %d of %d rows and %d of %d columns; the files have all"), (int)rows, (int)g->row_count,
                                       (int)columns, (int)g->column_count);
        for (size_t i = 0; i < LETTERS; i++)
                if (m->is_met[i])
                        out[n++] = work_text(w, letters[i].said);
        if (m->has_incomplete)
                out[n++] = work_text(w, "n/m: of m expected n are in the sum; in a sum over units, units asked for, each once a period");
        for (int i = 0; i < REFUSALS; i++)
                if (m->refused[i])
                        out[n++] = arena_print(w->arena, "%s – %s", refusal_short(w, (enum refusal)i), refusal_long(w, (enum refusal)i));
        for (int i = 0; i < m->reason_count; i++)
                out[n++] = arena_print(w->arena, "%d: %s", i + 1, m->reasons[i]);
        if (m->has_more_reasons)
                out[n++] = work_text(w, "*: for a further reason, which the files have with each cell");
        v->note_count = n;
}

/* Contributions of a whole and its parts cannot stand in one row of steps: their chart begins with the first depth. */
static const char *chart_address(struct work *w, const struct grid *g, enum chart_kind kind)
{
        struct ask changed = *g->ask;

        if (kind == CHART_STEPS && grid_is_nested(w, g)) {
                const char *address = ask_address(w, g->ask, "", "level", "1");

                changed.query_text = strchr(address, '?') + 1;
        }
        return ask_address(w, &changed, "", "chart", kind == CHART_NONE ? NULL : chart_names[kind]);
}

static void charts_fill(struct work *w, const struct grid *g, struct pivot *v)
{
        const struct ask *a = g->ask;

        v->charts = arena_array(w->arena, CHART_KINDS, sizeof *v->charts);
        for (int k = 0; k < CHART_KINDS; k++)
                if (k == CHART_NONE || grid_allows(g, (enum chart_kind)k))
                        v->charts[v->chart_count++] = (struct link){ chart_said(w, (enum chart_kind)k),
                                                                     chart_address(w, g, (enum chart_kind)k), a->chart == (enum chart_kind)k };
        v->columns = arena_array(w->arena, COLUMN_LINKS_MOST, sizeof *v->columns);
        if (a->chart == CHART_NONE || a->chart == CHART_LINE || !grid_allows(g, a->chart))
                return;
        for (size_t c = g->column_count > COLUMN_LINKS_MOST ? g->column_count - COLUMN_LINKS_MOST : 0; c < g->column_count; c++)
                v->columns[v->column_count++] = (struct link){ g->column_heads[c].name, ask_address(w, a, "", "at", g->column_heads[c].code),
                                                               c == grid_chart_column(g) };
}

/* ---- on paper ------------------------------------------------------------------------------------------------------- */

#define SIGN 7           /* pixels that a sign of a table takes in print */
#define PAPER_WIDTH 900  /* what browsers bring onto upright A4 (680) by making it smaller and leaving it readable */
#define WORDS_MOST 22    /* signs of a text before it is broken into lines */

static int width_of(const struct pivot *v, size_t column)
{
        int most = (int)utf8_count(v->heads[column].text, strlen(v->heads[column].text));

        for (size_t r = 0; r < v->row_count; r++) {
                const struct shown *x = &v->cells[r * v->width + column];
                int length = x->text == NULL ? 0 : (int)utf8_count(x->text, strlen(x->text)) + (x->mark == NULL ? 0 : (int)strlen(x->mark));

                most = length > most ? length : most;
        }
        return (most < WORDS_MOST || v->heads[column].is_number ? most : WORDS_MOST) * SIGN + SIGN;
}

/* Into as many parts as are needed, of about equal width; a part has one column at least. */
static void sheets_cut(struct work *w, struct pivot *v)
{
        int heads = 0, all = 0, room, parts, filled = 0;

        while (v->head_count < v->width && !v->heads[v->head_count].is_number)
                heads += width_of(v, v->head_count++);
        for (size_t c = v->head_count; c < v->width; c++)
                all += width_of(v, c);
        if (heads + all <= PAPER_WIDTH)
                return;
        room = PAPER_WIDTH - heads > PAPER_WIDTH / 4 ? PAPER_WIDTH - heads : PAPER_WIDTH / 4;
        parts = (all + room - 1) / room;
        room = (all + parts - 1) / parts;
        v->sheets = arena_array(w->arena, v->width, sizeof *v->sheets);
        for (size_t c = v->head_count; c < v->width; c++) {
                if (v->sheet_count == 0 || filled >= room) {
                        v->sheets[v->sheet_count++] = (struct sheet){ c, c };
                        filled = 0;
                }
                filled += width_of(v, c);
                v->sheets[v->sheet_count - 1].to = c + 1;
        }
}

static void pivot_fill(struct work *w, const struct grid *g, struct pivot *v)
{
        size_t rows = g->row_count > PAGE_ROWS ? PAGE_ROWS : g->row_count;
        size_t columns = g->column_count > PAGE_COLUMNS ? PAGE_COLUMNS : g->column_count;
        bool has_measures = g->measure == NULL && !g->measure_is_by_column;
        struct marking m = { .w = w };

        v->title = grid_title(w, g);
        v->has_sums = g->column_sums != NULL;
        v->row_count = rows + v->has_sums;
        v->heads = arena_array(w->arena, DIMENSIONS + 3 + columns, sizeof *v->heads);
        heads_fill(w, g, v, columns, has_measures);
        v->cells = arena_array(w->arena, v->row_count * v->width + 1, sizeof *v->cells);
        rows_fill(&m, g, v, rows, columns, has_measures);
        notes_fill(&m, g, v, rows, columns);
        sheets_cut(w, v);
        charts_fill(w, g, v);
}

/* ---- nothing there ----------------------------------------------------------------------------------------------- */

static bool stop_at_first(struct work *w, const struct figure_row *row, void *context)
{
        (void)w;
        (void)row;
        *(bool *)context = true;
        return false;
}

/* The one filter whose dropping gives figures. */
static bool empty_write(struct work *w, struct buf *out, const struct ask *a)
{
        static const struct { const char *name, *text; } drops[] = {
                { "level", N_("Show every depth of items") },  { "item", N_("Drop the filter on items") },
                { "unit", N_("Drop the filter on units") },     { "from", N_("Drop the filter on periods") },
                { "known", N_("Show figures as known today") }, { "status", N_("Drop the filter on status") },
        };
        const char *text = NULL, *href = NULL, *formula = NULL;

        if (a->query.indicator_count == 1 && *a->query.indicators[0]->formula != '\0')
                formula = indicator_formula_said(catalogue_of(w), a->query.indicators[0], w->language, w->arena);
        for (size_t i = 0; i < sizeof drops / sizeof *drops && href == NULL; i++) {
                struct figure_query wider = a->query;
                struct ask changed = *a;
                bool is_found = false, is_there = false;

                wider.limit = 1;
                wider.compare = COMPARE_NONE;
                switch (i) {
                case 0: is_there = a->level >= 0; break;
                case 1: is_there = wider.item_count > 0; wider.item_count = 0; break;
                case 2: is_there = wider.unit_count > 0; wider.unit_count = 0; break;
                case 3: is_there = wider.from != PERIOD_NONE || wider.to != PERIOD_NONE; wider.from = wider.to = PERIOD_NONE; break;
                case 4: is_there = wider.known != 0; wider.known = 0; break;
                default: is_there = wider.status != 0; wider.status = 0; break;
                }
                if (!is_there)
                        continue;
                if (!figures_read(w, &wider, stop_at_first, &is_found))
                        return false;
                if (!is_found)
                        continue;
                text = work_text(w, drops[i].text);
                href = ask_address(w, a, "", drops[i].name, NULL);
                if (i == 3) {
                        changed.query_text = strchr(href, '?') == NULL ? "" : strchr(href, '?') + 1;
                        href = ask_address(w, &changed, "", "to", NULL);
                }
        }
        tables_empty(w, out, text, href, formula, a->query.only_published);
        return work_ok(w);
}

/* ---- the page ------------------------------------------------------------------------------------------------------ */

static const char *lede_of(struct work *w, const struct grid *g)
{
        const char *common = grid_common(w, g), *measure = g->measure == NULL ? "" : g->measure, *all = common;

        if (*measure != '\0' && g->ask->query.compare != COMPARE_CONTRIBUTION) /* whose name says it */
                all = arena_print(w->arena, "%s%s%s", all, *all == '\0' ? "" : " · ", measure);
        if (g->ask->query.compare != COMPARE_NONE)
                all = arena_print(w->arena, "%s%s%s", all, *all == '\0' ? "" : " · ", compare_shown(w, g->ask->query.compare));
        return all;
}

static void files_fill(struct work *w, const struct ask *a, struct builder *v)
{
        v->files = arena_array(w->arena, 4, sizeof *v->files);
        v->files[v->file_count++] = (struct link){ "CSV", ask_address(w, a, ".csv", NULL, NULL), false };
        v->files[v->file_count++] = (struct link){ "Excel", ask_address(w, a, ".xlsx", NULL, NULL), false };
        v->files[v->file_count++] = (struct link){ "JSON", ask_address(w, a, ".json", NULL, NULL), false };
        v->files[v->file_count++] = (struct link){ work_text(w, "Description"), ask_address(w, a, ".csvm", NULL, NULL), false };
}

bool grid_page(struct work *w, const struct request *r, struct reply *reply, const struct ask *a, const struct grid *g)
{
        struct page page = { .title = work_text(w, "Tables"), .nav = NAV_FIGURES, .crumbs = { { work_text(w, "Figures"), "/figures" } }, .crumb_count = 1 };
        struct builder v = { .title = page.title, .lede = work_text(w, "Choose what stands in rows and columns; the address of the table can be sent to anybody."),
                             .is_open = a->is_blank };
        struct pivot p = { 0 };
        bool is_there = g != NULL && g->row_count > 0;

        v.indicators = choices_of_indicators(w, a->query.indicators, a->query.indicator_count);
        v.units = choices_of_places(w, NULL, a->query.units, a->query.unit_count);
        v.items = items_of(w, &a->query);
        layout_fill(w, a, &v);
        filters_fill(w, r, a, &v);
        if (g == NULL && !examples_fill(w, &v))
                return false;
        if (g != NULL) {
                v.title = page.title = grid_title(w, g);
                v.lede = lede_of(w, g);
                v.is_open = !is_there;
        }
        if (is_there)
                files_fill(w, a, &v);
        page_begin(w, r, reply, &page);
        tables_builder(w, &reply->body, &v);
        if (is_there) {
                pivot_fill(w, g, &p);
                tables_switch(w, &reply->body, &p);
                if (a->chart != CHART_NONE)
                        grid_chart(w, &reply->body, g);
                tables_pivot(w, &reply->body, &p);
        } else if (g != NULL && !empty_write(w, &reply->body, a)) {
                return false;
        }
        page_end(w, r, reply, &page);
        return work_ok(w);
}
