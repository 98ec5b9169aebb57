/* why.c - why a figure of the index moved, down to establishments and entries; and by what it is linked to the weights before. */
#include <string.h>

#include "areas/iip/iip.h"
#include "areas/iip/pages.h"
#include "areas/iip/view.h"
#include "base/decimal.h"
#include "figure/filter.h"
#include "report/table.h"
#include "stats/apportion.h"

#define POINTS_SHOWN 3 /* decimals of contributions: those of establishments are small */

/* The index of a row by the weights of its month alone. */
static bool own_level(const struct iip_table *t, const struct iip_row *r, int64_t *level)
{
        return r->node >= 0 && laspeyres_level(t->of->segment[t->segment].index, (size_t)r->node, t->month, level);
}

static void why_industries(struct work *w, const struct iip_table *t, size_t row, struct iip_why_view *v)
{
        const struct iip_row *parent = &t->row[row];
        const int64_t *points = iip_points_printed(w, t, true, POINTS_SHOWN, 0, NULL, 0);
        int64_t own;

        v->has_links = t->segment > 0;
        v->rows = arena_array(w->arena, t->count + 1, sizeof *v->rows);
        for (size_t i = row + 1; i < t->count && t->row[i].depth > parent->depth; i++) {
                const struct iip_row *r = &t->row[i];

                if (r->depth != parent->depth + 1)
                        continue;
                v->rows[v->count++] = (struct iip_why_row){ .name = r->is_link ? r->name : arena_print(w->arena, "%s %s", r->code, r->name),
                                                            .href = r->node < 0 ? NULL : iip_why_href(w, t, r->code, ""),
                                                            .weight = r->node < 0 ? "–" : iip_number_said(w, r->share / 10000000000, 6, 2, false),
                                                            .own = own_level(t, r, &own) ? iip_number_said(w, own, LASPEYRES_DECIMALS, 2, false) : "–",
                                                            .index = r->has_level ? iip_number_said(w, r->level, LASPEYRES_DECIMALS, 2, false) : "–",
                                                            .percent = r->has[t->comparison] ? iip_number_said(w, r->percent[t->comparison], STATS_DECIMALS, 2, false) : "–",
                                                            .points = r->has_points ? iip_number_said(w, points[i], STATS_DECIMALS, POINTS_SHOWN, true) : "–",
                                                            .note = iip_row_note(w, t, r, true) };
        }
}

static void why_makers(struct work *w, const struct iip_table *t, size_t row, struct iip_why_view *v)
{
        size_t count;
        struct iip_cause *list = iip_causes(w, t, row, &count);
        const int64_t *points = iip_points_printed(w, t, true, POINTS_SHOWN, row, list, count) + row + 1;
        bool has_points = true;

        v->has_makers = true;
        v->rows = arena_array(w->arena, count + 1, sizeof *v->rows);
        for (size_t i = 0; i < count; i++) {
                const struct iip_cause *c = &list[i];

                has_points = has_points && c->has_points;
                v->rows[v->count++] = (struct iip_why_row){
                        .name = *c->maker->name == '\0' ? c->maker->code : arena_print(w->arena, "%s (%s)", c->maker->name, c->maker->code),
                        .href = *c->entry == '\0' ? NULL : arena_print(w->arena, "/figures/entry/%s", c->entry),
                        .where = iip_unit_name(w, c->area), .now = iip_number_said(w, c->quantity, IIP_DECIMALS, IIP_DECIMALS, false),
                        .before = iip_number_said(w, c->before, IIP_DECIMALS, IIP_DECIMALS, false),
                        .points = c->has_points ? iip_number_said(w, points[i], STATS_DECIMALS, POINTS_SHOWN, true) : "–",
                        .note = c->is_imputed ? work_text(w, "partly completed for missing reports") : "" };
        }
        if (count > 0 && !has_points)
                v->note = t->row[row].has_points ? work_text(w, "Points of establishments are not told: nobody reported the product in one of the months its points rest on, so that it moved as its neighbours.")
                                                 : work_text(w, "Points of establishments are not told: those of the product are not known.");
}

