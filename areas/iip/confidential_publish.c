/* confidential_publish.c - month by month: who is asked, and from there what each month hides; what is another than before is found again. */
#include <stdlib.h>
#include <string.h>

#include "areas/iip/confidential_private.h"

#define MARKS_BYTES ((size_t)256 << 20) /* of those of the first and the newest months in which others are asked */


/* The first month that tells something of a set of weights: over the months before it stands it is linked. */
static int32_t first_told(const struct iip *x, size_t segment)
{
        const struct chain_segment *s = &x->segment[segment];
        int32_t first = segment == 0 ? 0 : s->overlap_from >= 0 && s->overlap_from < s->from - 1 ? s->overlap_from : s->from - 1;

        for (int32_t t = first; (t = secrets_linked_instead(x, segment, t - 1)) >= 0;)
                first = t;
        return first;
}

static int32_t last_told(const struct iip *x, size_t segment)
{
        return segment + 1 < x->segments ? x->segment[segment + 1].from - 1 : x->months - 1;
}

/* ---- who is asked ------------------------------------------------------------------------------------------------------ */

/* The columns of which a segment tells with a month, reported or not yet: with the first for which it stands those before it, over which it is linked. False: none. */
static bool columns_told(const struct iip *x, size_t segment, period month, int32_t *from, int32_t *to)
{
        int32_t begin = x->segment[segment].from, last = segment + 1 < x->segments ? last_told(x, segment) : x->columns - 1;

        *to = month < x->first ? -1 : (int32_t)months_from(x->first, month);
        *from = *to == begin ? first_told(x, segment) : *to;
        *from = *from < 0 ? 0 : *from;
        return *to >= begin && *to >= 0 && *to <= last;
}

static bool is_empty(const struct side *of, size_t segment, size_t cell)
{
        return suppress_state(of->suppression[segment], cell) == CELL_EMPTY;
}

/* Cells that begin with a month: those of was_empty that are not any more. */
static void list_begun(struct iip_secrets *all, struct published *p, size_t side, size_t segment, const bool *was_empty)
{
        const struct side *of = &all->side[side];
        size_t own = cells_before(of->iip, segment, areas_of(of->iip));

        for (size_t i = 0; i < cells_of(of, segment); i++) {
                struct begun b = { side, segment, i, of->pair[segment][i], i >= own ? secrets_follows(of->iip, segment, i - own) : -1, false };

                if (!was_empty[i] || is_empty(of, segment, i) || (b.pair == SIZE_MAX && b.follows < 0))
                        continue;
                p->begun = arena_room(all->arena, p->begun, p->begun_count, sizeof *p->begun);
                p->begun[p->begun_count++] = b;
        }
}

/* Who is asked in a month, and what is hidden for that. True where others are than in the month before. */
static bool ask_month(struct iip_secrets *all, period month)
{
        struct published *p = &all->published[months_from(all->first, month)];
        bool is_any = false, *was_empty = (bool *)all->cells; /* there is room */

        for (size_t i = 0; i < all->count; i++)
                for (size_t s = 0; s < all->side[i].iip->segments; s++) {
                        struct suppression *of = all->side[i].suppression[s];
                        bool is_listed = !p->is_asked && month > all->first, is_changed = false;
                        int32_t from, to;

                        if (!columns_told(all->side[i].iip, s, month, &from, &to))
                                continue;
                        for (size_t k = 0; is_listed && k < cells_of(&all->side[i], s); k++)
                                was_empty[k] = is_empty(&all->side[i], s, k);
                        for (int32_t t = from; t <= to; t++)
                                is_changed |= suppress_ask(of, (size_t)t);
                        if (is_listed && is_changed)
                                list_begun(all, p, i, s, was_empty);
                        is_any |= is_changed;
                }
        p->is_asked = true;
        if (is_any)
                secrets_agree(all, all->cells, true);
        return is_any;
}

/* ---- going back -------------------------------------------------------------------------------------------------------- */

static size_t mark_size(const struct iip_secrets *all)
{
        size_t size = all->room * sizeof(bool);

        for (size_t i = 0; i < all->count; i++)
                for (size_t s = 0; s < all->side[i].iip->segments; s++)
                        size += suppress_mark_size(all->side[i].suppression[s]);
        return size;
}

static void mark_write(const struct iip_secrets *all, unsigned char *at)
{
        memcpy(at, all->is_hidden, all->room * sizeof *all->is_hidden);
        at += all->room * sizeof *all->is_hidden;
        for (size_t i = 0; i < all->count; i++)
                for (size_t s = 0; s < all->side[i].iip->segments; s++) {
                        suppress_mark(all->side[i].suppression[s], at);
                        at += suppress_mark_size(all->side[i].suppression[s]);
                }
}

