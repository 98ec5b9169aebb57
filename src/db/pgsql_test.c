/* What only PostgreSQL can suffer: lost servers, foreign collations, failed transactions. Needs
 * CAUNOI_TEST_STORE to name one (tests/postgres.sh); skipped otherwise. */
#include "tests/support.h"

#include <dlfcn.h>
#include <libpq-fe.h>

#include "base/log.h"
#include "db/db.h"
#include "tests/failing_calls.h"

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

static void a_schema_is_claimed_by_one_and_by_the_same_again_after_its_server_was_lost(void **state)
{
        (void)state;
        if (store == NULL)
                skip();
        db_set_patience(db, 50);
        db_set_patience(other, 50);
        assert_true(db_claim(db) && db_claim(db));
        for (int i = 0; i < 2; i++) {
                assert_false(db_claim(other));
                assert_int_equal(other_err.code, ERR_BUSY);
                assert_string_equal(other_err.message, "another process is already working with this database");
                error_clear(&other_err);
                assert_int_equal(count(), i); /* reading, and writing, needs no claim */
                cut(session());
                assert_true(put(i));
        }
        cut(session());
        assert_true(db_claim(other));
        assert_false(put(2));
        assert_int_equal(err.code, ERR_BUSY);
        error_clear(&err);
        db_close(other);
        other = db_open(store, DB_WRITE, &other_err);
        assert_true(put(2));
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
        assert_false(db_savepoint(db)); /* nor is anything begun */
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        error_clear(&err);
        assert_int_equal(db_savepoints(db), 0);
        assert_false(db_commit(db));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        error_clear(&err);
        db_rollback(db);
        assert_int_equal(count(), 0);
}

static void either_name_of_the_protocol_will_do(void **state)
{
        char url[600];
        struct db *same;

        (void)state;
        if (store == NULL)
                skip();
        assert_memory_equal(store, "postgresql://", 13);
        snprintf(url, sizeof url, "postgres://%s", store + 13);
        same = db_open(url, DB_READ, &err);
        assert_non_null(same);
        assert_int_equal(db_kind(same), DB_POSTGRES);
        assert_int_equal(db_number(same, "SELECT COUNT(*) FROM t WHERE 1 = 0", NO_ARGS, -1), 0);
        db_close(same);
}

static void a_database_that_does_not_hold_utf8_is_refused(void **state)
{
        char url[600];

        (void)state;
        if (store == NULL)
                skip();
        assert_true(db_script(db, "DROP DATABASE IF EXISTS caunoi_bytes;"
                                  "CREATE DATABASE caunoi_bytes TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'"));
        snprintf(url, sizeof url, "%s&dbname=caunoi_bytes", store);
        assert_null(db_open(url, DB_WRITE, &err));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        assert_non_null(strstr(err.hint, "-E UTF8"));
        error_clear(&err);
        assert_true(db_script(db, "DROP DATABASE caunoi_bytes"));
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
        db_number(db, "SELECT SUM(CAST(a AS NUMERIC) * 1000000000000000000) FROM t", NO_ARGS, 0);
        assert_int_equal(err.code, ERR_TOO_BIG);
        error_clear(&err);
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

/* What the server says of itself, by its SQLSTATE, is told in our words. */
static void what_fails_at_the_server_is_told(void **state)
{
        static const struct {
                const char *state;
                enum error_code code;
                const char *told;
        } cases[] = {
                { "53100", ERR_ENVIRONMENT, "the disk is full" },
                { "53200", ERR_ENVIRONMENT, "no room for one more query" },
                { "53300", ERR_ENVIRONMENT, "no room for one more query" },
                { "XX001", ERR_DAMAGED, "is damaged" },
                { "XX002", ERR_DAMAGED, "is damaged" },
                { "XX000", ERR_ENVIRONMENT, "could not do what it was asked" },
                { "08006", ERR_ENVIRONMENT, "cannot be reached" },
                { "57014", ERR_ENVIRONMENT, "could not do what it was asked" }, /* stopped by hand: no time was given */
                { "40001", ERR_BUSY, "another process is writing" },
                { "25006", ERR_ENVIRONMENT, "may not be written to" },
                { "42501", ERR_ENVIRONMENT, "may not be written to" },
                { "23505", ERR_CONFLICT, "contradicts" },
                { "42P01", ERR_ENVIRONMENT, "could not do what it was asked" },
        };

        (void)state;
        if (store == NULL)
                skip();
        assert_true(db_exec(db, "CREATE FUNCTION fails(state TEXT) RETURNS BIGINT AS"
                                " 'BEGIN RAISE WARNING ''before''; RAISE EXCEPTION USING ERRCODE = state; END' LANGUAGE plpgsql",
                            NO_ARGS));
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                assert_true(db_begin(db) && put(1));
                assert_int_equal(db_number(db, "SELECT fails($1)", ARGS(v_text(cases[i].state)), -1), -1);
                if (err.code != cases[i].code || strstr(err.message, cases[i].told) == NULL)
                        fail_msg("%s: code %d: %s", cases[i].state, (int)err.code, err.message);
                db_rollback(db);
                error_clear(&err);
                assert_int_equal(count(), 0);
        }
}

