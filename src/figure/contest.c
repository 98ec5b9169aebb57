#include "figure/contest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "figure/contest_private.h"
#include "figure/own.h"
#include "ledger/node.h"
#include "ledger/read.h"
#include "ledger/symbol.h"
#include "ledger/write.h"

/* Conflicts of figures and records, and those about files of definitions, which the catalogue notes (catalogue/contest.c): all of the ministry's nodes. */
#define ALL_CONTESTS "(SELECT contest, entry, closed_by FROM figure_contest UNION ALL SELECT contest, entry, closed_by FROM catalogue_contest)"

/* ---- lists ------------------------------------------------------------------------------------------------ */

const char **contest_names(struct work *w, bool is_open, size_t limit, size_t *count)
{
        const char **names = arena_array(w->arena, limit + 1, sizeof *names);
        struct rows *r = db_query(w->db,
                                  is_open ? "SELECT contest FROM " ALL_CONTESTS " c WHERE closed_by = '' GROUP BY contest"
                                            " ORDER BY MAX(entry) DESC, contest LIMIT $1"
                                          : "SELECT contest FROM " ALL_CONTESTS " c WHERE closed_by <> '' AND NOT EXISTS"
                                            " (SELECT 1 FROM figure_contest o WHERE o.closed_by = '' AND o.contest = c.contest)"
                                            " GROUP BY contest ORDER BY MAX(entry) DESC, contest LIMIT $1",
                                  ARGS(v_int((int64_t)limit)));

        *count = 0;
        while (*count < limit && rows_next(r))
                names[(*count)++] = arena_text(w->arena, rows_text(r, 0));
        rows_close(r);
        return work_ok(w) ? names : NULL;
}

int64_t contests_open(struct work *w)
{
        return db_number(w->db, "SELECT COUNT(DISTINCT contest) FROM " ALL_CONTESTS " c WHERE closed_by = ''", NO_ARGS, 0);
}

/* The unit whose nodes have taken over from those of a unit; else that one. */
static const char *successor_of(struct work *w, const char *code)
{
        size_t count;
        struct succession *list = trust_successions(w, &count);
        stamp now = ledger_next_stamp(w);

        for (size_t i = 0; i < count && work_ok(w); i++)
                if (strcmp(list[i].unit, code) != 0 && trust_stands_for(w, list[i].unit, code, now))
                        return list[i].unit;
        return code;
}

/* The unit of the level that decides, in which the place lies today. topic: what an area keeps of its own; NULL: a figure. */
static const char *decider_now(struct work *w, const struct catalogue *c, const struct rank *r, const struct unit *about, const struct figure_own *topic)
{
        day today = day_of_moment(w->now);
        const struct unit *u = about, *readers = unit_last(c, r->readable_unit == NULL ? "" : r->readable_unit, today);
        int level = topic != NULL && topic->meanwhile != NULL ? (int)about->level : r->nearest <= r->readable || readers == NULL ? rank_needed(r) : (int)readers->level;
        struct unit_part *parts;
        size_t count;

        if (today < u->from || u->to < today) {
                parts = unit_parts(w->arena, c, u, today, &count);
                u = count == 0 ? u : parts[0].unit;
        }
        while ((int)u->level > level && u->parent != NULL)
                u = u->parent;
        return successor_of(w, u->code);
}

/* Whether the asker decides, here, about a contest of those ranks. */
static bool may_settle(struct work *w, const struct catalogue *c, const struct rank *rank, const struct unit *about, const struct figure_own *topic)
{
        day today = day_of_moment(w->now);
        const struct unit *here = unit_at(c, node_unit(w->node), today);
        struct error why = { .language = w->language };

        if (here == NULL || about == NULL || !role_may(w->user->role, MAY_SEND) || !role_may(w->user->role, MAY_READ) || strcmp(w->user->unit, node_unit(w->node)) != 0)
                return false;
        if (topic != NULL && topic->meanwhile != NULL)
                return strcmp(decider_now(w, c, rank, about, topic), node_unit(w->node)) == 0;
        return (int)here->level >= rank_needed(rank) && figure_writer_may(w, c, trust_self(w), ledger_next_stamp(w), about, &why) &&
               (topic == NULL || !topic->is_from_above || !trust_stands_for(w, node_unit(w->node), about->code, ledger_next_stamp(w)));
}

