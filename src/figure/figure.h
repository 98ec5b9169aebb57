/* figure.h - the numbers: indicator x unit x period x item x partner, on two time axes.
 *
 * A figure is a scaled integer (its indicator's decimals). The table only grows: each version has the moment from which
 * it was known; what holds at a moment is the newest version known by then, so any table ever printed
 * can be printed again. What one node gives from one source for the same moment again is a correction: it stands from when it was written, not
 * before (fold.h). Where several nodes wrote one cell, fold.h says which stands, and contest.h what waits for a decision.
 * Totals over the units below are kept in the same transaction. */
#ifndef FIGURE_FIGURE_H
#define FIGURE_FIGURE_H

#include "base/decimal.h"
#include "base/map.h"
#include "catalogue/catalogue.h"
#include "ledger/entry.h"
#include "ledger/trust.h"

enum figure_status { STATUS_DRAFT = 1, STATUS_SUBMITTED = 2, STATUS_APPROVED = 3, STATUS_PUBLISHED = 4 };

/* How firm the number is (domain/02 section 2). */
enum figure_mark { MARK_NONE, MARK_ESTIMATE, MARK_PRELIMINARY, MARK_OFFICIAL, MARK_REVISED };

const char *figure_status_name(enum figure_status); /* "published" */
/* From the stable name; false for an unknown one. */
bool figure_status_read(const char *, enum figure_status *);
const char *figure_mark_name(enum figure_mark);     /* "estimate" */
/* From the stable name; false for an unknown one. */
bool figure_mark_read(const char *, enum figure_mark *);

/* One figure about to be reported. Pointers into the catalogue. */
struct figure {
        const struct indicator *indicator;
        const struct unit *unit;
        period period;
        const char *item;      /* code; "" for the whole (the root is stored as "") */
        const char *partner;   /* code or "" */
        int64_t value;         /* scaled by indicator->decimals */
        enum figure_status status;
        enum figure_mark mark;
        moment known_from;     /* 0: the moment of the entry */
};

/* The block of figures inside an entry's body: one text, a line per figure
 *   indicator,unit-code,period,item,partner,value[,status,mark,known_from]
 * where "=" for one of the first three stands for that of the line before (item and partner may be empty), value is
 * a plain decimal, and the last three default to those of the body. */
struct figure_writer; /* collects figures into entries of at most FIGURES_PER_ENTRY */
#define FIGURES_PER_ENTRY 5000

/* Whether a text may say where figures come from: not too long, nor with characters that cannot be seen. ERR_TOO_BIG, ERR_INVALID. */
#define FIGURE_SOURCE_MOST 400 /* bytes */
bool figures_source_check(struct work *, const char *source);

/* Inside a job: begin a report of figures. source says where they come from (a file's name, a
 * publisher), shown on every figure. There is an entry for each audience: * for what the ministry's node has published, else the unit
 * that a figure is about. */
struct figure_writer *figures_open(struct work *, const char *subject, const char *source);
bool figures_add(struct figure_writer *, const struct figure *);
/* Append what is left. *count gets all figures written. */
bool figures_close(struct figure_writer *, int64_t *count);

/* Whom an unpublished figure about a unit is for: the unit's code, or where another unit has that by now, that of the unit it went into (the
 * node's own where there are several). Lives as long as the catalogue, or the node. */
const char *figure_audience(struct work *, const struct catalogue *, const struct unit *);

/* Of figures that say since when they are known: has tells whether this node has recorded a value as known from the very same moment from
 * this source, values gives the last one. What is written so once more corrects it, from then on. */
#define FIGURES_RECORDED_MOST 512 /* asked of at once */
bool figures_recorded(struct work *, const struct figure *, size_t count, const char *source, int64_t *values, bool *has);

/* How many figures, of all versions, are placed at a unit. Reads what its province has. */
int64_t figures_of_unit(struct work *, const struct unit *);

/* What this node has seen of other nodes' figures, and in what it counts items that have a unit of measure of their own: the members "seen" and
 * "measures" of every entry that brings figures (docs/exchange.md). Inside a job: open, add each figure of the entry, write the members into its
 * body. Reset before the next entry. */
