#include "tests/support.h"

#include "web/turns.h"

static const char *const names[] = { "an", "binh", "chi" };

/* Take all and note who came: the items are the names. */
static void drain(struct turns *t, char *order, size_t room)
{
        const char *name;
        size_t length = 0;

        while ((name = turns_take(t)) != NULL && length + 1 < room) {
                order[length++] = name[0];
                turns_done(t, name);
        }
        order[length] = '\0';
}

static void add(struct turns *t, int who, int count)
{
        for (int i = 0; i < count; i++)
                assert_true(turns_add(t, names[who], (void *)(uintptr_t)names[who]));
}

static void nobody_comes_twice_while_another_waits(void **state)
{
        struct turns *t = turns_open(8, 100);
        char order[32];

        (void)state;
        add(t, 0, 5);
        add(t, 1, 2);
        add(t, 2, 1);
        drain(t, order, sizeof order);
        assert_string_equal(order, "abcabaaa");
        turns_close(t);
}

static void who_has_had_a_turn_waits_behind_who_comes_later(void **state)
{
        struct turns *t = turns_open(8, 100);
        char order[32];
        const char *first;

        (void)state;
        add(t, 0, 3);
        first = turns_take(t);
        assert_string_equal(first, "an");
        add(t, 1, 2); /* comes while the other's first is under way and two more of it wait */
        turns_done(t, first);
        drain(t, order, sizeof order);
        assert_string_equal(order, "abab");
        turns_close(t);
}

static void one_item_of_an_asker_is_under_way_at_a_time(void **state)
{
        struct turns *t = turns_open(8, 100);

        (void)state;
        add(t, 0, 2);
        assert_non_null(turns_take(t));
        assert_null(turns_take(t));
        add(t, 1, 1);
        assert_string_equal(turns_take(t), "binh");
        turns_done(t, "an");
        assert_string_equal(turns_take(t), "an");
        turns_done(t, "an");
        turns_done(t, "binh");
        assert_int_equal(turns_waiting(t), 0);
        turns_close(t);
}

static void what_may_wait_is_bounded_for_each_and_for_all(void **state)
{
        struct turns *t = turns_open(2, 5);
        char order[32];

        (void)state;
        add(t, 0, 2);
        assert_false(turns_add(t, "an", t));
        add(t, 1, 2);
        add(t, 2, 1);
        assert_false(turns_add(t, "chi", t));
        assert_false(turns_add(t, "dung", t));
        assert_int_equal(turns_waiting(t), 5);
        drain(t, order, sizeof order);
        assert_string_equal(order, "abcab");
        add(t, 0, 2); /* there is room again */
        turns_close(t);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nobody_comes_twice_while_another_waits),
                cmocka_unit_test(who_has_had_a_turn_waits_behind_who_comes_later),
                cmocka_unit_test(one_item_of_an_asker_is_under_way_at_a_time),
                cmocka_unit_test(what_may_wait_is_bounded_for_each_and_for_all),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
