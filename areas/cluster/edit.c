/* edit.c - forms in which officials record a cluster and its items; what they send becomes an entry. */
#include <string.h>

#include "areas/cluster/pages.h"
#include "areas/cluster/store.h"
#include "areas/cluster/view.h"
#include "base/file.h"
#include "format/jsonr.h"

/* A number as it was written becomes one as people of the language type it. */
static const char *as_typed(struct work *w, const struct cluster_field *f, const char *plain)
{
        int64_t number;

        return f->kind == CLUSTER_NUMBER && decimal_read(plain, strlen(plain), f->decimals, &number, NULL) == DECIMAL_OK ? cluster_said(w, number, f->decimals) : plain;
}

static void input_fill(struct work *w, const struct cluster_field *f, const json_t *fields, struct input_shown *x)
{
        static const char *const types[] = { [CLUSTER_TEXT] = "text", [CLUSTER_NUMBER] = "decimal", [CLUSTER_DAY] = "date", [CLUSTER_CHOICE] = "choice",
                                             [CLUSTER_YES_NO] = "choice", [CLUSTER_GEOMETRY] = "long" };
        const char *value = cluster_text(fields, f->id);

        *x = (struct input_shown){ .id = f->id, .label = text_in(w->language, f->title_vi, f->title_en), .unit = text_in(w->language, f->unit_vi, f->unit_en),
                                   .value = as_typed(w, f, value), .type = types[f->kind], .is_required = f->is_required,
                                   .choices = arena_array(w->arena, f->choice_count + 2, sizeof *x->choices) };
        for (size_t i = 0; i < f->choice_count; i++)
                x->choices[x->choice_count++] = (struct choice_shown){ f->choices[i].id, text_in(w->language, f->choices[i].title_vi, f->choices[i].title_en),
                                                                       strcmp(value, f->choices[i].id) == 0 };
        if (f->kind == CLUSTER_YES_NO) {
                x->choices[x->choice_count++] = (struct choice_shown){ "yes", work_text(w, "yes"), strcmp(value, "yes") == 0 };
                x->choices[x->choice_count++] = (struct choice_shown){ "no", work_text(w, "no"), strcmp(value, "no") == 0 };
        }
}

/* The code of the asker's commune; "" for who sits above: a cluster is recorded for a commune. */
static const char *commune_of(struct work *w)
{
        const struct unit *own = w->user->unit == NULL ? NULL : unit_at(catalogue_of(w), w->user->unit, day_of_moment(w->now));

        return own != NULL && own->level == LEVEL_COMMUNE ? own->code : "";
}

/* Where a list has a geometry it can be drawn, in front of what lies there already. */
static bool draw_fill(struct work *w, const struct cluster *c, const struct cluster_list *l, const char *item, struct edit_view *v)
{
        bool is_plot = strcmp(l->id, "plot") == 0;

        for (size_t i = 0; i < l->field_count; i++)
                if (l->fields[i].kind == CLUSTER_GEOMETRY)
                        v->drawn = l->fields[i].id;
        if (v->drawn == NULL)
                return true;
        v->ground = arena_alloc(w->arena, sizeof *v->ground);
        v->own = is_plot ? item : c->id;
        v->upload = is_plot ? NULL : arena_print(w->arena, "/clusters/%s/boundary", c->id);
        if (!ground_fill(w, c, is_plot ? item : "", v->ground))
                return false;
        v->others = is_plot || v->ground->province == NULL ? arena_print(w->arena, "/clusters/boundaries.json?cluster=%s", c->id)
                                                           : arena_print(w->arena, "/clusters/boundaries.json?unit=%s", unit_asked_as(w, v->ground->province));
        return true;
}

