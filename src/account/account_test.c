#include "tests/support.h"

#include "account/account.h"
#include "account/throttle.h"
#include "base/log.h"
#include "ledger/check.h"
#include "ledger/node.h"
#include "ledger/trust.h"
#include "ledger/write.h"

static const struct entry_kind *const kinds[] = { trust_kinds, account_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, account_tables, NULL };
static const struct ledger_schema schema = { .kinds = kinds, .tables = tables };

#define PASSWORD "một câu đủ dài"

struct bench {
        struct node *node;
        struct arena *arena;
        struct work w;
};

static void next_work(struct bench *b)
{
        struct db *db = node_reader(b->node, &b->w.err);

        work_init(&b->w, b->arena, db, LANGUAGE_EN);
        b->w.node = b->node;
        b->w.user = &user_operator;
}

struct change {
        const char *login, *name, *unit, *hash;
        enum role role;
        bool is_disabled, with_token;
        char token[64];
};

static bool carry_out(struct work *w, void *argument)
{
        struct change *c = argument;

        return (c->name == NULL || account_set(w, c->login, c->name, c->role, c->unit, c->is_disabled)) &&
               (c->hash == NULL || account_set_password(w, c->login, c->hash)) &&
               (!c->with_token || account_make_token(w, c->login, "test", c->token));
}

static bool change(struct bench *b, struct change *c)
{
        next_work(b);
        return ledger_write(&b->w, carry_out, c);
}

static void bench_open(struct bench *b)
{
        struct error err = { .language = LANGUAGE_EN };
        char folder[512], hash[128];

        log_set_level(LOG_ALARM);
        snprintf(folder, sizeof folder, "%s/node", test_folder());
        b->arena = arena_open(WORK_MEMORY_USUAL);
        if (!node_init(folder, "42", test_store(), &schema, &err) ||
            (b->node = node_open(folder, NODE_WRITE, &schema, &err)) == NULL)
                fail_msg("%s: %s", err.context, err.message);
        next_work(b);
        assert_true(account_hash(&b->w, PASSWORD, hash));
        if (!change(b, &(struct change){ .login = "mai",
                                         .name = "Mai",
                                         .unit = "42",
                                         .role = ROLE_SPECIALIST,
                                         .hash = hash }))
                fail_msg("%s", b->w.err.message);
        next_work(b);
}

static void bench_close(struct bench *b)
{
        arena_close(b->arena);
        node_close(b->node);
}

static void the_right_password_signs_in_and_others_do_not(void **state)
{
        struct bench b;
        struct account *a;

        (void)state;
        bench_open(&b);
        a = account_sign_in(&b.w, "mai", PASSWORD);
        assert_non_null(a);
        assert_string_equal(a->user.name, "Mai");
        assert_int_equal(a->user.role, ROLE_SPECIALIST);
        /* Typed as base letters and combining marks it is the same password. */
        assert_non_null(
                account_sign_in(&b.w, "mai", "mo\xcc\xa3\xcc\x82t c\xc3\xa2u \xc4\x91u\xcc\x89 da\xcc\x80i"));
        assert_null(account_sign_in(&b.w, "mai", "một câu quá ngắn"));
        assert_int_equal(b.w.err.code, ERR_UNAUTHENTICATED);
        next_work(&b);
        assert_null(account_sign_in(&b.w, "nobody", PASSWORD));
        assert_int_equal(b.w.err.code, ERR_UNAUTHENTICATED);
        next_work(&b);
        assert_null(account_sign_in(&b.w, "mai' OR 1=1 --", PASSWORD));
        assert_int_equal(b.w.err.code, ERR_UNAUTHENTICATED);
        bench_close(&b);
}

static void after_five_failures_a_login_waits(void **state)
{
        struct bench b;
        moment now;

        (void)state;
        bench_open(&b);
        now = b.w.now;
        for (int i = 0; i < 5; i++) {
                next_work(&b);
                b.w.now = now;
                assert_null(account_sign_in(&b.w, "mai", "wrong password"));
                assert_int_equal(b.w.err.code, ERR_UNAUTHENTICATED);
        }
        next_work(&b);
        b.w.now = now + 1000;
        assert_null(account_sign_in(&b.w, "mai", PASSWORD)); /* even with the right one */
        assert_int_equal(b.w.err.code, ERR_BUSY);
        assert_true(b.w.err.hint[0] != '\0');
        next_work(&b);
        b.w.now = now + 11000;
        assert_non_null(account_sign_in(&b.w, "mai", PASSWORD));
        bench_close(&b);
}

