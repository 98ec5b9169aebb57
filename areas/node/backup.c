#include "areas/node/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "blob/blob.h"
#include "format/zip_read.h"
#include "format/zip_write.h"
#include "ledger/check.h"

#define SMALL_MAX ((size_t)64 << 10) /* key and settings */
#define PIECE ((size_t)1 << 20)
#define PARTS 4
#define VAULT "vault" /* there only once something was sealed under it */

static const char *const parts[PARTS] = { "key", "settings", VAULT, "ledger.db" };

static bool copy_small(struct work *w, const char *from, const char *to, const char *name)
{
        size_t length;
        char *bytes = file_read(w->arena, arena_print(w->arena, "%s/%s", from, name), SMALL_MAX, &length, &w->err);

        return bytes != NULL && file_write(arena_print(w->arena, "%s/%s", to, name), bytes, length, 0600, &w->err);
}

static bool verify(struct work *w, void *argument)
{
        struct blob_count blobs;

        return ledger_verify(w, argument) && blob_verify(w, &blobs);
}

/* Verify the node in a folder, and say where it stands. */
static bool check_folder(struct work *w, const char *folder, const struct ledger_schema *schema, int64_t *position)
{
        struct node *n = node_open(folder, NODE_READ, schema, &w->err);
        struct work inner = *w;
        struct verified count;

        if (n == NULL)
                return false;
        inner.node = n;
        inner.db = node_reader(n, &inner.err);
        if (inner.db != NULL) {
                db_attach_error(inner.db, &inner.err);
                work_run(&inner, verify, &count); /* the node is closed also when memory runs out */
                db_attach_error(inner.db, NULL);
        }
        *position = node_position(n);
        node_close(n);
        w->err = inner.err;
        return work_ok(w);
}

static bool put_part(struct work *w, struct zip_writer *zip, const char *path, char *piece)
{
        FILE *from = fopen(path, "re");
        size_t length;
        bool ok = from != NULL;

        while (ok && (length = fread(piece, 1, PIECE, from)) > 0)
                zip_put(zip, piece, length);
        if (from == NULL || ferror(from))
                ok = error_system(&w->err, ERR_ENVIRONMENT, errno, "cannot read \"%s\"", path);
        if (from != NULL)
                fclose(from);
        return ok;
}

static bool put_parts(struct work *w, struct zip_writer *zip, const char *folder, const char *file)
{
        char *piece = arena_alloc(w->arena, PIECE);

        for (int i = 0; i < PARTS; i++) {
                const char *path = arena_print(w->arena, "%s/%s", folder, parts[i]);

                if (strcmp(parts[i], VAULT) == 0 && !file_exists(path))
                        continue;
                zip_part(zip, parts[i]);
                if (!put_part(w, zip, path, piece))
                        return false;
        }
        return zip_end(zip) == ZIP_FINE || error_system(&w->err, ERR_ENVIRONMENT, errno, "cannot write \"%s\"", file);
}

static void close_file(void *file)
{
        fclose(file);
}

static bool pack(struct work *w, const char *folder, const char *file)
{
        FILE *to = fopen(file, "wxe");

        if (to == NULL)
                return error_system(&w->err, ERR_ENVIRONMENT, errno, "cannot write \"%s\"", file);
        arena_on_free(w->arena, close_file, to);
        return put_parts(w, zip_begin(w->arena, to, ZIP_LARGE), folder, file);
}

struct copying {
        const char *folder; /* where the copy is made */
        const char *packed; /* the file made of it */
        const char *file;   /* its name when all is well */
        int64_t *position;
};

static bool make_copy(struct work *w, void *argument)
{
        struct copying *c = argument;
        const char *from = node_folder(w->node);

        return db_copy(w->db, arena_print(w->arena, "%s/ledger.db", c->folder)) && copy_small(w, from, c->folder, "key") &&
               copy_small(w, from, c->folder, "settings") &&
               (!file_exists(arena_print(w->arena, "%s/" VAULT, from)) || copy_small(w, from, c->folder, VAULT)) &&
               check_folder(w, c->folder, node_schema(w->node), c->position) &&
               pack(w, c->folder, c->packed) && file_publish(c->packed, c->file, &w->err);
}

bool backup_write(struct work *w, const char *file, int64_t *position)
{
        char folder[PATH_MAX], packed[PATH_MAX + 8];
        struct copying c = { folder, packed, file, position };
        mode_t before;
        bool ok;

        if (!file_must_be_new(file, &w->err))
                return false;
        if (db_kind(w->db) == DB_POSTGRES) {
                error_set(&w->err, ERR_USAGE, "the data of this node lies in PostgreSQL");
                return error_hint(&w->err, "back it up with pg_dump, and keep the files key, vault and settings of the node");
        }
        if (file_exists(arena_print(w->arena, "%s/key.next", node_folder(w->node)))) {
                error_set(&w->err, ERR_CONFLICT, "a rotation of this node's key was cut off and is not finished");
                return error_hint(&w->err, "start the node once: that finishes it; then back it up");
        }
        before = umask(077); /* everything made here holds the key */
        ok = file_begin_folder(folder, file, &w->err);
        if (ok) {
                snprintf(packed, sizeof packed, "%s/packed", folder);
                ok = work_run(w, make_copy, &c); /* also when memory runs out, the copy of the key must go */
                unlink(packed);
                node_remove(folder);
        }
        umask(before);
        return ok;
}

