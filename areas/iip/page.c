/* page.c - the result in any format, and why it moved. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "areas/iip/iip.h"
#include "areas/iip/pages.h"
#include "areas/iip/view.h"
#include "base/decimal.h"
#include "figure/filter.h"
#include "format/html.h"
#include "ledger/node.h"
#include "ledger/past.h"
#include "ledger/read.h"
#include "report/figure_text.h"
#include "report/table.h"
#include "stats/apportion.h"
#include "sync/sync.h"

#define POINTS_SHOWN 2 /* decimals of contributions */

/* ---- in words ----------------------------------------------------------------------------------------------- */

static const char *const comparison_texts[] = {
        [INDEX_MOM] = N_("against the month before"),
        [INDEX_YOY] = N_("against the same month of last year"),
        [INDEX_YTD] = N_("year to date, against the same months of last year"),
        [INDEX_BASE] = N_("against the base"),
};

const char *iip_comparison_said(struct work *w, enum index_comparison comparison)
{
        return work_text(w, comparison_texts[comparison]);
}

const char *iip_unit_name(const struct work *w, const struct unit *u)
{
        return w->language == LANGUAGE_VI ? u->full_name_vi : u->full_name_en;
}

const char *iip_month_said(struct work *w, period p)
{
        char text[64];

        period_write_said(text, sizeof text, p, w->language);
        return arena_text(w->arena, text);
}

/* Where nothing stands before it. */
static const char *month_shown(struct work *w, period p)
{
        char text[64];

        period_write_shown(text, sizeof text, p, w->language);
        return arena_text(w->arena, text);
}

const char *iip_month_code(struct work *w, period p)
{
        char text[PERIOD_TEXT_MAX];

        period_write(text, p);
        return arena_text(w->arena, text);
}

const char *iip_number_said(struct work *w, int64_t value, int decimals, int shown, bool with_sign)
{
        char text[DECIMAL_TEXT_MAX * 2];

        decimal_write_shown(text, value, decimals, shown, w->language);
        return arena_print(w->arena, "%s%s", with_sign && value > 0 ? "+" : "", text);
}

static const char *both(struct work *w, const char *a, const char *b)
{
        return *a == '\0' ? b : *b == '\0' ? a : arena_print(w->arena, "%s; %s", a, b);
}

/* "60.5 % of 3100: Enterprise survey 2025 (31/03/2026)" */
static const char *share_said(struct work *w, const struct iip_share *s)
{
        char date[DAY_SHOWN_MAX];

        day_write_shown(date, s->date, w->language);
        return arena_print(w->arena, work_text(w, "%s %% of %s: %s (%s)"), iip_number_said(w, s->share_ppm, IIP_SHARE_DECIMALS, decimal_used(s->share_ppm, IIP_SHARE_DECIMALS), false), s->from, s->source, date);
}

/* How a row, or what it goes on with, comes out of the other version of the classification. */
const char *iip_restated_said(struct work *w, const struct iip_table *t, const struct iip_row *r)
{
        const struct iip *x = t->of;
        const char *how = work_text(w, r->restated->shares == 0 ? N_("restated by its products or whole classes") : N_("restated by shares"));

        for (size_t i = 0; i < r->restated->shares; i++)
                how = arena_print(w->arena, "%s%s%s", how, i == 0 ? ", " : "; ", share_said(w, r->restated->share[i]));
        return r->restated_in == t->segment ? how : arena_print(w->arena, work_text(w, "before %s: %s"), iip_month_said(w, x->set[x->turn].from), how);
}

/* Of a row that begins with later weights: since when, what its 100 is, and why nothing is compared over that. */
static const char *begun_said(struct work *w, const struct iip_row *r)
{
        const char *since = arena_print(w->arena, work_text(w, "begins with the weights of %s, 100 = monthly mean of %s"), iip_month_said(w, r->begins), iip_month_said(w, r->base));

        if (r->is_unlinked)
                return arena_print(w->arena, work_text(w, "%s: no month of output by both links it to what was before"), since);
        if (r->has[INDEX_MOM] && r->has[INDEX_YOY] && r->has[INDEX_YTD])
                return since;
        return arena_print(w->arena, work_text(w, "%s: not compared with what was before"), since);
}

const char *iip_part_said(struct work *w, int64_t part)
{
        int64_t unit = LASPEYRES_WHOLE / 1000000, rounded = (part + unit / 2) / unit * unit, told = rounded == 0 ? part : rounded;

        return iip_number_said(w, told, 16, decimal_used(told, 16), false);
}

/* How much of the stated weight is not in the index: "99.5 %"; to the public in other words where that is confidential. */
static const char *outside_said(struct work *w, const struct iip_table *t, bool is_full)
{
        int64_t outside = t->of->segment[t->segment].index->outside;

        if (is_full || iip_is_outside_told(w, t->of, t->segment))
                return arena_print(w->arena, "%s %%", iip_part_said(w, outside));
        return work_text(w, outside > LASPEYRES_WHOLE / 2 ? N_("More than half (how much is confidential)") : N_("A part (how much is confidential)"));
}

/* Comparisons that the whole has and a row has not, though it goes back as far: it had nothing then. Those that may be seen; "" for none. */
static const char *from_nothing(struct work *w, const struct iip_table *t, const struct iip_row *r, bool is_full)
{
        const char *which = "";

        for (int c = 0; r->begins == PERIOD_NONE && r->has_level && c < INDEX_COMPARISONS; c++)
                if (t->row[0].has[c] && !r->has[c] && (is_full || r->is_told[c]))
                        which = both(w, which, iip_comparison_said(w, (enum index_comparison)c));
        return *which == '\0' ? "" : arena_print(w->arena, work_text(w, "no number %s: there was nothing then"), which);
}

