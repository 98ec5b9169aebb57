/* definition.c - the file of a workflow becomes a struct workflow; the shelf of all that were read. */
#include <pthread.h>
#include <string.h>

#include "base/map.h"
#include "workflow/workflow_private.h"

#define SOURCE_MAX ((size_t)512 << 10) /* bytes of one definition */

static const char *const relation_words[] = { "own", "province", "country", "below", "asked", "named", NULL };
static const char *const state_words[] = { "open", "start", "suspended", "end", NULL };
static const char *const field_words[] = { "number", "money", "day", "text", "choice", "yes_no", "year", NULL };
static const char *const action_words[] = { "move", "withdraw", "appeal", "suspend", "continue", "stop", "restart", "extend", "ask",
                                            "answer", "score", "record", NULL };
static const char *const level_words[] = { "country", "province", "district", "commune", NULL };
static const char *const severity_words[] = { "error", "warning", NULL };
static const char *const count_words[] = { "calendar", "working", NULL };
static const char *const opinion_words[] = { "none", "all", "all_or_late", NULL };

/* ---- reading ------------------------------------------------------------------------------------------ */

struct reading {
        struct yaml_place place;
        struct workflow *w;
};

static struct basis read_basis(struct reading *r, const struct yaml *map, bool is_required)
{
        return (struct basis){ yaml_text(&r->place, map, "source", is_required, ""), yaml_bool(&r->place, map, "verified", false) };
}

