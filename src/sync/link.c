/* link.c - what is known of each link: in memory while the node is served, the least of it in the database. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "catalogue/catalogue.h"
#include "ledger/trust.h"
#include "ledger/write.h"
#include "sync/sync_private.h"

#define KEPT_LINKS "sync links"
#define PAUSE_FIRST_MS 1000
#define PAUSE_MOST_S 900
#define CLOCK_PAUSE_MOST_S 60 /* a node whose clock has been set right asks again only once it is over */
#define CONNECTED_MS ((int64_t)(POLL_SECONDS + 10) * 1000)

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

struct links *links_of(struct node *n)
{
        static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;
        pthread_condattr_t steady;
        struct links *l;

        pthread_mutex_lock(&making);
        l = node_kept(n, KEPT_LINKS);
        if (l == NULL) {
                l = calloc(1, sizeof *l);
                if (l == NULL) {
                        pthread_mutex_unlock(&making);
                        work_starve();
                }
                l->node = n;
                l->started_at = steady_now();
                pthread_mutex_init(&l->lock, NULL);
                pthread_condattr_init(&steady);
                pthread_condattr_setclock(&steady, CLOCK_MONOTONIC); /* a clock put back must not prolong a pause */
                pthread_cond_init(&l->changed, &steady);
                pthread_condattr_destroy(&steady);
                node_keep(n, KEPT_LINKS, l, links_free);
        }
        pthread_mutex_unlock(&making);
        return l;
}

int64_t sync_setting(const struct node *n, const char *name, int64_t usual, int64_t least, int64_t most)
{
        const char *value = node_setting(n, name);
        int64_t number = value == NULL ? usual : strtoll(value, NULL, 10);

        return number < least || number > most ? usual : number;
}

/* ---- records ------------------------------------------------------------------------------------ */

static struct link_record *find(const struct links *l, const char *key)
{
        struct link_record *r = l->first;

        while (r != NULL && strcmp(r->key, key) != 0)
                r = r->next;
        return r;
}

/* Under the lock; NULL where memory is gone: then nothing is noted. */
static struct link_record *find_or_make(struct links *l, const char *key)
{
        struct link_record *r = find(l, key);

        if (r != NULL || (r = calloc(1, sizeof *r)) == NULL)
                return r;
        snprintf(r->key, sizeof r->key, "%s", key);
        r->theirs = r->shared = -1;
        r->heard_at = r->shrank_at = l->started_at;
        r->next = l->first;
        l->first = r;
        return r;
}

void link_touch(struct node *n, const char *key, void (*change)(struct link_record *, void *), void *context)
{
        struct links *l = links_of(n);
        struct link_record *r;

        pthread_mutex_lock(&l->lock);
        r = find_or_make(l, key);
        if (r != NULL)
                change(r, context);
        pthread_mutex_unlock(&l->lock);
}

void link_unknown_met(struct node *n)
{
        struct links *l = links_of(n);
        struct link_record *r;

        pthread_mutex_lock(&l->lock);
        r = find(l, UNKNOWN_NODE);
        if (r != NULL) {
                r->is_upstream = false;
                r->url[0] = r->problem[0] = '\0';
                r->refusals = 0;
                r->asking = (struct pause){ .failures = 0 };
        }
        pthread_mutex_unlock(&l->lock);
}

void link_problem(struct link_record *r, const char *why, moment now)
{
        if (r->problem[0] == '\0')
                r->problem_since = now;
        snprintf(r->problem, sizeof r->problem, "%s", why);
}

int64_t pause_grow(struct pause *p, int64_t most_ms)
{
        int64_t ms = PAUSE_FIRST_MS;

        for (int i = 0; i < p->failures && ms < most_ms; i++)
                ms *= 2;
        if (ms > most_ms)
                ms = most_ms;
        ms += randombytes_uniform((uint32_t)(ms / 4 + 1));
        p->failures++;
        p->until = steady_now() + ms;
        return ms;
}

struct refused {
        struct node *node;
        const char *why;
        bool is_push;
};

static int64_t pause_most_ms(const struct node *n)
{
        return sync_setting(n, "refusal_pause_most_s", PAUSE_MOST_S, 0, 86400) * 1000;
}

static void note_refused(struct link_record *r, void *context)
{
        const struct refused *x = context;
        int64_t most = pause_most_ms(x->node);
        const char *told;
        int length = error_told(x->why, LANGUAGE_EN, &told);

        link_problem(r, x->why, moment_now());
        r->refusals++;
        if (most > 0)
                pause_grow(&r->asked[x->is_push], most);
        log_line(LOG_WARNING, "sync", "refused what node %.12s… %s: %.*s; the %d. time", r->key, x->is_push ? "pushed" : "asked",
                 length, told, r->refusals);
}

