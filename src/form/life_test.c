#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "form/form_private.h"

static struct arena *arena;
static json_t *made[200];
static size_t made_count;

static int setup(void **state)
{
        (void)state;
        arena = arena_open((size_t)16 << 20);
        return arena == NULL;
}

static int teardown(void **state)
{
        (void)state;
        while (made_count > 0)
                json_decref(made[--made_count]);
        arena_close(arena);
        return 0;
}

static json_t *cells(const char *cell, const char *typed)
{
        assert_true(made_count < 200);
        return made[made_count++] = json_pack("{s:{s:s}}", cell, "typed", typed);
}

static struct event draft(stamp at, const char *cell, const char *typed)
{
        return (struct event){ .act = ACT_DRAFT, .at = at, .node = "42", .author = "Hà",
                               .draft = cells(cell, typed) };
}

static struct event submit(stamp at)
{
        return (struct event){ .act = ACT_SUBMIT, .at = at, .node = "42", .author = "Hà" };
}

static struct event sent(stamp at, int version)
{
        return (struct event){ .act = ACT_SEND, .at = at, .node = "42", .author = "An", .filled_by = "Hà",
                               .version = version, .entry = at, .receipt = version == 1 ? "R1" : "R2" };
}

static struct event decided(enum act act, stamp at, int version)
{
        return (struct event){ .act = act, .at = at, .node = "VN", .author = "Bộ", .version = version,
                               .reason = act == ACT_RETURN ? "7.1 differs from customs" : NULL,
                               .cells = "7.1",
                               .due = 99 };
}

static int by_time(const void *a, const void *b)
{
        const struct event *x = a, *y = b;

        return (x->at > y->at) - (x->at < y->at);
}

/* Of the events that came in any order, as the ledger gives them. */
static struct life *fold(const struct event *events, size_t count)
{
        struct event *order = arena_array(arena, count + 1, sizeof *order);
        struct life *life = life_open(arena);

        if (count > 0)
                memcpy(order, events, count * sizeof *order);
        qsort(order, count, sizeof *order, by_time);
        for (size_t i = 0; i < count; i++)
                life_take(life, &order[i]);
        life_close(life);
        return life;
}

static void a_report_goes_through_its_states(void **state)
{
        struct event e[] = { draft(1, "7", "1"), submit(2), sent(3, 1), decided(ACT_RETURN, 4, 1),
                             draft(5, "7", "2"),
                             submit(6), sent(7, 2), decided(ACT_ACCEPT, 8, 2) };
        static const enum report_state expected[] = { REPORT_EMPTY, REPORT_DRAFT, REPORT_SUBMITTED,
                                                      REPORT_SENT,
                                                      REPORT_RETURNED, REPORT_RETURNED, REPORT_SUBMITTED,
                                                      REPORT_SENT,
                                                      REPORT_ACCEPTED };

        (void)state;
        for (size_t n = 0; n <= 8; n++)
                assert_int_equal(fold(e, n)->state, expected[n]);
        struct life *life = fold(e, 8);
        assert_int_equal(life->version, 2);
        assert_int_equal(life->version_count, 2);
        assert_int_equal(life->versions[0].decision, DECISION_RETURNED);
        assert_int_equal(life->versions[1].decision, DECISION_ACCEPTED);
        assert_string_equal(life->cells[0].typed, "2");
        assert_int_equal(life->draft_version, 2);
        assert_null(life->remark);
}

/* Every order of arrival of five events gives the same record. */
static void events_in_any_order_fold_to_the_same_state(void **state)
{
        struct event e[] = { draft(1, "7", "1"), sent(3, 1), decided(ACT_RETURN, 4, 1), draft(5, "7", "2"),
                             sent(7, 2) };
        int order[5] = { 0, 1, 2, 3, 4 }, seen = 0;

        (void)state;
        for (int code = 0; code < 120; code++) {
                int rest = code, free_places[5] = { 0, 1, 2, 3, 4 };
                struct event shuffled[5];

                for (int i = 0; i < 5; i++) {
                        int pick = rest % (5 - i);

                        rest /= 5 - i;
                        order[i] = free_places[pick];
                        memmove(&free_places[pick], &free_places[pick + 1],
                                (size_t)(4 - i - pick) * sizeof(int));
                        shuffled[i] = e[order[i]];
                }
                struct life *life = fold(shuffled, 5);
                assert_int_equal(life->state, REPORT_SENT);
                assert_int_equal(life->version, 2);
                assert_int_equal(life->versions[0].decision, DECISION_RETURNED);
                assert_string_equal(life->versions[0].receipt, "R1");
                assert_string_equal(life->cells[0].typed, "2");
                assert_int_equal(life->draft_version, 2);
                seen++;
        }
        assert_int_equal(seen, 120);
}

