/* Industrial clusters: what the rules say of areas, occupancy and dates; boundaries; the shipped definitions. */
#include "tests/support.h"

#include <dlfcn.h>
#include <geos_c.h>
#include <pthread.h>

#include "areas/cluster/store.h"

extern const struct area cluster_area;

static struct {
        struct arena *arena;
        struct work w;
        const struct catalogue *c;
        struct cluster_rules *rules;
} site;

static int set_up(void **state)
{
        (void)state;
        site.arena = arena_open(WORK_MEMORY_USUAL);
        work_init(&site.w, site.arena, NULL, LANGUAGE_EN);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        arena_close(site.arena);
        return 0;
}

#define HA(x) ((int64_t)((x) * CLUSTER_UNIT + 0.5))

/* Worked example: planned 42.0 ha, ready 30.0, leased 21.0, licensed 4.2: 60.0 %, not the 84 % that the ready land would give. */
static void occupancy_is_of_the_planned_industrial_land(void **state)
{
        static const struct { double leased, committed, industrial; bool is_known; int64_t tenths; } cases[] = {
                { 21.0, 4.2, 42.0, true, 600 }, { 0, 0, 42.0, true, 0 }, { 42.0, 0, 42.0, true, 1000 }, { 1, 0, 3, true, 333 }, { 2, 0, 3, true, 667 }, { 1, 0, 0, false, 0 },
        };
        int64_t tenths;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                assert_int_equal(cluster_occupancy(HA(cases[i].leased), HA(cases[i].committed), HA(cases[i].industrial), &tenths), cases[i].is_known);
                if (cases[i].is_known)
                        assert_int_equal(tenths, cases[i].tenths);
        }
        assert_false(cluster_occupancy(HA(1), HA(1), CLUSTER_UNKNOWN, &tenths));
        assert_true(cluster_occupancy(HA(21), CLUSTER_UNKNOWN, HA(42), &tenths));
        assert_int_equal(tenths, 500);
}

static void areas_that_contradict_each_other_are_refused(void **state)
{
        static const struct { double total, industrial, ready, leased, committed; const char *why; } cases[] = {
                { 70, 42, 30, 21, 4.2, NULL },
                { 70, 42, 30, 42, 0, NULL },
                { 40, 42, 30, 21, 4.2, "larger than the cluster" },
                { 70, 42, 43, 21, 4.2, "more land is ready" },
                { 70, 42, 30, 43, 0, "more land is leased" },
                { 70, 42, 30, 40, 4.2, "more land is leased or licensed" },
                { 70, -1, 30, 21, 0, "not stated" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct cluster c = { .total = HA(cases[i].total), .industrial = cases[i].industrial < 0 ? CLUSTER_UNKNOWN : HA(cases[i].industrial),
                                     .ready = HA(cases[i].ready), .leased = HA(cases[i].leased), .committed = HA(cases[i].committed) };
                struct error err = { .language = LANGUAGE_EN };

                assert_int_equal(cluster_areas_agree(&c, &err), cases[i].why == NULL);
                if (cases[i].why != NULL && strstr(err.message, cases[i].why) == NULL)
                        fail_msg("row %zu: %s", i, err.message);
        }
}

/* The shipped files, as the program reads them. */
static void rules_read(void)
{
        struct complaints complaints = { .arena = site.arena, .language = LANGUAGE_EN };
        size_t count;
        const struct source *files = catalogue_shipped(&count);

        catalogue_register(&cluster_checker);
        site.c = catalogue_check(site.arena, files, count, &complaints);
        for (size_t i = 0; i < complaints.count; i++)
                if (strstr(complaints.list[i].file, ".cluster") != NULL)
                        fail_msg("%s:%d: %s", complaints.list[i].file, complaints.list[i].line, complaints.list[i].message);
        site.rules = cluster_rules_parse(site.arena, files, count, &complaints);
        assert_non_null(site.rules);
}

static void the_bounds_of_an_area_are_those_of_the_day_of_its_establishment(void **state)
{
        static const struct { int year, month, day; double area; bool is_small, is_out; } cases[] = {
                { 2024, 5, 1, 80, false, true },  { 2024, 5, 1, 75, false, false },  { 2024, 5, 1, 75.0001, false, true }, { 2024, 5, 1, 9.9999, false, true },
                { 2024, 5, 1, 9, true, false },   { 2024, 5, 1, 4.9, true, true },   { 2026, 9, 14, 8, false, true },      { 2026, 9, 15, 8, false, false },
                { 2026, 9, 15, 80, true, true },  { 2026, 9, 15, 4.9, false, true }, { 2018, 1, 1, 80, false, true },      { 2001, 1, 1, 300, false, false },
        };

        (void)state;
        rules_read();
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                const struct cluster_bounds *b = cluster_bounds_on(site.rules, day_of(cases[i].year, cases[i].month, cases[i].day));

                if (cluster_is_out_of_bounds(b, HA(cases[i].area), cases[i].is_small) != cases[i].is_out)
                        fail_msg("row %zu: %.4f ha on %d-%02d-%02d", i, cases[i].area, cases[i].year, cases[i].month, cases[i].day);
        }
        assert_null(cluster_bounds_on(site.rules, day_of(2001, 1, 1)));
        assert_int_equal(site.rules->settle_before, day_of(2026, 12, 31));
}

