/* write.c - an item of a cluster's record is checked by the rules of the day and becomes an entry. */
#include <string.h>

#include "areas/cluster/store.h"
#include "base/utf8.h"
#include "format/jsonr.h"
#include "ledger/node.h"
#include "ledger/write.h"

/* Digits and letters nobody else has: of what is written, by whom and when. */
static const char *new_name(struct work *w, const char *seed, int length)
{
        static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        const char *all = arena_print(w->arena, "%s %lld %lld %s", node_key(w->node), (long long)node_position(w->node), (long long)w->now, seed);
        char *name = arena_alloc(w->arena, (size_t)length + 1);
        unsigned char hash[HASH_BYTES];

        ledger_digest(all, strlen(all), hash);
        for (int i = 0; i < length; i++)
                name[i] = digits[hash[i] & 31];
        return name;
}

/* ---- fields ---------------------------------------------------------------------------------------------------------------------- */

static bool is_choice(const struct cluster_field *f, const char *id)
{
        for (size_t i = 0; i < f->choice_count; i++)
                if (strcmp(f->choices[i].id, id) == 0)
                        return true;
        return false;
}

static bool field_fits(struct work *w, const struct cluster_field *f, const json_t *fields)
{
        const char *title = text_in(w->language, f->title_vi, f->title_en), *text = cluster_text(fields, f->id);
        struct error why = { .language = w->language };
        int64_t number;
        day d;

        if (*text == '\0')
                return !f->is_required || web_field_error(w, f->id, "\"%s\" is missing", title);
        if (strlen(text) > (f->kind == CLUSTER_GEOMETRY ? CLUSTER_BOUNDARY_MAX : CLUSTER_TEXT_MAX))
                return web_field_error(w, f->id, "\"%s\" is too long", title);
        switch (f->kind) {
        case CLUSTER_NUMBER:
                number = cluster_number(fields, f->id, f->decimals);
                if (number == CLUSTER_UNKNOWN) {
                        cluster_number_error(w, &why, title, NULL, text, f->decimals);
                        return web_field_error(w, f->id, "%s", why.message);
                }
                return number >= 0 || web_field_error(w, f->id, "\"%s\" must not be negative", title);
        case CLUSTER_DAY: return day_read(text, strlen(text), &d) || web_field_error(w, f->id, "\"%s\": \"%s\" is no date like 2025-07-01", title, text);
        case CLUSTER_CHOICE: return is_choice(f, text) || web_field_error(w, f->id, "\"%s\": \"%s\" is none of the choices", title, text);
        case CLUSTER_YES_NO: return strcmp(text, "yes") == 0 || strcmp(text, "no") == 0 || web_field_error(w, f->id, "\"%s\" is yes or no", title);
        default: return true;
        }
}

static bool fields_fit(struct work *w, const struct cluster_list *l, const json_t *fields)
{
        const char *name;
        json_t *value;

        json_object_foreach((json_t *)fields, name, value)
                if (cluster_field_find(l, name) == NULL || !json_is_string(value))
                        return web_field_error(w, name, "\"%s\" is not known here", name);
        for (size_t i = 0; i < l->field_count; i++)
                if (!field_fits(w, &l->fields[i], fields))
                        return false;
        return true;
}

/* ---- what the law says -------------------------------------------------------------------------------------------------------------- */

static int64_t known(int64_t value)
{
        return value == CLUSTER_UNKNOWN ? 0 : value;
}

static bool area_is_allowed(struct work *w, const struct cluster_rules *rules, const struct cluster *c)
{
        day on = c->established_on == DAY_NONE ? day_of_moment(w->now) : c->established_on;
        const struct cluster_bounds *b = cluster_bounds_on(rules, on);
        bool is_small = c->is_mountain || strcmp(c->kind, "craft_village") == 0;

        if (!cluster_is_out_of_bounds(b, c->total, is_small) || c->ground[strspn(c->ground, " ")] != '\0')
                return true;
        web_field_error(w, "ground", "an area of %s ha lies outside %s–%s ha: name the legal ground", cluster_said(w, c->total, CLUSTER_DECIMALS),
                        cluster_said(w, is_small ? b->least_small : b->least, CLUSTER_DECIMALS), cluster_said(w, b->most, CLUSTER_DECIMALS));
        return error_hint(&w->err, "%s", b->source);
}

