/* store.c - contents: encrypted and stored in pieces, read, taken from other nodes, destroyed. */
#include <errno.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/log.h"
#include "base/utf8.h"
#include "blob/blob_private.h"
#include "ledger/node.h"
#include "ledger/write.h"

#define PIECES_A_JOB 16                            /* a MiB: others get their turn in between */
#define ROW_MAX PIECE_STORED                       /* bytes of one row */
#define ORPHAN_AGE_MS ((moment)3600 * 1000)        /* PostgreSQL: another instance may still be writing it */

/* ---- pieces in the database ---------------------------------------------------------------------------------- */

struct batch {
        int64_t content; /* 0: to be made */
        int64_t held;
        const char *bytes;
        size_t length;
};

static bool content_make(struct work *w, const char *node, const char *id, int64_t *content)
{
        *content = db_number(w->db, "SELECT MAX(id) FROM blob_content", NO_ARGS, 0) + 1;
        return db_exec(w->db, "INSERT INTO blob_content (id, node, name, held, is_whole, since) VALUES ($1, $2, $3, 0, 0, $4)",
                       ARGS(v_int(*content), v_text(node), v_text(id), v_int(moment_now())));
}

/* Inside a job. */
static bool batch_store(struct work *w, void *argument)
{
        struct batch *b = argument;

        if (b->content == 0 && !content_make(w, NULL, NULL, &b->content))
                return false;
        for (size_t at = 0; at < b->length; at += ROW_MAX) {
                size_t length = b->length - at < ROW_MAX ? b->length - at : ROW_MAX;

                if (!db_exec(w->db, "INSERT INTO blob_piece (content, start, piece) VALUES ($1, $2, $3)",
                             ARGS(v_int(b->content), v_int(b->held + (int64_t)at), v_bytes(b->bytes + at, length))))
                        return false;
        }
        return db_exec(w->db, "UPDATE blob_content SET held = $2 WHERE id = $1",
                       ARGS(v_int(b->content), v_int(b->held + (int64_t)b->length)));
}

static bool content_delete(struct work *w, int64_t content)
{
        return db_exec(w->db, "DELETE FROM blob_piece WHERE content = $1", ARGS(v_int(content))) &&
               db_exec(w->db, "DELETE FROM blob_content WHERE id = $1", ARGS(v_int(content)));
}

static int64_t content_of(struct work *w, const char *node, const char *id)
{
        return db_number(w->db, "SELECT id FROM blob_content WHERE node = $1 AND name = $2", ARGS(v_text(node), v_text(id)), 0);
}

/* Visit stored bytes from a place on, in order. Few rows at a time: a driver may fetch all of a query at once. */
typedef bool bytes_visit(void *context, const char *bytes, size_t length);

static bool pieces_walk(struct work *w, int64_t content, int64_t from, bytes_visit *visit, void *context)
{
        int64_t next = db_number(w->db, "SELECT MAX(start) FROM blob_piece WHERE content = $1 AND start <= $2",
                                 ARGS(v_int(content), v_int(from)), 0);
        bool is_over = false;

        while (!is_over && work_ok(w)) {
                struct rows *r = db_query(w->db,
                                          "SELECT start, piece FROM blob_piece WHERE content = $1 AND start >= $2"
                                          " ORDER BY start LIMIT $3",
                                          ARGS(v_int(content), v_int(next), v_int(PIECES_A_JOB)));
                int count = 0;

                while (!is_over && rows_next(r)) {
                        int64_t start = rows_int(r, 0), skip = from > start ? from - start : 0;
                        size_t length;
                        const char *bytes = rows_bytes(r, 1, &length);

                        if (start != next) { /* a gap: whoever counts the bytes notices */
                                is_over = true;
                                break;
                        }
                        next = start + (int64_t)length;
                        count++;
                        if ((size_t)skip < length)
                                is_over = !visit(context, bytes + skip, length - (size_t)skip);
                }
                rows_close(r);
                is_over = is_over || count < PIECES_A_JOB;
        }
        return work_ok(w);
}

