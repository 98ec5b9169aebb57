/* sqlite.c - the embedded database. Statements are prepared once per text and bound by name: SQLite
 * numbers "$2" by where it first stands, not by its digit. */
#include "db/sqlite_private.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

/* Mapped pages count as the process's memory: more than this made no page faster. What the writer reads stands in the log or in its cache:
 * it maps a quarter. */
#define MAP_BYTES (16 << 20)
/* The writer's; twice that made no import and no rebuild faster. Each thread that reads has half: it reads mapped pages. */
#define CACHE_KIB 4096
#define LOG_KEPT_BYTES (64 << 20)
#define LOG_LONG_FRAMES 8192 /* from here a checkpoint tries to start the log anew: 32 MiB */
#define LOG_HEAD 32         /* bytes before the first frame, */
#define LOG_NAME_AT 16      /* in which two random numbers tell this log from the one before; */
#define LOG_FRAME_HEAD 24   /* and before the page of each frame */
#define COPY_PAGES 256
#define STEPS_A_LOOK 10000 /* of SQLite's machine, between two looks at the clock: a millisecond or so */

struct sqlite_rows {
        struct rows rows;
        struct statement *statement;
        bool has_started;
};

static struct sqlite *of(struct db *db)
{
        return (struct sqlite *)db;
}

static const int full[] = { ENOSPC, EDQUOT, EFBIG }, broken[] = { EIO, ENXIO, ERANGE };

static bool is_one_of(int number, const int numbers[3])
{
        return number == numbers[0] || number == numbers[1] || number == numbers[2];
}

/* Whether one of these is what the system last refused to read or write one of the database's files with: SQLite keeps that with the file,
 * sometimes with it alone. */
static bool is_refused_with(struct sqlite *s, const int numbers[3])
{
        static const int files[] = { SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER };

        for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
                sqlite3_file *file = NULL;
                int number = 0;

                if (sqlite3_file_control(s->handle, "main", files[i], &file) == SQLITE_OK && file != NULL && file->pMethods != NULL &&
                    file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &number) == SQLITE_OK && is_one_of(number, numbers))
                        return true;
        }
        return false;
}

/* The connection's number is only fresh where the system refused something. */
static bool is_full(struct sqlite *s, int code, int system)
{
        int kind = code & 0xff;

        return kind == SQLITE_FULL || ((kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN) && is_one_of(system, full)) ||
               (kind == SQLITE_IOERR && is_refused_with(s, full));
}

static bool fail_disk(struct sqlite *s)
{
        error_set(s->db.err, ERR_ENVIRONMENT, "the disk failed while the database was at work");
        return error_hint(s->db.err, "check the disk that holds \"%s\"", s->path);
}

bool sqlite_fail(struct sqlite *s, int code, const char *sql)
{
        struct error *err = s->db.err;
        int system = s->handle == NULL ? 0 : sqlite3_system_errno(s->handle);

        log_line(LOG_WARNING, "db", "%s: %s (%s, %d, errno %d): %s", s->path, sqlite3_errstr(code),
                 s->handle == NULL ? "" : sqlite3_errmsg(s->handle), code, system, sql);
        if (is_full(s, code, system)) {
                error_set(err, ERR_ENVIRONMENT, "the disk is full: nothing was saved");
                return error_hint(err, "free some space where \"%s\" lies, then try again", s->path);
        }
        if ((code & 0xff) == SQLITE_CORRUPT && is_refused_with(s, broken)) /* a page that could not be read */
                return fail_disk(s);
        switch (code & 0xff) {
        case SQLITE_INTERRUPT:
                return db_fail_late(&s->db);
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
                error_set(err, ERR_DAMAGED, "the database \"%s\" is damaged", s->path);
                return error_hint(err, "keep the damaged file for examination and restore the newest backup");
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
                error_set(err, ERR_BUSY, "another process is writing to the database");
                return error_hint(err, "try again in a moment");
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
                error_set(err, ERR_ENVIRONMENT, "the database \"%s\" may not be written to", s->path);
                return error_hint(err, "check who owns the file and its folder");
        case SQLITE_CANTOPEN:
                error_set(err, ERR_ENVIRONMENT, "the database \"%s\" cannot be opened", s->path);
                return error_hint(err, "check that the folder exists and who owns it");
        case SQLITE_IOERR:
                return fail_disk(s);
        case SQLITE_NOMEM:
                return error_set(err, ERR_ENVIRONMENT, "the machine has no memory left");
        case SQLITE_CONSTRAINT:
                if (code == SQLITE_CONSTRAINT_DATATYPE)
                        return error_set(err, ERR_INVALID, "a value is not of the kind its column holds");
                return error_set(err, ERR_CONFLICT, "a record contradicts what the database holds already");
        default:
                if (strcmp(sqlite3_errmsg(s->handle), "integer overflow") == 0)
                        return error_set(err, ERR_TOO_BIG, "a sum is too large for the database");
                error_set(err, ERR_ENVIRONMENT, "the database could not do what it was asked");
                return error_hint(err, "the reason stands in the log of the program");
        }
}

