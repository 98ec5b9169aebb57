#include "tests/support.h"

#include "base/log.h"
#include "work/work.h"

static bool add_one(struct work *w, void *argument)
{
        int *n = argument;

        (void)w;
        (*n)++;
        return true;
}

static bool take_too_much(struct work *w, void *argument)
{
        int *steps = argument;

        for (;;) {
                arena_alloc(w->arena, 4096);
                (*steps)++;
        }
        return true;
}

static bool take_all_at_once(struct work *w, void *argument)
{
        (void)argument;
        arena_array(w->arena, SIZE_MAX / 2, 16);
        return true;
}

static bool fail_quietly(struct work *w, void *argument)
{
        (void)w;
        (void)argument;
        return false;
}

static bool err_but_return_true(struct work *w, void *argument)
{
        (void)argument;
        error_set(&w->err, ERR_INVALID, "no");
        return true;
}

static bool run_inside(struct work *w, void *argument)
{
        int *steps = argument;

        if (work_run(w, take_too_much, steps))
                return true;
        /* Outside again: the guard of the outer run is back. */
        error_clear(&w->err);
        arena_reset(w->arena);
        take_too_much(w, steps);
        return true;
}

static bool write_and_run_out(struct work *w, void *argument)
{
        struct rows *r;

        (void)argument;
        if (!db_begin(w->db) || !db_exec(w->db, "INSERT INTO t VALUES (1)", NO_ARGS))
                return false;
        r = db_query(w->db, "SELECT a FROM t", NO_ARGS);
        while (rows_next(r))
                arena_alloc(w->arena, (size_t)64 << 20);
        return db_commit(w->db);
}

static bool leave_a_savepoint_by_a_jump(struct work *w, void *argument)
{
        int *steps = argument;

        return db_exec(w->db, "INSERT INTO t VALUES (2)", NO_ARGS) && db_savepoint(w->db) &&
               db_exec(w->db, "INSERT INTO t VALUES (3)", NO_ARGS) && db_savepoint(w->db) &&
               take_too_much(w, steps);
}

static bool leave_a_savepoint_unreleased(struct work *w, void *argument)
{
        (void)argument;
        if (!db_savepoint(w->db) || !db_exec(w->db, "INSERT INTO t VALUES (4)", NO_ARGS))
                return false;
        db_fail_at(w->db, 1);
        return db_release(w->db);
}

static void new_work_belongs_to_the_public_and_knows_the_time(void **state)
{
        struct work w;
        moment before = moment_now();

        (void)state;
        work_init(&w, NULL, NULL, LANGUAGE_VI);
        assert_ptr_equal(w.user, &user_nobody);
        assert_true(w.now >= before && w.now <= moment_now());
        assert_true(work_ok(&w));
        assert_false(w.is_writing);
        assert_int_equal(w.err.language, LANGUAGE_VI);
        assert_string_equal(work_text(&w, "Director"), "Giám đốc");
        w.language = LANGUAGE_EN;
        assert_string_equal(work_text(&w, "Director"), "Director");
}

static void a_function_succeeds_only_without_an_error(void **state)
{
        struct arena *arena = arena_open((size_t)1 << 20);
        struct work w;
        int n = 0;

        (void)state;
        work_init(&w, arena, NULL, LANGUAGE_EN);
        assert_true(work_run(&w, add_one, &n));
        assert_false(work_run(&w, fail_quietly, NULL));
        assert_false(work_run(&w, err_but_return_true, NULL));
        assert_int_equal(w.err.code, ERR_INVALID);
        assert_false(work_run(&w, add_one, &n));
        assert_int_equal(n, 2);
        arena_close(arena);
}

static void exhausted_memory_is_an_error_and_the_work_goes_on(void **state)
{
        struct arena *arena = arena_open((size_t)1 << 20);
        struct work w;
        int steps = 0;

        (void)state;
        work_init(&w, arena, NULL, LANGUAGE_EN);
        assert_false(work_run(&w, take_too_much, &steps));
        assert_in_range(steps, 100, 256);
        assert_int_equal(w.err.code, ERR_TOO_BIG);
        assert_true(w.err.hint[0] != '\0');
        error_clear(&w.err);
        arena_reset(arena);
        assert_false(work_run(&w, take_all_at_once, NULL));
        assert_int_equal(w.err.code, ERR_TOO_BIG);
        error_clear(&w.err);
        assert_true(work_run(&w, add_one, &steps));
        arena_close(arena);
}

static void each_allocation_may_fail(void **state)
{
        struct arena *arena = arena_open((size_t)1 << 20);
        struct work w;
        int steps;

        (void)state;
        work_init(&w, arena, NULL, LANGUAGE_EN);
        for (long n = 1; n < 20; n++) {
                steps = 0;
                arena_fail_at(n);
                assert_false(work_run(&w, take_too_much, &steps));
                assert_int_equal(steps, n - 1);
                assert_int_equal(w.err.code, ERR_ENVIRONMENT); /* the machine's memory, not the request's share */
                error_clear(&w.err);
                arena_reset(arena);
        }
        arena_fail_at(0);
        arena_close(arena);
}

static bool starve(struct work *w, void *argument)
{
        (void)w;
        (void)argument;
        work_starve();
}

static bool starve_inside(struct work *w, void *argument)
{
        struct work inner = *w;

        inner.arena = arena_open((size_t)1 << 20);
        assert_false(work_run(&inner, starve, NULL));
        assert_int_equal(inner.err.code, ERR_ENVIRONMENT);
        arena_close(inner.arena);
        inner.arena = NULL; /* has no memory of its own: whose it is ends */
        error_clear(&inner.err);
        work_run(&inner, starve, argument);
        return true;
}

