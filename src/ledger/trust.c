#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "format/jsonw.h"
#include "ledger/ledger_private.h"

static bool append(struct work *w, const char *audience, const char *kind, const char *key, const char *unit)
{
        struct buf body;
        struct jsonw j;
        bool ok;

        buf_init(&body, 4096);
        jsonw_init(&j, &body);
        jsonw_object(&j);
        jsonw_member_text(&j, "key", key);
        jsonw_member_text(&j, "unit", unit);
        jsonw_end(&j);
        ok = ledger_append(w, audience, kind, arena_print(w->arena, "node/%s", key), &body, NULL);
        buf_clear(&body);
        return ok;
}

static bool key_is_formed(struct work *w, const char *key)
{
        unsigned char bytes[KEY_BYTES];

        if (hex_read(bytes, sizeof bytes, key))
                return true;
        error_set(&w->err, ERR_INVALID, "\"%s\" is not a public key", key);
        return error_hint(&w->err, "64 hexadecimal digits, as printed by: caunoi key NODE");
}

bool trust_enrol(struct work *w, const char *key, const char *unit, bool is_below)
{
        struct peer *known;

        if (!key_is_formed(w, key))
                return false;
        if (node_is_own(w->node, key))
                return error_set(&w->err, ERR_CONFLICT, "this is the key of this node itself");
        known = trust_find(w, key);
        if (known != NULL && !known->is_revoked && strcmp(known->unit, unit) == 0)
                return error_set(&w->err, ERR_CONFLICT, "this node is already enrolled for %s", unit);
        return work_ok(w) && append(w, is_below ? AUDIENCE_ALL : AUDIENCE_LOCAL, "node.trust", key, unit);
}

bool trust_revoke(struct work *w, const char *key)
{
        struct peer *known;

        if (!key_is_formed(w, key))
                return false;
        known = trust_find(w, key);
        if (known == NULL)
                return error_set(&w->err, ERR_MISSING, "no node with that key is enrolled");
        if (known->is_revoked)
                return error_set(&w->err, ERR_CONFLICT, "that key is revoked already");
        return append(w, AUDIENCE_ALL, "node.revoke", key, known->unit);
}

static struct peer *peer_row(struct work *w, struct rows *r)
{
        struct peer *p = arena_alloc(w->arena, sizeof *p);

        p->key = arena_text(w->arena, rows_text(r, 0));
        p->unit = arena_text(w->arena, rows_text(r, 1));
        p->since = rows_int(r, 2);
        p->revoked_at = rows_int(r, 3);
        p->is_revoked = p->revoked_at != 0;
        p->successor = rows_text(r, 4)[0] == '\0' ? NULL : arena_text(w->arena, rows_text(r, 4));
        return p;
}

struct peer *trust_find(struct work *w, const char *key)
{
        struct peer *p = NULL;
        struct rows *r;

        if (strcmp(key, node_key(w->node)) == 0) {
                p = arena_alloc(w->arena, sizeof *p);
                p->key = node_key(w->node);
                p->unit = node_unit(w->node);
                return p;
        }
        r = db_query(w->db, "SELECT key, unit, since, revoked_at, successor FROM peer WHERE key = $1", ARGS(v_text(key)));
        if (rows_next(r))
                p = peer_row(w, r);
        rows_close(r);
        return p;
}

struct peer *trust_list(struct work *w, size_t *count)
{
        int64_t room = db_number(w->db, "SELECT COUNT(*) FROM peer", NO_ARGS, 0);
        struct peer *list = arena_array(w->arena, (size_t)room + 1, sizeof *list);
        struct rows *r = db_query(w->db, "SELECT key, unit, since, revoked_at, successor FROM peer ORDER BY unit, key", NO_ARGS);

        *count = 0;
        while (*count < (size_t)room && rows_next(r))
                list[(*count)++] = *peer_row(w, r);
        rows_close(r);
        return list;
}

/* ---- whom to trust, and since when ---------------------------------------------------------------------
 *
 * Each enrolment and revocation is an event of a key; those that count divide time into stretches. What the newest event
 * before a moment says holds at that moment; before its first event a key stands as the first says. A rotation is several
 * events in one entry. */

/* What an event counts for (in the column counts): nothing, or by whose word: a node's for its own unit or one below,
 * a node's of the country, this node's own. */
enum { COUNTS_NOT, BY_UNIT, BY_COUNTRY, BY_SELF };

struct stand {
        bool is_known, is_trusted;
        const char *unit;
        stamp ended; /* by a succession, from then on; 0 */
};

