#include <string.h>

#include "base/hex.h"
#include "format/jsonw.h"
#include "ledger/ledger_private.h"

/* Whether a code lies in the territory of another can be told without the catalogue where it matters for
 * trust: the country is above all; a province is above what its own node enrols (checked when it
 * enrols, with the catalogue); everybody stands above itself. */

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

bool trust_covers(struct work *w, const char *key, stamp at, bool *is_known)
{
        struct rows *r;
        int64_t revoked_at = 0;

        *is_known = strcmp(key, node_key(w->node)) == 0;
        if (*is_known)
                return true;
        r = db_query(w->db, "SELECT revoked_at FROM peer WHERE key = $1", ARGS(v_text(key)));
        if (rows_next(r)) {
                *is_known = true;
                revoked_at = rows_int(r, 0);
        }
        rows_close(r);
        return *is_known && (revoked_at == 0 || at <= revoked_at);
}

/* Whether the writer of a trust entry stands above the unit it names. */
static bool may_enrol(struct work *w, const struct entry *e, const char *unit)
{
        struct peer *writer = trust_find(w, e->node);

        return writer != NULL && (strcmp(e->node, node_key(w->node)) == 0 || strcmp(writer->unit, "VN") == 0 ||
                                  strcmp(writer->unit, unit) == 0);
}

static enum applied apply_trust(struct work *w, const struct entry *e, struct error *why)
{
        const char *key = json_string_value(json_object_get(e->body, "key"));
        const char *unit = json_string_value(json_object_get(e->body, "unit"));
        bool is_revoke = strcmp(e->kind, "node.revoke") == 0, ok;
        unsigned char bytes[KEY_BYTES];

        if (key == NULL || unit == NULL || !hex_read(bytes, sizeof bytes, key)) {
                error_set(why, ERR_INVALID, "it names no key or unit");
                return REFUSED;
        }
        if (!may_enrol(w, e, unit)) {
                if (!work_ok(w))
                        return FAILED;
                error_set(why, ERR_DENIED, "its node does not stand above unit %s", unit);
                return REFUSED;
        }
        /* Order-free: the newest enrolment names the unit; a key stays revoked from the earliest revocation
         * after it on. */
        if (is_revoke)
                ok = db_exec(w->db,
                             "INSERT INTO peer (key, unit, since, revoked_at, entry) VALUES ($1, $2, 0, $3, $4)"
                             " ON CONFLICT (key) DO UPDATE SET revoked_at = excluded.revoked_at"
                             " WHERE peer.since < excluded.revoked_at"
                             " AND (peer.revoked_at = 0 OR peer.revoked_at > excluded.revoked_at)",
                             ARGS(v_text(key), v_text(unit), v_int(e->at), v_int(e->id)));
        else
                ok = db_exec(w->db,
                             "INSERT INTO peer (key, unit, since, revoked_at, entry) VALUES ($1, $2, $3, 0, $4)"
                             " ON CONFLICT (key) DO UPDATE SET unit = excluded.unit, since = excluded.since,"
                             " revoked_at = CASE WHEN peer.revoked_at > excluded.since THEN peer.revoked_at ELSE 0 END,"
                             " entry = excluded.entry WHERE peer.since < excluded.since",
                             ARGS(v_text(key), v_text(unit), v_int(e->at), v_int(e->id)));
        return ok ? APPLIED : FAILED;
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
        { NULL, NULL, NULL, NULL },
};
