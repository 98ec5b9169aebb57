#include "format/zip_write.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#define PIECE ((size_t)32 << 10)
#define IS_UTF8 (1 << 11) /* of a name */
#define DEFLATED 8
#define VERSION 20        /* which a reader needs for that */
#define VERSION_LARGE 45  /* and for numbers of eight bytes, which stand behind the name */
#define NEW_YEAR_1980 0x21
#define HEAD 30           /* bytes before the name of a part */
#define SUM_AT 14         /* in them: its sum, then its sizes */

struct part {
        struct part *next;
        const char *name;
        uint32_t sum;
        uint64_t offset, packed, size;
};

struct zip_writer {
        struct arena *arena;
        FILE *file;
        bool is_large;
        z_stream packing;
        struct part *first, **end, *open;
        uint64_t offset, size; /* of what was written; of the open part */
        enum zip_fault fault;
        int why;
        unsigned char piece[PIECE];
};

static void *take(void *arena, unsigned count, unsigned bytes_each)
{
        return arena_array(arena, count, bytes_each);
}

static void give(void *arena, void *bytes)
{
        (void)arena, (void)bytes;
}

static void fail(struct zip_writer *z, enum zip_fault fault)
{
        if (z->fault == ZIP_FINE) {
                z->fault = fault;
                z->why = errno;
        }
}

static void write_bytes(struct zip_writer *z, const void *bytes, size_t length)
{
        if (z->fault == ZIP_FINE && fwrite(bytes, 1, length, z->file) != length)
                fail(z, ZIP_NOT_WRITTEN);
        z->offset += length;
        if (z->offset >= UINT32_MAX && !z->is_large)
                fail(z, ZIP_TOO_BIG);
}

/* Numbers with the least byte first, of two bytes (small), four or eight (huge). */
static unsigned char *small(unsigned char *out, uint32_t number)
{
        *out++ = (unsigned char)number;
        *out++ = (unsigned char)(number >> 8);
        return out;
}

static unsigned char *large(unsigned char *out, uint32_t number)
{
        return small(small(out, number & 0xFFFF), number >> 16);
}

static unsigned char *huge(unsigned char *out, uint64_t number)
{
        return large(large(out, (uint32_t)number), (uint32_t)(number >> 32));
}

#define VERSION_OF(z) ((z)->is_large ? VERSION_LARGE : VERSION)
#define SIZES_LARGE(offset_too) (4 + 16 + ((offset_too) ? 8 : 0)) /* bytes behind a name */

/* What the head of a part and the list at the end say alike: from the version on, the length of the name included; then how much stands
 * behind the name. */
static unsigned char *describe(const struct zip_writer *z, unsigned char *out, const struct part *p, uint32_t behind)
{
        out = small(out, VERSION_OF(z));
        out = small(out, IS_UTF8);
        out = small(out, DEFLATED);
        out = small(out, 0);
        out = small(out, NEW_YEAR_1980);
        out = large(out, p->sum);
        out = large(out, z->is_large ? UINT32_MAX : (uint32_t)p->packed);
        out = large(out, z->is_large ? UINT32_MAX : (uint32_t)p->size);
        return small(small(out, (uint32_t)strlen(p->name)), behind);
}

/* What stands behind the name in a large archive; in the list at the end with the offset. */
static void write_sizes(struct zip_writer *z, const struct part *p, bool offset_too)
{
        unsigned char sizes[SIZES_LARGE(true)], *out = small(small(sizes, 1), SIZES_LARGE(offset_too) - 4);

        huge(huge(huge(out, p->size), p->packed), p->offset);
        if (z->is_large)
                write_bytes(z, sizes, SIZES_LARGE(offset_too));
}

struct zip_writer *zip_begin(struct arena *a, FILE *file, enum zip_size size)
{
        struct zip_writer *z = arena_alloc(a, sizeof *z);

        z->arena = a;
        z->file = file;
        z->is_large = size == ZIP_LARGE;
        z->end = &z->first;
        z->packing = (z_stream){ .zalloc = take, .zfree = give, .opaque = a };
        if (deflateInit2(&z->packing, z->is_large ? Z_BEST_SPEED : Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL - 1, Z_DEFAULT_STRATEGY) != Z_OK)
                arena_starve(a);
        return z;
}

static void pack(struct zip_writer *z, const void *bytes, size_t length, int flush)
{
        int result;

        z->packing.next_in = (unsigned char *)(uintptr_t)bytes;
        z->packing.avail_in = (unsigned)length;
        do {
                z->packing.next_out = z->piece;
                z->packing.avail_out = PIECE;
                result = deflate(&z->packing, flush);
                write_bytes(z, z->piece, PIECE - z->packing.avail_out);
        } while (flush == Z_FINISH ? result != Z_STREAM_END : z->packing.avail_in > 0 || z->packing.avail_out == 0);
}

