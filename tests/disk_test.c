/* The power fails, or the disk does, at every operation of a load: a node opens, receives what others wrote, some of it to be placed
 * into the tables later or on the disk later, places it, writes itself, replays, makes a past of itself, moves its log into the database, closes. Afterwards all
 * that was acknowledged is there, nothing is half there and nothing without all before it, every hash, chain, seal and table is right, and
 * the node goes on writing.
 *
 *      CAUNOI_DISK_ROUNDS  so many passes over all operations, each with another chance; unset: some operations of one pass
 *      CAUNOI_DISK_FROM    the number of the first pass, to see one again */
#include "tests/hand_made.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "areas/program.h"
#include "base/file.h"
#include "base/log.h"
#include "tests/faulty_disk.h"

#define STEPS_MOST 40
#define SAMPLE 2 /* operations of a short run, for each fault */

static struct step {
        enum { RECEIVE, HASTEN, SYNC, PLACE, WRITE, REPLAY, PAST, CHECKPOINT, REOPEN } what; /* hasten: receive, without waiting for the disk */
        struct batch lines;
        int64_t position; /* of the node after it */
} steps[STEPS_MOST];
static int step_count;
static char base[512]; /* the node before the first step */
static int64_t base_position;

/* What the child tells before its power fails. */
static struct told {
        int done, acknowledged; /* steps */
        long operations;
        char problem[800];
} *told;

/* ---- the load -------------------------------------------------------------------------------------------------- */

static bool replay(struct work *w, void *argument)
{
        return ledger_rebuild(w, argument);
}

/* All that is left, in one transaction whatever the time. */
static bool place(struct work *w, void *argument)
{
        bool is_done = false;

        (void)argument;
        while (!is_done)
                if (!placing_step(w, 5, &is_done))
                        return false;
        return ledger_retry_waiting(w);
}

/* Everything as it was known in the middle of it. */
static bool make_past(struct work *w)
{
        moment middle = stamp_moment(db_number(w->db, "SELECT (MIN(at) + MAX(at)) / 2 FROM ledger_entry WHERE kind LIKE 'figures.%'", NO_ARGS, 0));
        struct past *p;

        pasts_forget(w->node); /* not one that is kept */
        p = work_ok(w) ? past_hold(w, middle, PAST_WHOLE) : NULL;
        past_release(p);
        return p != NULL;
}

/* A step may fail; then w.err says why, and r->node is NULL where there was none to work with. */
static bool run_step(struct desk *r, struct step *s)
{
        int64_t entries;

        if (r->node == NULL || s->what == REOPEN) {
                node_close(r->node);
                error_clear(&r->w.err);
                r->node = node_open(r->folder, NODE_WRITE, program_schema(), &r->w.err);
                if (r->node == NULL)
                        return false;
                r->node->placing_rests = true; /* the load has the same operations each time; nothing is left when a node opens */
        }
        desk_work(r);
        if (r->w.db == NULL)
                return false;
        switch (s->what) {
        case RECEIVE: return ledger_write(&r->w, take_batch, &s->lines);
        case HASTEN: return ledger_write_unsynced(&r->w, take_batch, &s->lines);
        case SYNC: return ledger_sync(&r->w);
        case PLACE: return ledger_write(&r->w, place, NULL);
        case WRITE: return ledger_write(&r->w, write_own, NULL);
        case REPLAY: return ledger_write(&r->w, replay, &entries);
        case PAST: return make_past(&r->w);
        case CHECKPOINT: db_checkpoint(r->node->writer); return true; /* the writer's thread waits */
        case REOPEN: return true;
        }
        return false;
}

