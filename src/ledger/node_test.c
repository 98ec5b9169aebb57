#include "tests/support.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "ledger/ledger_private.h"

/* ---- nodes of two programs: the later one has a table more --------------------------------------------------------- */

static enum applied apply_note(struct work *w, const struct entry *e, struct error *why)
{
        (void)why;
        db_exec(w->db, "INSERT INTO note (entry) VALUES ($1)", ARGS(v_int(e->id)));
        if (node_schema(w->node)->tables[2] != NULL)
                db_exec(w->db, "INSERT INTO later (entry) VALUES ($1)", ARGS(v_int(e->id)));
        return work_ok(w) ? APPLIED : FAILED;
}

static const struct entry_kind note_kinds[] = { { "note", apply_note, "" }, { NULL, NULL, NULL } };
static const struct derived_table note_tables[] = {
        { "note", "CREATE TABLE note (entry BIGINT PRIMARY KEY)", "SELECT entry FROM note", "e" },
        { NULL, NULL, NULL, NULL },
};
static const struct derived_table later_tables[] = {
        { "later", "CREATE TABLE later (entry BIGINT PRIMARY KEY)", "SELECT entry FROM later", "e" },
        { NULL, NULL, NULL, NULL },
};
static const struct entry_kind *const kinds[] = { trust_kinds, note_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, note_tables, NULL };
static const struct derived_table *const tables_now[] = { trust_tables, note_tables, later_tables, NULL };
static const struct ledger_schema before = { .kinds = kinds, .tables = tables };
static const struct ledger_schema now = { .kinds = kinds, .tables = tables_now };

#define MANY 1100 /* symbols: more than there is room for at first */

static char folder[512];
static const char *store;
static struct error err;

static int make(void **state)
{
        (void)state;
        log_set_level(LOG_ALARM);
        snprintf(folder, sizeof folder, "%s/node", test_folder());
        store = test_store();
        err = (struct error){ .language = LANGUAGE_EN };
        if (!node_init(folder, "25", store, &before, &err))
                fail_msg("%s: %s", err.context, err.message);
        return 0;
}

static void replace(const char *name, const char *text)
{
        char path[600];

        snprintf(path, sizeof path, "%s/%s", folder, name);
        assert_true(file_write(path, text, strlen(text), 0600, &err));
}

/* Opening must fail with that code and say why; the error is cleared. */
static void must_fail(enum node_mode mode, enum error_code code, const char *says)
{
        struct node *n = node_open(folder, mode, &before, &err);

        assert_null(n);
        if (err.code != code || (strstr(err.message, says) == NULL && strstr(err.context, says) == NULL))
                fail_msg("%d: %s (%s)", (int)err.code, err.message, err.context);
        error_clear(&err);
}

static struct node *must_open(const struct ledger_schema *schema)
{
        struct node *n = node_open(folder, NODE_WRITE, schema, &err);

        if (n == NULL)
                fail_msg("%s (%s)", err.message, err.context);
        return n;
}

struct job {
        size_t body;
        const char *audience; /* NULL: everybody */
        enum error_code code; /* of the failure */
        char says[200];
        const char *key, *unit; /* of another node */
};

static bool write_note(struct work *w, void *argument)
{
        const struct job *job = argument;
        struct buf body;
        bool ok;

        buf_init(&body, 0);
        buf_text(&body, "{\"text\":\"");
        for (size_t i = 0; i < job->body; i++)
                buf_char(&body, 'x');
        buf_text(&body, "\"}");
        ok = ledger_append(w, "25", "note", "n", &body, NULL);
        buf_clear(&body);
        return ok;
}

static struct error job_err; /* of the newest job */

static bool in_job(struct node *n, work_function *function, void *argument)
{
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        struct work w;
        bool ok;

        work_init(&w, a, node_reader(n, &err), LANGUAGE_EN);
        w.node = n;
        w.user = &user_operator;
        ok = ledger_write(&w, function, argument);
        job_err = w.err;
        arena_close(a);
        return ok;
}

