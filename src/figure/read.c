#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "figure/figure_private.h"
#include "ledger/symbol.h"

/* How a query is answered: indicator by indicator, and inside one indicator period by period, so that memory is
 * bounded by the figures of one indicator in one period. For each period: fetch what was reported, add computed
 * totals where a unit asked for has not reported, fold into the map asked for, sort, compare, visit. */

bool compare_read(const char *name, enum compare *compare)
{
        static const char *const names[] = { "", "yoy", "mom", "ytd", "ytd_yoy", "share", "contribution" };

        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                if (strcmp(name, names[i]) == 0) {
                        *compare = (enum compare)i;
                        return true;
                }
        return false;
}

/* A unit with its symbols; -1 where the unit never had a figure. */
struct spot {
        const struct unit *unit;
        int64_t symbol, province;
};

/* One cell of the answer under way. */
struct cell {
        const struct unit *unit;
        int64_t item, partner; /* symbols */
        const char *item_code, *partner_code;
        bool has_value, has_base, has_change;
        int64_t value, base, change;
        int64_t status, mark, known_from, entry;
        int total_of, total_expected;
        const char *note;
};

struct cells {
        struct cell *list;
        size_t count, room;
};

/* A cell about which a conflict is open. */
struct contested {
        const struct unit *unit;
        int64_t item, partner;
};

/* Which items or partners are wanted: all, or those of the list (symbols). */
struct choice {
        bool is_all;
        size_t count;
        int64_t *list;
};

struct reader {
        struct work *work;
        const struct figure_query *query;
        const struct catalogue *catalogue;
        struct arena *scratch;      /* emptied for every period */
        moment known;
        int64_t least_status;
        day boundary_day;
        bool is_live;               /* the totals that are kept answer the question */
        bool marks_contests;        /* conflicts are open, and the asker may know */

        const struct unit **units;  /* by symbol, as met */
        int64_t unit_room;

        /* the indicator under way */
        const struct indicator *indicator;
        int64_t topic;
        const char *root;
        struct choice items, partners;

        /* the period under way */
        period period;
        day on;
        int64_t *groups;            /* provinces that hold figures, ascending */
        size_t group_count, group_room;
        struct spot *asked;         /* units asked for, on the map asked for; NULL: all */
        size_t asked_count;
        day asked_from, asked_to;   /* while these days pass, asked stays the same */
        struct contested *contested; /* in order */
        size_t contested_count;

        /* where to go on */
        bool has_after;
        const struct indicator *after_indicator;
        const char *after_id;
        period after_period;
        struct cell after;
        int64_t visited;
        bool is_stopped;
};

/* ---- small tools ----------------------------------------------------------------------------------- */

static struct cell *cell_add(struct reader *r, struct cells *c)
{
        if (c->count == c->room) {
                size_t room = c->room == 0 ? 64 : c->room * 2;
                struct cell *list = arena_array(r->scratch, room, sizeof *list);

                if (c->count > 0)
                        memcpy(list, c->list, c->count * sizeof *list);
                c->list = list;
                c->room = room;
        }
        memset(&c->list[c->count], 0, sizeof *c->list);
        return &c->list[c->count++];
}

static bool chosen(const struct choice *c, int64_t symbol)
{
        if (c->is_all)
                return true;
        for (size_t i = 0; i < c->count; i++)
                if (c->list[i] == symbol)
                        return true;
        return false;
}

static struct spot spot_of(struct reader *r, const struct unit *u)
{
        const char *province = province_key(u);
        struct spot s = { .unit = u, .symbol = symbol_find(r->work, 'u', u->key) };

        s.province = province == u->key ? s.symbol : symbol_find(r->work, 'u', province);
        return s;
}

static const struct unit *unit_of_symbol(struct reader *r, int64_t symbol)
{
        if (symbol >= r->unit_room) {
                int64_t room = symbol < 512 ? 1024 : symbol * 2;
                const struct unit **units = arena_array(r->work->arena, (size_t)room, sizeof *units);

                if (r->unit_room > 0)
                        memcpy(units, r->units, (size_t)r->unit_room * sizeof *units);
                r->units = units;
                r->unit_room = room;
        }
        if (r->units[symbol] == NULL) {
                const char *key = symbol_text(r->work, symbol);

                if (key != NULL)
                        r->units[symbol] = unit_by_key(r->catalogue, key);
        }
        return r->units[symbol];
}

static bool is_alive(const struct unit *u, day on)
{
        return (u->from == DAY_NONE || u->from <= on) && on <= u->to;
}

static const char *period_shown(struct reader *r, period p)
{
        char text[64];

        period_write_said(text, sizeof text, p, r->work->language);
        return arena_text(r->scratch, text);
}

static const char *unit_shown(struct reader *r, const struct unit *u)
{
        return r->work->language == LANGUAGE_VI ? u->name_vi : u->name_en;
}

static bool holds_group(const struct reader *r, int64_t province)
{
        for (size_t i = 0; i < r->group_count; i++)
                if (r->groups[i] == province)
                        return true;
        return false;
}

/* ---- fetching what was reported ---------------------------------------------------------------------- */

#define SQL_VERSION "SELECT known_from, value, status, mark, entry"
#define SQL_ROW SQL_VERSION ", unit, item, partner"
#define SQL_GROUP                                                                                                      \
        " FROM figure WHERE province = $1 AND indicator = $2 AND period = $3 AND known_from <= $4 AND status >= $5"
#define SQL_ORDER " ORDER BY unit, item, partner, known_from"
#define SQL_POINT                                                                                                      \
        SQL_VERSION " FROM figure WHERE province = $1 AND indicator = $2 AND period = $3 AND unit = $4 AND item = $5"  \
                    " AND partner = $6 AND known_from <= $7 AND status >= $8 ORDER BY known_from DESC LIMIT 1"
#define POINT_WIDTH 8

static void version_read(struct cell *c, struct rows *rows)
{
        c->has_value = true;
        c->known_from = rows_int(rows, 0);
        c->value = rows_int(rows, 1);
        c->status = rows_int(rows, 2);
        c->mark = rows_int(rows, 3);
        c->entry = rows_int(rows, 4);
}

static void point_each(void *context, size_t row, struct rows *result, int changed)
{
        struct cell *cells = context;

        (void)changed;
        if (result != NULL)
                version_read(&cells[row], result);
}

static int compare_spots(const void *a, const void *b)
{
        const struct spot *x = a, *y = b;

        if (x->province != y->province)
                return x->province < y->province ? -1 : 1;
        return (x->symbol > y->symbol) - (x->symbol < y->symbol);
}

