#include "tests/support.h"

#include <jansson.h>
#include <stdatomic.h>
#include <zstd.h>

#include "base/log.h"
#include "ledger/node.h"
#include "ledger/trust.h"
#include "sync/lines.h"

static const struct entry_kind *const kinds[] = { trust_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, NULL };
static const struct ledger_schema schema = { .kinds = kinds, .tables = tables };

static struct node *node;
static struct arena *arena;
static struct work w;

static int set_up(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        static char folder[512];

        (void)state;
        log_set_level(LOG_ALARM);
        snprintf(folder, sizeof folder, "%s/node", test_folder());
        assert_true(node_init(folder, "25", NULL, &schema, &err));
        node = node_open(folder, NODE_READ, &schema, &err);
        assert_non_null(node);
        arena = arena_open(WORK_MEMORY_USUAL);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        node_close(node);
        arena_close(arena);
        return 0;
}

static void fresh(void)
{
        arena_reset(arena);
        work_init(&w, arena, NULL, LANGUAGE_EN);
        w.node = node;
}

static void write_lines(struct buf *out, int count)
{
        struct line_writer *l;
        char line[64];

        fresh();
        buf_init(out, 0);
        l = lines_begin(&w, out, "VN");
        assert_non_null(l);
        for (int i = 0; i < count; i++)
                assert_true(lines_put(l, line, (size_t)snprintf(line, sizeof line, "{\"n\":%d}", i)));
        assert_true(lines_end(l));
}

/* Lines read, ahead or not, or -1 with an error standing. */
static int read_lines(const void *bytes, size_t length)
{
        enum error_code codes[2];
        int counts[2] = { 0, 0 };

        for (int is_ahead = 0; is_ahead < 2; is_ahead++) {
                struct line_reader *l;
                const char *line;
                size_t line_length;

                fresh();
                l = lines_open(&w, -1, bytes, length);
                if (l != NULL && is_ahead)
                        assert_true(lines_read_ahead(l));
                while (l != NULL && lines_next(l, &line, &line_length))
                        counts[is_ahead]++;
                codes[is_ahead] = w.err.code;
        }
        assert_int_equal(counts[0], counts[1]); /* also of those before a fault */
        assert_int_equal(codes[0], codes[1]);
        return work_ok(&w) ? counts[0] : -1;
}

static void what_was_written_is_read(void **state)
{
        struct line_reader *l;
        struct buf out;

        (void)state;
        write_lines(&out, 20000);
        assert_int_equal(read_lines(out.data, out.length), 20000);
        fresh();
        l = lines_open(&w, -1, out.data, out.length);
        assert_string_equal(lines_node(l), node_key(node));
        assert_string_equal(lines_for(l), "VN");
        buf_clear(&out);
}

static void a_cut_or_altered_stream_is_refused(void **state)
{
        struct buf out;

        (void)state;
        write_lines(&out, 2000);
        for (size_t cut = 1; cut <= out.length; cut += cut < 40 ? 1 : 97)
                assert_int_equal(read_lines(out.data, out.length - cut), -1);
        for (size_t at = 0; at < out.length; at += 53) {
                char before = out.data[at];

                out.data[at] = (char)(before ^ 0x20);
                assert_int_equal(read_lines(out.data, out.length), -1);
                out.data[at] = before;
        }
        assert_int_equal(read_lines("hello\n", 6), -1);
        assert_int_equal(read_lines("", 0), -1);
        buf_clear(&out);
}

