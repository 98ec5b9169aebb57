/* files.c - attachments on their way between nodes: both ends.
 *
 * Who has an address is asked for what one lacks. Who has none (a node below) is not: it asks what is wanted of it, and
 * hands that over. Either way bytes are added to those held, so that whatever is cut off goes on where it stopped. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/decimal.h"
#include "base/hex.h"
#include "base/log.h"
#include "format/jsonw.h"
#include "ledger/write.h"
#include "sync/sync_private.h"

#define WANTED_MOST 100   /* told at once */
#define WANTED_SECONDS 10 /* a waiting question for what is wanted */
#define PIECES_AGAIN 8    /* that are sent once more, where the other says that it holds less than it did */
#define RETRY_MOST_MS 60000
#define UNABLE_MOST_MS 5000 /* while the other does not have it either */
#define PLACE "/ledger/blob/%s/%s?from=%lld"

/* ---- answering ------------------------------------------------------------------------------------------- */

static bool number_of(const char *text, int64_t *number)
{
        return text != NULL && decimal_read(text, strlen(text), 0, number, NULL) == DECIMAL_OK && *number >= 0;
}

/* What the asker could not know is no fault of its own: an answer, not a refusal that makes it wait. */
static bool answer_not(struct work *w, struct reply *out, int status, const char *code, const char *why)
{
        struct jsonw j;

        out->status = status;
        out->content_type = "application/json";
        out->never_cache = true;
        jsonw_init(&j, &out->body);
        jsonw_object(&j);
        jsonw_name(&j, "error");
        jsonw_object(&j);
        jsonw_member_text(&j, "code", code);
        jsonw_member_text(&j, "message", work_text(w, why));
        jsonw_end(&j);
        jsonw_end(&j);
        return true;
}

/* The attachment of the address, where the asker's unit may read the entry that names it. NULL without an error: the
 * answer says why not. */
static struct blob *asked_for(struct work *w, const struct request *q, struct reply *out, const struct peer *p)
{
        struct blob *b = blob_find(w, request_part(q, "node"), request_part(q, "id"));

        if (b != NULL && !sync_may_pass_on(w, p, b->node, b->audience))
                b = NULL; /* nobody learns that it exists */
        if (!work_ok(w))
                return NULL;
        if (b == NULL)
                answer_not(w, out, 404, "missing", N_("no entry here names this attachment"));
        else if (b->is_erased)
                answer_not(w, out, 410, "gone", N_("this attachment was erased"));
        return b == NULL || b->is_erased ? NULL : b;
}

/* Somebody else wants what is not here. Where this node takes no such thing it cannot help: nobody's fault. */
static bool want_too(struct work *w, const struct blob *b)
{
        if (!blob_want(w, b) && (w->err.code == ERR_TOO_BIG || w->err.code == ERR_INVALID || w->err.code == ERR_CONFLICT))
                error_clear(&w->err);
        return work_ok(w);
}

static bool answer_bytes(struct work *w, const struct request *q, struct reply *out)
{
        struct peer *p = request_asker(w, q);
        unsigned char key[BLOB_SEALED_KEY];
        char *key_hex = arena_alloc(w->arena, sizeof key * 2 + 1);
        struct blob *b;
        int64_t from;

        if (p == NULL)
                return false;
        if (!number_of(request_query(q, "from", 0), &from))
                return error_set(&w->err, ERR_INVALID, "the request does not say from which byte");
        b = asked_for(w, q, out, p);
        if (b == NULL)
                return work_ok(w);
        if (!b->is_here) { /* somebody below may have it */
                db_rollback(w->db);
                if (!want_too(w, b))
                        return false;
                return answer_not(w, out, 404, "missing", N_("the content of this attachment is not here yet"));
        }
        if (!blob_key_for(w, b, p->key, key))
                return false;
        hex_write(key_hex, key, sizeof key);
        reply_header(out, "Caunoi-Key", key_hex);
        out->content_type = "application/octet-stream";
        out->never_cache = true;
        return blob_bytes(w, b, from, FILE_PIECE, &out->body);
}

bool files_are_wanted(struct work *w, const struct peer *p)
{
        size_t count;
        const struct blob_stream *list = blob_wants_streams(w, &count);

        for (size_t i = 0; i < count && work_ok(w); i++)
                if (sync_may_pass_on(w, p, list[i].node, list[i].audience))
                        return true;
        return false;
}

struct told {
        struct blob *list;
        size_t count;
        char digest[HASH_HEX];
};

