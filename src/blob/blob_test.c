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
static bool begins_with(struct work *w, const char *inner, const char *outer, struct tenure tenure, day on)
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

static struct work *begin(struct place *p)
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

static void ok(bool is_ok, const struct place *p)
{
        if (!is_ok)
                fail_msg("%s (%s)", p->w.err.message, p->w.err.context);
}

static void fails(bool is_ok, const struct place *p, enum error_code code, const char *part)
{
        assert_false(is_ok);
        if (p->w.err.code != code || strstr(p->w.err.message, part) == NULL)
                fail_msg("%d: %s", p->w.err.code, p->w.err.message);
}

static bool enrol(struct work *w, void *other)
{
        const struct place *p = other;

        return trust_enrol(w, node_key(p->node), node_unit(p->node), strcmp(node_unit(w->node), "VN") == 0);
}

static void job(struct place *p, work_function *run, void *argument)
{
        begin(p);
        ok(ledger_write(&p->w, run, argument), p);
}

static void open_place(struct place *p, const char *unit)
{
        struct error err = { .language = LANGUAGE_EN };

        memset(p, 0, sizeof *p);
        snprintf(p->folder, sizeof p->folder, "%s/node", test_folder());
        p->arena = arena_open(WORK_MEMORY_USUAL);
        if (!node_init(p->folder, unit, test_store(), &schema, &err) ||
            (p->node = node_open(p->folder, NODE_WRITE, &schema, &err)) == NULL)
                fail_msg("%s", err.message);
}

static void reopen(struct place *p)
{
        struct error err = { .language = LANGUAGE_EN };

        node_close(p->node);
        p->node = node_open(p->folder, NODE_WRITE, &schema, &err);
        if (p->node == NULL)
                fail_msg("%s", err.message);
}

static int setup(void **state)
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

static int teardown(void **state)
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

static bool put_entry(struct work *w, const struct entry *e, void *context)
{
        struct parcel *p = context;

        (void)w;
        assert_true(p->count + 1 < sizeof p->lines / sizeof *p->lines);
        p->lines[p->count++] = arena_copy(p->arena, e->bytes, e->length);
        return true;
}

static bool take_lines(struct work *w, void *argument)
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
static void put_streams(struct place *from, const char *key, struct parcel *parcel)
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
static void carry(struct place *from, struct place *to)
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
static char *text_of(struct arena *a, size_t length)
{
        char *text = arena_alloc(a, length + 1);

        for (size_t i = 0, n = 1; i < length; i++, n = (n * 1103515245 + 12345) & 0x7fffffff)
                text[i] = (char)('a' + n / 65536 % 26);
        return text;
}

static int file_of(const void *bytes, size_t length)
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

static bool add(struct work *w, void *argument)
{
        struct adding *a = argument;

        return blob_add(w, &a->file, a->audience, "report/x", a->person == NULL ? "" : a->person);
}

/* Attach a file to report/x of the province. id gets its hash. */
static void attach_about(const char *name, const void *bytes, size_t length, const char *person, char id[BLOB_ID_MAX])
{
        struct adding a = { .audience = "42", .person = person };
        int fd = file_of(bytes, length);

        begin(&province);
        ok(blob_keep(&province.w, fd, name, &a.file), &province);
        ok(ledger_write(&province.w, add, &a), &province);
        memcpy(id, a.file.id, BLOB_ID_MAX);
        close(fd);
}

static void attach(const char *name, const void *bytes, size_t length, char id[BLOB_ID_MAX])
{
        attach_about(name, bytes, length, NULL, id);
}

static struct blob *find_under(const char *key, struct place *p, const char *id)
{
        struct blob *b;

        begin(p);
        b = blob_find(&p->w, key, id);
        ok(work_ok(&p->w), p);
        return b;
}

/* The province's blob as a place sees it. */
static struct blob *find(struct place *p, const char *id)
{
        return find_under(node_key(province.node), p, id);
}

static int64_t number(struct place *p, const char *sql)
{
        begin(p);
        return db_number(p->w.db, sql, NO_ARGS, 0);
}

static void nothing_is_kept(struct place *p)
{
        assert_int_equal(number(p, "SELECT COUNT(*) FROM blob_content"), 0);
        assert_int_equal(number(p, "SELECT COUNT(*) FROM blob_piece"), 0);
}

static void is_sound(struct place *p)
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

static bool erase(struct work *w, void *argument)
{
        const struct erasing *e = argument;

        return blob_erase(w, e->blob, e->why, e->basis);
}

static void erase_at(struct place *p, const char *id)
{
        struct erasing e = { find(p, id), "Người có dữ liệu yêu cầu", "Điều 14 Luật 91/2025/QH15" };

        assert_non_null(e.blob);
        ok(ledger_write(&p->w, erase, &e), p);
}

/* ---- keeping ---------------------------------------------------------------------------------------------- */

