/* zip_read.h - a ZIP archive as others have written it, read from its file: the list of its parts, and each of them unpacked as it is read.
 *
 * Stored and deflated parts, of any size; not encrypted ones, nor archives in several files or behind other bytes, nor those with two parts of one name or
 * over each other. What the list at the end says of a part must be what stands before its bytes, and its sum and size what is unpacked. A name is bytes to be
 * compared, never a path. How much a part unpacks to, a thousand times what it takes at most, is for its reader to limit. Memory that is refused is an error like
 * others, and nothing stays behind: libzip took an archive for none where it got no memory to look at it, and kept some for good. */
#ifndef FORMAT_ZIP_READ_H
#define FORMAT_ZIP_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct zip_reader;

/* Open the archive; NULL and ERR_MISSING or ERR_ENVIRONMENT where the file cannot be read or memory is refused, ERR_INVALID where it is no
 * archive. Close accepts NULL. */
struct zip_reader *zip_reader_open(const char *path, struct error *);
void zip_reader_close(struct zip_reader *);

/* Its parts: how many, in the order of their names; the number of one by its name, or but for the case of ASCII letters, -1 where there is none. */
size_t zip_part_count(const struct zip_reader *);
int zip_part_find(const struct zip_reader *, const char *name, bool any_case);

/* Of a part: its bytes as packed, and whether a password is needed. */
uint64_t zip_part_packed(const struct zip_reader *, int number);
bool zip_part_is_encrypted(const struct zip_reader *, int number);

/* Why a part cannot be read: the code, and a text marked with N_. */
struct zip_why {
        enum error_code code; /* ERR_NONE, ERR_ENVIRONMENT: memory or the file's reading; ERR_DAMAGED */
        const char *text;
};

/* Begin to read a part, while the archive is open; NULL and why. */
struct zip_part;
struct zip_part *zip_part_open(const struct zip_reader *, int number, struct zip_why *);

/* Its next bytes, as many as there is room for or fewer: how many, 0 at its end, where its sum has been found right; -1 and why. */
int64_t zip_part_read(struct zip_part *, void *bytes, size_t room, struct zip_why *);

/* NULL is fine. */
void zip_part_close(struct zip_part *);

#endif
