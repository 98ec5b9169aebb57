#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void pieces_are_zeroed_and_aligned(void **state)
{
        struct arena *a = arena_open((size_t)8 << 20);

        (void)state;
        for (size_t bytes = 0; bytes < 3000; bytes += 7) {
                unsigned char *p = arena_alloc(a, bytes);

                assert_int_equal((uintptr_t)p % 16, 0);
                for (size_t i = 0; i < bytes; i++)
                        assert_int_equal(p[i], 0);
                memset(p, 0xAA, bytes);
        }
        assert_true(arena_used(a) > 600000);
        arena_reset(a);
        assert_int_equal(arena_used(a), 0);
        assert_int_equal(*(unsigned char *)arena_alloc(a, 100), 0);
        assert_non_null(arena_alloc(a, (size_t)4 << 20)); /* larger than any usual block */
        arena_close(a);
        arena_close(NULL);
}

static void all_the_room_is_there_again_after_a_reset(void **state)
{
        struct arena *a = arena_open((size_t)8 << 20);
        jmp_buf guard;

        (void)state;
        if (setjmp(guard) != 0)
                fail_msg("what was large was kept");
        arena_guard(a, &guard);
        arena_alloc(a, (size_t)5 << 20);
        arena_reset(a);
        assert_non_null(arena_alloc(a, (size_t)6 << 20));
        arena_close(a);
}

static void texts_are_copied_and_printed(void **state)
{
        struct arena *a = arena_open((size_t)1 << 20);
        char *print = arena_print(a, "%s-%05d-%500s", "x", 42, "end");

        (void)state;
        assert_string_equal(arena_text(a, "Đề án"), "Đề án");
        assert_memory_equal(arena_copy(a, "ab\0cd", 5), "ab\0cd", 6);
        assert_string_equal(arena_copy(a, NULL, 0), "");
        assert_int_equal(strlen(print), 508);
        assert_memory_equal(print, "x-00042-", 8);
        arena_close(a);
}

static void a_list_grows_and_keeps_what_it_holds(void **state)
{
        struct arena *a = arena_open((size_t)1 << 20);
        size_t *list = NULL, copies = 0;

        (void)state;
        for (size_t i = 0; i < 1000; i++) {
                size_t *same = list;

                list = arena_room(a, list, i, sizeof *list);
                assert_int_equal(list[i], 0);
                list[i] = i;
                copies += list != same;
        }
        for (size_t i = 0; i < 1000; i++)
                assert_int_equal(list[i], i);
        assert_int_equal(copies, 5); /* 64, 128, 256, 512, 1,024 */
        arena_close(a);
}

static void the_maximum_leads_back_to_the_unit_of_work(void **state)
{
        struct arena *a = arena_open(100000);
        volatile int got = 0;
        jmp_buf guard;

        (void)state;
        assert_null(arena_guard(a, &guard));
        if (setjmp(guard) == 0) {
                for (;;) {
                        arena_alloc(a, 1000);
                        got++;
                }
        }
        assert_in_range(got, 80, 100);
        assert_ptr_equal(arena_guard(a, NULL), &guard);
        arena_close(a);
}

static void a_small_arena_gives_what_it_may(void **state)
{
        struct arena *a = arena_open(1024);

        (void)state;
        assert_non_null(arena_alloc(a, 1000));
        arena_close(a);
}

static void absurd_sizes_are_out_of_memory(void **state)
{
        struct arena *a = arena_open((size_t)1 << 20);
        volatile int count = 0;
        jmp_buf guard;

        (void)state;
        arena_guard(a, &guard);
        if (setjmp(guard) == 0)
                arena_alloc(a, SIZE_MAX);
        else
                count++;
        if (setjmp(guard) == 0)
                arena_alloc(a, SIZE_MAX - 20);
        else
                count++;
        if (setjmp(guard) == 0)
                arena_array(a, SIZE_MAX / 4, 8);
        else
                count++;
        if (setjmp(guard) == 0)
                arena_array(a, 1000, 8);
        else
                count++;
        assert_int_equal(count, 3);
        arena_close(a);
}

static char order[8];

static void note(void *handle)
{
        strcat(order, handle);
}

static void handles_are_freed_newest_first(void **state)
{
        struct arena *a = arena_open((size_t)1 << 20);

        (void)state;
        order[0] = '\0';
        arena_on_free(a, note, "a");
        arena_on_free(a, note, "b");
        arena_on_free(a, note, "c");
        arena_reset(a);
        assert_string_equal(order, "cba");
        arena_reset(a);
        assert_string_equal(order, "cba");
        arena_on_free(a, note, "d");
        arena_close(a);
        assert_string_equal(order, "cbad");
}

static void a_handle_that_cannot_be_registered_is_freed_at_once(void **state)
{
        struct arena *a = arena_open((size_t)1 << 20);
        jmp_buf guard;

        (void)state;
        order[0] = '\0';
        arena_guard(a, &guard);
        arena_fail_at(2);
        if (setjmp(guard) == 0) {
                arena_on_free(a, note, "a");
                arena_on_free(a, note, "b");
                fail_msg("registering should have run out of memory");
        }
        arena_fail_at(0);
        assert_string_equal(order, "b");
        assert_ptr_equal(arena_guard(a, NULL), &guard);
        arena_close(a);
        assert_string_equal(order, "ba");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(pieces_are_zeroed_and_aligned),
                cmocka_unit_test(all_the_room_is_there_again_after_a_reset),
                cmocka_unit_test(texts_are_copied_and_printed),
                cmocka_unit_test(a_list_grows_and_keeps_what_it_holds),
                cmocka_unit_test(the_maximum_leads_back_to_the_unit_of_work),
                cmocka_unit_test(a_small_arena_gives_what_it_may),
                cmocka_unit_test(absurd_sizes_are_out_of_memory),
                cmocka_unit_test(handles_are_freed_newest_first),
                cmocka_unit_test(a_handle_that_cannot_be_registered_is_freed_at_once),
        };

        return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
