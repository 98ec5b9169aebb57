#include "tests/support.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "base/hex.h"
#include "base/log.h"
#include "format/jsonw.h"
#include "ledger/ledger_private.h"

/* ---- a small kind of entry to test with: notes, where the newest by (at, node) stands ---------------- */

static bool is_stricter; /* a newer program may have other rules */
static bool breaks;      /* what a kind cannot place, for whatever reason */
static struct ledger_job *in_the_middle; /* submitted, once, while a note of that name is placed */
static struct {
        char letters[8];
        int count;
} order; /* in which jobs ran, and long notes were placed */

static enum applied apply_note(struct work *w, const struct entry *e, struct error *why)
{
        const char *words = json_string_value(json_object_get(e->body, "words"));
        const char *needs = json_string_value(json_object_get(e->body, "needs"));
        bool ok;

        if (words == NULL || strcmp(words, "forbidden") == 0 || (is_stricter && strcmp(words, "once allowed") == 0)) {
                error_set(why, ERR_DENIED, "its node does not stand above unit %s", "x");
                return REFUSED;
        }
        if (breaks && strcmp(words, "breaks") == 0) {
                error_set(&w->err, ERR_ENVIRONMENT, "this one cannot be placed");
                return FAILED;
        }
        if (in_the_middle != NULL && strcmp(words, "in the middle") == 0) {
                ledger_submit(w->node, in_the_middle);
                in_the_middle = NULL;
        }
        if (strncmp(words, "ppp", 3) == 0 && order.count < 7)
                order.letters[order.count++] = 'p';
        if (needs != NULL && db_number(w->db, "SELECT COUNT(*) FROM note WHERE subject = $1", ARGS(v_text(needs)), 0) == 0) {
                error_set(why, ERR_MISSING, "it names no key or unit");
                return work_ok(w) ? WAITING : FAILED;
        }
        ok = db_exec(w->db,
                     "INSERT INTO note (subject, words, at, node, entry) VALUES ($1, $2, $3, $4, $5)"
                     " ON CONFLICT (subject) DO UPDATE SET words = excluded.words, at = excluded.at,"
                     " node = excluded.node, entry = excluded.entry WHERE note.at < excluded.at"
                     " OR (note.at = excluded.at AND note.node < excluded.node)",
                     ARGS(v_text(e->subject), v_text(words), v_int(e->at), v_text(e->node), v_int(e->id)));
        return ok ? APPLIED : FAILED;
}

static const struct entry_kind note_kinds[] = { { "note", apply_note, "" }, { NULL, NULL, NULL } };
static const struct derived_table note_tables[] = {
        { "note", "CREATE TABLE note (subject TEXT PRIMARY KEY, words TEXT, at BIGINT, node TEXT, entry BIGINT)",
          "SELECT subject, words, entry FROM note", "tte" },
        { NULL, NULL, NULL, NULL },
};
static const struct entry_kind *const kinds[] = { trust_kinds, succession_kinds, note_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, note_tables, NULL };

static long times_asked; /* where units lie */

/* Here a unit lies in that whose code its own begins with. */
static bool begins_with(struct work *w, const char *inner, const char *outer, day on)
{
        (void)w;
        (void)on;
        times_asked++;
        return strncmp(inner, outer, strlen(outer)) == 0;
}

static bool is_note(const char *kind)
{
        return strcmp(kind, "note") == 0;
}

static const struct ledger_schema schema = { .kinds = kinds, .tables = tables, .is_within = begins_with, .may_follow = is_note };

/* The same of a newer program, which holds something else in its tables. */
static const struct derived_table later_tables[] = {
        { "later", "CREATE TABLE later (entry BIGINT PRIMARY KEY)", "SELECT entry FROM later", "e" },
        { NULL, NULL, NULL, NULL },
};
static const struct derived_table *const all_tables[] = { trust_tables, note_tables, later_tables, NULL };
static const struct ledger_schema newer = { .kinds = kinds, .tables = all_tables, .is_within = begins_with, .may_follow = is_note };

struct bench {
        char folder[512];
        const char *store;
        struct node *node;
        struct arena *arena;
        struct work w;
};

static void bench_work(struct bench *b)
{
        struct db *db = node_reader(b->node, &b->w.err);

        arena_reset(b->arena);
        work_init(&b->w, b->arena, db, LANGUAGE_EN);
        b->w.node = b->node;
        b->w.user = &user_operator;
}

