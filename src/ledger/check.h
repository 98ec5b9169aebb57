/* check.h - verify, rebuild, state: the ledger proves itself. */
#ifndef LEDGER_CHECK_H
#define LEDGER_CHECK_H

#include "ledger/entry.h"

struct verified {
        int64_t streams, entries, seals, bytes;
};

/* Every hash, chain and seal. ERR_DAMAGED names the first damage: stream, seq, what. */
bool ledger_verify(struct work *, struct verified *);

/* Inside a job: empty the derived tables and replay all entries in the order of arrival. */
bool ledger_rebuild(struct work *, int64_t *entries);

/* Replay into a second set of tables (a temporary database) and compare with those in use; changes nothing.
 * ERR_DAMAGED names the first table that differs. */
bool ledger_rebuild_check(struct work *, int64_t *entries);

/* One hash over the derived tables, hex: equal on two nodes that hold the same entries. audience NULL: all;
 * otherwise only rows that come from streams of that audience. */
bool ledger_state(struct work *, const char *audience, char hash[HASH_HEX]);

#endif
