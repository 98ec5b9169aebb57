/* enrol.h - enrolling and revoking nodes, successions and their undoing: what the commands and the pages do alike. */
#ifndef AREAS_ENROL_ENROL_H
#define AREAS_ENROL_ENROL_H

#include "cli/cli.h"
#include "format/jsonw.h"
#include "ledger/trust.h"

/* ---- orders: each runs inside a job (ledger_write) with a pointer to its struct ---------------------------- */

struct enrolling {
        const char *key, *unit;
        const char *before, *by; /* out: enrolled for another unit until now, and under which key that was said; NULL */
        bool lacks_ministry;     /* out: nothing of what everybody reads would come */
};
/* Enrol the node, or set right for which unit it is. */
bool enrol_node(struct work *, void *enrolling);

/* What is written under the key from now on counts no more; key: a text. */
bool enrol_revoke(struct work *, void *key);

/* A struct succession: unit, from (codes by commas), act, day; node "": none. */
bool enrol_succeed(struct work *, void *succession);

struct undoing {
        const char *hash, *act; /* or a beginning of the hash */
};
/* End one that stands. */
bool enrol_undo(struct work *, void *undoing);

/* After enrol_node, in words: what else it does, or what is still missing. NULL: nothing. */
const char *enrol_effect(struct work *, const struct enrolling *);
/* After enrol_undo: which other succession stands. NULL: none. */
const char *enrol_beside(struct work *, const char *hash);

/* As arrays. */
void enrol_nodes_json(struct jsonw *, const struct peer *list, size_t count);
void enrol_successions_json(struct jsonw *, const struct succession *list, size_t count);

extern const struct command enrol_commands[];

/* ---- pages ------------------------------------------------------------------------------------------------- */

struct node_shown {
        const struct peer *peer;
        const char *unit, *state, *css, *since, *by;
        bool may_revoke;
};

struct nodes_shown {
        const char *csrf, *own_unit, *own_key;
        const char *done, *effect;    /* what was done just now, and what follows; NULL */
        const char *key, *unit;       /* to be enrolled, as a link says; "" */
        struct node_shown *list;
        size_t count;
        bool is_ministry;
};

struct taking_over {
        const struct succession *succession;
        const char *unit, *from, *day, *effect, *undone; /* undone: since when; NULL: it stands */
        bool may_undo;
};

struct successions_shown {
        const char *csrf, *done, *effect;
        struct taking_over *list;
        size_t count;
        bool is_ministry;
};

#endif