void link_refused(struct node *n, const char *key, bool is_push, const struct error *why)
{
        char kept[ERROR_KEPT_MAX];
        struct refused x = { .node = n, .why = kept, .is_push = is_push };

        error_keep(why, kept);
        link_touch(n, key, note_refused, &x);
}

static void note_accepted(struct link_record *r, void *context)
{
        r->asked[*(bool *)context] = (struct pause){ .failures = 0 };
        if (r->asked[0].failures + r->asked[1].failures + r->clock.failures + r->asking.failures > 0)
                return; /* something else is still wrong */
        r->refusals = 0;
        r->problem[0] = '\0';
}

void link_accepted(struct node *n, const char *key, bool is_push)
{
        link_touch(n, key, note_accepted, &is_push);
}

static int seconds_of(int64_t ms)
{
        return ms <= 0 ? 0 : (int)((ms + 999) / 1000);
}

int link_must_wait(struct node *n, const char *key, bool is_push)
{
        struct links *l = links_of(n);
        const struct link_record *r;
        int64_t left = 0;

        pthread_mutex_lock(&l->lock);
        r = find(l, key);
        if (r != NULL)
                left = r->asked[is_push].until - steady_now();
        pthread_mutex_unlock(&l->lock);
        return seconds_of(left);
}

struct wrong_clock {
        const struct node *node;
        const char *why;
        bool is_ahead;
        int seconds;
};

static void note_wrong_clock(struct link_record *r, void *context)
{
        struct wrong_clock *x = context;
        int64_t most = pause_most_ms(x->node);
        const char *told;
        int length = error_told(x->why, LANGUAGE_EN, &told);

        x->seconds = seconds_of(r->clock.until - steady_now());
        if (x->seconds > 0)
                return;
        link_problem(r, x->why, moment_now());
        r->refusals += x->is_ahead;
        if (most > 0)
                pause_grow(&r->clock, most < CLOCK_PAUSE_MOST_S * 1000 ? most : CLOCK_PAUSE_MOST_S * 1000);
        log_line(LOG_WARNING, "sync", "refused what was asked under the key of node %.12s…: %.*s", r->key, length, told);
}

int link_clock_wrong(struct node *n, const char *key, bool is_ahead, const struct error *why)
{
        char kept[ERROR_KEPT_MAX];
        struct wrong_clock x = { .node = n, .why = kept, .is_ahead = is_ahead };

        error_keep(why, kept);
        link_touch(n, key, note_wrong_clock, &x);
        return x.seconds;
}

static void note_right_clock(struct link_record *r, void *context)
{
        (void)context;
        r->clock = (struct pause){ .failures = 0 };
}

void link_clock_right(struct node *n, const char *key)
{
        link_touch(n, key, note_right_clock, NULL);
}

struct met {
        const char *url;
        const struct round_end *end;
        bool has_moved;
        const struct strangers *strangers;
};

static void note_met(struct link_record *r, void *context)
{
        const struct met *m = context;

        snprintf(r->url, sizeof r->url, "%s", m->url);
        if (m->end->theirs >= 0) {
                r->theirs = m->end->theirs;
                r->shared = m->end->shared;
        }
        r->last_contact = moment_now();
        if (m->has_moved)
                r->last_entry = r->last_contact;
        if (m->strangers->is_told)
                r->strangers = *m->strangers;
        r->is_changed = true;
}

void link_met(struct node *n, const char *key, const char *url, const struct round_end *end, const struct exchanged *x)
{
        struct met m = { .url = url, .end = end, .has_moved = x->in.entries_new + x->entries_out > 0, .strangers = &x->strangers };

        link_touch(n, key, note_met, &m);
}

int64_t link_shared(struct node *n, const char *key)
{
        struct links *l = links_of(n);
        const struct link_record *r;
        int64_t shared;

        pthread_mutex_lock(&l->lock);
        r = find(l, key);
        shared = r == NULL ? -1 : r->shared;
        pthread_mutex_unlock(&l->lock);
        return shared;
}

/* ---- what a restart must not forget --------------------------------------------------------------- */

