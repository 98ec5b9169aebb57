/* keep.c - what was computed for one request is kept for the next.
 *
 * A table of the country rests on some hundred thousand reports, and what of it may be published on the tables of all provinces. Both are
 * functions of the entries of this area (iip_version says whether any was applied since), of the catalogue and of the day; what was known at a moment
 * is kept beside what is known now. What is kept
 * has memory of its own, is never changed, and goes when nobody holds it and it does not stand any more, or newer ones need the room. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "areas/iip/iip.h"
#include "ledger/node.h"

#define KEPT_IDLE 6  /* though nobody holds them, */
#define PATIENCE_S 5

struct kept {
        char *key;
        size_t of_length, state_length; /* of the key: of what it tells, and of which entries, catalogue and day */
        bool is_outdated;
        struct arena *arena;
        void *thing;
        int holds;
        struct kept *next;
};

static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t making_lock = PTHREAD_MUTEX_INITIALIZER; /* one at a time: who waits for the same finds it made */
static struct kept *all_kept; /* newest first */

static size_t idle_most = IIP_MEMORY; /* bytes of these together: as much as one may take */

/* Take those out of the list that nobody will ask for, or that take too much. Under the lock. */
static struct kept *take_idle(void)
{
        struct kept *gone = NULL;
        size_t bytes = 0;
        int idle = 0;

        for (struct kept **place = &all_kept, *k; (k = *place) != NULL;) {
                size_t own = arena_used(k->arena);

                if (k->holds > 0 || (!k->is_outdated && idle < KEPT_IDLE && own <= idle_most - bytes)) {
                        bytes += k->holds > 0 ? 0 : own;
                        idle += k->holds == 0;
                        place = &k->next;
                        continue;
                }
                *place = k->next;
                k->next = gone;
                gone = k;
        }
        return gone;
}

static void forget(struct kept *k)
{
        while (k != NULL) {
                struct kept *next = k->next;

                arena_close(k->arena);
                free(k->key);
                free(k);
                k = next;
        }
}

static void release(void *handle)
{
        struct kept *k = handle, *gone;

        pthread_mutex_lock(&kept_lock);
        k->holds--;
        gone = take_idle();
        pthread_mutex_unlock(&kept_lock);
        forget(gone);
}

/* What tells the same of other entries, of another catalogue or day does not stand any more. */
static void outdate(const struct kept *newer)
{
        struct kept *gone;

        pthread_mutex_lock(&kept_lock);
        for (struct kept *k = all_kept; k != NULL; k = k->next)
                if (k->of_length == newer->of_length && strncmp(k->key, newer->key, k->of_length) == 0)
                        k->is_outdated |= k->state_length != newer->state_length || strncmp(k->key, newer->key, k->state_length) != 0;
        gone = take_idle();
        pthread_mutex_unlock(&kept_lock);
        forget(gone);
}

size_t iip_kept_idle(size_t most)
{
        size_t bytes = 0;

        pthread_mutex_lock(&kept_lock);
        idle_most = most;
        for (const struct kept *k = all_kept; k != NULL; k = k->next)
                bytes += k->holds > 0 ? 0 : arena_used(k->arena);
        pthread_mutex_unlock(&kept_lock);
        return bytes;
}

/* The thing, held until the work's arena closes; it becomes the newest. */
static void *hold(struct work *w, const char *key)
{
        struct kept *k = NULL;

        pthread_mutex_lock(&kept_lock);
        for (struct kept **place = &all_kept; *place != NULL; place = &(*place)->next)
                if (strcmp((*place)->key, key) == 0) {
                        k = *place;
                        *place = k->next;
                        k->next = all_kept;
                        all_kept = k;
                        k->holds++;
                        break;
                }
        pthread_mutex_unlock(&kept_lock);
        if (k == NULL)
                return NULL;
        arena_on_free(w->arena, release, k);
        return k->thing;
}

static bool is_kept(const char *key)
{
        bool is_there = false;

        pthread_mutex_lock(&kept_lock);
        for (const struct kept *k = all_kept; k != NULL; k = k->next)
                is_there |= strcmp(k->key, key) == 0;
        pthread_mutex_unlock(&kept_lock);
        return is_there;
}

struct making {
        keep_make *make;
        const void *argument;
        void *thing;
};

