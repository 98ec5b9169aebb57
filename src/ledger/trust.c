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

        buf_init_with(&body, 4096, w->arena);
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
        if (strcmp(key, node_key(w->node)) == 0) {
                error_set(&w->err, ERR_CONFLICT, "this is the key of this node itself");
                return error_hint(&w->err, "a new key takes its place: caunoi key %s --rotate", node_folder(w->node));
        }
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

const char *trust_enrolled_by(struct work *w, const char *key)
{
        return db_text(w->db, w->arena,
                       "SELECT node FROM trust_event WHERE key = $1 AND counts > 0 AND is_revoke = 0 ORDER BY at DESC, node DESC, hash DESC, part DESC LIMIT 1",
                       ARGS(v_text(key)));
}

bool trust_say_ended(struct work *w, const struct peer *p)
{
        struct rows *r = db_query(w->db,
                                  "SELECT v.hash, v.node, p.unit FROM trust_event v LEFT JOIN peer p ON p.key = v.node"
                                  " WHERE v.key = $1 AND v.counts > 0 AND v.is_revoke = 1 ORDER BY v.at DESC, v.node DESC, v.hash DESC, v.part DESC LIMIT 1",
                                  ARGS(v_text(p->key)));
        const char *hash = "", *unit = node_unit(w->node);
        char on[MOMENT_TEXT_MAX];

        moment_write(on, stamp_moment(p->revoked_at));
        if (rows_next(r)) {
                hash = arena_text(w->arena, rows_text(r, 0));
                if (!node_is_own(w->node, rows_text(r, 1))) /* it has a row: its word counts by that of another */
                        unit = arena_text(w->arena, rows_text(r, 2));
        }
        rows_close(r);
        if (!work_ok(w))
                return false;
        if (p->successor != NULL) {
                error_set(&w->err, ERR_DENIED, "the key %.12s… ended on %s: the key %.12s… has taken its place (entry %.12s…)", p->key, on, p->successor, hash);
                return error_hint(&w->err, "a copy of the node from before has the old key: end it, and go on with the node that has the new one");
        }
        error_set(&w->err, ERR_DENIED, "the key %.12s… was revoked on %s by unit %s (entry %.12s…)", p->key, on, unit, hash);
        return error_hint(&w->err, "set up a new node (docs/keys.md); where this was a mistake, the unit above runs: caunoi trust NODE %s --unit %s",
                          p->key, p->unit);
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

/* ---- whom to trust, and since when: by what judge.c has found to count --------------------------------------- */

/* A node believes its own key, and its former ones, until they said that they end. */
static bool is_self(struct work *w, const char *key, stamp at)
{
        return db_number(w->db,
                         "SELECT COUNT(*) FROM trust_event WHERE key = $1 AND node = $1 AND is_revoke = 1 AND counts > 0"
                         " AND at < $2",
                         ARGS(v_text(key), v_int(at)), 0) == 0;
}

/* Nor does it count what it wrote after it was revoked by who may, and before it was enrolled again: all the others do not. Its own words about whom to
 * trust count all the same (judge.c), or else those by which it trusts who revoked it would rest on the revocation. */
static bool is_revoked_above(struct work *w, const char *key, stamp at)
{
        return db_number(w->db,
                         "SELECT is_revoke FROM trust_event WHERE key = $1 AND node <> $1 AND counts > 0 AND at < $2"
                         " ORDER BY at DESC, node DESC, hash DESC, part DESC LIMIT 1",
                         ARGS(v_text(key), v_int(at)), 0) != 0;
}

/* What was said of a key, and counts. */
struct said {
        bool is_revoke;
        stamp at, said;
        const char *unit, *writer;
};

/* The newest that holds before a moment, or else the first that does later. */
static bool said_of(struct work *w, const char *key, stamp at, bool is_before, struct said *v)
{
        struct rows *r = db_query(w->db,
                                  is_before ? "SELECT is_revoke, at, said, unit, node FROM trust_event WHERE key = $1 AND counts > 0"
                                              " AND at < $2 ORDER BY at DESC, node DESC, hash DESC, part DESC LIMIT 1"
                                            : "SELECT is_revoke, at, said, unit, node FROM trust_event WHERE key = $1 AND counts > 0"
                                              " AND at >= $2 ORDER BY at, node DESC, hash DESC, part DESC LIMIT 1",
                                  ARGS(v_text(key), v_int(at)));
        bool is_found = rows_next(r);

        if (is_found)
                *v = (struct said){ rows_int(r, 0) != 0, rows_int(r, 1), rows_int(r, 2), arena_text(w->arena, rows_text(r, 3)),
                                    arena_text(w->arena, rows_text(r, 4)) };
        rows_close(r);
        return is_found;
}

/* Whoever passes its own unit on, to the key that takes its place or to another node, gives no more than it has. */
static stamp had_since(struct work *w, struct said v)
{
        struct said of_writer;

        while (said_of(w, v.writer, v.said, true, &of_writer) && !of_writer.is_revoke && of_writer.at != 0 && strcmp(of_writer.unit, v.unit) == 0)
                v = of_writer;
        return v.said;
}

static struct stand stand_asked(struct work *w, const char *key, stamp at)
{
        struct stand s = { .is_known = false };
        struct said v;
        stamp since = 0;
        bool is_own = node_is_own(w->node, key);

        s.is_known = said_of(w, key, at, true, &v) || said_of(w, key, at, false, &v);
        if (s.is_known) {
                s = (struct stand){ .is_known = true, .is_trusted = !v.is_revoke, .unit = v.unit };
                since = v.at;
        }
        if (is_own) {
                since = s.is_known ? since : at; /* nobody else enrolled it: no succession ends it */
                s = (struct stand){ .is_known = s.is_known, .is_trusted = is_self(w, key, at) && !is_revoked_above(w, key, at), .unit = node_unit(w->node) };
        }
        s.tenure = TENURE_ANY;
        if (s.is_trusted)
                s.ended = succession_ends(w, key, s.unit, since, at);
        if (s.is_trusted && strcmp(s.unit, "VN") != 0) {
                if (s.is_known)
                        s.tenure.since = had_since(w, v);
                succession_lends(w, key, s.unit, s.ended != 0 ? s.ended : at, &s.tenure);
        }
        s.is_known |= is_own;
        if (s.ended != 0)
                s.is_trusted = false;
        return s;
}

static struct stand stand_of(struct work *w, const char *key, stamp at)
{
        struct stand s;

        if (!standing_recall(w, key, at, &s)) {
                s = stand_asked(w, key, at);
                standing_keep(w, key, at, &s);
        }
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
                                         " WHERE key = $1 AND is_revoke = 1)",
                                         ARGS(v_text(key)), 1) == 0
                                       ? OWN_WHOLE
                                       : OWN_ENDS;
        if (is_own && n->own_stand == OWN_WHOLE)
                return *is_known = true;
        s = stand_of(w, key, at);
        *is_known = s.is_known;
        return s.is_trusted;
}

