/* Amounts in words: the rules of Vietnamese one by one, English beside them. */
#include "tests/support.h"

#include "format/spell.h"

static const struct { int64_t number; const char *vi, *en; } amounts[] = {
        { 0, "không", "zero" },
        { 1, "một", "one" },
        { 10, "mười", "ten" },
        { 11, "mười một", "eleven" },
        { 14, "mười bốn", "fourteen" },
        { 15, "mười lăm", "fifteen" },
        { 20, "hai mươi", "twenty" },
        { 21, "hai mươi mốt", "twenty-one" },
        { 24, "hai mươi tư", "twenty-four" },
        { 25, "hai mươi lăm", "twenty-five" },
        { 55, "năm mươi lăm", "fifty-five" },
        { 100, "một trăm", "one hundred" },
        { 101, "một trăm lẻ một", "one hundred one" },
        { 104, "một trăm lẻ bốn", "one hundred four" },
        { 105, "một trăm lẻ năm", "one hundred five" },
        { 110, "một trăm mười", "one hundred ten" },
        { 115, "một trăm mười lăm", "one hundred fifteen" },
        { 1000, "một nghìn", "one thousand" },
        { 1005, "một nghìn không trăm lẻ năm", "one thousand five" },
        { 1015, "một nghìn không trăm mười lăm", "one thousand fifteen" },
        { 21021, "hai mươi mốt nghìn không trăm hai mươi mốt", "twenty-one thousand twenty-one" },
        { 300000000, "ba trăm triệu", "three hundred million" },
        { 1000005, "một triệu không trăm lẻ năm", "one million five" },
        { 120035001, "một trăm hai mươi triệu không trăm ba mươi lăm nghìn không trăm lẻ một", "one hundred twenty million thirty-five thousand one" },
        { 1000000000, "một tỷ", "one billion" },
        { 2005000000, "hai tỷ không trăm lẻ năm triệu", "two billion five million" },
        { 75641000000, "bảy mươi lăm tỷ sáu trăm bốn mươi mốt triệu", "seventy-five billion six hundred forty-one million" },
        { 1436000000000, "một nghìn bốn trăm ba mươi sáu tỷ", "one trillion four hundred thirty-six billion" },
        { 1000000000000000, "một triệu tỷ", "one quadrillion" },
        { 2000000000000000001, "hai tỷ tỷ không trăm lẻ một", "two quintillion one" },
        { -5, "âm năm", "minus five" },
        { INT64_MIN, "âm chín tỷ hai trăm hai mươi ba triệu ba trăm bảy mươi hai nghìn không trăm ba mươi sáu tỷ tám trăm năm mươi tư triệu bảy trăm bảy mươi lăm nghìn tám trăm lẻ tám",
          "minus nine quintillion two hundred twenty-three quadrillion three hundred seventy-two trillion thirty-six billion eight hundred fifty-four million seven hundred seventy-five thousand eight hundred eight" },
};

static void a_number_is_spelled_as_people_write_it(void **state)
{
        struct arena *arena = arena_open((size_t)1 << 20);

        (void)state;
        assert_non_null(arena);
        for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++)
                for (int vi = 0; vi < 2; vi++) {
                        const char *wanted = vi ? amounts[i].vi : amounts[i].en, *got = spell_number(arena, amounts[i].number, vi ? LANGUAGE_VI : LANGUAGE_EN);

                        if (strcmp(got, wanted) != 0)
                                fail_msg("%lld: \"%s\" instead of \"%s\"", (long long)amounts[i].number, got, wanted);
                }
        arena_close(arena);
}

static void a_sentence_begins_with_a_capital_letter(void **state)
{
        static const struct { int64_t number; const char *vi, *en; } cases[] = { { -5, "Âm năm", "Minus five" }, { 0, "Không", "Zero" }, { 300, "Ba trăm", "Three hundred" }, { 8, "Tám", "Eight" } };
        struct arena *arena = arena_open((size_t)1 << 20);

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                assert_string_equal(spell_capital(arena, cases[i].number, LANGUAGE_VI), cases[i].vi);
                assert_string_equal(spell_capital(arena, cases[i].number, LANGUAGE_EN), cases[i].en);
        }
        arena_close(arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(a_number_is_spelled_as_people_write_it), cmocka_unit_test(a_sentence_begins_with_a_capital_letter) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
