/* read_formula.c - indices and rates from what their formula names: levels, and other indices and rates. */
#include <stdlib.h>
#include <string.h>

#include "catalogue/formula.h"
#include "figure/read_private.h"

bool is_computed(const struct reader *r)
{
        return r->indicator->additive == ADDITIVE_NONE && r->indicator->input_count > 0;
}

/* ---- one cell ------------------------------------------------------------------------------------------------- */

struct levels {
        struct reader *reader;
        const struct unit *unit;
        struct cell *cell;
        const char *note;
        bool is_of_before, has_failed;
};

/* Which items or partners of an input belong to those of the indicator: the same, or the whole where they are others. */
static int64_t of_input(const char *own, const char *input, int64_t symbol)
{
        return strcmp(own, input) == 0 ? symbol : 0;
}

static const struct cells *levels_held(const struct reader *r, const struct indicator *input)
{
        for (size_t k = 0; k < r->input_count && r->levels_of == r->period; k++)
                if (r->inputs[k].indicator == input)
                        return r->inputs[k].levels;
        return NULL;
}

static bool level_read(void *context, const char *name, size_t length, int64_t *value, int *decimals)
{
        struct levels *f = context;
        struct reader *r = f->reader, *beside = arena_alloc(r->scratch, sizeof *beside);
        const struct indicator *i = indicator_find(r->catalogue, arena_copy(r->scratch, name, length)), *own = r->indicator;
        struct cell level = { 0 };

        if (i == NULL || !reader_beside(r, i, beside)) {
                f->has_failed |= !work_ok(r->work);
        } else {
                beside->formula_depth = r->formula_depth + 1;
                beside->at_hand = levels_held(r, i);
                f->has_failed |= !value_at(beside, f->unit, r->period, of_input(own->item_classification, i->item_classification, r->items.list[0]),
                                           of_input(own->partner_classification, i->partner_classification, r->partners.list[0]), &level);
        }
        if (f->note != NULL) /* the first that is missing is told */
                return false;
        if (level.is_of_before) {
                f->is_of_before = true;
                f->note = level.note;
                return false;
        }
        if (!level.has_value) {
                f->note = arena_print(r->scratch, work_text(r->work, "missing %s of %s, from which it would be computed"),
                                      i == NULL ? "" : r->work->language == LANGUAGE_VI ? i->short_vi : i->short_en, note_unit(r, f->unit));
                if (level.note != NULL)
                        f->note = arena_print(r->scratch, "%s (%s)", f->note, level.note);
                return false;
        }
        *value = level.value;
        *decimals = i->decimals;
        if (level.known_from > f->cell->known_from)
                f->cell->known_from = level.known_from;
        if (level.status < f->cell->status)
                f->cell->status = level.status;
        if (level.mark == MARK_ESTIMATE)
                f->cell->mark = MARK_ESTIMATE;
        return true;
}

/* Whether the formula names levels alone. */
static bool rests_on_levels(const struct reader *r)
{
        bool are_levels = true;

        for (size_t k = 0; k < r->indicator->input_count; k++)
                are_levels &= r->indicator->inputs[k]->additive != ADDITIVE_NONE;
        return are_levels;
}

