/* vault.c - keys at rest, and texts sealed under a person's key. */
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/hex.h"
#include "blob/blob_private.h"
#include "ledger/node.h"
#include "ledger/write.h"

#define KEPT_SECRET "blob secret"
#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define EXTRA (NONCE + crypto_aead_xchacha20poly1305_ietf_ABYTES)
#define TEXT_MARK "v1."
#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING

/* ---- the node's own secret ------------------------------------------------------------------------------- */

static void forget_secret(void *secret)
{
        sodium_memzero(secret, BLOB_KEY_BYTES);
        free(secret);
}

static const char *secret_path(struct work *w)
{
        return arena_print(w->arena, "%s/vault", node_folder(w->node));
}

/* Only where nothing has been sealed yet: a second secret would leave the keys sealed under the first closed for ever. */
static bool secret_make(struct work *w, unsigned char secret[BLOB_KEY_BYTES])
{
        char text[BLOB_KEY_BYTES * 2 + 2];
        bool ok;

        if (db_number(w->db, "SELECT COUNT(*) FROM blob_key", NO_ARGS, 0) > 0 || !work_ok(w)) {
                error_set(&w->err, ERR_DAMAGED, "the file \"%s\" is missing: the keys of attachments do not open", secret_path(w));
                return error_hint(&w->err, "copy it from the backup, or from another instance of this node");
        }
        randombytes_buf(secret, BLOB_KEY_BYTES);
        hex_write(text, secret, BLOB_KEY_BYTES);
        strcat(text, "\n");
        ok = file_write(secret_path(w), text, strlen(text), 0600, &w->err);
        sodium_memzero(text, sizeof text);
        return ok;
}

static bool secret_read(struct work *w, unsigned char secret[BLOB_KEY_BYTES])
{
        size_t length;
        char *text;

        if (!file_exists(secret_path(w)))
                return w->is_writing ? secret_make(w, secret)
                                     : error_set(&w->err, ERR_DAMAGED,
                                                 "the file \"%s\" is missing: the keys of attachments do not open",
                                                 secret_path(w)) ||
                                               error_hint(&w->err,
                                                          "copy it from the backup, or from another instance of this node");
        text = file_read(w->arena, secret_path(w), 4096, &length, &w->err);
        if (text == NULL)
                return false;
        text[strcspn(text, "\r\n")] = '\0';
        if (!hex_read(secret, BLOB_KEY_BYTES, text))
                error_set(&w->err, ERR_DAMAGED, "the file \"%s\" is damaged", secret_path(w));
        sodium_memzero(text, length);
        return work_ok(w);
}

/* Read once, then kept with the node. */
static const unsigned char *secret_of(struct work *w)
{
        static pthread_mutex_t keeping = PTHREAD_MUTEX_INITIALIZER;
        unsigned char secret[BLOB_KEY_BYTES], *kept = node_kept(w->node, KEPT_SECRET);

        if (kept != NULL)
                return kept;
        if (!secret_read(w, secret))
                return NULL;
        pthread_mutex_lock(&keeping);
        kept = node_kept(w->node, KEPT_SECRET); /* another thread may have been first; what it got may be in use */
        if (kept == NULL && (kept = malloc(sizeof secret)) != NULL) {
                memcpy(kept, secret, sizeof secret);
                node_keep(w->node, KEPT_SECRET, kept, forget_secret);
        }
        pthread_mutex_unlock(&keeping);
        sodium_memzero(secret, sizeof secret);
        if (kept == NULL)
                error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        return kept;
}

/* ---- keys -------------------------------------------------------------------------------------------------- */

bool key_keep(struct work *w, const char *node, const char *id, const unsigned char key[BLOB_KEY_BYTES])
{
        const unsigned char *secret = secret_of(w);
        const char *about = arena_print(w->arena, "%s/%s", node, id);
        unsigned char sealed[EXTRA + BLOB_KEY_BYTES];

        if (secret == NULL)
                return false;
        randombytes_buf(sealed, NONCE);
        crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE, NULL, key, BLOB_KEY_BYTES, (const unsigned char *)about,
                                                   strlen(about), NULL, sealed, secret);
        return db_exec(w->db,
                       "INSERT INTO blob_key (node, name, sealed) VALUES ($1, $2, $3)"
                       " ON CONFLICT (node, name) DO UPDATE SET sealed = excluded.sealed",
                       ARGS(v_text(node), v_text(id), v_bytes(sealed, sizeof sealed)));
}

