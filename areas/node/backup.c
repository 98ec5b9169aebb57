#include "areas/node/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "base/file.h"
#include "ledger/check.h"

#define SMALL_MAX ((size_t)64 << 10) /* key and settings */
#define PIECE ((size_t)1 << 20)
#define PARTS 3

static const char *const parts[PARTS] = { "key", "settings", "ledger.db" };

static bool copy_small(struct work *w, const char *from, const char *to, const char *name)
{
        size_t length;
        char *bytes = file_read(w->arena, arena_print(w->arena, "%s/%s", from, name), SMALL_MAX, &length, &w->err);

        return bytes != NULL && file_write(arena_print(w->arena, "%s/%s", to, name), bytes, length, 0600, &w->err);
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
                ledger_verify(&inner, &count);
                db_attach_error(inner.db, NULL);
        }
        *position = node_position(n);
        node_close(n);
        w->err = inner.err;
        return work_ok(w);
}

static bool pack(struct work *w, const char *folder, const char *file)
{
        zip_error_t why;
        zip_t *zip = NULL;
        int code;

        zip = zip_open(file, ZIP_CREATE | ZIP_EXCL, &code);
        if (zip == NULL) {
                zip_error_init_with_code(&why, code);
                error_set(&w->err, ERR_ENVIRONMENT, "cannot write \"%s\": %s", file, zip_error_strerror(&why));
                zip_error_fini(&why);
                return false;
        }
        for (int i = 0; i < PARTS; i++) {
                zip_source_t *s = zip_source_file(zip, arena_print(w->arena, "%s/%s", folder, parts[i]), 0, -1);
                zip_int64_t index = s == NULL ? -1 : zip_file_add(zip, parts[i], s, 0);

                if (index < 0) {
                        zip_source_free(s);
                        error_set(&w->err, ERR_ENVIRONMENT, "cannot write \"%s\": %s", file, zip_strerror(zip));
                        zip_discard(zip);
                        return false;
                }
                zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_DEFLATE, 1);
        }
        if (zip_close(zip) != 0) {
                error_set(&w->err, ERR_ENVIRONMENT, "cannot write \"%s\": %s", file, zip_strerror(zip));
                zip_discard(zip);
                return false;
        }
        return true;
}

static bool make_durable(struct work *w, const char *file)
{
        int fd = open(file, O_RDONLY | O_CLOEXEC);
        bool ok = fd >= 0 && fchmod(fd, 0600) == 0 && fsync(fd) == 0;

        if (!ok)
                error_set(&w->err, ERR_ENVIRONMENT, "cannot write \"%s\": %s", file, strerror(errno));
        if (fd >= 0)
                close(fd);
        return ok;
}

bool backup_write(struct work *w, const char *file, int64_t *position)
{
        char *folder = arena_print(w->arena, "%s.XXXXXX", file), *partly = arena_print(w->arena, "%s.part", file);
        const char *from = node_folder(w->node);
        mode_t before;
        bool ok;

        if (file_exists(file))
                return error_set(&w->err, ERR_CONFLICT, "\"%s\" exists already; nothing was changed", file);
        if (db_kind(w->db) == DB_POSTGRES) {
                error_set(&w->err, ERR_USAGE, "the data of this node lies in PostgreSQL");
                return error_hint(&w->err, "back it up with pg_dump, and keep the files key and settings of the node");
        }
        before = umask(077); /* everything made here holds the key */
        if (mkdtemp(folder) == NULL) {
                umask(before);
                return error_set(&w->err, ERR_ENVIRONMENT, "cannot make the folder \"%s\": %s", folder, strerror(errno));
        }
        ok = db_copy(w->db, arena_print(w->arena, "%s/ledger.db", folder)) && copy_small(w, from, folder, "key") &&
             copy_small(w, from, folder, "settings") && check_folder(w, folder, node_schema(w->node), position) &&
             pack(w, folder, partly) && make_durable(w, partly);
        if (ok && rename(partly, file) != 0)
                ok = error_set(&w->err, ERR_ENVIRONMENT, "cannot write \"%s\": %s", file, strerror(errno));
        umask(before);
        unlink(partly);
        node_remove(folder);
        return ok;
}

static bool unpack_part(struct work *w, zip_t *zip, const char *name, const char *folder)
{
        const char *path = arena_print(w->arena, "%s/%s", folder, name);
        zip_file_t *from = zip_fopen(zip, name, 0);
        char *piece = arena_alloc(w->arena, PIECE);
        zip_int64_t length = 0;
        FILE *to;
        bool ok;

        if (from == NULL)
                return error_set(&w->err, ERR_INVALID, "this is no backup of a node: it has no part \"%s\"", name);
        to = fopen(path, "wxe");
        ok = to != NULL;
        while (ok && (length = zip_fread(from, piece, PIECE)) > 0)
                ok = fwrite(piece, 1, (size_t)length, to) == (size_t)length;
        if (length < 0)
                error_set(&w->err, ERR_DAMAGED, "the backup is damaged: part \"%s\": %s", name, zip_file_strerror(from));
        ok = ok && length == 0 && fflush(to) == 0 && fsync(fileno(to)) == 0;
        if (!ok && work_ok(w))
                error_set(&w->err, ERR_ENVIRONMENT, "cannot write \"%s\": %s", path, strerror(errno));
        if (to != NULL)
                fclose(to);
        zip_fclose(from);
        return ok;
}

bool backup_restore(struct work *w, const char *file, const char *folder, const struct ledger_schema *schema,
                    int64_t *position)
{
        zip_error_t why;
        mode_t before;
        zip_t *zip;
        int code;
        bool ok = true;

        zip = zip_open(file, ZIP_RDONLY | ZIP_CHECKCONS, &code);
        if (zip == NULL) {
                zip_error_init_with_code(&why, code);
                error_set(&w->err, code == ZIP_ER_NOENT ? ERR_MISSING : ERR_INVALID, "cannot read \"%s\": %s", file,
                          zip_error_strerror(&why));
                zip_error_fini(&why);
                return false;
        }
        before = umask(077);
        if (mkdir(folder, 0700) != 0) {
                error_set(&w->err, errno == EEXIST ? ERR_CONFLICT : ERR_ENVIRONMENT, "cannot make the folder \"%s\": %s",
                          folder, strerror(errno));
                ok = false;
        } else {
                for (int i = 0; i < PARTS && ok; i++)
                        ok = unpack_part(w, zip, parts[i], folder);
                ok = ok && check_folder(w, folder, schema, position);
                if (!ok)
                        node_remove(folder);
        }
        umask(before);
        zip_discard(zip);
        return ok;
}
