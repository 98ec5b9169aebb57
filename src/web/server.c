#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/library.h"
#include "base/log.h"
#include "ledger/place.h"
#include "web/lane.h"

#ifndef CAUNOI_VERSION
#define CAUNOI_VERSION "0.1.0"
#endif

/* Times in milliseconds, from the start of what they name; measured on the steady clock. */
#define HEADER_MS 10000  /* until the headers of a request are complete */
#define IDLE_MS 75000    /* between two requests on a connection */
#define BODY_MS 60000    /* until a body of BODY_MOST bytes is complete; uploads: BODY_BYTES_A_MS */
#define STALL_S 30
#define READ_LIMIT_S 60
#define STOP_MS 30000    /* for requests under way when the server is told to stop */
#define TICK_MS 250
#define IDLE_SECONDS 60 /* without a byte in either direction */
#define CONNECTIONS_USUAL 2000
#define UNUSED_MOST 16
#define POOL_MOST 64

struct server {
        struct node *node;
        const struct server_options *options;
        struct routes *routes;
        struct clients *clients;
        struct lingering *lingering;
        struct waiting *waiting;
        struct workers *workers;
        struct lane *lane;
        struct MHD_Daemon *daemon;
        bool is_tls;
        unsigned char etag_key[32];
        int64_t stall_ms;
        int read_limit_ms;
        atomic_bool is_stopping; /* the answers under way are the last of their connections */
        atomic_bool is_closed;   /* and no request begins any more */
        struct counters counters;

        pthread_mutex_t unused_mutex;
        struct request *unused;
        int unused_count;

        pthread_t reaper;
        bool has_reaper;
};

struct routes *server_routes(const struct server *s)
{
        return s->routes;
}

bool server_is_tls(const struct server *s)
{
        return s->is_tls;
}

bool server_is_stopping(const struct server *s)
{
        return atomic_load_explicit(&s->is_stopping, memory_order_relaxed);
}

struct clients *server_clients(const struct server *s)
{
        return s->clients;
}

struct counters *server_counters(const struct server *s)
{
        return (struct counters *)(uintptr_t)&s->counters;
}

void server_etag_key(const struct server *s, unsigned char key[32])
{
        memcpy(key, s->etag_key, 32);
}

int server_read_limit_ms(const struct server *s)
{
        return s->read_limit_ms;
}

const char *program_version(void)
{
        return CAUNOI_VERSION;
}

/* ---- requests, used again -------------------------------------------------------------------------- */

static void close_request(struct request *r)
{
        arena_close(r->work.arena);
        reply_free(r);
        buf_clear(&r->reply.body);
        buf_clear(&r->packed);
        buf_clear(&r->body);
        buf_clear(&r->uri);
        free(r);
}

static struct request *open_request(struct server *s)
{
        struct request *r;

        pthread_mutex_lock(&s->unused_mutex);
        r = s->unused;
        if (r != NULL) {
                s->unused = r->next;
                s->unused_count--;
        }
        pthread_mutex_unlock(&s->unused_mutex);
        if (r != NULL)
                return r;
        r = calloc(1, sizeof *r);
        if (r == NULL || (r->work.arena = arena_open(WORK_MEMORY_USUAL)) == NULL) {
                free(r);
                return NULL;
        }
        buf_init(&r->uri, HEADER_MOST * 2);
        buf_init(&r->body, BODY_MOST);
        buf_init(&r->packed, BUF_LIMIT_USUAL);
        buf_init(&r->reply.body, REPLY_IN_MEMORY);
        r->spill.fd = -1;
        r->server = s;
        return r;
}

