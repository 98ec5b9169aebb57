/* replay.c - entries that are stored are applied again: all of them into empty tables, or those of some kinds. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "ledger/ledger_private.h"

/* ---- in which order ---------------------------------------------------------------------------------------------- */

enum order { BY_ARRIVAL, BY_SUBJECT };

struct walk {
        const char *sql;
        enum order order;
        entry_function *run;
        void *context;
        bool is_done;
        char subject[SUBJECT_MOST + 1]; /* of the last entry, */
        int64_t at, id;
        size_t bytes;                   /* of those since what they put off was written */
};

static bool walk_one(struct work *w, const struct entry *e, void *context)
{
        struct walk *k = context;
        bool is_enough = k->order == BY_SUBJECT && k->bytes >= w->node->put_off_most && strcmp(e->subject, k->subject) != 0;

        k->bytes = is_enough ? e->length : k->bytes + e->length;
        k->id = e->id;
        k->at = e->at;
        snprintf(k->subject, sizeof k->subject, "%s", e->subject);
        return (!is_enough || ledger_write_deferred(w)) && k->run(w, e, k->context);
}

static const char *copy_of(struct work *w, struct rows *r, int column, size_t *length)
{
        const void *bytes = rows_bytes(r, column, length);

        return arena_copy(w->arena, bytes, *length);
}

/* Read before any of them is applied: going back to a savepoint would end a query that runs on, in a transaction that has also made
 * tables (SQLite). */
static bool walk_on(struct work *w, void *argument)
{
        struct walk *k = argument;
        struct stored *list = arena_array(w->arena, RUN_ENTRIES, sizeof *list);
        struct rows *r = k->order == BY_SUBJECT ? db_query(w->db, k->sql, ARGS(v_int(k->id), v_text(k->subject), v_int(k->at)))
                                                : db_query(w->db, k->sql, ARGS(v_int(k->id)));
        size_t count = 0, read = 0;

        while (count < RUN_ENTRIES && read < RUN_BYTES && rows_next(r)) {
                struct stored *s = &list[count++];
                s->id = rows_int(r, 0);
                s->bytes = copy_of(w, r, 1, &s->length);
                read += s->length;
        }
        rows_close(r);
        k->is_done = count == 0;
        return stored_run(w, list, count, walk_one, k);
}

/* which: what SQL says of the entries. */
static bool walk(struct work *w, const char *which, enum order order, entry_function *run, void *context)
{
        struct walk k = { .order = order, .at = INT64_MIN, .run = run, .context = context };

        k.sql = order == BY_SUBJECT
                        ? arena_print(w->arena, "SELECT id, line FROM ledger_entry WHERE subject <> '' AND (subject, at, id) > ($2, $3, $1)"
                                                " AND %s ORDER BY subject, at, id LIMIT %d", which, RUN_ENTRIES)
                        : arena_print(w->arena, "SELECT id, line FROM ledger_entry WHERE id > $1 AND %s ORDER BY id LIMIT %d", which, RUN_ENTRIES);
        while (!k.is_done)
                if (!run_in_scratch(w, walk_on, &k))
                        return false;
        return work_ok(w);
}

/* Entries by their ids, in the order of the list. */
struct few {
        const int64_t *ids;
        size_t count, next;
        entry_function *run;
        void *context;
};

static bool few_on(struct work *w, void *argument)
{
        struct few *f = argument;
        struct stored *list = arena_array(w->arena, RUN_ENTRIES, sizeof *list);
        size_t count = 0, read = 0;

        while (count < RUN_ENTRIES && read < RUN_BYTES && f->next < f->count && work_ok(w)) {
                struct stored *s = &list[count];
                struct rows *r = db_query(w->db, "SELECT line FROM ledger_entry WHERE id = $1", ARGS(v_int(f->ids[f->next])));

                if (!rows_next(r))
                        return false;
                s->id = f->ids[f->next++];
                s->bytes = copy_of(w, r, 0, &s->length);
                rows_close(r);
                read += s->length;
                count++;
        }
        return work_ok(w) && stored_run(w, list, count, f->run, f->context);
}