/* The same as a table, for everything but the page: numbers are numbers there. */
static bool why_write(struct work *w, enum suffix suffix, struct buf *out, const struct iip_table *t, size_t row, const struct iip_why_view *v)
{
        const char **notes = arena_array(w->arena, t->segment + 12, sizeof *notes);
        const struct column industries[] = {
                { "code", N_("Code"), NULL, CELL_TEXT },
                { "name", N_("Industry or product"), NULL, CELL_TEXT },
                { "weight", N_("Weight"), "%", CELL_NUMBER },
                { "own", N_("Index by the weights of the month"), "%", CELL_NUMBER },
                { "weighted", N_("Weight × index by the weights of the month"), NULL, CELL_TEXT },
                { "base", N_("Index, base = 100"), "%", CELL_NUMBER },
                { "points", N_("Contribution"), N_("percentage points"), CELL_NUMBER },
                { "note", N_("Remark"), NULL, CELL_TEXT },
        };
        const struct column makers[] = {
                { "establishment", N_("Code"), NULL, CELL_TEXT },
                { "name", N_("Establishment"), NULL, CELL_TEXT },
                { "province", N_("Province"), NULL, CELL_TEXT },
                { "quantity", N_("Quantity"), v->measure, CELL_NUMBER },
                { "before", N_("Compared with"), v->measure, CELL_NUMBER },
                { "points", N_("Contribution"), N_("percentage points"), CELL_NUMBER },
                { "imputed", N_("Remark"), NULL, CELL_TEXT },
                { "entry", N_("Entry"), NULL, CELL_TEXT },
        };
        size_t count = 0;
        struct iip_cause *list;
        struct table *table;

        notes[count++] = v->lede;
        notes[count++] = v->value;
        notes[count++] = v->formula;
        for (const struct iip_step *step = v->steps; step->text != NULL; step++)
                notes[count++] = step->exact;
        if (v->note != NULL)
                notes[count++] = v->note;
        if (v->restated != NULL)
                notes[count++] = v->restated;
        table = table_begin_below(w, suffix, out, v->title, notes, v->has_makers ? makers : industries,
                                                v->has_makers ? (int)(sizeof makers / sizeof *makers) : (int)(sizeof industries / sizeof *industries));
        if (table == NULL)
                return false;
        table_describe(table, iip_about(w, t, v->title, v->target, false));
        for (size_t i = row + 1; !v->has_makers && i < t->count && t->row[i].depth > t->row[row].depth; i++) {
                const char *weighted = iip_weighted(w, t, i);
                int64_t own;

                if (t->row[i].depth == t->row[row].depth + 1)
                        table_row(table, (struct cell[]){ cell_text(t->row[i].code), cell_text(t->row[i].name),
                                                          t->row[i].node < 0 ? cell_empty() : cell_number(t->row[i].share, 16, -1),
                                                          own_level(t, &t->row[i], &own) ? cell_number(own, LASPEYRES_DECIMALS, -1) : cell_empty(),
                                                          cell_text(weighted == NULL ? "" : weighted),
                                                          t->row[i].has_level ? cell_number(t->row[i].level, LASPEYRES_DECIMALS, -1) : cell_empty(),
                                                          t->row[i].has_points ? cell_number(t->row[i].points, STATS_DECIMALS, -1) : cell_empty(),
                                                          cell_text(iip_row_note(w, t, &t->row[i], true)) });
        }
        list = iip_causes(w, t, row, &count);
        for (size_t i = 0; v->has_makers && i < count; i++)
                table_row(table, (struct cell[]){ cell_text(list[i].maker->code), cell_text(list[i].maker->name), cell_text(iip_unit_name(w, list[i].area)),
                                                  cell_number(list[i].quantity, IIP_DECIMALS, -1), cell_number(list[i].before, IIP_DECIMALS, -1),
                                                  list[i].has_points ? cell_number(list[i].points, STATS_DECIMALS, -1) : cell_empty(),
                                                  cell_text(list[i].is_imputed ? work_text(w, "partly completed for missing reports") : ""),
                                                  cell_text(list[i].entry) });
        return table_end(table, NULL);
}

