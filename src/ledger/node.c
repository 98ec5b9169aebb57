#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"
#include "ledger/ledger_private.h"

#define SETTINGS_MAX ((size_t)64 << 10)
#define PAST_PATIENCE_MS 30000
#define PUT_OFF_MOST ((size_t)256 << 10)

/* ---- the folder ---------------------------------------------------------------------------- */

void path_in(char out[PATH_MAX], const char *folder, const char *name)
{
        snprintf(out, PATH_MAX, "%s/%s", folder, name);
}

static bool unit_is_formed(const char *unit)
{
        size_t length = strlen(unit);

        if (strcmp(unit, "VN") == 0)
                return true;
        return (length == 2 || length == 5) && strspn(unit, "0123456789") == length;
}

static void *zeroed(size_t bytes)
{
        return calloc(1, bytes);
}

static void node_free(struct node *n)
{
        if (n == NULL)
                return;
        sodium_memzero(n->secret, sizeof n->secret);
        symbols_free(n);
        heads_drop(n);
        arena_close(n->scratch);
        while (n->kept_count > 0) {
                struct kept *k = &n->kept[--n->kept_count];

                if (k->free_it != NULL)
                        k->free_it(k->thing);
        }
        while (n->resting != NULL)
                placing_rest_over(n, n->resting->stream);
        while (n->readers != NULL) {
                struct reader *r = n->readers;

                n->readers = r->next;
                db_close(r->db);
                free(r);
        }
        db_close(n->writer);
        standing_free(n->standing);
        if (n->lock >= 0)
                close(n->lock);
        pthread_mutex_destroy(&n->readers_lock);
        pthread_mutex_destroy(&n->kept_lock);
        pthread_mutex_destroy(&n->queue_lock);
        pthread_cond_destroy(&n->queue_filled);
        pthread_mutex_destroy(&n->pasts_lock);
        pthread_cond_destroy(&n->past_made);
        pthread_rwlock_destroy(&n->symbols_lock);
        free(n->folder);
        free(n->unit);
        free(n->store);
        free(n->settings);
        free(n->formers);
        free(n->heard);
        free(n);
}

static struct node *node_make(const char *folder, const struct ledger_schema *schema, enum node_mode mode)
{
        static atomic_llong serials;
        struct node *n = zeroed(sizeof *n);
        pthread_condattr_t steady;

        if (n == NULL)
                return NULL;
        n->folder = strdup(folder);
        n->schema = schema;
        n->mode = mode;
        n->lock = -1;
        n->serial = atomic_fetch_add(&serials, 1) + 1;
        n->place_bytes_a_ms = 1024;
        n->judge_between_most = JUDGE_BETWEEN_MOST;
        n->put_off_most = PUT_OFF_MOST;
        n->past_patience_ms = PAST_PATIENCE_MS;
        n->people_at = INT64_MIN / 2;
        n->people.last = &n->people.first;
        n->behind.last = &n->behind.first;
        n->scratch = arena_open((size_t)512 << 20);
        pthread_mutex_init(&n->readers_lock, NULL);
        pthread_mutex_init(&n->kept_lock, NULL);
        pthread_mutex_init(&n->queue_lock, NULL);
        pthread_condattr_init(&steady);
        pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
        pthread_cond_init(&n->queue_filled, &steady);
        pthread_mutex_init(&n->pasts_lock, NULL);
        pthread_cond_init(&n->past_made, &steady);
        pthread_condattr_destroy(&steady);
        pthread_rwlock_init(&n->symbols_lock, NULL);
        if (n->folder == NULL || n->scratch == NULL) {
                node_free(n);
                return NULL;
        }
        return n;
}

static bool no_memory(struct error *err)
{
        return error_set(err, ERR_ENVIRONMENT, "the machine has no memory left");
}

/* ---- settings: key = value lines ------------------------------------------------------------- */

const char *node_setting(const struct node *n, const char *name)
{
        size_t length = strlen(name);

        if (n->original != NULL)
                n = n->original;
        for (const char *line = n->settings; line < n->settings + n->settings_length; line += strlen(line) + 1)
                if (strncmp(line, name, length) == 0 && line[length] == '=')
                        return line + length + 1;
        return NULL;
}

