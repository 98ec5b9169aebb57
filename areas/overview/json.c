#include <string.h>

#include "areas/overview/overview.h"
#include "format/jsonw.h"

static void write_period(struct jsonw *j, const char *name, period p)
{
        char text[PERIOD_TEXT_MAX];

        period_write(text, p);
        jsonw_member_text(j, name, text);
}

static void write_moment(struct jsonw *j, const char *name, moment at)
{
        char text[MOMENT_TEXT_MAX];

        jsonw_name(j, name);
        if (at <= 0) {
                jsonw_null(j);
                return;
        }
        moment_write(text, at);
        jsonw_text(j, text);
}

/* Who stands behind a sum. */
static void write_freshness(struct jsonw *j, const struct freshness *f)
{
        jsonw_member_int(j, "reported", f->reported);
        jsonw_member_int(j, "expected", f->expected);
        jsonw_name(j, "absent");
        jsonw_array(j);
        for (size_t i = 0; i < f->absent_count; i++) {
                const struct absent *a = &f->absent[i];

                jsonw_object(j);
                jsonw_member_text(j, "unit", a->unit->code);
                write_period(j, "last_figure", a->newest);
                if (f->tells_nodes)
                        write_moment(j, "last_contact", a->last_contact);
                jsonw_end(j);
        }
        jsonw_end(j);
}

/* A figure; null where there is none. */
static void write_number(struct jsonw *j, const char *name, const struct number *n)
{
        if (name != NULL)
                jsonw_name(j, name);
        if (!n->is_there) {
                jsonw_null(j);
                return;
        }
        jsonw_object(j);
        jsonw_member_text(j, "indicator", n->indicator->id);
        jsonw_member_text(j, "unit", n->unit->code);
        write_period(j, "period", n->period);
        jsonw_member_text(j, "item", n->item);
        jsonw_name(j, "value");
        jsonw_decimal(j, n->value, n->decimals);
        jsonw_member_text(j, "shown", n->text);
        jsonw_member_text(j, "unit_of_measure", n->measure);
        jsonw_member_text(j, "status", figure_status_name(n->status));
        jsonw_member_text(j, "mark", n->mark == MARK_NONE ? NULL : figure_mark_name(n->mark));
        write_moment(j, "known_from", n->known_from);
        jsonw_member_text(j, "source", n->source);
        jsonw_member_text(j, "note", n->note);
        if (n->total_expected > 0) {
                jsonw_member_int(j, "total_of", n->total_of);
                jsonw_member_int(j, "total_expected", n->total_expected);
        }
        if (n->fresh != NULL)
                write_freshness(j, n->fresh);
        jsonw_member_text(j, "explain", n->href);
        jsonw_end(j);
}

/* What an area says of its own records, in place of the figure. */
static void write_own(struct jsonw *j, const struct area_headline *h)
{
        char text[DAY_TEXT_MAX];

        day_write(text, h->as_of);
        jsonw_name(j, "own");
        jsonw_object(j);
        if (h->is_there) {
                jsonw_name(j, "value");
                jsonw_decimal(j, h->value, h->decimals);
                jsonw_member_text(j, "unit_of_measure", h->measure);
                jsonw_member_text(j, "made_of", h->detail);
                jsonw_member_text(j, "source", h->source);
        }
        jsonw_member_text(j, "as_of", text);
        jsonw_member_text(j, "missing", h->is_there ? NULL : h->missing);
        jsonw_member_text(j, "address", h->href);
        jsonw_end(j);
}

static void write_cards(struct jsonw *j, const struct card *cards)
{
        jsonw_name(j, "cards");
        jsonw_array(j);
        for (size_t i = 0; i < CARDS; i++) {
                jsonw_object(j);
                jsonw_member_text(j, "title", cards[i].title);
                write_number(j, "figure", &cards[i].main);
                write_number(j, "growth", &cards[i].growth);
                write_number(j, "before", &cards[i].before);
                if (cards[i].own != NULL)
                        write_own(j, cards[i].own);
                jsonw_member_text(j, "missing", cards[i].main.is_there ? NULL : cards[i].empty);
                jsonw_end(j);
        }
        jsonw_end(j);
}

