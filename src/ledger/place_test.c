#include "tests/ledger_bench.h"

#include "base/log.h"
#include "ledger/receipt.h"

/* ---- what is stored first and placed later ------------------------------------------------------------------ */

static bool give_first(struct bench *to, const struct lines *l, int64_t at_once, struct received *count)
{
        struct feed f = { .l = l, .at_once = &at_once };
        bool ok;

        to->node->placing_rests = true;
        bench_work(to);
        ok = ledger_write(&to->w, feed_lines, &f);
        *count = f.count;
        return ok;
}

static bool place(struct bench *b)
{
        bench_work(b);
        return ledger_place(&b->w);
}

static bool place_one_entry(struct work *w, void *argument)
{
        bool is_done;

        (void)argument;
        return placing_step(w, 1, &is_done);
}

/* The second half of what a node wrote, made after the first was given away. */
struct two {
        struct bench from, to;
        struct lines first;
};

static void make_two(struct two *t)
{
        bench_make(&t->from, "VN");
        bench_make(&t->to, "42");
        trust(&t->to, &t->from);
        trust(&t->from, &t->to); /* its entry is of a kind that does not follow, between two that do */
        assert_true(note(&t->from, "*", "a", "first"));
        assert_true(note(&t->from, "*", "b", "second"));
        assert_true(note(&t->from, "*", "a", "third"));
        lines_of(&t->from, &t->first);
}

static void close_two(struct two *t)
{
        arena_close(t->first.arena);
        bench_close(&t->from);
        bench_close(&t->to);
}

static bool kind_has_receipts(const char *kind)
{
        return strcmp(kind, "note") == 0;
}

static void what_is_stored_first_is_placed_later(void **state)
{
        struct two t;
        struct received got;
        char ours[HASH_HEX], theirs[HASH_HEX], hash[HASH_HEX], *name;
        struct verified v;
        int64_t entries, progress;

        (void)state;
        make_two(&t);
        progress = node_progress(t.to.node);
        assert_true(give_first(&t.to, &t.first, 0, &got));
        assert_int_equal(got.entries_new, 4);
        assert_int_equal(got.entries_following, 3);
        assert_true(node_progress(t.to.node) > progress);
        progress = node_progress(t.to.node);
        assert_null(words_of(&t.to, "a"));
        name = arena_print(t.to.arena, "%s/*", node_key(t.from.node));
        assert_int_equal(ledger_applied_to(&t.to.w, name), 0 + 1); /* the enrolment came first */
        assert_true(ledger_hash_at(&t.to.w, name, 2, hash));
        assert_null(ledger_entry_by_hash(&t.to.w, hash)); /* nothing rests on what is not placed, */
        assert_int_equal(receipt_find(&t.to.w, hash, kind_has_receipts), 0); /* and nobody finds it */
        assert_int_equal(t.to.w.err.code, ERR_MISSING);
        bench_work(&t.to);
        assert_true(ledger_verify(&t.to.w, &v));
        if (!ledger_rebuild_check(&t.to.w, &entries)) /* the tables are what the placed entries say */
                fail_msg("%s", t.to.w.err.message);
        assert_false(ledger_is_placed(&t.to.w));
        assert_int_equal(t.to.w.err.code, ERR_CONFLICT);
        bench_work(&t.to);
        assert_true(ledger_write(&t.to.w, place_one_entry, NULL));
        assert_string_equal(words_of(&t.to, "a"), "first");
        assert_null(words_of(&t.to, "b"));
        assert_int_equal(node_unplaced(t.to.node), 2);
        assert_true(node_progress(t.to.node) > progress);
        /* a process that begins anew goes on where the last one was */
        progress = node_progress(t.to.node);
        node_close(t.to.node);
        bench_open(&t.to);
        assert_true(node_progress(t.to.node) >= progress);
        assert_true(place(&t.to));
        assert_string_equal(words_of(&t.to, "a"), "third");
        assert_string_equal(words_of(&t.to, "b"), "second");
        assert_int_equal(node_unplaced(t.to.node), 0);
        assert_true(ledger_is_placed(&t.to.w));
        assert_non_null(ledger_entry_by_hash(&t.to.w, hash));
        assert_int_equal(receipt_find(&t.to.w, hash, kind_has_receipts), ledger_entry_by_hash(&t.to.w, hash)->id);
        assert_true(ledger_state(&t.to.w, "*", ours));
        bench_work(&t.from);
        assert_true(ledger_state(&t.from.w, "*", theirs));
        assert_string_equal(ours, theirs);
        assert_sound(&t.to);
        close_two(&t);
}