static const struct unit *country_of(const struct work *w, const struct catalogue *c)
{
        return unit_last(c, "VN", day_of_moment(w->now));
}

struct waiting {
        struct rank rank;
        char name[CONTEST_NAME_MAX];
        int64_t unit, topic;
};

static int64_t waits(struct work *w, const struct catalogue *c, const struct waiting *x)
{
        const char *key = x->unit == 0 ? NULL : symbol_text(w, x->unit), *topic = key == NULL ? NULL : symbol_text(w, x->topic);

        return topic != NULL && may_settle(w, c, &x->rank, unit_by_key(c, key), figure_own_of(figure_own_topic(topic)));
}

/* Those about files of definitions, for which the ministry's leader decides. */
static int64_t definitions_waiting(struct work *w, const struct catalogue *c)
{
        const struct rank of_country = { .nearest = LEVEL_COUNTRY, .readable = LEVEL_COUNTRY };
        int64_t open = db_number(w->db, "SELECT COUNT(DISTINCT contest) FROM catalogue_contest WHERE closed_by = ''", NO_ARGS, 0);

        return open > 0 && may_settle(w, c, &of_country, country_of(w, c), NULL) ? open : 0;
}

int64_t contests_waiting(struct work *w)
{
        const struct catalogue *c = role_may(w->user->role, MAY_SEND) && contests_open(w) > 0 ? catalogue_of(w) : NULL;
        struct waiting now = { .unit = 0 };
        int64_t count = 0;
        struct rows *r;

        if (c == NULL)
                return 0;
        count = definitions_waiting(w, c);
        r = db_query(w->db,
                     "SELECT c.contest, MIN(c.unit), MIN(c.indicator), f.level, f.unit, s.audience, e.at FROM figure_contest c"
                     " JOIN figure_entry f ON f.entry = c.entry JOIN ledger_entry e ON e.id = c.entry"
                     " JOIN ledger_stream s ON s.id = e.stream WHERE c.closed_by = ''"
                     " GROUP BY c.contest, c.entry, f.level, f.unit, s.audience, e.at ORDER BY c.contest",
                     NO_ARGS);
        while (rows_next(r)) {
                if (strcmp(now.name, rows_text(r, 0)) != 0) {
                        count += waits(w, c, &now);
                        snprintf(now.name, sizeof now.name, "%s", rows_text(r, 0));
                        now.unit = rows_int(r, 1);
                        now.topic = rows_int(r, 2);
                        rank_init(&now.rank);
                }
                rank_take(&now.rank, c, (int)rows_int(r, 3), arena_text(w->arena, rows_text(r, 4)),
                          arena_text(w->arena, rows_text(r, 5)), day_of_moment(stamp_moment(rows_int(r, 6))));
        }
        rows_close(r);
        return work_ok(w) ? count + waits(w, c, &now) : 0;
}

const char *contest_of_cell(struct work *w, const struct indicator *i, const struct unit *u, period p, const char *item,
                            const char *partner)
{
        const struct catalogue *c = catalogue_of(w);
        int64_t key[F_CELL];

        if (c == NULL)
                return NULL;
        key[F_PROVINCE] = symbol_find(w, 'u', province_key(u));
        key[F_INDICATOR] = symbol_find(w, 'i', i->id);
        key[F_PERIOD] = p;
        key[F_UNIT] = symbol_find(w, 'u', u->key);
        key[F_ITEM] = symbol_find(w, 't', item_stored(c, i->item_classification, item));
        key[F_PARTNER] = symbol_find(w, 't', item_stored(c, i->partner_classification, partner));
        return db_text(w->db, w->arena,
                       "SELECT contest FROM figure_contest WHERE province = $1 AND indicator = $2 AND period = $3 AND unit = $4"
                       " AND item = $5 AND partner = $6 AND closed_by = '' ORDER BY of_day DESC LIMIT 1",
                       ARGS(v_int(key[0]), v_int(key[1]), v_int(key[2]), v_int(key[3]), v_int(key[4]), v_int(key[5])));
}

static int compare_open(const void *a, const void *b)
{
        const struct contest_open *x = a, *y = b;
        int order = strcmp(x->partner, y->partner);

        if (order == 0)
                order = strcmp(x->item, y->item);
        return order != 0 ? order : (x->period > y->period) - (x->period < y->period);
}

