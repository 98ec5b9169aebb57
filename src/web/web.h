/* web.h - HTTP: bytes become a request for a handler of the routing tables, its reply becomes bytes.
 *
 * One table entry per address. The path's suffix (.json .csv .csvm .xlsx) says which format is wanted and
 * is not part of the pattern. Rights are checked here from the table, before the handler. Reads run on
 * the server's threads in one snapshot; writes on the ledger's writer; slow work on workers. */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include "account/account.h"
#include "base/buf.h"
#include "ledger/node.h"
#include "work/work.h"

enum method { GET = 1, POST = 2, PUT = 4, DELETE = 8 };

enum suffix { SUFFIX_HTML, SUFFIX_JSON, SUFFIX_CSV, SUFFIX_CSVM, SUFFIX_XLSX, SUFFIX_SVG, SUFFIX_PDF }; /* CSVM: what the CSV file is about (report/about.h) */

struct request;

/* How a handler's reply goes out. Set status (default 200) and fill body or file. */
struct reply {
        int status;
        const char *content_type;  /* default by suffix */
        struct buf body;           /* spills to a temporary file when it is large: any length is fine */
        const char *location;      /* for redirects: status 303 */
        const char *file_name;     /* for downloads: Content-Disposition */
        bool is_private;           /* depends on who asks: no shared cache */
        bool never_cache;
        const char *set_cookie;    /* complete header value */
        const char *allow_hash;    /* extra CSP hash, NULL */
        struct { const char *name, *value; } headers[8];
        int header_count;
};

typedef bool handler(struct work *, const struct request *, struct reply *);

enum route_flags {
        ROUTE_WRITES = 1,   /* the handler runs inside a ledger job */
        ROUTE_SLOW = 2,     /* the handler runs on a worker thread, outside any job (hashing, parsing uploads); a GET with a snapshot */
        ROUTE_UPLOAD = 4,   /* the body may be up to the node's upload limit and is spooled to a file */
        ROUTE_MACHINE = 8,  /* for programs: no cookie, no CSRF (tokens, nodes) */
        ROUTE_NO_ETAG = 16, /* the answer depends on more than the ledger's position */
        ROUTE_WAITS = 32,   /* long poll: see request_wait */
        ROUTE_EXCHANGE = 128, /* between nodes: admitted before any byte of its body is read (web_set_exchange), then in turn
                                 among the nodes on a few workers of their own; the handler is outside any job */
        ROUTE_ACCEPTS = 256, /* for programs that choose by the headers Accept and, where no cookie says it, Accept-Language: they are part of the mark (ETag), and Vary
                                says so */
        ROUTE_UNLISTED = 512, /* no page to be opened by its address alone: the search does not name it */
        ROUTE_PDF = 64,     /* the address also answers .pdf; elsewhere that is no suffix we have */
        /* The handler answers ?known=DATE, what was known then; elsewhere the question is refused, not passed over. With ?recorded=MOMENT it runs, as with
         * ROUTE_PAST below, on what had been written by then, at the clock of then; each answer names the address that so gives it again. */
        ROUTE_KNOWN = 1024,
        /* The handler reads tables that tell nothing of days past: with ?known=DATE it runs, on a worker, on the node as it was known then
         * (ledger/past.h), at the clock of then, for a user who only reads. Asked by who may read what is not published, for a unit that was there
         * then. The page says so, and its links and forms that lead to addresses that answer the question take it along. */
        ROUTE_PAST = 2048,
        ROUTE_WHOLE = 4096, /* with ROUTE_PAST: it reads more than registers, so the past has all figures and reports of then, which takes longer to make */
        ROUTE_AS_OF = 8192, /* as ROUTE_KNOWN, where the question is called asOf; the handler says what is wrong about it */
};

/* What the exchange decides about requests to ROUTE_EXCHANGE addresses. admit runs with a snapshot once the headers are
 * there: it names the node that asks (hexadecimal key), or refuses. ended tells how an admitted request ended: err is
 * NULL where it was answered well, else what was wrong with it. */