#define ENTRIES_LISTED 30

static void entry_add(struct work *w, struct iip_why_view *v, const char *what, const char *hash)
{
        if (v->entry_count == ENTRIES_LISTED)
                v->entries_more++;
        else
                v->entries[v->entry_count++] = (struct iip_why_entry){ what, arena_print(w->arena, "%.12s…", hash), arena_print(w->arena, "/figures/entry/%s", hash) };
}

/* Weights and reports. */
static void entries_add(struct work *w, const struct iip_table *t, const struct iip_basis *list, size_t count, struct iip_why_view *v)
{
        const struct catalogue *c = catalogue_of(w);

        for (size_t i = 0; i < count; i++) {
                const struct unit *u = c == NULL ? NULL : unit_at(c, list[i].unit, list[i].month == PERIOD_NONE ? t->of->vintage.on : period_last(list[i].month));
                const char *name = u == NULL ? list[i].unit : iip_unit_name(w, u);

                entry_add(w, v, list[i].month == PERIOD_NONE ? arena_print(w->arena, work_text(w, "weights: %s"), name)
                                                             : arena_print(w->arena, work_text(w, "reports of establishments: %s, %s"), name, iip_month_said(w, list[i].month)), list[i].hash);
        }
}

/* The node of the weights of an earlier segment that a row goes on from; -1: none. */
static int32_t node_back(const struct iip_table *t, size_t row, size_t segment)
{
        int32_t node = t->row[row].node;

        for (size_t s = t->segment; s > segment && node >= 0; s--)
                node = t->of->segment[s].before[node];
        return node;
}

/* Why a node of a segment stood as it did in a month, or (is_link) by what it is linked there. A restated one is found among the classes of the other
 * version. */
static const char *href_in(struct work *w, const struct iip_table *t, const char *suffix, period month, size_t segment, int32_t node, bool is_link)
{
        const struct iip *x = t->of;
        const struct iip_restated *restated = iip_restated(x, segment, (size_t)node);
        const char *version = restated == NULL ? "" : arena_print(w->arena, "&vsic=%d", iip_version(x->set[segment].from) == 2018 ? 2025 : 2018);

        return iip_why_address(w, suffix, x->unit->code, x->series, month,
                               arena_print(w->arena, "&compare=%s%s%s%s", index_comparison_name(t->comparison), version, is_link ? "&link=1" : "", known_query(w, x->vintage.known)),
                               restated != NULL ? restated->code : x->weights[segment].node[node].code);
}

/* The steps of the formula; a link leads to what it is computed from. */
static void steps_take(struct work *w, const struct iip_table *t, size_t row, struct iip_why_view *v)
{
        const char **hrefs = arena_array(w->arena, t->segment + 5, sizeof(*hrefs));

        v->steps = iip_formula(w, t, row);
        v->step_hrefs = hrefs;
        for (size_t i = 0; v->steps[i].text != NULL; i++)
                for (size_t s = 1; v->steps[i].link != PERIOD_NONE && s <= t->segment; s++)
                        if (t->of->set[s].from == v->steps[i].link)
                                hrefs[i] = href_in(w, t, "", t->of->set[s].from, s, node_back(t, row, s), true);
}