static void bench_open(struct bench *b)
{
        struct error err = { .language = LANGUAGE_EN };

        b->node = node_open(b->folder, NODE_WRITE, &schema, &err);
        if (b->node == NULL)
                fail_msg("%s: %s", err.context, err.message);
        bench_work(b);
}

static void bench_make(struct bench *b, const char *unit)
{
        struct error err = { .language = LANGUAGE_EN };

        log_set_level(getenv("CAUNOI_TEST_LOG") != NULL ? LOG_DETAIL : LOG_ALARM);
        memset(b, 0, sizeof *b);
        snprintf(b->folder, sizeof b->folder, "%s/node", test_folder());
        b->store = test_store();
        b->arena = arena_open(WORK_MEMORY_USUAL);
        if (!node_init(b->folder, unit, b->store, &schema, &err))
                fail_msg("%s: %s", err.context, err.message);
        bench_open(b);
}

static void bench_close(struct bench *b)
{
        node_close(b->node);
        arena_close(b->arena);
}

struct note {
        const char *audience, *subject, *words, *needs;
        bool then_fail;
};

static bool write_note(struct work *w, void *argument)
{
        const struct note *n = argument;
        struct buf body;
        struct jsonw j;
        bool ok;

        buf_init(&body, 0);
        jsonw_init(&j, &body);
        jsonw_object(&j);
        jsonw_member_text(&j, "words", n->words);
        if (n->needs != NULL)
                jsonw_member_text(&j, "needs", n->needs);
        jsonw_end(&j);
        ok = ledger_append(w, n->audience, "note", n->subject, &body, NULL);
        buf_clear(&body);
        if (ok && n->then_fail)
                return error_set(&w->err, ERR_INVALID, "no");
        return ok;
}

static bool note(struct bench *b, const char *audience, const char *subject, const char *words)
{
        struct note n = { .audience = audience, .subject = subject, .words = words };

        bench_work(b);
        return ledger_write(&b->w, write_note, &n);
}

static char *words_of(struct bench *b, const char *subject)
{
        bench_work(b);
        return db_text(b->w.db, b->arena, "SELECT words FROM note WHERE subject = $1", ARGS(v_text(subject)));
}

static void assert_sound(struct bench *b)
{
        struct verified v;
        int64_t entries;

        bench_work(b);
        if (!ledger_verify(&b->w, &v))
                fail_msg("%s", b->w.err.message);
        if (!ledger_rebuild_check(&b->w, &entries))
                fail_msg("%s", b->w.err.message);
}

/* ---- streams as bytes ------------------------------------------------------------------------------------ */

struct lines {
        char *line[400];
        size_t count;
        struct arena *arena;
};

static bool keep_line(struct work *w, const struct entry *e, void *context)
{
        struct lines *l = context;

        (void)w;
        l->line[l->count++] = arena_copy(l->arena, e->bytes, e->length);
        return true;
}

/* Everything a node may send, streams one after another, each with its last seal. */
static void lines_of(struct bench *b, struct lines *l)
{
        size_t count;
        struct stream_state *list;

        bench_work(b);
        l->count = 0;
        l->arena = arena_open(WORK_MEMORY_USUAL);
        list = ledger_streams(&b->w, &count);
        for (size_t i = 0; i < count; i++) {
                int64_t seq;

                if (strcmp(list[i].audience, AUDIENCE_LOCAL) == 0)
                        continue;
                assert_true(ledger_stream_after(&b->w, list[i].name, 0, 0, keep_line, l));
                l->line[l->count] = arena_text(l->arena, ledger_seal_line(&b->w, list[i].name, list[i].seq, &seq));
                assert_non_null(l->line[l->count]);
                l->count++;
        }
}

struct feed {
        const struct lines *l;
        const char *sender;
        int64_t *at_once; /* entries may follow; NULL: they may not */
        struct received count;
};

static bool feed_lines(struct work *w, void *argument)
{
        struct feed *f = argument;
        struct receiver *r = receive_open(w, NULL);

        if (r != NULL && f->sender != NULL)
                receive_sender(r, f->sender);
        if (r != NULL && f->at_once != NULL)
                receive_may_follow(r, f->at_once);
        for (size_t i = 0; r != NULL && i < f->l->count; i++)
                if (!receive_line(r, f->l->line[i], strlen(f->l->line[i])))
                        return false;
        return r != NULL && receive_close(r, &f->count);
}

