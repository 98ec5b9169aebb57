#include "areas/tables/grid_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

/* The units expected in a period: those asked for that exist on the map asked for. */
struct expected {
        const struct unit *unit;
        int member;          /* its place among the grid's; -1: it has no figure in the table */
        int above;           /* place here of the nearest one that it lies in; -1: none */
        bool has_below;      /* asked for with the units below, which are here */
};

struct roll {
        struct expected *list;
        size_t count;
};

struct heard {
        int period, unit;    /* members */
        bool has_value, is_complete;
};

struct roll_call {
        struct work *w;
        struct grid *g;
        const struct catalogue *catalogue;
        struct map *members;              /* key of a unit -> its place among the grid's */
        struct roll **rolls[LEVEL_COUNT]; /* by period; of units that were not named, by their level */
        struct roll draft;                /* of the period under way */
        size_t draft_room;
        struct map *places;               /* key of a unit -> its place in the draft */
        const struct unit **some;         /* room for all there are */
        size_t some_room;
        struct map *classes;              /* what is the same in all sums of a class, the period apart -> number */
        struct map *series;               /* class and series: met */
        struct map *series_of;            /* class and unit -> how many series */
        int *row_classes, *column_classes, all_class;

        /* the sum under way */
        const struct head *row, *column;
        struct heard *heard;
        size_t heard_count;
        int run, *stamps;                 /* of the period under way, by unit */
        int *values, *complete;
        const struct unit **absent;       /* room for those of a period */
        size_t absent_room;
};

/* ---- who is expected --------------------------------------------------------------------------------------------- */

bool ask_names(const struct catalogue *c, const struct ask *a, const struct unit *u, day on)
{
        const struct figure_query *q = &a->query;

        for (size_t i = 0; i < q->unit_count; i++)
                if (unit_read(c, q->units[i], on) == u || strcmp(q->units[i], u->key) == 0 || strcmp(q->units[i], u->code) == 0)
                        return true;
        return false;
}

static day map_of(const struct roll_call *x, period p)
{
        const struct figure_query *q = &x->g->ask->query;

        return q->boundary == BOUNDARY_THEN ? period_last(p) : q->boundary == BOUNDARY_NOW ? day_of_moment(x->w->now) : q->boundary_day;
}

static bool exists(const struct roll_call *x, const struct unit *u, period p)
{
        day on = map_of(x, p);

        return u->from <= on && u->to >= (x->g->ask->query.boundary == BOUNDARY_THEN ? period_first(p) : on);
}

static void roll_add(struct roll_call *x, const struct unit *u, bool has_below)
{
        struct roll *roll = &x->draft;
        const int64_t *member = map_get_text(x->members, u->key);
        bool is_new;
        int64_t *place = map_put_text(x->places, u->key, &is_new);

        if (place == NULL)
                arena_starve(x->w->arena);
        if (is_new) {
                roll->list = grid_grown(x->w->arena, roll->list, roll->count, &x->draft_room, sizeof *roll->list);
                roll->list[roll->count] = (struct expected){ .unit = u, .member = member == NULL ? -1 : (int)*member, .above = -1 };
                *place = (int64_t)roll->count++;
        }
        roll->list[*place].has_below |= has_below;
}

static void roll_add_named(struct roll_call *x, period p)
{
        const struct ask *a = x->g->ask;
        day on = map_of(x, p);

        for (size_t i = 0; i < a->query.unit_count; i++) {
                size_t count;
                const struct unit *u = figure_query_unit(x->catalogue, &a->query, i, on, x->some, x->some_room, &count);

                if (u == NULL || !exists(x, u, p))
                        continue;
                if (!a->only_below)
                        roll_add(x, u, count > 0);
                for (size_t k = 0; k < count; k++)
                        if (!a->only_below || !ask_names(x->catalogue, a, x->some[k], on))
                                roll_add(x, x->some[k], false);
        }
}

