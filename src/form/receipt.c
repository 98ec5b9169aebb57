#include "form/form_private.h"

/* Crockford's alphabet: no I, L, O, U, so that nothing is misread over the telephone. */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void receipt_code(const unsigned char hash[HASH_BYTES], char out[RECEIPT_CODE_MAX])
{
        uint64_t bits = 0;
        int length = 0;

        for (int i = 0; i < 7; i++)
                bits = bits << 8 | hash[i];
        for (int i = 0; i < 10; i++) { /* the first 50 of 56 bits */
                if (i == 5)
                        out[length++] = '-';
                out[length++] = alphabet[bits >> (51 - 5 * i) & 31];
        }
        out[length] = '\0';
}
