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
        return ok || error_set(&w->err, ERR_ENVIRONMENT, "reading what was sent failed: %s", strerror(errno));
}

static void note_contact(struct link_record *r, void *context)
{
        r->last_contact = *(moment *)context;
        r->problem[0] = '\0';
}

static void note_problem(struct link_record *r, void *context)
{
        snprintf(r->problem, sizeof r->problem, "%s", (const char *)context);
}

/* The enrolled node that signed this request for this address; NULL and an error otherwise. */
static struct peer *asker(struct work *w, const struct request *q, const char *address)
{
        const char *key = request_header(q, "Caunoi-Node"), *at = request_header(q, "Caunoi-At");
        const char *signature = request_header(q, "Caunoi-Signature");
        unsigned char hash[HASH_BYTES], bytes[64];
        char hash_hex[HASH_HEX];
        struct peer *p;
        struct buf text;
        size_t length;
        const char *body, *upload = request_upload(q, NULL, NULL);
        moment when, now = moment_now();
        bool is_genuine;

        if (key == NULL || at == NULL || signature == NULL || strlen(key) != KEY_HEX - 1 ||
            !moment_read(at, strlen(at), &when) || !hex_read(bytes, sizeof bytes, signature)) {
                error_set(&w->err, ERR_UNAUTHENTICATED, "only nodes may ask here, with a signed request");
                return NULL;
        }
        if (upload != NULL) {
                if (!hash_upload(w, upload, hash))
                        return NULL;
        } else {
                body = request_body(q, &length);
                ledger_digest(body == NULL ? "" : body, body == NULL ? 0 : length, hash);
        }
        hex_write(hash_hex, hash, sizeof hash);
        buf_init(&text, 4096);
        request_text(&text, node_key(w->node), address, at, hash_hex);
        is_genuine = buf_ok(&text) && node_signed(key, text.data, text.length, bytes);
        buf_clear(&text);
        if (!is_genuine) {
                error_set(&w->err, ERR_UNAUTHENTICATED, "the signature of the request is false, or for another node than this");
                return NULL;
        }
        p = trust_find(w, key);
        if (!work_ok(w))
                return NULL;
        if (p == NULL || p->is_revoked || strcmp(key, node_key(w->node)) == 0) {
                error_set(&w->err, ERR_DENIED, "nobody enrolled the node %.12s… here", key);
                error_hint(&w->err, "run: caunoi trust NODE %s --unit CODE", key);
                return NULL;
        }
        if (when > now + REQUEST_MAX_AGE_MS || when < now - REQUEST_MAX_AGE_MS) {
                char here[MOMENT_TEXT_MAX];

                moment_write(here, now);
                error_set(&w->err, ERR_DENIED, "the clocks of the two nodes differ by more than ten minutes (%s, here %s)",
                          at, here);
                link_touch(w->node, key, p->unit, note_problem, w->err.message);
                return NULL;
        }
        link_touch(w->node, key, p->unit, note_contact, &now);
        return p;
}

/* ---- positions ---------------------------------------------------------------------------------- */

static bool positions_write(struct work *w, struct reply *out, const struct scope *s)
{
        struct jsonw j;

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
        jsonw_end(&j);
        out->content_type = "application/json";
        out->never_cache = true;
        return true;
}

struct totals {
        int64_t ours, theirs;
};

static void note_backlog(struct link_record *r, void *context)
{
        const struct totals *t = context;

        r->backlog = t->ours > t->theirs ? t->ours - t->theirs : 0;
}

static bool number_of(const char *text, int64_t most, int64_t *number)
{
        return text != NULL && decimal_read(text, strlen(text), 0, number, NULL) == DECIMAL_OK && *number >= 0 &&
               *number <= most;
}

/* ?digest=…&total=N&wait=seconds: 204 while both hold the same (or we what the asker has seen), else where our streams
 * stand. */
static bool answer_positions(struct work *w, const struct request *q, struct reply *out)
{
        const char *digest = request_query(q, "digest", 0), *total = request_query(q, "total", 0);
        const char *wait = request_query(q, "wait", 0), *seen = request_query(q, "seen", 0), *address;
        int64_t seconds;
        struct totals t;
        struct scope s;
        struct peer *p;

        if (digest == NULL || strlen(digest) != HASH_HEX - 1 || (seen != NULL && strlen(seen) != HASH_HEX - 1) ||
            !number_of(total, INT64_MAX, &t.theirs) || !number_of(wait, 60, &seconds))
                return error_set(&w->err, ERR_INVALID, "the request names no digest, or waits too long");
        address = arena_print(w->arena, POSITIONS_ADDRESS, digest, (long long)t.theirs, (int)seconds);
        if (seen != NULL)
                address = arena_print(w->arena, "%s" POSITIONS_SEEN, address, seen);
        p = asker(w, q, address);
        if (p == NULL || !scope_of(w, p->unit, &s))
                return false;
        t.ours = s.total;
        link_touch(w->node, p->key, p->unit, note_backlog, &t);
        out->never_cache = true;
        if (strcmp(s.digest, digest) != 0 && (seen == NULL || strcmp(s.digest, seen) != 0))
                return positions_write(w, out, &s);
        if (seconds > 0 && !request_waited(q))
                return request_wait(w, q, (int)seconds);
        out->status = 204;
        return true;
}

