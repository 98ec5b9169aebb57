/* season.c - a series freed of season and of Tết. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "areas/analysis/analysis.h"
#include "areas/analysis/pages.h"
#include "base/decimal.h"
#include "ledger/node.h"
#include "report/figure_text.h"

#define PERCENT_DECIMALS 2
#define WEIGHT_DECIMALS 2
#define ROWS_SHOWN 24

struct season {
        struct analysis a;
        const struct series *series;
        size_t first, count, known; /* first: place in the series */
        struct adjust_question question;
        struct adjusted result;
        bool is_apart;            /* result holds */
        struct error problem;     /* why not */
        double *value;
        bool *is_known;
};

/* ---- the series and its parts ------------------------------------------------------------------------------------ */

static bool option_read(struct work *w, const struct request *r, struct adjust_question *q)
{
        const char *window = request_query(r, "window", 0), *tet = request_query(r, "tet", 0), *robust = request_query(r, "robust", 0);
        char *end;

        q->wants_tet = tet == NULL || *tet == '\0' || strcmp(tet, "1") == 0;
        if (!q->wants_tet && strcmp(tet, "0") != 0)
                return error_set(&w->err, ERR_INVALID, "tet: \"%s\" is neither 0 nor 1", tet);
        q->is_robust = robust != NULL && strcmp(robust, "1") == 0;
        if (robust != NULL && *robust != '\0' && !q->is_robust && strcmp(robust, "0") != 0)
                return error_set(&w->err, ERR_INVALID, "robust: \"%s\" is neither 0 nor 1", robust);
        q->seasonal_window = STL_PERIODIC;
        if (window == NULL || *window == '\0' || strcmp(window, "periodic") == 0)
                return true;
        q->seasonal_window = (int)strtol(window, &end, 10);
        return (*end == '\0' && q->seasonal_window >= 7 && q->seasonal_window <= 99 && q->seasonal_window % 2 == 1) ||
               error_set(&w->err, ERR_INVALID, "window: \"%s\" is neither periodic nor an odd number from 7 to 99", window);
}

static bool is_better(const struct season *s, const struct series *one, const char *root)
{
        bool is_root = strcmp(one->item, root) == 0;

        if (s->series == NULL || is_root != (strcmp(s->series->item, root) == 0))
                return s->series == NULL || is_root;
        return strcmp(one->item, s->series->item) == 0 &&
               (one->unit->from > s->series->unit->from || (one->unit == s->series->unit && one->last > s->series->last));
}

/* The unit asked for, else that of this node; the item asked for, else the whole, else the first there is; of a code that several units had
 * one after the other, the last with figures; of units of measure, that of the newest figure. */
static bool series_choose(struct season *s)
{
        struct work *w = s->a.work;
        struct figure_query *q = &s->a.query;
        const struct classification *c = classification_find(catalogue_of(w), s->a.indicator->item_classification);
        const struct unit *u;

        if (q->unit_count > 1 || q->item_count > 1 || q->partner_count > 1 || q->with_children)
                return error_set(&w->err, ERR_INVALID, "name one unit and at most one item and partner");
        if (q->unit_count == 0) {
                u = unit_at(catalogue_of(w), node_unit(w->node), day_of_moment(w->now));
                s->a.unit_asked = u == NULL ? "VN" : u->code;
                q->units = arena_array(w->arena, 1, sizeof *q->units);
                q->units[0] = s->a.unit_asked;
                q->unit_count = 1;
        }
        if (!analysis_read(&s->a))
                return false;
        for (size_t i = 0; i < s->a.set.count; i++)
                if ((q->partner_count > 0 || *s->a.set.list[i].partner == '\0') && is_better(s, &s->a.set.list[i], c == NULL ? "" : c->root))
                        s->series = &s->a.set.list[i];
        if (s->series != NULL)
                s->a.item_asked = s->series->item;
        return true;
}

static enum tet_figure figure_of(const struct indicator *i)
{
        return strcmp(i->comparison, "yoy") == 0 ? TET_OF_YEAR_CHANGE : strcmp(i->comparison, "mom") == 0 ? TET_OF_MONTH_CHANGE : TET_OF_LEVEL;
}

