#include <string.h>

#include "base/hex.h"
#include "ledger/ledger_private.h"

static struct entry *one(struct work *w, struct rows *r)
{
        struct entry *e = NULL;

        if (rows_next(r)) {
                size_t length;
                const void *bytes = rows_bytes(r, 1, &length);

                e = entry_of_row(w, w->arena, rows_int(r, 0), bytes, length);
        }
        rows_close(r);
        return e;
}

struct entry *ledger_entry(struct work *w, int64_t id)
{
        return one(w, db_query(w->db, "SELECT id, line FROM ledger_entry WHERE id = $1", ARGS(v_int(id))));
}

struct entry *ledger_entry_marks(struct work *w, int64_t id)
{
        struct rows *r = db_query(w->db,
                                  "SELECT e.seq, e.at, e.kind, e.subject, e.hash, s.name, s.node FROM ledger_entry e JOIN ledger_stream s ON s.id = e.stream"
                                  " WHERE e.id = $1",
                                  ARGS(v_int(id)));
        struct entry *e = NULL;

        if (rows_next(r)) {
                size_t length;
                const void *hash = rows_bytes(r, 4, &length);

                e = arena_alloc(w->arena, sizeof *e);
                *e = (struct entry){ .id = id, .seq = rows_int(r, 0), .at = rows_int(r, 1), .author = "", .role = "", .prev = "" };
                e->kind = arena_text(w->arena, rows_text(r, 2));
                e->subject = arena_text(w->arena, rows_text(r, 3));
                memcpy(e->hash, hash, length < HASH_BYTES ? length : HASH_BYTES);
                e->stream = arena_text(w->arena, rows_text(r, 5));
                e->audience = e->stream + KEY_HEX;
                e->node = arena_text(w->arena, rows_text(r, 6));
        }
        rows_close(r);
        return work_ok(w) ? e : NULL;
}

bool ledger_stamp_of(struct work *w, int64_t id, stamp *at)
{
        struct rows *r = db_query(w->db, "SELECT at FROM ledger_entry WHERE id = $1", ARGS(v_int(id)));
        bool is_there = rows_next(r);

        if (is_there)
                *at = rows_int(r, 0);
        rows_close(r);
        return is_there && work_ok(w);
}

moment ledger_begun(struct work *w)
{
        int64_t at = db_number(w->db, "SELECT COALESCE(MIN((SELECT e.at FROM ledger_entry e WHERE e.stream = s.id AND e.seq = 1)), 0) FROM ledger_stream s"
                                      " WHERE s.node = $1 OR s.node IN (SELECT key FROM own_key)", ARGS(v_text(node_key(w->node))), 0);

        return at == 0 ? INT64_MAX : stamp_moment(at);
}

bool entry_is_placed(struct work *w, const char *stream, int64_t seq, const char *kind, int64_t placed_seq)
{
        int64_t *place;

        if (seq <= placed_seq || !kind_may_follow(w->node, kind))
                return true;
        place = w->is_writing ? map_get_text(w->node->head_by_name, stream) : NULL;
        return place != NULL && seq <= ((struct head *)(intptr_t)*place)->now.placed_seq;
}

static bool is_placed(struct work *w, struct rows *r)
{
        return entry_is_placed(w, rows_text(r, 4), rows_int(r, 3), rows_text(r, 2), rows_int(r, 5));
}

struct entry *ledger_entry_by_hash(struct work *w, const char *hash_hex)
{
        unsigned char hash[HASH_BYTES];
        struct entry *e = NULL;
        struct rows *r;

        if (!hex_read(hash, sizeof hash, hash_hex))
                return NULL;
        r = db_query(w->db, "SELECT " ENTRY_WITH_PLACE " WHERE e.hash = $1", ARGS(v_bytes(hash, sizeof hash)));
        if (rows_next(r) && is_placed(w, r)) {
                size_t length;
                const void *bytes = rows_bytes(r, 1, &length);

                e = entry_of_row(w, w->arena, rows_int(r, 0), bytes, length);
        }
        rows_close(r);
        return e;
}

/* Whether an entry was set aside on this node. */
bool ledger_is_set_aside(struct work *w, int64_t id)
{
        return db_number(w->db, "SELECT COUNT(*) FROM ledger_set_aside WHERE entry = $1", ARGS(v_int(id)), 0) > 0;
}

const char *ledger_why_aside(struct work *w, int64_t id)
{
        const char *why = db_text(w->db, w->arena, "SELECT why FROM ledger_set_aside WHERE entry = $1", ARGS(v_int(id)));

        return why == NULL ? NULL : error_told_in(w->arena, why, w->language);
}

/* Entries of a subject, one after another. First only which they are: lines are read one by one, as all together may be more than memory holds. */
struct subject_reading {
        struct arena *keep;
        int64_t *ids;
        size_t count, next;
        bool is_whole;
        struct entry *head; /* of the one that was taken, where it is not whole */
        bool goes_on;
        ledger_visit *visit;
        void *context;
};

