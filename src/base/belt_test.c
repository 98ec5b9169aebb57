#include "base/belt.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define BLOCKS 3

struct numbers {
        int next, end;
        pthread_t asker;
        bool is_elsewhere;
};

static size_t count_on(void *block, void *context)
{
        struct numbers *n = context;

        n->is_elsewhere = !pthread_equal(pthread_self(), n->asker);
        if (n->next == n->end)
                return 0;
        *(int *)block = n->next++;
        return sizeof n->next;
}

static void all_comes_in_order_from_another_thread(void **state)
{
        int room[BLOCKS];
        void *blocks[BLOCKS] = { &room[0], &room[1], &room[2] };
        struct numbers n = { .end = 1000, .asker = pthread_self() };
        struct belt *b = belt_open(blocks, BLOCKS, SIZE_MAX, count_on, &n);

        (void)state;
        assert_non_null(b);
        for (int i = 0; i < n.end; i++) {
                const int *got = belt_next(b);

                assert_non_null(got);
                assert_int_equal(*got, i);
        }
        assert_null(belt_next(b));
        assert_null(belt_next(b)); /* asked once more */
        belt_close(b);
        assert_true(n.is_elsewhere);
}

static void an_empty_one_ends_at_once(void **state)
{
        int room[2];
        void *blocks[2] = { &room[0], &room[1] };
        struct numbers n = { .end = 0 };
        struct belt *b = belt_open(blocks, 2, SIZE_MAX, count_on, &n);

        (void)state;
        assert_non_null(b);
        assert_null(belt_next(b));
        belt_close(b);
}

/* No more than the blocks is made ready, and who closes early does not wait for the rest. */
static void what_nobody_asks_for_is_not_made(void **state)
{
        int room[BLOCKS];
        void *blocks[BLOCKS] = { &room[0], &room[1], &room[2] };
        struct numbers n = { .end = 1000 };
        struct belt *b = belt_open(blocks, BLOCKS, SIZE_MAX, count_on, &n);

        (void)state;
        assert_non_null(b);
        assert_int_equal(*(int *)belt_next(b), 0);
        assert_int_equal(*(int *)belt_next(b), 1);
        belt_close(b);
        assert_in_range(n.next, 2, 1 + BLOCKS);
        belt_close(NULL);
}

/* One that is as large as the bound is enough until it is given back. */
static void no_more_bytes_are_made_ready_than_allowed(void **state)
{
        int room[BLOCKS];
        void *blocks[BLOCKS] = { &room[0], &room[1], &room[2] };
        struct numbers n = { .end = 1000 };
        struct belt *b = belt_open(blocks, BLOCKS, sizeof(int), count_on, &n);

        (void)state;
        assert_non_null(b);
        for (int i = 0; i < 100; i++)
                assert_int_equal(*(int *)belt_next(b), i);
        belt_close(b);
        assert_int_equal(n.next, 100);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(all_comes_in_order_from_another_thread),
                cmocka_unit_test(an_empty_one_ends_at_once),
                cmocka_unit_test(no_more_bytes_are_made_ready_than_allowed),
                cmocka_unit_test(what_nobody_asks_for_is_not_made),
        };

        return cmocka_run_group_tests_name("belt", tests, NULL, NULL);
}
