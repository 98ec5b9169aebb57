/* one_page.c - one cluster: its record, works, plots, decisions and entries; as page, JSON, CSV, XLSX. */
#include <string.h>

#include "areas/cluster/leaflet.h"
#include "areas/cluster/pages.h"
#include "areas/cluster/store.h"
#include "areas/cluster/view.h"
#include "base/hex.h"
#include "ledger/read.h"
#include "report/table.h"

#define ENTRIES_SHOWN 20
#define PLOTS_DRAWN 120

/* The form that changes an item. */
static const char *edit_href(struct work *w, const struct cluster *c, const char *list, const char *item)
{
        return arena_print(w->arena, "/clusters/%s/edit?list=%s&item=%s", c->id, list, in_address(w, item));
}

/* The conflict about an item; NULL none. */
static const char *contest_of(struct work *w, const struct cluster_view *v, const char *list, const char *item)
{
        const char *part = *item == '\0' ? list : arena_print(w->arena, "%s/%s", list, item);

        for (size_t i = 0; i < v->contest_count; i++)
                if (strcmp(v->contests[i].part, part) == 0)
                        return v->contests[i].href;
        return NULL;
}

static struct list_shown list_fill(struct work *w, const struct cluster_view *v, const struct cluster_list *l, bool is_inside)
{
        const struct cluster *c = v->c;
        bool may_write = v->may_write;
        day on = v->on;
        struct list_shown s = { .id = l->id, .title = text_in(w->language, l->title_vi, l->title_en), .is_single = l->is_single };
        size_t count;
        struct cluster_item *items = cluster_items(w, c->id, l->id, on, &count);

        s.items = arena_array(w->arena, count + 1, sizeof *s.items);
        for (size_t i = 0; items != NULL && i < count; i++) {
                struct item_shown *x = &s.items[s.item_count++];

                *x = (struct item_shown){ .name = items[i].item, .contest = contest_of(w, v, l->id, items[i].item), .pairs = arena_array(w->arena, l->field_count + 1, sizeof *x->pairs) };
                for (size_t k = 0; k < l->field_count; k++) {
                        const char *text = cluster_text(items[i].fields, l->fields[k].id);

                        if (*text != '\0' && (is_inside || cluster_is_open(w, l, &l->fields[k])))
                                x->pairs[x->pair_count++] = (struct pair_shown){ text_in(w->language, l->fields[k].title_vi, l->fields[k].title_en),
                                                                                 cluster_value_said(w, &l->fields[k], text) };
                }
                if (may_write)
                        x->edit = edit_href(w, c, l->id, items[i].item);
        }
        if (may_write && (!l->is_single || count == 0))
                s.add = arena_print(w->arena, "/clusters/%s/edit?list=%s", c->id, l->id);
        return s;
}

/* A plan of the plots: not to scale on the ground, but each as wide as its area in its row. */
static void plan_lay(struct plot_shown *plots, const int64_t *sizes, size_t count, int *height)
{
        size_t rows = 1, each;

        while (rows * rows * 5 / 3 < count)
                rows++;
        each = (count + rows - 1) / rows;
        *height = 0;
        for (size_t from = 0, row = 0; from < count; from += each, row++) {
                size_t to = from + each < count ? from + each : count;
                int64_t sum = 0;
                int x = 8, room = 424 - 40 * (int)(to - from);

                for (size_t i = from; i < to; i++)
                        sum += sizes[i];
                for (size_t i = from; i < to; i++) {
                        int width = 38 + (room <= 0 || sum <= 0 ? 0 : (int)(sizes[i] * room / sum));

                        plots[i].x = x;
                        plots[i].y = 8 + (int)row * 66;
                        plots[i].width = width;
                        plots[i].height = 54;
                        x += width + 2;
                }
                *height = 8 + ((int)row + 1) * 66;
        }
}

static bool is_among(const char *name, const char **list, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(list[i], name) == 0)
                        return true;
        return false;
}

