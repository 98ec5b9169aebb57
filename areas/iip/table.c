/* table.c - the result of a month: levels, comparisons and contributions by row of the weights, what may be told of them, and what they rest on. */
#include <stdlib.h>
#include <string.h>

#include "areas/iip/iip.h"
#include "base/map.h"
#include "figure/figure.h"
#include "ledger/read.h"
#include "ledger/symbol.h"

/* Depth-first, children in the order of the weights whose classes are shown. map: their nodes' places in the index of the month; NULL: the same. */
static void walk(struct iip_table *t, const struct weights *w, const int32_t *map, size_t node, int depth)
{
        const struct iip *x = t->of;
        const char *lacking = x->turn == 0 ? NULL : t->tree != t->segment ? x->restating[t->segment].lacking[node]
                              : t->segment == x->turn ? x->restating[x->turn - 1].lacking[node] : NULL;

        t->row[t->count++] = (struct iip_row){ .node = map == NULL ? (int32_t)node : map[node], .depth = depth, .code = w->node[node].code,
                                               .name = x->name[t->tree][node], .is_product = w->node[node].product >= 0, .lacking = lacking };
        for (size_t i = node + 1; w->node[node].product < 0 && i < w->count; i++)
                if ((size_t)w->node[i].parent == node)
                        walk(t, w, map, i, depth + 1);
}

/* Whether something is so of a node of a table's segment in any month that a comparison sets side by side, under the weights of each. A
 * node that begins with later weights, or a comparison that reaches beyond the columns, has no others than those it has. */
static bool in_any_month(const struct iip *x, size_t segment, int32_t node, int32_t month, enum index_comparison comparison,
                         bool is_so(const struct iip *, size_t segment, size_t node, int32_t month))
{
        int32_t from, to, base_from, base_to, january = x->segment[segment].index->january;
        bool is_any = is_so(x, segment, (size_t)node, month);

        if (!index_span(comparison, month, january, &from, &to, &base_from, &base_to))
                return is_any;
        for (int32_t t = base_from < 0 ? from : base_from; !is_any && t <= to; t = t == base_to ? (from > base_to ? from : base_to + 1) : t + 1) {
                int32_t then = node;
                size_t s = segment;

                while (s > 0 && then >= 0 && t < x->segment[s].from)
                        then = x->segment[s--].before[then];
                is_any = then >= 0 && is_so(x, s, (size_t)then, t);
        }
        return is_any;
}

static bool is_hidden_in(const struct iip *x, size_t segment, size_t node, int32_t month)
{
        return cell_is_hidden(iip_state(x, segment, node, month));
}

/* Whether a node is shown of all months of a comparison: what any of them hides, it would tell. */
static bool is_told(const struct iip *x, size_t segment, int32_t node, int32_t month, enum index_comparison comparison)
{
        return !in_any_month(x, segment, node, month, comparison, is_hidden_in);
}

static bool is_estimated_in(const struct iip *x, size_t segment, size_t node, int32_t month)
{
        return x->segment[segment].index->is_estimated[node * (size_t)x->columns + (size_t)month];
}

/* Where the trace of a node back to the first weights goes through a restated class: whether all it goes through is shown. What is restated is made
 * of what is shown, or not told; and so is what it is linked to, which the factor of the link would tell. */
static bool is_trace_told(const struct iip *x, size_t segment, int32_t node)
{
        bool is_shown = true;

        for (; is_shown && node >= 0; node = segment > 0 ? x->segment[segment--].before[node] : -1)
                is_shown = iip_is_shown(x, segment, (size_t)node);
        return is_shown;
}

/* Whether a comparison rests on a link of weights: with the base it does from the second on. */
static bool is_over_link(const struct iip_table *t, enum index_comparison comparison)
{
        const struct chain_segment *s = &t->of->segment[t->segment];
        int32_t from, to, base_from, base_to;

        return t->segment > 0 && (!index_span(comparison, t->month, s->index->january, &from, &to, &base_from, &base_to) || base_from < s->from);
}

/* The nearest restated class that a node is, or goes on with; NULL: none. */
static const struct iip_restated *restated_find(const struct iip *x, size_t segment, int32_t node, size_t *where)
{
        for (; node >= 0; node = segment > 0 ? x->segment[segment--].before[node] : -1)
                if (iip_restated(x, segment, (size_t)node) != NULL) {
                        *where = segment;
                        return iip_restated(x, segment, (size_t)node);
                }
        return NULL;
}