static void statement_free(struct statement *t)
{
        if (t == NULL)
                return;
        sqlite3_finalize(t->handle);
        free(t->sql);
        free(t);
}

static struct statement *statement_prepare(struct sqlite *s, const char *sql)
{
        struct statement *t = calloc(1, sizeof *t);
        int code = SQLITE_NOMEM;

        if (t != NULL)
                t->sql = strdup(sql);
        if (t != NULL && t->sql != NULL)
                code = sqlite3_prepare_v3(s->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &t->handle, NULL);
        if (code != SQLITE_OK || t->handle == NULL) {
                sqlite_fail(s, code == SQLITE_OK ? SQLITE_MISUSE : code, sql);
                statement_free(t);
                return NULL;
        }
        t->parameter_count = sqlite3_bind_parameter_count(t->handle);
        for (int i = 0; i < t->parameter_count; i++) {
                const char *name = sqlite3_bind_parameter_name(t->handle, i + 1);
                int number = name != NULL && name[0] == '$' ? atoi(name + 1) : 0;

                if (number < 1 || number > DB_VALUES_MOST || i == DB_VALUES_MOST) {
                        sqlite_fail(s, SQLITE_RANGE, sql);
                        statement_free(t);
                        return NULL;
                }
                t->number[i] = (unsigned char)(number - 1);
        }
        return t;
}

/* Make room and keep the statement; false where all kept ones are running. */
static bool statement_keep(struct sqlite *s, struct statement *t)
{
        int oldest = -1;

        if (s->kept_count < DB_STATEMENTS_KEPT) {
                s->kept[s->kept_count++] = t;
                return true;
        }
        for (int i = 0; i < s->kept_count; i++) {
                if (!s->kept[i]->is_busy && (oldest < 0 || s->kept[i]->used_at < s->kept[oldest]->used_at))
                        oldest = i;
        }
        if (oldest < 0)
                return false;
        for (size_t i = 0; i < SQLITE_SLOTS; i++) {
                if (s->slots[i].statement == s->kept[oldest])
                        s->slots[i].statement = NULL;
        }
        statement_free(s->kept[oldest]);
        s->kept[oldest] = t;
        return true;
}

/* The text's address is only a guess at where to look: the same address may hold another text by now. */
struct statement *sqlite_take(struct sqlite *s, const char *sql)
{
        size_t slot = ((uintptr_t)sql ^ ((uintptr_t)sql >> 9)) & (SQLITE_SLOTS - 1);
        struct statement *t = s->slots[slot].statement;

