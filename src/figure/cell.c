/* cell.c - the tables behind fold.h: all versions of one cell are read, decided about and put where they belong. */
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "figure/contest_private.h"
#include "figure/own.h"
#include "ledger/run.h"
#include "ledger/symbol.h"

/* ---- witnesses ---------------------------------------------------------------------------------------- */

void keeper_open(struct keeper *k, struct work *w)
{
        *k = (struct keeper){ .work = w, .witnesses = map_in(w->arena) };
}

#define ASKED_AT_ONCE 32 /* entries; one statement for all such questions */
#define IS_ASKED "IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)"

static struct witness **witness_place(struct keeper *k, int64_t entry)
{
        int64_t *place = map_put(k->witnesses, &entry, sizeof entry, NULL);

        if (place == NULL)
                error_set(&k->work->err, ERR_ENVIRONMENT, "the machine has no memory left");
        return (struct witness **)(uintptr_t)place;
}

static struct witness *witness_row(struct work *w, const struct catalogue *c, struct rows *r)
{
        struct witness *found = arena_alloc(w->arena, sizeof *found);
        const void *hash;
        size_t length;

        *found = (struct witness){ .node = arena_text(w->arena, rows_text(r, 0)),
                                   .stream = arena_text(w->arena, rows_text(r, 1)), .seq = rows_int(r, 2), .at = rows_int(r, 3),
                                   .level = (int)rows_int(r, 5), .tells_seen = !rows_is_null(r, 6), .entry = rows_int(r, 10) };
        hash = rows_bytes(r, 4, &length);
        if (length == HASH_BYTES)
                memcpy(found->hash, hash, HASH_BYTES);
        hex_write(found->hash_hex, found->hash, HASH_BYTES);
        found->source = arena_text(w->arena, rows_text(r, 8));
        found->readable = audience_level(c, rows_text(r, 9), day_of_moment(stamp_moment(found->at)));
        found->settles = rows_is_null(r, 7) ? NULL : arena_text(w->arena, rows_text(r, 7));
        return found;
}

#define WITNESSES "SELECT s.node, s.name, e.seq, e.at, e.hash, f.level, f.seen, f.settles, f.source, s.audience, f.entry FROM figure_entry f" \
                  " JOIN ledger_entry e ON e.id = f.entry JOIN ledger_stream s ON s.id = e.stream WHERE f.entry "

/* Read those of up to ASKED_AT_ONCE entries, none of which is known yet. */
static bool witnesses_ask(struct keeper *k, const int64_t *entries, size_t count)
{
        struct work *w = k->work;
        const struct catalogue *c = catalogue_of(w);
        struct value asked[ASKED_AT_ONCE];
        struct witness *found[ASKED_AT_ONCE], **place;
        size_t found_count = 0;
        struct rows *r;

        if (c == NULL)
                return false;
        for (size_t i = 0; i < ASKED_AT_ONCE; i++)
                asked[i] = v_int(entries[i < count ? i : count - 1]);
        r = count == 1 ? db_query(w->db, WITNESSES "= $1", ARGS(asked[0])) : db_query(w->db, WITNESSES IS_ASKED, (struct values){ asked, ASKED_AT_ONCE });
        while (found_count < ASKED_AT_ONCE && rows_next(r))
                found[found_count++] = witness_row(w, c, r);
        rows_close(r);
        for (size_t i = 0; i < found_count; i++) {
                if (!provider_told(w, &found[i]->source, &found[i]->priority, found[i]->at) || (place = witness_place(k, found[i]->entry)) == NULL)
                        return false;
                *place = found[i];
        }
        return work_ok(w);
}

/* NULL and an error where the entry brought no figures here. Lives as long as the work's arena. */
static struct witness *witness_of(struct keeper *k, int64_t entry)
{
        struct witness **place = witness_place(k, entry);

