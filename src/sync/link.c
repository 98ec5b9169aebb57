/* link.c - the state of each link, and the threads that keep the link to the node above alive. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "ledger/trust.h"
#include "sync/sync_private.h"

#define KEPT_LINKS "sync links"
#define UNKNOWN_NODE "?"
#define RETRY_LEAST_MS 1000
#define RETRY_MOST_MS 60000
#define CONNECTED_MS ((moment)(POLL_SECONDS + 10) * 1000)

struct links {
        pthread_mutex_t lock;
        struct link_record *first;
        /* the link upwards */
        struct node *node;
        char url[512];
        pthread_t puller, pusher;
        bool is_running, has_news;
        atomic_bool is_stopping;
        pthread_cond_t changed;
};

static void links_free(void *kept)
{
        struct links *l = kept;

        while (l->first != NULL) {
                struct link_record *r = l->first;

                l->first = r->next;
                free(r);
        }
        pthread_mutex_destroy(&l->lock);
        pthread_cond_destroy(&l->changed);
        free(l);
}

static struct links *links_of(struct node *n)
{
        static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
        struct links *l;

        pthread_mutex_lock(&making);
        l = node_kept(n, KEPT_LINKS);
        if (l == NULL) {
                l = calloc(1, sizeof *l);
                if (l == NULL)
                        abort(); /* start-up, a few bytes */
                l->node = n;
                pthread_mutex_init(&l->lock, NULL);
                pthread_cond_init(&l->changed, NULL);
                node_keep(n, KEPT_LINKS, l, links_free);
        }
        pthread_mutex_unlock(&making);
        return l;
}

void link_touch(struct node *n, const char *key, const char *unit, void (*change)(struct link_record *, void *),
                void *context)
{
        struct links *l = links_of(n);
        struct link_record *r;

        pthread_mutex_lock(&l->lock);
        for (r = l->first; r != NULL && strcmp(r->key, key) != 0; r = r->next)
                ;
        if (r == NULL) {
                r = calloc(1, sizeof *r);
                if (r != NULL) {
                        snprintf(r->key, sizeof r->key, "%s", key);
                        r->held = -1;
                        r->next = l->first;
                        l->first = r;
                }
        }
        if (r != NULL) {
                if (unit != NULL)
                        snprintf(r->unit, sizeof r->unit, "%s", unit);
                change(r, context);
        }
        pthread_mutex_unlock(&l->lock);
}

/* The record of a node, under the lock; NULL where there is none. Before the first contact nobody knows which node
 * answers at the address above (its record is named "?"): then it stands for one that is above us. */
static const struct link_record *record_of(const struct links *l, const char *key, bool is_above)
{
        const struct link_record *unknown = NULL;

        for (const struct link_record *r = l->first; r != NULL; r = r->next) {
                if (strcmp(r->key, key) == 0)
                        return r;
                if (strcmp(r->key, UNKNOWN_NODE) == 0)
                        unknown = r;
                else if (r->is_upstream)
                        is_above = false; /* it is that one */
        }
        return is_above ? unknown : NULL;
}

struct link *sync_links(struct work *w, size_t *count)
{
        struct links *l = links_of(w->node);
        size_t peers, room;
        struct peer *list = trust_list(w, &peers);
        struct link *out;

