/* How entries and seals are written, in one way each, and read: as a whole, their head alone, at sight. */
#include "tests/ledger_bench.h"

static void entries_have_one_way_to_be_written(void **state)
{
        static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        char line[1024];
        static const struct {
                const char *format;
                bool is_good;
        } cases[] = {
                { "{\"stream\":\"%s/25\",\"seq\":1,\"at\":\"2026-11-23T07:02:11.123Z/0\",\"author\":\"a\",\"role\":\"admin\","
                  "\"kind\":\"note\",\"subject\":\"\",\"prev\":\"%s\",\"body\":{}}", true },
                { "{ \"stream\":\"%s/25\",\"seq\":1,\"at\":\"2026-11-23T07:02:11.123Z/0\",\"author\":\"a\",\"role\":\"admin\","
                  "\"kind\":\"note\",\"subject\":\"\",\"prev\":\"%s\",\"body\":{}}", false },
                { "{\"stream\":\"%s/25\",\"seq\":0,\"at\":\"2026-11-23T07:02:11.123Z/0\",\"author\":\"a\",\"role\":\"admin\","
                  "\"kind\":\"note\",\"subject\":\"\",\"prev\":\"%s\",\"body\":{}}", false },
                { "{\"stream\":\"%s/25\",\"seq\":1,\"at\":\"2026-11-23T07:02:11.123Z/00\",\"author\":\"a\",\"role\":\"admin\","
                  "\"kind\":\"note\",\"subject\":\"\",\"prev\":\"%s\",\"body\":{}}", false },
                { "{\"stream\":\"%s/25\",\"seq\":1,\"at\":\"2026-11-23T07:02:11.123Z/0\",\"author\":\"a\",\"role\":\"admin\","
                  "\"kind\":\"note\",\"subject\":\"\",\"prev\":\"%s\",\"body\":[]}", false },
                { "{\"stream\":\"%s/../x\",\"seq\":1,\"at\":\"2026-11-23T07:02:11.123Z/0\",\"author\":\"a\",\"role\":\"admin\","
                  "\"kind\":\"note\",\"subject\":\"\",\"prev\":\"%s\",\"body\":{}}", false },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct error err = { .language = LANGUAGE_EN };

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
                snprintf(line, sizeof line, cases[i].format, zeros, zeros);
#pragma GCC diagnostic pop
                if ((entry_parse(a, line, strlen(line), &err) != NULL) != cases[i].is_good)
                        fail_msg("case %zu: %s", i, err.message);
        }
        arena_close(a);
}

static void seals_have_one_way_to_be_written(void **state)
{
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
        static const char good[] = "{\"seal\":\"" ZEROS "/25\",\"seq\":1,\"hash\":\"" ZEROS "\",\"at\":\"2026-11-23T07:02:11.123Z/0\","
                                   "\"signature\":\"" ZEROS ZEROS "\"}";
        static const char *const bad[] = {
                "{\"seal\":\"" ZEROS "/25\", \"seq\":1,\"hash\":\"" ZEROS "\",\"at\":\"2026-11-23T07:02:11.123Z/0\",\"signature\":\"" ZEROS ZEROS "\"}",
                "{\"seq\":1,\"seal\":\"" ZEROS "/25\",\"hash\":\"" ZEROS "\",\"at\":\"2026-11-23T07:02:11.123Z/0\",\"signature\":\"" ZEROS ZEROS "\"}",
                "{\"seal\":\"" ZEROS "\\/25\",\"seq\":1,\"hash\":\"" ZEROS "\",\"at\":\"2026-11-23T07:02:11.123Z/0\",\"signature\":\"" ZEROS ZEROS "\"}",
                "{\"seal\":\"" ZEROS "/25\",\"seq\":1,\"hash\":\"" ZEROS "\",\"at\":\"2026-11-23T07:02:11.123Z/00\",\"signature\":\"" ZEROS ZEROS "\"}",
                "{\"seal\":\"" ZEROS "/25\",\"seq\":1,\"hash\":\"" ZEROS "\",\"at\":\"2026-11-23T07:02:11.123Z/0\",\"signature\":\"" ZEROS ZEROS "\",\"x\":1}",
                "{\"seal\":\"" ZEROS "/25\",\"seq\":1,\"hash\":\"" ZEROS "\",\"at\":\"2026-11-23T07:02:11.123Z/0\",\"signature\":\"" ZEROS ZEROS "\"} ",
                "{\"seal\":1,\"seq\":1,\"hash\":\"" ZEROS "\",\"at\":\"2026-11-23T07:02:11.123Z/0\",\"signature\":\"" ZEROS ZEROS "\"}",
                "{\"seal\":\"25\",\"seq\":1,\"hash\":\"" ZEROS "\",\"at\":\"2026-11-23T07:02:11.123Z/0\",\"signature\":\"" ZEROS ZEROS "\"}",
        };
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        struct error err = { .language = LANGUAGE_EN };
        static char longer[5000];
        struct seal s;

        (void)state;
        memset(longer, ' ', sizeof longer);
        memcpy(longer, good, strlen(good));
        assert_false(seal_parse(a, longer, sizeof longer, &s, &err));
        error_clear(&err);
        assert_true(seal_parse(a, good, strlen(good), &s, &err));
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                error_clear(&err);
                if (seal_parse(a, bad[i], strlen(bad[i]), &s, &err) || err.code != ERR_INVALID)
                        fail_msg("case %zu was taken", i);
        }
        arena_close(a);
