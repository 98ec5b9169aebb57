#include "format/jsonr.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"

#define LEVELS_MOST 64  /* of objects and arrays; jansson judges what is deeper */
#define DIGITS_MOST 18  /* they fit 64 bits whatever they are */
#define NAMES_MOST 32   /* of one object that is looked at without reading it */
#define PIECE ((size_t)256 << 10) /* of what is given back, at once */

/* ---- memory ------------------------------------------------------------------------------------------------ */

/* Where its memory ends the library goes on with texts that lack characters, or stops the program. So a refusal ends the
 * reading at once; what was read so far is found again by this chain. */
struct block {
        struct block *before, *after;
};

void (*json_starved)(void);

static _Thread_local struct block *newest;
static _Thread_local struct arena *reader; /* NULL: nobody reads */
static _Thread_local void *ready; /* what the library is about to ask memory for and copy, where that was made in memory of its kind; NULL */

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
        struct block *b;

        if (ready != NULL) {
                void *given = ready;

                ready = NULL;
                return given;
        }
        b = malloc(sizeof *b + bytes);
        if (b == NULL && reader != NULL) {
                struct arena *a = reader;

                while (newest != NULL)
                        give(newest + 1);
                end_reading();
                arena_starve(a);
        }
        if (b == NULL) {
                if (json_starved != NULL)
                        json_starved();
                return NULL;
        }
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

/* ---- reading ------------------------------------------------------------------------------------------------ */

struct look {
        const char *at, *end;
        bool gives_back; /* json_read_up */
        size_t parts; /* signs , : [ { outside of strings */
};

static bool passes(struct look *l, char sign)
{
        bool is_there = l->at < l->end && *l->at == sign;

        l->at += is_there;
        l->parts += is_there && (sign == ',' || sign == ':' || sign == '[' || sign == '{');
        return is_there;
}

static void pass_space(struct look *l)
{
        while (l->at < l->end && (*l->at == ' ' || *l->at == '\n' || *l->at == '\t' || *l->at == '\r'))
                l->at++;
}

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

static const char *plain_run(const char *from, const char *end)
{
        while (from < end && *from != '\\' && (unsigned char)*from >= 0x20)
                from++;
        return from;
}

/* What stands for a sign that is escaped by name; 0: something else is there. One sign more there is: the quote is not escaped. */
static char escaped(const char *at)
{
        static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
        const char *name = *at == '\\' ? memchr(names, at[1], sizeof names - 1) : NULL;

        return name == NULL ? '\0' : meant[name - names];
}

static bool is_simple(const char *from, const char *end)
{
        while ((from = plain_run(from, end)) < end && escaped(from) != '\0')
                from += 2;
        return from == end;
}

/* What of a text has been copied. */
static const char *let_go(const struct look *l, const char *from, const char *now)
{
        if (!l->gives_back || (size_t)(now - from) < PIECE)
                return from;
        bytes_give_back(from, (size_t)(now - from));
        return now;
}

/* The text between the quotes; NULL where it is not UTF-8 or has what is escaped by number, which jansson then judges. The library's own copy of it would
 * be one more: it gets the text that was made as the memory it asks for, into which it copies that. */
static json_t *unpack(const struct look *l, const char *from, const char *end)
{
        const char *held = from, *run = plain_run(from, end);
        char *text, *out;

        if (!utf8_is_valid(from, (size_t)(end - from), NULL) || (l->gives_back && !is_simple(run, end)))
                return NULL;
        if (run == end && (!l->gives_back || (size_t)(end - from) < PIECE))
                return json_stringn_nocheck(from, (size_t)(end - from));
        out = text = take((size_t)(end - from) + 1);
        for (;;) {
                size_t length = (size_t)(run - from) < PIECE ? (size_t)(run - from) : PIECE;

                out = mempcpy(out, from, length);
                from += length;
                held = let_go(l, held, from);
                if (from < run)
                        continue;
                if (run == end)
                        break;
                if ((*out = escaped(run)) == '\0') {
                        give(text);
                        return NULL;
                }
                out++;
                from = run + 2;
                run = plain_run(from, end);
        }
        ready = text;
        return json_stringn_nocheck(text, (size_t)(out - text));
}

/* A value that holds no others, as jansson reads it. */
static json_t *judged(const char *from, const char *end)
{
        return json_loadb(from, (size_t)(end - from), JSON_DECODE_ANY, NULL);
}

static json_t *read_string(struct look *l)
{
        const char *from = l->at, *quote = string_end(from + 1, l->end);
        json_t *value;

        if (quote == NULL)
                return NULL;
        l->at = quote + 1;
        value = unpack(l, from + 1, quote);
        return value != NULL ? value : judged(from, l->at);
}

/* Numbers and words. */
static json_t *read_word(struct look *l)
{
        const char *from = l->at, *digits;
        json_int_t number = 0;

        passes(l, '-');
        for (digits = l->at; l->at < l->end && *l->at >= '0' && *l->at <= '9' && l->at - digits < DIGITS_MOST; l->at++)
                number = number * 10 + (*l->at - '0');
        if (l->at > digits && (*digits != '0' || l->at - digits == 1) &&
            (l->at == l->end || memchr(",]} \n\t\r", *l->at, 7) != NULL))
                return json_integer(*from == '-' ? -number : number);
        while (l->at < l->end && memchr(",]} \n\t\r", *l->at, 7) == NULL)
                l->at++;
        return judged(from, l->at);
}

static json_t *read_value(struct look *, int levels);

static bool read_items(struct look *l, json_t *array, int levels)
{
        pass_space(l);
        if (passes(l, ']'))
                return true;
        do {
                json_t *value = read_value(l, levels);

                if (value == NULL || json_array_append_new(array, value) != 0)
                        return false;
                pass_space(l);
        } while (passes(l, ','));
        return passes(l, ']');
}

