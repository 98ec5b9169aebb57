/* settle.c - acts that exclude each other, side by side: on the page of their case, and among the conflicts of the node. */
#include <string.h>

#include "areas/case/case.h"
#include "figure/own.h"

/* ---- on the page of the case ----------------------------------------------------------------------------------------------- */

struct doubt_shown *doubts_shown(struct work *w, const struct case_file *f, size_t *count)
{
        struct doubt_shown *list = arena_array(w->arena, f->doubt_count + 1, sizeof *list);

        *count = 0;
        for (size_t i = 0; i < f->doubt_count; i++) {
                const struct case_doubt *d = &f->doubts[i];
                struct doubt_shown *x = &list[*count];
                const char *contest = d->is_open ? contest_of_entry(w, d->sides[0]->entry) : NULL;

                if (contest == NULL)
                        continue;
                *x = (struct doubt_shown){ .acts = "", .decider = unit_words(w, d->decider), .href = arena_print(w->arena, "/conflicts/%s", contest) };
                for (size_t k = 0; k < d->count; k++)
                        if (d->sides[k]->act == CASE_ACT)
                                x->acts = arena_print(w->arena, "%s%s“%s” (%s, %s, %s)", x->acts, *x->acts == '\0' ? "" : "; ", event_title(w, f, d->sides[k]), d->sides[k]->by,
                                                      unit_words(w, d->sides[k]->unit), moment_shown(w->arena, stamp_moment(d->sides[k]->at), w->language));
                ++*count;
        }
        return list;
}

/* ---- among the conflicts ------------------------------------------------------------------------------------------------------ */

static const struct case_event *event_of(const struct case_file *f, int64_t entry)
{
        for (size_t i = 0; f != NULL && i < f->event_count; i++)
                if (f->events[i].entry == entry)
                        return &f->events[i];
        return NULL;
}

/* The act that a side is, or that it chooses. */
static const struct case_event *act_of(const struct case_file *f, int64_t entry)
{
        const struct case_event *e = event_of(f, entry);

        for (size_t i = 0; e != NULL && e->act == CASE_SETTLE && i < f->event_count; i++)
                if (f->events[i].act == CASE_ACT && f->events[i].doubt == e->doubt && f->events[i].value == e->value)
                        return &f->events[i];
        return e;
}

static const char *title(struct work *w, const struct contest_cell *c)
{
        const struct case_file *f = case_read(w, c->item);

        return f == NULL ? c->item : arena_print(w->arena, work_text(w, "Case %s, “%s”: acts that exclude each other"), f->id, f->title);
}

static const char *address(struct work *w, const struct contest_cell *c)
{
        return arena_print(w->arena, "/cases/%s", c->item);
}

static bool value(struct work *w, const struct contest_cell *c, int64_t entry, int64_t *found, int64_t *measure)
{
        const struct case_event *e = event_of(case_read(w, c->item), entry);

        *measure = 0;
        *found = e == NULL ? 0 : e->value;
        return e != NULL;
}

/* None: nothing is done in the case until it is decided. */
static const char *anew(struct work *w, const struct contest_cell *c)
{
        (void)w;
        (void)c;
        return NULL;
}

struct lines {
        struct work *work;
        size_t sides;
        struct own_line *list;
        size_t count;
};

static void say(struct lines *all, const char *id, const char *name, size_t side, const char *said)
{
        size_t n = 0;

        while (n < all->count && strcmp(all->list[n].id, id) != 0)
                n++;
        if (n == all->count) {
                all->list[all->count++] = (struct own_line){ .id = id, .name = name, .values = arena_array(all->work->arena, all->sides + 1, sizeof(char *)) };
                for (size_t i = 0; i < all->sides; i++)
                        all->list[n].values[i] = "";
        }
        all->list[n].values[side] = said;
}

