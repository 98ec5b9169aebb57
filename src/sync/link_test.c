/* Whom a node counts among its links, and what it tells of them. */
#include <unistd.h>

#include "tests/territory.h"

#include "sync/sync_private.h"

static bool enrol(struct work *writing, void *unit)
{
        return trust_enrol(writing, arena_print(writing->arena, "%03d" PAD, atoi(unit)), unit, false);
}

/* As the ministry's entry leaves it. */
static bool take_over(struct work *writing, void *unit)
{
        return db_exec(writing->db, "INSERT INTO succession (entry, hash, unit, units_from, act, day, node, at, effect, undone_at, undone_act)"
                                    " VALUES (1, '1', $1, $2, 'NQ 1', '2016-01-01', '', 1, 1, 0, '')", ARGS(v_text(node_unit(node)), v_text(unit))) &&
               db_exec(writing->db, "INSERT INTO succession_from (entry, unit) VALUES (1, $1)", ARGS(v_text(unit)));
}

/* The units of the links, in the order of trust_list, with commas. */
static const char *links_now(void)
{
        const char *all = "";
        struct link *list;
        size_t count;

        work_anew();
        list = sync_links(&w, &count);
        assert_true(work_ok(&w));
        for (size_t i = 0; i < count; i++)
                all = arena_print(w.arena, "%s%s%s", all, i == 0 ? "" : ",", list[i].unit);
        return all;
}

static void a_silent_node_is_a_link_unless_one_stands_between(void **state)
{
        (void)state;
        open_node("VN");
        must_write(enrol, "001"); /* a district of Hà Nội, which has no node */
        assert_string_equal(links_now(), "001");
        must_write(enrol, "42");
        assert_string_equal(links_now(), "001,42");
        must_write(enrol, "01");
        assert_string_equal(links_now(), "01,42");
        must_write(enrol, "987"); /* the catalogue knows no such unit: nothing is known of who stands between */
        assert_string_equal(links_now(), "01,42,987");
        end_node();
}

/* What it took over does not lie below its own unit. */
static void a_silent_node_of_a_unit_that_was_taken_over_is_a_link(void **state)
{
        (void)state;
        open_node("42");
        must_write(enrol, "40");
        must_write(enrol, "38");
        assert_string_equal(links_now(), "");
        must_write(take_over, "40");
        assert_string_equal(links_now(), "40");
        end_node();
}

/* By command; what the other held when it last said so stays. */
static void an_exchange_that_tells_nothing_of_what_the_other_holds_leaves_what_was_known(void **state)
{
        struct exchanged x = { .entries_out = 1 };
        struct link *list;
        size_t count;
        int64_t ahead = 0;

        (void)state;
        open_node("VN");
        must_write(enrol, "001");
        for (int i = 0; i < 2; i++) {
                const struct round_end end = { .theirs = i == 0 ? 1000000 : -1, .shared = i == 0 ? 1000000 : -1 };

                link_met(node, "001" PAD, i == 0 ? "http://first" : "http://second", &end, &x);
                work_anew();
                list = sync_links(&w, &count);
                assert_int_equal(count, 1);
                assert_string_equal(list[0].url, i == 0 ? "http://first" : "http://second");
                assert_true(list[0].last_contact > 0 && list[0].last_entry == list[0].last_contact);
                assert_true(list[0].ahead > 0 && (i == 0 || list[0].ahead == ahead));
                ahead = list[0].ahead;
        }
        end_node();
}

static const struct link *met(int64_t theirs, int64_t shared)
{
        const struct round_end end = { .theirs = theirs, .shared = shared };
        struct exchanged x = { .entries_out = 1 };
        struct link *list;
        size_t count;

        link_met(node, "001" PAD, "http://first", &end, &x);
        work_anew();
        list = sync_links(&w, &count);
        assert_int_equal(count, 1);
        return list;
}

static void what_lacks_on_each_side_is_told_where_it_is_known_what_both_hold(void **state)
{
        int64_t ours;

        (void)state;
        open_node("VN");
        must_write(enrol, "001");
        ours = met(0, -1)->backlog;
        assert_true(ours > 9);
        {
                const struct { int64_t theirs, shared, lacks, ahead; } cases[] = {
                        { ours, ours, 0, 0 }, { ours, ours - 3, 3, 3 }, { ours + 5, ours - 2, 2, 7 }, { 4, 0, ours, 4 },
                        { ours + 5, -1, 0, 5 }, { ours - 5, -1, 5, 0 }, /* nobody has said: the difference */
                        { 4, ours, ours - 4, 0 },                       /* more than there can be */
                };

                for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                        const struct link *k = met(cases[i].theirs, cases[i].shared);

                        if (k->backlog != cases[i].lacks || k->ahead != cases[i].ahead)
                                fail_msg("case %zu: %lld, %lld", i, (long long)k->backlog, (long long)k->ahead);
                        assert_int_equal(link_shared(node, "001" PAD), cases[i].shared);
                }
        }
        assert_int_equal(link_shared(node, "002" PAD), -1);
        end_node();
}

static bool enrol_longer(struct work *writing, void *key)
{
        return trust_enrol(writing, key, "42", false);
}

/* Of the strangers who wrote what is passed over those are not told of any more who have been enrolled since; how much is ahead is not less for that,
 * until the next exchange brings it. */
