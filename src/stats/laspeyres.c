#include "stats/laspeyres.h"

#include <assert.h>
#include <string.h>

#include "stats/apportion.h"
#include "stats/laspeyres_private.h"
#include "stats/panel.h"

#define UNKNOWN ((int128)-1)

const char *left_out_text(enum left_out reason)
{
        static const char *const texts[] = {
                [LEFT_IN] = "",
                [LEFT_NO_WEIGHT] = N_("weight of zero"),
                [LEFT_NO_BASE] = N_("no output in the base period"),
                [LEFT_PART_BASE] = N_("its output is not known in more than half of the base period"),
                [LEFT_EMPTY] = N_("nothing below it counts"),
        };

        return texts[reason];
}

int32_t weights_base_months(const struct weights *w, size_t node)
{
        return w->base_months - (w->base_missing == NULL ? 0 : w->base_missing[node]);
}

/* ---- weights --------------------------------------------------------------------------------- */

static bool check_weights(const struct weights *w, struct error *e)
{
        if (w->count == 0 || w->node[0].parent != -1)
                return error_set(e, ERR_INVALID, "the weights do not begin with the whole");
        if (w->base_months <= 0)
                return error_set(e, ERR_INVALID, "the base period has no months");
        for (size_t i = 0; i < w->count; i++) {
                const struct weight_node *n = &w->node[i];

                if (i > 0 && (n->parent < 0 || (size_t)n->parent >= i || w->node[n->parent].product >= 0))
                        return error_set(e, ERR_INVALID, "\"%s\" does not stand below a node named before it", n->code);
                if (n->weight < 0)
                        return error_set(e, ERR_INVALID, "the weight of \"%s\" is below zero", n->code);
                if (n->product >= 0 && n->base_sum < 0)
                        return error_set(e, ERR_INVALID, "the base output of \"%s\" is below zero", n->code);
                assert(weights_base_months(w, i) >= 0 && weights_base_months(w, i) <= w->base_months);
        }
        return true;
}

/* Who counts: from the products up, then what stands below a node that does not. */
static void leave_out(struct laspeyres *l)
{
        const struct weights *w = l->weights;

        for (size_t i = 0; i < w->count; i++)
                if (w->node[i].product < 0)
                        l->left_out[i] = LEFT_EMPTY;
        for (size_t i = w->count; i-- > 0;) {
                const struct weight_node *n = &w->node[i];

                if (i > 0 && n->weight == 0)
                        l->left_out[i] = LEFT_NO_WEIGHT;
                else if (n->product >= 0)
                        l->left_out[i] = n->base_sum == 0 ? LEFT_NO_BASE : 2 * weights_base_months(w, i) < w->base_months ? LEFT_PART_BASE : LEFT_IN;
                if (i > 0 && l->left_out[i] == LEFT_IN)
                        l->left_out[n->parent] = LEFT_IN;
        }
        for (size_t i = 1; i < w->count; i++) {
                if (l->left_out[w->node[i].parent] != LEFT_IN && l->left_out[i] == LEFT_IN)
                        l->left_out[i] = l->left_out[w->node[i].parent];
                l->left_out_count += w->node[i].product >= 0 && l->left_out[i] != LEFT_IN;
        }
}

/* The children of each node, one list after the other: list[first[i] .. first[i + 1]). */
struct children {
        size_t *first, *list;
};

static struct children children_of(struct arena *arena, const struct weights *w)
{
        struct children c = { arena_array(arena, w->count + 2, sizeof *c.first), arena_array(arena, w->count + 1, sizeof *c.list) };

        for (size_t i = 1; i < w->count; i++)
                c.first[w->node[i].parent + 2]++;
        for (size_t i = 2; i < w->count + 2; i++)
                c.first[i] += c.first[i - 1];
        for (size_t i = 1; i < w->count; i++)
                c.list[c.first[w->node[i].parent + 1]++] = i;
        return c;
}

static bool share_out(struct laspeyres *l, struct arena *arena, const struct children *c, size_t parent, int128 *numerator,
                      struct error *e)
{
        const struct weights *w = l->weights;
        size_t from = c->first[parent], count = c->first[parent + 1] - from;
        int128 sum = 0;