/* ---- entries --------------------------------------------------------------------------------------- */

static void note_entry(struct link_record *r, void *context)
{
        r->last_entry = *(moment *)context;
}

/* The node's own public stream first: it says whom to trust. */
static int first_of(const struct work *w, const char *stream)
{
        return strncmp(stream, node_key(w->node), KEY_HEX - 1) == 0 && strcmp(stream + KEY_HEX, AUDIENCE_ALL) == 0;
}

static bool answer_entries(struct work *w, const struct request *q, struct reply *out)
{
        struct peer *p = asker(w, q, request_path(q));
        json_t *json = p == NULL ? NULL : request_json(w, q), *wants = json_object_get(json, "want"), *after;
        int64_t budget = PULL_BYTES;
        struct line_writer *lines;
        moment now = moment_now();
        int64_t last;
        const char *stream;

        if (json == NULL)
                return false;
        if (!json_is_object(wants) || json_object_size(wants) > WANTS_MAX)
                return error_set(&w->err, ERR_INVALID, "the request does not say which streams it wants");
        lines = lines_begin(w, &out->body, p->unit);
        for (int pass = 0; pass < 2 && work_ok(w); pass++)
                json_object_foreach(wants, stream, after)
                {
                        if (first_of(w, stream) != (pass == 0) || budget <= 0)
                                continue;
                        if (strlen(stream) < KEY_HEX + 1 || !json_is_integer(after) ||
                            !sync_may_read(w, p->unit, stream + KEY_HEX)) {
                                if (!work_ok(w))
                                        return false;
                                return error_set(&w->err, ERR_DENIED, "stream \"%.90s\" is not for unit %s", stream,
                                                 p->unit);
                        }
                        if (!stream_write(w, lines, stream, json_integer_value(after), &budget, &last))
                                return false;
                }
        if (!work_ok(w) || !lines_end(lines))
                return false;
        link_touch(w->node, p->key, p->unit, note_entry, &now);
        out->content_type = "application/zstd";
        out->never_cache = true;
        return true;
}

/* ---- push ------------------------------------------------------------------------------------------- */

static bool take_push(struct work *w, const struct peer *from, struct reply *out, int fd)
{
        struct line_reader *lines = lines_open(w, fd, NULL, 0);
        struct received got;
        struct jsonw j;

        if (lines == NULL || !lines_take(w, lines, from->key, &got))
                return false;
        jsonw_init(&j, &out->body);
        jsonw_object(&j);
        jsonw_member_int(&j, "new", got.entries_new);
        jsonw_member_int(&j, "known", got.entries_known);
        jsonw_member_int(&j, "waiting", got.entries_waiting);
        jsonw_member_int(&j, "refused", got.entries_refused);
        jsonw_member_int(&j, "passed", got.entries_passed);
        jsonw_end(&j);
        out->content_type = "application/json";
        return true;
}

static bool answer_push(struct work *w, const struct request *q, struct reply *out)
{
        struct peer *p = asker(w, q, request_path(q));
        const char *path = p == NULL ? NULL : request_upload(q, NULL, NULL);
        moment now = moment_now();
        bool ok;
        int fd;

        if (p == NULL)
                return false;
        if (path == NULL)
                return error_set(&w->err, ERR_INVALID, "nothing was sent");
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return error_set(&w->err, ERR_ENVIRONMENT, "reading what was sent failed: %s", strerror(errno));
        ok = take_push(w, p, out, fd);
        close(fd);
        if (ok)
                link_touch(w->node, p->key, p->unit, note_entry, &now);
        else
                link_touch(w->node, p->key, p->unit, note_problem, w->err.message);
        return ok;
}

const struct route sync_routes[] = {
        { GET, "/ledger/positions", answer_positions, MAY_READ_PUBLIC, ROUTE_MACHINE | ROUTE_WAITS | ROUTE_NO_ETAG,
          N_("between nodes: where streams stand") },
        { POST, "/ledger/entries", answer_entries, MAY_READ_PUBLIC, ROUTE_MACHINE | ROUTE_SLOW | ROUTE_NO_ETAG,
          N_("between nodes: entries after given places") },
        { POST, "/ledger/push", answer_push, MAY_READ_PUBLIC,
          ROUTE_MACHINE | ROUTE_UPLOAD | ROUTE_WRITES | ROUTE_NO_ETAG, N_("between nodes: take in entries") },
        { 0 },
};
