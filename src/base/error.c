#include "base/error.h"

#include <errno.h>
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

#define HALVES "\x1f" /* between what is kept in Vietnamese and in English */

static enum language other(const struct error *e)
{
        return e->language == LANGUAGE_EN ? LANGUAGE_VI : LANGUAGE_EN;
}

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

static bool set(struct error *e, enum error_code code, const char *format, va_list list) __attribute__((format(printf, 3, 0)));

/* False where an error stands already. */
static bool set(struct error *e, enum error_code code, const char *format, va_list list)
{
        va_list again;

        if (e->code != ERR_NONE)
                return false;
        e->code = code;
        e->hint[0] = e->context[0] = e->other_context[0] = e->field[0] = '\0';
        va_copy(again, list);
        print(e->message, sizeof e->message, e->language, format, list);
        print(e->other_message, sizeof e->other_message, other(e), format, again);
        va_end(again);
        return true;
}

bool error_set(struct error *e, enum error_code code, const char *format, ...)
{
        va_list list;

        va_start(list, format);
        set(e, code, format, list);
        va_end(list);
        return false;
}

bool error_say(struct error *e, enum error_code code, const char *english)
{
        if (e->code != ERR_NONE)
                return false;
        error_set(e, code, "%s", text(e->language, english));
        snprintf(e->other_message, sizeof e->other_message, "%s", text(other(e), english));
        return false;
}

static void add(char *message, size_t room, const char *text)
{
        size_t length = strlen(message);

        if ((size_t)snprintf(message + length, room - length, ": %s", text) >= room - length)
                trim(message, room);
}

bool error_because(struct error *e, const char *english)
{
        if (e->code == ERR_NONE)
                return false;
        add(e->message, sizeof e->message, text(e->language, english));
        add(e->other_message, sizeof e->other_message, text(other(e), english));
        return false;
}

const char *error_reason(int number)
{
        static const struct { int number; const char *text; } reasons[] = {
                { ENOENT, N_("there is no such file or folder") }, { EACCES, N_("the system does not permit it") }, { EPERM, N_("the system does not permit it") },
                { EEXIST, N_("it exists already") }, { ENOTDIR, N_("what should be a folder is none") }, { EISDIR, N_("it is a folder") }, { ENOSPC, N_("the disk is full") },
                { EDQUOT, N_("the share of the disk is used up") }, { EROFS, N_("the disk can only be read") }, { EIO, N_("the disk reports an error") },
                { EMFILE, N_("too many files are open") }, { ENFILE, N_("too many files are open") }, { ENOMEM, N_("out of memory") }, { EFBIG, N_("the file would be too large") },
                { ENAMETOOLONG, N_("the name is too long") }, { ETXTBSY, N_("it is in use") }, { EBUSY, N_("it is in use") }, { EADDRINUSE, N_("another program has this address") },
                { EADDRNOTAVAIL, N_("this machine does not have the address") }, { EPIPE, N_("the other side has closed it") }, { ECONNRESET, N_("the other side has closed it") },
                { ECONNREFUSED, N_("nobody answers at the address") }, { ETIMEDOUT, N_("no answer came in time") }, { EAGAIN, N_("the machine has no room for it at the moment") },
        };

        for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
                if (reasons[i].number == number)
                        return reasons[i].text;
        return strerror(number);
}

bool error_system(struct error *e, enum error_code code, int number, const char *format, ...)
{
        va_list list;
        bool is_new;

        va_start(list, format);
        is_new = set(e, code, format, list);
        va_end(list);
        return is_new && error_because(e, error_reason(number));
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

#define CONTEXT_MAX sizeof((struct error *)0)->context

static void put_before(char context[CONTEXT_MAX], enum language language, const char *format, va_list list) __attribute__((format(printf, 3, 0)));

static void put_before(char context[CONTEXT_MAX], enum language language, const char *format, va_list list)
{
        char now[CONTEXT_MAX], both[CONTEXT_MAX * 2 + 4];
        int length;

        print(now, sizeof now, language, format, list);
        length = snprintf(both, sizeof both, "%s%s%s", now, context[0] != '\0' ? ": " : "", context);
        if (length >= 0 && (size_t)length >= CONTEXT_MAX)
                trim(both, CONTEXT_MAX);
        memcpy(context, both, strlen(both) + 1);
}

bool error_while(struct error *e, const char *format, ...)
{
        va_list list;

        if (e->code == ERR_NONE)
                return false;
        va_start(list, format);
        put_before(e->context, e->language, format, list);
        va_end(list);
        va_start(list, format);
        put_before(e->other_context, other(e), format, list);
        va_end(list);
        return false;
}

static int keep_one(char *kept, size_t room, const char *message, const char *context)
{
        return snprintf(kept, room, context[0] == '\0' ? "%s" : "%s (%s)", message, context);
}

void error_keep(const struct error *e, char kept[ERROR_KEPT_MAX])
{
        bool is_english = e->language == LANGUAGE_EN;
        int length = is_english ? keep_one(kept, ERROR_KEPT_MAX, e->other_message, e->other_context) : keep_one(kept, ERROR_KEPT_MAX, e->message, e->context);

        length += snprintf(kept + length, ERROR_KEPT_MAX - (size_t)length, "%s", HALVES);
        if (is_english)
                keep_one(kept + length, ERROR_KEPT_MAX - (size_t)length, e->message, e->context);
        else
                keep_one(kept + length, ERROR_KEPT_MAX - (size_t)length, e->other_message, e->other_context);
}

int error_told(const char *kept, enum language language, const char **told)
{
        const char *half = strstr(kept, HALVES);

        *told = half == NULL || language == LANGUAGE_VI ? kept : half + strlen(HALVES);
        return (int)(half == NULL || language == LANGUAGE_EN ? strlen(*told) : (size_t)(half - kept));
}

const char *error_told_in(struct arena *a, const char *kept, enum language language)
{
        const char *told;
        int length = error_told(kept, language, &told);

        return arena_print(a, "%.*s", length, told);
}

void error_clear(struct error *e)
{
        e->code = ERR_NONE;
        e->message[0] = e->hint[0] = e->context[0] = e->other_message[0] = e->other_context[0] = e->field[0] = '\0';
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
