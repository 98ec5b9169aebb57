#include "format/jsonr.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LONG_LEAST 1024 /* bytes of a string from where unpacking it here pays */
#define LONG_MOST 16    /* such strings in one document; more are left to jansson */

struct long_string {
        size_t number; /* among the string values of the document, in their order */
        json_t *value;
};

struct reading {
        struct long_string list[LONG_MOST];
        size_t count, next, number; /* next, number: while they are put in their places */
};

/* The quote that ends a string which begins behind the opening one; NULL where there is none. */
static const char *string_end(const char *from, const char *end)
{
        for (const char *quote = from; (quote = memchr(quote, '"', (size_t)(end - quote))) != NULL; quote++) {
                const char *slash = quote;

                while (slash > from && slash[-1] == '\\')
                        slash--;
                if ((quote - slash) % 2 == 0)
                        return quote;
        }
        return NULL;
}

/* The text of plain ASCII between the quotes; NULL for anything else, which jansson then judges. */
static json_t *unpack(const char *from, const char *end)
{
        char *text = malloc((size_t)(end - from)), *out = text;
        json_t *value = NULL;

        while (text != NULL && from < end) {
                unsigned char c = (unsigned char)*from++;

                if (c == '\\') {
                        static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
                        const char *name = memchr(names, *from++, sizeof names - 1); /* one more there is: the quote is not escaped */

                        if (name == NULL)
                                goto other;
                        c = (unsigned char)meant[name - names];
                } else if (c < 0x20 || c > 0x7E) {
                        goto other;
                }
                *out++ = (char)c;
        }
        if (text != NULL)
                value = json_stringn_nocheck(text, (size_t)(out - text));
other:
        free(text);
        return value;
}

/* The document with "" for its long strings; those go to the list. */
static size_t shorten(struct reading *r, const char *bytes, size_t length, char *out)
{
        const char *at = bytes, *end = bytes + length, *quote;
        char *to = out;
        size_t number = 0;

        while ((quote = memchr(at, '"', (size_t)(end - at))) != NULL) {
                const char *close = string_end(quote + 1, end), *after;
                json_t *value = NULL;
                bool is_name;

                if (close == NULL)
                        break;
                for (after = close + 1; after < end && strchr(" \t\r\n", *after) != NULL && *after != '\0';)
                        after++;
                is_name = after < end && *after == ':';
                if (!is_name && close - quote > LONG_LEAST && r->count < LONG_MOST)
                        value = unpack(quote + 1, close);
                to = mempcpy(to, at, (size_t)(quote - at));
                at = close + 1;
                if (value == NULL) {
                        to = mempcpy(to, quote, (size_t)(at - quote));
                } else {
                        to = mempcpy(to, "\"\"", 2);
                        r->list[r->count++] = (struct long_string){ number, value };
                }
                number += !is_name;
        }
        to = mempcpy(to, at, (size_t)(end - at));
        return (size_t)(to - out);
}

/* The long string that belongs in the place of this value; NULL: none. */
static json_t *instead(struct reading *r, json_t *value)
{
        if (!json_is_string(value))
                return NULL;
        return r->next < r->count && r->list[r->next].number == r->number++ ? r->list[r->next++].value : NULL;
}

/* jansson keeps members in the order in which they were read. */
static void put_back(struct reading *r, json_t *json)
{
        json_t *part, *value;
        const char *name;
        size_t i;

        if (json_is_array(json)) {
                json_array_foreach(json, i, part)
                        if ((value = instead(r, part)) != NULL)
                                json_array_set(json, i, value);
                        else
                                put_back(r, part);
        } else if (json_is_object(json)) {
                json_object_foreach(json, name, part)
                        if ((value = instead(r, part)) != NULL)
                                json_object_set_nocheck(json, name, value);
                        else
                                put_back(r, part);
        }
}

json_t *json_read(const char *bytes, size_t length, json_error_t *where)
{
        struct reading r = { .count = 0 };
        char *copy = length <= LONG_LEAST ? NULL : malloc(length);
        json_t *json = NULL;

        if (copy != NULL) {
                size_t shorter = shorten(&r, bytes, length, copy);

                if (r.count > 0)
                        json = json_loadb(copy, shorter, JSON_REJECT_DUPLICATES, where);
                if (json != NULL)
                        put_back(&r, json);
                for (size_t i = 0; i < r.count; i++)
                        json_decref(r.list[i].value);
                free(copy);
        }
        /* Also for what is wrong: the place of the fault is that of the whole. */
        return json != NULL ? json : json_loadb(bytes, length, JSON_REJECT_DUPLICATES, where);
}
