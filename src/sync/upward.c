/* upward.c - the threads that keep the link to the node above alive. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "sync/sync_private.h"

#define RETRY_MOST_MS 60000      /* while nobody answers, or nobody has enrolled us yet */
#define REFUSED_MOST_S 900       /* while what one sends is refused by the other; setting refusal_pause_most_s */
#define FRUITLESS_FREE 2         /* rounds in which nothing moved, one after the other, before they cost a pause */
#define PULLED_AT_ONCE_MS 1000

struct outcome {
        struct links *links;
        const char *problem;
        enum error_code code;
        moment now;
        int64_t begun; /* steady */
        const struct exchanged *exchanged;
        const struct round_end *end;
        bool gives_only;
};

/* How long until the next round. */
static int64_t next_pause(struct link_record *r, const struct outcome *o)
{
        int64_t most = sync_setting(o->links->node, "refusal_pause_most_s", REFUSED_MOST_S, 0, 86400) * 1000;
        int64_t ms;

        most = most > PULLED_AT_ONCE_MS ? most : PULLED_AT_ONCE_MS;
        if (o->end->how == ENDED_BUSY) {
                ms = (int64_t)o->end->again_seconds * 1000;
                ms = ms > REFUSED_MOST_S * 1000 ? REFUSED_MOST_S * 1000 : ms;
                ms += randombytes_uniform((uint32_t)(ms / 4 + 1));
                r->asking.until = steady_now() + ms;
                return ms;
        }
        if (o->end->how != ENDED_REFUSED || o->code == ERR_DENIED)
                most = most < RETRY_MOST_MS ? most : RETRY_MOST_MS;
        return pause_grow(&r->asking, most);
}

/* A long poll, or a slow round, may end after a later push: then it knows less than that one. */
static bool note_total(struct link_record *r, const struct outcome *o)
{
        if (o->end->theirs < 0 || (o->begun < r->told_at && o->end->theirs < r->theirs))
                return false;
        r->theirs = o->end->theirs;
        r->shared = o->end->shared;
        r->told_at = steady_now();
        return true;
}

static void note_passed_over(struct link_record *r, moment now)
{
        struct error e = { 0 };
        char why[ERROR_KEPT_MAX];

        error_set(&e, ERR_DAMAGED, "it takes no more of what this node writes: it has seen other entries under this node's key, those of a copy of it");
        error_keep(&e, why);
        link_problem(r, why, now);
}

/* Told in the log when it begins. */
static void note_strangers(struct link_record *r, const struct strangers *s)
{
        if (!s->is_told)
                return;
        if (s->count > 0 && (!r->strangers.is_told || r->strangers.count == 0 || strcmp(s->list[0].key, r->strangers.list[0].key) != 0))
                log_line(LOG_WARNING, "sync", "%lld entries are passed over: nobody enrolled here the node %s%s%s%s that wrote them",
                         (long long)s->list[0].entries, s->list[0].key, s->list[0].unit[0] == '\0' ? "" : " (unit ", s->list[0].unit,
                         s->list[0].unit[0] == '\0' ? "" : ")");
        r->strangers = *s;
}

static void note_well(struct link_record *r, const struct outcome *o)
{
        r->last_contact = o->now;
        r->heard_at = steady_now();
        if (!o->gives_only) { /* else nothing is known of what was wrong before */
                r->asking = (struct pause){ .failures = 0 };
                r->refusals = 0;
                r->problem[0] = '\0';
        }
        note_total(r, o);
        note_strangers(r, &o->exchanged->strangers);
        if (o->exchanged->entries_out > 0)
                r->passes_us_over = o->exchanged->own_passed > 0;
        if (r->passes_us_over)
                note_passed_over(r, o->now);
        if (o->end->how == ENDED_WELL && o->exchanged->entries_out > 0)
                r->lacks = o->exchanged->own_passed;
        if (o->exchanged->in.entries_new + o->exchanged->entries_out > 0)
                r->last_entry = o->now;
}

static void note_outcome(struct link_record *r, void *context)
{
        const struct outcome *o = context;
        const char *told;
        int length;
        int64_t ms;

        r->is_upstream = true;
        r->is_changed = true;
        snprintf(r->url, sizeof r->url, "%s", o->links->url);
        if (o->problem == NULL) {
                note_well(r, o);
                return;
        }
        if (note_total(r, o) && o->exchanged->strangers.is_told) { /* what did not come may have said who they are: the log waits for that */
                r->strangers = o->exchanged->strangers;
                r->strangers.is_told = false;
        }
        if (o->end->how != ENDED_BUSY || r->problem[0] == '\0') /* busy hides nothing that is worse */
                link_problem(r, o->problem, o->now);
        r->refusals += o->end->how == ENDED_REFUSED;
        r->gives_only = o->end->how == ENDED_REFUSED && o->end->has_given;
        ms = next_pause(r, o);
        length = error_told(o->problem, LANGUAGE_EN, &told);
        log_line(LOG_WARNING, "sync", "%s: %.*s; again in %lld ms", o->links->url, length, told, (long long)ms);
}

