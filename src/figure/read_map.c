#include <stdlib.h>
#include <string.h>

#include "figure/read_private.h"

bool is_on_map(const struct unit *u, day on)
{
        return (u->from == DAY_NONE || u->from <= on) && on <= u->to;
}

#define BELOW_MOST 512 /* units right below one */

const struct unit *figure_query_unit(const struct catalogue *c, const struct figure_query *q, size_t i, day on, const struct unit **below, size_t room, size_t *count)
{
        const struct unit *u = unit_read(c, q->units[i], on);

        *count = 0;
        if (u != NULL && q->with_children) {
                size_t n = unit_children(c, u, is_on_map(u, on) ? on : u->from, below, room);

                *count = n < room ? n : room;
        }
        return u;
}

/* The units asked for on a map; the array lives in the work's arena and is kept while the map stays the same. */
bool asked_resolve(struct reader *r, day on)
{
        const struct figure_query *q = r->query;
        const struct unit **list;
        size_t count = 0;

        if (q->unit_count == 0 || (r->asked != NULL && r->asked_from <= on && on <= r->asked_to))
                return true;
        r->asked_from = on;
        r->asked_to = on;
        if (!q->with_children) {
                r->asked_from = DAY_NONE;
                r->asked_to = DAY_FOREVER;
        }
        list = arena_array(r->scratch, q->unit_count * (q->with_children ? 1 + BELOW_MOST : 1), sizeof *list);
        for (size_t i = 0; i < q->unit_count; i++) {
                size_t below;
                const struct unit *u = figure_query_unit(r->catalogue, q, i, on, list + count + 1, BELOW_MOST, &below);

                if (u == NULL) { /* not at this time, or never: what it may become later is unknown */
                        r->asked_from = r->asked_to = on;
                        continue;
                }
                list[count] = u;
                count += 1 + below;
                if (strchr(q->units[i], '@') == NULL && u->from > r->asked_from)
                        r->asked_from = u->from;
                if (strchr(q->units[i], '@') == NULL && u->to < r->asked_to)
                        r->asked_to = u->to;
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
struct spot *asked_sources(struct reader *r, size_t *count)
{
        struct spot *sources = arena_array(r->scratch, r->asked_count * PARTS_MOST + 1, sizeof *sources);

        *count = 0;
        for (size_t i = 0; i < r->asked_count; i++) {
                struct unit_part parts[PARTS_MOST];
                size_t n;

                if (is_on_map(r->asked[i].unit, r->on)) {
                        sources[(*count)++] = r->asked[i];
                        continue;
                }
                n = unit_restated(r->catalogue, r->asked[i].unit, r->on, parts, PARTS_MOST);
                for (size_t j = 0; j < n && j < PARTS_MOST; j++)
                        sources[(*count)++] = spot_of(r, parts[j].unit);
        }
        return sources;
}

bool is_asked(const struct reader *r, const struct unit *u)
{
        if (r->query->unit_count == 0)
                return true;
        for (size_t i = 0; i < r->asked_count; i++)
                if (r->asked[i].unit == u)
                        return true;
        return false;
}

/* A cell for each unit of the map asked for that has some of the cell's territory: itself while it is on it. */
static void cell_move(struct reader *r, const struct cell *then, struct cells *moved)
{
        struct unit_part parts[PARTS_MOST];
        size_t n = 1;

        if (is_on_map(then->unit, r->boundary_day))
                parts[0].unit = then->unit;
        else
                n = unit_restated(r->catalogue, then->unit, r->boundary_day, parts, PARTS_MOST);
        for (size_t i = 0; i < n && i < PARTS_MOST; i++) {
                struct cell *c = cell_add(r, moved);

                *c = *then;
                c->unit = parts[i].unit;
        }
}

static bool cell_fill(struct reader *r, struct cell *c)
{
        struct cell restated = { 0 };
        struct focus focus;
        bool ok;

        focus_begin(r, &focus, r->period, c->item, c->partner);
        ok = cell_restate(r, c->unit, &restated);
        focus_end(r, &focus);
        if (!ok)
                return false;
        restated.unit = c->unit;
        restated.item = c->item;
        restated.partner = c->partner;
        restated.item_code = c->item_code;
        restated.partner_code = c->partner_code;
        restated.total_of = restated.total_expected = 0;
        *c = restated;
        return true;
}

bool cells_fold(struct reader *r, const struct cells *then, struct cells *out)
{
        struct cells moved = { 0 }, *at_hand = arena_alloc(r->scratch, sizeof *at_hand);

        *at_hand = (struct cells){ arena_array(r->scratch, then->count + 1, sizeof *at_hand->list), then->count, then->count + 1 };
        if (then->count > 0)
                memcpy(at_hand->list, then->list, then->count * sizeof *at_hand->list);
        if (then->count > 1)
                qsort(at_hand->list, at_hand->count, sizeof *at_hand->list, cells_compare_places);
        r->at_hand = r->query->all_versions ? NULL : at_hand;
        for (size_t i = 0; i < then->count; i++)
                cell_move(r, &then->list[i], &moved);
        if (moved.count > 1) /* else there may be no list */
                qsort(moved.list, moved.count, sizeof *moved.list, cells_order);
        for (size_t i = 0, end; i < moved.count && work_ok(r->work); i = end) {
                struct cell *c;

                for (end = i + 1; end < moved.count && moved.list[end].unit == moved.list[i].unit &&
                                  moved.list[end].item == moved.list[i].item &&
                                  moved.list[end].partner == moved.list[i].partner && !r->query->all_versions;
                     end++)
                        ;
                c = cell_add(r, out);
                *c = moved.list[i];
                if (!is_on_map(c->unit, r->on) && !cell_fill(r, c))
                        break;
        }
        r->at_hand = NULL;
        return work_ok(r->work);
}
