#include <stdlib.h>
#include <string.h>

#include "base/day.h"
#include "base/log.h"
#include "ledger/ledger_private.h"

#define TURN_MS 30                       /* what a transaction of the writer's own is meant to take where somebody saved */
#define LATELY_MS 10000                  /* in this time: who saves again waits for one, of at least so many bytes of entries. */
#define TURN_LEAST ((size_t)8 << 10)
#define TURN_MOST ((size_t)4 << 20)      /* Otherwise it places more, which costs less together; who saves then has it taken back */
#define ALONE_MOST ((size_t)64 << 20)    /* where nobody else waits, as the whole command waits for it */
#define QUIET_MS 250                     /* placing begins when no batch came for so long, */
#define EVERY_MS 1000                    /* or when so long nothing was placed */
#define FAILED_MS 1000                   /* a stream that could not be placed rests, twice as long each time, */
#define FAILED_DOUBLED 6                 /* at most so often */

/* ---- what is left ------------------------------------------------------------------------------------- */

bool kind_may_follow(const struct node *n, const char *kind)
{
        return n->schema->may_follow != NULL && n->schema->may_follow(kind);
}

static void tell_trouble(struct node *n, const struct error *why)
{
        pthread_mutex_lock(&n->kept_lock);
        n->placing_error = *why;
        pthread_mutex_unlock(&n->kept_lock);
}

static void trouble_over(struct node *n)
{
        static const struct error none;

        if (!error_ok(&n->placing_error))
                tell_trouble(n, &none);
}

bool node_placing_goes_well(struct node *n, struct error *why)
{
        pthread_mutex_lock(&n->kept_lock);
        *why = n->placing_error;
        pthread_mutex_unlock(&n->kept_lock);
        return error_ok(why);
}

void placing_count(struct node *n)
{
        int64_t left = 0;

        for (const struct head *h = n->heads; h != NULL; h = h->next)
                left += h->now.seq - h->now.placed_seq;
        if (left > 0 && atomic_load(&n->unplaced) == 0)
                n->placed_at = steady_now(); /* until now nothing was late */
        while (left == 0 && n->resting != NULL)
                placing_rest_over(n, n->resting->stream);
        if (left == 0)
                trouble_over(n);
        n->place_singly &= left > 0;
        atomic_store(&n->unplaced, left);
        atomic_store(&n->progress, 2 * (n->next_id - 1) - left);
}

int64_t node_unplaced(const struct node *n)
{
        return atomic_load(&n->unplaced);
}

int64_t node_progress(const struct node *n)
{
        return atomic_load(&n->progress);
}

bool ledger_is_placed(struct work *w)
{
        int64_t left = db_number(w->db, "SELECT COALESCE(SUM(seq - placed_seq), 0) FROM ledger_stream", NO_ARGS, 0);

        if (!work_ok(w) || left == 0)
                return work_ok(w);
        error_set(&w->err, ERR_CONFLICT, "%lld entries that came from other nodes are stored and not yet in the tables",
                  (long long)left);
        return error_hint(&w->err, "the process that serves the node is placing them: try again in a moment");
}

/* ---- placing -------------------------------------------------------------------------------------------- */

struct turn {
        struct head *head;
        size_t most, bytes_most; /* entries; their bytes, but for the last one's */
        size_t bytes;            /* of those that were placed */
};

static bool place_one(struct work *w, const struct entry *e, void *context)
{
        struct turn *t = context;
        enum applied result;
        struct error why;

        t->head->now.placed_seq = e->seq;
        return ledger_goes_on(w) && entry_apply(w, e, &result, &why);
}

/* The next entries of one stream, read before any is placed: going back to a savepoint would end a query that runs on. Some may be of a kind
 * that was placed when it came. */
static bool place_run(struct work *w, void *argument)
{
        struct turn *t = argument;
        struct head *h = t->head;
        struct stored *list = arena_array(w->arena, t->most, sizeof *list);
        struct rows *r = db_query(w->db,
                                  "SELECT id, seq, kind, line FROM ledger_entry WHERE stream = $1 AND seq > $2 ORDER BY seq LIMIT $3",
                                  ARGS(v_int(h->id), v_int(h->now.placed_seq), v_int((int64_t)t->most)));
        size_t seen = 0, count = 0;
        int64_t last = 0;

        while (t->bytes < t->bytes_most && seen < t->most && rows_next(r)) {
                struct stored *s = &list[count];

                seen++;
                last = rows_int(r, 1);
                if (kind_may_follow(w->node, rows_text(r, 2))) {
                        s->id = rows_int(r, 0);
                        s->bytes = rows_move(r, 3, w->arena, &s->length);
                        count++;
                } else {
                        rows_bytes(r, 3, &s->length);
                }
                t->bytes += s->length;
        }
        rows_close(r);
        if (work_ok(w) && seen == 0)
                return error_set(&w->err, ERR_DAMAGED, "stream %s lacks entries that were stored", h->name);
        head_touch(w->node, h);
        h->now.is_touched = true;
        if (!work_ok(w) || !stored_run(w, list, count, place_one, t))
                return false;
        h->now.placed_seq = last;
        return true;
}

