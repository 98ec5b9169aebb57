/* confidential_private.h - what the files that decide what must not be published share: confidential.c, where all begins and ends, confidential_month.c, confidential_publish.c. */
#ifndef IIP_CONFIDENTIAL_PRIVATE_H
#define IIP_CONFIDENTIAL_PRIVATE_H

#include "areas/iip/iip.h"
#include "base/map.h"

/* Who brings what to the nodes of a table under one set of weights. */
struct asked {
        const struct iip *iip;
        const struct laspeyres *index;
        const struct contributor *list;
        const size_t *line;          /* [contributor] of the panel */
        size_t count;
        size_t *other, others;       /* contributors of whom something may be other than when the table was published last; NULL: of nobody yet */
};

enum kind { FLOWS, STOCKS };         /* of what is hidden in a month: what is made or used in it, what is there at its end */

/* A cell of a product and place: other tables may have one of the same. */
struct shared { size_t cell, pair; };

/* The same, in which table and under which set of weights. */
struct holder { uint32_t side, segment; size_t cell; };

/* A table that is published, of the country or of a province by itself, under all its sets of weights. */
struct side {
        const struct iip *iip;
        struct asked *asked;             /* [segment] */
        struct suppression **suppression; /* [segment] */
        int32_t months, before;          /* so many are published; so many were */
        bool *is_linked;                 /* [segment * columns + column] the segment is linked over it instead of its overlap (linked_instead) */
        struct iip_changed changed;      /* what somebody brings otherwise than when it was published last */
        uint32_t *times_changed;         /* [product] how often anybody brought anything else */
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
        unsigned char *elsewhere;         /* [cell] of any segment: what those tables show, an enum cell_elsewhere */
        double **coefficient;            /* [segment][node]: secrets_coefficient */
        size_t **pair;                   /* [segment][cell]: the product and place it is of; SIZE_MAX: it is of no product */
        struct shared **shared;          /* [segment] its cells of products, */
        size_t *shared_count;            /* so many */
        size_t *gathered;                /* [segment] of what it has hidden (suppress_since) so many cells are gathered */
        size_t *sum_of;                  /* [cell] of any segment: room for secrets_hide_mixed; 0 meanwhile */
};

/* What is hidden in all tables for who is asked up to a month, to go back to. */
struct mark {
        period month;
        unsigned char *bytes;
        size_t size;
};

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
        struct fine { uint64_t *list; size_t count, room; } fine[2]; /* what tables tell together of which nobody has too much: when it was published last, and now */
};

/* What is hidden in all months of what a table tells by a cell that is shown in all. Of the rests of a relation these multiples make nothing. */
struct rest { size_t side, cell, relation; double times; }; /* relation: its number + 1; 0: none */
struct related {
        struct rest *rest;
        size_t rests, relations;
        uint32_t **stands_in;            /* [side][cell] of a product and place: the number + 1 of the rest of a relation that it stands in */
};

#define RELATED_NONE 16384
struct related_kept {
        struct arena *arena;
        struct related *found;           /* NULL: none is kept */
        uint64_t digest;                 /* for what was it found */
        uint64_t none[RELATED_NONE];     /* [digest % RELATED_NONE] for what there was none lately; of all tables, or of two that stand beside each other */
};

/* Nodes of one place, or of a whole table, under weights that stand in the same month: in a table that is to tell no more, where what it tells is in proportion, than another one does. */
struct beside {
        struct nodes { struct side *of; size_t segment, before; } own, other; /* before: cells before those of the place */
        struct both {
                int32_t own, other;      /* nodes; other: -1: there is none */
                double times;            /* the other's coefficient for one of its own */
        } *product;                      /* all that stand in a sum of its own */
        size_t products;
};

/* A node of a place, and what is left of it. */
struct rest_at {
        int32_t told;                    /* the node that tells of it; -1: none does */
        int32_t count, found, beside;    /* where it is shown: products hidden in its rest, how many of which are in that of a node of the other table; -1: none */
        double least, most;              /* of what their coefficients in the two tables stand to each other */
        bool is_alike;
};

struct iip_secrets {
        struct arena *arena, *spare;     /* spare: for what is needed meanwhile (secrets_spare); */
        struct arena *part;              /* and for one part of it after another */
        struct side *side;
        size_t count;
        struct map *products, *places, *industries; /* code -> number + 1 */
        size_t room, words;              /* places x products */
        bool *is_hidden;                 /* [place * product count + product] */
        bool *is_hidden_now[2];      /* the same of the month being published: of flows, of stocks, these also where they are hidden in all */
        period first, last;              /* months of all tables */
        struct published *published;     /* [month - first] */
        uint64_t *hidden_before;         /* what months before one ask to hide: a bit for each product and place */
        struct holder *holder;           /* all cells of a product and place: holder[first_holder[pair] .. first_holder[pair + 1]), in order of tables */
        size_t *first_holder;
        struct newly { enum kind kind; size_t pair; } *newly; /* what is hidden and not told yet; kind: in a month by itself */
        size_t newly_count;
        size_t *known, known_count;      /* pairs that are hidden in the month being published and not in all, some perhaps twice */
        struct holder *listed;           /* room for all holders */
        size_t *quantity_of[IIP_SERIES]; /* [pair] room for secrets_hide_mixed; 0 meanwhile */
        size_t *cells;                   /* room for those of two segments of a table, or for its columns */
        struct mark *mark;               /* oldest first: that of the first month, and others in which others are asked, where there was memory for them */
        size_t marks, mark_bytes;
        struct related_kept related;
        struct beside *beside;           /* in order of tables */
        size_t besides;
        struct rest_at *rest_at[2];      /* [node]: room for two tables */
        struct iip_pattern *pattern;     /* [side] */
};

