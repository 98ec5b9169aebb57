/* entry.c - the entries of the register and of its reports, and the tables made of them.
 *
 * Of what one node says about one item that stands which holds from the newest day, of those the newest entry, by (at, rank);
 * what held on earlier days is kept beside it. Where several nodes do, version.c decides. Whose cluster it is says the oldest
 * entry about its identity; what others say of it stays in the ledger and counts for nothing, in whatever order it came. */
#include <string.h>

#include "areas/cluster/store.h"
#include "base/utf8.h"
#include "ledger/read.h"
#include "ledger/trust.h"

/* ---- what an entry must be --------------------------------------------------------------------------------------------------- */

static const char *member(const struct entry *e, const char *name)
{
        return cluster_text(e->body, name);
}

static enum applied refuse(struct work *w)
{
        return work_ok(w) ? REFUSED : FAILED;
}

static bool author_may(const struct entry *e, enum right right, struct error *why)
{
        return e->author[0] == '\0' || role_may(role_by_name(e->role), right) ||
               error_set(why, ERR_DENIED, "the role \"%s\" of %s may not do this (%s)", e->role, e->author, e->kind);
}

/* Whether the node may speak for the unit the entry names, and its author may say such things. */
static enum applied is_entitled(struct work *w, const struct entry *e, enum right right, const struct unit **unit, struct error *why)
{
        const struct catalogue *c = catalogue_of(w);
        struct peer *writer = trust_writer(w, e);

        *unit = c == NULL ? NULL : unit_by_key(c, member(e, "unit"));
        if (c == NULL || !work_ok(w))
                return FAILED;
        if (writer == NULL || writer->is_revoked) {
                error_set(why, ERR_DENIED, "nobody enrolled the node %.12s", e->node);
                return REFUSED;
        }
        if (!author_may(e, right, why))
                return REFUSED;
        if (*unit == NULL) {
                error_set(why, ERR_MISSING, "unit \"%s\" is not known here at that time", member(e, "unit"));
                return WAITING;
        }
        if (!figure_writer_may(w, c, writer, e->at, *unit, why))
                return refuse(w);
        if (strcmp(e->audience, AUDIENCE_LOCAL) == 0) {
                error_set(why, ERR_DENIED, "an entry of kind \"%s\" does not belong into this stream", e->kind);
                return REFUSED;
        }
        return APPLIED;
}

static bool is_name(const char *text, size_t most)
{
        return *text != '\0' && strlen(text) <= most && strpbrk(text, "\n\t/") == NULL;
}

bool cluster_id_is_sound(const char *id)
{
        return strlen(id) == CLUSTER_ID_MAX - 1 && id[strspn(id, "0123456789ABCDEFGHJKMNPQRSTVWXYZ")] == '\0';
}

/* ---- whose a cluster is --------------------------------------------------------------------------------------------------------- */

bool cluster_is_one_place(struct arena *arena, const struct catalogue *c, const struct unit *a, const struct unit *b)
{
        struct unit_part *parts;
        const struct unit *older = a->from <= b->from ? a : b, *newer = older == a ? b : a;
        size_t n;

        if (a == b)
                return true;
        parts = unit_parts(arena, c, older, newer->from, &n);
        for (size_t i = 0; i < n; i++)
                if (parts[i].unit == newer)
                        return true;
        return false;
}

/* ---- the tables made of the items -------------------------------------------------------------------------------------------------- */

/* The box around the geometry of an item; unknown where it has none. */
static struct map_box box_of(struct work *w, const json_t *fields)
{
        struct map_point *points;
        size_t count = fields == NULL ? 0 : points_read(w->arena, cluster_text(fields, "geojson"), &points);

        return count > 0 ? map_box_of(points, count) : (struct map_box){ CLUSTER_UNKNOWN, CLUSTER_UNKNOWN, CLUSTER_UNKNOWN, CLUSTER_UNKNOWN };
}