/* A month or quarter known in one year only has no season of its own to tell. */
static bool seasons_are_known(struct season *s)
{
        struct work *w = s->a.work;
        int a_year = s->question.period;

        for (int season = 0; season < a_year && season < (int)s->count && s->count > 2 * (size_t)a_year; season++) {
                int known = 0, index = (s->question.index - 1 + season) % a_year + 1;

                for (size_t i = (size_t)season; i < s->count; i += (size_t)a_year)
                        known += s->is_known[i];
                if (known >= 2)
                        continue;
                error_set(&s->problem, ERR_INVALID, "%s is known in fewer than two years",
                          arena_print(w->arena, a_year == 12 ? work_text(w, "month %d") : work_text(w, "quarter %d"), index));
                return error_hint(&s->problem, "take a longer series");
        }
        return true;
}

static void take_apart(struct season *s)
{
        struct work *w = s->a.work;
        size_t first = 0, last = s->a.set.periods;

        while (first < last && s->series->value[first] == OUTLIER_MISSING)
                first++;
        while (last > first && s->series->value[last - 1] == OUTLIER_MISSING)
                last--;
        s->a.set.from = period_plus(s->a.set.from, (int)first);
        s->first = first;
        s->count = last - first;
        s->value = arena_array(w->arena, s->count, sizeof *s->value);
        s->is_known = arena_array(w->arena, s->count, sizeof *s->is_known);
        for (size_t i = 0; i < s->count; i++) {
                int64_t v = s->series->value[first + i];

                s->is_known[i] = v != OUTLIER_MISSING;
                s->value[i] = s->is_known[i] ? (double)v / (double)decimal_power[s->a.indicator->decimals] : 0;
                s->known += s->is_known[i];
        }
        s->question.period = s->a.set.frequency == FREQUENCY_MONTH ? 12 : 4;
        s->question.year = period_year(s->a.set.from);
        s->question.index = period_index(s->a.set.from);
        s->question.figure = figure_of(s->a.indicator);
        s->problem.language = w->language;
        s->is_apart = seasons_are_known(s) &&
                      adjust_series(w->arena, &s->question, s->value, s->is_known, s->count, &s->result, &s->problem);
}

/* An effect as people read it: percent where it is a factor, else in the unit of the figure. */
static double effect_told(const struct season *s, double effect)
{
        return s->result.is_multiplied ? (effect - 1) * 100 : effect;
}

static int effect_decimals(const struct season *s)
{
        return s->result.is_multiplied ? PERCENT_DECIMALS : s->a.indicator->shown;
}

static const char *effect_unit(const struct season *s)
{
        return s->result.is_multiplied ? "%" : s->series->unit_of_measure;
}

/* ---- what is said of it ---------------------------------------------------------------------------------------------- */

static void line_add(struct season_view *v, const char *label, const char *value)
{
        v->lines[v->line_count++] = (struct season_line){ label, value };
}

/* "-7,9 % (± 1,2)": what a month that holds all the days has more than one that holds none. */
static const char *coefficient_said(const struct season *s, enum tet_part part)
{
        double b = s->result.effect.coefficient[part], off = s->result.effect.error[part];
        bool is_factor = s->result.is_multiplied;
        int decimals = is_factor ? 1 : s->a.indicator->shown;

        return arena_print(s->a.work->arena, work_text(s->a.work, "%s %s, standard error %s"),
                           analysis_number(&s->a, is_factor ? (exp(b) - 1) * 100 : b, decimals, true), effect_unit(s),
                           analysis_number(&s->a, is_factor ? exp(b) * off * 100 : off, decimals, false));
}

