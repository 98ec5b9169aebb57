/* store.c - cases in the ledger: their kinds, the tables made from them, reading and writing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/utf8.h"
#include "figure/figure.h"
#include "ledger/node.h"
#include "ledger/read.h"
#include "ledger/trust.h"
#include "ledger/write.h"
#include "web/web.h"
#include "workflow/case_private.h"

#define TITLE_MAX 300  /* bytes */
#define TEXT_MAX 8000  /* bytes of one text somebody types */
#define CHILDREN_MAX 1000

/* ---- entries become events ------------------------------------------------------------------------------------ */

static const char *const kind_names[] = { [CASE_OPEN] = "case.open", [CASE_ACT] = "case.act", [CASE_ASSIGN] = "case.assign" };

static const char *body_text(const json_t *body, const char *name)
{
        const char *s = json_string_value(json_object_get(body, name));

        return s == NULL ? "" : s;
}

static const char *subject_id(const char *subject)
{
        size_t length = strlen(subject);

        return strncmp(subject, "case/", 5) == 0 && length > 5 && length < 5 + CASE_ID_MAX &&
               subject[5 + strspn(subject + 5, "0123456789ABCDEFGHJKMNPQRSTVWXYZ")] == '\0' ? subject + 5 : NULL;
}

/* Turn an entry into an event. False where it does not say what it must; why says so. */
static bool event_read(const struct catalogue *c, const struct entry *e, struct case_event *event, struct error *why)
{
        const char *on = body_text(e->body, "on");
        size_t n = 0;

        while (n < 3 && strcmp(kind_names[n], e->kind) != 0)
                n++;
        *event = (struct case_event){ .act = (enum case_act)n, .at = e->at, .node = e->node, .hash = e->hash, .entry = e->id,
                                      .by = body_text(e->body, "by"), .author = e->author, .role = e->role,
                                      .unit = unit_by_key(c, body_text(e->body, "unit")), .body = e->body };
        if (n == 3)
                return error_set(why, ERR_INVALID, "unknown kind \"%s\"", e->kind);
        if (!day_read(on, strlen(on), &event->on))
                return error_set(why, ERR_INVALID, "\"on\" must be a date like 2025-07-01");
        return true;
}

struct events {
        const struct catalogue *catalogue;
        struct map *counted; /* ids of the entries that were applied */
        struct case_event *list;
        size_t count, room;
};

static void add_event(struct work *w, struct events *all, const struct case_event *event)
{
        if (all->count == all->room) {
                size_t room = all->room == 0 ? 16 : all->room * 2;
                struct case_event *more = arena_array(w->arena, room, sizeof *more);

                if (all->count > 0)
                        memcpy(more, all->list, all->count * sizeof *more);
                all->list = more;
                all->room = room;
        }
        all->list[all->count++] = *event;
}

static bool collect(struct work *w, const struct entry *e, void *context)
{
        struct events *all = context;
        struct error why = { .code = ERR_NONE };
        struct case_event event;

        if (map_get(all->counted, &e->id, sizeof e->id) != NULL && event_read(all->catalogue, e, &event, &why) && event.unit != NULL)
                add_event(w, all, &event);
        return work_ok(w);
}

/* The entries of a case that were applied; whether one counts must not depend on what else has arrived. */
static bool events_of(struct work *w, const char *id, struct events *all)
{
        const struct catalogue *c = catalogue_of(w); /* once: a job that writes asks the database each time which one counts */
        struct rows *r;

        if (c == NULL)
                return false;
        r = db_query(w->db, "SELECT entry FROM case_entry WHERE case_id = $1", ARGS(v_text(id)));
        *all = (struct events){ .catalogue = c, .counted = map_in(w->arena) };
        while (rows_next(r)) {
                int64_t entry = rows_int(r, 0);

                if (map_put(all->counted, &entry, sizeof entry, NULL) == NULL)
                        error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        }
        return work_ok(w) && ledger_subject(w, arena_print(w->arena, "case/%s", id), "case.", collect, all) && work_ok(w);
}

