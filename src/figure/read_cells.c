#include <stdlib.h>
#include <string.h>

#include "figure/read_private.h"
#include "ledger/symbol.h"

struct cell *cell_add(struct reader *r, struct cells *c)
{
        if (c->count == c->room) {
                size_t room = c->room == 0 ? 64 : c->room * 2;
                struct cell *list = arena_array(r->scratch, room, sizeof *list);

                if (c->count > 0)
                        memcpy(list, c->list, c->count * sizeof *list);
                c->list = list;
                c->room = room;
        }
        memset(&c->list[c->count], 0, sizeof *c->list);
        return &c->list[c->count++];
}

static int compare_symbols(const void *a, const void *b)
{
        int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

        return (x > y) - (x < y);
}

void choice_sort(struct choice *c)
{
        if (c->count > 1)
                qsort(c->list, c->count, sizeof *c->list, compare_symbols);
}

bool choice_has(const struct choice *c, int64_t symbol)
{
        return c->is_all || (c->count > 0 && bsearch(&symbol, c->list, c->count, sizeof symbol, compare_symbols) != NULL);
}

struct spot spot_of(struct reader *r, const struct unit *u)
{
        const char *province = province_key(u);
        struct spot s = { .unit = u, .symbol = symbol_find(r->work, 'u', u->key) };

        s.province = province == u->key ? s.symbol : symbol_find(r->work, 'u', province);
        return s;
}

const struct unit *unit_of_symbol(struct reader *r, int64_t symbol)
{
        if (symbol >= r->unit_room) {
                int64_t room = symbol < 512 ? 1024 : symbol * 2;
                const struct unit **units = arena_array(r->work->arena, (size_t)room, sizeof *units);

                if (r->unit_room > 0)
                        memcpy(units, r->units, (size_t)r->unit_room * sizeof *units);
                r->units = units;
                r->unit_room = room;
        }
        if (r->units[symbol] == NULL) {
                const char *key = symbol_text(r->work, symbol);

                if (key != NULL)
                        r->units[symbol] = unit_by_key(r->catalogue, key);
        }
        return r->units[symbol];
}

static bool holds_group(const struct reader *r, int64_t province)
{
        for (size_t i = 0; i < r->group_count; i++)
                if (r->groups[i] == province)
                        return true;
        return false;
}

#define SQL_VERSION "SELECT known_from, value, status, mark, entry"
#define SQL_ROW SQL_VERSION ", unit, item, partner"
#define SQL_GROUP                                                                                                      \
        " FROM figure WHERE province = $1 AND indicator = $2 AND period = $3 AND known_from <= $4 AND status >= $5"
#define SQL_ORDER " ORDER BY unit, item, partner, known_from"
/* The same with what each version corrects, for questions about all versions. */
#define SQL_GROUP_CORRECTS                                                                                             \
        "SELECT f.known_from, f.value, f.status, f.mark, f.entry, f.unit, f.item, f.partner, b.known_from FROM figure f LEFT JOIN figure_beside b"   \
        " ON b.province = f.province AND b.indicator = f.indicator AND b.period = f.period AND b.unit = f.unit AND b.item = f.item"           \
        " AND b.partner = f.partner AND b.entry = f.entry AND b.stands_from = f.known_from"                             \
        " WHERE f.province = $1 AND f.indicator = $2 AND f.period = $3 AND f.known_from <= $4 AND f.status >= $5"
#define SQL_CORRECTS_ORDER " ORDER BY f.unit, f.item, f.partner, f.known_from"
#define SQL_POINT                                                                                                      \
        SQL_VERSION " FROM figure WHERE province = $1 AND indicator = $2 AND period = $3 AND unit = $4 AND item = $5"  \
                    " AND partner = $6 AND known_from <= $7 AND status >= $8 ORDER BY known_from DESC LIMIT 1"
#define POINT_WIDTH 8

static void version_read(struct cell *c, struct rows *rows)
{
        c->has_value = true;
        c->known_from = rows_int(rows, 0);
        c->value = rows_int(rows, 1);
        c->status = rows_int(rows, 2);
        c->mark = rows_int(rows, 3);
        c->entry = rows_int(rows, 4);
}

static void point_each(void *context, size_t row, struct rows *result, int changed)
{
        struct cell *const *cells = context;

        (void)changed;
        if (result != NULL)
                version_read(cells[row], result);
}

/* Whether the code of a unit that an act made was that of another territory until then. */
static bool took_code_over(const struct catalogue *c, const struct unit *u)
{
        const struct unit_change *made_of;

        return u->act_file != NULL && unit_at(c, u->code, u->from - 1) != NULL && !(unit_predecessors(c, u, &made_of, 1) == 1 && made_of->is_whole);
}