        for (size_t k = 0; k < count; k++)
                if (l->left_out[c->list[from + k]] == LEFT_IN)
                        sum += w->node[c->list[from + k]].weight;
        if (sum == 0 || l->share[parent] == 0)
                return true;
        for (size_t k = 0; k < count; k++) {
                size_t child = c->list[from + k];

                numerator[k] = l->left_out[child] == LEFT_IN ? w->node[child].weight : 0;
        }
        if (!apportion(arena, numerator, count, l->share[parent], sum, l->share[parent], numerator))
                return error_set(e, ERR_INVALID, "the weights below \"%s\" are too large", w->node[parent].code);
        for (size_t k = 0; k < count; k++) {
                size_t child = c->list[from + k];

                l->share[child] = (int64_t)numerator[k];
                if (l->share[child] == 0 && l->left_out[child] == LEFT_IN)
                        return error_set(e, ERR_INVALID, "the weight of \"%s\" is too small beside those of its siblings", w->node[child].code);
        }
        return true;
}

static bool all_shares(struct laspeyres *l, struct arena *arena, const struct children *c, int128 *numerator, struct error *e)
{
        bool ok = true;

        l->share[0] = LASPEYRES_WHOLE;
        for (size_t i = 0; ok && i < l->weights->count; i++)
                ok = l->weights->node[i].product >= 0 || share_out(l, arena, c, i, numerator, e);
        return ok;
}

/* With all products in: whoever is left out leaves its share to others. */
/* How much of the stated weights stands at what is left out, in parts of LASPEYRES_WHOLE. */
static int64_t stated_outside(struct arena *arena, const struct weights *w, const struct children *c, const enum left_out *left_out)
{
        int64_t *stated = arena_array(arena, w->count, sizeof *stated), outside = 0;

        stated[0] = LASPEYRES_WHOLE;
        for (size_t i = 0; i < w->count; i++) {
                int128 sum = 0;

                for (size_t k = c->first[i]; k < c->first[i + 1]; k++)
                        sum += w->node[c->list[k]].weight;
                for (size_t k = c->first[i]; left_out[i] == LEFT_IN && sum > 0 && k < c->first[i + 1]; k++) {
                        stated[c->list[k]] = (int64_t)((int128)stated[i] * w->node[c->list[k]].weight / sum);
                        outside += left_out[c->list[k]] == LEFT_IN ? 0 : stated[c->list[k]];
                }
        }
        return outside;
}

bool weights_check(struct arena *arena, const struct weights *w, size_t *which, int64_t *outside, struct error *e)
{
        struct weight_node *node = arena_array(arena, w->count + 1, sizeof *node);
        struct weights all = { node, w->count, 1, false, NULL };
        struct laspeyres l = { .weights = &all };
        struct children c;

        *which = 0;
        *outside = 0;
        for (size_t i = 0; i < w->count; i++) {
                node[i] = w->node[i];
                node[i].base_sum = 1;
        }
        if (!check_weights(&all, e))
                return false;
        l.share = arena_array(arena, w->count, sizeof *l.share);
        l.left_out = arena_array(arena, w->count, sizeof *l.left_out);
        c = children_of(arena, &all);
        leave_out(&l);
        if (l.left_out[0] != LEFT_IN)
                return error_set(e, ERR_INVALID, "no product has a weight: there would be no index");
        *outside = stated_outside(arena, &all, &c, l.left_out);
        if (all_shares(&l, arena, &c, arena_array(arena, w->count + 1, sizeof(int128)), e))
                return true;
        while (*which + 1 < w->count && (l.left_out[*which] != LEFT_IN || l.share[*which] > 0))
                ++*which;
        return false;
}

/* ---- volumes --------------------------------------------------------------------------------- */

/* quantity x factor / base, half away from zero. */
static bool relative(int64_t quantity, int64_t factor, int64_t base, int64_t *result)
{
        int64_t narrow;

        if (!__builtin_mul_overflow(quantity, factor, &narrow)) {
                int64_t rest = narrow % base;

                *result = narrow / base + (rest >= base - rest);
                return true;
        }
        return decimal_narrow(decimal_divide((int128)quantity * factor, base), result);
}