static void give_back(struct request *r)
{
        struct server *s = r->server;
        struct request empty = { .server = s, .uri = r->uri, .body = r->body, .packed = r->packed };
        bool is_kept;

        arena_reset(r->work.arena);
        reply_free(r);
        empty.uri = r->uri;
        empty.body = r->body;
        empty.packed = r->packed;
        empty.reply.body = r->reply.body;
        empty.spill.fd = -1;
        empty.work.arena = r->work.arena;
        *r = empty;
        pthread_mutex_lock(&s->unused_mutex);
        is_kept = s->unused_count < UNUSED_MOST;
        if (is_kept) {
                r->next = s->unused;
                s->unused = r;
                s->unused_count++;
        }
        pthread_mutex_unlock(&s->unused_mutex);
        if (!is_kept)
                close_request(r);
}

/* ---- connections: nobody may take for ever ------------------------------------------------------------ */

static void set_deadline(struct request *r, int64_t milliseconds)
{
        if (r->client != NULL)
                r->client->deadline = milliseconds == 0 ? 0 : steady_now() + milliseconds;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode what)
{
        struct server *s = context;
        struct client *c = *socket_context;

        if (what == MHD_CONNECTION_NOTIFY_STARTED) {
                const union MHD_ConnectionInfo *fd =
                        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
                const union MHD_ConnectionInfo *peer =
                        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

                c = clients_add(s->clients, fd->connect_fd, peer == NULL ? NULL : peer->client_addr);
                if (c == NULL)
                        return;
                c->deadline = steady_now() + HEADER_MS;
                *socket_context = c;
                atomic_fetch_add(&s->counters.connections, 1);
        } else if (c != NULL) {
                if (c->still_sends)
                        lingering_add(s->lingering, c->fd);
                clients_remove(s->clients, c);
                *socket_context = NULL;
                atomic_fetch_sub(&s->counters.connections, 1);
        }
}

/* libmicrohttpd's own limit starts anew with every byte, so somebody who sends one now and then would stay.
 */
static void *reap(void *argument)
{
        struct server *s = argument;

        /* Also while the server drains: a body that stands still must not hold it up. */
        while (!server_is_stopping(s) || atomic_load(&s->counters.active) > 0) {
                int64_t now = steady_now();

                atomic_fetch_add(&s->counters.refused, clients_cut_late(s->clients, now, s->stall_ms));
                waiting_wake(s->waiting, now, server_is_stopping(s));
                lingering_drop(s->lingering, TICK_MS);
        }
        return NULL;
}

static bool identify(struct work *w, void *argument)
{
        return request_identify(w, argument);
}

/* Send what was made. An error page shows the frame, which asks the database; so it gets a reader as handlers
 * do. */
static enum MHD_Result answer(struct request *r)
{
        struct error standing = r->work.err;

        if (r->stage < STAGE_BODY && (r->has_body || r->must_close) && r->client != NULL) /* the connection ends with the answer */
                r->client->still_sends = true;
        lane_tell(r->server->lane, r, standing.code == ERR_NONE ? NULL : &standing);
        if (standing.code != ERR_NONE) {
                error_clear(&r->work.err);
                if (standing.code != ERR_ENVIRONMENT && !run_lend_reader(r, true))
                        run_take_reader_back(r);
                else if (r->work.db != NULL && r->matched.route == NULL) /* no page: nobody has looked yet who asks */
                        work_run(&r->work, identify, r);
                r->work.err = standing;
                reply_error(&r->work, r);
                run_take_reader_back(r);
        } else if (r->is_own_form && r->is_ok) {
                work_run(&r->work, refused_fill_in, r);
        }
        return reply_send(r);
}

/* ---- from the headers to the handler ----------------------------------------------------------------------
 */

enum verdict { GO_ON, ANSWERED, UNCHANGED };

static enum MHD_Result begin(struct request *);
static enum MHD_Result execute(struct request *);

struct look {
        struct request *request;
        enum verdict verdict;
        bool may_be_unchanged;
};

static bool is_away(const struct request *r)
{
        return request_asks_past(r) || (r->matched.route->flags & (ROUTE_WRITES | ROUTE_SLOW | ROUTE_WAITS | ROUTE_EXCHANGE)) != 0;
}

