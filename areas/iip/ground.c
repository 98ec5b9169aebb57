/* ground.c - what the tables of the country and of its provinces have in common: who is asked, and where units lie, as it was known at a moment. */
#include <stdlib.h>
#include <string.h>

#include "areas/iip/iip.h"
#include "base/map.h"
#include "ledger/symbol.h"

struct iip_ground {
        const struct catalogue *catalogue;
        struct iip_vintage vintage;
        struct map *places;        /* unit and month -> number in list + 1 */
        const struct unit **list;  /* units of the vintage's day; the first is none */
        size_t list_count;
        struct iip_asked *asked[IIP_SERIES];
        size_t asked_count[IIP_SERIES];
        int64_t *reporting[IIP_SERIES]; /* symbols of the units that reported */
        size_t reporting_count[IIP_SERIES];
        period newest[IIP_SERIES];
};

struct iip_vintage iip_vintage(const struct work *w, moment known)
{
        stamp until = known == 0 ? IIP_ALL : stamp_last(known);

        return (struct iip_vintage){ known, until < IIP_ALL ? until : IIP_ALL, day_of_moment(known == 0 || known > w->now ? w->now : known) };
}

const struct unit *iip_origin(const struct catalogue *c, const struct unit *u)
{
        struct unit_part before[2];

        while (unit_restated(c, u, u->from - 1, before, 2) == 1 && before[0].unit != u && before[0].is_exact && strcmp(before[0].unit->code, u->code) == 0)
                u = before[0].unit; /* of the same land: it only became a city */
        return u;
}

stamp iip_since(const struct catalogue *c, const struct unit *u)
{
        return stamp_last(moment_of_day(iip_origin(c, u)->from) - 1) + 1;
}

struct iip_vintage iip_ground_vintage(const struct iip_ground *g)
{
        return g->vintage;
}

struct iip_ground *iip_ground_open(struct work *w, struct iip_vintage vintage)
{
        struct iip_ground *g = arena_alloc(w->arena, sizeof *g);

        *g = (struct iip_ground){ .catalogue = catalogue_of(w), .vintage = vintage, .places = map_in(w->arena) };
        g->list = arena_room(w->arena, NULL, 0, sizeof(*g->list));
        g->list_count = 1;
        return g->catalogue == NULL ? NULL : g;
}

static const struct unit *find(struct work *w, struct iip_ground *g, int64_t symbol, period month)
{
        const char *code = symbol_text(w, symbol);
        const struct unit *then = code == NULL ? NULL : unit_at(g->catalogue, code, period_last(month));
        struct unit_part part[2];

        return then != NULL && unit_restated(g->catalogue, then, g->vintage.on, part, 2) == 1 && part[0].is_exact ? part[0].unit : NULL;
}

const struct unit *iip_lies_in(struct work *w, struct iip_ground *g, int64_t symbol, period month)
{
        const int64_t key[] = { symbol, month };
        int64_t *place = map_put(g->places, key, sizeof key, NULL);

        if (place == NULL)
                arena_starve(w->arena);
        if (*place == 0) {
                const struct unit *now = find(w, g, symbol, month);
                size_t i = 0;

                while (i < g->list_count && g->list[i] != now)
                        i++;
                if (i == g->list_count) {
                        g->list = arena_room(w->arena, g->list, g->list_count, sizeof(*g->list));
                        g->list[g->list_count++] = now;
                }
                *place = (int64_t)i + 1;
        }
        return g->list[*place - 1];
}

/* Rows are sorted by what they say, not by symbols, which differ between nodes: so every node numbers areas and establishments alike,
 * and comes to the same result. */
static int by_text(const void *a, const void *b)
{
        const struct iip_asked *x = a, *y = b;
        int order = strcmp(x->unit, y->unit);

        if (order == 0)
                order = strcmp(x->establishment, y->establishment);
        if (order == 0)
                order = strcmp(x->product, y->product);
        return order != 0 ? order : (x->from > y->from) - (x->from < y->from);
}

/* What was told of a line of the sample so far. */
struct line_told {
        struct iip_asked line;
        int64_t name;                  /* as told last */
        struct iip_stretch *stretch;
        size_t count, most;
};

/* Add a line's stretches to a list of count. */
static struct iip_asked *line_end(struct work *w, struct line_told *l, struct iip_asked *list, int64_t **names, size_t *count)
{
        size_t joined = iip_stretches_join(l->stretch, l->count);

