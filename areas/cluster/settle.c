/* settle.c - what remains to be settled in the register, by whom, before which day and where: clusters that operate and were never established, areas
 * out of bounds, decisions that the record does not say, and what two nodes wrote without having seen each other. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "areas/cluster/pages.h"
#include "areas/cluster/report.h"
#include "areas/cluster/store.h"
#include "areas/cluster/view.h"
#include "report/table.h"

/* Days before the last one from which the chip warns. */
#define SOON 60

/* ---- land that two hold ------------------------------------------------------------------------------------------------------------------ */

/* A boundary (plot "") or a plot, as it was recorded: in what box it lies, whether it is of a cluster that is asked about. The rest is read once it meets another. */
struct ground {
        const char *cluster, *plot;
        int64_t west, south, east, north; /* millionths of a degree */
        bool is_asked, is_read;
        const char *author;
        stamp at;
        struct shape *shape;              /* NULL: it cannot be read */
};
struct shared { const struct ground *one, *two; int64_t area; };
struct shared_list { struct shared *list; size_t count; };

/* Two grounds whose boxes share enough, the lower one first. */
struct meeting { struct ground *one, *two; };

static int by_west(const void *a, const void *b)
{
        const struct ground *x = a, *y = b;

        return (x->west > y->west) - (x->west < y->west);
}

static int by_name(const struct ground *a, const struct ground *b)
{
        int order = strcmp(a->cluster, b->cluster);

        return order != 0 ? order : strcmp(a->plot, b->plot);
}

/* How surely two that meet are told apart from others: boundaries first, then plots with what lies below a boundary, then plots. */
static int rank_of(const struct meeting *m)
{
        return (*m->one->plot != '\0') + (*m->two->plot != '\0');
}

static int by_rank(const void *a, const void *b)
{
        const struct meeting *x = a, *y = b;
        int order = rank_of(x) - rank_of(y);

        order = order != 0 ? order : by_name(x->one, y->one);
        return order != 0 ? order : by_name(x->two, y->two);
}

/* All that is drawn and stands, in order of its western edge. asked: ids of clusters. */
static struct ground *grounds_read(struct work *w, const struct map *asked, size_t *count)
{
        struct rows *r = db_query(w->db, "SELECT id, '', west, south, east, north FROM cluster_row WHERE west <> $1 AND state NOT IN ('revoked', 'withdrawn_from_plan')"
                                         " UNION ALL SELECT p.cluster, p.plot, p.west, p.south, p.east, p.north FROM cluster_plot p JOIN cluster_row o ON o.id = p.cluster"
                                         " WHERE p.west <> $1 AND o.state NOT IN ('revoked', 'withdrawn_from_plan')", ARGS(v_int(CLUSTER_UNKNOWN)));
        struct ground *list = NULL;

        for (*count = 0; rows_next(r); ++*count) {
                list = arena_room(w->arena, list, *count, sizeof *list);
                list[*count] = (struct ground){ .cluster = arena_text(w->arena, rows_text(r, 0)), .plot = arena_text(w->arena, rows_text(r, 1)), .west = rows_int(r, 2),
                                                .south = rows_int(r, 3), .east = rows_int(r, 4), .north = rows_int(r, 5),
                                                .is_asked = map_get_text(asked, rows_text(r, 0)) != NULL };
        }
        rows_close(r);
        if (*count > 0)
                qsort(list, *count, sizeof *list, by_west);
        return list;
}

/* Whether what two boxes share is more than drawing by hand makes of one edge: no more land can be shared. A degree is at most 111.7 km. */
static bool boxes_meet(const struct ground *a, const struct ground *b)
{
        double wide = (double)((a->east < b->east ? a->east : b->east) - (a->west > b->west ? a->west : b->west)) * 0.1117;
        double high = (double)((a->north < b->north ? a->north : b->north) - (a->south > b->south ? a->south : b->south)) * 0.1117;

        return wide > 0 && high > 0 && wide * high / 10000 * CLUSTER_UNIT > SHAPE_OVERLAP_MOST;
}

