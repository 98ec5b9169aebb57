/* qr.h - a QR code: as SVG for pages, module by module for other drawings. */
#ifndef FORMAT_QR_H
#define FORMAT_QR_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

#define QR_QUIET 4 /* modules of white that must surround the code */

struct qr {
        int width;                    /* modules a side, without the quiet margin */
        const unsigned char *modules; /* row by row; 1 is dark */
};

/* The code of a text of at most 1,000 bytes; a seventh of it may be unreadable (level M). Lives as long as the arena.
 * NULL and an error on failure. */
struct qr *qr_make(struct arena *, const char *text, struct error *);

/* Write it as an SVG of size_px a side, quiet margin included, dark on white whatever the page's colours are. label
 * says what it is to those who do not see it. */
void qr_write_svg(struct buf *, const struct qr *, int size_px, const char *label);

#endif
