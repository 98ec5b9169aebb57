#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "figure/filter.h"
#include "ledger/place.h"
#include "web/page_private.h"
#include "web/pages.h"
#include "web/web.h"
#include "web/web_private.h"

#define TABS 4 /* fit on the narrowest phone beside "More" */

/* ---- what other modules tell about a node ------------------------------------------------------ */

struct link_hook { struct link_status (*ask)(struct work *); };
struct todo_hook { int (*ask)(struct work *); };

void web_set_link_status(struct node *node, struct link_status (*ask)(struct work *))
{
        struct link_hook *hook = malloc(sizeof *hook);

        if (hook == NULL)
                work_starve();
        hook->ask = ask;
        node_keep(node, "web link status", hook, free);
}

struct link_status web_link_status(struct work *w)
{
        const struct link_hook *hook = node_kept(w->node, "web link status");

        return hook == NULL ? (struct link_status){ 0 } : hook->ask(w);
}

void web_set_todo_count(struct node *node, int (*ask)(struct work *))
{
        struct todo_hook *hook = malloc(sizeof *hook);

        if (hook == NULL)
                work_starve();
        hook->ask = ask;
        node_keep(node, "web todo count", hook, free);
}

static void forget(void *hooks)
{
        (void)hooks;
}

void web_set_exchange(struct node *node, const struct exchange_hooks *hooks)
{
        node_keep(node, EXCHANGE_HOOKS, (void *)(uintptr_t)hooks, forget);
}

void web_add_metrics(struct node *node, bool (*write)(struct work *, struct buf *))
{
        const struct metrics_hook *before = node_kept(node, METRICS_HOOK);
        struct metrics_hook *hook = calloc(1, sizeof *hook);
        size_t i = 0;

        if (hook == NULL)
                work_starve();
        if (before != NULL)
                *hook = *before;
        while (i < METRICS_MOST && hook->write[i] != NULL && hook->write[i] != write)
                i++;
        assert(i < METRICS_MOST);
        hook->write[i] = write;
        node_keep(node, METRICS_HOOK, hook, free);
}

/* Written once before serving; every page reads it. */
static _Atomic(const struct route *const *) known_routes;

void page_use_routes(const struct route *const *tables)
{
        atomic_store(&known_routes, tables);
}

static const struct route *find_route(const char *pattern)
{
        static const struct route any = { .right = MAY_READ_PUBLIC };
        const struct route *const *tables = atomic_load(&known_routes);

        if (tables == NULL)
                return &any;
        for (; *tables != NULL; tables++)
                for (const struct route *r = *tables; r->run != NULL; r++)
                        if ((r->method & GET) != 0 && strcmp(r->pattern, pattern) == 0)
                                return r;
        return NULL;
}

static bool has_route(const char *pattern)
{
        return find_route(pattern) != NULL;
}

/* ---- the frame ------------------------------------------------------------------------------------ */

static const struct {
        enum nav nav;
        const char *href, *title, *short_title, *icon;
        bool is_personal; /* only for who is signed in */
} navigation[] = {
        { NAV_TODO, "/", N_("My work"), N_("Work"), "todo", true },
        { NAV_OVERVIEW, "/overview", N_("Overview"), N_("Overview"), "home", false },
        { NAV_FORMS, "/forms", N_("Reports"), N_("Reports"), "table", false },
        { NAV_FIGURES, "/figures", N_("Figures"), N_("Figures"), "chart", false },
        { NAV_CASES, "/cases", N_("Cases"), N_("Cases"), "todo", false },
        { NAV_PROMOTION, "/promotion", N_("Promotion"), N_("Promotion"), "chart", false },
        { NAV_CLUSTERS, "/clusters", N_("Industrial clusters"), N_("Clusters"), "map", false },
        { NAV_UNITS, "/units", N_("Places"), N_("Places"), "map", false },
        { NAV_STATUS, "/status", N_("Exchange"), N_("Exchange"), "retry", false },
        { NAV_ADMIN, "/admin/users", N_("Administration"), N_("Admin"), "user", false },
};

static bool is_signed_in(const struct work *w)
{
        return w->user->login[0] != '\0';
}