        room = peers + 1;
        pthread_mutex_lock(&l->lock);
        for (struct link_record *r = l->first; r != NULL; r = r->next)
                room++;
        pthread_mutex_unlock(&l->lock);
        out = arena_array(w->arena, room, sizeof *out);
        *count = 0;
        for (size_t i = 0; i < peers && work_ok(w); i++) {
                struct link *k = &out[*count];
                const struct link_record *r;
                struct link_record copy;
                bool is_above;

                if (strcmp(list[i].key, node_key(w->node)) == 0)
                        continue;
                *k = (struct link){ .key = list[i].key, .unit = list[i].unit,
                                    .problem = list[i].is_revoked ? work_text(w, "its key is revoked") : NULL };
                is_above = !list[i].is_revoked && sync_may_read(w, list[i].unit, node_unit(w->node));
                pthread_mutex_lock(&l->lock);
                r = record_of(l, k->key, is_above);
                if (r != NULL)
                        copy = *r;
                pthread_mutex_unlock(&l->lock); /* nothing that may leave by longjmp under the lock */
                if (r == NULL) { /* a neighbour we only know by name is no link; a node below that is silent is */
                        *count += sync_may_read(w, node_unit(w->node), list[i].unit);
                        continue;
                }
                (*count)++;
                k->url = copy.url[0] != '\0' ? arena_text(w->arena, copy.url) : NULL;
                k->last_contact = copy.last_contact;
                k->last_entry = copy.last_entry;
                k->backlog = copy.backlog;
                k->retry_at = copy.retry_at;
                if (copy.problem[0] != '\0')
                        k->problem = arena_text(w->arena, copy.problem);
                k->is_connected = copy.last_contact + CONNECTED_MS > w->now && copy.problem[0] == '\0';
        }
        return out;
}

/* ---- the link upwards ------------------------------------------------------------------------- */

struct outcome {
        const char *url, *problem;
        moment now, retry_at;
        const struct exchanged *exchanged;
};

static void note_outcome(struct link_record *r, void *context)
{
        const struct outcome *o = context;
        int64_t known = o->exchanged->total;

        r->is_upstream = true;
        snprintf(r->url, sizeof r->url, "%s", o->url);
        if (o->problem == NULL) {
                r->problem[0] = '\0';
                r->last_contact = o->now;
                r->retry_at = 0;
                r->backlog = 0;
                known += o->exchanged->in.entries_new;
                r->held = known > r->held ? known : r->held; /* a long poll may end after a later push */
                if (o->exchanged->in.entries_new + o->exchanged->entries_out > 0)
                        r->last_entry = o->now;
        } else {
                snprintf(r->problem, sizeof r->problem, "%s", o->problem);
                r->retry_at = o->retry_at;
                if (r->held < 0)
                        r->held = known; /* how much of what was there before it lacks is not known */
                r->backlog = known > r->held ? known - r->held : 0;
        }
}

static bool pause_for(struct links *l, long ms)
{
        struct timespec until;
        bool is_stopping;

        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += ms / 1000;
        until.tv_nsec += ms % 1000 * 1000000;
        if (until.tv_nsec >= 1000000000) {
                until.tv_sec++;
                until.tv_nsec -= 1000000000;
        }
        pthread_mutex_lock(&l->lock);
        while (!l->is_stopping && pthread_cond_timedwait(&l->changed, &l->lock, &until) == 0 && !l->is_stopping)
                ;
        is_stopping = l->is_stopping;
        pthread_mutex_unlock(&l->lock);
        return !is_stopping;
}

/* One round; on failure the pause before the next one grows. */
static bool round_once(struct links *l, struct arena *a, struct counterpart *other, int wait_seconds, long *retry_ms)
{
        struct exchanged x;
        struct outcome o = { .url = l->url, .exchanged = &x };
        char peer[KEY_HEX] = "";
        struct work w;
        bool ok;

        arena_reset(a);
        work_init(&w, a, NULL, LANGUAGE_VI);
        w.node = l->node;
        w.now = moment_now();
        ok = sync_round(&w, l->url, wait_seconds, false, &x, other, &l->is_stopping);
        memcpy(peer, other->key, sizeof peer);
        if (!ok)
                other->key[0] = '\0'; /* the next round asks anew who answers there */
        o.now = moment_now();
        if (l->is_stopping)
                return false;
        if (ok) {
                *retry_ms = RETRY_LEAST_MS;
        } else {
                o.problem = w.err.message;
                o.retry_at = o.now + *retry_ms;
                log_line(LOG_WARNING, "sync", "%s: %s (%s); again in %ld ms", l->url, w.err.message, w.err.context,
                         *retry_ms);
        }
        if (peer[0] == '\0') { /* not reached yet: which node it is was learnt before, or is not known */
                pthread_mutex_lock(&l->lock);
                for (struct link_record *r = l->first; r != NULL; r = r->next)
                        if (r->is_upstream)
                                memcpy(peer, r->key, sizeof peer);
                pthread_mutex_unlock(&l->lock);
        }
        link_touch(l->node, peer[0] != '\0' ? peer : UNKNOWN_NODE, NULL, note_outcome, &o);
        return ok;
}

