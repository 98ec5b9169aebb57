/* What only the embedded database can suffer: full disks, damaged files, long logs, killed writers. */
#include "tests/support.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/log.h"
#include "db/db.h"
#include "tests/failing_calls.h"
#include "tests/faulty_disk.h"

static struct error err;
static const char *path;
static struct db *db;

static int open_file(void **state)
{
        (void)state;
        log_set_level(LOG_ALARM);
        memset(&err, 0, sizeof err);
        err.language = LANGUAGE_EN;
        path = test_path("node.db");
        db = db_open(path, DB_WRITE, &err);
        assert_non_null(db);
        assert_true(db_script(db, "CREATE TABLE t (a BIGINT, b TEXT, PRIMARY KEY (a)) WITHOUT ROWID"));
        return 0;
}

static int close_file(void **state)
{
        (void)state;
        db_close(db);
        return 0;
}

static char filler[4000];

static bool put(int64_t a)
{
        memset(filler, 'x', sizeof filler - 1);
        return db_exec(db, "INSERT INTO t (a, b) VALUES ($1, $2)", ARGS(v_int(a), v_text(filler)));
}

static int64_t count(struct db *in)
{
        return db_number(in, "SELECT COUNT(*) FROM t", NO_ARGS, -1);
}

static int64_t size_of(const char *file, const char *suffix)
{
        struct stat about;
        char name[600];

        snprintf(name, sizeof name, "%s%s", file, suffix);
        return stat(name, &about) == 0 ? (int64_t)about.st_size : -1;
}