static bool redirect_without_slash(struct work *w, struct request *r)
{
        size_t length = strcspn(r->uri.data, "?");
        char *path;

        if (r->method != GET || length < 2 || r->uri.length > LOCATION_MOST || r->uri.data[length - 1] != '/')
                return false;
        path = arena_text(w->arena, r->uri.data);
        memmove(path + length - 1, path + length, strlen(path + length) + 1);
        if (path[1] == '/' || path[1] == '\\')
                return false;
        reply_redirect(w, &r->reply, path);
        r->reply.status = 308;
        return true;
}

/* Everything that needs no database; then the answer may be known already. */
static bool look_first(struct work *w, void *argument)
{
        struct look *look = argument;
        struct request *r = look->request;
        bool is_routed = request_route(w, r);
        char *cookie;

        if (is_routed && redirect_without_slash(w, r)) {
                r->is_ok = true;
                look->verdict = ANSWERED;
                return true;
        }
        if (r->cookie != NULL && (!is_routed || (r->matched.route->flags & ROUTE_MACHINE) == 0)) {
                cookie = request_cookie(w->arena, r->cookie, "session");
                if (cookie != NULL && strlen(cookie) < sizeof r->session_cookie)
                        memcpy(r->session_cookie, cookie, strlen(cookie) + 1);
        }
        if (!is_routed)
                return false;
        r->wakes = node_wakes(w->node);
        r->position = node_position(w->node);
        r->progress = node_progress(w->node);
        reply_make_etag(r);
        if (look->may_be_unchanged && reply_matches_etag(r))
                look->verdict = UNCHANGED;
        return true;
}

/* Who asks and whether that may be; and where nothing stands in the way, the handler, in the same snapshot.
 */
static bool look_and_run(struct work *w, void *argument)
{
        struct request *r = argument;

        if (!request_identify(w, r))
                return false;
        if (!request_check_right(w, r)) {
                if (w->err.code != ERR_UNAUTHENTICATED || !request_may_carry(r))
                        return false;
                error_clear(&w->err);
                r->must_sign_in = true;
        }
        if (!request_parse_query(w, r) || !request_check_known(w, r))
                return false;
        if ((r->matched.route->flags & ROUTE_EXCHANGE) != 0)
                return lane_admit(r->server->lane, w, r);
        if (r->method != GET || request_asks_past(r) || (r->matched.route->flags & (ROUTE_SLOW | ROUTE_WRITES)) != 0)
                return true;
        return run_handler(w, r);
}

static bool begin_body(struct work *w, void *argument)
{
        return request_begin_body(w, argument);
}

static bool end_body(struct work *w, void *argument)
{
        return request_end_body(w, argument) && request_check_origin(w, argument);
}

static void prepare(struct request *r)
{
        struct work *w = &r->work;
        struct arena *arena = w->arena;

        work_init(w, arena, NULL, LANGUAGE_VI);
        w->node = r->server->node;
        w->user = &user_nobody;
        w->now = moment_now();
        reply_init(r);
}

/* Identify, check, and run what can be run at once. Fills the reply; sends nothing. */
static void run_now(struct request *r)
{
        r->is_ok = run_here(r, true, look_and_run);
}

/* The headers are there. An answer now would end the connection (libmicrohttpd takes it that the sender is to
 * be stopped), so only what is against the rules and what would not take its body is answered here. */
static enum MHD_Result start(struct request *r, const char *method, const char *version)
{
        prepare(r);
        r->is_head = strcmp(method, "HEAD") == 0;
        r->method = strcmp(method, "GET") == 0 || r->is_head ? GET
                    : strcmp(method, "POST") == 0            ? POST
                    : strcmp(method, "PUT") == 0             ? PUT
                    : strcmp(method, "DELETE") == 0          ? DELETE
                                                             : (enum method)0;
        if (!request_read_headers(r, version)) {
                r->must_close = true;
                return answer(r);
        }
        r->stage = STAGE_READY;
        return r->has_body ? begin(r) : MHD_YES;
}

