#include "base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define HIGH_BITS 0x8080808080808080u
#define LOW_BITS 0x0101010101010101u

/* Length of the well-formed sequence at p, which starts with a byte >= 0x80; 0 if it is not one. */
static size_t sequence(const unsigned char *p, size_t left)
{
        if (p[0] < 0xC2 || p[0] > 0xF4)
                return 0;
        if (p[0] < 0xE0)
                return left >= 2 && (p[1] & 0xC0) == 0x80 ? 2 : 0;
        if (p[0] < 0xF0) {
                if (left < 3 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80)
                        return 0;
                if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F))
                        return 0; /* overlong, surrogates */
                return 3;
        }
        if (left < 4 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80 || (p[3] & 0xC0) != 0x80)
                return 0;
        if ((p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
                return 0; /* overlong, beyond U+10FFFF */
        return 4;
}

/* First byte from i on that is not plain (0x01 .. 0x7F). */
static size_t skip_plain(const unsigned char *p, size_t i, size_t length)
{
        for (; length - i >= 8; i += 8) {
                uint64_t x;

                memcpy(&x, p + i, sizeof x);
                if (((x - LOW_BITS) | x) & HIGH_BITS)
                        break;
        }
        while (i < length && p[i] != 0 && p[i] < 0x80)
                i++;
        return i;
}

bool utf8_is_valid(const char *text, size_t length, size_t *position)
{
        const unsigned char *p = (const unsigned char *)text;
        size_t i = 0;

        while (i < length) {
                size_t step;

                if (p[i] != 0 && p[i] < 0x80) {
                        i = skip_plain(p, i, length);
                        continue;
                }
                step = p[i] == 0 ? 0 : sequence(p + i, length - i);
                if (step == 0) {
                        if (position != NULL)
                                *position = i;
                        return false;
                }
                i += step;
        }
        return true;
}

/* Next code point; text that is not UTF-8 gives its bytes one by one. */
static int32_t next(const char **p, const char *end)
{
        utf8proc_int32_t c;
        utf8proc_ssize_t step;

        if ((unsigned char)**p < 0x80)
                return *(*p)++;
        step = utf8proc_iterate((const utf8proc_uint8_t *)*p, end - *p, &c);
        if (step <= 0)
                return (unsigned char)*(*p)++;
        *p += step;
        return c;
}

/* How many bytes the next character takes; hidden: what cannot be seen of it, 0 where it is none, UINT32_MAX where it can. */
static size_t look(const char *text, uint32_t *hidden)
{
        utf8proc_int32_t c;
        utf8proc_ssize_t length = utf8proc_iterate((const utf8proc_uint8_t *)text, -1, &c);
        utf8proc_category_t category = length <= 0 ? UTF8PROC_CATEGORY_CC : utf8proc_category(c);
        bool is_hidden = category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;

        *hidden = length <= 0 ? 0 : is_hidden ? (uint32_t)c : UINT32_MAX;
        return length <= 0 ? 1 : (size_t)length;
}

bool utf8_is_seen(const char *text, uint32_t *hidden)
{
        uint32_t found = UINT32_MAX;

        while (*text != '\0' && found == UINT32_MAX)
                text += look(text, &found);
        if (found != UINT32_MAX)
                *hidden = found;
        return found == UINT32_MAX;
}

const char *utf8_shown(struct arena *a, const char *text)
{
        char *shown = arena_alloc(a, 3 * strlen(text) + 1), *out = shown;

        while (*text != '\0') {
                uint32_t hidden;
                size_t length = look(text, &hidden), put = hidden == UINT32_MAX ? length : 3;

                memcpy(out, hidden == UINT32_MAX ? text : "\xEF\xBF\xBD", put);
                out += put;
                text += length;
        }
        *out = '\0';
        return shown;
}

const char *utf8_nfc(struct arena *a, const char *text)
{
        size_t length = strlen(text);
        utf8proc_uint8_t *composed = NULL;
        utf8proc_ssize_t count;
        char *copy;

        /* Nothing below U+0300 composes with what precedes it, and U+0300 is written CC 80. */
        if (skip_plain((const unsigned char *)text, 0, length) == length)
                return text;
        for (const unsigned char *p = (const unsigned char *)text;; p++) {
                if (*p == '\0')
                        return text;
                if (*p >= 0xCC)
                        break;
        }
        count = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)length, &composed,
                             UTF8PROC_STABLE | UTF8PROC_COMPOSE);
        if (count < 0)
                return text;
        if ((size_t)count == length && memcmp(composed, text, length) == 0) {
                free(composed);
                return text;
        }
        arena_on_free(a, free, composed);
        copy = (char *)composed;
        return copy;
}