        if (place == NULL || (*place == NULL && !witnesses_ask(k, &entry, 1)))
                return NULL;
        place = witness_place(k, entry); /* the map may have moved */
        if (place != NULL && *place == NULL)
                error_set(&k->work->err, ERR_DAMAGED, "entry %lld brought figures here, but no table says so", (long long)entry);
        return place == NULL ? NULL : *place;
}

bool provider_told(struct work *w, const char **source, int *priority, stamp at)
{
        const struct catalogue *c = catalogue_of(w);
        const struct provider *p = c == NULL ? NULL : provider_of(c, *source, day_of_moment(stamp_moment(at)));

        if (p == NULL || p->is_own)
                *source = "";
        *priority = p == NULL ? 0 : p->priority;
        return c != NULL;
}

static bool has_looked(const struct witness *by, const char *stream)
{
        for (const struct sighting *s = by->seen; s != NULL; s = s->next)
                if (strcmp(s->stream, stream) == 0)
                        return true;
        return false;
}

/* Look up how much up to ASKED_AT_ONCE entries had seen of a stream. */
static bool witnesses_look(struct keeper *k, struct witness **list, size_t count, const char *stream)
{
        struct work *w = k->work;
        struct value asked[ASKED_AT_ONCE + 1];
        struct rows *r;

        for (size_t i = 0; i < ASKED_AT_ONCE; i++)
                asked[i] = v_int(list[i < count ? i : count - 1]->entry);
        asked[ASKED_AT_ONCE] = v_text(stream);
        for (size_t i = 0; i < count; i++) {
                struct sighting *one = arena_alloc(w->arena, sizeof *one);

                *one = (struct sighting){ list[i]->seen, stream, 0 };
                list[i]->seen = one;
        }
        r = count == 1 ? db_query(w->db, "SELECT entry, seq FROM figure_seen WHERE entry = $1 AND stream = $2", ARGS(asked[0], asked[ASKED_AT_ONCE]))
                       : db_query(w->db, "SELECT entry, seq FROM figure_seen WHERE entry " IS_ASKED " AND stream = $33", (struct values){ asked, ASKED_AT_ONCE + 1 });
        while (rows_next(r))
                for (size_t i = 0; i < count; i++)
                        if (list[i]->entry == rows_int(r, 0))
                                list[i]->seen->seq = rows_int(r, 1);
        rows_close(r);
        return work_ok(w);
}

/* {"KEY/42":7}: no stream's name is longer than STREAM_MAX, so one that is says nothing. */
#define STREAM_MAX (KEY_HEX + 16)

static bool seen_is_formed(const json_t *seen)
{
        const char *stream;
        json_t *seq;

        if (seen != NULL && !json_is_object(seen))
                return false;
        json_object_foreach((json_t *)(uintptr_t)seen, stream, seq)
                if (strlen(stream) <= KEY_HEX || stream[KEY_HEX - 1] != '/' || strpbrk(stream, " \n") != NULL ||
                    json_integer_value(seq) < 1)
                        return false;
        return true;
}

static bool seen_keep(struct work *w, int64_t entry, const json_t *seen)
{
        const char *stream;
        json_t *seq;

        json_object_foreach((json_t *)(uintptr_t)seen, stream, seq)
                if (strlen(stream) <= STREAM_MAX &&
                    !db_exec(w->db, "INSERT INTO figure_seen (entry, stream, seq) VALUES ($1, $2, $3)",
                             ARGS(v_int(entry), v_text(stream), v_int(json_integer_value(seq)))))
                        return false;
        return true;
}

bool entry_settles(const struct entry *e)
{
        const char *dot = strrchr(e->kind, '.');

        return dot != NULL && strcmp(dot, ".settle") == 0;
}

#define WITNESS_VALUES 7

