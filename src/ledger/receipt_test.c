#include "tests/support.h"

#include <pthread.h>

#include "base/hex.h"
#include "base/log.h"
#include "ledger/node.h"
#include "ledger/proof.h"
#include "ledger/read.h"
#include "ledger/receipt.h"
#include "ledger/trust.h"
#include "ledger/write.h"

static void a_receipt_code_is_ten_signs_of_the_hash(void **state)
{
        static const struct { unsigned char hash[HASH_BYTES]; const char *code; } cases[] = {
                { { 0 }, "00000-00000" },
                { { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF }, "ZZZZZ-ZZZZZ" },
                { { 0x08, 0x42, 0x10, 0x84, 0x21, 0x08, 0x40 }, "11111-11111" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char code[RECEIPT_CODE_MAX];

                receipt_code(cases[i].hash, code);
                assert_string_equal(code, cases[i].code);
        }
}

static void a_receipt_code_is_read_as_people_type_it(void **state)
{
        static const struct { const char *typed, *code; } cases[] = {
                { "7QW2M-0KXTA", "7QW2M-0KXTA" }, { "7qw2m0kxta", "7QW2M-0KXTA" }, { " 7QW2M okxta ", "7QW2M-0KXTA" },
                { "il000-OOOOO", "11000-00000" }, { "7QW2M-0KXT", NULL },          { "7QW2M-0KXTAA", NULL },
                { "7QW2M-0KXTU", NULL },          { "", NULL },                    { "7QW2M_0KXTA", NULL },
                { "7QW2M-0KXT\xC3", NULL },
        };
        char code[RECEIPT_CODE_MAX];

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                if (receipt_code_read(cases[i].typed, code) != (cases[i].code != NULL))
                        fail_msg("\"%s\"", cases[i].typed);
                if (cases[i].code != NULL)
                        assert_string_equal(code, cases[i].code);
        }
}

/* ---- at a node: papers have receipts, notes have none --------------------------------------------------- */

static enum applied take(struct work *w, const struct entry *e, struct error *why)
{
        (void)w;
        if (json_object_get(e->body, "wrong") == NULL)
                return APPLIED;
        error_set(why, ERR_INVALID, "it is wrong");
        return REFUSED;
}

static bool proves(const char *kind)
{
        return strcmp(kind, "paper") == 0;
}

static const struct entry_kind paper_kinds[] = { { "paper", take, "" }, { "note", take, "" }, { NULL, NULL, NULL } };
static const struct entry_kind *const kinds[] = { paper_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, NULL };
static const struct ledger_schema schema = { .kinds = kinds, .tables = tables, .keeps_seal = proves };

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

static bool append(struct work *job, void *argument)
{
        struct buf body;
        bool ok;

        buf_init(&body, 0);
        buf_print(&body, "{}");
        ok = ledger_append(job, "42", argument, "thing/1", &body, NULL);
        buf_clear(&body);
        return ok;
}

