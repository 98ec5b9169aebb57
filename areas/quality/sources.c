/* sources.c - the audit list: every figure about which sources disagree, which one stands and by which rule. */
#include <string.h>

#include "areas/quality/pages.h"
#include "areas/quality/quality.h"
#include "report/table.h"

#define ROWS_SHOWN 300
#define KINDS_MAX 64

struct listing {
        struct work *work;
        struct source_view *view;
        struct table *table;
        size_t room;
};

static const char *measure_of(struct work *w, const struct sourced *s)
{
        return indicator_measure(catalogue_of(w), s->indicator, s->item, period_last(s->period), w->language);
}

/* What stands before which other one; the first that says otherwise gives the rule. */
static const char *rule_of(struct work *w, const struct sourced *s)
{
        for (size_t i = 1; i < s->count; i++)
                if (s->source[i].difference != 0)
                        return sources_rule_said(w, &s->source[0], &s->source[i]);
        return "";
}

static bool show(struct work *w, const struct sourced *s, void *context)
{
        struct listing *l = context;
        struct source_view *v = l->view;
        struct source_row *row;
        char known[64];

        if (v->count == ROWS_SHOWN) {
                v->is_cut = true;
                return false;
        }
        if (v->count == l->room) {
                struct source_row *more = arena_array(w->arena, l->room = l->room == 0 ? 32 : l->room * 2, sizeof *more);

                if (v->count > 0)
                        memcpy(more, v->row, v->count * sizeof *more);
                v->row = more;
        }
        row = &v->row[v->count++];
        *row = (struct source_row){ .name = quality_cell_name(w, s->indicator, s->item, period_last(s->period)), .where = quality_unit_name(w, s->unit),
                                    .when = quality_period_said(w, s->period), .measure = measure_of(w, s), .rule = rule_of(w, s),
                                    .href = arena_print(w->arena, "%s#sources", quality_figure_href(w, s->indicator, s->unit, s->period, s->item, s->partner)),
                                    .side = arena_array(w->arena, s->count, sizeof *row->side), .side_count = s->count };
        for (size_t i = 0; i < s->count; i++) {
                const struct cell_source *c = &s->source[i];

                day_write_shown(known, day_of_moment(c->known_from), w->language);
                row->side[i] = (struct source_side){ .source = *c->said == '\0' ? arena_print(w->arena, work_text(w, "report of unit %s"), c->unit) : c->said,
                                                     .kind = provider_name(w, c->provider), .value = quality_number(w, s->indicator, c->value, false),
                                                     .difference = c->stands || c->difference == 0 ? "" : quality_number(w, s->indicator, c->difference, true),
                                                     .known_from = arena_text(w->arena, known), .stands = c->stands };
        }
        return true;
}

static bool one_row(struct work *w, const struct sourced *s, void *context)
{
        struct listing *l = context;

        for (size_t i = 0; i < s->count && work_ok(w); i++) {
                const struct cell_source *c = &s->source[i];

                table_row(l->table, (struct cell[]){
                        cell_text(s->indicator->id), cell_text(s->unit->code), cell_text(s->unit->key), cell_text(quality_period_code(w, s->period)),
                        cell_text(s->item), cell_text(s->partner), cell_text(*c->said == '\0' ? c->unit : c->said),
                        cell_text(c->provider == NULL ? "" : c->provider->id), cell_int(c->provider == NULL ? 0 : c->provider->priority),
                        cell_number(c->value, s->indicator->decimals, -1), cell_text(measure_of(w, s)), cell_number(c->difference, s->indicator->decimals, -1),
                        cell_text(c->mark == MARK_NONE ? "" : figure_mark_name(c->mark)), cell_moment(c->known_from), cell_int(c->stands),
                        cell_text(c->stands ? rule_of(w, s) : "") });
        }
        return work_ok(w);
}