static bool witness_rows_write(struct work *w, const struct value *values, size_t count)
{
        return db_many(w->db,
                       "INSERT INTO figure_entry (entry, unit, level, figures, seen, settles, source)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                       values, count, WITNESS_VALUES);
}

bool witnesses_write(struct work *w, struct witnesses *all)
{
        struct value values[WITNESSES_MOST][WITNESS_VALUES];
        size_t count = all->count;

        for (size_t i = 0; i < count; i++) {
                const struct value row[] = { v_int(all->list[i].entry),   v_text(all->list[i].unit), v_int(all->list[i].level),
                                             v_int(all->list[i].figures), all->list[i].tells_seen ? v_int(all->list[i].seen) : v_null(),
                                             v_null(),                    v_text(all->list[i].source) };

                memcpy(values[i], row, sizeof row);
        }
        all->count = 0;
        return count == 0 || witness_rows_write(w, values[0], count);
}

/* Write the row, or note it for later. */
static bool witness_write(struct work *w, const struct entry *e, const struct value row[WITNESS_VALUES])
{
        struct witnesses *run = ledger_deferred(w) == NULL || !figure_decides_first(e->kind) ? NULL : bulk_witnesses(ledger_deferred(w));

        if (run == NULL || row[1].length >= sizeof run->list->unit || row[6].length >= sizeof run->list->source)
                return witness_rows_write(w, row, 1);
        run->list[run->count].entry = e->id;
        run->list[run->count].level = row[2].integer;
        run->list[run->count].figures = row[3].integer;
        run->list[run->count].tells_seen = row[4].type != VALUE_NULL;
        run->list[run->count].seen = row[4].integer;
        strcpy(run->list[run->count].unit, row[1].bytes);
        strcpy(run->list[run->count].source, row[6].bytes);
        return ++run->count < WITNESSES_MOST || witnesses_write(w, run);
}

enum applied witness_keep(struct work *w, const struct entry *e, const char *unit, int64_t figures, struct error *why)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *u = c == NULL ? NULL : unit_at(c, unit, day_of_moment(stamp_moment(e->at)));
        const char *settles = NULL, *source = json_string_value(json_object_get(e->body, "source"));
        const json_t *of = json_object_get(e->body, "of"), *unpublished = json_object_get(e->body, "unpublished"), *hash;
        const json_t *seen = json_object_get(e->body, "seen");
        size_t i;

        if (!work_ok(w) || c == NULL)
                return FAILED;
        if (!seen_is_formed(seen)) {
                error_set(why, ERR_INVALID, "\"seen\" does not say which entries of which streams it had seen");
                return REFUSED;
        }
        if (entry_settles(e)) {
                settles = "";
                json_array_foreach(of, i, hash)
                        settles = arena_print(w->arena, "%s%s ", settles, json_string_value(hash));
                json_array_foreach(unpublished, i, hash)
                        settles = arena_print(w->arena, "%s~%s ", settles, json_string_value(hash));
        }
        return witness_write(w, e,
                             ARGS(v_int(e->id), v_text(unit), v_int(u == NULL ? LEVEL_COUNTRY : u->level), v_int(figures),
                                  seen == NULL ? v_null() : v_int((int64_t)json_object_size(seen)), v_text(settles),
                                  v_text(source == NULL ? "" : source)).list) &&
                               seen_keep(w, e->id, seen)
                       ? APPLIED
                       : FAILED;
}

/* ---- the versions of a cell ------------------------------------------------------------------------------ */

#define CELL_WHERE                                                                                                     \
        " WHERE province = $1 AND indicator = $2 AND period = $3 AND unit = $4 AND item = $5 AND partner = $6"
#define CELL_ARGS(c) v_int((c)[0]), v_int((c)[1]), v_int((c)[2]), v_int((c)[3]), v_int((c)[4]), v_int((c)[5])

struct versions {
        struct version *list;
        size_t count, room;
};

static struct version *version_add(struct work *w, struct versions *all)
{
        if (all->count == all->room) {
                size_t room = all->room == 0 ? 16 : all->room * 2;
                struct version *more = arena_array(w->arena, room, sizeof *more);

                if (all->count > 0)
                        memcpy(more, all->list, all->count * sizeof *more);
                all->list = more;
                all->room = room;
        }
        return &all->list[all->count++];
}

