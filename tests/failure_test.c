/* Under whole operations of a node each statement of the database fails in turn, and the machine refuses memory at each place of the
 * program that takes some. An operation that fails says so and leaves everything as it was; done once more, with the node as it is, it
 * brings what it would have brought at first.
 *
 *      CAUNOI_FAILURES=all  at all places; otherwise at some of them, the same in each run */
#include "tests/hand_made.h"

#include <dirent.h>

#include "base/file.h"
#include "base/log.h"
#include "figure/contest.h"
#include "figure/figure_private.h"
#include "sync/sync_private.h"
#include "tests/failing_calls.h"

#define SAMPLE 149 /* one place of so many */

static struct world world;
static struct batch first, second;
static char bundle[512];

/* ---- the operations ---------------------------------------------------------------------------------------------------- */

static bool rebuild(struct work *w, void *argument)
{
        int64_t entries;

        (void)argument;
        return ledger_rebuild(w, &entries);
}

static bool op_receive(struct desk *d)
{
        return ledger_write(&d->w, take_batch, &second);
}

static bool op_receive_and_place(struct desk *d)
{
        struct batch later = second;

        later.follows = true;
        later.at_once = 0;
        return ledger_write(&d->w, take_batch, &later) && ledger_place(&d->w);
}

static bool op_write(struct desk *d)
{
        return ledger_write(&d->w, write_own, NULL);
}

static bool op_rebuild(struct desk *d)
{
        return ledger_write(&d->w, rebuild, NULL);
}

static bool op_check(struct desk *d)
{
        struct verified v;
        int64_t entries;

        return ledger_verify(&d->w, &v) && ledger_rebuild_check(&d->w, &entries);
}

static bool op_state(struct desk *d)
{
        char hash[HASH_HEX];

        return ledger_state(&d->w, NULL, hash) && ledger_state(&d->w, "25", hash);
}

/* Whether this node decides about a conflict of figures and records, or (file not NULL) of that file of definitions. */
static bool is_sought(const struct contest_view *v, const char *file)
{
        bool is_of_file = v->may_settle && strcmp(v->cells[0].indicator->id, CONTEST_OF_FILE) == 0;

        return v->may_settle && (file == NULL ? !is_of_file : is_of_file && strcmp(v->cells[0].item, file) == 0);
}

/* The first such: all of it, for the first version that says something of each figure. */
static bool settle_first(struct work *w, void *file)
{
        size_t count = 0;
        const char **names = contest_names(w, true, 100, &count);
        const struct contest_view *v = NULL;
        int *choice;

        for (size_t i = 0; names != NULL && i < count && (v == NULL || !is_sought(v, file)); i++)
                if ((v = contest_read(w, names[i], 0)) == NULL)
                        return false;
        if (v == NULL || !is_sought(v, file))
                return work_ok(w) && error_set(&w->err, ERR_MISSING, "the world holds no such conflict");
        choice = arena_array(w->arena, v->cell_count, sizeof *choice);
        for (size_t i = 0; i < v->cell_count; i++)
                while (choice[i] + 1 < (int)v->side_count && !v->cells[i].has_side[choice[i]])
                        choice[i]++;
        return contest_settle(w, v->name, choice, v->cell_count, "checked against the books", true);
}

static bool op_settle(struct desk *d)
{
        static const struct user leader = { "leader", "", ROLE_DIRECTOR, "VN", false };

        d->w.user = &leader;
        return ledger_write(&d->w, settle_first, NULL);
}

static bool op_settle_file(struct desk *d)
{
        static const struct user leader = { "leader", "", ROLE_DIRECTOR, "VN", false };
        char file[] = "periods.yaml";

        d->w.user = &leader;
        return ledger_write(&d->w, settle_first, file);
}

static bool op_rotate(struct desk *d)
{
        struct rewritten count;

        return node_rotate(&d->w, false, &count);
}

