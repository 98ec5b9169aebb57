#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "ledger/ledger_private.h"

/* ---- verify ------------------------------------------------------------------------------------- */

struct walk {
        struct verified *count;
        const char *stream;
        int64_t seq, sealed;
        stamp at;
        char hash[HASH_HEX];
        struct rows *seals; /* of the stream, in order */
        bool has_seal;
};

static bool damage(struct work *w, const struct walk *k, const char *what)
{
        error_set(&w->err, ERR_DAMAGED, "stream %.12s…%s, entry %lld: %s", k->stream, k->stream + KEY_HEX - 1,
                  (long long)k->seq, work_text(w, what));
        return error_hint(&w->err, "restore a backup, or fetch this stream again from a node that holds it");
}

/* The stored columns and seals must say what the entry itself says. */
static bool verify_entry(struct work *w, struct walk *k, struct rows *r)
{
        struct error err = { .language = w->err.language };
        size_t length, hash_length;
        const void *bytes = rows_bytes(r, 4, &length), *hash;
        struct entry *e = entry_parse(w->arena, bytes, length, &err);

        k->seq++;
        if (rows_int(r, 0) != k->seq)
                return damage(w, k, N_("an entry is missing"));
        if (e == NULL)
                return damage(w, k, err.message);
        hash = rows_bytes(r, 3, &hash_length);
        if (strcmp(e->stream, k->stream) != 0 || e->seq != k->seq || hash_length != HASH_BYTES ||
            memcmp(hash, e->hash, HASH_BYTES) != 0 || rows_int(r, 1) != e->at || strcmp(rows_text(r, 2), e->kind) != 0 ||
            strcmp(rows_text(r, 5), e->subject) != 0)
                return damage(w, k, N_("its hash or place is not what was stored"));
        if (strcmp(e->prev, k->hash) != 0)
                return damage(w, k, N_("the chain is broken: it does not name the entry before it"));
        if (e->at <= k->at)
                return damage(w, k, N_("its time is not after that of the entry before it"));
        k->at = e->at;
        hex_write(k->hash, e->hash, HASH_BYTES);
        k->count->entries++;
        k->count->bytes += (int64_t)length;
        while (k->has_seal && rows_int(k->seals, 0) <= k->seq) {
                struct seal s;

                if (!seal_parse(w->arena, rows_text(k->seals, 1), strlen(rows_text(k->seals, 1)), &s, &err) ||
                    s.seq != k->seq || strcmp(s.stream, k->stream) != 0 || strcmp(s.hash, k->hash) != 0 ||
                    s.at != e->at || !seal_is_genuine(&s, e->node))
                        return damage(w, k, N_("its seal is false"));
                k->count->seals++;
                k->sealed = s.seq;
                k->has_seal = rows_next(k->seals);
        }
        return work_ok(w);
}

struct verify_call {
        struct walk *walk;
        struct rows *row;
};

static bool verify_entry_call(struct work *w, void *argument)
{
        struct verify_call *c = argument;

        return verify_entry(w, c->walk, c->row);
}

/* Whether an entry is another than what stands here at its place, or follows another. */
static bool contradicts(struct work *w, const struct entry *e)
{
        char ours[HASH_HEX], theirs[HASH_HEX];

        hex_write(theirs, e->hash, HASH_BYTES);
        return (ledger_hash_at(w, e->stream, e->seq, ours) && strcmp(ours, theirs) != 0) ||
               (ledger_hash_at(w, e->stream, e->seq - 1, ours) && strcmp(ours, e->prev) != 0);
}

/* What others are shown of a fork must prove it to them: a chain that contradicts ours, under a seal. */
static bool is_proof(struct work *w, const char *stream, const char *at, size_t length)
{
        struct error err = { .language = w->err.language };
        const struct entry *before = NULL;
        char hash[HASH_HEX] = "";

        for (const char *end; length > 0 && (end = memchr(at, '\n', length)) != NULL; length -= (size_t)(end - at) + 1, at = end + 1) {
                struct seal s;
                struct entry *e;

                if (strncmp(at, "{\"seal\":", 8) == 0)
                        return end + 1 == at + length && before != NULL && seal_parse(w->arena, at, (size_t)(end - at), &s, &err) &&
                               strcmp(s.stream, stream) == 0 && s.seq == before->seq && s.at == before->at && strcmp(s.hash, hash) == 0 &&
                               seal_is_genuine(&s, before->node);
                e = entry_head(w->arena, at, (size_t)(end - at), &err);
                if (e == NULL || strcmp(e->stream, stream) != 0 ||
                    (before == NULL ? !contradicts(w, e) : e->seq - 1 != before->seq || strcmp(e->prev, hash) != 0))
                        return false;
                hex_write(hash, e->hash, HASH_BYTES);
                before = e;
        }
        return false;
}

static bool verify_fork(struct work *w, void *argument)
{
        const struct walk *k = argument;
        size_t length = 0;
        const char *lines = ledger_fork_lines(w, k->stream, &length);

        return lines == NULL || is_proof(w, k->stream, lines, length) || (work_ok(w) && damage(w, k, N_("what is kept of its fork does not prove it")));
}

