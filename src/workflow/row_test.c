/* What acts tell row by row: each row keeps its own fields, what follows from them and what all rows together come to; what is complained of. */
#include "tests/cases.h"

static const char flow[] =
        "workflow: repair\n"
        "title: {vi: Việc, en: Work}\n"
        "valid: {from: 2010-01-01}\n"
        "source: Luật A\n"
        "unit: province\n"
        "steps: [{vi: Nhận, en: Received}]\n"
        "actors: [{id: office, title: {vi: Sở, en: Office}, roles: [specialist], relation: own}]\n"
        "states:\n"
        "  - {id: going, title: {vi: Đang làm, en: Going on}, kind: start, step: 1, untimed: không có hạn}\n"
        "  - {id: done, title: {vi: Xong, en: Done}, kind: end}\n"
        "fields:\n"
        "  - {id: money, title: {vi: Kinh phí, en: Money}, kind: money}\n"
        "  - {id: item, title: {vi: Hạng mục, en: Item}, kind: text}\n"
        "  - {id: planned, title: {vi: Kế hoạch, en: Planned}, kind: number, decimals: 1, unit: {vi: x, en: x}, row_of: item}\n"
        "  - {id: made, title: {vi: Đã làm, en: Made}, kind: number, decimals: 1, unit: {vi: x, en: x}, row_of: item}\n"
        "  - {id: share, title: {vi: Đạt, en: Share}, kind: number, decimals: 1, unit: {vi: \"%\", en: \"%\"}, formula: 100 * made / planned, row_of: item, source: X}\n"
        "  - {id: cost, title: {vi: Chi phí, en: Cost}, kind: money, row_of: item}\n"
        "  - {id: costs, title: {vi: Cộng, en: Costs}, kind: money, sum_of: cost, source: X}\n"
        "checks:\n"
        "  - {id: costs, rule: costs <= money, message: {vi: Vượt, en: Above}, source: Điều 1}\n"
        "  - {id: made, rule: made <= planned, severity: warning, message: {vi: Vượt, en: Above}, source: Điều 2}\n"
        "open: {by: [office], fields: [money]}\n"
        "actions:\n"
        "  - {id: plan, title: {vi: Kế hoạch, en: Plan}, kind: record, optional: true, from: [going], by: [office], fields: [item, planned, cost], checks: [costs], source: Điều 3}\n"
        "  - {id: report, title: {vi: Báo cáo, en: Report}, kind: record, optional: true, from: [going], by: [office], fields: [item, made], checks: [made], needs: {row: true}, source: Điều 4}\n"
        "  - {id: close, title: {vi: Đóng, en: Close}, from: [going], to: done, by: [office], source: Điều 5}\n";

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

/* The catalogue with one text of the workflow in place of another one. */
static const struct catalogue *load(const char *old, const char *new, struct complaints *complaints)
{
        const char *at = strstr(flow, old), *text = arena_print(arena, "%.*s%s%s", (int)(at - flow), flow, new, at + strlen(old));
        struct source files[] = { TEST_PROVINCE,
                                  { "workflows/repair/2010.workflow", text, strlen(text) } };

        *complaints = (struct complaints){ .arena = arena, .language = LANGUAGE_EN };
        return catalogue_check(arena, files, 3, complaints);
}

