/* lease.c - requests for vacant plots: cases of the workflow cluster_lease. A plot that a request holds is not vacant to others while it holds it, which is
 * folded from the case alone and so ends with it; that it is leased becomes an entry of the register, together with the act that says so. */
#include <string.h>

#include "areas/cluster/pages.h"
#include "areas/cluster/store.h"
#include "areas/cluster/view.h"

static const char *text_of(const struct case_file *f, const char *field)
{
        const struct field_value *v = case_value(f, field);

        return v == NULL || v->text == NULL ? "" : v->text;
}

static const char *state_of(const struct case_file *f)
{
        return f->state < 0 ? "" : f->workflow->states[f->state].id;
}

/* ---- a request is a row --------------------------------------------------------------------------------------------------- */

bool lease_fold(struct work *w, const struct case_file *f)
{
        if (!cluster_id_is_sound(text_of(f, "cluster_id")))
                return true;
        return db_exec(w->db, "INSERT INTO cluster_lease (case_id, cluster, plot, is_open, is_held, entry) VALUES ($1, $2, $3, $4, $5, $6)",
                       ARGS(v_text(f->id), v_text(text_of(f, "cluster_id")), v_text(text_of(f, "plot")), v_int(f->ended == DAY_NONE), v_int(strcmp(state_of(f), "held") == 0),
                            v_int(f->entry)));
}

/* The investor of the cluster answers: the account that the register names for the day. */
void lease_named(struct buf *sql, const char *login, const char *today)
{
        buf_print(sql, "SELECT l.case_id FROM cluster_lease l JOIN cluster_investor i ON i.cluster = l.cluster WHERE i.account = %s AND i.since <= %s AND i.until >= %s",
                  login, today, today);
}

/* ---- what the register allows ----------------------------------------------------------------------------------------------- */

static const char *const state_words[][2] = { { "reserved", N_("reserved") }, { "leased", N_("leased") }, { "shared", N_("infrastructure") } };

/* The plot a request names, where it can still be had: vacant in the register (may_reserve: or reserved there), and held by no other request. */
static struct stored_item *plot_free(struct work *w, const struct case_file *f, bool may_reserve)
{
        const char *cluster = text_of(f, "cluster_id"), *plot = text_of(f, "plot"), *state, *other;
        size_t count;
        struct stored_item *items = stored_items(w, cluster, "plot", plot, &count);

        if (!work_ok(w))
                return NULL;
        if (items == NULL || count == 0) {
                web_field_error(w, "plot", "the cluster has no plot \"%s\"", plot);
                return NULL;
        }
        state = cluster_text(items[0].fields, "state");
        for (size_t i = 0; i < sizeof state_words / sizeof *state_words; i++)
                if (strcmp(state, state_words[i][0]) == 0 && !(may_reserve && i == 0)) {
                        error_set(&w->err, ERR_CONFLICT, "the plot \"%s\" is no longer vacant: %s", plot, work_text(w, state_words[i][1]));
                        error_at(&w->err, "plot");
                        error_hint(&w->err, "vacant plots: /clusters/plots");
                        return NULL;
                }
        other = db_text(w->db, w->arena, "SELECT MIN(case_id) FROM cluster_lease WHERE cluster = $1 AND plot = $2 AND is_held = 1 AND case_id <> $3",
                        ARGS(v_text(cluster), v_text(plot), v_text(f->id)));
        if (other != NULL) {
                error_set(&w->err, ERR_CONFLICT, "the plot \"%s\" is held by another request", plot);
                error_at(&w->err, "plot");
                error_hint(&w->err, "it is free again when that one is declined or withdrawn");
        }
        return work_ok(w) ? items : NULL;
}

static const char *action_of(const struct case_file *f, const struct case_event *event)
{
        return event->act != CASE_ACT || event->action < 0 ? "" : f->workflow->actions[event->action].id;
}

bool lease_check(struct work *w, const struct case_file *after, const struct case_event *event)
{
        const char *action = action_of(after, event);
        const struct cluster *c;

        if (event->act == CASE_OPEN) {
                c = cluster_read(w, text_of(after, "cluster_id"));
                if (c == NULL)
                        return false;
                if (c->home == NULL || after->unit == NULL || !cluster_is_one_place(w->arena, catalogue_of(w), c->home, after->unit))
                        return error_set(&w->err, ERR_INVALID, "the cluster \"%s\" does not lie in the unit of this case", c->name) || error_at(&w->err, "cluster_id");
                return plot_free(w, after, false) != NULL;
        }
        if (strcmp(action, "hold") == 0 || strcmp(action, "lease") == 0)
                return plot_free(w, after, strcmp(action, "lease") == 0) != NULL;
        return true;
}

