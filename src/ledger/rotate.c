/* rotate.c - a new key takes the place of the node's own.
 *
 * On disk, in this order: (1) "key.next" with the new secret and the old key's signature for it; (2) one transaction: the old
 * key's last entry names the new one, the new one's first entry names the old; (3) "key.next" becomes "key", and what was the
 * old secret is overwritten. Cut off before (2) the node has its old key, after it the new one: opening it finds out and
 * finishes. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"
#include "format/jsonw.h"
#include "ledger/ledger_private.h"

static char *path_of(struct arena *a, const struct node *n, const char *name)
{
        return arena_print(a, "%s/%s", n->folder, name);
}

/* ---- on disk -------------------------------------------------------------------------------------------- */

/* The last step. The bytes of the old secret go as far as a file system lets them be overwritten. */
static bool finish_on_disk(struct node *n, struct arena *a, struct error *err)
{
        const char *now = path_of(a, n, KEY_FILE), *next = path_of(a, n, KEY_FILE_NEXT);
        static const char zeros[512];
        struct stat old;
        int fd = open(now, O_WRONLY | O_CLOEXEC);
        bool ok = fd >= 0 && fstat(fd, &old) == 0 && file_publish(next, now, err);

        for (off_t at = 0; ok && at < old.st_size; at += (off_t)sizeof zeros)
                ok = pwrite(fd, zeros, sizeof zeros, at) == (ssize_t)sizeof zeros;
        ok = ok && fsync(fd) == 0;
        if (fd >= 0)
                close(fd);
        return ok || error_set(err, ERR_ENVIRONMENT, "cannot replace the key file of \"%s\"", n->folder) ||
               error_hint(err, "the rotation is in the ledger; opening the node again finishes it");
}

/* Whether the ledger holds the first entry of a key. */
static bool has_written(struct node *n, const char *key, bool *answer, struct error *err)
{
        struct db *db = db_open(n->store, DB_READ, err);
        char stream[KEY_HEX + 2];

        if (db == NULL)
                return false;
        db_attach_error(db, err);
        snprintf(stream, sizeof stream, "%s/" AUDIENCE_ALL, key);
        *answer = db_number(db, "SELECT seq FROM ledger_stream WHERE name = $1", ARGS(v_text(stream)), 0) > 0;
        db_attach_error(db, NULL);
        db_close(db);
        return error_ok(err);
}

/* A secret that was only being written when the node was killed has no use; the node's lock is taken. */
static bool remove_unfinished(struct node *n, struct arena *a, struct error *err)
{
        static const char begun[] = KEY_FILE_NEXT ".";
        DIR *folder = opendir(n->folder);
        bool ok = folder != NULL || error_set(err, ERR_ENVIRONMENT, "cannot read the folder \"%s\"", n->folder);

        for (struct dirent *one; ok && (one = readdir(folder)) != NULL;)
                if (strncmp(one->d_name, begun, sizeof begun - 1) == 0)
                        ok = unlink(path_of(a, n, one->d_name)) == 0 ||
                             error_set(err, ERR_ENVIRONMENT, "cannot remove \"%s\"", path_of(a, n, one->d_name));
        if (folder != NULL)
                closedir(folder);
        return ok;
}

bool rotation_settle(struct node *n, struct arena *a, struct error *err)
{
        const char *path = path_of(a, n, KEY_FILE_NEXT);
        struct node next = { .secret = { 0 } };
        bool is_done = false, ok;
        size_t length;
        char *text;

        if (n->mode == NODE_WRITE && !remove_unfinished(n, a, err))
                return false;
        if (!file_exists(path))
                return true;
        text = file_read(a, path, KEY_FILE_MAX, &length, err);
        ok = text != NULL && key_file_read(&next, text, path, err) && has_written(n, next.key, &is_done, err);
        if (ok && is_done) {
                memcpy(n->secret, next.secret, sizeof n->secret);
                memcpy(n->public, next.public, sizeof n->public);
                memcpy(n->key, next.key, sizeof n->key);
                free(n->formers);
                n->formers = next.formers;
                n->former_count = next.former_count;
                next.formers = NULL;
                if (n->mode == NODE_WRITE)
                        ok = finish_on_disk(n, a, err);
        } else if (ok && n->mode == NODE_WRITE) {
                ok = unlink(path) == 0 || error_set(err, ERR_ENVIRONMENT, "cannot remove \"%s\"", path);
        }
        free(next.formers);
        sodium_memzero(next.secret, sizeof next.secret);
        if (text != NULL)
                sodium_memzero(text, length);
        return ok;
}

