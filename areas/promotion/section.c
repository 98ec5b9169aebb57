/* section.c - what the page of a scheme shows of its money, its ceilings and its results. */
#include <string.h>

#include "areas/promotion/pages.h"
#include "areas/promotion/promotion.h"
#include "base/decimal.h"

static void fill_leverage(struct work *w, const struct scheme *s, struct section_view *v)
{
        int64_t state = (s->is_planned ? s->approved : s->support) + s->other_state, leverage = leverage_of(s->enterprise, state);
        char text[DECIMAL_TEXT_MAX * 2];

        v->ratio = leverage_words(w, leverage);
        decimal_write_shown(text, leverage < 0 ? 0 : leverage, 2, 1, w->language);
        v->headline = leverage < 0 ? work_text(w, "No promotion money") : arena_print(w->arena, work_text(w, "One dong of promotion brings %s dong of enterprises"), text);
        v->sub = arena_print(w->arena, work_text(w, "Money of the scheme, million dong · in all %s"), million_words(w, state + s->enterprise));
        v->chart = (struct chart){ .title = v->headline, .unit = work_text(w, "million dong"), .decimals = 6, .shown = 1 };
        v->bars[v->bar_count++] = (struct chart_bar){ .label = work_text(w, "Promotion"), .value = state };
        v->bars[v->bar_count++] = (struct chart_bar){ .label = work_text(w, "Enterprises"), .value = s->enterprise };
}

/* What enterprises have put in against what was settled. */
static const char *in_fact_words(struct work *w, const struct scheme *s)
{
        int64_t state = s->settled + s->other_state;

        return s->settled == 0 ? "" : arena_print(w->arena, work_text(w, "In fact: %s put in by enterprises, %s settled: %s."), dong_words(w, s->enterprise_spent), dong_words(w, state),
                                                  leverage_words(w, leverage_of(s->enterprise_spent, state)));
}

/* The ceiling that binds: the lowest of rate, amount and, for local money, what the province has decided itself. */
static void fill_ceiling(struct work *w, const struct case_file *f, const struct scheme *s, struct section_view *v)
{
        const struct field_value *rate = case_value(f, "rate"), *cap = case_value(f, "cap"), *by_rate = case_value(f, "ceiling_by_rate"),
                                 *by_cap = case_value(f, "ceiling_by_cap");
        const struct field_value *lower = by_rate == NULL ? by_cap : by_cap == NULL || by_rate->number < by_cap->number ? by_rate : by_cap;
        const struct basis *basis = rate != NULL ? rate->basis : cap != NULL ? cap->basis : NULL;
        int64_t asked = s->is_planned ? s->approved : s->support, most = lower == NULL ? -1 : lower->number;
        struct own_norm own;
        char text[DECIMAL_TEXT_MAX * 2];

        v->ceiling = lower == NULL ? "" : arena_print(w->arena, work_text(w, "Ceiling: %s, here %s."), promotion_norm_words(w, rate == NULL ? -1 : rate->number, cap == NULL ? -1 : cap->number),
                                                      dong_words(w, most));
        if (basis != NULL)
                v->ceiling = arena_print(w->arena, basis->is_verified ? "%s %s" : work_text(w, "%s %s (to be checked)"), v->ceiling, basis->source);
        if (strcmp(s->source, "local") == 0 && promotion_own_norm(w, f, promotion_norm_day(w, f), &own)) {
                v->own = arena_print(w->arena, work_text(w, "The province's own ceiling: %s, here %s."), promotion_norm_words(w, own.rate, own.cap), dong_words(w, own.most));
                day_write_shown(text, own.from, w->language);
                v->own_act = arena_print(w->arena, work_text(w, "%s, in force from %s"), own.act, text);
                v->own_href = arena_print(w->arena, "/cases/%s", own.case_id);
                most = most < 0 || own.most < most ? own.most : most;
        }
        v->chip = most < 0 ? work_text(w, "no ceiling known") : asked > most ? work_text(w, "above the ceiling")
                  : asked == most ? work_text(w, "at the ceiling") : work_text(w, "below the ceiling");
        v->ceiling_css = most < 0 ? "chip" : asked > most ? "chip err" : asked == most ? "chip warn" : "chip ok";
        v->in_fact = in_fact_words(w, s);
        v->share = "";
        if (case_value(f, "state_share") != NULL) {
                decimal_write_shown(text, case_value(f, "state_share")->number, 1, 1, w->language);
                v->share = arena_print(w->arena, work_text(w, "Promotion money is %s%% of the total cost."), text);
        }
}

