#include <stdlib.h>
#include <string.h>

#include "figure/read_private.h"
#include "stats/apportion.h"

/* ---- cells at hand ------------------------------------------------------------------------------------------ */

int cells_compare_places(const void *a, const void *b)
{
        const struct cell *x = a, *y = b;

        if (x->unit != y->unit)
                return x->unit < y->unit ? -1 : 1;
        if (x->item != y->item)
                return x->item < y->item ? -1 : 1;
        return (x->partner > y->partner) - (x->partner < y->partner);
}

bool cell_at_hand(struct reader *r, const struct unit *u, struct cell *c)
{
        struct cell wanted = { .unit = u };
        const struct cell *found = NULL;

        if (r->at_hand == NULL || r->at_hand->count == 0)
                return false;
        wanted.item = r->items.list[0];
        wanted.partner = r->partners.list[0];
        found = bsearch(&wanted, r->at_hand->list, r->at_hand->count, sizeof wanted, cells_compare_places);
        if (found != NULL)
                *c = *found;
        return found != NULL;
}

/* ---- one unit of that time ------------------------------------------------------------------------------------- */

/* What the asked unit has to do with units of the period's own map. */
struct territory {
        struct reader *reader;
        const struct unit *unit;
        bool is_older;            /* than the units of the period */
        struct unit_part parts[PARTS_MOST];
        size_t count;
};

static const char *no_figure(struct territory *t, const struct unit *u)
{
        struct reader *r = t->reader;

        return arena_print(r->scratch, work_text(r->work, "%s has no complete figure for %s"), note_unit(r, u), note_period(r, r->period));
}

/* A level on its way from an older unit to the asked one, division by division. */
struct descent {
        struct territory *territory;
        day map;
        int64_t part;             /* what has arrived */
        bool has_arrived, is_unknown; /* unknown: a share on the way is not stated */
};

static bool leads_to(const struct catalogue *c, const struct unit *from, const struct unit *to, day map)
{
        struct unit_part parts[PARTS_MOST];
        size_t count = unit_restated(c, from, map, parts, PARTS_MOST), i = 0;

        while (i < count && i < PARTS_MOST && parts[i].unit != to)
                i++;
        return i < count && i < PARTS_MOST;
}

/* Each division is rounded by itself, from what the one before gave: so the parts of a part are that part, on every map between. One step from the
 * first unit to the last would be nearer to the product of the shares, and give the parts of a part another sum than the map before shows. */
static void descend(struct descent *d, const struct unit *unit, int64_t level)
{
        struct reader *r = d->territory->reader;
        const struct unit_change *all[PARTS_MOST];
        int128 parts[PARTS_MOST], sum = 0;
        size_t count = unit_successors(r->catalogue, unit, all, PARTS_MOST), kept = 0;

        if (unit == d->territory->unit) {
                d->has_arrived = true;
                d->part += level; /* parts of one level */
                return;
        }
        for (size_t i = 0; i < count && i < PARTS_MOST; i++)
                if (all[i]->date <= d->map)
                        all[kept++] = all[i];
        for (size_t i = 0; i < kept; i++) {
                d->is_unknown |= all[i]->share_ppm < 0;
                parts[i] = (int128)all[i]->share_ppm * level;
                sum += all[i]->share_ppm;
        }
        if (count > PARTS_MOST || d->is_unknown || sum <= 0 || !apportion(r->scratch, parts, kept, 1, sum, level, parts)) {
                d->is_unknown = true;
                return;
        }
        for (size_t i = 0; i < kept && !d->is_unknown; i++)
                if (leads_to(r->catalogue, all[i]->new, d->territory->unit, d->map))
                        descend(d, all[i]->new, (int64_t)parts[i]); /* no part is further from zero than the level */
}

/* The part of an older unit's level that falls to the asked unit; false and a note. */
static bool level_apportion(struct territory *t, const struct unit_part *p, int64_t level, int64_t *part, const char **note)
{
        struct reader *r = t->reader;
        struct descent d = { .territory = t, .map = is_on_map(t->unit, r->boundary_day) ? r->boundary_day : t->unit->from };

        descend(&d, p->unit, level);
        *part = d.part;
        if (d.is_unknown || !d.has_arrived)
                *note = arena_print(r->scratch, work_text(r->work, "only a part of %s belongs to %s, its share is not known"),
                                    note_unit(r, p->unit), note_unit(r, t->unit));
        return !d.is_unknown && d.has_arrived;
}

