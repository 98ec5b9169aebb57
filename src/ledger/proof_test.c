#include "tests/support.h"

#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"
#include "ledger/ledger_private.h"
#include "ledger/node.h"
#include "ledger/proof.h"
#include "ledger/read.h"
#include "ledger/trust.h"
#include "ledger/write.h"

#define NAME "7QW2M-0KXTA"

/* ---- a node with one stream: entries whose body is all there is to them ------------------------------- */

static enum applied take(struct work *w, const struct entry *e, struct error *why)
{
        (void)w;
        (void)e;
        (void)why;
        return APPLIED;
}

static const struct entry_kind paper_kinds[] = { { "paper", take, "" }, { NULL, NULL, NULL } };
static const struct entry_kind *const kinds[] = { paper_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, NULL };
static const struct ledger_schema schema = { .kinds = kinds, .tables = tables };

static struct node *node;
static struct arena *arena;
static struct work w;

static void begin(void)
{
        arena_reset(arena);
        work_init(&w, arena, NULL, LANGUAGE_EN);
        w.node = node;
        w.user = &user_operator;
        w.db = node_reader(node, &w.err);
        assert_non_null(w.db);
        db_attach_error(w.db, &w.err);
}

/* So many entries in one commit: one seal covers them all. */
static bool write_papers(struct work *job, void *argument)
{
        const int *count = argument;
        struct buf body;
        bool ok = true;

        buf_init(&body, 0);
        for (int i = 0; ok && i < *count; i++) {
                buf_reset(&body);
                buf_print(&body, "{\"number\":%d,\"words\":\"Biên nhận\"}", i);
                ok = ledger_append(job, "42", "paper", "paper/1", &body, NULL);
        }
        buf_clear(&body);
        return ok;
}

static void write_together(int count)
{
        begin();
        if (!ledger_write(&w, write_papers, &count))
                fail_msg("%s", w.err.message);
}

static int open_node(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        char folder[512];

        (void)state;
        log_set_level(LOG_ALARM);
        snprintf(folder, sizeof folder, "%s/node", test_folder());
        arena = arena_open(WORK_MEMORY_USUAL);
        if (!node_init(folder, "42", test_store(), &schema, &err) ||
            (node = node_open(folder, NODE_WRITE, &schema, &err)) == NULL)
                fail_msg("%s", err.message);
        return 0;
}

static int close_node(void **state)
{
        (void)state;
        node_close(node);
        arena_close(arena);
        return 0;
}

struct wanted { int64_t seq; struct buf *out; bool is_written; };

static bool write_proof(struct work *job, const struct entry *e, void *context)
{
        struct wanted *p = context;

        if (e->seq == p->seq)
                p->is_written = proof_write(job, e, NAME, p->out);
        return true;
}

/* The proof of the entry with that number. The caller clears it. */
static struct buf proof_of(int64_t seq)
{
        struct buf out;
        struct wanted p = { .seq = seq, .out = &out };

        buf_init(&out, 0);
        begin();
        if (!ledger_stream_after(&w, arena_print(arena, "%s/42", node_key(node)), seq - 1, 1, write_proof, &p) ||
            !p.is_written)
                fail_msg("%s", w.err.message);
        return out;
}

static struct proof *read_with(const char *bytes, size_t length, const char *key, enum error_code *code)
{
        struct error err = { .language = LANGUAGE_EN };
        struct proof *p = proof_read(arena, bytes, length, key, &err);

        assert_true((p == NULL) == !error_ok(&err));
        *code = err.code;
        return p;
}

/* The name is the caller's to compare, as a receipt compares its code with the entry's hash. */
static enum error_code verdict(const char *bytes, size_t length)
{
        enum error_code code;
        struct proof *p;