struct contest_open *contests_about(struct work *w, const struct indicator *topic, const char *partner, size_t *count)
{
        struct contest_open *list = arena_room(w->arena, NULL, 0, sizeof *list);
        struct rows *r = db_query(w->db, "SELECT DISTINCT contest, item, partner, unit, period FROM figure_contest WHERE closed_by = '' AND indicator = $1"
                                         " AND (partner = $2 OR CAST($2 AS BIGINT) IS NULL)",
                                  ARGS(v_int(symbol_find(w, 'i', topic->id)), partner == NULL ? v_null() : v_int(symbol_find(w, 't', partner))));

        for (*count = 0; rows_next(r); ++*count) {
                list = arena_room(w->arena, list, *count, sizeof *list);
                list[*count] = (struct contest_open){ arena_text(w->arena, rows_text(r, 0)), symbol_text(w, rows_int(r, 1)), symbol_text(w, rows_int(r, 2)), symbol_text(w, rows_int(r, 3)),
                                                      (period)rows_int(r, 4) };
        }
        rows_close(r);
        if (!work_ok(w))
                return NULL;
        qsort(list, *count, sizeof *list, compare_open);
        return list;
}

const char *contest_of_entry(struct work *w, int64_t entry)
{
        return db_text(w->db, w->arena, "SELECT contest FROM " ALL_CONTESTS " c WHERE closed_by = '' AND entry = $1 ORDER BY contest LIMIT 1",
                       ARGS(v_int(entry)));
}

const char *contest_about_entry(struct work *w, const char *hash)
{
        return db_text(w->db, w->arena, "SELECT contest FROM figure_contest WHERE closed_by = '' AND partner = $1 ORDER BY contest LIMIT 1", ARGS(v_int(symbol_find(w, 't', hash))));
}

bool contest_lies_within(struct work *w, const char *name, const char *unit_code)
{
        const struct catalogue *c = catalogue_of(w);
        struct rows *r = db_query(w->db, "SELECT DISTINCT unit FROM figure_contest WHERE contest = $1", ARGS(v_text(name)));
        day today = day_of_moment(w->now);
        bool is_within = c != NULL;

        while (rows_next(r)) {
                const char *key = symbol_text(w, rows_int(r, 0));
                const struct unit *u = key == NULL || c == NULL ? NULL : unit_by_key(c, key);

                is_within = is_within && u != NULL && figure_may_report(c, unit_code, today, u);
        }
        rows_close(r);
        return is_within && work_ok(w);
}

bool contest_is_record(const struct contest_cell *c)
{
        const struct figure_own *own = figure_own_of(c->indicator);

        return own != NULL && own->lines != NULL;
}

bool contest_is_of_day(const struct contest_cell *c)
{
        const struct figure_own *own = figure_own_of(c->indicator);

        return own != NULL && own->dated == c->indicator;
}

const char *contest_period(struct work *w, const struct contest_cell *c)
{
        char text[PERIOD_TEXT_MAX + DAY_TEXT_MAX];

        if (c->period == PERIOD_NONE)
                return "";
        if (contest_is_of_day(c))
                day_write(text, c->period);
        else
                period_write(text, c->period);
        return arena_text(w->arena, text);
}

const char *contest_period_said(struct work *w, const struct contest_cell *c)
{
        char text[64];

        if (c->period == PERIOD_NONE)
                return "";
        if (contest_is_of_day(c))
                day_write_shown(text, c->period, w->language);
        else
                period_write_said(text, sizeof text, c->period, w->language);
        return arena_text(w->arena, text);
}

bool figures_arrived(struct work *w, int64_t after, int64_t *figures, int64_t *contests, const char **names, size_t limit)
{
        struct rows *r;

        *contests = 0;
        *figures = db_number(w->db, "SELECT CAST(SUM(figures) AS BIGINT) FROM figure_entry WHERE entry > $1", ARGS(v_int(after)), 0);
        r = db_query(w->db, "SELECT DISTINCT contest FROM " ALL_CONTESTS " c WHERE closed_by = '' AND entry > $1 ORDER BY contest",
                     ARGS(v_int(after)));
        while (rows_next(r)) {
                if ((size_t)*contests < limit)
                        names[*contests] = arena_text(w->arena, rows_text(r, 0));
                (*contests)++;
        }
        return work_ok(w);
}