static inline size_t months_from(period first, period month)
{
        return (size_t)((period_year(month) - period_year(first)) * 12 + period_index(month) - period_index(first));
}

/* How many areas a table is judged with. That of the country has at least two, if one without anything: one alone has a table by itself as well, which
 * adds up the same by other weights. */
static inline int32_t areas_of(const struct iip *x)
{
        return x->unit->level == LEVEL_COUNTRY && x->panel->areas == 1 ? 2 : x->panel->areas;
}

/* Where an area's nodes begin among the cells of a segment; area == areas_of: the country's. */
static inline size_t cells_before(const struct iip *x, size_t segment, int32_t area)
{
        return areas_of(x) == 1 ? 0 : (size_t)area * x->weights[segment].count;
}

static inline size_t cells_of(const struct side *of, size_t segment)
{
        return cells_before(of->iip, segment, areas_of(of->iip)) + of->iip->weights[segment].count;
}

static inline enum kind kind_of(const struct side *of)
{
        return of->iip->series == SERIES_INVENTORY ? STOCKS : FLOWS;
}

/* The nearest month, up to one, over which a node without output over the overlap is linked instead; -1: none. */
int32_t secrets_linked_instead(const struct iip *, size_t segment, int32_t last);

/* The own node of the segment before that one of a segment goes on from; -1: none, or one that was added there, which is nobody's cell (chain.h, before). */
int32_t secrets_follows(const struct iip *, size_t segment, size_t node);

/* Empty memory for what is needed meanwhile; other memory, emptied. */
struct arena *secrets_spare(struct iip_secrets *);
struct arena *secrets_emptied(struct iip_secrets *, struct arena *);

/* Whether a cell of a product is one of a place, not the country's. And by states of a table's cells the lowest one that is shown of those which the table tells, and of which such a cell is part;
 * the lowest that is shown of a cell of the table's own and those above it. SIZE_MAX: there is none. */
bool secrets_is_of_place(const struct side *, size_t segment, size_t cell);
size_t secrets_told_by(const struct side *, const unsigned char *, size_t segment, size_t cell);
size_t secrets_shown_above(const struct side *, const unsigned char *, size_t segment, size_t cell);

/* By what a quantity of the cell of a product is multiplied under the weights of a segment; 0: it is in no sum. */
double secrets_coefficient(const struct side *, size_t segment, size_t cell);

/* ---- tables agree; a month by itself (confidential_month.c) ---- */

/* What is hidden in one table is hidden in all that tell of it. is_anew: they need not have agreed before suppress_begin. cells: room. */
void secrets_agree(struct iip_secrets *, size_t *cells, bool is_anew);

/* A product of a place is to be hidden in all tables, when they agree next; in the month being published by itself. True. */
bool secrets_hide_pair(struct iip_secrets *, size_t pair);
bool secrets_hide_now(struct iip_secrets *, enum kind, size_t pair);

/* The cells of pairs, in all tables, in their order, once each. Returns how many are listed. */
size_t secrets_list_holders(struct iip_secrets *, const size_t *pairs, size_t count);

/* Whether what is hidden in a month is to be hidden in all: it belongs to a base, or to the months over which sets of weights are linked. */
bool secrets_is_for_good(const struct iip *, int32_t column);

/* The cells that are hidden in the month, which is done; what is hidden in it is hidden for good from now on. */
bool secrets_keep_for_good(struct suppression *, size_t count, size_t *cells);

/* The month all tables stand at. True where more is hidden in all months than before. */
bool secrets_judge_month(struct iip_secrets *, period month, size_t *cells);

/* ---- what tables tell together (confidential_tied.c, confidential_related.c, confidential_mixed.c) ---- */

/* Where what is made, sold and in stock is told together in more sums than there are unknowns, more is hidden in all months. True where anything is. */
bool secrets_hide_tied(struct iip_secrets *);

/* The month all tables stand at by itself, when they agree: where few have too much of a sum that several tables tell together, more is noted to be hidden in it. True where
 * anything is. */
bool secrets_hide_mixed(struct iip_secrets *, period month);
/* Where what is hidden of a place in all months counts in proportion in the country's table and in the place's own: neither tells of it what the other hides. cells: room. True where more is hidden. First all
 * tables are listed that stand beside one another. */
void secrets_list_beside(struct iip_secrets *);
bool secrets_agree_beside(struct iip_secrets *, size_t *cells);
/* Of what is hidden in all months, by the weights of the month all tables stand at. NULL: no multiples make nothing. It stands until it is asked for again. */
const struct related *secrets_related(struct iip_secrets *);
/* Before a month is published: what is fine of it is what was found last. */
void secrets_begin_mixed(struct iip_secrets *, period month);

/* ---- month by month (confidential_publish.c) ---- */

/* The months of which anything is another than when they were published, or that were not yet. */
void secrets_publish(struct iip_secrets *);
void secrets_drop_marks(void *secrets);

#endif
