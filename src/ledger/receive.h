/* receive.h - taking in what other nodes wrote: verified before it is committed.
 *
 * Feed lines in the order they came: entries of one or more streams, each run of a stream followed by
 * a seal line. Entries count only once a seal at or after them was verified; what is not covered by a seal at
 * receive_close is left out (and arrives again next time). Anything wrong refuses the whole batch:
 * hash, chain, seal, a node nobody enrolled, a stream its node may not write, a clock too far in the
 * future. What is already here is passed over after comparing its hash; another entry in its place, under a
 * genuine seal, is a fork: it stops its stream and nothing else. */
#ifndef LEDGER_RECEIVE_H
#define LEDGER_RECEIVE_H

#include "ledger/entry.h"

struct receiver;

#define STREAM_NAME_MAX (KEY_HEX + 24)

struct received {
        int64_t entries_new, entries_known, entries_waiting, entries_refused;
        int64_t forks;          /* streams that were found to have forked, and stop */
        int64_t entries_following; /* of the new: stored, and placed later (place.h) */
        int64_t entries_passed; /* of streams that are stopped or whose node nobody enrolled */
        int64_t bytes;
        char refused[STREAM_NAME_MAX]; /* the stream for whose sake an error stands; "" where none is to blame */
};

/* Begin, inside a ledger_write job. may_keep says whether this node keeps a stream (scope); a line of another
 * stream refuses the batch. */
struct receiver *receive_open(struct work *, bool (*may_keep)(struct work *, const char *node, const char *audience));

/* The key of the node that sent the lines. From then on streams that it passes on from a node nobody enrolled here are
 * passed over; otherwise, and for its own, they refuse the batch. Where its unit is above ours, what it sends may be further ahead of our
 * clock (clock.h): not where it is not proved that the lines come from it, as nobody signs the head of a bundle. What a node above wrote
 * may be so whoever sends it. */
void receive_sender(struct receiver *, const char *key, bool is_proved);

/* What was refused of a batch: the first stream that was passed over, and why; or, in front of that, the stream for which the batch was refused, whose
 * error stands in the work. */
struct refusal {
        char stream[STREAM_NAME_MAX]; /* "": none */
        struct error why;             /* of what was passed over */
};
/* From then on a stream whose times are too far in the future is passed over from there on, and the rest is taken. */
void receive_by_stream(struct receiver *, struct refusal *);

/* Entries need not be placed in the tables within this job (place.h) once *at_once bytes were: it is counted down, and may go
 * on from one job to the next. */
void receive_may_follow(struct receiver *, int64_t *at_once);

/* One line, entry or seal, without line end; or an entry whose line entry_head has read: its bytes may go after the call. memory: where stands in which
 * memory of its own the line lies: set to NULL where that is kept instead of a copy; or NULL. */
bool receive_line(struct receiver *, const char *line, size_t length);
bool receive_entry(struct receiver *, const struct entry *, char **memory);

/* Verify what is open, apply, and report. False: the error says what; roll back. */
bool receive_close(struct receiver *, struct received *);

#endif
