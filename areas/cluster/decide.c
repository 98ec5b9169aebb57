/* decide.c - what cases and the register have to do with each other: a decision puts the cluster in the register; a case that is about a cluster
 * names one that is there; the page of a case shows what the register says of its commune. */
#include <stddef.h>
#include <string.h>

#include "areas/cluster/pages.h"
#include "areas/cluster/store.h"
#include "areas/cluster/view.h"
#include "base/utf8.h"

static const char *text_of(const struct case_file *f, const char *field)
{
        const struct field_value *v = case_value(f, field);

        return v == NULL || v->text == NULL ? "" : v->text;
}

/* Hectares of a field with two decimals, as the register keeps them. */
static int64_t area_of(const struct case_file *f)
{
        const struct field_value *v = case_value(f, "area_ha");
        int64_t area;

        return v != NULL && decimal_rescale(v->number, 2, CLUSTER_DECIMALS, &area) ? area : CLUSTER_UNKNOWN;
}

/* The cluster a case is about: of an establishment one of its own, with the case's id, unless it names one that operates without having been established. */
static const char *cluster_of(const struct case_file *f)
{
        const char *named = text_of(f, "cluster_id");

        return *named == '\0' && strcmp(case_choice(f, "act"), "establish") == 0 ? f->id : named;
}

/* ---- a decision is a row ------------------------------------------------------------------------------------------------------ */

static bool fold(struct work *w, const struct case_file *f)
{
        const struct case_event *decided = case_done(f, "decide");
        const struct case_paper *paper = case_paper_of(f, "decision");
        const struct unit *province = f->unit->province == NULL ? f->unit : f->unit->province;
        const char *id = cluster_of(f), *name = text_of(f, "cluster");

        if (f->ended == DAY_NONE &&
            !db_exec(w->db, "INSERT INTO cluster_case (case_id, cluster, home, search, entry) VALUES ($1, $2, $3, $4, $5)",
                     ARGS(v_text(f->id), v_text(text_of(f, "cluster_id")), v_text(f->unit->key), v_text(utf8_fold(w->arena, name)), v_int(f->entry))))
                return false;
        if (decided == NULL || !cluster_id_is_sound(id))
                return true;
        name = *name == '\0' ? f->title : name;
        return db_exec(w->db, "INSERT INTO cluster_decision (case_id, cluster, home, province, name, act, number, decided_on, at, area, investor, entry, search)"
                              " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                       ARGS(v_text(f->id), v_text(id), v_text(f->unit->key), v_text(province->key), v_text(name), v_text(case_choice(f, "act")),
                            v_text(paper == NULL ? "" : paper->number), v_int(paper == NULL ? decided->on : paper->on), v_int(decided->at), v_int(area_of(f)), v_text(text_of(f, "investor")),
                            v_int(decided->entry), v_text(utf8_fold(w->arena, arena_print(w->arena, "%s %s %s", id, name, f->unit->full_name_vi)))));
}

const char *cluster_case_open(struct work *w, const struct cluster *c, const struct unit *now)
{
        const char *home = c->home == NULL ? "" : c->home->key;

        return db_text(w->db, w->arena, "SELECT MIN(case_id) FROM (SELECT case_id FROM cluster_case WHERE cluster = $1"
                                        " UNION ALL SELECT case_id FROM cluster_case WHERE home IN ($2, $3) AND cluster = '' AND search = $4 AND search <> '') AS found",
                       ARGS(v_text(c->id), v_text(home), v_text(now == NULL ? home : now->key), v_text(utf8_fold(w->arena, c->name))));
}

struct decision *decisions_read(struct work *w, const char *cluster, const struct unit *unit, size_t *count)
{
        const struct catalogue *c = catalogue_of(w);
        const char *where = cluster != NULL ? " WHERE cluster = $1" : arena_print(w->arena, " WHERE 1 = 1%s", cluster_territory_sql(w, unit, "province", "home"));
        struct values values = cluster != NULL ? ARGS(v_text(cluster)) : NO_ARGS;
        int64_t room = db_number(w->db, arena_print(w->arena, "SELECT COUNT(*) FROM cluster_decision%s", where), values, 0);
        struct decision *list = arena_array(w->arena, (size_t)room + 1, sizeof *list);
        struct rows *r = db_query(w->db, arena_print(w->arena, "SELECT case_id, cluster, home, name, act, number, decided_on, at, area, investor FROM cluster_decision%s"
                                                               " ORDER BY cluster, decided_on, at, case_id", where), values);

