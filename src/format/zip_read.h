/* zip_read.h - what libzip says where the machine refuses memory: taken apart from a wrong file. */
#ifndef FORMAT_ZIP_READ_H
#define FORMAT_ZIP_READ_H

#include <stdbool.h>
#include <zip.h>

/* zip_open, which takes a file for none of its kind where it gets no memory to look at it: ZIP_ER_MEMORY then. */
zip_t *zip_open_to_read(const char *path, int flags, int *code);

/* Whether memory was refused, to libzip or to what unpacks for it. */
bool zip_is_starved(const zip_error_t *);

#endif
