#include "tests/support.h"

#include "web/route.h"

static bool run(struct work *w, const struct request *r, struct reply *reply)
{
        (void)w;
        (void)r;
        (void)reply;
        return true;
}

static const struct route table[] = {
        { GET, "/", run, MAY_READ_PUBLIC, 0, "" },
        { GET, "/forms", run, MAY_READ_PUBLIC, 0, "" },
        { GET, "/forms/{form}/{unit}/{period}", run, MAY_READ_PUBLIC, 0, "" },
        { PUT, "/forms/{form}/{unit}/{period}", run, MAY_READ_PUBLIC, 0, "" },
        { POST, "/forms/{form}/{unit}/{period}/submit", run, MAY_READ_PUBLIC, 0, "" },
        { GET, "/units/{code}", run, MAY_READ_PUBLIC, 0, "" },
        { GET, "/units/changes", run, MAY_READ_PUBLIC, 0, "" },
        { GET, "/assets/{name...}", run, MAY_READ_PUBLIC, 0, "" },
        { GET, "/openapi", run, MAY_READ_PUBLIC, 0, "" },
        { GET, "/robots.csv", run, MAY_READ_PUBLIC, 0, "" },
        { POST, "/cases/{workflow}", run, MAY_READ_PUBLIC, 0, "" },
        { GET, "/cases/{id}", run, MAY_READ_PUBLIC, 0, "" },
        { GET, "/cases/new/{rest...}", run, MAY_READ_PUBLIC, 0, "" },
        { GET, "/papers/{id}", run, MAY_READ_PUBLIC, ROUTE_PDF, "" },
        { 0 },
};
static const struct route *const tables[] = { table, NULL };

static const struct {
        enum method method;
        const char *path;
        const char *pattern; /* NULL: not found */
        enum suffix suffix;
        const char *name, *value; /* one part */
} cases[] = {
        { GET, "/", "/", SUFFIX_HTML, NULL, NULL },
        { GET, "/forms", "/forms", SUFFIX_HTML, NULL, NULL },
        { GET, "/forms.json", "/forms", SUFFIX_JSON, NULL, NULL },
        { GET, "/forms.html", NULL, SUFFIX_HTML, NULL, NULL },
        { GET, "/form", NULL, SUFFIX_HTML, NULL, NULL },
        { GET, "/forms/m/42/2021-12", "/forms/{form}/{unit}/{period}", SUFFIX_HTML, "period", "2021-12" },
        { GET, "/forms/m/42/2021-12.xlsx", "/forms/{form}/{unit}/{period}", SUFFIX_XLSX, "period",
          "2021-12" },
        { PUT, "/forms/m/42/2021-12.json", "/forms/{form}/{unit}/{period}", SUFFIX_JSON, "form", "m" },
        { POST, "/forms/m/42/2021-12/submit", "/forms/{form}/{unit}/{period}/submit", SUFFIX_HTML, "unit",
          "42" },
        { GET, "/forms/m/42/2021-12/submit", NULL, SUFFIX_HTML, NULL, NULL },
        { GET, "/forms/m/42", NULL, SUFFIX_HTML, NULL, NULL },
        { GET, "/forms//42/2021-12", NULL, SUFFIX_HTML, NULL, NULL },
        { GET, "/units/changes", "/units/changes", SUFFIX_HTML, NULL, NULL },
        { GET, "/units/changes.csv", "/units/changes", SUFFIX_CSV, NULL, NULL },
        { GET, "/units/42", "/units/{code}", SUFFIX_HTML, "code", "42" },
        { GET, "/units/42.pdf", NULL, SUFFIX_PDF, NULL, NULL },
        { GET, "/papers/7.pdf", "/papers/{id}", SUFFIX_PDF, "id", "7" },
        { GET, "/papers/7.json", "/papers/{id}", SUFFIX_JSON, "id", "7" },
        { GET, "/units/7.1", "/units/{code}", SUFFIX_HTML, "code", "7.1" },
        { GET, "/units/.json", "/units/{code}", SUFFIX_HTML, "code", ".json" },
        { GET, "/units/a%2Fb", "/units/{code}", SUFFIX_HTML, "code", "a/b" },
        { GET, "/units/..", "/units/{code}", SUFFIX_HTML, "code", ".." },
        { GET, "/assets/a/icon.1a.svg", "/assets/{name...}", SUFFIX_HTML, "name", "a/icon.1a.svg" },
        { GET, "/openapi.json", "/openapi", SUFFIX_JSON, NULL, NULL },
        { GET, "/robots.csv", "/robots.csv", SUFFIX_HTML, NULL, NULL },
        { GET, "/cases/7", "/cases/{id}", SUFFIX_HTML, "id", "7" },
        { POST, "/cases/7", "/cases/{workflow}", SUFFIX_HTML, "workflow", "7" },
        { GET, "/cases/new", "/cases/{id}", SUFFIX_HTML, "id", "new" },
        { GET, "/cases/new/a/b", "/cases/new/{rest...}", SUFFIX_HTML, "rest", "a/b" },
};

