/* past.c - a handler runs on the node as it was known at a moment, and its page leads on to pages of the same moment. */
#include <stdlib.h>
#include <string.h>

#include "catalogue/catalogue.h"
#include "format/html.h"
#include "web/tag.h"
#include "web/web_private.h"

#define PAGE_MOST BUF_LIMIT_USUAL /* bytes of a page: it is in memory until its links are known to it */

/* ---- from now to then, and back --------------------------------------------------------------------------------------- */

void past_change_sides(struct work *w, const struct request *asked)
{
        struct request *r = (struct request *)(uintptr_t)asked;
        struct side here = { w->node, w->db, w->user, w->now, w->is_past };

        if (r->past == NULL)
                return;
        db_attach_error(w->db, NULL);
        w->node = r->aside.node;
        w->db = r->aside.db;
        w->user = r->aside.user;
        w->now = r->aside.now;
        w->is_past = r->aside.is_past;
        db_attach_error(w->db, &w->err);
        r->aside = here;
}

/* Tables of figures, and what leads on from them, say by themselves what was known when. */
static bool is_of_registers(const struct request *r)
{
        return (r->matched.route->flags & ROUTE_PAST) != 0;
}

/* A code means another unit from a merger on: the asker's must be the same then as now. One that is no more is the last that the code meant: whoever was
 * an official of it reads what it had. */
static bool unit_was_there(struct work *w, const struct unit *unit)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *then = c == NULL ? NULL : unit_last(c, unit->code, day_of_moment(w->now));
        const char *name = w->language == LANGUAGE_EN ? unit->full_name_en : unit->full_name_vi;
        char text[DAY_TEXT_MAX];

        if (c == NULL)
                return false;
        if (then != NULL && strcmp(then->key, unit->key) == 0)
                return true;
        day_write(text, unit->from);
        if (unit->from > day_of_moment(w->now))
                error_set(&w->err, ERR_DENIED, "your unit, %s, is there since %s: what was known before was another unit's", name, text);
        else
                error_set(&w->err, ERR_DENIED, "your unit, %s, is there since %s, but that was not recorded by then", name, text);
        return error_hint(&w->err, "ask for a later day; the ministry can ask for any");
}

static const char *known_text(struct work *w, moment known)
{
        char text[MOMENT_TEXT_MAX];

        moment_write(text, known);
        return arena_text(w->arena, text);
}

static const struct unit *unit_of_asker(struct work *w)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *u = c == NULL ? NULL : unit_last(c, w->user->unit, day_of_moment(w->now));

        if (u == NULL && work_ok(w))
                error_set(&w->err, ERR_DENIED, "your unit (%s) is not in the catalogue", w->user->unit);
        return u;
}

/* The moment that the whole page is of; 0: it says so itself. The name of the question. */
static moment moment_of_page(const struct request *r)
{
        return is_of_registers(r) ? r->known : r->recorded;
}

static const char *question_of_page(const struct request *r)
{
        return is_of_registers(r) ? "known" : "recorded";
}

/* Files of several days lie side by side: "clusters-known-2025-07-02.csv". */
static void name_file(struct work *w, struct request *r)
{
        const char *name = r->reply.file_name, *dot = name == NULL ? NULL : strrchr(name, '.');
        char text[DAY_TEXT_MAX];

        if (dot == NULL)
                return;
        day_write(text, day_of_moment(moment_of_page(r)));
        r->reply.file_name = arena_print(w->arena, "%.*s-%s-%s%s", (int)(dot - name), name, question_of_page(r), text, dot);
}

static struct past *hold(struct work *w, const struct request *r)
{
        if (!is_of_registers(r))
                return catalogue_past(w, r->recorded);
        return past_hold(w, r->known, (r->matched.route->flags & ROUTE_WHOLE) != 0 ? PAST_WHOLE : PAST_OF_REGISTERS);
}

bool past_run_handler(struct work *w, struct request *r)
{
        const struct unit *unit = unit_of_asker(w);
        int limit_ms = run_limit(r);
        moment of_page = moment_of_page(r), now = of_page != 0 && of_page < w->now ? of_page : w->now;
        struct node *node;
        struct db *db;

        r->past = unit == NULL ? NULL : hold(w, r);
        if (r->past == NULL)
                return false;
        node = past_node(r->past);
        db = w->db;
        if (node != w->node) {
                db_rollback(w->db); /* the time it was put together in is none of the handler's */
                db = db_begin_within(w->db, limit_ms) ? node_reader(node, &w->err) : NULL;
                if (db == NULL) {
                        past_release(r->past);
                        r->past = NULL;
                        return false;
                }
        }
        r->reader = *w->user;
        r->reader.role = ROLE_NOBODY; /* what a role may do in a case is nothing to be done then */
        r->reader.only_reads = true;
        r->aside = (struct side){ node, db, &r->reader, now, true };
        past_change_sides(w, r);
        if (of_page == 0)
                return (db_in_transaction(w->db) || db_begin_within(w->db, limit_ms)) && unit_was_there(w, unit) && r->matched.route->run(w, r, &r->reply);
        if (r->matched.suffix == SUFFIX_HTML) {
                r->reply.body.sink = NULL;
                r->reply.body.limit = PAGE_MOST;
        }
        reply_header(&r->reply, is_of_registers(r) ? "X-Known" : "X-Recorded", known_text(w, of_page));
        if ((!db_in_transaction(w->db) && !db_begin_within(w->db, limit_ms)) || !unit_was_there(w, unit) || !r->matched.route->run(w, r, &r->reply))
                return false;
        name_file(w, r);
        return true;
}

