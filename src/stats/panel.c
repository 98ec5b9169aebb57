#include "stats/panel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"

#define MISSING INT64_MIN
#define SAFE_LINES 1000 /* so many quantities add up inside 64 bits */

struct panel_private {
        struct arena *arena;
        const int32_t *unit;
        size_t *group;          /* [area * products + product]: first line; one more at the end */
        int32_t *missing;       /* [line] months asked and not reported */
        int64_t *next;          /* [line] another line of the same establishment and product; -1 */
        int64_t *slot;          /* open addressing by establishment and product: line + 1 */
        size_t mask;            /* slots, a power of two, less one */
        bool *is_unsure;        /* [group] some month of it is unknown */
        uint64_t *imputed;      /* a bit for each line and month */
        uint64_t *unknown;      /* a bit for each group and month */
        int128 **up, **down;    /* [product] movement in the country, by month; NULL until asked for */
        bool *has_movement;     /* [product] whether it stands there */
        bool is_complete;
        int32_t lapse_months;
};

const char *panel_fault_text(enum panel_fault fault)
{
        static const char *const texts[] = {
                [PANEL_OK] = "",
                [PANEL_NOT_ASKED] = N_("the establishment is not in the sample for this product in this month"),
                [PANEL_TWICE] = N_("the establishment has this product twice in one month"),
                [PANEL_UNIT] = N_("the unit of measure is not that of the product; quantities are never converted in silence"),
                [PANEL_NEGATIVE] = N_("a quantity is below zero"),
                [PANEL_TOO_LARGE] = N_("a quantity is larger than can be added up"),
                [PANEL_MONTHS] = N_("the months asked end before they begin or lie outside the table"),
                [PANEL_NO_SUCH] = N_("there is no such area or product"),
        };

        return texts[fault];
}

static bool bit(const uint64_t *bits, size_t n)
{
        return (bits[n / 64] >> (n % 64)) & 1;
}

static void set_bit(uint64_t *bits, size_t n)
{
        bits[n / 64] |= (uint64_t)1 << (n % 64);
}

static void clear_bit(uint64_t *bits, size_t n)
{
        bits[n / 64] &= ~((uint64_t)1 << (n % 64));
}

struct placed {
        struct panel_line line;
        size_t which; /* as given */
};

static int by_place(const void *a, const void *b)
{
        const struct panel_line *x = &((const struct placed *)a)->line, *y = &((const struct placed *)b)->line;

        if (x->area != y->area)
                return x->area < y->area ? -1 : 1;
        if (x->product != y->product)
                return x->product < y->product ? -1 : 1;
        if (x->establishment != y->establishment)
                return x->establishment < y->establishment ? -1 : 1;
        return (x->from > y->from) - (x->from < y->from);
}

/* Where the first line of an establishment and product stands, or would stand. */
static int64_t *line_slot(const struct panel *p, int32_t establishment, int32_t product)
{
        const struct panel_private *own = p->private;
        uint64_t hash = ((uint64_t)(uint32_t)establishment << 32 | (uint32_t)product) * 0x9e3779b97f4a7c15u;

        for (size_t i = (size_t)(hash ^ hash >> 29) & own->mask;; i = (i + 1) & own->mask) {
                const struct panel_line *l = &p->line[own->slot[i] - 1];

                if (own->slot[i] == 0 || (l->establishment == establishment && l->product == product))
                        return &own->slot[i];
        }
}

/* Chain the lines of one establishment and product; their months must not overlap. */
static bool link_line(struct panel *p, size_t i)
{
        int64_t *slot = line_slot(p, p->line[i].establishment, p->line[i].product);

        for (int64_t other = *slot - 1; other >= 0; other = p->private->next[other])
                if (p->line[other].from <= p->line[i].to && p->line[i].from <= p->line[other].to)
                        return false;
        p->private->next[i] = *slot - 1;
        *slot = (int64_t)i + 1;
        return true;
}

static enum panel_fault line_fault(const struct panel *p, const struct panel_line *l)
{
        if (l->area < 0 || l->area >= p->areas || l->product < 0 || l->product >= p->products)
                return PANEL_NO_SUCH;
        return l->from < 0 || l->to < l->from || l->to >= p->months ? PANEL_MONTHS : PANEL_OK;
}