/* Cut the text into lines "key=value" without spaces around either. */
static bool settings_parse(struct node *n, const char *text, struct error *err)
{
        char *out = zeroed(strlen(text) + 2);
        int number = 0;

        if (out == NULL)
                return no_memory(err);
        n->settings = out;
        for (const char *line = text; *line != '\0';) {
                const char *end = strchrnul(line, '\n'), *equal = memchr(line, '=', (size_t)(end - line));
                const char *key = line + strspn(line, " \t"), *key_end, *value, *value_end = end;

                number++;
                line = *end == '\0' ? end : end + 1;
                if (key >= end || *key == '#')
                        continue;
                if (equal == NULL)
                        return error_set(err, ERR_INVALID, "settings line %d has no \"=\"", number);
                for (key_end = equal; key_end > key && (key_end[-1] == ' ' || key_end[-1] == '\t'); key_end--)
                        ;
                for (value = equal + 1; value < end && (*value == ' ' || *value == '\t'); value++)
                        ;
                while (value_end > value && strchr(" \t\r", value_end[-1]) != NULL)
                        value_end--;
                out = (char *)mempcpy(out, key, (size_t)(key_end - key));
                *out++ = '=';
                out = (char *)mempcpy(out, value, (size_t)(value_end - value));
                *out++ = '\0';
        }
        n->settings_length = (size_t)(out - n->settings);
        return true;
}

static bool settings_load(struct node *n, struct arena *a, struct error *err)
{
        char path[PATH_MAX], *text;
        size_t length;

        path_in(path, n->folder, "settings");
        if (access(path, F_OK) != 0 && errno != ENOENT && errno != ENOTDIR)
                return error_system(err, ERR_ENVIRONMENT, errno, "cannot open \"%s\"", path);
        if (!file_exists(path))
                return error_set(err, ERR_MISSING, "\"%s\" is not a node", n->folder) ||
                       error_hint(err, "make one with: caunoi init %s --unit CODE", n->folder);
        text = file_read(a, path, SETTINGS_MAX, &length, err);
        if (text == NULL || !settings_parse(n, text, err))
                return error_while(err, "reading \"%s\"", path);
        if (node_setting(n, "unit") == NULL || !unit_is_formed(node_setting(n, "unit")))
                return error_set(err, ERR_DAMAGED, "\"%s\" names no unit", path);
        n->unit = strdup(node_setting(n, "unit"));
        if (node_setting(n, "store") != NULL) {
                n->store = strdup(node_setting(n, "store"));
        } else {
                path_in(path, n->folder, "ledger.db");
                n->store = strdup(path);
        }
        return (n->unit != NULL && n->store != NULL) || no_memory(err);
}

bool key_file_read(struct node *n, char *text, const char *path, struct error *err)
{
        struct former *list = NULL;
        size_t count = 0;
        char *line, *rest = text;
        bool ok;

        line = strsep(&rest, "\n");
        ok = hex_read(n->secret, sizeof n->secret, line);
        while (ok && (line = strsep(&rest, "\n")) != NULL) {
                unsigned char key[KEY_BYTES], signature[SIGNATURE_BYTES];
                struct former *more;

                if (*line == '\0')
                        continue;
                more = realloc(list, (count + 1) * sizeof *list);
                if (more == NULL) {
                        free(list);
                        return no_memory(err);
                }
                list = more;
                ok = sscanf(line, "former %64s %128s", list[count].key, list[count].signature) == 2 &&
                     hex_read(key, sizeof key, list[count].key) && hex_read(signature, sizeof signature, list[count].signature);
                count++;
        }
        if (!ok) {
                free(list);
                return error_set(err, ERR_DAMAGED, "the node's key in \"%s\" is damaged", path) ||
                       error_hint(err, "restore the key file from its backup; without it the node cannot write");
        }
        free(n->formers);
        n->formers = list;
        n->former_count = count;
        crypto_sign_ed25519_sk_to_pk(n->public, n->secret);
        hex_write(n->key, n->public, sizeof n->public);
        return true;
}

char *key_file_write(struct arena *a, const unsigned char secret[64], const struct former *list, size_t count)
{
        char hex[64 * 2 + 1], *text;

        hex_write(hex, secret, 64);
        text = arena_print(a, "%s\n", hex);
        sodium_memzero(hex, sizeof hex);
        for (size_t i = 0; i < count; i++)
                text = arena_print(a, "%sformer %s %s\n", text, list[i].key, list[i].signature);
        return text;
}

static bool key_load(struct node *n, struct arena *a, struct error *err)
{
        char path[PATH_MAX], *text;
        size_t length;
        bool ok;

        path_in(path, n->folder, KEY_FILE);
        text = file_read(a, path, KEY_FILE_MAX, &length, err);
        if (text == NULL)
                return error_while(err, "reading the node's key");
        ok = key_file_read(n, text, path, err);
        sodium_memzero(text, length);
        return ok && restored_load(n, a, err);
}