int32_t iip_row_product(const struct iip_table *t, size_t row)
{
        const struct iip_row *r = &t->row[row];

        return r->is_product && r->node >= 0 ? t->of->weights[t->segment].node[r->node].product : -1;
}

/* Points of all segments, each on the node of the last one that it continues to; those of the whole are its change. */
static bool take_points(struct work *w, const struct iip *x, struct iip_table *t)
{
        int64_t **points = arena_array(w->arena, t->segment + 1, sizeof *points), link;

        for (size_t i = 0; i <= t->segment; i++)
                points[i] = arena_array(w->arena, x->weights[i].count + x->segment[i].index->added + 1, sizeof **points);
        if (!chain_contributions(t->chain, w->arena, t->month, t->comparison, points, &link))
                return false;
        t->points = points;
        for (size_t i = 0; i <= t->segment; i++)
                iip_restate_points(w->arena, x, i, points[i]);
        for (size_t i = 0; i < t->count; i++) {
                struct iip_row *r = &t->row[i];
                int32_t node = r->node;

                r->has_points = node >= 0 && r->left_out == LEFT_IN;
                for (size_t s = t->segment + 1; s-- > 0 && node >= 0;) {
                        r->points += points[s][node];
                        node = s > 0 ? x->segment[s].before[node] : -1;
                }
        }
        t->row[0].points += link;
        return true;
}

/* Rows whose parts are being read, by depth: what the parts read so far do not bring of its points. */
struct open_row {
        const struct iip_row *row;
        int64_t rest;
        bool is_told; /* all that have points are told: nothing else follows from the rest */
        bool has_parts;
};

/* Below the parts of each row what they do not bring of its points: of products that went or moved to another class, and the steps of links. */
static void rest_add(struct work *w, struct iip_table *t)
{
        struct iip_row *list = arena_array(w->arena, 2 * t->count + 1, sizeof *list);
        struct open_row open[IIP_DEPTH_MAX + 2];
        size_t n = 0;
        int deep = -1;

        for (size_t i = 0; t->points != NULL && i <= t->count; i++) {
                const struct iip_row *r = i < t->count ? &t->row[i] : NULL;

                for (; deep >= (r == NULL ? 0 : r->depth); deep--) {
                        const struct open_row *o = &open[deep];

                        if (o->has_parts && o->row->has_points && o->rest != 0)
                                list[n++] = (struct iip_row){ .node = -1, .is_link = true, .code = arena_print(w->arena, "link:%s", o->row->code), .depth = deep + 1, .has_points = true, .points = o->rest,
                                                              .name = t->tree == t->segment ? work_text(w, "From the change of weights") : work_text(w, "From the change of weights, and products not listed"),
                                                              .are_points_told = o->is_told };
                }
                if (r == NULL)
                        break;
                if (deep >= 0) {
                        open[deep].has_parts = true;
                        open[deep].rest -= r->has_points ? r->points : 0;
                        open[deep].is_told &= !r->has_points || r->are_points_told;
                }
                list[n++] = *r;
                open[++deep] = (struct open_row){ .row = r, .rest = r->points, .is_told = r->are_points_told };
        }
        if (t->points != NULL) {
                t->row = list;
                t->count = n;
        }
}

static int64_t imputed_share(const struct iip *x, int32_t product, int32_t month)
{
        int64_t all = x->output[product * x->columns + month], part = x->imputed[product * x->columns + month];

        return all == OUTPUT_UNKNOWN || all == 0 ? 0 : (int64_t)decimal_divide((int128)part * 1000000, all);
}

size_t iip_row_trace(struct work *w, const struct iip_table *t, size_t row, int64_t *level, struct chain_link *link)
{
        return chain_trace(t->chain, w->arena, (size_t)t->row[row].node, level, link);
}

