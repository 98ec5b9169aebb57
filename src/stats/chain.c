#include "stats/chain.h"

#include <stdlib.h>

#include "stats/apportion.h"
#include "stats/laspeyres_private.h"

/* ---- linking ----------------------------------------------------------------------------------- */

static int32_t last_month(const struct chain *c, size_t segment)
{
        return segment + 1 < c->count ? c->segment[segment + 1].from - 1 : c->segment[segment].index->months - 1;
}

/* The volume of a node over months; -1 where it is not known in one. */
static int128 made_over(const struct laspeyres *l, size_t node, int32_t from, int32_t to)
{
        const int128 *v = l->volume + node * (size_t)l->months;
        int128 sum = 0;

        for (int32_t t = from; t <= to; t++) {
                if (l->left_out[node] != LEFT_IN || v[t] < 0)
                        return -1;
                sum += v[t];
        }
        return sum;
}

bool chain_link_months(const struct chain_segment *s, size_t node, size_t before, int32_t *from, int32_t *to)
{
        int128 now = made_over(s->index, node, s->overlap_from, s->overlap_to), then = made_over(s[-1].index, before, s->overlap_from, s->overlap_to);

        *from = s->overlap_from;
        *to = s->overlap_to;
        if (now < 0 || then < 0)
                return false;
        while (*from >= 0 && (now <= 0 || then <= 0)) {
                *to = --*from;
                now = *from < 0 ? 0 : made_over(s->index, node, *from, *to);
                then = *from < 0 ? 0 : made_over(s[-1].index, before, *from, *to);
        }
        return *from >= 0;
}

/* By what a node is linked, from its levels by the segment before (linked) and its own. */
static struct chain_link link_find(const struct chain_segment *s, size_t node, size_t node_before, const int64_t *before, const int64_t *own)
{
        struct chain_link link = { 0 };

        if (!chain_link_months(s, node, node_before, &link.from, &link.to))
                return (struct chain_link){ 0 };
        for (int32_t t = link.from; t <= link.to; t++) {
                if (own[t] < 0 || before[t] < 0)
                        return (struct chain_link){ 0 };
                link.before += before[t];
                link.now += own[t];
        }
        return link.before > 0 && link.now > 0 ? link : (struct chain_link){ 0 };
}

/* Levels of one node of a segment in all months, given those of what it continues (NULL: it continues nothing). False, and levels
 * unlinked, where it is not linked. */
static bool link_node(const struct chain_segment *s, size_t node, size_t node_before, const int64_t *before, int64_t *level, struct chain_link *link)
{
        int32_t months = s->index->months;

        for (int32_t t = 0; t < months; t++)
                if (!laspeyres_level(s->index, node, t, &level[t]))
                        level[t] = -1;
        *link = before == NULL ? (struct chain_link){ .before = 1, .now = 1 } : link_find(s, node, node_before, before, level);
        if (before == NULL || link->now == 0)
                return before == NULL;
        for (int32_t t = 0; t < months; t++) {
                int128 scaled = -1;

                if (level[t] >= 0 && (!scale_round(level[t], link->before, link->now, &scaled) || !decimal_narrow(scaled, &level[t])))
                        level[t] = -1;
        }
        return true;
}

struct chain *chain_make(struct arena *arena, const struct chain_segment *segment, size_t count, struct error *e)
{
        struct chain *c = arena_alloc(arena, sizeof *c);
        struct chain_link link;

        *c = (struct chain){ .segment = segment, .count = count, .level = arena_array(arena, count + 1, sizeof *c->level),
                             .up = arena_array(arena, count + 1, sizeof *c->up), .down = arena_array(arena, count + 1, sizeof *c->down) };
        if (count == 0 || segment[0].from != 0) {
                error_set(e, ERR_INVALID, "a chained index begins with a segment that stands for the first month");
                return NULL;
        }
        for (size_t i = 0; i < count; i++) {
                const struct laspeyres *l = segment[i].index;

                if (l->months != segment[0].index->months || l->january != segment[0].index->january ||
                    (i > 0 && (segment[i].from <= segment[i - 1].from || segment[i].from >= l->months || segment[i].overlap_from < 0 ||
                               segment[i].overlap_to < segment[i].overlap_from || segment[i].overlap_to >= l->months))) {
                        error_set(e, ERR_INVALID, "segment %zu of the chained index does not follow the one before it", i + 1);
                        return NULL;
                }
                c->level[i] = arena_array(arena, (size_t)l->months + 1, sizeof **c->level);
                if (!link_node(&segment[i], 0, 0, i == 0 ? NULL : c->level[i - 1], c->level[i], &link)) {
                        error_set(e, ERR_INVALID, "segment %zu of the chained index cannot be linked: both must be known in all months of "
                                  "the overlap", i + 1);
                        error_hint(e, "choose an overlap that old and new weights both cover");
                        return NULL;
                }
                c->up[i] = link.before;
                c->down[i] = link.now;
        }
        return c;
}