/* A node believes itself, and its former keys, until they said that they end. */
static bool is_self(struct work *w, const char *key, stamp at)
{
        return node_is_own(w->node, key) &&
               db_number(w->db,
                         "SELECT COUNT(*) FROM trust_event WHERE key = $1 AND node = $1 AND is_revoke = 1 AND counts > 0"
                         " AND at < $2",
                         ARGS(v_text(key), v_int(at)), 0) == 0;
}

/* before_first: by whose word at least the first event must be to hold for the time before it. */
static struct stand stand_of(struct work *w, const char *key, stamp at, int before_first)
{
        struct stand s = { .is_known = false };
        stamp since = 0;
        bool is_own = node_is_own(w->node, key);

        for (int turn = 0; turn < 2 && !s.is_known; turn++) { /* the newest before, else the first */
                struct rows *r = turn == 0 ? db_query(w->db,
                                                      "SELECT is_revoke, unit, at FROM trust_event WHERE key = $1 AND counts > 0"
                                                      " AND at < $2 ORDER BY at DESC, node DESC, hash DESC, part DESC LIMIT 1",
                                                      ARGS(v_text(key), v_int(at)))
                                           : db_query(w->db,
                                                      "SELECT is_revoke, unit, at FROM trust_event WHERE key = $1 AND counts > 0"
                                                      " AND at >= $2 AND counts >= $3 ORDER BY at, node DESC, hash DESC, part DESC"
                                                      " LIMIT 1",
                                                      ARGS(v_text(key), v_int(at), v_int(before_first)));

                if (rows_next(r)) {
                        s = (struct stand){ true, rows_int(r, 0) == 0, arena_text(w->arena, rows_text(r, 1)), 0 };
                        since = rows_int(r, 2);
                }
                rows_close(r);
        }
        if (is_own) {
                since = s.is_known ? since : at; /* nobody else enrolled it: no succession ends it */
                s = (struct stand){ true, is_self(w, key, at), node_unit(w->node), 0 };
        }
        if (s.is_trusted)
                s.ended = succession_ends(w, key, s.unit, since, at);
        if (s.ended != 0)
                s.is_trusted = false;
        return s;
}

bool trust_covers(struct work *w, const char *key, stamp at, bool *is_known)
{
        struct node *n = w->node;
        bool is_own = strcmp(key, node_key(n)) == 0;
        struct stand s;

        if (is_own && n->own_stand == OWN_UNKNOWN)
                n->own_stand = db_number(w->db,
                                         "SELECT (SELECT COUNT(*) FROM succession) + (SELECT COUNT(*) FROM trust_event"
                                         " WHERE key = $1 AND node = $1 AND is_revoke = 1)",
                                         ARGS(v_text(key)), 1) == 0
                                       ? OWN_WHOLE
                                       : OWN_ENDS;
        if (is_own && n->own_stand == OWN_WHOLE)
                return *is_known = true;
        s = stand_of(w, key, at, BY_UNIT);
        *is_known = s.is_known;
        return s.is_trusted;
}

stamp trust_succeeded(struct work *w, const char *key)
{
        return stand_of(w, key, stamp_next(0, moment_now()), BY_UNIT).ended;
}

struct peer *trust_writer(struct work *w, const struct entry *e)
{
        struct stand s = stand_of(w, e->node, e->at, BY_UNIT);
        struct peer *p;

        if (!s.is_known)
                return NULL;
        p = arena_alloc(w->arena, sizeof *p);
        p->key = e->node;
        p->unit = s.unit;
        p->is_revoked = !s.is_trusted;
        return p;
}

bool trust_is_kind(const char *kind)
{
        for (const struct entry_kind *k = trust_kinds; k->name != NULL; k++)
                if (strcmp(k->name, kind) == 0)
                        return true;
        return false;
}

struct event {
        int64_t entry;
        int part;            /* which event of its entry */
        stamp at, said;      /* from when it holds; when it was said */
        const char *writer, *key, *unit;
        const char *successor; /* the key that takes its place, or "" */
        bool is_revoke;
        int counts;
};

static bool is_below(struct work *w, const char *unit, const char *upper, stamp at)
{
        const struct ledger_schema *schema = node_schema(w->node);
        const char *const *former;

        if (schema->is_within == NULL)
                return false;
        if (schema->is_within(w, unit, upper, day_of_moment(stamp_moment(at))))
                return true;
        for (former = trust_taken_over(w, upper, at); former != NULL && *former != NULL; former++)
                if (schema->is_within(w, unit, *former, day_of_moment(stamp_moment(at))))
                        return true;
        return false;
}

