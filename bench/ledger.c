/* Three commands with 1 M figures, start of the program included, each beside its yardstick:
 *   import   from a CSV file through every rule into the ledger, the table and the totals; against bare SQLite taking the
 *            same rows of integers by a prepared insert in one transaction;
 *   rebuild  the same tables once more from the ledger; against the same;
 *   verify   every hash, chain and seal; against bare SQLite reading the same lines and SHA-256 over each. */
#include <openssl/sha.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "bench/bench.h"
#include "catalogue/catalogue.h"

#define ROWS 1000000
#define AIM 500000 /* figures a second, of verify and rebuild each */

/* The country's 63 provinces report exports by goods, month after month, as they come in. */
static bool write_file(struct work *w, const char *path)
{
        struct complaints complaints = { .arena = w->arena };
        size_t file_count;
        const struct source *files = catalogue_shipped(&file_count);
        const struct catalogue *c = catalogue_parse(w->arena, files, file_count, &complaints);
        const struct unit *units[128];
        const struct item *items[256];
        static const char *const indicators[] = { "export_value", "export_quantity" };
        size_t unit_count = unit_list(c, LEVEL_PROVINCE, day_of(2006, 1, 1), units, 128);
        size_t item_count = item_list(c, "goods_export", day_of(2006, 1, 1), items, 256);
        FILE *f = fopen(path, "wb");
        int64_t n = 0;

        if (f == NULL || unit_count == 0 || item_count == 0 || item_count > 256)
                return error_set(&w->err, ERR_ENVIRONMENT, "cannot write the file to import");
        fputs("indicator,unit,period,item,value,status,known_from\n", f);
        for (int month = 0; n < ROWS; month++)
                for (size_t i = 0; i < 2; i++)
                        for (size_t u = 0; u < unit_count && n < ROWS; u++)
                                for (size_t k = 0; k < item_count && n < ROWS; k++, n++)
                                        fprintf(f, "%s,%s,%d-%02d,%s,%lld.%03lld,published,%d-%02d-28\n", indicators[i],
                                                units[u]->code, 2005 + month / 12, 1 + month % 12, items[k]->code,
                                                (long long)(n * 7919 % 100000), (long long)(n % 1000), 2005 + month / 12,
                                                1 + month % 12);
        return fclose(f) == 0 || error_set(&w->err, ERR_ENVIRONMENT, "cannot write the file to import");
}

