/* What schemes bind and may cost: every ceiling of both regimes of norms, and money that is conserved in every schedule of acts. */
#include "tests/cases.h"

#include "areas/promotion/promotion.h"

static struct arena *arena;
static const struct catalogue *catalogue;

static const char units[] = "code,kind,name_vi,name_en,parent,from,to\nVN,quoc_gia,Việt Nam,Viet Nam,,1945-09-02,\n42,tinh,Hà Tĩnh,Ha Tinh,VN,2004-01-01,\n";
static const char kinds[] = "kind,level,label_vi,label_en\nquoc_gia,country,,\ntinh,province,Tỉnh,Province\n";
static const char years[] = "year,verified,basis\n2025,yes,x\n", days[] = "from,to,kind,name_vi,name_en\n2025-01-01,2025-01-01,holiday,x,x\n";

static int setup(void **state)
{
        static const char *const paths[] = { "workflows/promotion_national/2014.workflow", "workflows/promotion_national/2025.workflow", "workflows/promotion_national/support.norms",
                                             "workflows/promotion_local/2014.workflow", "workflows/promotion_local/2025.workflow", "workflows/promotion_local/support.norms",
                                             "workflows/promotion_vote_commune/2014-district.workflow", "workflows/promotion_vote_commune/2025-commune.workflow",
                                             "workflows/promotion_vote_province/2014.workflow", "workflows/promotion_vote_province/2025.workflow",
                                             "workflows/promotion_vote_region/2014.workflow", "workflows/promotion_vote_region/2025.workflow",
                                             "workflows/promotion_vote_nation/2014.workflow", "workflows/promotion_vote_nation/2025.workflow" };
        struct complaints complaints;
        struct source files[4 + sizeof paths / sizeof *paths] = { { "units/kinds.csv", kinds, sizeof kinds - 1 }, { "units/all.csv", units, sizeof units - 1 },
                                    { "calendar/years.csv", years, sizeof years - 1 }, { "calendar/days.csv", days, sizeof days - 1 } };

        (void)state;
        case_register();
        arena = arena_open((size_t)512 << 20);
        if (arena == NULL)
                return -1;
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
                files[4 + i] = (struct source){ paths[i], shipped_file(paths[i]), strlen(shipped_file(paths[i])) };
        complaints = (struct complaints){ .arena = arena, .language = LANGUAGE_EN };
        catalogue = catalogue_check(arena, files, sizeof files / sizeof *files, &complaints);
        for (size_t i = 0; i < complaints.count; i++)
                print_message("%s:%d: %s\n", complaints.list[i].file, complaints.list[i].line, complaints.list[i].message);
        return complaints.count == 0 ? 0 : -1;
}

static int teardown(void **state)
{
        (void)state;
        arena_close(arena);
        return 0;
}

/* ---- acts by hand ---------------------------------------------------------------------------------------------------- */

static struct case_event list[120];
static size_t count;

static struct case_event *act(const char *on, const char *role, const char *unit, const char *action, const char *papers, const char *fields)
{
        struct case_event *e = &list[count];
        const char *named = "";

        for (char *copy = arena_text(arena, papers), *at = strtok(copy, " "); at != NULL; at = strtok(NULL, " "))
                named = arena_print(arena, "%s%s\"%s\":{\"number\":\"1\",\"on\":\"%s\"}", named, *named == '\0' ? "" : ",", at, on);
        assert_true(count < sizeof list / sizeof *list);
        *e = test_event(arena, (int64_t)count + 1, on, NULL, role, unit_at(catalogue, unit, test_day(on)),
                        arena_print(arena, "{\"action\":\"%s\",\"reason\":\"y\",\"documents\":{%s},\"fields\":{%s}}", action, named, fields));
        count++;
        return e;
}

static const char *f(const char *name, int64_t value)
{
        return arena_print(arena, "\"%s\":\"%lld\"", name, (long long)value);
}

