/* What is written anybody reads: zipfile of Python, which is not ours, and zip_read; and what does not fit is said. */
#include "tests/support.h"

#include <errno.h>

#include "base/file.h"
#include "format/zip_read.h"
#include "format/zip_write.h"

static struct arena *arena;
static struct error err;
static const char *path;

static int setup(void **state)
{
        (void)state;
        arena = arena_open((size_t)64 << 20);
        err = (struct error){ .language = LANGUAGE_EN };
        path = test_path("archive.zip");
        return arena == NULL;
}

static int teardown(void **state)
{
        (void)state;
        arena_close(arena);
        return 0;
}

static const char *const names[] = { "empty", "xl/worksheets/sheet1.xml", "Hà Tĩnh/số liệu.txt", "chance", "zeros" };
static const size_t lengths[] = { 0, 70000, 10, 100001, 200000 };
#define PARTS (sizeof lengths / sizeof *lengths)

/* What a part holds; the script below knows it, too. */
static const char *content(size_t part)
{
        static char bytes[200000];
        uint32_t chance = 1;

        for (size_t i = 0; i < lengths[part]; i++) {
                chance = chance * 1664525 + 1013904223;
                bytes[i] = part == 3 ? (char)(chance >> 24) : part == 4 ? 0 : "0123456789"[i % 10];
        }
        return bytes;
}

static void write_parts(enum zip_size size, size_t at_once)
{
        FILE *file = fopen(path, "we");
        struct zip_writer *z = zip_begin(arena, file, size);

        for (size_t i = 0; i < PARTS; i++) {
                const char *bytes = content(i);

                zip_part(z, names[i]);
                for (size_t k = 0; k < lengths[i]; k += at_once) {
                        zip_put(z, bytes + k, lengths[i] - k < at_once ? lengths[i] - k : at_once);
                        zip_put(z, NULL, 0);
                }
        }
        assert_int_equal(zip_end(z), ZIP_FINE);
        assert_int_equal(fclose(file), 0);
}

static const char *bytes_of(size_t *length)
{
        const char *bytes = file_read(arena, path, (size_t)8 << 20, length, &err);

        assert_non_null(bytes);
        return bytes;
}

/* A script that is given the archive as z; it ends with 0 where all is right. */
static void python_finds(const char *script)
{
        const char *program = test_path("check.py"),
                   *text = arena_print(arena, "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n%s", script);

        assert_true(file_write(program, text, strlen(text), 0600, &err));
        assert_int_equal(system(arena_print(arena, "python3 %s %s", program, path)), 0);
}

static void python_reads_what_is_written(void **state)
{
        (void)state;
        for (enum zip_size size = ZIP_SMALL; size <= ZIP_LARGE; size++) {
                write_parts(size, 30011);
                python_finds("def chance(n):\n"
                             "    c = 1\n"
                             "    for i in range(n):\n"
                             "        c = (c * 1664525 + 1013904223) & 0xFFFFFFFF\n"
                             "        yield c >> 24\n"
                             "assert z.namelist() == ['empty', 'xl/worksheets/sheet1.xml', 'Hà Tĩnh/số liệu.txt', 'chance', 'zeros']\n"
                             "assert [z.read(n) for n in z.namelist()] == [b'', b'0123456789' * 7000, b'0123456789', bytes(chance(100001)), bytes(200000)]\n"
                             "assert {i.date_time for i in z.infolist()} == {(1980, 1, 1, 0, 0, 0)}\n"
                             "assert all(i.flag_bits == 0x800 and i.compress_type == 8 for i in z.infolist())\n");
        }
}

static void our_reader_reads_it(void **state)
{
        static char bytes[200001];

        (void)state;
        for (enum zip_size size = ZIP_SMALL; size <= ZIP_LARGE; size++)
                for (size_t at_once = 7; at_once < 400000; at_once *= 40) {
                        struct zip_reader *z;

                        write_parts(size, at_once);
                        z = zip_reader_open(path, &err);
                        assert_non_null(z);
                        assert_int_equal(zip_part_count(z), PARTS);
                        for (size_t i = 0; i < PARTS; i++) {
                                struct zip_why why = { .code = ERR_NONE };
                                struct zip_part *p = zip_part_open(z, zip_part_find(z, names[i], false), &why);
                                size_t length = 0;
                                int64_t n = 1;

                                assert_non_null(p);
                                for (; n > 0; length += n > 0 ? (size_t)n : 0)
                                        n = zip_part_read(p, bytes + length, sizeof bytes - length, &why);
                                assert_int_equal(n, 0);
                                assert_int_equal(length, lengths[i]);
                                assert_memory_equal(bytes, content(i), length);
                                zip_part_close(p);
                        }
                        zip_reader_close(z);
                }
}