        if (t == NULL || t->is_busy || s->slots[slot].sql != sql || strcmp(t->sql, sql) != 0) {
                t = NULL;
                for (int i = 0; i < s->kept_count && t == NULL; i++) {
                        if (!s->kept[i]->is_busy && strcmp(s->kept[i]->sql, sql) == 0)
                                t = s->kept[i];
                }
                if (t == NULL) {
                        t = statement_prepare(s, sql);
                        if (t == NULL)
                                return NULL;
                        if (!statement_keep(s, t)) {
                                statement_free(t);
                                error_set(s->db.err, ERR_TOO_BIG, "more than %d queries run at once",
                                          DB_STATEMENTS_KEPT);
                                return NULL;
                        }
                }
                s->slots[slot].sql = sql;
                s->slots[slot].statement = t;
        }
        t->used_at = ++s->clock;
        t->is_busy = true;
        return t;
}

void sqlite_give(struct statement *t)
{
        sqlite3_reset(t->handle);
        t->is_busy = false;
}

/* is_lasting: the values must outlive the call, so SQLite copies them. */
static bool bind(struct sqlite *s, struct statement *t, struct values values, bool is_lasting)
{
        sqlite3_destructor_type copy = is_lasting ? SQLITE_TRANSIENT : SQLITE_STATIC;

        for (int i = 0; i < t->parameter_count; i++) {
                const struct value *v = &values.list[t->number[i]];
                int code = SQLITE_RANGE;

                if (t->number[i] >= values.count)
                        return sqlite_fail(s, code, t->sql);
                switch (v->type) {
                case VALUE_NULL:
                        code = sqlite3_bind_null(t->handle, i + 1);
                        break;
                case VALUE_INT:
                        code = sqlite3_bind_int64(t->handle, i + 1, v->integer);
                        break;
                case VALUE_TEXT:
                        code = sqlite3_bind_text64(t->handle, i + 1, v->bytes, v->length, copy, SQLITE_UTF8);
                        break;
                case VALUE_BYTES:
                        code = sqlite3_bind_blob64(t->handle, i + 1, v->length == 0 ? "" : v->bytes,
                                                   v->length, copy);
                        break;
                }
                if (code != SQLITE_OK)
                        return sqlite_fail(s, code, t->sql);
        }
        return true;
}

static bool sqlite_exec(struct db *db, const char *sql, struct values values)
{
        struct sqlite *s = of(db);
        struct statement *t = sqlite_take(s, sql);
        int code;

        if (t == NULL)
                return false;
        if (!bind(s, t, values, false)) {
                sqlite_give(t);
                return false;
        }
        do
                code = sqlite3_step(t->handle);
        while (code == SQLITE_ROW);
        if (code != SQLITE_DONE)
                sqlite_fail(s, code, sql);
        db->changes = code == SQLITE_DONE ? sqlite3_changes64(s->handle) : 0;
        sqlite_give(t);
        return code == SQLITE_DONE;
}

/* Bind the values, the last one as so many zeroes. */
static bool bind_empty(struct sqlite *s, struct statement *t, struct values values)
{
        struct value list[DB_VALUES_MOST];
        size_t last = values.count - 1;
        int code = SQLITE_OK;

        memcpy(list, values.list, values.count * sizeof *list);
        list[last] = v_null();
        if (!bind(s, t, (struct values){ list, values.count }, false))
                return false;
        for (int i = 0; i < t->parameter_count && code == SQLITE_OK; i++)
                if (t->number[i] == last)
                        code = sqlite3_bind_zeroblob64(t->handle, i + 1, values.list[last].length);
        return code == SQLITE_OK || sqlite_fail(s, code, t->sql);
}

static bool sqlite_insert_long(struct db *db, const char *sql, struct values values, const char *table, const char *column)
{
        const struct value *last = &values.list[values.count - 1];
        struct sqlite *s = of(db);
        struct statement *t = sqlite_take(s, sql);
        sqlite3_blob *blob = NULL;
        int code;

        if (t == NULL)
                return false;
        if (!bind_empty(s, t, values)) {
                sqlite_give(t);
                return false;
        }
        code = sqlite3_step(t->handle);
        sqlite_give(t);
        if (code == SQLITE_DONE)
                code = sqlite3_blob_open(s->handle, "main", table, column, sqlite3_last_insert_rowid(s->handle), 1, &blob);
        if (code == SQLITE_OK)
                code = sqlite3_blob_write(blob, last->bytes, (int)last->length, 0);
        if (code != SQLITE_OK)
                sqlite_fail(s, code, sql);
        sqlite3_blob_close(blob);
        db->changes = code == SQLITE_OK;
        return code == SQLITE_OK;
}

