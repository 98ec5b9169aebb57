/* apply.c - entries of cases are applied: what the tables say of a case is made anew from all its entries that count.
 *
 * An entry counts once it was applied; the rows of case_event tell which were. In a run of entries a case is folded once, when all are
 * applied; what is at hand of them then is not read from the ledger again. */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/utf8.h"
#include "base/words.h"
#include "figure/own.h"
#include "format/jsonr.h"
#include "ledger/read.h"
#include "ledger/run.h"
#include "ledger/trust.h"
#include "workflow/case_private.h"

#define NOTED_MOST 200000               /* entries of one run */
#define HELD_MOST ((size_t)512 << 10)   /* bytes of those that are kept at hand; read, they take several times as much */

#define KEPT_MOST ((size_t)16 << 20)    /* bytes of all events of a case with all their texts; where there are more, the texts are cut, */
#define CASE_TEXT_SHORT 300             /* each to so many bytes: a title is still whole */
#define MEMBERS_MOST 200                /* of an object or a list in a body: more than any regime asks for */
#define VALUE_BYTES 80                  /* that a value takes beside its text */

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
          "CREATE TABLE case_word (case_id TEXT NOT NULL, word TEXT NOT NULL, PRIMARY KEY (case_id, word)) WITHOUT ROWID; "
          "CREATE INDEX case_word_word ON case_word (word, case_id)",
          "SELECT case_id, word FROM case_word", "tt" },
        { "case_event",
          "CREATE TABLE case_event (case_id TEXT NOT NULL, place BIGINT NOT NULL, fault BIGINT NOT NULL, about TEXT NOT NULL, "
          "state_from TEXT NOT NULL, state_to TEXT NOT NULL, on_day BIGINT NOT NULL, entry BIGINT NOT NULL, PRIMARY KEY (case_id, place, entry)) WITHOUT ROWID; "
          "CREATE INDEX case_event_fault ON case_event (case_id, place) WHERE fault <> 0 AND place > 0",
          "SELECT case_id, place, fault, about, state_from, state_to, on_day, entry FROM case_event",
          "tiitttie" },
        { "case_duty",
          "CREATE TABLE case_duty (case_id TEXT NOT NULL, unit TEXT NOT NULL, relation BIGINT NOT NULL, roles BIGINT NOT NULL, "
          "since BIGINT NOT NULL, until BIGINT NOT NULL, due BIGINT NOT NULL, after_limit BIGINT NOT NULL, within_limit BIGINT NOT NULL, entry BIGINT NOT NULL); "
          "CREATE INDEX case_duty_unit ON case_duty (unit, due, case_id); CREATE INDEX case_duty_case ON case_duty (case_id)",
          "SELECT case_id, unit, relation, roles, since, until, due, after_limit, within_limit, entry FROM case_duty",
          "ttiiiiiiie" },
        { "case_stretch",
          "CREATE TABLE case_stretch (case_id TEXT NOT NULL, place BIGINT NOT NULL, parent TEXT NOT NULL, workflow TEXT NOT NULL, unit TEXT NOT NULL, opened_at BIGINT NOT NULL, begun_at BIGINT NOT NULL, "
          "ended_at BIGINT NOT NULL, entry BIGINT NOT NULL, PRIMARY KEY (case_id, place)) WITHOUT ROWID; CREATE INDEX case_stretch_parent ON case_stretch (parent)",
          "SELECT case_id, place, parent, workflow, unit, opened_at, begun_at, ended_at, entry FROM case_stretch", "titttiiie" },
        { NULL, NULL, NULL, NULL },
};

/* ---- entries become events ------------------------------------------------------------------------------------ */

const char *const case_kind_names[] = { [CASE_OPEN] = "case.open", [CASE_ACT] = "case.act", [CASE_ASSIGN] = "case.assign", [CASE_SETTLE] = "case.settle" };

