#include "catalogue/formula.h"

#include <string.h>

#include "tests/support.h"

/* a = 3, b = 2.5 (one decimal), zero = 0, huge = the largest figure; x is not known. */
static bool figure(void *context, const char *name, size_t length, int64_t *value, int *decimals)
{
        static const struct { const char *name; int64_t value; int decimals; } known[] = {
                { "a", 3, 0 }, { "b", 25, 1 }, { "zero", 0, 0 }, { "huge", INT64_MAX, 0 }, { "leased_1", 482000000, 6 }, { "area", 640000000, 6 },
        };

        (void)context;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
                if (strlen(known[i].name) == length && memcmp(known[i].name, name, length) == 0) {
                        *value = known[i].value;
                        *decimals = known[i].decimals;
                        return true;
                }
        return false;
}

#define POWER_110 "(4194304 * 4194304 * 4194304 * 4194304 * 4194304)"
#define LARGEST POWER_110 " * 131072" /* 2^127 */

static void formulas_are_computed_exactly_and_rounded_once(void **state)
{
        static const struct { const char *text; int decimals; enum formula_result result; int64_t value; } cases[] = {
                { "a - b", 6, FORMULA_DONE, 500000 },
                { "a * b", 6, FORMULA_DONE, 7500000 },
                { "b / a", 6, FORMULA_DONE, 833333 },
                { "-b / a", 6, FORMULA_DONE, -833333 },
                { "a / b / a * b", 6, FORMULA_DONE, 1000000 },   /* nothing is rounded on the way */
                { "(a + b) * 2 - 1 / 2", 0, FORMULA_DONE, 11 },  /* 10.5: half away from zero */
                { "-(a + b) * 2 + 0.5", 0, FORMULA_DONE, -11 },
                { "leased_1 / area * 100", 6, FORMULA_DONE, 75312500 }, /* 482 of 640 ha */
                { "huge / huge", 6, FORMULA_DONE, 1000000 },
                { "huge * huge / huge", 0, FORMULA_DONE, INT64_MAX },
                { "huge * huge * huge", 0, FORMULA_TOO_LARGE, 0 },
                { "huge + 1", 0, FORMULA_TOO_LARGE, 0 },
                { "-(-" LARGEST ") / " POWER_110, 0, FORMULA_TOO_LARGE, 0 }, /* the least number of 128 bits has no opposite */
                { "0 - (-" LARGEST ") / " POWER_110, 0, FORMULA_TOO_LARGE, 0 },
                { POWER_110 " / (-" LARGEST ")", 6, FORMULA_TOO_LARGE, 0 },
                { "-(-" POWER_110 " * 65536) / " POWER_110, 0, FORMULA_DONE, 65536 },
                { "a / zero", 6, FORMULA_UNDEFINED, 0 },
                { "a / (b - 2.5)", 6, FORMULA_UNDEFINED, 0 },
                { "x + 1", 6, FORMULA_LACKING, 0 },
                { "1 +", 6, FORMULA_MALFORMED, 0 },
                { "(a", 6, FORMULA_MALFORMED, 0 },
                { "a b", 6, FORMULA_MALFORMED, 0 },
                { "", 6, FORMULA_MALFORMED, 0 },
                { "1.2.3", 6, FORMULA_MALFORMED, 0 },
                { "((((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))))))", 6, FORMULA_MALFORMED, 0 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                int64_t value = 0;
                enum formula_result result = formula_value(cases[i].text, figure, NULL, cases[i].decimals, &value);

                if (result != cases[i].result || value != cases[i].value)
                        fail_msg("%s: result %d value %lld", cases[i].text, result, (long long)value);
        }
}

static void a_divisor_that_computes_to_zero_is_found_without_figures(void **state)
{
        static const struct { const char *text; enum formula_result result; const char *part; } cases[] = {
                { "x / 0", FORMULA_UNDEFINED, "/ 0" },
                { "x / (2 - 2) + 1", FORMULA_UNDEFINED, "/ (2 - 2)" },
                { "x / (3 * (1 - 1))", FORMULA_UNDEFINED, "/ (3 * (1 - 1))" },
                { "1 / (0.1 + 0.2 - 0.3)", FORMULA_UNDEFINED, "/ (0.1 + 0.2 - 0.3)" },
                { "x / (1 / 3 * 3 - 1)", FORMULA_UNDEFINED, "/ (1 / 3 * 3 - 1)" }, /* nothing is rounded on the way */
                { "1 + (x / -(y * (2 - 2)))", FORMULA_UNDEFINED, "/ -(y * (2 - 2))" },
                { "1 / (0 / x)", FORMULA_UNDEFINED, "/ (0 / x)" },
                { "x / (y / 0)", FORMULA_UNDEFINED, "/ 0" },
                { "x / (y - y)", FORMULA_UNDEFINED, "/ (y - y)" },
                { "1 + x / (2 * y - (y + y))", FORMULA_UNDEFINED, "/ (2 * y - (y + y))" },
                { "x / ((a + b) * (a - b) - a * a + b * b)", FORMULA_UNDEFINED, "/ ((a + b) * (a - b) - a * a + b * b)" },
                { "x / (y / z - y / z) / (x - x)", FORMULA_UNDEFINED, "/ (y / z - y / z)" },
                { "x / (y - z)", FORMULA_DONE, "x / (y - z)" },
                { "(x - x) / y", FORMULA_DONE, "(x - x) / y" },
                { "x / (y - 2)", FORMULA_DONE, "x / (y - 2)" },
                { "0 * x + x / (2 - 3)", FORMULA_DONE, "0 * x + x / (2 - 3)" },
                { "x +", FORMULA_MALFORMED, "x +" },
                { "x y", FORMULA_MALFORMED, "x y" },
                { "9000000 * 9000000 * 9000000 * 9000000 * 9000000 * 9000000", FORMULA_TOO_LARGE, "9000000 * 9000000 * 9000000 * 9000000 * 9000000 * 9000000" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                const char *part;
                size_t length;
                enum formula_result result = formula_check(cases[i].text, &part, &length);

                if (result != cases[i].result || length != strlen(cases[i].part) || memcmp(part, cases[i].part, length) != 0)
                        fail_msg("%s: result %d at \"%.*s\"", cases[i].text, result, (int)length, part);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(formulas_are_computed_exactly_and_rounded_once),
                cmocka_unit_test(a_divisor_that_computes_to_zero_is_found_without_figures),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