/* "83\nKEY VN 80\nKEY ? 3\n": how many in all, and the nodes that are listed; "" where there are none. */
static const char *strangers_write(struct work *w, const struct strangers *s)
{
        const char *text = s->entries == 0 ? "" : arena_print(w->arena, "%lld\n", (long long)s->entries);

        for (size_t i = 0; s->entries > 0 && i < s->count; i++)
                text = arena_print(w->arena, "%s%s %s %lld\n", text, s->list[i].key, s->list[i].unit[0] == '\0' ? "?" : s->list[i].unit, (long long)s->list[i].entries);
        return text;
}

/* Those that nobody has enrolled since: the entries of the others come with the next exchange. */
static void strangers_left(struct work *w, struct strangers *s)
{
        size_t kept = 0;

        for (size_t i = 0; i < s->count; i++)
                if (trust_find(w, s->list[i].key) == NULL)
                        s->list[kept++] = s->list[i];
                else
                        s->entries -= s->list[i].entries;
        s->count = kept;
}

static void strangers_read(const char *text, struct strangers *s)
{
        long long entries = 0;
        int length = 0;

        *s = (struct strangers){ .is_told = false }; /* the log tells of them again, once the other node does */
        if (sscanf(text, "%lld%n", &entries, &length) != 1)
                return;
        s->entries = entries;
        for (text += length; s->count < STRANGERS_LISTED; text += length) {
                struct stranger *one = &s->list[s->count];

                if (sscanf(text, " %64s %15s %lld%n", one->key, one->unit, &entries, &length) != 3)
                        break;
                one->entries = entries;
                if (strcmp(one->unit, "?") == 0)
                        one->unit[0] = '\0';
                s->count++;
        }
        if (s->count < STRANGERS_LISTED)
                s->list[s->count] = (struct stranger){ .entries = 0 };
}

bool links_load(struct work *w)
{
        struct links *l = links_of(w->node);
        struct rows *rows = db_query(w->db, "SELECT node, url, total, contact, entry, strangers FROM ledger_link", NO_ARGS);

        pthread_mutex_lock(&l->lock);
        while (rows_next(rows)) {
                struct link_record *r = find_or_make(l, rows_text(rows, 0));

                if (r == NULL) {
                        error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
                        break;
                }
                snprintf(r->url, sizeof r->url, "%s", rows_text(rows, 1));
                r->theirs = rows_int(rows, 2);
                r->last_contact = rows_int(rows, 3);
                r->last_entry = rows_int(rows, 4);
                strangers_read(rows_text(rows, 5), &r->strangers);
        }
        pthread_mutex_unlock(&l->lock);
        rows_close(rows);
        return work_ok(w);
}

static bool save_changed(struct work *w, void *argument)
{
        const struct link_record *r = argument;

        for (; r != NULL && work_ok(w); r = r->next)
                db_exec(w->db,
                        "INSERT INTO ledger_link (node, url, total, contact, entry, strangers) VALUES ($1, $2, $3, $4, $5, $6)"
                        " ON CONFLICT (node) DO UPDATE SET url = excluded.url, total = excluded.total,"
                        " contact = excluded.contact, entry = excluded.entry, strangers = excluded.strangers",
                        ARGS(v_text(r->key), v_text(r->url), v_int(r->theirs), v_int(r->last_contact), v_int(r->last_entry), v_text(strangers_write(w, &r->strangers))));
        return work_ok(w);
}

bool links_save(struct work *w)
{
        struct links *l = links_of(w->node);
        struct link_record *copies = NULL, *copy;
        size_t count = 0;

        pthread_mutex_lock(&l->lock);
        for (const struct link_record *r = l->first; r != NULL; r = r->next)
                count += r->is_changed;
        pthread_mutex_unlock(&l->lock);
        if (count == 0)
                return true;
        copy = arena_array(w->arena, count, sizeof *copy);
        pthread_mutex_lock(&l->lock);
        for (struct link_record *r = l->first; r != NULL && count > 0; r = r->next)
                if (r->is_changed && strcmp(r->key, UNKNOWN_NODE) != 0) {
                        r->is_changed = false;
                        *copy = *r;
                        copy->next = copies;
                        copies = copy++;
                        count--;
                }
        pthread_mutex_unlock(&l->lock);
        return copies == NULL || ledger_write_unsynced(w, save_changed, copies);
}

/* ---- counting -------------------------------------------------------------------------------------- */

/* Entries may lack on both sides at once; where nobody has said how many both hold, this counts the difference. is_over: the key of one of the two is
 * revoked, and none of them moves any more. */
