/* stretch.c - the months in which an establishment is asked for a product, out of the stretches that were told one after another. */
#include <string.h>

#include "areas/iip/iip.h"

bool iip_stretch_is_none(const struct iip_stretch *s)
{
        return s->to != PERIOD_NONE && s->to < s->from;
}

size_t iip_stretch_tell(struct iip_stretch *list, size_t count, struct iip_stretch told)
{
        size_t at = 0;

        while (at < count && list[at].from < told.from)
                at++;
        if (at == count || list[at].from != told.from)
                memmove(list + at + 1, list + at, (count++ - at) * sizeof *list);
        list[at] = told;
        return count;
}

size_t iip_stretches_join(struct iip_stretch *list, size_t count)
{
        size_t kept = 0;

        for (size_t i = 0; i < count; i++) {
                struct iip_stretch *last = kept == 0 ? NULL : &list[kept - 1];

                if (iip_stretch_is_none(&list[i]))
                        continue;
                if (last == NULL || (last->to != PERIOD_NONE && period_plus(last->to, 1) < list[i].from))
                        list[kept++] = list[i];
                else if (last->to != PERIOD_NONE && (list[i].to == PERIOD_NONE || list[i].to > last->to))
                        last->to = list[i].to;
        }
        return kept;
}
