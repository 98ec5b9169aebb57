/* trust.h - which other nodes this node believes, for which unit.
 *
 * node.trust and node.revoke are entries. One counts when its writer is this node itself or a node that was
 * trusted, at that time, for the unit named or one above it. Entries may arrive in any order: what each says holds from
 * its own time on, and where one arrives late, what was judged otherwise before is judged again. */
#ifndef LEDGER_TRUST_H
#define LEDGER_TRUST_H

#include "ledger/entry.h"

struct peer {
        const char *key;      /* hex */
        const char *unit;     /* code it speaks for */
        bool is_revoked;
        stamp since, revoked_at;
};

/* Inside a job: enrol or revoke. is_below: the unit lies in this node's territory, so that others must
 * know of it (audience *); otherwise it stays local. */
bool trust_enrol(struct work *, const char *key, const char *unit, bool is_below);
bool trust_revoke(struct work *, const char *key);

/* The node with that key, NULL (no error) if nobody enrolled it. This node itself is always known. */
struct peer *trust_find(struct work *, const char *key);
/* The writer of an entry as it was enrolled when it wrote: for which unit it spoke then. NULL (no error) if nobody
 * enrolled it. For apply functions. */
struct peer *trust_writer(struct work *, const struct entry *);

/* Inside a job: judge all enrolments again because the units have changed. */
bool trust_again(struct work *);

/* All of them, revoked ones too, in order of unit and key. */
struct peer *trust_list(struct work *, size_t *count);

extern const struct entry_kind trust_kinds[];
extern const struct derived_table trust_tables[];

#endif
