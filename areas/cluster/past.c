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

/* By the map of that day, of which the territory is: in one place, as reports count it. */
static bool lies_in(struct work *w, const struct cluster *c, const struct unit *territory, day on)
{
        return territory == NULL || territory->level == LEVEL_COUNTRY || unit_is_within(cluster_home_on(w, c, on), territory);
}

/* ---- one cluster from its rows, which follow each other ------------------------------------------------------------------------ */

struct making {
        struct work *work;
        day last;
        const struct cluster_query *plots; /* which vacant plots are added up; NULL: none */
        const struct decision *decisions; /* of cases, each cluster's together */
        size_t decision_count;
        struct stood *list;
        size_t count;
        const char *id, *list_read, *item;
        const struct unit *owner;
        day until, areas_on, identity_on;
        stamp identity_at;
        day told;         /* the day of establishment that the newest identity of later tells of; DAY_FOREVER: it says that it was revoked; DAY_NONE: nothing */
        bool is_told;     /* there is such an identity */
        struct projection projection;
        struct acts acts;
        struct cluster vacant;
};

static void act_note(struct making *m, day on, stamp at, const char *kind, int64_t area)
{
        if (on != DAY_NONE)
                act_add(m->work->arena, &m->acts, (struct act){ on, at, kind, area });
}

/* Of identities that were written later the newest tells when it was established; an older one of an earlier establishment, where it was revoked between the two. */
static void identity_note(struct making *m, const json_t *fields, stamp at)
{
        day established = cluster_day(fields, "established_on");

        if (!m->is_told) {
                m->is_told = true;
                m->told = established == DAY_NONE && strcmp(cluster_text(fields, "state"), "revoked") == 0 ? DAY_FOREVER : established;
                act_note(m, established, at, "establish", CLUSTER_UNKNOWN);
        } else if (established != DAY_NONE && established < m->told && (m->told == DAY_FOREVER || acts_revoke_within(&m->acts, established, m->told))) {
                act_note(m, established, at, "establish", CLUSTER_UNKNOWN);
        }
}

/* A decision of the record. */
static void decision_note(struct making *m, const char *list, const json_t *fields, stamp at)
{
        day decided = cluster_day(fields, "decided_on");

        if (strcmp(list, "decision") == 0)
                act_note(m, decided, at, cluster_text(fields, "kind"), cluster_number(fields, "area", CLUSTER_DECIMALS));
        else
                act_note(m, decided, at, strcmp(cluster_text(fields, "change"), "withdrawn") == 0 ? "withdrawn" : "planned", CLUSTER_UNKNOWN);
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

/* Those of cases about one cluster. */
static void cases_note(struct work *w, struct acts *acts, const struct decision *list, size_t count)
{
        for (size_t i = 0; i < count; i++)
                act_add(w->arena, acts, (struct act){ list[i].decided_on, list[i].at, list[i].act, list[i].area });
}

static void cluster_end(struct making *m)
{
        const json_t *identity = m->projection.identity;
        struct decided decided;
        struct cluster *c;

        if (identity == NULL)
                return;
        c = arena_alloc(m->work->arena, sizeof *c);
        project_cluster(m->id, &m->projection, c);
        if (cluster_is_established(c))
                act_note(m, c->established_on, m->identity_at, "establish", CLUSTER_UNKNOWN);
        decided = acts_decide(&m->acts, m->last);
        c->vacant = m->vacant.vacant;
        c->vacant_area = m->vacant.vacant_area;
        c->largest = m->vacant.largest;
        c->price = m->vacant.price;
        m->list = arena_room(m->work->arena, m->list, m->count, sizeof *m->list);
        m->list[m->count++] = (struct stood){ m->id, cluster_stage(c, &decided, m->last, m->identity_on, m->areas_on) ? c : NULL };
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
                                     json_read(w->arena, rows_text(r, 4), strlen(rows_text(r, 4)), NULL), (day)rows_int(r, 5), rows_int(r, 8), rows_int(r, 11) };
        if (is_act) {
                decision_note(m, list, item.fields, item.at);
                return;
        }
        if (is_later) {
                identity_note(m, item.fields, item.at);
                return;
        }
        if (strcmp(list, "areas") == 0)
                m->areas_on = item.on;
        if (strcmp(list, "identity") == 0) {
                m->identity_on = item.on;
                m->identity_at = item.at;
        }
        if (strcmp(list, "plot") == 0)
                plot_add(m->plots, item.fields, &m->vacant);
        else
                project_item(&m->projection, list, &item);
}