/* Rows of one group; of one unit (symbol) or, with 0, of all; only_units (sorted spots) narrows further. */
static bool fetch_group(struct reader *r, int64_t province, int64_t unit, const struct spot *only, size_t only_count,
                        struct cells *out)
{
        struct rows *rows =
                unit == 0 ? db_query(r->work->db, SQL_ROW SQL_GROUP SQL_ORDER,
                                     ARGS(v_int(province), v_int(r->topic), v_int(r->period), v_int(r->known),
                                          v_int(r->least_status)))
                          : db_query(r->work->db, SQL_ROW SQL_GROUP " AND unit = $6" SQL_ORDER,
                                     ARGS(v_int(province), v_int(r->topic), v_int(r->period), v_int(r->known),
                                          v_int(r->least_status), v_int(unit)));
        const struct unit *u = NULL;
        int64_t last_unit = -1, last_item = -1, last_partner = -1;
        struct cell *c = NULL;
        bool is_wanted = false;

        while (rows_next(rows)) {
                int64_t at = rows_int(rows, 5), item = rows_int(rows, 6), partner = rows_int(rows, 7);

                if (at != last_unit) {
                        struct spot key = { .symbol = at, .province = province };

                        is_wanted = only == NULL || bsearch(&key, only, only_count, sizeof key, compare_spots) != NULL;
                        u = is_wanted ? unit_of_symbol(r, at) : NULL;
                        c = NULL;
                }
                if (u != NULL && chosen(&r->items, item) && chosen(&r->partners, partner)) {
                        if (c == NULL || item != last_item || partner != last_partner || r->query->all_versions) {
                                c = cell_add(r, out);
                                c->unit = u;
                                c->item = item;
                                c->partner = partner;
                        }
                        version_read(c, rows);
                }
                last_unit = at;
                last_item = item;
                last_partner = partner;
        }
        return work_ok(r->work);
}

/* Exactly one cell for each unit: all in one run of a prepared statement. */
static bool fetch_points(struct reader *r, const struct spot *spots, size_t count, struct cells *out)
{
        int64_t *keys = arena_array(r->scratch, count, sizeof *keys * POINT_WIDTH);
        struct cell *cells = arena_array(r->scratch, count, sizeof *cells);
        size_t n = 0;

        for (size_t i = 0; i < count; i++) {
                int64_t *k = keys + n * POINT_WIDTH;

                if (spots[i].symbol <= 0)
                        continue;
                k[0] = spots[i].province;
                k[1] = r->topic;
                k[2] = r->period;
                k[3] = spots[i].symbol;
                k[4] = r->items.list[0];
                k[5] = r->partners.list[0];
                k[6] = r->known;
                k[7] = r->least_status;
                cells[n] = (struct cell){ .unit = spots[i].unit, .item = k[4], .partner = k[5] };
                n++;
        }
        if (n > 0 && !db_each(r->work->db, SQL_POINT, keys, n, POINT_WIDTH, point_each, cells))
                return false;
        for (size_t i = 0; i < n; i++)
                if (cells[i].has_value)
                        *cell_add(r, out) = cells[i];
        return true;
}

/* What these units reported; spots NULL: everything. Spots are put in the order of the table. */
static bool fetch(struct reader *r, struct spot *spots, size_t count, struct cells *out)
{
        bool is_point = !r->query->all_versions && !r->items.is_all && r->items.count == 1 && !r->partners.is_all &&
                        r->partners.count == 1;

        if (spots == NULL) {
                for (size_t i = 0; i < r->group_count; i++)
                        if (!fetch_group(r, r->groups[i], 0, NULL, 0, out))
                                return false;
                return true;
        }
        if (is_point)
                return fetch_points(r, spots, count, out);
        qsort(spots, count, sizeof *spots, compare_spots);
        for (size_t i = 0, end; i < count; i = end) {
                for (end = i + 1; end < count && spots[end].province == spots[i].province; end++)
                        ;
                if (spots[i].province <= 0 || !holds_group(r, spots[i].province))
                        continue;
                if (end - i > 4) {
                        if (!fetch_group(r, spots[i].province, 0, spots + i, end - i, out))
                                return false;
                        continue;
                }
                for (size_t j = i; j < end; j++)
                        if (spots[j].symbol > 0 && !fetch_group(r, spots[j].province, spots[j].symbol, NULL, 0, out))
                                return false;
        }
        return true;
}

/* ---- computed totals ------------------------------------------------------------------------------------ */

static size_t units_below(struct reader *r, const struct unit *u, enum unit_level level, day on, const struct unit ***out)
{
        size_t room = level == LEVEL_COMMUNE ? 16384 : level == LEVEL_DISTRICT ? 2048 : 256, count, kept = 0;
        const struct unit **list = arena_array(r->scratch, room, sizeof *list);

        count = unit_list(r->catalogue, level, on, list, room);
        if (count > room)
                count = room;
        for (size_t i = 0; i < count; i++)
                if (u->level == LEVEL_COUNTRY || unit_is_within(list[i], u))
                        list[kept++] = list[i];
        *out = list;
        return kept;
}

static void total_describe(struct reader *r, struct cell *c, int of, int expected)
{
        c->total_of = of;
        c->total_expected = expected;
        c->note = arena_print(r->scratch, work_text(r->work, "sum of %d of %d units"), of, expected);
}

static bool has_cell(const struct cells *c, size_t first, const struct unit *u, int64_t item, int64_t partner)
{
        for (size_t i = first; i < c->count; i++)
                if (c->list[i].unit == u && c->list[i].item == item && c->list[i].partner == partner)
                        return true;
        return false;
}

static bool total_finish(struct reader *r, struct cell *c, const struct stats_sum *sum, int64_t status, int expected)
{
        c->has_value = stats_sum_value(sum, &c->value);
        c->status = status;
        total_describe(r, c, (int)sum->count, expected);
        if (!c->has_value)
                c->note = work_text(r->work, "the sum is beyond 64 bits");
        return true;
}

