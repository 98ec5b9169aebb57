/* Which class of before a class goes on with, by a correspondence that renames, divides, joins and does both. */
#include "tests/support.h"

#include "areas/iip/iip.h"

static void only_a_class_that_is_wholly_one_of_before_goes_on_with_it(void **state)
{
        static const struct iip_pair pairs[] = {
                { "0722", "0729" },                                         /* another code */
                { "1103", "1103" }, { "1103", "1104" }, { "1104", "1105" }, /* divided, and the code that is free again is given to a part */
                { "2011", "2010" }, { "2012", "2010" },                     /* joined */
                { "2611", "2610" }, { "2612", "2610" }, { "2612", "2615" }, /* both */
        };
        static const struct { const char *code, *before; } cases[] = {
                { "0729", "0722" }, { "1103", NULL }, { "1104", NULL }, { "1105", "1104" }, { "2010", NULL }, { "2610", NULL }, { "2615", NULL },
                { "3020", "3020" }, /* of which nothing is said */
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                const char *found = iip_goes_on_with(pairs, sizeof pairs / sizeof *pairs, cases[i].code);

                if ((found == NULL) != (cases[i].before == NULL) || (found != NULL && strcmp(found, cases[i].before) != 0))
                        fail_msg("%s goes on with %s instead of %s", cases[i].code, found == NULL ? "nothing" : found,
                                 cases[i].before == NULL ? "nothing" : cases[i].before);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(only_a_class_that_is_wholly_one_of_before_goes_on_with_it) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
