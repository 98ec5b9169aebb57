#include "format/zip_read.h"

#include <errno.h>
#include <zlib.h>

zip_t *zip_open_to_read(const char *path, int flags, int *code)
{
        zip_t *zip;

        errno = 0;
        zip = zip_open(path, flags, code);
        if (zip == NULL && errno == ENOMEM)
                *code = ZIP_ER_MEMORY;
        return zip;
}

bool zip_is_starved(const zip_error_t *error)
{
        int code = zip_error_code_zip(error);

        return code == ZIP_ER_MEMORY || (code == ZIP_ER_ZLIB && zip_error_code_system(error) == Z_MEM_ERROR);
}
