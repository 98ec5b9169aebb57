#include "base/hex.h"
#include "tests/judged.h"
#include "tests/ledger_bench.h"

static const char *unit_trusted(struct bench *b, const struct bench *about)
{
        struct peer *p;

        bench_work(b);
        p = trust_find(&b->w, node_key(about->node));
        return p == NULL ? "unknown" : p->is_revoked ? "revoked" : p->unit;
}

/* A province speaks for its own unit and those below: not about the ministry, a neighbour, or keys that stand for them. */
static void a_province_cannot_enrol_or_revoke_beyond_its_territory(void **state)
{
        struct bench ministry, province, neighbour, commune, reader, fresh;
        struct lines of_ministry, of_province;

        (void)state;
        bench_make(&ministry, "VN");
        bench_make(&province, "25");
        bench_make(&neighbour, "42");
        bench_make(&commune, "25001");
        bench_make(&fresh, "42001");
        bench_make(&reader, "01");
        say(&province, "node.trust", &commune, "25001"); /* before it was enrolled itself */
        trust(&ministry, &province);
        trust(&ministry, &neighbour);
        trust(&reader, &ministry);
        say(&province, "node.revoke", &ministry, "25");
        say(&province, "node.revoke", &neighbour, "25");
        say(&province, "node.trust", &ministry, "25");
        say(&province, "node.trust", &neighbour, "25001");
        say(&province, "node.trust", &fresh, "42001");
        say(&province, "node.trust", &province, "VN");
        lines_of(&ministry, &of_ministry);
        lines_of(&province, &of_province);
        assert_true(give(&reader, &of_ministry, NULL));
        assert_true(give(&reader, &of_province, NULL));
        assert_string_equal(unit_trusted(&reader, &ministry), "VN");
        assert_string_equal(unit_trusted(&reader, &neighbour), "42");
        assert_string_equal(unit_trusted(&reader, &province), "25");
        assert_string_equal(unit_trusted(&reader, &commune), "25001");
        assert_string_equal(unit_trusted(&reader, &fresh), "unknown");
        assert_sound(&reader);
        say(&ministry, "node.revoke", &province, "25");
        arena_close(of_ministry.arena);
        lines_of(&ministry, &of_ministry);
        assert_true(give(&reader, &of_ministry, NULL));
        assert_string_equal(unit_trusted(&reader, &province), "revoked");
        assert_string_equal(unit_trusted(&reader, &commune), "25001"); /* written before that */
        assert_sound(&reader);
        arena_close(of_ministry.arena);
        arena_close(of_province.arena);
        bench_close(&ministry);
        bench_close(&province);
        bench_close(&neighbour);
        bench_close(&commune);
        bench_close(&fresh);
        bench_close(&reader);
}

/* What was written while a key was revoked does not count, whatever came first and whatever was enrolled later. */
static void a_revocation_holds_from_its_time_on_in_any_order(void **state)
{
        struct bench ministry, province, first, second;
        struct lines early, late, of_province;
        char a[HASH_HEX], b[HASH_HEX];

        (void)state;
        bench_make(&ministry, "VN");
        bench_make(&province, "25");
        bench_make(&first, "42");
        bench_make(&second, "01");
        trust(&first, &ministry);
        trust(&second, &ministry);
        trust(&ministry, &province);
        lines_of(&ministry, &early);
        revoke_while_writing(&ministry, &province);
        usleep(3000); /* the two clocks have milliseconds */
        say(&ministry, "node.trust", &province, "25");
        usleep(3000);
        assert_true(note(&province, "*", "c", "afterwards"));
        lines_of(&ministry, &late);
        lines_of(&province, &of_province);

        assert_true(give(&first, &early, NULL));
        assert_true(give(&first, &of_province, NULL));
        assert_string_equal(words_of(&first, "a"), "while revoked"); /* nobody told it yet */
        assert_sound(&first);
        assert_true(give(&first, &late, NULL));
        assert_true(give(&second, &late, NULL));
        assert_true(give(&second, &of_province, NULL));
        for (int i = 0; i < 2; i++) {
                struct bench *reader = i == 0 ? &first : &second;

                assert_string_equal(words_of(reader, "a"), "before");
                assert_null(words_of(reader, "b"));
                assert_string_equal(words_of(reader, "c"), "afterwards");
                assert_sound(reader);
        }
        bench_work(&first);
        assert_true(ledger_state(&first.w, NULL, a));
        bench_work(&second);
        assert_true(ledger_state(&second.w, NULL, b));
        assert_string_equal(a, b);
        arena_close(early.arena);
        arena_close(late.arena);
        arena_close(of_province.arena);
        bench_close(&ministry);
        bench_close(&province);
        bench_close(&first);
        bench_close(&second);
}

static int64_t counted_at(struct bench *b)
{
        bench_work(b);
        return db_number(b->w.db, "SELECT COUNT(*) FROM trust_event WHERE counts = 2", NO_ARGS, 0);
}

