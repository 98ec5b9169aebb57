/* Attachments and persons at several nodes: what arrives, and what a new key of their node makes of them. */
#include "tests/blob_places.h"

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
        ok(node_rotate(&p->w, false, &again), p);
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

int main(void)
{
        const struct CMUnitTest tests[] = {
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
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