/* Nobody can lease more land than lies within the boundary. field: the one that was changed. */
static bool boundary_holds(struct work *w, const struct cluster_rules *rules, const struct cluster *c, const struct shape *s, const char *field)
{
        if (known(c->leased) <= s->area)
                return true;
        error_set(&w->err, ERR_INVALID, "more land is leased (%s ha) than lies within the boundary (%s ha)", cluster_said(w, c->leased, CLUSTER_DECIMALS),
                  cluster_said(w, s->area, CLUSTER_DECIMALS));
        error_at(&w->err, field);
        return error_hint(&w->err, "%s", rules->occupancy_source);
}

/* A plot whose box meets that of a shape: of which cluster. */
struct near_plot { const char *cluster, *plot, *name; };

static struct near_plot *plots_near(struct work *w, const char *id, const struct shape *s, size_t *count)
{
        struct near_plot *list = arena_room(w->arena, NULL, 0, sizeof *list);
        struct rows *r = db_query(w->db, "SELECT p.cluster, p.plot, r.name FROM cluster_plot p JOIN cluster_row r ON r.id = p.cluster WHERE p.west <> $1 AND (p.cluster = $2 OR (p.west < $3"
                                         " AND p.east > $4 AND p.south < $5 AND p.north > $6 AND r.state NOT IN ('revoked', 'withdrawn_from_plan'))) ORDER BY p.cluster, p.plot",
                                  ARGS(v_int(CLUSTER_UNKNOWN), v_text(id), v_int(s->east), v_int(s->west), v_int(s->north), v_int(s->south)));

        *count = 0;
        while (rows_next(r)) {
                list = arena_room(w->arena, list, *count, sizeof *list);
                list[(*count)++] = (struct near_plot){ arena_text(w->arena, rows_text(r, 0)), arena_text(w->arena, rows_text(r, 1)), arena_text(w->arena, rows_text(r, 2)) };
        }
        rows_close(r);
        return work_ok(w) ? list : NULL;
}

/* The plots of a cluster lie within its boundary, and no other's do; of a plot (is_plot): it lies over no other cluster's. */
static bool plots_fit(struct work *w, const char *id, const struct shape *s, bool is_plot)
{
        size_t count;
        const struct near_plot *list = plots_near(w, id, s, &count);

        for (size_t i = 0; list != NULL && i < count; i++) {
                bool is_own = strcmp(list[i].cluster, id) == 0;
                size_t items;
                struct stored_item *item = is_own && is_plot ? NULL : stored_items(w, list[i].cluster, "plot", list[i].plot, &items); /* its neighbours: plot_lies */
                const struct shape *plot = item == NULL || items == 0 ? NULL : shape_read(w, cluster_text(item[0].fields, "geojson"));
                int64_t shared = plot == NULL ? 0 : shape_overlap(w, s, plot);

                if (w->err.code == ERR_INVALID)
                        error_clear(&w->err); /* what cannot be read stands there already */
                if (!work_ok(w))
                        return false;
                if (plot == NULL || (is_own ? plot->area - shared : shared) <= SHAPE_OVERLAP_MOST)
                        continue;
                if (is_own)
                        error_set(&w->err, ERR_CONFLICT, "%s ha of the plot \"%s\" would lie outside the boundary", cluster_said(w, plot->area - shared, CLUSTER_DECIMALS), list[i].plot);
                else if (is_plot)
                        error_set(&w->err, ERR_CONFLICT, "the plot shares %s ha with the plot \"%s\" of the cluster \"%s\"", cluster_said(w, shared, CLUSTER_DECIMALS), list[i].plot, list[i].name);
                else
                        error_set(&w->err, ERR_CONFLICT, "the boundary shares %s ha with the plot \"%s\" of the cluster \"%s\"", cluster_said(w, shared, CLUSTER_DECIMALS), list[i].plot, list[i].name);
                error_at(&w->err, "geojson");
                return is_own ? error_hint(&w->err, "a plot lies within its cluster")
                              : error_hint(&w->err, "no land lies in two clusters; correct the one that is wrong first: /clusters/%s", list[i].cluster);
        }
        return list != NULL;
}