static void reports_have_the_rows_windows_and_due_days_of_the_circular(void **state)
{
        static const struct { const char *form; const char *period; int rows, first[3], last[3], due[3]; } cases[] = {
                { "01", "2026-S1", 4, { 2025, 12, 15 }, { 2026, 6, 14 }, { 2026, 6, 19 } },  { "02", "2026-S1", 14, { 2025, 12, 15 }, { 2026, 6, 14 }, { 2026, 6, 19 } },
                { "03", "2026-S1", 35, { 2025, 12, 15 }, { 2026, 6, 14 }, { 2026, 6, 24 } }, { "04", "2026-S1", 35, { 2025, 12, 15 }, { 2026, 6, 14 }, { 2026, 6, 29 } },
                { "01", "2026", 4, { 2025, 12, 15 }, { 2026, 12, 14 }, { 2026, 12, 19 } },   { "02", "2026", 14, { 2025, 12, 15 }, { 2026, 12, 14 }, { 2026, 12, 19 } },
                { "03", "2026", 35, { 2025, 12, 15 }, { 2026, 12, 14 }, { 2026, 12, 24 } },  { "04", "2026", 35, { 2025, 12, 15 }, { 2026, 12, 14 }, { 2026, 12, 30 } },
        };

        (void)state;
        rules_read();
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                const struct report_form *f = report_form_find(site.rules, cases[i].form);
                const struct window *window;
                day first, last;
                moment due;
                period p;

                assert_non_null(f);
                assert_true(period_read(cases[i].period, strlen(cases[i].period), &p));
                window = window_find(site.c, period_frequency(p) == FREQUENCY_HALF ? f->half : f->year, period_last(p));
                assert_non_null(window);
                assert_true(window_dates(site.c, window, p, &first, &last, &due));
                assert_int_equal(f->row_count, cases[i].rows);
                assert_int_equal(first, day_of(cases[i].first[0], cases[i].first[1], cases[i].first[2]));
                assert_int_equal(last, day_of(cases[i].last[0], cases[i].last[1], cases[i].last[2]));
                if (day_of_moment(due - 1) != day_of(cases[i].due[0], cases[i].due[1], cases[i].due[2])) {
                        char text[DAY_TEXT_MAX];

                        day_write(text, day_of_moment(due - 1));
                        fail_msg("form %s of %s is due on %s", cases[i].form, cases[i].period, text);
                }
        }
}

static void faulty_definitions_are_told_with_file_and_line(void **state)
{
        static const struct { const char *find, *put, *why; } cases[] = {
                { "take: investment", "take: money", "nothing the register has" },
                { "set: established_now", "set: founded", "no set of clusters" },
                { "at_most: \"26\"", "at_most: \"99\"", "there is no row \"99\"" },
                { "percent_of: revenue", "percent_of: nothing", "there is no row \"nothing\"" },
                { "usual: {most: 100}", "usual: {least: 100}", "unknown key \"least\"" },
                { "sum: [\"02.6\"]", "sum: [\"02.66\"]", "there is no row \"02.66\"" },
                { "windows: {half: cluster_half, ", "windows: {half: never, ", "unknown window \"never\"" },
                { "by: [commune]", "by: [mayor]", "unknown role \"mayor\"" },
        };
        size_t count;
        const struct source *files = catalogue_shipped(&count);
        struct source *changed = arena_array(site.arena, count, sizeof *changed);

        (void)state;
        catalogue_register(&cluster_checker);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct complaints complaints = { .arena = site.arena, .language = LANGUAGE_EN };
                bool is_told = false;

                memcpy(changed, files, count * sizeof *changed);
                for (size_t k = 0; k < count; k++)
                        if (strcmp(changed[k].path, "cluster/reports.cluster") == 0) {
                                const char *at = strstr(changed[k].text, cases[i].find);

                                assert_non_null(at);
                                changed[k].text = arena_print(site.arena, "%.*s%s%s", (int)(at - changed[k].text), changed[k].text, cases[i].put, at + strlen(cases[i].find));
                                changed[k].length = strlen(changed[k].text);
                        }
                catalogue_check(site.arena, changed, count, &complaints);
                for (size_t k = 0; k < complaints.count; k++)
                        is_told |= strcmp(complaints.list[k].file, "cluster/reports.cluster") == 0 && complaints.list[k].line > 0 &&
                                   strstr(complaints.list[k].message, cases[i].why) != NULL;
                if (!is_told)
                        fail_msg("\"%s\" is not told", cases[i].why);
        }
}

