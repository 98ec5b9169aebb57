/* receipt.h - codes of entries: what stands on a receipt, and the entry that is meant by one. */
#ifndef LEDGER_RECEIPT_H
#define LEDGER_RECEIPT_H

#include "ledger/entry.h"

/* The first 50 bits of an entry's hash in Crockford's base 32, "7QW2M-0KXTA". */
#define RECEIPT_CODE_MAX 12 /* bytes with NUL */
void receipt_code(const unsigned char hash[HASH_BYTES], char out[RECEIPT_CODE_MAX]);

/* A code as people type it: lower case, without hyphen, O for 0, I and L for 1. False for what is none. */
bool receipt_code_read(const char *typed, char out[RECEIPT_CODE_MAX]);

/* An entry that was written again under a new key after its stream had forked or the clock had been ahead (rotate.c): what it was before. */
struct rewritten_entry {
        unsigned char hash[HASH_BYTES];
        stamp at;
};

/* The entry (id) that is meant by a code, or by the hash in hex of an entry; of an entry that was written again, by the code or hash it had before: what
 * took its place. Only kinds that prove themselves so; entries that wait or were refused are found, too (ledger_why_aside), those that are not yet placed
 * are not. 0 and an error: no code, none known, several. */
int64_t receipt_find(struct work *, const char *typed, bool (*proves)(const char *kind));

/* What an entry was before it was written again, the newest of several. False (no error): it stands as it was first written. */
bool receipt_former(struct work *, int64_t id, struct rewritten_entry *);

#endif