static void plots_fill(struct work *w, const struct cluster *c, struct cluster_view *v)
{
        static const struct { const char *state, *css, *chip; } looks[] = {
                { "vacant", "lot-v", "chip ok" }, { "reserved", "lot-r", "chip warn" }, { "leased", "lot-l", "chip" }, { "shared", "lot-s", "chip" } };
        const struct cluster_rules *rules = cluster_rules_of(w);
        const struct cluster_field *states = cluster_field_find(cluster_list_find(rules, "plot"), "state");
        size_t count, held_count;
        struct cluster_item *items = cluster_items(w, c->id, "plot", v->on, &count);
        const char **held = texts_read(w, "SELECT plot FROM cluster_lease WHERE cluster = $1 AND is_held = 1 ORDER BY plot", ARGS(v_text(c->id)), &held_count);
        int64_t *sizes = arena_array(w->arena, count + 1, sizeof *sizes);

        v->plots = arena_array(w->arena, count + 1, sizeof *v->plots);
        for (size_t i = 0; items != NULL && i < count; i++) {
                const json_t *f = items[i].fields;
                const char *state = cluster_text(f, "state"), *ready = cluster_text(f, "ready_from");
                int look = 0;
                day d;

                if (v->on == DAY_FOREVER && strcmp(state, "vacant") == 0 && is_among(items[i].item, held, held_count))
                        state = "reserved";
                while (look < 3 && strcmp(looks[look].state, state) != 0)
                        look++;
                sizes[i] = cluster_number(f, "area", 0) == CLUSTER_UNKNOWN ? 0 : cluster_number(f, "area", 0);
                v->plots[v->plot_count++] = (struct plot_shown){
                        .name = items[i].item, .area = cluster_said(w, sizes[i], 0), .state = cluster_choice_said(w, states, state), .state_css = looks[look].chip,
                        .css = looks[look].css, .price = said_short(w, cluster_number(f, "price", CLUSTER_DECIMALS), CLUSTER_DECIMALS, 0), .is_vacant = look == 0,
                        .ready = !day_read(ready, strlen(ready), &d) || d <= day_of_moment(w->now) ? work_text(w, "at once")
                                                                                                   : arena_print(w->arena, work_text(w, "from %s"), day_said(w, d)),
                        .edit = v->may_write ? edit_href(w, c, "plot", items[i].item) : NULL, .lease = look == 0 && v->on == DAY_FOREVER ? lease_href(w, c, items[i].item) : NULL,
                        .contest = contest_of(w, v, "plot", items[i].item) };
        }
        plan_lay(v->plots, sizes, v->plot_count < PLOTS_DRAWN ? v->plot_count : PLOTS_DRAWN, &v->plan_height);
        if (v->plot_count > PLOTS_DRAWN)
                v->plan_height = 0;
        v->vacant_said = arena_print(w->arena, work_text(w, "%s vacant plots, %s m²"), cluster_said(w, c->vacant, 0), cluster_said(w, c->vacant_area, 0));
}

static void works_fill(struct work *w, const struct cluster *c, struct cluster_view *v)
{
        const struct cluster_rules *rules = cluster_rules_of(w);
        const struct cluster_list *l = cluster_list_find(rules, "work");
        size_t count;
        struct cluster_item *items = cluster_items(w, c->id, "work", v->on, &count);

        v->works = arena_array(w->arena, count + 1, sizeof *v->works);
        for (size_t i = 0; items != NULL && i < count; i++) {
                const json_t *f = items[i].fields;
                const char *note = cluster_text(f, "note"), *state = cluster_choice_said(w, cluster_field_find(l, "state"), cluster_text(f, "state"));
                bool is_there = strcmp(cluster_text(f, "state"), "in_use") == 0;

                /* how large something will be does not say that it is there */
                v->works[v->work_count++] = (struct work_shown){
                        cluster_choice_said(w, cluster_field_find(l, "kind"), cluster_text(f, "kind")),
                        *note == '\0' ? state : is_there ? note : arena_print(w->arena, "%s · %s", state, note), is_there };
        }
}

