/* The face, on whichever database CAUNOI_TEST_STORE names. */
#include "tests/support.h"

#include <setjmp.h>

#include "base/log.h"
#include "db/db.h"

static struct error err;
static const char *store;
static struct db *db;

static int open_store(void **state)
{
        (void)state;
        log_set_level(LOG_ALARM);
        memset(&err, 0, sizeof err);
        err.language = LANGUAGE_EN;
        store = test_database();
        db = db_open(store, DB_WRITE, &err);
        assert_string_equal(err.message, "");
        assert_non_null(db);
        assert_true(db_script(db, "CREATE TABLE t (a BIGINT NOT NULL, b BIGINT, word TEXT, raw BYTES,"
                                  " PRIMARY KEY (a)) WITHOUT ROWID;"));
        return 0;
}

static int close_store(void **state)
{
        (void)state;
        db_close(db);
        db = NULL;
        return 0;
}

static bool put(int64_t a, int64_t b, const char *word)
{
        return db_exec(db, "INSERT INTO t (a, b, word) VALUES ($1, $2, $3)",
                       ARGS(v_int(a), v_int(b), v_text(word)));
}

static int64_t count(void)
{
        return db_number(db, "SELECT COUNT(*) FROM t", NO_ARGS, -1);
}

static void values_are_bound_by_their_number_not_their_place(void **state)
{
        (void)state;
        assert_true(db_exec(db, "INSERT INTO t (word, b, a) VALUES ($3, $2, $1)",
                            ARGS(v_int(1), v_int(2), v_text("three"))));
        assert_int_equal(db_number(db, "SELECT b FROM t WHERE word = $2 AND a = $1",
                                   ARGS(v_int(1), v_text("three")), -1), 2);
        assert_int_equal(db_number(db, "SELECT a FROM t WHERE a < $1 AND a + 5 > $1", ARGS(v_int(4)), -1), 1);
}

static void a_long_value_comes_back_as_it_went_in(void **state)
{
#define INSERT_LONG "INSERT INTO long_ones (id, word, raw) VALUES ($1, $2, $3)"
        static const size_t lengths[] = { (3 << 20) + 17, 1, 0 };
        unsigned char *raw = malloc(lengths[0]);
        struct rows *r;
        size_t length;

        (void)state;
        for (size_t i = 0; i < lengths[0]; i++)
                raw[i] = (unsigned char)(i * 7919 >> 3);
        assert_true(db_script(db, "CREATE TABLE long_ones (id BIGINT PRIMARY KEY, word TEXT NOT NULL, raw BYTES NOT NULL)"));
        assert_true(db_begin(db));
        for (size_t i = 0; i < 3; i++)
                assert_true(db_insert_long(db, INSERT_LONG, ARGS(v_int((int64_t)i + 40), v_text("from"), v_bytes(raw, lengths[i])), "long_ones", "raw"));
        assert_true(db_commit(db));
        r = db_query(db, "SELECT word, raw FROM long_ones ORDER BY id", NO_ARGS);
        for (size_t i = 0; i < 3; i++) {
                const void *got;

                assert_true(rows_next(r));
                assert_string_equal(rows_text(r, 0), "from");
                got = rows_bytes(r, 1, &length);
                assert_int_equal(length, lengths[i]);
                assert_memory_equal(got, raw, length);
        }
        assert_false(rows_next(r));
        assert_true(db_begin(db)); /* its key is there */
        assert_false(db_insert_long(db, INSERT_LONG, ARGS(v_int(41), v_text("again"), v_bytes(raw, lengths[0])), "long_ones", "raw"));
        assert_int_equal(err.code, ERR_CONFLICT);
        db_rollback(db);
        error_clear(&err);
        assert_int_equal(db_number(db, "SELECT COUNT(*) FROM long_ones", NO_ARGS, -1), 3);
        free(raw);
}

static void every_type_comes_back_as_it_went_in(void **state)
{
        static const unsigned char raw[] = { 0, 1, 255, 0, '\\', '\'' };
        static const int64_t numbers[] = { 0, 1, -1, INT64_MAX, INT64_MIN, 255, 1000000 };
        struct rows *r;
        size_t length;

        (void)state;
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
                assert_true(db_exec(db, "INSERT INTO t VALUES ($1, $2, $3, $4)",
                                    ARGS(v_int((int64_t)i), v_int(numbers[i]), v_text("Đề án; 'khuyến công'"),
                                         v_bytes(raw, sizeof raw))));
        }
        r = db_query(db, "SELECT a, b, word, raw FROM t ORDER BY a", NO_ARGS);
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
                assert_true(rows_next(r));
                assert_int_equal(rows_int(r, 0), i);
                assert_true(rows_int(r, 1) == numbers[i]);
                assert_string_equal(rows_text(r, 2), "Đề án; 'khuyến công'");
                assert_memory_equal(rows_bytes(r, 3, &length), raw, sizeof raw);
                assert_int_equal(length, sizeof raw);
                assert_non_null(rows_bytes(r, 2, &length));
                assert_int_equal(length, strlen("Đề án; 'khuyến công'"));
        }
        assert_false(rows_next(r));
        rows_close(r);
}

