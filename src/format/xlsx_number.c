#include "format/xlsx_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/day.h"

bool xlsx_shows_day(const char *code)
{
        bool has_day = false, has_month = false, has_time = false;

        for (const char *p = code; *p != '\0' && *p != ';'; p++) {
                switch (*p) {
                case '"':
                        p = strchr(p + 1, '"');
                        break;
                case '[':
                        p = strchr(p + 1, ']');
                        break;
                case '\\':
                case '_':
                case '*':
                        for (p++; *p != '\0' && ((unsigned char)p[1] & 0xC0) == 0x80; p++)
                                ;
                        if (*p == '\0')
                                p = NULL;
                        break;
                case 'd':
                case 'D':
                case 'y':
                case 'Y':
                        has_day = true;
                        break;
                case 'm':
                case 'M':
                        has_month = true;
                        break;
                case 'h':
                case 'H':
                case 's':
                case 'S':
                        has_time = true;
                        break;
                default:
                        break;
                }
                if (p == NULL)
                        break;
        }
        return has_day || (has_month && !has_time);
}

/* Whether the text is a number as XML Schema writes doubles; digits gets its significant ones. */
static bool is_number(const char *text, int *digits, bool *has_exponent)
{
        const char *p = text + (*text == '-' || *text == '+');
        int count = 0, zeros = 0, any = 0;
        bool after_point = false;

        *has_exponent = false;
        for (; (*p >= '0' && *p <= '9') || (*p == '.' && !after_point); p++) {
                if (*p == '.') {
                        after_point = true;
                        continue;
                }
                any++;
                if (*p == '0' && after_point && count > 0) {
                        zeros++; /* trailing ones do not count */
                } else if (*p != '0' || count > 0) {
                        count += zeros + 1;
                        zeros = 0;
                }
        }
        *digits = count;
        if (any == 0)
                return false;
        if (*p == 'e' || *p == 'E') {
                *has_exponent = true;
                p += p[1] == '-' || p[1] == '+' ? 2 : 1;
                if (*p < '0' || *p > '9')
                        return false;
                while (*p >= '0' && *p <= '9')
                        p++;
        }
        return *p == '\0';
}

/* Without sign of zero, needless zeros and a bare point. */
static void write_plain(char *out, bool is_negative, const char *whole, size_t whole_length, const char *fraction,
                        size_t fraction_length)
{
        while (whole_length > 0 && *whole == '0') {
                whole++;
                whole_length--;
        }
        while (fraction_length > 0 && fraction[fraction_length - 1] == '0')
                fraction_length--;
        if (is_negative && whole_length + fraction_length > 0)
                *out++ = '-';
        if (whole_length == 0)
                *out++ = '0';
        memcpy(out, whole, whole_length);
        out += whole_length;
        if (fraction_length > 0) {
                *out++ = '.';
                memcpy(out, fraction, fraction_length);
                out += fraction_length;
        }
        *out = '\0';
}

bool xlsx_number_write(char out[XLSX_NUMBER_MAX], const char *text)
{
        char scientific[40], digits[XLSX_NUMBER_MAX];
        const char *unsigned_text = text + (*text == '-' || *text == '+'), *point;
        bool has_exponent, is_negative = *text == '-';
        int count, exponent;
        double value;
        size_t n = 0;

        if (strlen(text) > XLSX_NUMBER_MAX - 8 || !is_number(text, &count, &has_exponent))
                return false;
        if (count <= 15 && !has_exponent) {
                size_t whole = strcspn(unsigned_text, "."), length = strlen(unsigned_text);

                point = unsigned_text + whole + (whole < length);
                write_plain(out, is_negative, unsigned_text, whole, point, strlen(point));
                return true;
        }
        value = strtod(unsigned_text, NULL);
        if (!isfinite(value))
                return false;
        snprintf(scientific, sizeof scientific, "%.14e", value); /* d.dddddddddddddde+xx */
        exponent = (int)strtol(scientific + 17, NULL, 10);
        scientific[1] = scientific[0];
        if (exponent < 0) {
                memset(digits, '0', (size_t)-exponent);
                n = (size_t)-exponent;
                memcpy(digits + n, scientific + 1, 15);
                write_plain(out, is_negative, digits, 1, digits + 1, n + 14);
                return true;
        }
        memcpy(digits, scientific + 1, 15);
        n = 15;
        for (; n < (size_t)exponent + 1; n++)
                digits[n] = '0';
        write_plain(out, is_negative, digits, (size_t)exponent + 1, digits + exponent + 1,
                    n - (size_t)exponent - 1);
        return true;
}

bool xlsx_day_write(char out[XLSX_DAY_MAX], const char *number, bool is_1904)
{
        double serial = strtod(number, NULL), whole = floor(serial);
        int seconds;
        size_t n;
        day d;

        if (!(serial >= (is_1904 ? 0 : 1)) || serial >= 2958466)
                return false;
        seconds = (int)lround((serial - whole) * 86400);
        d = (day)whole + (seconds == 86400);
        seconds %= 86400;
        if (is_1904)
                d += day_of(1904, 1, 1);
        else if (d == 60)
                return false; /* a day Excel has and the calendar has not */
        else
                d += day_of(1899, 12, 31) - (d > 60);
        n = day_write(out, d);
        if (n == 0)
                return false;
        if (seconds != 0)
                snprintf(out + n, 16, "T%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
        return true;
}
