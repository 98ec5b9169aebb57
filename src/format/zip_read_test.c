/* What stands in an archive is read whole or not at all, whoever wrote it and whatever it says of itself. */
#include "tests/support.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/file.h"
#include "format/zip_read.h"
#include "format/zip_write.h"
#include "tests/failing_calls.h"

#define ROOM ((size_t)256 << 10)

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

/* ---- archives, byte by byte ------------------------------------------------------------------------------------ */

struct piece {
        const char *name;
        size_t name_length;      /* 0: up to its end */
        const void *packed;
        size_t length, size;     /* packed; unpacked, 0: as much */
        unsigned method, flags;
        uint32_t sum;            /* 0: of what is packed */
        uint64_t hole;           /* bytes of nothing before it */
};

static unsigned char *put(unsigned char *out, uint64_t number, int bytes)
{
        for (int i = 0; i < bytes; i++)
                *out++ = (unsigned char)(number >> 8 * i);
        return out;
}

static unsigned char *put_text(unsigned char *out, const char *text, size_t length)
{
        memcpy(out, text, length);
        return out + length;
}

/* What head and list say alike. */
static unsigned char *put_about(unsigned char *out, const struct piece *p, size_t name_length, size_t behind, bool is_large)
{
        uint32_t sum = p->sum != 0 ? p->sum : (uint32_t)crc32_z(0, p->packed, p->length);

        out = put(put(put(put(out, 20, 2), p->flags, 2), p->method, 2), 0x210000, 4);
        out = put(put(out, sum, 4), is_large ? UINT32_MAX : p->length, 4);
        out = put(out, is_large ? UINT32_MAX : p->size != 0 ? p->size : p->length, 4);
        return put(put(out, name_length, 2), behind, 2);
}

/* Parts one after another, where one begins far off with numbers of eight bytes, then the list and its end; written with holes. */
static void write_archive(const struct piece *list, size_t count)
{
        unsigned char *bytes = arena_alloc(arena, ROOM), *out, end[22];
        uint64_t at = 0, begins[16];
        int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

        for (size_t i = 0; i < count; i++) {
                const struct piece *p = &list[i];
                size_t name_length = p->name_length != 0 ? p->name_length : strlen(p->name);

                begins[i] = at += p->hole;
                out = put_about(put(bytes, 0x04034B50, 4), p, name_length, 0, false);
                out = put_text(put_text(out, p->name, name_length), p->packed, p->length);
                assert_int_equal(pwrite(fd, bytes, (size_t)(out - bytes), (off_t)at), out - bytes);
                at += (uint64_t)(out - bytes);
        }
        out = bytes;
        for (size_t i = 0; i < count; i++) {
                const struct piece *p = &list[i];
                size_t name_length = p->name_length != 0 ? p->name_length : strlen(p->name);
                bool is_large = begins[i] >= UINT32_MAX;

                out = put_about(put(put(out, 0x02014B50, 4), 45, 2), p, name_length, is_large ? 28 : 0, is_large);
                out = put(put(put(out, 0, 8), 0, 2), is_large ? UINT32_MAX : begins[i], 4);
                out = put_text(out, p->name, name_length);
                if (is_large) {
                        out = put(put(out, 1, 2), 24, 2);
                        out = put(put(put(out, p->size != 0 ? p->size : p->length, 8), p->length, 8), begins[i], 8);
                }
        }
        if (at >= UINT32_MAX) { /* the end in numbers of eight bytes, and where it stands */
                uint64_t length = (uint64_t)(out - bytes);

                out = put(put(put(put(put(out, 0x06064B50, 4), 44, 8), 45, 2), 45, 2), 0, 8);
                out = put(put(put(put(out, count, 8), count, 8), length, 8), at, 8);
                out = put(put(put(put(out, 0x07064B50, 4), 0, 4), at + length, 8), 1, 4);
                assert_int_equal(put(put(put(put(put(put(end, 0x06054B50, 4), 0, 4), 0xFFFF, 2), 0xFFFF, 2), UINT64_MAX, 8), 0, 2) - end, 22);
        } else {
                assert_int_equal(put(put(put(put(put(put(put(end, 0x06054B50, 4), 0, 4), count, 2), count, 2), (uint64_t)(out - bytes), 4), at, 4), 0, 2) - end, 22);
        }
        out = put_text(out, (const char *)end, sizeof end);
        assert_int_equal(pwrite(fd, bytes, (size_t)(out - bytes), (off_t)at), out - bytes);
        close(fd);
}

