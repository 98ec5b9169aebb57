#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>

#include "base/hex.h"
#include "base/utf8.h"
#include "format/jsonr.h"
#include "format/jsonw.h"
#include "ledger/ledger_private.h"

void ledger_digest(const void *bytes, size_t length, unsigned char hash[HASH_BYTES])
{
        static _Atomic(EVP_MD *) sha256;
        EVP_MD *md = atomic_load(&sha256);

        if (md == NULL) { /* fetched once: looking it up each time costs more than hashing */
                EVP_MD *mine = EVP_MD_fetch(NULL, "SHA256", NULL), *nothing = NULL;

                if (!atomic_compare_exchange_strong(&sha256, &nothing, mine))
                        EVP_MD_free(mine);
                md = atomic_load(&sha256);
        }
        if (md == NULL || EVP_Digest(bytes, length, hash, NULL, md, NULL) != 1)
                crypto_hash_sha256(hash, bytes, length); /* slower, but needs no memory */
}

void ledger_digest_take(unsigned char all[HASH_BYTES], const unsigned char hash[HASH_BYTES])
{
        unsigned char both[2 * HASH_BYTES];

        memcpy(both, all, HASH_BYTES);
        memcpy(both + HASH_BYTES, hash, HASH_BYTES);
        ledger_digest(both, sizeof both, all);
}

int64_t entry_rank(const struct entry *e)
{
        int64_t rank = 0;

        for (int i = 0; i < 7; i++)
                rank = rank << 8 | e->hash[i];
        return rank;
}

static const char *member(const json_t *object, const char *name)
{
        return json_string_value(json_object_get(object, name));
}

/* "KEY/AUDIENCE": 64 hexadecimal digits, a slash, a short audience. */
static bool split_stream(struct arena *a, struct entry *e)
{
        size_t length = strlen(e->stream);
        unsigned char key[KEY_BYTES];
        char *node;

        if (length < KEY_HEX + 1 || length > KEY_HEX + 16 || e->stream[KEY_HEX - 1] != '/')
                return false;
        node = arena_copy(a, e->stream, KEY_HEX - 1);
        e->node = node;
        e->audience = e->stream + KEY_HEX;
        for (const char *p = e->audience; *p != '\0'; p++)
                if (*p != '*' && *p != '-' && !(*p >= '0' && *p <= '9') && !(*p >= 'A' && *p <= 'Z'))
                        return false;
        return hex_read(key, sizeof key, node);
}

#define DEPTH_MAX 32

/* Whether objects and arrays lie inside each other at most levels deep. */
static bool is_shallow(json_t *json, int levels)
{
        const char *name;
        json_t *part;
        size_t i;

        if (!json_is_object(json) && !json_is_array(json))
                return true;
        if (levels == 0)
                return false;
        if (json_is_array(json)) {
                json_array_foreach(json, i, part)
                        if (!is_shallow(part, levels - 1))
                                return false;
                return true;
        }
        json_object_foreach(json, name, part)
                if (!is_shallow(part, levels - 1))
                        return false;
        return true;
}

/* The quote that ends a string, which has an even number of backslashes before it; NULL: there is none. *has_escapes: some of its signs are written otherwise. */
static const char *string_end(const char *from, const char *end, bool *has_escapes)
{
        const char *quote = memchr(from, '"', (size_t)(end - from));

        while (quote != NULL) {
                const char *plain = quote;

                while (plain > from && plain[-1] == '\\')
                        plain--;
                if ((quote - plain) % 2 == 0)
                        break;
                quote = memchr(quote + 1, '"', (size_t)(end - quote - 1));
        }
        *has_escapes = quote != NULL && memchr(from, '\\', (size_t)(quote - from)) != NULL;
        return quote;
}

/* Each value and each name of an object but the first stands behind one of these signs, and read it costs a hundred times as much as written: of empty arrays
 * an entry could hold millions. Counted before anything is read; of what is no JSON, none. */
