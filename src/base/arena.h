/* arena.h - memory of one unit of work: taken piece by piece, given back at once.
 *
 * An arena has a maximum. When it is reached, or the system has no memory, control returns to the
 * unit of work by longjmp (arena_guard), which reports the error and rolls back: so arena_alloc
 * never returns NULL and callers never check. Foreign handles are closed by arena_on_free. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;

/* A new arena that may hold at most max_bytes. NULL where the system has no memory. */
struct arena *arena_open(size_t max_bytes);

/* Give back everything, running the arena_on_free calls newest first. Accepts NULL. */
void arena_close(struct arena *);

/* The same, but the arena stays usable (and keeps one block, of usual size, so that reuse is cheap). */
void arena_reset(struct arena *);

/* What setjmp returns at the guard: the arena's maximum was reached, or the machine has no memory. */
enum arena_end { ARENA_FULL = 1, ARENA_STARVED };

/* Where to go when memory runs out; set by the unit of work, NULL for none (then: abort with a
 * message). Returns the previous one. */
jmp_buf *arena_guard(struct arena *, jmp_buf *);

/* Zeroed memory, aligned for anything, living as long as the arena. Never NULL. */
void *arena_alloc(struct arena *, size_t bytes);

/* An array of count zeroed things; the product is checked. */
void *arena_array(struct arena *, size_t count, size_t bytes_each);

/* Room for one more in a list of the arena that holds count things (NULL: none yet): the list itself, or a copy twice as long. For a list that
 * only grows by one. */
void *arena_room(struct arena *, void *list, size_t count, size_t bytes_each);

/* Copies of a string, of its first length bytes (NUL-terminated), and a printed string. */
char *arena_text(struct arena *, const char *text);
char *arena_copy(struct arena *, const void *bytes, size_t length);
char *arena_print(struct arena *, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_print_list(struct arena *, const char *format, va_list) __attribute__((format(printf, 2, 0)));

/* Call free_it(handle) when the arena is closed or reset. If registering runs out of memory the
 * handle is freed at once before control leaves. */
void arena_on_free(struct arena *, void (*free_it)(void *handle), void *handle);

/* Leave by the guard as if the machine had refused memory: where a library was refused it. */
_Noreturn void arena_starve(struct arena *);

/* Bytes in use. */
size_t arena_used(const struct arena *);

/* Test aid: the n-th allocation from now fails (1 = the next), 0 switches the aid off. */
void arena_fail_at(long n);

#endif
