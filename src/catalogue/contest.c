/* contest.c - files of the catalogue that several nodes of the ministry wrote: which version stands, and between which somebody must decide.
 *
 * All versions are kept (catalogue_version). They are taken in the order (at, node, hash). One follows those of its own node, those that its writer had seen
 * ("seen"; who says nothing of it, an older program, has seen all before it) and, of a decision, those it names. What nobody follows is a head; heads with
 * different texts are a conflict (docs/exchange.md). Until somebody decides the newest stands: all writers are the ministry's, none is nearer to it.
 *
 * A new node of the ministry begins with the program's own files. A first version that says what another node's first version said is a copy of that:
 * it takes no part, and whoever knew it knew the other. So a new node's files neither undo what the ministry has changed since nor stand against it. */
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "catalogue/catalogue_private.h"
#include "format/jsonw.h"
#include "ledger/node.h"
#include "ledger/read.h"

/* ---- the rules: pure -------------------------------------------------------------------------------------------- */

static bool says_of_stream(const struct file_version *v, const struct file_version *other)
{
        size_t length = strlen(other->stream);

        for (const char *at = v->seen; (at = strstr(at, other->stream)) != NULL; at += length)
                if ((at == v->seen || at[-1] == '\n') && at[length] == ' ')
                        return strtoll(at + length + 1, NULL, 10) >= other->seq;
        return false;
}

/* Whether one follows an earlier one, by itself. */
static bool knows(const struct file_version *v, const struct file_version *earlier)
{
        if (strcmp(v->node, earlier->node) == 0)
                return true;
        if (v->settles != NULL)
                return strstr(v->settles, earlier->hash) != NULL;
        return v->seen == NULL || says_of_stream(v, earlier);
}

/* The same, or a copy of it. */
static bool follows(const struct file_version *v, const struct file_version *earlier)
{
        for (const struct file_version *u = earlier; u < v; u++)
                if (u->original == earlier && knows(v, u))
                        return true;
        return false;
}

static void copies_find(struct file_version *list, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                struct file_version *v = &list[i];

                v->is_first = v->settles == NULL && v->seen != NULL && *v->seen == '\0';
                for (size_t n = 0; n < i; n++)
                        v->is_first = v->is_first && strcmp(list[n].node, v->node) != 0;
                v->original = v;
                for (size_t n = 0; n < i && v->is_first && v->original == v; n++)
                        if (list[n].is_first && list[n].original == &list[n] && list[n].mark == v->mark)
                                v->original = &list[n];
        }
}

struct race {
        struct arena *arena;
        const struct file_version **heads;
        size_t count;
        struct file_contests *found;
};

static bool is_contested(const struct race *r)
{
        for (size_t i = 1; i < r->count; i++)
                if (r->heads[i]->mark != r->heads[0]->mark)
                        return true;
        return false;
}

static void contest_add(struct race *r, const struct file_version **heads, size_t count, const struct file_version *closed_by)
{
        struct file_contest *c;

        r->found->list = arena_room(r->arena, r->found->list, r->found->count, sizeof *r->found->list);
        c = &r->found->list[r->found->count++];
        *c = (struct file_contest){ .heads = heads, .count = count, .closed_by = closed_by };
}

const struct file_version *versions_fold(struct arena *a, struct file_version *list, size_t count, struct file_contests *found)
{
        struct race r = { .arena = a, .heads = arena_array(a, count + 1, sizeof *r.heads), .found = found };
        const struct file_version *stands = NULL;

        *found = (struct file_contests){ .list = NULL };
        copies_find(list, count);
        for (size_t i = 0; i < count; i++) {
                const struct file_version **before;
                bool was_contested = is_contested(&r);
                size_t kept = 0, before_count = r.count;

                if (list[i].original != &list[i])
                        continue;
                before = was_contested ? arena_array(a, r.count, sizeof *before) : NULL;
                for (size_t n = 0; n < r.count; n++) {
                        const struct file_version *head = r.heads[n];

                        if (before != NULL)
                                before[n] = head;
                        if (!follows(&list[i], head))
                                r.heads[kept++] = head;
                }
                stands = r.heads[kept] = &list[i];
                r.count = kept + 1;
                if (was_contested && !is_contested(&r))
                        contest_add(&r, before, before_count, stands);
        }
        if (is_contested(&r))
                contest_add(&r, r.heads, r.count, NULL);
        return stands;
}