/* Registered and taken; the money asked for stands in the opening. */
static void begin(const char *workflow, const char *received, const char *activity, int64_t cost, int64_t support)
{
        struct case_event *e;

        count = 0;
        e = act(received, "center", "42", "", "application scheme_text",
                arena_print(arena, "\"plan_year\":\"%d\",\"activity\":\"%s\",\"beneficiary\":\"A\",\"tax_code\":\"1\",\"implementer\":\"B\",\"quantity\":\"1\",\"eligible_cost\":\"%lld\","
                                   "\"support\":\"%lld\",\"other_state\":\"0\",\"enterprise_money\":\"%lld\",\"other_money\":\"0\",\"machines_planned\":\"1\",\"jobs_planned\":\"1\","
                                   "\"turnover_planned\":\"1\",\"energy_planned\":\"1\"", (int)(test_day(received) / 365.2425 + 1971), activity, (long long)cost, (long long)support, (long long)cost));
        e->act = CASE_OPEN;
        json_object_set_new(e->body, "workflow", json_string(workflow));
        json_object_set_new(e->body, "case_unit", json_string("42@2004-01-01"));
        act(received, "specialist", "42", "take", "", "");
}

static struct case_file *fold(void)
{
        return case_fold(arena, catalogue, "X", list, count, NULL, 0);
}

/* ---- ceilings --------------------------------------------------------------------------------------------------------- */

#define M 1000000
#define NONE INT64_MAX

/* domain: rate in per cent and amount in million dong for each activity, by the day of approval. Cost: 100 bn where the amount binds, 10 M where the rate does. */
static const struct { const char *activity, *approved; int64_t rate, amount; } ceilings[] = {
        { "a2", "2015-03-02", 30, 500 },    { "a3", "2015-03-02", NONE, 100 },  { "a4", "2015-03-02", 50, 200 },     { "a4", "2018-05-11", 50, 200 },
        { "a1", "2019-03-04", NONE, 10 },   { "a2", "2019-03-04", 30, 1000 },   { "a3", "2019-03-04", NONE, 100 },   { "a4", "2018-05-12", 50, 300 },
        { "a4_line", "2019-03-04", 50, 450 }, { "a5", "2019-03-04", 30, 500 },  { "a6", "2019-03-04", 100, NONE },   { "a7", "2019-03-04", 80, NONE },
        { "a8", "2019-03-04", 100, NONE },  { "a9", "2019-03-04", 50, 35 },     { "a10", "2019-03-04", 50, 35 },     { "a11", "2019-03-04", 50, 50 },
        { "a12", "2019-03-04", 50, 500 },   { "a13", "2019-03-04", 30, 300 },   { "a14", "2019-03-04", NONE, 30 },   { "a14_region", "2019-03-04", NONE, 50 },
        { "a15", "2019-03-04", 50, 150 },   { "a16", "2019-03-04", 50, 500 },   { "a17", "2019-03-04", NONE, 6000 }, { "a18", "2019-03-04", NONE, 1500 },
        { "a19", "2019-03-04", NONE, NONE }, { "a20", "2019-03-04", NONE, NONE }, { "a21", "2019-03-04", NONE, NONE }, { "a4", "2026-11-02", 50, 300 },
        { "a22", "2026-11-02", 50, 300 },   { "a23", "2026-11-02", 30, 500 },
};

/* Approve an amount on a day, long after it was asked for; what became of the decision. */
static struct case_event *decide(bool is_national, const char *activity, const char *approved_on, int64_t cost, int64_t dong)
{
        const char *received = strcmp(approved_on, "2026-01-01") > 0 ? "2025-11-03" : "2014-05-05";

        begin(is_national ? "promotion_national" : "promotion_local", received, activity, cost, dong);
        if (is_national) {
                act(approved_on, "director", "42", "submit_ministry", "base_minutes summary", "");
                act(approved_on, "director", "VN", "pass_ministry", "ministry_opinion", "");
                act(approved_on, "director", "VN", "approve", "plan_decision", f("approved", dong));
        } else {
                act(approved_on, "director", "42", "approve", "base_minutes plan_decision", f("approved", dong));
        }
        fold();
        for (size_t i = 0; i < count; i++)
                if (list[i].fault != FAULT_NONE)
                        return &list[i];
        return &list[count - 1];
}

