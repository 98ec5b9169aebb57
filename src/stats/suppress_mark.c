/* suppress_mark.c - what a suppression has decided, to go back to.
 *
 * A mark has what months depend on: how far it has come, the states of cells, and what they cost. All else is made anew of each month (suppress_begin), so that
 * what is decided in one does not depend on how earlier ones came to what they decided. */
#include "stats/suppress_private.h"

#include <assert.h>
#include <string.h>

static unsigned char *put(unsigned char *at, const void *bytes, size_t size)
{
        memcpy(at, bytes, size);
        return at + size;
}

static const unsigned char *get(const unsigned char *at, void *bytes, size_t size)
{
        memcpy(bytes, at, size);
        return at + size;
}

void suppress_begin(struct suppression *s)
{
        assert(!s->is_apart);
        suppress_draw_anew(s);
}

size_t suppress_mark_size(const struct suppression *s)
{
        return sizeof s->month + sizeof s->changes + sizeof s->closed + s->cells * (sizeof *s->state + sizeof *s->cost);
}

void suppress_mark(const struct suppression *s, unsigned char *at)
{
        at = put(at, &s->month, sizeof s->month);
        at = put(at, &s->changes, sizeof s->changes);
        at = put(at, &s->closed, sizeof s->closed);
        at = put(at, s->state, s->cells);
        put(at, s->cost, s->cells * sizeof *s->cost);
}

static void take_states(struct suppression *s, const unsigned char *state)
{
        for (size_t from = 0, to; from < s->cells; from = to) {
                to = from + 64 < s->cells ? from + 64 : s->cells;
                if (memcmp(s->state + from, state + from, to - from) == 0)
                        continue;
                for (size_t i = from; i < to; i++)
                        if (cell_is_hidden((enum cell_state)s->state[i]) != cell_is_hidden((enum cell_state)state[i]))
                                suppress_draw_later(s, (int32_t)i);
                memcpy(s->state + from, state + from, to - from);
        }
}

void suppress_return(struct suppression *s, const unsigned char *at)
{
        at = get(at, &s->month, sizeof s->month);
        at = get(at, &s->changes, sizeof s->changes);
        at = get(at, &s->closed, sizeof s->closed);
        take_states(s, at);
        get(at + s->cells, s->cost, s->cells * sizeof *s->cost);
        suppress_follow(s, NULL);
        s->asked = s->changes;
        suppress_begin(s);
}