static void tet_fill(const struct season *s, struct season_view *v)
{
        static const char *const findings[] = {
                [TET_FOUND] = N_("significant: taken off"),
                [TET_TOO_FEW] = N_("cannot be told from season: too few years with January and February"),
                [TET_INSIGNIFICANT] = N_("not significant: left as it is"),
                [TET_NOT_ASKED] = N_("not looked for"),
        };
        struct work *w = s->a.work;
        const struct tet_effect *e = &s->result.effect;

        line_add(v, work_text(w, "Effect of Tết"), s->question.period == 4 ? work_text(w, "none in quarters: Tết is always in the first") : work_text(w, findings[e->finding]));
        if (e->finding == TET_FOUND || e->finding == TET_INSIGNIFICANT) {
                line_add(v, arena_print(w->arena, work_text(w, "A month that holds the %d days before Tết"), TET_BEFORE), coefficient_said(s, TET_DAYS_BEFORE));
                line_add(v, arena_print(w->arena, work_text(w, "A month that holds the %d days from Tết on"), TET_AFTER), coefficient_said(s, TET_DAYS_AFTER));
                line_add(v, work_text(w, "Test of both"), arena_print(w->arena, work_text(w, "F = %s with 2 and %s degrees of freedom, p = %s"), analysis_number(&s->a, e->f, 2, false),
                         analysis_number(&s->a, e->freedom, 1, false), e->p < 0.0001 ? work_text(w, "less than 0.0001") : analysis_number(&s->a, e->p, 4, false)));
        }
}

static const char *method_of(const struct season *s)
{
        struct work *w = s->a.work;
        const char *window = s->question.seasonal_window == STL_PERIODIC ? work_text(w, "the same pattern in all years")
                                                                         : arena_print(w->arena, work_text(w, "patterns that change, window %d years"), s->question.seasonal_window);

        return arena_print(w->arena, work_text(w, "STL (Cleveland and others, 1990), %s, %s, %s.%s"),
                           s->result.is_multiplied ? work_text(w, "on logarithms") : work_text(w, "on the figures themselves, as some are not above zero"), window,
                           s->question.is_robust ? work_text(w, "robust against single values") : work_text(w, "not robust"),
                           s->result.effect.finding == TET_NOT_ASKED ? "" : work_text(w, " Effect of Tết by regression on the share of the days around it."));
}

static const char *about(const struct season *s)
{
        const char *item = analysis_item(&s->a, s->series->item, analysis_at(&s->a, s->count - 1));

        return arena_print(s->a.work->arena, "%s%s%s%s%s", analysis_unit(&s->a, s->series->unit), *item == '\0' ? "" : " · ", item, *s->series->unit_of_measure == '\0' ? "" : " · ",
                           s->series->unit_of_measure);
}

static const char *as_of(const struct season *s)
{
        return arena_print(s->a.work->arena, work_text(s->a.work, "figures as known on %s"), moment_for_people(s->a.work, s->a.set.known_from));
}

static const char *source_of(const struct season *s)
{
        return s->a.work->language == LANGUAGE_VI ? s->a.indicator->source_vi : s->a.indicator->source_en;
}

/* ---- charts ------------------------------------------------------------------------------------------------------------ */

static struct chart_point *points_of(struct season *s, const double *number, const bool *is_there, int decimals)
{
        struct work *w = s->a.work;
        struct chart_point *p = arena_array(w->arena, s->count, sizeof *p);
        size_t years = s->count / (size_t)s->question.period + 1, every = years > 12 ? years / 12 + 1 : 1;

        for (size_t i = 0; i < s->count; i++) {
                period at = analysis_at(&s->a, i);
                double scaled = number[i] * (double)decimal_power[decimals];
                char label[64];

                period_write_said(label, sizeof label, at, w->language);
                p[i].label = arena_text(w->arena, label);
                if (period_index(at) == 1 && period_year(at) % (int)every == 0) {
                        p[i].tick = arena_print(w->arena, "%d", period_year(at));
                        p[i].tick_is_wide = years > 6 && period_year(at) % 2 == 1;
                }
                p[i].has_value = (is_there == NULL || is_there[i]) && fabs(scaled) < 9e17;
                p[i].value = p[i].has_value ? llround(scaled) : 0;
        }
        return p;
}

