/* past.h - a node as it was known at a moment: its entries up to then, applied anew in a database of their own.
 *
 * What a past has: all that says whom to trust, whenever it was said, and of the kinds of its width the entries written up to the moment, by
 * the time of who wrote them: one that was written before it and came later belongs to it. Ids are those of the node. It is for reading alone;
 * it has its folder "past-XXXXXX" in the node's, which goes with it. Contents and keys of attachments, accounts and sessions are none of it:
 * those are asked of the node itself (past_on_node); how the exchange with other nodes stood is no entry, and nothing can tell it.
 *
 * Between two entries that belong to it a past is that of each moment. A node keeps the PASTS_MOST of any width that were asked for last; one is made at a time. Any thread may ask. */
#ifndef LEDGER_PAST_H
#define LEDGER_PAST_H

#include "ledger/node.h"

#define PASTS_MOST 4

struct past;

/* Registers alone, which tables of figures need not be made for; or everything (ledger_schema), for what is made of figures and reports. PAST_OF_FIGURES is
 * past_hold_defined's. */
enum past_width { PAST_OF_REGISTERS, PAST_WHOLE, PAST_OF_FIGURES };

/* The past of the work's node at a moment, made where it is not kept, or where entries have come that belong to it; the work reads the node
 * itself. NULL and an error: ERR_MISSING where nothing had been recorded by then (the message says since when there is), ERR_BUSY where another
 * one is being made and that takes long. Each is to be released, before the node is closed. */
struct past *past_hold(struct work *, moment at, enum past_width);
void past_release(struct past *); /* accepts NULL */

/* Figures as other definitions place them: the entries that define (by id), and of the kinds that no register rests on all that were written up to a
 * moment (0: all there are): their tables tell what was known at each. The same for every question with these definitions. Otherwise as past_hold. */
struct past *past_hold_defined(struct work *, moment at, const int64_t *definitions, size_t count);

/* The clock of what the work sees: its own, or, where an entry bears a later time (another node's clock is ahead), that. A past at this moment has
 * all that the work sees. */
moment past_clock(struct work *);

/* Run a function on what is held, in a snapshot of its own, for a work that reads the node itself: back afterwards. What it finds lives as long as the work. */
bool past_run(struct work *, struct past *, work_function *, void *argument);

/* The node to read. Where nothing was written since the moment it is the node itself. */
struct node *past_node(const struct past *);

/* Whether a work looks at a past: what no entry says (how the exchange stands, what was printed when) is left out then. */
bool past_is_read(const struct work *);

/* Run a function on the node itself, as it is now, for a work that looks at a past of it; for any other, run it. What it finds lives as
 * long as the work. */
bool past_on_node(struct work *, work_function *, void *argument);

/* Whether pasts are made; true at first. Where not, one that is being made is given up with an error: who stops need not wait for it. */
void pasts_let_make(struct node *, bool);

/* Give up what is kept: nobody holds one. */
void pasts_forget(struct node *);

#endif