/* The rows as they stand in the table, once more, by SQLite alone. */
static bool bare_inserts(struct work *w, const char *from, const char *path, double *seconds)
{
        sqlite3 *db = NULL, *source = NULL;
        sqlite3_stmt *insert = NULL, *select = NULL;
        int64_t *rows = arena_array(w->arena, ROWS, sizeof *rows * 11);
        size_t count = 0;
        double start;
        bool ok;

        remove(path);
        ok = sqlite3_open(from, &source) == SQLITE_OK &&
             sqlite3_prepare_v2(source, "SELECT province, indicator, period, unit, item, partner, known_from, value, status,"
                                        " mark, entry FROM figure ORDER BY entry, province", -1, &select, NULL) == SQLITE_OK;
        while (ok && sqlite3_step(select) == SQLITE_ROW && count < ROWS) {
                for (int i = 0; i < 11; i++)
                        rows[count * 11 + (size_t)i] = sqlite3_column_int64(select, i);
                count++;
        }
        sqlite3_finalize(select);
        sqlite3_close(source);
        ok = ok && sqlite3_open(path, &db) == SQLITE_OK &&
             sqlite3_exec(db,
                          "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                          "CREATE TABLE figure (province BIGINT, indicator BIGINT, period BIGINT, unit BIGINT, item BIGINT,"
                          " partner BIGINT, known_from BIGINT, value BIGINT, status BIGINT, mark BIGINT, entry BIGINT,"
                          " PRIMARY KEY (province, indicator, period, unit, item, partner, known_from)) WITHOUT ROWID",
                          NULL, NULL, NULL) == SQLITE_OK;
        start = bench_seconds();
        ok = ok && sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK &&
             sqlite3_prepare_v2(db, "INSERT INTO figure VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", -1, &insert, NULL) ==
                     SQLITE_OK;
        for (size_t n = 0; ok && n < count; n++) {
                for (int i = 0; i < 11; i++)
                        sqlite3_bind_int64(insert, i + 1, rows[n * 11 + (size_t)i]);
                ok = sqlite3_step(insert) == SQLITE_DONE && sqlite3_reset(insert) == SQLITE_OK;
        }
        ok = ok && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
        *seconds = bench_seconds() - start;
        if (!ok || count != ROWS)
                error_set(&w->err, ERR_ENVIRONMENT, "the yardstick failed: %s", sqlite3_errmsg(db));
        sqlite3_finalize(insert);
        sqlite3_close(db);
        return work_ok(w);
}

/* The lines read and hashed, and nothing else. */
static bool bare_hashes(struct work *w, const char *from, double *seconds)
{
        unsigned char hash[SHA256_DIGEST_LENGTH];
        double start = bench_seconds();
        sqlite3 *source = NULL;
        sqlite3_stmt *select = NULL;
        int code = SQLITE_ERROR;
        bool ok = sqlite3_open(from, &source) == SQLITE_OK &&
                  sqlite3_prepare_v2(source, "SELECT line FROM ledger_entry ORDER BY stream, seq", -1, &select, NULL) ==
                          SQLITE_OK;

        while (ok && (code = sqlite3_step(select)) == SQLITE_ROW)
                SHA256(sqlite3_column_blob(select, 0), (size_t)sqlite3_column_bytes(select, 0), hash);
        *seconds = bench_seconds() - start;
        if (code != SQLITE_DONE)
                error_set(&w->err, ERR_ENVIRONMENT, "the yardstick failed: %s", sqlite3_errmsg(source));
        sqlite3_finalize(select);
        sqlite3_close(source);
        return work_ok(w);
}

/* A node that has imported the file. */
struct filled {
        char folder[256], node[300], store[320];
        double import_seconds;
};

static bool fill(struct work *w, const char *self, struct filled *f)
{
        char file[300];
        double start;
        bool ok = bench_folder(w, f->folder);

        snprintf(f->node, sizeof f->node, "%s/node", f->folder);
        snprintf(f->store, sizeof f->store, "%s/ledger.db", f->node);
        snprintf(file, sizeof file, "%s/bench.csv", f->folder);
        ok = ok && write_file(w, file) &&
             bench_command(w, self, (const char *const[]){ "init", f->node, "--unit", "VN", NULL });
        start = bench_seconds();
        ok = ok && bench_command(w, self, (const char *const[]){ "import", f->node, file, NULL });
        f->import_seconds = bench_seconds() - start;
        return ok;
}

static bool against_inserts(struct work *w, const struct filled *f, double *seconds)
{
        char bare[300];

        snprintf(bare, sizeof bare, "%s/bare.db", f->folder);
        return bare_inserts(w, f->store, bare, seconds);
}

bool bench_import(struct work *w, const char *self, struct buf *out)
{
        struct filled f;
        double yardstick = 0;
        bool ok = fill(w, self, &f) && against_inserts(w, &f, &yardstick);

        if (ok) {
                bench_line(out, "import", ROWS, f.import_seconds, "raw prepared SQLite inserts", yardstick);
                bench_end(out);
        }
        bench_remove(f.folder);
        return ok;
}

#define ROUNDS 3 /* ours and the yardstick in turn; the best of each, for the machine is never quite quiet */

static bool measure(struct work *w, const char *self, struct buf *out, const char *command, const char *yardstick_name,
                    bool (*yardstick)(struct work *, const struct filled *, double *))
{
        double ours = 0, theirs = 0, seconds, start;
        struct filled f;
        bool ok = fill(w, self, &f);

        for (int i = 0; ok && i < ROUNDS; i++) {
                start = bench_seconds();
                ok = bench_command(w, self, (const char *const[]){ command, f.node, NULL });
                seconds = bench_seconds() - start;
                ours = i == 0 || seconds < ours ? seconds : ours;
                ok = ok && yardstick(w, &f, &seconds);
                theirs = i == 0 || seconds < theirs ? seconds : theirs;
        }
        if (ok) {
                bench_line(out, command, ROWS, ours, yardstick_name, theirs);
                bench_at_least(out, ROWS / ours, AIM, " per second");
                bench_end(out);
        }
        bench_remove(f.folder);
        return ok;
}

static bool against_hashes(struct work *w, const struct filled *f, double *seconds)
{
        return bare_hashes(w, f->store, seconds);
}

bool bench_verify(struct work *w, const char *self, struct buf *out)
{
        return measure(w, self, out, "verify", "raw SQLite reads and SHA-256 of the same lines", against_hashes);
}

bool bench_rebuild(struct work *w, const char *self, struct buf *out)
{
        return measure(w, self, out, "rebuild", "raw prepared SQLite inserts", against_inserts);
}
