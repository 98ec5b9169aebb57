/* list_page.c - the list of clusters with its map and totals; as page, JSON, CSV, XLSX. */
#include <stdlib.h>
#include <string.h>

#include "areas/cluster/pages.h"
#include "areas/cluster/store.h"
#include "areas/cluster/view.h"
#include "report/table.h"
#include "sync/freshness.h"

#define PAGE_ROWS 20
#define WORDS_MOST 200 /* bytes of what is looked for */
#define ABSENT_SHOWN 5

/* ---- what is asked for -------------------------------------------------------------------------------------------------------- */

static const struct cluster_field *state_field(struct work *w)
{
        const struct cluster_rules *rules = cluster_rules_of(w);

        return rules == NULL ? NULL : cluster_field_find(cluster_list_find(rules, "identity"), "state");
}

static bool state_is_known(struct work *w, const char *state)
{
        const struct cluster_field *f = state_field(w);

        for (size_t i = 0; state != NULL && f != NULL && i < f->choice_count; i++)
                if (strcmp(f->choices[i].id, state) == 0)
                        return true;
        if (state == NULL || f == NULL)
                return work_ok(w);
        error_set(&w->err, ERR_USAGE, "\"%s\" cannot be \"%s\"", "state", state);
        return error_hint(&w->err, "the choices of /clusters name those there are");
}

/* first: the place in the list that its page begins at. */
static bool query_read(struct work *w, const struct request *r, struct cluster_query *q, size_t *first)
{
        day on;

        if (!day_asked(w, r, &on))
                return false;
        *q = (struct cluster_query){ .on = on, .unit = unit_asked_on(w, r, on == 0 ? day_of_moment(w->now) : on), .words = text_asked(r, "q"), .state = text_asked(r, "state") };
        if (q->unit == NULL || !request_flag(w, r, "wastewater", &q->has_wastewater) || !request_place(w, r, "after", first) || !state_is_known(w, q->state) ||
            !number_asked(w, r, "area", work_text(w, "Vacant plot from, m²"), 0, CLUSTER_UNKNOWN, &q->plot_area) ||
            !number_asked(w, r, "price", work_text(w, "Price up to, USD/m²"), CLUSTER_DECIMALS, CLUSTER_UNKNOWN, &q->plot_price))
                return false;
        if (q->words == NULL || strlen(q->words) <= WORDS_MOST)
                return true;
        error_set(&w->err, ERR_USAGE, "too many words");
        return error_hint(&w->err, "at most %d bytes; a few letters of the name are enough", WORDS_MOST);
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
                { "id", N_("Cluster"), NULL, CELL_TEXT }, { "name", N_("Name"), NULL, CELL_TEXT }, { "unit", N_("Unit"), NULL, CELL_TEXT },
                { "place", N_("Place"), NULL, CELL_TEXT }, { "kind", N_("Type"), NULL, CELL_TEXT }, { "state", N_("Stage"), NULL, CELL_TEXT },
                { "established_on", N_("Established"), NULL, CELL_DAY }, { "total", N_("Total area"), "ha", CELL_NUMBER },
                { "industrial", N_("Industrial land"), "ha", CELL_NUMBER }, { "ready", N_("Land ready"), "ha", CELL_NUMBER },
                { "leased", N_("Land leased"), "ha", CELL_NUMBER }, { "committed", N_("Land licensed"), "ha", CELL_NUMBER },
                { "occupancy", N_("Occupancy"), "%", CELL_NUMBER }, { "wastewater", N_("Wastewater plant"), "m³/day", CELL_NUMBER },
                { "vacant_plots", N_("Vacant plots"), NULL, CELL_INT }, { "vacant_area", N_("Vacant land"), "m²", CELL_INT },
                { "largest_plot", N_("Largest plot"), "m²", CELL_INT }, { "price", N_("Price from"), "USD/m²", CELL_NUMBER },
                { "latitude", N_("Latitude"), "°", CELL_NUMBER }, { "longitude", N_("Longitude"), "°", CELL_NUMBER },
                { "source", N_("Source"), NULL, CELL_TEXT },
        };

        return table_reply(w, r, reply, page, "clusters", NULL, columns, (int)(sizeof columns / sizeof *columns), list_rows, f);
}

