/* keep.c - what was computed for one request is kept for the next.
 *
 * A table of the country rests on some hundred thousand reports, and what of it may be published on the tables of all provinces. Both are
 * functions of the entries of this area (iip_version says whether any was applied since), of the catalogue and of the map of the day; what was known at a moment
 * is kept beside what is known now. What is kept has memory of its own and is not changed while somebody holds it. When only entries came since, it is brought up to
 * date as soon as nobody holds it, which is not long; else it goes when nobody holds it and it does not stand any more, or newer ones need the room. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "areas/iip/iip.h"
#include "ledger/node.h"

#define KEPT_IDLE 6  /* though nobody holds them, */
#define PATIENCE_S 5
#define HOLDERS_S 1

/* What is kept is told by: of what it is (node or a past of it, family, moment), on what it rests besides entries (the day's map and catalogue), which entries, and its name. */
struct key {
        const char *of, *ground, *entries, *what;
};

struct kept {
        char *of, *ground, *entries, *what;
        bool is_outdated;
        const struct iip_keeper *keeper;
        struct arena *arena;
        void *thing;
        int holds;
        struct kept *next;
};

static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t kept_let_go = PTHREAD_COND_INITIALIZER, making_over = PTHREAD_COND_INITIALIZER;
static struct kept *all_kept; /* newest first */
static bool is_making;        /* one at a time: who waits for the same finds it made */

static size_t idle_most = IIP_FAMILY_MEMORY; /* bytes of these together: as much as one may take */

static bool is_told_by(const struct kept *k, const struct key *key)
{
        return strcmp(k->of, key->of) == 0 && strcmp(k->ground, key->ground) == 0 && strcmp(k->entries, key->entries) == 0;
}

static bool is_it(const struct kept *k, const struct key *key)
{
        return strcmp(k->what, key->what) == 0 && is_told_by(k, key);
}

static size_t bytes_of(const struct kept *k)
{
        return arena_used(k->arena) + (k->keeper->beside == NULL ? 0 : k->keeper->beside(k->thing));
}

/* Take those out of the list that nobody will ask for, or that take too much. Under the lock. */
static struct kept *take_idle(void)
{
        struct kept *gone = NULL;
        size_t bytes = 0;
        int idle = 0;