static void a_stream_begins_with_who_wrote_it_for_whom(void **state)
{
#define KEY32 "0123456789abcdef0123456789abcdef"
        static const struct { const char *first; bool is_good; } cases[] = {
                { "{\"caunoi\":1,\"node\":\"" KEY32 KEY32 "\",\"unit\":\"25\",\"for\":\"VN\"}", true },
                { "{\"caunoi\":2,\"node\":\"" KEY32 KEY32 "\",\"unit\":\"25\",\"for\":\"VN\"}", false },
                { "{\"caunoi\":1,\"unit\":\"25\",\"for\":\"VN\"}", false },
                { "{\"caunoi\":1,\"node\":\"" KEY32 KEY32 "\",\"for\":\"VN\"}", false },
                { "{\"caunoi\":1,\"node\":\"" KEY32 KEY32 "\",\"unit\":\"25\"}", false },
                { "{\"caunoi\":1,\"node\":\"" KEY32 "\",\"unit\":\"25\",\"for\":\"VN\"}", false },
                { "{\"caunoi\":1,\"node\":\"" KEY32 KEY32 "\",\"unit\":\"12345678\",\"for\":\"VN\"}", false },
                { "{\"caunoi\":1,\"node\":\"" KEY32 KEY32 "\",\"unit\":\"25\",\"for\":\"12345678\"}", false },
                { "{\"caunoi\":1,\"node\":\"" KEY32 KEY32 "\",\"unit\":\"25\",\"for\":\"VN\",\"more\":\"" KEY32 KEY32 KEY32 KEY32 KEY32 KEY32 KEY32
                  KEY32 KEY32 KEY32 KEY32 KEY32 KEY32 KEY32 "\"}", false },
                { "[]", false },
        };
#undef KEY32
        char text[1024], packed[1024];
        size_t length;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                int size = snprintf(text, sizeof text, "%s\n{\"end\":1}\n", cases[i].first);

                length = ZSTD_compress(packed, sizeof packed, text, (size_t)size, 1);
                if (read_lines(packed, length) != (cases[i].is_good ? 0 : -1))
                        fail_msg("%s: %s", cases[i].first, w.err.message);
        }
        length = ZSTD_compress(packed, sizeof packed, "{\"end\":0}\n", 10, 1); /* nothing but its end */
        assert_int_equal(read_lines(packed, length), -1);
}

/* What comes in pieces may end after its last line, before its checksum or within it. */
static void the_end_of_a_stream_may_come_by_itself(void **state)
{
        struct buf one;

        (void)state;
        write_lines(&one, 3);
        for (size_t cut = 1; cut <= 4; cut++)
                for (int has_more = 0; has_more < 2; has_more++) {
                        struct line_reader *l;
                        const char *line;
                        size_t length;
                        int ends[2], count = 0;

                        assert_int_equal(pipe(ends), 0); /* what is in it is read at once */
                        assert_int_equal(write(ends[1], one.data, one.length - cut), (ssize_t)(one.length - cut));
                        fresh();
                        l = lines_open(&w, ends[0], NULL, 0);
                        assert_non_null(l);
                        assert_int_equal(write(ends[1], one.data + one.length - cut, cut), (ssize_t)cut);
                        if (has_more)
                                assert_int_equal(write(ends[1], "x", 1), 1);
                        close(ends[1]);
                        while (lines_next(l, &line, &length))
                                count++;
                        assert_int_equal(count, 3);
                        assert_int_equal(w.err.code, has_more ? ERR_INVALID : ERR_NONE);
                        close(ends[0]);
                }
        buf_clear(&one);
}

/* A further frame, an empty one that readers of zstd pass over, or anything else: also where the first frame ends with what
 * is read at a time. */
static void nothing_may_follow_a_stream(void **state)
{
        static const char skippable[] = "\x50\x2a\x4d\x18\x01\x00\x00\x00x";
        struct buf one, more;

        (void)state;
        write_lines(&one, 3);
        for (int i = 0; i < 4; i++) {
                const char *tail = i == 0 ? one.data : i == 1 ? skippable : i == 2 ? "x" : "\0";
                size_t tail_length = i == 0 ? one.length : i == 1 ? sizeof skippable - 1 : 1, length;
                struct line_reader *l;
                const char *line;
                int ends[2];

                buf_init(&more, 0);
                buf_put(&more, one.data, one.length);
                buf_put(&more, tail, tail_length);
                assert_int_equal(read_lines(more.data, more.length), -1);
                assert_int_equal(pipe(ends), 0); /* what is in it is read at once: the frame, and no more */
                assert_int_equal(write(ends[1], one.data, one.length), (ssize_t)one.length);
                fresh();
                l = lines_open(&w, ends[0], NULL, 0);
                assert_non_null(l);
                assert_int_equal(write(ends[1], tail, tail_length), (ssize_t)tail_length);
                close(ends[1]);
                while (lines_next(l, &line, &length))
                        ;
                assert_int_equal(w.err.code, ERR_INVALID);
                close(ends[0]);
                buf_clear(&more);
        }
        buf_clear(&one);
}

/* 2 GiB of zeros in a few kilobytes. */
static void a_bomb_is_refused_early(void **state)
{
        size_t piece = (size_t)1 << 20, left;
        char *zeros = calloc(1, piece), *packed = malloc(piece);
        ZSTD_CCtx *zstd = ZSTD_createCCtx();
        ZSTD_outBuffer out = { packed, piece, 0 };

        (void)state;
        for (int i = 0; i < 2048; i++) {
                ZSTD_inBuffer in = { zeros, piece, 0 };

                left = ZSTD_compressStream2(zstd, &out, &in, ZSTD_e_continue);
                assert_false(ZSTD_isError(left));
        }
        ZSTD_endStream(zstd, &out);
        assert_true(out.pos < 400000);
        assert_int_equal(read_lines(packed, out.pos), -1);
        assert_int_equal(w.err.code, ERR_TOO_BIG);
        ZSTD_freeCCtx(zstd);
        free(zeros);
        free(packed);
}

