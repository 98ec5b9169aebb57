/* page.c - the list of clusters with its map, and one cluster; as page, JSON, CSV, XLSX. */
#include <stdlib.h>
#include <string.h>

#include "areas/cluster/pages.h"
#include "areas/cluster/store.h"
#include "areas/cluster/view.h"
#include "base/hex.h"
#include "format/html.h"
#include "format/jsonr.h"
#include "ledger/node.h"
#include "ledger/read.h"
#include "report/table.h"
#include "sync/freshness.h"

#define PAGE_ROWS 20
#define ABSENT_SHOWN 5
#define ENTRIES_SHOWN 20
#define PLOTS_DRAWN 120

/* ---- words ------------------------------------------------------------------------------------------------------------------ */

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

static const char *said_short(struct work *w, int64_t value, int decimals, int shown)
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

static const char *unit_said(const struct work *w, const struct unit *u)
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

static const char *asked(const struct request *r, const char *name)
{
        const char *text = request_query(r, name, 0);

        return text == NULL || *text == '\0' ? NULL : text;
}

static bool query_read(struct work *w, const struct request *r, struct cluster_query *q)
{
        day on;

        if (!day_asked(w, r, &on))
                return false;
        *q = (struct cluster_query){ .on = on, .unit = unit_asked_on(w, r, on == 0 ? day_of_moment(w->now) : on), .words = asked(r, "q"), .state = asked(r, "state"), .has_wastewater = asked(r, "wastewater") != NULL };
        if (q->unit == NULL || !number_asked(w, r, "area", work_text(w, "Vacant plot from, m²"), 0, CLUSTER_UNKNOWN, &q->plot_area) ||
            !number_asked(w, r, "price", work_text(w, "Price up to, USD/m²"), CLUSTER_DECIMALS, CLUSTER_UNKNOWN, &q->plot_price))
                return false;
        return q->words == NULL || strlen(q->words) <= 200 || error_set(&w->err, ERR_USAGE, "too many words");
}

/* ---- the list --------------------------------------------------------------------------------------------------------------------- */

struct found { const struct cluster *list; size_t count; };

static struct cell number_cell(int64_t value, int decimals)
{
        return value == CLUSTER_UNKNOWN ? cell_empty() : cell_number(value, decimals, -1);
}

static bool list_rows(struct work *w, struct table *t, void *context)
{
        const struct found *f = context;

        for (size_t i = 0; i < f->count && work_ok(w); i++) {
                const struct cluster *c = &f->list[i];
                int64_t tenths;
                bool has = cluster_occupancy(c->leased, c->committed, c->industrial, &tenths);
                const struct cell cells[] = {
                        cell_text(c->id), cell_text(c->name), cell_text(c->home == NULL ? "" : c->home->key), cell_text(cluster_place_said(w, c)), cell_text(c->kind),
                        cell_text(c->state), c->established_on == DAY_NONE ? cell_empty() : cell_day(c->established_on), number_cell(c->total, CLUSTER_DECIMALS),
                        number_cell(c->industrial, CLUSTER_DECIMALS), number_cell(c->ready, CLUSTER_DECIMALS), number_cell(c->leased, CLUSTER_DECIMALS),
                        number_cell(c->committed, CLUSTER_DECIMALS), has ? cell_number(tenths, 1, 1) : cell_empty(), number_cell(c->wastewater, 0),
                        cell_int(c->vacant), cell_int(c->vacant_area), cell_int(c->largest), number_cell(c->price, CLUSTER_DECIMALS),
                        number_cell(c->latitude, 6), number_cell(c->longitude, 6), cell_text(c->source),
                };

                table_row(t, cells);
        }
        return work_ok(w);
}

static bool list_table(struct work *w, const struct request *r, struct reply *reply, const struct page *page, struct found *f)
{
        const struct column columns[] = {
                { "id", work_text(w, "Cluster"), NULL, CELL_TEXT }, { "name", work_text(w, "Name"), NULL, CELL_TEXT }, { "unit", work_text(w, "Unit"), NULL, CELL_TEXT },
                { "place", work_text(w, "Place"), NULL, CELL_TEXT }, { "kind", work_text(w, "Type"), NULL, CELL_TEXT }, { "state", work_text(w, "Stage"), NULL, CELL_TEXT },
                { "established_on", work_text(w, "Established"), NULL, CELL_DAY }, { "total", work_text(w, "Total area"), "ha", CELL_NUMBER },
                { "industrial", work_text(w, "Industrial land"), "ha", CELL_NUMBER }, { "ready", work_text(w, "Land ready"), "ha", CELL_NUMBER },
                { "leased", work_text(w, "Land leased"), "ha", CELL_NUMBER }, { "committed", work_text(w, "Land licensed"), "ha", CELL_NUMBER },
                { "occupancy", work_text(w, "Occupancy"), "%", CELL_NUMBER }, { "wastewater", work_text(w, "Wastewater plant"), "m³/day", CELL_NUMBER },
                { "vacant_plots", work_text(w, "Vacant plots"), NULL, CELL_INT }, { "vacant_area", work_text(w, "Vacant land"), "m²", CELL_INT },
                { "largest_plot", work_text(w, "Largest plot"), "m²", CELL_INT }, { "price", work_text(w, "Price from"), "USD/m²", CELL_NUMBER },
                { "latitude", work_text(w, "Latitude"), "°", CELL_NUMBER }, { "longitude", work_text(w, "Longitude"), "°", CELL_NUMBER },
                { "source", work_text(w, "Source"), NULL, CELL_TEXT },
        };

        return table_reply(w, r, reply, page, "clusters", NULL, columns, (int)(sizeof columns / sizeof *columns), list_rows, f);
}

