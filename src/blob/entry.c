/* entry.c - what entries say of attachments and persons, and the rows they become. */
#include <sodium.h>
#include <string.h>

#include "base/decimal.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "blob/blob_private.h"
#include "format/jsonw.h"
#include "ledger/node.h"
#include "ledger/past.h"
#include "ledger/read.h"
#include "ledger/trust.h"
#include "ledger/write.h"

#define OF_MAX 300
#define LABEL_MAX 600 /* bytes of a sealed name */

const struct derived_table blob_tables[] = {
        { "blob",
          "CREATE TABLE blob (entry BIGINT PRIMARY KEY, node TEXT NOT NULL, name TEXT NOT NULL, unit TEXT NOT NULL,"
          " audience TEXT NOT NULL, type TEXT NOT NULL, size BIGINT NOT NULL, stored BIGINT NOT NULL, label TEXT NOT NULL,"
          " record TEXT NOT NULL, person TEXT NOT NULL, at BIGINT NOT NULL, hash BYTES NOT NULL);"
          "CREATE INDEX blob_name ON blob (node, name);"
          "CREATE INDEX blob_record ON blob (record, at) WHERE record <> '';"
          "CREATE INDEX blob_person ON blob (person) WHERE person <> ''",
          "SELECT node, name, unit, audience, type, size, stored, label, record, person, at, entry FROM blob", "tttttiitttie" },
        { "blob_erased",
          "CREATE TABLE blob_erased (entry BIGINT PRIMARY KEY, node TEXT NOT NULL, name TEXT NOT NULL, unit TEXT NOT NULL,"
          " at BIGINT NOT NULL, hash BYTES NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL, basis TEXT NOT NULL);"
          "CREATE INDEX blob_erased_name ON blob_erased (name, node)",
          "SELECT node, name, unit, at, who, why, basis, entry FROM blob_erased", "tttittte" },
        { NULL, NULL, NULL, NULL },
};

/* ---- what an entry must look like --------------------------------------------------------------------------- */

static const char *member(const struct entry *e, const char *name)
{
        const char *text = json_string_value(json_object_get(e->body, name));

        return text == NULL ? "" : text;
}

static bool is_hex(const char *text, size_t digits)
{
        return strlen(text) == digits && strspn(text, "0123456789abcdef") == digits;
}

bool is_person(const char *id)
{
        return id[0] == 'p' && is_hex(id + 1, 32);
}

static bool is_hash(const char *id)
{
        return is_hex(id, HASH_HEX - 1);
}

int64_t stored_size(int64_t size)
{
        int64_t pieces = size == 0 ? 1 : (size + (int64_t)PIECE_PLAIN - 1) / (int64_t)PIECE_PLAIN;

        return (int64_t)CONTENT_HEADER + size + pieces * (int64_t)PIECE_EXTRA;
}

static bool is_at_or_above(struct work *w, const struct peer *upper, const char *unit, moment at)
{
        const struct ledger_schema *schema = node_schema(w->node);

        return strcmp(upper->unit, unit) == 0 || strcmp(upper->unit, "VN") == 0 ||
               (schema->is_within != NULL && schema->is_within(w, unit, upper->unit, upper->tenure, day_of_moment(at)));
}

/* The writer as it was enrolled then. NULL: why says that it spoke for none, or that its author had no right. Whoever runs a node
 * may attach and erase there by its commands. */
static const struct peer *writer_of(struct work *w, const struct entry *e, enum right right, struct error *why)
{
        struct peer *writer = trust_writer(w, e);

        if (writer == NULL || writer->is_revoked) {
                error_set(why, ERR_DENIED, "nobody enrolled the node %.12s", e->node);
                return NULL;
        }
        if (e->author[0] != '\0' && !role_may(role_by_name(e->role), right) && !role_may(role_by_name(e->role), MAY_ADMINISTER)) {
                error_set(why, ERR_DENIED, "the role \"%s\" of %s may not do this (%s)", e->role, e->author, e->kind);
                return NULL;
        }
        return writer;
}

static enum applied refused(struct work *w)
{
        return work_ok(w) ? REFUSED : FAILED;
}

static enum applied bad_form(struct error *why, const char *what)
{
        error_set(why, ERR_INVALID, "\"%s\" is missing or not of the stated form", what);
        return REFUSED;
}

/* ---- applying -------------------------------------------------------------------------------------------- */

