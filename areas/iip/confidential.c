/* confidential.c - which cells of the index must not be published: one pattern for all months, all sets of weights, and all tables whose
 * figures lead to one another.
 *
 * A comparison of one month tells the level of another, and a chained level that under the set of weights before; so what is
 * hidden in one month is hidden in all, and what is hidden under one set of weights under all that have its code. Months are taken as
 * they were published, one after another (suppress.h), also those before a set of weights stands over which it is linked: contributions
 * over the link tell the volumes there.
 *
 * Of a month by itself more is hidden as long as few have reported it (suppress_apart): then no level of it, no comparison with it and no
 * contribution to one is published. Where a month stands in a sum that is told elsewhere - it is one of a base, whose mean is 100, or sets of
 * weights are linked over it, so that it is told under both - what is hidden in it is hidden in all.
 *
 * A product's quantity in a province stands in the country's table and in the province's own, under other weights: subtracted from the
 * country's it would tell the other provinces'. The weight of what is hidden is hidden in both, and base outputs are published nowhere: they are
 * the coefficients by which the two tables add up the same quantities, which suppress.h asks to hide. And what is made, less what is sold, is
 * what stocks grow by: the tables of production, consumption and inventory tell one another product by product. So a product is hidden in a place in all of
 * these tables or in none. Of a month by itself what is made and what is sold are hidden together; and both, where the stocks of its beginning or end are. */
#include <stdlib.h>
#include <string.h>

#include "areas/iip/iip.h"
#include "base/map.h"

/* Who brings what to the nodes of a table under one set of weights. */
struct asked {
        const struct iip *iip;
        const struct laspeyres *index;
        const struct contributor *list;
        const size_t *line;          /* [contributor] of the panel */
};

/* What a line brings to its node in a month, in a measure that adds up over products: its share of the relative times the weight. */
static int64_t brought(const struct laspeyres *l, size_t node, int64_t quantity)
{
        const struct weight_node *n = &l->weights->node[node];
        int64_t factor = 100000000 * (int64_t)weights_base_months(l->weights, node), narrow, result; /* percent with six decimals */
        int128 relative = __builtin_mul_overflow(quantity, factor, &narrow) ? (int128)quantity * factor / n->base_sum : narrow / n->base_sum;

        return decimal_narrow(relative * (l->share[node] / 1000000000), &result) ? result : INT64_MAX;
}

static int64_t value_of(void *context, size_t contributor, size_t month, bool *is_reported)
{
        const struct asked *a = context;

        *is_reported = !panel_is_imputed(a->iip->panel, a->line[contributor], (int32_t)month);
        return brought(a->index, (size_t)a->list[contributor].node, a->iip->panel->quantity[a->line[contributor] * (size_t)a->iip->columns + month]);
}

/* A table that is published, of the country or of a province by itself, under all its sets of weights. */
struct side {
        const struct iip *iip;
        struct asked *asked;             /* [segment] */
        struct suppression **suppression; /* [segment] */
        int32_t *taken;                  /* [segment] months taken */
        int32_t months;                  /* so many are published */
        bool *is_linked;                 /* [segment * columns + column] the segment is linked over it instead of its overlap (linked_instead) */
        struct iip_months changed;       /* in which somebody brings anything else than when they were published last */
        struct suppression *apart;       /* of the segment that stands for the month being published; NULL: there is none */
        size_t apart_segment;
        unsigned char ***month;          /* [segment][month]: states of the table's own nodes in that month; NULL: those in all; */
        unsigned char ***room;           /* and where they are noted */
        size_t *place;                   /* [area], and that of the whole table behind: a number for all tables */
        size_t *product;                 /* [product]: the same */
        size_t **industry;               /* [segment][node]: the same of nodes with others below */
        int32_t **node;                  /* of a place by itself, [segment][industry]: its node + 1; 0: none */
        struct side **own;               /* [area]: the table of that place by itself; NULL: there is none */
        enum cell_elsewhere *elsewhere;  /* [cell] of any segment: what those tables show */
};

/* What was decided of all tables before a month, or after the last, to go back to. */
struct mark {
        period month;
        unsigned char *bytes;
        size_t size;
};

#define MARKS_BYTES ((size_t)256 << 20) /* of those of the newest months, and that before the first month */

