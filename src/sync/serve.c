/* serve.c - the answering end of an exchange: three addresses under /ledger/. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/decimal.h"
#include "base/hex.h"
#include "format/jsonw.h"
#include "ledger/trust.h"
#include "ledger/write.h"
#include "sync/sync_private.h"

#define WANTS_MAX 10000

/* ---- who asks --------------------------------------------------------------------------------- */

static bool hash_upload(struct work *w, const char *path, unsigned char hash[HASH_BYTES])
{
        EVP_MD_CTX *digest = EVP_MD_CTX_new();
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        char piece[1 << 16];
        ssize_t length = 0;
        bool ok = digest != NULL && fd >= 0 && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1;

        while (ok && (length = read(fd, piece, sizeof piece)) > 0)
                ok = EVP_DigestUpdate(digest, piece, (size_t)length) == 1;
        ok = ok && length == 0 && EVP_DigestFinal_ex(digest, hash, NULL) == 1;
        if (fd >= 0)
                close(fd);
        EVP_MD_CTX_free(digest);
        return ok || error_system(&w->err, ERR_ENVIRONMENT, errno, "reading what was sent failed");
}

static void note_contact(struct link_record *r, void *context)
{
        r->last_contact = *(moment *)context;
        r->heard_at = steady_now();
        r->is_changed = true;
}

static bool is_push(const struct request *q)
{
        return strcmp(request_path(q), "/ledger/push") == 0;
}

/* The hash of the body that the request announces: of nothing where it has none. */
static void announced_hash(const struct request *q, char hash_hex[HASH_HEX])
{
        const char *sent = request_header(q, "Caunoi-Body");
        unsigned char hash[HASH_BYTES];

        if (sent != NULL && strlen(sent) == HASH_HEX - 1) {
                memcpy(hash_hex, sent, HASH_HEX);
                return;
        }
        ledger_digest("", 0, hash);
        hex_write(hash_hex, hash, sizeof hash);
}

static bool is_signed(const struct work *w, const struct request *q, const char *key, const char *at,
                      const unsigned char signature[64])
{
        char hash_hex[HASH_HEX];
        char memory[4096];
        struct buf text;

        announced_hash(q, hash_hex);
        buf_init_in(&text, memory, sizeof memory);
        request_text(&text, node_key(w->node), request_target(q), at, hash_hex);
        return buf_ok(&text) && node_signed(key, text.data, text.length, signature);
}

static bool type_is_right(struct work *w, const struct request *q)
{
        const char *type = request_header(q, "Content-Type");
        const char *wanted = is_push(q)                                               ? "application/zstd"
                             : strncmp(request_path(q), "/ledger/blob/", 13) == 0 ? "application/octet-stream"
                                                                                  : "application/json";

        if (request_header(q, "Caunoi-Body") == NULL || (type != NULL && strcmp(type, wanted) == 0))
                return true;
        return error_set(&w->err, ERR_INVALID, "the request is of the type \"%.60s\" instead of \"%s\"",
                         type == NULL ? "" : type, wanted);
}

/* The node that asks, by its key, or by one that it had before as long as the entry that says so has not come. */
static struct peer *peer_of(struct work *w, const struct request *q)
{
        const char *key = request_header(q, "Caunoi-Node");
        struct peer *p = trust_find(w, key);

        if (p != NULL || !work_ok(w))
                return p;
        p = trust_find_introduced(w, key, request_header(q, "Caunoi-Former"));
        if (p != NULL)
                p->key = arena_text(w->arena, key);
        return p;
}

/* Refuse a request for the time it is signed with; false. */
static bool clock_is_wrong(struct work *w, const struct request *q, const char *key, const char *at, bool is_ahead)
{
        char here[MOMENT_TEXT_MAX];
        int seconds;

        moment_write(here, moment_now());
        error_set(&w->err, ERR_DENIED, "the clocks of the two nodes differ by more than ten minutes (%s, here %s)", at, here);
        seconds = link_clock_wrong(w->node, key, is_ahead, &w->err);
        if (seconds > 0) {
                request_come_again(q, seconds);
                w->err.code = ERR_BUSY;
        }
        return error_hint(&w->err, "set the clock that is wrong; a request with a right time is taken at once");
}

