/* symbol.h - short numbers for long names, so that figures are rows of integers.
 *
 * A symbol is given once per (kind, text) and never changes on a node; numbers differ between nodes,
 * so they never leave it. Kinds: 'u' unit ("42@2004-01-01"), 'i' indicator, 't' item or partner, 'n' node (its key). */
#ifndef LEDGER_SYMBOL_H
#define LEDGER_SYMBOL_H

#include "work/work.h"

#define SYMBOL_TEXT_MAX 200 /* bytes of a text */

/* The number of a text, made if new (only inside a job). 0 stands for the empty text. -1 and an error
 * on failure. */
int64_t symbol_make(struct work *, char kind, const char *text, size_t length);

/* The number of a text, or -1 (no error) where it was never used. */
int64_t symbol_find(struct work *, char kind, const char *text);

/* The text of a number; "" for 0. Lives as long as the node. NULL and an error for an unknown number. */
const char *symbol_text(struct work *, int64_t number);

#endif
