/* store.c - cases in the ledger: reading them, and writing their entries. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/utf8.h"
#include "format/jsonr.h"
#include "ledger/node.h"
#include "ledger/read.h"
#include "ledger/write.h"
#include "web/web.h"
#include "workflow/case_private.h"

#define TITLE_MAX 300  /* bytes */

/* ---- reading ------------------------------------------------------------------------------------------------------------ */

/* The entries of a case that somebody names; false and an error where there are none. */
static bool find_events(struct work *w, const char *id, struct case_events *all)
{
        all->count = 0;
        if (case_subject_id(arena_print(w->arena, "case/%s", id)) != NULL && !case_events_of(w, id, all))
                return false;
        return all->count > 0 || error_set(&w->err, ERR_MISSING, "there is no case \"%s\" at this node", id);
}

/* Whether a register names the asker in a case today. */
static bool is_named(struct work *w, const struct case_file *f)
{
        struct buf *sql = arena_alloc(w->arena, sizeof *sql);

        buf_init_with(sql, 0, w->arena);
        buf_text(sql, "SELECT COUNT(*) FROM (");
        parts_named(sql, "$2", "$3");
        buf_text(sql, ") AS named WHERE case_id = $1");
        return db_number(w->db, sql->data, ARGS(v_text(f->id), v_text(w->user->login), v_int(day_of_moment(w->now))), 0) > 0;
}

/* Whether the asker is one of those who may act only in cases they have opened, and has not opened this one: what a register names them for is left to them. */
static bool is_others(struct work *w, const struct case_file *f)
{
        return case_opener(w) != NULL && strcmp(case_opener(w), case_opener_of(w, f)) != 0;
}

bool case_is_one_of(struct work *w, const struct case_file *f, const bool *actors)
{
        const struct unit *unit = case_asker(w);
        bool named[WORKFLOW_LIST_MAX], others[WORKFLOW_LIST_MAX], is_foreign = is_others(w, f);
        day today = day_of_moment(w->now);

        for (int i = 0; i < f->workflow->actor_count; i++) {
                named[i] = actors[i] && f->workflow->actors[i].relation == RELATION_NAMED;
                others[i] = actors[i] && !named[i] && !is_foreign;
        }
        return unit != NULL && (case_actor(catalogue_of(w), f, others, unit, w->user->role, today) ||
                                (case_actor(catalogue_of(w), f, named, unit, w->user->role, today) && is_named(w, f)));
}

/* Whether the asker's unit was asked for its opinion: who gives one must know of what, also below the unit of the case. */
static bool was_asked(struct work *w, const struct case_file *f)
{
        const struct unit *own = case_opener(w) == NULL && user_may(w->user, MAY_READ) ? case_asker(w) : NULL;

        for (int i = 0; own != NULL && i < f->opinion_count; i++)
                if (case_home(catalogue_of(w), f->opinions[i].unit, day_of_moment(w->now)) == own)
                        return true;
        return false;
}

/* Whether something was opened. */
static bool is_there(struct work *w, const struct case_file *f)
{
        return f->workflow != NULL || error_set(&w->err, ERR_MISSING, "there is no case \"%s\" at this node", f->id);
}

/* Whether the asker may know of a case. */
static bool may_see(struct work *w, const struct case_file *f)
{
        if (!is_there(w, f))
                return false;
        if (was_asked(w, f))
                return true;
        if (!web_territory(w, f->unit->code))
                return false;
        if (!is_others(w, f) || is_named(w, f))
                return true;
        error_set(&w->err, ERR_DENIED, "case %s was opened by somebody else", f->id);
        return error_hint(&w->err, "it is seen by who opened it and by the authorities it is for");
}

struct case_file *case_read(struct work *w, const char *id)
{
        struct case_events all;
        struct case_file *f = find_events(w, id, &all) ? case_fold_events(w, id, &all) : NULL;

        return f != NULL && is_there(w, f) ? f : NULL;
}

struct case_file *case_load(struct work *w, const char *id)
{
        struct case_file *f = case_read(w, id);

        return f != NULL && may_see(w, f) ? f : NULL;
}