static enum MHD_Result begin(struct request *r)
{
        struct look look = { .request = r, .may_be_unchanged = true };
        struct work *w = &r->work;

        if (!work_run(w, look_first, &look))
                return answer(r);
        if (look.verdict == UNCHANGED)
                return reply_send_unchanged(r);
        if (look.verdict == ANSWERED)
                return answer(r);
        if (r->has_body && r->method == GET)
                r->must_close = !error_set(&w->err, ERR_USAGE, "a GET request has no body");
        else
                run_now(r);
        if (!work_ok(w))
                return answer(r);
        if (!r->has_body)
                return r->method == GET && !is_away(r) ? answer(r) : execute(r);
        if (!work_run(w, begin_body, r))
                return answer(r);
        r->body_begun = steady_now();
        set_deadline(r, (r->matched.route->flags & ROUTE_UPLOAD) != 0 ? r->server->stall_ms : BODY_MS);
        r->stage = STAGE_BODY;
        return MHD_YES;
}

struct piece {
        struct request *request;
        const char *bytes;
        size_t length;
};

static bool take_piece(struct work *w, void *argument)
{
        struct piece *p = argument;

        return request_take_body(w, p->request, p->bytes, p->length);
}

static enum MHD_Result take_body(struct request *r, const char *bytes, size_t length)
{
        struct piece piece = { r, bytes, length };

        r->body_received += length;
        if (r->body_received > body_most(r) && !r->is_too_long) { /* its length was not declared */
                atomic_fetch_add(&r->server->counters.refused, 1);
                r->is_too_long = true;
                request_refuse_length(&r->work, r);
        }
        if (r->body_received > body_most(r) + DROP_MOST)
                return MHD_NO; /* it does not end, and only then could it be answered: hang up */
        if ((r->matched.route->flags & ROUTE_UPLOAD) != 0) { /* a byte now and then is no progress */
                int64_t allowed = (int64_t)(r->body_received / BODY_BYTES_A_MS) + r->server->stall_ms;
                int64_t left = r->body_begun + (allowed < BODY_MOST_MS ? allowed : BODY_MOST_MS) - steady_now();

                set_deadline(r, left > 0 ? left : 1);
        }
        /* After an error the rest is read and dropped, so that the sender gets to read the answer. */
        if (work_ok(&r->work))
                work_run(&r->work, take_piece, &piece);
        return MHD_YES;
}

/* The same request once more, from the start: the asker's rights may have changed too. */
static void run_again(struct request *r)
{
        struct look look = { .request = r };

        arena_reset(r->work.arena);
        r->account = NULL;
        r->csrf[0] = r->renewal[0] = r->session_cookie[0] = '\0';
        r->query = r->form = (struct fields){ 0 };
        r->field_errors = NULL;
        r->wants_wait = r->is_ok = r->by_token = r->has_run = r->is_own_form = r->is_known = r->must_sign_in = false;
        r->carried = (struct carried){ 0 };
        r->known = r->recorded = 0;
        r->peer[0] = '\0';
        prepare(r);
        r->stage = STAGE_BODY;
        if (work_run(&r->work, look_first, &look))
                run_now(r);
}

/* A long poll: the handler has run; wait if it wants to, and run it again when the ledger has grown. */
static enum MHD_Result poll_long(struct request *r)
{
        for (;;) {
                if (!work_ok(&r->work) || !r->is_ok || !r->wants_wait)
                        return answer(r);
                if (r->time_is_up) {
                        error_set(&r->work.err, ERR_ENVIRONMENT, "the answer did not come in time");
                        return answer(r);
                }
                r->stage = STAGE_AWAY;
                if (waiting_add(r->server->waiting, r))
                        return MHD_YES;
                run_again(r);
                if ((r->matched.route->flags & ROUTE_EXCHANGE) != 0)
                        return work_ok(&r->work) ? lane_enter(r->server->lane, r) : answer(r);
        }
}