static bool op_bundle(struct desk *d)
{
        struct bundled done;

        return sync_bundle(&d->w, test_path("out.bundle"), "VN", 0, &done);
}

static bool op_take_bundle(struct desk *d)
{
        struct exchanged x;

        return sync_file(&d->w, bundle, false, &x);
}

/* All that had been written in the middle of the world; not the one that was kept. */
static bool op_past(struct desk *d)
{
        moment middle = stamp_moment(db_number(d->w.db, "SELECT (MIN(at) + MAX(at)) / 2 FROM ledger_entry WHERE kind LIKE 'figures.%'", NO_ARGS, 0));
        struct past *p;

        pasts_forget(d->node);
        p = work_ok(&d->w) ? past_hold(&d->w, middle, PAST_WHOLE) : NULL;
        past_release(p);
        return p != NULL;
}

static const struct operation {
        const char *name;
        bool (*run)(struct desk *);
        bool needs_all;        /* its node holds the whole world; otherwise half of it */
        bool is_new_each_time; /* what it brings depends on the moment */
        bool is_in_steps;      /* what was done before a failure stays, and the next attempt goes on from there */
} operations[] = {
        { "receiving", op_receive, false, false, false },
        { "receiving and placing later", op_receive_and_place, false, false, true },
        { "writing", op_write, true, true, false },
        { "making the tables anew", op_rebuild, true, false, false },
        { "checking", op_check, true, false, false },
        { "hashing the tables", op_state, true, false, false },
        { "rotating the key", op_rotate, true, true, false },
        { "writing a bundle", op_bundle, true, false, false },
        { "taking a bundle", op_take_bundle, false, false, false },
        { "settling a conflict", op_settle, true, true, false },
        { "settling a conflict of definitions", op_settle_file, true, true, false },
        { "making a past", op_past, true, false, false },
};

static bool run_it(struct work *w, void *argument)
{
        const struct operation *o = ((void **)argument)[0];

        (void)w;
        return o->run(((void **)argument)[1]);
}

/* As a command or a request does. */
static bool run(struct desk *d, const struct operation *o)
{
        return work_run(&d->w, run_it, (void *[]){ (void *)(uintptr_t)o, d });
}

/* ---- trials ------------------------------------------------------------------------------------------------------------- */

static void begin(struct desk *d, bool with_all)
{
        static struct desk begun[2];
        struct desk *b = &begun[with_all];
        char hash[HASH_HEX];

        if (b->folder[0] == '\0') {
                desk_open(b, NULL); /* the ledger asks both databases alike */
                deliver(b, &first, 0);
                if (with_all)
                        deliver_rest(b, &world);
                desk_leave(b);
        }
        desk_open_copy(d, b);
        state_of(d, hash); /* what it keeps in memory it has, as if it had received all that */
        desk_work(d);
}

struct outcome {
        char state[HASH_HEX];
        int64_t position;
};

static void look(struct desk *d, struct outcome *o)
{
        state_of(d, o->state);
        desk_work(d);
        o->position = db_number(d->w.db, "SELECT COUNT(*) FROM ledger_entry", NO_ARGS, -1);
}

/* One trial on a node that was as it is before the operation; true: the operation went through all the same. */
static bool try_once(struct desk *d, const struct operation *o, const struct outcome *before, const char *when)
{
        struct outcome now;
        bool ok;

        if (getenv("CAUNOI_TEST_LOG") != NULL)
                fprintf(stderr, "%s\n", when);
        ok = run(d, o);
        memory_fail_at(0);
        db_fail_at(d->node->writer, 0);
        if (ok)
                return true;
        if (d->w.err.code != ERR_ENVIRONMENT || d->w.err.message[0] == '\0')
                fail_msg("%s: code %d: %s (%s)", when, (int)d->w.err.code, d->w.err.message, d->w.err.context);
        desk_work(d);
        if (o->is_in_steps)
                return false;
        look(d, &now);
        if (now.position != before->position || strcmp(now.state, before->state) != 0)
                fail_msg("%s: something was left", when);
        return false;
}

