/* growth.c - the area: contributions to the growth of a product or of industry, one answer in any format. */
#include <stdlib.h>
#include <string.h>

#include "areas/area.h"
#include "areas/growth/pages.h"
#include "areas/growth/view.h"
#include "figure/filter.h"
#include "format/html.h"
#include "format/jsonw.h"
#include "report/table.h"

#define UNITS_MOST 128

static const struct { const char *name, *title; } ofs[] = {
        [GROWTH_OF_PRODUCT] = { "product", N_("gross product") },
        [GROWTH_OF_INDUSTRY] = { "industry", N_("value added of industry") },
};
#define OFS (sizeof ofs / sizeof *ofs)

/* ---- the question --------------------------------------------------------------------------------------------- */

static const char *given(const struct request *r, const char *name)
{
        const char *value = request_query(r, name, 0);

        return value == NULL || *value == '\0' ? NULL : value;
}

static const char *period_code(struct work *w, period p)
{
        char text[PERIOD_TEXT_MAX];

        period_write(text, p);
        return arena_text(w->arena, text);
}

static const char *period_title(struct work *w, period p)
{
        char text[64];

        period_write_shown(text, sizeof text, p, w->language);
        return arena_text(w->arena, text);
}

/* Of the filters of figures, those of time and map. */
static const char *from_growth(const void *source, const char *name, int nth)
{
        return strcmp(name, "known") == 0 || strcmp(name, "boundary") == 0 ? request_query(source, name, nth) : NULL;
}

/* The unit that a code means on the map asked for; without a map on that of the period, or else as it was last. */
static bool unit_asked(struct work *w, const char *code, const struct figure_query *q, struct growth_asked *a)
{
        const struct catalogue *c = catalogue_of(w);
        day on = q->boundary == BOUNDARY_DATE ? q->boundary_day
                 : q->boundary == BOUNDARY_NOW || a->period == PERIOD_NONE ? day_of_moment(w->now) : period_last(a->period);
        const struct unit *all[16];
        char text[DAY_SHOWN_MAX];

        a->unit = unit_read(c, code, on);
        if (q->boundary != BOUNDARY_THEN && (a->unit == NULL || on < a->unit->from || on > a->unit->to)) {
                day_write_shown(text, on, w->language);
                error_set(&w->err, ERR_INVALID, "there is no unit \"%s\" on the map of %s", code, text);
                return error_hint(&w->err, "name the unit as it is on that map, or leave boundary out");
        }
        if (a->unit == NULL) { /* it may be no more */
                size_t n = unit_by_code(c, code, all, 16);

                a->unit = n == 0 ? NULL : all[(n < 16 ? n : 16) - 1];
        }
        if (a->unit == NULL)
                return error_set(&w->err, ERR_INVALID, "there never was a unit with the code \"%s\"", code);
        return a->unit->level <= LEVEL_PROVINCE || error_set(&w->err, ERR_INVALID, "the product is that of the country or of a province");
}

static const char *period_said(struct work *w, period p)
{
        char text[64];

        period_write_said(text, sizeof text, p, w->language);
        return arena_text(w->arena, text);
}

bool growth_asked_read(struct work *w, const struct request *r, struct growth_asked *a)
{
        const char *of = given(r, "of"), *unit = given(r, "unit"), *p = given(r, "period"), *known = given(r, "known");
        struct figure_query q;

        *a = (struct growth_asked){ .known_text = known == NULL ? "" : known };
        if (of != NULL) {
                size_t n = 0;

                while (n < OFS && strcmp(ofs[n].name, of) != 0)
                        n++;
                if (n == OFS)
                        return error_set(&w->err, ERR_INVALID, "of: \"%s\" is neither product nor industry", of);
                a->of = (enum growth_of)n;
        }
        if (!filter_read(w, from_growth, r, &q) || catalogue_of(w) == NULL)
                return false;
        a->known = q.known;
        if (p != NULL && !period_read(p, strlen(p), &a->period))
                return error_set(&w->err, ERR_INVALID, "period: \"%s\" is not a period: 2021-03, 2021-Q1, 2021-S1 or 2021", p);
        if (!unit_asked(w, unit == NULL ? "VN" : unit, &q, a))
                return false;
        growth_periods(w, a->of, a->unit, a->known, a->periods, GROWTH_PERIODS_MOST, &a->period_count);
        if (a->period == PERIOD_NONE && a->period_count > 0)
                a->period = a->periods[0];
        return work_ok(w);
}

