#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hex.h"
#include "base/log.h"
#include "ledger/ledger_private.h"

#define GROUP_MAX 1024                       /* jobs in one transaction */
#define ENTRIES_BETWEEN_CHECKPOINTS 20000
#define UNHEARD_DAYS 366                     /* without anything of others, before the log asks whether the clock is right */

/* ---- heads of streams ------------------------------------------------------------------------ */

static void head_free(struct head *h)
{
        free(h->name);
        free(h->audience);
        free(h);
}

void heads_drop(struct node *n)
{
        while (n->heads != NULL) {
                struct head *h = n->heads;

                n->heads = h->next;
                head_free(h);
        }
        map_close(n->head_by_name);
        n->head_by_name = NULL;
}

static struct head *head_add(struct node *n, const char *name, const char *audience)
{
        struct head *h = calloc(1, sizeof *h);
        int64_t *place;

        if (h == NULL)
                return NULL;
        h->name = strdup(name);
        h->audience = strdup(audience);
        place = h->name == NULL || h->audience == NULL ? NULL : map_put_text(n->head_by_name, name, NULL);
        if (place == NULL) {
                head_free(h);
                return NULL;
        }
        *place = (int64_t)(intptr_t)h;
        memset(h->now.hash, '0', HASH_HEX - 1);
        h->is_own = strncmp(name, n->key, KEY_HEX - 1) == 0;
        h->next = n->heads;
        n->heads = h;
        return h;
}

void heads_own(struct node *n)
{
        for (struct head *h = n->heads; h != NULL; h = h->next)
                h->is_own = strncmp(h->name, n->key, KEY_HEX - 1) == 0;
}

static bool no_memory(struct work *w)
{
        return error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
}

void stamp_seen(struct node *n, stamp at)
{
        if (at > n->last_stamp)
                n->last_stamp = at;
}

void heads_stamp(struct node *n)
{
        stamp latest = 0;

        for (const struct head *h = n->heads; h != NULL; h = h->next)
                latest = h->now.at > latest ? h->now.at : latest;
        n->last_stamp = latest;
}

bool heads_load(struct work *w)
{
        struct node *n = w->node;
        struct rows *r;

        heads_drop(n);
        n->head_by_name = map_open();
        if (n->head_by_name == NULL)
                return no_memory(w);
        r = db_query(w->db, "SELECT id, name, audience, seq, hash, at, sealed_seq, stopped, placed_seq FROM ledger_stream", NO_ARGS);
        while (rows_next(r)) {
                struct head *h = head_add(n, rows_text(r, 1), rows_text(r, 2));

                if (h == NULL) {
                        rows_close(r);
                        return no_memory(w);
                }
                h->id = rows_int(r, 0);
                h->now.seq = rows_int(r, 3);
                memcpy(h->now.hash, rows_text(r, 4), HASH_HEX);
                h->now.at = rows_int(r, 5);
                h->now.sealed_seq = rows_int(r, 6);
                h->now.is_stopped = !rows_is_null(r, 7);
                h->now.placed_seq = rows_int(r, 8);
                h->now.is_stored = true;
                stamp_seen(n, h->now.at);
        }
        return work_ok(w);
}

void head_touch(struct node *n, struct head *h)
{
        if (h->job != n->job) {
                h->before = h->now;
                h->job = n->job;
        }
}

/* The job that runs has failed: its heads stand where they stood before it. */
static void heads_put_back(struct node *n)
{
        for (struct head *h = n->heads; h != NULL; h = h->next)
                if (h->job == n->job)
                        h->now = h->before;
}

struct head *head_get(struct work *w, const char *stream)
{
        struct node *n = w->node;
        int64_t *place = map_get_text(n->head_by_name, stream);
        struct head *h;

        if (place != NULL)
                h = (struct head *)(intptr_t)*place;
        else
                h = head_add(n, stream, stream + KEY_HEX);
        if (h == NULL) {
                no_memory(w);
                return NULL;
        }
        if (h->now.is_stored)
                return h;
        head_touch(n, h);
        h->id = db_number(w->db, "SELECT MAX(id) FROM ledger_stream", NO_ARGS, 0) + 1;
        h->now.is_stored = db_exec(w->db,
                                   "INSERT INTO ledger_stream (id, name, node, audience, seq, hash, at, sealed_seq)"
                                   " VALUES ($1, $2, $3, $4, 0, $5, 0, 0)",
                                   ARGS(v_int(h->id), v_text(stream), v_text_n(stream, KEY_HEX - 1), v_text(h->audience),
                                        v_text(h->now.hash)));
        return work_ok(w) ? h : NULL;
}

