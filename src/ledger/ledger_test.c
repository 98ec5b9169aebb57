#include "tests/ledger_bench.h"

#include <sys/stat.h>

#include "base/file.h"

static void what_was_written_is_there_after_reopening(void **state)
{
        struct bench b;
        struct verified v;

        (void)state;
        bench_make(&b, "VN");
        assert_true(note(&b, "*", "a", "one"));
        assert_true(note(&b, "*", "a", "two"));
        assert_true(note(&b, "25", "b", "three"));
        assert_int_equal(node_position(b.node), 3);
        node_close(b.node);
        bench_open(&b);
        assert_int_equal(node_position(b.node), 3);
        assert_string_equal(words_of(&b, "a"), "two");
        assert_string_equal(words_of(&b, "b"), "three");
        assert_true(ledger_verify(&b.w, &v));
        assert_int_equal(v.streams, 2);
        assert_int_equal(v.entries, 3);
        assert_true(note(&b, "*", "a", "four"));
        assert_sound(&b);
        bench_close(&b);
}

static void a_refused_write_leaves_nothing(void **state)
{
        struct bench b;
        struct note n = { .audience = "*", .subject = "a", .words = "x", .then_fail = true };

        (void)state;
        bench_make(&b, "VN");
        assert_false(ledger_write(&b.w, write_note, &n));
        assert_int_equal(b.w.err.code, ERR_INVALID);
        assert_null(words_of(&b, "a"));
        assert_false(note(&b, "*", "a", "forbidden"));
        assert_int_equal(b.w.err.code, ERR_DENIED);
        bench_work(&b);
        assert_int_equal(db_number(b.w.db, "SELECT COUNT(*) FROM ledger_entry", NO_ARGS, -1), 0);
        assert_true(note(&b, "*", "a", "fine"));
        assert_sound(&b);
        bench_close(&b);
}

static void a_node_is_made_once_and_served_once(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        struct bench b;
        struct node *second;

        (void)state;
        bench_make(&b, "25");
        assert_false(node_init(b.folder, "25", NULL, &notes_schema, &err));
        assert_int_equal(err.code, ERR_CONFLICT);
        error_clear(&err);
        second = node_open(b.folder, NODE_WRITE, &notes_schema, &err);
        assert_null(second);
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        assert_non_null(strstr(err.message, "already working"));
        error_clear(&err);
        second = node_open(b.folder, NODE_READ, &notes_schema, &err);
        assert_non_null(second);
        node_close(second);
        assert_false(node_init(test_path("x"), "2", NULL, &notes_schema, &err));
        assert_int_equal(err.code, ERR_INVALID);
        error_clear(&err);
        assert_null(node_open(test_folder(), NODE_READ, &notes_schema, &err));
        assert_int_equal(err.code, ERR_MISSING);
        bench_close(&b);
}

static void two_nodes_agree_whatever_comes_first(void **state)
{
        struct bench ministry, province, other;
        struct lines of_ministry, of_province;
        char a[HASH_HEX], c[HASH_HEX];
        struct received got;

        (void)state;
        bench_make(&ministry, "VN");
        bench_make(&province, "25");
        bench_make(&other, "42");
        trust(&ministry, &province);
        trust(&ministry, &other);
        trust(&province, &ministry);
        trust(&other, &ministry);
        assert_true(note(&ministry, "*", "s", "from the ministry"));
        usleep(2000); /* within one millisecond the nodes' keys, which are random, would decide */
        assert_true(note(&province, "25", "s", "from the province"));
        assert_true(note(&province, "*", "t", "public"));
        lines_of(&ministry, &of_ministry);
        lines_of(&province, &of_province);
        assert_true(give(&ministry, &of_province, &got));
        assert_int_equal(got.entries_new, 2);
        assert_true(give(&province, &of_ministry, &got));
        assert_string_equal(words_of(&ministry, "s"), "from the province");
        assert_string_equal(words_of(&province, "s"), "from the province");
        bench_work(&ministry);
        assert_true(ledger_state(&ministry.w, "25", a));
        bench_work(&province);
        assert_true(ledger_state(&province.w, "25", c));
        assert_string_equal(a, c);
        assert_true(give(&ministry, &of_province, &got)); /* a second time: nothing new */
        assert_int_equal(got.entries_new, 0);
        assert_int_equal(got.entries_known, 2);
        /* a third node believes the province because the ministry enrolled it */
        assert_false(give(&other, &of_province, NULL));
        assert_int_equal(other.w.err.code, ERR_DENIED);
        assert_true(give(&other, &of_ministry, NULL));
        assert_true(give(&other, &of_province, NULL));
        assert_string_equal(words_of(&other, "t"), "public");
        assert_sound(&ministry);
        assert_sound(&province);
        assert_sound(&other);
        arena_close(of_ministry.arena);
        arena_close(of_province.arena);
        bench_close(&ministry);
        bench_close(&province);
        bench_close(&other);
}