static bool list_subject(struct work *w, const char *subject, const char *kind_prefix, struct subject_reading *s)
{
        struct rows *r = db_query(w->db, ENTRIES_OF_SUBJECT, ARGS(v_text(subject)));

        while (rows_next(r)) {
                const char *kind = rows_text(r, 2);

                if (strncmp(kind, kind_prefix, strlen(kind_prefix)) != 0 || !is_placed(w, r) || !kind_takes(node_schema(w->node), kind, (size_t)rows_int(r, 1)))
                        continue;
                s->ids = arena_room(w->arena, s->ids, s->count, sizeof *s->ids);
                s->ids[s->count++] = rows_int(r, 0);
        }
        rows_close(r);
        return work_ok(w);
}

static struct entry *head_of_row(struct work *w, struct arena *keep, int64_t id, const void *bytes, size_t length)
{
        struct error err = { .language = w->err.language };
        const struct entry *e = entry_head(w->arena, bytes, length, &err);
        struct entry *head;

        if (e == NULL)
                return entry_is_damaged(w, id, &err);
        head = entry_copy(keep, e);
        head->id = id;
        head->bytes = NULL;
        head->length = head->body_at = 0;
        return head;
}

/* In memory of its own. */
static bool take_next(struct work *w, void *argument)
{
        struct subject_reading *s = argument;
        int64_t id = s->ids[s->next++];
        struct rows *r = db_query(w->db, "SELECT line FROM ledger_entry WHERE id = $1", ARGS(v_int(id)));
        const struct entry *e = NULL;

        s->head = NULL;
        s->goes_on = false;
        if (rows_next(r)) {
                size_t length;
                const void *bytes = rows_bytes(r, 0, &length);

                if (s->is_whole)
                        e = entry_of_row(w, w->arena, id, bytes, length);
                else
                        s->head = head_of_row(w, s->keep, id, bytes, length);
        }
        rows_close(r);
        if (e != NULL)
                s->goes_on = s->visit(w, e, s->context);
        return work_ok(w);
}

static bool subject_read(struct work *w, const char *subject, const char *kind_prefix, struct subject_reading *s)
{
        struct arena *scratch;

        s->keep = w->arena;
        if (!list_subject(w, subject, kind_prefix, s))
                return false;
        scratch = work_scratch(w, WORK_MEMORY_USUAL);
        s->goes_on = true;
        while (s->goes_on && s->next < s->count && run_in(w, scratch, take_next, s))
                if (s->head != NULL)
                        s->goes_on = s->visit(w, s->head, s->context);
        return work_ok(w);
}

bool ledger_subject(struct work *w, const char *subject, const char *kind_prefix, ledger_visit *visit, void *context)
{
        return subject_read(w, subject, kind_prefix, &(struct subject_reading){ .is_whole = true, .visit = visit, .context = context });
}

bool ledger_subject_heads(struct work *w, const char *subject, const char *kind_prefix, ledger_visit *visit, void *context)
{
        return subject_read(w, subject, kind_prefix, &(struct subject_reading){ .visit = visit, .context = context });
}

bool ledger_stream_after(struct work *w, const char *stream, int64_t seq, int64_t limit, ledger_visit *visit,
                         void *context)
{
        return entries_run(w,
                           "SELECT e.id, e.line FROM ledger_entry e JOIN ledger_stream s ON s.id = e.stream"
                           " WHERE s.name = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3",
                           ARGS(v_text(stream), v_int(seq), v_int(limit == 0 ? INT64_MAX : limit)), visit, context);
}

bool ledger_lines_after(struct work *w, const char *stream, int64_t seq, int64_t limit, ledger_line_visit *visit, void *context)
{
        struct rows *r = db_query(w->db,
                                  "SELECT e.seq, e.kind, e.line FROM ledger_entry e JOIN ledger_stream s ON s.id = e.stream"
                                  " WHERE s.name = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3",
                                  ARGS(v_text(stream), v_int(seq), v_int(limit == 0 ? INT64_MAX : limit)));

        while (rows_next(r)) {
                struct stored_line line = { .seq = rows_int(r, 0), .kind = rows_text(r, 1) };

                line.bytes = rows_bytes(r, 2, &line.length);
                if (!visit(w, &line, context))
                        break;
        }
        rows_close(r);
        return work_ok(w);
}

int64_t ledger_unheard(const struct work *w, const struct stream_state *list, size_t count)
{
        stamp heard = 0;

        for (size_t i = 0; i < count; i++)
                if (!node_is_own(w->node, list[i].node) && list[i].at > heard)
                        heard = list[i].at;
        return unheard_since(heard);
}

struct stream_state *ledger_streams(struct work *w, size_t *count)
{
        int64_t room = db_number(w->db, "SELECT COUNT(*) FROM ledger_stream", NO_ARGS, 0);
        struct stream_state *list = arena_array(w->arena, (size_t)room + 1, sizeof *list);
        struct rows *r = db_query(
                w->db, "SELECT name, node, audience, seq, hash, at, stopped, fork_seq, CASE WHEN fork_lines IS NULL THEN 0 ELSE 1 END,"
                       " CASE WHEN audience = '*' AND NOT EXISTS (SELECT 1 FROM peer p WHERE p.key = s.node) THEN 1 ELSE 0 END FROM ledger_stream s ORDER BY name",
                NO_ARGS);

