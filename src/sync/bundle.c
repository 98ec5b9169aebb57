/* bundle.c - the network's stream of lines as one file, for a USB stick or an e-mail. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "catalogue/catalogue.h"
#include "ledger/trust.h"
#include "ledger/write.h"
#include "sync/sync_private.h"

struct bundle_file {
        int fd, why; /* errno of the first write that failed */
};

static bool put_file(void *context, const char *bytes, size_t length)
{
        struct bundle_file *f = context;

        if (file_put(f->fd, bytes, length))
                return true;
        f->why = errno;
        return false;
}

struct bundling {
        struct buf out;
        const struct peer *reader;
        int64_t after_id, entries;
};

static bool write_streams(struct work *w, void *argument)
{
        struct bundling *b = argument;
        struct line_writer *lines;
        struct scope s;

        if (!scope_of(w, b->reader, &s))
                return false;
        lines = lines_begin(w, &b->out, b->reader->unit);
        for (int pass = 0; lines != NULL && pass <= stream_turns(w); pass++)
                for (size_t i = 0; i < s.count && work_ok(w); i++) {
                        const struct stream_state *k = &s.streams[i];
                        int64_t from = 0, last;

                        if (stream_turn(w, k->name) != pass)
                                continue;
                        if (b->after_id > 0)
                                from = db_number(w->db,
                                                 "SELECT MAX(e.seq) FROM ledger_entry e JOIN ledger_stream s"
                                                 " ON s.id = e.stream WHERE s.name = $1 AND e.id <= $2",
                                                 ARGS(v_text(k->name), v_int(b->after_id)), 0);
                        if (k->shows_fork && from >= k->fork_seq) /* what the reader holds may be either branch */
                                from = k->fork_seq - 1;
                        while (from < k->seq && work_ok(w)) {
                                int64_t budget = PULL_BYTES;

                                if (!stream_write(w, lines, k->name, from, &budget, &last) || last == from)
                                        break;
                                b->entries += last - from;
                                from = last;
                        }
                        if (k->shows_fork && work_ok(w))
                                others_write(w, lines, k->name);
                }
        return work_ok(w) && lines != NULL && lines_end(lines) && buf_finish(&b->out);
}

/* The node with a key, as one that asks would be admitted. */
static const struct peer *reader_by_key(struct work *w, const char *key)
{
        const struct peer *p = trust_find(w, key);

        if (p != NULL && !p->is_revoked)
                return p;
        if (p != NULL)
                trust_say_ended(w, p);
        else if (work_ok(w))
                error_set(&w->err, ERR_DENIED, "nobody enrolled the node %.12s… here", key);
        return NULL;
}

/* Whether a unit with the code takes over from others now. */
static bool takes_over(struct work *w, const char *unit)
{
        size_t count;
        const struct succession *list = trust_successions(w, &count);
        stamp now = ledger_next_stamp(w);

        for (size_t i = 0; i < count; i++)
                if (strcmp(list[i].unit, unit) == 0 && list[i].effect < now && (list[i].undone_at == 0 || list[i].undone_at >= now))
                        return true;
        return false;
}

/* A node of a unit: of those whose keys have not ended the one that has had its unit since last, as codes come back for other units; where none is
 * enrolled, any of the unit. Where all have ended, one of them, unless the code is that of the unit that took over. */
static const struct peer *reader_by_unit(struct work *w, const char *unit)
{
        struct peer *any = arena_alloc(w->arena, sizeof *any), *list, *found = NULL;
        bool has_ended = false;
        stamp since = 0;
        size_t count;

        list = trust_list(w, &count);
        for (size_t i = 0; i < count && work_ok(w); i++) {
                bool is_over;
                stamp had;

                if (strcmp(list[i].unit, unit) != 0 || list[i].is_revoked)
                        continue;
                is_over = trust_succeeded(w, list[i].key) != 0;
                had = trust_tenure(w, list[i].key).since;
                if (found != NULL && (is_over > has_ended || (is_over == has_ended && had <= since)))
                        continue;
                found = &list[i];
                has_ended = is_over;
                since = had;
        }
        any->unit = unit;
        if (work_ok(w) && found != NULL && has_ended && takes_over(w, unit)) {
                error_set(&w->err, ERR_CONFLICT, "no node of unit %s is enrolled here since it took over from others: the keys of those before have ended", unit);
                error_hint(&w->err, "enrol its node first: caunoi trust NODE KEY --unit %s; for one that has ended: --for %s", unit, found->key);
                return NULL;
        }
        if (work_ok(w) && (found != NULL || catalogue_stands(w, unit)))
                return found != NULL ? found : any;
        if (work_ok(w))
                error_set(&w->err, ERR_INVALID, "no unit has the code \"%s\" today, and no node of it is enrolled here", unit);
        return NULL;
}

