#include "base/words.h"

#include <string.h>

#include "base/utf8.h"

#define SIGNS " \t\r\n.,;:!?()[]{}<>/\\|\"'`~@#$%^&*+=-_"

/* How many bytes of a sign stand there: of ASCII, of Latin-1 (« ·) or of general punctuation (“ ” – …); 0: a letter or the end. */
static size_t sign_at(const char *s)
{
        const unsigned char *p = (const unsigned char *)s;

        if (*p == '\0')
                return 0;
        if (*p < 0x80)
                return strchr(SIGNS, *p) != NULL;
        if (*p == 0xC2) /* but ª, µ, º, and the powers, which utf8_fold makes plain */
                return p[1] >= 0xA1 && p[1] <= 0xBF ? 2 : 0;
        return *p == 0xE2 && ((p[1] == 0x80 && p[2] >= 0x90) || (p[1] == 0x81 && p[2] <= 0xAF)) ? 3 : 0;
}

char *word_next(char **rest)
{
        char *word = *rest, *end;
        size_t sign;

        while ((sign = sign_at(word)) > 0)
                word += sign;
        if (*word == '\0')
                return NULL;
        for (end = word; *end != '\0' && (sign = sign_at(end)) == 0;)
                end++;
        *rest = *end == '\0' ? end : end + sign;
        *end = '\0';
        return word;
}

/* The words of a text with one space before each. */
static const char *in_line(struct arena *a, const char *text)
{
        char *rest = utf8_fold(a, text), *word, *line = arena_alloc(a, strlen(rest) + 2), *end = line;

        while ((word = word_next(&rest)) != NULL) {
                *end++ = ' ';
                while (*word != '\0')
                        *end++ = *word++;
        }
        *end = '\0';
        return line;
}

bool words_read(struct arena *a, const char *typed, struct words *out)
{
        char *rest;

        *out = (struct words){ .all = in_line(a, typed) };
        rest = arena_text(a, out->all);
        for (char *word; (word = word_next(&rest)) != NULL; out->count++) {
                if (out->count == WORDS_MOST)
                        return false;
                out->each[out->count] = arena_print(a, " %s", word);
        }
        return true;
}

int words_fit(struct arena *a, const struct words *words, const char *text)
{
        const char *line = in_line(a, text);
        size_t length = strlen(words->all);

        for (int i = 0; i < words->count; i++)
                if (strstr(line, words->each[i]) == NULL)
                        return 0;
        if (words->count == 0 || strncmp(line, words->all, length) != 0)
                return words->count > 0;
        return line[length] == '\0' ? 3 : 2;
}
