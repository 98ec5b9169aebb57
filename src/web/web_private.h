/* web_private.h - one request on its way, for the files of this folder only.
 *
 * A request belongs to the server thread of its connection, except while the connection is suspended: then to
 * the ledger's writer, a worker or nobody (waiting). Its memory is used again for the thread's next request.
 */
#ifndef WEB_PRIVATE_H
#define WEB_PRIVATE_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "ledger/past.h"
#include "ledger/write.h"
#include "web/fields.h"
#include "web/refill.h"
#include "web/route.h"
#include "web/web.h"

#define BODY_MOST ((size_t)1 << 20) /* bytes of a body that is kept in memory */
#define CARRY_MOST ((size_t)1 << 18) /* bytes of a form that waits while its sender signs in: it comes again as part of another */
#define DROP_MOST ((uint64_t)64 << 20) /* bytes that nobody wants are read, so that their sender gets to read the answer */
#define BODY_BYTES_A_MS 1     /* uploads, and answers to other nodes, come at least this fast, behind by at most the setting stall_s, */
#define BODY_MOST_MS 900000   /* and in this time in any case */
#define HEADER_MOST ((size_t)32 << 10) /* bytes of a request's address and headers, */
#define HEADERS_MOST 100               /* which are at most so many */
#define LOCATION_MOST ((size_t)4 << 10) /* bytes of an address to which an answer leads */
#define REPLY_IN_MEMORY ((size_t)1 << 20) /* a longer reply goes to a temporary file */
#define GZIP_LEAST 1024                   /* bytes from which compressing pays */
#define ETAG_ROOM 24

/* One TCP connection. Whoever is past the deadline is cut off; 0: none runs. */
struct client {
        int fd;
        _Atomic int64_t deadline; /* steady */
        atomic_bool was_slow;     /* cut off: at a deadline, or because it took an answer too slowly */
        atomic_int taking;        /* bytes a millisecond at which it must take the answer under way; 0: none is */
        struct {                  /* under the lock of all clients: */
                int64_t queued_at;     /* when it was queued, steady, */
                int64_t most_ms;       /* how long it may take in any case, */
                uint64_t taken_before; /* bytes confirmed of those before it */
        } answer;
        bool still_sends;         /* it was answered before its body had come */
        struct client *next, *previous;
        char address[64];
};

/* A temporary file a long reply goes to, compressed on the way if the asker takes that. */
struct spill {
        int fd; /* -1: not open */
        bool is_compressed;
        struct compressor *compressor;
        uint64_t size;
};

enum request_stage {
        STAGE_HEAD, /* the headers are not complete */
        STAGE_READY, /* they are, and no body follows */
        STAGE_BODY, /* the body is arriving */
        STAGE_AWAY, /* suspended: job, worker or long poll */
        STAGE_ANSWERED,
};

/* A form that came from somebody who was not signed in: it goes along with the page to sign in and comes back filled in, to the account in whose
 * session it was shown and to no other. Nothing is done with it. */
struct carried {
        const char *path, *page; /* where it was sent, decoded; the page it stands on. NULL: none */
        const char *mark;        /* of that session */
        const struct fields *typed; /* no mark, nothing called a password */
};

struct request {
        struct server *server;
        struct MHD_Connection *connection;
        struct client *client;
        struct work work;
        enum request_stage stage;
        enum method method;
        bool is_head, is_counted, must_close;
        bool has_run;           /* the handler has, elsewhere: answer or wait */
        bool is_too_long;       /* more of its body came than it may have; its length was not declared */
        char peer[65];          /* the node that asks, once admitted; "" */
        bool is_told;           /* and what became of that was told (lane.h) */
        int come_again;         /* seconds for Retry-After; 0: usual */

        struct buf uri;         /* as it came */
        const char *query_text; /* behind the question mark; NULL if there is none */
        struct matched matched;
        struct fields query, form;

        /* Headers looked at on every request; NULL where absent. */
        const char *cookie, *authorization, *if_none_match, *accept_encoding, *accept_language, *accept, *content_type, *origin,
                *host;
        bool has_body;
        uint64_t body_declared; /* UINT64_MAX: not declared */