/* What to tell of the wants that the asker's unit may read, WANTED_MOST at once: the first ones, or those behind what it has
 * seen, so that wishes nobody can meet hide no others. count 0: there is nothing else. */
static bool wants_to_tell(struct work *w, const struct peer *p, const char *seen, struct told *told)
{
        size_t count;
        struct blob *all = blob_wants(w, &count);
        struct told page = { .list = all };
        bool is_behind = false;
        struct buf names;

        *told = (struct told){ .count = 0 };
        buf_init_with(&names, 0, w->arena);
        for (size_t i = 0; all != NULL && i < count && !is_behind && work_ok(w); i++) {
                unsigned char hash[HASH_BYTES];

                if (sync_may_pass_on(w, p, all[i].node, all[i].audience)) {
                        buf_print(&names, "%s/%s\n", all[i].node, all[i].id);
                        page.list[page.count++] = all[i];
                }
                if (page.count == 0 || (page.count < WANTED_MOST && i + 1 < count))
                        continue;
                ledger_digest(names.data, names.length, hash);
                hex_write(page.digest, hash, sizeof hash);
                buf_reset(&names);
                if (told->count == 0)
                        *told = page; /* the first: what is told where nothing was seen, or something that is gone */
                if (seen == NULL)
                        break;
                if (seen[0] == '\0') { /* this is what follows */
                        *told = page;
                        is_behind = true;
                } else if (strcmp(seen, page.digest) == 0) {
                        seen = "";
                }
                page = (struct told){ .list = page.list + page.count };
        }
        buf_clear(&names);
        if (seen != NULL && seen[0] == '\0' && !is_behind)
                told->count = 0; /* it has seen the last */
        return work_ok(w);
}

/* What this node wants and the asker's unit may read: 204 where the asker has seen all of it. */
static bool answer_wanted(struct work *w, const struct request *q, struct reply *out)
{
        const char *seen = request_query(q, "seen", 0), *wait = request_query(q, "wait", 0);
        struct peer *p = request_asker(w, q);
        struct told told;
        int64_t seconds;
        struct jsonw j;

        if (p == NULL)
                return false;
        if (!number_of(wait, &seconds) || seconds > 60)
                return error_set(&w->err, ERR_INVALID, "the request waits too long");
        if (!wants_to_tell(w, p, seen, &told))
                return false;
        out->never_cache = true;
        if (told.count == 0) {
                if (seconds > 0 && !request_waited(q))
                        return request_wait(w, q, (int)seconds);
                out->status = 204;
                return true;
        }
        jsonw_init(&j, &out->body);
        jsonw_object(&j);
        jsonw_member_text(&j, "digest", told.digest);
        jsonw_name(&j, "wanted");
        jsonw_array(&j);
        for (size_t i = 0; i < told.count; i++) {
                jsonw_object(&j);
                jsonw_member_text(&j, "node", told.list[i].node);
                jsonw_member_text(&j, "id", told.list[i].id);
                jsonw_member_int(&j, "held", told.list[i].held);
                jsonw_end(&j);
        }
        jsonw_end(&j);
        jsonw_end(&j);
        out->content_type = "application/json";
        return true;
}

/* The node above wishes for one that is not here yet. */
static void note_unmet(struct node *n)
{
        struct links *l = links_of(n);

        pthread_mutex_lock(&l->lock);
        l->has_unmet = true;
        pthread_mutex_unlock(&l->lock);
}

/* One is here now: it may be that one. */
static void note_come(struct node *n)
{
        struct links *l = links_of(n);

        pthread_mutex_lock(&l->lock);
        l->has_come |= l->has_unmet;
        l->has_unmet = false; /* who hands it over finds out what is still not here */
        pthread_cond_broadcast(&l->changed);
        pthread_mutex_unlock(&l->lock);
}

struct taking {
        const char *node, *id;
        const void *bytes;
        size_t length;
        int64_t from, held;
};

static bool take(struct work *w, void *argument)
{
        struct taking *t = argument;

        return blob_take(w, t->node, t->id, t->from, t->bytes, t->length, &t->held);
}