/* ---- one contest ------------------------------------------------------------------------------------------------ */

static const char *member(struct work *w, const struct entry *e, const char *name)
{
        const char *value = json_string_value(json_object_get(e->body, name));

        return value == NULL ? "" : arena_text(w->arena, value);
}

/* "7.1: a new works; 9: …", or the reason of a decision. */
static const char *why_of(struct work *w, const struct entry *e)
{
        const char *all = "", *row;
        json_t *said;

        json_object_foreach(json_object_get(e->body, "explanations"), row, said) {
                if (json_string_value(said) != NULL)
                        all = arena_print(w->arena, "%s%s%s: %s", all, *all == '\0' ? "" : "; ", row, json_string_value(said));
        }
        return *all != '\0' ? all : member(w, e, "reason");
}

static const char *by_of(struct work *w, const struct entry *e)
{
        const char *by = member(w, e, "by");

        return *by != '\0' ? by : e->author;
}

#define TOLD_MAX 4000          /* bytes of a text of an entry, */
#define EXPLANATIONS_MAX 16000 /* and of all its explanations: a browser lays out a MiB in one place in minutes */

/* What is shown of an entry, which may itself be long: it is read in memory of its own. */
struct told {
        int64_t id;
        const char *hash; /* instead of the id; NULL */
        struct arena *keep;
        struct entry *entry; /* without line and body; NULL: there is none */
        size_t length;       /* of its line */
        const char *by, *source, *why, *reason;
};

static bool take_told(struct work *w, void *argument)
{
        struct told *t = argument;
        const struct entry *e = t->hash != NULL ? ledger_entry_by_hash(w, t->hash) : ledger_entry(w, t->id);

        if (e == NULL)
                return work_ok(w);
        t->entry = entry_copy(t->keep, e);
        t->entry->bytes = NULL;
        t->length = e->length;
        t->by = entry_text_kept(t->keep, by_of(w, e), TOLD_MAX);
        t->source = entry_text_kept(t->keep, member(w, e, "source"), TOLD_MAX);
        t->why = entry_text_kept(t->keep, why_of(w, e), EXPLANATIONS_MAX);
        t->reason = entry_text_kept(t->keep, member(w, e, "reason"), TOLD_MAX);
        return true;
}

static bool entry_told(struct work *w, struct told *t)
{
        t->keep = w->arena;
        return run_in_scratch(w, take_told, t);
}

const json_t **contest_bodies(struct work *w, const struct contest_view *v)
{
        const json_t **bodies = *v->bodies;

        if (bodies != NULL)
                return bodies;
        bodies = arena_array(w->arena, v->side_count + 1, sizeof *bodies);
        for (size_t i = 0; i < v->side_count; i++) {
                const struct entry *e = v->sides[i].is_left_out ? NULL : ledger_entry(w, v->sides[i].entry->id);

                if (v->sides[i].is_left_out)
                        continue;
                if (e == NULL) {
                        if (work_ok(w))
                                error_set(&w->err, ERR_DAMAGED, "entry %lld is missing", (long long)v->sides[i].entry->id);
                        return NULL;
                }
                bodies[i] = e->body;
        }
        return *v->bodies = bodies;
}

static int side_of(const struct contest_view *v, int64_t entry)
{
        for (size_t i = 0; i < v->side_count; i++)
                if (v->sides[i].entry->id == entry)
                        return (int)i;
        return -1;
}