static void expect_line(struct panel *p, size_t i)
{
        const struct panel_line *l = &p->line[i];
        int64_t *q = p->quantity + i * (size_t)p->months;

        for (int32_t t = l->from; t <= l->to; t++) {
                q[t] = MISSING;
                p->tally[l->area * p->months + t].expected++;
                p->tally[p->areas * p->months + t].expected++;
        }
        p->private->missing[i] = l->to - l->from + 1;
}

struct panel *panel_open(struct arena *arena, int32_t months, int32_t areas, int32_t products, const int32_t *unit,
                         const struct panel_line *line, size_t count, enum panel_fault *fault, size_t *which)
{
        struct panel *p = arena_alloc(arena, sizeof *p);
        struct panel_private *own = p->private = arena_alloc(arena, sizeof *own);
        size_t groups = (size_t)areas * (size_t)products, cells = count * (size_t)months, at = 0;
        struct placed *order = calloc(count + 1, sizeof *order);
        struct panel_line *sorted = arena_array(arena, count + 1, sizeof *sorted);

        if (order == NULL)
                arena_starve(arena);
        *p = (struct panel){ .months = months, .areas = areas, .products = products, .count = count, .line = sorted, .private = own };
        for (size_t i = 0; i < count; i++) {
                order[i] = (struct placed){ .line = line[i], .which = i };
                *fault = line_fault(p, &line[i]);
                if (*fault != PANEL_OK) {
                        *which = i;
                        free(order);
                        return NULL;
                }
        }
        qsort(order, count, sizeof *order, by_place);
        own->arena = arena;
        for (own->mask = 15; own->mask < 2 * count; own->mask = 2 * own->mask + 1)
                ;
        own->slot = arena_array(arena, own->mask + 1, sizeof *own->slot);
        own->unit = unit;
        own->next = arena_array(arena, count + 1, sizeof *own->next);
        for (size_t i = 0; i < count; i++) {
                sorted[i] = order[i].line;
                if (!link_line(p, i)) {
                        *fault = PANEL_TWICE;
                        *which = order[i].which;
                        free(order);
                        return NULL;
                }
        }
        free(order);
        own->group = arena_array(arena, groups + 1, sizeof *own->group);
        for (size_t g = 0; g <= groups; g++) {
                while (at < count && (size_t)sorted[at].area * (size_t)products + (size_t)sorted[at].product < g)
                        at++;
                own->group[g] = at;
        }
        own->missing = arena_array(arena, count + 1, sizeof *own->missing);
        own->imputed = arena_array(arena, cells / 64 + 1, sizeof *own->imputed);
        own->unknown = arena_array(arena, groups * (size_t)months / 64 + 1, sizeof *own->unknown);
        own->is_unsure = arena_array(arena, groups + 1, sizeof *own->is_unsure);
        own->up = arena_array(arena, (size_t)products + 1, sizeof *own->up);
        own->down = arena_array(arena, (size_t)products + 1, sizeof *own->down);
        own->has_movement = arena_array(arena, (size_t)products + 1, sizeof *own->has_movement);
        p->tally = arena_array(arena, (size_t)(areas + 1) * (size_t)months, sizeof *p->tally);
        p->quantity = arena_array(arena, cells + 1, sizeof *p->quantity);
        for (size_t i = 0; i < count; i++)
                expect_line(p, i);
        *fault = PANEL_OK;
        return p;
}

int64_t panel_find(const struct panel *p, int32_t establishment, int32_t product, int32_t month)
{
        for (int64_t i = *line_slot(p, establishment, product) - 1; i >= 0; i = p->private->next[i])
                if (p->line[i].from <= month && month <= p->line[i].to)
                        return i;
        return -1;
}

static enum panel_fault report_fault(const struct panel *p, int64_t line, int32_t month, int64_t quantity, int32_t unit)
{
        if (line < 0 || (size_t)line >= p->count || month < p->line[line].from || month > p->line[line].to)
                return PANEL_NOT_ASKED;
        if (unit != p->private->unit[p->line[line].product])
                return PANEL_UNIT;
        if (quantity < 0)
                return PANEL_NEGATIVE;
        return quantity > PANEL_QUANTITY_MAX ? PANEL_TOO_LARGE : PANEL_OK;
}

static void take_report(struct panel *p, int64_t line, int32_t month, int64_t quantity)
{
        p->quantity[(size_t)line * (size_t)p->months + (size_t)month] = quantity;
        p->private->missing[line]--;
        p->tally[p->line[line].area * p->months + month].reported++;
        p->tally[p->areas * p->months + month].reported++;
}

enum panel_fault panel_put(struct panel *p, int64_t line, int32_t month, int64_t quantity, int32_t unit)
{
        enum panel_fault fault = report_fault(p, line, month, quantity, unit);

