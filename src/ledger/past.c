#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/ledger_private.h"

/* Which past. */
struct wanted {
        stamp until;
        enum past_width width;
        const int64_t *definitions; /* of PAST_OF_FIGURES; the same ones are in the same order */
        size_t definition_count;
};

struct past {
        struct past *next;     /* in the node's list, while it is kept */
        struct node *original, *node;
        struct shadow shadow;  /* none where the node is the original itself */
        struct wanted is;
        stamp from, to;        /* as far as no entry that belongs lies between, it is that of all moments */
        int64_t *definitions;
        int64_t seen;          /* entries up to this id have been looked at for what belongs to it */
        int64_t unplaced;      /* of the node, when it was made */
        int holds;
        bool is_kept;
};

/* ---- what belongs to it ---------------------------------------------------------------------------------------------- */

static bool belongs(const struct ledger_schema *schema, const char *kind, enum past_width width)
{
        bool is_beside = schema->is_beside_registers != NULL && schema->is_beside_registers(kind);

        return (schema->is_never_past == NULL || !schema->is_never_past(kind)) && (width == PAST_WHOLE || is_beside == (width == PAST_OF_FIGURES));
}

/* Kinds as SQL lists them, in quotes; names of kinds are constants of the program. */
static const char *kinds_listed(struct work *w, bool of_trust, enum past_width width)
{
        const struct ledger_schema *schema = node_schema(w->node);
        const char *all = "''";

        for (const struct entry_kind *const *list = schema->kinds; *list != NULL; list++)
                for (const struct entry_kind *k = *list; k->name != NULL; k++) {
                        bool is_trust = *list == trust_kinds || *list == succession_kinds;

                        if (is_trust == of_trust && (is_trust || belongs(schema, k->name, width)))
                                all = arena_print(w->arena, "%s,'%s'", all, k->name);
                }
        return all;
}

static const char *ids_listed(struct work *w, const struct wanted *x)
{
        struct buf *list = arena_alloc(w->arena, sizeof *list);

        if (x->definition_count == 0)
                return "";
        buf_init_with(list, 0, w->arena);
        for (size_t i = 0; i < x->definition_count; i++)
                buf_print(list, "%s%lld", i == 0 ? " OR id IN (" : ",", (long long)x->definitions[i]);
        buf_char(list, ')');
        return list->data;
}

static int64_t newest_id(struct work *w)
{
        return db_number(w->db, "SELECT MAX(id) FROM ledger_entry", NO_ARGS, 0);
}

static stamp newest_stamp(struct work *w)
{
        return db_number(w->db, "SELECT MAX(at) FROM ledger_stream", NO_ARGS, 0);
}

static int64_t count_unplaced(struct work *w)
{
        return db_number(w->db, "SELECT CAST(SUM(seq - placed_seq) AS BIGINT) FROM ledger_stream", NO_ARGS, 0);
}

struct question {
        struct past *past;
        bool answer;
};

/* Whether it still is all that belongs to it, by what the work reads; up to which moment is found anew. */
static bool ask_whole(struct work *w, void *argument)
{
        struct question *q = argument;
        struct past *p = q->past;
        int64_t newest = newest_id(w), seen;
        stamp next = 0; /* of what came since */

        pthread_mutex_lock(&p->original->pasts_lock);
        seen = p->seen;
        pthread_mutex_unlock(&p->original->pasts_lock);
        q->answer = p->unplaced == 0 || (newest <= seen && count_unplaced(w) == p->unplaced);
        if (q->answer && newest > seen) {
                next = db_number(w->db, arena_print(w->arena, "SELECT MIN(at) FROM ledger_entry WHERE id > $1 AND kind IN (%s)", kinds_listed(w, false, p->is.width)), ARGS(v_int(seen)), 0);
                q->answer = (next == 0 || next > p->is.until) &&
                            db_number(w->db, arena_print(w->arena, "SELECT 1 FROM ledger_entry WHERE id > $1 AND kind IN (%s) LIMIT 1", kinds_listed(w, true, p->is.width)),
                                      ARGS(v_int(seen)), 0) == 0;
        }
        if (!work_ok(w))
                return false;
        pthread_mutex_lock(&p->original->pasts_lock);
        if (q->answer && newest > p->seen) {
                p->seen = newest;
                if (next != 0 && next <= p->to)
                        p->to = next - 1;
        }
        pthread_mutex_unlock(&p->original->pasts_lock);
        return true;
}

/* ---- making one ------------------------------------------------------------------------------------------------------ */

static bool nothing_by_then(struct work *w, const char *kinds)
{
        stamp first = db_number(w->db, arena_print(w->arena, "SELECT MIN(at) FROM ledger_entry WHERE kind IN (%s)", kinds), NO_ARGS, 0);
        char text[DAY_TEXT_MAX];

        if (!work_ok(w))
                return false;
        if (first == 0)
                return error_set(&w->err, ERR_MISSING, "nothing has been recorded on this node yet");
        day_write(text, day_of_moment(stamp_moment(first)));
        error_set(&w->err, ERR_MISSING, "nothing had been recorded on this node by then: its first record is of %s", text);
        return error_hint(&w->err, "ask for a day from then on");
}