struct iip_secrets {
        struct arena *arena;
        struct side *side;
        size_t count;
        struct map *products, *places, *industries; /* code -> number + 1 */
        size_t room;                     /* places x products */
        bool *is_hidden;                 /* [place * product count + product] */
        bool *is_hidden_now[2], *was_stock_hidden; /* the same of the month being published: of flows, of stocks; of stocks of the month before */
        period first, last;              /* months of all tables */
        size_t *cells;                   /* room for those of two segments of a table, or for its columns */
        struct mark *mark;               /* oldest first; the last that of the end, where there was memory for it */
        size_t marks, mark_bytes;
        struct iip_pattern *pattern;     /* [side] */
};

static size_t number_of(struct work *w, struct map *m, const char *code)
{
        int64_t *number = map_put_text(m, code, NULL);

        if (number == NULL)
                arena_starve(w->arena);
        if (*number == 0)
                *number = (int64_t)map_count(m);
        return (size_t)*number - 1;
}

/* Where an area's nodes begin among the cells of a segment; area == areas: the country's. */
static size_t cells_before(const struct iip *x, size_t segment, int32_t area)
{
        return x->panel->areas == 1 ? 0 : (size_t)area * x->weights[segment].count;
}

static size_t cells_of(const struct side *of, size_t segment)
{
        return cells_before(of->iip, segment, of->iip->panel->areas) + of->iip->weights[segment].count;
}

/* The nearest month, up to one, over which a node without output over the overlap is linked instead; -1: none. */
static int32_t linked_instead(const struct iip *x, size_t segment, int32_t last)
{
        const struct chain_segment *s = &x->segment[segment];
        int32_t nearest = -1, from, to;

        for (size_t i = 0; segment > 0 && s->overlap_from >= 0 && s->overlap_to >= 0 && i < x->weights[segment].count; i++)
                if (s->before[i] >= 0 && chain_link_months(s, i, (size_t)s->before[i], &from, &to) && from < s->overlap_from && from <= last && from > nearest)
                        nearest = from;
        return nearest;
}

/* All months over which something of a segment is linked instead. */
static void list_linked(const struct iip *x, size_t segment, bool *is_linked)
{
        int32_t first = segment == 0 ? 0 : x->segment[segment].overlap_from;

        for (int32_t t = first; (t = linked_instead(x, segment, t - 1)) >= 0;)
                is_linked[t] = true;
}

/* The first month that tells something of a set of weights: over the months before it stands it is linked. */
static int32_t first_told(const struct iip *x, size_t segment)
{
        const struct chain_segment *s = &x->segment[segment];
        int32_t first = segment == 0 ? 0 : s->overlap_from >= 0 && s->overlap_from < s->from - 1 ? s->overlap_from : s->from - 1;

        for (int32_t t = first; (t = linked_instead(x, segment, t - 1)) >= 0;)
                first = t;
        return first;
}

static int32_t last_told(const struct iip *x, size_t segment)
{
        return segment + 1 < x->segments ? x->segment[segment + 1].from - 1 : x->months - 1;
}

static void open_segment(struct work *w, struct side *of, size_t segment)
{
        const struct iip *x = of->iip;
        const struct weights *weights = &x->weights[segment];
        int32_t *parent = arena_array(w->arena, weights->count, sizeof *parent), *node_of = arena_array(w->arena, x->product_count + 1, sizeof *node_of);
        struct suppress_table table = { parent, weights->count, x->panel->areas };
        struct contributor *list = arena_array(w->arena, x->panel->count + 1, sizeof *list);
        size_t *line = arena_array(w->arena, x->panel->count + 1, sizeof *line), count = 0;
        struct asked *a = &of->asked[segment];

        for (size_t i = 0; i < x->product_count; i++)
                node_of[i] = -1;
        for (size_t i = 0; i < weights->count; i++) {
                parent[i] = weights->node[i].parent;
                if (weights->node[i].product >= 0 && x->segment[segment].index->left_out[i] == LEFT_IN)
                        node_of[weights->node[i].product] = (int32_t)i;
        }
        for (size_t i = 0; i < x->panel->count; i++) {
                const struct panel_line *l = &x->panel->line[i];

                if (node_of[l->product] < 0)
                        continue;
                line[count] = i;
                list[count++] = (struct contributor){ l->establishment, l->area, node_of[l->product], l->from, l->to };
        }
        *a = (struct asked){ x, x->segment[segment].index, list, line };
        of->suppression[segment] = suppress_open(w->arena, &table, &x->rule, list, count, value_of, a, (size_t)x->columns);
        of->taken[segment] = first_told(x, segment);
}