static bool read_all(struct work *w, const struct quality_ask *a, sources_visit *visit, struct listing *l)
{
        const char *unit = a->unit == NULL ? NULL : a->unit->code;

        return sources_disagree(w, a->indicator, unit, a->from, a->to, quality_is_public(w, unit), visit, l);
}

static bool table_rows_of(struct work *w, struct table *t, void *context)
{
        struct listing *l = context;

        l->table = t;
        table_describe(t, about_table(w, work_text(w, "Sources that disagree"), 0, NULL,
                                      (struct about_line[]){ { .name = "source", .label = N_("Source"), .value = work_text(w, N_("each row names its own")) },
                                                             { .name = "definition", .label = N_("Definition"), .value = "/quality/rules" } }, 2, true));
        return read_all(w, &l->view->ask, one_row, l);
}

static void kinds_fill(struct work *w, struct source_view *v)
{
        const struct provider *list[KINDS_MAX];
        size_t count = provider_list(catalogue_of(w), list, KINDS_MAX);

        v->kind = arena_array(w->arena, KINDS_MAX, sizeof *v->kind);
        for (size_t i = 0; i < count && i < KINDS_MAX; i++) {
                const struct provider *p = list[i];
                char from[64] = "", to[64] = "";

                if (p->from != DAY_NONE)
                        day_write_shown(from, p->from, w->language);
                if (p->to != DAY_FOREVER)
                        day_write_shown(to, p->to, w->language);
                v->kind[v->kind_count++] = (struct kind_row){ provider_name(w, p), w->language == LANGUAGE_EN ? p->why_en : p->why_vi, p->legal_basis,
                                                              arena_print(w->arena, "%s – %s", from, to), p->priority, p->is_verified };
        }
}

bool quality_sources_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct page page = { .title = work_text(w, "Sources that disagree"), .nav = NAV_FIGURES, .crumbs = { { work_text(w, "Figures"), "/figures" } },
                             .crumb_count = 1 };
        const struct column columns[] = {
                { "indicator", N_("Indicator"), NULL, CELL_TEXT },   { "unit", N_("Unit"), NULL, CELL_TEXT },
                { "unit_key", N_("Unit and first day"), NULL, CELL_TEXT }, { "period", N_("Period"), NULL, CELL_TEXT },
                { "item", N_("Item"), NULL, CELL_TEXT },             { "partner", N_("Partner"), NULL, CELL_TEXT },
                { "source", N_("Source"), NULL, CELL_TEXT },         { "kind", N_("Kind of source"), NULL, CELL_TEXT },
                { "priority", N_("Priority"), NULL, CELL_INT },      { "value", N_("Value"), NULL, CELL_NUMBER },
                { "unit_of_measure", N_("Unit of measure"), NULL, CELL_TEXT },
                { "difference", N_("Difference"), NULL, CELL_NUMBER }, { "mark", N_("Mark"), NULL, CELL_TEXT },
                { "known_from", N_("Known from"), NULL, CELL_MOMENT }, { "stands", N_("stands"), NULL, CELL_INT },
                { "rule", N_("Rule"), NULL, CELL_TEXT },
        };
        struct source_view v = { 0 };
        struct listing l = { .work = w, .view = &v };

        if (!quality_ask_read(w, r, &v.ask))
                return false;
        reply->is_private = w->user->login[0] != '\0';
        if (request_suffix(r) != SUFFIX_HTML)
                return table_reply(w, r, reply, &page, "sources", NULL, columns, (int)(sizeof columns / sizeof *columns), table_rows_of, &l);
        if (!read_all(w, &v.ask, show, &l))
                return false;
        kinds_fill(w, &v);
        v.may_read = user_may(w->user, MAY_READ);
        v.csv = request_in_format(w, r, "/quality/sources", "csv");
        v.json = request_in_format(w, r, "/quality/sources", "json");
        v.xlsx = request_in_format(w, r, "/quality/sources", "xlsx");
        page_begin(w, r, reply, &page);
        quality_sources(w, &reply->body, &v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}
