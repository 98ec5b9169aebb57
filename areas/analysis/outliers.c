/* outliers.c - figures that stand out from their series. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "areas/analysis/analysis.h"
#include "areas/analysis/pages.h"
#include "base/decimal.h"
#include "report/figure_text.h"

#define ROWS_SHOWN 300
#define PERIODS_JUDGED 12 /* the newest, where no span is named */
#define Z_DECIMALS 1
#define RATIO_DECIMALS 2

struct found {
        const struct series *series;
        size_t place;
        struct outlier outlier;
};

struct search {
        struct analysis a;
        enum outlier_severity least;
        period from, to;            /* judged */
        struct found *list;
        size_t count, room, judged;
};

static const char *const severity_names[] = { "none", "notice", "warning", "severe" };
static const char *const severity_texts[] = { "", N_("to notice"), N_("to check"), N_("very unusual") };

/* ---- reading and judging --------------------------------------------------------------------------------------------- */

static bool severity_read(struct work *w, const char *text, enum outlier_severity *least)
{
        *least = OUTLIER_NOTICE;
        if (text == NULL || *text == '\0')
                return true;
        for (int i = OUTLIER_NOTICE; i <= OUTLIER_SEVERE; i++)
                if (strcmp(text, severity_names[i]) == 0) {
                        *least = (enum outlier_severity)i;
                        return true;
                }
        return error_set(&w->err, ERR_INVALID, "severity: \"%s\" is none of notice, warning, severe", text);
}

static void keep(struct search *s, const struct series *series, size_t place, const struct outlier *o)
{
        if (s->count == s->room) {
                struct found *more = arena_array(s->a.work->arena, s->room = s->room == 0 ? 64 : s->room * 2, sizeof *more);

                if (s->count > 0)
                        memcpy(more, s->list, s->count * sizeof *more);
                s->list = more;
        }
        s->list[s->count++] = (struct found){ series, place, *o };
}

/* The worst first, then the newest, then as they are read. */
static int compare_found(const void *a, const void *b)
{
        const struct found *x = a, *y = b;
        double p = fabs(x->outlier.z), q = fabs(y->outlier.z);

        if (x->outlier.severity != y->outlier.severity)
                return x->outlier.severity > y->outlier.severity ? -1 : 1;
        if (x->place != y->place)
                return x->place > y->place ? -1 : 1;
        if (p != q)
                return p > q ? -1 : 1;
        return x->series < y->series ? -1 : x->series > y->series;
}

static void judge(struct search *s)
{
        struct series_set *set = &s->a.set;
        size_t n = set->periods, first, last = n;
        double *work = arena_array(s->a.work->arena, 2 * n, sizeof *work);
        struct outlier *judged = arena_array(s->a.work->arena, n, sizeof *judged);

        while (s->to == PERIOD_NONE && s->from == PERIOD_NONE && last > 0 && period_first(analysis_at(&s->a, last - 1)) > day_of_moment(s->a.work->now))
                last--; /* what has not begun is not the newest */
        first = last > PERIODS_JUDGED ? last - PERIODS_JUDGED : 0;
        if (s->from != PERIOD_NONE)
                for (first = 0; first < n && analysis_at(&s->a, first) < s->from;)
                        first++;
        else if (s->to != PERIOD_NONE)
                first = 0;
        while (s->to != PERIOD_NONE && last > first && analysis_at(&s->a, last - 1) > s->to)
                last--;
        s->from = analysis_at(&s->a, first);
        s->to = last > first ? analysis_at(&s->a, last - 1) : s->from;
        for (size_t i = 0; i < set->count; i++) {
                outlier_judge(set->list[i].value, n, set->frequency == FREQUENCY_MONTH ? 12 : 4, first, work, judged);
                for (size_t t = first; t < last; t++) {
                        s->judged += judged[t - first].years >= 2;
                        if (judged[t - first].severity >= s->least)
                                keep(s, &set->list[i], t, &judged[t - first]);
                }
        }
        if (s->count > 0)
                qsort(s->list, s->count, sizeof *s->list, compare_found);
}

/* ---- in words -------------------------------------------------------------------------------------------------------------- */