static bool walk_few(struct work *w, const int64_t *ids, size_t count, entry_function *run, void *context)
{
        struct few f = { .ids = ids, .count = count, .run = run, .context = context };

        while (f.next < f.count)
                if (!run_in_scratch(w, few_on, &f))
                        return false;
        return work_ok(w);
}

/* ---- kinds ------------------------------------------------------------------------------------------------------- */

/* Kinds that are replayed together. */
struct group {
        const char *names; /* "'a','b'": names of kinds are constants of the program */
        enum order order;  /* of all of them */
        int64_t *few;      /* ids of its entries, in order, as long as they are few; of those by subject: of those that have none */
        size_t count, room;
        bool is_many;
};

static void group_add(struct work *w, struct group *g, const struct entry_kind *kind)
{
        const struct ledger_schema *schema = node_schema(w->node);
        enum order order = schema->by_subject != NULL && schema->by_subject(kind->name) ? BY_SUBJECT : BY_ARRIVAL;

        if (g->names == NULL || order == BY_ARRIVAL) /* kinds that rest on each other's order do so also among others */
                g->order = order;
        g->names = arena_print(w->arena, "%s%s'%s'", g->names == NULL ? "" : g->names, g->names == NULL ? "" : ",", kind->name);
}

static bool group_walk(struct work *w, const struct group *g, entry_function *run, void *context)
{
        return g->names == NULL ||
               (g->order == BY_SUBJECT ? walk(w, arena_print(w->arena, "kind IN (%s)", g->names), BY_SUBJECT, run, context) &&
                                           walk(w, arena_print(w->arena, "subject = '' AND kind IN (%s)", g->names), BY_ARRIVAL, run, context)
                                 : walk(w, arena_print(w->arena, "kind IN (%s)", g->names), BY_ARRIVAL, run, context));
}

/* ---- some kinds --------------------------------------------------------------------------------------------------- */

static bool replay_one(struct work *w, const struct entry *e, void *context)
{
        enum applied result;
        struct error why;

        (void)context;
        if (!entry_is_placed(w, e->stream, e->seq, e->kind, 0))
                return work_ok(w); /* its turn comes */
        return db_exec(w->db, "DELETE FROM ledger_set_aside WHERE entry = $1", ARGS(v_int(e->id))) &&
               entry_apply(w, e, &result, &why);
}

static bool replay_group(struct work *w, void *group)
{
        return group_walk(w, group, replay_one, NULL);
}

bool ledger_replay(struct work *w, const char *kind_prefix, const char *const *tables)
{
        int64_t epoch = w->node->epoch;
        struct group g = { .names = NULL };
        bool ok;

        if (w->node->is_rebuilding)
                return work_ok(w); /* what rests on others comes after them */
        for (; *tables != NULL; tables++)
                if (!db_exec(w->db, arena_print(w->arena, "DELETE FROM %s", *tables), NO_ARGS))
                        return false;
        for (const struct entry_kind *const *list = node_schema(w->node)->kinds; *list != NULL; list++)
                for (const struct entry_kind *k = *list; k->name != NULL; k++)
                        if (strncmp(k->name, kind_prefix, strlen(kind_prefix)) == 0)
                                group_add(w, &g, k);
        epoch_begin(w->node); /* also where an entry of another kind is being applied: what it changes is written */
        ok = ledger_run(w, replay_group, &g);
        w->node->epoch = 0;
        if (epoch != 0)
                epoch_begin(w->node);
        return ok;
}

/* ---- all ---------------------------------------------------------------------------------------------------------- */

#define FEW_MOST 65536

struct replay {
        int64_t entries;
        struct group *groups; /* in the order in which they rest on each other */
        size_t count;
        const char *all;      /* names of all kinds */
        struct map *group_of; /* kind -> its place among the groups, from 1 */
};

static void few_add(struct work *w, struct group *g, int64_t id)
{
        if (g->count == g->room) {
                size_t room = g->room == 0 ? 64 : g->room * 2;
                int64_t *more = arena_array(w->arena, room, sizeof *more);

                if (g->count > 0)
                        memcpy(more, g->few, g->count * sizeof *more);
                g->few = more;
                g->room = room;
        }
        g->few[g->count++] = id;
        g->is_many = g->count > FEW_MOST;
}