static void a_stream_keeps_its_order_behind_what_is_not_placed(void **state)
{
        struct two t;
        struct received got;
        struct lines all;

        (void)state;
        make_two(&t);
        /* one note is placed, then the bytes are used up */
        assert_true(give_first(&t.to, &t.first, (int64_t)strlen(t.first.line[0]) + 1, &got));
        assert_int_equal(got.entries_following, 2);
        assert_string_equal(words_of(&t.to, "a"), "first");
        assert_true(note(&t.from, "*", "b", "last"));
        lines_of(&t.from, &all);
        assert_true(give_first(&t.to, &all, 1 << 20, &got)); /* might be placed at once, but others of its stream come first */
        assert_int_equal(got.entries_following, 1);
        assert_null(words_of(&t.to, "b"));
        assert_true(note(&t.to, "42", "own", "meanwhile"));
        assert_string_equal(words_of(&t.to, "own"), "meanwhile");
        assert_true(place(&t.to));
        assert_string_equal(words_of(&t.to, "b"), "last");
        assert_sound(&t.to);
        arena_close(all.arena);
        /* whoever takes everything in one job (a bundle, a rehearsal) places what is left of the stream before */
        assert_true(note(&t.from, "*", "c", "one"));
        lines_of(&t.from, &all);
        assert_true(give_first(&t.to, &all, 0, &got));
        arena_close(all.arena);
        assert_true(note(&t.from, "*", "c", "two"));
        lines_of(&t.from, &all);
        assert_true(give(&t.to, &all, &got));
        assert_int_equal(got.entries_following, 0);
        assert_string_equal(words_of(&t.to, "c"), "two");
        assert_int_equal(node_unplaced(t.to.node), 0);
        arena_close(all.arena);
        assert_sound(&t.to);
        close_two(&t);
}

/* Of one that comes in two lots some kinds are placed with the lot and others are not, bytes run out in the middle, and of the second lot a stream that
 * stands whole has its notes placed before those of the first. */
static void of_a_mixed_lot_each_stream_keeps_its_order(void **state)
{
        struct bench from, to;
        struct received got;
        struct lines all;
        const char *letters = bench_notes.order.letters;

        (void)state;
        bench_make(&from, "VN");
        bench_make(&to, "42");
        trust(&to, &from);
        assert_true(note(&from, "*", "a", "aaa"));
        trust(&from, &to);
        assert_true(note(&from, "*", "b", "bbb"));
        assert_true(note(&from, "42", "c", "ccc") && note(&from, "42", "d", "ddd"));
        lines_of(&from, &all);
        memset(&bench_notes.order, 0, sizeof bench_notes.order);
        assert_true(give_first(&to, &all, 1, &got));
        arena_close(all.arena);
        assert_int_equal(got.entries_new, 5);
        assert_int_equal(got.entries_following, 3);
        assert_string_equal(letters, "a");
        assert_true(note(&from, "*", "e", "eee") && note(&from, "42", "f", "fff") && note(&from, "43", "g", "ggg"));
        lines_of(&from, &all);
        memset(&bench_notes.order, 0, sizeof bench_notes.order); /* the writer placed them, too */
        assert_true(give_first(&to, &all, 1 << 20, &got));
        arena_close(all.arena);
        assert_int_equal(got.entries_new, 3);
        assert_int_equal(got.entries_following, 2);
        assert_string_equal(letters, "g");
        assert_true(place(&to));
        assert_int_equal(strlen(letters), 6);
        assert_true(strchr(letters, 'b') < strchr(letters, 'e'));
        assert_true(strchr(letters, 'c') < strchr(letters, 'd') && strchr(letters, 'd') < strchr(letters, 'f'));
        assert_sound(&to);
        bench_close(&from);
        bench_close(&to);
}

