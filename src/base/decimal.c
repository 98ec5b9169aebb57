#include "base/decimal.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"

const int64_t decimal_power[19] = {
        1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000,
        100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000,
        10000000000000000, 100000000000000000, 1000000000000000000,
};

static enum decimal_fault fault_at(enum decimal_fault fault, size_t where, size_t *position)
{
        if (position != NULL)
                *position = where;
        return fault;
}

enum decimal_fault decimal_read(const char *text, size_t length, int decimals, int64_t *value, size_t *position)
{
        uint64_t number = 0;
        bool is_negative = false, is_large = false;
        int fraction = -1; /* digits after the point kept so far; -1: no point yet */
        size_t i = 0, digits = 0; /* since the start or the point */

        if (length == 0)
                return fault_at(DECIMAL_EMPTY, 0, position);
        if (text[0] == '-' || text[0] == '+')
                is_negative = text[i++] == '-';
        for (; i < length; i++) {
                if (text[i] == '.' && fraction < 0 && digits > 0) {
                        fraction = 0;
                        digits = 0;
                        continue;
                }
                if (text[i] < '0' || text[i] > '9')
                        return fault_at(DECIMAL_NOT_A_NUMBER, i, position);
                digits++;
                if (fraction >= decimals) {
                        if (text[i] != '0') {
                                for (size_t j = i; j < length; j++)
                                        if (text[j] < '0' || text[j] > '9')
                                                return fault_at(DECIMAL_NOT_A_NUMBER, j, position);
                                return fault_at(DECIMAL_TOO_FINE, i, position);
                        }
                        continue;
                }
                if (fraction >= 0)
                        fraction++;
                if (__builtin_mul_overflow(number, (uint64_t)10, &number) ||
                    __builtin_add_overflow(number, (uint64_t)(text[i] - '0'), &number))
                        is_large = true;
        }
        if (digits == 0)
                return fault_at(DECIMAL_NOT_A_NUMBER, i - 1, position);
        for (int left = decimals - (fraction < 0 ? 0 : fraction); left > 0; left--)
                if (__builtin_mul_overflow(number, (uint64_t)10, &number))
                        is_large = true;
        if (is_large || number > (uint64_t)INT64_MAX)
                return fault_at(DECIMAL_TOO_LARGE, 0, position);
        *value = is_negative ? -(int64_t)number : (int64_t)number;
        return DECIMAL_OK;
}

/* Length of a space written in UTF-8 at text, which has a length, 0 if there is none. */
static size_t space_at(const char *text, size_t length)
{
        if (*text == ' ' || *text == '\t')
                return 1;
        if (length >= 2 && memcmp(text, "\xC2\xA0", 2) == 0)
                return 2;
        if (length >= 3 && (memcmp(text, "\xE2\x80\xAF", 3) == 0 || memcmp(text, "\xE2\x80\x89", 3) == 0))
                return 3;
        return 0;
}

static size_t skip_space(const char *text, size_t length, size_t i)
{
        size_t step;

        while (i < length && (step = space_at(text + i, length - i)) > 0)
                i += step;
        return i;
}

#define TYPED_MAX 64

/* What was typed, without sign and outer spaces: digits and separators, a run of spaces as one ' '. */
struct typed {
        char body[TYPED_MAX];
        size_t where[TYPED_MAX]; /* place of each in the text */
        size_t length;
};

/* Whether the separators c in the first length characters of the body, at least one, make groups as in 12 345 678;
 * place gets the first that does not. */
static bool is_grouped(const char *body, size_t length, char c, size_t *place)
{
        size_t digits = 0, separators = 0, last = 0;

        for (size_t i = 0; i <= length; i++) {
                if (i < length && body[i] != c) {
                        digits++;
                        continue;
                }
                if (separators == 0 ? digits < 1 || digits > 3 || body[0] == '0' : digits != 3) {
                        *place = separators == 0 ? i : last;
                        return false;
                }
                separators++;
                last = i;
                digits = 0;
        }
        return true;
}

/* Which character is the decimal sign; 0 for none. */
static char decimal_sign(const struct typed *t, enum language language)
{
        char own = language == LANGUAGE_VI ? ',' : '.';
        const char *comma = memrchr(t->body, ',', t->length), *point = memrchr(t->body, '.', t->length), *only;
        size_t count = 0, place;

        if (comma != NULL && point != NULL)
                return comma > point ? ',' : '.';
        only = comma != NULL ? comma : point;
        if (only == NULL)
                return 0;
        for (size_t i = 0; i < t->length; i++)
                count += t->body[i] == *only;
        if (count > 1)
                return 0;
        if (*only == own || memchr(t->body, ' ', t->length) != NULL)
                return *only;
        /* 1.234 is a group in Vietnamese; 0.123, 1234.567 and 12.34 can only have decimals */
        return is_grouped(t->body, t->length, *only, &place) ? 0 : *only;
}