/* Mark all that one follows, and what these follow, and so on. */
static void marks_spread(const struct file_version *list, size_t at, bool *is_before)
{
        for (size_t i = at; i-- > 0;) /* from the newest back: what is marked is looked at when all that follow it have been */
                for (size_t n = i + 1; n <= at && !is_before[i]; n++)
                        is_before[i] = list[i].original == &list[i] && (n == at || is_before[n]) && follows(&list[n], &list[i]);
}

const struct file_version *versions_ground(struct arena *a, const struct file_version *list, size_t count, const int64_t *heads, size_t head_count)
{
        size_t *known_to = arena_array(a, count + 1, sizeof *known_to);

        for (size_t h = 0; h < head_count; h++) {
                bool *is_before = arena_array(a, count + 1, sizeof *is_before);
                size_t at = 0;

                while (at < count && list[at].entry != heads[h])
                        at++;
                if (at == count)
                        return NULL;
                marks_spread(list, at, is_before);
                for (size_t i = 0; i < at; i++)
                        known_to[i] += is_before[i];
        }
        for (size_t i = count; i-- > 0;)
                if (head_count > 0 && known_to[i] == head_count)
                        return &list[i];
        return NULL;
}

/* ---- the tables ---------------------------------------------------------------------------------------------------- */

struct file_version *versions_read(struct work *w, const char *path, bool is_home, size_t *count)
{
        struct file_version *list = arena_room(w->arena, NULL, 0, sizeof *list);
        struct rows *r = db_query(w->db,
                                  "SELECT v.entry, v.mark, v.brought, v.at, v.seen, v.settles, s.node, s.name, e.seq, e.hash FROM catalogue_version v"
                                  " JOIN ledger_entry e ON e.id = v.entry JOIN ledger_stream s ON s.id = e.stream WHERE v.path = $1 AND v.is_home = $2"
                                  " ORDER BY v.at, s.node, e.hash",
                                  ARGS(v_text(path), v_int(is_home)));

        for (*count = 0; rows_next(r); ++*count) {
                struct file_version *v;
                unsigned char hash[HASH_BYTES] = { 0 };
                char hex[HASH_HEX];
                size_t length;
                const void *bytes = rows_bytes(r, 9, &length);

                memcpy(hash, bytes, length < sizeof hash ? length : sizeof hash);
                hex_write(hex, hash, sizeof hash);
                list = arena_room(w->arena, list, *count, sizeof *list);
                v = &list[*count];
                *v = (struct file_version){ .entry = rows_int(r, 0), .mark = rows_int(r, 1), .brought = rows_int(r, 2), .at = rows_int(r, 3),
                                            .seen = rows_is_null(r, 4) ? NULL : arena_text(w->arena, rows_text(r, 4)),
                                            .settles = rows_is_null(r, 5) ? NULL : arena_text(w->arena, rows_text(r, 5)),
                                            .node = arena_text(w->arena, rows_text(r, 6)), .stream = arena_text(w->arena, rows_text(r, 7)),
                                            .seq = rows_int(r, 8), .hash = arena_text(w->arena, hex) };
        }
        rows_close(r);
        return list;
}