static bool sqlite_start(struct rows *rows, const char *sql, struct values values)
{
        struct sqlite_rows *r = (struct sqlite_rows *)rows;
        struct sqlite *s = of(rows->db);

        r->statement = sqlite_take(s, sql);
        return r->statement != NULL && bind(s, r->statement, values, true);
}

static bool sqlite_step(struct rows *rows)
{
        struct sqlite_rows *r = (struct sqlite_rows *)rows;
        int code = sqlite3_step(r->statement->handle);

        if (code != SQLITE_ROW && code != SQLITE_DONE)
                sqlite_fail(of(rows->db), code, r->statement->sql);
        return code == SQLITE_ROW;
}

static void sqlite_stop(struct rows *rows)
{
        struct sqlite_rows *r = (struct sqlite_rows *)rows;

        if (r->statement != NULL)
                sqlite_give(r->statement);
        r->statement = NULL;
}

static void sqlite_spare(struct rows *rows)
{
        (void)rows;
}

static int64_t sqlite_integer(struct rows *rows, int column)
{
        return sqlite3_column_int64(((struct sqlite_rows *)rows)->statement->handle, column);
}

static const void *sqlite_bytes(struct rows *rows, int column, size_t *length, bool is_text)
{
        struct statement *t = ((struct sqlite_rows *)rows)->statement;
        sqlite3_stmt *handle = t->handle;
        const void *bytes;

        bytes = is_text ? sqlite3_column_text(handle, column) : sqlite3_column_blob(handle, column);
        *length = (size_t)sqlite3_column_bytes(handle, column);
        if (bytes != NULL)
                return bytes;
        if ((sqlite3_errcode(sqlite3_db_handle(handle)) & 0xff) == SQLITE_NOMEM) { /* no NULL: there was no memory to read it */
                sqlite_fail(of(rows->db), SQLITE_NOMEM, t->sql);
                *length = 0;
                return "";
        }
        return sqlite3_column_type(handle, column) == SQLITE_NULL ? NULL : "";
}

static bool sqlite_is_null(struct rows *rows, int column)
{
        return sqlite3_column_type(((struct sqlite_rows *)rows)->statement->handle, column) == SQLITE_NULL;
}

static bool bind_row(struct sqlite *s, struct statement *t, const struct many *m, size_t row)
{
        int code = SQLITE_OK;

        if (m->integers == NULL)
                return bind(s, t, (struct values){ m->values + row * m->width, m->width }, false);
        for (int i = 0; i < t->parameter_count && code == SQLITE_OK; i++)
                code = sqlite3_bind_int64(t->handle, i + 1, m->integers[row * m->width + t->number[i]]);
        return code == SQLITE_OK || sqlite_fail(s, code, t->sql);
}

static bool sqlite_each(struct db *db, struct rows *rows, const char *sql, const struct many *m, db_each_row *each, void *context)
{
        struct sqlite *s = of(db);
        struct statement *t;
        int64_t changes = 0;
        bool is_query, is_done;

        if (!sqlite_many(s, sql, m, each, context, &is_done) || is_done)
                return error_ok(db->err);
        t = sqlite_take(s, sql);
        if (t == NULL)
                return false;
        ((struct sqlite_rows *)rows)->statement = t; /* given back with the rows */
        is_query = sqlite3_column_count(t->handle) > 0;
        for (int i = 0; i < t->parameter_count; i++) {
                if (t->number[i] >= m->width)
                        return sqlite_fail(s, SQLITE_RANGE, sql);
        }
        for (size_t row = 0; row < m->row_count; row++) {
                int code, changed = 0;

                if (!bind_row(s, t, m, row))
                        return false;
                code = sqlite3_step(t->handle);
                if (code != SQLITE_DONE && code != SQLITE_ROW)
                        return sqlite_fail(s, code, sql);
                if (!is_query) {
                        changed = sqlite3_changes(s->handle) > 0;
                        changes += changed;
                }
                if (each != NULL)
                        each(context, row, code == SQLITE_ROW ? rows : NULL, changed);
                sqlite3_reset(t->handle);
                if (!error_ok(db->err))
                        return false;
        }
        db->changes = changes;
        return true;
}