bool head_stop(struct work *w, struct head *h, const struct fork *f)
{
        head_touch(w->node, h);
        h->now.is_stopped = true;
        return db_exec(w->db, "UPDATE ledger_stream SET stopped = $2, fork_seq = $3, fork_lines = $4, kept_seq = $5 WHERE id = $1",
                       ARGS(v_int(h->id), v_text("fork"), v_int(f->seq), v_bytes(f->lines, f->length),
                            v_int(f->kept_seq)));
}

bool head_go_on(struct work *w, struct head *h)
{
        head_touch(w->node, h);
        h->now.is_stopped = false;
        return db_exec(w->db, "UPDATE ledger_stream SET stopped = NULL, fork_seq = 0, fork_lines = NULL, kept_seq = 0 WHERE id = $1",
                       ARGS(v_int(h->id)));
}

void heads_placed(struct node *n)
{
        for (struct head *h = n->heads; h != NULL; h = h->next)
                if (h->now.placed_seq < h->now.seq) {
                        head_touch(n, h);
                        h->now.placed_seq = h->now.seq;
                        h->now.is_touched = true;
                }
}

struct kept_branch {
        const char *stream;
        int64_t seq;
};

static bool note_kept(struct work *w, void *argument)
{
        const struct kept_branch *k = argument;

        return db_exec(w->db, "UPDATE ledger_stream SET kept_seq = $2 WHERE name = $1 AND stopped IS NOT NULL AND kept_seq < $2",
                       ARGS(v_text(k->stream), v_int(k->seq)));
}

bool ledger_fork_kept(struct work *w, const char *stream, int64_t seq)
{
        struct kept_branch k = { stream, seq };

        return ledger_write_behind(w, note_kept, &k);
}

bool heads_go_on(struct work *w, const char *key)
{
        for (struct head *h = w->node->heads; h != NULL; h = h->next)
                if (h->now.is_stopped && strncmp(h->name, key, KEY_HEX - 1) == 0 && !head_go_on(w, h))
                        return false;
        return work_ok(w);
}

bool heads_save(struct work *w)
{
        for (struct head *h = w->node->heads; h != NULL; h = h->next) {
                if (!h->now.is_touched)
                        continue;
                if (h->is_own && h->now.sealed_seq < h->now.seq && !seal_write(w, h))
                        return false;
                h->now.is_touched = false;
                if (!db_exec(w->db,
                             "UPDATE ledger_stream SET seq = $2, hash = $3, at = $4, sealed_seq = $5, placed_seq = $6"
                             " WHERE id = $1",
                             ARGS(v_int(h->id), v_int(h->now.seq), v_text(h->now.hash), v_int(h->now.at),
                                  v_int(h->now.sealed_seq), v_int(h->now.placed_seq))))
                        return false;
        }
        return work_ok(w);
}

/* ---- entries ------------------------------------------------------------------------------------ */

bool set_aside(struct work *w, int64_t entry, bool is_waiting, const struct error *why)
{
        char kept[ERROR_KEPT_MAX];

        error_keep(why, kept);
        return db_exec(w->db,
                       "INSERT INTO ledger_set_aside (entry, is_waiting, why) VALUES ($1, $2, $3)"
                       " ON CONFLICT (entry) DO UPDATE SET is_waiting = excluded.is_waiting, why = excluded.why",
                       ARGS(v_int(entry), v_int(is_waiting), v_text(kept)));
}

const struct entry_kind *kind_find(const struct ledger_schema *schema, const char *name)
{
        for (const struct entry_kind *const *list = schema->kinds; *list != NULL; list++)
                for (const struct entry_kind *k = *list; k->name != NULL; k++)
                        if (strcmp(k->name, name) == 0)
                                return k;
        return NULL;
}

bool kind_takes(const struct ledger_schema *schema, const char *kind, size_t length)
{
        return length <= ENTRY_TYPED_MAX || schema->is_bulk == NULL || schema->is_bulk(kind);
}

static enum applied apply_now(struct work *w, const struct entry *e, struct error *why)
{
        const struct entry_kind *kind = kind_find(node_schema(w->node), e->kind);
        bool is_known = false, is_local;

        if (kind == NULL) {
                error_set(why, ERR_MISSING, "entries of kind \"%s\" need a newer program", e->kind);
                return WAITING;
        }
        is_local = strcmp(e->audience, AUDIENCE_LOCAL) == 0 && node_is_own(w->node, e->node);
        if (!trust_is_kind(e->kind) && !is_local && !trust_covers(w, e->node, e->at, &is_known)) {
                if (!work_ok(w))
                        return FAILED;
                error_set(why, ERR_DENIED, is_known ? "its node's key had ended before" : "nobody enrolled its node");
                return REFUSED;
        }
        if (!kind_takes(node_schema(w->node), e->kind, e->length)) {
                error_set(why, ERR_TOO_BIG, "an entry of kind \"%s\" has at most %d kB", e->kind, (int)(ENTRY_TYPED_MAX >> 10));
                return REFUSED;
        }
        return kind->apply(w, e, why);
}

