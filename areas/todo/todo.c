#include "areas/todo/todo.h"

#include "areas/program.h"
#include "areas/todo/pages.h"
#include "figure/contest.h"
#include "format/jsonw.h"
#include "report/table.h"

static const struct {
        const char *name, *title, *empty, *action;
} groups[] = {
        [TODO_FILL] = { "fill", N_("To fill in"), N_("No report is due."), N_("Continue") },
        [TODO_CORRECT] = { "correct", N_("Returned for correction"), N_("Nothing has come back."),
                           N_("Correct") },
        [TODO_APPROVE] = { "approve", N_("Waiting for your approval"), N_("Nothing waits for your approval."),
                           N_("Look and sign") },
        [TODO_RECEIVE] = { "receive", N_("Received, to accept or return"),
                           N_("All received reports are dealt with."),
                           N_("Look and accept") },
        [TODO_MISSING] = { "missing", N_("Not sent yet"), N_("All units have sent."), N_("See") },
};
#define GROUP_COUNT (sizeof groups / sizeof *groups)

/* On the page: what others wait for stands first. */
static const enum todo_kind order[GROUP_COUNT] = { TODO_APPROVE, TODO_CORRECT, TODO_FILL, TODO_RECEIVE, TODO_MISSING };

/* Groups that make sense for the asker even when they are empty. */
static bool is_shown(const struct work *w, enum todo_kind kind, bool files, bool receives)
{
        switch (kind) {
        case TODO_FILL: return files && user_may(w->user, MAY_READ) && user_may(w->user, MAY_FILL) && !user_may(w->user, MAY_SEND);
        case TODO_APPROVE: return files && user_may(w->user, MAY_READ) && user_may(w->user, MAY_SEND);
        case TODO_RECEIVE:
        case TODO_MISSING: return receives && user_may(w->user, MAY_RECEIVE);
        default: return false;
        }
}

/* A last day, which is told where holidays that are not known yet may move it. */
static const char *may_move(struct work *w, const char *due, bool is_certain)
{
        return *due == '\0' || is_certain ? due : arena_print(w->arena, work_text(w, N_("%s (may move)")), due);
}

static void fill_row(struct work *w, const struct todo *t, struct todo_row *row)
{
        static const char *const state_titles[] = {
                N_("Not begun"), N_("Draft"), N_("Waiting for the leader"), N_("Sent"), N_("Accepted"),
                        N_("Returned"),
        };
        static const char *const state_css[] = { "chip", "chip info", "chip info", "chip ok", "chip ok",
                                                 "chip warn" };
        char period_text[64];
        moment left = t->due - w->now;
        const char *action = t->kind == TODO_FILL && t->state == REPORT_EMPTY ? N_("Begin") : groups[t->kind].action;

        period_write_said(period_text, sizeof period_text, t->period, w->language);
        if (t->kind == TODO_RECEIVE) /* what counts here is whether it came in time */
                left = t->due - t->sent_at;
        *row = (struct todo_row){
                .form = form_title(t->form, w->language), .period = arena_text(w->arena, period_text),
                .unit = unit_name_dated(w, t->unit),
                .state = work_text(w, state_titles[t->state]), .state_css = state_css[t->state],
                .due = t->due == 0 ? "" : may_move(w, moment_shown(w->arena, t->due, w->language), t->due_is_certain),
                .left = t->due == 0 ? "" : t->kind != TODO_RECEIVE ? time_left(w, t->due)
                        : work_text(w, left < 0 ? N_("sent late") : N_("sent in time")),
                .left_css = t->due == 0 ? "" : t->kind == TODO_RECEIVE ? (left < 0 ? "chip warn" : "chip ok")
                        : left < 0 ? "chip err" : left < 3 * MOMENT_PER_DAY ? "chip warn" : "chip",
                .progress = t->filled > 0 && t->kind == TODO_FILL
                                    ? arena_print(w->arena, work_text(w, N_("%d cells entered")), t->filled)
                            : t->kind == TODO_RECEIVE ? arena_print(w->arena, work_text(w, N_("version %d, %s")),
                                                                    t->version, moment_shown(w->arena, t->sent_at, w->language))
                                                      : "",
                .remark = t->remark, .href = t->href, .action = work_text(w, action),
        };
}