/* ---- time limits ------------------------------------------------------------------------------------------------------------------------ */

/* Every limit of every regime over its Tết (27-31 January 2025, 16-20 February 2026, 4-10 February 2027, all days off for workers of the state), and cases that were
 * received under one regime and go on under the next: they keep theirs. received, started, last day. */
static void every_limit_of_establishment_over_tet(void **state)
{
        static const struct { const char *received, *limit, *started, *due; } cases[] = {
                { "2025-01-20", "notice", "2025-01-23", "2025-02-06" },     { "2025-01-20", "window", "2025-01-23", "2025-02-07" },
                { "2025-01-20", "submission", "2025-01-23", "2025-02-06" }, { "2025-01-20", "appraisal", "2025-01-23", "2025-02-17" },
                { "2025-01-20", "decision", "2025-01-23", "2025-02-10" },   { "2026-02-09", "notice", "2026-02-11", "2026-02-25" },
                { "2026-02-09", "window", "2026-02-11", "2026-02-26" },     { "2026-02-09", "submission", "2026-02-11", "2026-02-25" },
                { "2026-02-09", "appraisal", "2026-02-11", "2026-03-08" },  { "2026-02-09", "decision", "2026-02-11", "2026-02-27" },
                { "2027-01-20", "notice", "2027-02-01", "2027-02-03" },     { "2027-01-20", "window", "2027-02-01", "2027-02-15" },
                { "2027-01-20", "submission", "2027-02-01", "2027-02-15" }, { "2027-01-20", "appraisal", "2027-02-01", "2027-03-08" },
                { "2027-01-20", "decision", "2027-02-01", "2027-02-15" },
                /* the law changes on 15 September 2026, in the middle of the first of these */
                { "2026-09-14", "decision", "2026-10-01", "2026-10-12" },   { "2026-09-15", "decision", "2026-10-01", "2026-10-08" },
                { "2026-09-14", "appraisal", "2026-10-01", "2026-10-26" },  { "2026-09-15", "appraisal", "2026-10-01", "2026-10-29" },
                { "2025-06-30", "window", "2025-07-10", "2025-07-25" },     { "2025-07-01", "window", "2025-07-10", "2025-07-25" },
        };

        (void)state;
        rules_read();
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct case_clock clock = { .ended = DAY_NONE };
                const struct workflow *flow;
                char text[DAY_TEXT_MAX];
                day received;
                int k = 0;

                assert_true(day_read(cases[i].received, 10, &received) && day_read(cases[i].started, 10, &clock.started));
                flow = workflow_find(site.c, "cluster_establishment", received);
                assert_non_null(flow);
                while (k < flow->limit_count && strcmp(flow->limits[k].id, cases[i].limit) != 0)
                        k++;
                assert_true(k < flow->limit_count);
                clock.limit = &flow->limits[k];
                clock.days = clock.limit->days;
                clock_count(site.c, &clock);
                day_write(text, clock.due);
                if (strcmp(text, cases[i].due) != 0)
                        fail_msg("row %zu (%s, received %s): %s instead of %s", i, cases[i].limit, cases[i].received, text, cases[i].due);
        }
        for (int r = 0; r < 3; r++) { /* no limit of a regime without its row over Tết */
                static const char *const of[] = { "2025-01-20", "2026-02-09", "2027-01-20" };
                day received;
                const struct workflow *flow = day_read(of[r], 10, &received) ? workflow_find(site.c, "cluster_establishment", received) : NULL;

                for (int k = 0; flow != NULL && k < flow->limit_count; k++) {
                        size_t rows = 0;

                        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                                rows += strcmp(cases[i].received, of[r]) == 0 && strcmp(cases[i].limit, flow->limits[k].id) == 0;
                        assert_int_equal(rows, 1);
                }
        }
}

