/* plot.c - vacant plots for who looks for land; clusters side by side. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "areas/cluster/pages.h"
#include "areas/cluster/store.h"
#include "areas/cluster/view.h"
#include "base/utf8.h"
#include "report/table.h"

#define PLOTS_SHOWN 60
#define COMPARED_MAX 6

/* ---- vacant plots ------------------------------------------------------------------------------------------------------------- */

int64_t cluster_distance(int64_t latitude, int64_t longitude, int64_t to_latitude, int64_t to_longitude)
{
        const double radian = M_PI / 180e6, radius = 6371008.8; /* metres, mean */
        double a = sin((double)(to_latitude - latitude) * radian / 2), b = sin((double)(to_longitude - longitude) * radian / 2);
        double h = a * a + cos((double)latitude * radian) * cos((double)to_latitude * radian) * b * b;

        return (int64_t)(2 * radius * asin(sqrt(h > 1 ? 1 : h)) + 0.5);
}

static int by_distance(const void *a, const void *b)
{
        const struct plot *x = a, *y = b;
        int64_t dx = x->distance < 0 ? INT64_MAX : x->distance, dy = y->distance < 0 ? INT64_MAX : y->distance;

        if (dx != dy)
                return dx < dy ? -1 : 1;
        if (x->area != y->area)
                return x->area > y->area ? -1 : 1;
        return strcmp(x->cluster, y->cluster) != 0 ? strcmp(x->cluster, y->cluster) : strcmp(x->plot, y->plot);
}

/* Conditions all have their place among the values; those that are not asked for are true of every plot. */
struct plot *plots_find(struct work *w, const struct plot_query *q, size_t max, size_t *count)
{
        struct buf *sql = arena_alloc(w->arena, sizeof *sql);
        bool has_place = q->latitude != CLUSTER_UNKNOWN && q->longitude != CLUSTER_UNKNOWN;
        char *trades = utf8_fold(w->arena, q->trades);
        struct value values[] = { v_int(q->area), v_int(q->price), v_int(q->wastewater), v_text(arena_print(w->arena, "%%%s%%", trades)), v_null(), v_null(), v_null(), v_null() };
        size_t n = 4;
        struct plot *list = arena_room(w->arena, NULL, 0, sizeof *list);
        struct rows *r;

        buf_init_with(sql, 0, w->arena);
        buf_text(sql, "SELECT cluster, plot, area, price, ready_from, trades, latitude, longitude, wastewater FROM cluster_plot WHERE " PLOT_IS_FREE " AND"
                      " area >= $1 AND ($2 < 0 OR (price >= 0 AND price <= $2)) AND ($3 < 0 OR wastewater >= $3) AND (search LIKE $4 OR search = '')");
        buf_text(sql, cluster_territory_sql(w, q->unit, "province", "(SELECT home FROM cluster_row WHERE id = cluster)"));
        if (has_place && q->within >= 0) { /* first a box; then exactly */
                int64_t north = q->within * 9, east = q->within * 10; /* millionths of a degree for a metre, more than enough up to 24° north */

                buf_text(sql, " AND latitude BETWEEN $5 AND $6 AND longitude BETWEEN $7 AND $8");
                values[4] = v_int(q->latitude - north);
                values[5] = v_int(q->latitude + north);
                values[6] = v_int(q->longitude - east);
                values[7] = v_int(q->longitude + east);
                n = 8;
        }
        if (!has_place)
                buf_text(sql, " ORDER BY area DESC, cluster, plot");
        if (!has_place && max != PLOTS_ALL)
                buf_print(sql, " LIMIT %zu", max);
        r = db_query(w->db, sql->data, (struct values){ values, n });
        for (*count = 0; rows_next(r);) {
                int64_t distance = has_place && rows_int(r, 6) != CLUSTER_UNKNOWN ? cluster_distance(q->latitude, q->longitude, rows_int(r, 6), rows_int(r, 7)) : -1;

                if (has_place && q->within >= 0 && (distance < 0 || distance > q->within))
                        continue;
                list = arena_room(w->arena, list, *count, sizeof *list);
                list[(*count)++] = (struct plot){ arena_text(w->arena, rows_text(r, 0)), arena_text(w->arena, rows_text(r, 1)), rows_int(r, 2), rows_int(r, 3),
                                                  (day)rows_int(r, 4), arena_text(w->arena, rows_text(r, 5)), rows_int(r, 8), distance };
        }
        rows_close(r);
        if (has_place)
                qsort(list, *count, sizeof *list, by_distance);
        *count = *count < max ? *count : max;
        return work_ok(w) ? list : NULL;
}

