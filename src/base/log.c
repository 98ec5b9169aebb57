#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/day.h"
#include "base/utf8.h"

static atomic_int least = LOG_NOTE;

void log_set_level(enum log_level level)
{
        atomic_store(&least, (int)level);
}

/* Text as the inside of a JSON string; what is not UTF-8 becomes a question mark. Ends when full. */
static size_t escape(char *out, size_t room, const char *text)
{
        static const char digits[] = "0123456789abcdef";
        size_t n = 0, bad = 0, length = strlen(text), good;

        good = utf8_is_valid(text, length, &bad) ? length : bad;
        for (size_t i = 0; i < length && n + 8 < room; i++) {
                unsigned char c = (unsigned char)text[i];

                if (i == good) {
                        out[n++] = '?';
                        good = i + 1 + (utf8_is_valid(text + i + 1, length - i - 1, &bad) ? length - i - 1 : bad);
                        continue;
                }
                if (c == '"' || c == '\\') {
                        out[n++] = '\\';
                        out[n++] = (char)c;
                } else if (c < 0x20) {
                        memcpy(out + n, "\\u00", 4);
                        out[n + 4] = digits[c >> 4];
                        out[n + 5] = digits[c & 15];
                        n += 6;
                } else {
                        out[n++] = (char)c;
                }
        }
        return utf8_is_valid(out, n, &bad) ? n : bad; /* a character cut by the end of the room goes */
}

void log_line(enum log_level level, const char *what, const char *format, ...)
{
        static const char *const names[] = { "detail", "note", "warning", "alarm" };
        char text[1500], line[2048], at[MOMENT_TEXT_MAX];
        size_t n;
        int start;
        va_list list;

        if ((int)level < atomic_load(&least))
                return;
        va_start(list, format);
        if (vsnprintf(text, sizeof text, format, list) < 0)
                text[0] = '\0';
        va_end(list);
        moment_write(at, moment_now());
        start = snprintf(line, sizeof line, "{\"at\":\"%s\",\"level\":\"%s\",\"what\":\"%.40s\",\"text\":\"", at,
                         names[level], what);
        n = (size_t)start;
        n += escape(line + n, sizeof line - n - 3, text);
        memcpy(line + n, "\"}\n", 3);
        n += 3;
        /* One write, so that lines of several threads do not mix; where it fails nobody can be told. */
        if (write(STDERR_FILENO, line, n) < 0)
                return;
}