const struct unit *const *units_renewed(struct reader *r, size_t *count)
{
        const struct unit_change *changes;
        size_t n;

        if (r->renewed == NULL) {
                n = unit_changes(r->catalogue, &changes);
                r->renewed = arena_array(r->work->arena, n + 1, sizeof *r->renewed);
                for (size_t i = 0; i < n; i++) {
                        size_t k = 0;

                        if (changes[i].new->act_file == NULL || !took_code_over(r->catalogue, changes[i].new))
                                continue;
                        while (k < r->renewed_count && r->renewed[k] != changes[i].new)
                                k++;
                        r->renewed[k] = changes[i].new;
                        r->renewed_count += k == r->renewed_count;
                }
        }
        *count = r->renewed_count;
        return r->renewed;
}

void cell_date(struct reader *r, struct cell *c)
{
        struct work *w = r->work;
        char since[DAY_SHOWN_MAX];
        int64_t *at;

        if (c->entry == 0 || c->is_of_before || !took_code_over(r->catalogue, c->unit))
                return;
        if (r->written == NULL)
                r->written = map_in(w->arena);
        at = map_put(r->written, &c->entry, sizeof c->entry, NULL);
        if (at == NULL)
                arena_starve(w->arena);
        if (*at == 0)
                *at = db_number(w->db, "SELECT at FROM ledger_entry WHERE id = $1", ARGS(v_int(c->entry)), 0);
        c->is_of_before = *at < catalogue_recorded_at(w, c->unit->act_file);
        day_write_shown(since, c->unit->from, w->language);
        if (c->is_of_before)
                c->note = arena_print(r->scratch, work_text(w, "not comparable: written before it was recorded that %s is another unit from %s on; it is of the unit before"),
                                      note_unit(r, c->unit), since);
}

bool points_fetch(struct reader *r, const struct point *points, size_t count, struct cell **cells)
{
        int64_t *keys = arena_array(r->scratch, count + 1, sizeof *keys * POINT_WIDTH);

        for (size_t i = 0; i < count; i++) {
                const struct point *p = &points[i];
                int64_t *k = keys + i * POINT_WIDTH;

                k[0] = p->spot.province;
                k[1] = r->topic;
                k[2] = p->period;
                k[3] = p->spot.symbol;
                k[4] = p->item;
                k[5] = p->partner;
                k[6] = r->known;
                k[7] = r->least_status;
        }
        if (count > 0 && !db_each(r->work->db, SQL_POINT, keys, count, POINT_WIDTH, point_each, cells))
                return false;
        for (size_t i = 0; i < count; i++)
                if (cells[i]->has_value && points[i].spot.unit->act_file != NULL) {
                        cells[i]->unit = points[i].spot.unit;
                        cell_date(r, cells[i]);
                }
        return work_ok(r->work);
}

static int compare_spots(const void *a, const void *b)
{
        const struct spot *x = a, *y = b;

        if (x->province != y->province)
                return x->province < y->province ? -1 : 1;
        return (x->symbol > y->symbol) - (x->symbol < y->symbol);
}

/* Rows in the order of SQL_ORDER, group by group, become cells: of all units, or of those of only (sorted spots of the province), or of those that lie
 * below one on the map of the period. */
static bool rows_take(struct reader *r, struct rows *rows, int64_t province, const struct spot *only, size_t only_count, const struct unit *above,
                      struct cells *out)
{
        const struct unit *u = NULL;
        int64_t last_unit = -1, last_item = -1, last_partner = -1;
        struct cell *c = NULL;
        bool is_wanted = false, has_all = r->query != NULL && r->query->all_versions;

        while (rows_next(rows)) {
                int64_t at = rows_int(rows, 5), item = rows_int(rows, 6), partner = rows_int(rows, 7);

                if (at != last_unit) {
                        struct spot key = { .symbol = at, .province = province };

                        is_wanted = only == NULL || bsearch(&key, only, only_count, sizeof key, compare_spots) != NULL;
                        u = is_wanted ? unit_of_symbol(r, at) : NULL;
                        if (u != NULL && above != NULL && (u == above || !is_on_map(u, r->on) || !unit_is_within(u, above)))
                                u = NULL;
                        c = NULL;
                }
                if (u != NULL && choice_has(&r->items, item) && choice_has(&r->partners, partner)) {
                        if (c == NULL || item != last_item || partner != last_partner || has_all) {
                                c = cell_add(r, out);
                                c->unit = u;
                                c->item = item;
                                c->partner = partner;
                        }
                        version_read(c, rows);
                        c->corrects = has_all ? rows_int(rows, 8) : 0; /* NULL is read as 0 */
                }
                last_unit = at;
                last_item = item;
                last_partner = partner;
        }
        return work_ok(r->work);
}

