/* What is rare: names too long, files that are no files, memory that the machine refuses while a node is made or opened, entries and
 * tables of a form that nobody writes. */
#include "tests/support.h"

#include <dirent.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"
#include "ledger/ledger_private.h"
#include "tests/failing_calls.h"

static enum applied apply_thing(struct work *w, const struct entry *e, struct error *why)
{
        const char *form = json_string_value(json_object_get(e->body, "form"));

        (void)why;
        return db_exec(w->db, "INSERT INTO thing (form, entry) VALUES ($1, $2)", ARGS(v_bytes(form, strlen(form)), v_int(e->id))) ? APPLIED
                                                                                                                                 : FAILED;
}

static const struct entry_kind thing_kinds[] = { { "thing", apply_thing, "" }, { NULL, NULL, NULL } };
static const struct derived_table thing_tables[] = {
        { "thing", "CREATE TABLE thing (form BYTES, entry BIGINT)", "SELECT form, entry FROM thing", "be" },
        { "scratch", "CREATE TABLE scratch (number BIGINT)", NULL, "" },
        { NULL, NULL, NULL, NULL },
};
static const struct derived_table odd_tables[] = {
        { "thing", "CREATE TABLE thing (form BYTES, entry BIGINT)", "SELECT form, entry FROM thing", "?e" },
        { NULL, NULL, NULL, NULL },
};
static const struct entry_kind *const kinds[] = { trust_kinds, thing_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, thing_tables, NULL };
static const struct derived_table *const tables_odd[] = { trust_tables, odd_tables, NULL };
static const struct ledger_schema schema = { .kinds = kinds, .tables = tables };
static const struct ledger_schema odd = { .kinds = kinds, .tables = tables_odd };

static char folder[512];
static struct error err;
static struct node *node;
static struct arena *arena;
static struct work w;

static void work(void)
{
        error_clear(&w.err);
        arena_reset(arena);
        work_init(&w, arena, node_reader(node, &w.err), LANGUAGE_EN);
        w.node = node;
        w.user = &user_operator;
}

static int make(void **state)
{
        (void)state;
        log_set_level(LOG_ALARM);
        snprintf(folder, sizeof folder, "%s/node", test_folder());
        err = (struct error){ .language = LANGUAGE_EN };
        if (!node_init(folder, "VN", test_store(), &schema, &err))
                fail_msg("%s: %s", err.context, err.message);
        arena = arena_open(WORK_MEMORY_USUAL);
        node = node_open(folder, NODE_WRITE, &schema, &err);
        assert_non_null(node);
        work();
        return 0;
}

static int finish(void **state)
{
        (void)state;
        node_close(node);
        node = NULL;
        arena_close(arena);
        return 0;
}

static void must_say(enum error_code code, const char *words)
{
        if (err.code != code || strstr(err.message, words) == NULL)
                fail_msg("code %d: %s", (int)err.code, err.message);
        err = (struct error){ .language = LANGUAGE_EN };
}

static const char *in_folder(const char *name)
{
        static char path[2][600];
        static int which;

        which = !which;
        snprintf(path[which], sizeof path[which], "%s/%s", folder, name);
        return path[which];
}

static bool write_thing(struct work *its, void *form)
{
        struct buf body;
        char text[100];

        snprintf(text, sizeof text, "{\"form\":\"%s\"}", (const char *)form);
        body = (struct buf){ .data = text, .length = strlen(text) };
        return ledger_append(its, "*", "thing", "", &body, NULL);
}

static void put_thing(const char *form)
{
        work();
        if (!ledger_write(&w, write_thing, (void *)(uintptr_t)form))
                fail_msg("%s", w.err.message);
        work();
}

/* ---- nodes ---------------------------------------------------------------------------------------------------------------- */

static void names_too_long_are_refused(void **state)
{
        static char name[PATH_MAX], store[1000] = "postgresql://";

        (void)state;
        memset(name, 'x', sizeof name - 1);
        memset(store + strlen(store), 'x', 900);
        assert_false(node_init(name, "VN", NULL, &schema, &err));
        must_say(ERR_USAGE, "too long");
        assert_false(node_init(test_path("node"), "VN", store, &schema, &err));
        must_say(ERR_USAGE, "too long");
        assert_null(node_open(name, NODE_READ, &schema, &err));
        must_say(ERR_USAGE, "too long");
}

