#include "base/file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/file_test.XXXXXX";
static struct arena *arena;

static int folder_up(void **state)
{
        (void)state;
        arena = arena_open((size_t)8 << 20);
        return mkdtemp(folder) == NULL || arena == NULL;
}

static int folder_down(void **state)
{
        (void)state;
        arena_close(arena);
        return rmdir(folder); /* fails if a temporary file was left behind */
}

static const char *in_folder(const char *name)
{
        return arena_print(arena, "%s/%s", folder, name);
}

/* Not put into its caller: what counts would be a variable beside setjmp there. */
static __attribute__((noinline)) int open_files(void)
{
        int count = 0;

        for (int fd = 0; fd < 200; fd++)
                count += fcntl(fd, F_GETFD) >= 0;
        return count;
}

static void what_was_written_is_read(void **state)
{
        const char *path = in_folder("a");
        struct error e = { 0 };
        size_t length = 0;
        struct stat st;
        char *bytes;

        (void)state;
        assert_false(file_exists(path));
        assert_true(file_write(path, "one\0two", 7, 0640, &e));
        assert_true(file_exists(path));
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0640);
        bytes = file_read(arena, path, 7, &length, &e);
        assert_non_null(bytes);
        assert_int_equal(length, 7);
        assert_memory_equal(bytes, "one\0two", 8);
        assert_true(file_write(path, "", 0, 0600, &e));
        assert_string_equal(file_read(arena, path, 0, &length, &e), "");
        assert_int_equal(length, 0);
        unlink(path);
}

static void a_file_over_the_limit_is_refused(void **state)
{
        const char *path = in_folder("b");
        struct error e = { .language = LANGUAGE_EN };

        (void)state;
        assert_true(file_write(path, "12345", 5, 0600, &e));
        assert_null(file_read(arena, path, 4, NULL, &e));
        assert_int_equal(e.code, ERR_TOO_BIG);
        assert_non_null(strstr(e.message, "/b\" is larger than the 4 bytes allowed"));
        unlink(path);
}

static void a_file_of_unknown_size_is_read_to_its_end(void **state)
{
        struct error e = { 0 };
        size_t length = 0;
        char *bytes = file_read(arena, "/proc/self/maps", (size_t)1 << 20, &length, &e);

        (void)state;
        assert_non_null(bytes);
        assert_true(length > 1000);
        assert_non_null(strstr(bytes, "[stack]"));
        assert_int_equal(strlen(bytes), length);
        assert_null(file_read(arena, "/dev/zero", 100000, &length, &e));
        assert_int_equal(e.code, ERR_TOO_BIG);
}

static void a_missing_file_and_a_folder_are_named(void **state)
{
        struct error e = { 0 };

        (void)state;
        assert_null(file_read(arena, in_folder("none"), 10, NULL, &e));
        assert_int_equal(e.code, ERR_MISSING);
        assert_non_null(strstr(e.message, "none"));
        error_clear(&e);
        assert_null(file_read(arena, folder, 10, NULL, &e));
        assert_int_equal(e.code, ERR_INVALID);
        error_clear(&e);
        assert_false(file_write(in_folder("none/below"), "x", 1, 0600, &e));
        assert_int_equal(e.code, ERR_ENVIRONMENT);
}

static void a_failed_write_leaves_the_old_file(void **state)
{
        const char *path = in_folder("taken");
        struct error e = { 0 };

        (void)state;
        assert_int_equal(mkdir(path, 0700), 0); /* renaming a file over a folder fails */
        assert_false(file_write(path, "x", 1, 0600, &e));
        assert_int_equal(e.code, ERR_INVALID);
        assert_int_equal(rmdir(path), 0);
}

static void exhausted_memory_leaves_no_file_open(void **state)
{
        const char *path = in_folder("c");
        struct error e = { 0 };
        jmp_buf guard;
        int before;

        (void)state;
        assert_true(file_write(path, "12345", 5, 0600, &e));
        before = open_files();
        for (long n = 1; n <= 3; n++) {
                struct arena *small = arena_open((size_t)1 << 20);

                arena_guard(small, &guard);
                arena_fail_at(n);
                if (setjmp(guard) == 0) {
                        file_read(small, path, 100, NULL, &e);
                        fail_msg("allocation %ld did not fail", n);
                }
                arena_close(small);
        }
        arena_fail_at(0);
        assert_int_equal(open_files(), before);
        unlink(path);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_was_written_is_read),
                cmocka_unit_test(a_file_over_the_limit_is_refused),
                cmocka_unit_test(a_file_of_unknown_size_is_read_to_its_end),
                cmocka_unit_test(a_missing_file_and_a_folder_are_named),
                cmocka_unit_test(a_failed_write_leaves_the_old_file),
                cmocka_unit_test(exhausted_memory_leaves_no_file_open),
        };

        return cmocka_run_group_tests_name("file", tests, folder_up, folder_down);
}
