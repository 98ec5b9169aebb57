/* Two copies of a node write under one key: what is stopped, what is kept and shown of it, and what a new key makes of it. */
#include "tests/ledger_bench.h"

#include "base/hex.h"

static void copy_file(const char *folder, const char *name, const char *to_folder)
{
        char command[1400];

        snprintf(command, sizeof command, "cp -a '%s/%s' '%s/'", folder, name, to_folder);
        assert_int_equal(system(command), 0);
}

/* The same node twice, as a raw copy of its folder makes it. */
static void make_twin(struct bench *of, struct bench *twin)
{
        node_close(of->node);
        memset(twin, 0, sizeof *twin);
        snprintf(twin->folder, sizeof twin->folder, "%s", test_folder());
        twin->arena = arena_open(WORK_MEMORY_USUAL);
        copy_file(of->folder, "key", twin->folder);
        copy_file(of->folder, "settings", twin->folder);
        copy_file(of->folder, "ledger.db", twin->folder);
        bench_open(of);
        bench_open(twin);
}

/* Where a node's streams for an audience were seen to fork; 0: they were not. */
static int64_t fork_of(struct bench *b, const char *audience)
{
        bench_work(b);
        return db_number(b->w.db, "SELECT MAX(fork_seq) FROM ledger_stream WHERE stopped IS NOT NULL AND audience = $1",
                         ARGS(v_text(audience)), 0);
}

static void check_fork(bool is_after_ours)
{
        struct bench from, twin, to;
        struct lines first, second;

        bench_make(&from, "25");
        bench_make(&to, "VN");
        trust(&to, &from);
        make_twin(&from, &twin);
        assert_true(note(&from, "25", "s", "one story"));
        assert_true(note(&twin, "25", "s", "another story"));
        assert_true(note(&twin, "25", "s", "and its end"));
        assert_true(note(&twin, "*", "t", "public"));
        lines_of(&from, &first);
        lines_of(&twin, &second);
        assert_true(give(&to, &first, NULL));
        if (is_after_ours) { /* the other lines begin after the place where we stand: the first of them does not follow ours */
                size_t place = 0;

                while (strstr(second.line[place], "another story") == NULL)
                        place++;
                memmove(&second.line[place], &second.line[place + 1], (--second.count - place) * sizeof *second.line);
        }
        assert_true(give(&to, &second, NULL));
        assert_string_equal(words_of(&to, "s"), "one story");
        assert_string_equal(words_of(&to, "t"), "public");
        bench_work(&to);
        assert_int_equal(db_number(to.w.db, "SELECT COUNT(*) FROM ledger_stream WHERE stopped IS NOT NULL", NO_ARGS, 0), 1);
        assert_int_equal(fork_of(&to, "25"), 1);
        assert_sound(&to);
        arena_close(first.arena);
        arena_close(second.arena);
        bench_close(&from);
        bench_close(&twin);
        bench_close(&to);
}

static void a_fork_stops_that_stream_and_nothing_else(void **state)
{
        (void)state;
        if (test_store() != NULL)
                skip(); /* copies the database's files */
        check_fork(false);
        check_fork(true);
}

/* Only the lines from the first that holds some words on. */
static struct lines lines_from(const struct lines *l, const char *words)
{
        struct lines rest = { .count = 0 };

        for (size_t i = 0; i < l->count; i++)
                if (rest.count > 0 || strstr(l->line[i], words) != NULL)
                        rest.line[rest.count++] = l->line[i];
        assert_true(rest.count > 0);
        return rest;
}

static void rotate(struct bench *b, int64_t entries, int64_t set_aside)
{
        struct rewritten again;

        bench_work(b);
        if (!node_rotate(&b->w, false, &again))
                fail_msg("%s: %s", b->w.err.context, b->w.err.message);
        assert_int_equal(again.entries, entries);
        assert_int_equal(again.set_aside, set_aside);
        node_close(b->node);
        bench_open(b);
}

/* Whoever knows the first key of a node knows its third one by what the node shows, whatever came of its entries. */
static void a_key_is_known_by_those_before_it(void **state)
{
        struct bench reader, node, stranger;
        const char *told, *first;
        struct peer *p;

        (void)state;
        bench_make(&reader, "VN");
        bench_make(&node, "25");
        trust(&reader, &node);
        first = strdup(node_key(node.node));
        rotate(&node, 0, 0);
        rotate(&node, 0, 0);
        bench_work(&node);
        told = trust_introductions(&node.w);
        bench_work(&reader);
        assert_null(trust_find(&reader.w, node_key(node.node)));
        p = trust_find_introduced(&reader.w, node_key(node.node), told);
        assert_non_null(p);
        assert_string_equal(p->key, first);
        assert_null(trust_find_introduced(&reader.w, first, told)); /* it introduces another one */
        bench_make(&stranger, "42");
        assert_null(trust_find_introduced(&stranger.w, node_key(node.node), told)); /* who knows none of them */
        bench_close(&stranger);
        free((char *)(uintptr_t)first);
        bench_close(&reader);
        bench_close(&node);
}

/* What comes later may show that a stream had forked earlier; a rotation takes out what follows from there, and what the other
 * copy wrote takes its place, also by a clock that was a little ahead. A rotation that came too early is mended by another one. */