/* ---- encrypting ---------------------------------------------------------------------------------------------- */

void person_id(const unsigned char key[BLOB_KEY_BYTES], char id[BLOB_ID_MAX])
{
        static const char mark[] = "caunoi person\n";
        unsigned char text[sizeof mark - 1 + BLOB_KEY_BYTES], hash[HASH_BYTES];

        memcpy(text, mark, sizeof mark - 1);
        memcpy(text + sizeof mark - 1, key, BLOB_KEY_BYTES);
        ledger_digest(text, sizeof text, hash);
        sodium_memzero(text, sizeof text);
        id[0] = 'p';
        hex_write(id + 1, hash, 16);
}

/* Fill a buffer as far as the file goes; the length, -1 on failure. */
static ssize_t read_whole(int fd, char *bytes, size_t room)
{
        size_t length = 0;

        while (length < room) {
                ssize_t n = read(fd, bytes + length, room - length);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -1;
                if (n == 0)
                        break;
                length += (size_t)n;
        }
        return (ssize_t)length;
}

static void free_digest(void *digest)
{
        EVP_MD_CTX_free(digest);
}

static EVP_MD_CTX *digest_begin(struct work *w)
{
        EVP_MD_CTX *digest = EVP_MD_CTX_new();

        if (digest == NULL || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1) {
                EVP_MD_CTX_free(digest);
                error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
                return NULL;
        }
        arena_on_free(w->arena, free_digest, digest);
        return digest;
}

static void digest_end(EVP_MD_CTX *digest, char hex[HASH_HEX])
{
        unsigned char hash[HASH_BYTES];

        EVP_DigestFinal_ex(digest, hash, NULL);
        hex_write(hex, hash, sizeof hash);
}

/* Slashes, and what cannot be seen, have no place in a name: "báo cáo", a mark that turns what follows around, "fdp.exe" would read as a PDF. */
static bool name_check(struct work *w, const char *name, const char **out)
{
        const char *slash = name == NULL ? NULL : strrchr(name, '/');
        uint32_t hidden;
        size_t position;

        if (slash != NULL)
                name = slash + 1;
        if (name == NULL || name[0] == '\0')
                return error_set(&w->err, ERR_INVALID, "the file has no name");
        if (strlen(name) > BLOB_NAME_MAX)
                return error_set(&w->err, ERR_TOO_BIG, "the file's name has more than %d bytes", BLOB_NAME_MAX);
        if (!utf8_is_valid(name, strlen(name), &position))
                return error_set(&w->err, ERR_INVALID, "the file's name is not UTF-8 (byte %zu)", position + 1);
        if (!utf8_is_seen(name, &hidden))
                return error_set(&w->err, ERR_INVALID, "the file's name holds a character that cannot be seen (U+%04X)", (unsigned)hidden);
        if (strchr(name, '\\') != NULL)
                return error_set(&w->err, ERR_INVALID, "the file's name holds a character that is not allowed");
        *out = utf8_nfc(w->arena, name);
        return true;
}

struct keeping {
        struct batch batch;
        char *stored; /* room for a job's pieces */
        EVP_MD_CTX *digest;
        crypto_secretstream_xchacha20poly1305_state state;
};

static bool keep_flush(struct work *w, struct keeping *k)
{
        k->batch.bytes = k->stored;
        EVP_DigestUpdate(k->digest, k->stored, k->batch.length);
        if (!ledger_write(w, batch_store, &k->batch))
                return false;
        k->batch.held += (int64_t)k->batch.length;
        k->batch.length = 0;
        return true;
}

static bool too_big(struct work *w)
{
        error_set(&w->err, ERR_TOO_BIG, "the file is larger than %lld MB", (long long)(blob_limit(w->node) >> 20));
        return error_hint(&w->err, "make it smaller, or split it; the setting attachment_limit_mb says how large it may be");
}

