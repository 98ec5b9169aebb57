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

static int digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return -1;
}

bool hex_read(void *out, size_t length, const char *text)
{
        unsigned char *p = out;

        if (strlen(text) != 2 * length)
                return false;
        for (size_t i = 0; i < length; i++) {
                int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);

                if (high < 0 || low < 0)
                        return false;
                p[i] = (unsigned char)(high * 16 + low);
        }
        return true;
}