static bool run(struct node *n, work_function *function, struct job *job)
{
        bool ok = in_job(n, function, job);

        job->code = job_err.code;
        strcpy(job->says, job_err.message);
        return ok;
}

/* As a program before left it: a table that today's knows nothing of, and none of those that came later. */
static bool make_old(struct work *w, void *argument)
{
        (void)argument;
        return db_script(w->db, "DROP TABLE ledger_rewritten; DROP TABLE ledger_branch; CREATE TABLE case_entry (case_id TEXT NOT NULL, entry BIGINT NOT NULL);"
                                "ALTER TABLE ledger_stream DROP COLUMN fork_lines; ALTER TABLE ledger_stream DROP COLUMN kept_seq;"
                                "ALTER TABLE ledger_link DROP COLUMN strangers;") &&
               db_exec(w->db, "INSERT INTO case_entry (case_id, entry) VALUES ('A', 1)", NO_ARGS) &&
               db_exec(w->db, "UPDATE ledger_meta SET value = '5' WHERE name = 'step'", NO_ARGS);
}

static bool make_anew(struct work *w, void *argument)
{
        (void)argument;
        return db_script(w->db, "DROP TABLE ledger_rewritten; CREATE TABLE case_entry (id BIGINT PRIMARY KEY)");
}

static bool is_note(const char *kind)
{
        return strcmp(kind, "note") == 0;
}

static bool empty_notes(struct work *w, void *argument)
{
        (void)argument;
        return db_exec(w->db, "DELETE FROM note", NO_ARGS);
}

static bool set_step(struct work *w, void *argument)
{
        (void)argument;
        return db_exec(w->db, "UPDATE ledger_meta SET value = '9999' WHERE name = 'step'", NO_ARGS);
}

static int64_t count(struct node *n, const char *sql)
{
        struct db *db = node_reader(n, &err);

        assert_non_null(db);
        db_attach_error(db, &err);
        return db_number(db, sql, NO_ARGS, -1);
}

/* ---- tests ------------------------------------------------------------------------------------------------------------ */

static void a_damaged_folder_is_named_and_left_alone(void **state)
{
        char key[300], path[600], *kept;
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        size_t length;

        (void)state;
        snprintf(path, sizeof path, "%s/key", folder);
        kept = file_read(a, path, 4096, &length, &err);
        assert_non_null(kept);
        replace("key", "zz\n");
        must_fail(NODE_READ, ERR_DAMAGED, "key");
        snprintf(key, sizeof key, "%.64s%s", kept, kept); /* a secret that does not belong to its public half */
        replace("key", key);
        must_fail(NODE_READ, ERR_DAMAGED, "key");
        replace("key", kept);
        replace("settings", "# nothing else\n");
        must_fail(NODE_READ, ERR_DAMAGED, "no unit");
        replace("settings", "unit = 25\nstore = nowhere://x\n");
        assert_null(node_open(folder, NODE_READ, &before, &err));
        assert_true(err.message[0] != '\0');
        error_clear(&err);
        arena_close(a);
}

static void settings_take_spaces_and_remarks_and_name_the_line_that_is_none(void **state)
{
        char text[900];
        struct node *n;

        (void)state;
        snprintf(text, sizeof text, "  # remark\n\n unit\t=  25 \r\nempty =\n%s%s%scolour=blue", store == NULL ? "" : "store = ",
                 store == NULL ? "" : store, store == NULL ? "" : "\n");
        replace("settings", text);
        n = must_open(&before);
        assert_string_equal(node_unit(n), "25");
        assert_string_equal(node_setting(n, "colour"), "blue");
        assert_null(node_setting(n, "remark"));
        node_close(n);
        replace("settings", "unit = 25\n\nnonsense\n");
        must_fail(NODE_READ, ERR_INVALID, "line 3");
}

