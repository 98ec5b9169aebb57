/* said.c - what the pages of clusters share: values in words, and what an address asks for. */
#include <string.h>

#include "areas/cluster/store.h"
#include "areas/cluster/view.h"
#include "format/html.h"
#include "ledger/node.h"
#include "ledger/past.h"

const char *cluster_said(struct work *w, int64_t value, int decimals)
{
        char text[DECIMAL_TEXT_MAX * 2];
        int shown = decimals;

        if (value == CLUSTER_UNKNOWN)
                return "–";
        for (int64_t v = value; shown > (decimals > 0) && v % 10 == 0; v /= 10)
                shown--;
        decimal_write_shown(text, value, decimals, shown, w->language);
        return arena_text(w->arena, text);
}

const char *said_short(struct work *w, int64_t value, int decimals, int shown)
{
        char text[DECIMAL_TEXT_MAX * 2];

        if (value == CLUSTER_UNKNOWN)
                return "–";
        decimal_write_shown(text, value, decimals, shown, w->language);
        return arena_text(w->arena, text);
}

const char *in_address(struct work *w, const char *name)
{
        struct buf *o = arena_alloc(w->arena, sizeof *o);

        buf_init_with(o, 0, w->arena);
        html_url_part(o, name);
        return o->data == NULL ? "" : o->data;
}

const char *day_said(struct work *w, day d)
{
        char text[DAY_SHOWN_MAX];

        day_write_shown(text, d, w->language);
        return d == DAY_NONE ? "" : arena_text(w->arena, text);
}

const char *day_typed(struct work *w, day d)
{
        char text[DAY_TEXT_MAX];

        day_write(text, d);
        return arena_text(w->arena, text);
}

const char *cluster_choice_said(const struct work *w, const struct cluster_field *f, const char *id)
{
        for (size_t i = 0; f != NULL && i < f->choice_count; i++)
                if (strcmp(f->choices[i].id, id) == 0)
                        return text_in(w->language, f->choices[i].title_vi, f->choices[i].title_en);
        return id;
}

const char *cluster_value_said(struct work *w, const struct cluster_field *f, const char *typed)
{
        int64_t number;
        day d;

        switch (f->kind) {
        case CLUSTER_NUMBER:
                if (decimal_read(typed, strlen(typed), f->decimals, &number, NULL) != DECIMAL_OK)
                        return typed;
                return arena_print(w->arena, "%s %s", cluster_said(w, number, f->decimals), text_in(w->language, f->unit_vi, f->unit_en));
        case CLUSTER_DAY: return day_read(typed, strlen(typed), &d) ? day_said(w, d) : typed;
        case CLUSTER_CHOICE: return cluster_choice_said(w, f, typed);
        case CLUSTER_YES_NO: return strcmp(typed, "yes") == 0 ? work_text(w, "yes") : work_text(w, "no");
        case CLUSTER_GEOMETRY: return work_text(w, "recorded");
        default: return typed;
        }
}

const char *unit_said(const struct work *w, const struct unit *u)
{
        return text_in(w->language, u->full_name_vi, u->full_name_en);
}

const char *cluster_place_said(struct work *w, const struct cluster *c)
{
        const struct unit *now = cluster_home_now(w, c->home);
        const char *then;

        if (c->home == NULL)
                return "";
        then = c->home->province == NULL || c->home->province == c->home ? unit_said(w, c->home)
                                                                         : arena_print(w->arena, "%s, %s", unit_said(w, c->home), unit_said(w, c->home->province));
        if (now == c->home || now == NULL)
                return then;
        return arena_print(w->arena, work_text(w, "%s (now %s, %s)"), then, unit_said(w, now), now->province == NULL ? "" : unit_said(w, now->province));
}

struct occupancy_shown occupancy_shown(struct work *w, int64_t leased, int64_t committed, int64_t industrial)
{
        static const int bounds[] = { 400, 600, 800, 950 };
        static const char *const classes[] = { "q1", "q2", "q3", "q4", "q5" };
        struct occupancy_shown o = { "–", "na", 0, 0, false };
        int64_t tenths;
        int k = 0;

        if (!cluster_occupancy(leased, committed, industrial, &tenths))
                return o;
        while (k < 4 && tenths >= bounds[k])
                k++;
        o = (struct occupancy_shown){ arena_print(w->arena, "%s%%", said_short(w, tenths, 1, 1)), classes[k], 0, 0, true };
        o.leased = leased <= 0 ? 0 : (int)(leased * 100 / industrial);
        o.committed = committed <= 0 ? 0 : (int)(committed * 100 / industrial);
        return o;
}

const char *land_said(struct work *w, int64_t leased, int64_t committed, int64_t industrial, int64_t ready)
{
        return arena_print(w->arena, work_text(w, "leased %s ha, licensed %s ha, of %s ha of industrial land; %s ha are ready"), cluster_said(w, leased, CLUSTER_DECIMALS),
                           cluster_said(w, committed, CLUSTER_DECIMALS), cluster_said(w, industrial, CLUSTER_DECIMALS), cluster_said(w, ready, CLUSTER_DECIMALS));
}

const char *cluster_href(struct work *w, const struct cluster *c, const char *on)
{
        return arena_print(w->arena, *on == '\0' ? "/clusters/%s" : "/clusters/%s?on=%s", c->id, on);
}