/* What its writer says of a key later, for another unit, puts an enrolment right, as if it had not been said; after a revocation it is another one. */
static void an_enrolment_is_put_right_from_its_beginning_on(void **state)
{
        static const struct { const char *kind, *unit, *stands; int count; } said[] = {
                { "node.trust", "25", "25", 1 }, { "node.trust", "42", "42", 1 }, { "node.trust", "25", "25", 2 },
                { "node.revoke", "25", "revoked", 3 }, { "node.trust", "42", "42", 4 },
        };
        struct bench ministry, about, readers[2];
        struct lines lines;

        (void)state;
        bench_make(&ministry, "VN");
        bench_make(&about, "42");
        bench_make(&readers[0], "01");
        bench_make(&readers[1], "01");
        for (int i = 0; i < 2; i++)
                trust(&readers[i], &ministry);
        for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
                usleep(3000); /* the clock has milliseconds */
                say(&ministry, said[i].kind, &about, said[i].unit);
                lines_of(&ministry, &lines);
                assert_true(give(&readers[0], &lines, NULL));
                assert_string_equal(unit_trusted(&readers[0], &about), said[i].stands);
                assert_int_equal(counted_at(&readers[0]), said[i].count);
                assert_sound(&readers[0]);
                if (i + 1 < sizeof said / sizeof *said)
                        arena_close(lines.arena);
        }
        assert_true(give(&readers[1], &lines, NULL)); /* all at once */
        assert_int_equal(counted_at(&readers[1]), 4);
        assert_sound(&readers[1]);
        arena_close(lines.arena);
        bench_close(&ministry);
        bench_close(&about);
        bench_close(&readers[0]);
        bench_close(&readers[1]);
}

static bool take_over(struct work *w, void *key)
{
        return trust_succeed(w, &(struct succession){ .unit = "25001", .from = "25001,25002", .act = "NQ 1", .day = "2025-07-01", .node = key });
}

/* Its own entries count until a succession ends it: since when it stands, others say, and they may be heard of in any order. */
static void a_node_ends_itself_where_it_was_taken_over_whatever_came_first(void **state)
{
        (void)state;
        for (int i = 0; i < 2; i++) {
                struct bench ministry, province, commune, next;
                struct lines early, of_ministry, of_province;

                bench_make(&ministry, "VN");
                bench_make(&province, "25");
                bench_make(&commune, "25001");
                bench_make(&next, "25002");
                trust(&commune, &ministry);
                trust(&ministry, &province);
                lines_of(&ministry, &early);
                say(&province, "node.trust", &commune, "25001");
                assert_true(note(&commune, "*", "a", "before"));
                usleep(3000); /* the clocks have milliseconds */
                bench_work(&ministry);
                assert_true(ledger_write(&ministry.w, take_over, (void *)(uintptr_t)node_key(next.node)));
                usleep(3000);
                assert_true(note(&commune, "*", "a", "after")); /* nobody told it yet */
                lines_of(&ministry, &of_ministry);
                lines_of(&province, &of_province);
                assert_true(give(&commune, &early, NULL));
                assert_true(give(&commune, i == 0 ? &of_province : &of_ministry, NULL));
                assert_true(give(&commune, i == 0 ? &of_ministry : &of_province, NULL));
                assert_string_equal(words_of(&commune, "a"), "before");
                assert_sound(&commune);
                arena_close(early.arena);
                arena_close(of_ministry.arena);
                arena_close(of_province.arena);
                bench_close(&ministry);
                bench_close(&province);
                bench_close(&commune);
                bench_close(&next);
        }
}

/* Two nodes say something about a key at one moment: which word goes before is the same in memory and in the table, and where the
 * one that decides arrives last, what was taken meanwhile is judged again. */
static void words_of_one_moment_are_told_apart_one_way(void **state)
{
        struct bench one, two, *first, *second, about, reader;
        struct lines of_first, of_second, of_key;
        stamp same;

        (void)state;
        bench_make(&one, "VN");
        bench_make(&two, "VN");
        bench_make(&about, "25");
        bench_make(&reader, "42");
        trust(&reader, &one);
        trust(&reader, &two);
        first = strcmp(node_key(one.node), node_key(two.node)) < 0 ? &one : &two;
        second = first == &one ? &two : &one;
        assert_true(note(&about, "*", "a", "before both"));
        same = stamp_next(0, moment_now() + 2000);
        first->node->last_stamp = second->node->last_stamp = same;
        say(first, "node.trust", &about, "25");
        say(second, "node.revoke", &about, "25");
        lines_of(first, &of_first);
        lines_of(second, &of_second);
        lines_of(&about, &of_key);
        assert_true(give(&reader, &of_first, NULL));
        assert_true(give(&reader, &of_key, NULL));
        assert_string_equal(words_of(&reader, "a"), "before both");
        assert_true(give(&reader, &of_second, NULL));
        bench_work(&reader);
        assert_int_equal(db_number(reader.w.db, "SELECT COUNT(DISTINCT at) FROM trust_event WHERE key = $1",
                                   ARGS(v_text(node_key(about.node))), 0), 1);
        assert_null(words_of(&reader, "a"));
        assert_sound(&reader);
        arena_close(of_first.arena);
        arena_close(of_second.arena);
        arena_close(of_key.arena);
        bench_close(&one);
        bench_close(&two);
        bench_close(&about);
        bench_close(&reader);
}

struct flood {
        const char *const *keys, *const *units;
        unsigned chance;
        int count;
};

static unsigned draw(unsigned *chance, unsigned below)
{
        *chance = *chance * 1103515245 + 12345;
        return (*chance >> 16) % below;
}

/* Words about keys that contradict each other, whether or not they count. */
static bool write_flood(struct work *w, void *argument)
{
        struct flood *f = argument;

        for (int i = 0; i < f->count; i++) {
                struct trusting t = { draw(&f->chance, 2) == 0 ? "node.trust" : "node.revoke", f->keys[draw(&f->chance, 4)],
                                      f->units[draw(&f->chance, 3)] };
                struct buf body;
                bool ok;

                if (strcmp(t.key, node_key(w->node)) == 0)
                        t.kind = "node.trust"; /* it goes on writing */
                buf_init(&body, 0);
                buf_print(&body, "{\"key\":\"%s\",\"unit\":\"%s\"}", t.key, t.unit);
                w->node->is_writing_again = true; /* also what does not count */
                ok = ledger_append(w, AUDIENCE_ALL, t.kind, "node/x", &body, NULL);
                w->node->is_writing_again = false;
                buf_clear(&body);
                if (!ok)
                        return false;
        }
        return true;
}

