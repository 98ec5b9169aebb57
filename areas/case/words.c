/* words.c - a case in words: what its page and its JSON show. */
#include <string.h>

#include "areas/case/case.h"
#include "base/hex.h"
#include "format/jsonw.h"

/* ---- small things ------------------------------------------------------------------------------------------ */

const char *day_words(struct work *w, day d)
{
        char text[DAY_SHOWN_MAX];

        if (d == DAY_NONE || d == DAY_FOREVER)
                return "";
        day_write_shown(text, d, w->language);
        return arena_text(w->arena, text);
}

const char *unit_words(struct work *w, const struct unit *u)
{
        return u == NULL ? "" : text_in(w->language, u->full_name_vi, u->full_name_en);
}

static const char *value_words(struct work *w, const struct workflow_field *field, const struct field_value *v)
{
        char text[DECIMAL_TEXT_MAX * 2];

        switch (field->kind) {
        case FIELD_NUMBER:
                decimal_write_shown(text, v->number, field->decimals, field->decimals, w->language);
                return arena_print(w->arena, "%s %s", text, text_in(w->language, field->unit_vi, field->unit_en));
        case FIELD_MONEY:
                decimal_write_shown(text, v->number, 0, 0, w->language);
                return arena_print(w->arena, work_text(w, "%s dong"), text);
        case FIELD_DAY: return day_words(w, (day)v->number);
        case FIELD_CHOICE: return text_in(w->language, field->choices[v->number].title_vi, field->choices[v->number].title_en);
        case FIELD_YES_NO: return v->number != 0 ? work_text(w, "Yes") : work_text(w, "No");
        default: return v->text;
        }
}

/* ---- why this day ---------------------------------------------------------------------------------------------- */

static const char *clock_why(struct work *w, const struct case_clock *k)
{
        const char *why;

        if (k->limit->month != 0)
                return work_text(w, "a day fixed in the year of the plan, whenever the limit began");
        why = arena_print(w->arena, k->limit->is_working ? work_text(w, "%d working days, counted from the day after %s")
                                                         : work_text(w, "%d days, counted from the day after %s"),
                          k->limit->days, day_words(w, k->started));
        if (k->days != k->limit->days)
                why = arena_print(w->arena, work_text(w, "%s; extended by %d days"), why, k->days - k->limit->days);
        for (int i = 0; i < k->stop_count; i++) {
                const struct case_stop *s = &k->stops[i];

                if (s->is_open)
                        why = arena_print(w->arena, work_text(w, "%s; it stands still since %s"), why, day_words(w, s->from));
                else
                        why = arena_print(w->arena, work_text(w, "%s; it stood still from %s to %s"), why, day_words(w, s->from), day_words(w, s->to));
                if (s->reason != NULL && *s->reason != '\0')
                        why = arena_print(w->arena, "%s (%s)", why, s->reason);
        }
        if (k->stands_still)
                why = arena_print(w->arena, work_text(w, "%s; %d days are left"), why, k->left);
        if (k->off > 0)
                why = arena_print(w->arena, work_text(w, "%s; %d days off are not counted"), why, k->off);
        if (k->was_moved)
                why = arena_print(w->arena, work_text(w, "%s; a day off moves to the next working day"), why);
        if (!k->is_certain)
                why = arena_print(w->arena, work_text(w, "%s; the holidays of that year are not yet known, so it may move"), why);
        return why;
}

static void clock_fill(struct work *w, const struct case_clock *k, struct clock_shown *out)
{
        const struct workflow_limit *l = k->limit;

        *out = (struct clock_shown){ .title = text_in(w->language, l->title_vi, l->title_en), .due = day_words(w, k->due), .basis = l->basis.source,
                                     .is_verified = l->basis.is_verified, .why = clock_why(w, k) };
        if (k->asked != NULL)
                out->title = arena_print(w->arena, "%s: %s", out->title, unit_words(w, k->asked));
        if (k->ended == DAY_NONE) {
                enum urgency urgency = k->stands_still ? URGENCY_NONE : limit_urgency(l, k->due, day_of_moment(w->now));

                out->chip = case_left_words(w, k->due, k->stands_still, urgency, &out->css);
                if (urgency == URGENCY_ESCALATED)
                        out->chip = arena_print(w->arena, work_text(w, "%s: to be taken up by those above"), out->chip);
        } else {
                bool is_late = k->due != DAY_NONE && k->ended > k->due;

                out->css = is_late ? "chip warn" : "chip ok";
                out->chip = arena_print(w->arena, is_late ? work_text(w, "done late, %s") : work_text(w, "done in time, %s"), day_words(w, k->ended));
        }
}