/* Rows of one group; of one unit (symbol) or, with 0, of all; only and above as in rows_take. */
static bool fetch_group(struct reader *r, int64_t province, int64_t unit, const struct spot *only, size_t only_count,
                        const struct unit *above, struct cells *out)
{
        bool has_all = r->query != NULL && r->query->all_versions;
        struct rows *rows =
                unit == 0 ? db_query(r->work->db, has_all ? SQL_GROUP_CORRECTS SQL_CORRECTS_ORDER : SQL_ROW SQL_GROUP SQL_ORDER,
                                     ARGS(v_int(province), v_int(r->topic), v_int(r->period), v_int(r->known),
                                          v_int(r->least_status)))
                          : db_query(r->work->db, has_all ? SQL_GROUP_CORRECTS " AND f.unit = $6" SQL_CORRECTS_ORDER : SQL_ROW SQL_GROUP " AND unit = $6" SQL_ORDER,
                                     ARGS(v_int(province), v_int(r->topic), v_int(r->period), v_int(r->known),
                                          v_int(r->least_status), v_int(unit)));

        return rows_take(r, rows, province, only, only_count, above, out);
}

bool cells_fetch_points(struct reader *r, const struct spot *spots, size_t count, struct cells *out)
{
        struct point *points = arena_array(r->scratch, count, sizeof *points);
        struct cell *cells = arena_array(r->scratch, count, sizeof *cells), **places;
        size_t n = 0;

        places = arena_array(r->scratch, count, sizeof *places);
        for (size_t i = 0; i < count; i++) {
                if (spots[i].symbol <= 0)
                        continue;
                points[n] = (struct point){ spots[i], r->period, r->items.list[0], r->partners.list[0] };
                cells[n] = (struct cell){ .unit = spots[i].unit, .item = points[n].item, .partner = points[n].partner };
                places[n] = &cells[n];
                n++;
        }
        if (!points_fetch(r, points, n, places))
                return false;
        for (size_t i = 0; i < n; i++)
                if (cells[i].has_value)
                        *cell_add(r, out) = cells[i];
        return true;
}

bool cells_fetch_below(struct reader *r, const struct spot *s, struct cells *out)
{
        struct rows *rows;

        if (s->unit->level != LEVEL_COUNTRY)
                return s->province <= 0 || fetch_group(r, s->province, 0, NULL, 0, s->unit, out);
        rows = db_query(r->work->db,
                        "SELECT f.known_from, f.value, f.status, f.mark, f.entry, f.unit, f.item, f.partner FROM figure_group g JOIN figure f"
                        " ON f.province = g.province AND f.indicator = g.indicator AND f.period = g.period"
                        " WHERE g.indicator = $1 AND g.period = $2 AND f.known_from <= $3 AND f.status >= $4"
                        " ORDER BY g.province, f.unit, f.item, f.partner, f.known_from",
                        ARGS(v_int(r->topic), v_int(r->period), v_int(r->known), v_int(r->least_status)));
        return rows_take(r, rows, 0, NULL, 0, s->unit, out);
}

bool cells_fetch(struct reader *r, struct spot *spots, size_t count, struct cells *out)
{
        bool is_point = !r->query->all_versions && !r->items.is_all && r->items.count == 1 && !r->partners.is_all &&
                        r->partners.count == 1;

        if (spots == NULL) {
                for (size_t i = 0; i < r->group_count; i++)
                        if (!fetch_group(r, r->groups[i], 0, NULL, 0, NULL, out))
                                return false;
                return true;
        }
        if (is_point)
                return cells_fetch_points(r, spots, count, out);
        qsort(spots, count, sizeof *spots, compare_spots);
        for (size_t i = 0, end; i < count; i = end) {
                for (end = i + 1; end < count && spots[end].province == spots[i].province; end++)
                        ;
                if (spots[i].province <= 0 || !holds_group(r, spots[i].province))
                        continue;
                if (end - i > 4) {
                        if (!fetch_group(r, spots[i].province, 0, spots + i, end - i, NULL, out))
                                return false;
                        continue;
                }
                for (size_t j = i; j < end; j++)
                        if (spots[j].symbol > 0 && !fetch_group(r, spots[j].province, spots[j].symbol, NULL, 0, NULL, out))
                                return false;
        }
        return true;
}