static const struct { const char *old, *new, *message; } faults[] = {
        { "made / planned, row_of: item", "made / planned", "a formula over fields of a row is a field of that row" },
        { "row_of: item}\n  - {id: costs", "row_of: money}\n  - {id: costs", "must name a text or a choice that people type" },
        { "row_of: item}\n  - {id: costs", "row_of: planned}\n  - {id: costs", "must name a text or a choice that people type" },
        { "row_of: item}\n  - {id: costs", "row_of: thing}\n  - {id: costs", "\"row_of\" names nothing that is defined" },
        { "row_of: item}\n  - {id: made", "unit_of: item, row_of: item}\n  - {id: made", "\"unit_of\" of a number names a text of the same row" },
        { "row_of: item}\n  - {id: costs", "unit_of: money, row_of: item}\n  - {id: costs", "\"unit_of\" of a number names a text of the same row" },
        { "sum_of: cost", "sum_of: cost, row_of: item", "a field of a row is typed, or has a \"formula\"" },
        { "sum_of: cost", "sum_of: money", "\"sum_of\" must name a field with \"row_of\"" },
        { "kind: money, sum_of: cost", "kind: number, unit: {vi: x, en: x}, sum_of: planned", "and as many decimals" },
        { "sum_of: cost", "sum_of: cost, formula: money", "a field has one of" },
        { "fields: [money]", "fields: [money, item]", "a case is opened without rows" },
        { "fields: [money]", "fields: [money, cost]", "a case is opened without rows" },
        { "fields: [item, planned, cost]", "fields: [planned, cost]", "it must ask for \"item\", which names the row" },
        { "fields: [item, made]", "fields: [money]", "needs a row, and asks for no field that names one" },
        { "fields: [item, planned, cost], checks: [costs], source", "fields: [item, planned, cost], checks: [costs], needs: {row: true}, source", "\"report\" needs a row that nobody can have begun in the state \"going\"" },
        { "{id: close, title: {vi: Đóng, en: Close}, from", "{id: close, title: {vi: Đóng, en: Close}, kind: withdraw, optional: true, from", "only what is of kind record can be" },
};

static void every_fault_is_told(void **state)
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
                        is_told |= strstr(c.list[k].message, faults[i].message) != NULL;
                if (!is_told)
                        fail_msg("fault %zu (\"%s\") is not told; first: %s", i, faults[i].message, c.count == 0 ? "none" : c.list[0].message);
        }
}

/* ---- the fold --------------------------------------------------------------------------------------------------------- */

static const struct catalogue *catalogue;
static struct case_event list[40];
static size_t count;

static const struct case_file *told(const char *action, const char *fields)
{
        list[count] = test_event(arena, (int64_t)count + 1, "2024-05-02", NULL, "specialist", unit_at(catalogue, "42", test_day("2024-05-02")),
                                 arena_print(arena, "{\"action\":\"%s\",\"fields\":{%s},\"workflow\":\"repair\",\"case_unit\":\"42@2004-01-01\"}", action, fields));
        list[count].act = count == 0 ? CASE_OPEN : CASE_ACT;
        count++;
        return case_fold(arena, catalogue, "X", list, count, NULL, 0);
}

static void begin(void)
{
        struct complaints c;

        catalogue = load("", "", &c);
        count = 0;
        told("", "\"money\":\"100\"");
}

/* A field of a row as a number; -1: it is not known, or there is no such row. */
static int64_t of_row(const struct case_file *f, const char *name, const char *field)
{
        const struct case_line *line = case_line_of(arena, f, workflow_field_find(f->workflow, "item"), name);
        const struct field_value *v = line == NULL ? NULL : &line->values[workflow_field_find(f->workflow, field)];

        return v == NULL || !v->is_known ? -1 : v->number;
}

static void each_row_keeps_what_was_told_of_it(void **state)
{
        const struct case_file *f;

        (void)state;
        begin();
        told("plan", "\"item\":\"A\",\"planned\":\"4\",\"cost\":\"60\"");
        told("plan", "\"item\":\"B\",\"planned\":\"10\",\"cost\":\"30\"");
        told("report", "\"item\":\"A\",\"made\":\"3\"");
        f = told("report", "\"item\":\"B\",\"made\":\"1\"");
        assert_int_equal(f->line_count, 2);
        assert_int_equal(of_row(f, "A", "planned"), 40);
        assert_int_equal(of_row(f, "A", "made"), 30);
        assert_int_equal(of_row(f, "A", "share"), 750);
        assert_int_equal(of_row(f, "B", "share"), 100);
        assert_int_equal(f->values[workflow_field_find(f->workflow, "costs")].number, 90);
        f = told("plan", "\"item\":\"A\",\"planned\":\"6\",\"cost\":\"50\""); /* told anew: what was made stays */
        assert_int_equal(of_row(f, "A", "made"), 30);
        assert_int_equal(of_row(f, "A", "share"), 500);
        assert_int_equal(f->values[workflow_field_find(f->workflow, "costs")].number, 80);
        assert_int_equal(f->line_count, 2);
        for (size_t i = 0; i < count; i++)
                assert_int_equal(list[i].fault, FAULT_NONE);
}