static bool keep_all(struct work *w, int fd, struct keeping *k, struct blob_new *f, struct blob_sniffer *sniffer)
{
        char *now = arena_alloc(w->arena, PIECE_PLAIN), *next = arena_alloc(w->arena, PIECE_PLAIN);
        ssize_t length = read_whole(fd, now, PIECE_PLAIN), next_length;

        while (length >= 0) {
                unsigned char *to = (unsigned char *)k->stored + k->batch.length;

                next_length = length < (ssize_t)PIECE_PLAIN ? 0 : read_whole(fd, next, PIECE_PLAIN);
                if (next_length < 0)
                        break;
                blob_sniff(sniffer, now, (size_t)length);
                f->size += length;
                if (f->size > blob_limit(w->node))
                        return too_big(w);
                crypto_secretstream_xchacha20poly1305_push(&k->state, to, NULL, (const unsigned char *)now, (size_t)length, NULL,
                                                           0,
                                                           next_length == 0 ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
                                                                            : 0);
                k->batch.length += (size_t)length + PIECE_EXTRA;
                if (next_length == 0)
                        return keep_flush(w, k);
                if (k->batch.length + PIECE_STORED > PIECES_A_JOB * PIECE_STORED + CONTENT_HEADER && !keep_flush(w, k))
                        return false;
                length = next_length;
                char *swap = now;
                now = next;
                next = swap;
        }
        return error_system(&w->err, ERR_ENVIRONMENT, errno, "reading the file failed");
}

static bool drop(struct work *w, void *argument)
{
        const int64_t *content = argument;

        return content_delete(w, *content);
}

void blob_drop(struct work *w, const struct blob_new *f)
{
        int64_t content = f->content;
        struct error standing = w->err;

        error_clear(&w->err);
        if (content != 0 && !ledger_write(w, drop, &content)) /* the next start tries again */
                log_line(LOG_WARNING, "blob", "an unfinished attachment could not be removed: %s", w->err.message);
        w->err = standing;
}

bool blob_keep(struct work *w, int fd, const char *name, struct blob_new *f)
{
        struct blob_sniffer *sniffer = blob_sniff_begin(w->arena);
        struct keeping *k = arena_alloc(w->arena, sizeof *k);
        const struct blob_type *type = NULL;
        bool ok;

        *f = (struct blob_new){ .content = 0 };
        if (!name_check(w, name, &f->name))
                return false;
        k->digest = digest_begin(w);
        if (k->digest == NULL)
                return false;
        k->stored = arena_alloc(w->arena, PIECES_A_JOB * PIECE_STORED + CONTENT_HEADER);
        crypto_secretstream_xchacha20poly1305_keygen(f->key);
        crypto_secretstream_xchacha20poly1305_init_push(&k->state, (unsigned char *)k->stored, f->key);
        k->batch.length = CONTENT_HEADER;
        ok = keep_all(w, fd, k, f, sniffer);
        f->content = k->batch.content;
        f->stored = k->batch.held;
        digest_end(k->digest, f->id);
        if (ok)
                type = blob_sniff_end(sniffer, f->name);
        if (ok && f->size == 0) {
                ok = error_set(&w->err, ERR_INVALID, "the file is empty");
        } else if (ok && type == NULL) {
                ok = error_set(&w->err, ERR_INVALID, "\"%s\" is of a type that cannot be attached", f->name);
                error_hint(&w->err, "PDF, Word (docx), Excel (xlsx), PNG, JPEG, CSV or text in UTF-8, without macros or password");
        }
        if (!ok)
                blob_drop(w, f);
        else
                f->type = type->type;
        return ok;
}

/* ---- decrypting ------------------------------------------------------------------------------------------------ */

struct decoder {
        crypto_secretstream_xchacha20poly1305_state state;
        const unsigned char *key;
        unsigned char header[CONTENT_HEADER], piece[PIECE_STORED], plain[PIECE_PLAIN];
        size_t header_length, piece_length;
        bool is_final, is_bad;
        int64_t size;
        bytes_visit *take;
        void *context;
        EVP_MD_CTX *digest; /* of the stored bytes; NULL: none wanted */
        int64_t stored;
};