const char *case_body_text(const json_t *body, const char *name)
{
        const char *s = json_string_value(json_object_get(body, name));

        return s == NULL ? "" : s;
}

const char *case_subject_id(const char *subject)
{
        size_t length = strlen(subject);

        return strncmp(subject, "case/", 5) == 0 && length > 5 && length < 5 + CASE_ID_MAX &&
               subject[5 + strspn(subject + 5, "0123456789ABCDEFGHJKMNPQRSTVWXYZ")] == '\0' ? subject + 5 : NULL;
}

/* Turn an entry into an event. False where it does not say what it must; why says so. */
static bool event_read(const struct catalogue *c, const struct entry *e, struct case_event *event, struct error *why)
{
        const char *on = case_body_text(e->body, "on");
        size_t n = 0;

        while (n < CASE_ACTS && strcmp(case_kind_names[n], e->kind) != 0)
                n++;
        *event = (struct case_event){ .act = (enum case_act)n, .at = e->at, .node = e->node, .audience = e->audience, .seq = e->seq, .hash = e->hash, .entry = e->id,
                                      .by = case_body_text(e->body, "by"), .author = e->author, .role = e->role,
                                      .unit = unit_by_key(c, case_body_text(e->body, "unit")), .body = e->body };
        if (n == CASE_ACTS)
                return error_set(why, ERR_INVALID, "unknown kind \"%s\"", e->kind);
        if (!day_read(on, strlen(on), &event->on))
                return error_set(why, ERR_INVALID, "\"on\" must be a date like 2025-07-01");
        return true;
}

void case_events_begin(struct work *w, struct case_events *all)
{
        *all = (struct case_events){ .catalogue = catalogue_of(w), .keep = w->arena, .text_most = CASE_TEXT_MAX };
}

void case_events_add(struct case_events *all, const struct case_event *event)
{
        all->list = arena_room(all->keep, all->list, all->count, sizeof *all->list);
        all->list[all->count++] = *event;
}

/* What is kept of a part of a body: a part of the same make whose texts, names and lists have an end. */
struct trimming {
        struct arena *arena; /* for a moment */
        size_t most, bytes;
        bool is_cut;
};

static const char *trim_text(struct trimming *t, const char *text)
{
        size_t length = strlen(text);

        t->is_cut |= length > t->most;
        t->bytes += (length < t->most ? length : t->most) + VALUE_BYTES;
        return length > t->most ? entry_text_kept(t->arena, text, t->most) : text;
}

static json_t *trim(struct trimming *t, json_t *value)
{
        size_t place, count = 0;
        const char *name;
        json_t *member, *kept;

        t->bytes += VALUE_BYTES;
        if (json_is_string(value))
                return json_string(trim_text(t, json_string_value(value)));
        if (!json_is_object(value) && !json_is_array(value))
                return json_incref(value);
        kept = json_is_object(value) ? json_object() : json_array();
        json_object_foreach(value, name, member)
                if (count++ < MEMBERS_MOST)
                        json_object_set_new(kept, trim_text(t, name), trim(t, member));
        json_array_foreach(value, place, member)
                if (count++ < MEMBERS_MOST)
                        json_array_append_new(kept, trim(t, member));
        t->is_cut |= count > MEMBERS_MOST;
        return kept;
}

/* Copies of what an event points to, as the entry goes. Most bodies are shorter than one text may be, and stay as they are. */
static void keep_event(struct work *w, struct case_events *all, const struct entry *e, const struct case_event *read)
{
        struct trimming t = { .arena = w->arena, .most = all->text_most };
        struct case_event event = *read;

        event.body = json_held(all->keep, e->length <= all->text_most ? json_incref(e->body) : trim(&t, e->body));
        event.is_cut = t.is_cut;
        event.by = case_body_text(event.body, "by");
        event.node = arena_text(all->keep, e->node);
        event.audience = arena_text(all->keep, e->audience);
        event.author = arena_text(all->keep, e->author);
        event.role = entry_text_kept(all->keep, e->role, CASE_TEXT_SHORT);
        event.hash = (const unsigned char *)arena_copy(all->keep, e->hash, HASH_BYTES);
        all->bytes += e->length <= all->text_most ? e->length : t.bytes;
        case_events_add(all, &event);
}

