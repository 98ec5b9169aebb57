#include "format/zip_read.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define PIECE ((size_t)32 << 10)
#define LIST_MAX ((uint64_t)16 << 20)   /* bytes of the list of parts */
#define END 22                          /* bytes of what stands at the end, without its remark */
#define END_MOST (END + 65535 + 20)     /* with it, and with where the end of a large archive stands */
#define LARGE_END 56
#define ENTRY 46
#define HEAD 30
#define STORED 0
#define DEFLATED 8

struct entry {
        const unsigned char *name; /* in the list; not NUL-terminated */
        unsigned flags, method, name_length;
        uint32_t sum;
        uint64_t packed, size, offset;
};

struct zip_reader {
        const char *path;  /* while it is opened */
        struct error *err;
        int fd;
        uint64_t list_at; /* where the list begins, and parts end */
        unsigned char *list;
        struct entry *entries;
        size_t count;
};

struct zip_part {
        int fd;
        uint64_t at, left; /* of its packed bytes */
        z_stream unpacking;
        bool is_packed, is_over;
        uint32_t sum, right_sum;
        uint64_t size, right_size;
        unsigned char piece[PIECE];
};

/* Numbers with the least byte first. */
static uint32_t small(const unsigned char *at)
{
        return at[0] | (uint32_t)at[1] << 8;
}

static uint32_t large(const unsigned char *at)
{
        return small(at) | small(at + 2) << 16;
}

static uint64_t huge(const unsigned char *at)
{
        return large(at) | (uint64_t)large(at + 4) << 32;
}

/* All of so many bytes; errno is 0 where the file has not so many. */
static bool read_at(int fd, void *bytes, size_t length, uint64_t offset)
{
        size_t got = 0;

        errno = 0;
        while (got < length) {
                ssize_t n = pread(fd, (char *)bytes + got, length - got, (off_t)(offset + got));

                if (n == 0 || (n < 0 && errno != EINTR))
                        return false;
                got += n > 0 ? (size_t)n : 0;
        }
        return true;
}

static bool set_why(struct zip_why *why, enum error_code code, const char *text)
{
        *why = (struct zip_why){ code, text };
        return false;
}

/* ---- the list of parts ------------------------------------------------------------------------------------- */

static bool refuse(struct zip_reader *z, const char *why)
{
        return error_set(z->err, ERR_INVALID, "cannot read \"%s\": %s", z->path, text(z->err->language, why));
}

static bool no_archive(struct zip_reader *z)
{
        return refuse(z, N_("it is no ZIP archive, or a damaged one"));
}

static bool not_read(struct zip_reader *z)
{
        return errno == 0 ? no_archive(z) : error_system(z->err, ERR_ENVIRONMENT, errno, "cannot read \"%s\"", z->path);
}

static bool no_memory(struct error *e)
{
        return error_set(e, ERR_ENVIRONMENT, "the machine has no memory left");
}

struct list {
        uint64_t at, length, count, end; /* end: where what says so stands */
};

/* Numbers of eight bytes, where those in the usual end are too small: its end, and where that stands in front of the usual one. */
static bool find_large_list(struct zip_reader *z, const unsigned char *end, uint64_t end_at, uint64_t from, struct list *list)
{
        unsigned char large_end[LARGE_END];
        uint64_t at;

        if (end_at - from < 20 || large(end - 20) != 0x07064B50)
                return (small(end + 4) == 0 && small(end + 6) == 0) || no_archive(z); /* it is as small as it says; of several files this is one */
        at = huge(end - 12);
        if (end_at < LARGE_END + 20 || at > end_at - LARGE_END - 20)
                return no_archive(z);
        if (!read_at(z->fd, large_end, sizeof large_end, at))
                return not_read(z);
        *list = (struct list){ .count = huge(large_end + 32), .length = huge(large_end + 40), .at = huge(large_end + 48), .end = at };
        return (large(large_end) == 0x06064B50 && large(large_end + 16) == 0 && large(large_end + 20) == 0) || no_archive(z);
}