/* The nearest thing to a full disk that needs no other file system. */
static void limit_files(rlim_t bytes)
{
        struct rlimit limit;

        assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
        signal(SIGXFSZ, SIG_IGN);
        limit.rlim_cur = bytes == RLIM_INFINITY ? limit.rlim_max : bytes;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static bool is_sound(const char *file)
{
        struct error e = { .language = LANGUAGE_EN };
        struct arena *arena = arena_open((size_t)1 << 20);
        struct db *reader = db_open(file, DB_READ, &e);
        const char *verdict = NULL;
        bool is_ok;

        if (reader != NULL)
                verdict = db_text(reader, arena, "PRAGMA integrity_check", NO_ARGS);
        is_ok = verdict != NULL && strcmp(verdict, "ok") == 0;
        db_close(reader);
        arena_close(arena);
        return is_ok;
}

static void the_writer_is_durable_and_bounded(void **state)
{
        struct arena *arena = arena_open((size_t)1 << 20);

        (void)state;
        assert_string_equal(db_text(db, arena, "PRAGMA journal_mode", NO_ARGS), "wal");
        assert_int_equal(db_number(db, "PRAGMA synchronous", NO_ARGS, -1), 2);
        assert_int_equal(db_number(db, "PRAGMA cache_size", NO_ARGS, 0), -4096);
        assert_int_equal(db_number(db, "PRAGMA mmap_size", NO_ARGS, 0), 4 << 20);
        assert_int_equal(db_number(db, "PRAGMA foreign_keys", NO_ARGS, -1), 0);
        assert_int_equal(db_number(db, "PRAGMA temp_store", NO_ARGS, -1), 2);
        assert_int_equal(db_number(db, "PRAGMA secure_delete", NO_ARGS, -1), 1);
        arena_close(arena);
}

/* In all of the file and its log. */
static bool is_in_file(const char *bytes)
{
        static const char *const ends[] = { "", "-wal" };
        bool is_there = false;

        for (size_t i = 0; i < 2; i++) {
                char name[300];
                size_t length = 0;
                char *all;
                FILE *f;

                snprintf(name, sizeof name, "%s%s", path, ends[i]);
                f = fopen(name, "rb");
                assert_non_null(f);
                all = calloc(1, (size_t)64 << 20);
                assert_non_null(all);
                length = fread(all, 1, (size_t)64 << 20, f);
                is_there |= memmem(all, length, bytes, strlen(bytes)) != NULL;
                free(all);
                fclose(f);
        }
        return is_there;
}

/* Rows that hold but numbers may stay in the file; what is deleted after them is overwritten again, also where discarding failed. */
static void only_what_is_discarded_stays_readable(void **state)
{
        (void)state;
        assert_true(db_script(db, "CREATE TABLE plain (word TEXT);"
                                 "INSERT INTO plain SELECT 'discarded word' || hex(zeroblob(1000)) FROM sqlite_schema, pragma_function_list LIMIT 50"));
        assert_true(db_discard(db, "DROP TABLE plain"));
        assert_int_equal(db_number(db, "PRAGMA secure_delete", NO_ARGS, -1), 1);
        assert_false(db_discard(db, "DROP TABLE plain"));
        error_clear(&err);
        assert_int_equal(db_number(db, "PRAGMA secure_delete", NO_ARGS, -1), 1);
        assert_true(db_script(db, "CREATE TABLE secret (word TEXT); INSERT INTO secret VALUES ('erased word'); DROP TABLE secret"));
        assert_true(db_purge(db));
        assert_true(is_in_file("discarded word"));
        assert_false(is_in_file("erased word"));
}

static void a_full_disk_saves_nothing_and_says_so(void **state)
{
        int64_t i;

        (void)state;
        assert_true(put(0));
        db_checkpoint(db);
        limit_files((rlim_t)4 << 20);
        assert_true(db_begin(db));
        for (i = 1; i < 20000 && put(i); i++)
                ;
        if (error_ok(&err))
                db_commit(db);
        limit_files(RLIM_INFINITY);
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        assert_string_equal(err.message, "the disk is full: nothing was saved");
        assert_non_null(strstr(err.hint, path));
        db_rollback(db);
        error_clear(&err);
        assert_int_equal(count(db), 1);
        assert_true(is_sound(path));
        assert_true(db_begin(db) && put(1) && db_commit(db));
        assert_int_equal(count(db), 2);
}

static void a_full_disk_at_any_size_keeps_what_was_committed(void **state)
{
        int refused = 0;

        (void)state;
        for (rlim_t limit = 40 << 10; limit < (rlim_t)1 << 20; limit += 61 << 10) {
                int64_t before = count(db), expected = before;

                limit_files(limit);
                for (int i = 0; i < 20; i++) {
                        if (db_begin(db) && put(expected) && put(expected + 1) && db_commit(db)) {
                                expected += 2;
                                continue;
                        }
                        db_rollback(db);
                        assert_int_equal(err.code, ERR_ENVIRONMENT);
                        error_clear(&err);
                        refused++;
                        break;
                }
                limit_files(RLIM_INFINITY);
                assert_int_equal(count(db), expected);
                assert_true(is_sound(path));
        }
        assert_true(refused > 3);
}

static void nothing_goes_on_in_a_transaction_the_database_gave_up(void **state)
{
        (void)state;
        assert_true(put(0));
        assert_true(db_begin(db));
        assert_true(db_savepoint(db) && put(1) && db_release(db));
        assert_true(db_savepoint(db));
        /* What a failing disk does to the transaction, without one. */
        assert_true(db_exec(db, "ROLLBACK", NO_ARGS));
        assert_false(put(2));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        db_rollback_to(db);
        error_clear(&err);
        assert_false(db_savepoint(db));
        error_clear(&err);
        assert_false(put(3));
        error_clear(&err);
        assert_false(db_commit(db));
        db_rollback(db);
        error_clear(&err);
        assert_int_equal(count(db), 1);
        assert_true(db_begin(db) && put(4) && db_commit(db));
}

static void write_at(const char *file, off_t place, const char *bytes, size_t length)
{
        int fd = open(file, O_WRONLY);

        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, bytes, length, place), length);
        close(fd);
}

static void a_damaged_file_is_named(void **state)
{
        char garbage[4096];
        int64_t size;

        (void)state;
        assert_true(db_begin(db));
        for (int64_t i = 0; i < 200; i++)
                assert_true(put(i));
        assert_true(db_commit(db));
        db_close(db); /* the log goes into the file */
        memset(garbage, 0xA5, sizeof garbage);
        size = size_of(path, "");
        assert_true(size > 20 * 4096);
        for (off_t page = 1; page < size / 4096; page++)
                write_at(path, page * 4096, garbage, sizeof garbage);
        db = db_open(path, DB_READ, &err);
        assert_non_null(db);
        assert_int_equal(count(db), -1);
        assert_int_equal(err.code, ERR_DAMAGED);
        assert_non_null(strstr(err.message, path));
        assert_true(err.hint[0] != '\0');
}