static void a_folder_with_a_key_is_left_as_it_is(void **state)
{
        const char *other = test_folder();
        char path[600];
        size_t length;

        (void)state;
        snprintf(path, sizeof path, "%s/key", other);
        assert_true(file_write(path, "a secret", 8, 0600, &err));
        assert_false(node_init(other, "VN", NULL, &schema, &err));
        must_say(ERR_CONFLICT, "holds a key already");
        assert_string_equal(file_read(arena, path, 100, &length, &err), "a secret");
        snprintf(path, sizeof path, "%s/ledger.db", other);
        assert_int_not_equal(access(path, F_OK), 0);
}

static void a_node_whose_files_are_none_is_not_opened(void **state)
{
        (void)state;
        node_close(node);
        node = NULL;
        assert_int_equal(unlink(in_folder("lock")), 0);
        assert_int_equal(mkdir(in_folder("lock"), 0700), 0);
        assert_null(node_open(folder, NODE_WRITE, &schema, &err));
        must_say(ERR_ENVIRONMENT, "cannot open");
        assert_int_equal(rmdir(in_folder("lock")), 0);

        assert_int_equal(mkdir(in_folder("restored"), 0700), 0);
        assert_null(node_open(folder, NODE_WRITE, &schema, &err));
        err = (struct error){ .language = LANGUAGE_EN };
        assert_int_equal(rmdir(in_folder("restored")), 0);

        assert_int_equal(rename(in_folder("settings"), in_folder("kept")), 0);
        assert_int_equal(symlink("settings", in_folder("settings")), 0); /* leads to itself */
        assert_null(node_open(folder, NODE_READ, &schema, &err));
        must_say(ERR_ENVIRONMENT, "cannot open");
        assert_int_equal(rename(in_folder("kept"), in_folder("settings")), 0);
        node = node_open(folder, NODE_WRITE, &schema, &err);
        assert_non_null(node);
}

static void what_is_no_code_or_address_makes_no_node(void **state)
{
        char other[600];

        (void)state;
        snprintf(other, sizeof other, "%s/made", test_folder());
        assert_false(node_init(other, "2x", NULL, &schema, &err));
        must_say(ERR_INVALID, "is not a unit's code");
        assert_false(node_init(other, "25", "mysql://u@h/x", &schema, &err));
        must_say(ERR_USAGE, "is not the address of a database");
        assert_false(node_init(other, "25", "postgres://u@/x?host=/nonexistent", &schema, &err));
        must_say(ERR_ENVIRONMENT, "cannot be reached");
        assert_int_not_equal(access(other, F_OK), 0);
        assert_int_equal(mkdir(other, 0700), 0); /* an empty folder will do */
        assert_true(node_init(other, "25", NULL, &schema, &err));
}

/* A settings file that people wrote, with lines that are none of ours, with tabs; and one that names no unit. */
static void settings_are_read_as_people_write_them(void **state)
{
        static const struct { const char *lines; const char *unit; } cases[] = {
                { "# ours\n\tunited = no\n = nothing\nunit\t=\t25 \r\n\n", "25" },
                { "unit = 2x\n", NULL },
                { "united = 25\n", NULL },
        };
        char *kept, *text;
        size_t length;

        (void)state;
        if (test_store() != NULL)
                skip();
        node_close(node);
        kept = file_read(arena, in_folder("settings"), 1000, &length, &err);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                text = arena_print(arena, "%s%s", cases[i].lines, cases[i].unit == NULL ? "" : "also = this");
                assert_true(file_write(in_folder("settings"), text, strlen(text), 0600, &err));
                node = node_open(folder, NODE_WRITE, &schema, &err);
                if (cases[i].unit == NULL) {
                        assert_null(node);
                        must_say(ERR_DAMAGED, "names no unit");
                        continue;
                }
                assert_non_null(node);
                assert_string_equal(node_unit(node), cases[i].unit);
                assert_string_equal(node_setting(node, "also"), "this");
                node_close(node);
        }
        assert_true(file_write(in_folder("settings"), kept, length, 0600, &err));
        node = node_open(folder, NODE_WRITE, &schema, &err);
        assert_non_null(node);
}

