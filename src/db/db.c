#include "db/db_private.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/day.h"
#include "base/log.h"

/* What db_query returns when nothing can be read: never stepped, never written to. */
static struct rows no_rows;

struct value v_null(void)
{
        return (struct value){ .type = VALUE_NULL };
}

struct value v_int(int64_t n)
{
        return (struct value){ .type = VALUE_INT, .integer = n };
}

struct value v_text_n(const char *text, size_t length)
{
        enum value_type type = text == NULL ? VALUE_NULL : VALUE_TEXT;

        return (struct value){ .type = type, .bytes = text, .length = length };
}

struct value v_text(const char *text)
{
        return v_text_n(text, text == NULL ? 0 : strlen(text));
}

struct value v_bytes(const void *bytes, size_t length)
{
        enum value_type type = bytes == NULL ? VALUE_NULL : VALUE_BYTES;

        return (struct value){ .type = type, .bytes = bytes, .length = length };
}

static bool is_url(const char *store)
{
        return strncmp(store, "postgresql://", 13) == 0 || strncmp(store, "postgres://", 11) == 0;
}

struct db *db_open(const char *store, enum db_mode mode, struct error *err)
{
        if (!error_ok(err))
                return NULL;
        return is_url(store) ? pgsql_open(store, mode, err) : sqlite_open(store, mode, err);
}

static void rows_release(struct rows *r)
{
        struct db *db = r->db;

        db->driver->stop(r);
        r->is_open = false;
        *r->link = r->next;
        if (r->next != NULL)
                r->next->link = r->link;
        r->link = NULL;
        r->next = db->spare;
        db->spare = r;
}

/* Queries that an error or a jump out of memory left running would keep their snapshot or block the
 * rollback; those started since the savepoint end with it. */
static void end_queries(struct db *db, int level)
{
        struct rows *r = db->running;

        while (r != NULL) {
                struct rows *next = r->next;

                if (r->level >= level)
                        rows_release(r);
                r = next;
        }
}

void db_close(struct db *db)
{
        if (db == NULL)
                return;
        db_rollback(db);
        end_queries(db, 0);
        while (db->spare != NULL) {
                struct rows *r = db->spare;

                db->spare = r->next;
                db->driver->spare(r);
                free(r);
        }
        db->driver->close(db);
}

enum db_kind db_kind(const struct db *db)
{
        return db->kind;
}

void db_attach_error(struct db *db, struct error *err)
{
        db->err = err == NULL ? &db->own : err;
        if (err == NULL)
                error_clear(&db->own);
}

bool db_claim(struct db *db)
{
        return db->driver->claim == NULL || db->driver->claim(db);
}

void db_set_patience(struct db *db, int milliseconds)
{
        db->driver->set_patience(db, milliseconds);
}

bool db_is_late(const struct db *db)
{
        return db->limit_ms > 0 && steady_now() > db->end;
}

bool db_fail_late(struct db *db)
{
        error_set(db->err, ERR_ENVIRONMENT, "the database took longer than %d seconds, and was stopped", (db->limit_ms + 999) / 1000);
        return error_hint(db->err, "ask for less at once, such as a shorter time or fewer units");
}

/* Before each statement: nothing runs while an error stands, or where a test wants a failure. */
static bool may_run(struct db *db)
{
        if (!error_ok(db->err))
                return false;
        /* A full disk or a lost server ends the whole transaction. Whoever cleared that error must not
         * go on as if the steps before were still there. */
        if (db->is_begun && !db_in_transaction(db)) {
                error_set(db->err, ERR_ENVIRONMENT,
                          "the change was undone because an earlier step had failed");
                return error_hint(db->err, "try again");
        }
        if (db_is_late(db))
                return db_fail_late(db);
        db->statement_count++;
        if (db->fail_in > 0 && --db->fail_in == 0)
                return error_set(db->err, ERR_ENVIRONMENT, "the database failed because a test asked for it");
        return true;
}

static bool are_few(struct db *db, size_t count)
{
        return count <= DB_VALUES_MOST ||
               error_set(db->err, ERR_TOO_BIG, "a statement takes more than %d values", DB_VALUES_MOST);
}

bool db_exec(struct db *db, const char *sql, struct values values)
{
        return may_run(db) && are_few(db, values.count) && db->driver->exec(db, sql, values);
}