static const char *typed(const struct request *r, const char *name)
{
        const char *text = request_query(r, name, 0);

        return text == NULL ? "" : text;
}

/* "18.34, 105.9" */
static bool place_asked(struct work *w, const struct request *r, struct plot_query *q)
{
        const char *text = typed(r, "near"), *comma = strchr(text, ',');
        size_t position;

        q->latitude = q->longitude = CLUSTER_UNKNOWN;
        if (*text == '\0')
                return true;
        if (comma != NULL && decimal_read(text, (size_t)(comma - text), 6, &q->latitude, &position) == DECIMAL_OK) {
                comma += 1 + strspn(comma + 1, " ");
                if (decimal_read(comma, strlen(comma), 6, &q->longitude, &position) == DECIMAL_OK)
                        return true;
        }
        return error_set(&w->err, ERR_USAGE, "\"%s\": \"%s\" is no place like 18.34, 105.9", work_text(w, "Near (latitude, longitude)"), text);
}

struct plots { const struct plot *list; size_t count; const struct cluster **clusters; };

static bool plot_rows(struct work *w, struct table *t, void *context)
{
        const struct plots *p = context;

        for (size_t i = 0; i < p->count && work_ok(w); i++) {
                const struct plot *x = &p->list[i];
                const struct cluster *c = p->clusters[i];

                table_row(t, (struct cell[]){ cell_text(x->cluster), cell_text(c == NULL ? "" : c->name), cell_text(c == NULL ? "" : cluster_place_said(w, c)), cell_text(x->plot),
                                              cell_int(x->area), x->price < 0 ? cell_empty() : cell_number(x->price, CLUSTER_DECIMALS, -1),
                                              x->ready_from == DAY_NONE ? cell_empty() : cell_day(x->ready_from), cell_text(x->trades),
                                              x->wastewater < 0 ? cell_empty() : cell_int(x->wastewater), x->distance < 0 ? cell_empty() : cell_int(x->distance) });
        }
        return work_ok(w);
}

/* The clusters of the plots, all in one query. */
static bool clusters_of(struct work *w, const struct unit *unit, struct plots *p)
{
        struct cluster_query q = { .unit = unit, .plot_area = CLUSTER_UNKNOWN, .plot_price = CLUSTER_UNKNOWN, .needs_no_plots = true };
        const char *ids[PLOTS_SHOWN];
        size_t count;
        struct cluster *list;
        struct map *by_id = map_in(w->arena);

        for (size_t i = 0; i < p->count && i < PLOTS_SHOWN; i++)
                ids[i] = p->list[i].cluster;
        if (p->count > 0 && p->count <= PLOTS_SHOWN) { /* a page: only theirs */
                q.ids = ids;
                q.id_count = p->count;
        }
        list = clusters_read(w, &q, &count);

        p->clusters = arena_array(w->arena, p->count + 1, sizeof *p->clusters);
        for (size_t i = 0; list != NULL && i < count; i++) {
                int64_t *place = map_put_text(by_id, list[i].id, NULL);

                if (place == NULL)
                        arena_starve(w->arena);
                *place = (int64_t)i + 1;
        }
        for (size_t i = 0; i < p->count; i++) {
                const int64_t *place = map_get_text(by_id, p->list[i].cluster);

                p->clusters[i] = place == NULL ? NULL : &list[*place - 1];
        }
        return list != NULL;
}

/* The clusters of the plots that are shown, each with how many of them; and the place asked for. */
static void plots_on_map(struct work *w, const struct plot_query *q, const struct plots *p, struct plots_view *v)
{
        v->catalogue = catalogue_of(w);
        v->province = q->unit->province;
        v->dots = arena_array(w->arena, p->count + 1, sizeof *v->dots);
        if (p->count > 0 && *v->from != '\0')
                v->dots[v->dot_count++] = (struct map_dot){ q->longitude, q->latitude, 6, "na", "", work_text(w, "place asked for"), work_text(w, "place asked for"), NULL };
        for (size_t i = 0; i < p->count; i++) {
                const struct cluster *c = p->clusters[i];
                int64_t vacant = 1;
                bool is_first = true;

                for (size_t k = 0; k < p->count; k++) {
                        is_first = is_first && (k >= i || p->clusters[k] != c);
                        vacant += k > i && p->clusters[k] == c;
                }
                if (c != NULL && is_first && c->latitude != CLUSTER_UNKNOWN && c->longitude != CLUSTER_UNKNOWN)
                        v->dots[v->dot_count++] = dot_of(w, c, vacant, "");
        }
}

