#include "tests/support.h"

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "format/jsonr.h"

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
        { "{\"a\":", "Đề án\\nở \\\"ệ\\\"", "}" },
        { "{\"a\":", "\\u0110\\u1ec1", "}" },                                     /* left to jansson */
        { "{", "", ":1}" },                                                     /* a long name */
        { "{\"a\":", "\\q", "}" },                                              /* and what is wrong */
        { "{\"a\":", "\n", "}" },
        { "{\"a\":", "\xff", "}" },
        { "{\"a\":", "\xe1\xbb", "}" },                                        /* a sign cut short */
        { "{\"a\":", "\xc0\xaf", "}" },                                        /* a sign longer than it need be */
        { "{\"a\":", "\xed\xa0\x80", "}" },                                    /* half of a pair */
        { "{\"a\":", "\xf4\x90\x80\x80", "}" },                                /* beyond the last sign */
        { "{\"a\":", "\xef\xbf\xbf\xf4\x8f\xbf\xbf", "}" },
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
                        struct arena *a = arena_open((size_t)1 << 20);
                        json_t *read = json_read(a, text, length, &mine);
                        json_t *expected = json_loadb(text, length, JSON_REJECT_DUPLICATES, &theirs);

                        if ((read == NULL) != (expected == NULL) || (read != NULL && !json_equal(read, expected)))
                                fail_msg("case %zu, %zu bytes", i, length);
                        if (read == NULL) {
                                assert_string_equal(mine.text, theirs.text);
                                assert_int_equal(mine.position, theirs.position);
                        }
                        json_decref(expected);
                        arena_close(a);
                }
                free(text);
        }
}

static bool is_read_alike(struct arena *a, const char *text, size_t length)
{
        json_error_t mine = { .position = -1 }, theirs = { .position = -1 };
        json_t *expected = json_loadb(text, length, JSON_REJECT_DUPLICATES, &theirs), *read = json_read(a, text, length, &mine);
        char *said = json_dumps(read, JSON_COMPACT), *meant = json_dumps(expected, JSON_COMPACT); /* members in their order */
        bool is = (read == NULL) == (expected == NULL) && (read != NULL ? json_equal(read, expected) && strcmp(said, meant) == 0
                                                                        : mine.position == theirs.position && strcmp(mine.text, theirs.text) == 0);
        void (*give)(void *);

        json_get_alloc_funcs(NULL, &give);
        give(said);
        give(meant);
        json_decref(expected);
        arena_reset(a);
        return is;
}

static const char *const short_texts[] = {
        "{\"a\":1,\"b\":[true,false,null,-0,0,1.5,-2.5e3,\"\",\"\\n\\\"\\u0041\\ud83d\\ude00\"],\"c\":{\"a\":{}}}",
        " { \"a\" :\t[ 1 , 2 ]\r\n, \"b\" : { } , \"c\":[ ] } \n",
        "[[[]],{\"Đề\":\"án\",\"\\u0110\":1,\"Đ\":2,\"a\\n\":3,\"a\":4}]",
        "{\"a\":999999999999999999,\"b\":-9223372036854775808,\"c\":9223372036854775807}",
        "{\"a\":1,\"b\":2,\"a\":3}",
        "[12345678901234567890]",
        "\"a\"",
};

static void each_byte_of_a_short_text_is_judged_as_jansson_does(void **state)
{
        struct arena *a = arena_open((size_t)1 << 20);

        (void)state;
        for (size_t i = 0; i < sizeof short_texts / sizeof *short_texts; i++) {
                size_t length = strlen(short_texts[i]);
                char *other = strdup(short_texts[i]); /* exactly as long: the sanitizer sees who reads on */

                assert_non_null(other);
                for (size_t cut = 0; cut <= length; cut++)
                        if (!is_read_alike(a, short_texts[i], cut))
                                fail_msg("case %zu, %zu bytes", i, cut);
                for (size_t at = 0; at < length; at++)
                        for (int sign = 0; sign < 256; sign++) {
                                memcpy(other, short_texts[i], length);
                                other[at] = (char)sign;
                                if (!is_read_alike(a, other, length))
                                        fail_msg("case %zu, byte %zu as %d", i, at, sign);
                        }
                free(other);
        }
        arena_close(a);
}

