/* read_private.h - a question to the figures on its way, for figures_read and its parts (read*.c) only.
 *
 * Functions that return bool say whether the work is still without an error. What they make lives in the reader's scratch, which
 * is emptied for every period. */
#ifndef FIGURE_READ_PRIVATE_H
#define FIGURE_READ_PRIVATE_H

#include "figure/figure_private.h"

#define FORMULA_DEPTH 4 /* formulas that may stand on one another: each is computed anew for every one that names it */
#define PARTS_MOST 128 /* units of another time among which one's territory may lie */

/* A unit with its symbols; -1 where the unit never had a figure. */
struct spot {
        const struct unit *unit;
        int64_t symbol, province;
};

/* One cell of the answer under way. */
struct cell {
        const struct unit *unit;
        int64_t item, partner; /* symbols */
        const char *item_code, *partner_code;
        bool has_value, has_base, has_change;
        bool is_of_before;   /* figure_row */
        int64_t value, base, change, printed; /* printed: figure_row; of contributions */
        int64_t status, mark, known_from, entry, corrects;
        int total_of, total_expected, total_of_before;
        enum unit_level total_level; /* of a kept total: of the units that are in it */
        const char *note;
};

struct cells {
        struct cell *list;
        size_t count, room;
};

/* A cell about which a conflict is open. */
struct contested {
        const struct unit *unit;
        int64_t item, partner;
};

/* An indicator that a formula rests on: one that it names, or one that the formula of such an index or rate rests on. */
struct input {
        const struct indicator *indicator;
        bool shares_items, shares_partners; /* on some way to it those of the computed one are its own, and those of the formulas between */
        struct cells *levels;       /* of the period under way, in order of (unit, item, partner); NULL: none ever */
};

/* Which items or partners are wanted: all, or those of the list (symbols, ascending). */
struct choice {
        bool is_all;
        size_t count;
        int64_t *list;
};

struct reader {
        struct work *work;
        const struct figure_query *query;
        const struct catalogue *catalogue;
        struct arena *scratch;      /* emptied for every period */
        moment known;
        int64_t least_status;
        day boundary_day;
        bool is_live;               /* the totals that are kept answer the question */
        bool marks_contests;        /* conflicts are open, and the asker may know */

        const struct unit **units;  /* by symbol, as met */
        int64_t unit_room;
        const struct unit **renewed; /* units that an act made under a code that was another territory's until then; NULL: not looked up yet */
        size_t renewed_count;
        struct map *written;        /* of entries with figures of units that an act made: when each was written; or NULL */

        /* the indicator under way */
        const struct indicator *indicator;
        int64_t topic;
        const char *root;
        struct choice items, partners;
        struct input *inputs;       /* of its formula, each once, where a question computes it; room for all indicators */
        size_t input_count;
        int formula_depth;          /* of the formulas that ask for it */

        /* the period under way */
        period period;
        day on;
        int64_t *groups;            /* provinces that hold figures, ascending */
        size_t group_count, group_room;
        struct spot *asked;         /* units asked for, on the map asked for; NULL: all */
        size_t asked_count;
        day asked_from, asked_to;   /* while these days pass, asked stays the same */
        const struct cells *at_hand; /* cells of the period, in order of (unit, item, partner), while they are folded; or NULL */
        period levels_of;           /* the period that the levels of inputs are of */
        struct contested *contested; /* in order */
        size_t contested_count;

        /* where to go on */
        bool has_after;
        const struct indicator *after_indicator;
        const char *after_id;
        period after_period;
        struct cell after;
        int64_t visited;
        bool is_stopped;
};

/* ---- read_cells.c: what was reported ------------------------------------------------------------------ */

/* A further cell, all zero. */
struct cell *cell_add(struct reader *, struct cells *);

/* Put a list in order, as it stands in a choice. */
void choice_sort(struct choice *);
bool choice_has(const struct choice *, int64_t symbol);
struct spot spot_of(struct reader *, const struct unit *);

/* NULL for a symbol of no unit of the catalogue. */
const struct unit *unit_of_symbol(struct reader *, int64_t symbol);

/* What these units reported of the indicator and period under way; spots NULL: everything. Spots are put in the order of the
 * table. */
bool cells_fetch(struct reader *, struct spot *, size_t count, struct cells *out);

/* The same where one item and one partner are chosen: always only the version that stands. */
bool cells_fetch_points(struct reader *, const struct spot *, size_t count, struct cells *out);

/* What the units below one reported of the chosen items and partners of the indicator and period under way, on the map of its last day,
 * of all levels. */
bool cells_fetch_below(struct reader *, const struct spot *, struct cells *out);

/* Say of a reported cell whether it is of the unit before (is_of_before). Not while a query runs. */
void cell_date(struct reader *, struct cell *);

/* The units of which figures may be of the unit before, of all times; few, and none where no such act was recorded. */
const struct unit *const *units_renewed(struct reader *, size_t *count);

/* Where exactly one cell is looked for. */
struct point {
        struct spot spot;
        period period;
        int64_t item, partner;
};

/* Put the version that stands at each point into the cell of that number, in one run of a prepared statement; cells without one stay as
 * they are. */
bool points_fetch(struct reader *, const struct point *, size_t count, struct cell **cells);

/* ---- read_totals.c: totals of the units below, where a unit has not reported --------------------------- */

/* Adds to out the totals of units for all chosen items and partners of which they have no cell in out; one statement for 32 units, where
 * the totals that are kept answer the question.
 *
 * A total is the sum of the units of the highest level below of which any reported; where one of these has not, of what the units below it
 * reported, and so on: whatever is cut, the parts are the whole. total_expected counts the units of that level, total_of those of them that
 * reported or all of whose parts did; what an incomplete one's parts reported is in the sum. total_of_before counts the figures in it that are of the
 * unit before: then what was apportioned to its other parts may be in the sum twice, so the total is not comparable either. */