size_t case_overtaken(const struct case_file *f)
{
        size_t place = f->event_count;

        while (place > 0 && f->events[place - 1].fault != FAULT_NONE)
                place--;
        while (place < f->event_count && !case_is_overtaken(&f->events[place]))
                place++;
        return place;
}

bool case_is_overtaken(const struct case_event *e)
{
        return e->fault != FAULT_NONE && e->fault != FAULT_CONTESTED && e->fault != FAULT_STREAM; /* that is none of this case's */
}

struct case_file **cases_overtaken(struct work *w, size_t max, size_t *count)
{
        struct case_file **list = arena_array(w->arena, max + 1, sizeof(struct case_file *));
        const char **ids = arena_array(w->arena, max + 1, sizeof *ids);
        struct rows *r = db_query(w->db,
                                  "SELECT case_id FROM case_event e WHERE fault <> 0 AND place > 0 AND NOT EXISTS"
                                  " (SELECT 1 FROM case_event l WHERE l.case_id = e.case_id AND l.place > e.place AND l.fault = 0)"
                                  " GROUP BY case_id ORDER BY MAX(entry) DESC, case_id LIMIT $1",
                                  ARGS(v_int((int64_t)max)));
        size_t found = 0;

        *count = 0;
        while (found < max && rows_next(r))
                ids[found++] = arena_text(w->arena, rows_text(r, 0));
        rows_close(r);
        for (size_t i = 0; i < found && work_ok(w); i++) {
                struct case_file *f = case_load(w, ids[i]);

                if (f != NULL)
                        list[(*count)++] = f;
                else if (w->err.code == ERR_DENIED || w->err.code == ERR_MISSING)
                        error_clear(&w->err);
        }
        return work_ok(w) ? list : NULL;
}

/* ---- writing ---------------------------------------------------------------------------------------------------------------- */

static bool is_sound_text(struct work *w, const char *name, const char *s, size_t most)
{
        size_t position;

        if (strlen(s) > most)
                return error_set(&w->err, ERR_TOO_BIG, "\"%s\" is longer than %zu bytes", name, most) || error_at(&w->err, name);
        return utf8_is_valid(s, strlen(s), &position) || error_set(&w->err, ERR_INVALID, "\"%s\" is not UTF-8", name);
}

static bool texts_are_sound(struct work *w, const char *name, json_t *value)
{
        const char *key;
        json_t *member;

        if (json_is_string(value))
                return is_sound_text(w, name, json_string_value(value), strcmp(name, "title") == 0 ? TITLE_MAX : CASE_TEXT_MAX);
        json_object_foreach(value, key, member)
                if (!texts_are_sound(w, key, member))
                        return false;
        return true;
}

/* Ten digits and letters that no other case of any node has: 50 bits of what is written, by whom and when. */
static const char *new_id(struct work *w, const char *body)
{
        static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        const char *seed = arena_print(w->arena, "%s %lld %lld %s", node_key(w->node), (long long)node_position(w->node), (long long)w->now, body);
        unsigned char hash[HASH_BYTES];
        char *id = arena_alloc(w->arena, CASE_ID_MAX);

        do {
                ledger_digest(seed, strlen(seed), hash);
                for (int i = 0; i < CASE_ID_MAX - 1; i++)
                        id[i] = digits[hash[i] & 31];
                seed = arena_print(w->arena, "%s+", seed);
        } while (db_number(w->db, "SELECT COUNT(*) FROM case_event WHERE case_id = $1", ARGS(v_text(id)), 0) > 0 && work_ok(w));
        return id;
}

/* Only what docs/workflows.md names may stand in an entry. */
static bool members_are_known(struct work *w, const json_t *body)
{
        static const char *const names[] = { "workflow", "case_unit", "title", "parent", "on", "reason", "fields", "documents", "action", "units",
                                             "opinion", "text", "points", "candidate", "days", NULL };
        const char *name;
        json_t *member;

        json_object_foreach((json_t *)body, name, member) {
                size_t i = 0;

                while (names[i] != NULL && strcmp(names[i], name) != 0)
                        i++;
                if (names[i] == NULL)
                        return error_set(&w->err, ERR_INVALID, "\"%s\" is not known here", name);
        }
        return json_is_object(body) || error_set(&w->err, ERR_INVALID, "here must stand an object");
}