static void a_key_file_that_is_damaged_is_told(void **state)
{
#define HEX32 "0123456789abcdef0123456789abcdef"
        static const char *const lines[] = {
                "former " HEX32 HEX32 "\n",                                                /* without a signature */
                "former " HEX32 HEX32 " " HEX32 HEX32 HEX32 "zz\n",                        /* one that is none */
                "former " HEX32 "zz " HEX32 HEX32 HEX32 HEX32 "\n", "another line\n",
        };
#undef HEX32
        char *kept;
        size_t length;

        (void)state;
        node_close(node);
        kept = file_read(arena, in_folder("key"), 1000, &length, &err);
        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
                char *text = arena_print(arena, "%s\n\n%s", kept, lines[i]);

                assert_true(file_write(in_folder("key"), text, strlen(text), 0600, &err));
                assert_null(node_open(folder, NODE_READ, &schema, &err));
                must_say(ERR_DAMAGED, "the node's key");
        }
        assert_true(file_write(in_folder("key"), kept, length, 0600, &err));
        node = node_open(folder, NODE_WRITE, &schema, &err);
        assert_non_null(node);
}

static void each_refusal_of_memory_makes_no_node_and_opens_none(void **state)
{
        bool is_done = false;
        int failed = 0;

        (void)state;
        if (test_store() != NULL)
                skip();
        for (long n = 1; !is_done; n++) {
                char other[600];

                snprintf(other, sizeof other, "%s/made", test_folder());
                memory_fail_at(n);
                is_done = node_init(other, "25", NULL, &schema, &err);
                assert_true(!is_done || !memory_was_refused());
                memory_fail_at(0);
                failed += !is_done;
                if (!is_done) {
                        must_say(ERR_ENVIRONMENT, "memory");
                        assert_int_not_equal(access(other, F_OK), 0);
                }
        }
        node_close(node);
        node = NULL;
        for (enum node_mode mode = NODE_READ; mode <= NODE_WRITE; mode++)
                for (long n = 1; node == NULL; n++) {
                        memory_fail_at(n);
                        node = node_open(folder, mode, &schema, &err);
                        assert_true(node == NULL || !memory_was_refused());
                        memory_fail_at(0);
                        failed += node == NULL;
                        if (node == NULL) {
                                must_say(ERR_ENVIRONMENT, "memory");
                        } else if (mode == NODE_READ) {
                                node_close(node);
                                node = NULL;
                                break;
                        }
                }
        assert_true(failed > 20);
}

static int freed;

static void count_freed(void *thing)
{
        (void)thing;
        freed++;
}

static void what_is_kept_anew_takes_the_place_of_the_old(void **state)
{
        static int one, two;

        (void)state;
        freed = 0;
        node_keep(node, "thing", &one, count_freed);
        node_keep(node, "thing", &one, count_freed);
        assert_int_equal(freed, 0);
        node_keep(node, "thing", &two, count_freed);
        assert_int_equal(freed, 1);
        assert_ptr_equal(node_kept(node, "thing"), &two);
        node_close(node);
        node = NULL;
        assert_int_equal(freed, 2);
}

/* ---- tables ----------------------------------------------------------------------------------------------------------------- */

static void bytes_and_tables_without_a_state_are_hashed_as_they_should(void **state)
{
        char before[HASH_HEX], after[HASH_HEX];
        int64_t entries;

        (void)state;
        put_thing("one");
        assert_true(ledger_state(&w, NULL, before));
        work();
        assert_true(db_exec(node->writer, "INSERT INTO scratch (number) VALUES (1)", NO_ARGS));
        assert_true(ledger_state(&w, NULL, after) && strcmp(before, after) == 0);
        work();
        assert_true(ledger_rebuild_check(&w, &entries)); /* what has no state may differ */
        work();
        assert_true(db_exec(node->writer, "UPDATE thing SET form = $1", ARGS(v_bytes("two", 3))));
        assert_true(ledger_state(&w, NULL, after) && strcmp(before, after) != 0);
        work();
        assert_false(ledger_rebuild_check(&w, &entries));
        assert_int_equal(w.err.code, ERR_DAMAGED);
        assert_non_null(strstr(w.err.message, "table thing differs"));
}