/* The entries, the nearest writer first, then as they were written. */
static bool sides_read(struct work *w, const struct catalogue *c, struct contest_view *v, struct rank *rank)
{
        struct rows *r = db_query(w->db,
                                  "SELECT DISTINCT c.entry, f.level, f.unit, e.at FROM figure_contest c"
                                  " JOIN figure_entry f ON f.entry = c.entry JOIN ledger_entry e ON e.id = c.entry WHERE c.contest = $1"
                                  " UNION ALL SELECT c.entry, CAST($2 AS BIGINT), CAST($3 AS TEXT), e.at FROM catalogue_contest c JOIN ledger_entry e ON e.id = c.entry WHERE c.contest = $1"
                                  " ORDER BY 2 DESC, 4, 1",
                                  ARGS(v_text(v->name), v_int(LEVEL_COUNTRY), v_text("VN")));
        int64_t *ids = NULL, shown = 0;
        size_t room = 0;

        while (rows_next(r)) {
                if (v->side_count == room) {
                        int64_t *more_ids = arena_array(w->arena, room = room * 2 + 8, sizeof *more_ids);
                        struct contest_side *more = arena_array(w->arena, room, sizeof *more);

                        if (v->side_count > 0) {
                                memcpy(more_ids, ids, v->side_count * sizeof *more_ids);
                                memcpy(more, v->sides, v->side_count * sizeof *more);
                        }
                        ids = more_ids;
                        v->sides = more;
                }
                ids[v->side_count] = rows_int(r, 0);
                v->sides[v->side_count].level = (int)rows_int(r, 1);
                v->sides[v->side_count++].unit = arena_text(w->arena, rows_text(r, 2));
        }
        rows_close(r);
        if (work_ok(w) && v->side_count == 0)
                return error_set(&w->err, ERR_MISSING, "there is no conflict \"%s\"", v->name);
        rank_init(rank);
        v->bodies = arena_alloc(w->arena, sizeof *v->bodies);
        *v->bodies = NULL;
        for (size_t i = 0; i < v->side_count; i++) {
                struct contest_side *s = &v->sides[i];
                struct told told = { .id = ids[i] };
                const struct entry *e;

                if (!entry_told(w, &told))
                        return false;
                e = s->entry = told.entry;
                if (e == NULL)
                        return error_set(&w->err, ERR_DAMAGED, "entry %lld is missing", (long long)ids[i]);
                s->bytes = (int64_t)told.length;
                s->is_left_out = (shown += s->bytes) > CONTEST_SHOWN_MAX;
                hex_write(s->hash, e->hash, HASH_BYTES);
                s->place = unit_at(c, s->unit, day_of_moment(stamp_moment(e->at)));
                s->by = told.by;
                s->source = told.source;
                s->why = told.why;
                s->is_published = strcmp(e->audience, AUDIENCE_ALL) == 0;
                rank_take(rank, c, s->level, s->unit, e->audience, day_of_moment(stamp_moment(e->at)));
                if (stamp_moment(e->at) > v->since)
                        v->since = stamp_moment(e->at);
        }
        return work_ok(w);
}

#define CELL_OF(c) v_int((c)[0]), v_int((c)[1]), v_int((c)[2]), v_int((c)[3]), v_int((c)[4]), v_int((c)[5])
#define VERSION_FROM(table)                                                                                            \
        "SELECT value, status, mark FROM " table " WHERE province = $1 AND indicator = $2 AND period = $3 AND unit = $4"      \
        " AND item = $5 AND partner = $6 AND entry = $7"

static bool version_read(struct work *w, const struct contest_cell *cell, int64_t entry, int64_t *value, int *status, int *mark)
{
        struct rows *r = db_query(w->db, VERSION_FROM("figure") " UNION ALL " VERSION_FROM("figure_beside"),
                                  ARGS(CELL_OF(cell->cell), v_int(entry)));
        bool is_there = rows_next(r);

        if (is_there) {
                *value = rows_int(r, 0);
                *status = (int)rows_int(r, 1);
                *mark = (int)rows_int(r, 2);
        }
        rows_close(r);
        return is_there;
}

bool contest_version(struct work *w, const struct contest_cell *cell, int64_t entry, int *status, int *mark)
{
        int64_t value;

        return version_read(w, cell, entry, &value, status, mark) ||
               (work_ok(w) && error_set(&w->err, ERR_MISSING, "there is no such version of this figure"));
}

/* Remember the entry that closed a cell; its place among the ends. */
static struct contest_end *end_of(struct work *w, struct contest_view *v, const char *hash, const char **hashes)
{
        struct contest_end *end;
        struct told told = { .hash = hash };

        for (size_t i = 0; i < v->end_count; i++)
                if (strcmp(hashes[i], hash) == 0)
                        return &v->ends[i];
        if (!entry_told(w, &told) || told.entry == NULL)
                return NULL;
        end = &v->ends[v->end_count];
        end->entry = told.entry;
        hashes[v->end_count++] = arena_text(w->arena, hash);
        end->is_decision = entry_settles(end->entry);
        end->reason = end->is_decision ? told.reason : "";
        end->by = told.by;
        end->unit = db_text(w->db, w->arena, "SELECT unit FROM figure_entry WHERE entry = $1", ARGS(v_int(end->entry->id)));
        if (end->unit == NULL)
                end->unit = "VN"; /* of definitions */
        return end;
}

