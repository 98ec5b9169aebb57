/* import.c - cases that were kept elsewhere: a file of lines, each a case with what was done in it. */
#include <string.h>

#include "areas/case/case.h"
#include "base/file.h"
#include "format/jsonr.h"
#include "ledger/node.h"
#include "ledger/write.h"

#define FILE_MAX ((size_t)256 << 20)

struct line { const char *text; size_t length; json_t *json; size_t acts; };

/* The unit for which something was done, as it stands today: the country, or that of the case or what that has become. */
static const struct unit *acting_unit(struct work *w, const json_t *step, const struct unit *own)
{
        const struct catalogue *c = catalogue_of(w);
        const char *unit = json_string_value(json_object_get(step, "unit"));
        day today = day_of_moment(w->now);
        const struct unit *u = unit == NULL ? case_home(c, own, today) : unit_at(c, unit, today);

        if (u == NULL)
                error_set(&w->err, ERR_INVALID, "the case cannot belong to the unit \"%s\"", unit == NULL ? own->key : unit);
        return u;
}

/* One entry, signed for whoever the line says: a role of a unit, and by name where several people of one role did something. The case's id, NULL
 * and an error. */
static const char *take_step(struct work *w, const char *id, const json_t *step, const struct unit *own)
{
        const char *role = json_string_value(json_object_get(step, "role")), *by = json_string_value(json_object_get(step, "by"));
        const struct unit *unit = acting_unit(w, step, own);
        struct user someone;
        json_t *body;

        if (unit == NULL)
                return NULL;
        if (role == NULL || role_by_name(role) == ROLE_COUNT) {
                error_set(&w->err, ERR_INVALID, "unknown role \"%s\"", role == NULL ? "" : role);
                return NULL;
        }
        someone = (struct user){ .login = by == NULL ? "import" : by, .name = by == NULL ? work_text(w, role_title(role_by_name(role))) : by,
                                 .role = role_by_name(role), .unit = unit->code };
        body = json_held(w->arena, json_deep_copy(step));
        json_object_del(body, "role");
        json_object_del(body, "by");
        json_object_del(body, "unit");
        json_object_del(body, "acts");
        w->user = &someone;
        id = case_write(w, id, id == NULL ? CASE_OPEN : CASE_ACT, body);
        w->user = &user_operator;
        return id;
}

static bool import_line(struct work *w, void *argument)
{
        struct line *l = argument;
        const char *key = json_string_value(json_object_get(l->json, "case_unit"));
        const struct catalogue *c = catalogue_of(w);
        const struct unit *own = c == NULL || key == NULL ? NULL : unit_by_key(c, key);
        const json_t *acts = json_object_get(l->json, "acts");
        const char *id;

        if (own == NULL)
                return work_ok(w) ? error_set(&w->err, ERR_INVALID, "the case cannot belong to the unit \"%s\"", key == NULL ? "" : key) : false;
        if (acts != NULL && !json_is_array(acts))
                return error_set(&w->err, ERR_INVALID, "\"%s\" must be a list", "acts");
        id = take_step(w, NULL, l->json, own);
        for (size_t i = 0; id != NULL && i < json_array_size(acts); i++, l->acts++) {
                const char *action = json_string_value(json_object_get(json_array_get(acts, i), "action"));

                if (take_step(w, id, json_array_get(acts, i), own) == NULL)
                        return error_while(&w->err, "%s", action == NULL ? arena_print(w->arena, work_text(w, "act %zu"), i + 1) : action);
        }
        return id != NULL;
}

/* A line in memory of its own: a file may hold thousands. */
static bool import_one(struct work *w, void *argument)
{
        struct line *l = argument;

        w->now = moment_now();
        l->json = json_read(w->arena, l->text, l->length, NULL);
        if (l->json == NULL)
                return error_set(&w->err, ERR_INVALID, "this line is no JSON");
        return ledger_write(w, import_line, l);
}

bool case_import(struct work *w, const struct call *call)
{
        const char *path = call_argument(call, 1);
        size_t length, number = 1, cases = 0, acts = 0;
        char *text = file_read(w->arena, path, FILE_MAX, &length, &w->err);

        for (char *at = text; at != NULL && *at != '\0'; number++) {
                size_t line = strcspn(at, "\n");
                bool is_blank = strspn(at, " \t\r") >= line;

                struct line l = { .text = at, .length = line };

                if (!is_blank && !run_in_scratch(w, import_one, &l))
                        return error_while(&w->err, "line %zu", number);
                cases += !is_blank;
                acts += l.acts;
                at += line + (at[line] == '\n');
        }
        if (text != NULL)
                buf_print(call_out(call), work_text(w, "%zu cases, %zu acts\n"), cases, acts);
        return work_ok(w);
}
