/* quality.c - the area of data quality: its addresses, and the words its pages share. */
#include "areas/quality/quality.h"
#include "base/text.h"

#include <string.h>

#include "base/decimal.h"
#include "ledger/node.h"
#include "ledger/past.h"

const char *quality_unit_name(const struct work *w, const struct unit *u)
{
        return w->language == LANGUAGE_EN ? u->full_name_en : u->full_name_vi;
}

const char *quality_cell_name(struct work *w, const struct indicator *i, const char *item, day on)
{
        const char *name = w->language == LANGUAGE_EN ? i->name_en : i->name_vi;
        const struct item *known = *item == '\0' ? NULL : item_at(catalogue_of(w), i->item_classification, item, on);

        if (*item == '\0')
                return name;
        if (known == NULL)
                return arena_print(w->arena, "%s: %s", name, item);
        return arena_print(w->arena, "%s: %s", name, w->language == LANGUAGE_EN && *known->name_en != '\0' ? known->name_en : known->name_vi);
}

const char *quality_period_said(struct work *w, period p)
{
        char text[64];

        period_write_said(text, sizeof text, p, w->language);
        return arena_text(w->arena, text);
}

const char *quality_period_code(struct work *w, period p)
{
        char text[PERIOD_TEXT_MAX];

        period_write(text, p);
        return arena_text(w->arena, text);
}

const char *quality_number(struct work *w, const struct indicator *i, int64_t value, bool with_sign)
{
        char text[DECIMAL_TEXT_MAX * 2];

        decimal_write_shown(text, value, i->decimals, i->shown, w->language);
        return arena_print(w->arena, "%s%s", with_sign && value > 0 ? "+" : "", text);
}

const char *quality_figure_href(struct work *w, const struct indicator *i, const struct unit *u, period p, const char *item, const char *partner)
{
        return arena_print(w->arena, "/figures/explain?indicator=%s&unit=%s&period=%s%s%s%s%s", i->id, u->key, quality_period_code(w, p),
                           *item == '\0' ? "" : "&item=", item, *partner == '\0' ? "" : "&partner=", partner);
}

bool quality_is_public(struct work *w, const char *unit)
{
        const char *wanted = unit != NULL ? unit : node_unit(w->node);

        if (!user_may(w->user, MAY_READ))
                return true;
        return w->user != &user_operator && !unit_code_is_within(catalogue_of(w), wanted, w->user->unit, day_of_moment(w->now));
}

static bool read_period(struct work *w, const struct request *r, const char *name, period *p, const char **typed)
{
        const char *text = request_query(r, name, 0);

        *p = PERIOD_NONE;
        *typed = text == NULL ? "" : text;
        return **typed == '\0' || period_read(text, strlen(text), p) ||
               error_set(&w->err, ERR_INVALID, "%s: \"%s\" is not a period: 2021-03, 2021-Q1 or 2021", name, text);
}

bool quality_ask_read(struct work *w, const struct request *r, struct quality_ask *a)
{
        const struct catalogue *c = catalogue_of(w);
        const char *indicator = request_query(r, "indicator", 0), *unit = request_query(r, "unit", 0);

        *a = (struct quality_ask){ .indicator_text = indicator == NULL ? "" : indicator, .unit_text = unit == NULL ? "" : unit };
        if (c == NULL || !read_period(w, r, "from", &a->from, &a->from_text) || !read_period(w, r, "to", &a->to, &a->to_text))
                return false;
        if (!span_check(w, a->from, a->to))
                return false;
        if (*a->indicator_text != '\0' && (a->indicator = indicator_find(c, indicator)) == NULL)
                return error_set(&w->err, ERR_INVALID, "unknown indicator \"%s\"", indicator);
        if (*a->unit_text != '\0' && (a->unit = unit_at(c, unit, day_of_moment(w->now))) == NULL)
                return error_set(&w->err, ERR_INVALID, past_is_read(w) ? "unit \"%s\" did not exist on that day" : "there is no unit with the code \"%s\" today", unit);
        return true;
}

static const char *const prefixes[] = { "quality.", NULL };
static const char *const tables[] = { "quality_answer", NULL };
static const struct catalogue_dependent rests_on_catalogue = { .kind_prefixes = prefixes, .tables = tables };

static const struct route routes[] = {
        { GET, "/quality", quality_page, MAY_READ, ROUTE_PAST | ROUTE_WHOLE, N_("What the rules find about stored figures: by level, severity, owner, period") },
        { GET, "/quality/units", quality_units_page, MAY_READ, ROUTE_PAST | ROUTE_WHOLE, N_("Findings counted by unit") },
        { GET, "/quality/rules", quality_rules_page, MAY_READ_PUBLIC, ROUTE_PAST, N_("All rules: level, severity, owner, explanation, dates") },
        { GET, "/quality/finding", quality_finding_page, MAY_READ, ROUTE_UNLISTED | ROUTE_PAST | ROUTE_WHOLE, N_("One finding, and what its owner says about it") },
        { POST, "/quality/finding", quality_finding_post, MAY_FILL, ROUTE_SLOW, N_("Explain or accept a finding") },
        { GET, "/quality/sources", quality_sources_page, MAY_READ_PUBLIC, ROUTE_PAST | ROUTE_WHOLE, N_("Figures about which sources disagree, side by side") },
        { 0 },
};

const struct area quality_area = {
        .name = "quality",
        .title = N_("Data quality"),
        .routes = routes,
        .kinds = quality_kinds,
        .tables = quality_tables,
        .rests_on_catalogue = &rests_on_catalogue,
        .receipts = quality_receipts,
};
