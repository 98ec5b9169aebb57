#include "web/lane.h"

#include <stdlib.h>
#include <string.h>

#include "web/turns.h"

/* Times in milliseconds on the steady clock, in seconds where they are told to who asks. */
#define THREADS 2 /* one may wait for the writer while the other reads */
#define EACH_MOST 4 /* requests of one node that wait for their turn, */
#define ALL_MOST 512 /* of all nodes */
#define WAIT_MS 10000 /* who would wait longer for its turn is sent away before it sends its body */
#define QUEUE_MS 20000 /* and in any case; the asking side gives up after 30 s without an answer */
#define AGAIN_S 5
#define AGAIN_MOST_S 60

struct lane {
        const struct exchange_hooks *hooks;
        pthread_mutex_t mutex;
        pthread_cond_t filled;
        struct turns *turns;
        int64_t turn_ms; /* what a turn takes, on average of the last ones */
        bool is_stopping;
        pthread_t threads[THREADS];
        int thread_count;
};

struct lane *lane_open(const struct exchange_hooks *hooks)
{
        struct lane *l = calloc(1, sizeof *l);

        if (l == NULL || (l->turns = turns_open(EACH_MOST, ALL_MOST)) == NULL) {
                free(l);
                return NULL;
        }
        l->hooks = hooks;
        pthread_mutex_init(&l->mutex, NULL);
        pthread_cond_init(&l->filled, NULL);
        return l;
}

void lane_close(struct lane *l)
{
        if (l == NULL)
                return;
        pthread_mutex_destroy(&l->mutex);
        pthread_cond_destroy(&l->filled);
        turns_close(l->turns);
        free(l);
}

static bool is_too_busy(struct request *r, int come_again)
{
        r->come_again = come_again;
        return error_set(&r->work.err, ERR_BUSY, "the server is too busy");
}

static void *work_for_nodes(void *argument)
{
        struct lane *l = argument;
        struct request *r;
        int64_t begun;
        char peer[TURN_NAME_MAX];

        pthread_mutex_lock(&l->mutex);
        for (;;) {
                while ((r = turns_take(l->turns)) == NULL && !l->is_stopping)
                        pthread_cond_wait(&l->filled, &l->mutex);
                if (r == NULL)
                        break;
                pthread_mutex_unlock(&l->mutex);
                memcpy(peer, r->peer, sizeof peer);
                begun = steady_now();
                r->is_ok = begun - r->queued_at > QUEUE_MS ? is_too_busy(r, AGAIN_S)
                                                           : run_here(r, r->method == GET, run_handler);
                r->has_run = true;
                MHD_resume_connection(r->connection);
                pthread_mutex_lock(&l->mutex);
                l->turn_ms += (steady_now() - begun - l->turn_ms) / 8;
                turns_done(l->turns, peer);
                pthread_cond_signal(&l->filled); /* what else it has may begin */
        }
        pthread_mutex_unlock(&l->mutex);
        return NULL;
}

bool lane_start(struct lane *l)
{
        for (int i = 0; i < THREADS; i++)
                l->thread_count += pthread_create(&l->threads[l->thread_count], NULL, work_for_nodes, l) == 0;
        return l->thread_count > 0;
}

void lane_stop(struct lane *l)
{
        pthread_mutex_lock(&l->mutex);
        l->is_stopping = true;
        pthread_cond_broadcast(&l->filled);
        pthread_mutex_unlock(&l->mutex);
        for (int i = 0; i < l->thread_count; i++)
                pthread_join(l->threads[i], NULL);
}

/* Whether a turn is near enough; otherwise the error says when to come again. */
static bool turn_is_near(struct lane *l, struct request *r)
{
        int64_t wait_ms;

        pthread_mutex_lock(&l->mutex);
        wait_ms = turns_waiting(l->turns) * l->turn_ms / THREADS;
        pthread_mutex_unlock(&l->mutex);
        return wait_ms <= WAIT_MS ||
               is_too_busy(r, wait_ms / 1000 > AGAIN_MOST_S ? AGAIN_MOST_S : (int)(wait_ms / 1000));
}

bool lane_admit(struct lane *l, struct work *w, struct request *r)
{
        if (l->hooks == NULL)
                return error_set(&w->err, ERR_MISSING, "there is no page at this address");
        return l->hooks->admit(w, r, r->peer) && (!r->has_body || turn_is_near(l, r));
}

enum MHD_Result lane_enter(struct lane *l, struct request *r)
{
        bool is_queued;

        r->queued_at = steady_now();
        r->stage = STAGE_AWAY;
        pthread_mutex_lock(&l->mutex);
        MHD_suspend_connection(r->connection); /* before a worker can resume it */
        is_queued = turns_add(l->turns, r->peer, r);
        if (is_queued)
                pthread_cond_signal(&l->filled);
        pthread_mutex_unlock(&l->mutex);
        if (!is_queued) {
                is_too_busy(r, AGAIN_S);
                r->has_run = true;
                MHD_resume_connection(r->connection);
        }
        return MHD_YES;
}

void lane_tell(const struct lane *l, struct request *r, const struct error *err)
{
        if (r->peer[0] == '\0' || r->is_told || l->hooks == NULL)
                return;
        l->hooks->ended(r->work.node, r, r->peer, err);
        r->is_told = true;
}