static void what_is_deep_is_read_as_well(void **state)
{
        struct arena *a = arena_open((size_t)1 << 20);
        char text[8192];

        (void)state;
        for (size_t levels = 1; levels < 2100; levels = levels < 70 ? levels + 1 : levels * 2) {
                memset(text, '[', levels);
                memset(text + levels, ']', levels);
                if (!is_read_alike(a, text, 2 * levels))
                        fail_msg("%zu levels", levels);
        }
        arena_close(a);
}

/* levels: how deep it is; 0: it must not be called plain. */
static const struct { const char *text; int levels; } plain[] = {
        { "{}", 1 },
        { "{\"a\":\"\",\"b\":[],\"c\":{}}", 2 },
        { "{\"a\":\"Đề án\\n\\\"\\\\\\/\\b\\f\\r\\t\",\"b\":-999999999999999999,\"c\":[true,false,null,0,[7]]}", 3 },
        { "{\"a\":{\"a\":1},\"b\":{\"a\":2}}", 2 },
        { "{\"a\":1,\"a\":2}", 0 },
        { "{\"a\":1,\"\\u0061\":2}", 0 },
        { "{\"a\":[{\"b\":1,\"b\":1}]}", 0 },
        { "{\"a\":\"12345678\\n1234567ữ\\\\12345678abc\\\"\"}", 1 },
        { "{\"a\":9223372036854775808}", 0 },
        { "{\"a\":01}", 0 },
        { "{\"a\":-}", 0 },
        { "{\"a\":-01}", 0 },
        { "{\"a\":1.5}", 0 },
        { "{\"a\":1e400}", 0 },
        { "{\"a\":\"\\u0000\"}", 0 },
        { "{\"a\":\"\\ud800\"}", 0 },
        { "{\"a\":\"\\q\"}", 0 },
        { "{\"a\":\"\\", 0 },
        { "{\"a\":\"\n\"}", 0 },
        { "{\"a\":\"\xed\xa0\x80\"}", 0 },
        { "{\"a\":\"\xc0\x80\"}", 0 },
        { "{\"a\xff\":1}", 0 },
        { "{\"a\":tru}", 0 },
        { "{\"a\":truey}", 0 },
        { "{\"a\":}", 0 },
        { "{\"a\"}", 0 },
        { "{\"a\":1,}", 0 },
        { "{\"a\":[1,]}", 0 },
        { "{\"a\":[1}", 0 },
        { "{,}", 0 },
        { "{\"a\":1}x", 0 },
        { "{\"a\":1", 0 },
        { "[1]", 0 },
        { "", 0 },
        { "{a:1}", 0 },
};

static bool is_readable(const char *text, size_t length)
{
        json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
        bool is = json != NULL;

        json_decref(json);
        return is;
}

static void what_is_plain_can_be_read(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
                const char *text = plain[i].text;
                size_t length = strlen(text);
                int levels = plain[i].levels;
                char *other = strdup(text); /* exactly as long: the sanitizer sees who reads on */

                assert_non_null(other);
                if (levels == 0 ? json_is_plain(text, length, 32, SIZE_MAX)
                                : !json_is_plain(text, length, levels, SIZE_MAX) || json_is_plain(text, length, levels - 1, SIZE_MAX) || !is_readable(text, length))
                        fail_msg("case %zu", i);
                for (size_t cut = 0; cut < length; cut++)
                        assert_true(!json_is_plain(text, cut, 32, SIZE_MAX) || is_readable(text, cut));
                for (size_t at = 0; at < length; at++) /* each byte becomes each other */
                        for (int sign = 0; sign < 256; sign++) {
                                memcpy(other, text, length);
                                other[at] = (char)sign;
                                if (json_is_plain(other, length, 32, SIZE_MAX) && !is_readable(other, length))
                                        fail_msg("case %zu, byte %zu as %d", i, at, sign);
                        }
                free(other);
        }
}