/* From a month on; is_known[month] becomes false where the output is not known. */
static bool product_volumes(struct laspeyres *l, size_t i, const int64_t *output, int32_t first, bool *is_known, struct error *e)
{
        const struct weight_node *n = &l->weights->node[i];
        const int64_t *made = output + (size_t)n->product * (size_t)l->months;
        int128 *volume = l->volume + i * (size_t)l->months;
        int64_t factor, r;

        if (l->left_out[i] != LEFT_IN)
                return true;
        if (__builtin_mul_overflow((int64_t)weights_base_months(l->weights, i) * 100, decimal_power[LASPEYRES_DECIMALS], &factor))
                return error_set(e, ERR_INVALID, "the base period has too many months");
        for (int32_t t = first; t < l->months; t++) {
                if (made[t] == OUTPUT_UNKNOWN) {
                        volume[t] = UNKNOWN;
                        is_known[t] = false;
                        continue;
                }
                if (made[t] < 0)
                        return error_set(e, ERR_INVALID, "the output of \"%s\" in month number %d is below zero", n->code, t);
                if (!relative(made[t], factor, n->base_sum, &r))
                        return error_set(e, ERR_INVALID, "the output of \"%s\" in month number %d is too many times that of the base",
                                         n->code, t);
                volume[t] = (int128)r * l->share[i];
        }
        return true;
}

/* How a node that is not known in a month follows its siblings: its volume of the month before times up / down; where there is no
 * month before, its share times up / down, which is their level. */
struct following {
        bool is_level;
        int128 up, down;
};

static bool counts(const struct laspeyres *l, size_t node)
{
        return l->left_out[node] == LEFT_IN;
}

static int128 *volume_at(const struct laspeyres *l, size_t node, int32_t t)
{
        return l->volume + node * (size_t)l->months + t;
}

static int128 followed(const struct laspeyres *l, size_t node, int32_t t, struct following f)
{
        return f.is_level ? l->share[node] : *volume_at(l, node, t - 1);
}

static struct following siblings_say(const struct laspeyres *l, const struct children *c, size_t parent, int32_t t)
{
        struct following level = { .is_level = true }, movement = { 0 };

        for (size_t k = c->first[parent]; k < c->first[parent + 1]; k++) {
                size_t child = c->list[k];
                int128 v = *volume_at(l, child, t), was = t > 0 ? *volume_at(l, child, t - 1) : UNKNOWN;

                if (!counts(l, child) || v == UNKNOWN)
                        continue;
                level.up += v;
                level.down += l->share[child];
                if (was != UNKNOWN) {
                        movement.up += v;
                        movement.down += was;
                }
        }
        if (t == 0 || *volume_at(l, parent, t - 1) == UNKNOWN)
                return level;
        return movement.down > 0 ? movement : (struct following){ .up = 1, .down = 1 };
}

/* Bottom-up in one month: a node is known where a child is; its other children follow. */
static bool add_up(struct laspeyres *l, const struct children *c, struct following *following, size_t parent, int32_t t)
{
        size_t from = c->first[parent], to = c->first[parent + 1];
        int128 sum = 0;
        bool is_known = false, is_whole = true;

        for (size_t k = from; k < to; k++)
                if (counts(l, c->list[k])) {
                        if (*volume_at(l, c->list[k], t) == UNKNOWN)
                                is_whole = false;
                        else
                                is_known = true;
                }
        if (is_known && !is_whole) {
                struct following f = siblings_say(l, c, parent, t);

                for (size_t k = from; k < to; k++)
                        if (counts(l, c->list[k]) && *volume_at(l, c->list[k], t) == UNKNOWN) {
                                size_t child = c->list[k];

                                if (!scale_round(followed(l, child, t, f), f.up, f.down, volume_at(l, child, t)))
                                        return false;
                                l->is_estimated[child * (size_t)l->months + (size_t)t] = true;
                                following[child] = f;
                        }
        }
        for (size_t k = from; is_known && k < to; k++)
                if (counts(l, c->list[k]))
                        sum += *volume_at(l, c->list[k], t);
        *volume_at(l, parent, t) = is_known ? sum : UNKNOWN;
        return true;
}