const char *growth_of_said(struct work *w, const struct growth_asked *a)
{
        return work_text(w, ofs[a->of].title);
}

const char *growth_address(struct work *w, const struct growth_asked *a, const char *path)
{
        return arena_print(w->arena, "%s?of=%s&unit=%s%s%s%s", path, ofs[a->of].name, a->unit->key, a->period == PERIOD_NONE ? "" : "&period=",
                           a->period == PERIOD_NONE ? "" : period_code(w, a->period), known_query(w, a->known));
}

/* ---- in words ------------------------------------------------------------------------------------------------------- */

static const char *unit_name(const struct work *w, const struct unit *u)
{
        return w->language == LANGUAGE_VI ? u->full_name_vi : u->full_name_en;
}

static const char *number_said(struct work *w, int64_t value, bool has_sign)
{
        char text[DECIMAL_TEXT_MAX];

        decimal_write_shown(text, value, STATS_DECIMALS, FIGURE_POINTS_SHOWN, w->language);
        return arena_print(w->arena, "%s%s", has_sign && value > 0 ? "+" : "", text);
}

static const char *how_of(struct work *w, const struct growth_table *t, const struct growth_line *l)
{
        const char *how;

        switch (l->source) {
        case GROWTH_REPORTED:
                return arena_print(w->arena, l->is_estimate ? work_text(w, "as the source reports it (%s); an estimate") : work_text(w, "as the source reports it (%s)"),
                                   growth_line_source(w, t, l));
        case GROWTH_COMPUTED:
                if (l->rest != GROWTH_NO_REST)
                        return l->note;
                how = l->is_estimate ? work_text(w, "computed from levels; some are estimates") : work_text(w, "computed from levels");
                return l->has_growth ? how : arena_print(w->arena, "%s; %s", how, work_text(w, "growth from a base of zero or below is not defined"));
        case GROWTH_UNKNOWN:
                break;
        }
        return l->missing;
}

static const char *source_name(enum growth_source s)
{
        static const char *const names[] = { "", "reported", "computed" };

        return names[s];
}

static const char *day_said(struct work *w, moment m)
{
        char text[DAY_SHOWN_MAX];

        day_write_shown(text, day_of_moment(m), w->language);
        return arena_text(w->arena, text);
}

/* The part that explains most of the growth, or of the fall; or how much is missing. */
static const char *finding_of(struct work *w, const struct growth_table *t)
{
        const struct growth_line *best = NULL;
        const char *growth = number_said(w, t->lines[0].printed, true);

        for (size_t i = 1; i < t->count; i++)
                if ((t->lines[i].depth == 1 || t->lacking > 0) && growth_leads(t, &t->lines[i], best))
                        best = &t->lines[i];
        if (t->lines[0].source == GROWTH_UNKNOWN)
                return arena_print(w->arena, work_text(w, "Growth is not known: %s"), t->lines[0].missing);
        if (best == NULL)
                return arena_print(w->arena, work_text(w, "Growth is %s%%; which activity brought how much is not known"), growth);
        if (t->lines[0].printed == 0)
                return best->printed == 0 ? arena_print(w->arena, work_text(w, "Growth is %s%%"), growth)
                                          : arena_print(w->arena, work_text(w, "Growth is %s%%; %s: %s percentage points"), growth, best->name, number_said(w, best->printed, true));
        if (best->is_explained)
                return arena_print(w->arena, t->lines[0].printed < 0 ? work_text(w, "%s: %s of %s percentage points, %s%% of the fall")
                                                                     : work_text(w, "%s: %s of %s percentage points, %s%% of growth"),
                                   best->name, number_said(w, best->printed, true), growth, number_said(w, best->explained, false));
        return arena_print(w->arena, work_text(w, "%s: %s of %s percentage points"), best->name, number_said(w, best->printed, true), growth);
}