/* Each mutation of a good batch is refused, and nothing of the batch is taken. */
static void bad_lines_are_refused_whole(void **state)
{
        struct bench from, to;
        struct lines good;
        static const struct {
                const char *what, *expected;
                int how;
        } cases[] = {
                { "an altered body", "chain", 0 },       { "an altered last body", "seal", 1 },
                { "a false signature", "signature", 2 }, { "a missing entry", "missing", 3 },
                { "another stream's seal", "another stream", 4 }, { "no JSON", "not an entry", 5 },
                { "a duplicate member", "not an entry", 6 },
        };

        (void)state;
        bench_make(&from, "25");
        bench_make(&to, "VN");
        for (int i = 0; i < 3; i++)
                assert_true(note(&from, "25", "s", i == 0 ? "alpha" : i == 1 ? "beta" : "gamma"));
        lines_of(&from, &good);
        assert_int_equal(good.count, 4);
        assert_false(give(&to, &good, NULL)); /* nobody enrolled it */
        assert_int_equal(to.w.err.code, ERR_DENIED);
        trust(&to, &from);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct lines bad = good;
                char *copy, *place;

                switch (cases[i].how) {
                case 0:
                case 1:
                        copy = strdup(bad.line[cases[i].how == 0 ? 0 : 2]);
                        place = strstr(copy, cases[i].how == 0 ? "alpha" : "gamma");
                        place[1] = 'X';
                        bad.line[cases[i].how == 0 ? 0 : 2] = copy;
                        break;
                case 2:
                        copy = strdup(bad.line[3]);
                        place = strstr(copy, "\"signature\":\"") + 13;
                        *place = *place == 'a' ? 'b' : 'a';
                        bad.line[3] = copy;
                        break;
                case 3:
                        copy = strdup("");
                        memmove(&bad.line[1], &bad.line[2], 2 * sizeof *bad.line);
                        bad.count--;
                        break;
                case 4:
                        copy = strdup(bad.line[3]);
                        place = strstr(copy, "/25");
                        place[2] = '6';
                        bad.line[3] = copy;
                        break;
                case 5:
                        copy = strdup("{\"stream\":");
                        bad.line[1] = copy;
                        break;
                default:
                        assert_true(asprintf(&copy, "%.*s,\"seq\":1}", (int)strlen(bad.line[0]) - 1, bad.line[0]) > 0);
                        bad.line[0] = copy;
                }
                assert_false(give(&to, &bad, NULL));
                if (strstr(to.w.err.message, cases[i].expected) == NULL)
                        fail_msg("%s: %s", cases[i].what, to.w.err.message);
                assert_null(words_of(&to, "s"));
                free(copy);
        }
        assert_true(give(&to, &good, NULL));
        assert_string_equal(words_of(&to, "s"), "gamma");
        assert_sound(&to);
        arena_close(good.arena);
        bench_close(&from);
        bench_close(&to);
}

/* An entry with a clock an hour ahead, properly signed. */
static void a_clock_far_ahead_is_refused(void **state)
{
        struct bench from, to;
        struct lines good;

        (void)state;
        bench_make(&from, "25");
        bench_make(&to, "VN");
        trust(&to, &from);
        from.node->last_stamp = stamp_next(0, moment_now() + 3600000);
        assert_true(note(&from, "25", "s", "later"));
        lines_of(&from, &good);
        assert_false(give(&to, &good, NULL));
        assert_non_null(strstr(to.w.err.message, "future"));
        assert_null(words_of(&to, "s"));
        arena_close(good.arena);
        bench_close(&from);
        bench_close(&to);
}

/* Seven minutes ahead: what a node writes after it has taken that stays acceptable to all whose clocks are up to five minutes behind
 * its own only where it takes no more than five from those below. */
static void a_node_below_may_be_less_far_ahead_than_one_above(void **state)
{
        struct bench from, above, below;
        struct lines good;

        (void)state;
        bench_make(&from, "25");
        bench_make(&above, "VN");
        bench_make(&below, "25001");
        trust(&above, &from);
        trust(&below, &from);
        from.node->last_stamp = stamp_next(0, moment_now() + 7 * 60000);
        assert_true(note(&from, "25", "s", "ahead"));
        lines_of(&from, &good);
        assert_false(give_from(&above, &from, &good, NULL));
        assert_non_null(strstr(above.w.err.message, "future"));
        assert_null(words_of(&above, "s"));
        assert_true(give_from(&below, &from, &good, NULL));
        assert_string_equal(words_of(&below, "s"), "ahead");
        arena_close(good.arena);
        bench_close(&from);
        bench_close(&above);
        bench_close(&below);
}

