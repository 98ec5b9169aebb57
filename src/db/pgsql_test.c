/* What only PostgreSQL can suffer: lost servers, foreign collations, failed transactions. Needs
 * CAUNOI_TEST_STORE to name one (tests/postgres.sh); skipped otherwise. */
#include "tests/support.h"

#include "base/log.h"
#include "db/db.h"

static struct error err, other_err;
static const char *store;
static struct db *db, *other;

static int open_both(void **state)
{
        (void)state;
        log_set_level(LOG_ALARM);
        memset(&err, 0, sizeof err);
        memset(&other_err, 0, sizeof other_err);
        err.language = other_err.language = LANGUAGE_EN;
        store = test_store();
        if (store == NULL)
                return 0;
        db = db_open(store, DB_WRITE, &err);
        other = db_open(store, DB_WRITE, &other_err);
        assert_non_null(db);
        assert_non_null(other);
        assert_true(db_script(db, "CREATE TABLE t (a BIGINT NOT NULL, b TEXT, PRIMARY KEY (a))"));
        return 0;
}

static int close_both(void **state)
{
        (void)state;
        db_close(db);
        db_close(other);
        db = other = NULL;
        return 0;
}

static bool put(int64_t a)
{
        return db_exec(db, "INSERT INTO t (a) VALUES ($1)", ARGS(v_int(a)));
}

static int64_t count(void)
{
        return db_number(other, "SELECT COUNT(*) FROM t", NO_ARGS, -1);
}

/* End db's session from the other one and wait until it is gone. */
static void cut(int64_t session)
{
        assert_int_equal(db_number(other, "SELECT pg_terminate_backend(CAST($1 AS INTEGER), 5000)",
                                   ARGS(v_int(session)), -1), 1);
}

static int64_t session(void)
{
        return db_number(db, "SELECT pg_backend_pid()", NO_ARGS, -1);
}

static void a_server_lost_in_a_transaction_keeps_nothing_of_it(void **state)
{
        (void)state;
        if (store == NULL)
                skip();
        assert_true(db_begin(db) && db_savepoint(db) && put(1) && db_release(db) && db_savepoint(db));
        cut(session());
        assert_false(put(2));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        assert_non_null(strstr(err.message, "cannot be reached"));
        db_rollback_to(db);
        error_clear(&err);
        assert_false(db_savepoint(db));
        error_clear(&err);
        assert_false(db_commit(db));
        db_rollback(db);
        error_clear(&err);
        assert_int_equal(count(), 0);
        assert_true(db_begin(db) && put(3) && db_commit(db));
        assert_int_equal(count(), 1);
}

static void a_server_that_came_back_is_found_again(void **state)
{
        (void)state;
        if (store == NULL)
                skip();
        for (int i = 0; i < 3; i++) {
                assert_true(put(i));
                cut(session());
                assert_true(db_begin(db) && put(10 + i) && db_commit(db));
                cut(session());
                assert_int_equal(db_number(db, "SELECT COUNT(*) FROM t", NO_ARGS, -1), 2 * i + 2);
        }
}

static void a_server_lost_in_the_middle_of_a_result_is_told(void **state)
{
        struct rows *r;
        int seen = 0;

        (void)state;
        if (store == NULL)
                skip();
        r = db_query(db, "SELECT x, repeat('y', 1000) FROM generate_series(1, 300000) AS x", NO_ARGS);
        assert_string_equal(err.message, "");
        assert_true(rows_next(r));
        r = db_query(db, "SELECT pg_backend_pid()", NO_ARGS); /* packs the rest, which is too much to keep */
        assert_false(rows_next(r));
        assert_int_equal(err.code, ERR_TOO_BIG);
        db_rollback(db);
        error_clear(&err);
        r = db_query(db, "SELECT x, pg_backend_pid() FROM generate_series(1, 3000000) AS x", NO_ARGS);
        while (rows_next(r)) {
                if (seen++ == 10)
                        cut(rows_int(r, 1));
        }
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        assert_true(seen < 3000000);
        error_clear(&err);
        assert_true(put(1));
}

static void a_commit_after_a_failure_does_not_pretend(void **state)
{
        (void)state;
        if (store == NULL)
                skip();
        assert_true(db_begin(db) && put(1));
        assert_false(put(1));
        assert_int_equal(err.code, ERR_CONFLICT);
        error_clear(&err);
        assert_false(db_commit(db));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        error_clear(&err);
        db_rollback(db);
        assert_int_equal(count(), 0);
}

