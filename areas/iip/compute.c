/* compute.c - from the tables of the workbench to the index: everything is read, completed and computed when it is asked for. */
#include <stdlib.h>
#include <string.h>

#include "areas/iip/iip.h"
#include "base/map.h"
#include "figure/figure.h"
#include "ledger/read.h"
#include "ledger/symbol.h"
#include "stats/apportion.h"

#define MONTHS_MAX 1200
#define LAPSE_MONTHS 12

/* ---- reading ------------------------------------------------------------------------------------------------- */

/* What was looked up last, by symbol: reports come establishment by establishment and month by month, with few products. */
#define RECENT 4096
struct recent { int64_t symbol, number; }; /* symbol + 1; number: 0 where it has none */

/* One that is asked here from a column on, with what it reported elsewhere for the month before. */
struct came { int32_t establishment, product, from; int64_t quantity; };

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
        int32_t *unit_of_measure;  /* symbol of the measure of each product, [product] */
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
        for (size_t i = 0; i < x->product_count; i++) {
                int64_t symbol;

                *number_in(w, r->products, x->product[i].code, strlen(x->product[i].code)) = (int64_t)i + 1;
                symbol = symbol_find(w, 't', x->product[i].code);
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
        for (x->months = 1; x->months <= MONTHS_MAX && iip_month(x, x->months - 1) < last;)
                x->months++;
        if (x->months > MONTHS_MAX)
                return error_set(&w->err, ERR_INVALID, "more than %d months lie between the base and the newest output", MONTHS_MAX);
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
                        *number_in(r->work, all, key, sizeof key) = list[i].unit_symbol;
        }
        return all;
}

