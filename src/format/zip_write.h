/* zip_write.h - a ZIP archive written as a stream: one part after another, packed as it comes, in constant memory.
 *
 * UTF-8 names that are never repeated; every part dated 1980-01-01 so that the same parts make the same bytes. Errors stick: zip_end says
 * whether all of it has been written. */
#ifndef FORMAT_ZIP_WRITE_H
#define FORMAT_ZIP_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"

struct zip_writer;

/* ZIP_SMALL: parts and archive below 4 GiB less a byte, fewer than 65,535 parts, as any program reads it. ZIP_LARGE: of any size, packed fast rather than tight. */
enum zip_size { ZIP_SMALL, ZIP_LARGE };

/* Writes to a file that is empty and can be sought in, and stays the caller's; all memory is the arena's. */
struct zip_writer *zip_begin(struct arena *, FILE *, enum zip_size);

/* Begin a part, ending the one before; bytes for it (NULL for none). The name has at most 65,535 bytes and must live as long as the arena. */
void zip_part(struct zip_writer *, const char *name);
void zip_put(struct zip_writer *, const void *bytes, size_t length);

enum zip_fault { ZIP_FINE, ZIP_TOO_BIG, ZIP_NOT_WRITTEN /* errno says why */ };

/* End the last part and the archive. */
enum zip_fault zip_end(struct zip_writer *);

#endif