/* The conditions of establishment and expansion on both sides of each bound, in both regimes; what is compared is not rounded. */
static void the_conditions_of_establishment_hold_up_to_their_bounds(void **state)
{
        static const struct { const char *received, *check; bool is_expansion; int64_t area, land, leased; bool is_small, holds; } cases[] = { /* hundredths of a hectare */
                { "2025-01-20", "area", false, 1000, 0, 0, false, true },     { "2025-01-20", "area", false, 999, 0, 0, false, false },
                { "2025-01-20", "area", false, 500, 0, 0, true, true },       { "2025-01-20", "area", false, 499, 0, 0, true, false },
                { "2025-07-20", "area", true, 7500, 0, 0, false, true },      { "2025-07-20", "area", true, 7501, 0, 0, false, false },
                { "2025-07-20", "area", false, 8000, 0, 0, true, false },     { "2026-10-01", "area", false, 500, 0, 0, false, true },
                { "2026-10-01", "area", false, 499, 0, 0, true, false },      { "2026-10-01", "area", true, 7500, 0, 0, false, true },
                { "2026-10-01", "area", true, 7501, 0, 0, false, false },     { "2026-10-01", "area", false, 8000, 0, 0, false, false },
                /* more than half is taken, or at most 100 ha (50 ha) are left */
                { "2025-01-20", "space", false, 0, 30000, 15000, false, false }, { "2025-01-20", "space", false, 0, 30000, 15001, false, true },
                { "2025-01-20", "space", false, 0, 20000, 10000, false, true },  { "2025-07-20", "space", false, 0, 20002, 10001, false, false },
                { "2025-07-20", "space", false, 0, 0, 0, false, true },          { "2026-10-01", "space", false, 0, 10000, 5000, false, true },
                { "2026-10-01", "space", false, 0, 10002, 5001, false, false },  { "2026-10-01", "space", false, 0, 10002, 5002, false, true },
                { "2026-10-01", "space", true, 0, 30000, 0, false, true },
                /* an expansion: 60 % (50 %) */
                { "2025-01-20", "expandable", true, 0, 10000, 6000, false, true }, { "2025-01-20", "expandable", true, 0, 10000, 5999, false, false },
                { "2025-07-20", "expandable", true, 0, 4200, 2520, false, true },  { "2026-10-01", "expandable", true, 0, 10000, 5000, false, true },
                { "2026-10-01", "expandable", true, 0, 10000, 4999, false, false }, { "2026-10-01", "expandable", true, 0, 0, 0, false, false },
                { "2026-10-01", "expandable", false, 0, 10000, 0, false, true },
                { "2025-01-20", "leased_within", false, 0, 1000, 1000, false, true }, { "2026-10-01", "leased_within", false, 0, 1000, 1001, false, false },
        };

        (void)state;
        rules_read();
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct field_value values[WORKFLOW_LIST_MAX] = { 0 };
                const struct workflow *flow;
                int128 value = 0;
                day received;
                int check = 0;

                assert_true(day_read(cases[i].received, 10, &received));
                flow = workflow_find(site.c, "cluster_establishment", received);
                values[workflow_field_find(flow, "act")] = (struct field_value){ .is_known = true, .number = cases[i].is_expansion };
                values[workflow_field_find(flow, "area_ha")] = (struct field_value){ .is_known = true, .number = cases[i].area };
                values[workflow_field_find(flow, "is_small_allowed")] = (struct field_value){ .is_known = true, .number = cases[i].is_small };
                values[workflow_field_find(flow, "land_ha")] = (struct field_value){ .is_known = true, .number = cases[i].land };
                values[workflow_field_find(flow, "leased_ha")] = (struct field_value){ .is_known = true, .number = cases[i].leased };
                values[workflow_field_find(flow, "unleased_ha")] = (struct field_value){ .is_known = true, .number = cases[i].land - cases[i].leased };
                while (check < flow->check_count && strcmp(flow->checks[check].id, cases[i].check) != 0)
                        check++;
                assert_true(check < flow->check_count);
                if ((expression_value(flow->checks[check].rule, flow, values, &value) == EXPRESSION_KNOWN && value != 0) != cases[i].holds)
                        fail_msg("row %zu: %s, received %s", i, cases[i].check, cases[i].received);
        }
}

/* A row of a table: a check of a procedure on a day of receipt, with the fields it reads (up to the first without a name); it cites the article, verified or not. */
struct bound { const char *workflow, *received, *check; struct { const char *field; int64_t number; } fields[5]; bool holds; const char *article; bool is_verified; };