static void flood(struct bench *b, const char *const keys[4], const char *const units[3], unsigned chance, int count)
{
        struct flood f = { keys, units, chance, count };

        bench_work(b);
        if (!ledger_write(&b->w, write_flood, &f))
                fail_msg("%s", b->w.err.message);
}

static char *peers_of(struct bench *b)
{
        struct buf text;
        struct rows *r;
        char *copy;

        bench_work(b);
        buf_init(&text, 0);
        r = db_query(b->w.db, "SELECT key, unit, since, revoked_at, successor FROM peer ORDER BY key", NO_ARGS);
        while (rows_next(r))
                buf_print(&text, "%s %s %lld %lld %s\n", rows_text(r, 0), rows_text(r, 1), (long long)rows_int(r, 2),
                          (long long)rows_int(r, 3), rows_text(r, 4));
        rows_close(r);
        r = db_query(b->w.db, "SELECT hash, counts FROM trust_event ORDER BY hash", NO_ARGS);
        while (rows_next(r))
                buf_print(&text, "%s %lld\n", rows_text(r, 0), (long long)rows_int(r, 1));
        rows_close(r);
        copy = strdup(text.data);
        buf_clear(&text);
        return copy;
}

static bool judge_all(struct work *w, void *argument)
{
        (void)argument;
        return trust_again(w);
}

/* A takeover of one of three units by another of them, with or without a node that is said to go on; or one of those that were said is undone. */
static bool write_takeover(struct work *w, void *argument)
{
        static const char *const codes[] = { "25", "24", "17" };
        struct flood *f = argument;
        unsigned into = draw(&f->chance, 3), from = (into + 1 + draw(&f->chance, 2)) % 3, goes_on = draw(&f->chance, 3);
        bool is_undoing = draw(&f->chance, 3) == 0, ok;
        struct succession *said;
        struct buf body;
        size_t count;

        said = trust_successions(w, &count);
        is_undoing = is_undoing && count > 0;
        buf_init(&body, 0);
        if (is_undoing)
                buf_print(&body, "{\"of\":\"%s\",\"act\":\"NQ 2\"}", said[draw(&f->chance, (unsigned)count)].hash);
        else
                buf_print(&body, "{\"unit\":\"%s\",\"from\":[\"%s\"],\"act\":\"NQ 1\",\"day\":\"2025-07-01\"%s%s%s}", codes[into], codes[from],
                          goes_on == 0 ? "" : ",\"node\":\"", goes_on == 0 ? "" : f->keys[goes_on], goes_on == 0 ? "" : "\"");
        w->node->is_writing_again = true; /* also what does not count */
        ok = ledger_append(w, AUDIENCE_ALL, is_undoing ? "node.succeed.undo" : "node.succeed", "succession/x", &body, NULL);
        w->node->is_writing_again = false;
        buf_clear(&body);
        return ok;
}

/* Words of the ministry, a province and its commune about each other and about a fourth key, in many rounds that arrive in another order at two
 * nodes; so many of each in a round; between them takeovers of units, and their undoing. chance: for these. */
static void assert_judged_alike(const char *const units[3], int words, int takeovers, unsigned chance)
{
        struct bench writer[3], reader[2];
        struct lines lines[3];
        const char *keys[4], *below[4];
        struct flood f = { keys, units, chance, 0 };

        bench_make(&writer[0], "VN");
        bench_make(&writer[1], "25");
        bench_make(&writer[2], "25001");
        bench_make(&reader[0], "42");
        bench_make(&reader[1], "42");
        for (size_t i = 0; i < 3; i++)
                keys[i] = node_key(writer[i].node);
        keys[3] = "0123456789012345678901234567890123456789012345678901234567890123";
        memcpy(below, keys, sizeof below);
        if (takeovers > 0) /* whoever says them stays what it is */
                below[0] = "1123456789012345678901234567890123456789012345678901234567890123";
        for (unsigned round = 0; round < 12; round++) {
                for (size_t i = 0; i < 3; i++) {
                        flood(&writer[i], i == 0 ? below : keys, units, round * 3 + (unsigned)i, words);
                        for (int n = 0; i == 0 && n < takeovers; n++) {
                                bench_work(&writer[0]);
                                assert_true(ledger_write(&writer[0].w, write_takeover, &f));
                        }
                        lines_of(&writer[i], &lines[i]);
                        usleep(2000);
                }
                for (size_t k = 0; k < 2; k++) {
                        char *told, *judged;

                        if (round == 0)
                                trust(&reader[k], &writer[0]);
                        for (size_t i = 0; i < 3; i++) /* those nobody enrolled are passed over */
                                assert_true(give_from(&reader[k], &writer[0], &lines[k == 0 ? i : 2 - i], NULL));
                        for (size_t i = 0; i < 3; i++)
                                assert_true(give_from(&reader[k], &writer[0], &lines[i], NULL));
                        told = peers_of(&reader[k]);
                        bench_work(&reader[k]);
                        assert_true(ledger_write(&reader[k].w, judge_all, NULL));
                        judged = peers_of(&reader[k]);
                        assert_string_equal(told, judged);
                        free(told);
                        free(judged);
                }
                for (size_t i = 0; i < 3; i++)
                        arena_close(lines[i].arena);
        }
        for (size_t k = 0; k < 2; k++) {
                size_t count;

                assert_sound(&reader[k]);
                bench_work(&reader[k]);
                assert_true(assert_judged(&reader[k].w) > (size_t)(25 * words)); /* nearly all there are */
                bench_work(&reader[k]);
                trust_successions(&reader[k].w, &count);
                assert_int_equal(count > 4, takeovers > 0);
                bench_close(&reader[k]);
        }
        for (size_t i = 0; i < 3; i++)
                bench_close(&writer[i]);
}

