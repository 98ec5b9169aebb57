#include "account/throttle.h"

#include <pthread.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 4096
#define PROBES 8
#define FORGET_MS ((moment)3600000) /* after an hour without a try */

struct slot {
        uint64_t key; /* 0: free */
        int failures;
        moment last, until;
};

struct throttle {
        pthread_mutex_t mutex;
        unsigned char secret[crypto_shorthash_KEYBYTES];
        int free_tries, first_wait, longest_wait;
        struct slot slots[SLOTS];
};

struct throttle *throttle_open(int free_tries, int first_wait, int longest_wait)
{
        struct throttle *t;

        if (sodium_init() < 0 || (t = calloc(1, sizeof *t)) == NULL)
                return NULL;
        pthread_mutex_init(&t->mutex, NULL);
        randombytes_buf(t->secret, sizeof t->secret);
        t->free_tries = free_tries;
        t->first_wait = first_wait;
        t->longest_wait = longest_wait;
        return t;
}

void throttle_close(struct throttle *t)
{
        if (t == NULL)
                return;
        pthread_mutex_destroy(&t->mutex);
        free(t);
}

static uint64_t hash_key(const struct throttle *t, const char *key)
{
        uint64_t hash;

        crypto_shorthash((unsigned char *)&hash, (const unsigned char *)key, strlen(key), t->secret);
        return hash == 0 ? 1 : hash;
}

/* The key's slot; where it has none, the free or longest unused one of its neighbourhood (if may_take). */
static struct slot *find_slot(struct throttle *t, uint64_t key, bool may_take)
{
        struct slot *oldest = NULL;

        for (size_t i = 0; i < PROBES; i++) {
                struct slot *s = &t->slots[(key + i) % SLOTS];

                if (s->key == key)
                        return s;
                if (oldest == NULL || s->key == 0 || (oldest->key != 0 && s->last < oldest->last))
                        oldest = s;
        }
        if (!may_take)
                return NULL;
        *oldest = (struct slot){ .key = key };
        return oldest;
}

int throttle_try(struct throttle *t, const char *key, moment now)
{
        uint64_t hash = hash_key(t, key);
        struct slot *s;
        int wait = 0;

        pthread_mutex_lock(&t->mutex);
        s = find_slot(t, hash, true);
        if (s->failures > 0 && now - s->last > FORGET_MS && now >= s->until)
                *s = (struct slot){ .key = hash };
        if (now < s->until) {
                wait = (int)((s->until - now + 999) / 1000);
        } else {
                s->last = now;
                if (++s->failures >= t->free_tries) {
                        int doublings = s->failures - t->free_tries;
                        int64_t seconds =
                                doublings > 20 ? t->longest_wait : (int64_t)t->first_wait << doublings;

                        if (seconds > t->longest_wait)
                                seconds = t->longest_wait;
                        s->until = now + seconds * 1000;
                }
        }
        pthread_mutex_unlock(&t->mutex);
        return wait;
}

void throttle_take_back(struct throttle *t, const char *key)
{
        struct slot *s;

        pthread_mutex_lock(&t->mutex);
        s = find_slot(t, hash_key(t, key), false);
        if (s != NULL && s->failures > 0) {
                s->failures--;
                s->until = 0; /* it was past when the try began */
        }
        pthread_mutex_unlock(&t->mutex);
}

void throttle_clear(struct throttle *t, const char *key)
{
        struct slot *s;

        pthread_mutex_lock(&t->mutex);
        s = find_slot(t, hash_key(t, key), false);
        if (s != NULL)
                *s = (struct slot){ 0 };
        pthread_mutex_unlock(&t->mutex);
}
