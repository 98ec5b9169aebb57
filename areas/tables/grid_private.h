/* grid_private.h - the steps that make a grid; for grid.c and its parts only. */
#ifndef TABLES_GRID_PRIVATE_H
#define TABLES_GRID_PRIVATE_H

#include "areas/tables/tables.h"

/* Read the figures and what they are of (gather.c). */
bool grid_gather(struct work *, const struct ask *, struct grid *);

/* Fill in the sums asked for (sum.c). */
void grid_add_up(struct work *, struct grid *);

/* Put the rows in the order asked for (order.c). */
void grid_sort(struct work *, struct grid *);

/* The hint of every limit; false. */
bool grid_come_below(struct work *);

/* The measure of two figures together: "" where none was met yet, NULL where they differ. */
const char *grid_measure(const char *one, const char *other);

/* A list with room for one more; room is 0 at first. */
void *grid_grown(struct arena *, void *list, size_t count, size_t *room, size_t bytes_each);

#endif