static void what_breaks_a_rule_leaves_its_row_as_it_was(void **state)
{
        const struct case_file *f;

        (void)state;
        begin();
        told("plan", "\"item\":\"A\",\"planned\":\"4\",\"cost\":\"60\"");
        f = told("plan", "\"item\":\"B\",\"planned\":\"1\",\"cost\":\"41\"");
        assert_int_equal(list[2].fault, FAULT_CHECK); /* 101 of 100 */
        assert_string_equal(list[2].about, "costs");
        assert_int_equal(f->line_count, 1);
        f = told("plan", "\"item\":\"A\",\"planned\":\"4\",\"cost\":\"100\""); /* in place of the 60, not beside it */
        assert_int_equal(list[3].fault, FAULT_NONE);
        f = told("report", "\"item\":\"A\",\"made\":\"4.1\"");
        assert_int_equal(list[4].fault, FAULT_CHECK);
        assert_int_equal(of_row(f, "A", "made"), -1);
        f = told("report", "\"item\":\"C\",\"made\":\"1\"");
        assert_int_equal(list[5].fault, FAULT_ROW);
        assert_string_equal(list[5].about, "item");
        f = told("report", "\"made\":\"1\""); /* of the row that was told of last? nobody says so */
        assert_int_equal(list[6].fault, FAULT_FIELD_MISSING);
        assert_string_equal(list[6].about, "item");
        f = told("plan", "\"item\":\"D\",\"planned\":\"1\""); /* what another row holds is not its own */
        assert_int_equal(list[7].fault, FAULT_FIELD_MISSING);
        assert_string_equal(list[7].about, "cost");
        assert_int_equal(f->line_count, 1);
}

/* Typed by hand, month after month: in another normal form, another case, with the tone on the other vowel, with other spaces. */
static void one_name_however_it_is_typed_is_one_row(void **state)
{
        static const char *const spellings[] = { "May\xCC\x81 ho\xCC\x80" "a 01", "m\xC3\xA1y HO\xC3\x80 1", "  M\xC3\xA1y\xC2\xA0  h\xC3\xB2" "a\xE3\x80\x80" "01 " };
        static const char *const others[] = { "May h\xC3\xB2" "a 01", "M\xC3\xA1y hoa 01", "M\xC3\xA1y h\xC3\xB2" "a 011", "M\xC3\xA1yh\xC3\xB2" "a 01" };
        const struct case_file *f;

        (void)state;
        begin();
        told("plan", "\"item\":\"M\xC3\xA1y h\xC3\xB2" "a 01\",\"planned\":\"4\",\"cost\":\"60\"");
        for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
                f = told("report", arena_print(arena, "\"item\":\"%s\",\"made\":\"%zu\"", spellings[i], i + 1));
                assert_int_equal(list[count - 1].fault, FAULT_NONE);
                assert_int_equal(f->line_count, 1);
                assert_int_equal(of_row(f, spellings[i], "made"), 10 * (i + 1));
                assert_string_equal(f->lines[0].name, "M\xC3\xA1y h\xC3\xB2" "a 01"); /* as it was first */
                assert_string_equal(f->lines[0].values[f->lines[0].key].text, f->lines[0].name);
        }
        for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
                f = told("report", arena_print(arena, "\"item\":\"%s\",\"made\":\"1\"", others[i]));
                assert_int_equal(list[count - 1].fault, FAULT_ROW);
        }
        f = told("plan", "\"item\":\" \xC2\xA0 \",\"planned\":\"4\",\"cost\":\"1\"");
        assert_int_equal(list[count - 1].fault, FAULT_FIELD_MISSING);
        assert_int_equal(f->line_count, 1);
}

