#include <stdlib.h>

#include "figure/read_private.h"

const char *note_period(struct reader *r, period p)
{
        char text[64];

        period_write_said(text, sizeof text, p, r->work->language);
        return arena_text(r->scratch, text);
}

const char *note_unit(struct reader *r, const struct unit *u)
{
        return r->work->language == LANGUAGE_VI ? u->name_vi : u->name_en;
}

void focus_begin(struct reader *r, struct focus *f, period p, int64_t item, int64_t partner)
{
        *f = (struct focus){ r->period, r->on, r->items, r->partners, item, partner };
        r->period = p;
        r->on = period_last(p);
        r->items = (struct choice){ .count = 1, .list = &f->item };
        r->partners = (struct choice){ .count = 1, .list = &f->partner };
}

void focus_end(struct reader *r, const struct focus *f)
{
        r->period = f->period;
        r->on = f->on;
        r->items = f->items;
        r->partners = f->partners;
}

bool cell_find(struct reader *r, const struct unit *u, struct cell *c)
{
        struct cell one; /* most units have one or none: a list in scratch for each would fill it */
        struct cells found = { &one, 0, 1 };
        struct spot s;

        if (cell_at_hand(r, u, c))
                return true;
        s = spot_of(r, u);
        if (!work_ok(r->work) || !cells_fetch_points(r, &s, 1, &found))
                return false;
        if (found.count == 0 && r->indicator->additive != ADDITIVE_NONE && !totals_add(r, &s, 1, &found))
                return false;
        if (found.count > 0)
                *c = found.list[0];
        else if (is_computed(r))
                return cell_by_formula(r, u, false, c);
        return work_ok(r->work);
}

/* A part alone is no value; where there is none it is said. */
static void value_settle(struct reader *r, period p, struct cell *c)
{
        if (c->has_value && c->total_of < c->total_expected) {
                c->has_value = false;
                c->note = arena_print(r->scratch, work_text(r->work, "for %s only %d of %d units have reported"),
                                      note_period(r, p), c->total_of, c->total_expected);
        }
        if (!c->has_value && c->note == NULL)
                c->note = arena_print(r->scratch, work_text(r->work, "there is no figure for %s"), note_period(r, p));
}

bool value_at(struct reader *r, const struct unit *u, period p, int64_t item, int64_t partner, struct cell *c)
{
        struct focus focus;
        bool ok;

        *c = (struct cell){ .unit = u, .item = item, .partner = partner };
        focus_begin(r, &focus, p, item, partner);
        ok = is_on_map(u, r->on) ? cell_find(r, u, c) : cell_restate(r, u, c);
        focus_end(r, &focus);
        if (ok)
                value_settle(r, p, c);
        return ok;
}

bool values_below(struct reader *r, const struct unit *u, period p, struct cell *const *cells, size_t count)
{
        struct cells found = { 0 };
        struct focus focus;
        struct spot s;
        bool ok = true;

        if (count == 1 || is_computed(r) || !is_on_map(u, period_last(p))) {
                for (size_t i = 0; i < count && ok; i++)
                        ok = value_at(r, u, p, cells[i]->item, cells[i]->partner, cells[i]);
                return ok;
        }
        if (r->indicator->additive != ADDITIVE_NONE) {
                focus_begin(r, &focus, p, 0, 0);
                r->items = (struct choice){ .list = arena_array(r->scratch, count, sizeof *r->items.list), .count = count };
                r->partners = (struct choice){ .list = arena_array(r->scratch, count, sizeof *r->partners.list), .count = count };
                for (size_t i = 0; i < count; i++) {
                        r->items.list[i] = cells[i]->item;
                        r->partners.list[i] = cells[i]->partner;
                }
                choice_sort(&r->items);
                choice_sort(&r->partners);
                s = spot_of(r, u);
                ok = work_ok(r->work) && totals_add(r, &s, 1, &found);
                focus_end(r, &focus);
        }
        if (found.count > 1)
                qsort(found.list, found.count, sizeof *found.list, cells_compare_places);
        for (size_t i = 0; i < count && ok; i++) {
                const struct cell *c = found.count == 0 ? NULL : bsearch(cells[i], found.list, found.count, sizeof *c, cells_compare_places);

                if (c != NULL)
                        *cells[i] = *c;
                value_settle(r, p, cells[i]);
        }
        return ok;
}