/* The figure (in files with all digits), its formula, and the signed entries it rests on. */
static void why_basis(struct work *w, const struct iip_table *t, size_t row, bool is_page, struct iip_why_view *v)
{
        const struct iip_row *r = &t->row[row];
        size_t count;
        struct iip_basis *list = iip_basis(w, t, row, &count);

        v->value = arena_print(w->arena, work_text(w, "index %s (base = 100) · %s %s · weight %s %% · contribution %s"),
                               r->has_level ? iip_number_said(w, r->level, LASPEYRES_DECIMALS, is_page ? 2 : LASPEYRES_DECIMALS, false) : "–", iip_comparison_said(w, t->comparison),
                               r->has[t->comparison] ? iip_number_said(w, r->percent[t->comparison], STATS_DECIMALS, is_page ? 2 : STATS_DECIMALS, false) : "–",
                               iip_number_said(w, r->share / 10000000000, 6, is_page ? 2 : 6, false),
                               !r->has_points ? "–" : iip_number_said(w, is_page ? iip_points_printed(w, t, true, POINTS_SHOWN, 0, NULL, 0)[row] : r->points, STATS_DECIMALS,
                                                                      is_page ? POINTS_SHOWN : STATS_DECIMALS, true));
        v->formula = v->has_makers ? work_text(w, "index = quantity of all establishments ÷ monthly mean of the base × 100, after a change of weights × the link factor; comparison = index of the months ÷ index of the months compared × 100; a contribution is the product's points shared out by change of quantity, under each set of weights by itself")
                                   : work_text(w, "index = Σ weight × index of the parts by the weights of the month ÷ Σ weight (Laspeyres), after a change of weights × the link factor: index by the weights before ÷ index by the new ones, over the months that link them; comparison = index of the months ÷ index of the months compared × 100; contribution = (weight × index − the same before) ÷ that of the whole before × 100, under each set of weights by itself");
        steps_take(w, t, row, v);
        v->entries = arena_array(w->arena, ENTRIES_LISTED + 1, sizeof *v->entries);
        if (r->restated != NULL)
                v->restated = iip_restated_said(w, t, r);
        for (size_t i = 0; r->restated != NULL && i < r->restated->shares; i++)
                if (i == 0 || r->restated->share[i]->entry != r->restated->share[i - 1]->entry)
                        entry_add(w, v, arena_print(w->arena, work_text(w, "shares of divided classes: %s"), iip_unit_name(w, t->of->unit)), iip_hash_of(w, r->restated->share[i]->entry));
        entries_add(w, t, list, count, v);
}

/* ---- by what a row is linked to the weights before those of its month ---- */

struct link_view {
        const struct iip_table *table;
        size_t row, segment;
        struct chain_link ratio;       /* now 0: it is not linked */
        int32_t before_node;           /* -1: none */
        int64_t *before;               /* [month] its index by the weights before, linked; NULL: none */
        bool is_product;
        const char *target;            /* path and query as they came */
};

static bool link_find(struct work *w, const struct iip_table *t, size_t row, struct link_view *l)
{
        const struct iip *x = t->of;
        struct chain_link *link = arena_array(w->arena, t->segment + 1, sizeof *link);
        int64_t *level = arena_array(w->arena, (size_t)x->columns + 1, sizeof *level);
        struct chain *chain;

        *l = (struct link_view){ .table = t, .row = row, .segment = t->segment, .before_node = -1, .is_product = iip_row_product(t, row) >= 0 };
        if (t->segment == 0)
                return error_set(&w->err, ERR_MISSING, "the first weights are linked to none before them");
        l->ratio = (struct chain_link){ .from = x->segment[t->segment].overlap_from, .to = x->segment[t->segment].overlap_to };
        l->before_node = x->segment[t->segment].before[t->row[row].node];
        if (iip_row_trace(w, t, row, level, link) < t->segment)
                l->ratio = link[t->segment];
        if (l->before_node < 0)
                return true;
        chain = chain_make(w->arena, x->segment, t->segment, &w->err);
        l->before = level;
        if (chain != NULL)
                chain_levels(chain, w->arena, (size_t)l->before_node, level);
        return chain != NULL;
}