/* ---- forms --------------------------------------------------------------------------------------------------------- */

static struct input_shown *input_add(struct action_shown *a, const char *name, const char *label, const char *type, bool is_required)
{
        struct input_shown *i = &a->inputs[a->input_count++];

        *i = (struct input_shown){ .name = name, .label = label, .type = type, .hint = "", .value = "", .is_required = is_required };
        return i;
}

static void choices_of(struct work *w, const struct workflow_field *field, const struct field_value *v, struct input_shown *i)
{
        static const struct { const char *value, *title; } answers[] = { { "yes", N_("Yes") }, { "no", N_("No") } };
        bool is_yes_no = field->kind == FIELD_YES_NO;

        i->choice_count = is_yes_no ? 2 : (size_t)field->choice_count;
        i->choices = arena_array(w->arena, i->choice_count + 1, sizeof *i->choices);
        for (size_t k = 0; k < i->choice_count; k++)
                i->choices[k] = is_yes_no ? (struct choice_shown){ answers[k].value, work_text(w, answers[k].title), v->is_known && v->number == (k == 0) }
                                          : (struct choice_shown){ field->choices[k].id, text_in(w->language, field->choices[k].title_vi, field->choices[k].title_en),
                                                                   v->is_known && v->number == (int64_t)k };
}

static void field_input(struct work *w, const struct workflow_field *field, const struct field_value *v, struct action_shown *a)
{
        static const char *const types[] = { "decimal", "decimal", "date", "text", "choice", "choice", "text" };
        struct input_shown *i = input_add(a, arena_print(w->arena, "field-%s", field->id), text_in(w->language, field->title_vi, field->title_en),
                                          types[field->kind], true);

        i->hint = field->kind == FIELD_NUMBER ? text_in(w->language, field->unit_vi, field->unit_en) : field->kind == FIELD_MONEY ? work_text(w, "dong") : "";
        if (i->type[0] == 'c')
                choices_of(w, field, v, i);
        else if (v->is_known && (field->kind == FIELD_NUMBER || field->kind == FIELD_MONEY)) {
                char text[DECIMAL_TEXT_MAX * 2];

                decimal_write_shown(text, v->number, field->kind == FIELD_NUMBER ? field->decimals : 0, field->kind == FIELD_NUMBER ? field->decimals : 0,
                                    w->language);
                i->value = arena_text(w->arena, text);
        } else if (v->is_known)
                i->value = v->text;
}

static void special_inputs(struct work *w, const struct workflow *flow, const struct workflow_action *act, struct action_shown *a)
{
        static const struct { const char *value, *title; } verdicts[] = {
                { "agree", N_("Agrees") }, { "conditions", N_("Agrees with conditions") }, { "disagree", N_("Does not agree") },
        };
        struct input_shown *i;

        switch (act->kind) {
        case ACTION_EXTEND:
                i = input_add(a, "days", work_text(w, "Days more"), "decimal", true);
                i->hint = arena_print(w->arena, work_text(w, "at most %d"), flow->limits[act->limit].extend_days);
                break;
        case ACTION_ASK:
                i = input_add(a, "units", work_text(w, "Units asked"), "text", true);
                i->hint = work_text(w, "codes, with commas between them");
                break;
        case ACTION_ANSWER:
                i = input_add(a, "opinion", work_text(w, "Opinion"), "choice", true);
                i->choices = arena_array(w->arena, 3, sizeof *i->choices);
                for (; i->choice_count < 3; i->choice_count++)
                        i->choices[i->choice_count] = (struct choice_shown){ verdicts[i->choice_count].value, work_text(w, verdicts[i->choice_count].title), false };
                input_add(a, "text", work_text(w, "Its words"), "area", false);
                break;
        case ACTION_SCORE:
                input_add(a, "candidate", work_text(w, "Candidate"), "text", false);
                for (int k = 0; k < flow->criterion_count; k++) {
                        i = input_add(a, arena_print(w->arena, "points-%s", flow->criteria[k].id),
                                      text_in(w->language, flow->criteria[k].title_vi, flow->criteria[k].title_en), "decimal", true);
                        i->hint = arena_print(w->arena, work_text(w, "at most %d"), (int)flow->criteria[k].most);
                }
                break;
        default: break;
        }
}