static void memory_that_ends_elsewhere_ends_the_innermost_work(void **state)
{
        struct arena *arena = arena_open((size_t)1 << 20);
        struct work w;
        int n = 0;

        (void)state;
        work_init(&w, arena, NULL, LANGUAGE_EN);
        assert_false(work_run(&w, starve_inside, NULL));
        assert_int_equal(w.err.code, ERR_ENVIRONMENT);
        error_clear(&w.err);
        assert_true(work_run(&w, add_one, &n));
        arena_close(arena);
}

static bool take_of_the_outer(struct work *w, void *outer)
{
        int steps = 0;

        arena_alloc(w->arena, 4096);
        return take_too_much(outer, &steps);
}

static bool run_scratch(struct work *w, void *is_back)
{
        bool ok = run_in_scratch(w, take_of_the_outer, w);

        *(bool *)is_back = true;
        return ok;
}

/* The sanitizer looks whether what is the scratch's own is given back. */
static void work_in_scratch_that_ends_the_outer_memory_comes_back_first(void **state)
{
        struct arena *arena = arena_open((size_t)1 << 20);
        struct error err = { .language = LANGUAGE_EN };
        struct work w;
        struct db *db = db_open(test_database(), DB_WRITE, &err);
        bool is_back = false;

        (void)state;
        work_init(&w, arena, db, LANGUAGE_EN);
        assert_false(work_run(&w, run_scratch, &is_back));
        assert_true(is_back);
        assert_int_equal(w.err.code, ERR_TOO_BIG);
        error_clear(&w.err);
        assert_false(db_exec(db, "no statement", NO_ARGS));
        assert_false(work_ok(&w)); /* it has the errors of its database again */
        db_close(db);
        arena_close(arena);
}

static void runs_nest(void **state)
{
        struct arena *arena = arena_open((size_t)1 << 20);
        struct work w;
        int steps = 0;

        (void)state;
        work_init(&w, arena, NULL, LANGUAGE_EN);
        assert_false(work_run(&w, run_inside, &steps));
        assert_int_equal(w.err.code, ERR_TOO_BIG);
        assert_in_range(steps, 200, 512);
        arena_close(arena);
}

static void a_transaction_cut_off_by_memory_can_be_rolled_back(void **state)
{
        struct arena *arena = arena_open((size_t)1 << 20);
        struct error err = { .language = LANGUAGE_EN };
        struct work w;
        struct db *db;

        (void)state;
        log_set_level(LOG_ALARM);
        db = db_open(test_database(), DB_WRITE, &err);
        assert_non_null(db);
        assert_true(db_script(db, "CREATE TABLE t (a BIGINT NOT NULL, PRIMARY KEY (a)) WITHOUT ROWID"));
        work_init(&w, arena, db, LANGUAGE_EN);
        assert_false(work_run(&w, write_and_run_out, NULL));
        assert_int_equal(w.err.code, ERR_TOO_BIG);
        assert_true(db_in_transaction(db));
        assert_int_equal(db_number(db, "SELECT COUNT(*) FROM t", NO_ARGS, -1), -1);
        db_rollback(db);
        error_clear(&w.err);
        assert_int_equal(db_number(db, "SELECT COUNT(*) FROM t", NO_ARGS, -1), 0);
        assert_true(error_ok(&err));
        db_close(db);
        arena_close(arena);
}

static void savepoints_left_open_by_a_failure_are_undone(void **state)
{
        struct arena *arena = arena_open((size_t)1 << 20);
        struct error err = { .language = LANGUAGE_EN };
        struct work w;
        struct db *db;
        int steps = 0;

        (void)state;
        log_set_level(LOG_ALARM);
        db = db_open(test_database(), DB_WRITE, &err);
        assert_non_null(db);
        assert_true(db_script(db, "CREATE TABLE t (a BIGINT NOT NULL, PRIMARY KEY (a)) WITHOUT ROWID"));
        work_init(&w, arena, db, LANGUAGE_EN);
        assert_true(db_begin(db) && db_exec(db, "INSERT INTO t VALUES (1)", NO_ARGS));
        for (int i = 0; i < 2; i++) {
                assert_true(db_savepoint(db));
                assert_false(work_run(&w, i == 0 ? leave_a_savepoint_by_a_jump : leave_a_savepoint_unreleased,
                                      &steps));
                assert_int_equal(db_savepoints(db), 1);
                db_rollback_to(db);
                error_clear(&w.err);
                assert_int_equal(db_number(db, "SELECT SUM(a) FROM t", NO_ARGS, -1), 1);
        }
        assert_true(db_commit(db));
        db_close(db);
        arena_close(arena);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(new_work_belongs_to_the_public_and_knows_the_time),
                cmocka_unit_test(a_function_succeeds_only_without_an_error),
                cmocka_unit_test(exhausted_memory_is_an_error_and_the_work_goes_on),
                cmocka_unit_test(each_allocation_may_fail),
                cmocka_unit_test(memory_that_ends_elsewhere_ends_the_innermost_work),
                cmocka_unit_test(work_in_scratch_that_ends_the_outer_memory_comes_back_first),
                cmocka_unit_test(runs_nest),
                cmocka_unit_test(savepoints_left_open_by_a_failure_are_undone),
                cmocka_unit_test(a_transaction_cut_off_by_memory_can_be_rolled_back),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