/* Nobody signs the head of a file: what is seven minutes ahead may come in it where who wrote that is above, whoever it names. */
static void a_file_is_as_far_ahead_as_who_wrote_what_is_in_it_may_be(void **state)
{
        struct bench from, above, to;
        struct lines low, high;
        struct feed f = { .is_file = true };

        (void)state;
        bench_make(&from, "26");
        bench_make(&above, "25");
        bench_make(&to, "25001");
        trust(&to, &above);
        trust(&to, &from);
        from.node->last_stamp = above.node->last_stamp = stamp_next(0, moment_now() + 7 * 60000);
        assert_true(note(&from, "*", "s", "from beside"));
        assert_true(note(&above, "*", "t", "from above"));
        lines_of(&from, &low);
        lines_of(&above, &high);
        f.l = &low;
        f.sender = node_key(above.node);
        bench_work(&to);
        assert_false(ledger_write(&to.w, feed_lines, &f));
        assert_non_null(strstr(to.w.err.message, "future"));
        assert_null(words_of(&to, "s"));
        f.l = &high;
        f.sender = node_key(from.node);
        bench_work(&to);
        if (!ledger_write(&to.w, feed_lines, &f))
                fail_msg("%s", to.w.err.message);
        assert_string_equal(words_of(&to, "t"), "from above");
        f.l = &low; /* what it took in itself comes from above by the network */
        f.sender = node_key(above.node);
        f.is_file = false;
        bench_work(&to);
        assert_true(ledger_write(&to.w, feed_lines, &f));
        arena_close(low.arena);
        arena_close(high.arena);
        bench_close(&from);
        bench_close(&above);
        bench_close(&to);
}

/* A province passes on what a node wrote that only the province knows: that is left out, the rest is taken. */
static void a_stream_of_an_unknown_node_does_not_stop_the_others(void **state)
{
        struct bench ministry, province, unknown;
        struct lines lines, of_unknown;
        struct received got;

        (void)state;
        bench_make(&ministry, "VN");
        bench_make(&province, "25");
        bench_make(&unknown, "07906");
        trust(&ministry, &province);
        trust(&province, &unknown);
        assert_true(note(&province, "25", "p", "known"));
        assert_true(note(&unknown, "07906", "u", "unknown"));
        lines_of(&unknown, &of_unknown);
        assert_true(give(&province, &of_unknown, NULL));
        lines_of(&province, &lines);
        assert_false(give_from(&ministry, &unknown, &of_unknown, NULL));
        assert_int_equal(ministry.w.err.code, ERR_DENIED);
        assert_true(give_from(&ministry, &province, &lines, &got));
        assert_int_equal(got.entries_new, 1);
        assert_int_equal(got.entries_passed, 1);
        assert_string_equal(words_of(&ministry, "p"), "known");
        assert_null(words_of(&ministry, "u"));
        trust(&ministry, &unknown);
        assert_true(give_from(&ministry, &province, &lines, &got));
        assert_int_equal(got.entries_passed, 0);
        assert_string_equal(words_of(&ministry, "u"), "unknown");
        assert_sound(&ministry);
        arena_close(lines.arena);
        arena_close(of_unknown.arena);
        bench_close(&ministry);
        bench_close(&province);
        bench_close(&unknown);
}
struct raw_entry {
        const char *kind, *subject, *body;
};

/* Also what this program would not write. */
static bool write_raw(struct work *w, void *argument)
{
        const struct raw_entry *raw = argument;
        struct buf body;
        bool ok;

        buf_init(&body, 0);
        buf_text(&body, raw->body);
        w->node->is_writing_again = true;
        ok = ledger_append(w, "25", raw->kind, raw->subject, &body, NULL);
        w->node->is_writing_again = false;
        buf_clear(&body);
        return ok;
}

/* Up to which entry all of a stream are applied, at a node that holds it. */
static int64_t applied_to(struct bench *b, const struct bench *writer)
{
        bench_work(b);
        return ledger_applied_to(&b->w, arena_print(b->arena, "%s/25", node_key(writer->node)));
}

static void what_waits_is_applied_when_its_need_arrives(void **state)
{
        struct raw_entry newer = { "note.newer", "n", "{\"words\":\"of a newer program\"}" };
        struct note lacking = { .audience = "25", .subject = "c", .words = "third", .needs = "z" };
        struct bench from, to;
        struct lines lines, late;
        struct note n = { .audience = "25", .subject = "b", .words = "second", .needs = "a" };
        struct received got;

        (void)state;
        bench_make(&from, "25");
        bench_make(&to, "VN");
        trust(&to, &from);
        assert_true(note(&from, "*", "a", "first"));
        bench_work(&from);
        assert_true(ledger_write(&from.w, write_note, &n));
        lines_of(&from, &lines); /* ordered by name: "*" before "25" */
        assert_int_equal(lines.count, 4);
        late = lines;
        memcpy(late.line, lines.line + 2, 2 * sizeof *late.line);
        memcpy(late.line + 2, lines.line, 2 * sizeof *late.line);
        late.count = 2; /* what needs something comes alone, and waits */
        assert_true(give(&to, &late, NULL));
        assert_null(words_of(&to, "b"));
        bench_work(&to);
        assert_int_equal(db_number(to.w.db, "SELECT COUNT(*) FROM ledger_set_aside WHERE is_waiting = 1", NO_ARGS, 0), 1);
        assert_int_equal(applied_to(&to, &from), 0);
        assert_true(give(&to, &lines, &got)); /* the need arrives: nobody has to ask for the other again */
        assert_int_equal(got.entries_new, 1);
        assert_string_equal(words_of(&to, "b"), "second");
        assert_int_equal(applied_to(&to, &from), 1);
        arena_close(lines.arena);
        bench_work(&from); /* what only a newer program understands keeps nothing after it from counting as applied; what lacks its need does */
        assert_true(ledger_write(&from.w, write_raw, &newer));
        assert_true(note(&from, "25", "d", "fourth"));
        bench_work(&from);
        from.w.node->is_writing_again = true;
        assert_true(ledger_write(&from.w, write_note, &lacking));
        from.w.node->is_writing_again = false;
        lines_of(&from, &lines);
        assert_true(give(&to, &lines, NULL));
        assert_string_equal(words_of(&to, "d"), "fourth");
        assert_int_equal(applied_to(&to, &from), 3);
        bench_work(&to);
        assert_int_equal(db_number(to.w.db, "SELECT COUNT(*) FROM ledger_set_aside WHERE is_waiting = 1", NO_ARGS, 0), 2);
        assert_sound(&to);
        arena_close(lines.arena);
        bench_close(&from);
        bench_close(&to);
}