static void a_file_comes_back_as_it_was(void **state)
{
        static const size_t sizes[] = { 1, 65535, 65536, 65537, 131072, 3000001 };

        (void)state;
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
                struct arena *a = arena_open(WORK_MEMORY_USUAL);
                char *text = text_of(a, sizes[i]), id[BLOB_ID_MAX], hash_hex[HASH_HEX];
                unsigned char hash[HASH_BYTES];
                struct buf out;
                struct blob *b;

                attach("Biên bản họp.txt", text, sizes[i], id);
                b = find(&province, id);
                assert_non_null(b);
                assert_true(b->is_here);
                assert_string_equal(b->name, "Biên bản họp.txt");
                assert_string_equal(b->type, "text/plain");
                assert_string_equal(b->unit, "42");
                assert_int_equal(b->size, sizes[i]);
                assert_int_equal(b->stored, stored_size((int64_t)sizes[i]));
                buf_init(&out, 0);
                ok(blob_read(&province.w, b, &out), &province);
                assert_int_equal(out.length, sizes[i]);
                assert_memory_equal(out.data, text, sizes[i]);
                buf_reset(&out);
                ok(blob_bytes(&province.w, b, 0, SIZE_MAX, &out), &province);
                assert_int_equal(out.length, b->stored);
                ledger_digest(out.data, out.length, hash);
                hex_write(hash_hex, hash, sizeof hash);
                assert_string_equal(hash_hex, id);
                buf_clear(&out);
                arena_close(a);
        }
        is_sound(&province);
}

static void neither_name_nor_content_stands_in_the_clear(void **state)
{
        char id[BLOB_ID_MAX];
        struct rows *r;
        int count = 0;

        (void)state;
        attach("Nguyễn Văn Bí Mật.txt", "số căn cước 012345678901", strlen("số căn cước 012345678901"), id);
        begin(&province);
        r = db_query(province.w.db, "SELECT line FROM ledger_entry", NO_ARGS);
        while (rows_next(r)) {
                size_t length;
                const char *line = rows_bytes(r, 0, &length);

                assert_null(memmem(line, length, "Bí Mật", 8));
                count++;
        }
        rows_close(r);
        assert_true(count > 0);
        r = db_query(province.w.db, "SELECT piece FROM blob_piece", NO_ARGS);
        while (rows_next(r)) {
                size_t length;
                const char *bytes = rows_bytes(r, 0, &length);

                assert_null(memmem(bytes, length, "012345678901", 12));
        }
        rows_close(r);
}

#define ZIP(part) "PK\3\4....................................." part ".........................."