static struct case_file *fold(struct work *w, const char *id, struct events *all)
{
        struct case_child *children = arena_array(w->arena, CHILDREN_MAX, sizeof *children);
        struct rows *r = db_query(w->db, "SELECT opened_at, ended_at FROM case_file WHERE parent = $1 ORDER BY opened_at, id LIMIT 1000",
                                  ARGS(v_text(id)));
        size_t count = 0;

        while (rows_next(r) && count < CHILDREN_MAX)
                children[count++] = (struct case_child){ rows_int(r, 0), rows_int(r, 1) };
        rows_close(r);
        return !work_ok(w) ? NULL : case_fold(w->arena, all->catalogue, id, all->list, all->count, children, count);
}

/* ---- derived tables ---------------------------------------------------------------------------------------------- */

const struct derived_table case_tables[] = {
        { "case_file",
          "CREATE TABLE case_file (id TEXT NOT NULL PRIMARY KEY, workflow TEXT NOT NULL, regime TEXT NOT NULL, unit TEXT NOT NULL, "
          "province TEXT NOT NULL, title TEXT NOT NULL, state TEXT NOT NULL, received BIGINT NOT NULL, "
          "ended BIGINT NOT NULL, is_open BIGINT NOT NULL, is_failure BIGINT NOT NULL, limit_id TEXT NOT NULL, due BIGINT NOT NULL, stands_still BIGINT NOT NULL, "
          "is_certain BIGINT NOT NULL, remind BIGINT NOT NULL, opened_at BIGINT NOT NULL, changed_at BIGINT NOT NULL, ended_at BIGINT NOT NULL, "
          "parent TEXT NOT NULL, opener TEXT NOT NULL, entry BIGINT NOT NULL); "
          "CREATE INDEX case_file_opener ON case_file (opener, id) WHERE opener <> ''; CREATE INDEX case_file_due ON case_file (is_open, due, id); CREATE INDEX case_file_received ON case_file (received, id); "
          "CREATE INDEX case_file_changed ON case_file (changed_at, id); CREATE INDEX case_file_parent ON case_file (parent); "
          "CREATE INDEX case_file_province ON case_file (province, is_open, due, id); CREATE INDEX case_file_unit ON case_file (unit, is_open, due, id); "
          "CREATE INDEX case_file_state ON case_file (workflow, state, due, id, is_open)",
          "SELECT id, workflow, regime, unit, province, title, state, received, ended, is_open, is_failure, limit_id, due, stands_still, "
          "is_certain, remind, opened_at, changed_at, ended_at, parent, opener, entry FROM case_file",
          "tttttttiiiitiiiiiiitte" },
        { "case_word",
          "CREATE TABLE case_word (case_id TEXT NOT NULL, word TEXT NOT NULL, PRIMARY KEY (case_id, word)); "
          "CREATE INDEX case_word_word ON case_word (word, case_id)",
          "SELECT case_id, word FROM case_word", "tt" },
        { "case_event",
          "CREATE TABLE case_event (case_id TEXT NOT NULL, place BIGINT NOT NULL, fault BIGINT NOT NULL, about TEXT NOT NULL, "
          "state_from TEXT NOT NULL, state_to TEXT NOT NULL, on_day BIGINT NOT NULL, entry BIGINT NOT NULL, PRIMARY KEY (case_id, place))",
          "SELECT case_id, place, fault, about, state_from, state_to, on_day, entry FROM case_event",
          "tiitttie" },
        { "case_duty",
          "CREATE TABLE case_duty (case_id TEXT NOT NULL, unit TEXT NOT NULL, relation BIGINT NOT NULL, roles BIGINT NOT NULL, "
          "since BIGINT NOT NULL, until BIGINT NOT NULL, due BIGINT NOT NULL, entry BIGINT NOT NULL); "
          "CREATE INDEX case_duty_unit ON case_duty (unit, due, case_id); CREATE INDEX case_duty_case ON case_duty (case_id)",
          "SELECT case_id, unit, relation, roles, since, until, due, entry FROM case_duty",
          "ttiiiiie" },
        { "case_entry",
          "CREATE TABLE case_entry (entry BIGINT PRIMARY KEY, case_id TEXT NOT NULL); "
          "CREATE INDEX case_entry_case ON case_entry (case_id)",
          "SELECT case_id, entry FROM case_entry", "te" },
        { NULL, NULL, NULL, NULL },
};

