/* file.h - whole files: read with a limit, written so that a crash leaves the old or the new one. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

/* The bytes of a file of at most max_bytes, NUL added; NULL and an error otherwise. */
char *file_read(struct arena *, const char *path, size_t max_bytes, size_t *length, struct error *);

/* Write to a temporary name, sync, rename, sync the folder. mode as in open(2). */
bool file_write(const char *path, const void *bytes, size_t length, unsigned mode, struct error *);

/* The same in steps, for what is long or made by others. Begin: a fresh file (open for writing, only for its owner; -1 on
 * failure) or folder beside the path; the name is returned in temporary. Publish: sync it, give it its name, sync the folder
 * around it; what a folder holds must be synced already. The caller removes what is not published. */
int file_begin(char temporary[PATH_MAX], const char *path, struct error *);
bool file_begin_folder(char temporary[PATH_MAX], const char *path, struct error *);
bool file_publish(const char *temporary, const char *path, struct error *);

/* Make durable that a name was made in, or moved into, the folder where path lies. */
bool file_sync_folder(const char *path, struct error *);

/* All bytes to an open file; false and errno otherwise. */
bool file_put(int fd, const void *bytes, size_t length);

/* Whether anything, file, folder, device or link (wherever it leads), stands at the path. */
bool file_exists(const char *path);
/* For a command that makes a file which somebody named: ERR_CONFLICT where anything stands there. Nothing is replaced, and no link followed. */
bool file_must_be_new(const char *path, struct error *);

#endif