static bool is_same(const struct roll *a, const struct roll *b)
{
        for (size_t i = 0; a->count == b->count && i < a->count; i++)
                if (a->list[i].unit != b->list[i].unit)
                        return false;
        return a->count == b->count;
}

/* The roll of a period; where no unit was named, of all units of a level. Kept once for the periods of one map. */
static const struct roll *roll_of(struct roll_call *x, enum unit_level level, int of_period)
{
        period p = x->g->members[BY_PERIOD][of_period].period;
        struct roll **kept = &x->rolls[level][of_period], *roll = &x->draft;

        if (*kept != NULL)
                return *kept;
        map_reset(x->places);
        roll->count = 0;
        if (x->g->ask->query.unit_count > 0) {
                roll_add_named(x, p);
        } else {
                size_t count = unit_list(x->catalogue, level, map_of(x, p), x->some, x->some_room);

                for (size_t i = 0; i < count; i++)
                        roll_add(x, x->some[i], false);
        }
        for (size_t i = 0; i < roll->count; i++)
                for (const struct unit *up = roll->list[i].unit->parent; up != NULL && roll->list[i].above < 0; up = up->parent) {
                        const int64_t *place = map_get_text(x->places, up->key);

                        roll->list[i].above = place == NULL ? -1 : (int)*place;
                }
        for (size_t i = 0; i < x->g->member_count[BY_PERIOD] && *kept == NULL; i++)
                if (x->rolls[level][i] != NULL && is_same(x->rolls[level][i], roll))
                        *kept = x->rolls[level][i];
        if (*kept == NULL) {
                *kept = arena_alloc(x->w->arena, sizeof **kept);
                **kept = *roll;
                x->draft = (struct roll){ 0 };
                x->draft_room = 0;
        }
        return *kept;
}

/* ---- what a unit gives ------------------------------------------------------------------------------------------------ */

/* A number for what heads have in common, the period apart. */
static int class_of(struct roll_call *x, const struct head *h, const enum dimension *by, int count, int direction)
{
        int key[DIMENSIONS + 1] = { 0 };
        int64_t *place;
        bool is_new;

        for (int i = 0; i < count; i++)
                key[by[i]] = by[i] == BY_PERIOD ? 0 : h->members[i]->place + 1;
        key[DIMENSIONS] = direction;
        place = map_put(x->classes, key, sizeof key, &is_new);
        if (place == NULL)
                arena_starve(x->w->arena);
        if (is_new)
                *place = (int64_t)map_count(x->classes);
        return (int)*place;
}

/* A unit gives, in a class, so many series: of its figures of one period as many are expected. */
static void series_note(struct roll_call *x, int class, const struct fact *f)
{
        int series[DIMENSIONS + 1], unit[2] = { class, f->member[BY_UNIT] };
        int64_t *place;
        bool is_new;

        memcpy(series, f->member, sizeof f->member);
        series[BY_PERIOD] = 0;
        series[DIMENSIONS] = class;
        if (map_put(x->series, series, sizeof series, &is_new) == NULL || (place = map_put(x->series_of, unit, sizeof unit, NULL)) == NULL)
                arena_starve(x->w->arena);
        *place += is_new;
}

static bool has_units(const enum dimension *by, int count)
{
        for (int i = 0; i < count; i++)
                if (by[i] == BY_UNIT)
                        return true;
        return false;
}

