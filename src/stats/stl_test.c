#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats/stl.h"
#include "tests/support.h"

#define ROOM 600

struct example {
        char name[64];
        int period, window, is_robust;
        size_t count;
        double value[ROOM], seasonal[ROOM], trend[ROOM], remainder[ROOM], weight[ROOM];
        bool is_known[ROOM];
        bool has_gaps;
};

static struct example e;

static double number(const char *text)
{
        return strcmp(text, "NA") == 0 ? NAN : strtod(text, NULL);
}

static bool example_next(FILE *file)
{
        char field[5][40];

        if (fscanf(file, "case %63s %d %d %d %zu\n", e.name, &e.period, &e.window, &e.is_robust, &e.count) != 5)
                return false;
        assert_true(e.count <= ROOM);
        e.has_gaps = false;
        for (size_t i = 0; i < e.count; i++) {
                assert_int_equal(fscanf(file, "%39s %39s %39s %39s %39s\n", field[0], field[1], field[2], field[3], field[4]), 5);
                e.value[i] = number(field[0]);
                e.seasonal[i] = number(field[1]);
                e.trend[i] = number(field[2]);
                e.remainder[i] = number(field[3]);
                e.weight[i] = number(field[4]);
                e.is_known[i] = !isnan(e.value[i]);
                e.has_gaps |= !e.is_known[i];
        }
        return true;
}

/* Every number within 1e-9 of the size of the series. */
static int compare_all(FILE *file)
{
        int cases = 0;

        while (example_next(file)) {
                struct stl_options o = stl_options(e.count, e.period, e.window, e.is_robust);
                struct arena *arena = arena_open((size_t)16 << 20);
                struct error err = { 0 };
                struct stl s;
                double size = 0, most = 0;

                assert_true(stl_decompose(arena, &o, e.value, e.has_gaps ? e.is_known : NULL, e.count, &s, &err));
                for (size_t i = 0; i < e.count; i++) {
                        size = e.is_known[i] ? fmax(size, fabs(e.value[i])) : size;
                        most = fmax(most, fmax(fabs(s.seasonal[i] - e.seasonal[i]), fabs(s.trend[i] - e.trend[i])));
                        if (e.is_known[i])
                                most = fmax(most, fmax(fabs(s.remainder[i] - e.remainder[i]), size * fabs(s.weight[i] - e.weight[i])));
                        else
                                assert_true(s.remainder[i] == 0);
                }
                if (!(most <= 1e-9 * size))
                        fail_msg("%s: off by %g of %g", e.name, most, size);
                arena_close(arena);
                cases++;
        }
        return cases;
}

static void the_numbers_are_those_of_r(void **state)
{
        FILE *file = fopen("tests/vectors/stl.txt", "r");

        (void)state;
        assert_non_null(file);
        assert_int_equal(compare_all(file), 10);
        fclose(file);
}

static void and_of_the_r_that_is_installed(void **state)
{
        FILE *file;

        (void)state;
        if (system("command -v Rscript > /dev/null") != 0) {
                skip();
                return;
        }
        file = popen("Rscript --vanilla tests/vectors/stl.R 20261127", "r");
        assert_non_null(file);
        assert_int_equal(compare_all(file), 12);
        assert_int_equal(pclose(file), 0);
}

/* A straight line with a pattern that repeats is taken apart without a remainder, also where values are missing: there
 * the passes only need to be more. */
static void what_repeats_on_a_line_leaves_nothing(void **state)
{
        static double value[120];
        static bool is_known[120];
        uint64_t seed = 7;

        (void)state;
        for (int round = 0; round < 20; round++) {
                struct arena *arena = arena_open((size_t)16 << 20);
                struct stl_options o = stl_options(120, 12, STL_PERIODIC, false);
                struct error err = { 0 };
                struct stl s;

                o.inner = 50;
                for (int i = 0; i < 120; i++) {
                        seed = seed * 6364136223846793005u + 1442695040888963407u;
                        value[i] = 50 + 0.5 * i + (i % 12 == 1 ? -10 : i % 12 == 11 ? 10 : 0);
                        is_known[i] = (seed >> 33) % 100 >= (uint64_t)round * 2;
                }
                assert_true(stl_decompose(arena, &o, value, is_known, 120, &s, &err));
                for (int i = 0; i < 120; i++) {
                        double pattern = i % 12 == 1 ? -10 : i % 12 == 11 ? 10 : 0;

                        if (!(fabs(s.seasonal[i] - pattern) < 1e-6 && fabs(s.trend[i] - 50 - 0.5 * i) < 1e-6))
                                fail_msg("round %d, place %d: seasonal off by %g, trend by %g", round, i, s.seasonal[i] - pattern, s.trend[i] - 50 - 0.5 * i);
                }
                arena_close(arena);
        }
}

