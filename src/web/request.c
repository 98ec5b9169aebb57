#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "base/utf8.h"
#include "figure/filter.h"
#include "format/html.h"
#include "format/jsonr.h"
#include "web/web_private.h"

#define UPLOAD_MB_USUAL 64
#define FORM_COOKIE "form"
#define PLACE_DIGITS 18 /* of a place in a list: within 64 bits */

/* ---- headers -------------------------------------------------------------------------------------- */

struct header_count {
        struct request *request;
        int headers, hosts, lengths, encodings;
        size_t bytes; /* with those of the address */
        bool is_bad;
        const char *length_text, *encoding_text;
};

const char request_no_cookie[] = "Cookie";

static bool is_token(const char *name, size_t length)
{
        for (size_t i = 0; i < length; i++) {
                unsigned char c = (unsigned char)name[i];

                if (c <= ' ' || c >= 0x7F || strchr("()<>@,;:\\\"/[]?={}", c) != NULL)
                        return false;
        }
        return length > 0;
}

static enum MHD_Result see_header(void *context, enum MHD_ValueKind kind, const char *name,
                                  size_t name_length, const char *value, size_t value_length)
{
        struct header_count *h = context;
        struct request *r = h->request;
        static const struct {
                const char *name;
                size_t place;
        } wanted[] = {
                { "cookie", offsetof(struct request, cookie) },
                { "authorization", offsetof(struct request, authorization) },
                { "if-none-match", offsetof(struct request, if_none_match) },
                { "accept-encoding", offsetof(struct request, accept_encoding) },
                { "accept-language", offsetof(struct request, accept_language) },
                { "accept", offsetof(struct request, accept) },
                { "content-type", offsetof(struct request, content_type) },
                { "origin", offsetof(struct request, origin) },
        };

        (void)kind;
        if (name == request_no_cookie)
                return MHD_YES;
        h->headers++;
        h->bytes += name_length + value_length + 4;
        if (!is_token(name, name_length))
                h->is_bad = true;
        if (value == NULL)
                value = "";
        for (size_t i = 0; i < value_length; i++)
                if (((unsigned char)value[i] < 0x20 && value[i] != '\t') || value[i] == 0x7F)
                        h->is_bad = true;
        switch (name_length) {
        case 4:
                if (strcasecmp(name, "host") == 0) {
                        h->hosts++;
                        r->host = value;
                }
                break;
        case 14:
                if (strcasecmp(name, "content-length") == 0) {
                        h->lengths++;
                        h->length_text = value;
                }
                break;
        case 17:
                if (strcasecmp(name, "transfer-encoding") == 0) {
                        h->encodings++;
                        h->encoding_text = value;
                }
                break;
        default:
                break;
        }
        for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
                if (strcasecmp(name, wanted[i].name) == 0) {
                        const char **place = (const char **)((char *)r + wanted[i].place);

                        if (*place == NULL)
                                *place = value;
                }
        return MHD_YES;
}

/* The address is a path of ours in UTF-8: what else could a page put into its links, or a log into its lines? */
static bool target_is_good(const struct request *r)
{
        if (r->uri.length == 0 || r->uri.data[0] != '/' || !utf8_is_valid(r->uri.data, r->uri.length, NULL))
                return false;
        for (size_t i = 0; i < r->uri.length; i++)
                if ((unsigned char)r->uri.data[i] <= 0x20 || r->uri.data[i] == 0x7F)
                        return false;
        return true;
}

/* A second reading of what libmicrohttpd let through: where two readers of the same bytes could disagree
 * about where a request ends or whom it is for, it is refused (RFC 9112, 3.2 and 6.3). */