static bool run_making(struct work *w, void *argument)
{
        struct making *m = argument;

        m->thing = m->make(w, m->argument);
        return m->thing != NULL;
}

bool iip_run_apart(struct work *w, struct arena *arena, work_function *run, void *argument)
{
        struct work inner = *w;
        bool ok;

        inner.arena = arena;
        db_attach_error(w->db, &inner.err);
        ok = work_run(&inner, run, argument);
        db_attach_error(w->db, &w->err);
        if (!ok)
                w->err = inner.err;
        return ok;
}

/* Made in memory of its own, and first in the list. of, state: lengths of the parts of the key. */
static bool make_new(struct work *w, const char *key, size_t of, size_t state, struct making *m)
{
        struct kept *k = calloc(1, sizeof *k);
        struct arena *arena = k == NULL ? NULL : arena_open(IIP_MEMORY);

        if (arena == NULL || (k->key = strdup(key)) == NULL) {
                arena_close(arena);
                free(k);
                return error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        }
        k->arena = arena;
        k->of_length = of;
        k->state_length = state;
        outdate(k); /* before more memory is needed */
        if (!iip_run_apart(w, arena, run_making, m)) {
                forget(k);
                return false;
        }
        k->thing = m->thing;
        pthread_mutex_lock(&kept_lock);
        k->next = all_kept;
        all_kept = k;
        pthread_mutex_unlock(&kept_lock);
        return true;
}

/* Not for long: the thread that waits is one of few. */
static bool wait_for_turn(struct work *w)
{
        struct timespec until;

        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += PATIENCE_S;
        if (pthread_mutex_timedlock(&making_lock, &until) == 0)
                return true;
        error_set(&w->err, ERR_BUSY, "the index is being computed for somebody else");
        return error_hint(&w->err, "try again in a few seconds");
}

const void *iip_keep(struct work *w, const char *what, enum iip_series series, struct iip_vintage vintage, keep_make *make, const void *argument)
{
        const struct catalogue *c = catalogue_of(w);
        enum iip_series family = iip_family(series);
        const char *of, *state, *key;
        struct making m = { make, argument, NULL };
        bool ok = true;

        if (c == NULL)
                return NULL;
        of = arena_print(w->arena, "%s/%d %lld ", node_key(w->node), (int)family, (long long)vintage.known);
        state = arena_print(w->arena, "%s%d %lld %lld ", of, (int)vintage.on, (long long)catalogue_version(c),
                            (long long)db_number(w->db, "SELECT CAST(COALESCE(SUM(mark), 0) AS BIGINT) FROM iip_version WHERE family = $1",
                                                 ARGS(v_int(family)), 0));
        key = arena_print(w->arena, "%s%s", state, what);
        while (ok && work_ok(w)) {
                void *thing = hold(w, key);

                if (thing != NULL)
                        return thing;
                if (!wait_for_turn(w))
                        return NULL;
                ok = is_kept(key) || make_new(w, key, strlen(of), strlen(state), &m);
                pthread_mutex_unlock(&making_lock);
        }
        return NULL;
}

static void *make_table(struct work *w, const void *argument)
{
        const struct iip *of = argument;
        struct iip_ground *g = iip_ground_open(w, of->vintage);
        const struct unit *unit = g == NULL ? NULL : unit_at(catalogue_of(w), of->unit->code, of->vintage.on);

        return unit == NULL ? NULL : iip_compute(w, g, unit, of->series, 0);
}

const struct iip *iip_make(struct work *w, const struct unit *unit, enum iip_series series, struct iip_vintage vintage)
{
        struct iip of = { .unit = unit, .series = series, .vintage = vintage }, *x;
        const struct iip *kept = iip_keep(w, arena_print(w->arena, "table %s %d", unit->code, (int)series), series, vintage, make_table, &of);
        const struct iip_secrets *secrets = kept == NULL ? NULL : iip_secrets_find(w, kept);

        if (secrets == NULL)
                return NULL;
        x = arena_alloc(w->arena, sizeof *x);
        *x = *kept;
        x->pattern = iip_secrets_of(w, secrets, unit, series);
        return x->pattern == NULL && !error_set(&w->err, ERR_MISSING, "\"%s\" is neither the country nor a province of today", unit->code) ? NULL : x;
}
