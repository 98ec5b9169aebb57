/* library.h - libraries that are loaded when something first needs them.
 *
 * A few commands need libraries that bring fifty others along; to load them all took four fifths of every start.
 * tools/later.sh makes, for each of their functions that is called, one of the same name that goes on to it: code calls it as
 * ever, but only after library_load. Where they are linked as usual (in tests, and for processors the tool does not know) there
 * is nothing to load. */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include "base/error.h"

/* One that is not there from the start. */
struct library {
        const char *name;         /* "pq", as in the linker's -lpq */
        const char *file;         /* "libpq.so.5" */
        const char *const *calls; /* functions of it and of what it brings, to the NULL at the end */
        void **places;            /* where each of them is, in the same order; NULL until it is loaded */
        bool is_loaded;
};

/* Load a library for good; by any thread, any number of times. ERR_ENVIRONMENT where it is missing, or memory or files are at
 * an end: a later call tries again. */
bool library_load(const char *name, struct error *);

#endif
