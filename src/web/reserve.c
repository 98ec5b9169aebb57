/* reserve.c - memory for GMP. It computes for GnuTLS while a connection over TLS is made, cannot be told that there is none, and ends the
 * process by itself. So where the system refuses, it gets some that is kept back; what fails next is of GnuTLS, which reports it, and one
 * connection is lost instead of all. */
#include <gmp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "web/web_private.h"

#define PIECE 256
#define PIECES 4096 /* a signature with a key of 16,384 bits takes an eighth; the system gives pages only for what is used */
#define PAUSE_MS 1
#define PAUSES 30000 /* for others to give theirs back */

static struct {
        pthread_mutex_t mutex;
        uint16_t length[PIECES]; /* of a run, at its first piece; at the others and where it is free: 0 */
        bool is_taken[PIECES];
        _Alignas(16) unsigned char bytes[PIECES][PIECE];
} kept = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static void *take(size_t bytes)
{
        size_t wanted = bytes / PIECE + 1, found = 0;
        void *run = NULL;

        pthread_mutex_lock(&kept.mutex);
        for (size_t i = 0; i < PIECES && run == NULL; i++) {
                found = kept.is_taken[i] ? 0 : found + 1;
                if (found == wanted) {
                        size_t first = i + 1 - wanted;

                        memset(kept.is_taken + first, true, wanted * sizeof *kept.is_taken);
                        kept.length[first] = (uint16_t)wanted;
                        run = kept.bytes[first];
                }
        }
        pthread_mutex_unlock(&kept.mutex);
        return run;
}

static bool give_back(const unsigned char *run)
{
        uintptr_t at = (uintptr_t)run - (uintptr_t)kept.bytes;
        size_t first = at / PIECE;

        if (at >= sizeof kept.bytes)
                return false;
        pthread_mutex_lock(&kept.mutex);
        memset(kept.is_taken + first, false, kept.length[first] * sizeof *kept.is_taken);
        kept.length[first] = 0;
        pthread_mutex_unlock(&kept.mutex);
        return true;
}

static void *get(size_t bytes)
{
        for (int i = 0; i < PAUSES; i++) {
                void *got = malloc(bytes);

                if (got == NULL)
                        got = take(bytes);
                if (got != NULL)
                        return got;
                nanosleep(&(struct timespec){ 0, PAUSE_MS * 1000000 }, NULL);
        }
        fprintf(stderr, "no memory for TLS\n");
        abort();
}

/* What GMP computes with may be a secret. */
static void put(void *got, size_t bytes)
{
        if (got != NULL)
                explicit_bzero(got, bytes);
        if (!give_back(got))
                free(got);
}

static void *change(void *old, size_t had, size_t bytes)
{
        void *new = get(bytes);

        memcpy(new, old, had < bytes ? had : bytes);
        put(old, had);
        return new;
}

void reserve_for_gmp(void)
{
        mp_set_memory_functions(get, change, put);
}