static bool row_write(struct work *w, const struct entry *e, const char *id, const char *unit, int64_t size, int64_t stored)
{
        return db_exec(w->db,
                       "INSERT INTO blob (entry, node, name, unit, audience, type, size, stored, label, record, person, at, hash)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                       ARGS(v_int(e->id), v_text(e->node), v_text(id), v_text(unit), v_text(e->audience),
                            v_text(member(e, "type")), v_int(size), v_int(stored), v_text(member(e, "label")),
                            v_text(member(e, "of")), v_text(member(e, "person")), v_int(e->at), v_bytes(e->hash, HASH_BYTES))) &&
               destroy_erased(w, e->node, id); /* an erasure may have come first */
}

static enum applied apply_add(struct work *w, const struct entry *e, struct error *why)
{
        const char *id = member(e, "hash"), *person = member(e, "person");
        const struct peer *writer = writer_of(w, e, MAY_FILL, why);
        json_t *size_json = json_object_get(e->body, "size"), *stored_json = json_object_get(e->body, "stored");
        int64_t size = json_integer_value(size_json);

        if (writer == NULL)
                return refused(w);
        if (!is_hash(id))
                return bad_form(why, "hash");
        if (!json_is_integer(size_json) || size < 1 || size > (int64_t)1 << 40)
                return bad_form(why, "size");
        if (!json_is_integer(stored_json) || json_integer_value(stored_json) != stored_size(size))
                return bad_form(why, "stored");
        if (member(e, "type")[0] == '\0' || strlen(member(e, "type")) > 100)
                return bad_form(why, "type");
        if (strlen(member(e, "label")) > LABEL_MAX)
                return bad_form(why, "label");
        if (strlen(member(e, "of")) > OF_MAX)
                return bad_form(why, "of");
        if (person[0] != '\0' && !is_person(person))
                return bad_form(why, "person");
        if (strcmp(e->node, node_key(w->node)) == 0 && !content_adopt(w, id))
                return FAILED;
        return row_write(w, e, id, writer->unit, size, stored_size(size)) ? APPLIED : FAILED;
}

static enum applied apply_person(struct work *w, const struct entry *e, struct error *why)
{
        const char *id = member(e, "person");
        const struct peer *writer = writer_of(w, e, MAY_FILL, why);

        if (writer == NULL)
                return refused(w);
        if (!is_person(id))
                return bad_form(why, "person");
        if (strcmp(e->node, node_key(w->node)) == 0 && !content_adopt(w, id))
                return FAILED;
        if (!db_exec(w->db,
                     "INSERT INTO blob (entry, node, name, unit, audience, type, size, stored, label, record, person, at, hash)"
                     " VALUES ($1, $2, $3, $4, $5, '', 0, 0, '', '', '', $6, $7)",
                     ARGS(v_int(e->id), v_text(e->node), v_text(id), v_text(writer->unit), v_text(e->audience), v_int(e->at),
                          v_bytes(e->hash, HASH_BYTES))))
                return FAILED;
        return destroy_erased(w, e->node, id) ? APPLIED : FAILED;
}

/* It names the home unit itself, so that whether it counts does not depend on whether what it erases is here. Where it
 * names another unit than the one that added it spoke for, it concerns nothing. */
static enum applied apply_erase(struct work *w, const struct entry *e, struct error *why)
{
        const char *id = member(e, "id"), *unit = member(e, "unit"), *node = member(e, "node");
        bool is_draft = strcmp(e->audience, AUDIENCE_LOCAL) == 0;
        const struct peer *writer = writer_of(w, e, is_draft ? MAY_FILL : MAY_SEND, why);

        if (writer == NULL)
                return refused(w);
        if (!is_hash(id) && !is_person(id))
                return bad_form(why, "id");
        if (!is_hex(node, KEY_HEX - 1))
                return bad_form(why, "node");
        if (member(e, "why")[0] == '\0' || strlen(member(e, "why")) > BLOB_REASON_MAX)
                return bad_form(why, "why");
        if (strlen(member(e, "basis")) > BLOB_REASON_MAX || (!is_draft && member(e, "basis")[0] == '\0'))
                return bad_form(why, "basis");
        if (unit[0] == '\0' || !is_at_or_above(w, writer, unit, stamp_moment(e->at))) {
                error_set(why, ERR_DENIED, "the node of unit %s may not erase what belongs to unit %s", writer->unit, unit);
                return refused(w);
        }
        return db_exec(w->db,
                       "INSERT INTO blob_erased (entry, node, name, unit, at, hash, who, why, basis)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                       ARGS(v_int(e->id), v_text(node), v_text(id), v_text(unit), v_int(e->at), v_bytes(e->hash, HASH_BYTES),
                            v_text(member(e, "by")), v_text(member(e, "why")), v_text(member(e, "basis")))) &&
                               destroy_erased(w, node, id)
                       ? APPLIED
                       : FAILED;
}