static void decode_piece(struct decoder *d)
{
        unsigned char tag;
        unsigned long long length;

        if (d->is_bad || d->is_final || d->piece_length < PIECE_EXTRA ||
            crypto_secretstream_xchacha20poly1305_pull(&d->state, d->plain, &length, &tag, d->piece, d->piece_length, NULL, 0) !=
                    0) {
                d->is_bad = true;
                return;
        }
        d->is_final = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
        d->size += (int64_t)length;
        d->piece_length = 0;
        if (d->take != NULL && !d->take(d->context, (const char *)d->plain, (size_t)length))
                d->is_bad = true;
}

static bool decode(void *context, const char *bytes, size_t length)
{
        struct decoder *d = context;

        d->stored += (int64_t)length;
        if (d->digest != NULL)
                EVP_DigestUpdate(d->digest, bytes, length);
        while (length > 0 && d->key != NULL && !d->is_bad) {
                bool in_header = d->header_length < CONTENT_HEADER;
                size_t room = in_header ? CONTENT_HEADER - d->header_length : PIECE_STORED - d->piece_length;
                size_t n = length < room ? length : room;

                memcpy(in_header ? d->header + d->header_length : d->piece + d->piece_length, bytes, n);
                bytes += n;
                length -= n;
                if (!in_header) {
                        d->piece_length += n;
                        if (d->piece_length == PIECE_STORED)
                                decode_piece(d);
                        continue;
                }
                d->header_length += n;
                if (d->header_length == CONTENT_HEADER &&
                    crypto_secretstream_xchacha20poly1305_init_pull(&d->state, d->header, d->key) != 0)
                        d->is_bad = true;
        }
        return d->digest != NULL || !d->is_bad; /* a hash is wanted of all, whatever stands in it */
}

static bool decode_end(struct decoder *d)
{
        if (d->piece_length > 0 && !d->is_bad)
                decode_piece(d);
        return !d->is_bad && d->is_final;
}

static bool to_buf(void *context, const char *bytes, size_t length)
{
        buf_put(context, bytes, length);
        return buf_ok(context);
}

static bool gone(struct work *w)
{
        return error_set(&w->err, ERR_CONFLICT, "this attachment was erased");
}

bool blob_read(struct work *w, const struct blob *b, struct buf *out)
{
        struct decoder *d = arena_alloc(w->arena, sizeof *d);
        unsigned char key[BLOB_KEY_BYTES];
        bool ok;

        if (b->is_erased)
                return gone(w);
        if (!b->is_here || !key_load(w, b->node, b->id, key))
                return work_ok(w) && error_set(&w->err, ERR_MISSING, "the content of this attachment is not here yet");
        *d = (struct decoder){ .key = key, .take = to_buf, .context = out };
        ok = pieces_walk(w, content_of(w, b->node, b->id), 0, decode, d) &&
             ((decode_end(d) && d->size == b->size) || !work_ok(w) || !buf_ok(out) ||
              error_set(&w->err, ERR_DAMAGED, "the stored content of attachment %.12s… was altered", b->id));
        sodium_memzero(key, sizeof key);
        sodium_memzero(d, sizeof *d);
        return ok && work_ok(w);
}

/* ---- destroying -------------------------------------------------------------------------------------------------- */

static bool destroy(struct work *w, const char *node, const char *id)
{
        int64_t content = content_of(w, node, id), gone_rows = content != 0;

        if (content != 0 && !content_delete(w, content))
                return false;
        if (!db_exec(w->db, "DELETE FROM blob_key WHERE node = $1 AND name = $2", ARGS(v_text(node), v_text(id))))
                return false;
        gone_rows += db_changes(w->db);
        if (gone_rows > 0)
                ledger_purge(w);
        return db_exec(w->db, "DELETE FROM blob_want WHERE node = $1 AND name = $2", ARGS(v_text(node), v_text(id)));
}

