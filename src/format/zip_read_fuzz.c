/* Bytes as an archive. What is read of a part is never more than its list says, read a few bytes at a time it is the same, and none lies over another. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/zip_read.h"

#define UNPACKED_MOST (1 << 16)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool is_true)
{
        if (!is_true)
                abort();
}

/* The first bytes of a part. How many; -1 where it is damaged by then. */
static int64_t read_part(const struct zip_reader *z, int number, size_t room, char *into)
{
        struct zip_why why = { .code = ERR_NONE };
        struct zip_part *p = zip_part_open(z, number, &why);
        int64_t n = p == NULL ? -1 : 1, length = 0;

        while (n > 0 && length < UNPACKED_MOST) {
                size_t left = (size_t)(UNPACKED_MOST - length);

                n = zip_part_read(p, into + length, left < room ? left : room, &why);
                require(n <= (int64_t)room);
                length += n > 0 ? n : 0;
        }
        zip_part_close(p);
        require((n < 0) == (why.code != ERR_NONE) && (n >= 0 || why.text != NULL));
        return n < 0 ? -1 : length;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        static char path[64], whole[UNPACKED_MOST], slow[UNPACKED_MOST];
        struct error e = { 0 };
        struct zip_reader *z;
        uint64_t packed = 0;
        FILE *file;

        if (path[0] == '\0')
                snprintf(path, sizeof path, "/dev/shm/zip_read_fuzz.%d", (int)getpid());
        file = fopen(path, "wb");
        require(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
        z = zip_reader_open(path, &e);
        require((z == NULL) == (e.code != ERR_NONE));
        for (size_t i = 0; z != NULL && i < zip_part_count(z); i++) {
                int64_t length = read_part(z, (int)i, UNPACKED_MOST, whole);

                require(read_part(z, (int)i, 7, slow) == length || length < 0);
                require(length < 0 || memcmp(whole, slow, (size_t)length) == 0);
                packed += zip_part_packed(z, (int)i);
        }
        require(packed <= size);
        zip_reader_close(z);
        unlink(path);
        return 0;
}