bool db_insert_long(struct db *db, const char *sql, struct values values, const char *table, const char *column)
{
        assert(values.count > 0 && values.list[values.count - 1].type == VALUE_BYTES);
        return may_run(db) && are_few(db, values.count) &&
               (db->driver->insert_long != NULL ? db->driver->insert_long(db, sql, values, table, column) : db->driver->exec(db, sql, values));
}

int64_t db_changes(const struct db *db)
{
        return db->changes;
}

static struct rows *rows_take(struct db *db)
{
        struct rows *r = db->spare;

        if (r != NULL) {
                db->spare = r->next;
        } else {
                r = calloc(1, db->driver->rows_size);
                if (r == NULL) {
                        error_set(db->err, ERR_ENVIRONMENT, "the machine has no memory left");
                        return NULL;
                }
                r->db = db;
        }
        r->level = db->level;
        r->is_borrowed = false;
        r->is_open = true;
        r->next = db->running;
        r->link = &db->running;
        if (r->next != NULL)
                r->next->link = &r->next;
        db->running = r;
        return r;
}

struct rows *db_query(struct db *db, const char *sql, struct values values)
{
        struct rows *r;

        if (!may_run(db) || !are_few(db, values.count))
                return &no_rows;
        r = rows_take(db);
        if (r == NULL)
                return &no_rows;
        if (!db->driver->start(r, sql, values)) {
                rows_release(r);
                return &no_rows;
        }
        return r;
}

bool rows_next(struct rows *r)
{
        if (!r->is_open || r->is_borrowed)
                return false;
        if (error_ok(r->db->err) && r->db->driver->step(r))
                return true;
        rows_release(r);
        return false;
}

void rows_close(struct rows *r)
{
        if (r->is_open && !r->is_borrowed)
                rows_release(r);
}

int64_t rows_int(struct rows *r, int column)
{
        return r->is_open ? r->db->driver->integer(r, column) : 0;
}

const char *rows_text(struct rows *r, int column)
{
        size_t length;

        return r->is_open ? r->db->driver->bytes(r, column, &length, true) : NULL;
}

const void *rows_bytes(struct rows *r, int column, size_t *length)
{
        *length = 0;
        return r->is_open ? r->db->driver->bytes(r, column, length, false) : NULL;
}

#define LONG_BYTES ((size_t)1 << 20)
#define TAKEN_AT_ONCE ((size_t)256 << 10)

char *rows_move(struct rows *r, int column, struct arena *a, size_t *length)
{
        const char *bytes = rows_bytes(r, column, length);
        char *copy;

        if (*length < LONG_BYTES)
                return arena_copy(a, bytes, *length);
        copy = arena_alloc(a, *length + 1);
        for (size_t at = 0; at < *length; at += TAKEN_AT_ONCE) {
                size_t piece = *length - at < TAKEN_AT_ONCE ? *length - at : TAKEN_AT_ONCE;

                memcpy(copy + at, bytes + at, piece);
                bytes_give_back(bytes + at, piece); /* so long a value lies in memory of its own */
        }
        return copy;
}

bool rows_is_null(struct rows *r, int column)
{
        return !r->is_open || r->db->driver->is_null(r, column);
}

int64_t db_number(struct db *db, const char *sql, struct values values, int64_t fallback)
{
        struct rows *r = db_query(db, sql, values);

        if (rows_next(r)) {
                if (!rows_is_null(r, 0))
                        fallback = rows_int(r, 0);
                rows_close(r);
        }
        return fallback;
}

char *db_text(struct db *db, struct arena *arena, const char *sql, struct values values)
{
        struct rows *r = db_query(db, sql, values);
        char *copy = NULL;

        if (rows_next(r)) {
                size_t length;
                const void *bytes = rows_bytes(r, 0, &length);

                if (bytes != NULL)
                        copy = arena_copy(arena, bytes, length);
                rows_close(r);
        }
        return copy;
}