        for (*count = 0; c != NULL && rows_next(r) && *count < (size_t)room; ++*count)
                list[*count] = (struct decision){ arena_text(w->arena, rows_text(r, 0)), arena_text(w->arena, rows_text(r, 1)), unit_by_key(c, rows_text(r, 2)),
                                                  arena_text(w->arena, rows_text(r, 3)), arena_text(w->arena, rows_text(r, 4)), arena_text(w->arena, rows_text(r, 5)),
                                                  (day)rows_int(r, 6), rows_int(r, 7), rows_int(r, 8), arena_text(w->arena, rows_text(r, 9)) };
        rows_close(r);
        return work_ok(w) ? list : NULL;
}

const char *decision_kind_said(struct work *w, const char *act)
{
        const struct cluster_rules *rules = cluster_rules_of(w);

        return rules == NULL ? act : cluster_choice_said(w, cluster_field_find(cluster_list_find(rules, "decision"), "kind"), act);
}

const struct decision *decisions_of(const struct decision *list, size_t count, const char *cluster, size_t *found)
{
        size_t low = cluster_begins(list, count, sizeof *list, offsetof(struct decision, cluster), cluster);

        for (*found = 0; low + *found < count && strcmp(list[low + *found].cluster, cluster) == 0;)
                ++*found;
        return list + low;
}

bool decision_is_followed(const struct decision *list, size_t count, size_t place, const struct cluster *c)
{
        const struct decision *d = &list[place];
        bool is_again = false, is_resized = false;

        for (size_t i = place + 1; i < count; i++) {
                is_again |= strcmp(list[i].act, "establish") == 0;
                is_resized |= list[i].area != CLUSTER_UNKNOWN;
        }
        if (c->is_decided_only)
                return false;
        if (strcmp(d->act, "revoke") == 0)
                return is_again || strcmp(c->state, "revoked") == 0;
        if (strcmp(d->act, "establish") == 0 && cluster_is_legacy(c))
                return false;
        return is_resized || d->area == CLUSTER_UNKNOWN || c->total == d->area;
}

/* ---- what the register allows --------------------------------------------------------------------------------------------------- */

/* The mean of a candidate's points, times 100; -1: nobody gave any. */
static int64_t points_of(struct work *w, const struct case_file *f, const char *candidate)
{
        const char *key = utf8_key(w->arena, candidate);
        int64_t sum = 0, count = 0;

        for (int i = 0; i < f->points_count; i++)
                if (strcmp(f->points[i].key, key) == 0) {
                        sum += f->points[i].sum;
                        count++;
                }
        return count == 0 ? -1 : (int64_t)decimal_divide((int128)100 * sum, count);
}

/* The investor with the most points is chosen; of several with as many the chair proposes one. */
static bool is_best(struct work *w, const struct case_file *f)
{
        const char *chosen = text_of(f, "investor"), *best;
        int members;

        if (points_of(w, f, chosen) == case_score(f, &best, &members))
                return true;
        if (points_of(w, f, chosen) < 0) {
                error_set(&w->err, ERR_INVALID, "\"%s\" was given no points", chosen);
                error_at(&w->err, "investor");
                return error_hint(&w->err, "the council gives points to each candidate by name: khoản 2 Điều 13 Nghị định 32/2024/NĐ-CP");
        }
        error_set(&w->err, ERR_INVALID, "\"%s\" has not the most points: \"%s\" has", chosen, best);
        error_at(&w->err, "investor");
        return error_hint(&w->err, "the highest score is chosen, of equal ones the chair proposes: Nghị định 32/2024/NĐ-CP, khoản 2 Điều 13");
}

