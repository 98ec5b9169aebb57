/* suppress_found.c - what was found of months that were taken before. Where a month before them is taken anew and other cells are hidden since, most of it stands: what
 * the primary rule says of cells, who is missing, and, as far as the same ways are there, that sums hide nothing. Only what follows from the graph of hidden
 * cells is made again. */
#include "stats/suppress_private.h"

#include <string.h>

/* Room for one more; longer lists take the place of shorter ones. */
static void *one_more(struct suppression *s, void *list, size_t count, size_t *room, size_t size)
{
        void *longer;

        if (count < *room)
                return list;
        *room = 2 * *room + 16;
        longer = arena_array(s->arena, *room, size);
        return count == 0 ? longer : memcpy(longer, list, count * size);
}

void suppress_note_missing(struct suppression *s)
{
        struct found *f = &s->found[s->month];

        f->missing_count = 0;
        for (size_t k = 0; k < s->missing_count; k++) {
                f->missing = one_more(s, f->missing, f->missing_count, &f->missing_room, sizeof *f->missing);
                f->missing[f->missing_count++] = (uint32_t)s->missing[k];
        }
}

void suppress_set_missing(struct suppression *s)
{
        const struct found *f = &s->found[s->month];

        while (s->missing_count > 0)
                s->is_missing[s->missing[--s->missing_count]] = false;
        for (; s->missing_count < f->missing_count; s->missing_count++) {
                s->missing[s->missing_count] = f->missing[s->missing_count];
                s->is_missing[f->missing[s->missing_count]] = true;
        }
}

bool suppress_is_as_noted(const struct suppression *s, const struct noted *n)
{
        size_t i = 0;

        if (!n->is_known)
                return false;
        while (i < s->cells && n->before[i] == (unsigned char)s->state[i])
                i++;
        return i == s->cells;
}

/* Where memory ends meanwhile it is not known. */
void suppress_note(struct suppression *s, struct noted *n)
{
        n->is_known = false;
        if (n->before == NULL)
                n->before = arena_array(s->arena, s->cells, sizeof *n->before);
        for (size_t i = 0; i < s->cells; i++)
                n->before[i] = (unsigned char)s->state[i];
        n->count = 0;
        s->noting = n;
}

/* In the order in which they were hidden: the graph is drawn in it. */
void suppress_note_hidden(struct suppression *s, int32_t cell)
{
        struct noted *n = s->noting;

        if (n == NULL)
                return;
        n->became = one_more(s, n->became, n->count, &n->room, sizeof *n->became);
        n->became[n->count++] = (struct became){ cell, s->state[cell] };
}

void suppress_note_end(struct suppression *s)
{
        s->noting->is_known = true;
        s->noting = NULL;
}

void suppress_hide_noted(struct suppression *s, const struct noted *n)
{
        for (size_t i = 0; i < n->count; i++)
                suppress_hide_cell(s, n->became[i].cell, n->became[i].state);
}

/* Cells that nobody reported are made safe in a way of their own (settle_month): with them it is judged from the start. */
bool suppress_is_judged_enough(struct suppression *s)
{
        const struct found *f = &s->found[s->month];
        bool ok = f->judged.is_known && f->apart.is_so;
        size_t n = 0;

        for (size_t i = 0; ok && i < f->lacked_count; i++) {
                int32_t cell = f->lacked[i].cell;

                if (is_hidden(s, cell))
                        continue;
                ok = f->lacked[i].found == LACKED_SAFE || f->lacked[i].found == LACKED_UNSAFE;
                if (f->lacked[i].found == LACKED_UNSAFE) {
                        s->touched[n++] = cell;
                        s->state[cell] = CELL_WAITING; /* as it will be */
                }
        }
        ok = ok && suppress_is_quiet(s, &f->apart);
        while (n > 0)
                s->state[s->touched[--n]] = CELL_SHOWN;
        return ok;
}

void suppress_note_lacked(struct suppression *s, struct lacked lacked)
{
        struct found *f = &s->found[s->month];

        f->lacked = one_more(s, f->lacked, f->lacked_count, &f->lacked_room, sizeof *f->lacked);
        f->lacked[f->lacked_count++] = lacked;
}

void suppress_list_silent(struct suppression *s)
{
        const struct found *f = &s->found[s->month];

        for (size_t i = 0; i < f->lacked_count; i++)
                if (f->lacked[i].found == LACKED_SILENT && !is_hidden(s, f->lacked[i].cell))
                        s->silent[s->silent_count++] = f->lacked[i].cell;
}

void suppress_hide_lacked(struct suppression *s)
{
        const struct found *f = &s->found[s->month];

        for (size_t i = 0; i < f->lacked_count; i++)
                if (f->lacked[i].found == LACKED_UNSAFE && !is_hidden(s, f->lacked[i].cell))
                        suppress_hide_cell(s, f->lacked[i].cell, CELL_WAITING);
}
