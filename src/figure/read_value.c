#include "figure/read_private.h"

static const char *period_shown(struct reader *r, period p)
{
        char text[64];

        period_write_said(text, sizeof text, p, r->work->language);
        return arena_text(r->scratch, text);
}

static const char *unit_shown(struct reader *r, const struct unit *u)
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
        struct spot s = spot_of(r, u);
        struct cells found = { 0 };

        if (!work_ok(r->work) || !cells_fetch_points(r, &s, 1, &found))
                return false;
        if (found.count == 0 && r->indicator->additive != ADDITIVE_NONE && !totals_add(r, &s, 0, &found))
                return false;
        if (found.count > 0)
                *c = found.list[0];
        return work_ok(r->work);
}

bool cell_restate(struct reader *r, const struct unit *u, struct cell *c)
{
        struct unit_part parts[128];
        size_t count = unit_restated(r->catalogue, u, r->on, parts, sizeof parts / sizeof *parts);
        struct stats_sum sum = { 0 };
        int64_t status = STATUS_PUBLISHED;

        if (count == 0 || count > sizeof parts / sizeof *parts) {
                c->note = arena_print(r->scratch, work_text(r->work, "%s did not exist in %s"), unit_shown(r, u),
                                      period_shown(r, r->period));
                return true;
        }
        for (size_t i = 0; i < count; i++) {
                struct cell part = { 0 };

                if (!parts[i].is_exact) {
                        c->note = arena_print(r->scratch,
                                              work_text(r->work, "only a part of %s belongs to %s, its share is not known"),
                                              unit_shown(r, parts[i].unit), unit_shown(r, u));
                        return true;
                }
                if (count > 1 && r->indicator->additive == ADDITIVE_NONE) {
                        c->note = arena_print(r->scratch,
                                              work_text(r->work, "%s was %zu units in %s, and their figures cannot be added"),
                                              unit_shown(r, u), count, period_shown(r, r->period));
                        return true;
                }
                if (!cell_find(r, parts[i].unit, &part))
                        return false;
                if (!part.has_value || part.total_of < part.total_expected) {
                        c->note = arena_print(r->scratch, work_text(r->work, "%s has no complete figure for %s"),
                                              unit_shown(r, parts[i].unit), period_shown(r, r->period));
                        return true;
                }
                stats_sum_add(&sum, part.value);
                if (part.status < status)
                        status = part.status;
                if (part.known_from > c->known_from)
                        c->known_from = part.known_from;
        }
        c->has_value = stats_sum_value(&sum, &c->value);
        c->status = status;
        if (!c->has_value)
                c->note = work_text(r->work, "the sum is beyond 64 bits");
        else if (count > 1)
                c->note = arena_print(r->scratch, work_text(r->work, "sum of the %zu units of that time"), count);
        return true;
}

bool value_at(struct reader *r, const struct unit *u, period p, int64_t item, int64_t partner, struct cell *c)
{
        struct focus focus;
        bool ok;

        *c = (struct cell){ .unit = u, .item = item, .partner = partner };
        focus_begin(r, &focus, p, item, partner);
        ok = is_on_map(u, r->on) ? cell_find(r, u, c) : cell_restate(r, u, c);
        focus_end(r, &focus);
        if (!ok)
                return false;
        if (c->has_value && c->total_of < c->total_expected) {
                c->has_value = false;
                c->note = arena_print(r->scratch, work_text(r->work, "for %s only %d of %d units have reported"),
                                      period_shown(r, p), c->total_of, c->total_expected);
        }
        if (!c->has_value && c->note == NULL)
                c->note = arena_print(r->scratch, work_text(r->work, "there is no figure for %s"), period_shown(r, p));
        return true;
}
