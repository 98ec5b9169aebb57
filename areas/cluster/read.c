/* read.c - the register as it stands: all SQL that reads it. */
#include <assert.h>
#include <string.h>

#include "areas/cluster/store.h"
#include "base/utf8.h"
#include "format/jsonr.h"

#define COLUMNS "r.id, r.home, r.name, r.kind, r.state, r.formed, r.trades, r.source, r.established_on, r.is_mountain, r.has_plan, r.has_project, r.latitude," \
                " r.longitude, r.total, r.industrial, r.ready, r.leased, r.committed, r.ground, r.wastewater, r.wastewater_state, r.meets_standard,"          \
                " r.has_enterprise, r.investment, r.disbursed, r.tenants, r.tenants_fdi, r.tenants_operating, r.entry, r.decided_only"
#define VALUES_MAX 8 /* of the conditions of a query */
#define NONE "-9223372036854775807 - 1"
/* What was recorded; and what a decision established that nobody has recorded yet. Each part has the conditions that an index helps with. */
#define REGISTER                                                                                                                                                       \
        "(SELECT id, home, province, name, search, kind, state, formed, trades, source, established_on, is_mountain, has_plan, has_project, latitude, longitude, total,"      \
        " industrial, ready, leased, committed, ground, wastewater, wastewater_state, meets_standard, has_enterprise, investment, disbursed, tenants, tenants_fdi,"           \
        " tenants_operating, entry, 0 AS decided_only FROM cluster_row WHERE 1 = 1%s UNION ALL SELECT d.cluster, d.home, d.province, d.name, d.search, 'general',"            \
        " 'established', 'later', '', d.number, d.decided_on, 0, 0, 0, " NONE ", " NONE ", d.area, " NONE ", " NONE ", " NONE ", " NONE ", '', " NONE ", '', 0, 0, " NONE     \
        ", " NONE ", 0, 0, 0, d.entry, 1 FROM cluster_decision d WHERE d.act = 'establish'%s AND NOT EXISTS (SELECT 1 FROM cluster_row o WHERE o.id = d.cluster))"

const char *cluster_text(const json_t *fields, const char *name)
{
        const char *text = json_string_value(json_object_get(fields, name));

        return text == NULL ? "" : text;
}

int64_t cluster_number(const json_t *fields, const char *name, int decimals)
{
        const char *text = cluster_text(fields, name);
        int64_t value;

        return decimal_read(text, strlen(text), decimals, &value, NULL) == DECIMAL_OK && value <= CLUSTER_NUMBER_MOST && value >= -CLUSTER_NUMBER_MOST
                       ? value
                       : CLUSTER_UNKNOWN;
}

bool cluster_number_error(struct work *w, struct error *err, const char *field, const char *row, const char *text, int decimals)
{
        const char *most = cluster_said(w, CLUSTER_NUMBER_MOST, decimals);
        int64_t value;
        enum decimal_fault fault = decimal_read(text, strlen(text), decimals, &value, NULL);

        if (fault == DECIMAL_OK || fault == DECIMAL_TOO_LARGE)
                return row != NULL ? error_set(err, ERR_INVALID, "row %s: \"%s\" is more than can stand here: at most %s", row, text, most)
                                   : error_set(err, ERR_INVALID, "\"%s\": \"%s\" is more than can stand here: at most %s", field, text, most);
        return row != NULL ? error_set(err, ERR_INVALID, "row %s: \"%s\" is no number with at most %d decimals", row, text, decimals)
                           : error_set(err, ERR_INVALID, "\"%s\": \"%s\" is no number with at most %d decimals", field, text, decimals);
}

