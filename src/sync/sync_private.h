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

/* Inside a job: take in a stream of lines. sender: the key of the node it must come from; NULL: whoever it names. */
bool lines_take(struct work *, struct line_reader *, const char *sender, struct received *);

/* What a link knows of the node at its address, kept from round to round; all empty at first. */
struct counterpart {
        char key[KEY_HEX];
        char seen[HASH_HEX]; /* digest of its streams when the last round left nothing to exchange, */
        char ours[HASH_HEX]; /* and of ours then */
};

/* One exchange. wait: seconds the other side may hold the first request while there is nothing new.
 * *is_stopping (may be NULL) ends it early. */
bool sync_round(struct work *, const char *url, int wait, bool is_dry_run, struct exchanged *, struct counterpart *,
                const atomic_bool *is_stopping);

/* The address that asks for positions: digest, total of entries, seconds to wait, and (optional) the digest the other
 * side answered with the last time: while that stands too there is nothing new. */
#define POSITIONS_ADDRESS "/ledger/positions?digest=%s&total=%lld&wait=%d"
#define POSITIONS_SEEN "&seen=%s"

/* Signed requests between nodes. The text that is signed: the key of the node it is for, so that this one cannot show
 * it to another; the address with its query. */
void request_text(struct buf *, const char *to, const char *address, const char *at, const char *body_hash);

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