bool totals_add(struct reader *, const struct spot *, size_t count, struct cells *out);

/* ---- read_formula.c: indices and rates from what their formula names --------------------------------------- */

/* Whether the indicator under way is computed by its formula where nobody reports it. */
bool is_computed(const struct reader *);

/* Where the reader is focused: the value of the formula with what the unit has of its inputs - levels, or indices and rates, which are what was reported of
 * them or computed by formulas of their own - and in the note the formula (is_anew: on another map than that of the period);
 * else the note says what is missing. */
bool cell_by_formula(struct reader *, const struct unit *, bool is_anew, struct cell *c);

/* Adds to out, for the items and partners chosen, each place where something was reported of an input and no cell in out; spots NULL: of all units that reported one. */
bool cells_compute(struct reader *, struct spot *, size_t count, struct cells *out);

/* ---- read_value.c: one value by itself ------------------------------------------------------------------ */

/* Looks at another period or item for a while. */
struct focus {
        period period;
        day on;
        struct choice items, partners;
        int64_t item, partner;
};

void focus_begin(struct reader *, struct focus *, period, int64_t item, int64_t partner);
void focus_end(struct reader *, const struct focus *);

/* Where the reader is focused: the unit's own figure, or else the total of the units below. c->has_value says whether there is
 * one. */
bool cell_find(struct reader *, const struct unit *, struct cell *c);

/* A value of any period and item, with a note where there is none or only a part. */
bool value_at(struct reader *, const struct unit *, period, int64_t item, int64_t partner, struct cell *c);

/* The same for several cells of one unit and period whose own figures were looked for and not found, each with item and partner: what
 * the units below reported is read once for all of them. */
bool values_below(struct reader *, const struct unit *, period, struct cell *const *cells, size_t count);

/* For notes: "tháng 12/2021", "Phú Thọ". */
const char *note_period(struct reader *, period);
const char *note_unit(struct reader *, const struct unit *);

/* Look at another indicator for a while: a reader of its own with the same period and scratch, to be focused anew. False where it never
 * had a figure. */
bool reader_beside(struct reader *, const struct indicator *, struct reader *beside);

/* ---- read_restate.c: a unit that did not exist in this form then ---------------------------------------- */

/* Where the reader is focused: what a unit's territory had in a period in which other units held it. Levels are added up; of a unit
 * that was divided by stated shares the part that falls to this one, by largest remainder, so that the parts are the whole. Indices and
 * rates are computed anew from the levels of their formula or their weights. Where none of this can be done c has no value, and
 * c->note says why. */
bool cell_restate(struct reader *, const struct unit *, struct cell *c);

/* The cell of the focus in r->at_hand. */
bool cell_at_hand(struct reader *, const struct unit *, struct cell *c);

/* Orders cells for at_hand, for qsort. */
int cells_compare_places(const void *, const void *);

/* ---- read_compare.c: changes, shares and sums over a year ------------------------------------------------ */

/* Fill in what the query compares with, or a note that says why not: values in different units of measure are neither added nor compared. Cells
 * have their codes. */
bool cells_compare(struct reader *, const struct cells *);

/* A value a comparison needs. */
struct need {
        const struct unit *unit;
        period period;
        int64_t item, partner;
        struct cell found;
};

/* Find them: reported values in one run of a statement; of the rest those of one unit and period at once. */
bool needs_find(struct reader *, struct need *, size_t count);

/* What speaks against comparing a cell with what was found, or adding it: a figure that is of the unit before, or what is not counted in what the cell is;
 * a note of the first. NULL: nothing. */
const char *comparison_objection(struct reader *, const struct cell *, const struct need *, size_t count);

/* ---- read_contribution.c: contributions add up ------------------------------------------------------------ */

/* Where the levels of all parts of a whole make it up, now and a year before - the units directly below a unit, the items of a unit, of these the items
 * below each - place their contributions so that they make up its growth, or the contribution of the item above, to the last digit, and so as they are printed.
 * Parts that are not in the answer are read, so that a contribution is the same whatever is asked for beside it. Cells have their contributions, each rounded
 * by itself. */
bool contributions_add_up(struct reader *, const struct cells *);

/* ---- read_map.c: which units are asked for, and on which map ---------------------------------------------- */

/* Whether a unit exists on a day. */
bool is_on_map(const struct unit *, day);

/* Make r->asked right for a day. */
bool asked_resolve(struct reader *, day);
bool is_asked(const struct reader *, const struct unit *);

/* The units of the period's own map whose territory the asked units hold. */
struct spot *asked_sources(struct reader *, size_t *count);

/* Fold cells of the map of their time into the map asked for. */
bool cells_fold(struct reader *, const struct cells *then, struct cells *out);

/* ---- read_rows.c: cells become rows of the answer, in order, from where the page before ended -------------- */

/* Read where to go on; false and an error for what no row's key is. */
bool after_read(struct reader *);

/* Codes of items and partners for their symbols. */
bool cells_name(struct reader *, struct cells *);

/* The order of rows inside a period, for qsort; needs the codes. */
int cells_order(const void *, const void *);

/* What figures of an item ("": the whole) of the indicator under way count in on a day, in the reader's language; "" where nobody says. */
const char *measure_on(struct reader *, const char *item_code, day);

/* The period's cells in open conflicts, for cells_visit to mark. */
bool contested_read(struct reader *);

/* Visit those that belong to the answer; r->is_stopped where no more is wanted. */
bool cells_visit(struct reader *, const struct cells *, figure_visit *, void *context);

#endif
