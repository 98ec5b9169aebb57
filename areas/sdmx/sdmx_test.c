#include "tests/support.h"

#include "areas/sdmx/sdmx.h"

static struct arena *arena;

static int setup(void **state)
{
        (void)state;
        arena = arena_open((size_t)8 << 20);
        return arena == NULL;
}

static int teardown(void **state)
{
        (void)state;
        arena_close(arena);
        return 0;
}

static void codes_become_identifiers_and_come_back(void **state)
{
        static const struct { const char *code, *id; } cases[] = {
                { "TOTAL", "TOTAL" }, { "25@2025-07-01", "25@2025-07-01" }, { "a.b", "a$2Eb" }, { "$", "$24" },
                { "tỷ", "t$E1$BB$B7" }, { "a b+c", "a$20b$2Bc" }, { "", "" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                assert_string_equal(sdmx_id(arena, cases[i].code), cases[i].id);
                assert_string_equal(sdmx_id_read(arena, cases[i].id, strlen(cases[i].id)), cases[i].code);
        }
}

static void what_is_no_identifier_is_refused(void **state)
{
        static const char *const cases[] = { "$", "$2", "$2e", "$GG", "$00", "a b", "ấ", "a/b", "<", "a$4" };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                if (sdmx_id_read(arena, cases[i], strlen(cases[i])) != NULL)
                        fail_msg("\"%s\" was taken", cases[i]);
}

static void the_format_is_the_best_that_the_header_accepts(void **state)
{
        static const struct { bool for_data; const char *accept, *format; enum sdmx_format found; } cases[] = {
                { true, NULL, NULL, SDMX_JSON_DRAFT },
                { true, "", "", SDMX_JSON_DRAFT },
                { true, "application/vnd.sdmx.data+csv", NULL, SDMX_CSV },
                { true, "application/vnd.sdmx.data+csv;version=2.0", NULL, SDMX_CSV },
                { true, "application/vnd.sdmx.data+csv; version=\"2.0.0\"; labels=id", NULL, SDMX_CSV },
                { true, "text/csv; labels=ID; timeFormat=original", NULL, SDMX_CSV },
                { true, "application/vnd.sdmx.data+csv; labels=all", NULL, SDMX_UNACCEPTABLE }, /* not given as if it were labels=both */
                { true, "text/csv; labels=names, application/vnd.sdmx.data+json;q=0.1", NULL, SDMX_JSON_2 },
                { true, "text/csv; keys=all", NULL, SDMX_UNACCEPTABLE },
                { true, "text/csv; labelsize=7; quality=9", NULL, SDMX_CSV }, /* no parameters of it */
                { true, "application/vnd.sdmx.data+csv; timeFormat=normalized", NULL, SDMX_UNACCEPTABLE },
                { true, "application/vnd.sdmx.data+csv;version=1.0.0", NULL, SDMX_UNACCEPTABLE },
                { true, "APPLICATION/VND.SDMX.DATA+JSON;VERSION=1.0.0", NULL, SDMX_JSON_1 },
                { true, "application/vnd.sdmx.data+json;version=1.0.0-wd", NULL, SDMX_JSON_DRAFT },
                { true, "application/vnd.sdmx.data+json", NULL, SDMX_JSON_2 },
                { true, "application/vnd.sdmx.data+json;version=3.0.0", NULL, SDMX_UNACCEPTABLE },
                { true, "application/vnd.sdmx.data+json;q=0.4, text/csv;q=0.5", NULL, SDMX_CSV },
                { true, "text/csv;q=0", NULL, SDMX_UNACCEPTABLE },
                { true, "text/csv;q=0.001,image/png", NULL, SDMX_CSV },
                { true, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", NULL, SDMX_JSON_DRAFT },
                { true, "application/vnd.sdmx.structurespecificdata+xml;version=2.1", NULL, SDMX_ML_DATA },
                { true, "image/png", "csv", SDMX_CSV },
                { true, NULL, "json", SDMX_JSON_2 },
                { true, NULL, "xml", SDMX_ML_DATA },
                { true, NULL, "pdf", SDMX_UNACCEPTABLE },
                { true, ";;;,,,;q=,=;version", NULL, SDMX_UNACCEPTABLE },
                { false, NULL, NULL, SDMX_ML },
                { false, "application/vnd.sdmx.structure+json; version=2.0.0", NULL, SDMX_JSON_STRUCTURE },
                { false, "application/json", NULL, SDMX_JSON_STRUCTURE },
                { false, "text/html,application/xml;q=0.9,*/*;q=0.8", NULL, SDMX_ML },
                { false, "application/vnd.sdmx.data+csv", NULL, SDMX_UNACCEPTABLE },
                { false, NULL, "csv", SDMX_UNACCEPTABLE },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct sdmx_csv csv;
                enum sdmx_format found = sdmx_negotiate(cases[i].for_data, cases[i].accept, cases[i].format, &csv);

                if (found != cases[i].found)
                        fail_msg("row %zu, \"%s\": %d", i, cases[i].accept == NULL ? "" : cases[i].accept, (int)found);
        }
}

static void parameters_of_csv_ask_for_names_and_keys(void **state)
{
        static const struct { const char *accept; struct sdmx_csv found; } cases[] = {
                { "text/csv", { SDMX_LABELS_ID, false, false } },
                { "application/vnd.sdmx.data+csv; labels=both", { SDMX_LABELS_BOTH, false, false } },
                { "application/vnd.sdmx.data+csv;version=2.0.0;LABELS=\"Name\"; keys=series", { SDMX_LABELS_NAME, true, false } },
                { "text/csv; keys=obs; labels=id", { SDMX_LABELS_ID, false, true } },
                { "text/csv; key=both; q=0.2", { SDMX_LABELS_ID, true, true } },
                { "text/csv; keys=none", { SDMX_LABELS_ID, false, false } },
                { "text/csv; labels=both; q=0.2, text/csv; keys=obs", { SDMX_LABELS_ID, false, true } }, /* each range has its own */
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct sdmx_csv csv;

                assert_int_equal(sdmx_negotiate(true, cases[i].accept, NULL, &csv), SDMX_CSV);
                if (csv.labels != cases[i].found.labels || csv.has_series_key != cases[i].found.has_series_key || csv.has_observation_key != cases[i].found.has_observation_key)
                        fail_msg("\"%s\": %d %d %d", cases[i].accept, (int)csv.labels, csv.has_series_key, csv.has_observation_key);
        }
}

/* Values as "a,b", dimensions apart by "|"; "*" for all. */
static const char *shown(const struct sdmx_key *k)
{
        const char *out = "";

        for (int i = 0; i < SDMX_TIME_PERIOD; i++) {
                if (k->counts[i] == 0)
                        out = arena_print(arena, "%s*", out);
                for (size_t n = 0; n < k->counts[i]; n++)
                        out = arena_print(arena, "%s%s%s", out, n == 0 ? "" : ",", *k->values[i][n] == '\0' ? "(whole)" : k->values[i][n]);
                out = arena_print(arena, "%s%s", out, i + 1 < SDMX_TIME_PERIOD ? "|" : "");
        }
        return out;
}

static void keys_are_read_dimension_by_dimension(void **state)
{
        static const struct sdmx_flow plain = { .items = "", .partners = "" }, items = { .items = "vsic", .partners = "" },
                                      partners = { .items = "", .partners = "market" };
        static const struct { const struct sdmx_flow *flow; const char *key, *found; } cases[] = {
                { &plain, "", "*|*|*|*|*" }, { &plain, "all", "*|*|*|*|*" }, { &plain, "*", "*|*|*|*|*" },
                { &plain, "..", "*|*|*|*|*" }, { &plain, "M.VN+42@2004-01-01.grdp", "M|VN,42@2004-01-01|grdp|*|*" },
                { &items, "M+Q.*.iip_yoy.TOTAL,C", "M,Q|*|iip_yoy|TOTAL,C|*" }, { &items, "...a$2Eb", "*|*|*|a.b|*" },
                { &items, "..._T", "*|*|*|(whole)|*" }, { &partners, "A.VN.export_value.US", "A|VN|export_value|*|US" },
                { &plain, "M.VN", NULL }, { &plain, "...", NULL }, { &items, "M.VN.iip_yoy", NULL }, { &plain, "M..a+", NULL },
                { &plain, "M.+VN.a", NULL }, { &plain, "M..a++b", NULL }, { &plain, "M..a$", NULL }, { &plain, "M..a b", NULL },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct error err = { .language = LANGUAGE_EN };
                struct sdmx_key k;
                bool ok = sdmx_key_read(arena, cases[i].flow, cases[i].key, &k, &err);

                if (ok != (cases[i].found != NULL) || (!ok && err.code != ERR_USAGE) || (ok && strcmp(shown(&k), cases[i].found) != 0))
                        fail_msg("key \"%s\": %s", cases[i].key, ok ? shown(&k) : err.message);
        }
}

static void a_key_of_too_many_values_is_refused(void **state)
{
        static const struct sdmx_flow plain = { .items = "", .partners = "" };
        struct error err = { .language = LANGUAGE_EN };
        struct buf key;
        struct sdmx_key k;

        (void)state;
        buf_init(&key, 0);
        buf_text(&key, "M.");
        for (int i = 0; i < SDMX_VALUES_MAX; i++)
                buf_print(&key, "%s%d", i == 0 ? "" : "+", i);
        assert_true(sdmx_key_read(arena, &plain, arena_print(arena, "%s.x", key.data), &k, &err));
        assert_int_equal(k.counts[SDMX_REF_AREA], SDMX_VALUES_MAX);
        assert_false(sdmx_key_read(arena, &plain, arena_print(arena, "%s+1.x", key.data), &k, &err));
        buf_clear(&key);
}

static void paths_are_split_with_a_limit(void **state)
{
        const char *parts[3];

        (void)state;
        assert_int_equal(sdmx_path_split(arena, "a//c", parts, 3), 3);
        assert_string_equal(parts[0], "a");
        assert_string_equal(parts[1], "");
        assert_string_equal(parts[2], "c");
        assert_int_equal(sdmx_path_split(arena, "", parts, 3), 1);
        assert_int_equal(sdmx_path_split(arena, "a/b/c/d", parts, 3), 4);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(codes_become_identifiers_and_come_back),
                cmocka_unit_test(what_is_no_identifier_is_refused),
                cmocka_unit_test(the_format_is_the_best_that_the_header_accepts),
                cmocka_unit_test(parameters_of_csv_ask_for_names_and_keys),
                cmocka_unit_test(keys_are_read_dimension_by_dimension),
                cmocka_unit_test(a_key_of_too_many_values_is_refused),
                cmocka_unit_test(paths_are_split_with_a_limit),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