static void mark_read(struct iip_secrets *all, const struct mark *mark)
{
        const unsigned char *at = mark->bytes;

        memcpy(all->is_hidden, at, all->room * sizeof *all->is_hidden);
        at += all->room * sizeof *all->is_hidden;
        for (size_t i = 0; i < all->count; i++)
                for (size_t s = 0; s < all->side[i].iip->segments; s++) {
                        suppress_return(all->side[i].suppression[s], at);
                        at += suppress_mark_size(all->side[i].suppression[s]);
                }
}

/* Of a month after those that have one. The first is always there; where memory lacks it goes without another. */
static void mark_put(struct iip_secrets *all, period month)
{
        struct mark m = { month, NULL, mark_size(all) };

        m.bytes = all->marks == 0 ? arena_alloc(all->arena, m.size) : malloc(m.size);
        if (m.bytes == NULL)
                return;
        mark_write(all, m.bytes);
        all->mark[all->marks++] = m;
        all->mark_bytes += all->marks == 1 ? 0 : m.size;
        if (all->marks <= 2 || all->mark_bytes <= MARKS_BYTES)
                return;
        free(all->mark[1].bytes);
        all->mark_bytes -= all->mark[1].size;
        memmove(all->mark + 1, all->mark + 2, (--all->marks - 1) * sizeof *all->mark);
}

void secrets_drop_marks(void *secrets)
{
        struct iip_secrets *all = secrets;

        while (all->marks > 1)
                free(all->mark[--all->marks].bytes);
}

/* All tables stand at what is hidden for who is asked up to a month. */
static void return_to(struct iip_secrets *all, period month)
{
        size_t which = all->marks;
        period at = all->first;

        while (which > 1 && all->mark[which - 1].month > month)
                which--;
        if (which == 0) {
                ask_month(all, at);
                mark_put(all, at);
        } else {
                mark_read(all, &all->mark[which - 1]);
                at = all->mark[which - 1].month;
        }
        while (at < month) {
                at = period_plus(at, 1);
                if (ask_month(all, at) && at > all->mark[all->marks - 1].month)
                        mark_put(all, at);
        }
}

/* ---- month by month ---------------------------------------------------------------------------------------------------- */

static bool is_changed_in(const struct side *of, period month)
{
        return of->changed.first != PERIOD_NONE && month >= of->changed.first && month <= of->changed.last;
}

/* A month is published. True where more is hidden than for who is asked. *is_anew: also in months that are told with it. */
static bool take_month(struct side *of, period month, size_t *cells, bool *is_anew)
{
        bool is_new = false;
        int32_t from, to;

        for (size_t s = 0; iip_column(of->iip, month) >= 0 && s < of->iip->segments; s++)
                for (int32_t t = columns_told(of->iip, s, month, &from, &to) ? from : to + 1; t <= to; t++) {
                        is_new |= suppress_take_again(of->suppression[s], (size_t)t, of->asked[s].other, is_changed_in(of, iip_month(of->iip, t)) ? of->asked[s].others : 0);
                        *is_anew |= t < to;
                        if (t == to || !secrets_is_for_good(of->iip, t))
                                continue;
                        suppress_apart(of->suppression[s]);
                        is_new |= secrets_keep_for_good(of->suppression[s], cells_of(of, s), cells);
                }
        return is_new;
}

static bool has_bit(const uint64_t *bits, size_t n)
{
        return bits[n / 64] >> n % 64 & 1;
}

/* The bits of what is true. Whether they were others. */
static bool bits_set(const struct iip_secrets *all, uint64_t **bits, const bool *from)
{
        bool is_other = *bits == NULL;

        if (*bits == NULL)
                *bits = arena_array(all->arena, all->words, sizeof **bits);
        for (size_t k = 0; k < all->words; k++) {
                uint64_t word = 0;

                for (size_t i = 64 * k; i < all->room && i < 64 * (k + 1); i++)
                        word |= (uint64_t)from[i] << i % 64;
                is_other |= (*bits)[k] != word;
                (*bits)[k] = word;
        }
        return is_other;
}

/* Whether a month before one hid a node in all. */
static bool was_hidden_before(const struct side *of, size_t segment, size_t node, period month)
{
        for (int32_t t = of->iip->segment[segment].from; t < of->months && iip_month(of->iip, t) < month; t++)
                if (t >= 0 && of->always[segment][t] != NULL && cell_is_hidden((enum cell_state)of->always[segment][t][node]))
                        return true;
        return false;
}