static void fill_entries(struct work *w, const struct page *page, struct frame *f)
{
        size_t count = sizeof navigation / sizeof *navigation;
        struct frame_entry *entries = arena_array(w->arena, count, sizeof *entries);
        const struct todo_hook *todo = w->node != NULL ? node_kept(w->node, "web todo count") : NULL;

        for (size_t i = 0; i < count; i++) {
                const struct route *route = find_route(navigation[i].href);
                struct frame_entry *e = &entries[f->entry_count];

                if (route == NULL || !user_may(w->user, route->right) || (navigation[i].is_personal && !is_signed_in(w)))
                        continue;
                e->href = navigation[i].href;
                e->title = navigation[i].title;
                e->short_title = navigation[i].short_title;
                e->icon = navigation[i].icon;
                e->is_current = navigation[i].nav == page->nav;
                if (navigation[i].nav == NAV_TODO && todo != NULL && work_ok(w)) {
                        e->waiting = todo->ask(w);
                        if (w->err.code != ERR_ENVIRONMENT) /* what passes is said; else a page without the number is better than none for good */
                                error_clear(&w->err);
                        f->waiting = e->waiting;
                        f->bell_text = f->waiting > 0 ? arena_print(w->arena, work_text(w, "%d things wait for you"), f->waiting)
                                                      : work_text(w, "Nothing waits for you.");
                }
                f->entry_count++;
        }
        f->entries = entries;
        f->tab_count = f->entry_count < TABS ? f->entry_count : TABS;
}

/* "08:02" today, "08:02 22/11" otherwise. */
static const char *shown_moment(struct work *w, moment at)
{
        long long minutes = ((at + MOMENT_VIETNAM) % MOMENT_PER_DAY) / 60000;
        int year, month, day_of_month;

        if (day_of_moment(at) == day_of_moment(w->now))
                return arena_print(w->arena, "%02lld:%02lld", minutes / 60, minutes % 60);
        day_split(day_of_moment(at), &year, &month, &day_of_month);
        return arena_print(w->arena, "%02lld:%02lld %02d/%02d", minutes / 60, minutes % 60, day_of_month, month);
}

static void fill_link(struct work *w, struct frame *f)
{
        struct link_status status;
        struct error why;
        int64_t unplaced;

        if (w->node == NULL)
                return;
        status = web_link_status(w);
        unplaced = node_unplaced(w->node);
        if (status.alarms > 0 && user_may(w->user, MAY_ADMINISTER)) {
                f->link_href = "/status";
                f->link_is_alarm = true;
                f->link_text = arena_print(w->arena, work_text(w, "exchange: %d alarms"), status.alarms);
                return;
        }
        if (unplaced > 0 && user_may(w->user, MAY_ADMINISTER) && !node_placing_goes_well(w->node, &why)) {
                f->link_href = "/status";
                f->link_is_alarm = true;
                f->link_text = arena_print(w->arena, work_text(w, "what came cannot be placed, %lld to go"), (long long)unplaced);
                return;
        }
        if (unplaced > 0) { /* figures on this page may be about to change */
                f->link_href = "/status";
                f->link_class = "wait";
                f->link_text = arena_print(w->arena, work_text(w, "placing what came, %lld to go"), (long long)unplaced);
                return;
        }
        if (!status.has_upstream)
                return;
        f->link_href = "/status";
        f->link_class = !status.is_connected ? "off" : status.backlog > 0 ? "wait" : "";
        if (status.is_connected && status.backlog == 0)
                f->link_text = arena_print(w->arena, work_text(w, "in step %s"), shown_moment(w, status.last_contact));
        else if (status.is_connected)
                f->link_text = arena_print(w->arena, work_text(w, "sending, %lld to go"), (long long)status.backlog);
        else if (status.backlog > 0)
                f->link_text = arena_print(w->arena, work_text(w, "offline, %lld waiting here"), (long long)status.backlog);
        else
                f->link_text = work_text(w, "offline");
}

bool web_is_day(const char *typed)
{
        day any;

        return *typed == '\0' || day_read(typed, strlen(typed), &any);
}

/* On pages that are told of a past: any day may be asked for, by who may read what is not published. */
static void fill_past(struct work *w, const struct request *rq, const struct reply *reply, struct frame *f)
{
        struct field *fields;
        const char *name, *typed;

        if (rq == NULL || rq->matched.route == NULL || (rq->matched.route->flags & (ROUTE_PAST | ROUTE_KNOWN)) == 0 || reply->status != 200 || !user_may(w->user, MAY_READ))
                return;
        f->past_is_recorded = (rq->matched.route->flags & ROUTE_KNOWN) != 0;
        name = f->past_is_recorded ? "recorded" : "known";
        fields = arena_array(w->arena, rq->query.count + 1, sizeof *fields);
        for (size_t i = 0; i < rq->query.count; i++) {
                const char *other = rq->query.list[i].name;

                if (strcmp(other, name) != 0 && strcmp(other, "lang") != 0 && strcmp(other, "after") != 0)
                        fields[f->past_field_count++] = rq->query.list[i];
        }
        typed = rq->recorded != 0 ? recorded_text(w, rq->recorded) : request_query(rq, name, 0);
        f->past_fields = fields;
        f->past_action = request_path(rq);
        f->past_typed = typed == NULL ? "" : typed;
}