static bool make(struct work *w, void *argument)
{
        struct past *p = argument;
        struct node *n = w->node;
        const char *kinds = kinds_listed(w, false, p->is.width);
        const char *which = arena_print(w->arena, " WHERE (at <= $1 AND kind IN (%s)) OR kind IN (%s)%s", kinds, kinds_listed(w, true, p->is.width), ids_listed(w, &p->is));
        int64_t entries;

        p->seen = newest_id(w);
        p->unplaced = count_unplaced(w);
        if (p->is.width != PAST_OF_FIGURES && newest_stamp(w) <= p->is.until) {
                p->node = n;
                return work_ok(w);
        }
        if (p->is.width != PAST_OF_FIGURES &&
            db_number(w->db, arena_print(w->arena, "SELECT 1 FROM ledger_entry WHERE at <= $1 AND kind IN (%s) LIMIT 1", kinds), ARGS(v_int(p->is.until)), 0) == 0)
                return work_ok(w) && nothing_by_then(w, kinds);
        p->from = db_number(w->db, arena_print(w->arena, "SELECT MAX(at) FROM ledger_entry WHERE at <= $1 AND kind IN (%s)", kinds), ARGS(v_int(p->is.until)), 0);
        p->to = db_number(w->db, arena_print(w->arena, "SELECT MIN(at) FROM ledger_entry WHERE at > $1 AND kind IN (%s)", kinds), ARGS(v_int(p->is.until)), 0) - 1;
        if (p->to < p->is.until)
                p->to = INT64_MAX;
        if (!shadow_open(&p->shadow, n, "past", &w->err) || !shadow_fill(&p->shadow, w, which, ARGS(v_int(p->is.until)), &entries))
                return false;
        p->node = p->shadow.node;
        writer_stop(p->node); /* nothing is ever written to it again */
        return true;
}

static void past_free(struct past *p)
{
        shadow_close(&p->shadow);
        free(p->definitions);
        free(p);
}

/* Under the lock: no longer kept. True where nobody holds it: then it is the caller's to free, outside of the lock. */
static bool give_up(struct node *n, struct past *p)
{
        struct past **place = &n->pasts;

        while (*place != p)
                place = &(*place)->next;
        *place = p->next;
        p->is_kept = false;
        return p->holds == 0;
}

/* Under the lock: the one that was used longest ago; of those that nobody holds, where there is one. */
static struct past *least_used(struct node *n)
{
        struct past *oldest = NULL, *oldest_free = NULL;
        int count = 0;

        for (struct past *p = n->pasts; p != NULL; p = p->next, count++) {
                oldest = p;
                if (p->holds == 0)
                        oldest_free = p;
        }
        return count <= PASTS_MOST ? NULL : oldest_free != NULL ? oldest_free : oldest;
}

/* ---- holding one ----------------------------------------------------------------------------------------------------- */

static bool is_wanted(const struct past *p, const struct wanted *x)
{
        return p->from <= x->until && x->until <= p->to && p->is.width == x->width && p->is.definition_count == x->definition_count &&
               (x->definition_count == 0 || memcmp(p->is.definitions, x->definitions, x->definition_count * sizeof *x->definitions) == 0);
}

static struct past *kept_of(struct node *n, const struct wanted *x)
{
        struct past *p = n->pasts;

        while (p != NULL && !is_wanted(p, x))
                p = p->next;
        return p;
}

/* Under the lock, which is let go meanwhile: one that is kept and still whole. */
static struct past *find(struct work *w, const struct wanted *x)
{
        struct node *n = w->node;
        struct past *p;

        while (work_ok(w) && (p = kept_of(n, x)) != NULL) {
                struct question q = { .past = p };
                bool is_over;

                p->holds++;
                pthread_mutex_unlock(&n->pasts_lock);
                work_run(w, ask_whole, &q);
                pthread_mutex_lock(&n->pasts_lock);
                if (work_ok(w) && q.answer && !is_wanted(p, x)) {
                        p->holds--; /* what came since belongs between */
                        is_over = !p->is_kept && p->holds == 0;
                } else if (work_ok(w) && q.answer) {
                        if (p->is_kept) { /* to the front */
                                give_up(n, p);
                                p->is_kept = true;
                                p->next = n->pasts;
                                n->pasts = p;
                        }
                        return p;
                } else {
                        p->holds--;
                        is_over = work_ok(w) && p->is_kept ? give_up(n, p) : !p->is_kept && p->holds == 0;
                }
                if (is_over) {
                        pthread_mutex_unlock(&n->pasts_lock);
                        past_free(p);
                        pthread_mutex_lock(&n->pasts_lock);
                }
        }
        return NULL;
}

/* Under the lock: until no other thread makes one. */
static bool wait_for_others(struct work *w, struct node *n, int64_t until_ms)
{
        struct timespec end = { until_ms / 1000, (until_ms % 1000) * 1000000 };

        while (n->is_making_past)
                if (pthread_cond_timedwait(&n->past_made, &n->pasts_lock, &end) == ETIMEDOUT && n->is_making_past) {
                        error_set(&w->err, ERR_BUSY, "what was known on another day is being put together");
                        return error_hint(&w->err, "try again in a minute");
                }
        return true;
}