static void *pull_main(void *argument)
{
        struct links *l = argument;
        struct counterpart other = { .key = "" };
        bool is_heard = false;
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        long retry_ms = RETRY_LEAST_MS;

        while (a != NULL && !l->is_stopping) {
                /* The first round after a silence asks for an answer at once: then we know that we are heard. */
                is_heard = round_once(l, a, &other, is_heard ? POLL_SECONDS : 0, &retry_ms);
                if (is_heard)
                        continue;
                if (!pause_for(l, retry_ms))
                        break;
                retry_ms = retry_ms * 2 > RETRY_MOST_MS ? RETRY_MOST_MS : retry_ms * 2;
        }
        arena_close(a);
        return NULL;
}

static void *push_main(void *argument)
{
        struct links *l = argument;
        struct counterpart other = { .key = "" };
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        long retry_ms = RETRY_LEAST_MS;

        while (a != NULL) {
                pthread_mutex_lock(&l->lock);
                while (!l->has_news && !l->is_stopping)
                        pthread_cond_wait(&l->changed, &l->lock);
                l->has_news = false;
                pthread_mutex_unlock(&l->lock);
                if (l->is_stopping)
                        break;
                round_once(l, a, &other, 0, &retry_ms); /* where it fails, the puller tries again */
                retry_ms = RETRY_LEAST_MS;
        }
        arena_close(a);
        return NULL;
}

static void on_commit(void *context, int64_t position)
{
        struct links *l = context;

        (void)position;
        pthread_mutex_lock(&l->lock);
        l->has_news = true;
        pthread_cond_broadcast(&l->changed);
        pthread_mutex_unlock(&l->lock);
}

static struct link_status status_of(struct node *n)
{
        struct links *l = links_of(n);
        struct link_status s = { .has_upstream = l->is_running };
        moment now = moment_now();

        pthread_mutex_lock(&l->lock);
        for (struct link_record *r = l->first; r != NULL; r = r->next)
                if (r->is_upstream && r->last_contact >= s.last_contact) {
                        s.last_contact = r->last_contact;
                        s.backlog = r->backlog;
                        s.is_connected = r->problem[0] == '\0' && r->last_contact + CONNECTED_MS > now;
                }
        pthread_mutex_unlock(&l->lock);
        return s;
}

bool sync_start(struct node *n, const char *url, struct error *err)
{
        struct links *l = links_of(n);

        if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) {
                error_set(err, ERR_USAGE, "\"%s\" is not the address of a node", url);
                return error_hint(err, "http://HOST:PORT or https://HOST");
        }
        if (strlen(url) >= sizeof l->url)
                return error_set(err, ERR_USAGE, "the address is too long");
        strcpy(l->url, url);
        while (l->url[0] != '\0' && l->url[strlen(l->url) - 1] == '/')
                l->url[strlen(l->url) - 1] = '\0';
        web_set_link_status(n, status_of);
        node_on_commit(n, on_commit, l);
        if (pthread_create(&l->puller, NULL, pull_main, l) != 0)
                return error_set(err, ERR_ENVIRONMENT, "cannot start the exchange's threads");
        if (pthread_create(&l->pusher, NULL, push_main, l) != 0) {
                pthread_mutex_lock(&l->lock);
                l->is_stopping = true;
                pthread_cond_broadcast(&l->changed);
                pthread_mutex_unlock(&l->lock);
                pthread_join(l->puller, NULL);
                return error_set(err, ERR_ENVIRONMENT, "cannot start the exchange's threads");
        }
        l->is_running = true;
        return true;
}

void sync_stop(struct node *n)
{
        struct links *l = links_of(n);

        if (!l->is_running)
                return;
        pthread_mutex_lock(&l->lock);
        l->is_stopping = true;
        pthread_cond_broadcast(&l->changed);
        pthread_mutex_unlock(&l->lock);
        pthread_join(l->puller, NULL);
        pthread_join(l->pusher, NULL);
        l->is_running = false;
}
