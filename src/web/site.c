/* The server's own addresses: signing in and out, assets, health, numbers, the description for programs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "catalogue/catalogue.h"
#include "format/jsonw.h"
#include "ledger/place.h"
#include "ledger/trust.h"
#include "web/asset.h"
#include "web/pages.h"
#include "account/throttle.h"
#include "web/site_private.h"
#include "web/web_private.h"

#define TYPED "typed." /* before the names of what a form brings along that waits */
#define ADDRESS_FREE_TRIES 20 /* many people sit behind one address of an office */
#define ADDRESS_FIRST_WAIT 5
#define ADDRESS_LONGEST_WAIT 300

/* ---- signing in ------------------------------------------------------------------------------------- */

/* Where to go after signing in: an address of this server, never another's. */
static const char *local_path(const char *to)
{
        if (to == NULL || to[0] != '/' || to[1] == '/' || strlen(to) > 2000)
                return "/";
        for (const char *p = to; *p != '\0'; p++)
                if ((unsigned char)*p <= ' ' || *p == '\\' || *p == 0x7F)
                        return "/";
        return strncmp(to, "/sign-in", 8) == 0 || strncmp(to, "/sign-out", 9) == 0 ? "/" : to;
}

/* The unit's name where the catalogue knows it, its code otherwise. */
static const char *unit_title(struct work *w)
{
        const char *code = node_unit(w->node);
        const struct catalogue *c = catalogue_of(w);
        const struct unit *u = c == NULL ? NULL : unit_at(c, code, day_of_moment(w->now));

        if (!work_ok(w))
                error_clear(&w->err); /* the form works without the name */
        if (u == NULL)
                return code;
        return w->language == LANGUAGE_EN ? u->full_name_en : u->full_name_vi;
}

