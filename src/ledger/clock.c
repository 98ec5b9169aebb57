#include "ledger/clock.h"

#include <string.h>

stamp stamp_next(stamp last, moment now)
{
        stamp wall = (stamp)now << 16;

        return wall > last ? wall : last + 1;
}

moment stamp_moment(stamp s)
{
        return s >> 16;
}

stamp stamp_last(moment m)
{
        return m > INT64_MAX >> 16 ? INT64_MAX : (stamp)m * 0x10000 + 0xFFFF;
}

/* The last digits of a number, and what follows them. */
static char *write_digits(char *out, int count, int number, char after)
{
        for (int i = count; i > 0; number /= 10)
                out[--i] = (char)('0' + number % 10);
        out[count] = after;
        return out + count + 1;
}

/* By hand: each entry that is read is compared with the one way to write its time. */
size_t stamp_write(char *out, stamp s)
{
        moment m = stamp_moment(s);
        int year, month, number, rest, counter = (int)(s & 0xFFFF), digits = 1;
        day d = (day)(m / MOMENT_PER_DAY);
        char *to = out;

        if (s == 0) {
                strcpy(out, "-");
                return 1;
        }
        rest = (int)(m - (moment)d * MOMENT_PER_DAY);
        day_split(d, &year, &month, &number);
        to = write_digits(to, 4, year % 10000, '-');
        to = write_digits(to, 2, month, '-');
        to = write_digits(to, 2, number, 'T');
        to = write_digits(to, 2, rest / 3600000, ':');
        to = write_digits(to, 2, rest / 60000 % 60, ':');
        to = write_digits(to, 2, rest / 1000 % 60, '.');
        to = write_digits(to, 3, rest % 1000, 'Z');
        *to++ = '/';
        for (int most = 10; counter >= most; most *= 10)
                digits++;
        return (size_t)(write_digits(to, digits, counter, '\0') - out - 1);
}

bool stamp_read(const char *text, size_t length, stamp *s)
{
        char again[STAMP_TEXT_MAX];
        int counter = 0;
        moment m;

        if (length < 26 || length > 30 || text[23] != 'Z' || text[24] != '/' || !moment_read(text, 24, &m) || m < 0 || m > INT64_MAX >> 16) /* a stamp holds moments up to the year 6429 */
                return false;
        for (size_t i = 25; i < length; i++) {
                if (text[i] < '0' || text[i] > '9')
                        return false;
                counter = counter * 10 + (text[i] - '0');
        }
        if (counter > 0xFFFF)
                return false;
        *s = (stamp)m << 16 | counter;
        return stamp_write(again, *s) == length && memcmp(again, text, length) == 0; /* one way to write it */
}
