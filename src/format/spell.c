/* spell.c - whole numbers in words. */
#include "format/spell.h"

#include "base/buf.h"

#define BILLION 1000000000u
#define SPELLED_MAX 512 /* nineteen digits are less than 300 bytes */

static const char *const digits_vi[] = { "không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín" };
static const char *const small_en[] = { "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
                                        "fifteen", "sixteen", "seventeen", "eighteen", "nineteen" };
static const char *const tens_en[] = { "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety" };

static void word(struct buf *out, const char *text)
{
        if (out->length > 0)
                buf_text(out, " ");
        buf_text(out, text);
}

/* ---- Vietnamese ---------------------------------------------------------------------------------------------------------- */

static const char *last_digit(unsigned tens, unsigned one)
{
        if (one == 5 && tens > 0)
                return "lăm";
        if (tens > 1 && one == 1)
                return "mốt";
        return tens > 1 && one == 4 ? "tư" : digits_vi[one];
}

/* A group of three digits; inside a number its hundreds are said even where they are none. */
static void group_vi(struct buf *out, unsigned n, bool is_inside)
{
        unsigned hundreds = n / 100, tens = n / 10 % 10, one = n % 10;

        if (hundreds > 0 || is_inside) {
                word(out, digits_vi[hundreds]);
                word(out, "trăm");
        }
        if (tens == 0 && one > 0 && (hundreds > 0 || is_inside))
                word(out, "lẻ");
        if (tens == 1)
                word(out, "mười");
        if (tens > 1) {
                word(out, digits_vi[tens]);
                word(out, "mươi");
        }
        if (one > 0)
                word(out, last_digit(tens, one));
}

static void put_vi(struct buf *out, uint64_t n)
{
        static const struct { uint64_t size; const char *name; } groups[] = { { 1000000, "triệu" }, { 1000, "nghìn" }, { 1, NULL } };
        uint64_t billions = n / BILLION, rest = n % BILLION;
        bool is_inside = billions > 0;

        if (billions > 0) {
                put_vi(out, billions);
                word(out, "tỷ");
        }
        for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
                unsigned group = (unsigned)(rest / groups[i].size % 1000);

                if (group == 0)
                        continue;
                group_vi(out, group, is_inside);
                if (groups[i].name != NULL)
                        word(out, groups[i].name);
                is_inside = true;
        }
}

/* ---- English ------------------------------------------------------------------------------------------------------------- */

static void group_en(struct buf *out, unsigned n)
{
        if (n >= 100) {
                word(out, small_en[n / 100]);
                word(out, "hundred");
                n %= 100;
        }
        if (n >= 20) {
                word(out, tens_en[n / 10]);
                if (n % 10 > 0)
                        buf_print(out, "-%s", small_en[n % 10]);
        } else if (n > 0) {
                word(out, small_en[n]);
        }
}

static void put_en(struct buf *out, uint64_t n)
{
        static const char *const names[] = { "quintillion", "quadrillion", "trillion", "billion", "million", "thousand" };
        uint64_t size = 1000000000000000000u;

        for (size_t i = 0; i < sizeof names / sizeof *names; i++, size /= 1000) {
                if (n / size % 1000 == 0)
                        continue;
                group_en(out, (unsigned)(n / size % 1000));
                word(out, names[i]);
        }
        group_en(out, (unsigned)(n % 1000));
}

const char *spell_number(struct arena *a, int64_t number, enum language language)
{
        char text[SPELLED_MAX];
        struct buf out;
        uint64_t n = number < 0 ? -(uint64_t)number : (uint64_t)number;

        buf_init_in(&out, text, sizeof text);
        if (number < 0)
                word(&out, language == LANGUAGE_VI ? "âm" : "minus");
        if (n == 0)
                word(&out, language == LANGUAGE_VI ? digits_vi[0] : small_en[0]);
        else if (language == LANGUAGE_VI)
                put_vi(&out, n);
        else
                put_en(&out, n);
        return arena_text(a, text);
}

const char *spell_capital(struct arena *a, int64_t number, enum language language)
{
        char *text = arena_text(a, spell_number(a, number, language));

        if (*text >= 'a' && *text <= 'z')
                *text = (char)(*text - 'a' + 'A');
        else if (number < 0) /* "âm" is the one word that begins with another letter: U+00E2 becomes U+00C2 */
                text[1] = (char)(text[1] - 0x20);
        return text;
}
