/* totals.c - the sums over the units below, kept in the same transaction as the figures. */
#include <stdlib.h>
#include <string.h>

#include "figure/figure_private.h"

bool changes_open(struct changes *c)
{
        *c = (struct changes){ .by_key = map_open() };
        return c->by_key != NULL;
}

void changes_close(struct changes *c)
{
        map_close(c->by_key);
        free(c->list);
        *c = (struct changes){ .by_key = NULL };
}

/* Cells come in the order of the table, so units of one place add to its totals in the same order: the one behind the last is
 * looked at before a search that would miss the processor's cache. */
static struct change *change_of(struct changes *c, const int64_t key[T_KEY])
{
        int64_t *number;

        if (c->next < c->count && memcmp(c->list[c->next].v, key, sizeof(int64_t) * T_KEY) == 0)
                return &c->list[c->next++];
        number = map_put(c->by_key, key, sizeof(int64_t) * T_KEY, NULL);
        if (number == NULL)
                return NULL;
        if (*number > 0) {
                c->next = (size_t)*number;
                return &c->list[*number - 1];
        }
        if (c->count == c->room) {
                size_t room = c->room == 0 ? 64 : c->room * 2;
                struct change *more = realloc(c->list, room * sizeof *more);

                if (more == NULL)
                        return NULL;
                c->list = more;
                c->room = room;
        }
        *number = (int64_t)++c->count;
        c->list[c->count - 1] = (struct change){ .v = { 0 } };
        memcpy(c->list[c->count - 1].v, key, sizeof(int64_t) * T_KEY);
        return &c->list[c->count - 1];
}

static void change_add(struct changes *c, const int64_t key[T_KEY], const struct standing *s, int sign)
{
        struct change *change = change_of(c, key);
        int64_t high, low;

        if (change == NULL) {
                c->is_starved = true;
                return;
        }
        stats_halves(s->value, &high, &low);
        change->v[T_HIGH] += sign * high;
        change->v[T_LOW] += sign * low;
        change->v[T_N] += sign;
        change->v[T_SUBMITTED] += s->status == STATUS_SUBMITTED ? sign : 0;
        change->v[T_APPROVED] += s->status == STATUS_APPROVED ? sign : 0;
        change->v[T_ESTIMATES] += s->mark == MARK_ESTIMATE ? sign : 0;
}

void cell_changed(struct changes *c, const struct place *place, const int64_t cell[F_CELL], const struct standing *before,
                  const struct standing *after)
{
        int64_t key[T_KEY] = { 0, cell[F_INDICATOR], cell[F_PERIOD], place->level, cell[F_ITEM], cell[F_PARTNER] };

        if (before->is_there == after->is_there &&
            (!before->is_there || (before->value == after->value && before->status == after->status && before->mark == after->mark)))
                return;
        for (int i = 0; i < place->above_count; i++) {
                key[T_UNIT] = place->above[i];
                if (before->is_there)
                        change_add(c, key, before, -1);
                if (after->is_there)
                        change_add(c, key, after, 1);
        }
}

bool changes_flush(struct changes *c, struct work *w)
{
        if (c->is_starved)
                return error_set(&w->err, ERR_ENVIRONMENT, "the machine has no memory left");
        if (c->count > 0 &&
            !db_each(w->db,
                     "INSERT INTO figure_total (unit, indicator, period, level, item, partner, sum_high, sum_low, n,"
                     " n_submitted, n_approved, n_estimates) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
                     " ON CONFLICT (unit, indicator, period, level, item, partner) DO UPDATE SET"
                     " sum_high = figure_total.sum_high + excluded.sum_high,"
                     " sum_low = figure_total.sum_low + excluded.sum_low, n = figure_total.n + excluded.n,"
                     " n_submitted = figure_total.n_submitted + excluded.n_submitted,"
                     " n_approved = figure_total.n_approved + excluded.n_approved,"
                     " n_estimates = figure_total.n_estimates + excluded.n_estimates",
                     c->list[0].v, c->count, T_WIDTH, NULL, NULL))
                return false;
        map_reset(c->by_key);
        c->count = c->next = 0;
        return work_ok(w);
}