/* Units that owe the same report stand together. */
static void batch_add(struct work *w, struct todo_group *group, const struct todo *t, size_t room)
{
        struct todo_batch *b = NULL;
        char period_text[PERIOD_TEXT_MAX];

        for (size_t i = 0; i < group->batch_count && b == NULL; i++)
                if (group->batches[i].form == t->form && group->batches[i].period == t->period)
                        b = &group->batches[i];
        if (b == NULL) {
                b = &group->batches[group->batch_count++];
                *b = (struct todo_batch){ .form = t->form, .period = t->period,
                                          .rows = arena_array(w->arena, room, sizeof *b->rows) };
        }
        fill_row(w, t, &b->rows[b->count++]);
        if (b->count > 1)
                return;
        period_write(period_text, t->period);
        b->title = arena_print(w->arena, "%s, %s", b->rows[0].form, b->rows[0].period);
        b->due = b->rows[0].due;
        b->left = b->rows[0].left;
        b->left_css = b->rows[0].left_css;
        b->href = arena_print(w->arena, "/forms?form=%s&period=%s", form_id(t->form), period_text);
}

/* ---- cases ------------------------------------------------------------------------------------------- */

#define CASES_SHOWN 50

struct waiting_cases { struct case_todo *list; size_t count; int64_t total; };

static const char *case_kind(const struct case_todo *t)
{
        return t->action == NULL ? "case_escalated" : "case";
}

static const char *case_address(struct work *w, const struct case_todo *t)
{
        return arena_print(w->arena, "/cases/%s", t->row.id);
}

static void fill_case(struct work *w, const struct case_todo *t, struct todo_case *out)
{
        const struct case_row *r = &t->row;
        int state = r->regime == NULL ? -1 : workflow_state_find(r->regime, r->state);
        char due[DAY_SHOWN_MAX] = "";

        if (r->due != DAY_NONE)
                day_write_shown(due, r->due, w->language);
        *out = (struct todo_case){
                .title = *r->title == '\0' ? r->id : r->title,
                .workflow = r->regime == NULL ? r->workflow : text_in(w->language, r->regime->title_vi, r->regime->title_en),
                .unit = r->unit == NULL ? "" : unit_name_dated(w, r->unit),
                .state = state < 0 ? r->state : text_in(w->language, r->regime->states[state].title_vi, r->regime->states[state].title_en),
                .due = may_move(w, arena_text(w->arena, due), r->is_certain), .href = case_address(w, t),
                .action = t->action == NULL ? work_text(w, N_("Overdue: look after it"))
                                            : text_in(w->language, t->action->title_vi, t->action->title_en),
        };
        out->left = case_left_words(w, r->due, r->stands_still, r->urgency, &out->left_css);
        if (t->since != DAY_NONE && r->due == DAY_NONE && !r->stands_still) {
                day_write_shown(due, t->since, w->language);
                out->left = arena_print(w->arena, work_text(w, N_("possible since %s")), due);
                out->left_css = "chip";
        }
}

static void write_cases(struct work *w, struct jsonw *j, const struct waiting_cases *cases)
{
        jsonw_name(j, "cases");
        jsonw_array(j);
        for (size_t i = 0; i < cases->count; i++) {
                const struct case_todo *t = &cases->list[i];
                char due[DAY_TEXT_MAX], since[DAY_TEXT_MAX];

                day_write(due, t->row.due);
                day_write(since, t->since);
                jsonw_object(j);
                jsonw_member_text(j, "kind", case_kind(t));
                jsonw_member_text(j, "case", t->row.id);
                jsonw_member_text(j, "title", t->row.title);
                jsonw_member_text(j, "workflow", t->row.workflow);
                jsonw_member_text(j, "unit", t->row.unit == NULL ? "" : t->row.unit->code);
                jsonw_member_text(j, "state", t->row.state);
                jsonw_member_text(j, "action", t->action == NULL ? NULL : t->action->id);
                jsonw_member_text(j, "due", t->row.due == DAY_NONE ? NULL : due);
                jsonw_member_text(j, "since", t->since == DAY_NONE ? NULL : since);
                jsonw_member_text(j, "urgency", urgency_name(t->row.urgency));
                jsonw_member_text(j, "address", case_address(w, t));
                jsonw_end(j);
        }
        jsonw_end(j);
        jsonw_member_int(j, "case_count", cases->total);
}

