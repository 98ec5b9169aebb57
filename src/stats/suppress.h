/* suppress.h - which cells of a table must not be shown so that no contributor's figure can be told. Pure.
 *
 * The table: nodes of a tree (products up to the whole) by areas, and the areas' sum (the country). Every node is the sum of
 * its children in every area; every cell of the country is the sum of those of the areas. Whoever reads a table of
 * indices with its weights can compute all of these sums, so all are protected. They are sums of one measure: each cell has one value, which enters
 * every sum as it is.
 *
 * Primary: a cell is not shown if it has fewer than rule.least contributors, if the rule.dominant largest of them have more
 * than rule.most_ppm of its total together ((n,k)-dominance rule), or if its total is zero (then every contributor's is). The
 * usual parameters (SUPPRESS_USUAL) are 3 contributors and 85 % for the two largest; they are policy, not arithmetic, and
 * come from the caller.
 *
 * Secondary: the sums of this table form a network: a vertex for each node with children in each area, one for each
 * product where its areas meet the country, and the ground; each cell is an edge, and its value a flow along it. (The sums of the
 * country's inner nodes over areas follow from these.) In a network a cell that is not shown can be computed from the shown
 * ones if and only if its edge is a bridge of the graph of cells not shown: on a cycle any amount may be sent around it
 * and changes no sum. So
 *   1. for each bridge a cycle is closed by the way around it with the fewest contributors in all (Dijkstra; cells that are
 *      hidden already cost nothing);
 *   2. the sum of any number of hidden cells that the sums tell - they cut the graph apart, all flowing the same way; among them what is left
 *      of a shown cell without those shown below it - must satisfy the primary rule as well. One flow answers for all sums at once and one or two
 *      who may have too much of them (suppress_sum.c); where it does not, a way around the cell is hidden that avoids the others;
 *   3. a contributor knows its own figure, so every cell to which it alone brings. A hidden cell that these and the shown ones determine,
 *      though others bring to it, gets a way around that avoids them, where the rest is that of less than rule.least - 1 others, or the
 *      cell is hidden because few have too much of it.
 * Guarantee: no hidden cell, primary or secondary, is determined by the shown cells and the sums of the table; no sum of hidden cells, nor any
 * multiples of them added up, that is determined is as telling as a cell that the primary rule hides; and who brings alone to up to 8 cells that
 * cut the graph apart computes no single other's figure from them. Not claimed: that the range a hidden cell may lie in is wide, or what
 * contributors know together.
 *
 * Not claimed either: what follows from a table that adds up the same cells by other coefficients, as that of an area under weights of its own does. What
 * makes a cycle safe is that the same amount goes around it. With a coefficient of its own for each cell in each table, the cells of a cycle that goes
 * through several areas are as many unknowns as there are sums, and who knows all coefficients solves for each. So coefficients of
 * hidden cells are to be hidden with them: those are unknowns too, and there are more of them than sums. Who has them from elsewhere is not kept
 * out; nor would more hidden cells keep out all of them: where the coefficients of some tables are in proportion and those of others are not, what would be safe
 * for either alone is not.
 *
 * A figure of several months is not safer than its months, and comparisons tell the level of one month from that of another:
 * all months that are published, side by side or one after another, belong into one suppression. A cell is hidden in all of them
 * if it must be in one; the caller gathers them. First, month after month as they are published, what is hidden whatever anybody brings: cells of which fewer than rule.least
 * are asked, and what protects them (suppress_ask). From there each month is judged by what is brought in it (suppress_take), and from there again the next
 * (suppress_return). So what is hidden after fewer months is hidden after more as well, and who has kept the table as it was published then learns nothing by laying it beside
 * that of today; and what is brought otherwise in a month changes what is hidden for that month alone. What is hidden for one month and not for another may be told of the other by
 * itself: in that month a sum of such cells and of what is hidden for it is told only if the rest is, which is safe, and a sum of safe cells is safe; and each hidden cell lies on the
 * cycle that was closed for it, however many more are hidden. As each month begins with what most of them hide, they hide much the same: over two years of a drawn national sample 0.2 %
 * more than months that each begin with all that was hidden before. Not undone: what was published
 * of a month before the reports of that month, or who is asked in it, or its areas, were changed.
 *
 * A month by itself. A figure that was completed for who has not reported moves as those that have: where one alone reported, the movement of the
 * cell would be its movement. So each month is judged once more when it is taken (suppress_apart), and what is hidden then is hidden in this
 * month only, besides what is hidden in all. Contributors are those that reported it, for least, dominance and all that is said above of
 * them, and what was completed counts as brought by the largest: the dominant largest of those that reported and all that was completed have
 * together at most most_ppm of the total, whoever it moves with, be it others in the table. So at least rule.least reported each cell that
 * is shown of a month, and whichever rule.dominant of them are left out, and all that moves with them, there is a rest of others. Where nobody
 * reported there is nobody to hide behind: others are made safe as if such a cell were told, then it is hidden itself.
 * The caller shows of a cell nothing that rests on a month in which it is hidden: neither its level nor a comparison or contribution with that month
 * on either side, also inside a sum of months. Then what is told is a function of the levels of single months, each of a cell that is shown in
 * that month, and months tell nothing of one another. Two months cannot be kept apart where what is told of others depends on both: those of a base,
 * whose mean is 100, and those over which two sets of weights tell the same month; the caller hides for good what is hidden in them (suppress_hide).
 * What is hidden in a month as it was taken, or for good since, is safe together: a cell that is hidden for good later was safe in that
 * month, and a sum of safe cells with safe ones, or with a sum that is safe, is safe.
 * The coefficients by which other tables add up what is hidden in a month only are told by the months in which it is shown. So where a table has areas a cell of a month by
 * itself must stay free for any coefficients (suppress_close_known): the sums of each area, of the country, and over areas of each product are
 * solved with coefficients drawn, and where that tells a cell a way more is hidden. That sums of several tables with such coefficients satisfy the primary rule is for the caller to see to
 * (mixed.h). Not claimed: what is told where some coefficients are in proportion and others are not.
 * Not undone: a month shown again after more have reported. What is hidden with others as long as few have reported is shown then, and who
 * has kept the sums of before may subtract. Publish a month when it is in, or again only with what was published of it before. */