static enum MHD_Result execute(struct request *r)
{
        set_deadline(r, 0);
        if (!work_ok(&r->work))
                return answer(r);
        if ((r->matched.route->flags & (ROUTE_WAITS | ROUTE_EXCHANGE)) == ROUTE_WAITS && r->method == GET)
                return poll_long(r);
        if (r->method != GET && !work_run(&r->work, end_body, r))
                return answer(r);
        if ((r->matched.route->flags & ROUTE_EXCHANGE) != 0)
                return lane_enter(r->server->lane, r);
        if (request_asks_past(r) || (r->matched.route->flags & ROUTE_SLOW) != 0)
                return workers_add(r->server->workers, r) ? MHD_YES : answer(r);
        if ((r->matched.route->flags & ROUTE_WRITES) != 0)
                return run_as_job(r);
        r->is_ok = run_here(r, true, run_handler);
        return answer(r);
}

static enum MHD_Result come_back(struct request *r)
{
        if ((r->matched.route->flags & ROUTE_WAITS) == 0 || r->method != GET)
                return answer(r);
        if (r->has_run) {
                r->has_run = false;
        } else { /* the ledger has grown, or the time is up */
                run_again(r);
                if (work_ok(&r->work) && (r->matched.route->flags & ROUTE_EXCHANGE) != 0)
                        return lane_enter(r->server->lane, r);
        }
        return poll_long(r);
}

/* ---- called by libmicrohttpd
 * ------------------------------------------------------------------------------- */

/* The library would make a record of each argument and each cookie, which nobody asks it for, in the block that holds the headers: some hundreds fill it,
 * and it hangs up without a word. So it is shown no argument, and an empty header of cookies before the one that comes. What stands behind the
 * mark is ours by then; the memory is the library's own, which writes its zeros there too. */
static void hide_from_library(const char *uri, struct MHD_Connection *connection)
{
        char *mark = strchr((char *)(uintptr_t)uri, '?');

        if (mark != NULL && mark[1] != '\0')
                mark[1] = '\0';
        MHD_set_connection_value(connection, MHD_HEADER_KIND, request_no_cookie, "");
}

static void *on_request_line(void *context, const char *uri, struct MHD_Connection *connection)
{
        struct server *s = context;
        struct request *r = open_request(s);
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

        if (r == NULL)
                return NULL;
        r->connection = connection;
        r->client = info == NULL ? NULL : info->socket_context;
        r->stage = STAGE_HEAD;
        buf_reset(&r->uri);
        buf_text(&r->uri, uri);
        hide_from_library(uri, connection);
        set_deadline(r, HEADER_MS);
        return r;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_length, void **request)
{
        struct request *r = *request;
        struct server *s = context;

        (void)connection;
        (void)url;
        if (r == NULL || !buf_ok(&r->uri) || r->uri.length == 0)
                return MHD_NO;
        switch (r->stage) {
        case STAGE_HEAD:
                atomic_fetch_add_explicit(&s->counters.requests, 1, memory_order_relaxed);
                atomic_fetch_add(&s->counters.active, 1); /* before the look: finish() counts after it has closed */
                if (atomic_load(&s->is_closed)) {
                        atomic_fetch_sub(&s->counters.active, 1);
                        return MHD_NO;
                }
                set_deadline(r, 0);
                r->is_counted = true;
                return start(r, method, version);
        case STAGE_READY:
                return begin(r);
        case STAGE_BODY:
                if (*upload_length > 0) {
                        enum MHD_Result result = take_body(r, upload, *upload_length);

                        *upload_length = 0;
                        return result;
                }
                return execute(r);
        case STAGE_AWAY:
                return come_back(r);
        case STAGE_ANSWERED:
                *upload_length = 0;
                return MHD_YES;
        }
        return MHD_NO;
}

