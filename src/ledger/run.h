/* run.h - many entries applied one after another, their rows written in one go.
 *
 * Apply functions may put off what they write (struct deferral, entry.h): rows of many entries are placed faster together.
 * Until it is written no query shows it, so a run is for whoever applies entries and looks at nothing that they change. */
#ifndef LEDGER_RUN_H
#define LEDGER_RUN_H

#include "ledger/entry.h"

/* Inside a job: run a function that applies entries. Where it succeeds, all that they put off has been written when this
 * returns; otherwise it is forgotten, and the caller undoes the rest, as of any job that failed. Memory that runs out inside is an error.
 * One inside another writes all as well, so that what it did can be undone with a savepoint around it. */
bool ledger_run(struct work *, work_function *, void *argument);

/* For apply functions: what deferral->open returned, NULL outside a run. */
void *ledger_deferred(const struct work *);

/* For what takes long in a run, between two steps: false and ERR_BUSY where all that the run did is to be taken back, because
 * somebody saves and must not wait for the rest. */
bool ledger_goes_on(struct work *);

/* A number that stays the same as long as nothing is applied in this job but entries that put off (schema->puts_off): what those ask of
 * trust and of the catalogue for one of them is the same for the next. Unique among all nodes of the process; 0: nothing may be
 * remembered, as for readers and while an entry of another kind is being applied. */
int64_t ledger_epoch(const struct work *);

/* Write what was put off until now: for an apply function that is about to read it. Its kind is none that puts off. */
bool ledger_write_deferred(struct work *);

#endif
