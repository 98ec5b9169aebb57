#include "base/hex.h"
#include "base/map.h"
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

/* ---- of many ------------------------------------------------------------------------------------------- */

struct entry_hashes {
        struct work *work;
        struct map *known; /* id -> text in the arena */
        int64_t last_id;
        const char *last;
};

struct entry_hashes *entry_hashes_open(struct work *w)
{
        struct entry_hashes *h = arena_alloc(w->arena, sizeof *h);

        h->work = w;
        h->known = map_in(w->arena);
        h->last = "";
        return h;
}

const char *entry_hash(struct entry_hashes *h, int64_t id)
{
        int64_t *known;

        if (id == h->last_id)
                return h->last;
        known = map_put(h->known, &id, sizeof id, NULL);
        if (known == NULL)
                arena_starve(h->work->arena);
        if (*known == 0) {
                char *hex = arena_alloc(h->work->arena, HASH_HEX);

                if (!ledger_hash_of(h->work, id, hex))
                        hex[0] = '\0';
                *known = (int64_t)(intptr_t)hex;
        }
        h->last_id = id;
        h->last = (const char *)(intptr_t)*known;
        return h->last;
}