struct action_shown case_form(struct work *w, const struct case_file *f, const struct workflow *flow, int action)
{
        const struct workflow_action *act = action < 0 ? NULL : &flow->actions[action];
        const bool *fields = act == NULL ? flow->first_fields : act->fields, *papers = act == NULL ? flow->first_documents : act->documents;
        static const struct field_value empty;
        struct action_shown a = { .inputs = arena_array(w->arena, (size_t)(flow->field_count + flow->criterion_count) + 8, sizeof *a.inputs),
                                  .papers = arena_array(w->arena, (size_t)flow->document_count + 1, sizeof *a.papers) };

        if (act != NULL) {
                a.id = act->id;
                a.title = text_in(w->language, act->title_vi, act->title_en);
                a.basis = act->basis.source;
                a.is_verified = act->basis.is_verified;
                a.href = arena_print(w->arena, "/cases/%s/%s", f->id, act->id);
        }
        for (int i = 0; i < flow->field_count; i++)
                if (fields[i])
                        field_input(w, &flow->fields[i], f == NULL ? &empty : &f->values[i], &a);
        if (act != NULL)
                special_inputs(w, flow, act, &a);
        for (int i = 0; i < flow->document_count; i++) {
                bool is_held = false;

                for (int k = 0; f != NULL && k < f->paper_count; k++)
                        is_held |= f->papers[k].document == i;
                if (papers[i])
                        a.papers[a.paper_count++] = (struct paper_input){ flow->documents[i].id, text_in(w->language, flow->documents[i].title_vi, flow->documents[i].title_en),
                                                                          !is_held };
        }
        if (act != NULL)
                input_add(&a, "reason", act->needs_reason ? work_text(w, "Reason") : work_text(w, "Reason or note"), "area", act->needs_reason);
        return a;
}

/* ---- the page of one ---------------------------------------------------------------------------------------------------- */

static void steps_fill(struct work *w, const struct case_file *f, struct case_view *v)
{
        const struct workflow *flow = f->workflow;
        int shown = f->held_from >= 0 ? f->held_from : f->state, now = flow->states[shown].step;

        v->steps = arena_array(w->arena, (size_t)flow->step_count + 1, sizeof *v->steps);
        for (size_t i = 0; now < 0 && i < f->event_count; i++) /* an end beside the steps: as far as it came */
                if (f->events[i].fault == FAULT_NONE && f->events[i].to >= 0 && flow->states[f->events[i].to].step > now)
                        now = flow->states[f->events[i].to].step;
        for (int s = 0; s < flow->step_count; s++) {
                struct step_shown *x = &v->steps[v->step_count++];

                *x = (struct step_shown){ .title = text_in(w->language, flow->steps_vi[s], flow->steps_en[s]), .when = "", .css = "" };
                x->is_done = s < now || (s == now && f->ended != DAY_NONE && !flow->states[f->state].is_failure);
                x->is_now = s == now && !x->is_done;
                x->css = x->is_done ? "done" : x->is_now ? "now" : "";
                for (size_t i = 0; i < f->event_count; i++)
                        if (f->events[i].fault == FAULT_NONE && f->events[i].to >= 0 && flow->states[f->events[i].to].step == s &&
                            (f->events[i].from < 0 || flow->states[f->events[i].from].step != s) && *x->when == '\0')
                                x->when = day_words(w, f->events[i].on);
        }
}