/* Where in the last bytes the end stands: last, before a remark. NULL: nowhere. */
static const unsigned char *find_end(const unsigned char *tail, size_t length)
{
        for (size_t at = length - END + 1; at-- > 0;)
                if (large(tail + at) == 0x06054B50 && length - at >= END + small(tail + at + 20))
                        return tail + at;
        return NULL;
}

/* The end says where the list is. */
static bool find_list(struct zip_reader *z, uint64_t size, struct list *list)
{
        size_t length = size < END_MOST ? (size_t)size : END_MOST;
        unsigned char *tail = malloc(length + 1);
        const unsigned char *end;
        bool ok;

        if (tail == NULL)
                return no_memory(z->err);
        if (length < END || !read_at(z->fd, tail, length, size - length)) {
                free(tail);
                return length < END ? no_archive(z) : not_read(z);
        }
        end = find_end(tail, length);
        if (end != NULL)
                *list = (struct list){ .count = small(end + 10), .length = large(end + 12), .at = large(end + 16), .end = size - length + (uint64_t)(end - tail) };
        ok = end != NULL ? find_large_list(z, end, list->end, size - length, list) : no_archive(z);
        ok = ok && ((list->at <= list->end && list->length <= list->end - list->at && list->length <= LIST_MAX && list->count <= list->length / ENTRY) || no_archive(z));
        free(tail);
        return ok;
}

/* Numbers of eight bytes behind the name, each there only where its own was too small. */
static bool take_large(struct entry *one, const unsigned char *at, size_t length)
{
        uint64_t *const numbers[] = { &one->size, &one->packed, &one->offset };

        for (size_t part = 0; length >= 4; at += 4 + part, length -= 4 + part) {
                size_t used = 0;

                part = small(at + 2);
                if (part > length - 4)
                        return false;
                for (size_t i = 0; small(at) == 1 && i < 3; i++) {
                        if (*numbers[i] != UINT32_MAX)
                                continue;
                        if (used + 8 > part)
                                return false;
                        *numbers[i] = huge(at + 4 + used);
                        used += 8;
                }
        }
        return true;
}

static bool take_entries(struct zip_reader *z, size_t length)
{
        const unsigned char *at = z->list, *end = z->list + length;

        for (size_t i = 0; i < z->count; i++) {
                struct entry *one = &z->entries[i];
                size_t behind, remark;

                if (end - at < ENTRY || large(at) != 0x02014B50)
                        return false;
                *one = (struct entry){ .flags = small(at + 8), .method = small(at + 10), .sum = large(at + 16), .packed = large(at + 20), .size = large(at + 24),
                                       .name_length = small(at + 28), .offset = large(at + 42), .name = at + ENTRY };
                behind = small(at + 30);
                remark = small(at + 32);
                if ((size_t)(end - at) - ENTRY < one->name_length + behind + remark || !take_large(one, one->name + one->name_length, behind) ||
                    one->offset > z->list_at || one->packed > z->list_at - one->offset)
                        return false;
                at += ENTRY + one->name_length + behind + remark;
        }
        return at == end;
}

static int by_offset(const void *a, const void *b)
{
        const struct entry *x = a, *y = b;

        return (x->offset > y->offset) - (x->offset < y->offset);
}

static int by_name(const void *a, const void *b)
{
        const struct entry *x = a, *y = b;
        int order = memcmp(x->name, y->name, x->name_length < y->name_length ? x->name_length : y->name_length);

        return order != 0 ? order : (x->name_length > y->name_length) - (x->name_length < y->name_length);
}