static void null_is_not_the_empty_text(void **state)
{
        struct rows *r;
        size_t length = 9;

        (void)state;
        assert_true(db_exec(db, "INSERT INTO t VALUES ($1, $2, $3, $4)",
                            ARGS(v_int(1), v_null(), v_text(NULL), v_bytes(NULL, 0))));
        assert_true(db_exec(db, "INSERT INTO t VALUES ($1, $2, $3, $4)",
                            ARGS(v_int(2), v_int(0), v_text(""), v_bytes("", 0))));
        r = db_query(db, "SELECT b, word, raw FROM t ORDER BY a", NO_ARGS);
        assert_true(rows_next(r));
        assert_true(rows_is_null(r, 0) && rows_is_null(r, 1) && rows_is_null(r, 2));
        assert_int_equal(rows_int(r, 0), 0);
        assert_null(rows_text(r, 1));
        assert_null(rows_bytes(r, 2, &length));
        assert_int_equal(length, 0);
        assert_true(rows_next(r));
        assert_false(rows_is_null(r, 0) || rows_is_null(r, 1) || rows_is_null(r, 2));
        assert_string_equal(rows_text(r, 1), "");
        assert_non_null(rows_bytes(r, 2, &length));
        assert_int_equal(length, 0);
        rows_close(r);
}

static void one_statement_takes_values_and_nulls_in_any_order(void **state)
{
        (void)state;
        for (int64_t i = 0; i < 6; i++) {
                assert_true(db_exec(db, "INSERT INTO t (a, b, word) VALUES ($1, $2, $3)",
                                    ARGS(v_int(i), i % 2 == 0 ? v_null() : v_int(i),
                                         i % 3 == 0 ? v_null() : v_text("x"))));
        }
        assert_int_equal(db_number(db, "SELECT COUNT(*) FROM t WHERE b IS NULL", NO_ARGS, -1), 3);
        assert_int_equal(db_number(db, "SELECT COUNT(*) FROM t WHERE word IS NULL", NO_ARGS, -1), 2);
        assert_int_equal(db_number(db, "SELECT SUM(b) FROM t", NO_ARGS, -1), 9);
}

static int64_t sum_of(const char *word)
{
        return db_number(db, "SELECT SUM(b) FROM t WHERE word = $1", ARGS(v_text(word)), 77);
}

static void sums_of_large_and_negative_numbers_are_read(void **state)
{
        (void)state;
        assert_true(put(1, -123456789012345678, "a") && put(2, -1, "a") && put(3, 5000000000000000000, "b"));
        assert_true(sum_of("a") == -123456789012345679);
        assert_true(sum_of("b") == 5000000000000000000);
        assert_int_equal(sum_of("none"), 77);
}

static void a_changed_text_at_the_same_address_is_another_statement(void **state)
{
        char sql[64];

        (void)state;
        assert_true(put(1, 10, "x"));
        for (int i = 0; i < 600; i++) {
                snprintf(sql, sizeof sql, "SELECT b + %d FROM t WHERE a = $1", i);
                assert_int_equal(db_number(db, sql, ARGS(v_int(1)), -1), 10 + i);
        }
}

static void queries_run_inside_one_another(void **state)
{
        struct rows *outer, *inner;
        int64_t pairs = 0;

        (void)state;
        for (int64_t i = 0; i < 30; i++)
                assert_true(put(i, i * i, "x"));
        outer = db_query(db, "SELECT a FROM t WHERE a >= $1 ORDER BY a", ARGS(v_int(0)));
        while (rows_next(outer)) {
                int64_t a = rows_int(outer, 0);

                inner = db_query(db, "SELECT a FROM t WHERE a >= $1 ORDER BY a", ARGS(v_int(a)));
                while (rows_next(inner)) {
                        assert_int_equal(db_number(db, "SELECT b FROM t WHERE a = $1",
                                                   ARGS(v_int(rows_int(inner, 0))), -1),
                                         rows_int(inner, 0) * rows_int(inner, 0));
                        pairs++;
                }
                assert_int_equal(rows_int(outer, 0), a);
        }
        assert_int_equal(pairs, 30 * 31 / 2);
        assert_true(error_ok(&err));
}

static void a_query_left_early_can_be_asked_again(void **state)
{
        (void)state;
        for (int64_t i = 0; i < 5; i++)
                assert_true(put(i, i, "x"));
        for (int i = 0; i < 300; i++) {
                struct rows *r = db_query(db, "SELECT a FROM t ORDER BY a", NO_ARGS);

                assert_true(rows_next(r));
                assert_int_equal(rows_int(r, 0), 0);
                rows_close(r);
        }
}

static void a_long_result_comes_whole_and_in_order(void **state)
{
        enum { ROWS = 25000 };
        int64_t *list = malloc(sizeof(int64_t) * 2 * ROWS), seen = 0;
        struct rows *r;

        (void)state;
        for (int64_t i = 0; i < ROWS; i++) {
                list[2 * i] = i;
                list[2 * i + 1] = 3 * i;
        }
        assert_true(db_each(db, "INSERT INTO t (a, b) VALUES ($1, $2)", list, ROWS, 2, NULL, NULL));
        assert_int_equal(db_changes(db), ROWS);
        free(list);
        r = db_query(db, "SELECT a, b FROM t ORDER BY a", NO_ARGS);
        while (rows_next(r)) {
                assert_int_equal(rows_int(r, 0), seen);
                assert_int_equal(rows_int(r, 1), 3 * seen);
                seen++;
        }
        assert_int_equal(seen, ROWS);
}

struct tally {
        size_t calls, results, changed;
        int64_t sum;
};

static void add_up(void *context, size_t row, struct rows *result, int changed)
{
        struct tally *t = context;

        assert_int_equal(row, t->calls);
        t->calls++;
        t->changed += (size_t)changed;
        if (result != NULL) {
                t->results++;
                t->sum += rows_int(result, 0);
                assert_false(rows_next(result));
        }
}

