#include "web/tag.h"

#include <string.h>

bool tag_is_space(char c)
{
        return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

bool tag_next_attribute(const char **p, const char *end, struct attribute *a)
{
        const char *s = *p;

        a->from = s;
        while (s < end && (tag_is_space(*s) || *s == '/'))
                s++;
        if (s >= end || *s == '>')
                return false;
        a->name = s;
        while (s < end && !tag_is_space(*s) && *s != '=' && *s != '>' && *s != '/')
                s++;
        a->name_length = (size_t)(s - a->name);
        a->value = s;
        a->value_length = 0;
        if (s + 1 < end && *s == '=' && (s[1] == '"' || s[1] == '\'')) {
                const char *close = memchr(s + 2, s[1], (size_t)(end - s - 2));

                if (close == NULL)
                        return false;
                a->value = s + 2;
                a->value_length = (size_t)(close - a->value);
                s = close + 1;
        } else if (s < end && *s == '=') {
                return false; /* our templates quote */
        }
        a->to = *p = s;
        return a->name_length > 0;
}

const char *tag_unescaped(struct work *w, const char *text, size_t length)
{
        static const struct { const char *escaped; char plain; } all[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&#34;", '"' }, { "&#39;", '\'' } };
        char *out = arena_alloc(w->arena, length + 1), *o = out;

        for (size_t i = 0; i < length;) {
                size_t k = 0;

                while (text[i] == '&' && k < sizeof all / sizeof *all && (length - i < strlen(all[k].escaped) || memcmp(text + i, all[k].escaped, strlen(all[k].escaped)) != 0))
                        k++;
                if (text[i] == '&' && k < sizeof all / sizeof *all) {
                        *o++ = all[k].plain;
                        i += strlen(all[k].escaped);
                } else {
                        *o++ = text[i++];
                }
        }
        *o = '\0';
        return out;
}

const char *tag_end(const char *p, const char *end)
{
        char quote = '\0';

        for (; p < end; p++)
                if (quote != '\0')
                        quote = *p == quote ? '\0' : quote;
                else if (*p == '"' || *p == '\'')
                        quote = *p;
                else if (*p == '>')
                        return p + 1;
        return NULL;
}