/* The nodes a node of the last segment continues, by segment; returns the first of them. */
static size_t trace_back(const struct chain *c, size_t node, size_t *nodes)
{
        size_t first = c->count - 1;

        nodes[first] = node;
        while (first > 0 && c->segment[first].before[nodes[first]] >= 0) {
                nodes[first - 1] = (size_t)c->segment[first].before[nodes[first]];
                first--;
        }
        return first;
}

size_t chain_trace(const struct chain *c, struct arena *arena, size_t node, int64_t *level, struct chain_link *link)
{
        size_t months = (size_t)c->segment[0].index->months, *nodes = arena_array(arena, c->count, sizeof *nodes);
        size_t first = trace_back(c, node, nodes), begin = first;
        int64_t *before = NULL, *own;

        for (size_t t = 0; t < months; t++)
                level[t] = -1;
        for (size_t i = first; i < c->count; i++) {
                own = arena_array(arena, months + 1, sizeof *own);
                if (!link_node(&c->segment[i], nodes[i], i == first ? 0 : nodes[i - 1], before, own, &link[i])) {
                        for (size_t t = 0; t < months; t++)
                                level[t] = -1; /* it begins here */
                        begin = i;
                }
                for (int32_t t = c->segment[i].from; t <= last_month(c, i); t++)
                        level[t] = own[t];
                before = own;
        }
        return begin;
}

void chain_levels(const struct chain *c, struct arena *arena, size_t node, int64_t *level)
{
        chain_trace(c, arena, node, level, arena_array(arena, c->count, sizeof(struct chain_link)));
}

/* ---- comparing ----------------------------------------------------------------------------------- */

static size_t segment_of(const struct chain *c, int32_t month)
{
        size_t i = c->count - 1;

        while (i > 0 && month < c->segment[i].from)
                i--;
        return i;
}

/* The months of a comparison; false where it is not defined. */
static bool span_of(const struct chain *c, int32_t month, enum index_comparison comparison, int32_t *from, int32_t *to, int32_t *base_from,
                    int32_t *base_to)
{
        const struct laspeyres *l = c->segment[c->count - 1].index;

        return month >= 0 && month < l->months && !(comparison == INDEX_YTD && l->weights->is_stock) &&
               index_span(comparison, month, l->january, from, to, base_from, base_to);
}

static bool sum_levels(const int64_t *level, int32_t from, int32_t to, int128 *sum)
{
        *sum = 0;
        for (int32_t t = from; t <= to; t++) {
                if (level[t] < 0)
                        return false;
                *sum += level[t];
        }
        return true;
}

static bool compare_levels(const int64_t *level, int32_t from, int32_t to, int32_t base_from, int32_t base_to, int64_t *percent)
{
        int128 now, before = (int128)100 * decimal_power[LASPEYRES_DECIMALS], growth;

        return sum_levels(level, from, to, &now) && (base_from < 0 || sum_levels(level, base_from, base_to, &before)) && before > 0 &&
               scale_round(now - before, PERCENT, before, &growth) && decimal_narrow(growth + PERCENT, percent);
}

bool chain_compare(const struct chain *c, struct arena *arena, size_t node, const int64_t *level, int32_t month, enum index_comparison comparison, int64_t *percent)
{
        int32_t from, to, base_from, base_to;
        size_t own = segment_of(c, month), *nodes;

        if (!span_of(c, month, comparison, &from, &to, &base_from, &base_to))
                return false;
        nodes = arena_array(arena, c->count, sizeof *nodes);
        if (comparison != INDEX_BASE && segment_of(c, base_from) == own)
                return trace_back(c, node, nodes) <= own &&
                       laspeyres_compare(c->segment[own].index, nodes[own], month, comparison, percent);
        return compare_levels(level, from, to, base_from, base_to, percent);
}