/* From the totals kept. Cells reported by the unit itself (from first on) stay as they are. */
static bool totals_kept(struct reader *r, const struct spot *s, size_t first, struct cells *out, bool *needs_rows)
{
        struct rows *rows = db_query(r->work->db,
                                     "SELECT level, item, partner, sum_high, sum_low, n, n_submitted, n_approved"
                                     " FROM figure_total WHERE unit = $1 AND indicator = $2 AND period = $3 AND n > 0"
                                     " ORDER BY level, item, partner",
                                     ARGS(v_int(s->symbol), v_int(r->topic), v_int(r->period)));
        const struct unit **below;
        int64_t expected[LEVEL_COUNT] = { 0 };

        while (rows_next(rows)) {
                int64_t level = rows_int(rows, 0), item = rows_int(rows, 1), partner = rows_int(rows, 2), status;
                struct stats_sum sum = { 0 };
                struct cell *c;

                if (level < 0 || level >= LEVEL_COUNT || !chosen(&r->items, item) || !chosen(&r->partners, partner) ||
                    has_cell(out, first, s->unit, item, partner))
                        continue;
                status = rows_int(rows, 6) > 0   ? STATUS_SUBMITTED
                         : rows_int(rows, 7) > 0 ? STATUS_APPROVED
                                                 : STATUS_PUBLISHED;
                if (status < r->least_status) {
                        *needs_rows = true;
                        rows_close(rows);
                        return true;
                }
                stats_sum_add_halves(&sum, rows_int(rows, 3), rows_int(rows, 4), rows_int(rows, 5));
                if (expected[level] == 0)
                        expected[level] = (int64_t)units_below(r, s->unit, (enum unit_level)level, r->on, &below);
                c = cell_add(r, out);
                c->unit = s->unit;
                c->item = item;
                c->partner = partner;
                total_finish(r, c, &sum, status, (int)expected[level]);
        }
        return work_ok(r->work);
}

static int compare_items(const void *a, const void *b)
{
        const struct cell *x = a, *y = b;

        if (x->item != y->item)
                return x->item < y->item ? -1 : 1;
        return (x->partner > y->partner) - (x->partner < y->partner);
}

/* From the figures themselves: for questions about the past or for readers who may not see all parts. */
static bool totals_added(struct reader *r, const struct spot *s, size_t first, struct cells *out)
{
        for (int level = (int)s->unit->level + 1; level < LEVEL_COUNT; level++) {
                const struct unit **below;
                size_t count = units_below(r, s->unit, (enum unit_level)level, r->on, &below);
                struct spot *spots = arena_array(r->scratch, count + 1, sizeof *spots);
                struct cells parts = { 0 };

                for (size_t i = 0; i < count; i++)
                        spots[i] = spot_of(r, below[i]);
                if (!fetch(r, spots, count, &parts))
                        return false;
                if (parts.count == 0)
                        continue;
                qsort(parts.list, parts.count, sizeof *parts.list, compare_items);
                for (size_t i = 0, end; i < parts.count; i = end) {
                        struct stats_sum sum = { 0 };
                        int64_t status = STATUS_PUBLISHED;
                        struct cell *c;

                        for (end = i; end < parts.count && compare_items(&parts.list[end], &parts.list[i]) == 0; end++) {
                                stats_sum_add(&sum, parts.list[end].value);
                                if (parts.list[end].status < status)
                                        status = parts.list[end].status;
                        }
                        if (has_cell(out, first, s->unit, parts.list[i].item, parts.list[i].partner))
                                continue;
                        c = cell_add(r, out);
                        c->unit = s->unit;
                        c->item = parts.list[i].item;
                        c->partner = parts.list[i].partner;
                        total_finish(r, c, &sum, status, (int)count);
                }
                return true;
        }
        return true;
}

/* Totals for one unit, for cells it has not reported. */
static bool add_totals(struct reader *r, const struct spot *s, size_t first, struct cells *out)
{
        bool needs_rows = !r->is_live;

        if (s->unit->level == LEVEL_COMMUNE || s->symbol <= 0)
                return true;
        if (!needs_rows) {
                size_t before = out->count;

                if (!totals_kept(r, s, first, out, &needs_rows))
                        return false;
                if (needs_rows)
                        out->count = before;
        }
        return !needs_rows || totals_added(r, s, first, out);
}

/* ---- one value by itself --------------------------------------------------------------------------------- */

/* Looks at another period or item for a while. */
struct focus {
        period period;
        day on;
        struct choice items, partners;
        int64_t item, partner;
};

static void focus_begin(struct reader *r, struct focus *f, period p, int64_t item, int64_t partner)
{
        *f = (struct focus){ r->period, r->on, r->items, r->partners, item, partner };
        r->period = p;
        r->on = period_last(p);
        r->items = (struct choice){ .count = 1, .list = &f->item };
        r->partners = (struct choice){ .count = 1, .list = &f->partner };
}

static void focus_end(struct reader *r, const struct focus *f)
{
        r->period = f->period;
        r->on = f->on;
        r->items = f->items;
        r->partners = f->partners;
}

/* Reported, or else the total of the units below. c->has_value says whether there is one. */
static bool cell_find(struct reader *r, const struct unit *u, struct cell *c)
{
        struct spot s = spot_of(r, u);
        struct cells found = { 0 };

        if (!work_ok(r->work) || !fetch_points(r, &s, 1, &found))
                return false;
        if (found.count == 0 && r->indicator->additive != ADDITIVE_NONE && !add_totals(r, &s, 0, &found))
                return false;
        if (found.count > 0)
                *c = found.list[0];
        return work_ok(r->work);
}

/* A unit's value in a period in which it did not exist in this form: the sum of what its territory was then.
 * Where that cannot be said exactly c->note says why. */
static bool cell_restate(struct reader *r, const struct unit *u, struct cell *c)
{
        struct unit_part parts[128];
        size_t count = unit_restated(r->catalogue, u, r->on, parts, sizeof parts / sizeof *parts);
        struct stats_sum sum = { 0 };
        int64_t status = STATUS_PUBLISHED;

        if (count == 0 || count > sizeof parts / sizeof *parts) {
                c->note = arena_print(r->scratch, work_text(r->work, "%s did not exist in %s"), unit_shown(r, u),
                                      period_shown(r, r->period));
                return true;
        }
        for (size_t i = 0; i < count; i++) {
                struct cell part = { 0 };

                if (!parts[i].is_exact) {
                        c->note = arena_print(r->scratch,
                                              work_text(r->work, "only a part of %s belongs to %s, its share is not known"),
                                              unit_shown(r, parts[i].unit), unit_shown(r, u));
                        return true;
                }
                if (count > 1 && r->indicator->additive == ADDITIVE_NONE) {
                        c->note = arena_print(r->scratch,
                                              work_text(r->work, "%s was %zu units in %s, and their figures cannot be added"),
                                              unit_shown(r, u), count, period_shown(r, r->period));
                        return true;
                }
                if (!cell_find(r, parts[i].unit, &part))
                        return false;
                if (!part.has_value || part.total_of < part.total_expected) {
                        c->note = arena_print(r->scratch, work_text(r->work, "%s has no complete figure for %s"),
                                              unit_shown(r, parts[i].unit), period_shown(r, r->period));
                        return true;
                }
                stats_sum_add(&sum, part.value);
                if (part.status < status)
                        status = part.status;
                if (part.known_from > c->known_from)
                        c->known_from = part.known_from;
        }
        c->has_value = stats_sum_value(&sum, &c->value);
        c->status = status;
        if (!c->has_value)
                c->note = work_text(r->work, "the sum is beyond 64 bits");
        else if (count > 1)
                c->note = arena_print(r->scratch, work_text(r->work, "sum of the %zu units of that time"), count);
        return true;
}

