/* blob_places.h - three nodes that trust each other, and files attached at one of them: for the tests of attachments.
 *
 * Header only, as support.h. */
#ifndef TESTS_BLOB_PLACES_H
#define TESTS_BLOB_PLACES_H

#include "tests/support.h"

#include <fcntl.h>
#include <sodium.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"
#include "blob/blob_private.h"
#include "ledger/ledger_private.h"

static const struct entry_kind *const kinds[] = { trust_kinds, blob_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, blob_tables, NULL };

/* Here a unit lies in that whose code its own begins with. */
static inline bool begins_with(struct work *w, const char *inner, const char *outer, struct tenure tenure, day on)
{
        (void)w;
        (void)tenure;
        (void)on;
        return strncmp(inner, outer, strlen(outer)) == 0;
}

static const struct ledger_schema schema = { .kinds = kinds, .tables = tables, .is_within = begins_with };

/* ---- nodes ----------------------------------------------------------------------------------------------- */

struct place {
        char folder[512];
        struct node *node;
        struct arena *arena;
        struct work w;
};

static struct place province, ministry, neighbour;

static inline struct work *begin(struct place *p)
{
        struct db *db;

        arena_reset(p->arena);
        work_init(&p->w, p->arena, NULL, LANGUAGE_EN);
        db = node_reader(p->node, &p->w.err);
        assert_non_null(db);
        db_attach_error(db, &p->w.err);
        p->w.db = db;
        p->w.node = p->node;
        p->w.user = &user_operator;
        p->w.now = moment_now();
        return &p->w;
}

static inline void ok(bool is_ok, const struct place *p)
{
        if (!is_ok)
                fail_msg("%s (%s)", p->w.err.message, p->w.err.context);
}

static inline void fails(bool is_ok, const struct place *p, enum error_code code, const char *part)
{
        assert_false(is_ok);
        if (p->w.err.code != code || strstr(p->w.err.message, part) == NULL)
                fail_msg("%d: %s", p->w.err.code, p->w.err.message);
}

static inline bool enrol(struct work *w, void *other)
{
        const struct place *p = other;

        return trust_enrol(w, node_key(p->node), node_unit(p->node), strcmp(node_unit(w->node), "VN") == 0);
}

static inline void job(struct place *p, work_function *run, void *argument)
{
        begin(p);
        ok(ledger_write(&p->w, run, argument), p);
}

static inline void open_place(struct place *p, const char *unit)
{
        struct error err = { .language = LANGUAGE_EN };

        memset(p, 0, sizeof *p);
        snprintf(p->folder, sizeof p->folder, "%s/node", test_folder());
        p->arena = arena_open(WORK_MEMORY_USUAL);
        if (!node_init(p->folder, unit, test_store(), &schema, &err) ||
            (p->node = node_open(p->folder, NODE_WRITE, &schema, &err)) == NULL)
                fail_msg("%s", err.message);
}

static inline void reopen(struct place *p)
{
        struct error err = { .language = LANGUAGE_EN };

        node_close(p->node);
        p->node = node_open(p->folder, NODE_WRITE, &schema, &err);
        if (p->node == NULL)
                fail_msg("%s", err.message);
}

static inline int setup(void **state)
{
        struct place *all[] = { &province, &ministry, &neighbour };

        (void)state;
        log_set_level(getenv("CAUNOI_TEST_LOG") != NULL ? LOG_DETAIL : LOG_ALARM);
        open_place(&province, "42");
        open_place(&ministry, "VN");
        open_place(&neighbour, "25");
        for (int i = 0; i < 3; i++)
                for (int j = 0; j < 3; j++)
                        if (i != j)
                                job(all[i], enrol, all[j]);
        return 0;
}

static inline int teardown(void **state)
{
        struct place *all[] = { &province, &ministry, &neighbour };

        (void)state;
        for (int i = 0; i < 3; i++) {
                node_close(all[i]->node);
                arena_close(all[i]->arena);
        }
        return 0;
}

struct parcel {
        char *lines[400];
        size_t count;
        struct arena *arena;
};

static inline bool put_entry(struct work *w, const struct entry *e, void *context)
{
        struct parcel *p = context;

        (void)w;
        assert_true(p->count + 1 < sizeof p->lines / sizeof *p->lines);
        p->lines[p->count++] = arena_copy(p->arena, e->bytes, e->length);
        return true;
}

static inline bool take_lines(struct work *w, void *argument)
{
        struct parcel *p = argument;
        struct receiver *r = receive_open(w, NULL);
        struct received received;

        for (size_t i = 0; r != NULL && i < p->count; i++)
                if (!receive_line(r, p->lines[i], strlen(p->lines[i])))
                        return false;
        return r != NULL && receive_close(r, &received);
}

