#include "stats/mixed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEPS 100    /* at most, for each cell; */
#define GREEDY 4     /* so many of them by what counts most, which is quicker and need not end */
#define NOTHING 1e-9 /* less than this, of what is about 1, is what rounding leaves */

/* All sums that are told, as what some of their cells, the free ones, count in them: how the others count, and of which sums they are multiples, follows.
 * Cells are measured by their totals. */
struct cone {
        size_t cells, sums, free, rows; /* rows: the other cells, then the sums */
        size_t *column, *row;           /* [free], [rows - sums]: which cell */
        double *at;                     /* [row * free + column] */
};

/* One who may have too much: with it there is less room in a cell, or more. */
struct shift {
        size_t who, cell;
        double by;
};

struct search {
        const struct mixed *of;
        struct cone all, start, here;   /* start: whence each search begins; here: while one is sought */
        double *cost, *reduced;         /* [cell], [free] */
        double most;
        size_t *first;                  /* [contributor] of its parts: by[first[contributor] .. first[contributor + 1]) */
        const struct mixed_part **by;
        double *limit;                  /* [cell] of its total, less what was completed: so much may the largest have */
        double *room, *left;            /* [cell] with nobody left out, with one */
        struct shift *shift;
        size_t shifts;
};

/* ---- the cone ------------------------------------------------------------------------------------------------------- */

/* Terms by sums and cells, each cell measured by its total, each sum by the greatest of its terms; beside them, of which multiple of the sum they are. */
static double *write_sums(struct arena *a, const struct mixed *m)
{
        size_t width = m->cells + m->sums;
        double *at = arena_array(a, m->sums * width + 1, sizeof *at);

        for (size_t i = 0; i < m->terms; i++)
                at[m->term[i].sum * width + m->term[i].cell] += m->term[i].coefficient * m->total[m->term[i].cell];
        for (size_t s = 0; s < m->sums; s++) {
                double *row = at + s * width, most = 0;

                for (size_t c = 0; c < m->cells; c++)
                        most = fmax(most, fabs(row[c]));
                for (size_t c = 0; c < m->cells && most > 0; c++)
                        row[c] /= most;
                row[m->cells + s] = most > 0 ? 1 / most : 0;
        }
        return at;
}

/* Rows are added to one another until each has a cell of its own (Gauss and Jordan). How many have: the others are empty, and stand behind. */
static size_t give_each_a_cell(double *at, size_t sums, size_t cells, size_t *cell_of)
{
        size_t width = cells + sums, done = 0;

        while (done < sums) {
                size_t best_row = done, best = 0;

                for (size_t s = done; s < sums; s++)
                        for (size_t c = 0; c < cells; c++)
                                if (fabs(at[s * width + c]) > fabs(at[best_row * width + best])) {
                                        best_row = s;
                                        best = c;
                                }
                if (fabs(at[best_row * width + best]) < NOTHING)
                        break;
                for (size_t c = 0; c < width; c++) {
                        double spare = at[best_row * width + c];

                        at[best_row * width + c] = at[done * width + c];
                        at[done * width + c] = spare;
                }
                for (size_t c = width; c-- > 0;)
                        if (c != best)
                                at[done * width + c] /= at[done * width + best];
                at[done * width + best] = 1;
                for (size_t s = 0; s < sums; s++) {
                        double times = at[s * width + best];

                        for (size_t c = 0; s != done && times != 0 && c < width; c++)
                                at[s * width + c] -= times * at[done * width + c];
                        if (s != done)
                                at[s * width + best] = 0;
                }
                cell_of[done++] = best;
        }
        return done;
}

static struct cone cone_open(struct arena *a, size_t cells, size_t sums, size_t free)
{
        struct cone k = { .cells = cells, .sums = sums, .free = free, .rows = cells - free + sums };

        k.column = arena_array(a, free + 1, sizeof *k.column);
        k.row = arena_array(a, k.rows + 1, sizeof *k.row);
        k.at = arena_array(a, k.rows * free + 1, sizeof *k.at);
        return k;
}

static struct cone cone_of(struct arena *a, const struct mixed *m)
{
        size_t width = m->cells + m->sums, *cell_of = arena_array(a, m->sums + 1, sizeof *cell_of), row = 0;
        double *at = write_sums(a, m);
        struct cone k = cone_open(a, m->cells, m->sums, give_each_a_cell(at, m->sums, m->cells, cell_of));
        bool *is_free = arena_array(a, m->cells + 1, sizeof *is_free);

        for (size_t i = 0; i < k.free; i++)
                is_free[k.column[i] = cell_of[i]] = true;
        for (size_t c = 0; c < width; c++) {
                if (c < m->cells && is_free[c])
                        continue;
                for (size_t i = 0; i < k.free; i++)
                        k.at[row * k.free + i] = at[i * width + c];
                k.row[row++] = c;
        }
        return k;
}