static void paths_find_their_routes(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        struct arena *arena = arena_open((size_t)1 << 20);
        struct routes *all = routes_open(tables, &err);

        (void)state;
        assert_non_null(all);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct matched m;
                const char *found, *value = NULL;

                if (!routes_match(all, arena, cases[i].method, cases[i].path, strlen(cases[i].path), &m,
                                  &err))
                        fail_msg("%s: %s", cases[i].path, err.message);
                found = m.route == NULL ? NULL : m.route->pattern;
                if ((found == NULL) != (cases[i].pattern == NULL) ||
                    (found != NULL && strcmp(found, cases[i].pattern) != 0))
                        fail_msg("%s found %s", cases[i].path, found == NULL ? "nothing" : found);
                if (found != NULL && m.suffix != cases[i].suffix)
                        fail_msg("%s has suffix %d", cases[i].path, (int)m.suffix);
                for (int p = 0; p < m.part_count && cases[i].name != NULL; p++)
                        if (strlen(cases[i].name) == m.parts[p].name_length &&
                            memcmp(m.parts[p].name, cases[i].name, m.parts[p].name_length) == 0)
                                value = m.parts[p].value;
                if (cases[i].name != NULL && (value == NULL || strcmp(value, cases[i].value) != 0))
                        fail_msg("%s: part %s is %s", cases[i].path, cases[i].name,
                                 value == NULL ? "absent" : value);
        }
        routes_close(all);
        arena_close(arena);
}

static void a_wrong_method_names_the_right_ones(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        struct arena *arena = arena_open((size_t)1 << 20);
        struct routes *all = routes_open(tables, &err);
        struct matched m;

        (void)state;
        assert_true(routes_match(all, arena, DELETE, "/forms/a/b/c", 12, &m, &err));
        assert_null(m.route);
        assert_int_equal(m.allowed, GET | PUT);
        assert_true(routes_match(all, arena, DELETE, "/nowhere", 8, &m, &err));
        assert_int_equal(m.allowed, 0);
        routes_close(all);
        arena_close(arena);
}

static void badly_encoded_paths_are_no_paths(void **state)
{
        static const char *const bad[] = { "",     "forms", "/%",     "/%4",        "/%zz",
                                           "/%00", "/%C3",  "/a%0Ab", "/%ED%A0%80", "*" };
        struct error err = { .language = LANGUAGE_EN };
        struct arena *arena = arena_open((size_t)1 << 20);
        struct routes *all = routes_open(tables, &err);
        char deep[200];

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                struct matched m;

                error_clear(&err);
                if (routes_match(all, arena, GET, bad[i], strlen(bad[i]), &m, &err) || err.code != ERR_USAGE)
                        fail_msg("\"%s\" was taken as a path", bad[i]);
        }
        for (size_t i = 0; i < sizeof deep; i += 2)
                memcpy(deep + i, "/a", 2);
        struct matched m;
        error_clear(&err);
        assert_false(routes_match(all, arena, GET, deep, sizeof deep, &m, &err));
        routes_close(all);
        arena_close(arena);
}

static void a_route_that_stands_twice_is_refused(void **state)
{
        static const struct route twice[] = {
                { GET, "/a/{x}", run, MAY_READ_PUBLIC, 0, "" },
                { GET, "/a/{y}", run, MAY_READ_PUBLIC, 0, "" },
                { 0 },
        };
        static const struct route rest_first[] = { { GET, "/a/{x...}/b", run, MAY_READ_PUBLIC, 0, "" },
                                                   { 0 } };
        static const struct route relative[] = { { GET, "a", run, MAY_READ_PUBLIC, 0, "" }, { 0 } };
        static const struct route *const wrong[] = { twice, rest_first, relative };

        (void)state;
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
                const struct route *const list[] = { wrong[i], NULL };
                struct error err = { .language = LANGUAGE_EN };

                assert_null(routes_open(list, &err));
                assert_int_equal(err.code, ERR_USAGE);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(paths_find_their_routes),
                cmocka_unit_test(a_wrong_method_names_the_right_ones),
                cmocka_unit_test(badly_encoded_paths_are_no_paths),
                cmocka_unit_test(a_route_that_stands_twice_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
