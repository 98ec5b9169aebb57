/* http.c - asking another node over HTTP: signed, with limits in bytes and time. */
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "base/library.h"
#include "format/jsonr.h"
#include "ledger/trust.h"
#include "sync/sync_private.h"

#define CONNECT_SECONDS 10
#define STALL_S 30             /* how far an answer may fall behind BYTES_A_MS; setting stall_s */
#define BYTES_A_MS 1
#define ANSWER_MS (15 * 60000) /* for all of one answer */

static size_t take_bytes(char *bytes, size_t size, size_t count, void *context)
{
        struct http *h = context;

        if (h->reply.length + size * count > h->reply.limit) {
                h->fault = N_("its answer is too large");
                return 0;
        }
        buf_put(&h->reply, bytes, size * count);
        return buf_ok(&h->reply) ? size * count : 0;
}

/* The value of a header line where it is of that name (with its colon) and has room; otherwise value stays. */
static void header_value(const char *line, size_t length, const char *name, char *value, size_t room)
{
        size_t at = strlen(name);

        if (length < at || strncasecmp(line, name, at) != 0)
                return;
        while (at < length && (line[at] == ' ' || line[at] == '\t')) /* as many as the other program likes */
                at++;
        while (length > at && strchr(" \t\r\n", line[length - 1]) != NULL)
                length--;
        if (length - at < room)
                snprintf(value, room, "%.*s", (int)(length - at), line + at);
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
        static const char again[] = "retry-after:", key[] = "caunoi-key:";
        struct http *h = context;
        size_t length = size * count;
        char number[8] = "";

        h->header_bytes += length;
        if (h->header_bytes > HEADERS_MAX) {
                h->fault = N_("the headers of its answer do not end");
                return 0;
        }
        if (length >= 5 && memcmp(bytes, "HTTP/", 5) == 0)
                h->has_headers = false; /* one that only said to go on may have come before */
        h->has_headers |= (length == 2 && memcmp(bytes, "\r\n", 2) == 0) || (length == 1 && *bytes == '\n');
        header_value(bytes, length, again, number, sizeof number);
        if (number[0] != '\0')
                h->again_seconds = atoi(number);
        if (length > sizeof WANTS_FILES && strncasecmp(bytes, WANTS_FILES ":", sizeof WANTS_FILES) == 0)
                h->wants_files = true;
        header_value(bytes, length, key, h->key, sizeof h->key);
        header_value(bytes, length, GAVE ":", h->gave, sizeof h->gave);
        return length;
}

/* Called at least once a second while a request is under way. */
static int look_after(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
        struct http *h = context;
        int64_t took = steady_now() - h->begun;

        (void)down_total, (void)up_total;
        if (took > h->allowed + (down + up) / BYTES_A_MS || took > h->allowed + ANSWER_MS) {
                h->fault = down > 0 ? N_("it answers too slowly") : N_("no answer in time");
                h->is_slow = true;
                return 1;
        }
        return (h->is_stopping != NULL && atomic_load(h->is_stopping)) || (h->gives_up != NULL && atomic_load(h->gives_up));
}

static void http_free(void *http)
{
        struct http *h = http;

        curl_easy_cleanup(h->curl);
        buf_clear(&h->reply);
}

/* Set an option that curl keeps a copy of: without memory it would go on with the one before. */
static bool option_set(struct work *w, struct http *h, CURLoption option, const char *text)
{
        return curl_easy_setopt(h->curl, option, text) == CURLE_OK || error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
}

struct http *http_open(struct work *w, const atomic_bool *is_stopping)
{
        struct http *h = arena_alloc(w->arena, sizeof *h);