struct cell_list {
        size_t room;
        const char **closed_by; /* by cell: hash, "" open */
};

static struct contest_cell *cell_add(struct work *w, struct contest_view *v, struct cell_list *list)
{
        if (v->cell_count == list->room) {
                size_t room = list->room == 0 ? 64 : list->room * 2;
                struct contest_cell *more = arena_array(w->arena, room, sizeof *more);
                const char **closed = arena_array(w->arena, room, sizeof *closed);

                if (v->cell_count > 0) {
                        memcpy(more, v->cells, v->cell_count * sizeof *more);
                        memcpy(closed, list->closed_by, v->cell_count * sizeof *closed);
                }
                v->cells = more;
                list->closed_by = closed;
                list->room = room;
        }
        return &v->cells[v->cell_count++];
}

static bool cell_name(struct work *w, const struct catalogue *c, struct contest_cell *cell)
{
        const char *unit = symbol_text(w, cell->cell[F_UNIT]), *indicator = symbol_text(w, cell->cell[F_INDICATOR]);

        cell->item = symbol_text(w, cell->cell[F_ITEM]);
        cell->partner = symbol_text(w, cell->cell[F_PARTNER]);
        if (!work_ok(w))
                return false;
        cell->period = (period)cell->cell[F_PERIOD];
        cell->unit = unit_by_key(c, unit);
        cell->indicator = indicator_find(c, indicator);
        if (cell->indicator == NULL)
                cell->indicator = figure_own_topic(indicator);
        return (cell->unit != NULL && cell->indicator != NULL) ||
               error_set(&w->err, ERR_DAMAGED, "the catalogue lacks %s or %s", unit, indicator);
}

static bool cells_read(struct work *w, struct contest_view *v, size_t limit, struct cell_list *list)
{
        struct rows *r = db_query(w->db,
                                  "SELECT province, indicator, period, unit, item, partner, of_day, entry, value, stands, closed_by, measure"
                                  " FROM figure_contest WHERE contest = $1"
                                  " ORDER BY indicator, period, province, unit, item, partner, of_day, entry",
                                  ARGS(v_text(v->name)));
        int64_t last[F_CELL + 1] = { 0 };
        struct contest_cell *cell = NULL;

        while (rows_next(r)) {
                int64_t key[F_CELL + 1];
                int side = side_of(v, rows_int(r, 7));
                bool is_open = *rows_text(r, 10) == '\0';

                for (int i = 0; i <= F_CELL; i++)
                        key[i] = rows_int(r, i);
                if (v->cells_in_all == 0 || memcmp(key, last, sizeof key) != 0) {
                        memcpy(last, key, sizeof key);
                        v->cells_in_all++;
                        v->cells_open += is_open;
                        cell = limit != 0 && v->cell_count == limit ? NULL : cell_add(w, v, list);
                        if (cell != NULL) {
                                *cell = (struct contest_cell){ .of_day = key[F_CELL], .stands = -1, .is_open = is_open };
                                cell->value = arena_array(w->arena, v->side_count, sizeof *cell->value);
                                cell->has_side = arena_array(w->arena, v->side_count, sizeof *cell->has_side);
                                cell->measure = arena_array(w->arena, v->side_count, sizeof *cell->measure);
                                memcpy(cell->cell, key, sizeof cell->cell);
                                list->closed_by[v->cell_count - 1] = is_open ? "" : arena_text(w->arena, rows_text(r, 10));
                        }
                }
                if (cell == NULL || side < 0)
                        continue;
                cell->has_side[side] = true;
                cell->value[side] = rows_int(r, 8);
                cell->measure[side] = rows_int(r, 11) == 0 ? NULL : symbol_text(w, rows_int(r, 11));
                if (rows_int(r, 9) != 0)
                        cell->stands = side;
        }
        rows_close(r);
        return work_ok(w);
}

