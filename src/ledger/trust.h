/* trust.h - which other nodes this node believes, for which unit.
 *
 * node.trust and node.revoke are entries. One counts when its writer is this node itself or a node that was
 * trusted, at that time, for the unit named or one above it. Entries may arrive in any order: what each says holds from
 * its own time on, and where one arrives late, what was judged otherwise before is judged again.
 *
 * A key may be followed by another one of the same node (rotation: node.rotate, node.former; node_rotate in node.h), and
 * the nodes of several units by that of one (succession, by the ministry: node.succeed, node.succeed.undo). */
#ifndef LEDGER_TRUST_H
#define LEDGER_TRUST_H

#include "ledger/entry.h"

struct peer {
        const char *key;      /* hex */
        const char *unit;     /* code it speaks for */
        bool is_revoked;
        stamp since, revoked_at;
        const char *successor; /* the key that has taken its place, or NULL */
        struct tenure tenure;  /* from trust_writer, trust_self and trust_last */
};

/* Inside a job: enrol or revoke. is_below: the unit lies in this node's territory, so that others must
 * know of it (audience *); otherwise it stays local. */
bool trust_enrol(struct work *, const char *key, const char *unit, bool is_below);
bool trust_revoke(struct work *, const char *key);

/* The node with that key, NULL (no error) if nobody enrolled it. This node itself is always known. */
struct peer *trust_find(struct work *, const char *key);
/* The key by whose word a node is enrolled; NULL: nobody's. */
const char *trust_enrolled_by(struct work *, const char *key);
/* The error for a node that asks, or is asked, under a key that is revoked: when and by which entry, and what to do. False. */
bool trust_say_ended(struct work *, const struct peer *);
/* Whether this node has heard that its own key was revoked (and by no succession: then it still reads). *succeeded: since when it has ended by
 * one; 0 where it has not. */
bool trust_is_over(struct work *, stamp *succeeded);
/* The writer of an entry as it was enrolled when it wrote: for which unit it spoke then. NULL (no error) if nobody
 * enrolled it. For apply functions. */
struct peer *trust_writer(struct work *, const struct entry *);

/* A node as it stands or, where its key has ended, as it stood last; *ended: since when (by a succession or a revocation), 0 while it counts. NULL (no
 * error) if nobody enrolled it. */
struct peer *trust_last(struct work *, const char *key, stamp *ended);

/* This node, and since when it has its unit. */
struct peer *trust_self(struct work *);
/* Since when a node has its unit now, or had it until a succession ended its key. NULL: TENURE_ANY. */
struct tenure trust_tenure(struct work *, const char *key);

/* Whether the old key signed that the new one takes its place; signature: 128 hexadecimal digits. */
bool trust_is_introduced(const char *old_key, const char *new_key, const char *signature);

/* The node a key speaks for though nobody enrolled it: the newest of its former keys that is enrolled and has not ended.
 * introductions: "KEY SIGNATURE" by commas, the oldest first, each key signing the next, the last one this key. NULL (no
 * error) where they do not lead to it. */
struct peer *trust_find_introduced(struct work *, const char *key, const char *introductions);
/* Those of this node itself, for others; NULL where it has had one key only. */
const char *trust_introductions(struct work *);

/* From when on a succession has ended a key that is enrolled otherwise; 0 where none has. */
stamp trust_succeeded(struct work *, const char *key);

/* The units (codes, ended by NULL) whose nodes the unit's has taken over and not given back at a moment, without itself. is_undone:
 * those it has given back. NULL: none. */
const char *const *trust_taken_over(struct work *, const char *unit, stamp at);
const char *const *trust_given_back(struct work *, const char *unit, stamp at);

/* Whether a succession from a moment on has given a unit's code to one that goes on under it: then it means another unit than before. */
bool trust_code_goes_on(struct work *, const char *unit, stamp since);

/* Whether a node of the unit speaks for another unit's (by codes) at a moment: the same, or taken over. */
bool trust_stands_for(struct work *, const char *unit, const char *code, stamp at);

struct succession {
        const char *hash;     /* of its entry, hex */
        const char *unit;     /* the code of the unit that takes over */
        const char *from;     /* codes of the predecessors, by commas */
        const char *act, *day; /* the legal act, and its day */
        const char *node;     /* the key that goes on, or "" */
        stamp effect, undone_at; /* undone_at 0: it stands */
        const char *undone_act;  /* by which act it was undone; "": none was named */
};

/* Inside a job, at a node of the country: the node of a unit takes over from those of others, from the day on or, where that
 * has passed, from now on. Keys of those units end then, but the key named (NULL: none). day "2025-07-01". ERR_CONFLICT where one that says so stands. */
bool trust_succeed(struct work *, const struct succession *);
/* Undo one by its hash, or a beginning of it that is unique (at least 8 digits), by a legal act. */
bool trust_succeed_undo(struct work *, const char *hash, const char *act);
/* One that stands beside one that was undone, named so, and takes over from some of the same units; NULL: none. */
const struct succession *trust_succession_beside(struct work *, const char *hash);

/* All of them, in the order of their entries. */
struct succession *trust_successions(struct work *, size_t *count);

/* Inside a job: judge all enrolments again because the units have changed; and all that is here at its end, as it may count otherwise. */
bool trust_again(struct work *);
void trust_unsettle(struct work *);

/* All of them, revoked ones too, in order of unit and key. */
struct peer *trust_list(struct work *, size_t *count);

extern const struct entry_kind trust_kinds[];
extern const struct derived_table trust_tables[];
extern const struct entry_kind succession_kinds[]; /* after trust_kinds in a schema: they rest on them */

#endif