static void history_fill(struct work *w, const struct case_file *f, struct case_view *v)
{
        v->events = arena_array(w->arena, f->event_count + 1, sizeof *v->events);
        for (size_t i = f->event_count; i > 0; i--) {
                const struct case_event *e = &f->events[i - 1];
                struct event_shown *x = &v->events[v->event_count++];
                const char *reason = json_string_value(json_object_get(e->body, "reason"));
                char hex[HASH_HEX], at[DAY_SHOWN_MAX];

                hex_write(hex, e->hash, HASH_BYTES);
                moment_write_shown(at, stamp_moment(e->at), w->language);
                *x = (struct event_shown){ .by = e->by, .on = day_words(w, e->on), .at = arena_text(w->arena, at), .reason = reason == NULL ? "" : reason,
                                           .hash = arena_copy(w->arena, hex, 12), .rule = "" };
                x->by = arena_print(w->arena, "%s · %s", e->by, unit_words(w, e->unit));
                x->title = e->act == CASE_OPEN     ? work_text(w, "The case was opened")
                           : e->act == CASE_ASSIGN ? work_text(w, "The case was assigned to a unit")
                           : e->action >= 0        ? text_in(w->language, f->workflow->actions[e->action].title_vi, f->workflow->actions[e->action].title_en)
                                                   : e->about;
                if (e->fault != FAULT_NONE) {
                        struct error err = { .language = w->language };

                        case_fault_say(w, f, e, &err);
                        x->fault = arena_text(w->arena, err.message);
                        x->rule = arena_text(w->arena, err.hint);
                }
        }
}

