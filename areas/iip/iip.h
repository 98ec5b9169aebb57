/* iip.h - the workbench of the index of industrial production and its kin: what the files of this area share.
 *
 * Four kinds of entries, each for the unit whose industry they are about: weights (a tree of industries with its products, for a
 * base), the sample (which establishment is asked for which product, from when to when), the output of a month, and shares of divided classes. From
 * them everything is computed when it is asked for (compute.c and table.c on src/stats); no result is stored. */
#ifndef IIP_IIP_H
#define IIP_IIP_H

#include "catalogue/catalogue.h"
#include "figure/own.h"
#include "ledger/entry.h"
#include "stats/chain.h"
#include "stats/panel.h"
#include "stats/reclassify.h"
#include "stats/suppress.h"
#include "web/web.h"

#define IIP_DECIMALS 3        /* of quantities, in the unit of measure of the product */
#define IIP_WEIGHT_DECIMALS 6
#define IIP_SHARE_DECIMALS 4 /* of percent: parts per million */
#define IIP_TEXT_MAX 190      /* bytes of a code or a measure */
#define IIP_NAME_MAX 400
#define IIP_NODES_MAX 10000      /* industries and products of a set of weights, */
#define IIP_DEPTH_MAX 12         /* and how deep they stand below the whole */
#define IIP_MEMORY ((size_t)1 << 30)        /* that is taken meanwhile to compute, */
#define IIP_FAMILY_MEMORY ((size_t)2 << 30) /* and by all tables of a family, with what of them may be published */

/* ---- entries (entry.c) ------------------------------------------------------------------------------- */

extern const struct entry_kind iip_kinds[];
extern const struct derived_table iip_tables[];

/* What is measured. All are Laspeyres volume indices by the same machinery; stocks are levels at the month's end (inventory), or workers
 * on a day (labour): they have no year to date. */
enum iip_series { SERIES_PRODUCTION, SERIES_CONSUMPTION, SERIES_INVENTORY, SERIES_LABOUR };
#define IIP_SERIES 4
bool iip_series_read(const char *name, enum iip_series *); /* NULL and "": production; false for an unknown name */
const char *iip_series_name(enum iip_series);              /* "production" */
const char *iip_series_title(enum iip_series);             /* a text: "Index of industrial production" */

/* A set of weights: the first month it stands for, its base, and, but for the first of a unit, the overlap with the one before. */
struct iip_weights {
        const char *unit;              /* code */
        period from;                   /* a month */
        period base, overlap;          /* a year or month; overlap PERIOD_NONE */
        const char *lines;             /* as in the entry: fields by tabulators, a line each */
        int64_t entry;
};

/* Lines of entries, fields parted by tabulators. */
enum { WEIGHT_CODE, WEIGHT_PARENT, WEIGHT_NAME, WEIGHT_MEASURE, WEIGHT_WEIGHT, WEIGHT_BASE, WEIGHT_FIELDS };
enum { LINE_ESTABLISHMENT, LINE_NAME, LINE_PRODUCT, LINE_FROM, LINE_TO, LINE_FIELDS };
/* A line of the sample is one establishment and product, with stretches of months in which it is asked, oldest first, none overlapping: LINE_FROM and
 * LINE_TO, and a pair of fields more for each later one (it moved away and came back; a plant of a season). A program that knows one stretch refuses the
 * entry, which is kept. Stretches of later entries add to those of earlier ones (struct iip_stretch). */
#define IIP_STRETCHES_MAX 100
#define LINE_FIELDS_MAX (LINE_FIELDS + 2 * (IIP_STRETCHES_MAX - 1))
enum { SHARE_FROM, SHARE_TO, SHARE_SHARE, SHARE_SOURCE, SHARE_DATE, SHARE_FIELDS };
enum { OUTPUT_ESTABLISHMENT, OUTPUT_PRODUCT, OUTPUT_MEASURE, OUTPUT_QUANTITY, OUTPUT_FIELDS };

struct iip_field { const char *text; size_t length; };

