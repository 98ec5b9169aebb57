/* zip_read.h - reading a ZIP archive where the machine may refuse memory: libzip finds the parts, zlib unpacks them.
 *
 * libzip alone takes an archive for none of its kind where it gets no memory to look at it, and keeps some for good where it gets none to
 * unpack with. What is wrong is told in a zip_error_t of the caller's (zip_error_init, zip_error_fini). */
#ifndef FORMAT_ZIP_READ_H
#define FORMAT_ZIP_READ_H

#include <stdbool.h>
#include <zip.h>

/* zip_open; ZIP_ER_MEMORY where memory was refused. */
zip_t *zip_open_to_read(const char *path, int flags, int *code);

/* Begin to read a part, stored or deflated; NULL and why. */
struct zip_part;
struct zip_part *zip_part_open(zip_t *, zip_uint64_t index, zip_error_t *why);

/* Its next bytes: how many, 0 at its end, where its sum has been found right; -1 and why. */
zip_int64_t zip_part_read(struct zip_part *, void *bytes, size_t room, zip_error_t *why);

/* NULL is fine. */
void zip_part_close(struct zip_part *);

/* Whether memory was refused, to libzip or to what unpacks for it. */
bool zip_is_starved(const zip_error_t *);

#endif