/* What stands behind a row, in words; "" for nothing. */
const char *iip_row_note(struct work *w, const struct iip_table *t, const struct iip_row *r, bool is_full)
{
        const char *hidden = "", *completed = "", *begun = "";
        bool is_apart = false;

        if (r->is_link)
                return is_full || r->are_points_told ? work_text(w, "what its parts do not bring: products that the weights no longer hold here, and the step of the link")
                                                     : work_text(w, "not told: some of the parts are confidential");
        if (r->node < 0)
                return r->lacking != NULL ? arena_print(w->arena, work_text(w, "not comparable: class %s is divided and no share of it is stated"), r->lacking)
                                          : work_text(w, "not measured under the weights of the month");
        if (r->left_out != LEFT_IN)
                return arena_print(w->arena, work_text(w, "not in the index: %s"), work_text(w, left_out_text(r->left_out)));
        if (cell_is_hidden(r->state) && !is_full)
                return work_text(w, cell_state_text(r->state));
        for (int c = 0; c < INDEX_COMPARISONS; c++)
                is_apart |= r->has[c] && !r->is_told[c];
        if (r->state == CELL_WAITING)
                hidden = arena_print(w->arena, work_text(w, "%s: %d of %d reports are there; not for publication"), work_text(w, cell_state_text(r->state)),
                                     r->reported, r->expected);
        else if (cell_is_hidden(r->state))
                hidden = arena_print(w->arena, work_text(w, "%s; not for publication"), work_text(w, cell_state_text(r->state)));
        else if (is_apart)
                hidden = work_text(w, "not compared for publication with months that too few have reported");
        if (r->is_estimated)
                completed = work_text(w, "estimated: nobody reported it, it moves as its neighbours");
        else if (r->imputed_ppm > 0 && !is_full) /* how much would tell what the silent one made the month before */
                completed = work_text(w, "partly completed for missing reports");
        else if (r->imputed_ppm > 0)
                completed = arena_print(w->arena, work_text(w, "%s %% of the output was completed for missing reports"),
                                        iip_number_said(w, r->imputed_ppm, 4, 1, false));
        if (r->is_beside_estimate && !r->is_estimated)
                completed = both(w, completed, work_text(w, "compared with months estimated: nobody reported it then, it moves as its neighbours"));
        if (r->part_base.known > 0 && r->part_base.season == PERIOD_NONE)
                completed = both(w, completed, arena_print(w->arena, work_text(w, "its base is the mean of %d of %d months, without regard to season: of the others its output is not known, and of no other year all months are"),
                                                           r->part_base.known, t->of->weights[t->segment].base_months));
        else if (r->part_base.known > 0)
                completed = both(w, completed, arena_print(w->arena, work_text(w, "its base is of %d of %d months, completed by its season of %s"), r->part_base.known,
                                                           t->of->weights[t->segment].base_months, iip_month_said(w, r->part_base.season)));
        if (r->depth == 0 && t->of->segment[t->segment].index->outside > 0)
                completed = both(w, completed, arena_print(w->arena, work_text(w, "%s of the stated weight is not in it"), outside_said(w, t, is_full)));
        if (r->begins != PERIOD_NONE)
                begun = begun_said(w, r);
        else if (r->linked_over != PERIOD_NONE)
                begun = arena_print(w->arena, work_text(w, "without output over the overlap: linked to the weights of %s over %s"), iip_month_said(w, r->linked_to), iip_month_said(w, r->linked_over));
        if (r->begins != PERIOD_NONE && r->lacking != NULL)
                begun = arena_print(w->arena, work_text(w, "%s, for no share of class %s is stated"), begun, r->lacking);
        if (r->restated != NULL)
                begun = both(w, iip_restated_said(w, t, r), begun);
        completed = both(w, from_nothing(w, t, r, is_full), completed);
        return both(w, both(w, begun, completed), hidden);
}

/* ---- what was asked -------------------------------------------------------------------------------------------- */

bool iip_ask_known(struct work *w, const char *text, struct iip_vintage *vintage)
{
        moment known;

        if (!known_read(w, text == NULL ? "" : text, &known))
                return false;
        w->known = known;
        *vintage = iip_vintage(w, known);
        return true;
}

bool iip_missing_then(struct work *w, struct iip_vintage vintage)
{
        const char *what = arena_text(w->arena, w->err.message);

        if (vintage.known == 0 || w->err.code != ERR_MISSING)
                return false;
        error_clear(&w->err);
        return error_set(&w->err, ERR_MISSING, "%s, as known on %s", what, known_said(w, vintage.known));
}

const struct unit *iip_unit(struct work *w, const char *code, struct iip_vintage vintage)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *u;

        if (c == NULL)
                return NULL;
        if (code == NULL || *code == '\0')
                code = node_unit(w->node);
        u = unit_at(c, code, vintage.on);
        if (u == NULL || (u->level != LEVEL_COUNTRY && u->level != LEVEL_PROVINCE)) {
                if (vintage.known == 0)
                        error_set(&w->err, ERR_INVALID, "\"%s\" is neither the country nor a province of today", code);
                else
                        error_set(&w->err, ERR_INVALID, "\"%s\" is neither the country nor a province of the day asked for", code);
                return NULL;
        }
        return web_territory(w, u->code) ? u : NULL;
}

bool iip_ask(struct work *w, const struct iip *x, const char *month, const char *compare, int32_t *column, enum index_comparison *comparison)
{
        period p = iip_month(x, x->months - 1);
        int c = 0;

        if (month != NULL && *month != '\0' && (!period_read(month, strlen(month), &p) || period_frequency(p) != FREQUENCY_MONTH))
                return error_set(&w->err, ERR_INVALID, "\"%s\" is not a month: 2021-03", month);
        *column = iip_column(x, p);
        if (*column < 0)
                return error_set(&w->err, ERR_MISSING, "there is no output of that month");
        compare = compare == NULL || *compare == '\0' ? "yoy" : compare;
        while (c < INDEX_COMPARISONS && strcmp(compare, index_comparison_name((enum index_comparison)c)) != 0)
                c++;
        if (c == INDEX_COMPARISONS)
                return error_set(&w->err, ERR_INVALID, "\"%s\" is no comparison: mom, yoy, ytd or base", compare);
        *comparison = (enum index_comparison)c;
        return true;
}

/* ---- notes ------------------------------------------------------------------------------------------------------- */

struct notes {
        struct work *work;
        const char **list;
        size_t count;
};

#define NOTES_MAX 32