static void check_where_it_forks(bool is_told_all, moment ahead)
{
        struct lines all, end, middle;
        struct bench from, twin;
        struct received got;

        bench_make(&from, "25");
        assert_true(note(&from, "25", "a", "common"));
        make_twin(&from, &twin);
        twin.node->last_stamp += ahead << 16;
        assert_true(note(&from, "25", "s", "ours 2"));
        assert_true(note(&from, "25", "t", "ours 3"));
        assert_true(note(&from, "25", "u", "ours 4"));
        for (int i = 2; i <= 6; i++) {
                char words[20];

                snprintf(words, sizeof words, "theirs %d", i);
                assert_true(note(&twin, "25", words, words));
        }
        lines_of(&twin, &all);
        end = lines_from(&all, "theirs 6");
        assert_false(give(&from, &end, &got)); /* it lacks one before */
        end = lines_from(&all, "theirs 5");
        assert_true(give(&from, &end, &got));
        assert_int_equal(got.forks, 1);
        assert_int_equal(fork_of(&from, "25"), 4); /* this followed another one than ours */
        assert_true(give(&from, &end, &got));
        assert_int_equal(got.forks, 0); /* nothing new */
        if (!is_told_all)
                rotate(&from, 1, 0);
        middle = lines_from(&all, "theirs 4");
        assert_true(give(&from, &middle, &got));
        assert_int_equal(fork_of(&from, "25"), 3);
        assert_true(give(&from, &all, &got));
        assert_int_equal(fork_of(&from, "25"), 2);
        rotate(&from, is_told_all ? 3 : 2, 0);
        assert_int_equal(fork_of(&from, "25"), 0);
        assert_true(give(&from, &all, &got));
        assert_int_equal(got.entries_new, 5);
        assert_string_equal(words_of(&from, "theirs 6"), "theirs 6");
        assert_string_equal(words_of(&from, "u"), "ours 4");
        assert_sound(&from);
        arena_close(all.arena);
        bench_close(&from);
        bench_close(&twin);
}

/* What a copy wrote by a clock that was hours ahead nobody takes, and moves nobody's clock. */
static void a_copy_whose_clock_was_far_ahead_moves_no_other(void **state)
{
        struct bench from, twin;
        struct received got;
        struct lines all;

        (void)state;
        if (test_store() != NULL)
                skip(); /* copies the database's files */
        bench_make(&from, "25");
        assert_true(note(&from, "25", "a", "common"));
        make_twin(&from, &twin);
        twin.node->last_stamp += (stamp)(3 * 3600000) << 16;
        assert_true(note(&from, "25", "s", "ours 2"));
        assert_true(note(&twin, "25", "t", "theirs 2"));
        lines_of(&twin, &all);
        assert_true(give(&from, &all, &got));
        assert_int_equal(got.forks, 1);
        rotate(&from, 1, 0);
        bench_work(&from);
        assert_true(stamp_moment(ledger_next_stamp(&from.w)) <= moment_now() + STAMP_MAX_AHEAD_BELOW_MS);
        assert_false(give(&from, &all, &got));
        assert_string_equal(words_of(&from, "s"), "ours 2");
        assert_sound(&from);
        arena_close(all.arena);
        bench_close(&from);
        bench_close(&twin);
}

static void a_fork_stands_where_the_copies_first_differ(void **state)
{
        (void)state;
        if (test_store() != NULL)
                skip(); /* copies the database's files */
        for (int i = 0; i < 4; i++)
                check_where_it_forks(i % 2 == 0, i / 2 * 60000);
}

static bool stop_at(struct work *w, void *seq)
{
        return db_exec(w->db, "UPDATE ledger_stream SET stopped = 'two', fork_seq = $1 WHERE audience <> '-' AND node = $2",
                       ARGS(v_int(*(int64_t *)seq), v_text(node_key(w->node))));
}

static void fork_at(struct bench *b, int64_t seq)
{
        bench_work(b);
        assert_true(ledger_write(&b->w, stop_at, &seq));
        node_close(b->node);
        bench_open(b);
}

static void no_rotation_where_it_is_not_known_what_to_take_out(void **state)
{
        struct rewritten again;
        char key[KEY_HEX];
        struct bench b;

        (void)state;
        bench_make(&b, "25");
        strcpy(key, node_key(b.node));
        assert_true(note(&b, "25", "s", "one"));
        fork_at(&b, 2); /* it ends with entry 1 */
        bench_work(&b);
        assert_false(node_rotate(&b.w, false, &again));
        assert_int_equal(b.w.err.code, ERR_CONFLICT);
        assert_non_null(strstr(b.w.err.message, "has not seen where"));
        node_close(b.node);
        bench_open(&b);
        assert_string_equal(node_key(b.node), key);
        assert_int_equal(fork_of(&b, "25"), 2);
        assert_string_equal(words_of(&b, "s"), "one");
        assert_sound(&b);
        bench_close(&b);
}

static char *hash_of(struct bench *b, const char *subject, char hash[HASH_HEX])
{
        bench_work(b);
        assert_true(ledger_hash_of(&b->w, db_number(b->w.db, "SELECT MAX(id) FROM ledger_entry WHERE subject = $1",
                                                    ARGS(v_text(subject)), 0), hash));
        return hash;
}

static bool write_member(struct work *w, void *body)
{
        struct buf b;
        bool ok;

        buf_init(&b, 0);
        buf_text(&b, body);
        ok = ledger_append(w, "25", "note", "g", &b, NULL);
        buf_clear(&b);
        return ok;
}

/* Across streams in the order of writing, each under the new names of those before it: entries by their hash, attachments by the key of
 * their node. What does not apply any more is set aside and keeps nothing else from being written. */
