#include "tests/support.h"
#include "tests/shipped.h"

#include "base/log.h"
#include "ledger/node.h"
#include "ledger/trust.h"
#include "ledger/write.h"
#include "sync/freshness.h"
#include "sync/sync_private.h"

static const struct entry_kind *const kinds[] = { trust_kinds, catalogue_kinds, figure_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, catalogue_tables, figure_tables, NULL };
static const struct ledger_schema schema = { .kinds = kinds, .tables = tables, .decides_first = figure_decides_first,
                                             .deferral = &figure_deferral, .puts_off = figure_puts_off };

#define PAD "00000000000000000000000000000000000000000000000000000000000000" /* of a key after two digits */

/* Provinces, districts and communes as they were until 2025, and what they report. */
static bool load_little(struct work *w, void *argument)
{
        static const char *const left_out[] = { "communes-2025", "changes-communes", "names.csv", "workflow", "cluster", NULL };

        (void)argument;
        return load_shipped_but(w, left_out);
}

/* Figures of the country, of four provinces, of a district of Hà Nội and of all communes of one of Quảng Ninh, in three months, and the nodes of four provinces that have not reported the last one. */
static bool report_some(struct work *w, void *argument)
{
        static const struct { const char *unit; int month; } told[] = { { "VN", 3 }, { "42", 3 }, { "26", 1 }, { "19", 1 }, { "19", 2 }, { "01", 2 }, { "001", 3 }, { "07192", 3 }, { "07195", 3 }, { "07198", 3 } };
        const struct catalogue *c = catalogue_of(w);
        struct figure_writer *out = figures_open(w, "figures/fresh", "a test");
        int64_t count;

        (void)argument;
        for (size_t i = 0; i < sizeof told / sizeof *told; i++)
                figures_add(out, &(struct figure){ .indicator = indicator_find(c, "electricity_generated"), .unit = unit_at(c, told[i].unit, day_of(2016, 3, 31)),
                                                   .period = period_make(FREQUENCY_MONTH, 2016, told[i].month), .item = "", .partner = "", .value = 1,
                                                   .status = STATUS_PUBLISHED });
        return figures_close(out, &count) && trust_enrol(w, "26" PAD, "26", false) && trust_enrol(w, "19" PAD, "19", false) &&
               trust_enrol(w, "02" PAD, "02", false) && trust_enrol(w, "04" PAD, "04", false);
}

static bool revoke_one(struct work *w, void *argument)
{
        (void)argument;
        return trust_revoke(w, "04" PAD);
}

static void was_heard(struct link_record *r, void *when)
{
        r->last_contact = *(const int64_t *)when;
}

static void who_has_not_reported_is_told_with_the_last_figure_and_the_silence_of_the_node(void **state)
{
        period p = period_make(FREQUENCY_MONTH, 2016, 3);
        moment heard = moment_of_day(day_of(2016, 4, 2));
        struct error err = { .language = LANGUAGE_EN };
        char folder[512];
        struct node *node;
        struct arena *arena = arena_open((size_t)256 << 20);
        struct work w;
        const struct catalogue *c;
        const struct indicator *i;
        const struct freshness *f;
        static const char *const absent[] = { "26", "01", "04" };
        const struct unit *named[3];

        (void)state;
        log_set_level(LOG_ALARM);
        snprintf(folder, sizeof folder, "%s/node", test_folder());
        assert_true(node_init(folder, "VN", test_store(), &schema, &err));
        node = node_open(folder, NODE_WRITE, &schema, &err);
        assert_non_null(node);
        for (int step = 0; step < 3; step++) {
                work_init(&w, arena, node_reader(node, &err), LANGUAGE_EN);
                w.node = node;
                w.user = &user_operator;
                w.now = moment_now();
                if (!ledger_write(&w, step == 0 ? load_little : step == 1 ? report_some : revoke_one, NULL))
                        fail_msg("%s", w.err.message);
        }
        link_touch(node, "19" PAD, was_heard, &heard);
        assert_true(db_begin(w.db));
        c = catalogue_of(&w);
        i = indicator_find(c, "electricity_generated");
        f = freshness_read(&w, i, unit_at(c, "VN", period_last(p)), p, "", "", 0);
        assert_non_null(f);
        assert_string_equal(freshness_said(&w, f), "1 of 63 units have reported"); /* the sum over the districts of Hà Nội is no report of Hà Nội */
        assert_int_equal(f->absent_count, 62);
        assert_string_equal(freshness_absent_said(&w, f, 3), "Ha Noi (last figure Feb 2016); Ha Giang (its node was never heard from); Cao Bang … and 59 more"); /* whose node's key is revoked */
        assert_non_null(strstr(freshness_absent_said(&w, f, 63), "; Thai Nguyen (last figure Feb 2016, its node was heard last at 00:00, 2 April 2016); "));
        assert_non_null(strstr(freshness_absent_said(&w, f, 63), "; Vinh Phuc (last figure Jan 2016, its node was never heard from); "));
        for (size_t k = 0; k < 3; k++)
                named[k] = unit_at(c, absent[k], period_last(p));
        f = freshness_of_absent(&w, &(struct figure_query){ .indicators = &i, .indicator_count = 1 }, p, named, 3, 3);
        assert_non_null(f);
        assert_string_equal(freshness_absent_said(&w, f, 1), "Vinh Phuc (last figure Jan 2016, its node was never heard from) … and 2 more");
        assert_non_null(strstr(freshness_absent_said(&w, f, 3), "; Ha Noi (last figure Feb 2016); Cao Bang"));
        f = freshness_of_absent(&w, &(struct figure_query){ .indicators = &i, .indicator_count = 1 }, p, named, 3, 1); /* of the others nothing is looked up */
        assert_non_null(strstr(freshness_absent_said(&w, f, 3), "; Ha Noi; Cao Bang"));
        f = freshness_read(&w, i, unit_at(c, "22", period_last(p)), p, "", "", 0); /* communes reported, not the district that they make */
        assert_int_equal(f->level, LEVEL_COMMUNE);
        assert_int_equal(f->reported, 3);
        f = freshness_read(&w, i, unit_at(c, "07192", period_last(p)), p, "", "", 0); /* nothing lies below it */
        assert_string_equal(freshness_said(&w, f), "");
        assert_string_equal(freshness_absent_said(&w, f, 3), "");
        w.user = &user_nobody; /* the public hears nothing of nodes */
        f = freshness_read(&w, i, unit_at(c, "VN", period_last(p)), p, "", "", 0);
        assert_non_null(strstr(freshness_absent_said(&w, f, 63), "; Vinh Phuc (last figure Jan 2016); "));
        assert_true(error_ok(&w.err));
        db_rollback(w.db);
        node_close(node);
        arena_close(arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(who_has_not_reported_is_told_with_the_last_figure_and_the_silence_of_the_node),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