bool key_load(struct work *w, const char *node, const char *id, unsigned char key[BLOB_KEY_BYTES])
{
        struct rows *r = db_query(w->db, "SELECT sealed FROM blob_key WHERE node = $1 AND name = $2",
                                  ARGS(v_text(node), v_text(id)));
        const char *about = arena_print(w->arena, "%s/%s", node, id);
        unsigned char sealed[EXTRA + BLOB_KEY_BYTES];
        const unsigned char *secret;
        size_t length = 0;
        bool is_there = rows_next(r);

        if (is_there) {
                const void *bytes = rows_bytes(r, 0, &length);

                if (length == sizeof sealed)
                        memcpy(sealed, bytes, length);
        }
        rows_close(r);
        if (!is_there || !work_ok(w))
                return false;
        secret = secret_of(w);
        if (secret == NULL)
                return false;
        if (length != sizeof sealed ||
            crypto_aead_xchacha20poly1305_ietf_decrypt(key, NULL, NULL, sealed + NONCE, sizeof sealed - NONCE,
                                                       (const unsigned char *)about, strlen(about), sealed, secret) != 0) {
                error_set(&w->err, ERR_DAMAGED, "the key of \"%.12s…\" does not open with the file \"%s\"", id, secret_path(w));
                return error_hint(&w->err, "the file vault belongs to the database: restore both from one backup");
        }
        return true;
}

/* ---- texts -------------------------------------------------------------------------------------------------- */

bool text_seal(struct work *w, const unsigned char key[BLOB_KEY_BYTES], const char *about, const char *text, struct buf *out)
{
        size_t length = strlen(text), sealed_length = EXTRA + length;
        size_t room = sodium_base64_encoded_len(sealed_length, BASE64);
        unsigned char *sealed = arena_alloc(w->arena, sealed_length);
        char *shown = arena_alloc(w->arena, room);

        randombytes_buf(sealed, NONCE);
        crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE, NULL, (const unsigned char *)text, length,
                                                   (const unsigned char *)about, strlen(about), NULL, sealed, key);
        sodium_bin2base64(shown, room, sealed, sealed_length, BASE64);
        BUF_LITERAL(out, TEXT_MARK);
        buf_text(out, shown);
        return true;
}

const char *text_open(struct work *w, const unsigned char key[BLOB_KEY_BYTES], const char *about, const char *sealed)
{
        size_t length, given = strlen(sealed);
        unsigned char *bytes;
        char *text;

        if (strncmp(sealed, TEXT_MARK, strlen(TEXT_MARK)) != 0)
                return NULL;
        bytes = arena_alloc(w->arena, given);
        if (sodium_base642bin(bytes, given, sealed + strlen(TEXT_MARK), given - strlen(TEXT_MARK), NULL, &length, NULL, BASE64) !=
                    0 ||
            length < EXTRA)
                return NULL;
        text = arena_alloc(w->arena, length - EXTRA + 1);
        if (crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)text, NULL, NULL, bytes + NONCE, length - NONCE,
                                                       (const unsigned char *)about, strlen(about), bytes, key) != 0)
                return NULL;
        return text;
}

bool blob_seal_text(struct work *w, const struct blob *person, const char *text, struct buf *out)
{
        unsigned char key[BLOB_KEY_BYTES];
        bool ok = key_load(w, person->node, person->id, key);

        if (ok)
                ok = text_seal(w, key, person->id, text, out);
        sodium_memzero(key, sizeof key);
        if (!ok && work_ok(w))
                error_set(&w->err, ERR_MISSING, "the key of this person is not here");
        return ok;
}

bool blob_open_text(struct work *w, const struct blob *person, const char *sealed, const char **text)
{
        unsigned char key[BLOB_KEY_BYTES];

        *text = NULL;
        if (!key_load(w, person->node, person->id, key))
                return work_ok(w);
        *text = text_open(w, key, person->id, sealed);
        sodium_memzero(key, sizeof key);
        return *text != NULL || error_set(&w->err, ERR_DAMAGED, "the text was not sealed for this person, or was changed");
}