static void the_shares_and_bounds_hold_up_to_their_last_unit_and_cite_their_article(void **state)
{
        enum { ENVIRONMENT, SHARED, OUTSIDE };
        enum { GENERAL, CRAFT, SPECIALISED, SUPPORTING, HIGH_TECH };
        enum { ESTABLISH, EXPAND };
#define SUPPORT(day, check, what, before, now, holds, verified) \
        { "cluster_support", day, check, { { "purpose", what }, { "investment", 1000000 }, { "granted_before", before }, { strcmp(check, "share") == 0 ? "granted" : "asked", now } }, \
          holds, "khoản 1 Điều 26", verified }
#define KIND(day, check, kind, land, holds, article, verified) \
        { "cluster_establishment", day, check, { { "kind", kind }, { "industrial_ha", 4000 }, { "kind_ha", land } }, holds, article, verified }
#define SHARED_READY(day, act, ready, holds, verified) \
        { "cluster_establishment", day, "shared", { { "act", act }, { "is_shared_ready", ready } }, holds, "điểm d khoản 2 Điều 8", verified }
        const struct bound cases[] = {
                /* at most 30 % of the investment, all together; what lies outside the cluster is no part of its project */
                SUPPORT("2024-05-01", "share", SHARED, 0, 300000, true, true), SUPPORT("2026-09-14", "share", SHARED, 0, 300001, false, true),
                SUPPORT("2025-07-01", "share", ENVIRONMENT, 200000, 100000, true, true), SUPPORT("2025-07-01", "share", ENVIRONMENT, 200000, 100001, false, true),
                SUPPORT("2026-09-15", "share", SHARED, 0, 300000, true, false), SUPPORT("2026-09-15", "share", SHARED, 1, 300000, false, false),
                SUPPORT("2026-09-15", "share", OUTSIDE, 0, 900000, true, false), SUPPORT("2024-05-01", "share_asked", SHARED, 0, 300000, true, true),
                SUPPORT("2024-05-01", "share_asked", SHARED, 0, 300001, false, true), SUPPORT("2026-09-15", "share_asked", SHARED, 300000, 1, false, false),
                { "cluster_inspection", "2024-05-01", "once", { { "before", 0 } }, true, "khoản 2 Điều 24", true },
                { "cluster_inspection", "2026-09-14", "once", { { "before", 1 } }, false, "khoản 2 Điều 24", true },
                { "cluster_inspection", "2026-09-15", "once", { { "before", 0 } }, true, "khoản 2 Điều 24", false },
                { "cluster_inspection", "2026-09-15", "once", { { "before", 1 } }, false, "khoản 2 Điều 24", false },
                /* of 40 ha: craft villages 75 % (60 %), one trade 60 %, supporting industry 60 %, high technology 30 % */
                KIND("2024-05-01", "craft_share", CRAFT, 3000, true, "khoản 2 Điều 2", true), KIND("2024-05-01", "craft_share", CRAFT, 2999, false, "khoản 2 Điều 2", true),
                KIND("2026-09-14", "craft_share", CRAFT, 2999, false, "khoản 2 Điều 2", true), KIND("2026-09-15", "craft_share", CRAFT, 2400, true, "khoản 2 Điều 2", false),
                KIND("2026-09-15", "craft_share", CRAFT, 2399, false, "khoản 2 Điều 2", false), KIND("2024-05-01", "craft_share", GENERAL, 0, true, "khoản 2 Điều 2", true),
                KIND("2025-07-01", "specialised_share", SPECIALISED, 2400, true, "Thông tư 14/2024/TT-BCT", true), KIND("2025-07-01", "specialised_share", SPECIALISED, 2399, false, "Thông tư 14/2024/TT-BCT", true),
                KIND("2026-09-15", "specialised_share", SPECIALISED, 2399, false, "Điều 2", false), KIND("2026-09-15", "specialised_share", CRAFT, 0, true, "Điều 2", false),
                KIND("2026-09-15", "supporting_share", SUPPORTING, 2400, true, "Điều 2", false), KIND("2026-09-15", "supporting_share", SUPPORTING, 2399, false, "Điều 2", false),
                KIND("2026-09-15", "high_tech_share", HIGH_TECH, 1200, true, "Điều 2", false), KIND("2026-09-15", "high_tech_share", HIGH_TECH, 1199, false, "Điều 2", false),
                { "cluster_establishment", "2024-05-01", "service_share", { { "area_ha", 5000 }, { "service_ha", 500 } }, true, "điểm c khoản 1 Điều 3", true },
                { "cluster_establishment", "2025-07-01", "service_share", { { "area_ha", 5000 }, { "service_ha", 501 } }, false, "điểm c khoản 1 Điều 3", true },
                { "cluster_establishment", "2026-09-15", "service_share", { { "area_ha", 5000 }, { "service_ha", 501 } }, false, "điểm c khoản 1 Điều 3", false },
                /* an expansion, once what is shared is in use; of clusters from before 2009 this falls away */
                SHARED_READY("2024-05-01", EXPAND, 1, true, true), SHARED_READY("2026-09-14", EXPAND, 0, false, true), SHARED_READY("2025-07-01", ESTABLISH, 0, true, true),
                SHARED_READY("2026-09-15", EXPAND, 0, false, false), SHARED_READY("2026-09-15", EXPAND, 1, true, false),
                { "cluster_establishment", "2026-09-15", "shared", { { "act", EXPAND }, { "is_shared_ready", 0 }, { "is_before_2009", 1 } }, true, "điểm d khoản 2 Điều 8", false },
                { "cluster_establishment", "2025-07-01", "shared", { { "act", EXPAND } }, false, "điểm d khoản 2 Điều 8", true }, /* not confirmed */
                { "cluster_establishment", "2026-09-15", "shared", { { "act", ESTABLISH } }, true, "điểm d khoản 2 Điều 8", false },
        };
#undef SUPPORT
#undef KIND
#undef SHARED_READY

        (void)state;
        rules_read();
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct field_value values[WORKFLOW_LIST_MAX] = { 0 };
                const struct workflow *flow;
                int128 value = 0;
                day received;
                int check = 0;
                bool is_taken = false;

                assert_true(day_read(cases[i].received, 10, &received));
                flow = workflow_find(site.c, cases[i].workflow, received);
                assert_non_null(flow);
                for (size_t k = 0; k < 5 && cases[i].fields[k].field != NULL; k++) {
                        assert_true(workflow_field_find(flow, cases[i].fields[k].field) >= 0);
                        values[workflow_field_find(flow, cases[i].fields[k].field)] = (struct field_value){ .is_known = true, .number = cases[i].fields[k].number };
                }
                while (check < flow->check_count && strcmp(flow->checks[check].id, cases[i].check) != 0)
                        check++;
                assert_true(check < flow->check_count);
                for (int k = 0; k < flow->action_count; k++)
                        is_taken |= flow->actions[k].checks[check];
                if ((expression_value(flow->checks[check].rule, flow, values, &value) == EXPRESSION_KNOWN && value != 0) != cases[i].holds || !is_taken)
                        fail_msg("row %zu: %s, received %s", i, cases[i].check, cases[i].received);
                assert_non_null(strstr(flow->checks[check].basis.source, cases[i].article));
                assert_int_equal(flow->checks[check].basis.is_verified, cases[i].is_verified);
        }
}

