/* db_private.h - what the face (db.c) and the two drivers share. */
#ifndef DB_DB_PRIVATE_H
#define DB_DB_PRIVATE_H

#include "base/buf.h"
#include "db/db.h"

/* How long a writer waits for another one, unless db_set_patience says otherwise. */
#define DB_PATIENCE_MS 10000

/* Prepared statements kept per connection; the one unused for longest makes room. */
#define DB_STATEMENTS_KEPT 256

/* Values one statement may take. */
#define DB_VALUES_MOST 250

struct rows {
        struct db *db;
        struct rows *next, **link; /* in the list of running queries, or of spare ones (link NULL) */
        int level;                 /* savepoints open when the query started */
        bool is_open;
        bool is_borrowed; /* shown by db_each: the caller may not step or close it */
};

/* Values for one statement, row by row. */
struct many {
        const int64_t *integers;
        const struct value *values; /* where integers is NULL */
        size_t row_count, width;
};

struct driver {
        size_t rows_size; /* bytes of the driver's rows, which begin with struct rows */

        void (*close)(struct db *);
        bool (*exec)(struct db *, const char *sql, struct values);
        bool (*insert_long)(struct db *, const char *sql, struct values, const char *table, const char *column); /* NULL: as exec */
        bool (*start)(struct rows *, const char *sql, struct values);
        bool (*step)(struct rows *);
        void (*stop)(struct rows *);  /* keeps memory for the next query */
        void (*spare)(struct rows *); /* gives back what stop kept */
        int64_t (*integer)(struct rows *, int column);
        const void *(*bytes)(struct rows *, int column, size_t *length, bool is_text);
        bool (*is_null)(struct rows *, int column);
        bool (*each)(struct db *, struct rows *, const char *sql, const struct many *, db_each_row *, void *context);
        bool (*plain)(struct db *, const char *sql); /* a fixed statement without rows; sets an error */
        void (*clear)(struct db *, const char *sql); /* a rollback: works while an error stands */
        bool (*in_transaction)(const struct db *);
        bool (*copy)(struct db *, const char *path);
        void (*checkpoint)(struct db *);
        bool (*set_overwriting)(struct db *, bool); /* of what is deleted; NULL where files are not ours */
        bool (*purge)(struct db *);
        bool (*set_waiting)(struct db *, bool); /* for the disk; NULL where it always waits */
        bool (*claim)(struct db *); /* NULL: nothing is to be done */
        void (*set_patience)(struct db *, int milliseconds);
        const char *begin_read, *begin_write;
};

/* A connection; the driver's own begins with it. */
struct db {
        const struct driver *driver;
        enum db_kind kind;
        enum db_mode mode;
        struct error *err; /* never NULL */
        struct error own;  /* used while nobody lends one */
        int64_t changes;
        long statement_count;
        long fail_in;
        int level;     /* savepoints open */
        bool is_begun; /* by db_begin; the database may have rolled back by itself since */
        int limit_ms;  /* of the snapshot; 0: none */
        int64_t end;   /* when it is over, steady */
        struct rows *running, *spare;
};

struct db *sqlite_open(const char *path, enum db_mode, struct error *);
struct db *pgsql_open(const char *url, enum db_mode, struct error *);

/* Whether the snapshot's time is over, and to say so; false. */
bool db_is_late(const struct db *);
bool db_fail_late(struct db *);

/* Append the next statement of a script to out in the words of the database: comments and WITHOUT
 * ROWID dropped, types translated, tables made STRICT. *script moves on. False at the end. */
bool script_next(enum db_kind, const char **script, struct buf *out);

#endif
