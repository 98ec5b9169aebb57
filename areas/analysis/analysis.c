/* analysis.c - analyses of figures: what their pages share, and the area's addresses. */
#include "areas/analysis/analysis.h"

#include <math.h>
#include <string.h>

#include "areas/area.h"
#include "base/decimal.h"
#include "figure/filter.h"
#include "ledger/symbol.h"
#include "report/figure_text.h"


/* ---- what is asked ----------------------------------------------------------------------------------------------- */

static const char *from_request(const void *source, const char *name, int nth)
{
        return request_query(source, name, nth);
}

/* The first page has something to show wherever there are figures. */
static const struct indicator *first_indicator(struct work *w)
{
        static const char *const ids[] = { "export_value", "product_output", "iip_yoy", "labour_yoy", "gdp_const2010" };
        const struct catalogue *c = catalogue_of(w);

        for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
                int64_t symbol = symbol_find(w, 'i', ids[i]);

                if (symbol >= 0 && db_number(w->db, "SELECT COUNT(*) FROM (SELECT 1 FROM figure_group WHERE indicator = $1 LIMIT 1) one",
                                             ARGS(v_int(symbol)), 0) > 0)
                        return indicator_find(c, ids[i]);
        }
        return indicator_find(c, ids[0]);
}

bool analysis_ask(struct work *w, const struct request *r, struct analysis *a)
{
        struct figure_query *q = &a->query;
        const char *unit = request_query(r, "unit", 0), *item = request_query(r, "item", 0);

        *a = (struct analysis){ .work = w, .request = r, .unit_asked = unit == NULL ? "" : unit, .item_asked = item == NULL ? "" : item,
                                .is_for_people = request_suffix(r) == SUFFIX_HTML };
        if (!filter_read(w, from_request, r, q))
                return false;
        if (q->indicator_count > 1)
                return error_set(&w->err, ERR_INVALID, "name one indicator");
        if (q->compare != COMPARE_NONE || q->status != 0)
                return error_set(&w->err, ERR_INVALID, "an analysis takes figures as they are: without compare and status");
        if (q->indicator_count == 0) {
                q->indicators = arena_array(w->arena, 1, sizeof *q->indicators);
                q->indicators[0] = first_indicator(w);
                q->indicator_count = 1;
        }
        a->indicator = q->indicators[0];
        if (a->is_for_people && q->item_count == 1 && !item_was(catalogue_of(w), a->indicator->item_classification, a->item_asked)) {
                q->item_count = 0; /* the form keeps it when another indicator is chosen there */
                a->item_asked = "";
        }
        if (!a->is_for_people && !filter_fits(w, q))
                return false;
        q->marks_contests = q->takes_finer = false;
        figures_limit_to_reader(w, q);
        return a->indicator != NULL && work_ok(w);
}

bool analysis_read(struct analysis *a)
{
        const struct figure_query *q = &a->query;
        period named = q->from != PERIOD_NONE ? q->from : q->to;
        size_t months_partial;

        if (named != PERIOD_NONE && period_frequency(named) != FREQUENCY_MONTH && period_frequency(named) != FREQUENCY_QUARTER)
                return error_set(&a->work->err, ERR_INVALID, "seasons are told from months or quarters: 2021-03, 2021-Q1");
        if (named != PERIOD_NONE)
                return series_read(a->work, q, period_frequency(named), &a->set);
        if (!series_read(a->work, q, FREQUENCY_MONTH, &a->set) || a->set.count > 0)
                return work_ok(a->work);
        months_partial = a->set.partial;
        if (!series_read(a->work, q, FREQUENCY_QUARTER, &a->set))
                return false;
        a->set.partial += a->set.count == 0 ? months_partial : 0;
        return true;
}

const char *analysis_partial(const struct analysis *a)
{
        return a->set.partial == 0 ? NULL : arena_print(a->work->arena, work_text(a->work, "Figures left out, as sums of only some of the units below: %zu."), a->set.partial);
}

/* ---- in words ------------------------------------------------------------------------------------------------------ */

const char *analysis_name(const struct analysis *a, const struct indicator *i)
{
        return a->work->language == LANGUAGE_VI ? i->name_vi : i->name_en;
}