static void count_backlog(struct link_record *r, int64_t ours, bool is_over)
{
        int64_t theirs = r->theirs < 0 ? 0 : r->theirs, shared;

        if (is_over)
                ours = theirs = 0;
        shared = ours < theirs ? ours : theirs;
        if (r->shared >= 0 && r->shared < shared)
                shared = r->shared;
        r->lacks = ours - shared;
        r->ahead = theirs - shared;
}

/* The record of a node, under the lock; NULL where there is none. Before the first contact nobody knows which node
 * answers at the address above (its record is named "?"): then it stands for one that is above us. */
static struct link_record *record_of(const struct links *l, const char *key, bool is_above)
{
        struct link_record *unknown = NULL;

        for (struct link_record *r = l->first; r != NULL; r = r->next) {
                if (strcmp(r->key, key) == 0)
                        return r;
                if (strcmp(r->key, UNKNOWN_NODE) == 0)
                        unknown = r->is_upstream ? r : NULL;
                else if (r->is_upstream)
                        is_above = false; /* it is that one */
        }
        return is_above ? unknown : NULL;
}

bool links_count(struct work *w)
{
        struct links *l = links_of(w->node);
        size_t peers, count;
        int64_t position = db_number(w->db, "SELECT MAX(id) FROM ledger_entry", NO_ARGS, 0); /* before the rest is read */
        struct stream_state *streams = ledger_streams(w, &count);
        struct peer *list = trust_list(w, &peers);
        stamp succeeded;
        bool is_over = peers > 0 && trust_is_over(w, &succeeded);

        for (size_t i = 0; i < peers && work_ok(w); i++) {
                bool is_above = !list[i].is_revoked && sync_may_read(w, &list[i], node_unit(w->node)), is_there;
                struct link_record *r;
                int64_t ours;

                pthread_mutex_lock(&l->lock);
                is_there = record_of(l, list[i].key, is_above) != NULL;
                pthread_mutex_unlock(&l->lock); /* nothing that may leave by longjmp under the lock */
                if (!is_there || strcmp(list[i].key, node_key(w->node)) == 0)
                        continue;
                ours = scope_total(w, &list[i], streams, count);
                pthread_mutex_lock(&l->lock);
                r = record_of(l, list[i].key, is_above);
                if (r != NULL && position >= l->counted) /* somebody else may have read later, and counted earlier */
                        count_backlog(r, ours, is_over || list[i].is_revoked);
                pthread_mutex_unlock(&l->lock);
        }
        if (!work_ok(w))
                return false;
        pthread_mutex_lock(&l->lock);
        if (position > l->counted)
                l->counted = position;
        pthread_mutex_unlock(&l->lock);
        return true;
}

/* ---- for pages and programs -------------------------------------------------------------------------- */

/* When a node wrote the newest of its entries that are here, whoever brought them; 0: none is. */
static moment newest_of(const struct stream_state *streams, size_t count, const char *key)
{
        stamp newest = 0;

        for (size_t i = 0; i < count; i++)
                if (streams[i].seq > 0 && strcmp(streams[i].node, key) == 0 && streams[i].at > newest)
                        newest = streams[i].at;
        return newest == 0 ? 0 : stamp_moment(newest);
}

static int compare_text(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The units of nodes whose keys have not ended, sorted. */
static const char **units_of(struct work *w, const struct peer *list, size_t count, size_t *found)
{
        const char **units = arena_array(w->arena, count + 1, sizeof *units);

        *found = 0;
        for (size_t i = 0; i < count; i++)
                if (!list[i].is_revoked && list[i].successor == NULL)
                        units[(*found)++] = list[i].unit;
        qsort(units, *found, sizeof *units, compare_text);
        return units;
}

/* Whether a unit between this one and ours has a node: the unit's node speaks to that one. */
static bool speaks_to_another(struct work *w, const char *unit, const char *const *units, size_t count)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *u = c == NULL ? NULL : unit_last(c, unit, day_of_moment(w->now));

        for (u = u == NULL ? NULL : u->parent; u != NULL && strcmp(u->code, node_unit(w->node)) != 0; u = u->parent) {
                const char *code = u->code;

                if (bsearch(&code, units, count, sizeof *units, compare_text) != NULL)
                        return true;
        }
        return false;
}

/* When it is tried again, as the clock shows. */
static moment retry_at(const struct link_record *r, moment now)
{
        int64_t until = r->asking.until;

        for (int i = 0; i < 2; i++)
                if (r->asked[i].until > until)
                        until = r->asked[i].until;
        if (r->clock.until > until)
                until = r->clock.until;
        return until > steady_now() ? now + (until - steady_now()) : 0;
}