/* A node of a unit speaks about keys that are new, or that stand for its own unit or one below: never about those above
 * or beside it, whatever unit it names. */
static bool is_theirs(struct work *w, const char *writer_unit, const char *unit, stamp at)
{
        return strcmp(unit, "VN") != 0 &&
               (strcmp(unit, writer_unit) == 0 ||
                trust_stands_for(w, writer_unit, unit, at) || is_below(w, unit, writer_unit, at));
}

/* Whether its writer stood above the unit it names, or for it. A node may have enrolled others before somebody enrolled it:
 * then it stands as that says, if the word comes from higher up (so that no two events rest on each other). */
static int judgement(struct work *w, const struct event *v)
{
        struct stand s, key;

        if (is_self(w, v->writer, v->said))
                return BY_SELF;
        s = stand_of(w, v->writer, v->said, BY_SELF);
        if (s.is_trusted && strcmp(s.unit, "VN") == 0)
                return BY_COUNTRY;
        s = stand_of(w, v->writer, v->said, BY_COUNTRY);
        if (!s.is_trusted || !is_theirs(w, s.unit, v->unit, v->said))
                return COUNTS_NOT;
        key = stand_of(w, v->key, v->said, BY_COUNTRY);
        return !key.is_known || is_theirs(w, s.unit, key.unit, v->said) ? BY_UNIT : COUNTS_NOT;
}

#define EVENT_COLUMNS "entry, part, at, said, node, key, unit, successor, is_revoke, counts"

static struct event *events_of(struct work *w, struct rows *r, size_t room, size_t *count)
{
        struct event *list = arena_array(w->arena, room + 1, sizeof *list);

        *count = 0;
        while (*count < room && rows_next(r)) {
                struct event *v = &list[(*count)++];

                *v = (struct event){ .entry = rows_int(r, 0), .part = (int)rows_int(r, 1), .at = rows_int(r, 2),
                                     .said = rows_int(r, 3), .is_revoke = rows_int(r, 8) != 0,
                                     .counts = (int)rows_int(r, 9) };
                v->writer = arena_text(w->arena, rows_text(r, 4));
                v->key = arena_text(w->arena, rows_text(r, 5));
                v->unit = arena_text(w->arena, rows_text(r, 6));
                v->successor = arena_text(w->arena, rows_text(r, 7));
        }
        rows_close(r);
        return list;
}

/* Events of one key in the order in which they hold. */
static struct event *events_read(struct work *w, const char *key, size_t *count)
{
        int64_t room = db_number(w->db, "SELECT COUNT(*) FROM trust_event WHERE key = $1", ARGS(v_text(key)), 0);

        return events_of(w,
                         db_query(w->db, "SELECT " EVENT_COLUMNS " FROM trust_event WHERE key = $1 ORDER BY at, node, hash, part",
                                  ARGS(v_text(key))),
                         (size_t)room, count);
}

/* All events in the order in which they were said. */
static struct event *events_said(struct work *w, size_t *count)
{
        int64_t room = db_number(w->db, "SELECT COUNT(*) FROM trust_event", NO_ARGS, 0);

        return events_of(w, db_query(w->db, "SELECT " EVENT_COLUMNS " FROM trust_event ORDER BY said, node, hash, part", NO_ARGS),
                         (size_t)room, count);
}

/* How the key stands at a moment by these events, as stand_of has it from the table; NULL: unknown. */
static const struct event *event_at(const struct event *list, size_t count, stamp at)
{
        const struct event *found = NULL;

        for (size_t i = 0; i < count; i++)
                if (list[i].counts > 0 && (found == NULL || list[i].at < at || list[i].at == found->at))
                        found = &list[i];
        return found;
}

static bool stands_differ(const struct event *a, const struct event *b)
{
        if (a == NULL || b == NULL)
                return a != b;
        return a->is_revoke != b->is_revoke || strcmp(a->unit, b->unit) != 0;
}

/* Whether this node holds anything of the key that was written after a moment. */
static bool holds_after(const struct node *n, const char *key, stamp at)
{
        for (const struct head *h = n->heads; h != NULL; h = h->next)
                if (strncmp(h->name, key, KEY_HEX - 1) == 0 && h->now.seq > 0 && h->now.at > at)
                        return true;
        return false;
}

static stamp since_of(const struct event *v)
{
        return v == NULL ? INT64_MAX : v->at;
}

