/* case.c - cases under workflows: list, page, forms, commands. */
#include "areas/case/case.h"

#include <stdlib.h>
#include <string.h>

#include "areas/case/pages.h"
#include "areas/case/procedure.h"
#include "format/jsonw.h"
#include "report/table.h"

#define UNITS_OFFERED 100 /* on the page of a new case, where the asker has no province */
#define PAGE_ROWS 50

/* ---- the list ------------------------------------------------------------------------------------------------- */

static const struct choice_shown which_words[] = { { "open", N_("Going on"), false },   { "mine", N_("Waiting for me"), false },
                                                   { "soon", N_("Due soon"), false },   { "late", N_("Late"), false },
                                                   { "ended", N_("Ended"), false },     { "all", N_("All"), false } };
#define WHICH_COUNT ((int)(sizeof which_words / sizeof *which_words))
#define UNREADABLE_SHOWN 20

static const struct choice_shown sort_words[] = { { "due", N_("Due first"), false }, { "received", N_("Received last"), false },
                                                  { "changed", N_("Changed last"), false } };

/* One of the words of a query; the first where there is none; -1 and an error for any other. */
static int word_of(struct work *w, const struct request *q, const char *name, const struct choice_shown *words, int count)
{
        const char *asked = request_query(q, name, 0);

        if (asked == NULL || *asked == '\0')
                return 0;
        for (int i = 0; i < count; i++)
                if (strcmp(words[i].value, asked) == 0)
                        return i;
        error_set(&w->err, ERR_USAGE, "\"%s\" cannot be \"%s\"", name, asked);
        return -1;
}

static struct choice_shown *shown_choices(struct work *w, const struct choice_shown *words, int count, int chosen)
{
        struct choice_shown *list = arena_array(w->arena, (size_t)count, sizeof *list);

        for (int i = 0; i < count; i++)
                list[i] = (struct choice_shown){ words[i].value, work_text(w, words[i].title), i == chosen };
        return list;
}

static const char *set_or_null(const char *s)
{
        return s == NULL || *s == '\0' ? NULL : s;
}

/* Whether there is a workflow, and a state in the newest regime of one; or some case has them. */
static bool word_is_known(struct work *w, const struct case_query *q)
{
        const struct workflow *list[WORKFLOWS_MAX];
        size_t count = workflow_list(catalogue_of(w), DAY_FOREVER, list, WORKFLOWS_MAX);
        bool has_flow = q->workflow == NULL, has_state = q->state == NULL;

        for (size_t i = 0; i < count && i < WORKFLOWS_MAX; i++) {
                has_flow |= q->workflow != NULL && strcmp(list[i]->id, q->workflow) == 0;
                has_state |= q->state != NULL && workflow_state_find(list[i], q->state) >= 0;
        }
        has_flow = has_flow || db_number(w->db, "SELECT COUNT(*) FROM (SELECT 1 FROM case_file WHERE workflow = $1 LIMIT 1) one", ARGS(v_text(q->workflow)), 0) > 0;
        has_state = has_state || db_number(w->db, "SELECT COUNT(*) FROM (SELECT 1 FROM case_file WHERE state = $1 LIMIT 1) one", ARGS(v_text(q->state)), 0) > 0;
        if (!work_ok(w) || (has_flow && has_state))
                return work_ok(w);
        error_set(&w->err, ERR_USAGE, "\"%s\" cannot be \"%s\"", has_flow ? "state" : "workflow", has_flow ? q->state : q->workflow);
        return error_hint(&w->err, "the choices of /cases name those there are");
}

