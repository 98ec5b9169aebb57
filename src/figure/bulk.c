/* bulk.c - the figures of many entries placed in one go. They are sorted over all entries into the order of the table: its tree is
 * then walked from left to right, once, whatever the order in which the entries came. Memory: each entry's rows are kept as differences
 * from row to row, some 6 bytes a row, and merged while they are written: there are BULK_BYTES or PLACED_BYTES of them at
 * most beside those of the entry added last. */
#include <stdlib.h>
#include <string.h>

#include "figure/figure_private.h"
#include "ledger/read.h"
#include "ledger/run.h"
#include "ledger/write.h"

#define BULK_BYTES ((size_t)32 << 20) /* of a replay of all */
#define PLACED_BYTES ((size_t)8 << 20) /* of what has come: a million figures and some more */
#define SLICE_ROWS ((size_t)1 << 13) /* written by one round of statements, or a group with more */
#define CHANGES_MOST ((size_t)1 << 16)

static size_t bytes_most = 0, slice_rows = SLICE_ROWS; /* 0: by what it is for */

void bulk_limit(size_t bytes, size_t rows_at_once)
{
        bytes_most = bytes;
        slice_rows = rows_at_once == 0 ? SLICE_ROWS : rows_at_once;
}

/* ---- what is collected --------------------------------------------------------------------------------- */

struct origin { /* rows of an entry, as they were added */
        int64_t id, writer;
        size_t first; /* where they begin. They are in the order of the table; of two of one moment the first counts */
};

struct cursor { /* of an origin, while they are merged */
        struct row row; /* the next one */
        size_t origin;
        const unsigned char *at, *end;
};

struct bulk {
        struct origin *origins;
        size_t origin_count, origin_room;
        unsigned char *bytes;         /* rows packed, entry after entry */
        size_t length, room, most;
        struct place *places;
        size_t place_count, place_room;
        struct map *place_by_symbol;  /* -> its number in places, from 1 */
        struct map *topics;           /* symbol of an indicator -> whether it is added up over units */
        struct changes changes;
        struct witnesses witnesses;

        /* while they are written */
        struct cursor *cursors;       /* of entries that have rows left, */
        struct cursor **heap;         /* the one whose row comes next first */
        size_t heap_count;
        struct row *rows;             /* of a slice, */
        size_t *row_origins;          /* and the entry of each */
        size_t row_count, row_room, row_origin_room;
};

static bool no_memory(struct work *w)
{
        return error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
}

/* Room for more things behind those in a list of ours; NULL where there is no memory. */
static void *with_room(void *list, size_t count, size_t more, size_t *room, size_t each)
{
        size_t wanted = *room == 0 ? 16 : *room * 2;

        if (list != NULL && count + more <= *room)
                return list;
        if (wanted < count + more)
                wanted = count + more;
        list = realloc(list, wanted * each);
        if (list != NULL)
                *room = wanted;
        return list;
}

struct bulk *bulk_open(struct work *w)
{
        struct bulk *u = calloc(1, sizeof *u);

        if (u != NULL) {
                u->most = bytes_most != 0 ? bytes_most : ledger_is_replaying(w) ? BULK_BYTES : PLACED_BYTES;
                u->place_by_symbol = map_open();
                u->topics = map_open();
                if (changes_open(&u->changes) && u->place_by_symbol != NULL && u->topics != NULL)
                        return u;
                bulk_close(u);
        }
        no_memory(w);
        return NULL;
}

void bulk_close(struct bulk *u)
{
        if (u == NULL)
                return;
        free(u->origins);
        free(u->bytes);
        free(u->cursors);
        free(u->heap);
        free(u->rows);
        free(u->row_origins);
        free(u->places);
        map_close(u->place_by_symbol);
        map_close(u->topics);
        changes_close(&u->changes);
        free(u);
}

bool bulk_is_full(const struct bulk *u)
{
        return u->length + u->origin_count * (sizeof *u->origins + sizeof *u->cursors + sizeof *u->heap) >= u->most;
}

struct witnesses *bulk_witnesses(struct bulk *u)
{
        return &u->witnesses;
}