static void a_table_of_an_unknown_form_is_named(void **state)
{
        char hash[HASH_HEX];

        (void)state;
        put_thing("one");
        node_close(node);
        node = node_open(folder, NODE_WRITE, &odd, &err);
        assert_non_null(node);
        work();
        assert_false(ledger_state(&w, NULL, hash));
        assert_int_equal(w.err.code, ERR_DAMAGED);
        assert_non_null(strstr(w.err.message, "thing has an unknown state form"));
}

static void tables_are_not_checked_where_no_folder_can_be_made(void **state)
{
        char away[600];
        int64_t entries;

        (void)state;
        put_thing("one");
        snprintf(away, sizeof away, "%s-away", folder);
        assert_int_equal(rename(folder, away), 0);
        assert_false(ledger_rebuild_check(&w, &entries));
        assert_int_equal(w.err.code, ERR_ENVIRONMENT);
        assert_non_null(strstr(w.err.message, "cannot make a folder"));
        assert_int_equal(rename(away, folder), 0);
        work();
        assert_true(ledger_rebuild_check(&w, &entries));
}

/* ---- pasts -------------------------------------------------------------------------------------------------------------------- */

static int folders_of_pasts(void)
{
        DIR *all = opendir(folder);
        struct dirent *entry;
        int count = 0;

        assert_non_null(all);
        while ((entry = readdir(all)) != NULL)
                count += strncmp(entry->d_name, "past-", 5) == 0;
        closedir(all);
        return count;
}

/* Each place that takes memory or asks the node's database fails in turn: then there is an error, no folder, and the next one who asks is served. */
static void a_past_for_which_memory_or_the_database_fails_leaves_nothing(void **state)
{
        struct past *p = NULL;
        int failed[2] = { 0, 0 };
        enum past_width width;
        moment then;

        (void)state;
        put_thing("one");
        usleep(3000);
        then = moment_now();
        usleep(3000);
        put_thing("two");
        for (int what = 0; what < 2; what++) {
                width = what == 0 ? PAST_WHOLE : PAST_OF_REGISTERS;
                for (long n = 1; p == NULL; n++) {
                        work();
                        what == 0 ? memory_fail_at(n) : db_fail_at(w.db, n);
                        p = past_hold(&w, then, width);
                        assert_true(p == NULL || what == 1 || !memory_was_refused());
                        memory_fail_at(0);
                        db_fail_at(w.db, 0);
                        failed[what] += p == NULL;
                        assert_true(p == NULL ? !work_ok(&w) && folders_of_pasts() == 0 : work_ok(&w));
                }
                assert_int_equal(db_number(node_reader(past_node(p), &err), "SELECT COUNT(*) FROM thing", NO_ARGS, -1), 1);
                past_release(p);
                p = NULL;
                pasts_forget(node);
                assert_int_equal(folders_of_pasts(), 0);
        }
        assert_true(failed[0] > 20 && failed[1] > 5);
}

/* ---- entries ---------------------------------------------------------------------------------------------------------------- */

/* Somebody changes what an entry says of the one before it, and its hash with it. */
static void a_broken_chain_is_named(void **state)
{
        unsigned char hash[HASH_BYTES];
        struct verified v;
        size_t length;
        char *line, *prev;

        (void)state;
        put_thing("one");
        put_thing("two");
        line = db_text(w.db, arena, "SELECT CAST(line AS TEXT) FROM ledger_entry WHERE seq = 2", NO_ARGS);
        if (test_store() != NULL)
                skip();
        prev = strstr(line, "\"prev\":\"") + 8;
        prev[0] = prev[0] == '0' ? '1' : '0';
        length = strlen(line);
        ledger_digest(line, length, hash);
        assert_true(db_exec(node->writer, "UPDATE ledger_entry SET line = $1, hash = $2 WHERE seq = 2",
                            ARGS(v_bytes(line, length), v_bytes(hash, sizeof hash))));
        assert_false(ledger_verify(&w, &v));
        assert_int_equal(w.err.code, ERR_DAMAGED);
        assert_non_null(strstr(w.err.message, "the chain is broken"));
}

