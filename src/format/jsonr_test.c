#include "format/jsonr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH 3000

/* A document with a long string, in which part stands in the middle. */
static char *document(const char *before, const char *part, const char *after)
{
        char filler[LENGTH + 1], *text;

        memset(filler, 'x', LENGTH);
        filler[LENGTH] = '\0';
        assert_true(asprintf(&text, "%s\"%s%s%s\"%s", before, filler, part, filler, after) > 0);
        return text;
}

static const struct {
        const char *before, *part, *after;
} cases[] = {
        { "{\"a\":1,\"figures\":", "", "}" },
        { "{\"a\":1,\"figures\":", "a,b\\n=,=\\\"\\\\\\/\\b\\f\\r\\t", "}" },
        { "{\"a\":\"", "", "\":{\"b\":\"c\"},\"d\":[\"e\"]}" },                 /* the quotes belong elsewhere */
        { "[\"a\",{\"b\":\"c\",\"d\":", "\\n", "},\"e\",[\"f\"]]" },
        { "{\"a\":[", "", " ,\"short\"],\"b\":\"\"}" },
        { "{\"b\":{\"b\":\"\",\"c\":\"\"},\"a\" :  ", "x", " , \"c\" : \"\" }" },
        { "{\"a\":", "Đề án", "}" },                                            /* left to jansson */
        { "{\"a\":", "\\u0110\\u1ec1", "}" },
        { "{", "", ":1}" },                                                     /* a long name */
        { "{\"a\":", "\\q", "}" },                                              /* and what is wrong */
        { "{\"a\":", "\n", "}" },
        { "{\"a\":", "\xff", "}" },
        { "{\"a\":", "\\u0000", "}" },
        { "{\"a\":", "\x7f", "}" },
        { "{\"a\":", "\\\\\\\"", "" },
        { "{\"a\":", "\\", "}" },
        { "{\"a\":", "", ",\"a\":2}" },
        { "{\"a\":", "", "}}" },
        { "{\"a\":", "", "} \"" },
        { "", "", "" },
        { "{\"a\":", "\",\"b\":\"", "}" },
};

static void what_is_read_is_what_jansson_reads(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char *text = document(cases[i].before, cases[i].part, cases[i].after);
                json_error_t mine, theirs;

                for (size_t length = strlen(text); length > 0; length -= length > 5 ? length / 5 : 1) {
                        json_t *read = json_read(text, length, &mine);
                        json_t *expected = json_loadb(text, length, JSON_REJECT_DUPLICATES, &theirs);

                        if ((read == NULL) != (expected == NULL) || (read != NULL && !json_equal(read, expected)))
                                fail_msg("case %zu, %zu bytes", i, length);
                        if (read == NULL) {
                                assert_string_equal(mine.text, theirs.text);
                                assert_int_equal(mine.position, theirs.position);
                        }
                        json_decref(read);
                        json_decref(expected);
                }
                free(text);
        }
}

static void many_long_strings_find_their_places(void **state)
{
        json_t *list = json_array(), *read;
        char filler[LENGTH + 1], *text;

        (void)state;
        for (int i = 0; i < 40; i++) {
                memset(filler, 'a' + i % 26, LENGTH);
                filler[i % 3 == 0 ? LENGTH - i : 5] = '\0';
                filler[LENGTH] = '\0';
                json_array_append_new(list, i % 2 == 0 ? json_string(filler) : json_pack("{s:s,s:s}", "x", "y", filler, filler));
        }
        text = json_dumps(list, JSON_COMPACT);
        read = json_read(text, strlen(text), NULL);
        assert_true(json_equal(read, list));
        json_decref(read);
        json_decref(list);
        free(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_read_is_what_jansson_reads),
                cmocka_unit_test(many_long_strings_find_their_places),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
