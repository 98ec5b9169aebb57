#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/account_private.h"
#include "base/hex.h"
#include "ledger/node.h"

#define RENEW_SECONDS 600 /* a cookie older than this is renewed by the next page */
#define CLOCK_SLACK 60    /* seconds a cookie may lie in the future (instances behind one address) */
#define SEPARATOR '!'     /* in no login; allowed in a cookie */
#define MAC_HEX ((int)crypto_auth_hmacsha256_BYTES * 2)
#define NONCE_HEX 24

/* "1!login!entry of the password!issued!nonce!mac": all but the mac is signed. The nonce stays when the
 * cookie is renewed, and the mark of forms hangs on it, so that a page left open can still be sent. */
struct cookie {
        char login[65], nonce[33];
        int64_t password_entry, issued;
};

static void sign(const unsigned char key[32], const char *text_to_sign, size_t length, char mac[MAC_HEX + 1])
{
        unsigned char bytes[crypto_auth_hmacsha256_BYTES];

        crypto_auth_hmacsha256(bytes, (const unsigned char *)text_to_sign, length, key);
        hex_write(mac, bytes, sizeof bytes);
}

static void print_cookie(const struct node *n, const struct cookie *c, char out[256])
{
        int length = snprintf(out, 256, "1!%s!%" PRId64 "!%" PRId64 "!%s", c->login, c->password_entry,
                              c->issued, c->nonce);

        out[length] = SEPARATOR;
        sign(account_room(n)->session_key, out, (size_t)length, out + length + 1);
}

/* The text up to the next separator, which is passed over; false if it does not fit. */
static bool take_text(const char **p, char *out, size_t room)
{
        const char *end = strchr(*p, SEPARATOR);
        size_t length = end == NULL ? 0 : (size_t)(end - *p);

        if (length == 0 || length >= room)
                return false;
        memcpy(out, *p, length);
        out[length] = '\0';
        *p = end + 1;
        return true;
}

static bool take_number(const char **p, int64_t *number)
{
        char digits[20], *end;

        if (!take_text(p, digits, sizeof digits) || digits[0] < '0' || digits[0] > '9')
                return false;
        *number = strtoll(digits, &end, 10);
        return *end == '\0';
}

static bool parse_cookie(const struct node *n, const char *text_of_cookie, moment now, struct cookie *c)
{
        const char *last = strrchr(text_of_cookie, SEPARATOR), *p = text_of_cookie + 2;
        char mac[MAC_HEX + 1];

        if (last == NULL || strlen(text_of_cookie) > 255 || strlen(last + 1) != MAC_HEX ||
            strncmp(text_of_cookie, "1!", 2) != 0)
                return false;
        sign(account_room(n)->session_key, text_of_cookie, (size_t)(last - text_of_cookie), mac);
        if (sodium_memcmp(mac, last + 1, MAC_HEX) != 0)
                return false;
        if (!take_text(&p, c->login, sizeof c->login) || !take_number(&p, &c->password_entry) ||
            !take_number(&p, &c->issued) || !take_text(&p, c->nonce, sizeof c->nonce))
                return false;
        return c->issued <= now / 1000 + CLOCK_SLACK && now / 1000 - c->issued < SESSION_SECONDS;
}

static bool is_due(const struct cookie *c, moment now)
{
        return now / 1000 - c->issued > RENEW_SECONDS;
}

void session_write(struct work *w, const struct account *a, char cookie[256])
{
        struct cookie c = { .password_entry = a->password_entry, .issued = w->now / 1000 };
        unsigned char nonce[NONCE_HEX / 2];

        snprintf(c.login, sizeof c.login, "%s", a->user.login);
        randombytes_buf(nonce, sizeof nonce);
        hex_write(c.nonce, nonce, sizeof nonce);
        print_cookie(w->node, &c, cookie);
}

/* The nonce stands before the mark that it makes, so that a form still tells whose it is when the cookie is gone. */
static void mark_forms(const struct node *n, const char *login, const char *nonce, char mark[65])
{
        char marked[128], whole[65];

        snprintf(marked, sizeof marked, "%s!%s", login, nonce);
        session_form_mark(n, marked, whole);
        snprintf(mark, 65, "%.*s%.*s", NONCE_HEX, nonce, MAC_HEX - NONCE_HEX, whole);
}

bool session_made_mark(const struct node *n, const char *login, const char *mark)
{
        char nonce[NONCE_HEX + 1], expected[65];

        if (strlen(mark) != MAC_HEX)
                return false;
        snprintf(nonce, sizeof nonce, "%.*s", NONCE_HEX, mark);
        mark_forms(n, login, nonce, expected);
        return sodium_memcmp(mark, expected, MAC_HEX) == 0;
}

struct account *session_read(struct work *w, const char *cookie, char csrf[65], bool *should_renew)
{
        struct account *a;
        struct cookie c;

        if (!parse_cookie(w->node, cookie, w->now, &c))
                return NULL;
        a = account_find(w, c.login);
        if (a == NULL || a->is_disabled || a->password_entry != c.password_entry)
                return NULL;
        mark_forms(w->node, c.login, c.nonce, csrf);
        if (should_renew != NULL)
                *should_renew = is_due(&c, w->now);
        return a;
}

bool session_renew(struct work *w, const char *cookie, char renewed[256])
{
        struct cookie c;

        if (!parse_cookie(w->node, cookie, w->now, &c))
                return false;
        c.issued = w->now / 1000;
        print_cookie(w->node, &c, renewed);
        return true;
}

bool session_is_genuine(const struct node *n, const char *cookie, moment now, bool *should_renew)
{
        struct cookie c;

        if (!parse_cookie(n, cookie, now, &c))
                return false;
        *should_renew = is_due(&c, now);
        return true;
}

void session_form_mark(const struct node *n, const char *text_to_mark, char mark[65])
{
        sign(account_room(n)->form_key, text_to_mark, strlen(text_to_mark), mark);
}