static void waiting_grows_and_is_forgotten(void **state)
{
        struct throttle *t = throttle_open(3, 10, 60);
        moment now = 1000000;

        (void)state;
        assert_int_equal(throttle_try(t, "a", now), 0);
        assert_int_equal(throttle_try(t, "a", now), 0);
        assert_int_equal(throttle_try(t, "a", now), 0);
        assert_int_equal(throttle_try(t, "a", now), 10);
        assert_int_equal(throttle_try(t, "b", now), 0); /* others do not wait */
        now += 10000;
        assert_int_equal(throttle_try(t, "a", now), 0);
        assert_int_equal(throttle_try(t, "a", now), 20);
        now += 20000;
        assert_int_equal(throttle_try(t, "a", now), 0);
        now += 40000;
        assert_int_equal(throttle_try(t, "a", now), 0);
        assert_int_equal(throttle_try(t, "a", now), 60); /* and no longer */
        throttle_take_back(t, "a"); /* the last one could not be judged */
        assert_int_equal(throttle_try(t, "a", now), 0);
        assert_int_equal(throttle_try(t, "a", now), 60);
        throttle_take_back(t, "c"); /* never tried */
        throttle_clear(t, "a");
        assert_int_equal(throttle_try(t, "a", now), 0);
        assert_int_equal(throttle_try(t, "a", now), 0);
        assert_int_equal(throttle_try(t, "a", now), 0);
        now += 3700000;
        for (int i = 0; i < 3; i++)
                assert_int_equal(throttle_try(t, "a", now), 0);
        assert_int_equal(throttle_try(t, "a", now), 10);
        /* Many keys at once push others out, but never crash or block for ever. */
        for (int i = 0; i < 20000; i++) {
                char key[16];

                snprintf(key, sizeof key, "k%d", i);
                assert_int_equal(throttle_try(t, key, now), 0);
        }
        throttle_close(t);
}

static void a_session_is_believed_only_as_we_wrote_it(void **state)
{
        struct bench b;
        char cookie[256], csrf[65], again[65], forged[256];
        bool should_renew;
        struct account *a;

        (void)state;
        bench_open(&b);
        a = account_find(&b.w, "mai");
        session_write(&b.w, a, cookie);
        a = session_read(&b.w, cookie, csrf, &should_renew);
        assert_non_null(a);
        assert_string_equal(a->user.login, "mai");
        assert_false(should_renew);
        assert_int_equal(strlen(csrf), 64);
        for (size_t i = 0; cookie[i] != '\0'; i++) {
                memcpy(forged, cookie, sizeof forged);
                forged[i] = (char)(forged[i] == 'x' ? 'y' : 'x');
                if (session_read(&b.w, forged, again, NULL) != NULL)
                        fail_msg("byte %zu may be anything", i);
                memcpy(forged, cookie, sizeof forged);
                forged[i] = '\0';
                assert_null(session_read(&b.w, forged, again, NULL));
        }
        assert_null(session_read(&b.w, "", again, NULL));
        assert_null(session_read(&b.w, "1!mai!1!1!x!", again, NULL));
        assert_true(work_ok(&b.w));
        bench_close(&b);
}

static void a_session_expires_and_is_renewed_with_the_same_forms(void **state)
{
        struct bench b;
        char cookie[256], renewed[256], csrf[65], again[65];
        bool should_renew;
        moment from;

        (void)state;
        bench_open(&b);
        from = b.w.now;
        session_write(&b.w, account_find(&b.w, "mai"), cookie);
        assert_non_null(session_read(&b.w, cookie, csrf, &should_renew));
        b.w.now = from + 3600000;
        assert_non_null(session_read(&b.w, cookie, csrf, &should_renew));
        assert_true(should_renew);
        assert_true(session_renew(&b.w, cookie, renewed));
        b.w.now = from + (moment)SESSION_SECONDS * 1000 + 1000;
        assert_null(session_read(&b.w, cookie, again, NULL));
        assert_false(session_is_genuine(b.node, cookie, b.w.now, &should_renew));
        assert_false(session_renew(&b.w, cookie, renewed + 0));
        assert_non_null(session_read(&b.w, renewed, again, NULL));
        assert_string_equal(again, csrf);
        /* A clock set back a little is no reason to send people away; far ahead is forged. */
        b.w.now = from - 30000;
        assert_non_null(session_read(&b.w, cookie, again, NULL));
        b.w.now = from - 3600000;
        assert_null(session_read(&b.w, cookie, again, NULL));
        bench_close(&b);
}

