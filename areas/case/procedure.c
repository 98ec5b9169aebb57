/* procedure.c - GET /cases/workflows/{workflow}: a procedure explained: its regimes, states, what may be done, drawn as a diagram where the program
 * dot of Graphviz is on the machine. */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "areas/case/pages.h"
#include "areas/case/procedure.h"
#include "base/file.h"
#include "report/table.h"

#define REGIMES_MOST 40
#define DRAWING_MOST ((size_t)1 << 20) /* bytes */
#define DRAWING_SECONDS 5

/* ---- the diagram ------------------------------------------------------------------------------------------------ */

static bool dot_is_here(void)
{
        const char *path = getenv("PATH");

        while (path != NULL && *path != '\0') {
                size_t length = strcspn(path, ":");
                char name[512];

                snprintf(name, sizeof name, "%.*s/dot", (int)length, path);
                if (access(name, X_OK) == 0)
                        return true;
                path += length + (path[length] == ':');
        }
        return false;
}

/* Wait for a program that we started; one that takes too long is ended. */
static bool ended_well(pid_t child)
{
        static const struct timespec pause = { 0, 10000000 };
        int status = -1;

        for (int i = 0; i < DRAWING_SECONDS * 100; i++) {
                if (waitpid(child, &status, WNOHANG) == child)
                        return status == 0;
                nanosleep(&pause, NULL);
        }
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        return false;
}

static bool run_dot(int in, int out)
{
        static const char *const argv[] = { "dot", "-Tsvg", NULL };
        posix_spawn_file_actions_t actions;
        pid_t child;
        bool ok;

        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
        ok = posix_spawnp(&child, "dot", &actions, NULL, (char *const *)(uintptr_t)argv, environ) == 0;
        posix_spawn_file_actions_destroy(&actions);
        return ok && ended_well(child);
}

static bool draw(struct work *w, const struct workflow *flow, struct buf *out)
{
        FILE *in = tmpfile(), *drawn = tmpfile();
        struct buf text;
        char piece[4096];
        ssize_t got;
        bool ok;

        buf_init(&text, 0);
        workflow_draw(flow, w->language, &text);
        ok = in != NULL && drawn != NULL && buf_ok(&text) && file_put(fileno(in), text.data, text.length) && lseek(fileno(in), 0, SEEK_SET) == 0 &&
             run_dot(fileno(in), fileno(drawn)) && lseek(fileno(drawn), 0, SEEK_SET) == 0;
        while (ok && out->length < DRAWING_MOST && (got = read(fileno(drawn), piece, sizeof piece)) > 0)
                buf_put(out, piece, (size_t)got);
        buf_clear(&text);
        if (in != NULL)
                fclose(in);
        if (drawn != NULL)
                fclose(drawn);
        if (ok && out->length > 0)
                return true;
        error_set(&w->err, ERR_MISSING, "the diagram cannot be drawn on this machine");
        return error_hint(&w->err, "the program dot of the package graphviz draws it; the page says the same in words");
}

/* ---- in words ------------------------------------------------------------------------------------------------------- */

static const char *by_words(struct work *w, const struct workflow *flow, const bool *by)
{
        const char *list = "";

        for (int k = 0; k < flow->actor_count; k++)
                if (by[k])
                        list = arena_print(w->arena, "%s%s%s", list, *list == '\0' ? "" : ", ", text_in(w->language, flow->actors[k].title_vi, flow->actors[k].title_en));
        return list;
}

