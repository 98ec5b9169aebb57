/* ledger_bench.h - nodes of a small program to test the ledger with: all kinds that say whom to trust, and notes, of which the newest
 * of a subject, by (at, node), stands. A unit lies in that whose code its own begins with. */
#ifndef TESTS_LEDGER_BENCH_H
#define TESTS_LEDGER_BENCH_H

#include "tests/support.h"

#include "ledger/ledger_private.h"

/* How notes are placed, and what happened meanwhile. */
struct bench_notes {
        atomic_bool is_stricter; /* a newer program may have other rules */
        atomic_bool breaks;      /* what a kind cannot place, for whatever reason */
        struct ledger_job *_Atomic in_the_middle; /* submitted, once, while a note of that name is placed */
        struct {
                char letters[8];
                int count;
        } order;                 /* in which jobs ran, and notes were placed that begin with one letter three times */
        atomic_long times_asked; /* where units lie, */
        _Atomic stamp since_asked; /* and the last time within one that is had since then */
};
extern struct bench_notes bench_notes;

/* newer: the same of a newer program, which holds something else in its tables. */
extern const struct ledger_schema notes_schema, notes_newer;

/* A node and a unit of work on it. */
struct bench {
        char folder[512];
        const char *store;
        struct node *node;
        struct arena *arena;
        struct work w;
};

/* A new node of a unit, opened; one that was closed; work begun anew; all given back. */
void bench_make(struct bench *, const char *unit);
void bench_open(struct bench *);
void bench_work(struct bench *);
void bench_close(struct bench *);

/* Writing a note; write_note is the job. needs: the subject that must be there first, or NULL. */
struct note {
        const char *audience, *subject, *words, *needs;
        bool then_fail;
};
bool write_note(struct work *, void *note);
bool note(struct bench *, const char *audience, const char *subject, const char *words);

/* What the newest note of a subject says, or NULL. */
char *words_of(struct bench *, const char *subject);

/* All chains and seals are whole, and the tables are what the entries say. */
void assert_sound(struct bench *);

/* ---- streams as bytes ------------------------------------------------------------------------------------ */

struct lines {
        char *line[400];
        size_t count;
        struct arena *arena; /* lines_of opens it, the caller closes it */
};

/* For ledger_stream_after: add an entry's line. */
bool keep_line(struct work *, const struct entry *, void *lines);

/* Everything a node may send, streams one after another, each with its last seal. */
void lines_of(struct bench *, struct lines *);

/* Taking them in; feed_lines is the job. */
struct feed {
        const struct lines *l;
        const char *sender;
        bool is_file; /* nobody has proved who sends it */
        int64_t *at_once; /* entries may follow; NULL: they may not */
        struct received count;
};
bool feed_lines(struct work *, void *feed);
bool give(struct bench *to, const struct lines *, struct received *count);
bool give_from(struct bench *to, const struct bench *sender, const struct lines *, struct received *count);

/* ---- whom to trust --------------------------------------------------------------------------------------- */

/* Enrol another node for its unit. */
void trust(struct bench *, struct bench *other);

/* Write an enrolment or revocation as it stands, past the checks of the command; write_trust is the job. */
struct trusting {
        const char *kind, *key, *unit;
};
bool write_trust(struct work *, void *trusting);
void say(struct bench *, const char *kind, const struct bench *about, const char *unit);

/* The ministry revokes province 25, which goes on writing notes: "a" says "before", then "while revoked", as "b" does. Each at a moment of
 * its own. */
void revoke_while_writing(struct bench *ministry, struct bench *province);

/* ---- jobs ------------------------------------------------------------------------------------------------ */

/* Try what waits once more; make all tables anew (argument: int64_t, how many entries were applied). */
bool retry(struct work *, void *unused);
bool rebuild(struct work *, void *entries);

/* A note's first letter goes into the order; how many entries are not placed (int64_t), whether a stream rests (bool). */
bool note_order(struct work *, void *note);
bool count_unplaced(struct work *, void *count);
bool note_resting(struct work *, void *rests);

/* Queue the jobs while the writer is held up, so that those that do not give way run in one transaction. giving_way: bits,
 * the first job's the lowest. */
struct member {
        struct ledger_job job;
        struct arena *arena;
        struct work w;
        bool is_ok, is_done;
        int64_t found;
};
void member_done(struct ledger_job *, bool is_ok); /* of its job */
void run_together(struct bench *, work_function *run, struct note *, struct member *, size_t count, unsigned giving_way);

#endif
