/* refused.c - who sent a form that was refused gets its page again, filled in (refill.h). */
#include <string.h>

#include "web/refill.h"
#include "web/web_private.h"

#define PAGES_MOST 3        /* that may hold the form: the one it says itself, the one the browser names, the one above its address */
#define AGAIN_MOST 2000     /* bytes of a page's address that a form takes along */

static bool is_page(struct work *w, const struct request *r, const char *path, size_t length, struct matched *m)
{
        struct error ignored = { 0 };

        return routes_match(server_routes(r->server), w->arena, GET, path, length, m, &ignored) && m->route != NULL;
}

static const char *if_page(struct work *w, const struct request *r, const char *address)
{
        struct matched m;

        return address != NULL && is_page(w, r, address, strcspn(address, "?#"), &m) ? arena_copy(w->arena, address, strcspn(address, "#")) : NULL;
}

/* The page with the form, as the browser names it; NULL where it names none of this node. */
static const char *page_named(struct work *w, const struct request *r)
{
        const char *from = request_header(r, "Referer"), *host = request_header(r, "Host");
        size_t length = host == NULL ? 0 : strlen(host);

        from = from == NULL ? NULL : strstr(from, "://");
        if (from == NULL || length == 0 || strncmp(from + 3, host, length) != 0 || from[3 + length] != '/')
                return NULL;
        return if_page(w, r, from + 3 + length);
}

/* The address without its last steps, up to one that is a page; NULL where none is. */
static const char *page_above(struct work *w, const struct request *r)
{
        struct matched m;

        for (size_t length = strcspn(r->uri.data, "?"); length > 1;) {
                if (is_page(w, r, r->uri.data, length, &m))
                        return arena_copy(w->arena, r->uri.data, length);
                while (length > 1 && r->uri.data[--length] != '/')
                        ;
        }
        return NULL;
}

const char *refused_page_before(struct work *w, const struct request *r)
{
        const char *named;

        if (r->matched.route == NULL || (r->method == GET && r->query_text == NULL))
                return NULL;
        named = page_named(w, r);
        return named != NULL || r->method == GET ? named : page_above(w, r);
}

bool refused_can_refill(const struct request *r, int status)
{
        return r->is_own_form && r->work.db != NULL && status >= 400 && status < 500 && !request_wants_json(r);
}

static bool run_as_sent(struct work *w, void *argument)
{
        return request_parse_query(w, argument) && run_handler(w, argument);
}

/* The page at an address, as the asker would get it now; its bytes, NULL where there is none that they may see. */
static const char *page_now(struct work *w, struct request *r, const char *address, size_t *length)
{
        const struct request sent = *r;
        struct buf *body = &r->reply.body;
        const char *mark = strchr(address, '?'), *html = NULL;
        char *copy;
        struct matched m;
        bool is_there;

        if (!is_page(w, r, address, strcspn(address, "?"), &m) || m.suffix != SUFFIX_HTML || !user_may(w->user, m.route->right) ||
            (m.route->flags & (ROUTE_WRITES | ROUTE_SLOW | ROUTE_MACHINE | ROUTE_WAITS | ROUTE_EXCHANGE)) != 0)
                return NULL;
        copy = arena_text(w->arena, address);
        reply_init(r);
        r->method = GET;
        r->matched = m;
        r->uri = (struct buf){ .data = copy, .length = strlen(address) };
        r->query_text = mark == NULL ? NULL : mark + 1;
        r->query = r->form = (struct fields){ 0 };
        is_there = work_run(w, run_as_sent, r); /* whatever ends it, the request is as it was sent again */
        r->method = sent.method;
        r->matched = sent.matched;
        r->uri = sent.uri;
        r->query_text = sent.query_text;
        r->query = sent.query;
        r->form = sent.form;
        if (!work_ok(w))
                error_clear(&w->err);
        if (is_there && r->reply.status == 200 && r->reply.location == NULL && r->reply.content_type == NULL && r->spill.fd < 0 && buf_ok(body) && body->length > 0) {
                *length = body->length;
                html = arena_copy(w->arena, body->data, body->length);
        }
        if (html == NULL)
                reply_init(r);
        else
                buf_reset(body); /* what else the page's reply says stays: who may keep it, what its scripts may do */
        return html;
}

