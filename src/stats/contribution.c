#include "stats/contribution.h"

#include "stats/apportion.h"

#define PERCENT ((int128)100 * decimal_power[STATS_DECIMALS])

static bool has_levels(const struct growth_part *p)
{
        return p->has_now && p->has_before;
}

/* Points of one part by itself. */
static enum growth_lack points_of(const struct growth_part *whole, const struct growth_part *part, int64_t *points)
{
        bool is_level = has_levels(part) && whole->has_before;

        if (is_level && part->price_year != 0 && part->price_year == whole->price_year)
                return stats_contribution(part->now, part->before, whole->before, points) ? LACK_NOTHING : LACK_WHOLE_BEFORE;
        if (part->has_share && part->has_growth)
                return decimal_narrow(decimal_divide((int128)part->share * part->growth, PERCENT), points) ? LACK_NOTHING : LACK_PART;
        if (is_level)
                return LACK_PRICES;
        if (has_levels(part) && !part->has_growth)
                return LACK_WHOLE_BEFORE;
        return part->has_growth ? LACK_SHARE : LACK_PART;
}

bool contributions_place(struct arena *arena, int64_t whole_before, const struct level_pair *of, int64_t of_points, const struct level_pair *part,
                         size_t count, int64_t *points)
{
        int128 *wide = arena_array(arena, count + 1, sizeof *wide), now = 0, before = 0;

        for (size_t i = 0; i < count; i++) {
                now += part[i].now;
                before += part[i].before;
                wide[i] = (int128)part[i].now - part[i].before;
        }
        if (now != of->now || before != of->before || !apportion(arena, wide, count, PERCENT, whole_before, of_points, wide))
                return false;
        for (size_t i = 0; i < count; i++)
                decimal_narrow(wide[i], &points[i]); /* as large as the ones it replaces */
        return true;
}

/* Place the points of what the parts are parts of, where all have levels of the same prices; whether they were. */
static bool place(struct arena *arena, const struct growth_part *whole, const struct growth_part *of, int64_t of_points, const struct growth_part *part,
                  size_t count, struct growth_contribution *out)
{
        struct level_pair *levels = arena_array(arena, count + 1, sizeof *levels);
        int64_t *points = arena_array(arena, count + 1, sizeof *points);
        bool is_placed = has_levels(of) && of->before > 0;

        for (size_t i = 0; i < count; i++) {
                is_placed = is_placed && has_levels(&part[i]) && part[i].price_year != 0 && part[i].price_year == of->price_year;
                levels[i] = (struct level_pair){ part[i].now, part[i].before };
                points[i] = out[i].points;
        }
        is_placed = is_placed && contributions_place(arena, whole->before, &(struct level_pair){ of->now, of->before }, of_points, levels, count, points);
        for (size_t i = 0; i < count; i++)
                out[i].points = points[i];
        return is_placed;
}

struct growth_sum growth_contributions(struct arena *arena, const struct growth_part *whole, const struct growth_part *part, size_t count,
                                       struct growth_contribution *out)
{
        struct growth_sum sum = { 0 };
        int128 rest;

        if (has_levels(whole) && whole->price_year != 0)
                sum.has_growth = stats_growth(whole->now, whole->before, &sum.growth);
        if (!sum.has_growth && whole->has_growth) {
                sum.has_growth = true;
                sum.growth = whole->growth;
        }
        for (size_t i = 0; i < count; i++) {
                out[i] = (struct growth_contribution){ 0 };
                out[i].lack = points_of(whole, &part[i], &out[i].points);
                sum.lacking += out[i].lack != LACK_NOTHING;
        }
        if (sum.has_growth && sum.lacking == 0)
                place(arena, whole, whole, sum.growth, part, count, out);
        rest = sum.growth;
        for (size_t i = 0; i < count; i++) {
                if (out[i].lack != LACK_NOTHING)
                        continue;
                rest -= out[i].points;
                out[i].is_explained = sum.has_growth && (sum.growth >= GROWTH_NEARLY_NONE || sum.growth <= -GROWTH_NEARLY_NONE) &&
                                      stats_share(out[i].points, sum.growth, &out[i].explained);
        }
        sum.has_rest = sum.has_growth && sum.lacking == 0 && decimal_narrow(rest, &sum.rest);
        return sum;
}

void growth_details(struct arena *arena, const struct growth_part *whole, const struct growth_part *parent, const struct growth_contribution *points,
                    const struct growth_part *part, size_t count, struct growth_contribution *out)
{
        struct growth_sum sum = growth_contributions(arena, whole, part, count, out);

        if (points->lack != LACK_NOTHING || sum.lacking > 0 || !place(arena, whole, parent, points->points, part, count, out))
                return;
        for (size_t i = 0; i < count; i++)
                if (out[i].is_explained && !stats_share(out[i].points, sum.growth, &out[i].explained))
                        out[i].is_explained = false;
}
