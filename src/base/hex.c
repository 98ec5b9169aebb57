#include "base/hex.h"

#include <string.h>

void hex_write(char *out, const void *bytes, size_t length)
{
        static const char digits[] = "0123456789abcdef";
        const unsigned char *p = bytes;

        for (size_t i = 0; i < length; i++) {
                out[2 * i] = digits[p[i] >> 4];
                out[2 * i + 1] = digits[p[i] & 15];
        }
        out[2 * length] = '\0';
}

/* What each sign stands for as a digit, and one more: 0 is none. Keys and hashes are read by the thousand, and their digits foresee no comparison. */
static const unsigned char digit[256] = {
        ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
        ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

bool hex_read(void *out, size_t length, const char *text)
{
        unsigned char *p = out;

        if (strlen(text) != 2 * length)
                return false;
        for (size_t i = 0; i < length; i++) {
                unsigned high = digit[(unsigned char)text[2 * i]], low = digit[(unsigned char)text[2 * i + 1]];

                if (high == 0 || low == 0)
                        return false;
                p[i] = (unsigned char)((high - 1) * 16 + low - 1);
        }
        return true;
}