/* The first of a cluster's rows. */
static void cluster_begin(struct making *m, struct rows *r)
{
        const struct decision *own;
        size_t count;

        m->id = arena_text(m->work->arena, rows_text(r, 0));
        m->list_read = m->item = "";
        m->owner = unit_by_key(catalogue_of(m->work), rows_text(r, 9));
        m->until = (day)rows_int(r, 10);
        m->areas_on = m->identity_on = m->told = DAY_NONE;
        m->is_told = false;
        m->projection = projection_new();
        m->acts = (struct acts){ NULL, 0 };
        own = decisions_of(m->decisions, m->decision_count, m->id, &count);
        cases_note(m->work, &m->acts, own, count);
        m->vacant = (struct cluster){ .price = CLUSTER_UNKNOWN };
}

struct stood *clusters_stood(struct work *w, day last, const char *which, const struct decision *decisions, size_t decision_count, const struct cluster_query *plots, size_t *count)
{
        struct making m = { .work = w, .last = last, .plots = plots, .decisions = decisions, .decision_count = decision_count, .list = arena_room(w->arena, NULL, 0, sizeof *m.list),
                            .id = "", .projection = projection_new() };
        struct rows *r = db_query(w->db, arena_print(w->arena, "SELECT i.cluster, i.list, i.item, i.unit, i.fields, i.on_day, i.is_withdrawn, i.author, i.entry, o.unit, " RECORDED_UNTIL ", i.at FROM " RECORDED_OF
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

struct cluster *cluster_decided(struct work *w, const struct decision *list, size_t count, day last)
{
        const struct decision *first = NULL;
        struct acts acts = { NULL, 0 };
        struct decided decided;
        struct cluster *c;

        for (size_t i = 0; i < count && first == NULL; i++)
                if (strcmp(list[i].act, "establish") == 0)
                        first = &list[i];
        if (first == NULL || first->decided_on > last)
                return NULL;
        c = arena_alloc(w->arena, sizeof *c);
        *c = (struct cluster){ .id = first->cluster, .home = first->home, .name = first->name, .kind = "general", .state = "established", .formed = "later", .trades = "", .source = first->number,
                               .established_on = first->decided_on, .latitude = CLUSTER_UNKNOWN, .longitude = CLUSTER_UNKNOWN, .total = CLUSTER_UNKNOWN, .industrial = CLUSTER_UNKNOWN,
                               .ready = CLUSTER_UNKNOWN, .leased = CLUSTER_UNKNOWN, .committed = CLUSTER_UNKNOWN, .ground = "", .wastewater = CLUSTER_UNKNOWN, .wastewater_state = "",
                               .investment = CLUSTER_UNKNOWN, .disbursed = CLUSTER_UNKNOWN, .price = CLUSTER_UNKNOWN, .is_decided_only = true };
        cases_note(w, &acts, list, count);
        decided = acts_decide(&acts, last);
        cluster_stage(c, &decided, last, DAY_NONE, DAY_NONE);
        return c;
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
            !lies_in(w, c, q->unit, q->on))
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

/* What decisions up to that day established and nobody had recorded. */
static void decided(struct past *p, const struct decision *list, size_t count)
{
        for (size_t i = 0, own; i < count; i += own) {
                const struct cluster *c;

                decisions_of(list + i, count - i, list[i].cluster, &own);
                c = map_get_text(p->known, list[i].cluster) != NULL ? NULL : cluster_decided(p->work, list + i, own, p->query->on);
                if (c != NULL)
                        add(p, c);
        }
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