bool request_read_headers(struct request *r, const char *version)
{
        struct header_count h = { .request = r, .bytes = r->uri.length };
        struct error *e = &r->work.err;
        bool is_old = strcmp(version, "HTTP/1.0") == 0;

        MHD_get_connection_values_n(r->connection, MHD_HEADER_KIND, see_header, &h);
        if (!target_is_good(r)) {
                r->uri.length = 0; /* also the page that says so has links */
                buf_char(&r->uri, '/');
                return error_set(e, ERR_USAGE, "the address has a character that is not allowed");
        }
        if (h.bytes > HEADER_MOST)
                return error_set(e, ERR_TOO_BIG, "address and headers of the request are longer than %zu bytes", HEADER_MOST);
        if (h.headers > HEADERS_MOST)
                return error_set(e, ERR_TOO_BIG, "the request has more than %d headers", HEADERS_MOST);
        if (h.is_bad)
                return error_set(e, ERR_USAGE, "a header has a character that is not allowed");
        if (h.hosts > 1 || (h.hosts == 0 && !is_old))
                return error_set(e, ERR_USAGE, "the request must have exactly one Host header");
        if (h.lengths > 1 || h.encodings > 1 || (h.lengths > 0 && h.encodings > 0))
                return error_set(e, ERR_USAGE, "the length of the body is given more than once");
        if (h.encodings > 0 && (is_old || strcasecmp(h.encoding_text, "chunked") != 0))
                return error_set(e, ERR_USAGE, "the transfer encoding is not supported");
        r->body_declared = 0;
        if (h.encodings > 0) {
                r->has_body = true;
                r->body_declared = UINT64_MAX;
        } else if (h.lengths > 0) {
                char *end;

                if (h.length_text[strspn(h.length_text, "0123456789")] != '\0' || h.length_text[0] == '\0' ||
                    strlen(h.length_text) > 18)
                        return error_set(e, ERR_USAGE, "the length of the body is not a number");
                r->body_declared = strtoull(h.length_text, &end, 10);
                r->has_body = r->body_declared > 0;
        }
        return true;
}

char *request_cookie(struct arena *a, const char *header, const char *name)
{
        size_t length = strlen(name);

        for (const char *p = header; p != NULL && *p != '\0';) {
                p += strspn(p, " \t;");
                if (strncmp(p, name, length) == 0 && p[length] == '=')
                        return arena_copy(a, p + length + 1, strcspn(p + length + 1, "; \t"));
                p = strchr(p, ';');
        }
        return NULL;
}

bool request_wants_json(const struct request *r)
{
        bool wants_page = r->accept != NULL && strstr(r->accept, "text/html") != NULL;

        if (r->matched.suffix == SUFFIX_JSON || r->by_token)
                return true;
        if (r->matched.route != NULL && (r->matched.route->flags & ROUTE_MACHINE) != 0)
                return true;
        if (wants_page)
                return false;
        return (r->accept != NULL && strstr(r->accept, "application/json") != NULL) || (r->matched.route != NULL && (r->matched.route->flags & ROUTE_ACCEPTS) != 0) ||
               request_is_json_body(r) || r->matched.suffix != SUFFIX_HTML;
}

/* ---- the route and the language ------------------------------------------------------------------- */

static bool language_by_name(const char *name, enum language *language)
{
        if (name != NULL && strcmp(name, "vi") == 0)
                *language = LANGUAGE_VI;
        else if (name != NULL && strcmp(name, "en") == 0)
                *language = LANGUAGE_EN;
        else
                return false;
        return true;
}

/* "fr, en-gb;q=0.8": the language of ours with the greatest weight, the first of those alike; false where there is none. */
static bool language_accepted(const char *p, enum language *language)
{
        double best = 0;

        while (p != NULL && *(p += strspn(p, ", \t")) != '\0') {
                char name[3] = { p[0], p[0] == '\0' ? '\0' : p[1], '\0' };
                size_t tag = strcspn(p, "-,; \t"), whole = strcspn(p, ",");
                const char *weight = memmem(p, whole, "q=", 2);
                double q = weight == NULL ? 1 : strtod(weight + 2, NULL);
                enum language asked;

                if (tag == 2 && q > best && language_by_name(name, &asked)) {
                        *language = asked;
                        best = q;
                }
                p += whole;
        }
        return best > 0;
}

static void choose_language(struct work *w, struct request *r)
{
        const char *p = r->query_text;

        w->language = LANGUAGE_VI;
        if (r->cookie != NULL && strstr(r->cookie, "lang=") != NULL)
                language_by_name(request_cookie(w->arena, r->cookie, "lang"), &w->language);
        for (; p != NULL; p = strchr(p, '&')) {
                enum language asked;
                char name[3] = "";

                p += *p == '&';
                if (strncmp(p, "lang=", 5) != 0)
                        continue;
                snprintf(name, sizeof name, "%s", p + 5);
                if ((p[7] == '\0' || p[7] == '&') && language_by_name(name, &asked)) {
                        w->language = asked;
                        snprintf(r->language_cookie, sizeof r->language_cookie,
                                 "lang=%s; Path=/; Max-Age=31536000; SameSite=Lax", name);
                }
        }
        w->err.language = w->language;
}

