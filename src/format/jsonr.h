/* jsonr.h - reading JSON that carries long texts.
 *
 * jansson reads strictly but takes a string byte by byte: a block of figures (100 kB in one string) costs twenty times what
 * copying it does. Long strings of plain ASCII are therefore unpacked here, and jansson reads the rest with an empty
 * string in their place: what is accepted, and as what, is the same. */
#ifndef FORMAT_JSONR_H
#define FORMAT_JSONR_H

#include <jansson.h>
#include <stddef.h>

/* As json_loadb with JSON_REJECT_DUPLICATES; free with json_decref. NULL: where says why and at which byte. */
json_t *json_read(const char *bytes, size_t length, json_error_t *where);

#endif