struct unpacking {
        struct zip_reader *zip;
        const char *folder; /* where it is unpacked and verified */
        const struct ledger_schema *schema;
        int64_t *position;
};

static bool bad_part(struct work *w, const char *name, const struct zip_why *why)
{
        const char *reason = work_text(w, why->text);

        return why->code == ERR_DAMAGED ? error_set(&w->err, ERR_DAMAGED, "the backup is damaged: part \"%s\": %s", name, reason) :
                                          error_set(&w->err, why->code, "cannot read part \"%s\" of the backup: %s", name, reason);
}

/* The bytes of a part into a file. False, with an error or errno. */
static bool copy_part(struct work *w, struct zip_part *from, const char *name, FILE *to, char *piece)
{
        struct zip_why why = { .code = ERR_NONE };
        int64_t length;
        bool ok = true;

        while (ok && (length = zip_part_read(from, piece, PIECE, &why)) != 0)
                ok = length > 0 ? fwrite(piece, 1, (size_t)length, to) == (size_t)length : bad_part(w, name, &why);
        return ok && fflush(to) == 0 && fsync(fileno(to)) == 0;
}

static struct zip_part *open_part(struct work *w, const struct zip_reader *zip, const char *name)
{
        int number = zip_part_find(zip, name, false);
        struct zip_why why = { .code = ERR_NONE };
        struct zip_part *part = number < 0 ? NULL : zip_part_open(zip, number, &why);

        if (number < 0)
                error_set(&w->err, ERR_INVALID, "this is no backup of a node: it has no part \"%s\"", name);
        else if (part == NULL)
                bad_part(w, name, &why);
        return part;
}

static bool unpack_part(struct work *w, const struct zip_reader *zip, const char *name, const char *path)
{
        char *piece = arena_alloc(w->arena, PIECE);
        struct zip_part *from = open_part(w, zip, name);
        FILE *to = from == NULL ? NULL : fopen(path, "wxe");
        bool ok = to != NULL && copy_part(w, from, name, to, piece);

        if (from != NULL && !ok)
                error_system(&w->err, ERR_ENVIRONMENT, errno, "cannot write \"%s\"", path);
        if (to != NULL)
                fclose(to);
        zip_part_close(from);
        return ok;
}

/* Tables of another version of the program are made anew, as where a node is served after an upgrade; then all is verified. */
static bool check_older(struct work *w, const struct unpacking *u)
{
        struct node *n;

        if (w->err.code != ERR_CONFLICT)
                return false;
        error_clear(&w->err);
        n = node_open(u->folder, NODE_WRITE, u->schema, &w->err);
        node_close(n);
        return n != NULL && check_folder(w, u->folder, u->schema, u->position);
}

static bool unpack(struct work *w, void *argument)
{
        struct unpacking *u = argument;

        for (int i = 0; i < PARTS; i++)
                if ((strcmp(parts[i], VAULT) != 0 || zip_part_find(u->zip, VAULT, false) >= 0) &&
                    !unpack_part(w, u->zip, parts[i], arena_print(w->arena, "%s/%s", u->folder, parts[i])))
                        return false;
        return node_mark_restored(u->folder, &w->err) && (check_folder(w, u->folder, u->schema, u->position) || check_older(w, u));
}

/* Made and verified beside its place, so that a folder with the node's name is always a whole node. */
static bool restore(struct work *w, struct zip_reader *zip, const char *folder, const struct ledger_schema *schema, int64_t *position)
{
        char temporary[PATH_MAX];
        struct unpacking u = { zip, temporary, schema, position };
        bool ok;

        if (file_exists(folder))
                return error_system(&w->err, ERR_CONFLICT, EEXIST, "cannot make the folder \"%s\"", folder);
        if (!file_begin_folder(temporary, folder, &w->err))
                return false;
        ok = work_run(w, unpack, &u) && file_publish(temporary, folder, &w->err);
        if (!ok)
                node_remove(temporary);
        return ok;
}

bool backup_restore(struct work *w, const char *file, const char *folder, const struct ledger_schema *schema,
                    int64_t *position)
{
        struct zip_reader *zip = zip_reader_open(file, &w->err);
        mode_t before;
        bool ok;

        if (zip == NULL)
                return false;
        before = umask(077);
        ok = restore(w, zip, folder, schema, position);
        umask(before);
        zip_reader_close(zip);
        return ok;
}
