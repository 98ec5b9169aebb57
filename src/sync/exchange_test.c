/* What a node may read once units have taken each other over. */
#include "tests/territory.h"

#include "sync/sync_private.h"

/* A node of the country. */
static int begin(void **state)
{
        (void)state;
        open_node("VN");
        return 0;
}

static int end(void **state)
{
        (void)state;
        end_node();
        return 0;
}

static stamp of_day(int year, int month)
{
        return stamp_next(0, moment_of_day(day_of(year, month, 1)));
}

struct enrolled {
        const char *key, *unit;
        int year; /* it was said in August */
};

static bool enrol(struct work *writing, void *argument)
{
        const struct enrolled *e = argument;

        return trust_enrol(writing, e->key, e->unit, true) &&
               db_exec(writing->db, "UPDATE trust_event SET at = $1, said = $1 WHERE key = $2", ARGS(v_int(of_day(e->year, 8)), v_text(e->key)));
}

struct takeover {
        int number;
        const char *unit, *from, *node;
        int year;
};

/* As the ministry's entry leaves it, had it been written then. */
static bool take_over(struct work *writing, void *argument)
{
        const struct takeover *t = argument;

        return db_exec(writing->db, "INSERT INTO succession (entry, hash, unit, units_from, act, day, node, at, effect, undone_at, undone_act)"
                                    " VALUES ($1, '1', $2, $3, 'NQ 1', '2025-07-01', $4, $5, $5, 0, '')",
                       ARGS(v_int(t->number), v_text(t->unit), v_text(t->from), v_text(t->node), v_int(of_day(t->year, 7)))) &&
               db_exec(writing->db, "INSERT INTO succession_from (entry, unit) VALUES ($1, $2)", ARGS(v_int(t->number), v_text(t->from)));
}

static bool forget(struct work *writing, void *key)
{
        return db_exec(writing->db, "DELETE FROM trust_event WHERE key = $1", ARGS(v_text(key))) &&
               db_exec(writing->db, "DELETE FROM peer WHERE key = $1", ARGS(v_text(key)));
}

static bool may_have(const char *reader, const char *writer, const char *audience)
{
        bool answer;

        work_anew();
        answer = sync_may_pass_on(&w, trust_find(&w, reader), writer, audience);
        assert_true(work_ok(&w));
        return answer;
}

/* Quảng Bình had 44 until July 2025; since then it is the code of the Quảng Trị of which it is a part. */
#define ITS_NODE "044" PAD
#define STRANGER "999" PAD

/* The takeover was said under the other code, 45; but by the list of units what is addressed to 44 is for a larger unit now. */
static void who_was_taken_over_has_nothing_that_is_addressed_to_another_unit_of_its_code(void **state)
{
        (void)state;
        must_write(enrol, &(struct enrolled){ ITS_NODE, "44", 2016 });
        assert_true(may_have(ITS_NODE, STRANGER, "44"));
        must_write(take_over, &(struct takeover){ 1, "45", "44", "", 2025 });
        assert_false(may_have(ITS_NODE, STRANGER, "44"));
        assert_true(may_have(ITS_NODE, ITS_NODE, "44"));
}

/* A node that went on under the code, and was taken over later, wrote for the larger unit. */
static void who_was_taken_over_has_nothing_of_the_next_under_its_code(void **state)
{
        static const char next[] = "144" PAD, last[] = "244" PAD, beside[] = "344" PAD;

        (void)state;
        must_write(enrol, &(struct enrolled){ ITS_NODE, "44", 2016 });
        must_write(enrol, &(struct enrolled){ next, "44", 2016 });
        must_write(enrol, &(struct enrolled){ last, "44", 2025 });
        must_write(enrol, &(struct enrolled){ beside, "44", 2016 });
        must_write(take_over, &(struct takeover){ 1, "44", "44", next, 2025 });
        must_write(take_over, &(struct takeover){ 2, "44", "44", last, 2026 });
        assert_false(may_have(ITS_NODE, next, "44"));
        assert_false(may_have(ITS_NODE, last, "44"));
        assert_true(may_have(ITS_NODE, beside, "44")); /* it ended at the same time */
}

