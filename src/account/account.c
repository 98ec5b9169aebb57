#include "account/account.h"

#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "account/account_private.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "catalogue/catalogue.h"
#include "format/jsonw.h"
#include "ledger/node.h"
#include "ledger/write.h"

#define LOGIN_LEAST 2
#define LOGIN_MOST 64
#define NAME_MOST 200 /* characters */
#define TOKEN_BYTES 32
#define TOKEN_PREFIX "cn_"
#define LABEL_MOST 100 /* characters */

/* ---- kept with the node --------------------------------------------------------------------------- */

static void close_room(void *thing)
{
        struct account_room *room = thing;

        throttle_close(room->logins);
        sodium_memzero(room, sizeof *room);
        free(room);
}

struct account_room *account_room(const struct node *n)
{
        static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
        struct account_room *room = node_kept(n, "account");

        if (room != NULL)
                return room;
        pthread_mutex_lock(&making);
        room = node_kept(n, "account");
        if (room == NULL) {
                room = calloc(1, sizeof *room);
                if (room == NULL || (room->logins = throttle_open(5, 10, 900)) == NULL) {
                        pthread_mutex_unlock(&making);
                        free(room);
                        work_starve();
                }
                node_secret(n, "session", room->session_key);
                node_secret(n, "form", room->form_key);
                node_keep((struct node *)(uintptr_t)n, "account", room, close_room);
        }
        pthread_mutex_unlock(&making);
        return room;
}

/* ---- writing ---------------------------------------------------------------------------------------- */

bool login_is_valid(const char *login)
{
        size_t length = strspn(login, "abcdefghijklmnopqrstuvwxyz0123456789._-@");

        return login[length] == '\0' && length >= LOGIN_LEAST && length <= LOGIN_MOST;
}

/* An account's unit lies in the territory of the node that keeps it. */
static bool unit_is_ours(struct work *w, const char *unit)
{
        const struct catalogue *c;
        day today = day_of_moment(w->now);

        if (strcmp(unit, node_unit(w->node)) == 0)
                return true;
        c = catalogue_of(w);
        if (c == NULL)
                return false;
        if (unit_at(c, unit, today) == NULL)
                return error_set(&w->err, ERR_INVALID, "there is no unit with the code \"%s\" today", unit) || error_at(&w->err, "unit");
        if (!catalogue_is_served(w, unit, node_unit(w->node))) {
                error_set(&w->err, ERR_INVALID, "unit %s does not lie in the territory of this node (%s)",
                          unit, node_unit(w->node));
                error_at(&w->err, "unit");
                return error_hint(&w->err, "make the account at the node of that unit");
        }
        return true;
}

bool account_set(struct work *w, const char *login, const char *name, enum role role, const char *unit,
                 bool is_disabled)
{
        struct buf body;
        struct jsonw j;

        if (!login_is_valid(login)) {
                error_set(&w->err, ERR_INVALID, "\"%s\" is no login", login);
                error_at(&w->err, "login");
                return error_hint(&w->err, "a login has %d to %d of the characters a-z 0-9 . _ - @",
                                  LOGIN_LEAST, LOGIN_MOST);
        }
        if (!utf8_is_valid(name, strlen(name), NULL) || name[strspn(name, " ")] == '\0')
                return error_set(&w->err, ERR_INVALID, "the name of account %s is empty or not UTF-8", login) || error_at(&w->err, "name");
        if (utf8_count(name, strlen(name)) > NAME_MOST)
                return error_set(&w->err, ERR_INVALID, "the name of account %s has more than %d characters",
                                 login, NAME_MOST) || error_at(&w->err, "name");
        if (role <= ROLE_NOBODY || role >= ROLE_COUNT)
                return error_set(&w->err, ERR_INVALID, "an account needs a role") || error_at(&w->err, "role");
        if (!unit_is_ours(w, unit))
                return false;
        name = utf8_nfc(w->arena, name);
        buf_init_with(&body, 0, w->arena);
        jsonw_init(&j, &body);
        jsonw_object(&j);
        jsonw_member_text(&j, "login", login);
        jsonw_member_text(&j, "name", name);
        jsonw_member_text(&j, "role", role_name(role));
        jsonw_member_text(&j, "unit", unit);
        jsonw_member_bool(&j, "disabled", is_disabled);
        jsonw_end(&j);
        return ledger_append(w, node_unit(w->node), "account.user",
                             arena_print(w->arena, "account/%s", login), &body, NULL);
}

/* One entry of the local stream. */
static bool append_local(struct work *w, const char *kind, const char *login, const char *name,
                         const char *value, const char *label)
{
        struct buf body;
        struct jsonw j;

        if (account_find(w, login) == NULL) {
                if (work_ok(w))
                        error_set(&w->err, ERR_MISSING, "there is no account \"%s\"", login);
                return false;
        }
        buf_init_with(&body, 0, w->arena);
        jsonw_init(&j, &body);
        jsonw_object(&j);
        jsonw_member_text(&j, "login", login);
        jsonw_member_text(&j, name, value);
        if (label != NULL)
                jsonw_member_text(&j, "label", label);
        jsonw_end(&j);
        return ledger_append(w, AUDIENCE_LOCAL, kind, arena_print(w->arena, "account/%s", login), &body,
                             NULL);
}

