/* compute.c - from the tables of the workbench to the index: everything is read, completed and computed when it is asked for; and where units report
 * months otherwise than before, what rests on those. */
#include <stdlib.h>
#include <string.h>

#include "areas/iip/iip.h"
#include "base/map.h"
#include "figure/figure.h"
#include "ledger/read.h"
#include "ledger/symbol.h"
#include "stats/apportion.h"

#define MONTHS_MAX 1200
#define MONTHS_SPARE 12 /* columns beyond the newest month: a report of the next one changes the tables as a late one does */
#define LAPSE_MONTHS 12

/* ---- reading ------------------------------------------------------------------------------------------------- */

/* What was looked up last, by symbol: reports come establishment by establishment and month by month, with few products. */
#define RECENT 4096
struct recent { int64_t symbol, number; }; /* symbol + 1; number: 0 where it has none */

/* One that is asked here from a column on, and what it reported elsewhere last, there within so many months; month: PERIOD_NONE where it did not. */
struct came {
        int32_t establishment, product, from;
        int64_t unit, symbols[3];      /* elsewhere; of establishment, product and measure */
        period first, until, month;
        int64_t quantity;
};

/* Reports of a unit in a month that do not count, by reason. */
struct aside { int32_t outside, not_asked, other_measure, twice; };

struct reader {
        struct work *work;
        struct iip *iip;
        struct iip_ground *ground;
        struct map *products;      /* code -> number + 1 */
        struct map *product_of;    /* symbol -> number + 1 */
        struct map *makers;        /* symbol -> number + 1 */
        struct recent *recent_products, *recent_makers;
        struct map *areas;         /* key of today's province -> number + 1 */
        struct map *asked;         /* establishment and product -> last line + 1 */
        struct panel_line *line;
        size_t lines;
        struct came *came;         /* establishments that came from elsewhere */
        size_t came_count;
        size_t sets;               /* of weights, those among them that do not stand for any month yet */
        int32_t *unit_of_measure;  /* symbol of the measure of each product, [product] */
        bool *is_unnamed;          /* [product] no entry named it */
        struct arena *arena;       /* of the table */
        struct map *asides;        /* symbol of a unit -> number in aside + 1 */
        struct aside **aside;      /* [number][month] */
        bool **is_filled;          /* [segment][node] its base output is not stated */
};

static int64_t *number_in(struct work *w, struct map *m, const void *key, size_t length)
{
        int64_t *number = map_put(m, key, length, NULL);

        if (number == NULL)
                arena_starve(w->arena);
        return number;
}

static const char *name_of(const struct work *w, const struct unit *u)
{
        return w->language == LANGUAGE_VI ? u->full_name_vi : u->full_name_en;
}

static size_t count_lines(const char *block)
{
        size_t n = 0;

        for (; *block != '\0'; block++)
                n += *block == '\n';
        return n;
}

static const char *field_text(struct work *w, struct iip_field f)
{
        return arena_copy(w->arena, f.text, f.length);
}

/* The number of a product in all sets of weights; -1 where two sets measure it differently. */
static int32_t product_number(struct reader *r, const struct iip_field *f)
{
        struct iip *x = r->iip;
        int64_t *number = number_in(r->work, r->products, f[WEIGHT_CODE].text, f[WEIGHT_CODE].length);
        struct iip_product *p;

        if (*number == 0) {
                *number = (int64_t)++x->product_count;
                p = &x->product[*number - 1];
                p->code = field_text(r->work, f[WEIGHT_CODE]);
                p->measure = field_text(r->work, f[WEIGHT_MEASURE]);
        }
        p = &x->product[*number - 1];
        p->name = field_text(r->work, f[WEIGHT_NAME]);
        if (strlen(p->measure) != f[WEIGHT_MEASURE].length || memcmp(p->measure, f[WEIGHT_MEASURE].text, f[WEIGHT_MEASURE].length) != 0) {
                error_set(&r->work->err, ERR_INVALID, "\"%s\" is measured in \"%s\" and in \"%.*s\" by two sets of weights", p->code, p->measure,
                          (int)f[WEIGHT_MEASURE].length, f[WEIGHT_MEASURE].text);
                error_hint(&r->work->err, "a product that is measured otherwise is another product: give it a code of its own");
                return -1;
        }
        return (int32_t)*number - 1;
}

/* A set of weights as a tree; base sums that are not stated are filled in later: -1. */
static bool read_set(struct reader *r, size_t which)
{
        struct iip *x = r->iip;
        const char *at = x->set[which].lines;
        size_t room = count_lines(at), n = 0;
        struct weight_node *node = arena_array(r->work->arena, room + 1, sizeof *node);
        struct map *codes = map_in(r->work->arena);
        struct iip_field f[WEIGHT_FIELDS];
        int count;

        x->name[which] = arena_array(r->work->arena, room + 1, sizeof **x->name);
        for (; iip_next_line(&at, f, WEIGHT_FIELDS, &count) && n < room; n++) {
                int64_t *parent = n == 0 ? NULL : map_get(codes, f[WEIGHT_PARENT].text, f[WEIGHT_PARENT].length);

                if (n > 0 && parent == NULL)
                        return error_set(&r->work->err, ERR_INVALID, "\"%.*s\" does not stand below a node named before it",
                                         (int)f[WEIGHT_CODE].length, f[WEIGHT_CODE].text);
                node[n] = (struct weight_node){ .code = field_text(r->work, f[WEIGHT_CODE]), .parent = n == 0 ? -1 : (int32_t)*parent,
                                                .product = -1, .base_sum = -1 };
                ((const char **)(uintptr_t)x->name[which])[n] = field_text(r->work, f[WEIGHT_NAME]);
                if (decimal_read(f[WEIGHT_WEIGHT].text, f[WEIGHT_WEIGHT].length, IIP_WEIGHT_DECIMALS, &node[n].weight, NULL) != DECIMAL_OK)
                        return error_set(&r->work->err, ERR_DAMAGED, "the weight of \"%s\" is no number", node[n].code);
                if (f[WEIGHT_MEASURE].length > 0) {
                        node[n].product = product_number(r, f);
                        if (node[n].product < 0)
                                return false;
                        if (f[WEIGHT_BASE].length > 0 &&
                            decimal_read(f[WEIGHT_BASE].text, f[WEIGHT_BASE].length, IIP_DECIMALS, &node[n].base_sum, NULL) != DECIMAL_OK)
                                return error_set(&r->work->err, ERR_DAMAGED, "the base output of \"%s\" is no number", node[n].code);
                }
                *number_in(r->work, codes, f[WEIGHT_CODE].text, f[WEIGHT_CODE].length) = (int64_t)n;
        }
        x->weights[which] = (struct weights){ node, n, period_frequency(x->set[which].base) == FREQUENCY_YEAR ? 12 : 1,
                                              x->series == SERIES_INVENTORY || x->series == SERIES_LABOUR, NULL };
        return true;
}

