#include <stdlib.h>

#include "web/web_private.h"

/* Those who wait for the ledger to grow. Kept with the node, because the ledger calls it as long as the node
 * is open, also after the server has stopped. */
struct waiting {
        pthread_mutex_t mutex;
        struct request *first;
        bool is_closed; /* the server is stopping: nobody waits any more */
};

static void close_waiting(void *thing)
{
        struct waiting *all = thing;

        pthread_mutex_destroy(&all->mutex);
        free(all);
}

static void unlink_request(struct waiting *all, struct request *r)
{
        if (r->wait_previous != NULL)
                r->wait_previous->wait_next = r->wait_next;
        else
                all->first = r->wait_next;
        if (r->wait_next != NULL)
                r->wait_next->wait_previous = r->wait_previous;
        r->wait_next = r->wait_previous = NULL;
        r->is_waiting = false;
}

static void ledger_has_grown(void *context, int64_t position)
{
        struct waiting *all = context;

        (void)position;
        pthread_mutex_lock(&all->mutex);
        while (all->first != NULL) {
                struct request *r = all->first;

                unlink_request(all, r);
                MHD_resume_connection(r->connection);
        }
        pthread_mutex_unlock(&all->mutex);
}

struct waiting *waiting_of(struct node *n)
{
        static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
        struct waiting *all;

        pthread_mutex_lock(&making);
        all = node_kept(n, "web waiting");
        if (all == NULL && (all = calloc(1, sizeof *all)) != NULL) {
                pthread_mutex_init(&all->mutex, NULL);
                node_keep(n, "web waiting", all, close_waiting);
                node_on_commit(n, ledger_has_grown, all);
        }
        pthread_mutex_unlock(&making);
        return all;
}

/* The count of wakes is compared under the mutex that the commit's call takes: either it is seen here, or the call
 * comes later and finds the request in the list. So nothing is missed, and no resume comes before its
 * suspend. */
bool waiting_add(struct waiting *all, struct request *r)
{
        bool waits;

        pthread_mutex_lock(&all->mutex);
        waits = !all->is_closed && node_wakes(r->work.node) == r->wakes;
        if (waits) {
                MHD_suspend_connection(r->connection);
                r->is_waiting = true;
                r->wait_previous = NULL;
                r->wait_next = all->first;
                if (all->first != NULL)
                        all->first->wait_previous = r;
                all->first = r;
        } else if (all->is_closed) {
                r->time_is_up = true;
        }
        pthread_mutex_unlock(&all->mutex);
        return waits;
}

void waiting_wake(struct waiting *all, int64_t now, bool everybody)
{
        struct request *r, *next;

        pthread_mutex_lock(&all->mutex);
        all->is_closed = everybody;
        for (r = all->first; r != NULL; r = next) {
                next = r->wait_next;
                if (everybody || now >= r->wait_until) {
                        r->time_is_up = true;
                        unlink_request(all, r);
                        MHD_resume_connection(r->connection);
                }
        }
        pthread_mutex_unlock(&all->mutex);
}

bool request_wait(struct work *w, const struct request *asked, int seconds)
{
        struct request *r = (struct request *)(uintptr_t)asked;

        (void)w;
        if (r->wait_until == 0)
                r->wait_until = steady_now() + (int64_t)seconds * 1000;
        r->wants_wait = true;
        return true;
}

bool request_waited(const struct request *r)
{
        return r->time_is_up;
}