struct sums { int64_t count, operating, land, ready, leased, committed, vacant, vacant_area; };

static void sums_add(struct sums *s, const struct cluster *c)
{
        s->count++;
        s->vacant += c->vacant;
        s->vacant_area += c->vacant_area;
        if (!cluster_operates(c))
                return;
        s->operating++;
        s->land += cluster_take(c, "industrial");
        s->ready += cluster_take(c, "ready");
        s->leased += cluster_take(c, "leased");
        s->committed += cluster_take(c, "occupied") - cluster_take(c, "leased");
}

/* Where all clusters name one source, that. */
static const char *source_of(struct work *w, const struct found *f)
{
        const char *source = f->count == 0 ? "" : f->list[0].source;

        for (size_t i = 0; i < f->count; i++)
                source = strcmp(source, f->list[i].source) == 0 ? source : work_text(w, "each cluster's page names its own");
        return source;
}

static const char *land_said(struct work *w, int64_t leased, int64_t committed, int64_t industrial, int64_t ready)
{
        return arena_print(w->arena, work_text(w, "leased %s ha, licensed %s ha, of %s ha of industrial land; %s ha are ready"), cluster_said(w, leased, CLUSTER_DECIMALS),
                           cluster_said(w, committed, CLUSTER_DECIMALS), cluster_said(w, industrial, CLUSTER_DECIMALS), cluster_said(w, ready, CLUSTER_DECIMALS));
}

/* Of today, or (on) of a day by the map of that day. */
static const struct unit *province_now(struct work *w, const struct cluster *c, day on)
{
        const struct unit *now = on == 0 ? cluster_home_now(w, c->home) : cluster_home_on(w, c, on);

        now = now == NULL ? c->home : now;
        return now == NULL ? NULL : now->province;
}

bool cluster_headline(struct work *w, const char *indicator, const struct unit *unit, day on, struct area_headline *h)
{
        struct cluster_query q = { .unit = unit, .on = on, .plot_area = CLUSTER_UNKNOWN, .plot_price = CLUSTER_UNKNOWN, .needs_no_plots = true };
        struct found f = { NULL, 0 };
        struct sums all = { 0 };
        struct map *told = map_in(w->arena);
        int provinces = 0;

        if (strcmp(indicator, "occupancy_rate") != 0 || (f.list = clusters_read(w, &q, &f.count)) == NULL)
                return false;
        for (size_t i = 0; i < f.count; i++) {
                const struct unit *province = province_now(w, &f.list[i], on);
                bool is_new = false;

                sums_add(&all, &f.list[i]);
                if (cluster_operates(&f.list[i]) && province != NULL && map_put_text(told, province->key, &is_new) != NULL && is_new)
                        provinces++;
        }
        *h = (struct area_headline){ .decimals = 1, .measure = "%", .href = arena_print(w->arena, on == 0 ? "/clusters?unit=%s" : "/clusters?unit=%s&on=%s", unit_asked_as(w, unit), day_typed(w, on)),
                                     .as_of = on == 0 ? day_of_moment(w->now) : on,
                                     .missing = f.count == 0 ? work_text(w, "The register of clusters is empty here.")
                                                             : work_text(w, "No cluster of the register operates with recorded industrial land.") };
        h->is_there = cluster_occupancy(all.leased, all.committed, all.land, &h->value);
        if (!h->is_there)
                return true;
        h->text = said_short(w, h->value, 1, 1);
        h->detail = arena_print(w->arena, work_text(w, "%s; %s clusters of %d provinces"), land_said(w, all.leased, all.committed, all.land, all.ready), cluster_said(w, all.operating, 0), provinces);
        h->source = arena_print(w->arena, work_text(w, "Register of clusters: %s"), source_of(w, &f));
        return true;
}