/* The next line of a block: its fields, at most most of them; false at the end. *count is their number, most + 1 for more. */
bool iip_next_line(const char **block, struct iip_field *fields, int most, int *count);

/* What was known at a moment: what entries up to a stamp say, on the map of that day. */
struct iip_vintage {
        moment known;                  /* 0: now */
        stamp until;                   /* of the last entry that counts */
        day on;
};
struct iip_vintage iip_vintage(const struct work *, moment known); /* 0, or a moment to come: of today's map */

/* What an entry said counts where its stamp is not after the vintage's, and stood_until is: of what does the newest by (at, rank) stands. */
#define IIP_STANDS INT64_MAX
#define IIP_ALL (IIP_STANDS - 1)       /* the stamp up to which all entries count */

/* From when on entries that name a unit's code are about it: a province that others were merged into is another one, though it kept the code, and
 * what was said of that is not said of it. */
stamp iip_since(const struct catalogue *, const struct unit *);
/* The first of the units with that code and of that land: what was said of one of them is said of all. */
const struct unit *iip_origin(const struct catalogue *, const struct unit *);

/* The sets of weights of a unit for a series, oldest first, of entries up to a stamp, but for the newest so many of them. */
struct iip_weights *iip_weights_of(struct work *, enum iip_series, const struct unit *, stamp until, size_t without, size_t *count);

/* Shares of classes of VSIC 2018 that VSIC 2025 divides, as stated for a unit; of a class the newest statement stands. Of a class that was taken
 * back there are none. */
#define IIP_SHARES_MAX 1000 /* of an entry */
struct iip_share {
        const char *from, *to;         /* codes */
        int64_t share_ppm;             /* of what no product decides of the class */
        const char *source;
        day date;                      /* of the statement */
        int64_t entry;
};
struct iip_share *iip_shares_of(struct work *, enum iip_series, const char *unit, stamp since, stamp until, size_t *count);

/* ---- what several nodes said of one thing (own.c, record.c) ------------------------------------------------- */

enum iip_file { IIP_FILE_WEIGHTS, IIP_FILE_SAMPLE, IIP_FILE_OUTPUT, IIP_FILE_SHARES };

extern const struct figure_own iip_own, iip_records;

/* What an entry with output or a sample is about. */
struct iip_told {
        enum iip_file file;
        enum iip_series series;
        const struct unit *unit;
        int64_t unit_symbol;           /* of its code, as in the tables */
        period month;                  /* of output */
};

/* After an entry's lines are in iip_output or iip_sample: of all that is said about the same, until when each stands; conflicts are noted. */
bool iip_told_settle(struct work *, const struct iip_told *, const struct entry *);

/* A set of weights, or the shares of a class. */
struct iip_record {
        enum iip_file file;
        enum iip_series series;
        const struct unit *unit;       /* iip_origin of that it was stated of */
        period from;                   /* of weights */
        const char *class;             /* of shares */
};

/* After an entry's version is in iip_weights or iip_shares: until when each of that record stands; conflicts are noted. */
bool iip_record_settle(struct work *, const struct iip_record *);
/* Whether one of some entries stated it with that text: of shares the lines of the class. */
bool iip_record_is_brought(struct work *, const struct iip_record *, const char *text, const int64_t *entries, size_t count);
const char *iip_weights_text(struct work *, period base, period overlap, const char *lines);
/* Add the lines of one class of VSIC 2018 to a block. */
void iip_class_lines(struct work *, struct buf *block, const char *lines, const char *class);

/* Open conflicts about what the index of a unit rests on: its weights and shares, and the sample and the reports of the units in it. NULL and an error on failure. */
struct iip_doubt { const char *name, *title; };
struct iip_doubt *iip_doubts(struct work *, const struct unit *, enum iip_series, size_t *count);

/* Inside a job: write a decision about all sides of a contest: members of what one side said, and lines. */
bool iip_decide(struct work *, const struct contest_view *, const char *kind, size_t side, const char *const *members, struct buf *lines, const char *reason);