bool placing_finish(struct work *w, struct head *h)
{
        while (h->now.placed_seq < h->now.seq) {
                struct turn t = { .head = h, .most = RUN_ENTRIES, .bytes_most = RUN_BYTES };

                if (!run_in_scratch(w, place_run, &t))
                        return false;
        }
        return work_ok(w);
}

static struct resting **rest_of(struct node *n, int64_t stream)
{
        struct resting **r = &n->resting;

        while (*r != NULL && (*r)->stream != stream)
                r = &(*r)->next;
        return r;
}

void placing_rest(struct node *n, int64_t stream)
{
        struct resting *r = *rest_of(n, stream);

        if (r == NULL) {
                r = calloc(1, sizeof *r);
                if (r == NULL)
                        return; /* it is tried with the others again */
                r->stream = stream;
                r->next = n->resting;
                n->resting = r;
        }
        r->until = steady_now() + ((int64_t)FAILED_MS << (r->failures < FAILED_DOUBLED ? r->failures : FAILED_DOUBLED));
        r->failures++;
        n->place_singly = false;
}

void placing_rest_over(struct node *n, int64_t stream)
{
        struct resting **place = rest_of(n, stream), *r = *place;

        if (r != NULL) {
                *place = r->next;
                free(r);
        }
}

/* The next stream of which something is left, in turn, in the order of their ids; not one that rests at that time. */
static struct head *next_behind(struct node *n, int64_t now)
{
        struct head *first = NULL, *next = NULL;

        for (struct head *h = n->heads; h != NULL; h = h->next) {
                const struct resting *r;

                if (h->now.placed_seq == h->now.seq || ((r = *rest_of(n, h->id)) != NULL && r->until > now))
                        continue;
                if (first == NULL || h->id < first->id)
                        first = h;
                if (h->id > n->place_last && (next == NULL || h->id < next->id))
                        next = h;
        }
        return next != NULL ? next : first;
}

bool placing_step(struct work *w, size_t most, bool *is_done)
{
        struct turn t = { .head = next_behind(w->node, INT64_MAX), .most = most, .bytes_most = RUN_BYTES };

        *is_done = t.head == NULL;
        if (*is_done)
                return true;
        w->node->place_last = t.head->id;
        return run_in_scratch(w, place_run, &t);
}

bool ledger_goes_on(struct work *w)
{
        struct node *n = w->node;
        bool waits = false;

        if (n->turn_gives_way) {
                pthread_mutex_lock(&n->queue_lock);
                waits = n->people.first != NULL || n->is_stopping;
                pthread_mutex_unlock(&n->queue_lock);
        }
        n->turn_was_taken_back |= waits;
        return !waits || error_set(&w->err, ERR_BUSY, "somebody saves: what was being placed is taken back");
}

struct slice {
        size_t most;  /* bytes of entries, but for the last one's */
        int64_t from; /* streams that rest are left out; INT64_MAX: none is */
};

static bool place_slice(struct work *w, void *argument)
{
        const struct slice *s = argument;
        struct node *n = w->node;
        bool is_alone = false;
        int64_t last = 0;

        n->placed_bytes = 0;
        n->streams_placed = 0;
        while (!is_alone && n->placed_bytes < s->most && ledger_goes_on(w)) {
                struct turn t = { .head = next_behind(n, s->from), .most = RUN_ENTRIES };
                size_t left = s->most - n->placed_bytes;

                is_alone = n->place_singly || (t.head != NULL && *rest_of(n, t.head->id) != NULL);
                if (t.head == NULL || (is_alone && n->streams_placed > 0))
                        break;
                n->streams_placed += t.head->id != last;
                n->place_last = last = t.head->id;
                t.bytes_most = left < RUN_BYTES ? left : RUN_BYTES;
                if (!run_in_scratch(w, place_run, &t))
                        return false;
                n->placed_bytes += t.bytes;
        }
        return work_ok(w);
}

/* A job: one turn. */
static bool place_turn(struct work *w, void *argument)
{
        bool ok = ledger_run(w, place_slice, argument) && ledger_goes_on(w) &&
                  ledger_retry_waiting(w); /* one may have brought what another waits for */

        w->node->place_singly |= !ok && !w->node->turn_was_taken_back;
        return ok;
}

/* What was stored goes from SQLite's log into the database file while it is placed; where that fails a later checkpoint does it. */
static void *checkpoint(void *node)
{
        struct error err = { .language = LANGUAGE_EN };
        struct db *db = node_reader(node, &err);

        if (db != NULL)
                db_checkpoint(db);
        return NULL;
}

bool ledger_place(struct work *w)
{
        struct slice s = { .most = ALONE_MOST, .from = INT64_MAX };
        pthread_t beside;
        bool has_beside = node_unplaced(w->node) > 0 && db_kind(w->node->writer) == DB_SQLITE &&
                          pthread_create(&beside, NULL, checkpoint, w->node) == 0;

        while (node_unplaced(w->node) > 0 && ledger_write_behind(w, place_turn, &s))
                ;
        if (has_beside)
                pthread_join(beside, NULL);
        return work_ok(w);
}

