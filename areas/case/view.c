/* view.c - one case made ready for its page. */
#include <string.h>

#include "areas/case/case.h"

#define CHILDREN_SHOWN 50

static void steps_fill(struct work *w, const struct case_file *f, struct case_view *v)
{
        const struct workflow *flow = f->workflow;
        int shown = f->held_from >= 0 ? f->held_from : f->state, now = flow->states[shown].step;
        bool is_beside = now < 0; /* an end beside the steps: as far as it came */

        v->steps = arena_array(w->arena, (size_t)flow->step_count + 1, sizeof *v->steps);
        for (size_t i = 0; is_beside && i < f->event_count; i++)
                if (f->events[i].fault == FAULT_NONE && f->events[i].to >= 0 && flow->states[f->events[i].to].step > now)
                        now = flow->states[f->events[i].to].step;
        for (int s = 0; s < flow->step_count; s++) {
                struct step_shown *x = &v->steps[v->step_count++];

                *x = (struct step_shown){ .title = text_in(w->language, flow->steps_vi[s], flow->steps_en[s]), .when = "", .who = "", .css = "" };
                x->is_done = s < now || (s == now && f->ended != DAY_NONE && !flow->states[f->state].is_failure);
                x->is_now = s == now && !x->is_done;
                x->css = x->is_done ? "done" : x->is_now ? "now" : "";
                v->step_now = x->is_now ? s + 1 : v->step_now;
                for (size_t i = 0; i < f->event_count; i++) {
                        const struct case_event *e = &f->events[i];

                        if (e->fault != FAULT_NONE || e->to < 0 || flow->states[e->to].step != s || (e->from >= 0 && flow->states[e->from].step == s) ||
                            *x->when != '\0')
                                continue;
                        x->when = day_words(w, e->on);
                        x->who = unit_words(w, e->unit);
                }
        }
}

/* ---- content, documents, opinions, people ----------------------------------------------------------------------------- */

static void fields_fill(struct work *w, const struct case_file *f, struct case_view *v)
{
        const struct workflow *flow = f->workflow;

        v->fields = arena_array(w->arena, (size_t)flow->field_count + 1, sizeof *v->fields);
        v->money = arena_array(w->arena, (size_t)flow->field_count + 1, sizeof *v->money);
        for (int i = 0; i < flow->field_count; i++) {
                struct pair_shown *p = flow->fields[i].kind == FIELD_MONEY ? &v->money[v->money_count] : &v->fields[v->field_count];

                if (!f->values[i].is_known || flow->fields[i].is_key || flow->fields[i].row_of >= 0)
                        continue;
                *p = (struct pair_shown){ text_in(w->language, flow->fields[i].title_vi, flow->fields[i].title_en), value_words(w, &flow->fields[i], &f->values[i]) };
                if (f->values[i].basis != NULL)
                        p->value = arena_print(w->arena, f->values[i].basis->is_verified ? "%s (%s)" : work_text(w, "%s (%s; to be checked)"), p->value,
                                               f->values[i].basis->source);
                if (flow->fields[i].kind == FIELD_MONEY)
                        v->money_count++;
                else
                        v->field_count++;
        }
}

/* Each document of the regime: named so far, the newest last; or not there yet, where something still to come needs it. */
static void papers_fill(struct work *w, const struct case_file *f, struct case_view *v)
{
        const struct workflow *flow = f->workflow;

        v->papers = arena_array(w->arena, (size_t)(flow->document_count + f->paper_count) + 1, sizeof *v->papers);
        for (int d = 0; d < flow->document_count; d++) {
                const char *title = text_in(w->language, flow->documents[d].title_vi, flow->documents[d].title_en);
                struct paper_shown *x = NULL;
                bool is_due = false;

                for (int i = 0; i < f->paper_count; i++) {
                        if (f->papers[i].document != d)
                                continue;
                        x = &v->papers[v->paper_count++];
                        *x = (struct paper_shown){ .title = title, .number = f->papers[i].number, .on = day_words(w, f->papers[i].on), .id = flow->documents[d].id };
                }
                for (int i = 0; i < flow->action_count; i++)
                        is_due |= flow->actions[i].documents[d] && flow->actions[i].from[f->state];
                if (x == NULL && is_due && f->ended == DAY_NONE)
                        v->papers[v->paper_count++] = (struct paper_shown){ .title = title, .is_missing = true, .id = flow->documents[d].id };
                if (x == NULL)
                        continue;
                v->named_count++;
                x->files = papers_shown(w, f, d, &x->blobs, &x->file_count); /* beside the one named last */
                if (case_may_attach(w, f, d))
                        x->attach_href = arena_print(w->arena, "%s/papers/%s", v->href, flow->documents[d].id);
        }
}