static bool read_upload(struct work *w, const struct request *q, struct taking *t)
{
        const char *path = request_upload(q, NULL, NULL);
        char *bytes = arena_alloc(w->arena, FILE_PIECE + 1);
        ssize_t n = 0;
        int fd;

        t->bytes = bytes;
        if (path == NULL)
                return true;
        fd = open(path, O_RDONLY | O_CLOEXEC);
        while (fd >= 0 && t->length <= FILE_PIECE && (n = read(fd, bytes + t->length, FILE_PIECE + 1 - t->length)) > 0)
                t->length += (size_t)n;
        if (fd < 0 || n < 0)
                error_system(&w->err, ERR_ENVIRONMENT, errno, "reading what was sent failed");
        else if (t->length > FILE_PIECE)
                error_set(&w->err, ERR_TOO_BIG, "a piece of an attachment has at most %zu bytes", FILE_PIECE);
        if (fd >= 0)
                close(fd);
        return work_ok(w);
}

static bool answer_held(struct reply *out, int64_t held, bool is_whole)
{
        struct jsonw j;

        jsonw_init(&j, &out->body);
        jsonw_object(&j);
        jsonw_member_int(&j, "held", held);
        jsonw_member_bool(&j, "whole", is_whole);
        jsonw_end(&j);
        out->content_type = "application/json";
        out->never_cache = true;
        return true;
}

static bool take_bytes(struct work *w, const struct request *q, struct reply *out)
{
        struct peer *p = request_asker(w, q);
        struct taking t = { .node = request_part(q, "node"), .id = request_part(q, "id") };
        const char *key_hex = request_query(q, "key", 0);
        unsigned char key[BLOB_SEALED_KEY];
        struct blob *b;

        if (p == NULL)
                return false;
        if (!number_of(request_query(q, "from", 0), &t.from))
                return error_set(&w->err, ERR_INVALID, "the request does not say from which byte");
        if (key_hex == NULL || !hex_read(key, sizeof key, key_hex))
                return error_set(&w->err, ERR_INVALID, "the request bears no key");
        b = asked_for(w, q, out, p);
        if (b == NULL)
                return work_ok(w);
        if (b->is_here)
                return answer_held(out, b->stored, true);
        if (!b->is_wanted || b->problem != NULL)
                return answer_not(w, out, 409, "conflict", N_("nobody here asked for this attachment"));
        if (t.from != b->held)
                return answer_held(out, b->held, false); /* it goes on from there */
        if (!read_upload(w, q, &t))
                return false;
        db_rollback(w->db);
        if (t.length > 0 && !ledger_write_behind(w, take, &t)) {
                if (w->err.code != ERR_CONFLICT || t.held == t.from)
                        return false;
                error_clear(&w->err); /* another one was faster: it goes on from there */
                return answer_held(out, t.held, false);
        }
        if (t.from + (int64_t)t.length < b->stored)
                return answer_held(out, t.from + (int64_t)t.length, false);
        if (!blob_arrived(w, t.node, t.id, key))
                return false;
        note_come(w->node);
        return answer_held(out, b->stored, true);
}

const struct route file_routes[] = {
        { GET, "/ledger/blob/{node}/{id}", answer_bytes, MAY_READ_PUBLIC, ROUTE_EXCHANGE | ROUTE_MACHINE | ROUTE_NO_ETAG,
          N_("between nodes: an attachment's stored bytes from a place on") },
        { POST, "/ledger/blob/{node}/{id}", take_bytes, MAY_READ_PUBLIC,
          ROUTE_EXCHANGE | ROUTE_MACHINE | ROUTE_UPLOAD | ROUTE_NO_ETAG, N_("between nodes: take an attachment's bytes") },
        { GET, "/ledger/wanted", answer_wanted, MAY_READ_PUBLIC,
          ROUTE_EXCHANGE | ROUTE_MACHINE | ROUTE_WAITS | ROUTE_NO_ETAG, N_("between nodes: attachments this node wants") },
        { 0 },
};

bool files_metrics(struct work *w, struct buf *o)
{
        struct blob_count c;

        if (!blob_counts(w, &c))
                return false;
        buf_print(o,
                  "# HELP caunoi_attachments Attachments named by entries, by where they stand.\n"
                  "# TYPE caunoi_attachments gauge\n"
                  "caunoi_attachments{state=\"known\"} %lld\ncaunoi_attachments{state=\"here\"} %lld\n"
                  "caunoi_attachments{state=\"wanted\"} %lld\ncaunoi_attachments{state=\"erased\"} %lld\n"
                  "# HELP caunoi_attachments_bytes Bytes of attachments stored here.\n"
                  "# TYPE caunoi_attachments_bytes gauge\ncaunoi_attachments_bytes %lld\n",
                  (long long)c.known, (long long)c.here, (long long)c.wanted, (long long)c.erased, (long long)c.bytes);
        return true;
}