static void no_scheme_gets_more_than_rate_times_cost_nor_than_the_ceiling(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof ceilings / sizeof *ceilings; i++)
                for (int way = 0; way < 4; way++) {
                        bool is_national = (way & 1) != 0, by_amount = way >= 2;
                        int64_t cost = by_amount ? (int64_t)100000 * M : 10 * M;
                        int64_t most = by_amount ? ceilings[i].amount : ceilings[i].rate;
                        const struct case_event *e;

                        if (most == NONE || (by_amount && ceilings[i].rate == NONE && ceilings[i].amount == NONE) || (!by_amount && ceilings[i].amount != NONE && ceilings[i].amount < 10))
                                continue;
                        most = by_amount ? most * M : most * cost / 100;
                        e = decide(is_national, ceilings[i].activity, ceilings[i].approved, cost, most);
                        if (e->fault != FAULT_NONE)
                                fail_msg("%s on %s: %lld is refused (%d, %s)", ceilings[i].activity, ceilings[i].approved, (long long)most, e->fault, e->about);
                        e = decide(is_national, ceilings[i].activity, ceilings[i].approved, cost, most + 1);
                        if (e->fault != FAULT_CHECK || (e->norm == NULL && !(ceilings[i].rate == 100 && !by_amount)))
                                fail_msg("%s on %s: %lld is allowed (%d, %s)", ceilings[i].activity, ceilings[i].approved, (long long)most + 1, e->fault, e->about);
                }
}

static void what_has_no_ceiling_is_by_its_estimate(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof ceilings / sizeof *ceilings; i++)
                if (ceilings[i].rate == NONE && ceilings[i].amount == NONE)
                        assert_int_equal(decide(true, ceilings[i].activity, ceilings[i].approved, 10 * M, 9 * M)->fault, FAULT_NONE);
}

/* How much of a contract of 100 million may be paid in advance. */
static const struct { const char *activity; int64_t percent; } advances[] = {
        { "a17", 30 }, { "a18", 30 }, { "a19", 70 }, { "a10", 70 }, { "a20", 70 }, { "a8", 70 }, { "a9", 70 }, { "a14_region", 70 }, { "a15", 70 }, { "a5", 70 }, { "a4", 100 }, { "a6", 70 }, { "a7", 70 },
        { "a14", 70 }, { "a16", 70 },
};

static void an_advance_is_no_more_than_its_part_of_the_contract(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof advances / sizeof *advances; i++)
                for (int over = 0; over < 2; over++) {
                        int64_t contract = 30 * M, paid = contract * advances[i].percent / 100 + over;

                        assert_int_equal(decide(true, advances[i].activity, "2019-03-04", 1000 * M, contract)->fault, FAULT_NONE);
                        act("2019-03-05", "director", "VN", "assign_plan", "assignment", f("assigned", contract));
                        act("2019-03-06", "director", "VN", "sign", "contract", f("contract_value", contract));
                        act("2019-03-07", "specialist", "VN", "advance", "advance_dossier", f("payment", paid));
                        fold();
                        if (list[count - 1].fault != (over ? FAULT_CHECK : FAULT_NONE))
                                fail_msg("%s: an advance of %lld: fault %d about %s", advances[i].activity, (long long)paid, list[count - 1].fault, list[count - 1].about);
                }
}

/* Where no highest advance is known the act says so and gives way to a reason: 83 % of a contract for machines. */
static void an_advance_without_a_norm_names_the_norm_that_is_missing(void **state)
{
        struct case_event *e;

        (void)state;
        for (int with_reason = 0; with_reason < 2; with_reason++) {
                decide(true, "a4", "2019-03-04", 820 * M, 300 * M);
                act("2019-03-05", "director", "VN", "assign_plan", "assignment", f("assigned", 300 * M));
                act("2019-03-06", "director", "VN", "sign", "contract", f("contract_value", 300 * M));
                e = act("2019-03-07", "specialist", "VN", "advance", "advance_dossier", f("payment", 250 * M));
                if (!with_reason)
                        json_object_del(e->body, "reason");
                fold();
                e = &list[count - 1];
                assert_int_equal(e->fault, with_reason ? FAULT_NONE : FAULT_CHECK);
                assert_string_equal(e->about, with_reason ? "" : "advance_known");
        }
}