/* An entry that is judged alone, because nothing rests on it, leaves all as if all had been judged. */
static void what_contradicts_itself_is_judged_alike_in_any_order(void **state)
{
        (void)state;
        assert_judged_alike((const char *const[]){ "25", "25001", "VN" }, 4, 0, 1);
}

static void words_among_takeovers_are_judged_alike_in_any_order(void **state)
{
        (void)state;
        assert_judged_alike((const char *const[]){ "25", "25001", "24" }, 4, 3, 11);
        assert_judged_alike((const char *const[]){ "25", "25001", "24" }, 2, 4, 171);
}

/* Statements of taking so many words of one enrolled node about one key. */
static long statements_of_flood(int count)
{
        static const char *const units[] = { "25001", "25001", "25001" };
        const char key[KEY_HEX] = "0123456789012345678901234567890123456789012345678901234567890123";
        const char *const same[] = { key, key, key, key };
        struct bench from, to;
        struct lines lines;
        long before;

        bench_make(&from, "25");
        bench_make(&to, "VN");
        trust(&to, &from);
        flood(&from, same, units, 7, count);
        lines_of(&from, &lines);
        before = db_statement_count(to.node->writer);
        assert_true(give(&to, &lines, NULL));
        before = db_statement_count(to.node->writer) - before;
        assert_sound(&to);
        arena_close(lines.arena);
        bench_close(&from);
        bench_close(&to);
        return before;
}

static void each_of_many_words_about_a_key_costs_the_same(void **state)
{
        long few = statements_of_flood(50), many = statements_of_flood(150);

        (void)state;
        assert_in_range(many, 2 * few, 3 * few);
}

/* Words of two enrolled nodes about one key, one after another's, and notes between them. */
struct duel {
        struct bench nodes[2], to;
        struct lines lines[2], both; /* each node's under one seal; all with a seal under each */
};

static void duel_make(struct duel *d, int words_each)
{
        static const char *const units[] = { "25001", "25001", "25001" };
        const char key[KEY_HEX] = "0123456789012345678901234567890123456789012345678901234567890123";
        const char *const same[] = { key, key, key, key };

        bench_make(&d->to, "VN");
        for (size_t i = 0; i < 2; i++) {
                bench_make(&d->nodes[i], "25");
                trust(&d->to, &d->nodes[i]);
        }
        d->both.count = 0;
        d->both.arena = arena_open(WORK_MEMORY_USUAL);
        for (int i = 0; i < 4 * words_each; i++) {
                struct bench *from = &d->nodes[i % 2];
                const char *stream = arena_print(d->both.arena, "%s/*", node_key(from->node));
                int64_t seq;

                if (i % 4 < 2)
                        flood(from, same, units, (unsigned)i, 1);
                else
                        assert_true(note(from, "*", arena_print(d->both.arena, "%d", i), "between"));
                bench_work(from);
                assert_true(ledger_stream_after(&from->w, stream, i / 2, 0, keep_line, &d->both));
                d->both.line[d->both.count++] = arena_text(d->both.arena, ledger_seal_line(&from->w, stream, i / 2 + 1, &seq));
        }
        for (size_t i = 0; i < 2; i++)
                lines_of(&d->nodes[i], &d->lines[i]);
}

static void duel_close(struct duel *d)
{
        for (size_t i = 0; i < 2; i++) {
                arena_close(d->lines[i].arena);
                bench_close(&d->nodes[i]);
        }
        arena_close(d->both.arena);
        bench_close(&d->to);
}

struct cost {
        long statements, questions; /* to the database; where units lie, a few for each time that a word is judged */
};

/* What it costs to take them in: each node's after the other's, or one between another; and to apply all anew. */
static struct cost cost_of_duel(int words_each, bool is_mixed, bool is_anew)
{
        struct duel d;
        struct cost c;
        int64_t entries;

        duel_make(&d, words_each);
        d.to.node->judge_between_most = 3; /* fewer than there are words */
        for (int turn = 0; turn <= is_anew; turn++) {
                c = (struct cost){ db_statement_count(d.to.node->writer), bench_notes.times_asked };
                bench_work(&d.to);
                if (turn == 1) {
                        assert_true(ledger_write(&d.to.w, rebuild, &entries));
                } else if (is_mixed) {
                        assert_true(give(&d.to, &d.both, NULL));
                } else {
                        assert_true(give(&d.to, &d.lines[0], NULL));
                        assert_true(give(&d.to, &d.lines[1], NULL));
                }
                c = (struct cost){ db_statement_count(d.to.node->writer) - c.statements, bench_notes.times_asked - c.questions };
        }
        bench_work(&d.to);
        assert_int_equal(db_number(d.to.w.db, "SELECT COUNT(*) FROM trust_event WHERE counts > 0", NO_ARGS, 0), 2 + 2 * words_each);
        assert_sound(&d.to);
        duel_close(&d);
        return c;
}