static void what_may_be_attached_is_told_by_content(void **state)
{
        static const struct { const char *name, *bytes, *type; } cases[] = {
                { "a.pdf", "%PDF-1.7 x", "application/pdf" },
                { "a.exe", "%PDF-1.7 x", "application/pdf" }, /* the name says nothing */
                { "a.png", "\x89PNG\r\n\x1a\n....", "image/png" },
                { "a.jpg", "\xff\xd8\xff\xe0....", "image/jpeg" },
                { "a.docx", ZIP("word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
                { "a.xlsx", ZIP("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
                { "a.xlsx", ZIP("xl/workbook.xml") ZIP("xl/vbaProject.bin"), NULL },
                { "a.docx", ZIP("word/document.xml") ZIP("xl/workbook.xml"), NULL },
                { "a.zip", ZIP("readme"), NULL },
                { "a.CSV", "cột,giá trị\n1,2\n", "text/csv" },
                { "a.txt", "<script>alert(1)</script>", "text/plain" },
                { "a.pdf", "văn bản", "text/plain" },
                { "a.txt", "\xc3", NULL },
                { "a.txt", "\xc0\xaf", NULL },
                { "a.txt", "\xed\xa0\x80", NULL },
                { "a.txt", "\x01\x02", NULL },
                { "a.exe", "MZ\x90\x03", NULL },
                { "a.pdf", "PDF-1.7 \xff", NULL },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct arena *a = arena_open(1 << 20);
                size_t length = strlen(cases[i].bytes);

                for (size_t step = 1; step <= length; step += step < 30 ? 1 : length) { /* whatever the cuts */
                        struct blob_sniffer *s = blob_sniff_begin(a);
                        const struct blob_type *t;

                        for (size_t at = 0; at < length; at += step)
                                blob_sniff(s, cases[i].bytes + at, length - at < step ? length - at : step);
                        t = blob_sniff_end(s, cases[i].name);
                        if ((t == NULL) != (cases[i].type == NULL) || (t != NULL && strcmp(t->type, cases[i].type) != 0))
                                fail_msg("case %zu, steps of %zu: %s", i, step, t == NULL ? "none" : t->type);
                }
                arena_close(a);
        }
}

static void what_is_refused_leaves_nothing(void **state)
{
        static const struct { const char *name, *bytes; size_t length; enum error_code code; const char *part; } cases[] = {
                { "a.txt", "", 0, ERR_INVALID, "empty" },
                { "a.exe", "MZ\x90\x00", 4, ERR_INVALID, "of a type that cannot be attached" },
                { "", "text", 4, ERR_INVALID, "no name" },
                { "a\nb.txt", "text", 4, ERR_INVALID, "a character that cannot be seen (U+000A)" },
                { "a\\b.txt", "text", 4, ERR_INVALID, "a character that is not allowed" },
                { "b\xC3\xA1o c\xC3\xA1o\xE2\x80\xAE" "fdp.txt", "text", 4, ERR_INVALID, "a character that cannot be seen (U+202E)" },
                { "a\xff.txt", "text", 4, ERR_INVALID, "not UTF-8" },
        };
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        struct blob_new f;
        char *large = text_of(a, (25 << 20) + 1);
        int fd;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                fd = file_of(cases[i].bytes, cases[i].length);
                begin(&province);
                fails(blob_keep(&province.w, fd, cases[i].name, &f), &province, cases[i].code, cases[i].part);
                close(fd);
                nothing_is_kept(&province);
        }
        fd = file_of(large, (25 << 20) + 1);
        begin(&province);
        fails(blob_keep(&province.w, fd, "a.txt", &f), &province, ERR_TOO_BIG, "larger than 25 MB");
        close(fd);
        nothing_is_kept(&province);
        arena_close(a);
}

static void all_files_of_a_record_together_have_a_limit(void **state)
{
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        char *text = text_of(a, 25 << 20), id[BLOB_ID_MAX];
        struct adding x = { .audience = "42" };
        int fd = file_of("x", 1);

        (void)state;
        for (int i = 0; i < 4; i++)
                attach("a.txt", text, 25 << 20, id);
        begin(&province);
        ok(blob_keep(&province.w, fd, "a.txt", &x.file), &province);
        fails(ledger_write(&province.w, add, &x), &province, ERR_TOO_BIG, "100 MB together");
        blob_drop(&province.w, &x.file);
        assert_int_equal(number(&province, "SELECT COUNT(*) FROM blob_content"), 4);
        close(fd);
        arena_close(a);
}

static void an_upload_cut_off_is_forgotten_at_the_next_start(void **state)
{
        struct blob_new f;
        char id[BLOB_ID_MAX];
        int fd = file_of("nửa chừng", strlen("nửa chừng"));

        (void)state;
        attach("a.txt", "ở lại", strlen("ở lại"), id);
        begin(&province);
        ok(blob_keep(&province.w, fd, "b.txt", &f), &province);
        close(fd);
        assert_int_equal(number(&province, "SELECT COUNT(*) FROM blob_content"), 2);
        if (test_store() != NULL) { /* another instance may still be at it: an hour must pass */
                begin(&province);
                ok(blob_sweep(&province.w), &province);
                assert_int_equal(number(&province, "SELECT COUNT(*) FROM blob_content"), 2);
        } else {
                reopen(&province);
                begin(&province);
                ok(blob_sweep(&province.w), &province);
                assert_int_equal(number(&province, "SELECT COUNT(*) FROM blob_content"), 1);
                assert_int_equal(number(&province, "SELECT COUNT(*) FROM blob_piece"), 1);
        }
        assert_true(find(&province, id)->is_here);
}

static void whichever_statement_fails_nothing_is_half_done(void **state)
{
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        char *text = text_of(a, 70000);
        long n = 1;
        bool done = false;

        (void)state;
        for (; !done && n < 200; n++) {
                struct adding x = { .audience = "42" };
                int fd = file_of(text, 70000);
                bool kept;

                db_fail_at(province.node->writer, n);
                begin(&province);
                kept = blob_keep(&province.w, fd, "a.txt", &x.file);
                done = kept && ledger_write(&province.w, add, &x);
                close(fd);
                db_fail_at(province.node->writer, 0);
                begin(&province);
                if (!done && kept)
                        blob_drop(&province.w, &x.file);
                begin(&province);
                ok(blob_sweep(&province.w), &province); /* where dropping failed too */
                if (!done && test_store() == NULL)
                        nothing_is_kept(&province);
                assert_int_equal(number(&province, "SELECT COUNT(*) FROM blob"), done ? 1 : 0);
                assert_int_equal(number(&province, "SELECT COUNT(*) FROM blob_key"), done ? 1 : 0);
        }
        assert_true(n > 20);
        assert_true(done);
        is_sound(&province);
        arena_close(a);
}

static void altered_content_is_found(void **state)
{
        struct blob_count c;
        char id[BLOB_ID_MAX];
        struct buf out;
        struct error err = { .code = ERR_NONE };
        struct db *db;

        (void)state;
        attach("a.txt", "như đã gửi", strlen("như đã gửi"), id);
        begin(&province);
        ok(blob_verify(&province.w, &c), &province);
        assert_int_equal(c.here, 1);
        db = db_open(province.node->store, DB_WRITE, &err);
        assert_non_null(db);
        assert_true(db_exec(db, "UPDATE blob_piece SET piece = $1", ARGS(v_bytes("0123456789012345678901234567890123456789", 40))));
        db_close(db);
        begin(&province);
        fails(blob_verify(&province.w, &c), &province, ERR_DAMAGED, "not those of its hash");
        buf_init(&out, 0);
        begin(&province);
        fails(blob_read(&province.w, blob_find(&province.w, node_key(province.node), id), &out), &province, ERR_DAMAGED,
              "was altered");
        buf_clear(&out);
}

/* ---- erasing ------------------------------------------------------------------------------------------------- */

static bool file_holds(const char *path, const void *bytes, size_t length)
{
        struct error err = { .code = ERR_NONE };
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        size_t there;
        char *all = file_read(a, path, (size_t)200 << 20, &there, &err);
        bool holds = all != NULL && memmem(all, there, bytes, length) != NULL;

        arena_close(a);
        return holds;
}

static void erasing_destroys_key_and_content_and_breaks_no_chain(void **state)
{
        char id[BLOB_ID_MAX], path[600];
        struct blob *b;
        struct buf out;
        char sample[64];

        (void)state;
        attach("a.txt", "đơn của công dân", strlen("đơn của công dân"), id);
        buf_init(&out, 0);
        b = find(&province, id);
        ok(blob_bytes(&province.w, b, 0, SIZE_MAX, &out), &province);
        memcpy(sample, out.data, 40);
        buf_reset(&out);
        erase_at(&province, id);
        nothing_is_kept(&province);
        assert_int_equal(number(&province, "SELECT COUNT(*) FROM blob_key"), 0);
        b = find(&province, id);
        assert_true(b->is_erased);
        assert_false(b->is_here);
        assert_null(b->name);
        assert_string_equal(b->erased_by, "operator");
        assert_string_equal(b->erased_basis, "Điều 14 Luật 91/2025/QH15");
        fails(blob_read(&province.w, b, &out), &province, ERR_CONFLICT, "was erased");
        fails(blob_bytes(&province.w, find(&province, id), 0, 10, &out), &province, ERR_CONFLICT, "was erased");
        is_sound(&province);
        if (db_kind(begin(&province)->db) == DB_SQLITE) { /* neither in the database nor in its log */
                snprintf(path, sizeof path, "%s/ledger.db", province.folder);
                assert_false(file_holds(path, sample, 40));
                snprintf(path, sizeof path, "%s/ledger.db-wal", province.folder);
                assert_false(file_holds(path, sample, 40));
        }
        buf_clear(&out);
}

static void whoever_stands_below_or_beside_may_not_erase(void **state)
{
        char id[BLOB_ID_MAX];
        struct erasing e = { .why = "x", .basis = "y" };

        (void)state;
        attach("a.txt", "của Hà Tĩnh", strlen("của Hà Tĩnh"), id);
        carry(&province, &neighbour); /* as if it had leaked */
        e.blob = find(&neighbour, id);
        fails(ledger_write(&neighbour.w, erase, &e), &neighbour, ERR_DENIED, "may not erase what belongs to unit 42");
        e.blob = find(&province, id);
        e.basis = "";
        fails(ledger_write(&province.w, erase, &e), &province, ERR_INVALID, "legal basis");
        e.blob = find(&province, id);
        e.basis = "y";
        e.why = "";
        fails(ledger_write(&province.w, erase, &e), &province, ERR_INVALID, "reason");
        assert_true(find(&province, id)->is_here);
}

/* An entry of the neighbour that its own node would not write. */
static bool forge(struct work *w, void *argument)
{
        struct entry e = { .kind = "blob.erase", .audience = "42", .role = "director", .author = "an" };
        struct error why = { .code = ERR_NONE };
        enum applied *got = argument;

        e.node = node_key(neighbour.node);
        e.at = stamp_next(0, moment_now());
        e.id = 999;
        e.body = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "node", node_key(province.node), "id",
                           "00000000000000000000000000000000000000000000000000000000000000ff", "unit", "42", "by", "an", "why",
                           "x", "basis", "y");
        *got = blob_kinds[2].apply(w, &e, &why);
        json_decref(e.body);
        return *got == REFUSED && strstr(why.message, "may not erase") != NULL;
}

static void the_right_to_erase_is_checked_on_receipt(void **state)
{
        enum applied got = FAILED;

        (void)state;
        job(&ministry, forge, &got);
        assert_int_equal(got, REFUSED);
}

static void an_erasure_may_come_before_what_it_erases(void **state)
{
        char id[BLOB_ID_MAX];

        (void)state;
        attach("a.txt", "x", strlen("x"), id);
        carry(&province, &ministry);
        erase_at(&ministry, id); /* above: may do it too */
        assert_true(find(&ministry, id)->is_erased);
        carry(&ministry, &neighbour); /* has the erasure, not the attachment */
        assert_null(find(&neighbour, id));
        carry(&province, &neighbour);
        assert_true(find(&neighbour, id)->is_erased);
        carry(&ministry, &province);
        assert_true(find(&province, id)->is_erased);
        nothing_is_kept(&province);
        is_sound(&province);
        is_sound(&ministry);
        is_sound(&neighbour);
}

/* ---- from node to node ------------------------------------------------------------------------------------------ */

struct taking {
        const char *node; /* NULL: the province's present key */
        const char *id, *bytes;
        int64_t from, held;
        size_t length;
};

static bool take(struct work *w, void *argument)
{
        struct taking *t = argument;

        return blob_take(w, t->node == NULL ? node_key(province.node) : t->node, t->id, t->from, t->bytes, t->length, &t->held);
}

static void want_at(struct place *p, const char *id)
{
        struct blob *b = find(p, id);

        assert_non_null(b);
        ok(blob_want(&p->w, b), p);
}

/* All the province stores of it, and its key for a node. */
static void fetch(const char *id, struct place *to, struct buf *out, unsigned char key[BLOB_SEALED_KEY])
{
        struct blob *b = find(&province, id);

        buf_init(out, 0);
        ok(blob_bytes(&province.w, b, 0, SIZE_MAX, out), &province);
        ok(blob_key_for(&province.w, b, node_key(to->node), key), &province);
}

static void what_another_node_sends_counts_once_all_of_it_is_right(void **state)
{
        static const size_t steps[] = { 1, 23, 65536, 1 << 20 };
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        char *text = text_of(a, 200000), id[BLOB_ID_MAX];
        unsigned char key[BLOB_SEALED_KEY];
        struct buf stored, out;

        (void)state;
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
                size_t length = i == 0 ? 300 : 200000;
                struct taking t = { .id = id };

                attach("phụ lục.csv", text, length, id);
                carry(&province, &ministry);
                assert_null(find(&ministry, id)->name);
                fetch(id, &ministry, &stored, key);
                t.bytes = stored.data;
                t.length = 10;
                begin(&ministry);
                fails(ledger_write(&ministry.w, take, &t), &ministry, ERR_CONFLICT, "nobody here asked");
                want_at(&ministry, id);
                for (size_t at = 0; at < stored.length; at += t.length) {
                        t.from = (int64_t)at;
                        t.bytes = stored.data + at;
                        t.length = stored.length - at < steps[i] ? stored.length - at : steps[i];
                        begin(&ministry);
                        ok(ledger_write(&ministry.w, take, &t), &ministry);
                        assert_int_equal(t.held, at + t.length);
                        if (at + t.length == stored.length / 2)
                                reopen(&ministry); /* it goes on where it stopped */
                }
                assert_false(find(&ministry, id)->is_here);
                begin(&ministry);
                ok(blob_arrived(&ministry.w, node_key(province.node), id, key), &ministry);
                assert_true(find(&ministry, id)->is_here);
                assert_false(find(&ministry, id)->is_wanted);
                assert_string_equal(find(&ministry, id)->name, "phụ lục.csv");
                buf_init(&out, 0);
                begin(&ministry);
                ok(blob_read(&ministry.w, blob_find(&ministry.w, node_key(province.node), id), &out), &ministry);
                assert_int_equal(out.length, length);
                assert_memory_equal(out.data, text, length);
                buf_clear(&out);
                buf_clear(&stored);
        }
        is_sound(&ministry);
        arena_close(a);
}

static void what_is_wrong_is_refused_and_nothing_of_it_kept(void **state)
{
        char id[BLOB_ID_MAX], *text;
        unsigned char key[BLOB_SEALED_KEY], bad_key[BLOB_SEALED_KEY], random[BLOB_KEY_BYTES];
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        struct buf stored;
        struct taking t = { .id = id };

        (void)state;
        text = text_of(a, 100000);
        attach("a.txt", text, 100000, id);
        carry(&province, &ministry);
        fetch(id, &ministry, &stored, key);
        want_at(&ministry, id);
        t.bytes = stored.data;
        t.length = 1000;
        t.from = 5;
        begin(&ministry);
        fails(ledger_write(&ministry.w, take, &t), &ministry, ERR_CONFLICT, "0 bytes of this attachment are here, not 5");
        t.from = 0;
        t.length = stored.length + 1;
        begin(&ministry);
        fails(ledger_write(&ministry.w, take, &t), &ministry, ERR_INVALID, "more bytes came");
        nothing_is_kept(&ministry);

        stored.data[77777] ^= 1; /* one bit */
        t.length = stored.length;
        begin(&ministry);
        ok(ledger_write(&ministry.w, take, &t), &ministry);
        begin(&ministry);
        fails(blob_arrived(&ministry.w, node_key(province.node), id, key), &ministry, ERR_INVALID, "not those of its hash");
        nothing_is_kept(&ministry);
        assert_true(find(&ministry, id)->is_wanted); /* another node may send the right ones */

        stored.data[77777] ^= 1;
        randombytes_buf(random, sizeof random); /* a key that is none of its */
        assert_true(node_seal_for(node_key(ministry.node), random, sizeof random, bad_key));
        begin(&ministry);
        ok(ledger_write(&ministry.w, take, &t), &ministry);
        begin(&ministry);
        fails(blob_arrived(&ministry.w, node_key(province.node), id, bad_key), &ministry, ERR_INVALID, "does not open it");
        nothing_is_kept(&ministry);

        assert_true(node_seal_for(node_key(neighbour.node), random, sizeof random, bad_key)); /* for somebody else */
        stored.data[5] ^= 1;
        begin(&ministry);
        ok(ledger_write(&ministry.w, take, &t), &ministry);
        begin(&ministry);
        fails(blob_arrived(&ministry.w, node_key(province.node), id, bad_key), &ministry, ERR_INVALID, "not those of its hash");
        nothing_is_kept(&ministry);
        stored.data[5] ^= 1;
        begin(&ministry);
        ok(ledger_write(&ministry.w, take, &t), &ministry);
        begin(&ministry);
        fails(blob_arrived(&ministry.w, node_key(province.node), id, bad_key), &ministry, ERR_INVALID, "not sealed for this node");
        begin(&ministry);
        ok(blob_arrived(&ministry.w, node_key(province.node), id, key), &ministry); /* the right one still counts */
        assert_true(find(&ministry, id)->is_here);
        buf_clear(&stored);
        arena_close(a);
}

struct lying {
        struct blob_new file;
        const char *type;
};

static bool lie(struct work *w, void *argument)
{
        struct lying *l = argument;

        l->file.type = l->type;
        return blob_add(w, &l->file, "42", "", "");
}

static void content_of_another_type_than_its_entry_says_is_refused(void **state)
{
        struct lying l = { .type = "application/pdf" };
        unsigned char key[BLOB_SEALED_KEY];
        struct taking t = { .id = l.file.id };
        struct buf stored;
        int fd = file_of("not a PDF", 9);

        (void)state;
        begin(&province);
        ok(blob_keep(&province.w, fd, "a.txt", &l.file), &province);
        ok(ledger_write(&province.w, lie, &l), &province);
        close(fd);
        carry(&province, &ministry);
        fetch(l.file.id, &ministry, &stored, key);
        want_at(&ministry, l.file.id);
        t.bytes = stored.data;
        t.length = stored.length;
        begin(&ministry);
        ok(ledger_write(&ministry.w, take, &t), &ministry);
        begin(&ministry);
        fails(blob_arrived(&ministry.w, node_key(province.node), l.file.id, key), &ministry, ERR_INVALID, "not of the type");
        nothing_is_kept(&ministry);
        buf_clear(&stored);
}

/* A program that checks no name: the seal shows it to nobody on the way. */
static void a_name_that_another_node_sealed_is_shown_with_what_hides_in_it(void **state)
{
        struct adding a = { .audience = "42" };
        unsigned char key[BLOB_SEALED_KEY];
        struct taking t = { .id = a.file.id };
        struct buf stored;
        int fd = file_of("a text", 6);

        (void)state;
        begin(&province);
        ok(blob_keep(&province.w, fd, "a.txt", &a.file), &province);
        a.file.name = "../b\xC3\xA1o c\xC3\xA1o\xE2\x80\xAE" "fdp\\\x1B[2J\xFF.txt";
        ok(ledger_write(&province.w, add, &a), &province);
        close(fd);
        carry(&province, &ministry);
        fetch(a.file.id, &ministry, &stored, key);
        want_at(&ministry, a.file.id);
        t.bytes = stored.data;
        t.length = stored.length;
        begin(&ministry);
        ok(ledger_write(&ministry.w, take, &t), &ministry);
        begin(&ministry);
        ok(blob_arrived(&ministry.w, node_key(province.node), a.file.id, key), &ministry);
        assert_string_equal(find(&ministry, a.file.id)->name, ".._b\xC3\xA1o c\xC3\xA1o\xEF\xBF\xBD" "fdp_\xEF\xBF\xBD[2J\xEF\xBF\xBD.txt");
        buf_clear(&stored);
}

static void what_is_erased_while_it_arrives_is_gone(void **state)
{
        char id[BLOB_ID_MAX];
        unsigned char key[BLOB_SEALED_KEY];
        struct taking t = { .id = id, .length = 10 };
        struct buf stored;

        (void)state;
        attach("a.txt", "một văn bản", strlen("một văn bản"), id);
        carry(&province, &ministry);
        fetch(id, &ministry, &stored, key);
        want_at(&ministry, id);
        t.bytes = stored.data;
        begin(&ministry);
        ok(ledger_write(&ministry.w, take, &t), &ministry);
        erase_at(&province, id);
        carry(&province, &ministry);
        nothing_is_kept(&ministry);
        assert_false(find(&ministry, id)->is_wanted);
        begin(&ministry);
        fails(ledger_write(&ministry.w, take, &t), &ministry, ERR_CONFLICT, "was erased");
        begin(&ministry);
        fails(blob_want(&ministry.w, blob_find(&ministry.w, node_key(province.node), id)), &ministry, ERR_CONFLICT, "was erased");
        is_sound(&ministry);
        buf_clear(&stored);
}

/* ---- persons ----------------------------------------------------------------------------------------------------- */

static bool make_person(struct work *w, void *id)
{
        return blob_person(w, "42", id);
}

static void a_persons_texts_are_readable_until_the_person_is_erased(void **state)
{
        char person[BLOB_ID_MAX], id[BLOB_ID_MAX];
        unsigned char key[BLOB_SEALED_KEY];
        const char *text;
        char *sealed;
        struct buf out;

        (void)state;
        job(&province, make_person, person);
        attach_about("đơn.txt", "đơn", strlen("đơn"), person, id);
        buf_init(&out, 0);
        ok(blob_seal_text(&province.w, find(&province, person), "Nguyễn Văn A, 0912 345 678", &out), &province);
        sealed = strdup(out.data);
        buf_clear(&out);
        assert_null(strstr(sealed, "0912"));
        carry(&province, &ministry);
        ok(blob_open_text(&ministry.w, find(&ministry, person), sealed, &text), &ministry);
        assert_null(text); /* the key is not there yet */
        ok(blob_key_for(&province.w, find(&province, person), node_key(ministry.node), key), &province);
        want_at(&ministry, person);
        begin(&ministry);
        ok(blob_arrived(&ministry.w, node_key(province.node), person, key), &ministry);
        ok(blob_open_text(&ministry.w, find(&ministry, person), sealed, &text), &ministry);
        assert_string_equal(text, "Nguyễn Văn A, 0912 345 678");
        sealed[20] = sealed[20] == 'A' ? 'B' : 'A';
        fails(blob_open_text(&ministry.w, find(&ministry, person), sealed, &text), &ministry, ERR_DAMAGED, "was changed");
        erase_at(&province, person);
        carry(&province, &ministry);
        for (int i = 0; i < 2; i++) {
                struct place *p = i == 0 ? &province : &ministry;

                ok(blob_open_text(&p->w, find(p, person), sealed, &text), p);
                assert_null(text);
                assert_true(find(p, id)->is_erased); /* what is about the person goes with it */
                nothing_is_kept(p);
                assert_int_equal(number(p, "SELECT COUNT(*) FROM blob_key"), 0);
                is_sound(p);
        }
        free(sealed);
}

/* ---- across a rotation -------------------------------------------------------------------------------------------- */

static void rotate(struct place *p)
{
        struct rewritten again;

        begin(p);
        ok(node_rotate(&p->w, &again), p);
}

static void reads(struct place *p, const char *key, const char *id, const char *text)
{
        struct blob *b = find_under(key, p, id);
        struct buf out;

        assert_non_null(b);
        buf_init(&out, 0);
        ok(blob_read(&p->w, b, &out), p);
        assert_int_equal(out.length, strlen(text));
        assert_memory_equal(out.data, text, out.length);
        buf_clear(&out);
}

/* The ministry asks the province for one and gets it. */
static void fetch_under(const char *key, const char *id)
{
        struct taking t = { .node = key, .id = id };
        unsigned char sealed[BLOB_SEALED_KEY];
        struct buf stored;

        buf_init(&stored, 0);
        ok(blob_bytes(&province.w, find_under(key, &province, id), 0, SIZE_MAX, &stored), &province);
        ok(blob_key_for(&province.w, find_under(key, &province, id), node_key(ministry.node), sealed), &province);
        ok(blob_want(&ministry.w, find_under(key, &ministry, id)), &ministry);
        t.bytes = stored.data;
        t.length = stored.length;
        begin(&ministry);
        ok(ledger_write(&ministry.w, take, &t), &ministry);
        begin(&ministry);
        ok(blob_arrived(&ministry.w, key, id, sealed), &ministry);
        buf_clear(&stored);
}

static void what_was_attached_before_a_rotation_is_read_fetched_and_erased_after_it(void **state)
{
        struct erasing e = { .why = "Sai", .basis = "Luật" };
        char old[KEY_HEX], first[BLOB_ID_MAX], second[BLOB_ID_MAX];

        (void)state;
        strcpy(old, node_key(province.node));
        attach("a.txt", "trước", strlen("trước"), first);
        attach("b.txt", "cũng trước", strlen("cũng trước"), second);
        rotate(&province);
        rotate(&province); /* twice: a former key of a former key */
        reads(&province, old, first, "trước");
        carry(&province, &ministry);
        fetch_under(old, first);
        reads(&ministry, old, first, "trước");
        e.blob = find_under(old, &province, first);
        ok(ledger_write(&province.w, erase, &e), &province);
        carry(&province, &ministry);
        assert_true(find_under(old, &ministry, first)->is_erased);
        nothing_is_kept(&ministry);
        reads(&province, old, second, "cũng trước");
        reopen(&province);
        reads(&province, old, second, "cũng trước");
        is_sound(&province);
        is_sound(&ministry);
}

static void a_person_of_a_former_key_is_known_and_erased_with_all_files(void **state)
{
        char old[KEY_HEX], person[BLOB_ID_MAX], before[BLOB_ID_MAX], after[BLOB_ID_MAX];
        struct erasing e = { .why = "Người có dữ liệu yêu cầu", .basis = "Luật" };

        (void)state;
        strcpy(old, node_key(province.node));
        job(&province, make_person, person);
        attach_about("a.txt", "trước", strlen("trước"), person, before);
        rotate(&province);
        attach_about("b.txt", "sau", strlen("sau"), person, after);
        carry(&province, &ministry);
        fetch_under(old, before);
        fetch_under(node_key(province.node), after);
        e.blob = find_under(old, &province, person);
        ok(ledger_write(&province.w, erase, &e), &province);
        carry(&province, &ministry);
        for (int i = 0; i < 2; i++) {
                struct place *p = i == 0 ? &province : &ministry;

                assert_true(find_under(old, p, before)->is_erased);
                assert_true(find(p, after)->is_erased);
                nothing_is_kept(p);
                is_sound(p);
        }
}

static bool share(struct work *w, void *blob)
{
        return blob_share(w, blob, "42");
}

static void what_only_drafts_named_is_shared_under_the_new_key(void **state)
{
        struct adding a = { .audience = AUDIENCE_LOCAL };
        char old[KEY_HEX];
        struct blob *b;
        size_t count;
        int fd = file_of("nháp", strlen("nháp"));

        (void)state;
        strcpy(old, node_key(province.node));
        begin(&province);
        ok(blob_keep(&province.w, fd, "a.txt", &a.file), &province);
        ok(ledger_write(&province.w, add, &a), &province);
        close(fd);
        rotate(&province);
        reads(&province, old, a.file.id, "nháp");
        b = find_under(old, &province, a.file.id);
        ok(ledger_write(&province.w, share, b), &province);
        assert_string_equal(b->node, node_key(province.node));
        reads(&province, node_key(province.node), a.file.id, "nháp");
        assert_string_equal(find(&province, a.file.id)->name, "a.txt");
        assert_true(find_under(old, &province, a.file.id)->is_erased);
        begin(&province);
        assert_non_null(blob_list(&province.w, "report/x", &count));
        assert_int_equal(count, 2); /* the draft's, erased, and the one that others read */
        carry(&province, &ministry);
        fetch_under(node_key(province.node), a.file.id);
        reads(&ministry, node_key(province.node), a.file.id, "nháp");
        is_sound(&province);
        is_sound(&ministry);
        reopen(&province);
        reads(&province, node_key(province.node), a.file.id, "nháp");
}

static void sweep_at(struct place *p)
{
        reopen(p);
        begin(p);
        ok(blob_sweep(&p->w), p);
}

static bool stop_at(struct work *w, void *seq)
{
        return db_exec(w->db, "UPDATE ledger_stream SET stopped = 'two', fork_seq = $2 WHERE name = $1",
                       ARGS(v_text(arena_print(w->arena, "%s/42", node_key(w->node))), v_int(*(int64_t *)seq)));
}

static void what_is_written_again_after_a_fork_keeps_content_and_person(void **state)
{
        char person[BLOB_ID_MAX], id[BLOB_ID_MAX];
        struct blob *b;
        int64_t fork;

        (void)state;
        fork = number(&province, "SELECT COALESCE(MAX(e.seq), 0) + 1 FROM ledger_entry e JOIN ledger_stream s ON s.id = e.stream"
                                 " WHERE s.audience = '42'");
        job(&province, make_person, person);
        attach_about("a.txt", "chỉ có ở đây", strlen("chỉ có ở đây"), person, id);
        job(&province, stop_at, &fork);
        reopen(&province);
        rotate(&province);
        sweep_at(&province);
        reads(&province, node_key(province.node), id, "chỉ có ở đây");
        b = find(&province, person);
        assert_true(b != NULL && b->has_key);
        is_sound(&province);
}

static bool forget_rows(struct work *w, void *argument)
{
        (void)argument;
        return db_exec(w->db, "DELETE FROM blob", NO_ARGS);
}

static void content_of_an_entry_that_does_not_count_for_now_is_not_swept(void **state)
{
        char id[BLOB_ID_MAX];

        (void)state;
        attach("a.txt", "còn đây", strlen("còn đây"), id);
        job(&province, forget_rows, NULL);
        sweep_at(&province);
        assert_int_equal(number(&province, "SELECT COUNT(*) FROM blob_content"), 1);
        assert_int_equal(number(&province, "SELECT COUNT(*) FROM blob_key"), 1);
}

static void keys_do_not_open_without_the_nodes_own_secret(void **state)
{
        char id[BLOB_ID_MAX], path[600], away[600];
        struct blob_count c;

        (void)state;
        attach("a.txt", "x", strlen("x"), id);
        node_close(province.node);
        province.node = NULL;
        snprintf(path, sizeof path, "%s/vault", province.folder);
        snprintf(away, sizeof away, "%s/vault.away", province.folder);
        assert_int_equal(rename(path, away), 0);
        reopen(&province);
        begin(&province);
        fails(blob_verify(&province.w, &c), &province, ERR_DAMAGED, "is missing");
        assert_false(file_exists(path)); /* none is made anew over keys that another one sealed */
        assert_int_equal(rename(away, path), 0);
        is_sound(&province);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_file_comes_back_as_it_was),
                TEST(neither_name_nor_content_stands_in_the_clear),
                cmocka_unit_test(what_may_be_attached_is_told_by_content),
                TEST(what_is_refused_leaves_nothing),
                TEST(all_files_of_a_record_together_have_a_limit),
                TEST(an_upload_cut_off_is_forgotten_at_the_next_start),
                TEST(whichever_statement_fails_nothing_is_half_done),
                TEST(altered_content_is_found),
                TEST(erasing_destroys_key_and_content_and_breaks_no_chain),
                TEST(whoever_stands_below_or_beside_may_not_erase),
                TEST(the_right_to_erase_is_checked_on_receipt),
                TEST(an_erasure_may_come_before_what_it_erases),
                TEST(what_another_node_sends_counts_once_all_of_it_is_right),
                TEST(what_is_wrong_is_refused_and_nothing_of_it_kept),
                TEST(content_of_another_type_than_its_entry_says_is_refused),
                TEST(a_name_that_another_node_sealed_is_shown_with_what_hides_in_it),
                TEST(what_is_erased_while_it_arrives_is_gone),
                TEST(a_persons_texts_are_readable_until_the_person_is_erased),
                TEST(what_was_attached_before_a_rotation_is_read_fetched_and_erased_after_it),
                TEST(a_person_of_a_former_key_is_known_and_erased_with_all_files),
                TEST(what_only_drafts_named_is_shared_under_the_new_key),
                TEST(what_is_written_again_after_a_fork_keeps_content_and_person),
                TEST(content_of_an_entry_that_does_not_count_for_now_is_not_swept),
                TEST(keys_do_not_open_without_the_nodes_own_secret),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