static size_t parts_of(const char *bytes, size_t length)
{
        const char *end = bytes + length;
        size_t count = 0;

        for (const char *at = bytes; at < end; at++) {
                if (*at == '"') {
                        bool has_escapes;

                        at = string_end(at + 1, end, &has_escapes);
                        if (at == NULL)
                                return 0;
                } else if (*at == ',' || *at == ':' || *at == '[' || *at == '{') {
                        count++;
                }
        }
        return count;
}

static bool is_small_enough(const char *bytes, size_t length, struct error *err)
{
        return parts_of(bytes, length) <= ENTRY_PARTS_MAX || error_set(err, ERR_INVALID, "not an entry: it has more than %d values and names", ENTRY_PARTS_MAX);
}

/* Whether the bytes are exactly what entry_compose would have written before the body; notes where that begins. */
static bool is_canonical(struct arena *a, struct entry *e)
{
        char at[STAMP_TEXT_MAX];
        struct buf *head = arena_alloc(a, sizeof *head);
        bool is_same;

        buf_init_with(head, ENTRY_MAX, a);
        stamp_write(at, e->at);
        entry_compose_head(head, e->stream, e->seq, at, e->author, e->role, e->kind, e->subject, e->prev);
        if (head->is_starved)
                arena_starve(a);
        e->body_at = head->length;
        is_same = buf_ok(head) && head->length + 3 <= e->length && memcmp(head->data, e->bytes, head->length) == 0 &&
                  e->bytes[head->length] == '{' && memcmp(e->bytes + e->length - 2, "}}", 2) == 0;
        buf_clear(head); /* the arena may live as long as many entries */
        return is_same;
}

void entry_compose_head(struct buf *out, const char *stream, int64_t seq, const char *at, const char *author,
                        const char *role, const char *kind, const char *subject, const char *prev)
{
        const struct {
                const char *name, *value;
        } members[] = { { "at", at },     { "author", author },   { "role", role },
                        { "kind", kind }, { "subject", subject }, { "prev", prev } };

        BUF_LITERAL(out, "{\"stream\":");
        json_quote(out, stream, strlen(stream));
        BUF_LITERAL(out, ",\"seq\":");
        buf_int(out, seq);
        for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
                BUF_LITERAL(out, ",\"");
                buf_text(out, members[i].name);
                BUF_LITERAL(out, "\":");
                json_quote(out, members[i].value, strlen(members[i].value));
        }
        BUF_LITERAL(out, ",\"body\":");
}

static bool is_short_enough(size_t length, struct error *err)
{
        return length <= ENTRY_MAX ||
               error_set(err, ERR_TOO_BIG, "an entry of %zu bytes is over the limit of %zu", length, ENTRY_MAX);
}

/* Whether the members are there, of the stated form and written in the one way (which is known where the body was found); fills in
 * what follows from them. */
static bool is_formed(struct arena *a, struct entry *e, const char *at)
{
        unsigned char prev[HASH_BYTES];

        return e->stream != NULL && at != NULL && e->author != NULL && e->role != NULL && e->kind != NULL &&
               e->subject != NULL && e->prev != NULL && e->seq >= 1 && stamp_read(at, strlen(at), &e->at) &&
               hex_read(prev, sizeof prev, e->prev) && split_stream(a, e) && strlen(e->author) <= 64 &&
               strlen(e->kind) <= 64 && strlen(e->subject) <= SUBJECT_MOST && (e->body_at != 0 || is_canonical(a, e));
}

static struct entry *not_formed(struct error *err)
{
        error_set(err, ERR_INVALID, "not an entry: its members are not of the stated form");
        return NULL;
}

/* A string with escapes, which is rare, as what it stands for; NULL: it is not well formed. */
static const char *unescape(struct arena *a, const char *from, size_t length)
{
        char *list = arena_alloc(a, length + 4);

        memcpy(list, "[\"", 2);
        memcpy(list + 2, from, length);
        memcpy(list + 2 + length, "\"]", 2);
        return json_string_value(json_array_get(json_read(a, list, length + 4, NULL), 0));
}

