#include "format/jsonw.h"

#include <assert.h>
#include <string.h>

#include "base/decimal.h"

void jsonw_init(struct jsonw *w, struct buf *out)
{
        *w = (struct jsonw){ .out = out };
}

/* What stands before a value or a name: a comma unless it is the first. */
static void separate(struct jsonw *w)
{
        if (w->after_name) {
                w->after_name = false;
                return;
        }
        if (w->depth == 0)
                return;
        if (w->has_members[w->depth - 1])
                buf_char(w->out, ',');
        w->has_members[w->depth - 1] = true;
}

static void begin(struct jsonw *w, bool is_array)
{
        separate(w);
        assert(w->depth < JSONW_DEPTH);
        w->has_members[w->depth] = false;
        w->is_array[w->depth++] = is_array;
        buf_char(w->out, is_array ? '[' : '{');
}

void jsonw_object(struct jsonw *w)
{
        begin(w, false);
}

void jsonw_array(struct jsonw *w)
{
        begin(w, true);
}

void jsonw_end(struct jsonw *w)
{
        assert(w->depth > 0 && !w->after_name);
        buf_char(w->out, w->is_array[--w->depth] ? ']' : '}');
}

void json_quote(struct buf *out, const char *text, size_t length)
{
        static const char digits[] = "0123456789abcdef";
        size_t start = 0;

        buf_char(out, '"');
        for (size_t i = 0; i < length; i++) {
                unsigned char c = (unsigned char)text[i];
                char coded[6] = { '\\', 'u', '0', '0', 0, 0 };
                size_t coded_length = 2;

                if (c >= 0x20 && c != '"' && c != '\\')
                        continue;
                switch (c) {
                case '"':
                case '\\':
                        coded[1] = (char)c;
                        break;
                case '\n':
                        coded[1] = 'n';
                        break;
                case '\r':
                        coded[1] = 'r';
                        break;
                case '\t':
                        coded[1] = 't';
                        break;
                default:
                        coded[4] = digits[c >> 4];
                        coded[5] = digits[c & 15];
                        coded_length = 6;
                }
                buf_put(out, text + start, i - start);
                buf_put(out, coded, coded_length);
                start = i + 1;
        }
        buf_put(out, text + start, length - start);
        buf_char(out, '"');
}

void jsonw_name(struct jsonw *w, const char *name)
{
        assert(w->depth > 0 && !w->is_array[w->depth - 1] && !w->after_name);
        separate(w);
        json_quote(w->out, name, strlen(name));
        buf_char(w->out, ':');
        w->after_name = true;
}

void jsonw_text_n(struct jsonw *w, const char *text, size_t length)
{
        separate(w);
        json_quote(w->out, text, length);
}

void jsonw_text(struct jsonw *w, const char *text)
{
        if (text == NULL)
                jsonw_null(w);
        else
                jsonw_text_n(w, text, strlen(text));
}

void jsonw_int(struct jsonw *w, int64_t number)
{
        separate(w);
        buf_int(w->out, number);
}

void jsonw_bool(struct jsonw *w, bool is_true)
{
        separate(w);
        buf_text(w->out, is_true ? "true" : "false");
}

void jsonw_null(struct jsonw *w)
{
        separate(w);
        BUF_LITERAL(w->out, "null");
}

void jsonw_decimal(struct jsonw *w, int64_t value, int decimals)
{
        char text[DECIMAL_TEXT_MAX];
        size_t length = decimal_write(text, value, decimals);

        jsonw_raw(w, text, length);
}

void jsonw_raw(struct jsonw *w, const char *json, size_t length)
{
        separate(w);
        buf_put(w->out, json, length);
}

void jsonw_member_text(struct jsonw *w, const char *name, const char *text)
{
        jsonw_name(w, name);
        jsonw_text(w, text);
}

void jsonw_member_int(struct jsonw *w, const char *name, int64_t number)
{
        jsonw_name(w, name);
        jsonw_int(w, number);
}

void jsonw_member_bool(struct jsonw *w, const char *name, bool is_true)
{
        jsonw_name(w, name);
        jsonw_bool(w, is_true);
}