static bool lock_take(struct node *n, struct error *err)
{
        char path[PATH_MAX], holder[32] = "";
        ssize_t length;

        path_in(path, n->folder, "lock");
        n->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (n->lock < 0)
                return error_system(err, ERR_ENVIRONMENT, errno, "cannot open \"%s\"", path);
        if (flock(n->lock, LOCK_EX | LOCK_NB) != 0) {
                length = pread(n->lock, holder, sizeof holder - 1, 0);
                holder[length < 0 ? 0 : length] = '\0';
                return error_set(err, ERR_ENVIRONMENT, "process %s is already working with the node \"%s\"", holder,
                                 n->folder) ||
                       error_hint(err, "one process at a time: stop that process (the server: serve), run this, and start it again; what has a page may be done there meanwhile");
        }
        length = snprintf(holder, sizeof holder, "%ld", (long)getpid());
        if (ftruncate(n->lock, 0) != 0 || pwrite(n->lock, holder, (size_t)length, 0) != length)
                return error_system(err, ERR_ENVIRONMENT, errno, "cannot write \"%s\"", path);
        return true;
}

/* ---- the ledger's own tables --------------------------------------------------------------------- */

const char *const ledger_steps[] = {
        "CREATE TABLE ledger_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);"
        "CREATE TABLE ledger_stream (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, node TEXT NOT NULL,"
        " audience TEXT NOT NULL, seq BIGINT NOT NULL, hash TEXT NOT NULL, at BIGINT NOT NULL,"
        " sealed_seq BIGINT NOT NULL, stopped TEXT);"
        "CREATE TABLE ledger_entry (id BIGINT PRIMARY KEY, stream BIGINT NOT NULL, seq BIGINT NOT NULL, at BIGINT NOT NULL,"
        " kind TEXT NOT NULL, subject TEXT NOT NULL, hash BYTES NOT NULL, line BYTES NOT NULL);"
        "CREATE UNIQUE INDEX ledger_entry_place ON ledger_entry (stream, seq);"
        "CREATE INDEX ledger_entry_subject ON ledger_entry (subject, at) WHERE subject <> '';"
        "CREATE INDEX ledger_entry_hash ON ledger_entry (hash);"
        "CREATE TABLE ledger_seal (stream BIGINT NOT NULL, seq BIGINT NOT NULL, line TEXT NOT NULL,"
        " PRIMARY KEY (stream, seq)) WITHOUT ROWID;"
        "CREATE TABLE ledger_set_aside (entry BIGINT PRIMARY KEY, is_waiting BIGINT NOT NULL, why TEXT NOT NULL);"
        "CREATE TABLE symbol (id BIGINT PRIMARY KEY, kind TEXT NOT NULL, text TEXT NOT NULL, UNIQUE (kind, text));",
        /* What other nodes were last known to hold (sync/link.c): no entry says it, and a restart must not forget it. */
        "CREATE TABLE ledger_link (node TEXT PRIMARY KEY, url TEXT NOT NULL, total BIGINT NOT NULL, contact BIGINT NOT NULL,"
        " entry BIGINT NOT NULL);",
        /* Contents and keys of attachments (src/blob): not derived, since erasing them must not be undone by a replay. */
        "CREATE TABLE blob_content (id BIGINT PRIMARY KEY, node TEXT, name TEXT, held BIGINT NOT NULL,"
        " is_whole BIGINT NOT NULL, since BIGINT NOT NULL, UNIQUE (node, name));"
        "CREATE TABLE blob_piece (content BIGINT NOT NULL, start BIGINT NOT NULL, piece BYTES NOT NULL,"
        " PRIMARY KEY (content, start));"
        "CREATE TABLE blob_key (node TEXT NOT NULL, name TEXT NOT NULL, sealed BYTES NOT NULL, PRIMARY KEY (node, name));"
        "CREATE TABLE blob_want (node TEXT NOT NULL, name TEXT NOT NULL, since BIGINT NOT NULL, problem TEXT,"
        " PRIMARY KEY (node, name));",
        "ALTER TABLE ledger_stream ADD COLUMN fork_seq BIGINT NOT NULL DEFAULT 0;", /* where it was seen to fork; 0: it did not */
        "ALTER TABLE ledger_stream ADD COLUMN placed_seq BIGINT NOT NULL DEFAULT 0;" /* place.h */
        "UPDATE ledger_stream SET placed_seq = seq;",
        "DROP TABLE IF EXISTS case_entry;", /* derived by programs before; a rebuild drops the tables of its own program only */
        /* The other entries of the fork, with the seal under them, for whoever has not seen it (read.h); and up to where others hold this node's own
         * branch of it, so that a new key does not write that again. */
        "ALTER TABLE ledger_stream ADD COLUMN fork_lines BYTES;"
        "ALTER TABLE ledger_stream ADD COLUMN kept_seq BIGINT NOT NULL DEFAULT 0;",
        /* What an entry was before it was written again (rotate.c): receipts given before name it, and nothing else keeps it in the tables. */
        "CREATE TABLE ledger_rewritten (hash BYTES PRIMARY KEY, at BIGINT NOT NULL, entry BIGINT NOT NULL);"
        "CREATE INDEX ledger_rewritten_entry ON ledger_rewritten (entry);",
        /* Whose entries that node holds and this one passes over, as strangers_write has them (sync/link.c). */
        "ALTER TABLE ledger_link ADD COLUMN strangers TEXT NOT NULL DEFAULT '';",
        /* Of a stream that has forked, and whose node goes on under a new key: which branch goes on, by the hash of its first entry (rotate.c); at: when
         * that was said. */
        "CREATE TABLE ledger_branch (stream TEXT PRIMARY KEY, node TEXT NOT NULL, seq BIGINT NOT NULL, hash TEXT NOT NULL, at BIGINT NOT NULL);",
        /* Somebody here has agreed that what is held of the other branch is taken out (ledger_follow). */
        "ALTER TABLE ledger_branch ADD COLUMN is_agreed BIGINT NOT NULL DEFAULT 0;",
};
const int ledger_step_count = sizeof ledger_steps / sizeof *ledger_steps;

