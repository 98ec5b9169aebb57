#include "base/decimal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void the_plain_form_is_read_exactly(void **state)
{
        static const struct {
                const char *text;
                int decimals;
                enum decimal_fault fault;
                int64_t value; /* or the position of the fault */
        } cases[] = {
                { "116.45", 6, DECIMAL_OK, 116450000 },
                { "-0.5", 6, DECIMAL_OK, -500000 },
                { "+7", 0, DECIMAL_OK, 7 },
                { "0", 12, DECIMAL_OK, 0 },
                { "-0", 2, DECIMAL_OK, 0 },
                { "1.500", 1, DECIMAL_OK, 15 },
                { "2.00", 0, DECIMAL_OK, 2 },
                { "007.10", 2, DECIMAL_OK, 710 },
                { "9223372036854775807", 0, DECIMAL_OK, INT64_MAX },
                { "9223372036854.775807", 6, DECIMAL_OK, INT64_MAX },
                { "-9223372036854775807", 0, DECIMAL_OK, -INT64_MAX },
                { "9223372036854775808", 0, DECIMAL_TOO_LARGE, 0 },
                { "9223372036854.775808", 6, DECIMAL_TOO_LARGE, 0 },
                { "18446744073709551616", 0, DECIMAL_TOO_LARGE, 0 },
                { "99999999999999999999999", 0, DECIMAL_TOO_LARGE, 0 },
                { "10000000", 12, DECIMAL_TOO_LARGE, 0 },
                { "1.25", 1, DECIMAL_TOO_FINE, 3 },
                { "1.0000001", 6, DECIMAL_TOO_FINE, 8 },
                { "", 2, DECIMAL_EMPTY, 0 },
                { "-", 2, DECIMAL_NOT_A_NUMBER, 0 },
                { ".", 2, DECIMAL_NOT_A_NUMBER, 0 },
                { ".5", 2, DECIMAL_NOT_A_NUMBER, 0 },
                { "-.5", 2, DECIMAL_NOT_A_NUMBER, 1 },
                { "5.", 2, DECIMAL_NOT_A_NUMBER, 1 },
                { "1.2.3", 2, DECIMAL_NOT_A_NUMBER, 3 },
                { "1.259x", 2, DECIMAL_NOT_A_NUMBER, 5 },
                { "1.259-", 2, DECIMAL_NOT_A_NUMBER, 5 },
                { "1,5", 2, DECIMAL_NOT_A_NUMBER, 1 },
                { "1e5", 2, DECIMAL_NOT_A_NUMBER, 1 },
                { " 1", 2, DECIMAL_NOT_A_NUMBER, 0 },
                { "1 ", 2, DECIMAL_NOT_A_NUMBER, 1 },
                { "--1", 2, DECIMAL_NOT_A_NUMBER, 1 },
                { "12O5", 2, DECIMAL_NOT_A_NUMBER, 2 },
                { "99999999999999999999999x", 0, DECIMAL_NOT_A_NUMBER, 23 },
        };

        (void)state;
        for (size_t i = 0; i < COUNT(cases); i++) {
                int64_t value = -1;
                size_t position = 99;
                enum decimal_fault fault = decimal_read(cases[i].text, strlen(cases[i].text), cases[i].decimals,
                                                        &value, &position);

                if (fault != cases[i].fault ||
                    (fault == DECIMAL_OK ? value != cases[i].value : position != (size_t)cases[i].value))
                        fail_msg("\"%s\" at %d: fault %d, value %lld, position %zu", cases[i].text,
                                 cases[i].decimals, (int)fault, (long long)value, position);
        }
}