static bool write_row(struct work *w, const struct cluster *c, const struct projection *p)
{
        const struct unit *province = c->home->province == NULL ? c->home : c->home->province;
        struct map_box box = box_of(w, p->boundary);
        const char *search = utf8_fold(w->arena, arena_print(w->arena, "%s %s %s", c->id, c->name, c->home->full_name_vi));
        struct value v[] = {
                v_text(c->id), v_text(c->home->key), v_text(province->key), v_text(c->name), v_text(search), v_text(c->kind), v_text(c->state), v_text(c->formed), v_text(c->trades),
                v_text(c->source), v_int(c->established_on), v_int(c->is_mountain), v_int(c->has_plan), v_int(c->has_project), v_int(c->latitude), v_int(c->longitude), v_int(c->total),
                v_int(c->industrial), v_int(c->ready), v_int(c->leased), v_int(c->committed), v_text(c->ground), v_int(c->wastewater), v_text(c->wastewater_state),
                v_int(c->meets_standard), v_int(c->has_enterprise), v_int(c->investment), v_int(c->disbursed), v_int(c->tenants), v_int(c->tenants_fdi), v_int(c->tenants_operating),
                v_null(), v_null(), v_null(), v_null(), v_int(c->entry),
        };

        v[31] = v_int(box.west);
        v[32] = v_int(box.south);
        v[33] = v_int(box.east);
        v[34] = v_int(box.north);
        return db_exec(w->db,
                       "INSERT INTO cluster_row (id, home, province, name, search, kind, state, formed, trades, source, established_on, is_mountain,"
                       " has_plan, has_project, latitude, longitude, total, industrial, ready, leased, committed, ground, wastewater, wastewater_state,"
                       " meets_standard, has_enterprise, investment, disbursed, tenants, tenants_fdi, tenants_operating, west, south, east, north, entry)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,"
                       " $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36)",
                       (struct values){ v, sizeof v / sizeof *v });
}

/* Put cells that count (one report's, or all of a cluster that were written for a unit) into the sums of their province, or take them out. */
static bool sums_change(struct work *w, int sign, const char *where, struct values values)
{
        db_exec(w->db, arena_print(w->arena, "INSERT INTO cluster_sum (period, form, province, row_id, value, n) SELECT period, form, province, row_id, CAST(SUM(%s value) AS BIGINT),"
                                             " %s COUNT(*) FROM cluster_cell WHERE counts = 1 AND %s GROUP BY period, form, province, row_id"
                                             " ON CONFLICT (period, form, province, row_id) DO UPDATE SET value = cluster_sum.value + excluded.value, n = cluster_sum.n + excluded.n",
                                   sign < 0 ? "-" : "", sign < 0 ? "-" : "", where), values);
        return sign > 0 || db_exec(w->db, "DELETE FROM cluster_sum WHERE n = 0", NO_ARGS);
}

/* Of the same report, signed for a commune and again for what that became, the newest counts that was written for the unit whose the cluster is. */
static void judge_report(struct work *w, const struct unit *owner, const char *form, const char *about, period p)
{
        const struct catalogue *c = catalogue_of(w);
        size_t count;
        const char **units = texts_read(w, "SELECT unit FROM cluster_report WHERE form = $1 AND about = $2 AND period = $3 ORDER BY at DESC, rank DESC", ARGS(v_text(form), v_text(about), v_int(p)), &count),
                   *counts = "";

        for (size_t i = 0; c != NULL && owner != NULL && i < count && *counts == '\0'; i++) {
                const struct unit *u = unit_by_key(c, units[i]);

                if (u != NULL && cluster_is_one_place(w->arena, c, u, owner))
                        counts = units[i];
        }
        sums_change(w, -1, "form = $1 AND about = $2 AND period = $3", ARGS(v_text(form), v_text(about), v_int(p)));
        for (int i = 0; i < 2; i++)
                db_exec(w->db, arena_print(w->arena, "UPDATE %s SET counts = CASE WHEN unit = $4 THEN 1 ELSE 0 END WHERE form = $1 AND about = $2 AND period = $3", i == 0 ? "cluster_report" : "cluster_cell"),
                        ARGS(v_text(form), v_text(about), v_int(p), v_text(counts)));
        sums_change(w, 1, "form = $1 AND about = $2 AND period = $3", ARGS(v_text(form), v_text(about), v_int(p)));
}

/* All reports about a cluster. */
static bool judge_reports(struct work *w, const char *id, const struct unit *owner)
{
        struct { const char *form, *about; period p; } *list = arena_room(w->arena, NULL, 0, sizeof *list);
        struct rows *r = db_query(w->db, "SELECT DISTINCT form, about, period FROM cluster_report WHERE cluster = $1 ORDER BY form, about, period", ARGS(v_text(id)));
        size_t count = 0;

        while (rows_next(r)) {
                list = arena_room(w->arena, list, count, sizeof *list);
                list[count].form = arena_text(w->arena, rows_text(r, 0));
                list[count].about = arena_text(w->arena, rows_text(r, 1));
                list[count++].p = (period)rows_int(r, 2);
        }
        rows_close(r);
        for (size_t i = 0; i < count && work_ok(w); i++)
                judge_report(w, owner, list[i].form, list[i].about, list[i].p);
        return work_ok(w);
}