/* ---- what areas of their own ask for --------------------------------------------------------------- */

struct dues { const struct area_due *list; size_t count; };

static void fill_due(struct work *w, const struct area_due *d, struct todo_due *out)
{
        moment left = d->due - w->now;

        *out = (struct todo_due){ .title = d->title, .unit = d->unit, .href = d->href, .action = d->action, .due = "", .left = "", .left_css = "" };
        if (d->due == 0)
                return;
        out->due = moment_shown(w->arena, d->due, w->language);
        out->left = time_left(w, d->due);
        out->left_css = left < 0 ? "chip err" : left < 3 * MOMENT_PER_DAY ? "chip warn" : "chip";
}

static void write_dues(struct jsonw *j, const struct dues *dues)
{
        jsonw_name(j, "due");
        jsonw_array(j);
        for (size_t i = 0; i < dues->count; i++) {
                const struct area_due *d = &dues->list[i];
                char text[MOMENT_TEXT_MAX];

                moment_write(text, d->due);
                jsonw_object(j);
                jsonw_member_text(j, "kind", d->kind);
                jsonw_member_text(j, "name", d->name);
                jsonw_member_text(j, "about", d->about);
                jsonw_member_text(j, "period", d->period);
                jsonw_member_text(j, "due", d->due == 0 ? NULL : text);
                jsonw_member_text(j, "address", d->href);
                jsonw_end(j);
        }
        jsonw_end(j);
}

static void link_add(struct work *w, struct todo_view *v, const char *title, const char *text, const char *href)
{
        v->links[v->link_count++] = (struct todo_link){ work_text(w, title), work_text(w, text), href };
}

static bool write_json(struct work *w, struct reply *reply, const struct todo *list, size_t count, int64_t conflicts,
                       const struct waiting_cases *cases, const struct dues *dues)
{
        struct jsonw json;

        jsonw_init(&json, &reply->body);
        jsonw_object(&json);
        jsonw_name(&json, "todo");
        jsonw_array(&json);
        for (size_t i = 0; i < count; i++) {
                char text[MOMENT_TEXT_MAX];

                jsonw_object(&json);
                jsonw_member_text(&json, "kind", groups[list[i].kind].name);
                jsonw_member_text(&json, "form", form_id(list[i].form));
                jsonw_member_text(&json, "unit", list[i].unit->code);
                period_write(text, list[i].period);
                jsonw_member_text(&json, "period", text);
                jsonw_member_text(&json, "state", report_state_name(list[i].state));
                jsonw_member_int(&json, "version", list[i].version);
                moment_write(text, list[i].due);
                jsonw_member_text(&json, "due", list[i].due == 0 ? NULL : text);
                jsonw_member_text(&json, "remark", list[i].remark);
                jsonw_member_text(&json, "address", list[i].href);
                jsonw_end(&json);
        }
        jsonw_end(&json);
        write_cases(w, &json, cases);
        write_dues(&json, dues);
        jsonw_member_int(&json, "count", (int64_t)count);
        jsonw_member_int(&json, "conflicts", conflicts);
        jsonw_end(&json);
        return work_ok(w);
}

struct csv_rows { const struct todo *list; size_t count; const struct waiting_cases *cases; const struct dues *dues; };