static int refusal; /* what the system says */

static ssize_t read_that_fails(int fd, void *out, size_t length, off_t place)
{
        (void)fd, (void)out, (void)length, (void)place;
        errno = refusal;
        return -1;
}

static ssize_t write_that_fails(int fd, const void *bytes, size_t length, off_t place)
{
        (void)fd, (void)bytes, (void)length, (void)place;
        errno = refusal;
        return -1;
}

static int open_that_fails(const char *name, int flags, int mode)
{
        (void)name, (void)flags, (void)mode;
        errno = refusal;
        return -1;
}

static void a_disk_that_cannot_be_read_is_not_taken_for_damage(void **state)
{
        static const int refusals[] = { EIO, ENXIO, ERANGE };
        sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
        sqlite3_syscall_ptr failing = (sqlite3_syscall_ptr)read_that_fails;

        (void)state;
        for (int is_in_log = 0; is_in_log <= 1; is_in_log++) { /* the page stands in the file, in the log of writes */
                struct db *reader;

                assert_true(db_begin(db));
                for (int64_t i = 0; i < 200; i++)
                        assert_true(put(is_in_log * 1000 + i));
                assert_true(db_commit(db));
                if (!is_in_log)
                        db_checkpoint(db);
                reader = db_open(path, DB_READ, &err);
                assert_non_null(reader);
                assert_true(db_exec(reader, "PRAGMA mmap_size = 0", NO_ARGS));
                for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
                        refusal = refusals[i];
                        assert_int_equal(vfs->xSetSystemCall(vfs, "pread64", failing), SQLITE_OK);
                        assert_int_equal(count(reader), -1);
                        vfs->xSetSystemCall(vfs, "pread64", NULL);
                        assert_int_equal(err.code, ERR_ENVIRONMENT);
                        assert_string_equal(err.message, "the disk failed while the database was at work");
                        error_clear(&err);
                }
                assert_int_equal(count(reader), 200 + is_in_log * 200);
                db_close(reader);
        }
}

/* Whichever way the system says it, and whether a file is to be written or to be made. */
static void a_disk_that_is_full_is_told_from_one_that_failed(void **state)
{
        static const struct { const char *call; int refusal; const char *told; } cases[] = {
                { "pwrite64", ENOSPC, "the disk is full: nothing was saved" },
                { "pwrite64", EDQUOT, "the disk is full: nothing was saved" },
                { "pwrite64", EFBIG, "the disk is full: nothing was saved" },
                { "pwrite64", EIO, "the disk failed while the database was at work" },
                { "open", ENOSPC, "the disk is full: nothing was saved" },
                { "open", EDQUOT, "the disk is full: nothing was saved" },
        };
        sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

        (void)state;
        assert_true(put(0));
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                bool is_open = strcmp(cases[i].call, "open") == 0;
                sqlite3_syscall_ptr failing = is_open ? (sqlite3_syscall_ptr)open_that_fails : (sqlite3_syscall_ptr)write_that_fails;

                refusal = cases[i].refusal;
                assert_int_equal(vfs->xSetSystemCall(vfs, cases[i].call, failing), SQLITE_OK);
                if (is_open)
                        assert_null(db_open(test_path("other.db"), DB_WRITE, &err));
                else
                        assert_false(put(1));
                vfs->xSetSystemCall(vfs, cases[i].call, NULL);
                assert_int_equal(err.code, ERR_ENVIRONMENT);
                if (strcmp(err.message, cases[i].told) != 0)
                        fail_msg("%s, %s: %s", cases[i].call, strerror(cases[i].refusal), err.message);
                error_clear(&err);
                assert_int_equal(count(db), 1);
        }
        assert_true(put(1));
}