static void write_map(struct jsonw *j, const struct map *m)
{
        jsonw_name(j, "map");
        jsonw_object(j);
        jsonw_member_text(j, "title", m->title);
        jsonw_member_text(j, "indicator", m->indicator->id);
        jsonw_member_text(j, "layout", m->layout.name);
        jsonw_member_bool(j, "restated", m->is_restated);
        jsonw_member_int(j, "provinces", (int64_t)m->count);
        jsonw_member_int(j, "with_figure", (int64_t)m->with_figure);
        jsonw_member_int(j, "up", (int64_t)m->up);
        jsonw_member_int(j, "down", (int64_t)m->down);
        jsonw_member_int(j, "unchanged", (int64_t)m->level);
        jsonw_name(j, "class_bounds");
        jsonw_array(j);
        for (size_t i = 0; i < sizeof map_bounds / sizeof *map_bounds; i++)
                jsonw_int(j, map_bounds[i]);
        jsonw_end(j);
        jsonw_name(j, "tiles");
        jsonw_array(j);
        for (size_t i = 0; i < m->count; i++) {
                const struct place *p = &m->places[i];

                jsonw_object(j);
                jsonw_member_text(j, "unit", p->unit->code);
                jsonw_member_text(j, "name", p->name);
                jsonw_member_int(j, "row", p->tile.row);
                jsonw_member_int(j, "column", p->tile.column);
                jsonw_member_text(j, "class", p->class_name);
                jsonw_member_text(j, "note", p->number.is_there ? NULL : p->number.note);
                write_number(j, "figure", &p->number);
                jsonw_end(j);
        }
        jsonw_end(j);
        jsonw_name(j, "islands");
        jsonw_array(j);
        for (size_t i = 0; i < m->island_count; i++) {
                jsonw_object(j);
                jsonw_member_text(j, "name", m->islands[i].island_vi);
                jsonw_member_text(j, "name_en", m->islands[i].island_en);
                jsonw_member_text(j, "unit", m->islands[i].code);
                jsonw_end(j);
        }
        jsonw_end(j);
        jsonw_end(j);
}

static void write_series(struct jsonw *j, const struct series *s)
{
        jsonw_name(j, "series");
        if (s->indicator == NULL) {
                jsonw_null(j);
                return;
        }
        jsonw_object(j);
        jsonw_member_text(j, "title", s->title);
        jsonw_member_text(j, "indicator", s->indicator->id);
        jsonw_member_text(j, "unit", s->unit->code);
        jsonw_member_int(j, "revisions_of_last", s->revisions);
        jsonw_name(j, "figures");
        jsonw_array(j);
        for (size_t i = 0; i < s->count; i++)
                if (s->numbers[i].is_there)
                        write_number(j, NULL, &s->numbers[i]);
        jsonw_end(j);
        jsonw_end(j);
}

static void write_contribution(struct jsonw *j, const struct contribution *c)
{
        jsonw_name(j, "contribution");
        jsonw_object(j);
        jsonw_member_text(j, "title", c->title);
        write_period(j, "period", c->period);
        jsonw_member_text(j, "unit_of_measure", c->chart.unit);
        jsonw_member_text(j, "source", c->source);
        jsonw_member_bool(j, "computed", c->is_computed);
        jsonw_member_text(j, "missing", c->count > 0 ? NULL : c->missing);
        jsonw_name(j, "parts");
        jsonw_array(j);
        for (size_t i = 0; i < c->count; i++) {
                jsonw_object(j);
                jsonw_member_text(j, "item", c->lines[i]->code);
                jsonw_member_bool(j, "total", c->bars[i].is_total);
                jsonw_name(j, "value");
                jsonw_decimal(j, c->lines[i]->points, c->chart.decimals);
                jsonw_end(j);
        }
        jsonw_end(j);
        jsonw_end(j);
}

static void write_sender(struct jsonw *j, const struct senders *s, const struct sender *x)
{
        static const char *const marks[] = { "not_due", "on_time", "late", "missing" };

        jsonw_object(j);
        jsonw_member_text(j, "unit", x->unit->code);
        jsonw_member_text(j, "name", x->name);
        jsonw_member_text(j, "state", x->has_report ? report_state_name(x->state) : NULL);
        jsonw_member_text(j, "state_text", x->chip);
        write_moment(j, "sent_at", x->sent_at);
        jsonw_member_text(j, "sent_by", x->sent_by);
        jsonw_member_text(j, "responsible", x->department);
        jsonw_name(j, "periods");
        jsonw_array(j);
        for (int i = 0; i < STRIP_PERIODS; i++) {
                jsonw_object(j);
                write_period(j, "period", period_plus(s->first, i));
                jsonw_member_text(j, "mark", marks[x->strip[i]]);
                jsonw_end(j);
        }
        jsonw_end(j);
        jsonw_member_bool(j, "has_node", x->has_node);
        jsonw_member_bool(j, "connected", x->is_connected);
        jsonw_member_int(j, "backlog", x->backlog);
        jsonw_member_text(j, "last_contact", x->contact);
        jsonw_member_text(j, "problem", x->problem);
        jsonw_end(j);
}

