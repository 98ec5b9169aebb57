/* arrange.h - the commands that record a merger or split of units and withdraw it again. */
#ifndef DEFINITIONS_ARRANGE_H
#define DEFINITIONS_ARRANGE_H

#include "cli/cli.h"
#include "work/work.h"

/* NODE FILE.csv: make it a change of units, with every complaint if it is none; --dry-run leaves nothing. */
bool run_units_record(struct work *, const struct call *);
/* NODE NAME: take the change back. */
bool run_units_withdraw(struct work *, const struct call *);
/* NODE: the names of changes, a line each. */
bool run_units_recorded(struct work *, const struct call *);

#endif
