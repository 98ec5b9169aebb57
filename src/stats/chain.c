#include "stats/chain.h"

#include <stdlib.h>

#include "stats/apportion.h"
#include "stats/laspeyres_private.h"

/* ---- linking ----------------------------------------------------------------------------------- */

static int32_t last_month(const struct chain *c, size_t segment)
{
        return segment + 1 < c->count ? c->segment[segment + 1].from - 1 : c->segment[segment].index->months - 1;
}

/* Levels of one node of a segment in all months, given those of what it continues (NULL: it continues nothing). False, and levels
 * unlinked, where the overlap is not known; then *down is 0. */
static bool link_node(const struct chain_segment *s, size_t node, const int64_t *before, int64_t *level, int128 *up, int128 *down)
{
        int32_t months = s->index->months;
        bool is_linked = true;

        *up = *down = 0;
        for (int32_t t = 0; t < months; t++)
                if (!laspeyres_level(s->index, node, t, &level[t]))
                        level[t] = -1;
        for (int32_t t = s->overlap_from; before != NULL && t <= s->overlap_to; t++) {
                is_linked = is_linked && level[t] >= 0 && before[t] >= 0;
                *up += before[t];
                *down += level[t];
        }
        if (before == NULL)
                *up = *down = 1;
        if (!is_linked || *down <= 0) {
                *down = 0;
                return false;
        }
        for (int32_t t = 0; t < months; t++) {
                int128 scaled = -1;

                if (level[t] >= 0 && (!scale_round(level[t], *up, *down, &scaled) || !decimal_narrow(scaled, &level[t])))
                        level[t] = -1;
        }
        return true;
}

struct chain *chain_make(struct arena *arena, const struct chain_segment *segment, size_t count, struct error *e)
{
        struct chain *c = arena_alloc(arena, sizeof *c);

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
                if (!link_node(&segment[i], 0, i == 0 ? NULL : c->level[i - 1], c->level[i], &c->up[i], &c->down[i])) {
                        error_set(e, ERR_INVALID, "segment %zu of the chained index cannot be linked: both must be known in all months of "
                                  "the overlap", i + 1);
                        error_hint(e, "choose an overlap that old and new weights both cover");
                        return NULL;
                }
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

void chain_levels(const struct chain *c, struct arena *arena, size_t node, int64_t *level)
{
        size_t months = (size_t)c->segment[0].index->months, *nodes = arena_array(arena, c->count, sizeof *nodes);
        size_t first = trace_back(c, node, nodes);
        int64_t *before = NULL, *own;
        int128 up, down;

        for (size_t t = 0; t < months; t++)
                level[t] = -1;
        for (size_t i = first; i < c->count; i++) {
                own = arena_array(arena, months + 1, sizeof *own);
                if (!link_node(&c->segment[i], nodes[i], before, own, &up, &down))
                        for (size_t t = 0; t < months; t++)
                                level[t] = -1; /* it begins here */
                for (int32_t t = c->segment[i].from; t <= last_month(c, i); t++)
                        level[t] = own[t];
                before = own;
        }
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

bool chain_compare(const struct chain *c, struct arena *arena, size_t node, int32_t month, enum index_comparison comparison, int64_t *percent)
{
        int32_t from, to, base_from, base_to;
        size_t own = segment_of(c, month), *nodes;
        int64_t *level;

        if (!span_of(c, month, comparison, &from, &to, &base_from, &base_to))
                return false;
        nodes = arena_array(arena, c->count, sizeof *nodes);
        if (comparison != INDEX_BASE && segment_of(c, base_from) == own)
                return trace_back(c, node, nodes) <= own &&
                       laspeyres_compare(c->segment[own].index, nodes[own], month, comparison, percent);
        level = arena_array(arena, (size_t)c->segment[0].index->months + 1, sizeof *level);
        chain_levels(c, arena, node, level);
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

/* What the volume of a node changed by while a segment stood, over all pairs of months of the comparison. */
static bool leg(const struct chain *c, size_t segment, size_t node, int32_t from, int32_t to, int32_t base_from, int128 *change)
{
        const struct laspeyres *l = c->segment[segment].index;
        int32_t begin = segment == 0 ? 0 : c->segment[segment].from - 1, last = last_month(c, segment);

        *change = 0;
        if (l->left_out[node] != LEFT_IN)
                return true;
        for (int32_t t = from; t <= to; t++) {
                int32_t s = base_from + (t - from), start = s > begin ? s : begin, end = t < last ? t : last;
                const int128 *v = l->volume + node * (size_t)l->months;

                if (start >= end)
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