/* Who meets whom, in one pass from west to east: those whose eastern edge is not passed yet are beside the next. A plot lies in its own boundary. */
static struct meeting *meetings_find(struct work *w, struct ground *list, size_t count, size_t *found)
{
        struct ground **open = arena_array(w->arena, count + 1, sizeof(struct ground *));
        struct meeting *all = NULL;
        size_t open_count = 0;

        *found = 0;
        for (size_t i = 0; i < count; i++) {
                size_t kept = 0;

                for (size_t k = 0; k < open_count; k++) {
                        struct ground *a = open[k], *b = &list[i];
                        bool is_own = strcmp(a->cluster, b->cluster) == 0 && (*a->plot == '\0' || *b->plot == '\0');

                        if (a->east <= b->west)
                                continue;
                        open[kept++] = a;
                        if (is_own || (!a->is_asked && !b->is_asked) || !boxes_meet(a, b))
                                continue;
                        all = arena_room(w->arena, all, *found, sizeof *all);
                        all[(*found)++] = by_name(a, b) < 0 ? (struct meeting){ a, b } : (struct meeting){ b, a };
                }
                open[kept++] = &list[i];
                open_count = kept;
        }
        if (*found > 0)
                qsort(all, *found, sizeof *all, by_rank);
        return all;
}

struct reading { struct ground *ground; struct arena *kept; };

static bool ground_read(struct work *w, void *argument)
{
        const struct reading *read = argument;
        struct ground *g = read->ground;
        size_t count;
        struct stored_item *items = stored_items(w, g->cluster, *g->plot == '\0' ? "boundary" : "plot", g->plot, &count);
        struct shape *s;

        g->is_read = true;
        if (items == NULL || count == 0)
                return work_ok(w);
        g->author = arena_text(read->kept, items[0].author);
        g->at = items[0].at;
        s = shape_read(w, cluster_text(items[0].fields, "geojson"));
        if (w->err.code == ERR_INVALID)
                error_clear(&w->err); /* what cannot be read stands there already */
        if (s != NULL) {
                g->shape = arena_alloc(read->kept, sizeof *s);
                *g->shape = *s;
                g->shape->wkt = arena_text(read->kept, s->wkt);
        }
        return work_ok(w);
}

static int64_t shared_area(struct work *w, struct ground *a, struct ground *b)
{
        if (!a->is_read && !run_in_scratch(w, ground_read, &(struct reading){ a, w->arena }))
                return 0;
        if (!b->is_read && !run_in_scratch(w, ground_read, &(struct reading){ b, w->arena }))
                return 0;
        return a->shape == NULL || b->shape == NULL ? 0 : shape_overlap(w, a->shape, b->shape);
}

/* What two share is named by what says most: two boundaries, else a plot over a boundary, else two plots. The pairs that are listed are in the map. */
static bool is_said(struct work *w, const struct map *said, const struct meeting *m)
{
        const char *keys[] = { arena_print(w->arena, "%s//%s/", m->one->cluster, m->two->cluster), arena_print(w->arena, "%s/%s/%s/", m->one->cluster, m->one->plot, m->two->cluster),
                               arena_print(w->arena, "%s//%s/%s", m->one->cluster, m->two->cluster, m->two->plot) };

        for (int i = 0; i < 3; i++)
                if (strcmp(m->one->cluster, m->two->cluster) != 0 && map_get_text(said, keys[i]) != NULL)
                        return true;
        return false;
}

static void say(struct work *w, struct map *said, const struct meeting *m)
{
        if (map_put_text(said, arena_print(w->arena, "%s/%s/%s/%s", m->one->cluster, m->one->plot, m->two->cluster, m->two->plot), NULL) == NULL)
                arena_starve(w->arena);
}