static bool read_weights(struct reader *r, size_t without)
{
        struct iip *x = r->iip;
        struct work *w = r->work;
        size_t room = 0;

        x->set = iip_weights_of(w, x->series, x->unit, x->vintage.until, without, &x->segments);
        r->sets = x->segments;
        if (!work_ok(w))
                return false;
        if (x->segments == 0) {
                error_set(&w->err, ERR_MISSING, "no weights were entered for %s", name_of(w, x->unit));
                return error_hint(&w->err, "caunoi iip import NODE weights FILE reads them");
        }
        for (size_t i = 0; i < x->segments; i++)
                room += count_lines(x->set[i].lines);
        x->product = arena_array(w->arena, room + 1, sizeof *x->product);
        x->weights = arena_array(w->arena, x->segments, sizeof *x->weights);
        x->name = arena_array(w->arena, x->segments, sizeof *x->name);
        for (size_t i = 0; i < x->segments; i++)
                if (!read_set(r, i))
                        return false;
        r->unit_of_measure = arena_array(w->arena, x->product_count + 1, sizeof *r->unit_of_measure);
        r->is_unnamed = arena_array(w->arena, x->product_count + 1, sizeof *r->is_unnamed);
        for (size_t i = 0; i < x->product_count; i++) {
                int64_t symbol;

                *number_in(w, r->products, x->product[i].code, strlen(x->product[i].code)) = (int64_t)i + 1;
                symbol = symbol_find(w, 't', x->product[i].code);
                r->is_unnamed[i] = symbol < 0;
                if (symbol >= 0)
                        *number_in(w, r->product_of, &symbol, sizeof symbol) = (int64_t)i + 1;
                r->unit_of_measure[i] = (int32_t)symbol_find(w, 't', x->product[i].measure);
        }
        return work_ok(w);
}

enum { AREA_UNKNOWN = -1, AREA_OUTSIDE = -2 };

/* The area today's map has for a unit of a month: the whole of it. */
static int32_t area_of(struct reader *r, int64_t unit, period month)
{
        struct iip *x = r->iip;
        const struct unit *now = iip_lies_in(r->work, r->ground, unit, month);
        int64_t *number;

        if (now == NULL)
                return AREA_UNKNOWN;
        if (x->unit->level != LEVEL_COUNTRY)
                return unit_is_within(now, x->unit) ? 0 : AREA_OUTSIDE;
        if (now->province == NULL)
                return AREA_OUTSIDE;
        number = number_in(r->work, r->areas, now->province->key, strlen(now->province->key));
        if (*number == 0)
                *number = (int64_t)map_count(r->areas);
        x->area[*number - 1] = now->province;
        return (int32_t)*number - 1;
}

/* Months up to the newest with output, so many at most. */
static int32_t months_to(const struct iip *x, period newest, int32_t most)
{
        int32_t months = 1;

        while (months < most && iip_month(x, months - 1) < newest)
                months++;
        return months;
}

static bool read_axis(struct reader *r)
{
        struct iip *x = r->iip;
        struct work *w = r->work;
        period last = iip_newest(w, r->ground, x->series);
        size_t asked;

        iip_asked(w, r->ground, x->series, &asked);
        if (!work_ok(w))
                return false;
        if (last == 0 || asked == 0)
                return error_set(&w->err, ERR_MISSING, "no output of establishments was entered");
        x->first = x->set[0].from;
        for (size_t i = 0; i < x->segments; i++) {
                period begin = period_at(FREQUENCY_MONTH, period_first(x->set[i].base));

                if (begin < x->first)
                        x->first = begin;
        }
        x->months = months_to(x, last, MONTHS_MAX + 1);
        if (x->months > MONTHS_MAX)
                return error_set(&w->err, ERR_INVALID, "more than %d months lie between the base and the newest output", MONTHS_MAX);
        x->columns = x->months + MONTHS_SPARE;
        return true;
}

static int32_t months_after(const struct iip *x, period month)
{
        return (period_year(month) - period_year(x->first)) * 12 + period_index(month) - period_index(x->first);
}

int32_t iip_column(const struct iip *x, period month)
{
        int32_t column = months_after(x, month);

        return column < 0 || column >= x->months ? -1 : column;
}

period iip_month(const struct iip *x, int32_t column)
{
        return period_plus(x->first, column);
}

/* The months of a line in which no line before asks for the same: where two areas ask an establishment for a product, the first keeps its
 * months, and the other what lies before and after them. chain[i]: another line of the two. False where some were asked for. */
