/* about.h - what a table of figures is about, in one form for every file: the sheet "About" of a workbook, "about" in JSON, and the
 * description of a CSV file by CSVW (https://www.w3.org/TR/tabular-data-model/), which the file's Link header names.
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
        struct about_line *lines;
        size_t count;
};

/* What is known once the rows were read; zero where it is not. */
struct about_rows {
        const struct indicator **indicators; /* that occur; NULL: those asked for */
        size_t indicator_count;
        moment newest;         /* of the figures: when it became known */
};

/* Describe the answer to a query. address: path and query of the answer ("/tables?…"), told with the node's public address where there is
 * one; NULL for none. In the arena. */
const struct about *about_figures(struct work *, const char *title, const struct figure_query *, const struct about_rows *,
                                  const char *address);

/* Describe a table that answers no query for figures: as known at a moment (0: now), with further lines and the notes that stand in its other formats, each a
 * line "note". */
const struct about *about_table(struct work *, const char *title, moment known, const char *address, const struct about_line *lines, size_t count,
                                const char *const *notes);

/* One object: {"known": "2021-12-31", …, "indicators": [{"code": …}, …]}. */
void about_json(struct jsonw *, const struct about *);

/* The document of CSVW about the file at csv_address with these columns, as a whole reply of type application/csvm+json. */
struct column;
void about_csvw(struct work *, struct reply *, const struct about *, const char *csv_address, const struct column *, int count);

/* For the reply that is the CSV file: say where its description stands. */
void about_link(struct work *, struct reply *, const char *description_address);

#endif