static bool collect(struct work *w, const struct entry *e, void *context)
{
        struct case_events *all = context;
        struct error why = { .code = ERR_NONE };
        struct case_event event;

        if ((all->counted == NULL || map_get(all->counted, &e->id, sizeof e->id) != NULL) && event_read(all->catalogue, e, &event, &why) && event.unit != NULL)
                keep_event(w, all, e, &event);
        return work_ok(w) && (all->bytes <= KEPT_MOST || all->text_most <= CASE_TEXT_SHORT);
}

static void count_in(struct work *w, struct case_events *all, int64_t entry)
{
        if (map_put(all->counted, &entry, sizeof entry, NULL) == NULL)
                arena_starve(w->arena);
}

/* Once more, with less of each, where it is too much. */
static bool read_counted(struct work *w, const char *id, struct case_events *all)
{
        const char *subject = arena_print(w->arena, "case/%s", id);

        if (!work_ok(w) || !ledger_subject(w, subject, "case.", collect, all))
                return false;
        if (all->bytes <= KEPT_MOST)
                return true;
        all->list = NULL;
        all->count = all->bytes = 0;
        all->text_most = CASE_TEXT_SHORT;
        return ledger_subject(w, subject, "case.", collect, all);
}

bool case_events_of(struct work *w, const char *id, struct case_events *all)
{
        struct rows *r;

        case_events_begin(w, all);
        if (all->catalogue == NULL)
                return false;
        all->counted = map_in(w->arena);
        r = db_query(w->db, "SELECT entry FROM case_event WHERE case_id = $1", ARGS(v_text(id)));
        while (rows_next(r))
                count_in(w, all, rows_int(r, 0));
        return read_counted(w, id, all);
}

struct case_file *case_fold_events(struct work *w, const char *id, const struct case_events *all)
{
        size_t count;
        const struct case_child *children = children_read(w, all->catalogue, id, &count);

        return children == NULL ? NULL : case_fold(w->arena, all->catalogue, id, all->list, all->count, children, count);
}

/* ---- rows of a case ------------------------------------------------------------------------------------------------ */

static const char *state_id(const struct case_file *f, int state)
{
        return state < 0 || f->workflow == NULL ? "" : f->workflow->states[state].id;
}

/* A row of case_event as it stands. */
struct event_row { int64_t place, fault, on, entry; const char *about, *from, *to; };

/* What the tables say of a case before it is folded. */
struct before {
        struct event_row *rows; /* in order */
        size_t count;
        bool is_there;          /* it has a row in case_file: */
        const char *workflow, *title, *parent;
        stamp opened_at;
};

static bool read_before(struct work *w, const char *id, struct before *b)
{
        struct rows *r = db_query(w->db, "SELECT place, fault, about, state_from, state_to, on_day, entry FROM case_event WHERE case_id = $1 ORDER BY place, entry",
                                  ARGS(v_text(id)));

        *b = (struct before){ .workflow = "" };
        while (rows_next(r)) {
                b->rows = arena_room(w->arena, b->rows, b->count, sizeof *b->rows);
                b->rows[b->count++] = (struct event_row){ rows_int(r, 0), rows_int(r, 1), rows_int(r, 5), rows_int(r, 6), arena_text(w->arena, rows_text(r, 2)),
                                                          arena_text(w->arena, rows_text(r, 3)), arena_text(w->arena, rows_text(r, 4)) };
        }
        rows_close(r);
        if (b->count == 0)
                return work_ok(w); /* then no other table has any of it, either */
        r = db_query(w->db, "SELECT title, parent, opened_at, workflow FROM case_file WHERE id = $1", ARGS(v_text(id)));
        b->is_there = rows_next(r);
        if (b->is_there) {
                b->title = arena_text(w->arena, rows_text(r, 0));
                b->parent = arena_text(w->arena, rows_text(r, 1));
                b->opened_at = rows_int(r, 2);
                b->workflow = arena_text(w->arena, rows_text(r, 3));
        }
        rows_close(r);
        return work_ok(w);
}

