/* file.h - whole files: read with a limit, written so that a crash leaves the old or the new one. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

/* The bytes of a file of at most max_bytes, NUL added; NULL and an error otherwise. */
char *file_read(struct arena *, const char *path, size_t max_bytes, size_t *length, struct error *);

/* Write to a temporary name, sync, rename, sync the folder. mode as in open(2). */
bool file_write(const char *path, const void *bytes, size_t length, unsigned mode, struct error *);

/* Whether anything, file or folder, stands at the path. */
bool file_exists(const char *path);

#endif