/* The level of a row, and how far back it goes. */
static void take_level(struct work *w, struct iip_table *t, size_t row, int64_t *level, struct chain_link *link)
{
        const struct iip *x = t->of;
        struct iip_row *r = &t->row[row];
        size_t first = iip_row_trace(w, t, row, level, link);
        int32_t node = r->node;

        for (size_t s = t->segment; s > first; s--) {
                const struct chain_segment *own = &x->segment[s];

                if (link[s].from < own->overlap_from && r->linked_over == PERIOD_NONE) {
                        r->linked_over = iip_month(x, link[s].from);
                        r->linked_to = x->set[s].from;
                }
                node = own->before[node];
        }
        r->has_level = level[t->month] >= 0;
        r->level = level[t->month];
        r->begins = first == 0 ? PERIOD_NONE : x->set[first].from;
        r->base = x->set[first].base;
        r->is_unlinked = first > 0 && x->segment[first].before[node] >= 0;
}

/* Whether a set of weights and the one before it are both known in all months over which they are linked. */
static bool is_linked(const struct chain_segment *s)
{
        bool is_known = s->overlap_from >= 0 && s->overlap_to >= 0;
        int64_t level;

        for (int32_t t = s->overlap_from; is_known && t <= s->overlap_to; t++)
                is_known = laspeyres_level(s[-1].index, 0, t, &level) && laspeyres_level(s->index, 0, t, &level);
        return is_known;
}

/* Whether sets of weights are linked, up to a table's segment. */
static bool links_are_covered(struct work *w, const struct iip *x, size_t segment)
{
        char from[PERIOD_TEXT_MAX], overlap[PERIOD_TEXT_MAX];

        for (size_t i = 1; i <= segment; i++)
                if (!is_linked(&x->segment[i])) {
                        period_write(from, x->set[i].from);
                        period_write(overlap, x->set[i].overlap == PERIOD_NONE ? period_plus(x->set[i].from, -1) : x->set[i].overlap);
                        error_set(&w->err, ERR_INVALID, "the weights from %s are linked over %s, of which not all months have output", from, overlap);
                        return error_hint(&w->err, "choose an overlap that old and new weights both cover");
                }
        return true;
}

/* How many reports of a month are expected and there, by node of the index that stands for it. */
struct tally { int32_t expected, reported; };

static struct tally *tally_month(struct work *w, const struct iip *x, size_t segment, int32_t month)
{
        const struct weights *tree = &x->weights[segment];
        struct tally *list = arena_array(w->arena, tree->count + x->segment[segment].index->added + 1, sizeof *list);

        for (size_t i = 0; i < tree->count; i++) {
                size_t at = (size_t)tree->node[i].product * (size_t)x->columns + (size_t)month;

                for (int32_t up = (int32_t)i; tree->node[i].product >= 0 && up >= 0; up = tree->node[up].parent) {
                        list[up].expected += x->expected[at];
                        list[up].reported += x->reported[at];
                }
        }
        for (size_t i = tree->count; iip_restated(x, segment, i) != NULL; i++)
                for (size_t k = 0; k < iip_restated(x, segment, i)->made_count; k++) {
                        list[i].expected += list[iip_restated(x, segment, i)->made_of[k]].expected;
                        list[i].reported += list[iip_restated(x, segment, i)->made_of[k]].reported;
                }
        return list;
}

/* The weights whose classes are shown: those of the month, or the nearest by another version of the classification. */
static bool tree_find(struct work *w, struct iip_table *t, int version)
{
        const struct iip *x = t->of;

        t->tree = t->segment;
        if (version == 0 || version == iip_version(x->set[t->segment].from))
                return true;
        if (x->turn == 0) {
                error_set(&w->err, ERR_MISSING, "no weights by VSIC %d stand for a month with output", version);
                return error_hint(&w->err, "a class is known by its products: import weights by that version");
        }
        t->tree = version == 2018 ? x->turn - 1 : x->turn;
        return true;
}

struct iip_table *iip_table(struct work *w, const struct iip *x, int32_t month, enum index_comparison comparison, int version)
{
        struct iip_table *t = arena_alloc(w->arena, sizeof *t);
        int64_t *level = arena_array(w->arena, (size_t)x->columns + 1, sizeof *level);
        struct chain_link *link = arena_array(w->arena, x->segments, sizeof *link);
        const struct laspeyres *l;
        const struct tally *asked;

