#include "figure/series.h"

#include <assert.h>
#include <string.h>

#define KEY_ROOM 300

/* Rows as they come: which series, when, what. */
struct point {
        int32_t series;
        period period;
        int64_t value;
};

struct gathering {
        struct series_set *set;
        struct map *places;          /* unit, item, partner and unit of measure -> number of the series, from 1 */
        struct map *kin;             /* unit, item and partner -> number of the last such series; NULL where the indicator has a unit of measure of its own */
        struct point *points;
        size_t count, room, series_room;
        period last;
};

static void series_add(struct work *w, struct gathering *g, const struct figure_row *r)
{
        struct series_set *set = g->set;

        if (set->count == g->series_room) {
                struct series *more = arena_array(w->arena, g->series_room = g->series_room == 0 ? 64 : g->series_room * 2, sizeof *more);

                if (set->count > 0)
                        memcpy(more, set->list, set->count * sizeof *more);
                set->list = more;
        }
        set->list[set->count] = (struct series){ .unit = r->unit, .item = arena_text(w->arena, r->item), .partner = arena_text(w->arena, r->partner),
                                                 .unit_of_measure = arena_text(w->arena, r->unit_of_measure), .first = r->period };
        set->count++;
}

/* The newest series joins the ring of those of the same unit, item and partner. */
static void kin_join(struct work *w, struct gathering *g, const char *key, size_t length)
{
        struct series *list = g->set->list;
        size_t number = g->set->count;
        bool is_first;
        int64_t *last = map_put(g->kin, key, length, &is_first);

        if (last == NULL)
                arena_starve(w->arena);
        if (!is_first) {
                struct series *before = &list[*last - 1];

                list[number - 1].other = before->other == 0 ? (size_t)*last : before->other;
                before->other = number;
        }
        *last = (int64_t)number;
}

static bool place_of(struct work *w, struct gathering *g, const struct figure_row *r, int32_t *series)
{
        char key[KEY_ROOM];
        size_t item = strlen(r->item), partner = strlen(r->partner), measure = g->kin == NULL ? 0 : strlen(r->unit_of_measure), length = sizeof r->unit + item + 1 + partner + 1;
        int64_t *place;
        bool is_new;

        if (length + measure > sizeof key)
                return error_set(&w->err, ERR_TOO_BIG, "an item's or partner's code is too long");
        memcpy(key, &r->unit, sizeof r->unit);
        memcpy(key + sizeof r->unit, r->item, item + 1);
        memcpy(key + sizeof r->unit + item + 1, r->partner, partner + 1);
        memcpy(key + length, r->unit_of_measure, measure);
        place = map_put(g->places, key, length + measure, &is_new);
        if (place == NULL)
                arena_starve(w->arena);
        if (is_new) {
                series_add(w, g, r);
                *place = (int64_t)g->set->count;
                if (g->kin != NULL)
                        kin_join(w, g, key, length);
        }
        *series = (int32_t)(*place - 1);
        return true;
}

static bool too_many(struct work *w)
{
        error_set(&w->err, ERR_TOO_BIG, "these are too many series at once");
        return error_hint(&w->err, "name a unit, an item or the first and last period");
}

static bool keep_row(struct work *w, const struct figure_row *r, void *context)
{
        struct gathering *g = context;
        struct series_set *set = g->set;
        int32_t series;

        if (!r->has_value || period_frequency(r->period) != set->frequency)
                return true;
        if (r->total_of < r->total_expected) {
                set->partial++;
                return true;
        }
        if (!place_of(w, g, r, &series))
                return false;
        if (g->count == SERIES_ROWS_MOST)
                return too_many(w);
        if (g->count == g->room) {
                struct point *more = arena_array(w->arena, g->room = g->room == 0 ? 1024 : g->room * 2, sizeof *more);

                if (g->count > 0)
                        memcpy(more, g->points, g->count * sizeof *more);
                g->points = more;
        }
        g->points[g->count++] = (struct point){ series, r->period, r->value };
        set->list[series].last = r->period;
        if (set->from == PERIOD_NONE || r->period < set->from)
                set->from = r->period;
        if (r->period > g->last)
                g->last = r->period;
        if (r->known_from > set->known_from)
                set->known_from = r->known_from;
        return true;
}

/* Periods from one to another of the same frequency. */
static size_t steps_between(period from, period to)
{
        size_t steps = 0;

        for (; from < to; from = period_plus(from, 1))
                steps++;
        return steps;
}

bool series_read(struct work *w, const struct figure_query *q, enum frequency frequency, struct series_set *set)
{
        struct gathering g = { .set = set, .places = map_in(w->arena) };
        struct figure_query asked = *q;
        size_t column = 0;

        assert(q->indicator_count == 1 && q->compare == COMPARE_NONE && !q->all_versions && q->limit == 0);
        if (*q->indicators[0]->unit_vi == '\0')
                g.kin = map_in(w->arena);
        *set = (struct series_set){ .indicator = q->indicators[0], .frequency = frequency };
        if (asked.from == PERIOD_NONE && asked.to == PERIOD_NONE)
                asked.from = period_make(frequency, 0, frequency == FREQUENCY_YEAR ? 0 : 1);
        if (!figures_read(w, &asked, keep_row, &g) || !work_ok(w))
                return false;
        if (g.count == 0)
                return true;
        set->periods = steps_between(set->from, g.last) + 1;
        if (set->periods > SERIES_CELLS_MOST / set->count)
                return too_many(w);
        for (size_t i = 0; i < set->count; i++) {
                set->list[i].value = arena_array(w->arena, set->periods, sizeof *set->list[i].value);
                for (size_t t = 0; t < set->periods; t++)
                        set->list[i].value[t] = OUTLIER_MISSING;
        }
        for (size_t i = 0; i < g.count; i++) {
                /* rows come period after period */
                if (i == 0 || g.points[i].period != g.points[i - 1].period)
                        column = steps_between(set->from, g.points[i].period);
                set->list[g.points[i].series].value[column] = g.points[i].value;
        }
        return true;
}
