/* past.c - the register as it stood on a day, as it is known today: of each item what held from the newest day up to that one, corrections included; places by
 * the map of that day. Requests that held a plot then are not looked at. */
#include <stdlib.h>
#include <string.h>

#include "areas/cluster/store.h"
#include "base/utf8.h"
#include "format/jsonr.h"

/* ---- places by the map of a day ---------------------------------------------------------------------------------------------- */

static struct unit_part *parts_on(struct work *w, const struct unit *u, day on, size_t *count)
{
        const struct catalogue *c = catalogue_of(w);
        struct unit_part *parts;

        *count = unit_restated(c, u, on, NULL, 0);
        parts = arena_array(w->arena, *count + 1, sizeof *parts);
        *count = unit_restated(c, u, on, parts, *count);
        return parts;
}

const struct unit *cluster_home_on(struct work *w, const struct cluster *c, day on)
{
        size_t count;
        struct unit_part *parts = c->home == NULL ? NULL : parts_on(w, c->home, on, &count);

        return parts == NULL || count == 0 ? c->home : parts[0].unit;
}

static bool lies_in(struct work *w, const struct unit *home, const struct unit *territory, day on)
{
        size_t count;
        struct unit_part *parts;

        if (territory == NULL || territory->level == LEVEL_COUNTRY)
                return true;
        parts = parts_on(w, home, on, &count);
        for (size_t i = 0; i < count; i++)
                if (parts[i].unit == territory || unit_is_within(parts[i].unit, territory))
                        return true;
        return false;
}

/* ---- clusters -------------------------------------------------------------------------------------------------------------------- */

struct past { struct work *work; const struct cluster_query *query; struct cluster *list; size_t count; struct map *known; };

static bool is_wanted(struct past *p, const struct cluster *c)
{
        const struct cluster_query *q = p->query;
        struct work *w = p->work;
        const char *search;

        if ((q->id != NULL && strcmp(c->id, q->id) != 0) || (q->state != NULL && strcmp(c->state, q->state) != 0) || (q->has_wastewater && strcmp(c->wastewater_state, "built") != 0) ||
            (q->is_operating && !cluster_operates(c)) || ((q->plot_area != CLUSTER_UNKNOWN || q->plot_price != CLUSTER_UNKNOWN) && c->vacant == 0) || c->home == NULL ||
            !lies_in(w, c->home, q->unit, q->on))
                return false;
        search = utf8_fold(w->arena, arena_print(w->arena, "%s %s %s", c->id, c->name, c->home->full_name_vi));
        return q->words == NULL || strstr(search, utf8_fold(w->arena, q->words)) != NULL;
}

static void add(struct past *p, const struct cluster *c)
{
        if (map_put_text(p->known, c->id, NULL) == NULL)
                arena_starve(p->work->arena);
        if (!is_wanted(p, c))
                return;
        p->list = arena_room(p->work->arena, p->list, p->count, sizeof *p->list);
        p->list[p->count++] = *c;
}

/* A vacant plot that fits what is asked for. */
static void plot_add(const struct cluster_query *q, const json_t *fields, struct cluster *c)
{
        int64_t area = cluster_number(fields, "area", 0), price = cluster_number(fields, "price", CLUSTER_DECIMALS);

        if (strcmp(cluster_text(fields, "state"), "vacant") != 0 || (q->plot_area != CLUSTER_UNKNOWN && area < q->plot_area) ||
            (q->plot_price != CLUSTER_UNKNOWN && (price < 0 || price > q->plot_price)))
                return;
        area = area == CLUSTER_UNKNOWN ? 0 : area;
        c->vacant++;
        c->vacant_area += area;
        c->largest = area > c->largest ? area : c->largest;
        c->price = price >= 0 && (c->price == CLUSTER_UNKNOWN || price < c->price) ? price : c->price;
}

/* One cluster from its rows, which follow each other. */
struct run { const char *id, *list, *item; const struct unit *owner; struct projection made; struct cluster plots; };

static void run_end(struct past *p, const struct run *run)
{
        struct cluster c;

        if (run->made.identity == NULL)
                return;
        project_cluster(run->id, &run->made, &c);
        c.vacant = run->plots.vacant;
        c.vacant_area = run->plots.vacant_area;
        c.largest = run->plots.largest;
        c.price = run->plots.price;
        add(p, &c);
}