/* Top-down in one month: what is below an estimated node follows as it did, and adds up to it. */
static bool fill_down(struct laspeyres *l, struct arena *arena, const struct children *c, struct following *following, size_t parent,
                      int32_t t, int128 *numerator)
{
        size_t from = c->first[parent], n = c->first[parent + 1] - from;
        const struct following *f = &following[parent];

        if (n == 0 || !counts(l, parent) || !l->is_estimated[parent * (size_t)l->months + (size_t)t])
                return true;
        for (size_t k = 0; k < n; k++) {
                size_t child = c->list[from + k];

                numerator[k] = counts(l, child) ? followed(l, child, t, *f) : 0;
                if (!counts(l, child))
                        continue;
                l->is_estimated[child * (size_t)l->months + (size_t)t] = true;
                following[child] = *f;
        }
        if (!apportion(arena, numerator, n, f->up, f->down, *volume_at(l, parent, t), numerator))
                return false;
        for (size_t k = 0; k < n; k++)
                *volume_at(l, c->list[from + k], t) = numerator[k];
        return true;
}

/* Months in which everything that counts is known: children are added to their parents, a row at a time. What stands there meanwhile
 * for the other months is made anew. */
static void add_known_months(struct laspeyres *l, int32_t first)
{
        for (size_t i = l->weights->count; i-- > 1;) {
                const int128 *own = volume_at(l, i, 0);
                int128 *parent = volume_at(l, (size_t)l->weights->node[i].parent, 0);

                for (int32_t t = first; counts(l, i) && t < l->months; t++)
                        parent[t] += own[t];
        }
}

static bool all_volumes(struct laspeyres *l, struct arena *arena, const struct children *c, int32_t first, int128 *numerator, const bool *is_known,
                        struct error *e)
{
        const struct weights *w = l->weights;
        struct following *following = arena_array(arena, w->count, sizeof *following);
        bool ok = true;

        add_known_months(l, first);
        for (int32_t t = first; ok && t < l->months; t++) {
                if (is_known[t])
                        continue;
                for (size_t i = w->count; ok && i-- > 0;)
                        ok = w->node[i].product >= 0 || add_up(l, c, following, i, t);
                for (size_t i = 1; ok && i < w->count; i++)
                        ok = fill_down(l, arena, c, following, i, t, numerator);
                if (!ok)
                        return error_set(e, ERR_INVALID, "the volume in month number %d does not fit into 128 bits", t);
                for (size_t i = 0; i < w->count; i++)
                        l->estimated_count += w->node[i].product >= 0 && l->is_estimated[i * (size_t)l->months + (size_t)t];
        }
        return true;
}

/* All volumes from a month on, of which none is there yet. */
static bool months_make(struct laspeyres *l, struct arena *arena, const struct children *c, const int64_t *output, int32_t first, int128 *numerator,
                        struct error *e)
{
        bool *is_known = arena_array(arena, (size_t)l->months + 1, sizeof *is_known), ok = true;

        memset(is_known, true, (size_t)l->months);
        for (size_t i = 0; ok && i < l->weights->count; i++)
                ok = l->weights->node[i].product < 0 || product_volumes(l, i, output, first, is_known, e);
        return ok && all_volumes(l, arena, c, first, numerator, is_known, e);
}

struct laspeyres *laspeyres_make(struct arena *arena, const struct weights *w, const int64_t *output, int32_t months, int32_t january,
                                 struct error *e)
{
        struct laspeyres *l = arena_alloc(arena, sizeof *l);
        int128 *numerator = arena_array(arena, w->count + 1, sizeof *numerator);
        struct children c;
        bool ok = check_weights(w, e);

        if (!ok)
                return NULL;
        *l = (struct laspeyres){ .weights = w, .months = months, .january = january };
        l->share = arena_array(arena, w->count, sizeof *l->share);
        l->left_out = arena_array(arena, w->count, sizeof *l->left_out);
        l->volume = arena_array(arena, w->count * (size_t)months + 1, sizeof *l->volume);
        l->is_estimated = arena_array(arena, w->count * (size_t)months + 1, sizeof *l->is_estimated);
        c = children_of(arena, w);
        leave_out(l);
        if (l->left_out[0] != LEFT_IN) {
                error_set(e, ERR_INVALID, "no product has both a weight and output in the base period");
                return NULL;
        }
        l->outside = stated_outside(arena, w, &c, l->left_out);
        return all_shares(l, arena, &c, numerator, e) && months_make(l, arena, &c, output, 0, numerator, e) ? l : NULL;
}