static void open_side(struct work *w, struct iip_secrets *all, const struct iip *x)
{
        struct side *s = &all->side[all->count++];

        *s = (struct side){ .iip = x, .asked = arena_array(w->arena, x->segments, sizeof *s->asked),
                            .suppression = arena_array(w->arena, x->segments, sizeof(struct suppression *)),
                            .taken = arena_array(w->arena, x->segments, sizeof *s->taken),
                            .is_linked = arena_array(w->arena, x->segments * (size_t)x->columns + 1, sizeof *s->is_linked),
                            .month = arena_array(w->arena, x->segments + 1, sizeof(unsigned char **)),
                            .room = arena_array(w->arena, x->segments + 1, sizeof(unsigned char **)),
                            .place = arena_array(w->arena, (size_t)x->panel->areas + 1, sizeof *s->place),
                            .product = arena_array(w->arena, x->product_count + 1, sizeof *s->product),
                            .industry = arena_array(w->arena, x->segments + 1, sizeof(size_t *)) };
        for (int32_t a = 0; a < x->panel->areas; a++)
                s->place[a] = number_of(w, all->places, (x->area[a] == NULL ? x->unit : x->area[a])->code);
        s->place[x->panel->areas] = number_of(w, all->places, x->unit->code);
        for (size_t i = 0; i < x->product_count; i++)
                s->product[i] = number_of(w, all->products, x->product[i].code);
        for (size_t i = 0; i < x->segments; i++) {
                s->industry[i] = arena_array(w->arena, x->weights[i].count, sizeof **s->industry);
                for (size_t n = 0; n < x->weights[i].count; n++)
                        if (x->weights[i].node[n].product < 0)
                                s->industry[i][n] = number_of(w, all->industries, x->weights[i].node[n].code);
                s->month[i] = arena_array(w->arena, (size_t)x->columns, sizeof(unsigned char *));
                s->room[i] = arena_array(w->arena, (size_t)x->columns, sizeof(unsigned char *));
                open_segment(w, s, i);
                list_linked(x, i, s->is_linked + i * (size_t)x->columns);
        }
}

/* Of a table with areas: which of them have one by themselves, and where its nodes are. */
static void find_own(struct work *w, struct iip_secrets *all, struct side *of)
{
        const struct iip *x = of->iip;
        size_t most = 0;

        of->own = arena_array(w->arena, (size_t)x->panel->areas, sizeof(struct side *));
        for (size_t i = 0; i < all->count; i++) {
                struct side *own = &all->side[i];

                if (own->iip->panel->areas > 1 || own->iip->series != x->series)
                        continue;
                for (int32_t a = 0; a < x->panel->areas; a++)
                        if (own->place[1] == of->place[a])
                                of->own[a] = own;
        }
        for (size_t s = 0; s < x->segments; s++)
                most = cells_of(of, s) > most ? cells_of(of, s) : most;
        of->elsewhere = arena_array(w->arena, most, sizeof *of->elsewhere);
}

static void find_nodes(struct work *w, const struct iip_secrets *all, struct side *own)
{
        const struct iip *x = own->iip;

        own->node = arena_array(w->arena, x->segments + 1, sizeof(int32_t *));
        for (size_t s = 0; s < x->segments; s++) {
                own->node[s] = arena_array(w->arena, map_count(all->industries) + 1, sizeof **own->node);
                for (size_t n = 0; n < x->weights[s].count; n++)
                        if (x->weights[s].node[n].product < 0)
                                own->node[s][own->industry[s][n]] = (int32_t)n + 1;
        }
}

/* ---- agreeing ------------------------------------------------------------------------------------------------------ */

static bool is_hidden(const struct side *of, size_t segment, size_t cell)
{
        return cell_is_hidden(suppress_state(of->suppression[segment], cell));
}

/* What is hidden in one of two segments that follow each other is to be hidden in the other. Restated classes are no cells (iip_state). */
static bool agree_over_links(struct side *of, size_t *cells)
{
        const struct iip *x = of->iip;
        bool is_new = false;

        for (size_t i = 1; i < x->segments; i++) {
                size_t own = cells_before(x, i, x->panel->areas), own_before = cells_before(x, i - 1, x->panel->areas), now = 0, before = 0;
                size_t *list_before = cells + x->weights[i].count;

                for (size_t n = 0; n < x->weights[i].count; n++) {
                        int32_t follows = x->segment[i].before[n];

                        if (follows < 0 || (size_t)follows >= x->weights[i - 1].count || is_hidden(of, i, own + n) == is_hidden(of, i - 1, own_before + (size_t)follows))
                                continue;
                        if (is_hidden(of, i, own + n))
                                list_before[before++] = own_before + (size_t)follows;
                        else
                                cells[now++] = own + n;
                }
                is_new |= suppress_hide(of->suppression[i], cells, now);
                is_new |= suppress_hide(of->suppression[i - 1], list_before, before);
        }
        return is_new;
}