struct exchange_hooks {
        bool (*admit)(struct work *, const struct request *, char peer[65]);
        void (*ended)(struct node *, const struct request *, const char *peer, const struct error *err);
};
void web_set_exchange(struct node *, const struct exchange_hooks *); /* before web_serve; static memory */
#define EXCHANGE_BODY_MOST ((uint64_t)32 << 20) /* bytes of one upload between nodes */

/* Further numbers for /metrics, in the format of Prometheus: what each of at most METRICS_MOST functions writes, in the order they were first added in.
 * Where the machine has no memory the work ends, here and where such a function is set below. */
#define METRICS_MOST 8
void web_add_metrics(struct node *, bool (*write)(struct work *, struct buf *));

struct route {
        enum method method;
        const char *pattern;   /* "/forms/{form}/{unit}/{period}"; a name in braces takes one segment, {name...} the rest */
        handler *run;
        enum right right;      /* what the asker needs; territory is the handler's to check with web_territory */
        unsigned flags;
        const char *summary;   /* a text: help, OpenAPI */
};

/* ---- what was asked --------------------------------------------------------------------------- */

/* The format asked for, by the suffix of the path. */
enum suffix request_suffix(const struct request *);
const char *request_path(const struct request *);               /* without suffix and query, decoded */
const char *request_part(const struct request *, const char *name); /* {name} of the pattern */
/* Query and form fields, decoded, checked UTF-8 in NFC; NULL where absent. nth counts from 0. */
const char *request_query(const struct request *, const char *name, int nth);
const char *request_field(const struct request *, const char *name, int nth);
/* What an address asks a list for: a number from 0 on, 0 where it names none; whether it says "1" (not: "0", or nothing). False and ERR_USAGE where it says
 * anything else. */
bool request_place(struct work *, const struct request *, const char *name, size_t *place);
bool request_flag(struct work *, const struct request *, const char *name, bool *is_asked);
/* Fields one after another (place starts at 0), for grids of unknown names. */
bool request_next_field(const struct request *, size_t *place, const char **name, const char **value);
const char *request_header(const struct request *, const char *name);
/* The body as bytes (not ROUTE_UPLOAD), as JSON (ERR_INVALID with line and column otherwise), as the path of the spooled file. */
const char *request_body(const struct request *, size_t *length);
struct json_t *request_json(struct work *, const struct request *);
/* A field of the form, or a text of the JSON object that a program sends instead; NULL where it is absent. NULL and an error where the JSON is damaged,
 * is no object, or has something else than a text there. */
const char *request_said(struct work *, const struct request *, const char *name);
const char *request_upload(const struct request *, const char *field, const char **file_name);
/* Whether the page is shown because a form on it was refused. */
bool request_is_refused(const struct request *);
const char *request_target(const struct request *); /* path and query as they came */
/* The moment that a ROUTE_PAST address is asked about, as the question has it; 0: it is asked about now. */
moment request_known(const struct request *);
/* Whether what is answered on this thread can be had again as it is (ROUTE_KNOWN, recorded=); outside of any request: commands can. */
bool web_can_again(void);
/* When a refused asker may come again (Retry-After), where that is known; seconds. */
void request_come_again(const struct request *, int seconds);
const char *request_csrf(const struct request *);  /* for forms: <input name="csrf"> */
/* This address with one query parameter changed (value NULL: removed); for links that keep filters. */
const char *request_with(struct work *, const struct request *, const char *name, const char *value);
/* The same question, from its beginning (without "after"), at another address: PATH.SUFFIX?… */
const char *request_in_format(struct work *, const struct request *, const char *path, const char *suffix);
bool request_is_json_body(const struct request *);

/* ---- answering ---------------------------------------------------------------------------------- */