bool request_route(struct work *w, struct request *r)
{
        const char *uri = r->uri.data, *mark = strchr(uri, '?');
        size_t length = mark == NULL ? strlen(uri) : (size_t)(mark - uri);
        struct matched *m = &r->matched;

        r->query_text = mark == NULL ? NULL : mark + 1;
        choose_language(w, r);
        if (!routes_match(server_routes(r->server), w->arena, r->method, uri, length, m, &w->err))
                return false;
        if (m->allowed == 0) {
                error_set(&w->err, ERR_MISSING, "there is no page at this address");
                return error_hint(&w->err, "check the address, or go to the first page");
        }
        if (m->route != NULL && (m->route->flags & ROUTE_ACCEPTS) != 0 && r->language_cookie[0] == '\0' && (r->cookie == NULL || strstr(r->cookie, "lang=") == NULL) &&
            language_accepted(r->accept_language, &w->language))
                w->err.language = w->language;
        if (m->route == NULL || r->method == 0) {
                m->route = NULL;
                return error_set(&w->err, ERR_USAGE, "this address does not take that method");
        }
        return true;
}

bool request_parse_query(struct work *w, struct request *r)
{
        return r->query_text == NULL || *r->query_text == '\0' ||
               fields_parse(&r->query, w->arena, r->query_text, strlen(r->query_text), ERR_USAGE, &w->err);
}

/* ---- who asks ----------------------------------------------------------------------------------------- */

static const char *bearer(const struct request *r)
{
        const char *p = r->authorization;

        if (p == NULL || strncasecmp(p, "Bearer ", 7) != 0)
                return NULL;
        return p + 7 + strspn(p + 7, " ");
}

bool request_identify(struct work *w, struct request *r)
{
        const char *token = bearer(r);
        bool should_renew = false;

        w->user = &user_nobody;
        if (token != NULL) {
                r->account = account_by_token(w, token);
                if (!work_ok(w))
                        return false;
                r->by_token = true;
                if (r->account == NULL)
                        return error_set(&w->err, ERR_UNAUTHENTICATED, "the token is not valid");
        } else if ((r->matched.route == NULL || (r->matched.route->flags & ROUTE_MACHINE) == 0) && r->session_cookie[0] != '\0') {
                r->account = session_read(w, r->session_cookie, r->csrf, &should_renew);
                if (!work_ok(w))
                        return false;
                if (r->account != NULL && should_renew) {
                        char renewed[256];

                        if (session_renew(w, r->session_cookie, renewed))
                                snprintf(r->renewal, sizeof r->renewal,
                                         "session=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s", renewed,
                                         SESSION_SECONDS, server_is_tls(r->server) ? "; Secure" : "");
                }
        }
        if (r->account != NULL)
                w->user = &r->account->user;
        r->is_known = true;
        return true;
}

bool request_check_right(struct work *w, struct request *r)
{
        enum right right = r->matched.route->right;

        if (user_may(w->user, right))
                return true;
        if (r->account == NULL) {
                error_set(&w->err, ERR_UNAUTHENTICATED, "this is only for users who are signed in");
                return error_hint(&w->err, "sign in, or send a token");
        }
        error_set(&w->err, ERR_DENIED, "your role (%s) may not do this",
                  text(w->language, role_title(w->user->role)));
        return error_hint(&w->err, "the administrator of this node can say who may");
}

static bool begin_alike(const char *pattern, const char *other)
{
        size_t length = *pattern == '/' ? 1 + strcspn(pattern + 1, "/") : 0;

        return strncmp(pattern, other, length) == 0 && (other[length] == '/' || other[length] == '\0');
}

/* Those with one of the flags, which the asker may read, for the hint: the table is the only list of them, in order. Of those that begin alike the first. */
static const char *answer_then(const struct work *w, const struct request *r, unsigned flags)
{
        size_t count;
        const struct route *const *list = routes_all(server_routes(r->server), &count);
        const char *all = "", *last = "";

        for (size_t i = 0; i < count; i++)
                if (!begin_alike(list[i]->pattern, last) && (list[i]->flags & flags) != 0 && (list[i]->flags & ROUTE_UNLISTED) == 0 && user_may(w->user, list[i]->right) &&
                    ((list[i]->flags & ROUTE_PAST) == 0 || user_may(w->user, MAY_READ)))
                        all = arena_print(w->arena, "%s%s%s", all, *all == '\0' ? "" : ", ", last = list[i]->pattern);
        return all;
}