/* A kind may be called anything, also nothing at all: what no program knows is kept and waits, also once all was made anew. */
static void what_no_program_knows_waits_when_all_is_made_anew(void **state)
{
        struct raw_entry unknown[] = { { "note.newer", "n", "{}" }, { "", "n", "{}" } };
        struct bench b;
        int64_t entries;

        (void)state;
        bench_make(&b, "25");
        for (size_t i = 0; i < 2; i++) {
                bench_work(&b);
                assert_true(ledger_write(&b.w, write_raw, &unknown[i]));
        }
        for (int turn = 0; turn < 2; turn++) {
                bench_work(&b);
                assert_int_equal(db_number(b.w.db, "SELECT COUNT(*) FROM ledger_set_aside WHERE is_waiting = 1", NO_ARGS, 0), 2);
                bench_work(&b);
                assert_true(ledger_write(&b.w, rebuild, &entries));
                assert_int_equal(entries, 2);
        }
        bench_work(&b);
        assert_null(ledger_kind_said(&b.w, unknown[0].kind));
        assert_non_null(ledger_kind_said(&b.w, "note"));
        bench_close(&b);
}

/* Kinds that are made anew subject by subject have entries without one, too. */
static void what_has_no_subject_is_made_anew_with_what_has_one(void **state)
{
        struct ledger_schema schema;
        struct bench b;
        int64_t entries;

        (void)state;
        bench_make(&b, "25");
        schema = *node_schema(b.node);
        schema.by_subject = schema.may_follow; /* notes */
        b.node->schema = &schema;
        assert_true(note(&b, "25", "a", "of a subject"));
        assert_true(note(&b, "25", "", "of none"));
        bench_work(&b);
        assert_true(ledger_write(&b.w, rebuild, &entries));
        assert_int_equal(entries, 2);
        assert_string_equal(words_of(&b, "a"), "of a subject");
        assert_string_equal(words_of(&b, ""), "of none");
        assert_sound(&b);
        bench_close(&b);
}

#define WRITERS 16
#define NOTES_EACH 25

static void *write_many(void *argument)
{
        struct node *n = argument;
        struct arena *a = arena_open(WORK_MEMORY_USUAL);

        for (int i = 0; i < NOTES_EACH; i++) {
                char subject[64];
                struct note x = { .audience = "*", .subject = subject, .words = "w" };
                struct work w;

                arena_reset(a);
                snprintf(subject, sizeof subject, "%lx-%d", (unsigned long)pthread_self(), i);
                work_init(&w, a, NULL, LANGUAGE_EN);
                w.node = n;
                w.user = &user_operator;
                if (!ledger_write(&w, write_note, &x))
                        abort();
        }
        arena_close(a);
        return NULL;
}

static void many_writers_share_commits(void **state)
{
        pthread_t threads[WRITERS];
        struct bench b;
        struct verified v;

        (void)state;
        bench_make(&b, "VN");
        for (int i = 0; i < WRITERS; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, write_many, b.node), 0);
        for (int i = 0; i < WRITERS; i++)
                pthread_join(threads[i], NULL);
        bench_work(&b);
        assert_true(ledger_verify(&b.w, &v));
        assert_int_equal(v.entries, WRITERS * NOTES_EACH);
        assert_true(v.seals < v.entries); /* several writers, one seal and one sync */
        assert_sound(&b);
        bench_close(&b);
}