static void the_same_parts_make_the_same_bytes(void **state)
{
        size_t first_length, length;
        const char *first;

        (void)state;
        write_parts(ZIP_SMALL, 4096);
        first = bytes_of(&first_length);
        write_parts(ZIP_SMALL, 100);
        assert_memory_equal(bytes_of(&length), first, first_length);
        assert_int_equal(length, first_length);
}

/* A number of which all bits are set says that the right one stands elsewhere. The bytes are never looked at. */
static void a_part_of_four_gibibytes_is_too_big_for_a_small_archive(void **state)
{
        FILE *file = fopen(path, "we");
        struct zip_writer *z = zip_begin(arena, file, ZIP_SMALL);

        (void)state;
        zip_part(z, "large");
        zip_put(z, "x", 1);
        zip_put(z, "x", UINT32_MAX - 1);
        zip_part(z, "after it");
        zip_put(z, "x", 1);
        assert_int_equal(zip_end(z), ZIP_TOO_BIG);
        fclose(file);
}

static enum zip_fault write_many(enum zip_size size, int count)
{
        FILE *file = fopen(path, "we");
        struct zip_writer *z = zip_begin(arena, file, size);
        enum zip_fault fault;

        for (int i = 0; i < count; i++)
                zip_part(z, arena_print(arena, "%d", i));
        fault = zip_end(z);
        fclose(file);
        return fault;
}

static void more_parts_than_two_bytes_count_need_a_large_archive(void **state)
{
        struct zip_reader *z;

        (void)state;
        assert_int_equal(write_many(ZIP_SMALL, 65535), ZIP_TOO_BIG);
        assert_int_equal(write_many(ZIP_SMALL, 65534), ZIP_FINE);
        python_finds("assert len(z.namelist()) == 65534\n");
        assert_int_equal(write_many(ZIP_LARGE, 65600), ZIP_FINE);
        python_finds("assert len(z.namelist()) == 65600\n");
        z = zip_reader_open(path, &err);
        assert_non_null(z);
        assert_int_equal(zip_part_count(z), 65600);
        zip_reader_close(z);
}

static void an_archive_without_parts_is_one(void **state)
{
        (void)state;
        for (enum zip_size size = ZIP_SMALL; size <= ZIP_LARGE; size++) {
                struct zip_reader *z;

                assert_int_equal(write_many(size, 0), ZIP_FINE);
                python_finds("assert z.namelist() == []\n");
                z = zip_reader_open(path, &err);
                assert_non_null(z);
                assert_int_equal(zip_part_count(z), 0);
                zip_reader_close(z);
        }
}

static void a_full_disk_is_said(void **state)
{
        (void)state;
        path = "/dev/full";
        for (size_t length = 1; length < 1000001; length *= 1000) {
                FILE *file = fopen(path, "we");
                struct zip_writer *z = zip_begin(arena, file, ZIP_LARGE);

                zip_part(z, "part");
                for (size_t i = 0; i < length; i++)
                        zip_put(z, &"0123456789abcdef"[i * i * i / 7 % 16], 1);
                errno = 0;
                assert_int_equal(zip_end(z), ZIP_NOT_WRITTEN);
                assert_int_equal(errno, ENOSPC);
                fclose(file);
        }
}

static bool write_one(struct work *w, void *argument)
{
        FILE *file = argument;
        struct zip_writer *z = zip_begin(w->arena, file, ZIP_SMALL);

        zip_part(z, "part");
        zip_put(z, "bytes", 5);
        zip_part(z, "another");
        return zip_end(z) == ZIP_FINE;
}

static void refused_memory_ends_the_work(void **state)
{
        FILE *file = fopen(path, "we");
        bool is_done = false;
        long n;

        (void)state;
        for (n = 1; !is_done; n++) {
                struct arena *memory = arena_open((size_t)1 << 20);
                struct work w;

                work_init(&w, memory, NULL, LANGUAGE_EN);
                arena_fail_at(n);
                is_done = work_run(&w, write_one, file);
                arena_fail_at(0);
                assert_int_equal(w.err.code, is_done ? ERR_NONE : ERR_ENVIRONMENT);
                arena_close(memory);
        }
        assert_true(n > 5);
        fclose(file);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(python_reads_what_is_written), TEST(our_reader_reads_it), TEST(the_same_parts_make_the_same_bytes),
                TEST(a_part_of_four_gibibytes_is_too_big_for_a_small_archive), TEST(more_parts_than_two_bytes_count_need_a_large_archive),
                TEST(an_archive_without_parts_is_one), TEST(a_full_disk_is_said), TEST(refused_memory_ends_the_work),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