/* What was withdrawn since is for officials, and putting a past together costs. name: of the parameter. */
static bool check_past(struct work *w, struct request *r, const char *name, moment then, moment *asked)
{
        if (user_may(w->user, MAY_READ)) {
                *asked = then;
                return true;
        }
        if (r->account == NULL) {
                error_set(&w->err, ERR_UNAUTHENTICATED, "what was known here on a day (%s=) is only for users who are signed in", name);
                return error_hint(&w->err, "sign in, or send a token");
        }
        error_set(&w->err, ERR_DENIED, "your role (%s) may not see what was known here on a day (%s=)", text(w->language, role_title(w->user->role)), name);
        return error_hint(&w->err, "what is known now is at the same address without %s=", name);
}

/* Tables answer from what they hold, or, where it is placed otherwise by now, of a past. */
static bool check_known(struct work *w, struct request *r, const char *name, const char *known)
{
        if (!known_read(w, known, &w->known))
                return false;
        if (catalogue_places_alike(w) || (work_ok(w) && !user_may(w->user, MAY_READ) && figures_stay_placed(w)) || !work_ok(w))
                return work_ok(w);
        return check_past(w, r, name, w->known, &r->known);
}

/* Of what had been written by a moment, with what was known by another one or without: a past answers. */
static bool check_recorded(struct work *w, struct request *r, const char *recorded, const char *known)
{
        moment then;

        if ((r->matched.route->flags & ROUTE_KNOWN) == 0) {
                error_set(&w->err, ERR_INVALID, "this address does not tell what had been recorded by a moment (recorded=)");
                return (r->matched.route->flags & ROUTE_PAST) != 0 ? error_hint(&w->err, "here it is what known= tells")
                                                                   : error_hint(&w->err, "what had been recorded by a moment is told by: %s", answer_then(w, r, ROUTE_KNOWN));
        }
        return recorded_read(w, recorded, &then) && known_read(w, known == NULL ? "" : known, &w->known) && check_past(w, r, "recorded", then, &r->recorded);
}

bool request_asks_past(const struct request *r)
{
        return r->known != 0 || r->recorded != 0;
}

bool request_check_known(struct work *w, struct request *r)
{
        const char *known = r->method == GET ? request_query(r, "known", 0) : NULL;
        const char *recorded = r->method == GET ? request_query(r, "recorded", 0) : NULL;
        const char *as_of = r->method == GET && (r->matched.route->flags & ROUTE_AS_OF) != 0 ? request_query(r, "asOf", 0) : NULL;

        if (recorded != NULL && *recorded != '\0')
                return check_recorded(w, r, recorded, known);
        if (as_of != NULL && *as_of != '\0' && !check_known(w, r, "asOf", as_of)) {
                if (w->err.code != ERR_INVALID)
                        return false;
                error_clear(&w->err);
        }
        if (known == NULL || *known == '\0')
                return true;
        if ((r->matched.route->flags & ROUTE_KNOWN) != 0)
                return check_known(w, r, "known", known);
        if ((r->matched.route->flags & ROUTE_PAST) != 0) {
                moment then;

                return known_read(w, known, &then) && check_past(w, r, "known", then, &r->known);
        }
        error_set(&w->err, ERR_INVALID, "this address tells what is known now, not what was known on a day (known=)");
        return error_hint(&w->err, "what was known on a day is told by: %s", answer_then(w, r, ROUTE_KNOWN | ROUTE_PAST));
}

bool request_may_carry(const struct request *r)
{
        return r->method == POST && r->account == NULL && !r->by_token && r->body_declared <= CARRY_MOST && content_type_is(r->content_type, "application/x-www-form-urlencoded") &&
               (r->matched.route->flags & (ROUTE_MACHINE | ROUTE_EXCHANGE | ROUTE_UPLOAD)) == 0 && !request_wants_json(r);
}

