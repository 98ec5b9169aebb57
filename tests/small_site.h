/* small_site.h - a small site of one node, served for all tests of a program, and a client that sends any bytes. */
#ifndef TESTS_SMALL_SITE_H
#define TESTS_SMALL_SITE_H

#include "tests/support.h"

#include <pthread.h>
#include <stdatomic.h>

#include "web/web_private.h"

/* ---- the site ----------------------------------------------------------------------------------------------- */

/* GET /hello, /inner (who is signed in), /vintage, /vintage/inner (known=), /register (on=), /things/{id}, /notes/new, /notes/secret (the form
 * of /form), /slow (while hold_slow), /endless, /wait?after=, /big?lines=, /big/for-nodes; POST /note, /form, /upload, /json. */
extern const struct route *const all_routes[];
extern const struct ledger_schema site_schema;
extern const struct exchange_hooks any_node; /* whoever says so is one */

extern atomic_int handler_runs, nodes_told; /* of /hello and its like; nodes that were told that they are too slow */
extern atomic_bool hold_slow;

struct site {
        struct node *node;
        pthread_t thread;
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        int port;
        bool is_ok, has_ended;
        struct error err;
        char token[64];
};
extern struct site site;

/* Setup and teardown of the group: a node of unit 42 with the specialist mai (token in site) and the consultant lan, served. */
int open_site(void **state);
int close_site(void **state);
void start_server(void);
void stop_server(void);

/* ---- the client ---------------------------------------------------------------------------------------------- */

/* A connection; room: bytes the system may hold for us that we have not read, or 0: as many as it likes. -1: nobody listens. */
int dial_if_open(int room);
int dial_with(int room);
int dial(void);

/* False: the server has hung up while we sent. */
bool send_bytes(int fd, const char *bytes, size_t length);
void send_text(int fd, const char *words);

struct answer {
        char *bytes, *body;
        size_t length, body_length;
        int status;
        bool was_reset; /* the connection did not end in order */
};

extern struct answer last;

/* Read to the end of the connection. */
struct answer *hear(int fd);

/* Send a whole request, with what it needs (REST) to be answered and closed. */
#define REST "Host: localhost\r\nConnection: close\r\n"
struct answer *ask(const char *format, ...) __attribute__((format(printf, 1, 2)));
void get(const char *path, const char *headers);
void post_form(const char *path, const char *cookie, const char *extra, const char *body);

/* A header's value in the last answer; "" if absent. Valid until the next call. */
const char *header(const char *name);

int64_t milliseconds(void);

#endif
