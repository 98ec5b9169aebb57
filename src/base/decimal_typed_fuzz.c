/* Whatever is typed is refused with a place inside the text, or is a number that is shown and typed again as
 * the same number. */
#include <stdint.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool is_true)
{
        if (!is_true)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        enum language language = size > 0 && bytes[0] % 2 ? LANGUAGE_EN : LANGUAGE_VI;
        int decimals = size > 1 ? bytes[1] % (DECIMAL_MAX_DECIMALS + 1) : 0;
        const char *text = (const char *)bytes + (size < 2 ? size : 2);
        size_t length = size < 2 ? 0 : size - 2, position = SIZE_MAX;
        enum decimal_fault fault;
        struct error e = { 0 };
        char shown[DECIMAL_TEXT_MAX];
        int64_t value, again;

        fault = decimal_read_typed(text, length, language, decimals, &value, &position);
        if (fault != DECIMAL_OK) {
                require(position <= length);
                require(!decimal_read_error(&e, fault, text, length, position) && e.message[0] != '\0');
                return 0;
        }
        require(decimal_read_typed(shown, decimal_write_shown(shown, value, decimals, decimals, language), language,
                                   decimals, &again, NULL) == DECIMAL_OK && again == value);
        require(decimal_read(shown, decimal_write(shown, value, decimals), decimals, &again, NULL) == DECIMAL_OK &&
                again == value);
        return 0;
}