/* What the clusters asked about share with any others that this node knows of; one node alone refuses it, so these were written at two that had not seen each other. */
static bool shared_read(struct work *w, const struct map *asked, struct shared_list *l)
{
        struct map *said = map_in(w->arena);
        size_t count, found;
        struct ground *grounds = grounds_read(w, asked, &count);
        struct meeting *meetings = !work_ok(w) || count == 0 ? NULL : meetings_find(w, grounds, count, &found);

        *l = (struct shared_list){ NULL, 0 };
        for (size_t i = 0; meetings != NULL && i < found && work_ok(w); i++) {
                const struct meeting *m = &meetings[i];
                int64_t area = is_said(w, said, m) ? 0 : shared_area(w, m->one, m->two);

                if (area <= SHAPE_OVERLAP_MOST)
                        continue;
                say(w, said, m);
                l->list = arena_room(w->arena, l->list, l->count, sizeof *l->list);
                l->list[l->count++] = (struct shared){ m->one, m->two, area };
        }
        return work_ok(w);
}

/* ---- rows -------------------------------------------------------------------------------------------------------------------------------- */

static struct duty_line *duty_add(struct work *w, struct duties_view *v, const struct cluster *c, const char *kind, const char *what, const char *rule)
{
        struct duty_line *l;

        v->lines = arena_room(w->arena, v->lines, v->line_count, sizeof *v->lines);
        l = &v->lines[v->line_count++];
        *l = (struct duty_line){ .kind = kind, .id = c->id, .name = c->name, .href = arena_print(w->arena, "/clusters/%s", c->id), .place = cluster_place_said(w, c), .what = what,
                                 .recorded = "", .by = work_text(w, "who keeps the register: commune or department"), .until = "", .left = "", .rule = rule, .before = DAY_NONE };
        return l;
}

/* Where the record is changed, for who may. */
static void act_in(struct work *w, struct duty_line *l, const char *list, const char *item)
{
        if (!user_may(w->user, MAY_FILL))
                return;
        l->act = work_text(w, "Correct the record");
        l->act_href = arena_print(w->arena, "/clusters/%s/edit?list=%s%s%s", l->id, list, *item == '\0' ? "" : "&item=", in_address(w, item));
}

static void legacy_add(struct work *w, struct duties_view *v, const struct cluster *c, const struct cluster_rules *rules)
{
        struct duty_line *l = duty_add(w, v, c, "legacy", work_text(w, "operates, never established: establish, convert or close"), rules->settle_source);
        day last = rules->settle_before - 1, today = day_of_moment(w->now);
        const struct unit *now = cluster_home_now(w, c->home);
        const struct workflow *flow = catalogue_of(w) == NULL ? NULL : workflow_find(catalogue_of(w), "cluster_establishment", today);

        l->by = text_in(w->language, rules->settle_who_vi, rules->settle_who_en);
        act_in(w, l, "identity", "");
        l->open = cluster_case_open(w, c, now);
        if (l->open != NULL) {
                l->more = arena_print(w->arena, work_text(w, "Under way: case %s"), l->open);
                l->more_href = arena_print(w->arena, "/cases/%s", l->open);
        } else if (flow != NULL && now != NULL && case_may_open(w, flow) && strcmp(now->code, w->user->unit) == 0) {
                l->more = work_text(w, "Begin the establishment");
                l->more_href = arena_print(w->arena, "/cases/new/cluster_establishment?case_unit=%s&field-cluster=%s&title=%s", now->code, in_address(w, c->name), in_address(w, c->name));
        }
        if (rules->settle_before == DAY_FOREVER)
                return;
        l->before = rules->settle_before;
        l->until = day_said(w, rules->settle_before);
        l->left = case_left_words(w, last, false, today > last ? URGENCY_LATE : last - today <= SOON ? URGENCY_SOON : URGENCY_NONE, &l->left_css);
}