        arena_reset(arena);
        p = read_with(bytes, length, node_key(node), &code);
        return p != NULL && strcmp(p->name, NAME) != 0 ? ERR_DAMAGED : code;
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static void what_was_written_verifies_and_says_what_it_proves(void **state)
{
        enum error_code code;
        struct proof *p;
        struct buf out;
        char key[KEY_HEX];

        (void)state;
        write_together(3);
        out = proof_of(2);
        assert_true(out.length < 3000);
        p = read_with(out.data, out.length, node_key(node), &code);
        assert_non_null(p);
        assert_string_equal(p->name, NAME);
        assert_string_equal(p->entry->kind, "paper");
        assert_int_equal(p->entry->seq, 2);
        assert_int_equal(p->entries, 2);
        assert_int_equal(p->sealed_seq, 3);
        assert_true(p->sealed_at > p->entry->at);
        strcpy(key, node_key(node));
        for (char *c = key; *c != '\0'; c++)
                *c = (char)(*c >= 'a' ? *c - 32 : *c);
        assert_non_null(read_with(out.data, out.length, key, &code)); /* as somebody else may write it */
        buf_clear(&out);
}

static void a_proof_stands_however_long_the_stream_grows(void **state)
{
        struct buf before, after;

        (void)state;
        write_together(1);
        before = proof_of(1);
        write_together(5);
        after = proof_of(1);
        assert_int_equal(before.length, after.length);
        assert_memory_equal(before.data, after.data, before.length);
        assert_int_equal(verdict(after.data, after.length), ERR_NONE);
        buf_clear(&before);
        buf_clear(&after);
}

static void every_altered_byte_is_found(void **state)
{
        struct buf out;

        (void)state;
        write_together(2);
        out = proof_of(1);
        for (size_t i = 0; i < out.length; i++) {
                char kept = out.data[i];

                for (int bit = 0; bit < 8; bit++) {
                        enum error_code code;

                        out.data[i] = (char)(kept ^ 1 << bit);
                        code = verdict(out.data, out.length);
                        if (code != ERR_DAMAGED && code != ERR_INVALID)
                                fail_msg("byte %zu (%c), bit %d: %s", i, kept, bit, error_name(code));
                }
                out.data[i] = kept;
        }
        assert_int_equal(verdict(out.data, out.length), ERR_NONE);
        buf_clear(&out);
}

static void every_cut_is_found(void **state)
{
        struct buf out;

        (void)state;
        write_together(2);
        out = proof_of(1);
        for (size_t length = 0; length + 1 < out.length; length++) {
                enum error_code code = verdict(out.data, length);

                if (code != ERR_DAMAGED && code != ERR_INVALID)
                        fail_msg("the first %zu bytes of %zu: %s", length, out.length, error_name(code));
        }
        assert_int_equal(verdict(out.data, out.length - 1), ERR_NONE); /* only the last line end */
        for (size_t from = 1; from < out.length; from++)
                assert_int_not_equal(verdict(out.data + from, out.length - from), ERR_NONE);
        buf_clear(&out);
}

static char *line_of(const struct buf *b, int number, size_t *length)
{
        char *at = b->data;

        for (; number > 0; number--)
                at = strchr(at, '\n') + 1;
        *length = (size_t)(strchr(at, '\n') + 1 - at);
        return at;
}

static void lines_put_together_from_two_proofs_do_not_verify(void **state)
{
        static const int orders[][5] = {
                { 0, 1, 3, -1 },    { 0, 2, 3, -1 },    { 0, 1, 2, -1 },    { 0, 1, 1, 2, 3 }, { 0, 2, 1, 3, -1 },
                { 1, 2, 3, -1 },    { 0, 3, -1 },       { 0, 1, 2, 3, 3 },  { 0, 1, 2, 3, 1 }, { 0, 0, 1, 2, 3 },
                { 0, 1, 2, 13, -1 }, { 0, 11, 12, 13, -1 }, { 10, 1, 2, 3, -1 }, { 0, 1, 12, 13, -1 },
        };
        struct buf mine, other;

        (void)state;
        write_together(2);
        mine = proof_of(1);
        write_together(2);
        other = proof_of(3);
        for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
                struct buf mixed;
                enum error_code code;

                buf_init(&mixed, 0);
                for (int k = 0; k < 5 && orders[i][k] >= 0; k++) {
                        size_t length;
                        const char *line = line_of(orders[i][k] >= 10 ? &other : &mine, orders[i][k] % 10, &length);

                        buf_put(&mixed, line, length);
                }
                code = verdict(mixed.data, mixed.length);
                if (code != ERR_DAMAGED && code != ERR_INVALID)
                        fail_msg("order %zu: %s", i, error_name(code));
                buf_clear(&mixed);
        }
        buf_clear(&mine);
        buf_clear(&other);
}

static void another_key_is_named(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        enum error_code code;
        struct buf out;
        char key[KEY_HEX];

        (void)state;
        write_together(1);
        out = proof_of(1);
        memset(key, 'a', KEY_HEX - 1);
        key[KEY_HEX - 1] = '\0';
        assert_null(proof_read(arena, out.data, out.length, key, &err));
        assert_int_equal(err.code, ERR_DAMAGED);
        assert_non_null(strstr(err.message, node_key(node)));
        assert_null(read_with(out.data, out.length, "abc", &code));
        assert_int_equal(code, ERR_USAGE);
        buf_clear(&out);
}