static void say_fields(struct lines *all, const struct workflow *flow, const struct case_event *e, size_t side)
{
        struct work *w = all->work;
        const char *name;
        json_t *told;

        json_object_foreach(json_object_get(e->body, "fields"), name, told) {
                int i = workflow_field_find(flow, name);
                struct field_value v;

                if (i >= 0 && json_is_string(told))
                        say(all, flow->fields[i].id, text_in(w->language, flow->fields[i].title_vi, flow->fields[i].title_en), side,
                            json_string_length(told) > 0 && field_read(&flow->fields[i], json_string_value(told), &v) ? value_words(w, &flow->fields[i], &v) : json_string_value(told));
        }
}

static void say_papers(struct lines *all, const struct workflow *flow, const struct case_event *e, size_t side)
{
        struct work *w = all->work;
        const char *name;
        json_t *paper;

        json_object_foreach(json_object_get(e->body, "documents"), name, paper) {
                int i = workflow_document_find(flow, name);
                const char *on = case_body_text(paper, "on");
                day written;

                if (i >= 0)
                        say(all, flow->documents[i].id, text_in(w->language, flow->documents[i].title_vi, flow->documents[i].title_en), side,
                            arena_print(w->arena, "%s · %s", case_body_text(paper, "number"), day_read(on, strlen(on), &written) ? day_words(w, written) : on));
        }
}

static void say_act(struct lines *all, const struct case_file *f, const struct case_event *e, size_t side)
{
        struct work *w = all->work;
        const struct workflow *flow = f->workflow;
        int place = workflow_action_find(flow, case_body_text(e->body, "action"));
        const struct workflow_action *a = place < 0 ? NULL : &flow->actions[place];
        json_int_t days = json_integer_value(json_object_get(e->body, "days"));

        if (a == NULL)
                return;
        say(all, "act", work_text(w, "What was done"), side, text_in(w->language, a->title_vi, a->title_en));
        if (a->to >= 0)
                say(all, "state", work_text(w, "Where it leads"), side, text_in(w->language, flow->states[a->to].title_vi, flow->states[a->to].title_en));
        say(all, "on", work_text(w, "Done on"), side, day_words(w, e->on));
        if (a->kind == ACTION_ANSWER)
                say(all, "opinion", work_text(w, "Opinion"), side, opinion_words(w->language, case_body_text(e->body, "opinion")));
        if (days > 0)
                say(all, "days", work_text(w, "Days more"), side, arena_print(w->arena, "%lld", (long long)days));
        say_fields(all, flow, e, side);
        say_papers(all, flow, e, side);
}

static struct own_line *lines(struct work *w, const struct contest_view *v, const struct contest_cell *c, size_t *count)
{
        const struct case_file *f = case_read(w, c->item);
        size_t most = f == NULL ? 0 : 5 + (size_t)f->workflow->field_count + (size_t)f->workflow->document_count;
        struct lines all = { .work = w, .sides = v->side_count, .list = arena_array(w->arena, most + 1, sizeof *all.list) };

        for (size_t i = 0; i < v->side_count && f != NULL; i++) {
                const struct case_event *e = c->has_side[i] ? act_of(f, v->sides[i].entry->id) : NULL;

                if (e != NULL)
                        say_act(&all, f, e, i);
        }
        for (size_t n = 0; n < all.count; n++)
                for (size_t i = 1; i < v->side_count; i++)
                        all.list[n].differs |= strcmp(all.list[n].values[i], all.list[n].values[0]) != 0;
        *count = all.count;
        return work_ok(w) ? all.list : NULL;
}

/* A conflict is about one thing in one case. */
static bool settle(struct work *w, const struct contest_view *v, const int *choice, const char *reason)
{
        const char *of[SETTLE_SIDES_MAX];

        for (size_t i = 0; i < v->side_count; i++)
                of[i] = v->sides[i].hash;
        return case_settle(w, v->cells[0].item, of, v->side_count, v->sides[choice[0]].hash, reason);
}

const struct figure_own case_own = { .topics = case_topics, .title = title, .address = address, .value = value, .settle = settle, .lines = lines, .anew = anew,
                                     .meanwhile = N_("Until it is decided none of them counts: the case stays as it was before them, and nothing else is done in it.") };