static void cone_copy(struct cone *to, const struct cone *from)
{
        memcpy(to->column, from->column, from->free * sizeof *from->column);
        memcpy(to->row, from->row, from->rows * sizeof *from->row);
        memcpy(to->at, from->at, from->rows * from->free * sizeof *from->at);
}

/* ---- a sum of which some have too much ------------------------------------------------------------------------------------ */

/* The cells of a row and a column change places. */
static void pivot(struct cone *k, size_t row, size_t column)
{
        double *own = k->at + row * k->free, by = own[column];
        size_t cell = k->row[row];

        for (size_t c = 0; c < k->free; c++)
                own[c] = c == column ? 1 / by : -own[c] / by;
        for (size_t r = 0; r < k->rows; r++) {
                double *other = k->at + r * k->free, times = other[column];

                if (r == row || times == 0)
                        continue;
                other[column] = 0;
                for (size_t c = 0; c < k->free; c++) {
                        other[c] += times * own[c];
                        if (fabs(other[c]) < NOTHING * NOTHING)
                                other[c] = 0;
                }
        }
        k->row[row] = k->column[column];
        k->column[column] = cell;
}

/* The free cell of the lowest number of which more costs less than nothing (is_greedy: that costs least); free: there is none. */
static size_t find_entering(struct search *s, bool is_greedy)
{
        const struct cone *k = &s->here;
        size_t found = k->free;

        for (size_t c = 0; c < k->free; c++)
                s->reduced[c] = s->cost[k->column[c]];
        for (size_t r = 0; r < k->rows - k->sums; r++)
                for (size_t c = 0; c < k->free; c++)
                        s->reduced[c] += s->cost[k->row[r]] * k->at[r * k->free + c];
        for (size_t c = 0; c < k->free; c++)
                if (s->reduced[c] < -NOTHING && (found == k->free || (is_greedy ? s->reduced[c] < s->reduced[found] : k->column[c] < k->column[found])))
                        found = c;
        return found;
}

/* The cell of the lowest number that would count below zero (is_greedy: that would most); rows - sums: there is none. */
static size_t find_leaving(const struct cone *k, size_t column, bool is_greedy)
{
        size_t end = k->rows - k->sums, found = end;

        for (size_t r = 0; r < end; r++) {
                double falls = k->at[r * k->free + column];

                if (falls < -NOTHING && (found == end || (is_greedy ? falls < k->at[found * k->free + column] : k->row[r] < k->row[found])))
                        found = r;
        }
        return found;
}

/* Whether there is a sum that costs less than nothing: the column it is, else free. Where rounding keeps it from ending the last column stands for one. */
static size_t find_sum(struct search *s)
{
        size_t column, row, greedy = GREEDY * (s->all.cells + 1), most = STEPS * (s->all.cells + 1);

        cone_copy(&s->here, &s->start);
        for (size_t step = 0; (column = find_entering(s, step < greedy)) < s->here.free && step < most; step++) {
                row = find_leaving(&s->here, column, step < greedy);
                if (row == s->here.rows - s->here.sums)
                        break;
                pivot(&s->here, row, column);
        }
        return column;
}

/* Where there is none, the hidden cells can be other than they are, all told sums the same, each by at most what it costs: how much less than that, [cell]. */
static void take_room(const struct search *s, double *room)
{
        memset(room, 0, s->of->cells * sizeof *room);
        for (size_t c = 0; c < s->here.free; c++)
                room[s->here.column[c]] = fmax(s->reduced[c], 0);
}

/* ---- who may have too much ----------------------------------------------------------------------------------------------- */

static void list_parts(struct arena *a, struct search *s)
{
        const struct mixed *m = s->of;

        s->first = arena_array(a, m->contributors + 2, sizeof *s->first);
        s->by = arena_array(a, m->parts + 1, sizeof *s->by);
        s->limit = arena_array(a, m->cells + 1, sizeof *s->limit);
        for (size_t i = 0; i < m->parts; i++)
                s->first[m->part[i].contributor + 2]++;
        for (size_t i = 2; i < m->contributors + 2; i++)
                s->first[i] += s->first[i - 1];
        for (size_t c = 0; c < m->cells; c++)
                s->limit[c] = m->total[c] > 0 ? s->most - m->completed[c] / m->total[c] : 0;
        for (size_t i = 0; i < m->parts; i++)
                s->by[s->first[m->part[i].contributor + 1]++] = &m->part[i];
}

static double share_of(const struct search *s, const struct mixed_part *p)
{
        return s->of->total[p->cell] > 0 ? p->value / s->of->total[p->cell] : 0;
}

static void leave_out(struct search *s, size_t who)
{
        for (size_t i = s->first[who]; i < s->first[who + 1]; i++)
                s->cost[s->by[i]->cell] -= share_of(s, s->by[i]);
}