/* Write the member "seen" of an entry of a file about a unit: of output about a month. */
struct jsonw;
bool iip_sight(struct work *, struct jsonw *, enum iip_file, enum iip_series, const char *unit, period month);

/* ---- files (import.c) --------------------------------------------------------------------------------- */

/* From its name ("weights", "sample", "output", "shares"); false for another. */
bool iip_file_read(const char *name, enum iip_file *);

struct iip_import {
        enum iip_file file;
        enum iip_series series;
        const char *unit;              /* code of the unit it is about */
        const char *source;            /* shown with it */
        const char *reason;            /* why it is said so: shown where another node says otherwise; NULL */
        period from, base, overlap;    /* of weights */
        bool is_dry_run;
};

#define IIP_LISTED 1000
struct iip_problem { const char *sheet; int64_t row; const char *column, *reason; }; /* sheet: "" of a CSV file */
struct iip_result {
        int64_t rows, problem_count, entries;
        int64_t unreported;            /* rows of output without a quantity: nothing is reported of them */
        int64_t outside;               /* of weights: what stands where there is no product, in parts of LASPEYRES_WHOLE */
        struct iip_problem *problems;  /* the first IIP_LISTED */
};

/* Read a CSV or XLSX file and write it as entries, all rows or none. Not inside a job. False with ERR_INVALID where rows were
 * bad: the result lists them. */
bool iip_import(struct work *, const char *path, const struct iip_import *, struct iip_result *);

/* The columns of a file, the last without a name: either word heads them, the title in both languages. */
struct iip_column {
        const char *name, *title; /* title: what people call it, marked for translation */
        bool is_needed;
};
const struct iip_column *iip_columns(enum iip_file);
/* What people call a column; its name where it is none. */
const char *iip_column_title(enum iip_file, const char *name);

/* What was done, in a sentence. */
const char *iip_result_said(struct work *, const struct iip_result *, bool is_dry_run);

/* The result as JSON: rows, entries, unreported, outside_percent where there is any, imported, bad: each with sheet, row, column and reason. */
void iip_result_json(struct buf *, const struct iip_result *, bool is_written);

/* ---- the index (compute.c, table.c) ------------------------------------------------------------------------------ */

struct iip_product {
        const char *code, *name, *measure;
};

struct iip_maker { /* an establishment */
        const char *code, *name;
};

/* What may be published of a table, of which node in which month. */
struct iip_pattern {
        enum cell_state **state;       /* [segment][node]: in all months */
        unsigned char ***month;        /* [segment][month]: the state of each node in that month; NULL: that in all */
};

/* Of a product whose output is not known in all months of a base that its weights do not state. With a season its base is what those months make in the year
 * of it, by what is known; without one the mean of the months that are known, as if no month were unlike another. */
struct iip_part_base {
        int32_t known;                 /* months; 0: it is known in all, or stated */
        period season;                 /* a year of which it is known in all months: the nearest after the base, else before it; PERIOD_NONE */
};

/* All there is of the index of a unit, in the work's arena. Months are columns: column 0 is the month first. */
struct reader;
struct iip {
        const struct unit *unit;
        enum iip_series series;
        struct iip_vintage vintage;
        period first;
        int32_t months;                /* up to the newest with output */
        int32_t columns;               /* and some more, in which nothing is reported yet: room for the next ones, of which nothing is told */
        struct iip_weights *set;       /* one for each segment */
        struct iip_product *product;
        size_t product_count;
        struct iip_maker *maker;       /* by number of establishment */
        size_t maker_count;
        const struct unit **area;      /* by number of area: the unit itself, or the country's provinces */
        struct panel *panel;
        int64_t *output, *imputed;     /* of the unit, [product * columns + month] */
        int32_t *expected, *reported;  /* reports of establishments, the same order */
        struct weights *weights;       /* [segment] */
        struct iip_part_base **part_base; /* [segment][node] */
        const char *const **name;      /* [segment][node] */
        struct chain_segment *segment;
        size_t segments;
        struct suppress_rule rule;
        const struct iip_pattern *pattern; /* what may be published (confidential.c); NULL: not known */
        /* counted, never dropped in silence */
        int64_t outside;               /* reports of products without weights */
        int64_t not_asked;             /* reports of establishments outside the sample */
        int64_t other_measure;         /* reports in another unit of measure */
        int64_t split;                 /* lines of areas that lie in today's unit only in part */
        size_t turn;                   /* the first segment by VSIC 2025 after some by VSIC 2018; 0: there is none */
        struct iip_restating *restating; /* [segment] where there is a turn; else NULL */
        int64_t restated;              /* classes that were divided or joined since VSIC 2025, and go on restated; */
        int64_t begun;                 /* and those that begin with their weights, or mean something else: no product and no share tells */
        int64_t twice;                 /* an establishment asked by, or reported by, two units for a product in a month: once by the unit with
                                        * the lower code, and of two reports the newest counts */
        struct reader *reader;         /* what is needed to read more (compute.c); */
        struct arena *computed;        /* and where segments and restating are */
};