static bool show_form(struct work *w, const struct request *r, struct reply *reply, const struct cluster *c, const char *list, const char *item)
{
        struct page page = { .nav = NAV_CLUSTERS, .body_class = "task", .crumbs = { { work_text(w, "Industrial clusters"), "/clusters" } }, .crumb_count = 1 };
        const struct cluster_rules *rules = cluster_rules_of(w);
        const struct cluster_list *l = rules == NULL ? NULL : cluster_list_find(rules, list);
        struct edit_view v = { .is_new = c == NULL, .today = day_typed(w, day_of_moment(w->now)), .holds = "" };
        json_t *fields = NULL;
        size_t count;
        day on;

        if (l == NULL)
                return rules == NULL ? false : error_set(&w->err, ERR_MISSING, "the register has no list \"%s\"", list);
        if (c == NULL ? !user_may(w->user, MAY_READ) : !cluster_is_insider(w, c))
                return error_set(&w->err, ERR_DENIED, "the register is kept by officials of the commune, the province and the ministry");
        if (c != NULL && (l->is_single || *item != '\0')) {
                struct stored_item *found = stored_items(w, c->id, list, l->is_single ? "" : item, &count);

                fields = found == NULL || count == 0 ? NULL : found[0].fields;
                v.holds = fields == NULL ? "" : day_said(w, found[0].on);
                if (fields == NULL && !l->is_single)
                        return error_set(&w->err, ERR_MISSING, "this part of the record has no item \"%s\"", item);
        }
        if (!day_asked(w, r, &on))
                return false;
        v.on = on == 0 ? v.today : day_typed(w, on);
        v.list = l->id;
        v.item = item;
        v.needs_item = !l->is_single && *item == '\0';
        v.may_withdraw = !l->is_single && *item != '\0';
        v.csrf = request_csrf(r);
        v.action = c == NULL ? "/clusters" : arena_print(w->arena, "/clusters/%s", c->id);
        v.back = v.action;
        v.unit = commune_of(w);
        v.title = c == NULL ? work_text(w, "Record a cluster") : arena_print(w->arena, "%s: %s %s", c->name, text_in(w->language, l->title_vi, l->title_en), item);
        v.inputs = arena_array(w->arena, l->field_count + 1, sizeof *v.inputs);
        for (size_t i = 0; i < l->field_count; i++)
                input_fill(w, &l->fields[i], fields, &v.inputs[v.input_count++]);
        if (!draw_fill(w, c, l, item, &v))
                return false;
        page.script = v.ground == NULL ? NULL : "draw.js";
        page.title = v.title;
        if (c != NULL)
                page.crumbs[page.crumb_count++] = (struct crumb){ c->name, v.back };
        reply->is_private = true;
        page_begin(w, r, reply, &page);
        edit_html(w, &reply->body, &v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}

bool cluster_edit_page(struct work *w, const struct request *r, struct reply *reply)
{
        const struct cluster *c = cluster_read(w, request_part(r, "id"));
        const char *list = request_query(r, "list", 0), *item = request_query(r, "item", 0);

        return c != NULL && show_form(w, r, reply, c, list == NULL ? "identity" : list, item == NULL ? "" : item);
}

bool cluster_new_page(struct work *w, const struct request *r, struct reply *reply)
{
        return show_form(w, r, reply, NULL, "identity", "");
}

/* ---- what is sent ----------------------------------------------------------------------------------------------------------------- */

static bool take_form(struct work *w, const struct request *r, const struct cluster_list *l, json_t *fields)
{
        for (size_t i = 0; i < l->field_count; i++) {
                const struct cluster_field *f = &l->fields[i];
                const char *typed = request_field(r, arena_print(w->arena, "field-%s", f->id), 0);
                char plain[DECIMAL_TEXT_MAX];
                enum decimal_fault fault;
                int64_t number;
                size_t position;

                if (typed == NULL || typed[strspn(typed, " \t\r\n")] == '\0')
                        continue;
                if (f->kind != CLUSTER_NUMBER) {
                        json_object_set_new(fields, f->id, json_string(typed));
                        continue;
                }
                fault = decimal_read_typed(typed, strlen(typed), w->language, f->decimals, &number, &position);
                if (fault != DECIMAL_OK) {
                        decimal_read_error(&w->err, fault, typed, strlen(typed), position);
                        error_at(&w->err, f->id);
                        return error_while(&w->err, "%s", text_in(w->language, f->title_vi, f->title_en));
                }
                decimal_write(plain, number, f->decimals);
                json_object_set_new(fields, f->id, json_string(plain));
        }
        return true;
}

/* A form, or JSON: {"list", "item", "unit", "withdrawn", "on", "reason", "fields": {…}} with plain texts. */
static bool take(struct work *w, const struct request *r, const char *id, struct reply *reply)
{
        const struct cluster_rules *rules = cluster_rules_of(w);
        bool is_json = request_is_json_body(r);
        json_t *body = is_json ? request_json(w, r) : NULL;
        const char *list = is_json ? cluster_text(body, "list") : request_field(r, "list", 0);
        const struct cluster_list *l;
        struct cluster_change x = { .id = id, .list = list == NULL || *list == '\0' ? "identity" : list };

        if (rules == NULL || (is_json && body == NULL))
                return false;
        l = cluster_list_find(rules, x.list);
        if (l == NULL)
                return error_set(&w->err, ERR_MISSING, "the register has no list \"%s\"", x.list);
        x.fields = is_json && json_is_object(json_object_get(body, "fields")) ? json_object_get(body, "fields") : json_held(w->arena, json_object());
        x.item = is_json ? cluster_text(body, "item") : request_field(r, "item", 0);
        x.on = is_json ? cluster_text(body, "on") : request_field(r, "on", 0);
        x.reason = is_json ? cluster_text(body, "reason") : request_field(r, "reason", 0);
        x.unit = is_json ? cluster_text(body, "unit") : request_field(r, "unit", 0);
        x.is_withdrawn = is_json ? json_is_true(json_object_get(body, "withdrawn")) : request_field(r, "withdraw", 0) != NULL;
        if (!is_json && !x.is_withdrawn && !take_form(w, r, l, x.fields))
                return false;
        id = cluster_write(w, &x);
        return id != NULL && reply_redirect(w, reply, arena_print(w->arena, "/clusters/%s%s", id, is_json || request_suffix(r) == SUFFIX_JSON ? ".json" : ""));
}

bool clusters_post(struct work *w, const struct request *r, struct reply *reply)
{
        return take(w, r, NULL, reply);
}

bool cluster_post(struct work *w, const struct request *r, struct reply *reply)
{
        return take(w, r, request_part(r, "id"), reply);
}

/* A boundary from a file of GeoJSON. */
bool cluster_boundary_post(struct work *w, const struct request *r, struct reply *reply)
{
        const char *path = request_upload(r, "file", NULL), *id = request_part(r, "id");
        struct cluster_change x = { .id = id, .list = "boundary", .fields = json_held(w->arena, json_object()) };
        size_t length;
        char *text;

        if (path == NULL)
                return error_set(&w->err, ERR_INVALID, "no file was sent") || error_at(&w->err, "file");
        text = file_read(w->arena, path, CLUSTER_BOUNDARY_MAX, &length, &w->err);
        if (text == NULL)
                return false;
        if (json_object_set_new(x.fields, "geojson", json_stringn(text, length)) != 0)
                return error_set(&w->err, ERR_INVALID, "the file is no text in UTF-8") || error_at(&w->err, "file");
        return cluster_write(w, &x) != NULL && reply_redirect(w, reply, arena_print(w->arena, "/clusters/%s", id));
}
