/* jsonw.h - writing JSON straight into a buffer; commas and escaping are kept here.
 *
 * (Reading JSON is jansson's.) Bytes that are not UTF-8 must not reach it: input is checked where it
 * enters. */
#ifndef FORMAT_JSONW_H
#define FORMAT_JSONW_H

#include <stdbool.h>

#include "base/buf.h"

#define JSONW_DEPTH 32

struct jsonw {
        struct buf *out;
        int depth;
        bool has_members[JSONW_DEPTH], is_array[JSONW_DEPTH];
        bool after_name;
};

/* Begin writing to a buffer; then objects and arrays, closed by their ends. */
void jsonw_init(struct jsonw *, struct buf *out);
void jsonw_object(struct jsonw *);
void jsonw_array(struct jsonw *);
void jsonw_end(struct jsonw *); /* of the innermost object or array */
/* The name of the next value, inside an object. */
void jsonw_name(struct jsonw *, const char *name);
void jsonw_text(struct jsonw *, const char *text);        /* NULL writes null */
/* Values. */
void jsonw_text_n(struct jsonw *, const char *text, size_t length);
void jsonw_int(struct jsonw *, int64_t);
void jsonw_bool(struct jsonw *, bool);
void jsonw_null(struct jsonw *);
/* An exact decimal as a JSON number: 116450000 at 6 -> 116.45 */
void jsonw_decimal(struct jsonw *, int64_t value, int decimals);
/* Ready JSON, taken as it is. */
void jsonw_raw(struct jsonw *, const char *json, size_t length);

/* Name and value at once. */
void jsonw_member_text(struct jsonw *, const char *name, const char *text);
void jsonw_member_int(struct jsonw *, const char *name, int64_t);
void jsonw_member_bool(struct jsonw *, const char *name, bool);

/* A string literal with quotes, for single strings outside a writer. */
void json_quote(struct buf *, const char *text, size_t length);

#endif