static void damage_is_found_and_named(void **state)
{
        static const char *const harms[] = {
                "UPDATE ledger_entry SET line = $1 WHERE seq = 2",
                "UPDATE ledger_entry SET hash = $1 WHERE seq = 2",
                "DELETE FROM ledger_entry WHERE seq = 2",
                "DELETE FROM ledger_entry WHERE seq = 3",
                "DELETE FROM ledger_seal WHERE seq = 3",
                "UPDATE ledger_seal SET line = 'no' WHERE seq = 2",
                /* a seal as it should be written, of another place, stream, entry, time, or by nobody */
                "UPDATE ledger_seal SET line = REPLACE(line, '\"seq\":2', '\"seq\":3') WHERE seq = 2",
                "UPDATE ledger_seal SET line = REPLACE(line, '/*\"', '/25\"') WHERE seq = 2",
                "UPDATE ledger_seal SET line = (SELECT REPLACE(line, '\"seq\":3', '\"seq\":2') FROM ledger_seal WHERE seq = 3) WHERE seq = 2",
                "UPDATE ledger_seal SET line = REPLACE(line, '\"at\":\"2', '\"at\":\"3') WHERE seq = 2",
                "UPDATE ledger_seal SET line = SUBSTR(line, 1, LENGTH(line) - 130) || (SELECT SUBSTR(line, LENGTH(line) - 129) FROM ledger_seal WHERE seq = 3) WHERE seq = 2",
        };

        (void)state;
        for (size_t i = 0; i < sizeof harms / sizeof *harms; i++) {
                struct error err = { .language = LANGUAGE_EN };
                struct verified v;
                struct bench b;
                struct db *db;

                bench_make(&b, "VN");
                for (int k = 0; k < 3; k++)
                        assert_true(note(&b, "*", "a", "x"));
                node_close(b.node);
                db = db_open(b.store != NULL ? b.store : arena_print(b.arena, "%s/ledger.db", b.folder), DB_WRITE, &err);
                assert_non_null(db);
                db_attach_error(db, &err);
                assert_true(strstr(harms[i], "$1") != NULL ? db_exec(db, harms[i], ARGS(v_bytes("{}", 2)))
                                                           : db_exec(db, harms[i], NO_ARGS));
                db_close(db);
                bench_open(&b);
                assert_false(ledger_verify(&b.w, &v));
                assert_int_equal(b.w.err.code, ERR_DAMAGED);
                if (strstr(harms[i], "UPDATE ledger_seal") != NULL && strstr(b.w.err.message, "its seal is false") == NULL)
                        fail_msg("%s: %s", harms[i], b.w.err.message);
                bench_work(&b);
                if (i == 0) { /* it cannot be read at all */
                        int64_t entries;

                        assert_false(ledger_write(&b.w, rebuild, &entries));
                        assert_int_equal(b.w.err.code, ERR_DAMAGED);
                }
                bench_close(&b);
        }
}

static void a_changed_table_is_found_by_rebuild_check(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        struct bench b;
        int64_t entries;
        struct db *db;

        (void)state;
        bench_make(&b, "VN");
        assert_true(note(&b, "*", "a", "right"));
        node_close(b.node);
        db = db_open(b.store != NULL ? b.store : arena_print(b.arena, "%s/ledger.db", b.folder), DB_WRITE, &err);
        assert_true(db_exec(db, "UPDATE note SET words = 'wrong'", NO_ARGS));
        db_close(db);
        bench_open(&b);
        assert_false(ledger_rebuild_check(&b.w, &entries));
        assert_int_equal(b.w.err.code, ERR_DAMAGED);
        assert_non_null(strstr(b.w.err.message, "note"));
        bench_work(&b);
        assert_true(ledger_write(&b.w, rebuild, &entries));
        assert_string_equal(words_of(&b, "a"), "right");
        assert_sound(&b);
        bench_close(&b);
}

/* Each statement of a write fails in turn: an error, nothing half done, and the next write works. */
static void each_failing_statement_leaves_nothing_half_done(void **state)
{
        struct bench b;
        bool has_passed = false;

        (void)state;
        bench_make(&b, "VN");
        assert_true(note(&b, "*", "a", "before"));
        for (long n = 1; n < 60 && !has_passed; n++) {
                db_fail_at(b.node->writer, n);
                has_passed = note(&b, "*", "a", "after");
                db_fail_at(b.node->writer, 0);
                if (!has_passed) {
                        assert_false(error_ok(&b.w.err));
                        assert_string_equal(words_of(&b, "a"), "before");
                }
        }
        assert_true(has_passed);
        assert_string_equal(words_of(&b, "a"), "after");
        assert_true(note(&b, "*", "a", "again"));
        assert_sound(&b);
        bench_close(&b);
}

static void stamps_never_go_back(void **state)
{
        char out[STAMP_TEXT_MAX];
        stamp s = stamp_next(0, 1000), again;

        (void)state;
        assert_true(stamp_next(s, 500) > s);
        assert_int_equal(stamp_moment(stamp_next(s, 500)), 1000);
        assert_int_equal(stamp_moment(stamp_next(s, 2000)), 2000);
        assert_true(stamp_last(1000) >= s && stamp_last(999) < s);
        assert_int_equal(stamp_last(-1), -1); /* before 1970 */
        assert_int_equal(stamp_last(INT64_MAX >> 16), INT64_MAX);
        assert_int_equal(stamp_last((INT64_MAX >> 16) + 1), INT64_MAX);
        s = stamp_next(stamp_next(s, 1792000000123), 1792000000123);
        assert_true(stamp_read(out, stamp_write(out, s), &again));
        assert_int_equal(again, s);
        assert_false(stamp_read("2026-11-23T07:02:11.123Z/70000", 30, &again));
}

/* A person who saves while other nodes deliver waits for one delivery, and they for one group of people. */
static void jobs_that_give_way_take_turns_with_the_others(void **state)
{
        struct note notes[] = { { .words = "a" }, { .words = "b" }, { .words = "c" }, { .words = "X" }, { .words = "Y" } };
        struct member members[5];
        struct bench b;

        (void)state;
        bench_make(&b, "VN");
        memset(&bench_notes.order, 0, sizeof bench_notes.order);
        run_together(&b, note_order, notes, members, 5, 7); /* a, b and c give way */
        assert_string_equal(bench_notes.order.letters, "aXYbc");
        bench_close(&b);
}