/* To the savepoint, with what was made since known no more. */
static void take_back(struct work *w, int64_t symbols)
{
        db_rollback_to(w->db);
        symbols_back_to(w->node, symbols);
}

static bool apply_or_set_aside(struct work *w, const struct entry *e, enum applied *result, struct error *why)
{
        const struct ledger_schema *schema = node_schema(w->node);
        bool has_way_back = schema->decides_first == NULL || !schema->decides_first(e->kind);
        int64_t symbols = 0;

        if (has_way_back) {
                symbols = symbols_mark(w);
                if (!work_ok(w) || !run_before_savepoint(w) || !db_savepoint(w->db))
                        return false;
        }
        *result = apply_now(w, e, why);
        if (*result == FAILED || !work_ok(w)) {
                if (has_way_back)
                        take_back(w, symbols);
                if (work_ok(w)) /* FAILED must say why; keep the promise for kinds that do not */
                        error_set(&w->err, ERR_ENVIRONMENT, "an entry of kind \"%s\" could not be applied", e->kind);
                return error_while(&w->err, "applying entry %lld of stream %.12s…%s", (long long)e->seq, e->node,
                                   e->stream + KEY_HEX - 1);
        }
        if (*result == APPLIED)
                return !has_way_back || db_release(w->db);
        if (has_way_back)
                take_back(w, symbols);
        return work_ok(w) && set_aside(w, e->id, *result == WAITING, why);
}

bool entry_apply(struct work *w, const struct entry *e, enum applied *result, struct error *why)
{
        struct node *n = w->node;
        bool changes_little = n->schema->puts_off != NULL && n->schema->puts_off(e->kind), ok;
        int64_t epoch;

        error_clear(why);
        why->language = w->err.language;
        if (!run_next(w, e->kind))
                return false;
        epoch = n->epoch;
        if (!changes_little)
                n->epoch = 0;
        ok = apply_or_set_aside(w, e, result, why);
        if (!changes_little && epoch != 0)
                epoch_begin(n);
        return ok;
}

bool entry_will_follow(const struct work *w, const struct head *h, const struct entry *e, enum storing how)
{
        return kind_may_follow(w->node, e->kind) && (how == STORE_FIRST || h->now.placed_seq != e->seq - 1);
}

#define INSERT_ENTRY "INSERT INTO ledger_entry (id, stream, seq, at, kind, subject, hash, line) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"

static bool entries_write(struct work *w, const struct value *values, size_t count)
{
        return db_many(w->db, INSERT_ENTRY, values, count, ENTRY_VALUES);
}

bool noted_write(struct work *w, struct noted *n)
{
        size_t count = n == NULL ? 0 : n->count;

        if (count == 0)
                return work_ok(w);
        n->count = 0;
        return entries_write(w, n->values[0], count);
}

/* Write the entry, or note it where it may be written with others. */
static bool row_write(struct work *w, const struct head *h, const struct entry *e, struct noted *n)
{
        const struct value row[ENTRY_VALUES] = {
                v_int(e->id),    v_int(h->id),       v_int(e->seq),                v_int(e->at),
                v_text(e->kind), v_text(e->subject), v_bytes(e->hash, HASH_BYTES), v_bytes(e->bytes, e->length),
        };

        if (e->length > LONG_BYTES)
                return noted_write(w, n) && db_insert_long(w->db, INSERT_ENTRY, (struct values){ row, ENTRY_VALUES }, "ledger_entry", "line");
        if (n == NULL)
                return entries_write(w, row, 1);
        memcpy(n->values[n->count++], row, sizeof row);
        return n->count < NOTED_MOST || noted_write(w, n);
}