static bool is_space(int32_t c)
{
        return c == ' ' || (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
               (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
               c == 0x3000;
}

/* One code point without case and marks; 0 where nothing is left (a mark, a soft hyphen). */
static int32_t fold_one(int32_t c)
{
        switch (c) {
        case 0x0110:
        case 0x0111: /* d with stroke */
        case 0x00D0:
        case 0x00F0: /* eth */
                return 'd';
        case 0x2018:
        case 0x2019:
        case 0x02BC: /* apostrophes */
                return '\'';
        case 0x2010:
        case 0x2011:
        case 0x2012:
        case 0x2013:
        case 0x2014:
        case 0x2212: /* hyphens, dashes, minus */
                return '-';
        default:
                return c;
        }
}

char *utf8_fold(struct arena *a, const char *text)
{
        const char *p = text, *end = text + strlen(text);
        /* A code point of n bytes folds to at most 18 code points (U+FDFA, 3 bytes); room is made as needed. */
        size_t room = (size_t)(end - text) + 80, n = 0;
        char *out = arena_alloc(a, room);
        bool is_gap = false;

        while (p < end) {
                int32_t parts[32], c = next(&p, end);
                utf8proc_ssize_t count = 1;

                if (c < 0x80) {
                        parts[0] = c >= 'A' && c <= 'Z' ? c + 32 : c;
                } else {
                        int last_class = 0;

                        count = utf8proc_decompose_char(c, parts, 32, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
                                                        UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE,
                                                        &last_class);
                        if (count < 0 || count > 32)
                                count = 0;
                }
                if (n + (size_t)count * 4 + 2 > room) {
                        char *more = arena_alloc(a, room * 2);

                        memcpy(more, out, n);
                        out = more;
                        room *= 2;
                }
                for (int i = 0; i < (int)count; i++) {
                        if (is_space(parts[i])) {
                                is_gap = n > 0;
                                continue;
                        }
                        if (is_gap)
                                out[n++] = ' ';
                        is_gap = false;
                        n += (size_t)utf8proc_encode_char(fold_one(parts[i]), (utf8proc_uint8_t *)out + n);
                }
        }
        out[n] = '\0';
        return out;
}

size_t utf8_count(const char *text, size_t length)
{
        size_t count = 0;

        for (size_t i = 0; i < length; i++)
                count += ((unsigned char)text[i] & 0xC0) != 0x80;
        return count;
}

size_t utf8_cut(const char *text, size_t length, size_t max_bytes)
{
        size_t end = length < max_bytes ? length : max_bytes;

        if (end < length)
                while (end > 0 && ((unsigned char)text[end] & 0xC0) == 0x80)
                        end--;
        return end;
}

/* ---- order ---------------------------------------------------------------------------------------- */

/* A word on its way through the comparison: code points still to come, of one decomposed character. */
struct walk {
        const char *at, *end;
        int32_t parts[32];
        int next_part, part_count;
        int32_t ahead; /* a code point put back, -1 for none */
        int tone;      /* of the word so far: 0 none, 1 grave, 2 hook, 3 tilde, 4 acute, 5 dot below */
};

static int32_t walk_next(struct walk *w)
{
        int32_t c = w->ahead;
        int last_class = 0;
        utf8proc_ssize_t count;

        if (c >= 0) {
                w->ahead = -1;
                return c;
        }
        if (w->next_part < w->part_count)
                return w->parts[w->next_part++];
        if (w->at == w->end)
                return 0;
        c = next(&w->at, w->end);
        if (c < 0x80)
                return c >= 'A' && c <= 'Z' ? c + 32 : c;
        count = utf8proc_decompose_char(c, w->parts, 32, UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD, &last_class);
        if (count < 1 || count > 32)
                return c;
        w->part_count = (int)count;
        w->next_part = 1;
        return w->parts[0];
}

static int tone_of(int32_t c)
{
        switch (c) {
        case 0x0300:
                return 1;
        case 0x0309:
                return 2;
        case 0x0303:
                return 3;
        case 0x0301:
                return 4;
        case 0x0323:
                return 5;
        default:
                return 0;
        }
}

/* The next letter's weight: the code point, then which letter made of it (a, a breve, a circumflex;
 * o, o circumflex, o horn; d, d stroke). Tones are collected in w->tone. 0 at the end. */
static int32_t walk_letter(struct walk *w)
{
        int32_t c = walk_next(w), mark, weight;

        while (c != 0 && tone_of(c) != 0) { /* a tone without a letter */
                w->tone = tone_of(c);
                c = walk_next(w);
        }
        if (c == 0)
                return 0;
        if (is_space(c))
                return ' ' * 4;
        if (c == 0x0111 || c == 0x00F0)
                return 'd' * 4 + 1;
        weight = c * 4;
        while ((mark = walk_next(w)) >= 0x0300 && mark < 0x0370) {
                if (tone_of(mark) != 0)
                        w->tone = tone_of(mark);
                else if (mark == 0x0306)
                        weight = c * 4 + 1;
                else if (mark == 0x0302)
                        weight = c * 4 + 2;
                else if (mark == 0x031B)
                        weight = c * 4 + 3;
        }
        w->ahead = mark;
        return weight;
}

static const char *skip_spaces(const char *p, const char *end)
{
        while (p < end) {
                const char *q = p;

                if (!is_space(next(&q, end)))
                        break;
                p = q;
        }
        return p;
}

static const char *word_end(const char *p, const char *end)
{
        while (p < end) {
                const char *q = p;

                if (is_space(next(&q, end)))
                        break;
                p = q;
        }
        return p;
}

static int compare_words(const char *a, const char *a_end, const char *b, const char *b_end)
{
        struct walk x = { .at = a, .end = a_end, .ahead = -1 }, y = { .at = b, .end = b_end, .ahead = -1 };

        for (;;) {
                int32_t p = walk_letter(&x), q = walk_letter(&y);

                if (p != q)
                        return p < q ? -1 : 1;
                if (p == 0)
                        return (x.tone > y.tone) - (x.tone < y.tone);
        }
}

/* Digits only: such words compare by value, so that "2" stands before "10". */
static bool is_number(const char *p, const char *end)
{
        while (p < end && *p >= '0' && *p <= '9')
                p++;
        return p == end;
}

static int compare_numbers(const char *a, const char *a_end, const char *b, const char *b_end)
{
        int order;

        while (a < a_end && *a == '0')
                a++;
        while (b < b_end && *b == '0')
                b++;
        if (a_end - a != b_end - b)
                return a_end - a < b_end - b ? -1 : 1;
        order = memcmp(a, b, (size_t)(a_end - a));
        return (order > 0) - (order < 0);
}

int utf8_compare(const char *a, const char *b)
{
        const char *a_end = a + strlen(a), *b_end = b + strlen(b);

        for (;;) {
                const char *a_word, *b_word;
                int order;

                a = skip_spaces(a, a_end);
                b = skip_spaces(b, b_end);
                if (a == a_end || b == b_end)
                        return (b == b_end) - (a == a_end);
                a_word = word_end(a, a_end);
                b_word = word_end(b, b_end);
                order = is_number(a, a_word) && is_number(b, b_word) ? compare_numbers(a, a_word, b, b_word)
                                                                     : compare_words(a, a_word, b, b_word);
                if (order != 0)
                        return order;
                a = a_word;
                b = b_word;
        }
}

static size_t put(char *out, size_t n, int32_t c)
{
        return n + (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)out + n);
}

/* Each letter, what makes another letter of it, at the end of a word its tone. */
static size_t word_key(char *out, size_t n, const char *p, const char *end)
{
        static const int32_t marks[] = { 0, 0x0306, 0x0302, 0x031B }, tones[] = { 0, 0x0300, 0x0309, 0x0303, 0x0301, 0x0323 };
        struct walk w = { .at = p, .end = end, .ahead = -1 };

        if (is_number(p, end)) {
                while (p + 1 < end && *p == '0')
                        p++;
                memcpy(out + n, p, (size_t)(end - p));
                return n + (size_t)(end - p);
        }
        for (int32_t weight; (weight = walk_letter(&w)) != 0;) {
                n = put(out, n, weight / 4);
                if (weight % 4 != 0)
                        n = put(out, n, marks[weight % 4]);
        }
        return w.tone == 0 ? n : put(out, n, tones[w.tone]);
}

char *utf8_key(struct arena *a, const char *text)
{
        const char *p = text, *end = text + strlen(text);
        char *out = arena_alloc(a, 6 * strlen(text) + 8);
        size_t n = 0;

        for (p = skip_spaces(p, end); p < end; p = skip_spaces(p, end)) {
                const char *word = p;

                p = word_end(p, end);
                if (n > 0)
                        out[n++] = ' ';
                n = word_key(out, n, word, p);
        }
        out[n] = '\0';
        return out;
}