/* Of a conflict about a file of definitions: all of it is one thing. */
static bool file_read(struct work *w, const struct catalogue *c, struct contest_view *v, struct cell_list *list)
{
        struct rows *r = db_query(w->db, "SELECT path, entry, mark, stands, closed_by FROM catalogue_contest WHERE contest = $1", ARGS(v_text(v->name)));
        struct contest_cell *cell = NULL;

        while (rows_next(r)) {
                int side = side_of(v, rows_int(r, 1));

                if (cell == NULL) {
                        cell = cell_add(w, v, list);
                        *cell = (struct contest_cell){ .indicator = figure_own_topic(CONTEST_OF_FILE), .unit = country_of(w, c), .period = PERIOD_NONE,
                                                       .item = arena_text(w->arena, rows_text(r, 0)), .partner = "", .stands = -1, .is_open = *rows_text(r, 4) == '\0',
                                                       .value = arena_array(w->arena, v->side_count, sizeof *cell->value),
                                                       .has_side = arena_array(w->arena, v->side_count, sizeof *cell->has_side),
                                                       .measure = arena_array(w->arena, v->side_count, sizeof *cell->measure) };
                        list->closed_by[0] = arena_text(w->arena, rows_text(r, 4));
                        v->cells_in_all = 1;
                        v->cells_open = cell->is_open;
                }
                if (side < 0)
                        continue;
                cell->has_side[side] = true;
                cell->value[side] = rows_int(r, 2);
                if (rows_int(r, 3) != 0)
                        cell->stands = side;
        }
        rows_close(r);
        return work_ok(w) && (cell == NULL || (cell->indicator != NULL && cell->unit != NULL) || error_set(&w->err, ERR_DAMAGED, "the catalogue lacks %s or %s", "VN", CONTEST_OF_FILE));
}

/* As people would look for them, the same on every node (symbols are not). */
static int compare_cells(const void *a, const void *b)
{
        const struct contest_cell *x = a, *y = b;
        int order = strcmp(x->indicator->id, y->indicator->id);

        if (order == 0)
                order = (x->period > y->period) - (x->period < y->period);
        if (order == 0)
                order = strcmp(x->unit->key, y->unit->key);
        if (order == 0)
                order = strcmp(x->item, y->item);
        if (order == 0)
                order = strcmp(x->partner, y->partner);
        return order != 0 ? order : (x->of_day > y->of_day) - (x->of_day < y->of_day);
}

struct contest_view *contest_read(struct work *w, const char *name, size_t limit)
{
        struct contest_view *v = arena_alloc(w->arena, sizeof *v);
        struct cell_list list = { .room = 0 };
        const char **hashes;
        const struct catalogue *c = catalogue_of(w);
        struct rank rank;

        if (strlen(name) >= sizeof v->name) {
                error_set(&w->err, ERR_MISSING, "there is no conflict \"%.40s\"", name);
                return NULL;
        }
        memcpy(v->name, name, strlen(name) + 1);
        if (c == NULL || !sides_read(w, c, v, &rank) || !cells_read(w, v, limit, &list) || (v->cell_count == 0 && !file_read(w, c, v, &list)))
                return NULL;
        v->ends = arena_array(w->arena, v->cell_count + 1, sizeof *v->ends);
        hashes = arena_array(w->arena, v->cell_count + 1, sizeof *hashes);
        for (size_t i = 0; i < v->cell_count; i++) {
                struct contest_cell *cell = &v->cells[i];
                const struct figure_own *own;
                const struct contest_end *end;
                int64_t measure = 0;
                int status, mark;

                if (cell->indicator == NULL && !cell_name(w, c, cell))
                        return NULL;
                if (cell->is_open)
                        continue;
                end = end_of(w, v, list.closed_by[i], hashes);
                own = figure_own_of(cell->indicator);
                cell->has_outcome = end != NULL && (own != NULL ? own->value(w, cell, end->entry->id, &cell->outcome, &measure)
                                                                : version_read(w, cell, end->entry->id, &cell->outcome, &status, &mark));
                cell->outcome_measure = measure == 0 ? NULL : symbol_text(w, measure);
        }
        qsort(v->cells, v->cell_count, sizeof *v->cells, compare_cells);
        v->audience = rank.readable_unit;
        v->decider = v->cell_count == 0 ? rank_decider(&rank) : decider_now(w, c, &rank, v->cells[0].unit, figure_own_of(v->cells[0].indicator));
        v->may_settle = v->cells_open > 0 && v->cell_count > 0 && may_settle(w, c, &rank, v->cells[0].unit, figure_own_of(v->cells[0].indicator));
        return work_ok(w) ? v : NULL;
}