static const char *says(bool (*of)(const char *), const struct entry_kind *k, const char *what)
{
        return of != NULL && of(k->name) ? what : "";
}

bool schema_fingerprint(const struct ledger_schema *schema, char hash[HASH_HEX], struct error *err)
{
        unsigned char bytes[HASH_BYTES];
        struct buf all;
        bool ok;

        buf_init(&all, 0);
        buf_text(&all, "whom to trust 2\n"); /* how words about that are judged (judge.c): another number where one may come to something else */
        for (const struct derived_table *const *list = schema->tables; *list != NULL; list++)
                for (const struct derived_table *t = *list; t->name != NULL; t++) {
                        buf_text(&all, t->create_sql);
                        buf_char(&all, '\n');
                }
        /* What is said of a kind decides how it is placed: where that was said wrongly the tables are wrong. */
        for (const struct entry_kind *const *list = schema->kinds; *list != NULL; list++)
                for (const struct entry_kind *k = *list; k->name != NULL; k++)
                        buf_print(&all, "%s%s%s%s%s\n", k->name, says(schema->may_follow, k, " follows"), says(schema->decides_first, k, " decides first"),
                                  says(schema->puts_off, k, " puts off"), says(schema->by_subject, k, " by subject"));
        ledger_digest(all.data == NULL ? "" : all.data, all.length, bytes);
        ok = buf_ok(&all) || no_memory(err);
        buf_clear(&all);
        hex_write(hash, bytes, sizeof bytes);
        return ok;
}

bool derived_create(struct work *w)
{
        for (const struct derived_table *const *list = node_schema(w->node)->tables; *list != NULL; list++)
                for (const struct derived_table *t = *list; t->name != NULL; t++)
                        if (!db_script(w->db, t->create_sql))
                                return error_while(&w->err, "making table %s", t->name);
        return work_ok(w);
}

static bool holds_but_numbers(const struct derived_table *t)
{
        return strstr(t->create_sql, " TEXT") == NULL && strstr(t->create_sql, " BYTES") == NULL;
}

static bool for_each_derived(struct work *w, const char *verb)
{
        for (const struct derived_table *const *list = node_schema(w->node)->tables; *list != NULL; list++)
                for (const struct derived_table *t = *list; t->name != NULL; t++) {
                        const char *sql = arena_print(w->arena, "%s %s", verb, t->name);

                        holds_but_numbers(t) ? db_discard(w->db, sql) : db_script(w->db, sql);
                }
        return work_ok(w);
}

bool derived_drop(struct work *w)
{
        return for_each_derived(w, "DROP TABLE IF EXISTS");
}

bool derived_empty(struct work *w)
{
        return for_each_derived(w, "DELETE FROM");
}