static const char *link_formula(struct work *w, const struct link_view *l, bool is_page)
{
        const struct iip *x = l->table->of;
        int128 factor = 0;

        if (l->ratio.now == 0)
                return work_text(w, "It is not linked: it begins with these weights. What it stands on by them over the months that link the others is below.");
        scale_round(l->ratio.before, decimal_power[LASPEYRES_DECIMALS], l->ratio.now, &factor);
        return arena_print(w->arena, work_text(w, "link factor = Σ index by the weights before, linked ÷ Σ index by the weights from %s, over the same months = %s ÷ %s = %s"),
                           iip_month_said(w, x->set[l->segment].from), iip_exact(w, l->ratio.before, LASPEYRES_DECIMALS), iip_exact(w, l->ratio.now, LASPEYRES_DECIMALS),
                           is_page ? iip_number_said(w, (int64_t)factor, LASPEYRES_DECIMALS, 6, false) : iip_exact(w, factor, LASPEYRES_DECIMALS));
}

enum { LINK_KIND, LINK_NAME, LINK_CODE, LINK_WEIGHT, LINK_BEFORE, LINK_NOW, LINK_QUANTITY, LINK_COLUMNS };

/* Leave out the cells of the columns that are not there. */
static void cells_keep(struct cell *c, const bool *is_in)
{
        int n = 0;

        for (int i = 0; i < LINK_COLUMNS; i++)
                if (is_in[i])
                        c[n++] = c[i];
}

static struct cell level_cell(bool is_there, int64_t level, bool is_page)
{
        return is_there ? cell_number(level, LASPEYRES_DECIMALS, is_page ? 4 : -1) : cell_empty();
}

/* The months of the link; then the parts of the row, each over all of them. */
static bool link_write(struct work *w, enum suffix suffix, struct buf *out, const struct link_view *l, const char *title, const char *const *notes, bool months, bool parts)
{
        const struct iip_table *t = l->table;
        const struct iip *x = t->of;
        const struct laspeyres *own = x->segment[l->segment].index;
        const struct iip_row *row = &t->row[l->row];
        bool is_page = suffix == SUFFIX_HTML;
        const struct column all[LINK_COLUMNS] = {
                [LINK_KIND] = { "kind", N_("Kind"), NULL, CELL_TEXT },
                [LINK_NAME] = { "name", months ? N_("Month") : N_("Industry or product"), NULL, CELL_TEXT },
                [LINK_CODE] = { "code", N_("Code"), NULL, CELL_TEXT },
                [LINK_WEIGHT] = { "weight", N_("Weight"), "%", CELL_NUMBER },
                [LINK_BEFORE] = { "before", N_("Index by the weights before, linked"), "%", CELL_NUMBER },
                [LINK_NOW] = { "own", arena_print(w->arena, work_text(w, "Index by the weights from %s"), iip_month_said(w, x->set[l->segment].from)), "%", CELL_NUMBER },
                [LINK_QUANTITY] = { "quantity", N_("Quantity"), l->is_product ? x->product[iip_row_product(t, l->row)].measure : NULL, CELL_NUMBER },
        };
        bool is_in[LINK_COLUMNS] = { !is_page, true, !is_page, !is_page || parts, !is_page || months, true, !is_page || (months && l->is_product) };
        struct column columns[LINK_COLUMNS];
        struct table *table;
        int n = 0;

        for (int c = 0; c < LINK_COLUMNS; c++)
                if (is_in[c])
                        columns[n++] = all[c];
        table = table_begin_below(w, suffix, out, is_page ? arena_print(w->arena, "%s: %s", title, work_text(w, all[LINK_NAME].title)) : title, notes, columns, n);
        if (table == NULL)
                return false;
        table_describe(table, iip_about(w, t, title, l->target, false));
        for (int32_t m = l->ratio.from; months && m <= l->ratio.to; m++) {
                int64_t level = 0, quantity = l->is_product ? x->output[iip_row_product(t, l->row) * x->columns + m] : OUTPUT_UNKNOWN;
                bool has_before = l->before != NULL && l->before[m] >= 0, has_own = laspeyres_level(own, (size_t)row->node, m, &level);
                const char *href = !has_before ? NULL : href_in(w, t, "", iip_month(x, m), l->segment - 1, l->before_node, false);
                struct cell c[LINK_COLUMNS] = { cell_text("month"), cell_link(is_page ? iip_month_said(w, iip_month(x, m)) : iip_month_code(w, iip_month(x, m)), href), cell_text(row->code), cell_empty(),
                                                level_cell(has_before, has_before ? l->before[m] : 0, is_page), level_cell(has_own, level, is_page),
                                                quantity == OUTPUT_UNKNOWN ? cell_empty() : cell_number(quantity, IIP_DECIMALS, is_page ? IIP_DECIMALS : -1) };

                cells_keep(c, is_in);
                table_row(table, c);
        }
        for (size_t i = l->row + 1; parts && i < t->count && t->row[i].depth > row->depth; i++) {
                const struct iip_row *part = &t->row[i];
                int64_t level = 0, sum = 0;
                bool is_known = part->node >= 0 && part->depth == row->depth + 1;

                for (int32_t m = l->ratio.from; is_known && m <= l->ratio.to; m++, sum += level)
                        is_known = laspeyres_level(own, (size_t)part->node, m, &level);
                if (part->depth != row->depth + 1 || part->is_link)
                        continue;
                struct cell c[LINK_COLUMNS] = { cell_text("part"), cell_link(is_page ? arena_print(w->arena, "%s %s", part->code, part->name) : part->name,
                                                                             part->node < 0 ? NULL : href_in(w, t, "", iip_month(x, t->month), l->segment, part->node, true)),
                                                cell_text(part->code), part->node < 0 ? cell_empty() : cell_number(is_page ? part->share / 10000000000 : part->share, is_page ? 6 : 16, is_page ? 2 : -1),
                                                cell_empty(), level_cell(is_known, sum, is_page), cell_empty() };

                cells_keep(c, is_in);
                table_row(table, c);
        }
        return table_end(table, NULL);
}