static const char *ground_said(struct work *w, const struct ground *g)
{
        char at[DAY_SHOWN_MAX];

        moment_write_shown(at, stamp_moment(g->at), w->language);
        return arena_print(w->arena, "%s: %s, %s", *g->plot == '\0' ? work_text(w, "boundary") : g->plot, g->author, at);
}

static const char *name_of(struct work *w, const char *cluster)
{
        const char *name = db_text(w->db, w->arena, "SELECT name FROM cluster_row WHERE id = $1", ARGS(v_text(cluster)));

        return name == NULL ? "" : name;
}

/* Land that a cluster or its plots share with others: said at each of the two. */
static void shared_add(struct work *w, struct duties_view *v, const struct cluster *c, const struct shared_list *l)
{
        for (size_t i = 0; i < l->count; i++) {
                const struct shared *s = &l->list[i];
                bool is_one = strcmp(s->one->cluster, c->id) == 0, is_inside = strcmp(s->one->cluster, s->two->cluster) == 0;
                const struct ground *own = is_one ? s->one : s->two, *other = is_one ? s->two : s->one;
                const char *area = cluster_said(w, s->area, CLUSTER_DECIMALS), *name = is_inside ? "" : name_of(w, other->cluster), *what;
                struct duty_line *line;

                if (!is_one && strcmp(s->two->cluster, c->id) != 0)
                        continue;
                if (is_inside)
                        what = arena_print(w->arena, work_text(w, "the plots %s and %s share %s ha: correct the one that is wrong"), own->plot, other->plot, area);
                else if (*own->plot != '\0' && *other->plot != '\0')
                        what = arena_print(w->arena, work_text(w, "the plot %s shares %s ha with the plot %s of %s: correct the one that is wrong"), own->plot, area, other->plot, name);
                else if (*own->plot != '\0')
                        what = arena_print(w->arena, work_text(w, "the plot %s shares %s ha with %s: correct the one that is wrong"), own->plot, area, name);
                else if (*other->plot != '\0')
                        what = arena_print(w->arena, work_text(w, "the boundary shares %s ha with the plot %s of %s: correct the one that is wrong"), area, other->plot, name);
                else
                        what = arena_print(w->arena, work_text(w, "the boundary shares %s ha with %s: correct the one that is wrong"), area, name);
                line = duty_add(w, v, c, is_inside || *own->plot != '\0' ? "plot_overlap" : "overlap", what,
                                is_inside ? work_text(w, "no land lies in two plots") : work_text(w, "no land lies in two clusters"));
                line->recorded = arena_print(w->arena, "%s; %s", ground_said(w, own), ground_said(w, other));
                act_in(w, line, *own->plot == '\0' ? "boundary" : "plot", own->plot);
        }
}

/* Plots that two nodes hold for two requests. */
static void held_add(struct work *w, struct duties_view *v, const struct cluster *c)
{
        size_t count;
        const char **plots = texts_read(w, "SELECT plot FROM cluster_lease WHERE cluster = $1 AND is_held = 1 GROUP BY plot HAVING COUNT(*) > 1 ORDER BY plot", ARGS(v_text(c->id)), &count);

        for (size_t i = 0; i < count; i++) {
                struct duty_line *l = duty_add(w, v, c, "held", arena_print(w->arena, work_text(w, "the plot %s is held by several requests: decline all but one"), plots[i]),
                                               work_text(w, "a plot is leased once"));

                l->by = work_text(w, "who answers requests: investor, commune or department");
                l->act = work_text(w, "Requests that hold plots");
                l->act_href = "/cases?workflow=cluster_lease&state=held";
        }
}

