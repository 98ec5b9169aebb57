/* fields.h - names and values out of foreign bytes: queries, form bodies, multipart bodies with files.
 *
 * Every name and value that comes out is well-formed UTF-8 in NFC without NUL. Limits: FIELDS_MOST fields,
 * the bytes of the body by the caller, FIELD_HEAD_MOST bytes of headers before a part. Nothing here knows
 * HTTP. */
#ifndef WEB_FIELDS_H
#define WEB_FIELDS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

#define FIELDS_MOST 20000
#define FIELD_HEAD_MOST 8192

struct field {
        const char *name, *value;
};

struct fields {
        struct field *list;
        size_t count, room;
};

/* Add the fields of application/x-www-form-urlencoded text. What is wrong gets the code (ERR_USAGE for a
 * query, ERR_INVALID for a form). */
bool fields_parse(struct fields *, struct arena *, const char *text, size_t length, enum error_code,
                  struct error *);

/* The nth value of a name, from 0, or NULL. */
const char *fields_find(const struct fields *, const char *name, int nth);

/* A file in a folder, unlinked and closed with the arena. */
struct spool {
        int fd;
        int64_t size;
        char *path;
};
/* NULL and an error where the folder takes no file. */
struct spool *spool_open(struct arena *, const char *folder, struct error *);
bool spool_write(struct spool *, const char *bytes, size_t length, struct error *);

/* A file that came with a form. */
struct upload {
        const char *field, *file_name;
        struct spool *spool;
        struct upload *next;
};

/* Takes a multipart/form-data body apart while it arrives. */
struct multipart;

/* content_type is the request's header. Files go to folder; NULL: a part with a file is refused. Values
 * together may take value_bytes. NULL and an error where the header names no boundary. */
struct multipart *multipart_open(struct arena *, const char *content_type, const char *folder,
                                 size_t value_bytes, struct fields *, struct error *);
bool multipart_feed(struct multipart *, const char *bytes, size_t length, struct error *);

/* The body is over: false where it ends before its last boundary. */
bool multipart_close(struct multipart *, struct error *);
struct upload *multipart_uploads(const struct multipart *);

/* Whether a content type is the named one, parameters apart: "text/html; charset=utf-8" is "text/html". */
bool content_type_is(const char *content_type, const char *name);

#endif