        assert(!p->private->is_complete);
        if (fault == PANEL_OK && p->quantity[(size_t)line * (size_t)p->months + (size_t)month] != MISSING)
                fault = PANEL_TWICE;
        if (fault == PANEL_OK)
                take_report(p, line, month, quantity);
        return fault;
}

void panel_group(const struct panel *p, int32_t area, int32_t product, size_t *from, size_t *to)
{
        size_t g = (size_t)area * (size_t)p->products + (size_t)product;

        *from = p->private->group[g];
        *to = p->private->group[g + 1];
}

bool panel_is_imputed(const struct panel *p, size_t line, int32_t month)
{
        return bit(p->private->imputed, line * (size_t)p->months + (size_t)month);
}

/* ---- completing ------------------------------------------------------------------------------ */

static bool is_reported(const struct panel *p, size_t line, int32_t t)
{
        const struct panel_line *l = &p->line[line];

        return t >= l->from && t <= l->to && p->quantity[line * (size_t)p->months + (size_t)t] != MISSING &&
               !panel_is_imputed(p, line, t);
}

/* Add to up[t] / down[t] what the lines of a group that reported both months did from t-1 to t; any[t]: whether one
 * reported t. */
static void add_movement(const struct panel *p, size_t from, size_t to, int128 *up, int128 *down, bool *any)
{
        for (size_t i = from; i < to; i++) {
                const int64_t *q = p->quantity + i * (size_t)p->months;
                bool before = false;

                for (int32_t t = p->line[i].from; t <= p->line[i].to; t++) {
                        bool now = is_reported(p, i, t);

                        if (now && any != NULL)
                                any[t] = true;
                        if (now && before) {
                                up[t] += q[t];
                                down[t] += q[t - 1];
                        }
                        before = now;
                }
        }
}

/* The movement of a product in the country, made when first asked for. What was completed meanwhile is marked and does not count,
 * so it is the same whenever it is made. */
static void country_movement(struct panel *p, int32_t product)
{
        struct panel_private *own = p->private;
        size_t from, to;

        if (own->has_movement[product])
                return;
        own->has_movement[product] = true;
        if (own->up[product] == NULL) {
                own->up[product] = arena_array(own->arena, (size_t)p->months, sizeof **own->up);
                own->down[product] = arena_array(own->arena, (size_t)p->months, sizeof **own->down);
        }
        memset(own->up[product], 0, (size_t)p->months * sizeof **own->up);
        memset(own->down[product], 0, (size_t)p->months * sizeof **own->down);
        for (int32_t area = 0; area < p->areas; area++) {
                panel_group(p, area, product, &from, &to);
                add_movement(p, from, to, own->up[product], own->down[product], NULL);
        }
}

struct movement {
        int128 *up, *down;
        bool *any; /* somebody reported the product in the area */
};

/* What a missing quantity is taken to be; *is_unknown: only because something must stand there. */
static int64_t estimate(struct panel *p, const struct panel_line *l, const struct movement *m, int32_t t, int64_t before,
                        bool *is_unknown)
{
        struct panel_private *own = p->private;
        int64_t result;

        *is_unknown = false;
        if (m->down[t] > 0 && decimal_narrow(decimal_divide(before * m->up[t], m->down[t]), &result) && result <= PANEL_QUANTITY_MAX)
                return result;
        country_movement(p, l->product);
        if (own->down[l->product][t] > 0 &&
            decimal_narrow(decimal_divide(before * own->up[l->product][t], own->down[l->product][t]), &result) &&
            result <= PANEL_QUANTITY_MAX)
                return result;
        *is_unknown = !m->any[t];
        return before;
}

