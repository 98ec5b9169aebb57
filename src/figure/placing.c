/* placing.c - whether definitions that changed have moved any figure that was known before; and of which periods figures are held. */
#include <string.h>

#include "figure/figure_private.h"
#include "ledger/symbol.h"

static int compare_units(const struct unit *a, const struct unit *b)
{
        int order = (int)a->level - (int)b->level;

        if (order == 0)
                order = strcmp(a->code, b->code);
        return order != 0 ? order : (a->from > b->from) - (a->from < b->from);
}

/* Whether a unit has a figure that was known by then. */
static bool has_figure(struct work *w, const struct unit *u, moment known)
{
        int64_t symbol = symbol_find(w, 'u', u->key), province = symbol_find(w, 'u', province_key(u));

        return symbol > 0 && province > 0 &&
               db_number(w->db, "SELECT 1 FROM figure WHERE province = $1 AND unit = $2 AND known_from <= $3 LIMIT 1",
                         ARGS(v_int(province), v_int(symbol), v_int(known)), 0) != 0;
}

static bool ever_had_figure(struct work *w, const struct unit *u)
{
        return symbol_find(w, 'u', u->key) > 0;
}

/* A unit as it was known then and as it is known now; one of them may be NULL. */
static bool moves(struct work *w, const struct unit *then, const struct unit *now)
{
        if (then == NULL) /* what would have been placed elsewhere, or not at all */
                return has_figure(w, now, w->known);
        if (now == NULL || (now->parent == NULL) != (then->parent == NULL) || (now->parent != NULL && strcmp(now->parent->key, then->parent->key) != 0) || now->to > then->to)
                return ever_had_figure(w, then);
        return false; /* it ended earlier: what stood later is at a new unit, or waits */
}

bool figures_stay_placed(struct work *w)
{
        const struct catalogue *then = catalogue_of(w), *now = catalogue_now(w);
        const struct unit **before, **after;
        size_t before_count, after_count, i = 0, n = 0;

        if (then == NULL || now == NULL || !catalogue_defines_alike(then, now))
                return false;
        if (db_number(w->db, "SELECT 1 FROM ledger_set_aside a JOIN ledger_entry e ON e.id = a.entry WHERE e.kind LIKE 'figures.%' OR e.kind LIKE 'report.%' LIMIT 1", NO_ARGS, 0) != 0)
                return false;
        before_count = unit_list_ever(then, NULL, 0);
        after_count = unit_list_ever(now, NULL, 0);
        before = arena_array(w->arena, before_count + 1, sizeof(struct unit *));
        after = arena_array(w->arena, after_count + 1, sizeof(struct unit *));
        unit_list_ever(then, before, before_count);
        unit_list_ever(now, after, after_count);
        while (work_ok(w) && (i < before_count || n < after_count)) {
                int order = i == before_count ? 1 : n == after_count ? -1 : compare_units(before[i], after[n]);

                if (moves(w, order <= 0 ? before[i] : NULL, order >= 0 ? after[n] : NULL))
                        return false;
                i += order <= 0;
                n += order >= 0;
        }
        return work_ok(w);
}

period figures_held(struct work *w, const char *indicator, const char *item, day from, day to)
{
        struct rows *r = db_query(w->db, "SELECT DISTINCT period FROM figure WHERE indicator = $1 AND (item = $2 OR CAST($2 AS BIGINT) IS NULL)",
                                  ARGS(v_int(symbol_find(w, 'i', indicator)), item == NULL ? v_null() : v_int(symbol_find(w, 't', item))));
        period last = PERIOD_NONE;

        while (rows_next(r)) {
                period p = (period)rows_int(r, 0);

                if (period_last(p) >= from && period_last(p) <= to && (last == PERIOD_NONE || period_last(p) > period_last(last)))
                        last = p;
        }
        rows_close(r);
        return last;
}
