/* past.c - the register as it stood on a day, as it is known today: for lists of a day, and for reports of a window that is over (reported.c).
 *
 * Of each item what held from the newest day up to that one, corrections included; decisions count from their own day, whenever they were recorded. Of a
 * cluster whose record begins only after that day nothing is known of before, so what its record began with is taken, as far as its decisions do not say
 * otherwise. Places are those of the map of that day. Requests that held a plot then are not looked at. */
#include <stdlib.h>
#include <string.h>

#include "areas/cluster/store.h"
#include "base/utf8.h"
#include "format/jsonr.h"

/* ---- places by the map of a day ---------------------------------------------------------------------------------------------- */

const struct unit *cluster_home_on(struct work *w, const struct cluster *c, day on)
{
        size_t count;
        struct unit_part *parts = c->home == NULL || (c->home->from <= on && on <= c->home->to) ? NULL : unit_parts(w->arena, catalogue_of(w), c->home, on, &count);

        return parts == NULL || count == 0 ? c->home : parts[0].unit;
}

static bool lies_in(struct work *w, const struct unit *home, const struct unit *territory, day on)
{
        size_t count;
        struct unit_part *parts;

        if (territory == NULL || territory->level == LEVEL_COUNTRY)
                return true;
        parts = unit_parts(w->arena, catalogue_of(w), home, on, &count);
        for (size_t i = 0; i < count; i++)
                if (parts[i].unit == territory || unit_is_within(parts[i].unit, territory))
                        return true;
        return false;
}

/* What decisions up to the day made of a cluster. */
struct decided { bool is_planned; day established_on, revoked_on, area_on; int64_t area; };

static void decision_note(struct decided *d, const char *act, day on, int64_t area)
{
        if (strcmp(act, "establish") == 0 && (d->established_on == DAY_NONE || on < d->established_on))
                d->established_on = on;
        if (strcmp(act, "revoke") == 0)
                d->revoked_on = on;
        if (area != CLUSTER_UNKNOWN && on >= d->area_on) {
                d->area_on = on;
                d->area = area;
        }
}

/* ---- one cluster from its rows, which follow each other ------------------------------------------------------------------------ */

struct making {
        struct work *work;
        day last;
        const struct cluster_query *plots; /* which vacant plots are added up; NULL: none */
        const struct decision *decisions; /* of cases */
        size_t decision_count;
        struct stood *list;
        size_t count;
        const char *id, *list_read, *item;
        const struct unit *owner;
        day until, areas_on;
        struct projection projection;
        struct decided decided;
        struct cluster vacant;
};

/* A decision of the record, or an identity that was written later and tells of one. */
static void later_note(struct making *m, const char *list, const json_t *fields)
{
        day decided = cluster_day(fields, strcmp(list, "identity") == 0 ? "established_on" : "decided_on");

        if (decided == DAY_NONE || decided > m->last)
                return;
        if (strcmp(list, "identity") == 0)
                decision_note(&m->decided, "establish", decided, CLUSTER_UNKNOWN);
        else if (strcmp(list, "decision") == 0)
                decision_note(&m->decided, cluster_text(fields, "kind"), decided, cluster_number(fields, "area", CLUSTER_DECIMALS));
        else
                m->decided.is_planned |= strcmp(cluster_text(fields, "change"), "withdrawn") != 0;
}

static bool is_state(const struct cluster *c, const char *state)
{
        return strcmp(c->state, state) == 0;
}

