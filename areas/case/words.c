/* words.c - words of cases, forms of what may be done, and one case as JSON. */
#include <string.h>

#include "areas/case/case.h"
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

const char *state_style(const struct workflow_state *s)
{
        return s->kind != STATE_END ? "chip info" : s->is_failure ? "chip err" : "chip ok";
}

const char *held_words(struct arena *a, enum language l, const struct workflow_field *field, const struct field_value *v)
{
        char shown[DECIMAL_TEXT_MAX * 2];

        switch (field->kind) {
        case FIELD_NUMBER:
                decimal_write_shown(shown, v->number, field->decimals, field->decimals, l);
                return arena_print(a, "%s %s", shown, text_in(l, field->unit_vi, field->unit_en));
        case FIELD_MONEY:
                decimal_write_shown(shown, v->number, 0, 0, l);
                return arena_print(a, text(l, "%s dong"), shown);
        case FIELD_DAY:
                day_write_shown(shown, (day)v->number, l);
                return arena_text(a, shown);
        case FIELD_CHOICE: return text_in(l, field->choices[v->number].title_vi, field->choices[v->number].title_en);
        case FIELD_YES_NO: return v->number != 0 ? text(l, "Yes") : text(l, "No");
        default: return v->text;
        }
}

const char *value_words(struct work *w, const struct workflow_field *field, const struct field_value *v)
{
        return held_words(w->arena, w->language, field, v);
}