static void a_rebuild_places_all(void **state)
{
        struct two t;
        struct received got;
        int64_t entries;

        (void)state;
        make_two(&t);
        assert_true(give_first(&t.to, &t.first, 0, &got));
        bench_work(&t.to);
        assert_true(ledger_write(&t.to.w, rebuild, &entries));
        assert_int_equal(node_unplaced(t.to.node), 0);
        assert_string_equal(words_of(&t.to, "a"), "third");
        assert_sound(&t.to);
        close_two(&t);
}

/* The writer places by itself, once nobody brings more; and goes on after failures. */
static void placing_needs_nobody_to_ask(void **state)
{
        struct two t;
        struct received got;

        (void)state;
        make_two(&t);
        assert_true(give_first(&t.to, &t.first, 0, &got));
        log_set_level(LOG_ALARM + 1);
        db_fail_at(t.to.node->writer, 3);
        assert_false(place(&t.to));
        assert_int_equal(node_unplaced(t.to.node), 3);
        db_fail_at(t.to.node->writer, 3);
        t.to.node->placing_rests = false;
        assert_true(note(&t.to, "-", "x", "wakes the writer") || note(&t.to, "-", "x", "wakes the writer"));
        while (node_unplaced(t.to.node) > 0)
                usleep(10000);
        assert_string_equal(words_of(&t.to, "a"), "third");
        assert_sound(&t.to);
        close_two(&t);
}

/* As an exchange by command ends: nobody else wakes the writer. */
static void a_writer_that_may_place_again_does_so_by_itself(void **state)
{
        struct two t;
        struct received got;

        (void)state;
        make_two(&t);
        assert_true(give_first(&t.to, &t.first, 0, &got));
        node_let_place(t.to.node, false);
        assert_false(node_may_place(t.to.node));
        assert_int_equal(placing_due(t.to.node), INT64_MAX);
        assert_true(note(&t.to, "-", "x", "wakes the writer"));
        assert_int_equal(node_unplaced(t.to.node), 3);
        node_let_place(t.to.node, true);
        assert_true(node_may_place(t.to.node));
        while (node_unplaced(t.to.node) > 0)
                usleep(10000);
        assert_string_equal(words_of(&t.to, "a"), "third");
        assert_sound(&t.to);
        close_two(&t);
}

static void a_reader_finds_everything_placed(void **state)
{
        struct two t;
        struct received got;
        struct error err = { .language = LANGUAGE_EN };
        struct node *n;

        (void)state;
        make_two(&t);
        assert_true(give_first(&t.to, &t.first, 0, &got));
        n = node_open_placed(t.to.folder, &notes_schema, &err); /* another process has it, and does it */
        assert_non_null(n);
        assert_int_equal(node_unplaced(n), 3);
        node_close(n);
        node_close(t.to.node);
        n = node_open_placed(t.to.folder, &notes_schema, &err);
        assert_non_null(n);
        assert_int_equal(node_unplaced(n), 0);
        node_close(n);
        bench_open(&t.to);
        assert_string_equal(words_of(&t.to, "a"), "third");
        close_two(&t);
}