/* Products of places: what a table hides is gathered, or (is_told) what was gathered is hidden in it. */
static bool agree_over_tables(const struct iip_secrets *all, struct side *of, size_t *cells, bool is_told)
{
        const struct iip *x = of->iip;
        bool is_new = false;

        for (size_t s = 0; s < x->segments; s++) {
                size_t count = 0;

                for (int32_t a = 0; a <= x->panel->areas; a++) {
                        const struct weights *weights = &x->weights[s];
                        size_t first = cells_before(x, s, a);

                        for (size_t i = 0; i < weights->count; i++) {
                                int32_t product = weights->node[i].product;
                                bool *told = product < 0 ? NULL : &all->is_hidden[of->place[a] * map_count(all->products) + of->product[product]];

                                if (told == NULL)
                                        continue;
                                if (!is_told)
                                        *told |= is_hidden(of, s, first + i);
                                else if (*told && !is_hidden(of, s, first + i))
                                        cells[count++] = first + i;
                        }
                }
                is_new |= suppress_hide(of->suppression[s], cells, count);
        }
        return is_new;
}

static void agree(struct iip_secrets *all, size_t *cells)
{
        for (bool is_new = true; is_new;) {
                is_new = false;
                for (size_t i = 0; i < all->count; i++) {
                        while (agree_over_links(&all->side[i], cells))
                                ;
                        agree_over_tables(all, &all->side[i], cells, false);
                }
                for (size_t i = 0; i < all->count; i++)
                        is_new |= agree_over_tables(all, &all->side[i], cells, true);
        }
}

/* ---- a month by itself ----------------------------------------------------------------------------------------------- */

/* Whether what is hidden in a month is to be hidden in all: it belongs to a base, or to the months over which sets of weights are linked. */
static bool is_for_good(const struct iip *x, int32_t column)
{
        for (size_t s = 0; s < x->segments; s++) {
                int32_t base = iip_column(x, period_at(FREQUENCY_MONTH, period_first(x->set[s].base)));

                if ((base >= 0 && column >= base && column < base + x->weights[s].base_months) || (s > 0 && column == x->segment[s].from - 1) ||
                    (s > 0 && column >= x->segment[s].overlap_from && column <= x->segment[s].overlap_to) || linked_instead(x, s, column) == column)
                        return true;
        }
        return false;
}

/* The cells that are hidden in the month, which is done; what is hidden in it is hidden for good from now on. */
static bool keep_for_good(struct suppression *s, size_t count, size_t *cells)
{
        size_t n = 0;

        for (size_t i = 0; i < count; i++)
                if (cell_is_hidden(suppress_state(s, i)))
                        cells[n++] = i;
        suppress_back(s);
        return suppress_hide(s, cells, n);
}

static enum { FLOWS, STOCKS } kind_of(const struct side *of)
{
        return of->iip->series == SERIES_INVENTORY ? STOCKS : FLOWS;
}

/* Products of places in the month being published: what a table hides is gathered, or (is_told) what was gathered is hidden in it. */
static bool agree_in_month(struct iip_secrets *all, struct side *of, size_t *cells, bool is_told)
{
        const struct iip *x = of->iip;
        const struct weights *weights = &x->weights[of->apart_segment];
        size_t count = 0;

        for (int32_t a = 0; of->apart != NULL && a <= x->panel->areas; a++) {
                size_t first = cells_before(x, of->apart_segment, a);

                for (size_t i = 0; i < weights->count; i++) {
                        size_t at = weights->node[i].product < 0 ? 0 : of->place[a] * map_count(all->products) + of->product[weights->node[i].product];

                        if (weights->node[i].product < 0)
                                continue;
                        if (!is_told)
                                all->is_hidden_now[kind_of(of)][at] |= cell_is_hidden(suppress_state(of->apart, first + i));
                        else if ((all->is_hidden_now[kind_of(of)][at] ||
                                  (kind_of(of) == FLOWS && (all->is_hidden_now[STOCKS][at] || all->was_stock_hidden[at]))) &&
                                 !cell_is_hidden(suppress_state(of->apart, first + i)))
                                cells[count++] = first + i;
                }
        }
        return count > 0 && suppress_hide(of->apart, cells, count);
}