static bool write_plots(struct work *w, const char *id, const char *only)
{
        size_t count;
        struct stored_item *items = stored_items(w, id, "plot", only, &count);

        db_exec(w->db, "DELETE FROM cluster_plot WHERE cluster = $1 AND (plot = $2 OR CAST($2 AS TEXT) IS NULL)", ARGS(v_text(id), v_text(only)));
        for (size_t i = 0; items != NULL && i < count && work_ok(w); i++) {
                const json_t *f = items[i].fields;
                struct map_box box = box_of(w, f);

                db_exec(w->db, "INSERT INTO cluster_plot (cluster, plot, area, state, price, ready_from, trades, search, province, latitude, longitude,"
                               " wastewater, west, south, east, north, entry) SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS TEXT), CAST($5 AS BIGINT),"
                               " CAST($6 AS BIGINT), CAST($7 AS TEXT), CAST($8 AS TEXT), province, latitude, longitude, wastewater, CAST($10 AS BIGINT), CAST($11 AS BIGINT), CAST($12 AS BIGINT),"
                               " CAST($13 AS BIGINT), CAST($9 AS BIGINT) FROM cluster_row"
                               " WHERE id = $1",
                        ARGS(v_text(id), v_text(items[i].item), v_int(cluster_number(f, "area", 0)), v_text(cluster_text(f, "state")),
                             v_int(cluster_number(f, "price", CLUSTER_DECIMALS)), v_int(cluster_day(f, "ready_from")),
                             v_text(cluster_text(f, "trades")), v_text(utf8_fold(w->arena, cluster_text(f, "trades"))), v_int(items[i].entry),
                             v_int(box.west), v_int(box.south), v_int(box.east), v_int(box.north)));
        }
        return work_ok(w);
}

/* Whose accounts act for the cluster as its investor, and when. */
static void write_investors(struct work *w, const char *id, const struct stored_item *items, size_t count)
{
        db_exec(w->db, "DELETE FROM cluster_investor WHERE cluster = $1", ARGS(v_text(id)));
        for (size_t i = 0; i < count && work_ok(w); i++) {
                const char *account = cluster_text(items[i].fields, "account");
                day until = cluster_day(items[i].fields, "to");

                if (*account != '\0')
                        db_exec(w->db, "INSERT INTO cluster_investor (cluster, item, account, since, until, entry) VALUES ($1, $2, $3, $4, $5, $6)",
                                ARGS(v_text(id), v_text(items[i].item), v_text(account), v_int(cluster_day(items[i].fields, "from")),
                                     v_int(until == DAY_NONE ? DAY_FOREVER : until), v_int(items[i].entry)));
        }
}

/* Make the rows of a cluster anew from its items. */
static bool project(struct work *w, const char *id)
{
        struct projection p = projection_new();
        struct cluster c;

        for (const char *const *list = projection_lists; *list != NULL && work_ok(w); list++) {
                size_t count;
                struct stored_item *items = stored_items(w, id, *list, NULL, &count);

                for (size_t i = 0; items != NULL && i < count; i++)
                        project_item(&p, *list, &items[i]);
                if (items != NULL && strcmp(*list, "investor") == 0)
                        write_investors(w, id, items, count);
        }
        db_exec(w->db, "DELETE FROM cluster_row WHERE id = $1", ARGS(v_text(id)));
        if (p.identity == NULL)
                return db_exec(w->db, "DELETE FROM cluster_plot WHERE cluster = $1", ARGS(v_text(id))) && work_ok(w);
        project_cluster(id, &p, &c);
        return write_row(w, &c, &p);
}

/* ---- cluster.set, cluster.settle -------------------------------------------------------------------------------------------------------------------- */

/* The oldest entry about a cluster's identity says whose it is; its record begins on the first day for which that unit says what it is. */
static const struct unit *owner_note(struct work *w, const struct entry *e, const char *id, const struct unit *unit, day on)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *owner;
        struct rows *r;
        day begun = DAY_FOREVER;

        db_exec(w->db,
                "INSERT INTO cluster_owner (cluster, unit, begun, at, rank, entry) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (cluster) DO UPDATE SET"
                " unit = excluded.unit, at = excluded.at, rank = excluded.rank, entry = excluded.entry WHERE excluded.at < cluster_owner.at OR"
                " (excluded.at = cluster_owner.at AND excluded.rank < cluster_owner.rank)",
                ARGS(v_text(id), v_text(unit->key), v_int(on), v_int(e->at), v_int(entry_rank(e)), v_int(e->id)));
        owner = cluster_owner(w, id);
        r = db_query(w->db, "SELECT unit, MIN(on_day) FROM cluster_past WHERE cluster = $1 AND list = 'identity' GROUP BY unit", ARGS(v_text(id)));
        while (owner != NULL && rows_next(r)) {
                const struct unit *by = unit_by_key(c, rows_text(r, 0));

                if (by != NULL && (day)rows_int(r, 1) < begun && cluster_is_one_place(w->arena, c, by, owner))
                        begun = (day)rows_int(r, 1);
        }
        rows_close(r);
        db_exec(w->db, "UPDATE cluster_owner SET begun = $2 WHERE cluster = $1", ARGS(v_text(id), v_int(begun)));
        return owner;
}

