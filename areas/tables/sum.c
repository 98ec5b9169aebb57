#include "areas/tables/grid_private.h"

#include <string.h>

#include "stats/compare.h"

/* Figures to be added, looked at before they are; one after another with the same memory. */
struct adding {
        const struct grid *g;
        struct roll_call *units_called;
        int run;                     /* of this sum: what is stamped with it has been met */
        int *stamps[DIMENSIONS];     /* by member */
        int *met[DIMENSIONS];        /* members with a figure here */
        size_t met_count[DIMENSIONS];
        const struct unit **units;   /* room for as many as there are */
        const struct item **items;

        struct addends a;
        struct stats_sum sum, wholes; /* of the figures; of those of all items that they are parts of */
        bool has_wholes, has_falls;   /* each has a whole that is known; one is negative */
        const struct fact *first;
        int of, expected, of_before;
        bool has_incomplete, has_estimate;
        const char *measure;
};

/* Whether there could be a figure: not where the unit did not exist then. */
static bool could_be(const struct grid *g, size_t r, size_t c)
{
        const struct unit *u = NULL;
        period p = PERIOD_NONE;

        for (int i = 0; i < DIMENSIONS; i++) {
                const struct member *row = g->row_heads[r].members[i], *column = g->column_heads[c].members[i];

                u = row != NULL && row->unit != NULL ? row->unit : column != NULL && column->unit != NULL ? column->unit : u;
                p = row != NULL && row->period != PERIOD_NONE ? row->period : column != NULL && column->period != PERIOD_NONE ? column->period : p;
        }
        return u == NULL || p == PERIOD_NONE || (u->from <= period_last(p) && u->to >= period_first(p));
}

static struct adding *adding_open(struct work *w, struct grid *g)
{
        struct adding *x = arena_alloc(w->arena, sizeof *x);

        x->g = g;
        x->units_called = roll_call_open(w, g);
        for (int d = 0; d < DIMENSIONS; d++) {
                x->stamps[d] = arena_array(w->arena, g->member_count[d] + 1, sizeof *x->stamps[d]);
                x->met[d] = arena_array(w->arena, g->member_count[d] + 1, sizeof *x->met[d]);
        }
        x->units = arena_array(w->arena, g->member_count[BY_UNIT] + 1, sizeof *x->units);
        x->items = arena_array(w->arena, g->member_count[BY_ITEM] + 1, sizeof *x->items);
        return x;
}

static void whole_take(struct adding *x, const struct fact *f)
{
        struct whole *whole = f->whole < 0 ? NULL : &x->g->wholes[f->whole];

        x->has_falls |= f->value < 0;
        if (whole == NULL || !whole->is_known) {
                x->has_wholes = false;
        } else if (whole->run != x->run) {
                whole->run = x->run;
                stats_sum_add(&x->wholes, whole->value);
        }
}

static void adding_take(struct adding *x, size_t r, size_t c)
{
        const struct fact *f = grid_at(x->g, r, c);

        x->expected += (f != NULL && f->has_value) || could_be(x->g, r, c);
        if (f != NULL)
                roll_call_hear(x->units_called, f);
        if (f == NULL || !f->has_value)
                return;
        x->of++;
        x->has_incomplete |= f->total_of < f->total_expected;
        x->has_estimate |= f->mark == MARK_ESTIMATE;
        x->of_before += f->is_of_before;
        stats_sum_add(&x->sum, f->value);
        whole_take(x, f);
        if (x->first == NULL)
                x->first = f;
        x->measure = grid_measure(x->measure, f->measure);
        for (int d = 0; d < DIMENSIONS; d++)
                if (x->stamps[d][f->member[d]] != x->run) {
                        x->stamps[d][f->member[d]] = x->run;
                        x->met[d][x->met_count[d]++] = f->member[d];
                }
}

static void nesting_find(struct adding *x)
{
        struct member *const *members = x->g->members;
        int frequency = 0;

        for (int d = 0; d < DIMENSIONS; d++)
                x->a.varies[d] = x->met_count[d] > 1;
        for (size_t i = 0; i < x->met_count[BY_UNIT]; i++)
                x->units[i] = members[BY_UNIT][x->met[BY_UNIT][i]].unit;
        x->a.has_nested_units = units_are_nested(x->units, x->met_count[BY_UNIT]);
        for (size_t i = 0; i < x->met_count[BY_ITEM]; i++)
                x->items[i] = members[BY_ITEM][x->met[BY_ITEM][i]].item;
        x->a.has_nested_items = items_are_nested(x->items, x->met_count[BY_ITEM]);
        for (size_t i = 0; i < x->met_count[BY_PARTNER]; i++)
                x->a.has_nested_partners |= members[BY_PARTNER][x->met[BY_PARTNER][i]].is_whole;
        for (size_t i = 0; i < x->met_count[BY_PERIOD]; i++) {
                int f = (int)period_frequency(members[BY_PERIOD][x->met[BY_PERIOD][i]].period);

                x->a.has_several_frequencies |= frequency != 0 && f != frequency;
                frequency = f;
        }
}

