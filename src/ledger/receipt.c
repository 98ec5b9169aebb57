#include "ledger/receipt.h"

#include <ctype.h>
#include <string.h>

#include "base/hex.h"
#include "ledger/ledger_private.h"

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

#define CODE_SIGNS 10

bool receipt_code_read(const char *typed, char out[RECEIPT_CODE_MAX])
{
        int signs = 0, length = 0;

        for (; *typed != '\0'; typed++) {
                char c = (char)toupper((unsigned char)*typed);

                if (c == '-' || c == ' ')
                        continue;
                c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
                if (strchr(alphabet, c) == NULL || signs == CODE_SIGNS)
                        return false;
                if (signs++ == CODE_SIGNS / 2)
                        out[length++] = '-';
                out[length++] = c;
        }
        out[length] = '\0';
        return signs == CODE_SIGNS;
}

/* ---- which entry is meant ------------------------------------------------------------------------------- */

/* The least and the greatest hash with a code. */
static void code_range(const char *code, unsigned char low[HASH_BYTES], unsigned char high[HASH_BYTES])
{
        uint64_t bits = 0;

        for (; *code != '\0'; code++)
                if (*code != '-')
                        bits = bits << 5 | (uint64_t)(strchr(alphabet, *code) - alphabet);
        memset(low, 0, HASH_BYTES);
        memset(high, 0xff, HASH_BYTES);
        bits <<= 6; /* 50 of 56 bits */
        for (int i = 0; i < 7; i++)
                low[i] = high[i] = (unsigned char)(bits >> (48 - 8 * i));
        high[6] |= 63;
}

static bool read_typed(struct work *w, const char *typed, unsigned char low[HASH_BYTES], unsigned char high[HASH_BYTES])
{
        char code[RECEIPT_CODE_MAX];

        if (hex_read(low, HASH_BYTES, typed)) {
                memcpy(high, low, HASH_BYTES);
        } else if (receipt_code_read(typed, code)) {
                code_range(code, low, high);
        } else {
                error_set(&w->err, ERR_MISSING, "\"%s\" is no receipt code", typed);
                return error_hint(&w->err, "a code has ten letters and digits, such as 7QW2M-0KXTA");
        }
        return true;
}

/* How many entries are found, of kinds that prove; *id the last of them. */
static int take(struct work *w, struct rows *r, bool (*proves)(const char *kind), int64_t *id)
{
        int count = 0;

        while (rows_next(r))
                if (proves(rows_text(r, 2)) && entry_is_placed(w, rows_text(r, 4), rows_int(r, 3), rows_text(r, 2), rows_int(r, 5))) {
                        *id = rows_int(r, 0);
                        count++;
                }
        rows_close(r);
        return count;
}

int64_t receipt_find(struct work *w, const char *typed, bool (*proves)(const char *kind))
{
        unsigned char low[HASH_BYTES], high[HASH_BYTES];
        int64_t id = 0;
        int count;

        if (!read_typed(w, typed, low, high))
                return 0;
        count = take(w, db_query(w->db, "SELECT " ENTRY_WITH_PLACE " WHERE e.hash >= $1 AND e.hash <= $2", ARGS(v_bytes(low, HASH_BYTES), v_bytes(high, HASH_BYTES))),
                     proves, &id);
        if (count == 0)
                count = take(w, db_query(w->db, "SELECT " ENTRY_WITH_PLACE " JOIN ledger_rewritten a ON a.entry = e.id WHERE a.hash >= $1 AND a.hash <= $2",
                                         ARGS(v_bytes(low, HASH_BYTES), v_bytes(high, HASH_BYTES))), proves, &id);
        if (count == 1 || !work_ok(w))
                return work_ok(w) ? id : 0;
        if (count > 1) {
                error_set(&w->err, ERR_CONFLICT, "several submissions have the receipt code %s", typed);
                error_hint(&w->err, "give the entry's hash instead: 64 digits, printed below the code");
        } else {
                error_set(&w->err, ERR_MISSING, "no submission with the receipt \"%s\" is known here", typed);
                error_hint(&w->err, "compare it with the paper; what another node of this territory holds comes with the next exchange; what a copy of a node wrote is known by its code at that node alone");
        }
        return 0;
}

bool receipt_former(struct work *w, int64_t id, struct rewritten_entry *former)
{
        struct rows *r = db_query(w->db, "SELECT hash, at FROM ledger_rewritten WHERE entry = $1 ORDER BY at DESC LIMIT 1", ARGS(v_int(id)));
        bool is_there = rows_next(r);
        size_t length;

        if (is_there) {
                memcpy(former->hash, rows_bytes(r, 0, &length), HASH_BYTES);
                former->at = rows_int(r, 1);
        }
        rows_close(r);
        return is_there && work_ok(w);
}