const char *row_value_words(struct work *w, const struct workflow_field *field, const struct field_value *v, const struct field_value *row)
{
        struct workflow_field x = *field;

        if (x.unit_of >= 0 && row != NULL && row[x.unit_of].is_known)
                x.unit_vi = x.unit_en = row[x.unit_of].text;
        return value_words(w, &x, v);
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

static const struct { const char *name, *title; } opinions[] = {
        { "agree", N_("Agrees") }, { "conditions", N_("Agrees with conditions") }, { "disagree", N_("Does not agree") },
};

const char *opinion_words(enum language language, const char *opinion)
{
        for (size_t i = 0; i < sizeof opinions / sizeof *opinions; i++)
                if (strcmp(opinions[i].name, opinion) == 0)
                        return text(language, opinions[i].title);
        return "";
}

static void special_inputs(struct work *w, const struct workflow *flow, const struct workflow_action *act, struct action_shown *a)
{
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
                        i->choices[i->choice_count] = (struct choice_shown){ opinions[i->choice_count].name, work_text(w, opinions[i->choice_count].title), false };
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

/* The parts to which the asker may assign the case of a divided unit. */
static const struct unit **assign_parts(struct work *w, const struct case_file *f, size_t *count)
{
        const struct catalogue *c = catalogue_of(w);
        day today = day_of_moment(w->now);
        const struct unit *own = c == NULL ? NULL : unit_at(c, w->user->unit, today);
        const struct unit_part *parts;
        const struct unit **list;
        size_t found;

        *count = 0;
        if (own == NULL || !user_may(w->user, MAY_RECEIVE) || case_home(c, f->unit, today) != NULL)
                return NULL;
        parts = unit_parts(w->arena, c, f->unit, today, &found);
        list = arena_array(w->arena, found + 1, sizeof *list);
        for (size_t i = 0; i < found; i++)
                if (parts[i].unit != own && unit_is_within(parts[i].unit, own))
                        list[(*count)++] = parts[i].unit;
        return list;
}

bool assign_form(struct work *w, const struct case_file *f, struct action_shown *a)
{
        size_t count;
        const struct unit **parts = assign_parts(w, f, &count);
        struct input_shown *i;

        if (count == 0)
                return false;
        *a = (struct action_shown){ .id = "assign", .title = work_text(w, "Assign the case to a part of the divided unit"), .basis = "",
                                    .href = arena_print(w->arena, "/cases/%s/assign", f->id), .is_verified = true,
                                    .inputs = arena_array(w->arena, 2, sizeof *a->inputs) };
        i = input_add(a, "case_unit", work_text(w, "Unit that goes on"), "choice", true);
        i->choices = arena_array(w->arena, count, sizeof *i->choices);
        for (; i->choice_count < count; i->choice_count++)
                i->choices[i->choice_count] = (struct choice_shown){ parts[i->choice_count]->code, unit_words(w, parts[i->choice_count]), false };
        input_add(a, "reason", work_text(w, "Reason"), "area", true);
        return true;
}

static const char *waits_words(struct work *w, const struct case_file *f, const struct workflow_action *act)
{
        day from = case_possible_from(f, act), until = case_possible_until(f, act);
        const struct workflow_limit *l = from == DAY_NONE ? NULL : &f->workflow->limits[act->after];

        if (until < day_of_moment(w->now))
                return arena_print(w->arena, work_text(w, "its last day has passed (%s): only what was done before can still be recorded"),
                                   text_in(w->language, f->workflow->limits[act->within].title_vi, f->workflow->limits[act->within].title_en));
        if (from == DAY_NONE || from <= day_of_moment(w->now))
                return NULL;
        return from == DAY_FOREVER ? arena_print(w->arena, work_text(w, "not before the end of: %s"), text_in(w->language, l->title_vi, l->title_en))
                                   : arena_print(w->arena, work_text(w, "possible from %s on (%s)"), day_words(w, from), text_in(w->language, l->title_vi, l->title_en));
}

/* The rows that there are, to choose from. */
static void rows_input(struct work *w, const struct case_file *f, int key, const char *row, struct action_shown *a)
{
        const struct workflow_field *field = &f->workflow->fields[key];
        struct input_shown *i = input_add(a, arena_print(w->arena, "field-%s", field->id), text_in(w->language, field->title_vi, field->title_en), "choice", true);

        i->choices = arena_array(w->arena, (size_t)f->line_count + 1, sizeof *i->choices);
        for (int k = 0; k < f->line_count; k++)
                if (f->lines[k].key == key)
                        i->choices[i->choice_count++] = (struct choice_shown){ f->lines[k].name, value_words(w, field, &f->lines[k].values[key]),
                                                                               row != NULL && strcmp(row, f->lines[k].name) == 0 };
}

/* What a form begins with: what the case holds; in fields of a row what that row does. */
static const struct field_value *begins_with(struct work *w, const struct case_file *f, const struct workflow *flow, int field, const char *row)
{
        static const struct field_value empty;
        int key = flow->fields[field].is_key ? field : flow->fields[field].row_of;
        const struct case_line *line = key < 0 || f == NULL || row == NULL ? NULL : case_line_of(w->arena, f, key, row);

        return f == NULL || (key >= 0 && line == NULL) ? &empty : line != NULL ? &line->values[field] : &f->values[field];
}

struct action_shown case_form(struct work *w, const struct case_file *f, const struct workflow *flow, int action, const char *row)
{
        const struct workflow_action *act = action < 0 ? NULL : &flow->actions[action];
        const bool *fields = act == NULL ? flow->first_fields : act->fields, *papers = act == NULL ? flow->first_documents : act->documents;
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
                if (fields[i] && act != NULL && act->needs_row && flow->fields[i].is_key)
                        rows_input(w, f, i, row, &a);
                else if (fields[i])
                        field_input(w, &flow->fields[i], begins_with(w, f, flow, i, row), &a);
        if (act != NULL && f != NULL)
                a.waits = waits_words(w, f, act);
        if (act != NULL)
                special_inputs(w, flow, act, &a);
        for (int i = 0; i < flow->document_count; i++) {
                const char *held = NULL;

                for (int k = 0; f != NULL && k < f->paper_count; k++)
                        if (f->papers[k].document == i && !case_paper_is_spent(f, &f->papers[k], action))
                                held = arena_print(w->arena, "%s, %s", f->papers[k].number, day_words(w, f->papers[k].on));
                if (papers[i])
                        a.papers[a.paper_count++] = (struct paper_input){ flow->documents[i].id, text_in(w->language, flow->documents[i].title_vi, flow->documents[i].title_en),
                                                                          held == NULL, held };
        }
        if (act != NULL)
                input_add(&a, "reason", act->needs_reason ? work_text(w, "Reason") : work_text(w, "Reason or note"), "area", act->needs_reason);
        return a;
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
                jsonw_member_bool(j, "window", k->limit->is_window);
                jsonw_member_bool(j, "working_days", k->limit->is_working);
                jsonw_member_int(j, "stopped_days", k->stopped);
                jsonw_member_bool(j, "stands_still", k->stands_still);
                member_day(j, "due", k->due);
                jsonw_member_bool(j, "is_certain", k->is_certain);
                jsonw_member_text(j, "urgency", k->ended != DAY_NONE || k->stands_still ? "" : urgency_name(limit_urgency(k->limit, k->due, day_of_moment(w->now))));
                member_day(j, "ended", k->ended);
                jsonw_member_text(j, "why", limit_why(w, k));
                jsonw_member_text(j, "source", k->limit->basis.source);
                jsonw_member_bool(j, "verified", k->limit->basis.is_verified);
                jsonw_end(j);
        }
        jsonw_end(j);
}

static void json_history(struct work *w, const struct case_file *f, struct jsonw *j)
{
        size_t count;
        const struct event_shown *events = history_shown(w, f, HISTORY_ALL, &count);

        jsonw_name(j, "history");
        jsonw_array(j);
        for (size_t i = count; i > 0; i--) {
                const struct event_shown *x = &events[i - 1];
                const struct case_event *e = x->event;

                jsonw_object(j);
                jsonw_member_text(j, "action", event_name(f, e));
                member_day(j, "on", e->on);
                jsonw_member_text(j, "by", e->by);
                jsonw_member_text(j, "unit", e->unit->key);
                jsonw_member_text(j, "reason", x->reason);
                jsonw_member_text(j, "state", e->to < 0 ? NULL : f->workflow->states[e->to].id);
                jsonw_member_bool(j, "counts", e->fault == FAULT_NONE);
                jsonw_member_text(j, "why_not", x->fault);
                jsonw_member_text(j, "rule", x->fault == NULL ? NULL : x->rule);
                jsonw_member_text(j, "entry", x->hash);
                if (x->receipt != NULL)
                        jsonw_member_text(j, "receipt", x->receipt);
                jsonw_end(j);
        }
        jsonw_end(j);
}

void case_json_value(const struct workflow_field *field, const struct field_value *v, struct jsonw *j)
{
        jsonw_name(j, field->id);
        if (field->kind == FIELD_NUMBER || field->kind == FIELD_MONEY || field->kind == FIELD_YEAR)
                jsonw_decimal(j, v->number, field->kind == FIELD_NUMBER ? field->decimals : 0);
        else
                jsonw_text(j, v->text);
}

static void json_fields(const struct case_file *f, struct jsonw *j)
{
        const struct workflow *flow = f->workflow;

        jsonw_name(j, "fields");
        jsonw_object(j);
        for (int i = 0; i < flow->field_count; i++)
                if (f->values[i].is_known && !flow->fields[i].is_key && flow->fields[i].row_of < 0)
                        case_json_value(&flow->fields[i], &f->values[i], j);
        jsonw_end(j);
}

static void json_papers(struct work *w, const struct case_file *f, struct jsonw *j)
{
        jsonw_name(j, "documents");
        jsonw_array(j);
        for (int i = 0; i < f->paper_count; i++) {
                int document = f->papers[i].document;
                bool is_first = true;
                const struct attached *shown;
                struct blob *files;
                size_t count;

                jsonw_object(j);
                jsonw_member_text(j, "document", f->workflow->documents[document].id);
                jsonw_member_text(j, "number", f->papers[i].number);
                member_day(j, "on", f->papers[i].on);
                for (int k = 0; k < i; k++)
                        is_first &= f->papers[k].document != document;
                if (is_first) {
                        shown = papers_shown(w, f, document, &files, &count);
                        jsonw_name(j, "files");
                        jsonw_array(j);
                        for (size_t k = 0; k < count; k++)
                                attached_write(j, &files[k], shown[k].href);
                        jsonw_end(j);
                }
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
        size_t assignable;
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
        case_lines_json(f, &j);
        json_papers(w, f, &j);
        json_clocks(w, f, &j);
        json_opinions(f, &j);
        json_history(w, f, &j);
        jsonw_name(&j, "actions");
        jsonw_array(&j);
        for (int i = 0; i < f->workflow->action_count; i++)
                if (f->workflow->actions[i].from[f->state] && case_is_actor(w, f, i))
                        jsonw_text(&j, f->workflow->actions[i].id);
        assign_parts(w, f, &assignable);
        if (assignable > 0)
                jsonw_text(&j, "assign");
        jsonw_end(&j);
        if (part != NULL && part->write_json != NULL)
                part->write_json(w, f, &j);
        jsonw_end(&j);
        buf_char(out, '\n');
}
