/* pdf_private.h - a document on its way to the process that draws it: pdf.c tells the steps, pdf_draw.c takes them; for these two alone.
 *
 * Both are the same program, so numbers and structs travel as they lie in memory. First struct pdf_start, its title, its author; then steps,
 * the last of them STEP_END. A text is its bytes and a NUL. */
#ifndef FORMAT_PDF_PRIVATE_H
#define FORMAT_PDF_PRIVATE_H

#include "format/pdf.h"

#define PDF_CELLS_MAX 12

/* What the drawing process may take, each time; a thousand pages take two seconds and 60 MiB. */
#define PDF_SECONDS 30
#define PDF_MEMORY_MIB 1024
#define PDF_FILE_MIB 256

/* How that process ends: with the document in its output, or with a struct error there. */
enum { PDF_DRAWN = 0, PDF_REFUSED = 1 };

struct pdf_start {
        enum language language; /* of errors */
        moment made;
};

enum pdf_kind { STEP_ROW, STEP_REPEAT, STEP_SPACE, STEP_NEED, STEP_APART, STEP_QR, STEP_END };

struct pdf_step {
        enum pdf_kind kind;
        int count;      /* of cells that follow: each a struct pdf_cell whose text comes right behind it; STEP_QR: one, then the modules */
        unsigned flags; /* STEP_QR: modules a side */
        double points;
};

/* Draw what the file tells into the other. Returns how the process ends. */
int pdf_draw(int from, int to);

#endif