static const char *read_id(struct reading *r, const struct yaml *map, const char *key)
{
        const char *id = yaml_text(&r->place, map, key, true, "");

        if (*id != '\0' && (strlen(id) > WORKFLOW_ID_MAX || *id < 'a' || *id > 'z' ||
                            id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0'))
                yaml_complain(&r->place, yaml_get(map, key), "\"%s\" is no identifier: a-z, 0-9 and _", id);
        return id;
}

/* The list under a key; NULL where it is absent or (complaint) has more than the definition has of anything. */
static const struct yaml *short_list(struct reading *r, const struct yaml *map, const char *key, bool is_required)
{
        const struct yaml *list = yaml_list(&r->place, map, key, is_required);

        if (list == NULL || list->count <= WORKFLOW_LIST_MAX)
                return list;
        yaml_complain(&r->place, list, "\"%s\" has more than %d elements", key, WORKFLOW_LIST_MAX);
        return NULL;
}

/* The list under a key with each element looked at; NULL where it is absent or (complaint) unfit. */
static const struct yaml *list_of(struct reading *r, const char *key, bool is_required, const struct yaml *root,
                                  const char *const *element_keys)
{
        const struct yaml *list = short_list(r, root, key, is_required);

        if (list == NULL)
                return NULL;
        for (size_t i = 0; i < list->count; i++) {
                if (!yaml_keys_known(&r->place, list->items[i], element_keys))
                        return NULL;
                for (size_t k = 0; k < i; k++)
                        if (strcmp(yaml_text(&r->place, list->items[i], "id", false, "?"),
                                   yaml_text(&r->place, list->items[k], "id", false, "")) == 0)
                                yaml_complain(&r->place, list->items[i], "the identifier \"%s\" stands twice in \"%s\"",
                                              yaml_text(&r->place, list->items[i], "id", false, ""), key);
        }
        return list;
}

/* The place of an identifier in what was read; ids has the stride of its structs, which begin with the identifier. */
static int find(const void *list, int count, size_t stride, const char *id)
{
        for (int i = 0; i < count; i++)
                if (strcmp(*(const char *const *)((const char *)list + (size_t)i * stride), id) == 0)
                        return i;
        return -1;
}

#define FIND(list, count, id) find((list), (count), sizeof *(list), (id))

int workflow_state_find(const struct workflow *w, const char *id)
{
        return FIND(w->states, w->state_count, id);
}

int workflow_action_find(const struct workflow *w, const char *id)
{
        return FIND(w->actions, w->action_count, id);
}

int workflow_field_find(const struct workflow *w, const char *id)
{
        return FIND(w->fields, w->field_count, id);
}

int workflow_document_find(const struct workflow *w, const char *id)
{
        return FIND(w->documents, w->document_count, id);
}

int workflow_limit_find(const struct workflow *w, const char *id)
{
        return FIND(w->limits, w->limit_count, id);
}

int workflow_row_key(const struct workflow *w, const struct workflow_action *a)
{
        for (int i = 0; i < w->field_count; i++)
                if (a->fields[i] && w->fields[i].is_key)
                        return i;
        return -1;
}

/* The lists of what a definition names. */
enum names { STATES, FIELDS, DOCUMENTS, ACTORS, LIMITS, CHECKS };

/* The place of a name in its list; names, where not NULL, gets them all, with commas. */
static int place_of(const struct workflow *w, enum names which, const char *id, struct buf *names)
{
        const struct { const void *list; int count; size_t stride; } lists[] = {
                [STATES] = { w->states, w->state_count, sizeof *w->states },             [FIELDS] = { w->fields, w->field_count, sizeof *w->fields },
                [DOCUMENTS] = { w->documents, w->document_count, sizeof *w->documents }, [ACTORS] = { w->actors, w->actor_count, sizeof *w->actors },
                [LIMITS] = { w->limits, w->limit_count, sizeof *w->limits },             [CHECKS] = { w->checks, w->check_count, sizeof *w->checks },
        };

        for (int i = 0; names != NULL && i < lists[which].count; i++)
                buf_print(names, "%s%s", i == 0 ? "" : ", ", *(const char *const *)((const char *)lists[which].list + (size_t)i * lists[which].stride));
        return find(lists[which].list, lists[which].count, lists[which].stride, id);
}

static void complain_of_name(struct reading *r, const struct yaml *node, const char *key, const char *id, enum names which)
{
        struct buf names;

        buf_init_with(&names, 0, r->place.arena);
        place_of(r->w, which, id, &names);
        if (names.length == 0)
                yaml_complain(&r->place, node, "\"%s\" names \"%s\", but nothing of that kind is defined above", key, id);
        else
                yaml_complain(&r->place, node, "\"%s\" names nothing that is defined: \"%s\"; there are: %s", key, id, names.data);
        buf_clear(&names);
}

/* One name under a key as a place; -1 where absent or (complaint) unknown. */
static int read_one(struct reading *r, const struct yaml *map, const char *key, bool is_required, enum names which)
{
        const char *id = yaml_text(&r->place, map, key, is_required, "");
        int place = *id == '\0' ? -1 : place_of(r->w, which, id, NULL);

        if (*id != '\0' && place < 0)
                complain_of_name(r, yaml_get(map, key), key, id, which);
        return place;
}

/* A list of names as marks by place. */
static const bool *read_marks(struct reading *r, const struct yaml *map, const char *key, bool is_required, enum names which)
{
        bool *marks = arena_array(r->place.arena, WORKFLOW_LIST_MAX, sizeof *marks);
        const struct yaml *list = short_list(r, map, key, is_required);

        for (size_t i = 0; list != NULL && i < list->count; i++) {
                const struct yaml *node = list->items[i];
                int place = node->kind == YAML_SCALAR ? place_of(r->w, which, node->text, NULL) : -1;

                if (place < 0)
                        complain_of_name(r, node, key, node->kind == YAML_SCALAR ? node->text : "", which);
                else if (marks[place])
                        yaml_complain(&r->place, node, "\"%s\" stands twice", node->text);
                else
                        marks[place] = true;
        }
        if (is_required && list != NULL && list->count == 0)
                yaml_complain(&r->place, list, "\"%s\" is empty", key);
        return marks;
}

static void read_steps(struct reading *r, const struct yaml *root)
{
        static const char *const keys[] = { "vi", "en", NULL };
        const struct yaml *list = list_of(r, "steps", true, root, keys);
        const char **vi, **en;

        if (list == NULL)
                return;
        r->w->steps_vi = vi = arena_array(r->place.arena, list->count + 1, sizeof *vi);
        r->w->steps_en = en = arena_array(r->place.arena, list->count + 1, sizeof *en);
        for (size_t i = 0; i < list->count; i++, r->w->step_count++) {
                vi[i] = yaml_text(&r->place, list->items[i], "vi", true, "");
                en[i] = yaml_text(&r->place, list->items[i], "en", true, "");
        }
}

static bool is_of_a_person(enum role role)
{
        return role != ROLE_COUNT && role != ROLE_NOBODY && role != ROLE_API;
}

static void complain_of_role(struct reading *r, const struct yaml *item)
{
        char memory[300];
        struct buf names;

        buf_init_in(&names, memory, sizeof memory);
        for (enum role role = 0; role < ROLE_COUNT; role++)
                if (is_of_a_person(role))
                        buf_print(&names, "%s%s", names.length == 0 ? "" : ", ", role_name(role));
        yaml_complain(&r->place, item, "\"%s\" is no role of a person; roles are %s", item->kind == YAML_SCALAR ? item->text : "", names.data);
}

static unsigned read_roles(struct reading *r, const struct yaml *map)
{
        const struct yaml *list = short_list(r, map, "roles", true);
        unsigned roles = 0;

        for (size_t i = 0; list != NULL && i < list->count; i++) {
                enum role role = list->items[i]->kind == YAML_SCALAR ? role_by_name(list->items[i]->text) : ROLE_COUNT;

                if (!is_of_a_person(role))
                        complain_of_role(r, list->items[i]);
                else
                        roles |= 1u << role;
        }
        return roles;
}

static void read_actors(struct reading *r, const struct yaml *root)
{
        static const char *const keys[] = { "id", "title", "roles", "relation", NULL };
        const struct yaml *list = list_of(r, "actors", true, root, keys);
        struct workflow_actor *actors;

        if (list == NULL)
                return;
        r->w->actors = actors = arena_array(r->place.arena, list->count + 1, sizeof *actors);
        for (size_t i = 0; i < list->count; i++) {
                struct workflow_actor *a = &actors[r->w->actor_count++];

                a->id = read_id(r, list->items[i], "id");
                yaml_two_texts(&r->place, list->items[i], "title", true, &a->title_vi, &a->title_en);
                a->roles = read_roles(r, list->items[i]);
                if (yaml_get(list->items[i], "relation") == NULL)
                        yaml_complain(&r->place, list->items[i], "\"%s\" is missing", "relation");
                a->relation = (enum relation)yaml_choice(&r->place, list->items[i], "relation", relation_words, RELATION_OWN);
        }
}

static void read_states(struct reading *r, const struct yaml *root)
{
        static const char *const keys[] = { "id", "title", "kind", "failure", "step", "untimed", NULL };
        const struct yaml *list = list_of(r, "states", true, root, keys);
        struct workflow_state *states;

        if (list == NULL)
                return;
        r->w->states = states = arena_array(r->place.arena, list->count + 1, sizeof *states);
        for (size_t i = 0; i < list->count; i++) {
                struct workflow_state *s = &states[r->w->state_count++];
                const struct yaml *node = list->items[i];

                s->id = read_id(r, node, "id");
                yaml_two_texts(&r->place, node, "title", true, &s->title_vi, &s->title_en);
                s->kind = (enum state_kind)yaml_choice(&r->place, node, "kind", state_words, STATE_OPEN);
                s->is_failure = yaml_bool(&r->place, node, "failure", false);
                s->step = (int)yaml_int(&r->place, node, "step", 1, r->w->step_count, 0) - 1;
                s->untimed = yaml_text(&r->place, node, "untimed", false, "");
                s->line = node->line;
                if (s->is_failure && s->kind != STATE_END)
                        yaml_complain(&r->place, node, "only an end can be a failure");
        }
}

static void read_documents(struct reading *r, const struct yaml *root)
{
        static const char *const keys[] = { "id", "title", "source", "verified", NULL };
        const struct yaml *list = list_of(r, "documents", false, root, keys);
        struct workflow_document *documents;

        if (list == NULL)
                return;
        r->w->documents = documents = arena_array(r->place.arena, list->count + 1, sizeof *documents);
        for (size_t i = 0; i < list->count; i++) {
                struct workflow_document *d = &documents[r->w->document_count++];

                d->id = read_id(r, list->items[i], "id");
                yaml_two_texts(&r->place, list->items[i], "title", true, &d->title_vi, &d->title_en);
                d->basis = read_basis(r, list->items[i], true);
                d->line = list->items[i]->line;
        }
}

static void read_choices(struct reading *r, const struct yaml *node, struct workflow_field *f)
{
        static const char *const keys[] = { "id", "title", NULL };
        const struct yaml *list = list_of(r, "choices", f->kind == FIELD_CHOICE, node, keys);
        struct workflow_choice *choices;

        if (list == NULL)
                return;
        if (f->kind != FIELD_CHOICE)
                yaml_complain(&r->place, list, "only a choice takes \"choices\"");
        f->choices = choices = arena_array(r->place.arena, list->count + 1, sizeof *choices);
        for (size_t i = 0; i < list->count; i++) {
                struct workflow_choice *c = &choices[f->choice_count++];

                c->id = read_id(r, list->items[i], "id");
                yaml_two_texts(&r->place, list->items[i], "title", true, &c->title_vi, &c->title_en);
        }
}

/* A field above the one being read, under a key; -1 and (where it is not there) a complaint. */
static int read_field_above(struct reading *r, const struct yaml *map, const char *key, bool is_required, enum field_kind kind)
{
        int place = read_one(r, map, key, is_required, FIELDS);

        if (place >= 0 && r->w->fields[place].kind != kind)
                yaml_complain(&r->place, yaml_get(map, key), "\"%s\" must name a field of kind %s", key, field_words[kind]);
        return place;
}

static void read_norm(struct reading *r, const struct yaml *norm, struct workflow_field *f)
{
        static const char *const keys[] = { "table", "column", "key", "on", NULL };

        f->norm_table = f->norm_column = f->norm_on = "";
        f->norm_key = -1;
        if (norm == NULL || !yaml_keys_known(&r->place, norm, keys))
                return;
        f->norm_table = read_id(r, norm, "table");
        f->norm_column = read_id(r, norm, "column");
        f->norm_key = read_field_above(r, norm, "key", true, FIELD_CHOICE);
        f->norm_on = yaml_text(&r->place, norm, "on", false, "");
        if (f->norm_key < 0)
                f->norm_table = "";
}

/* How a field comes by what it holds, where people do not type it. */
static void read_computed(struct reading *r, const struct yaml *node, struct workflow_field *f)
{
        const struct yaml *formula = yaml_get(node, "formula"), *norm = yaml_get(node, "norm"), *total = yaml_get(node, "total_of"), *sum = yaml_get(node, "sum_of");

        f->total_of = f->sum_of = -1;
        f->formula_text = yaml_text(&r->place, node, "formula", false, "");
        if (*f->formula_text != '\0') /* over the fields above: so none can rest on itself */
                f->formula = expression_parse(&r->place, formula, r->w, false);
        read_norm(r, norm, f);
        if (total != NULL)
                f->total_of = read_field_above(r, node, "total_of", true, f->kind);
        if (sum != NULL)
                f->sum_of = read_field_above(r, node, "sum_of", true, f->kind);
        f->is_computed = formula != NULL || norm != NULL || total != NULL || sum != NULL;
        f->basis = read_basis(r, node, f->is_computed);
        if ((formula != NULL) + (norm != NULL) + (total != NULL) + (sum != NULL) > 1)
                yaml_complain(&r->place, node, "a field has one of \"formula\", \"norm\", \"total_of\" and \"sum_of\"");
        if (f->is_computed && f->kind != FIELD_NUMBER && f->kind != FIELD_MONEY)
                yaml_complain(&r->place, node, "only numbers and money can be computed");
        if (f->total_of >= 0 && (f->decimals != r->w->fields[f->total_of].decimals || r->w->fields[f->total_of].is_computed))
                yaml_complain(&r->place, total, "\"total_of\" must name a field that people type, with as many decimals");
        if (f->sum_of >= 0 && (f->decimals != r->w->fields[f->sum_of].decimals || r->w->fields[f->sum_of].row_of < 0))
                yaml_complain(&r->place, sum, "\"sum_of\" must name a field with \"row_of\" and as many decimals");
}

/* What reads a field of a row holds for that row alone. */
static bool reads_rows(const struct workflow *w, const struct workflow_field *f)
{
        bool reads[WORKFLOW_LIST_MAX] = { false };

        expression_mark(f->formula, reads);
        for (int i = 0; i < w->field_count; i++)
                if (reads[i] && (w->fields[i].is_key || w->fields[i].row_of >= 0))
                        return true;
        return false;
}

/* fields: those read so far, f the one being read. */
static void read_row(struct reading *r, const struct yaml *node, struct workflow_field *fields, struct workflow_field *f)
{
        const struct yaml *row = yaml_get(node, "row_of");
        struct workflow_field *key;

        f->row_of = read_one(r, node, "row_of", false, FIELDS);
        f->unit_of = read_one(r, node, "unit_of", false, FIELDS);
        if (f->unit_of >= 0 && (f->kind != FIELD_NUMBER || f->row_of < 0 || fields[f->unit_of].row_of != f->row_of || fields[f->unit_of].kind != FIELD_TEXT))
                yaml_complain(&r->place, yaml_get(node, "unit_of"), "\"unit_of\" of a number names a text of the same row");
        key = f->row_of < 0 ? NULL : &fields[f->row_of];
        if (key != NULL)
                key->is_key = true;
        if (key != NULL && (key->is_computed || key->row_of >= 0 || (key->kind != FIELD_TEXT && key->kind != FIELD_CHOICE)))
                yaml_complain(&r->place, row, "\"row_of\" must name a text or a choice that people type, and that belongs to no row itself");
        if (row != NULL && (*f->norm_table != '\0' || f->total_of >= 0 || f->sum_of >= 0))
                yaml_complain(&r->place, row, "a field of a row is typed, or has a \"formula\"");
        if (row == NULL && reads_rows(r->w, f))
                yaml_complain(&r->place, yaml_get(node, "formula"), "a formula over fields of a row is a field of that row: say \"row_of\"; over all rows: \"sum_of\"");
}

static void read_fields(struct reading *r, const struct yaml *root)
{
        static const char *const keys[] = { "id", "title", "kind", "decimals", "unit", "unit_of", "choices", "formula", "norm", "total_of", "row_of", "sum_of", "source",
                                            "verified", NULL };
        const struct yaml *list = list_of(r, "fields", false, root, keys);
        struct workflow_field *fields;

        if (list == NULL)
                return;
        r->w->fields = fields = arena_array(r->place.arena, list->count + 1, sizeof *fields);
        for (size_t i = 0; i < list->count; i++) {
                struct workflow_field *f = &fields[i];
                const struct yaml *node = list->items[i];

                f->id = read_id(r, node, "id");
                yaml_two_texts(&r->place, node, "title", true, &f->title_vi, &f->title_en);
                f->kind = (enum field_kind)yaml_choice(&r->place, node, "kind", field_words, FIELD_TEXT);
                f->decimals = (int)yaml_int(&r->place, node, "decimals", 0, EXPRESSION_DECIMALS, 0);
                if (f->decimals > 0 && f->kind != FIELD_NUMBER)
                        yaml_complain(&r->place, node, "only a number takes \"decimals\"");
                yaml_two_texts(&r->place, node, "unit", f->kind == FIELD_NUMBER, &f->unit_vi, &f->unit_en);
                read_choices(r, node, f);
                f->line = node->line;
                read_computed(r, node, f);
                read_row(r, node, fields, f);
                r->w->field_count++;
        }
}

static void read_checks(struct reading *r, const struct yaml *root)
{
        static const char *const keys[] = { "id", "rule", "severity", "message", "source", "verified", NULL };
        const struct yaml *list = list_of(r, "checks", false, root, keys);
        struct workflow_check *checks;

        if (list == NULL)
                return;
        r->w->checks = checks = arena_array(r->place.arena, list->count + 1, sizeof *checks);
        for (size_t i = 0; i < list->count; i++) {
                struct workflow_check *c = &checks[r->w->check_count++];
                const struct yaml *node = list->items[i];

                c->id = read_id(r, node, "id");
                yaml_two_texts(&r->place, node, "message", true, &c->message_vi, &c->message_en);
                c->is_warning = yaml_choice(&r->place, node, "severity", severity_words, 0) == 1;
                c->basis = read_basis(r, node, true);
                c->line = node->line;
                c->rule_text = yaml_text(&r->place, node, "rule", true, "");
                if (*c->rule_text != '\0')
                        c->rule = expression_parse(&r->place, yaml_get(node, "rule"), r->w, true);
        }
}

static void read_warnings(struct reading *r, const struct yaml *node, struct workflow_limit *l)
{
        static const char *const extend_keys[] = { "days", "times", NULL };
        static const char *const escalate_keys[] = { "after", "to", NULL };
        const struct yaml *list = yaml_list(&r->place, node, "remind", false), *extend = yaml_get(node, "extend"),
                          *escalate = yaml_get(node, "escalate");

        for (size_t i = 0; list != NULL && i < list->count; i++) {
                int64_t days;
                size_t position;

                if (l->remind_count == sizeof l->remind / sizeof *l->remind || list->items[i]->kind != YAML_SCALAR ||
                    decimal_read(list->items[i]->text, strlen(list->items[i]->text), 0, &days, &position) != DECIMAL_OK || days < 0 ||
                    days >= l->days || (l->remind_count > 0 && days >= l->remind[l->remind_count - 1])) {
                        yaml_complain(&r->place, list->items[i],
                                      "\"remind\" is at most four numbers of days, each less than the one before and than \"days\"");
                        break;
                }
                l->remind[l->remind_count++] = (int)days;
        }
        if (extend != NULL && yaml_keys_known(&r->place, extend, extend_keys)) {
                l->extend_days = (int)yaml_int(&r->place, extend, "days", 1, 3660, 1);
                l->extend_times = (int)yaml_int(&r->place, extend, "times", 1, 20, 1);
        }
        l->escalate_to = -1;
        if (escalate != NULL && yaml_keys_known(&r->place, escalate, escalate_keys)) {
                l->escalate_after = (int)yaml_int(&r->place, escalate, "after", 0, 3660, 0);
                l->escalate_to = read_one(r, escalate, "to", true, ACTORS);
        }
}

/* How long: so many days, so many calendar years, or until a day of a year that a field names. */
static void read_length(struct reading *r, const struct yaml *node, struct workflow_limit *l)
{
        static const char *const keys[] = { "month", "day", "year_of", "plus", NULL };
        const struct yaml *until = yaml_get(node, "until"), *years = yaml_get(node, "years");

        l->year_field = -1;
        if ((until != NULL || years != NULL) && (yaml_get(node, "days") != NULL || yaml_get(node, "count") != NULL || yaml_get(node, "stops_in") != NULL ||
                                                 yaml_get(node, "extend") != NULL || yaml_get(node, "for_opinions") != NULL || (until != NULL && years != NULL)))
                yaml_complain(&r->place, node, "a limit with \"%s\" ends on that day, whatever happens before", until != NULL ? "until" : "years");
        if (years != NULL) {
                l->years = (int)yaml_int(&r->place, node, "years", 1, 50, 1);
                l->days = 366 * l->years;
                return;
        }
        if (until == NULL) {
                if (yaml_get(node, "days") == NULL || yaml_get(node, "count") == NULL)
                        yaml_complain(&r->place, node, "a limit needs \"days\" and \"count\": calendar or working; or \"years\"; or \"until\"");
                l->days = (int)yaml_int(&r->place, node, "days", 1, 3660, 1);
                l->is_working = yaml_choice(&r->place, node, "count", count_words, 0) == 1;
                return;
        }
        if (!yaml_keys_known(&r->place, until, keys))
                return;
        if (yaml_get(node, "from_field") != NULL)
                yaml_complain(&r->place, node, "a limit with \"until\" ends on that day, whenever it starts");
        l->days = 366;
        l->month = (int)yaml_int(&r->place, until, "month", 1, 12, 1);
        l->day_of_month = (int)yaml_int(&r->place, until, "day", 1, 28 + (l->month != 2) * 2 + (l->month != 2 && l->month != 4 && l->month != 6 && l->month != 9 && l->month != 11), 1);
        l->year_field = read_field_above(r, until, "year_of", true, FIELD_YEAR);
        l->years = (int)yaml_int(&r->place, until, "plus", -5, 10, 0);
}

static void read_limits(struct reading *r, const struct yaml *root)
{
        static const char *const keys[] = { "id", "title", "kind", "days", "count", "years", "until", "if_off", "runs_in", "stops_in", "for_opinions", "from_field", "from_limit",
                                            "extend", "remind", "escalate", "source", "verified", NULL };
        static const char *const off_words[] = { "same_day", "next_working_day", NULL }, *const limit_words[] = { "duty", "window", NULL };
        const struct yaml *list = list_of(r, "limits", false, root, keys);
        struct workflow_limit *limits;

        if (list == NULL)
                return;
        r->w->limits = limits = arena_array(r->place.arena, list->count + 1, sizeof *limits);
        for (size_t i = 0; i < list->count; i++) {
                struct workflow_limit *l = &limits[r->w->limit_count++];
                const struct yaml *node = list->items[i];

                l->id = read_id(r, node, "id");
                yaml_two_texts(&r->place, node, "title", true, &l->title_vi, &l->title_en);
                l->is_window = yaml_choice(&r->place, node, "kind", limit_words, 0) == 1;
                read_length(r, node, l);
                l->moves_to_working = yaml_choice(&r->place, node, "if_off", off_words, 0) == 1;
                l->is_for_opinions = yaml_bool(&r->place, node, "for_opinions", false);
                if (!l->is_for_opinions && yaml_get(node, "runs_in") == NULL)
                        yaml_complain(&r->place, node, "\"runs_in\" is missing: name the states in which the limit \"%s\" runs, as runs_in: [STATE]", l->id);
                l->runs_in = read_marks(r, node, "runs_in", false, STATES);
                if (yaml_get(node, "runs_in") != NULL && yaml_get(node, "runs_in")->count == 0)
                        yaml_complain(&r->place, yaml_get(node, "runs_in"), "\"%s\" is empty", "runs_in");
                l->stops_in = read_marks(r, node, "stops_in", false, STATES);
                l->from_field = read_one(r, node, "from_field", false, FIELDS);
                if (l->from_field >= 0 && r->w->fields[l->from_field].kind != FIELD_DAY)
                        yaml_complain(&r->place, yaml_get(node, "from_field"), "\"from_field\" must name a day");
                l->from_limit = read_one(r, node, "from_limit", false, LIMITS);
                if (l->from_limit >= 0 && (!limits[l->from_limit].is_window || &limits[l->from_limit] == l || l->from_field >= 0 || l->month != 0))
                        yaml_complain(&r->place, yaml_get(node, "from_limit"), "\"from_limit\" must name a window that stands above, and is the one start of the limit");
                if (l->is_window && (l->is_for_opinions || yaml_get(node, "remind") != NULL || yaml_get(node, "escalate") != NULL))
                        yaml_complain(&r->place, node, "nobody owes anything at the end of a window: it has no opinions, no \"remind\" and no \"escalate\"");
                if (l->is_for_opinions && (yaml_get(node, "runs_in") != NULL || yaml_get(node, "stops_in") != NULL || l->from_field >= 0 || l->from_limit >= 0))
                        yaml_complain(&r->place, node, "a limit for opinions runs for each unit asked, in no state");
                read_warnings(r, node, l);
                l->basis = read_basis(r, node, true);
                l->line = node->line;
        }
}

static void read_needs(struct reading *r, const struct yaml *node, struct workflow_action *a)
{
        static const char *const keys[] = { "opinions", "score", "sub_cases", "row", NULL };
        const struct yaml *needs = yaml_get(node, "needs");

        if (needs == NULL || !yaml_keys_known(&r->place, needs, keys))
                return;
        a->opinions = (enum opinions_needed)yaml_choice(&r->place, needs, "opinions", opinion_words, OPINIONS_NONE);
        a->needs_score = yaml_bool(&r->place, needs, "score", false);
        a->needs_sub_cases = yaml_bool(&r->place, needs, "sub_cases", false);
        a->needs_row = yaml_bool(&r->place, needs, "row", false);
}

static void read_actions(struct reading *r, const struct yaml *root)
{
        static const char *const keys[] = { "id", "title", "kind", "from", "to", "by", "documents", "fields", "checks", "limit", "within",
                                            "after", "waits_since", "reason", "returns", "optional", "needs", "source", "verified", NULL };
        const struct yaml *list = list_of(r, "actions", true, root, keys);
        struct workflow_action *actions;

        if (list == NULL)
                return;
        r->w->actions = actions = arena_array(r->place.arena, list->count + 1, sizeof *actions);
        for (size_t i = 0; i < list->count; i++) {
                struct workflow_action *a = &actions[r->w->action_count++];
                const struct yaml *node = list->items[i];

                a->id = read_id(r, node, "id");
                if (strcmp(a->id, "open") == 0 || strcmp(a->id, "assign") == 0)
                        yaml_complain(&r->place, node, "\"%s\" is an act of every case and cannot be an action of one workflow", a->id);
                yaml_two_texts(&r->place, node, "title", true, &a->title_vi, &a->title_en);
                a->kind = (enum action_kind)yaml_choice(&r->place, node, "kind", action_words, ACTION_MOVE);
                a->from = read_marks(r, node, "from", true, STATES);
                a->to = read_one(r, node, "to", a->kind <= ACTION_SUSPEND, STATES);
                if (a->kind > ACTION_SUSPEND && a->to >= 0)
                        yaml_complain(&r->place, node, "an action of kind \"%s\" takes no \"to\"", action_words[a->kind]);
                a->by = read_marks(r, node, "by", true, ACTORS);
                a->documents = read_marks(r, node, "documents", false, DOCUMENTS);
                a->fields = read_marks(r, node, "fields", false, FIELDS);
                a->checks = read_marks(r, node, "checks", false, CHECKS);
                a->limit = read_one(r, node, "limit", a->kind == ACTION_STOP || a->kind == ACTION_RESTART || a->kind == ACTION_EXTEND,
                                    LIMITS);
                a->within = read_one(r, node, "within", false, LIMITS);
                a->after = read_one(r, node, "after", false, LIMITS);
                a->waits_since = yaml_day(&r->place, node, "waits_since", DAY_NONE);
                if (a->after < 0 && a->waits_since != DAY_NONE)
                        yaml_complain(&r->place, node, "\"waits_since\" stands beside \"after\"");
                a->needs_reason = yaml_bool(&r->place, node, "reason", a->kind == ACTION_STOP || a->kind == ACTION_EXTEND ||
                                                                       a->kind == ACTION_SUSPEND);
                a->returns = yaml_bool(&r->place, node, "returns", false);
                a->is_optional = yaml_bool(&r->place, node, "optional", false);
                read_needs(r, node, a);
                a->basis = read_basis(r, node, true);
                a->line = node->line;
        }
}

static void read_scoring(struct reading *r, const struct yaml *root)
{
        static const char *const keys[] = { "pass", "members", "criteria", "source", "verified", NULL };
        static const char *const criterion_keys[] = { "id", "title", "most", NULL };
        const struct yaml *node = yaml_get(root, "scoring"), *list;
        struct workflow_criterion *criteria;

        if (node == NULL || !yaml_keys_known(&r->place, node, keys))
                return;
        read_basis(r, node, true);
        r->w->score_pass = yaml_int(&r->place, node, "pass", 1, 100000, 1);
        r->w->score_members = (int)yaml_int(&r->place, node, "members", 1, 100, 1);
        list = list_of(r, "criteria", true, node, criterion_keys);
        if (list == NULL)
                return;
        r->w->criteria = criteria = arena_array(r->place.arena, list->count + 1, sizeof *criteria);
        for (size_t i = 0; i < list->count; i++) {
                struct workflow_criterion *c = &criteria[r->w->criterion_count++];

                c->id = read_id(r, list->items[i], "id");
                yaml_two_texts(&r->place, list->items[i], "title", true, &c->title_vi, &c->title_en);
                c->most = yaml_int(&r->place, list->items[i], "most", 1, 100000, 1);
        }
}

static void read_opening(struct reading *r, const struct yaml *root)
{
        static const char *const keys[] = { "by", "documents", "fields", NULL };
        const struct yaml *node = yaml_get(root, "open");

        if (node == NULL)
                yaml_complain(&r->place, root, "\"%s\" is missing", "open");
        else
                yaml_keys_known(&r->place, node, keys);
        r->w->opened_by = read_marks(r, node, "by", node != NULL, ACTORS);
        r->w->first_documents = read_marks(r, node, "documents", false, DOCUMENTS);
        r->w->first_fields = read_marks(r, node, "fields", false, FIELDS);
}

static void read_sub_cases(struct reading *r, const struct yaml *root)
{
        const struct yaml *list = short_list(r, root, "sub_cases", false);
        const char **ids;

        if (list == NULL)
                return;
        r->w->sub_cases = ids = arena_array(r->place.arena, list->count + 1, sizeof *ids);
        for (size_t i = 0; i < list->count; i++)
                if (list->items[i]->kind == YAML_SCALAR)
                        ids[r->w->sub_case_count++] = list->items[i]->text;
                else
                        yaml_complain(&r->place, list->items[i], "\"sub_cases\" is a list of workflows");
}

static void read_validity(struct reading *r, const struct yaml *root)
{
        static const char *const keys[] = { "from", "to", NULL };
        const struct yaml *valid = yaml_get(root, "valid");

        if (valid == NULL || !yaml_keys_known(&r->place, valid, keys) || yaml_get(valid, "from") == NULL) {
                yaml_complain(&r->place, root, "\"valid\" is missing: for which days of receipt the regime is in force");
                return;
        }
        r->w->from = yaml_day(&r->place, valid, "from", DAY_NONE);
        r->w->to = yaml_day(&r->place, valid, "to", DAY_FOREVER);
        if (r->w->to < r->w->from)
                yaml_complain(&r->place, valid, "\"to\" lies before \"from\"");
}

bool workflow_has_file(const char *id, const char *path)
{
        size_t length = strlen(id);

        return strncmp(path, "workflows/", 10) == 0 && strncmp(path + 10, id, length) == 0 && path[10 + length] == '/';
}

static void read_all(struct reading *r, const struct yaml *root)
{
        struct workflow *w = r->w;

        w->id = read_id(r, root, "workflow");
        if (!workflow_has_file(w->id, w->path))
                yaml_complain(&r->place, yaml_get(root, "workflow"), "the file must lie in the folder workflows/%s", w->id);
        yaml_two_texts(&r->place, root, "title", true, &w->title_vi, &w->title_en);
        read_validity(r, root);
        w->basis = read_basis(r, root, true);
        if (yaml_get(root, "unit") == NULL)
                yaml_complain(&r->place, root, "\"%s\" is missing", "unit");
        w->level = (enum unit_level)yaml_choice(&r->place, root, "unit", level_words, LEVEL_PROVINCE);
        read_steps(r, root);
        read_actors(r, root);
        read_states(r, root);
        read_documents(r, root);
        read_fields(r, root);
        read_checks(r, root);
        read_limits(r, root);
        read_scoring(r, root);
        read_actions(r, root);
        read_opening(r, root);
        read_sub_cases(r, root);
        w->start = -1;
        for (int i = 0; i < w->state_count; i++)
                if (w->states[i].kind == STATE_START && w->start < 0)
                        w->start = i;
}

struct workflow *workflow_parse(struct arena *arena, const struct source *source, struct complaints *complaints)
{
        static const char *const keys[] = { "workflow", "title", "valid", "source", "verified", "unit", "steps", "actors", "states",
                                            "documents", "fields", "checks", "limits", "scoring", "actions", "open", "sub_cases", NULL };
        struct workflow *w = arena_alloc(arena, sizeof *w);
        struct reading r = { .place = { source->path, arena, complaints }, .w = w };
        size_t before = complaints->count;
        const struct yaml *root;

        *w = (struct workflow){ .id = "", .path = source->path, .title_vi = "", .title_en = "", .from = DAY_NONE, .to = DAY_FOREVER,
                                .basis.source = "", .start = -1 };
        if (source->length > SOURCE_MAX) {
                complain(complaints, source->path, 1, 1, "the file is larger than %zu bytes", SOURCE_MAX);
                return w;
        }
        root = yaml_read(arena, source, complaints);
        if (root == NULL || !yaml_keys_known(&r.place, root, keys))
                return w;
        read_all(&r, root);
        if (complaints->count == before)
                workflow_prove(w, complaints);
        return w;
}

/* ---- the shelf -------------------------------------------------------------------------------------------- *
 *
 * A definition rests on nothing but its text, and texts change with decrees: each one ever met in the process is read once and
 * kept. So pointers to it need no owner. */

#define SHELF_MAX 2000
#define SHELF_MEMORY ((size_t)256 << 20)

struct shelved {
        const char *path, *text;
        void *definition; /* NULL: it has faults */
};

static struct shelved shelf[SHELF_MAX];
static size_t shelf_count;
static struct arena *shelf_arena;
static pthread_mutex_t shelf_lock = PTHREAD_MUTEX_INITIALIZER;

/* Into the shelf's arena; false where its memory ends. */
static bool shelve_text(struct shelved *s, const char *path, const char *text, definition_parser *parse)
{
        struct complaints complaints = { .arena = shelf_arena };
        struct source source = { NULL, NULL, strlen(text) };
        jmp_buf full;

        arena_guard(shelf_arena, &full);
        if (setjmp(full) != 0) {
                arena_guard(shelf_arena, NULL);
                return false;
        }
        s->path = source.path = arena_text(shelf_arena, path);
        s->text = source.text = arena_text(shelf_arena, text);
        s->definition = parse(shelf_arena, &source, &complaints);
        if (complaints.count > 0)
                s->definition = NULL;
        arena_guard(shelf_arena, NULL);
        return true;
}

/* Under the lock. NULL where there is no room. */
static struct shelved *shelve(const char *path, const char *text, definition_parser *parse)
{
        if (shelf_arena == NULL)
                shelf_arena = arena_open(SHELF_MEMORY);
        if (shelf_arena == NULL || shelf_count == SHELF_MAX || !shelve_text(&shelf[shelf_count], path, text, parse))
                return NULL;
        return &shelf[shelf_count++];
}

const void *shelf_find(const struct catalogue *c, const char *path, definition_parser *parse)
{
        const char *text = catalogue_file(c, path);
        struct shelved *s = NULL;

        if (text == NULL)
                return NULL;
        pthread_mutex_lock(&shelf_lock);
        for (size_t i = 0; i < shelf_count && s == NULL; i++)
                if (strcmp(shelf[i].path, path) == 0 && strcmp(shelf[i].text, text) == 0)
                        s = &shelf[i];
        if (s == NULL)
                s = shelve(path, text, parse);
        pthread_mutex_unlock(&shelf_lock);
        if (s == NULL) /* not "there is none" */
                work_starve();
        return s->definition;
}

static void *parse_workflow(struct arena *arena, const struct source *source, struct complaints *complaints)
{
        return workflow_parse(arena, source, complaints);
}

#define PATHS_MAX 2000

const struct workflow *workflow_find(const struct catalogue *c, const char *id, day received)
{
        const char *paths[PATHS_MAX];
        size_t count = catalogue_paths(c, ".workflow", paths, PATHS_MAX);

        for (size_t i = 0; i < count && i < PATHS_MAX; i++) {
                const struct workflow *w = workflow_has_file(id, paths[i]) ? shelf_find(c, paths[i], parse_workflow) : NULL;

                if (w != NULL && w->from <= received && received <= w->to)
                        return w;
        }
        return NULL;
}

size_t workflow_list(const struct catalogue *c, day on, const struct workflow **out, size_t max)
{
        const char *paths[PATHS_MAX];
        size_t count = catalogue_paths(c, ".workflow", paths, PATHS_MAX), found = 0;
        const struct workflow *newest = NULL;

        for (size_t i = 0; i < count && i < PATHS_MAX; i++) { /* the regimes of one workflow stand together, by their folder */
                const struct workflow *w = shelf_find(c, paths[i], parse_workflow);

                if (w == NULL || (on != DAY_FOREVER && (w->from > on || w->to < on)))
                        continue;
                if (newest != NULL && strcmp(newest->id, w->id) != 0) {
                        if (found < max)
                                out[found] = newest;
                        found++;
                        newest = NULL;
                }
                if (newest == NULL || w->from > newest->from)
                        newest = w;
        }
        if (newest != NULL && found < max)
                out[found] = newest;
        return found + (newest != NULL);
}

size_t workflow_unreadable(const struct catalogue *c, const char **out, size_t max)
{
        const char *paths[PATHS_MAX];
        size_t count = catalogue_paths(c, ".workflow", paths, PATHS_MAX), found = 0;

        for (size_t i = 0; i < count && i < PATHS_MAX && found < max; i++)
                if (shelf_find(c, paths[i], parse_workflow) == NULL)
                        out[found++] = paths[i];
        return found;
}

/* ---- for the catalogue ---------------------------------------------------------------------------------------- */

/* A field that is taken from a table of norms needs the table, with its column. */
static void check_norms(const struct catalogue *c, const struct workflow *w, struct complaints *complaints)
{
        for (int i = 0; i < w->field_count; i++) {
                const struct workflow_field *f = &w->fields[i];
                const struct norm_table *t = *f->norm_table == '\0' ? NULL : norm_table_find(c, w->id, f->norm_table);
                int column = t == NULL ? -1 : norm_column_find(t, f->norm_column);

                if (*f->norm_table == '\0')
                        continue;
                if (*f->norm_on != '\0' && workflow_action_find(w, f->norm_on) < 0)
                        complain(complaints, w->path, f->line, 1, "the workflow has no action \"%s\"", f->norm_on);
                if (column < 0)
                        complain(complaints, w->path, f->line, 1, "there is no sound table of norms \"%s\" with a column \"%s\" beside this file",
                                 f->norm_table, f->norm_column);
                else if (t->columns[column].decimals != f->decimals)
                        complain(complaints, w->path, f->line, 1, "the column \"%s\" has %d decimals", f->norm_column, t->columns[column].decimals);
        }
}

const struct workflow_reading *workflow_read(struct arena *arena, const struct catalogue *c, const char *path, enum language language)
{
        const struct source *file;
        void **kept = catalogue_reading(c, path, &file);
        struct workflow_reading *r = *kept;

        if (r == NULL) {
                *kept = r = arena_alloc(arena, sizeof *r);
                r->complaints = (struct complaints){ .arena = arena, .language = language };
                r->workflow = workflow_parse(arena, file, &r->complaints);
        }
        return r;
}

/* Besides the file itself: regimes of one workflow must not overlap; sub-cases and norms must exist. */
static void check(struct arena *arena, const struct catalogue *c, const struct source *source, struct complaints *complaints)
{
        const struct workflow_reading *read = workflow_read(arena, c, source->path, complaints->language);
        const struct workflow *w = read->workflow;
        const char *paths[PATHS_MAX], *folder = arena_print(arena, "workflows/%s/", w->id);
        size_t count = catalogue_paths(c, ".workflow", paths, PATHS_MAX);

        for (size_t i = 0; i < read->complaints.count; i++)
                complain(complaints, read->complaints.list[i].file, read->complaints.list[i].line, read->complaints.list[i].column, "%s",
                         read->complaints.list[i].message);
        for (size_t i = 0; i < count && i < PATHS_MAX; i++) {
                const struct workflow_reading *other;

                if (strncmp(paths[i], folder, strlen(folder)) != 0 || strcmp(paths[i], source->path) == 0)
                        continue;
                other = workflow_read(arena, c, paths[i], complaints->language);
                if (other->complaints.count == 0 && other->workflow->from <= w->to && w->from <= other->workflow->to)
                        complain(complaints, source->path, 1, 1, "its days of receipt overlap those of %s", other->workflow->path);
        }
        if (read->complaints.count == 0)
                workflow_prove_use(w, complaints);
        check_norms(c, w, complaints);
        for (int k = 0; k < w->sub_case_count; k++) {
                bool is_known = false, can_lie_below = false;

                folder = arena_print(arena, "workflows/%s/", w->sub_cases[k]);
                for (size_t i = 0; i < count && i < PATHS_MAX; i++) {
                        const struct workflow_reading *other = strncmp(paths[i], folder, strlen(folder)) == 0 ? workflow_read(arena, c, paths[i], complaints->language) : NULL;

                        is_known |= other != NULL;
                        can_lie_below |= other != NULL && (other->complaints.count > 0 || other->workflow->level >= w->level);
                }
                if (!is_known)
                        complain(complaints, source->path, 1, 1, "there is no workflow \"%s\" for its sub-cases", w->sub_cases[k]);
                else if (!can_lie_below)
                        complain(complaints, source->path, 1, 1, "the cases of \"%s\" belong to units above those of this workflow: none of them lies below one of its own", w->sub_cases[k]);
        }
}

const struct catalogue_checker workflow_checker = { ".workflow", check };