/* How complete the sum is. */
static void completeness_fill(struct adding *x, struct sum *s)
{
        if (s->refusal == REFUSE_NOTHING && roll_call_end(x->units_called, s))
                return;
        s->of = x->of;
        s->expected = x->expected;
        s->has_incomplete = x->has_incomplete;
        if (x->has_incomplete && x->of == 1 && x->expected == 1) { /* the sum is that figure */
                s->of = x->first->total_of;
                s->expected = x->first->total_expected;
                s->has_incomplete = false;
        }
}

/* The sum of a row, of a column, or (both NULL) of all. */
static struct sum add_up(struct adding *x, const struct head *row, const struct head *column)
{
        size_t first_row = row == NULL ? 0 : (size_t)(row - x->g->row_heads), last_row = row == NULL ? x->g->row_count : first_row + 1;
        size_t first_column = column == NULL ? 0 : (size_t)(column - x->g->column_heads);
        size_t last_column = column == NULL ? x->g->column_count : first_column + 1;
        struct sum s = { 0 };

        x->run++;
        roll_call_begin(x->units_called, row, column);
        x->a = (struct addends){ .compare = x->g->ask->query.compare };
        x->sum = x->wholes = (struct stats_sum){ 0 };
        x->has_wholes = true;
        x->has_falls = false;
        x->first = NULL;
        x->of = x->expected = x->of_before = 0;
        x->has_incomplete = x->has_estimate = false;
        x->measure = "";
        memset(x->met_count, 0, sizeof x->met_count);
        for (size_t r = first_row; r < last_row; r++)
                for (size_t c = first_column; c < last_column; c++)
                        adding_take(x, r, c);
        s.has_estimate = x->has_estimate;
        s.of_before = x->of_before;
        if (x->first == NULL) {
                s.refusal = REFUSE_NONE_THERE;
                return s;
        }
        nesting_find(x);
        x->a.indicator = x->a.varies[BY_INDICATOR] ? NULL : x->g->members[BY_INDICATOR][x->first->member[BY_INDICATOR]].indicator;
        x->a.has_several_measures = x->measure == NULL;
        s.refusal = total_refusal(&x->a);
        if (s.refusal == REFUSE_NOTHING && x->a.varies[BY_ITEM] && x->has_wholes && !x->has_falls && x->a.compare == COMPARE_NONE &&
            total_exceeds(x->sum.total, x->wholes.total))
                s.refusal = REFUSE_EXCEEDS;
        s.decimals = x->first->decimals;
        s.shown = x->first->shown;
        s.measure = x->measure;
        if (s.refusal == REFUSE_NOTHING && !stats_sum_value(&x->sum, &s.value))
                s.refusal = REFUSE_TOO_LARGE;
        s.has_value = s.refusal == REFUSE_NOTHING;
        completeness_fill(x, &s);
        return s;
}

const char *sum_objection(struct work *w, const struct sum *s)
{
        return s->of_before == 0 ? NULL : arena_print(w->arena, work_text(w, "not comparable: of the figures in the total %d are of a unit as it was before a division"), s->of_before);
}

void grid_add_up(struct work *w, struct grid *g)
{
        struct adding *x = g->ask->sums_columns || g->ask->sums_rows ? adding_open(w, g) : NULL;

        if (g->ask->sums_columns) {
                g->row_sums = arena_array(w->arena, g->row_count + 1, sizeof *g->row_sums);
                for (size_t r = 0; r < g->row_count; r++)
                        g->row_sums[r] = add_up(x, &g->row_heads[r], NULL);
        }
        if (g->ask->sums_rows) {
                g->column_sums = arena_array(w->arena, g->column_count + 1, sizeof *g->column_sums);
                for (size_t c = 0; c < g->column_count; c++)
                        g->column_sums[c] = add_up(x, NULL, &g->column_heads[c]);
        }
        if (g->ask->sums_columns && g->ask->sums_rows) {
                g->whole = arena_alloc(w->arena, sizeof *g->whole);
                *g->whole = add_up(x, NULL, NULL);
        }
}