/* Whether entries of the key after a moment are judged differently where its newest event by then is one or the other: also where both
 * enrol it for the same unit, but not since the same time, and a succession took effect in between. It ends what stood before. A
 * node believes itself; others only say since when it stands, so that a succession can end it. */
static bool judges_differently(struct work *w, const char *key, const struct event *a, const struct event *b)
{
        bool is_own = node_is_own(w->node, key);
        stamp from = since_of(a), to = since_of(b);

        if (!is_own && stands_differ(a, b))
                return true;
        return from != to && (is_own || !a->is_revoke) &&
               succession_comes_between(w, key, is_own ? node_unit(w->node) : a->unit, from < to ? from : to, from < to ? to : from);
}

/* A key of this node says itself that it ends. */
static bool ends_own(const struct node *n, const struct event *v)
{
        return node_is_own(n, v->key) && v->is_revoke && strcmp(v->writer, v->key) == 0;
}

/* Where a key's events judge an entry that is here differently than before, all is to be judged again. */
static void compare_events(struct work *w, const char *key, const struct event *before, const struct event *after, size_t count)
{
        struct node *n = w->node;

        if (!node_is_own(n, key) && stands_differ(event_at(before, count, 0), event_at(after, count, 0)) && holds_after(n, key, 0))
                n->must_replay = true;
        for (size_t i = 0; i < count && !n->must_replay; i++) {
                stamp at = after[i].at;

                n->must_replay = holds_after(n, key, at) &&
                                 ((ends_own(n, &after[i]) && (before[i].counts > 0) != (after[i].counts > 0)) ||
                                  judges_differently(w, key, event_at(before, count, at + 1), event_at(after, count, at + 1)));
        }
}

/* The row of a key as others read it. */
static bool peer_write(struct work *w, const char *key)
{
        const struct event *last = NULL, *revoke = NULL, *list;
        size_t count;

        list = events_read(w, key, &count);
        for (size_t i = 0; i < count; i++) {
                if (list[i].counts == COUNTS_NOT)
                        continue;
                if (!list[i].is_revoke) {
                        last = &list[i];
                        revoke = NULL;
                } else if (revoke == NULL) {
                        revoke = &list[i]; /* revoked from the earliest after the enrolment on */
                }
        }
        if (!work_ok(w) || !db_exec(w->db, "DELETE FROM peer WHERE key = $1", ARGS(v_text(key))))
                return false;
        if (last == NULL && revoke == NULL)
                return true;
        return db_exec(w->db, "INSERT INTO peer (key, unit, since, revoked_at, successor, entry) VALUES ($1, $2, $3, $4, $5, $6)",
                       ARGS(v_text(key), v_text((last != NULL ? last : revoke)->unit), v_int(last != NULL ? last->at : 0),
                            v_int(revoke != NULL ? revoke->at : 0), v_text(revoke != NULL ? revoke->successor : ""),
                            v_int((last != NULL ? last : revoke)->entry)));
}

/* Note what an event counts for. */
static bool judge(struct work *w, const struct event *v, int counts)
{
        return counts == v->counts ||
               db_exec(w->db, "UPDATE trust_event SET counts = $3 WHERE entry = $1 AND part = $2",
                       ARGS(v_int(v->entry), v_int(v->part), v_int(counts)));
}

/* An entry none of whose events counts is evidence only. */
static bool settle(struct work *w, const struct event *v)
{
        struct error why = { .language = w->err.language };

        if (db_number(w->db, "SELECT MAX(counts) FROM trust_event WHERE entry = $1", ARGS(v_int(v->entry)), 0) > 0)
                return db_exec(w->db, "DELETE FROM ledger_set_aside WHERE entry = $1", ARGS(v_int(v->entry)));
        error_set(&why, ERR_DENIED, "its node does not stand above unit %s", v->unit);
        return work_ok(w) &&
               db_exec(w->db,
                       "INSERT INTO ledger_set_aside (entry, is_waiting, why) VALUES ($1, 0, $2)"
                       " ON CONFLICT (entry) DO UPDATE SET is_waiting = 0, why = excluded.why",
                       ARGS(v_int(v->entry), v_text(why.message)));
}

static int64_t add_to(struct work *w, struct map *m, const char *text, int64_t number)
{
        int64_t *place = map_put_text(m, text, NULL);

        if (place == NULL) {
                error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
                return 0;
        }
        return *place += number;
}

#define ROUNDS_MOST 16 /* honest nodes need two; those that contradict each other in a circle end somewhere, everywhere alike */

