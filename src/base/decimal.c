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
        int fraction = -1; /* digits after the point so far; -1: no point yet */
        size_t i = 0, digits = 0;

        if (length == 0)
                return fault_at(DECIMAL_EMPTY, 0, position);
        if (text[0] == '-' || text[0] == '+')
                is_negative = text[i++] == '-';
        for (; i < length; i++) {
                if (text[i] == '.' && fraction < 0) {
                        fraction = 0;
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
                return fault_at(DECIMAL_NOT_A_NUMBER, i == 0 ? 0 : i - 1, position);
        for (int left = decimals - (fraction < 0 ? 0 : fraction); left > 0; left--)
                if (__builtin_mul_overflow(number, (uint64_t)10, &number))
                        is_large = true;
        if (is_large || number > (uint64_t)INT64_MAX)
                return fault_at(DECIMAL_TOO_LARGE, 0, position);
        *value = is_negative ? -(int64_t)number : (int64_t)number;
        return DECIMAL_OK;
}

/* Length of a space or minus sign written in UTF-8 at text, 0 if neither. */
static size_t space_at(const char *text, size_t length)
{
        if (length >= 1 && (*text == ' ' || *text == '\t'))
                return 1;
        if (length >= 2 && memcmp(text, "\xC2\xA0", 2) == 0)
                return 2;
        if (length >= 3 && (memcmp(text, "\xE2\x80\xAF", 3) == 0 || memcmp(text, "\xE2\x80\x89", 3) == 0))
                return 3;
        return 0;
}

/* Which of , and . is the decimal sign; 0 for none (all are grouping). */
static char decimal_sign(const char *plain, size_t length, enum language language)
{
        char own = language == LANGUAGE_VI ? ',' : '.', other = language == LANGUAGE_VI ? '.' : ',';
        const char *comma = memrchr(plain, ',', length), *point = memrchr(plain, '.', length);
        const char *last;
        size_t count = 0, first_group, groups_ok = 1, after = 0;

        if (comma != NULL && point != NULL)
                return comma > point ? ',' : '.';
        if (comma == NULL && point == NULL)
                return 0;
        last = comma != NULL ? comma : point;
        for (size_t i = 0; i < length; i++)
                count += plain[i] == *last;
        if (count == 1 && *last == own)
                return own;
        /* 1.234 or 1.234.567: grouping, if every group but the first has three digits */
        first_group = strcspn(plain, ",.");
        if (plain[0] == '-')
                first_group--;
        for (size_t i = strcspn(plain, ",."); i < length; i++) {
                if (plain[i] == *last) {
                        if (after != 0 && after != 3)
                                groups_ok = 0;
                        after = 0;
                } else {
                        after++;
                }
        }
        if (groups_ok && after == 3 && first_group >= 1 && first_group <= 3)
                return 0;
        return count == 1 ? other : 0;
}

enum decimal_fault decimal_read_typed(const char *text, size_t length, enum language language, int decimals,
                                      int64_t *value, size_t *position)
{
        char plain[64], sign, form[64];
        size_t where[64], n = 0, m = 0, group = 0;
        bool has_separator = false;

        for (size_t i = 0; i < length;) {
                size_t skip = space_at(text + i, length - i);

                if (skip > 0) {
                        i += skip;
                        continue;
                }
                if (n + 1 >= sizeof plain)
                        return fault_at(DECIMAL_TOO_LARGE, i, position);
                where[n] = i;
                if (length - i >= 3 && memcmp(text + i, "\xE2\x88\x92", 3) == 0) {
                        plain[n++] = '-';
                        i += 3;
                        continue;
                }
                if (strchr("0123456789.,-+", text[i]) == NULL || text[i] == '\0')
                        return fault_at(DECIMAL_NOT_A_NUMBER, i, position);
                plain[n++] = text[i++];
        }
        plain[n] = '\0';
        if (n == 0)
                return fault_at(DECIMAL_EMPTY, 0, position);
        sign = decimal_sign(plain, n, language);
        for (size_t i = 0; i < n; i++) {
                if (plain[i] == sign && sign != 0) {
                        if (has_separator && group != 3)
                                return fault_at(DECIMAL_NOT_A_NUMBER, where[i], position);
                        has_separator = false;
                        form[m++] = '.';
                } else if (plain[i] == '.' || plain[i] == ',') {
                        if ((has_separator && group != 3) || memchr(form, '.', m) != NULL)
                                return fault_at(DECIMAL_NOT_A_NUMBER, where[i], position);
                        has_separator = true;
                        group = 0;
                } else {
                        group++;
                        form[m++] = plain[i];
                }
        }
        if (has_separator && group != 3)
                return fault_at(DECIMAL_NOT_A_NUMBER, where[n - 1], position);
        {
                size_t at = 0;
                enum decimal_fault fault = decimal_read(form, m, decimals, value, &at);

                return fault == DECIMAL_OK ? fault : fault_at(fault, where[at < n ? at : n - 1], position);
        }
}

bool decimal_read_error(struct error *e, enum decimal_fault fault, const char *text, size_t length, size_t position)
{
        size_t start = position < length ? position : length, end = start;
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
        if (start < length)
                for (end = start + 1; end < length && ((unsigned char)text[end] & 0xC0) == 0x80; end++)
                        ;
        return error_set(e, ERR_INVALID, "\"%.*s\" is not a number: \"%.*s\" at position %zu", shown, text,
                         (int)(end - start), text + start, utf8_count(text, start) + 1);
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

int128 decimal_divide(int128 a, int128 b)
{
        int128 quotient = a / b, rest = a % b;
        int128 twice = (rest < 0 ? -rest : rest) * 2, size = b < 0 ? -b : b;

        assert(b != 0);
        if (twice >= size)
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
