#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(literal) literal, sizeof(literal) - 1

static int arena_up(void **state)
{
        *state = arena_open((size_t)1 << 20);
        return *state == NULL;
}

static int arena_down(void **state)
{
        arena_close(*state);
        return 0;
}

static void well_formed_text_is_told_from_broken_text(void **state)
{
        static const struct {
                const char *bytes;
                size_t length;
                long bad; /* first bad byte, -1: none */
        } cases[] = {
                { BYTES(""), -1 },
                { BYTES("plain words, long enough for whole blocks"), -1 },
                { BYTES("Cầu Nối đề án Ẳ \xF0\x9F\x98\x80"), -1 },
                { BYTES("nul\0inside"), 3 },
                { BYTES("12345678\0"), 8 },
                { BYTES("1234567\0""12345678"), 7 },
                { BYTES("a\x80"), 1 },
                { BYTES("ab\xC3"), 2 },
                { BYTES("\xC0\xAF"), 0 },
                { BYTES("\xC1\xBF"), 0 },
                { BYTES("\xE0\x80\xAF"), 0 },
                { BYTES("\xE0\xA0\x80"), -1 },
                { BYTES("x\xED\xA0\x80"), 1 },
                { BYTES("\xED\x9F\xBF"), -1 },
                { BYTES("\xEF\xBF\xBF"), -1 },
                { BYTES("\xE1\xBB"), 0 },
                { BYTES("\xF0\x80\x80\x80"), 0 },
                { BYTES("\xF4\x8F\xBF\xBF"), -1 },
                { BYTES("\xF4\x90\x80\x80"), 0 },
                { BYTES("\xF5\x80\x80\x80"), 0 },
                { BYTES("\xF0\x9F\x98"), 0 },
                { BYTES("\xFF"), 0 },
                { BYTES("12345678abcdefg\x81"), 15 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                size_t where = 999;
                bool is_valid = utf8_is_valid(cases[i].bytes, cases[i].length, &where);

                if (is_valid != (cases[i].bad < 0) || (!is_valid && where != (size_t)cases[i].bad))
                        fail_msg("case %zu (\"%s\"): valid %d, bad at %zu", i, cases[i].bytes, is_valid, where);
        }
        assert_false(utf8_is_valid("\xFF", 1, NULL));
}

static void characters_that_cannot_be_seen_are_found(void **state)
{
        static const struct { const char *text; uint32_t hidden; } cases[] = {
                { "Phụ lục số 1 (bản chính).pdf", UINT32_MAX }, { "", UINT32_MAX }, { "báo cáo\u202Efdp.exe", 0x202E }, { "a\u200Bb", 0x200B },
                { "\uFEFFa", 0xFEFF }, { "a\tb", 9 }, { "a\xC2\x85", 0x85 }, { "a\u2028b", 0x2028 }, { "\u2066a", 0x2066 }, { "a\xFF", 0 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                uint32_t hidden = UINT32_MAX;

                if (utf8_is_seen(cases[i].text, &hidden) != (cases[i].hidden == UINT32_MAX) || hidden != cases[i].hidden)
                        fail_msg("case %zu: U+%04X instead of U+%04X", i, hidden, cases[i].hidden);
        }
}

static void characters_that_cannot_be_seen_are_shown_as_such(void **state)
{
        static const struct { const char *text, *shown; } cases[] = {
                { "", "" }, { "Phụ lục số 1.pdf", "Phụ lục số 1.pdf" }, { "báo cáo\u202Efdp.exe", "báo cáo\uFFFDfdp.exe" }, { "\t\u2028\u200B", "\uFFFD\uFFFD\uFFFD" },
                { "a\xFF\xC3", "a\uFFFD\uFFFD" }, { "\xE2\x80", "\uFFFD\uFFFD" }, { "\x01", "\uFFFD" },
        };

        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                uint32_t hidden;

                assert_string_equal(utf8_shown(*state, cases[i].text), cases[i].shown);
                assert_true(utf8_is_seen(utf8_shown(*state, cases[i].text), &hidden));
        }
}

static void text_comes_out_composed(void **state)
{
        const char *composed = "Đề án Ẳ", *plain = "plain", *latin = "Âu é";

        assert_string_equal(utf8_nfc(*state, "\xC4\x90\x65\xCC\x82\xCC\x80 a\xCC\x81n A\xCC\x86\xCC\x89"), composed);
        /* marks in another order are the same text */
        assert_string_equal(utf8_nfc(*state, "e\xCC\xA3\xCC\x82"), "ệ");
        assert_string_equal(utf8_nfc(*state, "e\xCC\x82\xCC\xA3"), "ệ");
        assert_ptr_equal(utf8_nfc(*state, composed), composed);
        assert_ptr_equal(utf8_nfc(*state, plain), plain);
        assert_ptr_equal(utf8_nfc(*state, latin), latin);
        /* compatibility forms stay: they are other characters */
        assert_string_equal(utf8_nfc(*state, "m² ﬁ"), "m² ﬁ");
}

static void folding_forgets_case_marks_and_spaces(void **state)
{
        static const struct {
                const char *text, *folded;
        } cases[] = {
                { "Đề  Án", "de an" },
                { "  \t Đồng\xC2\xA0Nai \n", "dong nai" },
                { "\xC3\x90\xE1\xBB\x93ng Nai", "dong nai" }, /* eth */
                { "\xC3\xB0\xE1\xBB\x81 \xC3\xA1n", "de an" },
                { "\xC4\x91" "e\xCC\x82\xCC\x80 a\xCC\x81n", "de an" },
                { "HOÀ BÌNH", "hoa binh" },
                { "Ea H\xE2\x80\x99Leo", "ea h'leo" },
                { "Bà Rịa – Vũng Tàu", "ba ria - vung tau" },
                { "m² ﬁ", "m2 fi" },
                { "ƯƠ ư ơ", "uo u o" },
                { "so\xC2\xAD" "ft", "soft" },
                { "", "" },
                { " \xE2\x80\x83 ", "" },
                { "Straße", "strasse" },
        };

        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
                assert_string_equal(utf8_fold(*state, cases[i].text), cases[i].folded);
}

static void folding_survives_characters_that_grow(void **state)
{
        char text[301];
        char *folded;

        for (int i = 0; i < 300; i += 3)
                memcpy(text + i, "\xEF\xB7\xBA", 3); /* U+FDFA becomes 18 characters */
        text[300] = '\0';
        folded = utf8_fold(*state, text);
        assert_true(strlen(folded) > 1800);
        assert_true(utf8_is_valid(folded, strlen(folded), NULL));
}

static void texts_are_counted_and_cut_between_characters(void **state)
{
        (void)state;
        assert_int_equal(utf8_count("Đề án", strlen("Đề án")), 5);
        assert_int_equal(utf8_count("", 0), 0);
        assert_int_equal(utf8_cut("Đề án", 8, 100), 8);
        assert_int_equal(utf8_cut("Đề", 5, 5), 5);
        assert_int_equal(utf8_cut("Đề", 5, 4), 2);
        assert_int_equal(utf8_cut("Đề", 5, 2), 2);
        assert_int_equal(utf8_cut("Đề", 5, 1), 0);
        assert_int_equal(utf8_cut("abc", 3, 2), 2);
}

static void names_stand_in_vietnamese_order(void **state)
{
        static const char *const sorted[] = {
                "", "2", "10", "An Giang", "ăn", "ấn", "Ba", "Bà Rịa - Vũng Tàu", "Bắc Giang", "Bắc Ninh", "Cà Mau",
                "Dương", "Đà Nẵng", "Đắk Lắk", "Điện Biên", "Hà Giang", "Hà Nội", "Hạ Long", "Hải Phòng",
                "Lâm Đồng", "ma", "mà", "mả", "mã", "má", "mạ", "Phường 2", "Phường 10", "Phường 10 A", "o", "ô", "ơ",
        };
        enum { COUNT = sizeof sorted / sizeof sorted[0] };

        (void)state;
        for (int i = 0; i < COUNT; i++)
                for (int j = 0; j < COUNT; j++) {
                        /* "o ô ơ" stand last here only to be read together: compare them among themselves */
                        bool is_o = i >= COUNT - 3, is_also_o = j >= COUNT - 3;
                        int order = utf8_compare(sorted[i], sorted[j]);

                        if (is_o == is_also_o && order != (i > j) - (i < j))
                                fail_msg("\"%s\" against \"%s\": %d", sorted[i], sorted[j], order);
                        assert_int_equal(order, -utf8_compare(sorted[j], sorted[i]));
                }
        assert_int_equal(utf8_compare("HÒA BÌNH", "hoà bình"), 0);
        assert_int_equal(utf8_compare("Đồng  Nai ", "\xC3\x90o\xCC\x82\xCC\x80ng Nai"), 0);
        assert_int_equal(utf8_compare("Phường 007", "phường 7"), 0);
        assert_true(utf8_compare("o", "p") < 0);
        assert_true(utf8_compare("ơ", "p") < 0);
}

static void keys_are_the_same_where_the_order_says_so(void **state)
{
        static const char *const texts[] = {
                "", " ", "2", "02", "0", "00", "0 0", "20", "2 0", "a", "A", "\xC3\xA1", "a\xCC\x81", "\xE1\xBA\xA5", "a\xCC\x82\xCC\x81", "\xC4\x91", "\xC3\x90", "d", "o", "\xC6\xA1", "\xC3\xB4", "HO\xCC\x80 B\xC3\x8CNH",
                "h\xC3\xB2  b\xC3\xACnh ", "ho\xC3\xA0", "HO\xCC\x80\x41", "Ph\xC6\xB0\xE1\xBB\x9Dng 007", "ph\xC6\xB0\xE1\xBB\x9Dng 7", "ph\xC6\xB0\xE1\xBB\x9Dng 7a", "ph\xC6\xB0\xE1\xBB\x9Dng 07a", "A-1", "A 1", "\xFF", "\xFE", "\xFF\xCC", "\xCC\x81", "\xCC\x86", "\xEF\xB7\xBA",
                "\xCE\x90\xCE\x90\xCE\x90\xCE\x90\xCE\x90\xCE\x90\xCE\x90\xCE\x90", "\xEA\xB0\x81\xEA\xB0\x81\xEA\xB0\x81\xEA\xB0\x81", "\xF4\x8F\xBF\xBF\xF4\x8F\xBF\xBF",
        };

        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
                        if ((utf8_compare(texts[i], texts[k]) == 0) != (strcmp(utf8_key(*state, texts[i]), utf8_key(*state, texts[k])) == 0))
                                fail_msg("\"%s\", \"%s\": \"%s\", \"%s\"", texts[i], texts[k], utf8_key(*state, texts[i]), utf8_key(*state, texts[k]));
}

static void broken_text_does_not_break_the_order(void **state)
{
        (void)state;
        assert_int_equal(utf8_compare("\xFF\xCC", "\xFF\xCC"), 0);
        assert_true(utf8_compare("\xFF", "\xFE") != 0);
        assert_true(utf8_compare("\xCC\x81", "") > 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(well_formed_text_is_told_from_broken_text),
                cmocka_unit_test(characters_that_cannot_be_seen_are_found),
                cmocka_unit_test_setup_teardown(characters_that_cannot_be_seen_are_shown_as_such, arena_up, arena_down),
                cmocka_unit_test_setup_teardown(text_comes_out_composed, arena_up, arena_down),
                cmocka_unit_test_setup_teardown(folding_forgets_case_marks_and_spaces, arena_up, arena_down),
                cmocka_unit_test_setup_teardown(folding_survives_characters_that_grow, arena_up, arena_down),
                cmocka_unit_test(texts_are_counted_and_cut_between_characters),
                cmocka_unit_test(names_stand_in_vietnamese_order),
                cmocka_unit_test_setup_teardown(keys_are_the_same_where_the_order_says_so, arena_up, arena_down),
                cmocka_unit_test(broken_text_does_not_break_the_order),
        };

        return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