/* A newer program places all when it opens the node, also where nothing is written after that. */
static void what_an_upgrade_placed_is_not_placed_again(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        struct two t;
        struct received got;
        struct node *n;

        (void)state;
        make_two(&t);
        assert_true(give_first(&t.to, &t.first, 0, &got));
        assert_int_equal(node_unplaced(t.to.node), 3);
        node_close(t.to.node);
        n = node_open(t.to.folder, NODE_WRITE, &notes_newer, &err);
        assert_non_null(n);
        assert_int_equal(node_unplaced(n), 0);
        node_close(n);
        n = node_open(t.to.folder, NODE_READ, &notes_newer, &err);
        assert_non_null(n);
        assert_int_equal(node_unplaced(n), 0);
        node_close(n);
        bench_open(&t.to);
        assert_string_equal(words_of(&t.to, "a"), "third");
        assert_sound(&t.to);
        close_two(&t);
}

/* Notes stored for later are not forgotten by a program that places them when they come. */
static void a_program_in_which_other_kinds_follow_places_all(void **state)
{
        struct ledger_schema at_once = notes_schema;
        struct error err = { .language = LANGUAGE_EN };
        struct two t;
        struct received got;

        (void)state;
        at_once.may_follow = NULL;
        make_two(&t);
        assert_true(give_first(&t.to, &t.first, 0, &got));
        node_close(t.to.node);
        t.to.node = node_open(t.to.folder, NODE_WRITE, &at_once, &err);
        assert_non_null(t.to.node);
        assert_true(place(&t.to));
        assert_string_equal(words_of(&t.to, "a"), "third");
        assert_sound(&t.to);
        close_two(&t);
}

static void what_cannot_be_placed_holds_up_no_other_stream(void **state)
{
        static const char *const audiences[] = { "*", "4", "42", "43" };
        struct error err = { .language = LANGUAGE_EN };
        struct bench from, to;
        struct received got;
        struct lines all;
        struct node *n;
        int tries = 0;

        (void)state;
        bench_make(&from, "VN");
        bench_make(&to, "42");
        trust(&to, &from);
        for (int i = 0; i < 4; i++)
                assert_true(note(&from, audiences[i], audiences[i], i == 1 || i == 2 ? "breaks" : "good"));
        lines_of(&from, &all);
        log_set_level(LOG_ALARM + 1);
        bench_notes.breaks = true;
        assert_true(give_first(&to, &all, 0, &got));
        assert_int_equal(got.entries_following, 4);
        while (node_unplaced(to.node) > 2 && tries++ < 8)
                assert_false(place(&to));
        assert_int_equal(node_unplaced(to.node), 2);
        assert_string_equal(words_of(&to, "*"), "good");
        assert_string_equal(words_of(&to, "43"), "good");
        /* who only reads has what is placed */
        node_close(to.node);
        n = node_open_placed(to.folder, &notes_schema, &err);
        assert_non_null(n);
        assert_int_equal(node_unplaced(n), 2);
        node_close(n);
        bench_open(&to);
        bench_notes.breaks = false;
        assert_true(place(&to));
        assert_string_equal(words_of(&to, "42"), "breaks");
        assert_sound(&to);
        arena_close(all.arena);
        bench_close(&from);
        bench_close(&to);
}

/* Others who bring more put placing off by a moment each, but not beyond a second; a stream that rests after a failure they leave
 * as it is, and it them. */