/* Whose each of them is: many are asked for at once. */
static bool witnesses_read(struct keeper *k, struct version *list, size_t count)
{
        int64_t asked[ASKED_AT_ONCE];
        size_t n = 0;

        for (size_t i = 0; i < count; i++) {
                struct witness **place = witness_place(k, list[i].entry);

                if (place == NULL)
                        return false;
                if (*place == NULL)
                        asked[n++] = list[i].entry;
                if (n > 0 && (n == ASKED_AT_ONCE || i + 1 == count)) {
                        if (!witnesses_ask(k, asked, n))
                                return false;
                        n = 0;
                }
        }
        for (size_t i = 0; i < count && work_ok(k->work); i++)
                list[i].by = witness_of(k, list[i].entry);
        return work_ok(k->work);
}

/* A row of figure that is a correction dated by its entry: the version is the one beside. */
static struct version *correction_of(const struct versions *all, const struct version *row)
{
        for (size_t i = 0; i < all->count; i++)
                if (all->list[i].is_beside_now && all->list[i].entry == row->entry && all->list[i].stands_now == row->known_from)
                        return &all->list[i];
        return NULL;
}

static bool versions_read(struct keeper *k, const int64_t cell[F_CELL], struct versions *all)
{
        struct work *w = k->work;
        struct rows *r = db_query(w->db, "SELECT known_from, value, status, mark, entry, stands_from, corrects FROM figure_beside" CELL_WHERE, ARGS(CELL_ARGS(cell)));

        while (rows_next(r))
                *version_add(w, all) = (struct version){ .known_from = rows_int(r, 0), .value = rows_int(r, 1), .status = rows_int(r, 2), .mark = rows_int(r, 3),
                                                         .entry = rows_int(r, 4), .stands_now = rows_int(r, 5), .is_correction_now = rows_int(r, 6) != 0,
                                                         .is_beside_now = true };
        rows_close(r);
        r = db_query(w->db, "SELECT known_from, value, status, mark, entry FROM figure" CELL_WHERE, ARGS(CELL_ARGS(cell)));
        while (rows_next(r)) {
                struct version row = { .known_from = rows_int(r, 0), .value = rows_int(r, 1), .status = rows_int(r, 2), .mark = rows_int(r, 3),
                                       .entry = rows_int(r, 4), .stands_now = rows_int(r, 0) }, *correction = correction_of(all, &row);

                if (correction == NULL)
                        *version_add(w, all) = row;
                else
                        correction->is_stale = correction->status != row.status;
        }
        rows_close(r);
        return witnesses_read(k, all->list, all->count); /* not while a query runs */
}

/* Look up what the versions' entries had seen of each other's streams. */
static bool sightings_read(struct keeper *k, const struct versions *all)
{
        const char **streams = arena_array(k->work->arena, all->count + 1, sizeof *streams);
        size_t count = 0;

        for (size_t i = 0; i < all->count; i++) {
                size_t n = 0;

                while (n < count && strcmp(streams[n], all->list[i].by->stream) != 0)
                        n++;
                if (n == count)
                        streams[count++] = all->list[i].by->stream;
        }
        for (size_t n = 0; n < count && work_ok(k->work); n++) {
                struct witness *list[ASKED_AT_ONCE];
                size_t asked = 0;

                for (size_t i = 0; i < all->count && work_ok(k->work); i++) {
                        struct witness *by = witness_of(k, all->list[i].entry);

                        if (by != NULL && by->tells_seen && strncmp(streams[n], by->node, KEY_HEX - 1) != 0 && !has_looked(by, streams[n]))
                                list[asked++] = by;
                        if (asked > 0 && (asked == ASKED_AT_ONCE || i + 1 == all->count)) {
                                if (!witnesses_look(k, list, asked, streams[n]))
                                        return false;
                                asked = 0;
                        }
                }
        }
        return work_ok(k->work);
}

