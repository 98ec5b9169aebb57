#include "base/hex.h"
#include "ledger/ledger_private.h"

bool ledger_hash_of(struct work *w, int64_t id, char hash[HASH_HEX])
{
        struct rows *r = db_query(w->db, "SELECT hash FROM ledger_entry WHERE id = $1", ARGS(v_int(id)));
        bool is_there = false;
        size_t length = 0;

        if (rows_next(r)) {
                const void *bytes = rows_bytes(r, 0, &length);

                is_there = bytes != NULL && length == HASH_BYTES;
                if (is_there)
                        hex_write(hash, bytes, HASH_BYTES);
        }
        rows_close(r);
        return is_there && work_ok(w);
}