static void a_server_lost_while_it_saves_may_have_saved(void **state)
{
        (void)state;
        if (store == NULL)
                skip();
        assert_true(db_begin(db) && put(1));
        cut(session());
        assert_false(db_commit(db));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        assert_non_null(strstr(err.message, "may or may not have been kept"));
        db_rollback(db);
        error_clear(&err);
        assert_int_equal(count(), 0);
        assert_true(db_begin(db) && put(2) && db_commit(db));
        assert_int_equal(count(), 1);
}

static void numbers_of_the_servers_own_kinds_are_read(void **state)
{
        static const char *const written[] = { "4000000000", "-7", "-8", "1", "-12" };
        struct rows *r;

        (void)state;
        if (store == NULL)
                skip();
        r = db_query(db, "SELECT CAST(4000000000 AS OID), CAST(-7 AS SMALLINT), CAST(-8 AS INTEGER), TRUE, CAST(-12 AS NUMERIC)", NO_ARGS);
        assert_true(rows_next(r));
        assert_true(rows_int(r, 0) == 4000000000);
        assert_int_equal(rows_int(r, 1), -7);
        assert_int_equal(rows_int(r, 2), -8);
        assert_int_equal(rows_int(r, 3), 1);
        for (int i = 0; i < 5; i++)
                assert_string_equal(rows_text(r, i), written[i]);
        rows_close(r);
}

static void a_value_beyond_what_a_field_holds_is_refused(void **state)
{
        (void)state;
        if (store == NULL)
                skip();
        assert_false(db_exec(db, "INSERT INTO t (a, b) VALUES (1, $1)", ARGS(v_text_n("x", (size_t)INT32_MAX)))); /* no byte of it is read */
        assert_int_equal(err.code, ERR_TOO_BIG);
        error_clear(&err);
        for (int i = 0; i < 2; i++) { /* in the second row, in the first one */
                const struct value rows[] = { v_int(1), v_text("x"), v_int(2), v_text_n("x", (size_t)INT32_MAX), v_int(3), v_text("x") };

                assert_false(db_many(db, "INSERT INTO t (a, b) VALUES ($1, $2)", rows + 2 * i, 2, 2));
                assert_int_equal(err.code, ERR_TOO_BIG);
                error_clear(&err);
        }
        assert_int_equal(count(), 0);
}

/* From opening to closing: 8 rows more, in one transaction. */
static bool use(struct error *e)
{
        static const int64_t numbers[] = { 101, 102, 103, 104, 105 };
        struct db *d = db_open(store, DB_WRITE, e);
        bool ok = d != NULL && db_begin(d);
        struct rows *outer, *inner;
        int n = 0;

        for (int64_t i = 1; ok && i <= 3; i++)
                ok = db_exec(d, "INSERT INTO t (a, b) VALUES ($1, $2)", ARGS(v_int(i), v_text("words")));
        ok = ok && db_savepoint(d) && db_script(d, "CREATE TABLE u (n BIGINT)") &&
             db_each(d, "INSERT INTO t (a) VALUES ($1)", numbers, 5, 1, NULL, NULL) &&
             db_each(d, "SELECT b FROM t WHERE a = $1", numbers, 5, 1, NULL, NULL) && db_release(d);
        if (ok) {
                outer = db_query(d, "SELECT a, b FROM t ORDER BY a", NO_ARGS);
                while (rows_next(outer)) {
                        inner = db_query(d, "SELECT b, a, CAST(a AS TEXT), SUM(a) FROM t WHERE a = $1 GROUP BY b, a", ARGS(v_int(rows_int(outer, 0))));
                        if (rows_next(inner))
                                n += rows_int(inner, 3) == rows_int(outer, 0) && rows_text(inner, 2) != NULL;
                        rows_close(inner);
                }
                rows_close(outer);
                ok = n == 8 && db_commit(d);
        }
        db_close(d);
        return ok && error_ok(e);
}

