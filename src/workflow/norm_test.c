/* Tables of norms, totals over acts and limits that end on a fixed day: what the fold takes, adds up, counts; what is complained of. */
#include "tests/cases.h"

static const char flow[] =
        "workflow: aid\n"
        "title: {vi: Hỗ trợ, en: Aid}\n"
        "valid: {from: 2010-01-01}\n"
        "source: Luật A\n"
        "unit: province\n"
        "steps: [{vi: Nhận, en: Received}]\n"
        "actors: [{id: office, title: {vi: Sở, en: Office}, roles: [specialist], relation: own}]\n"
        "states:\n"
        "  - {id: received, title: {vi: Đã nhận, en: Received}, kind: start, step: 1}\n"
        "  - {id: paid, title: {vi: Chi, en: Paid}, untimed: không có hạn}\n"
        "  - {id: done, title: {vi: Xong, en: Done}, kind: end}\n"
        "fields:\n"
        "  - {id: year, title: {vi: Năm, en: Year}, kind: year}\n"
        "  - {id: sort, title: {vi: Loại, en: Sort}, kind: choice, choices: [{id: model, title: {vi: M, en: M}}, {id: fair, title: {vi: F, en: F}}]}\n"
        "  - {id: cost, title: {vi: Chi phí, en: Cost}, kind: money}\n"
        "  - {id: support, title: {vi: Hỗ trợ, en: Support}, kind: money}\n"
        "  - {id: rate, title: {vi: Mức, en: Rate}, kind: number, decimals: 1, unit: {vi: \"%\", en: \"%\"}, norm: {table: support, column: rate, key: sort, on: decide}, source: X}\n"
        "  - {id: cap, title: {vi: Trần, en: Cap}, kind: money, norm: {table: support, column: cap, key: sort, on: decide}, source: X}\n"
        "  - {id: most, title: {vi: Cao nhất, en: Most}, kind: money, formula: cost * rate / 100, source: X}\n"
        "  - {id: payment, title: {vi: Chi, en: Payment}, kind: money}\n"
        "  - {id: spent, title: {vi: Đã chi, en: Spent}, kind: money, total_of: payment, source: X}\n"
        "checks:\n"
        "  - {id: most, rule: not known(most) or support <= most, message: {vi: Vượt, en: Above}, source: Điều 1}\n"
        "  - {id: cap, rule: not known(cap) or support <= cap, message: {vi: Vượt, en: Above}, source: Điều 1}\n"
        "  - {id: spent, rule: spent <= support, message: {vi: Chi quá, en: Overspent}, source: Điều 2}\n"
        "limits:\n"
        "  - {id: closing, title: {vi: Khóa sổ, en: Closing}, until: {month: 1, day: 22, year_of: year, plus: 1}, runs_in: [received], source: Điều 3}\n"
        "open: {by: [office], fields: [year, sort, cost]}\n"
        "actions:\n"
        "  - {id: decide, title: {vi: Duyệt, en: Decide}, from: [received], to: paid, by: [office], fields: [support], checks: [most, cap], source: Điều 4}\n"
        "  - {id: pay, title: {vi: Chi, en: Pay}, from: [paid], to: done, by: [office], fields: [payment], checks: [spent], source: Điều 5}\n"
        "  - {id: again, title: {vi: Lại, en: Again}, kind: appeal, from: [done], to: paid, by: [office], returns: true, source: Điều 5}\n";

static const char norms[] =
        "norms: support\n"
        "title: {vi: Mức hỗ trợ, en: Support}\n"
        "columns:\n"
        "  - {id: rate, title: {vi: Tỷ lệ, en: Rate}, decimals: 1, unit: {vi: \"%\", en: \"%\"}}\n"
        "  - {id: cap, title: {vi: Trần, en: Cap}, unit: {vi: đồng, en: VND}}\n"
        "rows:\n"
        "  - {key: model, valid: {from: 2014-01-01, to: 2018-05-11}, rate: 30, cap: 500, source: Cũ, verified: true}\n"
        "  - {key: model, valid: {from: 2018-05-12}, rate: 30, cap: 1000, source: Mới}\n"
        "  - {key: fair, valid: {from: 2018-05-12}, rate: 80.5, source: Mới}\n";