const char *analysis_item(const struct analysis *a, const char *code, period p)
{
        const struct figure_row row = { .indicator = a->indicator, .item = code, .period = p };

        return item_shown(a->work, &row);
}

const char *analysis_period(const struct analysis *a, period p)
{
        char text[64];

        if (a->is_for_people)
                period_write_short(text, sizeof text, p, a->work->language);
        else
                period_write(text, p);
        return arena_text(a->work->arena, text);
}

#define SCALED_BEYOND 9223372036854775808.0 /* no 64 bits hold it: 2 to the 63rd */

const char *analysis_number(const struct analysis *a, double value, int decimals, bool has_sign)
{
        char text[DECIMAL_TEXT_MAX * 2];
        double scaled = value * (double)decimal_power[decimals];

        if (!(fabs(scaled) < SCALED_BEYOND))
                return "–";
        decimal_write_shown(text, llround(scaled), decimals, decimals, a->work->language);
        return arena_print(a->work->arena, "%s%s", has_sign && llround(scaled) > 0 ? "+" : "", text);
}

const char *analysis_unit(const struct analysis *a, const struct unit *u)
{
        return a->work->language == LANGUAGE_VI ? u->full_name_vi : u->full_name_en;
}

struct cell analysis_cell(double value, int decimals, int shown)
{
        double scaled = value * (double)decimal_power[decimals];

        return fabs(scaled) < SCALED_BEYOND ? cell_number(llround(scaled), decimals, shown) : cell_empty();
}

period analysis_at(const struct analysis *a, size_t place)
{
        return period_plus(a->set.from, (int)place);
}

const char *analysis_measured(const struct analysis *a, const struct series *s)
{
        const char *measure = *s->unit_of_measure == '\0' ? work_text(a->work, "no unit of measure stated") : s->unit_of_measure;

        return arena_print(a->work->arena, "%s (%s – %s)", measure, analysis_period(a, s->first), analysis_period(a, s->last));
}

const char *analysis_others(const struct analysis *a, const struct series *s)
{
        const char *all = NULL;

        for (size_t n = s->other; n != 0 && &a->set.list[n - 1] != s; n = a->set.list[n - 1].other)
                all = arena_print(a->work->arena, "%s%s%s", all == NULL ? "" : all, all == NULL ? "" : ", ", analysis_measured(a, &a->set.list[n - 1]));
        return all;
}

const char *analysis_explain(const struct analysis *a, const struct series *s, size_t place)
{
        const struct figure_row row = { .indicator = a->indicator, .unit = s->unit, .period = analysis_at(a, place), .item = s->item, .partner = s->partner };

        return explain_address(a->work, &row, &a->query);
}

const char *analysis_format(const struct analysis *a, const char *address, const char *path, const char *suffix)
{
        const char *query = strchr(address, '?');

        return arena_print(a->work->arena, "%s.%s%s", path, suffix, query == NULL ? "" : query);
}

/* ---- what can be chosen ------------------------------------------------------------------------------------------------ */

static const char *typed(const struct analysis *a, const char *name)
{
        const char *value = request_query(a->request, name, 0);

        return value == NULL ? "" : value;
}

struct asked_view analysis_asked(struct analysis *a, const char *first_unit, const char *first_item)
{
        struct work *w = a->work;
        day on = a->query.to != PERIOD_NONE ? period_last(a->query.to) : day_of_moment(w->now);

        return (struct asked_view){ choices_of_indicators(w, &a->indicator, 1), choices_of_places(w, first_unit, &a->unit_asked, *a->unit_asked != '\0'),
                                    choices_of_items(w, a->indicator->item_classification, on, EVERY_DEPTH, first_item, &a->item_asked, *a->item_asked != '\0'),
                                    typed(a, "from"), typed(a, "to"), typed(a, "known") };
}

/* ---- the area ------------------------------------------------------------------------------------------------------------ */

static const struct route routes[] = {
        { GET, "/analysis", season_page, MAY_READ_PUBLIC, ROUTE_KNOWN, N_("A series freed of season and of Tết: an analysis") },
        { GET, "/analysis/outliers", outliers_page, MAY_READ_PUBLIC, ROUTE_KNOWN, N_("Figures that stand out from their series: an analysis") },
        { 0 },
};

const struct area analysis_area = { .name = "analysis", .title = N_("Analysis"), .routes = routes };