static int by_entry(const void *a, const void *b)
{
        const struct event_row *x = a, *y = b;

        return (x->entry > y->entry) - (x->entry < y->entry);
}

/* What the tables are to say of the events, in order. What stands in no stream of the case comes first, without a place among the others: a node that
 * has only that stream, and so no case, has the same row. */
static struct event_row *rows_of(struct work *w, const struct case_file *f)
{
        struct event_row *rows = arena_array(w->arena, f->event_count + 1, sizeof *rows);
        size_t count = 0, place = 0;

        for (size_t i = 0; i < f->event_count; i++)
                if (f->events[i].fault == FAULT_STREAM)
                        rows[count++] = (struct event_row){ 0, FAULT_STREAM, f->events[i].on, f->events[i].entry, "", "", "" };
        if (count > 1)
                qsort(rows, count, sizeof *rows, by_entry);
        for (size_t i = 0; i < f->event_count; i++) {
                const struct case_event *e = &f->events[i];

                if (e->fault != FAULT_STREAM)
                        rows[count++] = (struct event_row){ (int64_t)++place, e->fault, e->on, e->entry, e->about, state_id(f, e->from), state_id(f, e->to) };
        }
        return rows;
}

static bool says_the_same(const struct event_row *a, const struct event_row *b)
{
        return a->place == b->place && a->fault == b->fault && strcmp(a->about, b->about) == 0 && strcmp(a->from, b->from) == 0 && strcmp(a->to, b->to) == 0 &&
               a->on == b->on && a->entry == b->entry;
}

/* Most entries come last: what is written already is left as it is, up to where it differs. */
static bool write_events(struct work *w, const struct case_file *f, const struct before *b)
{
        const struct event_row *rows = rows_of(w, f);
        size_t same = 0;

        while (same < b->count && same < f->event_count && says_the_same(&b->rows[same], &rows[same]))
                same++;
        if (same < b->count) {
                int64_t place = b->rows[same].place;

                db_exec(w->db, "DELETE FROM case_event WHERE case_id = $1 AND place >= $2", ARGS(v_text(f->id), v_int(place)));
                while (same > 0 && rows[same - 1].place == place)
                        same--;
        }
        for (const struct event_row *r = rows + same; r < rows + f->event_count; r++)
                if (!db_exec(w->db, "INSERT INTO case_event (case_id, place, fault, about, state_from, state_to, on_day, entry)"
                                    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                             ARGS(v_text(f->id), v_int(r->place), v_int(r->fault), v_text(r->about), v_text(r->from), v_text(r->to), v_int(r->on), v_int(r->entry))))
                        return false;
        return work_ok(w);
}

const char *case_opener_of(struct work *w, const struct case_file *f)
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
                            v_int(f->ended_at), v_text(f->parent), v_text(case_opener_of(w, f)), v_int(f->entry)));
}

/* The words by which a case is found; its title stays, so mostly they do. */
static bool write_words(struct work *w, const struct case_file *f, const struct before *b)
{
        if (f->workflow != NULL && b->is_there && strcmp(b->title, f->title) == 0)
                return true;
        if (b->is_there)
                db_exec(w->db, "DELETE FROM case_word WHERE case_id = $1", ARGS(v_text(f->id)));
        if (f->workflow == NULL)
                return work_ok(w);
        for (char *rest = utf8_fold(w->arena, arena_print(w->arena, "%s %s", f->id, f->title)), *word; (word = word_next(&rest)) != NULL;)
                if (!db_exec(w->db, "INSERT INTO case_word (case_id, word) VALUES ($1, $2) ON CONFLICT (case_id, word) DO NOTHING",
                             ARGS(v_text(f->id), v_text(word))))
                        return false;
        return work_ok(w);
}