static bool run(struct sqlite *s, const char *sql)
{
        int code = sqlite3_exec(s->handle, sql, NULL, NULL, NULL);

        return code == SQLITE_OK || sqlite_fail(s, code, sql);
}

/* What a person asked to erase must not stay readable in the file. */
static bool sqlite_set_overwriting(struct db *db, bool is_on)
{
        return run(of(db), is_on ? "PRAGMA secure_delete = ON" : "PRAGMA secure_delete = OFF");
}

/* ---- commits that do not wait for the disk ------------------------------------------------------
 *
 * The log is one file, and what stands in it counts only as far as it is whole: so one sync has all commits before it on the disk, and what
 * a loss of power takes are the newest. Nothing goes from the log into the database before it is synced. Where a sync fails Linux may take
 * the pages for written that it could not write: then those frames are written once more, before anything else is said to be on the disk. */

static sqlite3_file *log_file(struct sqlite *s)
{
        sqlite3_file *log = NULL;
        int code = sqlite3_file_control(s->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);

        return code == SQLITE_OK && log != NULL && log->pMethods != NULL ? log : NULL;
}

static int log_rewrite(struct sqlite *s, sqlite3_file *log)
{
        unsigned char head[LOG_HEAD], bytes[4096];
        sqlite3_int64 frame, at, end = 0;
        int code = log->pMethods->xFileSize(log, &end);

        if (code == SQLITE_OK && end >= LOG_HEAD)
                code = log->pMethods->xRead(log, head, sizeof head, 0);
        if (code != SQLITE_OK || end < LOG_HEAD)
                return code;
        frame = LOG_FRAME_HEAD + ((sqlite3_int64)head[8] << 24 | head[9] << 16 | head[10] << 8 | head[11]);
        at = memcmp(s->synced.name, head + LOG_NAME_AT, sizeof s->synced.name) != 0 || s->synced.frames == 0 ? 0 : LOG_HEAD + s->synced.frames * frame;
        for (; code == SQLITE_OK && at < end; at += (int)sizeof bytes) {
                int length = end - at < (int)sizeof bytes ? (int)(end - at) : (int)sizeof bytes;

                code = log->pMethods->xRead(log, bytes, length, at);
                if (code == SQLITE_OK)
                        code = log->pMethods->xWrite(log, bytes, length, at);
        }
        return code;
}

/* All that was committed is on the disk then. */
static int log_sync(struct sqlite *s)
{
        sqlite3_file *log = s->has_unsynced ? log_file(s) : NULL;
        int code = log != NULL && s->must_rewrite ? log_rewrite(s, log) : SQLITE_OK;

        if (log != NULL && code == SQLITE_OK)
                code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
        s->has_unsynced = s->must_rewrite = code != SQLITE_OK;
        return code;
}

/* Let the disk begin with what was committed, so that little is left for the sync. Only a hint: what comes of it nobody needs to know. */
static void log_begin_writing(struct sqlite *s)
{
        char name[4096];
        int file;

        if (snprintf(name, sizeof name, "%s-wal", s->path) >= (int)sizeof name || (file = open(name, O_RDONLY | O_CLOEXEC)) < 0)
                return;
        sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE);
        close(file);
}