static bool learn(struct bulk *u, struct work *w, const struct brought *f)
{
        struct place *places = with_room(u->places, u->place_count, f->place_count, &u->place_room, sizeof *places);
        int64_t *number;

        if (places == NULL)
                return no_memory(w);
        u->places = places;
        for (size_t i = 0; i < f->place_count; i++) {
                number = map_put(u->place_by_symbol, &f->places[i].symbol, sizeof f->places[i].symbol, NULL);
                if (number == NULL)
                        return no_memory(w);
                if (*number == 0)
                        *number = (int64_t)++u->place_count;
                u->places[*number - 1] = f->places[i];
        }
        for (size_t i = 0; i < f->topic_count; i++) {
                number = map_put(u->topics, &f->topics[i].symbol, sizeof f->topics[i].symbol, NULL);
                if (number == NULL)
                        return no_memory(w);
                *number = f->topics[i].indicator->additive != ADDITIVE_NONE;
        }
        return true;
}

/* A row as its differences from the one before: which columns differ, and by how much. All rows of an entry have its id. Which, in one byte, or in
 * two where one differs that seldom does. */
#define PACKED F_ENTRY
#define ROW_BYTES_MOST (2 + PACKED * 10)
static const unsigned char packed[] = { F_ITEM, F_VALUE, F_UNIT, F_PARTNER, F_PERIOD, F_INDICATOR, F_PROVINCE, F_KNOWN, F_STATUS, F_MARK };
_Static_assert(sizeof packed == PACKED && PACKED <= 15, "two bytes say which columns differ");

static unsigned char *pack(unsigned char *out, const int64_t *before, const int64_t *v)
{
        unsigned differ = 0;

        for (int i = 0; i < PACKED; i++)
                differ |= (unsigned)(v[packed[i]] != before[packed[i]]) << i;
        *out++ = (unsigned char)(differ < 128 ? differ : differ | 128);
        if (differ >= 128)
                *out++ = (unsigned char)(differ >> 7);
        for (int i = 0; differ != 0; i++, differ >>= 1) {
                uint64_t by = (uint64_t)v[packed[i]] - (uint64_t)before[packed[i]];

                if ((differ & 1) == 0)
                        continue;
                for (by = by << 1 ^ (by >> 63 != 0 ? UINT64_MAX : 0); by >= 128; by >>= 7)
                        *out++ = (unsigned char)(by | 128);
                *out++ = (unsigned char)by;
        }
        return out;
}

/* v: the row before, which becomes this one. */
static const unsigned char *unpack(const unsigned char *at, int64_t *v)
{
        unsigned differ = *at++;

        if (differ >= 128)
                differ = (differ & 127) | (unsigned)*at++ << 7;
        for (int i = 0; differ != 0; i++, differ >>= 1) {
                uint64_t by = 0;
                int shift = 0;

                if ((differ & 1) == 0)
                        continue;
                do {
                        by |= (uint64_t)(*at & 127) << shift;
                        shift += 7;
                } while (*at++ >= 128);
                v[packed[i]] = (int64_t)((uint64_t)v[packed[i]] + (by >> 1 ^ ((by & 1) != 0 ? UINT64_MAX : 0)));
        }
        return at;
}

bool bulk_add(struct bulk *u, struct work *w, const struct brought *f)
{
        struct origin *origins = with_room(u->origins, u->origin_count, 1, &u->origin_room, sizeof *origins);
        unsigned char *bytes = with_room(u->bytes, u->length, f->row_count * ROW_BYTES_MOST, &u->room, 1), *end;
        const int64_t *before = (const int64_t[F_WIDTH]){ 0 };

        if (origins != NULL)
                u->origins = origins;
        if (bytes != NULL)
                u->bytes = bytes;
        if (origins == NULL || bytes == NULL)
                return no_memory(w);
        if (!learn(u, w, f))
                return false;
        origins += u->origin_count++;
        *origins = (struct origin){ .id = f->entry->id, .writer = f->writer, .first = u->length };
        end = bytes + u->length;
        for (size_t i = 0; i < f->row_count; i++) {
                end = pack(end, before, f->rows[i].v);
                before = f->rows[i].v;
        }
        u->length = (size_t)(end - bytes);
        return true;
}

static bool same_numbers(const int64_t *a, const int64_t *b, int count)
{
        return memcmp(a, b, sizeof(int64_t) * (size_t)count) == 0;
}

