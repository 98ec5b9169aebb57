/* plan.c - the development plan of clusters as the register has it: the items of a unit's clusters that are kept, changed, added and withdrawn. */
#include <string.h>

#include "areas/cluster/cluster.h"
#include "areas/cluster/store.h"
#include "areas/cluster/view.h"
#include "format/jsonr.h"
#include "report/table.h"

struct plan_item { const char *cluster, *item, *name; const struct unit *home; const json_t *fields; };
struct plan { const struct cluster_list *list; struct plan_item *items; size_t count; bool is_page; };

/* The newest entry of each item, where it is not withdrawn; an entry of a unit that is not the cluster's place counts nowhere. A list that is not public is
 * for the clusters' insiders. change: "" any. */
static bool plan_read(struct work *w, const struct unit *unit, const char *change, struct plan *p)
{
        const struct catalogue *c = catalogue_of(w);
        struct rows *r = db_query(w->db, arena_print(w->arena, "SELECT r.id, i.item, r.name, r.home, i.fields, i.unit, i.is_withdrawn FROM cluster_row r JOIN cluster_item i ON i.cluster = r.id AND i.list = 'plan'"
                                                               " WHERE 1 = 1%s ORDER BY r.name, r.id, i.item, i.on_day DESC, i.at DESC, i.rank DESC",
                                                     cluster_territory_sql(w, unit, "r.province", "r.home")), NO_ARGS);
        const char *cluster = "", *item = "";
        bool is_open = cluster_is_open(w, p->list, NULL);

        p->items = arena_room(w->arena, NULL, 0, sizeof *p->items);
        while (rows_next(r)) {
                const struct unit *home = unit_by_key(c, rows_text(r, 3)), *by = unit_by_key(c, rows_text(r, 5));
                const struct cluster about = { .home = home };
                const json_t *fields;

                if ((strcmp(cluster, rows_text(r, 0)) == 0 && strcmp(item, rows_text(r, 1)) == 0) || home == NULL || by == NULL || !cluster_is_one_place(w->arena, c, home, by))
                        continue;
                cluster = arena_text(w->arena, rows_text(r, 0));
                item = arena_text(w->arena, rows_text(r, 1));
                if (rows_int(r, 6) != 0 || (!is_open && !cluster_is_insider(w, &about)))
                        continue;
                fields = json_read(w->arena, rows_text(r, 4), strlen(rows_text(r, 4)), NULL);
                if (*change != '\0' && strcmp(cluster_text(fields, "change"), change) != 0)
                        continue;
                p->items = arena_room(w->arena, p->items, p->count, sizeof *p->items);
                p->items[p->count++] = (struct plan_item){ cluster, item, arena_text(w->arena, rows_text(r, 2)), home, fields };
        }
        rows_close(r);
        return work_ok(w);
}

static bool plan_rows(struct work *w, struct table *t, void *context)
{
        const struct plan *p = context;
        const struct cluster_field *change = cluster_field_find(p->list, "change");

        for (size_t i = 0; i < p->count && work_ok(w); i++) {
                const struct plan_item *x = &p->items[i];
                const struct cluster c = { .home = x->home };
                int64_t area = cluster_number(x->fields, "area", CLUSTER_DECIMALS);
                day on = cluster_day(x->fields, "decided_on");
                const char *word = cluster_text(x->fields, "change");

                table_row(t, (struct cell[]){ p->is_page ? cell_link(x->name, arena_print(w->arena, "/clusters/%s", x->cluster)) : cell_text(x->name), cell_text(cluster_place_said(w, &c)),
                                              cell_text(p->is_page ? cluster_choice_said(w, change, word) : word), area < 0 ? cell_empty() : cell_number(area, CLUSTER_DECIMALS, -1),
                                              cell_text(cluster_text(x->fields, "trades")), cell_text(cluster_text(x->fields, "decision")), on == DAY_NONE ? cell_empty() : cell_day(on),
                                              cell_text(cluster_text(x->fields, "supersedes")), cell_text(x->cluster), cell_text(x->item) });
        }
        return work_ok(w);
}

static bool is_choice(const struct cluster_field *f, const char *word)
{
        for (size_t i = 0; i < f->choice_count; i++)
                if (strcmp(f->choices[i].id, word) == 0)
                        return true;
        return false;
}

/* "Kept 3 · Added 1". */
static const char *counts_said(struct work *w, const struct plan *p)
{
        const struct cluster_field *change = cluster_field_find(p->list, "change");
        const char *said = "";

        for (size_t k = 0; k < change->choice_count; k++) {
                int count = 0;

                for (size_t i = 0; i < p->count; i++)
                        count += strcmp(cluster_text(p->items[i].fields, "change"), change->choices[k].id) == 0;
                said = arena_print(w->arena, "%s%s%s %d", said, k == 0 ? "" : " · ", cluster_choice_said(w, change, change->choices[k].id), count);
        }
        return said;
}

bool cluster_plan_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct page page = { .nav = NAV_CLUSTERS, .crumbs = { { work_text(w, "Industrial clusters"), "/clusters" } }, .crumb_count = 1 };
        const struct column columns[] = {
                { "name", N_("Cluster"), NULL, CELL_TEXT },       { "place", N_("Place"), NULL, CELL_TEXT },     { "change", N_("Change"), NULL, CELL_TEXT },
                { "area", N_("Planned area"), "ha", CELL_NUMBER }, { "trades", N_("Main trades"), NULL, CELL_TEXT }, { "decision", N_("Decision"), NULL, CELL_TEXT },
                { "decided_on", N_("Day"), NULL, CELL_DAY },      { "supersedes", N_("Supersedes"), NULL, CELL_TEXT }, { "cluster", N_("Code"), NULL, CELL_TEXT },
                { "item", N_("Item"), NULL, CELL_TEXT },
        };
        const struct cluster_rules *rules = cluster_rules_of(w);
        const struct unit *unit = rules == NULL ? NULL : unit_asked(w, r);
        const char *change = request_query(r, "change", 0), *notes[] = { NULL, NULL };
        struct plan p = { .is_page = request_suffix(r) == SUFFIX_HTML };

        if (unit == NULL)
                return false;
        p.list = cluster_list_find(rules, "plan");
        if (p.list == NULL || cluster_field_find(p.list, "change") == NULL)
                return error_set(&w->err, ERR_MISSING, "the register has no list of items of the development plan");
        if (change != NULL && *change != '\0' && !is_choice(cluster_field_find(p.list, "change"), change))
                return error_set(&w->err, ERR_USAGE, "\"%s\" cannot be \"%s\"", "change", change);
        if (!plan_read(w, unit, change == NULL ? "" : change, &p))
                return false;
        page.title = arena_print(w->arena, work_text(w, "Development plan of clusters: %s"), text_in(w->language, unit->full_name_vi, unit->full_name_en));
        notes[0] = counts_said(w, &p);
        return table_reply(w, r, reply, &page, "cluster-plan", notes, columns, p.is_page ? 8 : 10, plan_rows, &p);
}