static void each_row_reports_what_it_changed_or_found(void **state)
{
        enum { ROWS = 2000 };
        static int64_t list[ROWS * 3];
        struct tally t = { 0 };

        (void)state;
        for (int64_t i = 0; i < ROWS; i++) {
                list[3 * i] = i % 1500;
                list[3 * i + 1] = i;
                list[3 * i + 2] = -1;
        }
        assert_true(db_each(db, "INSERT INTO t (b, a) VALUES ($2, $1) ON CONFLICT DO NOTHING", list, ROWS, 3,
                            add_up, &t));
        assert_int_equal(t.calls, ROWS);
        assert_int_equal(t.changed, 1500);
        assert_int_equal(t.results, 0);
        assert_int_equal(count(), 1500);

        t = (struct tally){ 0 };
        for (int64_t i = 0; i < ROWS; i++)
                list[i] = i;
        assert_true(db_each(db, "SELECT b FROM t WHERE a = $1", list, ROWS, 1, add_up, &t));
        assert_int_equal(t.calls, ROWS);
        assert_int_equal(t.results, 1500);
        assert_int_equal(t.sum, 1500 * 1499 / 2);

        t = (struct tally){ 0 };
        assert_true(db_each(db, "UPDATE t SET b = b + 1 WHERE a = $1", list, ROWS, 1, add_up, &t));
        assert_int_equal(t.changed, 1500);
        assert_int_equal(db_changes(db), 1500);
}

struct passed {
        int64_t kept[3000];
        size_t calls, changed;
};

static void note_passed(void *context, size_t row, struct rows *result, int changed)
{
        struct passed *p = context;

        assert_null(result);
        assert_int_equal(row, p->calls++);
        p->changed += (size_t)changed;
        p->kept[row] = !changed;
}

/* The forms that SQLite takes as one statement for all rows; PostgreSQL row by row. */
static void rows_passed_over_in_a_batch_are_named(void **state)
{
        enum { ROWS = 3000 };
        static int64_t list[ROWS * 3];
        struct passed p = { .calls = 0 };

        (void)state;
        assert_true(db_exec(db, "INSERT INTO t (a, b) VALUES ($1, $2)", ARGS(v_int(70), v_int(-7))));
        for (int64_t i = 0; i < ROWS; i++) { /* 70 is there; each hundredth comes twice */
                list[3 * i] = i % 100 == 99 ? i - 1 : i;
                list[3 * i + 1] = 2 * i;
        }
        assert_true(db_each(db, "INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT (a) DO NOTHING", list, ROWS, 3, note_passed,
                            &p));
        assert_int_equal(p.calls, ROWS);
        assert_int_equal(p.changed, ROWS - 31);
        assert_int_equal(db_changes(db), ROWS - 31);
        for (int64_t i = 0; i < ROWS; i++)
                assert_int_equal(p.kept[i], i == 70 || i % 100 == 99);
        assert_int_equal(db_number(db, "SELECT b FROM t WHERE a = 70", NO_ARGS, 0), -7);
        assert_int_equal(db_number(db, "SELECT b FROM t WHERE a = 98", NO_ARGS, 0), 196);

        assert_true(db_each(db, "INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT (a) DO UPDATE SET b = t.b + excluded.b", list,
                            ROWS, 3, NULL, NULL));
        assert_int_equal(db_number(db, "SELECT b FROM t WHERE a = 70", NO_ARGS, 0), 133);
        assert_int_equal(db_number(db, "SELECT b FROM t WHERE a = 98", NO_ARGS, 0), 590);
        assert_int_equal(count(), ROWS - 30);
}

static void a_batch_that_fails_outside_a_transaction_leaves_nothing(void **state)
{
        static const int64_t list[] = { 1, 2, 3, 4, 1, 5, 6, 7, 8, 9, 10, 11, 12 };

        (void)state;
        for (size_t rows = 6; rows <= sizeof list / sizeof *list; rows += 7) {
                assert_false(db_each(db, "INSERT INTO t (a) VALUES ($1)", list, rows, 1, NULL, NULL));
                assert_int_equal(err.code, ERR_CONFLICT);
                error_clear(&err);
                assert_false(db_in_transaction(db));
                assert_int_equal(count(), 0);
        }
}

/* Few rows, which SQLite inserts one by one, and many at once; values that are there for their first row only, or not there. */
static void rows_of_all_kinds_of_values_are_written_together(void **state)
{
        enum { ROWS = 1500, WIDTH = 4 };
        static struct value list[ROWS * WIDTH];
        static char texts[ROWS][24];
        static const char insert[] = "INSERT INTO t (a, b, word, raw) VALUES ($1, $2, $3, $4)";

        (void)state;
        for (int i = 0; i < ROWS; i++) {
                struct value *row = list + i * WIDTH;

                sprintf(texts[i], "Đề án %d", i);
                row[0] = v_int(i);
                row[1] = i % 3 == 0 ? v_int(INT64_MIN + i) : v_null();
                row[2] = i % 5 == 4 ? v_null() : i % 5 == 3 ? v_text("") : v_text(texts[i]);
                row[3] = i % 7 == 6 ? v_bytes(NULL, 0) : i % 7 == 5 ? v_bytes("", 0) : v_bytes("\0\xff\1", 3);
        }
        assert_true(db_many(db, insert, list, 3, WIDTH));
        assert_true(db_many(db, insert, list + 3 * WIDTH, ROWS - 3, WIDTH));
        assert_int_equal(db_changes(db), ROWS - 3);
        assert_true(db_many(db, insert, list, 0, WIDTH));
        for (int i = 0; i < ROWS; i++) {
                struct rows *r = db_query(db, "SELECT b, word, raw FROM t WHERE a = $1", ARGS(v_int(i)));
                const void *raw;
                size_t length;

                assert_true(rows_next(r));
                assert_int_equal(rows_is_null(r, 0), i % 3 != 0);
                assert_int_equal(rows_int(r, 0), i % 3 == 0 ? INT64_MIN + i : 0);
                assert_int_equal(rows_is_null(r, 1), i % 5 == 4);
                if (i % 5 != 4)
                        assert_string_equal(rows_text(r, 1), i % 5 == 3 ? "" : texts[i]);
                assert_int_equal(rows_is_null(r, 2), i % 7 == 6);
                raw = rows_bytes(r, 2, &length);
                assert_int_equal(length, i % 7 < 5 ? 3 : 0);
                assert_memory_equal(raw == NULL ? "" : raw, "\0\xff\1", length);
                rows_close(r);
        }
        list[(ROWS - 1) * WIDTH] = v_int(7); /* which is there: none is kept */
        for (int i = 0; i < ROWS - 1; i++)
                list[i * WIDTH] = v_int(ROWS + i);
        assert_false(db_many(db, insert, list, ROWS, WIDTH));
        assert_int_equal(err.code, ERR_CONFLICT);
        error_clear(&err);
        assert_int_equal(count(), ROWS);
}