/* ---- asking ------------------------------------------------------------------------------------------------ */

struct errand {
        struct http *h;
        const char *url, *unit;
        struct counterpart *peer;
        int64_t files;     /* done */
        int64_t unable;    /* the other could not, for now */
        int wait;
        char *seen;        /* digest of what the other wanted and got, or could not get */
};

static bool begin(struct work *w, struct errand *e, const atomic_bool *is_stopping)
{
        e->h = http_open(w, is_stopping);
        return e->h != NULL && http_meet(w, e->h, e->url, e->peer, &e->unit);
}

/* One that the other wants, as it stands here; NULL where it is none that the other may have. */
static struct blob *to_give(struct work *w, const struct errand *e, const char *node, const char *id)
{
        const struct peer other = { .key = e->peer->key, .unit = e->unit };
        struct blob *b = node_look(w) ? blob_find(w, node, id) : NULL;

        if (b != NULL && (b->is_erased || !sync_may_pass_on(w, &other, b->node, b->audience)))
                b = NULL;
        node_look_away(w);
        return work_ok(w) ? b : NULL;
}

/* Statuses that say "not now" or "not any more" are no failure of the link. */
static bool is_unable(struct work *w, struct errand *e)
{
        if (e->h->status != 404 && e->h->status != 409 && e->h->status != 410)
                return false;
        error_clear(&w->err);
        e->unable++;
        return true;
}

/* What the answer brought, also where it was cut off, follows what is held. */
static bool take_answer(struct work *w, struct errand *e, const struct blob *b, int64_t *held)
{
        struct taking t = { .node = b->node, .id = b->id, .from = *held, .bytes = e->h->reply.data,
                            .length = e->h->reply.length };

        if (t.length == 0)
                return true;
        if (!ledger_write_behind(w, take, &t))
                return false;
        *held = t.held;
        return true;
}

struct failing {
        const struct blob *blob;
        const char *problem;
};

static bool note_failure(struct work *w, void *argument)
{
        const struct failing *f = argument;

        return blob_want_failed(w, f->blob->node, f->blob->id, f->problem);
}

/* What came was wrong: nobody asks for it again before a person does. The next one may be better. */
static bool give_up(struct work *w, const struct blob *b)
{
        struct failing f = { b, arena_text(w->arena, w->err.message) };

        log_line(LOG_ALARM, "sync", "attachment %s of node %.12s… could not be fetched: %s", b->id, b->node, f.problem);
        error_clear(&w->err);
        return ledger_write(w, note_failure, &f);
}

static bool fetch_one(struct work *w, struct errand *e, const struct blob *b)
{
        unsigned char key[BLOB_SEALED_KEY];
        int64_t held = b->held, before;

        do {
                before = held;
                if (!http_ask(w, e->h, e->url, arena_print(w->arena, PLACE, b->node, b->id, (long long)held), NULL, NULL, 0, 0,
                              FILE_PIECE)) {
                        struct error standing = w->err;

                        if (is_unable(w, e))
                                return true;
                        error_clear(&w->err);
                        if (e->h->is_typed && (e->h->fault == NULL || e->h->is_slow) &&
                            (int64_t)e->h->reply.length <= b->stored - held)
                                take_answer(w, e, b, &held); /* as far as it came */
                        error_clear(&w->err);
                        w->err = standing;
                        return false; /* a bad line, clocks apart, something in between that answers: it is asked again */
                }
                if (!hex_read(key, sizeof key, e->h->key) || e->h->status != 200) {
                        error_set(&w->err, ERR_INVALID, "the other node's answer is not of the stated form");
                        return give_up(w, b);
                }
                if (!take_answer(w, e, b, &held))
                        return w->err.code == ERR_INVALID ? give_up(w, b) : false;
        } while (held < b->stored && held > before);
        if (held < b->stored) {
                error_set(&w->err, ERR_INVALID, "the other node's answer is not of the stated form");
                return give_up(w, b);
        }
        if (!node_look(w))
                return false;
        db_rollback(w->db); /* blob_arrived writes in between */
        if (!blob_arrived(w, b->node, b->id, key)) {
                node_look_away(w);
                return w->err.code == ERR_INVALID ? give_up(w, b) : false;
        }
        node_look_away(w);
        note_come(w->node);
        e->files++;
        return true;
}

