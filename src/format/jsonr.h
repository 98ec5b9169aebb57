/* jsonr.h - reading JSON, also with long texts; a machine without memory is not taken for a wrong text.
 *
 * jansson reads strictly but takes a text byte by byte: an entry's body takes it four times as long as what is done here, a block of figures
 * (100 kB in one string) twenty times. So values are made here, by jansson's own functions, and it is asked only for what is rare (numbers with a
 * point, signs escaped by number) and for what is wrong: what is accepted, and as what, is the same. */
#ifndef FORMAT_JSONR_H
#define FORMAT_JSONR_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"

/* As json_loadb with JSON_REJECT_DUPLICATES; the value lives as long as the arena, and where memory ends control leaves by its
 * guard. NULL where the text is not JSON: where (may be NULL) says why (json_reason) and at which byte. */
json_t *json_read(struct arena *, const char *bytes, size_t length, json_error_t *where);

/* The same of bytes that json_read is known to take and that nobody reads again (in an arena, or from malloc): those of a long text are given back to the system
 * once it was made, so that it stands in memory twice at most. What is left of the bytes is nothing to rely on. */
json_t *json_read_up(struct arena *, const char *bytes, size_t length);

/* Why a text was not JSON, marked with N_: for error_because. */
const char *json_reason(const json_error_t *);

/* Whether the bytes are an object that json_read takes, with at most so many levels of objects and arrays, it counted, and so many signs , : [ {
 * outside of strings: told without making anything, for a tenth of the time. False where it is not written as programs mostly do: then json_read must judge. */
bool json_is_plain(const char *bytes, size_t length, int levels, size_t parts);

/* Write an object or a list at the end of a buffer; false where that is full. Where memory ends control leaves by the arena's guard. */
bool json_put(struct arena *, const json_t *, size_t flags, struct buf *);

/* A value that was made: it lives as long as the arena, and where there was no memory for it (NULL) control leaves by the guard. */
json_t *json_held(struct arena *, json_t *made);

/* Called where memory is refused for a value that is made and not read: what it was to be a part of lacks it, and jansson's functions say so to
 * few who look. src/work has the work on this thread fail by it. */
extern void (*json_starved)(void);

#endif