bool ledger_verify(struct work *w, struct verified *count)
{
        size_t streams;
        struct stream_state *list = ledger_streams(w, &streams);

        *count = (struct verified){ .streams = (int64_t)streams };
        for (size_t i = 0; i < streams && work_ok(w); i++) {
                struct walk k = { .count = count, .stream = list[i].name };
                int64_t id = db_number(w->db, "SELECT id FROM ledger_stream WHERE name = $1", ARGS(v_text(k.stream)), 0);
                struct rows *r;

                memset(k.hash, '0', HASH_HEX - 1);
                k.seals = db_query(w->db, "SELECT seq, line FROM ledger_seal WHERE stream = $1 ORDER BY seq",
                                   ARGS(v_int(id)));
                k.has_seal = rows_next(k.seals);
                r = db_query(w->db, "SELECT seq, at, kind, hash, line, subject FROM ledger_entry WHERE stream = $1 ORDER BY seq",
                             ARGS(v_int(id)));
                while (rows_next(r)) {
                        struct verify_call c = { .walk = &k, .row = r };

                        if (!run_in_scratch(w, verify_entry_call, &c))
                                break;
                }
                rows_close(r);
                rows_close(k.seals);
                if (work_ok(w) && (k.seq != list[i].seq || strcmp(k.hash, list[i].hash) != 0))
                        damage(w, &k, N_("the stream's head is not its newest entry"));
                if (work_ok(w) && k.sealed != k.seq)
                        damage(w, &k, N_("the newest entries bear no seal"));
                k.seq = list[i].fork_seq;
                if (work_ok(w) && list[i].shows_fork)
                        run_in_scratch(w, verify_fork, &k);
        }
        return work_ok(w);
}

/* ---- hashing tables ---------------------------------------------------------------------------------- */

/* A sum of row hashes: it does not depend on the order of rows, so no table has to be sorted. */
struct sum {
        uint64_t lanes[4];
        int64_t rows;
};

static void sum_row(struct sum *s, const struct buf *row)
{
        unsigned char hash[HASH_BYTES];
        uint64_t lanes[4];

        ledger_digest(row->data == NULL ? "" : row->data, row->length, hash);
        memcpy(lanes, hash, sizeof lanes);
        for (int i = 0; i < 4; i++)
                s->lanes[i] += lanes[i];
        s->rows++;
}

static void put_field(struct buf *row, char tag, const void *bytes, size_t length)
{
        buf_char(row, tag);
        buf_put(row, &length, sizeof length);
        buf_put(row, bytes, length);
}

struct origin {
        unsigned char hash[HASH_BYTES];
        bool is_local, is_in_audience;
};

/* Where a row comes from, remembered by entry id. */
static struct origin *origin_of(struct work *w, struct map *known, const char *audience, int64_t id)
{
        bool is_new;
        int64_t *place = map_put(known, &id, sizeof id, &is_new);
        struct origin *o;
        struct rows *r;
        size_t length;

        if (place == NULL) {
                error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
                return NULL;
        }
        if (!is_new)
                return (struct origin *)(intptr_t)*place;
        o = arena_alloc(w->arena, sizeof *o);
        *place = (int64_t)(intptr_t)o;
        r = db_query(w->db,
                     "SELECT e.hash, s.audience FROM ledger_entry e JOIN ledger_stream s ON s.id = e.stream"
                     " WHERE e.id = $1",
                     ARGS(v_int(id)));
        if (rows_next(r)) {
                const void *hash = rows_bytes(r, 0, &length);

                if (length == HASH_BYTES)
                        memcpy(o->hash, hash, HASH_BYTES);
                o->is_local = strcmp(rows_text(r, 1), AUDIENCE_LOCAL) == 0;
                o->is_in_audience = audience == NULL || strcmp(rows_text(r, 1), audience) == 0;
        }
        rows_close(r);
        return o;
}

static bool sum_table(struct work *w, const struct derived_table *t, const char *audience, bool with_local,
                      struct map *origins, struct sum *s)
{
        const char *form = t->state_form + (t->state_form[0] == '-');
        struct rows *r = db_query(w->db, t->state_sql, NO_ARGS);
        struct buf row;

        buf_init_with(&row, 0, w->arena);
        while (rows_next(r)) {
                bool counts = true;

                buf_reset(&row);
                for (int i = 0; form[i] != '\0' && counts && work_ok(w); i++) {
                        int64_t number = rows_int(r, i);
                        const char *text;
                        const void *bytes;
                        struct origin *o;
                        size_t length;

                        switch (form[i]) {
                        case 'i':
                                put_field(&row, rows_is_null(r, i) ? 'n' : 'i', &number, sizeof number);
                                break;
                        case 't':
                                text = rows_text(r, i);
                                put_field(&row, text == NULL ? 'n' : 't', text == NULL ? "" : text,
                                          text == NULL ? 0 : strlen(text));
                                break;
                        case 'y':
                                text = symbol_text(w, number);
                                if (text != NULL)
                                        put_field(&row, 't', text, strlen(text));
                                break;
                        case 'b':
                                bytes = rows_bytes(r, i, &length);
                                put_field(&row, 'b', bytes == NULL ? "" : bytes, length);
                                break;
                        case 'e':
                                o = origin_of(w, origins, audience, number);
                                if (o != NULL) {
                                        counts = with_local || (!o->is_local && o->is_in_audience);
                                        put_field(&row, 'e', o->hash, HASH_BYTES);
                                }
                                break;
                        default:
                                error_set(&w->err, ERR_DAMAGED, "table %s has an unknown state form", t->name);
                        }
                }
                if (counts)
                        sum_row(s, &row);
                if (!buf_ok(&row))
                        error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
                if (!work_ok(w))
                        break;
        }
        rows_close(r);
        buf_clear(&row);
        return work_ok(w) || error_while(&w->err, "hashing table %s", t->name);
}