/* The other months tell by which coefficients a month's tables add up what is hidden in it alone: each place's own by its weights, and the country's products. */
static bool close_known(struct side *of)
{
        const struct iip *x = of->iip;
        const struct weights *weights;

        if (of->apart == NULL || of->own == NULL)
                return false;
        weights = &x->weights[of->apart_segment];
        memset(of->elsewhere, 0, cells_of(of, of->apart_segment) * sizeof *of->elsewhere);
        for (int32_t a = 0; a < x->panel->areas; a++) {
                const struct side *own = of->own[a];
                enum cell_elsewhere *elsewhere = of->elsewhere + cells_before(x, of->apart_segment, a);

                for (size_t n = 0; own != NULL && own->apart != NULL && n < weights->count; n++) {
                        int32_t node = weights->node[n].product < 0 ? own->node[own->apart_segment][of->industry[of->apart_segment][n]] : 0;

                        if (node > 0)
                                elsewhere[n] = cell_is_hidden(suppress_state(own->apart, (size_t)node - 1)) ? ELSEWHERE_HIDDEN : ELSEWHERE_SHOWN;
                }
        }
        return suppress_close_known(of->apart, of->elsewhere);
}

/* What is hidden of the table's own nodes in the month, besides what is hidden in all. */
static void note_month(struct iip_secrets *all, struct side *of, int32_t column)
{
        size_t segment = of->apart_segment, own = cells_before(of->iip, segment, of->iip->panel->areas), count = of->iip->weights[segment].count;
        unsigned char **state = &of->room[segment][column];

        if (*state == NULL)
                *state = arena_array(all->arena, count, sizeof **state);
        for (size_t i = 0; i < count; i++)
                (*state)[i] = (unsigned char)suppress_state(of->apart, own + i);
        of->month[segment][column] = *state;
}

/* The month all tables stand at. True where more is hidden in all months than before. */
static bool judge_month(struct iip_secrets *all, period month, size_t *cells)
{
        bool *spare = all->was_stock_hidden, is_new = false, is_any = false;

        all->was_stock_hidden = all->is_hidden_now[STOCKS];
        all->is_hidden_now[STOCKS] = spare;
        for (int kind = 0; kind < 2; kind++)
                memset(all->is_hidden_now[kind], 0, all->room * sizeof **all->is_hidden_now);
        for (size_t i = 0; i < all->count; i++) {
                struct side *of = &all->side[i];
                int32_t column = iip_column(of->iip, month);

                of->apart = NULL;
                if (column < 0)
                        continue;
                for (size_t s = 0; s < of->iip->segments && of->iip->segment[s].from <= column; s++)
                        of->apart_segment = s;
                of->month[of->apart_segment][column] = NULL;
                of->apart = of->suppression[of->apart_segment];
                is_any |= suppress_apart(of->apart);
        }
        for (bool is_told_more = true; is_told_more;) {
                is_told_more = false;
                for (size_t i = 0; i < all->count; i++)
                        agree_in_month(all, &all->side[i], cells, false);
                for (size_t i = 0; i < all->count; i++)
                        is_told_more |= agree_in_month(all, &all->side[i], cells, true);
                for (size_t i = 0; is_any && !is_told_more && i < all->count; i++)
                        is_told_more = close_known(&all->side[i]);
                is_any |= is_told_more;
        }
        for (size_t i = 0; i < all->count; i++) {
                struct side *of = &all->side[i];
                int32_t column = iip_column(of->iip, month);

                if (of->apart == NULL)
                        continue;
                if (is_any)
                        note_month(all, of, column);
                if (is_any && is_for_good(of->iip, column))
                        is_new |= keep_for_good(of->apart, cells_of(of, of->apart_segment), cells);
                else
                        suppress_back(of->apart);
        }
        return is_new;
}

/* ---- month by month --------------------------------------------------------------------------------------------------- */

static bool is_changed_in(const struct side *of, period month)
{
        return of->changed.first != PERIOD_NONE && month >= of->changed.first && month <= of->changed.last;
}

/* A month is published. True where more is hidden than before. */
static bool take_month(struct side *of, period month, size_t *cells)
{
        int32_t column = iip_column(of->iip, month);
        bool is_new = false;

        for (size_t s = 0; s < of->iip->segments; s++)
                if (column >= of->iip->segment[s].from)
                        for (; of->taken[s] <= column && of->taken[s] <= last_told(of->iip, s); of->taken[s]++) {
                                if (of->taken[s] < 0)
                                        continue;
                                is_new |= is_changed_in(of, iip_month(of->iip, of->taken[s])) ? suppress_take(of->suppression[s], (size_t)of->taken[s])
                                                                                             : suppress_take_again(of->suppression[s], (size_t)of->taken[s]);
                                if (of->taken[s] < of->iip->segment[s].from && is_for_good(of->iip, of->taken[s])) {
                                        suppress_apart(of->suppression[s]);
                                        is_new |= keep_for_good(of->suppression[s], cells_of(of, s), cells);
                                }
                        }
        return is_new;
}

