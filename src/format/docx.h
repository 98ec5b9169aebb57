/* docx.h - official documents as DOCX, to be corrected by hand: the rows of pdf.h, A4, Times New Roman, margins of Decree 30/2020.
 *
 * One cell is a paragraph, several are a table without lines or (PDF_BORDERS) with them; rows with lines that follow each other, of as many
 * cells, are one table. The same calls with the same moment give the same bytes. The first error stays and makes the rest do nothing. */
#ifndef FORMAT_DOCX_H
#define FORMAT_DOCX_H

#include "format/pdf.h"

struct docx;

/* Begin a document; the file's bytes go to out with docx_close. Foreign memory is freed with the arena. */
struct docx *docx_open(struct arena *, struct buf *out, const char *title, const char *author, moment made, struct error *);

/* As pdf_row and pdf_space. */
void docx_row(struct docx *, const struct pdf_cell *, int count, unsigned flags);
void docx_space(struct docx *, double points);

/* Finish. False: nothing usable was written; the error says why. */
bool docx_close(struct docx *);

#endif