/* The place whose totals a cell adds to; NULL: it is not added up. */
static const struct place *place_of_cell(const struct bulk *u, const int64_t cell[F_CELL])
{
        const int64_t *is_added = map_get(u->topics, &cell[F_INDICATOR], sizeof(int64_t));
        const int64_t *number = is_added == NULL || !*is_added ? NULL : map_get(u->place_by_symbol, &cell[F_UNIT], sizeof(int64_t));

        return number == NULL || u->places[*number - 1].above_count == 0 ? NULL : &u->places[*number - 1];
}

/* ---- merging ------------------------------------------------------------------------------------------- */

/* Of equal ones those of the entry that was added first come first. */
static bool comes_before(const struct cursor *a, const struct cursor *b)
{
        for (int i = F_PROVINCE; i <= F_KNOWN; i++)
                if (a->row.v[i] != b->row.v[i])
                        return a->row.v[i] < b->row.v[i];
        return a->origin < b->origin;
}

static void sift_down(struct bulk *u, size_t i)
{
        struct cursor *c = u->heap[i];

        for (size_t child; (child = 2 * i + 1) < u->heap_count; i = child) {
                child += child + 1 < u->heap_count && comes_before(u->heap[child + 1], u->heap[child]);
                if (!comes_before(u->heap[child], c))
                        break;
                u->heap[i] = u->heap[child];
        }
        u->heap[i] = c;
}

static bool merge_begin(struct bulk *u, struct work *w)
{
        free(u->cursors);
        free(u->heap);
        u->cursors = calloc(u->origin_count, sizeof *u->cursors);
        u->heap = calloc(u->origin_count, sizeof(void *));
        if (u->cursors == NULL || u->heap == NULL)
                return no_memory(w);
        u->heap_count = u->origin_count;
        for (size_t i = 0; i < u->origin_count; i++) {
                struct cursor *c = u->heap[i] = &u->cursors[i];

                *c = (struct cursor){ .origin = i, .at = u->bytes + u->origins[i].first,
                                      .end = u->bytes + (i + 1 < u->origin_count ? u->origins[i + 1].first : u->length) };
                c->row.v[F_ENTRY] = u->origins[i].id;
                c->at = unpack(c->at, c->row.v);
        }
        for (size_t i = u->heap_count / 2; i-- > 0;)
                sift_down(u, i);
        return true;
}

/* The next row has been taken. */
static void merge_next(struct bulk *u)
{
        struct cursor *c = u->heap[0];

        if (c->at < c->end)
                c->at = unpack(c->at, c->row.v);
        else
                u->heap[0] = u->heap[--u->heap_count];
        if (u->heap_count > 0)
                sift_down(u, 0);
}

/* The rows of the next groups, next to each other, of each entry one for a cell and moment. */
static bool slice_fill(struct bulk *u, struct work *w)
{
        const int64_t *last = NULL, *next;

        for (u->row_count = 0; u->heap_count > 0; merge_next(u)) {
                struct row *rows;
                size_t *origins;

                next = u->heap[0]->row.v;
                if (last != NULL && u->row_count >= slice_rows && !same_numbers(next, last, F_PERIOD + 1))
                        break;
                if (last != NULL && next[F_ENTRY] == last[F_ENTRY] && same_numbers(next, last, F_KNOWN + 1))
                        continue;
                rows = with_room(u->rows, u->row_count, 1, &u->row_room, sizeof *rows);
                origins = with_room(u->row_origins, u->row_count, 1, &u->row_origin_room, sizeof *origins);
                if (rows != NULL)
                        u->rows = rows;
                if (origins != NULL)
                        u->row_origins = origins;
                if (rows == NULL || origins == NULL)
                        return no_memory(w);
                rows[u->row_count] = u->heap[0]->row;
                last = rows[u->row_count].v;
                origins[u->row_count++] = u->heap[0]->origin;
        }
        return true;
}

/* ---- the table ----------------------------------------------------------------------------------------- */

#define CELL_IS                                                                                                        \
        " WHERE province = $1 AND indicator = $2 AND period = $3 AND unit = $4 AND item = $5 AND partner = $6"
#define SQL_STANDING                                                                                                   \
        "SELECT known_from, value, status, mark FROM figure" CELL_IS " AND status >= 2 ORDER BY known_from DESC LIMIT 1"