static void an_entry_or_a_receipt_too_large_is_refused(void **state)
{
        size_t length = ENTRY_MAX + 1;
        char *bytes = malloc(length);

        (void)state;
        assert_non_null(bytes);
        memset(bytes, ' ', length);
        assert_null(entry_parse(arena, bytes, length, &err));
        must_say(ERR_TOO_BIG, "over the limit");
        assert_null(entry_head(arena, bytes, length, &err));
        must_say(ERR_TOO_BIG, "over the limit");
        free(bytes);
}

static void no_moment_is_written_as_a_dash(void **state)
{
        char text[STAMP_TEXT_MAX];

        (void)state;
        assert_int_equal(stamp_write(text, 0), 1);
        assert_string_equal(text, "-");
}

static bool say_revoked(struct work *its, void *key)
{
        return trust_revoke(its, key);
}

static bool say_enrolled(struct work *its, void *key)
{
        return trust_enrol(its, key, "25", false);
}

static bool say_enrolled_elsewhere(struct work *its, void *key)
{
        return trust_enrol(its, key, "26", false);
}

static void a_key_is_revoked_once(void **state)
{
        static char key[] = "00000000000000000000000000000000000000000000000000000000000000aa";

        (void)state;
        assert_false(ledger_write(&w, say_revoked, key));
        assert_int_equal(w.err.code, ERR_MISSING);
        work();
        assert_true(ledger_write(&w, say_enrolled, key));
        work();
        assert_false(ledger_write(&w, say_enrolled, key));
        assert_int_equal(w.err.code, ERR_CONFLICT);
        assert_non_null(strstr(w.err.message, "already enrolled"));
        work();
        assert_true(ledger_write(&w, say_enrolled_elsewhere, key)); /* its office has moved */
        work();
        assert_string_equal(trust_find(&w, key)->unit, "26");
        assert_true(ledger_write(&w, say_revoked, key));
        work();
        assert_false(ledger_write(&w, say_revoked, key));
        assert_int_equal(w.err.code, ERR_CONFLICT);
        assert_non_null(strstr(w.err.message, "revoked already"));
        work();
        assert_false(ledger_write(&w, say_revoked, "no key"));
        assert_int_equal(w.err.code, ERR_INVALID);
}

static void a_code_too_long_is_no_symbol(void **state)
{
        static char code[300];
        int64_t number;

        (void)state;
        memset(code, 'x', sizeof code - 1);
        number = symbol_find(&w, 'i', code);
        assert_int_equal(number, -1);
        assert_true(work_ok(&w));
        assert_null(symbol_text(&w, 999999));
        assert_int_equal(w.err.code, ERR_DAMAGED);
}

int main(void)
{
#define TEST(f) { #f, f, make, finish, NULL }
        static const struct CMUnitTest tests[] = {
                TEST(names_too_long_are_refused),
                TEST(a_folder_with_a_key_is_left_as_it_is),
                TEST(a_node_whose_files_are_none_is_not_opened),
                TEST(what_is_no_code_or_address_makes_no_node),
                TEST(settings_are_read_as_people_write_them),
                TEST(a_key_file_that_is_damaged_is_told),
                TEST(each_refusal_of_memory_makes_no_node_and_opens_none),
                TEST(what_is_kept_anew_takes_the_place_of_the_old),
                TEST(bytes_and_tables_without_a_state_are_hashed_as_they_should),
                TEST(a_table_of_an_unknown_form_is_named),
                TEST(tables_are_not_checked_where_no_folder_can_be_made),
                TEST(a_past_for_which_memory_or_the_database_fails_leaves_nothing),
                TEST(a_broken_chain_is_named),
                TEST(an_entry_or_a_receipt_too_large_is_refused),
                TEST(no_moment_is_written_as_a_dash),
                TEST(a_key_is_revoked_once),
                TEST(a_code_too_long_is_no_symbol),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