static struct frame *make_frame(struct work *w, const struct request *rq, const struct reply *reply, const struct page *page)
{
        struct frame *f = arena_alloc(w->arena, sizeof *f);
        bool is_in_past = rq != NULL && w->is_past;

        f->again_is_open = user_may(w->user, MAY_READ);
        if (rq != NULL && rq->matched.route != NULL && (rq->matched.route->flags & ROUTE_KNOWN) != 0 && reply->status == 200)
                f->again_href = recorded_address(w, request_target(rq));
        if (is_in_past) {
                if ((rq->matched.route->flags & ROUTE_PAST) != 0) {
                        f->known_text = known_said(w, rq->known);
                        f->now_href = request_with(w, rq, "known", NULL);
                } else if (rq->recorded != 0) {
                        f->recorded_text = known_said(w, rq->recorded);
                        f->now_href = request_with(w, rq, "recorded", NULL);
                }
                past_change_sides(w, rq);
        }
        fill_past(w, rq, reply, f);
        f->page = page;
        f->language = language_name(w->language);
        f->is_english = w->language == LANGUAGE_EN;
        f->body_class = page->body_class != NULL && page->body_class[0] != '\0' ? page->body_class : NULL;
        f->style = page->style != NULL ? asset_path(page->style) : NULL;
        f->script = page->script != NULL ? asset_path(page->script) : NULL;
        f->has_search = has_route("/search");
        f->has_status = has_route("/status");
        f->has_openapi = has_route("/openapi");
        f->has_password = has_route("/password");
        f->vi_href = rq != NULL ? request_with(w, rq, "lang", "vi") : "/?lang=vi";
        f->en_href = rq != NULL ? request_with(w, rq, "lang", "en") : "/?lang=en";
        if (is_signed_in(w)) {
                f->user_name = w->user->name;
                f->unit = w->user->unit;
                f->csrf = rq != NULL ? request_csrf(rq) : "";
        } else if (rq == NULL || rq->session_cookie[0] == '\0' || rq->is_known) {
                f->sign_in_href = "/sign-in";
        }
        fill_entries(w, page, f);
        fill_link(w, f);
        if (is_in_past)
                past_change_sides(w, rq);
        return f;
}

/* Begin and end happen in one call of a handler: what begin has found out, end need not ask again. */
static _Thread_local struct {
        const struct reply *reply;
        const struct page *page;
        struct frame *frame;
} begun;

static bool rests_on(const struct page *page, const char *path)
{
        for (size_t i = 0; i < PAGE_DEFINED_MOST && page->defined_by[i] != NULL; i++) {
                const char *file = page->defined_by[i];
                size_t length = strlen(file), path_length = strlen(path);

                if (*file == '*' ? path_length >= length && strcmp(path + path_length - (length - 1), file + 1) == 0 : strncmp(path, file, length) == 0)
                        return true;
        }
        return false;
}

/* Which of the files that a page rests on two nodes of the ministry wrote without having seen each other. */
static void write_doubts(struct work *w, struct buf *o, const struct request *rq, const struct page *page)
{
        bool is_of_now = w->known == 0 && (!w->is_past || (rq != NULL && rq->recorded != 0)); /* what was recorded is told with the doubts of then */
        size_t count, kept = 0;
        struct file_doubt *list = page->defined_by[0] == NULL || !is_of_now || !work_ok(w) ? NULL : catalogue_doubts(w, &count);

        for (size_t i = 0; list != NULL && i < count; i++)
                if (rests_on(page, list[i].path))
                        list[kept++] = list[i];
        if (kept > 0)
                page_doubts(w, o, list, kept, user_may(w->user, MAY_READ));
}

void page_begin(struct work *w, const struct request *rq, struct reply *reply, const struct page *page)
{
        begun.frame = make_frame(w, rq, reply, page);
        begun.reply = reply;
        begun.page = page;
        page_head(w, &reply->body, begun.frame);
        if (rq != NULL)
                ((struct request *)(uintptr_t)rq)->content_at = reply->body.length;
        page_main(w, &reply->body, begun.frame);
        write_doubts(w, &reply->body, rq, page);
}

void page_end(struct work *w, const struct request *rq, struct reply *reply, const struct page *page)
{
        if (begun.reply != reply || begun.page != page || begun.frame == NULL)
                begun.frame = make_frame(w, rq, reply, page);
        if (rq != NULL)
                past_carry(w, rq, &reply->body);
        page_foot(w, &reply->body, begun.frame);
        begun.frame = NULL;
}