static void tell_problem(struct work *w, struct link *k, const struct link_record *r)
{
        k->refusals = r->refusals;
        k->alarms = r->alarms;
        memcpy(k->alarm_since, r->alarm_since, sizeof k->alarm_since);
        k->retry_at = retry_at(r, w->now);
        if (r->problem[0] != '\0') {
                k->problem = error_told_in(w->arena, r->problem, w->language);
                k->problem_since = r->problem_since;
        }
}

struct link *sync_links(struct work *w, size_t *count)
{
        struct links *l = links_of(w->node);
        size_t peers, streams_count;
        struct stream_state *streams = ledger_streams(w, &streams_count);
        struct peer *list = trust_list(w, &peers);
        struct link *out = arena_array(w->arena, peers + 2, sizeof *out);
        struct link_record unknown = { .url = "" };
        size_t unit_count = 0;
        const char **units = NULL; /* looked for when the first node is met that is silent */
        stamp succeeded = 0;
        bool is_over = peers > 0 && trust_is_over(w, &succeeded), is_told = false;

        *count = 0;
        for (size_t i = 0; i < peers && work_ok(w); i++) {
                struct link *k = &out[*count];
                struct link_record copy;
                const struct link_record *r;
                bool is_above;

                if (node_is_own(w->node, list[i].key) || list[i].successor != NULL)
                        continue; /* whom another key has followed is no link of its own */
                *k = (struct link){ .key = list[i].key, .unit = list[i].unit, .is_revoked = list[i].is_revoked,
                                    .problem = list[i].is_revoked ? work_text(w, "its key is revoked") : NULL,
                                    .last_entry = newest_of(streams, streams_count, list[i].key) };
                is_above = !list[i].is_revoked && sync_may_read(w, &list[i], node_unit(w->node));
                pthread_mutex_lock(&l->lock);
                r = record_of(l, k->key, is_above);
                if (r != NULL)
                        copy = *r;
                pthread_mutex_unlock(&l->lock);
                /* A neighbour we only know by name is no link; a node below that is silent is, unless it has another one to speak to. Once this node's key has
                 * ended it waits for nobody that it never met: its successor may stand above it. */
                if (r == NULL && (is_over || succeeded != 0))
                        continue;
                if (r == NULL && !is_above) {
                        if (!sync_may_keep(w, NULL, list[i].unit))
                                continue;
                        if (units == NULL)
                                units = units_of(w, list, peers, &unit_count);
                        if (speaks_to_another(w, list[i].unit, units, unit_count))
                                continue;
                }
                (*count)++;
                is_told |= r != NULL && strcmp(copy.key, UNKNOWN_NODE) == 0;
                if (r == NULL)
                        copy = (struct link_record){ .theirs = -1, .shared = -1 };
                count_backlog(&copy, scope_total(w, &list[i], streams, streams_count), is_over || list[i].is_revoked);
                k->url = copy.url[0] != '\0' ? arena_text(w->arena, copy.url) : NULL;
                k->last_contact = copy.last_contact;
                if (copy.last_entry > k->last_entry)
                        k->last_entry = copy.last_entry;
                k->backlog = copy.lacks;
                k->strangers = copy.strangers;
                k->ahead = copy.ahead + k->strangers.entries;
                strangers_left(w, &k->strangers);
                tell_problem(w, k, &copy);
                k->is_connected = !list[i].is_revoked && copy.last_contact != 0 && copy.heard_at + CONNECTED_MS > steady_now() &&
                                  copy.heard_at > l->started_at && copy.problem[0] == '\0';
        }
        pthread_mutex_lock(&l->lock);
        if (!is_told && find(l, UNKNOWN_NODE) != NULL)
                unknown = *find(l, UNKNOWN_NODE);
        pthread_mutex_unlock(&l->lock);
        if (unknown.is_upstream) { /* no link of those: at the address above somebody else answers, or nobody */
                struct link *k = &out[(*count)++];

                *k = (struct link){ .key = UNKNOWN_NODE, .unit = UNKNOWN_NODE, .url = arena_text(w->arena, unknown.url) };
                tell_problem(w, k, &unknown);
        }
        return out;
}

static struct link_status status_now(struct links *l, int64_t *counted)
{
        struct link_status s = { .has_upstream = l->url[0] != '\0' };

