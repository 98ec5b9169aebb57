/* form_fuzz.c - any bytes as a form: urlencoded, multipart in pieces, a path. What comes out must be clean, also as the page that comes back
 * filled in where such a form was refused.
 *
 * The first byte chooses the reader and the size of the pieces. */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "web/fields.h"
#include "web/refill.h"
#include "web/route.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check(const struct fields *f)
{
        for (size_t i = 0; i < f->count; i++)
                if (!utf8_is_valid(f->list[i].name, strlen(f->list[i].name), NULL) ||
                    !utf8_is_valid(f->list[i].value, strlen(f->list[i].value), NULL))
                        abort();
}

/* Nothing of what was sent is read as a tag: the page has as many as before, and those that tell what went wrong. */
static void refill(struct arena *a, const struct fields *sent)
{
        static const char page[] = "<main><form method=\"post\" action=\"/f\"><input name=\"a\" value=\"1\"><input type=\"date\" name=\"b\"><textarea name=\"c\">x</textarea>"
                                   "<select name=\"d\"><option>1</option></select><input type=\"checkbox\" name=\"e\" value=\"1\"></form></main>";
        struct field_error wrong = { sent->count > 0 ? sent->list[0].name : "a", sent->count > 0 ? sent->list[0].value : "", NULL };
        struct error err = { .code = ERR_CONFLICT, .language = LANGUAGE_EN };
        struct refill r = { .action = "/f", .again = "/f", .sent = sent, .error = &err, .errors = &wrong };
        struct work w;
        struct buf out;

        work_init(&w, a, NULL, LANGUAGE_EN);
        buf_init(&out, 0);
        if (!refill_page(&w, &r, false, page, sizeof page - 1, &out))
                abort();
        buf_char(&out, '\0');
        if (buf_ok(&out) && (strstr(out.data, "<script") != NULL || strstr(out.data, "</main>") == NULL || strstr(strstr(out.data, "<form") + 1, "<form") != NULL))
                abort();
        buf_clear(&out);
}

static void as_multipart(struct arena *a, const char *bytes, size_t length, size_t piece)
{
        struct error err = { .language = LANGUAGE_EN };
        struct fields fields = { 0 };
        struct multipart *m =
                multipart_open(a, "multipart/form-data; boundary=b", "/tmp", 4096, &fields, &err);

        for (size_t at = 0; at < length; at += piece)
                if (!multipart_feed(m, bytes + at, length - at < piece ? length - at : piece, &err))
                        break;
        if (error_ok(&err) == (err.message[0] != '\0'))
                abort();
        if (error_ok(&err))
                multipart_close(m, &err);
        check(&fields);
        refill(a, &fields);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
        static struct arena *arena;
        struct error err = { .language = LANGUAGE_EN };
        struct fields fields = { 0 };
        jmp_buf full;

        if (arena == NULL)
                arena = arena_open((size_t)64 << 20);
        if (size == 0)
                return 0;
        arena_guard(arena, &full);
        if (setjmp(full) == 0) {
                if ((data[0] & 1) == 0)
                        fields_parse(&fields, arena, (const char *)data + 1, size - 1, ERR_INVALID, &err);
                else
                        as_multipart(arena, (const char *)data + 1, size - 1, (size_t)(data[0] >> 1) + 1);
                check(&fields);
                refill(arena, &fields);
        }
        arena_guard(arena, NULL);
        arena_reset(arena);
        return 0;
}