/* Cells that begin with a month, and what before asks to hide them. True where that is other than it was. */
static bool begun_want(struct published *p, const struct iip_secrets *all, period month, const uint64_t *hidden)
{
        bool is_other = false;

        for (size_t i = 0; i < p->begun_count; i++) {
                struct begun *b = &p->begun[i];
                bool is_wanted = (b->pair != SIZE_MAX && has_bit(hidden, b->pair)) ||
                                 (b->follows >= 0 && was_hidden_before(&all->side[b->side], b->segment - 1, (size_t)b->follows, month));

                is_other |= is_wanted != b->is_wanted;
                b->is_wanted = is_wanted;
        }
        return is_other;
}

/* True where more is hidden for it. */
static bool hide_wanted(struct iip_secrets *all, period month, size_t *cells)
{
        const struct published *p = &all->published[months_from(all->first, month)];
        bool is_new = false;

        for (size_t i = 0, count = 0; i < p->begun_count; i++) { /* those of a segment stand together */
                const struct begun *b = &p->begun[i], *next = i + 1 < p->begun_count ? b + 1 : NULL;

                if (b->is_wanted)
                        cells[count++] = b->cell;
                if (next != NULL && next->side == b->side && next->segment == b->segment)
                        continue;
                is_new |= suppress_hide(all->side[b->side].suppression[b->segment], cells, count);
                count = 0;
        }
        return is_new;
}

/* What a month asks to hide in all, of the table's own nodes. */
static void note_always(struct iip_secrets *all, struct side *of, int32_t column)
{
        for (size_t s = 0; column >= 0 && s < of->iip->segments; s++) {
                size_t count = of->iip->weights[s].count, own = cells_before(of->iip, s, areas_of(of->iip));
                unsigned char **state = &of->always[s][column];

                if (column < of->iip->segment[s].from)
                        continue;
                if (*state == NULL) {
                        *state = arena_array(all->arena, count, sizeof **state);
                        of->is_stale = true;
                }
                for (size_t i = 0; i < count; i++) {
                        unsigned char now = (unsigned char)suppress_state(of->suppression[s], own + i);

                        of->is_stale |= (*state)[i] != now;
                        (*state)[i] = now;
                }
        }
}

/* True where other stocks are hidden in it than before. */
static bool publish_month(struct iip_secrets *all, period month, const uint64_t *hidden)
{
        struct published *p = &all->published[months_from(all->first, month)];
        size_t *cells = all->cells;
        bool is_new = false, is_anew = false;

        return_to(all, month);
        begun_want(p, all, month, hidden);
        for (size_t i = 0; i < all->count; i++) {
                struct side *of = &all->side[i];

                memset(of->gathered, 0, of->iip->segments * sizeof *of->gathered);
                is_new |= take_month(of, month, cells, &is_anew);
        }
        is_new |= hide_wanted(all, month, cells);
        if (is_new)
                secrets_agree(all, cells, is_anew);
        if (secrets_judge_month(all, month, cells))
                secrets_agree(all, cells, false);
        for (size_t i = 0; i < all->count; i++)
                note_always(all, &all->side[i], iip_column(all->side[i].iip, month));
        bits_set(all, &p->hidden, all->is_hidden);
        return bits_set(all, &p->stocks, all->is_hidden_now[STOCKS]);
}

/* Whether a table has not told of a month yet, or somebody brings something else in those that are told with it. */
static bool is_told_otherwise(const struct side *of, period month)
{
        int32_t column = iip_column(of->iip, month), from, to;
        bool is_so = column >= of->before;

        for (size_t s = 0; column >= 0 && s < of->iip->segments; s++)
                for (int32_t t = columns_told(of->iip, s, month, &from, &to) ? from : to + 1; t <= to; t++)
                        is_so |= is_changed_in(of, iip_month(of->iip, t));
        return is_so;
}

/* The months of which anything is another than when they were published, or that were not yet. */
void secrets_publish(struct iip_secrets *all)
{
        uint64_t *hidden = memset(all->hidden_before, 0, all->words * sizeof *hidden);
        bool is_other = false;

        for (period month = all->first; all->count > 0 && month <= all->last; month = period_plus(month, 1)) {
                struct published *p = &all->published[months_from(all->first, month)];

                is_other |= p->hidden == NULL || begun_want(p, all, month, hidden);
                for (size_t i = 0; !is_other && i < all->count; i++)
                        is_other = is_told_otherwise(&all->side[i], month);
                is_other = is_other && publish_month(all, month, hidden);
                for (size_t k = 0; k < all->words; k++)
                        hidden[k] |= p->hidden[k];
        }
}
