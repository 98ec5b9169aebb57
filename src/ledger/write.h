/* write.h - the one way to change anything.
 *
 * Writers queue up; one thread takes all that wait, runs them in one transaction (each in its own
 * savepoint), seals the streams that grew, commits with one fsync, and lets everybody know. What is
 * acknowledged is on disk; only what can be had again may be put there later (ledger_write_unsynced). Jobs that give way take turns
 * with the groups of the others, one at a time. */
#ifndef LEDGER_WRITE_H
#define LEDGER_WRITE_H

#include "base/buf.h"
#include "ledger/entry.h"

/* A job in the queue. done is called on the writer's thread after the commit (ok) or the failure
 * (the error of the work says why). The caller owns the memory until done was called. */
struct ledger_job {
        work_function *run; /* decides and appends; its reads see the transaction */
        void *argument;
        struct work *work;  /* the caller's: its arena, user, language; db is lent by the writer */
        void (*done)(struct ledger_job *, bool is_ok);
        bool gives_way;          /* what no person waits for: alone in its transaction, after the people's jobs */
        bool is_unsynced;        /* done before it is on disk; gives way */
        bool has_appended;       /* set by the writer: it wrote entries */
        struct ledger_job *next; /* for the queue */
};

/* Queue a job and return at once. After node_close has begun, done is called with an error. */
void ledger_submit(struct node *, struct ledger_job *);

/* Run a function inside a transaction and wait until it is on disk. False where the function or the commit failed:
 * then nothing of it is there. Must not be called from inside a job. */
bool ledger_write(struct work *, work_function *, void *argument);

/* The same for what no person waits for (entries from other nodes): it gives way, so that somebody who saves waits for at
 * most one such job. */
bool ledger_write_behind(struct work *, work_function *, void *argument);

/* The same for what can be had again, and of which nobody is told yet: it is in the tables when this returns, on disk with the next job that
 * is not so. A loss of power before may take it, and all of its kind after it; never what was written before. */
bool ledger_write_unsynced(struct work *, work_function *, void *argument);

/* Wait until all that was written is on disk; not from inside a job. */
bool ledger_sync(struct work *);

/* Inside a job: append an entry to this node's stream for the audience and apply it. body is a JSON
 * object as text. A refusal or a missing dependency is an error here: nobody may write what would
 * not apply. *result (may be NULL) gets the entry. */
bool ledger_append(struct work *, const char *audience, const char *kind, const char *subject,
                   const struct buf *body, const struct entry **result);

/* The stamp that what is appended next would bear at the time of the work: later than all that this node has seen. What entries would be
 * judged by now is asked for with it: the clock of the machine may lie behind theirs. In a past: the last stamp of its moment. */
stamp ledger_next_stamp(const struct work *);

/* Inside a job: what it deletes shall be gone also from the database's log, soon after the commit. */
void ledger_purge(struct work *);

/* Outside a job: of a stream of this node that has forked another node holds this one's entries up to a place; a new key need not write them again. */
bool ledger_fork_kept(struct work *, const char *stream, int64_t seq);

/* Outside a job: somebody here agrees that of the streams of the key that begins so ("": of all) what is held of a branch that does not go on (ledger_left) is
 * taken out, and kept in files "fork-AUDIENCE-SEQ-KEY.lines" in the folder. The branch that goes on comes with the next exchange. Not found: nothing waits for that. */
struct followed {
        int64_t streams, entries;
};
bool ledger_follow(struct work *, const char *key, struct followed *);

/* Inside a job that is to tell what it brings (or would bring: a dry run): enrolments and revocations that it brought are judged now,
 * and where one concerns entries taken before, all tables are made anew from them. The end of every job does it otherwise. */
bool ledger_judge_again(struct work *);

/* Inside a job: try entries that wait for something again, after an entry brought it. */
bool ledger_retry_waiting(struct work *);

/* Inside a job: apply all entries again because something they rest on (the catalogue) has changed
 * for the past: derived tables of the given kinds' prefix are emptied and replayed. */
bool ledger_replay(struct work *, const char *kind_prefix, const char *const *tables);
/* Whether the work is applying all entries anew: what is read meanwhile is not whole yet. */
bool ledger_is_replaying(const struct work *);

#endif
