#include <stdlib.h>

#include "web/web_private.h"

#define WORKERS 2
#define QUEUE_MOST 64
#define QUEUE_MS 30000 /* before a worker takes a request up */

struct workers {
        pthread_mutex_t mutex;
        pthread_cond_t filled;
        struct request *queue, **last;
        int queue_length;
        bool is_stopping;
        pthread_t threads[WORKERS];
        int thread_count;
};

struct workers *workers_open(void)
{
        struct workers *all = calloc(1, sizeof *all);

        if (all == NULL)
                return NULL;
        all->last = &all->queue;
        pthread_mutex_init(&all->mutex, NULL);
        pthread_cond_init(&all->filled, NULL);
        return all;
}

void workers_close(struct workers *all)
{
        if (all == NULL)
                return;
        pthread_mutex_destroy(&all->mutex);
        pthread_cond_destroy(&all->filled);
        free(all);
}

static void *work_slowly(void *argument)
{
        struct workers *all = argument;

        pthread_mutex_lock(&all->mutex);
        for (;;) {
                struct request *r;

                while (all->queue == NULL && !all->is_stopping)
                        pthread_cond_wait(&all->filled, &all->mutex);
                if (all->queue == NULL)
                        break;
                r = all->queue;
                all->queue = r->next;
                if (all->queue == NULL)
                        all->last = &all->queue;
                all->queue_length--;
                pthread_mutex_unlock(&all->mutex);
                if (steady_now() - r->queued_at > QUEUE_MS)
                        error_set(&r->work.err, ERR_BUSY, "the server is too busy");
                else
                        r->is_ok = run_here(r, r->method == GET, run_handler);
                r->has_run = true;
                MHD_resume_connection(r->connection);
                pthread_mutex_lock(&all->mutex);
        }
        pthread_mutex_unlock(&all->mutex);
        return NULL;
}

bool workers_start(struct workers *all)
{
        for (int i = 0; i < WORKERS; i++)
                all->thread_count += pthread_create(&all->threads[all->thread_count], NULL, work_slowly, all) == 0;
        return all->thread_count > 0;
}

void workers_stop(struct workers *all)
{
        pthread_mutex_lock(&all->mutex);
        all->is_stopping = true;
        pthread_cond_broadcast(&all->filled);
        pthread_mutex_unlock(&all->mutex);
        for (int i = 0; i < all->thread_count; i++)
                pthread_join(all->threads[i], NULL);
}

bool workers_add(struct workers *all, struct request *r)
{
        bool is_full;

        r->next = NULL;
        r->queued_at = steady_now();
        pthread_mutex_lock(&all->mutex);
        is_full = all->queue_length >= QUEUE_MOST;
        if (!is_full) {
                MHD_suspend_connection(r->connection); /* before a worker can resume it */
                r->stage = STAGE_AWAY;
                *all->last = r;
                all->last = &r->next;
                all->queue_length++;
                pthread_cond_signal(&all->filled);
        }
        pthread_mutex_unlock(&all->mutex);
        if (!is_full)
                return true;
        error_set(&r->work.err, ERR_BUSY, "the server is too busy");
        return error_hint(&r->work.err, "try again in a few seconds");
}