void zip_put(struct zip_writer *z, const void *bytes, size_t length)
{
        const char *at = bytes;

        z->size += length;
        if (z->size >= UINT32_MAX && !z->is_large)
                fail(z, ZIP_TOO_BIG);
        if (z->fault != ZIP_FINE || length == 0) /* bytes may be NULL then, of which crc32_z makes the sum of nothing */
                return;
        z->open->sum = (uint32_t)crc32_z(z->open->sum, bytes, length);
        for (; length > PIECE; at += PIECE, length -= PIECE)
                pack(z, at, PIECE, Z_NO_FLUSH);
        pack(z, at, length, Z_NO_FLUSH);
}

/* Write over what was written. */
static void write_at(struct zip_writer *z, uint64_t offset, const unsigned char *bytes, size_t length)
{
        if (z->fault == ZIP_FINE && (fseeko(z->file, (off_t)offset, SEEK_SET) != 0 || fwrite(bytes, 1, length, z->file) != length || fseeko(z->file, 0, SEEK_END) != 0))
                fail(z, ZIP_NOT_WRITTEN);
}

/* The rest of the open part, and its sum and sizes into its head. */
static void end_part(struct zip_writer *z)
{
        struct part *p = z->open;
        unsigned char sizes[16];
        uint64_t name_at, begin;

        if (p == NULL || z->fault != ZIP_FINE)
                return;
        pack(z, NULL, 0, Z_FINISH);
        name_at = p->offset + HEAD;
        begin = name_at + strlen(p->name) + (z->is_large ? SIZES_LARGE(false) : 0);
        p->size = z->size;
        p->packed = z->offset - begin;
        large(sizes, p->sum);
        if (z->is_large) {
                write_at(z, p->offset + SUM_AT, sizes, 4);
                huge(huge(sizes, p->size), p->packed);
                write_at(z, begin - 16, sizes, 16);
        } else {
                large(large(sizes + 4, (uint32_t)p->packed), (uint32_t)p->size);
                write_at(z, p->offset + SUM_AT, sizes, 12);
        }
}

void zip_part(struct zip_writer *z, const char *name)
{
        unsigned char head[HEAD];
        struct part *p = arena_alloc(z->arena, sizeof *p);

        assert(strlen(name) <= UINT16_MAX);
        end_part(z);
        p->name = name;
        p->offset = z->offset;
        p->sum = (uint32_t)crc32_z(0, NULL, 0);
        *z->end = p;
        z->end = &p->next;
        z->open = p;
        z->size = 0;
        deflateReset(&z->packing);
        describe(z, large(head, 0x04034B50), p, z->is_large ? SIZES_LARGE(false) : 0);
        write_bytes(z, head, sizeof head);
        write_bytes(z, name, strlen(name));
        write_sizes(z, p, false);
}

/* Where the list is and how much of it there is, in numbers of eight bytes; and where that stands. */
static void write_large_end(struct zip_writer *z, uint64_t begin, uint32_t count)
{
        unsigned char end[56 + 20], *out = huge(large(end, 0x06064B50), 44);
        uint64_t at = z->offset;

        out = small(small(out, VERSION_LARGE), VERSION_LARGE);
        out = huge(huge(large(large(out, 0), 0), count), count);
        out = huge(huge(out, at - begin), begin);
        out = huge(large(large(out, 0x07064B50), 0), at);
        large(out, 1);
        write_bytes(z, end, sizeof end);
}

enum zip_fault zip_end(struct zip_writer *z)
{
        unsigned char entry[46] = { 0 }, *out;
        uint64_t begin, end;
        uint32_t count = 0;

        end_part(z);
        begin = z->offset;
        for (const struct part *p = z->first; p != NULL; p = p->next, count++) {
                describe(z, small(large(entry, 0x02014B50), VERSION_OF(z)), p, z->is_large ? SIZES_LARGE(true) : 0);
                large(entry + sizeof entry - 4, z->is_large ? UINT32_MAX : (uint32_t)p->offset); /* between the two nothing is said */
                write_bytes(z, entry, sizeof entry);
                write_bytes(z, p->name, strlen(p->name));
                write_sizes(z, p, true);
        }
        end = z->offset;
        if (z->is_large)
                write_large_end(z, begin, count);
        else if (count >= UINT16_MAX)
                fail(z, ZIP_TOO_BIG);
        count = count < UINT16_MAX ? count : UINT16_MAX; /* what all these bits say is that the number stands in the large end */
        out = small(small(large(entry, 0x06054B50), 0), 0);
        out = small(small(out, count), count);
        out = z->is_large ? large(large(out, UINT32_MAX), UINT32_MAX) : large(large(out, (uint32_t)(end - begin)), (uint32_t)begin);
        out = small(out, 0);
        write_bytes(z, entry, (size_t)(out - entry));
        if (z->fault == ZIP_FINE && fflush(z->file) != 0)
                fail(z, ZIP_NOT_WRITTEN);
        errno = z->why;
        return z->fault;
}