/* ---- contributions --------------------------------------------------------------------------------- */

/* The levels of the whole, each from the segment that stands for its month. */
static int64_t *whole_levels(const struct chain *c, struct arena *arena)
{
        size_t months = (size_t)c->segment[0].index->months;
        int64_t *level = arena_array(arena, months + 1, sizeof *level);

        for (int32_t t = 0; t < (int32_t)months; t++)
                level[t] = c->level[segment_of(c, t)][t];
        return level;
}

/* The months between which a segment stood, of a pair of months of the comparison; false: it did not stand between them. */
static bool leg_span(const struct chain *c, size_t segment, int32_t before, int32_t now, int32_t *start, int32_t *end)
{
        int32_t begin = segment == 0 ? 0 : c->segment[segment].from - 1, last = last_month(c, segment);

        *start = before > begin ? before : begin;
        *end = now < last ? now : last;
        return *start < *end;
}

/* What the volume of a node changed by while a segment stood, over all pairs of months of the comparison. */
static bool leg(const struct chain *c, size_t segment, size_t node, int32_t from, int32_t to, int32_t base_from, int128 *change)
{
        const struct laspeyres *l = c->segment[segment].index;
        const int128 *v = l->volume + node * (size_t)l->months;
        int32_t start, end;

        *change = 0;
        if (l->left_out[node] != LEFT_IN)
                return true;
        for (int32_t t = from; t <= to; t++) {
                if (!leg_span(c, segment, base_from + (t - from), t, &start, &end))
                        continue;
                if (v[start] < 0 || v[end] < 0)
                        return false;
                *change += v[end] - v[start];
        }
        return true;
}

/* The points of a segment's nodes; those of its whole are computed too unless given. */
static bool leg_points(const struct chain *c, struct arena *arena, size_t segment, int32_t from, int32_t to, int32_t base_from,
                       int128 before, bool is_whole_given, int64_t *points)
{
        const struct weights *w = c->segment[segment].index->weights;
        int128 *change = arena_array(arena, w->count, sizeof *change), *wide = arena_array(arena, w->count, sizeof *wide);

        for (size_t i = 0; i < w->count; i++)
                if (!leg(c, segment, i, from, to, base_from, &change[i]))
                        return false;
        /* from volumes to levels, from levels to points */
        if (!scale_round(change[0], c->up[segment], c->down[segment] * LASPEYRES_WHOLE, &wide[0]) ||
            !apportion_down(arena, w, change, c->up[segment], c->down[segment] * LASPEYRES_WHOLE, wide))
                return false;
        for (size_t i = 0; i < w->count; i++)
                change[i] = wide[i];
        if (!scale_round(change[0], PERCENT, before, &wide[0]))
                return false;
        if (is_whole_given)
                wide[0] = points[0];
        if (!apportion_down(arena, w, change, PERCENT, before, wide))
                return false;
        for (size_t i = 0; i < w->count; i++)
                if (!decimal_narrow(wide[i], &points[i]))
                        return false;
        return true;
}

/* Whether the series may make a step at a link to one of the segments: it makes none where the overlap is the month before. */
static bool has_step(const struct chain *c, size_t first, size_t last)
{
        for (size_t i = first + 1; i <= last; i++)
                if (c->segment[i].overlap_from != c->segment[i].from - 1 || c->segment[i].overlap_to != c->segment[i].from - 1)
                        return true;
        return false;
}

bool chain_contributions(const struct chain *c, struct arena *arena, int32_t month, enum index_comparison comparison, int64_t **points,
                         int64_t *link)
{
        int32_t from, to, base_from, base_to;
        int64_t total, *level = whole_levels(c, arena);
        size_t own = segment_of(c, month), most = 0;
        int128 before;

        if (comparison == INDEX_BASE || !span_of(c, month, comparison, &from, &to, &base_from, &base_to))
                return false;
        if (segment_of(c, base_from) == own) {
                for (size_t i = 0; i < c->count; i++)
                        for (size_t k = 0; k < c->segment[i].index->weights->count; k++)
                                points[i][k] = 0;
                *link = 0;
                return laspeyres_contributions(c->segment[own].index, arena, month, comparison, points[own]);
        }
        if (!sum_levels(level, base_from, base_to, &before) || !compare_levels(level, from, to, base_from, base_to, &total))
                return false;
        *link = total - (int64_t)PERCENT;
        for (size_t i = 0; i < c->count; i++) {
                if (!leg_points(c, arena, i, from, to, base_from, before, false, points[i]))
                        return false;
                *link -= points[i][0];
                if (llabs(points[i][0]) > llabs(points[most][0]))
                        most = i;
        }
        if (*link == 0 || has_step(c, segment_of(c, base_from), own))
                return true;
        /* what is left is rounding: it goes to where the most came from */
        points[most][0] += *link;
        *link = 0;
        return leg_points(c, arena, most, from, to, base_from, before, true, points[most]);
}