/* A plot lies in its cluster and shares no land with another plot, nor with another cluster. */
static bool plot_lies(struct work *w, const struct cluster *c, const struct cluster_change *x)
{
        struct shape *s = shape_read(w, cluster_text(x->fields, "geojson")), *whole = s == NULL ? NULL : boundary_shape(w, c->id);
        struct stored_item *plots;
        struct overlap *over;
        int64_t within;
        size_t count;

        if (s == NULL)
                error_at(&w->err, "geojson");
        if (!work_ok(w))
                return false;
        within = whole == NULL ? s->area : shape_overlap(w, s, whole);
        if (!work_ok(w))
                return false;
        if (s->area - within > SHAPE_OVERLAP_MOST)
                return error_set(&w->err, ERR_INVALID, "%s ha of the plot lie outside the boundary of the cluster", cluster_said(w, s->area - within, CLUSTER_DECIMALS)) || error_at(&w->err, "geojson") ||
                       error_hint(&w->err, "a plot lies within its cluster");
        plots = stored_items(w, c->id, "plot", NULL, &count);
        for (size_t i = 0; plots != NULL && i < count; i++) {
                const char *geojson = cluster_text(plots[i].fields, "geojson");
                struct shape *other = *geojson == '\0' || (x->item != NULL && strcmp(plots[i].item, x->item) == 0) ? NULL : shape_read(w, geojson);
                int64_t shared = other == NULL ? 0 : shape_overlap(w, s, other);

                if (!work_ok(w))
                        return false;
                if (shared > SHAPE_OVERLAP_MOST)
                        return error_set(&w->err, ERR_CONFLICT, "the plot shares %s ha with the plot \"%s\"", cluster_said(w, shared, CLUSTER_DECIMALS), plots[i].item) || error_at(&w->err, "geojson") ||
                               error_hint(&w->err, "no land lies in two plots");
        }
        over = shape_overlaps(w, c->id, s, &count);
        if (over != NULL && count > 0) {
                error_set(&w->err, ERR_CONFLICT, "the plot shares %s ha with the cluster \"%s\"", cluster_said(w, over[0].shared, CLUSTER_DECIMALS), over[0].name);
                error_at(&w->err, "geojson");
                return error_hint(&w->err, "no land lies in two clusters; correct the one that is wrong first: /clusters/%s", over[0].id);
        }
        return work_ok(w) && plots_fit(w, c->id, s, true);
}

/* No two clusters share land. */
static bool lies_alone(struct work *w, const char *id, const struct shape *s)
{
        size_t count;
        struct overlap *list = shape_overlaps(w, id, s, &count);

        if (list == NULL || count == 0)
                return list != NULL;
        error_set(&w->err, ERR_CONFLICT, "the boundary shares %s ha with the cluster \"%s\"", cluster_said(w, list[0].shared, CLUSTER_DECIMALS), list[0].name);
        error_at(&w->err, "geojson");
        return error_hint(&w->err, "no land lies in two clusters; correct the one that is wrong first: /clusters/%s", list[0].id);
}

/* Capital, of all sources together: as it stands, or as it would after the change. */
static struct cluster capital_of(const struct stored_item *items, size_t count, const struct cluster_change *x, bool is_changed)
{
        struct projection p = projection_new();

        for (size_t i = 0; i < count; i++)
                if (!is_changed || x->item == NULL || strcmp(items[i].item, x->item) != 0)
                        project_item(&p, "capital", &items[i]);
        if (is_changed && !x->is_withdrawn)
                project_item(&p, "capital", &(struct stored_item){ .fields = x->fields });
        return (struct cluster){ .id = x->id, .state = "", .kind = "", .wastewater_state = "", .investment = p.investment, .disbursed = p.disbursed };
}

/* By how much a row exceeds the one that it is at most; what is not known counts as nothing. */
static int64_t excess_of(const struct cluster *c, const struct report_row *row, const struct report_row *above)
{
        int64_t more = cluster_take(c, row->take), most = cluster_take(c, above->take);

        return (more == CLUSTER_UNKNOWN ? 0 : more) - (most == CLUSTER_UNKNOWN ? 0 : most);
}

/* The bounds that form 02 has for its rows hold in the register as well. What lies beyond one already may be brought nearer to it step by step, but not further away. */
static bool capital_agrees(struct work *w, const struct cluster_rules *rules, const struct cluster_change *x)
{
        size_t count;
        const struct stored_item *items = stored_items(w, x->id, "capital", NULL, &count);
        struct cluster before, c;

        if (!work_ok(w))
                return false;
        before = capital_of(items, count, x, false);
        c = capital_of(items, count, x, true);
        for (size_t f = 0; f < rules->form_count; f++)
                for (size_t i = 0; rules->forms[f].level == REPORT_CLUSTER && i < rules->forms[f].row_count; i++) {
                        const struct report_form *form = &rules->forms[f];
                        const struct report_row *row = &form->rows[i], *above = row->at_most == NULL ? NULL : &form->rows[report_row_find(form, row->at_most)];
                        int64_t excess;

                        if (above == NULL || row->made_of != ROW_REGISTER || above->made_of != ROW_REGISTER)
                                continue;
                        excess = excess_of(&c, row, above);
                        if (excess <= 0 || excess <= excess_of(&before, row, above))
                                continue;
                        web_field_error(w, row->take, "\"%s\" would be %s %s, more than \"%s\", %s %s", text_in(w->language, row->title_vi, row->title_en),
                                        cluster_said(w, cluster_take(&c, row->take), CLUSTER_DECIMALS), text_in(w->language, row->unit_vi, row->unit_en), text_in(w->language, above->title_vi, above->title_en),
                                        cluster_said(w, cluster_take(&c, above->take), CLUSTER_DECIMALS), text_in(w->language, above->unit_vi, above->unit_en));
                        return error_hint(&w->err, "form %s, row %s is at most row %s, of all sources together: %s", form->id, row->id, above->id, rules->report_source);
                }
        return work_ok(w);
}