static void recorded(struct past *p)
{
        struct work *w = p->work;
        const struct catalogue *c = catalogue_of(w);
        struct run run = { .id = "" };
        struct rows *r = db_query(w->db, "SELECT i.cluster, i.list, i.item, i.unit, i.fields, i.on_day, i.is_withdrawn, i.author, i.entry, o.unit FROM cluster_past i JOIN cluster_owner o"
                                         " ON o.cluster = i.cluster WHERE i.on_day <= $1 AND (i.cluster = $2 OR CAST($2 AS TEXT) IS NULL) AND i.list IN ('identity', 'areas', 'environment', 'investor', 'capital', 'tenant', 'plot')"
                                         " ORDER BY i.cluster, i.list, i.item, i.on_day DESC, i.at DESC, i.rank DESC", ARGS(v_int(p->query->on), v_text(p->query->id)));

        while (rows_next(r)) {
                const struct unit *unit = unit_by_key(c, rows_text(r, 3));
                struct stored_item item;
                bool is_plot = strcmp(rows_text(r, 1), "plot") == 0;

                if (strcmp(run.id, rows_text(r, 0)) != 0) {
                        run_end(p, &run);
                        run = (struct run){ .id = arena_text(w->arena, rows_text(r, 0)), .list = "", .item = "", .owner = unit_by_key(c, rows_text(r, 9)), .made = projection_new(),
                                            .plots = { .price = CLUSTER_UNKNOWN } };
                }
                if ((strcmp(run.list, rows_text(r, 1)) == 0 && strcmp(run.item, rows_text(r, 2)) == 0) || unit == NULL || run.owner == NULL ||
                    !cluster_is_one_place(w->arena, c, unit, run.owner))
                        continue;
                run.list = arena_text(w->arena, rows_text(r, 1));
                run.item = arena_text(w->arena, rows_text(r, 2));
                if (rows_int(r, 6) != 0)
                        continue;
                item = (struct stored_item){ run.item, arena_text(w->arena, rows_text(r, 7)), unit, json_read(w->arena, rows_text(r, 4), strlen(rows_text(r, 4)), NULL), (day)rows_int(r, 5),
                                             rows_int(r, 8), 0 };
                if (is_plot)
                        plot_add(p->query, item.fields, &run.plots);
                else
                        project_item(&run.made, run.list, &item);
        }
        rows_close(r);
        run_end(p, &run);
}

/* What a decision up to that day established and nobody had recorded. */
static void decided(struct past *p)
{
        size_t count;
        struct decision *list = decisions_read(p->work, NULL, NULL, &count);

        for (size_t i = 0; list != NULL && i < count; i++)
                if (strcmp(list[i].act, "establish") == 0 && list[i].decided_on <= p->query->on && map_get_text(p->known, list[i].cluster) == NULL)
                        add(p, &(struct cluster){ .id = list[i].cluster, .home = list[i].home, .name = list[i].name, .kind = "general", .state = "established", .formed = "later", .trades = "",
                                                  .source = list[i].number, .established_on = list[i].decided_on, .latitude = CLUSTER_UNKNOWN, .longitude = CLUSTER_UNKNOWN,
                                                  .total = list[i].area, .industrial = CLUSTER_UNKNOWN, .ready = CLUSTER_UNKNOWN, .leased = CLUSTER_UNKNOWN, .committed = CLUSTER_UNKNOWN,
                                                  .ground = "", .wastewater = CLUSTER_UNKNOWN, .wastewater_state = "", .investment = CLUSTER_UNKNOWN, .disbursed = CLUSTER_UNKNOWN,
                                                  .price = CLUSTER_UNKNOWN, .is_decided_only = true });
}

static int in_order(const void *a, const void *b)
{
        const struct cluster *x = a, *y = b;

        if (x->vacant != y->vacant)
                return x->vacant > y->vacant ? -1 : 1;
        return strcmp(x->name, y->name) != 0 ? strcmp(x->name, y->name) : strcmp(x->id, y->id);
}

struct cluster *clusters_past(struct work *w, const struct cluster_query *q, size_t *count)
{
        struct past p = { .work = w, .query = q, .list = arena_room(w->arena, NULL, 0, sizeof *p.list), .known = map_in(w->arena) };

        *count = 0;
        if (catalogue_of(w) == NULL)
                return NULL;
        recorded(&p);
        decided(&p);
        if (p.count > 0)
                qsort(p.list, p.count, sizeof *p.list, in_order);
        *count = p.count;
        return work_ok(w) ? p.list : NULL;
}