/* One that is to be made. NULL: the machine has no memory. */
static struct past *begin(struct node *n, const struct wanted *x)
{
        struct past *p = calloc(1, sizeof *p);

        if (p == NULL || (x->definition_count > 0 && (p->definitions = malloc(x->definition_count * sizeof *p->definitions)) == NULL)) {
                free(p);
                return NULL;
        }
        if (x->definition_count > 0)
                memcpy(p->definitions, x->definitions, x->definition_count * sizeof *p->definitions);
        p->original = n;
        p->is = *x;
        p->is.definitions = p->definitions;
        p->holds = 1;
        p->shadow.lock = -1;
        return p;
}

static struct past *hold(struct work *w, const struct wanted *x)
{
        struct node *n = w->node;
        int64_t patience = steady_now() + n->past_patience_ms;
        struct past *p, *over = NULL;
        bool is_made;

        pthread_mutex_lock(&n->pasts_lock);
        while ((p = find(w, x)) == NULL && work_ok(w) && n->is_making_past)
                if (!wait_for_others(w, n, patience))
                        break;
        if (p != NULL || !work_ok(w)) {
                pthread_mutex_unlock(&n->pasts_lock);
                return p;
        }
        n->is_making_past = true;
        pthread_mutex_unlock(&n->pasts_lock);

        p = begin(n, x);
        if (p == NULL)
                error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        is_made = p != NULL && work_run(w, make, p);

        pthread_mutex_lock(&n->pasts_lock);
        n->is_making_past = false;
        pthread_cond_broadcast(&n->past_made);
        if (is_made && p->node != n) { /* the node itself changes: not kept */
                p->is_kept = true;
                p->next = n->pasts;
                n->pasts = p;
                over = least_used(n);
                if (over != NULL && !give_up(n, over))
                        over = NULL; /* whoever holds it frees it */
        }
        pthread_mutex_unlock(&n->pasts_lock);
        if (over != NULL)
                past_free(over);
        if (!is_made && p != NULL)
                past_free(p);
        return is_made ? p : NULL;
}

struct past *past_hold(struct work *w, moment at, enum past_width width)
{
        return hold(w, &(struct wanted){ .until = stamp_last(at), .width = width });
}

struct past *past_hold_defined(struct work *w, moment at, const int64_t *definitions, size_t count)
{
        return hold(w, &(struct wanted){ .until = at == 0 ? INT64_MAX : stamp_last(at), .width = PAST_OF_FIGURES, .definitions = definitions, .definition_count = count });
}

void past_release(struct past *p)
{
        struct node *n;
        bool is_over;

        if (p == NULL)
                return;
        n = p->original;
        pthread_mutex_lock(&n->pasts_lock);
        is_over = --p->holds == 0 && !p->is_kept;
        pthread_mutex_unlock(&n->pasts_lock);
        if (is_over)
                past_free(p);
}

moment past_clock(struct work *w)
{
        moment newest = stamp_moment(newest_stamp(w));

        return newest > w->now ? newest : w->now;
}

struct node *past_node(const struct past *p)
{
        return p->node;
}

void pasts_let_make(struct node *n, bool may)
{
        atomic_store(&n->makes_no_pasts, !may);
}

void pasts_forget(struct node *n)
{
        for (;;) {
                struct past *p;
                bool is_over;

                pthread_mutex_lock(&n->pasts_lock);
                p = n->pasts;
                is_over = p != NULL && give_up(n, p);
                pthread_mutex_unlock(&n->pasts_lock);
                if (p == NULL)
                        return;
                if (is_over)
                        past_free(p);
        }
}

/* ---- and the node itself --------------------------------------------------------------------------------------------- */

/* Run a function on another node of the same ids, by a reader of its own. */
static bool run_on(struct work *w, struct node *other, bool as_snapshot, work_function *run, void *argument)
{
        struct node *node = w->node;
        struct db *db = w->db;
        bool ok = false;

        w->db = node_reader(other, &w->err);
        if (w->db != NULL && (!as_snapshot || db_begin(w->db))) {
                w->node = other;
                db_attach_error(w->db, &w->err);
                ok = work_run(w, run, argument);
                if (as_snapshot && db_in_transaction(w->db))
                        db_rollback(w->db);
                db_attach_error(w->db, NULL);
        }
        w->node = node;
        w->db = db;
        return ok;
}

bool past_run(struct work *w, struct past *p, work_function *run, void *argument)
{
        return p->node == w->node ? run(w, argument) : run_on(w, p->node, true, run, argument);
}

bool past_is_read(const struct work *w)
{
        return w->is_past || (w->node != NULL && w->node->original != NULL);
}

bool past_on_node(struct work *w, work_function *run, void *argument)
{
        return w->node == NULL || w->node->original == NULL ? run(w, argument) : run_on(w, w->node->original, false, run, argument);
}