bool item_read(struct work *w, const struct entry *e, struct item_told *i)
{
        const struct buf *fields = json_written(w, json_object_get(e->body, "fields"));
        const char *on = member(e, "on");

        if (fields == NULL)
                return false;
        *i = (struct item_told){ .cluster = member(e, "cluster"), .list = member(e, "list"), .item = member(e, "item"), .unit = member(e, "unit"), .fields = fields->data,
                                 .author = *member(e, "by") != '\0' ? member(e, "by") : e->author, .is_withdrawn = json_is_true(json_object_get(e->body, "withdrawn")), .at = e->at,
                                 .rank = entry_rank(e), .entry = e->id };
        day_read(on, strlen(on), &i->on);
        return true;
}

/* Whether its body is an item of a record. */
static bool item_is_sound(struct work *w, const struct entry *e, struct error *why)
{
        const char *id = member(e, "cluster"), *list = member(e, "list"), *item = member(e, "item"), *on_text = member(e, "on"), *name;
        json_t *fields = json_object_get(e->body, "fields"), *value;
        day on;

        if (!cluster_id_is_sound(id) || !is_name(list, CLUSTER_ITEM_MAX) || (*item != '\0' && !is_name(item, CLUSTER_ITEM_MAX)) ||
            !json_is_object(fields) || !day_read(on_text, strlen(on_text), &on) || strlen(member(e, "reason")) > CLUSTER_TEXT_MAX ||
            strcmp(e->subject, arena_print(w->arena, "cluster/%s", id)) != 0)
                return error_set(why, ERR_INVALID, "its body is no item of a cluster's record");
        json_object_foreach(fields, name, value)
                if (!json_is_string(value) || strlen(json_string_value(value)) > CLUSTER_BOUNDARY_MAX)
                        return error_set(why, ERR_INVALID, "its field \"%s\" is no text, or too long", name);
        return on <= day_of_moment(stamp_moment(e->at)) || error_set(why, ERR_INVALID, "it is said to hold from a day after the one it was written on");
}

/* Whether an entry decides between versions of an item, and chooses one of them. */
static enum applied item_is_chosen(struct work *w, const struct entry *e, const struct item_told *i, struct error *why)
{
        int64_t of[SETTLE_SIDES_MAX];
        size_t count = 0;
        enum applied verdict = figures_may_decide(w, e, of, &count, why);

        if (verdict != APPLIED || version_is_brought(w, i, of, count))
                return verdict;
        error_say(why, ERR_INVALID, N_("it chooses what none of the entries says"));
        return refuse(w);
}

/* An item, or a decision between versions of one. */
static enum applied apply_item(struct work *w, const struct entry *e, struct error *why)
{
        bool is_decision = strcmp(e->kind, "cluster.settle") == 0, is_identity = strcmp(member(e, "list"), "identity") == 0, is_plot = strcmp(member(e, "list"), "plot") == 0;
        const struct unit *unit, *owner = NULL;
        enum applied verdict = is_entitled(w, e, is_decision ? MAY_SEND : MAY_FILL, &unit, why);
        struct item_told i;

        if (verdict != APPLIED)
                return verdict;
        if (!(is_plot && *member(e, "case") != '\0') && !author_may(e, MAY_READ, why)) /* what follows from a case is written by who acted in it */
                return REFUSED;
        if (!item_is_sound(w, e, why))
                return REFUSED;
        if (!item_read(w, e, &i))
                return FAILED;
        verdict = is_decision ? item_is_chosen(w, e, &i, why) : APPLIED;
        if (verdict == APPLIED)
                verdict = figures_witness(w, e, 0, why);
        if (verdict != APPLIED)
                return verdict;
        if (!version_note(w, e, &i, unit))
                return FAILED;
        if (is_identity)
                owner = owner_note(w, e, i.cluster, unit, i.on);
        if (is_plot)
                return work_ok(w) && write_plots(w, i.cluster, i.item) ? APPLIED : FAILED;
        if (!project(w, i.cluster))
                return FAILED;
        if (is_identity || strcmp(i.list, "environment") == 0)
                write_plots(w, i.cluster, NULL);
        if (is_identity)
                judge_reports(w, i.cluster, owner);
        return work_ok(w) ? APPLIED : FAILED;
}