static bool link_page(struct work *w, struct reply *reply, enum suffix suffix, const struct iip_table *t, size_t row, struct iip_why_view *v, struct page *page, const struct request *r)
{
        const struct iip *x = t->of;
        struct link_view l;
        size_t count;
        struct iip_basis *list;
        const char *own; /* what its index by these weights is made of; NULL */
        bool has_parts;

        if (!link_find(w, t, row, &l))
                return false;
        l.target = v->target;
        has_parts = row + 1 < t->count && t->row[row + 1].depth > t->row[row].depth;
        v->title = arena_print(w->arena, work_text(w, "Link factor to the weights from %s: %s"), iip_month_said(w, x->set[l.segment].from), t->row[row].name);
        v->value = l.ratio.now == 0 ? "–" : arena_print(w->arena, "%s ÷ %s", iip_number_said(w, (int64_t)decimal_divide(l.ratio.before, 100000), 4, 2, false),
                                                         iip_number_said(w, (int64_t)decimal_divide(l.ratio.now, 100000), 4, 2, false));
        v->formula = link_formula(w, &l, suffix == SUFFIX_HTML);
        own = l.is_product ? work_text(w, "By these weights its index of a month is the quantity ÷ the monthly mean of the base × 100; each month leads to its establishments.")
              : has_parts ? work_text(w, "By these weights its index of a month is Σ weight × index of the parts ÷ Σ weight; of several months the sums are shown, and each part leads on.") : NULL;
        v->formula = own == NULL ? v->formula : arena_print(w->arena, "%s. %s", v->formula, own);
        v->steps = arena_array(w->arena, 1, sizeof *v->steps);
        v->entries = arena_array(w->arena, ENTRIES_LISTED + 1, sizeof *v->entries);
        list = iip_basis_over(w, t, row, l.ratio.from, l.ratio.to, -1, -1, &count);
        entry_add(w, v, arena_print(w->arena, work_text(w, "weights: %s"), iip_unit_name(w, x->unit)), iip_hash_of(w, x->set[l.segment - 1].entry));
        entries_add(w, t, list, count, v);
        v->csv = href_in(w, t, ".csv", iip_month(x, t->month), l.segment, t->row[row].node, true);
        v->xlsx = href_in(w, t, ".xlsx", iip_month(x, t->month), l.segment, t->row[row].node, true);
        v->json = href_in(w, t, ".json", iip_month(x, t->month), l.segment, t->row[row].node, true);
        table_file(w, r, reply, "link");
        if (suffix != SUFFIX_HTML)
                return link_write(w, suffix, &reply->body, &l, v->title, (const char *const[]){ v->lede, v->formula, NULL }, true, true);
        page->title = v->title;
        page_begin(w, r, reply, page);
        iip_why(w, &reply->body, v);
        if (!link_write(w, suffix, &reply->body, &l, v->title, NULL, true, false) || (has_parts && !link_write(w, suffix, &reply->body, &l, v->title, NULL, false, true)))
                return false;
        page_end(w, r, reply, page);
        return work_ok(w);
}

