/* receipt.h - what a receipt says, made from the signed entry alone, and the ways to show it. */
#ifndef RECEIPT_RECEIPT_H
#define RECEIPT_RECEIPT_H

#include "areas/filed.h"

/* What a verified proof says. catalogue may be NULL: codes stand for names. NULL and ERR_INVALID where entries of its kind get no
 * receipts or cannot be read, ERR_DAMAGED where the proof's name is not its code. Lives as long as the arena. */
struct receipt *receipt_of(struct arena *, enum language, const struct catalogue *, const struct proof *, struct error *);

/* From a node: the file of the receipt with that code or hash (bytes into file), what it says, and whether the asker may read what was filed: where not, the
 * error that says why stands in the work, for the caller to show or clear. NULL and an error: there is none. */
struct receipt *receipt_load(struct work *, const char *typed, struct buf *file, bool *may_read);

/* Reports that were sent (report.c). */
extern const struct receipt_kind report_receipts[];

/* As lines for a terminal; as a JSON object (is_public: what the public sees). */
void receipt_write_text(struct arena *, const struct receipt *, enum language, struct buf *out);
void receipt_write_json(const struct receipt *, bool is_public, struct buf *out);

#endif
