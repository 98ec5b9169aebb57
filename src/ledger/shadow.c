/* shadow.c - a node's entries, or some of them, applied anew in a database of their own: a folder in the node's own folder. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "ledger/ledger_private.h"

/* ---- the folder ---------------------------------------------------------------------------------------------------- */

static void folder_remove(const char *folder)
{
        static const char *const made[] = { "ledger.db", "ledger.db-wal", "ledger.db-shm" };
        char path[PATH_MAX + 16];

        for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
                snprintf(path, sizeof path, "%s/%s", folder, made[i]);
                unlink(path);
        }
        rmdir(folder);
}

/* Open and locked as long as it is used, which is how a left-over is told from one in use. */
static bool folder_make(struct shadow *s, const struct node *n, const char *name, struct error *err)
{
        if (snprintf(s->folder, sizeof s->folder, "%s/%s-XXXXXX", node_folder(n), name) >= (int)sizeof s->folder || mkdtemp(s->folder) == NULL) {
                s->folder[0] = '\0';
                return error_set(err, ERR_ENVIRONMENT, "cannot make a folder in \"%s\"", node_folder(n));
        }
        s->lock = open(s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (s->lock < 0 || flock(s->lock, LOCK_EX | LOCK_NB) != 0)
                return error_system(err, ERR_ENVIRONMENT, errno, "cannot open \"%s\"", s->folder);
        return true;
}

void shadows_sweep(const char *folder)
{
        static const char *const names[] = { "check-", "past-" };
        DIR *all = opendir(folder);
        struct dirent *entry;

        while (all != NULL && (entry = readdir(all)) != NULL)
                for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
                        char path[PATH_MAX];
                        int fd;

                        if (strncmp(entry->d_name, names[i], strlen(names[i])) != 0 ||
                            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path)
                                continue;
                        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                        if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
                                folder_remove(path);
                        if (fd >= 0)
                                close(fd);
                }
        if (all != NULL)
                closedir(all);
}

bool shadow_open(struct shadow *s, struct node *original, const char *name, struct error *err)
{
        *s = (struct shadow){ .lock = -1 };
        if (folder_make(s, original, name, err))
                s->node = node_shadow(original, s->folder, err);
        if (s->node != NULL) {
                s->node->placing_rests = true; /* what is not placed in the node's own tables is not here either */
                return true;
        }
        shadow_close(s);
        return false;
}

void shadow_close(struct shadow *s)
{
        node_close(s->node);
        if (s->folder[0] != '\0')
                folder_remove(s->folder);
        if (s->lock >= 0)
                close(s->lock);
        *s = (struct shadow){ .lock = -1 };
}

/* ---- what is in it ------------------------------------------------------------------------------------------------- */

bool shadow_may_go_on(struct work *w)
{
        const struct node *original = w->node->original;

        return original == NULL || !atomic_load(&original->makes_no_pasts) ||
               error_set(&w->err, ERR_ENVIRONMENT, "the node is closing or was opened only for reading");
}

/* Copy rows of one of the ledger's own tables. */
static bool copy_rows(struct work *from, struct work *to, const char *select, struct values given, const char *insert, const char *form)
{
        struct rows *r = db_query(from->db, select, given);

        while (rows_next(r) && work_ok(to) && shadow_may_go_on(to)) {
                struct value values[9];
                size_t count = strlen(form), length;

                for (size_t i = 0; i < count; i++) {
                        if (form[i] == 'i') {
                                values[i] = v_int(rows_int(r, (int)i));
                        } else if (form[i] == 't') {
                                values[i] = v_text(rows_text(r, (int)i));
                        } else {
                                const void *bytes = rows_bytes(r, (int)i, &length);

                                values[i] = v_bytes(bytes, length);
                        }
                }
                db_exec(to->db, insert, (struct values){ values, count });
        }
        rows_close(r);
        return work_ok(from) && work_ok(to);
}

struct filling {
        struct work *from;
        const char *entries; /* SQL */
        struct values values;
        int64_t *count;
};

/* As a new node that receives everything. */
static bool fill(struct work *to, void *argument)
{
        struct filling *f = argument;

        return copy_rows(f->from, to,
                         "SELECT id, name, node, audience, seq, hash, at, sealed_seq, placed_seq FROM ledger_stream", NO_ARGS,
                         "INSERT INTO ledger_stream (id, name, node, audience, seq, hash, at, sealed_seq, placed_seq)"
                         " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                         "itttitiii") &&
               copy_rows(f->from, to, f->entries, f->values,
                         "INSERT INTO ledger_entry (id, stream, seq, at, kind, subject, hash, line)"
                         " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                         "iiiittbb") &&
               copy_rows(f->from, to, "SELECT id, kind, text FROM symbol", NO_ARGS,
                         "INSERT INTO symbol (id, kind, text) VALUES ($1, $2, $3)", "itt") &&
               heads_load(to) && ledger_refill(to, f->count);
}

bool shadow_fill(struct shadow *s, struct work *from, const char *which, struct values values, int64_t *count)
{
        struct filling f = { .from = from, .values = values, .count = count };
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        struct work to;
        bool ok;

        if (a == NULL)
                return error_set(&from->err, ERR_ENVIRONMENT, "the machine has no memory left");
        f.entries = arena_print(from->arena, "SELECT id, stream, seq, at, kind, subject, hash, line FROM ledger_entry%s", which);
        work_init(&to, a, NULL, from->language);
        to.node = s->node;
        to.now = from->now;
        ok = ledger_write(&to, fill, &f);
        if (!ok && work_ok(from))
                from->err = to.err;
        arena_close(a);
        return ok;
}