/* Judge all events: a function of the set of events alone, not of their order of arrival. Those on which others may rest
 * come first, by falling weight of the word and in the order in which they were said, until nothing changes. The others,
 * of a key with one event that says nothing itself, follow from them; unless all are asked for they keep what they have where
 * nothing about their writer has changed. entry: the one that is new, or 0. */
static bool again(struct work *w, bool all, int64_t entry)
{
        size_t count, n;
        struct event *list = events_said(w, &count);
        struct map *about = map_in(w->arena), *changed = map_in(w->arena);
        int *now = arena_array(w->arena, count + 1, sizeof *now);
        bool *is_root = arena_array(w->arena, count + 1, sizeof *is_root), has_moved;

        for (size_t i = 0; i < count && work_ok(w); i++) { /* two: more than one event, or it says something itself */
                add_to(w, about, list[i].key, 1);
                add_to(w, about, list[i].writer, 2);
        }
        for (size_t i = 0; i < count && work_ok(w); i++) {
                is_root[i] = add_to(w, about, list[i].key, 0) > 1;
                now[i] = is_root[i] ? COUNTS_NOT : list[i].counts;
                if (is_root[i])
                        judge(w, &list[i], COUNTS_NOT);
        }
        for (int word = BY_SELF; word > COUNTS_NOT; word--)
                do {
                        has_moved = false;
                        for (size_t i = 0; i < count && work_ok(w); i++) {
                                struct event v = list[i];
                                int counts = is_root[i] && now[i] == COUNTS_NOT ? judgement(w, &v) : COUNTS_NOT;

                                if (counts < word)
                                        continue;
                                v.counts = COUNTS_NOT;
                                judge(w, &v, now[i] = counts);
                                has_moved = true;
                        }
                } while (has_moved && work_ok(w));
        /* What was counted early may have been contradicted by what was counted later: until each agrees with the whole. */
        has_moved = true;
        for (int round = 0; has_moved && round < ROUNDS_MOST; round++) {
                has_moved = false;
                for (size_t i = 0; i < count && work_ok(w); i++) {
                        struct event v = list[i];
                        int counts = is_root[i] ? judgement(w, &v) : now[i];

                        if (counts == now[i])
                                continue;
                        v.counts = now[i];
                        judge(w, &v, now[i] = counts);
                        has_moved = true;
                }
        }
        for (size_t i = 0; i < count && work_ok(w); i++)
                if (now[i] != list[i].counts)
                        add_to(w, changed, list[i].key, 1);
        for (size_t i = 0; i < count && work_ok(w); i++)
                if (!is_root[i] && (all || list[i].entry == entry || map_get_text(changed, list[i].writer) != NULL)) {
                        now[i] = judgement(w, &list[i]);
                        judge(w, &list[i], now[i]);
                        if (now[i] != list[i].counts)
                                add_to(w, changed, list[i].key, 1);
                }
        for (size_t i = 0; i < count && work_ok(w); i++) {
                int64_t *mark = map_get_text(changed, list[i].key);
                struct event *before, *after;

                if (is_root[i] || list[i].entry == entry || now[i] != list[i].counts)
                        settle(w, &list[i]);
                if (mark == NULL || *mark == 0)
                        continue;
                *mark = 0; /* once a key */
                after = events_read(w, list[i].key, &n);
                before = arena_array(w->arena, n + 1, sizeof *before);
                for (size_t j = 0; j < n; j++) {
                        before[j] = after[j];
                        for (size_t k = 0; k < count; k++)
                                if (list[k].entry == after[j].entry && list[k].part == after[j].part)
                                        before[j].counts = list[k].counts;
                }
                compare_events(w, list[i].key, before, after, n);
                peer_write(w, list[i].key);
        }
        w->node->trust_agrees = work_ok(w) && !has_moved;
        return work_ok(w);
}

bool trust_again(struct work *w)
{
        return again(w, true, 0);
}

static bool event_add(struct work *w, const struct entry *e, const struct event *v)
{
        char hash[HASH_HEX];

        hex_write(hash, e->hash, HASH_BYTES);
        if (strcmp(v->key, w->node->key) == 0)
                w->node->own_stand = OWN_UNKNOWN;
        return db_exec(w->db,
                       "INSERT INTO trust_event (entry, part, key, at, said, node, hash, unit, is_revoke, successor, counts)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0) ON CONFLICT (entry, part) DO NOTHING",
                       ARGS(v_int(e->id), v_int(v->part), v_text(v->key), v_int(v->at), v_int(e->at), v_text(v->writer),
                            v_text(hash), v_text(v->unit), v_int(v->is_revoke), v_text(v->successor)));
}