static bool read_member(struct look *l, json_t *object, int levels)
{
        size_t before = json_object_size(object);
        json_t *name, *value;

        pass_space(l);
        name = l->at < l->end && *l->at == '"' ? read_string(l) : NULL;
        pass_space(l);
        value = name != NULL && passes(l, ':') ? read_value(l, levels) : NULL;
        if (value != NULL)
                json_object_setn_new_nocheck(object, json_string_value(name), json_string_length(name), value);
        json_decref(name);
        return json_object_size(object) > before; /* else the name stands twice */
}

static bool read_members(struct look *l, json_t *object, int levels)
{
        pass_space(l);
        if (passes(l, '}'))
                return true;
        do {
                if (!read_member(l, object, levels))
                        return false;
                pass_space(l);
        } while (passes(l, ','));
        return passes(l, '}');
}

/* NULL: jansson must judge the whole, and say what is wrong where something is. */
static json_t *read_value(struct look *l, int levels)
{
        json_t *value;
        bool ok;

        pass_space(l);
        if (l->at == l->end || levels == 0)
                return NULL;
        if (*l->at == '"')
                return read_string(l);
        if (*l->at != '{' && *l->at != '[')
                return read_word(l);
        value = *l->at == '{' ? json_object() : json_array();
        ok = value != NULL && (*l->at++ == '{' ? read_members : read_items)(l, value, levels - 1);
        if (!ok) {
                json_decref(value);
                value = NULL;
        }
        return value;
}

static json_t *read_quickly(const char *bytes, size_t length, bool gives_back)
{
        struct look l = { .at = bytes, .end = bytes + length, .gives_back = gives_back };
        json_t *json;

        pass_space(&l);
        json = l.at < l.end && (*l.at == '{' || *l.at == '[') ? read_value(&l, LEVELS_MOST) : NULL;
        pass_space(&l);
        if (l.at < l.end) {
                json_decref(json);
                json = NULL;
        }
        return json;
}

static void forget(void *json)
{
        json_decref(json);
}

json_t *json_read(struct arena *a, const char *bytes, size_t length, json_error_t *where)
{
        json_t *json;

        reader = a;
        json = read_quickly(bytes, length, false);
        if (json == NULL) /* also for what is wrong: the place of the fault is that of the whole */
                json = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, where);
        end_reading();
        return json == NULL ? NULL : json_held(a, json);
}

json_t *json_read_up(struct arena *a, const char *bytes, size_t length)
{
        json_t *json;

        reader = a;
        json = read_quickly(bytes, length, true);
        end_reading();
        bytes_give_back(bytes, length);
        return json == NULL ? NULL : json_held(a, json);
}

const char *json_reason(const json_error_t *where)
{
        switch (json_error_code(where)) {
        case json_error_premature_end_of_input: return N_("it ends before it is complete");
        case json_error_end_of_input_expected: return N_("something stands behind its end");
        case json_error_invalid_utf8: return N_("it is not UTF-8");
        case json_error_duplicate_key: return N_("a name stands twice in one object");
        case json_error_numeric_overflow: return N_("a number is too large");
        case json_error_stack_overflow: return N_("it is nested too deeply");
        case json_error_null_character:
        case json_error_null_byte_in_key: return N_("it has a character of the code 0");
        default: return N_("a sign there is wrong: look at quotes, commas, colons and brackets");
        }
}

json_t *json_held(struct arena *a, json_t *made)
{
        if (made == NULL)
                arena_starve(a);
        arena_on_free(a, forget, made);
        return made;
}

/* ---- without reading ------------------------------------------------------------------------------------------ */

/* The first byte that may end a string or must be looked at in it; any of the eight bytes before such a one. */
static const char *skip_plain(const char *at, const char *end)
{
        const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;

        for (; end - at >= 8; at += 8) {
                uint64_t x, quote, slash;

                memcpy(&x, at, sizeof x);
                quote = x ^ '"' * ones;
                slash = x ^ '\\' * ones;
                if ((((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((x - 0x20 * ones) & ~x)) & highs)
                        break;
        }
        return at;
}

/* A string from its opening quote; *from: behind that. may_escape: with the escapes of one sign. */
static bool passes_string(struct look *l, bool may_escape, const char **from)
{
        *from = l->at + 1;
        if (!passes(l, '"'))
                return false;
        for (l->at = skip_plain(l->at, l->end); l->at < l->end && *l->at != '"'; l->at++) {
                if ((unsigned char)*l->at >= 0x20 && *l->at != '\\')
                        continue;
                if (*l->at != '\\' || !may_escape || ++l->at == l->end || memchr("\"\\/bfnrt", *l->at, 8) == NULL)
                        return false;
                l->at = skip_plain(l->at + 1, l->end) - 1;
        }
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

bool json_is_plain(const char *bytes, size_t length, int levels, size_t parts)
{
        struct look l = { .at = bytes, .end = bytes + length };

        return passes_object(&l, levels) && l.at == l.end && l.parts <= parts;
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

/* Twice: control must not leave from inside jansson, which has memory in its hands. Nothing but memory can be wrong with a value that was read or made. */
bool json_put(struct arena *a, const json_t *value, size_t flags, struct buf *out)
{
        size_t length = json_dumpb(value, NULL, 0, flags);
        char *room;

        if (length == 0)
                arena_starve(a);
        room = buf_room(out, length);
        if (room == NULL)
                return false;
        if (json_dumpb(value, room, length, flags) != length)
                arena_starve(a);
        out->length += length;
        out->data[out->length] = '\0';
        return true;
}