/* ---- complaints ------------------------------------------------------------------------------------------------------------- */

/* A rejection can be complained of within 90 days; within 30 it is decided: appraised again, or left as it is. Then it can be complained of once more, within
 * 30 days, to whoever stands above, who decides within 45: a dismissal opens no 90 days again. */
static void a_rejection_can_be_complained_of_twice_each_within_its_time(void **state)
{
        static const struct { const char *workflow, *role, *unit; } schemes[] = { { "promotion_national", "director", "VN" }, { "promotion_local", "director", "42" } };
        static const char *const received[] = { "2021-03-01", "2026-03-02" };
        static const struct { const char *rejected, *late, *in_time, *answered, *late_again, *in_time_again, *answered_again; } dates[] = {
                { "2021-03-10", "2021-06-09", "2021-06-08", "2021-07-08", "2021-08-08", "2021-08-07", "2021-09-21" },
                { "2026-03-10", "2026-06-09", "2026-06-08", "2026-07-08", "2026-08-08", "2026-08-07", "2026-09-21" },
        };
        enum { LATE, ACCEPTED, DISMISSED, LATE_AGAIN, ACCEPTED_AGAIN, DISMISSED_AGAIN, WAYS };
        static const char *const states[] = { "rejected", "base_appraisal", "upheld", "upheld", "base_appraisal", "upheld_again" };

        (void)state;
        for (size_t i = 0; i < 2; i++)
                for (int regime = 0; regime < 2; regime++)
                        for (int way = LATE; way < WAYS; way++) {
                                const struct case_file *file;
                                struct scheme s;
                                const char *role = schemes[i].role, *unit = schemes[i].unit;

                                begin(schemes[i].workflow, received[regime], "a4", 820 * M, 300 * M);
                                act(dates[regime].rejected, "director", "42", "reject", "", "");
                                act(way == LATE ? dates[regime].late : dates[regime].in_time, "center", "42", "complain", "complaint", "");
                                file = fold();
                                assert_int_equal(list[count - 1].fault, way == LATE ? FAULT_TOO_LATE : FAULT_NONE);
                                if (way != LATE) {
                                        assert_string_equal(case_next_clock(file)->limit->id, "complaint_answer");
                                        assert_int_equal(case_next_clock(file)->due, test_day(dates[regime].answered));
                                        act(dates[regime].answered, role, unit, way == ACCEPTED ? "accept_complaint" : "dismiss_complaint", "complaint_decision", "");
                                        assert_int_equal((fold(), list[count - 1].fault), FAULT_NONE);
                                }
                                if (way == DISMISSED) { /* not as if nothing had been decided */
                                        act(dates[regime].answered, "center", "42", "complain", "complaint", "");
                                        assert_int_equal((fold(), list[count - 1].fault), FAULT_STATE);
                                }
                                if (way >= LATE_AGAIN) {
                                        act(way == LATE_AGAIN ? dates[regime].late_again : dates[regime].in_time_again, "center", "42", "complain_again", "complaint_again", "");
                                        file = fold();
                                        assert_int_equal(list[count - 1].fault, way == LATE_AGAIN ? FAULT_TOO_LATE : FAULT_NONE);
                                }
                                if (way >= ACCEPTED_AGAIN) {
                                        assert_string_equal(case_next_clock(file)->limit->id, "complaint_again_answer");
                                        assert_int_equal(case_next_clock(file)->due, test_day(dates[regime].answered_again));
                                        act(dates[regime].answered_again, role, unit, way == ACCEPTED_AGAIN ? "accept_complaint_again" : "dismiss_complaint_again",
                                            "complaint_again_decision", "");
                                        assert_int_equal((fold(), list[count - 1].fault), FAULT_NONE);
                                }
                                file = fold();
                                assert_string_equal(file->workflow->states[file->state].id, states[way]);
                                assert_true(scheme_read(file, &s) && s.is_failed == (file->ended != DAY_NONE));
                                if (way == DISMISSED_AGAIN) { /* no third time */
                                        act(dates[regime].answered_again, "center", "42", "complain_again", "complaint_again", "");
                                        assert_int_equal((fold(), list[count - 1].fault), FAULT_STATE);
                                }
                        }
}