        *count = 0;
        while (*count < (size_t)room && rows_next(r)) {
                struct stream_state *s = &list[(*count)++];

                s->name = arena_text(w->arena, rows_text(r, 0));
                s->node = arena_text(w->arena, rows_text(r, 1));
                s->audience = arena_text(w->arena, rows_text(r, 2));
                s->seq = rows_int(r, 3);
                memcpy(s->hash, rows_text(r, 4), HASH_HEX);
                s->at = rows_int(r, 5);
                s->is_stopped = !rows_is_null(r, 6);
                s->fork_seq = rows_int(r, 7);
                s->shows_fork = rows_int(r, 8) != 0;
                s->is_strange = rows_int(r, 9) != 0;
        }
        rows_close(r);
        return list;
}

char *ledger_fork_lines(struct work *w, const char *stream, size_t *length)
{
        struct rows *r = db_query(w->db, "SELECT fork_lines FROM ledger_stream WHERE name = $1 AND fork_lines IS NOT NULL", ARGS(v_text(stream)));
        char *lines = NULL;

        if (rows_next(r)) {
                const void *bytes = rows_bytes(r, 0, length);

                lines = arena_copy(w->arena, bytes, *length);
        }
        rows_close(r);
        return lines;
}

int64_t ledger_applied_to(struct work *w, const char *stream)
{
        int64_t id = db_number(w->db, "SELECT id FROM ledger_stream WHERE name = $1", ARGS(v_text(stream)), 0);
        int64_t *place = w->is_writing ? map_get_text(w->node->head_by_name, stream) : NULL;
        int64_t newest = place != NULL ? ((struct head *)(intptr_t)*place)->now.placed_seq
                                       : db_number(w->db, "SELECT placed_seq FROM ledger_stream WHERE id = $1", ARGS(v_int(id)), 0);
        struct rows *r = db_query(w->db,
                                  "SELECT e.kind, e.seq FROM ledger_set_aside a JOIN ledger_entry e ON e.id = a.entry"
                                  " WHERE a.is_waiting = 1 AND e.stream = $1 ORDER BY e.seq",
                                  ARGS(v_int(id)));

        while (rows_next(r))
                if (kind_find(node_schema(w->node), rows_text(r, 0)) != NULL) { /* others wait for a newer program */
                        newest = rows_int(r, 1) - 1;
                        break;
                }
        rows_close(r);
        return newest;
}

const char *ledger_kind_said(struct work *w, const char *kind)
{
        const struct entry_kind *k = kind_find(node_schema(w->node), kind);

        return k == NULL ? NULL : work_text(w, k->summary);
}

bool ledger_hash_at(struct work *w, const char *stream, int64_t seq, char hash[HASH_HEX])
{
        struct rows *r = db_query(w->db,
                                  "SELECT e.hash FROM ledger_entry e JOIN ledger_stream s ON s.id = e.stream"
                                  " WHERE s.name = $1 AND e.seq = $2",
                                  ARGS(v_text(stream), v_int(seq)));
        bool is_there = rows_next(r);
        size_t length;

        if (is_there)
                hex_write(hash, rows_bytes(r, 0, &length), HASH_BYTES);
        rows_close(r);
        return is_there;
}

char *ledger_seal_line(struct work *w, const char *stream, int64_t seq, int64_t *sealed_seq)
{
        struct rows *r = db_query(w->db,
                                  "SELECT l.seq, l.line FROM ledger_seal l JOIN ledger_stream s ON s.id = l.stream"
                                  " WHERE s.name = $1 AND l.seq >= $2 ORDER BY l.seq LIMIT 1",
                                  ARGS(v_text(stream), v_int(seq)));
        char *line = NULL;

        if (rows_next(r)) {
                *sealed_seq = rows_int(r, 0);
                line = arena_text(w->arena, rows_text(r, 1));
        }
        rows_close(r);
        return line;
}

struct set_aside *ledger_set_aside(struct work *w, size_t *count)
{
        int64_t room = db_number(w->db, "SELECT COUNT(*) FROM ledger_set_aside", NO_ARGS, 0);
        struct set_aside *list = arena_array(w->arena, (size_t)room + 1, sizeof *list);
        struct rows *r =
                db_query(w->db, "SELECT entry, is_waiting, why FROM ledger_set_aside ORDER BY entry", NO_ARGS);

        *count = 0;
        while (*count < (size_t)room && rows_next(r))
                list[(*count)++] = (struct set_aside){ .entry_id = rows_int(r, 0), .is_waiting = rows_int(r, 1) != 0,
                                                       .why = error_told_in(w->arena, rows_text(r, 2), w->language) };
        rows_close(r);
        return list;
}
