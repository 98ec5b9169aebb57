#include <ctype.h>
#include <string.h>

#include "base/hex.h"
#include "form/form_private.h"
#include "ledger/read.h"

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

bool receipt_proves(const char *kind)
{
        return strcmp(kind, "report.send") == 0;
}

int64_t receipt_find(struct work *w, const char *typed)
{
        unsigned char hash[HASH_BYTES];
        char code[RECEIPT_CODE_MAX];
        struct rows *r;
        int64_t id = 0;
        bool is_one = true;

        if (hex_read(hash, sizeof hash, typed)) {
                struct entry *e = ledger_entry_by_hash(w, typed);

                if (e != NULL && receipt_proves(e->kind) && !ledger_is_set_aside(w, e->id))
                        id = e->id;
        } else if (receipt_code_read(typed, code)) {
                r = db_query(w->db, "SELECT entry FROM report_version WHERE receipt = $1", ARGS(v_text(code)));
                while (rows_next(r)) {
                        is_one = id == 0 || id == rows_int(r, 0);
                        id = rows_int(r, 0);
                }
                rows_close(r);
                if (!is_one) {
                        error_set(&w->err, ERR_CONFLICT, "several reports have the receipt code %s", code);
                        error_hint(&w->err, "give the entry's hash instead: 64 digits, printed below the code");
                }
        } else {
                error_set(&w->err, ERR_MISSING, "\"%s\" is no receipt code", typed);
                error_hint(&w->err, "a code has ten letters and digits, such as 7QW2M-0KXTA");
        }
        if (work_ok(w) && id == 0)
                error_set(&w->err, ERR_MISSING, "no report with the receipt \"%s\" is known here", typed);
        return work_ok(w) ? id : 0;
}
