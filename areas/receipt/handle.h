/* handle.h - the ways a receipt goes out over the web. */
#ifndef RECEIPT_HANDLE_H
#define RECEIPT_HANDLE_H

#include "areas/receipt/receipt.h"
#include "web/web.h"

/* The page of a receipt; is_public: only what everybody may know. */
bool receipt_reply_page(struct work *, const struct request *, struct reply *, const struct receipt *, bool is_public);

/* The receipt as a document to print. */
bool receipt_reply_pdf(struct work *, struct reply *, const struct receipt *);

/* GET /receipts: the field for a code, leading to its page. */
handler receipt_search;

#endif
