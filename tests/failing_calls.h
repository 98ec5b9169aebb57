/* failing_calls.h - where a program takes memory and asks its database, so that each of these places can fail in turn; memory that the
 * machine refuses. For tests only: no part of the program.
 *
 * It stands before malloc, calloc, realloc and strdup, and before the calls of db.h, as the program's own files call them (the linker's
 * --wrap, see the Makefile); what libraries take for themselves is not met. Counted over all threads: for one thing under way at a time. */
#ifndef TESTS_FAILING_CALLS_H
#define TESTS_FAILING_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#include "db/db.h"

#define PLACES_MOST 4096

/* The n-th time that memory is taken from now on is refused (1: the next); 0: none is. */
void memory_fail_at(long n);
/* Whether that has happened since. */
bool memory_was_refused(void);

/* Begin to look for places, told apart by who called whom. */
void places_watch(const struct db *);

/* The end of it: for each place that took memory, the number of the first time, as memory_fail_at counts; for each that had a statement
 * run on that connection, the number of the first one, as db_fail_at counts. In order; how many. */
size_t places_of_memory(long first[PLACES_MOST]);
size_t places_of_statements(long first[PLACES_MOST]);

#endif
