/* node.h - one installation: a folder with its key, its settings and, by default, its database.
 *
 * Threads: the node is shared; each thread reads through its own connection (node_reader); all
 * writing goes through ledger_write (write.h). */
#ifndef LEDGER_NODE_H
#define LEDGER_NODE_H

#include <stdbool.h>

#include "ledger/entry.h"

struct node;

enum node_mode {
        NODE_READ,  /* look only; others may be serving it at the same time */
        NODE_WRITE, /* takes the lock: one process at a time */
};

/* Make a node in a new folder: key, settings, ledger tables. unit is a code; store NULL for the
 * embedded database. A folder that is already a node is refused untouched (ERR_CONFLICT). */
bool node_init(const char *folder, const char *unit, const char *store, const struct ledger_schema *, struct error *);

/* The same with a first job: the folder is a node only once the job is on disk, even where the program is killed. The work
 * has no node and no database of its own; its error says what failed. */
bool node_init_with(struct work *, const char *folder, const char *unit, const char *store, const struct ledger_schema *,
                    work_function *first, void *argument);

/* Remove what node_init made in a folder, and the folder if it is then empty. For undoing a fresh init only. */
void node_remove(const char *folder);

/* Open a node. ERR_MISSING where there is none; ERR_ENVIRONMENT where another process has the lock
 * (its process id is named). NODE_WRITE brings derived tables up to date (rebuild) after an upgrade. */
struct node *node_open(const char *folder, enum node_mode, const struct ledger_schema *, struct error *);
void node_close(struct node *); /* accepts NULL; finishes waiting writes first */

/* What it was opened with; all live as long as the node. */
const char *node_folder(const struct node *);
const char *node_unit(const struct node *);   /* the code it speaks for */
const char *node_key(const struct node *);    /* public key, hex */
const struct ledger_schema *node_schema(const struct node *);

/* Keys the node had before, oldest first, each with its signature that the one after it takes its place. */
struct former {
        char key[KEY_HEX];
        char signature[129];
};
const struct former *node_formers(const struct node *, size_t *count);
/* Whether a key is the node's, now or before. */
bool node_is_own(const struct node *, const char *key);

/* A new key takes the place of the node's: nobody else may use the node meanwhile. Entries under the old key count up to then
 * and no longer; its secret is destroyed. Where streams of this node have forked, what only this node held of them is taken out,
 * kept in files "fork-AUDIENCE-SEQ-KEY.lines" in the folder, and written again under the new key (*count), in the order in
 * which it was written; others' entries can then take its place. What does not apply any more (it rests on what only comes with
 * the others' entries, or a rule has changed) is set aside as an entry from elsewhere would be. Cut off at any moment the node
 * has the old or the new key when it is opened again. ERR_CONFLICT, and nothing has changed, where it is not known from which
 * entry on a stream has forked.
 * In the same way goes what was written while the clock was ahead, further than others take ("ahead-AUDIENCE-SEQ-KEY.lines"): the new key's streams
 * begin at the present. ERR_CONFLICT, and nothing has changed, where this node has heard of others at a time that has not come: its clock may be behind
 * now; is_clock_right says that it is not, then others' entries of such a time are taken out too, and come again. */
struct rewritten {
        int64_t entries, set_aside; /* set_aside: so many of them wait or were refused */
        int64_t others;             /* entries of others that were taken out */
};
bool node_rotate(struct work *, bool is_clock_right, struct rewritten *count);

/* A node made from a backup, or that learns that another one holds more of its own streams than it does itself, may lack
 * what it wrote since: it is held back from writing what others may read (local entries go on). A restored one, for each stream, until
 * every node that it had exchanged with before, that may read the stream and whose key has not ended, has brought back what it held
 * (node_heard), and one at least has; or until somebody says that the others hold nothing (node_let_go). A ledger in PostgreSQL that was
 * put back from a dump is seen by its tables' identity, which no dump carries. */
bool node_mark_restored(const char *folder, struct error *);
bool node_is_restored(const struct node *);
/* An exchange with that node has gone through: what it held of this node's is here. */
bool node_heard(struct work *, const char *key);
/* The units of the nodes that a restored one waits for before it may write for an audience (NULL: for any), in the arena. */
const char **node_waits_for(struct work *, const char *audience, size_t *count);
bool node_let_go(struct node *, struct error *);
void node_note_behind(struct node *, bool is_behind);

/* 32 secret bytes for a purpose ("session"), derived from the node's key; others after a rotation. */
void node_secret(const struct node *, const char *purpose, unsigned char out[32]);

/* Sign bytes as this node; check a signature (64 bytes) against a node's key. */
void node_sign(const struct node *, const void *bytes, size_t length, unsigned char signature[64]);
bool node_signed(const char *key_hex, const void *bytes, size_t length, const unsigned char signature[64]);

/* Seal bytes so that only the node with that key can open them (an X25519 box; BOX_EXTRA bytes longer); open what was sealed
 * for this node. False where the key is none, or the bytes were not sealed for this node. */
#define BOX_EXTRA 48
bool node_seal_for(const char *key_hex, const void *bytes, size_t length, unsigned char *out);
bool node_unseal(const struct node *, const unsigned char *sealed, size_t sealed_length, void *out);

/* The id of the newest committed entry: the position for ETags. Never goes back. */
int64_t node_position(const struct node *);

/* This thread's reading connection, opened on first use. NULL and an error on failure. */
struct db *node_reader(struct node *, struct error *);

/* Things other modules keep with a node (the catalogue in memory, sessions): named, freed by
 * free_it when the node closes. node_keep replaces; both are safe from any thread. The name lives as long as the program. */
void node_keep(struct node *, const char *name, void *thing, void (*free_it)(void *));
void *node_kept(const struct node *, const char *name);

/* How far, in milliseconds, what this node writes next is ahead of its clock, beyond what all others take; 0: it is not. It wrote, or took, something while a clock
 * was ahead, or its clock is behind now. */
int64_t node_ahead(const struct node *);

/* Called after each commit that appended entries, on the writer's thread, and by node_wake, with the position: wake those who wait. */
void node_on_commit(struct node *, void (*call)(void *context, int64_t position), void *context);

/* Call them though no entry was appended: something else has changed that others wait for (an attachment is wanted). */
void node_wake(struct node *);

/* How often they were called: who looks before and when it begins to wait misses nothing. */
int64_t node_wakes(const struct node *);

/* A setting kept in the folder ("settings" file, key = value lines); NULL if not set. */
const char *node_setting(const struct node *, const char *name);

#endif