static void what_is_written_again_keeps_its_order_and_its_names(void **state)
{
        struct note second = { "*", "b", NULL, "a", false }, third = { "25", "c", "third", "b", false };
        struct note answer = { "*", "f", "answer", "a", false };
        struct lines lines;
        struct bench other;
        char first_hash[HASH_HEX], words[5 * KEY_HEX + 40], key[KEY_HEX];
        const json_t *body;
        struct bench b;

        (void)state;
        bench_make(&b, "25");
        assert_true(note(&b, "25", "a", "first"));
        snprintf(words, sizeof words, "%s, f%s.", hash_of(&b, "a", first_hash), first_hash);
        second.words = words;
        bench_work(&b);
        assert_true(ledger_write(&b.w, write_note, &second));
        bench_work(&b);
        assert_true(ledger_write(&b.w, write_note, &third));
        assert_true(note(&b, "25", "d", "once allowed"));
        assert_true(note(&b, "25", "e", "last"));
        assert_true(note(&b, "25", "blob/ab12", "an attachment"));
        assert_true(note(&b, "25", "blob/x", "of another kind of name than attachments have"));
        strcpy(key, node_key(b.node));
        bench_work(&b);
        assert_true(ledger_write(&b.w, write_member,
                                 arena_print(b.arena, "{\"words\":\"%s/ab12, %s/ab1, %s/p7, %s/x, %s\",\"of\":{\"node\":\"%s\",\"id\":\"ab12\"},"
                                                      "\"other\":{\"node\":\"%s\",\"id\":\"ffff\"}}", key, key, key, key, key, key, key)));
        bench_make(&other, "VN"); /* what it says rests on what is written again */
        trust(&other, &b);
        trust(&b, &other);
        lines_of(&b, &lines);
        assert_true(give(&other, &lines, NULL));
        arena_close(lines.arena);
        bench_work(&other);
        assert_true(ledger_write(&other.w, write_note, &answer));
        lines_of(&other, &lines);
        assert_true(give_from(&b, &other, &lines, NULL));
        arena_close(lines.arena);
        assert_string_equal(words_of(&b, "f"), "answer");
        fork_at(&b, 1);
        bench_notes.is_stricter = true;
        rotate(&b, 8, 1);
        assert_string_not_equal(hash_of(&b, "a", first_hash), words);
        snprintf(words, sizeof words, "%s, f%s.", first_hash, first_hash);
        assert_string_equal(words_of(&b, "b"), words);
        assert_string_equal(words_of(&b, "c"), "third");
        assert_null(words_of(&b, "d"));
        assert_string_equal(words_of(&b, "e"), "last");
        assert_string_equal(words_of(&b, "f"), "answer");
        snprintf(words, sizeof words, "%s/ab12, %s/ab1, %s/p7, %s/x, %s", node_key(b.node), key, key, key, key);
        assert_string_equal(words_of(&b, "g"), words);
        body = ledger_entry(&b.w, db_number(b.w.db, "SELECT MAX(id) FROM ledger_entry WHERE subject = 'g'", NO_ARGS, 0))->body;
        assert_string_equal(json_string_value(json_object_get(json_object_get(body, "of"), "node")), node_key(b.node));
        assert_string_equal(json_string_value(json_object_get(json_object_get(body, "other"), "node")), key);
        bench_work(&b);
        assert_int_equal(db_number(b.w.db, "SELECT COUNT(*) FROM ledger_set_aside", NO_ARGS, 0), 1);
        assert_sound(&b);
        bench_notes.is_stricter = false;
        bench_close(&b);
        bench_close(&other);
}

static void give_all(struct bench *from, struct bench *to)
{
        struct lines lines;

        lines_of(from, &lines);
        assert_true(give(to, &lines, NULL));
        arena_close(lines.arena);
}

/* No word takes out what is here: somebody at the node agrees. */
static void follow(struct bench *b, int64_t streams, int64_t entries)
{
        struct followed done;
        size_t count;

        bench_work(b);
        ledger_left(&b->w, &count);
        assert_int_equal(count, streams);
        bench_work(b);
        assert_true(ledger_follow(&b->w, "", &done));
        assert_int_equal(done.streams, streams);
        assert_int_equal(done.entries, entries);
        bench_work(b);
        assert_false(ledger_follow(&b->w, "", &done)); /* once */
        assert_int_equal(b->w.err.code, ERR_MISSING);
}

/* What a third node makes of it: it goes on with the others' branch, and has no other any more. */
static void check_third(struct bench *third, const struct bench *ministry, int64_t stopped)
{
        bench_work(third);
        assert_int_equal(db_number(third->w.db, "SELECT COUNT(*) FROM ledger_stream WHERE stopped IS NOT NULL", NO_ARGS, 0), stopped);
        assert_string_equal(words_of(third, "s"), "ours 2");
        assert_string_equal(words_of(third, "t"), "ours 3");
        assert_string_equal(words_of(third, "u"), "theirs 3");
        bench_work(third);
        assert_int_equal(db_number(third->w.db, "SELECT COUNT(*) FROM ledger_entry WHERE subject = 't'", NO_ARGS, 0), 1);
        assert_int_equal(db_number(third->w.db, "SELECT COUNT(*) FROM ledger_stream WHERE node = $1", ARGS(v_text(node_key(ministry->node))), 0), 1);
        assert_sound(third);
}

