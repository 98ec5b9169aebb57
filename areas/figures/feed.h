/* feed.h - figures on their way from a file being read to the ledger's writer, on two threads at once.
 *
 * The writer's transaction is open while the file is still being read and checked; whether it commits
 * is said at the end. Memory is bounded: whoever is ahead waits. */
#ifndef FIGURES_FEED_H
#define FIGURES_FEED_H

#include "figure/figure.h"

struct feed;

/* Begin: a job is queued at once. subject and source as in figures_open; they and the catalogue behind the figures must
 * live as long as the work's arena. Not inside a job. NULL and an error on failure. */
struct feed *feed_open(struct work *, const char *subject, const char *source);

/* Hand over one figure; may wait. False once the writer has failed: feed_close says why. */
bool feed_put(struct feed *, const struct figure *);

/* Commit all or nothing and wait until that is done. False where it was not committed although asked to: the error
 * of the work says why. A feed that is never closed is rolled back when the arena closes. */
bool feed_close(struct feed *, bool must_commit);

#endif