/* Before any byte of the body: the enrolled node that signed this request for this address, if it may ask now. */
static bool admit(struct work *w, const struct request *q, char peer[KEY_HEX])
{
        const char *key = request_header(q, "Caunoi-Node"), *at = request_header(q, "Caunoi-At");
        const char *signature = request_header(q, "Caunoi-Signature");
        unsigned char bytes[64];
        moment when, now = moment_now();
        struct peer *p;
        int seconds;

        if (key == NULL || at == NULL || signature == NULL || strlen(key) != KEY_HEX - 1 ||
            !moment_read(at, strlen(at), &when) || !hex_read(bytes, sizeof bytes, signature))
                return error_set(&w->err, ERR_UNAUTHENTICATED, "only nodes may ask here, with a signed request");
        if (!is_signed(w, q, key, at, bytes))
                return error_set(&w->err, ERR_UNAUTHENTICATED,
                                 "the signature of the request is false, or for another node than this");
        p = peer_of(w, q);
        if (!work_ok(w))
                return false;
        if (p != NULL && p->is_revoked && !node_is_own(w->node, key))
                return trust_say_ended(w, p);
        if (p == NULL || node_is_own(w->node, key)) {
                error_set(&w->err, ERR_DENIED, "nobody enrolled the node %.12s… here", key);
                return error_hint(&w->err, "run: caunoi trust NODE %s --unit CODE", key);
        }
        if (when > now + REQUEST_MAX_AGE_MS || when < now - REQUEST_MAX_AGE_MS)
                return clock_is_wrong(w, q, key, at, when > now);
        link_clock_right(w->node, key);
        memcpy(peer, key, KEY_HEX); /* from here on it is told what was wrong */
        seconds = link_must_wait(w->node, key, is_push(q));
        if (seconds > 0) {
                request_come_again(q, seconds);
                error_set(&w->err, ERR_BUSY, "what this node sent was refused; it may come again in %d seconds", seconds);
                return error_hint(&w->err, "the page Exchange of this node says what was wrong");
        }
        link_touch(w->node, key, note_contact, &now);
        return type_is_right(w, q);
}

/* What was wrong with a request is noted with its sender; what was wrong here, or in between, is not its fault. */
static void ended(struct node *n, const struct request *q, const char *peer, const struct error *err)
{
        if (err == NULL)
                link_accepted(n, peer, is_push(q));
        else if (err->code != ERR_ENVIRONMENT && err->code != ERR_BUSY)
                link_refused(n, peer, is_push(q), err);
}

const struct exchange_hooks sync_hooks = { .admit = admit, .ended = ended };

struct peer *request_asker(struct work *w, const struct request *q)
{
        const char *body, *upload = request_upload(q, NULL, NULL);
        char announced[HASH_HEX], hash_hex[HASH_HEX];
        unsigned char hash[HASH_BYTES];
        struct peer *p;
        size_t length;

        if (upload != NULL) {
                if (!hash_upload(w, upload, hash))
                        return NULL;
        } else {
                body = request_body(q, &length);
                ledger_digest(body == NULL ? "" : body, body == NULL ? 0 : length, hash);
        }
        hex_write(hash_hex, hash, sizeof hash);
        announced_hash(q, announced);
        if (strcmp(hash_hex, announced) != 0) {
                error_set(&w->err, ERR_UNAUTHENTICATED, "the body of the request is not the one that was signed");
                return NULL;
        }
        p = peer_of(w, q);
        if (p != NULL && p->is_revoked) { /* since it was admitted */
                trust_say_ended(w, p);
                return NULL;
        }
        if (p == NULL && work_ok(w))
                error_set(&w->err, ERR_DENIED, "nobody enrolled the node %.12s… here", request_header(q, "Caunoi-Node"));
        return p;
}

/* ---- positions ---------------------------------------------------------------------------------- */

/* hashes: of the streams that one of the two has written itself, so that either finds out where they have forked. forks: of which the asker can have
 * the proof. units: of the nodes above this one, so that who does not know them can say whose entries it passes over. rotated: whose
 * place a key has taken, so that the asker wants the stream that proves it. */
static bool positions_write(struct work *w, struct reply *out, const struct scope *s, const char *asker_key)
{
        struct peer *peers;
        struct jsonw j;
        size_t count;

        jsonw_init(&j, &out->body);
        jsonw_object(&j);
        jsonw_member_text(&j, "node", node_key(w->node));
        jsonw_member_text(&j, "unit", node_unit(w->node));
        jsonw_member_text(&j, "digest", s->digest);
        jsonw_name(&j, "positions");
        jsonw_object(&j);
        for (size_t i = 0; i < s->count; i++)
                jsonw_member_int(&j, s->streams[i].name, s->streams[i].seq);
        jsonw_end(&j);
        jsonw_name(&j, "hashes");
        jsonw_object(&j);
        for (size_t i = 0; i < s->count; i++)
                if (strcmp(s->streams[i].node, asker_key) == 0 || node_is_own(w->node, s->streams[i].node))
                        jsonw_member_text(&j, s->streams[i].name, s->streams[i].hash);
        jsonw_end(&j);
        jsonw_name(&j, "forks");
        jsonw_object(&j);
        for (size_t i = 0; i < s->count; i++)
                if (s->streams[i].shows_fork)
                        jsonw_member_int(&j, s->streams[i].name, s->streams[i].fork_seq);
        jsonw_end(&j);
        peers = trust_list(w, &count);
        jsonw_name(&j, "units");
        jsonw_object(&j);
        for (size_t i = 0; i < count; i++)
                if (!peers[i].is_revoked && peers[i].successor == NULL && sync_may_read(w, &peers[i], node_unit(w->node)))
                        jsonw_member_text(&j, peers[i].key, peers[i].unit);
        jsonw_end(&j);
        jsonw_name(&j, "rotated");
        jsonw_object(&j);
        for (size_t i = 0; i < count; i++)
                if (peers[i].successor != NULL)
                        jsonw_member_text(&j, peers[i].key, peers[i].successor);
        jsonw_end(&j);
        jsonw_end(&j);
        out->content_type = "application/json";
        out->never_cache = true;
        return work_ok(w);
}