static struct standing standing_of(const struct version *list, size_t count, bool is_after)
{
        struct standing s = { 0 };

        for (size_t i = 0; i < count; i++) {
                const struct version *v = &list[i];

                int64_t from = is_after ? v->stands_from : v->stands_now;

                if (from != 0 && v->status >= STATUS_COUNTS && (!s.is_there || from > s.known_from))
                        s = (struct standing){ true, from, v->value, v->status, v->mark };
        }
        return s;
}

/* A version that stands from the moment it names is in figure. Any other is in figure_beside, and one that stands from another moment, a correction, in
 * figure as well, with that moment. */
static bool version_move(struct work *w, const int64_t cell[F_CELL], const struct version *v, bool is_taken_out)
{
        bool is_beside = v->place != PLACE_NOWHERE && v->stands_from != v->known_from, stays_beside;
        int64_t from = v->place == PLACE_NOWHERE ? 0 : v->stands_from;

        stays_beside = is_beside == v->is_beside_now && (!is_beside || (from == v->stands_now && v->is_correction == v->is_correction_now));
        if (is_taken_out)
                return (stays_beside || !v->is_beside_now ||
                        db_exec(w->db, "DELETE FROM figure_beside" CELL_WHERE " AND known_from = $7 AND entry = $8",
                                ARGS(CELL_ARGS(cell), v_int(v->known_from), v_int(v->entry)))) &&
                       ((from == v->stands_now && !v->is_stale) || v->stands_now == 0 ||
                        db_exec(w->db, "DELETE FROM figure" CELL_WHERE " AND known_from = $7 AND entry = $8",
                                ARGS(CELL_ARGS(cell), v_int(v->stands_now), v_int(v->entry))));
#define ROW_NAMES "province, indicator, period, unit, item, partner, known_from, value, status, mark, entry"
#define ROW_VALUES "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11"
#define ROW_ARGS(moment) CELL_ARGS(cell), v_int(moment), v_int(v->value), v_int(v->status), v_int(v->mark), v_int(v->entry)
        return (stays_beside || !is_beside ||
                db_exec(w->db, "INSERT INTO figure_beside (" ROW_NAMES ", stands_from, corrects) VALUES (" ROW_VALUES ", $12, $13)",
                        ARGS(ROW_ARGS(v->known_from), v_int(from), v_int(v->is_correction)))) &&
               ((from == v->stands_now && !v->is_stale) || from == 0 ||
                db_exec(w->db, "INSERT INTO figure (" ROW_NAMES ") VALUES (" ROW_VALUES ")", ARGS(ROW_ARGS(from))));
}

static bool contests_write(struct work *w, const int64_t cell[F_CELL], const struct contests *all)
{
        if (!db_exec(w->db, "DELETE FROM figure_contest" CELL_WHERE, ARGS(CELL_ARGS(cell))))
                return false;
        for (size_t i = 0; i < all->count; i++) {
                const struct contest *c = &all->list[i];
                char name[CONTEST_NAME_MAX];

                contest_name(c, name);
                for (size_t n = 0; n < c->count; n++)
                        if (!db_exec(w->db,
                                     "INSERT INTO figure_contest (province, indicator, period, unit, item, partner, of_day, contest,"
                                     " entry, hash, value, measure, stands, closed_by)"
                                     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
                                     ARGS(CELL_ARGS(cell), v_int(c->of_day), v_text(name), v_int(c->heads[n]->by->entry),
                                          v_text(c->heads[n]->by->hash_hex), v_int(c->heads[n]->value),
                                          v_int(c->heads[n]->measure), v_int(c->heads[n] == c->stands),
                                          v_text(c->closed_by == NULL ? "" : c->closed_by->hash_hex))))
                                return false;
        }
        return work_ok(w);
}

bool cell_refold(struct keeper *k, const int64_t cell[F_CELL], const struct row *added, size_t added_count,
                 struct standing *before, struct standing *after)
{
        struct work *w = k->work;
        struct versions all = { 0 };
        struct contests contests = { 0 };