bool sync_bundle(struct work *w, const char *path, const char *reader, int64_t after_id, struct bundled *done)
{
        char temporary[PATH_MAX];
        struct bundle_file file = { .fd = -1 };
        struct bundling b = { .reader = strlen(reader) == KEY_HEX - 1 ? reader_by_key(w, reader) : reader_by_unit(w, reader),
                              .after_id = after_id };
        bool ok;

        if (b.reader != NULL)
                file.fd = file_begin(temporary, path, &w->err);
        if (file.fd < 0)
                return false;
        buf_init_sink(&b.out, put_file, &file);
        ok = run_in_scratch(w, write_streams, &b); /* where memory ends, what was begun here is taken back */
        *done = (struct bundled){ .unit = b.reader->unit, .entries = b.entries };
        buf_clear(&b.out);
        if (file.why != 0) {
                error_clear(&w->err); /* that nothing more could be written follows from this */
                error_system(&w->err, ERR_ENVIRONMENT, file.why, "cannot write \"%s\"", path);
        } else if (!ok) {
                error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        }
        ok = close(file.fd) == 0 ? ok : error_system(&w->err, ERR_ENVIRONMENT, errno, "cannot write \"%s\"", path);
        ok = ok && file_publish(temporary, path, &w->err);
        if (!ok)
                unlink(temporary);
        return ok;
}

#define PASSES_MOST 16 /* each of which reads the file once more, because the one before said whom else to trust */

struct taking_file {
        int fd;
        int64_t position; /* before */
        bool is_dry_run, is_taken;
        struct refusal refusal;
        struct exchanged *x;
};

/* Read it once. */
static bool pass_file(struct work *w, struct taking_file *t, struct received *got)
{
        struct line_reader *lines = lseek(t->fd, 0, SEEK_SET) < 0 ? NULL : lines_open(w, t->fd, NULL, 0);

        if (lines == NULL)
                return work_ok(w) && error_system(&w->err, ERR_ENVIRONMENT, errno, "cannot read the bundle");
        if (strcmp(lines_for(lines), node_unit(w->node)) != 0 && strcmp(lines_for(lines), "VN") != 0 &&
            !sync_may_keep(w, NULL, lines_for(lines)))
                return work_ok(w) && error_set(&w->err, ERR_DENIED, "this bundle is for unit %s, this node is of unit %s",
                                               lines_for(lines), node_unit(w->node));
        t->refusal = (struct refusal){ .stream = "" };
        if (lines_take(w, lines, NULL, &t->refusal, got))
                return true;
        if (w->err.code == ERR_DENIED && trust_succeeded(w, node_key(w->node)) != 0)
                error_hint(&w->err, "the key of this node has ended; what it may still have is written by: caunoi bundle NODE FILE --for %s",
                           node_key(w->node));
        return false;
}

static const struct stream_state *stopped_stream(const struct stream_state *list, size_t count, const char *name)
{
        for (size_t i = 0; i < count; i++)
                if (list[i].is_stopped && strcmp(list[i].name, name) == 0)
                        return &list[i];
        return NULL;
}

/* Whose it is that was passed over: of nodes that are not known here, or of streams that have forked; of those what this node has not (another
 * branch, or what follows on one) is counted: it is passed over each time the file comes. */