size_t cluster_begins(const void *list, size_t count, size_t size, size_t name_at, const char *cluster)
{
        size_t low = 0, high = count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                const char *name;

                memcpy(&name, (const char *)list + middle * size + name_at, sizeof name);
                if (strcmp(name, cluster) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

/* ---- items ------------------------------------------------------------------------------------------------------------------ */

const char **texts_read(struct work *w, const char *sql, struct values values, size_t *count)
{
        struct rows *r = db_query(w->db, sql, values);
        const char **list = NULL;

        for (*count = 0; rows_next(r); ++*count) {
                list = arena_room(w->arena, list, *count, sizeof *list);
                list[*count] = arena_text(w->arena, rows_text(r, 0));
        }
        rows_close(r);
        return list;
}

const struct buf *json_written(struct work *w, const json_t *value)
{
        struct buf *bytes = arena_alloc(w->arena, sizeof *bytes);

        buf_init_with(bytes, ENTRY_MAX, w->arena);
        if (!json_put(w->arena, value, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(12), bytes))
                error_set(&w->err, ERR_TOO_BIG, "the entry would be too large");
        return work_ok(w) ? bytes : NULL;
}

const struct unit *cluster_owner(struct work *w, const char *id)
{
        char *key = db_text(w->db, w->arena, "SELECT unit FROM cluster_owner WHERE cluster = $1", ARGS(v_text(id)));
        const struct catalogue *c = key == NULL ? NULL : catalogue_of(w);

        return c == NULL ? NULL : unit_by_key(c, key);
}

struct stored_item *stored_items_on(struct work *w, const char *id, const char *list, const char *only, day on, size_t *count)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *owner = c == NULL ? NULL : cluster_owner(w, id);
        struct stored_item *items = arena_room(w->arena, NULL, 0, sizeof *items);
        bool is_act = on != DAY_FOREVER && (strcmp(list, "decision") == 0 || strcmp(list, "plan") == 0);
        const char *before = NULL;
        day until = on;
        struct rows *r;

        *count = 0;
        if (owner == NULL)
                return work_ok(w) ? items : NULL;
        if (on != DAY_FOREVER) {
                day begun = (day)db_number(w->db, "SELECT begun FROM cluster_owner WHERE cluster = $1", ARGS(v_text(id)), on);

                until = is_act ? DAY_FOREVER : begun > on ? begun : on;
        }
        r = db_query(w->db, arena_print(w->arena, "SELECT item, unit, fields, on_day, is_withdrawn, author, entry, at FROM %s WHERE cluster = $1 AND list = $2 AND"
                                                  " (item = $3 OR CAST($3 AS TEXT) IS NULL) AND on_day <= $4 ORDER BY item, on_day DESC, at DESC, rank DESC",
                                        on == DAY_FOREVER ? "cluster_item" : "cluster_past"), ARGS(v_text(id), v_text(list), v_text(only), v_int(until)));
        while (rows_next(r)) {
                const struct unit *unit = unit_by_key(c, rows_text(r, 1));

                if ((before != NULL && strcmp(before, rows_text(r, 0)) == 0) || unit == NULL || !cluster_is_one_place(w->arena, c, unit, owner))
                        continue;
                before = arena_text(w->arena, rows_text(r, 0));
                if (rows_int(r, 4) != 0)
                        continue;
                if (is_act) {
                        json_t *fields = json_read(w->arena, rows_text(r, 2), strlen(rows_text(r, 2)), NULL);
                        day decided = cluster_day(fields, "decided_on");

                        if ((decided == DAY_NONE ? (day)rows_int(r, 3) : decided) > on)
                                continue;
                }
                items = arena_room(w->arena, items, *count, sizeof *items);
                items[(*count)++] = (struct stored_item){ before, arena_text(w->arena, rows_text(r, 5)), unit, json_read(w->arena, rows_text(r, 2), strlen(rows_text(r, 2)), NULL),
                                                          (day)rows_int(r, 3), rows_int(r, 6), rows_int(r, 7) };
        }
        rows_close(r);
        return work_ok(w) ? items : NULL;
}

struct stored_item *stored_items(struct work *w, const char *id, const char *list, const char *only, size_t *count)
{
        return stored_items_on(w, id, list, only, DAY_FOREVER, count);
}

struct cluster_item *cluster_items(struct work *w, const char *id, const char *list, day on, size_t *count)
{
        struct stored_item *stored = stored_items_on(w, id, list, NULL, on, count);
        struct cluster_item *items = arena_array(w->arena, *count + 1, sizeof *items);

        for (size_t i = 0; stored != NULL && i < *count; i++)
                items[i] = (struct cluster_item){ stored[i].item, stored[i].fields, stored[i].on, stored[i].author, stored[i].entry };
        return stored == NULL ? NULL : items;
}

const char **clusters_near(struct work *w, const char *id, const struct map_box *b, size_t *count)
{
        return texts_read(w, "SELECT id FROM cluster_row WHERE id <> $1 AND west <> $6 AND west <= $2 AND east >= $3 AND south <= $4"
                             " AND north >= $5 AND state NOT IN ('revoked', 'withdrawn_from_plan') ORDER BY id",
                          ARGS(v_text(id), v_int(b->east), v_int(b->west), v_int(b->north), v_int(b->south), v_int(CLUSTER_UNKNOWN)), count);
}

struct points { struct arena *arena; struct map_point *list; size_t count; };

static void points_of(const json_t *coordinates, struct points *p, int depth)
{
        const json_t *first = json_array_get(coordinates, 0);

        if (json_is_number(first)) {
                double x = json_number_value(first), y = json_number_value(json_array_get(coordinates, 1));

                if (x < -180 || x > 180 || y < -90 || y > 90)
                        return;
                p->list = arena_room(p->arena, p->list, p->count, sizeof *p->list);
                p->list[p->count++] = (struct map_point){ (int64_t)(x * 1e6), (int64_t)(y * 1e6) };
                return;
        }
        for (size_t i = 0; depth < 5 && i < json_array_size(coordinates); i++)
                points_of(json_array_get(coordinates, i), p, depth + 1);
}

size_t points_read(struct arena *arena, const char *geojson, struct map_point **points)
{
        json_t *root = json_read(arena, geojson, strlen(geojson), NULL);
        const json_t *geometry = json_is_object(json_object_get(root, "geometry")) ? json_object_get(root, "geometry") : root;
        struct points p = { .arena = arena };

        points_of(json_object_get(geometry, "coordinates"), &p, 0);
        *points = p.list;
        return p.count;
}

/* ---- clusters ----------------------------------------------------------------------------------------------------------------- */

struct condition {
        struct buf sql;
        struct value values[VALUES_MAX];
        size_t count;
};

static void add(struct condition *c, const char *before, struct value v, const char *after)
{
        assert(c->count < VALUES_MAX);
        c->values[c->count++] = v;
        buf_print(&c->sql, "%s$%zu%s", before, c->count, after);
}

/* The provinces that one was made of, itself among them; the communes of those that lie elsewhere by now, and those that came from elsewhere, with all that they were made of: as lists of an IN,
 * "" empty. */
struct territory { const struct unit **provinces; size_t count; struct buf *keys, *gone, *come; };

static void put_keys(struct buf *o, const struct unit *const *list, size_t count)
{
        for (size_t i = 0; i < count; i++) /* digits, letters, @ and - alone */
                buf_print(o, "%s'%s'", o->length == 0 ? "" : ", ", list[i]->key);
}

static void put_origins(struct work *w, struct buf *o, const struct unit *unit)
{
        size_t count;
        const struct unit **list = unit_origins(w->arena, catalogue_of(w), unit, &count);

        put_keys(o, list, count);
}

static bool holds(const struct territory *t, const struct unit *commune)
{
        for (size_t i = 0; i < t->count; i++)
                if (t->provinces[i] == commune->province)
                        return true;
        return false;
}

/* Whether no part of a commune stayed. */
static bool has_gone(struct work *w, const struct territory *t, const struct unit *commune)
{
        size_t count;
        const struct unit_change **changes = unit_became(w->arena, catalogue_of(w), commune, &count);

        for (size_t i = 0; i < count; i++)
                if (holds(t, changes[i]->new))
                        return false;
        return true;
}

static struct buf *list_in(struct work *w)
{
        struct buf *o = arena_alloc(w->arena, sizeof *o);

        buf_init_with(o, 0, w->arena);
        return o;
}

static struct territory territory_of(struct work *w, const struct unit *province, day on)
{
        const struct catalogue *c = catalogue_of(w);
        struct territory t = { .keys = list_in(w), .gone = list_in(w), .come = list_in(w) };
        const struct unit_change *changes;
        size_t count = unit_changes(c, &changes);

        t.provinces = unit_origins(w->arena, c, province, &t.count);
        put_keys(t.keys, t.provinces, t.count);
        for (size_t i = 0; i < count; i++) {
                const struct unit *old = changes[i].old, *new = changes[i].new;

                if (old->level != LEVEL_COMMUNE || changes[i].date > province->to || changes[i].date > on || holds(&t, old) == holds(&t, new))
                        continue;
                if (holds(&t, new))
                        put_origins(w, t.come, old);
                else if (has_gone(w, &t, old))
                        put_origins(w, t.gone, old);
        }
        return t;
}

bool cluster_territory_is_plain(struct work *w, const struct unit *unit, day on)
{
        struct territory t;

        if (unit == NULL || unit->level != LEVEL_PROVINCE)
                return true;
        t = territory_of(w, unit, on);
        return t.gone->length + t.come->length == 0;
}

const char *cluster_territory_sql(struct work *w, const struct unit *unit, const char *province_column, const char *home_column)
{
        return cluster_territory_sql_on(w, unit, DAY_FOREVER, province_column, home_column);
}

const char *cluster_territory_sql_on(struct work *w, const struct unit *unit, day on, const char *province_column, const char *home_column)
{
        struct buf *o = list_in(w);
        struct territory t;

        if (unit == NULL || unit->level == LEVEL_COUNTRY)
                return "";
        if (unit->level != LEVEL_PROVINCE) {
                put_origins(w, o, unit);
                return arena_print(w->arena, " AND %s IN (%s)", home_column, o->data);
        }
        t = territory_of(w, unit, on);
        if (t.gone->length + t.come->length == 0)
                return arena_print(w->arena, " AND %s IN (%s)", province_column, t.keys->data);
        return arena_print(w->arena, " AND ((%s IN (%s) AND %s NOT IN (%s)) OR %s IN (%s))", province_column, t.keys->data, home_column, t.gone->length == 0 ? "''" : t.gone->data, home_column,
                           t.come->length == 0 ? "''" : t.come->data);
}

/* Signs that mean more than themselves to LIKE stand for any one character. */
static struct value words_like(struct work *w, const char *words)
{
        char *folded = utf8_fold(w->arena, words);

        for (char *p = folded; *p != '\0'; p++)
                if (*p == '%' || *p == '\\')
                        *p = '_';
        return v_text(arena_print(w->arena, "%%%s%%", folded));
}

static void condition_make(struct work *w, const struct cluster_query *q, struct condition *c)
{
        buf_text(&c->sql, " WHERE 1 = 1");
        if (q->state != NULL)
                add(c, " AND r.state = ", v_text(q->state), "");
        if (q->words != NULL)
                add(c, " AND r.search LIKE ", words_like(w, q->words), "");
        if (q->has_wastewater)
                buf_text(&c->sql, " AND r.wastewater_state = 'built'");
        if (q->is_operating)
                buf_text(&c->sql, " AND r.state IN ('operating', 'full', 'operating_not_established')");
        if (q->plot_area != CLUSTER_UNKNOWN || q->plot_price != CLUSTER_UNKNOWN)
                buf_text(&c->sql, " AND v.plots > 0");
}

static void row_read(struct work *w, struct rows *r, struct cluster *x)
{
        *x = (struct cluster){
                .id = arena_text(w->arena, rows_text(r, 0)), .home = unit_by_key(catalogue_of(w), rows_text(r, 1)), .name = arena_text(w->arena, rows_text(r, 2)),
                .kind = arena_text(w->arena, rows_text(r, 3)), .state = arena_text(w->arena, rows_text(r, 4)), .formed = arena_text(w->arena, rows_text(r, 5)),
                .trades = arena_text(w->arena, rows_text(r, 6)), .source = arena_text(w->arena, rows_text(r, 7)), .established_on = (day)rows_int(r, 8),
                .is_mountain = rows_int(r, 9) != 0, .has_plan = rows_int(r, 10) != 0, .has_project = rows_int(r, 11) != 0, .latitude = rows_int(r, 12),
                .longitude = rows_int(r, 13), .total = rows_int(r, 14), .industrial = rows_int(r, 15), .ready = rows_int(r, 16), .leased = rows_int(r, 17),
                .committed = rows_int(r, 18), .ground = arena_text(w->arena, rows_text(r, 19)), .wastewater = rows_int(r, 20),
                .wastewater_state = arena_text(w->arena, rows_text(r, 21)), .meets_standard = rows_int(r, 22) != 0, .has_enterprise = rows_int(r, 23) != 0,
                .investment = rows_int(r, 24), .disbursed = rows_int(r, 25), .tenants = rows_int(r, 26), .tenants_fdi = rows_int(r, 27),
                .tenants_operating = rows_int(r, 28), .entry = rows_int(r, 29), .is_decided_only = rows_int(r, 30) != 0, .vacant = rows_int(r, 31),
                .vacant_area = rows_int(r, 32), .largest = rows_int(r, 33), .price = rows_is_null(r, 34) ? CLUSTER_UNKNOWN : rows_int(r, 34),
        };
}

/* The vacant plots of each cluster that fit what is asked for. */
static const char *plots_sql(struct work *w, const struct cluster_query *q, struct condition *c)
{
        struct buf outer = c->sql;
        const char *sql;

        if (q->needs_no_plots)
                return " LEFT JOIN (SELECT '' AS cluster, 0 AS plots, 0 AS area, 0 AS largest, 0 AS price) v ON v.cluster = r.id";

        buf_init_with(&c->sql, 0, w->arena);
        buf_text(&c->sql, " LEFT JOIN (SELECT cluster, COUNT(*) AS plots, SUM(area) AS area, MAX(area) AS largest,"
                          " MIN(CASE WHEN price >= 0 THEN price END) AS price FROM cluster_plot WHERE " PLOT_IS_FREE);
        if (q->id != NULL)
                add(c, " AND cluster = ", v_text(q->id), "");
        if (q->plot_area != CLUSTER_UNKNOWN)
                add(c, " AND area >= ", v_int(q->plot_area), "");
        if (q->plot_price != CLUSTER_UNKNOWN)
                add(c, " AND price >= 0 AND price <= ", v_int(q->plot_price), "");
        buf_text(&c->sql, " GROUP BY cluster) v ON v.cluster = r.id");
        sql = arena_text(w->arena, c->sql.data);
        buf_clear(&c->sql);
        c->sql = outer;
        return sql;
}

/* Which clusters by id and place, for one part of the register. Ids are digits and letters alone. */
static const char *which_sql(struct work *w, const struct cluster_query *q, const char *id, const char *province, const char *home)
{
        struct buf *o = arena_alloc(w->arena, sizeof *o);

        buf_init_with(o, 0, w->arena);
        buf_text(o, cluster_territory_sql(w, q->unit, province, home));
        if (q->id != NULL)
                buf_print(o, " AND %s = '%s'", id, cluster_id_is_sound(q->id) ? q->id : "");
        if (q->id_count > 0)
                buf_print(o, " AND %s IN (''", id);
        for (size_t i = 0; i < q->id_count; i++)
                if (cluster_id_is_sound(q->ids[i]))
                        buf_print(o, ", '%s'", q->ids[i]);
        buf_text(o, q->id_count > 0 ? ")" : " ");
        return o->data;
}

struct cluster *clusters_read(struct work *w, const struct cluster_query *q, size_t *count)
{
        struct condition *c = arena_alloc(w->arena, sizeof *c);
        struct cluster *list;
        const char *plots, *source;
        struct values values;
        struct rows *r;
        int64_t all;

        *count = 0;
        if (q->on != 0 && q->on < day_of_moment(w->now))
                return clusters_past(w, q, count);
        if (catalogue_of(w) == NULL)
                return NULL;
        buf_init_with(&c->sql, 0, w->arena);
        plots = plots_sql(w, q, c);
        condition_make(w, q, c);
        values = (struct values){ c->values, c->count };
        source = arena_print(w->arena, REGISTER, which_sql(w, q, "id", "province", "home"), which_sql(w, q, "d.cluster", "d.province", "d.home"));
        all = db_number(w->db, arena_print(w->arena, "SELECT COUNT(*) FROM %s r%s%s", source, plots, c->sql.data), values, 0);
        list = arena_array(w->arena, (size_t)all + 1, sizeof *list);
        r = db_query(w->db, arena_print(w->arena, "SELECT " COLUMNS ", COALESCE(v.plots, 0), CAST(COALESCE(v.area, 0) AS BIGINT), COALESCE(v.largest, 0),"
                                                  " v.price FROM %s r%s%s ORDER BY COALESCE(v.plots, 0) DESC, r.name, r.id",
                                        source, plots, c->sql.data), values);
        while (*count < (size_t)all && rows_next(r))
                row_read(w, r, &list[(*count)++]);
        rows_close(r);
        return work_ok(w) ? list : NULL;
}

struct cluster *cluster_read(struct work *w, const char *id)
{
        return cluster_read_on(w, id, 0);
}

struct cluster *cluster_read_on(struct work *w, const char *id, day on)
{
        struct cluster_query q = { .id = id, .on = on, .plot_area = CLUSTER_UNKNOWN, .plot_price = CLUSTER_UNKNOWN };
        size_t count;
        struct cluster *found = clusters_read(w, &q, &count);

        if (found == NULL || count > 0)
                return found;
        error_set(&w->err, ERR_MISSING, "there is no cluster \"%s\" at this node", id);
        return NULL;
}