        if (!versions_read(k, cell, &all))
                return false;
        for (size_t i = 0; i < added_count; i++) {
                const int64_t *v = added[i].v;

                *version_add(w, &all) = (struct version){ .known_from = v[F_KNOWN], .value = v[F_VALUE], .status = v[F_STATUS],
                                                          .mark = v[F_MARK], .entry = v[F_ENTRY],
                                                          .by = witness_of(k, v[F_ENTRY]) };
                if (!work_ok(w))
                        return false;
        }
        if (!sightings_read(k, &all))
                return false;
        *before = standing_of(all.list, all.count, false);
        cell_fold(w->arena, all.list, all.count, &contests);
        *after = standing_of(all.list, all.count, true);
        for (size_t i = 0; i < all.count; i++)
                if (!version_move(w, cell, &all.list[i], true))
                        return false;
        for (size_t i = 0; i < all.count; i++)
                if (!version_move(w, cell, &all.list[i], false))
                        return false;
        return contests_write(w, cell, &contests);
}

/* What an area keeps of its own as versions: those known from their entries on, or (by_day) from the day on from which they hold. */
static bool own_read(struct keeper *k, const struct own_version *versions, size_t count, bool by_day, struct versions *all)
{
        for (size_t i = 0; i < count; i++)
                *version_add(k->work, all) = (struct version){ .known_from = versions[i].on, .value = versions[i].value, .measure = versions[i].measure, .status = STATUS_SUBMITTED,
                                                               .entry = versions[i].entry, .is_cautious = versions[i].is_cautious };
        if (!witnesses_read(k, all->list, all->count))
                return false;
        for (size_t i = 0; i < count; i++) {
                struct witness *by = witness_of(k, versions[i].entry);

                by->source = by_day ? by->hash_hex : ""; /* a file's name ranks nothing; and what a node decides for a day does not take away what it had written for it */
                by->priority = 0;
                if (!by_day)
                        all->list[i].known_from = stamp_moment(by->at);
        }
        return sightings_read(k, all);
}

bool contest_refold(struct work *w, const int64_t cell[F_CELL], struct own_version *versions, size_t count)
{
        struct contests contests = { 0 };
        struct versions all = { 0 };
        stamp next = INT64_MAX;
        struct keeper k;

        keeper_open(&k, w);
        if (!own_read(&k, versions, count, false, &all))
                return false;
        cell_fold(w->arena, all.list, all.count, &contests);
        for (size_t i = all.count; i-- > 0;) { /* in the order of their entries: each stands until the next that took its place */
                stamp at = all.list[i].by->at;
                size_t n = 0;

                while (versions[n].entry != all.list[i].entry)
                        n++;
                versions[n].until = all.list[i].place == PLACE_STOOD ? next : at;
                next = all.list[i].place == PLACE_STOOD ? at : next;
        }
        return contests_write(w, cell, &contests);
}

bool contest_refold_days(struct work *w, const int64_t cell[F_CELL], const struct own_version *versions, size_t count, struct own_day *days, size_t day_count)
{
        struct versions all = { 0 };
        struct keeper k;
        int64_t of_day[F_CELL];

        keeper_open(&k, w);
        if (!own_read(&k, versions, count, true, &all))
                return false;
        days_end(all.list, all.count);
        memcpy(of_day, cell, sizeof of_day);
        for (size_t i = 0; i < day_count; i++) {
                struct contests contests = { 0 };
                const struct witness *by = day_fold(w->arena, all.list, all.count, days[i].on, &contests);

                days[i].stands = NULL;
                for (size_t n = 0; n < count; n++)
                        if (by != NULL && versions[n].entry == by->entry)
                                days[i].stands = &versions[n];
                of_day[F_PERIOD] = days[i].on;
                if (!contests_write(w, of_day, &contests))
                        return false;
        }
        return work_ok(w);
}
