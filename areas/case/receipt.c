/* receipt.c - what was filed in a case, by opening it or by an act in it, and what became of it. */
#include <string.h>

#include "areas/case/case.h"

static bool is_filed(enum case_act act)
{
        return act == CASE_OPEN || act == CASE_ACT;
}

const char *event_receipt(struct work *w, const struct case_event *e)
{
        char code[RECEIPT_CODE_MAX];

        if (!is_filed(e->act))
                return NULL;
        receipt_code(e->hash, code);
        return arena_text(w->arena, code);
}

/* ---- what was filed ---------------------------------------------------------------------------------------------------- */

static const char *day_said(const struct filing *f, const char *plain)
{
        char shown[DAY_SHOWN_MAX];
        day d;

        if (!day_read(plain, strlen(plain), &d))
                return plain;
        day_write_shown(shown, d, f->language);
        return arena_text(f->arena, shown);
}

/* Each document with its number and day. */
static void papers_said(const struct filing *f, struct receipt *r, const struct workflow *flow)
{
        const char *id;
        json_t *paper;

        json_object_foreach(json_object_get(f->entry->body, "documents"), id, paper) {
                int d = flow == NULL ? -1 : workflow_document_find(flow, id);
                const char *number = case_body_text(paper, "number"), *on = case_body_text(paper, "on");

                filed_fact(f, r, "document", d < 0 ? id : text_in(f->language, flow->documents[d].title_vi, flow->documents[d].title_en),
                           arena_print(f->arena, "%s %s %s", id, number, on), *number == '\0' ? "" : arena_print(f->arena, "%s · %s", number, day_said(f, on)));
        }
}

/* Points by criterion; units asked for their opinion; days more. */
static void rest_said(const struct filing *f, struct receipt *r, const struct workflow *flow)
{
        const json_t *body = f->entry->body;
        const char *opinion = case_body_text(body, "opinion"), *id;
        json_int_t days = json_integer_value(json_object_get(body, "days"));
        json_t *value;
        size_t i;

        if (*opinion_words(f->language, opinion) != '\0')
                filed_fact(f, r, "opinion", text(f->language, "Opinion"), opinion, opinion_words(f->language, opinion));
        filed_fact(f, r, "text", text(f->language, "Opinion in words"), case_body_text(body, "text"), case_body_text(body, "text"));
        filed_fact(f, r, "candidate", text(f->language, "Candidate"), case_body_text(body, "candidate"), case_body_text(body, "candidate"));
        json_object_foreach(json_object_get(body, "points"), id, value) {
                const char *title = id, *given = arena_print(f->arena, "%lld", (long long)json_integer_value(value));

                for (int k = 0; flow != NULL && k < flow->criterion_count; k++)
                        if (strcmp(flow->criteria[k].id, id) == 0)
                                title = text_in(f->language, flow->criteria[k].title_vi, flow->criteria[k].title_en);
                filed_fact(f, r, id, title, given, given);
        }
        json_array_foreach(json_object_get(body, "units"), i, value) {
                const char *code = json_string_value(value) == NULL ? "" : json_string_value(value);

                filed_fact(f, r, "unit_asked", text(f->language, "Unit asked for its opinion"), code, code);
        }
        if (days != 0)
                filed_fact(f, r, "days", text(f->language, "Days more"), arena_print(f->arena, "%lld", (long long)days), arena_print(f->arena, "%lld", (long long)days));
}

static void fields_said(const struct filing *f, struct receipt *r, const struct workflow *flow)
{
        json_t *fields = json_object_get(f->entry->body, "fields"), *value;
        const char *id;

        r->figure_count = 0;
        r->figures = arena_array(f->arena, json_object_size(fields) + 1, sizeof *r->figures);
        json_object_foreach(fields, id, value) {
                int i = flow == NULL ? -1 : workflow_field_find(flow, id);
                const char *plain = json_string_value(value);
                struct field_value v;

                if (plain == NULL || *plain == '\0')
                        continue;
                r->figures[r->figure_count++] = (struct filed){
                        .cell = "", .said = "", .indicator = "", .item = "", .partner = "", .explanation = "", .measure = "", .plain = plain,
                        .label = i < 0 ? id : text_in(f->language, flow->fields[i].title_vi, flow->fields[i].title_en),
                        .value = i >= 0 && field_read(&flow->fields[i], plain, &v) ? held_words(f->arena, f->language, &flow->fields[i], &v) : plain };
        }
}