static bool give_from(struct bench *to, const struct bench *sender, const struct lines *l, struct received *count)
{
        struct feed f = { .l = l, .sender = sender == NULL ? NULL : node_key(sender->node) };
        bool ok;

        bench_work(to);
        ok = ledger_write(&to->w, feed_lines, &f);
        if (count != NULL)
                *count = f.count;
        return ok;
}

static bool give(struct bench *to, const struct lines *l, struct received *count)
{
        return give_from(to, NULL, l, count);
}

static bool enrol(struct work *w, void *argument)
{
        const struct bench *other = argument;

        return trust_enrol(w, node_key(other->node), node_unit(other->node), strcmp(node_unit(w->node), "VN") == 0);
}

static void trust(struct bench *b, struct bench *other)
{
        bench_work(b);
        if (!ledger_write(&b->w, enrol, other))
                fail_msg("%s", b->w.err.message);
}

static bool retry(struct work *w, void *argument)
{
        (void)argument;
        return ledger_retry_waiting(w);
}

static bool rebuild(struct work *w, void *argument)
{
        return ledger_rebuild(w, argument);
}

/* ---- tests ---------------------------------------------------------------------------------------------- */

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
        assert_false(node_init(b.folder, "25", NULL, &schema, &err));
        assert_int_equal(err.code, ERR_CONFLICT);
        error_clear(&err);
        second = node_open(b.folder, NODE_WRITE, &schema, &err);
        assert_null(second);
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        assert_non_null(strstr(err.message, "already working"));
        error_clear(&err);
        second = node_open(b.folder, NODE_READ, &schema, &err);
        assert_non_null(second);
        node_close(second);
        assert_false(node_init(test_path("x"), "2", NULL, &schema, &err));
        assert_int_equal(err.code, ERR_INVALID);
        error_clear(&err);
        assert_null(node_open(test_folder(), NODE_READ, &schema, &err));
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
        if (!node_rotate(&b->w, &again))
                fail_msg("%s: %s", b->w.err.context, b->w.err.message);
        assert_int_equal(again.entries, entries);
        assert_int_equal(again.set_aside, set_aside);
        node_close(b->node);
        bench_open(b);
}

/* What comes later may show that a stream had forked earlier; a rotation takes out what follows from there, and what the other
 * copy wrote takes its place. A rotation that came too early is mended by another one. */