static const char *state_id(const struct case_file *f, int state)
{
        return state < 0 || f->workflow == NULL ? "" : f->workflow->states[state].id;
}

/* Whether a row says of an event what the fold found. */
static bool says_the_same(const struct case_file *f, struct rows *r, size_t i)
{
        const struct case_event *e = &f->events[i];

        return i < f->event_count && rows_int(r, 0) == (int64_t)i + 1 && rows_int(r, 1) == (int64_t)e->fault && strcmp(rows_text(r, 2), e->about) == 0 &&
               strcmp(rows_text(r, 3), state_id(f, e->from)) == 0 && strcmp(rows_text(r, 4), state_id(f, e->to)) == 0 && rows_int(r, 5) == e->on &&
               rows_int(r, 6) == e->entry;
}

/* Most entries come last: what is written already is left as it is, up to where it differs. */
static bool write_events(struct work *w, const struct case_file *f)
{
        struct rows *r = db_query(w->db, "SELECT place, fault, about, state_from, state_to, on_day, entry FROM case_event WHERE case_id = $1 ORDER BY place",
                                  ARGS(v_text(f->id)));
        size_t same = 0;
        bool differs = false;

        while (!differs && rows_next(r)) {
                differs = !says_the_same(f, r, same);
                same += !differs;
        }
        rows_close(r);
        if (differs)
                db_exec(w->db, "DELETE FROM case_event WHERE case_id = $1 AND place > $2", ARGS(v_text(f->id), v_int((int64_t)same)));
        for (size_t i = same; i < f->event_count; i++) {
                const struct case_event *e = &f->events[i];

                if (!db_exec(w->db, "INSERT INTO case_event (case_id, place, fault, about, state_from, state_to, on_day, entry)"
                                    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                             ARGS(v_text(f->id), v_int((int64_t)i + 1), v_int(e->fault), v_text(e->about), v_text(state_id(f, e->from)),
                                  v_text(state_id(f, e->to)), v_int(e->on), v_int(e->entry))))
                        return false;
        }
        return work_ok(w);
}

/* Who opened a case and may not read others': the node and the login there; "" of all others. */
static const char *opener_of(struct work *w, const struct case_file *f)
{
        for (size_t i = 0; i < f->event_count; i++) {
                const struct case_event *e = &f->events[i];

                if (e->entry == f->entry && *e->author != '\0' && !role_may(role_by_name(e->role), MAY_READ))
                        return arena_print(w->arena, "%s %s", e->node, e->author);
        }
        return "";
}

static bool write_file(struct work *w, const struct case_file *f)
{
        const struct case_clock *k = case_next_clock(f);
        const struct unit *province = f->unit->province == NULL ? f->unit : f->unit->province;

        return db_exec(w->db, "INSERT INTO case_file (id, workflow, regime, unit, province, title, state, received, ended, is_open, is_failure,"
                              " limit_id, due, stands_still, is_certain, remind, opened_at, changed_at, ended_at, parent, opener, entry)"
                              " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
                       ARGS(v_text(f->id), v_text(f->workflow->id), v_text(f->workflow->path), v_text(f->unit->key), v_text(province->key),
                            v_text(f->title), v_text(state_id(f, f->state)), v_int(f->received), v_int(f->ended == DAY_NONE ? 0 : f->ended),
                            v_int(f->ended == DAY_NONE), v_int(f->ended != DAY_NONE && f->workflow->states[f->state].is_failure),
                            v_text(k == NULL ? "" : k->limit->id), v_int(k == NULL || k->stands_still ? DAY_FOREVER : k->due),
                            v_int(k != NULL && k->stands_still), v_int(k == NULL || k->is_certain),
                            v_int(k == NULL || k->stands_still || k->limit->remind_count == 0 ? DAY_FOREVER : k->due - k->limit->remind[0]),
                            v_int(f->opened_at), v_int(f->changed_at),
                            v_int(f->ended_at), v_text(f->parent), v_text(opener_of(w, f)), v_int(f->entry)));
}