static bool sign_in_form(struct work *w, const struct request *r, struct reply *reply)
{
        struct page page = { .title = work_text(w, "Sign in"), .body_class = "task" };
        bool is_waiting = r->carried.path != NULL;
        struct sign_in_view v = { .to = local_path(is_waiting ? r->carried.page : request_query(r, "to", 0)), .form = r->carried.path, .mark = r->carried.mark, .typed = r->carried.typed };

        if (w->user->login[0] != '\0')
                return reply_redirect(w, reply, v.to);
        v.unit = unit_title(w);
        v.csrf = request_csrf(r);
        reply->never_cache = true;
        page_begin(w, r, reply, &page);
        sign_in_page(w, &reply->body, &v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}

static void close_throttle(void *thing)
{
        throttle_close(thing);
}

static struct throttle *address_throttle(struct node *n)
{
        static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
        struct throttle *t;

        pthread_mutex_lock(&making);
        t = node_kept(n, "web addresses");
        if (t == NULL &&
            (t = throttle_open(ADDRESS_FREE_TRIES, ADDRESS_FIRST_WAIT, ADDRESS_LONGEST_WAIT)) != NULL)
                node_keep(n, "web addresses", t, close_throttle);
        pthread_mutex_unlock(&making);
        return t;
}

/* The connection's address; behind our own proxy (setting trust_forwarded = yes) the one that it saw. */
static const char *asker_address(struct work *w, const struct request *r)
{
        const char *setting = node_setting(w->node, "trust_forwarded"), *list, *last;

        if (setting != NULL && strcmp(setting, "yes") == 0 &&
            (list = request_header(r, "X-Forwarded-For")) != NULL) {
                last = strrchr(list, ',');
                last = last == NULL ? list : last + 1;
                return last + strspn(last, " ");
        }
        return r->client == NULL ? "" : r->client->address;
}

static struct account *try_sign_in(struct work *w, const struct request *r, const char *login,
                                   const char *password)
{
        struct throttle *t = address_throttle(w->node);
        const char *address = asker_address(w, r);
        struct account *a;
        int wait = t == NULL ? 0 : throttle_try(t, address, w->now);

        if (wait > 0) {
                error_set(&w->err, ERR_BUSY, "too many failed attempts to sign in");
                error_hint(&w->err, "try again in %d seconds", wait);
                return NULL;
        }
        a = account_sign_in(w, login, password);
        if (t != NULL && a != NULL)
                throttle_clear(t, address);
        else if (t != NULL && w->err.code == ERR_ENVIRONMENT)
                throttle_take_back(t, address);
        if (a == NULL && w->err.code != ERR_ENVIRONMENT)
                log_line(LOG_NOTE, "sign-in", "refused for %s from %s", login, address);
        return a;
}

static void session_cookie(const struct request *r, const char *session, char *out, size_t size)
{
        snprintf(out, size, "session=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s", session, SESSION_SECONDS, server_is_tls(r->server) ? "; Secure" : "");
}

static bool set_session(struct work *w, const struct request *r, struct reply *reply, const struct account *a)
{
        char cookie[256], line[384];

        session_write(w, a, cookie);
        session_cookie(r, cookie, line, sizeof line);
        reply->set_cookie = arena_text(w->arena, line);
        return true;
}

/* What waits for its sender to sign in came along with the form. */
static void take_carried(struct work *w, struct request *r)
{
        struct fields *typed = arena_alloc(w->arena, sizeof *typed);
        const char *path = request_field(r, "form", 0), *mark = request_field(r, "mark", 0);

        if (path == NULL || mark == NULL)
                return;
        *typed = (struct fields){ .list = arena_array(w->arena, r->form.count + 1, sizeof *typed->list) };
        for (size_t i = 0; i < r->form.count; i++)
                if (strncmp(r->form.list[i].name, TYPED, sizeof TYPED - 1) == 0)
                        typed->list[typed->count++] = (struct field){ r->form.list[i].name + sizeof TYPED - 1, r->form.list[i].value };
        r->carried = (struct carried){ path, local_path(request_field(r, "to", 0)), mark, typed };
}

/* Signed in; the form that waited is answered as one that is refused: its page, filled in, with a mark of the new session. Whoever else sat down
 * at the computer meanwhile sees nothing of it. */
static bool bring_back(struct work *w, struct request *r, struct account *a)
{
        char cookie[256];
        bool should_renew;

        session_write(w, a, cookie);
        r->account = session_read(w, cookie, r->csrf, &should_renew);
        if (r->account == NULL)
                return error_set(&w->err, ERR_UNAUTHENTICATED, "this is only for users who are signed in");
        w->user = &r->account->user;
        session_cookie(r, cookie, r->renewal, sizeof r->renewal);
        if (!session_made_mark(w->node, w->user->login, r->carried.mark)) {
                r->form = (struct fields){ 0 };
                error_set(&w->err, ERR_CONFLICT, "you are signed in now; the form that waited was filled in under another account and is not shown");
                return error_hint(&w->err, "who filled it in types it once more; nothing of it was saved");
        }
        r->form = *r->carried.typed;
        r->matched.path = r->carried.path;
        r->is_own_form = true;
        error_set(&w->err, ERR_CONFLICT, "you are signed in now; the form has not been sent yet");
        return error_hint(&w->err, "look at it and send it once more");
}

static bool sign_in(struct work *w, const struct request *asked, struct reply *reply)
{
        struct request *r = (struct request *)(uintptr_t)asked;
        const char *login = request_field(r, "login", 0), *password = request_field(r, "password", 0);
        struct account *a;

        take_carried(w, r);
        if (login == NULL || password == NULL)
                return error_set(&w->err, ERR_INVALID, "login and password are needed") || error_at(&w->err, "login");
        a = try_sign_in(w, r, login, password);
        if (a != NULL && r->carried.path != NULL)
                return bring_back(w, r, a);
        if (a != NULL) {
                reply->never_cache = true;
                return set_session(w, r, reply, a) && reply_redirect(w, reply, local_path(request_field(r, "to", 0)));
        }
        return error_at(&w->err, "login");
}

static bool sign_out(struct work *w, const struct request *r, struct reply *reply)
{
        reply->set_cookie = server_is_tls(r->server)
                                    ? "session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"
                                    : "session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax";
        return reply_redirect(w, reply, "/");
}

/* ---- changing one's own password ------------------------------------------------------------------------
 */

static bool password_form(struct work *w, const struct request *r, struct reply *reply)
{
        struct page page = { .title = work_text(w, "Change your password"), .body_class = "task" };
        struct password_view v = { .csrf = request_csrf(r), .login = w->user->login };

        if (w->user->login[0] == '\0')
                return reply_redirect(w, reply, "/sign-in?to=/password");
        reply->never_cache = true;
        page_begin(w, r, reply, &page);
        password_page(w, &reply->body, &v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}

struct new_password {
        const char *login;
        char hash[128];
};

static bool write_password(struct work *w, void *argument)
{
        struct new_password *p = argument;

        return account_set_password(w, p->login, p->hash);
}

static bool change_password(struct work *w, const struct request *r, struct new_password *p)
{
        const char *present = request_field(r, "current", 0), *new = request_field(r, "new", 0);
        const char *again = request_field(r, "again", 0);

        if (present == NULL || new == NULL || again == NULL)
                return error_set(&w->err, ERR_INVALID, "all three fields are needed");
        if (strcmp(new, again) != 0)
                return error_set(&w->err, ERR_INVALID, "the two new passwords differ") || error_at(&w->err, "again");
        if (strcmp(new, present) == 0)
                return error_set(&w->err, ERR_INVALID, "the new password is the present one") || error_at(&w->err, "new");
        if (account_sign_in(w, w->user->login, present) == NULL)
                return error_at(&w->err, "current");
        if (!account_hash(w, new, p->hash))
                return error_at(&w->err, "new");
        p->login = w->user->login;
        return ledger_write(w, write_password, p);
}

static bool password(struct work *w, const struct request *r, struct reply *reply)
{
        struct new_password p = { 0 };
        struct account *a;

        if (w->user->login[0] == '\0')
                return error_set(&w->err, ERR_UNAUTHENTICATED, "this is only for users who are signed in");
        if (change_password(w, r, &p)) {
                /* Every session of the old password has ended; this one goes on with the new. */
                a = account_find(w, p.login);
                return a != NULL && set_session(w, r, reply, a) && reply_redirect(w, reply, "/");
        }
        if (!request_wants_json(r) && w->err.code == ERR_UNAUTHENTICATED)
                w->err.code = ERR_INVALID; /* a field of the form is wrong; who asks is known */
        return false;
}

/* ---- assets ----------------------------------------------------------------------------------------------
 */

static bool takes(const struct request *r, const char *coding)
{
        return r->accept_encoding != NULL && strstr(r->accept_encoding, coding) != NULL;
}

static bool asset(struct work *w, const struct request *r, struct reply *reply)
{
        const struct asset *a = asset_find(request_part(r, "name"));
        const struct asset_bytes *form;

        if (a == NULL)
                return error_set(&w->err, ERR_MISSING, "there is no page at this address");
        form = a->brotli.bytes != NULL && takes(r, "br")   ? &a->brotli
               : a->gzip.bytes != NULL && takes(r, "gzip") ? &a->gzip
                                                           : &a->raw;
        reply->content_type = a->content_type;
        /* The name carries the hash of the bytes. */
        reply_header(reply, "Cache-Control", "public, max-age=31536000, immutable");
        reply_header(reply, "Vary", "Accept-Encoding");
        if (form != &a->raw)
                reply_header(reply, "Content-Encoding", form == &a->brotli ? "br" : "gzip");
        buf_put(&reply->body, form->bytes, form->length);
        return true;
}

/* ---- for those who watch the server
 * ------------------------------------------------------------------------ */

static bool health(struct work *w, const struct request *r, struct reply *reply)
{
        struct jsonw j;

        if (db_number(w->db, "SELECT 1", NO_ARGS, 0) != 1)
                return work_ok(w) ? error_set(&w->err, ERR_ENVIRONMENT, "the database does not answer")
                                  : false;
        jsonw_init(&j, &reply->body);
        jsonw_object(&j);
        jsonw_member_text(&j, "status", "ok");
        jsonw_member_text(&j, "unit", node_unit(w->node));
        jsonw_member_text(&j, "node", node_key(w->node));
        if (trust_introductions(w) != NULL)
                jsonw_member_text(&j, "former", trust_introductions(w));
        jsonw_member_int(&j, "position", r->position);
        jsonw_member_text(&j, "version", program_version());
        jsonw_end(&j);
        buf_char(&reply->body, '\n');
        reply->content_type = "application/json";
        reply->never_cache = true;
        return true;
}

static void metric(struct buf *out, const char *name, const char *type, const char *help, long long value)
{
        buf_print(out, "# HELP %s %s\n# TYPE %s %s\n%s %lld\n", name, help, name, type, name, value);
}

static long long resident_bytes(void)
{
        long long pages = 0;
        FILE *f = fopen("/proc/self/statm", "re");

        if (f == NULL)
                return 0;
        if (fscanf(f, "%*d %lld", &pages) != 1)
                pages = 0;
        fclose(f);
        return pages * sysconf(_SC_PAGESIZE);
}

static bool metrics(struct work *w, const struct request *r, struct reply *reply)
{
        struct counters *c = server_counters(r->server);
        const struct metrics_hook *hook = node_kept(w->node, METRICS_HOOK);
        struct buf *o = &reply->body;
        struct error why;

        metric(o, "caunoi_requests_total", "counter", "Requests whose headers were complete.", c->requests);
        metric(o, "caunoi_unchanged_total", "counter", "Requests answered with 304.", c->unchanged);
        metric(o, "caunoi_client_errors_total", "counter", "Answers with a status of 400 to 499.",
               c->client_errors);
        metric(o, "caunoi_server_errors_total", "counter", "Answers with a status of 500 to 599.",
               c->server_errors);
        metric(o, "caunoi_refused_total", "counter",
               "Connections cut off for being slow or sending too much.", c->refused);
        metric(o, "caunoi_sent_bytes_total", "counter", "Bytes of bodies sent.", c->bytes_out);
        metric(o, "caunoi_connections", "gauge", "Open connections.", c->connections);
        metric(o, "caunoi_requests_active", "gauge", "Requests under way, this one included.", c->active);
        metric(o, "caunoi_ledger_position", "gauge", "Entries in the ledger of this node.", r->position);
        metric(o, "caunoi_ledger_ahead_seconds", "gauge", "How far what is written next is ahead of the clock; above 0 others refuse it.", node_ahead(r->work.node) / 1000);
        metric(o, "caunoi_ledger_not_placed", "gauge", "Entries stored that are not yet in the tables.", node_unplaced(r->work.node));
        metric(o, "caunoi_ledger_placing_fails", "gauge", "1 while some of them cannot be placed and are tried again.", !node_placing_goes_well(w->node, &why));
        metric(o, "caunoi_forked_streams", "gauge", "Streams that have forked and take no more entries.",
               db_number(w->db, "SELECT COUNT(*) FROM ledger_stream WHERE stopped IS NOT NULL", NO_ARGS, 0));
        metric(o, "caunoi_held_back", "gauge", "1 while a restored node waits for what it wrote after the backup.",
               node_is_restored(w->node));
        metric(o, "caunoi_resident_bytes", "gauge", "Memory in use.", resident_bytes());
        for (size_t i = 0; hook != NULL && hook->write[i] != NULL; i++)
                if (!hook->write[i](w, o))
                        return false;
        reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
        reply->never_cache = true;
        return work_ok(w);
}

static bool openapi(struct work *w, const struct request *r, struct reply *reply)
{
        if (request_suffix(r) != SUFFIX_JSON)
                return reply_redirect(w, reply, "/openapi.json");
        openapi_write(w, &reply->body, server_routes(r->server));
        return true;
}

const struct route web_routes[] = {
        { GET, "/sign-in", sign_in_form, MAY_READ_PUBLIC, ROUTE_NO_ETAG, N_("the form to sign in") },
        { POST, "/sign-in", sign_in, MAY_READ_PUBLIC, ROUTE_SLOW, N_("sign in with login and password") },
        { POST, "/sign-out", sign_out, MAY_READ_PUBLIC, ROUTE_NO_ETAG, N_("sign out") },
        { GET, "/password", password_form, MAY_READ_PUBLIC, ROUTE_NO_ETAG,
          N_("the form to change one's password") },
        { POST, "/password", password, MAY_READ_PUBLIC, ROUTE_SLOW, N_("change one's own password") },
        { GET, "/assets/{name...}", asset, MAY_READ_PUBLIC, ROUTE_NO_ETAG,
          N_("style sheets, scripts, fonts, pictures") },
        { GET, "/health", health, MAY_READ_PUBLIC, ROUTE_MACHINE | ROUTE_NO_ETAG, N_("whether the server works") },
        { GET, "/metrics", metrics, MAY_READ_PUBLIC, ROUTE_NO_ETAG | ROUTE_UNLISTED,
          N_("numbers of the server for Prometheus") },
        { GET, "/openapi", openapi, MAY_READ_PUBLIC, ROUTE_UNLISTED, N_("all addresses, as OpenAPI 3.1") },
        { 0 },
};
