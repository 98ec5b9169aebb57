/* proof.h - that one entry stands, unaltered, in a stream that its node has sealed: a few lines of text that anybody
 * can check with the node's public key alone, without a node and without a network.
 *
 * Lines, each ended by a line feed:
 *   {"caunoi_proof":1,"name":"7QW2M-0KXTA","entry":"HASH","entries":2}
 *   the entry, byte for byte; the entries after it up to the next seal; that seal
 * The head is no evidence: everything in it is compared with what follows. */
#ifndef LEDGER_PROOF_H
#define LEDGER_PROOF_H

#include "base/buf.h"
#include "ledger/entry.h"

#define PROOF_MAX ((size_t)24 << 20) /* bytes: an entry and what may stand between two seals */
#define PROOF_NAME_MAX 64

struct proof {
        const char *name;     /* what the writer called it; compared with nothing here */
        struct entry *entry;  /* what is proven; its id is 0 */
        int64_t entries;      /* the entry and those after it */
        int64_t sealed_seq;
        stamp sealed_at;
        const char *signature; /* 128 digits */
};

/* Write the proof of an entry of this node's ledger. ERR_CONFLICT where no seal covers it yet, ERR_TOO_BIG over
 * PROOF_MAX. name: at most PROOF_NAME_MAX bytes. */
bool proof_write(struct work *, const struct entry *, const char *name, struct buf *out);

/* Read and verify one: form, hashes, chain, and the seal's signature under key (64 hexadecimal digits). bytes must
 * stay valid; the rest lives as long as the arena. NULL and ERR_INVALID where it is no such file, ERR_USAGE for a key
 * that is none, ERR_DAMAGED naming the first line that is wrong. Line ends may have become CR LF on the way, and the
 * last one may be missing; any other altered byte is found. */
struct proof *proof_read(struct arena *, const char *bytes, size_t length, const char *key, struct error *);

#endif