/* A file's bytes and length; and write other ones. */
static unsigned char *bytes_of(size_t *length)
{
        unsigned char *bytes = (unsigned char *)file_read(arena, path, (size_t)8 << 20, length, &err);

        assert_non_null(bytes);
        return bytes;
}

static void write_bytes(const void *bytes, size_t length)
{
        FILE *file = fopen(path, "we");

        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, length, file), length);
        assert_int_equal(fclose(file), 0);
}

/* ---- reading them ------------------------------------------------------------------------------------------------ */

static struct zip_reader *archive(void)
{
        struct zip_reader *z = zip_reader_open(path, &err);

        if (z == NULL)
                fail_msg("%s", err.message);
        return z;
}

static void refuses(enum error_code code, const char *why)
{
        struct zip_reader *z = zip_reader_open(path, &err);

        assert_null(z);
        assert_int_equal(err.code, code);
        if (strstr(err.message, why) == NULL)
                fail_msg("\"%s\" instead of \"%s\"", err.message, why);
        error_clear(&err);
}

/* A part, so many bytes at a time, until the next one is read; NULL and why. */
static char *part_read(const struct zip_reader *z, int number, size_t room, size_t *length, struct zip_why *why)
{
        static char bytes[2 * ROOM];
        struct zip_part *p = zip_part_open(z, number, why);
        int64_t n = p == NULL ? -1 : 1;

        assert_true(room <= ROOM);
        for (*length = 0; n > 0; *length += n > 0 ? (size_t)n : 0) {
                assert_true(*length <= ROOM);
                n = zip_part_read(p, bytes + *length, room, why);
                assert_true(n <= (int64_t)room);
        }
        zip_part_close(p);
        assert_true((n < 0) == (why->code != ERR_NONE));
        return n == 0 ? bytes : NULL;
}

/* What one part of the archive says against being read; the file cannot be blamed. */
static void part_is_refused(int number, const char *text)
{
        struct zip_why why = { .code = ERR_NONE };
        struct zip_reader *z = archive();
        size_t length;

        assert_null(part_read(z, number, 4096, &length, &why));
        assert_int_equal(why.code, ERR_DAMAGED);
        assert_string_equal(why.text, text);
        zip_reader_close(z);
}

static void holds(const char *name, const void *bytes, size_t length, size_t room)
{
        struct zip_why why = { .code = ERR_NONE };
        struct zip_reader *z = archive();
        int number = zip_part_find(z, name, false);
        size_t found;
        char *read;

        if (number < 0)
                fail_msg("no part \"%s\"", name);
        read = part_read(z, number, room, &found, &why);
        if (read == NULL)
                fail_msg("%s, %zu bytes at a time: %s", name, room, why.text);
        assert_int_equal(found, length);
        assert_true(length == 0 || memcmp(read, bytes, length) == 0);
        zip_reader_close(z);
}

/* ---- what is read -------------------------------------------------------------------------------------------------- */

static const size_t sizes[] = { 0, 1, 2, 257, 258, 259, 517, 1000, 32767, 32768, 32769, 70000 };
#define SIZES (sizeof sizes / sizeof *sizes)
enum { OF_NOTHING, OF_LINES, OF_CHANCE, CONTENTS };

static char *content(size_t length, int of)
{
        static char bytes[ROOM];
        uint32_t chance = 20260101;

        for (size_t i = 0; i < length; i++) {
                chance = chance * 1664525 + 1013904223;
                bytes[i] = of == OF_NOTHING ? 0 : of == OF_LINES ? "row of a table\n"[i % 15] : (char)(chance >> 24);
        }
        return bytes;
}