struct told {
        int64_t total, both;
};

static void note_told(struct link_record *r, void *context)
{
        const struct told *t = context;

        r->theirs = t->total;
        r->shared = t->both;
        r->is_changed = true;
}

static bool number_of(const char *text, int64_t most, int64_t *number)
{
        return text != NULL && decimal_read(text, strlen(text), 0, number, NULL) == DECIMAL_OK && *number >= 0 &&
               *number <= most;
}

/* ?digest=…&total=N&wait=seconds[&seen=…][&both=N]: 204 while both hold the same (or we what the asker has seen), else where our streams
 * stand. */
static bool answer_positions(struct work *w, const struct request *q, struct reply *out)
{
        const char *digest = request_query(q, "digest", 0), *total = request_query(q, "total", 0);
        const char *wait = request_query(q, "wait", 0), *seen = request_query(q, "seen", 0), *both = request_query(q, "both", 0);
        struct told told = { .both = -1 };
        int64_t seconds;
        struct scope s;
        struct peer *p;

        if (digest == NULL || strlen(digest) != HASH_HEX - 1 || (seen != NULL && strlen(seen) != HASH_HEX - 1) ||
            !number_of(total, INT64_MAX, &told.total) || (both != NULL && !number_of(both, told.total, &told.both)) || !number_of(wait, 60, &seconds))
                return error_set(&w->err, ERR_INVALID, "the request names no digest, or waits too long");
        p = request_asker(w, q);
        if (p == NULL || !scope_of(w, p, &s))
                return false;
        link_touch(w->node, p->key, note_told, &told);
        out->never_cache = true;
        if (files_are_wanted(w, p))
                reply_header(out, WANTS_FILES, "1");
        if (strcmp(s.digest, digest) == 0 && !node_heard(w, p->key))
                return false;
        if (strcmp(s.digest, digest) != 0 && (seen == NULL || strcmp(s.digest, seen) != 0))
                return positions_write(w, out, &s, p->key);
        if (seconds > 0 && !request_waited(q))
                return request_wait(w, q, (int)seconds);
        if (strcmp(s.digest, digest) == 0)
                link_accepted(w->node, p->key, true); /* it has nothing left that could be refused */
        out->status = 204;
        return true;
}

/* ---- entries --------------------------------------------------------------------------------------- */

static void note_entry(struct link_record *r, void *context)
{
        r->last_entry = *(moment *)context;
        r->is_changed = true;
}


/* Whether the asker may have a stream; an error where it may not. */
static bool is_for(struct work *w, const struct peer *p, const char *stream)
{
        return (strlen(stream) > KEY_HEX && sync_may_pass_on(w, p, arena_copy(w->arena, stream, KEY_HEX - 1), stream + KEY_HEX)) ||
               (work_ok(w) && error_set(&w->err, ERR_DENIED, "stream \"%.90s\" is not for unit %s", stream, p->unit));
}

/* The proof that a stream has forked; nothing where there is none (any more). */
static bool answer_fork(struct work *w, const struct peer *p, const char *stream, struct line_writer *lines)
{
        struct stream_state *list;
        size_t count;

        if (!is_for(w, p, stream))
                return false;
        list = ledger_streams(w, &count);
        for (size_t i = 0; i < count && work_ok(w); i++)
                if (list[i].shows_fork && strcmp(list[i].name, stream) == 0)
                        return fork_write(w, lines, &list[i]);
        return work_ok(w);
}