/* The rules of utilities are sent within five working days of the day they were issued, whenever the case was opened. */
static void the_rules_of_utilities_are_sent_within_five_working_days(void **state)
{
        static const struct { const char *issued, *due; } cases[] = { { "2025-01-23", "2025-02-06" }, { "2026-02-11", "2026-02-25" }, { "2027-02-01", "2027-02-15" }, { "2026-10-01", "2026-10-08" } };

        (void)state;
        rules_read();
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                const struct workflow *flow;
                struct case_clock clock = { .ended = DAY_NONE };
                day due;

                assert_true(day_read(cases[i].issued, 10, &clock.started));
                assert_true(day_read(cases[i].due, 10, &due));
                flow = workflow_find(site.c, "cluster_utility", clock.started);
                assert_int_equal(flow->limit_count, 1);
                assert_int_equal(flow->limits[0].from_field, workflow_field_find(flow, "issued_on"));
                clock.limit = &flow->limits[0];
                clock.days = clock.limit->days;
                clock_count(site.c, &clock);
                assert_int_equal(clock.due, due);
        }
}

/* The clock of the appraisal stands still while the dossier is completed. */
static void the_appraisal_stands_still_while_the_dossier_is_completed(void **state)
{
        struct case_stop stop = { .from = day_of(2025, 2, 3), .to = day_of(2025, 2, 10) };
        const struct workflow *flow;
        struct case_clock clock = { .started = day_of(2025, 1, 23), .ended = DAY_NONE, .stops = &stop, .stop_count = 1 };
        int k = 0;

        (void)state;
        rules_read();
        flow = workflow_find(site.c, "cluster_establishment", day_of(2025, 1, 20));
        while (strcmp(flow->limits[k].id, "appraisal") != 0)
                k++;
        clock.limit = &flow->limits[k];
        clock.days = clock.limit->days;
        clock_count(site.c, &clock);
        assert_int_equal(clock.due, day_of(2025, 2, 24));
        assert_int_equal(clock.stopped, 7);
}

/* The other procedures on clusters have no limit that was read, and say so. */
static void procedures_without_a_limit_say_why(void **state)
{
        static const char *const ids[] = { "cluster_plan_opinion", "cluster_change", "cluster_support", "cluster_inspection", "cluster_lease" };

        (void)state;
        rules_read();
        for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
                const struct workflow *flow = workflow_find(site.c, ids[i], day_of(2026, 10, 1));

                assert_non_null(flow);
                assert_int_equal(flow->limit_count, 0);
                for (int k = 0; k < flow->state_count; k++)
                        if (flow->states[k].kind == STATE_START || flow->states[k].kind == STATE_OPEN)
                                assert_true(flow->states[k].untimed[0] != '\0');
        }
        assert_non_null(workflow_find(site.c, "cluster_plan_opinion", day_of(2021, 6, 1)));
        assert_null(workflow_find(site.c, "cluster_plan_opinion", day_of(2017, 7, 14)));
}