static bool write_rows(struct work *w, struct table *table, void *context)
{
        const struct csv_rows *all = context;

        for (size_t i = 0; i < all->count; i++) {
                const struct todo *t = &all->list[i];
                char period_text[PERIOD_TEXT_MAX];

                period_write(period_text, t->period);
                struct cell cells[] = { cell_text(groups[t->kind].name), cell_text(form_id(t->form)),
                                        cell_text(t->unit->code), cell_text(period_text),
                                        cell_text(report_state_name(t->state)),
                                        t->due == 0 ? cell_empty() : cell_moment(t->due),
                                        cell_link(t->href, t->href) };
                table_row(table, cells);
        }
        for (size_t i = 0; i < all->cases->count; i++) {
                const struct case_todo *t = &all->cases->list[i];
                const char *href = case_address(w, t);
                const struct cell cells[] = { cell_text(case_kind(t)), cell_text(t->row.workflow), cell_text(t->row.unit == NULL ? "" : t->row.unit->code),
                                              cell_text(""), cell_text(t->row.state),
                                              t->row.due == DAY_NONE ? cell_empty() : cell_moment(moment_of_day(t->row.due + 1)),
                                              cell_link(href, href) };

                table_row(table, cells);
        }
        for (size_t i = 0; i < all->dues->count; i++) {
                const struct area_due *d = &all->dues->list[i];

                table_row(table, (struct cell[]){ cell_text(d->kind), cell_text(d->name), cell_text(d->about), cell_text(d->period), cell_text(""), d->due == 0 ? cell_empty() : cell_moment(d->due),
                                                  cell_link(d->href, d->href) });
        }
        return work_ok(w);
}

static bool write_table(struct work *w, const struct request *q, struct reply *reply, const struct page *page,
                        const struct todo *list, size_t count, const struct waiting_cases *cases, const struct dues *dues)
{
        const struct column columns[] = {
                { "kind", N_("Next step"), NULL, CELL_TEXT },
                        { "form", N_("Report or workflow"), NULL, CELL_TEXT },
                { "unit", N_("Unit"), NULL, CELL_TEXT },
                        { "period", N_("Period"), NULL, CELL_TEXT },
                { "state", N_("State"), NULL, CELL_TEXT },
                        { "due", N_("Due"), NULL, CELL_MOMENT },
                { "address", N_("Address"), NULL, CELL_TEXT },
        };
        struct csv_rows all = { list, count, cases, dues };

        return table_reply(w, q, reply, page, "todo", NULL, columns, (int)(sizeof columns / sizeof *columns),
                           write_rows,
                           &all);
}

/* The list is in order of deadlines. */
static const char *older_said(struct work *w, int count, period oldest)
{
        char text[64];

        period_write_said(text, sizeof text, oldest, w->language);
        return arena_print(w->arena, work_text(w, count == 1 ? N_("%d earlier report was not sent: for %s.") : N_("%d earlier reports were not sent, the oldest for %s.")), count, text);
}

