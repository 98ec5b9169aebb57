/* round.c - the asking end: one complete exchange with another node. */
#include <curl/curl.h>
#include <jansson.h>
#include <string.h>

#include "base/hex.h"
#include "format/jsonw.h"
#include "ledger/trust.h"
#include "ledger/write.h"
#include "sync/sync_private.h"

#define REPLY_MAX ((size_t)64 << 20)
#define CONNECT_SECONDS 10
#define STALL_SECONDS 30 /* without a byte: give up */
#define ROUNDS_MAX 100000

struct http {
        CURL *curl;
        struct buf reply;
        long status;
        const atomic_bool *is_stopping;
        int64_t bytes_out, bytes_in;
};

static size_t take_bytes(char *bytes, size_t size, size_t count, void *context)
{
        struct http *h = context;

        buf_put(&h->reply, bytes, size * count);
        return buf_ok(&h->reply) ? size * count : 0;
}

static int ask_to_stop(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
        const struct http *h = context;

        (void)a, (void)b, (void)c, (void)d;
        return h->is_stopping != NULL && atomic_load(h->is_stopping);
}

static void http_free(void *http)
{
        struct http *h = http;

        curl_easy_cleanup(h->curl);
        buf_clear(&h->reply);
}

static struct http *http_open(struct work *w, const atomic_bool *is_stopping)
{
        struct http *h = arena_alloc(w->arena, sizeof *h);

