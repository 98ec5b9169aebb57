#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <zlib.h>

#include "base/log.h"
#include "catalogue/catalogue.h"
#include "format/html.h"
#include "format/jsonw.h"
#include "web/pages.h"
#include "web/web_private.h"

#define KEPT_BUFFER ((size_t)64 << 10) /* a larger buffer is given back after the request */
#define PACK_BLOCK ((size_t)64 << 10)

#define POLICY \
        "default-src 'none'; script-src 'self'%s%s%s; style-src 'self'%s%s%s; img-src 'self' data:; font-src 'self'; " \
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

/* ---- compressing ------------------------------------------------------------------------------------ */

struct compressor {
        z_stream stream;
        unsigned char block[PACK_BLOCK];
};

static struct compressor *compressor_open(void)
{
        struct compressor *c = calloc(1, sizeof *c);

        /* Level 1: on a page it takes a third of the time of level 6 for some 15 % more bytes. */
        if (c != NULL && deflateInit2(&c->stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
                free(c);
                c = NULL;
        }
        return c;
}

static void compressor_close(void *thing)
{
        struct compressor *c = thing;

        if (c != NULL) {
                deflateEnd(&c->stream);
                free(c);
        }
}

static pthread_key_t compressor_key;

static void make_key(void)
{
        pthread_key_create(&compressor_key, compressor_close);
}

/* Each thread keeps one: setting it up costs more than compressing a page. */
static struct compressor *compressor_here(void)
{
        static pthread_once_t once = PTHREAD_ONCE_INIT;
        struct compressor *c;

