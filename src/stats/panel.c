#include "stats/panel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"

#define MISSING INT64_MIN
#define SAFE_LINES 1000 /* so many quantities add up inside 64 bits */

/* What the lines of an area and product make together. */
struct output {
        int32_t from; /* first month in which something is known; months: nothing is */
        int128 *sum;  /* [month], once completed; NULL: no lines */
};

/* What was reported elsewhere last, before a line, and months of silence since; MISSING: nothing. */
struct came { int64_t quantity; int32_t silent; };

struct panel_private {
        struct arena *arena;
        const int32_t *unit;
        size_t *group;          /* [area * products + product]: first line; one more at the end */
        int32_t *missing;       /* [line] months asked and not reported */
        struct came *before;    /* [line] from elsewhere */
        int64_t *next;          /* [line] another line of the same establishment and product; -1 */
        int64_t *slot;          /* open addressing by establishment and product: line + 1 */
        size_t mask;            /* slots, a power of two, less one */
        bool *is_unsure;        /* [group] some month of it is unknown */
        struct output *output;  /* [group] */
        uint64_t *imputed;      /* a bit for each line and month */
        uint64_t *unknown;      /* a bit for each group and month */
        struct tie **country;   /* [product] what its lines did in the country; NULL until asked for */
        bool *has_movement;     /* [product] whether it stands there */
        struct tie *tie;        /* of the group at hand; room for what was missing in any of them */
        size_t tie_room;
        struct late *late;      /* lines to be completed after those they go on from */
        size_t late_count;
        bool is_complete;
        int32_t lapse_months;
};

struct late {
        int32_t from;
        size_t line;
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
        p->private->before[i].quantity = MISSING;
}