static void note(struct notes *n, bool is_told, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void note(struct notes *n, bool is_told, const char *format, ...)
{
        va_list list;

        if (!is_told)
                return;
        va_start(list, format);
        n->list[n->count++] = arena_print_list(n->work->arena, work_text(n->work, format), list);
        va_end(list);
}

/* Provinces that are asked and of which no report of the month is there, and since when their nodes are silent. */
static const char *silent_areas(struct work *w, const struct iip_table *t)
{
        const struct panel *p = t->of->panel;
        const char *all = "";
        struct link *links = NULL;
        size_t link_count = 0;
        char at[64];

        for (int32_t a = 0; p->areas > 1 && a < p->areas; a++) {
                const struct panel_tally *tally = &p->tally[a * p->months + t->month];
                moment heard = 0;

                if (tally->expected == 0 || tally->reported > 0)
                        continue;
                if (links == NULL && w->node != NULL && t->of->vintage.known == 0 && !past_is_read(w)) /* since when is not known of a day past */
                        links = sync_links(w, &link_count);
                for (size_t i = 0; i < link_count; i++)
                        if (strcmp(links[i].unit, t->of->area[a]->code) == 0 && links[i].last_contact > heard)
                                heard = links[i].last_contact;
                if (heard > 0)
                        moment_write_shown(at, heard, w->language);
                all = arena_print(w->arena, "%s%s%s%s", all, *all == '\0' ? "" : "; ", iip_unit_name(w, t->of->area[a]),
                                  heard == 0 ? "" : arena_print(w->arena, work_text(w, " (its node was heard last at %s)"), at));
        }
        return all;
}

static const char *source_of(struct work *w, const struct iip_table *t)
{
        const struct entry *e = ledger_entry(w, t->of->set[t->segment].entry);
        const char *source = e == NULL ? NULL : json_string_value(json_object_get(e->body, "source"));

        return source == NULL ? "" : source;
}

/* A month of a span of which nothing is known; -1: none. */
static int32_t month_unknown(const struct iip_table *t, int32_t from, int32_t to)
{
        for (int32_t month = from; month <= to; month++) {
                size_t s = t->segment;

                while (s > 0 && month < t->of->segment[s].from)
                        s--;
                if (t->chain->level[s][month] < 0)
                        return month;
        }
        return -1;
}

const char *iip_not_compared(struct work *w, const struct iip_table *t, enum index_comparison comparison)
{
        const struct iip *x = t->of;
        const struct laspeyres *l = x->segment[t->segment].index;
        int32_t from, to, base_from, base_to, lacking;

        if (t->row[0].has[comparison])
                return NULL;
        if (comparison == INDEX_YTD && l->weights->is_stock)
                return work_text(w, "stocks and workers are counted on one day of the month and have none");
        if (!index_span(comparison, t->month, l->january, &from, &to, &base_from, &base_to))
                return arena_print(w->arena, work_text(w, "nothing is known of the months before %s"), iip_month_said(w, iip_month(x, 0)));
        lacking = comparison == INDEX_BASE ? -1 : month_unknown(t, base_from, base_to);
        if (lacking < 0)
                lacking = month_unknown(t, from, to);
        return lacking < 0 ? work_text(w, "there was nothing in the months compared with")
                           : arena_print(w->arena, work_text(w, "nothing is known of %s"), iip_month_said(w, iip_month(x, lacking)));
}

/* Comparisons that the whole has not, with why: those for one reason in one note. Of what is hidden it would tell that there was nothing. */
static void note_not_compared(struct notes *n, const struct iip_table *t, bool is_full)
{
        const char *why[INDEX_COMPARISONS];

        for (int c = 0; c < INDEX_COMPARISONS; c++)
                why[c] = is_full || t->row[0].is_told[c] ? iip_not_compared(n->work, t, (enum index_comparison)c) : NULL;
        for (int c = 0; c < INDEX_COMPARISONS; c++) {
                const char *which = iip_comparison_said(n->work, (enum index_comparison)c);

                for (int more = c + 1; why[c] != NULL && more < INDEX_COMPARISONS; more++) {
                        if (why[more] == NULL || strcmp(why[more], why[c]) != 0)
                                continue;
                        which = arena_print(n->work->arena, "%s; %s", which, iip_comparison_said(n->work, (enum index_comparison)more));
                        why[more] = NULL;
                }
                note(n, why[c] != NULL, N_("No number %s: %s"), which, why[c]);
        }
}

static const char beside_another[] = N_("Not to be published beside the table of another day: each hides what was confidential by what was known then, and from two of them hidden cells may be computed");

/* is_file: the page says by itself what it is. */
static const char *const *notes_of(struct work *w, const struct iip_table *t, bool is_full, bool is_file)
{
        const struct iip *x = t->of;
        const struct panel *p = x->panel;
        const struct panel_tally *tally = &p->tally[(p->areas == 1 ? 0 : p->areas) * p->months + t->month];
        struct notes n = { w, arena_array(w->arena, NOTES_MAX + 1, sizeof *n.list), 0 };
        const struct laspeyres *l = x->segment[t->segment].index;
        int64_t hidden = 0, waiting = 0, part_base = 0, seasonal = 0, estimated = 0, unreported = 0;
        size_t doubts = 0;
        bool are_weights_told = true; /* of what nobody reported: that of a hidden product is hidden with it */

        for (size_t i = 0; i < t->count; i++) {
                bool is_unreported = t->row[i].is_product && t->row[i].is_estimated && iip_row_product(t, i) >= 0;

                estimated += t->row[i].is_product && (t->row[i].is_estimated || t->row[i].is_beside_estimate);
                unreported += is_unreported ? t->row[i].share : 0;
                are_weights_told &= is_full || !is_unreported || iip_is_shown(x, t->segment, (size_t)t->row[i].node);
                part_base += t->row[i].left_out == LEFT_IN && t->row[i].part_base.known > 0 && t->row[i].part_base.season == PERIOD_NONE;
                seasonal += t->row[i].left_out == LEFT_IN && t->row[i].part_base.season != PERIOD_NONE;
                hidden += cell_is_hidden(t->row[i].state) && t->row[i].state != CELL_WAITING;
                waiting += t->row[i].state == CELL_WAITING;
        }
        if (is_file && x->vintage.known == 0)
                iip_doubts(w, x->unit, x->series, &doubts);
        note(&n, is_full && is_file, N_("with confidential cells: not for publication"));
        note(&n, doubts > 0, N_("%zu conflicts about what this index rests on are open: until they are decided the nearest unit's version stands"), doubts);
        note(&n, x->vintage.known != 0, N_("As known on %s: of the reports, samples and weights written until then, on the map of that day"),
             known_said(w, x->vintage.known));
        note(&n, x->vintage.known != 0 && !is_full, beside_another);
        note(&n, true, N_("Computed here from establishments' reports; the statistics office's index is the official figure"));
        note(&n, true, N_("Weights of %s in force from %s; index 100 = monthly mean of %s"), iip_month_said(w, x->set[t->segment].base),
             iip_month_said(w, x->set[t->segment].from), iip_month_said(w, x->set[0].base));
        note(&n, true, N_("%d of %d reports of the month are there"), tally->reported, tally->expected);
        note_not_compared(&n, t, is_full);
        note(&n, *silent_areas(w, t) != '\0', N_("Nobody reported from: %s"), silent_areas(w, t));
        note(&n, *source_of(w, t) != '\0', N_("Source of the weights: %s"), source_of(w, t));
        note(&n, tally->imputed > 0, N_("%lld missing reports were completed by the movement of the others"), (long long)tally->imputed);
        note(&n, tally->unfounded > 0, N_("%lld establishments have not reported since they are asked: they count as nothing beside those of their product that have"), (long long)tally->unfounded);
        note(&n, tally->lapsed > 0, N_("%lld have been silent for more than twelve months: they count as closed"), (long long)tally->lapsed);
        note(&n, estimated > 0, N_("%lld products are estimated in this month, or in one they are compared with: nobody reported them, they move as their neighbours"),
             (long long)estimated);
        note(&n, part_base > 0, N_("%lld products are not known in all months of the base: theirs is the mean of the others, without regard to season"), (long long)part_base);
        note(&n, seasonal > 0, N_("%lld products are not known in all months of the base: theirs is completed by their season of another year"), (long long)seasonal);
        note(&n, unreported > 0 && are_weights_told, N_("%s %% of the weight is of products that nobody reported in this month: they move as their neighbours"), iip_part_said(w, unreported));
        note(&n, l->outside > 0, N_("%s of the stated weight is not in the index: it stands where there is no product, or none with output in the base, and went to the others"), outside_said(w, t, is_full));
        note(&n, l->left_out_count > 0, N_("%lld products of the weights are not in the index"), (long long)l->left_out_count);
        note(&n, x->outside > 0, N_("%lld reports are of products without weights"), (long long)x->outside);
        note(&n, x->not_asked > 0, N_("%lld reports are of establishments outside the sample"), (long long)x->not_asked);
        note(&n, x->other_measure > 0, N_("%lld reports are in another unit of measure and do not count"), (long long)x->other_measure);
        note(&n, x->twice > 0, N_("%lld times two units ask for, or report, the same; the one with the lower code asks, and the newest report counts"), (long long)x->twice);
        note(&n, t->tree != t->segment, N_("Shown in classes of VSIC %d; the weights of the month are by VSIC %d"), iip_version(x->set[t->tree].from), iip_version(x->set[t->segment].from));
        note(&n, x->restated > 0, N_("%lld classes were divided or joined since VSIC 2025 and go on restated, by products or stated shares: each says how"), (long long)x->restated);
        note(&n, x->begun > 0, N_("%lld classes were divided, joined or mean something else since VSIC 2025, and no share is stated: they begin with these weights"), (long long)x->begun);
        note(&n, x->split > 0, N_("%lld lines of the sample belong to units that were divided since"), (long long)x->split);
        note(&n, !is_full && hidden > 0, N_("%lld cells are confidential"), (long long)hidden);
        note(&n, waiting > 0, N_("%lld cells are not published of this month until at least %d establishments have reported them, and enough beside the largest; publish the month when it is in, not twice"),
             (long long)waiting, x->rule.least);
        note(&n, !is_full && w->node != NULL && strcmp(node_unit(w->node), "VN") != 0,
             N_("This node knows the reports of its own territory: what is published beside the country's index is to be taken from the ministry's node"));
        return n.list;
}

/* ---- the table ---------------------------------------------------------------------------------------------------- */

enum { COL_CODE, COL_NAME, COL_DEPTH, COL_SHARE, COL_BASE, COL_MOM, COL_YOY, COL_YTD, COL_POINTS, COL_REPORTED, COL_EXPECTED, COL_STATE, COL_RESTATED, COL_NOTE, COLS };

/* What the page has no room for stands in the files. */
static bool is_on_page(int column)
{
        return column != COL_DEPTH && column != COL_STATE && column != COL_RESTATED && column != COL_REPORTED && column != COL_EXPECTED;
}

/* "&vsic=2018" where the classes are not those of the month's weights. */
static const char *version_part(struct work *w, const struct iip_table *t)
{
        return t->tree == t->segment ? "" : arena_print(w->arena, "&vsic=%d", iip_version(t->of->set[t->tree].from));
}

const char *iip_why_address(struct work *w, const char *suffix, const char *unit, enum iip_series series, period month, const char *more, const char *node)
{
        struct buf *b = arena_alloc(w->arena, sizeof *b);

        buf_init_with(b, 0, w->arena);
        buf_print(b, "/iip/why%s?unit=%s&series=%s&month=%s%s&node=", suffix, unit, iip_series_name(series), iip_month_code(w, month), more);
        html_url_part(b, node);
        if (b->is_starved)
                arena_starve(w->arena);
        return b->data;
}

static const char *why_compared(struct work *w, const struct iip_table *t, enum index_comparison c, const char *code, const char *suffix)
{
        return iip_why_address(w, suffix, t->of->unit->code, t->of->series, iip_month(t->of, t->month),
                               arena_print(w->arena, "&compare=%s%s%s", index_comparison_name(c), version_part(w, t), known_query(w, t->of->vintage.known)), code);
}

const char *iip_why_href(struct work *w, const struct iip_table *t, const char *code, const char *suffix)
{
        return why_compared(w, t, t->comparison, code, suffix);
}

static const char *const state_names[] = {
        [CELL_SHOWN] = "shown", [CELL_EMPTY] = "empty", [CELL_FEW] = "few", [CELL_DOMINATED] = "dominated", [CELL_SECONDARY] = "secondary",
        [CELL_WAITING] = "waiting",
};

static struct cell index_cell(bool has, int64_t value, bool is_page)
{
        return has ? cell_number(value, STATS_DECIMALS, is_page ? 2 : -1) : cell_empty();
}

/* The name of the row that a row stands below. */
static const char *parent_name(const struct iip_table *t, const struct iip_row *r)
{
        const struct iip_row *up = r;

        while (up > t->row && up->depth >= r->depth)
                up--;
        return up->name;
}

bool iip_has_points_for(const struct iip_row *r, bool is_full)
{
        bool is_open = r->is_link || (r->node >= 0 && r->left_out == LEFT_IN && (is_full || !cell_is_hidden(r->state)));

        return is_open && r->has_points && (is_full || r->are_points_told);
}

int64_t *iip_points_printed(struct work *w, const struct iip_table *t, bool is_full, int decimals, size_t row, const struct iip_cause *makers, size_t count)
{
        struct printed_row *list = arena_array(w->arena, t->count + count + 1, sizeof *list);
        int64_t *out = arena_array(w->arena, t->count + count + 1, sizeof *out);
        size_t n = 0;

        for (size_t i = 0; i < t->count; i++) {
                list[n++] = (struct printed_row){ t->row[i].depth, iip_has_points_for(&t->row[i], is_full), t->row[i].points };
                for (size_t k = 0; i == row && k < count; k++)
                        list[n++] = (struct printed_row){ t->row[i].depth + 1, makers[k].has_points, makers[k].points };
        }
        apportion_printed(w->arena, list, n, STATS_DECIMALS - decimals, out);
        return out;
}

/* points: as they are printed on a page; NULL in files. */
static void one_row(struct work *w, struct table *table, const struct iip_table *t, const struct iip_row *r, const int64_t *points, bool is_full)
{
        bool is_open = r->node >= 0 && r->left_out == LEFT_IN && (is_full || !cell_is_hidden(r->state)), is_page = points != NULL;
        struct cell c[COLS] = {
                [COL_CODE] = cell_text(is_page && r->is_link ? "–" : r->code),
                [COL_NAME] = r->is_link && r->depth > 1 ? cell_text(arena_print(w->arena, "%s: %s", r->name, parent_name(t, r)))
                             : is_page && r->node >= 0 ? cell_link(r->name, iip_why_href(w, t, r->code, "")) : cell_text(r->name),
                [COL_DEPTH] = cell_int(r->depth),
                [COL_SHARE] = is_open ? cell_number(r->share / 10000000000, 6, is_page ? 2 : -1) : cell_empty(),
                [COL_BASE] = is_open && r->has_level && (is_full || r->is_level_told) ? cell_number(r->level, LASPEYRES_DECIMALS, is_page ? 2 : -1) : cell_empty(),
                [COL_MOM] = index_cell(is_open && r->has[INDEX_MOM] && (is_full || r->is_told[INDEX_MOM]), r->percent[INDEX_MOM], is_page),
                [COL_YOY] = index_cell(is_open && r->has[INDEX_YOY] && (is_full || r->is_told[INDEX_YOY]), r->percent[INDEX_YOY], is_page),
                [COL_YTD] = index_cell(is_open && r->has[INDEX_YTD] && (is_full || r->is_told[INDEX_YTD]), r->percent[INDEX_YTD], is_page),
                [COL_POINTS] = iip_has_points_for(r, is_full) ? cell_number(is_page ? *points : r->points, STATS_DECIMALS, is_page ? POINTS_SHOWN : -1) : cell_empty(),
                [COL_REPORTED] = is_open ? cell_int(r->reported) : cell_empty(),
                [COL_EXPECTED] = is_open ? cell_int(r->expected) : cell_empty(),
                [COL_STATE] = cell_text(r->left_out != LEFT_IN ? "left_out" : state_names[r->is_link && !r->are_points_told ? CELL_SECONDARY : r->state]),
                [COL_RESTATED] = cell_text(r->restated == NULL ? "" : r->restated->shares > 0 ? "shares" : "certain"),
                [COL_NOTE] = cell_text(iip_row_note(w, t, r, is_full)),
        };
        struct cell page[COLS];
        int n = 0;

        if (!is_page) {
                table_row(table, c);
                return;
        }
        c[COL_POINTS].is_change = true;
        for (int i = 0; i < COLS; i++)
                if (is_on_page(i))
                        page[n++] = c[i];
        table_row(table, page);
}

static void columns_fill(struct column out[COLS])
{
        const struct column all[COLS] = {
                [COL_CODE] = { "code", N_("Code"), NULL, CELL_TEXT },
                [COL_NAME] = { "name", N_("Industry or product"), NULL, CELL_TEXT },
                [COL_DEPTH] = { "depth", N_("Level"), NULL, CELL_INT },
                [COL_SHARE] = { "weight", N_("Weight"), "%", CELL_NUMBER },
                [COL_BASE] = { "base", N_("Index, base = 100"), "%", CELL_NUMBER },
                [COL_MOM] = { "mom", N_("Month before = 100"), "%", CELL_NUMBER },
                [COL_YOY] = { "yoy", N_("Same month of last year = 100"), "%", CELL_NUMBER },
                [COL_YTD] = { "ytd", N_("Year to date, last year = 100"), "%", CELL_NUMBER },
                [COL_POINTS] = { "points", N_("Contribution"), N_("percentage points"), CELL_NUMBER },
                [COL_REPORTED] = { "reported", N_("Reports there"), NULL, CELL_INT },
                [COL_EXPECTED] = { "expected", N_("Reports expected"), NULL, CELL_INT },
                [COL_STATE] = { "state", N_("Confidentiality"), NULL, CELL_TEXT },
                [COL_RESTATED] = { "restated", N_("Restated by"), NULL, CELL_TEXT },
                [COL_NOTE] = { "note", N_("Remark"), NULL, CELL_TEXT },
        };

        memcpy(out, all, sizeof all);
}

static const char *title_of(struct work *w, const struct iip_table *t)
{
        return arena_print(w->arena, work_text(w, "%s, %s, %s; contributions %s"), work_text(w, iip_series_title(t->of->series)), iip_unit_name(w, t->of->unit),
                           iip_month_said(w, iip_month(t->of, t->month)), iip_comparison_said(w, t->comparison));
}

const struct about *iip_about(struct work *w, const struct iip_table *t, const char *title, const char *address, bool is_open)
{
        char outside[DECIMAL_TEXT_MAX] = ""; /* no line then */
        struct about *about;

        if (!is_open || iip_is_outside_told(w, t->of, t->segment))
                decimal_write(outside, t->of->segment[t->segment].index->outside, 16);
        about = about_table(w, title, t->of->vintage.known, address,
                            (struct about_line[]){ { .name = "source", .label = N_("Source of the weights"), .value = source_of(w, t) },
                                                   { .name = "unit", .label = N_("Unit"), .value = t->of->unit->key },
                                                   { .name = "series", .label = N_("Series"), .value = iip_series_name(t->of->series) },
                                                   { .name = "month", .label = N_("Month"), .value = iip_month_code(w, iip_month(t->of, t->month)) },
                                                   { .name = "weights_of", .label = N_("Base of the weights"), .value = iip_month_code(w, t->of->set[t->segment].base) },
                                                   { .name = "base", .label = N_("Index 100 = monthly mean of"), .value = iip_month_code(w, t->of->set[0].base) },
                                                   { .name = "weight_left_out", .label = N_("Stated weight that is not in the index, %"), .value = arena_text(w->arena, outside) },
                                                   { .name = "definition", .label = N_("Definition"), .value = "docs/index-numbers.md" } }, 8, is_open);
        about->csv = address == NULL ? "iip.csv" : about->csv;
        return about;
}

static bool write_table(struct work *w, enum suffix suffix, struct buf *out, const struct iip_table *t, bool is_full, const char *address)
{
        bool is_page = suffix == SUFFIX_HTML;
        struct column all[COLS], page[COLS];
        const char *title = title_of(w, t);
        struct table *table;
        const int64_t *points = is_page ? iip_points_printed(w, t, is_full, POINTS_SHOWN, 0, NULL, 0) : NULL;
        int n = 0;

        columns_fill(all);
        for (int i = 0; i < COLS; i++)
                if (!is_page || is_on_page(i))
                        page[n++] = all[i];
        table = table_begin_below(w, suffix, out, title, is_page ? NULL : notes_of(w, t, is_full, true), page, n);
        if (table == NULL)
                return false;
        if (!is_page)
                table_describe(table, iip_about(w, t, title, address, !is_full));
        for (size_t i = 0; i < t->count; i++)
                one_row(w, table, t, &t->row[i], is_page ? &points[i] : NULL, is_full);
        return table_end(table, NULL);
}

bool iip_write(struct work *w, enum suffix suffix, struct buf *out, const struct iip_table *t, bool is_full)
{
        return write_table(w, suffix, out, t, is_full, NULL);
}

/* ---- GET /iip --------------------------------------------------------------------------------------------------------- */

bool iip_ask_series(struct work *w, const char *name, enum iip_series *series)
{
        return iip_series_read(name, series) ||
               error_set(&w->err, ERR_INVALID, "\"%s\" is none of production, consumption, inventory, labour", name);
}

static struct iip_choice *all_series(struct work *w, enum iip_series chosen)
{
        struct iip_choice *list = arena_array(w->arena, IIP_SERIES, sizeof *list);

        for (int i = 0; i < IIP_SERIES; i++)
                list[i] = (struct iip_choice){ iip_series_name((enum iip_series)i), work_text(w, iip_series_title((enum iip_series)i)),
                                               i == (int)chosen };
        return list;
}

static const char *typed_known(const struct request *r)
{
        const char *known = request_query(r, "known", 0);

        return known == NULL ? "" : known;
}

/* What is missing, as a page of its own that leads on; true where that was it. */
static bool tell_empty(struct work *w, const struct request *r, struct reply *reply, const struct page *frame)
{
        const char *what = arena_text(w->arena, w->err.message);
        struct iip_empty_view v = { .what = what, .may_import = user_may(w->user, MAY_IMPORT) };
        struct page page = *frame;
        const struct unit *unit;
        enum iip_series series;

        struct iip_vintage now = iip_vintage(w, 0);

        if (w->err.code != ERR_MISSING || request_suffix(r) != SUFFIX_HTML || request_query(r, "month", 0) != NULL || *typed_known(r) != '\0')
                return false;
        error_clear(&w->err);
        unit = iip_unit(w, request_query(r, "unit", 0), now);
        if (unit == NULL || !iip_ask_series(w, request_query(r, "series", 0), &series))
                return false;
        v.title = arena_print(w->arena, "%s, %s", work_text(w, iip_series_title(series)), iip_unit_name(w, unit));
        v.unit = unit->code;
        v.series = iip_series_name(series);
        page.title = v.title;
        page_begin(w, r, reply, &page);
        iip_empty(w, &reply->body, &v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}

struct iip_table *iip_asked_table(struct work *w, const struct request *r)
{
        enum index_comparison comparison;
        struct iip_vintage vintage;
        const struct unit *unit;
        enum iip_series series;
        struct iip_table *t;
        int32_t month;
        int version;
        const struct iip *x;

        if (!iip_ask_known(w, typed_known(r), &vintage) || (unit = iip_unit(w, request_query(r, "unit", 0), vintage)) == NULL ||
            !iip_ask_series(w, request_query(r, "series", 0), &series))
                return NULL;
        if (!iip_version_read(request_query(r, "vsic", 0), &version)) {
                error_set(&w->err, ERR_INVALID, "vsic: \"%s\" is neither 2018 nor 2025", request_query(r, "vsic", 0));
                return NULL;
        }
        x = iip_make(w, unit, series, vintage);
        t = x == NULL || !iip_ask(w, x, request_query(r, "month", 0), request_query(r, "compare", 0), &month, &comparison) ? NULL : iip_table(w, x, month, comparison, version);
        if (t == NULL)
                iip_missing_then(w, vintage);
        return t;
}

/* Without leaving an error behind. */
static bool may_ask_about(struct work *w, const char *code)
{
        if (web_territory(w, code))
                return true;
        if (w->err.code == ERR_DENIED)
                error_clear(&w->err);
        return false;
}

/* The country, then the provinces, of which there are weights and about which the reader may ask; the one that is shown in any case. */
static struct choices places(struct work *w, const struct iip_table *t)
{
        const char *shown = t->of->unit->code;
        struct choices offered = { 0 };
        struct rows *r = db_query(w->db, "SELECT unit FROM iip_weights WHERE series = $1 UNION SELECT $2 ORDER BY 1",
                                  ARGS(v_int((int64_t)t->of->series), v_text(shown)));
        const char **codes = arena_room(w->arena, NULL, 0, sizeof *codes);
        size_t count = 0;

        while (rows_next(r)) {
                codes = arena_room(w->arena, codes, count, sizeof *codes);
                codes[count++] = arena_text(w->arena, rows_text(r, 0));
        }
        rows_close(r);
        for (int level = LEVEL_COUNTRY; level <= LEVEL_PROVINCE; level++)
                for (size_t i = 0; i < count; i++) {
                        const struct unit *u = unit_at(catalogue_of(w), codes[i], t->of->vintage.on);

                        if (u != NULL && (int)u->level == level && may_ask_about(w, u->code))
                                choices_add(w, &offered, u->code, iip_unit_name(w, u), strcmp(u->code, shown) == 0);
                }
        return offered;
}

static void fill_choices(struct work *w, const struct iip_table *t, struct iip_view *v)
{
        v->places = places(w, t);
        v->months = arena_array(w->arena, (size_t)t->of->months, sizeof *v->months);
        for (int32_t i = t->of->months; i-- > 0;) {
                period p = iip_month(t->of, i);

                v->months[v->month_count++] = (struct iip_choice){ iip_month_code(w, p), month_shown(w, p), i == t->month };
        }
        v->versions = arena_array(w->arena, 2, sizeof *v->versions);
        for (int version = 2018; t->of->turn > 0 && version <= 2025; version += 7)
                v->versions[v->version_count++] = (struct iip_choice){ arena_print(w->arena, "%d", version), arena_print(w->arena, "VSIC %d", version),
                                                                       version == iip_version(t->of->set[t->tree].from) };
        v->comparisons = arena_array(w->arena, INDEX_COMPARISONS, sizeof *v->comparisons);
        for (int c = 0; c < INDEX_BASE; c++)
                v->comparisons[v->comparison_count++] = (struct iip_choice){ index_comparison_name((enum index_comparison)c),
                                                                             iip_comparison_said(w, (enum index_comparison)c), c == (int)t->comparison };
}

const char *iip_format_href(struct work *w, const struct iip_table *t, const char *suffix, bool is_full)
{
        return arena_print(w->arena, "/iip%s?unit=%s&series=%s&month=%s&compare=%s%s%s%s", suffix, t->of->unit->code,
                           iip_series_name(t->of->series), iip_month_code(w, iip_month(t->of, t->month)),
                           index_comparison_name(t->comparison), version_part(w, t), known_query(w, t->of->vintage.known), is_full ? "&full=1" : "");
}

/* The contributions of what stands right below the whole, up to the whole. */
static void draw_sections(struct work *w, const struct iip_table *t, bool is_full, struct iip_view *v)
{
        const int64_t *points = iip_points_printed(w, t, is_full, POINTS_SHOWN, 0, NULL, 0);
        struct chart_bar *bars = arena_array(w->arena, t->count + 2, sizeof *bars);
        char today[DAY_SHOWN_MAX];
        size_t n = 0;

        for (size_t i = 1; i < t->count; i++) {
                const struct iip_row *r = &t->row[i];

                if (r->depth != 1 || r->left_out != LEFT_IN)
                        continue;
                if (!r->has_points || (!is_full && !r->are_points_told))
                        return;
                bars[n++] = (struct chart_bar){ .label = r->name, .value = points[i] };
        }
        if (n == 0 || !t->row[0].has[t->comparison])
                return;
        bars[n++] = (struct chart_bar){ .label = t->row[0].name, .value = points[0], .is_total = true };
        day_write_shown(today, t->of->vintage.on, w->language);
        v->chart = (struct chart){ .title = work_text(w, "What each industry brings, percentage points"), .unit = work_text(w, "percentage points"),
                                   .source = work_text(w, "reports of establishments; computed by Cầu Nối"),
                                   .as_of = arena_text(w->arena, today), .decimals = STATS_DECIMALS, .shown = POINTS_SHOWN, .is_signed = true };
        v->bars = bars;
        v->bar_count = n;
}

bool iip_page(struct work *w, const struct request *r, struct reply *reply)
{
        enum suffix suffix = request_suffix(r);
        struct iip_table *t = iip_asked_table(w, r);
        bool is_full;
        struct iip_view v = { 0 };
        struct page page = { .nav = NAV_FIGURES, .crumbs = { { work_text(w, "Figures"), "/figures" } }, .crumb_count = 1 };

        reply->is_private = true;
        if (t == NULL)
                return tell_empty(w, r, reply, &page);
        if (!request_flag(w, r, "full", &is_full))
                return false;
        if (suffix != SUFFIX_HTML) {
                table_file(w, r, reply, "iip");
                return write_table(w, suffix, &reply->body, t, is_full, request_target(r));
        }
        v.title = arena_print(w->arena, "%s, %s", work_text(w, iip_series_title(t->of->series)), iip_unit_name(w, t->of->unit));
        v.lede = arena_print(w->arena, work_text(w, "%s · contributions %s"), month_shown(w, iip_month(t->of, t->month)),
                             iip_comparison_said(w, t->comparison));
        if (*source_of(w, t) != '\0')
                v.lede = arena_print(w->arena, "%s · %s", v.lede, source_of(w, t));
        v.unit = t->of->unit->code;
        v.series = iip_series_name(t->of->series);
        v.all_series = all_series(w, t->of->series);
        v.csv = iip_format_href(w, t, ".csv", is_full);
        v.xlsx = iip_format_href(w, t, ".xlsx", is_full);
        v.json = iip_format_href(w, t, ".json", is_full);
        v.may_see_all = true;
        v.is_full = is_full;
        v.full_href = iip_format_href(w, t, "", !is_full);
        v.may_import = user_may(w->user, MAY_IMPORT);
        v.known = typed_known(r);
        if (t->of->vintage.known != 0)
                v.known_text = known_said(w, t->of->vintage.known);
        fill_choices(w, t, &v);
        for (int c = 0; c < INDEX_COMPARISONS; c++) {
                const struct iip_row *whole = &t->row[0];
                bool has = whole->has[c] && (is_full || whole->is_told[c]);

                v.figures[c] = (struct iip_figure){ iip_comparison_said(w, (enum index_comparison)c),
                                                    has ? arena_print(w->arena, "%s %%", iip_number_said(w, whole->percent[c], STATS_DECIMALS, 2, false)) : "–",
                                                    why_compared(w, t, c < INDEX_BASE ? (enum index_comparison)c : t->comparison, whole->code, ""),
                                                    c == (int)t->comparison };
        }
        v.notes = notes_of(w, t, is_full, false);
        if (t->of->vintage.known == 0 && (v.doubts = iip_doubts(w, t->of->unit, t->of->series, &v.doubt_count)) == NULL)
                return false;
        draw_sections(w, t, is_full, &v);
        page.title = v.title;
        page.recorded_note = is_full || t->of->vintage.known != 0 ? NULL : work_text(w, beside_another);
        page_begin(w, r, reply, &page);
        iip_index(w, &reply->body, &v);
        if (!write_table(w, SUFFIX_HTML, &reply->body, t, is_full, NULL))
                return false;
        page_end(w, r, reply, &page);
        return work_ok(w);
}

/* ---- /iip/import ------------------------------------------------------------------------------------------------------------ */

/* The country and the provinces of today about which the reader may ask; the one that is chosen in any case. */
static struct choices places_of_import(struct work *w, const char *chosen)
{
        const struct catalogue *catalogue = catalogue_of(w);
        struct choices offered = { 0 };

        for (int level = LEVEL_COUNTRY; level <= LEVEL_PROVINCE; level++) {
                const struct unit *units[128];
                size_t count = unit_list(catalogue, (enum unit_level)level, day_of_moment(w->now), units, 128);

                for (size_t i = 0; i < count && i < 128; i++)
                        if (strcmp(units[i]->code, chosen) == 0 || may_ask_about(w, units[i]->code))
                                choices_add(w, &offered, units[i]->code, iip_unit_name(w, units[i]), strcmp(units[i]->code, chosen) == 0);
        }
        return offered;
}

static bool import_reply(struct work *w, const struct request *r, struct reply *reply, struct iip_import_view *v)
{
        struct page page = { .title = work_text(w, "Import for the production index"), .nav = NAV_FIGURES,
                             .crumbs = { { work_text(w, "Index of industrial production"), "/iip" } }, .crumb_count = 1 };

        v->csrf = request_csrf(r);
        v->places = places_of_import(w, v->unit);
        reply->never_cache = true;
        page_begin(w, r, reply, &page);
        iip_import_form(w, &reply->body, v);
        page_end(w, r, reply, &page);
        return work_ok(w);
}

bool iip_import_page(struct work *w, const struct request *r, struct reply *reply)
{
        const struct unit *unit = iip_unit(w, request_query(r, "unit", 0), iip_vintage(w, 0));
        struct iip_import_view v = { .unit = unit == NULL ? NULL : unit->code, .file = IIP_FILE_OUTPUT };
        enum iip_series series;

        if (unit == NULL || !iip_ask_series(w, request_query(r, "series", 0), &series))
                return false;
        v.all_series = all_series(w, series);
        return import_reply(w, r, reply, &v);
}

static bool field_period(struct work *w, const struct request *r, const char *name, period *p)
{
        const char *text = request_field(r, name, 0);

        *p = PERIOD_NONE;
        return text == NULL || *text == '\0' || period_read(text, strlen(text), p) ||
               error_set(&w->err, ERR_INVALID, "\"%s\" is not a period: 2021-03 or 2021", text) || error_at(&w->err, name);
}

bool iip_import_upload(struct work *w, const struct request *r, struct reply *reply)
{
        const char *name = NULL, *path = request_upload(r, "file", &name), *kind = request_field(r, "kind", 0), *dry = request_field(r, "dry_run", 0);
        const struct unit *unit = iip_unit(w, request_field(r, "unit", 0), iip_vintage(w, 0));
        struct iip_import what = { .source = name == NULL || *name == '\0' ? "upload" : name, .is_dry_run = dry != NULL && strcmp(dry, "1") == 0, .reason = request_field(r, "reason", 0) };
        struct iip_import_view v = { .css = "ok" };
        struct iip_result result;
        bool ok;

        if (unit == NULL || !iip_ask_series(w, request_field(r, "series", 0), &what.series) || !field_period(w, r, "from", &what.from) || !field_period(w, r, "base", &what.base) ||
            !field_period(w, r, "overlap", &what.overlap))
                return false;
        if (path == NULL)
                return error_set(&w->err, ERR_INVALID, "no file was sent") || error_at(&w->err, "file");
        if (kind == NULL || !iip_file_read(kind, &what.file))
                return error_set(&w->err, ERR_INVALID, "the file is none of weights, sample, output, shares") || error_at(&w->err, "kind");
        v.unit = what.unit = unit->code;
        v.file = what.file;
        v.all_series = all_series(w, what.series);
        ok = iip_import(w, path, &what, &result);
        if (!ok && (result.problem_count == 0 || w->err.code == ERR_ENVIRONMENT))
                return false;
        if (request_suffix(r) == SUFFIX_JSON) {
                error_clear(&w->err);
                reply->status = ok ? 200 : 422;
                iip_result_json(&reply->body, &result, ok && !what.is_dry_run);
                return work_ok(w);
        }
        if (!ok) {
                v.css = "err";
                v.message = arena_text(w->arena, w->err.message);
                v.problems = result.problems;
                v.problem_count = (size_t)(result.problem_count < IIP_LISTED ? result.problem_count : IIP_LISTED);
                reply->status = 422;
                error_clear(&w->err);
        } else {
                v.message = iip_result_said(w, &result, what.is_dry_run);
        }
        return import_reply(w, r, reply, &v);
}