static void copy_file(const char *from, const char *to, const char *name)
{
        struct arena *a = arena_open((size_t)64 << 20);
        struct error e = { 0 };
        char *bytes;
        size_t length;
        int fd;

        bytes = file_read(a, arena_print(a, "%s/%s", from, name), (size_t)32 << 20, &length, &e);
        assert_non_null(bytes);
        fd = open(arena_print(a, "%s/%s", to, name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        assert_true(fd >= 0 && file_put(fd, bytes, length) && close(fd) == 0);
        arena_close(a);
}

/* A copy of the node as it was before the first step. */
static void desk_begin(struct desk *r)
{
        static const char *parent;
        static int number;

        if (parent == NULL)
                parent = test_folder();
        *r = (struct desk){ .arena = arena_open(WORK_MEMORY_USUAL), .w.err.language = LANGUAGE_EN };
        snprintf(r->folder, sizeof r->folder, "%s/%d", parent, number++);
        assert_int_equal(mkdir(r->folder, 0700), 0);
        copy_file(base, r->folder, "key");
        copy_file(base, r->folder, "settings");
        copy_file(base, r->folder, "ledger.db");
}

static int64_t position_of(struct desk *r)
{
        desk_work(r);
        return db_number(r->w.db, "SELECT CASE WHEN COUNT(*) = MAX(id) THEN MAX(id) ELSE -1 END FROM ledger_entry", NO_ARGS, 0);
}

/* Choose the steps, and learn where each leaves the node. */
static void plan_steps(const struct world *x)
{
        struct desk r;

        desk_begin(&r);
        chance = 2862933555777941757u;
        for (int i = 0; i < STEPS_MOST; i++) {
                struct step *s = &steps[i];

                *s = (struct step){ .what = i == 0 || i == 15 ? REOPEN : i == 22 ? REPLAY : i == 32 ? PAST : i % 7 == 6 ? CHECKPOINT :
                                            i == 5 || i == 13 || i == 25 ? PLACE : i == 11 ? SYNC : i % 4 == 3 ? WRITE :
                                            (i > 7 && i < 11) || i > 25 ? HASTEN : RECEIVE };
                s->lines.follows = (i > 1 && i < 13) || i > 15; /* what comes last is placed when the node is opened again */
                for (unsigned k = 0; (s->what == RECEIVE || s->what == HASTEN) && k < 3; k++) {
                        const struct stream *from = &x->streams[i == 1 ? k : draw((unsigned)x->count)];

                        for (int tries = 0; tries < 64 && (from->count == 0 || from->line[from->count - 1].seq <= held(&r, from)); tries++) /* more to give */
                                from = &x->streams[draw((unsigned)x->count)];
                        if (k == 0 || from != &x->streams[0])
                                add_run(&s->lines, from, held(&r, from), i == 1 ? LINES_MOST : 2);
                }
                if (s->what == PLACE && node_unplaced(r.node) == 0)
                        fail_msg("step %d: nothing is left to be placed", i);
                if (!run_step(&r, s))
                        fail_msg("step %d: %s (%s)", i, r.w.err.message, r.w.err.context);
                s->position = position_of(&r);
        }
        step_count = STEPS_MOST;
        assert_true(steps[step_count - 1].position > base_position + 60 && node_unplaced(r.node) > 0);
        desk_close(&r);
}

static int prepare(void **state)
{
        static struct world x;
        struct desk r;

        if (access("/dev/shm", W_OK) == 0)
                setenv("TMPDIR", "/dev/shm", 0); /* the faulty disk alone decides what is lost */
        open_writers(state);
        make_world(&x, 2);
        told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        assert_true(told != MAP_FAILED);
        desk_open(&r, NULL);
        base_position = position_of(&r);
        node_close(r.node);
        arena_close(r.arena);
        snprintf(base, sizeof base, "%s", r.folder);
        plan_steps(&x);
        return close_writers(state); /* no thread of theirs may be in the middle of something when the load begins in a child */
}

/* ---- afterwards -------------------------------------------------------------------------------------------------- */

static int64_t position_after(int count)
{
        return count == 0 ? base_position : steps[count - 1].position;
}

/* All is there and right on a sound disk, and the node goes on. may_be_more: also the step that was not done may be there. */
static void check_after(struct desk *r, bool may_be_more, const char *when)
{
        int most = told->done + (may_be_more && told->done < step_count), count = told->acknowledged;
        int64_t found, entries;
        struct verified v;

        error_clear(&r->w.err);
        r->node = node_open(r->folder, NODE_WRITE, program_schema(), &r->w.err);
        if (r->node == NULL)
                fail_msg("%s: %s: %s", when, r->w.err.context, r->w.err.message);
        found = position_of(r);
        while (count < most && found != position_after(count))
                count++;
        if (found != position_after(count))
                fail_msg("%s: %lld entries; %lld were acknowledged, %lld with the step under way", when, (long long)found,
                         (long long)position_after(told->acknowledged), (long long)position_after(most));
        desk_work(r);
        if (!ledger_verify(&r->w, &v))
                fail_msg("%s: verify: %s", when, r->w.err.message);
        desk_work(r);
        if (found >= steps[1].position && !ledger_write(&r->w, write_own, NULL)) /* the catalogue is there */
                fail_msg("%s: writing on: %s", when, r->w.err.message);
        desk_work(r);
        if (!ledger_verify(&r->w, &v) || !ledger_rebuild_check(&r->w, &entries))
                fail_msg("%s: after writing on: %s (%s)", when, r->w.err.message, r->w.err.context);
        desk_close(r);
}

/* What did not wait for the disk, and the log that is moved, the database opened, or a past made, after such, promise nothing. */
static void tell_done(int i)
{
        bool waits = steps[i].what != HASTEN && steps[i].what != PAST && steps[i].what != CHECKPOINT && steps[i].what != REOPEN;

        told->done = i + 1;
        if (waits || told->acknowledged == i)
                told->acknowledged = i + (steps[i].what != HASTEN);
}

/* In a child: the load on a faulty disk. Where a step fails its error is judged, the disk is sound again, and the step is done
 * once more. In the end the power fails, so that only what was synced counts. */
static _Noreturn void run_load(struct desk *r, const struct disk_plan *p)
{
        const struct disk_plan sound = { .chance = p->chance + 1 };

        disk_install(p);
        for (int i = 0; i < step_count; i++) {
                int64_t before = i == 0 ? base_position : steps[i - 1].position;

                if (run_step(r, &steps[i])) {
                        tell_done(i);
                        continue;
                }
                disk_plan(&sound); /* never returns where the power fails at this moment in another thread, which has taken the files away */
                if (r->w.err.code != ERR_ENVIRONMENT || r->w.err.message[0] == '\0')
                        snprintf(told->problem, sizeof told->problem, "step %d: code %d: %s", i, (int)r->w.err.code, r->w.err.message);
                if (r->node != NULL && position_of(r) != before)
                        snprintf(told->problem, sizeof told->problem, "step %d failed, but something of it is there", i);
                if (!run_step(r, &steps[i]))
                        snprintf(told->problem, sizeof told->problem, "step %d, once more: %.400s", i, r->w.err.message);
                else if (r->node != NULL && position_of(r) != steps[i].position)
                        snprintf(told->problem, sizeof told->problem, "step %d, once more: another position", i);
                if (told->problem[0] != '\0')
                        _exit(1);
                tell_done(i);
        }
        if (p->fault == DISK_POWER && p->at > 0) {
                node_close(r->node);
                _exit(0);
        }
        told->operations = disk_operations();
        disk_power_fails();
}

/* False where the load has no such operation. */
static bool trial(const struct disk_plan *p)
{
        struct desk r;
        char when[120];
        int status;
        pid_t child;

        snprintf(when, sizeof when, "fault %d, operation %ld, %ld times, chance %llu", (int)p->fault, p->at, p->count,
                 (unsigned long long)p->chance);
        desk_begin(&r);
        *told = (struct told){ 0 };
        child = fork();
        assert_true(child >= 0);
        if (child == 0)
                run_load(&r, p);
        assert_int_equal(waitpid(child, &status, 0), child);
        if (told->problem[0] != '\0')
                fail_msg("%s: %s", when, told->problem);
        if (!WIFEXITED(status) || (WEXITSTATUS(status) != DISK_EXIT && WEXITSTATUS(status) != 0))
                fail_msg("%s: the process ended with status %x", when, (unsigned)status);
        check_after(&r, p->fault == DISK_POWER, when);
        return WEXITSTATUS(status) == DISK_EXIT;
}

/* How many operations the load has. */
static long count_operations(void)
{
        struct desk r;
        pid_t child;
        int status;

        desk_begin(&r);
        *told = (struct told){ 0 };
        child = fork();
        assert_true(child >= 0);
        if (child == 0)
                run_load(&r, &(struct disk_plan){ .fault = DISK_SOUND });
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(told->acknowledged == step_count && told->operations > 100);
        check_after(&r, false, "without a fault");
        return told->operations;
}

/* ---- tests ---------------------------------------------------------------------------------------------------------- */

static void each_operation(enum disk_fault fault, long count)
{
        const char *rounds = getenv("CAUNOI_DISK_ROUNDS"), *from = getenv("CAUNOI_DISK_FROM");
        static long operations;
        long trials = 0, first = from == NULL ? 0 : atol(from);

        if (operations == 0)
                operations = count_operations();
        for (long round = first; round < first + (rounds == NULL ? 1 : atol(rounds)); round++) {
                long stride = rounds == NULL ? operations / SAMPLE : 1;

                for (long at = 1 + ((long)fault * 7 + round) % stride; at <= operations; at += stride, trials++)
                        trial(&(struct disk_plan){ .fault = fault, .at = at, .count = count,
                                                   .chance = (uint64_t)round * 1000003u + (uint64_t)at });
        }
        printf("# told: %ld of %ld operations\n", trials, operations);
        assert_true(trials >= SAMPLE);
}

static void what_was_acknowledged_survives_a_loss_of_power(void **state)
{
        (void)state;
        each_operation(DISK_POWER, 1);
}

static void a_failed_operation_changes_nothing_and_may_be_repeated(void **state)
{
        (void)state;
        each_operation(DISK_BROKEN, 1);
}

static void a_full_disk_changes_nothing_and_what_follows_may_be_repeated(void **state)
{
        (void)state;
        each_operation(DISK_FULL, 1000000);
}

static void half_a_write_changes_nothing(void **state)
{
        (void)state;
        each_operation(DISK_SHORT, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_was_acknowledged_survives_a_loss_of_power),
                cmocka_unit_test(a_failed_operation_changes_nothing_and_may_be_repeated),
                cmocka_unit_test(a_full_disk_changes_nothing_and_what_follows_may_be_repeated),
                cmocka_unit_test(half_a_write_changes_nothing),
        };

        return cmocka_run_group_tests(tests, prepare, NULL);
}
