/* trust.h - which other nodes this node believes, for which unit.
 *
 * node.trust and node.revoke are entries. One counts when its writer is this node itself or a node
 * trusted for a unit above the one named. */
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
struct peer *trust_list(struct work *, size_t *count);

extern const struct entry_kind trust_kinds[];
extern const struct derived_table trust_tables[];

#endif