static void words_of_two_nodes_about_a_key_cost_no_more_than_those_of_one(void **state)
{
        (void)state;
        for (int i = 0; i < 4; i++) {
                struct cost few = cost_of_duel(10, i % 2 == 1, i / 2 == 1), many = cost_of_duel(40, i % 2 == 1, i / 2 == 1);

                if (many.statements > 5 * few.statements || many.questions > 5 * few.questions || few.questions == 0)
                        fail_msg("%d: four times the words cost %ld statements rather than %ld, and %ld questions rather than %ld", i,
                                 many.statements, few.statements, many.questions, few.questions);
        }
}
static bool take_neighbour(struct work *w, void *unused)
{
        (void)unused;
        return trust_succeed(w, &(struct succession){ .unit = "25", .from = "17", .act = "NQ 2", .day = "2025-07-01" });
}

static void who_took_over_enrols_in_the_place_of_the_predecessor(void **state)
{
        struct bench ministry, province, commune, predecessor;
        struct lines lines;

        (void)state;
        bench_make(&ministry, "VN");
        bench_make(&province, "25");
        bench_make(&commune, "17001");
        bench_make(&predecessor, "17");
        trust(&ministry, &province);
        bench_work(&ministry);
        assert_true(ledger_write(&ministry.w, take_neighbour, NULL));
        usleep(3000); /* the clocks have milliseconds */
        say(&province, "node.trust", &commune, "17001");
        say(&province, "node.trust", &predecessor, "17");
        lines_of(&province, &lines);
        assert_true(give(&ministry, &lines, NULL));
        assert_string_equal(unit_trusted(&ministry, &commune), "17001");
        assert_string_equal(unit_trusted(&ministry, &predecessor), "17");
        assert_sound(&ministry);
        arena_close(lines.arena);
        bench_close(&ministry);
        bench_close(&province);
        bench_close(&commune);
        bench_close(&predecessor);
}

static bool succeed(struct work *w, void *argument)
{
        return trust_succeed(w, argument);
}

static bool undo_succession(struct work *w, void *hash)
{
        return trust_succeed_undo(w, hash, "NQ 1");
}

static size_t number_of(const char *const *codes)
{
        size_t n = 0;

        while (codes != NULL && codes[n] != NULL)
                n++;
        return n;
}

/* Beside the one that is undone another may stand by which a unit is taken over all the same. */
static void a_takeover_is_said_again_only_where_it_is_another(void **state)
{
        static struct { struct succession s; bool is_another; const char *beside; } said[] = {
                { { .unit = "25", .from = "26,27" }, true, "26,27,28" },
                { { .unit = "25", .from = "27" }, false, NULL },
                { { .unit = "25", .from = "27,26" }, false, NULL },
                { { .unit = "25", .from = "26,27,28" }, true, "26,27" }, /* one unit more */
                { { .unit = "25", .from = "26001" }, true, NULL },
                { { .unit = "24", .from = "26" }, true, "26,27" },
        };
        struct bench ministry;
        struct succession *list;
        size_t count, n = 0;

        (void)state;
        bench_make(&ministry, "VN");
        for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
                said[i].s.act = "NQ 3";
                said[i].s.day = "2025-07-01";
                usleep(3000); /* the clock has milliseconds: they are listed by time */
                bench_work(&ministry);
                assert_int_equal(ledger_write(&ministry.w, succeed, &said[i].s), said[i].is_another);
                assert_int_equal(ministry.w.err.code, said[i].is_another ? ERR_NONE : ERR_CONFLICT);
        }
        bench_work(&ministry);
        assert_int_equal(number_of(trust_taken_over(&ministry.w, "25", ledger_next_stamp(&ministry.w))), 4);
        list = trust_successions(&ministry.w, &count);
        assert_int_equal(count, 4);
        for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
                const struct succession *beside;

                if (!said[i].is_another)
                        continue;
                assert_string_equal(list[n].from, said[i].s.from);
                beside = trust_succession_beside(&ministry.w, list[n++].hash);
                assert_int_equal(beside == NULL, said[i].beside == NULL);
                if (beside != NULL)
                        assert_string_equal(beside->from, said[i].beside);
        }
        assert_null(trust_succession_beside(&ministry.w, "ffffffffffff"));
        assert_true(ledger_write(&ministry.w, undo_succession, (void *)(uintptr_t)list[1].hash));
        bench_work(&ministry);
        list = trust_successions(&ministry.w, &count);
        assert_string_equal(trust_succession_beside(&ministry.w, list[0].hash)->unit, "24");
        assert_sound(&ministry);
        bench_close(&ministry);
}

/* A new key in between would end on the day of a takeover that names the present one as that which goes on; other takeovers do not matter. */
static void a_key_is_rotated_unless_a_takeover_to_come_names_it(void **state)
{
        struct { struct succession s; bool is_own, may_rotate; } said[] = {
                { { .unit = "25", .from = "26", .day = "2025-07-01" }, true, true },
                { { .unit = "25", .from = "27", .day = "2999-07-01", .node = "0123456789012345678901234567890123456789012345678901234567890123" }, false, true },
                { { .unit = "25", .from = "28", .day = "2999-07-01" }, true, false },
        };
        struct bench ministry;

        (void)state;
        bench_make(&ministry, "VN");
        for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
                struct rewritten count;

                said[i].s.act = "NQ 4";
                bench_work(&ministry);
                if (said[i].is_own)
                        said[i].s.node = arena_text(ministry.arena, node_key(ministry.node));
                if (!ledger_write(&ministry.w, succeed, &said[i].s))
                        fail_msg("%s", ministry.w.err.message);
                bench_work(&ministry);
                assert_int_equal(node_rotate(&ministry.w, false, &count), said[i].may_rotate);
                assert_int_equal(ministry.w.err.code, said[i].may_rotate ? ERR_NONE : ERR_CONFLICT);
        }
        assert_string_equal(ministry.w.err.message, "the takeover of 28 names this key as the one that goes on from 2999-07-01: a new one would end on that day");
        assert_sound(&ministry);
        bench_close(&ministry);
}