/* Of the ministry's public stream as of others: a third node that holds the branch which was written again under the new key goes on with the other. */
static void who_holds_the_branch_that_is_written_again_goes_on_with_the_other(void **state)
{
        struct bench ministry, twin, third, late;
        struct lines ours, theirs;

        (void)state;
        if (test_store() != NULL)
                skip(); /* copies the database's files */
        bench_make(&ministry, "VN");
        bench_make(&third, "25");
        bench_make(&late, "25");
        trust(&third, &ministry);
        trust(&late, &ministry);
        assert_true(note(&ministry, "*", "s", "common"));
        make_twin(&ministry, &twin);
        assert_true(note(&ministry, "*", "s", "ours 2"));
        assert_true(note(&ministry, "*", "t", "ours 3"));
        assert_true(note(&twin, "*", "s", "theirs 2"));
        assert_true(note(&twin, "*", "u", "theirs 3"));
        lines_of(&ministry, &ours);
        lines_of(&twin, &theirs);
        assert_true(give(&third, &ours, NULL));
        assert_true(give(&late, &ours, NULL));
        assert_true(give(&ministry, &theirs, NULL));
        assert_int_equal(fork_of(&ministry, "*"), 2);
        rotate(&ministry, 2, 0);
        assert_true(give(&ministry, &ours, NULL)); /* what was written again does not come back */
        assert_true(give(&ministry, &theirs, NULL));
        check_third(&ministry, &ministry, 0);

        give_all(&ministry, &third); /* the fork first, then what is to become of it */
        assert_string_equal(words_of(&third, "t"), "ours 3");
        follow(&third, 1, 2);
        give_all(&ministry, &third);
        check_third(&third, &ministry, 0);
        give_all(&late, &third); /* who has not heard yet */
        check_third(&third, &ministry, 0);
        give_all(&third, &late);
        follow(&late, 1, 2);
        give_all(&third, &late);
        check_third(&late, &ministry, 0);
        assert_true(give(&late, &ours, NULL));
        assert_true(give(&late, &theirs, NULL));
        check_third(&late, &ministry, 0);
        arena_close(ours.arena);
        arena_close(theirs.arena);
        bench_close(&ministry);
        bench_close(&twin);
        bench_close(&third);
        bench_close(&late);
}

/* Only what is of a key's streams. */
static struct lines lines_by(const struct lines *l, const char *key)
{
        struct lines some = { .count = 0 };

        for (size_t i = 0; i < l->count; i++) {
                const char *end = strstr(l->line[i], "\",\"seq\":");

                assert_non_null(end);
                if (memmem(l->line[i], (size_t)(end - l->line[i]), key, strlen(key)) != NULL)
                        some.line[some.count++] = l->line[i];
        }
        assert_true(some.count > 0);
        return some;
}

/* Who holds that branch of two streams, and has placed nothing of either, hears from the new key which goes on: it keeps what both branches have
 * in common, places that in its turn, and passes over what follows the branch that was left, from wherever it is brought. */
static void a_branch_that_was_not_placed_yet_is_taken_out_of_each_stream(void **state)
{
        static const char *const audiences[] = { "*", "42" };
        struct lines ours, theirs, all, some;
        struct bench ministry, twin, third;
        struct received got;
        int64_t at_once = 0;
        struct feed feed = { .l = &ours, .at_once = &at_once };

        (void)state;
        if (test_store() != NULL)
                skip(); /* copies the database's files */
        bench_make(&ministry, "VN");
        bench_make(&third, "42");
        trust(&third, &ministry);
        for (int i = 0; i < 2; i++)
                assert_true(note(&ministry, audiences[i], audiences[i], "common"));
        make_twin(&ministry, &twin);
        for (int i = 0; i < 2; i++) {
                assert_true(note(&ministry, audiences[i], i == 0 ? "s" : "t", "ours 2"));
                assert_true(note(&ministry, audiences[i], i == 0 ? "u" : "v", "ours 3"));
                assert_true(note(&twin, audiences[i], i == 0 ? "x" : "y", "theirs"));
        }
        lines_of(&ministry, &ours);
        lines_of(&twin, &theirs);
        third.node->placing_rests = true;
        bench_work(&third);
        assert_true(ledger_write(&third.w, feed_lines, &feed));
        assert_int_equal(node_unplaced(third.node), 6);
        assert_true(give(&ministry, &theirs, NULL));
        rotate(&ministry, 4, 0);
        lines_of(&ministry, &all);
        some = lines_by(&all, node_key(ministry.node));
        feed.l = &some;
        bench_work(&third);
        assert_true(ledger_write(&third.w, feed_lines, &feed));
        follow(&third, 2, 4);
        bench_work(&third);
        assert_int_equal(db_number(third.w.db, "SELECT COUNT(*) FROM ledger_entry e JOIN ledger_stream s ON s.id = e.stream WHERE s.node = $1",
                                   ARGS(v_text(node_key(twin.node))), 0), 2);
        assert_int_equal(node_unplaced(third.node), 2 + 4); /* what is left of the streams, and what was written again */
        for (int i = 0; i < 2; i++) { /* of the branch that was left, with what comes before it and without */
                some = i == 0 ? lines_by(&ours, node_key(twin.node)) : lines_from(&ours, "ours 3");
                assert_true(give(&third, &some, &got));
                assert_int_equal(got.entries_new, 0);
                assert_int_equal(got.forks, 0);
        }
        bench_work(&third);
        assert_true(ledger_place(&third.w));
        for (int i = 0; i < 2; i++)
                assert_string_equal(words_of(&third, audiences[i]), "common");
        assert_string_equal(words_of(&third, "s"), "ours 2"); /* as it was written again */
        assert_string_equal(words_of(&third, "v"), "ours 3");
        assert_null(words_of(&third, "x"));
        assert_true(give(&third, &theirs, &got));
        assert_int_equal(got.entries_new, 2);
        assert_string_equal(words_of(&third, "x"), "theirs");
        assert_string_equal(words_of(&third, "y"), "theirs");
        assert_sound(&third);
        arena_close(ours.arena);
        arena_close(theirs.arena);
        arena_close(all.arena);
        bench_close(&ministry);
        bench_close(&twin);
        bench_close(&third);
}

