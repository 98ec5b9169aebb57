/* Files are kept whole or not at all, unreadable without the node's secret, and erased for good. */
#include "tests/blob_places.h"

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
                { "a.docx", ZIP("Word/Document.XML") ZIP("word/VBAPROJECT.BIN"), NULL },
                { "a.docx", ZIP("WORD/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
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

static void a_file_is_saved_under_a_name_that_ends_as_its_type_does(void **state)
{
        static const struct { const char *name, *type, *saved; } cases[] = {
                { "a.pdf", "application/pdf", "a.pdf" },
                { "a.PDF", "application/pdf", "a.PDF" },
                { "a.pdf.exe", "application/pdf", "a.pdf.exe.pdf" },
                { "a.vbs", "text/plain", "a.vbs.txt" },
                { "a", "text/plain", "a.txt" },
                { "a.", "text/csv", "a..csv" },
                { "a.docm", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "a.docm.docx" },
                { "a.jpeg", "image/jpeg", "a.jpeg" },
                { "a.jpg", "image/jpeg", "a.jpg" },
                { "a.jpeg", "image/png", "a.jpeg.png" },
                { "a.x", "application/x-sh", "a.x" }, /* never here: none of ours */
                { NULL, "text/plain", NULL },
        };
        struct arena *a = arena_open(1 << 20);

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                const char *saved = blob_file_name(a, &(struct blob){ .name = cases[i].name, .type = cases[i].type });

                if ((saved == NULL) != (cases[i].saved == NULL) || (saved != NULL && strcmp(saved, cases[i].saved) != 0))
                        fail_msg("case %zu: %s", i, saved == NULL ? "none" : saved);
        }
        arena_close(a);
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

/* ---- the secret ---------------------------------------------------------------------------------------------- */

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

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_file_comes_back_as_it_was),
                TEST(neither_name_nor_content_stands_in_the_clear),
                cmocka_unit_test(what_may_be_attached_is_told_by_content),
                cmocka_unit_test(a_file_is_saved_under_a_name_that_ends_as_its_type_does),
                TEST(what_is_refused_leaves_nothing),
                TEST(all_files_of_a_record_together_have_a_limit),
                TEST(an_upload_cut_off_is_forgotten_at_the_next_start),
                TEST(whichever_statement_fails_nothing_is_half_done),
                TEST(altered_content_is_found),
                TEST(erasing_destroys_key_and_content_and_breaks_no_chain),
                TEST(whoever_stands_below_or_beside_may_not_erase),
                TEST(the_right_to_erase_is_checked_on_receipt),
                TEST(an_erasure_may_come_before_what_it_erases),
                TEST(keys_do_not_open_without_the_nodes_own_secret),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