bool entry_store(struct work *w, struct head *h, struct entry *e, enum storing how, struct noted *noted)
{
        struct node *n = w->node;
        bool is_own = how == STORE_OWN, is_all_placed = h->now.placed_seq == e->seq - 1, follows = entry_will_follow(w, h, e, how);
        enum applied result;
        struct error why;

        e->id = n->next_id++;
        if ((!follows && !noted_write(w, noted)) || !row_write(w, h, e, follows ? noted : NULL))
                return false;
        head_touch(n, h);
        h->now.seq = e->seq;
        h->now.at = e->at;
        hex_write(h->now.hash, e->hash, HASH_BYTES);
        h->now.is_touched = true;
        stamp_seen(n, e->at);
        if (follows)
                return true;
        e->is_spent = !is_own && e->is_right && e->length > LONG_BYTES;
        assert(is_all_placed || !is_own);
        if (is_all_placed)
                h->now.placed_seq = e->seq;
        if ((kind_find(n->schema, e->kind) != NULL && !entry_body(w->arena, e, &w->err)) || !entry_apply(w, e, &result, &why) || (is_own && !n->is_writing_again && !trust_judge(w)))
                return false;
        if (is_own && result != APPLIED && !n->is_writing_again)
                return error_set(&w->err, why.code == ERR_NONE ? ERR_INVALID : why.code, "%s", why.message);
        if (is_own) {
                h->now.unsealed_bytes += e->length;
                h->now.owes_seal |= n->schema->keeps_seal != NULL && n->schema->keeps_seal(e->kind);
                if (h->now.unsealed_bytes >= SEAL_EVERY_BYTES && !seal_write(w, h))
                        return false;
        }
        return true;
}

void *entry_is_damaged(struct work *w, int64_t id, const struct error *why)
{
        error_set(&w->err, ERR_DAMAGED, "entry %lld on this node is damaged: %s", (long long)id, why->message);
        return NULL;
}

struct entry *entry_of_row(struct work *w, struct arena *a, int64_t id, const void *bytes, size_t length)
{
        return entry_of_line(w, a, id, arena_copy(a, bytes, length), length, false);
}

struct entry *entry_of_line(struct work *w, struct arena *a, int64_t id, const char *bytes, size_t length, bool is_spent)
{
        struct entry *e;
        struct error err = { .language = w->err.language };

        e = entry_head(a, bytes, length, &err);
        if (e != NULL)
                e->is_spent = is_spent && length > LONG_BYTES;
        if (e == NULL || !entry_body(a, e, &err))
                return entry_is_damaged(w, id, &err);
        e->id = id;
        return e;
}

struct scratch_call {
        int64_t id;
        const void *bytes;
        size_t length;
        entry_function *run;
        void *context;
};

static bool in_scratch(struct work *w, void *argument)
{
        const struct scratch_call *c = argument;
        struct entry *e = entry_of_row(w, w->arena, c->id, c->bytes, c->length);

        return e != NULL && c->run(w, e, c->context);
}

bool entries_run(struct work *w, const char *sql, struct values values, entry_function *run, void *context)
{
        struct rows *r = db_query(w->db, sql, values);

        while (rows_next(r)) {
                struct scratch_call c = { .id = rows_int(r, 0), .run = run, .context = context };

                c.bytes = rows_bytes(r, 1, &c.length);
                if (!run_in_scratch(w, in_scratch, &c)) {
                        rows_close(r);
                        return false;
                }
        }
        return work_ok(w);
}

/* ---- appending -------------------------------------------------------------------------------------- */

struct append {
        const char *audience, *kind, *subject;
        const struct buf *body;
        struct arena *keep;   /* where the result is copied */
        struct entry *result; /* or NULL */
        bool wants_result;
};

/* Local entries go on where others could not take, or not believe, what is written now. */
static bool may_append(struct work *w, const struct head *h)
{
        enum hold hold = (enum hold)atomic_load(&w->node->held_back);
        bool is_known;

        if (h->now.is_stopped) {
                error_set(&w->err, ERR_DAMAGED, "stream %s takes no more entries: two different entries %lld exist", h->audience,
                          (long long)db_number(w->db, "SELECT fork_seq FROM ledger_stream WHERE id = $1", ARGS(v_int(h->id)), 0));
                return error_hint(&w->err, "go on under a new key: caunoi key %s --rotate", node_folder(w->node));
        }
        if (strcmp(h->audience, AUDIENCE_LOCAL) == 0)
                return true;
        if (hold == HOLD_RESTORED && !restored_may_append(w, h->audience))
                return false;
        if (hold == HOLD_BEHIND) {
                error_set(&w->err, ERR_CONFLICT, "another node holds entries of this node that it lacks itself; they must come back"
                                                 " first");
                return error_hint(&w->err, "the next exchange brings them; then try again");
        }
        if (trust_covers(w, w->node->key, stamp_next(w->node->last_stamp, moment_now()), &is_known))
                return true;
        if (work_ok(w)) {
                error_set(&w->err, ERR_CONFLICT, "the key of this node has ended: what it writes would count nowhere");
                error_hint(&w->err, "it was revoked above, its unit was taken over, or the key was rotated after this copy was made; see: caunoi trust list %s,"
                                    " caunoi succeed list %s",
                           node_folder(w->node), node_folder(w->node));
        }
        return false;
}

