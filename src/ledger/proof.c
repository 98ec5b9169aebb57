#include "ledger/proof.h"

#include <string.h>

#include "base/hex.h"
#include "format/jsonr.h"
#include "format/jsonw.h"
#include "ledger/ledger_private.h"

#define HEAD_MAX ((size_t)512)

static void head_write(struct buf *out, const char *name, const char *hash, int64_t entries)
{
        BUF_LITERAL(out, "{\"caunoi_proof\":1,\"name\":");
        json_quote(out, name, strlen(name));
        BUF_LITERAL(out, ",\"entry\":");
        json_quote(out, hash, strlen(hash));
        BUF_LITERAL(out, ",\"entries\":");
        buf_int(out, entries);
        buf_char(out, '}');
}

/* ---- writing -------------------------------------------------------------------------------------- */

static bool put_following(struct work *w, const struct entry *e, void *context)
{
        struct buf *out = context;

        if (out->length + e->length > PROOF_MAX - HEAD_MAX)
                return error_set(&w->err, ERR_TOO_BIG, "a proof would be over the limit of %zu bytes", PROOF_MAX);
        buf_put(out, e->bytes, e->length);
        buf_char(out, '\n');
        return true;
}

bool proof_write(struct work *w, const struct entry *e, const char *name, struct buf *out)
{
        char hash[HASH_HEX];
        int64_t sealed;
        const char *seal = ledger_seal_line(w, e->stream, e->seq, &sealed);

        if (!work_ok(w))
                return false;
        if (seal == NULL)
                return error_set(&w->err, ERR_CONFLICT, "no seal covers the entry yet");
        hex_write(hash, e->hash, HASH_BYTES);
        head_write(out, name, hash, sealed - e->seq + 1);
        buf_char(out, '\n');
        buf_put(out, e->bytes, e->length);
        buf_char(out, '\n');
        if (sealed > e->seq && !ledger_stream_after(w, e->stream, e->seq, sealed - e->seq, put_following, out))
                return false;
        buf_text(out, seal);
        buf_char(out, '\n');
        return buf_ok(out) || error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
}

/* ---- reading -------------------------------------------------------------------------------------- */

struct reading {
        struct arena *arena;
        struct error *err;
        const char *at, *end;
        int64_t line; /* number of the line read last, from 1 */
};

/* The next line without its end; false where there is none. */
static bool next_line(struct reading *r, const char **line, size_t *length)
{
        const char *stop;

        if (r->at == r->end)
                return false;
        stop = memchr(r->at, '\n', (size_t)(r->end - r->at));
        *line = r->at;
        *length = (size_t)((stop == NULL ? r->end : stop) - r->at);
        if (*length > 0 && (*line)[*length - 1] == '\r')
                (*length)--;
        r->at = stop == NULL ? r->end : stop + 1;
        r->line++;
        return true;
}

static struct buf *scratch(struct arena *a)
{
        struct buf *b = arena_alloc(a, sizeof *b);

        buf_init_with(b, ENTRY_MAX, a);
        return b;
}

/* Whether a line is exactly what was composed anew from its members. */
static bool is_exactly(struct arena *a, const struct buf *composed, const char *line, size_t length)
{
        if (composed->is_starved)
                arena_starve(a);
        return buf_ok(composed) && composed->length == length && memcmp(composed->data, line, length) == 0;
}

struct head_line {
        const char *name, *hash;
        int64_t entries;
};

static bool read_head(struct reading *r, struct head_line *h)
{
        struct buf *again = scratch(r->arena);
        unsigned char hash[HASH_BYTES];
        const char *line;
        size_t length;
        json_t *json;

        if (!next_line(r, &line, &length) || length > HEAD_MAX || length == 0 ||
            (json = json_read(r->arena, line, length, NULL)) == NULL)
                return error_set(r->err, ERR_INVALID, "this is no receipt: the first line is not of the stated form");
        if (json_is_integer(json_object_get(json, "caunoi_proof")) &&
            json_integer_value(json_object_get(json, "caunoi_proof")) > 1) {
                error_set(r->err, ERR_INVALID, "the receipt was written by a newer program");
                return error_hint(r->err, "check it with that program's version of this command");
        }
        h->name = json_string_value(json_object_get(json, "name"));
        h->hash = json_string_value(json_object_get(json, "entry"));
        h->entries = json_integer_value(json_object_get(json, "entries"));
        if (h->name == NULL || h->hash == NULL || strlen(h->name) > PROOF_NAME_MAX ||
            !hex_read(hash, sizeof hash, h->hash))
                return error_set(r->err, ERR_INVALID, "this is no receipt: the first line is not of the stated form");
        head_write(again, h->name, h->hash, h->entries);
        return is_exactly(r->arena, again, line, length) ||
               error_set(r->err, ERR_DAMAGED, "line 1 was altered: it is not as a program writes it");
}

static bool damaged(struct reading *r, const char *what)
{
        return error_set(r->err, ERR_DAMAGED, "line %lld: %s", (long long)r->line, text(r->err->language, what));
}

static bool is_seal(const char *line, size_t length)
{
        return length >= 8 && memcmp(line, "{\"seal\":", 8) == 0;
}