static void set(json_t *body, const char *name, const char *value)
{
        json_object_set_new(body, name, json_string(value));
}

/* What the entry would be: now, by the asker. */
static bool candidate(struct work *w, enum case_act act, json_t *body, struct case_event *event)
{
        const struct unit *unit = case_asker(w);
        const char *on;
        char today[DAY_TEXT_MAX];

        if (unit == NULL)
                return error_set(&w->err, ERR_UNAUTHENTICATED, "this is only for users who are signed in");
        if (!members_are_known(w, body))
                return false;
        day_write(today, day_of_moment(w->now));
        if (*case_body_text(body, "on") == '\0')
                set(body, "on", today);
        set(body, "by", w->user->name != NULL && *w->user->name != '\0' ? w->user->name : w->user->login);
        set(body, "unit", unit->key);
        on = case_body_text(body, "on");
        *event = (struct case_event){ .act = act, .at = ledger_next_stamp(w), .node = node_key(w->node), .by = case_body_text(body, "by"), .author = w->user->login,
                                      .role = role_name(w->user->role), .unit = unit, .body = body };
        if (!day_read(on, strlen(on), &event->on))
                return error_set(&w->err, ERR_INVALID, "\"on\" must be a date like 2025-07-01") || error_at(&w->err, "on");
        return texts_are_sound(w, "", body);
}

/* The one that was added last, wherever the fold has put it. */
static struct case_event *the_candidate(const struct case_file *f)
{
        for (size_t i = f->event_count; i > 0; i--)
                if (f->events[i - 1].entry == 0)
                        return &f->events[i - 1];
        return NULL;
}

static bool parent_fits(struct work *w, const struct catalogue *c, const json_t *body)
{
        const char *parent = case_body_text(body, "parent");
        const struct unit *unit = unit_by_key(c, case_body_text(body, "case_unit")), *outer;
        const struct case_file *above;
        day today = day_of_moment(w->now);
        bool is_such = false;

        if (*parent == '\0')
                return true;
        above = case_load(w, parent);
        if (above == NULL)
                return false;
        for (int i = 0; i < above->workflow->sub_case_count; i++)
                is_such |= strcmp(above->workflow->sub_cases[i], case_body_text(body, "workflow")) == 0;
        if (!is_such)
                return error_set(&w->err, ERR_INVALID, "the workflow of the case %s has no such sub-cases", parent);
        outer = case_home(c, above->unit, today);
        unit = unit == NULL ? NULL : case_home(c, unit, today); /* of one that is none the fold says so */
        return unit == NULL || (outer != NULL && unit_is_within(unit, outer)) ||
               error_set(&w->err, ERR_INVALID, "a case below the case %s is for its unit or one that lies in it", parent) || error_at(&w->err, "case_unit");
}

bool case_append(struct work *w, const struct case_file *f, const char *id, enum case_act act, const struct buf *body)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *home = c == NULL ? NULL : case_home(c, f->unit, day_of_moment(w->now));

        return c != NULL && ledger_append(w, (home == NULL ? f->unit : home)->code, case_kind_names[act], arena_print(w->arena, "case/%s", id), body, NULL);
}

static bool has_named(const struct workflow *flow, int action)
{
        for (int i = 0; i < flow->actor_count; i++)
                if (flow->actions[action].by[i] && flow->actors[i].relation == RELATION_NAMED)
                        return true;
        return false;
}

/* What had been seen here of the streams of other nodes that wrote about a case. */
static json_t *seen_of(struct work *w, const struct case_file *f)
{
        json_t *seen = json_object();

        for (size_t i = 0; i < f->event_count; i++) {
                const struct case_event *e = &f->events[i];
                const char *stream = e->audience == NULL ? NULL : arena_print(w->arena, "%s/%s", e->node, e->audience);

                if (stream != NULL && strcmp(e->node, node_key(w->node)) != 0 && json_object_get(seen, stream) == NULL)
                        json_object_set_new(seen, stream, json_integer(ledger_applied_to(w, stream)));
        }
        return seen;
}

