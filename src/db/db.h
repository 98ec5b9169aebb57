/* db.h - one face for two databases: SQLite (embedded) and PostgreSQL.
 *
 * SQL is written once, with $1, $2 … for values, in the part both understand (docs/tour.md lists the
 * traps). Values are bound, never pasted. The first error stays in the connection's struct error
 * (db_attach_error): later calls do nothing and return false, so a run of statements is checked
 * once. A connection belongs to one thread at a time. */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

struct db;   /* a connection */
struct rows; /* a running query */

enum db_kind { DB_SQLITE, DB_POSTGRES };

enum db_mode {
        DB_READ,   /* only reads; SQLite opens the file query_only */
        DB_WRITE,  /* the one writer; creates the database where there is none */
};

enum value_type { VALUE_NULL, VALUE_INT, VALUE_TEXT, VALUE_BYTES };

/* A value to bind. Pointers must live until the call returns. */
struct value {
        enum value_type type;
        int64_t integer;
        const void *bytes;
        size_t length;
};

/* Values for parameters. Texts and bytes are not copied: they must live until the call returns. */
struct value v_null(void);
struct value v_int(int64_t);
struct value v_text(const char *text); /* NULL is SQL NULL */
struct value v_text_n(const char *text, size_t length);
struct value v_bytes(const void *bytes, size_t length);

struct values {
        const struct value *list;
        size_t count;
};

#define ARGS(...)                                                                                  \
        ((struct values){ (const struct value[]){ __VA_ARGS__ },                                   \
                          sizeof((const struct value[]){ __VA_ARGS__ }) / sizeof(struct value) })
#define NO_ARGS ((struct values){ NULL, 0 })

/* Open a database: "postgresql://…" or the path of an SQLite file. NULL and an error on failure.
 * The error is the connection's until db_attach_error names another, so it must live that long.
 * SQLite: WAL, synchronous=FULL for the writer (but see db_set_waiting), foreign keys off, page cache limited to 4 MiB.
 * PostgreSQL: the database must be in UTF-8 and sort by bytes (COLLATE "C"), as SQLite does; another
 * one is refused. Its tables are those of the first schema in the search path. */
struct db *db_open(const char *store, enum db_mode, struct error *);
void db_close(struct db *); /* accepts NULL; rolls back what is open */

/* Which database it is: for the few statements that differ. */
enum db_kind db_kind(const struct db *);

/* Where failures are described from now on (a unit of work lends its own); NULL: in the connection,
 * seen only in what the calls return. */
void db_attach_error(struct db *, struct error *);

/* Run a statement that returns no rows. It may take 250 values. */
bool db_exec(struct db *, const char *sql, struct values);

/* Inside a transaction: insert a row into a table, not WITHOUT ROWID. The last value, bytes, is long and goes into that column: SQLite, which
 * otherwise makes a whole row of the values first, takes it piece by piece, without a copy. */
bool db_insert_long(struct db *, const char *sql, struct values, const char *table, const char *column);

/* Rows changed by the last db_exec. */
int64_t db_changes(const struct db *);

/* Run several statements without values, separated by semicolons (table definitions). Columns are
 * BIGINT, TEXT or BYTES: INTEGER, TEXT and BLOB of a STRICT table in SQLite (BIGINT PRIMARY KEY is thus
 * the row's own number), BYTEA in PostgreSQL, for which WITHOUT ROWID is dropped. */
bool db_script(struct db *, const char *sql);

/* The same for one statement that takes rows away of which nothing must become unreadable on the disk, since they hold but numbers. What
 * else is deleted, SQLite overwrites in the file. */
bool db_discard(struct db *, const char *sql);

/* Start a query. Never NULL: after an error it yields no row. Rows are read one by one (how many
 * PostgreSQL sends at once is the driver's choice); text and bytes are valid until the next
 * rows_next. Finished by rows_next returning false, or early by rows_close (harmless right after the
 * end). A connection may run several queries at once (nested); the drivers see to it. Do not change
 * rows of a table while a query over it runs: whether it sees the change differs. The end of the
 * transaction, or going back to a savepoint set before, ends a query too. */
struct rows *db_query(struct db *, const char *sql, struct values);
bool rows_next(struct rows *);
void rows_close(struct rows *);

int64_t rows_int(struct rows *, int column); /* NULL reads as 0 */
const char *rows_text(struct rows *, int column); /* NULL reads as NULL */
/* Bytes live until the next row. NULL columns read as 0, NULL and no bytes. */
const void *rows_bytes(struct rows *, int column, size_t *length);
/* Bytes copied to the arena, as arena_copy does. Long ones are moved, and stand in memory once: they cannot be read from the row again. */
char *rows_move(struct rows *, int column, struct arena *, size_t *length);
bool rows_is_null(struct rows *, int column);