/* ---- what others cannot take ------------------------------------------------------------------------------- */

/* An entry that is written again under the new key. */
struct content {
        struct content *next;
        int64_t id, new_id;
        stamp at;
        const char *node, *audience, *author, *role, *kind, *subject, *body;
        char hash[HASH_HEX], new_hash[HASH_HEX];
};

struct rotation {
        unsigned char secret[64], public[KEY_BYTES];
        char key[KEY_HEX];
        struct former *formers; /* with the present key as the last */
        size_t former_count;
        bool is_swapped, has_cut_public; /* public: the stream "*" itself has forked */
        bool is_clock_right;    /* somebody says so: what others wrote later than now is wrong */
        bool is_replayed;       /* the tables say what was left after a cut */
        struct content *first, **last;
        struct map *new_names;  /* what was written again so far: old hash -> struct content *; KEY/ID of an attachment */
        stamp others_at;        /* the newest that another copy of this node is known to have written before */
        struct rewritten count;
};

static void keep_content(struct work *w, const struct entry *e, struct rotation *r)
{
        const char *body = memmem(e->bytes, e->length, ",\"body\":", 8);
        struct content *c = arena_alloc(w->arena, sizeof *c);

        c->id = e->id;
        c->at = e->at;
        c->node = arena_text(w->arena, e->node);
        c->audience = arena_text(w->arena, e->audience);
        c->author = arena_text(w->arena, e->author);
        c->role = arena_text(w->arena, e->role);
        c->kind = arena_text(w->arena, e->kind);
        c->subject = arena_text(w->arena, e->subject);
        c->body = arena_copy(w->arena, body + 8, e->length - (size_t)(body + 8 - e->bytes) - 1);
        hex_write(c->hash, e->hash, HASH_BYTES);
        *r->last = c;
        r->last = &c->next;
}

/* What says how one key follows another is said anew. */
static bool is_of_keys(const struct entry *e)
{
        return strcmp(e->kind, "node.rotate") == 0 || strcmp(e->kind, "node.former") == 0;
}

static bool replay(struct work *w, void *argument)
{
        return ledger_refill(w, argument);
}

/* Take the entries of a stream out from a place on: it ends before that. They are kept in a file as evidence; those that this node wrote are to be
 * written again (r; of another's stream NULL). */
static bool take_out(struct work *w, struct head *h, const char *why, int64_t cut, struct rotation *r)
{
        const char *path = arena_print(w->arena, "%s/%s-%s-%lld-%.12s.lines", w->node->folder, why,
                                       strcmp(h->audience, AUDIENCE_ALL) == 0 ? "all" : strcmp(h->audience, AUDIENCE_LOCAL) == 0 ? "local" : h->audience,
                                       (long long)cut, h->name);
        bool is_ours = r != NULL && node_is_own(w->node, arena_copy(w->arena, h->name, KEY_HEX - 1)), ok = true;
        struct buf evidence;
        struct rows *rows;

        rows = db_query(w->db, "SELECT id, line FROM ledger_entry WHERE stream = $1 AND seq >= $2 ORDER BY seq", ARGS(v_int(h->id), v_int(cut)));
        buf_init_with(&evidence, (size_t)1 << 30, w->arena);
        while (ok && rows_next(rows)) {
                size_t length;
                const void *bytes = rows_bytes(rows, 1, &length);
                struct entry *e;

                buf_put(&evidence, bytes, length);
                buf_char(&evidence, '\n');
                if (is_ours) {
                        e = entry_of_row(w, w->arena, rows_int(rows, 0), bytes, length);
                        ok = e != NULL;
                        if (ok && !is_of_keys(e))
                                keep_content(w, e, r);
                } else if (r != NULL) {
                        r->count.others++;
                }
        }
        rows_close(rows);
        if (work_ok(w) && !buf_ok(&evidence))
                error_set(&w->err, ERR_TOO_BIG, "what is to be taken out of a stream is too large");
        ok = ok && work_ok(w) && file_write(path, evidence.data, evidence.length, 0600, &w->err);
        buf_clear(&evidence);
        if (!ok || !db_exec(w->db, "DELETE FROM ledger_entry WHERE stream = $1 AND seq >= $2", ARGS(v_int(h->id), v_int(cut))) ||
            !db_exec(w->db, "DELETE FROM ledger_seal WHERE stream = $1 AND seq >= $2", ARGS(v_int(h->id), v_int(cut))))
                return false;
        head_touch(w->node, h);
        h->now.seq = cut - 1;
        if (h->now.placed_seq > h->now.seq)
                h->now.placed_seq = h->now.seq;
        h->now.at = 0;
        memset(h->now.hash, '0', HASH_HEX - 1);
        rows = db_query(w->db, "SELECT hash, at FROM ledger_entry WHERE stream = $1 AND seq = $2",
                        ARGS(v_int(h->id), v_int(cut - 1)));
        if (rows_next(rows)) {
                size_t length;

                hex_write(h->now.hash, rows_bytes(rows, 0, &length), HASH_BYTES);
                h->now.at = rows_int(rows, 1);
        }
        rows_close(rows);
        h->now.sealed_seq = db_number(w->db, "SELECT MAX(seq) FROM ledger_seal WHERE stream = $1", ARGS(v_int(h->id)), 0);
        h->now.is_touched = true;
        return work_ok(w);
}