/* What an act says of its case, so that who has the entry alone can read it (receipts): the fold reads it nowhere, the opening says it. And which act it follows,
 * with what its writer had seen: by that nodes know what was done without having seen it. */
static bool set_of(struct work *w, json_t *body, const struct case_file *f, const struct case_event *judged)
{
        json_t *of = json_object();
        char received[DAY_TEXT_MAX], after[HASH_HEX];

        day_write(received, f->received);
        set(of, "workflow", f->workflow->id);
        set(of, "received", received);
        set(of, "title", f->title);
        json_object_set_new(body, "of", of);
        hex_write(after, doubt_ground(w->arena, f, judged)->hash, HASH_BYTES);
        set(body, "after", after);
        json_object_set_new(body, "seen", seen_of(w, f));
        return work_ok(w);
}

/* While it is not decided what was done last nothing else is; of what a unit said or a limit is, no more is said. */
static bool is_contested(struct work *w, const struct case_file *f, const struct case_event *judged)
{
        const char *about = doubt_about(w->arena, f->workflow, judged);

        for (size_t i = 0; i < f->doubt_count; i++)
                if (f->doubts[i].is_open && (f->doubts[i].is_about_state || (about != NULL && strcmp(f->doubts[i].about, about) == 0)))
                        return true;
        return false;
}

const char *case_write(struct work *w, const char *id, enum case_act act, json_t *body)
{
        struct case_events all;
        struct case_event event;
        struct case_event *judged;
        const struct case_part *part;
        struct case_file *f;
        struct buf *bytes = arena_alloc(w->arena, sizeof *bytes);

        case_events_begin(w, &all);
        if (all.catalogue == NULL || !candidate(w, act, body, &event) || (act == CASE_OPEN && !parent_fits(w, all.catalogue, body)) || (id != NULL && !find_events(w, id, &all)))
                return NULL;
        case_events_add(&all, &event);
        f = case_fold_events(w, id == NULL ? "" : id, &all);
        if (f == NULL || (id != NULL && !may_see(w, f)))
                return NULL;
        judged = the_candidate(f);
        if (act == CASE_OPEN && judged->fault == FAULT_NONE && f->unit->to < judged->on) { /* known here: elsewhere it may not have been */
                judged->fault = FAULT_UNIT;
                judged->about = case_body_text(body, "case_unit");
        }
        if (act == CASE_ACT && judged->fault == FAULT_NONE && (has_named(f->workflow, judged->action) || is_others(w, f)) && !case_is_actor(w, f, judged->action))
                judged->fault = FAULT_ACTOR; /* the fold does not know the register, nor whose case it is */
        if (act == CASE_ACT && f->workflow != NULL && is_contested(w, f, judged))
                judged->fault = FAULT_CONTESTED;
        if (judged->fault != FAULT_NONE) {
                case_fault_say(w, f, judged, &w->err);
                return NULL;
        }
        part = case_part_of(f->workflow->id);
        if (part != NULL && part->check != NULL && !part->check(w, f, judged))
                return NULL;
        if (act == CASE_ACT && !set_of(w, body, f, judged))
                return NULL;
        buf_init_with(bytes, ENTRY_MAX, w->arena);
        if (!json_put(w->arena, body, JSON_COMPACT, bytes)) {
                error_set(&w->err, ERR_TOO_BIG, "the entry would be too large");
                return NULL;
        }
        if (id == NULL)
                id = new_id(w, bytes->data);
        if (!case_append(w, f, id, act, bytes) || (part != NULL && part->written != NULL && !part->written(w, f, judged)))
                return NULL;
        return id;
}

bool case_is_actor(struct work *w, const struct case_file *f, int action)
{
        return case_is_one_of(w, f, f->workflow->actions[action].by);
}

bool case_may_open(struct work *w, const struct workflow *workflow)
{
        for (int i = 0; i < workflow->actor_count; i++)
                if (workflow->opened_by[i] && (workflow->actors[i].roles & 1u << w->user->role) != 0)
                        return true;
        return false;
}