static const char *const *notes_of(struct work *w, const struct growth_asked *a, const struct growth_table *t)
{
        const char **notes = arena_array(w->arena, 13, sizeof *notes);
        size_t n = 0;

        notes[n++] = arena_print(w->arena, "%s · %s · %s", unit_name(w, a->unit), growth_of_said(w, a), period_title(w, t->period));
        notes[n++] = work_text(w, "Points are percentage points: (level − level a year before) ÷ whole a year before × 100, at constant prices of one year.");
        if (t->adds_up && t->lines[0].source == GROWTH_COMPUTED)
                notes[n++] = work_text(w, "The points of the parts add up to the growth exactly, to the sixth decimal and as they are printed: they are rounded by largest remainder.");
        else if (t->adds_up)
                notes[n++] = work_text(w, "The points as reported add up to the growth exactly.");
        else if (t->lines[0].source != GROWTH_UNKNOWN && t->lacking == 0)
                notes[n++] = arena_print(w->arena, work_text(w, "The points as reported leave %s percentage points of the growth."), number_said(w, t->rest, true));
        else
                notes[n++] = arena_print(w->arena, work_text(w, "%zu parts are not known: nothing is claimed about them, nor taken from what the others leave."), t->lacking);
        if (t->how_now != NULL)
                notes[n++] = arena_print(w->arena, work_text(w, "Levels of %s are restated for the territory of %s: %s."), period_said(w, t->period), unit_name(w, a->unit), t->how_now);
        if (t->how_before != NULL)
                notes[n++] = arena_print(w->arena, work_text(w, "Levels of %s are restated for the territory of %s: %s."), period_said(w, t->before), unit_name(w, a->unit), t->how_before);
        for (size_t i = 1; i < t->count && n < 7; i++) {
                if (t->lines[i].rest == GROWTH_NO_REST || t->lines[i].depth != 1)
                        continue;
                notes[n++] = work_text(w, "What the parts leave of the whole is called rounding only as far as that can explain it: for each printed figure "
                                       "half a unit of the last decimal it is printed with. More is not explained by the parts that are known.");
                if (t->lines[i].rest == GROWTH_UNEXPLAINED && growth_is_seen(&t->lines[i]))
                        notes[n++] = arena_print(w->arena, work_text(w, "%s percentage points of the growth are not explained by the parts that are known: %s."),
                                                 number_said(w, t->lines[i].printed, true), t->lines[i].note);
        }
        if (t->lines[0].source == GROWTH_COMPUTED && t->level_known != t->base_known)
                notes[n++] = arena_print(w->arena, work_text(w, "The levels are of two publications, %s and %s: what the source has revised of the year before since then is "
                                         "not in them, so the growth it announces may differ."), day_said(w, t->level_known), day_said(w, t->base_known));
        if (t->lines[0].source != GROWTH_UNKNOWN)
                notes[n++] = arena_print(w->arena, "%s%s", work_text(w, "Source: "), growth_source(w, t));
        if (t->known_from != 0)
                notes[n++] = arena_print(w->arena, work_text(w, "As known on %s."), day_said(w, t->known_from));
        notes[n] = NULL;
        return notes;
}

/* ---- any format --------------------------------------------------------------------------------------------------------- */

static struct cell change_cell(bool is_there, int64_t value, const char *href)
{
        struct cell c = cell_number(value, STATS_DECIMALS, 2);

        c.is_change = true;
        c.href = href;
        return is_there ? c : cell_empty();
}

static struct cell share_cell(bool is_there, int64_t value, int shown, const char *href)
{
        struct cell c = cell_number(value, STATS_DECIMALS, shown);

        c.href = href;
        return is_there ? c : cell_empty();
}

static const struct about *about_of(struct work *w, const struct request *r, const struct growth_asked *a, const struct growth_table *t)
{
        return about_table(w, work_text(w, "Contribution to growth"), a->known, request_target(r),
                           (struct about_line[]){ { .name = "source", .label = N_("Source"), .value = growth_source(w, t) },
                                                  { .name = "unit", .label = N_("Unit"), .value = a->unit->key },
                                                  { .name = "of", .label = N_("Growth of"), .value = growth_of_said(w, a) },
                                                  { .name = "period", .label = N_("Period"), .value = a->period == PERIOD_NONE ? "" : period_code(w, a->period) },
                                                  { .name = "level", .label = N_("Indicator of the levels"), .value = t->level->id },
                                                  { .name = "definition", .label = N_("Definition"), .value = "/indicators" } }, 6, true);
}