/* The words by which a case is found; its title stays, so mostly they do. */
static bool write_words(struct work *w, const struct case_file *f, const char *title_before)
{
        if (f->workflow != NULL && title_before != NULL && strcmp(title_before, f->title) == 0)
                return true;
        db_exec(w->db, "DELETE FROM case_word WHERE case_id = $1", ARGS(v_text(f->id)));
        if (f->workflow == NULL)
                return work_ok(w);
        for (char *rest = utf8_fold(w->arena, arena_print(w->arena, "%s %s", f->id, f->title)), *word; (word = word_next(&rest)) != NULL;)
                if (!db_exec(w->db, "INSERT INTO case_word (case_id, word) VALUES ($1, $2) ON CONFLICT (case_id, word) DO NOTHING",
                             ARGS(v_text(f->id), v_text(word))))
                        return false;
        return work_ok(w);
}

#define FAMILY_DEPTH 20

/* Write the rows of a case anew from all its entries, then of the one above it, which may wait for it. A case counts below one
 * that was opened before it only, so this comes to an end. */
static bool refold(struct work *w, const char *id, int depth)
{
        struct events all;
        struct case_file *f;
        const char *title;

        if (!events_of(w, id, &all))
                return false;
        f = fold(w, id, &all);
        if (f == NULL)
                return false;
        title = db_text(w->db, w->arena, "SELECT title FROM case_file WHERE id = $1", ARGS(v_text(id)));
        db_exec(w->db, "DELETE FROM case_file WHERE id = $1", ARGS(v_text(id)));
        db_exec(w->db, "DELETE FROM case_duty WHERE case_id = $1", ARGS(v_text(id)));
        if (!write_events(w, f) || !write_words(w, f, title) || (f->workflow != NULL && (!write_file(w, f) || !duties_write(w, f))) || !parts_fold(w, f))
                return false;
        if (f->workflow == NULL || *f->parent == '\0' || depth == FAMILY_DEPTH ||
            db_number(w->db, "SELECT opened_at FROM case_file WHERE id = $1", ARGS(v_text(f->parent)), INT64_MAX) >= f->opened_at)
                return work_ok(w);
        return refold(w, f->parent, depth + 1);
}

/* ---- many entries in a run ----------------------------------------------------------------------------------------- */

#define PUT_OFF_MOST 20000

/* Cases whose entries were applied in the run of this thread, each once; ids NULL outside a run. A case with many entries is folded once. */
static _Thread_local struct { struct map *ids; char (*list)[CASE_ID_MAX]; size_t count; } put_off;

static bool put_off_one(struct work *w, const char *id)
{
        bool is_new = false;

        if (put_off.count == PUT_OFF_MOST && map_get_text(put_off.ids, id) == NULL) /* the run asks between entries; one may come before */
                return refold(w, id, 0);
        if (map_put_text(put_off.ids, id, &is_new) == NULL)
                return error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        if (is_new)
                snprintf(put_off.list[put_off.count++], CASE_ID_MAX, "%s", id);
        return true;
}

bool case_put_off(struct work *w)
{
        put_off.ids = map_open();
        put_off.list = calloc(PUT_OFF_MOST, sizeof *put_off.list);
        put_off.count = 0;
        if (put_off.ids != NULL && put_off.list != NULL)
                return true;
        case_forget_put_off();
        return error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
}

bool case_put_off_is_full(void)
{
        return put_off.count == PUT_OFF_MOST;
}

static bool refold_one(struct work *w, void *id)
{
        return refold(w, id, 0);
}

bool case_write_put_off(struct work *w)
{
        for (size_t i = 0; i < put_off.count; i++)
                if (!run_in_scratch(w, refold_one, put_off.list[i]))
                        return false;
        map_reset(put_off.ids);
        put_off.count = 0;
        return true;
}