/* The newest entries about a cluster: which there are, and the texts of those that are shown. */
struct history {
        struct entry_shown *list; /* the newest first */
        size_t count;
        const struct cluster_rules *rules;
        bool is_inside;
        int64_t *ids;             /* as they were written */
        size_t id_count;
        struct arena *keep;
};

/* Which item of a list an entry is about, as people name it: by its first field where that is said in words. */
static const char *item_said(struct work *w, const struct cluster_list *l, const json_t *body)
{
        const struct cluster_field *f = l == NULL || l->field_count == 0 ? NULL : &l->fields[0];
        const char *text = f == NULL ? "" : cluster_text(json_object_get(body, "fields"), f->id);

        if (*text == '\0' || (f->kind != CLUSTER_TEXT && f->kind != CLUSTER_CHOICE))
                return cluster_text(body, "item");
        return cluster_value_said(w, f, text);
}

static bool history_note(struct work *w, const struct entry *e, void *context)
{
        struct history *h = context;

        h->ids = arena_room(w->arena, h->ids, h->id_count, sizeof *h->ids);
        h->ids[h->id_count++] = e->id;
        return work_ok(w);
}

/* What the last of those that are left says. It may be long: it is read in memory of its own. */
static bool history_take(struct work *w, void *context)
{
        struct history *h = context;
        const struct entry *e = ledger_entry(w, h->ids[--h->id_count]);
        const struct cluster_list *l = e == NULL ? NULL : cluster_list_find(h->rules, cluster_text(e->body, "list"));
        const char *title, *what;
        char at[DAY_SHOWN_MAX], hash[HASH_HEX];

        if (e == NULL || (!h->is_inside && (l == NULL || !cluster_is_open(w, l, NULL))))
                return work_ok(w);
        title = l == NULL ? cluster_text(e->body, "list") : text_in(w->language, l->title_vi, l->title_en);
        what = !h->is_inside || (l != NULL && l->is_single) ? title : arena_print(w->arena, "%s: %s", title, item_said(w, l, e->body));
        moment_write_shown(at, stamp_moment(e->at), w->language);
        hex_write(hash, e->hash, HASH_BYTES);
        h->list[h->count++] = (struct entry_shown){ strcmp(e->kind, "cluster.settle") == 0 ? arena_print(h->keep, work_text(w, "Decision between versions: %s"), what) : arena_text(h->keep, what),
                                                    arena_text(h->keep, at), h->is_inside ? arena_text(h->keep, cluster_text(e->body, "by")) : "",
                                                    arena_print(h->keep, "/figures/entry/%s", hash) };
        return work_ok(w);
}

static bool history_fill(struct work *w, const struct cluster *c, struct history *h)
{
        h->keep = w->arena;
        h->list = arena_array(w->arena, ENTRIES_SHOWN, sizeof *h->list);
        if (!ledger_subject_heads(w, arena_print(w->arena, "cluster/%s", c->id), "cluster.", history_note, h))
                return false;
        while (h->id_count > 0 && h->count < ENTRIES_SHOWN)
                if (!run_in_scratch(w, history_take, h))
                        return false;
        return true;
}

static void decisions_fill(struct work *w, const struct cluster *c, struct cluster_view *v)
{
        size_t count;
        struct decision *list = decisions_read(w, c->id, NULL, &count);

        v->decisions = arena_array(w->arena, count + 1, sizeof *v->decisions);
        for (size_t i = 0; list != NULL && i < count && list[i].decided_on <= v->on; i++) /* in the order of their days */
                v->decisions[v->decision_count++] = (struct decision_shown){
                        decision_kind_said(w, list[i].act), list[i].number, day_said(w, list[i].decided_on), cluster_said(w, list[i].area, CLUSTER_DECIMALS), list[i].investor,
                        arena_print(w->arena, "/cases/%s", list[i].case_id), decision_is_followed(list, count, i, c) };
}