/* "Tết 2021: 12/02/2021" for what lies around it, where its date may be the reason. */
static const char *tet_said(const struct search *s, period p)
{
        char date[DAY_SHOWN_MAX];
        day tet = tet_day(period_year(p));

        if (period_frequency(p) != FREQUENCY_MONTH || period_index(p) > 2 || tet == DAY_NONE)
                return "";
        day_write_shown(date, tet, s->a.work->language);
        return arena_print(s->a.work->arena, work_text(s->a.work, "; Tết moves: that year it was on %s"), date);
}

static const char *explanation(const struct search *s, const struct found *f)
{
        struct work *w = s->a.work;
        const struct outlier *o = &f->outlier;
        double scale = (double)decimal_power[s->a.indicator->decimals];
        int shown = s->a.indicator->shown;
        const char *usual = analysis_number(&s->a, o->usual / scale, shown, false), *said;

        if (!o->has_ratio)
                said = arena_print(w->arena, work_text(w, "%s away from the same period of earlier years (%s, median of %d years)"),
                                   analysis_number(&s->a, ((double)f->series->value[f->place] - o->usual) / scale, shown, true), usual, o->years);
        else if (o->ratio >= 2)
                said = arena_print(w->arena, work_text(w, "%s times the same period of earlier years (%s, median of %d years)"),
                                   analysis_number(&s->a, o->ratio, 1, false), usual, o->years);
        else
                said = arena_print(w->arena, work_text(w, "%s%% of the same period of earlier years (%s, median of %d years)"),
                                   analysis_number(&s->a, o->ratio * 100, 1, false), usual, o->years);
        if (o->has_z)
                said = arena_print(w->arena, work_text(w, "%s; as this series goes, about %s was to be expected; %s times as far off as its figures usually are"), said,
                                   analysis_number(&s->a, o->expected / scale, shown, false), analysis_number(&s->a, fabs(o->z), Z_DECIMALS, false));
        if (o->is_other_unit)
                said = arena_print(w->arena, work_text(w, "%s; perhaps another unit of measure: about a thousandfold or a thousandth"), said);
        return arena_print(w->arena, "%s%s", said, tet_said(s, analysis_at(&s->a, f->place)));
}

#define CUTS_TOLD 3

/* Where the unit of measure changes, and series begin anew; NULL where none does. */
static const char *cuts_said(const struct search *s)
{
        struct work *w = s->a.work;
        const char *all = NULL;
        size_t cuts = 0;

        for (size_t i = 0; i < s->a.set.count; i++) {
                const struct series *one = &s->a.set.list[i];
                bool is_first = one->other != 0;

                for (size_t n = one->other; is_first && n != i + 1; n = s->a.set.list[n - 1].other)
                        is_first = n > i + 1;
                if (!is_first || ++cuts > CUTS_TOLD)
                        continue;
                all = arena_print(w->arena, "%s%s%s, %s: %s, %s", all == NULL ? "" : all, all == NULL ? "" : "; ", analysis_unit(&s->a, one->unit),
                                  analysis_item(&s->a, one->item, one->last), analysis_measured(&s->a, one), analysis_others(&s->a, one));
        }
        if (all == NULL)
                return NULL;
        all = arena_print(w->arena, work_text(w, "Figures in another unit of measure are another series, and are not compared: %s"), all);
        return cuts <= CUTS_TOLD ? all : arena_print(w->arena, work_text(w, "%s; and %zu more"), all, cuts - CUTS_TOLD);
}

static const char *span_said(const struct search *s)
{
        return s->from == s->to ? analysis_period(&s->a, s->from)
                                : arena_print(s->a.work->arena, "%s – %s", analysis_period(&s->a, s->from), analysis_period(&s->a, s->to));
}

/* ---- the table ------------------------------------------------------------------------------------------------------------------ */

#define COLUMNS_MOST 17

/* Whether the table says of each row what it counts in: programs read it there, people where it is not the same for all. */
static bool has_measures(const struct search *s)
{
        return !s->a.is_for_people || *s->a.indicator->unit_vi == '\0';
}