/* In the words of a regime; NULL: in its codes. */
static void say(const struct filing *f, struct receipt *r, const struct workflow *flow, const char *title)
{
        const json_t *body = f->entry->body;
        bool is_opening = strcmp(f->entry->kind, "case.open") == 0;
        const char *action = case_body_text(body, "action"), *of_unit = case_body_text(body, "case_unit");
        const struct unit *u = f->catalogue == NULL || !is_opening ? NULL : unit_by_key(f->catalogue, of_unit);
        int a = flow == NULL || is_opening ? -1 : workflow_action_find(flow, action);

        r->form_title = flow == NULL ? r->form : text_in(f->language, flow->title_vi, flow->title_en);
        r->about_said = *title == '\0' ? r->about : arena_print(f->arena, "%s · %s", r->about, title);
        r->fact_count = 0;
        filed_fact(f, r, "action", text(f->language, "What was done"), is_opening ? "open" : action,
                   is_opening ? text(f->language, "The case was opened") : a < 0 ? action : text_in(f->language, flow->actions[a].title_vi, flow->actions[a].title_en));
        filed_fact(f, r, "on", text(f->language, "Day on which it was done"), case_body_text(body, "on"), day_said(f, case_body_text(body, "on")));
        if (is_opening)
                filed_fact(f, r, "case_unit", text(f->language, "Unit of the case"), of_unit, u == NULL ? of_unit : text_in(f->language, u->full_name_vi, u->full_name_en));
        filed_fact(f, r, "parent", text(f->language, "Below the case"), case_body_text(body, "parent"), case_body_text(body, "parent"));
        filed_fact(f, r, "reason", text(f->language, "Reason"), case_body_text(body, "reason"), case_body_text(body, "reason"));
        papers_said(f, r, flow);
        rest_said(f, r, flow);
        fields_said(f, r, flow);
}

static bool read_case(const struct filing *f, struct receipt *r, struct error *err)
{
        const json_t *body = f->entry->body, *of = strcmp(f->entry->kind, "case.open") == 0 ? body : json_object_get(body, "of");
        const char *received = case_body_text(of, of == body ? "on" : "received");
        const struct workflow *flow = NULL;
        day on;

        if (strncmp(f->entry->subject, "case/", 5) != 0 || (of != body && *case_body_text(body, "action") == '\0'))
                return error_set(err, ERR_INVALID, "what was filed in a case cannot be read by this program");
        r->about = f->entry->subject + 5;
        r->form = case_body_text(of, "workflow");
        if (f->catalogue != NULL && *r->form != '\0' && day_read(received, strlen(received), &on))
                flow = workflow_find(f->catalogue, r->form, on);
        filed_unit(f, case_body_text(body, "unit"), r);
        say(f, r, flow, case_body_text(of, "title"));
        r->page = arena_print(f->arena, "/cases/%s", r->about);
        return true;
}

/* ---- what became of it ------------------------------------------------------------------------------------------------- */

/* Who may read the case. Of what opened none officials of those it was written for. */
static bool may_read(struct work *w, const struct entry *e, const struct receipt *r)
{
        if (case_load(w, r->about) != NULL)
                return true;
        if (w->err.code != ERR_MISSING || !user_may(w->user, MAY_READ))
                return false;
        error_clear(&w->err);
        return web_territory(w, e->audience);
}

/* Whether it counts in its case; how far the case has come since, or that it was withdrawn. */
static bool ask_since(struct work *w, const struct entry *e, struct receipt *r)
{
        const struct case_file *f = case_load(w, r->about);
        const struct filing again = { w->arena, w->language, catalogue_of(w), e };
        const struct case_event *own = NULL, *last = NULL;

        if (f == NULL && (w->err.code == ERR_MISSING || w->err.code == ERR_DENIED)) {
                error_clear(&w->err);
                r->since = work_text(w, "It counts in no case here: nothing opened one of this name");
                return true;
        }
        if (f == NULL || again.catalogue == NULL)
                return false;
        if (*r->form == '\0') { /* an act that does not say of which case it is */
                r->form = f->workflow->id;
                say(&again, r, f->workflow, f->title);
        }
        for (size_t i = 0; i < f->event_count; i++) {
                if (f->events[i].entry == e->id)
                        own = &f->events[i];
                else if (own != NULL && f->events[i].fault == FAULT_NONE)
                        last = &f->events[i];
        }
        if (own != NULL && own->fault != FAULT_NONE) {
                struct error why = { .language = w->language };

                case_fault_say(w, f, own, &why);
                r->since = arena_print(w->arena, work_text(w, "It does not count in the case: %s"), why.message);
        } else if (last != NULL && last->action >= 0 && f->workflow->actions[last->action].kind == ACTION_WITHDRAW) {
                r->since = arena_print(w->arena, work_text(w, "The case was withdrawn since: %s, %s, by %s"), event_title(w, f, last), day_words(w, last->on), last->by);
        } else if (last != NULL) {
                r->since = arena_print(w->arena, work_text(w, "The case went on since: %s, %s; it is now: %s"), event_title(w, f, last), day_words(w, last->on),
                                       text_in(w->language, f->workflow->states[f->state].title_vi, f->workflow->states[f->state].title_en));
        }
        return work_ok(w);
}

const struct receipt_kind case_receipts[] = {
        { "case.open", N_("RECEIPT OF A CASE"), N_("Procedure"), N_("Filed by"), N_("Content as filed"), NAV_CASES, read_case, may_read, ask_since },
        { "case.act", N_("RECEIPT OF AN ACT IN A CASE"), N_("Procedure"), N_("Filed by"), N_("Content as filed"), NAV_CASES, read_case, may_read, ask_since },
        { .kind = NULL },
};