static void line_fill(struct work *w, const struct cluster *c, const char *on, struct cluster_line *l)
{
        *l = (struct cluster_line){ .id = c->id, .name = c->name, .place = cluster_place_said(w, c), .href = arena_print(w->arena, *on == '\0' ? "/clusters/%s" : "/clusters/%s?on=%s", c->id, on),
                                    .land = said_short(w, c->industrial, CLUSTER_DECIMALS, 1), .occupancy = occupancy_shown(w, c->leased, c->committed, c->industrial),
                                    .vacant = cluster_said(w, c->vacant, 0), .largest = c->vacant == 0 ? "–" : cluster_said(w, c->largest, 0),
                                    .price = said_short(w, c->price, CLUSTER_DECIMALS, 0) };
        l->state = state_said(w, c, &l->state_css);
}

struct map_dot dot_of(struct work *w, const struct cluster *c, int64_t vacant)
{
        struct occupancy_shown o = occupancy_shown(w, c->leased, c->committed, c->industrial);
        int64_t ha = c->industrial == CLUSTER_UNKNOWN ? 0 : c->industrial / CLUSTER_UNIT;

        size_t common = strncmp(c->name, "Cụm công nghiệp ", strlen("Cụm công nghiệp ")) == 0 ? strlen("Cụm công nghiệp ") : 0; /* what all names begin with */

        return (struct map_dot){ c->longitude, c->latitude, 9 + (int)(ha > 75 ? 75 : ha) / 8, o.class_name, vacant == 0 ? "" : cluster_said(w, vacant, 0), c->name + common,
                                 arena_print(w->arena, work_text(w, "%s: %s vacant plots, occupancy %s"), c->name, cluster_said(w, vacant, 0), o.text) };
}

static int by_name(const void *a, const void *b)
{
        const struct unit *const *x = a, *const *y = b;

        return strcmp((*x)->code, (*y)->code);
}

/* In which provinces clusters lie, each once, in order. */
static const struct unit **provinces_of(struct work *w, const struct found *f, day on, size_t *count)
{
        const struct unit **units = NULL;

        *count = 0;
        for (size_t i = 0; i < f->count; i++) {
                const struct unit *p = province_now(w, &f->list[i], on);
                size_t k = 0;

                while (k < *count && units[k] != p)
                        k++;
                if (p == NULL || k < *count)
                        continue;
                units = arena_room(w->arena, units, *count, sizeof *units);
                units[(*count)++] = p;
        }
        if (*count > 0)
                qsort(units, *count, sizeof *units, by_name);
        return units;
}

/* Of how many provinces the country's register holds clusters, whatever is asked for of them, and who is silent. */
static const char *complete_said(struct work *w, const struct cluster_query *q)
{
        struct cluster_query all = { .unit = q->unit, .on = q->on, .plot_area = CLUSTER_UNKNOWN, .plot_price = CLUSTER_UNKNOWN, .needs_no_plots = true };
        struct found f = { NULL, 0 };
        const struct unit **units;
        struct freshness *fresh;
        size_t count;

        if ((f.list = clusters_read(w, &all, &f.count)) == NULL)
                return NULL;
        units = provinces_of(w, &f, q->on, &count);
        fresh = freshness_of_units(w, q->unit, q->on == 0 ? day_of_moment(w->now) : q->on, units, count);
        if (fresh == NULL)
                return NULL;
        if (fresh->absent_count == 0)
                return arena_print(w->arena, work_text(w, "The register holds clusters of all %d provinces."), fresh->expected);
        return arena_print(w->arena, work_text(w, "The register holds clusters of %d of %d provinces. It has none of: %s."), fresh->reported, fresh->expected,
                           freshness_absent_said(w, fresh, ABSENT_SHOWN));
}

static void provinces_fill(struct work *w, const struct found *f, day on, struct clusters_view *v)
{
        struct sums *sums;
        size_t count;
        const struct unit **units = provinces_of(w, f, on, &count);

        sums = arena_array(w->arena, count + 1, sizeof *sums);
        for (size_t i = 0; i < f->count; i++) {
                const struct unit *p = province_now(w, &f->list[i], on);

                for (size_t k = 0; k < count; k++)
                        if (units[k] == p)
                                sums_add(&sums[k], &f->list[i]);
        }
        v->provinces = arena_array(w->arena, count + 1, sizeof *v->provinces);
        for (size_t k = 0; k < count; k++)
                v->provinces[v->province_count++] = (struct province_line){
                        unit_said(w, units[k]), arena_print(w->arena, on == 0 ? "/clusters?unit=%s" : "/clusters?unit=%s&on=%s", units[k]->code, v->on), cluster_said(w, sums[k].count, 0),
                        said_short(w, sums[k].land, CLUSTER_DECIMALS, 1), cluster_said(w, sums[k].vacant, 0),
                        occupancy_shown(w, sums[k].leased, sums[k].committed, sums[k].land) };
}