/* Whether a newer unit lies wholly in the asked older one. */
static bool is_within_older(struct territory *t, const struct unit *newer)
{
        struct unit_part back[2];

        return unit_restated(t->reader->catalogue, newer, t->unit->to, back, 2) == 1 && back[0].unit == t->unit;
}

/* What can be said against taking a part's figures: NULL where nothing can. Shares are looked at when they are needed. */
static const char *objection(struct territory *t, const struct unit_part *p)
{
        struct reader *r = t->reader;

        if (!t->is_older || is_within_older(t, p->unit))
                return NULL;
        return arena_print(r->scratch, work_text(r->work, "%s was made of several units, and what part of its figures is that of %s is not known"),
                           note_unit(r, p->unit), note_unit(r, t->unit));
}

/* The name of a change's basis: "60 % (population on …)". */
static const char *share_told(struct territory *t, const struct unit_part *p)
{
        struct reader *r = t->reader;
        const struct unit_change *list[PARTS_MOST];
        size_t n = unit_successors(r->catalogue, p->unit, list, PARTS_MOST);
        const char *basis = "";
        char share[DECIMAL_TEXT_MAX];

        for (size_t i = 0; i < n && i < PARTS_MOST && *basis == '\0'; i++)
                basis = list[i]->basis;
        decimal_write_shown(share, p->share, 16, p->share % (PART_WHOLE / 100) == 0 ? 0 : 2, r->work->language);
        return arena_print(r->scratch, work_text(r->work, "estimated: %s%% of %s by stated shares (%s)"), share, note_unit(r, p->unit), basis);
}

/* ---- levels ---------------------------------------------------------------------------------------------------------- */

static bool levels_add_up(struct territory *t, struct cell *c)
{
        struct reader *r = t->reader;
        struct stats_sum sum = { 0 };
        int64_t status = STATUS_PUBLISHED;
        const struct unit_part *shared = NULL;
        const struct cell none = { 0 };
        struct cell part = none;

        for (size_t i = 0; i < t->count; i++) {
                int64_t level;

                part = none;
                c->note = objection(t, &t->parts[i]);
                if (c->note != NULL)
                        return true;
                if (!cell_find(r, t->parts[i].unit, &part))
                        return false;
                if (!part.has_value || part.total_of < part.total_expected || part.is_of_before) {
                        c->note = part.is_of_before ? part.note : no_figure(t, t->parts[i].unit);
                        return true;
                }
                level = part.value;
                if (!t->is_older && !t->parts[i].is_exact) {
                        if (!level_apportion(t, &t->parts[i], part.value, &level, &c->note))
                                return true;
                        shared = &t->parts[i];
                }
                stats_sum_add(&sum, level);
                if (part.status < status)
                        status = part.status;
                if (part.mark == MARK_ESTIMATE)
                        c->mark = MARK_ESTIMATE;
                if (part.known_from > c->known_from)
                        c->known_from = part.known_from;
        }
        c->has_value = stats_sum_value(&sum, &c->value);
        c->status = status;
        if (!c->has_value) {
                c->note = work_text(r->work, "the sum is beyond 64 bits");
        } else if (shared != NULL) {
                c->mark = MARK_ESTIMATE;
                c->note = share_told(t, shared);
        } else if (t->count > 1) {
                c->note = arena_print(r->scratch, work_text(r->work, "sum of the %zu units of that time"), t->count);
        } else { /* the same territory under a new name */
                c->entry = part.entry;
                c->mark = part.mark;
        }
        return true;
}

/* ---- indices and rates ------------------------------------------------------------------------------------------------- */

static const char *weights_name(struct reader *r, const struct indicator *weights)
{
        return r->work->language == LANGUAGE_VI ? weights->short_vi : weights->short_en;
}

static period weights_period(const struct indicator *i, period p)
{
        return i->weights_at == WEIGHTS_YEAR_BEFORE ? period_year_before(p) : i->weights_at == WEIGHTS_PERIOD_BEFORE ? period_plus(p, -1) : p;
}

