/* card.c - the headline figures, each with what it grew by and the years before. */
#include "areas/overview/overview.h"
#include "areas/program.h"
#include "stats/compare.h"

/* ---- the cards -------------------------------------------------------------------------------------------- */

struct card_plan {
        const char *title, *indicator, *item, *growth; /* growth: an indicator that says it; NULL: the year before is named */
        const char *empty;
};

static const struct card_plan yearly[CARDS] = {
        { N_("Exports and imports of goods"), "trade_turnover", "", "trade_turnover_growth", N_("No figure has been reported") },
        { N_("Value added of industry"), "industry_value_added_growth", "", NULL, N_("No figure has been reported") },
        { N_("Manufacturing"), "industry_value_added_growth", "C", NULL, N_("No figure has been reported") },
        { N_("National industrial promotion"), "promotion_budget", "", NULL, N_("No figure has been reported") },
        { N_("Occupancy of industrial clusters"), "occupancy_rate", "", NULL,
          N_("Departments have not yet reported land of clusters for this period") },
};
static const struct card_plan monthly[CARDS] = {
        { N_("Exports of goods"), "export_value", "", NULL, N_("No figure has been reported") },
        { N_("Imports of goods"), "import_value", "", NULL, N_("No figure has been reported") },
        { N_("Industrial production (IIP)"), "iip_yoy", "", NULL, N_("No figure has been reported") },
        { N_("Production of manufacturing (IIP)"), "iip_yoy", "C", NULL, N_("No figure has been reported") },
        { N_("Labour in industrial enterprises"), "labour_yoy", "", NULL, N_("No figure has been reported") },
};
static const struct card_plan monthly_mom[CARDS] = {
        { N_("Exports of goods"), "export_value", "", NULL, N_("No figure has been reported") },
        { N_("Imports of goods"), "import_value", "", NULL, N_("No figure has been reported") },
        { N_("Industrial production (IIP)"), "iip_mom", "", NULL, N_("No figure has been reported") },
        { N_("Production of manufacturing (IIP)"), "iip_mom", "C", NULL, N_("No figure has been reported") },
        { N_("Labour in industrial enterprises"), "labour_mom", "", NULL, N_("No figure has been reported") },
};

/* Growth from two levels, as a number of its own (computed, percent), which opens to both. */
static void growth_of(struct work *w, const struct overview *v, struct card *c)
{
        struct number *g = &c->growth;
        char text[DECIMAL_TEXT_MAX + 1];
        int64_t change;

        if (c->main.indicator->additive != ADDITIVE_FLOW || !c->before.is_there || !c->main.is_there ||
            !stats_growth(c->main.value, c->before.value, &change))
                return;
        *g = c->main;
        g->value = g->shown_value = change;
        g->decimals = STATS_DECIMALS;
        g->sign = change > 0 ? 1 : change < 0 ? -1 : 0;
        g->measure = "%";
        g->href = arena_print(w->arena, "%s&compare=%s", c->main.href, v->is_mom ? "mom" : "yoy");
        g->note = work_text(w, "computed from both levels");
        text[0] = '+';
        decimal_write_shown(g->sign > 0 ? text + 1 : text, change, STATS_DECIMALS, 1, w->language);
        g->text = arena_text(w->arena, text);
        g->amount = amount_of(g->text);
}

/* What an area says of its own records comes before what was reported; but they do not tell what was known of them on a day. */
static bool own_fill(struct work *w, const struct overview *v, const char *indicator, const struct unit *unit, struct card *c)
{
        struct area_headline *h = arena_alloc(w->arena, sizeof *h);

        if (v->known == 0 && program_headline(w, indicator, unit, h)) {
                c->own = h;
                c->href = h->href;
        }
        return work_ok(w);
}

bool cards_fill(struct work *w, struct overview *v, const struct unit *unit, struct card *cards)
{
        const struct card_plan *plan = period_frequency(v->period) == FREQUENCY_YEAR ? yearly : v->is_mom ? monthly_mom : monthly;
        bool is_year = plan == yearly;
        period before = v->is_mom ? period_plus(v->period, -1) : period_year_before(v->period);
        const char *const items[] = { "", "C", NULL };
        const char *ids[CARDS * 2 + 1];
        struct numbers_kept kept = { 0 };
        size_t n = 0;

        for (size_t i = 0; i < CARDS; i++) {
                ids[n++] = plan[i].indicator;
                if (plan[i].growth != NULL)
                        ids[n++] = plan[i].growth;
        }
        ids[n] = NULL;
        if (is_year) {
                if (!numbers_read(w, v, ids, unit->code, false, items, period_plus(v->period, 1 - SPARK_YEARS), v->period, false, &kept))
                        return false;
        } else if (!numbers_read(w, v, ids, unit->code, false, items, before, before, false, &kept) ||
                   !numbers_read(w, v, ids, unit->code, false, items, v->period, v->period, false, &kept)) {
                return false;
        }
        for (size_t i = 0; i < CARDS; i++) {
                struct card *c = &cards[i];
                struct number *found = number_find(&kept, plan[i].indicator, plan[i].item, v->period);

                c->title = work_text(w, plan[i].title);
                c->empty = work_text(w, plan[i].empty);
                c->href = address_figures(w, v, plan[i].indicator, unit->code, false,
                                          is_year ? period_plus(v->period, 1 - SPARK_YEARS) : period_plus(v->period, -24), v->period, "");
                if (!own_fill(w, v, plan[i].indicator, unit, c))
                        return false;
                if (found == NULL || !found->is_there)
                        continue;
                c->main = *found;
                number_dress(w, v, &c->main);
                if (!number_freshen(w, v, &c->main))
                        return false;
                found = number_find(&kept, plan[i].indicator, plan[i].item, before);
                if (found != NULL && found->is_there) {
                        c->before = *found;
                        number_dress(w, v, &c->before);
                }
                found = plan[i].growth == NULL ? NULL : number_find(&kept, plan[i].growth, "", v->period);
                if (found != NULL && found->is_there) {
                        c->growth = *found;
                        number_dress(w, v, &c->growth);
                } else {
                        growth_of(w, v, c);
                }
                for (int back = SPARK_YEARS - 1; is_year && back >= 0; back--) {
                        struct chart_point *p = &c->spark[c->spark_count++];

                        found = number_find(&kept, plan[i].indicator, plan[i].item, period_plus(v->period, -back));
                        *p = (struct chart_point){ .has_value = found != NULL && found->is_there,
                                                   .value = found == NULL ? 0 : found->value };
                }
        }
        return true;
}