/* What the change makes of the cluster, judged as a whole. */
static bool cluster_fits(struct work *w, const struct cluster_rules *rules, const struct cluster_change *x)
{
        struct cluster blank = { .id = "", .kind = "", .ground = "", .established_on = DAY_NONE, .total = CLUSTER_UNKNOWN }, *c = &blank;
        const struct shape *s;
        const char *established = cluster_text(x->fields, "established_on");

        if (x->id != NULL && (c = cluster_read(w, x->id)) == NULL)
                return false;
        if (strcmp(x->list, "identity") == 0) {
                c->kind = cluster_text(x->fields, "kind");
                c->is_mountain = strcmp(cluster_text(x->fields, "mountain"), "yes") == 0;
                if (!day_read(established, strlen(established), &c->established_on))
                        c->established_on = DAY_NONE;
                if (c->established_on > day_of_moment(w->now))
                        return web_field_error(w, "established_on", "the day of the decision lies in the future");
                return area_is_allowed(w, rules, c);
        }
        if (strcmp(x->list, "areas") == 0) {
                c->total = cluster_number(x->fields, "total", CLUSTER_DECIMALS);
                c->industrial = cluster_number(x->fields, "industrial", CLUSTER_DECIMALS);
                c->ready = cluster_number(x->fields, "ready", CLUSTER_DECIMALS);
                c->leased = cluster_number(x->fields, "leased", CLUSTER_DECIMALS);
                c->committed = cluster_number(x->fields, "committed", CLUSTER_DECIMALS);
                c->ground = cluster_text(x->fields, "ground");
                if (!cluster_areas_agree(c, &w->err))
                        return error_hint(&w->err, "%s", rules->occupancy_source);
                if (!area_is_allowed(w, rules, c))
                        return false;
                s = boundary_shape(w, c->id);
                return work_ok(w) && (s == NULL || boundary_holds(w, rules, c, s, "leased"));
        }
        if (strcmp(x->list, "capital") == 0)
                return capital_agrees(w, rules, x);
        if (x->is_withdrawn)
                return true;
        if (cluster_day(x->fields, "decided_on") > day_of_moment(w->now))
                return web_field_error(w, "decided_on", "the day of the decision lies in the future");
        if (strcmp(x->list, "investor") == 0 && cluster_day(x->fields, "to") != DAY_NONE && cluster_day(x->fields, "to") < cluster_day(x->fields, "from"))
                return web_field_error(w, "to", "the last day lies before the first");
        if (strcmp(x->list, "plot") == 0 && *cluster_text(x->fields, "geojson") != '\0')
                return plot_lies(w, c, x);
        if (strcmp(x->list, "boundary") != 0)
                return true;
        s = shape_read(w, cluster_text(x->fields, "geojson"));
        if (s == NULL)
                return error_at(&w->err, "geojson");
        return boundary_holds(w, rules, c, s, "geojson") && lies_alone(w, c->id, s) && plots_fit(w, c->id, s, false);
}

/* ---- the entry ------------------------------------------------------------------------------------------------------------------------ */

const struct unit *cluster_home_now(struct work *w, const struct unit *u)
{
        return u == NULL ? NULL : case_home(catalogue_of(w), u, day_of_moment(w->now));
}

bool cluster_append(struct work *w, const char *kind, const char *subject, const struct unit *unit, json_t *body)
{
        const struct unit *now = cluster_home_now(w, unit);
        const struct buf *bytes;

        if (!version_sight(w, unit, body))
                return false;
        json_object_set_new(body, "unit", json_string(unit->key));
        json_object_set_new(body, "by", json_string(w->user->name != NULL && *w->user->name != '\0' ? w->user->name : w->user->login));
        bytes = json_written(w, body);
        return bytes != NULL && ledger_append(w, (now == NULL ? unit : now)->code, kind, subject, bytes, NULL);
}