const struct entry_kind blob_kinds[] = {
        { "blob.add", apply_add, N_("an attachment: its hash, size and type; content and key travel apart") },
        { "blob.person", apply_person, N_("a person under whose key texts in entries are sealed") },
        { "blob.erase", apply_erase, N_("key and content of an attachment or a person are destroyed everywhere") },
        { NULL, NULL, NULL },
};

/* ---- reading --------------------------------------------------------------------------------------------- */

#define BLOB_SELECT                                                                                                    \
        "SELECT b.entry, b.node, b.name, b.unit, b.audience, b.type, b.size, b.stored, b.label, b.record, b.person, b.at,"  \
        " (SELECT x.entry" ERASED_FROM " ORDER BY x.at, x.hash LIMIT 1),"                                               \
        " c.held, c.is_whole, v.since, v.problem"                                                                       \
        " FROM blob b LEFT JOIN blob_content c ON c.node = b.node AND c.name = b.name"                                  \
        " LEFT JOIN blob_want v ON v.node = b.node AND v.name = b.name"
/* Of several entries about the same, one that others may read, and of these the first. */
#define BLOB_BEST BLOB_BEST_OF("")
#define BLOB_BEST_OF(others)                                                                                           \
        " AND NOT EXISTS (SELECT 1 FROM blob o WHERE o.node = b.node AND o.name = b.name" others " AND o.entry <> b.entry AND" \
        " ((b.audience = '-' AND o.audience <> '-') OR"                                                                 \
        " ((b.audience = '-') = (o.audience = '-') AND (o.at < b.at OR (o.at = b.at AND o.hash < b.hash)))))"

struct found {
        struct blob *list;
        const char **labels;
        int64_t *erased;
        size_t count, room;
};

static void add_row(struct work *w, struct found *f, struct rows *r)
{
        struct blob *b;

        if (f->count == f->room) {
                size_t room = f->room == 0 ? 16 : f->room * 2;
                struct found more = { .list = arena_array(w->arena, room, sizeof *more.list),
                                      .labels = arena_array(w->arena, room, sizeof *more.labels),
                                      .erased = arena_array(w->arena, room, sizeof *more.erased), .room = room };

                if (f->count > 0) {
                        memcpy(more.list, f->list, f->count * sizeof *f->list);
                        memcpy(more.labels, f->labels, f->count * sizeof *f->labels);
                        memcpy(more.erased, f->erased, f->count * sizeof *f->erased);
                }
                more.count = f->count;
                *f = more;
        }
        b = &f->list[f->count];
        b->entry = rows_int(r, 0);
        b->node = arena_text(w->arena, rows_text(r, 1));
        b->id = arena_text(w->arena, rows_text(r, 2));
        b->unit = arena_text(w->arena, rows_text(r, 3));
        b->audience = arena_text(w->arena, rows_text(r, 4));
        b->type = arena_text(w->arena, rows_text(r, 5));
        b->size = rows_int(r, 6);
        b->stored = rows_int(r, 7);
        f->labels[f->count] = arena_text(w->arena, rows_text(r, 8));
        b->of = arena_text(w->arena, rows_text(r, 9));
        b->person = arena_text(w->arena, rows_text(r, 10));
        b->added_at = stamp_moment(rows_int(r, 11));
        b->is_erased = !rows_is_null(r, 12);
        f->erased[f->count] = rows_int(r, 12);
        b->held = rows_int(r, 13);
        b->is_here = rows_int(r, 14) != 0;
        b->is_wanted = !rows_is_null(r, 15);
        b->wanted_since = rows_int(r, 15);
        b->problem = rows_is_null(r, 16) ? NULL : arena_text(w->arena, rows_text(r, 16));
        f->count++;
}

/* A name was checked where the file was added (name_check in store.c), and sealed: another node's can say anything. */
static const char *name_shown(struct work *w, const char *sealed)
{
        char *name = sealed == NULL ? NULL : arena_text(w->arena, utf8_shown(w->arena, sealed));

        for (char *slash = name; slash != NULL && (slash = strpbrk(slash, "/\\")) != NULL; slash++)
                *slash = '_';
        return name;
}