/* ---- going back ------------------------------------------------------------------------------------------------------ */

static size_t mark_size(const struct iip_secrets *all)
{
        size_t size = 2 * all->room * sizeof(bool);

        for (size_t i = 0; i < all->count; i++)
                for (size_t s = 0; s < all->side[i].iip->segments; s++)
                        size += sizeof(int32_t) + sizeof(size_t) + suppress_mark_size(all->side[i].suppression[s]);
        return size;
}

static unsigned char *put(unsigned char *at, const void *bytes, size_t size)
{
        memcpy(at, bytes, size);
        return at + size;
}

static const unsigned char *get(const unsigned char *at, void *bytes, size_t size)
{
        memcpy(bytes, at, size);
        return at + size;
}

static void mark_write(const struct iip_secrets *all, unsigned char *at)
{
        at = put(at, all->is_hidden, all->room * sizeof *all->is_hidden);
        at = put(at, all->is_hidden_now[STOCKS], all->room * sizeof **all->is_hidden_now);
        for (size_t i = 0; i < all->count; i++)
                for (size_t s = 0; s < all->side[i].iip->segments; s++) {
                        size_t size = suppress_mark_size(all->side[i].suppression[s]);

                        at = put(at, &all->side[i].taken[s], sizeof(int32_t));
                        at = put(at, &size, sizeof size);
                        suppress_mark(all->side[i].suppression[s], at);
                        at += size;
                }
}

static void mark_read(struct iip_secrets *all, const struct mark *mark)
{
        const unsigned char *at = get(mark->bytes, all->is_hidden, all->room * sizeof *all->is_hidden);

        at = get(at, all->is_hidden_now[STOCKS], all->room * sizeof **all->is_hidden_now);
        for (size_t i = 0; i < all->count; i++) {
                struct side *of = &all->side[i];

                for (size_t s = 0, size; s < of->iip->segments; s++, at += size) {
                        at = get(at, &of->taken[s], sizeof(int32_t));
                        at = get(at, &size, sizeof size);
                        suppress_return(of->suppression[s], at);
                        of->asked[s].index = of->iip->segment[s].index;
                }
        }
}

static void mark_drop(struct iip_secrets *all, size_t which)
{
        free(all->mark[which].bytes);
        all->mark_bytes -= all->mark[which].size;
        memmove(all->mark + which, all->mark + which + 1, (--all->marks - which) * sizeof *all->mark);
}

/* What is decided before a month, in place of what was before it; where memory lacks it goes without. True where it was the same. */
static bool mark_put(struct iip_secrets *all, period month)
{
        struct mark m = { month, NULL, mark_size(all) };
        size_t at = all->marks;
        bool is_there;

        while (at > 0 && all->mark[at - 1].month >= month)
                at--;
        is_there = at < all->marks && all->mark[at].month == month;
        m.bytes = malloc(m.size);
        if (m.bytes != NULL)
                mark_write(all, m.bytes);
        if (m.bytes != NULL && is_there && all->mark[at].size == m.size && memcmp(all->mark[at].bytes, m.bytes, m.size) == 0) {
                free(m.bytes);
                return true;
        }
        if (is_there)
                mark_drop(all, at);
        if (m.bytes == NULL)
                return false;
        memmove(all->mark + at + 1, all->mark + at, (all->marks++ - at) * sizeof *all->mark);
        all->mark[at] = m;
        all->mark_bytes += m.size;
        while (all->marks > 1 && all->mark_bytes > MARKS_BYTES)
                mark_drop(all, 1);
        return false;
}

static void marks_drop(void *secrets)
{
        struct iip_secrets *all = secrets;

        while (all->marks > 0)
                mark_drop(all, all->marks - 1);
}

/* ---- all tables ---------------------------------------------------------------------------------------------------- */