bool laspeyres_again(struct laspeyres *l, struct arena *arena, const int64_t *output, int32_t first, struct error *e)
{
        const struct weights *w = l->weights;
        struct children c = children_of(arena, w);
        size_t later = (size_t)(l->months - first);

        assert(l->added == 0 && first >= 0 && first < l->months);
        for (size_t i = 0; i < w->count; i++) {
                bool *is_estimated = l->is_estimated + i * (size_t)l->months + first;

                for (size_t t = 0; t < later; t++)
                        l->estimated_count -= w->node[i].product >= 0 && is_estimated[t];
                memset(is_estimated, 0, later * sizeof *is_estimated);
                memset(volume_at(l, i, first), 0, later * sizeof *l->volume);
        }
        return months_make(l, arena, &c, output, first, arena_array(arena, w->count + 1, sizeof(int128)), e);
}

static void *longer(struct arena *arena, const void *list, size_t count, size_t more, size_t size)
{
        return memcpy(arena_array(arena, count + more + 1, size), list, count * size);
}

void laspeyres_add(struct laspeyres *l, struct arena *arena, size_t more)
{
        size_t count = l->weights->count + l->added, months = (size_t)l->months;

        l->share = longer(arena, l->share, count, more, sizeof *l->share);
        l->left_out = longer(arena, l->left_out, count, more, sizeof *l->left_out);
        l->volume = longer(arena, l->volume, count * months, more * months, sizeof *l->volume);
        l->is_estimated = longer(arena, l->is_estimated, count * months, more * months, sizeof *l->is_estimated);
        l->added += more;
        for (size_t i = count; i < count + more; i++) {
                l->left_out[i] = LEFT_EMPTY;
                for (size_t t = 0; t < months; t++)
                        l->volume[i * months + t] = UNKNOWN;
        }
}

/* ---- reading ---------------------------------------------------------------------------------- */

bool laspeyres_level(const struct laspeyres *l, size_t node, int32_t month, int64_t *level)
{
        int128 v = counts(l, node) ? *volume_at(l, node, month) : UNKNOWN;

        return v != UNKNOWN && decimal_narrow(decimal_divide(v, l->share[node]), level);
}

const char *index_comparison_name(enum index_comparison comparison)
{
        static const char *const names[] = { [INDEX_MOM] = "mom", [INDEX_YOY] = "yoy", [INDEX_YTD] = "ytd", [INDEX_BASE] = "base" };

        return names[comparison];
}

bool index_span(enum index_comparison comparison, int32_t month, int32_t january, int32_t *from, int32_t *to, int32_t *base_from,
                int32_t *base_to)
{
        int32_t since_january = ((month - january) % 12 + 12) % 12;
        int32_t back = comparison == INDEX_MOM ? 1 : 12;

        *to = month;
        *from = comparison == INDEX_YTD ? month - since_january : month;
        *base_from = *base_to = -1;
        if (comparison == INDEX_BASE)
                return true;
        *base_from = *from - back;
        *base_to = *to - back;
        return *base_from >= 0;
}

/* Sum of the volumes of a node over months; false where one is not known. */
static bool span_volume(const struct laspeyres *l, size_t node, int32_t from, int32_t to, int128 *sum)
{
        *sum = 0;
        for (int32_t t = from; t <= to; t++) {
                if (!counts(l, node) || *volume_at(l, node, t) == UNKNOWN || __builtin_add_overflow(*sum, *volume_at(l, node, t), sum))
                        return false;
        }
        return true;
}