/* What stands in other tables and under the key; the rows have been read to their end. */
static void complete(struct work *w, struct blob *b, const char *label, int64_t erased)
{
        unsigned char key[BLOB_KEY_BYTES];
        struct rows *r;

        if (erased != 0) {
                r = db_query(w->db, "SELECT at, who, why, basis FROM blob_erased WHERE entry = $1", ARGS(v_int(erased)));
                if (rows_next(r)) {
                        b->erased_entry = erased;
                        b->erased_at = stamp_moment(rows_int(r, 0));
                        b->erased_by = arena_text(w->arena, rows_text(r, 1));
                        b->erased_why = arena_text(w->arena, rows_text(r, 2));
                        b->erased_basis = arena_text(w->arena, rows_text(r, 3));
                }
                rows_close(r);
        }
        b->has_key = key_load(w, b->node, b->id, key);
        if (b->has_key && b->type[0] != '\0')
                b->name = name_shown(w, text_open(w, key, b->id, label));
        if (is_person(b->id))
                b->is_here = b->has_key;
        sodium_memzero(key, sizeof key);
}

static struct blob *find_all(struct work *w, const char *where, struct values values, size_t *count)
{
        struct rows *r = db_query(w->db, arena_print(w->arena, BLOB_SELECT " WHERE %s", where), values);
        struct found f = { .count = 0 };

        while (rows_next(r))
                add_row(w, &f, r);
        rows_close(r);
        for (size_t i = 0; i < f.count && work_ok(w); i++)
                complete(w, &f.list[i], f.labels[i], f.erased[i]);
        *count = f.count;
        return work_ok(w) ? (f.list != NULL ? f.list : arena_alloc(w->arena, sizeof *f.list)) : NULL;
}

struct asked {
        const char *where;
        struct values values;
        struct blob *list;
        size_t count;
};

static bool ask(struct work *w, void *argument)
{
        struct asked *a = argument;

        a->list = find_all(w, a->where, a->values, &a->count);
        return a->list != NULL;
}

/* The last entries that count: in a past those of its moment. */
static stamp until(const struct work *w)
{
        return past_is_read(w) ? stamp_last(w->now) : INT64_MAX;
}

#define BY_THEN " AND b.at <= $1" BLOB_BEST_OF(" AND o.at <= $1")

struct blob *blob_find(struct work *w, const char *node, const char *id)
{
        struct asked a = { .where = "b.node = $2 AND b.name = $3" BY_THEN, .values = ARGS(v_int(until(w)), v_text(node), v_text(id)) };

        return past_on_node(w, ask, &a) && a.count > 0 ? a.list : NULL;
}

struct blob *blob_list(struct work *w, const char *of, size_t *count)
{
        struct asked a = { .where = "b.record = $2" BY_THEN " ORDER BY b.at, b.hash", .values = ARGS(v_int(until(w)), v_text(of)) };
        bool ok = past_on_node(w, ask, &a);

        *count = a.count;
        return ok ? a.list : NULL;
}

struct blob *blob_list_after(struct work *w, const char *node, const char *id, size_t limit, size_t *count)
{
        return find_all(w, "(b.node > $1 OR (b.node = $1 AND b.name > $2))" BLOB_BEST " ORDER BY b.node, b.name LIMIT $3",
                        ARGS(v_text(node), v_text(id), v_int((int64_t)limit)), count);
}

bool blob_is_person(const struct blob *b)
{
        return is_person(b->id);
}

#define ABOUT "CASE WHEN b.type = '' THEN b.name ELSE b.person END"
#define ABOUT_ORDER BLOB_BEST " ORDER BY " ABOUT ", CASE WHEN b.type = '' THEN 0 ELSE 1 END, b.at, b.hash"

struct blob *blob_about(struct work *w, const char *id, size_t *count)
{
        return find_all(w, "((b.type = '' AND b.name = $1) OR (b.person <> '' AND b.person = $1))" ABOUT_ORDER, ARGS(v_text(id)),
                        count);
}

struct blob *blob_persons_after(struct work *w, const char *id, size_t limit, size_t *count)
{
        return find_all(w,
                        ABOUT " IN (SELECT p.name FROM blob p WHERE p.type = '' AND p.name > $1 GROUP BY p.name ORDER BY p.name"
                              " LIMIT $2)" ABOUT_ORDER,
                        ARGS(v_text(id), v_int((int64_t)limit)), count);
}

struct blob *blob_wants(struct work *w, size_t *count)
{
        return find_all(w, "v.since IS NOT NULL AND v.problem IS NULL AND b.audience <> '-'" BLOB_BEST " ORDER BY v.since, b.node, b.name", NO_ARGS,
                        count);
}