static bool query_read(struct work *w, const struct request *q, struct case_query *out)
{
        static const enum which_cases which[] = { CASES_OPEN, CASES_MINE, CASES_SOON, CASES_LATE, CASES_ENDED, CASES_ALL };
        int chosen = word_of(w, q, "which", which_words, WHICH_COUNT), sort = word_of(w, q, "sort", sort_words, 3);
        const char *unit = set_or_null(request_query(q, "unit", 0));
        size_t offset;
        const struct catalogue *c = catalogue_of(w);

        *out = (struct case_query){ .workflow = set_or_null(request_query(q, "workflow", 0)), .state = set_or_null(request_query(q, "state", 0)),
                                    .words = set_or_null(request_query(q, "q", 0)) };
        if (chosen < 0 || sort < 0 || c == NULL || !word_is_known(w, out) || !request_place(w, q, "offset", &offset))
                return false;
        out->offset = (int64_t)offset;
        out->which = which[chosen];
        out->sort = sort == 0 ? SORT_DUE : sort == 1 ? SORT_RECEIVED : SORT_CHANGED;
        if (unit != NULL) {
                out->unit = unit_read(c, unit, day_of_moment(w->now));
                if (out->unit == NULL)
                        return error_set(&w->err, ERR_USAGE, "unknown unit \"%s\"", unit);
        }
        if (out->words == NULL || strlen(out->words) <= LIST_WORDS_MAX)
                return true;
        error_set(&w->err, ERR_USAGE, "too many words");
        return error_hint(&w->err, "at most %d bytes; a few words of the title, or the number of the case, are enough", LIST_WORDS_MAX);
}

static const char *state_words(struct work *w, const struct case_row *r, const char **css)
{
        int s = r->regime == NULL ? -1 : workflow_state_find(r->regime, r->state);
        const struct workflow_state *state = s < 0 ? NULL : &r->regime->states[s];

        *css = state == NULL ? "chip info" : state_style(state);
        return state == NULL ? r->state : text_in(w->language, state->title_vi, state->title_en);
}

void row_fill(struct work *w, const struct case_row *r, struct row_shown *out)
{
        *out = (struct row_shown){ .id = r->id, .title = *r->title == '\0' ? r->id : r->title, .unit = unit_words(w, r->unit),
                                   .workflow = r->regime == NULL ? r->workflow : text_in(w->language, r->regime->title_vi, r->regime->title_en),
                                   .received = day_words(w, r->received), .due = r->due == DAY_NONE || r->is_certain ? day_words(w, r->due) : arena_print(w->arena, work_text(w, "%s (may move)"), day_words(w, r->due)), .left = "", .left_css = "",
                                   .href = arena_print(w->arena, "/cases/%s", r->id) };
        out->state = state_words(w, r, &out->state_css);
        if (r->ended == DAY_NONE)
                out->left = case_left_words(w, r->due, r->stands_still, r->urgency, &out->left_css);
}

static bool list_row(struct work *w, const struct case_row *r, void *table)
{
        const char *css;
        const struct cell cells[] = {
                cell_text(r->id), cell_text(r->title), cell_text(r->workflow), cell_text(r->unit == NULL ? "" : r->unit->key), cell_text(r->state),
                cell_text(state_words(w, r, &css)), cell_day(r->received), r->due == DAY_NONE ? cell_empty() : cell_day(r->due), cell_text(r->limit == NULL ? "" : r->limit->id),
                cell_text(urgency_name(r->urgency)), cell_int(r->stands_still), cell_int(r->is_certain), r->ended == DAY_NONE ? cell_empty() : cell_day(r->ended), cell_moment(r->changed_at),
        };

        table_row(table, cells);
        return work_ok(w);
}

static bool list_rows(struct work *w, struct table *t, void *query)
{
        return case_each(w, query, list_row, t);
}

static bool list_table(struct work *w, const struct request *q, struct reply *reply, const struct page *page, struct case_query *query)
{
        const struct column columns[] = {
                { "id", N_("Case"), NULL, CELL_TEXT },           { "title", N_("What it is about"), NULL, CELL_TEXT },
                { "workflow", N_("Workflow"), NULL, CELL_TEXT }, { "unit", N_("Unit"), NULL, CELL_TEXT },
                { "state", N_("State"), NULL, CELL_TEXT },       { "state_title", N_("State in words"), NULL, CELL_TEXT },
                { "received", N_("Received"), NULL, CELL_DAY },  { "due", N_("Due"), NULL, CELL_DAY },
                { "limit", N_("Limit"), NULL, CELL_TEXT },       { "urgency", N_("Urgency"), NULL, CELL_TEXT },
                { "stands_still", N_("stands still"), NULL, CELL_INT },
                { "is_certain", N_("Day is certain"), NULL, CELL_INT }, { "ended", N_("Ended"), NULL, CELL_DAY },
                { "changed_at", N_("Changed"), NULL, CELL_MOMENT },
        };

        return table_reply(w, q, reply, page, "cases", NULL, columns, (int)(sizeof columns / sizeof *columns), list_rows, query);
}