struct odd {
        const char *audience, *kind, *key;
        const char *body; /* NULL: of a word about the key */
};

static bool write_odd(struct work *w, void *argument)
{
        const struct odd *o = argument;
        struct buf body;
        bool ok;

        buf_init(&body, 0);
        if (o->body != NULL)
                buf_text(&body, o->body);
        else
                buf_print(&body, o->key == NULL ? "{\"unit\":\"25\"}" : "{\"unit\":\"25\",\"key\":\"%s\"}", o->key);
        w->node->is_writing_again = true; /* also what does not count */
        ok = ledger_append(w, o->audience, o->kind, "node/x", &body, NULL);
        w->node->is_writing_again = false;
        buf_clear(&body);
        return ok;
}

#define MERGER(members) { "*", "node.succeed", NULL, "{" members "}" }
#define FOUR_CODES "\"01\",\"02\",\"03\",\"04\","
static const struct odd mergers[] = {
        MERGER("\"unit\":\"2x\",\"from\":[\"25\"],\"act\":\"NQ 1\",\"day\":\"2025-07-01\""),
        MERGER("\"unit\":\"2\",\"from\":[\"25\"],\"act\":\"NQ 1\",\"day\":\"2025-07-01\""),
        MERGER("\"unit\":\"25\",\"from\":[\"26\"],\"day\":\"2025-07-01\""),
        MERGER("\"unit\":\"25\",\"from\":[\"26\"],\"act\":\"\",\"day\":\"2025-07-01\""),
        MERGER("\"unit\":\"25\",\"from\":[\"26\"],\"act\":\"NQ 1\""),
        MERGER("\"unit\":\"25\",\"from\":[\"26\"],\"act\":\"NQ 1\",\"day\":\"2025-02-30\""),
        MERGER("\"unit\":\"25\",\"from\":[\"26\"],\"act\":\"NQ 1\",\"day\":\"2025-07-01\",\"node\":\"0123\""),
        MERGER("\"unit\":\"25\",\"from\":[],\"act\":\"NQ 1\",\"day\":\"2025-07-01\""),
        MERGER("\"unit\":\"25\",\"from\":\"26\",\"act\":\"NQ 1\",\"day\":\"2025-07-01\""),
        MERGER("\"unit\":\"25\",\"from\":[\"26\",7],\"act\":\"NQ 1\",\"day\":\"2025-07-01\""),
        MERGER("\"unit\":\"25\",\"from\":[" FOUR_CODES FOUR_CODES FOUR_CODES FOUR_CODES "\"26\"],\"act\":\"NQ 1\",\"day\":\"2025-07-01\""),
        { "*", "node.succeed.undo", NULL, "{\"of\":\"0123\"}" },
        { "*", "node.succeed.undo", NULL, "{}" },
};

/* What no honest node writes about keys is evidence, and nothing more. */
static void words_of_another_form_count_for_nothing(void **state)
{
        static const char other[] = "0123456789012345678901234567890123456789012345678901234567890123";
        unsigned char signature[SIGNATURE_BYTES];
        char signature_hex[2 * SIGNATURE_BYTES + 1], introduced[400];
        struct bench from, to, former;
        struct lines lines;
        struct received got;

        (void)state;
        bench_make(&from, "25");
        bench_make(&to, "VN");
        bench_make(&former, "25");
        trust(&to, &from);
        trust_introduce(former.node, node_key(from.node), signature);
        hex_write(signature_hex, signature, sizeof signature);
        snprintf(introduced, sizeof introduced, "{\"unit\":\"25\",\"key\":\"%s\",\"signature\":\"%s\"}", node_key(former.node), signature_hex);
        const struct odd odd[] = {
                { "*", "node.trust", NULL, NULL }, { "*", "node.trust", "0123", NULL }, { "*", "node.revoke", NULL, NULL }, { "*", "node.rotate", NULL, NULL },
                { "25", "node.rotate", other, NULL }, { "*", "node.rotate", node_key(from.node), NULL }, { "*", "node.former", other, NULL },
                { "25", "node.former", NULL, introduced }, /* for few */
        };
        for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
                struct odd one = odd[i];

                bench_work(&from);
                assert_true(ledger_write(&from.w, write_odd, &one));
        }
        assert_true(note(&from, "*", "a", "it goes on"));
        lines_of(&from, &lines);
        assert_true(give(&to, &lines, &got));
        assert_int_equal(got.entries_refused, sizeof odd / sizeof *odd);
        assert_string_equal(words_of(&to, "a"), "it goes on");
        bench_work(&to);
        assert_int_equal(db_number(to.w.db, "SELECT COUNT(*) FROM trust_event", NO_ARGS, 0), 1);
        /* Nor does what the ministry says of a merger in another form than its own command. */
        for (size_t i = 0; i < sizeof mergers / sizeof *mergers; i++) {
                struct odd one = mergers[i];

                bench_work(&to);
                assert_true(ledger_write(&to.w, write_odd, &one));
                bench_work(&to);
                assert_string_equal(error_told_in(to.arena, db_text(to.w.db, to.arena, "SELECT why FROM ledger_set_aside ORDER BY entry DESC LIMIT 1", NO_ARGS), LANGUAGE_EN),
                                    strcmp(one.kind, "node.succeed") == 0 ? "a succession names a unit, its predecessors, an act and a day" : "it names no succession");
                for (enum language l = LANGUAGE_VI; l <= LANGUAGE_EN; l++) { /* to each reader in their language */
                        struct set_aside *asides;
                        size_t count;

                        to.w.language = l;
                        asides = ledger_set_aside(&to.w, &count);
                        assert_string_equal(asides[count - 1].why, text(l, strcmp(one.kind, "node.succeed") == 0 ? "a succession names a unit, its predecessors, an act and a day" : "it names no succession"));
                        assert_string_equal(ledger_why_aside(&to.w, asides[count - 1].entry_id), asides[count - 1].why);
                }
        }
        assert_int_equal(db_number(to.w.db, "SELECT COUNT(*) FROM succession", NO_ARGS, -1), 0);
        assert_int_equal(db_number(to.w.db, "SELECT COUNT(*) FROM succession_undo", NO_ARGS, -1), 0);
        bench_work(&to);
        assert_false(ledger_write(&to.w, undo_succession, (void *)(uintptr_t)other));
        assert_int_equal(to.w.err.code, ERR_MISSING);
        assert_string_equal(to.w.err.message, "there is no succession \"0123456789012345678901234567890123456789012345678901234567890123\"");
        assert_sound(&to);
        arena_close(lines.arena);
        bench_close(&from);
        bench_close(&to);
        bench_close(&former);
}

