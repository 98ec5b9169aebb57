#include "tests/failing_calls.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unwind.h>

#define FRAMES 5 /* of the way to a place */

static atomic_long fail_in, taken;
static const struct db *_Atomic watched;
static long statements_before;

struct places {
        atomic_size_t count;
        struct {
                _Atomic uint64_t hash;
                long first;
        } place[2 * PLACES_MOST];
};
static struct places memory, statements;

struct walk {
        uint64_t hash;
        int depth;
};

static _Unwind_Reason_Code take_frame(struct _Unwind_Context *frame, void *argument)
{
        struct walk *walk = argument;

        if (walk->depth++ >= 2) /* ours */
                walk->hash = (walk->hash ^ (uint64_t)_Unwind_GetIP(frame)) * 1099511628211u;
        return walk->depth < FRAMES + 2 ? _URC_NO_REASON : _URC_END_OF_STACK;
}

static void note(struct places *p, long number)
{
        struct walk walk = { .hash = 1469598103934665603u };
        size_t room = sizeof p->place / sizeof *p->place;

        _Unwind_Backtrace(take_frame, &walk);
        walk.hash |= 1;
        for (size_t slot = walk.hash % room;; slot = (slot + 1) % room) {
                uint64_t there = 0;

                if (atomic_compare_exchange_strong(&p->place[slot].hash, &there, walk.hash)) {
                        p->place[slot].first = number;
                        break;
                }
                if (there == walk.hash)
                        return;
        }
        if (atomic_fetch_add(&p->count, 1) + 1 >= PLACES_MOST)
                atomic_store(&watched, NULL);
}

void places_watch(const struct db *db)
{
        memset(&memory, 0, sizeof memory);
        memset(&statements, 0, sizeof statements);
        atomic_store(&taken, 0);
        statements_before = db_statement_count(db);
        atomic_store(&watched, db);
}

static int compare(const void *a, const void *b)
{
        const long *x = a, *y = b;

        return (*x > *y) - (*x < *y);
}

static size_t read_places(const struct places *p, long first[PLACES_MOST])
{
        size_t count = 0;

        atomic_store(&watched, NULL);
        for (size_t i = 0; i < sizeof p->place / sizeof *p->place; i++)
                if (p->place[i].hash != 0)
                        first[count++] = p->place[i].first;
        qsort(first, count, sizeof *first, compare);
        return count;
}

size_t places_of_memory(long first[PLACES_MOST])
{
        return read_places(&memory, first);
}

size_t places_of_statements(long first[PLACES_MOST])
{
        return read_places(&statements, first);
}

/* ---- memory ------------------------------------------------------------------------------------------------------------- */

#define WRAPPED(type, name, parameters, arguments)                                                 \
        type __real_##name parameters;                                                             \
        type __wrap_##name parameters;                                                             \
        type __wrap_##name parameters                                                              \
        {                                                                                          \
                if (atomic_load(&watched) != NULL)                                                 \
                        note(&memory, atomic_fetch_add(&taken, 1) + 1);                            \
                if (atomic_load(&fail_in) > 0 && atomic_fetch_sub(&fail_in, 1) == 1)               \
                        return NULL;                                                               \
                return __real_##name arguments;                                                    \
        }

WRAPPED(void *, malloc, (size_t bytes), (bytes))
WRAPPED(void *, calloc, (size_t count, size_t bytes), (count, bytes))
WRAPPED(void *, realloc, (void *old, size_t bytes), (old, bytes))
WRAPPED(char *, strdup, (const char *text), (text))

void memory_fail_at(long n)
{
        atomic_store(&fail_in, n);
}

bool memory_was_refused(void)
{
        return atomic_load(&fail_in) <= 0;
}

/* ---- statements: they fail by db_fail_at ---------------------------------------------------------------------------------------- */

#define ASKED(type, name, parameters, arguments)                                                   \
        type __real_##name parameters;                                                             \
        type __wrap_##name parameters;                                                             \
        type __wrap_##name parameters                                                              \
        {                                                                                          \
                if (db != NULL && db == atomic_load(&watched))                                                   \
                        note(&statements, db_statement_count(db) - statements_before + 1);         \
                return __real_##name arguments;                                                    \
        }

ASKED(bool, db_exec, (struct db * db, const char *sql, struct values v), (db, sql, v))
ASKED(struct rows *, db_query, (struct db * db, const char *sql, struct values v), (db, sql, v))
ASKED(int64_t, db_number, (struct db * db, const char *sql, struct values v, int64_t fallback), (db, sql, v, fallback))
ASKED(char *, db_text, (struct db * db, struct arena *arena, const char *sql, struct values v), (db, arena, sql, v))
ASKED(bool, db_each,
      (struct db * db, const char *sql, const int64_t *integers, size_t row_count, size_t width, db_each_row *each, void *context),
      (db, sql, integers, row_count, width, each, context))
ASKED(bool, db_many, (struct db * db, const char *sql, const struct value *values, size_t row_count, size_t width),
      (db, sql, values, row_count, width))
ASKED(bool, db_begin, (struct db * db), (db))
ASKED(bool, db_commit, (struct db * db), (db))
ASKED(bool, db_savepoint, (struct db * db), (db))
ASKED(bool, db_release, (struct db * db), (db))
ASKED(bool, db_script, (struct db * db, const char *sql), (db, sql))