/* The key and the unit an entry is about; false: why says what is wrong. */
static bool names(const struct entry *e, struct error *why, const char **key, const char **unit)
{
        unsigned char bytes[KEY_BYTES];

        *key = json_string_value(json_object_get(e->body, "key"));
        *unit = json_string_value(json_object_get(e->body, "unit"));
        return (*key != NULL && *unit != NULL && hex_read(bytes, sizeof bytes, *key)) ||
               error_set(why, ERR_INVALID, "it names no key or unit");
}

static bool exists(struct work *w, const char *events, struct values values)
{
        return db_number(w->db, arena_print(w->arena, "SELECT 1 FROM trust_event WHERE %s LIMIT 1", events), values, 0) == 1;
}

/* Whether an event that has just been added decides about no other one, whatever else comes to count: nothing was said by its key
 * or about it at its time or later, and of what was said before nothing can rest on it, since it is not the first to say how the
 * key stands by a word of weight. So all others stay as they were judged. */
static bool rests_nothing_on(struct work *w, const struct event *v)
{
        if (exists(w, "key = $1 AND said >= $2 AND entry <> $3", ARGS(v_text(v->key), v_int(v->said), v_int(v->entry))) ||
            exists(w, "node = $1 AND said >= $2 AND entry <> $3", ARGS(v_text(v->key), v_int(v->said), v_int(v->entry))))
                return false;
        if (!node_is_own(w->node, v->writer) && !exists(w, "key = $1 AND unit = 'VN'", ARGS(v_text(v->writer))))
                return true; /* it speaks for a unit at most: about what came before its time it says nothing */
        return exists(w, "key = $1 AND entry <> $2 AND counts >= $3",
                      ARGS(v_text(v->key), v_int(v->entry), v_int(judgement(w, v))));
}

/* The row of a key, and entries of it that are here, after an event that holds from the newest time on. */
static bool take_newest(struct work *w, struct event *v)
{
        struct node *n = w->node;
        struct event before = { .counts = COUNTS_NOT };
        struct rows *r;
        bool is_first;

        v->counts = judgement(w, v);
        if (!judge(w, &(struct event){ .entry = v->entry, .part = v->part }, v->counts) || !settle(w, v))
                return false;
        if (v->counts == COUNTS_NOT)
                return work_ok(w);
        r = db_query(w->db,
                     "SELECT is_revoke, unit, at FROM trust_event WHERE key = $1 AND counts > 0 AND entry <> $2"
                     " ORDER BY at DESC, node DESC, hash DESC, part DESC LIMIT 1",
                     ARGS(v_text(v->key), v_int(v->entry)));
        is_first = !rows_next(r);
        if (!is_first)
                before = (struct event){ .is_revoke = rows_int(r, 0) != 0, .unit = arena_text(w->arena, rows_text(r, 1)), .at = rows_int(r, 2) };
        rows_close(r);
        if (is_first && !node_is_own(n, v->key)
                    ? holds_after(n, v->key, 0)
                    : holds_after(n, v->key, v->at) &&
                              (ends_own(n, v) || judges_differently(w, v->key, is_first ? NULL : &before, v)))
                n->must_replay = true;
        if (!v->is_revoke)
                return db_exec(w->db,
                               "INSERT INTO peer (key, unit, since, revoked_at, successor, entry) VALUES ($1, $2, $3, 0, '', $4)"
                               " ON CONFLICT (key) DO UPDATE SET unit = excluded.unit, since = excluded.since, revoked_at = 0,"
                               " successor = '', entry = excluded.entry",
                               ARGS(v_text(v->key), v_text(v->unit), v_int(v->at), v_int(v->entry)));
        return db_exec(w->db,
                       "INSERT INTO peer (key, unit, since, revoked_at, successor, entry) VALUES ($1, $2, 0, $3, $4, $5)"
                       " ON CONFLICT (key) DO UPDATE SET revoked_at = excluded.revoked_at, successor = excluded.successor"
                       " WHERE peer.revoked_at = 0",
                       ARGS(v_text(v->key), v_text(v->unit), v_int(v->at), v_text(v->successor), v_int(v->entry)));
}

static enum applied apply_trust(struct work *w, const struct entry *e, struct error *why)
{
        struct event v = { .entry = e->id, .at = e->at, .said = e->at, .writer = e->node, .successor = "",
                           .is_revoke = strcmp(e->kind, "node.revoke") == 0 };
        bool is_alone;