const char *blob_state(const struct blob *b)
{
        return b->is_erased ? "erased" : b->is_here ? "here" : b->is_wanted ? "waiting" : "elsewhere";
}

void blob_members(struct jsonw *j, const struct blob *b)
{
        jsonw_member_text(j, "node", b->node);
        jsonw_member_text(j, "id", b->id);
        jsonw_member_text(j, "name", b->name);
        jsonw_member_text(j, "type", b->type);
        jsonw_member_int(j, "size", b->size);
        jsonw_member_int(j, "stored", b->stored);
        jsonw_member_int(j, "held", b->held);
        jsonw_member_text(j, "state", blob_state(b));
        jsonw_member_text(j, "problem", b->problem);
}

const struct blob_stream *blob_wants_streams(struct work *w, size_t *count)
{
        struct rows *r = db_query(w->db,
                                  "SELECT DISTINCT b.node, b.audience FROM blob_want v JOIN blob b ON b.node = v.node AND b.name = v.name"
                                  " WHERE v.problem IS NULL AND b.audience <> '-'" BLOB_BEST " ORDER BY b.node, b.audience",
                                  NO_ARGS);
        struct blob_stream *list = NULL;
        size_t room = 0;

        for (*count = 0; rows_next(r); (*count)++) {
                if (*count == room) {
                        struct blob_stream *more = arena_array(w->arena, room = room * 2 + 16, sizeof *more);

                        if (*count > 0)
                                memcpy(more, list, *count * sizeof *more);
                        list = more;
                }
                list[*count] = (struct blob_stream){ arena_text(w->arena, rows_text(r, 0)), arena_text(w->arena, rows_text(r, 1)) };
        }
        rows_close(r);
        return list;
}

static int64_t limit_setting(const struct node *n, const char *name, int64_t usual_mb)
{
        const char *text = node_setting(n, name);
        int64_t mb;

        if (text == NULL || decimal_read(text, strlen(text), 0, &mb, NULL) != DECIMAL_OK || mb < 1 || mb > 4096)
                mb = usual_mb;
        return mb << 20;
}

int64_t blob_limit(const struct node *n)
{
        return limit_setting(n, "attachment_limit_mb", 25);
}

