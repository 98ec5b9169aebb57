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
        if (strcmp(key, node_key(w->node)) == 0)
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
        r = db_query(w->db, "SELECT key, unit, since, revoked_at FROM peer WHERE key = $1", ARGS(v_text(key)));
        if (rows_next(r))
                p = peer_row(w, r);
        rows_close(r);
        return p;
}

struct peer *trust_list(struct work *w, size_t *count)
{
        int64_t room = db_number(w->db, "SELECT COUNT(*) FROM peer", NO_ARGS, 0);
        struct peer *list = arena_array(w->arena, (size_t)room + 1, sizeof *list);
        struct rows *r = db_query(w->db, "SELECT key, unit, since, revoked_at FROM peer ORDER BY unit, key", NO_ARGS);

        *count = 0;
        while (*count < (size_t)room && rows_next(r))
                list[(*count)++] = *peer_row(w, r);
        rows_close(r);
        return list;
}

/* ---- whom to trust, and since when ---------------------------------------------------------------------
 *
 * Each enrolment and revocation is an event of a key; those that count divide time into stretches. What the newest event
 * before a moment says holds at that moment; before its first event a key stands as the first says. */

/* What an event counts for (in the column counts): nothing, or by whose word: a node's for its own unit or one below,
 * a node's of the country, this node's own. */
enum { COUNTS_NOT, BY_UNIT, BY_COUNTRY, BY_SELF };

struct stand {
        bool is_known, is_trusted;
        const char *unit;
};

/* before_first: by whose word at least the first event must be to hold for the time before it. */
static struct stand stand_of(struct work *w, const char *key, stamp at, int before_first)
{
        struct stand s = { .is_known = false };
        struct rows *r;

        if (strcmp(key, node_key(w->node)) == 0)
                return (struct stand){ true, true, node_unit(w->node) };
        r = db_query(w->db,
                     "SELECT is_revoke, unit FROM trust_event WHERE key = $1 AND counts > 0 AND (at < $2 OR counts >= $3)"
                     " ORDER BY CASE WHEN at < $2 THEN 0 ELSE 1 END, CASE WHEN at < $2 THEN -at ELSE at END, node DESC, hash"
                     " LIMIT 1",
                     ARGS(v_text(key), v_int(at), v_int(before_first)));
        if (rows_next(r))
                s = (struct stand){ true, rows_int(r, 0) == 0, arena_text(w->arena, rows_text(r, 1)) };
        rows_close(r);
        return s;
}

bool trust_covers(struct work *w, const char *key, stamp at, bool *is_known)
{
        struct stand s = stand_of(w, key, at, BY_UNIT);

        *is_known = s.is_known;
        return s.is_trusted;
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
        return strcmp(kind, "node.trust") == 0 || strcmp(kind, "node.revoke") == 0;
}

struct event {
        int64_t entry;
        stamp at;
        const char *writer, *key, *unit;
        bool is_revoke;
        int counts;
};

/* A node of a unit speaks about keys that are new, or that stand for its own unit or one below: never about those above
 * or beside it, whatever unit it names. */
static bool is_theirs(struct work *w, const char *writer_unit, const char *unit, stamp at)
{
        const struct ledger_schema *schema = node_schema(w->node);

        return strcmp(unit, "VN") != 0 &&
               (strcmp(unit, writer_unit) == 0 ||
                (schema->is_within != NULL && schema->is_within(w, unit, writer_unit, day_of_moment(stamp_moment(at)))));
}

/* Whether its writer stood above the unit it names, or for it. A node may have enrolled others before somebody enrolled it:
 * then it stands as that says, if the word comes from higher up (so that no two events rest on each other). */
static int judgement(struct work *w, const struct event *v)
{
        struct stand s, key;

        if (strcmp(v->writer, node_key(w->node)) == 0)
                return BY_SELF;
        s = stand_of(w, v->writer, v->at, BY_SELF);
        if (s.is_trusted && strcmp(s.unit, "VN") == 0)
                return BY_COUNTRY;
        s = stand_of(w, v->writer, v->at, BY_COUNTRY);
        if (!s.is_trusted || !is_theirs(w, s.unit, v->unit, v->at))
                return COUNTS_NOT;
        key = stand_of(w, v->key, v->at, BY_COUNTRY);
        return !key.is_known || is_theirs(w, s.unit, key.unit, v->at) ? BY_UNIT : COUNTS_NOT;
}