/* ---- cases whose entries were applied --------------------------------------------------------------------------------- */

/* An entry that was applied since its case was folded. */
struct noted_entry {
        struct noted_entry *next;
        int64_t id;
        struct entry *held; /* itself, without its line; NULL: the ledger has it */
};

struct noted {
        char id[CASE_ID_MAX];
        struct noted_entry *entries;
};

/* Of the run of this thread; ids NULL outside a run. */
static _Thread_local struct {
        struct map *ids;      /* id -> place in list */
        struct noted *list;
        size_t count, room;
        size_t entries, held; /* of the latter, bytes */
} put_off;

static bool no_memory(struct work *w)
{
        return error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
}

static void forget_entries(struct noted *n)
{
        for (struct noted_entry *e = n->entries, *next; e != NULL; e = next) {
                next = e->next;
                if (e->held != NULL)
                        json_decref(e->held->body);
                free(e->held);
                free(e);
        }
        n->entries = NULL;
}

static struct noted *noted_of(struct work *w, const char *id)
{
        bool is_new;
        int64_t *place = map_put_text(put_off.ids, id, &is_new);

        if (place != NULL && is_new && put_off.count == put_off.room) {
                size_t room = put_off.room == 0 ? 16 : put_off.room * 2;
                struct noted *more = reallocarray(put_off.list, room, sizeof *more);

                if (more != NULL) {
                        put_off.list = more;
                        put_off.room = room;
                }
        }
        if (place == NULL || (is_new && put_off.count == put_off.room)) {
                no_memory(w);
                return NULL;
        }
        if (is_new) {
                *place = (int64_t)put_off.count;
                put_off.list[put_off.count] = (struct noted){ .entries = NULL };
                strcpy(put_off.list[put_off.count++].id, id);
        }
        return &put_off.list[*place];
}

/* What the fold reads of an entry, in memory of its own; NULL where there is none. */
static struct entry *held_copy(const struct entry *e)
{
        const char *texts[] = { e->node, e->audience, e->kind, e->author, e->role };
        const char **places[5];
        size_t room = 0;
        struct entry *copy;
        char *to;

        for (int i = 0; i < 5; i++)
                room += strlen(texts[i]) + 1;
        copy = malloc(sizeof *copy + room);
        if (copy == NULL)
                return NULL;
        *copy = (struct entry){ .id = e->id, .seq = e->seq, .at = e->at, .length = e->length, .body = json_incref(e->body) };
        memcpy(copy->hash, e->hash, HASH_BYTES);
        places[0] = &copy->node;
        places[1] = &copy->audience;
        places[2] = &copy->kind;
        places[3] = &copy->author;
        places[4] = &copy->role;
        to = (char *)(copy + 1);
        for (int i = 0; i < 5; i++) {
                *places[i] = to;
                to = stpcpy(to, texts[i]) + 1;
        }
        return copy;
}

static bool note(struct work *w, const char *id, const struct entry *e)
{
        struct noted *n = noted_of(w, id);
        struct noted_entry *more = n == NULL ? NULL : calloc(1, sizeof *more);

        if (more == NULL)
                return n != NULL && no_memory(w);
        more->id = e->id;
        if (put_off.held + e->length <= HELD_MOST)
                more->held = held_copy(e);
        if (more->held != NULL)
                put_off.held += e->length;
        more->next = n->entries;
        n->entries = more;
        put_off.entries++;
        return true;
}

/* ---- folding ---------------------------------------------------------------------------------------------------------- */