static void states_fill(struct work *w, const char *chosen, struct clusters_view *v)
{
        const struct cluster_rules *rules = cluster_rules_of(w);
        const struct cluster_field *f = rules == NULL ? NULL : cluster_field_find(cluster_list_find(rules, "identity"), "state");

        v->states = arena_array(w->arena, f == NULL ? 1 : f->choice_count + 1, sizeof *v->states);
        v->states[v->state_count++] = (struct choice_shown){ "", work_text(w, "All"), false };
        for (size_t i = 0; f != NULL && i < f->choice_count; i++)
                v->states[v->state_count++] = (struct choice_shown){ f->choices[i].id, text_in(w->language, f->choices[i].title_vi, f->choices[i].title_en),
                                                                     chosen != NULL && strcmp(chosen, f->choices[i].id) == 0 };
}

static void view_fill(struct work *w, const struct request *r, const struct cluster_query *q, const struct found *f, struct clusters_view *v)
{
        struct sums all = { 0 };
        size_t from = asked(r, "after") == NULL ? 0 : (size_t)strtoul(asked(r, "after"), NULL, 10), to;
        struct occupancy_shown o;
        int64_t out;

        from = from > f->count ? 0 : from;
        to = from + PAGE_ROWS < f->count ? from + PAGE_ROWS : f->count;
        v->lines = arena_array(w->arena, to - from + 1, sizeof *v->lines);
        v->dots = arena_array(w->arena, f->count + 1, sizeof *v->dots);
        for (size_t i = 0; i < f->count; i++) {
                const struct cluster *c = &f->list[i];

                sums_add(&all, c);
                v->work_count += cluster_is_legacy(c);
                if (c->latitude != CLUSTER_UNKNOWN && c->longitude != CLUSTER_UNKNOWN)
                        v->dots[v->dot_count++] = dot_of(w, c, c->vacant);
                if (i >= from && i < to)
                        line_fill(w, c, v->on, &v->lines[v->line_count++]);
        }
        o = occupancy_shown(w, all.leased, all.committed, all.land);
        if (!decimal_rescale(all.vacant_area, 4, 1, &out))
                out = 0;
        v->totals = (struct totals_shown){ cluster_said(w, all.operating, 0), said_short(w, all.land, CLUSTER_DECIMALS, 1), o.text, cluster_said(w, all.vacant, 0),
                                           said_short(w, out, 1, 1), all.count };
        v->source = source_of(w, f);
        v->range = arena_print(w->arena, work_text(w, "%d–%d of %d clusters"), (int)(f->count == 0 ? 0 : from + 1), (int)to, (int)f->count);
        if (from > 0)
                v->before = request_with(w, r, "after", from <= PAGE_ROWS ? NULL : arena_print(w->arena, "%d", (int)from - PAGE_ROWS));
        if (to < f->count)
                v->after = request_with(w, r, "after", arena_print(w->arena, "%d", (int)to));
        if (q->unit->level == LEVEL_COUNTRY) {
                provinces_fill(w, f, q->on, v);
                v->complete = complete_said(w, q);
        } else {
                v->province = q->unit->province;
        }
        states_fill(w, q->state, v);
}

const char *day_typed(struct work *w, day d)
{
        char text[DAY_TEXT_MAX];

        day_write(text, d);
        return arena_text(w->arena, text);
}

bool clusters_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct page page = { .nav = NAV_CLUSTERS };
        struct clusters_view v = { 0 };
        struct cluster_query q;
        struct found f = { NULL, 0 };

        reply->is_private = w->user->login[0] != '\0';
        if (!query_read(w, r, &q) || (f.list = clusters_read(w, &q, &f.count)) == NULL)
                return false;
        page.title = arena_print(w->arena, work_text(w, "Industrial clusters: %s"), unit_said(w, q.unit));
        if (request_suffix(r) != SUFFIX_HTML)
                return list_table(w, r, reply, &page, &f);
        v = (struct clusters_view){ .title = page.title, .unit = unit_asked_as(w, q.unit), .units = units_offered(w, q.unit), .words = q.words == NULL ? "" : q.words, .area = asked(r, "area") == NULL ? "" : asked(r, "area"),
                                    .price = asked(r, "price") == NULL ? "" : asked(r, "price"), .wastewater = q.has_wastewater, .catalogue = catalogue_of(w),
                                    .csv = request_in_format(w, r, "/clusters", "csv"), .json = request_in_format(w, r, "/clusters", "json"),
                                    .xlsx = request_in_format(w, r, "/clusters", "xlsx"), .geojson = arena_print(w->arena, "/clusters/boundaries.json?unit=%s", q.unit->code),
                                    .may_write = user_may(w->user, MAY_FILL) && user_may(w->user, MAY_READ) };
        v.on = q.on == 0 ? "" : asked(r, "on");
        v.today = day_typed(w, day_of_moment(w->now));
        v.told = q.on == 0 ? NULL : arena_print(w->arena, work_text(w, "The register as it stood on %s, as it is known today, counted by the map of that day."), day_said(w, q.on));
        v.may_write = v.may_write && q.on == 0;
        v.is_filtered = q.words != NULL || q.state != NULL || q.has_wastewater || q.plot_area != CLUSTER_UNKNOWN || q.plot_price != CLUSTER_UNKNOWN;
        view_fill(w, r, &q, &f, &v);
        page_begin(w, r, reply, &page);
        clusters_html(w, &reply->body, &v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}

