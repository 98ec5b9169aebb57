/* succession.c - the node of one unit takes over from those of others: a merger, by an act, from a day on, and undone by
 * a further entry. Both are the ministry's to write. */
#include <string.h>

#include "base/hex.h"
#include "format/jsonw.h"
#include "ledger/ledger_private.h"

#define FROM_MOST 16
#define HASH_LEAST 8 /* digits that name a succession */

static bool code_is_formed(const char *code)
{
        size_t length = code == NULL ? 0 : strlen(code);

        return (length == 2 || length == 5) && strspn(code, "0123456789") == length;
}

/* ---- asking ------------------------------------------------------------------------------------------ */

/* It holds after its effect, up to and with the moment at which it was undone. */
#define HOLDS "s.effect < $1 AND (s.undone_at = 0 OR s.undone_at >= $1)"

stamp succession_ends(struct work *w, const char *key, const char *unit, stamp since, stamp at)
{
        if (strcmp(unit, "VN") == 0)
                return 0;
        return db_number(w->db,
                         "SELECT MIN(s.effect) FROM succession s JOIN succession_from f ON f.entry = s.entry"
                         " WHERE f.unit = $2 AND " HOLDS " AND s.effect > $3 AND s.node <> $4",
                         ARGS(v_int(at), v_text(unit), v_int(since), v_text(key)), 0);
}

void succession_lends(struct work *w, const char *key, const char *unit, stamp at, struct tenure *t)
{
        struct rows *r = db_query(w->db, "SELECT s.day, s.effect, s.node FROM succession s WHERE s.unit = $2 AND " HOLDS, ARGS(v_int(at), v_text(unit)));

        while (rows_next(r)) {
                const char *text = rows_text(r, 0);
                day act;

                if (day_read(text, strlen(text), &act) && act > t->act)
                        t->act = act;
                if (strcmp(rows_text(r, 2), key) == 0 && rows_int(r, 1) > t->since)
                        t->since = rows_int(r, 1);
        }
        rows_close(r);
}

static const char *const *codes_of(struct work *w, struct rows *r)
{
        const char **list = NULL;
        size_t count = 0, room = 0;

        while (rows_next(r)) {
                if (count + 1 >= room) {
                        const char **more = arena_array(w->arena, room = room * 2 + FROM_MOST, sizeof *more);

                        if (count > 0)
                                memcpy(more, list, count * sizeof *more);
                        list = more;
                }
                list[count++] = arena_text(w->arena, rows_text(r, 0));
        }
        rows_close(r);
        return list;
}

static const char *const *units_of(struct work *w, enum unit_question question, const char *sql, const char *unit, stamp at)
{
        const char *const *codes = NULL;

        if (strcmp(unit, "VN") == 0 || standing_recall_units(w, question, unit, at, &codes))
                return codes;
        codes = codes_of(w, db_query(w->db, sql, ARGS(v_int(at), v_text(unit))));
        standing_keep_units(w, question, unit, at, codes);
        return codes;
}

const char *const *trust_taken_over(struct work *w, const char *unit, stamp at)
{
        return units_of(w, TAKEN_OVER,
                        "SELECT DISTINCT f.unit FROM succession s JOIN succession_from f ON f.entry = s.entry"
                        " WHERE s.unit = $2 AND f.unit <> $2 AND " HOLDS,
                        unit, at);
}

const char *const *trust_given_back(struct work *w, const char *unit, stamp at)
{
        return units_of(w, GIVEN_BACK,
                        "SELECT DISTINCT f.unit FROM succession s JOIN succession_from f ON f.entry = s.entry"
                        " WHERE s.unit = $2 AND f.unit <> $2 AND s.undone_at <> 0 AND s.undone_at < $1 AND NOT EXISTS"
                        " (SELECT 1 FROM succession o JOIN succession_from g ON g.entry = o.entry WHERE o.unit = $2"
                        " AND g.unit = f.unit AND o.effect < $1 AND (o.undone_at = 0 OR o.undone_at >= $1))",
                        unit, at);
}