/* The version of the classification that weights from a month on are by: 2018 or 2025. */
int iip_version(period month);
period iip_first_by_2025(void);        /* the first month by the later one */
bool iip_version_read(const char *text, int *version); /* NULL and "": 0; false for what is none */

/* Classes of VSIC 2018 and those of 2025 that stand for them, where codes differ (data/correspondence). And the code under which a class stood
 * before; NULL: it was divided, or is new under that code. */
struct iip_pair { const char *from, *to; };
struct iip_pair *iip_pairs(struct work *, size_t *count);
const char *iip_goes_on_with(const struct iip_pair *, size_t count, const char *code);

/* The node of other weights that each node of these goes on with, by its code; -1: none. */
int32_t *iip_continued(struct arena *, const struct weights *now, const struct weights *before, const struct iip_pair *, size_t count);

/* ---- classes of the other version (restate.c) ---- */

/* A class of the other version out of what was measured under a segment's weights: a node of its index beyond the tree (laspeyres_add). */
struct iip_restated {
        const char *code;
        int32_t node;                  /* of the other tree */
        int32_t *made_of;              /* nodes of the segment's tree */
        size_t made_count;
        const struct iip_share **share; /* that were used; none: its products tell, or it is the sum of whole classes */
        size_t shares;
        int32_t target;                /* its number in moves */
};

struct iip_piece;
struct iip_restating {
        const struct weights *of;      /* the other tree: of the first weights by VSIC 2025 for segments before them, of the last by VSIC 2018 for others */
        const int32_t *map;            /* [node of the other tree] the node of the segment's index, in the tree or added; -1: none */
        const char **lacking;          /* [node of the other tree] the class of which no share is stated, where that is why it has none; NULL */
        struct iip_restated *list;     /* of the nodes added */
        size_t count;
        struct iip_piece *piece;       /* how it was moved */
        struct correspondence *move;
        size_t pieces, moves, targets;
};

/* Where x has a turn: add to each segment's index the classes of the other version, let classes go on with them over the turn, and count. */
void iip_restate(struct arena *, struct iip *x, const struct iip_pair *, size_t pairs, const struct iip_share *, size_t shares);

/* What a node of a segment's index is restated from; NULL: it stands in the tree. */
const struct iip_restated *iip_restated(const struct iip *, size_t segment, size_t node);

/* points[node] of a segment's tree; those of its restated classes, behind, become what is moved of them. They are 0 before. */
void iip_restate_points(struct arena *, const struct iip *, size_t segment, int64_t *points);

/* ---- what all tables of this work have in common (ground.c) ---- */

/* Begin: nothing is read yet. In the work's arena. NULL and an error without a catalogue. */
struct iip_ground;
struct iip_ground *iip_ground_open(struct work *, struct iip_vintage);
struct iip_vintage iip_ground_vintage(const struct iip_ground *);

/* The unit of the vintage's day in which that of a month (by the symbol of its code) lies wholly; NULL where it was divided, or there was none. */
const struct unit *iip_lies_in(struct work *, struct iip_ground *, int64_t unit, period month);