static void classes_make(struct roll_call *x)
{
        const struct grid *g = x->g;
        const struct ask *a = g->ask;
        bool has_columns = has_units(a->columns, a->column_count);

        x->all_class = class_of(x, NULL, NULL, 0, 0);
        x->row_classes = arena_array(x->w->arena, g->row_count + 1, sizeof *x->row_classes);
        x->column_classes = arena_array(x->w->arena, g->column_count + 1, sizeof *x->column_classes);
        for (size_t r = 0; has_columns && r < g->row_count; r++)
                x->row_classes[r] = class_of(x, &g->row_heads[r], g->rows, g->row_dimensions, 1);
        for (size_t c = 0; !has_columns && c < g->column_count; c++)
                x->column_classes[c] = class_of(x, &g->column_heads[c], a->columns, a->column_count, 2);
        for (size_t r = 0; r < g->row_count; r++)
                for (size_t c = 0; c < g->column_count; c++) {
                        const struct fact *f = grid_at(g, r, c);

                        if (f == NULL)
                                continue;
                        series_note(x, has_columns ? x->row_classes[r] : x->column_classes[c], f);
                        series_note(x, x->all_class, f);
                }
}

/* ---- one sum ------------------------------------------------------------------------------------------------------------- */

struct roll_call *roll_call_open(struct work *w, struct grid *g)
{
        struct roll_call *x = arena_alloc(w->arena, sizeof *x);
        size_t units = g->member_count[BY_UNIT], communes = 0;

        x->w = w;
        x->g = g;
        x->catalogue = catalogue_of(w);
        x->members = map_in(w->arena);
        x->places = map_in(w->arena);
        x->classes = map_in(w->arena);
        x->series = map_in(w->arena);
        x->series_of = map_in(w->arena);
        for (size_t i = 0; i < units; i++) {
                int64_t *place = map_put_text(x->members, g->members[BY_UNIT][i].unit->key, NULL);

                if (place == NULL)
                        arena_starve(w->arena);
                *place = (int64_t)i;
        }
        communes = unit_list_ever(x->catalogue, NULL, 0);
        x->some_room = communes;
        x->some = arena_array(w->arena, communes + 1, sizeof *x->some);
        for (int level = 0; level < LEVEL_COUNT; level++)
                x->rolls[level] = arena_array(w->arena, g->member_count[BY_PERIOD] + 1, sizeof *x->rolls[level]);
        x->heard = arena_array(w->arena, g->fact_count + 1, sizeof *x->heard);
        x->stamps = arena_array(w->arena, units + 1, sizeof *x->stamps);
        x->values = arena_array(w->arena, units + 1, sizeof *x->values);
        x->complete = arena_array(w->arena, units + 1, sizeof *x->complete);
        classes_make(x);
        return x;
}

void roll_call_begin(struct roll_call *x, const struct head *row, const struct head *column)
{
        x->row = row;
        x->column = column;
        x->heard_count = 0;
}

void roll_call_hear(struct roll_call *x, const struct fact *f)
{
        x->heard[x->heard_count++] = (struct heard){ f->member[BY_PERIOD], f->member[BY_UNIT], f->has_value,
                                                     f->has_value && f->total_of >= f->total_expected };
}

static int heard_order(const void *a, const void *b)
{
        const struct heard *x = a, *y = b;

        return x->period != y->period ? (x->period < y->period ? -1 : 1) : (x->unit > y->unit) - (x->unit < y->unit);
}

/* The only period of the sum under way; -1: it goes over those of the table. */
static int period_of(const struct roll_call *x)
{
        for (int i = 0; x->row != NULL && i < x->g->row_dimensions; i++)
                if (x->g->rows[i] == BY_PERIOD)
                        return x->row->members[i]->place;
        for (int i = 0; x->column != NULL && i < x->g->ask->column_count; i++)
                if (x->g->ask->columns[i] == BY_PERIOD)
                        return x->column->members[i]->place;
        return -1;
}

static int class_under_way(const struct roll_call *x)
{
        return x->row != NULL ? x->row_classes[x->row - x->g->row_heads] : x->column != NULL ? x->column_classes[x->column - x->g->column_heads] : x->all_class;
}

static bool is_heard(const struct roll_call *x, const struct expected *e)
{
        return e->member >= 0 && x->stamps[e->member] == x->run && x->values[e->member] > 0;
}