static bool line_add(struct reader *r, int64_t *chain, const struct panel_line *l)
{
        const int32_t key[] = { l->establishment, l->product };
        int64_t *last = number_in(r->work, r->asked, key, sizeof key);

        for (int64_t i = *last - 1; i >= 0; i = chain[i] - 1) {
                struct panel_line before = *l, after = *l;

                before.to = r->line[i].from - 1;
                after.from = r->line[i].to + 1;
                if (before.to >= l->to || after.from <= l->from)
                        continue;
                if (before.from <= before.to)
                        line_add(r, chain, &before);
                if (after.from <= after.to)
                        line_add(r, chain, &after);
                return false;
        }
        chain[r->lines] = *last;
        *last = (int64_t)r->lines + 1;
        r->line[r->lines++] = *l;
        return true;
}

/* Lines of elsewhere, by establishment, product and last month: who came from there goes on from what it reported there, where this node holds it.
 * The country has all lines in its panel. */
static struct map *lines_elsewhere(struct reader *r, const struct iip_asked *list, size_t count)
{
        struct map *all = map_in(r->work->arena);

        for (size_t i = 0; r->iip->unit->level != LEVEL_COUNTRY && i < count; i++) {
                const int64_t key[] = { list[i].establishment_symbol, list[i].product_symbol, list[i].to };

                if (list[i].to != PERIOD_NONE && area_of(r, list[i].unit_symbol, list[i].from) < 0)
                        *number_in(r->work, all, key, sizeof key) = (int64_t)i + 1;
        }
        return all;
}

static void came_read(struct reader *r, struct came *c)
{
        struct rows *rows = db_query(r->work->db, "SELECT month, quantity FROM iip_output WHERE series = $1 AND unit = $2 AND month >= $3 AND month <= $8 AND establishment = $4"
                                                  " AND product = $5 AND measure = $6 AND at <= $7 AND stood_until > $7 ORDER BY month DESC LIMIT 1",
                                     ARGS(v_int(r->iip->series), v_int(c->unit), v_int(c->first), v_int(c->symbols[0]), v_int(c->symbols[1]), v_int(c->symbols[2]),
                                          v_int(r->iip->vintage.until), v_int(c->until)));

        c->month = PERIOD_NONE;
        c->quantity = 0;
        if (rows_next(rows)) {
                c->month = (period)rows_int(rows, 0);
                c->quantity = rows_int(rows, 1);
        }
        rows_close(rows);
}

/* What an establishment reported elsewhere last, before it is asked here; no longer ago than silence is completed. */
static void take_before(struct reader *r, const struct map *elsewhere, const struct iip_asked *list, const struct iip_asked *s, const struct panel_line *l)
{
        period until = period_plus(s->from, -1), from = period_plus(s->from, -LAPSE_MONTHS);
        const int64_t key[] = { s->establishment_symbol, s->product_symbol, until }, *place = map_get(elsewhere, key, sizeof key);
        const struct iip_asked *of = place == NULL ? NULL : &list[*place - 1];
        struct came c;

        if (of == NULL)
                return;
        c = (struct came){ .establishment = l->establishment, .product = l->product, .from = l->from, .unit = of->unit_symbol,
                           .symbols = { key[0], key[1], r->unit_of_measure[l->product] }, .first = of->from > from ? of->from : from, .until = until };
        came_read(r, &c);
        r->came = arena_room(r->work->arena, r->came, r->came_count, sizeof *r->came);
        r->came[r->came_count++] = c;
}

static bool read_sample(struct reader *r)
{
        struct iip *x = r->iip;
        struct work *w = r->work;
        size_t count;
        const struct iip_asked *list = iip_asked(w, r->ground, x->series, &count);
        int64_t *chain = arena_array(w->arena, 2 * count + 1, sizeof *chain); /* months of count lines leave at most as many gaps */
        const struct map *elsewhere = lines_elsewhere(r, list, count);

        r->line = arena_array(w->arena, 2 * count + 1, sizeof *r->line);
        x->maker = arena_array(w->arena, count + 1, sizeof *x->maker);
        x->area = arena_array(w->arena, count + 64, sizeof *x->area);
        x->area[0] = x->unit;
        for (size_t i = 0; work_ok(w) && i < count; i++) {
                const struct iip_asked *s = &list[i];
                int32_t area = area_of(r, s->unit_symbol, s->from), last = s->to == PERIOD_NONE ? INT32_MAX : months_after(x, s->to);
                const int64_t *product = map_get(r->product_of, &s->product_symbol, sizeof s->product_symbol);
                int64_t *maker;
                struct panel_line l = { .area = area, .from = months_after(x, s->from), .to = last };

                if (product == NULL)
                        continue;
                x->split += area == AREA_UNKNOWN;
                l.product = (int32_t)*product - 1;
                l.from = l.from < 0 ? 0 : l.from;
                if (area < 0 || l.from > l.to)
                        continue;
                l.to = l.to >= x->columns ? x->columns - 1 : l.to;
                maker = number_in(w, r->makers, &s->establishment_symbol, sizeof s->establishment_symbol);
                if (*maker == 0)
                        *maker = (int64_t)++x->maker_count;
                x->maker[*maker - 1] = (struct iip_maker){ arena_text(w->arena, s->establishment), arena_text(w->arena, s->name) };
                l.establishment = (int32_t)*maker - 1;
                if (l.from > l.to) /* asked later than there are columns; numbers do not depend on how many there are */
                        continue;
                if (l.from > 0)
                        take_before(r, elsewhere, list, s, &l);
                x->twice += !line_add(r, chain, &l);
        }
        return work_ok(w);
}

static bool open_panel(struct reader *r)
{
        struct iip *x = r->iip;
        int32_t areas = x->unit->level == LEVEL_COUNTRY ? (int32_t)map_count(r->areas) : 1;
        enum panel_fault fault = PANEL_OK;
        size_t which = 0;

        x->panel = panel_open(r->work->arena, x->columns, areas == 0 ? 1 : areas, (int32_t)x->product_count, r->unit_of_measure, r->line,
                              r->lines, &fault, &which);
        if (x->panel == NULL)
                return error_set(&r->work->err, ERR_DAMAGED, "%s", work_text(r->work, panel_fault_text(fault)));
        for (size_t i = 0; i < r->came_count; i++) {
                const struct came *c = &r->came[i];
                int64_t line = panel_find(x->panel, c->establishment, c->product, c->from);

                if (c->month != PERIOD_NONE && line >= 0 && x->panel->line[line].from == c->from)
                        panel_goes_on_from(x->panel, line, c->quantity, months_after(x, c->until) - months_after(x, c->month));
        }
        return true;
}