/* "https://host:port" and "host:port", default ports left out by one of them. */
static bool is_same_host(const char *origin, const char *host)
{
        const char *p = strstr(origin, "://"), *colon;
        size_t length;

        if (p == NULL || host == NULL)
                return false;
        p += 3;
        length = strlen(host);
        colon = strrchr(host, ':');
        if (colon != NULL && strchr(p, ':') == NULL &&
            (strcmp(colon, ":80") == 0 || strcmp(colon, ":443") == 0))
                length = (size_t)(colon - host);
        return strlen(p) == length && strncasecmp(p, host, length) == 0;
}

bool request_check_origin(struct work *w, struct request *r)
{
        bool is_marked = fields_find(&r->form, "csrf", 0) != NULL;
        const char *sent, *expected;

        if (r->method == GET || r->by_token || (r->matched.route->flags & ROUTE_MACHINE) != 0)
                return true;
        if (r->origin != NULL && !is_same_host(r->origin, r->host))
                return error_set(&w->err, ERR_DENIED, "the form was sent from another site");
        /* An old mark does nothing, but what was typed is shown again: to the same account. */
        r->is_own_form = is_marked && r->origin != NULL && (r->account == NULL || session_made_mark(w->node, w->user->login, fields_find(&r->form, "csrf", 0)));
        if (r->must_sign_in)
                return request_check_right(w, r);
        sent = request_header(r, "X-CSRF-Token");
        if (sent == NULL)
                sent = fields_find(&r->form, "csrf", 0);
        if (sent == NULL)
                sent = "";
        expected = request_csrf(r);
        if (strlen(sent) != strlen(expected) || sodium_memcmp(sent, expected, strlen(expected)) != 0) {
                error_set(&w->err, ERR_DENIED, "the page the form came from is out of date");
                return r->is_own_form ? error_hint(&w->err, "look at it and send it once more") : error_hint(&w->err, "load the page again and send the form once more");
        }
        r->is_own_form = is_marked;
        return true;
}

/* ---- the body --------------------------------------------------------------------------------------- */

static uint64_t upload_most(const struct node *n)
{
        const char *setting = node_setting(n, "upload_limit_mb");
        long mb = setting == NULL ? UPLOAD_MB_USUAL : strtol(setting, NULL, 10);

        if (mb < 1 || mb > 4096)
                mb = UPLOAD_MB_USUAL;
        return (uint64_t)mb << 20;
}

uint64_t body_most(const struct request *r)
{
        if ((r->matched.route->flags & ROUTE_EXCHANGE) != 0) /* bounded by what a piece of the exchange may hold */
                return (r->matched.route->flags & ROUTE_UPLOAD) != 0 ? EXCHANGE_BODY_MOST : BODY_MOST;
        return (r->matched.route->flags & ROUTE_UPLOAD) != 0 ? upload_most(r->work.node) : BODY_MOST;
}

bool request_refuse_length(struct work *w, const struct request *r)
{
        unsigned long long most = body_most(r);

        if (!work_ok(w))
                return false;
        if (r->body_declared == UINT64_MAX)
                error_set(&w->err, ERR_TOO_BIG, "the request is longer than %llu bytes, the most this address takes", most);
        else
                error_set(&w->err, ERR_TOO_BIG, "the request has %llu bytes; this address takes at most %llu",
                          (unsigned long long)r->body_declared, most);
        return error_hint(&w->err, (r->matched.route->flags & ROUTE_UPLOAD) != 0
                                           ? N_("split the file, or raise upload_limit_mb in the node's settings")
                                           : N_("send less at once"));
}

bool request_begin_body(struct work *w, struct request *r)
{
        bool is_upload = (r->matched.route->flags & ROUTE_UPLOAD) != 0;
        const char *encoding = request_header(r, "Content-Encoding");
        const char *folder = is_upload ? arena_print(w->arena, "%s/spool", node_folder(w->node)) : NULL;

        if (r->body_declared != UINT64_MAX && r->body_declared > body_most(r))
                return request_refuse_length(w, r);
        if (encoding != NULL && strcasecmp(encoding, "identity") != 0 &&
            (r->matched.route->flags & ROUTE_MACHINE) == 0)
                return error_set(&w->err, ERR_USAGE, "a compressed body is not supported here");
        if (content_type_is(r->content_type, "multipart/form-data")) {
                r->multipart =
                        multipart_open(w->arena, r->content_type, folder, BODY_MOST, &r->form, &w->err);
                return r->multipart != NULL;
        }
        if (is_upload && !content_type_is(r->content_type, "application/x-www-form-urlencoded")) {
                r->spool = spool_open(w->arena, folder, &w->err);
                return r->spool != NULL;
        }
        return true;
}

