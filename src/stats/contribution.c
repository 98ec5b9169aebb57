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

static bool adds_up(const struct growth_part *whole, const struct growth_part *part, size_t count)
{
        int128 now = 0, before = 0;

        for (size_t i = 0; i < count; i++) {
                if (!has_levels(&part[i]) || part[i].price_year == 0 || part[i].price_year != whole->price_year)
                        return false;
                now += part[i].now;
                before += part[i].before;
        }
        return has_levels(whole) && whole->before > 0 && now == whole->now && before == whole->before;
}

static void apportion_points(struct arena *arena, const struct growth_part *whole, const struct growth_part *part, size_t count,
                             int64_t growth, struct growth_contribution *out)
{
        int128 *wide = arena_array(arena, count + 1, sizeof *wide);

        for (size_t i = 0; i < count; i++)
                wide[i] = (int128)part[i].now - part[i].before;
        if (!apportion(arena, wide, count, PERCENT, whole->before, growth, wide))
                return;
        for (size_t i = 0; i < count; i++)
                decimal_narrow(wide[i], &out[i].points); /* as large as the ones it replaces */
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
        if (sum.has_growth && sum.lacking == 0 && adds_up(whole, part, count))
                apportion_points(arena, whole, part, count, sum.growth, out);
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

        if (points->lack != LACK_NOTHING || sum.lacking > 0 || !adds_up(parent, part, count))
                return;
        apportion_points(arena, whole, part, count, points->points, out);
        for (size_t i = 0; i < count; i++)
                if (out[i].is_explained && !stats_share(out[i].points, sum.growth, &out[i].explained))
                        out[i].is_explained = false;
}