/* Who takes over from whom all must know alike: for few, the ministry does not say it either. */
static void a_takeover_is_said_to_all(void **state)
{
        static const char *const audiences[] = { "25", AUDIENCE_LOCAL, AUDIENCE_ALL };
        struct bench ministry;

        (void)state;
        bench_make(&ministry, "VN");
        for (size_t i = 0; i < sizeof audiences / sizeof *audiences; i++) {
                struct odd one = { audiences[i], "node.succeed", NULL, "{\"unit\":\"25\",\"from\":[\"26\"],\"act\":\"NQ 1\",\"day\":\"2025-07-01\"}" };

                bench_work(&ministry);
                assert_true(ledger_write(&ministry.w, write_odd, &one));
                bench_work(&ministry);
                assert_int_equal(db_number(ministry.w.db, "SELECT COUNT(*) FROM succession", NO_ARGS, -1), i == 2);
                assert_int_equal(db_number(ministry.w.db, "SELECT COUNT(*) FROM ledger_set_aside", NO_ARGS, -1), i < 2 ? i + 1 : 2);
        }
        assert_sound(&ministry);
        bench_close(&ministry);
}

/* A node that was revoked without its knowing yet goes on believing itself. The key to which it passes its unit on has that since then: not
 * since it had it itself, nor since that was said to have ended. */
static void who_passes_on_what_it_has_no_more_gives_it_since_then(void **state)
{
        struct bench ministry, node, next, commune;
        struct lines of_ministry, of_next;
        struct tenure tenure;
        stamp said;

        (void)state;
        bench_make(&ministry, "VN");
        bench_make(&node, "25");
        bench_make(&next, "25");
        bench_make(&commune, "25001");
        trust(&node, &ministry);
        trust(&ministry, &node);
        usleep(3000); /* the clocks have milliseconds */
        say(&ministry, "node.revoke", &node, "25");
        usleep(3000);
        say(&node, "node.trust", &next, "25");
        usleep(3000);
        say(&next, "node.trust", &commune, "25001");
        lines_of(&ministry, &of_ministry);
        lines_of(&next, &of_next);
        assert_true(give(&node, &of_ministry, NULL));
        assert_true(give(&node, &of_next, NULL));
        assert_string_equal(unit_trusted(&node, &commune), "25001");
        bench_work(&node);
        said = db_number(node.w.db, "SELECT said FROM trust_event WHERE key = $1", ARGS(v_text(node_key(next.node))), 0);
        assert_true(bench_notes.since_asked == said);
        bench_notes.since_asked = 0;
        tenure = trust_tenure(&node.w, node_key(next.node));
        assert_true(tenure.since == said);
        assert_sound(&node);
        arena_close(of_ministry.arena);
        arena_close(of_next.arena);
        bench_close(&ministry);
        bench_close(&node);
        bench_close(&next);
        bench_close(&commune);
}

static bool be_taken_over(struct work *w, void *unused)
{
        (void)unused;
        return trust_succeed(w, &(struct succession){ .unit = "24", .from = "25", .act = "NQ 1", .day = "2025-07-01" });
}

/* What a node says of one below it after a takeover has ended it, before it hears of that, counts as little for itself as for the others. */
static void who_was_taken_over_enrols_nobody_below(void **state)
{
        struct bench ministry, node, commune;
        struct lines of_ministry, of_node;

        (void)state;
        bench_make(&ministry, "VN");
        bench_make(&node, "25");
        bench_make(&commune, "25001");
        trust(&node, &ministry);
        trust(&ministry, &node);
        usleep(3000); /* the clocks have milliseconds */
        bench_work(&ministry);
        assert_true(ledger_write(&ministry.w, be_taken_over, NULL));
        usleep(3000);
        say(&node, "node.trust", &commune, "25001");
        assert_string_equal(unit_trusted(&node, &commune), "25001"); /* nobody told it yet */
        lines_of(&ministry, &of_ministry);
        lines_of(&node, &of_node);
        assert_true(give(&node, &of_ministry, NULL));
        assert_true(give(&ministry, &of_node, NULL));
        assert_string_equal(unit_trusted(&node, &commune), "unknown");
        assert_string_equal(unit_trusted(&ministry, &commune), "unknown");
        assert_sound(&node);
        assert_sound(&ministry);
        arena_close(of_ministry.arena);
        arena_close(of_node.arena);
        bench_close(&ministry);
        bench_close(&node);
        bench_close(&commune);
}