static bool contests_write(struct work *w, const char *path, const struct file_contests *found)
{
        if (!db_exec(w->db, "DELETE FROM catalogue_contest WHERE path = $1", ARGS(v_text(path))))
                return false;
        for (size_t i = 0; i < found->count; i++) {
                const struct file_contest *c = &found->list[i];
                unsigned char all[HASH_BYTES] = { 0 }, hash[HASH_BYTES];
                char name[HASH_HEX];

                for (size_t n = 0; n < c->count; n++)
                        if (hex_read(hash, sizeof hash, c->heads[n]->hash))
                                ledger_digest_take(all, hash);
                hex_write(name, all, FILE_CONTEST_NAME / 2);
                for (size_t n = 0; n < c->count; n++)
                        if (!db_exec(w->db, "INSERT INTO catalogue_contest (path, contest, entry, mark, stands, closed_by) VALUES ($1, $2, $3, $4, $5, $6)",
                                     ARGS(v_text(path), v_text(name), v_int(c->heads[n]->entry), v_int(c->heads[n]->mark),
                                          v_int(c->closed_by == NULL && n + 1 == c->count), v_text(c->closed_by == NULL ? "" : c->closed_by->hash))))
                                return false;
        }
        return work_ok(w);
}

int64_t version_standing(struct work *w, const char *path, bool is_home)
{
        struct file_contests found;
        struct file_version *list;
        const struct file_version *stands;
        size_t count;
        const struct value about[] = { v_text(path), v_int(is_home) };

        if (db_number(w->db,
                      "SELECT COUNT(DISTINCT s.node) FROM catalogue_version v JOIN ledger_entry e ON e.id = v.entry JOIN ledger_stream s ON s.id = e.stream"
                      " WHERE v.path = $1 AND v.is_home = $2",
                      (struct values){ about, 2 }, 0) == 1)
                return db_number(w->db, "SELECT entry FROM catalogue_version WHERE path = $1 AND is_home = $2 ORDER BY at DESC LIMIT 1", (struct values){ about, 2 }, 0);
        list = versions_read(w, path, is_home, &count);
        stands = work_ok(w) ? versions_fold(w->arena, list, count, &found) : NULL;
        for (size_t i = 0; stands != NULL && i < count; i++)
                if (!db_exec(w->db, "UPDATE catalogue_version SET is_copy = $2 WHERE entry = $1 AND is_copy <> $2",
                             ARGS(v_int(list[i].entry), v_int(list[i].original != &list[i]))))
                        return 0;
        return stands == NULL || (is_home && !contests_write(w, path, &found)) ? 0 : stands->entry;
}

/* ---- what an entry had seen ------------------------------------------------------------------------------------------ */

bool seen_read(struct work *w, const struct entry *e, const char **text)
{
        json_t *seen = json_object_get(e->body, "seen"), *seq;
        const char *stream;

        *text = NULL;
        if (seen == NULL)
                return true;
        if (!json_is_object(seen))
                return false;
        *text = "";
        json_object_foreach(seen, stream, seq) {
                if (strlen(stream) <= KEY_HEX || stream[KEY_HEX - 1] != '/' || strpbrk(stream, " \n") != NULL || json_integer_value(seq) < 1)
                        return false;
                *text = arena_print(w->arena, "%s%s %lld\n", *text, stream, (long long)json_integer_value(seq));
        }
        return true;
}

bool seen_write(struct work *w, const char *path, struct jsonw *json)
{
        const char **streams = arena_room(w->arena, NULL, 0, sizeof *streams);
        size_t count = 0;
        struct rows *r = db_query(w->db,
                                  "SELECT DISTINCT s.name FROM catalogue_version v JOIN ledger_entry e ON e.id = v.entry JOIN ledger_stream s ON s.id = e.stream"
                                  " WHERE v.path = $1 AND v.is_home = 1 AND s.node <> $2 ORDER BY s.name",
                                  ARGS(v_text(path), v_text(node_key(w->node))));

        while (rows_next(r)) {
                streams = arena_room(w->arena, streams, count, sizeof *streams);
                streams[count++] = arena_text(w->arena, rows_text(r, 0));
        }
        rows_close(r);
        jsonw_name(json, "seen");
        jsonw_object(json);
        for (size_t i = 0; i < count && work_ok(w); i++) {
                int64_t seq = ledger_applied_to(w, streams[i]);

                if (seq > 0)
                        jsonw_member_int(json, streams[i], seq);
        }
        jsonw_end(json);
        return work_ok(w);
}

/* ---- what is in doubt ------------------------------------------------------------------------------------------------- */

static int by_path(const void *a, const void *b)
{
        return strcmp(((const struct file_doubt *)a)->path, ((const struct file_doubt *)b)->path);
}