/* Also of lines of which none is too long. */
static void a_stream_is_refused_that_unpacks_to_more_than_its_limit(void **state)
{
        size_t room = (size_t)1 << 20, all;
        char *unpacked = malloc(room);
        struct buf out;

        (void)state;
        write_lines(&out, 20000);
        all = ZSTD_decompress(unpacked, room, out.data, out.length);
        assert_false(ZSTD_isError(all));
        for (size_t less = 0; less < 2; less++) {
                struct line_reader *l;
                const char *line;
                size_t length;
                int count = 0;

                fresh();
                l = lines_open(&w, -1, out.data, out.length);
                assert_non_null(l);
                lines_limit(l, all - less);
                while (lines_next(l, &line, &length))
                        count++;
                assert_true(less > 0 ? count < 20000 : count == 20000);
                assert_int_equal(w.err.code, less > 0 ? ERR_TOO_BIG : ERR_NONE);
                assert_true(less == 0 || strstr(w.err.message, "the stream of entries is over the limit of ") == w.err.message);
        }
        free(unpacked);
        buf_clear(&out);
}

/* Who reads ahead tells of each line what entry_head would; what is none, or not simple, is left to who takes it. */
static void entries_are_looked_at_ahead(void **state)
{
        struct buf out, line;
        struct line_writer *l;
        struct line_reader *r;
        const char *text;
        size_t length;

        (void)state;
        fresh();
        buf_init(&out, 0);
        buf_init(&line, 0);
        l = lines_begin(&w, &out, "VN");
        for (int i = 1; i <= 3000; i++) {
                buf_reset(&line);
                buf_print(&line, "{\"stream\":\"%064x/25\",\"seq\":%d,\"at\":\"2026-01-05T07:30:00.000Z/0\",\"author\":\"an\",\"role\":\"admin\","
                                 "\"kind\":\"note\",\"subject\":\"n\",\"prev\":\"%064x\",\"body\":{\"n\":%s}}",
                          1, i, i, i % 100 == 7 ? "" : "0");
                assert_true(lines_put(l, line.data, line.length));
                if (i % 1000 == 0)
                        assert_true(lines_put(l, "{\"seal\":\"x\"}", 12));
        }
        assert_true(lines_end(l));
        r = lines_open(&w, -1, out.data, out.length);
        assert_non_null(r);
        assert_null(lines_entry(r));
        assert_true(lines_read_ahead(r));
        for (int i = 1; i <= 3000; i++) {
                struct error err = { .language = LANGUAGE_EN };
                const struct entry *e, *same;

                assert_true(lines_next(r, &text, &length));
                e = lines_entry(r);
                same = entry_head(w.arena, text, length, &err);
                assert_true(e != NULL && same != NULL);
                assert_int_equal(e->seq, i);
                assert_ptr_equal(e->bytes, text);
                assert_true(e->length == length && e->body_at == same->body_at && e->at == same->at);
                assert_memory_equal(e->hash, same->hash, HASH_BYTES);
                assert_string_equal(e->prev, same->prev);
                assert_int_equal(e->is_right, i % 100 != 7);
                if (i % 1000 == 0) {
                        assert_true(lines_next(r, &text, &length));
                        assert_null(lines_entry(r));
                }
        }
        assert_false(lines_next(r, &text, &length));
        assert_true(work_ok(&w));
        lines_stay(r);
        buf_clear(&out);
        buf_clear(&line);
}

static json_malloc_t json_take;
static json_free_t json_give;
static atomic_long json_taken;

static void *counted(size_t bytes)
{
        atomic_fetch_add(&json_taken, 1);
        return json_take(bytes);
}

