#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "figure/read_private.h"

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
        c->is_of_before = c->total_of_before > 0;
        c->note = arena_print(r->scratch, work_text(r->work, "sum of %d of %d units"), of, expected);
        if (c->is_of_before)
                c->note = arena_print(r->scratch, work_text(r->work, "%s; not comparable: of the figures in it %d are of a unit as it was before a division, written before that was recorded"),
                                      c->note, c->total_of_before);
}

static const struct cell *find_cell(const struct cells *c, const struct unit *u, int64_t item, int64_t partner)
{
        for (size_t i = 0; i < c->count; i++)
                if (c->list[i].unit == u && c->list[i].item == item && c->list[i].partner == partner)
                        return &c->list[i];
        return NULL;
}

/* A sum is as firm as the least firm of its parts, and an estimate where one of them is. */
static void total_finish(struct reader *r, struct cell *c, const struct stats_sum *sum, int64_t status, bool has_estimate, int of, int expected)
{
        c->has_value = stats_sum_value(sum, &c->value);
        c->status = status;
        c->mark = has_estimate ? MARK_ESTIMATE : MARK_NONE;
        total_describe(r, c, of, expected);
        if (!c->has_value)
                c->note = work_text(r->work, "the sum is beyond 64 bits");
}

#define SQL_TOTALS                                                                                                     \
        "SELECT unit, level, item, partner, sum_high, sum_low, n, n_submitted, n_approved, n_estimates FROM figure_total" \
        " WHERE indicator = $1 AND period = $2 AND n > 0 AND unit "
#define SQL_TOTALS_ORDER " ORDER BY unit, level, item, partner"
#define SPOTS_ASKED 32 /* in one statement */

/* The totals of up to SPOTS_ASKED units in one statement, unit by unit; places that are too many repeat the last. */
static struct rows *totals_query(struct reader *r, const struct spot *spots, size_t count)
{
        struct value values[2 + SPOTS_ASKED];

        if (count == 1)
                return db_query(r->work->db, SQL_TOTALS "= $3" SQL_TOTALS_ORDER, ARGS(v_int(r->topic), v_int(r->period), v_int(spots->symbol)));
        values[0] = v_int(r->topic);
        values[1] = v_int(r->period);
        for (size_t i = 0; i < SPOTS_ASKED; i++)
                values[2 + i] = v_int(spots[i < count ? i : count - 1].symbol);
        return db_query(r->work->db,
                        SQL_TOTALS "IN ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,"
                                   " $26, $27, $28, $29, $30, $31, $32, $33, $34)" SQL_TOTALS_ORDER,
                        (struct values){ values, 2 + SPOTS_ASKED });
}

/* How many figures of the unit before are in the kept totals of one unit. */
static bool totals_date(struct reader *r, const struct unit *of, struct cell *totals, size_t count)
{
        size_t renewed_count;
        const struct unit *const *renewed = units_renewed(r, &renewed_count);
        struct point *points = renewed_count == 0 ? NULL : arena_array(r->scratch, count + 1, sizeof *points);
        struct cell *cells = renewed_count == 0 ? NULL : arena_array(r->scratch, count + 1, sizeof *cells), **places;

        if (renewed_count == 0)
                return true;
        places = arena_array(r->scratch, count + 1, sizeof(*places));
        for (size_t i = 0; i < renewed_count; i++) {
                const struct unit *u = renewed[i];
                struct spot s;
                size_t n = 0, asked = 0;

                if (u == of || !is_on_map(u, r->on) || (of->level != LEVEL_COUNTRY && !unit_is_within(u, of)) || (s = spot_of(r, u)).symbol <= 0)
                        continue;
                for (size_t k = 0; k < count; k++)
                        if (totals[k].unit == of && totals[k].total_expected > 0 && totals[k].total_level == u->level) {
                                points[n] = (struct point){ s, r->period, totals[k].item, totals[k].partner };
                                cells[n] = (struct cell){ .unit = u, .item = totals[k].item, .partner = totals[k].partner };
                                places[n] = &cells[n];
                                n++;
                        }
                if (n > 0 && !points_fetch(r, points, n, places))
                        return false;
                for (size_t k = 0; k < count && asked < n; k++)
                        if (totals[k].unit == of && totals[k].total_expected > 0 && totals[k].total_level == u->level && cells[asked++].is_of_before) {
                                totals[k].total_of_before++;
                                if (totals[k].has_value)
                                        total_describe(r, &totals[k], totals[k].total_of, totals[k].total_expected);
                        }
        }
        return work_ok(r->work);
}