/* The events of a case: from what is at hand, where that is all there is of it. */
static bool events_gather(struct work *w, const struct noted *n, const struct before *b, struct case_events *all)
{
        bool is_at_hand = b->count == 0;

        case_events_begin(w, all);
        if (all->catalogue == NULL)
                return false;
        for (const struct noted_entry *e = n->entries; e != NULL; e = e->next)
                is_at_hand &= e->held != NULL;
        if (is_at_hand) {
                for (const struct noted_entry *e = n->entries; e != NULL; e = e->next)
                        if (!collect(w, e->held, all))
                                return false;
                return true;
        }
        all->counted = map_in(w->arena);
        for (size_t i = 0; i < b->count; i++)
                count_in(w, all, b->rows[i].entry);
        for (const struct noted_entry *e = n->entries; e != NULL; e = e->next)
                count_in(w, all, e->id);
        return read_counted(w, n->id, all);
}

/* The case above reads of a case below it when it went on, where it was opened before it itself. */
static bool note_above(struct work *w, const char *parent, stamp opened_at)
{
        return *parent == '\0' || db_number(w->db, "SELECT opened_at FROM case_file WHERE id = $1", ARGS(v_text(parent)), INT64_MAX) >= opened_at ||
               noted_of(w, parent) != NULL;
}

static bool note_those_above(struct work *w, const struct case_file *f, const struct before *b)
{
        bool is_there = f->workflow != NULL, is_changed = false;

        if ((is_there && *f->parent != '\0') || (b->is_there && *b->parent != '\0'))
                stretches_write(w, f, &is_changed);
        if (!is_changed)
                return work_ok(w);
        return (!b->is_there || note_above(w, b->parent, b->opened_at)) && (!is_there || note_above(w, f->parent, f->opened_at)) && work_ok(w);
}

/* Write the rows of a case anew from all its entries that count. */
static bool refold(struct work *w, void *noted)
{
        const struct noted *n = noted;
        struct case_events all;
        struct case_file *f;
        struct before b;

        if (!read_before(w, n->id, &b) || !events_gather(w, n, &b, &all))
                return false;
        f = case_fold_events(w, n->id, &all);
        if (f == NULL)
                return false;
        if (b.is_there) {
                db_exec(w->db, "DELETE FROM case_file WHERE id = $1", ARGS(v_text(f->id)));
                db_exec(w->db, "DELETE FROM case_duty WHERE case_id = $1", ARGS(v_text(f->id)));
        }
        return write_events(w, f, &b) && write_words(w, f, &b) && (f->workflow == NULL || (write_file(w, f) && duties_write(w, f))) &&
               doubts_write(w, f) && parts_fold(w, f, b.workflow) && note_those_above(w, f, &b);
}

static int by_id(const void *a, const void *b)
{
        return strcmp(((const struct noted *)a)->id, ((const struct noted *)b)->id);
}

/* In the order of the tables' keys. What was noted meanwhile, cases above these, is left in the list. */
static bool write_round(struct work *w, struct noted *list, size_t count)
{
        bool ok = true;

        qsort(list, count, sizeof *list, by_id);
        for (size_t i = 0; i < count; i++) {
                ok = ok && ledger_goes_on(w) && run_in_scratch(w, refold, &list[i]);
                forget_entries(&list[i]);
        }
        return ok;
}

bool case_write_put_off(struct work *w)
{
        bool ok = true;

        while (put_off.count > 0) { /* comes to an end: a case counts only below one that was opened before it */
                struct noted *list = put_off.list;
                size_t count = put_off.count;

                put_off.list = NULL;
                put_off.count = put_off.room = put_off.entries = put_off.held = 0;
                map_reset(put_off.ids);
                ok = write_round(w, list, count) && ok;
                free(list);
        }
        return ok;
}

bool case_put_off(struct work *w)
{
        put_off.ids = map_open();
        return put_off.ids != NULL || no_memory(w);
}