static void a_return_of_an_older_version_is_shown_but_does_not_reopen(void **state)
{
        struct event e[] = { sent(3, 1), sent(5, 2), decided(ACT_RETURN, 6, 1) };
        struct life *life;

        (void)state;
        life = fold(e, 3);
        assert_int_equal(life->state, REPORT_SENT);
        assert_int_equal(life->versions[0].decision, DECISION_RETURNED);
        assert_string_equal(life->versions[0].reason, "7.1 differs from customs");
        assert_null(life->remark);
}

/* Which of two that had not seen each other stands is said from outside, whichever is later. */
static void a_decision_that_another_stands_against_is_kept_beside_it(void **state)
{
        struct event e[] = { sent(3, 1), decided(ACT_RETURN, 4, 1), decided(ACT_ACCEPT, 5, 1) };
        struct life *life;

        (void)state;
        e[2].is_aside = true;
        life = fold(e, 3);
        assert_int_equal(life->state, REPORT_RETURNED);
        assert_string_equal(life->remark, "7.1 differs from customs");
        assert_int_equal(life->versions[0].decision_count, 2);
        assert_true(life->versions[0].decisions[0].stands);
        assert_false(life->versions[0].decisions[1].stands);
        assert_int_equal(life->versions[0].decisions[1].decision, DECISION_ACCEPTED);
}

static void a_decision_about_an_unknown_version_changes_nothing(void **state)
{
        struct event e[] = { sent(3, 1), decided(ACT_ACCEPT, 6, 2) };

        (void)state;
        assert_int_equal(fold(e, 2)->state, REPORT_SENT);
}

static void the_own_leader_reopens_what_was_submitted(void **state)
{
        struct event e[] = { draft(1, "7", "1"), submit(2),
                             { .act = ACT_REOPEN, .at = 3, .node = "42", .author = "An", .reason = "check 7",
                               .cells = "7", .due = 50 } };
        struct life *life;

        (void)state;
        life = fold(e, 3);
        assert_int_equal(life->state, REPORT_RETURNED);
        assert_true(life->is_from_own_leader);
        assert_string_equal(life->remark_cells, "7");
        assert_int_equal(life->return_due, 50);
}

static void what_was_submitted_and_is_taken_back_is_what_it_was(void **state)
{
        struct event e[] = { draft(1, "7", "1"), submit(2), { .act = ACT_WITHDRAW, .at = 3, .node = "42", .author = "An" },
                             submit(4), { .act = ACT_REOPEN, .at = 5, .node = "42", .author = "An", .reason = "check 7", .cells = "7" }, submit(6),
                             { .act = ACT_WITHDRAW, .at = 7, .node = "42", .author = "An" }, submit(8), sent(9, 1),
                             { .act = ACT_WITHDRAW, .at = 10, .node = "42", .author = "An" } };
        struct life *life;

        (void)state;
        assert_int_equal(fold(e, 2)->submitted_at, stamp_moment(2));
        assert_int_equal(fold(e, 3)->state, REPORT_DRAFT);
        life = fold(e, 7);
        assert_int_equal(life->state, REPORT_RETURNED); /* the leader's remark stands still */
        assert_string_equal(life->remark, "check 7");
        assert_int_equal(fold(e, 10)->state, REPORT_SENT); /* too late */
}

/* However often a cell is typed anew, and however long its explanation is: what is kept is what stands. */
static void a_cell_typed_anew_takes_no_more_room(void **state)
{
        char text[10000];
        struct life *life = life_open(arena);
        struct event e = { .act = ACT_DRAFT, .node = "42", .author = "Hà" };
        size_t used = 0;

        (void)state;
        memset(text, 'a', sizeof text);
        text[sizeof text - 1] = '\0';
        for (int i = 0; i < 1000; i++) {
                json_t *draft = json_pack("{s:{s:s,s:s}}", "7", "typed", i % 2 == 0 ? "1" : "12", "explanation", text + 1000 * (i % 7));

                e.at = i;
                e.draft = draft;
                life_take(life, &e);
                json_decref(draft); /* nothing but copies is kept */
                if (i == 10)
                        used = arena_used(arena);
        }
        life_close(life);
        assert_int_equal(arena_used(arena), used);
        assert_int_equal(life->cell_count, 1);
        assert_int_equal(life->draft_version, 1000);
        assert_string_equal(life->cells[0].typed, "12");
        assert_string_equal(life->cells[0].explanation, text + 1000 * (999 % 7));
}