bool trust_code_goes_on(struct work *w, const char *unit, stamp since)
{
        return db_number(w->db, "SELECT COUNT(*) FROM succession s WHERE s.unit = $2 AND s.effect >= $3 AND " HOLDS,
                         ARGS(v_int(ledger_next_stamp(w)), v_text(unit), v_int(since)), 0) > 0;
}

bool trust_stands_for(struct work *w, const char *unit, const char *code, stamp at)
{
        if (strcmp(unit, code) == 0)
                return true;
        return strcmp(unit, "VN") != 0 &&
               db_number(w->db,
                         "SELECT COUNT(*) FROM succession s JOIN succession_from f ON f.entry = s.entry"
                         " WHERE s.unit = $2 AND f.unit = $3 AND " HOLDS,
                         ARGS(v_int(at), v_text(unit), v_text(code)), 0) > 0;
}

struct succession *trust_successions(struct work *w, size_t *count)
{
        int64_t room = db_number(w->db, "SELECT COUNT(*) FROM succession", NO_ARGS, 0);
        struct succession *list = arena_array(w->arena, (size_t)room + 1, sizeof *list);
        struct rows *r = db_query(w->db,
                                  "SELECT hash, unit, units_from, act, day, node, effect, undone_at, undone_act FROM succession"
                                  " ORDER BY at, hash",
                                  NO_ARGS);

        *count = 0;
        while (*count < (size_t)room && rows_next(r)) {
                struct succession *s = &list[(*count)++];

                s->hash = arena_text(w->arena, rows_text(r, 0));
                s->unit = arena_text(w->arena, rows_text(r, 1));
                s->from = arena_text(w->arena, rows_text(r, 2));
                s->act = arena_text(w->arena, rows_text(r, 3));
                s->day = arena_text(w->arena, rows_text(r, 4));
                s->node = arena_text(w->arena, rows_text(r, 5));
                s->effect = rows_int(r, 6);
                s->undone_at = rows_int(r, 7);
                s->undone_act = arena_text(w->arena, rows_text(r, 8));
        }
        rows_close(r);
        return list;
}

static bool takes_from(const struct succession *s, const char *code, size_t length)
{
        for (const char *one = s->from; *one != '\0'; one += strcspn(one, ","), one += *one == ',')
                if (strcspn(one, ",") == length && strncmp(one, code, length) == 0)
                        return true;
        return false;
}

/* From how many of those that b does, count in all, a takes over, too. */
static size_t taken_by_both(const struct succession *a, const struct succession *b, size_t *count)
{
        size_t both = 0;

        *count = 0;
        for (const char *one = b->from; *one != '\0'; one += strcspn(one, ","), one += *one == ',') {
                both += takes_from(a, one, strcspn(one, ","));
                ++*count;
        }
        return both;
}

const struct succession *trust_succession_beside(struct work *w, const char *hash)
{
        const struct succession *undone = NULL;
        size_t count, of;
        struct succession *list = trust_successions(w, &count);

        for (size_t i = 0; i < count && undone == NULL; i++)
                if (strncmp(list[i].hash, hash, strlen(hash)) == 0)
                        undone = &list[i];
        for (size_t i = 0; i < count && undone != NULL; i++)
                if (list[i].undone_at == 0 && &list[i] != undone && taken_by_both(&list[i], undone, &of) > 0)
                        return &list[i];
        return NULL;
}

/* ---- writing ------------------------------------------------------------------------------------------ */

static bool append(struct work *w, const char *kind, const char *subject, struct jsonw *j, struct buf *body)
{
        bool ok;

        jsonw_end(j);
        ok = ledger_append(w, AUDIENCE_ALL, kind, subject, body, NULL);
        buf_clear(body);
        return ok;
}

static bool is_ministry(struct work *w)
{
        if (strcmp(node_unit(w->node), "VN") == 0)
                return true;
        error_set(&w->err, ERR_DENIED, "only the ministry's node says who takes over from whom");
        return error_hint(&w->err, "run this command on the node of the ministry");
}