static void opinions_fill(struct work *w, const struct case_file *f, struct case_view *v)
{
        static const char *const verdicts[] = { N_("expected"), N_("Agrees"), N_("Agrees with conditions"), N_("Does not agree") };
        static const char *const styles[] = { "chip warn", "chip ok", "chip info", "chip err" };

        v->opinions = arena_array(w->arena, (size_t)f->opinion_count + 1, sizeof *v->opinions);
        for (int i = 0; i < f->opinion_count; i++) {
                const struct case_opinion *p = &f->opinions[i];

                v->opinions[v->opinion_count++] = (struct opinion_shown){ unit_words(w, p->unit), work_text(w, verdicts[p->verdict]), styles[p->verdict],
                                                                          day_words(w, p->verdict == VERDICT_NONE ? p->asked : p->answered), p->text };
        }
}

/* Whose turn it is, by the actors of the regime; then who has done something, last first. */
static void people_fill(struct work *w, const struct case_file *f, struct case_view *v)
{
        const struct workflow *flow = f->workflow;

        v->people = arena_array(w->arena, (size_t)flow->actor_count + f->event_count + 1, sizeof *v->people);
        for (int k = 0; k < flow->actor_count && f->ended == DAY_NONE && case_state_doubt(f) == NULL; k++) {
                const struct workflow_actor *actor = &flow->actors[k];
                bool is_next = false;

                for (int i = 0; i < flow->action_count; i++)
                        is_next |= flow->actions[i].by[k] && workflow_is_step(flow, &flow->actions[i], f->state);
                if (is_next)
                        v->people[v->people_count++] = (struct person_shown){ .name = text_in(w->language, actor->title_vi, actor->title_en), .is_next = true };
        }
        for (size_t i = f->event_count; i > 0; i--) {
                const struct case_event *e = &f->events[i - 1];
                bool is_known = e->fault != FAULT_NONE;

                for (size_t k = 0; k < v->people_count && !is_known; k++)
                        is_known = !v->people[k].is_next && strcmp(v->people[k].name, e->by) == 0 && v->people[k].of == e->unit;
                if (!is_known)
                        v->people[v->people_count++] = (struct person_shown){ .name = e->by, .of = e->unit, .unit = unit_words(w, e->unit), .when = day_words(w, e->on) };
        }
}

/* ---- what belongs to it ---------------------------------------------------------------------------------------------- */

static void related_fill(struct work *w, const struct case_file *f, struct case_view *v)
{
        const struct case_query q = { .parent = f->id, .sort = SORT_RECEIVED };
        const struct catalogue *c = catalogue_of(w);
        struct case_row *rows = NULL;
        size_t count = 0;
        int64_t total;

        if (f->workflow->sub_case_count == 0)
                return;
        rows = case_list(w, &q, CHILDREN_SHOWN, &count, &total);
        v->children = arena_array(w->arena, count + 1, sizeof *v->children);
        for (size_t i = 0; rows != NULL && i < count; i++)
                row_fill(w, &rows[i], &v->children[v->child_count++]);
        v->sub_cases = arena_array(w->arena, (size_t)f->workflow->sub_case_count, sizeof *v->sub_cases);
        for (int i = 0; i < f->workflow->sub_case_count && f->ended == DAY_NONE; i++) {
                const struct workflow *flow = workflow_find(c, f->workflow->sub_cases[i], day_of_moment(w->now));

                if (flow != NULL && case_may_open(w, flow))
                        v->sub_cases[v->sub_case_count++] = (struct choice_shown){ arena_print(w->arena, "/cases/new/%s?parent=%s&case_unit=%s", flow->id, f->id, f->unit->code),
                                                                                   text_in(w->language, flow->title_vi, flow->title_en), false };
        }
}