/* Other nodes may write a longer reason than may be typed here: what is cut says how long it was, and differs where the texts do. */
static void a_reason_longer_than_may_be_typed_is_cut(void **state)
{
        char text[2][REPORT_TEXT_MAX + 100];
        const char *kept[2];
        struct event e[] = { sent(3, 1), decided(ACT_RETURN, 4, 1) };

        (void)state;
        for (int i = 0; i < 2; i++) {
                memset(text[i], 'x', sizeof text[i]);
                memcpy(text[i] + REPORT_TEXT_MAX - 1, "ư", 2); /* the cut would part it */
                text[i][sizeof text[i] - 2] = (char)('a' + i);
                text[i][sizeof text[i] - 1] = '\0';
                e[1].reason = text[i];
                e[1].entry = 7 + i;
                assert_int_equal(fold(e, 2)->versions[0].decisions[0].whole_reason, 7 + i);
                assert_int_equal(fold(e, 2)->whole_remark, 7 + i);
                kept[i] = fold(e, 2)->versions[0].reason;
                assert_true(strncmp(kept[i], text[i], REPORT_TEXT_MAX - 1) == 0);
                assert_true(strncmp(kept[i] + REPORT_TEXT_MAX - 1, "… (4099 byte, SHA-256 ", strlen("… (4099 byte, SHA-256 ")) == 0);
        }
        assert_string_not_equal(kept[0], kept[1]);
        text[0][REPORT_TEXT_MAX] = '\0'; /* as long as may be typed: whole */
        memcpy(text[0] + REPORT_TEXT_MAX - 2, "zz", 2);
        e[1].reason = text[0];
        assert_string_equal(fold(e, 2)->remark, text[0]);
        assert_int_equal(fold(e, 2)->whole_remark, 0);
}

/* A return may name all cells of the largest form. */
static void all_cells_of_a_return_are_kept(void **state)
{
        char all[REPORT_CELLS_MAX + 1];
        struct event e[] = { sent(3, 1), decided(ACT_RETURN, 4, 1) };
        struct event own[] = { draft(1, "7", "1"), submit(2), { .act = ACT_REOPEN, .at = 4, .node = "42", .author = "An", .reason = "all of them", .cells = all } };
        size_t length = 0;

        (void)state;
        for (int i = 0; i < FORM_ROWS_MAX; i++)
                length += (size_t)snprintf(all + length, sizeof all - length, "%s%0*d", i == 0 ? "" : ",", ROW_NAME_MAX, i);
        assert_int_equal(length, REPORT_CELLS_MAX - 1);
        e[1].cells = all;
        assert_string_equal(fold(e, 2)->remark_cells, all);
        assert_string_equal(fold(own, 3)->remark_cells, all);
}

static void many_cells_keep_their_own_versions(void **state)
{
        struct event e[40];
        struct life *life;

        (void)state;
        for (int i = 0; i < 40; i++)
                e[i] = draft(i + 1, (const char *[]){ "1", "2", "3", "4", "5", "6", "7" }[i % 7], "9");
        life = fold(e, 40);
        assert_int_equal(life->cell_count, 7);
        assert_int_equal(life->draft_version, 40);
        assert_string_equal(life->last_cell, "5");
        for (size_t i = 0; i < life->cell_count; i++)
                assert_true(life->cells[i].version > 33 - 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_report_goes_through_its_states, setup, teardown),
                cmocka_unit_test_setup_teardown(events_in_any_order_fold_to_the_same_state, setup, teardown),
                cmocka_unit_test_setup_teardown(a_decision_that_another_stands_against_is_kept_beside_it, setup, teardown),
                cmocka_unit_test_setup_teardown(a_return_of_an_older_version_is_shown_but_does_not_reopen,
                                                setup, teardown),
                cmocka_unit_test_setup_teardown(a_decision_about_an_unknown_version_changes_nothing, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(the_own_leader_reopens_what_was_submitted, setup, teardown),
                cmocka_unit_test_setup_teardown(what_was_submitted_and_is_taken_back_is_what_it_was, setup, teardown),
                cmocka_unit_test_setup_teardown(a_cell_typed_anew_takes_no_more_room, setup, teardown),
                cmocka_unit_test_setup_teardown(a_reason_longer_than_may_be_typed_is_cut, setup, teardown),
                cmocka_unit_test_setup_teardown(all_cells_of_a_return_are_kept, setup, teardown),
                cmocka_unit_test_setup_teardown(many_cells_keep_their_own_versions, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