bool meta_set(struct work *w, const char *name, const char *value)
{
        return db_exec(w->db,
                       "INSERT INTO ledger_meta (name, value) VALUES ($1, $2)"
                       " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                       ARGS(v_text(name), v_text(value)));
}

/* PostgreSQL only, for an init: what an earlier one that was cut off has made there is gone on with while nothing was written to it. */
static bool look_for_ledger(struct work *w, bool *is_there)
{
        *is_there = db_kind(w->db) == DB_POSTGRES &&
                    db_number(w->db, "SELECT COUNT(*) FROM pg_class WHERE relname = 'ledger_meta' AND relnamespace ="
                                     " quote_ident(current_schema())::regnamespace::oid", NO_ARGS, 0) > 0;
        if (!*is_there || db_number(w->db, "SELECT COUNT(*) FROM ledger_stream", NO_ARGS, 0) == 0)
                return work_ok(w);
        error_set(&w->err, ERR_CONFLICT, "the database holds the ledger of a node already; nothing was changed");
        return error_hint(&w->err, "name another database or schema; where that is of an init that was cut off, empty it first");
}

/* Bring a database to the present step and the present derived tables. */
static bool store_prepare(struct work *w, void *argument)
{
        struct node *n = w->node;
        char fingerprint[HASH_HEX];
        const char *before;
        int64_t step = 0, entries;
        bool is_fresh = *(bool *)argument, is_there = !is_fresh;

        if (is_fresh && !look_for_ledger(w, &is_there))
                return false;
        if (is_there)
                step = db_number(w->db, "SELECT CAST(value AS BIGINT) FROM ledger_meta WHERE name = 'step'", NO_ARGS, 0);
        if (!work_ok(w))
                return error_while(&w->err, "reading the ledger");
        if (step > ledger_step_count)
                return error_set(&w->err, ERR_CONFLICT, "this node was written by a newer program (step %lld)",
                                 (long long)step) ||
                       error_hint(&w->err, "use the newer program; the data is untouched");
        for (; step < ledger_step_count; step++)
                if (!db_script(w->db, ledger_steps[step]) ||
                    !meta_set(w, "step", arena_print(w->arena, "%lld", (long long)step + 1)))
                        return error_while(&w->err, "preparing the ledger");
        if (!schema_fingerprint(n->schema, fingerprint, &w->err))
                return false;
        before = db_text(w->db, w->arena, "SELECT value FROM ledger_meta WHERE name = 'schema'", NO_ARGS);
        if (!work_ok(w) || !heads_load(w))
                return false;
        if (!restored_look(w))
                return false;
        if (before == NULL)
                return derived_create(w) && meta_set(w, "schema", fingerprint);
        if (strcmp(before, fingerprint) == 0)
                return true;
        log_line(LOG_NOTE, "ledger", "the program has other tables than this node: replaying its entries");
        return ledger_rebuild(w, &entries) && heads_save(w) && meta_set(w, "schema", fingerprint);
}

static bool store_open(struct node *n, bool is_fresh, struct error *err)
{
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        struct work w;
        bool ok = false;

        if (a == NULL)
                return no_memory(err);
        n->writer = db_open(n->store, DB_WRITE, err);
        if (n->writer != NULL) {
                work_init(&w, a, n->writer, err->language);
                w.node = n;
                w.is_writing = true;
                db_attach_error(n->writer, &w.err);
                ok = db_claim(n->writer) && db_begin(n->writer) && work_run(&w, store_prepare, &is_fresh) && db_commit(n->writer);
                if (!ok)
                        db_rollback(n->writer);
                if (ok)
                        n->position = db_number(n->writer, "SELECT MAX(id) FROM ledger_entry", NO_ARGS, 0);
                n->next_id = n->position + 1;
                placing_count(n);
                if (!work_ok(&w)) {
                        *err = w.err;
                        ok = false;
                }
                db_attach_error(n->writer, NULL);
        }
        arena_close(a);
        return ok;
}

static bool drop_all(struct work *w, void *argument)
{
        static const char create[] = "CREATE TABLE ";

        (void)argument;
        derived_drop(w);
        for (int i = 0; i < ledger_step_count; i++)
                for (const char *at = ledger_steps[i]; (at = strstr(at, create)) != NULL;) {
                        at += sizeof create - 1;
                        db_script(w->db, arena_print(w->arena, "DROP TABLE IF EXISTS %.*s", (int)strcspn(at, " "), at));
                }
        return work_ok(w);
}

/* What an init that failed made in the database of a server; that of a file goes with the file. Where this fails, too, the log says so. */
static void store_undo(struct node *n)
{
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        struct work w;

        if (a == NULL)
                return;
        work_init(&w, a, n->writer, LANGUAGE_EN);
        w.node = n;
        w.is_writing = true;
        db_attach_error(n->writer, &w.err);
        if (!db_begin(n->writer) || !work_run(&w, drop_all, NULL) || !db_commit(n->writer)) {
                db_rollback(n->writer);
                log_line(LOG_WARNING, "ledger", "what was made in the database is left there: %s", w.err.message);
        }
        db_attach_error(n->writer, NULL);
        arena_close(a);
}

/* ---- making, opening, closing ------------------------------------------------------------------------ */

struct beginning {
        struct work *work; /* of the first job; NULL where there is none */
        work_function *run;
        void *argument;
};

static bool begin_with(struct node *n, const struct beginning *b, struct error *err)
{
        bool ok = writer_start(n, err);

        if (ok) {
                b->work->node = n;
                ok = ledger_write(b->work, b->run, b->argument);
                b->work->node = NULL;
        }
        writer_stop(n);
        return ok;
}

static bool init_in(const char *folder, bool is_new_folder, const char *unit, const char *store, const struct ledger_schema *schema,
                    const struct beginning *beginning, struct error *err)
{
        unsigned char public[KEY_BYTES], secret[64];
        char path[PATH_MAX], text[sizeof secret * 2 + 2], settings[1024];
        struct node *n;
        bool ok, is_made;

        crypto_sign_keypair(public, secret);
        hex_write(text, secret, sizeof secret);
        strcat(text, "\n");
        path_in(path, folder, KEY_FILE);
        ok = file_write(path, text, strlen(text), 0600, err);
        sodium_memzero(text, sizeof text);
        snprintf(settings, sizeof settings,
                 "# Settings of this node. Lines are: name = value\nunit = %s\n%s%s%s", unit,
                 store != NULL ? "store = " : "", store != NULL ? store : "", store != NULL ? "\n" : "");
        n = ok ? node_make(folder, schema, NODE_WRITE) : NULL;
        if (n != NULL) {
                memcpy(n->secret, secret, sizeof n->secret);
                memcpy(n->public, public, sizeof n->public);
        }
        sodium_memzero(secret, sizeof secret);
        if (n == NULL)
                return ok && no_memory(err);
        n->unit = strdup(unit);
        if (store == NULL)
                path_in(path, folder, "ledger.db");
        n->store = strdup(store != NULL ? store : path);
        hex_write(n->key, public, sizeof public);
        ok = (n->unit != NULL && n->store != NULL) || no_memory(err);
        is_made = ok && store_open(n, true, err);
        path_in(path, folder, "settings"); /* last: a folder without it is no node */
        ok = is_made && (beginning->work == NULL || begin_with(n, beginning, err)) && file_write(path, settings, strlen(settings), 0600, err) &&
             (!is_new_folder || file_sync_folder(folder, err));
        if (is_made && !ok && store != NULL)
                store_undo(n);
        node_free(n);
        return ok;
}

void node_remove(const char *folder)
{
        static const char *const made[] = { "settings", KEY_FILE, KEY_FILE_NEXT, RESTORED_FILE, "vault",
                                            "ledger.db", "ledger.db-wal", "ledger.db-shm", "lock" };
        char path[PATH_MAX];

        for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
                path_in(path, folder, made[i]);
                unlink(path);
        }
        rmdir(folder); /* fails, rightly, where something else is inside */
}