/* Months in which an establishment is asked for a product of a unit. What is told later adds to what was told before, in whatever files; what begins in
 * the same month takes the place of what began then, and takes it back where it ends before it begins. */
struct iip_stretch { period from, to; }; /* to: PERIOD_NONE for ever */
bool iip_stretch_is_none(const struct iip_stretch *);
/* Tell one more, among count in the order of their starts, with room for it; returns how many there are. */
size_t iip_stretch_tell(struct iip_stretch *, size_t count, struct iip_stretch told);
/* The months they have together, in stretches that neither overlap nor touch; returns how many. */
size_t iip_stretches_join(struct iip_stretch *, size_t count);

/* The whole sample of a series, in the order of units, establishments and products by their codes, and of months: one for each stretch. */
struct iip_asked {
        const char *unit, *establishment, *product, *name;
        int64_t unit_symbol, establishment_symbol, product_symbol;
        period from, to;               /* to: PERIOD_NONE for ever */
};
const struct iip_asked *iip_asked(struct work *, struct iip_ground *, enum iip_series, size_t *count);

/* The units that reported output, by the symbols of their codes. */
const int64_t *iip_reporting(struct work *, struct iip_ground *, enum iip_series, size_t *count);

/* The newest month of which output was reported; 0: none. */
period iip_newest(struct work *, struct iip_ground *, enum iip_series);

/* ---- what is kept for the next request (keep.c) ---- */

/* Run a function with other memory; all else is the work's. */
bool iip_run_apart(struct work *, struct arena *, work_function *, void *argument);

/* What is kept: made in memory of its own, the work's arena; where entries came since, brought up to date instead, if it can be. again: that is done, in
 * memory that goes afterwards; false where it is to be made from nothing, also with an error. beside: bytes it takes besides that memory. NULL: neither. */
struct iip_keeper {
        void *(*make)(struct work *, const void *argument);
        bool (*again)(struct work *, void *thing);
        size_t (*beside)(const void *thing);
};

/* What was made or brought up to date for the same words, vintage, entries of the family and map of the day, on the same catalogue. It stands
 * until the work's arena closes, and is not to be changed. Not inside a make. One is made at a time. NULL and an error: ERR_BUSY where
 * another takes long. */
const void *iip_keep(struct work *, const char *what, enum iip_series, struct iip_vintage, const struct iip_keeper *, const void *argument);

/* Bytes kept that nobody holds. From now on they are at most that many; IIP_FAMILY_MEMORY is usual, less a test aid. */
size_t iip_kept_idle(size_t most);

/* ---- all tables of a family (family.c) ---- */

/* Read and compute, or what was computed before of the same entries on the same map: it stands until the work's arena closes, and is
 * not to be changed. NULL and an error: ERR_MISSING where there are no weights or no output, ERR_BUSY as iip_keep. */
const struct iip *iip_make(struct work *, const struct unit *, enum iip_series, struct iip_vintage);

/* How often tables were computed from nothing, and brought up to date. */
struct iip_made { int64_t anew, again; };
struct iip_made iip_made(void);

/* Read and compute, of the ground's vintage, by the weights as they stood before the newest so many entries of them came, without what may be published: pattern is NULL.
 * NULL and an error as iip_make; ERR_INVALID where weights cannot be used. */
struct iip *iip_compute(struct work *, struct iip_ground *, const struct unit *, enum iip_series, size_t without);

/* Output of units in months that is other than it was when a table was computed: read again, and what rests on it computed anew, so that all is as if iip_compute had
 * read it; also of months newer than the table's, as far as it has columns. *changed: the first and the last month in which what establishments made is another, PERIOD_NONE: in none, and of which products. False, perhaps with an
 * error, where that cannot be, and the table is spoilt: for a base is another, other weights begin to stand, no column is left, two units report the same, or something is named that was not before. */
struct iip_reported { int64_t unit; period month; }; /* by the symbol of its code */
struct iip_changed { period first, last; const bool *is_of; /* [product] */ };
bool iip_compute_again(struct work *, struct iip_ground *, struct iip *, const struct iip_reported *, size_t count, struct iip_changed *changed);