/* Events of one key, or of all, in their order. */
static struct event *events_read(struct work *w, const char *key, size_t *count)
{
        int64_t room = db_number(w->db, "SELECT COUNT(*) FROM trust_event", NO_ARGS, 0);
        struct event *list = arena_array(w->arena, (size_t)room + 1, sizeof *list);
        struct rows *r = db_query(w->db,
                                  "SELECT entry, at, node, key, unit, is_revoke, counts FROM trust_event"
                                  " WHERE key BETWEEN $1 AND $2 ORDER BY at, node, hash",
                                  ARGS(v_text(key), v_text(*key == '\0' ? "~" : key)));

        *count = 0;
        while (*count < (size_t)room && rows_next(r)) {
                struct event *v = &list[(*count)++];

                *v = (struct event){ .entry = rows_int(r, 0), .at = rows_int(r, 1), .is_revoke = rows_int(r, 5) != 0,
                                     .counts = (int)rows_int(r, 6) };
                v->writer = arena_text(w->arena, rows_text(r, 2));
                v->key = arena_text(w->arena, rows_text(r, 3));
                v->unit = arena_text(w->arena, rows_text(r, 4));
        }
        rows_close(r);
        return list;
}

/* How the key stands at a moment by these events; NULL: unknown. */
static const struct event *event_at(const struct event *list, size_t count, stamp at)
{
        const struct event *found = NULL;

        for (size_t i = 0; i < count; i++)
                if (list[i].counts > 0 && (found == NULL || list[i].at < at))
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

/* Where the two lists of a key's events judge an entry that is here differently, all is to be judged again. */
static void compare_events(struct node *n, const char *key, const struct event *a, size_t a_count, const struct event *b,
                           size_t b_count)
{
        if (strcmp(key, n->key) == 0)
                return; /* a node always believes itself */
        if (stands_differ(event_at(a, a_count, 0), event_at(b, b_count, 0)) && holds_after(n, key, 0))
                n->must_replay = true;
        for (size_t i = 0; i < a_count + b_count && !n->must_replay; i++) {
                stamp after = (i < a_count ? a[i] : b[i - a_count]).at + 1;

                if (stands_differ(event_at(a, a_count, after), event_at(b, b_count, after)) && holds_after(n, key, after - 1))
                        n->must_replay = true;
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
        return db_exec(w->db, "INSERT INTO peer (key, unit, since, revoked_at, entry) VALUES ($1, $2, $3, $4, $5)",
                       ARGS(v_text(key), v_text((last != NULL ? last : revoke)->unit), v_int(last != NULL ? last->at : 0),
                            v_int(revoke != NULL ? revoke->at : 0), v_int((last != NULL ? last : revoke)->entry)));
}

/* Note whether an event counts; one that does not is evidence only. */
static bool judge(struct work *w, const struct event *v, int counts)
{
        struct error why = { .language = w->err.language };

        if (!db_exec(w->db, "UPDATE trust_event SET counts = $2 WHERE entry = $1", ARGS(v_int(v->entry), v_int(counts))))
                return false;
        if (counts > 0)
                return db_exec(w->db, "DELETE FROM ledger_set_aside WHERE entry = $1", ARGS(v_int(v->entry)));
        error_set(&why, ERR_DENIED, "its node does not stand above unit %s", v->unit);
        return db_exec(w->db,
                       "INSERT INTO ledger_set_aside (entry, is_waiting, why) VALUES ($1, 0, $2)"
                       " ON CONFLICT (entry) DO UPDATE SET is_waiting = 0, why = excluded.why",
                       ARGS(v_int(v->entry), v_text(why.message)));
}

bool trust_again(struct work *w)
{
        size_t count, after_count;
        struct event *before = events_read(w, "", &count), *after;
        bool *is_judged = arena_array(w->arena, count + 1, sizeof *is_judged);

        if (!db_exec(w->db, "UPDATE trust_event SET counts = 0", NO_ARGS))
                return false;
        for (int word = BY_SELF; word >= COUNTS_NOT; word--) /* in their order: the earlier ones decide about the later */
                for (size_t i = 0; i < count && work_ok(w); i++) {
                        int counts = is_judged[i] ? -1 : judgement(w, &before[i]);

                        if (counts == word) {
                                judge(w, &before[i], counts);
                                is_judged[i] = true;
                        }
                }
        after = events_read(w, "", &after_count);
        for (size_t i = 0; i < after_count && work_ok(w); i++)
                if (after[i].counts != before[i].counts) {
                        struct event *old = arena_array(w->arena, count, sizeof *old),
                                     *new = arena_array(w->arena, count, sizeof *new);
                        size_t n = 0;

                        for (size_t j = 0; j < count; j++)
                                if (strcmp(before[j].key, before[i].key) == 0) {
                                        old[n] = before[j];
                                        new[n++] = after[j];
                                }
                        compare_events(w->node, before[i].key, old, n, new, n);
                        peer_write(w, before[i].key);
                }
        return work_ok(w);
}

static enum applied apply_trust(struct work *w, const struct entry *e, struct error *why)
{
        const char *key = json_string_value(json_object_get(e->body, "key"));
        const char *unit = json_string_value(json_object_get(e->body, "unit"));
        struct event v = { .entry = e->id, .at = e->at, .writer = e->node, .key = key, .unit = unit,
                           .is_revoke = strcmp(e->kind, "node.revoke") == 0 };
        const struct event *before, *after;
        size_t before_count, after_count;
        unsigned char bytes[KEY_BYTES];
        char hash[HASH_HEX];

        if (key == NULL || unit == NULL || !hex_read(bytes, sizeof bytes, key)) {
                error_set(why, ERR_INVALID, "it names no key or unit");
                return REFUSED;
        }
        hex_write(hash, e->hash, HASH_BYTES);
        before = events_read(w, key, &before_count);
        if (!db_exec(w->db,
                     "INSERT INTO trust_event (entry, key, at, node, hash, unit, is_revoke, counts)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, 0) ON CONFLICT (entry) DO NOTHING",
                     ARGS(v_int(e->id), v_text(key), v_int(e->at), v_text(e->node), v_text(hash), v_text(unit),
                          v_int(v.is_revoke))))
                return FAILED;
        /* It may decide about others of the same key, or about what its key wrote, that about others, and so on. */
        if (db_number(w->db, "SELECT COUNT(*) FROM trust_event WHERE node = $1 OR (key = $1 AND entry <> $2)",
                      ARGS(v_text(key), v_int(e->id)), 0) > 0)
                return trust_again(w) && peer_write(w, key) ? APPLIED : FAILED;
        if (!judge(w, &v, judgement(w, &v)))
                return FAILED;
        after = events_read(w, key, &after_count);
        compare_events(w->node, key, before, before_count, after, after_count);
        return peer_write(w, key) ? APPLIED : FAILED;
}

const struct entry_kind trust_kinds[] = {
        { "node.trust", apply_trust, N_("a node is enrolled for a unit") },
        { "node.revoke", apply_trust, N_("a node's key is no longer trusted") },
        { NULL, NULL, NULL },
};

const struct derived_table trust_tables[] = {
        { "peer",
          "CREATE TABLE peer (key TEXT PRIMARY KEY, unit TEXT NOT NULL, since BIGINT NOT NULL,"
          " revoked_at BIGINT NOT NULL, entry BIGINT NOT NULL)",
          "SELECT key, unit, since, revoked_at, entry FROM peer", "ttiie" },
        { "trust_event",
          "CREATE TABLE trust_event (entry BIGINT PRIMARY KEY, key TEXT NOT NULL, at BIGINT NOT NULL, node TEXT NOT NULL,"
          " hash TEXT NOT NULL, unit TEXT NOT NULL, is_revoke BIGINT NOT NULL, counts BIGINT NOT NULL);"
          "CREATE INDEX trust_event_key ON trust_event (key, at); CREATE INDEX trust_event_node ON trust_event (node, at)",
          "SELECT key, at, node, unit, is_revoke, entry FROM trust_event WHERE counts > 0", "tittie" },
        { NULL, NULL, NULL, NULL },
};