int64_t node_ahead(const struct node *n)
{
        int64_t ahead = stamp_moment(n->last_stamp) - moment_now();

        return ahead > STAMP_MAX_AHEAD_BELOW_MS ? ahead : 0;
}

int64_t unheard_since(stamp heard)
{
        int64_t since = moment_now() - stamp_moment(heard);

        return heard != 0 && since > (int64_t)UNHEARD_DAYS * MOMENT_PER_DAY ? since : 0;
}

/* Once, when something is written that others shall read: a clock that is far off is told of before it does harm. A node may have heard nothing for so long
 * because it is cut off, so that is no reason to keep people from their work. */
static void look_at_clock(struct node *n)
{
        stamp heard = 0;

        if (n->has_looked_at_clock)
                return;
        n->has_looked_at_clock = true;
        if (node_ahead(n) > 0)
                log_line(LOG_WARNING, "ledger", "what this node writes is %lld s ahead of the clock of this machine, and others do not take it before that time:"
                                                " see that the clock is right, then: caunoi key %s --rotate", (long long)node_ahead(n) / 1000, n->folder);
        for (const struct head *h = n->heads; h != NULL; h = h->next)
                if (!h->is_own && strncmp(h->name + KEY_HEX, AUDIENCE_LOCAL, sizeof AUDIENCE_LOCAL) != 0 && h->now.at > heard)
                        heard = h->now.at;
        if (unheard_since(heard) > 0)
                log_line(LOG_WARNING, "ledger", "this node has heard nothing of others for %lld days by the clock of this machine: where the clock is wrong, set it right before"
                                                " anything is written", (long long)(unheard_since(heard) / MOMENT_PER_DAY));
}

stamp ledger_next_stamp(const struct work *w)
{
        return past_is_read(w) ? stamp_last(w->now) : stamp_next(w->node->last_stamp, w->now);
}

static bool append_run(struct work *w, void *argument)
{
        struct append *a = argument;
        struct node *n = w->node;
        struct buf *line = arena_alloc(w->arena, sizeof *line);
        char at[STAMP_TEXT_MAX], *stream = arena_print(w->arena, "%s/%s", n->key, a->audience);
        struct head *h = head_get(w, stream);
        struct entry *e;
        stamp now;

        if (h == NULL)
                return false;
        if (!may_append(w, h))
                return false;
        if (strcmp(a->audience, AUDIENCE_LOCAL) != 0)
                look_at_clock(n);
        now = stamp_next(n->last_stamp, moment_now());
        stamp_write(at, now);
        buf_init_with(line, ENTRY_MAX, w->arena);
        entry_compose_head(line, stream, h->now.seq + 1, at, w->user->login, role_name(w->user->role), a->kind, a->subject,
                           h->now.hash);
        buf_put(line, a->body->data, a->body->length);
        buf_char(line, '}');
        if (line->is_starved || a->body->is_starved)
                arena_starve(w->arena);
        if (!buf_ok(line) || !buf_ok(a->body))
                return error_set(&w->err, ERR_TOO_BIG, "an entry would be over the limit of %zu bytes", ENTRY_MAX);
        e = entry_parse(w->arena, line->data, line->length, &w->err);
        if (e == NULL || !entry_store(w, h, e, STORE_OWN, NULL))
                return false;
        if (a->wants_result) {
                a->result = entry_copy(a->keep, e);
                a->result->bytes = NULL;
                a->result->length = a->result->body_at = 0;
        }
        return true;
}

bool ledger_append(struct work *w, const char *audience, const char *kind, const char *subject,
                   const struct buf *body, const struct entry **result)
{
        struct append a = { .audience = audience, .kind = kind, .subject = subject, .body = body, .keep = w->arena,
                            .wants_result = result != NULL };

        assert(w->is_writing);
        if (!run_in_scratch(w, append_run, &a))
                return false;
        if (result != NULL)
                *result = a.result;
        return true;
}

void ledger_purge(struct work *w)
{
        w->node->must_purge = true;
}

/* ---- trying again --------------------------------------------------------------------------------------- */

static bool retry_one(struct work *w, const struct entry *e, void *context)
{
        enum applied result;
        struct error why;

        (void)context;
        /* Applying another one may have brought everything that waited to its end. */
        if (db_number(w->db, "SELECT is_waiting FROM ledger_set_aside WHERE entry = $1", ARGS(v_int(e->id)), 0) == 0)
                return work_ok(w);
        /* It waits no more while it is applied: what it changes may have all that wait tried again. */
        return db_exec(w->db, "DELETE FROM ledger_set_aside WHERE entry = $1", ARGS(v_int(e->id))) && entry_apply(w, e, &result, &why);
}