/* Whose it is: of a new one the unit named, which must be a commune of today; else as it stands. */
static const struct unit *unit_of(struct work *w, const struct cluster_change *x)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *u;

        if (x->id != NULL) {
                const struct unit *owner = cluster_owner(w, x->id);
                const struct cluster *decided = owner != NULL || !work_ok(w) ? NULL : cluster_read(w, x->id);

                return owner != NULL ? owner : decided == NULL ? NULL : decided->home;
        }
        u = x->unit == NULL ? NULL : unit_read(c, x->unit, day_of_moment(w->now));
        if (u == NULL || (u->level != LEVEL_COMMUNE && u->level != LEVEL_DISTRICT)) {
                web_field_error(w, "unit", "a cluster belongs to a commune; there is none with the code \"%s\"", x->unit == NULL ? "" : x->unit);
                return NULL;
        }
        return u;
}

const char *cluster_write(struct work *w, struct cluster_change *x)
{
        const struct cluster_rules *rules = cluster_rules_of(w);
        const struct cluster_list *l = rules == NULL ? NULL : cluster_list_find(rules, x->list);
        const struct unit *unit, *now;
        const char *id = x->id, *item = x->item == NULL ? "" : x->item;
        char on[DAY_TEXT_MAX];
        day from = day_of_moment(w->now);
        json_t *body;

        if (!user_may(w->user, MAY_FILL) || (x->case_id == NULL && !user_may(w->user, MAY_READ))) {
                error_set(&w->err, ERR_DENIED, "the register is kept by officials of the commune, the province and the ministry");
                return NULL;
        }
        if (l == NULL) {
                error_set(&w->err, ERR_MISSING, "the register has no list \"%s\"", x->list);
                return NULL;
        }
        unit = unit_of(w, x);
        if (unit == NULL) {
                error_set(&w->err, ERR_MISSING, "there is no cluster \"%s\" at this node", x->id == NULL ? "" : x->id);
                return NULL;
        }
        now = cluster_home_now(w, unit);
        if (!web_territory(w, (now == NULL ? unit->province : now)->code))
                return NULL;
        if (cluster_owner(w, id == NULL ? "" : id) == NULL && strcmp(l->id, "identity") != 0) {
                error_set(&w->err, ERR_INVALID, "a new cluster begins with its identity");
                return NULL;
        }
        if (x->is_withdrawn && l->is_single) {
                error_set(&w->err, ERR_INVALID, "this part of the record can be changed, not withdrawn");
                return NULL;
        }
        if (strlen(item) > CLUSTER_ITEM_MAX || strpbrk(item, "\n\t/-") != NULL) {
                error_set(&w->err, ERR_INVALID, "the name \"%s\" is too long or has signs that cannot stand in an address", item);
                error_at(&w->err, "item");
                error_hint(&w->err, "signs that cannot stand there: / and -");
                return NULL;
        }
        if (x->on != NULL && *x->on != '\0' && (!day_read(x->on, strlen(x->on), &from) || from > day_of_moment(w->now))) {
                web_field_error(w, "on", "\"%s\" is no day up to today from which it holds", x->on);
                return NULL;
        }
        if (x->reason != NULL && strlen(x->reason) > CLUSTER_TEXT_MAX) {
                web_field_error(w, "reason", "\"%s\" is too long", work_text(w, "Reason of the change"));
                return NULL;
        }
        day_write(on, from);
        if ((!x->is_withdrawn && !fields_fit(w, l, x->fields)) || !cluster_fits(w, rules, x))
                return NULL;
        id = id != NULL ? id : new_name(w, cluster_text(x->fields, "name"), CLUSTER_ID_MAX - 1);
        if (*item == '\0' && !l->is_single)
                item = new_name(w, l->id, 6);
        body = json_held(w->arena, json_pack("{s:s, s:s, s:s, s:s, s:O, s:b}", "cluster", id, "list", l->id, "item", l->is_single ? "" : item, "on", on, "fields", x->fields,
                                             "withdrawn", x->is_withdrawn));
        if ((x->case_id != NULL && json_object_set_new(body, "case", json_string(x->case_id)) != 0) ||
            (x->reason != NULL && x->reason[strspn(x->reason, " \t\r\n")] != '\0' && json_object_set_new(body, "reason", json_string(x->reason)) != 0))
                arena_starve(w->arena);
        return cluster_append(w, "cluster.set", arena_print(w->arena, "cluster/%s", id), unit, body) ? id : NULL;
}