/* Which branch goes on is heard also where the former key had been revoked and the word that enrols it again comes after that of its next key. */
static void the_branch_that_goes_on_is_heard_also_where_the_key_counts_only_later(void **state)
{
        struct lines ours, theirs, all, some, before, after;
        struct bench ministry, node, twin, third;
        struct received got;

        (void)state;
        if (test_store() != NULL)
                skip(); /* copies the database's files */
        bench_make(&ministry, "VN");
        bench_make(&third, "42");
        bench_make(&node, "25");
        trust(&third, &ministry);
        trust(&ministry, &node);
        assert_true(note(&node, "42", "a", "common"));
        make_twin(&node, &twin);
        assert_true(note(&node, "42", "s", "ours"));
        assert_true(note(&twin, "42", "x", "theirs"));
        say(&ministry, "node.revoke", &node, "25");
        lines_of(&ministry, &before);
        say(&ministry, "node.trust", &node, "25");
        lines_of(&ministry, &after);
        lines_of(&node, &ours);
        lines_of(&twin, &theirs);
        assert_true(give(&node, &theirs, NULL));
        rotate(&node, 1, 0);
        lines_of(&node, &all);
        some = lines_by(&all, node_key(node.node));
        assert_true(give(&third, &before, NULL));
        assert_true(give(&third, &ours, NULL));
        assert_true(give_from(&third, &ministry, &some, NULL)); /* by whom nobody believes yet */
        assert_true(give(&third, &after, NULL));
        follow(&third, 1, 1);
        assert_true(give(&third, &some, NULL));
        assert_string_equal(words_of(&third, "s"), "ours"); /* as it was written again */
        assert_true(give(&third, &theirs, &got));
        assert_int_equal(got.entries_new, 1);
        assert_int_equal(got.forks, 0);
        assert_string_equal(words_of(&third, "x"), "theirs");
        assert_sound(&third);
        arena_close(ours.arena);
        arena_close(theirs.arena);
        arena_close(all.arena);
        arena_close(before.arena);
        arena_close(after.arena);
        bench_close(&ministry);
        bench_close(&node);
        bench_close(&twin);
        bench_close(&third);
}

/* The other branch and the word that it does not go on come in one job, which judges of words at its end only. */
static void a_branch_is_taken_out_also_where_it_comes_with_that_word(void **state)
{
        struct lines ours, theirs, all, some;
        struct bench node, twin, third;
        struct received got;

        (void)state;
        if (test_store() != NULL)
                skip(); /* copies the database's files */
        bench_make(&node, "25");
        bench_make(&third, "VN");
        trust(&third, &node);
        assert_true(note(&node, "25", "a", "common"));
        make_twin(&node, &twin);
        assert_true(note(&node, "25", "s", "ours"));
        assert_true(note(&twin, "25", "x", "theirs"));
        assert_true(note(&twin, "25", "y", "theirs too"));
        lines_of(&node, &ours);
        lines_of(&twin, &theirs);
        assert_true(give(&node, &theirs, NULL));
        rotate(&node, 1, 0);
        lines_of(&node, &all);
        some = lines_by(&all, node_key(node.node));
        for (size_t i = 0; i < some.count; i++)
                ours.line[ours.count++] = some.line[i];
        third.node->judge_between_most = 0;
        assert_true(give_from(&third, &twin, &ours, NULL));
        follow(&third, 1, 1);
        assert_true(give(&third, &some, NULL));
        assert_true(give(&third, &theirs, &got));
        assert_int_equal(got.entries_new, 2);
        assert_string_equal(words_of(&third, "y"), "theirs too");
        assert_string_equal(words_of(&third, "s"), "ours"); /* as it was written again */
        assert_sound(&third);
        arena_close(ours.arena);
        arena_close(theirs.arena);
        arena_close(all.arena);
        bench_close(&node);
        bench_close(&twin);
        bench_close(&third);
}

/* Others hold the node's own branch up to some entry: it goes on from there, also where the copy's was held. */
static void who_holds_the_branch_of_the_copy_goes_on_with_the_nodes_own(void **state)
{
        struct lines ours, theirs, all, other;
        struct bench ministry, node, twin, third;

        (void)state;
        if (test_store() != NULL)
                skip(); /* copies the database's files */
        bench_make(&ministry, "VN");
        bench_make(&node, "25");
        bench_make(&third, "VN");
        trust(&ministry, &node);
        trust(&third, &node);
        assert_true(note(&node, "25", "a", "common"));
        make_twin(&node, &twin);
        assert_true(note(&node, "25", "s", "ours 2"));
        lines_of(&node, &ours);
        assert_true(note(&node, "25", "t", "ours 3"));
        assert_true(note(&twin, "25", "x", "theirs 2"));
        lines_of(&twin, &theirs);
        assert_true(give(&ministry, &ours, NULL));
        assert_true(give(&third, &theirs, NULL));
        all = ours; /* what the ministry holds, and shows of the other */
        other = lines_from(&theirs, "theirs 2");
        for (size_t i = 0; i < other.count; i++)
                all.line[all.count++] = other.line[i];
        assert_true(give_from(&node, &ministry, &all, NULL));
        rotate(&node, 1, 0);
        give_all(&node, &third);
        follow(&third, 1, 1);
        give_all(&node, &third);
        assert_string_equal(words_of(&third, "s"), "ours 2");
        assert_string_equal(words_of(&third, "t"), "ours 3");
        assert_null(words_of(&third, "x"));
        assert_true(give(&third, &theirs, NULL));
        give_all(&node, &ministry);
        for (int i = 0; i < 2; i++) {
                struct bench *b = i == 0 ? &third : &ministry;

                assert_string_equal(words_of(b, "t"), "ours 3");
                assert_null(words_of(b, "x"));
                assert_int_equal(fork_of(b, "25"), 0);
                assert_sound(b);
        }
        arena_close(ours.arena);
        arena_close(theirs.arena);
        bench_close(&ministry);
        bench_close(&node);
        bench_close(&twin);
        bench_close(&third);
}