static void workflows_fill(struct work *w, const struct case_query *q, struct list_view *v)
{
        const struct workflow *list[WORKFLOWS_MAX];
        const struct catalogue *c = catalogue_of(w);
        size_t count = workflow_list(c, DAY_FOREVER, list, WORKFLOWS_MAX);

        count = count < WORKFLOWS_MAX ? count : WORKFLOWS_MAX;
        v->workflows = arena_array(w->arena, count + 1, sizeof *v->workflows);
        v->workflows[v->workflow_count++] = (struct choice_shown){ "", work_text(w, "All"), false };
        v->open = arena_array(w->arena, count + 1, sizeof *v->open);
        v->procedures = arena_array(w->arena, count + 1, sizeof *v->procedures);
        for (size_t i = 0; i < count; i++) {
                const struct workflow *today = workflow_find(c, list[i]->id, day_of_moment(w->now));

                v->workflows[v->workflow_count++] = (struct choice_shown){ list[i]->id, text_in(w->language, list[i]->title_vi, list[i]->title_en),
                                                                           q->workflow != NULL && strcmp(q->workflow, list[i]->id) == 0 };
                v->procedures[v->procedure_count++] = (struct choice_shown){ arena_print(w->arena, "/cases/workflows/%s", list[i]->id),
                                                                             text_in(w->language, list[i]->title_vi, list[i]->title_en), false };
                if (today != NULL && case_may_open(w, today))
                        v->open[v->open_count++] = (struct choice_shown){ arena_print(w->arena, "/cases/new/%s", today->id),
                                                                          text_in(w->language, today->title_vi, today->title_en), false };
        }
}

static const char *as_file(struct work *w, const struct request *q, const char *suffix)
{
        const char *target = request_with(w, q, "offset", NULL), *query = strchr(target, '?');

        return arena_print(w->arena, "/cases%s%s", suffix, query == NULL ? "" : query);
}

static bool show_list(struct work *w, const struct request *q, struct reply *reply)
{
        struct page page = { .title = work_text(w, "Cases"), .nav = NAV_CASES };
        struct case_query query;
        struct case_row *rows;
        struct list_view v;
        int64_t total;
        size_t count;
        bool has_more;

        reply->is_private = true;
        if (!query_read(w, q, &query))
                return false;
        if (request_suffix(q) != SUFFIX_HTML)
                return list_table(w, q, reply, &page, &query);
        rows = case_list(w, &query, PAGE_ROWS + 1, &count, &total); /* one more tells whether there are more */
        if (rows == NULL)
                return false;
        has_more = count > PAGE_ROWS;
        count -= has_more;
        v = (struct list_view){ .words = query.words == NULL ? "" : query.words, .csv = as_file(w, q, ".csv"), .json = as_file(w, q, ".json"),
                                .xlsx = as_file(w, q, ".xlsx"), .states = shown_choices(w, which_words, WHICH_COUNT, word_of(w, q, "which", which_words, WHICH_COUNT)),
                                .sorts = shown_choices(w, sort_words, 3, word_of(w, q, "sort", sort_words, 3)), .state_count = WHICH_COUNT, .sort_count = 3,
                                .rows = arena_array(w->arena, count + 1, sizeof *v.rows), .row_count = count,
                                .summary = total > CASES_COUNTED ? arena_print(w->arena, work_text(w, "more than %d cases"), CASES_COUNTED)
                                                                 : arena_print(w->arena, work_text(w, total == 1 ? N_("%lld case") : N_("%lld cases")), (long long)total) };
        for (size_t i = 0; i < count; i++)
                row_fill(w, &rows[i], &v.rows[i]);
        if (query.offset > 0)
                v.before = request_with(w, q, "offset", query.offset <= PAGE_ROWS ? NULL : arena_print(w->arena, "%lld", (long long)query.offset - PAGE_ROWS));
        if (has_more)
                v.after = request_with(w, q, "offset", arena_print(w->arena, "%lld", (long long)(query.offset + (int64_t)count)));
        workflows_fill(w, &query, &v);
        page_begin(w, q, reply, &page);
        case_list_page(w, &reply->body, &v);
        page_end(w, q, reply, &page);
        return work_ok(w);
}

/* ---- one ---------------------------------------------------------------------------------------------------------- */

