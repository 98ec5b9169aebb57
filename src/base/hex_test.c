#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void bytes_become_digits_and_come_back(void **state)
{
        unsigned char bytes[256], back[256];
        char text[513];

        (void)state;
        for (int i = 0; i < 256; i++)
                bytes[i] = (unsigned char)i;
        hex_write(text, bytes, 256);
        assert_int_equal(strlen(text), 512);
        assert_memory_equal(text, "000102", 6);
        assert_string_equal(text + 506, "fdfeff");
        assert_true(hex_read(back, 256, text));
        assert_memory_equal(back, bytes, 256);
        hex_write(text, bytes, 0);
        assert_string_equal(text, "");
        assert_true(hex_read(back, 0, ""));
}

static void other_texts_are_refused(void **state)
{
        static const char *const bad[] = { "", "0", "012", "01g1", "01F1", "0x01", "01 1", "010203", "-1-1" };
        unsigned char out[2];

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
                if (hex_read(out, 2, bad[i]))
                        fail_msg("\"%s\" was read", bad[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(bytes_become_digits_and_come_back),
                cmocka_unit_test(other_texts_are_refused),
        };

        return cmocka_run_group_tests_name("hex", tests, NULL, NULL);
}