static void what_people_type_is_understood_or_refused(void **state)
{
        static const struct {
                const char *text;
                enum decimal_fault vi_fault;
                int64_t vi; /* thousandths, or the position of the fault in bytes */
                enum decimal_fault en_fault;
                int64_t en;
        } cases[] = {
                { "1234,5", DECIMAL_OK, 1234500, DECIMAL_OK, 1234500 },
                { "1.234,5", DECIMAL_OK, 1234500, DECIMAL_OK, 1234500 },
                { "1,234.5", DECIMAL_OK, 1234500, DECIMAL_OK, 1234500 },
                { "1234.5", DECIMAL_OK, 1234500, DECIMAL_OK, 1234500 },
                { "1 234,5", DECIMAL_OK, 1234500, DECIMAL_OK, 1234500 },
                { "1\xC2\xA0" "234,5", DECIMAL_OK, 1234500, DECIMAL_OK, 1234500 },
                { "1\xE2\x80\xAF" "234\xE2\x80\x89" "567", DECIMAL_OK, 1234567000, DECIMAL_OK, 1234567000 },
                { "1.234", DECIMAL_OK, 1234000, DECIMAL_OK, 1234 },
                { "1,234", DECIMAL_OK, 1234, DECIMAL_OK, 1234000 },
                { "-1.234", DECIMAL_OK, -1234000, DECIMAL_OK, -1234 },
                { "+123.456", DECIMAL_OK, 123456000, DECIMAL_OK, 123456 },
                { "1.234.567", DECIMAL_OK, 1234567000, DECIMAL_OK, 1234567000 },
                { "1,234,567", DECIMAL_OK, 1234567000, DECIMAL_OK, 1234567000 },
                { "1.234.567,891", DECIMAL_OK, 1234567891, DECIMAL_OK, 1234567891 },
                { "0.123", DECIMAL_OK, 123, DECIMAL_OK, 123 },
                { "0,123", DECIMAL_OK, 123, DECIMAL_OK, 123 },
                { "-0.123", DECIMAL_OK, -123, DECIMAL_OK, -123 },
                { "1234.567", DECIMAL_OK, 1234567, DECIMAL_OK, 1234567 },
                { "1234,567", DECIMAL_OK, 1234567, DECIMAL_OK, 1234567 },
                { "12.34", DECIMAL_OK, 12340, DECIMAL_OK, 12340 },
                { "1 234.567", DECIMAL_OK, 1234567, DECIMAL_OK, 1234567 },
                { "\xE2\x88\x92" "5,5", DECIMAL_OK, -5500, DECIMAL_OK, -5500 },
                { " - 5 ", DECIMAL_OK, -5000, DECIMAL_OK, -5000 },
                { "\t7\xC2\xA0", DECIMAL_OK, 7000, DECIMAL_OK, 7000 },
                { "0", DECIMAL_OK, 0, DECIMAL_OK, 0 },
                { "", DECIMAL_EMPTY, 0, DECIMAL_EMPTY, 0 },
                { " \xC2\xA0", DECIMAL_EMPTY, 0, DECIMAL_EMPTY, 0 },
                { "-", DECIMAL_NOT_A_NUMBER, 0, DECIMAL_NOT_A_NUMBER, 0 },
                { "12O5", DECIMAL_NOT_A_NUMBER, 2, DECIMAL_NOT_A_NUMBER, 2 },
                { "1,5 tr", DECIMAL_NOT_A_NUMBER, 4, DECIMAL_NOT_A_NUMBER, 4 },
                { "1.234.56", DECIMAL_NOT_A_NUMBER, 5, DECIMAL_NOT_A_NUMBER, 5 },
                { "12.34.56", DECIMAL_NOT_A_NUMBER, 2, DECIMAL_NOT_A_NUMBER, 2 },
                { "1234.567.890", DECIMAL_NOT_A_NUMBER, 4, DECIMAL_NOT_A_NUMBER, 4 },
                { "1234.567,8", DECIMAL_NOT_A_NUMBER, 4, DECIMAL_NOT_A_NUMBER, 4 },
                { "0.123.456", DECIMAL_NOT_A_NUMBER, 1, DECIMAL_NOT_A_NUMBER, 1 },
                { "1,234,567.8.9", DECIMAL_NOT_A_NUMBER, 11, DECIMAL_NOT_A_NUMBER, 11 },
                { "1.234,567,8", DECIMAL_NOT_A_NUMBER, 9, DECIMAL_NOT_A_NUMBER, 9 },
                { "1 23", DECIMAL_NOT_A_NUMBER, 1, DECIMAL_NOT_A_NUMBER, 1 },
                { "1 234.567.890", DECIMAL_NOT_A_NUMBER, 5, DECIMAL_NOT_A_NUMBER, 5 },
                { "116, 45", DECIMAL_NOT_A_NUMBER, 4, DECIMAL_NOT_A_NUMBER, 4 },
                { ",5", DECIMAL_NOT_A_NUMBER, 0, DECIMAL_NOT_A_NUMBER, 0 },
                { "5,", DECIMAL_NOT_A_NUMBER, 1, DECIMAL_NOT_A_NUMBER, 1 },
                { "5-", DECIMAL_NOT_A_NUMBER, 1, DECIMAL_NOT_A_NUMBER, 1 },
                { "1.2345", DECIMAL_TOO_FINE, 5, DECIMAL_TOO_FINE, 5 },
                { "9.999.999.999.999.999.999", DECIMAL_TOO_LARGE, 0, DECIMAL_TOO_LARGE, 0 },
                { "1234567890123456789012345678901234567890123456789012345678901234567890", DECIMAL_TOO_LARGE, 64,
                  DECIMAL_TOO_LARGE, 64 },
        };

        (void)state;
        for (size_t i = 0; i < COUNT(cases); i++)
                for (int english = 0; english < 2; english++) {
                        enum language language = english ? LANGUAGE_EN : LANGUAGE_VI;
                        enum decimal_fault wanted = english ? cases[i].en_fault : cases[i].vi_fault;
                        int64_t value = -1, number = english ? cases[i].en : cases[i].vi;
                        size_t position = 99;
                        enum decimal_fault fault = decimal_read_typed(cases[i].text, strlen(cases[i].text), language,
                                                                      3, &value, &position);

                        if (fault != wanted || (fault == DECIMAL_OK ? value != number : position != (size_t)number))
                                fail_msg("\"%s\" in %s: fault %d, value %lld, position %zu", cases[i].text,
                                         language_name(language), (int)fault, (long long)value, position);
                }
}