static bool history_rows(struct work *w, struct table *t, void *context)
{
        const struct case_view *v = context;

        for (size_t i = v->event_count; i > 0; i--) {
                const struct event_shown *x = &v->events[i - 1];
                const struct case_event *e = x->event;
                const struct cell cells[] = { cell_text(v->f->id), cell_text(x->title), cell_day(e->on), cell_moment(stamp_moment(e->at)), cell_text(e->by),
                                              cell_text(e->unit->key), cell_text(e->to < 0 ? "" : v->f->workflow->states[e->to].id), cell_text(x->reason),
                                              cell_int(e->fault == FAULT_NONE), cell_text(x->fault == NULL ? "" : x->fault), cell_text(x->rule), cell_text(x->hash) };

                table_row(t, cells);
        }
        return work_ok(w);
}

static bool history_table(struct work *w, const struct request *q, struct reply *reply, const struct page *page, struct case_view *v)
{
        const struct column columns[] = {
                { "case", N_("Case"), NULL, CELL_TEXT },     { "action", N_("What was done"), NULL, CELL_TEXT },
                { "on", N_("Day"), NULL, CELL_DAY },         { "at", N_("Written"), NULL, CELL_MOMENT },
                { "by", N_("By"), NULL, CELL_TEXT },         { "unit", N_("Unit"), NULL, CELL_TEXT },
                { "state", N_("State"), NULL, CELL_TEXT },   { "reason", N_("Reason"), NULL, CELL_TEXT },
                { "counts", N_("Counts"), NULL, CELL_INT },  { "why_not", N_("Why not"), NULL, CELL_TEXT },
                { "rule", N_("Rule"), NULL, CELL_TEXT },     { "entry", N_("Entry"), NULL, CELL_TEXT },
        };

        return table_reply(w, q, reply, page, arena_print(w->arena, "case-%s", v->f->id), NULL, columns, (int)(sizeof columns / sizeof *columns), history_rows, v);
}

static bool show_one(struct work *w, const struct request *q, struct reply *reply)
{
        struct page page = { .nav = NAV_CASES, .crumbs = { { work_text(w, "Cases"), "/cases" } }, .crumb_count = 1 };
        struct case_file *f = case_load(w, request_part(q, "id"));
        enum history_part part;
        struct case_view *v;

        reply->is_private = true;
        if (f == NULL || !history_part_read(w, q, &part))
                return false;
        if (request_suffix(q) == SUFFIX_JSON) {
                case_json(w, f, &reply->body);
                return work_ok(w);
        }
        v = case_view_make(w, f, request_csrf(q), request_query(q, "do", 0), request_query(q, "row", 0), part);
        if (!request_is_refused(q)) /* what was done before is no answer to what was not done now */
                case_done_shown(w, v, request_query(q, "done", 0));
        page.title = v->title;
        if (request_suffix(q) == SUFFIX_PDF)
                return case_recorded(w, v, reply);
        if (request_suffix(q) != SUFFIX_HTML)
                return history_table(w, q, reply, &page, v);
        if (v->done != NULL)
                page.title = arena_print(w->arena, "%s – %s", v->done, v->title);
        page_begin(w, q, reply, &page);
        case_one_page(w, &reply->body, v);
        page_end(w, q, reply, &page);
        return work_ok(w);
}

/* ---- a new one ------------------------------------------------------------------------------------------------------ */

/* A value in the address of the form, "" where there is none. */
static const char *given(const struct request *q, const char *name)
{
        const char *value = request_query(q, name, 0);

        return value == NULL ? "" : value;
}

/* The units of the workflow's level in the province of the asker, all of the country for the ministry's unless they are many. */
static void units_fill(struct work *w, const struct catalogue *c, const struct unit *own, const struct workflow *flow, struct new_view *v)
{
        const day today = day_of_moment(w->now);
        size_t all = unit_list(c, flow->level, today, NULL, 0);
        const struct unit **list = arena_array(w->arena, all + 1, sizeof(*list));

        unit_list(c, flow->level, today, list, all);
        v->units = arena_array(w->arena, all + 1, sizeof *v->units);
        for (size_t i = 0; i < all; i++)
                if (own != NULL && own->province != NULL ? list[i]->province == own->province : all <= UNITS_OFFERED)
                        v->units[v->unit_count++] = (struct choice_shown){ list[i]->code, text_in(w->language, list[i]->name_vi, list[i]->name_en), false };
}