bool destroy_erased(struct work *w, const char *node, const char *id)
{
        struct rows *r = db_query(w->db,
                                  "SELECT DISTINCT b.node, b.name FROM blob b WHERE ((b.node = $1 AND b.name = $2) OR"
                                  " (b.person <> '' AND b.person = $2)) AND EXISTS (SELECT 1" ERASED_FROM ")"
                                  " ORDER BY b.node, b.name",
                                  ARGS(v_text(node), v_text(id)));
        struct buf names;
        bool ok;

        buf_init_with(&names, 0, w->arena);
        while (rows_next(r))
                for (int i = 0; i < 2; i++)
                        buf_put(&names, rows_text(r, i), strlen(rows_text(r, i)) + 1);
        rows_close(r);
        ok = work_ok(w) && (buf_ok(&names) || error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left"));
        for (size_t at = 0; ok && at < names.length;) {
                const char *of = names.data + at, *name = of + strlen(of) + 1;

                ok = destroy(w, of, name);
                at += strlen(of) + strlen(name) + 2;
        }
        buf_clear(&names);
        return ok;
}

bool content_adopt(struct work *w, const char *id)
{
        const char *own = node_key(w->node);
        unsigned char key[BLOB_KEY_BYTES];
        const struct former *formers;
        size_t count;
        bool ok = true;

        formers = node_formers(w->node, &count);
        for (size_t i = count; ok && i-- > 0 && content_of(w, own, id) == 0;) {
                if ((content_of(w, formers[i].key, id) == 0 && !is_person(id)) || !key_load(w, formers[i].key, id, key))
                        continue;
                ok = key_keep(w, own, id, key) &&
                     db_exec(w->db, "UPDATE blob_content SET node = $1 WHERE node = $2 AND name = $3",
                             ARGS(v_text(own), v_text(formers[i].key), v_text(id))) &&
                     db_exec(w->db, "DELETE FROM blob_key WHERE node = $1 AND name = $2",
                             ARGS(v_text(formers[i].key), v_text(id)));
                sodium_memzero(key, sizeof key);
        }
        return ok && work_ok(w);
}

static bool sweep(struct work *w, void *argument)
{
        /* What an entry names that does not count (for now) stays, unless it was erased. */
#define OF_NONE(table)                                                                                                   \
        " NOT EXISTS (SELECT 1 FROM blob b WHERE b.node = " table ".node AND b.name = " table ".name)"                   \
        " AND (NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.subject <> '' AND e.subject = 'blob/' || " table ".name" \
        " AND e.kind IN ('blob.add', 'blob.person')) OR EXISTS"                                                          \
        " (SELECT 1 FROM blob_erased x WHERE x.node = " table ".node AND x.name = " table ".name))"
        static const char *const of_none[] = {
                "DELETE FROM blob_content WHERE node IS NOT NULL AND" OF_NONE("blob_content"),
                "DELETE FROM blob_key WHERE" OF_NONE("blob_key"),
                ("DELETE FROM blob_want WHERE NOT EXISTS (SELECT 1 FROM blob b WHERE b.node = blob_want.node"
                 " AND b.name = blob_want.name)"),
                "DELETE FROM blob_piece WHERE NOT EXISTS (SELECT 1 FROM blob_content c WHERE c.id = blob_piece.content)",
        };
        moment before = db_kind(w->db) == DB_SQLITE ? INT64_MAX : moment_now() - ORPHAN_AGE_MS;

        (void)argument;
        db_exec(w->db, "DELETE FROM blob_content WHERE node IS NULL AND since < $1", ARGS(v_int(before)));
        for (size_t i = 0; i < sizeof of_none / sizeof *of_none; i++)
                db_exec(w->db, of_none[i], NO_ARGS);
        ledger_purge(w);
        return work_ok(w);
}

bool blob_sweep(struct work *w)
{
        return ledger_write_behind(w, sweep, NULL);
}

/* ---- from node to node --------------------------------------------------------------------------------------------- */

struct wanting {
        const char *node, *id;
};

static bool want(struct work *w, void *argument)
{
        const struct wanting *x = argument;

        return db_exec(w->db,
                       "INSERT INTO blob_want (node, name, since) VALUES ($1, $2, $3)"
                       " ON CONFLICT (node, name) DO UPDATE SET problem = NULL",
                       ARGS(v_text(x->node), v_text(x->id), v_int(moment_now())));
}

bool blob_want(struct work *w, const struct blob *b)
{
        struct wanting x = { b->node, b->id };

        if (b->is_erased)
                return gone(w);
        if (b->is_here || (b->is_wanted && b->problem == NULL))
                return true;
        if (blob_type_of(b->type) == NULL && !is_person(b->id))
                return error_set(&w->err, ERR_INVALID, "this node does not take attachments of type %s", b->type);
        if (b->size > blob_limit(w->node))
                return too_big(w);
        if (!ledger_write(w, want, &x))
                return false;
        node_wake(w->node); /* no entry says so, but what fetches it and who may bring it wait */
        return true;
}

bool blob_want_failed(struct work *w, const char *node, const char *id, const char *problem)
{
        return db_exec(w->db, "UPDATE blob_want SET problem = $3 WHERE node = $1 AND name = $2",
                       ARGS(v_text(node), v_text(id), v_text(problem)));
}

struct cutting {
        struct buf *out;
        size_t left;
};

static bool cut(void *context, const char *bytes, size_t length)
{
        struct cutting *c = context;
        size_t n = length < c->left ? length : c->left;

        buf_put(c->out, bytes, n);
        c->left -= n;
        return c->left > 0 && buf_ok(c->out);
}

bool blob_bytes(struct work *w, const struct blob *b, int64_t from, size_t limit, struct buf *out)
{
        struct cutting c = { out, limit };

        if (b->is_erased)
                return gone(w);
        if (!b->is_here)
                return error_set(&w->err, ERR_MISSING, "the content of this attachment is not here yet");
        if (from < 0 || from > b->stored)
                return error_set(&w->err, ERR_INVALID, "the attachment has %lld bytes", (long long)b->stored);
        return from == b->stored || pieces_walk(w, content_of(w, b->node, b->id), from, cut, &c);
}

bool blob_key_for(struct work *w, const struct blob *b, const char *node_key, unsigned char sealed[BLOB_SEALED_KEY])
{
        unsigned char key[BLOB_KEY_BYTES];
        bool ok;

        if (b->is_erased)
                return gone(w);
        if (!key_load(w, b->node, b->id, key))
                return work_ok(w) && error_set(&w->err, ERR_MISSING, "the content of this attachment is not here yet");
        ok = node_seal_for(node_key, key, sizeof key, sealed);
        sodium_memzero(key, sizeof key);
        return ok || error_set(&w->err, ERR_INVALID, "\"%s\" is not a public key", node_key);
}

bool blob_take(struct work *w, const char *node, const char *id, int64_t from, const void *bytes, size_t length, int64_t *held)
{
        struct blob *b = blob_find(w, node, id);
        struct batch batch = { .held = from, .bytes = bytes, .length = length };

        *held = b == NULL ? 0 : b->held;
        if (b == NULL)
                return work_ok(w) && error_set(&w->err, ERR_MISSING, "no entry here names this attachment");
        if (b->is_erased)
                return gone(w);
        if (b->is_here || !b->is_wanted)
                return error_set(&w->err, ERR_CONFLICT, "nobody here asked for this attachment");
        if (from != b->held)
                return error_set(&w->err, ERR_CONFLICT, "%lld bytes of this attachment are here, not %lld", (long long)b->held,
                                 (long long)from);
        if ((int64_t)length > b->stored - from)
                return error_set(&w->err, ERR_INVALID, "more bytes came than the attachment has (%lld)", (long long)b->stored);
        batch.content = content_of(w, node, id);
        if ((batch.content == 0 && !content_make(w, node, id, &batch.content)) || !batch_store(w, &batch))
                return false;
        *held = from + (int64_t)length;
        return true;
}

struct arriving {
        const struct blob *blob;
        const unsigned char *key;
        const char *problem; /* NULL: it counts; otherwise it goes */
};

static bool arrive(struct work *w, void *argument)
{
        const struct arriving *a = argument;
        const struct blob *b = blob_find(w, a->blob->node, a->blob->id);

        if (b == NULL || b->is_erased) /* in between */
                return work_ok(w) && gone(w);
        if (a->problem == NULL)
                return key_keep(w, b->node, b->id, a->key) &&
                       db_exec(w->db, "UPDATE blob_content SET is_whole = 1 WHERE node = $1 AND name = $2",
                               ARGS(v_text(b->node), v_text(b->id))) &&
                       db_exec(w->db, "DELETE FROM blob_want WHERE node = $1 AND name = $2",
                               ARGS(v_text(b->node), v_text(b->id)));
        return content_delete(w, content_of(w, b->node, b->id));
}

static bool sniff_plain(void *context, const char *bytes, size_t length)
{
        blob_sniff(context, bytes, length);
        return true;
}

/* What is wrong with what came; NULL: nothing. key NULL: none that opens; then only the hash is looked at. */
static const char *judge(struct work *w, const struct blob *b, const unsigned char *key)
{
        struct decoder *d = arena_alloc(w->arena, sizeof *d);
        struct blob_sniffer *sniffer = blob_sniff_begin(w->arena);
        const struct blob_type *type;
        char hash[HASH_HEX], id[BLOB_ID_MAX];
        const char *label;

        if (is_person(b->id)) {
                if (key == NULL)
                        return NULL;
                person_id(key, id);
                return strcmp(id, b->id) == 0 ? NULL : N_("the key is not that of this person");
        }
        *d = (struct decoder){ .key = key, .take = sniff_plain, .context = sniffer, .digest = digest_begin(w) };
        if (d->digest == NULL || !pieces_walk(w, content_of(w, b->node, b->id), 0, decode, d))
                return NULL;
        digest_end(d->digest, hash);
        if (strcmp(hash, b->id) != 0)
                return N_("the bytes that came are not those of its hash");
        if (key == NULL)
                return NULL;
        if (!decode_end(d))
                return N_("the key that came does not open it");
        if (d->size != b->size)
                return N_("it is not as long as its entry says");
        label = db_text(w->db, w->arena, "SELECT label FROM blob WHERE entry = $1", ARGS(v_int(b->entry)));
        type = blob_sniff_end(sniffer, label == NULL ? NULL : text_open(w, key, b->id, label));
        return type != NULL && strcmp(type->type, b->type) == 0 ? NULL : N_("its content is not of the type its entry says");
}

bool blob_arrived(struct work *w, const char *node, const char *id, const unsigned char sealed_key[BLOB_SEALED_KEY])
{
        struct blob *b = blob_find(w, node, id);
        unsigned char key[BLOB_KEY_BYTES];
        struct arriving a = { .blob = b, .key = key };
        bool has_key;

        if (b == NULL)
                return work_ok(w) && error_set(&w->err, ERR_MISSING, "no entry here names this attachment");
        if (b->is_erased)
                return gone(w);
        if (b->is_here)
                return true;
        if (b->held != b->stored)
                return error_set(&w->err, ERR_CONFLICT, "%lld bytes of this attachment are here, not %lld", (long long)b->held,
                                 (long long)b->stored);
        has_key = node_unseal(w->node, sealed_key, BLOB_SEALED_KEY, key);
        a.problem = judge(w, b, has_key ? key : NULL);
        if (work_ok(w) && !has_key && a.problem == NULL) /* the bytes are right: they wait for the right key */
                error_set(&w->err, ERR_INVALID, "the key that came was not sealed for this node");
        if (!work_ok(w) || !ledger_write(w, arrive, &a))
                return false;
        sodium_memzero(key, sizeof key);
        if (a.problem == NULL)
                return true;
        log_line(LOG_ALARM, "blob", "attachment %s of node %.12s… was refused: %s", id, node, a.problem);
        error_set(&w->err, ERR_INVALID, "attachment %.12s… was refused", id);
        return error_because(&w->err, a.problem);
}

/* ---- verifying -------------------------------------------------------------------------------------------------------- */

static bool damaged(struct work *w, const char *node, const char *id, const char *what)
{
        error_set(&w->err, ERR_DAMAGED, "attachment %.12s… of node %.12s…: %s", id, node, work_text(w, what));
        return error_hint(&w->err, "restore a backup");
}

static bool verify_one(struct work *w, int64_t content, const char *node, const char *id)
{
        struct decoder *d = arena_alloc(w->arena, sizeof *d);
        struct blob *b = blob_find(w, node, id);
        unsigned char key[BLOB_KEY_BYTES];
        char hash[HASH_HEX];
        bool ok;

        if (!work_ok(w))
                return false;
        if (b == NULL)
                return true; /* its entry is set aside */
        if (!key_load(w, node, id, key))
                return work_ok(w) && damaged(w, node, id, N_("its key is missing"));
        *d = (struct decoder){ .key = key, .digest = digest_begin(w) };
        ok = d->digest != NULL && pieces_walk(w, content, 0, decode, d);
        sodium_memzero(key, sizeof key);
        if (!ok)
                return false;
        digest_end(d->digest, hash);
        if (strcmp(hash, id) != 0)
                return damaged(w, node, id, N_("the bytes stored are not those of its hash"));
        if (!decode_end(d) || d->size != b->size)
                return damaged(w, node, id, N_("its key does not open it"));
        return true;
}

struct verifying {
        int64_t content;
        const char *node, *id;
};

static bool verify_call(struct work *w, void *argument)
{
        const struct verifying *v = argument;

        return verify_one(w, v->content, v->node, v->id);
}

bool blob_verify(struct work *w, struct blob_count *count)
{
        int64_t last = 0;
        bool ok = blob_counts(w, count);

        while (ok) {
                struct rows *r = db_query(w->db,
                                          "SELECT id, node, name FROM blob_content WHERE is_whole = 1 AND id > $1 ORDER BY id LIMIT 1",
                                          ARGS(v_int(last)));
                struct arena *a = arena_open(WORK_MEMORY_USUAL);
                struct work inner = *w;
                struct verifying v;

                if (a == NULL || !rows_next(r)) {
                        rows_close(r);
                        arena_close(a);
                        return a == NULL ? error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left") : work_ok(w);
                }
                inner.arena = a;
                last = v.content = rows_int(r, 0);
                v.node = arena_text(a, rows_text(r, 1));
                v.id = arena_text(a, rows_text(r, 2));
                rows_close(r);
                db_attach_error(w->db, &inner.err);
                ok = work_run(&inner, verify_call, &v);
                db_attach_error(w->db, &w->err);
                if (!ok)
                        w->err = inner.err;
                arena_close(a);
        }
        return false;
}

bool blob_counts(struct work *w, struct blob_count *c)
{
        c->known = db_number(w->db, "SELECT COUNT(*) FROM (SELECT DISTINCT node, name FROM blob) AS t", NO_ARGS, 0);
        c->here = db_number(w->db, "SELECT COUNT(*) FROM blob_content WHERE is_whole = 1", NO_ARGS, 0);
        c->wanted = db_number(w->db, "SELECT COUNT(*) FROM blob_want", NO_ARGS, 0);
        c->erased = db_number(w->db,
                              "SELECT COUNT(*) FROM (SELECT DISTINCT b.node, b.name FROM blob b WHERE EXISTS"
                              " (SELECT 1" ERASED_FROM ")) AS t",
                              NO_ARGS, 0);
        c->bytes = db_number(w->db, "SELECT CAST(SUM(held) AS BIGINT) FROM blob_content", NO_ARGS, 0);
        return work_ok(w);
}