static void what_is_no_database_is_refused_untouched(void **state)
{
        const char *other = test_path("letter.txt");
        FILE *f = fopen(other, "w");

        (void)state;
        for (int i = 0; i < 200; i++)
                fputs("Kính gửi Sở Công Thương\n", f);
        fclose(f);
        assert_null(db_open(other, DB_WRITE, &err));
        assert_int_equal(err.code, ERR_DAMAGED);
        assert_int_equal(size_of(other, ""), 200 * (int64_t)strlen("Kính gửi Sở Công Thương\n"));
        error_clear(&err);
        assert_null(db_open(other, DB_READ, &err));
        assert_int_equal(err.code, ERR_DAMAGED);
        error_clear(&err);
}

static void a_missing_file_or_folder_is_named(void **state)
{
        const char *none = test_path("none.db");

        (void)state;
        assert_null(db_open(none, DB_READ, &err));
        assert_int_equal(err.code, ERR_MISSING);
        assert_non_null(strstr(err.message, none));
        assert_int_equal(size_of(none, ""), -1);
        error_clear(&err);
        assert_null(db_open("/nonexistent/folder/x.db", DB_WRITE, &err));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        error_clear(&err);
}

static void a_copy_is_the_state_of_one_moment(void **state)
{
        const char *target = test_path("copy.db");
        struct db *reader, *copy;

        (void)state;
        assert_true(db_begin(db));
        for (int64_t i = 0; i < 3000; i++)
                assert_true(put(i));
        assert_true(db_commit(db));
        reader = db_open(path, DB_READ, &err);
        assert_true(db_begin(reader));
        assert_true(put(3000));
        assert_true(db_copy(reader, target));
        db_rollback(reader);
        assert_true(is_sound(target));
        copy = db_open(target, DB_READ, &err);
        assert_int_equal(count(copy), 3000);
        db_close(copy);
        assert_false(db_copy(reader, target));
        assert_int_equal(err.code, ERR_CONFLICT);
        error_clear(&err);
        db_close(reader);

        target = test_path("copy.db");
        assert_true(db_copy(db, target));
        copy = db_open(target, DB_WRITE, &err);
        assert_int_equal(count(copy), 3001);
        db_close(copy);
}

static void a_copy_goes_on_while_others_write(void **state)
{
        const char *target = test_path("copy.db");
        struct error other = { .language = LANGUAGE_EN };
        struct db *reader;
        int status, ready[2];
        pid_t child;
        char byte;

        (void)state;
        assert_true(db_begin(db));
        for (int64_t i = 0; i < 4000; i++)
                assert_true(put(i));
        assert_true(db_commit(db));
        db_close(db);
        db = NULL;
        assert_int_equal(pipe(ready), 0);
        child = fork();
        if (child == 0) {
                struct db *writer = db_open(path, DB_WRITE, &other);
                bool is_ok = writer != NULL;

                for (int64_t i = 0; is_ok; i++) {
                        struct value word = v_text(i % 2 == 0 ? "even" : "odd");

                        is_ok = db_begin(writer) && db_exec(writer, "UPDATE t SET b = $1", ARGS(word)) &&
                                db_commit(writer);
                        if (write(ready[1], "x", 1) != 1)
                                is_ok = false;
                        db_checkpoint(writer);
                }
                _exit(1);
        }
        assert_int_equal(read(ready[0], &byte, 1), 1);
        fcntl(ready[0], F_SETFL, O_NONBLOCK);
        reader = db_open(path, DB_READ, &err);
        for (int i = 0; i < 5; i++) {
                struct db *copy;
                char drained[64];

                assert_true(db_copy(reader, target));
                while (read(ready[0], drained, sizeof drained) > 0)
                        ;
                copy = db_open(target, DB_READ, &err);
                assert_int_equal(count(copy), 4000);
                assert_int_equal(db_number(copy, "SELECT COUNT(DISTINCT b) FROM t", NO_ARGS, -1), 1);
                db_close(copy);
                unlink(target);
        }
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        close(ready[0]);
        close(ready[1]);
        assert_int_equal(count(reader), 4000);
        db_close(reader);
        assert_true(is_sound(path));
}