static void standing_read(struct standing *s, struct rows *r)
{
        if (r == NULL)
                return;
        *s = (struct standing){ true, rows_int(r, 0), rows_int(r, 1), rows_int(r, 2), rows_int(r, 3) };
}

static void standing_each(void *context, size_t row, struct rows *result, int changed)
{
        (void)changed;
        standing_read(&((struct standing *)context)[row], result);
}

static bool standing_now(struct work *w, const int64_t cell[F_CELL], struct standing *s)
{
        *s = (struct standing){ 0 };
        return db_each(w->db, SQL_STANDING, cell, 1, F_CELL, standing_each, s);
}

static void changed_each(void *context, size_t row, struct rows *result, int changed)
{
        (void)result;
        ((unsigned char *)context)[row] = changed > 0;
}

struct run { /* versions of one cell, next to each other */
        size_t first, count;
        const struct place *place;
        bool is_shared; /* its group is not one writer's, each moment once */
};

/* Some groups' rows, in the order of the table. */
struct slice {
        struct bulk *bulk;
        struct row *rows;
        size_t *origin;          /* of each row */
        size_t row_count;
        struct run *runs;
        size_t run_count;
        struct standing *before; /* by run */
        int64_t *cells;          /* of runs whose group held something: F_CELL numbers each */
        size_t *cell_run;
        size_t cell_count;
        bool has_old;            /* some group held something */
};

static void before_each(void *context, size_t row, struct rows *result, int changed)
{
        struct slice *s = context;

        (void)changed;
        standing_read(&s->before[s->cell_run[row]], result);
}

/* Where each cell's rows are. */
static void runs_find(struct slice *s, struct arena *a)
{
        const int64_t *before = NULL, *v;

        s->runs = arena_array(a, s->row_count, sizeof *s->runs);
        for (size_t i = 0; i < s->row_count; i++, before = v) {
                struct run *run = &s->runs[s->run_count];

                v = s->rows[i].v;
                if (before != NULL && same_numbers(v, before, F_CELL)) {
                        run[-1].count++;
                        continue;
                }
                *run = (struct run){ .first = i, .count = 1 };
                run->place = before != NULL && before[F_INDICATOR] == v[F_INDICATOR] && before[F_UNIT] == v[F_UNIT]
                                     ? run[-1].place
                                     : place_of_cell(s->bulk, v);
                s->run_count++;
        }
        s->before = arena_array(a, s->run_count, sizeof *s->before);
}

/* ---- groups -------------------------------------------------------------------------------------------- */

enum { G_INDICATOR, G_PERIOD, G_PROVINCE, G_WRITER, G_WIDTH };
#define SEVERAL 0   /* as a writer */
#define NOBODY (-1)

struct group_key { /* as bound to the inserts */
        int64_t v[G_WIDTH];
};

/* The groups (indicator, period, province) of a slice, and what they held before it. */
struct groups {
        struct group_key *keys;  /* with the writer, if it is one */
        size_t *first_run;       /* one more than there are groups */
        size_t count;
        unsigned char *is_new;
        int64_t *other;          /* another node that wrote there before, SEVERAL or NOBODY */
        struct group_key *shares; /* rows for the list of those who wrote into a group that is not one node's alone */
        size_t share_count, share_room;
};

static void other_each(void *context, size_t row, struct rows *result, int changed)
{
        (void)changed;
        ((int64_t *)context)[row] = result == NULL ? NOBODY : rows_int(result, 0);
}

static int64_t writer_of(const struct slice *s, size_t row)
{
        return s->bulk->origins[s->origin[row]].writer;
}