static void assert_outcome(struct desk *d, const struct operation *o, const struct outcome *after, const char *when)
{
        struct outcome now;

        look(d, &now);
        if (now.position != after->position || (!o->is_new_each_time && strcmp(now.state, after->state) != 0))
                fail_msg("%s: another outcome", when);
}

/* Trial after trial on one node: memory is refused, or a statement fails, at each of the places. */
static void try_each(const struct operation *o, bool is_memory, const struct outcome *before, const struct outcome *after,
                     const long *places, size_t count)
{
        char when[200] = "";
        struct desk d;
        int failed = 0;
        bool is_done = false, takes_all = getenv("CAUNOI_FAILURES") != NULL;

        begin(&d, o->needs_all);
        for (size_t k = 0; k < count; k += takes_all ? 1 : SAMPLE) {
                if (is_done) {
                        assert_outcome(&d, o, after, when);
                        desk_close(&d);
                        begin(&d, o->needs_all);
                }
                snprintf(when, sizeof when, "%s, %s %ld", o->name, is_memory ? "memory" : "statement", places[k]);
                if (is_memory)
                        memory_fail_at(places[k]);
                else
                        db_fail_at(d.node->writer, places[k]);
                is_done = try_once(&d, o, before, when);
                failed += !is_done;
        }
        if (!is_done && !run(&d, o))
                fail_msg("%s, and once more: %s (%s)", when, d.w.err.message, d.w.err.context);
        assert_outcome(&d, o, after, "in the end");
        desk_close(&d);
        printf("# %s: %d failures of %s, at %zu places\n", o->name, failed, is_memory ? "memory" : "statements", count);
        assert_true(failed > 0);
}

static void each_failure_is_an_error_and_leaves_nothing_half_done(void **state)
{
        static long memory[PLACES_MOST], statements[PLACES_MOST];

        (void)state;
        for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
                const struct operation *o = &operations[i];
                struct outcome before, after;
                size_t taken, asked;
                struct desk d;

                begin(&d, o->needs_all);
                look(&d, &before);
                desk_work(&d);
                places_watch(d.node->writer);
                if (!run(&d, o))
                        fail_msg("%s: %s (%s)", o->name, d.w.err.message, d.w.err.context);
                taken = places_of_memory(memory);
                asked = places_of_statements(statements);
                look(&d, &after);
                check_sound(&d, after.state);
                desk_close(&d);
                try_each(o, true, &before, &after, memory, taken);
                if (asked > 0)
                        try_each(o, false, &before, &after, statements, asked);
        }
}

struct naming { const char *text; long fail_at; int64_t number; };

static bool name_it(struct work *w, void *argument)
{
        struct naming *x = argument;

        memory_fail_at(x->fail_at);
        x->number = symbol_make(w, 'x', x->text, strlen(x->text));
        memory_fail_at(0);
        return work_ok(w);
}

/* A number that was to be given when memory ended is not given to another text with the first one's text. */
static void a_symbol_that_could_not_be_made_lends_its_text_to_no_other(void **state)
{
        char text[2][32];
        struct desk d;
        int failed = 0;

        (void)state;
        desk_open(&d, NULL);
        for (int i = 0; i < 100; i++) { /* the table of them grows now and then */
                struct naming one = { text[0], 1, 0 };
                bool is_made = false;

                snprintf(text[0], sizeof text[0], "one%d", i);
                for (; !is_made; one.fail_at++) {
                        struct naming other = { text[1], 0, 0 };

                        desk_work(&d);
                        is_made = ledger_write(&d.w, name_it, &one);
                        failed += !is_made;
                        snprintf(text[1], sizeof text[1], "other%d.%ld", i, one.fail_at);
                        desk_work(&d);
                        assert_true(ledger_write(&d.w, name_it, &other));
                        desk_work(&d);
                        assert_string_equal(symbol_text(&d.w, other.number), text[1]);
                }
        }
        desk_close(&d);
        assert_true(failed > 0);
}