        *t = (struct iip_table){ .of = x, .month = month, .comparison = comparison };
        for (size_t i = 1; i < x->segments && x->segment[i].from <= month; i++)
                t->segment = i;
        if (!tree_find(w, t, version))
                return NULL;
        t->chain = links_are_covered(w, x, t->segment) ? chain_make(w->arena, x->segment, t->segment + 1, &w->err) : NULL;
        if (t->chain == NULL)
                return NULL;
        l = x->segment[t->segment].index;
        asked = tally_month(w, x, t->segment, month);
        t->row = arena_array(w->arena, x->weights[t->tree].count, sizeof *t->row);
        walk(t, &x->weights[t->tree], t->tree == t->segment ? NULL : x->restating[t->segment].map, 0, 0);
        for (size_t i = 0; i < t->count; i++) {
                struct iip_row *row = &t->row[i];
                int32_t product = iip_row_product(t, i);

                if (row->node < 0)
                        continue;
                row->restated = restated_find(x, t->segment, row->node, &row->restated_in);
                row->is_level_told = row->restated == NULL || is_trace_told(x, t->segment, row->node);
                row->share = l->share[row->node];
                row->left_out = l->left_out[row->node];
                row->state = iip_state(x, t->segment, (size_t)row->node, month);
                for (int c = 0; c < INDEX_COMPARISONS; c++)
                        row->is_told[c] = is_told(x, t->segment, row->node, month, (enum index_comparison)c) &&
                                          (row->is_level_told || !is_over_link(t, (enum index_comparison)c));
                row->are_points_told = row->is_told[comparison] && t->row[0].is_told[comparison];
                row->is_estimated = l->is_estimated[(size_t)row->node * (size_t)x->columns + (size_t)month];
                row->imputed_ppm = product >= 0 ? imputed_share(x, product, month) : 0;
                row->part_base = product >= 0 ? x->part_base[t->segment][row->node] : (struct iip_part_base){ 0 };
                row->expected = asked[row->node].expected;
                row->reported = asked[row->node].reported;
                if (row->left_out != LEFT_IN)
                        continue;
                take_level(w, t, i, level, link);
                for (int c = 0; c < INDEX_COMPARISONS; c++) {
                        row->has[c] = chain_compare(t->chain, w->arena, (size_t)row->node, level, month, (enum index_comparison)c, &row->percent[c]);
                        row->is_beside_estimate |= row->has[c] && in_any_month(x, t->segment, row->node, month, (enum index_comparison)c, is_estimated_in);
                }
        }
        take_points(w, x, t);
        rest_add(w, t);
        return work_ok(w) ? t : NULL;
}

/* ---- why ------------------------------------------------------------------------------------------------------------ */

static int by_size(const void *a, const void *b)
{
        const struct iip_cause *x = a, *y = b;
        int64_t p = x->has_points ? llabs(x->points) : llabs(x->quantity - x->before);
        int64_t q = y->has_points ? llabs(y->points) : llabs(y->quantity - y->before);

        if (p != q)
                return p > q ? -1 : 1;
        return strcmp(x->maker->code, y->maker->code);
}

static int64_t span_sum(const struct iip *x, size_t line, int32_t from, int32_t to, bool *is_imputed)
{
        int64_t sum = 0;

        for (int32_t t = from; t <= to; t++) {
                sum += x->panel->quantity[line * (size_t)x->columns + (size_t)t];
                *is_imputed = *is_imputed || panel_is_imputed(x->panel, line, t);
        }
        return sum;
}

const char *iip_hash_of(struct work *w, int64_t entry)
{
        char hash[HASH_HEX] = "";

        return ledger_hash_of(w, entry, hash) ? arena_text(w->arena, hash) : "";
}

/* The line of the panel for which a report of a unit counts; -1 where it counts for none: the unit does not ask the establishment in that month. */
static int64_t line_of(struct work *w, struct iip_ground *g, const struct iip *x, int64_t unit, int32_t establishment, int32_t product, period month)
{
        int64_t line = panel_find(x->panel, establishment, product, iip_column(x, month));
        const struct unit *now = line < 0 ? NULL : iip_lies_in(w, g, unit, month);

        while (now != NULL && strcmp(now->code, x->area[x->panel->line[line].area]->code) != 0)
                now = now->parent;
        return now == NULL ? -1 : line;
}

/* The newest report of each line of the list (number[line of the panel]: its place there, from 1) in the months compared: from .. to, and those
 * of the base where there are any. */
