#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void everything_written_is_there_in_order(void **state)
{
        struct buf b;

        (void)state;
        buf_init(&b, 0);
        assert_int_equal(b.limit, BUF_LIMIT_USUAL);
        BUF_LITERAL(&b, "one ");
        buf_text(&b, "two ");
        buf_text(&b, NULL);
        buf_char(&b, '3');
        buf_char(&b, ' ');
        buf_int(&b, INT64_MIN);
        buf_char(&b, ' ');
        buf_int(&b, 0);
        buf_print(&b, " %s %d", "four", 5);
        buf_put(&b, "", 0);
        assert_true(buf_finish(&b));
        assert_string_equal(b.data, "one two 3 -9223372036854775808 0 four 5");
        assert_int_equal(b.length, strlen(b.data));
        buf_reset(&b);
        assert_string_equal(b.data, "");
        buf_clear(&b);
        assert_null(b.data);
        assert_true(buf_ok(&b));
        buf_int(&b, -7);
        assert_string_equal(b.data, "-7");
        buf_clear(&b);
}

static void the_limit_breaks_the_buffer_for_good(void **state)
{
        struct buf b;

        (void)state;
        buf_init(&b, 10);
        buf_text(&b, "12345");
        for (int i = 0; i < 5; i++)
                buf_char(&b, 'x');
        assert_true(buf_ok(&b));
        assert_int_equal(b.length, 10);
        buf_char(&b, 'y');
        assert_false(buf_ok(&b));
        buf_text(&b, "z");
        buf_print(&b, "%d", 1);
        assert_null(buf_room(&b, 1));
        assert_string_equal(b.data, "12345xxxxx");
        assert_false(buf_finish(&b));
        buf_reset(&b);
        assert_true(buf_ok(&b));
        buf_put(&b, "12345678901", 11);
        assert_false(buf_ok(&b));
        assert_int_equal(b.length, 0);
        buf_clear(&b);
        buf_init(&b, SIZE_MAX);
        buf_text(&b, "fine");
        assert_true(buf_ok(&b));
        assert_null(buf_room(&b, SIZE_MAX));
        assert_false(buf_ok(&b));
        buf_clear(&b);
}

struct taken {
        char *bytes;
        size_t length;
        int calls, refuse_at;
};

static bool take(void *context, const char *bytes, size_t length)
{
        struct taken *t = context;

        assert_true(length > 0);
        if (++t->calls == t->refuse_at)
                return false;
        t->bytes = realloc(t->bytes, t->length + length);
        assert_non_null(t->bytes);
        memcpy(t->bytes + t->length, bytes, length);
        t->length += length;
        return true;
}

static void a_sink_gets_every_byte_and_memory_stays_small(void **state)
{
        struct taken t = { 0 };
        char *large = malloc(300000);
        struct buf b;

        (void)state;
        memset(large, 'L', 300000);
        buf_init_sink(&b, take, &t);
        for (int i = 0; i < 100000; i++)
                buf_print(&b, "%06d\n", i);
        buf_put(&b, large, 300000);
        buf_char(&b, '!');
        assert_true(buf_finish(&b));
        assert_true(buf_finish(&b));
        assert_int_equal(b.flushed, 1000001);
        assert_int_equal(t.length, 1000001);
        assert_true(b.capacity <= ((size_t)128 << 10));
        for (int i = 0; i < 100000; i++) {
                char line[16];

                snprintf(line, sizeof line, "%06d\n", i);
                assert_memory_equal(t.bytes + i * 7, line, 7);
        }
        assert_memory_equal(t.bytes + 700000, large, 300000);
        assert_int_equal(t.bytes[1000000], '!');
        buf_clear(&b);
        free(t.bytes);
        free(large);
}

static void a_refusing_sink_is_not_called_again(void **state)
{
        struct taken t = { .refuse_at = 2 };
        struct buf b;

        (void)state;
        buf_init_sink(&b, take, &t);
        for (int i = 0; i < 100000; i++)
                buf_text(&b, "123456789\n");
        assert_false(buf_ok(&b));
        assert_false(buf_finish(&b));
        assert_int_equal(t.calls, 2);
        assert_int_equal(b.flushed, t.length);
        buf_clear(&b);
        free(t.bytes);
}

/* The sanitizers would tell what is left. */
static void an_arena_clears_the_buffers_made_with_it(void **state)
{
        struct arena *a = arena_open((size_t)1 << 20);

        (void)state;
        for (int i = 0; i < 2; i++) {
                struct buf *b = arena_alloc(a, sizeof *b);

                buf_init_with(b, 3, a);
                buf_text(b, "abc");
                assert_true(buf_ok(b));
                buf_char(b, 'd');
                assert_false(buf_ok(b));
                arena_reset(a);
        }
        arena_close(a);
}

/* What stands beside it stays, also where it is smaller than a page. */
static void the_rest_stays_where_a_part_is_given_back(void **state)
{
        static const size_t parts[][2] = { { 0, 1 }, { 0, 4096 }, { 5, 100000 }, { 100000, 250000 }, { 250000, 299999 }, { 7, 7 } };
        struct buf b;

        (void)state;
        buf_init(&b, 0);
        for (size_t i = 0; i < 300000; i++)
                buf_char(&b, (char)('a' + i % 26));
        for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
                buf_give_back(&b, parts[p][0], parts[p][1]);
                for (size_t i = parts[p][1]; i < 300000 && p < 5; i++)
                        assert_int_equal(b.data[i], 'a' + i % 26);
        }
        assert_int_equal(b.data[299999], 'a' + 299999 % 26);
        assert_int_equal(b.length, 300000);
        buf_clear(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(everything_written_is_there_in_order),
                cmocka_unit_test(the_limit_breaks_the_buffer_for_good),
                cmocka_unit_test(a_sink_gets_every_byte_and_memory_stays_small),
                cmocka_unit_test(a_refusing_sink_is_not_called_again),
                cmocka_unit_test(an_arena_clears_the_buffers_made_with_it),
                cmocka_unit_test(the_rest_stays_where_a_part_is_given_back),
        };

        return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