static struct arena *arena;

static int setup(void **state)
{
        (void)state;
        case_register();
        arena = arena_open((size_t)64 << 20);
        return arena == NULL;
}

static int teardown(void **state)
{
        (void)state;
        arena_close(arena);
        return 0;
}

/* The catalogue with one text of the workflow or of the norms in place of another one. */
static const struct catalogue *load(const char *old, const char *new, struct complaints *complaints)
{
        const char *texts[2] = { flow, norms };
        struct source files[4] = { TEST_PROVINCE };

        for (int i = 0; i < 2; i++) {
                const char *at = strstr(texts[i], old);

                if (at != NULL)
                        texts[i] = arena_print(arena, "%.*s%s%s", (int)(at - texts[i]), texts[i], new, at + strlen(old));
                files[2 + i] = (struct source){ i == 0 ? "workflows/aid/2010.workflow" : "workflows/aid/support.norms", texts[i], strlen(texts[i]) };
        }
        *complaints = (struct complaints){ .arena = arena, .language = LANGUAGE_EN };
        return catalogue_check(arena, files, 4, complaints);
}

static const struct { const char *old, *new, *message, *file; } faults[] = {
        { "table: support, column: rate", "table: others, column: rate", "no sound table of norms \"others\"", "workflows/aid/2010.workflow" },
        { "table: support, column: rate", "table: support, column: share", "with a column \"share\"", "workflows/aid/2010.workflow" },
        { "decimals: 1, unit: {vi: \"%\", en: \"%\"}, norm", "decimals: 2, unit: {vi: \"%\", en: \"%\"}, norm", "has 1 decimals", "workflows/aid/2010.workflow" },
        { "key: sort, on: decide", "key: sort, on: grant", "the workflow has no action \"grant\"", "workflows/aid/2010.workflow" },
        { "column: rate, key: sort", "column: rate, key: year", "must name a field of kind choice", "workflows/aid/2010.workflow" },
        { "total_of: payment", "total_of: year", "must name a field of kind money", "workflows/aid/2010.workflow" },
        { "total_of: payment", "total_of: most", "must name a field that people type", "workflows/aid/2010.workflow" },
        { "total_of: payment", "total_of: payment, formula: cost", "a field has one of", "workflows/aid/2010.workflow" },
        { "fields: [year, sort, cost]", "fields: [sort, cost]", "needs its year from the beginning", "workflows/aid/2010.workflow" },
        { "month: 1, day: 22", "month: 2, day: 29", "\"day\"", "workflows/aid/2010.workflow" },
        { "until: {month", "years: 2, until: {month", "ends on that day, whatever happens", "workflows/aid/2010.workflow" },
        { "until: {month", "days: 3, until: {month", "ends on that day, whatever happens", "workflows/aid/2010.workflow" },
        { "norms: support", "norms: other", "the file must be called other.norms", "workflows/aid/support.norms" },
        { "from: 2018-05-12}, rate: 30", "from: 2018-05-11}, rate: 30", "its days overlap those of line 7", "workflows/aid/support.norms" },
        { "rate: 80.5", "rate: 80.55", "\"rate\" must be a number", "workflows/aid/support.norms" },
        { "rate: 80.5", "rate: -1", "\"rate\" must be a number", "workflows/aid/support.norms" },
        { "rate: 80.5", "share: 80.5", "unknown key \"share\"", "workflows/aid/support.norms" },
        { "valid: {from: 2018-05-12}, rate: 80.5", "rate: 80.5", "\"valid\" is missing", "workflows/aid/support.norms" },
        { ", source: Cũ", "", "\"source\"", "workflows/aid/support.norms" },
};

