#include "format/zip_write.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#define PIECE ((size_t)32 << 10)
#define IS_UTF8 (1 << 11) /* of a name */
#define DEFLATED 8
#define VERSION 20        /* which a reader needs for that */
#define NEW_YEAR_1980 0x21
#define SIZES_AT 14       /* in the head of a part: its sum and sizes */

struct part {
        struct part *next;
        const char *name;
        uint32_t offset, sum, packed, size;
};

struct zip_writer {
        struct arena *arena;
        FILE *file;
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
        if (z->offset > UINT32_MAX)
                fail(z, ZIP_TOO_BIG);
}

/* Numbers with the least byte first, of two bytes (small) or four. */
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

/* What the head of a part and the list at the end say alike: from the version on, the length of the name included. */
static unsigned char *describe(unsigned char *out, const struct part *p)
{
        out = small(out, VERSION);
        out = small(out, IS_UTF8);
        out = small(out, DEFLATED);
        out = small(out, 0);
        out = small(out, NEW_YEAR_1980);
        out = large(out, p->sum);
        out = large(out, p->packed);
        out = large(out, p->size);
        return small(small(out, (uint32_t)strlen(p->name)), 0);
}

struct zip_writer *zip_begin(struct arena *a, FILE *file)
{
        struct zip_writer *z = arena_alloc(a, sizeof *z);

        z->arena = a;
        z->file = file;
        z->end = &z->first;
        z->packing = (z_stream){ .zalloc = take, .zfree = give, .opaque = a };
        if (deflateInit2(&z->packing, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL - 1, Z_DEFAULT_STRATEGY) != Z_OK)
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
        if (z->size > UINT32_MAX)
                fail(z, ZIP_TOO_BIG);
        if (z->fault != ZIP_FINE)
                return;
        z->open->sum = (uint32_t)crc32_z(z->open->sum, bytes, length);
        for (; length > PIECE; at += PIECE, length -= PIECE)
                pack(z, at, PIECE, Z_NO_FLUSH);
        if (length > 0)
                pack(z, at, length, Z_NO_FLUSH);
}

/* The rest of the open part, and its sum and sizes into its head. */
static void end_part(struct zip_writer *z)
{
        struct part *p = z->open;
        unsigned char sizes[12];

        if (p == NULL || z->fault != ZIP_FINE)
                return;
        pack(z, NULL, 0, Z_FINISH);
        p->size = (uint32_t)z->size;
        p->packed = (uint32_t)z->offset - p->offset - 30 - (uint32_t)strlen(p->name);
        large(large(large(sizes, p->sum), p->packed), p->size);
        if (z->fault == ZIP_FINE && (fseeko(z->file, (off_t)p->offset + SIZES_AT, SEEK_SET) != 0 || fwrite(sizes, 1, sizeof sizes, z->file) != sizeof sizes ||
                                     fseeko(z->file, 0, SEEK_END) != 0))
                fail(z, ZIP_NOT_WRITTEN);
}

void zip_part(struct zip_writer *z, const char *name)
{
        unsigned char head[30];
        struct part *p = arena_alloc(z->arena, sizeof *p);

        end_part(z);
        p->name = name;
        p->offset = (uint32_t)z->offset;
        p->sum = (uint32_t)crc32_z(0, NULL, 0);
        *z->end = p;
        z->end = &p->next;
        z->open = p;
        z->size = 0;
        deflateReset(&z->packing);
        describe(large(head, 0x04034B50), p);
        write_bytes(z, head, sizeof head);
        write_bytes(z, name, strlen(name));
}

enum zip_fault zip_end(struct zip_writer *z)
{
        unsigned char entry[46] = { 0 }, *out;
        uint32_t begin, count = 0;

        end_part(z);
        begin = (uint32_t)z->offset;
        for (const struct part *p = z->first; p != NULL; p = p->next, count++) {
                describe(small(large(entry, 0x02014B50), VERSION), p);
                large(entry + sizeof entry - 4, p->offset); /* between the two nothing is said */
                write_bytes(z, entry, sizeof entry);
                write_bytes(z, p->name, strlen(p->name));
        }
        out = small(small(large(entry, 0x06054B50), 0), 0);
        out = small(small(out, count), count);
        out = large(large(out, (uint32_t)z->offset - begin), begin);
        out = small(out, 0);
        write_bytes(z, entry, (size_t)(out - entry));
        if (z->fault == ZIP_FINE && fflush(z->file) != 0)
                fail(z, ZIP_NOT_WRITTEN);
        errno = z->why;
        return z->fault;
}