/* ---- limits ------------------------------------------------------------------------------------------------------------- */

/* Every limit of the dossier on promotion, in each regime: so many days, a day of the plan's year (plus years), or so many calendar years (plus, without a month). */
static const struct { const char *workflow, *limit; int days; bool is_working; int month, day, plus; bool is_verified; } limits[] = {
        { "promotion_national", "registration", 0, false, 5, 19, -1, true }, /* before 20 May of the year before */
        { "promotion_local", "registration", 0, false, 5, 19, -1, false },   { "promotion_national", "base", 0, false, 6, 20, -1, false },
        { "promotion_local", "base", 0, false, 6, 20, -1, false },           { "promotion_national", "dossier", 15, false, 0, 0, 0, true },
        { "promotion_local", "dossier", 15, false, 0, 0, 0, true },          { "promotion_national", "settlement", 0, false, 1, 22, 1, true },
        { "promotion_local", "settlement", 0, false, 1, 22, 1, true },       { "promotion_national", "execution", 0, false, 12, 31, 0, false },
        { "promotion_national", "year_1", 0, false, 0, 0, 1, false }, { "promotion_national", "result_1", 60, false, 0, 0, 0, false },      { "promotion_national", "year_3", 0, false, 0, 0, 3, false }, { "promotion_national", "result_3", 60, false, 0, 0, 0, false },
        { "promotion_local", "year_1", 0, false, 0, 0, 1, false }, { "promotion_local", "result_1", 60, false, 0, 0, 0, false },         { "promotion_local", "year_3", 0, false, 0, 0, 3, false }, { "promotion_local", "result_3", 60, false, 0, 0, 0, false },
        { "promotion_national", "complaint", 90, false, 0, 0, 0, false },    { "promotion_national", "complaint_answer", 30, false, 0, 0, 0, false },
        { "promotion_local", "complaint", 90, false, 0, 0, 0, false },       { "promotion_local", "complaint_answer", 30, false, 0, 0, 0, false },
        { "promotion_national", "complaint_again", 30, false, 0, 0, 0, false }, { "promotion_national", "complaint_again_answer", 45, false, 0, 0, 0, false },
        { "promotion_local", "complaint_again", 30, false, 0, 0, 0, false }, { "promotion_local", "complaint_again_answer", 45, false, 0, 0, 0, false },
        { "promotion_national", "contracting", 0, false, 6, 30, 0, false },  { "promotion_national", "report", 92, false, 0, 0, 0, false },
        { "promotion_local", "contracting", 0, false, 6, 30, 0, false },     { "promotion_local", "report", 92, false, 0, 0, 0, false },
        { "promotion_local", "execution", 0, false, 12, 31, 0, false },
        { "promotion_vote_region", "vote", 30, true, 0, 0, 0, true },        { "promotion_vote_region", "validity", 0, false, 0, 0, 2, false },
        { "promotion_vote_nation", "validity", 0, false, 0, 0, 2, false },   { "promotion_vote_province", "validity", 0, false, 0, 0, 2, false },
        { "promotion_vote_commune", "validity", 0, false, 0, 0, 2, false },
};

static void the_limits_are_those_of_the_circulars_in_both_regimes(void **state)
{
        static const char *const received[] = { "2021-03-01", "2026-03-02" };

        (void)state;
        for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
                for (int regime = 0; regime < 2; regime++) {
                        const struct workflow *w = workflow_find(catalogue, limits[i].workflow, test_day(received[regime]));
                        const struct workflow_limit *l = NULL;

                        assert_non_null(w);
                        for (int k = 0; k < w->limit_count; k++)
                                if (strcmp(w->limits[k].id, limits[i].limit) == 0)
                                        l = &w->limits[k];
                        if (l == NULL || l->is_working != limits[i].is_working || l->month != limits[i].month || l->basis.is_verified != limits[i].is_verified ||
                            l->years != limits[i].plus || (l->month != 0 ? l->day_of_month != limits[i].day : l->years == 0 && l->days != limits[i].days))
                                fail_msg("%s of %s is not as it should be", limits[i].limit, w->path);
                        for (int k = 0; k < w->limit_count; k++) { /* none without its row */
                                size_t rows = 0;

                                for (size_t n = 0; n < sizeof limits / sizeof *limits; n++)
                                        rows += strcmp(limits[n].workflow, w->id) == 0 && strcmp(limits[n].limit, w->limits[k].id) == 0;
                                if (rows != 1)
                                        fail_msg("%s of %s has %zu rows", w->limits[k].id, w->path, rows);
                        }
                }
}