static size_t find_of(struct search *s, size_t one, size_t other)
{
        memcpy(s->cost, s->limit, s->of->cells * sizeof *s->cost);
        leave_out(s, one);
        if (other != one)
                leave_out(s, other);
        return find_sum(s);
}

/* Of a column of the cone. */
static bool tell(const struct search *s, size_t column, double *of, double *lacking)
{
        const struct cone *k = &s->here;

        for (size_t i = 0; i < k->sums; i++)
                of[i] = k->at[(k->rows - k->sums + i) * k->free + column];
        *lacking = -s->reduced[column];
        return true;
}

static void note_shift(struct arena *a, struct search *s, size_t who, size_t cell, double by)
{
        if (fabs(by) < NOTHING)
                return;
        s->shift = arena_room(a, s->shift, s->shifts, sizeof *s->shift);
        s->shift[s->shifts++] = (struct shift){ who, cell, by };
}

/* One alone, and what it leaves to others: where there is room for what it brings nothing else changes. The column of a sum of which it has too much, else free. */
static size_t look_at(struct arena *a, struct search *s, size_t one)
{
        size_t column = s->all.free;
        bool is_room = true;

        for (size_t i = s->first[one]; i < s->first[one + 1]; i++)
                is_room &= share_of(s, s->by[i]) <= s->room[s->by[i]->cell];
        if (is_room) {
                for (size_t i = s->first[one]; i < s->first[one + 1]; i++)
                        note_shift(a, s, one, s->by[i]->cell, -share_of(s, s->by[i]));
        } else if ((column = find_of(s, one, one)) == s->all.free) {
                take_room(s, s->left);
                for (size_t c = 0; c < s->of->cells; c++)
                        note_shift(a, s, one, c, s->left[c] - s->room[c]);
        }
        return column;
}

static int by_cell(const void *a, const void *b)
{
        const struct shift *x = a, *y = b;

        if (x->cell != y->cell)
                return x->cell < y->cell ? -1 : 1;
        if (x->by != y->by)
                return x->by < y->by ? -1 : 1;
        return (x->who > y->who) - (x->who < y->who);
}

struct pair { size_t one, other; };

static int by_one(const void *a, const void *b)
{
        const struct pair *x = a, *y = b;

        return x->one != y->one ? (x->one > y->one) - (x->one < y->one) : (x->other > y->other) - (x->other < y->other);
}

/* Two have too much of no sum where what both leave is room in every cell: all others, once or several times, in order. */
static struct pair *list_pairs(struct arena *a, struct search *s, size_t *count)
{
        struct pair *list = NULL;

        *count = 0;
        if (s->shifts > 0)
                qsort(s->shift, s->shifts, sizeof *s->shift, by_cell);
        for (size_t i = 0; i < s->shifts; i++)
                for (size_t k = i + 1; k < s->shifts && s->shift[k].cell == s->shift[i].cell && s->room[s->shift[i].cell] + s->shift[i].by + s->shift[k].by < -NOTHING; k++) {
                        size_t one = s->shift[i].who, other = s->shift[k].who;

                        list = arena_room(a, list, *count, sizeof *list);
                        list[(*count)++] = one < other ? (struct pair){ one, other } : (struct pair){ other, one };
                }
        if (*count > 0)
                qsort(list, *count, sizeof *list, by_one);
        return list;
}

bool mixed_find(struct arena *a, const struct mixed *m, const struct suppress_rule *rule, double *of, double *lacking)
{
        struct search s = { .of = m, .all = cone_of(a, m), .most = (double)rule->most_ppm / 1e6 };
        struct pair *pair;
        size_t column, pairs;

        s.start = s.all;
        s.here = cone_open(a, m->cells, m->sums, s.all.free);
        s.cost = arena_array(a, m->cells + 1, sizeof *s.cost);
        s.room = arena_array(a, m->cells + 1, sizeof *s.room);
        s.left = arena_array(a, m->cells + 1, sizeof *s.left);
        s.reduced = arena_array(a, s.all.free + 1, sizeof *s.reduced);
        list_parts(a, &s);
        memcpy(s.cost, s.limit, m->cells * sizeof *s.cost);
        if ((column = find_sum(&s)) < s.here.free) /* too much was completed, whoever it moves with */
                return tell(&s, column, of, lacking);
        take_room(&s, s.room);
        s.start = cone_open(a, m->cells, m->sums, s.all.free);
        cone_copy(&s.start, &s.here);
        for (size_t one = 0; one < m->contributors; one++)
                if ((column = look_at(a, &s, one)) < s.here.free)
                        return tell(&s, column, of, lacking);
        pair = rule->dominant > 1 ? list_pairs(a, &s, &pairs) : NULL;
        for (size_t i = 0; pair != NULL && i < pairs; i++)
                if ((i == 0 || by_one(&pair[i], &pair[i - 1]) != 0) && (column = find_of(&s, pair[i].one, pair[i].other)) < s.here.free)
                        return tell(&s, column, of, lacking);
        return false;
}