static void others_neither_starve_placing_nor_shorten_its_pauses(void **state)
{
        struct node n = { .schema = &notes_schema };
        struct head good = { .id = 1, .now = { .seq = 1 } }, bad = { .id = 2, .now = { .seq = 1 } };
        int64_t now = steady_now();

        (void)state;
        atomic_store(&n.unplaced, 2);
        n.placed_at = n.place_at = now;
        placing_put_off(&n);
        assert_true(placing_due(&n) > now && placing_due(&n) <= now + 1000);
        n.place_at = now + 3600000;
        assert_true(placing_due(&n) <= now + 1000);
        n.heads = &good;
        good.next = &bad;
        placing_rest(&n, bad.id);
        assert_true(placing_due(&n) <= now + 1000);
        n.resting->until = now + 3600000;
        assert_true(placing_due(&n) <= now + 1000); /* the other is not held up, */
        good.now.placed_seq = 1;
        assert_int_equal(placing_due(&n), now + 3600000);
        placing_put_off(&n);
        assert_int_equal(placing_due(&n), now + 3600000);
        n.resting->until = now - 1; /* over: it is tried, however often others come */
        placing_put_off(&n);
        assert_int_equal(placing_due(&n), now - 1);
        placing_rest_over(&n, bad.id);
        assert_null(n.resting);
        for (int i = 0; i < 9; i++) /* each pause is twice as long as the one before, up to the seventh */
                placing_rest(&n, bad.id);
        assert_true(n.resting->until >= now + 64000 && n.resting->until - steady_now() <= 64000);
        placing_rest_over(&n, bad.id);
}

static bool rest_first(struct work *w, void *argument)
{
        (void)argument;
        placing_rest(w->node, db_number(w->db, "SELECT id FROM ledger_stream WHERE audience = '4'", NO_ARGS, 0));
        return true;
}

/* Who places all that is left does not leave out what rests: but it has a turn of its own, so that with it nothing else is taken back. */
static void what_rests_is_placed_with_no_other(void **state)
{
        static const char *const audiences[] = { "4", "42", "43" };
        struct bench from, to;
        struct received got;
        struct lines all;

        (void)state;
        bench_make(&from, "VN");
        bench_make(&to, "42");
        trust(&to, &from);
        for (int i = 0; i < 3; i++)
                assert_true(note(&from, audiences[i], audiences[i], i == 0 ? "breaks" : "good"));
        lines_of(&from, &all);
        log_set_level(LOG_ALARM + 1);
        bench_notes.breaks = true;
        assert_true(give_first(&to, &all, 0, &got));
        assert_int_equal(got.entries_following, 3);
        bench_work(&to);
        assert_true(ledger_write(&to.w, rest_first, NULL));
        to.node->place_last = db_number(to.w.db, "SELECT id FROM ledger_stream WHERE audience = '4'", NO_ARGS, 0); /* the next ones first */
        assert_false(place(&to));
        assert_int_equal(node_unplaced(to.node), 1);
        assert_string_equal(words_of(&to, "42"), "good");
        assert_string_equal(words_of(&to, "43"), "good");
        bench_notes.breaks = false;
        assert_true(place(&to));
        assert_string_equal(words_of(&to, "4"), "breaks");
        assert_sound(&to);
        arena_close(all.arena);
        bench_close(&from);
        bench_close(&to);
}

/* Let the writer place by itself, without anybody who saves. */
static void let_place(struct bench *b)
{
        b->node->placing_rests = false;
        b->node->people_at = INT64_MIN / 2;
        bench_work(b);
        assert_true(ledger_write_behind(&b->w, retry, NULL)); /* wakes it */
}

static void what_rests_after_a_failure_delays_no_other(void **state)
{
        struct bench from, to;
        struct received got;
        struct lines all;
        struct error why;

        (void)state;
        bench_make(&from, "VN");
        bench_make(&to, "42");
        trust(&to, &from);
        assert_true(note(&from, "4", "4", "breaks"));
        lines_of(&from, &all);
        log_set_level(LOG_ALARM + 1);
        bench_notes.breaks = true;
        assert_true(give_first(&to, &all, 0, &got));
        let_place(&to);
        for (bool is_resting = false; !is_resting; usleep(1000)) { /* it has failed, */
                bench_work(&to);
                assert_true(ledger_write_behind(&to.w, note_resting, &is_resting));
        }
        assert_false(node_placing_goes_well(to.node, &why)); /* for the pages */
        assert_string_equal(why.message, "this one cannot be placed");
        arena_close(all.arena);
        assert_true(note(&from, "42", "42", "good"));
        lines_of(&from, &all);
        assert_true(give_first(&to, &all, 0, &got)); /* then more comes */
        let_place(&to);
        while (node_unplaced(to.node) > 1)
                usleep(1000);
        assert_string_equal(words_of(&to, "42"), "good");
        bench_notes.breaks = false;
        while (node_unplaced(to.node) > 0)
                usleep(1000);
        assert_string_equal(words_of(&to, "4"), "breaks");
        assert_true(node_placing_goes_well(to.node, &why));
        assert_sound(&to);
        arena_close(all.arena);
        bench_close(&from);
        bench_close(&to);
}

