/* analysis.c - analyses of figures: what their pages share, and the area's addresses. */
#include "areas/analysis/analysis.h"

#include <math.h>
#include <string.h>

#include "areas/area.h"
#include "base/decimal.h"
#include "figure/filter.h"
#include "ledger/symbol.h"
#include "report/figure_text.h"

#define LIST_MAX 4096
#define ITEMS_MAX 16384

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

/* Whether the indicator's classification ever had the item. */
static bool item_is_of_indicator(const struct analysis *a)
{
        struct work *w = a->work;
        const struct item **list = arena_array(w->arena, ITEMS_MAX, sizeof *list);
        const char *classification = a->indicator->item_classification;
        size_t count = *classification == '\0' ? 0 : item_list_ever(catalogue_of(w), classification, list, ITEMS_MAX);

        for (size_t i = 0; i < count && i < ITEMS_MAX; i++)
                if (strcmp(list[i]->code, a->item_asked) == 0)
                        return true;
        return count > ITEMS_MAX;
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
        if (a->is_for_people && q->item_count == 1 && !item_is_of_indicator(a)) {
                q->item_count = 0; /* the form keeps it when another indicator is chosen there */
                a->item_asked = "";
        }
        q->marks_contests = false;
        figures_limit_to_reader(w, q);
        return a->indicator != NULL && work_ok(w);
}

bool analysis_read(struct analysis *a)
{
        const struct figure_query *q = &a->query;
        period named = q->from != PERIOD_NONE ? q->from : q->to;

        if (named != PERIOD_NONE && period_frequency(named) != FREQUENCY_MONTH && period_frequency(named) != FREQUENCY_QUARTER)
                return error_set(&a->work->err, ERR_INVALID, "seasons are told from months or quarters: 2021-03, 2021-Q1");
        if (named != PERIOD_NONE)
                return series_read(a->work, q, period_frequency(named), &a->set);
        return series_read(a->work, q, FREQUENCY_MONTH, &a->set) &&
               (a->set.count > 0 || series_read(a->work, q, FREQUENCY_QUARTER, &a->set));
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

const char *analysis_number(const struct analysis *a, double value, int decimals, bool has_sign)
{
        char text[DECIMAL_TEXT_MAX * 2];
        double scaled = value * (double)decimal_power[decimals];

        if (!(fabs(scaled) < 9e18))
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

        return fabs(scaled) < 9e18 ? cell_number(llround(scaled), decimals, shown) : cell_empty();
}

period analysis_at(const struct analysis *a, size_t place)
{
        return period_plus(a->set.from, (int)place);
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

static void choice_add(struct choices *c, const char *value, const char *text, bool is_chosen)
{
        c->list[c->count++] = (struct choice){ value, text, is_chosen };
}

/* All of them. */
static struct choices indicators(struct analysis *a)
{
        struct work *w = a->work;
        const struct indicator **list = arena_array(w->arena, LIST_MAX, sizeof *list);
        size_t count = indicator_list_named(catalogue_of(w), w->language, list, LIST_MAX);
        struct choices c = { arena_array(w->arena, LIST_MAX, sizeof *c.list), 0 };

        for (size_t i = 0; i < count && i < LIST_MAX; i++)
                choice_add(&c, list[i]->id, analysis_name(a, list[i]), list[i] == a->indicator);
        return c;
}

/* The country and all provinces there ever were, and what else was asked for. */
static struct choices units(struct analysis *a, const char *first)
{
        struct work *w = a->work;
        bool is_vi = w->language == LANGUAGE_VI, is_found = *a->unit_asked == '\0';
        const struct unit **list = arena_array(w->arena, LIST_MAX, sizeof *list), *asked;
        size_t count = unit_list_ever(catalogue_of(w), list, LIST_MAX);
        struct choices c = { arena_array(w->arena, LIST_MAX + 2, sizeof *c.list), 0 };
        day today = day_of_moment(w->now);

        if (first != NULL)
                choice_add(&c, "", first, is_found);
        asked = is_found ? NULL : unit_read(catalogue_of(w), a->unit_asked, today);
        for (size_t i = 0; i < count && i < LIST_MAX && list[i]->level <= LEVEL_PROVINCE; i++) {
                const struct unit *u = list[i];
                bool is_past = u->to < today, is_chosen = u == asked;
                char date[DAY_SHOWN_MAX];

                day_write_shown(date, u->to, w->language);
                choice_add(&c, is_past ? u->key : u->code,
                           u->level == LEVEL_COUNTRY ? work_text(w, "The whole country")
                           : is_past                 ? arena_print(w->arena, work_text(w, "%s (until %s)"), is_vi ? u->name_vi : u->name_en, date)
                                                     : is_vi ? u->name_vi : u->name_en,
                           is_chosen);
                is_found |= is_chosen;
        }
        if (!is_found)
                choice_add(&c, a->unit_asked, asked == NULL ? a->unit_asked : is_vi ? asked->full_name_vi : asked->full_name_en, true);
        return c;
}

static struct choices items(struct analysis *a, const char *first)
{
        struct work *w = a->work;
        const char *classification = a->indicator->item_classification;
        const struct item **list = arena_array(w->arena, LIST_MAX, sizeof *list);
        day on = a->query.to != PERIOD_NONE ? period_last(a->query.to) : day_of_moment(w->now);
        size_t count = *classification == '\0' ? 0 : item_list(catalogue_of(w), classification, on, list, LIST_MAX);
        struct choices c = { arena_array(w->arena, LIST_MAX + 1, sizeof *c.list), 0 };

        if (count == 0)
                return c;
        if (first != NULL)
                choice_add(&c, "", first, *a->item_asked == '\0');
        for (size_t i = 0; i < count && i < LIST_MAX; i++)
                choice_add(&c, list[i]->code, w->language == LANGUAGE_VI || *list[i]->name_en == '\0' ? list[i]->name_vi : list[i]->name_en,
                           strcmp(list[i]->code, a->item_asked) == 0);
        return c;
}

static const char *typed(const struct analysis *a, const char *name)
{
        const char *value = request_query(a->request, name, 0);

        return value == NULL ? "" : value;
}

struct asked_view analysis_asked(struct analysis *a, const char *first_unit, const char *first_item)
{
        return (struct asked_view){ indicators(a), units(a, first_unit), items(a, first_item), typed(a, "from"), typed(a, "to"), typed(a, "known") };
}

/* ---- the area ------------------------------------------------------------------------------------------------------------ */

static const struct route routes[] = {
        { GET, "/analysis", season_page, MAY_READ_PUBLIC, 0, N_("A series freed of season and of Tết: an analysis") },
        { GET, "/analysis/outliers", outliers_page, MAY_READ_PUBLIC, 0, N_("Figures that stand out from their series: an analysis") },
        { 0 },
};

const struct area analysis_area = { .name = "analysis", .title = N_("Analysis"), .routes = routes };