/* Everything a key wrote and may send. */
static inline void put_streams(struct place *from, const char *key, struct parcel *parcel)
{
        size_t count;
        struct stream_state *streams = ledger_streams(&from->w, &count);

        for (size_t i = 0; i < count; i++) {
                int64_t sealed;

                if (strcmp(streams[i].audience, AUDIENCE_LOCAL) == 0 || streams[i].seq == 0 || strcmp(streams[i].node, key) != 0)
                        continue;
                ok(ledger_stream_after(&from->w, streams[i].name, 0, 0, put_entry, parcel), from);
                parcel->lines[parcel->count++] =
                        arena_text(parcel->arena, ledger_seal_line(&from->w, streams[i].name, streams[i].seq, &sealed));
        }
}

/* Everything a node wrote goes to the other: under its former keys first. */
static inline void carry(struct place *from, struct place *to)
{
        struct parcel parcel = { .arena = arena_open(WORK_MEMORY_USUAL) };
        const struct former *formers;
        size_t count;

        begin(from);
        formers = node_formers(from->node, &count);
        for (size_t i = 0; i < count; i++)
                put_streams(from, formers[i].key, &parcel);
        put_streams(from, node_key(from->node), &parcel);
        job(to, take_lines, &parcel);
        arena_close(parcel.arena);
}

/* ---- files ----------------------------------------------------------------------------------------------- */

/* A file of text that never repeats. */
static inline char *text_of(struct arena *a, size_t length)
{
        char *text = arena_alloc(a, length + 1);

        for (size_t i = 0, n = 1; i < length; i++, n = (n * 1103515245 + 12345) & 0x7fffffff)
                text[i] = (char)('a' + n / 65536 % 26);
        return text;
}

static inline int file_of(const void *bytes, size_t length)
{
        const char *path = test_path("file");
        struct error err = { .code = ERR_NONE };
        int fd;

        assert_true(file_write(path, bytes, length, 0600, &err));
        fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        return fd;
}

struct adding {
        struct blob_new file;
        const char *audience, *person;
};

static inline bool add(struct work *w, void *argument)
{
        struct adding *a = argument;

        return blob_add(w, &a->file, a->audience, "report/x", a->person == NULL ? "" : a->person);
}

/* Attach a file to report/x of the province. id gets its hash. */
static inline void attach_about(const char *name, const void *bytes, size_t length, const char *person, char id[BLOB_ID_MAX])
{
        struct adding a = { .audience = "42", .person = person };
        int fd = file_of(bytes, length);

        begin(&province);
        ok(blob_keep(&province.w, fd, name, &a.file), &province);
        ok(ledger_write(&province.w, add, &a), &province);
        memcpy(id, a.file.id, BLOB_ID_MAX);
        close(fd);
}

static inline void attach(const char *name, const void *bytes, size_t length, char id[BLOB_ID_MAX])
{
        attach_about(name, bytes, length, NULL, id);
}

static inline struct blob *find_under(const char *key, struct place *p, const char *id)
{
        struct blob *b;

        begin(p);
        b = blob_find(&p->w, key, id);
        ok(work_ok(&p->w), p);
        return b;
}

/* The province's blob as a place sees it. */
static inline struct blob *find(struct place *p, const char *id)
{
        return find_under(node_key(province.node), p, id);
}

static inline int64_t number(struct place *p, const char *sql)
{
        begin(p);
        return db_number(p->w.db, sql, NO_ARGS, 0);
}

static inline void nothing_is_kept(struct place *p)
{
        assert_int_equal(number(p, "SELECT COUNT(*) FROM blob_content"), 0);
        assert_int_equal(number(p, "SELECT COUNT(*) FROM blob_piece"), 0);
}

static inline void is_sound(struct place *p)
{
        struct verified v;
        struct blob_count c;
        int64_t entries;

        begin(p);
        ok(ledger_verify(&p->w, &v), p);
        ok(blob_verify(&p->w, &c), p);
        ok(ledger_rebuild_check(&p->w, &entries), p);
}

struct erasing {
        struct blob *blob;
        const char *why, *basis;
};

static inline bool erase(struct work *w, void *argument)
{
        const struct erasing *e = argument;

        return blob_erase(w, e->blob, e->why, e->basis);
}

static inline void erase_at(struct place *p, const char *id)
{
        struct erasing e = { find(p, id), "Người có dữ liệu yêu cầu", "Điều 14 Luật 91/2025/QH15" };

        assert_non_null(e.blob);
        ok(ledger_write(&p->w, erase, &e), p);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
