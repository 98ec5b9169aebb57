/* seal.c - the node's signature over the head of a stream. */
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "format/jsonw.h"
#include "ledger/ledger_private.h"

/* What is signed: the line before the signature, in the one way it may be written. */
static void seal_text(struct buf *out, const char *stream, int64_t seq, const char *hash, stamp at)
{
        char at_text[STAMP_TEXT_MAX];

        stamp_write(at_text, at);
        BUF_LITERAL(out, "{\"seal\":");
        json_quote(out, stream, strlen(stream));
        BUF_LITERAL(out, ",\"seq\":");
        buf_int(out, seq);
        BUF_LITERAL(out, ",\"hash\":");
        json_quote(out, hash, strlen(hash));
        BUF_LITERAL(out, ",\"at\":");
        json_quote(out, at_text, strlen(at_text));
}

bool seal_write(struct work *w, struct head *h)
{
        unsigned char signature[SIGNATURE_BYTES];
        char hex[SIGNATURE_BYTES * 2 + 1];
        struct buf line;
        bool ok;

        buf_init(&line, 4096);
        seal_text(&line, h->name, h->now.seq, h->now.hash, h->now.at);
        if (buf_ok(&line)) {
                node_sign(w->node, line.data, line.length, signature);
                hex_write(hex, signature, sizeof signature);
                buf_print(&line, ",\"signature\":\"%s\"}", hex);
        }
        ok = buf_ok(&line) || error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        ok = ok && db_exec(w->db, "INSERT INTO ledger_seal (stream, seq, line) VALUES ($1, $2, $3)",
                           ARGS(v_int(h->id), v_int(h->now.seq), v_text_n(line.data, line.length)));
        buf_clear(&line);
        h->now.sealed_seq = h->now.seq;
        h->now.unsealed_bytes = 0;
        return ok;
}

static void free_json(void *json)
{
        json_decref(json);
}

#define SEAL_MAX ((size_t)4096)

bool seal_parse(struct arena *a, const char *line, size_t length, struct seal *s, struct error *err)
{
        unsigned char hash[HASH_BYTES];
        json_error_t where;
        json_t *json = length > SEAL_MAX ? NULL : json_loadb(line, length, JSON_REJECT_DUPLICATES, &where);
        const char *signature, *at;
        char hex[SIGNATURE_BYTES * 2 + 1];
        struct buf once;
        bool is_same;

        if (json == NULL)
                return error_set(err, ERR_INVALID, "a seal is not of the stated form");
        arena_on_free(a, free_json, json);
        s->stream = json_string_value(json_object_get(json, "seal"));
        s->hash = json_string_value(json_object_get(json, "hash"));
        s->seq = json_integer_value(json_object_get(json, "seq"));
        at = json_string_value(json_object_get(json, "at"));
        signature = json_string_value(json_object_get(json, "signature"));
        if (json_object_size(json) != 5 || s->stream == NULL || s->hash == NULL || at == NULL || signature == NULL ||
            s->seq < 1 || strlen(s->stream) < KEY_HEX || s->stream[KEY_HEX - 1] != '/' ||
            !hex_read(hash, sizeof hash, s->hash) || !stamp_read(at, strlen(at), &s->at) ||
            !hex_read(s->signature, sizeof s->signature, signature))
                return error_set(err, ERR_INVALID, "a seal is not of the stated form");
        /* The line is kept and passed on as it came, but signed is only what it says: so there is one way to write it. */
        buf_init(&once, SEAL_MAX * 2);
        seal_text(&once, s->stream, s->seq, s->hash, s->at);
        hex_write(hex, s->signature, sizeof s->signature);
        buf_print(&once, ",\"signature\":\"%s\"}", hex);
        is_same = buf_ok(&once) && once.length == length && memcmp(once.data, line, length) == 0;
        buf_clear(&once);
        return is_same || error_set(err, ERR_INVALID, "a seal is not of the stated form");
}

bool seal_is_genuine(const struct seal *s, const char *key_hex)
{
        struct buf text;
        bool ok;

        buf_init(&text, SEAL_MAX * 2);
        seal_text(&text, s->stream, s->seq, s->hash, s->at);
        ok = buf_ok(&text) && node_signed(key_hex, text.data, text.length, s->signature);
        buf_clear(&text);
        return ok;
}