/* A report beside another one of the same line and month. */
struct beside {
        int64_t line, establishment, product, measure;
        period month;
        struct beside *next;
};

/* Of what several units reported, what was said last counts. */
static bool newest_put(struct reader *r, const struct beside *b)
{
        struct iip *x = r->iip;
        struct work *w = r->work;
        size_t count;
        const int64_t *unit = iip_reporting(w, r->ground, x->series, &count);
        int64_t at = INT64_MIN, rank = INT64_MIN;

        for (size_t i = 0; i < count; i++) {
                struct rows *rows;

                if (area_of(r, unit[i], b->month) != x->panel->line[b->line].area)
                        continue;
                rows = db_query(w->db, "SELECT at, rank, quantity FROM iip_output WHERE series = $1 AND unit = $2 AND month = $3 AND establishment = $4"
                                       " AND product = $5 AND measure = $6 AND at <= $7 AND stood_until > $7",
                                ARGS(v_int(x->series), v_int(unit[i]), v_int(b->month), v_int(b->establishment), v_int(b->product), v_int(b->measure),
                                     v_int(x->vintage.until)));
                while (rows_next(rows)) {
                        if (rows_int(rows, 0) < at || (rows_int(rows, 0) == at && rows_int(rows, 1) < rank))
                                continue;
                        at = rows_int(rows, 0);
                        rank = rows_int(rows, 1);
                        x->panel->quantity[b->line * x->columns + iip_column(x, b->month)] = rows_int(rows, 2);
                }
                rows_close(rows);
        }
        return work_ok(w);
}

/* The number of a symbol, from 1; 0: it has none. */
static int64_t number_at(const struct map *m, struct recent *recent, int64_t symbol)
{
        struct recent *r = &recent[(uint64_t)symbol % RECENT];

        if (r->symbol != symbol + 1) {
                const int64_t *number = map_get(m, &symbol, sizeof symbol);

                *r = (struct recent){ symbol + 1, number == NULL ? 0 : *number };
        }
        return r->number;
}

/* What a unit reported that does not count, [month]. */
static struct aside *aside_of(struct reader *r, int64_t unit)
{
        int64_t *number = number_in(r->work, r->asides, &unit, sizeof unit);

        if (*number == 0) {
                *number = (int64_t)map_count(r->asides);
                r->aside = arena_room(r->arena, r->aside, (size_t)*number - 1, sizeof(struct aside *));
                r->aside[*number - 1] = arena_array(r->arena, (size_t)r->iip->columns, sizeof **r->aside);
        }
        return r->aside[*number - 1];
}

static void count_aside(struct iip *x, const struct aside *a, int times)
{
        x->outside += times * a->outside;
        x->not_asked += times * a->not_asked;
        x->other_measure += times * a->other_measure;
        x->twice += times * a->twice;
}

/* The line a report of an area is of, and what is wrong with it. PANEL_NO_SUCH: its product has no weight. */
static enum panel_fault report_place(struct reader *r, int32_t area, struct beside *b, int64_t quantity)
{
        struct iip *x = r->iip;
        int32_t column = iip_column(x, b->month);
        int64_t maker = number_at(r->makers, r->recent_makers, b->establishment), product = number_at(r->product_of, r->recent_products, b->product);

        if (product == 0)
                return PANEL_NO_SUCH;
        b->line = maker == 0 ? -1 : panel_find(x->panel, (int32_t)maker - 1, (int32_t)product - 1, column);
        return b->line < 0 || x->panel->line[b->line].area != area ? PANEL_NOT_ASKED : panel_check(x->panel, b->line, column, quantity, (int32_t)b->measure);
}

static void aside_add(struct aside *a, enum panel_fault fault)
{
        a->outside += fault == PANEL_NO_SUCH;
        a->not_asked += fault == PANEL_NOT_ASKED;
        a->other_measure += fault == PANEL_UNIT;
        a->twice += fault == PANEL_TWICE;
}

/* The reports of one unit that stand, of the months from .. to. */
static struct rows *reports_query(struct reader *r, int64_t unit, period from, period to)
{
        return db_query(r->work->db, "SELECT month, establishment, product, measure, quantity FROM iip_output WHERE series = $1 AND unit = $2"
                                     " AND month >= $3 AND month <= $4 AND at <= $5 AND stood_until > $5",
                        ARGS(v_int(r->iip->series), v_int(unit), v_int(from), v_int(to), v_int(r->iip->vintage.until)));
}

static bool reports_next(struct rows *rows, struct beside *b, int64_t *quantity)
{
        if (!rows_next(rows))
                return false;
        *b = (struct beside){ .month = (period)rows_int(rows, 0), .establishment = rows_int(rows, 1), .product = rows_int(rows, 2),
                              .measure = rows_int(rows, 3) };
        *quantity = rows_int(rows, 4);
        return true;
}

static int32_t *reported_at(const struct iip *x, int64_t line, int32_t column)
{
        return &x->reported[(size_t)x->panel->line[line].product * (size_t)x->columns + (size_t)column];
}