void case_forget_put_off(void)
{
        map_close(put_off.ids);
        free(put_off.list);
        put_off.ids = NULL;
        put_off.list = NULL;
        put_off.count = 0;
}

/* ---- applying -------------------------------------------------------------------------------------------------------- */

/* What an entry can be judged by alone: its form, and whether its node may write for the unit that acts. What the workflow says
 * of it is for the fold. */
static enum applied apply_case(struct work *w, const struct entry *e, struct error *why)
{
        const char *id = subject_id(e->subject);
        const struct catalogue *c = catalogue_of(w);
        struct case_event event;
        struct peer *writer;

        if (c == NULL)
                return FAILED;
        if (id == NULL) {
                error_set(why, ERR_INVALID, "\"%s\" names no case", e->subject);
                return REFUSED;
        }
        if (strcmp(e->audience, AUDIENCE_LOCAL) == 0) {
                error_set(why, ERR_DENIED, "an entry of kind \"%s\" does not belong into this stream", e->kind);
                return REFUSED;
        }
        if (!event_read(c, e, &event, why))
                return REFUSED;
        if (event.unit == NULL) {
                error_set(why, ERR_MISSING, "the unit \"%s\" is not known here yet", body_text(e->body, "unit"));
                return WAITING;
        }
        writer = trust_writer(w, e);
        if (!work_ok(w))
                return FAILED;
        if (writer == NULL || writer->is_revoked) {
                error_set(why, ERR_DENIED, "nobody enrolled the node %.12s", e->node);
                return REFUSED;
        }
        if (!figure_writer_may(w, c, writer->unit, e->at, event.unit)) {
                error_set(why, ERR_DENIED, "the node of unit %s does not speak for unit %s", writer->unit, event.unit->code);
                return work_ok(w) ? REFUSED : FAILED;
        }
        return db_exec(w->db, "INSERT INTO case_entry (entry, case_id) VALUES ($1, $2)", ARGS(v_int(e->id), v_text(id))) &&
                               (put_off.ids != NULL ? put_off_one(w, id) : refold(w, id, 0))
                       ? APPLIED : FAILED;
}

const struct entry_kind case_kinds[] = {
        { "case.open", apply_case, N_("a case begins under a workflow, for a unit") },
        { "case.act", apply_case, N_("somebody does what the workflow of a case provides for") },
        { "case.assign", apply_case, N_("the unit above says which part of a divided unit goes on with a case") },
        { NULL, NULL, NULL },
};

/* ---- reading ------------------------------------------------------------------------------------------------------------ */