static size_t resident(const char *bytes, size_t length)
{
        unsigned char pages[64];
        uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = ((uintptr_t)bytes + page - 1) & ~(page - 1);
        size_t count = ((uintptr_t)bytes + length - first) / page, held = 0;

        assert_in_range(count, 1, sizeof pages);
        assert_int_equal(mincore((void *)first, count * page, pages), 0);
        for (size_t i = 0; i < count; i++)
                held += pages[i] & 1;
        return held;
}

/* What is read up is read as always, and its bytes need no memory any more. */
static void what_is_read_up_is_the_same_and_gives_its_bytes_back(void **state)
{
        size_t read = 0;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct arena *a = arena_open((size_t)16 << 20);
                char *text = document(cases[i].before, cases[i].part, cases[i].after), *room, *copy;
                json_t *expected = json_read(a, text, strlen(text), NULL);

                room = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                assert_true(room != MAP_FAILED);
                copy = memcpy(room + 4000, text, strlen(text)); /* begins within a page */
                if (expected != NULL) {
                        assert_true(resident(copy, strlen(text)) > 0);
                        assert_true(json_equal(json_read_up(a, copy, strlen(text)), expected));
                        assert_int_equal(resident(copy, strlen(text)), 0);
                        read++;
                }
                munmap(room, 1 << 16);
                free(text);
                arena_close(a);
        }
        assert_true(read > 6);
}

/* Also a long one, of which what was read goes while the rest is read; what only the library reads stays until it did. */
static void a_long_text_that_is_read_up_is_the_same(void **state)
{
        enum { LONG = 3 << 20 };
        static const char *const ends[] = { "", "\\n", "\\\\\\\"", "\\u00e9", "\\u0000" };
        static const size_t every[] = { 0, 5, 40, 300000 }; /* signs until one is escaped */

        (void)state;
        for (size_t i = 0; i < 4 * sizeof ends / sizeof *ends; i++) {
                struct arena *a = arena_open((size_t)64 << 20);
                char *text = malloc(LONG + 64), *copy = malloc(LONG + 64), *at = stpcpy(text, "{\"a\":\"");
                json_t *expected, *got;

                for (size_t n = 1; at - text < LONG; n++) {
                        if (every[i % 4] > 0 && n % every[i % 4] == 0)
                                at = stpcpy(at, "\\n");
                        else
                                *at++ = (char)('a' + n % 26);
                }
                at = stpcpy(stpcpy(at, ends[i / 4]), "\",\"b\":[1]}");
                memcpy(copy, text, (size_t)(at - text));
                expected = json_loadb(text, (size_t)(at - text), 0, NULL);
                got = json_read_up(a, copy, (size_t)(at - text));
                assert_true(expected == NULL ? got == NULL : json_equal(got, expected));
                assert_int_equal(expected == NULL, i / 4 == 4);
                json_decref(expected);
                free(text);
                arena_close(a);
                free(copy);
        }
}

static void what_has_more_parts_than_it_may_is_left_to_the_reader(void **state)
{
        static const char text[] = "{\"a,,[[::{{\":[1,2,{\"b\":\",:\"}]}"; /* { : [ , , { : */

        (void)state;
        assert_true(json_is_plain(text, strlen(text), 3, 7));
        assert_false(json_is_plain(text, strlen(text), 3, 6));
}