static void each_refusal_of_memory_is_an_error_and_loses_nothing(void **state)
{
        bool is_done = false;
        int failed = 0;

        (void)state;
        if (store == NULL)
                skip();
        for (long n = 1; !is_done; n++) {
                struct error e = { .language = LANGUAGE_EN };

                memory_fail_at(n);
                is_done = use(&e);
                assert_true(!is_done || !memory_was_refused());
                memory_fail_at(0);
                failed += !is_done;
                if (!is_done && (e.code != ERR_ENVIRONMENT || strstr(e.message, "memory") == NULL))
                        fail_msg("memory %ld: code %d: %s", n, (int)e.code, e.message);
                assert_int_equal(count(), is_done ? 8 : 0);
        }
        assert_true(failed > 10);
}

/* libpq's own, which it calls itself: where memory is refused just there. */
static bool asks_for_no_end, tells_no_end;

int PQpipelineSync(PGconn *connection)
{
        int (*real)(PGconn *);

        *(void **)&real = dlsym(RTLD_NEXT, "PQpipelineSync");
        return asks_for_no_end ? 0 : real(connection);
}

PGresult *PQmakeEmptyPGresult(PGconn *connection, ExecStatusType status)
{
        PGresult *(*real)(PGconn *, ExecStatusType);

        *(void **)&real = dlsym(RTLD_NEXT, "PQmakeEmptyPGresult");
        return tells_no_end && status == PGRES_PIPELINE_SYNC ? NULL : real(connection, status);
}

static void rows_whose_end_is_not_told_for_want_of_memory_are_not_waited_for_for_ever(void **state)
{
        const struct value rows[] = { v_int(1), v_int(2), v_int(3) };

        (void)state;
        if (store == NULL)
                skip();
        for (int i = 0; i < 4; i++) {
                bool ok;

                assert_true(db_begin(db) && put(9));
                asks_for_no_end = i % 2 == 0;
                tells_no_end = !asks_for_no_end;
                ok = db_many(db, i < 2 ? "INSERT INTO t (a) VALUES ($1)" : "INSERT INTO t (a) VALUES ($1 / 0)", rows, 3, 1);
                asks_for_no_end = tells_no_end = false;
                assert_true(!ok || i < 2);
                assert_false(db_commit(db)); /* the connection went with the end */
                assert_int_equal(err.code, ERR_ENVIRONMENT);
                db_rollback(db);
                error_clear(&err);
                assert_int_equal(count(), 0);
        }
        assert_true(db_begin(db) && db_many(db, "INSERT INTO t (a) VALUES ($1)", rows, 3, 1) && db_commit(db));
        assert_int_equal(count(), 3);
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
                TEST(a_schema_is_claimed_by_one_and_by_the_same_again_after_its_server_was_lost),
                TEST(a_server_lost_in_the_middle_of_a_result_is_told),
                TEST(a_commit_after_a_failure_does_not_pretend),
                TEST(either_name_of_the_protocol_will_do),
                TEST(a_database_that_sorts_otherwise_is_refused),
                TEST(a_database_that_does_not_hold_utf8_is_refused),
                TEST(a_server_out_of_reach_is_named_without_the_password),
                TEST(a_schema_that_is_not_there_is_named),
                TEST(a_nul_byte_in_a_text_is_bad_input),
                TEST(a_sum_beyond_64_bits_is_an_error),
                TEST(a_table_made_anew_fits_the_statements_again),
                TEST(a_copy_is_left_to_the_server),
                TEST(what_fails_at_the_server_is_told),
                TEST(a_server_lost_while_it_saves_may_have_saved),
                TEST(numbers_of_the_servers_own_kinds_are_read),
                TEST(a_value_beyond_what_a_field_holds_is_refused),
                TEST(rows_whose_end_is_not_told_for_want_of_memory_are_not_waited_for_for_ever),
                TEST(each_refusal_of_memory_is_an_error_and_loses_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