static const struct case_clock *report_due(const struct case_file *file)
{
        const struct case_clock *running = NULL;

        for (int i = 0; i < file->clock_count; i++)
                if (strcmp(file->clocks[i].limit->id, "report") == 0 && file->clocks[i].ended == DAY_NONE) {
                        assert_null(running); /* one at a time */
                        running = &file->clocks[i];
                }
        return running;
}

/* 92 days from the begin of the work, then from each report; while a change is considered it stands still; once the field is checked none is due. */
static void a_report_of_progress_falls_due_again_each_time_it_is_made(void **state)
{
        (void)state;
        decide(true, "a4", "2025-01-10", 820 * M, 300 * M);
        act("2025-01-20", "director", "VN", "assign_plan", "assignment", f("assigned", 300 * M));
        act("2025-02-01", "director", "VN", "sign", "contract", f("contract_value", 300 * M));
        assert_null(report_due(fold()));
        act("2025-02-15", "center", "42", "start", "", "");
        assert_int_equal(report_due(fold())->due, test_day("2025-05-18"));
        act("2025-05-10", "center", "42", "report", "progress_report", "\"progress\":\"20\",\"enterprise_spent\":\"0\"");
        assert_int_equal(report_due(fold())->due, test_day("2025-08-10"));
        act("2025-06-01", "center", "42", "request_change", "change_request", "");
        assert_true(report_due(fold())->stands_still);
        act("2025-06-11", "director", "VN", "refuse_change", "", "");
        assert_int_equal(report_due(fold())->due, test_day("2025-08-20"));
        act("2025-08-20", "center", "42", "report", "progress_report", "\"progress\":\"60\",\"enterprise_spent\":\"0\"");
        assert_int_equal(report_due(fold())->due, test_day("2025-11-20"));
        act("2025-10-01", "specialist", "42", "inspect", "inspection_minutes", "");
        assert_null(report_due(fold()));
        for (size_t i = 0; i < count; i++)
                assert_int_equal(list[i].fault, FAULT_NONE);
}

static day due_of(const struct case_file *file, const char *limit)
{
        for (int i = 0; i < file->clock_count; i++)
                if (strcmp(file->clocks[i].limit->id, limit) == 0)
                        return file->clocks[i].due;
        return DAY_NONE;
}

static void written_on(struct case_event *e, const char *at)
{
        e->at = test_event(arena, e - list + 1, at, "2025-01-01", "center", e->unit, "{}").at;
}

/* Written once the definition said that results wait. */
static void written_late(struct case_event *e)
{
        written_on(e, "2027-03-01");
}