bool request_take_body(struct work *w, struct request *r, const char *bytes, size_t length)
{
        if (r->multipart != NULL)
                return multipart_feed(r->multipart, bytes, length, &w->err);
        if (r->spool != NULL)
                return spool_write(r->spool, bytes, length, &w->err);
        if (r->body.length + length > BODY_MOST)
                return error_set(&w->err, ERR_TOO_BIG, "the form is longer than %zu bytes", BODY_MOST);
        buf_put(&r->body, bytes, length);
        return buf_ok(&r->body) || error_set(&w->err, ERR_ENVIRONMENT, "the system has no memory");
}

bool request_end_body(struct work *w, struct request *r)
{
        if (r->is_form_parsed)
                return true;
        r->is_form_parsed = true;
        if (r->multipart != NULL)
                return multipart_close(r->multipart, &w->err);
        if (r->spool == NULL && r->body.length > 0 &&
            content_type_is(r->content_type, "application/x-www-form-urlencoded"))
                return fields_parse(&r->form, w->arena, r->body.data, r->body.length, ERR_INVALID, &w->err);
        return true;
}

/* ---- for handlers -------------------------------------------------------------------------------------- */

enum suffix request_suffix(const struct request *r)
{
        return r->matched.suffix;
}

const char *request_target(const struct request *r)
{
        return r->uri.data;
}

moment request_known(const struct request *r)
{
        return r->known;
}

void request_come_again(const struct request *asked, int seconds)
{
        ((struct request *)(uintptr_t)asked)->come_again = seconds;
}

const char *request_path(const struct request *r)
{
        return r->matched.path;
}

const char *request_part(const struct request *r, const char *name)
{
        size_t length = strlen(name);

        for (int i = 0; i < r->matched.part_count; i++)
                if (r->matched.parts[i].name_length == length &&
                    memcmp(r->matched.parts[i].name, name, length) == 0)
                        return r->matched.parts[i].value;
        return NULL;
}

const char *request_query(const struct request *r, const char *name, int nth)
{
        return fields_find(&r->query, name, nth);
}

bool request_is_refused(const struct request *r)
{
        return r->is_own_form && r->method == GET;
}

const char *request_field(const struct request *r, const char *name, int nth)
{
        return fields_find(&r->form, name, nth);
}

bool request_next_field(const struct request *r, size_t *place, const char **name, const char **value)
{
        if (*place >= r->form.count)
                return false;
        *name = r->form.list[*place].name;
        *value = r->form.list[*place].value;
        (*place)++;
        return true;
}

