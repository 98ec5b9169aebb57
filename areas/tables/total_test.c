/* When figures may be added up, and when not. */
#include "tests/support.h"

#include "areas/tables/total.h"

static const struct indicator flow = { .id = "flow", .additive = ADDITIVE_FLOW };
static const struct indicator stock = { .id = "stock", .additive = ADDITIVE_STOCK };
static const struct indicator rate = { .id = "rate", .additive = ADDITIVE_NONE };

static void each_reason_against_a_sum_is_found(void **state)
{
        static const struct {
                const char *what;
                struct addends a;
                enum refusal wanted;
        } cases[] = {
                { "a flow over units", { .indicator = &flow, .varies = { [BY_UNIT] = true } }, REFUSE_NOTHING },
                { "a flow over time", { .indicator = &flow, .varies = { [BY_PERIOD] = true } }, REFUSE_NOTHING },
                { "a flow over everything", { .indicator = &flow, .varies = { false, true, true, true, true } }, REFUSE_NOTHING },
                { "a stock over units", { .indicator = &stock, .varies = { [BY_UNIT] = true } }, REFUSE_NOTHING },
                { "a stock over time", { .indicator = &stock, .varies = { [BY_PERIOD] = true } }, REFUSE_LEVELS },
                { "an index over units", { .indicator = &rate, .varies = { [BY_UNIT] = true } }, REFUSE_INDEX },
                { "two indicators", { .indicator = NULL, .varies = { [BY_INDICATOR] = true } }, REFUSE_INDICATORS },
                { "changes", { .indicator = &flow, .compare = COMPARE_YOY, .varies = { [BY_UNIT] = true } }, REFUSE_CHANGES },
                { "shares", { .indicator = &flow, .compare = COMPARE_SHARE, .varies = { [BY_ITEM] = true } }, REFUSE_CHANGES },
                { "cumulated over units", { .indicator = &flow, .compare = COMPARE_YTD, .varies = { [BY_UNIT] = true } }, REFUSE_NOTHING },
                { "cumulated over time", { .indicator = &flow, .compare = COMPARE_YTD, .varies = { [BY_PERIOD] = true } }, REFUSE_CUMULATED },
                { "months and years", { .indicator = &flow, .varies = { [BY_PERIOD] = true }, .has_several_frequencies = true }, REFUSE_OVERLAP },
                { "the country and a province", { .indicator = &flow, .varies = { [BY_UNIT] = true }, .has_nested_units = true }, REFUSE_NESTED },
                { "all goods and rice", { .indicator = &flow, .varies = { [BY_ITEM] = true }, .has_nested_items = true }, REFUSE_NESTED },
                { "the world and Japan", { .indicator = &flow, .varies = { [BY_PARTNER] = true }, .has_nested_partners = true }, REFUSE_NESTED },
                { "tonnes and pieces", { .indicator = &flow, .varies = { [BY_ITEM] = true }, .has_several_measures = true }, REFUSE_MEASURES },
                { "one unit, nested elsewhere", { .indicator = &flow, .varies = { [BY_PERIOD] = true }, .has_nested_units = true }, REFUSE_NOTHING },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                if (total_refusal(&cases[i].a) != cases[i].wanted)
                        fail_msg("%s: %d and not %d", cases[i].what, (int)total_refusal(&cases[i].a), (int)cases[i].wanted);
}

static void a_whole_and_its_parts_are_nested_whatever_their_order(void **state)
{
        const struct unit country = { .key = "VN" }, a = { .key = "a", .parent = &country }, b = { .key = "b", .parent = &country },
                          c = { .key = "c", .parent = &a };
        const struct item section = { .code = "C" }, division = { .code = "10", .parent = &section }, other = { .code = "B" };
        const struct unit *provinces[] = { &a, &b }, *with_country[] = { &b, &country }, *with_commune[] = { &c, &a }, *apart[] = { &c, &b };
        const struct item *sections[] = { &section, &other }, *both[] = { &division, &other, &section }, *with_whole[] = { &other, NULL },
                          *alone[] = { NULL };

        (void)state;
        assert_false(units_are_nested(provinces, 2));
        assert_true(units_are_nested(with_country, 2));
        assert_true(units_are_nested(with_commune, 2));
        assert_false(units_are_nested(apart, 2));
        assert_false(items_are_nested(sections, 2));
        assert_true(items_are_nested(both, 3));
        assert_true(items_are_nested(with_whole, 2));
        assert_false(items_are_nested(alone, 1));
        assert_false(units_are_nested(provinces, 0));
}

static void parts_that_overlap_are_more_than_their_whole(void **state)
{
        (void)state;
        assert_false(total_exceeds(1000, 1000));
        assert_false(total_exceeds(1010, 1000)); /* rounding explains as much */
        assert_true(total_exceeds(1011, 1000));
        assert_false(total_exceeds(10, 1000));   /* parts are missing: another matter */
        assert_true(total_exceeds(1, 0));
        assert_false(total_exceeds(5, -5));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_reason_against_a_sum_is_found),
                cmocka_unit_test(a_whole_and_its_parts_are_nested_whatever_their_order),
                cmocka_unit_test(parts_that_overlap_are_more_than_their_whole),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
