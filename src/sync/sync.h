/* sync.h - nodes swap entries: push and pull of streams over HTTP(S), by position.
 *
 * docs/exchange.md describes the bytes. A node pulls what its territory may read and pushes what its
 * parent may read; both resume where they stopped; all is verified before commit (ledger/receive.h).
 * While `serve` runs with --upstream, a link thread pushes each commit at once and keeps a pull waiting. */
#ifndef SYNC_SYNC_H
#define SYNC_SYNC_H

#include "ledger/receive.h"
#include "ledger/node.h"
#include "web/web.h"

struct exchanged {
        struct received in;
        int64_t entries_out, bytes_out, bytes_in;
        int64_t total; /* entries that may leave this node, when the exchange began */
        int refusals;
};

/* Whether a node of unit reader keeps or may read streams of an audience (scope by territory). */
bool sync_may_read(struct work *, const char *reader_unit, const char *audience);

/* One complete exchange with the node at a URL. Not inside a job. */
bool sync_with(struct work *, const char *url, bool is_dry_run, struct exchanged *);

/* Write what a unit may read, after a place in this node's order of arrival, to a file; take such a file in (not
 * inside a job). The file is there whole or not at all. */
bool sync_bundle(struct work *, const char *path, const char *for_unit, int64_t after_id, int64_t *entries);
bool sync_file(struct work *, const char *path, bool is_dry_run, struct exchanged *);

/* Start and stop the continuous link of a served node. */
bool sync_start(struct node *, const char *url, struct error *);
void sync_stop(struct node *);

/* What /status shows of each link and peer. */
struct link {
        const char *key, *unit, *url;   /* url NULL: it calls us */
        moment last_contact, last_entry;
        int64_t backlog;                /* entries we hold that it has not taken */
        const char *problem;            /* NULL or the last refusal */
        moment retry_at;
        bool is_connected;
};
struct link *sync_links(struct work *, size_t *count);

extern const struct route sync_routes[];

#endif