/* After each commit; as PRAGMA wal_autocheckpoint would, a log that is long goes into the database. */
static int after_commit(void *sqlite, sqlite3 *handle, const char *database, int frames)
{
        struct sqlite *s = sqlite;

        s->frames = frames;
        s->has_unsynced = s->is_hasty || s->must_rewrite;
        if (s->is_hasty)
                log_begin_writing(s);
        if (frames >= LOG_KEPT_BYTES / 4096 && log_sync(s) == SQLITE_OK)
                sqlite3_wal_checkpoint_v2(handle, database, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        return SQLITE_OK;
}

static bool sqlite_set_waiting(struct db *db, bool waits)
{
        struct sqlite *s = of(db);
        sqlite3_file *log;

        if (waits == !s->is_hasty)
                return true;
        if (!s->has_unsynced && (log = log_file(s)) != NULL) { /* all up to here is on the disk */
                s->synced.frames = s->frames;
                if (log->pMethods->xRead(log, s->synced.name, sizeof s->synced.name, LOG_NAME_AT) != SQLITE_OK) /* there is none yet */
                        s->synced.frames = 0;
        }
        if (!run(s, waits ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"))
                return false;
        s->is_hasty = !waits;
        return true;
}

static bool commit(struct sqlite *s)
{
        int code = s->must_rewrite && !s->is_hasty ? log_sync(s) : SQLITE_OK;
        bool is_ok = code == SQLITE_OK ? sqlite_exec(&s->db, "COMMIT", NO_ARGS) : sqlite_fail(s, code, "sync");

        s->must_rewrite |= !is_ok && s->has_unsynced;
        if (!is_ok || s->is_hasty)
                return is_ok;
        code = log_sync(s); /* where it had nothing to write */
        return code == SQLITE_OK || sqlite_fail(s, code, "sync");
}

static bool sqlite_plain(struct db *db, const char *sql)
{
        struct sqlite *s = of(db);
        int64_t changes = db->changes; /* of the last db_exec or db_each, not of the COMMIT after it */
        bool is_ok;

        /* Definitions are run once; keeping them prepared would push useful statements out. */
        if (strncmp(sql, "CREATE", 6) == 0 || strncmp(sql, "DROP", 4) == 0)
                return run(s, sql);
        is_ok = strcmp(sql, "COMMIT") == 0 ? commit(s) : sqlite_exec(db, sql, NO_ARGS);
        db->changes = changes;
        if (!is_ok)
                return false;
        if (sql == db->driver->begin_read) {
                int code;

                if (s->pin == NULL)
                        code = sqlite3_prepare_v3(s->handle, "SELECT 1 FROM sqlite_schema LIMIT 1", -1,
                                                  SQLITE_PREPARE_PERSISTENT, &s->pin, NULL);
                code = s->pin == NULL ? SQLITE_NOMEM : sqlite3_step(s->pin);
                if (code != SQLITE_ROW && code != SQLITE_DONE)
                        sqlite_fail(s, code, "snapshot");
                if (s->pin != NULL)
                        sqlite3_reset(s->pin);
                return error_ok(db->err);
        }
        return true;
}

static void sqlite_clear(struct db *db, const char *sql)
{
        struct sqlite *s = of(db);
        int code = sqlite3_exec(s->handle, sql, NULL, NULL, NULL);

        if (code != SQLITE_OK)
                log_line(LOG_WARNING, "db", "%s: %s: %s", s->path, sql, sqlite3_errmsg(s->handle));
}

static bool sqlite_in_transaction(const struct db *db)
{
        return sqlite3_get_autocommit(((const struct sqlite *)db)->handle) == 0;
}

static void sqlite_set_patience(struct db *db, int milliseconds)
{
        of(db)->patience_ms = milliseconds;
        sqlite3_busy_timeout(of(db)->handle, milliseconds);
}

static void sqlite_checkpoint(struct db *db)
{
        struct sqlite *s = of(db);
        int frames = 0, done = 0, code = log_sync(s);

        if (code == SQLITE_OK)
                code = sqlite3_wal_checkpoint_v2(s->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &done);
        if (code == SQLITE_OK && frames > LOG_LONG_FRAMES) {
                /* Start the log anew, but let nobody wait for a slow reader. */
                sqlite3_busy_timeout(s->handle, 20);
                code = sqlite3_wal_checkpoint_v2(s->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
                sqlite3_busy_timeout(s->handle, s->patience_ms);
        }
        if (code != SQLITE_OK && code != SQLITE_BUSY)
                log_line(LOG_WARNING, "db", "%s: checkpoint: %s", s->path, sqlite3_errmsg(s->handle));
}

static bool sqlite_purge(struct db *db)
{
        struct sqlite *s = of(db);
        int code = log_sync(s);

        sqlite3_busy_timeout(s->handle, 20);
        if (code == SQLITE_OK)
                code = sqlite3_wal_checkpoint_v2(s->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
        sqlite3_busy_timeout(s->handle, s->patience_ms);
        if (code != SQLITE_OK && code != SQLITE_BUSY)
                log_line(LOG_WARNING, "db", "%s: checkpoint: %s", s->path, sqlite3_errmsg(s->handle));
        return code == SQLITE_OK;
}

static bool copy_pages(struct sqlite *s, struct sqlite *target)
{
        sqlite3_backup *b;
        int code = SQLITE_OK;

        if (!run(target, "PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL"))
                return false;
        b = sqlite3_backup_init(target->handle, "main", s->handle, "main");
        if (b == NULL)
                return sqlite_fail(target, sqlite3_errcode(target->handle), "copy");
        do
                code = sqlite3_backup_step(b, COPY_PAGES);
        while (code == SQLITE_OK);
        code = sqlite3_backup_finish(b);
        return code == SQLITE_OK || sqlite_fail(target, code, "copy");
}

static bool sqlite_copy(struct db *db, const char *path)
{
        struct sqlite *s = of(db), target = { .db.err = db->err, .path = (char *)(uintptr_t)path };
        bool is_alone = !db_in_transaction(db), is_ok;
        int code;

        if (!is_alone && db->mode == DB_WRITE)
                return error_set(db->err, ERR_CONFLICT, "a backup cannot be made in the middle of a change");
        if (access(path, F_OK) == 0) {
                error_set(db->err, ERR_CONFLICT, "\"%s\" exists already", path);
                return error_hint(db->err, "choose another name, or move the file away");
        }
        /* One read transaction all along: otherwise each foreign commit starts the copy anew. */
        if (is_alone && !sqlite_plain(db, db->driver->begin_read))
                return false;
        code = sqlite3_open_v2(path, &target.handle,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
        is_ok = code == SQLITE_OK ? copy_pages(s, &target) : sqlite_fail(&target, code, "copy");
        code = sqlite3_close(target.handle);
        if (is_ok && code != SQLITE_OK)
                is_ok = sqlite_fail(s, code, "copy");
        if (!is_ok)
                unlink(path);
        if (is_alone)
                sqlite_clear(db, "ROLLBACK");
        return is_ok;
}

static void sqlite_close(struct db *db)
{
        struct sqlite *s = of(db);

        for (int i = 0; i < s->kept_count; i++)
                statement_free(s->kept[i]);
        sqlite_many_clear(s);
        sqlite3_finalize(s->pin);
        if (s->has_unsynced && log_sync(s) != SQLITE_OK) /* nothing of it may go into the database; the next to open it takes what is whole */
                sqlite3_db_config(s->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        if (sqlite3_close(s->handle) != SQLITE_OK)
                log_line(LOG_ALARM, "db", "%s: closed with running statements", s->path);
        free(s->path);
        free(s);
}

static const struct driver driver = {
        .rows_size = sizeof(struct sqlite_rows),
        .close = sqlite_close,
        .exec = sqlite_exec,
        .insert_long = sqlite_insert_long,
        .start = sqlite_start,
        .step = sqlite_step,
        .stop = sqlite_stop,
        .spare = sqlite_spare,
        .integer = sqlite_integer,
        .bytes = sqlite_bytes,
        .is_null = sqlite_is_null,
        .each = sqlite_each,
        .plain = sqlite_plain,
        .clear = sqlite_clear,
        .in_transaction = sqlite_in_transaction,
        .copy = sqlite_copy,
        .checkpoint = sqlite_checkpoint,
        .set_overwriting = sqlite_set_overwriting,
        .purge = sqlite_purge,
        .set_waiting = sqlite_set_waiting,
        .set_patience = sqlite_set_patience,
        .begin_read = "BEGIN",
        .begin_write = "BEGIN IMMEDIATE",
};

/* Statistics of memory take a lock shared by all threads on every allocation. */
static void configure(void)
{
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int is_late(void *db)
{
        return db_is_late(db);
}

static bool set_up(struct sqlite *s)
{
        sqlite3_stmt *mode = NULL;
        bool is_wal = false;
        char pragmas[340];
        int code;

        sqlite3_extended_result_codes(s->handle, 1);
        sqlite3_db_config(s->handle, SQLITE_DBCONFIG_LOOKASIDE, NULL, 512, 256);
        sqlite_set_patience(&s->db, DB_PATIENCE_MS);
        snprintf(pragmas, sizeof pragmas,
                 "PRAGMA cache_size = -%d; PRAGMA mmap_size = %d; PRAGMA temp_store = MEMORY;"
                 "PRAGMA foreign_keys = OFF; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = %d;"
                 "PRAGMA trusted_schema = OFF",
                 s->db.mode == DB_READ ? CACHE_KIB / 2 : CACHE_KIB, s->db.mode == DB_READ ? MAP_BYTES : MAP_BYTES / 4, LOG_KEPT_BYTES);
        sqlite3_wal_hook(s->handle, after_commit, s);
        if (!run(s, pragmas) || !sqlite_set_overwriting(&s->db, true))
                return false;
        if (s->db.mode == DB_READ) {
                sqlite3_progress_handler(s->handle, STEPS_A_LOOK, is_late, &s->db);
                return run(s, "PRAGMA query_only = ON; SELECT 1 FROM sqlite_schema LIMIT 1");
        }
        code = sqlite3_prepare_v2(s->handle, "PRAGMA journal_mode = WAL", -1, &mode, NULL);
        if (code == SQLITE_OK)
                code = sqlite3_step(mode);
        if (code == SQLITE_ROW) {
                const char *word = (const char *)sqlite3_column_text(mode, 0);

                is_wal = word != NULL && (strcmp(word, "wal") == 0 || strcmp(word, "memory") == 0);
        }
        sqlite3_finalize(mode);
        if (code != SQLITE_ROW)
                return sqlite_fail(s, code, "journal_mode");
        if (!is_wal) {
                error_set(s->db.err, ERR_ENVIRONMENT,
                          "the file system that holds \"%s\" is not fit for a database", s->path);
                return error_hint(s->db.err, "put the node on a local disk");
        }
        return sqlite_many_set_up(s);
}

struct db *sqlite_open(const char *path, enum db_mode mode, struct error *err)
{
        static pthread_once_t once = PTHREAD_ONCE_INIT;
        struct sqlite *s;
        int code;

        pthread_once(&once, configure);
        if (mode == DB_READ && access(path, F_OK) != 0) {
                error_set(err, ERR_MISSING, "there is no database \"%s\"", path);
                return NULL;
        }
        s = calloc(1, sizeof *s);
        if (s == NULL || (s->path = strdup(path)) == NULL) {
                free(s);
                error_set(err, ERR_ENVIRONMENT, "the machine has no memory left");
                return NULL;
        }
        s->db = (struct db){ .driver = &driver, .kind = DB_SQLITE, .mode = mode, .err = err };
        code = sqlite3_open_v2(path, &s->handle,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                                       (mode == DB_WRITE ? SQLITE_OPEN_CREATE : 0),
                               NULL);
        if (code != SQLITE_OK)
                sqlite_fail(s, code, "open");
        if (code != SQLITE_OK || !set_up(s)) {
                sqlite_close(&s->db);
                return NULL;
        }
        s->has_unsynced = mode == DB_WRITE;
        return &s->db;
}