static const char *limits_words(struct work *w, const struct workflow *flow, int state)
{
        const char *list = "";

        for (int k = 0; k < flow->limit_count; k++) {
                const struct workflow_limit *l = &flow->limits[k];

                if (!l->runs_in[state] && !l->stops_in[state])
                        continue;
                list = arena_print(w->arena, "%s%s%s", list, *list == '\0' ? "" : "; ", text_in(w->language, l->title_vi, l->title_en));
                if (l->stops_in[state])
                        list = arena_print(w->arena, "%s: %s", list, work_text(w, "stands still"));
                else if (l->month != 0)
                        list = arena_print(w->arena, "%s: %s", list, arena_print(w->arena, work_text(w, "until %d/%d"), l->day_of_month, l->month));
                else if (l->years != 0)
                        list = arena_print(w->arena, l->years == 1 ? work_text(w, "%s: %d year") : work_text(w, "%s: %d years"), list, l->years);
                else
                        list = arena_print(w->arena, "%s: %s", list, days_words(w, l->days, l->is_working));
                if (l->is_window)
                        list = arena_print(w->arena, "%s (%s)", list, work_text(w, "no deadline"));
                if (l->from_limit >= 0)
                        list = arena_print(w->arena, work_text(w, "%s, from the end of: %s"), list, text_in(w->language, flow->limits[l->from_limit].title_vi, flow->limits[l->from_limit].title_en));
        }
        return *list == '\0' ? text_in(w->language, flow->states[state].untimed, "") : list;
}

/* Where an action leads from a state, with commas between: "" where the state stays. Identifiers or words. */
static const char *to_words(struct work *w, const struct workflow *flow, const struct workflow_action *a, int from, bool is_id)
{
        const char *list = "";

        for (int to = 0; to < flow->state_count; to++) {
                const struct workflow_state *s = &flow->states[to];

                if (workflow_leads(flow, a, from, to))
                        list = arena_print(w->arena, "%s%s%s", list, *list == '\0' ? "" : ", ", is_id ? s->id : text_in(w->language, s->title_vi, s->title_en));
        }
        return list;
}

static void states_fill(struct work *w, const struct workflow *flow, struct procedure_view *v)
{
        v->states = arena_array(w->arena, (size_t)flow->state_count, sizeof *v->states);
        for (int s = 0; s < flow->state_count; s++) {
                const struct workflow_state *state = &flow->states[s];
                struct state_shown *x = &v->states[v->state_count++];

                *x = (struct state_shown){ .title = text_in(w->language, state->title_vi, state->title_en), .limits = limits_words(w, flow, s),
                                           .css = state_style(state),
                                           .actions = arena_array(w->arena, (size_t)flow->action_count + 1, sizeof *x->actions) };
                for (int k = 0; k < flow->action_count; k++) {
                        const struct workflow_action *a = &flow->actions[k];

                        if (a->from[s])
                                x->actions[x->action_count++] = (struct way_shown){
                                        text_in(w->language, a->title_vi, a->title_en), by_words(w, flow, a->by), to_words(w, flow, a, s, false), a->basis.source, a->returns };
                }
        }
}

/* The regimes of a procedure, newest first: from the newest backwards, each the one in force the day before. */
static void regimes_fill(struct work *w, const struct workflow *newest, const struct workflow *chosen, struct procedure_view *v)
{
        v->regimes = arena_array(w->arena, REGIMES_MOST, sizeof *v->regimes);
        for (const struct workflow *r = newest; r != NULL && v->regime_count < REGIMES_MOST; r = workflow_find(catalogue_of(w), newest->id, r->from - 1)) {
                char from[DAY_TEXT_MAX];

                day_write(from, r->from);
                v->regimes[v->regime_count++] = (struct choice_shown){
                        arena_print(w->arena, "/cases/workflows/%s?on=%s", r->id, from),
                        r->to == DAY_FOREVER ? arena_print(w->arena, work_text(w, "received from %s on"), day_words(w, r->from))
                                             : arena_print(w->arena, work_text(w, "received %s – %s"), day_words(w, r->from), day_words(w, r->to)), r == chosen };
        }
}