static int64_t count_waiting(struct work *w)
{
        return db_number(w->db, "SELECT COUNT(*) FROM ledger_set_aside WHERE is_waiting = 1", NO_ARGS, 0);
}

static bool retry_all(struct work *w, void *argument)
{
        int64_t left = *(int64_t *)argument, before, *ids = arena_array(w->arena, (size_t)left, sizeof *ids);

        for (before = left + 1; left > 0 && left < before && work_ok(w);) { /* one may bring what another waits for */
                struct rows *r = db_query(w->db,
                                          "SELECT e.id, e.kind FROM ledger_set_aside s JOIN ledger_entry e ON e.id = s.entry"
                                          " WHERE s.is_waiting = 1 ORDER BY e.at, e.id",
                                          NO_ARGS);
                int64_t count = 0;

                while (count < left && rows_next(r))
                        if (kind_find(node_schema(w->node), rows_text(r, 1)) != NULL) /* else it waits for a newer program */
                                ids[count++] = rows_int(r, 0);
                rows_close(r);
                for (int64_t i = 0; i < count && work_ok(w); i++)
                        entries_run(w, "SELECT id, line FROM ledger_entry WHERE id = $1", ARGS(v_int(ids[i])),
                                    retry_one, NULL);
                before = left;
                left = count_waiting(w);
        }
        return work_ok(w);
}

bool waiting_run(struct work *w)
{
        int64_t left = count_waiting(w);

        return left == 0 ? work_ok(w) : ledger_run(w, retry_all, &left);
}

bool ledger_retry_waiting(struct work *w)
{
        return w->node->is_rebuilding ? work_ok(w) : waiting_run(w); /* a rebuild tries them after each group of kinds, and at its end */
}

/* ---- the writer ------------------------------------------------------------------------------------------- */

static bool refill(struct work *w, void *argument)
{
        return ledger_refill(w, argument);
}

bool ledger_judge_again(struct work *w)
{
        int64_t entries;

        if (!trust_judge(w) || !w->node->must_replay)
                return work_ok(w);
        w->node->must_replay = false;
        log_line(LOG_NOTE, "ledger", "whom to trust has changed for entries already here: replaying all");
        return run_in_scratch(w, refill, &entries);
}

/* What receipts prove is sealed with the job that wrote it: between it and its seal stands nothing that others wrote in the same commit. */
static bool heads_seal(struct work *w)
{
        for (struct head *h = w->node->heads; h != NULL; h = h->next)
                if (h->now.owes_seal && !seal_write(w, h))
                        return false;
        return work_ok(w);
}

/* One job in its savepoint. False: nothing of it is left in the transaction. A job that is alone needs none: with it the whole
 * transaction goes. SQLite keeps in memory what a savepoint needs to go back, every page of a large job. */
static bool job_run(struct node *n, struct ledger_job *job, bool is_alone)
{
        struct work *w = job->work;
        int64_t next_id = n->next_id;
        bool ok;

        n->job++;
        w->db = n->writer;
        w->node = n;
        w->is_writing = true;
        db_attach_error(n->writer, &w->err);
        n->symbols_changed = n->must_replay = n->must_cut = n->must_tell_left = false;
        n->judged_between = 0;
        epoch_begin(n);
        ok = work_ok(w) && (is_alone || db_savepoint(n->writer)) && work_run(w, job->run, job->argument) &&
             trust_judge(w) && branches_cut(w) && ledger_judge_again(w) &&
             branches_cut(w) && ledger_judge_again(w) && /* once more: where all was placed anew another word about branches may count */
             branches_tell(w) && heads_seal(w) && (is_alone || db_release(n->writer));
        n->epoch = 0;
        job->has_appended = ok && n->next_id > next_id;
        if (!ok) {
                struct error kept = w->err;

                if (is_alone)
                        db_rollback(n->writer);
                else
                        db_rollback_to(n->writer);
                error_clear(&w->err);
                heads_put_back(n);
                n->has_unjudged = false;
                n->own_stand = OWN_UNKNOWN; /* what it was told by may have been taken back */
                n->next_id = next_id; /* no gap: after a restart the position would come to it once more */
                if (n->symbols_changed && !symbols_reload(w)) {
                        log_line(LOG_ALARM, "ledger", "cannot read the symbols again: %s", w->err.message);
                        n->is_stale = true;
                }
                w->err = kept;
        }
        return ok;
}