/* A run that ends the part is in no packed byte any more when there is room for its first bytes alone. */
static void parts_are_read_whole_however_few_bytes_at_a_time(void **state)
{
        static const size_t rooms[] = { 1, 2, 7, 256, 258, 1000, 32768, 65536 };

        (void)state;
        for (enum zip_size size = ZIP_SMALL; size <= ZIP_LARGE; size++) {
                FILE *file = fopen(path, "we");
                struct zip_writer *z = zip_begin(arena, file, size);

                for (size_t i = 0; i < SIZES * CONTENTS; i++) {
                        zip_part(z, arena_print(arena, "part %d", (int)i));
                        zip_put(z, content(sizes[i / CONTENTS], (int)(i % CONTENTS)), sizes[i / CONTENTS]);
                }
                assert_int_equal(zip_end(z), ZIP_FINE);
                fclose(file);
                for (size_t i = 0; i < SIZES * CONTENTS; i++)
                        for (size_t k = sizes[i / CONTENTS] > 1000 ? 3 : 0; k < sizeof rooms / sizeof *rooms; k++)
                                holds(arena_print(arena, "part %d", (int)i), content(sizes[i / CONTENTS], (int)(i % CONTENTS)), sizes[i / CONTENTS], rooms[k]);
        }
}

/* Stored and deflated, numbers of eight bytes, sizes behind the bytes as where they were not known before, a remark, names of all kinds. */
static void archives_of_python_are_read(void **state)
{
        static const char script[] =
                "import sys, zipfile\n"
                "class Pipe:\n"
                "    def __init__(self, file): self.file = file\n"
                "    def write(self, b): return self.file.write(b)\n"
                "    def flush(self): self.file.flush()\n"
                "for n, to in enumerate((sys.argv[1], Pipe(open(sys.argv[2], 'wb')))):\n"
                "    with zipfile.ZipFile(to, 'w') as z:\n"
                "        z.writestr('stored', b'x' * 1000)\n"
                "        z.writestr('thư mục/tệp.txt', 'Hà Tĩnh'.encode() * 5000, zipfile.ZIP_DEFLATED)\n"
                "        with z.open('large', 'w', force_zip64=True) as f: f.write(b'large')\n"
                "        z.writestr('empty', b'', zipfile.ZIP_DEFLATED)\n"
                "        z.writestr('folder/', b'')\n"
                "        z.comment = b'a remark PK\\5\\6' + b'r' * 300\n";
        const char *program = test_path("make.py"), *piped = test_path("piped.zip"), *first = path;
        char *lines = arena_alloc(arena, 5000 * 9 + 1);

        (void)state;
        for (int i = 0; i < 5000; i++)
                memcpy(lines + i * 9, "Hà Tĩnh", 9);
        assert_true(file_write(program, script, sizeof script - 1, 0600, &err));
        assert_int_equal(system(arena_print(arena, "python3 %s %s %s", program, first, piped)), 0);
        for (int i = 0; i < 2; i++) {
                struct zip_reader *z;

                path = i == 0 ? first : piped;
                z = archive();
                assert_int_equal(zip_part_count(z), 5);
                zip_reader_close(z);
                for (size_t k = 0; k < 2; k++) {
                        char *x = memset(arena_alloc(arena, 1000), 'x', 1000);

                        holds("stored", x, 1000, k == 0 ? 3 : 4096);
                        holds("thư mục/tệp.txt", lines, 5000 * 9, k == 0 ? 7 : 4096);
                        holds("large", "large", 5, 4096);
                        holds("empty", "", 0, 1);
                        holds("folder/", "", 0, 1);
                }
        }
}

static void a_part_beyond_four_gibibytes_is_read(void **state)
{
        static const struct piece parts[] = {
                { .name = "near", .packed = "first", .length = 5 },
                { .name = "far", .packed = "second", .length = 6, .hole = (uint64_t)5 << 30 },
                { .name = "farther", .packed = "third", .length = 5 },
        };

        (void)state;
        write_archive(parts, 3);
        holds("near", "first", 5, 4096);
        holds("far", "second", 6, 4096);
        holds("farther", "third", 5, 4096);
}