#ifndef STATS_SUPPRESS_H
#define STATS_SUPPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define SUPPRESS_DOMINANT_MAX 2

struct suppress_rule {
        int32_t least;    /* contributors, at most dominant + 1: fewer have all of it, so too much */
        int32_t dominant; /* so many largest, 1 .. SUPPRESS_DOMINANT_MAX */
        int64_t most_ppm; /* may have at most this of the total; below 1000000 */
};
#define SUPPRESS_USUAL ((struct suppress_rule){ 3, 2, 850000 })

struct suppress_table {
        const int32_t *parent; /* [node], parents before children; -1 for the first, the whole */
        size_t nodes;
        int32_t areas;         /* 1: one area alone, without a country */
};

/* Who brings to a node without children, in an area, in the months from .. to. Two of one establishment, area and node are added. */
struct contributor {
        int32_t establishment, area, node;
        int32_t from, to;
};

/* What one (by its place in the list) brings in a month of its own: a value in a measure that adds up (volume); not below 0. *is_reported is
 * true, and becomes false where the value was completed because it did not report. */
typedef int64_t suppress_value(void *context, size_t contributor, size_t month, bool *is_reported);

enum cell_state {
        CELL_SHOWN,
        CELL_EMPTY,     /* no contributor in any month up to this one */
        CELL_FEW,       /* primary: too few contributors */
        CELL_DOMINATED, /* primary: the largest have too much of it, or its total is zero */
        CELL_SECONDARY, /* so that others cannot be computed */
        CELL_WAITING,   /* primary, of a month by itself: too few reported it, or the largest of them and what was completed are too much of it */
};
/* Whether a state hides the cell; why, as a text marked for translation. */
static inline bool cell_is_hidden(enum cell_state s)
{
        return s > CELL_EMPTY;
}
const char *cell_state_text(enum cell_state);