const char *request_header(const struct request *r, const char *name)
{
        return r->connection == NULL ? NULL
                                     : MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

const char *request_body(const struct request *r, size_t *length)
{
        *length = r->body.length;
        return r->body.data == NULL ? "" : r->body.data;
}

bool request_is_json_body(const struct request *r)
{
        return content_type_is(r->content_type, "application/json");
}

json_t *request_json(struct work *w, const struct request *r)
{
        json_error_t where;
        size_t length, at;
        const char *body = request_body(r, &length);
        json_t *json;

        if (!utf8_is_valid(body, length, &at)) {
                error_set(&w->err, ERR_INVALID, "the JSON is not UTF-8: byte %zu is wrong", at + 1);
                return NULL;
        }
        body = utf8_nfc(w->arena, body);
        json = json_read(w->arena, body, strlen(body), &where);
        if (json == NULL) {
                error_set(&w->err, ERR_INVALID, "the JSON is damaged in line %d, column %d", where.line, where.column);
                error_because(&w->err, json_reason(&where));
                return NULL;
        }
        return json;
}

const char *request_said(struct work *w, const struct request *r, const char *name)
{
        json_t *json, *value;

        if (!request_is_json_body(r))
                return request_field(r, name, 0);
        json = work_ok(w) ? request_json(w, r) : NULL;
        if (json != NULL && !json_is_object(json))
                error_set(&w->err, ERR_INVALID, "the JSON is no object");
        value = json_object_get(json, name);
        if (value != NULL && !json_is_string(value) && !json_is_null(value)) {
                error_set(&w->err, ERR_INVALID, "\"%s\" must be a text", name);
                error_at(&w->err, name);
        }
        return work_ok(w) ? json_string_value(value) : NULL;
}

const char *request_upload(const struct request *r, const char *field, const char **file_name)
{
        if (file_name != NULL)
                *file_name = NULL;
        if (r->spool != NULL)
                return r->spool->path;
        for (struct upload *u = r->multipart == NULL ? NULL : multipart_uploads(r->multipart); u != NULL;
             u = u->next)
                if (field == NULL || strcmp(u->field, field) == 0) {
                        if (file_name != NULL)
                                *file_name = u->file_name;
                        return u->spool->path;
                }
        return NULL;
}

/* A visitor's forms are bound to a random text in a cookie, made when the first form is shown. */
static void mark_visitor(struct request *r)
{
        const char *random = NULL;
        unsigned char bytes[16];
        char hex[33];

        if (r->cookie != NULL)
                random = request_cookie(r->work.arena, r->cookie, FORM_COOKIE);
        if (random == NULL || strlen(random) != 32) {
                randombytes_buf(bytes, sizeof bytes);
                hex_write(hex, bytes, sizeof bytes);
                snprintf(r->form_cookie, sizeof r->form_cookie,
                         FORM_COOKIE "=%s; Path=/; HttpOnly; SameSite=Lax%s", hex,
                         server_is_tls(r->server) ? "; Secure" : "");
                random = hex;
        }
        session_form_mark(r->work.node, random, r->csrf);
}

const char *request_csrf(const struct request *r)
{
        if (r->csrf[0] == '\0')
                mark_visitor((struct request *)(uintptr_t)r);
        return r->csrf;
}

bool request_place(struct work *w, const struct request *r, const char *name, size_t *place)
{
        const char *text = request_query(r, name, 0);
        size_t digits = text == NULL ? 0 : strspn(text, "0123456789");

        *place = text == NULL ? 0 : (size_t)strtoul(text, NULL, 10);
        if (text == NULL || (text[digits] == '\0' && digits <= PLACE_DIGITS))
                return true;
        error_set(&w->err, ERR_USAGE, "\"%s\" cannot be \"%s\"", name, text);
        return error_hint(&w->err, "it is a number, by which the list goes on; without it the list begins");
}

bool request_flag(struct work *w, const struct request *r, const char *name, bool *is_asked)
{
        const char *text = request_query(r, name, 0);

        *is_asked = text != NULL && strcmp(text, "1") == 0;
        if (text == NULL || *is_asked || *text == '\0' || strcmp(text, "0") == 0)
                return true;
        error_set(&w->err, ERR_USAGE, "\"%s\" cannot be \"%s\"", name, text);
        return error_hint(&w->err, "write 1, or leave it out");
}

const char *request_with(struct work *w, const struct request *r, const char *name, const char *value)
{
        struct buf out;
        const char *uri = r->uri.data;
        char *copy, mark = '?';
        bool is_there = false;

        buf_init_with(&out, HEADER_MOST * 4, w->arena);
        buf_put(&out, uri, strcspn(uri, "?"));
        for (size_t i = 0; i < r->query.count; i++) {
                const struct field *f = &r->query.list[i];
                const char *now = f->value;

                if (strcmp(f->name, name) == 0) {
                        if (value == NULL || is_there)
                                continue;
                        is_there = true;
                        now = value;
                } else if (strcmp(f->name, "lang") == 0) {
                        continue;
                }
                buf_char(&out, mark);
                html_url_part(&out, f->name);
                buf_char(&out, '=');
                html_url_part(&out, now);
                mark = '&';
        }
        if (!is_there && value != NULL) {
                buf_char(&out, mark);
                html_url_part(&out, name);
                buf_char(&out, '=');
                html_url_part(&out, value);
        }
        copy = out.data;
        return buf_ok(&out) && copy != NULL ? copy : "";
}

const char *request_in_format(struct work *w, const struct request *r, const char *path, const char *suffix)
{
        const char *query = strchr(request_with(w, r, "after", NULL), '?');

        return arena_print(w->arena, "%s.%s%s", path, suffix, query == NULL ? "" : query);
}
