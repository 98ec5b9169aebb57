/* recorded.c - what is recorded already: as known from the same moment, of a unit. */
#include <string.h>

#include "base/map.h"
#include "figure/figure_private.h"
#include "ledger/node.h"
#include "ledger/symbol.h"

#define KEY_WIDTH 7

static void found_keep(void *context, size_t row, struct rows *result, int changed)
{
        (void)changed;
        ((bool *)context)[row] = result != NULL;
}

/* Whether an entry is this node's own and from that source, as sources count; remembered by entry. */
static bool is_own_word(struct work *w, struct map *known, int64_t entry, const char *source)
{
        bool is_new;
        int64_t *is_same = map_put(known, &entry, sizeof entry, &is_new);

        if (is_same == NULL)
                arena_starve(w->arena);
        if (is_new) {
                const char *of = NULL, *node = NULL;
                struct rows *r = db_query(w->db,
                                          "SELECT f.source, s.node, e.at FROM figure_entry f JOIN ledger_entry e ON e.id = f.entry JOIN ledger_stream s ON s.id = e.stream"
                                          " WHERE f.entry = $1",
                                          ARGS(v_int(entry)));
                stamp at = 0;
                int priority;

                if (rows_next(r)) {
                        of = arena_text(w->arena, rows_text(r, 0));
                        node = arena_text(w->arena, rows_text(r, 1));
                        at = rows_int(r, 2);
                }
                rows_close(r);
                *is_same = of != NULL && strcmp(node, node_key(w->node)) == 0 && provider_told(w, &of, &priority, at) && strcmp(of, source) == 0;
        }
        return *is_same != 0;
}

/* The value this node gave last for a cell and moment from a source. */
static bool last_word(struct work *w, const int64_t *k, struct map *known, const char *source, int64_t *value)
{
        struct word { int64_t value, entry; } *words = NULL;
        size_t count = 0, room = 0;
        bool has = false;
#define WORD_FROM(table) "SELECT value, entry FROM " table " WHERE province = $1 AND indicator = $2 AND period = $3 AND unit = $4 AND item = $5 AND partner = $6 AND known_from = $7"
        struct rows *r = db_query(w->db,
                                  "SELECT v.value, v.entry FROM (" WORD_FROM("figure") " UNION ALL " WORD_FROM("figure_beside") ") v JOIN ledger_entry e ON e.id = v.entry"
                                  " ORDER BY e.at, e.hash",
                                  ARGS(v_int(k[0]), v_int(k[1]), v_int(k[2]), v_int(k[3]), v_int(k[4]), v_int(k[5]), v_int(k[6])));

        while (rows_next(r)) {
                if (count == room) {
                        struct word *more = arena_array(w->arena, room = room == 0 ? 4 : room * 2, sizeof *more);

                        if (count > 0)
                                memcpy(more, words, count * sizeof *more);
                        words = more;
                }
                words[count++] = (struct word){ rows_int(r, 0), rows_int(r, 1) };
        }
        rows_close(r);
        while (!has && count-- > 0) { /* not while the query runs */
                has = is_own_word(w, known, words[count].entry, source);
                *value = words[count].value;
        }
        return has;
}

bool figures_recorded(struct work *w, const struct figure *list, size_t count, const char *source, int64_t *values, bool *has)
{
        const struct catalogue *c = catalogue_of(w);
        int64_t keys[FIGURES_RECORDED_MOST * KEY_WIDTH];
        struct map *known = NULL;
        int priority;

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
        if (!provider_told(w, &source, &priority, stamp_last(w->now)) ||
            (count > 0 && !db_each(w->db,
                                   "SELECT 1 FROM figure WHERE province = $1 AND indicator = $2 AND period = $3 AND unit = $4 AND item = $5"
                                   " AND partner = $6 AND known_from = $7",
                                   keys, count, KEY_WIDTH, found_keep, has)))
                return false;
        for (size_t i = 0; i < count && work_ok(w); i++) {
                if (has[i] && known == NULL)
                        known = map_in(w->arena);
                has[i] = has[i] && last_word(w, keys + i * KEY_WIDTH, known, source, &values[i]);
        }
        return work_ok(w);
}

int64_t figures_of_unit(struct work *w, const struct unit *u)
{
        int64_t unit = symbol_find(w, 'u', u->key), province = symbol_find(w, 'u', province_key(u));

        return unit <= 0 || province <= 0 ? 0 : db_number(w->db, "SELECT COUNT(*) FROM figure WHERE province = $1 AND unit = $2", ARGS(v_int(province), v_int(unit)), 0);
}

size_t figures_periods(struct work *w, const struct indicator *i, bool only_published, moment known, period *periods, size_t room)
{
        size_t count = 0;
        struct rows *r = db_query(w->db,
                                  "SELECT p.period FROM (SELECT DISTINCT period FROM figure_group WHERE indicator = $1) p WHERE EXISTS (SELECT 1 FROM figure_group g"
                                  " JOIN figure f ON f.province = g.province AND f.indicator = g.indicator AND f.period = g.period WHERE g.indicator = $1"
                                  " AND g.period = p.period AND f.status >= $2 AND f.known_from <= $3) ORDER BY p.period DESC",
                                  ARGS(v_int(symbol_find(w, 'i', i->id)), v_int(only_published ? STATUS_PUBLISHED : STATUS_COUNTS), v_int(known == 0 ? INT64_MAX : known)));

        while (count < room && rows_next(r))
                periods[count++] = (period)rows_int(r, 0);
        rows_close(r);
        return count;
}

struct figure_correction *figures_passed_over(struct work *w, const struct figure_query *q, size_t *count)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *u = c == NULL ? NULL : unit_by_key(c, q->units[0]);
        const struct indicator *i = q->indicators[0];
        struct figure_correction *list = NULL;
        size_t room = 0;
        struct rows *r;

        *count = 0;
        if (u == NULL)
                return NULL;
        r = db_query(w->db,
                     "SELECT b.period, b.known_from, b.value, b.status, b.mark, b.entry, e.at FROM figure_beside b JOIN ledger_entry e ON e.id = b.entry"
                     " WHERE b.province = $1 AND b.indicator = $2 AND b.unit = $3 AND b.item = $4 AND b.partner = $5 AND b.status >= $6 AND e.at <= $7"
                     " AND b.corrects = 1 AND b.stands_from = 0 ORDER BY b.period, e.at, b.known_from",
                     ARGS(v_int(symbol_find(w, 'u', province_key(u))), v_int(symbol_find(w, 'i', i->id)), v_int(symbol_find(w, 'u', u->key)),
                          v_int(symbol_find(w, 't', item_stored(c, i->item_classification, q->items[0]))),
                          v_int(symbol_find(w, 't', item_stored(c, i->partner_classification, q->partners[0]))),
                          v_int(q->only_published ? STATUS_PUBLISHED : STATUS_COUNTS), v_int(q->known == 0 ? INT64_MAX : stamp_last(q->known))));
        while (rows_next(r)) {
                if (*count == room) {
                        struct figure_correction *more = arena_array(w->arena, room = room == 0 ? 8 : room * 2, sizeof *more);

                        if (*count > 0)
                                memcpy(more, list, *count * sizeof *more);
                        list = more;
                }
                list[(*count)++] = (struct figure_correction){ (period)rows_int(r, 0), rows_int(r, 2), (enum figure_status)rows_int(r, 3),
                                                               (enum figure_mark)rows_int(r, 4), rows_int(r, 1), stamp_moment(rows_int(r, 6)), rows_int(r, 5) };
        }
        rows_close(r);
        return list;
}
