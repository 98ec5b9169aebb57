/* page.h - what the templates of receipts are given. */
#ifndef RECEIPT_PAGE_H
#define RECEIPT_PAGE_H

#include "areas/receipt/receipt.h"
#include "web/web.h"

struct receipt_view {
        const struct receipt *r;
        const char *qr;       /* finished SVG */
        const char *qr_says;  /* what the code holds */
        const char *file, *pdf, *json;
        const char *command;  /* how to check the file */
        const char *sign_in;  /* address; NULL where somebody is signed in */
        const char *css;      /* of the first notice */
        bool has_measures;
        bool is_public;
};

struct receipt_search_view {
        const char *typed, *error, *hint; /* error NULL: none */
};

/* What the QR code of a receipt holds: its public address where the node has one (setting public_url), else code and
 * hash. */
const char *receipt_qr_text(struct work *, const struct receipt *);

#endif