bool trust_succeed(struct work *w, const struct succession *s)
{
        size_t count, of;
        struct succession *list;
        struct jsonw j;
        struct buf body;

        if (!is_ministry(w))
                return false;
        list = trust_successions(w, &count);
        for (size_t i = 0; i < count; i++)
                if (list[i].undone_at == 0 && strcmp(list[i].unit, s->unit) == 0 && strcmp(list[i].node, s->node == NULL ? "" : s->node) == 0 &&
                    taken_by_both(&list[i], s, &of) == of) {
                        error_set(&w->err, ERR_CONFLICT, "the node of %s takes over from those of %s already, by %s, from %s on", s->unit, list[i].from, list[i].act, list[i].day);
                        return error_hint(&w->err, "where that was wrong, undo it first: caunoi succeed undo NODE %.12s", list[i].hash);
                }
        buf_init_with(&body, 4096, w->arena);
        jsonw_init(&j, &body);
        jsonw_object(&j);
        jsonw_member_text(&j, "unit", s->unit);
        jsonw_name(&j, "from");
        jsonw_array(&j);
        for (const char *code = s->from; *code != '\0';) {
                size_t length = strcspn(code, ",");

                jsonw_text(&j, arena_copy(w->arena, code, length));
                code += length + (code[length] == ',');
        }
        jsonw_end(&j);
        jsonw_member_text(&j, "act", s->act);
        jsonw_member_text(&j, "day", s->day);
        if (s->node != NULL && s->node[0] != '\0')
                jsonw_member_text(&j, "node", s->node);
        return append(w, "node.succeed", arena_print(w->arena, "succession/%s/%s", s->unit, s->day), &j, &body);
}

bool trust_succeed_undo(struct work *w, const char *hash, const char *act)
{
        struct succession *list, *found = NULL;
        struct jsonw j;
        struct buf body;
        size_t count;

        if (!is_ministry(w))
                return false;
        if (strlen(hash) < HASH_LEAST)
                return error_set(&w->err, ERR_INVALID, "\"%s\" is too short to name a succession", hash) ||
                       error_hint(&w->err, "at least %d digits, as printed by: caunoi succeed list NODE", HASH_LEAST);
        list = trust_successions(w, &count);
        for (size_t i = 0; i < count; i++)
                if (strncmp(list[i].hash, hash, strlen(hash)) == 0) {
                        if (found != NULL)
                                return error_set(&w->err, ERR_INVALID, "\"%s\" names more than one succession", hash);
                        found = &list[i];
                }
        if (found == NULL) {
                if (work_ok(w)) {
                        error_set(&w->err, ERR_MISSING, "there is no succession \"%s\"", hash);
                        error_hint(&w->err, "caunoi succeed list NODE names them");
                }
                return false;
        }
        if (found->undone_at != 0)
                return error_set(&w->err, ERR_CONFLICT, "that succession is undone already");
        buf_init_with(&body, 4096, w->arena);
        jsonw_init(&j, &body);
        jsonw_object(&j);
        jsonw_member_text(&j, "of", found->hash);
        jsonw_member_text(&j, "act", act);
        return append(w, "node.succeed.undo", arena_print(w->arena, "succession/%s/%s", found->unit, found->day), &j, &body);
}

/* ---- applying ----------------------------------------------------------------------------------------- */

static enum applied refused(struct error *why, enum error_code code, const char *reason)
{
        error_say(why, code, reason);
        return REFUSED;
}

/* Of an entry for all: those of keys that have ended are not applied. */
static bool is_by_ministry(struct work *w, const struct entry *e)
{
        const struct peer *writer = strcmp(e->audience, AUDIENCE_ALL) == 0 ? trust_writer(w, e) : NULL;

        return writer != NULL && strcmp(writer->unit, "VN") == 0;
}

/* Who may read, who speaks for whom and whose entries count has changed: the enrolments first, then everything. */
static enum applied changed(struct work *w)
{
        w->node->own_stand = OWN_UNKNOWN;
        trust_unsettle(w);
        return trust_again(w) ? APPLIED : FAILED;
}