static void write_senders(struct jsonw *j, const struct senders *s)
{
        jsonw_name(j, "reports");
        if (!s->is_there) {
                jsonw_null(j);
                return;
        }
        jsonw_object(j);
        jsonw_member_text(j, "form", form_id(s->form));
        write_period(j, "period", s->period);
        jsonw_member_int(j, "sent", (int64_t)s->sent);
        jsonw_member_int(j, "accepted", (int64_t)s->accepted);
        jsonw_member_int(j, "missing", (int64_t)s->missing);
        jsonw_name(j, "units");
        jsonw_array(j);
        for (size_t i = 0; i < s->count; i++)
                write_sender(j, s, &s->list[i]);
        jsonw_end(j);
        jsonw_end(j);
}

static void write_nodes(struct jsonw *j, const struct nodes *n)
{
        jsonw_name(j, "nodes");
        if (!n->is_there) {
                jsonw_null(j);
                return;
        }
        jsonw_object(j);
        jsonw_member_int(j, "count", (int64_t)n->count);
        jsonw_member_int(j, "connected", (int64_t)n->connected);
        jsonw_member_int(j, "backlog", n->backlog);
        jsonw_end(j);
}

static void write_frame(struct jsonw *j, const struct overview *v)
{
        jsonw_member_text(j, "title", v->title);
        write_period(j, "period", v->period);
        jsonw_member_text(j, "compare", v->is_mom ? "mom" : "yoy");
        jsonw_member_text(j, "layout", v->layout == NULL ? NULL : v->layout->name);
        write_moment(j, "known", v->known);
        jsonw_name(j, "periods");
        jsonw_array(j);
        for (size_t i = 0; i < v->period_count; i++)
                jsonw_text(j, v->periods[i].value);
        jsonw_end(j);
}

void overview_json(struct work *w, struct buf *out, const struct overview *v)
{
        const struct profile *f = &v->profile;
        struct jsonw j;

        (void)w;
        jsonw_init(&j, out);
        jsonw_object(&j);
        write_frame(&j, v);
        write_cards(&j, v->cards);
        write_map(&j, &v->map);
        write_series(&j, &v->series);
        write_contribution(&j, &v->contribution);
        jsonw_name(&j, "province");
        if (f->unit == NULL) {
                jsonw_null(&j);
        } else {
                jsonw_object(&j);
                jsonw_member_text(&j, "unit", f->unit->code);
                jsonw_member_text(&j, "name", f->name);
                write_number(&j, "production", &f->iip);
                write_number(&j, "exports", &f->exports);
                write_number(&j, "export_growth", &f->export_growth);
                write_number(&j, "product_growth", &f->product);
                write_number(&j, "industry_contribution", &f->industry);
                jsonw_end(&j);
        }
        jsonw_name(&j, "todo");
        jsonw_array(&j);
        for (size_t i = 0; v->waiting != NULL && i < v->waiting->report_count; i++) {
                jsonw_object(&j);
                jsonw_member_text(&j, "form", form_id(v->waiting->reports[i].form));
                jsonw_member_text(&j, "unit", v->waiting->reports[i].unit->code);
                write_period(&j, "period", v->waiting->reports[i].period);
                jsonw_member_text(&j, "state", report_state_name(v->waiting->reports[i].state));
                write_moment(&j, "due", v->waiting->reports[i].due);
                jsonw_member_text(&j, "href", v->waiting->reports[i].href);
                jsonw_end(&j);
        }
        jsonw_end(&j);
        write_senders(&j, &v->senders);
        write_nodes(&j, &v->nodes);
        jsonw_end(&j);
}

void province_json(struct work *w, struct buf *out, const struct province *p)
{
        struct jsonw j;

        (void)w;
        jsonw_init(&j, out);
        jsonw_object(&j);
        jsonw_member_text(&j, "unit", p->unit->code);
        jsonw_member_text(&j, "key", p->unit->key);
        jsonw_member_text(&j, "name", p->name);
        write_frame(&j, p->frame);
        jsonw_name(&j, "figures");
        jsonw_array(&j);
        for (size_t i = 0; i < p->count; i++)
                write_number(&j, NULL, &p->numbers[i]);
        jsonw_end(&j);
        write_series(&j, &p->series);
        jsonw_name(&j, "changes");
        jsonw_array(&j);
        for (size_t i = 0; i < p->change_count; i++)
                jsonw_text(&j, p->changes[i].text);
        jsonw_end(&j);
        write_senders(&j, &p->frame->senders);
        jsonw_end(&j);
}