/* A value somewhere else, with a note where there is none or only a part. */
static bool value_at(struct reader *r, const struct unit *u, period p, int64_t item, int64_t partner, struct cell *c)
{
        struct focus focus;
        bool ok;

        *c = (struct cell){ .unit = u, .item = item, .partner = partner };
        focus_begin(r, &focus, p, item, partner);
        ok = is_alive(u, r->on) ? cell_find(r, u, c) : cell_restate(r, u, c);
        focus_end(r, &focus);
        if (!ok)
                return false;
        if (c->has_value && c->total_of < c->total_expected) {
                c->has_value = false;
                c->note = arena_print(r->scratch, work_text(r->work, "for %s only %d of %d units have reported"),
                                      period_shown(r, p), c->total_of, c->total_expected);
        }
        if (!c->has_value && c->note == NULL)
                c->note = arena_print(r->scratch, work_text(r->work, "there is no figure for %s"), period_shown(r, p));
        return true;
}

/* ---- comparing ------------------------------------------------------------------------------------------- */

/* A value a comparison needs. */
struct need {
        const struct unit *unit;
        period period;
        int64_t item, partner;
        struct cell found;
};

#define NEEDS_MAX 24
#define CHUNK 256

bool figure_changes_in_points(const struct indicator *i)
{
        return i->is_index || i->unit_en[0] == '%' || strstr(i->unit_en, "percent") != NULL;
}

static size_t need_add(struct need *needs, size_t n, const struct cell *c, const struct unit *u, period p, int64_t item)
{
        needs[n] = (struct need){ .unit = u, .period = p, .item = item, .partner = c->partner };
        return n + 1;
}

/* What one cell needs for its comparison; 0 and a note where the comparison makes no sense. */
static size_t needs_of(struct reader *r, struct cell *c, struct need *needs)
{
        enum compare compare = r->query->compare;
        const struct indicator *i = r->indicator;
        period p = r->period;
        size_t n = 0;
        int index = period_index(p);

        switch (compare) {
        case COMPARE_NONE:
                break;
        case COMPARE_YOY:
                return need_add(needs, 0, c, c->unit, period_year_before(p), c->item);
        case COMPARE_MOM:
                return need_add(needs, 0, c, c->unit, period_plus(p, -1), c->item);
        case COMPARE_YTD:
        case COMPARE_YTD_YOY:
                if (i->additive != ADDITIVE_FLOW && strcmp(i->comparison, "ytd") != 0) {
                        c->has_value = false;
                        c->note = i->additive == ADDITIVE_STOCK
                                          ? work_text(r->work, "levels at a point in time are not added up over a year")
                                          : work_text(r->work, "indices and rates cannot be added up: the publisher gives "
                                                               "the cumulated one as a figure of its own");
                        return 0;
                }
                for (int k = 1; k < index && i->additive == ADDITIVE_FLOW; k++)
                        n = need_add(needs, n, c, c->unit, period_plus(p, k - index), c->item);
                if (compare == COMPARE_YTD_YOY)
                        for (int k = i->additive == ADDITIVE_FLOW && index > 0 ? 1 : index; k <= index; k++)
                                n = need_add(needs, n, c, c->unit, period_plus(period_year_before(p), k - index), c->item);
                return n;
        case COMPARE_SHARE:
        case COMPARE_CONTRIBUTION: {
                const struct unit *whole_unit = c->unit;

                if (i->additive == ADDITIVE_NONE) {
                        c->has_value = compare == COMPARE_SHARE ? c->has_value : false;
                        c->note = compare == COMPARE_SHARE ? work_text(r->work, "an index or rate has no share")
                                                           : work_text(r->work, "the weights are not known");
                        return 0;
                }
                if (c->item == 0) {
                        whole_unit = c->unit->parent;
                        if (whole_unit == NULL) {
                                c->note = work_text(r->work, "this is the whole");
                                return 0;
                        }
                }
                if (compare == COMPARE_SHARE)
                        return need_add(needs, 0, c, whole_unit, p, 0);
                n = need_add(needs, 0, c, c->unit, period_year_before(p), c->item);
                return need_add(needs, n, c, whole_unit, period_year_before(p), 0);
        }
        }
        return n;
}

static void each_need(void *context, size_t row, struct rows *result, int changed)
{
        struct need *needs = context;

        (void)changed;
        if (result != NULL)
                version_read(&needs[row].found, result);
}

/* Reported values in one run of a statement; the rest one by one. */
static bool needs_find(struct reader *r, struct need *needs, size_t count)
{
        int64_t *keys = arena_array(r->scratch, count + 1, sizeof *keys * POINT_WIDTH);
        struct spot s = { 0 };

        for (size_t i = 0; i < count; i++) {
                int64_t *k = keys + i * POINT_WIDTH;

                if (s.unit != needs[i].unit)
                        s = spot_of(r, needs[i].unit);
                k[0] = s.province;
                k[1] = r->topic;
                k[2] = needs[i].period;
                k[3] = s.symbol;
                k[4] = needs[i].item;
                k[5] = needs[i].partner;
                k[6] = r->known;
                k[7] = r->least_status;
        }
        if (count > 0 && !db_each(r->work->db, SQL_POINT, keys, count, POINT_WIDTH, each_need, needs))
                return false;
        for (size_t i = 0; i < count; i++)
                if (!needs[i].found.has_value && !value_at(r, needs[i].unit, needs[i].period, needs[i].item,
                                                           needs[i].partner, &needs[i].found))
                        return false;
        return work_ok(r->work);
}

/* The sum of needs; false and the note of the first that is missing. */
static bool needs_add_up(struct reader *r, const struct need *needs, size_t count, int64_t start, int64_t *sum,
                         const char **note)
{
        struct stats_sum total = { .total = start };

        for (size_t i = 0; i < count; i++) {
                if (!needs[i].found.has_value) {
                        *note = needs[i].found.note;
                        return false;
                }
                stats_sum_add(&total, needs[i].found.value);
        }
        if (stats_sum_value(&total, sum))
                return true;
        *note = work_text(r->work, "the sum is beyond 64 bits");
        return false;
}

static void change_from(struct reader *r, struct cell *c)
{
        if (figure_changes_in_points(r->indicator))
                c->has_change = stats_points(c->value, c->base, r->indicator->decimals, &c->change);
        else
                c->has_change = stats_growth(c->value, c->base, &c->change);
        if (!c->has_change)
                c->note = work_text(r->work, "growth from a base of zero or below is not defined");
}