/* The stage on that day; false: the cluster was not there yet. */
static bool stage_on(const struct making *m, struct cluster *c)
{
        const struct decided *d = &m->decided;

        if (c->established_on > m->last) { /* DAY_NONE is before every day */
                c->established_on = DAY_NONE;
                if (cluster_operates(c) && strcmp(c->formed, "later") != 0 && *c->formed != '\0')
                        c->state = "operating_not_established";
                else if (d->is_planned || m->until == m->last)
                        c->state = "planned";
                else
                        return false;
        }
        if (d->established_on != DAY_NONE && !cluster_is_established(c) && !is_state(c, "revoked") && !is_state(c, "withdrawn_from_plan")) {
                c->state = cluster_operates(c) ? "operating" : "established";
                c->established_on = d->established_on;
        }
        if (d->revoked_on != DAY_NONE && !is_state(c, "withdrawn_from_plan"))
                c->state = "revoked";
        if (d->area != CLUSTER_UNKNOWN && d->area_on > m->areas_on)
                c->total = d->area;
        return true;
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

static void cluster_end(struct making *m)
{
        struct cluster *c;

        if (m->projection.identity == NULL)
                return;
        for (size_t i = 0; i < m->decision_count; i++)
                if (strcmp(m->decisions[i].cluster, m->id) == 0 && m->decisions[i].decided_on <= m->last)
                        decision_note(&m->decided, m->decisions[i].act, m->decisions[i].decided_on, m->decisions[i].area);
        c = arena_alloc(m->work->arena, sizeof *c);
        project_cluster(m->id, &m->projection, c);
        c->vacant = m->vacant.vacant;
        c->vacant_area = m->vacant.vacant_area;
        c->largest = m->vacant.largest;
        c->price = m->vacant.price;
        m->list = arena_room(m->work->arena, m->list, m->count, sizeof *m->list);
        m->list[m->count++] = (struct stood){ m->id, stage_on(m, c) ? c : NULL };
}

static void row_take(struct making *m, struct rows *r)
{
        struct work *w = m->work;
        const struct catalogue *c = catalogue_of(w);
        const struct unit *unit = unit_by_key(c, rows_text(r, 3));
        const char *list = rows_text(r, 1);
        bool is_act = strcmp(list, "decision") == 0 || strcmp(list, "plan") == 0, is_later = (day)rows_int(r, 5) > m->until;
        struct stored_item item;

        if ((strcmp(m->list_read, list) == 0 && strcmp(m->item, rows_text(r, 2)) == 0) || unit == NULL || m->owner == NULL || !cluster_is_one_place(w->arena, c, unit, m->owner))
                return;
        if (is_act || !is_later) { /* the newest that counts of its item */
                m->list_read = arena_text(w->arena, list);
                m->item = arena_text(w->arena, rows_text(r, 2));
        }
        if (rows_int(r, 6) != 0)
                return;
        item = (struct stored_item){ arena_text(w->arena, rows_text(r, 2)), arena_text(w->arena, rows_text(r, 7)), unit,
                                     json_read(w->arena, rows_text(r, 4), strlen(rows_text(r, 4)), NULL), (day)rows_int(r, 5), rows_int(r, 8), 0 };
        if (is_act || is_later) {
                later_note(m, list, item.fields);
                return;
        }
        if (strcmp(list, "areas") == 0)
                m->areas_on = item.on;
        if (strcmp(list, "plot") == 0)
                plot_add(m->plots, item.fields, &m->vacant);
        else
                project_item(&m->projection, list, &item);
}

/* The first of a cluster's rows. */
static void cluster_begin(struct making *m, struct rows *r)
{
        m->id = arena_text(m->work->arena, rows_text(r, 0));
        m->list_read = m->item = "";
        m->owner = unit_by_key(catalogue_of(m->work), rows_text(r, 9));
        m->until = (day)rows_int(r, 10);
        m->areas_on = DAY_NONE;
        m->projection = projection_new();
        m->decided = (struct decided){ false, DAY_NONE, DAY_NONE, DAY_NONE, CLUSTER_UNKNOWN };
        m->vacant = (struct cluster){ .price = CLUSTER_UNKNOWN };
}

struct stood *clusters_stood(struct work *w, day last, const char *which, const struct decision *decisions, size_t decision_count, const struct cluster_query *plots, size_t *count)
{
        struct making m = { .work = w, .last = last, .plots = plots, .decisions = decisions, .decision_count = decision_count, .list = arena_room(w->arena, NULL, 0, sizeof *m.list),
                            .id = "", .projection = projection_new() };
        struct rows *r = db_query(w->db, arena_print(w->arena, "SELECT i.cluster, i.list, i.item, i.unit, i.fields, i.on_day, i.is_withdrawn, i.author, i.entry, o.unit, " RECORDED_UNTIL " FROM " RECORDED_OF
                                                     " WHERE (i.list IN ('identity', 'decision', 'plan') OR (i.list IN ('areas', 'environment', 'investor', 'capital', 'tenant'%s) AND i.on_day <= " RECORDED_UNTIL "))"
                                                     " ORDER BY i.cluster, i.list, i.item, i.on_day DESC, i.at DESC, i.rank DESC", which, plots == NULL ? "" : ", 'plot'"), ARGS(v_int(last)));

        while (rows_next(r)) {
                if (strcmp(m.id, rows_text(r, 0)) != 0) {
                        cluster_end(&m);
                        cluster_begin(&m, r);
                }
                row_take(&m, r);
        }
        rows_close(r);
        cluster_end(&m);
        *count = m.count;
        return work_ok(w) ? m.list : NULL;
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

static void recorded(struct past *p, const struct decision *decisions, size_t decision_count)
{
        const struct cluster_query *q = p->query;
        const char *which = q->id == NULL ? "SELECT cluster FROM cluster_owner" : arena_print(p->work->arena, "SELECT cluster FROM cluster_owner WHERE cluster = '%s'", cluster_id_is_sound(q->id) ? q->id : "");
        size_t count;
        struct stood *list = clusters_stood(p->work, q->on, which, decisions, decision_count, q->needs_no_plots ? NULL : q, &count);

        for (size_t i = 0; list != NULL && i < count; i++)
                if (list[i].cluster != NULL)
                        add(p, list[i].cluster);
                else if (map_put_text(p->known, list[i].id, NULL) == NULL)
                        arena_starve(p->work->arena);
}

/* What a decision up to that day established and nobody had recorded. */
static void decided(struct past *p, const struct decision *list, size_t count)
{
        for (size_t i = 0; i < count; i++)
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
        struct decision *decisions;
        size_t decision_count;

        *count = 0;
        if (catalogue_of(w) == NULL || (decisions = decisions_read(w, q->id, NULL, &decision_count)) == NULL)
                return NULL;
        recorded(&p, decisions, decision_count);
        decided(&p, decisions, decision_count);
        if (p.count > 0)
                qsort(p.list, p.count, sizeof *p.list, in_order);
        *count = p.count;
        return work_ok(w) ? p.list : NULL;
}