/* When the others' newest entry of a stream of ours was written: the seal under it says so. */
static bool others_end(struct work *w, const char *lines, size_t length, stamp *at)
{
        const char *before = length == 0 ? NULL : memrchr(lines, '\n', length - 1);
        struct seal s;

        if (before == NULL)
                return true;
        if (!seal_parse(w->arena, before + 1, (size_t)(lines + length - 1 - (before + 1)), &s, &w->err))
                return false;
        *at = s.at > *at ? s.at : *at;
        return true;
}

/* The hash of the others' entry where a stream of ours has forked; NULL (no error) where an older program has not kept it. */
static const char *others_begin(struct work *w, const char *lines, size_t length, int64_t fork)
{
        const char *end = lines == NULL ? NULL : memchr(lines, '\n', length);
        const struct entry *e = end == NULL ? NULL : entry_head(w->arena, lines, (size_t)(end - lines), &w->err);
        char *hash;

        if (e == NULL || e->seq != fork)
                return e == NULL ? NULL : e->prev;
        hash = arena_alloc(w->arena, HASH_HEX);
        hex_write(hash, e->hash, HASH_BYTES);
        return hash;
}

/* at: when it was said; of two words the first counts. */
static bool note_branch(struct work *w, const char *stream, int64_t seq, const char *hash, stamp at)
{
        return db_exec(w->db,
                       "INSERT INTO ledger_branch (stream, node, seq, hash, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (stream) DO UPDATE SET"
                       " seq = excluded.seq, hash = excluded.hash, at = excluded.at, is_agreed = 0 WHERE excluded.at < ledger_branch.at",
                       ARGS(v_text(stream), v_text_n(stream, KEY_HEX - 1), v_int(seq), v_text(hash), v_int(at)));
}

/* Take out of a forked stream of ours what others do not hold: it ends before the fork, and the others' entries can follow; or, where others hold
 * this branch of it, with the last of them that they hold. */
static bool cut_fork(struct work *w, struct head *h, struct rotation *r)
{
        int64_t fork = db_number(w->db, "SELECT fork_seq FROM ledger_stream WHERE id = $1", ARGS(v_int(h->id)), 0);
        int64_t kept = db_number(w->db, "SELECT kept_seq FROM ledger_stream WHERE id = $1", ARGS(v_int(h->id)), 0);
        int64_t cut = kept >= fork ? kept + 1 : fork;
        const char *others, *hash = NULL;
        char ours[HASH_HEX];
        size_t length = 0;

        if (fork < 1 || fork > h->now.seq) { /* to take nothing out would leave the stream as forked as it is */
                error_set(&w->err, ERR_CONFLICT, "this node has not seen where its stream %s has forked", h->audience);
                return error_hint(&w->err, "take in again, whole, what the other node holds: by caunoi sync, or by a bundle without --after");
        }
        others = ledger_fork_lines(w, h->name, &length);
        if (!work_ok(w) || (others != NULL && !others_end(w, others, length, &r->others_at)))
                return false;
        /* Which one goes on is said to whoever holds the other (say). */
        if (cut > fork && ledger_hash_at(w, h->name, fork, ours))
                hash = ours;
        else if (cut == fork)
                hash = others_begin(w, others, length, fork);
        if (!work_ok(w) || (hash != NULL && !note_branch(w, h->name, fork, hash, INT64_MAX)))
                return false;
        r->has_cut_public |= h->is_own && strcmp(h->audience, AUDIENCE_ALL) == 0; /* others pass over what follows there */
        return (cut > h->now.seq || take_out(w, h, "fork", cut, r)) && head_go_on(w, h);
}