/* Nothing is made of a name but a comparison. */
static void names_are_bytes_and_no_paths(void **state)
{
        static const struct piece parts[] = {
                { .name = "../etc/passwd", .packed = "1", .length = 1 }, { .name = "/etc/passwd", .packed = "2", .length = 1 },
                { .name = "a\0b", .name_length = 3, .packed = "3", .length = 1 }, { .name = "\xE2\x80\xAE" "cod.exe", .packed = "4", .length = 1 },
                { .name = "", .packed = "5", .length = 1 }, { .name = "Đ", .packed = "6", .length = 1 }, { .name = "Sheet", .packed = "7", .length = 1 },
        };
        struct zip_reader *z;

        (void)state;
        write_archive(parts, sizeof parts / sizeof *parts);
        holds("../etc/passwd", "1", 1, 16);
        holds("/etc/passwd", "2", 1, 16);
        holds("", "5", 1, 16);
        z = archive();
        assert_int_equal(zip_part_find(z, "etc/passwd", true), -1);
        assert_int_equal(zip_part_find(z, "passwd", true), -1);
        assert_int_equal(zip_part_find(z, "a", true), -1);
        assert_int_equal(zip_part_find(z, "cod.exe", true), -1);
        assert_int_equal(zip_part_find(z, "sheet", false), -1);
        assert_true(zip_part_find(z, "sheet", true) >= 0);
        assert_int_equal(zip_part_find(z, "đ", true), -1); /* letters of ASCII alone */
        zip_reader_close(z);
}

/* ---- what is not ------------------------------------------------------------------------------------------------------ */

static void write_two(void)
{
        FILE *file = fopen(path, "we");
        struct zip_writer *z = zip_begin(arena, file, ZIP_SMALL);

        zip_part(z, "one");
        zip_put(z, "the first part", 14);
        zip_part(z, "two");
        zip_put(z, content(600, OF_LINES), 600);
        assert_int_equal(zip_end(z), ZIP_FINE);
        fclose(file);
}

static void an_archive_cut_off_anywhere_is_refused(void **state)
{
        size_t length;
        unsigned char *bytes;

        (void)state;
        write_two();
        bytes = bytes_of(&length);
        for (size_t n = 0; n < length; n++) {
                write_bytes(bytes, n);
                refuses(ERR_INVALID, "it is no ZIP archive, or a damaged one");
        }
        bytes[length - 2] = 5; /* a remark that is not there */
        write_bytes(bytes, length);
        refuses(ERR_INVALID, "it is no ZIP archive, or a damaged one");
}

/* Of dates, versions and attributes nothing is asked; whatever else is altered is found, or what is read is right. */
static void an_altered_byte_is_found_or_changes_nothing(void **state)
{
        static const unsigned char other[] = { 0x01, 0x80, 0xFF };
        const char *names[] = { "one", "two" }, *contents[] = { "the first part", arena_copy(arena, content(600, OF_LINES), 600) };
        const size_t lengths[] = { 14, 600 };
        size_t length, found, refused = 0;
        unsigned char *bytes;

        (void)state;
        write_two();
        bytes = bytes_of(&length);
        for (size_t n = 0; n < length * sizeof other; n++) {
                struct zip_reader *z;

                bytes[n / sizeof other] ^= other[n % sizeof other];
                write_bytes(bytes, length);
                bytes[n / sizeof other] ^= other[n % sizeof other];
                z = zip_reader_open(path, &err);
                assert_true((z == NULL) == (err.code == ERR_INVALID));
                error_clear(&err);
                refused += z == NULL;
                for (int i = 0; z != NULL && i < 2; i++) {
                        int number = zip_part_find(z, names[i], false);
                        struct zip_why why = { .code = ERR_NONE };
                        char *read = number < 0 ? NULL : part_read(z, number, 4096, &found, &why);

                        refused += read == NULL;
                        if (read != NULL) {
                                assert_int_equal(found, lengths[i]);
                                assert_memory_equal(read, contents[i], found);
                        }
                }
                zip_reader_close(z);
        }
        assert_true(refused > length * sizeof other / 2);
}

