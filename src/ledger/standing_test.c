#include "tests/ledger_bench.h"

/* What is remembered is put there as it is not in the tables: so it shows who was asked. */
static const char *const codes[] = { "24", "27", NULL };

struct asking {
        const char *key;
        bool (*see)(struct work *, const struct asking *);
};

static bool knows(struct work *w, const char *key, stamp at)
{
        struct stand s;

        return standing_recall(w, key, at, &s) && s.is_known && !s.is_trusted && strcmp(s.unit, "42") == 0 && s.ended == 7;
}

static bool knows_units(struct work *w, enum unit_question question, const char *unit)
{
        const char *const *found = NULL;

        return standing_recall_units(w, question, unit, 1000, &found) && strcmp(found[0], codes[0]) == 0 &&
               strcmp(found[1], codes[1]) == 0 && found[2] == NULL;
}

static void keep(struct work *w, const char *key, stamp at, const char *unit)
{
        standing_keep(w, key, at, &(struct stand){ .is_known = true, .unit = unit, .ended = 7 });
}

/* In a job, on the writer's thread. */
#define HOLDS(what)                                                                       \
        do {                                                                              \
                if (!(what))                                                              \
                        return error_set(&w->err, ERR_DAMAGED, "%d: %s", __LINE__, #what); \
        } while (0)

static bool see_key(struct work *w, const struct asking *a)
{
        const char *event = "SELECT at FROM trust_event WHERE key = $1 ORDER BY at LIMIT 1 OFFSET $2";
        stamp trusted = db_number(w->db, event, ARGS(v_text(a->key), v_int(0)), 0);
        stamp revoked = db_number(w->db, event, ARGS(v_text(a->key), v_int(1)), 0);

        HOLDS(trusted > 0 && revoked > trusted + 1);
        HOLDS(!knows(w, a->key, trusted + 1));
        keep(w, a->key, trusted + 1, "42");
        HOLDS(knows(w, a->key, trusted + 1));
        HOLDS(knows(w, a->key, revoked)); /* what is said then begins to hold behind it */
        HOLDS(!knows(w, a->key, revoked + 1));
        HOLDS(!knows(w, a->key, trusted));
        HOLDS(!knows(w, node_key(w->node), trusted + 1));
        epoch_begin(w->node); /* as where anything was said that counts */
        HOLDS(!knows(w, a->key, trusted + 1));
        keep(w, a->key, trusted + 1, "12345678"); /* longer than any code */
        HOLDS(!knows(w, a->key, trusted + 1));
        return true;
}

static bool see_units(struct work *w, const struct asking *a)
{
        (void)a;
        HOLDS(!knows_units(w, TAKEN_OVER, "25"));
        standing_keep_units(w, TAKEN_OVER, "25", 1000, codes);
        HOLDS(knows_units(w, TAKEN_OVER, "25"));
        HOLDS(!knows_units(w, GIVEN_BACK, "25"));
        HOLDS(!knows_units(w, TAKEN_OVER, "26"));
        epoch_begin(w->node);
        HOLDS(!knows_units(w, TAKEN_OVER, "25"));
        return true;
}

/* Without an epoch, as while things are judged, nothing is kept and nothing recalled. */
static bool see_none(struct work *w, const struct asking *a)
{
        int64_t epoch = w->node->epoch;

        (void)a;
        keep(w, a->key, 1, "42");
        HOLDS(knows(w, a->key, 1));
        w->node->epoch = 0;
        HOLDS(!knows(w, a->key, 1));
        standing_keep_units(w, TAKEN_OVER, "25", 1000, codes);
        HOLDS(!knows_units(w, TAKEN_OVER, "25"));
        w->node->epoch = epoch;
        HOLDS(!knows_units(w, TAKEN_OVER, "25"));
        return true;
}

static bool ask(struct work *w, void *argument)
{
        const struct asking *a = argument;

        return a->see(w, a) && work_ok(w);
}

static void see(bool (*function)(struct work *, const struct asking *))
{
        struct bench ministry, province;
        struct asking a = { .see = function };

        bench_make(&ministry, "VN");
        bench_make(&province, "25");
        trust(&ministry, &province);
        usleep(3000); /* the clock has milliseconds */
        say(&ministry, "node.revoke", &province, "25");
        a.key = node_key(province.node);
        bench_work(&ministry);
        if (!ledger_write(&ministry.w, ask, &a))
                fail_msg("%s", ministry.w.err.message);
        bench_work(&ministry);
        assert_false(knows(&ministry.w, a.key, 1)); /* who only reads asks each time */
        bench_close(&ministry);
        bench_close(&province);
}

static void how_a_key_stands_is_remembered_between_two_words_about_it(void **state)
{
        (void)state;
        see(see_key);
}

static void whose_place_a_unit_took_is_remembered_for_each_question(void **state)
{
        (void)state;
        see(see_units);
}

static void nothing_is_remembered_while_it_may_change(void **state)
{
        (void)state;
        see(see_none);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(how_a_key_stands_is_remembered_between_two_words_about_it),
                cmocka_unit_test(whose_place_a_unit_took_is_remembered_for_each_question),
                cmocka_unit_test(nothing_is_remembered_while_it_may_change),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