        if (!names(e, why, &v.key, &v.unit))
                return REFUSED;
        if (!event_add(w, e, &v))
                return FAILED;
        /* It may decide about others of the same key, or about what its key wrote, that about others, and so on; or what
         * is said about its writer has come to matter for the first time. */
        is_alone = !exists(w, "node = $1", ARGS(v_text(v.key))) &&
                   !exists(w, "key = $1 AND entry <> $2", ARGS(v_text(v.key), v_int(e->id)));
        if (!exists(w, "node = $1 AND entry <> $2", ARGS(v_text(e->node), v_int(e->id))) ||
            (!is_alone && !(w->node->trust_agrees && rests_nothing_on(w, &v))))
                return again(w, false, e->id) ? APPLIED : FAILED;
        return take_newest(w, &v) ? APPLIED : FAILED;
}

/* ---- a key takes the place of another ------------------------------------------------------------------- */

static void introduction_text(char text[160], const char *old_key, const char *new_key)
{
        snprintf(text, 160, "caunoi rotate 1\n%.64s\n%.64s\n", old_key, new_key);
}

void trust_introduce(const struct node *n, const char *new_key, unsigned char signature[64])
{
        char text[160];

        introduction_text(text, node_key(n), new_key);
        node_sign(n, text, strlen(text), signature);
}

bool trust_is_introduced(const char *old_key, const char *new_key, const char *signature_hex)
{
        unsigned char signature[64];
        char text[160];

        introduction_text(text, old_key, new_key);
        return hex_read(signature, sizeof signature, signature_hex) &&
               node_signed(old_key, text, strlen(text), signature);
}

#define INTRODUCTION_LENGTH (64 + 1 + 128)
#define INTRODUCTIONS_MOST 16

const char *trust_introductions(struct work *w)
{
        size_t count;
        const struct former *list = node_formers(w->node, &count);
        const char *text = NULL;

        for (size_t i = count > INTRODUCTIONS_MOST ? count - INTRODUCTIONS_MOST : 0; i < count; i++)
                text = arena_print(w->arena, "%s%s%s %s", text == NULL ? "" : text, text == NULL ? "" : ",", list[i].key,
                                   list[i].signature);
        return text;
}

struct peer *trust_find_introduced(struct work *w, const char *key, const char *introductions)
{
        size_t length = introductions == NULL ? 0 : strlen(introductions), left = (length + 1) / (INTRODUCTION_LENGTH + 1);

        if (length == 0 || left > INTRODUCTIONS_MOST || left * (INTRODUCTION_LENGTH + 1) != length + 1)
                return NULL;
        for (const char *next = key; left-- > 0;) { /* from the newest back */
                const char *one = introductions + left * (INTRODUCTION_LENGTH + 1);
                char *old = arena_copy(w->arena, one, 64), *signature = arena_copy(w->arena, one + 65, 128);
                struct peer *p;

                if (!trust_is_introduced(old, next, signature))
                        return NULL;
                p = trust_find(w, old);
                if (p != NULL)
                        return p->is_revoked || node_is_own(w->node, old) ? NULL : p;
                next = old;
        }
        return NULL;
}

/* From now on the old key has ended and the new one is enrolled for the same unit, by the old key's word. */
static bool add_rotation(struct work *w, const struct entry *e, const char *old_key, const char *new_key, const char *unit)
{
        const struct event parts[] = {
                { .part = 0, .at = e->at, .writer = old_key, .key = old_key, .unit = unit, .successor = new_key, .is_revoke = true },
                { .part = 1, .at = e->at, .writer = old_key, .key = new_key, .unit = unit, .successor = "" },
        };

        return event_add(w, e, &parts[0]) && event_add(w, e, &parts[1]) && again(w, false, e->id) &&
               (db_number(w->db, "SELECT MAX(counts) FROM trust_event WHERE entry = $1", ARGS(v_int(e->id)), 0) == 0 ||
                heads_go_on(w, old_key));
}

/* The old key's last entry: it names the key that takes its place. */
static enum applied apply_rotate(struct work *w, const struct entry *e, struct error *why)
{
        const char *key, *unit;

        if (!names(e, why, &key, &unit))
                return REFUSED;
        if (strcmp(e->audience, AUDIENCE_ALL) != 0 || strcmp(key, e->node) == 0) {
                error_set(why, ERR_INVALID, "a rotation names another key, in the stream that everybody reads");
                return REFUSED;
        }
        return add_rotation(w, e, e->node, key, unit) ? APPLIED : FAILED;
}

/* The new key's first entry: whose place it takes, with what the old key signed. It tells those who know only the old key,
 * where the old key's stream takes no more entries (a fork), and those who know only the new one. */