static void compare_cell(struct reader *r, struct cell *c, const struct need *needs, size_t count)
{
        enum compare compare = r->query->compare;
        const char *note = c->note;
        size_t own;

        if (!c->has_value || (count == 0 && compare != COMPARE_YTD && compare != COMPARE_YTD_YOY))
                return;
        switch (compare) {
        case COMPARE_NONE:
                return;
        case COMPARE_YOY:
        case COMPARE_MOM:
                if (c->total_of < c->total_expected)
                        return; /* its own note says that parts are missing */
                if (!needs[0].found.has_value) {
                        c->note = needs[0].found.note;
                        return;
                }
                c->has_base = true;
                c->base = needs[0].found.value;
                change_from(r, c);
                return;
        case COMPARE_YTD:
        case COMPARE_YTD_YOY:
                own = compare == COMPARE_YTD ? count : 0;
                while (compare == COMPARE_YTD_YOY && own < count && period_year(needs[own].period) == period_year(r->period))
                        own++;
                if (!needs_add_up(r, needs, own, c->value, &c->value, &note)) {
                        c->has_value = false;
                        c->note = note;
                        return;
                }
                if (own > 0) {
                        c->entry = 0; /* cumulated: no longer the figure of one entry */
                        for (size_t i = 0; i < own; i++) {
                                if (needs[i].found.known_from > c->known_from)
                                        c->known_from = needs[i].found.known_from;
                                if (needs[i].found.status < c->status)
                                        c->status = needs[i].found.status;
                        }
                }
                if (compare == COMPARE_YTD)
                        return;
                if (!needs_add_up(r, needs + own, count - own, 0, &c->base, &note)) {
                        c->note = note;
                        return;
                }
                c->has_base = true;
                change_from(r, c);
                return;
        case COMPARE_SHARE:
        case COMPARE_CONTRIBUTION:
                for (size_t i = 0; i < count; i++)
                        if (!needs[i].found.has_value) {
                                c->note = needs[i].found.note;
                                return;
                        }
                c->has_base = true;
                c->base = needs[0].found.value;
                c->has_change = compare == COMPARE_SHARE
                                        ? stats_share(c->value, c->base, &c->change)
                                        : stats_contribution(c->value, c->base, needs[1].found.value, &c->change);
                if (!c->has_change)
                        c->note = work_text(r->work, "not defined: the whole is zero");
                return;
        }
}

static bool compare_cells(struct reader *r, struct cell *cells, size_t count)
{
        struct need *needs = arena_array(r->scratch, count * NEEDS_MAX, sizeof *needs);
        size_t *ends = arena_array(r->scratch, count, sizeof *ends), n = 0;

        for (size_t i = 0; i < count; i++) {
                n += needs_of(r, &cells[i], needs + n);
                ends[i] = n;
        }
        if (!needs_find(r, needs, n))
                return false;
        for (size_t i = 0; i < count; i++) {
                size_t first = i == 0 ? 0 : ends[i - 1];

                compare_cell(r, &cells[i], needs + first, ends[i] - first);
        }
        return true;
}

/* ---- order and maps ----------------------------------------------------------------------------------------- */

static int compare_units(const struct unit *a, const struct unit *b)
{
        int order;

        if (a == b)
                return 0;
        if ((a->province == NULL) != (b->province == NULL))
                return a->province == NULL ? -1 : 1;
        if (a->province != NULL && a->province != b->province) {
                order = strcmp(a->province->code, b->province->code);
                if (order != 0)
                        return order;
        }
        if (a->level != b->level)
                return a->level < b->level ? -1 : 1;
        order = strcmp(a->code, b->code);
        return order != 0 ? order : strcmp(a->key, b->key);
}

static int compare_for_visit(const void *a, const void *b)
{
        const struct cell *x = a, *y = b;
        int order = compare_units(x->unit, y->unit);

        if (order == 0)
                order = strcmp(x->item_code, y->item_code);
        if (order == 0)
                order = strcmp(x->partner_code, y->partner_code);
        if (order == 0)
                order = (x->known_from > y->known_from) - (x->known_from < y->known_from);
        return order;
}

static bool names_fill(struct reader *r, struct cells *cells)
{
        for (size_t i = 0; i < cells->count; i++) {
                struct cell *c = &cells->list[i];

                c->item_code = c->item == 0 ? "" : symbol_text(r->work, c->item);
                c->partner_code = c->partner == 0 ? "" : symbol_text(r->work, c->partner);
                if (c->item_code == NULL || c->partner_code == NULL)
                        return false;
        }
        return true;
}

/* Where a unit's territory lies on the map asked for: itself while it is on it. NULL where it was divided. */
static const struct unit *unit_on_map(struct reader *r, const struct unit *u)
{
        struct unit_part parts[2];

        if (is_alive(u, r->boundary_day))
                return u;
        return unit_restated(r->catalogue, u, r->boundary_day, parts, 2) == 1 ? parts[0].unit : NULL;
}

/* Fold cells of the map of their time into the map asked for. */
static bool fold(struct reader *r, const struct cells *then, struct cells *out)
{
        struct cells moved = { 0 };

        for (size_t i = 0; i < then->count; i++) {
                const struct unit *target = unit_on_map(r, then->list[i].unit);
                struct cell *c;

                if (target == NULL)
                        continue; /* divided: the targets say that a part is missing */
                c = cell_add(r, &moved);
                *c = then->list[i];
                c->unit = target;
        }
        if (moved.count > 1) /* else there may be no list */
                qsort(moved.list, moved.count, sizeof *moved.list, compare_for_visit);
        for (size_t i = 0, end; i < moved.count; i = end) {
                struct cell *c;

                for (end = i + 1; end < moved.count && moved.list[end].unit == moved.list[i].unit &&
                                  moved.list[end].item == moved.list[i].item &&
                                  moved.list[end].partner == moved.list[i].partner && !r->query->all_versions;
                     end++)
                        ;
                c = cell_add(r, out);
                *c = moved.list[i];
                if (is_alive(c->unit, r->on) && end - i == 1)
                        continue;
                *c = (struct cell){ .unit = moved.list[i].unit, .item = moved.list[i].item,
                                    .partner = moved.list[i].partner, .item_code = moved.list[i].item_code,
                                    .partner_code = moved.list[i].partner_code };
                {
                        struct cell restated = { 0 };
                        struct focus focus;
                        bool ok;

                        focus_begin(r, &focus, r->period, c->item, c->partner);
                        ok = cell_restate(r, c->unit, &restated);
                        focus_end(r, &focus);
                        if (!ok)
                                return false;
                        c->has_value = restated.has_value;
                        c->value = restated.value;
                        c->status = restated.has_value ? restated.status : 0;
                        c->known_from = restated.known_from;
                        c->note = restated.note;
                        if (end - i == 1 && restated.has_value && restated.note == NULL) {
                                c->entry = moved.list[i].entry; /* the same territory under a new name */
                                c->mark = moved.list[i].mark;
                        }
                }
        }
        return true;
}