static void an_object_of_many_names_is_left_to_the_reader(void **state)
{
        char text[1024] = "{";

        (void)state;
        for (int i = 0; i < 32; i++)
                sprintf(text + strlen(text), "%s\"%c\":1", i == 0 ? "" : ",", '0' + i);
        strcat(text, "}");
        assert_true(json_is_plain(text, strlen(text), 1, SIZE_MAX));
        strcpy(text + strlen(text) - 1, ",\"x\":1}");
        assert_false(json_is_plain(text, strlen(text), 1, SIZE_MAX));
}

static void many_long_strings_find_their_places(void **state)
{
        struct arena *a = arena_open((size_t)1 << 20);
        json_t *list = json_array(), *read;
        void (*give)(void *);
        char filler[LENGTH + 1], *text;

        (void)state;
        for (int i = 0; i < 40; i++) {
                memset(filler, 'a' + i % 26, LENGTH);
                filler[i % 3 == 0 ? LENGTH - i : 5] = '\0';
                filler[LENGTH] = '\0';
                json_array_append_new(list, i % 2 == 0 ? json_string(filler) : json_pack("{s:s,s:s}", "x", "y", filler, filler));
        }
        text = json_dumps(list, JSON_COMPACT);
        read = json_read(a, text, strlen(text), NULL);
        assert_true(json_equal(read, list));
        json_decref(list);
        json_get_alloc_funcs(NULL, &give);
        give(text);
        arena_close(a);
}

static void a_value_is_written_whole_or_not_at_all(void **state)
{
        static const char text[] = "{\"b\":[1,2.5,\"ố\"],\"a\":null}", sorted[] = "{\"a\":null,\"b\":[1,2.5,\"ố\"]}";
        struct arena *a = arena_open((size_t)1 << 20);
        json_t *value = json_read(a, text, sizeof text - 1, NULL);
        struct buf b;

        (void)state;
        buf_init_with(&b, 2 * sizeof text, a);
        buf_text(&b, "=");
        assert_true(json_put(a, value, JSON_COMPACT, &b));
        assert_string_equal(b.data, arena_print(a, "=%s", text));
        assert_true(json_put(a, value, JSON_COMPACT | JSON_SORT_KEYS, &b));
        assert_string_equal(b.data, arena_print(a, "=%s%s", text, sorted));
        assert_false(json_put(a, value, JSON_COMPACT, &b));
        assert_string_equal(b.data, arena_print(a, "=%s%s", text, sorted));
        arena_close(a);
}

static long refuse_in; /* the n-th allocation from now; 0: none */

/* In front of the C library's, for this program alone; called before the sanitizer has begun, so without its checks. */
void *malloc(size_t bytes);
__attribute__((no_sanitize("address", "undefined"))) void *malloc(size_t bytes)
{
        static void *(*next)(size_t);

        if (next == NULL)
                *(void **)&next = dlsym(RTLD_NEXT, "malloc");
        if (refuse_in > 0 && --refuse_in == 0)
                return NULL;
        return next(bytes);
}

static const char small[] = "{\"stream\":\"0123456789abcdef0123456789abcdef\",\"seq\":12,\"body\":{\"figures\":"
                           "\"iip,VN,2026-07,,,5\\niip,VN,2026-08,,,7\\niip,VN,2026-09,,,9\\n\",\"list\":[1,2.5,true,null]}}";

/* Where the machine refuses memory in the middle: an end by the guard, never a text that lacks something. */
static void read_starved(const char *text)
{
        struct arena *a = arena_open((size_t)1 << 20);
        json_t *whole = json_read(a, text, strlen(text), NULL);
        volatile bool is_done = false;
        volatile long refused = 0;

        assert_non_null(whole);
        for (volatile long n = 1; !is_done; n++) {
                struct arena *other = arena_open((size_t)1 << 20);
                jmp_buf guard;

                arena_alloc(other, 1); /* its first block */
                arena_guard(other, &guard);
                switch (setjmp(guard)) {
                case 0: {
                        json_t *json;

                        refuse_in = n;
                        json = json_read(other, text, strlen(text), NULL);
                        is_done = refuse_in > 0;
                        refuse_in = 0;
                        assert_true(is_done); /* each refusal ends the reading */
                        assert_true(json_equal(json, whole));
                        break;
                }
                default:
                        refused++;
                }
                arena_close(other);
        }
        assert_true(refused > 10);
        arena_close(a);
}

