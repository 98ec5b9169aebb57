#include <stdlib.h>

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

                if (level < 0 || level >= LEVEL_COUNT || !choice_has(&r->items, item) || !choice_has(&r->partners, partner) ||
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
                if (!cells_fetch(r, spots, count, &parts))
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
bool totals_add(struct reader *r, const struct spot *s, size_t first, struct cells *out)
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