/* Results are asked for calendar years after the settlement, however late those of the first year came: not a day before, and within 60 days. */
static void results_are_asked_for_one_and_three_years_after_the_settlement(void **state)
{
        static const char first[] = "\"machines_1\":\"1\",\"jobs_1\":\"5\",\"turnover_1\":\"1\",\"energy_1\":\"0\"", third[] = "\"machines_3\":\"1\",\"jobs_3\":\"5\",\"turnover_3\":\"1\",\"energy_3\":\"0\"";
        size_t settled;

        (void)state;
        decide(true, "a4", "2023-01-10", 820 * M, 300 * M);
        act("2023-01-20", "director", "VN", "assign_plan", "assignment", f("assigned", 300 * M));
        act("2023-02-01", "director", "VN", "sign", "contract", f("contract_value", 300 * M));
        act("2023-02-15", "center", "42", "start", "", "");
        act("2023-10-01", "specialist", "42", "inspect", "inspection_minutes", "");
        act("2023-10-02", "specialist", "42", "accept", "acceptance_minutes", "\"progress\":\"100\",\"enterprise_spent\":\"520000000\"");
        act("2023-10-03", "center", "42", "submit_settlement", "settlement_dossier", f("settled_value", 300 * M));
        act("2024-02-29", "director", "VN", "settle", "liquidation", "\"payment\":\"300000000\",\"refund\":\"0\",\"settled_value\":\"300000000\"");
        for (size_t i = 0; i < count; i++)
                assert_int_equal((fold(), list[i].fault), FAULT_NONE);
        assert_int_equal(due_of(fold(), "year_1"), test_day("2025-02-28"));
        assert_int_equal(due_of(fold(), "result_1"), test_day("2025-04-29"));
        assert_int_equal(due_of(fold(), "year_3"), test_day("2027-02-28"));
        settled = count;
        written_on(act("2025-02-28", "center", "42", "results_1", "result_report", first), "2026-11-29");
        assert_int_equal((fold(), list[count - 1].fault), FAULT_TOO_EARLY);
        written_late(act("2025-06-01", "center", "42", "results_1", "result_report", first));
        assert_int_equal(due_of(fold(), "result_3"), test_day("2027-04-29"));
        written_late(act("2025-06-01", "center", "42", "results_3", "result_report", third)); /* not both at once */
        assert_int_equal((fold(), list[count - 1].fault), FAULT_TOO_EARLY);
        written_late(act("2027-03-01", "center", "42", "results_3", "result_report", third));
        assert_int_equal(fold()->ended, test_day("2027-03-01"));
        /* Until the definition said that results wait, they were taken early; that stays so. */
        count = settled;
        act("2025-02-27", "center", "42", "results_1", "result_report", first);
        written_on(act("2025-03-03", "center", "42", "results_3", "result_report", third), "2026-11-28"); /* the day on which programs learned it: some had not */
        assert_int_equal(fold()->ended, test_day("2025-03-03"));
        assert_int_equal(list[count - 1].fault, FAULT_NONE);
        assert_int_equal(list[count - 2].fault, FAULT_NONE);
}

/* ---- leverage -------------------------------------------------------------------------------------------------------------- */

static void leverage_is_enterprises_money_for_one_dong(void **state)
{
        (void)state;
        assert_int_equal(leverage_of(950 * M, 300 * M), 317); /* 3.17 : 1 */
        assert_int_equal(leverage_of((int64_t)2150 * M, 300 * M), 717);
        assert_int_equal(leverage_of(0, 300 * M), 0);
        assert_int_equal(leverage_of(5, 0), -1);
}

/* ---- money is conserved ---------------------------------------------------------------------------------------------------------- */

static const struct { const char *role, *unit, *action, *papers, *field; } ways[] = {
        { "director", "42", "submit_ministry", "base_minutes summary", NULL }, { "director", "VN", "pass_ministry", "ministry_opinion", NULL },
        { "director", "VN", "approve", "plan_decision", "approved" },           { "director", "VN", "assign_plan", "assignment", "assigned" },
        { "director", "VN", "sign", "contract", "contract_value" },             { "specialist", "VN", "advance", "advance_dossier", "payment" },
        { "center", "42", "start", "", NULL },                                  { "specialist", "VN", "pay", "payment_order", "payment" },
        { "specialist", "42", "inspect", "inspection_minutes", NULL },          { "specialist", "42", "accept", "acceptance_minutes", "progress\":\"100\",\"enterprise_spent" },
        { "center", "42", "submit_settlement", "settlement_dossier", "settled_value" }, { "director", "VN", "settle", "liquidation", "payment\":\"0\",\"refund\":\"0\",\"settled_value" },
        { "director", "VN", "stop", "stop_decision", NULL },                    { "specialist", "VN", "recover", "recovery", "refund" },
        { "director", "VN", "end_stop", "", "settled_value" },                  { "director", "VN", "cancel", "stop_decision", NULL },
        { "specialist", "VN", "approve", "plan_decision", "approved" },         { "center", "42", "report", "progress_report", "progress\":\"50\",\"enterprise_spent" },
};

