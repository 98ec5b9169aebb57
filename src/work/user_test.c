#include "tests/support.h"

#include "base/text.h"
#include "work/user.h"

/* One row a role: the rights it has, and no others. */
static const struct {
        enum role role;
        const char *name;
        int rights[RIGHT_COUNT]; /* in the order of enum right */
} expected[] = {
        /*                               public read follow fill send receive import define administer */
        { ROLE_NOBODY, "nobody",         { 1, 0, 0, 0, 0, 0, 0, 0, 0 } },
        { ROLE_ADMIN, "admin",           { 1, 1, 1, 0, 0, 0, 1, 1, 1 } },
        { ROLE_DIRECTOR, "director",     { 1, 1, 1, 1, 1, 1, 0, 0, 0 } },
        { ROLE_DEPUTY, "deputy",         { 1, 1, 1, 1, 1, 1, 0, 0, 0 } },
        { ROLE_HEAD, "head",             { 1, 1, 1, 1, 0, 1, 1, 0, 0 } },
        { ROLE_SPECIALIST, "specialist", { 1, 1, 1, 1, 0, 1, 1, 0, 0 } },
        { ROLE_CENTER, "center",         { 1, 1, 1, 1, 0, 0, 0, 0, 0 } },
        { ROLE_COMMUNE, "commune",       { 1, 1, 1, 1, 1, 0, 0, 0, 0 } },
        { ROLE_ENTERPRISE, "enterprise", { 1, 0, 1, 1, 1, 0, 0, 0, 0 } },
        { ROLE_CONSULTANT, "consultant", { 1, 0, 1, 1, 0, 0, 0, 0, 0 } },
        { ROLE_API, "api",               { 1, 1, 1, 1, 0, 0, 0, 0, 0 } },
};

static void a_role_has_its_rights_and_no_others(void **state)
{
        (void)state;
        assert_int_equal(sizeof expected / sizeof *expected, ROLE_COUNT);
        for (size_t i = 0; i < ROLE_COUNT; i++) {
                for (int right = 0; right < RIGHT_COUNT; right++) {
                        if (role_may(expected[i].role, (enum right)right) != (expected[i].rights[right] == 1))
                                fail_msg("%s, right %d", expected[i].name, right);
                }
        }
}

static void a_role_is_found_by_its_name(void **state)
{
        (void)state;
        for (size_t i = 0; i < ROLE_COUNT; i++) {
                assert_string_equal(role_name(expected[i].role), expected[i].name);
                assert_int_equal(role_by_name(expected[i].name), expected[i].role);
                assert_true(role_title(expected[i].role)[0] != '\0');
        }
        assert_int_equal(role_by_name("Specialist"), ROLE_COUNT);
        assert_int_equal(role_by_name(""), ROLE_COUNT);
}

static void an_unknown_role_may_nothing(void **state)
{
        (void)state;
        for (int right = 0; right < RIGHT_COUNT; right++)
                assert_false(role_may(ROLE_COUNT, (enum right)right));
        assert_string_equal(role_name(ROLE_COUNT), "");
        assert_string_equal(role_title(ROLE_COUNT), "");
}

static void the_operator_may_everything_and_the_public_only_read(void **state)
{
        struct user admin = user_operator;

        (void)state;
        for (int right = 0; right < RIGHT_COUNT; right++) {
                assert_true(user_may(&user_operator, (enum right)right));
                assert_int_equal(user_may(&user_nobody, (enum right)right), right == MAY_READ_PUBLIC);
        }
        /* The right comes from being that user, not from looking like it. */
        assert_false(user_may(&admin, MAY_SEND));
        assert_string_equal(user_nobody.login, "");
}

static void who_only_reads_may_do_nothing_whatever_the_role(void **state)
{
        (void)state;
        for (int role = 0; role < ROLE_COUNT; role++)
                for (int right = 0; right < RIGHT_COUNT; right++) {
                        struct user reader = { "thu", "Thu", (enum role)role, "42", true };

                        assert_int_equal(user_may(&reader, (enum right)right), right == MAY_READ_PUBLIC || right == MAY_READ || right == MAY_FOLLOW);
                }
}

static void roles_are_shown_in_the_language_of_the_reader(void **state)
{
        (void)state;
        assert_string_equal(text(LANGUAGE_VI, role_title(ROLE_SPECIALIST)), "Chuyên viên");
        assert_string_equal(text(LANGUAGE_EN, role_title(ROLE_SPECIALIST)), "Specialist");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_role_has_its_rights_and_no_others),
                cmocka_unit_test(a_role_is_found_by_its_name),
                cmocka_unit_test(an_unknown_role_may_nothing),
                cmocka_unit_test(the_operator_may_everything_and_the_public_only_read),
                cmocka_unit_test(who_only_reads_may_do_nothing_whatever_the_role),
                cmocka_unit_test(roles_are_shown_in_the_language_of_the_reader),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
