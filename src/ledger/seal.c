/* seal.c - the node's signature over the head of a stream. */
#include <assert.h>
#include <string.h>

#include "base/hex.h"
#include "format/jsonr.h"
#include "format/jsonw.h"
#include "ledger/ledger_private.h"

#define SEAL_MAX 4096 /* bytes of a line */

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
        char hex[SIGNATURE_BYTES * 2 + 1], memory[SEAL_MAX];
        struct buf line;

        buf_init_in(&line, memory, sizeof memory);
        seal_text(&line, h->name, h->now.seq, h->now.hash, h->now.at);
        node_sign(w->node, line.data, line.length, signature);
        hex_write(hex, signature, sizeof signature);
        buf_print(&line, ",\"signature\":\"%s\"}", hex);
        assert(buf_ok(&line)); /* the names of streams are short */
        h->now.sealed_seq = h->now.seq;
        h->now.unsealed_bytes = 0;
        h->now.owes_seal = false;
        return db_exec(w->db, "INSERT INTO ledger_seal (stream, seq, line) VALUES ($1, $2, $3)",
                       ARGS(v_int(h->id), v_int(h->now.seq), v_text_n(line.data, line.length)));
}

bool seal_parse(struct arena *a, const char *line, size_t length, struct seal *s, struct error *err)
{
        unsigned char hash[HASH_BYTES];
        json_t *json = length > SEAL_MAX ? NULL : json_read(a, line, length, NULL);
        const char *signature, *at;
        char hex[SIGNATURE_BYTES * 2 + 1], memory[SEAL_MAX * 2];
        struct buf once;

        if (json == NULL)
                return error_set(err, ERR_INVALID, "a seal is not of the stated form");
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
        buf_init_in(&once, memory, sizeof memory);
        seal_text(&once, s->stream, s->seq, s->hash, s->at);
        hex_write(hex, s->signature, sizeof s->signature);
        buf_print(&once, ",\"signature\":\"%s\"}", hex);
        return (buf_ok(&once) && once.length == length && memcmp(once.data, line, length) == 0) ||
               error_set(err, ERR_INVALID, "a seal is not of the stated form");
}

bool seal_is_genuine(const struct seal *s, const char *key_hex)
{
        char memory[SEAL_MAX * 2];
        struct buf text;

        buf_init_in(&text, memory, sizeof memory);
        seal_text(&text, s->stream, s->seq, s->hash, s->at);
        return buf_ok(&text) && node_signed(key_hex, text.data, text.length, s->signature);
}