static int64_t told(const struct case_event *e, const char *field)
{
        const char *text = json_string_value(json_object_get(json_object_get(e->body, "fields"), field));

        return text == NULL ? 0 : strtoll(text, NULL, 10);
}

static uint64_t seed = 20261127;

static unsigned draw(unsigned below)
{
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        return (unsigned)((seed >> 33) % below);
}

/* Acts that count, amounts as people mistype them: what went out less what came back is what is disbursed, within contract, assignment, approval. */
static void money_is_conserved_in_every_schedule(void **state)
{
        static const int64_t amounts[] = { 0, 1, 50 * M, 100 * M, 150 * M, 300 * M, 301 * M };
        int ended = 0, paid_worlds = 0;

        (void)state;
        for (int world = 0; world < 150; world++) {
                struct arena *outer = arena;
                day on = test_day("2019-03-04");
                bool was_planned = false;

                arena = arena_open((size_t)128 << 20);
                assert_non_null(arena);
                begin("promotion_national", "2018-06-05", "a4", 1000 * M, 300 * M);
                for (int i = 0, step = 0; i < 40; i++) {
                        unsigned way = draw(3) ? (unsigned)step % 12 : draw(sizeof ways / sizeof *ways);
                        int64_t dong = amounts[draw(2) ? 5 : draw(7)];
                        struct case_file *after;
                        struct scheme s;
                        int64_t out = 0, back = 0;
                        char text[DAY_TEXT_MAX];

                        on += (day)draw(3);
                        day_write(text, on);
                        act(text, ways[way].role, ways[way].unit, ways[way].action, ways[way].papers, ways[way].field == NULL ? "" : f(ways[way].field, dong));
                        after = fold();
                        step += list[count - 1].fault == FAULT_NONE;
                        assert_true(scheme_read(after, &s));
                        for (size_t k = 0; k < count; k++)
                                if (list[k].fault == FAULT_NONE && list[k].act == CASE_ACT) {
                                        out += told(&list[k], "payment");
                                        back += told(&list[k], "refund");
                                }
                        assert_int_equal(case_value(after, "paid")->number, out);
                        assert_int_equal(case_value(after, "refunded")->number, back);
                        assert_true(out - back >= 0);
                        if (s.is_planned) {
                                assert_int_equal(s.disbursed, out - back);
                                assert_true(s.disbursed <= s.contract && s.contract <= s.assigned && s.assigned <= s.approved && s.approved <= 300 * M);
                                assert_true(s.committed <= s.approved && s.committed >= (after->ended == DAY_NONE ? s.disbursed : 0));
                        }
                        assert_true(!was_planned || s.is_planned || (out == 0 && s.committed == 0));
                        was_planned = s.is_planned;
                        if (after->ended != DAY_NONE && s.is_planned)
                                assert_int_equal(s.disbursed, s.committed);
                }
                ended += fold()->ended != DAY_NONE;
                paid_worlds += case_value(fold(), "paid")->number > 0;
                arena_close(arena);
                arena = outer;
        }
        assert_true(ended > 10);
        assert_true(paid_worlds > 30);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(no_scheme_gets_more_than_rate_times_cost_nor_than_the_ceiling),
                cmocka_unit_test(what_has_no_ceiling_is_by_its_estimate),
                cmocka_unit_test(an_advance_is_no_more_than_its_part_of_the_contract),
                cmocka_unit_test(an_advance_without_a_norm_names_the_norm_that_is_missing),
                cmocka_unit_test(a_rejection_can_be_complained_of_twice_each_within_its_time),
                cmocka_unit_test(the_limits_are_those_of_the_circulars_in_both_regimes),
                cmocka_unit_test(a_report_of_progress_falls_due_again_each_time_it_is_made),
                cmocka_unit_test(results_are_asked_for_one_and_three_years_after_the_settlement),
                cmocka_unit_test(leverage_is_enterprises_money_for_one_dong),
                cmocka_unit_test(money_is_conserved_in_every_schedule),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