static void what_is_shown_can_be_typed_again(void **state)
{
        static const int64_t values[] = {
                0, 1, -1, 10, 999, -999, 1000, 123456, -1234567, 999999999, 1000000000000, -98765432109876,
        };
        char text[DECIMAL_TEXT_MAX];

        (void)state;
        for (size_t i = 0; i < COUNT(values); i++)
                for (int decimals = 0; decimals <= 4; decimals++)
                        for (int english = 0; english < 2; english++) {
                                enum language language = english ? LANGUAGE_EN : LANGUAGE_VI;
                                size_t length = decimal_write_shown(text, values[i], decimals, decimals, language);
                                int64_t value = 99;

                                assert_int_equal(length, strlen(text));
                                assert_int_equal(decimal_read_typed(text, length, language, decimals, &value, NULL),
                                                 DECIMAL_OK);
                                assert_int_equal(value, values[i]);
                        }
}

static void a_fault_becomes_a_sentence_with_its_place(void **state)
{
        struct error e = { .language = LANGUAGE_EN };
        const char *text = "đồng 12";

        (void)state;
        assert_true(decimal_read_error(&e, DECIMAL_OK, "1", 1, 0));
        assert_true(error_ok(&e));
        assert_false(decimal_read_error(&e, DECIMAL_NOT_A_NUMBER, text, strlen(text), 2));
        assert_string_equal(e.message, "\"đồng 12\" is not a number: \"ồ\" at position 2");
        assert_int_equal(e.code, ERR_INVALID);
        error_clear(&e);
        decimal_read_error(&e, DECIMAL_NOT_A_NUMBER, "12 đ", strlen("12 đ"), 3);
        assert_string_equal(e.message, "\"12 đ\" is not a number: \"đ\" at position 4");
        error_clear(&e);
        decimal_read_error(&e, DECIMAL_EMPTY, "", 0, 0);
        assert_string_equal(e.message, "the value is empty");
        error_clear(&e);
        decimal_read_error(&e, DECIMAL_TOO_FINE, "1.25", 4, 3);
        assert_string_equal(e.message, "\"1.25\" has more decimals than this indicator keeps");
        error_clear(&e);
        decimal_read_error(&e, DECIMAL_TOO_LARGE, "1e", 1, 0);
        assert_string_equal(e.message, "\"1\" is beyond 64 bits");
        error_clear(&e);
        decimal_read_error(&e, DECIMAL_TOO_LARGE, "1234567890123456789012345678901234567890123456789012345678đồng", 64, 0);
        assert_string_equal(e.message, "\"1234567890123456789012345678901234567890123456789012345678đ\" is beyond 64 bits");
}

static void the_plain_form_is_written_without_trailing_zeros(void **state)
{
        static const struct {
                int64_t value;
                int decimals;
                const char *text;
        } cases[] = {
                { 116450000, 6, "116.45" }, { 2000000, 6, "2" }, { -500000, 6, "-0.5" }, { 0, 6, "0" },
                { 1, 12, "0.000000000001" }, { -1, 2, "-0.01" }, { 120, 0, "120" }, { 100, 2, "1" },
                { INT64_MAX, 0, "9223372036854775807" }, { INT64_MIN, 6, "-9223372036854.775808" },
        };
        char text[DECIMAL_TEXT_MAX];

        (void)state;
        for (size_t i = 0; i < COUNT(cases); i++) {
                assert_int_equal(decimal_write(text, cases[i].value, cases[i].decimals), strlen(cases[i].text));
                assert_string_equal(text, cases[i].text);
        }
}