/* What a node had before, and by how much it changed. For the base: as many months of its reference. */
static bool span_change(const struct laspeyres *l, size_t node, int32_t month, enum index_comparison comparison, int128 *before,
                        int128 *change)
{
        int32_t from, to, base_from, base_to;
        int128 now;

        if ((comparison == INDEX_YTD && l->weights->is_stock) || month < 0 || month >= l->months ||
            !index_span(comparison, month, l->january, &from, &to, &base_from, &base_to) || !span_volume(l, node, from, to, &now))
                return false;
        *before = (int128)l->share[node] * 100 * decimal_power[LASPEYRES_DECIMALS];
        if (base_from >= 0 && !span_volume(l, node, base_from, base_to, before))
                return false;
        *change = now - *before;
        return true;
}

bool laspeyres_compare(const struct laspeyres *l, size_t node, int32_t month, enum index_comparison comparison, int64_t *percent)
{
        int128 before, change, growth;

        return span_change(l, node, month, comparison, &before, &change) && before > 0 &&
               scale_round(change, PERCENT, before, &growth) && decimal_narrow(growth + PERCENT, percent);
}

bool apportion_down(struct arena *arena, const struct weights *w, const int128 *value, int128 up, int128 down, int128 *part)
{
        struct children c = children_of(arena, w);
        int128 *list = arena_array(arena, w->count, sizeof *list);

        for (size_t i = 0; i < w->count; i++) {
                size_t from = c.first[i], n = c.first[i + 1] - from;

                for (size_t k = 0; k < n; k++)
                        list[k] = value[c.list[from + k]];
                if (!apportion(arena, list, n, up, down, part[i], list))
                        return false;
                for (size_t k = 0; k < n; k++)
                        part[c.list[from + k]] = list[k];
        }
        return true;
}

bool laspeyres_contributions(const struct laspeyres *l, struct arena *arena, int32_t month, enum index_comparison comparison,
                             int64_t *points)
{
        size_t count = l->weights->count;
        int128 *change = arena_array(arena, count, sizeof *change), *wide = arena_array(arena, count, sizeof *wide), before, own;

        if (!span_change(l, 0, month, comparison, &before, &change[0]) || before <= 0)
                return false;
        for (size_t i = 0; i < count; i++)
                if (counts(l, i) && !span_change(l, i, month, comparison, &own, &change[i]))
                        return false;
        if (!scale_round(change[0], PERCENT, before, &wide[0]) || !apportion_down(arena, l->weights, change, PERCENT, before, wide))
                return false;
        for (size_t i = 0; i < count; i++)
                if (!decimal_narrow(wide[i], &points[i]))
                        return false;
        return true;
}

static bool is_estimated_in(const struct laspeyres *l, size_t node, int32_t from, int32_t to)
{
        for (int32_t t = from; t <= to; t++)
                if (l->is_estimated[node * (size_t)l->months + (size_t)t])
                        return true;
        return false;
}

bool laspeyres_line_points(const struct laspeyres *l, struct arena *arena, size_t node, int32_t month, enum index_comparison comparison,
                           int64_t node_points, const int64_t *quantity, const int64_t *before, size_t count, int64_t *points)
{
        const struct weight_node *n = &l->weights->node[node];
        int128 *part = arena_array(arena, count, sizeof *part), whole_before, whole_change, node_before, change;
        int32_t from, to, base_from, base_to;

        if (n->product < 0 || !counts(l, node) || comparison == INDEX_BASE || count == 0 ||
            !index_span(comparison, month, l->january, &from, &to, &base_from, &base_to) || is_estimated_in(l, node, from, to) ||
            is_estimated_in(l, node, base_from, base_to) || !span_change(l, 0, month, comparison, &whole_before, &whole_change) ||
            whole_before <= 0 || !span_change(l, node, month, comparison, &node_before, &change))
                return false;
        /* first the change of the relative, in its own units, then the points */
        for (size_t i = 0; i < count; i++)
                part[i] = ((int128)quantity[i] - before[i]) * 100 * weights_base_months(l->weights, node);
        if (!apportion(arena, part, count, decimal_power[LASPEYRES_DECIMALS], n->base_sum, change / l->share[node], part) ||
            !apportion(arena, part, count, (int128)l->share[node] * PERCENT, whole_before, node_points, part))
                return false;
        for (size_t i = 0; i < count; i++)
                if (!decimal_narrow(part[i], &points[i]))
                        return false;
        return true;
}