static void a_database_that_sorts_otherwise_is_refused(void **state)
{
        char url[600];
        struct db *wrong;

        (void)state;
        if (store == NULL)
                skip();
        db_script(db, "DROP DATABASE IF EXISTS caunoi_icu;"
                      "CREATE DATABASE caunoi_icu TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'und'");
        if (!error_ok(&err)) {
                error_clear(&err);
                skip(); /* a server without ICU */
        }
        snprintf(url, sizeof url, "%s&dbname=caunoi_icu", store);
        wrong = db_open(url, DB_WRITE, &err);
        assert_null(wrong);
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        assert_non_null(strstr(err.hint, "createdb"));
        error_clear(&err);
        assert_true(db_script(db, "DROP DATABASE caunoi_icu"));
}

static void a_server_out_of_reach_is_named_without_the_password(void **state)
{
        (void)state;
        assert_null(db_open("postgresql://u:secret@/x?host=/nonexistent", DB_READ, &other_err));
        assert_int_equal(other_err.code, ERR_ENVIRONMENT);
        assert_null(strstr(other_err.message, "secret"));
        assert_true(other_err.hint[0] != '\0');
        error_clear(&other_err);
}

static void a_schema_that_is_not_there_is_named(void **state)
{
        char url[600];

        (void)state;
        if (store == NULL)
                skip();
        snprintf(url, sizeof url, "%s_none", store);
        assert_null(db_open(url, DB_READ, &other_err));
        assert_int_equal(other_err.code, ERR_MISSING);
        error_clear(&other_err);
}

static void a_nul_byte_in_a_text_is_bad_input(void **state)
{
        (void)state;
        if (store == NULL)
                skip();
        assert_false(db_exec(db, "INSERT INTO t (a, b) VALUES (1, $1)", ARGS(v_text_n("a\0b", 3))));
        assert_int_equal(err.code, ERR_INVALID);
        error_clear(&err);
        assert_false(db_exec(db, "INSERT INTO t (a, b) VALUES (1, $1)", ARGS(v_text("\xC3"))));
        assert_int_equal(err.code, ERR_INVALID);
        error_clear(&err);
        assert_int_equal(count(), 0);
}

static void a_sum_beyond_64_bits_is_an_error(void **state)
{
        (void)state;
        if (store == NULL)
                skip();
        assert_true(put(INT64_MAX) && put(1));
        db_number(db, "SELECT SUM(a) FROM t", NO_ARGS, 0);
        assert_int_equal(err.code, ERR_TOO_BIG);
        error_clear(&err);
        assert_true(db_number(db, "SELECT SUM(a) - 1 FROM t", NO_ARGS, 0) == INT64_MAX);
}

static void a_table_made_anew_fits_the_statements_again(void **state)
{
        (void)state;
        if (store == NULL)
                skip();
        assert_true(db_exec(db, "INSERT INTO t (a, b) VALUES ($1, $2)", ARGS(v_int(1), v_text("x"))));
        assert_int_equal(db_number(db, "SELECT * FROM t", NO_ARGS, -1), 1);
        assert_true(db_script(db, "DROP TABLE t; CREATE TABLE t (b TEXT, a BIGINT)"));
        assert_true(db_exec(db, "INSERT INTO t (a, b) VALUES ($1, $2)", ARGS(v_int(1), v_text("7"))));
        assert_int_equal(db_number(db, "SELECT * FROM t", NO_ARGS, -1), 7);
}

static void a_copy_is_left_to_the_server(void **state)
{
        (void)state;
        if (store == NULL)
                skip();
        assert_false(db_copy(db, test_path("copy")));
        assert_int_equal(err.code, ERR_USAGE);
        assert_non_null(strstr(err.hint, "pg_dump"));
        error_clear(&err);
}

int main(void)
{
#define TEST(f) { #f, f, open_both, close_both, NULL }
        static const struct CMUnitTest tests[] = {
                TEST(a_server_lost_in_a_transaction_keeps_nothing_of_it),
                TEST(a_server_that_came_back_is_found_again),
                TEST(a_server_lost_in_the_middle_of_a_result_is_told),
                TEST(a_commit_after_a_failure_does_not_pretend),
                TEST(a_database_that_sorts_otherwise_is_refused),
                TEST(a_server_out_of_reach_is_named_without_the_password),
                TEST(a_schema_that_is_not_there_is_named),
                TEST(a_nul_byte_in_a_text_is_bad_input),
                TEST(a_sum_beyond_64_bits_is_an_error),
                TEST(a_table_made_anew_fits_the_statements_again),
                TEST(a_copy_is_left_to_the_server),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
