/* act.c - what people and programs send: a form or JSON becomes the body of an entry. */
#include <string.h>

#include "areas/case/case.h"
#include "format/jsonr.h"

static void put(json_t *o, const char *name, const char *value)
{
        if (value != NULL && *value != '\0')
                json_object_set_new(o, name, json_string(value));
}

/* A field as people type it becomes its plain form; what cannot be read is refused at the field. */
static bool take_field(struct work *w, const struct workflow_field *field, const char *typed, json_t *fields)
{
        int decimals = field->kind == FIELD_NUMBER ? field->decimals : 0;
        char plain[DECIMAL_TEXT_MAX];
        enum decimal_fault fault;
        int64_t number;
        size_t position;

        if (*typed == '\0' || (field->kind != FIELD_NUMBER && field->kind != FIELD_MONEY)) {
                put(fields, field->id, typed);
                return true;
        }
        fault = decimal_read_typed(typed, strlen(typed), w->language, decimals, &number, &position);
        if (fault != DECIMAL_OK) {
                decimal_read_error(&w->err, fault, typed, strlen(typed), position);
                error_at(&w->err, field->id);
                return error_while(&w->err, "%s", text_in(w->language, field->title_vi, field->title_en));
        }
        decimal_write(plain, number, decimals);
        put(fields, field->id, plain);
        return true;
}

static void take_papers(struct work *w, const struct request *q, const struct workflow *flow, json_t *body)
{
        json_t *papers = json_held(w->arena, json_object());

        for (int i = 0; i < flow->document_count; i++) {
                const char *id = flow->documents[i].id, *number = request_field(q, arena_print(w->arena, "document-%s", id), 0);
                json_t *one;

                if (number == NULL || *number == '\0')
                        continue;
                one = json_object();
                put(one, "number", number);
                put(one, "on", request_field(q, arena_print(w->arena, "document-%s-on", id), 0));
                json_object_set_new(papers, id, one);
        }
        json_object_set(body, "documents", papers);
}

/* A whole number that was typed; what cannot be read is refused by the name it has in the form. */
static bool take_whole(struct work *w, const char *typed, const char *title, json_t *into, const char *name)
{
        int64_t number;
        size_t position;

        if (decimal_read(typed, strlen(typed), 0, &number, &position) != DECIMAL_OK)
                return error_set(&w->err, ERR_INVALID, "this is no whole number: %s", title) || error_at(&w->err, name);
        return json_object_set_new(into, name, json_integer(number)) == 0;
}

static bool take_points(struct work *w, const struct request *q, const struct workflow *flow, json_t *body)
{
        json_t *points = json_held(w->arena, json_object());
        bool is_any = false;

        for (int i = 0; i < flow->criterion_count; i++) {
                const struct workflow_criterion *one = &flow->criteria[i];
                const char *typed = request_field(q, arena_print(w->arena, "points-%s", one->id), 0);

                if (typed == NULL || *typed == '\0')
                        continue;
                is_any = true;
                if (!take_whole(w, typed, text_in(w->language, one->title_vi, one->title_en), points, one->id))
                        return false;
        }
        return !is_any || json_object_set(body, "points", points) == 0;
}

static void take_units(const struct request *q, json_t *body)
{
        const char *typed = request_field(q, "units", 0);
        json_t *units;

        if (typed == NULL)
                return;
        units = json_array();
        while (*typed != '\0') {
                size_t length = strcspn(typed, ", ");

                if (length > 0)
                        json_array_append_new(units, json_stringn(typed, length));
                typed += length + (typed[length] != '\0');
        }
        json_object_set_new(body, "units", units);
}