/* Send the browser to another address of ours (303); true. */
bool reply_redirect(struct work *, struct reply *, const char *location);
/* A further header; name and value must live until the reply is sent. */
void reply_header(struct reply *, const char *name, const char *value);
/* The standing error as page or JSON; the server calls it when a handler returns false. Field errors: web_field_error. */
bool web_field_error(struct work *, const char *field, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Whether the asker's unit holds the territory of unit code; sets ERR_DENIED saying who can. */
bool web_territory(struct work *, const char *unit_code);

/* Whether what was typed into a field is a day, or nothing: a field for days shows it. */
bool web_is_day(const char *typed);

/* ---- pages: the frame around a page's own template (layout.html) ---------------------------------- */

enum nav { NAV_NONE, NAV_TODO, NAV_OVERVIEW, NAV_FORMS, NAV_CASES, NAV_PROMOTION, NAV_CLUSTERS, NAV_FIGURES, NAV_UNITS, NAV_STATUS, NAV_ADMIN };

struct crumb { const char *title, *href; };
#define PAGE_DEFINED_MOST 4
struct page {
        const char *title;
        enum nav nav;
        const char *body_class;   /* "task", "pub" or "" */
        struct crumb crumbs[4];
        int crumb_count;
        const char *script;       /* name of an asset: "grid.js", or NULL */
        const char *style;        /* name of a further style sheet, or NULL */
        const char *recorded_note; /* what is to be heeded of the page where it tells what had been recorded by a moment; NULL */
        const char *defined_by[PAGE_DEFINED_MOST]; /* the files of the catalogue that it rests on: their paths or what these begin with ("units/") or end with
                                                    * ("*.form"); a conflict about one is named below the head. NULL: no more */
};
/* Write the head and frame; the page's template follows; then the foot. */
void page_begin(struct work *, const struct request *, struct reply *, const struct page *);
void page_end(struct work *, const struct request *, struct reply *, const struct page *);

/* The tables in which the frame looks up its own addresses: entries of the navigation that lead nowhere, or where
 * the user may not go, are left out. web_serve calls it; the tables must outlive all pages. */
void page_use_routes(const struct route *const *tables);

/* Status shown in the header on every page ("Đồng bộ 08:02"); set by sync. */
/* alarms: links and streams that need somebody; shown to administrators. */
struct link_status { bool has_upstream, is_connected; moment last_contact; int64_t backlog; int alarms; };
void web_set_link_status(struct node *, struct link_status (*ask)(struct work *));
/* All zero where nothing was set. From memory alone where no database is lent to the work; otherwise what waits is counted first
 * where the link is down and something was written since. */
struct link_status web_link_status(struct work *);
/* Number of things waiting for this user ("Việc của tôi 5"); set by forms. */
void web_set_todo_count(struct node *, int (*ask)(struct work *));

/* ---- assets ----------------------------------------------------------------------------------------- */

/* The address of an embedded file with its hash ("/assets/caunoi.1a2b3c.css"); asserts that it exists. */
const char *asset_path(const char *name);

/* ---- the server ---------------------------------------------------------------------------------------- */

struct server_options {
        const char *listen;              /* "127.0.0.1:8080", "[::1]:0": port 0 takes a free one */
        const char *tls_cert, *tls_key;  /* files, or NULL */
        const struct route *const *routes; /* NULL-terminated list of tables ended by a route without run */
        void (*started)(const char *address, void *context); /* once it accepts */
        void *context;
};

/* Serve until SIGTERM or SIGINT, then finish what is under way. */
bool web_serve(struct node *, const struct server_options *, struct error *);

/* Long polls (ROUTE_WAITS): inside a handler, ask to be called again when the ledger grows (or node_wake) or after
 * seconds, whichever is first; then return true without filling the reply. request_waited says that
 * the time is up. */
bool request_wait(struct work *, const struct request *, int seconds);
bool request_waited(const struct request *);

extern const struct route web_routes[];  /* sign-in, assets, health, language, openapi */

#endif