static bool answer_entries(struct work *w, const struct request *q, struct reply *out)
{
        struct peer *p = request_asker(w, q);
        json_t *json = p == NULL ? NULL : request_json(w, q), *wants = json_object_get(json, "want"), *most = json_object_get(json, "most"), *after;
        const json_t *fork = json_object_get(json, "fork");
        int64_t budget = PULL_BYTES;
        struct line_writer *lines;
        moment now = moment_now();
        int64_t last, given = 0;
        const char *stream, *gave = "";

        if (json == NULL)
                return false;
        if (!json_is_object(wants) || json_object_size(wants) > WANTS_MAX)
                return error_set(&w->err, ERR_INVALID, "the request does not say which streams it wants");
        if (most != NULL && (!json_is_integer(most) || json_integer_value(most) < 1))
                return error_set(&w->err, ERR_INVALID, "the request does not say how many bytes it wants at most");
        if (most != NULL && json_integer_value(most) < budget)
                budget = json_integer_value(most);
        if (fork != NULL && (!json_is_string(fork) || json_object_size(wants) > 0))
                return error_set(&w->err, ERR_INVALID, "the request does not say of which one stream it wants to see the fork");
        lines = lines_begin(w, &out->body, p->unit);
        for (int pass = 0; pass <= stream_turns(w) && work_ok(w); pass++)
                json_object_foreach(wants, stream, after)
                {
                        if (strlen(stream) < KEY_HEX + 1 ? pass > 0 : stream_turn(w, stream) != pass)
                                continue;
                        if (budget <= 0)
                                continue;
                        if (!json_is_integer(after) || json_integer_value(after) < 0)
                                return error_set(&w->err, ERR_INVALID, "stream \"%.90s\" has no entry with that number", stream);
                        if (!is_for(w, p, stream))
                                return false;
                        if (!stream_write(w, lines, stream, json_integer_value(after), &budget, &last))
                                return false;
                        if (last > json_integer_value(after) && ++given <= GAVE_STREAMS)
                                gave = arena_print(w->arena, "%s%s%s %lld", gave, *gave == '\0' ? "" : ",", stream, (long long)last);
                }
        if (!work_ok(w) || (fork != NULL && !answer_fork(w, p, json_string_value(fork), lines)) || !lines_end(lines))
                return false;
        if (budget <= 0 && given <= GAVE_STREAMS)
                reply_header(out, GAVE, gave);
        link_touch(w->node, p->key, note_entry, &now);
        out->content_type = "application/zstd";
        out->never_cache = true;
        return true;
}

/* ---- push ------------------------------------------------------------------------------------------- */

static void write_received(struct reply *out, const struct received *got)
{
        struct jsonw j;

        jsonw_init(&j, &out->body);
        jsonw_object(&j);
        jsonw_member_int(&j, "new", got->entries_new);
        jsonw_member_int(&j, "known", got->entries_known);
        jsonw_member_int(&j, "waiting", got->entries_waiting);
        jsonw_member_int(&j, "refused", got->entries_refused);
        jsonw_member_int(&j, "passed", got->entries_passed);
        jsonw_member_int(&j, "forks", got->forks);
        jsonw_end(&j);
        out->content_type = "application/json";
}

/* What one pushed and was new here both hold now. */
static void note_taken(struct link_record *r, void *context)
{
        if (r->shared >= 0)
                r->shared += *(const int64_t *)context;
}

static bool answer_push(struct work *w, const struct request *q, struct reply *out)
{
        struct peer *p = request_asker(w, q);
        const char *path = p == NULL ? NULL : request_upload(q, NULL, NULL);
        moment now = moment_now();
        struct line_reader *lines;
        struct received got;
        bool ok;
        int fd;

        if (p == NULL)
                return false;
        if (path == NULL)
                return error_set(&w->err, ERR_INVALID, "nothing was sent");
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return error_system(&w->err, ERR_ENVIRONMENT, errno, "reading what was sent failed");
        lines = lines_open(w, fd, NULL, 0);
        ok = lines != NULL && lines_take_in_parts(w, lines, p->key, PART_MS, false, &got);
        close(fd);
        if (!ok)
                return false;
        write_received(out, &got);
        link_touch(w->node, p->key, note_entry, &now);
        link_touch(w->node, p->key, note_taken, &got.entries_new);
        return true;
}

const struct route sync_routes[] = {
        { GET, "/ledger/positions", answer_positions, MAY_READ_PUBLIC, ROUTE_EXCHANGE | ROUTE_MACHINE | ROUTE_WAITS | ROUTE_NO_ETAG,
          N_("between nodes: where streams stand") },
        { POST, "/ledger/entries", answer_entries, MAY_READ_PUBLIC, ROUTE_EXCHANGE | ROUTE_MACHINE | ROUTE_NO_ETAG,
          N_("between nodes: entries after given places") },
        { POST, "/ledger/push", answer_push, MAY_READ_PUBLIC,
          ROUTE_EXCHANGE | ROUTE_MACHINE | ROUTE_UPLOAD | ROUTE_NO_ETAG, N_("between nodes: take in entries") },
        { 0 },
};