/* Once over all entries, so that a kind of which there are few need not be looked for among the others. */
static void census(struct work *w, struct replay *p)
{
        struct rows *r = db_query(w->db, "SELECT id, kind, subject FROM ledger_entry ORDER BY id", NO_ARGS);

        while (rows_next(r)) {
                const int64_t *place = map_get_text(p->group_of, rows_text(r, 1));
                struct group *g = place == NULL ? NULL : &p->groups[*place - 1];

                if (g != NULL && !g->is_many && (g->order == BY_ARRIVAL || *rows_text(r, 2) == '\0'))
                        few_add(w, g, rows_int(r, 0));
        }
        rows_close(r);
}

static void groups_make(struct work *w, struct replay *p)
{
        const struct ledger_schema *schema = node_schema(w->node);

        while (schema->kinds[p->count] != NULL)
                p->count++;
        p->groups = arena_array(w->arena, p->count + 1, sizeof *p->groups);
        p->group_of = map_in(w->arena);
        p->all = "''";
        for (size_t i = 0; i < p->count; i++)
                for (const struct entry_kind *k = schema->kinds[i]; k->name != NULL; k++) {
                        int64_t *place = map_put_text(p->group_of, k->name, NULL);

                        if (place == NULL)
                                arena_starve(w->arena);
                        *place = (int64_t)i + 1;
                        group_add(w, &p->groups[i], k);
                        p->all = arena_print(w->arena, "%s,'%s'", p->all, k->name);
                }
}

static bool replay_all(struct work *w, const struct entry *e, void *context)
{
        struct replay *p = context;
        enum applied result;
        struct error why;

        if (!entry_is_placed(w, e->stream, e->seq, e->kind, 0))
                return work_ok(w); /* a check of tables that do not have it yet */
        p->entries++;
        return shadow_may_go_on(w) && entry_apply(w, e, &result, &why);
}

/* First what others rest on, each in order of arrival: so little waits and nothing is placed twice. */
static bool replay_in_turn(struct work *w, void *argument)
{
        struct replay *p = argument;

        groups_make(w, p);
        census(w, p);
        for (size_t i = 0; i < p->count && work_ok(w); i++) {
                const struct group *g = &p->groups[i];
                bool ok = g->names == NULL ||
                          (g->is_many ? group_walk(w, g, replay_all, p)
                                      : (g->order == BY_ARRIVAL || walk(w, arena_print(w->arena, "kind IN (%s)", g->names), BY_SUBJECT, replay_all, p)) &&
                                                walk_few(w, g->few, g->count, replay_all, p));

                /* What waits for others of its group, as a register for what it was written upon, may change who is trusted: before what rests on that. */
                if (!ok || (g->names != NULL && (!trust_judge(w) || !waiting_run(w))))
                        return false;
        }
        return work_ok(w) && walk(w, arena_print(w->arena, "(kind = '' OR kind NOT IN (%s))", p->all), BY_ARRIVAL, replay_all, p);
}

bool ledger_is_replaying(const struct work *w)
{
        return w->db == w->node->writer && w->node->is_rebuilding;
}

/* Into empty tables. */
static bool replay(struct work *w, int64_t *entries)
{
        struct replay p = { .entries = 0 };
        bool ok;

        *entries = 0;
        if (!work_ok(w) || !db_exec(w->db, "DELETE FROM ledger_set_aside", NO_ARGS))
                return false;
        epoch_begin(w->node);
        w->node->is_rebuilding = true;
        ok = ledger_run(w, replay_in_turn, &p); /* returns also where memory runs out */
        w->node->is_rebuilding = false;
        w->node->must_replay = false; /* whom to trust came first */
        *entries = p.entries;
        return ok && ledger_retry_waiting(w);
}

bool ledger_rebuild(struct work *w, int64_t *entries)
{
        heads_placed(w->node);
        return derived_drop(w) && derived_create(w) && replay(w, entries);
}

bool ledger_refill(struct work *w, int64_t *entries)
{
        return derived_empty(w) && replay(w, entries);
}