/* Vĩnh Phúc (26) and its communes went into Phú Thọ on 1 July 2025: what was recorded before is in the same place as what is recorded after. */
static void a_cluster_stays_the_same_when_its_province_is_merged(void **state)
{
        const struct unit *before, *after, *other;
        struct unit_part parts[8];

        (void)state;
        rules_read();
        before = unit_at(site.c, "26", day_of(2025, 6, 30));
        after = unit_at(site.c, "25", day_of(2025, 7, 1));
        other = unit_at(site.c, "42", day_of(2025, 7, 1));
        assert_true(cluster_is_one_place(site.arena, site.c, before, after));
        assert_true(cluster_is_one_place(site.arena, site.c, after, before));
        assert_false(cluster_is_one_place(site.arena, site.c, before, other));
        before = unit_at(site.c, "08830", day_of(2025, 6, 30)); /* a commune of Vĩnh Phúc */
        assert_non_null(before);
        assert_true(unit_restated(site.c, before, day_of(2025, 7, 1), parts, 8) > 0);
        assert_true(cluster_is_one_place(site.arena, site.c, before, parts[0].unit));
        assert_string_equal(parts[0].unit->province->code, "25");
        assert_false(cluster_is_one_place(site.arena, site.c, before, unit_at(site.c, "18073", day_of(2025, 7, 1))));
}

/* ---- boundaries ------------------------------------------------------------------------------------------------------------------------ */

#define SQUARE "{\"type\":\"Polygon\",\"coordinates\":[[[105.90,18.30],[105.91,18.30],[105.91,18.31],[105.90,18.31],[105.90,18.30]]]}"

static void a_boundary_is_measured_and_its_faults_are_told(void **state)
{
        static const struct { const char *geojson, *why; } cases[] = {
                { "{\"type\":\"Polygon\"", "no JSON: line 1, column 17: it ends before it is complete" },
                { "{\"type\":\"Point\",\"coordinates\":[105.9,18.3]}", "Polygon or MultiPolygon" },
                { "{\"type\":\"Polygon\",\"coordinates\":[[[105.9,18.3],[105.91,18.3],[105.91,18.31],[105.9,18.31]]]}", "not closed" },
                { "{\"type\":\"Polygon\",\"coordinates\":[[[18.3,105.9],[18.31,105.9],[18.31,105.91],[18.3,105.9]]]}", "outside Vietnam" },
                { "{\"type\":\"Polygon\",\"coordinates\":[[[105.9,18.3],[105.91,18.31],[105.91,18.3],[105.9,18.31],[105.9,18.3]]]}", "[105.905 18.305]: a ring crosses itself" },
                { "{\"type\":\"Polygon\",\"coordinates\":[[[105.9,18.3],[105.91,18.3],[105.9,18.3]]]}", "at least four points" },
                { "{\"type\":\"Polygon\",\"coordinates\":[[[\"a\",18.3],[105.91,18.3],[105.9,18.3],[105.9,18.3]]]}", "no pair of numbers" },
                { "{\"type\":\"Polygon\",\"coordinates\":[]}", "no ring" },
        };
        struct shape *s = shape_read(&site.w, SQUARE), *other;

        (void)state;
        assert_non_null(s);
        /* 0.01° by 0.01° at 18.3° north: 1,057.3 m by 1,106.8 m on the ellipsoid */
        assert_in_range(s->area, HA(116.9), HA(117.2));
        assert_int_equal(s->west, 105900000);
        other = shape_read(&site.w, "{\"type\":\"Feature\",\"geometry\":{\"type\":\"MultiPolygon\",\"coordinates\":[[[[105.905,18.30],[105.915,18.30],[105.915,18.31],[105.905,18.31],[105.905,18.30]]]]}}");
        assert_non_null(other);
        assert_in_range(shape_overlap(&site.w, s, other), s->area / 2 - HA(0.2), s->area / 2 + HA(0.2));
        other = shape_read(&site.w, "{\"type\":\"Polygon\",\"coordinates\":[[[105.91,18.30],[105.92,18.30],[105.92,18.31],[105.91,18.31],[105.91,18.30]]]}");
        assert_int_equal(shape_overlap(&site.w, s, other), 0); /* neighbours share a line and no land */
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                assert_null(shape_read(&site.w, cases[i].geojson));
                if (strstr(site.w.err.message, cases[i].why) == NULL)
                        fail_msg("row %zu: %s", i, site.w.err.message);
                error_clear(&site.w.err);
        }
}