/* An admitted request that was never answered by us, or whose answer was not taken, because we hung up: its node is to hear of it. */
static void tell_cut_off(struct request *r, enum MHD_RequestTerminationCode how)
{
        struct error err = { .language = LANGUAGE_VI };

        if (r->peer[0] == '\0' || (r->is_told && (r->stage != STAGE_ANSWERED || r->client == NULL || !r->client->was_slow)))
                return;
        r->is_told = false;
        if (r->stage == STAGE_ANSWERED)
                error_set(&err, ERR_INVALID, "it took its answer too slowly and was cut off");
        else if (r->is_too_long)
                error_set(&err, ERR_TOO_BIG, "what it sent was over the limit of %llu bytes and did not end",
                          (unsigned long long)body_most(r));
        else if (r->client != NULL && r->client->was_slow)
                error_set(&err, ERR_INVALID, "it sent too slowly and was cut off after %llu bytes",
                          (unsigned long long)r->body_received);
        else if (how == MHD_REQUEST_TERMINATED_WITH_ERROR && r->stage == STAGE_BODY) /* libmicrohttpd has answered, not we */
                error_set(&err, ERR_INVALID, "what it sent is not of the form of HTTP and was cut off after %llu bytes",
                          (unsigned long long)r->body_received);
        else
                error_set(&err, ERR_ENVIRONMENT, "the connection broke off");
        lane_tell(r->server->lane, r, &err);
}

static void on_done(void *context, struct MHD_Connection *connection, void **request,
                    enum MHD_RequestTerminationCode how)
{
        struct server *s = context;
        struct request *r = *request;

        (void)connection;
        if (r == NULL)
                return;
        *request = NULL;
        assert(!r->is_waiting);
        tell_cut_off(r, how);
        if (r->client != NULL)
                client_took_all(r->client);
        set_deadline(r, IDLE_MS);
        if (r->is_counted)
                atomic_fetch_sub(&s->counters.active, 1);
        give_back(r);
}

static size_t leave_encoded(void *context, struct MHD_Connection *connection, char *text_in)
{
        (void)context;
        (void)connection;
        return strlen(text_in);
}

static void on_log(void *context, const char *format, va_list list) __attribute__((format(printf, 2, 0)));

static void on_log(void *context, const char *format, va_list list)
{
        char line[512];

        (void)context;
        vsnprintf(line, sizeof line, format, list);
        line[strcspn(line, "\n")] = '\0';
        log_line(LOG_DETAIL, "http", "%s", line);
}

/* ---- starting
 * ----------------------------------------------------------------------------------------------------- */

static void clear_spool(const struct node *n)
{
        char path[PATH_MAX];
        struct dirent *entry;
        DIR *folder;

        if (snprintf(path, sizeof path, "%s/spool", node_folder(n)) >= (int)sizeof path ||
            (folder = opendir(path)) == NULL)
                return;
        while ((entry = readdir(folder)) != NULL)
                if (strncmp(entry->d_name, "upload-", 7) == 0)
                        unlinkat(dirfd(folder), entry->d_name, 0);
        closedir(folder);
}

static long number_setting(const struct node *n, const char *name, long usual, long least, long most)
{
        const char *value = node_setting(n, name);
        long number = value == NULL ? usual : strtol(value, NULL, 10);

        return number < least || number > most ? usual : number;
}

/* Who comes while the server stops is hung up on. Not MHD_quiesce_daemon: threads of the library take the listening socket out of their
 * sets at the same time as it does, and whichever finds it gone ends the program. */
static enum MHD_Result may_come(void *server, const struct sockaddr *from, socklen_t length)
{
        (void)from;
        (void)length;
        return server_is_stopping(server) ? MHD_NO : MHD_YES;
}