/* The first entry of a stream that nobody whose clock is right can have taken: later than the seal before what is further ahead of now than others
 * allow. 0: there is none. */
static int64_t first_ahead(struct work *w, const struct head *h)
{
        stamp most = stamp_last(moment_now() + STAMP_MAX_AHEAD_MS);
        int64_t seq;

        if (h->now.at <= most)
                return 0;
        seq = db_number(w->db, "SELECT MIN(seq) FROM ledger_entry WHERE stream = $1 AND at > $2", ARGS(v_int(h->id), v_int(most)), 0);
        return seq == 0 ? 0 : db_number(w->db, "SELECT MAX(seq) FROM ledger_seal WHERE stream = $1 AND seq < $2", ARGS(v_int(h->id), v_int(seq)), 0) + 1;
}

/* Others are witnesses of the time: what they wrote, and that they answered this node when its clock said so. */
static bool is_clock_right(struct work *w)
{
        moment latest = db_number(w->db, "SELECT MAX(contact) FROM ledger_link", NO_ARGS, 0), now = moment_now();
        char here[MOMENT_TEXT_MAX], there[MOMENT_TEXT_MAX];

        for (const struct head *h = w->node->heads; h != NULL; h = h->next)
                if (!node_is_own(w->node, arena_copy(w->arena, h->name, KEY_HEX - 1)) && stamp_moment(h->now.at) > latest)
                        latest = stamp_moment(h->now.at);
        if (!work_ok(w) || latest <= now + STAMP_MAX_AHEAD_MS)
                return work_ok(w);
        moment_write(here, now);
        moment_write(there, latest);
        error_set(&w->err, ERR_CONFLICT, "the clock of this machine shows %s, and this node has heard of other nodes at %s", here, there);
        return error_hint(&w->err, "set the clock right and try again; if it is right, and was wrong there: caunoi key %s --rotate --clock-is-right", w->node->folder);
}

/* What this node wrote while its clock was ahead nobody takes before that time has come, nor what it would write next: it is taken out. */
static bool cut_ahead(struct work *w, struct rotation *r)
{
        struct node *n = w->node;
        bool has_cut = false;
        int64_t entries;

        for (struct head *h = n->heads; h != NULL && work_ok(w); h = h->next) {
                bool is_ours = node_is_own(n, arena_copy(w->arena, h->name, KEY_HEX - 1));
                int64_t cut = is_ours || r->is_clock_right ? first_ahead(w, h) : 0;

                if (cut == 0)
                        continue;
                if ((!has_cut && !r->is_clock_right && !is_clock_right(w)) || !take_out(w, h, "ahead", cut, r))
                        return false;
                has_cut = true;
        }
        if (!has_cut)
                return work_ok(w);
        heads_stamp(n);
        n->own_stand = OWN_UNKNOWN;
        r->is_replayed = true;
        return run_in_scratch(w, replay, &entries);
}

static int by_id(const void *a, const void *b)
{
        const struct content *const *x = a, *const *y = b;

        return ((*x)->id > (*y)->id) - ((*x)->id < (*y)->id);
}

/* In the order in which they were written, not stream after stream: later ones name and need earlier ones. */
static void put_in_order(struct work *w, struct rotation *r)
{
        struct content **list;
        size_t count = 0;

        for (struct content *c = r->first; c != NULL; c = c->next)
                count++;
        list = arena_array(w->arena, count + 1, sizeof *list); /* one more: NULL */
        count = 0;
        for (struct content *c = r->first; c != NULL; c = c->next)
                list[count++] = c;
        qsort(list, count, sizeof *list, by_id);
        for (size_t i = 0; i < count; i++)
                list[i]->next = list[i + 1];
        r->first = list[0];
}