        if (!library_load("curl", &w->err))
                return NULL;
        buf_init(&h->reply, REPLY_MAX);
        h->is_stopping = is_stopping;
        h->curl = curl_easy_init();
        arena_on_free(w->arena, http_free, h);
        if (h->curl == NULL) {
                error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
                return NULL;
        }
        curl_easy_setopt(h->curl, CURLOPT_NOSIGNAL, 1L);
        if (!option_set(w, h, CURLOPT_PROTOCOLS_STR, "http,https"))
                return NULL;
        curl_easy_setopt(h->curl, CURLOPT_FOLLOWLOCATION, 0L); /* a node answers itself */
        curl_easy_setopt(h->curl, CURLOPT_HTTPPROXYTUNNEL, 1L); /* what is asked for is a path, also behind a proxy */
        curl_easy_setopt(h->curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
        if (node_setting(w->node, "upstream_ca") != NULL && /* an office's own certificate authority */
            !option_set(w, h, CURLOPT_CAINFO, node_setting(w->node, "upstream_ca")))
                return NULL;
        curl_easy_setopt(h->curl, CURLOPT_WRITEFUNCTION, take_bytes);
        curl_easy_setopt(h->curl, CURLOPT_WRITEDATA, h);
        curl_easy_setopt(h->curl, CURLOPT_HEADERFUNCTION, take_header);
        curl_easy_setopt(h->curl, CURLOPT_HEADERDATA, h);
        curl_easy_setopt(h->curl, CURLOPT_XFERINFOFUNCTION, look_after);
        curl_easy_setopt(h->curl, CURLOPT_XFERINFODATA, h);
        curl_easy_setopt(h->curl, CURLOPT_NOPROGRESS, 0L);
        return h;
}

/* What the other node said was wrong, as our error. */
static bool refusal(struct work *w, struct http *h)
{
        json_t *json = h->reply.length == 0 ? NULL : json_read(w->arena, h->reply.data, h->reply.length, NULL);
        const json_t *error = json_object_get(json, "error");
        const char *message = json_string_value(json_object_get(error, "message"));
        const char *hint = json_string_value(json_object_get(error, "hint"));
        const char *place = json_string_value(json_object_get(error, "while"));

        h->ending = (h->status == 429 || h->status == 503) && h->again_seconds > 0 ? ENDED_BUSY : ENDED_REFUSED;
        if (h->status < 400)
                error_set(&w->err, ERR_INVALID, "the other node sends us elsewhere (%ld), where nobody goes", h->status);
        else if (message != NULL)
                error_set(&w->err, h->status == 401 || h->status == 403 ? ERR_DENIED : ERR_ENVIRONMENT, "the other node refused (%ld): %s", h->status, message);
        else
                error_set(&w->err, h->status == 401 || h->status == 403 ? ERR_DENIED : ERR_ENVIRONMENT, "the other node refused (%ld), and does not say why", h->status);
        if (hint != NULL && hint[0] != '\0')
                error_hint(&w->err, "%s", hint);
        if (place != NULL && place[0] != '\0')
                error_while(&w->err, "%s", place);
        return false;
}

/* Add a header. Where the machine has no memory the list stays as it is, to be freed, and the request is not to be sent. */
static bool header_add(struct work *w, struct curl_slist **headers, const char *line)
{
        struct curl_slist *longer = curl_slist_append(*headers, line);

        if (longer == NULL)
                return error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        *headers = longer;
        return true;
}

/* The headers that sign a request for the node that is asked. */
static bool sign(struct work *w, const struct http *h, const char *path, const void *body, size_t length,
                 struct curl_slist **headers)
{
        unsigned char hash[HASH_BYTES], signature[64];
        char hash_hex[HASH_HEX], signature_hex[129], at[MOMENT_TEXT_MAX];
        struct buf text;

