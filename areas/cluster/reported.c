/* reported.c - the register as the reports of a period that is over take it: as it stood on the last day of the window, after all corrections.
 *
 * What was recorded for a later day is left out; decisions count from their own day, whenever they were recorded. Of a cluster whose record begins
 * only after that day nothing is known of before, so what its record began with is taken, as far as its decisions do not say otherwise. */
#include <string.h>

#include "areas/cluster/report.h"
#include "format/jsonr.h"

/* Items of the clusters that a condition on cluster_row names, with the day since which there is a record of each; the day up to which rows count ($1 is the last one). */
#define RECORDS "cluster_past i JOIN cluster_owner o ON o.cluster = i.cluster JOIN (SELECT cluster, MIN(on_day) AS day FROM cluster_past WHERE list = 'identity'" \
                " AND cluster IN (SELECT id FROM cluster_row WHERE 1 = 1%s) GROUP BY cluster) b ON b.cluster = i.cluster"
#define UNTIL "CASE WHEN b.day > $1 THEN b.day ELSE $1 END"

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
        const struct decision *decisions; /* of cases */
        size_t decision_count;
        struct map *made;                 /* id -> struct cluster; 0: not there yet on that day */
        const char *id, *list, *item;
        const struct unit *owner;
        day until, areas_on;
        struct projection projection;
        struct decided decided;
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

static void cluster_end(struct making *m)
{
        struct cluster *c = arena_alloc(m->work->arena, sizeof *c);
        int64_t *place;

        if (m->projection.identity == NULL)
                return;
        for (size_t i = 0; i < m->decision_count; i++)
                if (strcmp(m->decisions[i].cluster, m->id) == 0 && m->decisions[i].decided_on <= m->last)
                        decision_note(&m->decided, m->decisions[i].act, m->decisions[i].decided_on, m->decisions[i].area);
        project_cluster(m->id, &m->projection, c);
        place = map_put_text(m->made, m->id, NULL);
        if (place == NULL)
                arena_starve(m->work->arena);
        *place = stage_on(m, c) ? (int64_t)(uintptr_t)c : 0;
}

