/* support.h - what the tests of all modules share: a fresh folder, a fresh store.
 *
 * Header only, so that a test program needs nothing but itself and the library; it brings cmocka.h.
 * CAUNOI_TEST_STORE says which database is tested: unset or "sqlite", or the URL of a PostgreSQL
 * database (tests/postgres.sh). */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "work/work.h"

#define TEST_FOLDERS_MOST 4096

static char *test_folders[TEST_FOLDERS_MOST];
static int test_folder_count;
static pid_t test_owner; /* a forked child must not remove its parent's folders */

static inline int test_remove_one(const char *path, const struct stat *about, int type, struct FTW *place)
{
        (void)about;
        (void)type;
        (void)place;
        return remove(path);
}

static inline void test_remove_folders(void)
{
        if (getpid() != test_owner)
                return;
        for (int i = 0; i < test_folder_count; i++) {
                nftw(test_folders[i], test_remove_one, 16, FTW_DEPTH | FTW_PHYS);
                free(test_folders[i]);
        }
}

/* A new, empty folder, removed when the program ends. */
static inline const char *test_folder(void)
{
        const char *parent = getenv("TMPDIR");
        char *path;

        assert_true(test_folder_count < TEST_FOLDERS_MOST);
        assert_true(asprintf(&path, "%s/caunoi-test-XXXXXX", parent == NULL ? "/tmp" : parent) > 0);
        assert_non_null(mkdtemp(path));
        if (test_folder_count == 0) {
                test_owner = getpid();
                atexit(test_remove_folders);
        }
        test_folders[test_folder_count++] = path;
        return path;
}

/* A file's path in a new folder. */
static inline const char *test_path(const char *name)
{
        static char paths[16][512];
        static int next;
        char *path = paths[next++ % 16];

        snprintf(path, sizeof paths[0], "%s/%s", test_folder(), name);
        return path;
}

/* NULL where SQLite is tested; otherwise the URL of a new, empty schema, valid until the end. */
static inline const char *test_store(void)
{
        static char *urls[TEST_FOLDERS_MOST]; /* kept, so that nobody has to free them */
        static int count;
        static PGconn *connection; /* a server forks for each one */
        static pid_t owner;        /* and a child may not talk on its parent's */
        const char *base = getenv("CAUNOI_TEST_STORE");
        char schema[64], sql[240];
        PGresult *result;

        if (base == NULL || base[0] == '\0' || strcmp(base, "sqlite") == 0)
                return NULL;
        assert_true(count < TEST_FOLDERS_MOST);
        snprintf(schema, sizeof schema, "t%ld_%d", (long)getpid(), count);
        snprintf(sql, sizeof sql,
                 "SET client_min_messages = warning; DROP SCHEMA IF EXISTS %s CASCADE; CREATE SCHEMA %s",
                 schema, schema);
        if (owner != getpid()) {
                owner = getpid();
                connection = PQconnectdb(base);
        }
        if (PQstatus(connection) != CONNECTION_OK)
                fail_msg("%s", PQerrorMessage(connection));
        result = PQexec(connection, sql);
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
                fail_msg("%s", PQerrorMessage(connection));
        PQclear(result);
        assert_true(asprintf(&urls[count], "%s%coptions=-csearch_path%%3D%s", base, strchr(base, '?') ? '&' : '?',
                             schema) > 0);
        return urls[count++];
}

/* What to give db_open: a fresh database in either store. */
static inline const char *test_database(void)
{
        const char *store = test_store();

        return store != NULL ? store : test_path("test.db");
}

/* Run something again and again, each time with a later piece of memory refused, until nothing was: each failure says that the machine has
 * no memory left. How often it failed. */
static inline long test_memory_fails(work_function *run, void *argument)
{
        struct arena *memory = arena_open((size_t)1 << 20);
        long failed = 0;

        for (long n = 1;; n += n < 40 ? 1 : 97, failed++) {
                struct work w;
                bool is_done;

                work_init(&w, memory, NULL, LANGUAGE_EN);
                arena_fail_at(n);
                is_done = work_run(&w, run, argument);
                arena_fail_at(0);
                if (is_done)
                        break;
                assert_int_equal(w.err.code, ERR_ENVIRONMENT);
        }
        arena_close(memory);
        return failed;
}

#endif
