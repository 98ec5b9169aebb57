/* reported.c - the register as the reports of a period that is over take it: as it stood on the last day of the window (past.c), in the places of that day. */
#include <string.h>

#include "areas/cluster/report.h"
#include "format/jsonr.h"

/* Where the clusters of a territory may be recorded: those of a unit that is no more, or that communes left, anywhere, as nobody can say here what it became by now. */
static const struct unit *around(struct work *w, const struct unit *unit)
{
        day today = day_of_moment(w->now);

        return unit == NULL || unit->to < today || unit->from > today || !cluster_territory_is_plain(w, unit, today) ? NULL : unit;
}

/* Each cluster lies in one unit of the map of a day; of a territory of that map only its own are kept. */
static size_t put_in_place(struct work *w, struct cluster *list, size_t count, const struct unit *unit, day map)
{
        bool is_of_map = unit != NULL && unit->level != LEVEL_COUNTRY && unit->from <= map && map <= unit->to;
        size_t kept = 0;

        for (size_t i = 0; i < count; i++) {
                list[i].home = cluster_home_on(w, &list[i], map);
                if (!is_of_map || (list[i].home != NULL && unit_is_within(list[i].home, unit)))
                        list[kept++] = list[i];
        }
        return kept;
}

struct cluster *clusters_reported(struct work *w, const struct unit *unit, const char *id, day last, size_t *count)
{
        struct cluster_query q = { .unit = id == NULL ? around(w, unit) : NULL, .id = id, .plot_area = CLUSTER_UNKNOWN, .plot_price = CLUSTER_UNKNOWN, .needs_no_plots = true };
        struct cluster *list = clusters_read(w, &q, count);
        day today = day_of_moment(w->now);
        struct map *then = map_in(w->arena);
        size_t kept = 0, decision_count, stood_count, own_count;
        struct decision *decisions;
        const struct decision *own;
        struct stood *stood;

        if (list == NULL || last >= today) {
                *count = list == NULL ? 0 : put_in_place(w, list, *count, id == NULL ? unit : NULL, today);
                return list;
        }
        decisions = decisions_read(w, id, NULL, &decision_count);
        stood = decisions == NULL ? NULL
                : clusters_stood(w, last, arena_print(w->arena, "SELECT id FROM cluster_row WHERE 1 = 1%s AND (id IN (SELECT cluster FROM cluster_past WHERE on_day > $1) OR established_on > $1 OR"
                                                      " EXISTS (SELECT 1 FROM cluster_past p WHERE p.cluster = cluster_row.id AND p.list IN ('decision', 'plan')) OR"
                                                      " EXISTS (SELECT 1 FROM cluster_decision d WHERE d.cluster = cluster_row.id))", /* all others stood then as they stand */
                                                      id != NULL ? arena_print(w->arena, " AND id = '%s'", id) : cluster_territory_sql(w, q.unit, "province", "home")),
                                 decisions, decision_count, NULL, &stood_count);
        if (stood == NULL)
                return NULL;
        for (size_t i = 0; i < stood_count; i++) {
                int64_t *place = map_put_text(then, stood[i].id, NULL);

                if (place == NULL)
                        arena_starve(w->arena);
                *place = (int64_t)(uintptr_t)stood[i].cluster;
        }
        for (size_t i = 0; i < *count; i++) {
                const int64_t *found = map_get_text(then, list[i].id);
                const struct cluster *was = found != NULL ? (const struct cluster *)(uintptr_t)*found : &list[i];

                if (list[i].is_decided_only) {
                        own = decisions_of(decisions, decision_count, list[i].id, &own_count);
                        was = cluster_decided(w, own, own_count, last);
                }
                if (was != NULL)
                        list[kept++] = *was;
        }
        *count = put_in_place(w, list, kept, id == NULL ? unit : NULL, last);
        return list;
}

/* ---- items ------------------------------------------------------------------------------------------------------------------------- */

struct reported_item *items_reported(struct work *w, const struct unit *unit, const char *id, const char *list, const char *only, day last, size_t *count)
{
        const struct catalogue *c = catalogue_of(w);
        struct reported_item *items = arena_room(w->arena, NULL, 0, sizeof *items);
        const char *where = id != NULL ? arena_print(w->arena, " AND id = '%s'", id) : cluster_territory_sql(w, around(w, unit), "province", "home"), *cluster = "", *item = "";
        struct rows *r = db_query(w->db, arena_print(w->arena, "SELECT i.cluster, i.item, i.unit, i.fields, i.is_withdrawn, o.unit, i.author, i.on_day, i.entry, i.at FROM " RECORDED_OF
                                                     " WHERE i.list = $2 AND (i.item = $3 OR CAST($3 AS TEXT) IS NULL) AND i.on_day <= " RECORDED_UNTIL
                                                     " ORDER BY i.cluster, i.item, i.on_day DESC, i.at DESC, i.rank DESC", arena_print(w->arena, "SELECT id FROM cluster_row WHERE 1 = 1%s", where)), ARGS(v_int(last), v_text(list), v_text(only)));

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
