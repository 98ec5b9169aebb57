/* formula.c - how a figure of the index comes out, step by step, with the numbers it is made of: once as exact as they are computed, so that whoever
 * puts them in gets the figure to its last digit, and once as people read them. */
#include "areas/iip/iip.h"
#include "areas/iip/view.h"
#include "report/figure_text.h"

#define SHARE_DECIMALS 16  /* of a share of the whole, in percent */
#define VOLUME_DECIMALS (SHARE_DECIMALS + LASPEYRES_DECIMALS)
#define READ_DECIMALS 4    /* of numbers as people read them */

const char *iip_exact(struct work *w, int128 value, int decimals)
{
        char digits[64], text[80];
        size_t n = 0, length = 0;
        bool is_below = value < 0;

        for (value = is_below ? -value : value; decimals > 0 && value % 10 == 0; decimals--)
                value /= 10;
        do
                digits[n++] = (char)('0' + (int)(value % 10));
        while ((value /= 10) != 0);
        while (n <= (size_t)decimals)
                digits[n++] = '0';
        if (is_below)
                text[length++] = '-';
        for (size_t i = n; i-- > 0;) {
                text[length++] = digits[i];
                if (decimals > 0 && i == (size_t)decimals)
                        text[length++] = w->language == LANGUAGE_VI ? ',' : '.';
        }
        text[length] = '\0';
        return arena_text(w->arena, text);
}

const char *iip_weighted(struct work *w, const struct iip_table *t, size_t row)
{
        const struct laspeyres *l = t->of->segment[t->segment].index;
        const struct iip_row *r = &t->row[row];
        int128 v = r->node < 0 || r->left_out != LEFT_IN ? -1 : l->volume[(size_t)r->node * (size_t)l->months + (size_t)t->month];

        return v < 0 ? NULL : iip_exact(w, v, VOLUME_DECIMALS);
}

static const char *span_of(struct work *w, const struct iip *x, int32_t from, int32_t to)
{
        const char *last = iip_month_said(w, iip_month(x, to));

        return from == to ? last : arena_print(w->arena, "%s – %s", iip_month_said(w, iip_month(x, from)), last);
}

struct steps {
        struct work *work;
        const struct iip_table *table;
        const struct iip_row *row;
        const struct laspeyres *index; /* of the month's weights */
        bool is_exact;
        struct iip_step *list;
        size_t count;
};

/* The next step: its text, as exact as the numbers in it were asked for. */
static void step(struct steps *s, const char *text, period link)
{
        struct iip_step *next = &s->list[s->count++];

        *(s->is_exact ? &next->exact : &next->text) = text;
        next->link = link;
}

static const char *number(const struct steps *s, int128 value, int decimals)
{
        char text[DECIMAL_TEXT_MAX * 2];
        int64_t narrow;
        int128 rounded = value;
        int dropped = decimals > READ_DECIMALS ? decimals - READ_DECIMALS : 0;

        for (int left = dropped; left > 0; left -= left < 18 ? left : 18) /* cut, but for the last step, of which the last digit is rounded */
                rounded = left > 18 ? rounded / decimal_power[18] : decimal_divide(rounded, decimal_power[left]);
        if (s->is_exact || !decimal_narrow(rounded, &narrow))
                return iip_exact(s->work, value, decimals);
        decimal_write_shown(text, narrow, decimals - dropped, decimal_used(narrow, decimals - dropped), s->work->language);
        return arena_text(s->work->arena, text);
}

/* The row by the weights of its month alone. */
static void own_index(struct steps *s, size_t row)
{
        struct work *w = s->work;
        const struct iip_table *t = s->table;
        const struct iip *x = t->of;
        const struct iip_row *r = s->row;
        size_t at = (size_t)r->node * (size_t)x->columns + (size_t)t->month;
        const char *since = iip_month_said(w, x->set[t->segment].from), *weight = number(s, r->share, SHARE_DECIMALS);
        const struct weights *weights = &x->weights[t->segment];
        int32_t product = iip_row_product(t, row);
        int128 parts = 0, volume = s->index->volume[at];
        int64_t own;

        laspeyres_level(s->index, (size_t)r->node, t->month, &own);
        for (size_t i = row + 1; i < t->count && t->row[i].depth > r->depth; i++)
                if (t->row[i].depth == r->depth + 1 && t->row[i].node >= 0 && t->row[i].left_out == LEFT_IN)
                        parts += s->index->volume[(size_t)t->row[i].node * (size_t)x->columns + (size_t)t->month];
        if (product >= 0 && !s->index->is_estimated[at])
                step(s, arena_print(w->arena, work_text(w, "by the weights from %s: %s ÷ (%s ÷ %d) × 100 = %s: the quantity of the month, by the monthly mean of the base"), since,
                                    number(s, x->output[product * x->columns + t->month], IIP_DECIMALS), number(s, weights->node[r->node].base_sum, IIP_DECIMALS),
                                    weights_base_months(weights, (size_t)r->node), number(s, own, LASPEYRES_DECIMALS)), PERIOD_NONE);
        else if (product < 0 && parts == volume)
                step(s, arena_print(w->arena, work_text(w, "by the weights from %s: %s ÷ %s = %s: Σ weight × index of the parts by these weights, by the weight"), since,
                                    number(s, volume, VOLUME_DECIMALS), weight, number(s, own, LASPEYRES_DECIMALS)), PERIOD_NONE);
        else
                step(s, arena_print(w->arena, work_text(w, "by the weights from %s: %s ÷ %s = %s: weight × index by these weights as the remark says, by the weight"), since,
                                    number(s, volume, VOLUME_DECIMALS), weight, number(s, own, LASPEYRES_DECIMALS)), PERIOD_NONE);
}