static bool init(const char *folder, const char *unit, const char *store, const struct ledger_schema *schema,
                 const struct beginning *beginning, struct error *err)
{
        char path[PATH_MAX];
        bool made_folder;

        if (sodium_init() < 0)
                return error_set(err, ERR_ENVIRONMENT, "the cryptographic library does not start");
        if (!unit_is_formed(unit))
                return error_set(err, ERR_INVALID, "\"%s\" is not a unit's code", unit) ||
                       error_hint(err, "VN, two digits for a province, five for a commune");
        if (store != NULL && strncmp(store, "postgresql://", 13) != 0 && strncmp(store, "postgres://", 11) != 0)
                return error_set(err, ERR_USAGE, "\"%s\" is not the address of a database", store) ||
                       error_hint(err, "postgresql://user@host/database, or leave --store out");
        if (strlen(folder) > PATH_MAX - 64 || (store != NULL && strlen(store) > 800))
                return error_set(err, ERR_USAGE, "the name is too long");
        path_in(path, folder, "settings");
        if (file_exists(path))
                return error_set(err, ERR_CONFLICT, "\"%s\" is already a node; nothing was changed", folder);
        made_folder = mkdir(folder, 0700) == 0;
        if (!made_folder && errno != EEXIST)
                return error_system(err, ERR_ENVIRONMENT, errno, "cannot make the folder \"%s\"", folder);
        if (!made_folder) {
                path_in(path, folder, KEY_FILE);
                if (file_exists(path))
                        return error_set(err, ERR_CONFLICT, "\"%s\" holds a key already; nothing was changed", folder) ||
                               error_hint(err, "an earlier init may have been cut off; choose another folder or remove it");
        }
        if (init_in(folder, made_folder, unit, store, schema, beginning, err))
                return true;
        node_remove(folder); /* leave nothing half made */
        return error_while(err, "making the node \"%s\"", folder);
}

bool node_init(const char *folder, const char *unit, const char *store, const struct ledger_schema *schema,
               struct error *err)
{
        return init(folder, unit, store, schema, &(struct beginning){ NULL, NULL, NULL }, err);
}

bool node_init_with(struct work *w, const char *folder, const char *unit, const char *store,
                    const struct ledger_schema *schema, work_function *first, void *argument)
{
        return init(folder, unit, store, schema, &(struct beginning){ w, first, argument }, &w->err);
}

