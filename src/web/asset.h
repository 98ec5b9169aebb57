/* asset.h - style sheets, scripts, pictures and fonts: in the program, compressed, named by content.
 *
 * assets/ holds the files; the build makes the list. An address carries a hash of the bytes, so
 * browsers may keep an asset for ever. */
#ifndef WEB_ASSET_H
#define WEB_ASSET_H

#include <stddef.h>

struct asset_bytes {
        const char *bytes; /* NULL: there is no such form (fonts are compressed already) */
        size_t length;
};

struct asset {
        const char *name;    /* "caunoi.css": what pages ask for */
        const char *address; /* "/assets/caunoi.1a2b3c4d5e.css" */
        const char *content_type;
        struct asset_bytes raw, gzip, brotli;
};

/* The asset under a hashed name, as in /assets/{name}; NULL if there is none. */
const struct asset *asset_find(const char *hashed_name);

/* The asset of a plain name; NULL if there is none. */
const struct asset *asset_by_name(const char *name);

/* All of them, ended by one without name. */
extern const struct asset asset_list[];

#endif