/* The node at the address above, as it was met before; UNKNOWN_NODE. */
static void upstream_key(struct links *l, char key[KEY_HEX])
{
        strcpy(key, UNKNOWN_NODE);
        pthread_mutex_lock(&l->lock);
        for (struct link_record *r = l->first; r != NULL; r = r->next)
                if (r->is_upstream || strcmp(r->url, l->url) == 0)
                        memcpy(key, r->key, KEY_HEX);
        pthread_mutex_unlock(&l->lock);
}

/* How long a pause of the link upwards still runs; 0: none. *gives_only: what the other lacks may go up meanwhile. */
static int64_t pause_left(struct links *l, bool *gives_only)
{
        int64_t left = 0;

        *gives_only = false;
        pthread_mutex_lock(&l->lock);
        for (struct link_record *r = l->first; r != NULL; r = r->next)
                if (r->is_upstream && r->asking.until - steady_now() > left) {
                        left = r->asking.until - steady_now();
                        *gives_only = r->gives_only;
                }
        pthread_mutex_unlock(&l->lock);
        return left;
}

struct timespec steady_after(int64_t ms)
{
        int64_t end = steady_now() + ms;

        return (struct timespec){ .tv_sec = end / 1000, .tv_nsec = end % 1000 * 1000000 };
}

bool links_pause(struct links *l, int64_t ms)
{
        struct timespec until = steady_after(ms);
        bool is_stopping;

        pthread_mutex_lock(&l->lock);
        while (!l->is_stopping && pthread_cond_timedwait(&l->changed, &l->lock, &until) == 0)
                ;
        is_stopping = l->is_stopping;
        pthread_mutex_unlock(&l->lock);
        return !is_stopping;
}

/* One round, noted; gives_up (or the end of the node) ends it early. */
static enum ending round_once(struct links *l, struct arena *a, struct counterpart *other, int wait_seconds,
                              const atomic_bool *gives_up)
{
        struct exchanged x;
        struct round_end end;
        struct outcome o = { .links = l, .exchanged = &x, .end = &end, .begun = steady_now(), .gives_only = other->gives_only };
        char peer[KEY_HEX], problem[ERROR_KEPT_MAX];
        struct work w;

        arena_reset(a);
        work_init(&w, a, NULL, LANGUAGE_EN);
        w.node = l->node;
        w.now = moment_now();
        if (!sync_round(&w, l->url, wait_seconds, false, &x, &end, other, gives_up)) {
                error_keep(&w.err, problem);
                o.problem = problem;
                o.code = w.err.code;
        }
        o.now = moment_now();
        if (l->is_stopping || (o.problem != NULL && *gives_up))
                return end.how;
        if (other->key[0] != '\0')
                memcpy(peer, other->key, sizeof peer);
        else
                upstream_key(l, peer);
        if (o.problem != NULL)
                other->key[0] = '\0'; /* the next round asks anew who answers there */
        link_touch(l->node, peer, note_outcome, &o);
        if (strcmp(peer, UNKNOWN_NODE) != 0)
                link_unknown_met(l->node);
        return end.how;
}

void *links_pull(void *argument)
{
        struct links *l = argument;
        struct counterpart other = { .key = "" };
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        struct pause fruitless = { .failures = 0 };
        bool is_heard = false, gives_only;
        int free_rounds = FRUITLESS_FREE;

        while (a != NULL && !l->is_stopping) {
                int64_t begun = steady_now();
                enum ending how;

                pthread_mutex_lock(&l->lock); /* whoever stops sets both under it */
                l->poll_ends = l->is_stopping;
                pthread_mutex_unlock(&l->lock);
                /* The first round after a silence asks for an answer at once: then we know that we are heard. */
                how = round_once(l, a, &other, is_heard ? POLL_SECONDS : 0, &l->poll_ends);
                is_heard = how == ENDED_WELL || how == ENDED_FRUITLESS;
                if (!is_heard) {
                        if (!links_pause(l, pause_left(l, &gives_only)))
                                break;
                } else if (how == ENDED_WELL || steady_now() - begun >= PULLED_AT_ONCE_MS) {
                        fruitless.failures = 0;
                        free_rounds = FRUITLESS_FREE;
                } else if (free_rounds > 0) {
                        free_rounds--;
                } else if (!links_pause(l, pause_grow(&fruitless, RETRY_MOST_MS))) {
                        break; /* it answers at once, always something else, and nothing comes of it */
                }
        }
        arena_close(a);
        return NULL;
}

void *links_push(void *argument)
{
        struct links *l = argument;
        struct counterpart other = { .key = "" };
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        enum ending how;

        while (a != NULL) {
                pthread_mutex_lock(&l->lock);
                while (!l->has_news && !l->is_stopping)
                        pthread_cond_wait(&l->changed, &l->lock);
                l->has_news = false;
                pthread_mutex_unlock(&l->lock);
                if (l->is_stopping)
                        break;
                if (pause_left(l, &other.gives_only) > 0 && !other.gives_only) /* the puller sends it when the pause is over */
                        continue;
                how = round_once(l, a, &other, 0, &l->is_stopping);
                if (how != ENDED_WELL && how != ENDED_FRUITLESS)
                        l->poll_ends = true; /* the puller must not wait on a dead line: it tries again */
        }
        arena_close(a);
        return NULL;
}