/* A line that is being read. */
struct scan {
        const char *at, *end;
        bool is_plain; /* no sign of the strings so far would be written otherwise than it stands */
};

static bool has_control(const char *text, size_t length)
{
        bool is_there = false;

        for (size_t i = 0; i < length; i++)
                is_there |= (unsigned char)text[i] < 0x20;
        return is_there;
}

/* The string value of the next member, which must be called so; the scan moves behind it. */
static const char *next_string(struct arena *a, struct scan *s, const char *before)
{
        size_t length = strlen(before);
        const char *from = s->at + length, *quote;
        bool has_escapes;

        if ((size_t)(s->end - s->at) < length || memcmp(s->at, before, length) != 0)
                return NULL;
        quote = string_end(from, s->end, &has_escapes);
        if (quote == NULL || (!has_escapes && !utf8_is_valid(from, (size_t)(quote - from), NULL)))
                return NULL;
        s->at = quote;
        length = (size_t)(quote - from);
        s->is_plain &= !has_escapes && !has_control(from, length);
        return has_escapes ? unescape(a, from, length) : arena_copy(a, from, length);
}

/* Where the body begins behind strings that are written in the one way, all of which are as they stand; 0: not so simple. */
static size_t plain_body(const struct scan *s, const char *bytes)
{
        static const char before[] = "\",\"body\":{";

        return s->is_plain && (size_t)(s->end - s->at) > sizeof before && memcmp(s->at, before, sizeof before - 1) == 0 &&
                               memcmp(s->end - 2, "}}", 2) == 0
                       ? (size_t)(s->at - bytes) + sizeof before - 2
                       : 0;
}

/* False: it is not so simple. *entry: NULL where its members are not of the stated form. */
static bool head_at_sight(struct arena *a, const char *bytes, size_t length, struct entry **entry)
{
        struct scan s = { bytes, bytes + length, true };
        struct entry *e = arena_alloc(a, sizeof *e);
        const char *at;

        e->bytes = bytes;
        e->length = length;
        if ((e->stream = next_string(a, &s, "{\"stream\":\"")) == NULL || s.end - s.at < 9 || memcmp(s.at, "\",\"seq\":", 8) != 0)
                return false;
        s.at += 8;
        s.is_plain &= *s.at != '0';
        for (; s.at < s.end && *s.at >= '0' && *s.at <= '9' && e->seq < INT64_MAX / 100; s.at++)
                e->seq = e->seq * 10 + (*s.at - '0');
        if ((at = next_string(a, &s, ",\"at\":\"")) == NULL ||
            (e->author = next_string(a, &s, "\",\"author\":\"")) == NULL ||
            (e->role = next_string(a, &s, "\",\"role\":\"")) == NULL ||
            (e->kind = next_string(a, &s, "\",\"kind\":\"")) == NULL ||
            (e->subject = next_string(a, &s, "\",\"subject\":\"")) == NULL ||
            (e->prev = next_string(a, &s, "\",\"prev\":\"")) == NULL)
                return false;
        e->body_at = plain_body(&s, bytes);
        *entry = is_formed(a, e, at) ? e : NULL;
        if (*entry != NULL)
                ledger_digest(bytes, length, e->hash);
        return true;
}

struct entry *entry_head(struct arena *a, const char *bytes, size_t length, struct error *err)
{
        struct entry *e;

        if (!is_short_enough(length, err))
                return NULL;
        if (!head_at_sight(a, bytes, length, &e))
                return entry_parse(a, bytes, length, err); /* says what is wrong */
        return e != NULL ? e : not_formed(err);
}

struct entry *entry_at_sight(struct arena *a, const char *bytes, size_t length)
{
        struct entry *e;

        return length <= ENTRY_MAX && head_at_sight(a, bytes, length, &e) ? e : NULL;
}

static bool no_json(struct error *err, size_t at, const json_error_t *where)
{
        error_set(err, ERR_INVALID, "not an entry: byte %lld", (long long)at + where->position);
        return error_because(err, json_reason(where));
}

