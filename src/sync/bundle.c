/* bundle.c - the network's stream of lines as one file, for a USB stick or an e-mail. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ledger/write.h"
#include "sync/sync_private.h"

static bool put_file(void *context, const char *bytes, size_t length)
{
        return fwrite(bytes, 1, length, context) == length;
}

static bool write_streams(struct work *w, struct buf *out, const char *for_unit, int64_t after_id, int64_t *entries)
{
        struct line_writer *lines;
        struct scope s;

        if (!scope_of(w, for_unit, &s))
                return false;
        lines = lines_begin(w, out, for_unit);
        for (int pass = 0; lines != NULL && pass < 2; pass++)
                for (size_t i = 0; i < s.count && work_ok(w); i++) {
                        const struct stream_state *k = &s.streams[i];
                        bool is_first = strcmp(k->node, node_key(w->node)) == 0 && strcmp(k->audience, AUDIENCE_ALL) == 0;
                        int64_t from = 0, last;

                        if (is_first != (pass == 0))
                                continue;
                        if (after_id > 0)
                                from = db_number(w->db,
                                                 "SELECT MAX(e.seq) FROM ledger_entry e JOIN ledger_stream s"
                                                 " ON s.id = e.stream WHERE s.name = $1 AND e.id <= $2",
                                                 ARGS(v_text(k->name), v_int(after_id)), 0);
                        while (from < k->seq && work_ok(w)) {
                                int64_t budget = PULL_BYTES;

                                if (!stream_write(w, lines, k->name, from, &budget, &last) || last == from)
                                        break;
                                *entries += last - from;
                                from = last;
                        }
                }
        return work_ok(w) && lines != NULL && lines_end(lines) && buf_finish(out);
}

bool sync_bundle(struct work *w, const char *path, const char *for_unit, int64_t after_id, int64_t *entries)
{
        char *partly = arena_print(w->arena, "%s.part", path);
        FILE *file = fopen(partly, "wxe");
        struct buf out;
        bool ok;

        *entries = 0;
        if (file == NULL)
                return error_set(&w->err, ERR_ENVIRONMENT, "cannot write \"%s\": %s", partly, strerror(errno));
        buf_init_sink(&out, put_file, file);
        ok = write_streams(w, &out, for_unit, after_id, entries);
        buf_clear(&out);
        errno = 0;
        if (fflush(file) != 0 || fsync(fileno(file)) != 0 || ferror(file) != 0) {
                error_set(&w->err, ERR_ENVIRONMENT, "cannot write \"%s\": %s", partly, strerror(errno));
                ok = false;
        }
        fclose(file);
        if (ok && rename(partly, path) != 0)
                ok = error_set(&w->err, ERR_ENVIRONMENT, "cannot write \"%s\": %s", path, strerror(errno));
        if (!ok)
                unlink(partly);
        return ok;
}

struct taking_file {
        int fd;
        bool is_dry_run, is_taken;
        struct exchanged *x;
};

static bool take_file(struct work *w, void *argument)
{
        struct taking_file *t = argument;
        struct line_reader *lines = lines_open(w, t->fd, NULL, 0);

        if (lines == NULL)
                return false;
        if (strcmp(lines_for(lines), node_unit(w->node)) != 0 && strcmp(lines_for(lines), "VN") != 0 &&
            !sync_may_read(w, node_unit(w->node), lines_for(lines)))
                return work_ok(w) && error_set(&w->err, ERR_DENIED, "this bundle is for unit %s, this node is of unit %s",
                                               lines_for(lines), node_unit(w->node));
        if (!lines_take(w, lines, NULL, &t->x->in))
                return false;
        t->is_taken = true;
        return !t->is_dry_run; /* refusing rolls it back */
}

bool sync_file(struct work *w, const char *path, bool is_dry_run, struct exchanged *x)
{
        struct taking_file t = { .is_dry_run = is_dry_run, .x = x };
        bool ok;

        *x = (struct exchanged){ .entries_out = 0 };
        t.fd = open(path, O_RDONLY | O_CLOEXEC);
        if (t.fd < 0)
                return error_set(&w->err, errno == ENOENT ? ERR_MISSING : ERR_ENVIRONMENT, "cannot open \"%s\": %s", path,
                                 strerror(errno));
        ok = ledger_write(w, take_file, &t) || (t.is_dry_run && t.is_taken && work_ok(w));
        close(t.fd);
        x->bytes_in = x->in.bytes;
        return ok || error_while(&w->err, "taking in \"%s\"", path);
}