/* What the lines of a product changed by in the same pairs of months; false where the product was estimated in one of those months. */
static bool leg_lines(const struct chain *c, size_t segment, size_t node, int32_t from, int32_t to, int32_t base_from, const int64_t *const *quantity,
                      size_t count, int128 *change)
{
        const struct laspeyres *l = c->segment[segment].index;
        const bool *is_estimated = l->is_estimated + node * (size_t)l->months;
        int32_t start, end;

        for (int32_t t = from; t <= to; t++) {
                if (!leg_span(c, segment, base_from + (t - from), t, &start, &end))
                        continue;
                if (is_estimated[start] || is_estimated[end])
                        return false;
                for (size_t i = 0; i < count; i++)
                        change[i] += (int128)quantity[i][end] - quantity[i][start];
        }
        return true;
}

/* Add the points of a segment, given those of the product, shared out to its lines. */
static bool leg_line_points(const struct chain *c, struct arena *arena, size_t segment, size_t node, int32_t from, int32_t to, int32_t base_from, int128 before,
                            int64_t node_points, const int64_t *const *quantity, size_t count, int64_t *out)
{
        const struct laspeyres *l = c->segment[segment].index;
        const struct weight_node *n = &l->weights->node[node];
        int128 *part = arena_array(arena, count, sizeof *part), change, level;

        if (l->left_out[node] != LEFT_IN)
                return true;
        if (n->product < 0 || !leg_lines(c, segment, node, from, to, base_from, quantity, count, part) ||
            !leg(c, segment, node, from, to, base_from, &change) || !scale_round(change, c->up[segment], c->down[segment] * LASPEYRES_WHOLE, &level))
                return false;
        for (size_t i = 0; i < count; i++)
                part[i] *= 100 * weights_base_months(l->weights, node);
        /* the change of the relative, in its own units; that of the level; the points */
        if (!apportion(arena, part, count, decimal_power[LASPEYRES_DECIMALS], n->base_sum, change / l->share[node], part) ||
            !apportion(arena, part, count, l->share[node] * c->up[segment], c->down[segment] * LASPEYRES_WHOLE, level, part) ||
            !apportion(arena, part, count, PERCENT, before, node_points, part))
                return false;
        for (size_t i = 0; i < count; i++)
                out[i] += (int64_t)part[i];
        return true;
}

bool chain_line_points(const struct chain *c, struct arena *arena, size_t node, int32_t month, enum index_comparison comparison,
                       int64_t *const *points, const int64_t *const *quantity, size_t count, int64_t *out)
{
        int32_t from, to, base_from, base_to;
        size_t own = segment_of(c, month), *nodes = arena_array(arena, c->count, sizeof *nodes), first = trace_back(c, node, nodes);
        int128 before;

        if (count == 0 || comparison == INDEX_BASE || !span_of(c, month, comparison, &from, &to, &base_from, &base_to) ||
            !sum_levels(whole_levels(c, arena), base_from, base_to, &before) || before <= 0)
                return false;
        for (size_t i = 0; i < count; i++)
                out[i] = 0;
        if (segment_of(c, base_from) == own) {
                int64_t *now = arena_array(arena, count, sizeof *now), *then = arena_array(arena, count, sizeof *then);

                for (size_t i = 0; i < count; i++) {
                        for (int32_t t = from; t <= to; t++)
                                now[i] += quantity[i][t];
                        for (int32_t t = base_from; t <= base_to; t++)
                                then[i] += quantity[i][t];
                }
                return first <= own && laspeyres_line_points(c->segment[own].index, arena, nodes[own], month, comparison, points[own][nodes[own]], now, then, count, out);
        }
        for (size_t i = first; i < c->count; i++)
                if (!leg_line_points(c, arena, i, nodes[i], from, to, base_from, before, points[i][nodes[i]], quantity, count, out))
                        return false;
        return true;
}