/* The entries of a case that somebody names; false and an error where there are none. */
static bool find_events(struct work *w, const char *id, struct events *all)
{
        all->count = 0;
        if (subject_id(arena_print(w->arena, "case/%s", id)) != NULL && !events_of(w, id, all))
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
        return case_opener(w) != NULL && strcmp(case_opener(w), opener_of(w, f)) != 0;
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

/* Whether the asker may know of a case. */
static bool may_see(struct work *w, const struct case_file *f)
{
        if (f->workflow == NULL)
                return error_set(&w->err, ERR_MISSING, "there is no case \"%s\" at this node", f->id);
        if (!web_territory(w, f->unit->code))
                return false;
        if (!is_others(w, f) || is_named(w, f))
                return true;
        error_set(&w->err, ERR_DENIED, "case %s was opened by somebody else", f->id);
        return error_hint(&w->err, "it is seen by who opened it and by the authorities it is for");
}

struct case_file *case_load(struct work *w, const char *id)
{
        struct events all;
        struct case_file *f = find_events(w, id, &all) ? fold(w, id, &all) : NULL;

        return f != NULL && may_see(w, f) ? f : NULL;
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
                return is_sound_text(w, name, json_string_value(value), strcmp(name, "title") == 0 ? TITLE_MAX : TEXT_MAX);
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
        } while (db_number(w->db, "SELECT COUNT(*) FROM case_entry WHERE case_id = $1", ARGS(v_text(id)), 0) > 0 && work_ok(w));
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
        if (*body_text(body, "on") == '\0')
                set(body, "on", today);
        set(body, "by", w->user->name != NULL && *w->user->name != '\0' ? w->user->name : w->user->login);
        set(body, "unit", unit->key);
        on = body_text(body, "on");
        *event = (struct case_event){ .act = act, .at = INT64_MAX, .node = node_key(w->node), .by = body_text(body, "by"), .author = w->user->login,
                                      .role = role_name(w->user->role), .unit = unit, .body = body };
        event->at = stamp_next(0, w->now);
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

static bool parent_fits(struct work *w, const json_t *body)
{
        const char *parent = body_text(body, "parent");
        const struct case_file *above;

        if (*parent == '\0')
                return true;
        above = case_load(w, parent);
        if (above == NULL)
                return false;
        for (int i = 0; i < above->workflow->sub_case_count; i++)
                if (strcmp(above->workflow->sub_cases[i], body_text(body, "workflow")) == 0)
                        return true;
        return error_set(&w->err, ERR_INVALID, "the workflow of the case %s has no such sub-cases", parent);
}

static int put_bytes(const char *bytes, size_t length, void *out)
{
        buf_put(out, bytes, length);
        return 0;
}

static bool append(struct work *w, const struct case_file *f, const char *id, enum case_act act, const struct buf *body)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *home = c == NULL ? NULL : case_home(c, f->unit, day_of_moment(w->now));

        return c != NULL && ledger_append(w, (home == NULL ? f->unit : home)->code, kind_names[act], arena_print(w->arena, "case/%s", id), body, NULL);
}

static bool has_named(const struct workflow *flow, int action)
{
        for (int i = 0; i < flow->actor_count; i++)
                if (flow->actions[action].by[i] && flow->actors[i].relation == RELATION_NAMED)
                        return true;
        return false;
}

const char *case_write(struct work *w, const char *id, enum case_act act, json_t *body)
{
        struct events all = { .count = 0 };
        struct case_event event;
        struct case_event *judged;
        const struct case_part *part;
        struct case_file *f;
        struct buf *bytes = arena_alloc(w->arena, sizeof *bytes);

        all.catalogue = catalogue_of(w);
        if (all.catalogue == NULL || !candidate(w, act, body, &event) || (act == CASE_OPEN && !parent_fits(w, body)) || (id != NULL && !find_events(w, id, &all)))
                return NULL;
        for (size_t i = 0; i < all.count; i++) /* it will stand behind all that this node has seen */
                if (all.list[i].at >= event.at)
                        event.at = all.list[i].at + 1;
        add_event(w, &all, &event);
        f = fold(w, id == NULL ? "" : id, &all);
        if (f == NULL || (id != NULL && !may_see(w, f)))
                return NULL;
        judged = the_candidate(f);
        if (act == CASE_OPEN && judged->fault == FAULT_NONE && f->unit->to < judged->on) { /* known here: elsewhere it may not have been */
                judged->fault = FAULT_UNIT;
                judged->about = body_text(body, "case_unit");
        }
        if (act == CASE_ACT && judged->fault == FAULT_NONE && (has_named(f->workflow, judged->action) || is_others(w, f)) && !case_is_actor(w, f, judged->action))
                judged->fault = FAULT_ACTOR; /* the fold does not know the register, nor whose case it is */
        if (judged->fault != FAULT_NONE) {
                case_fault_say(w, f, judged, &w->err);
                return NULL;
        }
        part = case_part_of(f->workflow->id);
        if (part != NULL && part->check != NULL && !part->check(w, f, judged))
                return NULL;
        buf_init_with(bytes, ENTRY_MAX, w->arena);
        if (json_dump_callback(body, put_bytes, bytes, JSON_COMPACT) != 0 || !buf_ok(bytes)) {
                error_set(&w->err, ERR_TOO_BIG, "the entry would be too large");
                return NULL;
        }
        if (id == NULL)
                id = new_id(w, bytes->data);
        if (!append(w, f, id, act, bytes) || (part != NULL && part->written != NULL && !part->written(w, f, judged)))
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