static size_t spot_find(const struct spot *spots, size_t count, int64_t symbol)
{
        size_t i = 0;

        while (i < count && spots[i].symbol != symbol)
                i++;
        return i;
}

/* From the totals kept, of up to SPOTS_ASKED units. Cells that are there stay as they are. needs_rows is set for a unit of which the kept
 * totals say too little; nothing is added for it. */
static bool totals_kept(struct reader *r, const struct spot *spots, size_t count, struct cells *out, bool *needs_rows)
{
        struct rows *rows = totals_query(r, spots, count);
        const struct unit **below;
        int64_t expected[LEVEL_COUNT] = { 0 };
        size_t at = count, before = 0, first = out->count;

        while (rows_next(rows)) {
                int64_t level = rows_int(rows, 1), item = rows_int(rows, 2), partner = rows_int(rows, 3), status;
                struct stats_sum sum = { 0 };
                const struct cell *higher;
                struct cell *c;

                if (at == count || spots[at].symbol != rows_int(rows, 0)) {
                        at = spot_find(spots, count, rows_int(rows, 0));
                        before = out->count;
                        memset(expected, 0, sizeof expected);
                }
                assert(at < count);
                if (needs_rows[at] || level < 0 || level >= LEVEL_COUNT || !choice_has(&r->items, item) || !choice_has(&r->partners, partner))
                        continue;
                higher = find_cell(out, spots[at].unit, item, partner);
                if (higher != NULL && higher->total_of >= higher->total_expected)
                        continue;
                status = rows_int(rows, 7) > 0   ? STATUS_SUBMITTED
                         : rows_int(rows, 8) > 0 ? STATUS_APPROVED
                                                 : STATUS_PUBLISHED;
                if (status < r->least_status || higher != NULL) {
                        needs_rows[at] = true;
                        out->count = before;
                        continue;
                }
                stats_sum_add_halves(&sum, rows_int(rows, 4), rows_int(rows, 5), rows_int(rows, 6));
                if (expected[level] == 0)
                        expected[level] = (int64_t)units_below(r, spots[at].unit, (enum unit_level)level, r->on, &below);
                c = cell_add(r, out);
                c->unit = spots[at].unit;
                c->item = item;
                c->partner = partner;
                c->total_level = (enum unit_level)level;
                total_finish(r, c, &sum, status, rows_int(rows, 9) > 0, (int)sum.count, (int)expected[level]);
        }
        for (size_t i = 0; i < count; i++)
                if (out->count > first && !needs_rows[i] && !totals_date(r, spots[i].unit, out->list + first, out->count - first))
                        return false;
        return work_ok(r->work);
}

static int compare_items(const void *a, const void *b)
{
        const struct cell *x = a, *y = b;

        if (x->item != y->item)
                return x->item < y->item ? -1 : 1;
        return (x->partner > y->partner) - (x->partner < y->partner);
}

/* Order of item, partner, level, unit. */
static int compare_parts(const void *a, const void *b)
{
        const struct cell *x = a, *y = b;
        int order = compare_items(a, b);

        if (order == 0)
                order = (int)x->unit->level - (int)y->unit->level;
        return order != 0 ? order : strcmp(x->unit->key, y->unit->key);
}

/* What the units below one reported of one item and partner, in order of level and unit. */
struct parts {
        struct reader *reader;
        const struct unit *of;
        const struct cell *list;
        size_t count;
};

static int compare_part(const void *key, const void *part)
{
        const struct unit *u = key;
        const struct cell *c = part;
        int order = (int)u->level - (int)c->unit->level;

        return order != 0 ? order : strcmp(u->key, c->unit->key);
}