/* Tables go on to their newest months: all those that are new are among the months then. */
static void extend_months(struct iip_secrets *all, struct iip_months *months)
{
        for (size_t i = 0; i < all->count; i++) {
                struct side *of = &all->side[i];
                period first = iip_month(of->iip, of->months), last = iip_month(of->iip, of->iip->months - 1);

                if (of->months == of->iip->months)
                        continue;
                of->months = of->iip->months;
                months->first = months->first == PERIOD_NONE || first < months->first ? first : months->first;
                months->last = last > months->last ? last : months->last;
                all->last = last > all->last ? last : all->last;
        }
}

static void open_months(struct work *w, struct iip_secrets *all)
{
        size_t most = 0;
        struct iip_months months = { PERIOD_NONE, PERIOD_NONE };
        int32_t columns = 0;

        extend_months(all, &months);
        for (size_t i = 0; i < all->count; i++) {
                const struct iip *x = all->side[i].iip;

                all->first = i == 0 || x->first < all->first ? x->first : all->first;
                columns = x->columns > columns ? x->columns : columns;
                for (size_t s = 0; s < x->segments; s++)
                        most = x->weights[s].count * (size_t)(x->panel->areas + 1) > most ? x->weights[s].count * (size_t)(x->panel->areas + 1) : most;
        }
        all->cells = arena_array(w->arena, 2 * most + (size_t)columns, sizeof *all->cells);
        all->room = (map_count(all->products) + 1) * (map_count(all->places) + 1);
        all->is_hidden = arena_array(w->arena, all->room, sizeof *all->is_hidden);
        all->was_stock_hidden = arena_array(w->arena, all->room, sizeof *all->was_stock_hidden);
        for (int kind = 0; kind < 2; kind++)
                all->is_hidden_now[kind] = arena_array(w->arena, all->room, sizeof **all->is_hidden_now);
        all->mark = arena_array(w->arena, (size_t)columns + 2, sizeof *all->mark);
        arena_on_free(w->arena, marks_drop, all);
}

/* The months from one on. Where nothing is another after the month changed, and what is decided before one is what was decided before, so is all that follows. */
static void publish(struct iip_secrets *all, period from, period changed)
{
        size_t *cells = all->cells;
        period end;

        if (all->count == 0) /* and there are no months */
                return;
        end = period_plus(all->last, 1);
        for (period month = from; month < end; month = period_plus(month, 1)) {
                bool is_new = false;

                for (size_t i = 0; i < all->count; i++)
                        for (size_t s = 0; s < all->side[i].iip->segments; s++)
                                suppress_begin(all->side[i].suppression[s]);
                if (mark_put(all, month) && month > changed && all->mark[all->marks - 1].month == end) {
                        mark_read(all, &all->mark[all->marks - 1]);
                        return;
                }
                for (size_t i = 0; i < all->count; i++)
                        is_new |= take_month(&all->side[i], month, cells);
                if (is_new)
                        agree(all, cells);
                if (judge_month(all, month, cells))
                        agree(all, cells);
        }
        mark_put(all, end);
}

/* Whether a month hides what is not hidden in all; month may be NULL. */
static bool is_more(const unsigned char *month, const enum cell_state *state, size_t count)
{
        for (size_t i = 0; month != NULL && i < count; i++)
                if (cell_is_hidden((enum cell_state)month[i]) && !cell_is_hidden(state[i]))
                        return true;
        return false;
}

static void open_patterns(struct work *w, struct iip_secrets *all)
{
        all->pattern = arena_array(w->arena, all->count + 1, sizeof *all->pattern);
        for (size_t i = 0; i < all->count; i++) {
                const struct iip *x = all->side[i].iip;
                struct iip_pattern *p = &all->pattern[i];

                p->state = arena_array(w->arena, x->segments + 1, sizeof(enum cell_state *));
                p->month = arena_array(w->arena, x->segments + 1, sizeof(unsigned char **));
                for (size_t s = 0; s < x->segments; s++) {
                        p->state[s] = arena_array(w->arena, x->weights[s].count, sizeof **p->state);
                        p->month[s] = arena_array(w->arena, (size_t)x->columns, sizeof(unsigned char *));
                }
        }
}

/* The states of the tables' own nodes. */
static void take_patterns(struct iip_secrets *all)
{
        for (size_t i = 0; i < all->count; i++) {
                const struct iip *x = all->side[i].iip;
                struct iip_pattern *p = &all->pattern[i];

                for (size_t s = 0; s < x->segments; s++) {
                        size_t count = x->weights[s].count;

                        for (size_t n = 0; n < count; n++)
                                p->state[s][n] = suppress_state(all->side[i].suppression[s], cells_before(x, s, x->panel->areas) + n);
                        for (int32_t t = 0; t < x->months; t++)
                                p->month[s][t] = is_more(all->side[i].month[s][t], p->state[s], count) ? all->side[i].month[s][t] : NULL;
                }
        }
}