/* What others of the group appended, also to the same stream, stays: heads, seals and times. */
static void a_failed_job_takes_nothing_from_its_group(void **state)
{
        struct note notes[] = {
                { .audience = "*", .subject = "a", .words = "first" },
                { .audience = "*", .subject = "b", .words = "undone", .then_fail = true },
                { .audience = "25", .subject = "c", .words = "undone too", .then_fail = true },
                { .audience = "42", .subject = "d", .words = "second" },
                { .audience = "*", .subject = "e", .words = "third" },
                { .audience = "*", .subject = "f", .words = "undone again", .then_fail = true },
        };
        struct member members[6];
        struct bench b;

        (void)state;
        bench_make(&b, "VN");
        run_together(&b, write_note, notes, members, 6, 0);
        for (size_t i = 0; i < 6; i++)
                assert_int_equal(members[i].is_ok, !notes[i].then_fail);
        assert_string_equal(words_of(&b, "a"), "first");
        assert_null(words_of(&b, "b"));
        assert_null(words_of(&b, "c"));
        assert_string_equal(words_of(&b, "d"), "second");
        assert_string_equal(words_of(&b, "e"), "third");
        assert_sound(&b);
        assert_true(note(&b, "*", "a", "later"));
        assert_true(note(&b, "25", "c", "now"));
        assert_sound(&b);
        node_close(b.node);
        bench_open(&b);
        assert_true(note(&b, "*", "a", "after reopening"));
        assert_sound(&b);
        bench_close(&b);
}

static bool make_symbol(struct work *w, void *argument)
{
        const struct note *n = argument;

        return symbol_make(w, 'i', n->subject, strlen(n->subject)) > 0 &&
               (!n->then_fail || error_set(&w->err, ERR_INVALID, "no"));
}

static void a_failed_job_takes_no_symbol_of_its_group(void **state)
{
        struct note notes[] = { { .subject = "kept" }, { .subject = "undone", .then_fail = true }, { .subject = "kept" },
                                { .subject = "more" } };
        struct member members[4];
        struct bench b;

        (void)state;
        bench_make(&b, "VN");
        run_together(&b, make_symbol, notes, members, 4, 0);
        for (size_t i = 0; i < 4; i++)
                assert_int_equal(members[i].is_ok, !notes[i].then_fail);
        bench_work(&b);
        assert_true(symbol_find(&b.w, 'i', "kept") > 0);
        assert_true(symbol_find(&b.w, 'i', "more") > 0);
        assert_int_equal(symbol_find(&b.w, 'i', "undone"), -1);
        assert_true(ledger_write(&b.w, make_symbol, &notes[0]));
        bench_close(&b);
}

/* An entry that is refused, or waits, has its names taken back with all else: the next one that names them makes them again, under a number
 * that the table has. */
static void an_entry_that_is_taken_back_takes_its_symbols_with_it(void **state)
{
        static const char *const waiting[] = { "named one", "named two" };
        struct bench from, to;
        struct lines lines;

        (void)state;
        bench_make(&from, "25");
        bench_make(&to, "VN");
        trust(&to, &from);
        bench_work(&from);
        from.w.node->is_writing_again = true; /* it may write what waits */
        for (size_t i = 0; i < 2; i++)
                assert_true(ledger_write(&from.w, write_note, &(struct note){ .audience = "25", .subject = "w", .words = waiting[i], .needs = "z" }));
        from.w.node->is_writing_again = false;
        assert_true(note(&from, "25", "a", "named three"));
        assert_true(note(&from, "25", "b", "named two"));
        lines_of(&from, &lines);
        assert_true(give(&to, &lines, NULL));
        for (int turn = 0; turn < 2; turn++) { /* as it is, and opened again */
                static const char *const kept[] = { "named three", "named two" };

                bench_work(&to);
                assert_int_equal(db_number(to.w.db, "SELECT COUNT(*) FROM ledger_set_aside WHERE is_waiting = 1", NO_ARGS, 0), 2);
                assert_int_equal(db_number(to.w.db, "SELECT COUNT(*) FROM symbol WHERE kind = 'i'", NO_ARGS, 0), 2);
                assert_int_equal(symbol_find(&to.w, 'i', "named one"), -1);
                for (size_t i = 0; i < 2; i++) {
                        int64_t number = symbol_find(&to.w, 'i', kept[i]);

                        assert_int_equal(number, db_number(to.w.db, "SELECT id FROM symbol WHERE text = $1", ARGS(v_text(kept[i])), 0));
                        assert_string_equal(symbol_text(&to.w, number), kept[i]);
                }
                for (int again = 0; again < 3; again++) { /* nothing grows by that */
                        bench_work(&to);
                        assert_true(ledger_write(&to.w, retry, NULL));
                }
                assert_int_equal(to.node->symbols_next, 6); /* 1 to 4 were given when they came; the first waits for another number than 1 now */
                node_close(to.node);
                bench_open(&to);
        }
        assert_sound(&to);
        arena_close(lines.arena);
        bench_close(&from);
        bench_close(&to);
}