/* Where to look further: at the same procedure in the same place, and at the place. */
static void fill_alike(struct work *w, const struct case_file *f, struct case_view *v)
{
        const struct unit *home = case_home(catalogue_of(w), f->unit, day_of_moment(w->now)), *province = home == NULL ? NULL : home->province;

        if (home == NULL)
                return;
        v->alike = text_in(w->language, home->full_name_vi, home->full_name_en);
        v->alike_href = arena_print(w->arena, "/cases?which=all&workflow=%s&unit=%s", f->workflow->id, home->code);
        if (province == NULL)
                return;
        v->province = text_in(w->language, province->full_name_vi, province->full_name_en);
        v->province_href = arena_print(w->arena, "/provinces/%s", province->code);
}

/* Whether an action is named as what the asker does next: neither one of several choices that lead back or end the case early, nor what
 * is recorded already since the state began. */
static bool is_named(const struct case_file *f, int action, int rank)
{
        const struct workflow_action *a = &f->workflow->actions[action];

        if (a->kind == ACTION_MOVE)
                return rank > 1;
        for (size_t i = f->event_count; i > 0 && a->kind == ACTION_RECORD; i--) {
                const struct case_event *e = &f->events[i - 1];

                if (e->fault == FAULT_NONE && e->action == action)
                        return false;
                if (e->fault == FAULT_NONE && e->to >= 0)
                        break;
        }
        return true;
}

static void actions_fill(struct work *w, const struct case_file *f, const char *chosen, const char *row, struct case_view *v)
{
        const struct workflow *flow = f->workflow;
        int best = 0, best_later = 0;

        v->actions = arena_array(w->arena, (size_t)flow->action_count + 2, sizeof *v->actions);
        for (int i = 0; i < flow->action_count && case_state_doubt(f) == NULL; i++) {
                if (!flow->actions[i].from[f->state] || !case_is_actor(w, f, i) || (flow->actions[i].needs_row && f->line_count == 0))
                        continue;
                int rank = workflow_step_rank(flow, &flow->actions[i], f->state);

                v->actions[v->action_count] = case_form(w, f, flow, i, row);
                bool is_later = v->actions[v->action_count].waits != NULL, is_over = case_possible_until(f, &flow->actions[i]) < day_of_moment(w->now);

                if (!is_over && rank > (is_later ? best_later : best) && is_named(f, i, rank)) {
                        *(is_later ? &best_later : &best) = rank;
                        *(is_later ? &v->later : &v->next) = &v->actions[v->action_count];
                }
                v->action_count++;
        }
        if (assign_form(w, f, &v->actions[v->action_count])) {
                v->next = &v->actions[v->action_count++];
                v->is_divided = true;
        }
        for (size_t i = 0; i < v->action_count; i++)
                v->actions[i].is_open = chosen != NULL && strcmp(chosen, v->actions[i].id) == 0;
        v->is_divided |= case_home(catalogue_of(w), f->unit, day_of_moment(w->now)) == NULL;
}

struct case_view *case_view_make(struct work *w, struct case_file *f, const char *csrf, const char *chosen, const char *row, enum history_part part)
{
        struct case_view *v = arena_alloc(w->arena, sizeof *v);
        const struct workflow *flow = f->workflow;
        const struct workflow_state *s = &flow->states[f->state];
        const struct case_clock *next = case_next_clock(f);
        char today[DAY_TEXT_MAX], received[DAY_TEXT_MAX], shown[DECIMAL_TEXT_MAX * 2];
        const char *candidate;
        int members;
        int64_t score = case_score(f, &candidate, &members);