/* All that is wanted here. */
static bool fetch_all(struct work *w, void *argument)
{
        struct errand *e = argument;
        struct blob *list = NULL;
        size_t count = 0;
        bool ok = true;

        if (node_look(w))
                list = blob_wants(w, &count);
        node_look_away(w);
        if (!work_ok(w))
                return false;
        if (count == 0)
                return true;
        if (!begin(w, e, e->h == NULL ? NULL : e->h->is_stopping))
                return false;
        for (size_t i = 0; i < count && ok; i++)
                ok = fetch_one(w, e, &list[i]);
        return ok;
}

/* Hand over one that the other wants. */
static bool give_one(struct work *w, struct errand *e, const char *node, const char *id, int64_t held)
{
        unsigned char key[BLOB_SEALED_KEY];
        char key_hex[BLOB_SEALED_KEY * 2 + 1];
        struct blob *b = to_give(w, e, node, id);
        int64_t pieces_left = b == NULL ? 0 : b->stored / (int64_t)FILE_PIECE + PIECES_AGAIN;
        bool is_whole = false;

        if (b == NULL) {
                e->unable++;
                return work_ok(w);
        }
        if (!b->is_here) { /* a node below this one may have it */
                e->unable++;
                note_unmet(w->node);
                return want_too(w, b);
        }
        while (!is_whole) {
                json_t *answer;
                struct buf piece;
                int64_t now_held;
                bool ok;

                buf_init_with(&piece, FILE_PIECE + 1, w->arena);
                ok = node_look(w) && blob_key_for(w, b, e->peer->key, key) && blob_bytes(w, b, held, FILE_PIECE, &piece);
                node_look_away(w);
                hex_write(key_hex, key, sizeof key);
                ok = ok && http_ask(w, e->h, e->url,
                                    arena_print(w->arena, PLACE "&key=%s", node, id, (long long)held, key_hex),
                                    "application/octet-stream", piece.data == NULL ? "" : piece.data, piece.length, 0,
                                    ANSWER_MAX);
                buf_clear(&piece);
                if (!ok)
                        return is_unable(w, e);
                answer = http_json(w, e->h);
                if (answer == NULL)
                        return false;
                now_held = json_integer_value(json_object_get(answer, "held"));
                is_whole = json_is_true(json_object_get(answer, "whole"));
                if (!is_whole && (now_held == held || now_held < 0 || now_held > b->stored || pieces_left-- == 0))
                        return error_set(&w->err, ERR_INVALID, "the other node's answer is not of the stated form");
                held = now_held;
        }
        e->files++;
        return true;
}

/* Ask what the other wants, and hand it over. */
static bool give_all(struct work *w, void *argument)
{
        struct errand *e = argument;
        const char *address = arena_print(w->arena, "/ledger/wanted?wait=%d", e->wait), *digest;
        json_t *answer, *wanted, *one;
        size_t i;

        if (!begin(w, e, e->h == NULL ? NULL : e->h->is_stopping))
                return false;
        if (e->seen[0] != '\0')
                address = arena_print(w->arena, "%s&seen=%s", address, e->seen);
        if (!http_ask(w, e->h, e->url, address, NULL, NULL, 0, e->wait, ANSWER_MAX))
                return false;
        if (e->h->status == 204)
                return true;
        answer = http_json(w, e->h);
        wanted = json_object_get(answer, "wanted");
        digest = json_string_value(json_object_get(answer, "digest"));
        if (answer == NULL || !json_is_array(wanted) || json_array_size(wanted) > WANTED_MOST || digest == NULL ||
            strlen(digest) != HASH_HEX - 1)
                return error_set(&w->err, ERR_INVALID, "the other node's answer is not of the stated form");
        e->unable = 0;
        json_array_foreach(wanted, i, one) {
                const char *node = json_string_value(json_object_get(one, "node"));
                const char *id = json_string_value(json_object_get(one, "id"));

                if (node == NULL || id == NULL || strlen(node) != KEY_HEX - 1 || strlen(id) >= BLOB_ID_MAX)
                        return error_set(&w->err, ERR_INVALID, "the other node's answer is not of the stated form");
                if (!give_one(w, e, node, id, json_integer_value(json_object_get(one, "held"))))
                        return false;
        }
        snprintf(e->seen, HASH_HEX, "%s", e->unable > 0 ? digest : ""); /* what it still wants cannot be had for now */
        return true;
}