static void a_copy_onto_a_full_disk_leaves_no_file(void **state)
{
        const char *target = test_path("copy.db");

        (void)state;
        assert_true(db_begin(db));
        for (int64_t i = 0; i < 500; i++)
                assert_true(put(i));
        assert_true(db_commit(db));
        db_checkpoint(db);
        limit_files((rlim_t)600 << 10);
        assert_false(db_copy(db, target));
        limit_files(RLIM_INFINITY);
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        assert_int_equal(size_of(target, ""), -1);
        error_clear(&err);
        assert_true(db_copy(db, target));
        assert_true(is_sound(target));
}

static void the_log_stays_short_when_checkpoints_are_made(void **state)
{
        (void)state;
        for (int64_t round = 0; round < 10; round++) {
                assert_true(db_begin(db));
                for (int64_t i = 0; i < 2000; i++)
                        assert_true(put(round * 2000 + i));
                assert_true(db_commit(db));
                db_checkpoint(db);
                assert_true(size_of(path, "-wal") < 48 << 20);
        }
        assert_true(size_of(path, "") > 70 << 20);
}

static void what_a_killed_writer_committed_is_there(void **state)
{
        struct error other = { .language = LANGUAGE_EN };
        int status;
        pid_t child;

        (void)state;
        db_close(db);
        child = fork();
        if (child == 0) {
                db = db_open(path, DB_WRITE, &other);
                if (db_begin(db) && put(1) && put(2) && db_commit(db) && db_begin(db) && put(3))
                        kill(getpid(), SIGKILL);
                _exit(1);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        db = db_open(path, DB_WRITE, &err);
        assert_int_equal(count(db), 2);
        assert_true(is_sound(path));
}

static uint64_t seed; /* of what the disk keeps */

static bool commit_rows(int64_t from, int64_t to)
{
        bool ok = true;

        for (int64_t a = from; ok && a < to; a++)
                ok = db_begin(db) && put(a) && db_commit(db);
        return ok;
}

/* A commit of nothing, which waits for the disk. */
static bool wait_for_disk(void)
{
        return db_set_waiting(db, true) && db_begin(db) && db_commit(db);
}

static bool no_wait(void)
{
        return wait_for_disk() && db_set_waiting(db, false) && commit_rows(10, 20);
}

static bool waits_at_last(void)
{
        return no_wait() && wait_for_disk();
}

/* The process that did not wait was killed, and another one has opened the database. */
static bool is_left(void)
{
        return no_wait() && (db = db_open(path, DB_WRITE, &err)) != NULL;
}

static bool next_process_waits(void)
{
        return is_left() && wait_for_disk();
}

static bool next_row(void)
{
        return db_set_waiting(db, true) && commit_rows(20, 21);
}

static bool next_waits(void)
{
        return no_wait() && next_row();
}

static bool log_is_moved(void)
{
        if (!no_wait())
                return false;
        db_checkpoint(db);
        return commit_rows(20, 21) && wait_for_disk();
}

/* The disk refuses one of the next operations. Of the system one cannot know whether it still means to write what was refused. */
static bool with_refusal(long at, bool (*call)(void))
{
        int64_t before = count(db);
        bool ok;

        disk_plan(&(struct disk_plan){ .fault = DISK_BROKEN, .at = at, .count = 1, .chance = seed });
        ok = call();
        disk_plan(&(struct disk_plan){ .fault = DISK_SOUND, .chance = seed + 1 });
        if (!ok) {
                error_clear(&err);
                db_rollback(db);
        }
        return ok || count(db) == before;
}

static bool move_log(void)
{
        db_checkpoint(db);
        return true;
}

static bool waits_again(void)
{
        return no_wait() && with_refusal(1, wait_for_disk) && wait_for_disk();
}

static bool next_waits_again(void)
{
        return no_wait() && with_refusal(1, wait_for_disk) && next_row();
}

static bool log_is_moved_again(void)
{
        return no_wait() && with_refusal(1, move_log) && wait_for_disk();
}

static bool next_process_waits_again(void)
{
        return is_left() && with_refusal(1, wait_for_disk) && wait_for_disk();
}

/* It may still be there, as a whole or up to one of its commits, and nothing of it is in the database before. */
static bool ends_refused(void)
{
        if (!no_wait())
                return false;
        disk_plan(&(struct disk_plan){ .fault = DISK_BROKEN, .at = 1, .count = 1, .chance = seed });
        db_close(db);
        disk_plan(&(struct disk_plan){ .fault = DISK_SOUND, .chance = seed + 1 });
        return true;
}

static bool next_process_is_refused(void)
{
        return is_left() && with_refusal((long)seed, next_row) && wait_for_disk();
}

static bool next_is_refused(void)
{
        return no_wait() && with_refusal((long)seed, next_row) && wait_for_disk();
}

static bool next_is_refused_again(void)
{
        return no_wait() && with_refusal(1, wait_for_disk) && with_refusal(2 * (long)seed, next_row) && wait_for_disk();
}

/* Rows after a loss of power, of 10 that waited and those that a child's function brought. */
static int64_t rows_after_power(bool (*more)(void))
{
        int64_t rows;
        int status;
        pid_t child = fork();

        if (child == 0) {
                disk_install(&(struct disk_plan){ .fault = DISK_SOUND, .chance = seed });
                db = db_open(path, DB_WRITE, &err);
                if (!commit_rows(0, 10) || !more())
                        _exit(1);
                disk_power_fails();
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == DISK_EXIT);
        db = db_open(path, DB_WRITE, &err);
        assert_non_null(db);
        assert_true(is_sound(path));
        rows = count(db);
        assert_int_equal(db_number(db, "SELECT MAX(a) FROM t", NO_ARGS, -1), rows - 1); /* the newest are gone */
        assert_true(db_exec(db, "DELETE FROM t", NO_ARGS));
        db_close(db);
        db = NULL;
        return rows;
}

static void what_did_not_wait_for_the_disk_is_there_with_what_waits_after_it(void **state)
{
        static const struct { bool (*more)(void); int64_t least, most; } cases[] = {
                { no_wait, 10, 20 },          { waits_at_last, 20, 20 },    { next_waits, 21, 21 },       { log_is_moved, 21, 21 },
                { waits_again, 20, 20 },      { next_waits_again, 21, 21 }, { log_is_moved_again, 20, 20 },
                { next_is_refused, 20, 21 },  { next_is_refused_again, 20, 21 },
                { ends_refused, 10, 20 },       { next_process_waits, 20, 20 }, { next_process_waits_again, 20, 20 }, { next_process_is_refused, 20, 21 },
        };
        struct db *reader;
        bool has_lost = false;

        (void)state;
        assert_true(no_wait());
        assert_int_equal(db_number(db, "PRAGMA synchronous", NO_ARGS, -1), 1);
        reader = db_open(path, DB_READ, &err);
        assert_int_equal(count(reader), 10); /* everybody sees it */
        db_close(reader);
        assert_true(wait_for_disk() && db_exec(db, "DELETE FROM t", NO_ARGS));
        assert_int_equal(db_number(db, "PRAGMA synchronous", NO_ARGS, -1), 2);
        db_close(db);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                for (seed = 1; seed <= 12; seed++) {
                        int64_t rows = rows_after_power(cases[i].more);

                        has_lost |= rows < 20;
                        if (rows < cases[i].least || rows > cases[i].most)
                                fail_msg("case %zu, disk %d: %lld rows", i, (int)seed, (long long)rows);
                }
        assert_true(has_lost); /* else the disk was none */
        db = db_open(path, DB_WRITE, &err);
}

static void how_a_commit_waits_is_not_changed_within_one(void **state)
{
        (void)state;
        assert_true(db_begin(db) && put(0));
        assert_false(db_set_waiting(db, false));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        assert_false(db_set_waiting(db, true)); /* nothing is asked while an error stands */
        error_clear(&err);
        assert_true(db_commit(db));
        assert_int_equal(db_number(db, "PRAGMA synchronous", NO_ARGS, -1), 2);
        assert_true(db_set_waiting(db, false) && db_set_waiting(db, true));
}

static void a_log_that_a_reader_needs_is_not_purged(void **state)
{
        struct db *reader = db_open(path, DB_READ, &err);

        (void)state;
        assert_true(put(0));
        assert_true(db_begin(reader));
        assert_int_equal(count(reader), 1);
        assert_true(put(1));
        assert_false(db_purge(db));
        assert_true(size_of(path, "-wal") > 0);
        db_rollback(reader);
        assert_true(db_begin(db) && put(2));
        assert_false(db_purge(db)); /* nor in the middle of a change, */
        db_checkpoint(db);          /* which is not the time to checkpoint either */
        assert_true(db_commit(db));
        assert_true(db_purge(db));
        assert_int_equal(size_of(path, "-wal"), 0);
        db_close(reader);
        assert_int_equal(count(db), 3);
}

static void too_many_running_queries_are_refused(void **state)
{
        struct rows *open[400];
        int n = 0;

        (void)state;
        assert_true(put(1) && put(2));
        while (n < 400) {
                open[n] = db_query(db, "SELECT a FROM t ORDER BY a", NO_ARGS);
                if (!rows_next(open[n]))
                        break;
                n++;
        }
        assert_int_equal(err.code, ERR_TOO_BIG);
        assert_in_range(n, 200, 300);
        error_clear(&err);
        for (int i = 0; i < n; i++)
                rows_close(open[i]);
        assert_int_equal(count(db), 2);
}

static void a_parameter_without_a_number_is_refused(void **state)
{
        (void)state;
        assert_false(db_exec(db, "INSERT INTO t (a) VALUES (?)", ARGS(v_int(1))));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        error_clear(&err);
        assert_false(db_exec(db, "INSERT INTO t (a) VALUES ($2)", ARGS(v_int(1))));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        error_clear(&err);
        assert_false(db_exec(db, "INSERT INTO t (a) VALUES (@1)", ARGS(v_int(1))));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        error_clear(&err);
        assert_false(db_exec(db, "INSERT INTO t (a) VALUES ($251)", ARGS(v_int(1))));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        error_clear(&err);
        assert_false(rows_next(db_query(db, "SELECT a FROM t WHERE a = $2", ARGS(v_int(1)))));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        error_clear(&err);
        assert_int_equal(count(db), 0);
}

/* ---- memory that the machine refuses, to us or to SQLite, whose calls go through ours ------------------------------------------------------ */

static void *take(int bytes)
{
        return malloc((size_t)bytes);
}

static void *take_again(void *old, int bytes)
{
        return realloc(old, (size_t)bytes);
}

static int size_taken(void *memory)
{
        return memory == NULL ? 0 : (int)malloc_usable_size(memory);
}

static int round_up(int bytes)
{
        return (bytes + 7) & ~7;
}

static int begin_memory(void *context)
{
        (void)context;
        return SQLITE_OK;
}

static void end_memory(void *context)
{
        (void)context;
}

static int let_sqlite_take_ours(void **state)
{
        static const sqlite3_mem_methods ours = { take, free, take_again, size_taken, round_up, begin_memory, end_memory, NULL };

        (void)state;
        return sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
}

static bool read_all(struct db *in, int64_t rows)
{
        struct rows *outer = db_query(in, "SELECT a, b, CAST(b AS BLOB) FROM t ORDER BY b, a", NO_ARGS);
        size_t length;
        int64_t n = 0;

        while (rows_next(outer)) {
                const char *text = rows_text(outer, 1);
                const void *bytes = rows_bytes(outer, 2, &length);

                n += text != NULL && bytes != NULL && strlen(text) == length;
                if (db_number(in, "SELECT COUNT(*) FROM t WHERE a = $1", ARGS(v_int(rows_int(outer, 0))), -1) != 1)
                        break;
        }
        rows_close(outer);
        return n == rows;
}

/* What a node does with its database, from opening to closing: 20 rows more, in one transaction. */
static bool use(const char *file, const char *copy, struct error *e)
{
        static const int64_t numbers[] = { 101, 102, 103, 104, 105 };
        struct db *writer = db_open(file, DB_WRITE, e), *reader = NULL;
        bool ok = writer != NULL && db_begin(writer);

        for (int64_t i = 1; ok && i <= 15; i++)
                ok = db_exec(writer, "INSERT INTO t (a, b) VALUES ($1, $2)", ARGS(v_int(i), v_text(filler)));
        ok = ok && db_savepoint(writer) && db_script(writer, "CREATE TABLE u (n BIGINT)") &&
             db_each(writer, "INSERT INTO t (a, b) VALUES ($1, 'each') ON CONFLICT (a) DO NOTHING", numbers, 5, 1, NULL, NULL) &&
             db_each(writer, "SELECT b FROM t WHERE a = $1", numbers, 5, 1, NULL, NULL) && db_release(writer) &&
             read_all(writer, 20) && db_commit(writer);
        if (ok) {
                db_checkpoint(writer);
                reader = db_open(file, DB_READ, e);
        }
        ok = ok && db_copy(writer, copy) && reader != NULL && db_begin(reader) && read_all(reader, 20) && db_commit(reader);
        db_close(reader);
        db_close(writer);
        return ok && error_ok(e);
}

static void each_refusal_of_memory_is_an_error_and_loses_nothing(void **state)
{
        bool takes_all = getenv("CAUNOI_FAILURES") != NULL, is_over = false;
        const char *copy = test_path("copy.db");
        int failed = 0;

        (void)state;
        put(0);
        db_exec(db, "DELETE FROM t", NO_ARGS);
        db_close(db);
        db = NULL;
        for (long n = 1; !is_over; n += takes_all ? 1 : 1 + n / 30) {
                struct error e = { .language = LANGUAGE_EN };
                int64_t there;
                bool is_done;

                memory_fail_at(n);
                is_done = use(path, copy, &e); /* also where SQLite can do without what it was refused */
                is_over = !memory_was_refused();
                memory_fail_at(0);
                failed += !is_done;
                if (!is_done && (e.code != ERR_ENVIRONMENT || strstr(e.message, "memory") == NULL))
                        fail_msg("memory %ld: code %d: %s", n, (int)e.code, e.message);
                if (size_of(copy, "") >= 0) { /* whole or not at all */
                        assert_true(is_sound(copy));
                        assert_int_equal(unlink(copy), 0);
                }
                db = db_open(path, DB_WRITE, &err);
                assert_non_null(db);
                there = count(db);
                if (there != 20 && (there != 0 || is_done))
                        fail_msg("memory %ld: %lld rows are there", n, (long long)there);
                assert_true(db_script(db, "DELETE FROM t; DROP TABLE IF EXISTS u"));
                db_close(db);
                db = NULL;
        }
        db = db_open(path, DB_WRITE, &err);
        assert_true(is_sound(path));
        assert_true(failed > 50);
}

int main(void)
{
#define TEST(f) { #f, f, open_file, close_file, NULL }
        static const struct CMUnitTest tests[] = {
                TEST(the_writer_is_durable_and_bounded),
                TEST(only_what_is_discarded_stays_readable),
                TEST(a_full_disk_saves_nothing_and_says_so),
                TEST(a_full_disk_at_any_size_keeps_what_was_committed),
                TEST(nothing_goes_on_in_a_transaction_the_database_gave_up),
                TEST(a_damaged_file_is_named),
                TEST(a_disk_that_cannot_be_read_is_not_taken_for_damage),
                TEST(a_disk_that_is_full_is_told_from_one_that_failed),
                TEST(how_a_commit_waits_is_not_changed_within_one),
                TEST(a_log_that_a_reader_needs_is_not_purged),
                TEST(what_is_no_database_is_refused_untouched),
                TEST(a_missing_file_or_folder_is_named),
                TEST(a_copy_is_the_state_of_one_moment),
                TEST(a_copy_goes_on_while_others_write),
                TEST(a_copy_onto_a_full_disk_leaves_no_file),
                TEST(the_log_stays_short_when_checkpoints_are_made),
                TEST(what_a_killed_writer_committed_is_there),
                TEST(what_did_not_wait_for_the_disk_is_there_with_what_waits_after_it),
                TEST(too_many_running_queries_are_refused),
                TEST(a_parameter_without_a_number_is_refused),
                TEST(each_refusal_of_memory_is_an_error_and_loses_nothing),
        };

        return cmocka_run_group_tests(tests, let_sqlite_take_ours, NULL);
}