/* One number of the list or of the end says something else than what is there. */
static void an_archive_that_lies_is_refused(void **state)
{
        enum { IN_END, IN_LIST };
        static const struct { const char *what; int where; size_t at; int bytes; uint64_t number; const char *why; } cases[] = {
                { "more parts than there are", IN_END, 10, 2, 3, "it is no ZIP archive" }, { "fewer parts", IN_END, 10, 2, 1, "it is no ZIP archive" },
                { "no parts", IN_END, 10, 2, 0, "it is no ZIP archive" }, { "as many parts as there can be", IN_END, 10, 2, 0xFFFF, "it is no ZIP archive" },
                { "a longer list", IN_END, 12, 4, 200, "it is no ZIP archive" }, { "an endless list", IN_END, 12, 4, UINT32_MAX, "it is no ZIP archive" },
                { "a list elsewhere", IN_END, 16, 4, 1, "it is no ZIP archive" }, { "a list behind the end", IN_END, 16, 4, UINT32_MAX, "it is no ZIP archive" },
                { "one of several files", IN_END, 4, 2, 1, "it is no ZIP archive" }, { "a list in another file", IN_END, 6, 2, 1, "it is no ZIP archive" },
                { "a name longer than the list", IN_LIST, 28, 2, 0xFFFF, "it is no ZIP archive" }, { "more behind the name", IN_LIST, 30, 2, 0xFFFF, "it is no ZIP archive" },
                { "a remark longer than the list", IN_LIST, 32, 2, 0xFFFF, "it is no ZIP archive" }, { "a part behind the list", IN_LIST, 42, 4, UINT32_MAX, "it is no ZIP archive" },
                { "more packed bytes than the file has", IN_LIST, 20, 4, UINT32_MAX, "it is no ZIP archive" },
                { "a part that begins elsewhere", IN_LIST, 42, 4, 1, "two of its parts lie over each other" },
                { "a part over the next", IN_LIST, 20, 4, 60, "two of its parts lie over each other" },
        };
        unsigned char *bytes, *end;
        size_t length;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                write_two();
                bytes = bytes_of(&length);
                end = bytes + length - 22;
                put((cases[i].where == IN_END ? end : bytes + (end[16] | (size_t)end[17] << 8)) + cases[i].at, cases[i].number, cases[i].bytes);
                write_bytes(bytes, length);
                print_message("%s\n", cases[i].what);
                refuses(ERR_INVALID, cases[i].why);
        }
}

static void a_part_that_lies_is_refused(void **state)
{
        static const struct { size_t at; int bytes; uint64_t number; const char *text; } cases[] = {
                { 8, 2, 1, "it is encrypted" }, { 10, 2, 99, "it is another one than the list of the archive says" }, { 16, 4, 1, "its sum is wrong" },
                { 24, 4, 15, "its length is not what the list of the archive says" }, { 24, 4, 13, "its length is not what the list of the archive says" },
                { 24, 4, UINT32_MAX, "its length is not what the list of the archive says" }, { 20, 4, 3, "it ends too early" }, { 20, 4, 0, "it ends too early" },
                { 46, 1, 'O', "it is another one than the list of the archive says" },
        };
        unsigned char *bytes, *end;
        size_t length;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                write_two();
                bytes = bytes_of(&length);
                end = bytes + length - 22;
                put(bytes + (end[16] | (size_t)end[17] << 8) + cases[i].at, cases[i].number, cases[i].bytes);
                write_bytes(bytes, length);
                part_is_refused(0, cases[i].text);
        }
}

static void other_ways_of_packing_are_refused(void **state)
{
        static const struct piece parts[] = {
                { .name = "a", .packed = "x", .length = 1, .method = 12 }, { .name = "b", .packed = "x", .length = 1, .flags = 1 },
                { .name = "c", .packed = "x", .length = 1, .method = 99, .flags = 1 }, { .name = "d", .packed = "x", .length = 1, .method = 8 },
                { .name = "e", .packed = "x", .length = 1, .size = 2 },
        };
        struct zip_reader *z;

        (void)state;
        write_archive(parts, 5);
        part_is_refused(0, "it is packed in a way that is not supported");
        part_is_refused(1, "it is encrypted");
        part_is_refused(2, "it is encrypted");
        part_is_refused(3, "it ends too early");
        part_is_refused(4, "its length is not what the list of the archive says");
        z = archive();
        assert_false(zip_part_is_encrypted(z, 0));
        assert_true(zip_part_is_encrypted(z, 1));
        zip_reader_close(z);
}

static void parts_of_one_name_are_refused(void **state)
{
        static const struct piece parts[] = { { .name = "b", .packed = "1", .length = 1 }, { .name = "a", .packed = "2", .length = 1 }, { .name = "b", .packed = "3", .length = 1 } };

        (void)state;
        write_archive(parts, 3);
        refuses(ERR_INVALID, "two of its parts have the same name");
        write_archive(parts, 2);
        holds("b", "1", 1, 16);
}