static bool run_each(struct db *db, const char *sql, const struct many *m, db_each_row *each, void *context)
{
        bool is_alone = !db_in_transaction(db), is_ok;
        struct rows *r;

        if (!error_ok(db->err))
                return false;
        if (m->row_count == 0)
                return true;
        if (is_alone && !db_begin(db))
                return false;
        is_ok = may_run(db) && are_few(db, m->width);
        if (is_ok) {
                r = rows_take(db);
                is_ok = r != NULL;
        }
        if (is_ok) {
                r->is_borrowed = true;
                is_ok = db->driver->each(db, r, sql, m, each, context);
                if (r->is_open)
                        rows_release(r);
        }
        if (is_alone) {
                is_ok = is_ok && db_commit(db);
                if (!is_ok)
                        db_rollback(db);
        }
        return is_ok;
}

bool db_each(struct db *db, const char *sql, const int64_t *integers, size_t row_count, size_t width,
             db_each_row *each, void *context)
{
        return run_each(db, sql, &(struct many){ .integers = integers, .row_count = row_count, .width = width }, each, context);
}

bool db_many(struct db *db, const char *sql, const struct value *values, size_t row_count, size_t width)
{
        return run_each(db, sql, &(struct many){ .values = values, .row_count = row_count, .width = width }, NULL, NULL);
}

bool db_begin(struct db *db)
{
        return db_begin_within(db, 0);
}

bool db_begin_within(struct db *db, int milliseconds)
{
        const struct driver *d = db->driver;

        /* A jump out of memory may have left a snapshot behind. */
        if (db->mode == DB_READ)
                db_rollback(db);
        assert(!db->is_begun && (milliseconds == 0 || db->mode == DB_READ));
        if (!may_run(db))
                return false;
        db->limit_ms = milliseconds;
        db->end = steady_now() + milliseconds;
        if (d->plain(db, db->mode == DB_READ ? d->begin_read : d->begin_write)) {
                db->is_begun = true;
                return true;
        }
        db_rollback(db); /* begun, but without the lock or the snapshot */
        return false;
}

bool db_commit(struct db *db)
{
        if (!may_run(db))
                return false;
        /* The snapshot must end with the transaction, also for queries nobody finished. */
        end_queries(db, 0);
        if (!db->driver->plain(db, "COMMIT"))
                return false;
        db->level = db->limit_ms = 0;
        db->is_begun = false;
        return true;
}

void db_rollback(struct db *db)
{
        end_queries(db, 0);
        db->level = db->limit_ms = 0;
        db->is_begun = false;
        if (db_in_transaction(db))
                db->driver->clear(db, "ROLLBACK");
}

bool db_in_transaction(const struct db *db)
{
        return db->driver->in_transaction(db);
}

/* The same name at each depth would do (the newest counts), but one constant text per statement
 * keeps the cache of prepared statements small. */
bool db_savepoint(struct db *db)
{
        if (!may_run(db) || !db->driver->plain(db, "SAVEPOINT step"))
                return false;
        db->level++;
        return true;
}

bool db_release(struct db *db)
{
        if (!may_run(db) || !db->driver->plain(db, "RELEASE SAVEPOINT step"))
                return false;
        db->level--;
        for (struct rows *r = db->running; r != NULL; r = r->next) {
                if (r->level > db->level)
                        r->level = db->level;
        }
        return true;
}

void db_rollback_to(struct db *db)
{
        if (db->level == 0)
                return;
        end_queries(db, db->level);
        db->level--;
        if (!db_in_transaction(db))
                return; /* the database has rolled back everything by itself */
        db->driver->clear(db, "ROLLBACK TO SAVEPOINT step");
        db->driver->clear(db, "RELEASE SAVEPOINT step");
}

int db_savepoints(const struct db *db)
{
        return db->level;
}

void db_unwind(struct db *db, int savepoints)
{
        while (db->level > savepoints)
                db_rollback_to(db);
}

bool db_copy(struct db *db, const char *path)
{
        return may_run(db) && db->driver->copy(db, path);
}

void db_checkpoint(struct db *db)
{
        if (!db_in_transaction(db))
                db->driver->checkpoint(db);
}

bool db_set_waiting(struct db *db, bool waits)
{
        return may_run(db) && (db->driver->set_waiting == NULL || db->driver->set_waiting(db, waits));
}

bool db_purge(struct db *db)
{
        return !db_in_transaction(db) && db->driver->purge(db);
}

void db_fail_at(struct db *db, long n)
{
        db->fail_in = n;
}

long db_statement_count(const struct db *db)
{
        return db->statement_count;
}