/* A former key's own word that it ends counts as before, whatever else is said of the key: then nothing is placed again for its sake. */
static void what_is_said_of_a_former_key_places_nothing_again(void **state)
{
        struct bench ministry, node, twin;
        struct lines late, word;
        int64_t entries;

        (void)state;
        if (test_store() != NULL)
                skip(); /* copies the database's files */
        bench_make(&ministry, "VN");
        bench_make(&node, "25");
        trust(&node, &ministry);
        assert_true(note(&node, "25", "a", "aaa"));
        make_twin(&node, &twin);
        rotate(&node, 0, 0);
        usleep(3000); /* the clocks have milliseconds */
        assert_true(note(&twin, "42", "b", "with the former key"));
        usleep(3000);
        say(&ministry, "node.trust", &twin, "25");
        lines_of(&twin, &late);
        lines_of(&ministry, &word);
        assert_true(give(&node, &late, NULL));
        assert_null(words_of(&node, "b"));
        memset(&bench_notes.order, 0, sizeof bench_notes.order);
        assert_true(give(&node, &word, NULL));
        bench_work(&node);
        assert_int_equal(db_number(node.w.db, "SELECT counts FROM trust_event WHERE node = $1", ARGS(v_text(node_key(ministry.node))), 0), BY_COUNTRY);
        assert_string_equal(bench_notes.order.letters, "");
        assert_null(words_of(&node, "b"));
        bench_work(&node);
        assert_true(ledger_write(&node.w, rebuild, &entries));
        assert_string_equal(bench_notes.order.letters, "a");
        assert_sound(&node);
        arena_close(late.arena);
        arena_close(word.arena);
        bench_close(&ministry);
        bench_close(&node);
        bench_close(&twin);
}

static bool be_of_tomorrow(struct work *w, void *key)
{
        return db_exec(w->db, "UPDATE ledger_stream SET at = $1 WHERE node = $2", ARGS(v_int(stamp_next(0, moment_now() + 86400000)), v_text(key)));
}

/* What it holds of others, not only when it exchanged with them last, tells a node that its own clock may not be ahead but behind. */
static void where_others_have_written_later_the_clock_is_doubted(void **state)
{
        struct bench ministry, node;
        struct rewritten again;
        struct lines lines;
        char key[KEY_HEX];

        (void)state;
        bench_make(&ministry, "VN");
        bench_make(&node, "25");
        trust(&node, &ministry);
        strcpy(key, node_key(node.node));
        assert_true(note(&ministry, "*", "a", "a story"));
        lines_of(&ministry, &lines);
        assert_true(give(&node, &lines, NULL));
        arena_close(lines.arena);
        node.node->last_stamp = stamp_next(0, moment_now() + 86400000);
        assert_true(note(&node, "25", "b", "of tomorrow"));
        bench_work(&node);
        assert_true(ledger_write(&node.w, be_of_tomorrow, (void *)(uintptr_t)node_key(ministry.node)));
        node_close(node.node); /* as if it had been taken in while the clock was right */
        bench_open(&node);
        bench_work(&node);
        assert_false(node_rotate(&node.w, false, &again));
        assert_int_equal(node.w.err.code, ERR_CONFLICT);
        assert_non_null(strstr(node.w.err.message, ", and this node has heard of other nodes at "));
        assert_string_equal(node_key(node.node), key);
        assert_string_equal(words_of(&node, "b"), "of tomorrow");
        bench_work(&node);
        assert_true(node_rotate(&node.w, true, &again)); /* somebody says that it is right */
        assert_int_equal(again.entries, 1);
        assert_string_equal(words_of(&node, "b"), "of tomorrow");
        bench_close(&ministry);
        bench_close(&node);
}

/* Who is enrolled may still not stop the streams of others: a line that contradicts ours counts under its node's seal only. */
static void a_forged_contradiction_stops_nothing(void **state)
{
        struct bench from, to;
        struct lines good, bad;
        char *copy;

        (void)state;
        bench_make(&from, "25");
        bench_make(&to, "VN");
        trust(&to, &from);
        assert_true(note(&from, "25", "s", "alpha"));
        assert_true(note(&from, "25", "s", "beta"));
        lines_of(&from, &good);
        assert_true(give(&to, &good, NULL));
        for (size_t i = 0; i < 2; i++) {
                bad = good;
                copy = strdup(good.line[i]);
                strstr(copy, i == 0 ? "alpha" : "beta")[1] = 'X';
                bad.line[i] = copy;
                assert_false(give(&to, &bad, NULL));
                assert_int_equal(to.w.err.code, ERR_INVALID);
                bad.count = i + 1; /* the same without any seal: counts for nothing */
                assert_true(give(&to, &bad, NULL));
                free(copy);
        }
        bench_work(&to);
        assert_int_equal(db_number(to.w.db, "SELECT COUNT(*) FROM ledger_stream WHERE stopped IS NOT NULL", NO_ARGS, 0), 0);
        assert_true(note(&from, "25", "s", "gamma"));
        arena_close(good.arena);
        lines_of(&from, &good);
        assert_true(give(&to, &good, NULL));
        assert_string_equal(words_of(&to, "s"), "gamma");
        arena_close(good.arena);
        bench_close(&from);
        bench_close(&to);
}

