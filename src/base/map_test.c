#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>

#include <cmocka.h>

static void every_key_keeps_its_value(void **state)
{
        struct map *m = map_open();
        int64_t *value, sum = 0;
        const void *key;
        size_t place = 0, length, seen = 0;
        char text[24];
        bool is_new;

        (void)state;
        assert_null(map_get_text(m, "k0"));
        for (int i = 0; i < 50000; i++) {
                snprintf(text, sizeof text, "k%d", i);
                value = map_put_text(m, text, &is_new);
                assert_non_null(value);
                assert_true(is_new);
                assert_int_equal(*value, 0);
                *value = i;
        }
        assert_int_equal(map_count(m), 50000);
        for (int i = 0; i < 50000; i++) {
                snprintf(text, sizeof text, "k%d", i);
                value = map_get_text(m, text);
                assert_non_null(value);
                assert_int_equal(*value, i);
                assert_ptr_equal(map_put_text(m, text, &is_new), value);
                assert_false(is_new);
        }
        assert_null(map_get_text(m, "k50000"));
        while (map_next(m, &place, &key, &length, &value)) {
                snprintf(text, sizeof text, "k%lld", (long long)*value);
                assert_int_equal(length, strlen(text));
                assert_memory_equal(key, text, length);
                sum += *value;
                seen++;
        }
        assert_int_equal(seen, 50000);
        assert_int_equal(sum, (int64_t)50000 * 49999 / 2);
        map_reset(m);
        assert_int_equal(map_count(m), 0);
        assert_null(map_get_text(m, "k1"));
        map_close(m);
        map_close(NULL);
}

static void keys_are_bytes_of_any_kind(void **state)
{
        struct map *m = map_open();

        (void)state;
        *map_put(m, "a\0b", 3, NULL) = 1;
        *map_put(m, "a\0c", 3, NULL) = 2;
        *map_put(m, "a", 1, NULL) = 3;
        *map_put(m, "", 0, NULL) = 4;
        *map_put(m, "a\0", 2, NULL) = 5;
        assert_int_equal(map_count(m), 5);
        assert_int_equal(*map_get(m, "a\0b", 3), 1);
        assert_int_equal(*map_get(m, "a\0c", 3), 2);
        assert_int_equal(*map_get_text(m, "a"), 3);
        assert_int_equal(*map_get(m, NULL, 0), 4);
        assert_int_equal(*map_get(m, "a\0", 2), 5);
        map_close(m);
}

static void *hash_in_thread(void *result)
{
        *(uint64_t *)result = map_hash("one key", 7);
        return NULL;
}

static void all_threads_hash_alike(void **state)
{
        uint64_t hashes[8];
        pthread_t threads[8];

        (void)state;
        for (int i = 0; i < 8; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, hash_in_thread, &hashes[i]), 0);
        for (int i = 0; i < 8; i++)
                pthread_join(threads[i], NULL);
        for (int i = 0; i < 8; i++)
                assert_true(hashes[i] == map_hash("one key", 7));
        assert_true(map_hash("one key", 7) != map_hash("one kez", 7));
        assert_true(map_hash("\0", 1) != map_hash("\0\0", 2));
}

static void a_map_in_an_arena_goes_with_it(void **state) /* a leak would be told by the sanitizer */
{
        struct arena *a = arena_open(1 << 20);
        struct map *m = map_in(a);

        (void)state;
        *map_put_text(m, "one", NULL) = 1;
        assert_int_equal(*map_get_text(m, "one"), 1);
        arena_close(a);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(all_threads_hash_alike), /* first: the seed is made here */
                cmocka_unit_test(every_key_keeps_its_value),
                cmocka_unit_test(keys_are_bytes_of_any_kind),
                cmocka_unit_test(a_map_in_an_arena_goes_with_it),
        };

        return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