static bool show_new(struct work *w, const struct request *q, struct reply *reply)
{
        struct page page = { .nav = NAV_CASES, .crumbs = { { work_text(w, "Cases"), "/cases" } }, .crumb_count = 1 };
        const struct catalogue *c = catalogue_of(w);
        const struct workflow *flow = c == NULL ? NULL : workflow_find(c, request_part(q, "workflow"), day_of_moment(w->now));
        static const char *const levels[] = { N_("the country"), N_("a province"), N_("a district"), N_("a commune") };
        const struct unit *own;
        char today[DAY_TEXT_MAX];
        struct new_view v;

        reply->is_private = true;
        if (flow == NULL)
                return work_ok(w) ? error_set(&w->err, ERR_MISSING, "no sound workflow \"%s\" is in force on that day", request_part(q, "workflow")) : false;
        if (!case_may_open(w, flow))
                return error_set(&w->err, ERR_DENIED, "your role may not open such a case");
        own = unit_at(c, w->user->unit, day_of_moment(w->now));
        day_write(today, day_of_moment(w->now));
        v = (struct new_view){ .title = text_in(w->language, flow->title_vi, flow->title_en), .basis = flow->basis.source, .csrf = request_csrf(q),
                               .href = arena_print(w->arena, "/cases/%s", flow->id), .today = arena_text(w->arena, today), .level = work_text(w, levels[flow->level]),
                               .unit = own != NULL && own->level == flow->level ? own->code : "", .form = case_form(w, NULL, flow, -1, NULL),
                               .about = given(q, "title"), .parent = given(q, "parent") };
        if (*given(q, "case_unit") != '\0')
                v.unit = given(q, "case_unit");
        for (size_t i = 0; i < v.form.input_count; i++) /* what the page that leads here knows already */
                if (*given(q, v.form.inputs[i].name) != '\0') {
                        v.form.inputs[i].value = given(q, v.form.inputs[i].name);
                        for (size_t k = 0; k < v.form.inputs[i].choice_count; k++)
                                v.form.inputs[i].choices[k].is_chosen = strcmp(v.form.inputs[i].choices[k].value, v.form.inputs[i].value) == 0;
                }
        units_fill(w, c, own, flow, &v);
        page.title = v.title;
        page_begin(w, q, reply, &page);
        case_new_page(w, &reply->body, &v);
        page_end(w, q, reply, &page);
        return work_ok(w);
}

/* ---- caunoi workflow draw --------------------------------------------------------------------------------------------- */

static bool run_draw(struct work *w, const struct call *call)
{
        struct complaints complaints = { .arena = w->arena, .language = w->language };
        const char *folder = call_argument(call, 0), *id = call_argument(call, 1), *on = call_option(call, "on", 0);
        const struct workflow *found;
        const struct catalogue *c;
        struct source *files;
        day received = day_of_moment(w->now);
        size_t count;

        if (on != NULL && !day_read(on, strlen(on), &received))
                return error_set(&w->err, ERR_USAGE, "\"%s\" is no date like 2025-07-01", on);
        files = catalogue_folder(w->arena, folder, &count, &w->err);
        if (files == NULL)
                return false;
        c = catalogue_parse(w->arena, files, count, &complaints);
        found = workflow_find(c, id, received);
        if (found == NULL) {
                error_set(&w->err, ERR_MISSING, "no sound workflow \"%s\" is in force on that day", id);
                return error_hint(&w->err, "caunoi catalogue check DIR tells what is wrong with the files of the folder workflows");
        }
        workflow_draw(found, w->language, call_out(call));
        return true;
}

static const struct option draw_options[] = {
        { "on", "DATE", false, N_("the regime for cases received on that day; today otherwise") },
        { 0 },
};

