#include "ledger/clock.h"

#include <stdio.h>
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

size_t stamp_write(char *out, stamp s)
{
        moment m = stamp_moment(s);
        int year, month, number, rest;
        day d = (day)(m / MOMENT_PER_DAY);

        if (s == 0)
                return (size_t)snprintf(out, STAMP_TEXT_MAX, "-");
        rest = (int)(m - (moment)d * MOMENT_PER_DAY);
        day_split(d, &year, &month, &number);
        return (size_t)snprintf(out, STAMP_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ/%d", year % 10000, month,
                                number, rest / 3600000, rest / 60000 % 60, rest / 1000 % 60, rest % 1000,
                                (int)(s & 0xFFFF));
}

bool stamp_read(const char *text, size_t length, stamp *s)
{
        char again[STAMP_TEXT_MAX];
        int counter = 0;
        moment m;

        if (length < 26 || length > 30 || text[23] != 'Z' || text[24] != '/' || !moment_read(text, 24, &m) || m < 0)
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