static void every_fault_is_told_in_its_file(void **state)
{
        struct complaints c;

        (void)state;
        load("", "", &c);
        if (c.count > 0)
                fail_msg("%s:%d: %s", c.list[0].file, c.list[0].line, c.list[0].message);
        for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
                bool is_told = false;

                load(faults[i].old, faults[i].new, &c);
                for (size_t k = 0; k < c.count; k++)
                        is_told |= strstr(c.list[k].message, faults[i].message) != NULL && strcmp(c.list[k].file, faults[i].file) == 0;
                if (!is_told)
                        fail_msg("fault %zu (\"%s\") is not told; first: %s", i, faults[i].message, c.count == 0 ? "none" : c.list[0].message);
        }
}

static struct case_event event(const struct catalogue *c, enum case_act act, int64_t place, const char *on, const char *body)
{
        struct case_event e = test_event(arena, place, on, NULL, "specialist", unit_at(c, "42", test_day(on)), body);

        e.act = act;
        return e;
}

/* An application of 2018-05-01 for a sort and a cost, decided on a day: which norm holds, also in what is done on 2018-06-01. */
static const struct { const char *sort, *cost, *decided, *support; enum fault fault; const char *about, *basis, *norm; } decisions[] = {
        { "model", "5000", "2018-05-11", "500", FAULT_NONE, "", NULL, "Cũ" },
        { "model", "5000", "2018-05-11", "501", FAULT_CHECK, "cap", "Cũ", NULL },
        { "model", "5000", "2018-05-12", "1000", FAULT_NONE, "", NULL, "Mới" },
        { "model", "5000", "2018-05-12", "1001", FAULT_CHECK, "cap", "Mới", NULL },
        { "model", "1001", "2018-05-12", "300", FAULT_NONE, "", NULL, "Mới" },       /* 300.3 is rounded once */
        { "model", "1001", "2018-05-12", "301", FAULT_CHECK, "most", "Mới", NULL }, /* through the formula */
        { "fair", "1000", "2018-05-12", "805", FAULT_NONE, "", NULL, "Mới" },        /* no ceiling */
        { "fair", "1000", "2018-05-12", "806", FAULT_CHECK, "most", "Mới", NULL },
        { "fair", "1000", "2018-05-11", "999", FAULT_NONE, "", NULL, NULL },        /* no norm yet: nothing is forbidden */
};

static void the_norm_is_that_of_the_day_that_counts(void **state)
{
        struct complaints c;
        const struct catalogue *catalogue = load("", "", &c);

        (void)state;
        for (size_t i = 0; i < sizeof decisions / sizeof *decisions; i++) {
                struct case_event list[3] = {
                        event(catalogue, CASE_OPEN, 1, "2018-05-01",
                              arena_print(arena, "{\"workflow\":\"aid\",\"case_unit\":\"42@2004-01-01\",\"fields\":{\"year\":\"2018\",\"sort\":\"%s\",\"cost\":\"%s\"}}",
                                          decisions[i].sort, decisions[i].cost)),
                        event(catalogue, CASE_ACT, 2, decisions[i].decided, arena_print(arena, "{\"action\":\"decide\",\"fields\":{\"support\":\"%s\"}}", decisions[i].support)),
                        event(catalogue, CASE_ACT, 3, "2018-06-01", "{\"action\":\"pay\",\"fields\":{\"payment\":\"1\"}}"),
                };
                const struct case_file *f;

                f = case_fold(arena, catalogue, "X", list, 3, NULL, 0);
                if (list[0].fault != FAULT_NONE || list[1].fault != decisions[i].fault || strcmp(list[1].about, decisions[i].about) != 0)
                        fail_msg("row %zu: opening %d, fault %d about \"%s\"", i, list[0].fault, list[1].fault, list[1].about);
                if (decisions[i].basis != NULL)
                        assert_string_equal(list[1].norm->source, decisions[i].basis);
                else
                        assert_int_equal(list[2].fault, FAULT_NONE);
                if (decisions[i].norm != NULL)
                        assert_string_equal(f->values[workflow_field_find(f->workflow, "rate")].basis->source, decisions[i].norm);
        }
}