void past_leave(struct request *r)
{
        struct db *db;

        if (r->past == NULL)
                return;
        if (r->work.is_past)
                past_change_sides(&r->work, r);
        db = r->aside.db;
        if (db != r->work.db && db_in_transaction(db))
                db_rollback(db);
        past_release(r->past);
        r->past = NULL;
}

/* ---- links ------------------------------------------------------------------------------------------------------------ */

struct carrying {
        struct work *w;
        const struct request *r;
        const char *then;    /* as it was asked */
        const char *escaped; /* in an address */
        struct buf out;
};

static bool asks_already(const char *address, const char *name)
{
        size_t length = strlen(name);

        for (const char *p = address; (p = strpbrk(p, "?&")) != NULL;)
                if (strncmp(++p, name, length) == 0 && p[length] == '=')
                        return true;
        return false;
}

/* The question, by the name it has there, that an address of ours, as a page has it, is to take along; NULL: it does not answer it, or asks it already. Of what
 * had been recorded by a moment registers tell what was known. */
static const char *takes_along(struct carrying *c, const char *address)
{
        size_t length = strcspn(address, "?#");
        struct error ignored = { .language = c->w->language };
        const char *name = "known";
        struct matched m;

        if (address[0] != '/' || address[1] == '/' || !routes_match(server_routes(c->r->server), c->w->arena, GET, address, length, &m, &ignored) || m.route == NULL ||
            (m.route->flags & (ROUTE_KNOWN | ROUTE_PAST)) == 0)
                return NULL;
        if ((m.route->flags & ROUTE_KNOWN) != 0)
                name = question_of_page(c->r);
        return asks_already(address, name) ? NULL : name;
}

static bool is_named(const struct attribute *a, const char *name)
{
        return a->name_length == strlen(name) && strncmp(a->name, name, a->name_length) == 0;
}

/* One tag: its addresses with the question; behind a form that is sent to one of them, the question as a field. */
static void carry_tag(struct carrying *c, const char *from, const char *to)
{
        const char *p = from + 1, *done = from, *action = request_path(c->r), *name;
        bool is_form = strncmp(from, "<form", 5) == 0, is_sent = false;
        struct attribute a;

        while (p < to && !tag_is_space(*p) && *p != '>')
                p++;
        while (tag_next_attribute(&p, to, &a)) {
                const char *value = a.value_length == 0 ? "" : tag_unescaped(c->w, a.value, a.value_length);
                const char *end = a.value + a.value_length, *fragment = memchr(a.value, '#', a.value_length);

                if (is_named(&a, "data-now"))
                        break;
                if (is_named(&a, "action"))
                        action = value;
                else if (is_named(&a, "method"))
                        is_sent = strcasecmp(value, "post") == 0;
                else if ((name = takes_along(c, value)) != NULL) {
                        while (fragment != NULL && fragment > a.value && fragment[-1] == '&') /* of "&#39;" */
                                fragment = memchr(fragment + 1, '#', (size_t)(end - fragment - 1));
                        if (fragment != NULL)
                                end = fragment;
                        buf_put(&c->out, done, (size_t)(end - done));
                        buf_print(&c->out, "%s%s=%s", strchr(value, '?') != NULL ? "&amp;" : "?", name, c->escaped);
                        done = end;
                }
        }
        buf_put(&c->out, done, (size_t)(to - done));
        if (is_form && !is_sent && (name = takes_along(c, action)) != NULL) {
                buf_print(&c->out, "<input type=\"hidden\" name=\"%s\" value=\"", name);
                html_text(&c->out, c->then);
                BUF_LITERAL(&c->out, "\">");
        }
}

void past_carry(struct work *w, const struct request *r, struct buf *body)
{
        struct carrying *c = arena_alloc(w->arena, sizeof *c);
        const char *p, *end, *tag;
        struct buf *escaped = arena_alloc(w->arena, sizeof *escaped);

        if (!w->is_past || moment_of_page(r) == 0 || body->sink != NULL || !buf_ok(body))
                return;
        buf_init_with(escaped, 0, w->arena);
        buf_init_with(&c->out, PAGE_MOST, w->arena);
        c->w = w;
        c->r = r;
        c->then = request_query(r, question_of_page(r), 0);
        html_url_part(escaped, c->then);
        c->escaped = escaped->data;
        p = body->data + r->content_at;
        end = body->data + body->length;
        while ((tag = memchr(p, '<', (size_t)(end - p))) != NULL) {
                const char *to = tag_end(tag, end);

                if (to == NULL)
                        break;
                buf_put(&c->out, p, (size_t)(tag - p));
                carry_tag(c, tag, to);
                p = to;
        }
        buf_put(&c->out, p, (size_t)(end - p));
        body->length = r->content_at;
        if (buf_ok(&c->out))
                buf_put(body, c->out.data, c->out.length);
        else
                error_set(&w->err, ERR_TOO_BIG, "this takes more memory than one request may have");
}