struct map_dot dot_of(struct work *w, const struct cluster *c, int64_t vacant, const char *on)
{
        struct occupancy_shown o = occupancy_shown(w, c->leased, c->committed, c->industrial);
        int64_t ha = c->industrial == CLUSTER_UNKNOWN ? 0 : c->industrial / CLUSTER_UNIT;

        size_t common = strncmp(c->name, "Cụm công nghiệp ", strlen("Cụm công nghiệp ")) == 0 ? strlen("Cụm công nghiệp ") : 0; /* what all names begin with */

        return (struct map_dot){ c->longitude, c->latitude, 9 + (int)(ha > 75 ? 75 : ha) / 8, o.class_name, vacant == 0 ? "" : cluster_said(w, vacant, 0), c->name + common,
                                 arena_print(w->arena, work_text(w, "%s: %s vacant plots, occupancy %s"), c->name, cluster_said(w, vacant, 0), o.text), cluster_href(w, c, on) };
}

const char *state_said(struct work *w, const struct cluster *c, const char **css)
{
        const struct cluster_rules *rules = cluster_rules_of(w);
        const struct cluster_list *l = rules == NULL ? NULL : cluster_list_find(rules, "identity");

        *css = cluster_is_legacy(c) ? "chip warn" : cluster_operates(c) ? "chip ok" : strcmp(c->state, "revoked") == 0 ? "chip err" : "chip info";
        return l == NULL ? c->state : cluster_choice_said(w, cluster_field_find(l, "state"), c->state);
}

bool cluster_is_insider(struct work *w, const struct cluster *c)
{
        const struct unit *now = cluster_home_now(w, c->home);
        bool is_inside;

        if (c->home == NULL || !user_may(w->user, MAY_READ) || w->user->login[0] == '\0')
                return false;
        now = now == NULL ? c->home->province : now;
        is_inside = now != NULL && catalogue_is_served(w, now->code, w->user->unit);
        return is_inside || (now != NULL && strcmp(now->code, w->user->unit) == 0);
}

struct openness { const struct cluster_list *list; const struct cluster_field *field; bool is_open; };

static bool ask_openness(struct work *w, void *argument)
{
        struct openness *o = argument;
        const char *fault;
        const struct cluster_rules *rules = cluster_rules_try(w, &fault);
        const struct cluster_list *l = rules == NULL ? NULL : cluster_list_find(rules, o->list->id);
        const struct cluster_field *f = l == NULL || o->field == NULL ? NULL : cluster_field_find(l, o->field->id);

        o->is_open = rules != NULL && (l == NULL || (o->field == NULL ? l->is_public : f == NULL || !f->is_internal));
        return work_ok(w);
}

bool cluster_is_open(struct work *w, const struct cluster_list *l, const struct cluster_field *f)
{
        struct openness o = { l, f, true };
        bool is_open = f == NULL ? l->is_public : !f->is_internal;

        return is_open && (!past_is_read(w) || (past_on_node(w, ask_openness, &o) && o.is_open));
}

bool day_asked(struct work *w, const struct request *r, day *on)
{
        const char *text = request_query(r, "on", 0);

        *on = 0;
        if (text == NULL || *text == '\0')
                return true;
        if (day_read(text, strlen(text), on) && *on <= day_of_moment(w->now))
                return true;
        return error_set(&w->err, ERR_USAGE, "\"%s\" is no day up to today", text);
}

const struct unit *unit_asked_on(struct work *w, const struct request *r, day on)
{
        const struct catalogue *c = catalogue_of(w);
        const char *code = request_query(r, "unit", 0), *own = w->user->unit != NULL && *w->user->unit != '\0' ? w->user->unit : node_unit(w->node);
        const struct unit *u;

        if (c == NULL)
                return NULL;
        u = unit_read(c, code != NULL && *code != '\0' ? code : own, on);
        if (u == NULL && (code == NULL || *code == '\0')) /* one's own unit is younger than that day */
                u = unit_at(c, "VN", on);
        if (u == NULL)
                error_set(&w->err, ERR_USAGE, "unknown unit \"%s\"", code == NULL ? own : code);
        return u;
}

const struct unit *unit_asked(struct work *w, const struct request *r)
{
        return unit_asked_on(w, r, day_of_moment(w->now));
}

const char *unit_asked_as(const struct work *w, const struct unit *u)
{
        return u->to < day_of_moment(w->now) ? u->key : u->code;
}

struct choices units_offered(struct work *w, const struct unit *u)
{
        const char *word = unit_asked_as(w, u);

        return choices_of_places(w, NULL, &word, 1);
}

/* ---- what is asked for -------------------------------------------------------------------------------------------------------- */

bool number_asked(struct work *w, const struct request *r, const char *name, const char *title, int decimals, int64_t absent, int64_t *value)
{
        const char *typed = request_query(r, name, 0);
        enum decimal_fault fault;
        size_t position;

        *value = absent;
        if (typed == NULL || *typed == '\0')
                return true;
        fault = decimal_read_typed(typed, strlen(typed), w->language, decimals, value, &position);
        return fault == DECIMAL_OK || (decimal_read_error(&w->err, fault, typed, strlen(typed), position), error_while(&w->err, "%s", title));
}

const char *text_asked(const struct request *r, const char *name)
{
        const char *text = request_query(r, name, 0);

        return text == NULL || *text == '\0' ? NULL : text;
}