static bool entries_find(struct work *w, const struct iip *x, int32_t product, int32_t from, int32_t to, int32_t base_from, int32_t base_to,
                         const int64_t *number, struct iip_cause *list, size_t count)
{
        struct map *makers = map_in(w->arena);
        int64_t *entry = arena_array(w->arena, count + 1, sizeof *entry), symbol = symbol_find(w, 't', x->product[product].code);
        int64_t (*newest)[3] = arena_array(w->arena, count + 1, sizeof *newest); /* month, time and rank of entry */
        struct iip_ground *ground;
        const int64_t *units;
        size_t unit_count = 0;
        struct rows *r;

        for (size_t i = 0; i < count; i++) {
                int64_t *maker = map_put_text(makers, list[i].maker->code, NULL);

                if (maker == NULL)
                        arena_starve(w->arena);
                list[i].entry = "";
                *maker = list[i].maker - x->maker + 1;
        }
        ground = iip_ground_open(w, x->vintage);
        units = ground == NULL ? NULL : iip_reporting(w, ground, x->series, &unit_count);
        for (size_t u = 0; u < unit_count; u++) {
                r = db_query(w->db, "SELECT establishment, entry, month, at, rank FROM iip_output WHERE series = $1 AND unit = $2 AND month >= $3 AND month <= $4"
                                    " AND product = $5 AND measure = $6 AND at <= $7 AND stood_until > $7",
                             ARGS(v_int(x->series), v_int(units[u]), v_int(iip_month(x, base_from < 0 ? from : base_from)), v_int(iip_month(x, to)), v_int(symbol),
                                  v_int(symbol_find(w, 't', x->product[product].measure)), v_int(x->vintage.until)));
                while (rows_next(r)) {
                        const char *code = symbol_text(w, rows_int(r, 0));
                        const int64_t *maker = code == NULL ? NULL : map_get_text(makers, code);
                        int32_t column = iip_column(x, (period)rows_int(r, 2));
                        bool is_between = column > base_to && column < from;
                        int64_t line = maker == NULL || is_between ? -1 : line_of(w, ground, x, units[u], (int32_t)*maker - 1, product, (period)rows_int(r, 2));
                        int64_t told[3] = { rows_int(r, 2), rows_int(r, 3), rows_int(r, 4) }, *before = line < 0 ? NULL : newest[number[line] - 1];

                        if (before == NULL || told[0] < before[0] || (told[0] == before[0] && told[1] < before[1]) ||
                            (told[0] == before[0] && told[1] == before[1] && told[2] < before[2]))
                                continue;
                        memcpy(before, told, sizeof told);
                        entry[number[line] - 1] = rows_int(r, 1);
                }
                rows_close(r);
        }
        for (size_t i = 0; i < count && work_ok(w); i++)
                if (entry[i] != 0)
                        list[i].entry = iip_hash_of(w, entry[i]);
        return work_ok(w);
}

struct iip_cause *iip_causes(struct work *w, const struct iip_table *t, size_t row, size_t *count)
{
        const struct iip *x = t->of;
        const struct laspeyres *l = x->segment[t->segment].index;
        const struct iip_row *r = &t->row[row];
        int32_t product = iip_row_product(t, row), from, to, base_from, base_to;
        struct iip_cause *list;
        int64_t *points, *number;
        const int64_t **quantity;

        *count = 0;
        if (product < 0 || t->comparison == INDEX_BASE || !index_span(t->comparison, t->month, l->january, &from, &to, &base_from, &base_to))
                return arena_alloc(w->arena, sizeof *list);
        list = arena_array(w->arena, x->panel->count + 1, sizeof *list);
        number = arena_array(w->arena, x->panel->count + 1, sizeof *number);
        quantity = arena_array(w->arena, x->panel->count + 1, sizeof *quantity);
        for (int32_t a = 0; a < x->panel->areas; a++) {
                size_t line, end;

                panel_group(x->panel, a, product, &line, &end);
                for (; line < end; line++) {
                        struct iip_cause *c = &list[*count];

                        quantity[(*count)++] = x->panel->quantity + line * (size_t)x->columns;
                        number[line] = (int64_t)*count;
                        c->maker = &x->maker[x->panel->line[line].establishment];
                        c->area = x->area[a];
                        c->quantity = span_sum(x, line, from, to, &c->is_imputed);
                        c->before = span_sum(x, line, base_from, base_to, &c->is_imputed);
                }
        }
        entries_find(w, x, product, from, to, base_from, base_to, number, list, *count);
        points = arena_array(w->arena, *count + 1, sizeof *points);
        if (r->has_points && chain_line_points(t->chain, w->arena, (size_t)r->node, t->month, t->comparison, t->points, quantity, *count, points))
                for (size_t i = 0; i < *count; i++) {
                        list[i].has_points = true;
                        list[i].points = points[i];
                }
        qsort(list, *count, sizeof *list, by_size);
        return list;
}

