/* about.h - what a table of figures is about, in one form for every file: the sheet "About" of a workbook, "about" in JSON, and the
 * description of a CSV file by CSVW (https://www.w3.org/TR/tabular-data-model/), which stands at the address of the file with the
 * suffix .csvm and which the file's Link header names.
 *
 * Says: title, publisher, address of the answer, what was asked, the day whose knowledge it is, the newest figure in it, terms of
 * use, how to read marks; and for each indicator its code, its names in both languages, the unit of measure, how it adds up, its
 * source and legal basis, and where it is defined. */
#ifndef REPORT_ABOUT_H
#define REPORT_ABOUT_H

#include "figure/figure.h"
#include "format/jsonw.h"
#include "web/web.h"

struct about_line {
        const char *name;  /* stable, for programs: "known"; the same name may come several times */
        const char *label; /* for people */
        const char *value;
        const char *indicator; /* its code, where the line is about one; else NULL */
        bool begins_part;
};

struct about {
        const char *title;
        const char *csv; /* address of the table as CSV, or the file's name; NULL: it has none */
        struct about_line *lines;
        size_t count;
        bool is_for_files; /* JSON, which is compared more than kept, does not say it */
};

/* What is known once the rows were read; zero where it is not. */
struct about_rows {
        const struct indicator **indicators; /* that occur; NULL: those asked for */
        size_t indicator_count;
        moment newest;         /* of the figures: when it became known */
};

/* Describe the answer to a query. address: path and query of the answer as they came ("/tables.csvm?…"): the file
 * that is described is the same in CSV; NULL for none. In the arena. */
struct about *about_figures(struct work *, const char *title, const struct figure_query *, const struct about_rows *,
                            const char *address);

/* Describe a table of statistics that answers no query for figures: as known at a moment (0: now), with further lines, whose labels are texts marked
 * N_; for files. is_open: whoever gets it may use it again. */
struct about *about_table(struct work *, const char *title, moment known, const char *address, const struct about_line *lines, size_t count,
                          bool is_open);

/* One object: {"known": "2021-12-31", …, "indicators": [{"code": …}, …]}. */
void about_json(struct jsonw *, const struct about *);

/* An address of ours (path and query) with another suffix: "csv". */
const char *about_in_format(struct work *, const char *address, const char *suffix);

/* The document of CSVW about the file about->csv with these columns, in the words of struct column; each note is a property "note". */
struct column;
void about_csvw(struct work *, struct buf *, const struct about *, const char *const *notes, const struct column *, int count);

#endif
