/* recorded.c - what is recorded already: as known from the same moment, of a unit. */
#include <string.h>

#include "base/map.h"
#include "figure/figure_private.h"
#include "ledger/symbol.h"

#define KEY_WIDTH 7

struct found {
        int64_t *values, *entries; /* entry 0: none */
};

static void found_keep(void *context, size_t row, struct rows *result, int changed)
{
        struct found *f = context;

        (void)changed;
        if (result == NULL)
                return;
        f->values[row] = rows_int(result, 0);
        f->entries[row] = rows_int(result, 1);
}

/* Whether an entry names that source; remembered by entry. */
static bool is_from(struct work *w, struct map *known, int64_t entry, const char *source)
{
        bool is_new;
        int64_t *is_same = map_put(known, &entry, sizeof entry, &is_new);

        if (is_same == NULL)
                arena_starve(w->arena);
        if (is_new) {
                const char *of = db_text(w->db, w->arena, "SELECT source FROM figure_entry WHERE entry = $1", ARGS(v_int(entry)));

                *is_same = of != NULL && strcmp(of, source) == 0;
        }
        return *is_same != 0;
}

bool figures_recorded(struct work *w, const struct figure *list, size_t count, const char *source, int64_t *values, bool *has)
{
        const struct catalogue *c = catalogue_of(w);
        int64_t keys[FIGURES_RECORDED_MOST * KEY_WIDTH], entries[FIGURES_RECORDED_MOST] = { 0 };
        struct found f = { values, entries };
        struct map *known = NULL;
        bool ok;

        for (size_t i = 0; i < count; i++) {
                int64_t *k = keys + i * KEY_WIDTH;

                k[F_PROVINCE] = symbol_find(w, 'u', province_key(list[i].unit));
                k[F_INDICATOR] = symbol_find(w, 'i', list[i].indicator->id);
                k[F_PERIOD] = list[i].period;
                k[F_UNIT] = symbol_find(w, 'u', list[i].unit->key);
                k[F_ITEM] = symbol_find(w, 't', item_stored(c, list[i].indicator->item_classification, list[i].item));
                k[F_PARTNER] = symbol_find(w, 't', item_stored(c, list[i].indicator->partner_classification, list[i].partner));
                k[F_KNOWN] = list[i].known_from;
        }
        ok = count == 0 || db_each(w->db,
                                   "SELECT value, entry FROM figure WHERE province = $1 AND indicator = $2 AND period = $3 AND unit = $4 AND item = $5"
                                   " AND partner = $6 AND known_from = $7",
                                   keys, count, KEY_WIDTH, found_keep, &f);
        if (!ok)
                return false;
        for (size_t i = 0; i < count; i++) {
                if (entries[i] != 0 && known == NULL)
                        known = map_in(w->arena);
                has[i] = entries[i] != 0 && is_from(w, known, entries[i], source);
        }
        return work_ok(w);
}

int64_t figures_of_unit(struct work *w, const struct unit *u)
{
        int64_t unit = symbol_find(w, 'u', u->key), province = symbol_find(w, 'u', province_key(u));

        return unit <= 0 || province <= 0 ? 0 : db_number(w->db, "SELECT COUNT(*) FROM figure WHERE province = $1 AND unit = $2", ARGS(v_int(province), v_int(unit)), 0);
}