/* ---- what it rests on ------------------------------------------------------------------------------------------------ */

static bool is_inside(struct work *w, const struct iip *x, const char *code, period month)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *u = c == NULL ? NULL : unit_at(c, code, period_last(month));

        return x->unit->level == LEVEL_COUNTRY || (u != NULL && figure_may_report(c, x->unit->code, x->vintage.on, u));
}

/* Months, units and entries in the order in which they are shown: the newest month first. */
struct based { period month; int64_t unit, entry; };

static int by_month(const void *a, const void *b)
{
        const struct based *x = a, *y = b;

        if (x->month != y->month)
                return x->month > y->month ? -1 : 1;
        return x->unit != y->unit ? (x->unit > y->unit) - (x->unit < y->unit) : (x->entry > y->entry) - (x->entry < y->entry);
}

/* Add what a unit reported in months to a list of count. */
static struct based *based_find(struct work *w, const struct iip *x, int64_t unit, int64_t product, int32_t from, int32_t to, struct based *list, size_t *count)
{
        struct rows *r = db_query(w->db, "SELECT DISTINCT month, entry FROM iip_output WHERE series = $1 AND unit = $2 AND month >= $3 AND month <= $4"
                                         " AND at <= $6 AND stood_until > $6 AND (product = $5 OR $5 = -1)",
                                  ARGS(v_int(x->series), v_int(unit), v_int(iip_month(x, from)), v_int(iip_month(x, to)), v_int(product), v_int(x->vintage.until)));

        while (rows_next(r)) {
                list = arena_room(w->arena, list, *count, sizeof *list);
                list[(*count)++] = (struct based){ (period)rows_int(r, 0), unit, rows_int(r, 1) };
        }
        rows_close(r);
        return list;
}

struct iip_basis *iip_basis(struct work *w, const struct iip_table *t, size_t row, size_t *count)
{
        int32_t from = t->month, to = t->month, base_from = -1, base_to = -1;

        if (t->comparison != INDEX_BASE)
                index_span(t->comparison, t->month, t->of->segment[t->segment].index->january, &from, &to, &base_from, &base_to);
        return iip_basis_over(w, t, row, from, to, base_from, base_to, count);
}

struct iip_basis *iip_basis_over(struct work *w, const struct iip_table *t, size_t row, int32_t from, int32_t to, int32_t base_from, int32_t base_to, size_t *count)
{
        const struct iip *x = t->of;
        int32_t product = iip_row_product(t, row);
        int64_t symbol = product < 0 ? -1 : symbol_find(w, 't', x->product[product].code);
        size_t unit_count = 0, found = 0;
        struct iip_ground *ground = iip_ground_open(w, x->vintage);
        const int64_t *units = ground == NULL ? NULL : iip_reporting(w, ground, x->series, &unit_count);
        struct based *all = NULL;
        struct iip_basis *list;

        for (size_t u = 0; u < unit_count; u++) {
                all = based_find(w, x, units[u], symbol, from, to, all, &found);
                if (base_from >= 0)
                        all = based_find(w, x, units[u], symbol, base_from, base_to < from ? base_to : from - 1, all, &found);
        }
        if (found > 0)
                qsort(all, found, sizeof *all, by_month);
        list = arena_array(w->arena, found + 1, sizeof *list);
        list[0] = (struct iip_basis){ iip_hash_of(w, x->set[t->segment].entry), x->set[t->segment].unit, PERIOD_NONE };
        *count = 1;
        for (size_t i = 0; i < found && work_ok(w); i++) {
                const char *code = symbol_text(w, all[i].unit);

                if (code != NULL && is_inside(w, x, code, all[i].month))
                        list[(*count)++] = (struct iip_basis){ iip_hash_of(w, all[i].entry), arena_text(w->arena, code), all[i].month };
        }
        return list;
}