static void jobs_fail(struct ledger_job *jobs, const struct error *why)
{
        for (struct ledger_job *j = jobs; j != NULL; j = j->next)
                if (work_ok(j->work)) {
                        enum language language = j->work->err.language;

                        j->work->err = *why;
                        j->work->err.language = language;
                }
}

static void jobs_done(struct node *n, struct ledger_job *jobs)
{
        while (jobs != NULL) {
                struct ledger_job *j = jobs;

                jobs = j->next; /* done may free it */
                j->work->db = NULL;
                j->work->is_writing = false;
                j->work->has_written |= j->has_appended && work_ok(j->work);
                j->done(j, work_ok(j->work));
        }
        (void)n;
}

/* What the writer knows by heart, read from the tables. Where that fails, nothing is written until it succeeds. */
static bool read_again(struct work *w)
{
        struct node *n = w->node;

        n->is_stale = true;
        n->next_id = db_number(w->db, "SELECT MAX(id) FROM ledger_entry", NO_ARGS, 0) + 1;
        n->is_stale = !symbols_reload(w) || !heads_load(w);
        return !n->is_stale;
}

void group_run(struct node *n, struct ledger_job *jobs)
{
        static _Thread_local int64_t checkpoint_at;
        struct arena *a = n->scratch;
        int64_t position;
        struct work w;
        bool any = false, ok, has_failed, has_moved;

        arena_reset(a);
        work_init(&w, a, n->writer, jobs->work->language);
        w.node = n;
        w.is_writing = true;
        db_attach_error(n->writer, &w.err);
        ok = db_set_waiting(n->writer, !jobs->is_unsynced) && db_begin(n->writer) && (!n->is_stale || read_again(&w));
        if (ok) {
                for (struct ledger_job *j = jobs; j != NULL && !n->is_stale; j = j->next)
                        any |= job_run(n, j, jobs->next == NULL);
                db_attach_error(n->writer, &w.err);
                if (n->is_stale)
                        error_set(&w.err, ERR_ENVIRONMENT, "the database failed while a change was taken back");
                ok = any && heads_save(&w) && db_commit(n->writer);
        }
        has_failed = !work_ok(&w);
        if (!ok) {
                db_rollback(n->writer);
                if (has_failed) {
                        jobs_fail(jobs, &w.err);
                        log_line(LOG_ALARM, "ledger", "a group of writes failed: %s", w.err.message);
                        error_clear(&w.err);
                }
                n->is_stale = has_failed ? !read_again(&w) : !heads_load(&w);
                if (n->is_stale)
                        log_line(LOG_ALARM, "ledger", "cannot read the ledger again, will try before the next write: %s",
                                 w.err.message);
        }
        /* Also after a failure: a server that was lost while it saved may have saved. */
        position = n->next_id - 1;
        has_moved = !n->is_stale && position > n->position;
        if (has_moved) {
                atomic_store(&n->position, position);
                if (position - checkpoint_at >= ENTRIES_BETWEEN_CHECKPOINTS) {
                        db_checkpoint(n->writer);
                        checkpoint_at = position;
                }
        }
        if (!n->is_stale) {
                bool was_behind = node_unplaced(n) > 0;

                placing_count(n);
                if (ok && was_behind && node_unplaced(n) == 0)
                        db_checkpoint(n->writer); /* a long log of all that was placed slows reading down */
        }
        if (ok && n->must_purge) /* also where no entry said so: what an interrupted upload left */
                n->must_purge = !db_purge(n->writer);
        db_attach_error(n->writer, NULL);
        jobs_done(n, jobs);
        if (has_moved)
                node_wake(n);
}

/* Take the first jobs of a queue, at most so many; NULL where it is empty. */
static struct ledger_job *queue_take(struct job_queue *q, int most)
{
        struct ledger_job *jobs = q->first, *cut = jobs;

        for (int count = 1; cut != NULL && cut->next != NULL && count < most; count++)
                cut = cut->next;
        if (cut != NULL) {
                q->first = cut->next;
                cut->next = NULL;
                if (q->first == NULL)
                        q->last = &q->first;
        }
        return jobs;
}

/* Under the lock: wait until there is a job, placing is due, or the node closes. */
static void queue_wait(struct node *n)
{
        while (n->people.first == NULL && n->behind.first == NULL && !n->is_stopping) {
                int64_t due = placing_due(n);
                struct timespec until = { .tv_sec = due / 1000, .tv_nsec = due % 1000 * 1000000 };

                if (due == INT64_MAX)
                        pthread_cond_wait(&n->queue_filled, &n->queue_lock);
                else if (due <= steady_now() || pthread_cond_timedwait(&n->queue_filled, &n->queue_lock, &until) == ETIMEDOUT)
                        return;
        }
}