/* Marks of unchanged pages rest on the position: it may not come to the same number twice. */
static void the_position_does_not_go_back_when_the_node_is_opened_again(void **state)
{
        struct bench b;
        int64_t position;

        (void)state;
        bench_make(&b, "VN");
        assert_true(note(&b, "*", "a", "one"));
        assert_false(note(&b, "*", "a", "forbidden"));
        assert_false(note(&b, "*", "a", "forbidden"));
        assert_true(note(&b, "*", "a", "two"));
        position = node_position(b.node);
        node_close(b.node);
        bench_open(&b);
        assert_int_equal(node_position(b.node), position);
        bench_close(&b);
}
static void a_node_that_was_opened_for_reading_writes_nothing(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        struct bench b;

        (void)state;
        bench_make(&b, "VN");
        node_close(b.node);
        b.node = node_open(b.folder, NODE_READ, &notes_schema, &err);
        assert_non_null(b.node);
        assert_false(note(&b, "*", "a", "no"));
        assert_int_equal(b.w.err.code, ERR_ENVIRONMENT);
        bench_close(&b);
}

/* Others hold what this node lost of its own: until it is back nothing is written that they might see. */
static void what_others_see_waits_where_they_hold_more(void **state)
{
        struct bench b;

        (void)state;
        bench_make(&b, "25");
        node_note_behind(b.node, true);
        assert_false(note(&b, "*", "a", "no"));
        assert_int_equal(b.w.err.code, ERR_CONFLICT);
        assert_true(note(&b, AUDIENCE_LOCAL, "b", "local"));
        node_note_behind(b.node, false);
        assert_true(note(&b, "*", "a", "yes"));
        assert_sound(&b);
        bench_close(&b);
}

static void a_key_that_was_only_being_written_is_gone(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        const char *path;
        struct bench b;

        (void)state;
        bench_make(&b, "25");
        node_close(b.node);
        path = arena_print(b.arena, "%s/" KEY_FILE_NEXT ".Xq3uT1", b.folder);
        assert_true(file_write(path, "secret", 6, 0600, &err));
        bench_open(&b);
        path = arena_print(b.arena, "%s/" KEY_FILE_NEXT ".Xq3uT1", b.folder);
        assert_int_equal(access(path, F_OK), -1);
        bench_close(&b);
}

struct loading {
        const char *words;
        int count;
};

static bool write_many_notes(struct work *w, void *argument)
{
        const struct loading *l = argument;

        for (int i = 0; i < l->count; i++) {
                struct note n = { .audience = "*", .subject = arena_print(w->arena, "%d", i), .words = l->words };

                if (!write_note(w, &n))
                        return false;
        }
        return true;
}

/* After 20,000 entries, over 32 MiB of pages, the log of the embedded database is copied back and begun anew. */
static void the_log_does_not_grow_with_what_is_written(void **state)
{
        struct loading l = { .count = 2500 };
        char words[700];
        struct stat about;
        struct bench b;

        (void)state;
        if (test_store() != NULL)
                skip();
        memset(words, 'x', sizeof words - 1);
        words[sizeof words - 1] = '\0';
        l.words = words;
        bench_make(&b, "VN");
        for (int i = 0; i < 9; i++) {
                bench_work(&b);
                db_rollback(b.w.db); /* no reader holds the log */
                assert_true(ledger_write(&b.w, write_many_notes, &l));
        }
        assert_true(ledger_write(&b.w, retry, NULL)); /* the writer has come to its end */
        assert_int_equal(stat(arena_print(b.arena, "%s/ledger.db-wal", b.folder), &about), 0);
        assert_in_range(about.st_size, 0, 16 << 20);
        bench_close(&b);
}

static bool count_visits(struct work *w, const struct entry *e, void *count)
{
        (void)w;
        (void)e;
        ++*(int *)count;
        return true;
}

static bool no_kind(const char *kind)
{
        (void)kind;
        return false;
}

/* Of a subject only what counts is read: not what is refused for its length, and might be longer than a page may read. */
static void an_entry_that_is_too_long_for_its_kind_is_none_of_its_subject(void **state)
{
        char *words = calloc(1, ENTRY_TYPED_MAX + 1);
        struct ledger_schema schema;
        struct bench from, to;
        struct received got;
        struct lines lines;
        int whole = 0, heads = 0;

        (void)state;
        memset(words, 'x', ENTRY_TYPED_MAX);
        bench_make(&from, "25");
        bench_make(&to, "VN");
        schema = *node_schema(to.node);
        schema.is_bulk = no_kind;
        to.node->schema = &schema;
        trust(&to, &from);
        assert_true(note(&from, "25", "a", "short"));
        assert_true(note(&from, "25", "a", words));
        lines_of(&from, &lines);
        assert_true(give(&to, &lines, &got));
        assert_int_equal(got.entries_new, 2);
        assert_int_equal(got.entries_refused, 1);
        assert_string_equal(words_of(&to, "a"), "short");
        bench_work(&to);
        assert_true(ledger_subject(&to.w, "a", "note", count_visits, &whole));
        assert_true(ledger_subject_heads(&to.w, "a", "note", count_visits, &heads));
        assert_int_equal(whole, 1);
        assert_int_equal(heads, 1);
        assert_sound(&to);
        arena_close(lines.arena);
        free(words);
        bench_close(&from);
        bench_close(&to);
}