bool trust_is_over(struct work *w, stamp *succeeded)
{
        struct stand s = stand_of(w, node_key(w->node), ledger_next_stamp(w));

        *succeeded = s.ended;
        return !s.is_trusted && s.ended == 0;
}

stamp trust_succeeded(struct work *w, const char *key)
{
        return stand_of(w, key, ledger_next_stamp(w)).ended;
}

struct tenure trust_tenure(struct work *w, const char *key)
{
        bool is_country = key != NULL && strcmp(key, node_key(w->node)) == 0 && strcmp(node_unit(w->node), "VN") == 0;

        return key == NULL || is_country ? TENURE_ANY : stand_of(w, key, ledger_next_stamp(w)).tenure;
}

struct peer *trust_last(struct work *w, const char *key, stamp *ended)
{
        struct peer *p = trust_find(w, key);
        struct stand s;

        if (p == NULL)
                return NULL;
        s = stand_of(w, key, p->is_revoked ? p->revoked_at : ledger_next_stamp(w));
        p->tenure = s.tenure;
        *ended = s.ended != 0 ? s.ended : p->revoked_at;
        return p;
}

struct peer *trust_self(struct work *w)
{
        struct peer *p = trust_find(w, node_key(w->node));

        p->tenure = trust_tenure(w, p->key);
        return p;
}

struct peer *trust_writer(struct work *w, const struct entry *e)
{
        struct stand s = stand_of(w, e->node, e->at);
        struct peer *p;

        if (!s.is_known)
                return NULL;
        p = arena_alloc(w->arena, sizeof *p);
        *p = (struct peer){ .key = e->node, .unit = s.unit, .is_revoked = !s.is_trusted, .tenure = s.tenure };
        return p;
}