enum decimal_fault decimal_read_typed(const char *text, size_t length, enum language language, int decimals,
                                      int64_t *value, size_t *position)
{
        struct typed t = { .length = 0 };
        char form[TYPED_MAX + 1], sign, group = 0;
        size_t i = skip_space(text, length, 0), at = 0, whole, m = 0, form_at[TYPED_MAX + 1];
        enum decimal_fault fault;

        if (i == length)
                return fault_at(DECIMAL_EMPTY, 0, position);
        form_at[0] = i;
        if (text[i] == '-' || text[i] == '+') {
                form[m++] = text[i++];
        } else if (length - i >= 3 && memcmp(text + i, "\xE2\x88\x92", 3) == 0) {
                form[m++] = '-';
                i += 3;
        }
        i = skip_space(text, length, i);
        while (i < length) {
                size_t step = space_at(text + i, length - i);

                if (t.length == TYPED_MAX)
                        return fault_at(DECIMAL_TOO_LARGE, i, position);
                t.where[t.length] = i;
                if (step > 0) {
                        i = skip_space(text, length, i);
                        if (i < length)
                                t.body[t.length++] = ' ';
                        continue;
                }
                if ((text[i] < '0' || text[i] > '9') && text[i] != '.' && text[i] != ',')
                        return fault_at(DECIMAL_NOT_A_NUMBER, i, position);
                t.body[t.length++] = text[i++];
        }
        if (t.length == 0)
                return fault_at(DECIMAL_NOT_A_NUMBER, form_at[0], position);
        sign = decimal_sign(&t, language);
        whole = sign == 0 ? t.length : (size_t)((char *)memchr(t.body, sign, t.length) - t.body);
        for (size_t k = 0; k < t.length; k++) {
                char c = t.body[k];
                bool is_digit = c != ' ' && c != '.' && c != ',';

                if (k == whole) {
                        c = '.';
                } else if (!is_digit) {
                        if (k > whole || (group != 0 && c != group))
                                return fault_at(DECIMAL_NOT_A_NUMBER, t.where[k], position);
                        group = c;
                        continue;
                }
                form_at[m] = t.where[k];
                form[m++] = c;
        }
        if (group != 0 && !is_grouped(t.body, whole, group, &at))
                return fault_at(DECIMAL_NOT_A_NUMBER, t.where[at], position);
        fault = decimal_read(form, m, decimals, value, &at);
        return fault == DECIMAL_OK ? fault : fault_at(fault, form_at[at], position);
}

bool decimal_read_error(struct error *e, enum decimal_fault fault, const char *text, size_t length, size_t position)
{
        size_t end = position + 1;
        int shown = (int)(length > 60 ? utf8_cut(text, length, 60) : length);

        switch (fault) {
        case DECIMAL_OK:
                return true;
        case DECIMAL_EMPTY:
                return error_set(e, ERR_INVALID, "the value is empty");
        case DECIMAL_TOO_LARGE:
                return error_set(e, ERR_INVALID, "\"%.*s\" is beyond 64 bits", shown, text);
        case DECIMAL_TOO_FINE:
                return error_set(e, ERR_INVALID, "\"%.*s\" has more decimals than this indicator keeps", shown, text);
        case DECIMAL_NOT_A_NUMBER:
                break;
        }
        while (end < length && ((unsigned char)text[end] & 0xC0) == 0x80)
                end++;
        return error_set(e, ERR_INVALID, "\"%.*s\" is not a number: \"%.*s\" at position %zu", shown, text,
                         (int)(end - position), text + position, utf8_count(text, position) + 1);
}

size_t decimal_write(char *out, int64_t value, int decimals)
{
        char digits[24];
        uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
        size_t n = 0, length = 0;

        while (decimals > 0 && rest % 10 == 0 && rest != 0) {
                rest /= 10;
                decimals--;
        }
        if (rest == 0)
                decimals = 0;
        do
                digits[n++] = (char)('0' + rest % 10);
        while ((rest /= 10) != 0);
        while (n <= (size_t)decimals)
                digits[n++] = '0';
        if (value < 0)
                out[length++] = '-';
        for (size_t i = n; i-- > 0;) {
                out[length++] = digits[i];
                if ((int)i == decimals && decimals > 0)
                        out[length++] = '.';
        }
        out[length] = '\0';
        return length;
}

int decimal_used(int64_t value, int decimals)
{
        for (; decimals > 0 && value % 10 == 0; value /= 10)
                decimals--;
        return decimals;
}

int128 decimal_divide(int128 a, int128 b)
{
        int128 quotient = (assert(b != 0), a / b), rest = a % b;
        int128 left = rest < 0 ? -rest : rest, size = b < 0 ? -b : b;

        if (left >= size - left)
                quotient += (a < 0) == (b < 0) ? 1 : -1;
        return quotient;
}

bool decimal_narrow(int128 wide, int64_t *narrow)
{
        if (wide > INT64_MAX || wide < INT64_MIN)
                return false;
        *narrow = (int64_t)wide;
        return true;
}

bool decimal_rescale(int64_t value, int from, int to, int64_t *result)
{
        if (to >= from)
                return !__builtin_mul_overflow(value, decimal_power[to - from], result);
        return decimal_narrow(decimal_divide(value, decimal_power[from - to]), result);
}

size_t decimal_write_shown(char *out, int64_t value, int decimals, int shown, enum language language)
{
        const char *group = language == LANGUAGE_VI ? "." : ",", *point = language == LANGUAGE_VI ? "," : ".";
        int128 scaled = shown >= decimals ? (int128)value * decimal_power[shown - decimals]
                                          : decimal_divide(value, decimal_power[decimals - shown]);
        bool is_negative = scaled < 0;
        char digits[48];
        size_t n = 0, length = 0;

        if (is_negative)
                scaled = -scaled;
        do
                digits[n++] = (char)('0' + (int)(scaled % 10));
        while ((scaled /= 10) != 0);
        while (n <= (size_t)shown)
                digits[n++] = '0';
        if (is_negative) {
                memcpy(out, "\xE2\x88\x92", 3);
                length = 3;
        }
        for (size_t i = n; i-- > 0;) {
                out[length++] = digits[i];
                if (shown > 0 && i == (size_t)shown)
                        out[length++] = *point;
                else if (i > (size_t)shown && (i - (size_t)shown) % 3 == 0)
                        out[length++] = *group;
        }
        out[length] = '\0';
        return length;
}