/* What two nodes wrote of a part of the record without having seen each other; it is decided at /conflicts. */
static bool contests_fill(struct work *w, struct cluster_view *v)
{
        struct contest_open *list = versions_open(w, v->c->id, &v->contest_count);

        v->contests = arena_array(w->arena, v->contest_count + 1, sizeof *v->contests);
        for (size_t i = 0; list != NULL && i < v->contest_count; i++)
                v->contests[i] = (struct contest_shown){
                        list[i].item, arena_print(w->arena, work_text(w, "Two versions stand against each other: %s, from %s. What stands here stands until one of them is chosen."),
                                                  version_part_said(w, list[i].item), day_said(w, list[i].period)),
                        arena_print(w->arena, "/conflicts/%s", list[i].name) };
        return list != NULL;
}

static void notices_fill(struct work *w, const struct cluster *c, day on, struct cluster_view *v)
{
        const struct cluster_rules *rules = cluster_rules_of(w);
        const struct cluster_bounds *b = cluster_bounds_on(rules, c->established_on == DAY_NONE ? day_of_moment(w->now) : c->established_on);

        size_t count;
        struct overlap *overlaps = on != 0 ? NULL : cluster_overlaps(w, c, &count);

        count = overlaps == NULL ? 0 : count;
        v->notices = arena_array(w->arena, 5 + count, sizeof *v->notices);
        if (on != 0)
                v->notices[v->notice_count++] = arena_print(w->arena, work_text(w, "The register as it stood on %s, as it is known today, counted by the map of that day."), day_said(w, on));
        for (size_t i = 0; i < count; i++)
                v->notices[v->notice_count++] = arena_print(w->arena, work_text(w, "The boundary shares %s ha with %s: one of the two is to be corrected."),
                                                            cluster_said(w, overlaps[i].shared, CLUSTER_DECIMALS), overlaps[i].name);
        if (c->is_decided_only)
                v->notices[v->notice_count++] = work_text(w, "A decision established this cluster; its record is still to be filled in.");
        if (cluster_is_legacy(c))
                v->notices[v->notice_count++] = arena_print(w->arena, work_text(w, "Operates without a decision of establishment: to be settled before %s (%s)"),
                                                            day_said(w, rules->settle_before), rules->settle_source);
        if (cluster_is_out_of_bounds(b, c->total, c->is_mountain || strcmp(c->kind, "craft_village") == 0))
                v->notices[v->notice_count++] = arena_print(w->arena, work_text(w, "The area lies outside the bounds (%s). Legal ground: %s"), b->source, c->ground);
}

static bool item_rows(struct work *w, struct table *t, void *context)
{
        const struct cluster_view *v = context;
        const struct cluster *c = v->c;
        const struct cluster_rules *rules = cluster_rules_of(w);
        bool is_inside = cluster_is_insider(w, c);

        for (size_t i = 0; rules != NULL && i < rules->list_count && work_ok(w); i++) {
                const struct cluster_list *l = &rules->lists[i];
                size_t count;
                struct cluster_item *items;

                if (!is_inside && !cluster_is_open(w, l, NULL))
                        continue;
                items = cluster_items(w, c->id, l->id, v->on, &count);
                for (size_t k = 0; items != NULL && k < count; k++)
                        for (size_t n = 0; n < l->field_count; n++) {
                                const char *text = cluster_text(items[k].fields, l->fields[n].id);

                                if (*text != '\0' && (is_inside || cluster_is_open(w, l, &l->fields[n])))
                                        table_row(t, (struct cell[]){ cell_text(l->id), cell_text(items[k].item), cell_text(l->fields[n].id), cell_text(text),
                                                                      cell_text(text_in(w->language, l->fields[n].unit_vi, l->fields[n].unit_en)), cell_day(items[k].on),
                                                                      cell_text(contest_of(w, v, l->id, items[k].item)) });
                        }
        }
        return work_ok(w);
}