int64_t blob_record_limit(const struct node *n)
{
        return limit_setting(n, "attachments_limit_mb", 100);
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

static bool append(struct work *w, const char *audience, const char *kind, const char *id, struct buf *body, struct jsonw *j)
{
        jsonw_end(j);
        return ledger_append(w, audience, kind, arena_print(w->arena, "blob/%s", id), body, NULL);
}

static struct buf *body_begin(struct work *w, struct jsonw *j)
{
        struct buf *body = arena_alloc(w->arena, sizeof *body);

        buf_init_with(body, (size_t)64 << 10, w->arena);
        jsonw_init(j, body);
        jsonw_object(j);
        return body;
}

struct saying {
        const char *id, *type, *of, *person, *label;
        int64_t size, stored;
};

static bool say_added(struct work *w, const char *audience, const struct saying *s)
{
        struct jsonw j;
        struct buf *body = body_begin(w, &j);

        jsonw_member_text(&j, "hash", s->id);
        jsonw_member_int(&j, "size", s->size);
        jsonw_member_int(&j, "stored", s->stored);
        jsonw_member_text(&j, "type", s->type);
        jsonw_member_text(&j, "label", s->label);
        if (s->of[0] != '\0')
                jsonw_member_text(&j, "of", s->of);
        if (s->person[0] != '\0')
                jsonw_member_text(&j, "person", s->person);
        return append(w, audience, "blob.add", s->id, body, &j);
}

/* A person this node knows under its present key or one it had. */
static struct blob *own_person(struct work *w, const char *id)
{
        struct blob *b = blob_find(w, node_key(w->node), id);
        const struct former *formers;
        size_t count;

        formers = node_formers(w->node, &count);
        while (b == NULL && count > 0)
                b = blob_find(w, formers[--count].key, id);
        return b;
}

bool blob_add(struct work *w, const struct blob_new *f, const char *audience, const char *of, const char *person)
{
        struct saying s = { .id = f->id, .type = f->type, .of = of, .person = person, .size = f->size, .stored = f->stored };
        struct buf *label = arena_alloc(w->arena, sizeof *label);
        int64_t together;

        if (person[0] != '\0') {
                struct blob *about = own_person(w, person);

                if (about == NULL || !about->has_key)
                        return work_ok(w) && error_set(&w->err, ERR_MISSING, "this node knows no person %s", person);
        }
        together = of[0] == '\0' ? 0
                                 : db_number(w->db,
                                             "SELECT CAST(SUM(b.size) AS BIGINT) FROM blob b JOIN blob_content c"
                                             " ON c.node = b.node AND c.name = b.name WHERE b.record = $1" BLOB_BEST,
                                             ARGS(v_text(of)), 0);
        if (together + f->size > blob_record_limit(w->node)) {
                error_set(&w->err, ERR_TOO_BIG, "the attachments of one record may have %lld MB together",
                          (long long)(blob_record_limit(w->node) >> 20));
                return error_hint(&w->err, "remove one that is not needed, or make it smaller");
        }
        buf_init_with(label, LABEL_MAX, w->arena);
        text_seal(w, f->key, f->id, f->name, label);
        if (!buf_ok(label))
                return error_set(&w->err, ERR_TOO_BIG, "the file's name is too long");
        s.label = label->data;
        return db_exec(w->db, "UPDATE blob_content SET node = $2, name = $3, is_whole = 1 WHERE id = $1",
                       ARGS(v_int(f->content), v_text(node_key(w->node)), v_text(f->id))) &&
               key_keep(w, node_key(w->node), f->id, f->key) && say_added(w, audience, &s);
}

bool blob_share(struct work *w, struct blob *b, const char *audience)
{
        struct blob former = *b;
        struct saying s = { .id = b->id, .type = b->type, .of = b->of, .person = b->person, .size = b->size,
                            .stored = b->stored };

        if (strcmp(b->audience, AUDIENCE_LOCAL) != 0)
                return true;
        s.label = db_text(w->db, w->arena, "SELECT label FROM blob WHERE entry = $1", ARGS(v_int(b->entry)));
        if (!work_ok(w) || !say_added(w, audience, &s))
                return false;
        if (strcmp(b->node, node_key(w->node)) == 0)
                return true;
        b->node = node_key(w->node);
        return blob_erase(w, &former, "it stands under the node's new key", NULL);
}

bool blob_person(struct work *w, const char *audience, char id[BLOB_ID_MAX])
{
        unsigned char key[BLOB_KEY_BYTES];
        struct jsonw j;
        struct buf *body = body_begin(w, &j);
        bool ok;

        randombytes_buf(key, sizeof key);
        person_id(key, id);
        jsonw_member_text(&j, "person", id);
        ok = key_keep(w, node_key(w->node), id, key) && append(w, audience, "blob.person", id, body, &j);
        sodium_memzero(key, sizeof key);
        return ok;
}

static bool is_blank(const char *text)
{
        return text == NULL || text[strspn(text, " \t\r\n")] == '\0';
}

bool blob_erase(struct work *w, const struct blob *b, const char *why, const char *basis)
{
        bool is_draft = strcmp(b->audience, AUDIENCE_LOCAL) == 0;
        struct jsonw j;
        struct buf *body;

        if (b->is_erased)
                return error_set(&w->err, ERR_CONFLICT, "it was erased already");
        if (!is_at_or_above(w, trust_self(w), b->unit, w->now)) {
                error_set(&w->err, ERR_DENIED, "the node of unit %s may not erase what belongs to unit %s",
                          node_unit(w->node), b->unit);
                return error_hint(&w->err, "ask that unit, or the unit above it");
        }
        if (is_blank(why) || (!is_draft && is_blank(basis)))
                return error_set(&w->err, ERR_INVALID, "an erasure needs its reason and its legal basis") || error_at(&w->err, is_blank(why) ? "why" : "basis");
        if (strlen(why) > BLOB_REASON_MAX || (basis != NULL && strlen(basis) > BLOB_REASON_MAX))
                return error_set(&w->err, ERR_TOO_BIG, "reason and legal basis may have %d bytes each", BLOB_REASON_MAX) || error_at(&w->err, strlen(why) > BLOB_REASON_MAX ? "why" : "basis");
        body = body_begin(w, &j);
        jsonw_member_text(&j, "node", b->node);
        jsonw_member_text(&j, "id", b->id);
        jsonw_member_text(&j, "unit", b->unit);
        jsonw_member_text(&j, "by", w->user->name[0] != '\0' ? w->user->name : w->user->login);
        jsonw_member_text(&j, "why", why);
        jsonw_member_text(&j, "basis", basis == NULL ? "" : basis);
        return append(w, b->audience, "blob.erase", b->id, body, &j);
}