struct iip_secrets *iip_secrets_make(struct work *w, struct iip *const *tables, size_t count)
{
        struct iip_secrets *all = arena_alloc(w->arena, sizeof *all);

        *all = (struct iip_secrets){ .arena = w->arena, .side = arena_array(w->arena, count + 1, sizeof *all->side), .products = map_in(w->arena),
                                     .places = map_in(w->arena), .industries = map_in(w->arena) };
        for (size_t i = 0; i < count; i++)
                open_side(w, all, tables[i]);
        for (size_t i = 0; i < count; i++)
                if (tables[i]->panel->areas > 1)
                        find_own(w, all, &all->side[i]);
                else
                        find_nodes(w, all, &all->side[i]);
        open_months(w, all);
        open_patterns(w, all);
        publish(all, all->first, all->last);
        take_patterns(all);
        return all;
}

/* Whether a table's weights are linked over the months they were linked over; a month of a link is taken once more when the segment begins: until then *last goes. */
static bool links_stand(struct iip_secrets *all, const struct side *of, struct iip_months changed, period *last)
{
        const struct iip *x = of->iip;
        bool *is_linked = (bool *)all->cells; /* there is room */

        for (size_t s = 1; s < x->segments; s++) {
                period begin = iip_month(x, x->segment[s].from);

                memset(is_linked, 0, (size_t)x->columns * sizeof *is_linked);
                list_linked(x, s, is_linked);
                if (memcmp(is_linked, of->is_linked + s * (size_t)x->columns, (size_t)x->columns * sizeof *is_linked) != 0)
                        return false;
                if (changed.first < begin && changed.last >= iip_month(x, first_told(x, s)) && begin > *last)
                        *last = begin;
        }
        return true;
}

bool iip_secrets_again(struct iip_secrets *all, const struct iip_months *changed)
{
        struct iip_months months = { PERIOD_NONE, PERIOD_NONE };
        size_t which = all->marks;

        for (size_t i = 0; i < all->count; i++) {
                struct side *of = &all->side[i];

                of->changed = changed[i];
                if (changed[i].first != PERIOD_NONE && (months.first == PERIOD_NONE || changed[i].first < months.first))
                        months.first = changed[i].first;
                if (changed[i].last > months.last)
                        months.last = changed[i].last;
                if (changed[i].first != PERIOD_NONE && !links_stand(all, of, changed[i], &months.last))
                        return false;
        }
        extend_months(all, &months);
        if (months.first == PERIOD_NONE)
                return true;
        while (which > 1 && all->mark[which - 1].month > months.first)
                which--;
        if (which == 0 || all->mark[which - 1].month > months.first)
                return false;
        mark_read(all, &all->mark[which - 1]);
        publish(all, all->mark[which - 1].month, months.last);
        take_patterns(all);
        return true;
}

const struct iip_pattern *iip_secrets_of(const struct iip_secrets *all, size_t table)
{
        return &all->pattern[table];
}

size_t iip_secrets_beside(const struct iip_secrets *all)
{
        return all->mark_bytes;
}

/* A restated class is computed from the cells it is made of: where all are shown it tells nothing that they do not, else it is hidden. */
enum cell_state iip_state(const struct iip *x, size_t segment, size_t node, int32_t month)
{
        const struct iip_restated *r = iip_restated(x, segment, node);
        enum cell_state always;
        const unsigned char *own;

        for (size_t i = 0; r != NULL && i < r->made_count; i++) {
                enum cell_state part = iip_state(x, segment, (size_t)r->made_of[i], month);

                if (cell_is_hidden(part))
                        return part == CELL_WAITING ? CELL_WAITING : CELL_SECONDARY;
        }
        if (r != NULL)
                return CELL_SHOWN;
        always = x->pattern->state[segment][node];
        own = x->pattern->month[segment][month];
        return cell_is_hidden(always) || own == NULL || !cell_is_hidden((enum cell_state)own[node]) ? always : (enum cell_state)own[node];
}

bool iip_is_shown(const struct iip *x, size_t segment, size_t node)
{
        const struct iip_restated *r = iip_restated(x, segment, node);

        for (size_t i = 0; r != NULL && i < r->made_count; i++)
                if (cell_is_hidden(x->pattern->state[segment][r->made_of[i]]))
                        return false;
        return r != NULL || !cell_is_hidden(x->pattern->state[segment][node]);
}