/* A forger who has another key signs everything anew and keeps the victim's name: no signature fits. */
static void a_seal_of_another_node_does_not_verify_under_this_key(void **state)
{
        char stranger[KEY_HEX];
        struct buf forged, mine;
        struct error err = { .language = LANGUAGE_EN };
        void *nothing = NULL;

        write_together(1);
        forged = proof_of(1);
        strcpy(stranger, node_key(node));
        close_node(state);
        open_node(&nothing);
        write_together(1);
        mine = proof_of(1);
        for (char *at = forged.data; (at = strstr(at, stranger)) != NULL;)
                memcpy(at, node_key(node), KEY_HEX - 1);
        assert_null(proof_read(arena, forged.data, forged.length, node_key(node), &err));
        assert_int_equal(err.code, ERR_DAMAGED);
        assert_int_equal(verdict(mine.data, mine.length), ERR_NONE);
        buf_clear(&forged);
        buf_clear(&mine);
}

static void line_ends_may_change_on_the_way(void **state)
{
        struct buf out, mailed;

        (void)state;
        write_together(2);
        out = proof_of(1);
        buf_init(&mailed, 0);
        for (size_t i = 0; i < out.length; i++) {
                if (out.data[i] == '\n')
                        buf_char(&mailed, '\r');
                buf_char(&mailed, out.data[i]);
        }
        assert_int_equal(verdict(mailed.data, mailed.length), ERR_NONE);
        buf_clear(&out);
        buf_clear(&mailed);
}

/* The line is as a program writes it, but names of that length none has. */
static void check_name(size_t length, enum error_code code)
{
        char line[400];
        int n = snprintf(line, sizeof line, "{\"caunoi_proof\":1,\"name\":\"%.*s\",\"entry\":\"%064d\",\"entries\":1}\n", (int)length,
                         "a name of more than 64 bytes, which is the longest that a file of a receipt says of a node", 0);

        assert_int_equal(verdict(line, (size_t)n), code);
}

static void other_files_are_called_no_receipt(void **state)
{
        static const char *const files[] = { "", "\n", "hello", "{}\n", "{\"caunoi_proof\":2}\n", "PK\x03\x04",
                                             "{\"caunoi\":1,\"node\":\"x\",\"unit\":\"42\",\"for\":\"VN\"}\n" };

        (void)state;
        for (size_t i = 0; i < sizeof files / sizeof *files; i++)
                assert_int_equal(verdict(files[i], strlen(files[i])), ERR_INVALID);
        check_name(PROOF_NAME_MAX, ERR_DAMAGED); /* one, that was cut off */
        check_name(PROOF_NAME_MAX + 1, ERR_INVALID);
}

/* A number beyond the last that there is follows no entry. */
static void nothing_follows_the_last_number_there_is(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        const char *stream = arena_print(arena, "%s/42", node_key(node));
        char zeros[HASH_HEX], hash[HASH_HEX];
        enum error_code code;
        struct entry *e;
        struct buf b;
        size_t length;

        (void)state;
        memset(zeros, '0', sizeof zeros - 1);
        zeros[sizeof zeros - 1] = '\0';
        buf_init_with(&b, 0, arena);
        for (int i = 0; i < 2; i++) {
                entry_compose_head(&b, stream, i == 0 ? INT64_MAX : 1, "2026-11-23T07:02:11.123Z/0", "a", "admin", "paper", "", zeros);
                buf_text(&b, "{}}\n");
        }
        length = strcspn(b.data, "\n");
        e = entry_parse(arena, b.data, length, &err);
        assert_non_null(e);
        hex_write(hash, e->hash, HASH_BYTES);
        stream = arena_print(arena, "{\"caunoi_proof\":1,\"name\":\"" NAME "\",\"entry\":\"%s\",\"entries\":2}\n%s", hash, b.data);
        assert_null(read_with(stream, strlen(stream), node_key(node), &code));
        assert_int_equal(code, ERR_DAMAGED);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(what_was_written_verifies_and_says_what_it_proves, open_node, close_node),
                cmocka_unit_test_setup_teardown(a_proof_stands_however_long_the_stream_grows, open_node, close_node),
                cmocka_unit_test_setup_teardown(every_altered_byte_is_found, open_node, close_node),
                cmocka_unit_test_setup_teardown(every_cut_is_found, open_node, close_node),
                cmocka_unit_test_setup_teardown(lines_put_together_from_two_proofs_do_not_verify, open_node, close_node),
                cmocka_unit_test_setup_teardown(another_key_is_named, open_node, close_node),
                cmocka_unit_test_setup_teardown(a_seal_of_another_node_does_not_verify_under_this_key, open_node,
                                                close_node),
                cmocka_unit_test_setup_teardown(nothing_follows_the_last_number_there_is, open_node, close_node),
                cmocka_unit_test_setup_teardown(line_ends_may_change_on_the_way, open_node, close_node),
                cmocka_unit_test_setup_teardown(other_files_are_called_no_receipt, open_node, close_node),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