static int names_in(const char *folder)
{
        DIR *d = opendir(folder);
        int count = 0;

        assert_non_null(d);
        while (readdir(d) != NULL)
                count++;
        closedir(d);
        return count;
}

static bool bundle_to(struct work *w, void *path)
{
        struct bundled done;

        return sync_bundle(w, path, "VN", 0, &done);
}

/* A unit of work may also end because it has taken all that it may have: at any piece of memory, not only where the machine is asked. */
static void a_bundle_that_cannot_be_ended_leaves_no_file_behind(void **state)
{
        char folder[512], path[600];
        struct desk d;
        int files, nothing, failed = 0;
        bool ok = false;

        (void)state;
        strcpy(folder, test_folder());
        snprintf(path, sizeof path, "%s/out.bundle", folder);
        nothing = names_in(folder);
        begin(&d, true);
        files = names_in("/proc/self/fd");
        for (long n = 1; !ok; n += 1 + n / 8) {
                desk_work(&d);
                arena_fail_at(n);
                ok = work_run(&d.w, bundle_to, path);
                arena_fail_at(0);
                if (!ok) {
                        failed++;
                        assert_string_equal(d.w.err.message, "the machine has no memory left");
                        assert_int_equal(names_in(folder), nothing);
                }
                assert_int_equal(names_in("/proc/self/fd"), files);
        }
        assert_true(failed > 10);
        assert_true(file_exists(path));
        desk_close(&d);
}

static bool note_link(struct work *w, void *argument)
{
        (void)argument;
        return db_exec(w->db, "INSERT INTO ledger_link (node, url, total, contact, entry) VALUES ('k', 'http://k', 7, 0, 0)", NO_ARGS);
}

static void what_is_known_of_the_links_is_read_whole_or_not_at_all(void **state)
{
        struct desk d;
        bool ok = false;
        int failed = 0;

        (void)state;
        begin(&d, false);
        assert_true(ledger_write(&d.w, note_link, NULL));
        links_of(d.node);
        for (long n = 1; !ok; n++) {
                desk_work(&d);
                memory_fail_at(n);
                ok = links_load(&d.w);
                assert_true(!ok || !memory_was_refused());
                memory_fail_at(0);
                failed += !ok;
        }
        assert_true(failed > 0);
        desk_close(&d);
}

static int set_up(void **state)
{
        struct desk d;
        struct bundled done;

        if (open_writers(state) != 0)
                return 1;
        make_world(&world, 5); /* the ministry keeps its key: what it writes itself counts; and it decides about a conflict */
        for (size_t i = 0; i < world.count; i++)
                add_run(&first, &world.streams[i], 0, 1);
        begin(&d, false);
        for (size_t i = 0; i < world.count; i++)
                add_run(&second, &world.streams[i], held(&d, &world.streams[i]), LINES_MOST);
        desk_work(&d);
        if (!op_receive(&d))
                fail_msg("%s (%s)", d.w.err.message, d.w.err.context);
        strcpy(bundle, test_path("world.bundle"));
        desk_work(&d);
        if (!sync_bundle(&d.w, bundle, "VN", 0, &done))
                fail_msg("%s", d.w.err.message);
        desk_close(&d);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_failure_is_an_error_and_leaves_nothing_half_done),
                cmocka_unit_test(a_symbol_that_could_not_be_made_lends_its_text_to_no_other),
                cmocka_unit_test(a_bundle_that_cannot_be_ended_leaves_no_file_behind),
                cmocka_unit_test(what_is_known_of_the_links_is_read_whole_or_not_at_all),
        };

        return cmocka_run_group_tests(tests, set_up, close_writers);
}