static bool rows(struct work *w, struct table *t, void *context)
{
        static const char *const kinds[] = { "move", "withdraw", "appeal", "suspend", "continue", "stop", "restart", "extend", "ask", "answer", "score", "record" };
        const struct workflow *flow = context;

        for (int s = 0; s < flow->state_count; s++)
                for (int k = 0; k < flow->action_count; k++) {
                        const struct workflow_action *a = &flow->actions[k];
                        const struct cell cells[] = { cell_text(flow->states[s].id), cell_text(a->id), cell_text(text_in(w->language, a->title_vi, a->title_en)),
                                                      cell_text(kinds[a->kind]), cell_text(by_words(w, flow, a->by)), cell_text(to_words(w, flow, a, s, true)),
                                                      cell_text(limits_words(w, flow, s)), cell_int(a->returns), cell_text(a->basis.source), cell_int(a->basis.is_verified) };

                        if (a->from[s])
                                table_row(t, cells);
                }
        return work_ok(w);
}

static bool as_table(struct work *w, const struct request *q, struct reply *reply, const struct page *page, const struct workflow *flow)
{
        const struct column columns[] = {
                { "state", N_("State"), NULL, CELL_TEXT },     { "action", N_("What was done"), NULL, CELL_TEXT },
                { "title", N_("In words"), NULL, CELL_TEXT },  { "kind", N_("Kind of action"), NULL, CELL_TEXT },
                { "by", N_("By"), NULL, CELL_TEXT },           { "to", N_("Leads to"), NULL, CELL_TEXT },
                { "limits", N_("Limit"), NULL, CELL_TEXT },    { "returns", N_("leads back"), NULL, CELL_INT },
                { "source", N_("Rule"), NULL, CELL_TEXT },
                { "verified", N_("Read in the act itself"), NULL, CELL_INT },
        };

        return table_reply(w, q, reply, page, flow->id, NULL, columns, (int)(sizeof columns / sizeof *columns), rows, (void *)(uintptr_t)flow);
}

bool procedure_shown(struct work *w, const struct request *q, struct reply *reply)
{
        struct page page = { .nav = NAV_CASES, .crumbs = { { work_text(w, "Cases"), "/cases" } }, .crumb_count = 1 };
        const struct catalogue *c = catalogue_of(w);
        const char *id = request_part(q, "workflow"), *on = request_query(q, "on", 0);
        const struct workflow *newest = c == NULL ? NULL : workflow_find(c, id, DAY_FOREVER), *flow;
        day received = day_of_moment(w->now);
        struct procedure_view v;

        if (on != NULL && !day_read(on, strlen(on), &received))
                return error_set(&w->err, ERR_USAGE, "\"%s\" is no date like 2025-07-01", on);
        flow = newest == NULL ? NULL : workflow_find(c, id, received);
        flow = flow == NULL && on == NULL ? newest : flow;
        if (flow == NULL)
                return work_ok(w) ? error_set(&w->err, ERR_MISSING, "no sound workflow \"%s\" is in force on that day", id) : false;
        page.title = text_in(w->language, flow->title_vi, flow->title_en);
        page.defined_by[0] = flow->path;
        if (request_suffix(q) == SUFFIX_SVG)
                return draw(w, flow, &reply->body);
        if (request_suffix(q) != SUFFIX_HTML)
                return as_table(w, q, reply, &page, flow);
        v = (struct procedure_view){ .title = page.title, .basis = flow->basis.source, .is_verified = flow->basis.is_verified, .id = flow->id,
                                     .query = strchr(request_target(q), '?') == NULL ? "" : strchr(request_target(q), '?'), .is_drawn = dot_is_here() };
        v.svg = arena_print(w->arena, "/cases/workflows/%s.svg%s", flow->id, v.query);
        v.csv = arena_print(w->arena, "/cases/workflows/%s.csv%s", flow->id, v.query);
        v.json = arena_print(w->arena, "/cases/workflows/%s.json%s", flow->id, v.query);
        regimes_fill(w, newest, flow, &v);
        states_fill(w, flow, &v);
        page_begin(w, q, reply, &page);
        case_procedure_page(w, &reply->body, &v);
        page_end(w, q, reply, &page);
        return work_ok(w);
}