/* ---- what is kept of a fork ------------------------------------------------------------------------------------ */

/* Two copies of a node after an entry they have in common, and who sees that. */
struct copies {
        struct bench ours, theirs, to;
        struct lines our_lines, their_lines;
};

static void copies_make(struct copies *c)
{
        bench_make(&c->ours, "25");
        bench_make(&c->to, "VN");
        trust(&c->to, &c->ours);
        assert_true(note(&c->ours, "25", "s", "common"));
        make_twin(&c->ours, &c->theirs);
        for (int i = 2; i <= 4; i++) {
                char words[20];

                snprintf(words, sizeof words, "ours %d", i);
                assert_true(note(&c->ours, "25", "s", words));
                snprintf(words, sizeof words, "theirs %d", i);
                assert_true(note(&c->theirs, "25", "s", words));
        }
        assert_true(note(&c->theirs, "*", "t", "public"));
        lines_of(&c->ours, &c->our_lines);
        lines_of(&c->theirs, &c->their_lines);
        assert_true(give(&c->to, &c->our_lines, NULL));
        assert_true(give(&c->to, &c->their_lines, NULL));
        assert_int_equal(fork_of(&c->to, "25"), 2);
}

static void copies_close(struct copies *c)
{
        arena_close(c->our_lines.arena);
        arena_close(c->their_lines.arena);
        bench_close(&c->ours);
        bench_close(&c->theirs);
        bench_close(&c->to);
}

static bool put_lines(struct work *w, void *lines)
{
        return db_exec(w->db, "UPDATE ledger_stream SET fork_lines = $1 WHERE fork_seq > 0", ARGS(v_bytes(lines, strlen(lines))));
}

/* Whether the lines, each with its end, are taken as the proof of that fork. */
static bool proves(struct copies *c, const char *lines)
{
        struct verified v;
        bool is_sound;

        bench_work(&c->to);
        assert_true(ledger_write(&c->to.w, put_lines, (char *)(uintptr_t)lines));
        bench_work(&c->to);
        is_sound = ledger_verify(&c->to.w, &v);
        assert_true(is_sound || (c->to.w.err.code == ERR_DAMAGED && strstr(c->to.w.err.message, "what is kept of its fork does not prove it") != NULL));
        return is_sound;
}

/* The line that holds some words, with its end; "" where none does. */
static const char *line_with(struct copies *c, const struct lines *l, const char *words)
{
        for (size_t i = 0; i < l->count; i++)
                if (strstr(l->line[i], words) != NULL)
                        return arena_print(c->their_lines.arena, "%s\n", l->line[i]);
        fail_msg("no line with \"%s\"", words);
        return "";
}

/* A seal as the copy would write it. */
static const char *seal_of(struct copies *c, const char *stream, int64_t seq, const char *hash, const char *at)
{
        struct arena *a = c->their_lines.arena;
        const char *text = arena_print(a, "{\"seal\":\"%s\",\"seq\":%lld,\"hash\":\"%s\",\"at\":\"%s\"", stream, (long long)seq, hash, at);
        unsigned char signature[SIGNATURE_BYTES];
        char hex[SIGNATURE_BYTES * 2 + 1];

        node_sign(c->theirs.node, text, strlen(text), signature);
        hex_write(hex, signature, sizeof signature);
        return arena_print(a, "%s,\"signature\":\"%s\"}\n", text, hex);
}

static const char *joined(struct arena *a, const char *line, ...)
{
        const char *all = "";
        va_list list;

        va_start(list, line);
        for (; line != NULL; line = va_arg(list, const char *))
                all = arena_print(a, "%s%s", all, line);
        va_end(list);
        return all;
}

/* An entry as no program writes it, and the copy's seal over it. */
static const char *forged(struct copies *c, const char *stream, int64_t seq, const char *prev, const char *of_seal)
{
        static const char at[] = "2026-11-23T07:02:11.123Z/0";
        struct error err = { .language = LANGUAGE_EN };
        char hash[HASH_HEX];
        struct entry *e;
        struct buf b;

        buf_init_with(&b, 0, c->their_lines.arena);
        entry_compose_head(&b, stream, seq, at, "a", "admin", "note", "s", prev);
        buf_text(&b, "{}}");
        e = entry_parse(c->their_lines.arena, b.data, b.length, &err);
        assert_non_null(e);
        hex_write(hash, e->hash, HASH_BYTES);
        return arena_print(c->their_lines.arena, "%s\n%s", b.data, seal_of(c, of_seal, seq, hash, at));
}