/* ---- a register that says where units lie --------------------------------------------------------------------------- */

/* What the entry is about is there from now on, once what it names is. */
static enum applied apply_border(struct work *w, const struct entry *e, struct error *why)
{
        const char *is = json_string_value(json_object_get(e->body, "is")), *needs = json_string_value(json_object_get(e->body, "needs"));

        if (needs != NULL && db_number(w->db, "SELECT COUNT(*) FROM note WHERE subject = $1", ARGS(v_text(needs)), 0) == 0) {
                error_set(why, ERR_MISSING, "it names no key or unit");
                return work_ok(w) ? WAITING : FAILED;
        }
        return db_exec(w->db, "INSERT INTO note (subject, words, at, node, entry) VALUES ($1, 'lies', $2, $3, $4)",
                       ARGS(v_text(is), v_int(e->at), v_text(e->node), v_int(e->id))) &&
                               trust_again(w) && ledger_retry_waiting(w)
                       ? APPLIED
                       : FAILED;
}

static bool lies_in(struct work *w, const char *inner, const char *outer, struct tenure tenure, day on)
{
        return db_number(w->db, "SELECT COUNT(*) FROM note WHERE subject = 'border'", NO_ARGS, 0) == 1 && notes_schema.is_within(w, inner, outer, tenure, on);
}

static const struct entry_kind border_kinds[] = { { "border", apply_border, "" }, { NULL, NULL, NULL } };

/* The register came before what it rests on, so it waits also where all is made anew; whom to trust follows from it, and what they wrote from that. */
static void who_is_trusted_by_a_register_that_waits_writes_what_counts(void **state)
{
        const struct entry_kind *const kinds[] = { notes_schema.kinds[0], notes_schema.kinds[1], border_kinds, notes_schema.kinds[2], NULL };
        const struct ledger_schema schema = { .kinds = kinds, .tables = notes_schema.tables, .is_within = lies_in };
        struct bench ministry, province, neighbour, commune, reader, *const all[] = { &ministry, &neighbour, &province, &commune };
        static const char *const units[] = { "VN", "42", "25", "25001" };
        struct odd border = { "*", "border", NULL, "{\"is\":\"border\",\"needs\":\"survey\"}" }, survey = { "*", "border", NULL, "{\"is\":\"survey\"}" };
        int64_t entries;

        (void)state;
        bench_make(&reader, "01");
        reader.node->schema = &schema;
        for (size_t i = 0; i < 4; i++) {
                bench_make(all[i], units[i]);
                all[i]->node->schema = &schema;
        }
        trust(&ministry, &neighbour);
        trust(&ministry, &province);
        bench_work(&ministry);
        assert_true(ledger_write(&ministry.w, write_odd, &border));
        bench_work(&neighbour);
        assert_true(ledger_write(&neighbour.w, write_odd, &survey));
        say(&province, "node.trust", &commune, "25001");
        assert_true(note(&commune, "*", "a", "counts"));
        trust(&reader, &ministry);
        for (size_t i = 0; i < 4; i++) {
                struct lines lines;

                lines_of(all[i], &lines);
                assert_true(give(&reader, &lines, NULL));
                arena_close(lines.arena);
        }
        assert_string_equal(unit_trusted(&reader, &commune), "25001");
        assert_string_equal(words_of(&reader, "a"), "counts");
        assert_sound(&reader);
        bench_work(&reader);
        assert_true(ledger_write(&reader.w, rebuild, &entries));
        assert_string_equal(unit_trusted(&reader, &commune), "25001");
        assert_string_equal(words_of(&reader, "a"), "counts");
        bench_close(&reader);
        for (size_t i = 0; i < 4; i++)
                bench_close(all[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_province_cannot_enrol_or_revoke_beyond_its_territory),
                cmocka_unit_test(a_revocation_holds_from_its_time_on_in_any_order),
                cmocka_unit_test(an_enrolment_is_put_right_from_its_beginning_on),
                cmocka_unit_test(a_node_ends_itself_where_it_was_taken_over_whatever_came_first),
                cmocka_unit_test(who_took_over_enrols_in_the_place_of_the_predecessor),
                cmocka_unit_test(a_takeover_is_said_again_only_where_it_is_another),
                cmocka_unit_test(a_key_is_rotated_unless_a_takeover_to_come_names_it),
                cmocka_unit_test(words_of_another_form_count_for_nothing),
                cmocka_unit_test(a_takeover_is_said_to_all),
                cmocka_unit_test(who_passes_on_what_it_has_no_more_gives_it_since_then),
                cmocka_unit_test(who_was_taken_over_enrols_nobody_below),
                cmocka_unit_test(who_is_trusted_by_a_register_that_waits_writes_what_counts),
                cmocka_unit_test(words_of_one_moment_are_told_apart_one_way),
                cmocka_unit_test(what_contradicts_itself_is_judged_alike_in_any_order),
                cmocka_unit_test(words_among_takeovers_are_judged_alike_in_any_order),
                cmocka_unit_test(each_of_many_words_about_a_key_costs_the_same),
                cmocka_unit_test(words_of_two_nodes_about_a_key_cost_no_more_than_those_of_one),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