static void why_a_text_is_no_json_is_said_in_our_words(void **state)
{
        static const struct { const char *text, *why; } wrong[] = {
                { "{\"a\":1", "it ends before it is complete" }, { "{} {}", "something stands behind its end" }, { "{\"a\":1,\"a\":2}", "a name stands twice in one object" },
                { "[\"\xff\"]", "it is not UTF-8" }, { "[12345678901234567890]", "a number is too large" }, { "{\"a\\u0000\":1}", "it has a character of the code 0" },
                { "[\"\\u0000\"]", "it has a character of the code 0" }, { "{\"a\" 1}", "a sign there is wrong: look at quotes, commas, colons and brackets" },
        };
        struct arena *a = arena_open((size_t)1 << 20);
        char deep[5000];
        json_error_t where;

        (void)state;
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
                assert_null(json_read(a, wrong[i].text, strlen(wrong[i].text), &where));
                assert_string_equal(json_reason(&where), wrong[i].why);
                assert_string_not_equal(text(LANGUAGE_VI, json_reason(&where)), wrong[i].why);
        }
        memset(deep, '[', sizeof deep);
        assert_null(json_read(a, deep, sizeof deep, &where));
        assert_string_equal(json_reason(&where), "it is nested too deeply");
        arena_close(a);
}

static void a_text_is_whole_or_the_work_ends(void **state)
{
        char *large = document(cases[1].before, cases[1].part, cases[1].after);

        (void)state;
        read_starved(small);
        read_starved(large);
        free(large);
}

/* Refused for the value, for a part of it, or after it was made: nothing of it is left (the sanitizer looks). */
static void a_value_that_is_made_goes_with_its_arena(void **state)
{
        volatile bool is_done = false;
        volatile long left = 0;

        (void)state;
        for (volatile long n = 1; !is_done; n++) {
                struct arena *a = arena_open((size_t)1 << 20);
                jmp_buf guard;

                arena_alloc(a, 1); /* its first block */
                arena_guard(a, &guard);
                if (setjmp(guard) == 0) {
                        json_t *json;

                        refuse_in = n;
                        json = json_held(a, json_pack("{s:s}", "name", "value"));
                        arena_alloc(a, (size_t)1 << 16); /* a block more */
                        is_done = refuse_in > 0;
                        refuse_in = 0;
                        assert_true(is_done);
                        assert_string_equal(json_string_value(json_object_get(json, "name")), "value");
                } else {
                        left++;
                }
                arena_close(a);
        }
        assert_true(left > 3);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_read_is_what_jansson_reads),
                cmocka_unit_test(each_byte_of_a_short_text_is_judged_as_jansson_does),
                cmocka_unit_test(what_is_deep_is_read_as_well),
                cmocka_unit_test(what_is_plain_can_be_read),
                cmocka_unit_test(what_is_read_up_is_the_same_and_gives_its_bytes_back),
                cmocka_unit_test(a_long_text_that_is_read_up_is_the_same),
                cmocka_unit_test(what_has_more_parts_than_it_may_is_left_to_the_reader),
                cmocka_unit_test(an_object_of_many_names_is_left_to_the_reader),
                cmocka_unit_test(many_long_strings_find_their_places),
                cmocka_unit_test(a_value_is_written_whole_or_not_at_all),
                cmocka_unit_test(why_a_text_is_no_json_is_said_in_our_words),
                cmocka_unit_test(a_text_is_whole_or_the_work_ends),
                cmocka_unit_test(a_value_that_is_made_goes_with_its_arena),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
