/* confidential.c - which cells of the index must not be published: one pattern for all months, all sets of weights, and all tables whose
 * figures lead to one another.
 *
 * A comparison of one month tells the level of another, and a chained level that under the set of weights before; so what is
 * hidden in one month is hidden in all, and what is hidden under one set of weights under all that have its code. Who is asked is told month after
 * month; from what is hidden for that each month is judged for itself, in all tables together (suppress.h), and what is hidden in any is hidden in all. With the first month of a set of weights
 * those before it are judged over which it is linked: contributions over the link tell the volumes there. A cell that nobody was asked for before, as those of a new set of
 * weights, begins hidden where what it is to agree with was hidden in a month before.
 *
 * So what is brought otherwise in a month changes what is hidden for that month; and for a later one in which cells begin that are hidden only then, or stocks are told that are the beginning of
 * its months.
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

/* A cell of a product and place: other tables may have one of the same. */
struct shared { size_t cell, pair; };

/* A table that is published, of the country or of a province by itself, under all its sets of weights. */
struct side {
        const struct iip *iip;
        struct asked *asked;             /* [segment] */
        struct suppression **suppression; /* [segment] */
        int32_t months, before;          /* so many are published; so many were */
        bool *is_linked;                 /* [segment * columns + column] the segment is linked over it instead of its overlap (linked_instead) */
        struct iip_months changed;       /* in which somebody brings anything else than when they were published last */
        struct suppression *apart;       /* of the segment that stands for the month being published; NULL: there is none */
        size_t apart_segment;
        unsigned char ***always;         /* [segment][column]: states of the table's own nodes in all months, as far as that month asks for it; NULL: it does not yet */
        unsigned char ***month;          /* [segment][column]: states of the table's own nodes in that month; NULL: those in all; */
        unsigned char ***room;           /* and where they are noted */
        bool is_stale;                   /* its pattern is to be taken anew */
        size_t *place;                   /* [area], and that of the whole table behind: a number for all tables */
        size_t *product;                 /* [product]: the same */
        size_t **industry;               /* [segment][node]: the same of nodes with others below */
        int32_t **node;                  /* of a place by itself, [segment][industry]: its node + 1; 0: none */
        struct side **own;               /* [area]: the table of that place by itself; NULL: there is none */
        enum cell_elsewhere *elsewhere;  /* [cell] of any segment: what those tables show */
        struct shared **shared;          /* [segment] its cells of products, */
        size_t *shared_count;            /* so many */
};

/* What is hidden in all tables for who is asked up to a month, to go back to. */
struct mark {
        period month;
        unsigned char *bytes;
        size_t size;
};

#define MARKS_BYTES ((size_t)256 << 20) /* of those of the first and the newest months in which others are asked */

/* A cell of which nobody was asked before a month. */
struct begun {
        size_t side, segment, cell;
        size_t pair;                     /* the product and place it is of; SIZE_MAX: none */
        int32_t follows;                 /* own node of the segment before; -1: none */
        bool is_wanted;                  /* it begins hidden */
};

/* What is known of a month that was published. */
struct published {
        bool is_asked;                   /* begun is known */
        struct begun *begun;
        size_t begun_count;
        uint64_t *hidden;                /* a bit for each product and place that it asks to hide in all months; */
        uint64_t *stocks;                /* and whose stocks are hidden in it */
};