static bool take_form(struct work *w, const struct request *q, const struct workflow *flow, json_t *body)
{
        static const char *const plain[] = { "on", "reason", "opinion", "text", "candidate", "title", "case_unit", "parent" };
        const char *days = request_field(q, "days", 0);
        json_t *fields = json_held(w->arena, json_object());

        json_object_set(body, "fields", fields);
        for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
                put(body, plain[i], request_field(q, plain[i], 0));
        for (int i = 0; i < flow->field_count; i++) {
                const char *typed = request_field(q, arena_print(w->arena, "field-%s", flow->fields[i].id), 0);

                if (typed != NULL && !take_field(w, &flow->fields[i], typed, fields))
                        return false;
        }
        if (days != NULL && *days != '\0' && !take_whole(w, days, work_text(w, "Days more"), body, "days"))
                return false;
        take_papers(w, q, flow, body);
        take_units(q, body);
        return take_points(w, q, flow, body);
}

/* The unit of a case is typed as a code; entries name it by its key. */
static bool take_unit(struct work *w, json_t *body, day on)
{
        const char *code = json_string_value(json_object_get(body, "case_unit"));
        const struct catalogue *c = catalogue_of(w);
        const struct unit *u = code == NULL || c == NULL ? NULL : unit_read(c, code, on);

        if (u == NULL && work_ok(w)) {
                error_set(&w->err, ERR_INVALID, "the case cannot belong to the unit \"%s\"", code == NULL ? "" : code);
                error_hint(&w->err, "type the code of a unit that exists on that day: the page /units finds it by its name");
        }
        if (u == NULL || !web_territory(w, u->code))
                return error_at(&w->err, "case_unit");
        return json_object_set_new(body, "case_unit", json_string(u->key)) == 0;
}

/* To the page of the case, which says what was done (case_done_shown) and is read from there on. */
static bool reply_case(struct work *w, const struct request *q, struct reply *reply, const char *id, const char *done)
{
        bool is_json = request_suffix(q) == SUFFIX_JSON || request_is_json_body(q);

        return reply_redirect(w, reply, is_json ? arena_print(w->arena, "/cases/%s.json", id) : arena_print(w->arena, "/cases/%s?done=%s#done", id, done));
}

bool case_opened(struct work *w, const struct request *q, struct reply *reply)
{
        const struct catalogue *c = catalogue_of(w);
        bool is_json = request_is_json_body(q);
        json_t *body = is_json ? request_json(w, q) : json_held(w->arena, json_object());
        const char *on = is_json ? json_string_value(json_object_get(body, "on")) : request_field(q, "on", 0), *id;
        const struct workflow *flow;
        day received = day_of_moment(w->now);

        if (c == NULL || body == NULL)
                return false;
        if (on != NULL && *on != '\0' && !day_read(on, strlen(on), &received))
                return error_set(&w->err, ERR_INVALID, "\"on\" must be a date like 2025-07-01") || error_at(&w->err, "on");
        flow = workflow_find(c, request_part(q, "workflow"), received);
        if (flow == NULL)
                return error_set(&w->err, ERR_MISSING, "no workflow \"%s\" was in force on the day of receipt", request_part(q, "workflow"));
        if (!is_json && !take_form(w, q, flow, body))
                return false;
        json_object_set_new(body, "workflow", json_string(flow->id));
        if (!take_unit(w, body, received))
                return false;
        id = case_write(w, NULL, CASE_OPEN, body);
        return id != NULL && reply_case(w, q, reply, id, "open");
}

bool case_acted(struct work *w, const struct request *q, struct reply *reply)
{
        const char *id = request_part(q, "id"), *action = request_part(q, "action");
        bool is_assign = strcmp(action, "assign") == 0;
        struct case_file *f = case_load(w, id);
        json_t *body = f == NULL ? NULL : request_is_json_body(q) ? request_json(w, q) : json_held(w->arena, json_object());

        if (body == NULL || (!request_is_json_body(q) && !take_form(w, q, f->workflow, body)))
                return false;
        if (is_assign && !take_unit(w, body, day_of_moment(w->now)))
                return false;
        if (!is_assign)
                json_object_set_new(body, "action", json_string(action));
        return case_write(w, id, is_assign ? CASE_ASSIGN : CASE_ACT, body) != NULL && reply_case(w, q, reply, id, action);
}
