#include "format/html.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

void html_text(struct buf *out, const char *text)
{
        if (text == NULL)
                return;
        for (;;) {
                size_t run = strcspn(text, "&<>\"'");

                buf_put(out, text, run);
                text += run;
                switch (*text++) {
                case '&':
                        BUF_LITERAL(out, "&amp;");
                        break;
                case '<':
                        BUF_LITERAL(out, "&lt;");
                        break;
                case '>':
                        BUF_LITERAL(out, "&gt;");
                        break;
                case '"':
                        BUF_LITERAL(out, "&quot;");
                        break;
                case '\'':
                        BUF_LITERAL(out, "&#39;");
                        break;
                default:
                        return;
                }
        }
}

void html_int(struct buf *out, int64_t number)
{
        buf_int(out, number);
}

static bool is_scheme(const char *address, size_t length, const char *scheme)
{
        return length == strlen(scheme) && strncasecmp(address, scheme, length) == 0;
}

/* Browsers drop tabs and line ends anywhere and spaces in front before they look for a scheme, so none
 * of these may be there. */
static bool is_safe(const char *address)
{
        size_t colon = strcspn(address, ":/?#");

        if (*address == ' ')
                return false;
        for (const unsigned char *p = (const unsigned char *)address; *p != '\0'; p++)
                if (*p < 0x20 || *p == 0x7F)
                        return false;
        if (address[colon] != ':')
                return true;
        return is_scheme(address, colon, "http") || is_scheme(address, colon, "https") ||
               is_scheme(address, colon, "mailto");
}

void html_address(struct buf *out, const char *address)
{
        if (address != NULL)
                html_text(out, is_safe(address) ? address : "#");
}

void html_url_part(struct buf *out, const char *text)
{
        static const char digits[] = "0123456789ABCDEF";

        if (text == NULL)
                return;
        for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
                unsigned char c = *p;

                if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                    c == '.' || c == '_' || c == '~') {
                        buf_char(out, (char)c);
                } else {
                        char coded[3] = { '%', digits[c >> 4], digits[c & 15] };

                        buf_put(out, coded, 3);
                }
        }
}