/* Whatever else the ledger holds: cases, reports and receipts are read so, again and again. */
static void entries_of_a_subject_are_found_by_its_index(void **state)
{
        const char *steps = "";
        struct rows *r;
        struct bench b;

        (void)state;
        if (test_store() != NULL)
                skip(); /* how PostgreSQL goes about it depends on what it holds */
        bench_make(&b, "VN");
        bench_work(&b);
        r = db_query(b.w.db, "EXPLAIN QUERY PLAN " ENTRIES_OF_SUBJECT, ARGS(v_text("note/1")));
        while (rows_next(r))
                steps = arena_print(b.arena, "%s%s; ", steps, rows_text(r, 3));
        assert_true(work_ok(&b.w));
        if (strstr(steps, "SEARCH e USING INDEX ledger_entry_subject (subject=?)") == NULL || strstr(steps, "SCAN") != NULL)
                fail_msg("%s", steps);
        bench_close(&b);
}

static bool make_symbols(struct work *w, void *argument)
{
        char *text = argument;

        assert_int_equal(symbol_make(w, 's', "", 0), 0);
        assert_string_equal(symbol_text(w, 0), "");
        assert_true(symbol_make(w, 's', text, SYMBOL_TEXT_MAX) > 0);
        assert_int_equal(symbol_find(w, 's', text), -1);
        return symbol_make(w, 's', text, SYMBOL_TEXT_MAX + 1) > 0;
}

static void entries_of_one_moment_have_one_order_everywhere(void **state)
{
        const struct entry a = { .at = 5, .node = "a", .hash = { 2 } }, b = { .at = 5, .node = "b", .hash = { 1 } };
        const struct entry c = { .at = 5, .node = "b", .hash = { 3 } }, later = { .at = 6, .node = "a" };

        (void)state;
        assert_true(entry_compare(&a, &b) < 0 && entry_compare(&b, &a) > 0);
        assert_true(entry_compare(&b, &c) < 0 && entry_compare(&c, &b) > 0 && entry_compare(&c, &c) == 0);
        assert_true(entry_compare(&c, &later) < 0 && entry_compare(&later, &a) > 0);
}

static void a_symbol_has_a_length(void **state)
{
        char text[SYMBOL_TEXT_MAX + 2];
        struct bench b;

        (void)state;
        bench_make(&b, "VN");
        memset(text, 'x', sizeof text - 1);
        text[sizeof text - 1] = '\0';
        bench_work(&b);
        assert_false(ledger_write(&b.w, make_symbols, text));
        assert_int_equal(b.w.err.code, ERR_INVALID);
        assert_string_equal(b.w.err.message, "a code of 201 bytes is too long");
        bench_close(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(stamps_never_go_back),
                cmocka_unit_test(what_was_written_is_there_after_reopening),
                cmocka_unit_test(a_refused_write_leaves_nothing),
                cmocka_unit_test(a_node_is_made_once_and_served_once),
                cmocka_unit_test(two_nodes_agree_whatever_comes_first),
                cmocka_unit_test(bad_lines_are_refused_whole),
                cmocka_unit_test(a_clock_far_ahead_is_refused),
                cmocka_unit_test(a_node_below_may_be_less_far_ahead_than_one_above),
                cmocka_unit_test(a_file_is_as_far_ahead_as_who_wrote_what_is_in_it_may_be),
                cmocka_unit_test(a_stream_of_an_unknown_node_does_not_stop_the_others),
                cmocka_unit_test(what_waits_is_applied_when_its_need_arrives),
                cmocka_unit_test(what_no_program_knows_waits_when_all_is_made_anew),
                cmocka_unit_test(what_has_no_subject_is_made_anew_with_what_has_one),
                cmocka_unit_test(many_writers_share_commits),
                cmocka_unit_test(damage_is_found_and_named),
                cmocka_unit_test(a_changed_table_is_found_by_rebuild_check),
                cmocka_unit_test(each_failing_statement_leaves_nothing_half_done),
                cmocka_unit_test(a_failed_job_takes_nothing_from_its_group),
                cmocka_unit_test(jobs_that_give_way_take_turns_with_the_others),
                cmocka_unit_test(a_failed_job_takes_no_symbol_of_its_group),
                cmocka_unit_test(an_entry_that_is_taken_back_takes_its_symbols_with_it),
                cmocka_unit_test(a_node_that_was_opened_for_reading_writes_nothing),
                cmocka_unit_test(what_others_see_waits_where_they_hold_more),
                cmocka_unit_test(a_key_that_was_only_being_written_is_gone),
                cmocka_unit_test(the_log_does_not_grow_with_what_is_written),
                cmocka_unit_test(an_entry_that_is_too_long_for_its_kind_is_none_of_its_subject),
                cmocka_unit_test(entries_of_a_subject_are_found_by_its_index),
                cmocka_unit_test(entries_of_one_moment_have_one_order_everywhere),
                cmocka_unit_test(a_symbol_has_a_length),
                cmocka_unit_test(the_position_does_not_go_back_when_the_node_is_opened_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