        buf_init(&h->reply, REPLY_MAX);
        h->is_stopping = is_stopping;
        h->curl = curl_easy_init();
        arena_on_free(w->arena, http_free, h);
        if (h->curl == NULL) {
                error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
                return NULL;
        }
        curl_easy_setopt(h->curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(h->curl, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(h->curl, CURLOPT_FOLLOWLOCATION, 0L); /* a node answers itself */
        curl_easy_setopt(h->curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
        if (node_setting(w->node, "upstream_ca") != NULL) /* an office's own certificate authority */
                curl_easy_setopt(h->curl, CURLOPT_CAINFO, node_setting(w->node, "upstream_ca"));
        curl_easy_setopt(h->curl, CURLOPT_WRITEFUNCTION, take_bytes);
        curl_easy_setopt(h->curl, CURLOPT_WRITEDATA, h);
        curl_easy_setopt(h->curl, CURLOPT_XFERINFOFUNCTION, ask_to_stop);
        curl_easy_setopt(h->curl, CURLOPT_XFERINFODATA, h);
        curl_easy_setopt(h->curl, CURLOPT_NOPROGRESS, 0L);
        return h;
}

/* What the other node said was wrong, as our error. */
static bool refusal(struct work *w, const struct http *h, const char *path)
{
        json_t *json = h->reply.length == 0 ? NULL : json_loadb(h->reply.data, h->reply.length, 0, NULL);
        const json_t *error = json_object_get(json, "error");
        const char *message = json_string_value(json_object_get(error, "message"));
        const char *hint = json_string_value(json_object_get(error, "hint"));

        error_set(&w->err, h->status == 401 || h->status == 403 ? ERR_DENIED : ERR_ENVIRONMENT,
                  "the other node refused (%ld): %s", h->status, message != NULL ? message : path);
        if (hint != NULL && hint[0] != '\0')
                error_hint(&w->err, "%s", hint);
        json_decref(json);
        return false;
}

/* Send a signed request: POST, or GET where there is no body. wait: seconds the other side may hold it. */
static bool ask(struct work *w, struct http *h, const char *url, const char *path, const char *type, const void *body,
                 size_t length, int wait)
{
        unsigned char hash[HASH_BYTES], signature[64];
        char hash_hex[HASH_HEX], signature_hex[129], at[MOMENT_TEXT_MAX];
        struct curl_slist *headers = NULL;
        struct buf text;
        curl_off_t sent = 0, got = 0;
        long request_head = 0, reply_head = 0;
        CURLcode code;

        moment_write(at, moment_now());
        ledger_digest(length == 0 ? "" : body, length, hash);
        hex_write(hash_hex, hash, sizeof hash);
        buf_init(&text, 4096);
        request_text(&text, path, at, hash_hex);
        if (!buf_ok(&text)) {
                buf_clear(&text);
                return error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        }
        node_sign(w->node, text.data, text.length, signature);
        buf_clear(&text);
        hex_write(signature_hex, signature, sizeof signature);
        headers = curl_slist_append(headers, arena_print(w->arena, "Caunoi-Node: %s", node_key(w->node)));
        headers = curl_slist_append(headers, arena_print(w->arena, "Caunoi-At: %s", at));
        headers = curl_slist_append(headers, arena_print(w->arena, "Caunoi-Signature: %s", signature_hex));
        if (type != NULL)
                headers = curl_slist_append(headers, arena_print(w->arena, "Content-Type: %s", type));
        headers = curl_slist_append(headers, "Accept: application/json");
        headers = curl_slist_append(headers, "Expect:");
        buf_reset(&h->reply);
        curl_easy_setopt(h->curl, CURLOPT_URL, arena_print(w->arena, "%s%s", url, path));
        curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, headers);
        if (body == NULL) {
                curl_easy_setopt(h->curl, CURLOPT_HTTPGET, 1L);
        } else {
                curl_easy_setopt(h->curl, CURLOPT_POST, 1L);
                curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, body);
                curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
        }
        curl_easy_setopt(h->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(h->curl, CURLOPT_LOW_SPEED_TIME, (long)(STALL_SECONDS + wait));
        code = curl_easy_perform(h->curl);
        curl_slist_free_all(headers);
        if (code != CURLE_OK)
                return error_set(&w->err, ERR_ENVIRONMENT, "the node at %s does not answer: %s", url,
                                 code == CURLE_WRITE_ERROR ? work_text(w, "its answer is too large")
                                                           : curl_easy_strerror(code));
        curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &h->status);
        curl_easy_getinfo(h->curl, CURLINFO_SIZE_UPLOAD_T, &sent);
        curl_easy_getinfo(h->curl, CURLINFO_SIZE_DOWNLOAD_T, &got);
        curl_easy_getinfo(h->curl, CURLINFO_REQUEST_SIZE, &request_head);
        curl_easy_getinfo(h->curl, CURLINFO_HEADER_SIZE, &reply_head);
        h->bytes_out += request_head + sent;
        h->bytes_in += reply_head + got;
        return h->status < 300 || refusal(w, h, path);
}

/* ---- one round ------------------------------------------------------------------------------------ */

struct round {
        struct work *w;
        struct http *h;
        const char *url;
        struct exchanged *x;
        json_t *theirs; /* stream -> seq */
        bool is_dry_run;
};

static void free_json(void *json)
{
        json_decref(json);
}

/* A snapshot for reading our own streams. */
static bool look(struct work *w)
{
        w->db = node_reader(w->node, &w->err);
        if (w->db == NULL)
                return false;
        db_attach_error(w->db, &w->err);
        return db_begin(w->db);
}

static void look_away(struct work *w)
{
        if (w->db == NULL)
                return;
        db_rollback(w->db);
        db_attach_error(w->db, NULL);
        w->db = NULL;
}

/* Ask where the other's streams stand. *is_same: nothing is to be done. */
static bool ask_positions(struct round *r, int wait, char peer[KEY_HEX], bool *is_same)
{
        struct work *w = r->w;
        const char *node, *unit;
        struct peer *known;
        struct scope s;
        json_t *json;
        bool ok;

        if (!look(w))
                return false;
        ok = scope_of(w, "VN", &s); /* all that may leave this node */
        look_away(w);
        r->x->total = s.total;
        if (!ok || !ask(w, r->h, r->url, arena_print(w->arena, POSITIONS_ADDRESS, s.digest, (long long)s.total, wait),
                        NULL, NULL, 0, wait))
                return false;
        *is_same = r->h->status == 204;
        if (*is_same)
                return true;
        json = json_loadb(r->h->reply.data == NULL ? "" : r->h->reply.data, r->h->reply.length, JSON_REJECT_DUPLICATES,
                          NULL);
        if (json == NULL)
                return error_set(&w->err, ERR_INVALID, "the other node's answer is not of the stated form");
        arena_on_free(w->arena, free_json, json);
        node = json_string_value(json_object_get(json, "node"));
        unit = json_string_value(json_object_get(json, "unit"));
        r->theirs = json_object_get(json, "positions");
        if (node == NULL || unit == NULL || strlen(node) != KEY_HEX - 1 || !json_is_object(r->theirs))
                return error_set(&w->err, ERR_INVALID, "the other node's answer is not of the stated form");
        memcpy(peer, node, KEY_HEX);
        if (!look(w))
                return false;
        known = trust_find(w, node);
        look_away(w);
        if (!work_ok(w))
                return false;
        if (known == NULL || known->is_revoked) {
                error_set(&w->err, ERR_DENIED, "nobody enrolled the node %.12s… here", node);
                return error_hint(&w->err, "run: caunoi trust NODE %s --unit %s", node, unit);
        }
        return true;
}

struct taking {
        const struct buf *reply;
        struct received got;
        bool is_dry_run, is_taken;
};

static bool take_reply(struct work *w, void *argument)
{
        struct taking *t = argument;
        struct line_reader *lines = lines_open(w, -1, t->reply->data, t->reply->length);

        if (lines == NULL || !lines_take(w, lines, &t->got))
                return false;
        t->is_taken = true;
        return !t->is_dry_run; /* refusing rolls it back */
}

/* One piece of what they have and we lack. *is_done: there is no more. */
static bool pull_piece(struct round *r, bool *is_done)
{
        struct work *w = r->w;
        struct taking t = { .reply = &r->h->reply, .is_dry_run = r->is_dry_run };
        struct buf body;
        struct jsonw j;
        const char *stream;
        json_t *seq;
        size_t wants = 0, count;
        struct stream_state *ours;
        bool ok;

        if (!look(w))
                return false;
        ours = ledger_streams(w, &count);
        buf_init(&body, 0);
        jsonw_init(&j, &body);
        jsonw_object(&j);
        jsonw_name(&j, "want");
        jsonw_object(&j);
        json_object_foreach(r->theirs, stream, seq)
        {
                int64_t have = 0;
                bool is_stopped = false;

                if (strlen(stream) < KEY_HEX + 1 || !sync_may_read(w, node_unit(w->node), stream + KEY_HEX))
                        continue;
                for (size_t i = 0; i < count; i++)
                        if (strcmp(ours[i].name, stream) == 0) {
                                have = ours[i].seq;
                                is_stopped = ours[i].stopped != NULL;
                        }
                if (have >= json_integer_value(seq) || is_stopped)
                        continue;
                jsonw_member_int(&j, stream, have);
                wants++;
        }
        jsonw_end(&j);
        jsonw_end(&j);
        look_away(w);
        *is_done = wants == 0;
        ok = work_ok(w) && (wants == 0 || ask(w, r->h, r->url, "/ledger/entries", "application/json", body.data,
                                               body.length, 0));
        buf_clear(&body);
        if (!ok || wants == 0)
                return ok;
        if (!ledger_write(w, take_reply, &t) && !(t.is_taken && t.is_dry_run && work_ok(w)))
                return error_while(&w->err, "taking in entries from %s", r->url);
        r->x->in.entries_new += t.got.entries_new;
        r->x->in.entries_known += t.got.entries_known;
        r->x->in.entries_waiting += t.got.entries_waiting;
        r->x->in.entries_refused += t.got.entries_refused;
        *is_done = t.got.entries_new == 0 || r->is_dry_run; /* nothing moved: do not ask for ever */
        return true;
}

/* One piece of what we have and they lack. */
static bool push_piece(struct round *r, bool *is_done)
{
        struct work *w = r->w;
        int64_t budget = PULL_BYTES, before = r->x->entries_out;
        struct line_writer *lines;
        struct buf body;
        struct scope s;
        int64_t last;
        bool ok;

        if (!look(w))
                return false;
        buf_init(&body, REPLY_MAX);
        ok = scope_of(w, "VN", &s);
        lines = ok ? lines_begin(w, &body, "VN") : NULL;
        for (size_t i = 0; ok && lines != NULL && i < s.count && budget > 0; i++) {
                json_t *seq = json_object_get(r->theirs, s.streams[i].name);
                int64_t have = seq == NULL ? 0 : json_integer_value(seq);

                if (have >= s.streams[i].seq || s.streams[i].stopped != NULL)
                        continue;
                ok = stream_write(w, lines, s.streams[i].name, have, &budget, &last);
                if (ok) {
                        r->x->entries_out += last - have;
                        json_object_set_new(r->theirs, s.streams[i].name, json_integer(last));
                }
        }
        ok = ok && lines != NULL && lines_end(lines);
        look_away(w);
        *is_done = r->x->entries_out == before;
        if (ok && !*is_done && !r->is_dry_run)
                ok = ask(w, r->h, r->url, "/ledger/push", "application/zstd", body.data, body.length, 0) ||
                     error_while(&w->err, "sending entries to %s", r->url);
        buf_clear(&body);
        return ok;
}

bool sync_round(struct work *w, const char *url, int wait, bool is_dry_run, struct exchanged *x, char peer[KEY_HEX],
                const atomic_bool *is_stopping)
{
        struct round r = { .w = w, .url = url, .x = x, .is_dry_run = is_dry_run };
        bool is_same = false, is_done = false, ok;

        *x = (struct exchanged){ .entries_out = 0 };
        r.h = http_open(w, is_stopping);
        if (r.h == NULL)
                return false;
        ok = ask_positions(&r, wait, peer, &is_same);
        for (int i = 0; ok && !is_same && !is_done && i < ROUNDS_MAX; i++)
                ok = pull_piece(&r, &is_done);
        is_done = is_same;
        for (int i = 0; ok && !is_done && i < ROUNDS_MAX; i++)
                ok = push_piece(&r, &is_done);
        x->bytes_in = r.h->bytes_in;
        x->bytes_out = r.h->bytes_out;
        return ok;
}

bool sync_with(struct work *w, const char *url, bool is_dry_run, struct exchanged *x)
{
        char peer[KEY_HEX];

        return sync_round(w, url, 0, is_dry_run, x, peer, NULL);
}