static void a_node_of_a_newer_program_is_not_touched(void **state)
{
        struct job job = { 0 };
        struct node *n = must_open(&before);

        (void)state;
        assert_true(run(n, set_step, &job));
        node_close(n);
        must_fail(NODE_WRITE, ERR_CONFLICT, "newer program");
}

static void a_program_with_other_tables_fills_them_from_the_entries(void **state)
{
        struct job job = { .body = 3 };
        struct node *n = must_open(&before);

        (void)state;
        for (int i = 0; i < 3; i++)
                assert_true(run(n, write_note, &job));
        node_close(n);
        assert_null(node_open(folder, NODE_READ, &now, &err)); /* who only reads cannot do that */
        assert_int_equal(err.code, ERR_CONFLICT);
        error_clear(&err);
        n = must_open(&now);
        assert_int_equal(count(n, "SELECT COUNT(*) FROM later"), 3);
        assert_int_equal(count(n, "SELECT COUNT(*) FROM note"), 3);
        node_close(n);
}

static void a_program_that_says_otherwise_how_a_kind_is_placed_places_it_anew(void **state)
{
        struct ledger_schema others[] = { before, before, before, before };
        struct job job = { .body = 3 };
        struct node *n = must_open(&before);

        (void)state;
        others[0].decides_first = is_note;
        others[1].puts_off = is_note;
        others[2].by_subject = is_note;
        others[3].may_follow = is_note;
        assert_true(run(n, write_note, &job));
        for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
                assert_true(run(n, empty_notes, &job));
                node_close(n);
                n = must_open(&others[i]);
                assert_int_equal(count(n, "SELECT COUNT(*) FROM note"), 1);
        }
        assert_true(run(n, empty_notes, &job));
        node_close(n);
        n = must_open(&others[3]); /* which has said so before */
        assert_int_equal(count(n, "SELECT COUNT(*) FROM note"), 0);
        node_close(n);
}

static void a_table_that_only_an_older_program_had_goes(void **state)
{
        struct job job = { 0 };
        struct node *n = must_open(&before);

        (void)state;
        assert_true(run(n, make_old, &job));
        node_close(n);
        n = must_open(&before);
        assert_true(run(n, make_anew, &job)); /* it is not there */
        node_close(n);
}

/* The tables of an init that was cut off are gone on with; those of a node are not touched. */
static void a_database_that_holds_a_ledger_is_not_begun_anew(void **state)
{
        struct job job = { .body = 1 };
        struct node *n;

        (void)state;
        if (store == NULL)
                skip();
        node_remove(folder);
        assert_true(node_init(folder, "25", store, &before, &err));
        n = must_open(&before);
        assert_true(run(n, write_note, &job));
        node_close(n);
        node_remove(folder);
        assert_false(node_init(folder, "25", store, &before, &err));
        assert_int_equal(err.code, ERR_CONFLICT);
        assert_string_equal(err.message, "the database holds the ledger of a node already; nothing was changed");
        error_clear(&err);
        assert_false(file_exists(folder));
}

/* A folder that was copied to another machine has its own lock, and the same database. */
static void a_database_is_worked_with_from_one_folder_at_a_time(void **state)
{
        static const char *const parts[] = { "settings", "key" };
        char copy[600], path[700];
        struct node *n, *second;
        struct job job = { .body = 1 };

        (void)state;
        if (store == NULL)
                skip();
        snprintf(copy, sizeof copy, "%s-copy", folder);
        assert_int_equal(mkdir(copy, 0700), 0);
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
                struct arena *a = arena_open(1 << 20);
                size_t length;
                char *text;

                snprintf(path, sizeof path, "%s/%s", folder, parts[i]);
                text = file_read(a, path, 1 << 16, &length, &err);
                assert_non_null(text);
                snprintf(path, sizeof path, "%s/%s", copy, parts[i]);
                assert_true(file_write(path, text, length, 0600, &err));
                arena_close(a);
        }
        n = must_open(&before);
        second = node_open(copy, NODE_WRITE, &before, &err);
        assert_null(second);
        assert_int_equal(err.code, ERR_BUSY);
        assert_string_equal(err.message, "another process is already working with this database");
        error_clear(&err);
        assert_true(run(n, write_note, &job));
        node_close(n);
        second = node_open(copy, NODE_WRITE, &before, &err);
        assert_non_null(second);
        assert_true(run(second, write_note, &job));
        node_close(second);
}

