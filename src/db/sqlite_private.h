/* sqlite_private.h - the embedded database, by the two files that drive it: sqlite.c, and sqlite_many.c for many rows at once. */
#ifndef DB_SQLITE_PRIVATE_H
#define DB_SQLITE_PRIVATE_H

#include <sqlite3.h>

#include "db/db_private.h"

#define SQLITE_SLOTS 512 /* power of two: where the statement for a text's address was last found */
#define SQLITE_BULKS 16  /* statements remembered in the form for many rows */

struct statement {
        sqlite3_stmt *handle;
        char *sql;
        uint64_t used_at;
        int parameter_count;
        bool is_busy;
        unsigned char number[DB_VALUES_MOST]; /* of the value for each parameter, from 0 */
};

struct sqlite {
        struct db db;
        sqlite3 *handle;
        char *path;
        uint64_t clock;
        int patience_ms;
        int kept_count;
        struct statement *kept[DB_STATEMENTS_KEPT];
        struct {
                const char *sql;
                struct statement *statement;
        } slots[SQLITE_SLOTS];
        sqlite3_stmt *pin; /* reads something, so that BEGIN takes its snapshot now */
        bool is_hasty;     /* commits do not wait for the disk: */
        bool has_unsynced; /* some have not, or may not have of a process before this one, and nothing has waited since */
        bool must_rewrite; /* the disk has refused to take them, and the system may count them as written all the same */
        int frames;        /* in the log after the last commit */
        struct log_mark {
                int frames;
                unsigned char name[8]; /* the log has another each time it begins anew */
        } synced; /* where what may not be on the disk begins */
        struct batch *batch; /* what the table of rows shows; NULL outside a bulk insert */
        unsigned char *passed; /* for batch.passed: lasts, because who is told of a row may jump away */
        size_t passed_room;
        struct bulk {
                const char *sql;   /* as asked for: a guess at where to look, like slots */
                char *text, *many; /* the statement, and the same for all rows at once; many NULL: it is not one */
                size_t width;      /* values it takes */
        } bulks[SQLITE_BULKS];
};

/* Put an SQLite failure into words for people; its own words go to the log. False. */
bool sqlite_fail(struct sqlite *s, int code, const char *sql);

/* A prepared statement that is not running, marked busy until it is given back; NULL and an error. */
struct statement *sqlite_take(struct sqlite *s, const char *sql);
void sqlite_give(struct statement *t);

/* Inserts all rows by one statement where the text allows it (*is_done), and tells each (unless NULL) which were not there before; not done, and
 * no error: they are to be run one by one. False: an error, with the rows before it inserted. */
bool sqlite_many(struct sqlite *s, const char *sql, const struct many *m, db_each_row *each, void *context, bool *is_done);

/* For a connection that writes: what sqlite_many reads from. */
bool sqlite_many_set_up(struct sqlite *s);
void sqlite_many_clear(struct sqlite *s);

#endif
