#include <string.h>

#include "figure/read_private.h"

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

bool figure_changes_in_points(const struct indicator *i)
{
        return i->is_index || i->unit_en[0] == '%' || strstr(i->unit_en, "percent") != NULL;
}

#define NEEDS_MAX 24
#define CHUNK 256 /* cells compared at once */

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
                                const char *note = work_text(r->work, "this is the whole");

                                c->note = c->note == NULL ? note : arena_print(r->scratch, "%s; %s", c->note, note); /* of how many parts it is the sum */
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

/* Needs of one unit and period stand together. */
static int compare_needs(const void *a, const void *b)
{
        const struct need *x = *(const struct need *const *)a, *y = *(const struct need *const *)b;

        if (x->unit != y->unit)
                return strcmp(x->unit->key, y->unit->key);
        return (x->period > y->period) - (x->period < y->period);
}

bool needs_find(struct reader *r, struct need *needs, size_t count)
{
        struct point *points = arena_array(r->scratch, count + 1, sizeof *points);
        struct cell **places = arena_array(r->scratch, count + 1, sizeof *places);
        struct need **missing = arena_array(r->scratch, count + 1, sizeof *missing);
        struct spot s = { 0 };
        size_t missing_count = 0;

        for (size_t i = 0; i < count; i++) {
                if (s.unit != needs[i].unit)
                        s = spot_of(r, needs[i].unit);
                points[i] = (struct point){ s, needs[i].period, needs[i].item, needs[i].partner };
                places[i] = &needs[i].found;
        }
        if (!points_fetch(r, points, count, places))
                return false;
        for (size_t i = 0; i < count; i++)
                if (!needs[i].found.has_value)
                        missing[missing_count++] = &needs[i];
        qsort(missing, missing_count, sizeof *missing, compare_needs);
        for (size_t i = 0, end; i < missing_count && work_ok(r->work); i = end) {
                for (end = i; end < missing_count && compare_needs(&missing[end], &missing[i]) == 0; end++) {
                        missing[end]->found = (struct cell){ .unit = missing[end]->unit, .item = missing[end]->item, .partner = missing[end]->partner };
                        places[end - i] = &missing[end]->found;
                }
                if (!values_below(r, missing[i]->unit, missing[i]->period, places, end - i))
                        return false;
        }
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

/* "thousand tonnes (June 2024)". */
static const char *measure_said(struct reader *r, const char *measure, const char *of)
{
        return arena_print(r->scratch, "%s (%s)", *measure == '\0' ? work_text(r->work, "none stated") : measure, of);
}

const char *comparison_objection(struct reader *r, const struct cell *c, const struct need *needs, size_t count)
{
        const char *own = measure_on(r, c->item_code, r->on);

        if (count > 0 && c->is_of_before)
                return c->note;
        for (size_t i = 0; i < count; i++) {
                bool is_whole = needs[i].item != c->item;
                const char *other = measure_on(r, is_whole ? "" : c->item_code, period_last(needs[i].period));

                if (needs[i].found.has_value && needs[i].found.is_of_before)
                        return arena_print(r->scratch, "%s: %s", note_period(r, needs[i].period), needs[i].found.note);
                if (needs[i].found.has_value && strcmp(own, other) != 0)
                        return arena_print(r->scratch, work_text(r->work, "different units of measure: %s, %s"),
                                           measure_said(r, other, is_whole ? work_text(r->work, "the whole") : note_period(r, needs[i].period)),
                                           measure_said(r, own, is_whole ? work_text(r->work, "the item") : note_period(r, r->period)));
        }
        return NULL;
}

/* Where a cell without a note is compared with what other units had on the map of that time, that is said. */
static void base_note(struct reader *r, struct cell *c, const struct need *needs, size_t count)
{
        for (size_t i = 0; i < count && c->note == NULL; i++)
                if (needs[i].found.note != NULL && needs[i].found.total_expected == 0)
                        c->note = arena_print(r->scratch, "%s: %s", note_period(r, needs[i].period), needs[i].found.note);
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
        bool is_partial = c->total_of < c->total_expected; /* its own note says that parts are missing */
        const char *note = c->note, *differ;
        size_t own;

        if (!c->has_value || (count == 0 && compare != COMPARE_YTD && compare != COMPARE_YTD_YOY))
                return;
        switch (compare) {
        case COMPARE_NONE:
                return;
        case COMPARE_YOY:
        case COMPARE_MOM:
                if (is_partial)
                        return;
                differ = comparison_objection(r, c, needs, count);
                if (!needs[0].found.has_value || differ != NULL) {
                        c->note = differ != NULL ? differ : needs[0].found.note;
                        return;
                }
                c->has_base = true;
                c->base = needs[0].found.value;
                base_note(r, c, needs, 1);
                change_from(r, c);
                return;
        case COMPARE_YTD:
        case COMPARE_YTD_YOY:
                own = compare == COMPARE_YTD ? count : 0;
                while (compare == COMPARE_YTD_YOY && own < count && period_year(needs[own].period) == period_year(r->period))
                        own++;
                differ = comparison_objection(r, c, needs, own);
                if (differ != NULL || !needs_add_up(r, needs, own, c->value, &c->value, &note)) {
                        c->has_value = false;
                        c->note = differ != NULL ? differ : note;
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
                base_note(r, c, needs, own);
                if (compare == COMPARE_YTD || is_partial)
                        return;
                differ = comparison_objection(r, c, needs + own, count - own);
                if (differ != NULL || !needs_add_up(r, needs + own, count - own, 0, &c->base, &note)) {
                        c->note = differ != NULL ? differ : note;
                        return;
                }
                c->has_base = true;
                base_note(r, c, needs + own, count - own);
                change_from(r, c);
                return;
        case COMPARE_SHARE:
        case COMPARE_CONTRIBUTION:
                if (is_partial)
                        return;
                for (size_t i = 0; i < count; i++)
                        if (!needs[i].found.has_value) {
                                c->note = needs[i].found.note;
                                return;
                        }
                differ = comparison_objection(r, c, needs, count);
                if (differ != NULL) {
                        c->note = differ;
                        return;
                }
                c->has_base = true;
                c->base = needs[0].found.value;
                base_note(r, c, needs, count);
                c->has_change = compare == COMPARE_SHARE
                                        ? stats_share(c->value, c->base, &c->change)
                                        : stats_contribution(c->value, c->base, needs[1].found.value, &c->change);
                if (!c->has_change)
                        c->note = work_text(r->work, "not defined: the whole is zero");
                return;
        }
}

static bool compare_chunk(struct reader *r, struct cell *cells, size_t count)
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

bool cells_compare(struct reader *r, const struct cells *cells)
{
        for (size_t i = 0; i < cells->count; i += CHUNK)
                if (!compare_chunk(r, cells->list + i, cells->count - i < CHUNK ? cells->count - i : CHUNK))
                        return false;
        return r->query->compare != COMPARE_CONTRIBUTION || contributions_add_up(r, cells);
}
