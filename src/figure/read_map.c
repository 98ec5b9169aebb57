#include <stdlib.h>
#include <string.h>

#include "figure/read_private.h"

bool is_on_map(const struct unit *u, day on)
{
        return (u->from == DAY_NONE || u->from <= on) && on <= u->to;
}

/* The units asked for on a map; the array lives in the work's arena and is kept while the map stays the same. */
bool asked_resolve(struct reader *r, day on)
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
                        size_t n = unit_children(r->catalogue, u, is_on_map(u, on) ? on : u->from, list + count, room - count);

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
struct spot *asked_sources(struct reader *r, size_t *count)
{
        struct spot *sources = arena_array(r->scratch, r->asked_count * 128 + 1, sizeof *sources);

        *count = 0;
        for (size_t i = 0; i < r->asked_count; i++) {
                struct unit_part parts[128];
                size_t n;

                if (is_on_map(r->asked[i].unit, r->on)) {
                        sources[(*count)++] = r->asked[i];
                        continue;
                }
                n = unit_restated(r->catalogue, r->asked[i].unit, r->on, parts, 128);
                for (size_t j = 0; j < n && j < 128; j++)
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

/* Where a unit's territory lies on the map asked for: itself while it is on it. NULL where it was divided. */
static const struct unit *unit_on_map(struct reader *r, const struct unit *u)
{
        struct unit_part parts[2];

        if (is_on_map(u, r->boundary_day))
                return u;
        return unit_restated(r->catalogue, u, r->boundary_day, parts, 2) == 1 ? parts[0].unit : NULL;
}

/* Fold cells of the map of their time into the map asked for. */
bool cells_fold(struct reader *r, const struct cells *then, struct cells *out)
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
                qsort(moved.list, moved.count, sizeof *moved.list, cells_order);
        for (size_t i = 0, end; i < moved.count; i = end) {
                struct cell *c;

                for (end = i + 1; end < moved.count && moved.list[end].unit == moved.list[i].unit &&
                                  moved.list[end].item == moved.list[i].item &&
                                  moved.list[end].partner == moved.list[i].partner && !r->query->all_versions;
                     end++)
                        ;
                c = cell_add(r, out);
                *c = moved.list[i];
                if (is_on_map(c->unit, r->on) && end - i == 1)
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