static bool rows_write(struct search *s, struct table *t)
{
        struct work *w = s->a.work;
        const struct indicator *i = s->a.indicator;
        const char *source = w->language == LANGUAGE_VI ? i->source_vi : i->source_en;
        size_t most = s->a.is_for_people && s->count > ROWS_SHOWN ? ROWS_SHOWN : s->count;

        for (size_t k = 0; k < most && work_ok(w); k++) {
                const struct found *f = &s->list[k];
                const struct series *of = f->series;
                period at = analysis_at(&s->a, f->place);
                struct cell value = cell_number(of->value[f->place], i->decimals, i->shown);
                double usual = f->outlier.usual / (double)decimal_power[i->decimals];
                struct cell cells[COLUMNS_MOST];
                int n = 0;

                value.href = analysis_explain(&s->a, of, f->place);
                cells[n++] = cell_text(s->a.is_for_people ? work_text(w, severity_texts[f->outlier.severity]) : severity_names[f->outlier.severity]);
                cells[n++] = cell_text(analysis_period(&s->a, at));
                if (!s->a.is_for_people)
                        cells[n++] = cell_text(of->unit->code);
                cells[n++] = cell_text(analysis_unit(&s->a, of->unit));
                if (!s->a.is_for_people)
                        cells[n++] = cell_text(of->item);
                cells[n++] = cell_text(analysis_item(&s->a, of->item, at));
                if (*i->partner_classification != '\0')
                        cells[n++] = cell_text(of->partner);
                cells[n++] = value;
                if (has_measures(s))
                        cells[n++] = cell_text(of->unit_of_measure);
                cells[n++] = analysis_cell(usual, i->shown, i->shown);
                cells[n++] = f->outlier.has_ratio ? analysis_cell(f->outlier.ratio, RATIO_DECIMALS, RATIO_DECIMALS) : cell_empty();
                cells[n++] = f->outlier.has_z ? analysis_cell(f->outlier.z, Z_DECIMALS, Z_DECIMALS) : cell_empty();
                cells[n++] = cell_text(explanation(s, f));
                cells[n++] = cell_text(source);
                if (!s->a.is_for_people) {
                        cells[n++] = cell_text(value.href);
                        cells[n++] = cell_text("analysis");
                }
                table_row(t, cells);
        }
        return work_ok(w);
}