static bool check(struct work *w, const struct case_file *after, const struct case_event *event)
{
        const char *action = event->act != CASE_ACT || event->action < 0 ? "" : after->workflow->actions[event->action].id, *id = text_of(after, "cluster_id");
        bool is_change = strcmp(after->workflow->id, "cluster_change") == 0, is_expansion = strcmp(case_choice(after, "act"), "expand") == 0;
        struct cluster *c;

        if (!is_change && strcmp(action, "report") == 0 && !is_best(w, after))
                return false;
        if ((is_change && (event->act == CASE_OPEN || strcmp(action, "decide") == 0)) || (is_expansion && strcmp(action, "decide") == 0) ||
            strcmp(action, "name_cluster") == 0) {
                if (*id == '\0')
                        return error_set(&w->err, ERR_INVALID, "an expansion names the cluster of the register that grows") || error_at(&w->err, "cluster_id");
                c = cluster_read(w, id);
                if (c == NULL)
                        return false;
                if (c->home == NULL || after->unit == NULL || !cluster_is_one_place(w->arena, catalogue_of(w), c->home, after->unit)) {
                        error_set(&w->err, ERR_INVALID, "the cluster \"%s\" does not lie in the unit of this case", c->name);
                        error_at(&w->err, "cluster_id");
                        return error_hint(&w->err, "the case belongs to the commune of the cluster: Nghị định 32/2024/NĐ-CP, Điều 10");
                }
                if (!is_change && !is_expansion && !cluster_is_legacy(c)) {
                        error_set(&w->err, ERR_INVALID, "the cluster \"%s\" was established before: only one that operates without a decision can be named", c->name);
                        return error_at(&w->err, "cluster_id");
                }
        }
        return true;
}

/* ---- on the page of a case ---------------------------------------------------------------------------------------------------------- */

static void show(struct work *w, const struct case_file *f, enum case_place place, struct buf *out)
{
        struct cluster_query q = { .unit = f->unit, .is_operating = true, .plot_area = CLUSTER_UNKNOWN, .plot_price = CLUSTER_UNKNOWN };
        struct beside_view v = { .href = "" };
        struct cluster own = { .id = cluster_of(f) }, *list;
        int64_t land = 0, occupied = 0;
        size_t count;

        if (place != CASE_SIDE || f->unit->level == LEVEL_PROVINCE)
                return;
        list = clusters_read(w, &q, &count);
        for (size_t i = 0; list != NULL && i < count; i++) {
                land += cluster_take(&list[i], "industrial");
                occupied += cluster_take(&list[i], "occupied");
        }
        v.count = cluster_said(w, (int64_t)count, 0);
        v.land = cluster_said(w, land, CLUSTER_DECIMALS);
        v.leased = cluster_said(w, occupied, CLUSTER_DECIMALS);
        v.occupancy = occupancy_shown(w, occupied, 0, land);
        v.basis = list == NULL ? "" : cluster_rules_of(w)->occupancy_source;
        if (cluster_id_is_sound(own.id) && db_number(w->db, "SELECT COUNT(*) FROM cluster_row WHERE id = $1", ARGS(v_text(own.id)), 0) +
                                                           db_number(w->db, "SELECT COUNT(*) FROM cluster_decision WHERE cluster = $1", ARGS(v_text(own.id)), 0) > 0)
                v.href = arena_print(w->arena, "/clusters/%s", own.id);
        if (work_ok(w))
                beside_html(w, out, &v);
}

static const char *const tables[] = { "cluster_decision", "cluster_case", NULL }, *const lease_tables[] = { "cluster_lease", NULL }, *const before_tables[] = { "cluster_before", NULL };

const struct case_part cluster_cases[] = {
        { .workflow = "cluster_establishment", .check = check, .tables = tables, .fold = fold, .show = show },
        { .workflow = "cluster_change", .check = check, .tables = tables, .fold = fold, .show = show },
        { .workflow = "cluster_lease", .check = lease_check, .written = lease_written, .tables = lease_tables, .fold = lease_fold, .named = lease_named, .show = lease_show },
        { .workflow = "cluster_support", .check = before_check, .tables = before_tables, .fold = before_fold },
        { .workflow = "cluster_inspection", .check = before_check, .tables = before_tables, .fold = before_fold },
        { .workflow = NULL },
};