/* What may not be published, of all tables of a family (confidential.c), which stay as they are; in the work's arena. */
struct iip_secrets;
struct iip_secrets *iip_secrets_make(struct work *, struct iip *const *tables, size_t count);
/* After what establishments made in some months became another (changed[table]), or tables have more months: all is as if iip_secrets_make had been asked for.
 * False where sets of weights are linked over other months than before. */
bool iip_secrets_again(struct iip_secrets *, const struct iip_changed *changed);
/* Of the table with that number. */
const struct iip_pattern *iip_secrets_of(const struct iip_secrets *, size_t table);
size_t iip_secrets_beside(const struct iip_secrets *);

/* Whether a node of a table (with its pattern) may be shown of a month for which its segment stands. */
enum cell_state iip_state(const struct iip *, size_t segment, size_t node, int32_t month);
/* Whether it may be shown of all months that do not wait for reports. */
bool iip_is_shown(const struct iip *, size_t segment, size_t node);
/* Whether the public may be told how much of the stated weight is not in the index of a segment: the weight of what few make is confidential, also of products that are left out. Each
 * of them counts as made by one, those for which the same establishment is asked by the same; what stands at classes without products is nobody's here. */
bool iip_is_outside_told(struct work *, const struct iip *, size_t segment);
/* Series of one family have one pattern; the first of them stands for it. */
enum iip_series iip_family(enum iip_series);

/* The column of a month; -1 outside. The month of a column. */
int32_t iip_column(const struct iip *, period month);
period iip_month(const struct iip *, int32_t column);

/* One line of the result. */
struct iip_row {
        int32_t node;                  /* of the index of the segment that stands for the month, in its tree or restated; -1: there is none, and nothing
                                        * but the name is known */
        const char *code, *name;
        int depth;                     /* 0: the whole */
        bool is_product;
        int64_t share;                 /* parts of LASPEYRES_WHOLE */
        bool has_level, has_points, is_estimated;
        bool is_beside_estimate;       /* a comparison of it sets a month side by side of which it was estimated */
        bool is_link;                  /* no node: what the parts of the row they stand below do not bring of its points, for the weights changed; its code
                                        * is "link:" and that row's */
        period begins;                 /* with the weights that stand from then; PERIOD_NONE: it goes back to the first */
        period base;                   /* 100 is its mean month: of the first base, or of that it begins with */
        bool is_unlinked;              /* it begins though the weights before have it: no month links them */
        period linked_over, linked_to; /* the month over which it is linked to the weights from linked_to, for it made nothing over the overlap; PERIOD_NONE */
        const char *lacking;           /* the class of which no share is stated, where it begins, or has no node, for that; NULL */
        const struct iip_restated *restated; /* the class it is restated as, or goes on with; NULL */
        size_t restated_in;            /* the segment of that */
        bool is_level_told;            /* what it goes on with is shown too */
        int64_t level;                 /* LASPEYRES_DECIMALS, first base = 100 */
        bool has[INDEX_COMPARISONS];
        int64_t percent[INDEX_COMPARISONS]; /* equal = 100, STATS_DECIMALS */
        int64_t points;                /* contribution to the comparison asked for */
        enum left_out left_out;
        enum cell_state state;         /* whether the public may see it, of this month */
        bool is_told[INDEX_COMPARISONS]; /* and of all months of a comparison; */
        bool are_points_told;          /* and, with those of the whole, of that asked for */
        int64_t imputed_ppm;           /* of a product: share of the month's output that was completed */
        struct iip_part_base part_base; /* of a product */
        int32_t expected, reported;    /* reports of the month: of its products */
};

struct iip_table {
        const struct iip *of;
        int32_t month;
        enum index_comparison comparison;
        struct iip_row *row;           /* in the order of the tree; below the parts of a row what they do not bring (is_link), if anything */
        size_t count;
        struct chain *chain;           /* of the segments up to the month's */
        size_t segment;
        size_t tree;                   /* the segment whose classes are shown: of the month, or the nearest by another version */
        int64_t **points;              /* [segment][node] of chain_contributions, restated classes behind; NULL: not known */
};