/* Visit the missing months of a line: count them by kind, times is 1, and complete them; or, -1, take both back. */
static void complete_line(struct panel *p, size_t i, const struct movement *m, size_t group, int32_t times)
{
        const struct panel_line *l = &p->line[i];
        int64_t *q = p->quantity + i * (size_t)p->months;
        int32_t run = 0;
        bool is_founded = false, is_unknown;

        for (int32_t t = l->from; t <= l->to; t++) {
                struct panel_tally *here = &p->tally[l->area * p->months + t], *country = &p->tally[p->areas * p->months + t];

                if (q[t] != MISSING && !panel_is_imputed(p, i, t)) {
                        is_founded = true;
                        run = 0;
                        continue;
                }
                if (times < 0)
                        clear_bit(p->private->imputed, i * (size_t)p->months + (size_t)t);
                else
                        set_bit(p->private->imputed, i * (size_t)p->months + (size_t)t);
                if (!is_founded) {
                        q[t] = 0;
                        here->unfounded += times;
                        country->unfounded += times;
                } else if (run >= p->private->lapse_months) {
                        q[t] = 0;
                        here->lapsed += times;
                        country->lapsed += times;
                } else {
                        here->imputed += times;
                        country->imputed += times;
                        run++;
                        if (times > 0)
                                q[t] = estimate(p, l, m, t, q[t - 1], &is_unknown);
                        if (times > 0 && is_unknown) {
                                p->private->is_unsure[group] = true;
                                set_bit(p->private->unknown, group * (size_t)p->months + (size_t)t);
                        }
                }
                if (times < 0) {
                        q[t] = MISSING;
                        clear_bit(p->private->unknown, group * (size_t)p->months + (size_t)t);
                }
        }
}

static struct movement movement_space(const struct panel *p)
{
        size_t months = (size_t)p->months;
        struct arena *arena = p->private->arena;

        return (struct movement){ arena_array(arena, months, sizeof(int128)), arena_array(arena, months, sizeof(int128)),
                                  arena_array(arena, months, sizeof(bool)) };
}

static void complete_group(struct panel *p, size_t g, struct movement *m)
{
        struct panel_private *own = p->private;
        size_t months = (size_t)p->months;
        bool is_whole = true;

        for (size_t i = own->group[g]; i < own->group[g + 1]; i++)
                is_whole = is_whole && own->missing[i] == 0;
        if (is_whole)
                return;
        memset(m->up, 0, months * sizeof *m->up);
        memset(m->down, 0, months * sizeof *m->down);
        memset(m->any, 0, months * sizeof *m->any);
        add_movement(p, own->group[g], own->group[g + 1], m->up, m->down, m->any);
        for (size_t i = own->group[g]; i < own->group[g + 1]; i++)
                if (own->missing[i] > 0)
                        complete_line(p, i, m, g, 1);
}

void panel_complete(struct panel *p, int32_t lapse_months)
{
        struct movement m = movement_space(p);

        assert(!p->private->is_complete);
        p->private->is_complete = true;
        p->private->lapse_months = lapse_months;
        for (size_t g = 0; g < (size_t)p->areas * (size_t)p->products; g++)
                complete_group(p, g, &m);
}

enum panel_fault panel_amend(struct panel *p, int64_t line, int32_t month, int64_t quantity, int32_t unit)
{
        struct panel_private *own = p->private;
        enum panel_fault fault = report_fault(p, line, month, quantity, unit);
        size_t products = (size_t)p->products, groups = (size_t)p->areas * products, cell;
        struct movement m;

        assert(own->is_complete);
        if (fault != PANEL_OK)
                return fault;
        for (size_t g = (size_t)p->line[line].product; g < groups; g += products)
                for (size_t i = own->group[g]; i < own->group[g + 1]; i++)
                        if (own->missing[i] > 0)
                                complete_line(p, i, NULL, g, -1);
        own->has_movement[p->line[line].product] = false;
        cell = (size_t)line * (size_t)p->months + (size_t)month;
        if (p->quantity[cell] == MISSING)
                take_report(p, line, month, quantity);
        else
                p->quantity[cell] = quantity;
        m = movement_space(p);
        for (size_t g = (size_t)p->line[line].product; g < groups; g += products)
                complete_group(p, g, &m);
        return PANEL_OK;
}

/* ---- adding up -------------------------------------------------------------------------------- */

/* Sums over the months of one product. Quantities are added in 64 bits, SAFE_LINES of them at most, then in 128. */
struct sums {
        int128 *total, *imputed;
        int64_t *part;
        size_t lines;            /* in part */
        bool is_known;           /* a group with lines knew all months */
        int32_t from;            /* first month in which somebody is asked */
        bool *is_known_in, *is_unknown_in;
};

static void flush(struct sums *s, size_t months)
{
        for (size_t t = 0; t < months; t++) {
                s->total[t] += s->part[t];
                s->part[t] = 0;
        }
        s->lines = 0;
}

static void add_line(int64_t *restrict part, const int64_t *restrict q, size_t months)
{
        for (size_t t = 0; t < months; t++)
                part[t] += q[t];
}