bool trust_is_kind(const char *kind)
{
        for (const struct entry_kind *k = trust_kinds; k->name != NULL; k++)
                if (strcmp(k->name, kind) == 0)
                        return true;
        return false;
}

/* ---- entries ---------------------------------------------------------------------------------------------- */

struct event {
        int part;              /* which event of its entry */
        stamp at;              /* from when it holds */
        const char *writer, *key, *unit;
        const char *successor; /* the key that takes its place, or "" */
        bool is_revoke;
};

static bool event_add(struct work *w, const struct entry *e, const struct event *v)
{
        char hash[HASH_HEX];

        hex_write(hash, e->hash, HASH_BYTES);
        if (strcmp(v->key, w->node->key) == 0)
                w->node->own_stand = OWN_UNKNOWN;
        w->node->has_unjudged = true;
        return db_exec(w->db,
                       "INSERT INTO trust_event (entry, part, key, at, said, node, hash, unit, is_revoke, successor, counts)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (entry, part) DO NOTHING",
                       ARGS(v_int(e->id), v_int(v->part), v_text(v->key), v_int(v->at), v_int(e->at), v_text(v->writer),
                            v_text(hash), v_text(v->unit), v_int(v->is_revoke), v_text(v->successor), v_int(COUNTS_UNKNOWN)));
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

static enum applied apply_trust(struct work *w, const struct entry *e, struct error *why)
{
        struct event v = { .at = e->at, .writer = e->node, .successor = "", .is_revoke = strcmp(e->kind, "node.revoke") == 0 };

        if (!names(e, why, &v.key, &v.unit))
                return REFUSED;
        return event_add(w, e, &v) ? APPLIED : FAILED;
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

        return event_add(w, e, &parts[0]) && event_add(w, e, &parts[1]);
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
                { .part = PART_OF_NEW, .at = 0, .writer = e->node, .successor = "" },
                { .part = PART_OF_NEW + 1, .at = e->at, .writer = e->node, .successor = e->node, .is_revoke = true },
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
        /* What follows in the stream counts by it. */
        return add_rotation(w, e, key, e->node, unit) && (e->seq > 1 || trust_judge_between(w)) ? APPLIED : FAILED;
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
          "CREATE INDEX trust_event_key ON trust_event (key, at) WHERE counts > 0; CREATE INDEX trust_event_own ON trust_event (key, node)",
          /* What a new key of the ministry says of its former one (PART_OF_NEW) counts there by itself, elsewhere by somebody else's word (judge.c). */
          "SELECT key, at, node, unit, is_revoke, successor, part, entry FROM trust_event"
          " WHERE counts > 0 AND NOT (part >= 2 AND unit = 'VN')", "tittitie" },
        { "own_key", "CREATE TABLE own_key (key TEXT PRIMARY KEY, entry BIGINT NOT NULL)", "SELECT key, entry FROM own_key",
          "-te" },
        /* of succession.c */
        { "succession",
          "CREATE TABLE succession (entry BIGINT PRIMARY KEY, hash TEXT NOT NULL, unit TEXT NOT NULL, units_from TEXT NOT NULL,"
          " act TEXT NOT NULL, day TEXT NOT NULL, node TEXT NOT NULL, at BIGINT NOT NULL, effect BIGINT NOT NULL,"
          " undone_at BIGINT NOT NULL, undone_act TEXT NOT NULL); CREATE INDEX succession_hash ON succession (hash)",
          "SELECT unit, units_from, act, day, node, effect, undone_at, undone_act, entry FROM succession", "tttttiite" },
        { "succession_from",
          "CREATE TABLE succession_from (entry BIGINT NOT NULL, unit TEXT NOT NULL, PRIMARY KEY (entry, unit));"
          "CREATE INDEX succession_from_unit ON succession_from (unit)",
          "SELECT entry, unit FROM succession_from", "et" },
        { "succession_undo",
          "CREATE TABLE succession_undo (entry BIGINT PRIMARY KEY, of_hash TEXT NOT NULL, at BIGINT NOT NULL, act TEXT NOT NULL);"
          "CREATE INDEX succession_undo_of ON succession_undo (of_hash)",
          "SELECT of_hash, at, act, entry FROM succession_undo", "tite" },
        { NULL, NULL, NULL, NULL },
};