        pthread_mutex_lock(&l->lock);
        s.alarms = l->alarms;
        *counted = l->counted;
        for (struct link_record *r = l->first; r != NULL; r = r->next)
                if (r->is_upstream && r->last_contact >= s.last_contact) {
                        s.last_contact = r->last_contact;
                        s.backlog = r->lacks;
                        s.is_connected = r->problem[0] == '\0' && r->heard_at > l->started_at &&
                                         r->heard_at + CONNECTED_MS > steady_now();
                }
        pthread_mutex_unlock(&l->lock);
        return s;
}

/* For the header of every page: from memory alone, but where somebody has just written on a node that is cut off. */
static struct link_status status_of(struct work *w)
{
        struct links *l = links_of(w->node);
        int64_t counted;
        struct link_status s = status_now(l, &counted);

        if (counted >= node_position(w->node) || !s.has_upstream || s.is_connected || w->db == NULL || !work_ok(w) ||
            !links_count(w))
                return s;
        return status_now(l, &counted);
}

/* ---- beginning and end ---------------------------------------------------------------------------------- */

static void on_commit(void *context, int64_t position)
{
        struct links *l = context;

        (void)position;
        pthread_mutex_lock(&l->lock);
        l->has_news = l->has_wants = true;
        pthread_cond_broadcast(&l->changed);
        pthread_mutex_unlock(&l->lock);
}

static bool load(struct work *w, void *argument)
{
        (void)argument;
        return links_load(w) && links_count(w);
}

/* What was kept, read before anybody asks. */
static bool load_kept(struct node *n, struct error *err)
{
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        struct work w;
        bool ok;

        if (a == NULL)
                return error_set(err, ERR_ENVIRONMENT, "the machine has no memory left");
        work_init(&w, a, NULL, err->language);
        w.node = n;
        w.now = moment_now();
        w.db = node_reader(n, &w.err);
        if (w.db != NULL) {
                db_attach_error(w.db, &w.err);
                ok = work_run(&w, load, NULL);
                db_attach_error(w.db, NULL);
        } else {
                ok = false;
        }
        if (!ok)
                *err = w.err;
        arena_close(a);
        return ok;
}

static bool take_url(struct links *l, const char *url, struct error *err)
{
        if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) {
                error_set(err, ERR_USAGE, "\"%s\" is not the address of a node", url);
                return error_hint(err, "http://HOST:PORT or https://HOST");
        }
        if (strlen(url) >= sizeof l->url)
                return error_set(err, ERR_USAGE, "the address is too long");
        strcpy(l->url, url);
        while (l->url[0] != '\0' && l->url[strlen(l->url) - 1] == '/')
                l->url[strlen(l->url) - 1] = '\0';
        return true;
}

bool sync_start(struct node *n, const char *url, struct error *err)
{
        struct links *l = links_of(n);

        if (url != NULL && !take_url(l, url, err))
                return false;
        if (!load_kept(n, err))
                return false;
        web_set_exchange(n, &sync_hooks);
        web_add_metrics(n, links_metrics);
        web_set_link_status(n, status_of);
        node_on_commit(n, on_commit, l);
        l->has_watcher = pthread_create(&l->watcher, NULL, links_watch, l) == 0;
        l->has_puller = url != NULL && pthread_create(&l->puller, NULL, links_pull, l) == 0;
        l->has_pusher = url != NULL && pthread_create(&l->pusher, NULL, links_push, l) == 0;
        l->has_fetcher = url != NULL && pthread_create(&l->fetcher, NULL, files_fetch, l) == 0;
        l->has_giver = url != NULL && pthread_create(&l->giver, NULL, files_give, l) == 0;
        if (l->has_watcher && (url == NULL || (l->has_puller && l->has_pusher && l->has_fetcher && l->has_giver)))
                return true;
        sync_stop(n);
        return error_set(err, ERR_ENVIRONMENT, "cannot start the exchange's threads");
}

void sync_stop(struct node *n)
{
        struct links *l = links_of(n);

        pthread_mutex_lock(&l->lock);
        l->is_stopping = l->poll_ends = true;
        pthread_cond_broadcast(&l->changed);
        pthread_mutex_unlock(&l->lock);
        if (l->has_puller)
                pthread_join(l->puller, NULL);
        if (l->has_pusher)
                pthread_join(l->pusher, NULL);
        if (l->has_fetcher)
                pthread_join(l->fetcher, NULL);
        if (l->has_giver)
                pthread_join(l->giver, NULL);
        if (l->has_watcher)
                pthread_join(l->watcher, NULL);
        l->has_puller = l->has_pusher = l->has_fetcher = l->has_giver = l->has_watcher = false;
}