static void more_values_than_a_statement_takes_are_refused(void **state)
{
        static struct value list[300];
        struct values many = { list, 300 };

        (void)state;
        assert_false(db_exec(db, "INSERT INTO t (a) VALUES ($1)", many));
        assert_int_equal(err.code, ERR_TOO_BIG);
        error_clear(&err);
        assert_false(rows_next(db_query(db, "SELECT a FROM t WHERE a = $1", many)));
        assert_int_equal(err.code, ERR_TOO_BIG);
        error_clear(&err);
        assert_false(db_many(db, "INSERT INTO t (a) VALUES ($1)", list, 1, 300));
        assert_int_equal(err.code, ERR_TOO_BIG);
        error_clear(&err);
        assert_int_equal(count(), 0);
}

static void a_batch_whose_commit_fails_leaves_nothing(void **state)
{
        static const int64_t list[] = { 1, 2, 3 };

        (void)state;
        db_fail_at(db, 3); /* after BEGIN and the rows */
        assert_false(db_each(db, "INSERT INTO t (a) VALUES ($1)", list, 3, 1, NULL, NULL));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        error_clear(&err);
        assert_false(db_in_transaction(db));
        assert_int_equal(count(), 0);
        assert_true(db_each(db, "INSERT INTO t (a) VALUES ($1)", list, 3, 1, NULL, NULL));
        assert_int_equal(count(), 3);
}

/* Who is shown a row may not end it, nor ask for the next. */
static void end_shown_row(void *context, size_t row, struct rows *result, int changed)
{
        (void)row;
        (void)changed;
        rows_close(result);
        *(int64_t *)context += rows_int(result, 0);
}

static void a_row_that_is_shown_stays_until_all_are(void **state)
{
        static const int64_t list[] = { 1, 2, 3 };
        int64_t sum = 0;

        (void)state;
        assert_true(put(1, 10, "x") && put(2, 20, "x") && put(3, 30, "x"));
        assert_true(db_each(db, "SELECT b FROM t WHERE a = $1", list, 3, 1, end_shown_row, &sum));
        assert_int_equal(sum, 60);
}

static void what_a_query_does_not_have_reads_as_nothing(void **state)
{
        size_t length = 9;
        struct rows *r;

        (void)state;
        assert_true(put(1, 10, "x"));
        r = db_query(db, "SELECT a FROM t", NO_ARGS);
        assert_true(rows_next(r));
        assert_true(rows_is_null(r, 7));
        assert_int_equal(rows_int(r, 7), 0);
        assert_null(rows_text(r, 7));
        assert_false(rows_next(r));
        assert_true(rows_is_null(r, 0)); /* there is no row any more */
        assert_int_equal(rows_int(r, 0), 0);
        assert_null(rows_text(r, 0));
        assert_null(rows_bytes(r, 0, &length));
        assert_int_equal(length, 0);
        r = db_query(db, "UPDATE t SET b = 11 WHERE a = 1", NO_ARGS); /* has none */
        assert_false(rows_next(r));
        assert_true(db_exec(db, "SELECT a FROM t", NO_ARGS)); /* are not asked for */
        assert_true(error_ok(&err));
        assert_int_equal(db_number(db, "SELECT b FROM t", NO_ARGS, 0), 11);
}

static void only_a_savepoint_that_was_set_is_released(void **state)
{
        (void)state;
        assert_true(db_begin(db) && put(1, 1, "x"));
        assert_false(db_release(db));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        db_rollback(db);
        error_clear(&err);
        assert_int_equal(db_savepoints(db), 0);
        assert_int_equal(count(), 0);
}

static void a_rollback_undoes_and_a_commit_keeps(void **state)
{
        (void)state;
        assert_false(db_in_transaction(db));
        assert_true(db_begin(db));
        assert_true(db_in_transaction(db));
        assert_true(put(1, 1, "x"));
        db_rollback(db);
        assert_false(db_in_transaction(db));
        assert_int_equal(count(), 0);
        assert_true(db_begin(db) && put(2, 2, "y") && db_commit(db));
        assert_false(db_in_transaction(db));
        db_close(db);
        db = db_open(store, DB_WRITE, &err);
        assert_int_equal(count(), 1);
}