/* ---- the writer's own turns ------------------------------------------------------------------------------ */

bool node_may_place(const struct node *n)
{
        return !n->placing_rests;
}

void node_let_place(struct node *n, bool may)
{
        pthread_mutex_lock(&n->queue_lock);
        n->placing_rests = !may;
        pthread_cond_signal(&n->queue_filled);
        pthread_mutex_unlock(&n->queue_lock);
}

void placing_put_off(struct node *n)
{
        n->place_at = steady_now() + QUIET_MS;
}

int64_t placing_due(const struct node *n)
{
        int64_t usual = n->place_at < n->placed_at + EVERY_MS ? n->place_at : n->placed_at + EVERY_MS, soonest = INT64_MAX;

        if (node_unplaced(n) == 0 || n->placing_rests)
                return INT64_MAX;
        if (n->resting == NULL)
                return usual;
        for (const struct head *h = n->heads; h != NULL; h = h->next)
                if (h->now.placed_seq < h->now.seq) {
                        const struct resting *r = n->resting;

                        while (r != NULL && r->stream != h->id)
                                r = r->next;
                        if (r == NULL)
                                return usual;
                        soonest = r->until < soonest ? r->until : soonest;
                }
        return soonest;
}

static void turn_done(struct ledger_job *job, bool is_ok)
{
        (void)job;
        (void)is_ok;
}

/* How much is placed in a short turn, by what the last turns took, all that commits them included. */
static size_t short_turn(const struct node *n)
{
        size_t most = n->place_bytes_a_ms * TURN_MS;

        return most < TURN_LEAST ? TURN_LEAST : most > TURN_MOST ? TURN_MOST : most;
}

static void learn_pace(struct node *n, int64_t took_ms)
{
        size_t before = n->place_bytes_a_ms, pace = n->placed_bytes / (size_t)(took_ms > 0 ? took_ms : 1);

        n->place_bytes_a_ms = pace > before * 2 ? before * 2 : pace < before / 2 ? before / 2 : pace;
        n->place_bytes_a_ms += n->place_bytes_a_ms == 0;
}

void placing_turn(struct node *n)
{
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        struct work w = { .now = 0 };
        int64_t begun = steady_now();
        bool is_long = begun - atomic_load(&n->people_at) > LATELY_MS, ok = a != NULL;
        struct slice s = { .most = is_long ? TURN_MOST : short_turn(n), .from = begun };
        struct ledger_job job = { .run = place_turn, .argument = &s, .work = &w, .done = turn_done };

        n->streams_placed = 0;
        n->turn_was_taken_back = false;
        if (ok) {
                n->turn_gives_way = is_long;
                work_init(&w, a, NULL, LANGUAGE_EN);
                w.node = n;
                group_run(n, &job);
                n->turn_gives_way = false;
                ok = work_ok(&w);
                if (!ok && !n->turn_was_taken_back)
                        log_line(LOG_ALARM, "ledger", "placing stored entries failed, will try again: %s%s%s", w.err.context, w.err.context[0] == '\0' ? "" : ": ", w.err.message);
        }
        if (a == NULL)
                error_set(&w.err, ERR_ENVIRONMENT, "the machine has no memory left");
        arena_close(a);
        n->placed_at = n->place_at = steady_now();
        if (ok) {
                learn_pace(n, n->placed_at - begun);
                placing_rest_over(n, n->place_last);
                if (n->resting == NULL)
                        trouble_over(n);
        } else if (n->streams_placed == 1 && !n->turn_was_taken_back) {
                placing_rest(n, n->place_last);
                tell_trouble(n, &w.err);
        } else if (n->streams_placed == 0 && !n->turn_was_taken_back) { /* the database is away, or memory has ended */
                n->place_at = n->placed_at += FAILED_MS;
                tell_trouble(n, &w.err);
        } else {
                n->place_singly |= !n->turn_was_taken_back;
        }
}

/* ---- reading -------------------------------------------------------------------------------------------- */

struct node *node_open_placed(const char *folder, const struct ledger_schema *schema, struct error *err)
{
        struct node *n = node_open(folder, NODE_READ, schema, err), *writing;
        struct error why = { .language = err->language };
        struct arena *a;
        struct work w;

        if (n == NULL || node_unplaced(n) == 0)
                return n;
        a = arena_open(WORK_MEMORY_USUAL);
        writing = a == NULL ? NULL : node_open(folder, NODE_WRITE, schema, &why);
        if (writing != NULL) { /* else another process has it, and places what there is */
                node_close(n);
                work_init(&w, a, NULL, err->language);
                w.node = writing;
                w.now = moment_now();
                if (!ledger_place(&w))
                        log_line(LOG_WARNING, "ledger", "placing stored entries failed: %s", w.err.message);
                node_close(writing);
                n = node_open(folder, NODE_READ, schema, err);
        }
        arena_close(a);
        return n;
}
