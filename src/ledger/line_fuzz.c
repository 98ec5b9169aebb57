/* Any bytes as an entry, or (where they begin like one) as a seal: refused with a reason, or every part is of the stated
 * form and the bytes are exactly those that a program would have written from what was read. An entry read in two steps,
 * head and body, is refused or taken, and as the same, as one read at once. */
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "ledger/ledger_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool is_true)
{
        if (!is_true)
                abort();
}

static void see_seal(struct arena *a, const char *line, size_t length)
{
        struct error err = { .language = LANGUAGE_EN };
        struct seal s;
        char at[STAMP_TEXT_MAX], hex[SIGNATURE_BYTES * 2 + 1];
        unsigned char key[KEY_BYTES];
        struct buf again;

        if (!seal_parse(a, line, length, &s, &err)) {
                require(err.message[0] != '\0');
                return;
        }
        stamp_write(at, s.at);
        hex_write(hex, s.signature, SIGNATURE_BYTES);
        require(s.seq >= 1 && strlen(s.hash) == HASH_HEX - 1);
        buf_init(&again, 0);
        buf_print(&again, ",\"seq\":%lld,\"hash\":\"%s\",\"at\":\"%s\",\"signature\":\"%s\"}", (long long)s.seq, s.hash, at, hex);
        require(again.length < length && memcmp(line + length - again.length, again.data, again.length) == 0);
        buf_clear(&again);
        if (hex_read(key, sizeof key, arena_copy(a, s.stream, KEY_HEX - 1)))
                seal_is_genuine(&s, arena_copy(a, s.stream, KEY_HEX - 1));
}

static bool same_text(const char *a, const char *b)
{
        return strcmp(a, b) == 0;
}

/* entry_head and entry_body together are entry_parse: whole is what that said, NULL where it refused. */
static void see_in_two_steps(struct arena *a, const char *line, size_t length, const struct entry *whole)
{
        struct error err = { .language = LANGUAGE_EN };
        struct error why = { .language = LANGUAGE_EN };
        struct entry *e = entry_head(a, line, length, &err);
        bool is_right;

        require((e != NULL) == error_ok(&err));
        require(e == NULL || e->body == NULL);
        is_right = e != NULL && entry_body_is_right(a, e, &why); /* mostly without reading it */
        if (e != NULL && !entry_body(a, e, &err))
                e = NULL;
        require(is_right == (e != NULL));
        require((e != NULL) == error_ok(&err) && (e != NULL) == (whole != NULL));
        if (e == NULL)
                return;
        require(entry_compare(e, whole) == 0 && e->seq == whole->seq && e->body_at == whole->body_at && e->bytes == line &&
                e->length == length);
        require(same_text(e->stream, whole->stream) && same_text(e->node, whole->node) && same_text(e->audience, whole->audience) &&
                same_text(e->author, whole->author) && same_text(e->role, whole->role) && same_text(e->kind, whole->kind) &&
                same_text(e->subject, whole->subject) && same_text(e->prev, whole->prev));
        require(json_equal(e->body, whole->body));
}

static void see_entry(struct arena *a, const char *line, size_t length)
{
        struct error err = { .language = LANGUAGE_EN };
        struct entry *e = entry_parse(a, line, length, &err), *again;
        unsigned char hash[HASH_BYTES];
        char at[STAMP_TEXT_MAX];
        struct buf head;

        require((e != NULL) == error_ok(&err));
        see_in_two_steps(a, line, length, e);
        if (e == NULL)
                return;
        require(e->seq >= 1 && strlen(e->node) == KEY_HEX - 1 && e->audience[0] != '\0' && json_is_object(e->body));
        ledger_digest(line, length, hash);
        require(memcmp(hash, e->hash, HASH_BYTES) == 0);
        stamp_write(at, e->at);
        buf_init(&head, 0);
        entry_compose_head(&head, e->stream, e->seq, at, e->author, e->role, e->kind, e->subject, e->prev);
        require(head.length < length && memcmp(head.data, line, head.length) == 0);
        /* what it says can be written into another entry, and read there as the same */
        buf_put(&head, line + head.length, length - head.length);
        again = entry_parse(a, head.data, head.length, &err);
        require(again != NULL && entry_compare(e, again) == 0 && json_equal(e->body, again->body));
        buf_clear(&head);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        struct arena *a = arena_open((size_t)128 << 20);
        const char *line = size == 0 ? "" : (const char *)bytes;

        if (size >= 8 && memcmp(line, "{\"seal\":", 8) == 0)
                see_seal(a, line, size);
        else
                see_entry(a, line, size);
        arena_close(a);
        return 0;
}