static void savepoints_nest(void **state)
{
        (void)state;
        assert_true(db_begin(db) && put(1, 1, "kept"));
        assert_true(db_savepoint(db) && put(2, 2, "kept"));
        assert_true(db_savepoint(db) && put(3, 3, "gone"));
        db_rollback_to(db);
        assert_true(put(4, 4, "kept") && db_release(db));
        assert_true(db_savepoint(db) && put(5, 5, "gone"));
        assert_true(db_savepoint(db) && put(6, 6, "gone") && db_release(db));
        db_rollback_to(db);
        assert_true(db_commit(db));
        assert_int_equal(db_number(db, "SELECT SUM(a) FROM t", NO_ARGS, 0), 7);
}

static void a_failed_statement_is_undone_to_the_savepoint(void **state)
{
        struct rows *outer, *inner;

        (void)state;
        assert_true(put(1, 1, "x") && put(2, 2, "x"));
        assert_true(db_begin(db) && put(3, 3, "x"));
        outer = db_query(db, "SELECT a FROM t ORDER BY a", NO_ARGS);
        assert_true(rows_next(outer));
        assert_true(db_savepoint(db));
        inner = db_query(db, "SELECT a FROM t ORDER BY a", NO_ARGS);
        assert_true(rows_next(inner));
        assert_false(put(1, 9, "again"));
        assert_int_equal(err.code, ERR_CONFLICT);
        assert_false(db_release(db));
        assert_false(db_commit(db));
        db_rollback_to(db);
        assert_int_equal(err.code, ERR_CONFLICT);
        error_clear(&err);
        assert_true(rows_next(outer));
        assert_int_equal(rows_int(outer, 0), 2);
        rows_close(outer);
        assert_true(put(4, 4, "x") && db_commit(db));
        assert_int_equal(count(), 4);
}

static bool has_table(const char *name)
{
        return db_number(db, db_kind(db) == DB_SQLITE ? "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = $1"
                                                      : "SELECT COUNT(*) FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = $1",
                         ARGS(v_text(name)), 0) == 1;
}

static void a_rollback_ends_queries_left_open(void **state)
{
        (void)state;
        for (int64_t i = 0; i < 5; i++)
                assert_true(put(i, i, "x"));
        for (int i = 0; i < 3; i++) {
                struct rows *r;

                assert_true(db_begin(db));
                r = db_query(db, "SELECT a FROM t ORDER BY a", NO_ARGS);
                assert_true(rows_next(r));
                db_rollback(db);
                assert_false(rows_next(r));
                assert_true(db_begin(db) && db_commit(db));
        }
        assert_true(db_script(db, "DROP TABLE t"));
        assert_false(has_table("t"));
}

static void a_reader_sees_one_moment(void **state)
{
        struct error other = { .language = LANGUAGE_EN };
        struct db *reader = db_open(store, DB_READ, &other);

        (void)state;
        assert_non_null(reader);
        assert_true(put(1, 1, "x"));
        assert_true(db_begin(reader));
        assert_true(put(2, 2, "x"));
        assert_int_equal(db_number(reader, "SELECT COUNT(*) FROM t", NO_ARGS, -1), 1);
        db_rollback(reader);
        assert_int_equal(db_number(reader, "SELECT COUNT(*) FROM t", NO_ARGS, -1), 2);
        assert_false(db_exec(reader, "INSERT INTO t (a) VALUES (3)", NO_ARGS));
        assert_int_equal(other.code, ERR_ENVIRONMENT);
        db_close(reader);
        assert_int_equal(count(), 2);
}

static void a_snapshot_that_takes_too_long_is_given_up(void **state)
{
        /* A thousand numbers, combined in a million million ways. */
        static const char endless[] =
                "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
                " SELECT COUNT(*) FROM n a, n b, n c, n d WHERE a.i + b.i + c.i + d.i < $1";
        struct error read_err = { .language = LANGUAGE_EN };
        struct db *reader;

        (void)state;
        assert_true(put(1, 2, "three"));
        reader = db_open(store, DB_READ, &read_err);
        assert_non_null(reader);
        assert_true(db_begin_within(reader, 50));
        assert_int_equal(db_number(reader, endless, ARGS(v_int(0)), -1), -1);
        assert_int_equal(read_err.code, ERR_ENVIRONMENT);
        assert_non_null(strstr(read_err.message, "took longer than 1 seconds"));
        /* Many short statements take long too. */
        error_clear(&read_err);
        assert_int_equal(db_number(reader, "SELECT a FROM t", NO_ARGS, -1), -1);
        assert_int_equal(read_err.code, ERR_ENVIRONMENT);
        db_rollback(reader);
        /* The next has all its time, or no limit. */
        error_clear(&read_err);
        assert_true(db_begin_within(reader, 60000));
        assert_int_equal(db_number(reader, "SELECT a FROM t", NO_ARGS, -1), 1);
        assert_true(db_commit(reader));
        assert_true(db_begin(reader));
        assert_int_equal(db_number(reader, "SELECT a FROM t", NO_ARGS, -1), 1);
        db_close(reader);
}

static void the_first_error_stops_everything_after_it(void **state)
{
        long before;

        (void)state;
        assert_true(put(1, 1, "x"));
        assert_false(db_exec(db, "INSERT INTO nowhere VALUES ($1)", ARGS(v_int(1))));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        assert_null(strstr(err.message, "nowhere"));
        before = db_statement_count(db);
        assert_false(put(2, 2, "x"));
        assert_false(rows_next(db_query(db, "SELECT 1", NO_ARGS)));
        assert_int_equal(db_number(db, "SELECT 1", NO_ARGS, -7), -7);
        assert_false(db_begin(db));
        assert_false(db_each(db, "INSERT INTO t (a) VALUES ($1)", (const int64_t[]){ 5 }, 1, 1, NULL, NULL));
        assert_int_equal(db_statement_count(db), before);
        error_clear(&err);
        assert_int_equal(count(), 1);
}

