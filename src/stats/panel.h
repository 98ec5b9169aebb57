/* panel.h - what establishments report, month by month: checked, completed, added up by product. Pure.
 *
 * A panel holds one line for each establishment and product that is asked, in one area, for a stretch of months, and a
 * quantity for each month of it. A month is a column number; what calendar month column 0 is, its user knows. Quantities
 * are scaled integers in the unit of measure of the product; a unit is a number here, compared and never converted.
 *
 * Rules for what comes in (each has a fault and a sentence):
 *   reported twice            the second is refused, also where it says the same: corrections replace before they get here
 *   another unit of measure   refused; never converted in silence
 *   not asked, or not then    refused
 *   below zero, too large     refused (PANEL_QUANTITY_MAX)
 * An establishment that moves to another area has two lines, one up to the move and one from it: output counts where it
 * was produced, so the move is a fall here, a rise there and nothing in the country. A line that begins in the month after another of
 * the establishment and product goes on from it, also where that is not in the panel but what it reported is told (panel_goes_on_from). Two lines of one establishment and product in the same month are refused.
 *
 * Completing what is missing ("missing data are to be estimated using imputation … so the data matrix is complete", the
 * recommendation of the UN's International Recommendations for the Index of Industrial Production 2010, ST/ESA/STAT/SER.F/107,
 * chapter on index compilation). A line that was asked and has no report for month t gets
 *       q(t-1) x sum of q(t) / sum of q(t-1)
 * over the lines of the same product that reported both months: those of its area; where they produced nothing in t-1, or
 * there are none, those of the country; where that fails too, q(t-1) itself. A zero reported is a report. Nothing is
 * completed before the first report of a line (unfounded: counts as nothing), nor longer than lapse_months in a row (lapsed:
 * it counts as closed). To a line that goes on from another one, the months of that one are its own: q(t-1) of its first month is there,
 * and it is silent for as long as both are. Where no line of a product in an area reported and the country does not help, the output of the
 * product that month is unknown (OUTPUT_UNKNOWN), and the index takes the movement of its neighbours (laspeyres.h); so is that of a product
 * for which nobody is asked yet, or nobody has reported yet: what is unfounded counts as nothing beside what is known, and is nothing known by itself. After its last line has ended it is nothing: whoever made it has closed. An area of
 * which nobody reported in a month has no output of its own that month; the country counts its completed lines. Everything
 * completed is marked and counted.
 *
 * Nothing depends on the order in which lines or reports are given. Memory: 8 bytes a line and month, 16 more a month for each product
 * of an area that has lines. Completing reads each quantity once; output is then at hand. */
#ifndef STATS_PANEL_H
#define STATS_PANEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

#define PANEL_QUANTITY_MAX INT64_C(9000000000000000) /* a thousand of them fit into 64 bits */
#define OUTPUT_UNKNOWN INT64_MIN

enum panel_fault {
        PANEL_OK,
        PANEL_NOT_ASKED,  /* no such line in that month */
        PANEL_TWICE,      /* establishment, product and month have a report, or two lines */
        PANEL_UNIT,       /* another unit of measure than that of the product */
        PANEL_NEGATIVE,
        PANEL_TOO_LARGE,
        PANEL_MONTHS,     /* a line that ends before it begins, or lies outside the columns */
        PANEL_NO_SUCH,    /* an area or product outside the numbers given */
};
/* The sentence about a fault, marked for translation: lower case, no full stop, without names. */
const char *panel_fault_text(enum panel_fault);

/* Who is asked for what. Numbers of areas and products count from 0; those of establishments are free. */
struct panel_line {
        int32_t establishment, product, area;
        int32_t from, to;            /* first and last month asked, both counted */
};

/* What became of the lines of an area in a month. expected = reported + imputed + unfounded + lapsed once completed. */
struct panel_tally {
        int32_t expected, reported, imputed, unfounded, lapsed;
};

struct panel {
        int32_t months, areas, products;
        size_t count;
        const struct panel_line *line;     /* in order of area, product, establishment, month */
        int64_t *quantity;                 /* [line * months + month]; INT64_MIN: asked and not there; 0: not asked */
        struct panel_tally *tally;         /* [area * months + month]; area == areas: the country */
        struct panel_private *private;
};

/* A panel of lines, empty. unit[product] is the unit of measure of each product; line is copied. Lives as long as
 * the arena. NULL: *fault says what is wrong with line number *which. */
struct panel *panel_open(struct arena *, int32_t months, int32_t areas, int32_t products, const int32_t *unit,
                         const struct panel_line *line, size_t count, enum panel_fault *fault, size_t *which);

/* The line of an establishment and product in a month; -1 if it is not asked. */
int64_t panel_find(const struct panel *, int32_t establishment, int32_t product, int32_t month);

/* A line goes on from one that is not in the panel: what the establishment reported there last, and for how many months up to the line's first it did not
 * since; how the others moved there meanwhile is not known here. For lines that none in the panel goes before. */
void panel_goes_on_from(struct panel *, int64_t line, int64_t quantity, int32_t silent);

/* What is wrong with a report; PANEL_OK also where there is one already. */
enum panel_fault panel_check(const struct panel *, int64_t line, int32_t month, int64_t quantity, int32_t unit);

/* One report. */
enum panel_fault panel_put(struct panel *, int64_t line, int32_t month, int64_t quantity, int32_t unit);

/* Complete what is missing, once, after the last report. lapse_months: 12 is usual. */
void panel_complete(struct panel *, int32_t lapse_months);

/* Reports of one product after panel_complete, nothing wrong with them (panel_check): late, another quantity in place of one reported, or none in place of one
 * (PANEL_NO_REPORT). What rests on them, the missing quantities of the product in all areas, is completed anew, as if all had been so from the start. Returns
 * the first and the last month in which a quantity is another, or is reported where it was completed, or the other way round; last before first: none is. */
#define PANEL_NO_REPORT INT64_MIN
struct panel_report {
        int64_t line;
        int32_t month;
        int64_t quantity;
};
struct panel_months { int32_t first, last; };
struct panel_months panel_change(struct panel *, int32_t product, const struct panel_report *, size_t count);

/* What was reported, PANEL_NO_REPORT for nothing. The line is asked in that month. */
int64_t panel_reported(const struct panel *, int64_t line, int32_t month);

/* Whether a quantity was completed, not reported. */
bool panel_is_imputed(const struct panel *, size_t line, int32_t month);

/* Lines [*from, *to) of an area and product. */
void panel_group(const struct panel *, int32_t area, int32_t product, size_t *from, size_t *to);

/* Output of an area (areas: the country) by product and month: out[product * months + month], OUTPUT_UNKNOWN where it is
 * not known. imputed, if not NULL, gets how much of it was completed. A sum beyond 64 bits is refused (ERR_INVALID).
 * panel_complete comes first. */
bool panel_output(const struct panel *, int32_t area, int64_t *out, int64_t *imputed, struct error *);

/* The same of one product: out[month], imputed[month]. */
bool panel_output_product(const struct panel *, int32_t area, int32_t product, int64_t *out, int64_t *imputed, struct error *);

#endif