        struct buf body; /* in memory */
        uint64_t body_received;
        int64_t body_begun; /* steady */
        struct multipart *multipart;
        struct spool *spool; /* a whole body in a file */
        bool is_form_parsed;
        bool is_own_form; /* a page of ours held it: it carries our mark, or the browser says that it came from here */
        bool is_known;     /* who asks, or that it is nobody who is signed in: false where nobody could look */
        bool must_sign_in; /* a form of somebody who is not signed in, or no longer: its body is read, then they are asked to */
        struct carried carried;

        struct account *account; /* NULL: the public */
        bool by_token;
        char csrf[65];
        char session_cookie[256]; /* as it came */
        char renewal[384];        /* Set-Cookie that prolongs the session; "" for none */
        char form_cookie[128];    /* Set-Cookie with the random text of the sign-in form; "" for none */
        char language_cookie[64];

        moment known;       /* asked of a ROUTE_PAST address, or of one of which a past answers it; 0 */
        moment recorded;    /* asked of a ROUTE_KNOWN address; 0 */
        struct past *past;  /* held; NULL */
        struct side { struct node *node; struct db *db; const struct user *user; moment now; bool is_past; } aside; /* the other side: what the work does not look at */
        struct user reader; /* the asker, in the past */
        size_t content_at;  /* where in the page its content begins */

        int64_t wakes, position, progress; /* of the ledger, before anything was read */
        char etag[ETAG_ROOM]; /* with quotes; "" for none */

        struct reply reply;
        struct spill spill;
        struct field_error *field_errors;
        bool is_ok;        /* what the handler said */
        struct buf packed; /* the compressed body */

        struct ledger_job job;

        /* Long polls. */
        bool wants_wait, time_is_up, is_waiting;
        int64_t wait_until; /* steady; 0 until the first request_wait */
        struct request *wait_next, *wait_previous;

        struct request *next; /* in the queue of workers or of unused requests */
        int64_t queued_at; /* steady */
};

/* ---- request.c: understanding what was asked --------------------------------------------------------- */

/* The name of an empty header that stands before those that came, and is none of them (hide_from_library, server.c). */
extern const char request_no_cookie[];

/* Look at the headers; false and an error where they are against the rules (RFC 9112). */
bool request_read_headers(struct request *, const char *version);

/* Route and language; false and an error where there is no route or the method is wrong. */
bool request_route(struct work *, struct request *);

/* Who asks, from cookie or token; needs the database. */
bool request_identify(struct work *, struct request *);

/* Whether the asker may use the route; ERR_UNAUTHENTICATED or ERR_DENIED otherwise. */
bool request_check_right(struct work *, struct request *);
/* ERR_INVALID where known= or recorded= is asked of an address that does not answer it, or is no day. Of one that does with a past it is noted: who may not
 * read what is not published is refused. */
bool request_check_known(struct work *, struct request *);
/* Whether a past of the node is asked: it takes long, and a worker. */
bool request_asks_past(const struct request *);

/* Whether the form of somebody who may not use the route is read all the same, so that it comes back after they have signed in. */
bool request_may_carry(const struct request *);

/* A POST comes from our own form, not from elsewhere; needs the parsed body. */
bool request_check_origin(struct work *, struct request *);

/* Set ERR_TOO_BIG for a body that is longer than it may be; false. */
bool request_refuse_length(struct work *, const struct request *);

bool request_begin_body(struct work *, struct request *);
bool request_take_body(struct work *, struct request *, const char *bytes, size_t length);
bool request_end_body(struct work *, struct request *);
bool request_parse_query(struct work *, struct request *);

/* One cookie's value, copied; NULL if absent. */
char *request_cookie(struct arena *, const char *header, const char *name);

/* Programs get JSON, people get pages. */
bool request_wants_json(const struct request *);

/* Most bytes of this request's body: uploads by the node's settings. */
uint64_t body_most(const struct request *);

/* ---- reply.c: bytes go out ------------------------------------------------------------------------------
 */

void reply_init(struct request *);
void reply_free(struct request *); /* files and compressors; memory of buffers stays */

/* The exact mark of what this request would be answered with; "" where the route has none. */
void reply_make_etag(struct request *);
bool reply_matches_etag(const struct request *);