static void errors_go_where_they_are_wanted(void **state)
{
        struct error lent = { .language = LANGUAGE_EN };

        (void)state;
        db_attach_error(db, &lent);
        assert_false(db_exec(db, "NONSENSE", NO_ARGS));
        assert_int_equal(lent.code, ERR_ENVIRONMENT);
        assert_true(error_ok(&err));
        db_attach_error(db, NULL);
        assert_false(db_exec(db, "NONSENSE", NO_ARGS));
        db_attach_error(db, &err);
        assert_int_equal(count(), 0);
}

static void a_statement_fails_where_the_test_asks(void **state)
{
        (void)state;
        db_fail_at(db, 2);
        assert_true(put(1, 1, "x"));
        assert_false(put(2, 2, "x"));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        error_clear(&err);
        assert_true(put(3, 3, "x"));
        assert_int_equal(count(), 2);
        db_fail_at(db, 1);
        db_fail_at(db, 0);
        assert_int_equal(count(), 2);
}

/* A unit of work with most kinds of statements; true when all of it is there. */
static bool story(void)
{
        static const int64_t list[] = { 10, 11, 12 };
        struct rows *r;
        int64_t sum = 0;

        if (!db_begin(db))
                return false;
        put(1, 1, "x");
        db_savepoint(db);
        put(2, 2, "x");
        r = db_query(db, "SELECT a FROM t ORDER BY a", NO_ARGS);
        while (rows_next(r))
                sum += db_number(db, "SELECT b FROM t WHERE a = $1", ARGS(v_int(rows_int(r, 0))), 0);
        if (!db_release(db))
                db_rollback_to(db);
        db_each(db, "INSERT INTO t (a) VALUES ($1)", list, 3, 1, NULL, NULL);
        db_script(db, "CREATE TABLE later (a BIGINT PRIMARY KEY); INSERT INTO later VALUES (1)");
        if (db_commit(db))
                return sum == 3;
        db_rollback(db);
        return false;
}

static void whichever_statement_fails_nothing_is_half_done(void **state)
{
        long n = 1;

        (void)state;
        for (;; n++) {
                assert_true(n < 50);
                db_fail_at(db, n);
                if (story())
                        break;
                assert_int_equal(err.code, ERR_ENVIRONMENT);
                error_clear(&err);
                db_fail_at(db, 0);
                assert_false(db_in_transaction(db));
                assert_int_equal(count(), 0);
                assert_false(has_table("later"));
        }
        db_fail_at(db, 0);
        assert_true(n >= 10);
        assert_int_equal(count(), 5);
        assert_int_equal(db_number(db, "SELECT COUNT(*) FROM later", NO_ARGS, -1), 1);
}

static void add_results(void *context, size_t row, struct rows *result, int changed)
{
        (void)row;
        (void)changed;
        *(int64_t *)context += result == NULL ? 0 : rows_int(result, 0);
}

/* A stream leaves nothing behind that the next bulk run would trip over. */
static void many_rows_can_be_asked_for_after_a_stream(void **state)
{
        const int64_t keys[] = { 1, 2, 3 };
        int64_t sum = 0;
        struct rows *r;

        (void)state;
        for (int64_t i = 1; i <= 3; i++)
                put(i, i * 10, "x");
        assert_true(db_begin(db));
        r = db_query(db, "SELECT a FROM t ORDER BY a", NO_ARGS);
        assert_true(rows_next(r)); /* the stream still runs: it is put aside */
        assert_true(db_each(db, "SELECT b FROM t WHERE a = $1", keys, 3, 1, add_results, &sum));
        assert_int_equal(sum, 60);
        assert_true(rows_next(r));
        rows_close(r);
        assert_true(db_each(db, "SELECT b FROM t WHERE a = $1", keys, 3, 1, add_results, &sum));
        assert_int_equal(sum, 120);
        assert_true(db_commit(db));
}

static void a_second_writer_waits_and_is_told(void **state)
{
        struct error other = { .language = LANGUAGE_EN };
        struct db *second = db_open(store, DB_WRITE, &other);

        (void)state;
        assert_non_null(second);
        db_set_patience(second, 50);
        assert_true(db_begin(db) && put(1, 1, "x"));
        assert_false(db_begin(second));
        assert_int_equal(other.code, ERR_BUSY);
        assert_true(other.hint[0] != '\0');
        error_clear(&other);
        db_rollback(second);
        assert_true(db_commit(db));
        assert_true(db_begin(second));
        assert_true(db_exec(second, "INSERT INTO t (a) VALUES (2)", NO_ARGS));
        assert_true(db_commit(second));
        db_close(second);
        assert_int_equal(count(), 2);
}

static void text_is_ordered_by_its_bytes(void **state)
{
        static const char *const words[] = { "b", "B", "a", "A", "á", "Z", "đ", "_", "a b", "ab", "" };
        struct rows *r;
        char last[16] = "";
        int seen = 0;

        (void)state;
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                assert_true(put((int64_t)i, 0, words[i]));
        r = db_query(db, "SELECT word FROM t ORDER BY word", NO_ARGS);
        while (rows_next(r)) {
                assert_true(strcmp(last, rows_text(r, 0)) <= 0);
                snprintf(last, sizeof last, "%s", rows_text(r, 0));
                seen++;
        }
        assert_int_equal(seen, sizeof words / sizeof *words);
}