static void write_one(const char *kind)
{
        begin();
        if (!ledger_write(&w, append, (void *)(uintptr_t)kind))
                fail_msg("%s", w.err.message);
        begin();
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

/* The entry with that number in the one stream. */
static bool keep(struct work *job, const struct entry *e, void *context)
{
        (void)job;
        *(struct entry **)context = entry_copy(arena, e);
        return true;
}

static const struct entry *entry_at(int64_t seq)
{
        struct entry *e = NULL;

        begin();
        assert_true(ledger_stream_after(&w, arena_print(arena, "%s/42", node_key(node)), seq - 1, 1, keep, &e));
        assert_non_null(e);
        return e;
}

/* What is found for it: an id, or the error; 0. */
static int64_t find(const char *typed, enum error_code *code)
{
        int64_t id;

        error_clear(&w.err);
        id = receipt_find(&w, typed, proves);
        *code = w.err.code;
        error_clear(&w.err);
        return id;
}

static void an_entry_is_found_by_its_code_and_by_its_hash_where_its_kind_has_receipts(void **state)
{
        char code[RECEIPT_CODE_MAX], hash[HASH_HEX];
        enum error_code why;
        const struct entry *e;

        (void)state;
        write_one("paper");
        write_one("note");
        e = entry_at(1);
        receipt_code(e->hash, code);
        hex_write(hash, e->hash, HASH_BYTES);
        assert_int_equal(find(code, &why), e->id);
        assert_int_equal(find(hash, &why), e->id);
        assert_int_equal(find("00000-00000", &why), 0);
        assert_int_equal(why, ERR_MISSING);
        assert_int_equal(find("hello", &why), 0);
        assert_int_equal(why, ERR_MISSING);
        e = entry_at(2);
        receipt_code(e->hash, code);
        assert_int_equal(find(code, &why), 0); /* a note */
        assert_int_equal(why, ERR_MISSING);
}

/* A second row whose hash begins alike, which no one can make: its last byte differs. */
static bool double_row(struct work *job, void *argument)
{
        unsigned char other[HASH_BYTES];
        const struct entry *e = argument;

        memcpy(other, e->hash, HASH_BYTES);
        other[HASH_BYTES - 1] ^= 1;
        return db_exec(job->db, "INSERT INTO ledger_entry (id, stream, seq, at, kind, subject, hash, line) SELECT 1000, stream, 1000, at, kind, subject, $2, line FROM ledger_entry WHERE id = $1",
                       ARGS(v_int(e->id), v_bytes(other, sizeof other)));
}

static void of_several_with_one_code_the_hash_is_asked_for(void **state)
{
        char code[RECEIPT_CODE_MAX], hash[HASH_HEX];
        const struct entry *e;
        enum error_code why;

        (void)state;
        write_one("paper");
        e = entry_at(1);
        receipt_code(e->hash, code);
        hex_write(hash, e->hash, HASH_BYTES);
        assert_true(ledger_write(&w, double_row, (void *)(uintptr_t)e));
        begin();
        assert_int_equal(find(code, &why), 0);
        assert_int_equal(why, ERR_CONFLICT);
        assert_int_equal(find(hash, &why), 1);
}

static bool name_it_anew(struct work *job, void *argument)
{
        const unsigned char *former = argument;

        return db_exec(job->db, "INSERT INTO ledger_rewritten (hash, at, entry) VALUES ($1, 7, 1)", ARGS(v_bytes(former, HASH_BYTES)));
}

static void what_was_written_again_is_found_by_what_it_was(void **state)
{
        unsigned char former[HASH_BYTES] = { 0xFF, 0xFF, 1 };
        char code[RECEIPT_CODE_MAX];
        struct rewritten_entry found;
        enum error_code why;

        (void)state;
        write_one("paper");
        assert_false(receipt_former(&w, 1, &found));
        assert_true(ledger_write(&w, name_it_anew, former));
        begin();
        receipt_code(former, code);
        assert_int_equal(find(code, &why), 1);
        assert_true(receipt_former(&w, 1, &found));
        assert_memory_equal(found.hash, former, HASH_BYTES);
        assert_int_equal(found.at, 7);
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

/* Holds the writer up until the others wait, too: they come in one commit. */
static bool wait_at_gate(struct work *job, void *argument)
{
        (void)job;
        (void)argument;
        pthread_mutex_lock(&gate);
        pthread_mutex_unlock(&gate);
        return true;
}

static void note_done(struct ledger_job *job, bool is_ok)
{
        (void)job;
        assert_true(is_ok);
}

static void between_what_is_filed_and_its_seal_stands_nothing_of_others(void **state)
{
        static char paper[] = "paper", note[] = "note";
        struct ledger_job jobs[] = {
                { .run = wait_at_gate }, { .run = append, .argument = note }, { .run = append, .argument = paper }, { .run = append, .argument = note }, { .run = append, .argument = note },
        };
        struct work works[5];
        struct arena *arenas[5];
        int64_t sealed = 0;

        (void)state;
        pthread_mutex_lock(&gate);
        for (size_t i = 0; i < 5; i++) {
                arenas[i] = arena_open(WORK_MEMORY_USUAL);
                work_init(&works[i], arenas[i], NULL, LANGUAGE_EN);
                works[i].node = node;
                works[i].user = &user_operator;
                jobs[i].work = &works[i];
                jobs[i].done = note_done;
                ledger_submit(node, &jobs[i]);
        }
        pthread_mutex_unlock(&gate);
        write_one("note"); /* done after them */
        for (size_t i = 0; i < 5; i++)
                arena_close(arenas[i]);
        assert_non_null(ledger_seal_line(&w, arena_print(arena, "%s/42", node_key(node)), 2, &sealed));
        assert_int_equal(sealed, 2);
        assert_non_null(ledger_seal_line(&w, arena_print(arena, "%s/42", node_key(node)), 3, &sealed));
        assert_true(sealed >= 4); /* notes of one commit share a seal */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_receipt_code_is_ten_signs_of_the_hash),
                cmocka_unit_test(a_receipt_code_is_read_as_people_type_it),
                cmocka_unit_test_setup_teardown(an_entry_is_found_by_its_code_and_by_its_hash_where_its_kind_has_receipts, open_node, close_node),
                cmocka_unit_test_setup_teardown(of_several_with_one_code_the_hash_is_asked_for, open_node, close_node),
                cmocka_unit_test_setup_teardown(what_was_written_again_is_found_by_what_it_was, open_node, close_node),
                cmocka_unit_test_setup_teardown(between_what_is_filed_and_its_seal_stands_nothing_of_others, open_node, close_node),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