        day_write(today, day_of_moment(w->now));
        day_write(received, f->received);
        *v = (struct case_view){ .f = f, .part = case_part_of(flow->id), .title = *f->title == '\0' ? f->id : f->title, .workflow = text_in(w->language, flow->title_vi, flow->title_en),
                                 .unit = unit_words(w, f->unit), .state = text_in(w->language, s->title_vi, s->title_en), .csrf = csrf,
                                 .state_css = state_style(s), .has_due = next != NULL,
                                 .received = day_words(w, f->received), .received_on = arena_text(w->arena, received), .regime = flow->basis.source, .regime_is_verified = flow->basis.is_verified,
                                 .href = arena_print(w->arena, "/cases/%s", f->id), .today = arena_text(w->arena, today),
                                 .parent_href = *f->parent == '\0' ? NULL : arena_print(w->arena, "/cases/%s", f->parent) };
        fill_alike(w, f, v);
        if (score >= 0) {
                decimal_write_shown(shown, score, 2, 2, w->language);
                v->score = arena_print(w->arena, work_text(w, "%s points from %d members (at least %d are needed) %s"), shown, members, (int)flow->score_pass, candidate);
        }
        steps_fill(w, f, v);
        v->clocks = arena_array(w->arena, (size_t)f->clock_count + 1, sizeof *v->clocks);
        for (int pass = 0; pass < 3; pass++) /* what must be kept next stands first, then what else runs */
                for (int i = 0; i < f->clock_count; i++)
                        if ((&f->clocks[i] == next ? 0 : f->clocks[i].ended == DAY_NONE ? 1 : 2) == pass)
                                limit_fill(w, f, &f->clocks[i], &v->clocks[v->clock_count++]);
        fields_fill(w, f, v);
        case_lines_fill(w, v);
        papers_fill(w, f, v);
        v->prints = prints_of(w, f, &v->print_count);
        opinions_fill(w, f, v);
        people_fill(w, f, v);
        related_fill(w, f, v);
        v->events = history_shown(w, f, part, &v->event_count);
        v->overtaken = overtaken_shown(w, f, &v->overtaken_count);
        v->doubts = doubts_shown(w, f, &v->doubt_count);
        v->parts = history_parts(w, f, part, v->href);
        actions_fill(w, f, chosen, row, v);
        return v;
}

static const char *follows_words(struct work *w, const struct case_view *v)
{
        const struct case_file *f = v->f;
        const struct case_clock *due = case_next_clock(f);
        const char *who = "", *said = arena_print(w->arena, work_text(w, "The case is now: %s."), v->state);

        if (f->ended != DAY_NONE)
                return arena_print(w->arena, work_text(w, "%s It has ended."), said);
        for (size_t i = 0; i < v->people_count; i++)
                if (v->people[i].is_next)
                        who = arena_print(w->arena, "%s%s%s", who, *who == '\0' ? "" : ", ", v->people[i].name);
        if (*who != '\0')
                said = arena_print(w->arena, work_text(w, "%s Next: %s."), said, who);
        if (due != NULL) {
                const char *title = text_in(w->language, due->limit->title_vi, due->limit->title_en);

                return due->stands_still ? arena_print(w->arena, work_text(w, "%s %s: stands still, left: %s."), said, title, days_words(w, due->left, due->limit->is_working))
                                         : arena_print(w->arena, work_text(w, "%s %s: up to %s."), said, title, day_words(w, due->due));
        }
        return v->later == NULL ? said : arena_print(w->arena, "%s %s: %s.", said, v->later->title, v->later->waits);
}

void case_done_shown(struct work *w, struct case_view *v, const char *action)
{
        const struct case_file *f = v->f;

        for (size_t i = f->event_count; action != NULL && i > 0; i--) {
                const struct case_event *e = &f->events[i - 1];

                if (e->fault != FAULT_NONE)
                        continue;
                if (strcmp(action, event_name(f, e)) == 0) {
                        v->done = arena_print(w->arena, work_text(w, "Done: %s, %s"), event_title(w, f, e), day_words(w, e->on));
                        v->follows = follows_words(w, v);
                        v->receipt = event_receipt(w, e);
                }
                return;
        }
}

void case_part_shown(struct work *w, struct buf *out, const struct case_view *v, enum case_place place)
{
        if (v->part != NULL && v->part->show != NULL)
                v->part->show(w, v->f, place, out);
}