struct iip_secrets {
        struct arena *arena;
        struct side *side;
        size_t count;
        struct map *products, *places, *industries; /* code -> number + 1 */
        size_t room, words;              /* places x products */
        bool *is_hidden;                 /* [place * product count + product] */
        bool *is_hidden_now[2], *was_stock_hidden; /* the same of the month being published: of flows, of stocks; of stocks of the month before */
        period first, last;              /* months of all tables */
        struct published *published;     /* [month - first] */
        uint64_t *hidden_before;         /* what months before one ask to hide: a bit for each product and place */
        size_t *cells;                   /* room for those of two segments of a table, or for its columns */
        struct mark *mark;               /* oldest first: that of the first month, and others in which others are asked, where there was memory for them */
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

static size_t months_from(period first, period month)
{
        return (size_t)((period_year(month) - period_year(first)) * 12 + period_index(month) - period_index(first));
}

/* How many areas a table is judged with. That of the country has at least two, if one without anything: one alone has a table by itself as well, which
 * adds up the same by other weights. */
static int32_t areas_of(const struct iip *x)
{
        return x->unit->level == LEVEL_COUNTRY && x->panel->areas == 1 ? 2 : x->panel->areas;
}

/* Where an area's nodes begin among the cells of a segment; area == areas_of: the country's. */
static size_t cells_before(const struct iip *x, size_t segment, int32_t area)
{
        return areas_of(x) == 1 ? 0 : (size_t)area * x->weights[segment].count;
}

static size_t cells_of(const struct side *of, size_t segment)
{
        return cells_before(of->iip, segment, areas_of(of->iip)) + of->iip->weights[segment].count;
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
        struct suppress_table table = { parent, weights->count, areas_of(x) };
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
}

static void open_side(struct work *w, struct iip_secrets *all, const struct iip *x)
{
        struct side *s = &all->side[all->count++];

        *s = (struct side){ .iip = x, .asked = arena_array(w->arena, x->segments, sizeof *s->asked),
                            .suppression = arena_array(w->arena, x->segments, sizeof(struct suppression *)),
                            .is_linked = arena_array(w->arena, x->segments * (size_t)x->columns + 1, sizeof *s->is_linked),
                            .always = arena_array(w->arena, x->segments + 1, sizeof(unsigned char **)),
                            .month = arena_array(w->arena, x->segments + 1, sizeof(unsigned char **)),
                            .room = arena_array(w->arena, x->segments + 1, sizeof(unsigned char **)),
                            .place = arena_array(w->arena, (size_t)areas_of(x) + 1, sizeof *s->place),
                            .product = arena_array(w->arena, x->product_count + 1, sizeof *s->product),
                            .industry = arena_array(w->arena, x->segments + 1, sizeof(size_t *)),
                            .shared = arena_array(w->arena, x->segments + 1, sizeof *s->shared),
                            .shared_count = arena_array(w->arena, x->segments + 1, sizeof *s->shared_count) };
        for (int32_t a = 0; a < areas_of(x); a++)
                s->place[a] = number_of(w, all->places, a >= x->panel->areas ? "" : (x->area[a] == NULL ? x->unit : x->area[a])->code);
        s->place[areas_of(x)] = number_of(w, all->places, x->unit->code);
        for (size_t i = 0; i < x->product_count; i++)
                s->product[i] = number_of(w, all->products, x->product[i].code);
        for (size_t i = 0; i < x->segments; i++) {
                s->industry[i] = arena_array(w->arena, x->weights[i].count, sizeof **s->industry);
                for (size_t n = 0; n < x->weights[i].count; n++)
                        if (x->weights[i].node[n].product < 0)
                                s->industry[i][n] = number_of(w, all->industries, x->weights[i].node[n].code);
                s->always[i] = arena_array(w->arena, (size_t)x->columns, sizeof(unsigned char *));
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

        of->own = arena_array(w->arena, (size_t)areas_of(x), sizeof(struct side *));
        for (size_t i = 0; i < all->count; i++) {
                struct side *own = &all->side[i];

                if (areas_of(own->iip) > 1 || own->iip->series != x->series)
                        continue;
                for (int32_t a = 0; a < areas_of(x); a++)
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

/* The product and place of a cell. */
static size_t pair_of(const struct iip_secrets *all, const struct side *of, size_t segment, size_t cell)
{
        const struct weights *weights = &of->iip->weights[segment];
        int32_t product = weights->node[cell % weights->count].product;
        size_t area = areas_of(of->iip) == 1 ? 0 : cell / weights->count;

        return product < 0 ? SIZE_MAX : of->place[area] * map_count(all->products) + of->product[product];
}

/* The cells of products of all tables, once all products and places have numbers. */
static void list_shared(struct work *w, struct iip_secrets *all, struct side *of)
{
        for (size_t s = 0; s < of->iip->segments; s++) {
                of->shared[s] = arena_array(w->arena, cells_of(of, s) + 1, sizeof **of->shared);
                for (size_t i = 0; i < cells_of(of, s); i++)
                        if (pair_of(all, of, s, i) != SIZE_MAX)
                                of->shared[s][of->shared_count[s]++] = (struct shared){ i, pair_of(all, of, s, i) };
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
                size_t own = cells_before(x, i, areas_of(x)), own_before = cells_before(x, i - 1, areas_of(x)), now = 0, before = 0;
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
        bool is_new = false;

        for (size_t s = 0; s < of->iip->segments; s++) {
                size_t count = 0;

                for (size_t i = 0; i < of->shared_count[s]; i++) {
                        const struct shared *c = &of->shared[s][i];

                        if (!is_told)
                                all->is_hidden[c->pair] |= is_hidden(of, s, c->cell);
                        else if (all->is_hidden[c->pair] && !is_hidden(of, s, c->cell))
                                cells[count++] = c->cell;
                }
                is_new |= count > 0 && suppress_hide(of->suppression[s], cells, count);
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
        bool *is_hidden_here = all->is_hidden_now[kind_of(of)];
        size_t count = 0;

        for (size_t i = 0; of->apart != NULL && i < of->shared_count[of->apart_segment]; i++) {
                const struct shared *c = &of->shared[of->apart_segment][i];

                if (!is_told)
                        is_hidden_here[c->pair] |= cell_is_hidden(suppress_state(of->apart, c->cell));
                else if ((is_hidden_here[c->pair] || (kind_of(of) == FLOWS && (all->is_hidden_now[STOCKS][c->pair] || all->was_stock_hidden[c->pair]))) &&
                         !cell_is_hidden(suppress_state(of->apart, c->cell)))
                        cells[count++] = c->cell;
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
        for (int32_t a = 0; a < areas_of(x); a++) {
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
        size_t segment = of->apart_segment, own = cells_before(of->iip, segment, areas_of(of->iip)), count = of->iip->weights[segment].count;
        unsigned char **state = &of->room[segment][column];

        if (*state == NULL)
                *state = arena_array(all->arena, count, sizeof **state);
        for (size_t i = 0; i < count; i++)
                (*state)[i] = (unsigned char)suppress_state(of->apart, own + i);
        of->month[segment][column] = *state;
        of->is_stale = true;
}

/* The month all tables stand at. True where more is hidden in all months than before. */
static bool judge_month(struct iip_secrets *all, period month, size_t *cells)
{
        bool is_new = false, is_any = false, is_all_for_good = true; /* no other month tells a coefficient then */

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
                of->is_stale |= of->month[of->apart_segment][column] != NULL;
                of->month[of->apart_segment][column] = NULL;
                of->apart = of->suppression[of->apart_segment];
                is_any |= suppress_apart(of->apart);
                is_all_for_good &= is_for_good(of->iip, column);
        }
        for (bool is_told_more = true; is_told_more;) {
                is_told_more = false;
                for (size_t i = 0; i < all->count; i++)
                        agree_in_month(all, &all->side[i], cells, false);
                for (size_t i = 0; i < all->count; i++)
                        is_told_more |= agree_in_month(all, &all->side[i], cells, true);
                for (size_t i = 0; is_any && !is_all_for_good && !is_told_more && i < all->count; i++)
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
                struct begun b = { side, segment, i, pair_of(all, of, segment, i), segment > 0 && i >= own ? of->iip->segment[segment].before[i - own] : -1, false };

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
                agree(all, all->cells);
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

static void marks_drop(void *secrets)
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

/* A month is published. True where more is hidden than for who is asked. */
static bool take_month(struct side *of, period month, size_t *cells)
{
        bool is_new = false;
        int32_t from, to;

        for (size_t s = 0; iip_column(of->iip, month) >= 0 && s < of->iip->segments; s++)
                for (int32_t t = columns_told(of->iip, s, month, &from, &to) ? from : to + 1; t <= to; t++) {
                        is_new |= is_changed_in(of, iip_month(of->iip, t)) ? suppress_take(of->suppression[s], (size_t)t)
                                                                           : suppress_take_again(of->suppression[s], (size_t)t);
                        if (t == to || !is_for_good(of->iip, t))
                                continue;
                        suppress_apart(of->suppression[s]);
                        is_new |= keep_for_good(of->suppression[s], cells_of(of, s), cells);
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
        bool is_new = false;

        return_to(all, month);
        begun_want(p, all, month, hidden);
        for (size_t i = 0; i < all->room; i++)
                all->was_stock_hidden[i] = month > all->first && has_bit(p[-1].stocks, i);
        for (size_t i = 0; i < all->count; i++)
                is_new |= take_month(&all->side[i], month, cells);
        is_new |= hide_wanted(all, month, cells);
        if (is_new)
                agree(all, cells);
        if (judge_month(all, month, cells))
                agree(all, cells);
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
static void publish(struct iip_secrets *all)
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

/* ---- all tables ---------------------------------------------------------------------------------------------------- */

/* Tables go on to their newest months. */
static void extend_months(struct iip_secrets *all)
{
        for (size_t i = 0; i < all->count; i++) {
                struct side *of = &all->side[i];
                period last = iip_month(of->iip, of->iip->months - 1);

                of->before = of->months;
                of->months = of->iip->months;
                all->last = last > all->last ? last : all->last;
        }
}

static void open_months(struct work *w, struct iip_secrets *all)
{
        size_t most = 0;
        int32_t columns = 0;
        period end = PERIOD_NONE;

        for (size_t i = 0; i < all->count; i++) {
                const struct iip *x = all->side[i].iip;
                period after = iip_month(x, x->columns);

                all->first = i == 0 || x->first < all->first ? x->first : all->first;
                end = after > end ? after : end;
                columns = x->columns > columns ? x->columns : columns;
                list_shared(w, all, &all->side[i]);
                for (size_t s = 0; s < x->segments; s++)
                        most = x->weights[s].count * (size_t)(areas_of(x) + 1) > most ? x->weights[s].count * (size_t)(areas_of(x) + 1) : most;
        }
        all->cells = arena_array(w->arena, 2 * most + (size_t)columns, sizeof *all->cells);
        all->room = (map_count(all->products) + 1) * (map_count(all->places) + 1);
        all->words = all->room / 64 + 1;
        all->is_hidden = arena_array(w->arena, all->room, sizeof *all->is_hidden);
        all->hidden_before = arena_array(w->arena, all->words, sizeof *all->hidden_before);
        all->was_stock_hidden = arena_array(w->arena, all->room, sizeof *all->was_stock_hidden);
        for (int kind = 0; kind < 2; kind++)
                all->is_hidden_now[kind] = arena_array(w->arena, all->room, sizeof **all->is_hidden_now);
        all->published = arena_array(w->arena, months_from(all->first, end) + 1, sizeof *all->published);
        all->mark = arena_array(w->arena, months_from(all->first, end) + 2, sizeof *all->mark);
        arena_on_free(w->arena, marks_drop, all);
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

/* Of a segment's own nodes: hidden in all months where any month asks for it. */
static void take_always(const struct side *of, size_t segment, enum cell_state *state)
{
        size_t count = of->iip->weights[segment].count;

        for (size_t n = 0; n < count; n++)
                state[n] = CELL_EMPTY;
        for (int32_t t = 0; t < of->iip->months; t++) {
                const unsigned char *asks = of->always[segment][t];

                for (size_t n = 0; asks != NULL && n < count; n++)
                        if (!cell_is_hidden(state[n]) && asks[n] != CELL_EMPTY)
                                state[n] = (enum cell_state)asks[n];
        }
}

/* The states of the tables' own nodes. */
static void take_patterns(struct iip_secrets *all)
{
        for (size_t i = 0; i < all->count; i++) {
                const struct iip *x = all->side[i].iip;
                struct iip_pattern *p = &all->pattern[i];

                for (size_t s = 0; all->side[i].is_stale && s < x->segments; s++) {
                        take_always(&all->side[i], s, p->state[s]);
                        for (int32_t t = 0; t < x->months; t++)
                                p->month[s][t] = is_more(all->side[i].month[s][t], p->state[s], x->weights[s].count) ? all->side[i].month[s][t] : NULL;
                }
                all->side[i].is_stale = false;
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
                if (areas_of(tables[i]) > 1)
                        find_own(w, all, &all->side[i]);
                else
                        find_nodes(w, all, &all->side[i]);
        open_months(w, all);
        open_patterns(w, all);
        extend_months(all);
        publish(all);
        take_patterns(all);
        return all;
}

/* Whether a table's weights are linked over the months they were linked over. */
static bool links_stand(struct iip_secrets *all, const struct side *of)
{
        const struct iip *x = of->iip;
        bool *is_linked = (bool *)all->cells; /* there is room */

        for (size_t s = 1; s < x->segments; s++) {
                memset(is_linked, 0, (size_t)x->columns * sizeof *is_linked);
                list_linked(x, s, is_linked);
                if (memcmp(is_linked, of->is_linked + s * (size_t)x->columns, (size_t)x->columns * sizeof *is_linked) != 0)
                        return false;
        }
        return true;
}

bool iip_secrets_again(struct iip_secrets *all, const struct iip_months *changed)
{
        for (size_t i = 0; i < all->count; i++) {
                struct side *of = &all->side[i];

                of->changed = changed[i];
                for (size_t s = 0; s < of->iip->segments; s++)
                        of->asked[s].index = of->iip->segment[s].index;
                if (changed[i].first != PERIOD_NONE && !links_stand(all, of))
                        return false;
        }
        extend_months(all);
        publish(all);
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