/* Comparisons with base 100 are drawn as changes: bars and axes begin at 0. */
static const double *drawn(struct season *s, const double *number)
{
        double *change;

        if (!s->a.indicator->is_index || *s->a.indicator->comparison == '\0')
                return number;
        change = arena_array(s->a.work->arena, s->count, sizeof *change);
        for (size_t i = 0; i < s->count; i++)
                change[i] = number[i] - 100;
        return change;
}

static void charts_fill(struct season *s, struct season_view *v)
{
        struct work *w = s->a.work;
        const struct adjusted *r = &s->result;
        double *season = arena_array(w->arena, s->count, sizeof *season), *tet = arena_array(w->arena, s->count, sizeof *tet);
        int decimals = s->a.indicator->decimals;
        bool is_change = drawn(s, s->value) != s->value;

        for (size_t i = 0; i < s->count; i++) {
                season[i] = effect_told(s, r->season[i]);
                tet[i] = effect_told(s, r->tet[i]);
        }
        v->count = s->count;
        v->levels = (struct chart){ .title = work_text(w, "As published, adjusted, trend (analysis)"), .unit = is_change ? work_text(w, "change, %") : s->series->unit_of_measure, .source = source_of(s),
                                    .as_of = as_of(s), .decimals = decimals, .shown = s->a.indicator->shown, .is_signed = is_change,
                                    .equal = s->a.indicator->is_index && !is_change ? 100 * decimal_power[decimals] : 0 };
        v->level_lines[0] = (struct chart_series){ work_text(w, "adjusted"), points_of(s, drawn(s, r->adjusted), s->is_known, decimals) };
        v->level_lines[1] = (struct chart_series){ work_text(w, "as published"), points_of(s, drawn(s, s->value), s->is_known, decimals) };
        v->level_lines[2] = (struct chart_series){ work_text(w, "trend"), points_of(s, drawn(s, r->trend), NULL, decimals) };
        v->effects = (struct chart){ .title = work_text(w, "Season and Tết (analysis)"), .unit = effect_unit(s), .source = source_of(s), .as_of = as_of(s),
                                     .decimals = r->is_multiplied ? PERCENT_DECIMALS : decimals, .shown = effect_decimals(s), .is_signed = true };
        v->effect_lines[0] = (struct chart_series){ work_text(w, "season"), points_of(s, season, NULL, v->effects.decimals) };
        v->effect_lines[1] = (struct chart_series){ work_text(w, "Tết"), points_of(s, tet, NULL, v->effects.decimals) };
        v->effect_count = r->effect.finding == TET_FOUND ? 2 : 1;
}

/* ---- the table ------------------------------------------------------------------------------------------------------------- */

static struct cell cell_effect(const struct season *s, double effect)
{
        struct cell c = analysis_cell(effect_told(s, effect), s->result.is_multiplied ? PERCENT_DECIMALS : s->a.indicator->decimals, effect_decimals(s));

        c.is_change = true;
        return c;
}

/* A month without a figure rests on those around it: the last known before, else the first after. */
static size_t nearest_known(const struct season *s, size_t i)
{
        size_t before = i, after = i;

        while (before > 0 && !s->is_known[before])
                before--;
        while (after + 1 < s->count && !s->is_known[after])
                after++;
        return s->is_known[before] ? before : after;
}