bool iip_why_page(struct work *w, const struct request *r, struct reply *reply)
{
        struct iip_table *t = iip_asked_table(w, r);
        const char *code = request_query(r, "node", 0);
        enum suffix suffix = request_suffix(r);
        struct iip_why_view v = { 0 };
        struct page page = { .nav = NAV_FIGURES, .crumbs = { { work_text(w, "Index of industrial production"), "/iip" } }, .crumb_count = 1 };
        bool is_link;
        size_t row = 0;

        if (t == NULL || !request_flag(w, r, "link", &is_link))
                return false;
        while (code != NULL && row < t->count && (t->row[row].node < 0 || strcmp(t->row[row].code, code) != 0))
                row++;
        if (row == t->count)
                return error_set(&w->err, ERR_MISSING, "\"%s\" is not in the weights of that month", code);
        reply->is_private = true;
        v.target = request_target(r);
        v.title = arena_print(w->arena, work_text(w, "Why it moved: %s"), t->row[row].name);
        v.lede = arena_print(w->arena, work_text(w, "%s, %s, %s; confidential, not for publication"), iip_unit_name(w, t->of->unit),
                             iip_month_said(w, iip_month(t->of, t->month)), iip_comparison_said(w, t->comparison));
        if (t->of->vintage.known != 0)
                v.lede = arena_print(w->arena, work_text(w, "%s; as known on %s"), v.lede, known_said(w, t->of->vintage.known));
        v.back = page.crumbs[0].href = iip_format_href(w, t, "", false);
        if (t->row[row].is_product) {
                v.measure = t->of->product[iip_row_product(t, row)].measure;
                v.lede = arena_print(w->arena, work_text(w, "%s; unit of measure: %s"), v.lede, v.measure);
        }
        if (is_link)
                return link_page(w, reply, suffix, t, row, &v, &page, r);
        if (t->row[row].is_product)
                why_makers(w, t, row, &v);
        else
                why_industries(w, t, row, &v);
        if (v.note == NULL && iip_not_compared(w, t, t->comparison) != NULL)
                v.note = arena_print(w->arena, work_text(w, "No number %s: %s"), iip_comparison_said(w, t->comparison), iip_not_compared(w, t, t->comparison));
        why_basis(w, t, row, suffix == SUFFIX_HTML, &v);
        v.csv = iip_why_href(w, t, t->row[row].code, ".csv");
        v.xlsx = iip_why_href(w, t, t->row[row].code, ".xlsx");
        v.json = iip_why_href(w, t, t->row[row].code, ".json");
        table_file(w, r, reply, "why");
        if (suffix != SUFFIX_HTML)
                return why_write(w, suffix, &reply->body, t, row, &v);
        page.title = v.title;
        page_begin(w, r, reply, &page);
        iip_why(w, &reply->body, &v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}