static bool start_daemon(struct server *s, int fd, struct arena *arena, struct error *e)
{
        unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        long connections = number_setting(s->node, "connection_limit", CONNECTIONS_USUAL, 16, 100000);
        const char *forwarded = node_setting(s->node, "trust_forwarded");
        struct MHD_OptionItem options[16];
        struct tls tls;
        void *signer;
        int n = 0;

        options[n++] = (struct MHD_OptionItem){ MHD_OPTION_LISTEN_SOCKET, fd, NULL };
        options[n++] = (struct MHD_OptionItem){ MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, NULL };
        options[n++] = (struct MHD_OptionItem){ MHD_OPTION_CONNECTION_LIMIT, connections, NULL };
        if (forwarded == NULL || strcmp(forwarded, "yes") != 0) /* behind one's own proxy all come from one address */
                options[n++] = (struct MHD_OptionItem){ MHD_OPTION_PER_IP_CONNECTION_LIMIT, connections / 2, NULL };
        /* The block that holds the headers of a request, with 64 bytes for each, and those of its reply. */
        options[n++] = (struct MHD_OptionItem){ MHD_OPTION_CONNECTION_MEMORY_LIMIT, HEADER_MOST + 16384, NULL };
        options[n++] = (struct MHD_OptionItem){ MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL };
        if (cores > 1)
                options[n++] = (struct MHD_OptionItem){ MHD_OPTION_THREAD_POOL_SIZE,
                                                        cores > POOL_MOST ? POOL_MOST : cores, NULL };
        if (s->is_tls) {
                if (!tls_read(&tls, arena, s->options->tls_cert, s->options->tls_key, e))
                        return false;
                reserve_for_gmp();
                tls_expect_crash(e->language);
                options[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_CERT, 0, tls.certificate };
                options[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY, 0, tls.key };
                signer = tls_signer(&tls);
                if (signer != NULL)
                        options[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_CERT_CALLBACK, 0, signer };
                options[n++] = (struct MHD_OptionItem){
                        MHD_OPTION_HTTPS_PRIORITIES, 0,
                        (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
                };
        }
        options[n] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
        errno = 0;
        s->daemon = MHD_start_daemon(flags | (s->is_tls ? (unsigned)MHD_USE_TLS : (unsigned)MHD_USE_TURBO), 0,
                                     may_come, s, on_request, s, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
                                     MHD_OPTION_NOTIFY_COMPLETED, on_done, s, MHD_OPTION_NOTIFY_CONNECTION,
                                     on_connection, s, MHD_OPTION_URI_LOG_CALLBACK, on_request_line, s,
                                     MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, NULL, MHD_OPTION_ARRAY,
                                     options, MHD_OPTION_END);
        if (s->is_tls)
                tls_crash_is_over();
        if (s->daemon != NULL)
                return true;
        return s->is_tls ? tls_failed(&tls, e) : error_system(e, ERR_ENVIRONMENT, errno, "the web server does not start");
}

static bool start_threads(struct server *s, struct error *e)
{
        sigset_t all, before;
        bool has_all;

        /* Signals go to the threads that were there first. */
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &before);
        s->has_reaper = pthread_create(&s->reaper, NULL, reap, s) == 0;
        has_all = s->has_reaper && workers_start(s->workers) && lane_start(s->lane);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        return has_all ||
               error_set(e, ERR_ENVIRONMENT, "the server cannot start its threads");
}

/* ---- stopping
 * ------------------------------------------------------------------------------------------------------ */

/* What is with the ledger or a worker comes back in any case, and must before the daemon may stop. */
static void wait_for_answers(struct server *s, int64_t limit)
{
        bool was_cut = false;

        while (atomic_load(&s->counters.active) > 0 || atomic_load(&s->counters.returning) > 0) {
                if (!was_cut && steady_now() > limit) {
                        clients_cut_all(s->clients);
                        was_cut = true;
                }
                nanosleep(&(struct timespec){ 0, 5000000 }, NULL);
        }
}