/* A few bytes that many parts name as theirs unpack to anything; and of two parts with one name each program takes another. */
static bool are_apart(struct zip_reader *z)
{
        qsort(z->entries, z->count, sizeof *z->entries, by_offset);
        for (size_t i = 1; i < z->count; i++)
                if (z->entries[i].offset - z->entries[i - 1].offset < HEAD + z->entries[i - 1].name_length + z->entries[i - 1].packed)
                        return refuse(z, N_("two of its parts lie over each other"));
        qsort(z->entries, z->count, sizeof *z->entries, by_name);
        for (size_t i = 1; i < z->count; i++)
                if (by_name(&z->entries[i - 1], &z->entries[i]) == 0)
                        return refuse(z, N_("two of its parts have the same name"));
        return true;
}

static bool read_list(struct zip_reader *z)
{
        struct stat about;
        struct list list = { 0 };

        errno = 0;
        if (fstat(z->fd, &about) != 0 || !S_ISREG(about.st_mode)) {
                errno = errno == 0 && S_ISDIR(about.st_mode) ? EISDIR : errno;
                return not_read(z);
        }
        if (!find_list(z, (uint64_t)about.st_size, &list))
                return false;
        z->list_at = list.at;
        z->count = (size_t)list.count;
        z->list = malloc((size_t)list.length + 1);
        z->entries = calloc(z->count + 1, sizeof *z->entries);
        if (z->list == NULL || z->entries == NULL)
                return no_memory(z->err);
        if (!read_at(z->fd, z->list, (size_t)list.length, list.at))
                return not_read(z);
        return take_entries(z, (size_t)list.length) ? are_apart(z) : no_archive(z);
}

struct zip_reader *zip_reader_open(const char *path, struct error *e)
{
        struct zip_reader *z = calloc(1, sizeof *z);

        if (z == NULL) {
                no_memory(e);
                return NULL;
        }
        z->path = path;
        z->err = e;
        z->fd = open(path, O_RDONLY | O_CLOEXEC);
        if (z->fd < 0 && errno == ENOENT)
                error_set(e, ERR_MISSING, "there is no file \"%s\"", path);
        else if (z->fd < 0)
                not_read(z);
        if (z->fd >= 0 && read_list(z))
                return z;
        zip_reader_close(z);
        return NULL;
}

void zip_reader_close(struct zip_reader *z)
{
        if (z == NULL)
                return;
        if (z->fd >= 0)
                close(z->fd);
        free(z->list);
        free(z->entries);
        free(z);
}

size_t zip_part_count(const struct zip_reader *z)
{
        return z->count;
}

int zip_part_find(const struct zip_reader *z, const char *name, bool any_case)
{
        size_t length = strlen(name);

        for (size_t i = 0; i < z->count; i++) {
                const char *its = (const char *)z->entries[i].name;

                if (z->entries[i].name_length == length && (any_case ? strncasecmp(its, name, length) : memcmp(its, name, length)) == 0)
                        return (int)i;
        }
        return -1;
}

uint64_t zip_part_packed(const struct zip_reader *z, int number)
{
        return z->entries[number].packed;
}

bool zip_part_is_encrypted(const struct zip_reader *z, int number)
{
        return z->entries[number].flags & 1;
}

/* ---- a part ------------------------------------------------------------------------------------------------ */

static bool part_not_read(struct zip_why *why)
{
        return errno == 0 ? set_why(why, ERR_DAMAGED, N_("the file ends within it")) : set_why(why, ERR_ENVIRONMENT, N_("the file cannot be read"));
}

/* What stands before a part must be what the list says of it: its name, and how it is packed. */
static bool find_bytes(struct zip_part *p, const struct zip_reader *z, const struct entry *one, struct zip_why *why)
{
        unsigned char head[HEAD], name[65536];

        if (!read_at(z->fd, head, sizeof head, one->offset) || !read_at(z->fd, name, one->name_length, one->offset + HEAD))
                return part_not_read(why);
        p->at = one->offset + HEAD + one->name_length + small(head + 28);
        p->left = one->packed;
        if (large(head) != 0x04034B50 || small(head + 8) != one->method || small(head + 26) != one->name_length ||
            memcmp(name, one->name, one->name_length) != 0 || p->at > z->list_at || p->left > z->list_at - p->at)
                return set_why(why, ERR_DAMAGED, N_("it is another one than the list of the archive says"));
        return true;
}