/* Versions of a part of its record that stand against each other. */
static bool contest_add(struct work *w, struct duties_view *v, const struct cluster *c, const struct contest_open *open, const char *what)
{
        const struct contest_view *x = contest_read(w, open->name, 1);
        const struct unit *decider = x == NULL ? NULL : unit_at(catalogue_of(w), x->decider, day_of_moment(w->now));
        struct duty_line *l;

        if (x == NULL)
                return false;
        l = duty_add(w, v, c, "conflict", what, work_text(w, "nothing recorded is replaced unseen"));
        for (size_t i = 0; i < x->side_count; i++) {
                char at[DAY_SHOWN_MAX];

                moment_write_shown(at, stamp_moment(x->sides[i].entry->at), w->language);
                l->recorded = arena_print(w->arena, "%s%s%s, %s", l->recorded, i == 0 ? "" : "; ", x->sides[i].by, at);
        }
        l->by = arena_print(w->arena, work_text(w, "leader of %s"), decider == NULL ? x->decider : unit_said(w, decider));
        l->act = x->may_settle ? work_text(w, "Compare and decide") : work_text(w, "Compare");
        l->act_href = arena_print(w->arena, "/conflicts/%s", open->name);
        return true;
}

/* Those of a cluster's record, and of reports about it or its tenants; both lists are in order of what they are about. */
static bool contests_add(struct work *w, struct duties_view *v, const struct cluster *c, const struct contest_open *items, size_t item_count, const struct contest_open *reports, size_t report_count)
{
        for (size_t i = cluster_begins(items, item_count, sizeof *items, offsetof(struct contest_open, partner), c->id); i < item_count && strcmp(items[i].partner, c->id) == 0; i++)
                if (!contest_add(w, v, c, &items[i], arena_print(w->arena, work_text(w, "two versions stand against each other: %s, from %s"), version_part_said(w, items[i].item),
                                                                 day_said(w, items[i].period))))
                        return false;
        for (size_t i = cluster_begins(reports, report_count, sizeof *reports, offsetof(struct contest_open, partner), c->id);
             i < report_count && strncmp(reports[i].partner, c->id, CLUSTER_ID_MAX - 1) == 0; i++) {
                char text[PERIOD_TEXT_MAX + 32];

                period_write_said(text, sizeof text, reports[i].period, w->language);
                if (!contest_add(w, v, c, &reports[i], arena_print(w->arena, work_text(w, "two signed versions stand against each other: form %s, %s"), reports[i].item, text)))
                        return false;
        }
        return true;
}

static void decision_add(struct work *w, struct duties_view *v, const struct cluster *c, const struct decision *d, const char *rule)
{
        struct duty_line *l = duty_add(w, v, c, "decision", arena_print(w->arena, work_text(w, "the record does not say yet what decision %s of %s decided (%s)"), d->number,
                                                                        day_said(w, d->decided_on), decision_kind_said(w, d->act)), rule);

        act_in(w, l, c->is_decided_only || strcmp(d->act, "revoke") == 0 || cluster_is_legacy(c) ? "identity" : "areas", "");
}

static bool duty_rows(struct work *w, struct table *t, void *context)
{
        const struct duties_view *v = context;

        for (size_t i = 0; i < v->line_count && work_ok(w); i++) {
                const struct duty_line *l = &v->lines[i];
                char before[DAY_TEXT_MAX];

                day_write(before, l->before);
                table_row(t, (struct cell[]){ cell_text(l->id), cell_text(l->name), cell_text(l->place), cell_text(l->kind), cell_text(l->what), cell_text(l->recorded), cell_text(l->by),
                                              cell_text(arena_text(w->arena, before)), cell_text(l->left), cell_text(l->rule), cell_text(l->act_href == NULL ? l->href : l->act_href),
                                              cell_text(l->open == NULL ? "" : l->open) });
        }
        return work_ok(w);
}

