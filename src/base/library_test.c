#include "base/library.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void *places[4];
static const char *const resolver[] = { "ns_get16", "ns_get32", NULL };
static const char *const unknown[] = { "ns_get16", "a_function_nobody_wrote", NULL };

extern struct library libraries_later[];
struct library libraries_later[] = {
        { .name = "resolv", .file = "libresolv.so.2", .calls = resolver, .places = places },
        { .name = "resolv-newer", .file = "libresolv.so.2", .calls = unknown, .places = places + 2 },
        { .name = "absent", .file = "libnobody-has-this.so.7", .calls = resolver, .places = places + 2 },
        { .name = NULL },
};

static void *load_it(void *is_loaded)
{
        struct error err = { 0 };

        *(bool *)is_loaded = library_load("resolv", &err);
        return NULL;
}

/* The functions are there for all of them, whoever was first. */
static void threads_may_load_one_at_the_same_time(void **state)
{
        pthread_t threads[8];
        bool is_loaded[8];

        (void)state;
        for (int i = 0; i < 8; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, load_it, &is_loaded[i]), 0);
        for (int i = 0; i < 8; i++) {
                pthread_join(threads[i], NULL);
                assert_true(is_loaded[i]);
        }
        assert_non_null(places[1]);
}

static void a_library_is_loaded_once_and_its_functions_are_found(void **state)
{
        const unsigned char bytes[] = { 0x12, 0x34 };
        unsigned (*get16)(const unsigned char *);
        struct error err = { 0 };
        void *first;

        (void)state;
        assert_true(library_load("resolv", &err));
        assert_true(error_ok(&err));
        assert_non_null(places[1]);
        *(void **)&get16 = places[0];
        assert_int_equal(get16(bytes), 0x1234);
        first = places[0];
        assert_true(library_load("resolv", &err));
        assert_ptr_equal(places[0], first);
}

static void one_that_is_linked_as_usual_needs_nothing(void **state)
{
        struct error err = { 0 };

        (void)state;
        assert_true(library_load("m", &err));
        assert_true(error_ok(&err));
}

static void one_that_is_missing_is_an_error_each_time(void **state)
{
        (void)state;
        for (int i = 0; i < 2; i++) {
                struct error err = { .language = LANGUAGE_EN };

                assert_false(library_load("absent", &err));
                assert_int_equal(err.code, ERR_ENVIRONMENT);
                assert_string_equal(err.message, "the library libnobody-has-this.so.7 cannot be loaded");
        }
}

static void one_without_a_function_of_ours_is_not_taken(void **state)
{
        struct error err = { 0 };

        (void)state;
        assert_false(library_load("resolv-newer", &err));
        assert_int_equal(err.code, ERR_ENVIRONMENT);
        assert_false(libraries_later[1].is_loaded);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(threads_may_load_one_at_the_same_time),
                cmocka_unit_test(a_library_is_loaded_once_and_its_functions_are_found),
                cmocka_unit_test(one_that_is_linked_as_usual_needs_nothing),
                cmocka_unit_test(one_that_is_missing_is_an_error_each_time),
                cmocka_unit_test(one_without_a_function_of_ours_is_not_taken),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