static bool season_rows(struct work *w, struct table *t, void *context)
{
        struct season *s = context;
        const struct adjusted *r = &s->result;
        int decimals = s->a.indicator->decimals, shown = s->a.indicator->shown;
        size_t n = s->count;

        for (size_t k = 0; k < n && (!s->a.is_for_people || k < ROWS_SHOWN) && work_ok(w); k++) {
                size_t i = s->a.is_for_people ? n - 1 - k : k; /* the newest first */
                struct cell value = s->is_known[i] ? cell_number(s->series->value[s->first + i], decimals, shown) : cell_empty(); /* as it is held, to the last digit */
                struct cell trend = analysis_cell(r->trend[i], decimals, shown);

                *(s->is_known[i] ? &value.href : &trend.href) = analysis_explain(&s->a, s->series, nearest_known(s, i));
                table_row(t, (struct cell[]){
                                     cell_text(analysis_period(&s->a, analysis_at(&s->a, i))),
                                     value,
                                     s->is_known[i] ? analysis_cell(r->adjusted[i], decimals, shown) : cell_empty(),
                                     trend,
                                     cell_effect(s, r->season[i]),
                                     cell_effect(s, r->tet[i]),
                                     s->is_known[i] ? cell_effect(s, r->irregular[i]) : cell_empty(),
                                     s->is_known[i] ? analysis_cell(r->weight[i], WEIGHT_DECIMALS, WEIGHT_DECIMALS) : cell_empty(),
                                     cell_text("analysis"),
                             });
        }
        return work_ok(w);
}

static bool season_write(struct season *s, enum suffix suffix, struct buf *out, const char *title, const char *const *notes)
{
        struct work *w = s->a.work;
        const char *unit = *s->series->unit_of_measure == '\0' ? NULL : s->series->unit_of_measure, *effect = effect_unit(s);
        const struct column columns[] = {
                { "period", N_("Period"), NULL, CELL_TEXT },
                { "value", N_("As published"), unit, CELL_NUMBER },
                { "adjusted", N_("Adjusted"), unit, CELL_NUMBER },
                { "trend", N_("Trend"), unit, CELL_NUMBER },
                { "season", N_("Season"), *effect == '\0' ? NULL : effect, CELL_NUMBER },
                { "tet", N_("Tết"), *effect == '\0' ? NULL : effect, CELL_NUMBER },
                { "irregular", N_("Irregular"), *effect == '\0' ? NULL : effect, CELL_NUMBER },
                { "weight", N_("Weight in the fit"), NULL, CELL_NUMBER },
                { "kind", N_("Kind"), NULL, CELL_TEXT },
        };
        int count = (int)(sizeof columns / sizeof *columns) - (suffix == SUFFIX_HTML);
        struct table *t = table_begin_below(w, suffix, out, title, notes, columns, count);

        if (t != NULL)
                table_describe(t, about_figures(w, title, &s->a.query, &(struct about_rows){ &s->a.indicator, 1, 0 }, request_target(s->a.request)));
        return t != NULL && season_rows(w, t, s) && table_end(t, NULL);
}

/* ---- the handler ------------------------------------------------------------------------------------------------------------- */

static void choices_fill(struct season *s, struct season_view *v)
{
        static const struct { const char *value, *text; int window; } windows[] = {
                { "periodic", N_("the same in all years"), STL_PERIODIC }, { "13", N_("changes slowly (13)"), 13 }, { "7", N_("changes fast (7)"), 7 } };
        struct work *w = s->a.work;
        bool is_found = false;

        v->asked = analysis_asked(&s->a, NULL, NULL);
        for (size_t i = 0; i < 3; i++) {
                choices_add(w, &v->windows, windows[i].value, work_text(w, windows[i].text), s->question.seasonal_window == windows[i].window);
                is_found |= s->question.seasonal_window == windows[i].window;
        }
        if (!is_found) {
                const char *number = arena_print(w->arena, "%d", s->question.seasonal_window);

                choices_add(w, &v->windows, number, number, true);
        }
        choices_add(w, &v->tets, "1", work_text(w, "taken off where significant"), s->question.wants_tet);
        choices_add(w, &v->tets, "0", work_text(w, "left as it is"), !s->question.wants_tet);
}

static void lines_fill(struct season *s, struct season_view *v)
{
        struct work *w = s->a.work;

        line_add(v, work_text(w, "Periods known"), arena_print(w->arena, work_text(w, "%zu of %zu, %s to %s"), s->known, s->count, analysis_period(&s->a, s->a.set.from),
                 analysis_period(&s->a, analysis_at(&s->a, s->count - 1))));
        line_add(v, work_text(w, "Strength of the season, 0 to 1"), analysis_number(&s->a, s->result.strength, 2, false));
        tet_fill(s, v);
        v->method = method_of(s);
        v->note = s->known < s->count ? work_text(w, "Missing periods are not filled in: season and trend are found from those that are known.") : NULL;
}

