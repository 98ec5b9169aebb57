/* read.h - looking into the ledger: single entries, streams, subjects. */
#ifndef LEDGER_READ_H
#define LEDGER_READ_H

#include "ledger/entry.h"

/* One entry by its id on this node, by hash (hex), or NULL (no error) where there is none. By hash an entry that is stored and
 * not yet placed (place.h) is none. */
struct entry *ledger_entry(struct work *, int64_t id);
struct entry *ledger_entry_by_hash(struct work *, const char *hash_hex);

/* The same without author, role, body and line, which are not read: they may be long. */
struct entry *ledger_entry_marks(struct work *, int64_t id);

/* The hash (hex) of an entry by its id, without reading the entry. False (no error) where there is none. */
bool ledger_hash_of(struct work *, int64_t id, char hash[HASH_HEX]);

/* The hashes of many, each asked for once: hex in the arena of the work; "" for an entry there is none of. */
struct entry_hashes;
struct entry_hashes *entry_hashes_open(struct work *);
const char *entry_hash(struct entry_hashes *, int64_t id);

/* When this node wrote its first entry, under whichever key; INT64_MAX: it wrote none. */
moment ledger_begun(struct work *);

/* When an entry was written, by its id, without reading the entry. False (no error) where there is none. */
bool ledger_stamp_of(struct work *, int64_t id, stamp *at);

/* All entries about a subject whose kind begins with prefix, in fold order (at, node, hash), but for those that are too long for their kind. Each is
 * given in a work of its own, whose memory is given back after the visit: all together may be more than memory holds. What is kept of
 * one is copied, a text that may be long by entry_text_kept. The callback returns false to stop. */
typedef bool ledger_visit(struct work *, const struct entry *, void *context);
bool ledger_subject(struct work *, const char *subject, const char *kind_prefix, ledger_visit *, void *context);

/* What entries of a kind say, in the reader's language; NULL for a kind that this program does not know. */
const char *ledger_kind_said(struct work *, const char *kind);

/* The same without line and body, however long they are; what is given lives as long as the arena of the work. */
bool ledger_subject_heads(struct work *, const char *subject, const char *kind_prefix, ledger_visit *, void *context);

/* Whether an entry waits or was refused on this node; folds over a subject leave such entries out. */
bool ledger_is_set_aside(struct work *, int64_t id);
/* Why it does; NULL where it does not. */
const char *ledger_why_aside(struct work *, int64_t id);

/* Entries of a stream after seq, in order, at most limit (0: all). Each is given in a work of its
 * own, whose memory is given back after the visit. */
bool ledger_stream_after(struct work *, const char *stream, int64_t seq, int64_t limit, ledger_visit *, void *context);

/* The same as the stored lines alone, for passing on: neither parsed nor checked (they were when they came, and verify
 * does it again). The callback returns false to stop. */
struct stored_line {
        int64_t seq;
        const char *kind, *bytes;
        size_t length;
};
typedef bool ledger_line_visit(struct work *, const struct stored_line *, void *context);
bool ledger_lines_after(struct work *, const char *stream, int64_t seq, int64_t limit, ledger_line_visit *, void *context);

/* A stream as it stands here. */
struct stream_state {
        const char *name, *node, *audience;
        int64_t seq;           /* of its newest entry */
        char hash[HASH_HEX];
        stamp at;
        bool is_stopped;       /* it has forked, and takes no more entries, */
        int64_t fork_seq;      /* and where that was seen */
        bool shows_fork;       /* ledger_fork_lines has it */
        bool is_strange;       /* a public one, of this node itself or of a key that nobody's word enrols */
};

/* Of a stream that has forked a new key of its node says that another branch goes on (docs/exchange.md, Rotation) than the one that is held here: entries of them, from
 * seq on. They stay, and count, until somebody here agrees that they are taken out (ledger_follow). Where the new key, or the last that followed it, was revoked, nobody is asked any more. */
struct left_branch {
        const char *stream;
        int64_t seq, entries;
        char goes_on[HASH_HEX]; /* the entry at seq of the branch that does */
};
struct left_branch *ledger_left(struct work *, size_t *count);
/* Whether a new key of its node has said which branch of a stream goes on: that two nodes hold different ones is no news. */
bool ledger_branch_is_known(struct work *, const char *stream);

/* All streams, ordered by name; arrays live as long as the arena. */
struct stream_state *ledger_streams(struct work *, size_t *count);

/* Of a stream that has forked, what contradicts the entries that are here, as it came: entries one after another from fork_seq on, or from the next one,
 * whose prev is then another, and a seal of its node under the last; each ended by a line feed. Together with the entries from fork_seq to a
 * seal that are here it proves the fork to anybody. NULL (no error) where an older program did not keep it for its length. Two such
 * runs are less than what travels at once. */
#define FORK_SHOWN_MAX (UNSEALED_MAX + ((size_t)1 << 16))
char *ledger_fork_lines(struct work *, const char *stream, size_t *length);

/* How long ago, in milliseconds by the clock of this machine, the newest entry of another node here was written, where that is more than a year: the clock may be a
 * year off, or the node was cut off. 0: it is less, or there is none. */
int64_t ledger_unheard(const struct work *, const struct stream_state *, size_t count);

/* Up to which entry all of a stream has been placed or refused here: the one before the first that waits for something this
 * program knows how to await, else its newest. 0 for a stream nobody has seen. */
int64_t ledger_applied_to(struct work *, const char *stream);

/* The hash (hex) of an entry by its place. False (no error) where there is none. */
bool ledger_hash_at(struct work *, const char *stream, int64_t seq, char hash[HASH_HEX]);

/* The first seal of a stream at or after seq, as its line of JSON; NULL (no error) if none. */
char *ledger_seal_line(struct work *, const char *stream, int64_t seq, int64_t *sealed_seq);

/* Entries that wait or were refused on this node. */
struct set_aside { int64_t entry_id; bool is_waiting; const char *why; };
struct set_aside *ledger_set_aside(struct work *, size_t *count);

#endif