bool files_once(struct work *w, const char *url, bool is_asked, int64_t *files_in, int64_t *files_out)
{
        struct counterpart peer = { .key = "" };
        char seen[HASH_HEX] = "";
        struct errand in = { .url = url, .peer = &peer, .seen = seen }, out = { .url = url, .peer = &peer, .seen = seen };
        bool ok = fetch_all(w, &in) && (!is_asked || give_all(w, &out));

        *files_in = in.files;
        *files_out = out.files;
        return ok;
}

/* ---- threads of the link upwards ------------------------------------------------------------------------------- */

/* Whether an errand ended for what the threads of the entries meet and tell as well: nobody answers, or wants to hear us now. */
static bool is_of_the_line(const struct errand *e, const struct error *err)
{
        return err->code == ERR_DENIED || (e->h != NULL && (e->h->ending == ENDED_UNREACHED || e->h->ending == ENDED_BUSY)); /* NULL: nobody was asked */
}

/* One errand with memory of its own. False: the pause before the next one grows. */
static bool run_errand(struct links *l, struct arena *a, work_function *run, struct errand *e, const char *what)
{
        struct http stop = { .is_stopping = &l->is_stopping };
        struct work w;
        bool ok;

        arena_reset(a);
        work_init(&w, a, NULL, LANGUAGE_EN);
        w.node = l->node;
        w.now = moment_now();
        e->h = &stop;
        e->url = l->url;
        ok = work_run(&w, run, e);
        node_look_away(&w);
        if (!ok) {
                e->peer->key[0] = '\0';
                if (!l->is_stopping && !is_of_the_line(e, &w.err))
                        log_line(LOG_WARNING, "sync", "%s: %s: %s", l->url, what, w.err.message);
        }
        return ok;
}

/* Until something may be wanted here, one that the other wished for has come (*has_come), or we stop; in a pause (ms > 0) what is wanted waits
 * for its end. */
static void wait_for_files(struct links *l, int64_t ms, bool *has_come)
{
        struct timespec until = steady_after(ms);

        pthread_mutex_lock(&l->lock);
        while (!l->is_stopping && !l->has_come && (ms > 0 || !l->has_wants))
                if (ms == 0)
                        pthread_cond_wait(&l->changed, &l->lock);
                else if (pthread_cond_timedwait(&l->changed, &l->lock, &until) != 0)
                        break;
        l->has_wants = false;
        *has_come = l->has_come;
        l->has_come = false;
        pthread_mutex_unlock(&l->lock);
}

/* What the other wished for and could not have is handed over here once it has come: who gives waits for an answer then. */
void *files_fetch(void *argument)
{
        struct links *l = argument;
        struct counterpart peer = { .key = "" };
        char seen[HASH_HEX];
        struct errand in = { .peer = &peer }, out = { .peer = &peer, .seen = seen };
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        struct pause pause = { .failures = 0 };
        bool has_come = false;

        while (a != NULL && !l->is_stopping) {
                bool ok;

                seen[0] = '\0';
                if (has_come && !run_errand(l, a, give_all, &out, "handing over attachments"))
                        has_come = false; /* who gives will try it again */
                in.unable = 0;
                ok = run_errand(l, a, fetch_all, &in, "fetching attachments");
                if (ok && in.unable == 0)
                        pause.failures = 0;
                wait_for_files(l, ok && in.unable == 0 ? 0 : pause_grow(&pause, ok ? UNABLE_MOST_MS : RETRY_MOST_MS), &has_come);
        }
        arena_close(a);
        return NULL;
}

void *files_give(void *argument)
{
        struct links *l = argument;
        struct counterpart peer = { .key = "" };
        char seen[HASH_HEX] = "";
        struct errand e = { .peer = &peer, .seen = seen, .wait = WANTED_SECONDS };
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        struct pause pause = { .failures = 0 };

        while (a != NULL && !l->is_stopping) {
                int64_t begun = steady_now();
                bool ok = run_errand(l, a, give_all, &e, "handing over attachments");

                if (ok && seen[0] == '\0') {
                        pause.failures = 0;
                        if (e.files == 0 && steady_now() - begun < 1000 && !links_pause(l, 1000))
                                break; /* an answer at once, and nothing wanted: do not ask without end */
                } else if (ok && steady_now() - begun >= (WANTED_SECONDS - 1) * 1000) {
                        seen[0] = '\0'; /* what could not be had is tried again */
                } else if (!links_pause(l, pause_grow(&pause, ok ? UNABLE_MOST_MS : RETRY_MOST_MS))) {
                        break;
                }
                e.files = 0;
        }
        arena_close(a);
        return NULL;
}