/* How many were never established, of how many provinces, and how much time is left. */
static void legacy_count(struct work *w, struct duties_view *v, const struct cluster *list, size_t count, const struct cluster_rules *rules)
{
        struct map *provinces = map_in(w->arena);
        int clusters = 0, places = 0;

        for (size_t i = 0; i < count; i++) {
                bool is_new = false;
                const struct unit *now = cluster_home_now(w, list[i].home);

                if (!cluster_is_legacy(&list[i]) || !cluster_is_insider(w, &list[i]))
                        continue;
                clusters++;
                now = now == NULL ? list[i].home : now;
                if (map_put_text(provinces, (now->province == NULL ? now : now->province)->key, &is_new) == NULL)
                        arena_starve(w->arena);
                places += is_new;
        }
        v->is_late = clusters > 0 && day_of_moment(w->now) >= rules->settle_before;
        v->lede = arena_print(w->arena, work_text(w, "Clusters that were formed before 2009 and never established must be settled before %s (%s)."), day_said(w, rules->settle_before), rules->settle_source);
        v->legacy = clusters == 0 ? "" : arena_print(w->arena, v->is_late ? work_text(w, "The day has passed: %d clusters of %d provinces are still not settled.")
                                                                          : work_text(w, "%d clusters of %d provinces are still to be settled."), clusters, places);
}

/* ---- under My work -------------------------------------------------------------------------------------------------------------------------- */

struct area_due *cluster_due(struct work *w, size_t *count)
{
        struct area_due *list = reports_due(w, count);
        const struct unit *unit = w->user->unit == NULL || !user_may(w->user, MAY_READ) || !user_may(w->user, MAY_FILL) ? NULL : unit_at(catalogue_of(w), w->user->unit, day_of_moment(w->now));
        const char *fault;
        const struct cluster_rules *rules = list == NULL || unit == NULL ? NULL : cluster_rules_try(w, &fault);
        int64_t legacy;

        if (rules == NULL) /* a catalogue without clusters has nothing to settle; of one that cannot be read reports_due tells */
                return work_ok(w) ? list : NULL;
        legacy = db_number(w->db, arena_print(w->arena, "SELECT COUNT(*) FROM cluster_row WHERE (state = 'operating_not_established' OR (formed = 'before_2009' AND established_on = $1"
                                                        " AND state IN ('operating', 'full')))%s", cluster_territory_sql(w, unit, "province", "home")), ARGS(v_int(DAY_NONE)), 0);
        if (legacy > 0 && rules->settle_before != DAY_FOREVER) {
                list = arena_room(w->arena, list, *count, sizeof *list);
                list[(*count)++] = (struct area_due){ "cluster_settle", "", unit->key, "",
                                                     arena_print(w->arena, work_text(w, "%d clusters to be settled before %s"), (int)legacy, day_said(w, rules->settle_before)),
                                                     text_in(w->language, unit->full_name_vi, unit->full_name_en), "/clusters/work", work_text(w, "Open the list"),
                                                     moment_of_day(rules->settle_before) - 1 };
        }
        return work_ok(w) ? list : NULL;
}

/* ---- the page ------------------------------------------------------------------------------------------------------------------------------ */