struct figures_sight;
struct jsonw;
struct figures_sight *figures_sight_open(struct work *);
void figures_sight_reset(struct figures_sight *);
bool figures_sight_add(struct figures_sight *, const struct figure *);
/* A stream that holds what an area keeps of its own about the same (figure/own.h). */
void figures_sight_stream(struct figures_sight *, const char *stream);
bool figures_sight_write(struct figures_sight *, struct jsonw *);

/* Write and read the same block for other modules' entries (a sent report). */
void figures_block_add(struct buf *block, const struct catalogue *, const struct figure *);
/* Apply a block: called by the apply functions of kinds that carry one. defaults fills what lines leave out; it has a status. */
enum applied figures_apply_block(struct work *, const struct entry *, const char *block, size_t length,
                                 const struct figure *defaults, struct error *why);
/* Whether what an entry of another module's kind brought is approved (defaults: as for figures_apply_block): it has that status, or again the one it was brought with, submitted
 * where that was approved. So has what decisions brought that chose it, or chose one of these, but for those that everybody reads. A later fold step. Where it could
 * not be placed (an indicator is not known yet), nothing changes. */
bool figures_approve(struct work *, const struct entry *, const char *block, size_t length, const struct figure *defaults, bool is_approved);

/* For kinds of other modules that settle a conflict (their names end in ".settle"): checks the decision and applies what it
 * brings. */
enum applied figures_apply_settle(struct work *, const struct entry *, struct error *why);

/* Whether a node that speaks for writer_unit may, on a day, report figures about a unit: its own, those below, and
 * units of older maps whose territory lies inside its own that day. A unit that is no more reports for its time. */
bool figure_may_report(const struct catalogue *, const char *writer_unit, day, const struct unit *);
/* The same for what a node writes at a moment: about the unit that it has (struct tenure) and the territory of those whose nodes it has taken
 * over, and not about those it has given back. Where it may not, why says so. */
bool figure_writer_may(struct work *, const struct catalogue *, const struct peer *writer, stamp at, const struct unit *, struct error *why);

extern const struct entry_kind figure_kinds[];
/* For ledger_schema: figures in bulk are read to their last line before any table is touched. */
bool figure_decides_first(const char *kind);
/* For ledger_schema: figures of many entries are placed in one go. Kinds of other modules that only bring figures by
 * figures_apply_block, and cannot be refused after it, may put off as figure_puts_off's do. */
extern const struct deferral figure_deferral;
bool figure_puts_off(const char *kind);
extern const struct derived_table figure_tables[];

/* ---- reading -------------------------------------------------------------------------------- */

enum compare { COMPARE_NONE, COMPARE_YOY, COMPARE_MOM, COMPARE_YTD, COMPARE_YTD_YOY, COMPARE_SHARE, COMPARE_CONTRIBUTION };
/* From the name used in addresses ("yoy"); false for an unknown one. */
bool compare_read(const char *, enum compare *);

enum boundary { BOUNDARY_THEN, BOUNDARY_NOW, BOUNDARY_DATE };

/* Whether changes of an indicator are differences in points (indices, rates) and not growth in percent. */
bool figure_changes_in_points(const struct indicator *);

/* What is asked for; the filters of GET /figures (contract.md). */
struct figure_query {
        const struct indicator **indicators; size_t indicator_count; /* none: all */
        const char **units; size_t unit_count; /* "42", "25@2021-12-31"; none: all */
        bool with_children;
        period from, to;           /* PERIOD_NONE: open; same frequency when both are given */
        bool takes_finer;          /* where an indicator has no year (half, quarter) of that span, its finer periods of it */
        const char **items; size_t item_count;   /* none: all; the root or "" is the whole */
        const char **partners; size_t partner_count;
        enum boundary boundary; day boundary_day;
        moment known;              /* 0: now */
        bool all_versions;         /* every version, not only the one known */
        enum compare compare;
        enum figure_status status; /* 0: all the reader may see */
        bool only_published;       /* the reader is the public */
        bool marks_contests;       /* say of each row whether it is contested */
        int64_t limit;             /* 0: all (exports are whole) */
        const char *after;         /* key of the last row of the page before, or NULL */
};

/* The unit that the query names as its i-th, on the map of a day; NULL: there is none then. Those right below it (of one that is not on that map: as it began)
 * go into below, where the query asks for them; *count of them, at most room. */