static void a_form_tells_whose_session_it_was_shown_in(void **state)
{
        struct bench b;
        char cookie[256], csrf[65], forged[65];

        (void)state;
        bench_open(&b);
        session_write(&b.w, account_find(&b.w, "mai"), cookie);
        assert_non_null(session_read(&b.w, cookie, csrf, NULL));
        b.w.now += (moment)SESSION_SECONDS * 1000 + 1000; /* the session has ended */
        assert_null(session_read(&b.w, cookie, forged, NULL));
        assert_true(session_made_mark(b.node, "mai", csrf));
        assert_false(session_made_mark(b.node, "lan", csrf));
        assert_false(session_made_mark(b.node, "mai", ""));
        for (size_t i = 0; i < 64; i++) {
                memcpy(forged, csrf, sizeof forged);
                forged[i] = csrf[i] == '0' ? '1' : '0';
                if (session_made_mark(b.node, "mai", forged))
                        fail_msg("byte %zu may be anything", i);
                forged[i] = '\0';
                assert_false(session_made_mark(b.node, "mai", forged));
        }
        session_form_mark(b.node, "somebody who is not signed in", forged);
        assert_false(session_made_mark(b.node, "mai", forged));
        bench_close(&b);
}

static void a_new_password_or_disabling_ends_sessions(void **state)
{
        struct bench b;
        char cookie[256], csrf[65], hash[128];
        struct change token = { .login = "mai", .with_token = true };

        (void)state;
        bench_open(&b);
        session_write(&b.w, account_find(&b.w, "mai"), cookie);
        assert_true(account_hash(&b.w, "ein anderes Wort", hash));
        assert_true(change(&b, &(struct change){ .login = "mai", .hash = hash }));
        next_work(&b);
        assert_null(session_read(&b.w, cookie, csrf, NULL));
        assert_null(account_sign_in(&b.w, "mai", PASSWORD));
        next_work(&b);
        assert_non_null(account_sign_in(&b.w, "mai", "ein anderes Wort"));
        session_write(&b.w, account_find(&b.w, "mai"), cookie);
        assert_true(change(&b, &token));
        next_work(&b);
        assert_non_null(account_by_token(&b.w, token.token));
        assert_null(account_by_token(&b.w, "cn_unknown"));
        assert_null(account_by_token(&b.w, ""));
        assert_true(change(&b, &(struct change){ .login = "mai",
                                                 .name = "Mai",
                                                 .unit = "42",
                                                 .role = ROLE_SPECIALIST,
                                                 .is_disabled = true }));
        next_work(&b);
        assert_null(session_read(&b.w, cookie, csrf, NULL));
        assert_null(account_by_token(&b.w, token.token));
        assert_null(account_sign_in(&b.w, "mai", "ein anderes Wort"));
        assert_int_equal(b.w.err.code, ERR_UNAUTHENTICATED);
        bench_close(&b);
}