bool cluster_work_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct page page = { .title = work_text(w, "Clusters to be settled"), .nav = NAV_CLUSTERS, .crumbs = { { work_text(w, "Industrial clusters"), "/clusters" } }, .crumb_count = 1 };
        const struct column columns[] = {
                { "cluster", N_("Cluster"), NULL, CELL_TEXT }, { "name", N_("Name"), NULL, CELL_TEXT }, { "place", N_("Place"), NULL, CELL_TEXT },
                { "kind", N_("Kind"), NULL, CELL_TEXT }, { "what", N_("What is to be done"), NULL, CELL_TEXT }, { "recorded", N_("Recorded by"), NULL, CELL_TEXT },
                { "by", N_("By whom"), NULL, CELL_TEXT }, { "before", N_("Before"), NULL, CELL_TEXT }, { "left", N_("Time left"), NULL, CELL_TEXT },
                { "rule", N_("Rule"), NULL, CELL_TEXT }, { "where", N_("Where"), NULL, CELL_TEXT },
                { "case", N_("Case under way"), NULL, CELL_TEXT },
        };
        const struct cluster_rules *rules = cluster_rules_of(w);
        struct cluster_query q = { .unit = unit_asked(w, r), .plot_area = CLUSTER_UNKNOWN, .plot_price = CLUSTER_UNKNOWN };
        struct cluster *list;
        struct decision *decisions;
        struct shared_list shared;
        struct duties_view v = { 0 };
        struct map *asked = map_in(w->arena);
        const struct decision *own;
        size_t count, decision_count, own_count, held_count, item_count, report_count;
        struct contest_open *items, *reports;
        const char **held;

        reply->is_private = true;
        if (rules == NULL || q.unit == NULL || (q.unit->level != LEVEL_COUNTRY && !web_territory(w, q.unit->code)) ||
            (list = clusters_read(w, &q, &count)) == NULL)
                return false;
        decisions = decisions_read(w, NULL, q.unit, &decision_count);
        held = texts_read(w, "SELECT cluster FROM cluster_lease WHERE is_held = 1 GROUP BY cluster, plot HAVING COUNT(*) > 1 ORDER BY cluster", NO_ARGS, &held_count);
        for (size_t i = 0; i < count; i++)
                if (cluster_is_insider(w, &list[i]) && map_put_text(asked, list[i].id, NULL) == NULL)
                        arena_starve(w->arena);
        items = versions_open(w, NULL, &item_count);
        reports = items == NULL ? NULL : version_reports_open(w, &report_count);
        if (decisions == NULL || reports == NULL || !shared_read(w, asked, &shared))
                return false;
        for (size_t i = 0; i < count; i++) /* what has a day comes first */
                if (cluster_is_legacy(&list[i]) && cluster_is_insider(w, &list[i]))
                        legacy_add(w, &v, &list[i], rules);
        for (size_t i = 0; i < count; i++) {
                const struct cluster *c = &list[i];
                const struct cluster_bounds *b = cluster_bounds_on(rules, c->established_on == DAY_NONE ? day_of_moment(w->now) : c->established_on);

                if (!cluster_is_insider(w, c))
                        continue;
                if (cluster_is_out_of_bounds(b, c->total, c->is_mountain || strcmp(c->kind, "craft_village") == 0) && *c->ground == '\0')
                        act_in(w, duty_add(w, &v, c, "bounds", work_text(w, "the area is out of bounds and no legal ground is recorded"), b->source), "areas", "");
                own = decisions_of(decisions, decision_count, c->id, &own_count);
                for (size_t k = 0; k < own_count; k++)
                        if (!decision_is_followed(own, own_count, k, c))
                                decision_add(w, &v, c, &own[k], rules->report_source);
                if (!contests_add(w, &v, c, items, item_count, reports, report_count))
                        return false;
                shared_add(w, &v, c, &shared);
                for (size_t k = 0; k < held_count; k++)
                        if (strcmp(held[k], c->id) == 0 && (k == 0 || strcmp(held[k], held[k - 1]) != 0))
                                held_add(w, &v, c);
                if (cluster_operates(c) && c->industrial == CLUSTER_UNKNOWN)
                        act_in(w, duty_add(w, &v, c, "land", work_text(w, "industrial land is not recorded: occupancy cannot be told"), rules->occupancy_source), "areas", "");
        }
        legacy_count(w, &v, list, count, rules);
        v.csv = request_in_format(w, r, "/clusters/work", "csv");
        v.json = request_in_format(w, r, "/clusters/work", "json");
        if (request_suffix(r) != SUFFIX_HTML)
                return table_reply(w, r, reply, &page, "clusters-to-settle", NULL, columns, sizeof columns / sizeof *columns, duty_rows, &v);
        page_begin(w, r, reply, &page);
        work_html(w, &reply->body, &v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}