/* Queue what the handler made (or the standing error) on the connection. */
enum MHD_Result reply_send(struct request *);
enum MHD_Result reply_send_unchanged(struct request *);

/* Fill reply with the standing error. */
void reply_error(struct work *, struct request *);

/* ---- refused.c: a refused form comes back filled in -------------------------------------------------------- */

/* Whether the refusal is of a form of our pages, sent by a browser, and somebody's database is there to show the page again. What came from
 * elsewhere is never shown again: it could be made to look as if the user had typed it. */
bool refused_can_refill(const struct request *, int status);

/* Fill the reply with the page of the form as it is now, filled in, and the error. False where there is no such page. */
bool refused_refill(struct work *, struct request *, const struct error *, int status);

/* Where the handler itself made a page that says what is wrong (a status from 400), put what was typed into its form. */
bool refused_fill_in(struct work *, void *request);

/* The page to sign in that carries the form along. */
bool refused_ask_to_sign_in(struct work *, struct request *);

/* Where someone whose form was refused came from: the page the browser names, or, of what was to be written, the address without its last steps, up to one
 * that is a page. NULL for what was not sent from a form. */
const char *refused_page_before(struct work *, const struct request *);

/* ---- server.c --------------------------------------------------------------------------------------------
 */

struct routes *server_routes(const struct server *);
bool server_is_tls(const struct server *);
bool server_is_stopping(const struct server *);
int server_read_limit_ms(const struct server *); /* for pages; 0: none */
const char *program_version(void);

/* What web_set_exchange keeps with the node. */
#define EXCHANGE_HOOKS "web exchange"
#define METRICS_HOOK "web metrics"
struct metrics_hook { bool (*write[METRICS_MOST + 1])(struct work *, struct buf *); }; /* ended by NULL */

/* ---- run.c: handlers run, on a thread's reading connection or as the ledger's job ------------------------- */

/* The request a handler on this thread is working for; NULL outside. */
struct request *request_now(void);

/* Lend this thread's reading connection to the request's work; false and an error where there is none. A snapshot is given up (503)
 * when reading it takes longer than the setting read_limit_s. Taken back in either case, with what it had begun. */
bool run_lend_reader(struct request *, bool as_snapshot);
void run_take_reader_back(struct request *);

/* How long reading may take for a request; milliseconds, 0: for ever. */
int run_limit(const struct request *);

/* Run a step on this thread with a reading connection lent meanwhile; the step's argument is the request. */
bool run_here(struct request *, bool as_snapshot, bool (*step)(struct work *, void *));

/* The step that runs the route's handler. */
bool run_handler(struct work *, void *request);

/* ---- past.c: a handler runs on the node as it was known ------------------------------------------------------ */

/* Run the route's handler on the node as it was known; put back by past_leave, however that ended. */
bool past_run_handler(struct work *, struct request *);
void past_leave(struct request *);

/* What the frame of a page shows is of the node as it is now: look at it meanwhile, and go back. Does nothing where there is no past. */
void past_change_sides(struct work *, const struct request *);

/* The content of a page is there: its links and forms take the question along. */
void past_carry(struct work *, const struct request *, struct buf *body);

/* Suspend the connection until the handler has run as a job of the ledger's writer; has_run then. */
enum MHD_Result run_as_job(struct request *);

/* ---- workers.c: slow handlers, first come, first served, by threads of their own ---------------------------- */

struct workers;
struct workers *workers_open(void); /* NULL where the system has no memory */
void workers_close(struct workers *); /* after workers_stop; accepts NULL */

bool workers_start(struct workers *); /* false where no thread could be started */
void workers_stop(struct workers *);  /* runs what still waits first */

/* Suspend the connection until the handler has run; has_run then. False and an error: too many wait. */
bool workers_add(struct workers *, struct request *);

/* ---- clients.c: the open connections ------------------------------------------------------------------------ */

struct clients;
struct clients *clients_open(void); /* NULL where the system has no memory */
void clients_close(struct clients *); /* when none is left; accepts NULL */

/* The address may be NULL. NULL where the system has no memory. */
struct client *clients_add(struct clients *, int fd, const struct sockaddr *address);
void clients_remove(struct clients *, struct client *);

/* An answer was queued: from now on until client_took_all its bytes must be taken at the pace, behind by at most what clients_cut_late
 * allows. What counts is what the other end of the connection has confirmed, not what lies in buffers of this one. */