static void open_output(struct panel *p, size_t group)
{
        struct output *o = &p->private->output[group];

        if (p->private->group[group] < p->private->group[group + 1])
                o->sum = arena_array(p->private->arena, (size_t)p->months, sizeof *o->sum);
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
        own->before = arena_array(arena, count + 1, sizeof *own->before);
        own->imputed = arena_array(arena, cells / 64 + 1, sizeof *own->imputed);
        own->unknown = arena_array(arena, groups * (size_t)months / 64 + 1, sizeof *own->unknown);
        own->is_unsure = arena_array(arena, groups + 1, sizeof *own->is_unsure);
        own->output = arena_array(arena, groups + 1, sizeof *own->output);
        for (size_t g = 0; g < groups; g++)
                open_output(p, g);
        own->country = arena_array(arena, (size_t)products + 1, sizeof(struct tie *));
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

void panel_goes_on_from(struct panel *p, int64_t line, int64_t quantity, int32_t silent)
{
        assert(!p->private->is_complete && line >= 0 && quantity >= 0 && quantity <= PANEL_QUANTITY_MAX && silent >= 0);
        p->private->before[line] = (struct came){ quantity, silent };
}

enum panel_fault panel_check(const struct panel *p, int64_t line, int32_t month, int64_t quantity, int32_t unit)
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
        enum panel_fault fault = panel_check(p, line, month, quantity, unit);

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

/* How a product moved, over the lines that reported both months: up[t] in t, down[t] in t-1. */
struct movement {
        int128 *up, *down;
};

/* Space for what lines did together. Movement is counted from the other side: up and down are all that was reported, less the reports
 * that have no neighbour to be compared with. Those are few, so a line costs little more than adding it up. */
struct tie {
        struct movement moved;
        int128 *sum;          /* [month] what was reported */
        int32_t *reports;     /* [month] by how many; before tie_end the change from the month before */
        int64_t *part;        /* [month] of sum, of SAFE_LINES lines at most */
        size_t lines;         /* in part */
        int32_t *list, listed; /* months missing, line by line */
};

/* A tie for groups of lines with many months missing, at most. */
static struct tie *tie_open(struct panel *p, size_t missing)
{
        struct arena *arena = p->private->arena;
        size_t months = (size_t)p->months + 1; /* the month after the last is a neighbour too */
        struct tie *x = arena_alloc(arena, sizeof *x);

        x->moved = (struct movement){ arena_array(arena, months, sizeof(int128)), arena_array(arena, months, sizeof(int128)) };
        x->sum = arena_array(arena, months, sizeof *x->sum);
        x->reports = arena_array(arena, months, sizeof *x->reports);
        x->part = arena_array(arena, months, sizeof *x->part);
        x->list = arena_array(arena, missing + 1, sizeof *x->list);
        return x;
}

static void tie_begin(struct tie *x, size_t months)
{
        memset(x->moved.up, 0, (months + 1) * sizeof *x->moved.up);
        memset(x->moved.down, 0, (months + 1) * sizeof *x->moved.down);
        memset(x->sum, 0, (months + 1) * sizeof *x->sum);
        memset(x->reports, 0, (months + 1) * sizeof *x->reports);
        memset(x->part, 0, (months + 1) * sizeof *x->part);
        x->lines = 0;
        x->listed = 0;
}

static void flush(struct tie *x, size_t months)
{
        for (size_t t = 0; t < months; t++) {
                x->sum[t] += x->part[t];
                x->part[t] = 0;
        }
        x->lines = 0;
}

/* Missing counts as nothing: it is the only quantity below zero. */
static void add_line(int64_t *restrict part, const int64_t *restrict q, size_t months)
{
        for (size_t t = 0; t < months; t++)
                part[t] += q[t] & ~(q[t] >> 63);
}

static bool is_missing(const struct panel *p, size_t line, int32_t t)
{
        return p->quantity[line * (size_t)p->months + (size_t)t] == MISSING || panel_is_imputed(p, line, t);
}

/* The months of a line that were not reported, in order, those completed since among them; their number is at hand. */
static void list_missing(const struct panel *p, size_t i, int32_t *list)
{
        const int64_t *q = p->quantity + i * (size_t)p->months;
        int32_t t = p->line[i].from, end = p->line[i].to + 1, n = 0, all = p->private->missing[i];

        while (t + 8 <= end && n < all) {
                int64_t any = 0;

                for (int32_t k = 0; k < 8; k++)
                        any |= q[t + k];
                for (int32_t k = 0; any < 0 && k < 8; k++)
                        if (q[t + k] == MISSING)
                                list[n++] = t + k;
                t += 8;
        }
        for (; t < end && n < all; t++)
                if (q[t] == MISSING)
                        list[n++] = t;
        if (n == all)
                return;
        n = 0;
        for (t = p->line[i].from; n < all; t++)
                if (is_missing(p, i, t))
                        list[n++] = t;
}

/* Nothing was reported in month t: what was in the months next to it is no movement. */
static void part_neighbours(const struct panel *p, size_t i, int32_t t, struct tie *x)
{
        const int64_t *q = p->quantity + i * (size_t)p->months;

        if (t > p->line[i].from && !is_missing(p, i, t - 1))
                x->moved.down[t] -= q[t - 1];
        if (t < p->line[i].to && !is_missing(p, i, t + 1))
                x->moved.up[t + 1] -= q[t + 1];
}

static void tie_line(const struct panel *p, size_t i, struct tie *x)
{
        const struct panel_line *l = &p->line[i];
        const int64_t *q = p->quantity + i * (size_t)p->months;
        int32_t *list = x->list + x->listed;

        if (x->lines++ == SAFE_LINES) {
                flush(x, (size_t)p->months);
                x->lines = 1;
        }
        add_line(x->part, q, (size_t)p->months);
        x->reports[l->from]++;
        x->reports[l->to + 1]--;
        if (!is_missing(p, i, l->from))
                x->moved.up[l->from] -= q[l->from];
        if (!is_missing(p, i, l->to))
                x->moved.down[l->to + 1] -= q[l->to];
        if (p->private->missing[i] == 0)
                return;
        list_missing(p, i, list);
        for (int32_t k = 0; k < p->private->missing[i]; k++) {
                int32_t t = list[k];

                if (q[t] != MISSING)
                        x->part[t] -= q[t];
                x->reports[t]--;
                x->reports[t + 1]++;
                part_neighbours(p, i, t, x);
        }
}

static void tie_end(struct tie *x, size_t months)
{
        flush(x, months);
        for (size_t t = 0; t < months; t++) {
                x->moved.up[t] += x->sum[t];
                x->moved.down[t + 1] += x->sum[t];
                if (t > 0)
                        x->reports[t] += x->reports[t - 1];
        }
}

/* Lines of a group may be listed one after the other, or each in the place of the last. */
static void tie_group(const struct panel *p, size_t group, struct tie *x, bool keeps_lists)
{
        for (size_t i = p->private->group[group]; i < p->private->group[group + 1]; i++) {
                tie_line(p, i, x);
                if (keeps_lists)
                        x->listed += p->private->missing[i];
        }
}

/* The movement of a product in the country, made when first asked for. What was completed meanwhile is marked and does not count,
 * so it is the same whenever it is made. */
static const struct movement *country_movement(struct panel *p, int32_t product)
{
        struct panel_private *own = p->private;
        size_t months = (size_t)p->months;

        if (own->country[product] == NULL)
                own->country[product] = tie_open(p, months);
        if (!own->has_movement[product]) {
                own->has_movement[product] = true;
                tie_begin(own->country[product], months);
                for (size_t g = (size_t)product; g < (size_t)p->areas * (size_t)p->products; g += (size_t)p->products)
                        tie_group(p, g, own->country[product], false);
                tie_end(own->country[product], months);
        }
        return &own->country[product]->moved;
}

static bool move(const struct movement *m, int32_t t, int64_t before, int64_t *result)
{
        return m->down[t] > 0 && decimal_narrow(decimal_divide(before * m->up[t], m->down[t]), result) && *result <= PANEL_QUANTITY_MAX;
}

/* What a missing quantity is taken to be; *is_unknown: only because something must stand there. */
static int64_t estimate(struct panel *p, int32_t product, const struct tie *x, int32_t t, int64_t before, bool *is_unknown)
{
        int64_t result;

        *is_unknown = p->tally[p->areas * p->months + t].reported == 0; /* then nothing moved anywhere */
        if (*is_unknown)
                return before;
        if (move(&x->moved, t, before, &result) || move(country_movement(p, product), t, before, &result))
                return result;
        *is_unknown = x->reports[t] == 0;
        return before;
}

enum gap { GAP_UNFOUNDED, GAP_IMPUTED, GAP_LAPSED };

/* The line that a line goes on from; -1: none. */
static int64_t line_before(const struct panel *p, size_t line)
{
        return panel_find(p, p->line[line].establishment, p->line[line].product, p->line[line].from - 1);
}

/* How many months nobody reported before a line begins, since the last report of those it goes on from; -1: there is none. */
static int32_t silent_before(const struct panel *p, size_t line)
{
        int32_t silent = 0;

        int64_t first = (int64_t)line;

        for (int64_t i = line_before(p, line); i >= 0; i = line_before(p, (size_t)i)) {
                for (int32_t t = p->line[i].to; t >= p->line[i].from; t--, silent++)
                        if (!is_missing(p, (size_t)i, t))
                                return silent;
                first = i;
        }
        return p->private->before[first].quantity != MISSING ? silent + p->private->before[first].silent : -1;
}

/* What becomes of the k-th missing month of a line. run: months completed up to it, one after the other; -1: nothing was reported yet. */
static enum gap gap_at(const struct panel *p, size_t line, const int32_t *list, int32_t k, int32_t *run)
{
        bool is_at_begin = list[k] == p->line[line].from;

        if (is_at_begin)
                *run = silent_before(p, line);
        else if (k == 0 || list[k] != list[k - 1] + 1)
                *run = 0;
        if (*run < 0)
                return GAP_UNFOUNDED;
        return (*run)++ < p->private->lapse_months ? GAP_IMPUTED : GAP_LAPSED;
}

/* What a line, or the one it goes on from, made or is taken to have made in the month before t. */
static int64_t quantity_before(const struct panel *p, size_t line, int32_t t)
{
        int64_t i = t > p->line[line].from ? (int64_t)line : line_before(p, line);

        return i < 0 ? p->private->before[line].quantity : p->quantity[(size_t)i * (size_t)p->months + (size_t)t - 1];
}

static void count_gap(struct panel_tally *tally, enum gap gap, int32_t times)
{
        *(gap == GAP_UNFOUNDED ? &tally->unfounded : gap == GAP_LAPSED ? &tally->lapsed : &tally->imputed) += times;
}

/* Complete the listed months of a line. */
static void complete_line(struct panel *p, size_t i, const int32_t *list, const struct tie *x, size_t group)
{
        struct panel_private *own = p->private;
        const struct panel_line *l = &p->line[i];
        size_t months = (size_t)p->months;
        int64_t *q = p->quantity + i * months;
        int32_t run = 0;

        for (int32_t k = 0; k < own->missing[i]; k++) {
                int32_t t = list[k];
                enum gap gap = gap_at(p, i, list, k, &run);
                bool is_unknown = false;

                set_bit(own->imputed, i * months + (size_t)t);
                count_gap(&p->tally[l->area * p->months + t], gap, 1);
                count_gap(&p->tally[p->areas * p->months + t], gap, 1);
                if (gap != GAP_UNFOUNDED && t < own->output[group].from)
                        own->output[group].from = t;
                q[t] = gap == GAP_IMPUTED ? estimate(p, l->product, x, t, quantity_before(p, i, t), &is_unknown) : 0;
                own->output[group].sum[t] += q[t];
                if (is_unknown) {
                        own->is_unsure[group] = true;
                        set_bit(own->unknown, group * months + (size_t)t);
                }
        }
}

/* Take back what complete_line did to a line, but for the sum of its group, which is made anew. */
static void uncomplete_line(struct panel *p, size_t i, int32_t *list, size_t group)
{
        size_t months = (size_t)p->months;
        int32_t run = 0;

        list_missing(p, i, list);
        for (int32_t k = 0; k < p->private->missing[i]; k++) {
                size_t t = (size_t)list[k];
                enum gap gap = gap_at(p, i, list, k, &run);

                count_gap(&p->tally[(size_t)p->line[i].area * months + t], gap, -1);
                count_gap(&p->tally[(size_t)p->areas * months + t], gap, -1);
                clear_bit(p->private->imputed, i * months + t);
                clear_bit(p->private->unknown, group * months + t);
                p->quantity[i * months + t] = MISSING;
        }
}

/* Whether a line is to be completed from what another line is only taken to have made. */
static bool is_late(const struct panel *p, size_t i)
{
        int64_t before = p->private->missing[i] > 0 && is_missing(p, i, p->line[i].from) ? line_before(p, i) : -1;

        return before >= 0 && is_missing(p, (size_t)before, p->line[i].from - 1);
}

static void complete_group(struct panel *p, size_t group, struct tie *x)
{
        struct panel_private *own = p->private;
        struct output *o = &own->output[group];
        size_t months = (size_t)p->months;
        const int32_t *list = x->list;

        if (o->sum == NULL)
                return;
        tie_begin(x, months);
        tie_group(p, group, x, true);
        tie_end(x, months);
        memcpy(o->sum, x->sum, months * sizeof *x->sum);
        for (o->from = 0; o->from < p->months && x->reports[o->from] == 0; o->from++)
                ;
        for (size_t i = own->group[group]; i < own->group[group + 1]; i++) {
                if (is_late(p, i)) {
                        own->late = arena_room(own->arena, own->late, own->late_count, sizeof *own->late);
                        own->late[own->late_count++] = (struct late){ p->line[i].from, i };
                } else {
                        complete_line(p, i, list, x, group);
                }
                list += own->missing[i];
        }
}

static int by_begin(const void *a, const void *b)
{
        const struct late *x = a, *y = b;

        return x->from != y->from ? (x->from > y->from) - (x->from < y->from) : (x->line > y->line) - (x->line < y->line);
}

/* When all groups are done: the lines that were put off, in the order of their months, so that each finds the one it goes on from completed. */
static void complete_late(struct panel *p, struct tie *x)
{
        struct panel_private *own = p->private;
        size_t group = SIZE_MAX;

        if (own->late_count > 0)
                qsort(own->late, own->late_count, sizeof *own->late, by_begin);
        for (size_t k = 0; k < own->late_count; k++) {
                size_t i = own->late[k].line, its = (size_t)p->line[i].area * (size_t)p->products + (size_t)p->line[i].product;

                if (its != group) {
                        tie_begin(x, (size_t)p->months);
                        tie_group(p, its, x, false);
                        tie_end(x, (size_t)p->months);
                }
                group = its;
                list_missing(p, i, x->list);
                complete_line(p, i, x->list, x, its);
        }
        own->late_count = 0;
}

static size_t missing_in_group(const struct panel *p, size_t group)
{
        size_t n = 0;

        for (size_t i = p->private->group[group]; i < p->private->group[group + 1]; i++)
                n += (size_t)p->private->missing[i];
        return n;
}

void panel_complete(struct panel *p, int32_t lapse_months)
{
        struct panel_private *own = p->private;
        size_t groups = (size_t)p->areas * (size_t)p->products, most = 0;

        assert(!own->is_complete);
        own->is_complete = true;
        own->lapse_months = lapse_months;
        for (size_t g = 0; g < groups; g++) {
                size_t missing = missing_in_group(p, g);

                most = missing > most ? missing : most;
        }
        own->tie = tie_open(p, own->tie_room = most);
        for (size_t g = 0; g < groups; g++)
                complete_group(p, g, own->tie);
        complete_late(p, own->tie);
}

/* A report that was taken is none any more. */
static void lose_report(struct panel *p, int64_t line, int32_t month)
{
        p->quantity[(size_t)line * (size_t)p->months + (size_t)month] = MISSING;
        p->private->missing[line]++;
        p->tally[p->line[line].area * p->months + month].reported--;
        p->tally[p->areas * p->months + month].reported--;
}

/* What a product's lines are taken to have made: quantity, and whether it was completed; so many lines after another, area by area. */
static int64_t *product_copy(const struct panel *p, size_t product)
{
        const struct panel_private *own = p->private;
        size_t groups = (size_t)p->areas * (size_t)p->products, months = (size_t)p->months, lines = 0;
        int64_t *copy, *at;

        for (size_t g = product; g < groups; g += (size_t)p->products)
                lines += own->group[g + 1] - own->group[g];
        copy = at = malloc((2 * lines * months + 1) * sizeof *copy);
        for (size_t g = product; copy != NULL && g < groups; g += (size_t)p->products)
                for (size_t i = own->group[g]; i < own->group[g + 1]; i++)
                        for (size_t t = 0; t < months; t++) {
                                *at++ = p->quantity[i * months + t];
                                *at++ = panel_is_imputed(p, i, (int32_t)t);
                        }
        if (copy == NULL)
                arena_starve(own->arena);
        return copy;
}

/* The months in which two copies differ. */
static struct panel_months differing(const int64_t *before, const int64_t *after, size_t lines, int32_t months)
{
        struct panel_months m = { months, -1 };

        for (size_t i = 0; i < lines; i++)
                for (int32_t t = 0; t < months; t++, before += 2, after += 2)
                        if (before[0] != after[0] || before[1] != after[1]) {
                                m.first = t < m.first ? t : m.first;
                                m.last = t > m.last ? t : m.last;
                        }
        return m;
}

struct panel_months panel_change(struct panel *p, int32_t product, const struct panel_report *list, size_t count)
{
        struct panel_private *own = p->private;
        size_t products = (size_t)p->products, groups = (size_t)p->areas * products, most = 0, lines = 0;
        int64_t *before = (assert(own->is_complete), product_copy(p, (size_t)product)), *after;
        struct panel_months months;

        for (size_t g = (size_t)product; g < groups; g += products)
                for (size_t i = own->group[g]; i < own->group[g + 1]; i++, lines++)
                        uncomplete_line(p, i, own->tie->list, g);
        own->has_movement[product] = false;
        for (size_t i = 0; i < count; i++) {
                int64_t *q = &p->quantity[(size_t)list[i].line * (size_t)p->months + (size_t)list[i].month];

                assert(p->line[list[i].line].product == product);
                if (*q == MISSING && list[i].quantity != PANEL_NO_REPORT)
                        take_report(p, list[i].line, list[i].month, list[i].quantity);
                else if (*q != MISSING && list[i].quantity == PANEL_NO_REPORT)
                        lose_report(p, list[i].line, list[i].month);
                else
                        *q = list[i].quantity;
        }
        for (size_t g = (size_t)product; g < groups; g += products) {
                size_t missing = missing_in_group(p, g);

                most = missing > most ? missing : most;
        }
        if (most > own->tie_room)
                own->tie = tie_open(p, own->tie_room = 2 * most);
        for (size_t g = (size_t)product; g < groups; g += products)
                complete_group(p, g, own->tie);
        complete_late(p, own->tie);
        after = product_copy(p, (size_t)product);
        months = differing(before, after, lines, p->months);
        free(before);
        free(after);
        return months;
}

int64_t panel_reported(const struct panel *p, int64_t line, int32_t month)
{
        return is_missing(p, (size_t)line, month) ? PANEL_NO_REPORT : p->quantity[(size_t)line * (size_t)p->months + (size_t)month];
}

/* ---- adding up -------------------------------------------------------------------------------- */

/* Sums over the months of one product. */
struct sums {
        int128 *total, *imputed;
        bool is_known;           /* a group with lines knew all months */
        int32_t from;            /* first month in which something is known */
        bool *is_known_in, *is_unknown_in;
};

static void add_imputed(const struct panel *p, size_t group, int128 *imputed)
{
        for (size_t i = p->private->group[group]; i < p->private->group[group + 1]; i++)
                for (int32_t t = p->line[i].from; p->private->missing[i] > 0 && t <= p->line[i].to; t++)
                        if (panel_is_imputed(p, i, t))
                                imputed[t] += p->quantity[i * (size_t)p->months + (size_t)t];
}

static void add_group(const struct panel *p, size_t group, struct sums *s, bool with_imputed)
{
        const struct panel_private *own = p->private;
        const struct output *o = &own->output[group];
        size_t months = (size_t)p->months;

        if (o->sum == NULL)
                return;
        if (o->from < s->from)
                s->from = o->from;
        for (size_t t = 0; t < months; t++)
                s->total[t] += o->sum[t];
        if (with_imputed)
                add_imputed(p, group, s->imputed);
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
        s->is_known_in = calloc(2 * months + 1, sizeof *s->is_known_in);
        if (s->total == NULL || s->is_known_in == NULL)
                return error_set(e, ERR_ENVIRONMENT, "no memory for adding up %zu months", months);
        s->imputed = s->total + months;
        s->is_unknown_in = s->is_known_in + months;
        return true;
}

static void sums_close(struct sums *s)
{
        free(s->total);
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