/* The mean of the parts' rates, weighted by their levels. */
static bool rate_by_weights(struct territory *t, struct cell *c)
{
        struct reader *r = t->reader, *beside = arena_alloc(r->scratch, sizeof *beside);
        const struct indicator *i = r->indicator, *weights = indicator_find(r->catalogue, i->weights);
        bool has_weights = weights != NULL && reader_beside(r, weights, beside);
        period at = weights_period(i, r->period);
        int128 up = 0, down = 0;

        c->status = STATUS_PUBLISHED;
        for (size_t n = 0; n < t->count; n++) {
                struct cell rate = { 0 }, weight = { 0 };
                int128 product;

                if (!cell_find(r, t->parts[n].unit, &rate) ||
                    (has_weights && !value_at(beside, t->parts[n].unit, at, r->items.list[0], r->partners.list[0], &weight)))
                        return false;
                if (!rate.has_value || rate.is_of_before || weight.is_of_before) {
                        c->note = rate.is_of_before ? rate.note : weight.is_of_before ? weight.note : no_figure(t, t->parts[n].unit);
                        return true;
                }
                if (!weight.has_value || weight.value <= 0) {
                        c->note = arena_print(r->scratch, work_text(r->work, "not comparable: missing the weight (%s) of %s for %s"),
                                              weights == NULL ? i->weights : weights_name(r, weights), note_unit(r, t->parts[n].unit), note_period(r, at));
                        return true;
                }
                if (__builtin_mul_overflow((int128)rate.value, (int128)weight.value, &product) || __builtin_add_overflow(up, product, &up)) {
                        c->note = work_text(r->work, "the sum is beyond 64 bits");
                        return true;
                }
                down += weight.value;
                if (rate.known_from > c->known_from)
                        c->known_from = rate.known_from;
                if (rate.status < c->status)
                        c->status = rate.status;
                if (rate.mark == MARK_ESTIMATE)
                        c->mark = MARK_ESTIMATE;
        }
        c->has_value = decimal_narrow(decimal_divide(up, down), &c->value); /* it lies between the rates */
        c->note = arena_print(r->scratch, work_text(r->work, "mean of the %zu units of that time, weighted by %s"), t->count, weights_name(r, weights));
        return true;
}

/* A rate carries over where the territory is the same; else it is computed anew. */
static bool rate_restate(struct territory *t, struct cell *c)
{
        struct reader *r = t->reader;

        for (size_t i = 0; i < t->count; i++) {
                c->note = objection(t, &t->parts[i]);
                if (c->note != NULL)
                        return true;
        }
        if (t->count == 1 && (t->is_older || t->parts[0].is_exact)) {
                struct cell same = { 0 };

                if (!cell_find(r, t->parts[0].unit, &same))
                        return false;
                if (same.has_value)
                        *c = same;
                else
                        c->note = no_figure(t, t->parts[0].unit);
                return true;
        }
        if (*r->indicator->formula != '\0')
                return cell_by_formula(r, t->unit, true, c);
        for (size_t i = 0; i < t->count; i++)
                if (!t->is_older && !t->parts[i].is_exact) {
                        c->note = arena_print(r->scratch, work_text(r->work, "not comparable: %s was a part of %s, and an index or rate of a part is not known"),
                                              note_unit(r, t->unit), note_unit(r, t->parts[i].unit));
                        return true;
                }
        if (*r->indicator->weights != '\0')
                return rate_by_weights(t, c);
        c->note = arena_print(r->scratch, work_text(r->work, "not comparable: %s was %zu units in %s; indices and rates are not added up, and their weights are not known"),
                              note_unit(r, t->unit), t->count, note_period(r, r->period));
        return true;
}

bool cell_restate(struct reader *r, const struct unit *u, struct cell *c)
{
        struct territory *t = arena_alloc(r->scratch, sizeof *t);

        t->reader = r;
        t->unit = u;
        t->is_older = r->on > u->to;
        t->count = unit_restated(r->catalogue, u, r->on, t->parts, PARTS_MOST);
        if (t->count == 0 || t->count > PARTS_MOST) {
                c->note = arena_print(r->scratch, work_text(r->work, "%s did not exist in %s"), note_unit(r, u), note_period(r, r->period));
                return true;
        }
        if (!(r->indicator->additive == ADDITIVE_NONE ? rate_restate(t, c) : levels_add_up(t, c)))
                return false;
        if (!c->has_value)
                c->status = c->mark = 0;
        return true;
}
