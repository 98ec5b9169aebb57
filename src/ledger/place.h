/* place.h - entries that were stored when they came and are placed into the tables afterwards.
 *
 * Of a small batch from another node each entry is placed in the transaction that stores it. Of a large one, entries of the kinds
 * that may follow (ledger_schema) are only verified and stored: they are safe, are passed on to other nodes, and the sender need
 * not wait. The writer places them when nobody else needs it, and at least each second, in the order of each stream,
 * streams in turn. A stream that fails holds up no other, and is tried again, alone, after a pause. Who saves waits for a short turn
 * at most: where nobody has saved lately turns are long, and are taken back where somebody does. How far each stream has come is
 * kept with it; a node that was killed goes on where it was. Until an entry is placed nothing but the exchange sees it: not its
 * figures, not its record, no other entry that rests on it. */
#ifndef LEDGER_PLACE_H
#define LEDGER_PLACE_H

#include "ledger/node.h"

/* How many entries are stored and not yet placed, about: those between them that are placed already count too. */
int64_t node_unplaced(const struct node *);

/* Why the writer could not place what is left, the last time it tried; true where nothing is known to be wrong. It goes on trying. */
bool node_placing_goes_well(struct node *, struct error *why);

/* A number that grows with each commit that added or placed entries, and never comes back, also after a restart: what
 * pages show may differ only where it differs. */
int64_t node_progress(const struct node *);

/* Whether the writer may place entries by itself; else all waits for ledger_place: of who takes much in and then places it. */
void node_let_place(struct node *, bool may);
bool node_may_place(const struct node *);

/* Place all there is, and wait for it; outside of jobs. What others bring meanwhile may be left. */
bool ledger_place(struct work *);

/* A node for reading, with everything in its tables: what an earlier process left is placed first, where no other process has
 * the node. Where that fails (a full disk), the log says so and the tables are as they were. NULL and an error as node_open. */
struct node *node_open_placed(const char *folder, const struct ledger_schema *, struct error *);

/* What rests on all tables being whole: ERR_CONFLICT where something is not placed yet. */
bool ledger_is_placed(struct work *);

#endif