struct pace { int bytes_a_ms; int64_t most_ms; };
void client_answered(struct clients *, struct client *, struct pace);
void client_took_all(struct client *);

/* Cut off those past their deadline and those behind their pace by more than stall_ms, and say how many they were; now: steady. */
int clients_cut_late(struct clients *, int64_t now, int64_t stall_ms);
void clients_cut_all(struct clients *);

/* ---- linger.c: connections that are answered and done, but whose sender still sends ---------------------------- */

struct lingering;
struct lingering *lingering_open(void); /* NULL where the system has no memory */
void lingering_close(struct lingering *); /* hangs up on those left; accepts NULL */

/* Keep a connection that is about to be closed, by a file descriptor of its own: the other side hears that the answer has
 * ended, and what it sends is read until it has ended too, was over DROP_MOST bytes or took too long. Where too many linger
 * it is not kept. */
void lingering_add(struct lingering *, int fd);

/* Read and drop what comes meanwhile. One thread calls it again and again. */
void lingering_drop(struct lingering *, int milliseconds);

/* ---- listen.c: where a server listens ------------------------------------------------------------------------ */

/* A socket that listens on "HOST:PORT"; -1 and an error otherwise. */
int listen_on(const char *where, struct error *);

/* "http://127.0.0.1:8080", as a socket really listens. */
#define LISTEN_ADDRESS_MAX 128
void listen_address(int fd, bool is_tls, char out[LISTEN_ADDRESS_MAX]);

/* ---- tls.c: what a server needs for https -------------------------------------------------------------------- */

struct tls { char *certificate, *key; };

/* Read the two PEM files, into the arena. */
bool tls_read(struct tls *, struct arena *, const char *certificate, const char *key, struct error *);

/* After the server did not start: why, of what is known (errno as it was left). Returns false. */
bool tls_failed(const struct tls *, struct error *);

/* Between the two, while the server starts and nothing is served yet: where GnuTLS gets no memory for a certificate, a library below it ends
 * the process (libtasn1, by SIGSEGV). It then ends with that said, and the exit status of ERR_ENVIRONMENT. */
void tls_expect_crash(enum language);
void tls_crash_is_over(void);

/* With a key of ECDSA: what signs with it instead of GnuTLS, for MHD_OPTION_HTTPS_CERT_CALLBACK; where memory is refused for a signature, one connection
 * ends and not the process. NULL with another key, or one that GnuTLS has to judge. Lasts until it is forgotten, after the server has ended; one at a time. */
void *tls_signer(const struct tls *);
void tls_forget_signer(void);

/* ---- reserve.c: memory for GMP where the system has none ------------------------------------------------------ */

/* From now on it is never refused; before the first connection over TLS, and after the library is loaded. Once is enough. */
void reserve_for_gmp(void);

/* ---- stop.c: the signals that end a server ------------------------------------------------------------------- */

/* From stop_listen to stop_forget SIGTERM and SIGINT are what stop_wait returns for. */
bool stop_listen(struct error *);
void stop_wait(void);
void stop_forget(void);

/* ---- openapi.c
 * --------------------------------------------------------------------------------------------- */

void openapi_write(struct work *, struct buf *, const struct routes *);

/* ---- wait.c: long polls
 * --------------------------------------------------------------------------------------- */

struct waiting;

/* The node's list of those who wait; made on first use, wakes them after each commit. */
struct waiting *waiting_of(struct node *);

/* Suspend the connection and wait, unless the ledger has grown since (then false: ask the handler again). */
bool waiting_add(struct waiting *, struct request *);

/* Resume those whose time is up; everybody: all of them. */
void waiting_wake(struct waiting *, int64_t now, bool everybody); /* now: steady */

/* ---- numbers for /metrics
 * ---------------------------------------------------------------------------------------- */

struct counters {
        atomic_llong requests, unchanged, client_errors, server_errors, bytes_out, connections, refused,
                active, returning; /* returning: jobs whose thread is just giving the connection back */
};
struct counters *server_counters(const struct server *);
struct clients *server_clients(const struct server *);

void server_etag_key(const struct server *, unsigned char key[32]);

#endif