/* What a node shows others of a fork is looked at whenever it is verified: whoever has it must be able to believe it. */
static void only_a_sealed_chain_that_contradicts_ours_proves_a_fork(void **state)
{
        const char *second, *third, *fourth, *other, *our_second, *stream, *public;
        char hash[HASH_HEX], second_hash[HASH_HEX], at[STAMP_TEXT_MAX], zeros[HASH_HEX];
        struct error err = { .language = LANGUAGE_EN };
        struct copies c;
        struct arena *a;
        struct entry *e;

        (void)state;
        if (test_store() != NULL)
                skip(); /* copies the database's files */
        copies_make(&c);
        a = c.their_lines.arena;
        memset(zeros, '0', sizeof zeros - 1);
        zeros[sizeof zeros - 1] = '\0';
        second = line_with(&c, &c.their_lines, "theirs 2");
        third = line_with(&c, &c.their_lines, "theirs 3");
        fourth = line_with(&c, &c.their_lines, "theirs 4");
        other = line_with(&c, &c.their_lines, "public");
        our_second = line_with(&c, &c.our_lines, "ours 2");
        e = entry_parse(a, third, strlen(third) - 1, &err);
        assert_non_null(e);
        stream = e->stream;
        hex_write(hash, e->hash, HASH_BYTES);
        stamp_write(at, e->at);
        strcpy(second_hash, e->prev);
        public = arena_print(a, "%.64s/*", stream);
#define CHAIN(...) proves(&c, joined(a, __VA_ARGS__, (const char *)NULL))
        assert_true(CHAIN(second, third, seal_of(&c, stream, 3, hash, at)));
        assert_true(CHAIN(third, seal_of(&c, stream, 3, hash, at))); /* it follows another one than ours */
        assert_false(CHAIN(""));
        assert_false(CHAIN(second, third)); /* no seal */
        assert_false(CHAIN(seal_of(&c, stream, 3, hash, at))); /* and nothing else */
        assert_false(CHAIN(second, third, seal_of(&c, stream, 3, hash, at), fourth)); /* something behind it */
        assert_false(CHAIN(second, third, arena_copy(a, seal_of(&c, stream, 3, hash, at), strlen(seal_of(&c, stream, 3, hash, at)) - 1))); /* cut off */
        assert_false(CHAIN(line_with(&c, &c.our_lines, "common"), second, third, seal_of(&c, stream, 3, hash, at))); /* begins with what is ours, too */
        assert_false(CHAIN(our_second, third, seal_of(&c, stream, 3, hash, at)));
        assert_false(CHAIN(fourth, seal_of(&c, stream, 3, hash, at)));     /* the seal is not its own */
        assert_false(CHAIN(second, fourth, seal_of(&c, stream, 3, hash, at))); /* one is left out */
        assert_false(CHAIN(second, line_with(&c, &c.our_lines, "ours 3"), seal_of(&c, stream, 3, hash, at))); /* the chain is broken */
        assert_false(CHAIN(other, seal_of(&c, stream, 3, hash, at)));      /* of another stream */
        assert_false(CHAIN(second, third, other, seal_of(&c, stream, 3, hash, at)));
        assert_true(CHAIN(second, forged(&c, stream, 3, second_hash, stream)));
        assert_false(CHAIN(second, forged(&c, public, 3, second_hash, stream)));
        assert_false(CHAIN(second, forged(&c, stream, 7, second_hash, stream))); /* whatever lies between */
        assert_false(CHAIN(second, forged(&c, stream, 3, zeros, stream)));
        assert_false(CHAIN("no entry\n", second, third, seal_of(&c, stream, 3, hash, at)));
        assert_false(CHAIN(second, "\n", third, seal_of(&c, stream, 3, hash, at)));
        assert_false(CHAIN(second, third, "{\"seal\":1}\n"));
        assert_false(CHAIN(second, third, seal_of(&c, public, 3, hash, at)));
        assert_false(CHAIN(second, third, seal_of(&c, stream, 4, hash, at)));
        assert_false(CHAIN(second, third, seal_of(&c, stream, 2, hash, at)));
        assert_false(CHAIN(second, third, seal_of(&c, stream, 3, zeros, at)));
        assert_false(CHAIN(second, third, seal_of(&c, stream, 3, hash, "2026-11-23T07:02:11.123Z/0")));
        assert_false(CHAIN(second, third, arena_print(a, "{\"seal\":\"%s\",\"seq\":3,\"hash\":\"%s\",\"at\":\"%s\",\"signature\":\"%s%s\"}\n", stream, hash, at, zeros, zeros)));
        assert_true(CHAIN(second, third, seal_of(&c, stream, 3, hash, at)));
#undef CHAIN
        copies_close(&c);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_fork_stops_that_stream_and_nothing_else),
                cmocka_unit_test(a_key_is_known_by_those_before_it),
                cmocka_unit_test(a_fork_stands_where_the_copies_first_differ),
                cmocka_unit_test(a_copy_whose_clock_was_far_ahead_moves_no_other),
                cmocka_unit_test(no_rotation_where_it_is_not_known_what_to_take_out),
                cmocka_unit_test(what_is_written_again_keeps_its_order_and_its_names),
                cmocka_unit_test(who_holds_the_branch_that_is_written_again_goes_on_with_the_other),
                cmocka_unit_test(a_branch_that_was_not_placed_yet_is_taken_out_of_each_stream),
                cmocka_unit_test(the_branch_that_goes_on_is_heard_also_where_the_key_counts_only_later),
                cmocka_unit_test(a_branch_is_taken_out_also_where_it_comes_with_that_word),
                cmocka_unit_test(who_holds_the_branch_of_the_copy_goes_on_with_the_nodes_own),
                cmocka_unit_test(what_is_said_of_a_former_key_places_nothing_again),
                cmocka_unit_test(where_others_have_written_later_the_clock_is_doubted),
                cmocka_unit_test(a_forged_contradiction_stops_nothing),
                cmocka_unit_test(only_a_sealed_chain_that_contradicts_ours_proves_a_fork),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
