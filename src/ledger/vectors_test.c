/* The test vectors of docs/exchange.md, made by another implementation in another language (tests/vectors/make.py): this
 * one reads them, finds the same hashes and seals, and would write the same bytes. */
#include "tests/support.h"

#include <sodium.h>

#include "base/file.h"
#include "base/hex.h"
#include "ledger/ledger_private.h"

static struct arena *arena;
static json_t *vectors;

static int set_up(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        size_t length;
        char *bytes;

        (void)state;
        arena = arena_open((size_t)8 << 20);
        bytes = file_read(arena, "tests/vectors/exchange.json", (size_t)1 << 20, &length, &err);
        if (bytes == NULL)
                fail_msg("%s", err.message);
        vectors = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(vectors);
        return sodium_init() < 0;
}

static int tear_down(void **state)
{
        (void)state;
        json_decref(vectors);
        arena_close(arena);
        return 0;
}

static const char *member(const json_t *object, const char *name)
{
        const char *text = json_string_value(json_object_get(object, name));

        assert_non_null(text);
        return text;
}

static void the_key_follows_from_its_seed(void **state)
{
        unsigned char seed[32], public[KEY_BYTES], secret[64];
        char hex[KEY_HEX];

        (void)state;
        assert_true(hex_read(seed, sizeof seed, member(vectors, "secret_seed")));
        crypto_sign_seed_keypair(public, secret, seed);
        hex_write(hex, public, sizeof public);
        assert_string_equal(hex, member(vectors, "public_key"));
}

static void entries_hash_and_chain_as_written(void **state)
{
        json_t *stream, *step;
        size_t i, n;

        (void)state;
        assert_true(json_array_size(json_object_get(vectors, "streams")) >= 2);
        json_array_foreach(json_object_get(vectors, "streams"), i, stream)
        {
                char prev[HASH_HEX], hash[HASH_HEX];

                memset(prev, '0', HASH_HEX - 1);
                prev[HASH_HEX - 1] = '\0';
                json_array_foreach(json_object_get(stream, "entries"), n, step)
                {
                        struct error err = { .language = LANGUAGE_EN };
                        const char *line = member(step, "entry");
                        struct entry *e = entry_parse(arena, line, strlen(line), &err);

                        if (e == NULL)
                                fail_msg("%s", err.message);
                        hex_write(hash, e->hash, HASH_BYTES);
                        assert_string_equal(hash, member(step, "hash"));
                        assert_string_equal(e->prev, prev);
                        assert_string_equal(e->stream, member(stream, "stream"));
                        assert_string_equal(e->node, member(vectors, "public_key"));
                        assert_int_equal(e->seq, n + 1);
                        memcpy(prev, hash, HASH_HEX);
                }
        }
}

static void seals_are_genuine_and_no_other_key_made_them(void **state)
{
        json_t *stream;
        size_t i;

        (void)state;
        json_array_foreach(json_object_get(vectors, "streams"), i, stream)
        {
                struct error err = { .language = LANGUAGE_EN };
                const char *line = member(stream, "seal");
                json_t *steps = json_object_get(stream, "entries");
                struct seal s;

                assert_true(seal_parse(arena, line, strlen(line), &s, &err));
                assert_string_equal(s.hash, member(json_array_get(steps, json_array_size(steps) - 1), "hash"));
                assert_int_equal(s.seq, json_array_size(steps));
                assert_true(seal_is_genuine(&s, member(vectors, "public_key")));
                assert_false(seal_is_genuine(&s, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"));
                s.seq++;
                assert_false(seal_is_genuine(&s, member(vectors, "public_key")));
        }
}

static void a_rotation_is_signed_by_the_old_key(void **state)
{
        const json_t *rotation = json_object_get(vectors, "rotation");
        const char *old = member(vectors, "public_key"), *new = member(rotation, "new_public_key");
        const char *line = member(json_array_get(json_object_get(rotation, "entries"), 0), "entry");
        struct error err = { .language = LANGUAGE_EN };
        struct entry *e = entry_parse(arena, line, strlen(line), &err);
        struct seal s;

        (void)state;
        assert_non_null(e);
        assert_string_equal(e->kind, "node.former");
        assert_string_equal(e->node, new);
        assert_string_equal(member(e->body, "signature"), member(rotation, "signature"));
        assert_true(trust_is_introduced(old, new, member(rotation, "signature")));
        assert_false(trust_is_introduced(new, old, member(rotation, "signature")));
        assert_false(trust_is_introduced(old, old, member(rotation, "signature")));
        line = member(rotation, "seal");
        assert_true(seal_parse(arena, line, strlen(line), &s, &err));
        assert_true(seal_is_genuine(&s, new));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_key_follows_from_its_seed),
                cmocka_unit_test(entries_hash_and_chain_as_written),
                cmocka_unit_test(seals_are_genuine_and_no_other_key_made_them),
                cmocka_unit_test(a_rotation_is_signed_by_the_old_key),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