/* What an establishment reported elsewhere for the month before it is asked here. */
static void take_before(struct reader *r, const struct map *elsewhere, const struct iip_asked *s, const struct panel_line *l)
{
        const int64_t key[] = { s->establishment_symbol, s->product_symbol, period_plus(s->from, -1) }, *unit = map_get(elsewhere, key, sizeof key);
        struct rows *rows;

        if (unit == NULL)
                return;
        rows = db_query(r->work->db, "SELECT quantity FROM iip_output WHERE series = $1 AND unit = $2 AND month = $3 AND establishment = $4 AND product = $5 AND measure = $6"
                                     " AND at <= $7 AND stood_until > $7", ARGS(v_int(r->iip->series), v_int(*unit), v_int(key[2]), v_int(key[0]), v_int(key[1]),
                                                                                v_int(r->unit_of_measure[l->product]), v_int(r->iip->vintage.until)));
        if (rows_next(rows)) {
                r->came = arena_room(r->work->arena, r->came, r->came_count, sizeof *r->came);
                r->came[r->came_count++] = (struct came){ l->establishment, l->product, l->from, rows_int(rows, 0) };
        }
        rows_close(rows);
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
                int32_t area = area_of(r, s->unit_symbol, s->from), last = s->to == PERIOD_NONE ? x->months - 1 : months_after(x, s->to);
                const int64_t *product = map_get(r->product_of, &s->product_symbol, sizeof s->product_symbol);
                int64_t *maker;
                struct panel_line l = { .area = area, .from = months_after(x, s->from), .to = last };

                if (product == NULL)
                        continue;
                x->split += area == AREA_UNKNOWN;
                l.product = (int32_t)*product - 1;
                l.from = l.from < 0 ? 0 : l.from;
                l.to = l.to >= x->months ? x->months - 1 : l.to;
                if (area < 0 || l.from > l.to)
                        continue;
                maker = number_in(w, r->makers, &s->establishment_symbol, sizeof s->establishment_symbol);
                if (*maker == 0)
                        *maker = (int64_t)++x->maker_count;
                x->maker[*maker - 1] = (struct iip_maker){ arena_text(w->arena, s->establishment), arena_text(w->arena, s->name) };
                l.establishment = (int32_t)*maker - 1;
                if (l.from > 0)
                        take_before(r, elsewhere, s, &l);
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

        x->panel = panel_open(r->work->arena, x->months, areas == 0 ? 1 : areas, (int32_t)x->product_count, r->unit_of_measure, r->line,
                              r->lines, &fault, &which);
        if (x->panel == NULL)
                return error_set(&r->work->err, ERR_DAMAGED, "%s", work_text(r->work, panel_fault_text(fault)));
        for (size_t i = 0; i < r->came_count; i++) {
                const struct came *c = &r->came[i];
                int64_t line = panel_find(x->panel, c->establishment, c->product, c->from);

                if (line >= 0 && x->panel->line[line].from == c->from)
                        panel_goes_on_from(x->panel, line, c->quantity);
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
                        x->panel->quantity[b->line * x->months + iip_column(x, b->month)] = rows_int(rows, 2);
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

/* The reports of one unit. */
static bool read_unit(struct reader *r, int64_t unit)
{
        struct iip *x = r->iip;
        struct work *w = r->work;
        struct beside *twice = NULL;
        int32_t area[MONTHS_MAX];
        struct rows *rows;
        bool is_any = false;

        for (int32_t t = 0; t < x->months; t++) {
                area[t] = area_of(r, unit, iip_month(x, t));
                is_any |= area[t] >= 0;
        }
        if (!is_any)
                return work_ok(w);
        rows = db_query(w->db, "SELECT month, establishment, product, measure, quantity FROM iip_output WHERE series = $1 AND unit = $2"
                               " AND month >= $3 AND at <= $4 AND stood_until > $4", ARGS(v_int(x->series), v_int(unit), v_int(x->first), v_int(x->vintage.until)));
        while (rows_next(rows) && work_ok(w)) {
                struct beside b = { .month = (period)rows_int(rows, 0), .establishment = rows_int(rows, 1), .product = rows_int(rows, 2),
                                    .measure = rows_int(rows, 3) };
                int32_t column = iip_column(x, b.month);
                int64_t maker, product;
                enum panel_fault fault;

                if (column < 0 || area[column] < 0)
                        continue;
                maker = number_at(r->makers, r->recent_makers, b.establishment);
                product = number_at(r->product_of, r->recent_products, b.product);
                if (product == 0) {
                        x->outside++;
                        continue;
                }
                b.line = maker == 0 ? -1 : panel_find(x->panel, (int32_t)maker - 1, (int32_t)product - 1, column);
                fault = b.line < 0 || x->panel->line[b.line].area != area[column]
                                ? PANEL_NOT_ASKED
                                : panel_put(x->panel, b.line, column, rows_int(rows, 4), (int32_t)b.measure);
                if (fault == PANEL_OK)
                        x->reported[(size_t)(product - 1) * (size_t)x->months + (size_t)column]++;
                x->not_asked += fault == PANEL_NOT_ASKED;
                x->other_measure += fault == PANEL_UNIT;
                if (fault != PANEL_TWICE)
                        continue;
                x->twice++;
                b.next = twice;
                twice = arena_alloc(w->arena, sizeof *twice);
                *twice = b;
        }
        rows_close(rows);
        for (; twice != NULL; twice = twice->next)
                if (!newest_put(r, twice))
                        return false;
        return work_ok(w);
}

static bool read_output(struct reader *r)
{
        struct iip *x = r->iip;
        size_t cells = x->product_count * (size_t)x->months + 1, count;
        const int64_t *unit = iip_reporting(r->work, r->ground, x->series, &count);

        x->reported = arena_array(r->work->arena, cells, sizeof *x->reported);
        x->expected = arena_array(r->work->arena, cells, sizeof *x->expected);
        r->recent_products = arena_array(r->work->arena, RECENT, sizeof *r->recent_products);
        r->recent_makers = arena_array(r->work->arena, RECENT, sizeof *r->recent_makers);
        for (size_t i = 0; i < x->panel->count; i++)
                for (int32_t t = x->panel->line[i].from; t <= x->panel->line[i].to; t++)
                        x->expected[(size_t)x->panel->line[i].product * (size_t)x->months + (size_t)t]++;
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

        while (t > 0 && x->panel->tally[x->panel->areas * x->months + t].reported == 0)
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

/* Output of the base where the weights do not state it: of the months in which it is known, once the base is over. */
static bool fill_bases(struct work *w, struct iip *x, size_t which)
{
        int32_t from, months = x->weights[which].base_months, *missing = arena_array(w->arena, x->weights[which].count, sizeof *missing);
        struct iip_part_base *part = arena_array(w->arena, x->weights[which].count, sizeof *part);
        bool is_over = base_span(x, which, &from);

        x->weights[which].base_missing = missing;
        x->part_base[which] = part;
        for (size_t i = 0; i < x->weights[which].count; i++) {
                struct weight_node *n = (struct weight_node *)(uintptr_t)&x->weights[which].node[i];
                const int64_t *made = x->output + (n->product < 0 ? 0 : n->product) * x->months;

                if (n->base_sum >= 0)
                        continue;
                n->base_sum = 0;
                for (int32_t t = from; n->product >= 0 && t < from + months && t < x->months; t++) {
                        missing[i] += made[t] == OUTPUT_UNKNOWN;
                        if (made[t] != OUTPUT_UNKNOWN && __builtin_add_overflow(n->base_sum, made[t], &n->base_sum))
                                return error_set(&w->err, ERR_INVALID, "the output of \"%s\" in the base period does not fit into 64 bits", n->code) ||
                                       error_hint(&w->err, "correct the report, or the base output in the weights");
                }
                missing[i] = is_over || n->product < 0 ? missing[i] : months;
                if (missing[i] == 0 || 2 * missing[i] > months)
                        continue;
                part[i].known = months - missing[i];
                part[i].season = months == 12 ? season_fill(x, made, from, &n->base_sum) : PERIOD_NONE;
                missing[i] = part[i].season == PERIOD_NONE ? missing[i] : 0;
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
                const int64_t *made = n->product < 0 || n->base_sum == 0 || n->weight == 0 ? NULL : x->output + (size_t)n->product * (size_t)x->months;

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

static bool compute_segments(struct work *w, struct iip *x)
{
        int32_t january = (12 - (period_index(x->first) - 1)) % 12;

        x->segment = arena_array(w->arena, x->segments, sizeof *x->segment);
        x->part_base = arena_array(w->arena, x->segments, sizeof *x->part_base);
        for (size_t i = 0; i < x->segments; i++) {
                struct chain_segment *s = &x->segment[i];
                period overlap = x->set[i].overlap;

                if (i > 0 && iip_column(x, x->set[i].from) < 0) { /* it stands for months without output yet */
                        x->segments = i;
                        break;
                }
                if (!fill_bases(w, x, i))
                        return error_while(&w->err, "computing the index of %s", name_of(w, x->unit));
                s->index = laspeyres_make(w->arena, &x->weights[i], x->output, x->months, january, &w->err);
                if (s->index == NULL) {
                        name_month(w, x, i);
                        name_base(w, x, i);
                }
                if (s->index == NULL)
                        return error_while(&w->err, "computing the index of %s", name_of(w, x->unit));
                if (i == 0)
                        continue;
                if (overlap == PERIOD_NONE)
                        overlap = period_plus(x->set[i].from, -1);
                s->from = iip_column(x, x->set[i].from);
                s->overlap_from = iip_column(x, period_at(FREQUENCY_MONTH, period_first(overlap)));
                s->overlap_to = iip_column(x, period_at(FREQUENCY_MONTH, period_last(overlap)));
        }
        link_segments(w, x);
        return work_ok(w);
}

struct iip *iip_compute(struct work *w, struct iip_ground *ground, const struct unit *unit, enum iip_series series, size_t without)
{
        struct iip *x = arena_alloc(w->arena, sizeof *x);
        struct reader r = { .work = w, .iip = x, .ground = ground, .products = map_in(w->arena), .product_of = map_in(w->arena),
                            .makers = map_in(w->arena), .areas = map_in(w->arena), .asked = map_in(w->arena) };
        size_t cells;

        *x = (struct iip){ .unit = unit, .series = series, .vintage = iip_ground_vintage(ground), .rule = SUPPRESS_USUAL };
        if (!read_weights(&r, without) || !read_axis(&r) || !read_sample(&r) || !open_panel(&r) || !read_output(&r))
                return NULL;
        panel_complete(x->panel, LAPSE_MONTHS);
        cells = x->product_count * (size_t)x->months;
        x->output = arena_array(w->arena, cells + 1, sizeof *x->output);
        x->imputed = arena_array(w->arena, cells + 1, sizeof *x->imputed);
        if (!panel_output(x->panel, unit->level == LEVEL_COUNTRY ? x->panel->areas : 0, x->output, x->imputed, &w->err))
                return NULL;
        if (!compute_segments(w, x))
                return NULL;
        return x;
}
