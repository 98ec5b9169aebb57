/* What an area adds to cases: a check over several of them inside the transaction, rows that are folded from each. */
#include "tests/support.h"

#include "base/log.h"
#include "ledger/check.h"
#include "ledger/node.h"
#include "ledger/trust.h"
#include "ledger/write.h"
#include "workflow/case.h"

static const char support[] =
        "workflow: support\n"
        "title: {vi: Hỗ trợ, en: Support}\n"
        "valid: {from: 2024-01-01}\n"
        "source: Luật A\n"
        "unit: province\n"
        "steps: [{vi: Một, en: One}]\n"
        "actors:\n"
        "  - {id: office, title: {vi: Sở, en: Department}, roles: [specialist], relation: own}\n"
        "states:\n"
        "  - {id: asked, title: {vi: Đề nghị, en: Asked}, kind: start, step: 1, untimed: không có hạn}\n"
        "  - {id: granted, title: {vi: Đã cấp, en: Granted}, kind: end}\n"
        "documents:\n"
        "  - {id: decision, title: {vi: Quyết định, en: Decision}, source: Điều 1}\n"
        "fields:\n"
        "  - {id: money, title: {vi: Kinh phí, en: Money}, kind: money}\n"
        "  - {id: jobs, title: {vi: Lao động, en: Jobs}, kind: number, unit: {vi: người, en: persons}}\n"
        "  - {id: sort, title: {vi: Loại, en: Sort}, kind: choice, choices: [{id: new, title: {vi: Mới, en: New}}, {id: old, title: {vi: Cũ, en: Old}}]}\n"
        "open: {by: [office], fields: [money, sort]}\n"
        "actions:\n"
        "  - {id: grant, title: {vi: Cấp, en: Grant}, from: [asked], to: granted, by: [office], documents: [decision], source: Điều 1}\n"
        "  - {id: report, title: {vi: Báo kết quả, en: Report results}, kind: record, from: [granted], by: [office], fields: [jobs], source: Điều 2}\n";

static const struct source files[] = {
#define SOURCE(path, text) { path, text, sizeof text - 1 }
        SOURCE("units/kinds.csv", "kind,level,label_vi,label_en\nquoc_gia,country,,\ntinh,province,Tỉnh,Province\n"),
        SOURCE("units/acts.csv", "act,title_vi,title_en\nnq,Nghị quyết,Resolution\n"),
        SOURCE("units/regions.csv", "region,name_vi,name_en\n2,Trung,Centre\n"),
        SOURCE("units/all.csv", "code,kind,name_vi,name_en,parent,from,to\nVN,quoc_gia,Việt Nam,Viet Nam,,1945-09-02,\n"
                                "42,tinh,Hà Tĩnh,Ha Tinh,VN,2004-01-01,\n"),
        SOURCE("units/changes.csv", "old,new,share,date,act\n"),
        SOURCE("calendar/years.csv", "year,verified,basis\n2026,yes,x\n"),
        SOURCE("calendar/days.csv", "from,to,kind,name_vi,name_en\n2026-02-14,2026-02-22,holiday,Tết,Tet\n"),
        SOURCE("workflows/support/1.workflow", support),
#undef SOURCE
};

/* ---- the part: at most 100 đồng in all --------------------------------------------------------------------------- */

static bool within_budget(struct work *w, const struct case_file *after, const struct case_event *event)
{
        int64_t granted = db_number(w->db, "SELECT COALESCE(SUM(money), 0) FROM granted WHERE case_id <> $1", ARGS(v_text(after->id)), 0);

        if (event->action < 0 || strcmp(after->workflow->actions[event->action].id, "grant") != 0)
                return true;
        return work_ok(w) && (granted + case_value(after, "money")->number <= 100 || error_set(&w->err, ERR_CONFLICT, "the budget is spent"));
}

static bool fold_granted(struct work *w, const struct case_file *f)
{
        const struct field_value *jobs = case_value(f, "jobs");

        return case_done(f, "grant") == NULL ||
               db_exec(w->db, "INSERT INTO granted (case_id, money, jobs, sort, decision) VALUES ($1, $2, $3, $4, $5)",
                       ARGS(v_text(f->id), v_int(case_value(f, "money")->number), v_int(jobs == NULL ? 0 : jobs->number),
                            v_text(case_choice(f, "sort")), v_text(case_paper_of(f, "decision")->number)));
}

static const char *const granted_tables[] = { "granted", NULL };
static const struct case_part support_parts[] = {
        { .workflow = "support", .check = within_budget, .tables = granted_tables, .fold = fold_granted },
        { 0 },
};
static const struct derived_table own_tables[] = {
        { "granted",
          "CREATE TABLE granted (case_id TEXT NOT NULL PRIMARY KEY, money BIGINT NOT NULL, jobs BIGINT NOT NULL, sort TEXT NOT NULL, "
          "decision TEXT NOT NULL)",
          "SELECT case_id, money, jobs, sort, decision FROM granted", "tiitt" },
        { NULL, NULL, NULL, NULL },
};

static const struct entry_kind *const kinds[] = { trust_kinds, succession_kinds, catalogue_kinds, case_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, catalogue_tables, case_tables, own_tables, NULL };
static const struct ledger_schema schema = { .kinds = kinds, .tables = tables };