/* When, and by which act, the first of its undoing entries was written; none from before it. */
static bool note_undone(struct work *w, const char *hash)
{
        return db_exec(w->db,
                       "UPDATE succession SET undone_at = COALESCE((SELECT MIN(u.at) FROM succession_undo u"
                       " WHERE u.of_hash = succession.hash AND u.at > succession.at), 0),"
                       " undone_act = COALESCE((SELECT u.act FROM succession_undo u WHERE u.of_hash = succession.hash AND u.at > succession.at"
                       " ORDER BY u.at, u.act LIMIT 1), '') WHERE hash = $1",
                       ARGS(v_text(hash)));
}

static enum applied apply_succeed(struct work *w, const struct entry *e, struct error *why)
{
        const char *unit = json_string_value(json_object_get(e->body, "unit"));
        const char *act = json_string_value(json_object_get(e->body, "act"));
        const char *on = json_string_value(json_object_get(e->body, "day"));
        const char *node = json_string_value(json_object_get(e->body, "node")), *all = "";
        const json_t *from = json_object_get(e->body, "from");
        unsigned char bytes[KEY_BYTES];
        char hash[HASH_HEX];
        json_t *code;
        stamp effect;
        size_t i;
        day d;

        if (!is_by_ministry(w, e))
                return work_ok(w) ? refused(why, ERR_DENIED, N_("only the ministry's node says who takes over from whom")) : FAILED;
        if (!code_is_formed(unit) || act == NULL || act[0] == '\0' || on == NULL || !day_read(on, strlen(on), &d) ||
            (node != NULL && !hex_read(bytes, sizeof bytes, node)) || json_array_size(from) < 1 ||
            json_array_size(from) > FROM_MOST)
                return refused(why, ERR_INVALID, N_("a succession names a unit, its predecessors, an act and a day"));
        json_array_foreach(from, i, code)
        {
                if (!code_is_formed(json_string_value(code)))
                        return refused(why, ERR_INVALID, N_("a succession names a unit, its predecessors, an act and a day"));
                all = arena_print(w->arena, "%s%s%s", all, i == 0 ? "" : ",", json_string_value(code));
        }
        effect = moment_of_day(d) > stamp_moment(e->at) ? (stamp)moment_of_day(d) << 16 : e->at;
        hex_write(hash, e->hash, HASH_BYTES);
        if (!db_exec(w->db,
                     "INSERT INTO succession (entry, hash, unit, units_from, act, day, node, at, effect, undone_at, undone_act)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, '')",
                     ARGS(v_int(e->id), v_text(hash), v_text(unit), v_text(all), v_text(act), v_text(on),
                          v_text(node == NULL ? "" : node), v_int(e->at), v_int(effect))))
                return FAILED;
        json_array_foreach(from, i, code)
        {
                if (!db_exec(w->db, "INSERT INTO succession_from (entry, unit) VALUES ($1, $2) ON CONFLICT (entry, unit) DO NOTHING",
                             ARGS(v_int(e->id), v_text(json_string_value(code)))))
                        return FAILED;
        }
        return note_undone(w, hash) ? changed(w) : FAILED;
}

/* It may arrive before what it undoes. */
static enum applied apply_undo(struct work *w, const struct entry *e, struct error *why)
{
        const char *of = json_string_value(json_object_get(e->body, "of"));
        const char *act = json_string_value(json_object_get(e->body, "act")); /* of programs from before it was asked for: none */
        unsigned char bytes[HASH_BYTES];

        if (!is_by_ministry(w, e))
                return work_ok(w) ? refused(why, ERR_DENIED, N_("only the ministry's node says who takes over from whom")) : FAILED;
        if (of == NULL || !hex_read(bytes, sizeof bytes, of))
                return refused(why, ERR_INVALID, N_("it names no succession"));
        return db_exec(w->db, "INSERT INTO succession_undo (entry, of_hash, at, act) VALUES ($1, $2, $3, $4)",
                       ARGS(v_int(e->id), v_text(of), v_int(e->at), v_text(act == NULL ? "" : act))) &&
                               note_undone(w, of)
                       ? changed(w)
                       : FAILED;
}

const struct entry_kind succession_kinds[] = {
        { "node.succeed", apply_succeed, N_("the node of a unit takes over from those of others (a merger)") },
        { "node.succeed.undo", apply_undo, N_("a succession is undone") },
        { NULL, NULL, NULL },
};