/* A change of trust is about what is in the tables; what is not keeps its turn, and is judged then. */
static void a_change_of_trust_leaves_what_is_not_placed(void **state)
{
        struct bench ministry, province, reader;
        struct lines early, late, of_province;
        struct received got;

        (void)state;
        bench_make(&ministry, "VN");
        bench_make(&province, "25");
        bench_make(&reader, "42");
        trust(&reader, &ministry);
        trust(&ministry, &province);
        lines_of(&ministry, &early);
        revoke_while_writing(&ministry, &province);
        lines_of(&ministry, &late);
        lines_of(&province, &of_province);
        assert_true(give(&reader, &early, NULL));
        assert_true(give_first(&reader, &of_province, 0, &got));
        bench_work(&reader);
        assert_true(ledger_write(&reader.w, place_one_entry, NULL));
        assert_int_equal(node_unplaced(reader.node), 2);
        assert_true(give(&reader, &late, NULL));
        assert_int_equal(node_unplaced(reader.node), 2);
        assert_true(place(&reader));
        assert_string_equal(words_of(&reader, "a"), "before");
        assert_null(words_of(&reader, "b"));
        assert_sound(&reader);
        arena_close(early.arena);
        arena_close(late.arena);
        arena_close(of_province.arena);
        bench_close(&ministry);
        bench_close(&province);
        bench_close(&reader);
}

/* Somebody saves in the middle of a turn: it is taken back, and all is placed afterwards. */
static void who_saves_does_not_wait_for_a_long_turn(void **state)
{
        struct member saver = { .arena = arena_open(WORK_MEMORY_USUAL) };
        struct two t;
        struct received got;

        (void)state;
        make_two(&t);
        assert_true(note(&t.from, "42", "c", "in the middle"));
        arena_close(t.first.arena);
        lines_of(&t.from, &t.first);
        assert_true(give_first(&t.to, &t.first, 0, &got));
        work_init(&saver.w, saver.arena, NULL, LANGUAGE_EN);
        saver.w.node = t.to.node;
        saver.w.user = &user_operator;
        saver.job = (struct ledger_job){ .run = count_unplaced, .argument = &saver.found, .work = &saver.w, .done = member_done };
        bench_notes.in_the_middle = &saver.job;
        let_place(&t.to);
        while (node_unplaced(t.to.node) > 0)
                usleep(1000);
        bench_work(&t.to);
        assert_true(ledger_write(&t.to.w, retry, NULL)); /* comes after the saver */
        assert_true(saver.is_ok);
        assert_int_equal(saver.found, 4);
        assert_string_equal(words_of(&t.to, "c"), "in the middle");
        assert_sound(&t.to);
        arena_close(saver.arena);
        close_two(&t);
}

/* Somebody saves as a turn begins, before it came to any stream: nothing is wrong, and the next one comes at once. */
static void who_saves_as_a_turn_begins_is_no_failure(void **state)
{
        struct ledger_job saver = { .next = NULL };
        struct two t;
        struct received got;
        struct error why;
        struct node *n;

        (void)state;
        make_two(&t);
        assert_true(give_first(&t.to, &t.first, 0, &got));
        n = t.to.node;
        writer_stop(n);
        n->is_stopping = false;
        n->placing_rests = false;
        n->people_at = INT64_MIN / 2;
        n->people.first = &saver;
        placing_turn(n);
        n->people.first = NULL;
        assert_true(n->turn_was_taken_back);
        assert_true(node_placing_goes_well(n, &why));
        assert_true(placing_due(n) <= steady_now());
        placing_turn(n);
        assert_int_equal(node_unplaced(n), 0);
        assert_sound(&t.to);
        close_two(&t);
}