/* People's jobs in groups; between two groups one of those that give way, or a turn of placing: none starves another. */
static void *writer_main(void *argument)
{
        struct node *n = argument;
        bool is_behinds_turn = false, has_placed = false; /* placed: rather than taken one of those jobs */

        for (;;) {
                struct ledger_job *jobs = NULL;
                bool is_over, is_placing;

                pthread_mutex_lock(&n->queue_lock);
                queue_wait(n);
                is_behinds_turn = is_behinds_turn || n->people.first == NULL;
                is_over = n->is_stopping && n->people.first == NULL && n->behind.first == NULL;
                is_placing = is_behinds_turn && !n->is_stopping && placing_due(n) <= steady_now() &&
                             (!has_placed || n->behind.first == NULL);
                if (is_behinds_turn && !is_placing)
                        jobs = queue_take(&n->behind, 1);
                has_placed = is_placing || (has_placed && jobs == NULL);
                if (jobs != NULL)
                        placing_put_off(n);
                else if (!is_placing)
                        jobs = queue_take(&n->people, GROUP_MAX);
                pthread_mutex_unlock(&n->queue_lock);
                if (is_over)
                        return NULL; /* what is not placed waits in the database */
                if (is_placing)
                        placing_turn(n);
                else if (jobs != NULL)
                        group_run(n, jobs);
                is_behinds_turn = !is_behinds_turn;
        }
}

bool writer_start(struct node *n, struct error *err)
{
        if (pthread_create(&n->thread, NULL, writer_main, n) != 0)
                return error_set(err, ERR_ENVIRONMENT, "cannot start the writer's thread");
        n->has_thread = true;
        return true;
}

void writer_stop(struct node *n)
{
        if (!n->has_thread)
                return;
        pthread_mutex_lock(&n->queue_lock);
        n->is_stopping = true;
        pthread_cond_signal(&n->queue_filled);
        pthread_mutex_unlock(&n->queue_lock);
        pthread_join(n->thread, NULL);
        n->has_thread = false;
}

void ledger_submit(struct node *n, struct ledger_job *job)
{
        bool is_refused;

        job->next = NULL;
        pthread_mutex_lock(&n->queue_lock);
        is_refused = n->is_stopping || !n->has_thread;
        if (!is_refused) {
                struct job_queue *q = job->gives_way ? &n->behind : &n->people;

                if (!job->gives_way)
                        atomic_store(&n->people_at, steady_now());
                *q->last = job;
                q->last = &job->next;
                pthread_cond_signal(&n->queue_filled);
        }
        pthread_mutex_unlock(&n->queue_lock);
        if (is_refused) {
                error_set(&job->work->err, ERR_ENVIRONMENT, "the node is closing or was opened only for reading");
                job->done(job, false);
        }
}

struct waiter {
        struct ledger_job job;
        pthread_mutex_t lock;
        pthread_cond_t changed;
        bool is_done;
};

static void waiter_done(struct ledger_job *job, bool is_ok)
{
        struct waiter *wait = (struct waiter *)(void *)job;

        (void)is_ok;
        pthread_mutex_lock(&wait->lock);
        wait->is_done = true;
        pthread_cond_signal(&wait->changed);
        pthread_mutex_unlock(&wait->lock);
}

static bool write_and_wait(struct work *w, work_function *run, void *argument, bool gives_way, bool is_unsynced)
{
        struct waiter wait = { .job = { .run = run, .argument = argument, .work = w, .done = waiter_done,
                                        .gives_way = gives_way, .is_unsynced = is_unsynced },
                               .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
        struct db *before = w->db;

        assert(!w->is_writing);
        if (!work_ok(w))
                return false;
        ledger_submit(w->node, &wait.job);
        pthread_mutex_lock(&wait.lock);
        while (!wait.is_done)
                pthread_cond_wait(&wait.changed, &wait.lock);
        pthread_mutex_unlock(&wait.lock);
        w->db = before;
        if (before != NULL)
                db_attach_error(before, &w->err);
        return work_ok(w);
}

bool ledger_write(struct work *w, work_function *run, void *argument)
{
        return write_and_wait(w, run, argument, false, false);
}

bool ledger_write_behind(struct work *w, work_function *run, void *argument)
{
        return write_and_wait(w, run, argument, true, false);
}

bool ledger_write_unsynced(struct work *w, work_function *run, void *argument)
{
        return write_and_wait(w, run, argument, true, true);
}

static bool do_nothing(struct work *w, void *argument)
{
        (void)argument;
        return work_ok(w);
}

bool ledger_sync(struct work *w)
{
        return ledger_write(w, do_nothing, NULL); /* its commit has all before it on the disk */
}
