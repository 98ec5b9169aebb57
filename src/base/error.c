#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
        const char *name;
        int http, exit;
} codes[] = {
        [ERR_NONE] = { "ok", 200, 0 },
        [ERR_USAGE] = { "usage", 400, 2 },
        [ERR_INVALID] = { "invalid", 422, 1 },
        [ERR_UNAUTHENTICATED] = { "unauthenticated", 401, 1 },
        [ERR_DENIED] = { "denied", 403, 1 },
        [ERR_MISSING] = { "missing", 404, 1 },
        [ERR_CONFLICT] = { "conflict", 409, 1 },
        [ERR_TOO_BIG] = { "too_big", 413, 1 },
        [ERR_BUSY] = { "busy", 429, 3 },
        [ERR_ENVIRONMENT] = { "environment", 503, 3 },
        [ERR_DAMAGED] = { "damaged", 500, 4 },
};

/* Ends an overlong text between characters, with an ellipsis. */
static void trim(char *text, size_t room)
{
        static const char ellipsis[] = "…";
        size_t end = room - sizeof ellipsis;

        while (end > 0 && ((unsigned char)text[end] & 0xC0) == 0x80)
                end--;
        memcpy(text + end, ellipsis, sizeof ellipsis);
}

static void print(char *out, size_t room, enum language language, const char *format, va_list list)
        __attribute__((format(printf, 4, 0)));

static void print(char *out, size_t room, enum language language, const char *format, va_list list)
{
        int length = vsnprintf(out, room, text(language, format), list);

        if (length >= 0 && (size_t)length >= room)
                trim(out, room);
}

bool error_set(struct error *e, enum error_code code, const char *format, ...)
{
        va_list list;

        if (e->code != ERR_NONE)
                return false;
        e->code = code;
        e->hint[0] = e->context[0] = e->field[0] = '\0';
        va_start(list, format);
        print(e->message, sizeof e->message, e->language, format, list);
        va_end(list);
        return false;
}

bool error_hint(struct error *e, const char *format, ...)
{
        va_list list;

        if (e->code == ERR_NONE || e->hint[0] != '\0')
                return false;
        va_start(list, format);
        print(e->hint, sizeof e->hint, e->language, format, list);
        va_end(list);
        return false;
}

bool error_at(struct error *e, const char *field)
{
        if (e->code != ERR_NONE && e->field[0] == '\0' && strlen(field) < sizeof e->field)
                memcpy(e->field, field, strlen(field) + 1);
        return false;
}

bool error_while(struct error *e, const char *format, ...)
{
        char now[sizeof e->context], both[sizeof e->context * 2 + 4];
        va_list list;
        int length;

        if (e->code == ERR_NONE)
                return false;
        va_start(list, format);
        print(now, sizeof now, e->language, format, list);
        va_end(list);
        length = snprintf(both, sizeof both, "%s%s%s", now, e->context[0] != '\0' ? ": " : "", e->context);
        if (length >= 0 && (size_t)length >= sizeof e->context)
                trim(both, sizeof e->context);
        memcpy(e->context, both, strlen(both) + 1);
        return false;
}

void error_clear(struct error *e)
{
        e->code = ERR_NONE;
        e->message[0] = e->hint[0] = e->context[0] = e->field[0] = '\0';
}

bool error_ok(const struct error *e)
{
        return e->code == ERR_NONE;
}

int error_http_status(enum error_code code)
{
        return codes[code].http;
}

int error_exit_status(enum error_code code)
{
        return codes[code].exit;
}

const char *error_name(enum error_code code)
{
        return codes[code].name;
}