static bool fail_at_last(struct work *w, void *argument)
{
        return write_note(w, argument) && error_set(&w->err, ERR_ENVIRONMENT, "as where the disk is full");
}

static void what_an_init_made_that_failed_is_gone(void **state)
{
        struct job job = { .body = 1 };
        struct error why = { .language = LANGUAGE_EN };
        struct arena *a;
        struct db *db;
        struct work w;

        (void)state;
        if (store == NULL)
                skip();
        node_remove(folder);
        db = db_open(store, DB_WRITE, &err);
        assert_non_null(db);
        a = arena_open(WORK_MEMORY_USUAL);
        work_init(&w, a, db, LANGUAGE_EN);
        w.user = &user_operator;
        assert_false(node_init_with(&w, folder, "25", store, &before, fail_at_last, &job));
        assert_int_equal(w.err.code, ERR_ENVIRONMENT);
        db_attach_error(db, &why);
        assert_int_equal(db_number(db, "SELECT COUNT(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = quote_ident(current_schema())::regnamespace::oid", NO_ARGS, -1), 0);
        db_close(db);
        arena_close(a);
        assert_true(node_init(folder, "25", store, &before, &err));
}

static void an_entry_over_the_limit_is_refused_and_leaves_nothing(void **state)
{
        struct job big = { .body = ENTRY_MAX }, small = { .body = 1 };
        struct node *n = must_open(&before);

        (void)state;
        assert_false(run(n, write_note, &big));
        assert_int_equal(big.code, ERR_TOO_BIG);
        assert_true(run(n, write_note, &small));
        assert_int_equal(count(n, "SELECT COUNT(*) FROM ledger_entry"), 1);
        node_close(n);
}

static bool name_many(struct work *w, void *argument)
{
        int64_t *number = argument;
        char text[20];

        for (int i = 0; i < MANY; i++) {
                snprintf(text, sizeof text, "name %d", i);
                number[i] = symbol_make(w, 'x', text, strlen(text));
        }
        for (int i = 0; i < MANY; i++) {
                snprintf(text, sizeof text, "name %d", i);
                assert_string_equal(symbol_text(w, number[i]), text);
        }
        return work_ok(w);
}

static void names_beyond_the_first_room_have_their_numbers_as_well(void **state)
{
        static int64_t number[MANY];
        struct node *n = must_open(&before);

        (void)state;
        assert_true(in_job(n, name_many, number));
        node_close(n);
        n = must_open(&before);
        assert_true(in_job(n, name_many, number)); /* those it had */
        assert_int_equal(count(n, "SELECT COUNT(*) FROM symbol WHERE kind = 'x'"), MANY);
        node_close(n);
}

static bool meet(struct work *w, void *argument)
{
        const struct job *job = argument;

        return trust_enrol(w, job->key, job->unit, false) &&
               db_exec(w->db, "INSERT INTO ledger_link (node, url, total, contact, entry) VALUES ($1, '', 1, 1, 1)", ARGS(v_text(job->key)));
}

static bool hear(struct work *w, void *argument)
{
        const struct job *job = argument;

        return node_heard(w, job->key);
}

static bool waits(struct work *w, void *argument)
{
        const struct job *job = argument;
        size_t count;
        const char **units = node_waits_for(w, AUDIENCE_ALL, &count);

        return count == 1 && strcmp(units[0], job->unit) == 0;
}

static bool write_short_note(struct work *w, void *argument)
{
        const struct job *job = argument;
        struct buf body;

        buf_init_with(&body, 64, w->arena);
        BUF_LITERAL(&body, "{\"text\":\"x\"}");
        return ledger_append(w, job->audience == NULL ? AUDIENCE_ALL : job->audience, "note", "", &body, NULL);
}