/* Others bring more while much is placed: they wait for one turn each. */
static void placing_does_not_starve_others(void **state)
{
        struct note notes[] = { { .words = "a" }, { .words = "b" }, { .words = "c" } };
        struct member members[3];
        char words[12000];
        struct bench from, to;
        struct received got;
        struct lines all;

        (void)state;
        bench_make(&from, "VN");
        bench_make(&to, "42");
        trust(&to, &from);
        memset(words, 'p', sizeof words - 1);
        words[sizeof words - 1] = '\0';
        for (int i = 0; i < 4; i++)
                assert_true(note(&from, "42", (const char[]){ (char)('0' + i), '\0' }, words));
        lines_of(&from, &all);
        assert_true(give_first(&to, &all, 0, &got));
        memset(&bench_notes.order, 0, sizeof bench_notes.order);
        to.node->place_bytes_a_ms = 1; /* each of the notes is more than a turn */
        to.node->placing_rests = false;
        run_together(&to, note_order, notes, members, 3, 7);
        while (node_unplaced(to.node) > 0)
                usleep(1000);
        assert_int_equal(bench_notes.order.count, 7);
        assert_true(strchr(bench_notes.order.letters, 'c') < strrchr(bench_notes.order.letters, 'p'));
        arena_close(all.arena);
        bench_close(&from);
        bench_close(&to);
}
/* What a turn has read of a stream is not all placed before who saves is let in: no entry after the one under way. */
static void who_saves_waits_for_one_entry(void **state)
{
        struct note saved = { .words = "s" };
        struct member saver = { .arena = arena_open(WORK_MEMORY_USUAL) };
        struct bench from, to;
        struct received got;
        struct lines all;

        (void)state;
        bench_make(&from, "VN");
        bench_make(&to, "42");
        trust(&to, &from);
        assert_true(note(&from, "42", "a", "in the middle"));
        assert_true(note(&from, "42", "b", "ppp"));
        lines_of(&from, &all);
        assert_true(give_first(&to, &all, 0, &got));
        memset(&bench_notes.order, 0, sizeof bench_notes.order);
        work_init(&saver.w, saver.arena, NULL, LANGUAGE_EN);
        saver.w.node = to.node;
        saver.w.user = &user_operator;
        saver.job = (struct ledger_job){ .run = note_order, .argument = &saved, .work = &saver.w, .done = member_done };
        bench_notes.in_the_middle = &saver.job;
        let_place(&to);
        while (node_unplaced(to.node) > 0)
                usleep(1000);
        assert_string_equal(bench_notes.order.letters, "sp");
        assert_sound(&to);
        arena_close(all.arena);
        arena_close(saver.arena);
        bench_close(&from);
        bench_close(&to);
}

static bool empty_the_last(struct work *w, void *argument)
{
        (void)argument;
        return db_exec(w->db, "UPDATE ledger_entry SET line = $1 WHERE id = (SELECT MAX(id) FROM ledger_entry)", ARGS(v_bytes("", 0)));
}

/* Also where it is all that is left to be read ahead. */
static void a_stored_entry_without_bytes_is_damaged(void **state)
{
        char words[800];
        struct bench from, to;
        struct received got;
        struct lines all;

        (void)state;
        bench_make(&from, "VN");
        bench_make(&to, "42");
        trust(&to, &from);
        memset(words, 'w', sizeof words - 1);
        words[1] = 'o';
        words[sizeof words - 1] = '\0';
        for (int i = 0; i < 33; i++)
                assert_true(note(&from, "42", "a", words));
        lines_of(&from, &all);
        assert_true(give_first(&to, &all, 0, &got));
        assert_int_equal(got.entries_following, 33);
        bench_work(&to);
        assert_true(ledger_write(&to.w, empty_the_last, NULL));
        assert_false(place(&to));
        assert_int_equal(to.w.err.code, ERR_DAMAGED);
        assert_int_equal(node_unplaced(to.node), 33);
        arena_close(all.arena);
        bench_close(&from);
        bench_close(&to);
}