#undef ZEROS
}

/* Whether it is an entry is the same for who reads it as a whole, its head first, or at sight. */
static bool is_entry(const char *bytes, size_t length)
{
        struct error err = { .language = LANGUAGE_EN };
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        char *own = malloc(length + 1); /* of just that length: nothing behind it is read */
        bool is_whole, is_in_parts, is_at_sight;
        struct entry *e;

        assert_non_null(own);
        memcpy(own, bytes, length);
        is_whole = entry_parse(a, own, length, &err) != NULL;
        error_clear(&err);
        e = entry_head(a, own, length, &err);
        is_in_parts = e != NULL && entry_body(a, e, &err);
        error_clear(&err);
        e = entry_at_sight(a, own, length);
        is_at_sight = e == NULL ? is_whole : entry_body_is_right(a, e, &err); /* NULL: not so simple */
        if (is_in_parts != is_whole || is_at_sight != is_whole)
                fail_msg("%d as a whole, %d in parts, %d at sight: %.*s", is_whole, is_in_parts, is_at_sight, (int)length, own);
        free(own);
        arena_close(a);
        return is_whole;
}

static void an_entry_is_cut_or_altered_nowhere(void **state)
{
        static const char *const lines[] = {
                "{\"stream\":\"0000000000000000000000000000000000000000000000000000000000000000/25\",\"seq\":12,"
                "\"at\":\"2026-11-23T07:02:11.123Z/0\",\"author\":\"lan\",\"role\":\"\",\"kind\":\"note\",\"subject\":\"a/1\",\"prev\":"
                "\"0000000000000000000000000000000000000000000000000000000000000000\",\"body\":{\"a\":\"b\"}}",
                "{\"stream\":\"0000000000000000000000000000000000000000000000000000000000000000/25\",\"seq\":1,"
                "\"at\":\"2026-11-23T07:02:11.123Z/0\",\"author\":\"a\\\"b\\\\\",\"role\":\"\",\"kind\":\"note\",\"subject\":\"\\u0001\",\"prev\":"
                "\"0000000000000000000000000000000000000000000000000000000000000000\",\"body\":{\"a\":[1,\"\\n\"]}}",
        };
        static const char instead[] = "\"\\ :9a{}\x01\xc3";
        int refused = 0;

        (void)state;
        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
                size_t length = strlen(lines[i]);
                char text[512];

                assert_true(length < sizeof text && is_entry(lines[i], length));
                for (size_t cut = 0; cut < length; cut++)
                        assert_false(is_entry(lines[i], cut));
                for (size_t at = 0; at < length; at++)
                        for (size_t k = 0; k < sizeof instead - 1; k++) {
                                memcpy(text, lines[i], length);
                                text[at] = instead[k];
                                refused += !is_entry(text, length);
                        }
        }
        assert_true(refused > 3000);
}