/* What only two nodes together can bring about is said where it matters. */
static void fill_over(struct work *w, const struct case_file *f, const struct scheme *s, struct section_view *v)
{
        const struct unit *province = province_today(w, f->unit->key);
        const struct budget *b = s->committed == 0 ? NULL : budget_read(w, s->source, s->year);

        for (size_t i = 0; b != NULL && i < b->count && v->over == NULL; i++)
                if (budget_covers(&b->lines[i], province, s->activity) && b->lines[i].committed > b->lines[i].held)
                        v->over = arena_print(w->arena, work_text(w, "Its budget is exceeded: %s committed of %s (%s)."), dong_words(w, b->lines[i].committed),
                                              dong_words(w, b->lines[i].held), b->lines[i].title);
}

static void fill_amounts(struct work *w, const struct case_file *f, struct section_view *v)
{
        static const char *const fields[] = { "support", "approved", "assigned", "contract_value", "paid", "refunded", "disbursed", "settled_value", "enterprise_money",
                                              "enterprise_spent", "eligible_cost", "total_cost" };

        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
                const struct field_value *value = case_value(f, fields[i]);
                const struct workflow_field *field = value == NULL ? NULL : &f->workflow->fields[value - f->values];

                if (field == NULL || (value->number == 0 && field->is_computed))
                        continue;
                v->amounts[v->amount_count].name = text_in(w->language, field->title_vi, field->title_en);
                v->amounts[v->amount_count++].value = dong_words(w, value->number);
        }
}

static void fill_payments(struct work *w, const struct case_file *f, struct section_view *v)
{
        static const char *const fields[] = { "payment", "refund" };

        v->payments = arena_array(w->arena, f->event_count * 2 + 1, sizeof *v->payments);
        for (size_t i = 0; i < f->event_count; i++) {
                const struct case_event *e = &f->events[i];
                char on[DAY_SHOWN_MAX];

                if (e->fault != FAULT_NONE || e->action < 0)
                        continue;
                day_write_shown(on, e->on, w->language);
                for (int k = 0; k < 2; k++) {
                        int64_t dong;
                        size_t position;
                        const char *typed = promotion_told(e, fields[k]), *paper = "";

                        if (decimal_read(typed, strlen(typed), 0, &dong, &position) != DECIMAL_OK || dong == 0)
                                continue;
                        for (int p = 0; p < f->paper_count; p++)
                                if (f->papers[p].event == e)
                                        paper = f->papers[p].number;
                        v->payments[v->payment_count++] = (struct payment_shown){
                                .what = text_in(w->language, f->workflow->actions[e->action].title_vi, f->workflow->actions[e->action].title_en),
                                .amount = dong_words(w, k == 0 ? dong : -dong), .paper = paper, .on = arena_text(w->arena, on) };
                }
        }
}

static const char *result(struct work *w, const struct case_file *f, const char *field, const char *suffix, int shown)
{
        const struct field_value *value = case_value(f, arena_print(w->arena, "%s_%s", field, suffix));
        const struct workflow_field *of = value == NULL ? NULL : &f->workflow->fields[value - f->values];
        char text[DECIMAL_TEXT_MAX * 2];

        if (value == NULL)
                return "–";
        decimal_write_shown(text, value->number, of->kind == FIELD_MONEY ? 6 : of->decimals, shown, w->language);
        return arena_text(w->arena, text);
}

static void fill_results(struct work *w, const struct case_file *f, struct section_view *v)
{
        static const struct { const char *field, *title; int shown; } rows[] = {
                { "machines", N_("New machines"), 0 }, { "jobs", N_("New jobs"), 0 }, { "turnover", N_("Turnover a year, million dong"), 0 }, { "energy", N_("Less energy per unit, %"), 1 },
        };

        for (int i = 0; i < 4; i++) {
                v->results[i] = (struct result_row){ work_text(w, rows[i].title), result(w, f, rows[i].field, "planned", rows[i].shown),
                                                     result(w, f, rows[i].field, "1", rows[i].shown), result(w, f, rows[i].field, "3", rows[i].shown), NULL };
                v->has_results |= case_value(f, arena_print(w->arena, "%s_planned", rows[i].field)) != NULL;
        }
}

void promotion_section(struct work *w, const struct case_file *f, enum case_place place, struct buf *out)
{
        struct section_view v = { .bar_count = 0 };
        struct scheme s;

        if (place != CASE_TOP || !scheme_read(f, &s))
                return;
        fill_leverage(w, &s, &v);
        fill_ceiling(w, f, &s, &v);
        fill_over(w, f, &s, &v);
        fill_amounts(w, f, &v);
        fill_payments(w, f, &v);
        fill_results(w, f, &v);
        if (user_may(w->user, MAY_READ)) {
                v.alike = activity_words(w, s.activity);
                v.alike_href = arena_print(w->arena, "/promotion/schemes?year=%d&source=%s&activity=%s", (int)s.year, s.source, s.activity);
        }
        promotion_section_html(w, out, &v);
}
