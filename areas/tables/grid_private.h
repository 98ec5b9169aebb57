/* grid_private.h - the steps that make a grid; for grid.c and its parts only. */
#ifndef TABLES_GRID_PRIVATE_H
#define TABLES_GRID_PRIVATE_H

#include "areas/tables/tables.h"

/* Read the figures and what they are of (gather.c). */
bool grid_gather(struct work *, const struct ask *, struct grid *);

/* Fill in the sums asked for (sum.c). */
void grid_add_up(struct work *, struct grid *);

/* How many of the units asked for are in a sum over units (units.c): named units, or all on the map below those named; where none was
 * named, all of the highest level that has a figure. Each is expected once a period, with every series of which it has some figure in the
 * table. One that has no figure, lacks one of them, or is itself a sum of only some of those below it, is not in. Nothing is missing below a
 * unit that has a figure. For one sum after another. */
struct roll_call;
struct roll_call *roll_call_open(struct work *, struct grid *);
/* A row's sum, a column's, or (both NULL) that of all. */
void roll_call_begin(struct roll_call *, const struct head *row, const struct head *column);
/* A figure of it, with a value or without; those of a sum in any order. */
void roll_call_hear(struct roll_call *, const struct fact *);
/* Fill in of and expected, and keep the least complete in the grid. False: the sum does not go over several units; nothing is done. */
bool roll_call_end(struct roll_call *, struct sum *);

/* Whether a unit is one of those named. */
bool ask_names(const struct catalogue *, const struct ask *, const struct unit *, day on);

/* Put the rows in the order asked for (order.c). ERR_INVALID where the address sorts by, or shows, a column that there is not. */
bool grid_sort(struct work *, struct grid *);

/* The hint of every limit; false. */
bool grid_come_below(struct work *);

/* The measure of two figures together: "" where none was met yet, NULL where they differ. */
const char *grid_measure(const char *one, const char *other);

/* A list with room for one more; room is 0 at first. */
void *grid_grown(struct arena *, void *list, size_t count, size_t *room, size_t bytes_each);

#endif