/* ---- the query ------------------------------------------------------------------------------------------------ */

/* The units asked for on a map; the array lives in the work's arena and is kept while the map stays the same. */
static bool asked_resolve(struct reader *r, day on)
{
        const struct figure_query *q = r->query;
        const struct unit **list;
        size_t room = q->unit_count * (q->with_children ? 512 : 1), count = 0;

        if (q->unit_count == 0 || (r->asked != NULL && r->asked_from <= on && on <= r->asked_to))
                return true;
        r->asked_from = on;
        r->asked_to = on;
        if (!q->with_children) {
                r->asked_from = DAY_NONE;
                r->asked_to = DAY_FOREVER;
        }
        list = arena_array(r->scratch, room, sizeof *list);
        for (size_t i = 0; i < q->unit_count; i++) {
                const struct unit *u = unit_read(r->catalogue, q->units[i], on);

                if (u == NULL) { /* not at this time, or never: what it may become later is unknown */
                        r->asked_from = r->asked_to = on;
                        continue;
                }
                list[count++] = u;
                if (strchr(q->units[i], '@') == NULL && u->from > r->asked_from)
                        r->asked_from = u->from;
                if (strchr(q->units[i], '@') == NULL && u->to < r->asked_to)
                        r->asked_to = u->to;
                if (q->with_children) {
                        size_t n = unit_children(r->catalogue, u, is_alive(u, on) ? on : u->from, list + count, room - count);

                        count += n < room - count ? n : room - count;
                }
        }
        r->asked = arena_array(r->work->arena, count + 1, sizeof *r->asked);
        r->asked_count = 0;
        for (size_t i = 0; i < count; i++) {
                bool is_twice = false;

                for (size_t j = 0; j < r->asked_count && !is_twice; j++)
                        is_twice = r->asked[j].unit == list[i];
                if (!is_twice)
                        r->asked[r->asked_count++] = spot_of(r, list[i]);
        }
        return work_ok(r->work);
}

/* The units of the period's own map whose territory the asked units hold. */
static struct spot *sources_of(struct reader *r, size_t *count)
{
        struct spot *sources = arena_array(r->scratch, r->asked_count * 128 + 1, sizeof *sources);

        *count = 0;
        for (size_t i = 0; i < r->asked_count; i++) {
                struct unit_part parts[128];
                size_t n;

                if (is_alive(r->asked[i].unit, r->on)) {
                        sources[(*count)++] = r->asked[i];
                        continue;
                }
                n = unit_restated(r->catalogue, r->asked[i].unit, r->on, parts, 128);
                for (size_t j = 0; j < n && j < 128; j++)
                        sources[(*count)++] = spot_of(r, parts[j].unit);
        }
        return sources;
}

static bool is_asked(const struct reader *r, const struct unit *u)
{
        if (r->query->unit_count == 0)
                return true;
        for (size_t i = 0; i < r->asked_count; i++)
                if (r->asked[i].unit == u)
                        return true;
        return false;
}

static const char *measure_of(struct reader *r, const struct cell *c)
{
        bool is_vi = r->work->language == LANGUAGE_VI;
        const char *unit = is_vi ? r->indicator->unit_vi : r->indicator->unit_en;
        const struct item *item;

        if (*unit != '\0' || c->item == 0)
                return unit;
        item = item_at(r->catalogue, r->indicator->item_classification, c->item_code, r->on);
        return item == NULL ? "" : is_vi ? item->unit_vi : item->unit_en;
}

#define KEY_MAX 512

static size_t key_part(char *key, size_t at, const char *text)
{
        size_t n = strlen(text);

        if (at + n + 2 > KEY_MAX)
                n = KEY_MAX - at - 2;
        memcpy(key + at, text, n);
        key[at + n] = '|';
        return at + n + 1;
}

static void key_write(struct reader *r, const struct cell *c, char key[KEY_MAX])
{
        char text[PERIOD_TEXT_MAX];
        size_t n = key_part(key, 0, r->indicator->id);

        period_write(text, r->period);
        n = key_part(key, n, text);
        n = key_part(key, n, c->unit->key);
        n = key_part(key, n, c->item_code);
        n = key_part(key, n, c->partner_code);
        if (r->query->all_versions) {
                struct buf number;

                buf_init(&number, 64);
                buf_int(&number, c->known_from);
                n = key_part(key, n, number.data == NULL ? "" : number.data);
                buf_clear(&number);
        }
        key[n - 1] = '\0';
}

static bool after_read(struct reader *r)
{
        char *parts[6] = { 0 }, *at;
        size_t n = 0;

        if (r->query->after == NULL || *r->query->after == '\0')
                return true;
        at = arena_text(r->work->arena, r->query->after);
        for (; n < 6 && at != NULL; n++) {
                parts[n] = at;
                at = strchr(at, '|');
                if (at != NULL)
                        *at++ = '\0';
        }
        if (n < 5 || at != NULL || !period_read(parts[1], strlen(parts[1]), &r->after_period))
                return error_set(&r->work->err, ERR_USAGE, "\"%s\" is not a place to go on from", r->query->after);
        r->after_id = parts[0];
        r->after.unit = unit_by_key(r->catalogue, parts[2]);
        r->after.item_code = parts[3];
        r->after.partner_code = parts[4];
        r->after.known_from = n == 6 ? strtoll(parts[5], NULL, 10) : INT64_MAX;
        if (r->after.unit == NULL)
                return error_set(&r->work->err, ERR_USAGE, "\"%s\" is not a place to go on from", r->query->after);
        r->has_after = true;
        return true;
}

static int compare_contested(const void *a, const void *b)
{
        const struct contested *x = a, *y = b;
        int order = (x->unit > y->unit) - (x->unit < y->unit);

        if (order == 0)
                order = (x->item > y->item) - (x->item < y->item);
        return order != 0 ? order : (x->partner > y->partner) - (x->partner < y->partner);
}

