#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "bench/bench.h"
#include "figure/figure.h"

/* ---- R --------------------------------------------------------------------------------------------------------------- */

FILE *bench_r_open(struct work *w, const char *folder, const char *script, const char *others)
{
        char path[300], command[900];
        FILE *file;
        bool ok;

        snprintf(path, sizeof path, "%s/yardstick.R", folder);
        file = fopen(path, "w");
        ok = file != NULL && fputs(script, file) >= 0;
        ok = file != NULL && fclose(file) == 0 && ok;
        if (!ok) {
                error_set(&w->err, ERR_ENVIRONMENT, "cannot write \"%s\"", path);
                return NULL;
        }
        snprintf(command, sizeof command, "Rscript --vanilla '%s' '%s' %s", path, folder, others);
        file = popen(command, "r");
        if (file == NULL)
                bench_r_close(w, NULL, false);
        return file;
}

bool bench_r_close(struct work *w, FILE *file, bool read_all)
{
        bool ok = file != NULL && pclose(file) == 0 && read_all;

        if (ok)
                return true;
        error_set(&w->err, ERR_ENVIRONMENT, "the yardstick failed: R with data.table");
        return error_hint(&w->err, "tools/install.sh bench installs both");
}

/* ---- bare SQLite ------------------------------------------------------------------------------------------------------- */

bool bench_against_sqlite(struct bench_world *b, bench_question *question, void *context, const char *sql, int column, int repeats, int64_t rows,
                          struct bench_medians *m)
{
        double ours[BENCH_REPEATS_MOST], bare[BENCH_REPEATS_MOST], start;
        struct bench_answer answer = { 0 }, check = { 0 };
        sqlite3_stmt *s = NULL;
        sqlite3 *db = NULL;
        char store[300];
        bool ok;

        snprintf(store, sizeof store, "%s/node/ledger.db", b->folder);
        ok = (sqlite3_open_v2(store, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK && sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK) ||
             error_set(&b->work.err, ERR_ENVIRONMENT, "the yardstick failed: %s", sqlite3_errmsg(db));
        for (int i = 0; ok && i < repeats; i++) {
                answer = check = (struct bench_answer){ 0 };
                start = bench_processor_seconds();
                ok = question(b, context, &answer);
                ours[i] = bench_processor_seconds() - start;
                start = bench_processor_seconds();
                while (ok && sqlite3_step(s) == SQLITE_ROW) {
                        check.rows++;
                        check.sum += sqlite3_column_int64(s, column);
                }
                sqlite3_reset(s);
                bare[i] = bench_processor_seconds() - start;
        }
        if (ok && (answer.rows != check.rows || answer.sum != check.sum || answer.rows != rows))
                ok = error_set(&b->work.err, ERR_DAMAGED, "the two answers differ: %lld and %lld rows", (long long)answer.rows, (long long)check.rows);
        sqlite3_finalize(s);
        sqlite3_close(db);
        if (ok)
                *m = (struct bench_medians){ bench_median(ours, (size_t)repeats), bench_median(bare, (size_t)repeats), answer };
        return ok;
}

/* ---- figures ------------------------------------------------------------------------------------------------------------- */

bool bench_put_group(struct work *w, int64_t indicator, period when, int64_t unit)
{
        const int64_t group[] = { indicator, when, unit };

        return db_each(w->db, "INSERT INTO figure_group VALUES ($1, $2, $3, 1)", group, 1, 3, NULL, NULL);
}

void bench_figure(int64_t row[BENCH_FIGURE_WIDTH], int64_t province, int64_t indicator, period when, int64_t unit, int64_t item, moment known_from,
                  int64_t value)
{
        const int64_t filled[BENCH_FIGURE_WIDTH] = { province, indicator, when, unit, item, 0, known_from, value, STATUS_PUBLISHED, 0, 1 };

        memcpy(row, filled, sizeof filled);
}

bool bench_put_figures(struct work *w, const int64_t *rows, size_t count)
{
        return count == 0 || db_each(w->db, "INSERT INTO figure VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", rows, count,
                                     BENCH_FIGURE_WIDTH, NULL, NULL);
}

#define ROW_BYTES 600 /* about what one entry takes */

bool bench_bare_commits(struct work *w, const char *path, int commits, double *seconds)
{
        char *row = arena_alloc(w->arena, ROW_BYTES);
        sqlite3_stmt *insert = NULL;
        sqlite3 *db = NULL;
        double start;
        bool ok = sqlite3_open(path, &db) == SQLITE_OK &&
                  sqlite3_exec(db,
                               "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                               "CREATE TABLE entry (id INTEGER PRIMARY KEY, bytes BLOB)",
                               NULL, NULL, NULL) == SQLITE_OK &&
                  sqlite3_prepare_v2(db, "INSERT INTO entry (bytes) VALUES (?)", -1, &insert, NULL) == SQLITE_OK;

        start = bench_seconds();
        for (int i = 0; ok && i < commits; i++)
                ok = sqlite3_bind_blob(insert, 1, row, ROW_BYTES, SQLITE_STATIC) == SQLITE_OK &&
                     sqlite3_step(insert) == SQLITE_DONE && sqlite3_reset(insert) == SQLITE_OK;
        *seconds = bench_seconds() - start;
        if (!ok)
                error_set(&w->err, ERR_ENVIRONMENT, "the yardstick failed: %s", sqlite3_errmsg(db));
        sqlite3_finalize(insert);
        sqlite3_close(db);
        return ok;
}
