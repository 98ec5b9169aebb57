/* history.c - what was done in a case, entry by entry: in words, and what is asked of it. */
#include <string.h>

#include "areas/case/case.h"
#include "base/hex.h"

/* ---- parts of it ---------------------------------------------------------------------------------------------------- */

static const struct { const char *name, *title; } parts[HISTORY_PARTS] = {
        [HISTORY_ALL] = { "all", N_("All") },         [HISTORY_STEPS] = { "steps", N_("Steps") },  [HISTORY_DOCUMENTS] = { "documents", N_("Documents") },
        [HISTORY_MONEY] = { "money", N_("Money") },   [HISTORY_LIMITS] = { "limits", N_("Time limits") },
        [HISTORY_OPINIONS] = { "opinions", N_("Opinions and points") },
};

bool history_part_read(struct work *w, const struct request *q, enum history_part *out)
{
        const char *asked = request_query(q, "history", 0);

        for (int i = 0; i < HISTORY_PARTS; i++)
                if (strcmp(parts[i].name, asked == NULL || *asked == '\0' ? "all" : asked) == 0) {
                        *out = (enum history_part)i;
                        return true;
                }
        return error_set(&w->err, ERR_USAGE, "\"%s\" cannot be \"%s\"", "history", asked);
}

static bool tells_of_money(const struct case_file *f, const struct case_event *e)
{
        const char *name;
        json_t *value;

        json_object_foreach(json_object_get(e->body, "fields"), name, value) {
                int i = f->workflow == NULL ? -1 : workflow_field_find(f->workflow, name);

                if (i >= 0 && f->workflow->fields[i].kind == FIELD_MONEY)
                        return true;
        }
        return false;
}

/* Whether an entry belongs to a part of the history; one that does not count belongs where it was meant for. */
static bool is_of(const struct case_file *f, const struct case_event *e, enum history_part part)
{
        const struct workflow_action *a = e->action < 0 || f->workflow == NULL ? NULL : &f->workflow->actions[e->action];

        switch (part) {
        case HISTORY_STEPS: return e->act == CASE_OPEN || e->act == CASE_SETTLE || (a != NULL && (a->to >= 0 || a->kind == ACTION_CONTINUE));
        case HISTORY_DOCUMENTS: return json_object_size(json_object_get(e->body, "documents")) > 0;
        case HISTORY_MONEY: return tells_of_money(f, e);
        case HISTORY_LIMITS:
                return a != NULL && (a->kind == ACTION_SUSPEND || a->kind == ACTION_CONTINUE || a->kind == ACTION_STOP || a->kind == ACTION_RESTART || a->kind == ACTION_EXTEND);
        case HISTORY_OPINIONS: return a != NULL && (a->kind == ACTION_ASK || a->kind == ACTION_ANSWER || a->kind == ACTION_SCORE);
        default: return true;
        }
}

struct history_link *history_parts(struct work *w, const struct case_file *f, enum history_part chosen, const char *href)
{
        struct history_link *list = arena_array(w->arena, HISTORY_PARTS, sizeof *list);

        for (int i = 0; i < HISTORY_PARTS; i++) {
                list[i] = (struct history_link){ work_text(w, parts[i].title), i == HISTORY_ALL ? arena_print(w->arena, "%s#ls", href)
                                                                                                : arena_print(w->arena, "%s?history=%s#ls", href, parts[i].name),
                                                 0, i == (int)chosen };
                for (size_t k = 0; k < f->event_count; k++)
                        list[i].count += is_of(f, &f->events[k], (enum history_part)i);
        }
        return list;
}

/* ---- in words --------------------------------------------------------------------------------------------------------- */

/* What a member of the council gave, where it counts: the candidate, each criterion's points of its most, and their sum. */
static size_t points_of(struct work *w, const struct case_file *f, const struct case_event *e, struct change_shown *list)
{
        const char *candidate = json_string_value(json_object_get(e->body, "candidate"));
        const json_t *points = json_object_get(e->body, "points");
        json_int_t sum = 0;
        size_t count = 0;

        if (e->action < 0 || e->fault != FAULT_NONE || f->workflow->actions[e->action].kind != ACTION_SCORE)
                return 0;
        if (candidate != NULL && *candidate != '\0')
                list[count++] = (struct change_shown){ work_text(w, "Candidate"), NULL, candidate };
        for (int i = 0; i < f->workflow->criterion_count; i++) {
                const struct workflow_criterion *one = &f->workflow->criteria[i];
                json_int_t given = json_integer_value(json_object_get(points, one->id));

                sum += given;
                list[count++] = (struct change_shown){ text_in(w->language, one->title_vi, one->title_en), NULL, arena_print(w->arena, "%lld/%lld", (long long)given, (long long)one->most) };
        }
        list[count++] = (struct change_shown){ work_text(w, "Sum"), NULL, arena_print(w->arena, "%lld", (long long)sum) };
        return count;
}

/* Of a row what was told of that row before, by the entry that told of it last. */
static void know_row(struct work *w, const struct case_file *f, const struct case_event *e, const char **known)
{
        const struct workflow *flow = f->workflow;
        int key = flow == NULL || e->action < 0 ? -1 : workflow_row_key(flow, &flow->actions[e->action]);
        const char *name = key < 0 ? NULL : json_string_value(json_object_get(json_object_get(e->body, "fields"), flow->fields[key].id));
        const struct case_event *last = e;

        if (name == NULL)
                return;
        do
                last = last == f->events ? NULL : last - 1;
        while (last != NULL && (last->fault != FAULT_NONE || last->action < 0 || workflow_row_key(flow, &flow->actions[last->action]) != key || strcmp(last->values[key].text, name) != 0));
        known[key] = NULL;
        for (int i = 0; i < flow->field_count; i++)
                if (flow->fields[i].row_of == key)
                        known[i] = last == NULL || !last->values[i].is_known ? NULL : row_value_words(w, &flow->fields[i], &last->values[i], last->values);
}