/* ---- a node ------------------------------------------------------------------------------------------------------- */

static const struct user specialist = { "ha", "Thu Hà", ROLE_SPECIALIST, "42" };
static struct node *node;
static struct arena *arena;
static struct work w;

static void begin(const struct user *user)
{
        arena_reset(arena);
        work_init(&w, arena, NULL, LANGUAGE_EN);
        w.db = node_reader(node, &w.err);
        assert_non_null(w.db);
        w.node = node;
        w.user = user;
        w.now = moment_of_day(day_of(2026, 11, 3)) + 36000000;
}

static bool load(struct work *work, void *argument)
{
        struct complaints complaints = { .arena = work->arena, .language = LANGUAGE_EN };
        size_t changed;

        (void)argument;
        if (catalogue_load(work, files, sizeof files / sizeof *files, &complaints, &changed))
                return true;
        for (size_t i = 0; i < complaints.count; i++)
                print_message("%s:%d: %s\n", complaints.list[i].file, complaints.list[i].line, complaints.list[i].message);
        return false;
}

static int setup(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        const char *folder = test_path("node");

        (void)state;
        log_set_level(LOG_ALARM);
        arena = arena_open(WORK_MEMORY_USUAL);
        if (!node_init(folder, "42", test_store(), &schema, &err) || (node = node_open(folder, NODE_WRITE, &schema, &err)) == NULL)
                fail_msg("%s", err.message);
        begin(&user_operator);
        if (!ledger_write(&w, load, NULL))
                fail_msg("%s", w.err.message);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        node_close(node);
        arena_close(arena);
        return 0;
}

struct writing { const char *id; enum case_act act; const char *json; char written[CASE_ID_MAX]; };

static bool write_it(struct work *work, void *argument)
{
        struct writing *x = argument;
        json_t *body = json_loads(x->json, 0, NULL);
        const char *id = body == NULL ? NULL : case_write(work, x->id, x->act, body);

        snprintf(x->written, sizeof x->written, "%s", id == NULL ? "" : id);
        json_decref(body);
        return id != NULL;
}

static bool write_case(struct writing *x)
{
        begin(&specialist);
        return ledger_write(&w, write_it, x);
}

static void open_case(struct writing *x, int money)
{
        *x = (struct writing){ .act = CASE_OPEN };
        begin(&specialist);
        x->json = arena_print(w.arena, "{\"workflow\":\"support\",\"case_unit\":\"42@2004-01-01\",\"fields\":{\"money\":\"%d\",\"sort\":\"old\"}}", money);
        assert_true(ledger_write(&w, write_it, x));
}

static int64_t number(const char *sql)
{
        begin(&user_operator);
        return db_number(w.db, sql, NO_ARGS, -1);
}

static void what_a_part_checks_holds_over_all_cases(void **state)
{
        struct writing first, second, act = { .act = CASE_ACT, .json = "{\"action\":\"grant\",\"documents\":{\"decision\":{\"number\":\"1/QĐ\",\"on\":\"2026-11-01\"}}}" };

        (void)state;
        open_case(&first, 60);
        open_case(&second, 41);
        act.id = first.written;
        assert_true(write_case(&act));
        act.id = second.written;
        assert_false(write_case(&act));
        assert_int_equal(w.err.code, ERR_CONFLICT);
        assert_string_equal(w.err.message, "the budget is spent");
        assert_int_equal(number("SELECT SUM(money) FROM granted"), 60);
        begin(&specialist);
        assert_string_equal(case_load(&w, second.written)->workflow->states[0].id, "asked");
        assert_int_equal(case_load(&w, second.written)->event_count, 1);
}

static void rows_follow_the_case_also_after_its_end_and_when_made_anew(void **state)
{
        struct writing one, act = { .act = CASE_ACT };
        int64_t entries;

        (void)state;
        open_case(&one, 40);
        act.id = one.written;
        act.json = "{\"action\":\"grant\",\"documents\":{\"decision\":{\"number\":\"2/QĐ\",\"on\":\"2026-11-01\"}}}";
        assert_true(write_case(&act));
        act.json = "{\"action\":\"report\",\"fields\":{\"jobs\":\"7\"}}";
        assert_true(write_case(&act));
        act.json = "{\"action\":\"report\",\"fields\":{\"jobs\":\"9\"}}"; /* as often as there is something to report */
        assert_true(write_case(&act));
        assert_int_equal(number("SELECT jobs FROM granted WHERE decision = '2/QĐ' AND sort = 'old'"), 9);
        begin(&specialist);
        assert_int_equal(case_load(&w, one.written)->ended, day_of(2026, 11, 3));
        begin(&user_operator);
        if (!ledger_rebuild_check(&w, &entries))
                fail_msg("%s (%s)", w.err.message, w.err.context);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_a_part_checks_holds_over_all_cases),
                cmocka_unit_test(rows_follow_the_case_also_after_its_end_and_when_made_anew),
        };

        case_register();
        case_add_parts(support_parts);
        return cmocka_run_group_tests(tests, setup, teardown);
}