struct features { struct buf *out; bool is_any; };

static void feature_put(struct work *w, struct features *f, const char *id, const char *name, const char *geojson)
{
        json_t *root = json_read(w->arena, geojson, strlen(geojson), NULL), *geometry, *feature;
        const struct buf *text;

        if (root == NULL)
                return;
        geometry = json_is_object(json_object_get(root, "geometry")) ? json_object_get(root, "geometry") : root;
        feature = json_pack("{s:s, s:s, s:{s:s}, s:O}", "type", "Feature", "id", id, "properties", "name", name, "geometry", geometry);
        text = json_written(w, feature);
        json_decref(feature);
        buf_text(f->out, f->is_any ? "," : "");
        buf_text(f->out, text == NULL ? "null" : text->data);
        f->is_any = true;
}

/* The boundary of a cluster, and of its plots where they are asked for. */
static void boundary_put(struct work *w, struct features *f, const struct cluster *c, bool has_plots)
{
        size_t count;
        struct stored_item *items = stored_items(w, c->id, "boundary", NULL, &count);

        if (items != NULL && count > 0)
                feature_put(w, f, c->id, c->name, cluster_text(items[0].fields, "geojson"));
        items = has_plots ? stored_items(w, c->id, "plot", NULL, &count) : NULL;
        for (size_t i = 0; items != NULL && i < count && work_ok(w); i++)
                feature_put(w, f, items[i].item, items[i].item, cluster_text(items[i].fields, "geojson"));
}

/* All boundaries of a territory, or one cluster's and its plots', as one collection of GeoJSON. */
bool cluster_boundaries(struct work *w, const struct request *r, struct reply *reply)
{
        const char *id = asked(r, "cluster");
        struct cluster_query q = { .unit = id != NULL ? NULL : unit_asked(w, r), .id = id, .plot_area = CLUSTER_UNKNOWN, .plot_price = CLUSTER_UNKNOWN, .needs_no_plots = true };
        struct features f = { &reply->body, false };
        struct cluster *list;
        size_t count;

        if (!work_ok(w) || (list = clusters_read(w, &q, &count)) == NULL)
                return false;
        reply->content_type = "application/geo+json";
        buf_text(&reply->body, "{\"type\":\"FeatureCollection\",\"features\":[");
        for (size_t i = 0; i < count && work_ok(w); i++)
                boundary_put(w, &f, &list[i], id != NULL);
        buf_text(&reply->body, "]}\n");
        return work_ok(w);
}

/* ---- one cluster ------------------------------------------------------------------------------------------------------------------------ */

/* The form that changes an item. */
static const char *edit_href(struct work *w, const struct cluster *c, const char *list, const char *item)
{
        return arena_print(w->arena, "/clusters/%s/edit?list=%s&item=%s", c->id, list, in_address(w, item));
}

static struct list_shown list_fill(struct work *w, const struct cluster *c, const struct cluster_list *l, day on, bool may_write)
{
        struct list_shown s = { .id = l->id, .title = text_in(w->language, l->title_vi, l->title_en), .is_single = l->is_single };
        size_t count;
        struct cluster_item *items = cluster_items(w, c->id, l->id, on, &count);
        bool is_inside = cluster_is_insider(w, c);

        s.items = arena_array(w->arena, count + 1, sizeof *s.items);
        for (size_t i = 0; items != NULL && i < count; i++) {
                struct item_shown *x = &s.items[s.item_count++];

                *x = (struct item_shown){ .name = items[i].item, .pairs = arena_array(w->arena, l->field_count + 1, sizeof *x->pairs) };
                for (size_t k = 0; k < l->field_count; k++) {
                        const char *text = cluster_text(items[i].fields, l->fields[k].id);

                        if (*text != '\0' && (is_inside || !l->fields[k].is_internal))
                                x->pairs[x->pair_count++] = (struct pair_shown){ text_in(w->language, l->fields[k].title_vi, l->fields[k].title_en),
                                                                                 cluster_value_said(w, &l->fields[k], text) };
                }
                if (may_write)
                        x->edit = edit_href(w, c, l->id, items[i].item);
        }
        if (may_write && (!l->is_single || count == 0))
                s.add = arena_print(w->arena, "/clusters/%s/edit?list=%s", c->id, l->id);
        return s;
}