static const struct command commands[] = {
        { "workflow draw", "DIR ID", 2, 2, COMMAND_ALONE, draw_options, run_draw,
          N_("draw a workflow of a folder of data files as a diagram"),
          N_("Prints the language of Graphviz: caunoi workflow draw data cluster_establishment | dot -Tsvg > diagram.svg. Boxes are "
             "states with their time limits, arrows what may be done and by whom; dashed ones lead back.") },
        { "case print", "NODE WORKFLOW PRINT", 3, 3, COMMAND_READS, NULL, case_print_all,
          N_("fill in an official document from all cases that have come so far, as one PDF"),
          N_("To standard output: caunoi case print NODE promotion_national contract > contracts.pdf. What can be printed are the files NAME.print in the folder of the "
             "workflow; each case begins on a page of its own.") },
        { "case import", "NODE FILE", 2, 2, COMMAND_WRITES, NULL, case_import,
          N_("take over cases that were kept elsewhere, each whole or not at all"),
          N_("Each line of the file is a case as JSON: what POST /cases/{workflow} takes, with case_unit as a key (\"42@2004-01-01\"), the role of who did it and in "
             "\"acts\" what was done then, in order: action, on, role, by (a name, where several people of one role did it, as the members of a council), unit (left "
             "out: that of the case), fields, documents, points. The rules of the workflow hold as for "
             "everybody; the first line they refuse ends the import, those before it stay.") },
        { 0 },
};

static const struct route routes[] = {
        { GET, "/cases", show_list, MAY_FOLLOW, ROUTE_NO_ETAG | ROUTE_PAST, N_("Cases: filtered, searched, in order of what is due") },
        { GET, "/cases/new/{workflow}", show_new, MAY_FILL, ROUTE_NO_ETAG, N_("Begin a case: the form") },
        { GET, "/cases/workflows/{workflow}", procedure_shown, MAY_READ_PUBLIC, ROUTE_SLOW | ROUTE_NO_ETAG | ROUTE_PAST,
          N_("A procedure explained: its regimes, states and actions; its diagram as .svg where Graphviz is installed") },
        { GET, "/cases/{id}", show_one, MAY_FOLLOW, ROUTE_PDF | ROUTE_NO_ETAG | ROUTE_PAST,
          N_("One case: where it stands, its limits with their arithmetic, its history; as .pdf the record of how it was handled") },
        { POST, "/cases/{workflow}", case_opened, MAY_FILL, ROUTE_WRITES, N_("Open a case under a workflow") },
        { POST, "/cases/{id}/papers/{document}", paper_attached, MAY_FOLLOW, ROUTE_UPLOAD | ROUTE_SLOW, N_("Attach a file to a document of a case") },
        { GET, "/cases/{id}/papers/{document}/{node}/{blob}", paper_fetched, MAY_FOLLOW, ROUTE_SLOW | ROUTE_NO_ETAG,
          N_("The file of a case's document; fetched from the node that has it where it is not here") },
        { POST, "/cases/{id}/papers/{document}/{node}/{blob}/erase", paper_erased, MAY_SEND, ROUTE_WRITES,
          N_("Erase the file of a case's document everywhere, with reason and legal basis") },
        { GET, "/cases/{id}/print/{print}/file", case_printed, MAY_FOLLOW, ROUTE_PDF | ROUTE_NO_ETAG, N_("An official document filled in from a case: DOCX, or PDF with .pdf") },
        { POST, "/cases/{id}/{action}", case_acted, MAY_FOLLOW, ROUTE_WRITES, N_("Act in a case, as its workflow provides; assign it to a part of a divided unit") },
        { 0 },
};

/* Procedures that this program cannot read: their cases wait unseen, which whoever waits for them must know. */
static struct area_due *unreadable(struct work *w, size_t *count)
{
        struct area_due *list = arena_room(w->arena, NULL, 0, sizeof *list);
        const struct catalogue *c = w->user->login[0] == '\0' ? NULL : catalogue_of(w);
        const char *paths[UNREADABLE_SHOWN];
        size_t found = c == NULL ? 0 : workflow_unreadable(c, paths, UNREADABLE_SHOWN);

        for (*count = 0; *count < found; (*count)++) {
                list = arena_room(w->arena, list, *count, sizeof *list);
                list[*count] = (struct area_due){ "unreadable", paths[*count], "", "", arena_print(w->arena, work_text(w, "The rules of a procedure cannot be read, so its cases are not shown: %s"), paths[*count]),
                                                  "", "/status", work_text(w, "State of the node"), 0 };
        }
        return work_ok(w) ? list : NULL;
}

const struct area case_area = { .name = "case", .title = N_("Cases"), .routes = routes, .commands = commands, .receipts = case_receipts, .due = unreadable, .find = case_find, .own = { &case_own } };