/* The reports of one unit. */
static bool read_unit(struct reader *r, int64_t unit)
{
        struct iip *x = r->iip;
        struct work *w = r->work;
        struct aside *aside = aside_of(r, unit);
        struct beside *twice = NULL, b;
        int32_t area[MONTHS_MAX + MONTHS_SPARE];
        struct rows *rows;
        bool is_any = false;
        int64_t quantity;

        for (int32_t t = 0; t < x->months; t++) {
                area[t] = area_of(r, unit, iip_month(x, t));
                is_any |= area[t] >= 0;
        }
        if (!is_any)
                return work_ok(w);
        rows = reports_query(r, unit, x->first, iip_month(x, x->months - 1));
        while (work_ok(w) && reports_next(rows, &b, &quantity)) {
                int32_t column = iip_column(x, b.month);
                enum panel_fault fault;

                if (column < 0 || area[column] < 0)
                        continue;
                fault = report_place(r, area[column], &b, quantity);
                if (fault == PANEL_OK)
                        fault = panel_put(x->panel, b.line, column, quantity, (int32_t)b.measure);
                aside_add(&aside[column], fault);
                if (fault == PANEL_OK)
                        ++*reported_at(x, b.line, column);
                if (fault != PANEL_TWICE)
                        continue;
                b.next = twice;
                twice = arena_alloc(w->arena, sizeof *twice);
                *twice = b;
        }
        rows_close(rows);
        for (int32_t t = 0; t < x->months; t++)
                count_aside(x, &aside[t], 1);
        for (; twice != NULL; twice = twice->next)
                if (!newest_put(r, twice))
                        return false;
        return work_ok(w);
}

static bool read_output(struct reader *r)
{
        struct iip *x = r->iip;
        size_t cells = x->product_count * (size_t)x->columns + 1, count;
        const int64_t *unit = iip_reporting(r->work, r->ground, x->series, &count);

        x->reported = arena_array(r->work->arena, cells, sizeof *x->reported);
        x->expected = arena_array(r->work->arena, cells, sizeof *x->expected);
        r->recent_products = arena_array(r->work->arena, RECENT, sizeof *r->recent_products);
        r->recent_makers = arena_array(r->work->arena, RECENT, sizeof *r->recent_makers);
        for (size_t i = 0; i < x->panel->count; i++)
                for (int32_t t = x->panel->line[i].from; t <= x->panel->line[i].to; t++)
                        x->expected[(size_t)x->panel->line[i].product * (size_t)x->columns + (size_t)t]++;
        for (size_t i = 0; i < count; i++)
                if (!read_unit(r, unit[i]))
                        return false;
        return work_ok(r->work);
}

/* ---- computing ------------------------------------------------------------------------------------------------ */

/* The newest month of which somebody of the unit reported: elsewhere there may be newer ones, of which the unit's own node need not know. */
static int32_t newest_report(const struct iip *x)
{
        int32_t t = x->months - 1;

        while (t > 0 && x->panel->tally[x->panel->areas * x->columns + t].reported == 0)
                t--;
        return t;
}

/* The columns of the base of a set of weights: from .. from + base_months; false where reports do not reach its end. */
static bool base_span(const struct iip *x, size_t which, int32_t *from)
{
        *from = months_after(x, period_at(FREQUENCY_MONTH, period_first(x->set[which].base)));
        return *from + x->weights[which].base_months - 1 <= newest_report(x);
}

/* What a product makes in a year of twelve columns: in all of them, and in those of which its output is known in the base. False where it is not known in
 * all, or nothing in the latter: the year tells no season. */
static bool season_of(const int64_t *made, int32_t year, const int64_t *base, int128 *all, int128 *same)
{
        *all = *same = 0;
        for (int32_t t = 0; t < 12; t++) {
                if (made[year + t] == OUTPUT_UNKNOWN)
                        return false;
                *all += made[year + t];
                *same += base[t] == OUTPUT_UNKNOWN ? 0 : made[year + t];
        }
        return *same > 0;
}

/* The base of a product that is known in some months of its year, completed by the season of another one. PERIOD_NONE: no year tells it. */
static period season_fill(const struct iip *x, const int64_t *made, int32_t from, int64_t *base_sum)
{
        int32_t year = from + 12;
        int128 all, same, sum;

        while (year + 12 <= x->months && !season_of(made, year, made + from, &all, &same))
                year += 12;
        if (year + 12 > x->months)
                for (year = from - 12; year >= 0 && !season_of(made, year, made + from, &all, &same);)
                        year -= 12;
        if (year < 0 || !scale_round(*base_sum, all, same, &sum) || !decimal_narrow(sum, base_sum))
                return PERIOD_NONE;
        return period_at(FREQUENCY_YEAR, period_first(iip_month(x, year)));
}

/* The base of a product where the weights do not state it. */
struct base { int64_t sum; int32_t missing; struct iip_part_base part; };

/* Of the months in which its output is known, once the base is over. False: their sum does not fit. */
static bool base_of(const struct iip *x, size_t which, int32_t product, struct base *b)
{
        int32_t from, months = x->weights[which].base_months;
        const int64_t *made = x->output + (product < 0 ? 0 : product) * x->columns;
        bool is_over = base_span(x, which, &from);

        *b = (struct base){ 0 };
        for (int32_t t = from; product >= 0 && t < from + months && t < x->months; t++) {
                b->missing += made[t] == OUTPUT_UNKNOWN;
                if (made[t] != OUTPUT_UNKNOWN && __builtin_add_overflow(b->sum, made[t], &b->sum))
                        return false;
        }
        b->missing = is_over || product < 0 ? b->missing : months;
        if (b->missing == 0 || 2 * b->missing > months)
                return true;
        b->part.known = months - b->missing;
        b->part.season = months == 12 ? season_fill(x, made, from, &b->sum) : PERIOD_NONE;
        b->missing = b->part.season == PERIOD_NONE ? b->missing : 0;
        return true;
}