static bool show(struct work *w, const struct request *q, struct reply *reply)
{
        size_t count, missing = 0, waiting;
        bool files, receives;
        struct todo *list;
        struct waiting_cases cases;
        struct dues dues;
        struct todo_view v = { .title = work_text(w, N_("My work")) };
        struct page page = { .title = v.title, .nav = NAV_TODO, .body_class = "" };

        if (w->user->role == ROLE_NOBODY) /* the public has no work here: it gets the figures */
                return reply_redirect(w, reply, "/overview");
        list = report_todo(w, &count);
        if (list == NULL || !report_duties(w, &files, &receives))
                return false;
        cases.list = case_todo(w, CASES_SHOWN, &cases.count, &cases.total);
        if (cases.list == NULL)
                return false;
        dues.list = program_due(w, &dues.count);
        if (dues.list == NULL)
                return false;
        v.conflicts = contests_waiting(w);
        reply->is_private = true;
        if (request_suffix(q) == SUFFIX_JSON)
                return write_json(w, reply, list, count, v.conflicts, &cases, &dues);
        if (request_suffix(q) != SUFFIX_HTML)
                return write_table(w, q, reply, &page, list, count, &cases, &dues);
        for (size_t i = 0; i < count; i++) {
                missing += list[i].kind == TODO_MISSING;
                v.has_units = v.has_units || list[i].unit != list[0].unit;
        }
        v.cases = arena_array(w->arena, cases.count + 1, sizeof *v.cases);
        for (; v.case_count < cases.count; v.case_count++)
                fill_case(w, &cases.list[v.case_count], &v.cases[v.case_count]);
        v.dues = arena_array(w->arena, dues.count + 1, sizeof *v.dues);
        for (; v.due_count < dues.count && v.due_count < CASES_SHOWN; v.due_count++)
                fill_due(w, &dues.list[v.due_count], &v.dues[v.due_count]);
        v.more_due = (int64_t)(dues.count - v.due_count);
        v.more_cases = cases.total - (int64_t)cases.count;
        waiting = count - missing + (size_t)cases.total + dues.count + (size_t)v.conflicts;
        v.lede = waiting == 0 ? work_text(w, N_("Nothing waits for you."))
                              : arena_print(w->arena, work_text(w, N_("%zu things wait for you, the most urgent first.")), waiting);
        v.groups = arena_array(w->arena, GROUP_COUNT, sizeof *v.groups);
        for (size_t g = 0; g < GROUP_COUNT; g++) {
                size_t kind = order[g];
                struct todo_group *group = &v.groups[v.group_count];
                const struct todo *oldest = NULL;
                int older = 0;

                *group = (struct todo_group){ .title = work_text(w, groups[kind].title),
                                              .empty = work_text(w, groups[kind].empty),
                                              .is_batched = kind == TODO_MISSING,
                                              .rows = arena_array(w->arena, count + 1, sizeof *group->rows),
                                              .batches = arena_array(w->arena, count + 1, sizeof *group->batches) };
                for (size_t i = 0; i < count; i++) {
                        if (list[i].kind != (enum todo_kind)kind)
                                continue;
                        if (list[i].is_older) {
                                oldest = older++ == 0 ? &list[i] : oldest;
                                continue;
                        }
                        if (group->is_batched)
                                batch_add(w, group, &list[i], count - i);
                        else
                                fill_row(w, &list[i], &group->rows[group->count]);
                        group->count++;
                }
                if (older > 0)
                        group->older = older_said(w, older, oldest->period);
                if (group->count > 0 || older > 0 || is_shown(w, (enum todo_kind)kind, files, receives))
                        v.group_count++;
        }
        if (v.group_count == 0 && v.case_count == 0 && v.due_count == 0) {
                if (user_may(w->user, MAY_ADMINISTER))
                        link_add(w, &v, N_("Accounts"), N_("Add people, set new passwords, disable accounts"), "/admin/users");
                if (user_may(w->user, MAY_IMPORT))
                        link_add(w, &v, N_("Import figures"), N_("Take in figures from a CSV or Excel file"), "/import");
                if (!user_may(w->user, MAY_READ)) { /* enterprises and consultants */
                        link_add(w, &v, N_("Open or follow a case"), N_("Register a scheme or a product, ask for land, see how far it is"), "/cases?which=all");
                        link_add(w, &v, N_("Look for land"), N_("Land in industrial clusters by area, trade, distance and price"), "/clusters/plots");
                }
                link_add(w, &v, N_("Overview"), N_("Headline figures, the map and who has sent"), "/overview");
                link_add(w, &v, N_("Exchange"), N_("Which nodes are connected and what waits"), "/status");
        }
        page_begin(w, q, reply, &page);
        todo_page(w, &reply->body, &v);
        page_end(w, q, reply, &page);
        return work_ok(w);
}

static const struct route routes[] = {
        { GET, "/", show, MAY_READ_PUBLIC, ROUTE_NO_ETAG,
          N_("My work: what is due, with deadline and state") },
        { GET, "/todo", show, MAY_READ_PUBLIC, ROUTE_NO_ETAG | ROUTE_UNLISTED, N_("The same, for programs: /todo.json") },
        { 0 },
};

const struct area todo_area = { .name = "todo", .title = N_("My work"), .routes = routes };