static void facts_fill(struct work *w, const struct case_file *f, struct case_view *v)
{
        static const char *const verdicts[] = { N_("expected"), N_("Agrees"), N_("Agrees with conditions"), N_("Does not agree") };
        static const char *const verdict_css[] = { "chip warn", "chip ok", "chip info", "chip err" };
        const struct workflow *flow = f->workflow;

        v->fields = arena_array(w->arena, (size_t)flow->field_count + 1, sizeof *v->fields);
        v->money = arena_array(w->arena, (size_t)flow->field_count + 1, sizeof *v->money);
        for (int i = 0; i < flow->field_count; i++) {
                struct pair_shown *p = flow->fields[i].kind == FIELD_MONEY ? &v->money[v->money_count] : &v->fields[v->field_count];

                if (!f->values[i].is_known)
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
        v->papers = arena_array(w->arena, (size_t)f->paper_count + 1, sizeof *v->papers);
        for (int i = 0; i < f->paper_count; i++)
                v->papers[v->paper_count++] = (struct paper_shown){ text_in(w->language, flow->documents[f->papers[i].document].title_vi, flow->documents[f->papers[i].document].title_en),
                                                                    f->papers[i].number, day_words(w, f->papers[i].on), f->papers[i].about };
        v->opinions = arena_array(w->arena, (size_t)f->opinion_count + 1, sizeof *v->opinions);
        for (int i = 0; i < f->opinion_count; i++) {
                const struct case_opinion *p = &f->opinions[i];

                v->opinions[v->opinion_count++] = (struct opinion_shown){ unit_words(w, p->unit), work_text(w, verdicts[p->verdict]), verdict_css[p->verdict],
                                                                          day_words(w, p->verdict == VERDICT_NONE ? p->asked : p->answered), p->text };
        }
}

struct case_view *case_view_make(struct work *w, struct case_file *f, const char *csrf)
{
        struct case_view *v = arena_alloc(w->arena, sizeof *v);
        const struct workflow *flow = f->workflow;
        const struct workflow_state *s = &flow->states[f->state];
        char today[DAY_TEXT_MAX];
        const char *candidate;
        int members;
        int64_t score = case_score(f, &candidate, &members);

        day_write(today, day_of_moment(w->now));
        *v = (struct case_view){ .f = f, .part = case_part_of(flow->id), .title = *f->title == '\0' ? f->id : f->title, .workflow = text_in(w->language, flow->title_vi, flow->title_en),
                                 .unit = unit_words(w, f->unit), .state = text_in(w->language, s->title_vi, s->title_en), .csrf = csrf,
                                 .state_css = s->kind != STATE_END ? "chip info" : s->is_failure ? "chip err" : "chip ok",
                                 .received = day_words(w, f->received), .regime = flow->basis.source, .regime_is_verified = flow->basis.is_verified,
                                 .href = arena_print(w->arena, "/cases/%s", f->id), .today = arena_text(w->arena, today),
                                 .parent_href = *f->parent == '\0' ? NULL : arena_print(w->arena, "/cases/%s", f->parent) };
        if (score >= 0) {
                char shown[DECIMAL_TEXT_MAX * 2];

                decimal_write_shown(shown, score, 2, 2, w->language);
                v->score = arena_print(w->arena, work_text(w, "%s points from %d members (at least %d are needed) %s"), shown, members, (int)flow->score_pass, candidate);
        }
        steps_fill(w, f, v);
        v->clocks = arena_array(w->arena, (size_t)f->clock_count + 1, sizeof *v->clocks);
        for (int pass = 0; pass < 2; pass++) /* those that run stand first */
                for (int i = 0; i < f->clock_count; i++)
                        if ((f->clocks[i].ended == DAY_NONE) == (pass == 0))
                                clock_fill(w, &f->clocks[i], &v->clocks[v->clock_count++]);
        facts_fill(w, f, v);
        history_fill(w, f, v);
        v->actions = arena_array(w->arena, (size_t)flow->action_count + 1, sizeof *v->actions);
        for (int i = 0; i < flow->action_count; i++)
                if (flow->actions[i].from[f->state] && case_is_actor(w, f, i))
                        v->actions[v->action_count++] = case_form(w, f, flow, i);
        return v;
}

void case_part_shown(struct work *w, struct buf *out, const struct case_view *v, enum case_place place)
{
        if (v->part != NULL && v->part->show != NULL)
                v->part->show(w, v->f, place, out);
}

/* ---- JSON -------------------------------------------------------------------------------------------------------------------- */

static void member_day(struct jsonw *j, const char *name, day d)
{
        char text[DAY_TEXT_MAX] = "";

        day_write(text, d);
        jsonw_member_text(j, name, *text == '\0' ? NULL : text);
}

static void json_clocks(struct work *w, const struct case_file *f, struct jsonw *j)
{
        jsonw_name(j, "limits");
        jsonw_array(j);
        for (int i = 0; i < f->clock_count; i++) {
                const struct case_clock *k = &f->clocks[i];

                jsonw_object(j);
                jsonw_member_text(j, "limit", k->limit->id);
                if (k->asked != NULL)
                        jsonw_member_text(j, "unit", k->asked->key);
                member_day(j, "started", k->started);
                jsonw_member_int(j, "days", k->days);
                jsonw_member_bool(j, "working_days", k->limit->is_working);
                jsonw_member_int(j, "stopped_days", k->stopped);
                jsonw_member_bool(j, "stands_still", k->stands_still);
                member_day(j, "due", k->due);
                jsonw_member_bool(j, "is_certain", k->is_certain);
                member_day(j, "ended", k->ended);
                jsonw_member_text(j, "why", clock_why(w, k));
                jsonw_member_text(j, "source", k->limit->basis.source);
                jsonw_member_bool(j, "verified", k->limit->basis.is_verified);
                jsonw_end(j);
        }
        jsonw_end(j);
}

static void json_history(struct work *w, const struct case_file *f, struct jsonw *j)
{
        struct case_view v = { .f = f };

        history_fill(w, f, &v);
        jsonw_name(j, "history");
        jsonw_array(j);
        for (size_t i = 0; i < f->event_count; i++) {
                const struct case_event *e = &f->events[i];
                const struct event_shown *x = &v.events[f->event_count - 1 - i];

                jsonw_object(j);
                jsonw_member_text(j, "action", e->act == CASE_OPEN ? "open" : e->act == CASE_ASSIGN ? "assign" : e->action < 0 ? "" : f->workflow->actions[e->action].id);
                member_day(j, "on", e->on);
                jsonw_member_text(j, "by", e->by);
                jsonw_member_text(j, "unit", e->unit->key);
                jsonw_member_text(j, "reason", x->reason);
                jsonw_member_text(j, "state", e->to < 0 ? NULL : f->workflow->states[e->to].id);
                jsonw_member_bool(j, "counts", e->fault == FAULT_NONE);
                jsonw_member_text(j, "why_not", x->fault);
                jsonw_member_text(j, "rule", x->fault == NULL ? NULL : x->rule);
                jsonw_member_text(j, "entry", x->hash);
                jsonw_end(j);
        }
        jsonw_end(j);
}

static void json_fields(const struct case_file *f, struct jsonw *j)
{
        const struct workflow *flow = f->workflow;

        jsonw_name(j, "fields");
        jsonw_object(j);
        for (int i = 0; i < flow->field_count; i++) {
                const struct workflow_field *field = &flow->fields[i];

                if (!f->values[i].is_known)
                        continue;
                jsonw_name(j, field->id);
                if (field->kind == FIELD_NUMBER || field->kind == FIELD_MONEY || field->kind == FIELD_YEAR)
                        jsonw_decimal(j, f->values[i].number, field->kind == FIELD_NUMBER ? field->decimals : 0);
                else
                        jsonw_text(j, f->values[i].text);
        }
        jsonw_end(j);
        jsonw_name(j, "documents");
        jsonw_array(j);
        for (int i = 0; i < f->paper_count; i++) {
                jsonw_object(j);
                jsonw_member_text(j, "document", flow->documents[f->papers[i].document].id);
                jsonw_member_text(j, "number", f->papers[i].number);
                member_day(j, "on", f->papers[i].on);
                jsonw_end(j);
        }
        jsonw_end(j);
}

static void json_opinions(const struct case_file *f, struct jsonw *j)
{
        static const char *const words[] = { NULL, "agree", "conditions", "disagree" };
        const char *candidate;
        int members;
        int64_t score = case_score(f, &candidate, &members);

        jsonw_name(j, "opinions");
        jsonw_array(j);
        for (int i = 0; i < f->opinion_count; i++) {
                jsonw_object(j);
                jsonw_member_text(j, "unit", f->opinions[i].unit->key);
                member_day(j, "asked", f->opinions[i].asked);
                jsonw_member_text(j, "opinion", words[f->opinions[i].verdict]);
                jsonw_member_text(j, "text", f->opinions[i].text);
                jsonw_end(j);
        }
        jsonw_end(j);
        jsonw_name(j, "score");
        if (score < 0)
                jsonw_null(j);
        else
                jsonw_decimal(j, score, 2);
}

void case_json(struct work *w, const struct case_file *f, struct buf *out)
{
        const struct case_part *part = case_part_of(f->workflow->id);
        struct jsonw j;

        jsonw_init(&j, out);
        jsonw_object(&j);
        jsonw_member_text(&j, "id", f->id);
        jsonw_member_text(&j, "workflow", f->workflow->id);
        jsonw_member_text(&j, "regime", f->workflow->path);
        jsonw_member_text(&j, "title", f->title);
        jsonw_member_text(&j, "unit", f->unit->key);
        jsonw_member_text(&j, "parent", *f->parent == '\0' ? NULL : f->parent);
        member_day(&j, "received", f->received);
        jsonw_member_text(&j, "state", f->workflow->states[f->state].id);
        member_day(&j, "ended", f->ended);
        json_fields(f, &j);
        json_clocks(w, f, &j);
        json_opinions(f, &j);
        json_history(w, f, &j);
        jsonw_name(&j, "actions");
        jsonw_array(&j);
        for (int i = 0; i < f->workflow->action_count; i++)
                if (f->workflow->actions[i].from[f->state] && case_is_actor(w, f, i))
                        jsonw_text(&j, f->workflow->actions[i].id);
        jsonw_end(&j);
        if (part != NULL && part->write_json != NULL)
                part->write_json(w, f, &j);
        jsonw_end(&j);
        buf_char(out, '\n');
}