/* A lease is written into the register by who records it. */
bool lease_written(struct work *w, const struct case_file *after, const struct case_event *event)
{
        struct cluster_change x = { .id = text_of(after, "cluster_id"), .list = "plot", .item = text_of(after, "plot"), .case_id = after->id };
        struct stored_item *items;
        size_t count;

        if (strcmp(action_of(after, event), "lease") != 0)
                return true;
        items = stored_items(w, x.id, "plot", x.item, &count);
        if (items == NULL || count == 0)
                return work_ok(w);
        x.fields = items[0].fields; /* of the work's arena, read for this alone */
        if (json_object_set_new(x.fields, "state", json_string("leased")) != 0)
                arena_starve(w->arena);
        return cluster_write(w, &x) != NULL;
}

/* ---- where a request begins ---------------------------------------------------------------------------------------------------- */

const char *lease_href(struct work *w, const struct cluster *c, const char *plot)
{
        const struct unit *now = cluster_home_now(w, c->home);
        bool is_nobody = w->user->login[0] == '\0';
        const struct workflow *flow = catalogue_of(w) == NULL ? NULL : workflow_find(catalogue_of(w), "cluster_lease", day_of_moment(w->now));

        if (now == NULL || flow == NULL)
                return NULL;
        if (!is_nobody && (!case_may_open(w, flow) || !(strcmp(now->code, w->user->unit) == 0 || catalogue_is_served(w, now->code, w->user->unit))))
                return NULL;
        return arena_print(w->arena, "/cases/new/cluster_lease?case_unit=%s&field-cluster_id=%s&field-plot=%s&title=%s", now->code, c->id, in_address(w, plot),
                           in_address(w, arena_print(w->arena, work_text(w, "Plot %s, %s"), plot, c->name)));
}

bool plot_is_held(struct work *w, const char *cluster, const char *plot)
{
        return db_number(w->db, "SELECT COUNT(*) FROM cluster_lease WHERE cluster = $1 AND plot = $2 AND is_held = 1", ARGS(v_text(cluster), v_text(plot)), 0) > 0;
}

/* ---- on the page of a case ------------------------------------------------------------------------------------------------------- */

void lease_show(struct work *w, const struct case_file *f, enum case_place place, struct buf *out)
{
        const char *cluster = text_of(f, "cluster_id"), *plot = text_of(f, "plot"), *state;
        const struct cluster_rules *rules = cluster_rules_of(w);
        struct lease_view v = { .plot = plot };
        struct stored_item *items;
        size_t count;

        if (place != CASE_SIDE || rules == NULL || !cluster_id_is_sound(cluster))
                return;
        items = stored_items(w, cluster, "plot", plot, &count);
        v.cluster = db_text(w->db, w->arena, "SELECT name FROM cluster_row WHERE id = $1", ARGS(v_text(cluster)));
        if (items == NULL || count == 0 || v.cluster == NULL)
                return;
        state = cluster_text(items[0].fields, "state");
        v.href = arena_print(w->arena, "/clusters/%s", cluster);
        v.area = cluster_said(w, cluster_number(items[0].fields, "area", 0), 0);
        v.price = cluster_said(w, cluster_number(items[0].fields, "price", CLUSTER_DECIMALS), CLUSTER_DECIMALS);
        v.state = cluster_choice_said(w, cluster_field_find(cluster_list_find(rules, "plot"), "state"), state);
        v.is_held = plot_is_held(w, cluster, plot);
        v.others = user_may(w->user, MAY_READ) || case_is_actor(w, f, workflow_action_find(f->workflow, "hold")) ? (int)db_number(w->db, "SELECT COUNT(*) FROM cluster_lease WHERE cluster = $1 AND plot = $2 AND is_open = 1 AND case_id <> $3",
                                                                ARGS(v_text(cluster), v_text(plot), v_text(f->id)), 0) : 0;
        if (work_ok(w))
                lease_html(w, out, &v);
}