/* What another version of the program made is only read once it has been made anew. */
static bool tables_are_ours(const struct node *n, struct db *db, struct arena *a, struct error *err)
{
        int64_t step = db_number(db, "SELECT CAST(value AS BIGINT) FROM ledger_meta WHERE name = 'step'", NO_ARGS, 0);
        const char *there = db_text(db, a, "SELECT value FROM ledger_meta WHERE name = 'schema'", NO_ARGS);
        char fingerprint[HASH_HEX];

        if (!schema_fingerprint(n->schema, fingerprint, err) || !error_ok(err))
                return false;
        if (step == ledger_step_count && there != NULL && strcmp(there, fingerprint) == 0)
                return true;
        error_set(err, ERR_CONFLICT, "the node's tables are of another version of the program");
        return error_hint(err, "run: caunoi rebuild %s", n->folder);
}

struct node *node_open(const char *folder, enum node_mode mode, const struct ledger_schema *schema, struct error *err)
{
        struct arena *a;
        struct node *n;
        jmp_buf starved;
        bool ok;

        if (sodium_init() < 0) {
                error_set(err, ERR_ENVIRONMENT, "the cryptographic library does not start");
                return NULL;
        }
        if (strlen(folder) > PATH_MAX - 64) {
                error_set(err, ERR_USAGE, "the name is too long");
                return NULL;
        }
        a = arena_open((size_t)1 << 20);
        n = node_make(folder, schema, mode);
        if (n == NULL || a == NULL) {
                arena_close(a);
                node_free(n);
                no_memory(err);
                return NULL;
        }
        arena_guard(a, &starved);
        if (setjmp(starved) != 0) {
                arena_close(a);
                node_close(n);
                no_memory(err);
                return NULL;
        }
        ok = settings_load(n, a, err) && key_load(n, a, err) && (mode == NODE_READ || lock_take(n, err)) &&
             rotation_settle(n, a, err);
        if (ok && mode == NODE_WRITE) {
                shadows_sweep(folder);
                ok = store_open(n, false, err) && writer_start(n, err);
        }
        if (ok && mode == NODE_READ) {
                struct db *db = node_reader(n, err);

                ok = db != NULL;
                if (ok) {
                        db_attach_error(db, err);
                        if (tables_are_ours(n, db, a, err)) {
                                n->position = db_number(db, "SELECT MAX(id) FROM ledger_entry", NO_ARGS, 0);
                                n->unplaced = db_number(db, "SELECT SUM(seq - placed_seq) FROM ledger_stream", NO_ARGS, 0);
                                n->progress = 2 * n->position - n->unplaced;
                                n->last_stamp = db_number(db, "SELECT MAX(at) FROM ledger_stream", NO_ARGS, 0);
                        }
                        db_attach_error(db, NULL);
                        ok = error_ok(err);
                }
        }
        arena_close(a);
        if (!ok) {
                error_while(err, "opening the node \"%s\"", folder);
                node_close(n);
                return NULL;
        }
        return n;
}

struct node *node_shadow(struct node *original, const char *folder, struct error *err)
{
        struct node *n = node_make(folder, original->schema, NODE_WRITE);
        char path[PATH_MAX];

        if (n == NULL) {
                no_memory(err);
                return NULL;
        }
        path_in(path, folder, "ledger.db");
        n->original = original;
        n->unit = strdup(original->unit);
        n->store = strdup(path);
        memcpy(n->secret, original->secret, sizeof n->secret);
        memcpy(n->public, original->public, sizeof n->public);
        memcpy(n->key, original->key, sizeof n->key);
        n->formers = calloc(original->former_count + 1, sizeof *n->formers);
        for (size_t i = 0; n->formers != NULL && i < original->former_count; i++)
                n->formers[n->former_count++] = original->formers[i];
        if (n->formers == NULL || n->unit == NULL || n->store == NULL || !store_open(n, true, err) || !writer_start(n, err)) {
                no_memory(err);
                node_free(n);
                return NULL;
        }
        return n;
}

void node_close(struct node *n)
{
        if (n == NULL)
                return;
        pasts_forget(n);
        writer_stop(n);
        node_free(n);
}

/* ---- looking -------------------------------------------------------------------------------------------- */

const char *node_folder(const struct node *n)
{
        return n->folder;
}

const char *node_unit(const struct node *n)
{
        return n->unit;
}

const char *node_key(const struct node *n)
{
        return n->key;
}

const struct former *node_formers(const struct node *n, size_t *count)
{
        *count = n->former_count;
        return n->formers;
}

bool node_is_own(const struct node *n, const char *key)
{
        if (strcmp(key, n->key) == 0)
                return true;
        for (size_t i = 0; i < n->former_count; i++)
                if (strcmp(key, n->formers[i].key) == 0)
                        return true;
        return false;
}