static void what_acts_told_is_added_up_where_they_count(void **state)
{
        static const struct { const char *payment; enum fault fault; int64_t spent; } payments[] = {
                { "100", FAULT_NONE, 100 }, { "250", FAULT_CHECK, 100 }, { "200", FAULT_NONE, 300 }, { "1", FAULT_CHECK, 300 },
        };
        struct complaints c;
        const struct catalogue *catalogue = load("", "", &c);
        struct case_event list[20];
        size_t count = 2;

        (void)state;
        list[0] = event(catalogue, CASE_OPEN, 1, "2019-05-01", "{\"workflow\":\"aid\",\"case_unit\":\"42@2004-01-01\",\"fields\":{\"year\":\"2019\",\"sort\":\"model\",\"cost\":\"1000\"}}");
        list[1] = event(catalogue, CASE_ACT, 2, "2019-06-01", "{\"action\":\"decide\",\"fields\":{\"support\":\"300\"}}");
        for (size_t i = 0; i < sizeof payments / sizeof *payments; i++) {
                const struct case_file *f;

                list[count] = event(catalogue, CASE_ACT, (int64_t)count + 1, "2019-07-01", arena_print(arena, "{\"action\":\"pay\",\"fields\":{\"payment\":\"%s\"}}", payments[i].payment));
                f = case_fold(arena, catalogue, "X", list, ++count, NULL, 0);
                assert_int_equal(list[count - 1].fault, payments[i].fault);
                assert_int_equal(f->values[workflow_field_find(f->workflow, "spent")].number, payments[i].spent);
                list[count] = event(catalogue, CASE_ACT, (int64_t)count + 1, "2019-07-01", "{\"action\":\"again\"}");
                count++;
        }
}

static void an_act_tells_of_the_fields_its_action_names(void **state)
{
        struct complaints c;
        const struct catalogue *catalogue = load("", "", &c);
        struct case_event list[2];

        (void)state;
        list[0] = event(catalogue, CASE_OPEN, 1, "2019-05-01", "{\"workflow\":\"aid\",\"case_unit\":\"42@2004-01-01\",\"fields\":{\"year\":\"2019\",\"sort\":\"model\",\"cost\":\"1000\"}}");
        list[1] = event(catalogue, CASE_ACT, 2, "2019-06-01", "{\"action\":\"decide\",\"fields\":{\"support\":\"300\",\"cost\":\"9000\"}}");
        case_fold(arena, catalogue, "X", list, 2, NULL, 0);
        assert_int_equal(list[1].fault, FAULT_FIELD_WRONG);
        assert_string_equal(list[1].about, "cost");
}

static void a_fixed_day_does_not_move(void **state)
{
        static const struct { const char *opened, *year, *due; } days[] = {
                { "2019-05-01", "2019", "2020-01-22" }, { "2020-03-01", "2019", "2020-01-22" }, { "2019-05-01", "2025", "2026-01-22" },
        };
        struct complaints c;
        const struct catalogue *catalogue = load("", "", &c);

        (void)state;
        for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
                struct case_event opening = event(catalogue, CASE_OPEN, 1, days[i].opened,
                        arena_print(arena, "{\"workflow\":\"aid\",\"case_unit\":\"42@2004-01-01\",\"fields\":{\"year\":\"%s\",\"sort\":\"model\",\"cost\":\"1\"}}", days[i].year));
                const struct case_file *f = case_fold(arena, catalogue, "X", &opening, 1, NULL, 0);

                assert_int_equal(opening.fault, FAULT_NONE);
                assert_int_equal(case_next_clock(f)->due, test_day(days[i].due));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_fault_is_told_in_its_file),
                cmocka_unit_test(the_norm_is_that_of_the_day_that_counts),
                cmocka_unit_test(what_acts_told_is_added_up_where_they_count),
                cmocka_unit_test(an_act_tells_of_the_fields_its_action_names),
                cmocka_unit_test(a_fixed_day_does_not_move),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
