#include "format/jsonr.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define LONG_LEAST 1024 /* bytes of a string from where unpacking it here pays */
#define LONG_MOST 16    /* such strings in one document; more are left to jansson */

/* ---- memory ------------------------------------------------------------------------------------------------ */

/* Where its memory ends the library goes on with texts that lack characters, or stops the program. So a refusal ends the
 * reading at once; what was read so far is found again by this chain. */
struct block {
        struct block *before, *after;
};

static _Thread_local struct block *newest;
static _Thread_local struct arena *reader; /* NULL: nobody reads */

static void give(void *bytes)
{
        struct block *b = bytes == NULL ? NULL : (struct block *)bytes - 1;

        if (b == NULL)
                return;
        if (b->before != NULL)
                b->before->after = b->after;
        if (b->after != NULL)
                b->after->before = b->before;
        if (newest == b)
                newest = b->before;
        free(b);
}

static void end_reading(void)
{
        newest = NULL;
        reader = NULL;
}

static void *take(size_t bytes)
{
        struct block *b = malloc(sizeof *b + bytes);

        if (b == NULL && reader != NULL) {
                struct arena *a = reader;

                while (newest != NULL)
                        give(newest + 1);
                end_reading();
                arena_starve(a);
        }
        if (b == NULL)
                return NULL;
        *b = (struct block){ .before = reader == NULL ? NULL : newest };
        if (b->before != NULL)
                b->before->after = b;
        if (reader != NULL)
                newest = b;
        return b + 1;
}

/* Before main: what one pair of functions took the other could not free. */
__attribute__((constructor)) static void watch(void)
{
        json_set_alloc_funcs(take, give);
}

/* ---- long strings ------------------------------------------------------------------------------------------- */

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

/* The text between the quotes; NULL where it is not UTF-8 or has what is escaped by number, which jansson then judges. */
static json_t *unpack(const char *from, const char *end)
{
        char *text, *out;
        json_t *value = NULL;

        if (!utf8_is_valid(from, (size_t)(end - from), NULL))
                return NULL;
        text = out = take((size_t)(end - from));
        for (;;) {
                static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
                const char *run = from, *name;

                while (from < end && *from != '\\' && (unsigned char)*from >= 0x20)
                        from++;
                out = mempcpy(out, run, (size_t)(from - run));
                if (from == end)
                        break;
                if (*from++ != '\\' || (name = memchr(names, *from++, sizeof names - 1)) == NULL) /* one more there is: the quote is not escaped */
                        goto other;
                *out++ = meant[name - names];
        }
        value = json_stringn_nocheck(text, (size_t)(out - text));
other:
        give(text);
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

static json_t *read_quickly(const char *bytes, size_t length, json_error_t *where)
{
        struct reading r = { .count = 0 };
        char *copy;
        size_t shorter;
        json_t *json = NULL;

        if (length <= LONG_LEAST)
                return NULL;
        copy = take(length);
        shorter = shorten(&r, bytes, length, copy);
        if (r.count > 0)
                json = json_loadb(copy, shorter, JSON_REJECT_DUPLICATES, where);
        if (json != NULL)
                put_back(&r, json);
        for (size_t i = 0; i < r.count; i++)
                json_decref(r.list[i].value);
        give(copy);
        return json;
}

static void forget(void *json)
{
        json_decref(json);
}

json_t *json_read(struct arena *a, const char *bytes, size_t length, json_error_t *where)
{
        json_error_t unasked;
        json_t *json;

        if (where == NULL)
                where = &unasked;
        reader = a;
        json = read_quickly(bytes, length, where);
        if (json == NULL) /* also for what is wrong: the place of the fault is that of the whole */
                json = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, where);
        end_reading();
        if (json != NULL)
                arena_on_free(a, forget, json);
        return json;
}

/* ---- without reading ------------------------------------------------------------------------------------------ */

#define NAMES_MOST 32     /* of one object that is looked at here */
#define DIGITS_MOST 18    /* they fit 64 bits whatever they are */

struct look {
        const char *at, *end;
};

static bool passes(struct look *l, char sign)
{
        bool is_there = l->at < l->end && *l->at == sign;

        l->at += is_there;
        return is_there;
}

/* A string from its opening quote; *from: behind that. may_escape: with the escapes of one sign. */
static bool passes_string(struct look *l, bool may_escape, const char **from)
{
        *from = l->at + 1;
        if (!passes(l, '"'))
                return false;
        for (; l->at < l->end && *l->at != '"'; l->at++)
                if ((unsigned char)*l->at < 0x20 ||
                    (*l->at == '\\' && (!may_escape || ++l->at == l->end || memchr("\"\\/bfnrt", *l->at, 8) == NULL)))
                        return false;
        return l->at < l->end && utf8_is_valid(*from, (size_t)(l->at++ - *from), NULL);
}

static bool passes_number(struct look *l)
{
        const char *first;

        passes(l, '-');
        first = l->at;
        while (l->at < l->end && *l->at >= '0' && *l->at <= '9')
                l->at++;
        return l->at > first && l->at - first <= DIGITS_MOST && (*first != '0' || l->at - first == 1);
}

static bool passes_value(struct look *, int levels);

static bool passes_array(struct look *l, int levels)
{
        if (levels == 0 || !passes(l, '['))
                return false;
        if (passes(l, ']'))
                return true;
        do
                if (!passes_value(l, levels - 1))
                        return false;
        while (passes(l, ','));
        return passes(l, ']');
}

static bool passes_object(struct look *l, int levels)
{
        struct {
                const char *text;
                size_t length;
        } names[NAMES_MOST], *last = names;

        if (levels == 0 || !passes(l, '{'))
                return false;
        if (passes(l, '}'))
                return true;
        do {
                if (last == names + NAMES_MOST || !passes_string(l, false, &last->text))
                        return false;
                last->length = (size_t)(l->at - last->text);
                for (size_t i = 0; names + i < last; i++)
                        if (names[i].length == last->length && memcmp(names[i].text, last->text, last->length) == 0)
                                return false;
                if (!passes(l, ':') || !passes_value(l, levels - 1))
                        return false;
                last++;
        } while (passes(l, ','));
        return passes(l, '}');
}

static bool passes_value(struct look *l, int levels)
{
        static const char *const words[] = { "true", "false", "null" };
        const char *from;

        switch (l->at < l->end ? *l->at : '\0') {
        case '"':
                return passes_string(l, true, &from);
        case '{':
                return passes_object(l, levels);
        case '[':
                return passes_array(l, levels);
        default:
                for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                        if ((size_t)(l->end - l->at) >= strlen(words[i]) && memcmp(l->at, words[i], strlen(words[i])) == 0) {
                                l->at += strlen(words[i]);
                                return true;
                        }
                return passes_number(l);
        }
}

bool json_is_plain(const char *bytes, size_t length, int levels)
{
        struct look l = { bytes, bytes + length };

        return passes_object(&l, levels) && l.at == l.end;
}