static bool is_word_char(char c)
{
        return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static const char *skip_blank(const char *s)
{
        for (;;) {
                if (isspace((unsigned char)*s)) {
                        s++;
                } else if (s[0] == '-' && s[1] == '-') {
                        s += strcspn(s, "\n");
                } else if (s[0] == '/' && s[1] == '*') {
                        const char *end = strstr(s + 2, "*/");

                        s = end == NULL ? s + strlen(s) : end + 2;
                } else {
                        return s;
                }
        }
}

static bool is_word(const char *s, size_t length, const char *word)
{
        return strlen(word) == length && strncasecmp(s, word, length) == 0;
}

/* Where the text goes on after these words, NULL if it has others. */
static const char *after_words(const char *s, const char *first, const char *second)
{
        const char *words[] = { first, second };

        for (size_t i = 0; i < 2; i++) {
                size_t length = 0;

                s = skip_blank(s);
                while (is_word_char(s[length]))
                        length++;
                if (!is_word(s, length, words[i]))
                        return NULL;
                s += length;
        }
        return s;
}

static const char *put_word(enum db_kind kind, const char *s, struct buf *out)
{
        const char *after;
        size_t length = 0;

        while (is_word_char(s[length]))
                length++;
        if (is_word(s, length, "BYTES")) {
                buf_text(out, kind == DB_SQLITE ? "BLOB" : "BYTEA");
                return s + length;
        }
        after = kind == DB_POSTGRES ? after_words(s, "WITHOUT", "ROWID") : NULL;
        if (after != NULL)
                return after;
        /* Only INTEGER PRIMARY KEY is the row's own number in SQLite; BIGINT would cost a second tree. */
        if (kind == DB_SQLITE && is_word(s, length, "BIGINT")) {
                buf_text(out, "INTEGER");
                return s + length;
        }
        buf_put(out, s, length);
        return s + length;
}

/* Without STRICT SQLite keeps a text in a column of numbers, and a number beyond 64 bits as a rounded one;
 * PostgreSQL refuses both. */
static void make_strict(struct buf *out, size_t start)
{
        const char *s;

        if (!buf_ok(out) ||
            (after_words(out->data + start, "CREATE", "TABLE") == NULL &&
             (after_words(out->data + start, "CREATE", "TEMP") == NULL ||
              after_words(out->data + start + strlen("CREATE"), "TEMP", "TABLE") == NULL)))
                return;
        s = out->data + out->length;
        while (isspace((unsigned char)s[-1]))
                s--;
        buf_text(out, s[-1] == ')' ? " STRICT" : ", STRICT");
}

bool script_next(enum db_kind kind, const char **script, struct buf *out)
{
        const char *s = *script;
        size_t start = out->length;
        bool is_any = false;

        while (*s != '\0') {
                const char *next = skip_blank(s);

                if (next != s) {
                        if (is_any)
                                buf_char(out, ' ');
                        s = next;
                        continue;
                }
                if (*s == ';') {
                        s++;
                        if (is_any)
                                break;
                        continue;
                }
                is_any = true;
                if (*s == '\'' || *s == '"') {
                        const char *end = strchr(s + 1, *s);

                        end = end == NULL ? s + strlen(s) : end + 1;
                        buf_put(out, s, (size_t)(end - s));
                        s = end;
                } else if (is_word_char(*s)) {
                        s = put_word(kind, s, out);
                } else {
                        buf_char(out, *s++);
                }
        }
        *script = s;
        if (is_any && kind == DB_SQLITE)
                make_strict(out, start);
        return is_any;
}

bool db_script(struct db *db, const char *sql)
{
        bool is_ok = error_ok(db->err);
        struct buf statement;

        buf_init(&statement, 0);
        while (is_ok && script_next(db->kind, &sql, &statement)) {
                if (!buf_ok(&statement))
                        is_ok = error_set(db->err, ERR_ENVIRONMENT, "the machine has no memory left");
                else
                        is_ok = may_run(db) && db->driver->plain(db, statement.data);
                buf_reset(&statement);
        }
        buf_clear(&statement);
        return is_ok;
}

bool db_discard(struct db *db, const char *sql)
{
        bool has_choice = db->driver->set_overwriting != NULL;
        bool is_ok = (!has_choice || db->driver->set_overwriting(db, false)) && db_script(db, sql);

        return (!has_choice || db->driver->set_overwriting(db, true)) && is_ok;
}
