/* belt.h - what one thread makes ready, in order, while another works on what came before.
 *
 * Blocks go round: a thread of the belt fills the next, who asks empties them in the same order. Neither copies. Where the machine
 * gives no thread, blocks are filled when they are asked for. */
#ifndef BASE_BELT_H
#define BASE_BELT_H

#include <stddef.h>

struct belt;

/* Fill a block that was never used, or was given back; returns how many bytes are in it. 0: there is nothing more. Runs on another thread
 * than who asks: it may touch nothing that anybody else touches, and must not leave by a guard (arena.h) that is not its own. */
typedef size_t belt_fill(void *block, void *context);

/* Blocks (the caller's, at least two) and context must live as long as the belt. No more is made ready while most bytes are. NULL where the
 * system has no memory. */
struct belt *belt_open(void *const *blocks, size_t count, size_t most, belt_fill *, void *context);

/* The next block, NULL where there is no more. It is the caller's until the next call, or until the belt is closed. */
void *belt_next(struct belt *);

/* Ends also where not all was asked for. Then nobody touches the blocks any more. Accepts NULL. */
void belt_close(struct belt *);

#endif