static void where_a_code_is_unknown_it_lies_in_no_territory(void **state)
{
        static const char taking[] = "045" PAD, unknown[] = "987" PAD;

        (void)state;
        must_write(enrol, &(struct enrolled){ taking, "45", 2016 });
        must_write(enrol, &(struct enrolled){ unknown, "987", 2016 });
        must_write(take_over, &(struct takeover){ 1, "45", "44", taking, 2025 });
        assert_true(may_have(taking, STRANGER, "44"));
        assert_false(may_have(taking, STRANGER, "987"));
        assert_true(may_have(unknown, STRANGER, "987"));
        assert_false(may_have(unknown, STRANGER, "42"));
}

/* What becomes of a bundle for a unit. */
static enum error_code bundle_for(const char *unit)
{
        struct bundled done;
        char path[600];

        work_anew();
        assert_true(db_begin(w.db));
        snprintf(path, sizeof path, "%s/%s.bundle", node_folder(node), unit);
        if (sync_bundle(&w, path, unit, 0, &done))
                assert_string_equal(done.unit, unit);
        db_rollback(w.db);
        return w.err.code;
}

static bool undo(struct work *writing, void *unused)
{
        (void)unused;
        return db_exec(writing->db, "UPDATE succession SET undone_at = $1 WHERE entry = 1", ARGS(v_int(of_day(2025, 8))));
}

/* Nobody reads what would be for the unit that takes over, while none of its nodes is enrolled; that of a unit whose nodes have ended may be for one of those,
 * also where its code is to be another's some day, or was until that was undone. */
static void a_bundle_is_for_a_node_that_goes_on_or_else_for_one_that_has_ended(void **state)
{
        static const char first[] = "044" PAD, next[] = "144" PAD;

        (void)state;
        must_write(enrol, &(struct enrolled){ first, "44", 2016 });
        must_write(take_over, &(struct takeover){ 1, "44", "44", next, 2025 });
        must_write(take_over, &(struct takeover){ 2, "45", "44", next, 2025 });
        assert_int_equal(bundle_for("44"), ERR_CONFLICT);
        must_write(enrol, &(struct enrolled){ next, "44", 2016 });
        assert_int_equal(bundle_for("44"), ERR_NONE);
        must_write(forget, next);
        assert_int_equal(bundle_for("44"), ERR_CONFLICT);
        must_write(undo, NULL);
        assert_int_equal(bundle_for("44"), ERR_NONE);
        must_write(take_over, &(struct takeover){ 3, "44", "45", "", 2999 });
        assert_int_equal(bundle_for("44"), ERR_NONE);
}

/* Of two it is the one that goes on, though the other had the unit later. */
static void a_bundle_is_for_no_node_that_has_ended_while_another_goes_on(void **state)
{
        static const char ended[] = "044" PAD, other[] = "144" PAD;

        (void)state;
        must_write(enrol, &(struct enrolled){ ended, "44", 2020 });
        must_write(take_over, &(struct takeover){ 1, "44", "26", "", 2025 });
        must_write(take_over, &(struct takeover){ 2, "45", "44", other, 2025 });
        assert_int_equal(bundle_for("44"), ERR_CONFLICT);
        must_write(enrol, &(struct enrolled){ other, "44", 2016 });
        assert_int_equal(bundle_for("44"), ERR_NONE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(who_was_taken_over_has_nothing_that_is_addressed_to_another_unit_of_its_code, begin, end),
                cmocka_unit_test_setup_teardown(who_was_taken_over_has_nothing_of_the_next_under_its_code, begin, end),
                cmocka_unit_test_setup_teardown(where_a_code_is_unknown_it_lies_in_no_territory, begin, end),
                cmocka_unit_test_setup_teardown(a_bundle_is_for_a_node_that_goes_on_or_else_for_one_that_has_ended, begin, end),
                cmocka_unit_test_setup_teardown(a_bundle_is_for_no_node_that_has_ended_while_another_goes_on, begin, end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