const struct unit *figure_query_unit(const struct catalogue *, const struct figure_query *, size_t i, day on, const struct unit **below, size_t room, size_t *count);

/* One row of the answer. Lives until the visitor returns. */
struct figure_row {
        const struct indicator *indicator;
        const struct unit *unit;
        period period;
        const char *item, *partner; /* item: the root's code for the whole where there is a classification */
        bool has_value;
        int64_t value;
        const char *unit_of_measure; /* in the reader's language */
        enum figure_status status;
        enum figure_mark mark;
        moment known_from;
        int64_t entry;              /* id; 0 for a computed row */
        moment corrects;            /* all_versions: what it corrects was recorded as known from then; 0: it corrects nothing */
        bool has_base, has_change;
        int64_t base_value, change; /* base: the figure compared with, same scale; change: percent or
                                     * percentage points, FIGURE_CHANGE_DECIMALS */
        int64_t printed;            /* the change as it is printed: of contributions with FIGURE_POINTS_SHOWN decimals, so that of parts that make up what
                                     * they are parts of they make up what is printed of its points; else the change */
        bool is_of_before;          /* written before the act by which the unit came about was recorded here, under a code that goes on: it is of the
                                     * unit before, and compared with nothing; the note says so. Of a total: one of the figures in it is */
        bool is_contested;          /* marks_contests: a conflict about it is open (contest.h); for now's figures, and those who may read */
        int total_of, total_expected; /* computed totals: units counted, of units expected; 0,0 for reported figures */
        int total_contested;        /* computed totals, marks_contests: figures in it about which a conflict is open */
        int total_of_before;        /* computed totals: figures in it that are of the unit before */
        const char *note;           /* why a value is empty, or how it came about; NULL */
        const char *key;            /* for `after` */
};
#define FIGURE_CHANGE_DECIMALS 6
#define FIGURE_POINTS_SHOWN 2 /* decimals of contributions for people */

/* Read the query in order of (indicator, period, unit, item, partner). visit returns false to stop. Streams: memory
 * does not grow with the rows. */
typedef bool figure_visit(struct work *, const struct figure_row *, void *context);
bool figures_read(struct work *, const struct figure_query *, figure_visit *, void *context);

/* The newest period of a frequency, up to that of today, of which figures_read has a value that the reader may see, for an indicator of the country (of its
 * provinces); a total of only some of its units counts where there is nothing else. PERIOD_NONE: there is none. */
period figures_newest(struct work *, const struct indicator *, bool of_provinces, const char *item, enum frequency);

/* All periods of which anybody's value of an indicator was known at a moment (0: now), newest first within a frequency, at most room of them: of what is
 * published, or of all that counts. How many there are. */
size_t figures_periods(struct work *, const struct indicator *, bool only_published, moment known, period *periods, size_t room);

/* Corrections of one series (a query for one indicator, unit, item and partner) that never stood, since a version known later had taken the place of what
 * they correct: in order of period and of when they were written. */
struct figure_correction {
        period period;
        int64_t value;
        enum figure_status status;
        enum figure_mark mark;
        moment corrects, written;   /* recorded as known from; the moment of its entry */
        int64_t entry;
};
struct figure_correction *figures_passed_over(struct work *, const struct figure_query *, size_t *count);

/* Who may see what is not yet published: those whose unit holds all that is asked for; for others the query is limited to what
 * is published. Before figures_read, wherever people or programs ask. */
void figures_limit_to_reader(struct work *, struct figure_query *);

/* Where the catalogue of the moment that a work asks about places differently (catalogue_places_alike): whether no figure that was known then is concerned,
 * since nothing but units was defined otherwise, and of those none has such a figure. Then tables of figures are told from the tables of now. */
bool figures_stay_placed(struct work *);

/* The last period that ends in [from, to] of which there are figures of an indicator for an item; PERIOD_NONE: there are none. */
period figures_held(struct work *, const char *indicator, const char *item, day from, day to);

/* One figure, known at a moment (0: now), for a reader who may see only what is published or all that counts (figures_limit_to_reader). False and no
 * error: there is none. */
bool figure_get(struct work *, const struct indicator *, const struct unit *, period, const char *item,
                const char *partner, bool only_published, moment known, struct figure_row *);

#endif