static bool fill_bases(struct reader *r, size_t which)
{
        struct iip *x = r->iip;
        struct weights *weights = &x->weights[which];
        int32_t *missing = arena_array(r->arena, weights->count, sizeof *missing);
        struct base b;

        weights->base_missing = missing;
        x->part_base[which] = arena_array(r->arena, weights->count, sizeof **x->part_base);
        r->is_filled[which] = arena_array(r->arena, weights->count, sizeof **r->is_filled);
        for (size_t i = 0; i < weights->count; i++) {
                struct weight_node *n = (struct weight_node *)(uintptr_t)&weights->node[i];

                if (n->base_sum >= 0)
                        continue;
                r->is_filled[which][i] = true;
                if (!base_of(x, which, n->product, &b))
                        return error_set(&r->work->err, ERR_INVALID, "the output of \"%s\" in the base period does not fit into 64 bits", n->code) ||
                               error_hint(&r->work->err, "correct the report, or the base output in the weights");
                n->base_sum = b.sum;
                missing[i] = b.missing;
                x->part_base[which][i] = b.part;
        }
        return true;
}

static bool fill_all_bases(struct reader *r)
{
        struct iip *x = r->iip;

        r->is_filled = arena_array(r->arena, x->segments, sizeof(bool *));
        x->part_base = arena_array(r->arena, x->segments, sizeof *x->part_base);
        for (size_t i = 0; i < x->segments; i++) {
                if (i > 0 && iip_column(x, x->set[i].from) < 0) { /* it stands for months without output yet */
                        x->segments = i;
                        break;
                }
                if (!fill_bases(r, i))
                        return error_while(&r->work->err, "computing the index of %s", name_of(r->work, x->unit));
        }
        return true;
}

/* Whether all bases are what they were when they were filled. */
static bool bases_stand(const struct reader *r)
{
        const struct iip *x = r->iip;

        for (size_t s = 0; s < x->segments; s++)
                for (size_t i = 0; i < x->weights[s].count; i++) {
                        const struct weight_node *n = &x->weights[s].node[i];
                        const struct iip_part_base *part = &x->part_base[s][i];
                        struct base b;

                        if (r->is_filled[s][i] && (!base_of(x, s, n->product, &b) || b.sum != n->base_sum || b.missing != x->weights[s].base_missing[i] ||
                                                   b.part.known != part->known || b.part.season != part->season))
                                return false;
                }
        return true;
}

/* No index was made: where it is for want of a base, that is told here, where periods have names. */
static void name_base(struct work *w, const struct iip *x, size_t which)
{
        const struct weights *weights = &x->weights[which];
        char base[PERIOD_TEXT_MAX], last[PERIOD_TEXT_MAX];
        int32_t from;
        bool is_any = false, is_over = base_span(x, which, &from);

        for (size_t i = 0; i < weights->count; i++) {
                const struct weight_node *n = &weights->node[i];

                if (n->product >= 0 && n->weight > 0 && n->base_sum > 0 && 2 * weights_base_months(weights, i) >= weights->base_months)
                        return;
                is_any |= n->product >= 0 && n->weight > 0 && n->base_sum > 0;
        }
        period_write(base, x->set[which].base);
        period_write(last, iip_month(x, newest_report(x)));
        error_clear(&w->err);
        if (!is_any) {
                error_set(&w->err, ERR_INVALID, "no product has both a weight and output in the base period %s", base);
                error_hint(&w->err, "import the output of its months, or state base_quantity in the weights");
        } else if (!is_over) {
                error_set(&w->err, ERR_INVALID, "the base period %s is not over: output is reported up to %s", base, last);
                error_hint(&w->err, "choose a base that is over, or state base_quantity in the weights");
        } else {
                error_set(&w->err, ERR_INVALID, "no product has output in at least half of the months of the base period %s", base);
                error_hint(&w->err, "import the output of its other months, or state base_quantity in the weights");
        }
}

/* Which node goes on with which; and over the turn to VSIC 2025 classes that were divided are restated, as far as products and shares tell. */
static void link_segments(struct work *w, struct iip *x)
{
        size_t pair_count, share_count;
        const struct iip_pair *pairs = NULL;
        const struct iip_share *shares;

        for (size_t i = 1; i < x->segments; i++) {
                bool is_turn = iip_version(x->set[i - 1].from) != iip_version(x->set[i].from);

                if (is_turn) {
                        x->turn = i;
                        pairs = iip_pairs(w, &pair_count);
                }
                x->segment[i].before = iip_continued(w->arena, &x->weights[i], &x->weights[i - 1], is_turn ? pairs : NULL, is_turn ? pair_count : 0);
        }
        if (pairs == NULL)
                return;
        shares = iip_shares_of(w, x->series, x->unit->code, iip_since(catalogue_of(w), x->unit), x->vintage.until, &share_count);
        iip_restate(w->arena, x, pairs, pair_count, shares, share_count);
}

/* No index was made: where a relative does not fit, which month that is is told here, where months have names. */
static void name_month(struct work *w, const struct iip *x, size_t which)
{
        const struct weights *weights = &x->weights[which];
        char month[PERIOD_TEXT_MAX];

        for (size_t i = 0; i < weights->count; i++) {
                const struct weight_node *n = &weights->node[i];
                const int64_t *made = n->product < 0 || n->base_sum == 0 || n->weight == 0 ? NULL : x->output + (size_t)n->product * (size_t)x->columns;

                for (int32_t t = 0; made != NULL && t < x->months; t++) {
                        int64_t factor = 100 * decimal_power[LASPEYRES_DECIMALS] * weights_base_months(weights, i), relative;

                        if (made[t] == OUTPUT_UNKNOWN || decimal_narrow(decimal_divide((int128)made[t] * factor, n->base_sum), &relative))
                                continue;
                        error_clear(&w->err);
                        period_write(month, iip_month(x, t));
                        error_set(&w->err, ERR_INVALID, "the output of \"%s\" in %s is too many times that of the base", n->code, month);
                        error_hint(&w->err, "correct the report, or the base output in the weights");
                        return;
                }
        }
}

/* The columns over which a set of weights is linked to the one before; -1: not told yet. */
static void overlap_span(const struct iip *x, size_t which, int32_t *from, int32_t *to)
{
        period overlap = x->set[which].overlap;

        if (overlap == PERIOD_NONE)
                overlap = period_plus(x->set[which].from, -1);
        *from = iip_column(x, period_at(FREQUENCY_MONTH, period_first(overlap)));
        *to = iip_column(x, period_at(FREQUENCY_MONTH, period_last(overlap)));
}