/* A thousand names for the same bytes. */
static void parts_over_each_other_are_refused(void **state)
{
        unsigned char *bytes, *end;
        size_t length, list;

        (void)state;
        write_two();
        bytes = bytes_of(&length);
        end = bytes + length - 22;
        list = end[16] | (size_t)end[17] << 8;
        memcpy(bytes + list + 49 + 42, bytes + list + 42, 4); /* the second begins where the first does */
        write_bytes(bytes, length);
        refuses(ERR_INVALID, "two of its parts lie over each other");
}

/* Its reader stops where it has enough; a part that says it is small is stopped by what it said. */
static void a_bomb_is_unpacked_no_further_than_it_is_read(void **state)
{
        size_t length = (size_t)16 << 20, list, found;
        char *nothing = arena_alloc(arena, length), *piece = arena_alloc(arena, 4096);
        struct zip_why why = { .code = ERR_NONE };
        struct zip_part *part;
        FILE *file = fopen(path, "we");
        struct zip_writer *z = zip_begin(arena, file, ZIP_SMALL);
        struct zip_reader *read;
        unsigned char *bytes, *end;

        (void)state;
        memset(nothing, 0, length);
        zip_part(z, "bomb");
        zip_put(z, nothing, length);
        assert_int_equal(zip_end(z), ZIP_FINE);
        fclose(file);
        read = archive();
        assert_true(zip_part_packed(read, 0) < length / 900);
        part = zip_part_open(read, 0, &why);
        assert_int_equal(zip_part_read(part, piece, 4096, &why), 4096);
        zip_part_close(part);
        zip_reader_close(read);
        bytes = bytes_of(&found);
        end = bytes + found - 22;
        list = end[16] | (size_t)end[17] << 8;
        put(bytes + list + 24, 5000, 4);
        write_bytes(bytes, found);
        read = archive();
        part = zip_part_open(read, 0, &why);
        assert_int_equal(zip_part_read(part, piece, 4096, &why), 4096);
        assert_int_equal(zip_part_read(part, piece, 4096, &why), -1);
        assert_int_equal(why.code, ERR_DAMAGED);
        zip_part_close(part);
        zip_reader_close(read);
}

static void what_is_no_file_is_said(void **state)
{
        (void)state;
        refuses(ERR_MISSING, "there is no file");
        assert_int_equal(mkdir(path, 0700), 0);
        refuses(ERR_ENVIRONMENT, "it is a folder");
        assert_int_equal(rmdir(path), 0);
        write_bytes("", 0);
        refuses(ERR_INVALID, "it is no ZIP archive");
        path = "/dev/null";
        refuses(ERR_INVALID, "it is no ZIP archive");
}

/* ---- memory --------------------------------------------------------------------------------------------------------------- */

static void refused_memory_is_said_and_nothing_stays(void **state)
{
        long n, refused = 0;
        bool is_done = false;

        (void)state;
        write_two();
        for (n = 1; !is_done; n++) {
                struct zip_why why = { .code = ERR_NONE };
                struct zip_reader *z;
                struct zip_part *part;

                memory_fail_at(n);
                z = zip_reader_open(path, &err);
                part = z == NULL ? NULL : zip_part_open(z, 0, &why);
                is_done = !memory_was_refused();
                memory_fail_at(0);
                assert_true(is_done == (part != NULL));
                assert_true(is_done || err.code == ERR_ENVIRONMENT || why.code == ERR_ENVIRONMENT);
                error_clear(&err);
                refused += !is_done;
                zip_part_close(part);
                zip_reader_close(z);
        }
        assert_true(refused >= 5); /* reader, end, list, entries, part */
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(parts_are_read_whole_however_few_bytes_at_a_time), TEST(archives_of_python_are_read), TEST(a_part_beyond_four_gibibytes_is_read),
                TEST(names_are_bytes_and_no_paths), TEST(an_archive_cut_off_anywhere_is_refused), TEST(an_altered_byte_is_found_or_changes_nothing),
                TEST(an_archive_that_lies_is_refused), TEST(a_part_that_lies_is_refused), TEST(other_ways_of_packing_are_refused), TEST(parts_of_one_name_are_refused),
                TEST(parts_over_each_other_are_refused), TEST(a_bomb_is_unpacked_no_further_than_it_is_read), TEST(what_is_no_file_is_said),
                TEST(refused_memory_is_said_and_nothing_stays),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