bool cell_by_formula(struct reader *r, const struct unit *u, bool is_anew, struct cell *c)
{
        const struct indicator *i = r->indicator;
        const char *said = indicator_formula_said(r->catalogue, i, r->work->language, r->scratch);
        struct levels f = { .reader = r, .unit = u, .cell = c };
        bool has_levels = rests_on_levels(r);

        if (r->formula_depth == FORMULA_DEPTH) {
                c->note = arena_print(r->scratch, work_text(r->work, "more than %d formulas that stand on one another are not computed"), FORMULA_DEPTH);
                return work_ok(r->work);
        }
        c->status = STATUS_PUBLISHED;
        switch (formula_value(i->formula, level_read, &f, i->decimals, &c->value)) {
        case FORMULA_DONE:
                c->has_value = true;
                c->note = arena_print(r->scratch, is_anew ? has_levels ? work_text(r->work, "computed anew from levels: %s") : work_text(r->work, "computed anew by its formula: %s")
                                                  : has_levels ? work_text(r->work, "computed from levels: %s") : work_text(r->work, "computed by its formula: %s"), said);
                break;
        case FORMULA_LACKING:
                c->note = f.note;
                break;
        case FORMULA_UNDEFINED:
                c->note = arena_print(r->scratch, work_text(r->work, "division by zero, with these levels, in %s"), said);
                break;
        default:
                c->note = work_text(r->work, "the formula has no value with these levels");
        }
        if (!c->has_value)
                c->status = c->mark = 0;
        if (!c->has_value && is_anew && !f.is_of_before)
                c->note = arena_print(r->scratch, work_text(r->work, "not comparable: %s"), c->note);
        return !f.has_failed && work_ok(r->work);
}

/* ---- all of a period ---------------------------------------------------------------------------------------------- */

/* What units have of an input, for the items and partners asked for. False and an error. */
static bool levels_fetch(struct reader *r, struct input *input, struct spot *spots, size_t count)
{
        static int64_t whole[] = { 0 };
        const struct choice whole_only = { .count = 1, .list = whole };
        struct reader *beside = arena_alloc(r->scratch, sizeof *beside);
        struct cells *out = arena_alloc(r->scratch, sizeof *out);

        input->levels = NULL;
        if (!reader_beside(r, input->indicator, beside))
                return work_ok(r->work);
        input->levels = out;
        beside->query = r->query;
        beside->items = input->shares_items ? r->items : whole_only;
        beside->partners = input->shares_partners ? r->partners : whole_only;
        if (!cells_fetch(beside, spots, count, out))
                return false;
        for (size_t i = 0; i < out->count; i++)
                cell_date(beside, &out->list[i]);
        if (input->indicator->additive != ADDITIVE_NONE && !totals_add(beside, spots, count, out))
                return false;
        if (out->count > 1)
                qsort(out->list, out->count, sizeof *out->list, cells_compare_places);
        return work_ok(r->work);
}

static bool has_place(const struct cells *sorted, size_t count, const struct cell *c)
{
        return count > 0 && bsearch(c, sorted->list, count, sizeof *c, cells_compare_places) != NULL;
}

bool cells_compute(struct reader *r, struct spot *spots, size_t count, struct cells *out)
{
        size_t reported = out->count;
        struct cells places = { 0 };

        if (reported > 1)
                qsort(out->list, reported, sizeof *out->list, cells_compare_places);
        for (size_t k = 0; k < r->input_count; k++) {
                const struct cells *levels;

                if (!levels_fetch(r, &r->inputs[k], spots, count))
                        return false;
                levels = r->inputs[k].levels;
                for (size_t i = 0; levels != NULL && i < levels->count; i++) {
                        const struct cell *level = &levels->list[i];

                        if (choice_has(&r->items, level->item) && choice_has(&r->partners, level->partner) && !has_place(out, reported, level))
                                *cell_add(r, &places) = (struct cell){ .unit = level->unit, .item = level->item, .partner = level->partner };
                }
        }
        r->levels_of = r->period;
        if (places.count > 1)
                qsort(places.list, places.count, sizeof *places.list, cells_compare_places);
        for (size_t i = 0; i < places.count; i++) {
                struct cell *c = &places.list[i];
                struct focus focus;
                bool ok;

                if (i > 0 && cells_compare_places(c, c - 1) == 0)
                        continue;
                focus_begin(r, &focus, r->period, c->item, c->partner);
                ok = cell_by_formula(r, c->unit, false, c);
                focus_end(r, &focus);
                if (!ok)
                        return false;
                *cell_add(r, out) = *c;
        }
        return true;
}