bool cluster_plots_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct page page = { .title = work_text(w, "Vacant plots in industrial clusters"), .nav = NAV_CLUSTERS,
                             .crumbs = { { work_text(w, "Industrial clusters"), "/clusters" } }, .crumb_count = 1 };
        const struct column columns[] = {
                { "cluster", N_("Cluster"), NULL, CELL_TEXT }, { "name", N_("Name"), NULL, CELL_TEXT }, { "place", N_("Place"), NULL, CELL_TEXT },
                { "plot", N_("Plot"), NULL, CELL_TEXT }, { "area", N_("Area"), "m²", CELL_INT }, { "price", N_("Price"), "USD/m²", CELL_NUMBER },
                { "ready_from", N_("Ready from"), NULL, CELL_DAY }, { "trades", N_("Trades accepted"), NULL, CELL_TEXT },
                { "wastewater", N_("Wastewater plant"), "m³/day", CELL_INT }, { "distance", N_("Distance"), "m", CELL_INT },
        };
        struct plot_query q = { .unit = unit_asked(w, r), .trades = typed(r, "trades") };
        struct plots found = { .count = 0 };
        bool is_page = request_suffix(r) == SUFFIX_HTML, is_cut;
        int64_t kilometres;
        struct plots_view v;

        if (q.unit == NULL || !number_asked(w, r, "area", work_text(w, "Area from, m²"), 0, 0, &q.area) ||
            !number_asked(w, r, "price", work_text(w, "Price up to, USD/m²"), CLUSTER_DECIMALS, -1, &q.price) ||
            !number_asked(w, r, "wastewater", work_text(w, "Wastewater plant from, m³ a day"), 0, -1, &q.wastewater) || !number_asked(w, r, "within", work_text(w, "Within, km"), 0, -1, &kilometres) || !place_asked(w, r, &q))
                return false;
        q.within = kilometres < 0 ? -1 : (kilometres < 3000 ? kilometres : 3000) * 1000;
        found.list = plots_find(w, &q, is_page ? PLOTS_SHOWN + 1 : PLOTS_ALL, &found.count); /* one more says that there are more */
        is_cut = is_page && found.count > PLOTS_SHOWN;
        found.count -= is_cut;
        if (found.list == NULL || !clusters_of(w, q.unit, &found))
                return false;
        if (!is_page)
                return table_reply(w, r, reply, &page, "plots", NULL, columns, 10, plot_rows, &found);
        v = (struct plots_view){ .area = typed(r, "area"), .price = typed(r, "price"), .trades = q.trades, .wastewater = typed(r, "wastewater"), .unit = unit_asked_as(w, q.unit), .units = units_offered(w, q.unit),
                                 .from = typed(r, "near"), .within = typed(r, "within"), .csv = request_in_format(w, r, "/clusters/plots", "csv"), .json = request_in_format(w, r, "/clusters/plots", "json"),
                                 .xlsx = request_in_format(w, r, "/clusters/plots", "xlsx"), .lines = arena_array(w->arena, found.count + 1, sizeof *v.lines),
                                 .summary = arena_print(w->arena, is_cut ? work_text(w, "the first %d plots; the CSV file has all")
                                                                                             : work_text(w, found.count == 1 ? N_("%d plot") : N_("%d plots")), (int)found.count) };
        for (size_t i = 0; i < found.count; i++) {
                const struct plot *x = &found.list[i];
                const struct cluster *c = found.clusters[i];

                v.lines[v.line_count++] = (struct plot_line){
                        x->plot, c == NULL ? x->cluster : c->name, c == NULL ? "" : cluster_place_said(w, c), arena_print(w->arena, "/clusters/%s", x->cluster),
                        c == NULL ? NULL : lease_href(w, c, x->plot), cluster_said(w, x->area, 0), cluster_said(w, x->price < 0 ? CLUSTER_UNKNOWN : x->price, CLUSTER_DECIMALS),
                        cluster_said(w, x->wastewater < 0 ? CLUSTER_UNKNOWN : x->wastewater, 0),
                        x->distance < 0 ? "–" : cluster_said(w, (x->distance + 50) / 100, 1), x->trades };
        }
        plots_on_map(w, &q, &found, &v);
        page_begin(w, r, reply, &page);
        plots_html(w, &reply->body, &v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}

/* ---- side by side ----------------------------------------------------------------------------------------------------------------- */