static void finish(struct server *s)
{
        int64_t limit = steady_now() + STOP_MS;

        atomic_store(&s->is_stopping, true);
        pasts_let_make(s->node, false);
        waiting_wake(s->waiting, steady_now(), true);
        wait_for_answers(s, limit);
        atomic_store(&s->is_closed, true); /* connections that were idle may have begun another request meanwhile */
        wait_for_answers(s, limit);
        if (s->has_reaper)
                pthread_join(s->reaper, NULL);
        waiting_wake(s->waiting, steady_now(), true); /* the reaper's last look may have been before */
        workers_stop(s->workers);
        lane_stop(s->lane);
        if (s->daemon != NULL)
                MHD_stop_daemon(s->daemon);
        if (s->is_tls)
                tls_forget_signer();
        pasts_let_make(s->node, true);
}

static void clear_server(struct server *s)
{
        while (s->unused != NULL) {
                struct request *r = s->unused;

                s->unused = r->next;
                close_request(r);
        }
        routes_close(s->routes);
        clients_close(s->clients);
        lingering_close(s->lingering);
        workers_close(s->workers);
        lane_close(s->lane);
        pthread_mutex_destroy(&s->unused_mutex);
        free(s);
}

bool web_serve(struct node *node, const struct server_options *options, struct error *e)
{
        struct server *s = calloc(1, sizeof *s);
        struct arena *arena = arena_open((size_t)4 << 20);
        char address[LISTEN_ADDRESS_MAX];
        bool is_ok;
        int fd = -1;

        if (s == NULL || arena == NULL) {
                free(s);
                arena_close(arena);
                return error_set(e, ERR_ENVIRONMENT, "the system has no memory");
        }
        s->node = node;
        s->options = options;
        s->is_tls = options->tls_cert != NULL;
        pthread_mutex_init(&s->unused_mutex, NULL);
        s->clients = clients_open();
        s->lingering = lingering_open();
        s->workers = workers_open();
        s->lane = lane_open(node_kept(node, EXCHANGE_HOOKS));
        s->stall_ms = number_setting(node, "stall_s", STALL_S, 1, 600) * 1000;
        s->read_limit_ms = (int)number_setting(node, "read_limit_s", READ_LIMIT_S, 0, 3600) * 1000;
        node_secret(node, "etag", s->etag_key);
        s->waiting = waiting_of(node);
        if (s->waiting != NULL)
                waiting_wake(s->waiting, steady_now(), false);
        clear_spool(node);
        page_use_routes(options->routes);
        is_ok = s->waiting != NULL && s->clients != NULL && s->lingering != NULL && s->workers != NULL && s->lane != NULL;
        if (!is_ok)
                error_set(e, ERR_ENVIRONMENT, "the system has no memory");
        is_ok = is_ok && library_load("microhttpd", e);
        if (is_ok && (options->tls_cert == NULL) != (options->tls_key == NULL))
                is_ok = error_set(e, ERR_USAGE, "a certificate and its key belong together");
        if (is_ok && (s->routes = routes_open(options->routes, e)) == NULL)
                is_ok = false;
        if (is_ok && (is_ok = stop_listen(e))) {
                is_ok = (fd = listen_on(options->listen, e)) >= 0;
                if (is_ok)
                        listen_address(fd, s->is_tls, address);
                is_ok = is_ok && start_threads(s, e) && start_daemon(s, fd, arena, e);
                if (is_ok) {
                        if (options->started != NULL)
                                options->started(address, options->context);
                        stop_wait();
                        fd = -1; /* closed with the daemon */
                }
                finish(s);
                if (fd >= 0)
                        close(fd);
                stop_forget();
        }
        clear_server(s);
        arena_close(arena);
        return is_ok;
}