static void an_entry_is_not_nested_without_end(void **state)
{
        static const char head[] = "{\"stream\":\"0000000000000000000000000000000000000000000000000000000000000000/25\",\"seq\":1,"
                                   "\"at\":\"2026-11-23T07:02:11.123Z/0\",\"author\":\"\",\"role\":\"\",\"kind\":\"note\","
                                   "\"subject\":\"\",\"prev\":"
                                   "\"0000000000000000000000000000000000000000000000000000000000000000\",\"body\":{\"a\":";
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        char line[2048];

        (void)state;
        for (int depth = 29; depth <= 31; depth++) { /* the entry and its body are two levels */
                struct error err = { .language = LANGUAGE_EN };
                size_t length = sizeof head - 1;

                memcpy(line, head, length);
                memset(line + length, '[', (size_t)depth);
                memset(line + length + depth, ']', (size_t)depth);
                length += 2 * (size_t)depth;
                memcpy(line + length, "}}", 2);
                assert_int_equal(entry_parse(a, line, length + 2, &err) != NULL, depth <= 30);
        }
        arena_close(a);
}

/* Eight megabytes of empty arrays would be half a gigabyte once they are read. */
static void an_entry_has_no_more_values_than_are_allowed(void **state)
{
        static const char head[] = "{\"stream\":\"0000000000000000000000000000000000000000000000000000000000000000/25\",\"seq\":1,"
                                   "\"at\":\"2026-11-23T07:02:11.123Z/0\",\"author\":\"\",\"role\":\"\",\"kind\":\"note\","
                                   "\"subject\":\"\",\"prev\":"
                                   "\"0000000000000000000000000000000000000000000000000000000000000000\",\"body\":{\"a,,,[[[\\\":::{\":[0";
        static const int signs_before = 18 + 3; /* of the nine members, and in the body one brace, one colon, one bracket */
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        char *line = malloc(sizeof head + 2 * (size_t)ENTRY_PARTS_MAX + 8);

        (void)state;
        for (int more = ENTRY_PARTS_MAX - signs_before; more <= ENTRY_PARTS_MAX - signs_before + 1; more++) {
                struct error err = { .language = LANGUAGE_EN };
                size_t length = sizeof head - 1;
                struct entry *e;

                memcpy(line, head, length);
                for (int i = 0; i < more; i++, length += 2)
                        memcpy(line + length, ",0", 2);
                memcpy(line + length, "]}}", 3);
                length += 3;
                assert_int_equal(entry_parse(a, line, length, &err) != NULL, more == ENTRY_PARTS_MAX - signs_before);
                error_clear(&err);
                e = entry_head(a, line, length, &err);
                assert_non_null(e);
                assert_int_equal(entry_body_is_right(a, e, &err), more == ENTRY_PARTS_MAX - signs_before);
        }
        free(line);
        arena_close(a);
}

static void a_head_is_read_without_the_body(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        struct bench from;
        struct entry *e;
        struct lines l;

        (void)state;
        bench_make(&from, "VN");
        assert_true(note(&from, "*", "a \"quoted\" \\ subject\n", "words"));
        lines_of(&from, &l);
        assert_non_null(strstr(l.line[0], "a \\\"quoted\\\" \\\\ subject\\n"));
        e = entry_head(from.arena, l.line[0], strlen(l.line[0]), &err);
        assert_non_null(e);
        assert_string_equal(e->subject, "a \"quoted\" \\ subject\n");
        assert_null(e->body);
        assert_true(entry_body(from.arena, e, &err));
        assert_string_equal(json_string_value(json_object_get(e->body, "words")), "words");
        arena_close(l.arena);
        bench_close(&from);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(entries_have_one_way_to_be_written),
                cmocka_unit_test(seals_have_one_way_to_be_written),
                cmocka_unit_test(an_entry_is_cut_or_altered_nowhere),
                cmocka_unit_test(an_entry_is_not_nested_without_end), cmocka_unit_test(an_entry_has_no_more_values_than_are_allowed),
                cmocka_unit_test(a_head_is_read_without_the_body),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