        moment_write(at, moment_now());
        ledger_digest(length == 0 ? "" : body, length, hash);
        hex_write(hash_hex, hash, sizeof hash);
        buf_init(&text, 4096);
        request_text(&text, h->to, path, at, hash_hex);
        if (!buf_ok(&text)) {
                buf_clear(&text);
                return error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        }
        node_sign(w->node, text.data, text.length, signature);
        buf_clear(&text);
        hex_write(signature_hex, signature, sizeof signature);
        return header_add(w, headers, arena_print(w->arena, "Caunoi-Node: %s", node_key(w->node))) &&
               header_add(w, headers, arena_print(w->arena, "Caunoi-At: %s", at)) &&
               header_add(w, headers, arena_print(w->arena, "Caunoi-Signature: %s", signature_hex)) &&
               (body == NULL || header_add(w, headers, arena_print(w->arena, "Caunoi-Body: %s", hash_hex))) &&
               (trust_introductions(w) == NULL || header_add(w, headers, arena_print(w->arena, "Caunoi-Former: %s", trust_introductions(w))));
}

/* Set what is asked for: the path, below that of the address if that has one. As a part of the address curl would leave out its query where it
 * gets no memory to take it apart. */
static bool target_set(struct work *w, struct http *h, const char *url, const char *path)
{
        const char *host = strstr(url, "://"), *below = host == NULL ? "" : host + 3 + strcspn(host + 3, "/");

        return option_set(w, h, CURLOPT_URL, url) && option_set(w, h, CURLOPT_REQUEST_TARGET, arena_print(w->arena, "%s%s", below, path));
}

/* What went wrong on the way, for people; what is rare curl says itself. */
static const char *why_not(CURLcode code)
{
        switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST: return N_("nobody knows an address for its name");
        case CURLE_COULDNT_CONNECT: return N_("nothing listens there, or the way is closed");
        case CURLE_OPERATION_TIMEDOUT: return N_("no connection in time");
        case CURLE_GOT_NOTHING:
        case CURLE_PARTIAL_FILE:
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR: return N_("the line broke off, or its answer is not of the form of HTTP");
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_WEIRD_SERVER_REPLY: return N_("what answers there does not speak HTTP");
        case CURLE_OUT_OF_MEMORY: return N_("a line of the headers of its answer does not end, or this machine has no memory left");
        case CURLE_SSL_CONNECT_ERROR: return N_("no secure connection (TLS) comes about with it");
        case CURLE_PEER_FAILED_VERIFICATION: return N_("its certificate is not one of that name that this machine trusts");
        case CURLE_SSL_CACERT_BADFILE: return N_("this machine cannot read the certificates it trusts");
        case CURLE_URL_MALFORMAT: return N_("it is no address");
        default: return curl_easy_strerror(code);
        }
}

/* Send a request, signed once it is known for whom: POST, or GET where there is no body. wait: seconds the other side may
 * hold it. most: bytes of the answer; REPLY_MAX for lines, ANSWER_MAX for JSON, FILE_PIECE for
 * bytes of an attachment. */