static bool has_reported(const struct parts *p, const struct unit *u)
{
        return bsearch(u, p->list, p->count, sizeof *p->list, compare_part) != NULL;
}

/* Whether one of the units in which a part lies reported itself. */
static bool is_covered(const struct parts *p, const struct unit *u)
{
        for (u = u->parent; u != NULL && u != p->of; u = u->parent)
                if (has_reported(p, u))
                        return true;
        return false;
}

/* Whether a unit or all of its parts reported. */
static bool is_complete(const struct parts *p, const struct unit *u)
{
        const struct unit **below;
        size_t count;

        if (has_reported(p, u))
                return true;
        count = unit_children(p->reader->catalogue, u, p->reader->on, NULL, 0);
        if (count == 0 || u->level == LEVEL_COMMUNE)
                return false;
        below = arena_array(p->reader->scratch, count, sizeof *below);
        unit_children(p->reader->catalogue, u, p->reader->on, below, count);
        for (size_t i = 0; i < count; i++)
                if (!is_complete(p, below[i]))
                        return false;
        return true;
}

static void total_of_parts(const struct parts *p, struct cell *c)
{
        struct reader *r = p->reader;
        const struct unit **highest;
        struct stats_sum sum = { 0 };
        int64_t status = STATUS_PUBLISHED;
        bool has_estimate = false;
        size_t expected = units_below(r, p->of, p->list->unit->level, r->on, &highest), of = 0;

        for (size_t i = 0; i < p->count; i++) {
                const struct cell *part = &p->list[i];

                if (part->unit->level == p->list->unit->level)
                        of++;
                else if (of == expected || is_covered(p, part->unit))
                        continue;
                stats_sum_add(&sum, part->value);
                c->total_of_before += part->is_of_before;
                if (part->status < status)
                        status = part->status;
                has_estimate |= part->mark == MARK_ESTIMATE;
        }
        if (of < expected && p->list[p->count - 1].unit->level != p->list->unit->level) {
                of = 0;
                for (size_t i = 0; i < expected; i++)
                        of += is_complete(p, highest[i]);
        }
        total_finish(r, c, &sum, status, has_estimate, (int)of, (int)expected);
}

/* From the figures themselves: for questions about the past, for readers who may not see all parts, and where units of several levels reported. */
static bool totals_added(struct reader *r, const struct spot *s, struct cells *out)
{
        struct cells parts = { 0 };

        if (!cells_fetch_below(r, s, &parts))
                return false;
        for (size_t i = 0; i < parts.count; i++)
                if (parts.list[i].unit->act_file != NULL)
                        cell_date(r, &parts.list[i]);
        if (parts.count > 1)
                qsort(parts.list, parts.count, sizeof *parts.list, compare_parts);
        for (size_t i = 0, end; i < parts.count; i = end) {
                struct parts p = { r, s->unit, parts.list + i, 0 };
                struct cell *c;

                for (end = i; end < parts.count && compare_items(&parts.list[end], &parts.list[i]) == 0; end++)
                        p.count++;
                if (find_cell(out, s->unit, parts.list[i].item, parts.list[i].partner) != NULL)
                        continue;
                c = cell_add(r, out);
                c->unit = s->unit;
                c->item = parts.list[i].item;
                c->partner = parts.list[i].partner;
                total_of_parts(&p, c);
        }
        return work_ok(r->work);
}

bool totals_add(struct reader *r, const struct spot *spots, size_t count, struct cells *out)
{
        struct spot asked[SPOTS_ASKED];
        size_t n = 0;

        for (size_t i = 0; i < count; i++) {
                bool needs_rows[SPOTS_ASKED] = { false };

                if (spots[i].unit->level != LEVEL_COMMUNE && spots[i].symbol > 0)
                        asked[n++] = spots[i];
                if (n == 0 || (n < SPOTS_ASKED && i + 1 < count))
                        continue;
                if (r->is_live && !totals_kept(r, asked, n, out, needs_rows))
                        return false;
                for (size_t k = 0; k < n; k++)
                        if ((!r->is_live || needs_rows[k]) && !totals_added(r, &asked[k], out))
                                return false;
                n = 0;
        }
        return true;
}