static void check_where_it_forks(bool is_told_all)
{
        struct lines all, end, middle;
        struct bench from, twin;
        struct received got;

        bench_make(&from, "25");
        assert_true(note(&from, "25", "a", "common"));
        make_twin(&from, &twin);
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

static void a_fork_stands_where_the_copies_first_differ(void **state)
{
        (void)state;
        if (test_store() != NULL)
                skip(); /* copies the database's files */
        check_where_it_forks(true);
        check_where_it_forks(false);
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
        assert_false(node_rotate(&b.w, &again));
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

/* Across streams in the order of writing, each under the new names of those before it. What does not apply any more is set
 * aside and keeps nothing else from being written. */
static void what_is_written_again_keeps_its_order_and_its_names(void **state)
{
        struct note second = { "*", "b", NULL, "a", false }, third = { "25", "c", "third", "b", false };
        struct note answer = { "*", "f", "answer", "a", false };
        struct lines lines;
        struct bench other;
        char first_hash[HASH_HEX], words[2 * HASH_HEX + 20];
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
        is_stricter = true;
        rotate(&b, 5, 1);
        assert_string_not_equal(hash_of(&b, "a", first_hash), words);
        snprintf(words, sizeof words, "%s, f%s.", first_hash, first_hash);
        assert_string_equal(words_of(&b, "b"), words);
        assert_string_equal(words_of(&b, "c"), "third");
        assert_null(words_of(&b, "d"));
        assert_string_equal(words_of(&b, "e"), "last");
        assert_string_equal(words_of(&b, "f"), "answer");
        bench_work(&b);
        assert_int_equal(db_number(b.w.db, "SELECT COUNT(*) FROM ledger_set_aside", NO_ARGS, 0), 1);
        assert_sound(&b);
        is_stricter = false;
        bench_close(&b);
        bench_close(&other);
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

struct trusting {
        const char *kind, *key, *unit;
};

/* Write an enrolment or revocation as it stands, past the checks of the command. */
static bool write_trust(struct work *w, void *argument)
{
        const struct trusting *t = argument;
        struct buf body;
        struct jsonw j;
        bool ok;

        buf_init(&body, 0);
        jsonw_init(&j, &body);
        jsonw_object(&j);
        jsonw_member_text(&j, "key", t->key);
        jsonw_member_text(&j, "unit", t->unit);
        jsonw_end(&j);
        ok = ledger_append(w, AUDIENCE_ALL, t->kind, arena_print(w->arena, "node/%s", t->key), &body, NULL);
        buf_clear(&body);
        return ok;
}

static void say(struct bench *b, const char *kind, const struct bench *about, const char *unit)
{
        struct trusting t = { kind, node_key(about->node), unit };

        bench_work(b);
        if (!ledger_write(&b->w, write_trust, &t))
                fail_msg("%s", b->w.err.message);
}

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
        assert_true(note(&province, "*", "a", "before"));
        usleep(3000); /* the two clocks have milliseconds */
        say(&ministry, "node.revoke", &province, "25");
        usleep(3000);
        assert_true(note(&province, "*", "a", "while revoked"));
        assert_true(note(&province, "*", "b", "while revoked"));
        usleep(3000);
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

/* An entry that is judged alone, because nothing rests on it, leaves all as if all had been judged. */
static void what_contradicts_itself_is_judged_alike_in_any_order(void **state)
{
        static const char *const units[] = { "25", "25001", "VN" };
        struct bench writer[3], reader[2]; /* of the ministry, a province and its commune */
        struct lines lines[3];
        const char *keys[4];

        (void)state;
        bench_make(&writer[0], "VN");
        bench_make(&writer[1], "25");
        bench_make(&writer[2], "25001");
        bench_make(&reader[0], "42");
        bench_make(&reader[1], "42");
        for (size_t i = 0; i < 3; i++)
                keys[i] = node_key(writer[i].node);
        keys[3] = "0123456789012345678901234567890123456789012345678901234567890123";
        for (unsigned round = 0; round < 12; round++) {
                for (size_t i = 0; i < 3; i++) {
                        flood(&writer[i], keys, units, round * 3 + (unsigned)i, 4);
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
                assert_sound(&reader[k]);
                bench_close(&reader[k]);
        }
        for (size_t i = 0; i < 3; i++)
                bench_close(&writer[i]);
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
                c = (struct cost){ db_statement_count(d.to.node->writer), times_asked };
                bench_work(&d.to);
                if (turn == 1) {
                        assert_true(ledger_write(&d.to.w, rebuild, &entries));
                } else if (is_mixed) {
                        assert_true(give(&d.to, &d.both, NULL));
                } else {
                        assert_true(give(&d.to, &d.lines[0], NULL));
                        assert_true(give(&d.to, &d.lines[1], NULL));
                }
                c = (struct cost){ db_statement_count(d.to.node->writer) - c.statements, times_asked - c.questions };
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

static void what_waits_is_applied_when_its_need_arrives(void **state)
{
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
        assert_true(give(&to, &lines, &got)); /* the need arrives: nobody has to ask for the other again */
        assert_int_equal(got.entries_new, 1);
        assert_string_equal(words_of(&to, "b"), "second");
        assert_sound(&to);
        arena_close(lines.arena);
        bench_close(&from);
        bench_close(&to);
}

/* ---- jobs of one group: the first holds the writer until all others are queued ------------------------------ */

struct gate {
        pthread_mutex_t lock;
        pthread_cond_t opened;
        bool is_open;
};

static bool wait_at_gate(struct work *w, void *argument)
{
        struct gate *g = argument;

        (void)w;
        pthread_mutex_lock(&g->lock);
        while (!g->is_open)
                pthread_cond_wait(&g->opened, &g->lock);
        pthread_mutex_unlock(&g->lock);
        return true;
}

struct member {
        struct ledger_job job;
        struct arena *arena;
        struct work w;
        bool is_ok, is_done;
        int64_t found;
};

static void member_done(struct ledger_job *job, bool is_ok)
{
        struct member *m = (struct member *)(void *)job;

        m->is_ok = is_ok;
        m->is_done = true;
}

/* Queue the jobs while the writer is held up, so that those that do not give way run in one transaction. giving_way: bits,
 * the first job's the lowest. */
static void run_together(struct bench *b, work_function *run, struct note *notes, struct member *members, size_t count,
                         unsigned giving_way)
{
        struct gate gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER };
        struct member first = { .arena = arena_open(WORK_MEMORY_USUAL) };

        for (size_t i = 0; i <= count; i++) {
                struct member *m = i == 0 ? &first : &members[i - 1];

                if (i > 0)
                        *m = (struct member){ .arena = arena_open(WORK_MEMORY_USUAL) };
                work_init(&m->w, m->arena, NULL, LANGUAGE_EN);
                m->w.node = b->node;
                m->w.user = &user_operator;
                m->job = (struct ledger_job){ .run = i == 0 ? wait_at_gate : run,
                                              .argument = i == 0 ? (void *)&gate : (void *)&notes[i - 1],
                                              .work = &m->w, .done = member_done,
                                              .gives_way = i > 0 && (giving_way >> (i - 1) & 1) != 0 };
                ledger_submit(b->node, &m->job);
                while (i == 0) { /* until the writer has taken the first, the others must not join it */
                        pthread_mutex_lock(&b->node->queue_lock);
                        bool is_taken = b->node->people.first == NULL;
                        pthread_mutex_unlock(&b->node->queue_lock);
                        if (is_taken)
                                break;
                        sched_yield();
                }
        }
        pthread_mutex_lock(&gate.lock);
        gate.is_open = true;
        pthread_cond_signal(&gate.opened);
        pthread_mutex_unlock(&gate.lock);
        bench_work(b);
        assert_true(ledger_write(&b->w, retry, NULL)); /* comes after them all, */
        assert_true(ledger_write_behind(&b->w, retry, NULL)); /* also after those that give way */
        for (size_t i = 0; i < count; i++)
                assert_true(members[i].is_done);
        arena_close(first.arena);
        for (size_t i = 0; i < count; i++)
                arena_close(members[i].arena);
}

static bool note_order(struct work *w, void *argument)
{
        const struct note *n = argument;

        (void)w;
        order.letters[order.count++] = n->words[0];
        return true;
}

static bool count_unplaced(struct work *w, void *argument)
{
        *(int64_t *)argument = node_unplaced(w->node);
        return true;
}

static bool note_resting(struct work *w, void *argument)
{
        *(bool *)argument = w->node->resting != NULL;
        return true;
}

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
        assert_null(ledger_entry_by_hash(&t.to.w, hash)); /* nothing rests on what is not placed */
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

static void a_reader_finds_everything_placed(void **state)
{
        struct two t;
        struct received got;
        struct error err = { .language = LANGUAGE_EN };
        struct node *n;

        (void)state;
        make_two(&t);
        assert_true(give_first(&t.to, &t.first, 0, &got));
        n = node_open_placed(t.to.folder, &schema, &err); /* another process has it, and does it */
        assert_non_null(n);
        assert_int_equal(node_unplaced(n), 3);
        node_close(n);
        node_close(t.to.node);
        n = node_open_placed(t.to.folder, &schema, &err);
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
        n = node_open(t.to.folder, NODE_WRITE, &newer, &err);
        assert_non_null(n);
        assert_int_equal(node_unplaced(n), 0);
        node_close(n);
        n = node_open(t.to.folder, NODE_READ, &newer, &err);
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
        static const struct ledger_schema at_once = { .kinds = kinds, .tables = tables, .is_within = begins_with };
        struct error err = { .language = LANGUAGE_EN };
        struct two t;
        struct received got;

        (void)state;
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
        breaks = true;
        assert_true(give_first(&to, &all, 0, &got));
        assert_int_equal(got.entries_following, 4);
        while (node_unplaced(to.node) > 2 && tries++ < 8)
                assert_false(place(&to));
        assert_int_equal(node_unplaced(to.node), 2);
        assert_string_equal(words_of(&to, "*"), "good");
        assert_string_equal(words_of(&to, "43"), "good");
        /* who only reads has what is placed */
        node_close(to.node);
        n = node_open_placed(to.folder, &schema, &err);
        assert_non_null(n);
        assert_int_equal(node_unplaced(n), 2);
        node_close(n);
        bench_open(&to);
        breaks = false;
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
        struct node n = { .schema = &schema };
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

        (void)state;
        bench_make(&from, "VN");
        bench_make(&to, "42");
        trust(&to, &from);
        assert_true(note(&from, "4", "4", "breaks"));
        lines_of(&from, &all);
        log_set_level(LOG_ALARM + 1);
        breaks = true;
        assert_true(give_first(&to, &all, 0, &got));
        let_place(&to);
        for (bool is_resting = false; !is_resting; usleep(1000)) { /* it has failed, */
                bench_work(&to);
                assert_true(ledger_write_behind(&to.w, note_resting, &is_resting));
        }
        arena_close(all.arena);
        assert_true(note(&from, "42", "42", "good"));
        lines_of(&from, &all);
        assert_true(give_first(&to, &all, 0, &got)); /* then more comes */
        let_place(&to);
        while (node_unplaced(to.node) > 1)
                usleep(1000);
        assert_string_equal(words_of(&to, "42"), "good");
        breaks = false;
        while (node_unplaced(to.node) > 0)
                usleep(1000);
        assert_string_equal(words_of(&to, "4"), "breaks");
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
        assert_true(note(&province, "*", "a", "before"));
        usleep(3000); /* the two clocks have milliseconds */
        say(&ministry, "node.revoke", &province, "25");
        usleep(3000);
        assert_true(note(&province, "*", "a", "while revoked"));
        assert_true(note(&province, "*", "b", "while revoked"));
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
        in_the_middle = &saver.job;
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
        memset(&order, 0, sizeof order);
        to.node->place_bytes_a_ms = 1; /* each of the notes is more than a turn */
        to.node->placing_rests = false;
        run_together(&to, note_order, notes, members, 3, 7);
        while (node_unplaced(to.node) > 0)
                usleep(1000);
        assert_int_equal(order.count, 7);
        assert_true(strchr(order.letters, 'c') < strrchr(order.letters, 'p'));
        arena_close(all.arena);
        bench_close(&from);
        bench_close(&to);
}

static void a_head_is_read_without_the_body(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        struct bench from;
        struct entry *e;
        struct lines l;

        (void)state;
        bench_make(&from, "VN");
        assert_true(note(&from, "*", "a \"quoted\" \\ subject\n", "words"));
        lines_of(&from, &l);
        assert_non_null(strstr(l.line[0], "a \\\"quoted\\\" \\\\ subject\\n"));
        e = entry_head(from.arena, l.line[0], strlen(l.line[0]), &err);
        assert_non_null(e);
        assert_string_equal(e->subject, "a \"quoted\" \\ subject\n");
        assert_null(e->body);
        assert_true(entry_body(from.arena, e, &err));
        assert_string_equal(json_string_value(json_object_get(e->body, "words")), "words");
        arena_close(l.arena);
        bench_close(&from);
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

static void entries_have_one_way_to_be_written(void **state)
{
        static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        char line[1024];
        static const struct {
                const char *format;
                bool is_good;
        } cases[] = {
                { "{\"stream\":\"%s/25\",\"seq\":1,\"at\":\"2026-11-23T07:02:11.123Z/0\",\"author\":\"a\",\"role\":\"admin\","
                  "\"kind\":\"note\",\"subject\":\"\",\"prev\":\"%s\",\"body\":{}}", true },
                { "{ \"stream\":\"%s/25\",\"seq\":1,\"at\":\"2026-11-23T07:02:11.123Z/0\",\"author\":\"a\",\"role\":\"admin\","
                  "\"kind\":\"note\",\"subject\":\"\",\"prev\":\"%s\",\"body\":{}}", false },
                { "{\"stream\":\"%s/25\",\"seq\":0,\"at\":\"2026-11-23T07:02:11.123Z/0\",\"author\":\"a\",\"role\":\"admin\","
                  "\"kind\":\"note\",\"subject\":\"\",\"prev\":\"%s\",\"body\":{}}", false },
                { "{\"stream\":\"%s/25\",\"seq\":1,\"at\":\"2026-11-23T07:02:11.123Z/00\",\"author\":\"a\",\"role\":\"admin\","
                  "\"kind\":\"note\",\"subject\":\"\",\"prev\":\"%s\",\"body\":{}}", false },
                { "{\"stream\":\"%s/25\",\"seq\":1,\"at\":\"2026-11-23T07:02:11.123Z/0\",\"author\":\"a\",\"role\":\"admin\","
                  "\"kind\":\"note\",\"subject\":\"\",\"prev\":\"%s\",\"body\":[]}", false },
                { "{\"stream\":\"%s/../x\",\"seq\":1,\"at\":\"2026-11-23T07:02:11.123Z/0\",\"author\":\"a\",\"role\":\"admin\","
                  "\"kind\":\"note\",\"subject\":\"\",\"prev\":\"%s\",\"body\":{}}", false },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct error err = { .language = LANGUAGE_EN };

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
                snprintf(line, sizeof line, cases[i].format, zeros, zeros);
#pragma GCC diagnostic pop
                if ((entry_parse(a, line, strlen(line), &err) != NULL) != cases[i].is_good)
                        fail_msg("case %zu: %s", i, err.message);
        }
        arena_close(a);
}

static void seals_have_one_way_to_be_written(void **state)
{
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
        static const char good[] = "{\"seal\":\"" ZEROS "/25\",\"seq\":1,\"hash\":\"" ZEROS "\",\"at\":\"2026-11-23T07:02:11.123Z/0\","
                                   "\"signature\":\"" ZEROS ZEROS "\"}";
        static const char *const bad[] = {
                "{\"seal\":\"" ZEROS "/25\", \"seq\":1,\"hash\":\"" ZEROS "\",\"at\":\"2026-11-23T07:02:11.123Z/0\",\"signature\":\"" ZEROS ZEROS "\"}",
                "{\"seq\":1,\"seal\":\"" ZEROS "/25\",\"hash\":\"" ZEROS "\",\"at\":\"2026-11-23T07:02:11.123Z/0\",\"signature\":\"" ZEROS ZEROS "\"}",
                "{\"seal\":\"" ZEROS "\\/25\",\"seq\":1,\"hash\":\"" ZEROS "\",\"at\":\"2026-11-23T07:02:11.123Z/0\",\"signature\":\"" ZEROS ZEROS "\"}",
                "{\"seal\":\"" ZEROS "/25\",\"seq\":1,\"hash\":\"" ZEROS "\",\"at\":\"2026-11-23T07:02:11.123Z/00\",\"signature\":\"" ZEROS ZEROS "\"}",
                "{\"seal\":\"" ZEROS "/25\",\"seq\":1,\"hash\":\"" ZEROS "\",\"at\":\"2026-11-23T07:02:11.123Z/0\",\"signature\":\"" ZEROS ZEROS "\",\"x\":1}",
                "{\"seal\":\"" ZEROS "/25\",\"seq\":1,\"hash\":\"" ZEROS "\",\"at\":\"2026-11-23T07:02:11.123Z/0\",\"signature\":\"" ZEROS ZEROS "\"} ",
        };
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        struct error err = { .language = LANGUAGE_EN };
        struct seal s;

        (void)state;
        assert_true(seal_parse(a, good, strlen(good), &s, &err));
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                error_clear(&err);
                if (seal_parse(a, bad[i], strlen(bad[i]), &s, &err) || err.code != ERR_INVALID)
                        fail_msg("case %zu was taken", i);
        }
        arena_close(a);
#undef ZEROS
}

static void an_entry_is_not_nested_without_end(void **state)
{
        static const char head[] = "{\"stream\":\"0000000000000000000000000000000000000000000000000000000000000000/25\",\"seq\":1,"
                                   "\"at\":\"2026-11-23T07:02:11.123Z/0\",\"author\":\"\",\"role\":\"\",\"kind\":\"note\","
                                   "\"subject\":\"\",\"prev\":"
                                   "\"0000000000000000000000000000000000000000000000000000000000000000\",\"body\":{\"a\":";
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        char line[2048];

        (void)state;
        for (int depth = 29; depth <= 31; depth++) { /* the entry and its body are two levels */
                struct error err = { .language = LANGUAGE_EN };
                size_t length = sizeof head - 1;

                memcpy(line, head, length);
                memset(line + length, '[', (size_t)depth);
                memset(line + length + depth, ']', (size_t)depth);
                length += 2 * (size_t)depth;
                memcpy(line + length, "}}", 2);
                assert_int_equal(entry_parse(a, line, length + 2, &err) != NULL, depth <= 30);
        }
        arena_close(a);
}

static void stamps_never_go_back(void **state)
{
        char out[STAMP_TEXT_MAX];
        stamp s = stamp_next(0, 1000), again;

        (void)state;
        assert_true(stamp_next(s, 500) > s);
        assert_int_equal(stamp_moment(stamp_next(s, 500)), 1000);
        assert_int_equal(stamp_moment(stamp_next(s, 2000)), 2000);
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
        memset(&order, 0, sizeof order);
        run_together(&b, note_order, notes, members, 5, 7); /* a, b and c give way */
        assert_string_equal(order.letters, "aXYbc");
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

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(stamps_never_go_back),
                cmocka_unit_test(an_entry_is_not_nested_without_end),
                cmocka_unit_test(entries_have_one_way_to_be_written),
                cmocka_unit_test(seals_have_one_way_to_be_written),
                cmocka_unit_test(what_was_written_is_there_after_reopening),
                cmocka_unit_test(a_refused_write_leaves_nothing),
                cmocka_unit_test(a_node_is_made_once_and_served_once),
                cmocka_unit_test(two_nodes_agree_whatever_comes_first),
                cmocka_unit_test(bad_lines_are_refused_whole),
                cmocka_unit_test(a_clock_far_ahead_is_refused),
                cmocka_unit_test(a_fork_stops_that_stream_and_nothing_else),
                cmocka_unit_test(a_fork_stands_where_the_copies_first_differ),
                cmocka_unit_test(no_rotation_where_it_is_not_known_what_to_take_out),
                cmocka_unit_test(what_is_written_again_keeps_its_order_and_its_names),
                cmocka_unit_test(a_forged_contradiction_stops_nothing),
                cmocka_unit_test(a_stream_of_an_unknown_node_does_not_stop_the_others),
                cmocka_unit_test(a_province_cannot_enrol_or_revoke_beyond_its_territory),
                cmocka_unit_test(a_revocation_holds_from_its_time_on_in_any_order),
                cmocka_unit_test(a_node_ends_itself_where_it_was_taken_over_whatever_came_first),
                cmocka_unit_test(what_waits_is_applied_when_its_need_arrives),
                cmocka_unit_test(words_of_one_moment_are_told_apart_one_way),
                cmocka_unit_test(what_contradicts_itself_is_judged_alike_in_any_order),
                cmocka_unit_test(each_of_many_words_about_a_key_costs_the_same),
                cmocka_unit_test(words_of_two_nodes_about_a_key_cost_no_more_than_those_of_one),
                cmocka_unit_test(what_is_stored_first_is_placed_later),
                cmocka_unit_test(a_stream_keeps_its_order_behind_what_is_not_placed),
                cmocka_unit_test(a_rebuild_places_all),
                cmocka_unit_test(placing_needs_nobody_to_ask),
                cmocka_unit_test(a_reader_finds_everything_placed),
                cmocka_unit_test(what_an_upgrade_placed_is_not_placed_again),
                cmocka_unit_test(a_program_in_which_other_kinds_follow_places_all),
                cmocka_unit_test(what_cannot_be_placed_holds_up_no_other_stream),
                cmocka_unit_test(what_rests_after_a_failure_delays_no_other),
                cmocka_unit_test(a_change_of_trust_leaves_what_is_not_placed),
                cmocka_unit_test(who_saves_does_not_wait_for_a_long_turn),
                cmocka_unit_test(placing_does_not_starve_others),
                cmocka_unit_test(others_neither_starve_placing_nor_shorten_its_pauses),
                cmocka_unit_test(a_head_is_read_without_the_body),
                cmocka_unit_test(many_writers_share_commits),
                cmocka_unit_test(damage_is_found_and_named),
                cmocka_unit_test(a_changed_table_is_found_by_rebuild_check),
                cmocka_unit_test(each_failing_statement_leaves_nothing_half_done),
                cmocka_unit_test(a_failed_job_takes_nothing_from_its_group),
                cmocka_unit_test(jobs_that_give_way_take_turns_with_the_others),
                cmocka_unit_test(a_failed_job_takes_no_symbol_of_its_group),
                cmocka_unit_test(the_position_does_not_go_back_when_the_node_is_opened_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