static void groups_find(struct groups *g, const struct slice *s, struct arena *a)
{
        *g = (struct groups){ .keys = arena_array(a, s->run_count, sizeof *g->keys),
                              .first_run = arena_array(a, s->run_count + 1, sizeof *g->first_run) };
        for (size_t i = 0; i < s->run_count; i++) {
                const struct run *run = &s->runs[i];
                const int64_t *v = s->rows[run->first].v;
                struct group_key *last = g->count == 0 ? NULL : &g->keys[g->count - 1];

                if (last == NULL || last->v[G_INDICATOR] != v[F_INDICATOR] || last->v[G_PERIOD] != v[F_PERIOD] ||
                    last->v[G_PROVINCE] != v[F_PROVINCE]) {
                        g->first_run[g->count] = i;
                        last = &g->keys[g->count++];
                        *last = (struct group_key){ { v[F_INDICATOR], v[F_PERIOD], v[F_PROVINCE], writer_of(s, run->first) } };
                }
                for (size_t j = run->first; j < run->first + run->count; j++)
                        if (writer_of(s, j) != last->v[G_WRITER] || (j > run->first && s->rows[j].v[F_KNOWN] == s->rows[j - 1].v[F_KNOWN]))
                                last->v[G_WRITER] = SEVERAL;
        }
        g->first_run[g->count] = s->run_count;
        g->is_new = arena_alloc(a, g->count);
        g->other = arena_array(a, g->count, sizeof *g->other);
        for (size_t i = 0; i < g->count; i++)
                g->other[i] = NOBODY;
}

/* A writer of a group, once. first: of the group's in the list. */
static void share(struct groups *g, struct arena *a, const struct group_key *key, size_t first, int64_t writer)
{
        for (size_t i = first; i < g->share_count; i++)
                if (g->shares[i].v[G_WRITER] == writer)
                        return;
        if (g->share_count == g->share_room) {
                size_t room = g->share_room == 0 ? 16 : g->share_room * 2;
                struct group_key *more = arena_array(a, room, sizeof *more);

                if (g->share_count > 0)
                        memcpy(more, g->shares, g->share_count * sizeof *more);
                g->shares = more;
                g->share_room = room;
        }
        g->shares[g->share_count] = *key;
        g->shares[g->share_count++].v[G_WRITER] = writer;
}

/* From now on its cells are decided about one by one. */
static bool group_share(struct work *w, const int64_t group[G_WIDTH])
{
        return db_exec(w->db, "UPDATE figure_group SET writer = 0 WHERE indicator = $1 AND period = $2 AND province = $3",
                       ARGS(v_int(group[G_INDICATOR]), v_int(group[G_PERIOD]), v_int(group[G_PROVINCE])));
}

static bool writers_keep(struct work *w, const int64_t *groups, size_t count)
{
        return db_each(w->db,
                       "INSERT INTO figure_writer (indicator, period, province, writer) VALUES ($1, $2, $3, $4)"
                       " ON CONFLICT (indicator, period, province, writer) DO NOTHING",
                       groups, count, G_WIDTH, NULL, NULL);
}

/* Groups that are not one writer's with each moment once, from now on or already: all that write there are listed. */
static bool groups_share(struct groups *g, struct slice *s, struct work *w)
{
        for (size_t i = 0; i < g->count; i++) {
                const struct group_key *key = &g->keys[i];
                size_t first = g->share_count;

                if (key->v[G_WRITER] != SEVERAL && g->other[i] == NOBODY)
                        continue;
                if (g->other[i] != NOBODY && g->other[i] != SEVERAL) {
                        share(g, w->arena, key, first, g->other[i]);
                        if (!group_share(w, key->v))
                                return false;
                }
                for (size_t r = g->first_run[i]; r < g->first_run[i + 1]; r++) {
                        struct run *run = &s->runs[r];

                        run->is_shared = true;
                        for (size_t j = run->first; j < run->first + run->count; j++)
                                share(g, w->arena, key, first, writer_of(s, j));
                }
        }
        return g->share_count == 0 || writers_keep(w, g->shares[0].v, g->share_count);
}

/* Groups not seen before hold no earlier version: their cells need no look-up. One insert a group both remembers it and
 * tells whether it is new; cells of groups into which another node has written are marked as shared. */