static bool has_reported(const struct roll_call *x, const struct expected *e)
{
        int unit[2] = { class_under_way(x), e->member };

        return is_heard(x, e) && x->complete[e->member] == *map_get(x->series_of, unit, sizeof unit);
}

/* Whether nothing is missing with a unit that has no figure: one that it lies in has, or the units below it were asked for with it. */
static bool is_spared(const struct roll_call *x, const struct roll *roll, const struct expected *e)
{
        if (e->has_below)
                return true;
        for (int up = e->above; up >= 0; up = roll->list[up].above)
                if (is_heard(x, &roll->list[up]))
                        return true;
        return false;
}

/* The least complete sum of one period so far is kept. */
static void least_keep(struct roll_call *x, int of_period, int of, int expected, const struct unit **absent)
{
        struct lacking *least = &x->g->lacking;

        if (least->expected > 0 && (int64_t)of * least->expected >= (int64_t)least->of * expected)
                return;
        *least = (struct lacking){ .period = x->g->members[BY_PERIOD][of_period].period, .of = of, .expected = expected,
                                   .absent = arena_array(x->w->arena, (size_t)(expected - of) + 1, sizeof *least->absent) };
        if (expected > of)
                memcpy(least->absent, absent, (size_t)(expected - of) * sizeof *absent);
}

/* Count the units of a period, of which *heard and those after it are the figures. */
static void period_count(struct roll_call *x, const struct roll *roll, int of_period, const struct heard **heard, struct sum *s)
{
        const struct heard *end = x->heard + x->heard_count;
        int of = 0, expected = 0;

        x->run++;
        for (; *heard < end && (*heard)->period == of_period; (*heard)++) {
                int u = (*heard)->unit;

                if (x->stamps[u] != x->run)
                        x->values[u] = x->complete[u] = 0;
                x->stamps[u] = x->run;
                x->values[u] += (*heard)->has_value;
                x->complete[u] += (*heard)->is_complete;
        }
        if (x->absent_room < roll->count) {
                x->absent_room = roll->count;
                x->absent = arena_array(x->w->arena, roll->count, sizeof *x->absent);
        }
        for (size_t i = 0; i < roll->count; i++) {
                const struct expected *e = &roll->list[i];

                if (!is_heard(x, e) && is_spared(x, roll, e))
                        continue;
                if (has_reported(x, e))
                        of++;
                else
                        x->absent[expected - of] = e->unit;
                expected++;
        }
        s->of += of;
        s->expected += expected;
        if (expected > 1)
                least_keep(x, of_period, of, expected, x->absent);
}

/* The highest level of the units with a figure. */
static enum unit_level level_of(const struct roll_call *x)
{
        enum unit_level level = LEVEL_COMMUNE;

        for (size_t i = 0; i < x->heard_count; i++) {
                enum unit_level of = x->g->members[BY_UNIT][x->heard[i].unit].unit->level;

                level = x->heard[i].has_value && of < level ? of : level;
        }
        return level;
}

bool roll_call_end(struct roll_call *x, struct sum *s)
{
        const struct grid *g = x->g;
        bool is_by_columns = has_units(g->ask->columns, g->ask->column_count), is_over_units = false;
        int only = period_of(x), last = only < 0 ? (int)g->member_count[BY_PERIOD] : only + 1;
        enum unit_level level = level_of(x);
        const struct heard *heard = x->heard;

        if (is_by_columns ? x->column != NULL : x->row != NULL)
                return false;
        for (int i = only < 0 ? 0 : only; i < last; i++)
                is_over_units |= roll_of(x, level, i)->count > 1;
        if (!is_over_units)
                return false;
        qsort(x->heard, x->heard_count, sizeof *x->heard, heard_order);
        s->of = s->expected = 0;
        for (int i = only < 0 ? 0 : only; i < last; i++)
                period_count(x, roll_of(x, level, i), i, &heard, s);
        return true;
}