static bool compute_segments(struct work *w, struct iip *x)
{
        int32_t january = (12 - (period_index(x->first) - 1)) % 12;

        x->segment = arena_array(w->arena, x->segments, sizeof *x->segment);
        for (size_t i = 0; i < x->segments; i++) {
                struct chain_segment *s = &x->segment[i];

                s->index = laspeyres_make(w->arena, &x->weights[i], x->output, x->columns, january, &w->err);
                if (s->index == NULL) {
                        name_month(w, x, i);
                        name_base(w, x, i);
                }
                if (s->index == NULL)
                        return error_while(&w->err, "computing the index of %s", name_of(w, x->unit));
                if (i == 0)
                        continue;
                s->from = iip_column(x, x->set[i].from);
                overlap_span(x, i, &s->overlap_from, &s->overlap_to);
        }
        link_segments(w, x);
        return work_ok(w);
}

static void close_arena(void *arena)
{
        arena_close(arena);
}

/* The index, from output and weights, in memory that is given back when it is computed anew; where nothing is restated, from a month on. */
static bool compute_again(struct work *w, struct iip *x, int32_t first)
{
        struct arena *own = w->arena;
        jmp_buf *guard = arena_guard(own, NULL);
        bool ok = true;

        arena_guard(own, guard);
        for (size_t i = 0; ok && first > 0 && x->turn == 0 && i < x->segments; i++)
                ok = laspeyres_again((struct laspeyres *)(uintptr_t)x->segment[i].index, own, x->output, first, &w->err);
        if (first > 0 && x->turn == 0)
                return ok;
        arena_reset(x->computed);
        arena_guard(x->computed, guard);
        x->turn = 0;
        x->restating = NULL;
        x->restated = x->begun = 0;
        w->arena = x->computed;
        ok = compute_segments(w, x);
        w->arena = own;
        return ok;
}

struct iip *iip_compute(struct work *w, struct iip_ground *ground, const struct unit *unit, enum iip_series series, size_t without)
{
        struct iip *x = arena_alloc(w->arena, sizeof *x);
        struct reader *r = arena_alloc(w->arena, sizeof *r);
        size_t cells;

        *r = (struct reader){ .work = w, .iip = x, .ground = ground, .products = map_in(w->arena), .product_of = map_in(w->arena),
                              .makers = map_in(w->arena), .areas = map_in(w->arena), .asked = map_in(w->arena), .arena = w->arena, .asides = map_in(w->arena) };
        *x = (struct iip){ .unit = unit, .series = series, .vintage = iip_ground_vintage(ground), .rule = SUPPRESS_USUAL, .reader = r, .computed = arena_open(IIP_MEMORY) };
        if (x->computed == NULL)
                arena_starve(w->arena);
        arena_on_free(w->arena, close_arena, x->computed);
        if (!read_weights(r, without) || !read_axis(r) || !read_sample(r) || !open_panel(r) || !read_output(r))
                return NULL;
        panel_complete(x->panel, LAPSE_MONTHS);
        cells = x->product_count * (size_t)x->columns;
        x->output = arena_array(w->arena, cells + 1, sizeof *x->output);
        x->imputed = arena_array(w->arena, cells + 1, sizeof *x->imputed);
        if (!panel_output(x->panel, unit->level == LEVEL_COUNTRY ? x->panel->areas : 0, x->output, x->imputed, &w->err))
                return NULL;
        return fill_all_bases(r) && compute_again(w, x, 0) ? x : NULL;
}

/* ---- computing anew what changed ------------------------------------------------------------------------------- */

/* Reports that are other than before. */
struct changes {
        struct panel_report *list;
        size_t count;
};

/* Whether a product or measure that no entry had named before was named since: the table does not know it. */
static bool is_named_since(const struct reader *r)
{
        const struct iip *x = r->iip;

        for (size_t i = 0; i < x->product_count; i++)
                if ((r->is_unnamed[i] && symbol_find(r->work, 't', x->product[i].code) >= 0) ||
                    (r->unit_of_measure[i] < 0 && symbol_find(r->work, 't', x->product[i].measure) >= 0))
                        return true;
        return false;
}

/* Goes on to the newest month there is now. False where more than its column is new then: the table has no column for it, other weights stand for it, or sets of
 * weights are linked over it. */
static bool axis_extend(struct reader *r)
{
        struct iip *x = r->iip;
        period last = iip_newest(r->work, r->ground, x->series);
        int32_t from, to;

        x->months = months_to(x, last, x->columns);
        if (iip_month(x, x->months - 1) < last || (x->segments < r->sets && iip_column(x, x->set[x->segments].from) >= 0))
                return false;
        for (size_t i = 1; i < x->segments; i++) {
                overlap_span(x, i, &from, &to);
                if (from != x->segment[i].overlap_from || to != x->segment[i].overlap_to)
                        return false;
        }
        return true;
}

/* Whether a report of elsewhere tells nothing new of those that came from there. */
static bool came_stands(struct reader *r, const struct iip_reported *changed)
{
        for (size_t i = 0; i < r->came_count; i++) {
                struct came c = r->came[i];

                if (c.unit != changed->unit || changed->month < c.first || changed->month > c.until)
                        continue;
                came_read(r, &c);
                if (c.month != r->came[i].month || c.quantity != r->came[i].quantity)
                        return false;
        }
        return true;
}