static bool groups_remember(struct slice *s, struct work *w)
{
        struct groups g;

        groups_find(&g, s, w->arena);
        if (!db_each(w->db,
                     "INSERT INTO figure_group (indicator, period, province, writer) VALUES ($1, $2, $3, $4)"
                     " ON CONFLICT (indicator, period, province) DO NOTHING",
                     g.keys[0].v, g.count, G_WIDTH, changed_each, g.is_new))
                return false;
        s->has_old = memchr(g.is_new, 0, g.count) != NULL;
        if (s->has_old && !db_each(w->db,
                                   "SELECT writer FROM figure_group WHERE indicator = $1 AND period = $2 AND province = $3"
                                   " AND writer <> $4",
                                   g.keys[0].v, g.count, G_WIDTH, other_each, g.other))
                return false;
        if (!groups_share(&g, s, w))
                return false;
        if (!s->has_old)
                return true;
        s->cells = arena_array(w->arena, s->run_count, sizeof(int64_t) * F_CELL);
        s->cell_run = arena_array(w->arena, s->run_count, sizeof *s->cell_run);
        for (size_t i = 0; i < g.count; i++)
                for (size_t r = g.first_run[i]; r < g.first_run[i + 1] && !g.is_new[i]; r++) {
                        const struct run *run = &s->runs[r];

                        if (run->is_shared || run->place == NULL)
                                continue;
                        memcpy(s->cells + s->cell_count * F_CELL, s->rows[run->first].v, sizeof(int64_t) * F_CELL);
                        s->cell_run[s->cell_count++] = r;
                }
        return s->cell_count == 0 || db_each(w->db, SQL_STANDING, s->cells, s->cell_count, F_CELL, before_each, s);
}

/* ---- writing ------------------------------------------------------------------------------------------- */

/* Cells that several nodes may have written are decided about one by one. */
static bool shared_store(struct slice *s, struct work *w)
{
        struct keeper keeper = { .work = NULL };

        for (size_t i = 0; i < s->run_count; i++) {
                const struct run *run = &s->runs[i];
                const int64_t *cell = s->rows[run->first].v;
                struct standing before, after;

                if (!run->is_shared)
                        continue;
                if (keeper.work == NULL)
                        keeper_open(&keeper, w);
                if (!cell_refold(&keeper, cell, s->rows + run->first, run->count, &before, &after))
                        return false;
                if (run->place != NULL)
                        cell_changed(&s->bulk->changes, run->place, cell, &before, &after);
        }
        return work_ok(w);
}

/* What is left closes up. */
static void close_up(struct slice *s)
{
        size_t runs = 0, rows = 0;

        for (size_t i = 0; i < s->run_count; i++) {
                struct run run = s->runs[i];
                size_t first = run.first;

                if (run.is_shared)
                        continue;
                run.first = rows;
                for (size_t j = first; j < first + run.count; j++) {
                        s->rows[rows] = s->rows[j];
                        s->origin[rows++] = s->origin[j];
                }
                s->before[runs] = s->before[i];
                s->runs[runs++] = run;
        }
        s->run_count = runs;
        s->row_count = rows;
}

/* A version known from the same moment as one in the table, of the same writer: its cell is decided about, and from now on all of its group. */
static bool word_again(struct slice *s, struct work *w, struct keeper *keeper, size_t n, const struct place *place)
{
        const int64_t *v = s->rows[n].v, group[G_WIDTH] = { v[F_INDICATOR], v[F_PERIOD], v[F_PROVINCE], writer_of(s, n) };
        struct standing before, after;

        if (!group_share(w, group) || !writers_keep(w, group, 1) || !cell_refold(keeper, v, &s->rows[n], 1, &before, &after))
                return false;
        if (place != NULL)
                cell_changed(&s->bulk->changes, place, v, &before, &after);
        return true;
}

/* is_new: of each row, whether the table had none for its cell and moment. */
static bool rows_insert(struct slice *s, struct work *w, unsigned char *is_new)
{
#define INSERT                                                                                                         \
        "INSERT INTO figure (province, indicator, period, unit, item, partner, known_from, value, status, mark, entry)" \
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        if (s->has_old)
                return db_each(w->db,
                               INSERT " ON CONFLICT (province, indicator, period, unit, item, partner, known_from) DO NOTHING",
                               s->rows[0].v, s->row_count, F_WIDTH, changed_each, is_new);
        memset(is_new, 1, s->row_count); /* into new groups: to look for what is there would cost a quarter more */
        return db_each(w->db, INSERT, s->rows[0].v, s->row_count, F_WIDTH, NULL, NULL);
}