/* A plan of the plots: not to scale on the ground, but each as wide as its area in its row. */
static void plan_lay(struct plot_shown *plots, const int64_t *sizes, size_t count, int *height)
{
        size_t rows = 1, each;

        while (rows * rows * 5 / 3 < count)
                rows++;
        each = (count + rows - 1) / rows;
        *height = 0;
        for (size_t from = 0, row = 0; from < count; from += each, row++) {
                size_t to = from + each < count ? from + each : count;
                int64_t sum = 0;
                int x = 8, room = 424 - 40 * (int)(to - from);

                for (size_t i = from; i < to; i++)
                        sum += sizes[i];
                for (size_t i = from; i < to; i++) {
                        int width = 38 + (room <= 0 || sum <= 0 ? 0 : (int)(sizes[i] * room / sum));

                        plots[i].x = x;
                        plots[i].y = 8 + (int)row * 66;
                        plots[i].width = width;
                        plots[i].height = 54;
                        x += width + 2;
                }
                *height = 8 + ((int)row + 1) * 66;
        }
}

static bool is_among(const char *name, const char **list, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(list[i], name) == 0)
                        return true;
        return false;
}

static void plots_fill(struct work *w, const struct cluster *c, struct cluster_view *v)
{
        static const struct { const char *state, *css, *chip; } looks[] = {
                { "vacant", "lot-v", "chip ok" }, { "reserved", "lot-r", "chip warn" }, { "leased", "lot-l", "chip" }, { "shared", "lot-s", "chip" } };
        const struct cluster_rules *rules = cluster_rules_of(w);
        const struct cluster_field *states = cluster_field_find(cluster_list_find(rules, "plot"), "state");
        size_t count, held_count;
        struct cluster_item *items = cluster_items(w, c->id, "plot", v->on, &count);
        const char **held = texts_read(w, "SELECT plot FROM cluster_lease WHERE cluster = $1 AND is_held = 1 ORDER BY plot", ARGS(v_text(c->id)), &held_count);
        int64_t *sizes = arena_array(w->arena, count + 1, sizeof *sizes);

        v->plots = arena_array(w->arena, count + 1, sizeof *v->plots);
        for (size_t i = 0; items != NULL && i < count; i++) {
                const json_t *f = items[i].fields;
                const char *state = cluster_text(f, "state"), *ready = cluster_text(f, "ready_from");
                int look = 0;
                day d;

                if (v->on == DAY_FOREVER && strcmp(state, "vacant") == 0 && is_among(items[i].item, held, held_count))
                        state = "reserved";
                while (look < 3 && strcmp(looks[look].state, state) != 0)
                        look++;
                sizes[i] = cluster_number(f, "area", 0) == CLUSTER_UNKNOWN ? 0 : cluster_number(f, "area", 0);
                v->plots[v->plot_count++] = (struct plot_shown){
                        .name = items[i].item, .area = cluster_said(w, sizes[i], 0), .state = cluster_choice_said(w, states, state), .state_css = looks[look].chip,
                        .css = looks[look].css, .price = said_short(w, cluster_number(f, "price", CLUSTER_DECIMALS), CLUSTER_DECIMALS, 0), .is_vacant = look == 0,
                        .ready = !day_read(ready, strlen(ready), &d) || d <= day_of_moment(w->now) ? work_text(w, "at once")
                                                                                                   : arena_print(w->arena, work_text(w, "from %s"), day_said(w, d)),
                        .edit = v->may_write ? edit_href(w, c, "plot", items[i].item) : NULL, .lease = look == 0 && v->on == DAY_FOREVER ? lease_href(w, c, items[i].item) : NULL };
        }
        plan_lay(v->plots, sizes, v->plot_count < PLOTS_DRAWN ? v->plot_count : PLOTS_DRAWN, &v->plan_height);
        if (v->plot_count > PLOTS_DRAWN)
                v->plan_height = 0;
        v->vacant_said = arena_print(w->arena, work_text(w, "%s vacant plots, %s m²"), cluster_said(w, c->vacant, 0), cluster_said(w, c->vacant_area, 0));
}