/* A large line that is not simple is not unfolded ahead as well: only who takes it needs the memory for that. */
static void what_is_not_simple_is_not_read_ahead(void **state)
{
        struct buf out, line;
        struct line_writer *l;
        struct line_reader *r;
        const char *text;
        size_t length;

        (void)state;
        fresh();
        buf_init(&out, 0);
        buf_init(&line, 0);
        buf_print(&line, "{\"stream\":\"%064x/25\",\"seq\":99999999999999999999,\"body\":{\"n\":[0", 1);
        for (int i = 0; i < 10000; i++)
                buf_put(&line, ",0", 2);
        buf_put(&line, "]}}", 3);
        l = lines_begin(&w, &out, "VN");
        assert_true(lines_put(l, line.data, line.length) && lines_end(l));
        r = lines_open(&w, -1, out.data, out.length);
        assert_non_null(r);
        json_get_alloc_funcs(&json_take, &json_give);
        json_set_alloc_funcs(counted, json_give);
        assert_true(lines_read_ahead(r));
        assert_true(lines_next(r, &text, &length));
        assert_null(lines_entry(r));
        assert_false(lines_next(r, &text, &length));
        json_set_alloc_funcs(json_take, json_give);
        assert_true(work_ok(&w));
        assert_int_equal(json_taken, 0);
        lines_stay(r);
        buf_clear(&out);
        buf_clear(&line);
}

/* Lines beside which no copy is made come as they were written, between short ones; what they were read from is given back with the last. Who takes the
 * memory in which one lies has it after the next has come. */
static void very_long_lines_are_given_out_where_they_lie(void **state)
{
        static const size_t lengths[] = { 10, (3 << 20) + 1, 7, 8 << 20, 1 << 20, (1 << 20) + 1, 2 << 20, 2 };
        char *line = malloc(8 << 20), **memory, *taken = NULL, taken_is[2];
        const char *text, *taken_text = NULL;
        struct line_writer *l;
        struct line_reader *r;
        struct buf out;
        size_t length;
        int took = 0;

        (void)state;
        for (int is_ahead = 0; is_ahead < 2; is_ahead++) {
                fresh();
                buf_init(&out, 0);
                l = lines_begin(&w, &out, "VN");
                for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
                        memset(line, 'a' + (int)i, lengths[i]);
                        assert_true(lines_put(l, line, lengths[i]));
                }
                assert_true(lines_end(l));
                r = lines_open(&w, -1, out.data, out.length);
                assert_non_null(r);
                lines_give_back(r, &out);
                assert_true(is_ahead == 0 || lines_read_ahead(r));
                for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
                        assert_true(lines_next(r, &text, &length));
                        assert_int_equal(length, lengths[i]);
                        memset(line, 'a' + (int)i, length);
                        assert_memory_equal(text, line, length);
                        memory = lines_memory(r);
                        assert_true(is_ahead == 1 || memory == NULL);
                        if (taken != NULL) {
                                assert_memory_equal(taken_text, taken_is, 2);
                                free(taken);
                                taken = NULL;
                        }
                        if (memory != NULL && *memory != NULL) {
                                taken = *memory;
                                taken_text = text;
                                memset(taken_is, 'a' + (int)i, sizeof taken_is);
                                *memory = NULL;
                                took++;
                        }
                        lines_done(r);
                }
                assert_false(lines_next(r, &text, &length));
                assert_true(work_ok(&w));
                lines_stay(r);
                assert_null(out.data);
        }
        assert_int_equal(took, 4); /* those of more than a MiB */
        free(line);
}

/* Memory that ends on the other thread is an error of who reads. */
static void memory_that_ends_ahead_is_told(void **state)
{
        struct buf out;
        int ended = 0;

        (void)state;
        write_lines(&out, 3000);
        for (long n = 1; n < 4000; n += 37) {
                struct line_reader *r;
                const char *line;
                size_t length;
                int count = 0;

                fresh();
                r = lines_open(&w, -1, out.data, out.length);
                assert_non_null(r);
                arena_fail_at(n);
                assert_true(lines_read_ahead(r));
                while (lines_next(r, &line, &length))
                        count++;
                arena_fail_at(0);
                assert_true(work_ok(&w) ? count == 3000 : w.err.code == ERR_ENVIRONMENT && count < 3000);
                ended += !work_ok(&w);
                lines_stay(r);
        }
        assert_true(ended > 10);
        buf_clear(&out);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_was_written_is_read),
                cmocka_unit_test(a_cut_or_altered_stream_is_refused),
                cmocka_unit_test(a_stream_begins_with_who_wrote_it_for_whom),
                cmocka_unit_test(nothing_may_follow_a_stream),
                cmocka_unit_test(the_end_of_a_stream_may_come_by_itself),
                cmocka_unit_test(a_bomb_is_refused_early),
                cmocka_unit_test(a_stream_is_refused_that_unpacks_to_more_than_its_limit),
                cmocka_unit_test(entries_are_looked_at_ahead),
                cmocka_unit_test(what_is_not_simple_is_not_read_ahead),
                cmocka_unit_test(very_long_lines_are_given_out_where_they_lie),
                cmocka_unit_test(memory_that_ends_ahead_is_told),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