bool case_put_off_is_full(void)
{
        return put_off.entries >= NOTED_MOST;
}

void case_forget_put_off(void)
{
        for (size_t i = 0; i < put_off.count; i++)
                forget_entries(&put_off.list[i]);
        map_close(put_off.ids);
        free(put_off.list);
        memset(&put_off, 0, sizeof put_off);
}

struct one { const char *id; const struct entry *entry; };

static bool note_and_write(struct work *w, void *argument)
{
        const struct one *o = argument;

        return note(w, o->id, o->entry) && case_write_put_off(w);
}

/* Outside a run. */
static bool fold_at_once(struct work *w, const char *id, const struct entry *e)
{
        struct one o = { id, e };
        bool ok = case_put_off(w) && run_in_scratch(w, note_and_write, &o);

        case_forget_put_off();
        return ok;
}

/* ---- applying -------------------------------------------------------------------------------------------------------- */

/* Whether an entry may stand in its stream at all: cases are for units, and what opens one says for which. Of what follows the fold knows. */
static bool fits_stream(const struct catalogue *c, const struct entry *e)
{
        const struct unit *unit = strcmp(e->kind, case_kind_names[CASE_OPEN]) == 0 ? unit_by_key(c, case_body_text(e->body, "case_unit")) : NULL;

        return strcmp(e->audience, AUDIENCE_LOCAL) != 0 && strcmp(e->audience, AUDIENCE_ALL) != 0 &&
               (unit == NULL || case_belongs(c, e->audience, unit, day_of_moment(stamp_moment(e->at))));
}

/* What an entry can be judged by alone: its form, its stream, and whether its node may write for the unit that acts. What the workflow says
 * of it is for the fold. */
static enum applied apply_case(struct work *w, const struct entry *e, struct error *why)
{
        const char *id = case_subject_id(e->subject);
        const struct catalogue *c = catalogue_of(w);
        enum applied verdict = APPLIED;
        struct case_event event;
        struct peer *writer;

        if (c == NULL)
                return FAILED;
        if (id == NULL) {
                error_set(why, ERR_INVALID, "\"%s\" names no case", e->subject);
                return REFUSED;
        }
        if (!fits_stream(c, e)) {
                error_set(why, ERR_DENIED, "an entry of kind \"%s\" does not belong into this stream", e->kind);
                return REFUSED;
        }
        if (!event_read(c, e, &event, why))
                return REFUSED;
        if (event.unit == NULL) {
                error_set(why, ERR_MISSING, "the unit \"%s\" is not known here yet", case_body_text(e->body, "unit"));
                return WAITING;
        }
        writer = trust_writer(w, e);
        if (!work_ok(w))
                return FAILED;
        if (writer == NULL || writer->is_revoked) {
                error_set(why, ERR_DENIED, "nobody enrolled the node %.12s", e->node);
                return REFUSED;
        }
        if (!figure_writer_may(w, c, writer, e->at, event.unit, why))
                return work_ok(w) ? REFUSED : FAILED;
        if (event.act == CASE_SETTLE)
                verdict = doubt_choice_check(w, c, e, writer, why);
        if (verdict == APPLIED && (event.act == CASE_SETTLE || *case_body_text(e->body, "after") != '\0'))
                verdict = figures_witness_kept(w, e, event.unit->code, why);
        if (verdict != APPLIED)
                return verdict;
        return (put_off.ids != NULL ? note(w, id, e) : fold_at_once(w, id, e)) ? APPLIED : FAILED;
}

const struct entry_kind case_kinds[] = {
        { "case.open", apply_case, N_("a case begins under a workflow, for a unit") },
        { "case.act", apply_case, N_("somebody does what the workflow of a case provides for") },
        { "case.assign", apply_case, N_("the unit above says which part of a divided unit goes on with a case") },
        { "case.settle", apply_case, N_("of acts in a case that exclude each other the one that counts") },
        { NULL, NULL, NULL },
};