static void unfit_accounts_and_passwords_are_refused(void **state)
{
        static const struct {
                const char *login, *name;
                enum role role;
        } cases[] = {
                { "a", "A", ROLE_ADMIN },
                { "Mai", "A", ROLE_ADMIN },
                { "m ai", "A", ROLE_ADMIN },
                { "má", "A", ROLE_ADMIN },
                { "", "A", ROLE_ADMIN },
                { "mai!", "A", ROLE_ADMIN },
                { "lan", "", ROLE_ADMIN },
                { "lan", "   ", ROLE_ADMIN },
                { "lan", "\xff", ROLE_ADMIN },
                { "lan", "Lan", ROLE_NOBODY },
                { "lan", "Lan", ROLE_COUNT },
                { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "A", ROLE_ADMIN },
        };
        static const char *const passwords[] = { "", "1234567", "ngắn",
                                                 "\xff\xff\xff\xff\xff\xff\xff\xff\xff" };
        char hash[128], *endless = calloc(1, 2001);
        struct bench b;
        size_t count;

        (void)state;
        bench_open(&b);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                if (change(&b, &(struct change){ .login = cases[i].login,
                                                 .name = cases[i].name,
                                                 .unit = "42",
                                                 .role = cases[i].role }) ||
                    b.w.err.code != ERR_INVALID)
                        fail_msg("account %zu was taken", i);
        memset(endless, 'a', 2000);
        for (size_t i = 0; i <= sizeof passwords / sizeof *passwords; i++) {
                const char *p = i < sizeof passwords / sizeof *passwords ? passwords[i] : endless;

                next_work(&b);
                if (account_hash(&b.w, p, hash) || b.w.err.code != ERR_INVALID)
                        fail_msg("password %zu was taken", i);
        }
        assert_false(change(&b, &(struct change){ .login = "nobody", .hash = "x" }));
        assert_int_equal(b.w.err.code, ERR_MISSING);
        next_work(&b);
        assert_non_null(account_list(&b.w, &count));
        assert_int_equal(count, 1);
        free(endless);
        bench_close(&b);
}

/* What is written without the right is refused where it is applied, so also when another node sends it. */
static void only_administrators_set_up_accounts(void **state)
{
        struct change c = { .login = "lan", .name = "Lan", .unit = "42", .role = ROLE_ADMIN };
        struct user mai = { "mai", "Mai", ROLE_SPECIALIST, "42", false };
        struct bench b;

        (void)state;
        bench_open(&b);
        next_work(&b);
        b.w.user = &mai;
        assert_false(ledger_write(&b.w, carry_out, &c));
        next_work(&b);
        assert_null(account_find(&b.w, "lan"));
        bench_close(&b);
}

static void people_change_their_own_password_only(void **state)
{
        struct user mai = { "mai", "Mai", ROLE_SPECIALIST, "42", false };
        struct change other = { .login = "lan" }, own = { .login = "mai" };
        char hash[128];
        struct bench b;

        (void)state;
        bench_open(&b);
        assert_true(account_hash(&b.w, "zweites Wort", hash));
        assert_true(change(
                &b, &(struct change){
                            .login = "lan", .name = "Lan", .unit = "42", .role = ROLE_HEAD, .hash = hash }));
        other.hash = own.hash = hash;
        next_work(&b);
        b.w.user = &mai;
        assert_false(ledger_write(&b.w, carry_out, &other));
        next_work(&b);
        b.w.user = &mai;
        assert_true(ledger_write(&b.w, carry_out, &own));
        bench_close(&b);
}

static bool rebuild(struct work *w, void *argument)
{
        return ledger_rebuild(w, argument);
}

static void accounts_survive_a_rebuild(void **state)
{
        struct change token = { .login = "mai", .with_token = true };
        int64_t entries;
        struct bench b;

        (void)state;
        bench_open(&b);
        assert_true(change(
                &b, &(struct change){ .login = "mai", .name = "Mai Anh", .unit = "42", .role = ROLE_HEAD }));
        assert_true(change(&b, &token));
        next_work(&b);
        if (!ledger_write(&b.w, rebuild, &entries))
                fail_msg("%s", b.w.err.message);
        next_work(&b);
        assert_string_equal(account_find(&b.w, "mai")->user.name, "Mai Anh");
        assert_non_null(account_by_token(&b.w, token.token));
        assert_non_null(account_sign_in(&b.w, "mai", PASSWORD));
        bench_close(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_right_password_signs_in_and_others_do_not),
                cmocka_unit_test(after_five_failures_a_login_waits),
                cmocka_unit_test(waiting_grows_and_is_forgotten),
                cmocka_unit_test(a_session_is_believed_only_as_we_wrote_it),
                cmocka_unit_test(a_session_expires_and_is_renewed_with_the_same_forms),
                cmocka_unit_test(a_form_tells_whose_session_it_was_shown_in),
                cmocka_unit_test(a_new_password_or_disabling_ends_sessions),
                cmocka_unit_test(unfit_accounts_and_passwords_are_refused),
                cmocka_unit_test(only_administrators_set_up_accounts),
                cmocka_unit_test(people_change_their_own_password_only),
                cmocka_unit_test(accounts_survive_a_rebuild),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