static bool begin(struct zip_part *p, const struct zip_reader *z, const struct entry *one, struct zip_why *why)
{
        if (!find_bytes(p, z, one, why))
                return false;
        if (one->flags & 1)
                return set_why(why, ERR_DAMAGED, N_("it is encrypted"));
        if (one->method != STORED && one->method != DEFLATED)
                return set_why(why, ERR_DAMAGED, N_("it is packed in a way that is not supported"));
        p->fd = z->fd;
        p->right_sum = one->sum;
        p->right_size = one->size;
        p->is_packed = one->method == DEFLATED && inflateInit2(&p->unpacking, -MAX_WBITS) == Z_OK;
        return p->is_packed || one->method == STORED || set_why(why, ERR_ENVIRONMENT, N_("the machine has no memory left"));
}

struct zip_part *zip_part_open(const struct zip_reader *z, int number, struct zip_why *why)
{
        struct zip_part *p = calloc(1, sizeof *p);

        if (p == NULL)
                set_why(why, ERR_ENVIRONMENT, N_("the machine has no memory left"));
        if (p != NULL && begin(p, z, &z->entries[number], why))
                return p;
        zip_part_close(p);
        return NULL;
}

void zip_part_close(struct zip_part *p)
{
        if (p == NULL)
                return;
        if (p->is_packed)
                inflateEnd(&p->unpacking);
        free(p);
}

static int64_t read_packed(struct zip_part *p, void *bytes, size_t room, struct zip_why *why)
{
        size_t n = p->left < room ? (size_t)p->left : room;

        if (!read_at(p->fd, bytes, n, p->at)) {
                part_not_read(why);
                return -1;
        }
        p->at += n;
        p->left -= n;
        return (int64_t)n;
}

/* Bytes may also wait in the unpacking itself, when all that is packed has gone in. */
static int64_t unpack(struct zip_part *p, void *bytes, size_t room, struct zip_why *why)
{
        z_stream *z = &p->unpacking;
        int result = Z_OK;

        z->next_out = bytes;
        z->avail_out = (unsigned)room;
        while (z->avail_out == room && result == Z_OK) {
                if (z->avail_in == 0) {
                        int64_t n = read_packed(p, p->piece, PIECE, why);

                        if (n < 0)
                                return -1;
                        z->next_in = p->piece;
                        z->avail_in = (unsigned)n;
                }
                result = inflate(z, Z_NO_FLUSH);
        }
        p->is_over = result == Z_STREAM_END;
        if (result == Z_OK || result == Z_STREAM_END)
                return (int64_t)(room - z->avail_out);
        if (result == Z_MEM_ERROR)
                set_why(why, ERR_ENVIRONMENT, N_("the machine has no memory left"));
        else
                set_why(why, ERR_DAMAGED, result == Z_BUF_ERROR ? N_("it ends too early") : N_("its packed bytes are wrong"));
        return -1;
}

int64_t zip_part_read(struct zip_part *p, void *bytes, size_t room, struct zip_why *why)
{
        int64_t n;

        assert(room > 0 && room <= UINT_MAX);
        n = p->is_over ? 0 : p->is_packed ? unpack(p, bytes, room, why) : read_packed(p, bytes, room, why);

        if (n < 0)
                return n;
        p->sum = (uint32_t)crc32_z(p->sum, bytes, (size_t)n);
        p->size += (uint64_t)n;
        if (n > 0 && p->size <= p->right_size)
                return n;
        if (p->size == p->right_size && p->sum == p->right_sum)
                return 0;
        set_why(why, ERR_DAMAGED, p->size != p->right_size ? N_("its length is not what the list of the archive says") : N_("its sum is wrong"));
        return -1;
}
