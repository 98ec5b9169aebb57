/* map.h - from bytes to a pointer or number; open addressing, in memory, not for many threads.
 *
 * Keys are copied into the map. Values are 64-bit: a number, or a pointer cast with map_pointer. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct map;

/* A new, empty map; NULL where the system has no memory. Close accepts NULL. */
struct map *map_open(void);
void map_close(struct map *);

/* One that lives as long as the arena; where the system has no memory the unit of work ends as in arena_alloc. */
struct map *map_in(struct arena *);

/* Where the value for a key stands, or NULL. Valid until the next map_put. */
int64_t *map_get(const struct map *, const void *key, size_t key_length);

/* Where the value for a key stands, put there as 0 if it is new (is_new may be NULL).
 * NULL where the system has no memory. */
int64_t *map_put(struct map *, const void *key, size_t key_length, bool *is_new);

/* The same for NUL-terminated keys. */
int64_t *map_get_text(const struct map *, const char *key);
int64_t *map_put_text(struct map *, const char *key, bool *is_new);

/* Forget all keys, keep the memory. */
void map_reset(struct map *);

/* How many keys it holds. */
size_t map_count(const struct map *);

/* Walk: start with *place = 0; false at the end. Order is of no meaning. */
bool map_next(const struct map *, size_t *place, const void **key, size_t *key_length, int64_t **value);

/* A 64-bit hash of bytes; fixed for the life of the process only. */
uint64_t map_hash(const void *bytes, size_t length);

#endif
