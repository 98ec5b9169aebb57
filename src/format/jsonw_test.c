#include "format/jsonw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <cmocka.h>

static void commas_and_names_fall_into_place(void **state)
{
        struct jsonw w;
        struct buf b;

        (void)state;
        buf_init(&b, 0);
        jsonw_init(&w, &b);
        jsonw_object(&w);
        jsonw_member_text(&w, "name", "Đề án");
        jsonw_member_text(&w, "none", NULL);
        jsonw_member_int(&w, "least", INT64_MIN);
        jsonw_member_bool(&w, "yes", true);
        jsonw_name(&w, "list");
        jsonw_array(&w);
        jsonw_decimal(&w, 116450000, 6);
        jsonw_decimal(&w, -5, 1);
        jsonw_array(&w);
        jsonw_end(&w);
        jsonw_object(&w);
        jsonw_end(&w);
        jsonw_raw(&w, "[1]", 3);
        jsonw_bool(&w, false);
        jsonw_null(&w);
        jsonw_end(&w);
        jsonw_name(&w, "last");
        jsonw_text_n(&w, "abc", 2);
        jsonw_end(&w);
        assert_string_equal(b.data, "{\"name\":\"Đề án\",\"none\":null,\"least\":-9223372036854775808,\"yes\":true,"
                                    "\"list\":[116.45,-0.5,[],{},[1],false,null],\"last\":\"ab\"}");
        buf_clear(&b);
}

static void every_character_comes_back_from_a_strict_reader(void **state)
{
        char text[200];
        struct buf b;
        json_t *read;
        json_error_t why;
        size_t n = 0;

        (void)state;
        for (int c = 1; c < 0x80; c++)
                text[n++] = (char)c;
        memcpy(text + n, "Ẳ\xF0\x9F\x98\x80", sizeof "Ẳ\xF0\x9F\x98\x80");
        buf_init(&b, 0);
        json_quote(&b, text, strlen(text));
        read = json_loads(b.data, JSON_DECODE_ANY, &why);
        assert_non_null(read);
        assert_string_equal(json_string_value(read), text);
        json_decref(read);
        buf_reset(&b);
        json_quote(&b, "", 0);
        assert_string_equal(b.data, "\"\"");
        buf_reset(&b);
        json_quote(&b, "a\0b", 3);
        assert_string_equal(b.data, "\"a\\u0000b\"");
        buf_clear(&b);
}

static void values_outside_an_object_need_no_commas(void **state)
{
        struct jsonw w;
        struct buf b;

        (void)state;
        buf_init(&b, 0);
        jsonw_init(&w, &b);
        for (int i = 0; i < JSONW_DEPTH; i++)
                jsonw_array(&w);
        jsonw_int(&w, 1);
        jsonw_int(&w, 2);
        for (int i = 0; i < JSONW_DEPTH; i++)
                jsonw_end(&w);
        assert_int_equal(b.length, 2 * JSONW_DEPTH + 3);
        assert_memory_equal(b.data + JSONW_DEPTH, "1,2]", 4);
        buf_clear(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(commas_and_names_fall_into_place),
                cmocka_unit_test(every_character_comes_back_from_a_strict_reader),
                cmocka_unit_test(values_outside_an_object_need_no_commas),
        };

        return cmocka_run_group_tests_name("jsonw", tests, NULL, NULL);
}