/* What the units of an area reported in a month, [line - first]. False where two report the same, now or before. */
static bool area_read(struct reader *r, int32_t area, period month, int64_t first, int64_t *fresh)
{
        struct iip *x = r->iip;
        int32_t column = iip_column(x, month);
        size_t count;
        const int64_t *unit = iip_reporting(r->work, r->ground, x->series, &count);
        struct beside b;
        int64_t quantity;
        bool ok = true;

        for (size_t i = 0; ok && i < count; i++) {
                struct aside now = { 0 }, *before;
                struct rows *rows;

                if (area_of(r, unit[i], month) != area)
                        continue;
                rows = reports_query(r, unit[i], month, month);
                while (ok && reports_next(rows, &b, &quantity)) {
                        enum panel_fault fault = report_place(r, area, &b, quantity);

                        aside_add(&now, fault);
                        if (fault != PANEL_OK)
                                continue;
                        ok = fresh[b.line - first] == PANEL_NO_REPORT;
                        fresh[b.line - first] = quantity;
                }
                rows_close(rows);
                before = &aside_of(r, unit[i])[column];
                ok = ok && before->twice == 0;
                count_aside(x, before, -1);
                *before = now;
                count_aside(x, before, 1);
        }
        return ok && work_ok(r->work);
}

/* What is reported otherwise of an area's month. */
static bool area_changes(struct reader *r, int32_t area, period month, struct changes *c)
{
        const struct iip *x = r->iip;
        const struct panel *p = x->panel;
        int32_t column = iip_column(x, month);
        size_t first = 0, end = 0, spare;
        int64_t *fresh;

        if (area < p->areas) {
                panel_group(p, area, 0, &first, &spare);
                panel_group(p, area, p->products - 1, &spare, &end);
        }
        fresh = arena_array(r->work->arena, end - first + 1, sizeof *fresh);
        for (size_t i = 0; i < end - first; i++)
                fresh[i] = PANEL_NO_REPORT;
        if (!area_read(r, area, month, (int64_t)first, fresh))
                return false;
        for (size_t i = first; i < end; i++) {
                if (column < p->line[i].from || column > p->line[i].to || panel_reported(p, (int64_t)i, column) == fresh[i - first])
                        continue;
                c->list = arena_room(r->work->arena, c->list, c->count, sizeof *c->list);
                c->list[c->count++] = (struct panel_report){ (int64_t)i, column, fresh[i - first] };
        }
        return true;
}

/* Takes the changes, those of a product together. *months: those that are another then; is_done: of the products. */
static bool changes_take(struct reader *r, const struct changes *c, struct panel_months *months, bool *is_done)
{
        struct iip *x = r->iip;
        struct panel *p = x->panel;
        int32_t view = x->unit->level == LEVEL_COUNTRY ? p->areas : 0;
        struct panel_report *of = arena_array(r->work->arena, c->count + 1, sizeof *of);
        bool was_dark[MONTHS_MAX + MONTHS_SPARE], is_turned = false, ok = true;

        for (int32_t t = 0; t < x->months; t++)
                was_dark[t] = p->tally[view * p->months + t].reported == 0;
        for (size_t i = 0; i < c->count; i++) {
                const struct panel_report *now = &c->list[i];

                *reported_at(x, now->line, now->month) += (now->quantity != PANEL_NO_REPORT) - (panel_reported(p, now->line, now->month) != PANEL_NO_REPORT);
        }
        for (size_t i = 0; i < c->count; i++) {
                int32_t product = p->line[c->list[i].line].product;
                size_t count = 0;

                for (size_t k = i; !is_done[product] && k < c->count; k++)
                        if (p->line[c->list[k].line].product == product)
                                of[count++] = c->list[k];
                if (count > 0) {
                        struct panel_months m = panel_change(p, product, of, count);

                        months->first = m.first < months->first ? m.first : months->first;
                        months->last = m.last > months->last ? m.last : months->last;
                }
                is_done[product] = true;
        }
        for (int32_t t = 0; t < x->months; t++)
                is_turned |= was_dark[t] != (p->tally[view * p->months + t].reported == 0);
        for (int32_t product = 0; ok && product < p->products; product++) {
                size_t base = (size_t)product * (size_t)x->columns;

                ok = (!is_done[product] && !is_turned) || panel_output_product(p, view, product, x->output + base, x->imputed + base, &r->work->err);
        }
        return ok;
}

bool iip_compute_again(struct work *w, struct iip_ground *ground, struct iip *x, const struct iip_reported *changed, size_t count, struct iip_changed *result)
{
        struct reader *r = x->reader;
        struct map *done = map_in(w->arena);
        struct changes c = { NULL, 0 };
        struct panel_months m = { x->columns, -1 };
        int32_t earliest = x->months, before = x->months;
        bool *is_of = arena_array(w->arena, x->product_count + 1, sizeof *is_of);

        *result = (struct iip_changed){ PERIOD_NONE, PERIOD_NONE, NULL };
        r->work = w;
        r->ground = ground;
        if (is_named_since(r) || !axis_extend(r))
                return false;
        for (size_t i = 0; i < count; i++)
                if (!came_stands(r, &changed[i]))
                        return false;
        for (size_t i = 0; i < count; i++) {
                int32_t area = iip_column(x, changed[i].month) < 0 ? AREA_OUTSIDE : area_of(r, changed[i].unit, changed[i].month);
                const int32_t key[] = { area, (int32_t)changed[i].month };
                bool is_new = true;

                if (area < 0)
                        continue;
                if (map_put(done, key, sizeof key, &is_new) == NULL)
                        arena_starve(w->arena);
                if (is_new && !area_changes(r, area, changed[i].month, &c))
                        return false;
        }
        if (c.count == 0)
                return x->months == before || bases_stand(r);
        for (size_t i = 0; i < c.count; i++)
                earliest = c.list[i].month < earliest ? c.list[i].month : earliest;
        if (!changes_take(r, &c, &m, is_of) || !bases_stand(r) || !compute_again(w, x, earliest))
                return false;
        if (m.last >= x->months) /* what columns take over from the newest month */
                m.last = x->months - 1;
        if (m.first <= m.last)
                *result = (struct iip_changed){ iip_month(x, m.first), iip_month(x, m.last), is_of };
        return true;
}