static bool is_digit(char c)
{
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* The id of an attachment or person whose node's key ends at a place of a body: KEY/ID, or KEY","id":"ID. */
static size_t id_after(const char *at, const char **id)
{
        static const char member[] = "\",\"id\":\"";
        size_t length = 0;

        if (*at == '/')
                *id = at + 1;
        else if (strncmp(at, member, sizeof member - 1) == 0)
                *id = at + sizeof member - 1;
        else
                return 0;
        while (is_digit((*id)[length]) || (length == 0 && (*id)[0] == 'p'))
                length++;
        return length;
}

/* Bodies name other entries by their hash, and attachments by the key of their node and their id: those that were written again
 * have another one now. One pass, however many there are. */
static const char *with_new_names(struct work *w, const struct rotation *r, const struct content *c)
{
        char *body = arena_text(w->arena, c->body), name[KEY_HEX + HASH_HEX];
        size_t digits = 0;

        for (char *end = body; *end != '\0';) {
                const char *id, *new_name = NULL;
                const int64_t *found;
                size_t length;

                digits = is_digit(*end++) ? digits + 1 : 0;
                if (digits < HASH_HEX - 1)
                        continue;
                found = map_get(r->new_names, end - (HASH_HEX - 1), HASH_HEX - 1);
                length = id_after(end, &id);
                if (found != NULL) {
                        new_name = ((const struct content *)(intptr_t)*found)->new_hash;
                } else if (length > 0 && length < HASH_HEX) {
                        snprintf(name, sizeof name, "%.64s/%.*s", end - (KEY_HEX - 1), (int)length, id);
                        if (map_get_text(r->new_names, name) != NULL)
                                new_name = node_key(w->node);
                }
                if (new_name != NULL) {
                        memcpy(end - (HASH_HEX - 1), new_name, HASH_HEX - 1);
                        digits = 0;
                }
        }
        return body;
}

/* The entry that c was has another name from now on; an attachment's (its subject is blob/ID) is also named by its node. */
static bool note_new_name(struct work *w, struct rotation *r, struct content *c)
{
        int64_t *place = map_put(r->new_names, c->hash, HASH_HEX - 1, NULL);

        if (place != NULL)
                *place = (int64_t)(intptr_t)c;
        if (place != NULL && strncmp(c->subject, "blob/", 5) == 0)
                place = map_put_text(r->new_names, arena_print(w->arena, "%s/%s", c->node, c->subject + 5), NULL);
        return place != NULL || error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
}

/* For whoever asks for the entry by its old name (receipt.h), also by one from before an earlier rotation. */
static bool keep_old_name(struct work *w, const struct content *c)
{
        unsigned char hash[HASH_BYTES];

        hex_read(hash, sizeof hash, c->hash);
        return db_exec(w->db, "UPDATE ledger_rewritten SET entry = $2 WHERE entry = $1", ARGS(v_int(c->id), v_int(c->new_id))) &&
               db_exec(w->db, "INSERT INTO ledger_rewritten (hash, at, entry) VALUES ($1, $2, $3)", ARGS(v_bytes(hash, sizeof hash), v_int(c->at), v_int(c->new_id)));
}

static bool write_again(struct work *w, struct rotation *r)
{
        const struct user *before = w->user;
        int64_t entries;

        _Static_assert(KEY_HEX == HASH_HEX, "keys and hashes have as many digits");

        if (!r->is_replayed && !run_in_scratch(w, replay, &entries))
                return false;
        put_in_order(w, r);
        r->new_names = map_open();
        if (r->new_names == NULL)
                return error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        w->node->is_writing_again = true;
        for (struct content *c = r->first; c != NULL; c = c->next) {
                struct user author = { .login = c->author, .name = c->author, .role = role_by_name(c->role), .unit = "" };
                const struct entry *e;
                struct buf body;
                bool ok;

                buf_init_with(&body, ENTRY_MAX, w->arena);
                buf_text(&body, with_new_names(w, r, c));
                w->user = &author;
                ok = ledger_append(w, c->audience, c->kind, c->subject, &body, &e);
                w->user = before;
                buf_clear(&body);
                if (!ok)
                        return error_while(&w->err, "writing again what only this node holds (%s, %s)", c->kind, c->subject);
                hex_write(c->new_hash, e->hash, HASH_BYTES);
                c->new_id = e->id;
                r->count.entries++;
                if (!note_new_name(w, r, c) || !keep_old_name(w, c))
                        return false;
        }
        w->node->is_writing_again = false;
        if (!ledger_retry_waiting(w))
                return false;
        for (const struct content *c = r->first; c != NULL; c = c->next)
                r->count.set_aside += ledger_is_set_aside(w, c->new_id);
        return work_ok(w);
}

/* ---- which branch goes on, as others say of theirs ------------------------------------------------------ */

static bool note_said(struct work *w, const struct entry *e, void *context)
{
        json_t *branches = json_object_get(e->body, "branches"), *one;
        const char *key = json_string_value(json_object_get(e->body, "key")), *audience;

        (void)context;
        json_object_foreach(branches, audience, one)
        {
                const char *hash = json_string_value(json_object_get(one, "hash"));
                int64_t seq = json_integer_value(json_object_get(one, "seq"));
                unsigned char bytes[HASH_BYTES];

                if (seq < 1 || hash == NULL || !hex_read(bytes, sizeof bytes, hash) || strlen(key) + 1 + strlen(audience) >= STREAM_NAME_MAX)
                        continue;
                if (!note_branch(w, arena_print(w->arena, "%s/%s", key, audience), seq, hash, e->at))
                        return false;
                w->node->must_cut = w->node->must_tell_left = true;
        }
        return true;
}

bool branches_note(struct work *w, int64_t entry)
{
        return entries_run(w, "SELECT id, line FROM ledger_entry WHERE id = $1 AND kind = 'node.former'", ARGS(v_int(entry)), note_said, NULL);
}

#define KEYS_FOLLOWED_MOST 64 /* one upon another */

/* Whether the keys that have followed that one end with one that was revoked: what they say of streams somebody here has to agree to no more. */
static bool ends_revoked(struct work *w, const char *key)
{
        const struct peer *p = trust_find(w, key);

        for (int i = 0; i < KEYS_FOLLOWED_MOST && p != NULL && p->successor != NULL; i++)
                p = trust_find(w, p->successor);
        return p != NULL && p->successor == NULL && p->is_revoked;
}

/* Streams of which another branch is held here than goes on. */
static struct left_branch *read_left(struct work *w, bool is_agreed, size_t *count)
{
        struct rows *r = db_query(w->db, "SELECT stream, seq, hash FROM ledger_branch WHERE is_agreed = $1 ORDER BY stream", ARGS(v_int(is_agreed)));
        struct left_branch *list = NULL;
        size_t most = 0;

        *count = 0;
        while (rows_next(r)) {
                list = arena_room(w->arena, list, most, sizeof *list);
                list[most] = (struct left_branch){ .stream = arena_text(w->arena, rows_text(r, 0)), .seq = rows_int(r, 1) };
                memcpy(list[most++].goes_on, rows_text(r, 2), HASH_HEX);
        }
        rows_close(r);
        for (size_t i = 0; i < most && work_ok(w); i++) {
                char ours[HASH_HEX];

                if (!ledger_hash_at(w, list[i].stream, list[i].seq, ours) || strcmp(ours, list[i].goes_on) == 0 ||
                    (!is_agreed && ends_revoked(w, arena_copy(w->arena, list[i].stream, KEY_HEX - 1))))
                        continue;
                list[i].entries = db_number(w->db, "SELECT COUNT(*) FROM ledger_entry e JOIN ledger_stream s ON s.id = e.stream WHERE s.name = $1 AND e.seq >= $2",
                                            ARGS(v_text(list[i].stream), v_int(list[i].seq)), 0);
                list[(*count)++] = list[i];
        }
        return list;
}

struct left_branch *ledger_left(struct work *w, size_t *count)
{
        return read_left(w, false, count);
}

bool ledger_branch_is_known(struct work *w, const char *stream)
{
        return db_number(w->db, "SELECT seq FROM ledger_branch WHERE stream = $1", ARGS(v_text(stream)), 0) > 0;
}

static bool cut_all(struct work *w, void *argument)
{
        size_t count;
        const struct left_branch *list = read_left(w, true, &count);

        (void)argument;
        for (size_t i = 0; i < count && work_ok(w); i++) {
                struct head *h = head_get(w, list[i].stream);

                if (h == NULL || !take_out(w, h, "fork", list[i].seq, NULL) || !head_go_on(w, h))
                        return false;
                log_line(LOG_ALARM, "ledger", "fork: of stream %s goes on, under a new key of its node, another branch than the one held here: from entry %lld on that is taken out",
                         list[i].stream, (long long)list[i].seq);
                w->node->must_replay = true;
        }
        return work_ok(w);
}

bool branches_cut(struct work *w)
{
        if (!work_ok(w) || !w->node->must_cut)
                return work_ok(w);
        w->node->must_cut = false;
        return run_in_scratch(w, cut_all, NULL);
}

/* No word from elsewhere takes out what is here: that is told, and somebody here has to agree. */
static bool tell_left(struct work *w, void *argument)
{
        size_t count;
        const struct left_branch *list = ledger_left(w, &count);

        (void)argument;
        for (size_t i = 0; i < count; i++)
                log_line(LOG_ALARM, "ledger", "fork: of stream %s goes on, as a new key of its node says, another branch than the one held here from entry %lld on: it stays until"
                                              " somebody here agrees: caunoi key %s --follow %.12s",
                         list[i].stream, (long long)list[i].seq, w->node->folder, list[i].stream);
        return work_ok(w);
}

bool branches_tell(struct work *w)
{
        return work_ok(w) && (!w->node->must_tell_left || run_in_scratch(w, tell_left, NULL));
}

struct following {
        const char *key;
        struct followed *done;
};

static bool agree(struct work *w, void *argument)
{
        struct following *f = argument;
        size_t count, length = strlen(f->key);
        const struct left_branch *list = ledger_left(w, &count);

        *f->done = (struct followed){ 0 };
        for (size_t i = 0; i < count && work_ok(w); i++) {
                if (strncmp(list[i].stream, f->key, length) != 0)
                        continue;
                f->done->streams++;
                f->done->entries += list[i].entries;
                db_exec(w->db, "UPDATE ledger_branch SET is_agreed = 1 WHERE stream = $1", ARGS(v_text(list[i].stream)));
                w->node->must_cut = true;
        }
        if (work_ok(w) && f->done->streams == 0) {
                error_set(&w->err, ERR_MISSING, "no stream of a key that begins with \"%s\" waits for somebody here to agree to another branch", f->key);
                return error_hint(&w->err, "the page Exchange and its /status.json name those that wait");
        }
        return work_ok(w);
}

bool ledger_follow(struct work *w, const char *key, struct followed *done)
{
        struct following f = { key, done };

        return ledger_write(w, agree, &f);
}

/* ---- the rotation ------------------------------------------------------------------------------------------ */

/* The node has the other key now; twice: the first one again. */
static void swap(struct node *n, struct rotation *r)
{
        struct rotation other = *r;

        memcpy(r->secret, n->secret, sizeof r->secret);
        memcpy(r->public, n->public, sizeof r->public);
        memcpy(r->key, n->key, sizeof r->key);
        r->formers = n->formers;
        r->former_count = n->former_count;
        memcpy(n->secret, other.secret, sizeof n->secret);
        memcpy(n->public, other.public, sizeof n->public);
        memcpy(n->key, other.key, sizeof n->key);
        n->formers = other.formers;
        n->former_count = other.former_count;
        n->own_stand = OWN_UNKNOWN;
        r->is_swapped = !r->is_swapped;
        sodium_memzero(other.secret, sizeof other.secret);
        heads_own(n);
}

/* Which branches of the key's streams go on. */
static void say_branches(struct work *w, struct jsonw *j, const char *key)
{
        struct rows *r = db_query(w->db, "SELECT stream, seq, hash FROM ledger_branch WHERE node = $1 ORDER BY stream", ARGS(v_text(key)));
        bool is_first = true;

        for (; rows_next(r); is_first = false) {
                if (is_first) {
                        jsonw_name(j, "branches");
                        jsonw_object(j);
                }
                jsonw_name(j, rows_text(r, 0) + KEY_HEX);
                jsonw_object(j);
                jsonw_member_int(j, "seq", rows_int(r, 1));
                jsonw_member_text(j, "hash", rows_text(r, 2));
                jsonw_end(j);
        }
        if (!is_first)
                jsonw_end(j);
        rows_close(r);
}

static bool say(struct work *w, const char *kind, const char *key, const char *signature)
{
        struct jsonw j;
        struct buf body;
        bool ok;

        buf_init_with(&body, ENTRY_TYPED_MAX, w->arena);
        jsonw_init(&j, &body);
        jsonw_object(&j);
        jsonw_member_text(&j, "key", key);
        jsonw_member_text(&j, "unit", node_unit(w->node));
        if (signature != NULL) {
                jsonw_member_text(&j, "signature", signature);
                say_branches(w, &j, key);
        }
        jsonw_end(&j);
        ok = ledger_append(w, AUDIENCE_ALL, kind, arena_print(w->arena, "node/%s", key), &body, NULL);
        buf_clear(&body);
        return ok;
}

/* A takeover names the key that goes on from its day; another one would end then. */
static bool is_free_of_takeovers(struct work *w)
{
        size_t count;
        const struct succession *list = trust_successions(w, &count);

        for (size_t i = 0; i < count; i++)
                if (list[i].undone_at == 0 && list[i].effect > ledger_next_stamp(w) && strcmp(list[i].node, node_key(w->node)) == 0) {
                        error_set(&w->err, ERR_CONFLICT, "the takeover of %s names this key as the one that goes on from %s: a new one would end on that day", list[i].from, list[i].day);
                        return error_hint(&w->err, "rotate after that day; or let the ministry undo the takeover (caunoi succeed undo NODE %.8s) and, after the rotation, say it again with the new key", list[i].hash);
                }
        return work_ok(w);
}

/* The present key came while the clock was ahead, and what says whose place it takes was taken out with the rest. */
static bool say_again_who(struct work *w, const struct rotation *r)
{
        const struct node *n = w->node;
        const struct former *former;
        const struct head *h;

        if (!r->is_replayed || n->former_count == 0)
                return work_ok(w);
        h = head_get(w, arena_print(w->arena, "%s/" AUDIENCE_ALL, n->key));
        if (h == NULL || h->now.seq > 0)
                return work_ok(w);
        former = &n->formers[n->former_count - 1];
        return say(w, "node.former", former->key, former->signature);
}

static bool rotate(struct work *w, void *argument)
{
        struct rotation *r = argument;
        const struct former *former = &r->formers[r->former_count - 1];
        struct node *n = w->node;

        r->last = &r->first;
        for (struct head *h = n->heads; h != NULL; h = h->next)
                if (h->now.is_stopped && node_is_own(n, arena_copy(w->arena, h->name, KEY_HEX - 1)) && !cut_fork(w, h, r))
                        return false;
        if (!cut_ahead(w, r))
                return false;
        /* What the other copy wrote, with a clock that was a little ahead, it wrote under this key: the key ends after that. */
        if (r->others_at <= stamp_last(moment_now() + STAMP_MAX_AHEAD_BELOW_MS))
                stamp_seen(n, r->others_at);
        if (!is_free_of_takeovers(w) || !say_again_who(w, r))
                return false;
        /* Where that stream forked, others hold another entry in this one's place: the new key's first entry says it all. */
        if (!r->has_cut_public && !say(w, "node.rotate", r->key, NULL))
                return false;
        for (struct head *h = n->heads; h != NULL; h = h->next)
                if (h->is_own && h->now.sealed_seq < h->now.seq && !seal_write(w, h))
                        return false;
        swap(n, r);
        return say(w, "node.former", former->key, former->signature) && (r->first == NULL || write_again(w, r));
}

/* After a rotation that failed "key.next" goes, unless its commit got through after all. Where that cannot be found out now, opening the
 * node does. */
static void settle_now(struct node *n)
{
        struct arena *a = arena_open((size_t)1 << 20);
        struct error aside = { .code = ERR_NONE };
        jmp_buf starved;

        if (a != NULL && setjmp(starved) == 0) {
                arena_guard(a, &starved);
                rotation_settle(n, a, &aside);
        }
        arena_close(a);
}

bool node_rotate(struct work *w, bool is_clock_right, struct rewritten *count)
{
        struct node *n = w->node;
        struct rotation r = { .former_count = n->former_count + 1, .is_clock_right = is_clock_right };
        unsigned char signature[SIGNATURE_BYTES];
        struct former *own;
        char *text;
        bool ok;

        pasts_forget(n); /* they are of the key before, and some of what they have will be written again */
        crypto_sign_keypair(r.public, r.secret);
        hex_write(r.key, r.public, sizeof r.public);
        r.formers = calloc(r.former_count, sizeof *r.formers);
        if (r.formers == NULL)
                return error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        if (n->former_count > 0)
                memcpy(r.formers, n->formers, n->former_count * sizeof *r.formers);
        own = &r.formers[r.former_count - 1];
        memcpy(own->key, n->key, sizeof own->key);
        trust_introduce(n, r.key, signature);
        hex_write(own->signature, signature, sizeof signature);
        text = key_file_write(w->arena, r.secret, r.formers, r.former_count);
        ok = file_write(path_of(w->arena, n, KEY_FILE_NEXT), text, strlen(text), 0600, &w->err);
        sodium_memzero(text, strlen(text));
        if (ok && !ledger_write(w, rotate, &r)) {
                if (r.is_swapped)
                        swap(n, &r);
                heads_stamp(n);
                settle_now(n);
                ok = false;
        }
        n->is_writing_again = false; /* also where it broke off */
        map_close(r.new_names);
        *count = r.count;
        ok = ok && finish_on_disk(n, w->arena, &w->err);
        free(r.formers);
        sodium_memzero(r.secret, sizeof r.secret);
        return ok || error_while(&w->err, "rotating the key of \"%s\"", n->folder);
}
