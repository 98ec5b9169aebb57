#include "format/zip_read.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#define PIECE ((size_t)32 << 10)

struct zip_part {
        zip_file_t *file; /* its packed bytes */
        z_stream unpacking;
        bool is_packed, is_over;
        uint32_t sum, right_sum;
        uint64_t size, right_size;
        unsigned char piece[PIECE];
};

zip_t *zip_open_to_read(const char *path, int flags, int *code)
{
        zip_t *zip;

        errno = 0;
        zip = zip_open(path, flags, code);
        if (zip == NULL && errno == ENOMEM)
                *code = ZIP_ER_MEMORY;
        return zip;
}

void zip_part_close(struct zip_part *p)
{
        if (p == NULL)
                return;
        if (p->is_packed)
                inflateEnd(&p->unpacking);
        if (p->file != NULL)
                zip_fclose(p->file);
        free(p);
}

static bool begin(struct zip_part *p, zip_t *zip, zip_uint64_t index, zip_error_t *why)
{
        zip_stat_t st;

        if (zip_stat_index(zip, index, 0, &st) != 0) {
                zip_error_set(why, zip_error_code_zip(zip_get_error(zip)), zip_error_code_system(zip_get_error(zip)));
                return false;
        }
        if (st.comp_method != ZIP_CM_STORE && st.comp_method != ZIP_CM_DEFLATE) {
                zip_error_set(why, ZIP_ER_COMPNOTSUPP, 0);
                return false;
        }
        p->right_sum = st.crc;
        p->right_size = st.size;
        p->is_packed = st.comp_method == ZIP_CM_DEFLATE && inflateInit2(&p->unpacking, -MAX_WBITS) == Z_OK;
        if (st.comp_method == ZIP_CM_DEFLATE && !p->is_packed) {
                zip_error_set(why, ZIP_ER_MEMORY, 0);
                return false;
        }
        p->file = zip_fopen_index(zip, index, ZIP_FL_COMPRESSED);
        if (p->file == NULL)
                zip_error_set(why, zip_error_code_zip(zip_get_error(zip)), zip_error_code_system(zip_get_error(zip)));
        return p->file != NULL;
}

struct zip_part *zip_part_open(zip_t *zip, zip_uint64_t index, zip_error_t *why)
{
        struct zip_part *p = calloc(1, sizeof *p);

        if (p == NULL)
                zip_error_set(why, ZIP_ER_MEMORY, 0);
        if (p != NULL && begin(p, zip, index, why))
                return p;
        zip_part_close(p);
        return NULL;
}

static zip_int64_t read_packed(struct zip_part *p, void *bytes, size_t room, zip_error_t *why)
{
        zip_int64_t n = zip_fread(p->file, bytes, room);

        if (n < 0)
                zip_error_set(why, zip_error_code_zip(zip_file_get_error(p->file)), zip_error_code_system(zip_file_get_error(p->file)));
        return n;
}

static zip_int64_t unpack(struct zip_part *p, void *bytes, size_t room, zip_error_t *why)
{
        z_stream *z = &p->unpacking;
        int result = Z_OK;

        z->next_out = bytes;
        z->avail_out = (unsigned)room;
        while (z->avail_out == room && result != Z_STREAM_END) {
                if (z->avail_in == 0) {
                        zip_int64_t n = read_packed(p, p->piece, PIECE, why);

                        if (n == 0)
                                zip_error_set(why, ZIP_ER_EOF, 0);
                        if (n <= 0)
                                return -1;
                        z->next_in = p->piece;
                        z->avail_in = (unsigned)n;
                }
                result = inflate(z, Z_NO_FLUSH);
                if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
                        zip_error_set(why, ZIP_ER_ZLIB, result);
                        return -1;
                }
        }
        p->is_over = result == Z_STREAM_END;
        return (zip_int64_t)(room - z->avail_out);
}

zip_int64_t zip_part_read(struct zip_part *p, void *bytes, size_t room, zip_error_t *why)
{
        zip_int64_t n = p->is_over ? 0 : p->is_packed ? unpack(p, bytes, room, why) : read_packed(p, bytes, room, why);

        if (n < 0)
                return n;
        p->sum = (uint32_t)crc32_z(p->sum, bytes, (size_t)n);
        p->size += (uint64_t)n;
        if (n > 0 && p->size <= p->right_size)
                return n;
        if (p->size != p->right_size || p->sum != p->right_sum) {
                zip_error_set(why, p->size != p->right_size ? ZIP_ER_INCONS : ZIP_ER_CRC, 0);
                return -1;
        }
        return 0;
}

bool zip_is_starved(const zip_error_t *error)
{
        int code = zip_error_code_zip(error);

        return code == ZIP_ER_MEMORY || (code == ZIP_ER_ZLIB && zip_error_code_system(error) == Z_MEM_ERROR);
}