struct file_doubt *catalogue_doubts(struct work *w, size_t *count)
{
        struct file_doubt *list = arena_room(w->arena, NULL, 0, sizeof *list);
        struct rows *r = db_query(w->db, "SELECT DISTINCT path, contest FROM catalogue_contest WHERE closed_by = ''", NO_ARGS);

        for (*count = 0; rows_next(r); ++*count) {
                list = arena_room(w->arena, list, *count, sizeof *list);
                list[*count] = (struct file_doubt){ arena_text(w->arena, rows_text(r, 0)), arena_text(w->arena, rows_text(r, 1)) };
        }
        rows_close(r);
        if (!work_ok(w))
                return NULL;
        qsort(list, *count, sizeof *list, by_path); /* databases order texts differently */
        return list;
}

const char *catalogue_ground(struct work *w, const char *path, const int64_t *heads, size_t count)
{
        size_t versions;
        struct file_version *list = versions_read(w, path, true, &versions);
        const struct file_version *ground;
        const struct entry *e;

        if (!work_ok(w))
                return NULL;
        copies_find(list, versions);
        ground = versions_ground(w->arena, list, versions, heads, count);
        e = ground == NULL ? NULL : ledger_entry(w, ground->entry);
        return e == NULL ? NULL : json_string_value(json_object_get(e->body, "text"));
}

/* ---- deciding ---------------------------------------------------------------------------------------------------------- */

static enum applied refuse(struct error *why, enum error_code code, const char *message)
{
        error_say(why, code, message);
        return REFUSED;
}

enum applied decision_is_formed(const struct entry *e, struct error *why)
{
        const char *reason = json_string_value(json_object_get(e->body, "reason"));
        size_t named = json_array_size(json_object_get(e->body, "of"));

        if (*e->author != '\0' && (!role_may(role_by_name(e->role), MAY_SEND) || !role_may(role_by_name(e->role), MAY_READ)))
                return refuse(why, ERR_DENIED, N_("its author had no right to settle conflicts"));
        if (reason == NULL || *reason == '\0' || strlen(reason) > SETTLE_REASON_MAX)
                return refuse(why, ERR_INVALID, N_("a decision needs a reason"));
        return named >= 1 && named <= SETTLE_SIDES_MAX ? APPLIED : refuse(why, ERR_INVALID, N_("\"of\" names no entries"));
}

enum applied decision_check(struct work *w, const struct entry *e, const char *path, int64_t mark, const char **settles, int64_t *brought, struct error *why)
{
        const json_t *of = json_object_get(e->body, "of"), *hash;
        enum applied formed = decision_is_formed(e, why);
        size_t i;

        *settles = "";
        *brought = 0;
        if (formed != APPLIED)
                return formed;
        json_array_foreach(of, i, hash) {
                const char *text = json_string_value(hash);
                const struct entry *named = text == NULL ? NULL : ledger_entry_by_hash(w, text);
                int64_t id = 0;

                if (text == NULL)
                        return refuse(why, ERR_INVALID, N_("\"of\" names no entries"));
                if (named != NULL) {
                        struct rows *r = db_query(w->db, "SELECT brought, mark FROM catalogue_version WHERE entry = $1 AND path = $2 AND is_home = 1",
                                                  ARGS(v_int(named->id), v_text(path)));

                        id = rows_next(r) ? rows_int(r, 0) : 0;
                        if (id != 0 && *brought == 0 && rows_int(r, 1) == mark)
                                *brought = id;
                        rows_close(r);
                }
                if (!work_ok(w))
                        return FAILED;
                if (id == 0) {
                        error_set(why, ERR_MISSING, "the versions this decides about are not here yet");
                        return WAITING;
                }
                if (entry_compare(named, e) >= 0)
                        return refuse(why, ERR_INVALID, N_("it decides about versions written after it"));
                *settles = arena_print(w->arena, "%s%s ", *settles, text);
        }
        return *brought != 0 ? APPLIED : refuse(why, ERR_INVALID, N_("it chooses a text that none of the entries brought"));
}
