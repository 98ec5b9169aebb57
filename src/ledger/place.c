#include <string.h>

#include "base/day.h"
#include "base/log.h"
#include "ledger/ledger_private.h"

#define RUN_ENTRIES 256                  /* read at once, */
#define RUN_BYTES ((size_t)1 << 20)      /* or until so many bytes */
#define TURN_MS 40                       /* how long one transaction places while others wait, */
#define TURN_MOST_MS 100                 /* and while nobody does */
#define QUIET_MS 250                     /* placing begins when no batch came for so long, */
#define EVERY_MS 1000                    /* or when so long nothing was placed */
#define FAILED_MS 1000                   /* after a failure it waits, twice as long each time, */
#define FAILED_DOUBLED 6                 /* at most so often */

/* ---- what is left ------------------------------------------------------------------------------------- */

bool kind_may_follow(const struct node *n, const char *kind)
{
        return n->schema->may_follow != NULL && n->schema->may_follow(kind);
}

void placing_count(struct node *n)
{
        int64_t left = 0;

        for (const struct head *h = n->heads; h != NULL; h = h->next)
                left += h->now.seq - h->now.placed_seq;
        if (left > 0 && atomic_load(&n->unplaced) == 0)
                n->placed_at = steady_now(); /* until now nothing was late */
        if (left == 0)
                n->place_singly = false;
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

struct stored {
        int64_t id, seq;
        const char *bytes; /* NULL: of a kind that was placed when it came */
        size_t length;
};

static bool place_one(struct work *w, void *argument)
{
        const struct stored *s = argument;
        struct entry *e = entry_of_row(w, w->arena, s->id, s->bytes, s->length);
        enum applied result;
        struct error why;

        return e != NULL && entry_apply(w, e, &result, &why);
}

struct turn {
        struct head *head;
        size_t most; /* entries */
};

/* The next entries of one stream, read before any is placed: going back to a savepoint would end a query that runs on. */
static bool place_run(struct work *w, void *argument)
{
        struct turn *t = argument;
        struct head *h = t->head;
        struct stored *list = arena_array(w->arena, t->most, sizeof *list);
        struct rows *r = db_query(w->db,
                                  "SELECT id, seq, kind, line FROM ledger_entry WHERE stream = $1 AND seq > $2 ORDER BY seq LIMIT $3",
                                  ARGS(v_int(h->id), v_int(h->now.placed_seq), v_int((int64_t)t->most)));
        size_t count = 0, bytes = 0;

        while (bytes < RUN_BYTES && count < t->most && rows_next(r)) {
                struct stored *s = &list[count++];
                const void *line = rows_bytes(r, 3, &s->length);

                s->id = rows_int(r, 0);
                s->seq = rows_int(r, 1);
                s->bytes = kind_may_follow(w->node, rows_text(r, 2)) ? arena_copy(w->arena, line, s->length) : NULL;
                bytes += s->length;
        }
        rows_close(r);
        if (work_ok(w) && count == 0)
                return error_set(&w->err, ERR_DAMAGED, "stream %s lacks entries that were stored", h->name);
        head_touch(w->node, h);
        h->now.is_touched = true;
        for (size_t i = 0; i < count && work_ok(w); i++) {
                h->now.placed_seq = list[i].seq;
                if (list[i].bytes != NULL && !run_in_scratch(w, place_one, &list[i]))
                        return false;
        }
        return work_ok(w);
}

bool placing_finish(struct work *w, struct head *h)
{
        struct turn t = { .head = h, .most = RUN_ENTRIES };

        while (h->now.placed_seq < h->now.seq)
                if (!run_in_scratch(w, place_run, &t))
                        return false;
        return work_ok(w);
}

/* The next stream of which something is left, in turn, in the order of their ids. */
static struct head *next_behind(struct node *n)
{
        struct head *first = NULL, *next = NULL;

        for (struct head *h = n->heads; h != NULL; h = h->next) {
                if (h->now.placed_seq == h->now.seq)
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
        struct turn t = { .head = next_behind(w->node), .most = most };

        *is_done = t.head == NULL;
        if (*is_done)
                return true;
        w->node->place_last = t.head->id;
        return run_in_scratch(w, place_run, &t);
}

static bool someone_waits(struct node *n)
{
        bool waits;

        pthread_mutex_lock(&n->queue_lock);
        waits = n->people.first != NULL || n->behind.first != NULL || n->is_stopping;
        pthread_mutex_unlock(&n->queue_lock);
        return waits;
}

static bool place_for_a_while(struct work *w, void *argument)
{
        struct node *n = w->node;
        int64_t begun = steady_now(), passed = 0;
        bool is_done = false;

        (void)argument;
        do {
                if (!placing_step(w, RUN_ENTRIES, &is_done))
                        return false;
                passed = steady_now() - begun;
        } while (!is_done && !n->place_singly && passed < TURN_MOST_MS && (passed < TURN_MS || !someone_waits(n)));
        return work_ok(w);
}

/* A job: one turn. */
static bool place_turn(struct work *w, void *argument)
{
        bool ok = ledger_run(w, place_for_a_while, argument) &&
                  ledger_retry_waiting(w); /* one may have brought what another waits for */

        w->node->place_singly |= !ok;
        return ok;
}

bool ledger_place(struct work *w)
{
        while (node_unplaced(w->node) > 0)
                if (!ledger_write_behind(w, place_turn, NULL))
                        return false;
        return work_ok(w);
}

/* ---- the writer's own turns ------------------------------------------------------------------------------ */

void placing_put_off(struct node *n)
{
        if (n->placing_failures == 0)
                n->place_at = steady_now() + QUIET_MS;
}

int64_t placing_due(const struct node *n)
{
        int64_t latest = n->placed_at + EVERY_MS;

        if (node_unplaced(n) == 0 || n->placing_rests)
                return INT64_MAX;
        return n->placing_failures > 0 || n->place_at < latest ? n->place_at : latest;
}

static void turn_done(struct ledger_job *job, bool is_ok)
{
        (void)job;
        (void)is_ok;
}

void placing_turn(struct node *n)
{
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        struct work w;
        struct ledger_job job = { .run = place_turn, .work = &w, .done = turn_done };
        bool ok = a != NULL;

        if (ok) {
                work_init(&w, a, NULL, LANGUAGE_EN);
                w.node = n;
                w.now = moment_now();
                group_run(n, &job);
                ok = work_ok(&w);
                if (!ok)
                        log_line(LOG_ALARM, "ledger", "placing stored entries failed, will try again: %s", w.err.message);
        }
        arena_close(a);
        n->placed_at = n->place_at = steady_now();
        if (ok) {
                n->placing_failures = 0;
                return;
        }
        n->place_at += (int64_t)FAILED_MS << n->placing_failures;
        if (n->placing_failures < FAILED_DOUBLED)
                n->placing_failures++;
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