bool season_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct season *s = arena_alloc(w->arena, sizeof *s);
        struct season_view v = { 0 };
        struct page page = { .nav = NAV_FIGURES, .crumbs = { { work_text(w, "Figures"), "/figures" } }, .crumb_count = 1 };
        enum suffix suffix = request_suffix(r);
        const char *notes[20], *here;
        size_t n = 0;

        reply->is_private = *w->user->login != '\0';
        if (!analysis_ask(w, r, &s->a) || !option_read(w, r, &s->question) || !series_choose(s))
                return false;
        if (s->series != NULL)
                take_apart(s);
        v.partial = analysis_partial(&s->a);
        page.title = v.title = arena_print(w->arena, work_text(w, "%s: without season and Tết"), analysis_name(&s->a, s->a.indicator));
        if (suffix != SUFFIX_HTML && s->series == NULL)
                return error_set(&w->err, ERR_MISSING, "there is no such series of months or quarters") || (v.partial != NULL && error_hint(&w->err, "%s", v.partial));
        if (suffix != SUFFIX_HTML && !s->is_apart) {
                w->err = s->problem;
                return false;
        }
        v.has_series = s->series != NULL;
        if (s->series != NULL && s->series->other != 0)
                v.left_out = arena_print(w->arena, work_text(w, "Figures in another unit of measure are another series; left out: %s"), analysis_others(&s->a, s->series));
        if (s->is_apart)
                lines_fill(s, &v);
        if (suffix != SUFFIX_HTML) {
                notes[n++] = work_text(w, "Analysis, not official figures.");
                notes[n++] = about(s);
                if (v.left_out != NULL)
                        notes[n++] = v.left_out;
                for (int i = 0; i < v.line_count; i++)
                        notes[n++] = arena_print(w->arena, "%s: %s", v.lines[i].label, v.lines[i].value);
                notes[n++] = v.method;
                notes[n++] = arena_print(w->arena, "%s%s · %s", work_text(w, "Source: "), source_of(s), as_of(s));
                if (v.note != NULL)
                        notes[n++] = v.note;
                if (v.partial != NULL)
                        notes[n++] = v.partial;
                notes[n] = NULL;
                table_file(w, r, reply, "analysis");
                return season_write(s, suffix, &reply->body, v.title, notes);
        }
        here = *s->a.item_asked == '\0' ? request_target(r) : request_with(w, r, "item", s->a.item_asked);
        choices_fill(s, &v);
        v.is_robust = s->question.is_robust;
        v.csv = analysis_format(&s->a, here, "/analysis", "csv");
        v.xlsx = analysis_format(&s->a, here, "/analysis", "xlsx");
        v.json = analysis_format(&s->a, here, "/analysis", "json");
        v.outliers = arena_print(w->arena, "/analysis/outliers?indicator=%s", s->a.indicator->id);
        if (s->series != NULL) {
                v.about = about(s);
                v.series = arena_print(w->arena, "/figures?indicator=%s&unit=%s%s%s", s->a.indicator->id, s->series->unit->key,
                                       *s->series->item == '\0' ? "" : "&item=", s->series->item);
        }
        if (s->series != NULL && !s->is_apart) {
                v.problem = s->problem.message;
                v.remedy = s->problem.hint;
        }
        if (s->is_apart)
                charts_fill(s, &v);
        page_begin(w, r, reply, &page);
        analysis_season_page(w, &reply->body, &v);
        if (s->is_apart && !season_write(s, SUFFIX_HTML, &reply->body, v.title, (const char *const[]){ s->count > ROWS_SHOWN ? arena_print(w->arena,
                                        work_text(w, "The newest %d of %zu periods; the files have all."), ROWS_SHOWN, s->count) : NULL, NULL }))
                return false;
        page_end(w, r, reply, &page);
        return work_ok(w);
}
