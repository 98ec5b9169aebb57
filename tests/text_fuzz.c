/* Short texts that people and programs type: days, moments, periods, stamps, numbers, hashes, receipt codes, cookies. The first
 * byte chooses the reader. What is read is written and read again as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/decimal.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "catalogue/catalogue.h"
#include "form/form.h"
#include "ledger/clock.h"
#include "ledger/receipt.h"
#include "web/web_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool is_true)
{
        if (!is_true)
                abort();
}

static void as_day(struct arena *a, const char *text, size_t length)
{
        char out[DAY_TEXT_MAX];
        day d;

        (void)a;
        if (day_read(text, length, &d))
                require(day_write(out, d) == length && memcmp(out, text, length) == 0);
}

static void as_moment(struct arena *a, const char *text, size_t length)
{
        char out[MOMENT_TEXT_MAX];
        moment m, again;

        (void)a;
        if (moment_read(text, length, &m))
                require(moment_read(out, moment_write(out, m), &again) && again == m);
}

static void as_stamp(struct arena *a, const char *text, size_t length)
{
        char out[STAMP_TEXT_MAX];
        stamp s;

        (void)a;
        if (stamp_read(text, length, &s))
                require(stamp_write(out, s) == length && memcmp(out, text, length) == 0);
}

static void as_period(struct arena *a, const char *text, size_t length)
{
        char out[PERIOD_TEXT_MAX], shown[80];
        period p;

        (void)a;
        if (!period_read(text, length, &p))
                return;
        require(period_write(out, p) == length && memcmp(out, text, length) == 0);
        require(period_first(p) <= period_last(p) && period_at(period_frequency(p), period_first(p)) == p);
        require(period_plus(period_plus(p, 1), -1) == p);
        require(period_write_shown(shown, sizeof shown, p, LANGUAGE_VI) > 0 &&
                period_write_short(shown, sizeof shown, p, LANGUAGE_EN) > 0);
}

static void as_decimal(struct arena *a, const char *text, size_t length)
{
        int decimals = length > 0 ? (unsigned char)text[0] % (DECIMAL_MAX_DECIMALS + 1) : 0;
        char out[DECIMAL_TEXT_MAX];
        size_t position = SIZE_MAX;
        int64_t value, again;
        enum decimal_fault fault;

        (void)a;
        text += length > 0;
        length -= length > 0;
        fault = decimal_read(text, length, decimals, &value, &position);
        if (fault == DECIMAL_OK)
                require(decimal_read(out, decimal_write(out, value, decimals), decimals, &again, NULL) == DECIMAL_OK && again == value);
        else
                require(position <= length);
}

static void as_hex(struct arena *a, const char *text, size_t length)
{
        unsigned char bytes[64];
        char out[129];

        (void)a;
        if (length / 2 <= sizeof bytes && hex_read(bytes, length / 2, text)) {
                hex_write(out, bytes, length / 2);
                require(strcasecmp(out, text) == 0);
        }
}

static void as_receipt_code(struct arena *a, const char *text, size_t length)
{
        char code[RECEIPT_CODE_MAX], again[RECEIPT_CODE_MAX];

        (void)a;
        (void)length;
        if (receipt_code_read(text, code))
                require(receipt_code_read(code, again) && strcmp(code, again) == 0);
}

static void as_cookie(struct arena *a, const char *text, size_t length)
{
        char *value = request_cookie(a, text, "session");

        require(value == NULL || strlen(value) <= length);
        if (value != NULL)
                require(strstr(text, value) != NULL);
}

static void as_words(struct arena *a, const char *text, size_t length)
{
        const char *nfc, *again;

        if (!utf8_is_valid(text, length, NULL) || strlen(text) != length)
                return;
        nfc = utf8_nfc(a, text);
        again = utf8_nfc(a, nfc);
        require(strcmp(nfc, again) == 0 && utf8_is_valid(nfc, strlen(nfc), NULL));
        require(utf8_compare(text, text) == 0 && utf8_count(text, length) <= length);
        require(utf8_is_valid(text, utf8_cut(text, length, length / 2), NULL));
        utf8_fold(a, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        static void (*const readers[])(struct arena *, const char *, size_t) = { as_day,    as_moment, as_stamp,
                                                                                 as_period, as_decimal, as_hex,
                                                                                 as_receipt_code, as_cookie, as_words };
        struct arena *a;

        if (size == 0)
                return 0;
        a = arena_open((size_t)16 << 20);
        /* digits and capitals choose, so that the examples can be read */
        readers[(size_t)(bytes[0] - '0') % (sizeof readers / sizeof *readers)](a, arena_copy(a, bytes + 1, size - 1), size - 1);
        arena_close(a);
        return 0;
}