static void a_script_speaks_both_dialects(void **state)
{
        (void)state;
        assert_true(db_script(db, "-- two tables; both small\n"
                                  "CREATE TABLE x (id bigint  primary key, note TEXT DEFAULT 'a;b BYTES',"
                                  " raw Bytes); /* ; */"
                                  "CREATE TABLE y (a BIGINT, b BIGINT, PRIMARY KEY (a, b))"
                                  " without\nrowid;\n;; INSERT INTO x (id, raw) VALUES (7, NULL); ;"));
        assert_true(has_table("x") && has_table("y"));
        assert_false(has_table("z"));
        assert_true(db_exec(db, "UPDATE x SET raw = $1", ARGS(v_bytes("\0\1", 2))));
        assert_int_equal(db_changes(db), 1);
        assert_int_equal(db_number(db, "SELECT id FROM x WHERE note = 'a;b BYTES'", NO_ARGS, -1), 7);
        assert_true(db_script(db, ""));
        assert_true(db_script(db, " ; -- nothing"));
        assert_true(db_script(db, "CREATE TABLE đơn_vị (mã BIGINT, \"a;b\" BIGINT);"
                                  "INSERT INTO đơn_vị VALUES (8 / 2 - -3, -1); /* and no end"));
        assert_int_equal(db_number(db, "SELECT mã + \"a;b\" FROM đơn_vị", NO_ARGS, -1), 6);
        assert_false(db_script(db, "INSERT INTO x (note) VALUES ('and no end"));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        error_clear(&err);
}

static void a_text_outlives_its_row_in_the_arena(void **state)
{
        struct arena *arena = arena_open((size_t)1 << 20);
        const char *text;

        (void)state;
        assert_true(put(1, 1, "Phú Thọ"));
        text = db_text(db, arena, "SELECT word FROM t WHERE a = $1", ARGS(v_int(1)));
        assert_int_equal(count(), 1);
        assert_string_equal(text, "Phú Thọ");
        assert_null(db_text(db, arena, "SELECT word FROM t WHERE a = $1", ARGS(v_int(2))));
        assert_string_equal(db_text(db, arena, "SELECT b FROM t WHERE a = $1", ARGS(v_int(1))), "1");
        arena_close(arena);
}

static void a_returned_row_is_read_like_any_other(void **state)
{
        struct rows *r;

        (void)state;
        assert_true(put(1, 5, "x"));
        r = db_query(db, "INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT (a) DO UPDATE SET b = t.b + $2"
                         " RETURNING b", ARGS(v_int(1), v_int(10)));
        assert_true(rows_next(r));
        assert_int_equal(rows_int(r, 0), 15);
        assert_false(rows_next(r));
        assert_true(error_ok(&err));
}

static void a_value_of_the_wrong_kind_is_refused(void **state)
{
        (void)state;
        assert_false(db_exec(db, "INSERT INTO t (a, b) VALUES (1, $1)", ARGS(v_text("many"))));
        assert_int_equal(err.code, ERR_INVALID);
        error_clear(&err);
        assert_false(db_exec(db, "INSERT INTO t (a, raw) VALUES (1, $1)", ARGS(v_text("text"))));
        assert_int_equal(err.code, ERR_INVALID);
        error_clear(&err);
        assert_false(db_exec(db, "INSERT INTO t (a, raw) VALUES (1, $1)", ARGS(v_int(1))));
        assert_int_equal(err.code, ERR_INVALID);
        error_clear(&err);
        assert_int_equal(count(), 0);
}

static void numbers_beyond_64_bits_are_never_rounded(void **state)
{
        (void)state;
        assert_true(put(1, INT64_MAX, "x") && put(2, 1, "x"));
        db_number(db, "SELECT SUM(b) FROM t", NO_ARGS, 0);
        assert_int_equal(err.code, ERR_TOO_BIG);
        error_clear(&err);
        assert_false(db_exec(db, "UPDATE t SET b = b + $1", ARGS(v_int(1))));
        assert_false(error_ok(&err));
        error_clear(&err);
        assert_true(db_number(db, "SELECT b FROM t WHERE a = 1", NO_ARGS, 0) == INT64_MAX);
}

struct leap {
        struct arena *arena;
        jmp_buf here;
};

static void run_out_of_memory(void *context, size_t row, struct rows *result, int changed)
{
        struct leap *leap = context;

        (void)result;
        (void)changed;
        if (row == 3)
                arena_alloc(leap->arena, (size_t)1 << 30);
}

static void a_jump_out_of_memory_leaves_the_connection_fit(void **state)
{
        static int64_t list[2000];
        static struct leap leap;
        struct rows *r;

        (void)state;
        for (int64_t i = 0; i < 2000; i++)
                list[i] = i;
        leap.arena = arena_open((size_t)1 << 20);
        arena_guard(leap.arena, &leap.here);
        assert_true(db_begin(db) && put(5000, 1, "kept") && db_savepoint(db));
        if (setjmp(leap.here) == 0) {
                db_each(db, "INSERT INTO t (a) VALUES ($1)", list, 2000, 1, run_out_of_memory, &leap);
                fail();
        }
        db_rollback_to(db);
        assert_int_equal(count(), 1);
        assert_true(db_savepoint(db));
        if (setjmp(leap.here) == 0) {
                r = db_query(db, "SELECT a FROM t", NO_ARGS);
                assert_true(rows_next(r));
                arena_alloc(leap.arena, (size_t)1 << 30);
                fail();
        }
        db_rollback_to(db);
        assert_true(db_commit(db));
        if (setjmp(leap.here) == 0) {
                db_each(db, "SELECT a FROM t WHERE a > $1", list, 2000, 1, run_out_of_memory, &leap);
                fail();
        }
        db_rollback(db);
        assert_false(db_in_transaction(db));
        assert_int_equal(count(), 1);
        arena_close(leap.arena);
}

