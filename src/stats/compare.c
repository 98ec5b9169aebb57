#include "stats/compare.h"

/* a / b * 100 with STATS_DECIMALS decimals. a has at most 65 bits, so the product stays far inside 128. */
static bool percent_of(int128 a, int64_t b, int64_t *result)
{
        return decimal_narrow(decimal_divide(a * 100 * decimal_power[STATS_DECIMALS], b), result);
}

bool stats_growth(int64_t value, int64_t base, int64_t *result)
{
        return base > 0 && percent_of((int128)value - base, base, result);
}

bool stats_points(int64_t value, int64_t base, int decimals, int64_t *result)
{
        int128 difference = (int128)value - base;

        if (decimals <= STATS_DECIMALS)
                return decimal_narrow(difference * decimal_power[STATS_DECIMALS - decimals], result);
        return decimal_narrow(decimal_divide(difference, decimal_power[decimals - STATS_DECIMALS]), result);
}

bool stats_share(int64_t part, int64_t whole, int64_t *result)
{
        return whole != 0 && percent_of(part, whole, result);
}

bool stats_contribution(int64_t part, int64_t part_before, int64_t whole_before, int64_t *result)
{
        return whole_before > 0 && percent_of((int128)part - part_before, whole_before, result);
}

void stats_sum_add(struct stats_sum *s, int64_t value)
{
        s->total += value;
        s->count++;
}

void stats_sum_add_halves(struct stats_sum *s, int64_t high, int64_t low, int64_t count)
{
        s->total += (int128)high * ((int64_t)1 << 32) + low;
        s->count += count;
}

void stats_halves(int64_t value, int64_t *high, int64_t *low)
{
        *low = (int64_t)((uint64_t)value & 0xffffffffu);
        *high = (value - *low) / ((int64_t)1 << 32);
}

bool stats_sum_value(const struct stats_sum *s, int64_t *value)
{
        return decimal_narrow(s->total, value);
}