        for (struct kept **place = &all_kept, *k; (k = *place) != NULL;) {
                size_t own = bytes_of(k);

                if (k->holds > 0 || (!k->is_outdated && idle < KEPT_IDLE && bytes <= idle_most && own <= idle_most - bytes)) {
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
                free(k->of);
                free(k->ground);
                free(k->entries);
                free(k->what);
                free(k);
                k = next;
        }
}

static void release(void *handle)
{
        struct kept *k = handle, *gone;

        pthread_mutex_lock(&kept_lock);
        k->holds--;
        pthread_cond_broadcast(&kept_let_go);
        gone = take_idle();
        pthread_mutex_unlock(&kept_lock);
        forget(gone);
}

/* What tells the same of other entries, of another catalogue or map does not stand any more. */
static void outdate(const struct key *newer)
{
        struct kept *gone;

        pthread_mutex_lock(&kept_lock);
        for (struct kept *k = all_kept; k != NULL; k = k->next)
                k->is_outdated |= strcmp(k->of, newer->of) == 0 && !is_told_by(k, newer);
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
                bytes += k->holds > 0 ? 0 : bytes_of(k);
        pthread_mutex_unlock(&kept_lock);
        return bytes;
}

/* The thing, held until the work's arena closes; it becomes the newest. */
static void *hold(struct work *w, const struct key *key)
{
        struct kept *k = NULL;

        pthread_mutex_lock(&kept_lock);
        for (struct kept **place = &all_kept; *place != NULL; place = &(*place)->next)
                if (is_it(*place, key)) {
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

static bool is_kept(const struct key *key)
{
        bool is_there = false;

        pthread_mutex_lock(&kept_lock);
        for (const struct kept *k = all_kept; k != NULL; k = k->next)
                is_there |= is_it(k, key);
        pthread_mutex_unlock(&kept_lock);
        return is_there;
}

/* Take out of the list, for oneself alone, what is as wanted but for the entries it rests on. NULL: there is none, or somebody goes on holding it. */
static struct kept *take_older(const struct key *key)
{
        struct kept **place = &all_kept, *k = NULL;
        struct timespec until;

        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += HOLDERS_S;
        pthread_mutex_lock(&kept_lock);
        while (*place != NULL && (strcmp((*place)->of, key->of) != 0 || strcmp((*place)->ground, key->ground) != 0 || strcmp((*place)->what, key->what) != 0))
                place = &(*place)->next;
        if (*place != NULL && (*place)->keeper->again != NULL) {
                k = *place;
                *place = k->next;
                while (k->holds > 0 && pthread_cond_clockwait(&kept_let_go, &kept_lock, CLOCK_MONOTONIC, &until) == 0)
                        ;
                if (k->holds > 0) {
                        k->is_outdated = true;
                        k->next = all_kept;
                        all_kept = k;
                        k = NULL;
                } else
                        k->next = NULL;
        }
        pthread_mutex_unlock(&kept_lock);
        return k;
}

struct making {
        const struct iip_keeper *keeper;
        const void *argument;
        void *thing;
};

static bool run_making(struct work *w, void *argument)
{
        struct making *m = argument;

        m->thing = m->keeper->make(w, m->argument);
        return m->thing != NULL;
}

static bool run_again(struct work *w, void *argument)
{
        struct making *m = argument;

        return m->keeper->again(w, m->thing);
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

static void put_first(struct kept *k)
{
        pthread_mutex_lock(&kept_lock);
        k->next = all_kept;
        all_kept = k;
        pthread_mutex_unlock(&kept_lock);
}

/* What rests on other entries, brought up to date. False where that cannot be; nothing is wrong then. */
static bool make_again(struct work *w, const struct key *key, struct making *m)
{
        struct arena *scratch = arena_open(IIP_MEMORY);
        struct kept *k = scratch == NULL ? NULL : take_older(key);
        char *entries = k == NULL ? NULL : strdup(key->entries);
        bool ok = entries != NULL;

        if (ok) {
                m->thing = k->thing;
                ok = iip_run_apart(w, scratch, run_again, m);
        }
        arena_close(scratch);
        if (!ok) {
                error_clear(&w->err);
                free(entries);
                forget(k);
                return false;
        }
        free(k->entries);
        k->entries = entries;
        put_first(k);
        return true;
}

/* Made in memory of its own, and first in the list. */
static bool make_new(struct work *w, const struct key *key, struct making *m)
{
        struct kept *k = calloc(1, sizeof *k);

        if (k != NULL)
                *k = (struct kept){ .of = strdup(key->of), .ground = strdup(key->ground), .entries = strdup(key->entries), .what = strdup(key->what),
                                    .keeper = m->keeper, .arena = arena_open(IIP_FAMILY_MEMORY) };
        if (k == NULL || k->arena == NULL || k->of == NULL || k->ground == NULL || k->entries == NULL || k->what == NULL) {
                forget(k);
                return error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        }
        outdate(key); /* before more memory is needed */
        if (!iip_run_apart(w, k->arena, run_making, m)) {
                forget(k);
                return false;
        }
        k->thing = m->thing;
        put_first(k);
        return true;
}

/* Not for long: the thread that waits is one of few. */
static bool wait_for_turn(struct work *w)
{
        struct timespec until;
        bool has_turn;

        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += PATIENCE_S;
        pthread_mutex_lock(&kept_lock);
        while (is_making && pthread_cond_clockwait(&making_over, &kept_lock, CLOCK_MONOTONIC, &until) == 0)
                ;
        has_turn = !is_making;
        is_making = true;
        pthread_mutex_unlock(&kept_lock);
        if (has_turn)
                return true;
        error_set(&w->err, ERR_BUSY, "the index is being computed for somebody else");
        return error_hint(&w->err, "try again in a few seconds");
}

static void end_turn(void)
{
        pthread_mutex_lock(&kept_lock);
        is_making = false;
        pthread_cond_signal(&making_over);
        pthread_mutex_unlock(&kept_lock);
}

const void *iip_keep(struct work *w, const char *what, enum iip_series series, struct iip_vintage vintage, const struct iip_keeper *keeper, const void *argument)
{
        const struct catalogue *c = catalogue_of(w);
        enum iip_series family = iip_family(series);
        struct making m = { keeper, argument, NULL };
        struct key key = { .what = what };
        bool ok = true;

        if (c == NULL)
                return NULL;
        key.of = arena_print(w->arena, "%s %s/%d %lld", node_folder(w->node), node_key(w->node), (int)family, (long long)vintage.known);
        key.ground = arena_print(w->arena, "%d %lld", (int)unit_map_since(c, vintage.on), (long long)catalogue_version(c));
        key.entries = arena_print(w->arena, "%lld", (long long)db_number(w->db, "SELECT CAST(COALESCE(SUM(mark), 0) AS BIGINT) FROM iip_version WHERE family = $1",
                                                                         ARGS(v_int(family)), 0));
        while (ok && work_ok(w)) {
                void *thing = hold(w, &key);

                if (thing != NULL)
                        return thing;
                if (!wait_for_turn(w))
                        return NULL;
                ok = is_kept(&key) || make_again(w, &key, &m) || make_new(w, &key, &m);
                end_turn();
        }
        return NULL;
}