/* How it is linked to each set of weights, and its level in the end. */
static void links(struct steps *s, size_t first, const struct chain_link *link)
{
        struct work *w = s->work;
        const struct iip_table *t = s->table;
        const struct iip *x = t->of;
        int64_t own;

        for (size_t i = first + 1; i <= t->segment; i++)
                step(s, arena_print(w->arena, work_text(w, "link to the weights from %s: %s ÷ %s: its index over %s by the weights before, linked, and by these"),
                                    iip_month_said(w, x->set[i].from), number(s, link[i].before, LASPEYRES_DECIMALS), number(s, link[i].now, LASPEYRES_DECIMALS),
                                    span_of(w, x, link[i].from, link[i].to)), x->set[i].from);
        if (first < t->segment && laspeyres_level(s->index, (size_t)s->row->node, t->month, &own))
                step(s, arena_print(w->arena, work_text(w, "index: %s × %s ÷ %s = %s"), number(s, own, LASPEYRES_DECIMALS),
                                    number(s, link[t->segment].before, LASPEYRES_DECIMALS), number(s, link[t->segment].now, LASPEYRES_DECIMALS),
                                    number(s, s->row->level, LASPEYRES_DECIMALS)), PERIOD_NONE);
}

/* The comparison: of what is by one set of weights from volumes, else from levels. */
static void compared(struct steps *s, const int64_t *level)
{
        struct work *w = s->work;
        const struct iip_table *t = s->table;
        const struct iip_row *r = s->row;
        int32_t from, to, base_from, base_to;
        int128 now = 0, before = 0;
        bool is_linked;

        if (t->comparison == INDEX_BASE || !r->has[t->comparison] || !index_span(t->comparison, t->month, s->index->january, &from, &to, &base_from, &base_to))
                return;
        is_linked = base_from < t->of->segment[t->segment].from;
        for (int32_t i = from; i <= to; i++)
                now += is_linked ? level[i] : s->index->volume[(size_t)r->node * (size_t)s->index->months + (size_t)i];
        for (int32_t i = base_from; i <= base_to; i++)
                before += is_linked ? level[i] : s->index->volume[(size_t)r->node * (size_t)s->index->months + (size_t)i];
        step(s, arena_print(w->arena, is_linked ? work_text(w, "comparison: 100 + (%s - %s) ÷ %s × 100 = %s: the index over %s and over %s")
                                                : work_text(w, "comparison: 100 + (%s - %s) ÷ %s × 100 = %s: weight × index over %s and over %s"),
                            number(s, now, is_linked ? LASPEYRES_DECIMALS : VOLUME_DECIMALS), number(s, before, is_linked ? LASPEYRES_DECIMALS : VOLUME_DECIMALS),
                            number(s, before, is_linked ? LASPEYRES_DECIMALS : VOLUME_DECIMALS), number(s, r->percent[t->comparison], STATS_DECIMALS),
                            span_of(w, t->of, from, to), span_of(w, t->of, base_from, base_to)), PERIOD_NONE);
}

const struct iip_step *iip_formula(struct work *w, const struct iip_table *t, size_t row)
{
        struct steps s = { w, t, &t->row[row], t->of->segment[t->segment].index, false, arena_array(w->arena, t->segment + 4, sizeof *s.list), 0 };
        int64_t *level = arena_array(w->arena, (size_t)t->of->columns + 1, sizeof *level);
        struct chain_link *link = arena_array(w->arena, t->segment + 1, sizeof *link);
        size_t first;

        if (s.row->node < 0 || !s.row->has_level)
                return s.list;
        first = iip_row_trace(w, t, row, level, link);
        for (int pass = 0; pass < 2; pass++) {
                s.is_exact = pass == 1;
                s.count = 0;
                own_index(&s, row);
                links(&s, first, link);
                compared(&s, level);
        }
        return s.list;
}