static void numbers_are_shown_as_people_read_them(void **state)
{
        static const struct {
                int64_t value;
                int decimals, shown;
                const char *vi, *en;
        } cases[] = {
                { 1234500000, 6, 1, "1.234,5", "1,234.5" },
                { 16450000, 6, 1, "16,5", "16.5" },
                { -16450000, 6, 1, "−16,5", "−16.5" },
                { -400000, 6, 0, "0", "0" },
                { 5, 0, 2, "5,00", "5.00" },
                { 999, 0, 0, "999", "999" },
                { 1000, 0, 0, "1.000", "1,000" },
                { 999999, 3, 0, "1.000", "1,000" },
                { INT64_MIN, 0, 12, "−9.223.372.036.854.775.808,000000000000",
                  "−9,223,372,036,854,775,808.000000000000" },
        };
        char text[DECIMAL_TEXT_MAX];

        (void)state;
        for (size_t i = 0; i < COUNT(cases); i++) {
                decimal_write_shown(text, cases[i].value, cases[i].decimals, cases[i].shown, LANGUAGE_VI);
                assert_string_equal(text, cases[i].vi);
                assert_true(strlen(text) < DECIMAL_TEXT_MAX);
                decimal_write_shown(text, cases[i].value, cases[i].decimals, cases[i].shown, LANGUAGE_EN);
                assert_string_equal(text, cases[i].en);
        }
}

static void quotients_are_rounded_half_away_from_zero(void **state)
{
        static const struct {
                int a, b, quotient;
        } cases[] = {
                { 5, 2, 3 }, { -5, 2, -3 }, { 5, -2, -3 }, { -5, -2, 3 }, { 4, 3, 1 }, { -4, 3, -1 }, { 0, 7, 0 },
                { 1, 2, 1 }, { -1, 2, -1 }, { 1, 3, 0 }, { 6, 4, 2 }, { 7, 7, 1 }, { 2, 5, 0 }, { 3, 5, 1 },
        };
        int128 huge = (int128)INT64_MAX * INT64_MAX;

        (void)state;
        for (size_t i = 0; i < COUNT(cases); i++)
                assert_int_equal((int64_t)decimal_divide(cases[i].a, cases[i].b), cases[i].quotient);
        assert_true(decimal_divide(huge, INT64_MAX) == INT64_MAX);
        assert_true(decimal_divide(huge - 1, huge) == 1);
}

static void decimals_that_are_zeros_at_the_end_are_not_used(void **state)
{
        static const struct {
                int64_t value;
                int decimals, used;
        } cases[] = { { 1500, 4, 2 }, { 1500, 1, 0 }, { -12300, 4, 2 }, { 7, 0, 0 }, { 10, 0, 0 }, { 0, 6, 0 }, { 123456, 6, 6 } };

        (void)state;
        for (size_t i = 0; i < COUNT(cases); i++)
                assert_int_equal(decimal_used(cases[i].value, cases[i].decimals), cases[i].used);
}

static void a_number_that_does_not_fit_is_not_cut(void **state)
{
        int64_t value = 7;

        (void)state;
        assert_true(decimal_narrow(INT64_MIN, &value));
        assert_int_equal(value, INT64_MIN);
        assert_false(decimal_narrow((int128)INT64_MAX + 1, &value));
        assert_false(decimal_narrow((int128)INT64_MIN - 1, &value));
        assert_int_equal(value, INT64_MIN);
        assert_true(decimal_rescale(15, 1, 0, &value));
        assert_int_equal(value, 2);
        assert_true(decimal_rescale(-15, 1, 0, &value));
        assert_int_equal(value, -2);
        assert_true(decimal_rescale(15, 1, 6, &value));
        assert_int_equal(value, 1500000);
        assert_false(decimal_rescale(INT64_MAX / 5, 0, 1, &value));
        assert_true(decimal_rescale(INT64_MAX, 12, 0, &value));
        assert_int_equal(value, 9223372);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_plain_form_is_read_exactly),
                cmocka_unit_test(what_people_type_is_understood_or_refused),
                cmocka_unit_test(what_is_shown_can_be_typed_again),
                cmocka_unit_test(a_fault_becomes_a_sentence_with_its_place),
                cmocka_unit_test(the_plain_form_is_written_without_trailing_zeros),
                cmocka_unit_test(numbers_are_shown_as_people_read_them),
                cmocka_unit_test(quotients_are_rounded_half_away_from_zero),
                cmocka_unit_test(decimals_that_are_zeros_at_the_end_are_not_used),
                cmocka_unit_test(a_number_that_does_not_fit_is_not_cut),
        };

        return cmocka_run_group_tests_name("decimal", tests, NULL, NULL);
}
