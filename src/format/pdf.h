/* pdf.h - official documents as PDF: A4, Liberation Serif embedded, text that flows from the top down.
 *
 * Margins and the number of a page (centred at its top, from the second on) follow Decree 30/2020. Whatever goes in is a
 * row: one cell is a paragraph, two are the heading, several with borders are a line of a table. A row that does not fit
 * begins a new page; one higher than a page runs over as many as its lines take. The same calls with the same moment give the same bytes.
 * The first error stays and makes the rest do nothing.
 *
 * The libraries that draw end their process where they get no memory, so it is another one: pdf_close starts this program once more
 * (pdf_process), with limits on its time, its memory and its file. Whatever becomes of that, here it is the error of one document.
 * Others of them go on without what they asked for: so it is drawn twice, and a document is only what came out the same. */
#ifndef FORMAT_PDF_H
#define FORMAT_PDF_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/day.h"
#include "base/error.h"
#include "format/qr.h"

struct pdf;

enum pdf_align { PDF_LEFT, PDF_CENTER, PDF_RIGHT, PDF_BODY }; /* PDF_BODY: even on both sides, the first line 1.27 cm in */
enum pdf_face { PDF_PLAIN = 0, PDF_BOLD = 1, PDF_ITALIC = 2, PDF_CAPITALS = 4 }; /* may be added up */

struct pdf_cell {
        const char *text;     /* UTF-8; a line feed begins a new line */
        int share;            /* of the row's width, in parts of the sum of shares */
        enum pdf_align align;
        unsigned face;
        double size;          /* points */
        double rest_size;     /* of the lines after the first line feed; 0 the same */
        double rule;          /* length in points of a line below the text, centred; 0 none */
};

enum { PDF_BORDERS = 1 };     /* lines around the cells */

/* Begin a document; the file's bytes go to out when it is finished. What is kept outside memory goes with the arena. */
struct pdf *pdf_open(struct arena *, struct buf *out, const char *title, const char *author, moment made, struct error *);

/* One row of cells side by side across the page; the highest decides where the next row begins. */
void pdf_row(struct pdf *, const struct pdf_cell *, int count, unsigned flags);

/* From now on this row also stands at the top of every new page (the head of a table), unless it is higher than half a
 * page; count 0: no more. The cells are copied, their texts are not. */
void pdf_repeat(struct pdf *, const struct pdf_cell *, int count, unsigned flags);

/* White space, in points; none at the top of a page. */
void pdf_space(struct pdf *, double points);

/* What follows stays together for so many points: on a new page where this one has not that much left. */
void pdf_need(struct pdf *, double points);

/* What follows begins a document of its own on a new page, numbered from its own first page; nothing at the top of a page. */
void pdf_apart(struct pdf *);

/* A QR code at the left, so many points a side, with the cell's text to its right. */
void pdf_qr(struct pdf *, const struct qr *, double side, const struct pdf_cell *beside);

/* Draw it. False: nothing usable was written; the error says why (ERR_ENVIRONMENT also where the typeface is missing). */
bool pdf_close(struct pdf *);

/* For main, before anything else: where this process was started to draw a document it does so and ends. */
void pdf_process(int argc, char **argv);

#endif