/* The period's cells in open conflicts, by one query: mostly there is none at all, and nothing is asked. */
static bool contested_read(struct reader *r)
{
        struct rows *rows;
        size_t room = 0;

        r->contested_count = 0;
        if (!r->marks_contests)
                return true;
        rows = db_query(r->work->db,
                        "SELECT DISTINCT unit, item, partner FROM figure_contest WHERE closed_by = '' AND indicator = $1 AND period = $2",
                        ARGS(v_int(r->topic), v_int(r->period)));
        while (rows_next(rows)) {
                if (r->contested_count == room) {
                        struct contested *more = arena_array(r->scratch, room = room == 0 ? 64 : room * 2, sizeof *more);

                        if (r->contested_count > 0)
                                memcpy(more, r->contested, r->contested_count * sizeof *more);
                        r->contested = more;
                }
                r->contested[r->contested_count++] =
                        (struct contested){ unit_of_symbol(r, rows_int(rows, 0)), rows_int(rows, 1), rows_int(rows, 2) };
        }
        rows_close(rows);
        if (r->contested_count > 1)
                qsort(r->contested, r->contested_count, sizeof *r->contested, compare_contested);
        return work_ok(r->work);
}

static bool is_contested(const struct reader *r, const struct cell *c)
{
        const struct contested key = { c->unit, c->item, c->partner };

        return r->contested_count > 0 && c->entry != 0 &&
               bsearch(&key, r->contested, r->contested_count, sizeof key, compare_contested) != NULL;
}

static bool visit_cells(struct reader *r, const struct cells *cells, figure_visit *visit, void *context)
{
        bool is_at_after = r->has_after && strcmp(r->indicator->id, r->after_id) == 0 && r->period == r->after_period;
        char key[KEY_MAX];

        for (size_t i = 0; i < cells->count && !r->is_stopped; i++) {
                struct cell *c = &cells->list[i];
                struct figure_row row;

                if (is_at_after && compare_for_visit(c, &r->after) <= 0)
                        continue;
                if (r->query->status != 0 && c->status != (int64_t)r->query->status)
                        continue;
                key_write(r, c, key);
                row = (struct figure_row){
                        .indicator = r->indicator,
                        .unit = c->unit,
                        .period = r->period,
                        .item = c->item == 0 ? r->root : c->item_code,
                        .partner = c->partner_code,
                        .has_value = c->has_value,
                        .value = c->value,
                        .unit_of_measure = measure_of(r, c),
                        .status = (enum figure_status)c->status,
                        .mark = (enum figure_mark)c->mark,
                        .known_from = c->known_from,
                        .entry = c->entry,
                        .has_base = c->has_base,
                        .has_change = c->has_change,
                        .base_value = c->base,
                        .change = c->change,
                        .is_contested = is_contested(r, c),
                        .total_of = c->total_of,
                        .total_expected = c->total_expected,
                        .note = c->note,
                        .key = key,
                };
                if (!visit(r->work, &row, context) || (r->query->limit > 0 && ++r->visited >= r->query->limit))
                        r->is_stopped = true;
        }
        return work_ok(r->work);
}

static bool period_answer(struct reader *r, figure_visit *visit, void *context)
{
        bool is_restated = r->query->boundary != BOUNDARY_THEN;
        struct spot *spots = NULL;
        struct cells reported = { 0 }, *cells = &reported, folded = { 0 };
        size_t spot_count = 0;

        r->on = period_last(r->period);
        if (!asked_resolve(r, is_restated ? r->boundary_day : r->on))
                return false;
        if (r->query->unit_count > 0) {
                if (is_restated) {
                        spots = sources_of(r, &spot_count);
                } else {
                        spots = arena_array(r->scratch, r->asked_count + 1, sizeof *spots);
                        memcpy(spots, r->asked, r->asked_count * sizeof *spots);
                        spot_count = r->asked_count;
                }
                if (spot_count == 0)
                        return true;
        }
        if (!fetch(r, spots, spot_count, &reported))
                return false;
        if (r->indicator->additive != ADDITIVE_NONE && !r->query->all_versions && r->query->status == 0)
                for (size_t i = 0; i < spot_count; i++)
                        if (!add_totals(r, &spots[i], 0, &reported))
                                return false;
        if (!names_fill(r, &reported) || !contested_read(r))
                return false;
        if (is_restated) {
                if (!fold(r, &reported, &folded))
                        return false;
                cells = &folded;
                for (size_t i = 0, kept = 0; i <= cells->count; i++) {
                        if (i == cells->count)
                                cells->count = kept;
                        else if (is_asked(r, cells->list[i].unit))
                                cells->list[kept++] = cells->list[i];
                }
        }
        if (cells->count > 1)
                qsort(cells->list, cells->count, sizeof *cells->list, compare_for_visit);
        if (r->query->compare != COMPARE_NONE)
                for (size_t i = 0; i < cells->count; i += CHUNK)
                        if (!compare_cells(r, cells->list + i, cells->count - i < CHUNK ? cells->count - i : CHUNK))
                                return false;
        return visit_cells(r, cells, visit, context);
}

static struct choice choice_of(struct reader *r, const char *classification, char kind, const char **codes, size_t count)
{
        static int64_t whole_only[] = { 0 };
        struct choice c = { .is_all = count == 0 };

        (void)kind;
        if (*classification == '\0') {
                bool wants_whole = count == 0;

                for (size_t i = 0; i < count; i++)
                        wants_whole |= *codes[i] == '\0' || strcmp(codes[i], "TOTAL") == 0;
                return (struct choice){ .count = wants_whole ? 1 : 0, .list = whole_only };
        }
        if (c.is_all)
                return c;
        c.list = arena_array(r->work->arena, count, sizeof *c.list);
        for (size_t i = 0; i < count; i++) {
                int64_t symbol = symbol_find(r->work, 't', item_stored(r->catalogue, classification, codes[i]));

                if (symbol >= 0)
                        c.list[c.count++] = symbol;
        }
        return c;
}

static bool indicator_begin(struct reader *r, const struct indicator *i)
{
        const struct figure_query *q = r->query;
        const struct classification *k;

        r->indicator = i;
        r->topic = symbol_find(r->work, 'i', i->id);
        k = *i->item_classification == '\0' ? NULL : classification_find(r->catalogue, i->item_classification);
        r->root = k == NULL || k->root == NULL ? "" : k->root;
        if (q != NULL) {
                r->items = choice_of(r, i->item_classification, 't', q->items, q->item_count);
                r->partners = choice_of(r, i->partner_classification, 't', q->partners, q->partner_count);
        }
        return r->topic > 0 && work_ok(r->work);
}

static void group_add(struct reader *r, int64_t province)
{
        if (r->group_count == r->group_room) {
                size_t room = r->group_room == 0 ? 128 : r->group_room * 2;
                int64_t *groups = arena_array(r->work->arena, room, sizeof *groups);

                if (r->group_count > 0)
                        memcpy(groups, r->groups, r->group_count * sizeof *groups);
                r->groups = groups;
                r->group_room = room;
        }
        r->groups[r->group_count++] = province;
}