bool account_set_password(struct work *w, const char *login, const char *hash)
{
        return append_local(w, "account.password", login, "hash", hash, NULL);
}

/* Tokens are random, so a plain hash keeps them as safe as a slow one. */
static void hash_token(const char *token, char hex[HASH_HEX])
{
        unsigned char hash[crypto_hash_sha256_BYTES];

        crypto_hash_sha256(hash, (const unsigned char *)token, strlen(token));
        hex_write(hex, hash, sizeof hash);
}

bool account_make_token(struct work *w, const char *login, const char *label, char token[64])
{
        unsigned char bytes[TOKEN_BYTES];
        char hash[HASH_HEX];

        if (!utf8_is_valid(label, strlen(label), NULL) || utf8_count(label, strlen(label)) > LABEL_MOST)
                return error_set(&w->err, ERR_INVALID, "the label of a token has at most %d characters",
                                 LABEL_MOST);
        if (sodium_init() < 0)
                return error_set(&w->err, ERR_ENVIRONMENT, "the system has no source of randomness");
        randombytes_buf(bytes, sizeof bytes);
        memcpy(token, TOKEN_PREFIX, sizeof TOKEN_PREFIX);
        sodium_bin2base64(token + sizeof TOKEN_PREFIX - 1, 64 - sizeof TOKEN_PREFIX + 1, bytes, sizeof bytes,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        sodium_memzero(bytes, sizeof bytes);
        hash_token(token, hash);
        return append_local(w, "account.token", login, "hash", hash, utf8_nfc(w->arena, label));
}

/* ---- reading ---------------------------------------------------------------------------------------- */

#define ACCOUNT_COLUMNS "a.login, a.name, a.role, a.unit, a.is_disabled, p.entry"
#define ACCOUNT_TABLES "account a LEFT JOIN account_password p ON p.login = a.login"
/* Of this node under its present key ($1) or a former one; what was said last holds. */
#define ACCOUNT_IS_OURS(a) "(" a ".node = $1 OR " a ".node IN (SELECT key FROM own_key))"
#define ACCOUNT_STANDS                                                                                                             \
        ACCOUNT_IS_OURS("a") " AND NOT EXISTS (SELECT 1 FROM account b WHERE b.login = a.login AND b.at > a.at AND "            \
                             ACCOUNT_IS_OURS("b") ")"

static void read_account(struct arena *arena, struct account *a, struct rows *r)
{
        a->user.login = arena_text(arena, rows_text(r, 0));
        a->user.name = arena_text(arena, rows_text(r, 1));
        a->user.role = role_by_name(rows_text(r, 2));
        if (a->user.role == ROLE_COUNT)
                a->user.role = ROLE_NOBODY; /* a role of a newer program: no rights here */
        a->user.unit = arena_text(arena, rows_text(r, 3));
        a->is_disabled = rows_int(r, 4) != 0;
        a->password_entry = rows_int(r, 5);
}

struct account *account_find(struct work *w, const char *login)
{
        struct account *a = arena_alloc(w->arena, sizeof *a);
        struct rows *r = db_query(w->db,
                                  "SELECT " ACCOUNT_COLUMNS " FROM " ACCOUNT_TABLES
                                  " WHERE a.login = $2 AND " ACCOUNT_STANDS,
                                  ARGS(v_text(node_key(w->node)), v_text(login)));
        bool is_there = rows_next(r);

        if (is_there)
                read_account(w->arena, a, r);
        rows_close(r);
        return is_there ? a : NULL;
}

struct account *account_list(struct work *w, size_t *count)
{
        const char *key = node_key(w->node);
        int64_t total =
                db_number(w->db, "SELECT COUNT(*) FROM account a WHERE " ACCOUNT_STANDS, ARGS(v_text(key)), 0);
        struct account *list = arena_array(w->arena, (size_t)total + 1, sizeof *list);
        struct rows *r = db_query(w->db,
                                  "SELECT " ACCOUNT_COLUMNS " FROM " ACCOUNT_TABLES
                                  " WHERE " ACCOUNT_STANDS " ORDER BY a.login",
                                  ARGS(v_text(key)));

        *count = 0;
        while (rows_next(r))
                if (*count < (size_t)total)
                        read_account(w->arena, &list[(*count)++], r);
        return work_ok(w) ? list : NULL;
}

struct account *account_by_token(struct work *w, const char *token)
{
        char hash[HASH_HEX];
        const char *login;
        struct account *a;

        if (strncmp(token, TOKEN_PREFIX, sizeof TOKEN_PREFIX - 1) != 0 || strlen(token) >= 64)
                return NULL;
        hash_token(token, hash);
        login = db_text(w->db, w->arena, "SELECT login FROM account_token WHERE hash = $1",
                        ARGS(v_text(hash)));
        a = login == NULL ? NULL : account_find(w, login);
        return a == NULL || a->is_disabled ? NULL : a;
}

/* ---- entries into tables ------------------------------------------------------------------------------ */

static const char *member(const struct entry *e, const char *name)
{
        const char *value = json_string_value(json_object_get(e->body, name));

        return value == NULL ? "" : value;
}

static enum applied refuse(struct error *why, const char *reason)
{
        error_say(why, ERR_DENIED, reason);
        return REFUSED;
}

/* A node speaks for its own accounts only: its key is part of the row's name. Its entries about one account
 * may stand in two streams (the account moved to another unit), so the newest stamp wins, not the last to
 * arrive. */
static enum applied apply_user(struct work *w, const struct entry *e, struct error *why)
{
        const char *login = member(e, "login");

        if (!role_may(role_by_name(e->role), MAY_ADMINISTER))
                return refuse(why, N_("only an administrator sets up accounts"));
        if (!login_is_valid(login) || member(e, "unit")[0] == '\0' || member(e, "role")[0] == '\0')
                return refuse(why, N_("the account lacks login, role or unit"));
        db_exec(w->db,
                "INSERT INTO account (node, login, name, role, unit, is_disabled, at, entry) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (node, login) DO UPDATE "
                "SET name = excluded.name, role = excluded.role, unit = excluded.unit, "
                "is_disabled = excluded.is_disabled, at = excluded.at, entry = excluded.entry "
                "WHERE account.at < excluded.at OR (account.at = excluded.at AND "
                "(SELECT hash FROM ledger_entry WHERE id = account.entry) < $9)",
                ARGS(v_text(e->node), v_text(login), v_text(member(e, "name")), v_text(member(e, "role")),
                     v_text(member(e, "unit")), v_int(json_is_true(json_object_get(e->body, "disabled"))),
                     v_int(e->at), v_int(e->id), v_bytes(e->hash, sizeof e->hash)));
        return work_ok(w) ? APPLIED : FAILED;
}

static bool is_local(const struct entry *e)
{
        return strcmp(e->audience, AUDIENCE_LOCAL) == 0;
}

/* Somebody may set an own password; another's only an administrator. */
static bool may_set_secret(const struct entry *e)
{
        return role_may(role_by_name(e->role), MAY_ADMINISTER) || strcmp(e->author, member(e, "login")) == 0;
}

static enum applied apply_password(struct work *w, const struct entry *e, struct error *why)
{
        if (!is_local(e) || !may_set_secret(e))
                return refuse(why, N_("only the user or an administrator sets a password"));
        db_exec(w->db,
                "INSERT INTO account_password (login, hash, entry) VALUES ($1, $2, $3) "
                "ON CONFLICT (login) DO UPDATE SET hash = excluded.hash, entry = excluded.entry "
                "WHERE account_password.entry < excluded.entry",
                ARGS(v_text(member(e, "login")), v_text(member(e, "hash")), v_int(e->id)));
        return work_ok(w) ? APPLIED : FAILED;
}

static enum applied apply_token(struct work *w, const struct entry *e, struct error *why)
{
        if (!is_local(e) || !may_set_secret(e))
                return refuse(why, N_("only the user or an administrator makes a token"));
        db_exec(w->db,
                "INSERT INTO account_token (hash, login, label, entry) VALUES ($1, $2, $3, $4) "
                "ON CONFLICT (hash) DO NOTHING",
                ARGS(v_text(member(e, "hash")), v_text(member(e, "login")), v_text(member(e, "label")),
                     v_int(e->id)));
        return work_ok(w) ? APPLIED : FAILED;
}

const struct entry_kind account_kinds[] = {
        { "account.user", apply_user, N_("an account with its name, role and unit, or its change") },
        { "account.password", apply_password, N_("a new password (its argon2id hash), local") },
        { "account.token", apply_token, N_("a token for a program (its hash), local") },
        { 0 },
};

const struct derived_table account_tables[] = {
        { "account",
          "CREATE TABLE account (node TEXT NOT NULL, login TEXT NOT NULL, name TEXT NOT NULL, "
          "role TEXT NOT NULL, unit TEXT NOT NULL, is_disabled BIGINT NOT NULL, at BIGINT NOT NULL, "
          "entry BIGINT NOT NULL, PRIMARY KEY (node, login))",
          "SELECT node, login, name, role, unit, is_disabled, entry FROM account", "tttttie" },
        { "account_password",
          "CREATE TABLE account_password (login TEXT NOT NULL PRIMARY KEY, hash TEXT NOT NULL, "
          "entry BIGINT NOT NULL)",
          "SELECT login, hash, entry FROM account_password", "-tte" },
        { "account_token",
          "CREATE TABLE account_token (hash TEXT NOT NULL PRIMARY KEY, login TEXT NOT NULL, "
          "label TEXT NOT NULL, entry BIGINT NOT NULL)",
          "SELECT hash, login, label, entry FROM account_token", "-ttte" },
        { 0 },
};