static bool begin_again(struct work *w, void *stream)
{
        struct head *h = head_get(w, stream);

        if (h == NULL)
                return false;
        head_touch(w->node, h);
        h->now.placed_seq = 0;
        h->now.is_touched = true;
        return true;
}

/* Wherever memory ends, on the thread that reads ahead or on the writer's: then the turn is taken back, and another one places all. */
static void memory_that_ends_in_a_turn_takes_it_back(void **state)
{
        char words[800], *stream;
        struct bench from, to;
        struct received got;
        struct lines all;
        int failed = 0;

        (void)state;
        bench_make(&from, "VN");
        bench_make(&to, "42");
        trust(&to, &from);
        memset(words, 'w', sizeof words - 1);
        words[1] = 'o';
        words[sizeof words - 1] = '\0';
        for (int i = 0; i < 40; i++)
                assert_true(note(&from, "42", (const char[]){ (char)('0' + i), '\0' }, words));
        lines_of(&from, &all);
        assert_true(give_first(&to, &all, 0, &got));
        assert_true(place(&to));
        for (long n = 1; n < 500; n += 13) {
                bool ok;

                bench_work(&to);
                stream = arena_print(to.arena, "%s/42", node_key(from.node));
                assert_true(ledger_write(&to.w, begin_again, stream));
                assert_int_equal(node_unplaced(to.node), 40);
                bench_work(&to);
                arena_fail_at(n);
                ok = ledger_place(&to.w);
                arena_fail_at(0);
                assert_true(ok || to.w.err.code == ERR_ENVIRONMENT);
                assert_int_equal(node_unplaced(to.node), ok ? 0 : 40);
                failed += !ok;
                assert_true(place(&to));
                assert_int_equal(node_unplaced(to.node), 0);
        }
        assert_true(failed > 0);
        assert_sound(&to);
        arena_close(all.arena);
        bench_close(&from);
        bench_close(&to);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_stored_first_is_placed_later),
                cmocka_unit_test(a_stream_keeps_its_order_behind_what_is_not_placed),
                cmocka_unit_test(of_a_mixed_lot_each_stream_keeps_its_order),
                cmocka_unit_test(a_rebuild_places_all),
                cmocka_unit_test(placing_needs_nobody_to_ask),
                cmocka_unit_test(a_writer_that_may_place_again_does_so_by_itself),
                cmocka_unit_test(a_reader_finds_everything_placed),
                cmocka_unit_test(what_an_upgrade_placed_is_not_placed_again),
                cmocka_unit_test(a_program_in_which_other_kinds_follow_places_all),
                cmocka_unit_test(what_cannot_be_placed_holds_up_no_other_stream),
                cmocka_unit_test(what_rests_is_placed_with_no_other),
                cmocka_unit_test(what_rests_after_a_failure_delays_no_other),
                cmocka_unit_test(a_stored_entry_without_bytes_is_damaged),
                cmocka_unit_test(memory_that_ends_in_a_turn_takes_it_back),
                cmocka_unit_test(a_change_of_trust_leaves_what_is_not_placed),
                cmocka_unit_test(who_saves_does_not_wait_for_a_long_turn),
                cmocka_unit_test(who_saves_waits_for_one_entry),
                cmocka_unit_test(who_saves_as_a_turn_begins_is_no_failure),
                cmocka_unit_test(placing_does_not_starve_others),
                cmocka_unit_test(others_neither_starve_placing_nor_shorten_its_pauses),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