/* With robustness one wild value keeps its weight to itself. */
static void a_wild_value_does_not_bend_the_others(void **state)
{
        double value[84];
        struct arena *arena = arena_open((size_t)16 << 20);
        struct stl_options plain = stl_options(84, 12, STL_PERIODIC, false), robust = stl_options(84, 12, STL_PERIODIC, true);
        struct error err = { 0 };
        struct stl a, b;

        (void)state;
        for (int i = 0; i < 84; i++)
                value[i] = 100 + i + (i * 37 % 11) * 0.1;
        value[40] += 500;
        assert_true(stl_decompose(arena, &plain, value, NULL, 84, &a, &err));
        assert_true(stl_decompose(arena, &robust, value, NULL, 84, &b, &err));
        assert_true(b.weight[40] == 0);
        assert_true(fabs(b.remainder[40] - 500) < 2);
        assert_true(a.remainder[40] < 400);
        assert_true(fabs(a.seasonal[28]) > 20 && fabs(b.seasonal[28]) < 1);
        arena_close(arena);
}

/* What doubles leave of a series that fits exactly makes no value count less than another; what does not fit still does. */
static void what_fits_exactly_counts_whole(void **state)
{
        static const int windows[] = { STL_PERIODIC, 7, 13 };
        double value[84];

        (void)state;
        for (int i = 0; i < 84; i++)
                value[i] = log(50);
        for (int wild = 0; wild < 2; wild++)
                for (size_t n = 0; n < sizeof windows / sizeof *windows; n++) {
                        struct arena *arena = arena_open((size_t)16 << 20);
                        struct stl_options o = stl_options(84, 12, windows[n], true);
                        struct error err = { 0 };
                        struct stl s;

                        value[40] = log(50) + 3 * wild;
                        assert_true(stl_decompose(arena, &o, value, NULL, 84, &s, &err));
                        for (int i = 0; i < 84; i++)
                                if (wild == 0 && s.weight[i] != 1)
                                        fail_msg("window %d, value %d: weight %g", windows[n], i, s.weight[i]);
                        assert_true((s.weight[40] == 0) == (wild == 1));
                        arena_close(arena);
                }
}

static void too_little_is_refused(void **state)
{
        static const struct { size_t count; int season; bool ok; } cases[] = { { 24, -1, false }, { 25, -1, true }, { 36, 3, false }, { 48, -1, true } };
        double value[48] = { 0 };
        bool is_known[48];

        (void)state;
        for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
                struct arena *arena = arena_open((size_t)16 << 20);
                struct stl_options o = stl_options(cases[c].count, 12, STL_PERIODIC, false);
                struct error err = { .language = LANGUAGE_EN };
                struct stl s;

                for (int i = 0; i < 48; i++)
                        is_known[i] = i % 12 != cases[c].season || i < 12;
                if (stl_decompose(arena, &o, value, is_known, cases[c].count, &s, &err) != cases[c].ok)
                        fail_msg("case %zu: %s", c, err.message);
                assert_int_equal(err.code, cases[c].ok ? 0 : ERR_INVALID);
                if (cases[c].season >= 0)
                        assert_non_null(strstr(err.message, "season 4"));
                arena_close(arena);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_numbers_are_those_of_r),
                cmocka_unit_test(and_of_the_r_that_is_installed),
                cmocka_unit_test(what_repeats_on_a_line_leaves_nothing),
                cmocka_unit_test(a_wild_value_does_not_bend_the_others),
                cmocka_unit_test(what_fits_exactly_counts_whole),
                cmocka_unit_test(too_little_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