/* A cluster of 501 parts, 0.0005° by 0.0005° each, in rows: as large as all of them. */
static void every_part_of_a_boundary_counts(void **state)
{
        enum { PARTS = 501 };
        struct shape *one = shape_read(&site.w, "{\"type\":\"Polygon\",\"coordinates\":[[[105.9,18.3],[105.9005,18.3],[105.9005,18.3005],[105.9,18.3005],[105.9,18.3]]]}"), *all;
        struct buf text;

        (void)state;
        buf_init(&text, 0);
        buf_text(&text, "{\"type\":\"MultiPolygon\",\"coordinates\":[");
        for (int i = 0; i < PARTS; i++) {
                double x = 105.9 + 0.001 * (i % 50), y = 18.3 + 0.001 * (i / 50);

                buf_print(&text, "%s[[[%.4f,%.4f],[%.4f,%.4f],[%.4f,%.4f],[%.4f,%.4f],[%.4f,%.4f]]]", i == 0 ? "" : ",", x, y, x + 0.0005, y, x + 0.0005, y + 0.0005, x, y + 0.0005, x, y);
        }
        buf_text(&text, "]}");
        all = shape_read(&site.w, text.data);
        buf_clear(&text);
        assert_non_null(one);
        assert_non_null(all);
        assert_int_equal(all->north, 18310500);
        assert_in_range(all->area, one->area * (PARTS - 1) + one->area / 2, one->area * PARTS + one->area / 2); /* rows differ a little */
}

static int geos_begun;

/* In place of that of the library, which it asks. */
GEOSContextHandle_t GEOS_init_r(void)
{
        GEOSContextHandle_t (*own)(void);

        *(void **)&own = dlsym(RTLD_NEXT, "GEOS_init_r");
        geos_begun++;
        return own();
}

/* NULL where all is right. */
static void *judge_some(void *unused)
{
        struct arena *arena = arena_open(WORK_MEMORY_USUAL);
        void *wrong = NULL;

        (void)unused;
        for (int i = 0; i < 20 && wrong == NULL; i++) {
                struct work w;
                struct shape *s, *other;

                work_init(&w, arena, NULL, LANGUAGE_EN);
                s = shape_read(&w, SQUARE);
                other = shape_read(&w, "{\"type\":\"Polygon\",\"coordinates\":[[[105.905,18.30],[105.915,18.30],[105.915,18.31],[105.905,18.31],[105.905,18.30]]]}");
                if (s == NULL || other == NULL || shape_overlap(&w, s, other) < s->area / 2 - HA(0.2))
                        wrong = &geos_begun;
                if (shape_read(&w, "{\"type\":\"Polygon\",\"coordinates\":[[[105.9,18.3],[105.91,18.31],[105.91,18.3],[105.9,18.31],[105.9,18.3]]]}") != NULL || w.err.code != ERR_INVALID)
                        wrong = &geos_begun;
        }
        arena_close(arena);
        return wrong;
}

/* However many ask at once: where GEOS begins and gets no memory, the program ends. */
static void geos_begins_once(void **state)
{
        enum { MANY = 24 };
        pthread_t threads[MANY];
        int begun;

        (void)state;
        assert_non_null(shape_read(&site.w, SQUARE));
        begun = geos_begun;
        assert_true(begun > 0);
        for (int i = 0; i < MANY; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, judge_some, NULL), 0);
        for (int i = 0; i < MANY; i++) {
                void *wrong = NULL;

                assert_int_equal(pthread_join(threads[i], &wrong), 0);
                assert_null(wrong);
        }
        assert_int_equal(geos_begun, begun);
}

/* Hà Nội – Hà Tĩnh, about 300 km. */
static void distances_are_those_of_the_sphere(void **state)
{
        (void)state;
        assert_in_range(cluster_distance(21028000, 105804000, 18343000, 105906000), 297500, 299500);
        assert_int_equal(cluster_distance(18343000, 105906000, 18343000, 105906000), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(occupancy_is_of_the_planned_industrial_land),
                cmocka_unit_test(areas_that_contradict_each_other_are_refused),
                cmocka_unit_test_setup_teardown(the_bounds_of_an_area_are_those_of_the_day_of_its_establishment, set_up, tear_down),
                cmocka_unit_test_setup_teardown(reports_have_the_rows_windows_and_due_days_of_the_circular, set_up, tear_down),
                cmocka_unit_test_setup_teardown(faulty_definitions_are_told_with_file_and_line, set_up, tear_down),
                cmocka_unit_test_setup_teardown(every_limit_of_establishment_over_tet, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_conditions_of_establishment_hold_up_to_their_bounds, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_rules_of_utilities_are_sent_within_five_working_days, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_appraisal_stands_still_while_the_dossier_is_completed, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_shares_and_bounds_hold_up_to_their_last_unit_and_cite_their_article, set_up, tear_down),
                cmocka_unit_test_setup_teardown(procedures_without_a_limit_say_why, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_cluster_stays_the_same_when_its_province_is_merged, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_boundary_is_measured_and_its_faults_are_told, set_up, tear_down),
                cmocka_unit_test_setup_teardown(every_part_of_a_boundary_counts, set_up, tear_down),
                cmocka_unit_test_setup_teardown(geos_begins_once, set_up, tear_down),
                cmocka_unit_test(distances_are_those_of_the_sphere),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