static void a_restored_node_waits_for_all_it_had_exchanged_with(void **state)
{
#define ZEROS "00000000000000000000000000000000000000000000000000000000000000"
        struct job first = { .key = "11" ZEROS, .unit = "VN" }, second = { .key = "22" ZEROS, .unit = "VN" }, third = { .key = "33" ZEROS, .unit = "VN" }, none = { 0 };
        struct node *n = must_open(&before);

        (void)state;
        assert_true(run(n, meet, &first));
        assert_true(run(n, meet, &second));
        node_close(n);
        assert_true(node_mark_restored(folder, &err));
        n = must_open(&before);
        assert_true(node_is_restored(n));
        assert_true(run(n, hear, &first));
        assert_true(node_is_restored(n));
        assert_false(run(n, write_short_note, &none));
        assert_int_equal(none.code, ERR_CONFLICT);
        node_close(n);
        n = must_open(&before); /* it has not forgotten */
        assert_true(node_is_restored(n));
        assert_true(run(n, waits, &second));
        assert_true(run(n, hear, &third)); /* whom it had not met does not do for the other */
        assert_true(node_is_restored(n));
        assert_true(run(n, hear, &second));
        assert_false(node_is_restored(n));
        assert_true(run(n, write_short_note, &none));
        node_close(n);
        n = must_open(&before);
        assert_false(node_is_restored(n));
        node_close(n);
}

static bool enrol(struct work *w, void *argument)
{
        const struct job *job = argument;

        return trust_enrol(w, job->key, job->unit, false);
}

static bool revoke_key(struct work *w, void *argument)
{
        const struct job *job = argument;

        return trust_revoke(w, job->key);
}

/* As a rotation leaves it. */
static bool follow(struct work *w, void *argument)
{
        const struct job *job = argument;

        return db_exec(w->db, "UPDATE peer SET revoked_at = 1, successor = $2 WHERE key = $1", ARGS(v_text(job[0].key), v_text(job[1].key)));
}

static void restore(struct node **n)
{
        node_close(*n);
        assert_true(node_mark_restored(folder, &err));
        *n = must_open(&before);
}

static void a_restored_node_waits_for_no_key_that_has_ended(void **state)
{
        struct job jobs[] = { { .key = "11" ZEROS, .unit = "VN" }, { .key = "22" ZEROS, .unit = "VN" }, { .key = "33" ZEROS, .unit = "VN" }, { .key = "44" ZEROS, .unit = "VN" } }, none = { 0 };
        struct node *n = must_open(&before);

        (void)state;
        for (size_t i = 0; i < 3; i++)
                assert_true(run(n, meet, &jobs[i]));
        assert_true(run(n, enrol, &jobs[3]));
        assert_true(run(n, revoke_key, &jobs[1]));
        assert_true(run(n, follow, &jobs[2])); /* by the fourth, which nobody had met */
        restore(&n);
        assert_true(run(n, hear, &jobs[0]));
        assert_true(run(n, waits, &jobs[3]));
        assert_true(run(n, hear, &jobs[0])); /* once more: that is not the other */
        assert_true(node_is_restored(n));
        assert_false(run(n, write_short_note, &none));
        assert_true(run(n, hear, &jobs[3]));
        assert_false(node_is_restored(n));
        node_close(n);
}

