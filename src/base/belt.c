#include "base/belt.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct belt {
        void *const *blocks;
        size_t count, most;
        belt_fill *fill;
        void *context;
        pthread_t thread;
        bool has_thread;
        pthread_mutex_t lock; /* of what follows */
        pthread_cond_t changed;
        size_t filled, emptied; /* blocks, since the belt was opened; */
        size_t bytes_filled, bytes_emptied;
        size_t *bytes;          /* in each block */
        bool is_taken;          /* the oldest that is filled is being worked on */
        bool is_over, gives_up;
};

/* Under the lock: whether the thread may fill one. */
static bool wait_for_room(struct belt *b)
{
        while (!b->gives_up && (b->filled - b->emptied == b->count || b->bytes_filled - b->bytes_emptied >= b->most))
                pthread_cond_wait(&b->changed, &b->lock);
        return !b->gives_up;
}

static void *fill_blocks(void *argument)
{
        struct belt *b = argument;

        pthread_mutex_lock(&b->lock);
        while (!b->is_over && wait_for_room(b)) {
                size_t place = b->filled % b->count, bytes;

                pthread_mutex_unlock(&b->lock);
                bytes = b->fill(b->blocks[place], b->context);
                pthread_mutex_lock(&b->lock);
                b->is_over = bytes == 0;
                b->filled += bytes > 0;
                b->bytes[place] = bytes;
                b->bytes_filled += bytes;
                pthread_cond_signal(&b->changed);
        }
        pthread_mutex_unlock(&b->lock);
        return NULL;
}

struct belt *belt_open(void *const *blocks, size_t count, size_t most, belt_fill *fill, void *context)
{
        struct belt *b = calloc(1, sizeof *b);

        if (b != NULL)
                b->bytes = calloc(count, sizeof *b->bytes);
        if (b == NULL || b->bytes == NULL) {
                free(b);
                return NULL;
        }
        b->blocks = blocks;
        b->count = count;
        b->most = most;
        b->fill = fill;
        b->context = context;
        pthread_mutex_init(&b->lock, NULL);
        pthread_cond_init(&b->changed, NULL);
        b->has_thread = pthread_create(&b->thread, NULL, fill_blocks, b) == 0;
        return b;
}

void *belt_next(struct belt *b)
{
        void *block = NULL;

        if (!b->has_thread) {
                b->is_over = b->is_over || b->fill(b->blocks[0], b->context) == 0;
                return b->is_over ? NULL : b->blocks[0];
        }
        pthread_mutex_lock(&b->lock);
        if (b->is_taken) {
                b->bytes_emptied += b->bytes[b->emptied % b->count];
                b->emptied++;
                pthread_cond_signal(&b->changed);
        }
        while (b->filled == b->emptied && !b->is_over)
                pthread_cond_wait(&b->changed, &b->lock);
        b->is_taken = b->filled > b->emptied;
        if (b->is_taken)
                block = b->blocks[b->emptied % b->count];
        pthread_mutex_unlock(&b->lock);
        return block;
}

void belt_close(struct belt *b)
{
        if (b == NULL)
                return;
        if (b->has_thread) {
                pthread_mutex_lock(&b->lock);
                b->gives_up = true;
                pthread_cond_signal(&b->changed);
                pthread_mutex_unlock(&b->lock);
                pthread_join(b->thread, NULL);
        }
        pthread_cond_destroy(&b->changed);
        pthread_mutex_destroy(&b->lock);
        free(b->bytes);
        free(b);
}