/* The result of a month, in the classes of a version of VSIC (2018, 2025; 0: that of the month's weights). NULL and an error; ERR_MISSING where
 * no weights are by that version. */
struct iip_table *iip_table(struct work *, const struct iip *, int32_t month, enum index_comparison, int version);

/* The number of a row's product; -1: it is none, or not measured under the weights of the month. */
int32_t iip_row_product(const struct iip_table *, size_t row);

/* The levels of a row in all months, and by what it is linked to each set of weights (chain_trace). Returns the segment it begins with. */
size_t iip_row_trace(struct work *, const struct iip_table *, size_t row, int64_t *level, struct chain_link *link);

/* Why a row moved: its makers, the largest contribution first. */
struct iip_cause {
        const struct iip_maker *maker;
        const struct unit *area;
        int64_t quantity, before;      /* over the months compared */
        bool is_imputed, has_points;
        int64_t points;
        const char *entry;             /* hash of the newest of its reports in the months compared; "" none */
};
struct iip_cause *iip_causes(struct work *, const struct iip_table *, size_t row, size_t *count);

/* The entries that a row rests on: its weights, and the reports of its products in the months of the comparison. */
struct iip_basis {
        const char *hash;              /* of the entry */
        const char *unit;              /* code of the unit it is about */
        period month;                  /* PERIOD_NONE: it is the weights */
};
struct iip_basis *iip_basis(struct work *, const struct iip_table *, size_t row, size_t *count);
/* The same of the months from .. to, and base_from .. base_to before them (base_from -1: none). */
struct iip_basis *iip_basis_over(struct work *, const struct iip_table *, size_t row, int32_t from, int32_t to, int32_t base_from, int32_t base_to, size_t *count);

/* ---- how a figure comes out (formula.c) ---- */

/* The steps by which a row's index and comparison are computed; ended by one without a text. */
struct iip_step {
        const char *text;              /* with numbers as people read them */
        const char *exact;             /* the same with all digits of what goes in and comes out */
        period link;                   /* it links to the weights from this month (link.c); PERIOD_NONE */
};
const struct iip_step *iip_formula(struct work *, const struct iip_table *, size_t row);

/* Weight x index of a row by the weights of its month, exactly; NULL where it is not known. */
const char *iip_weighted(struct work *, const struct iip_table *, size_t row);

/* A number with all its digits. */
const char *iip_exact(struct work *, int128 value, int decimals);

/* The hash of an entry, as text; "" where there is none. */
const char *iip_hash_of(struct work *, int64_t entry);

/* ---- pages (page.c, why.c) --------------------------------------------------------------------------------------- */

/* The result as a table in any format; is_full: also cells that must not be published. */
bool iip_write(struct work *, enum suffix, struct buf *, const struct iip_table *, bool is_full);

/* The address of why a node of the weights moved; its code may be any text. more: "" or further parts, from "&" on. */
const char *iip_why_address(struct work *, const char *suffix, const char *unit, enum iip_series, period month, const char *more, const char *node);

/* The unit of a vintage's day that is asked for (NULL: the node's), if the asker may see it. */
const struct unit *iip_unit(struct work *, const char *code, struct iip_vintage);
/* What was known when (NULL, "": now): "2021-12-31" or a moment. */
bool iip_ask_known(struct work *, const char *known, struct iip_vintage *);
/* After a failure: what is missing was missing then. False. */
bool iip_missing_then(struct work *, struct iip_vintage);
/* The month (NULL: the newest) and the comparison (NULL: yoy) asked for. */
bool iip_ask(struct work *, const struct iip *, const char *month, const char *compare, int32_t *column, enum index_comparison *);

/* The series asked for (NULL: production). */
bool iip_ask_series(struct work *, const char *name, enum iip_series *);

handler iip_page, iip_why_page, iip_import_page, iip_import_upload;
handler iip_form_page; /* form.c */

#endif