/* A number drawn for another: each has always the same (splitmix64). */
static inline uint64_t suppress_drawn(uint64_t n)
{
        n += 0x9e3779b97f4a7c15u;
        n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9u;
        n = (n ^ n >> 27) * 0x94d049bb133111ebu;
        return n ^ n >> 31;
}

/* Begin: the table, the rule and all who bring anything in the months to be asked, at most so many. All cells are empty. Lives as long as the
 * arena. */
struct suppression;
struct suppression *suppress_open(struct arena *, const struct suppress_table *, const struct suppress_rule *, const struct contributor *, size_t count,
                                  suppress_value *, void *context, size_t months);

/* One month more, the oldest first: who is asked in it. Cells of too few are hidden from then on. True where others are asked than in the month before. */
bool suppress_ask(struct suppression *, size_t month);

/* A month that was asked is published: what is hidden for it besides what is. True where anything is. Sums of a month that not all
 * have reported are judged in suppress_apart, which is to follow before anything of it is shown. */
bool suppress_take(struct suppression *, size_t month);

/* The same of a month that may have been taken before; since then none but so many contributors (by their places in the list) may bring anything else in it, or be missing, or
 * not be any more. What was found of it then is not found again, as far as it depends neither on them nor on what is hidden before. */
bool suppress_take_again(struct suppression *, size_t month, const size_t *others, size_t count);

/* The month taken last by itself: until suppress_back, states and suppress_hide are of this month alone. True where more is hidden in it than
 * in all. */
bool suppress_apart(struct suppression *);
void suppress_back(struct suppression *);

/* What another table tells of a cell, under weights of its own: nothing, or in place of this one that it is shown, or hidden. */
enum cell_elsewhere { ELSEWHERE_NOT, ELSEWHERE_SHOWN, ELSEWHERE_HIDDEN };

/* Of a month by itself, of a table with several areas: more is hidden until no cell that is hidden in this month alone, nor one that sums lead to from there,
 * can be computed by who knows all coefficients. elsewhere: [cell] an enum cell_elsewhere; NULL: nothing. True where more is hidden. */
bool suppress_close_known(struct suppression *, const unsigned char *elsewhere);

/* Cells are not to be shown for a reason of the caller's, and are protected as if they were secondary; not those that are empty. True where more is hidden
 * than before. */
bool suppress_hide(struct suppression *, const size_t *cells, size_t count);

/* What was hidden since suppress_begin, suppress_apart or suppress_back, whichever was called last: how many cells, some perhaps twice, and which, one after another. What a call hid
 * stays where it is. */
size_t suppress_since(const struct suppression *);
size_t suppress_since_cell(const struct suppression *, size_t which);

/* Before the next month is asked or taken, of this suppression or of one that it is made to agree with: of several ways to hide something the choice does not depend on how
 * what is hidden already came to be. */
void suppress_begin(struct suppression *);

/* What is hidden so far, to go back to, with the months that were asked: what is hidden then is what would be, had nothing been since suppress_mark. Both where suppress_begin was called
 * last, or anything was asked. A mark takes so many bytes. */
size_t suppress_mark_size(const struct suppression *);
void suppress_mark(const struct suppression *, unsigned char *mark);
void suppress_return(struct suppression *, const unsigned char *mark);

/* How many cells there are: areas x nodes, and for more than one area the country's nodes after them. */
size_t suppress_cells(const struct suppress_table *);

/* The state of a cell, area * nodes + node (area == areas: the country); of all cells, until it is of another month, or of one by itself. */
enum cell_state suppress_state(const struct suppression *, size_t cell);
const unsigned char *suppress_states(const struct suppression *); /* enum cell_state */
/* Of a month by itself: of all cells in all months. */
const unsigned char *suppress_states_for_good(const struct suppression *);

#endif