/* ---- cluster.report ------------------------------------------------------------------------------------------------------------------ */

static bool cells_are_sound(struct work *w, const struct entry *e, struct error *why)
{
        json_t *cells = json_object_get(e->body, "cells"), *value;
        const char *row;

        if (!json_is_object(cells) || json_object_size(cells) > REPORT_ROWS_MAX)
                return error_set(why, ERR_INVALID, "its body is no report");
        json_object_foreach(cells, row, value)
                if (!is_name(row, 20) || cluster_number(cells, row, CLUSTER_DECIMALS) == CLUSTER_UNKNOWN)
                        return cluster_number_error(w, why, NULL, row, cluster_text(cells, row), CLUSTER_DECIMALS);
        return true;
}

/* "01" of a cluster's tenant, "02" of a cluster; from "03" on of a unit. */
static bool about_is_sound(const char *form, const char *about, const struct unit *unit, const char **cluster, struct arena *a)
{
        const char *dash = strchr(about, '-');

        *cluster = "";
        if (strcmp(form, "01") == 0 || strcmp(form, "02") == 0) {
                *cluster = dash == NULL ? about : arena_print(a, "%.*s", (int)(dash - about), about);
                return cluster_id_is_sound(*cluster) && (dash != NULL) == (strcmp(form, "01") == 0) && strlen(about) <= 2 * CLUSTER_ITEM_MAX;
        }
        return is_name(form, 10) && strcmp(about, unit->key) == 0;
}