static void row_take(struct making *m, struct rows *r)
{
        struct work *w = m->work;
        const struct catalogue *c = catalogue_of(w);
        const struct unit *unit = unit_by_key(c, rows_text(r, 3));
        const char *list = rows_text(r, 1);
        bool is_act = strcmp(list, "decision") == 0 || strcmp(list, "plan") == 0, is_later = (day)rows_int(r, 5) > m->until;
        struct stored_item item;

        if ((strcmp(m->list, list) == 0 && strcmp(m->item, rows_text(r, 2)) == 0) || unit == NULL || m->owner == NULL || !cluster_is_one_place(w->arena, c, unit, m->owner))
                return;
        if (is_act || !is_later) { /* the newest that counts of its item */
                m->list = arena_text(w->arena, list);
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
        project_item(&m->projection, list, &item);
}

/* The clusters of a territory of which something was recorded for a day after the last one, or decided by a case up to it. */
static bool changed_make(struct making *m, const char *territory)
{
        struct work *w = m->work;
        const char *changed = arena_print(w->arena, "%s AND (id IN (SELECT cluster FROM cluster_past WHERE on_day > $1) OR id IN (SELECT cluster FROM cluster_decision WHERE decided_on <= $1))", territory);
        struct rows *r = db_query(w->db, arena_print(w->arena, "SELECT i.cluster, i.list, i.item, i.unit, i.fields, i.on_day, i.is_withdrawn, i.author, i.entry, o.unit, " UNTIL " FROM " RECORDS
                                                     " WHERE (i.list IN ('identity', 'decision', 'plan') OR (i.list IN ('areas', 'environment', 'investor', 'capital', 'tenant') AND i.on_day <= " UNTIL "))"
                                                     " ORDER BY i.cluster, i.list, i.item, i.on_day DESC, i.at DESC, i.rank DESC", changed), ARGS(v_int(m->last)));

        m->id = "";
        m->projection = projection_new();
        while (rows_next(r)) {
                if (strcmp(m->id, rows_text(r, 0)) != 0) {
                        cluster_end(m);
                        m->id = arena_text(w->arena, rows_text(r, 0));
                        m->list = m->item = "";
                        m->owner = unit_by_key(catalogue_of(w), rows_text(r, 9));
                        m->until = (day)rows_int(r, 10);
                        m->areas_on = DAY_NONE;
                        m->projection = projection_new();
                        m->decided = (struct decided){ false, DAY_NONE, DAY_NONE, DAY_NONE, CLUSTER_UNKNOWN };
                }
                row_take(m, r);
        }
        rows_close(r);
        cluster_end(m);
        return work_ok(w);
}

struct cluster *clusters_reported(struct work *w, const struct unit *unit, const char *id, day last, size_t *count)
{
        struct cluster_query q = { .unit = unit, .id = id, .plot_area = CLUSTER_UNKNOWN, .plot_price = CLUSTER_UNKNOWN, .needs_no_plots = true };
        struct making m = { .work = w, .last = last, .made = map_in(w->arena) };
        struct cluster *list = clusters_read(w, &q, count);
        size_t kept = 0;

        if (list == NULL || last >= day_of_moment(w->now))
                return list;
        m.decisions = decisions_read(w, id, NULL, &m.decision_count);
        if (m.decisions == NULL || !changed_make(&m, id != NULL ? arena_print(w->arena, " AND id = '%s'", id) : cluster_territory_sql(w, unit, "province", "home")))
                return NULL;
        for (size_t i = 0; i < *count; i++) {
                const int64_t *then = map_get_text(m.made, list[i].id);

                if (then != NULL ? *then == 0 : list[i].is_decided_only && list[i].established_on > last)
                        continue;
                list[kept++] = then != NULL ? *(const struct cluster *)(uintptr_t)*then : list[i];
        }
        *count = kept;
        return list;
}

/* ---- items ------------------------------------------------------------------------------------------------------------------------- */

struct reported_item *items_reported(struct work *w, const struct unit *unit, const char *id, const char *list, const char *only, day last, size_t *count)
{
        const struct catalogue *c = catalogue_of(w);
        struct reported_item *items = arena_room(w->arena, NULL, 0, sizeof *items);
        const char *where = id != NULL ? arena_print(w->arena, " AND id = '%s'", id) : cluster_territory_sql(w, unit, "province", "home"), *cluster = "", *item = "";
        struct rows *r = db_query(w->db, arena_print(w->arena, "SELECT i.cluster, i.item, i.unit, i.fields, i.is_withdrawn, o.unit, i.author, i.on_day, i.entry, i.at FROM " RECORDS
                                                     " WHERE i.list = $2 AND (i.item = $3 OR CAST($3 AS TEXT) IS NULL) AND i.on_day <= " UNTIL
                                                     " ORDER BY i.cluster, i.item, i.on_day DESC, i.at DESC, i.rank DESC", where), ARGS(v_int(last), v_text(list), v_text(only)));

        *count = 0;
        while (c != NULL && rows_next(r)) {
                const struct unit *by = unit_by_key(c, rows_text(r, 2)), *owner = unit_by_key(c, rows_text(r, 5));

                if ((strcmp(cluster, rows_text(r, 0)) == 0 && strcmp(item, rows_text(r, 1)) == 0) || by == NULL || owner == NULL || !cluster_is_one_place(w->arena, c, by, owner))
                        continue;
                cluster = arena_text(w->arena, rows_text(r, 0));
                item = arena_text(w->arena, rows_text(r, 1));
                if (rows_int(r, 4) != 0)
                        continue;
                items = arena_room(w->arena, items, *count, sizeof *items);
                items[(*count)++] = (struct reported_item){ cluster, { item, arena_text(w->arena, rows_text(r, 6)), by, json_read(w->arena, rows_text(r, 3), strlen(rows_text(r, 3)), NULL),
                                                                       (day)rows_int(r, 7), rows_int(r, 8), rows_int(r, 9) } };
        }
        rows_close(r);
        return work_ok(w) ? items : NULL;
}