static void object(void *context, size_t row, struct rows *result, int changed)
{
        (void)context;
        (void)result;
        (void)changed;
        if (row == 700)
                error_set(&err, ERR_INVALID, "row %zu is wrong", row);
}

static void a_batch_stops_at_an_error_its_caller_found(void **state)
{
        static int64_t list[2000];

        (void)state;
        for (int64_t i = 0; i < 2000; i++)
                list[i] = i;
        assert_false(db_each(db, "INSERT INTO t (a) VALUES ($1)", list, 2000, 1, object, NULL));
        assert_int_equal(err.code, ERR_INVALID);
        error_clear(&err);
        assert_int_equal(count(), 0);
}

static void no_rows_are_no_work(void **state)
{
        long before = db_statement_count(db);

        (void)state;
        assert_true(db_each(db, "NONSENSE", NULL, 0, 1, NULL, NULL));
        assert_true(db_statement_count(db) == before);
        assert_false(db_in_transaction(db));
}

/* It belongs to what is around the savepoint from then on: going back to one set later does not end it. */
static void a_query_outlives_the_savepoint_it_began_in(void **state)
{
        struct rows *r, *before;

        (void)state;
        assert_true(put(1, 1, "x") && put(2, 2, "x") && put(3, 3, "x"));
        assert_true(db_begin(db));
        before = db_query(db, "SELECT a FROM t ORDER BY a DESC", NO_ARGS);
        assert_true(rows_next(before) && db_savepoint(db));
        r = db_query(db, "SELECT a FROM t ORDER BY a", NO_ARGS);
        assert_true(rows_next(r));
        assert_true(db_release(db) && db_savepoint(db));
        db_rollback_to(db);
        assert_true(rows_next(r));
        assert_int_equal(rows_int(r, 0), 2);
        rows_close(r);
        assert_true(rows_next(before));
        assert_int_equal(rows_int(before, 0), 2);
        rows_close(before);
        assert_true(db_commit(db));
}

static void tables_for_a_while_are_as_strict(void **state)
{
        (void)state;
        assert_true(db_script(db, "CREATE TEMP TABLE brief (a BIGINT PRIMARY KEY) \n ; CREATE TABLE lasting (a BIGINT)\n\n"));
        assert_false(db_exec(db, "INSERT INTO brief VALUES ('word')", NO_ARGS));
        error_clear(&err);
        assert_false(db_exec(db, "INSERT INTO lasting VALUES ('word')", NO_ARGS));
        error_clear(&err);
        assert_true(db_exec(db, "INSERT INTO brief VALUES (1)", NO_ARGS));
        assert_int_equal(db_number(db, "SELECT a FROM brief", NO_ARGS, -1), 1);
        assert_true(db_script(db, "CREATE TEMP VIEW seen AS SELECT a + 1 AS a FROM brief")); /* no table */
        assert_int_equal(db_number(db, "SELECT a FROM seen", NO_ARGS, -1), 2);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
#define TEST(f) { #f, f, open_store, close_store, NULL }
                TEST(values_are_bound_by_their_number_not_their_place),
                TEST(a_long_value_comes_back_as_it_went_in),
                TEST(every_type_comes_back_as_it_went_in),
                TEST(null_is_not_the_empty_text),
                TEST(one_statement_takes_values_and_nulls_in_any_order),
                TEST(sums_of_large_and_negative_numbers_are_read),
                TEST(a_changed_text_at_the_same_address_is_another_statement),
                TEST(queries_run_inside_one_another),
                TEST(a_query_left_early_can_be_asked_again),
                TEST(a_long_result_comes_whole_and_in_order),
                TEST(each_row_reports_what_it_changed_or_found),
                TEST(rows_passed_over_in_a_batch_are_named),
                TEST(a_batch_that_fails_outside_a_transaction_leaves_nothing),
                TEST(rows_of_all_kinds_of_values_are_written_together),
                TEST(more_values_than_a_statement_takes_are_refused),
                TEST(a_batch_whose_commit_fails_leaves_nothing),
                TEST(a_row_that_is_shown_stays_until_all_are),
                TEST(what_a_query_does_not_have_reads_as_nothing),
                TEST(only_a_savepoint_that_was_set_is_released),
                TEST(a_rollback_undoes_and_a_commit_keeps),
                TEST(savepoints_nest),
                TEST(a_failed_statement_is_undone_to_the_savepoint),
                TEST(a_rollback_ends_queries_left_open),
                TEST(a_reader_sees_one_moment),
                TEST(a_snapshot_that_takes_too_long_is_given_up),
                TEST(the_first_error_stops_everything_after_it),
                TEST(errors_go_where_they_are_wanted),
                TEST(a_statement_fails_where_the_test_asks),
                TEST(whichever_statement_fails_nothing_is_half_done),
                TEST(many_rows_can_be_asked_for_after_a_stream),
                TEST(a_second_writer_waits_and_is_told),
                TEST(text_is_ordered_by_its_bytes),
                TEST(a_script_speaks_both_dialects),
                TEST(a_text_outlives_its_row_in_the_arena),
                TEST(a_returned_row_is_read_like_any_other),
                TEST(a_value_of_the_wrong_kind_is_refused),
                TEST(numbers_beyond_64_bits_are_never_rounded),
                TEST(a_jump_out_of_memory_leaves_the_connection_fit),
                TEST(a_batch_stops_at_an_error_its_caller_found),
                TEST(no_rows_are_no_work),
                TEST(a_query_outlives_the_savepoint_it_began_in),
                TEST(tables_for_a_while_are_as_strict),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