bool entry_body(struct arena *a, struct entry *e, struct error *err)
{
        json_error_t where;
        json_t *body;

        if (e->body == NULL && e->is_spent)
                e->body = json_read_up(a, e->bytes + e->body_at, e->length - e->body_at - 1);
        if (e->body != NULL)
                return true;
        if (!e->is_right && !is_small_enough(e->bytes, e->length, err))
                return false;
        body = json_read(a, e->bytes + e->body_at, e->length - e->body_at - 1, &where);
        if (body == NULL)
                return no_json(err, e->body_at, &where);
        if (!json_is_object(body) || !is_shallow(body, DEPTH_MAX - 1))
                return not_formed(err) != NULL;
        e->body = body;
        return true;
}

void entry_look_at_body(struct entry *e)
{
        size_t before = parts_of(e->bytes, e->body_at);

        e->is_right = e->is_right || json_is_plain(e->bytes + e->body_at, e->length - e->body_at - 1, DEPTH_MAX - 1, ENTRY_PARTS_MAX - before);
}

bool entry_body_is_right(struct arena *a, struct entry *e, struct error *err)
{
        entry_look_at_body(e);
        return e->is_right || entry_body(a, e, err);
}

struct entry *entry_copy(struct arena *a, const struct entry *e)
{
        struct entry *copy = arena_alloc(a, sizeof *copy);

        *copy = *e;
        copy->stream = arena_text(a, e->stream);
        copy->node = arena_text(a, e->node);
        copy->audience = copy->stream + KEY_HEX;
        copy->author = arena_text(a, e->author);
        copy->role = arena_text(a, e->role);
        copy->kind = arena_text(a, e->kind);
        copy->subject = arena_text(a, e->subject);
        copy->prev = arena_text(a, e->prev);
        copy->body = NULL;
        return copy;
}

char *entry_text_kept(struct arena *a, const char *text, size_t most)
{
        size_t length = text == NULL ? 0 : strlen(text), cut = most;
        unsigned char hash[HASH_BYTES];
        char hex[HASH_HEX];

        if (text == NULL || length <= most)
                return text == NULL ? NULL : arena_copy(a, text, length);
        while (((unsigned char)text[cut] & 0xc0) == 0x80) /* JSON is UTF-8: a letter begins within four bytes */
                cut--;
        ledger_digest(text, length, hash);
        hex_write(hex, hash, HASH_BYTES);
        return arena_print(a, "%.*s… (%zu byte, SHA-256 %.16s…)", (int)cut, text, length, hex);
}

struct entry *entry_parse(struct arena *a, const char *bytes, size_t length, struct error *err)
{
        json_error_t where;
        struct entry *e;
        const char *at;
        json_t *json;

        if (!is_short_enough(length, err) || !is_small_enough(bytes, length, err))
                return NULL;
        json = json_read(a, bytes, length, &where);
        if (json == NULL) {
                no_json(err, 0, &where);
                return NULL;
        }
        e = arena_alloc(a, sizeof *e);
        e->bytes = bytes;
        e->length = length;
        e->stream = member(json, "stream");
        at = member(json, "at");
        e->author = member(json, "author");
        e->role = member(json, "role");
        e->kind = member(json, "kind");
        e->subject = member(json, "subject");
        e->prev = member(json, "prev");
        e->seq = json_integer_value(json_object_get(json, "seq"));
        e->body = json_object_get(json, "body");
        if (json_object_size(json) != 9 || !json_is_object(e->body) || !is_shallow(json, DEPTH_MAX) || !is_formed(a, e, at))
                return not_formed(err);
        ledger_digest(bytes, length, e->hash);
        return e;
}

int entry_compare(const struct entry *a, const struct entry *b)
{
        int by_node;

        if (a->at != b->at)
                return a->at < b->at ? -1 : 1;
        by_node = strcmp(a->node, b->node);
        return by_node != 0 ? by_node : memcmp(a->hash, b->hash, HASH_BYTES);
}