static enum applied apply_former(struct work *w, const struct entry *e, struct error *why)
{
        const char *signature = json_string_value(json_object_get(e->body, "signature")), *key, *unit;
        const struct event parts[] = {
                { .part = 2, .at = 0, .writer = e->node, .successor = "" },
                { .part = 3, .at = e->at, .writer = e->node, .successor = e->node, .is_revoke = true },
        };

        if (!names(e, why, &key, &unit))
                return REFUSED;
        if (strcmp(e->audience, AUDIENCE_ALL) != 0 || signature == NULL || !trust_is_introduced(key, e->node, signature)) {
                error_set(why, ERR_INVALID, "the former key did not sign that this one takes its place");
                return REFUSED;
        }
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
                struct event v = parts[i];

                v.key = key;
                v.unit = unit;
                if (!event_add(w, e, &v))
                        return FAILED;
        }
        if (node_is_own(w->node, e->node) &&
            !db_exec(w->db, "INSERT INTO own_key (key, entry) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
                     ARGS(v_text(key), v_int(e->id))))
                return FAILED;
        return add_rotation(w, e, key, e->node, unit) ? APPLIED : FAILED;
}

const struct entry_kind trust_kinds[] = {
        { "node.trust", apply_trust, N_("a node is enrolled for a unit") },
        { "node.revoke", apply_trust, N_("a node's key is no longer trusted") },
        { "node.rotate", apply_rotate, N_("another key takes the place of the writing node's; its last entry") },
        { "node.former", apply_former, N_("whose place the writing node's key has taken; its first entry") },
        { NULL, NULL, NULL },
};

const struct derived_table trust_tables[] = {
        { "peer",
          "CREATE TABLE peer (key TEXT PRIMARY KEY, unit TEXT NOT NULL, since BIGINT NOT NULL,"
          " revoked_at BIGINT NOT NULL, successor TEXT NOT NULL, entry BIGINT NOT NULL)",
          /* What a node said for itself alone mixes with what all know: the events are the state. */
          "SELECT key, unit, since, revoked_at, successor, entry FROM peer", "-ttiite" },
        { "trust_event",
          "CREATE TABLE trust_event (entry BIGINT NOT NULL, part BIGINT NOT NULL, key TEXT NOT NULL, at BIGINT NOT NULL,"
          " said BIGINT NOT NULL, node TEXT NOT NULL, hash TEXT NOT NULL, unit TEXT NOT NULL, is_revoke BIGINT NOT NULL,"
          " successor TEXT NOT NULL, counts BIGINT NOT NULL, PRIMARY KEY (entry, part));"
          "CREATE INDEX trust_event_key ON trust_event (key, at) WHERE counts > 0; CREATE INDEX trust_event_said ON trust_event (key, said);"
          "CREATE INDEX trust_event_node ON trust_event (node, said)",
          "SELECT key, at, node, unit, is_revoke, successor, part, entry FROM trust_event WHERE counts > 0", "tittitie" },
        { "own_key", "CREATE TABLE own_key (key TEXT PRIMARY KEY, entry BIGINT NOT NULL)", "SELECT key, entry FROM own_key",
          "-te" },
        /* of succession.c */
        { "succession",
          "CREATE TABLE succession (entry BIGINT PRIMARY KEY, hash TEXT NOT NULL, unit TEXT NOT NULL, units_from TEXT NOT NULL,"
          " act TEXT NOT NULL, day TEXT NOT NULL, node TEXT NOT NULL, at BIGINT NOT NULL, effect BIGINT NOT NULL,"
          " undone_at BIGINT NOT NULL); CREATE INDEX succession_hash ON succession (hash)",
          "SELECT unit, units_from, act, day, node, effect, undone_at, entry FROM succession", "tttttiie" },
        { "succession_from",
          "CREATE TABLE succession_from (entry BIGINT NOT NULL, unit TEXT NOT NULL, PRIMARY KEY (entry, unit));"
          "CREATE INDEX succession_from_unit ON succession_from (unit)",
          "SELECT entry, unit FROM succession_from", "et" },
        { "succession_undo",
          "CREATE TABLE succession_undo (entry BIGINT PRIMARY KEY, of_hash TEXT NOT NULL, at BIGINT NOT NULL);"
          "CREATE INDEX succession_undo_of ON succession_undo (of_hash)",
          "SELECT of_hash, at, entry FROM succession_undo", "tie" },
        { NULL, NULL, NULL, NULL },
};
