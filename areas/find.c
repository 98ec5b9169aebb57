#include "areas/find.h"

#include <stdlib.h>

#include "format/html.h"

struct found_group *search_add(struct work *w, struct search *s, const char *kind, const char *title, size_t count, int64_t total)
{
        struct found_group *group;

        if (count == 0)
                return NULL;
        s->groups = arena_room(w->arena, s->groups, s->count, sizeof *s->groups);
        group = &s->groups[s->count++];
        *group = (struct found_group){ .kind = kind, .title = title, .count = count, .total = total,
                                       .list = arena_array(w->arena, count, sizeof *group->list) };
        return group;
}

const char *search_address(struct work *w, const struct search *s, const char *before)
{
        struct buf o;

        buf_init_with(&o, 0, w->arena);
        buf_text(&o, before);
        html_url_part(&o, s->typed);
        return arena_text(w->arena, o.data);
}

void offer_add(struct work *w, struct offers *o, const void *thing, int fit)
{
        if (fit == 0)
                return;
        o->list = arena_room(w->arena, o->list, o->count, sizeof *o->list);
        o->list[o->count] = (struct offer){ thing, fit, o->count };
        o->count++;
}

static int by_fit(const void *a, const void *b)
{
        const struct offer *x = a, *y = b;

        return x->fit != y->fit ? y->fit - x->fit : (x->place > y->place) - (x->place < y->place);
}

size_t offers_best(struct offers *o, size_t most)
{
        if (o->count > 1)
                qsort(o->list, o->count, sizeof *o->list, by_fit);
        return o->count < most ? o->count : most;
}
