#include "areas/tables/total.h"

#include <stdint.h>
#include <stdlib.h>

enum refusal total_refusal(const struct addends *a)
{
        if (a->indicator == NULL)
                return REFUSE_INDICATORS;
        if (a->compare != COMPARE_NONE && a->compare != COMPARE_YTD)
                return REFUSE_CHANGES;
        if (a->indicator->additive == ADDITIVE_NONE)
                return REFUSE_INDEX;
        if (a->varies[BY_PERIOD]) {
                if (a->indicator->additive == ADDITIVE_STOCK)
                        return REFUSE_LEVELS;
                if (a->compare == COMPARE_YTD)
                        return REFUSE_CUMULATED;
                if (a->has_several_frequencies)
                        return REFUSE_OVERLAP;
        }
        if ((a->varies[BY_UNIT] && a->has_nested_units) || (a->varies[BY_ITEM] && a->has_nested_items) ||
            (a->varies[BY_PARTNER] && a->has_nested_partners))
                return REFUSE_NESTED;
        return a->has_several_measures ? REFUSE_MEASURES : REFUSE_NOTHING;
}

bool total_exceeds(int128 parts, int128 whole)
{
        return whole >= 0 && parts - whole > whole / 100;
}

static int pointer_order(const void *a, const void *b)
{
        uintptr_t x = (uintptr_t)*(const void *const *)a, y = (uintptr_t)*(const void *const *)b;

        return x < y ? -1 : x > y;
}

bool units_are_nested(const struct unit **units, size_t count)
{
        qsort(units, count, sizeof *units, pointer_order);
        for (size_t i = 0; i < count; i++)
                for (const struct unit *up = units[i]->parent; up != NULL; up = up->parent)
                        if (bsearch(&up, units, count, sizeof *units, pointer_order) != NULL)
                                return true;
        return false;
}

bool items_are_nested(const struct item **items, size_t count)
{
        qsort(items, count, sizeof *items, pointer_order);
        if (count > 1 && items[0] == NULL)
                return true; /* the whole holds every other */
        for (size_t i = 0; i < count; i++)
                for (const struct item *up = items[i] == NULL ? NULL : items[i]->parent; up != NULL; up = up->parent)
                        if (bsearch(&up, items, count, sizeof *items, pointer_order) != NULL)
                                return true;
        return false;
}