static struct refill refill_of(struct request *r)
{
        return (struct refill){ .action = r->matched.path, .again = "", .sent = &r->form, .files = r->multipart == NULL ? NULL : multipart_uploads(r->multipart) };
}

bool refused_fill_in(struct work *w, void *argument)
{
        struct request *r = argument;
        struct buf *body = &r->reply.body;
        struct refill refill = refill_of(r);
        size_t length = body->length;
        const char *html;

        if (!r->is_own_form || r->reply.status < 400 || r->reply.content_type != NULL || r->matched.suffix != SUFFIX_HTML || r->spill.fd >= 0 || !buf_ok(body) || length == 0)
                return true;
        html = arena_copy(w->arena, body->data, length);
        buf_reset(body);
        if (!refill_page(w, &refill, false, html, length, body))
                buf_put(body, html, length);
        return buf_ok(body);
}

bool refused_ask_to_sign_in(struct work *w, struct request *r)
{
        struct fields *typed = arena_alloc(w->arena, sizeof *typed);
        const char *asked = if_page(w, r, request_query(r, REFILL_PAGE, 0)), *page = asked != NULL ? asked : refused_page_before(w, r), *html;
        size_t length;

        *typed = (struct fields){ .list = arena_array(w->arena, r->form.count + 1, sizeof *typed->list) };
        for (size_t i = 0; i < r->form.count; i++)
                if (strcmp(r->form.list[i].name, "csrf") != 0 && strstr(r->form.list[i].name, "password") == NULL)
                        typed->list[typed->count++] = r->form.list[i];
        r->carried = (struct carried){ r->matched.path, page == NULL ? "/" : page, fields_find(&r->form, "csrf", 0), typed };
        html = page_now(w, r, "/sign-in", &length);
        if (html == NULL)
                return false;
        buf_put(&r->reply.body, html, length);
        r->reply.status = 401;
        r->reply.content_type = "text/html; charset=utf-8";
        return buf_ok(&r->reply.body);
}

bool refused_refill(struct work *w, struct request *r, const struct error *error, int status)
{
        bool is_back = r->carried.path != NULL && w->user->login[0] != '\0'; /* who was asked to sign in has */
        const char *const asked[PAGES_MOST] = { if_page(w, r, is_back ? r->carried.page : request_query(r, REFILL_PAGE, 0)), page_named(w, r), page_above(w, r) };
        const struct field_error one = { error->field, error->message, NULL };
        struct refill refill = refill_of(r);
        const char *shown = is_back || (r->matched.route->flags & ROUTE_SLOW) == 0 ? "/" : NULL; /* a page without the form; better than none */

        refill.error = error;
        refill.errors = r->field_errors != NULL ? r->field_errors : error->field[0] != '\0' ? &one : NULL;
        for (int i = 0; i < PAGES_MOST + 1; i++) {
                const char *address = i < PAGES_MOST ? asked[i] : shown, *html;
                size_t length;

                if (address == NULL || (i > 0 && i < PAGES_MOST && asked[i - 1] != NULL && strcmp(address, asked[i - 1]) == 0))
                        continue;
                html = page_now(w, r, address, &length);
                if (html == NULL)
                        continue;
                refill.again = strlen(address) > AGAIN_MOST ? "" : address;
                if (refill_page(w, &refill, i == PAGES_MOST, html, length, &r->reply.body)) {
                        r->reply.status = status;
                        r->reply.content_type = "text/html; charset=utf-8";
                        return buf_ok(&r->reply.body);
                }
                shown = address;
        }
        return false;
}