const struct ledger_schema *node_schema(const struct node *n)
{
        return n->schema;
}

void node_secret(const struct node *n, const char *purpose, unsigned char out[32])
{
        crypto_generichash(out, 32, (const unsigned char *)purpose, strlen(purpose), n->secret, 32);
}

void node_sign(const struct node *n, const void *bytes, size_t length, unsigned char signature[64])
{
        crypto_sign_detached(signature, NULL, bytes, length, n->secret);
}

bool node_signed(const char *key_hex, const void *bytes, size_t length, const unsigned char signature[64])
{
        unsigned char key[KEY_BYTES];

        return hex_read(key, sizeof key, key_hex) && crypto_sign_verify_detached(signature, bytes, length, key) == 0;
}

bool node_seal_for(const char *key_hex, const void *bytes, size_t length, unsigned char *out)
{
        unsigned char key[KEY_BYTES], box[crypto_box_PUBLICKEYBYTES];

        _Static_assert(BOX_EXTRA == crypto_box_SEALBYTES, "what a sealed box adds");
        return hex_read(key, sizeof key, key_hex) && crypto_sign_ed25519_pk_to_curve25519(box, key) == 0 &&
               crypto_box_seal(out, bytes, length, box) == 0;
}

bool node_unseal(const struct node *n, const unsigned char *sealed, size_t sealed_length, void *out)
{
        unsigned char public[crypto_box_PUBLICKEYBYTES], secret[crypto_box_SECRETKEYBYTES];
        bool ok = crypto_sign_ed25519_pk_to_curve25519(public, n->public) == 0 &&
                  crypto_sign_ed25519_sk_to_curve25519(secret, n->secret) == 0 &&
                  crypto_box_seal_open(out, sealed, sealed_length, public, secret) == 0;

        sodium_memzero(secret, sizeof secret);
        return ok;
}

int64_t node_position(const struct node *n)
{
        return atomic_load(&n->position);
}

struct db *node_reader(struct node *n, struct error *err)
{
        static _Thread_local int64_t last_serial;
        static _Thread_local struct db *last_db;
        struct reader *r;

        if (last_serial == n->serial)
                return last_db;
        pthread_mutex_lock(&n->readers_lock);
        for (r = n->readers; r != NULL && !pthread_equal(r->thread, pthread_self()); r = r->next)
                ;
        if (r == NULL) {
                r = zeroed(sizeof *r);
                if (r != NULL)
                        r->db = db_open(n->store, DB_READ, err);
                if (r == NULL || r->db == NULL) {
                        free(r);
                        pthread_mutex_unlock(&n->readers_lock);
                        no_memory(err);
                        return NULL;
                }
                db_attach_error(r->db, NULL);
                r->thread = pthread_self();
                r->next = n->readers;
                n->readers = r;
        }
        pthread_mutex_unlock(&n->readers_lock);
        last_serial = n->serial;
        last_db = r->db;
        return last_db;
}

void node_keep(struct node *n, const char *name, void *thing, void (*free_it)(void *))
{
        struct kept *k;
        void *old;
        void (*free_old)(void *);

        pthread_mutex_lock(&n->kept_lock);
        for (k = n->kept; k < n->kept + n->kept_count && strcmp(k->name, name) != 0; k++)
                ;
        assert(k < n->kept + KEPT_MOST);
        if (k == n->kept + n->kept_count)
                n->kept_count++;
        old = k->thing;
        free_old = k->free_it;
        *k = (struct kept){ name, thing, free_it };
        pthread_mutex_unlock(&n->kept_lock);
        if (free_old != NULL && old != thing)
                free_old(old);
}

void *node_kept(const struct node *n, const char *name)
{
        pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&n->kept_lock;
        void *thing = NULL;

        pthread_mutex_lock(lock);
        for (const struct kept *k = n->kept; k < n->kept + n->kept_count; k++)
                if (strcmp(k->name, name) == 0)
                        thing = k->thing;
        pthread_mutex_unlock(lock);
        return thing;
}

void node_on_commit(struct node *n, void (*call)(void *, int64_t), void *context)
{
        size_t count;

        pthread_mutex_lock(&n->kept_lock);
        count = n->hook_count;
        assert(count < HOOKS_MOST);
        n->hooks[count] = (struct hook){ call, context };
        n->hook_count = count + 1;
        pthread_mutex_unlock(&n->kept_lock);
}

int64_t node_wakes(const struct node *n)
{
        return atomic_load(&n->wakes);
}

void node_wake(struct node *n)
{
        int64_t position = node_position(n);

        atomic_fetch_add(&n->wakes, 1);
        for (size_t i = n->hook_count; i > 0; i--)
                n->hooks[i - 1].call(n->hooks[i - 1].context, position);
}