struct sums { int64_t count, operating, unstated, land, ready, leased, committed, vacant, vacant_area; };

static void sums_add(struct sums *s, const struct cluster *c)
{
        s->count++;
        s->vacant += c->vacant;
        s->vacant_area += c->vacant_area;
        if (!cluster_operates(c))
                return;
        s->operating++;
        s->unstated += c->industrial == CLUSTER_UNKNOWN;
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

/* The province of a commune, of today, or (on) of a day by the map of that day. */
static const struct unit *province_now(struct work *w, const struct unit *home, day on)
{
        const struct unit *now = on == 0 ? cluster_home_now(w, home) : cluster_home_on(w, &(struct cluster){ .home = home }, on);

        now = now == NULL ? home : now;
        return now == NULL ? NULL : now->province;
}

bool cluster_headline(struct work *w, const char *indicator, const struct unit *unit, struct area_headline *h)
{
        struct cluster_query q = { .unit = unit, .plot_area = CLUSTER_UNKNOWN, .plot_price = CLUSTER_UNKNOWN, .needs_no_plots = true };
        struct found f = { NULL, 0 };
        struct sums all = { 0 };
        struct map *told = map_in(w->arena);
        int provinces = 0;
        size_t among = 1;

        if (strcmp(indicator, "occupancy_rate") != 0 || (f.list = clusters_read(w, &q, &f.count)) == NULL)
                return false;
        for (size_t i = 0; i < f.count; i++) {
                const struct unit *province = province_now(w, f.list[i].home, 0);
                bool is_new = false;

                sums_add(&all, &f.list[i]);
                if (cluster_operates(&f.list[i]) && province != NULL && map_put_text(told, province->key, &is_new) != NULL && is_new)
                        provinces++;
        }
        *h = (struct area_headline){ .decimals = 1, .measure = "%", .href = arena_print(w->arena, "/clusters?unit=%s", unit_asked_as(w, unit)),
                                     .as_of = day_of_moment(w->now),
                                     .missing = f.count == 0 ? work_text(w, "The register of clusters is empty here.")
                                                             : work_text(w, "No cluster of the register operates with recorded industrial land.") };
        h->is_there = cluster_occupancy(all.leased, all.committed, all.land, &h->value);
        if (!h->is_there)
                return true;
        h->text = said_short(w, h->value, 1, 1);
        if (unit->level == LEVEL_COUNTRY)
                among = unit_list(catalogue_of(w), LEVEL_PROVINCE, day_of_moment(w->now), NULL, 0);
        h->detail = arena_print(w->arena, work_text(w, "%s; %s clusters of %d of %d provinces"), land_said(w, all.leased, all.committed, all.land, all.ready), cluster_said(w, all.operating, 0),
                                provinces, (int)among);
        h->source = arena_print(w->arena, work_text(w, "Register of clusters: %s"), source_of(w, &f));
        return true;
}

static void line_fill(struct work *w, const struct cluster *c, const char *on, struct cluster_line *l)
{
        *l = (struct cluster_line){ .id = c->id, .name = c->name, .place = cluster_place_said(w, c), .href = cluster_href(w, c, on),
                                    .land = said_short(w, c->industrial, CLUSTER_DECIMALS, 1), .occupancy = occupancy_shown(w, c->leased, c->committed, c->industrial),
                                    .vacant = cluster_said(w, c->vacant, 0), .largest = c->vacant == 0 ? "–" : cluster_said(w, c->largest, 0),
                                    .price = said_short(w, c->price, CLUSTER_DECIMALS, 0) };
        l->state = state_said(w, c, &l->state_css);
}

static int by_name(const void *a, const void *b)
{
        const struct unit *const *x = a, *const *y = b;

        return strcmp((*x)->code, (*y)->code);
}

/* The provinces of communes, each once, in order. */
struct places { const struct unit **list; size_t count; };

static void place_add(struct work *w, struct places *p, const struct unit *province)
{
        size_t k = 0;

        while (k < p->count && p->list[k] != province)
                k++;
        if (province == NULL || k < p->count)
                return;
        p->list = arena_room(w->arena, p->list, p->count, sizeof *p->list);
        p->list[p->count++] = province;
}

/* In which provinces the clusters lie that were found. */
static struct places places_found(struct work *w, const struct found *f, day on)
{
        struct places p = { NULL, 0 };

        for (size_t i = 0; i < f->count; i++)
                place_add(w, &p, province_now(w, f->list[i].home, on));
        if (p.count > 0)
                qsort(p.list, p.count, sizeof *p.list, by_name);
        return p;
}

/* In which provinces the register holds clusters, whatever is asked for of them: by their communes, without reading what they are. */
static struct places places_held(struct work *w, day on)
{
        struct places p = { NULL, 0 };
        struct cluster_query then = { .on = on, .plot_area = CLUSTER_UNKNOWN, .plot_price = CLUSTER_UNKNOWN, .needs_no_plots = true };
        size_t count = 0;
        struct cluster *stood = on == 0 ? NULL : clusters_read(w, &then, &count);
        const char **homes = on != 0 ? NULL : texts_read(w, "SELECT DISTINCT home FROM cluster_row UNION SELECT DISTINCT home FROM cluster_decision WHERE act = 'establish' ORDER BY 1", NO_ARGS, &count);

        for (size_t i = 0; (stood != NULL || homes != NULL) && i < count; i++)
                place_add(w, &p, province_now(w, stood != NULL ? stood[i].home : unit_by_key(catalogue_of(w), homes[i]), on));
        return p;
}

/* Of how many provinces the country's register holds clusters, and who is silent. */
static const char *complete_said(struct work *w, const struct cluster_query *q, const struct places *held)
{
        struct freshness *fresh = freshness_of_units(w, q->unit, q->on == 0 ? day_of_moment(w->now) : q->on, held->list, held->count);

        if (fresh == NULL)
                return NULL;
        if (fresh->absent_count == 0)
                return arena_print(w->arena, work_text(w, "The register holds clusters of all %d provinces."), fresh->expected);
        return arena_print(w->arena, work_text(w, "The register holds clusters of %d of %d provinces. It has none of: %s."), fresh->reported, fresh->expected,
                           freshness_absent_said(w, fresh, ABSENT_SHOWN));
}

static void provinces_fill(struct work *w, const struct found *f, day on, const struct places *places, struct clusters_view *v)
{
        const struct unit **units = places->list;
        size_t count = places->count;
        struct sums *sums = arena_array(w->arena, count + 1, sizeof *sums);

        for (size_t i = 0; i < f->count; i++) {
                const struct unit *p = province_now(w, f->list[i].home, on);

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
        const struct cluster_field *f = state_field(w);

        v->states = arena_array(w->arena, f == NULL ? 1 : f->choice_count + 1, sizeof *v->states);
        v->states[v->state_count++] = (struct choice_shown){ "", work_text(w, "All"), false };
        for (size_t i = 0; f != NULL && i < f->choice_count; i++)
                v->states[v->state_count++] = (struct choice_shown){ f->choices[i].id, text_in(w->language, f->choices[i].title_vi, f->choices[i].title_en),
                                                                     chosen != NULL && strcmp(chosen, f->choices[i].id) == 0 };
}

static void view_fill(struct work *w, const struct request *r, const struct cluster_query *q, const struct found *f, size_t from, struct clusters_view *v)
{
        struct sums all = { 0 };
        size_t to;
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
                        v->dots[v->dot_count++] = dot_of(w, c, c->vacant, v->on);
                if (i >= from && i < to)
                        line_fill(w, c, v->on, &v->lines[v->line_count++]);
        }
        o = occupancy_shown(w, all.leased, all.committed, all.land);
        if (!decimal_rescale(all.vacant_area, 4, 1, &out))
                out = 0;
        v->totals = (struct totals_shown){ cluster_said(w, all.operating, 0), said_short(w, all.land, CLUSTER_DECIMALS, 1), o.text, cluster_said(w, all.vacant, 0),
                                           said_short(w, out, 1, 1), all.count };
        if (all.unstated > 0)
                v->unstated = arena_print(w->arena, work_text(w, "Of %d clusters operating %d have no industrial land recorded: occupancy is of the others."), (int)all.operating, (int)all.unstated);
        v->source = source_of(w, f);
        v->range = arena_print(w->arena, work_text(w, "%d–%d of %d clusters"), (int)(f->count == 0 ? 0 : from + 1), (int)to, (int)f->count);
        if (from > 0)
                v->before = request_with(w, r, "after", from <= PAGE_ROWS ? NULL : arena_print(w->arena, "%d", (int)from - PAGE_ROWS));
        if (to < f->count)
                v->after = request_with(w, r, "after", arena_print(w->arena, "%d", (int)to));
        if (q->unit->level == LEVEL_COUNTRY) {
                const struct places found = places_found(w, f, q->on), held = v->is_filtered ? places_held(w, q->on) : found;

                provinces_fill(w, f, q->on, &found, v);
                v->complete = complete_said(w, q, &held);
        } else {
                v->province = q->unit->province;
        }
        states_fill(w, q->state, v);
}

bool clusters_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct page page = { .nav = NAV_CLUSTERS };
        struct clusters_view v = { 0 };
        struct cluster_query q;
        struct found f = { NULL, 0 };
        size_t first;

        reply->is_private = w->user->login[0] != '\0';
        if (!query_read(w, r, &q, &first) || (f.list = clusters_read(w, &q, &f.count)) == NULL)
                return false;
        page.title = arena_print(w->arena, work_text(w, "Industrial clusters: %s"), unit_said(w, q.unit));
        if (request_suffix(r) != SUFFIX_HTML)
                return list_table(w, r, reply, &page, &f);
        v = (struct clusters_view){ .title = page.title, .unit = unit_asked_as(w, q.unit), .units = units_offered(w, q.unit), .words = q.words == NULL ? "" : q.words, .area = text_asked(r, "area") == NULL ? "" : text_asked(r, "area"),
                                    .price = text_asked(r, "price") == NULL ? "" : text_asked(r, "price"), .wastewater = q.has_wastewater, .catalogue = catalogue_of(w),
                                    .csv = request_in_format(w, r, "/clusters", "csv"), .json = request_in_format(w, r, "/clusters", "json"),
                                    .xlsx = request_in_format(w, r, "/clusters", "xlsx"), .geojson = arena_print(w->arena, "/clusters/boundaries.json?unit=%s", q.unit->code),
                                    .may_write = user_may(w->user, MAY_FILL) && user_may(w->user, MAY_READ) };
        v.on = q.on == 0 ? "" : text_asked(r, "on");
        v.today = day_typed(w, day_of_moment(w->now));
        v.told = q.on == 0 ? NULL : arena_print(w->arena, work_text(w, "The register as it stood on %s, as it is known today, counted by the map of that day."), day_said(w, q.on));
        v.may_write = v.may_write && q.on == 0;
        v.is_filtered = q.words != NULL || q.state != NULL || q.has_wastewater || q.plot_area != CLUSTER_UNKNOWN || q.plot_price != CLUSTER_UNKNOWN;
        view_fill(w, r, &q, &f, first, &v);
        page_begin(w, r, reply, &page);
        clusters_html(w, &reply->body, &v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}