static bool table_write(struct work *w, const struct request *r, enum suffix suffix, struct buf *out, const struct growth_asked *a, const struct growth_table *t)
{
        const struct column columns[] = {
                { "item", N_("Activity"), NULL, CELL_TEXT },
                { "growth", N_("Growth"), "%", CELL_NUMBER },
                { "weight", N_("Weight a year before"), "%", CELL_NUMBER },
                { "points", N_("Contribution"), N_("percentage points"), CELL_NUMBER },
                { "explained", N_("Share of growth"), "%", CELL_NUMBER },
                { "note", N_("How, or what is missing"), NULL, CELL_TEXT },
                { "name", N_("Name"), NULL, CELL_TEXT },
                { "depth", N_("Depth"), NULL, CELL_INT },
                { "source", N_("Kind"), NULL, CELL_TEXT },
        };
        bool is_page = suffix == SUFFIX_HTML;
        struct table *table = table_begin_below(w, suffix, out, work_text(w, "Contribution to growth"), notes_of(w, a, t), columns,
                                                (int)(sizeof columns / sizeof *columns) - (is_page ? 3 : 0));

        if (table == NULL)
                return false;
        table_describe(table, about_of(w, r, a, t));
        for (size_t i = 0; i < t->count; i++) {
                const struct growth_line *l = &t->lines[i];
                const char *indent = l->depth < 2 ? "" : l->depth == 2 ? "– " : "– – ";
                const char *href[NUMBER_LEVEL];

                for (int n = 0; n < NUMBER_LEVEL; n++)
                        href[n] = is_page ? growth_number_address(w, a, l, (enum growth_number)n) : NULL;
                table_row(table, (struct cell[]){
                                         cell_text(is_page ? arena_print(w->arena, "%s%s", indent, l->name) : l->code),
                                         change_cell(l->has_growth, l->growth, href[NUMBER_GROWTH]),
                                         share_cell(l->has_weight, l->weight, 2, href[NUMBER_WEIGHT]),
                                         change_cell(l->source != GROWTH_UNKNOWN, is_page ? l->printed : l->points, href[NUMBER_POINTS]),
                                         share_cell(l->is_explained, l->explained, 1, href[NUMBER_EXPLAINED]),
                                         cell_text(how_of(w, t, l)),
                                         cell_text(l->name),
                                         cell_int(l->depth),
                                         cell_text(source_name(l->source)),
                                 });
        }
        return table_end(table, NULL);
}

/* ---- the page ---------------------------------------------------------------------------------------------------------------- */

static void chart_fill(struct work *w, struct growth_view *v, const struct growth_table *t)
{
        v->bars = arena_array(w->arena, GROWTH_LINES_MAX, sizeof *v->bars);
        v->chart = (struct chart){ .title = v->finding, .unit = work_text(w, "percentage points"), .decimals = STATS_DECIMALS, .shown = 2, .is_signed = true,
                                   .source = growth_source(w, t),
                                   .as_of = t->known_from == 0 ? NULL : day_said(w, t->known_from) };
        if (t->lines[0].source == GROWTH_UNKNOWN || t->lacking > 0)
                return;
        for (size_t i = 1; i < t->count; i++)
                if (t->lines[i].depth == 1 && growth_is_seen(&t->lines[i]))
                        v->bars[v->bar_count++] = (struct chart_bar){ t->lines[i].name, t->lines[i].printed, false, t->lines[i].is_estimate };
        v->bars[v->bar_count++] = (struct chart_bar){ work_text(w, "Growth"), t->lines[0].printed, true, t->lines[0].is_estimate };
}