static bool indicator_answer(struct reader *r, period from, period to, figure_visit *visit, void *context)
{
        struct rows *rows = db_query(r->work->db,
                                     "SELECT period, province FROM figure_group WHERE indicator = $1 AND period >= $2"
                                     " AND period <= $3 ORDER BY period, province",
                                     ARGS(v_int(r->topic), v_int(from), v_int(to)));
        bool has_row = rows_next(rows);

        while (has_row && !r->is_stopped) {
                r->period = (period)rows_int(rows, 0);
                r->group_count = 0;
                do {
                        group_add(r, rows_int(rows, 1));
                        has_row = rows_next(rows);
                } while (has_row && rows_int(rows, 0) == r->period);
                if (!work_ok(r->work))
                        break;
                arena_reset(r->scratch);
                if ((r->items.is_all || r->items.count > 0) && (r->partners.is_all || r->partners.count > 0) &&
                    !period_answer(r, visit, context))
                        break;
        }
        rows_close(rows);
        return work_ok(r->work);
}

static int compare_indicators(const void *a, const void *b)
{
        return strcmp((*(const struct indicator *const *)a)->id, (*(const struct indicator *const *)b)->id);
}

static void scratch_close(void *arena)
{
        arena_close(arena);
}

#define INDICATORS_MAX 4096
#define SCRATCH_MAX ((size_t)192 << 20)

static void reader_init(struct reader *r, struct work *w, const struct figure_query *q)
{
        *r = (struct reader){ .work = w, .query = q, .scratch = w->arena };
        r->catalogue = catalogue_of(w);
        r->known = q->known == 0 ? INT64_MAX : q->known;
        r->least_status = q->only_published ? STATUS_PUBLISHED : q->status != 0 ? (int64_t)q->status : STATUS_COUNTS;
        r->boundary_day = q->boundary == BOUNDARY_DATE ? q->boundary_day : day_of_moment(w->now);
        r->is_live = q->known == 0 && r->least_status >= STATUS_COUNTS;
}

bool figures_read(struct work *w, const struct figure_query *q, figure_visit *visit, void *context)
{
        const struct indicator **list;
        struct reader *r = arena_alloc(w->arena, sizeof *r);
        period from = q->from, to = q->to;
        jmp_buf *guard;
        size_t count;

        reader_init(r, w, q);
        if (r->catalogue == NULL || !after_read(r))
                return false;
        if (from != PERIOD_NONE && to != PERIOD_NONE && period_frequency(from) != period_frequency(to))
                return error_set(&w->err, ERR_USAGE, "the first and last period must both be months, quarters or years");
        if (from == PERIOD_NONE)
                from = to == PERIOD_NONE ? 0 : (period)period_frequency(to) * 1000000;
        if (to == PERIOD_NONE)
                to = q->from == PERIOD_NONE ? INT32_MAX : ((period)period_frequency(from) + 1) * 1000000 - 1;
        if (q->only_published && q->status != 0 && q->status != STATUS_PUBLISHED)
                return true;
        for (size_t i = 0; i < q->unit_count; i++) {
                size_t n = strcspn(q->units[i], "@");

                if (!unit_code_is_known(r->catalogue, arena_copy(w->arena, q->units[i], n)))
                        return error_set(&w->err, ERR_INVALID, "there never was a unit with the code \"%s\"", q->units[i]);
        }
        r->scratch = arena_open(SCRATCH_MAX);
        if (r->scratch == NULL)
                return error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        arena_on_free(w->arena, scratch_close, r->scratch);
        guard = arena_guard(w->arena, NULL);
        arena_guard(w->arena, guard);
        arena_guard(r->scratch, guard);
        r->marks_contests = q->marks_contests && q->known == 0 && user_may(w->user, MAY_READ) &&
                            db_number(w->db, "SELECT COUNT(*) FROM (SELECT 1 FROM figure_contest WHERE closed_by = '' LIMIT 1) one", NO_ARGS, 0) != 0;

        if (q->indicator_count > 0) {
                count = q->indicator_count;
                list = arena_array(w->arena, count, sizeof *list);
                memcpy(list, q->indicators, count * sizeof *list);
        } else {
                list = arena_array(w->arena, INDICATORS_MAX, sizeof *list);
                count = indicator_list(r->catalogue, list, INDICATORS_MAX);
                if (count > INDICATORS_MAX)
                        return error_set(&w->err, ERR_TOO_BIG, "there are more than %d indicators", INDICATORS_MAX);
        }
        qsort(list, count, sizeof *list, compare_indicators);
        for (size_t i = 0; i < count && !r->is_stopped; i++) {
                int order = r->has_after ? strcmp(list[i]->id, r->after_id) : 1;

                if (order < 0 || (i > 0 && list[i] == list[i - 1]))
                        continue;
                if (!indicator_begin(r, list[i])) {
                        if (!work_ok(w))
                                return false;
                        continue; /* it never had a figure */
                }
                if (!indicator_answer(r, order == 0 && r->after_period > from ? r->after_period : from, to, visit,
                                      context))
                        return false;
        }
        return work_ok(w);
}

bool figure_get(struct work *w, const struct indicator *i, const struct unit *u, period p, const char *item,
                const char *partner, moment known, struct figure_row *row)
{
        static const struct figure_query now;
        struct figure_query q = now;
        struct reader r;
        struct cell c = { 0 };
        struct focus focus;
        int64_t item_symbol, partner_symbol;
        bool ok;

        q.known = known;
        reader_init(&r, w, &q);
        if (r.catalogue == NULL || !indicator_begin(&r, i))
                return false;
        item_symbol = symbol_find(w, 't', item_stored(r.catalogue, i->item_classification, item));
        partner_symbol = symbol_find(w, 't', item_stored(r.catalogue, i->partner_classification, partner));
        if (item_symbol < 0 || partner_symbol < 0)
                return false;
        focus_begin(&r, &focus, p, item_symbol, partner_symbol);
        ok = is_alive(u, r.on) ? cell_find(&r, u, &c) : cell_restate(&r, u, &c);
        c.item_code = item_symbol == 0 ? "" : item;
        if (ok && c.has_value)
                *row = (struct figure_row){
                        .indicator = i,
                        .unit = u,
                        .period = p,
                        .item = item_symbol == 0 ? r.root : arena_text(w->arena, item),
                        .partner = partner_symbol == 0 ? "" : arena_text(w->arena, partner),
                        .has_value = true,
                        .value = c.value,
                        .unit_of_measure = measure_of(&r, &c),
                        .status = (enum figure_status)c.status,
                        .mark = (enum figure_mark)c.mark,
                        .known_from = c.known_from,
                        .entry = c.entry,
                        .total_of = c.total_of,
                        .total_expected = c.total_expected,
                        .note = c.note,
                        .key = "",
                };
        focus_end(&r, &focus);
        return ok && c.has_value && work_ok(w);
}