/* What it writes for one that has been heard need not wait for those that may not read it. */
static void a_restored_node_writes_what_those_may_read_who_were_heard(void **state)
{
        static const char *const units[] = { "VN", "42" };

        (void)state;
        for (int i = 0; i < 2; i++) { /* whichever is listed first */
                struct job heard = { .key = "11" ZEROS, .unit = units[i] }, silent = { .key = "22" ZEROS, .unit = units[1 - i] }, note = { .audience = units[i] };
                char says[200];
                struct node *n;

                make(state);
                n = must_open(&before);
                assert_true(run(n, meet, &heard));
                assert_true(run(n, meet, &silent));
                restore(&n);
                assert_true(run(n, hear, &heard));
                assert_true(node_is_restored(n));
                assert_true(run(n, write_short_note, &note));
                note.audience = units[1 - i];
                assert_false(run(n, write_short_note, &note));
                snprintf(says, sizeof says, "this node was made from a backup; 1 of those it had exchanged with may hold what it wrote after that and have not brought it back yet: the nodes of %s", units[1 - i]);
                assert_string_equal(note.says, says);
                node_close(n);
        }
}

static void of_many_it_waits_for_some_are_named(void **state)
{
        struct job job = { .unit = "VN" }, note = { 0 };
        struct node *n = must_open(&before);
        char key[KEY_HEX];

        (void)state;
        job.key = key;
        for (int i = 0; i < 9; i++) {
                snprintf(key, sizeof key, "%02d" ZEROS, i);
                assert_true(run(n, meet, &job));
        }
        restore(&n);
        assert_false(run(n, write_short_note, &note));
        assert_non_null(strstr(note.says, "; 9 of those"));
        assert_non_null(strstr(note.says, ": the nodes of VN, VN, VN, VN, VN, VN, VN, VN, …"));
        snprintf(key, sizeof key, "%02d" ZEROS, 5);
        assert_true(run(n, hear, &job));
        assert_false(run(n, write_short_note, &note));
        assert_non_null(strstr(note.says, ": the nodes of VN, VN, VN, VN, VN, VN, VN, VN"));
        assert_null(strstr(note.says, "…"));
        node_close(n);
}

static void a_mark_that_cannot_be_removed_goes_on_holding(void **state)
{
        struct job heard = { .key = "11" ZEROS, .unit = "VN" };
        struct node *n = must_open(&before);
        char path[600];

        (void)state;
        assert_true(run(n, meet, &heard));
        restore(&n);
        snprintf(path, sizeof path, "%s/" RESTORED_FILE, folder);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_false(node_let_go(n, &err));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        assert_non_null(strstr(err.message, "cannot remove"));
        error_clear(&err);
        assert_true(node_is_restored(n));
        assert_int_equal(rmdir(path), 0);
        assert_true(node_let_go(n, &err));
        assert_false(node_is_restored(n));
        node_close(n);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_damaged_folder_is_named_and_left_alone, make),
                cmocka_unit_test_setup(settings_take_spaces_and_remarks_and_name_the_line_that_is_none, make),
                cmocka_unit_test_setup(a_node_of_a_newer_program_is_not_touched, make),
                cmocka_unit_test_setup(a_program_with_other_tables_fills_them_from_the_entries, make),
                cmocka_unit_test_setup(a_program_that_says_otherwise_how_a_kind_is_placed_places_it_anew, make),
                cmocka_unit_test_setup(a_table_that_only_an_older_program_had_goes, make),
                cmocka_unit_test_setup(a_database_that_holds_a_ledger_is_not_begun_anew, make),
                cmocka_unit_test_setup(a_database_is_worked_with_from_one_folder_at_a_time, make),
                cmocka_unit_test_setup(what_an_init_made_that_failed_is_gone, make),
                cmocka_unit_test_setup(an_entry_over_the_limit_is_refused_and_leaves_nothing, make),
                cmocka_unit_test_setup(names_beyond_the_first_room_have_their_numbers_as_well, make),
                cmocka_unit_test_setup(a_restored_node_waits_for_all_it_had_exchanged_with, make),
                cmocka_unit_test_setup(a_restored_node_waits_for_no_key_that_has_ended, make),
                cmocka_unit_test_setup(a_restored_node_writes_what_those_may_read_who_were_heard, make),
                cmocka_unit_test_setup(of_many_it_waits_for_some_are_named, make),
                cmocka_unit_test_setup(a_mark_that_cannot_be_removed_goes_on_holding, make),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