static void works_fill(struct work *w, const struct cluster *c, struct cluster_view *v)
{
        const struct cluster_rules *rules = cluster_rules_of(w);
        const struct cluster_list *l = cluster_list_find(rules, "work");
        size_t count;
        struct cluster_item *items = cluster_items(w, c->id, "work", v->on, &count);

        v->works = arena_array(w->arena, count + 1, sizeof *v->works);
        for (size_t i = 0; items != NULL && i < count; i++) {
                const json_t *f = items[i].fields;
                const char *note = cluster_text(f, "note");

                v->works[v->work_count++] = (struct work_shown){
                        cluster_choice_said(w, cluster_field_find(l, "kind"), cluster_text(f, "kind")),
                        *note != '\0' ? note : cluster_choice_said(w, cluster_field_find(l, "state"), cluster_text(f, "state")),
                        strcmp(cluster_text(f, "state"), "in_use") == 0 };
        }
}

struct history { struct entry_shown *list; size_t count; const struct cluster_rules *rules; };

/* Which item of a list an entry is about, as people name it: by its first field where that is said in words. */
static const char *item_said(struct work *w, const struct cluster_list *l, const json_t *body)
{
        const struct cluster_field *f = l == NULL || l->field_count == 0 ? NULL : &l->fields[0];
        const char *text = f == NULL ? "" : cluster_text(json_object_get(body, "fields"), f->id);

        if (*text == '\0' || (f->kind != CLUSTER_TEXT && f->kind != CLUSTER_CHOICE))
                return cluster_text(body, "item");
        return cluster_value_said(w, f, text);
}

static bool history_take(struct work *w, const struct entry *e, void *context)
{
        struct history *h = context;
        const struct cluster_list *l = cluster_list_find(h->rules, cluster_text(e->body, "list"));
        const char *title = l == NULL ? cluster_text(e->body, "list") : text_in(w->language, l->title_vi, l->title_en);
        char at[DAY_SHOWN_MAX], hash[HASH_HEX];

        moment_write_shown(at, stamp_moment(e->at), w->language);
        hex_write(hash, e->hash, HASH_BYTES);
        if (h->count == ENTRIES_SHOWN) /* the newest are kept */
                memmove(h->list, h->list + 1, --h->count * sizeof *h->list);
        h->list[h->count++] = (struct entry_shown){ l != NULL && l->is_single ? title : arena_print(w->arena, "%s: %s", title, item_said(w, l, e->body)),
                                                    arena_text(w->arena, at), arena_text(w->arena, cluster_text(e->body, "by")),
                                                    arena_print(w->arena, "/figures/entry/%s", hash) };
        return work_ok(w);
}

static void decisions_fill(struct work *w, const struct cluster *c, struct cluster_view *v)
{
        size_t count;
        struct decision *list = decisions_read(w, c->id, NULL, &count);

        v->decisions = arena_array(w->arena, count + 1, sizeof *v->decisions);
        for (size_t i = 0; list != NULL && i < count; i++)
                v->decisions[v->decision_count++] = (struct decision_shown){
                        decision_kind_said(w, list[i].act), list[i].number, day_said(w, list[i].decided_on), cluster_said(w, list[i].area, CLUSTER_DECIMALS), list[i].investor,
                        arena_print(w->arena, "/cases/%s", list[i].case_id), decision_is_followed(&list[i], c) };
}

static void notices_fill(struct work *w, const struct cluster *c, day on, struct cluster_view *v)
{
        const struct cluster_rules *rules = cluster_rules_of(w);
        const struct cluster_bounds *b = cluster_bounds_on(rules, c->established_on == DAY_NONE ? day_of_moment(w->now) : c->established_on);

        size_t count;
        struct overlap *overlaps = on != 0 ? NULL : cluster_overlaps(w, c, &count);

        count = overlaps == NULL ? 0 : count;
        v->notices = arena_array(w->arena, 5 + count, sizeof *v->notices);
        if (on != 0)
                v->notices[v->notice_count++] = arena_print(w->arena, work_text(w, "The register as it stood on %s, as it is known today, counted by the map of that day."), day_said(w, on));
        for (size_t i = 0; i < count; i++)
                v->notices[v->notice_count++] = arena_print(w->arena, work_text(w, "The boundary shares %s ha with %s: one of the two is to be corrected."),
                                                            cluster_said(w, overlaps[i].shared, CLUSTER_DECIMALS), overlaps[i].name);
        if (c->is_decided_only)
                v->notices[v->notice_count++] = work_text(w, "A decision established this cluster; its record is still to be filled in.");
        if (cluster_is_legacy(c))
                v->notices[v->notice_count++] = arena_print(w->arena, work_text(w, "Operates without a decision of establishment: to be settled before %s (%s)"),
                                                            day_said(w, rules->settle_before), rules->settle_source);
        if (cluster_is_out_of_bounds(b, c->total, c->is_mountain || strcmp(c->kind, "craft_village") == 0))
                v->notices[v->notice_count++] = arena_print(w->arena, work_text(w, "The area lies outside the bounds (%s). Legal ground: %s"), b->source, c->ground);
}