/* One number from a query's first row; fallback where there is no row or it is NULL. */
int64_t db_number(struct db *, const char *sql, struct values, int64_t fallback);

/* One text, copied to the arena; NULL where there is no row or it is NULL. */
char *db_text(struct db *, struct arena *, const char *sql, struct values);

/* Run one statement for many rows of integers (the bulk path: no parsing, no per-row set-up).
 * integers holds row_count * width numbers, row by row, bound to $1 … $width. For a query, each is
 * called with the first result row (NULL where there is none) and changed = 0; for INSERT/UPDATE
 * with result NULL and changed = 1 or 0. each may be NULL and must not use the connection. Outside a
 * transaction all rows or none are changed. Counts as one statement. SQLite steps a prepared
 * statement; PostgreSQL sends a pipeline. */
typedef void db_each_row(void *context, size_t row, struct rows *result, int changed);
bool db_each(struct db *, const char *sql, const int64_t *integers, size_t row_count, size_t width,
             db_each_row *each, void *context);

/* The same for values of any kind, of which each column has but one; nobody is told of the rows. */
bool db_many(struct db *, const char *sql, const struct value *values, size_t row_count, size_t width);

/* Transactions. db_begin on a reader opens a snapshot; on the writer it waits until no other writes.
 * Savepoints nest inside; db_rollback_to undoes and ends the newest. On PostgreSQL a failed
 * statement ends the transaction up to the savepoint: db_rollback_to clears the way. While an error
 * stands db_commit and db_release do nothing; db_rollback and db_rollback_to always work and leave
 * the error standing. db_rollback also ends queries left running outside a transaction: on a
 * connection that serves one unit of work after another, call it after each. */
bool db_begin(struct db *);
bool db_commit(struct db *); /* when it returns true, it and all before it are on the disk, unless it was told not to wait */
void db_rollback(struct db *);
bool db_in_transaction(const struct db *);
bool db_savepoint(struct db *);
bool db_release(struct db *);
void db_rollback_to(struct db *);

/* Whether db_commit waits for the disk from now on, as it does at first; outside of transactions. What did not wait everybody sees, and it
 * is there after the end of the process, but a loss of power may take it, and what was committed after it; never what was committed before, and the
 * database stays whole. The next commit that waits, be it empty, has it on the disk too. PostgreSQL always waits. */
bool db_set_waiting(struct db *, bool waits);

/* db_begin on a reader, for a snapshot that is given up when it takes too long. Once the milliseconds are over no statement begins, and
 * one that runs fails with ERR_ENVIRONMENT (on PostgreSQL one that began before may go on for as long again). 0: it may take for ever. */
bool db_begin_within(struct db *, int milliseconds);

/* How many savepoints are open, and the way back to when there were so many: for whoever must clean
 * up after a function that was left by a jump or a failed db_release. */
int db_savepoints(const struct db *);
void db_unwind(struct db *, int savepoints);

/* From now on this connection alone may claim the database (on PostgreSQL the schema), until it is closed or its process ends; what was lost
 * with a connection is claimed again with the next. It waits as db_begin does, for one that goes just now. False and ERR_BUSY: another has it. An
 * SQLite file is claimed by whoever locks the folder it lies in: nothing happens. */
bool db_claim(struct db *);

/* How long db_begin waits for another writer before it fails with ERR_BUSY; 10 seconds unless set. */
void db_set_patience(struct db *, int milliseconds);

/* Copy a running SQLite database to a new file, page by page, while others write: the state of one
 * moment. On failure no file is left. ERR_CONFLICT where the file exists; on PostgreSQL an ERR_USAGE
 * that names pg_dump. */
bool db_copy(struct db *, const char *path);

/* Keep the write-ahead log short: SQLite checkpoint; nothing on PostgreSQL or inside a transaction.
 * The writer calls it every few commits; it does not wait for readers. */
void db_checkpoint(struct db *);

/* Leave nothing in the write-ahead log of what was deleted (SQLite zeroes it in the database itself). False where a reader
 * still holds the log: call again later. True and nothing to do on PostgreSQL, which forgets when it vacuums. */
bool db_purge(struct db *);

/* Test aid: the n-th statement from now on this connection fails (1 = the next); 0 switches it off. */
void db_fail_at(struct db *, long n);

/* Statements run on this connection since it was opened (tests assert bounds on pages). */
long db_statement_count(const struct db *);

#endif