static const char *compared(struct work *w, const struct cluster *c, int row)
{
        const struct cluster_rules *rules = cluster_rules_of(w);
        const struct cluster_list *identity = cluster_list_find(rules, "identity");
        const char *css;

        switch (row) {
        case 0: return cluster_place_said(w, c);
        case 1: return cluster_choice_said(w, cluster_field_find(identity, "kind"), c->kind);
        case 2: return state_said(w, c, &css);
        case 3: return c->trades;
        case 4: return cluster_said(w, c->total, CLUSTER_DECIMALS);
        case 5: return cluster_said(w, c->industrial, CLUSTER_DECIMALS);
        case 6: return cluster_said(w, c->ready, CLUSTER_DECIMALS);
        case 7: return cluster_said(w, c->leased, CLUSTER_DECIMALS);
        case 8: return cluster_said(w, c->committed, CLUSTER_DECIMALS);
        case 9: return occupancy_shown(w, c->leased, c->committed, c->industrial).text;
        case 10: return cluster_said(w, c->vacant, 0);
        case 11: return cluster_said(w, c->vacant_area, 0);
        case 12: return cluster_said(w, c->largest, 0);
        case 13: return cluster_said(w, c->price, CLUSTER_DECIMALS);
        case 14: return cluster_said(w, c->wastewater, 0);
        default: return cluster_said(w, c->tenants, 0);
        }
}

static const char *const compared_titles[] = {
        N_("Place"), N_("Type"), N_("Stage"), N_("Main trades"), N_("Total area, ha"), N_("Industrial land, ha"), N_("Land ready, ha"), N_("Land leased, ha"),
        N_("Land licensed, ha"), N_("Occupancy"), N_("Vacant plots"), N_("Vacant land, m²"), N_("Largest plot, m²"), N_("Price from, USD/m²"),
        N_("Wastewater plant, m³ a day"), N_("Tenant projects"),
};
#define COMPARED_ROWS (sizeof compared_titles / sizeof *compared_titles)

static bool compare_rows(struct work *w, struct table *t, void *context)
{
        const struct compare_view *v = context;

        for (size_t i = 0; i < v->row_count && work_ok(w); i++) {
                struct cell cells[COMPARED_MAX + 1] = { cell_text(v->rows[i].title) };

                for (size_t k = 0; k < v->count; k++)
                        cells[k + 1] = cell_text(v->rows[i].values[k]);
                table_row(t, cells);
        }
        return work_ok(w);
}

bool cluster_compare_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct page page = { .title = work_text(w, "Clusters side by side"), .nav = NAV_CLUSTERS,
                             .crumbs = { { work_text(w, "Industrial clusters"), "/clusters" } }, .crumb_count = 1 };
        struct column columns[COMPARED_MAX + 1] = { { "what", N_("Compared"), NULL, CELL_TEXT } };
        const struct cluster *list[COMPARED_MAX];
        struct compare_view v = { .rows = arena_array(w->arena, COMPARED_ROWS, sizeof *v.rows), .row_count = COMPARED_ROWS,
                                  .names = arena_array(w->arena, COMPARED_MAX, sizeof *v.names), .hrefs = arena_array(w->arena, COMPARED_MAX, sizeof *v.hrefs) };
        const char *id, *query;

        for (int n = 0; (id = request_query(r, "id", n)) != NULL; n++) {
                if (v.count == COMPARED_MAX)
                        return error_set(&w->err, ERR_USAGE, "at most %d clusters are shown side by side", COMPARED_MAX);
                list[v.count] = cluster_read(w, id);
                if (list[v.count] == NULL)
                        return false;
                v.names[v.count] = list[v.count]->name;
                v.hrefs[v.count] = arena_print(w->arena, "/clusters/%s", id);
                columns[v.count + 1] = (struct column){ list[v.count]->id, list[v.count]->name, NULL, CELL_TEXT };
                v.count++;
        }
        for (size_t i = 0; i < COMPARED_ROWS; i++) {
                v.rows[i] = (struct compare_row){ work_text(w, compared_titles[i]), arena_array(w->arena, COMPARED_MAX, sizeof *v.rows[i].values) };
                for (size_t k = 0; k < v.count; k++)
                        v.rows[i].values[k] = compared(w, list[k], (int)i);
        }
        query = strchr(request_with(w, r, "after", NULL), '?');
        v.csv = arena_print(w->arena, "/clusters/compare.csv%s", query == NULL ? "" : query);
        v.json = arena_print(w->arena, "/clusters/compare.json%s", query == NULL ? "" : query);
        if (request_suffix(r) != SUFFIX_HTML)
                return table_reply(w, r, reply, &page, "clusters-compared", NULL, columns, (int)v.count + 1, compare_rows, &v);
        page_begin(w, r, reply, &page);
        compare_html(w, &reply->body, &v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}
