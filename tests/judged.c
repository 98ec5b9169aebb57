#include "tests/judged.h"

#include "ledger/ledger_private.h"
#include "tests/support.h"

/* Whether what trust.c says of a key at a moment is what judge.c must have seen, too: it has been spoken of before, or is of this node;
 * or what is said of it later is by the same node's word as all that judge.c asks; or by none that it asks (*stand NULL). */
static bool is_settled(struct work *w, const char *key, stamp at, struct peer **stand)
{
        const struct entry e = { .node = key, .at = at };
        int64_t most = db_number(w->db, "SELECT MAX(counts) FROM trust_event WHERE key = $1", ARGS(v_text(key)), 0), first;

        *stand = trust_writer(w, &e);
        if (node_is_own(w->node, key) || db_number(w->db, "SELECT COUNT(*) FROM trust_event WHERE key = $1 AND counts > 0 AND at < $2",
                                                   ARGS(v_text(key), v_int(at)), 0) > 0)
                return true;
        first = db_number(w->db, "SELECT counts FROM trust_event WHERE key = $1 AND counts > 0 ORDER BY at, node DESC, hash DESC, part DESC LIMIT 1",
                          ARGS(v_text(key)), 0);
        if (most < BY_COUNTRY)
                *stand = NULL;
        return most < BY_COUNTRY || first == BY_SELF || (first == BY_COUNTRY && most == BY_COUNTRY && strcmp((*stand)->unit, "VN") != 0);
}

static bool is_theirs(struct work *w, const struct peer *writer, const char *unit, stamp at)
{
        const struct ledger_schema *schema = node_schema(w->node);
        day on = day_of_moment(stamp_moment(at));
        const char *const *taken = trust_taken_over(w, writer->unit, at);
        bool is_below = schema->is_within != NULL && schema->is_within(w, unit, writer->unit, writer->tenure, on);

        for (size_t i = 0; taken != NULL && taken[i] != NULL; i++)
                is_below = is_below || (schema->is_within != NULL && schema->is_within(w, unit, taken[i], TENURE_ANY, on));
        return strcmp(unit, "VN") != 0 && (is_below || trust_stands_for(w, writer->unit, unit, at));
}

/* Whether the last that its writer says of the key later, and that counts, is that it stands for another unit; a revocation ends it. */
static bool is_corrected(struct work *w, const char *writer, const char *key, const char *unit, stamp at, const char *hash)
{
        struct rows *r = db_query(w->db,
                                  "SELECT is_revoke, unit, counts FROM trust_event WHERE node = $1 AND key = $2 AND part = 0 AND successor = ''"
                                  " AND (at > $3 OR (at = $3 AND hash > $4)) ORDER BY at, hash LIMIT 16",
                                  ARGS(v_text(writer), v_text(key), v_int(at), v_text(hash)));
        bool is_corrected = false;

        while (rows_next(r)) {
                if (rows_int(r, 2) <= COUNTS_NOT)
                        continue;
                if (rows_int(r, 0) != 0)
                        break;
                is_corrected = strcmp(rows_text(r, 1), unit) != 0;
        }
        rows_close(r);
        return is_corrected;
}

size_t assert_judged(struct work *w)
{
        struct rows *r = db_query(w->db, "SELECT node, key, unit, said, counts, hash, part = 0 AND successor = '' AND is_revoke = 0, part FROM trust_event ORDER BY entry, part", NO_ARGS);
        size_t compared = 0;

        while (rows_next(r)) {
                const char *writer = arena_text(w->arena, rows_text(r, 0)), *key = arena_text(w->arena, rows_text(r, 1));
                const char *unit = arena_text(w->arena, rows_text(r, 2));
                stamp said = rows_int(r, 3);
                int counts = (int)rows_int(r, 4), must = COUNTS_NOT;
                const char *hash = arena_text(w->arena, rows_text(r, 5));
                struct peer *by, *about;

                if (!is_settled(w, writer, said, &by) || (by != NULL && by->is_revoked && node_is_own(w->node, writer)))
                        continue;
                if (node_is_own(w->node, writer) && rows_int(r, 7) >= PART_OF_NEW && counts == COUNTS_NOT && strcmp(node_unit(w->node), "VN") != 0)
                        continue; /* said too early: what only judge.c asks */
                if (by != NULL && !by->is_revoked && !(rows_int(r, 6) != 0 && is_corrected(w, writer, key, unit, said, hash))) {
                        bool is_country = strcmp(by->unit, "VN") == 0;

                        if (!is_country && !is_settled(w, key, said, &about) && !node_is_own(w->node, writer))
                                continue;
                        if (node_is_own(w->node, writer))
                                must = BY_SELF;
                        else if (is_country)
                                must = BY_COUNTRY;
                        else if (is_theirs(w, by, unit, said) && (about == NULL || is_theirs(w, by, about->unit, said)))
                                must = BY_UNIT;
                }
                if (counts != must)
                        fail_msg("the word of %.8s about %.8s for %s, at %lld, counts for %d instead of %d", writer, key, unit, (long long)said,
                                 counts, must);
                compared++;
        }
        rows_close(r);
        assert_true(work_ok(w));
        return compared;
}