/* The report that an entry signs stands now. */
static bool report_stands(struct work *w, const struct entry *e, const struct report_told *r, const struct unit *unit, const char *cluster)
{
        const struct value key[] = { v_text(r->form), v_text(r->about), v_int(r->period), v_text(unit->key) };
        const struct value province = v_text(unit->province == NULL ? unit->key : unit->province->key);
        int64_t counts = *cluster == '\0'; /* of one about a cluster judge_report says it */
        json_t *cells = json_object_get(e->body, "cells"), *value;
        const char *row;

        db_exec(w->db,
                "INSERT INTO cluster_report (form, about, period, unit, cluster, province, counts, remark, author, at, rank, entry) VALUES"
                " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (form, about, period, unit) DO UPDATE SET remark = excluded.remark,"
                " author = excluded.author, at = excluded.at, rank = excluded.rank, entry = excluded.entry",
                ARGS(key[0], key[1], key[2], key[3], v_text(cluster), province, v_int(counts), v_text(member(e, "remark")),
                     v_text(*member(e, "by") != '\0' ? member(e, "by") : e->author), v_int(e->at), v_int(entry_rank(e)), v_int(e->id)));
        sums_change(w, -1, "form = $1 AND about = $2 AND period = $3 AND unit = $4", ARGS(key[0], key[1], key[2], key[3]));
        db_exec(w->db, "DELETE FROM cluster_cell WHERE form = $1 AND about = $2 AND period = $3 AND unit = $4", ARGS(key[0], key[1], key[2], key[3]));
        json_object_foreach(cells, row, value)
                db_exec(w->db, "INSERT INTO cluster_cell (period, form, province, about, unit, row_id, value, cluster, counts)"
                               " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                        ARGS(key[2], key[0], province, key[1], key[3], v_text(row), v_int(cluster_number(cells, row, CLUSTER_DECIMALS)), v_text(cluster), v_int(counts)));
        if (*cluster != '\0')
                judge_report(w, cluster_owner(w, cluster), r->form, r->about, r->period);
        else
                sums_change(w, 1, "form = $1 AND about = $2 AND period = $3 AND unit = $4", ARGS(key[0], key[1], key[2], key[3]));
        return work_ok(w);
}

/* Whether an entry decides between signed versions of a report, and chooses one of them. */
static enum applied report_is_chosen(struct work *w, const struct entry *e, const struct report_told *r, const struct unit *unit, struct error *why)
{
        int64_t of[SETTLE_SIDES_MAX];
        size_t count = 0;
        enum applied verdict = figures_may_decide(w, e, of, &count, why);

        if (verdict != APPLIED || version_report_is_brought(w, e, r, unit, of, count))
                return verdict;
        error_say(why, ERR_INVALID, N_("it chooses what none of the entries says"));
        return refuse(w);
}

/* A report, or a decision between versions of one. */
static enum applied apply_report(struct work *w, const struct entry *e, struct error *why)
{
        struct report_told r = { .form = member(e, "form"), .about = member(e, "about"), .period_text = member(e, "period") };
        bool is_decision = strcmp(e->kind, "cluster.report.settle") == 0;
        const char *cluster;
        const struct unit *unit;
        enum applied verdict = is_entitled(w, e, is_decision || strcmp(r.form, "04") == 0 ? MAY_SEND : MAY_FILL, &unit, why);
        char period_text[PERIOD_TEXT_MAX];
        int64_t stands = 0, stood;

        if (verdict != APPLIED)
                return verdict;
        if (!period_read(r.period_text, strlen(r.period_text), &r.period) || !about_is_sound(r.form, r.about, unit, &cluster, w->arena)) {
                error_set(why, ERR_INVALID, "its body is no report");
                return REFUSED;
        }
        if (!cells_are_sound(w, e, why))
                return REFUSED;
        period_write(period_text, r.period);
        r.period_text = period_text;
        verdict = is_decision ? report_is_chosen(w, e, &r, unit, why) : APPLIED;
        if (verdict == APPLIED)
                verdict = figures_witness(w, e, 0, why);
        if (verdict != APPLIED)
                return verdict;
        if (!version_of_report(w, e, &r, unit, &stands))
                return FAILED;
        stood = db_number(w->db, "SELECT entry FROM cluster_report WHERE form = $1 AND about = $2 AND period = $3 AND unit = $4",
                          ARGS(v_text(r.form), v_text(r.about), v_int(r.period), v_text(unit->key)), 0);
        if (stands != stood && stands != e->id)
                e = ledger_entry(w, stands);
        return work_ok(w) && e != NULL && (stands == stood || report_stands(w, e, &r, unit, cluster)) ? APPLIED : FAILED;
}

const struct entry_kind cluster_kinds[] = {
        { "cluster.set", apply_item, N_("an item of an industrial cluster's record: what it is, its areas, works, tenants, plots") },
        { "cluster.settle", apply_item, N_("a decision between versions of such an item that nodes wrote without having seen each other") },
        { "cluster.report", apply_report, N_("a periodic report on clusters, signed: of a tenant, a cluster, a commune, a province") },
        { "cluster.report.settle", apply_report, N_("a decision between versions of such a report that nodes signed without having seen each other") },
        { NULL, NULL, NULL },
};

const struct derived_table cluster_tables[] = {
        { .name = "cluster_owner",
          .create_sql = "CREATE TABLE cluster_owner (cluster TEXT NOT NULL PRIMARY KEY, unit TEXT NOT NULL, begun BIGINT NOT NULL, at BIGINT NOT NULL,"
                        " rank BIGINT NOT NULL, entry BIGINT NOT NULL)", /* begun: the first day of which there is a record */
          .state_sql = "SELECT cluster, unit, begun, at, rank, entry FROM cluster_owner",
          .state_form = "ttiiie" },
        { .name = "cluster_item",
          .create_sql = "CREATE TABLE cluster_item (cluster TEXT NOT NULL, list TEXT NOT NULL, item TEXT NOT NULL, unit TEXT NOT NULL, fields TEXT NOT NULL,"
                        " on_day BIGINT NOT NULL, is_withdrawn BIGINT NOT NULL, author TEXT NOT NULL, at BIGINT NOT NULL, rank BIGINT NOT NULL,"
                        " entry BIGINT NOT NULL, PRIMARY KEY (cluster, list, item, unit))",
          .state_sql = "SELECT cluster, list, item, unit, fields, on_day, is_withdrawn, author, at, rank, entry FROM cluster_item",
          .state_form = "tttttiitiie" },
        { .name = "cluster_version", /* every entry about an item, and every report (version.c); value says whether two say the same */
          .create_sql = "CREATE TABLE cluster_version (cluster TEXT NOT NULL, list TEXT NOT NULL, item TEXT NOT NULL, unit TEXT NOT NULL, on_day BIGINT NOT NULL, value BIGINT NOT NULL,"
                        " at BIGINT NOT NULL, rank BIGINT NOT NULL, entry BIGINT NOT NULL, PRIMARY KEY (cluster, list, item, unit, entry));"
                        " CREATE INDEX cluster_version_entry ON cluster_version (entry)",
          .state_sql = "SELECT cluster, list, item, unit, on_day, value, at, rank, entry FROM cluster_version",
          .state_form = "ttttiiiie" },
        { .name = "cluster_past", /* what stands from each day on (version.c) */
          .create_sql = "CREATE TABLE cluster_past (cluster TEXT NOT NULL, list TEXT NOT NULL, item TEXT NOT NULL, unit TEXT NOT NULL, on_day BIGINT NOT NULL, fields TEXT NOT NULL,"
                        " is_withdrawn BIGINT NOT NULL, author TEXT NOT NULL, at BIGINT NOT NULL, rank BIGINT NOT NULL,"
                        " entry BIGINT NOT NULL, PRIMARY KEY (cluster, list, item, unit, on_day)); CREATE INDEX cluster_past_day ON cluster_past (on_day)",
          .state_sql = "SELECT cluster, list, item, unit, fields, on_day, is_withdrawn, author, at, rank, entry FROM cluster_past",
          .state_form = "tttttiitiie" },
        { .name = "cluster_row",
          .create_sql = "CREATE TABLE cluster_row (id TEXT NOT NULL PRIMARY KEY, home TEXT NOT NULL, province TEXT NOT NULL, name TEXT NOT NULL,"
                        " search TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, formed TEXT NOT NULL, trades TEXT NOT NULL, source TEXT NOT NULL,"
                        " established_on BIGINT NOT NULL, is_mountain BIGINT NOT NULL, has_plan BIGINT NOT NULL, has_project BIGINT NOT NULL,"
                        " latitude BIGINT NOT NULL, longitude BIGINT NOT NULL, total BIGINT NOT NULL, industrial BIGINT NOT NULL, ready BIGINT NOT NULL,"
                        " leased BIGINT NOT NULL, committed BIGINT NOT NULL, ground TEXT NOT NULL, wastewater BIGINT NOT NULL,"
                        " wastewater_state TEXT NOT NULL, meets_standard BIGINT NOT NULL, has_enterprise BIGINT NOT NULL, investment BIGINT NOT NULL,"
                        " disbursed BIGINT NOT NULL, tenants BIGINT NOT NULL, tenants_fdi BIGINT NOT NULL, tenants_operating BIGINT NOT NULL,"
                        " west BIGINT NOT NULL, south BIGINT NOT NULL, east BIGINT NOT NULL, north BIGINT NOT NULL, entry BIGINT NOT NULL); "
                        "CREATE INDEX cluster_row_province ON cluster_row (province, home)",
          .state_sql = "SELECT id, home, province, name, search, kind, state, formed, trades, source, established_on, is_mountain, has_plan, has_project,"
                       " latitude, longitude, total, industrial, ready, leased, committed, ground, wastewater, wastewater_state, meets_standard,"
                       " has_enterprise, investment, disbursed, tenants, tenants_fdi, tenants_operating, west, south, east, north FROM cluster_row",
          .state_form = "ttttttttttiiiiiiiiiiititiiiiiiiiiii" },
        { .name = "cluster_investor", /* accounts of investors by the days from and up to which they are */
          .create_sql = "CREATE TABLE cluster_investor (cluster TEXT NOT NULL, item TEXT NOT NULL, account TEXT NOT NULL, since BIGINT NOT NULL, until BIGINT NOT NULL,"
                        " entry BIGINT NOT NULL, PRIMARY KEY (cluster, item)); CREATE INDEX cluster_investor_account ON cluster_investor (account, cluster)",
          .state_sql = "SELECT cluster, item, account, since, until, entry FROM cluster_investor",
          .state_form = "tttiie" },
        { .name = "cluster_plot",
          .create_sql = "CREATE TABLE cluster_plot (cluster TEXT NOT NULL, plot TEXT NOT NULL, area BIGINT NOT NULL, state TEXT NOT NULL,"
                        " price BIGINT NOT NULL, ready_from BIGINT NOT NULL, trades TEXT NOT NULL, search TEXT NOT NULL, province TEXT NOT NULL, latitude BIGINT NOT NULL,"
                        " longitude BIGINT NOT NULL, wastewater BIGINT NOT NULL, west BIGINT NOT NULL, south BIGINT NOT NULL, east BIGINT NOT NULL, north BIGINT NOT NULL,"
                        " entry BIGINT NOT NULL, PRIMARY KEY (cluster, plot)); "
                        "CREATE INDEX cluster_plot_vacant ON cluster_plot (area) WHERE state = 'vacant'; "
                        "CREATE INDEX cluster_plot_place ON cluster_plot (latitude, longitude) WHERE state = 'vacant'",
          .state_sql = "SELECT cluster, plot, area, state, price, ready_from, trades, search, province, latitude, longitude, wastewater, west, south, east, north, entry"
                       " FROM cluster_plot",
          .state_form = "ttitiitttiiiiiiie" },
        { .name = "cluster_report",
          .create_sql = "CREATE TABLE cluster_report (form TEXT NOT NULL, about TEXT NOT NULL, period BIGINT NOT NULL, unit TEXT NOT NULL,"
                        " cluster TEXT NOT NULL, province TEXT NOT NULL, counts BIGINT NOT NULL, remark TEXT NOT NULL, author TEXT NOT NULL,"
                        " at BIGINT NOT NULL, rank BIGINT NOT NULL, entry BIGINT NOT NULL, PRIMARY KEY (form, about, period, unit)); "
                        "CREATE INDEX cluster_report_cluster ON cluster_report (cluster)",
          .state_sql = "SELECT form, about, period, unit, cluster, province, counts, remark, author, at, rank, entry FROM cluster_report",
          .state_form = "ttitttittiie" },
        { .name = "cluster_cell",
          .create_sql = "CREATE TABLE cluster_cell (period BIGINT NOT NULL, form TEXT NOT NULL, province TEXT NOT NULL, about TEXT NOT NULL,"
                        " unit TEXT NOT NULL, row_id TEXT NOT NULL, value BIGINT NOT NULL, cluster TEXT NOT NULL, counts BIGINT NOT NULL,"
                        " PRIMARY KEY (form, about, period, unit, row_id)); "
                        "CREATE INDEX cluster_cell_cluster ON cluster_cell (cluster)",
          .state_sql = "SELECT period, form, province, about, unit, row_id, value, cluster, counts FROM cluster_cell",
          .state_form = "itttttiti" },
        { .name = "cluster_sum", /* of the cells that count, by province; n: how many */
          .create_sql = "CREATE TABLE cluster_sum (period BIGINT NOT NULL, form TEXT NOT NULL, province TEXT NOT NULL, row_id TEXT NOT NULL,"
                        " value BIGINT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (period, form, province, row_id))",
          .state_sql = "SELECT period, form, province, row_id, value, n FROM cluster_sum",
          .state_form = "itttii" },
        { .name = "cluster_decision", /* filled by decide.c from cases */
          .create_sql = "CREATE TABLE cluster_decision (case_id TEXT NOT NULL PRIMARY KEY, cluster TEXT NOT NULL, home TEXT NOT NULL, province TEXT NOT NULL,"
                        " name TEXT NOT NULL, search TEXT NOT NULL, act TEXT NOT NULL, number TEXT NOT NULL, decided_on BIGINT NOT NULL, at BIGINT NOT NULL,"
                        " area BIGINT NOT NULL, investor TEXT NOT NULL, entry BIGINT NOT NULL); "
                        "CREATE INDEX cluster_decision_cluster ON cluster_decision (cluster)",
          .state_sql = "SELECT case_id, cluster, home, province, name, search, act, number, decided_on, at, area, investor, entry FROM cluster_decision",
          .state_form = "ttttttttiiite" },
        { .name = "cluster_before", /* of cases, filled by before.c: what counts for later ones of the same subject */
          .create_sql = "CREATE TABLE cluster_before (case_id TEXT NOT NULL PRIMARY KEY, workflow TEXT NOT NULL, subject TEXT NOT NULL, amount BIGINT NOT NULL, entry BIGINT NOT NULL); "
                        "CREATE INDEX cluster_before_subject ON cluster_before (workflow, subject)",
          .state_sql = "SELECT case_id, workflow, subject, amount, entry FROM cluster_before",
          .state_form = "tttie" },
        { .name = "cluster_case", /* cases under way that may be about a cluster of before, filled by decide.c: the cluster they name, or the name it is to have */
          .create_sql = "CREATE TABLE cluster_case (case_id TEXT NOT NULL PRIMARY KEY, cluster TEXT NOT NULL, home TEXT NOT NULL, search TEXT NOT NULL, entry BIGINT NOT NULL); "
                        "CREATE INDEX cluster_case_home ON cluster_case (home); CREATE INDEX cluster_case_cluster ON cluster_case (cluster)",
          .state_sql = "SELECT case_id, cluster, home, search, entry FROM cluster_case",
          .state_form = "tttte" },
        { .name = "cluster_lease", /* filled by lease.c from cases */
          .create_sql = "CREATE TABLE cluster_lease (case_id TEXT NOT NULL PRIMARY KEY, cluster TEXT NOT NULL, plot TEXT NOT NULL, is_open BIGINT NOT NULL,"
                        " is_held BIGINT NOT NULL, entry BIGINT NOT NULL); "
                        "CREATE INDEX cluster_lease_plot ON cluster_lease (cluster, plot)",
          .state_sql = "SELECT case_id, cluster, plot, is_open, is_held, entry FROM cluster_lease",
          .state_form = "tttiie" },
        { .name = NULL },
};