static struct entry *read_entry(struct reading *r, const char *line, size_t length)
{
        struct error why = { .language = r->err->language };
        struct entry *e = entry_parse(r->arena, line, length, &why);

        if (e == NULL)
                error_set(r->err, ERR_DAMAGED, "line %lld was altered or cut: %s", (long long)r->line, why.message);
        return e;
}

/* The seal that closes the chain: of the same stream, over the last entry, signed by the key. */
static bool read_seal(struct reading *r, const char *line, size_t length, const struct entry *last, const char *key,
                      struct proof *p)
{
        struct error why = { .language = r->err->language };
        char hash[HASH_HEX], signature[SIGNATURE_BYTES * 2 + 1];
        struct seal s;

        hex_write(hash, last->hash, HASH_BYTES);
        if (!seal_parse(r->arena, line, length, &s, &why))
                return damaged(r, N_("the seal was altered or cut"));
        if (strcmp(s.stream, last->stream) != 0 || s.seq != last->seq || s.at != last->at)
                return damaged(r, N_("the seal does not belong to these entries: it does not cover them"));
        if (strcmp(s.hash, hash) != 0)
                return damaged(r, N_("the seal names another hash: the entry before it, or the seal, was altered"));
        if (strcmp(key, last->node) != 0) {
                error_set(r->err, ERR_DAMAGED, "the receipt is sealed by another key than the one given: %s",
                          last->node);
                return error_hint(r->err, "compare the key with the one the unit has made known");
        }
        if (!seal_is_genuine(&s, key))
                return damaged(r, N_("the seal's signature is false under this key"));
        hex_write(signature, s.signature, SIGNATURE_BYTES);
        p->signature = arena_text(r->arena, signature);
        p->sealed_seq = s.seq;
        p->sealed_at = s.at;
        return true;
}

/* The key in lower case; NULL where it is none. */
static const char *key_read(struct arena *a, const char *typed)
{
        char *key = arena_text(a, typed);
        unsigned char bytes[KEY_BYTES];

        for (char *c = key; *c != '\0'; c++)
                if (*c >= 'A' && *c <= 'F')
                        *c = (char)(*c - 'A' + 'a');
        return hex_read(bytes, sizeof bytes, key) ? key : NULL;
}

/* The entries after the first, up to the seal. */
static bool read_chain(struct reading *r, struct entry *last, const char *key, struct proof *p)
{
        const char *line;
        size_t length;

        while (next_line(r, &line, &length)) {
                char hash[HASH_HEX];
                struct entry *e;

                if (is_seal(line, length))
                        return read_seal(r, line, length, last, key, p);
                e = read_entry(r, line, length);
                if (e == NULL)
                        return false;
                hex_write(hash, last->hash, HASH_BYTES);
                if (strcmp(e->stream, last->stream) != 0 || e->seq - 1 != last->seq)
                        return damaged(r, N_("an entry is missing before this one, or it is of another stream"));
                if (strcmp(e->prev, hash) != 0)
                        return damaged(r, N_("the chain is broken: this entry or the one before it was altered"));
                if (e->at <= last->at)
                        return damaged(r, N_("its time is not after that of the entry before it"));
                p->entries++;
                last = e;
        }
        return error_set(r->err, ERR_DAMAGED, "no seal covers the entry: the file was cut off after line %lld",
                         (long long)r->line);
}

struct proof *proof_read(struct arena *a, const char *bytes, size_t length, const char *typed_key, struct error *err)
{
        struct reading r = { a, err, bytes, bytes + length, 0 };
        struct proof *p = arena_alloc(a, sizeof *p);
        const char *key = key_read(a, typed_key), *line;
        struct head_line head = { .entries = 0 };
        char hash[HASH_HEX];

        if (key == NULL) {
                error_set(err, ERR_USAGE, "\"%s\" is no public key", typed_key);
                error_hint(err, "a key is 64 hexadecimal digits, as caunoi key NODE prints them");
                return NULL;
        }
        if (length > PROOF_MAX) {
                error_set(err, ERR_TOO_BIG, "a receipt has at most %zu bytes", PROOF_MAX);
                return NULL;
        }
        if (!read_head(&r, &head))
                return NULL;
        p->name = head.name;
        p->entries = 1;
        if (!next_line(&r, &line, &length)) {
                error_set(err, ERR_DAMAGED, "the file was cut off after line %lld", (long long)r.line);
                return NULL;
        }
        p->entry = read_entry(&r, line, length);
        if (p->entry == NULL)
                return NULL;
        hex_write(hash, p->entry->hash, HASH_BYTES);
        if (strcmp(hash, head.hash) != 0) {
                error_set(err, ERR_DAMAGED, "line 2 was altered: its hash is not the one in line 1");
                return NULL;
        }
        if (!read_chain(&r, p->entry, key, p))
                return NULL;
        if (p->entries != head.entries) {
                error_set(err, ERR_DAMAGED, "line 1 was altered: it counts %lld entries, and %lld are here",
                          (long long)head.entries, (long long)p->entries);
                return NULL;
        }
        if (next_line(&r, &line, &length)) {
                damaged(&r, N_("something was added after the seal"));
                return NULL;
        }
        return p;
}