struct whole { const struct cluster *c; day on; };

static bool item_rows(struct work *w, struct table *t, void *context)
{
        const struct whole *x = context;
        const struct cluster *c = x->c;
        const struct cluster_rules *rules = cluster_rules_of(w);
        bool is_inside = cluster_is_insider(w, c);

        for (size_t i = 0; rules != NULL && i < rules->list_count && work_ok(w); i++) {
                const struct cluster_list *l = &rules->lists[i];
                size_t count;
                struct cluster_item *items;

                if (!l->is_public && !is_inside)
                        continue;
                items = cluster_items(w, c->id, l->id, x->on, &count);
                for (size_t k = 0; items != NULL && k < count; k++)
                        for (size_t n = 0; n < l->field_count; n++) {
                                const char *text = cluster_text(items[k].fields, l->fields[n].id);

                                if (*text != '\0' && (is_inside || !l->fields[n].is_internal))
                                        table_row(t, (struct cell[]){ cell_text(l->id), cell_text(items[k].item), cell_text(l->fields[n].id), cell_text(text),
                                                                      cell_text(text_in(w->language, l->fields[n].unit_vi, l->fields[n].unit_en)), cell_day(items[k].on) });
                        }
        }
        return work_ok(w);
}

bool cluster_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct page page = { .nav = NAV_CLUSTERS, .crumbs = { { work_text(w, "Industrial clusters"), "/clusters" } }, .crumb_count = 1 };
        const struct column columns[] = {
                { "list", work_text(w, "Part"), NULL, CELL_TEXT }, { "item", work_text(w, "Item"), NULL, CELL_TEXT }, { "field", work_text(w, "Field"), NULL, CELL_TEXT },
                { "value", work_text(w, "Value"), NULL, CELL_TEXT }, { "unit_of_measure", work_text(w, "Unit of measure"), NULL, CELL_TEXT },
                { "recorded_on", work_text(w, "Recorded on"), NULL, CELL_DAY },
        };
        const struct cluster_rules *rules = cluster_rules_of(w);
        day on = 0;
        struct cluster *c = rules == NULL || !day_asked(w, r, &on) ? NULL : cluster_read_on(w, request_part(r, "id"), on);
        struct cluster_view v = { .c = c };
        struct whole whole = { c, on == 0 ? DAY_FOREVER : on };
        struct history h = { .rules = rules };
        bool is_inside;

        reply->is_private = w->user->login[0] != '\0';
        if (c == NULL)
                return false;
        page.title = c->name;
        if (request_suffix(r) != SUFFIX_HTML)
                return table_reply(w, r, reply, &page, arena_print(w->arena, "cluster-%s", c->id), NULL, columns, 6, item_rows, &whole);
        is_inside = cluster_is_insider(w, c);
        v = (struct cluster_view){ .c = c, .name = c->name, .place = cluster_place_said(w, c), .occupancy = occupancy_shown(w, c->leased, c->committed, c->industrial),
                                   .json = request_in_format(w, r, arena_print(w->arena, "/clusters/%s", c->id), "json"), .csv = request_in_format(w, r, arena_print(w->arena, "/clusters/%s", c->id), "csv"),
                                   .compare = arena_print(w->arena, "/clusters/compare?id=%s", c->id), .basis = rules->occupancy_source, .source = c->source, .on = whole.on,
                                   .may_write = is_inside && on == 0 && user_may(w->user, MAY_FILL) };
        v.state = state_said(w, c, &v.state_css);
        v.land_said = land_said(w, c->leased, c->committed, c->industrial, c->ready);
        works_fill(w, c, &v);
        plots_fill(w, c, &v);
        notices_fill(w, c, on, &v);
        decisions_fill(w, c, &v);
        if (on == 0 && !ground_fill(w, c, "", &v.ground))
                return false;
        v.sees_cases = is_inside;
        v.lists = arena_array(w->arena, rules->list_count + 1, sizeof *v.lists);
        for (size_t i = 0; i < rules->list_count; i++)
                if ((rules->lists[i].is_public || is_inside) && strcmp(rules->lists[i].id, "plot") != 0)
                        v.lists[v.list_count++] = list_fill(w, c, &rules->lists[i], v.on, v.may_write);
        if (is_inside && on == 0) {
                h.list = arena_array(w->arena, ENTRIES_SHOWN, sizeof *h.list);
                if (!ledger_subject(w, arena_print(w->arena, "cluster/%s", c->id), "cluster.", history_take, &h))
                        return false;
                v.entries = h.list;
                v.entry_count = h.count;
        }
        page_begin(w, r, reply, &page);
        cluster_html(w, &reply->body, &v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}
