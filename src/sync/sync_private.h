/* sync_private.h - what only the files of src/sync share. */
#ifndef SYNC_PRIVATE_H
#define SYNC_PRIVATE_H

#include <stdatomic.h>

#include "ledger/read.h"
#include "sync/lines.h"
#include "sync/sync.h"

#define PULL_BYTES ((int64_t)4 << 20)  /* unpacked bytes after which a piece of the exchange ends, at the next seal */
#define POLL_SECONDS 25                /* a waiting pull */
#define REQUEST_MAX_AGE_MS ((moment)10 * 60 * 1000)

/* The streams a reader's unit may read that this node holds (never local ones), and the digest of
 * where they stand: equal digests mean that nothing is to be exchanged. */
struct scope {
        struct stream_state *streams;
        size_t count;
        int64_t total; /* entries in all */
        char digest[HASH_HEX];
};
bool scope_of(struct work *, const char *reader_unit, struct scope *);

/* Write what lies after a place of a stream, up to the first seal past *budget bytes. *last gets the
 * seq of the last entry written (after, if there was none). */
bool stream_write(struct work *, struct line_writer *, const char *stream, int64_t after, int64_t *budget, int64_t *last);

/* Inside a job: take in a stream of lines. */
bool lines_take(struct work *, struct line_reader *, struct received *);

/* One exchange. wait: seconds the other side may hold the first request while there is nothing new. peer gets its key once
 * known. *is_stopping (may be NULL) ends it early. */
bool sync_round(struct work *, const char *url, int wait, bool is_dry_run, struct exchanged *, char peer[KEY_HEX],
                const atomic_bool *is_stopping);

/* The address that asks for positions: digest, total of entries, seconds to wait. */
#define POSITIONS_ADDRESS "/ledger/positions?digest=%s&total=%lld&wait=%d"

/* Signed requests between nodes. The text that is signed, address with its query: */
void request_text(struct buf *, const char *address, const char *at, const char *body_hash);

/* Links as they stand, kept with the node. */
struct link_record {
        struct link_record *next;
        char key[KEY_HEX], unit[8], url[512], problem[480];
        moment last_contact, last_entry, retry_at;
        int64_t backlog;
        int64_t held; /* of our entries, those it surely holds; -1 before the first contact */
        bool is_upstream;
};
/* Run with the record of a node (made if new) under the lock. */
void link_touch(struct node *, const char *key, const char *unit, void (*change)(struct link_record *, void *), void *context);

#endif