static void a_stranger_who_was_enrolled_since_is_told_of_no_more(void **state)
{
        static const char *const keys[] = { "777" PAD, "042" PAD, "888" PAD };
        const struct round_end end = { .theirs = -1, .shared = -1 };
        struct exchanged x = { .entries_out = 1, .strangers = { .is_told = true } };
        struct link *list;
        size_t count;
        int64_t ahead;

        (void)state;
        open_node("VN");
        must_write(enrol, "001");
        for (int i = 0; i < 3; i++)
                stranger_note(&x.strangers, keys[i], i == 1 ? "42" : "43", 5 + i);
        link_met(node, "001" PAD, "http://first", &end, &x);
        work_anew();
        list = sync_links(&w, &count);
        assert_int_equal(list[0].strangers.count, 3);
        assert_int_equal(list[0].strangers.entries, 5 + 6 + 7);
        ahead = list[0].ahead;
        must_write(enrol_longer, (void *)(uintptr_t)keys[1]);
        list = sync_links(&w, &count);
        assert_int_equal(list[0].strangers.count, 2);
        assert_string_equal(list[0].strangers.list[0].key, keys[0]);
        assert_string_equal(list[0].strangers.list[1].key, keys[2]);
        assert_int_equal(list[0].strangers.entries, 5 + 7);
        assert_int_equal(list[0].ahead, ahead);
        end_node();
}

static void be_above(struct link_record *r, void *when)
{
        r->is_upstream = true;
        r->last_contact = *(moment *)when;
        r->lacks = r->last_contact / 1000;
}

/* Where the node above has another key now there are two records of it. */
static void of_two_keys_above_that_tells_which_was_heard_last(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        moment earlier = 1000, later = 2000;

        (void)state;
        open_node("42");
        log_set_level(LOG_ALARM + 1); /* nobody answers */
        assert_true(sync_start(node, "http://127.0.0.1:1/", &err));
        for (int i = 0; i < 3; i++) { /* the newest record comes first */
                struct link_status s;

                link_touch(node, i == 0 ? "001" PAD : i == 1 ? "002" PAD : "003" PAD, be_above, i == 1 ? &later : &earlier);
                work_anew();
                s = web_link_status(&w);
                assert_true(s.has_upstream && !s.is_connected);
                assert_int_equal(s.last_contact, i == 0 ? earlier : later);
                assert_int_equal(s.backlog, i == 0 ? 1 : 2);
        }
        sync_stop(node);
        end_node();
}

static void be_met_elsewhere(struct link_record *r, void *is_upstream)
{
        r->last_contact = 1000;
        r->is_upstream = *(bool *)is_upstream;
}

/* What is wrong at the address above is told, also where the node of that unit was met at another one; no more once somebody is met there. */
static void an_address_above_where_nobody_said_who_he_is_is_a_link(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        bool is_upstream = false;
        struct link *list;
        size_t count;

        (void)state;
        open_node("42");
        log_set_level(LOG_ALARM + 1); /* nobody answers */
        assert_string_equal(links_now(), "");
        assert_true(sync_start(node, "http://127.0.0.1:1/", &err));
        while (strcmp(links_now(), "?") != 0)
                usleep(1000);
        must_write(enrol, "VN");
        assert_string_equal(links_now(), "VN"); /* may be whom the address is of */
        list = sync_links(&w, &count);
        assert_non_null(list[0].problem);
        link_touch(node, "000" PAD, be_met_elsewhere, &is_upstream);
        assert_string_equal(links_now(), "VN,?");
        list = sync_links(&w, &count);
        assert_null(list[0].problem);
        assert_non_null(list[1].problem);
        assert_string_equal(list[1].url, "http://127.0.0.1:1");
        is_upstream = true;
        link_touch(node, "000" PAD, be_met_elsewhere, &is_upstream);
        do /* a try that had begun before may be noted after */
                link_unknown_met(node);
        while (strcmp(links_now(), "VN") != 0);
        sync_stop(node);
        end_node();
}

static void what_cannot_be_read_of_the_links_is_an_error(void **state)
{
        int failed = 0;
        bool ok = false;

        (void)state;
        open_node("VN");
        must_write(enrol, "001");
        for (long n = 1; !ok; n++) {
                size_t count;

                work_anew();
                db_fail_at(w.db, n);
                sync_links(&w, &count);
                ok = work_ok(&w);
                db_fail_at(w.db, 0);
                assert_true(ok || w.err.code == ERR_ENVIRONMENT);
                failed += !ok;
        }
        assert_true(failed > 2);
        end_node();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_silent_node_is_a_link_unless_one_stands_between),
                cmocka_unit_test(a_silent_node_of_a_unit_that_was_taken_over_is_a_link),
                cmocka_unit_test(an_exchange_that_tells_nothing_of_what_the_other_holds_leaves_what_was_known),
                cmocka_unit_test(what_lacks_on_each_side_is_told_where_it_is_known_what_both_hold),
                cmocka_unit_test(a_stranger_who_was_enrolled_since_is_told_of_no_more),
                cmocka_unit_test(of_two_keys_above_that_tells_which_was_heard_last),
                cmocka_unit_test(an_address_above_where_nobody_said_who_he_is_is_a_link),
                cmocka_unit_test(what_cannot_be_read_of_the_links_is_an_error),
        };

        clock_stands = moment_of_day(day_of(2016, 3, 31));
        return cmocka_run_group_tests(tests, NULL, NULL);
}