static bool look_at_passed(struct work *w, struct taking_file *t)
{
        struct line_reader *lines = lseek(t->fd, 0, SEEK_SET) < 0 ? NULL : lines_open(w, t->fd, NULL, 0);
        struct arena *beside = work_scratch(w, WORK_MEMORY_USUAL);
        const struct stream_state *streams;
        char asked[KEY_HEX] = "";
        bool is_stranger = false;
        const char *line;
        size_t length, count;

        streams = ledger_streams(w, &count);
        while (lines != NULL && work_ok(w) && lines_next(lines, &line, &length)) {
                char ours[HASH_HEX], theirs[HASH_HEX];
                const struct entry *e;

                if (length < 11 || memcmp(line, "{\"stream\":", 10) != 0)
                        continue;
                arena_reset(beside);
                e = entry_head(beside, line, length, &w->err);
                if (e != NULL && strcmp(e->node, asked) != 0) {
                        snprintf(asked, sizeof asked, "%s", e->node);
                        is_stranger = !node_is_own(w->node, asked) && trust_find(w, asked) == NULL;
                }
                if (e != NULL && is_stranger)
                        stranger_note(&t->x->strangers, e->node, NULL, 1);
                if (e == NULL || stopped_stream(streams, count, e->stream) == NULL)
                        continue;
                hex_write(theirs, e->hash, HASH_BYTES);
                t->x->apart += !ledger_hash_at(w, e->stream, e->seq, ours) || strcmp(ours, theirs) != 0;
        }
        return work_ok(w);
}

static bool take_file(struct work *w, void *argument)
{
        struct taking_file *t = argument;
        struct received *in = &t->x->in, more = { .entries_new = 0 };

        /* What said whom to trust may have come after what was passed over: once more, while that brings something. */
        for (int pass = 0; pass == 0 || (pass < PASSES_MOST && more.entries_new > 0 && more.entries_passed > 0); pass++) {
                if (!pass_file(w, t, &more))
                        return false;
                in->entries_new += more.entries_new;
                in->forks += more.forks;
                in->entries_passed = more.entries_passed;
                if (pass == 0) {
                        in->entries_known = more.entries_known;
                        in->bytes = more.bytes;
                }
        }
        if (in->entries_passed > 0 && !look_at_passed(w, t))
                return false;
        t->is_taken = ledger_judge_again(w) && aside_count(w, t->position, in) && arrived_read(w, t->position, &t->x->arrived);
        return t->is_taken && !t->is_dry_run; /* refusing rolls it back */
}

/* A bundle is read more than once, so no pipe will do; -1 and an error. */
static int open_bundle(struct work *w, const char *path)
{
        int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a pipe is not waited for */
        struct stat found;

        if (fd < 0) {
                error_system(&w->err, errno == ENOENT ? ERR_MISSING : ERR_ENVIRONMENT, errno, "cannot open \"%s\"", path);
                return -1;
        }
        if (fstat(fd, &found) != 0) {
                error_system(&w->err, ERR_ENVIRONMENT, errno, "cannot open \"%s\"", path);
                close(fd);
                return -1;
        }
        if (S_ISREG(found.st_mode))
                return fd;
        close(fd);
        error_set(&w->err, ERR_INVALID, "\"%s\" is no regular file", path);
        error_hint(&w->err, "a bundle is read more than once: save it as a file first");
        return -1;
}

bool sync_file(struct work *w, const char *path, bool is_dry_run, struct exchanged *x)
{
        struct taking_file t = { .is_dry_run = is_dry_run, .x = x, .position = node_position(w->node) };
        bool ok;

        *x = (struct exchanged){ .entries_out = 0 };
        t.fd = open_bundle(w, path);
        if (t.fd < 0)
                return false;
        ok = ledger_write(w, take_file, &t) || (t.is_dry_run && t.is_taken && work_ok(w));
        close(t.fd);
        x->bytes_in = x->in.bytes;
        x->is_partial = ok && t.refusal.why.code != ERR_NONE;
        ok = ok && refusal_tell(w, &t.refusal, &x->in);
        return ok || error_while(&w->err, "taking in \"%s\"", path);
}