bool cluster_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct page page = { .nav = NAV_CLUSTERS, .crumbs = { { work_text(w, "Industrial clusters"), "/clusters" } }, .crumb_count = 1 };
        const struct column columns[] = {
                { "list", N_("Part"), NULL, CELL_TEXT }, { "item", N_("Item"), NULL, CELL_TEXT }, { "field", N_("Field"), NULL, CELL_TEXT },
                { "value", N_("Value"), NULL, CELL_TEXT }, { "unit_of_measure", N_("Unit of measure"), NULL, CELL_TEXT },
                { "recorded_on", N_("Recorded on"), NULL, CELL_DAY }, { "conflict", N_("Conflict about it"), NULL, CELL_TEXT },
        };
        const struct cluster_rules *rules = cluster_rules_of(w);
        day on = 0;
        struct cluster *c = rules == NULL || !day_asked(w, r, &on) ? NULL : cluster_read_on(w, request_part(r, "id"), on);
        struct cluster_view v = { .c = c, .on = on == 0 ? DAY_FOREVER : on };
        struct history h = { .rules = rules };
        bool is_inside;

        reply->is_private = w->user->login[0] != '\0';
        if (c == NULL)
                return false;
        page.title = c->name;
        if (request_suffix(r) != SUFFIX_HTML && request_suffix(r) != SUFFIX_PDF)
                return (!cluster_is_insider(w, c) || contests_fill(w, &v)) &&
                       table_reply(w, r, reply, &page, arena_print(w->arena, "cluster-%s", c->id), NULL, columns, sizeof columns / sizeof *columns, item_rows, &v);
        is_inside = request_suffix(r) != SUFFIX_PDF && cluster_is_insider(w, c); /* what is printed goes to everybody */
        v = (struct cluster_view){ .c = c, .name = c->name, .place = cluster_place_said(w, c), .occupancy = occupancy_shown(w, c->leased, c->committed, c->industrial),
                                   .json = request_in_format(w, r, arena_print(w->arena, "/clusters/%s", c->id), "json"), .csv = request_in_format(w, r, arena_print(w->arena, "/clusters/%s", c->id), "csv"),
                                   .compare = arena_print(w->arena, "/clusters/compare?id=%s", c->id), .leaflet = request_in_format(w, r, arena_print(w->arena, "/clusters/%s", c->id), "pdf"), .basis = rules->occupancy_source, .source = c->source, .on = v.on,
                                   .may_write = is_inside && on == 0 && user_may(w->user, MAY_FILL) };
        v.state = state_said(w, c, &v.state_css);
        v.land_said = land_said(w, c->leased, c->committed, c->industrial, c->ready);
        if (is_inside && !contests_fill(w, &v))
                return false;
        works_fill(w, c, &v);
        plots_fill(w, c, &v);
        notices_fill(w, c, on, &v);
        decisions_fill(w, c, &v);
        if (on == 0 && !ground_fill(w, c, "", &v.ground))
                return false;
        v.sees_cases = is_inside;
        v.lists = arena_array(w->arena, rules->list_count + 1, sizeof *v.lists);
        for (size_t i = 0; i < rules->list_count; i++)
                if ((is_inside || cluster_is_open(w, &rules->lists[i], NULL)) && strcmp(rules->lists[i].id, "plot") != 0)
                        v.lists[v.list_count++] = list_fill(w, &v, &rules->lists[i], is_inside);
        if (request_suffix(r) == SUFFIX_PDF)
                return cluster_leaflet(w, &v, reply);
        if (on == 0) {
                h.is_inside = is_inside;
                if (!history_fill(w, c, &h))
                        return false;
                v.entries = h.list;
                v.entry_count = h.count;
        }
        page_begin(w, r, reply, &page);
        cluster_html(w, &reply->body, &v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}