/* Programs get places and items by their codes, as in /figures, and their names beside. */
static bool search_write(struct search *s, enum suffix suffix, struct buf *out, const char *title, const char *const *notes)
{
        struct work *w = s->a.work;
        const struct indicator *i = s->a.indicator;
        const char *measure = w->language == LANGUAGE_VI ? i->unit_vi : i->unit_en, *unit = *measure == '\0' ? NULL : measure;
        bool is_page = s->a.is_for_people;
        struct column c[COLUMNS_MOST];
        struct table *t;
        int n = 0;

        c[n++] = (struct column){ "severity", N_("Severity"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "period", N_("Period"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "unit", is_page ? N_("Unit that owns it") : N_("Code of the unit"), NULL, CELL_TEXT };
        if (!is_page)
                c[n++] = (struct column){ "unit_name", N_("Unit that owns it"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "item", is_page ? N_("Item") : N_("Code of the item"), NULL, CELL_TEXT };
        if (!is_page)
                c[n++] = (struct column){ "item_name", N_("Item"), NULL, CELL_TEXT };
        if (*i->partner_classification != '\0')
                c[n++] = (struct column){ "partner", N_("Partner"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "value", N_("Value"), unit, CELL_NUMBER };
        if (has_measures(s))
                c[n++] = (struct column){ "unit_of_measure", N_("Unit of measure"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "usual", N_("Usual"), unit, CELL_NUMBER };
        c[n++] = (struct column){ "ratio", N_("Seasonal ratio"), NULL, CELL_NUMBER };
        c[n++] = (struct column){ "z", N_("Robust z"), NULL, CELL_NUMBER };
        c[n++] = (struct column){ "explanation", N_("Why"), NULL, CELL_TEXT };
        c[n++] = (struct column){ "source", N_("Source"), NULL, CELL_TEXT };
        if (!is_page) {
                c[n++] = (struct column){ "explain", N_("Explanation of the figure"), NULL, CELL_TEXT };
                c[n++] = (struct column){ "kind", N_("Kind"), NULL, CELL_TEXT };
        }
        t = table_begin_below(w, suffix, out, title, notes, c, n);
        if (t != NULL)
                table_describe(t, about_figures(w, title, &s->a.query, &(struct about_rows){ &s->a.indicator, 1, 0 }, request_target(s->a.request)));
        return t != NULL && rows_write(s, t) && table_end(t, NULL);
}

/* ---- the handler -------------------------------------------------------------------------------------------------------------------- */

static void view_fill(struct search *s, struct outliers_view *v)
{
        struct work *w = s->a.work;

        v->asked = analysis_asked(&s->a, work_text(w, "Every place"), work_text(w, "Every item"));
        for (int i = OUTLIER_NOTICE; i <= OUTLIER_SEVERE; i++)
                choices_add(w, &v->severities, severity_names[i], work_text(w, severity_texts[i]), s->least == (enum outlier_severity)i);
        v->csv = analysis_format(&s->a, request_target(s->a.request), "/analysis/outliers", "csv");
        v->xlsx = analysis_format(&s->a, request_target(s->a.request), "/analysis/outliers", "xlsx");
        v->json = analysis_format(&s->a, request_target(s->a.request), "/analysis/outliers", "json");
        v->has_rows = s->count > 0;
}

bool outliers_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct search *s = arena_alloc(w->arena, sizeof *s);
        struct outliers_view v = { 0 };
        struct page page = { .nav = NAV_FIGURES, .crumbs = { { work_text(w, "Figures"), "/figures" } }, .crumb_count = 1 };
        enum suffix suffix = request_suffix(r);
        const char *notes[8];
        size_t n = 0;

        reply->is_private = *w->user->login != '\0';
        if (!severity_read(w, request_query(r, "severity", 0), &s->least) || !analysis_ask(w, r, &s->a))
                return false;
        /* the span is what is judged; its series are read from their first period on */
        s->from = s->a.query.from;
        s->to = s->a.query.to;
        if (s->from != PERIOD_NONE)
                s->a.query.from = period_make(period_frequency(s->from), 0, 1);
        if (!analysis_read(&s->a))
                return false;
        v.has_series = s->a.set.count > 0;
        if (v.has_series)
                judge(s);
        page.title = v.title = arena_print(w->arena, work_text(w, "%s: figures that stand out"), analysis_name(&s->a, s->a.indicator));
        v.partial = analysis_partial(&s->a);
        if (v.has_series)
                v.found = arena_print(w->arena, work_text(w, "%s: %zu of %zu figures that could be judged stand out"), span_said(s), s->count, s->judged);
        notes[n++] = work_text(w, "Analysis, not official figures.");
        if (v.has_series)
                notes[n++] = v.found;
        v.cut = cuts_said(s);
        if (v.cut != NULL && suffix != SUFFIX_HTML)
                notes[n++] = v.cut;
        notes[n++] = work_text(w, "Seasonal ratio: value / median of the same period of the last five years. Robust z of its logarithm (median, MAD): notice from 3.5, to check from 5, "
                                  "very unusual from 8 (Iglewicz and Hoaglin, 1993), and never within a tenth of what was to be expected.");
        if (v.partial != NULL)
                notes[n++] = v.partial;
        if (s->a.set.known_from != 0)
                notes[n++] = arena_print(w->arena, work_text(w, "figures as known on %s"), moment_for_people(w, s->a.set.known_from));
        if (suffix == SUFFIX_HTML && s->count > ROWS_SHOWN)
                notes[n++] = arena_print(w->arena, work_text(w, "The worst %d; the files have all."), ROWS_SHOWN);
        notes[n] = NULL;
        if (suffix != SUFFIX_HTML) {
                table_file(w, r, reply, "outliers");
                return search_write(s, suffix, &reply->body, v.title, notes);
        }
        view_fill(s, &v);
        page_begin(w, r, reply, &page);
        analysis_outliers_page(w, &reply->body, &v);
        if (s->count > 0 && !search_write(s, SUFFIX_HTML, &reply->body, v.title, notes + 1))
                return false;
        page_end(w, r, reply, &page);
        return work_ok(w);
}