static void a_sum_that_is_too_large_on_its_way_and_not_in_the_end_is_known(void **state)
{
        const struct case_file *f;

        (void)state;
        begin();
        told("plan", "\"item\":\"A\",\"planned\":\"1\",\"cost\":\"60\"");
        f = told("plan", "\"item\":\"B\",\"planned\":\"1\",\"cost\":\"9223372036854775800\"");
        assert_int_equal(list[2].fault, FAULT_CHECK); /* nobody knows whether that is within the money */
        assert_int_equal(f->line_count, 1);
        f = told("plan", "\"item\":\"B\",\"planned\":\"1\",\"cost\":\"40\"");
        assert_int_equal(list[3].fault, FAULT_NONE);
        assert_int_equal(f->values[workflow_field_find(f->workflow, "costs")].number, 100);
}

/* What is due again each time that it was done takes as much room for each of many times as for one. */
static void what_was_done_often_takes_room_for_each_time_once(void **state)
{
        enum { TIMES = 4000 };
        struct case_event *often = arena_array(arena, TIMES, sizeof *often);
        const struct unit *unit;
        struct case_file *f;
        struct complaints c;

        (void)state;
        catalogue = load("open: {by: [office], fields: [money]}\nactions:\n",
                         "limits: [{id: month, title: {vi: Tháng, en: Month}, kind: window, days: 30, count: calendar, runs_in: [going], source: Điều 6}]\n"
                         "open: {by: [office], fields: [money]}\nactions:\n"
                         "  - {id: renew, title: {vi: Lại, en: Again}, kind: record, from: [going], by: [office], limit: month, source: Điều 6}\n", &c);
        assert_int_equal(c.count, 0);
        unit = unit_at(catalogue, "42", test_day("2024-05-02"));
        for (int i = 0; i < TIMES; i++) {
                often[i] = test_event(arena, i + 1, "2024-05-02", NULL, "specialist", unit, i == 0 ? "{\"action\":\"\",\"fields\":{\"money\":\"1\"},\"workflow\":\"repair\",\"case_unit\":\"42@2004-01-01\"}"
                                                                                                   : "{\"action\":\"renew\"}");
                often[i].act = i == 0 ? CASE_OPEN : CASE_ACT;
        }
        f = case_fold(arena, catalogue, "X", often, TIMES, NULL, 0);
        assert_int_equal(f->clock_count, TIMES);
        assert_int_equal(f->clocks[0].ended, f->clocks[TIMES - 1].started);
}

static void what_is_optional_is_nobodys_next_step(void **state)
{
        const struct workflow *w;

        (void)state;
        begin();
        w = workflow_find(catalogue, "repair", test_day("2024-05-02"));
        assert_false(workflow_is_step(w, &w->actions[workflow_action_find(w, "plan")], 0));
        assert_true(workflow_is_step(w, &w->actions[workflow_action_find(w, "close")], 0));
}

/* A certificate in force is nobody's work; that it can be revoked makes it none. */
static void a_move_is_optional_where_nobody_owes_anything(void **state)
{
        struct complaints none;
        const struct catalogue *c = load("from: [going], to: done, by: [office]", "optional: true, from: [going], to: done, by: [office]", &none);
        const struct workflow *w;

        (void)state;
        assert_non_null(c);
        assert_int_equal(none.count, 0);
        w = workflow_find(c, "repair", test_day("2024-05-02"));
        assert_false(workflow_is_step(w, &w->actions[workflow_action_find(w, "close")], 0));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_fault_is_told),
                cmocka_unit_test(each_row_keeps_what_was_told_of_it),
                cmocka_unit_test(what_breaks_a_rule_leaves_its_row_as_it_was),
                cmocka_unit_test(one_name_however_it_is_typed_is_one_row),
                cmocka_unit_test(a_sum_that_is_too_large_on_its_way_and_not_in_the_end_is_known),
                cmocka_unit_test(what_was_done_often_takes_room_for_each_time_once),
                cmocka_unit_test(what_is_optional_is_nobodys_next_step),
                cmocka_unit_test(a_move_is_optional_where_nobody_owes_anything),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