bool http_ask(struct work *w, struct http *h, const char *url, const char *path, const char *type, const void *body,
                size_t length, int wait, size_t most)
{
        const char *answer_type = most == REPLY_MAX    ? "application/zstd"
                                  : most == FILE_PIECE ? "application/octet-stream"
                                                       : "application/json";
        struct curl_slist *headers = NULL;
        curl_off_t sent = 0, got = 0;
        long request_head = 0, reply_head = 0;
        const char *got_type = NULL;
        CURLcode code;

        if (!target_set(w, h, url, path) || (h->to != NULL && !sign(w, h, path, body, length, &headers)) ||
            (type != NULL && !header_add(w, &headers, arena_print(w->arena, "Content-Type: %s", type))) ||
            !header_add(w, &headers, "Accept: application/json") || !header_add(w, &headers, "Expect:")) {
                curl_slist_free_all(headers);
                return false;
        }
        buf_clear(&h->reply);
        buf_init(&h->reply, most);
        h->header_bytes = 0;
        h->has_headers = false;
        h->again_seconds = 0;
        h->key[0] = h->gave[0] = '\0';
        h->status = 0;
        h->fault = NULL;
        h->is_slow = h->is_typed = false;
        h->begun = steady_now();
        h->allowed = (sync_setting(w->node, "stall_s", STALL_S, 1, 600) + wait) * 1000;
        curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, headers);
        if (body == NULL) {
                curl_easy_setopt(h->curl, CURLOPT_HTTPGET, 1L);
        } else {
                curl_easy_setopt(h->curl, CURLOPT_POST, 1L);
                curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, body);
                curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
        }
        code = curl_easy_perform(h->curl);
        curl_slist_free_all(headers);
        curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &h->status);
        curl_easy_getinfo(h->curl, CURLINFO_SIZE_UPLOAD_T, &sent); /* also where it was cut off */
        curl_easy_getinfo(h->curl, CURLINFO_SIZE_DOWNLOAD_T, &got);
        curl_easy_getinfo(h->curl, CURLINFO_REQUEST_SIZE, &request_head);
        curl_easy_getinfo(h->curl, CURLINFO_HEADER_SIZE, &reply_head);
        curl_easy_getinfo(h->curl, CURLINFO_CONTENT_TYPE, &got_type);
        h->is_typed = h->status == 200 && got_type != NULL && strcmp(got_type, answer_type) == 0;
        h->bytes_out += request_head + sent;
        h->bytes_in += reply_head + got;
        if (code == CURLE_OK && !h->has_headers)
                code = CURLE_PARTIAL_FILE; /* the line broke off before it said what it brings */
        if (code != CURLE_OK) {
                bool has_begun = h->fault != NULL && h->header_bytes > 0;

                h->ending = has_begun ? ENDED_REFUSED : ENDED_UNREACHED;
                error_set(&w->err, has_begun ? ERR_INVALID : ERR_ENVIRONMENT, "the node at %s does not answer", url);
                return error_because(&w->err, h->fault != NULL ? h->fault : why_not(code));
        }
        if (h->status != 200 && h->status != 204)
                return refusal(w, h);
        if (h->status == 200 && !h->is_typed) {
                h->ending = ENDED_REFUSED;
                return error_set(&w->err, ERR_INVALID, "the other node's answer is of the type \"%.60s\" instead of \"%s\"",
                                 got_type == NULL ? "" : got_type, answer_type);
        }
        return true;
}

bool bad_answer(struct work *w)
{
        return error_set(&w->err, ERR_INVALID, "the other node's answer is not of the stated form");
}

json_t *http_json(struct work *w, const struct http *h)
{
        const struct buf *reply = &h->reply;
        json_t *json = json_read(w->arena, reply->data == NULL ? "" : reply->data, reply->length, NULL);

        if (json == NULL)
                bad_answer(w);
        return json;
}

bool http_meet(struct work *w, struct http *h, const char *url, struct counterpart *peer, const char **its_unit)
{
        const char *node, *unit, *former = NULL;
        struct peer *known;
        json_t *json;

        if (peer->key[0] == '\0') {
                if (!http_ask(w, h, url, "/health", NULL, NULL, 0, 0, ANSWER_MAX) || (json = http_json(w, h)) == NULL)
                        return false;
                node = json_string_value(json_object_get(json, "node"));
                unit = json_string_value(json_object_get(json, "unit"));
                if (node == NULL || unit == NULL || strlen(node) != KEY_HEX - 1)
                        return bad_answer(w);
                memcpy(peer->key, node, KEY_HEX);
                former = json_string_value(json_object_get(json, "former"));
        } else {
                unit = "CODE";
        }
        if (!node_look(w))
                return false;
        known = trust_find(w, peer->key);
        if (known == NULL && work_ok(w))
                known = trust_find_introduced(w, peer->key, former); /* its rotation comes with the entries */
        if (known != NULL && known->is_revoked)
                trust_say_ended(w, known);
        node_look_away(w);
        if (!work_ok(w))
                return false;
        if (known == NULL) {
                error_set(&w->err, ERR_DENIED, "nobody enrolled the node %.12s… here", peer->key);
                return error_hint(&w->err, "run: caunoi trust NODE %s --unit %s", peer->key, unit);
        }
        if (node_is_own(w->node, peer->key))
                return error_set(&w->err, ERR_USAGE, "the address %s is that of this node itself", url);
        *its_unit = known->unit;
        h->to = peer->key;
        return true;
}
