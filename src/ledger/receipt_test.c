#include "tests/support.h"

#include "ledger/receipt.h"

static void a_receipt_code_is_ten_signs_of_the_hash(void **state)
{
        static const struct { unsigned char hash[HASH_BYTES]; const char *code; } cases[] = {
                { { 0 }, "00000-00000" },
                { { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF }, "ZZZZZ-ZZZZZ" },
                { { 0x08, 0x42, 0x10, 0x84, 0x21, 0x08, 0x40 }, "11111-11111" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char code[RECEIPT_CODE_MAX];

                receipt_code(cases[i].hash, code);
                assert_string_equal(code, cases[i].code);
        }
}

static void a_receipt_code_is_read_as_people_type_it(void **state)
{
        static const struct { const char *typed, *code; } cases[] = {
                { "7QW2M-0KXTA", "7QW2M-0KXTA" }, { "7qw2m0kxta", "7QW2M-0KXTA" }, { " 7QW2M okxta ", "7QW2M-0KXTA" },
                { "il000-OOOOO", "11000-00000" }, { "7QW2M-0KXT", NULL },          { "7QW2M-0KXTAA", NULL },
                { "7QW2M-0KXTU", NULL },          { "", NULL },                    { "7QW2M_0KXTA", NULL },
                { "7QW2M-0KXT\xC3", NULL },
        };
        char code[RECEIPT_CODE_MAX];

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                if (receipt_code_read(cases[i].typed, code) != (cases[i].code != NULL))
                        fail_msg("\"%s\"", cases[i].typed);
                if (cases[i].code != NULL)
                        assert_string_equal(code, cases[i].code);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_receipt_code_is_ten_signs_of_the_hash),
                cmocka_unit_test(a_receipt_code_is_read_as_people_type_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