static void add_imputed(const struct panel *p, size_t i, int128 *imputed)
{
        for (int32_t t = p->line[i].from; t <= p->line[i].to; t++)
                if (panel_is_imputed(p, i, t))
                        imputed[t] += p->quantity[i * (size_t)p->months + (size_t)t];
}

static void add_group(const struct panel *p, size_t group, struct sums *s, bool with_imputed)
{
        const struct panel_private *own = p->private;
        size_t months = (size_t)p->months;

        for (size_t i = own->group[group]; i < own->group[group + 1]; i++) {
                if (s->lines == SAFE_LINES)
                        flush(s, months);
                s->lines++;
                if (p->line[i].from < s->from)
                        s->from = p->line[i].from;
                add_line(s->part, p->quantity + i * months, months);
                if (with_imputed && own->missing[i] > 0)
                        add_imputed(p, i, s->imputed);
        }
        if (own->group[group] == own->group[group + 1])
                return;
        if (!own->is_unsure[group])
                s->is_known = true;
        for (size_t t = 0; own->is_unsure[group] && t < months; t++) {
                bool is_unknown = bit(own->unknown, group * months + t);

                s->is_unknown_in[t] |= is_unknown;
                s->is_known_in[t] |= !is_unknown;
        }
}

static bool close_product(const struct panel *p, int32_t area, int32_t product, const struct sums *s, int64_t *out, int64_t *imputed,
                          struct error *e)
{
        for (int32_t t = 0; t < p->months; t++) {
                const struct panel_tally *tally = &p->tally[area * p->months + t];
                bool is_dark = tally->expected > 0 && tally->reported == 0;

                if (is_dark || t < s->from || (s->is_unknown_in[t] && !s->is_known && !s->is_known_in[t]))
                        out[t] = OUTPUT_UNKNOWN;
                else if (!decimal_narrow(s->total[t], &out[t]))
                        return error_set(e, ERR_INVALID, "the output of product number %d in month number %d does not fit into 64 bits",
                                         product, t);
                if (imputed != NULL && !decimal_narrow(s->imputed[t], &imputed[t]))
                        imputed[t] = INT64_MAX; /* then the total above it was refused or is not known */
        }
        return true;
}

/* Space for sums over months, in one piece. */
static bool sums_open(struct sums *s, size_t months, struct error *e)
{
        s->total = calloc(2 * months + 1, sizeof *s->total);
        s->part = calloc(months + 1, sizeof *s->part);
        s->is_known_in = calloc(2 * months + 1, sizeof *s->is_known_in);
        if (s->total == NULL || s->part == NULL || s->is_known_in == NULL)
                return error_set(e, ERR_ENVIRONMENT, "no memory for adding up %zu months", months);
        s->imputed = s->total + months;
        s->is_unknown_in = s->is_known_in + months;
        return true;
}

static void sums_close(struct sums *s)
{
        free(s->total);
        free(s->part);
        free(s->is_known_in);
}

static bool add_product(const struct panel *p, int32_t area, int32_t product, struct sums *s, int64_t *out, int64_t *imputed, struct error *e)
{
        int32_t first = area == p->areas ? 0 : area, last = area == p->areas ? p->areas - 1 : area;
        size_t months = (size_t)p->months;

        memset(s->total, 0, 2 * months * sizeof *s->total);
        memset(s->is_known_in, 0, 2 * months * sizeof *s->is_known_in);
        s->is_known = false;
        s->from = p->months;
        for (int32_t a = first; a <= last; a++)
                add_group(p, (size_t)a * (size_t)p->products + (size_t)product, s, imputed != NULL);
        flush(s, months);
        return close_product(p, area, product, s, out, imputed, e);
}

bool panel_output_product(const struct panel *p, int32_t area, int32_t product, int64_t *out, int64_t *imputed, struct error *e)
{
        struct sums s = { 0 };
        bool ok = (assert(p->private->is_complete), sums_open(&s, (size_t)p->months, e)) && add_product(p, area, product, &s, out, imputed, e);

        sums_close(&s);
        return ok;
}

bool panel_output(const struct panel *p, int32_t area, int64_t *out, int64_t *imputed, struct error *e)
{
        struct sums s = { 0 };
        bool ok = (assert(p->private->is_complete), sums_open(&s, (size_t)p->months, e));

        for (int32_t product = 0; ok && product < p->products; product++) {
                size_t base = (size_t)product * (size_t)p->months;

                ok = add_product(p, area, product, &s, out + base, imputed == NULL ? NULL : imputed + base, e);
        }
        sums_close(&s);
        return ok;
}