        pthread_once(&once, make_key);
        c = pthread_getspecific(compressor_key);
        if (c == NULL && (c = compressor_open()) != NULL)
                pthread_setspecific(compressor_key, c);
        return c;
}

static bool pack(struct buf *out, const char *bytes, size_t length)
{
        struct compressor *c = compressor_here();
        size_t bound;
        char *room;

        if (c == NULL || length > UINT32_MAX / 2 || deflateReset(&c->stream) != Z_OK)
                return false;
        bound = deflateBound(&c->stream, length);
        buf_reset(out);
        room = buf_room(out, bound);
        if (room == NULL)
                return false;
        c->stream.next_in = (unsigned char *)(uintptr_t)bytes;
        c->stream.avail_in = (uInt)length;
        c->stream.next_out = (unsigned char *)room;
        c->stream.avail_out = (uInt)bound;
        if (deflate(&c->stream, Z_FINISH) != Z_STREAM_END)
                return false;
        out->length = bound - c->stream.avail_out;
        return out->length < length;
}

/* "gzip" stands in Accept-Encoding, and not with q=0. */
static bool takes_gzip(const struct request *r)
{
        const char *p = r->accept_encoding == NULL ? NULL : strcasestr(r->accept_encoding, "gzip");

        if (p == NULL)
                return false;
        p += 4;
        p += strspn(p, " \t");
        if (*p != ';')
                return true;
        p += 1 + strspn(p + 1, " \t");
        if (strncasecmp(p, "q=", 2) != 0)
                return true;
        return strtod(p + 2, NULL) > 0;
}

static bool is_compressible(const char *type)
{
        return strncmp(type, "text/", 5) == 0 || strncmp(type, "application/json", 16) == 0 ||
               strncmp(type, "image/svg", 9) == 0 || strstr(type, "+json") != NULL ||
               strstr(type, "xml") == type + 12;
}

static const char *type_of(const struct request *r)
{
        return r->reply.content_type != NULL ? r->reply.content_type : suffix_content_type(r->matched.suffix);
}

/* ---- long replies ------------------------------------------------------------------------------------- */

static bool write_spill(struct spill *s, const void *bytes, size_t length)
{
        const char *p = bytes;

        while (length > 0) {
                ssize_t written = write(s->fd, p, length);

                if (written < 0 && errno == EINTR)
                        continue;
                if (written <= 0)
                        return false;
                p += written;
                length -= (size_t)written;
                s->size += (uint64_t)written;
        }
        return true;
}

static bool spill_bytes(struct spill *s, const char *bytes, size_t length, int flush)
{
        z_stream *z;

        if (!s->is_compressed)
                return write_spill(s, bytes, length);
        z = &s->compressor->stream;
        z->next_in = (unsigned char *)(uintptr_t)bytes;
        z->avail_in = (uInt)length;
        do {
                z->next_out = s->compressor->block;
                z->avail_out = PACK_BLOCK;
                if (deflate(z, flush) == Z_STREAM_ERROR ||
                    !write_spill(s, s->compressor->block, PACK_BLOCK - z->avail_out))
                        return false;
        } while (z->avail_out == 0);
        return true;
}

static bool spill_open(struct request *r)
{
        struct spill *s = &r->spill;
        const char *folder = node_folder(r->work.node);

        s->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (s->fd < 0) {
                char path[4096];

                if (snprintf(path, sizeof path, "%s/reply-XXXXXX", folder) >= (int)sizeof path ||
                    (s->fd = mkostemp(path, O_CLOEXEC)) < 0)
                        return error_system(&r->work.err, ERR_ENVIRONMENT, errno, "the answer cannot be stored");
                unlink(path);
        }
        s->is_compressed =
                takes_gzip(r) && is_compressible(type_of(r)) && (s->compressor = compressor_open()) != NULL;
        return true;
}

static bool spill(void *context, const char *bytes, size_t length)
{
        struct request *r = context;

        if (r->spill.fd < 0 && !spill_open(r))
                return false;
        if (length > UINT32_MAX / 2)
                return false;
        return spill_bytes(&r->spill, bytes, length, Z_NO_FLUSH) ||
               error_system(&r->work.err, ERR_ENVIRONMENT, errno, "the answer cannot be stored");
}

static void drop_spill(struct spill *s)
{
        if (s->fd >= 0)
                close(s->fd);
        compressor_close(s->compressor);
        *s = (struct spill){ .fd = -1 };
}

static void reuse(struct buf *b, size_t limit)
{
        if (b->capacity > KEPT_BUFFER)
                buf_clear(b);
        buf_reset(b);
        b->limit = limit;
        b->flushed = 0;
}

void reply_init(struct request *r)
{
        struct buf body = r->reply.body;

        r->reply = (struct reply){ .status = 200, .body = body };
        drop_spill(&r->spill);
        reuse(&r->reply.body, REPLY_IN_MEMORY);
        r->reply.body.sink = spill;
        r->reply.body.context = r;
        reuse(&r->packed, BUF_LIMIT_USUAL);
}

void reply_free(struct request *r)
{
        drop_spill(&r->spill);
        reuse(&r->reply.body, REPLY_IN_MEMORY);
        reuse(&r->packed, BUF_LIMIT_USUAL);
        reuse(&r->body, BODY_MOST);
        reuse(&r->uri, HEADER_MOST * 2);
}

/* ---- the mark of unchanged answers ----------------------------------------------------------------------
 */

/* Whatever an answer depends on is in the mark: the position of the ledger (and with it all tables, users,
 * rights), the day, the address, who asks and in which language (both in cookies), what the header of the
 * page shows of the link, the program. It is keyed, so that nobody can ask for marks of what others see. */
void reply_make_etag(struct request *r)
{
        struct work *w = &r->work;
        unsigned char key[32], hash[crypto_shorthash_BYTES];
        bool should_renew = false, is_genuine;
        struct buf *b = &r->packed;
        struct link_status link;
        static const char digits[] = "0123456789abcdef";
        char *p = r->etag;

        r->etag[0] = '\0';
        if (r->matched.route == NULL || r->method != GET ||
            (r->matched.route->flags & (ROUTE_NO_ETAG | ROUTE_WAITS)) != 0 || r->language_cookie[0] != '\0')
                return;
        is_genuine = r->session_cookie[0] != '\0' &&
                     session_is_genuine(w->node, r->session_cookie, w->now, &should_renew);
        if (should_renew)
                return; /* the full answer carries the new cookie */
        buf_reset(b);
        buf_int(b, r->progress);
        buf_char(b, ' ');
        buf_int(b, day_of_moment(w->now));
        buf_char(b, is_genuine ? '+' : '-');
        link = web_link_status(w);
        if (link.has_upstream) {
                buf_char(b, link.is_connected ? 'c' : 'd');
                buf_int(b, link.last_contact / 60000);
                buf_char(b, ' ');
                buf_int(b, link.backlog);
        }
        buf_int(b, link.alarms);
        buf_text(b, program_version());
        buf_char(b, '\n');
        buf_put(b, r->uri.data, r->uri.length);
        buf_char(b, '\n');
        buf_text(b, r->cookie);
        buf_char(b, '\n');
        buf_text(b, r->authorization);
        if ((r->matched.route->flags & ROUTE_ACCEPTS) != 0) {
                buf_char(b, '\n');
                buf_text(b, r->accept);
                buf_text(b, language_name(w->language));
        }
        if (!buf_ok(b))
                return;
        server_etag_key(r->server, key);
        crypto_shorthash(hash, (const unsigned char *)b->data, b->length, key);
        *p++ = 'W';
        *p++ = '/';
        *p++ = '"';
        for (size_t i = 0; i < sizeof hash; i++) {
                *p++ = digits[hash[i] >> 4];
                *p++ = digits[hash[i] & 15];
        }
        *p++ = '"';
        *p = '\0';
}

bool reply_matches_etag(const struct request *r)
{
        return r->etag[0] != '\0' && r->if_none_match != NULL &&
               strstr(r->if_none_match, r->etag + 2) != NULL;
}

/* ---- errors ---------------------------------------------------------------------------------------------
 */

static void write_error_json(struct request *r, const struct error *e)
{
        struct jsonw j;

        jsonw_init(&j, &r->reply.body);
        jsonw_object(&j);
        jsonw_name(&j, "error");
        jsonw_object(&j);
        jsonw_member_text(&j, "code", error_name(e->code));
        jsonw_member_text(&j, "message", e->message);
        jsonw_member_text(&j, "hint", e->hint);
        jsonw_member_text(&j, "while", e->context);
        jsonw_end(&j);
        if (r->field_errors != NULL || e->field[0] != '\0') {
                jsonw_name(&j, "fields");
                jsonw_object(&j);
                if (r->field_errors == NULL)
                        jsonw_member_text(&j, e->field, e->message);
                for (const struct field_error *f = r->field_errors; f != NULL; f = f->next)
                        jsonw_member_text(&j, f->field, f->message);
                jsonw_end(&j);
        }
        jsonw_end(&j);
        buf_char(&r->reply.body, '\n');
        r->reply.content_type = "application/json";
}

struct error_to_show {
        struct request *request;
        struct error error;
        int status;
};

static bool write_error_page(struct work *w, void *argument)
{
        struct error_to_show *show = argument;
        struct request *r = show->request;
        const char *title = show->status == 404   ? N_("Page not found")
                            : show->status == 403 ? N_("No permission")
                            : show->error.code == ERR_BUSY ? N_("The server is too busy for this")
                            : show->status >= 500 ? N_("The server has a problem")
                                                  : N_("This did not work");
        struct page page = { .title = text(w->language, title) };

        page_begin(w, r, &r->reply, &page);
        error_page(w, &r->reply.body, &show->error, page.title, r->field_errors,
                   r->carried.path != NULL || (r->method == GET && show->status != 422) ? NULL : refused_page_before(w, r));
        page_end(w, r, &r->reply, &page);
        return work_ok(w);
}

/* Where even the frame of a page cannot be made. */
static void write_plain_error(struct request *r, const struct error *e)
{
        reply_init(r);
        buf_print(&r->reply.body, "%s\n%s\n", e->message, e->hint);
        r->reply.content_type = "text/plain; charset=utf-8";
}

static int status_of(const struct request *r, const struct error *e)
{
        if (e->code == ERR_USAGE && r->matched.route == NULL && r->matched.allowed != 0)
                return 405;
        return error_http_status(e->code);
}

static void allow_header(struct request *r)
{
        static const enum method order[] = { GET, POST, PUT, DELETE };
        char *list = arena_text(r->work.arena, "");

        for (size_t i = 0; i < sizeof order / sizeof *order; i++)
                if ((r->matched.allowed & order[i]) != 0)
                        list = arena_print(r->work.arena, "%s%s%s%s", list, *list == '\0' ? "" : ", ",
                                           order[i] == GET ? "GET, HEAD" : method_name(order[i]), "");
        reply_header(&r->reply, "Allow", list);
}

static bool fill_error(struct work *w, void *argument)
{
        struct error_to_show *show = argument;
        struct request *r = show->request;
        bool is_json = request_wants_json(r);

        if (show->status == 401 && !is_json && r->method == GET) {
                const char *uri = r->uri.data;
                struct buf to;

                buf_init_with(&to, LOCATION_MOST, w->arena);
                BUF_LITERAL(&to, "/sign-in?to=");
                html_url_part(&to, uri);
                r->reply.status = 303;
                r->reply.location = buf_ok(&to) ? to.data : "/sign-in";
                return true;
        }
        r->reply.status = show->status;
        if (show->status == 405)
                allow_header(r);
        if (show->status == 401 && is_json)
                reply_header(&r->reply, "WWW-Authenticate", "Bearer");
        if (show->status == 429 || show->status == 503)
                reply_header(&r->reply, "Retry-After", arena_print(w->arena, "%d", r->come_again > 0 ? r->come_again : 10));
        if (is_json)
                write_error_json(r, &show->error);
        else
                r->reply.content_type = "text/html; charset=utf-8";
        return is_json || write_error_page(w, show);
}

static bool fill_form_again(struct work *w, void *argument)
{
        struct error_to_show *show = argument;

        return show->request->must_sign_in ? refused_ask_to_sign_in(w, show->request) : refused_refill(w, show->request, &show->error, show->status);
}

/* Where the database fails also under the frame of a page: of the page that needs none of it. */
static bool fill_without_database(struct work *w, struct error_to_show *show)
{
        struct db *db = w->db;
        bool ok;

        error_clear(&w->err);
        reply_init(show->request);
        show->request->is_known = false;
        w->user = &user_nobody;
        w->db = NULL;
        ok = work_run(w, fill_error, show);
        w->db = db;
        return ok;
}

/* Who sent a form gets it back; where that cannot be, and to everybody else, the error is all there is to show. */
static bool fill_answer(struct work *w, struct error_to_show *show)
{
        struct request *r = show->request;

        if (refused_can_refill(r, show->status)) {
                if (work_run(w, fill_form_again, show))
                        return true;
                error_clear(&w->err);
                reply_init(r);
        }
        return work_run(w, fill_error, show);
}

void reply_error(struct work *w, struct request *r)
{
        struct error_to_show show = { .request = r, .error = w->err, .status = status_of(r, &w->err) };
        const struct user *user = w->user;

        if (w->err.code == ERR_ENVIRONMENT && w->has_written) {
                show.error = (struct error){ .language = w->err.language };
                error_set(&show.error, ERR_ENVIRONMENT, "what you sent is done and kept; only the page that says so could not be made");
                error_hint(&show.error, "look at what has become of it before you send it again");
        }
        if (show.status >= 500)
                log_line(LOG_WARNING, "web", "%s %s: %s %s", method_name(r->method), r->uri.data,
                         w->err.message, w->err.context);
        error_clear(&w->err);
        reply_init(r);
        if (w->db == NULL)
                w->user = &user_nobody; /* what the frame shows a user comes from the database */
        if (!fill_answer(w, &show) && !fill_without_database(w, &show)) {
                write_plain_error(r, &show.error);
                r->reply.status = show.status;
        }
        error_clear(&w->err);
        w->user = user;
        r->is_ok = true;
        r->reply.never_cache = true;
        r->etag[0] = '\0';
}

bool web_field_error(struct work *w, const char *field, const char *format, ...)
{
        struct request *r = request_now();
        struct field_error *f, **last;
        va_list list;

        va_start(list, format);
        if (r == NULL || &r->work != w) {
                const char *message = arena_print_list(w->arena, text(w->language, format), list);

                va_end(list);
                error_set(&w->err, ERR_INVALID, "%s", message);
                return error_while(&w->err, "%s", field);
        }
        f = arena_alloc(w->arena, sizeof *f);
        f->field = arena_text(w->arena, field);
        f->message = arena_print_list(w->arena, text(w->language, format), list);
        va_end(list);
        for (last = &r->field_errors; *last != NULL; last = &(*last)->next)
                ;
        *last = f;
        return error_set(&w->err, ERR_INVALID, "some fields need correction");
}

bool web_territory(struct work *w, const char *unit_code)
{
        const char *own = w->user->unit;

        if (own == NULL || own[0] == '\0') {
                if (w->user == &user_operator)
                        own = node_unit(w->node);
                else
                        return error_set(&w->err, ERR_UNAUTHENTICATED,
                                         "this is only for users who are signed in");
        }
        if (strcmp(own, unit_code) == 0)
                return true;
        if (catalogue_is_served(w, unit_code, own))
                return true;
        if (!work_ok(w))
                return false;
        error_set(&w->err, ERR_DENIED, "unit %s does not lie in the territory of your unit (%s)", unit_code,
                  own);
        return error_hint(&w->err, "users of unit %s and of the units above it can do this", unit_code);
}

/* ---- filling a reply
 * --------------------------------------------------------------------------------------- */

bool reply_redirect(struct work *w, struct reply *reply, const char *location)
{
        struct buf out;

        if (!work_ok(w))
                return false;
        /* An address in a header is ASCII; what a handler built may hold names. */
        buf_init_with(&out, LOCATION_MOST, w->arena);
        for (const char *p = location; *p != '\0'; p++) {
                unsigned char c = (unsigned char)*p;

                if (c <= ' ' || c >= 0x7F)
                        buf_print(&out, "%%%02X", c);
                else
                        buf_char(&out, *p);
        }
        reply->status = 303;
        reply->location = buf_ok(&out) && out.data != NULL ? out.data : "/";
        return true;
}

void reply_header(struct reply *reply, const char *name, const char *value)
{
        assert(reply->header_count < (int)(sizeof reply->headers / sizeof *reply->headers));
        reply->headers[reply->header_count].name = name;
        reply->headers[reply->header_count].value = value;
        reply->header_count++;
}

/* ---- onto the wire
 * ------------------------------------------------------------------------------------------- */

static bool has_own(const struct reply *reply, const char *name)
{
        for (int i = 0; i < reply->header_count; i++)
                if (strcasecmp(reply->headers[i].name, name) == 0)
                        return true;
        return false;
}

/* Answers for programs are read by no browser: one that shows them all the same may do nothing with them. */
static bool is_for_programs(const struct request *r)
{
        return r->matched.route != NULL && (r->matched.route->flags & ROUTE_MACHINE) != 0;
}

static void add_policy(struct MHD_Response *m, const struct reply *reply)
{
        static const char plain[] =
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
                "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        char policy[512];

        if (reply->allow_hash == NULL) {
                MHD_add_response_header(m, "Content-Security-Policy", plain);
                return;
        }
        snprintf(policy, sizeof policy, POLICY, " '", reply->allow_hash, "'", " '", reply->allow_hash, "'");
        MHD_add_response_header(m, "Content-Security-Policy", policy);
}

static void add_file_name(struct MHD_Response *m, const char *name)
{
        char memory[4096];
        struct buf out;

        buf_init_in(&out, memory, sizeof memory);
        BUF_LITERAL(&out, "attachment; filename=\"");
        for (const char *p = name; *p != '\0'; p++)
                if (((unsigned char)*p & 0xC0) != 0x80)
                        buf_char(&out, (unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7F ||
                                                       strchr("\"\\/", *p) != NULL
                                               ? '_'
                                               : *p);
        BUF_LITERAL(&out, "\"; filename*=UTF-8''");
        html_url_part(&out, name);
        if (buf_ok(&out))
                MHD_add_response_header(m, "Content-Disposition", out.data);
}

static const char *cache_control(const struct request *r)
{
        if (r->reply.never_cache || r->reply.status != 200)
                return "no-store";
        return r->account != NULL || r->reply.is_private ? "private, no-cache" : "no-cache";
}

static void add_cookies(struct MHD_Response *m, const struct request *r)
{
        const char *const cookies[] = { r->renewal, r->form_cookie, r->language_cookie };

        for (size_t i = 0; i < sizeof cookies / sizeof *cookies; i++)
                if (cookies[i][0] != '\0' && (i > 0 || r->reply.set_cookie == NULL))
                        MHD_add_response_header(m, "Set-Cookie", cookies[i]);
        if (r->reply.set_cookie != NULL)
                MHD_add_response_header(m, "Set-Cookie", r->reply.set_cookie);
}

static const char *what_it_varies_by(const struct request *r)
{
        return r->matched.route != NULL && (r->matched.route->flags & ROUTE_ACCEPTS) != 0 ? "Accept, Accept-Encoding, Accept-Language, Cookie"
                                                                                         : "Accept-Encoding, Cookie";
}

static void add_headers(struct MHD_Response *m, const struct request *r, bool is_packed)
{
        const struct reply *reply = &r->reply;

        MHD_add_response_header(m, "Content-Type", type_of(r));
        if (is_packed)
                MHD_add_response_header(m, "Content-Encoding", "gzip");
        if (!has_own(reply, "Vary") && !(is_for_programs(r) && reply->never_cache))
                MHD_add_response_header(m, "Vary", what_it_varies_by(r));
        if (!has_own(reply, "Cache-Control"))
                MHD_add_response_header(m, "Cache-Control", cache_control(r));
        if (r->etag[0] != '\0' && reply->status == 200 && !reply->never_cache && r->form_cookie[0] == '\0' &&
            !has_own(reply, "ETag"))
                MHD_add_response_header(m, "ETag", r->etag);
        if (!is_for_programs(r) || reply->status != 204)
                MHD_add_response_header(m, "X-Content-Type-Options", "nosniff");
        if (is_for_programs(r)) {
                if (reply->status != 204) /* nothing that could be shown */
                        MHD_add_response_header(m, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
        } else {
                if (!has_own(reply, "Content-Security-Policy"))
                        add_policy(m, reply);
                /* Not "no-referrer": with it browsers send "Origin: null" with our own forms. */
                MHD_add_response_header(m, "Referrer-Policy", "same-origin");
                MHD_add_response_header(m, "Cross-Origin-Opener-Policy", "same-origin");
        }
        if (server_is_tls(r->server))
                MHD_add_response_header(m, "Strict-Transport-Security", "max-age=31536000");
        if (reply->location != NULL)
                MHD_add_response_header(m, "Location", reply->location);
        if (reply->file_name != NULL)
                add_file_name(m, reply->file_name);
        for (int i = 0; i < reply->header_count; i++)
                MHD_add_response_header(m, reply->headers[i].name, reply->headers[i].value);
        add_cookies(m, r);
        if (r->must_close || server_is_stopping(r->server))
                MHD_add_response_header(m, "Connection", "close");
}

/* A line of 56 kbit/s takes 7 bytes a millisecond. Between nodes, answers have the pace that bodies have (docs/exchange.md). */
static struct pace pace_of(const struct request *r)
{
        bool is_exchange = r->matched.route != NULL && (r->matched.route->flags & ROUTE_EXCHANGE) != 0;

        return is_exchange ? (struct pace){ BODY_BYTES_A_MS, BODY_MOST_MS } : (struct pace){ 4, INT64_MAX };
}

static enum MHD_Result queue(struct request *r, struct MHD_Response *m, int status, uint64_t size)
{
        struct counters *c = server_counters(r->server);
        enum MHD_Result result;

        if (m == NULL)
                return MHD_NO;
        result = MHD_queue_response(r->connection, (unsigned)status, m);
        MHD_destroy_response(m);
        r->stage = STAGE_ANSWERED;
        if (status >= 500)
                atomic_fetch_add_explicit(&c->server_errors, 1, memory_order_relaxed);
        else if (status >= 400)
                atomic_fetch_add_explicit(&c->client_errors, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&c->bytes_out, (long long)size, memory_order_relaxed);
        if (r->client != NULL)
                client_answered(server_clients(r->server), r->client, pace_of(r));
        return result;
}

static enum MHD_Result send_file(struct request *r)
{
        struct MHD_Response *m;

        /* libmicrohttpd closes the file with the response. */
        m = MHD_create_response_from_fd64(r->spill.size, r->spill.fd);
        if (m != NULL) {
                uint64_t size = r->spill.size;

                add_headers(m, r, r->spill.is_compressed);
                r->spill.fd = -1;
                return queue(r, m, r->reply.status, size);
        }
        return MHD_NO;
}

static bool finish_spill(struct request *r)
{
        struct buf *b = &r->reply.body;

        return buf_finish(b) && spill_bytes(&r->spill, "", 0, r->spill.is_compressed ? Z_FINISH : Z_NO_FLUSH);
}

enum MHD_Result reply_send(struct request *r)
{
        struct work *w = &r->work;
        struct buf *b = &r->reply.body;
        struct MHD_Response *m;
        bool is_packed = false;
        const struct buf *out = b;

        if (work_ok(w) && r->is_ok && r->spill.fd >= 0 && finish_spill(r))
                return send_file(r);
        if (work_ok(w) && r->is_ok && !buf_ok(b))
                error_set(&w->err, ERR_ENVIRONMENT, "the answer could not be finished");
        if (work_ok(w) && !r->is_ok)
                error_set(&w->err, ERR_ENVIRONMENT, "the request failed without a reason");
        if (!work_ok(w)) {
                reply_error(w, r);
                if (r->spill.fd >= 0)
                        return MHD_NO; /* an error message of a megabyte: cannot be */
        }
        if (r->spill.fd < 0 && b->length >= GZIP_LEAST && takes_gzip(r) &&
            !has_own(&r->reply, "Content-Encoding") && is_compressible(type_of(r)) &&
            pack(&r->packed, b->data, b->length)) {
                is_packed = true;
                out = &r->packed;
        }
        m = MHD_create_response_from_buffer(
                out->length, out->data == NULL ? (char *)(uintptr_t) "" : out->data, MHD_RESPMEM_PERSISTENT);
        if (m != NULL)
                add_headers(m, r, is_packed);
        return queue(r, m, r->reply.status, out->length);
}

enum MHD_Result reply_send_unchanged(struct request *r)
{
        struct MHD_Response *m =
                MHD_create_response_from_buffer(0, (char *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);

        if (m != NULL) {
                MHD_add_response_header(m, "ETag", r->etag);
                MHD_add_response_header(m, "Cache-Control",
                                        r->session_cookie[0] != '\0' ? "private, no-cache" : "no-cache");
                MHD_add_response_header(m, "Vary", what_it_varies_by(r));
                if (server_is_stopping(r->server))
                        MHD_add_response_header(m, "Connection", "close");
        }
        atomic_fetch_add_explicit(&server_counters(r->server)->unchanged, 1, memory_order_relaxed);
        return queue(r, m, 304, 0);
}