/* What an entry changed in the fields: "title: before → after". known: by field, what was told before; it follows. */
static struct change_shown *changes_of(struct work *w, const struct case_file *f, const struct case_event *e, const char **known, size_t *count)
{
        size_t criteria = f->workflow == NULL ? 0 : (size_t)f->workflow->criterion_count;
        struct change_shown *list = arena_array(w->arena, json_object_size(json_object_get(e->body, "fields")) + criteria + 3, sizeof *list);
        const char *name;
        json_t *value;

        *count = f->workflow == NULL ? 0 : points_of(w, f, e, list);
        for (int i = 0; f->workflow != NULL && i < f->workflow->field_count; i++) /* what is added up is told anew each time */
                if (f->workflow->fields[i].total_of >= 0)
                        known[f->workflow->fields[i].total_of] = NULL;
        know_row(w, f, e, known);
        json_object_foreach(json_object_get(e->body, "fields"), name, value) {
                int i = f->workflow == NULL ? -1 : workflow_field_find(f->workflow, name);
                const char *text = json_string_value(value), *shown = "";
                struct field_value v;

                if (i < 0 || text == NULL)
                        continue;
                if (*text != '\0' && field_read(&f->workflow->fields[i], text, &v))
                        shown = row_value_words(w, &f->workflow->fields[i], &v, e->values);
                if (known[i] != NULL && strcmp(known[i], shown) == 0)
                        continue;
                list[(*count)++] = (struct change_shown){ text_in(w->language, f->workflow->fields[i].title_vi, f->workflow->fields[i].title_en), known[i], shown };
                if (e->fault == FAULT_NONE)
                        known[i] = shown;
        }
        return list;
}

const char *event_title(struct work *w, const struct case_file *f, const struct case_event *e)
{
        static const char *const titles[CASE_ACTS] = { [CASE_OPEN] = N_("The case was opened"), [CASE_ASSIGN] = N_("The case was assigned to a unit"),
                                                       [CASE_SETTLE] = N_("It was decided which act counts") };

        if (titles[e->act] != NULL)
                return work_text(w, titles[e->act]);
        return e->action < 0 ? e->about : text_in(w->language, f->workflow->actions[e->action].title_vi, f->workflow->actions[e->action].title_en);
}

const char *event_name(const struct case_file *f, const struct case_event *e)
{
        static const char *const names[CASE_ACTS] = { [CASE_OPEN] = "open", [CASE_ASSIGN] = "assign", [CASE_SETTLE] = "settle" };

        return names[e->act] != NULL ? names[e->act] : e->action < 0 ? "" : f->workflow->actions[e->action].id;
}

static void event_fill(struct work *w, const struct case_file *f, const struct case_event *e, struct event_shown *x)
{
        const char *reason = json_string_value(json_object_get(e->body, "reason"));
        char hex[HASH_HEX];

        hex_write(hex, e->hash, HASH_BYTES);
        *x = (struct event_shown){ .event = e, .name = e->by, .unit = unit_words(w, e->unit), .on = day_words(w, e->on), .reason = reason == NULL ? "" : reason,
                                   .at = moment_shown(w->arena, stamp_moment(e->at), w->language), .hash = arena_copy(w->arena, hex, 12),
                                   .entry = arena_copy(w->arena, hex, HASH_HEX - 1), .receipt = event_receipt(w, e), .rule = "" };
        x->title = event_title(w, f, e);
        if (e->fault != FAULT_NONE) {
                struct error err = { .language = w->language };

                case_fault_say(w, f, e, &err);
                x->fault = arena_text(w->arena, err.message);
                x->rule = arena_text(w->arena, err.hint);
        }
}

struct event_shown *overtaken_shown(struct work *w, const struct case_file *f, size_t *count)
{
        size_t from = case_overtaken(f);
        struct event_shown *list = arena_array(w->arena, f->event_count - from + 1, sizeof *list);

        *count = 0;
        for (size_t i = from; i < f->event_count; i++)
                if (case_is_overtaken(&f->events[i]))
                        event_fill(w, f, &f->events[i], &list[(*count)++]);
        return list;
}

struct event_shown *history_shown(struct work *w, const struct case_file *f, enum history_part part, size_t *count)
{
        struct event_shown *list = arena_array(w->arena, f->event_count + 1, sizeof *list);
        const char **known = arena_array(w->arena, f->workflow == NULL ? 1 : (size_t)f->workflow->field_count + 1, sizeof *known);
        struct event_shown first;

        *count = 0;
        for (size_t i = 0; i < f->event_count; i++) { /* from the first on: what a field held before follows from those */
                struct event_shown *x = &list[*count];

                event_fill(w, f, &f->events[i], x);
                x->changes = changes_of(w, f, &f->events[i], known, &x->change_count);
                *count += is_of(f, &f->events[i], part);
        }
        for (size_t i = 0; i < *count / 2; i++) {
                first = list[i];
                list[i] = list[*count - 1 - i];
                list[*count - 1 - i] = first;
        }
        return list;
}