        for (size_t i = 0; i < joined; i++) {
                list = arena_room(w->arena, list, *count, sizeof *list);
                *names = arena_room(w->arena, *names, *count, sizeof **names);
                list[*count] = l->line;
                list[*count].from = l->stretch[i].from;
                list[*count].to = l->stretch[i].to;
                (*names)[(*count)++] = l->name;
        }
        l->count = 0;
        return list;
}

/* Of each line the stretches told up to the vintage's stamp, later ones over earlier ones; without their texts. */
static struct iip_asked *lines_read(struct work *w, const struct iip_ground *g, enum iip_series series, int64_t **names, size_t *count)
{
        struct iip_asked *list = arena_room(w->arena, NULL, 0, sizeof *list);
        struct rows *r = db_query(w->db, "SELECT unit, establishment, product, name, first_month, last_month FROM iip_sample WHERE series = $1 AND at <= $2 AND stood_until > $2"
                                         " ORDER BY unit, establishment, product, at, rank, first_month", ARGS(v_int(series), v_int(g->vintage.until)));
        struct line_told l = { .count = 0 };

        *names = arena_room(w->arena, NULL, 0, sizeof **names);
        *count = 0;
        while (rows_next(r)) {
                if (l.line.unit_symbol != rows_int(r, 0) || l.line.establishment_symbol != rows_int(r, 1) || l.line.product_symbol != rows_int(r, 2))
                        list = line_end(w, &l, list, names, count);
                l.line = (struct iip_asked){ .unit_symbol = rows_int(r, 0), .establishment_symbol = rows_int(r, 1), .product_symbol = rows_int(r, 2) };
                l.name = rows_int(r, 3);
                if (l.count == l.most)
                        l.stretch = arena_room(w->arena, l.stretch, l.most++, sizeof *l.stretch);
                l.count = iip_stretch_tell(l.stretch, l.count, (struct iip_stretch){ (period)rows_int(r, 4), (period)rows_int(r, 5) });
        }
        rows_close(r);
        return line_end(w, &l, list, names, count);
}

const struct iip_asked *iip_asked(struct work *w, struct iip_ground *g, enum iip_series series, size_t *count)
{
        struct iip_asked *list = g->asked[series];
        int64_t *names;
        size_t n;

        if (list == NULL) {
                list = lines_read(w, g, series, &names, &n);
                for (size_t i = 0; i < n && work_ok(w); i++) {
                        list[i].unit = symbol_text(w, list[i].unit_symbol);
                        list[i].establishment = symbol_text(w, list[i].establishment_symbol);
                        list[i].product = symbol_text(w, list[i].product_symbol);
                        list[i].name = symbol_text(w, names[i]);
                }
                if (n > 0 && work_ok(w))
                        qsort(list, n, sizeof *list, by_text);
                g->asked[series] = list;
                g->asked_count[series] = n;
        }
        *count = g->asked_count[series];
        return list;
}

const int64_t *iip_reporting(struct work *w, struct iip_ground *g, enum iip_series series, size_t *count)
{
        int64_t unit = 0;

        while (g->reporting[series] == NULL || unit > 0) {
                g->reporting[series] = arena_room(w->arena, g->reporting[series], g->reporting_count[series], sizeof *g->reporting[series]);
                unit = db_number(w->db, "SELECT COALESCE(MIN(unit), 0) FROM iip_output WHERE series = $1 AND unit > $2",
                                 ARGS(v_int(series), v_int(unit)), 0);
                if (unit > 0)
                        g->reporting[series][g->reporting_count[series]++] = unit;
        }
        *count = g->reporting_count[series];
        return g->reporting[series];
}

period iip_newest(struct work *w, struct iip_ground *g, enum iip_series series)
{
        size_t count;
        const int64_t *unit = iip_reporting(w, g, series, &count);

        if (g->newest[series] != 0)
                return g->newest[series];
        for (size_t i = 0; i < count; i++) { /* each is found by the index, from its end */
                period last = (period)db_number(w->db, "SELECT COALESCE(MAX(month), 0) FROM iip_output WHERE series = $1 AND unit = $2 AND at <= $3",
                                                ARGS(v_int(series), v_int(unit[i]), v_int(g->vintage.until)), 0);

                if (last > g->newest[series])
                        g->newest[series] = last;
        }
        return g->newest[series];
}
