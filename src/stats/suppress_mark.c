/* suppress_mark.c - what a suppression has decided, to go back to.
 *
 * A mark has what later months depend on: how far it has come, the states of cells, the order in which edges are looked at, the cost of ways, and the ways known
 * around cells, for of several that serve the first known is taken. All else is made anew of each month. */
#include "stats/suppress_private.h"

#include <string.h>

/* Where a mark is written (at: NULL to count only) or read. */
struct place {
        unsigned char *at;
        size_t size;
};

static void put(struct place *p, const void *bytes, size_t size)
{
        if (p->at != NULL)
                memcpy(p->at + p->size, bytes, size);
        p->size += size;
}

static void get(const unsigned char **mark, void *bytes, size_t size)
{
        memcpy(bytes, *mark, size);
        *mark += size;
}

/* Of each cell with ways: which it is; of each way its place, from 1, and its cells; 0 ends those of a cell. */
static void put_ways(struct place *p, const struct suppression *s)
{
        int32_t end = -1;

        for (int32_t c = 0; (size_t)c < s->cells; c++) {
                const struct ways *known = &s->sums->ways[c];
                unsigned char none = 0, any = 0;

                for (unsigned char k = 0; k < WAYS; k++) {
                        const struct way *w = &known->way[k];
                        unsigned char place = (unsigned char)(k + 1);
                        int32_t count = (int32_t)w->count;

                        if (count == 0)
                                continue;
                        if (!any)
                                put(p, &c, sizeof c);
                        any = 1;
                        put(p, &place, 1);
                        put(p, &count, sizeof count);
                        put(p, w->cell, w->count * sizeof *w->cell);
                }
                if (any)
                        put(p, &none, 1);
        }
        put(p, &end, sizeof end);
}

static void get_ways(struct suppression *s, const unsigned char **mark)
{
        int32_t cell, count;
        unsigned char place;

        for (size_t c = 0; c < s->cells; c++)
                for (int k = 0; k < WAYS; k++)
                        s->sums->ways[c].way[k].count = 0;
        for (get(mark, &cell, sizeof cell); cell >= 0; get(mark, &cell, sizeof cell))
                for (get(mark, &place, 1); place > 0; get(mark, &place, 1)) {
                        struct way *w = &s->sums->ways[cell].way[place - 1];

                        get(mark, &count, sizeof count);
                        if ((size_t)count > w->room)
                                suppress_way_room(s, w, (size_t)count);
                        w->count = (size_t)count;
                        get(mark, w->cell, w->count * sizeof *w->cell);
                }
}

static size_t mark(const struct suppression *s, unsigned char *bytes)
{
        struct place p = { bytes, 0 };

        put(&p, &s->month, sizeof s->month);
        put(&p, &s->changes, sizeof s->changes);
        put(&p, &s->closed, sizeof s->closed);
        put(&p, s->state, s->cells * sizeof *s->state);
        put(&p, s->is_wanted_hidden, s->cells * sizeof *s->is_wanted_hidden);
        put(&p, s->cost, s->cells * sizeof *s->cost);
        put(&p, s->out, 2 * s->cells * sizeof *s->out);
        put(&p, s->end_of_hidden, (size_t)s->vertices * sizeof *s->end_of_hidden);
        put_ways(&p, s);
        return p.size;
}

size_t suppress_mark_size(const struct suppression *s)
{
        return mark(s, NULL);
}

void suppress_mark(const struct suppression *s, unsigned char *bytes)
{
        mark(s, bytes);
}

void suppress_return(struct suppression *s, const unsigned char *bytes)
{
        get(&bytes, &s->month, sizeof s->month);
        get(&bytes, &s->changes, sizeof s->changes);
        get(&bytes, &s->closed, sizeof s->closed);
        get(&bytes, s->state, s->cells * sizeof *s->state);
        get(&bytes, s->is_wanted_hidden, s->cells * sizeof *s->is_wanted_hidden);
        get(&bytes, s->cost, s->cells * sizeof *s->cost);
        get(&bytes, s->out, 2 * s->cells * sizeof *s->out);
        get(&bytes, s->end_of_hidden, (size_t)s->vertices * sizeof *s->end_of_hidden);
        get_ways(s, &bytes);
}