static int by_name(const void *a, const void *b)
{
        return strcmp((*(const struct derived_table *const *)a)->name, (*(const struct derived_table *const *)b)->name);
}

/* All derived tables in order of name, ended by NULL. */
static const struct derived_table **tables_sorted(struct work *w)
{
        const struct derived_table **all;
        size_t count = 0;

        for (const struct derived_table *const *list = node_schema(w->node)->tables; *list != NULL; list++)
                for (const struct derived_table *t = *list; t->name != NULL; t++)
                        count++;
        all = arena_array(w->arena, count + 1, sizeof *all);
        count = 0;
        for (const struct derived_table *const *list = node_schema(w->node)->tables; *list != NULL; list++)
                for (const struct derived_table *t = *list; t->name != NULL; t++)
                        all[count++] = t;
        qsort(all, count, sizeof *all, by_name);
        return all;
}

bool ledger_state(struct work *w, const char *audience, char hash[HASH_HEX])
{
        struct map *origins = map_in(w->arena);
        unsigned char digest[HASH_BYTES];
        struct buf all;

        buf_init_with(&all, 0, w->arena);
        for (const struct derived_table **t = tables_sorted(w); *t != NULL && work_ok(w); t++) {
                struct sum s = { .rows = 0 };

                if ((*t)->state_sql == NULL || (*t)->state_form[0] == '-' || (audience != NULL && strchr((*t)->state_form, 'e') == NULL))
                        continue;
                if (sum_table(w, *t, audience, false, origins, &s)) {
                        put_field(&all, 't', (*t)->name, strlen((*t)->name));
                        put_field(&all, 's', &s, sizeof s);
                }
        }
        if (work_ok(w) && !buf_ok(&all))
                error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        if (work_ok(w)) {
                ledger_digest(all.data, all.length, digest);
                hex_write(hash, digest, sizeof digest);
        }
        buf_clear(&all);
        return work_ok(w);
}

/* ---- rebuild --check ------------------------------------------------------------------------------------ */

struct check {
        struct work *from; /* the node as it is */
};

struct summed {
        const struct derived_table *table;
        struct sum *sum;
};

/* All rows of a table, local ones too. */
static bool sum_all(struct work *w, void *argument)
{
        const struct summed *s = argument;

        return sum_table(w, s->table, NULL, true, map_in(w->arena), s->sum);
}

static bool compare_tables(struct work *to, void *argument)
{
        struct check *c = argument;

        for (const struct derived_table **t = tables_sorted(to); *t != NULL; t++) {
                struct sum live = { .rows = 0 }, replayed = { .rows = 0 };

                if ((*t)->state_sql == NULL)
                        continue;
                /* What the first has no memory for ends here too, and not past what is open for the second. */
                if (!work_run(c->from, sum_all, &(struct summed){ *t, &live }) || !sum_all(to, &(struct summed){ *t, &replayed }))
                        return false;
                if (memcmp(&live, &replayed, sizeof live) != 0) {
                        error_set(&to->err, ERR_DAMAGED,
                                  "table %s differs from what the entries say (%lld rows in use, %lld replayed)",
                                  (*t)->name, (long long)live.rows, (long long)replayed.rows);
                        return error_hint(&to->err, "caunoi rebuild makes the tables anew from the entries");
                }
        }
        return true;
}

bool ledger_rebuild_check(struct work *w, int64_t *entries)
{
        struct check c = { .from = w };
        struct shadow shadow;
        struct arena *a;
        struct work to;
        bool ok;

        if (!shadow_open(&shadow, w->node, "check", &w->err))
                return false;
        a = arena_open(WORK_MEMORY_USUAL);
        ok = a != NULL && shadow_fill(&shadow, w, "", NO_ARGS, entries);
        if (ok) {
                work_init(&to, a, NULL, w->language);
                to.node = shadow.node;
                to.db = node_reader(shadow.node, &to.err);
                ok = to.db != NULL;
                if (ok) {
                        db_attach_error(to.db, &to.err);
                        ok = work_run(&to, compare_tables, &c);
                }
                if (!ok && work_ok(w))
                        w->err = to.err;
        }
        arena_close(a);
        shadow_close(&shadow);
        if (!ok && work_ok(w))
                error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        return ok;
}