static void choices_fill(struct work *w, const struct growth_asked *a, struct growth_view *v)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit **units = arena_array(w->arena, UNITS_MOST, sizeof(*units));
        day on = a->period == PERIOD_NONE ? day_of_moment(w->now) : period_last(a->period);
        size_t n = unit_list(c, LEVEL_PROVINCE, on, units, UNITS_MOST);
        bool is_listed = false;

        v->ofs = arena_array(w->arena, OFS, sizeof *v->ofs);
        for (size_t i = 0; i < OFS; i++)
                v->ofs[v->of_count++] = (struct growth_choice){ ofs[i].name, work_text(w, ofs[i].title), i == (size_t)a->of };
        v->units = arena_array(w->arena, UNITS_MOST + 2, sizeof *v->units);
        v->units[v->unit_count++] = (struct growth_choice){ "VN", work_text(w, "The whole country"), a->unit->level == LEVEL_COUNTRY };
        for (size_t i = 0; i < n && i < UNITS_MOST; i++)
                v->units[v->unit_count++] = (struct growth_choice){ units[i]->key, unit_name(w, units[i]), units[i] == a->unit };
        for (size_t i = 0; i < v->unit_count; i++)
                is_listed |= v->units[i].is_chosen;
        if (!is_listed)
                v->units[v->unit_count++] = (struct growth_choice){ a->unit->key, unit_name(w, a->unit), true };
        v->periods = arena_array(w->arena, GROWTH_PERIODS_MOST + 1, sizeof *v->periods);
        is_listed = false;
        for (size_t i = 0; i < a->period_count; i++) {
                v->periods[v->period_count++] = (struct growth_choice){ period_code(w, a->periods[i]), period_title(w, a->periods[i]), a->periods[i] == a->period };
                is_listed |= a->periods[i] == a->period;
        }
        if (!is_listed && a->period != PERIOD_NONE)
                v->periods[v->period_count++] = (struct growth_choice){ period_code(w, a->period), period_title(w, a->period), true };
        v->known = a->known_text;
}

static bool growth_handle(struct work *w, const struct request *r, struct reply *reply)
{
        struct growth_asked *a = arena_alloc(w->arena, sizeof *a);
        struct growth_view v = { .title = work_text(w, "Contribution to growth") };
        struct page page = { .nav = NAV_FIGURES, .title = v.title, .crumbs = { { work_text(w, "Figures"), "/figures" } }, .crumb_count = 1 };
        enum suffix suffix = request_suffix(r);
        struct growth_table *t;

        reply->is_private = *w->user->login != '\0';
        if (!growth_asked_read(w, r, a))
                return false;
        if (a->period == PERIOD_NONE && suffix != SUFFIX_HTML) {
                error_set(&w->err, ERR_MISSING, "no level or growth of %s is known", unit_name(w, a->unit));
                return error_hint(&w->err, "name a period to see what would be needed");
        }
        t = growth_read(w, a->of, a->unit, a->period == PERIOD_NONE ? period_make(FREQUENCY_YEAR, 2000, 0) : a->period, a->known);
        if (t == NULL)
                return false;
        if (suffix != SUFFIX_HTML) {
                table_file(w, r, reply, "growth");
                return table_write(w, r, suffix, &reply->body, a, t);
        }
        choices_fill(w, a, &v);
        v.lede = a->period == PERIOD_NONE ? unit_name(w, a->unit)
                                          : arena_print(w->arena, "%s · %s · %s", unit_name(w, a->unit), growth_of_said(w, a), period_title(w, a->period));
        v.csv = growth_address(w, a, "/growth.csv");
        v.xlsx = growth_address(w, a, "/growth.xlsx");
        v.json = growth_address(w, a, "/growth.json");
        v.levels = arena_print(w->arena, "/figures?indicator=%s&unit=%s%s", t->level->id, a->unit->key, known_query(w, a->known));
        v.finding = finding_of(w, t);
        if (a->period == PERIOD_NONE)
                v.empty = arena_print(w->arena, work_text(w, "No level or growth of %s is known. Once %s is reported for a period and the year before, contributions stand here."),
                                      unit_name(w, a->unit), w->language == LANGUAGE_VI ? t->level->name_vi : t->level->name_en);
        else
                chart_fill(w, &v, t);
        page_begin(w, r, reply, &page);
        growth_growth_page(w, &reply->body, &v);
        if (v.empty == NULL && !table_write(w, r, SUFFIX_HTML, &reply->body, a, t))
                return false;
        page_end(w, r, reply, &page);
        return work_ok(w);
}

static const struct route routes[] = {
        { GET, "/growth", growth_handle, MAY_READ_PUBLIC, ROUTE_KNOWN, N_("Contributions of activities to the growth of a product or of industry, in percentage points") },
        { GET, "/growth/explain", growth_explain_handle, MAY_READ_PUBLIC, ROUTE_UNLISTED | ROUTE_KNOWN, N_("One number of growth: formula, inputs, entries") },
        { 0 },
};

const struct area growth_area = { .name = "growth", .title = N_("Contribution to growth"), .routes = routes };