static bool slice_write(struct work *w, void *argument)
{
        struct slice *s = argument;
        struct keeper keeper = { .work = NULL };
        unsigned char *is_new;

        runs_find(s, w->arena);
        if (!groups_remember(s, w) || !shared_store(s, w))
                return false;
        close_up(s);
        if (s->row_count == 0)
                return true;
        is_new = arena_alloc(w->arena, s->row_count);
        if (!rows_insert(s, w, is_new))
                return false;
        for (size_t i = 0; i < s->run_count; i++) {
                const struct run *run = &s->runs[i];
                struct standing after = s->before[i];

                for (size_t j = run->first; j < run->first + run->count && run->place != NULL; j++) {
                        const int64_t *v = s->rows[j].v;

                        if (is_new[j] && v[F_STATUS] >= STATUS_COUNTS && (!after.is_there || v[F_KNOWN] > after.known_from))
                                after = (struct standing){ true, v[F_KNOWN], v[F_VALUE], v[F_STATUS], v[F_MARK] };
                }
                if (run->place != NULL)
                        cell_changed(&s->bulk->changes, run->place, s->rows[run->first].v, &s->before[i], &after);
        }
        for (size_t i = 0; i < s->run_count && s->has_old; i++)
                for (size_t j = s->runs[i].first; j < s->runs[i].first + s->runs[i].count; j++) {
                        if (is_new[j])
                                continue;
                        if (keeper.work == NULL)
                                keeper_open(&keeper, w);
                        if (!word_again(s, w, &keeper, j, s->runs[i].place))
                                return false;
                }
        return true;
}

bool bulk_write(struct bulk *u, struct work *w)
{
        if (!witnesses_write(w, &u->witnesses) || (u->origin_count > 0 && !merge_begin(u, w)))
                return false;
        while (u->heap_count > 0) {
                struct slice s = { .bulk = u };

                if (!ledger_goes_on(w) || !slice_fill(u, w))
                        return false;
                s.rows = u->rows;
                s.origin = u->row_origins;
                s.row_count = u->row_count;
                if (!run_in_scratch(w, slice_write, &s) ||
                    (u->changes.count >= CHANGES_MOST && !changes_flush(&u->changes, w)))
                        return false;
        }
        u->length = u->origin_count = u->place_count = 0;
        map_reset(u->place_by_symbol);
        map_reset(u->topics);
        return changes_flush(&u->changes, w);
}

/* ---- approval ------------------------------------------------------------------------------------------ */

static bool status_put(struct work *w, const char *sql, const int64_t *v)
{
        return db_exec(w->db, sql,
                       ARGS(v_int(v[0]), v_int(v[1]), v_int(v[2]), v_int(v[3]), v_int(v[4]), v_int(v[5]), v_int(v[6]),
                            v_int(v[F_STATUS]), v_int(v[F_ENTRY])));
}

/* Whether several nodes have written into the group of a cell. */
static bool group_is_shared(struct work *w, const int64_t cell[F_CELL])
{
        return db_number(w->db, "SELECT writer FROM figure_group WHERE indicator = $1 AND period = $2 AND province = $3",
                         ARGS(v_int(cell[F_INDICATOR]), v_int(cell[F_PERIOD]), v_int(cell[F_PROVINCE])), -1) == SEVERAL;
}

bool bulk_set_status(struct bulk *u, struct work *w, const struct brought *f)
{
        struct keeper keeper = { .work = NULL };

        if (!learn(u, w, f))
                return false;
        for (size_t i = 0; i < f->row_count; i++) {
                const int64_t *v = f->rows[i].v;
                const struct place *place = place_of_cell(u, v);
                struct standing before, after, then;

#define SET_STATUS " SET status = $8" CELL_IS " AND known_from = $7 AND entry = $9"
                if (!standing_now(w, v, &before) || !status_put(w, "UPDATE figure" SET_STATUS, v) ||
                    !status_put(w, "UPDATE figure_beside" SET_STATUS, v))
                        return false;
                if (group_is_shared(w, v)) { /* a draft that is none any more takes part from now on */
                        if (keeper.work == NULL)
                                keeper_open(&keeper, w);
                        if (!cell_refold(&keeper, v, NULL, 0, &then, &after))
                                return false;
                } else if (!standing_now(w, v, &after)) {
                        return false;
                }
                if (place != NULL)
                        cell_changed(&u->changes, place, v, &before, &after);
        }
        return changes_flush(&u->changes, w);
}
