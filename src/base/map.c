#include "base/map.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct slot {
        uint64_t hash;  /* 0: free */
        int64_t value;
        uint32_t key_at, key_length; /* in keys[] */
};

struct map {
        struct slot *slots;
        size_t room, count; /* room is a power of two */
        char *keys;
        size_t keys_length, keys_room;
};

static uint64_t read64(const unsigned char *p)
{
        uint64_t x;

        memcpy(&x, p, sizeof x);
        return x;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
        __extension__ unsigned __int128 product = (unsigned __int128)a * b;

        return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Folded multiplication with a secret seed per process, so that hostile keys cannot be chosen to collide. */
uint64_t map_hash(const void *bytes, size_t length)
{
        static _Atomic uint64_t seed_of_process;
        const unsigned char *p = bytes;
        uint64_t h, last = 0, seed = atomic_load_explicit(&seed_of_process, memory_order_relaxed);
        size_t rest = length;

        if (seed == 0) {
                uint64_t fresh = 0;

                if (getrandom(&fresh, sizeof fresh, 0) != (ssize_t)sizeof fresh)
                        fresh = (uint64_t)(uintptr_t)&fresh;
                fresh |= 1;
                /* Of several threads that come first together one wins; seed becomes what it chose. */
                if (atomic_compare_exchange_strong(&seed_of_process, &seed, fresh))
                        seed = fresh;
        }
        h = seed ^ (length * 0x9E3779B97F4A7C15u);
        for (; rest >= 8; rest -= 8, p += 8)
                h = mix(h ^ read64(p), 0xA0761D6478BD642Fu);
        if (rest > 0)
                memcpy(&last, p, rest);
        return mix(h ^ last, 0xE7037ED1A0B428DBu);
}

struct map *map_open(void)
{
        return calloc(1, sizeof(struct map));
}

void map_close(struct map *m)
{
        if (m == NULL)
                return;
        free(m->slots);
        free(m->keys);
        free(m);
}

static void close_it(void *map)
{
        map_close(map);
}

struct map *map_in(struct arena *a)
{
        struct map *m = map_open();

        if (m == NULL)
                arena_starve(a);
        arena_on_free(a, close_it, m);
        return m;
}

/* The hash kept in a slot: 0 means free there. */
static uint64_t slot_hash(const void *key, size_t length)
{
        uint64_t hash = map_hash(key, length);

        return hash == 0 ? 1 : hash;
}

static struct slot *slot_of(const struct map *m, uint64_t hash, const void *key, size_t length)
{
        for (size_t i = hash & (m->room - 1);; i = (i + 1) & (m->room - 1)) {
                struct slot *s = &m->slots[i];

                if (s->hash == 0)
                        return s;
                if (s->hash == hash && s->key_length == length &&
                    (length == 0 || memcmp(m->keys + s->key_at, key, length) == 0))
                        return s;
        }
}

static bool grow(struct map *m)
{
        size_t room = m->room == 0 ? 16 : m->room * 2;
        struct slot *old = m->slots, *fresh = calloc(room, sizeof *fresh);
        size_t old_room = m->room;

        if (fresh == NULL)
                return false;
        m->slots = fresh;
        m->room = room;
        for (size_t i = 0; i < old_room; i++)
                if (old[i].hash != 0) {
                        size_t j = old[i].hash & (room - 1);

                        while (fresh[j].hash != 0)
                                j = (j + 1) & (room - 1);
                        fresh[j] = old[i];
                }
        free(old);
        return true;
}

int64_t *map_get(const struct map *m, const void *key, size_t key_length)
{
        struct slot *s;

        if (m->count == 0)
                return NULL;
        s = slot_of(m, slot_hash(key, key_length), key, key_length);
        return s->hash == 0 ? NULL : &s->value;
}

int64_t *map_put(struct map *m, const void *key, size_t key_length, bool *is_new)
{
        uint64_t hash = slot_hash(key, key_length);
        struct slot *s;

        if (m->count + 1 > m->room / 2 + m->room / 4 && !grow(m))
                return NULL;
        s = slot_of(m, hash, key, key_length);
        if (is_new != NULL)
                *is_new = s->hash == 0;
        if (s->hash != 0)
                return &s->value;
        if (key_length > UINT32_MAX || m->keys_length + key_length > UINT32_MAX)
                return NULL;
        if (m->keys_length + key_length > m->keys_room) {
                size_t room = (m->keys_room + key_length) * 2 + 64;
                char *keys = realloc(m->keys, room);

                if (keys == NULL)
                        return NULL;
                m->keys = keys;
                m->keys_room = room;
        }
        if (key_length > 0)
                memcpy(m->keys + m->keys_length, key, key_length);
        *s = (struct slot){ .hash = hash, .key_at = (uint32_t)m->keys_length, .key_length = (uint32_t)key_length };
        m->keys_length += key_length;
        m->count++;
        return &s->value;
}

int64_t *map_get_text(const struct map *m, const char *key)
{
        return map_get(m, key, strlen(key));
}

int64_t *map_put_text(struct map *m, const char *key, bool *is_new)
{
        return map_put(m, key, strlen(key), is_new);
}

void map_reset(struct map *m)
{
        if (m->slots != NULL)
                memset(m->slots, 0, m->room * sizeof *m->slots);
        m->count = 0;
        m->keys_length = 0;
}

size_t map_count(const struct map *m)
{
        return m->count;
}

bool map_next(const struct map *m, size_t *place, const void **key, size_t *key_length, int64_t **value)
{
        while (*place < m->room) {
                struct slot *s = &m->slots[(*place)++];

                if (s->hash == 0)
                        continue;
                *key = m->keys + s->key_at;
                *key_length = s->key_length;
                *value = &s->value;
                return true;
        }
        return false;
}
