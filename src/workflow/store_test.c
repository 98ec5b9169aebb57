/* Cases in the ledger: what an area adds (a check over several of them inside the transaction, rows folded from each), and what is due
 * for whom as days go by. */
#include "tests/support.h"

#include "base/hex.h"
#include "base/log.h"
#include "figure/figure.h"
#include "ledger/check.h"
#include "ledger/node.h"
#include "ledger/trust.h"
#include "ledger/write.h"
#include "workflow/case_private.h"

static const char support[] =
        "workflow: support\n"
        "title: {vi: Hỗ trợ, en: Support}\n"
        "valid: {from: 2024-01-01}\n"
        "source: Luật A\n"
        "unit: province\n"
        "steps: [{vi: Một, en: One}]\n"
        "actors:\n"
        "  - {id: office, title: {vi: Sở, en: Department}, roles: [specialist], relation: own}\n"
        "  - {id: boss, title: {vi: Giám đốc, en: Director}, roles: [director], relation: own}\n"
        "  - {id: ministry, title: {vi: Bộ, en: Ministry}, roles: [specialist], relation: asked}\n"
        "states:\n"
        "  - {id: asked, title: {vi: Đề nghị, en: Asked}, kind: start, step: 1}\n"
        "  - {id: granted, title: {vi: Đã cấp, en: Granted}, kind: end}\n"
        "  - {id: withdrawn, title: {vi: Đã rút, en: Withdrawn}, kind: end, failure: true}\n"
        "documents:\n"
        "  - {id: decision, title: {vi: Quyết định, en: Decision}, source: Điều 1}\n"
        "fields:\n"
        "  - {id: money, title: {vi: Kinh phí, en: Money}, kind: money}\n"
        "  - {id: jobs, title: {vi: Lao động, en: Jobs}, kind: number, unit: {vi: người, en: persons}}\n"
        "  - {id: sort, title: {vi: Loại, en: Sort}, kind: choice, choices: [{id: new, title: {vi: Mới, en: New}}, {id: old, title: {vi: Cũ, en: Old}}]}\n"
        "limits:\n"
        "  - {id: exam, title: {vi: Xét, en: Examination}, days: 10, count: calendar, runs_in: [asked], remind: [3, 1], escalate: {after: 2, to: boss}, source: Điều 3}\n"
        "open: {by: [office], fields: [money, sort]}\n"
        "actions:\n"
        "  - {id: grant, title: {vi: Cấp, en: Grant}, from: [asked], to: granted, by: [office], documents: [decision], source: Điều 1}\n"
        "  - {id: ask, title: {vi: Hỏi, en: Ask}, kind: ask, from: [asked], by: [office], source: Điều 4}\n"
        "  - {id: reply, title: {vi: Trả lời, en: Reply}, kind: answer, from: [asked], by: [ministry], source: Điều 4}\n"
        "  - {id: withdraw, title: {vi: Rút, en: Withdraw}, kind: withdraw, from: [asked], to: withdrawn, by: [boss], source: Điều 5}\n"
        "  - {id: report, title: {vi: Báo kết quả, en: Report results}, kind: record, from: [granted], by: [office], fields: [jobs], source: Điều 2}\n";

static const char project[] =
        "workflow: project\n"
        "title: {vi: Dự án, en: Project}\n"
        "valid: {from: 2024-01-01}\n"
        "source: Luật B\n"
        "unit: province\n"
        "steps: [{vi: Một, en: One}]\n"
        "sub_cases: [project]\n"
        "actors:\n"
        "  - {id: office, title: {vi: Sở, en: Department}, roles: [specialist], relation: own}\n"
        "states:\n"
        "  - {id: begun, title: {vi: Đã bắt đầu, en: Begun}, kind: start, step: 1, untimed: không có thời hạn}\n"
        "  - {id: done, title: {vi: Đã xong, en: Done}, kind: end}\n"
        "fields:\n"
        "  - {id: jobs, title: {vi: Lao động, en: Jobs}, kind: number, unit: {vi: người, en: persons}}\n"
        "open: {by: [office]}\n"
        "actions:\n"
        "  - {id: finish, title: {vi: Xong, en: Finish}, from: [begun], to: done, by: [office], needs: {sub_cases: true}, source: Điều 1}\n"
        "  - {id: report, title: {vi: Báo kết quả, en: Report results}, kind: record, from: [done], by: [office], fields: [jobs], source: Điều 2}\n";
/* What may be done once a limit is over: while it runs, and after it has ended because the case went on. */
static const char tender[] =
        "workflow: tender\ntitle: {vi: Mời, en: Call}\nvalid: {from: 2024-01-01}\nsource: Luật B\nunit: province\nsteps: [{vi: Mời, en: Call}]\n"
        "actors: [{id: office, title: {vi: Sở, en: Department}, roles: [specialist], relation: own}, {id: boss, title: {vi: GĐ, en: Boss}, roles: [director], relation: own}]\n"
        "states:\n"
        "  - {id: called, title: {vi: Đang mời, en: Called}, kind: start, step: 1, untimed: x}\n"
        "  - {id: closed, title: {vi: Đã đóng, en: Closed}, step: 1, untimed: x}\n"
        "  - {id: chosen, title: {vi: Đã chọn, en: Chosen}, kind: end, step: 1}\n"
        "  - {id: failed, title: {vi: Không chọn, en: Failed}, kind: end, failure: true}\n"
        "limits: [{id: window, title: {vi: Nhận hồ sơ, en: Reception}, kind: window, days: 10, count: calendar, runs_in: [called], source: Điều 1}]\n"
        "open: {by: [office]}\n"
        "actions:\n"
        "  - {id: close, title: {vi: Đóng, en: Close}, from: [called], to: closed, by: [office], source: Điều 1}\n"
        "  - {id: admit, title: {vi: Nhận, en: Admit}, kind: record, from: [called, closed], by: [boss], within: window, source: Điều 1}\n"
        "  - {id: fail, title: {vi: Không chọn, en: Fail}, from: [called], to: failed, by: [office], after: window, source: Điều 1}\n"
        "  - {id: choose, title: {vi: Chọn, en: Choose}, from: [closed], to: chosen, by: [office], after: window, source: Điều 2}\n";

/* A case that waits for those below it, twice; one below it that may be appealed. */
static const char whole[] =
        "workflow: whole\ntitle: {vi: Chung, en: Whole}\nvalid: {from: 2024-01-01}\nsource: Luật C\nunit: province\nsteps: [{vi: Một, en: One}]\n"
        "actors: [{id: office, title: {vi: Sở, en: Department}, roles: [specialist], relation: own}]\n"
        "states:\n"
        "  - {id: open, title: {vi: Mở, en: Open}, kind: start, step: 1, untimed: x}\n"
        "  - {id: decided, title: {vi: Đã định, en: Decided}, step: 1, untimed: x}\n"
        "  - {id: done, title: {vi: Xong, en: Done}, kind: end, step: 1}\n"
        "open: {by: [office]}\nsub_cases: [under]\n"
        "actions:\n"
        "  - {id: decide, title: {vi: Quyết định, en: Decide}, from: [open], to: decided, by: [office], needs: {sub_cases: true}, source: Điều 1}\n"
        "  - {id: confirm, title: {vi: Xác nhận, en: Confirm}, from: [decided], to: done, by: [office], needs: {sub_cases: true}, source: Điều 1}\n";
static const char under[] =
        "workflow: under\ntitle: {vi: Riêng, en: Piece}\nvalid: {from: 2024-01-01}\nsource: Luật C\nunit: province\nsteps: [{vi: Một, en: One}]\n"
        "actors: [{id: office, title: {vi: Sở, en: Department}, roles: [specialist], relation: own}]\n"
        "states:\n"
        "  - {id: open, title: {vi: Mở, en: Open}, kind: start, step: 1, untimed: x}\n"
        "  - {id: again, title: {vi: Xét lại, en: Again}, step: 1, untimed: x}\n"
        "  - {id: ended, title: {vi: Đã xong, en: Ended}, kind: end, step: 1}\n"
        "open: {by: [office]}\n"
        "actions:\n"
        "  - {id: end, title: {vi: Kết thúc, en: End}, from: [open, again], to: ended, by: [office], source: Điều 1}\n"
        "  - {id: appeal, title: {vi: Khiếu nại, en: Appeal}, kind: appeal, from: [ended], to: again, by: [office], returns: true, source: Điều 2}\n";

static const struct source files[] = {
#define SOURCE(path, text) { path, text, sizeof text - 1 }
        SOURCE("units/kinds.csv", "kind,level,label_vi,label_en\nquoc_gia,country,,\ntinh,province,Tỉnh,Province\n"),
        SOURCE("units/acts.csv", "act,title_vi,title_en\nnq,Nghị quyết,Resolution\n"),
        SOURCE("units/regions.csv", "region,name_vi,name_en\n2,Trung,Centre\n"),
        SOURCE("units/all.csv", "code,kind,name_vi,name_en,parent,from,to\nVN,quoc_gia,Việt Nam,Viet Nam,,1945-09-02,\n"
                                "42,tinh,Hà Tĩnh,Ha Tinh,VN,2004-01-01,\n44,tinh,Quảng Trị,Quang Tri,VN,2004-01-01,\n90,tinh,Gộp,Joined,VN,2024-01-01,\n"),
        SOURCE("units/changes.csv", "old,new,share,date,act\n"),
        SOURCE("calendar/years.csv", "year,verified,basis\n2026,yes,x\n"),
        SOURCE("calendar/days.csv", "from,to,kind,name_vi,name_en\n2026-02-14,2026-02-22,holiday,Tết,Tet\n"),
        SOURCE("workflows/support/1.workflow", support),
        SOURCE("workflows/project/1.workflow", project),
        SOURCE("workflows/tender/1.workflow", tender),
        SOURCE("workflows/whole/1.workflow", whole),
        SOURCE("workflows/under/1.workflow", under),
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
static const struct derived_table *const tables[] = { trust_tables, catalogue_tables, figure_tables, case_tables, own_tables, NULL };
static const struct ledger_schema schema = { .kinds = kinds, .tables = tables };

/* ---- a node ------------------------------------------------------------------------------------------------------- */

static const struct user specialist = { "ha", "Thu Hà", ROLE_SPECIALIST, "42", false };
static const struct user director = { "an", "Nguyễn An", ROLE_DIRECTOR, "42", false };
static const struct user officer = { "bo", "Chuyên viên Bộ", ROLE_SPECIALIST, "VN", false };
static const struct user neighbour = { "tri", "Chuyên viên Quảng Trị", ROLE_SPECIALIST, "44", false };
static day today; /* lies before the day on which the test runs: entries are stamped with the real time */
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
        w.now = moment_of_day(today) + 36000000;
}

/* The province "90" was made of so many: more than anybody keeps room for. */
#define JOINED 120
enum { UNITS = 3, CHANGES }; /* of the files */

static bool load(struct work *work, void *argument)
{
        struct complaints complaints = { .arena = work->arena, .language = LANGUAGE_EN };
        struct source all[sizeof files / sizeof *files];
        size_t changed;

        (void)argument;
        memcpy(all, files, sizeof files);
        for (int i = 0; i < JOINED; i++) {
                all[UNITS].text = arena_print(work->arena, "%s9%03d,tinh,Cũ %d,Old %d,VN,2004-01-01,2023-12-31\n", all[UNITS].text, i, i, i);
                all[CHANGES].text = arena_print(work->arena, "%s9%03d,90,1,2024-01-01,nq\n", all[CHANGES].text, i);
        }
        for (int i = UNITS; i <= CHANGES; i++)
                all[i].length = strlen(all[i].text);
        if (catalogue_load(work, all, sizeof all / sizeof *all, NULL, &complaints, &changed))
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
        today = day_of(2024, 11, 4);
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

static bool write_as(const struct user *user, struct writing *x)
{
        bool is_done;

        begin(user);
        is_done = ledger_write(&w, write_it, x);
        if (!is_done)
                print_message("# refused: %s\n", w.err.message);
        return is_done;
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
        struct writing first, second, act = { .act = CASE_ACT, .json = "{\"action\":\"grant\",\"documents\":{\"decision\":{\"number\":\"1/QĐ\",\"on\":\"2024-11-01\"}}}" };

        (void)state;
        open_case(&first, 60);
        open_case(&second, 41);
        act.id = first.written;
        assert_true(write_as(&specialist, &act));
        act.id = second.written;
        assert_false(write_as(&specialist, &act));
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
        act.json = "{\"action\":\"grant\",\"documents\":{\"decision\":{\"number\":\"2/QĐ\",\"on\":\"2024-11-01\"}}}";
        assert_true(write_as(&specialist, &act));
        act.json = "{\"action\":\"report\",\"fields\":{\"jobs\":\"7\"}}";
        assert_true(write_as(&specialist, &act));
        act.json = "{\"action\":\"report\",\"fields\":{\"jobs\":\"9\"}}"; /* as often as there is something to report */
        assert_true(write_as(&specialist, &act));
        assert_int_equal(number("SELECT jobs FROM granted WHERE decision = '2/QĐ' AND sort = 'old'"), 9);
        begin(&specialist);
        assert_int_equal(case_load(&w, one.written)->ended, today);
        begin(&user_operator);
        if (!ledger_rebuild_check(&w, &entries))
                fail_msg("%s (%s)", w.err.message, w.err.context);
}

/* ---- cases below cases --------------------------------------------------------------------------------------------- */

#define LEVELS 40

/* The rows as they stand while the end of the lowest case has not come: no case above it can have ended. */
static bool report_of_the_lowest(struct work *work, void *argument)
{
        return db_exec(work->db, "UPDATE case_file SET ended = 0, ended_at = 0, is_open = 1, state = 'begun' WHERE workflow = 'project'", NO_ARGS) &&
               db_exec(work->db, "UPDATE case_stretch SET ended_at = 0 WHERE case_id IN (SELECT id FROM case_file WHERE workflow = 'project')", NO_ARGS) &&
               write_it(work, argument);
}

static void what_ends_below_is_told_through_any_number_of_levels(void **state)
{
        struct writing levels[LEVELS], act = { .act = CASE_ACT, .json = "{\"action\":\"finish\"}" };
        int64_t entries;

        (void)state;
        for (int i = 0; i < LEVELS; i++) {
                begin(&specialist);
                levels[i] = (struct writing){ .act = CASE_OPEN };
                levels[i].json = arena_print(w.arena, "{\"workflow\":\"project\",\"case_unit\":\"42@2004-01-01\",\"parent\":\"%s\"}",
                                             i == 0 ? "" : levels[i - 1].written);
                if (!ledger_write(&w, write_it, &levels[i]))
                        fail_msg("%d: %s", i, w.err.message);
        }
        for (int i = LEVELS - 1; i >= 0; i--) {
                act.id = levels[i].written;
                assert_true(write_as(&specialist, &act));
        }
        assert_int_equal(number("SELECT COUNT(*) FROM case_file WHERE workflow = 'project' AND is_open = 1"), 0);
        act.id = levels[LEVELS - 1].written;
        act.json = "{\"action\":\"report\",\"fields\":{\"jobs\":\"7\"}}";
        begin(&specialist);
        if (!ledger_write(&w, report_of_the_lowest, &act))
                fail_msg("%s", w.err.message);
        assert_int_equal(number("SELECT COUNT(*) FROM case_file WHERE workflow = 'project' AND is_open = 1"), 0);
        begin(&user_operator);
        if (!ledger_rebuild_check(&w, &entries))
                fail_msg("%s (%s)", w.err.message, w.err.context);
}

/* In a job that is undone: an earlier opening has come, under another workflow. */
static bool fold_under_another(struct work *work, void *id)
{
        static const struct workflow another = { .id = "another" };
        struct case_file *f = case_load(work, id), other = { .id = id, .workflow = &another };

        assert_non_null(f);
        assert_true(parts_fold(work, &other, f->workflow->id));
        assert_int_equal(db_number(work->db, "SELECT COUNT(*) FROM granted WHERE case_id = $1", ARGS(v_text(id)), -1), 0);
        return error_set(&work->err, ERR_CONFLICT, "undone");
}

static void rows_of_a_part_go_where_the_case_is_now_of_another_workflow(void **state)
{
        struct writing one, act = { .act = CASE_ACT, .json = "{\"action\":\"grant\",\"documents\":{\"decision\":{\"number\":\"3/QĐ\",\"on\":\"2024-11-01\"}}}" };

        (void)state;
        open_case(&one, 0);
        act.id = one.written;
        assert_true(write_as(&specialist, &act));
        assert_int_equal(number("SELECT COUNT(*) FROM granted WHERE decision = '3/QĐ'"), 1);
        begin(&specialist);
        assert_false(ledger_write(&w, fold_under_another, one.written));
        assert_string_equal(w.err.message, "undone");
}

/* What waits for a person: the one case that is looked for; its number in all. */
static const struct case_todo *waiting(const struct user *user, const char *id, int64_t *total)
{
        size_t count;
        struct case_todo *list;

        begin(user);
        list = case_todo(&w, 50, &count, total);
        assert_non_null(list);
        assert_int_equal(*total, case_todo_count(&w));
        assert_int_equal(count, *total);
        for (size_t i = 0; i < count; i++)
                if (strcmp(list[i].row.id, id) == 0)
                        return &list[i];
        return NULL;
}

static size_t listed_for(const struct user *user, enum which_cases which)
{
        struct case_query q = { .workflow = "support", .which = which };
        int64_t total;
        size_t count;

        begin(user);
        assert_non_null(case_list(&w, &q, 50, &count, &total));
        assert_int_equal(count, total);
        return count;
}

static size_t listed(enum which_cases which)
{
        return listed_for(&specialist, which);
}

/* One truth of what may be done, what My work names, and since when: a last day is the limit's to its end. */
static void what_may_be_done_after_a_limit_waits_from_the_day_after_it_whether_it_still_runs(void **state)
{
        struct writing one = { .act = CASE_OPEN, .json = "{\"workflow\":\"tender\",\"case_unit\":\"42@2004-01-01\",\"title\":\"x\"}" }, act = { .act = CASE_ACT };
        const struct case_todo *t;
        day last;
        int64_t total;

        (void)state;
        assert_true(write_as(&specialist, &one));
        last = today + 10;
        act.id = one.written;
        today = last;
        t = waiting(&specialist, one.written, &total);
        assert_string_equal(t->action->id, "close"); /* not what must wait still */
        assert_int_equal(t->since, DAY_NONE);
        act.json = "{\"action\":\"fail\"}";
        assert_false(write_as(&specialist, &act));
        today = last + 1;
        t = waiting(&specialist, one.written, &total);
        assert_string_equal(t->action->id, "close"); /* the way on; but the other is open too */
        today = last;
        act.json = "{\"action\":\"close\"}";
        assert_true(write_as(&specialist, &act));
        assert_null(waiting(&specialist, one.written, &total));
        act.json = "{\"action\":\"choose\"}";
        assert_false(write_as(&specialist, &act));
        today = last + 1;
        t = waiting(&specialist, one.written, &total);
        assert_non_null(t);
        assert_string_equal(t->action->id, "choose");
        assert_int_equal(t->since, last + 1);
        assert_true(write_as(&specialist, &act));
        assert_null(waiting(&specialist, one.written, &total));
}

/* No node of this program writes that: each of three cases lies below the next, a fourth below itself. */
static bool write_circle(struct work *work, void *unused)
{
        static const int below[] = { 2, 3, 1, 4 };

        (void)unused;
        for (int i = 0; i < 4; i++) {
                struct buf *body = arena_alloc(work->arena, sizeof *body);

                buf_init_with(body, ENTRY_MAX, work->arena);
                buf_print(body, "{\"workflow\":\"project\",\"case_unit\":\"42@2004-01-01\",\"parent\":\"BEAD00000%d\",\"on\":\"2024-11-04\",\"by\":\"x\",\"unit\":\"42@2004-01-01\"}",
                          below[i]);
                if (!ledger_append(work, "42", "case.open", arena_print(work->arena, "case/BEAD00000%d", i + 1), body, NULL))
                        return false;
        }
        return true;
}

/* A case counts only below one that was opened before it: so there is no circle in which each waits for the other, nor one in which it is told for ever. */
static void cases_in_a_circle_come_to_an_end(void **state)
{
        static const struct { const char *id; bool may_end; } ends[] = {
                { "BEAD000001", false }, { "BEAD000002", true }, { "BEAD000003", true }, { "BEAD000001", true }, { "BEAD000004", true },
        };
        int64_t entries;

        (void)state;
        begin(&specialist);
        if (!ledger_write(&w, write_circle, NULL))
                fail_msg("%s (%s)", w.err.message, w.err.context);
        assert_int_equal(number("SELECT COUNT(*) FROM case_file WHERE id LIKE 'BEAD%'"), 4);
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
                struct writing act = { .id = ends[i].id, .act = CASE_ACT, .json = "{\"action\":\"finish\"}" };

                if (write_as(&specialist, &act) != ends[i].may_end)
                        fail_msg("%s: %s", ends[i].id, w.err.message);
        }
        assert_int_equal(number("SELECT COUNT(*) FROM case_file WHERE id LIKE 'BEAD%' AND is_open = 1"), 0);
        assert_int_equal(number("SELECT COUNT(*) FROM case_event WHERE case_id LIKE 'BEAD%' AND fault <> 0"), 0);
        begin(&user_operator);
        if (!ledger_rebuild_check(&w, &entries))
                fail_msg("%s (%s)", w.err.message, w.err.context);
}

static void a_case_below_is_for_a_unit_within_that_of_the_case_above(void **state)
{
        struct writing above = { .act = CASE_OPEN, .json = "{\"workflow\":\"project\",\"case_unit\":\"42@2004-01-01\"}" }, below = { .act = CASE_OPEN };
        char json[200];

        (void)state;
        assert_true(write_as(&specialist, &above));
        snprintf(json, sizeof json, "{\"workflow\":\"project\",\"case_unit\":\"44@2004-01-01\",\"parent\":\"%s\"}", above.written);
        below.json = json;
        assert_false(write_as(&specialist, &below));
        assert_non_null(strstr(w.err.message, "is for its unit or one that lies in it"));
        assert_string_equal(w.err.field, "case_unit");
}

#define MANY 1000

/* As if so many cases that have ended lay below, opened before any that the test opens. */
static bool act_above_many(struct work *work, void *argument)
{
        const struct writing *x = argument;
        stamp opened = db_number(work->db, "SELECT opened_at FROM case_file WHERE id = $1", ARGS(v_text(x->id)), 0);

        for (int i = 0; i < MANY; i++)
                if (!db_exec(work->db, "INSERT INTO case_stretch (case_id, place, parent, workflow, unit, opened_at, begun_at, ended_at, entry)"
                                    " VALUES ($1, 1, $2, 'under', '42@2004-01-01', $3, $3, $4, 0)",
                             ARGS(v_text(arena_print(work->arena, "M%09d", i)), v_text(x->id), v_int(opened + 1), v_int(opened + 2))))
                        return false;
        return write_it(work, argument);
}

static void a_case_waits_for_the_last_of_a_thousand_below_it(void **state)
{
        struct writing above = { .act = CASE_OPEN, .json = "{\"workflow\":\"whole\",\"case_unit\":\"42@2004-01-01\",\"title\":\"x\"}" };
        struct writing below = { .act = CASE_OPEN }, act = { .act = CASE_ACT, .json = "{\"action\":\"decide\"}" };
        char json[200];

        (void)state;
        assert_true(write_as(&specialist, &above));
        snprintf(json, sizeof json, "{\"workflow\":\"under\",\"case_unit\":\"42@2004-01-01\",\"title\":\"y\",\"parent\":\"%s\"}", above.written);
        below.json = json;
        assert_true(write_as(&specialist, &below));
        act.id = above.written;
        begin(&specialist);
        assert_false(ledger_write(&w, act_above_many, &act));
        assert_string_equal(w.err.message, "a case below this one has not ended");
}

/* What may be done up to a last day waits for nobody from the next one on; what was done before can still be told of. */
static void what_may_be_done_within_a_limit_waits_up_to_its_last_day(void **state)
{
        struct writing one = { .act = CASE_OPEN, .json = "{\"workflow\":\"tender\",\"case_unit\":\"42@2004-01-01\",\"title\":\"x\"}" }, act = { .act = CASE_ACT };
        const struct case_todo *t;
        char earlier[60], on[DAY_TEXT_MAX];
        day last;
        int64_t total;

        (void)state;
        assert_true(write_as(&specialist, &one));
        last = today + 10;
        act.id = one.written;
        today = last;
        t = waiting(&director, one.written, &total);
        assert_non_null(t);
        assert_string_equal(t->action->id, "admit");
        today = last + 1;
        assert_null(waiting(&director, one.written, &total));
        act.json = "{\"action\":\"admit\"}";
        assert_false(write_as(&director, &act));
        day_write(on, last);
        snprintf(earlier, sizeof earlier, "{\"action\":\"admit\",\"on\":\"%s\"}", on);
        act.json = earlier;
        assert_true(write_as(&director, &act));
        assert_null(waiting(&director, one.written, &total));
}

/* What a case did when the one below it had ended stays done when that one is appealed: the appeal is judged by itself, at any later fold too. A case is
 * judged after all that this node has seen of those below it, whatever the clock of the machine says: here it lies two years before the stamps. */
static void an_appeal_below_leaves_what_was_decided_above_as_it_is(void **state)
{
        struct writing above = { .act = CASE_OPEN, .json = "{\"workflow\":\"whole\",\"case_unit\":\"42@2004-01-01\",\"title\":\"x\"}" }, below = { .act = CASE_OPEN }, act = { .act = CASE_ACT };
        char json[200];
        int64_t entries;

        (void)state;
        assert_true(write_as(&specialist, &above));
        snprintf(json, sizeof json, "{\"workflow\":\"under\",\"case_unit\":\"42@2004-01-01\",\"title\":\"y\",\"parent\":\"%s\"}", above.written);
        below.json = json;
        assert_true(write_as(&specialist, &below));
        act.id = above.written;
        act.json = "{\"action\":\"decide\"}";
        assert_false(write_as(&specialist, &act)); /* the one below goes on */
        act.id = below.written;
        act.json = "{\"action\":\"end\"}";
        assert_true(write_as(&specialist, &act));
        act.id = above.written;
        act.json = "{\"action\":\"decide\"}";
        assert_true(write_as(&specialist, &act));
        act.id = below.written;
        act.json = "{\"action\":\"appeal\"}";
        assert_true(write_as(&specialist, &act));
        act.id = above.written;
        act.json = "{\"action\":\"confirm\"}";
        assert_false(write_as(&specialist, &act)); /* it goes on once more */
        assert_int_equal(number("SELECT COUNT(*) FROM case_event WHERE fault <> 0"), 0);
        assert_int_equal(number("SELECT COUNT(*) FROM case_file WHERE workflow = 'whole' AND state = 'decided'"), 1);
        act.id = below.written;
        act.json = "{\"action\":\"end\"}";
        assert_true(write_as(&specialist, &act));
        act.id = above.written;
        act.json = "{\"action\":\"confirm\"}";
        assert_true(write_as(&specialist, &act));
        assert_int_equal(number("SELECT COUNT(*) FROM case_stretch WHERE ended_at > 0"), 2);
        begin(&user_operator);
        assert_true(ledger_rebuild_check(&w, &entries));
}

/* Who is asked beyond its own territory finds the case among its own, as in My work. */
static void a_case_in_which_a_unit_elsewhere_was_asked_is_among_its_own(void **state)
{
        struct writing one, act = { .act = CASE_ACT, .json = "{\"action\":\"ask\",\"units\":[\"44\"]}" };
        int64_t total;

        (void)state;
        open_case(&one, 0);
        act.id = one.written;
        assert_int_equal(listed_for(&neighbour, CASES_MINE), 0);
        assert_true(write_as(&specialist, &act));
        assert_non_null(waiting(&neighbour, one.written, &total));
        assert_int_equal(listed_for(&neighbour, CASES_MINE), 1);
        assert_int_equal(listed_for(&neighbour, CASES_ALL), 0);
        act.json = "{\"action\":\"withdraw\"}";
        assert_true(write_as(&director, &act));
        assert_int_equal(listed_for(&neighbour, CASES_MINE), 0);
}

static void what_is_due_is_shown_to_whom_it_concerns_as_days_go_by(void **state)
{
        static const struct { int days; enum urgency urgency; size_t soon, late; bool is_escalated; } days[] = {
                { 0, URGENCY_NONE, 0, 0, false },  { 6, URGENCY_NONE, 0, 0, false }, { 7, URGENCY_SOON, 1, 0, false },
                { 10, URGENCY_SOON, 1, 0, false }, { 11, URGENCY_LATE, 0, 1, false }, { 12, URGENCY_ESCALATED, 0, 1, true },
        };
        day first = day_of(2024, 12, 2);
        struct writing one, act = { .act = CASE_ACT };
        const struct case_todo *t;
        size_t late_before;
        int64_t total;

        (void)state;
        today = first;
        late_before = listed(CASES_LATE); /* of the other tests */
        open_case(&one, 0);
        for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
                today = first + days[i].days;
                t = waiting(&specialist, one.written, &total);
                assert_non_null(t);
                assert_int_equal(t->row.urgency, days[i].urgency);
                assert_string_equal(t->action->id, "grant");
                assert_int_equal(listed(CASES_SOON), days[i].soon);
                assert_int_equal(listed(CASES_LATE), late_before + days[i].late);
                t = waiting(&director, one.written, &total); /* may withdraw at any time, but that is no next step */
                assert_int_equal(t != NULL, days[i].is_escalated);
                assert_true(t == NULL || t->action == NULL);
                assert_null(waiting(&officer, one.written, &total));
                assert_null(waiting(&neighbour, one.written, &total));
        }
        act.id = one.written;
        act.json = "{\"action\":\"ask\",\"units\":[\"VN\"]}";
        assert_true(write_as(&specialist, &act));
        t = waiting(&officer, one.written, &total);
        assert_non_null(t);
        assert_string_equal(t->action->id, "reply");
        assert_int_equal(listed(CASES_MINE), listed(CASES_OPEN));
        act.json = "{\"action\":\"withdraw\"}";
        assert_true(write_as(&director, &act));
        assert_null(waiting(&specialist, one.written, &total));
        assert_null(waiting(&director, one.written, &total));
        assert_null(waiting(&officer, one.written, &total));
        assert_int_equal(listed(CASES_LATE), late_before);
}

/* An entry as no honest node would write it. */
struct stray { const char *audience, *kind, *id, *body; };

static bool append_stray(struct work *work, void *argument)
{
        const struct stray *s = argument;
        struct buf *body = arena_alloc(work->arena, sizeof *body);

        buf_init_with(body, 0, work->arena);
        buf_text(body, s->body);
        return ledger_append(work, s->audience, s->kind, arena_print(work->arena, "case/%s", s->id), body, NULL);
}

static int64_t number_of(const char *id, const char *of)
{
        char sql[300];

        snprintf(sql, sizeof sql, "%s AND case_id = '%s'", of, id);
        return number(sql);
}

static void what_is_written_for_others_than_the_unit_of_a_case_is_evidence_alone(void **state)
{
        static const char *const wide[] = { "*", "VN", "44" };
        struct writing one, act = { .act = CASE_ACT, .json = "{\"action\":\"withdraw\"}" };
        struct stray stray = { .kind = "case.act", .body = "{\"action\":\"withdraw\",\"on\":\"2024-12-20\",\"by\":\"x\",\"unit\":\"42@2004-01-01\"}" };
        struct stray opening = { .kind = "case.open", .id = "AAAAAAAAAA", .body = "{\"workflow\":\"support\",\"case_unit\":\"42@2004-01-01\",\"on\":\"2024-11-20\",\"by\":\"x\","
                                                                                "\"unit\":\"42@2004-01-01\",\"fields\":{\"money\":\"1\",\"sort\":\"old\"}}" };
        int64_t entries;

        (void)state;
        open_case(&one, 0);
        stray.id = one.written;
        for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
                stray.audience = opening.audience = wide[i];
                begin(&director);
                assert_int_equal(ledger_write(&w, append_stray, &stray), i > 0); /* for everybody there are no cases at all */
                begin(&specialist);
                assert_false(ledger_write(&w, append_stray, &opening));
                assert_non_null(strstr(w.err.message, "does not belong into this stream"));
        }
        assert_int_equal(number("SELECT COUNT(*) FROM case_event WHERE case_id = 'AAAAAAAAAA'"), 0);
        assert_int_equal(number_of(one.written, "SELECT COUNT(*) FROM case_event WHERE place = 0 AND fault <> 0"), 2);
        assert_int_equal(number_of(one.written, "SELECT COUNT(*) FROM case_event WHERE fault = 0"), 1);
        act.id = one.written; /* the case goes on as if they were not there */
        assert_true(write_as(&director, &act));
        assert_int_equal(number_of(one.written, "SELECT place FROM case_event WHERE state_to = 'withdrawn'"), 2);
        opening.audience = "42";
        begin(&specialist);
        assert_true(ledger_write(&w, append_stray, &opening));
        assert_int_equal(number("SELECT COUNT(*) FROM case_file WHERE id = 'AAAAAAAAAA'"), 1);
        begin(&user_operator);
        assert_true(ledger_rebuild_check(&w, &entries));
}

static const char *hash_of_last(const char *kind)
{
        static char hash[HASH_HEX];
        struct rows *r;
        size_t length;

        begin(&user_operator);
        r = db_query(w.db, "SELECT hash FROM ledger_entry WHERE kind = $1 ORDER BY id DESC LIMIT 1", ARGS(v_text(kind)));
        assert_true(rows_next(r));
        hex_write(hash, rows_bytes(r, 0, &length), HASH_BYTES);
        rows_close(r);
        return hash;
}

static void a_decision_between_acts_names_acts_of_its_case_and_chooses_one_with_a_reason_as_a_leader(void **state)
{
        static const struct { const struct user *who; const char *reason, *of, *chosen, *refusal; } wrong[] = { /* ACT: of this case; OTHER: of another; NONE: of none */
                { &specialist, "x", "\"ACT\"", "ACT", "its author had no right to settle conflicts" },
                { &director, "", "\"ACT\"", "ACT", "a decision needs a reason" },
                { &director, "x", "", "ACT", "\"of\" names no entries" },
                { &director, "x", "7", "ACT", "\"of\" names no entries" },
                { &director, "x", "\"NONE\"", "NONE", "the acts this decides about are not here yet" },
                { &director, "x", "\"ACT\",\"OTHER\"", "ACT", "it names what was not done in this case before it" },
                { &director, "x", "\"ACT\"", "OTHER", "it chooses none of the acts that it names" },
                { &director, "x", "\"ACT\"", "ACT", NULL },
        };
        struct writing one, other, act = { .act = CASE_ACT, .json = "{\"action\":\"ask\",\"units\":[\"VN\"]}" };
        char hashes[3][HASH_HEX];

        (void)state;
        open_case(&other, 0);
        act.id = other.written;
        assert_true(write_as(&specialist, &act));
        strcpy(hashes[1], hash_of_last("case.act"));
        open_case(&one, 0);
        act.id = one.written;
        assert_true(write_as(&specialist, &act));
        strcpy(hashes[0], hash_of_last("case.act"));
        strcpy(hashes[2], hashes[0]);
        hashes[2][0] = hashes[2][0] == '0' ? '1' : '0';
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
                struct stray stray = { .kind = "case.settle", .audience = "42", .id = one.written };
                char text[600], body[600];
                const char *names[] = { "ACT", "OTHER", "NONE" };

                snprintf(body, sizeof body, "{\"by\":\"x\",\"unit\":\"42@2004-01-01\",\"on\":\"2024-11-04\",\"reason\":\"%s\",\"of\":[%s],\"chosen\":\"%s\"}", wrong[i].reason, wrong[i].of,
                         wrong[i].chosen);
                for (size_t n = 0; n < 3; n++) {
                        char *out = text;

                        for (const char *in = body; *in != '\0';) {
                                bool is_name = strncmp(in, names[n], strlen(names[n])) == 0;

                                out = stpncpy(out, is_name ? hashes[n] : in, is_name ? HASH_HEX - 1 : 1);
                                in += is_name ? strlen(names[n]) : 1;
                        }
                        *out = '\0';
                        strcpy(body, text);
                }
                stray.body = body;
                begin(wrong[i].who);
                if (ledger_write(&w, append_stray, &stray) != (wrong[i].refusal == NULL))
                        fail_msg("%zu: %s", i, w.err.message);
                if (wrong[i].refusal != NULL && strstr(w.err.message, wrong[i].refusal) == NULL)
                        fail_msg("%zu: %s", i, w.err.message);
        }
        assert_int_equal(number_of(one.written, "SELECT fault FROM case_event WHERE place = 3"), FAULT_UNCONTESTED); /* it changes nothing */
}

static void the_numbers_for_prometheus_are_those_of_the_lists_by_one_statement(void **state)
{
        static const struct { const char *name; enum which_cases which; } told[] = { { "open", CASES_OPEN }, { "late", CASES_LATE }, { "ended", CASES_ENDED } };
        struct writing one, act = { .act = CASE_ACT, .json = "{\"action\":\"withdraw\"}" };

        (void)state;
        for (int i = 0; i < 3; i++) {
                open_case(&one, 0);
                today += 30; /* later than the limit of the ones before */
        }
        act.id = one.written;
        assert_true(write_as(&director, &act));
        assert_true(listed(CASES_LATE) >= 2 && listed(CASES_ENDED) >= 1);
        for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
                size_t expected = listed(told[i].which);
                struct buf out;

                begin(&user_operator);
                buf_init(&out, 0);
                db_fail_at(w.db, 2);
                assert_true(case_metrics(&w, &out));
                db_fail_at(w.db, 0);
                assert_non_null(strstr(out.data, arena_print(w.arena, "\n# TYPE caunoi_cases_%s gauge\ncaunoi_cases_%s{workflow=\"support\"} %zu\n", told[i].name,
                                                             told[i].name, expected)));
                buf_clear(&out);
        }
}

/* Statements a list may run: the next one would fail. */
static bool lists_within(long statements, const char *words)
{
        const struct case_query q = { .which = CASES_ALL, .words = words };
        struct case_row *list;
        int64_t total;
        size_t count;

        begin(&specialist);
        assert_non_null(catalogue_of(&w));
        db_fail_at(w.db, statements + 1);
        list = case_list(&w, &q, 50, &count, &total);
        db_fail_at(w.db, 0);
        return list != NULL;
}

static void a_list_runs_two_statements_and_one_more_for_words(void **state)
{
        struct writing one;

        (void)state;
        for (int i = 0; i < 5; i++) /* however many there are */
                open_case(&one, 0);
        assert_true(lists_within(2, NULL));
        assert_false(lists_within(1, NULL));
        assert_true(lists_within(2, "…"));
        assert_true(lists_within(3, "ho so"));
        assert_false(lists_within(2, "ho so"));
        assert_true(lists_within(3, "mot hai ba bon nam sau bay tam")); /* however many words */
}

static int64_t found_by(const char *words)
{
        const struct case_query q = { .which = CASES_ALL, .words = words };
        int64_t total;
        size_t count;

        begin(&specialist);
        assert_non_null(case_list(&w, &q, 50, &count, &total));
        assert_int_equal(count, total);
        return total;
}

static void every_word_is_looked_for_however_many_there_are(void **state)
{
        static const struct { const char *words; int found; } typed[] = {
                { "Cụm công nghiệp Thạch Đồng giai đoạn hai", 1 },
                { "hai đoạn giai đồng thạch nghiệp công cụm", 1 },
                { "cụm công nghiệp thạch đồng giai ba", 0 },                 /* the seventh is nowhere */
                { "cụm công nghiệp thạch đồng giai đoạn hai ba", 0 },
                { "c cu cum cong n ng nghiep giai doan h", 1 },              /* what another word says is no more to look up */
                { "nghiep cum cong đồng giai giai doan cum u", 0 },             /* a letter no number of a case begins with */
                { "cụm công nghiệp thạch đồng giai Москва", 1 },             /* other letters: the word itself */
                { "cụm công nghiệp thạch đồng giai Моск", 0 },
                { "a b c d e f g h i j k l m n o p q r s t u v w x y z 0 1 2 3 4 5 6 7 8 9 aa ab ac ad ae af ag ah ai aj ak al am an ao ap", 0 },
        };
        struct writing one = { .act = CASE_OPEN, .json = "{\"workflow\":\"project\",\"case_unit\":\"42@2004-01-01\",\"title\":\"Cụm công nghiệp Thạch Đồng, giai đoạn hai (Москва)\"}" };

        (void)state;
        assert_true(write_as(&specialist, &one));
        for (size_t i = 0; i < sizeof typed / sizeof *typed; i++)
                if (found_by(typed[i].words) != typed[i].found)
                        fail_msg("\"%s\" finds %lld", typed[i].words, (long long)found_by(typed[i].words));
}

/* In a job that is undone: the first of the list, and what is told of the number of all. */
struct many_ways { const char *id; char first[CASE_ID_MAX]; int64_t all, total; size_t count; };

static bool wait_in_many_ways(struct work *work, void *argument)
{
        struct many_ways *m = argument;
        struct case_todo *list;

        m->all = case_todo_count(work);
        for (int i = 0; i < 5; i++) /* as where a unit was made of many that were asked */
                db_exec(work->db, "INSERT INTO case_duty (case_id, unit, relation, roles, since, until, due, after_limit, within_limit, entry)"
                                  " SELECT case_id, unit, relation, roles, since, until, 0, after_limit, within_limit, entry FROM case_duty WHERE case_id = $1", ARGS(v_text(m->id)));
        list = case_todo(work, 3, &m->count, &m->total);
        if (list != NULL)
                snprintf(m->first, sizeof m->first, "%s", list[0].row.id);
        return error_set(&work->err, ERR_CONFLICT, "undone");
}

static void what_waits_is_counted_whole_where_one_case_waits_in_many_ways(void **state)
{
        struct writing one, two;
        struct many_ways many = { .id = one.written };

        (void)state;
        open_case(&one, 0);
        open_case(&two, 0);
        begin(&specialist);
        assert_false(ledger_write(&w, wait_in_many_ways, &many));
        assert_string_equal(w.err.message, "undone");
        assert_string_equal(many.first, one.written);
        assert_true(many.all >= 2 && many.count >= 1 && many.count < 3);
        assert_int_equal(many.total, many.all);
}

struct visited { char ids[40][CASE_ID_MAX]; size_t count, most; };

static bool visit(struct work *work, const struct case_row *row, void *context)
{
        struct visited *v = context;

        (void)work;
        assert_true(v->count < v->most);
        snprintf(v->ids[v->count++], CASE_ID_MAX, "%s", row->id);
        return v->count < v->most;
}

static void all_of_a_list_come_in_its_order_beyond_any_page_until_the_visitor_has_enough(void **state)
{
        struct case_query q = { .which = CASES_ALL, .sort = SORT_CHANGED };
        struct visited all = { .most = 40 }, first = { .most = 2 }, rest = { .most = 40 };
        struct writing one;
        struct case_row *page;
        int64_t total;
        size_t count;

        (void)state;
        for (int i = 0; i < 4; i++)
                open_case(&one, 0);
        begin(&specialist);
        page = case_list(&w, &q, 3, &count, &total);
        assert_non_null(page);
        assert_true(count == 3 && total > 3 && total < 40);
        assert_true(case_each(&w, &q, visit, &all));
        assert_int_equal(all.count, total);
        for (size_t i = 0; i < count; i++)
                assert_string_equal(all.ids[i], page[i].id);
        assert_true(case_each(&w, &q, visit, &first));
        assert_int_equal(first.count, 2);
        q.offset = 3;
        assert_true(case_each(&w, &q, visit, &rest));
        assert_int_equal(rest.count, total - 3);
        assert_string_equal(rest.ids[0], all.ids[3]);
}

static bool put_old_case(struct work *work, void *province)
{
        return db_exec(work->db, "INSERT INTO case_file (id, workflow, regime, unit, province, title, state, received, ended, is_open, is_failure, limit_id, due, stands_still, is_certain, remind,"
                                 " opened_at, changed_at, ended_at, parent, opener, entry) VALUES ($1, 'support', '1', $1, $1, '', 'asked', 0, 0, 1, 0, '', 0, 0, 1, 0, 0, 0, 0, '', '', 0)",
                       ARGS(v_text(province)));
}

static bool take_old_cases(struct work *work, void *argument)
{
        (void)argument;
        return db_exec(work->db, "DELETE FROM case_file WHERE entry = 0", NO_ARGS);
}

static void the_cases_of_a_unit_are_those_of_all_that_it_was_made_of_however_many(void **state)
{
        static const struct user joined = { "gop", "Chuyên viên", ROLE_SPECIALIST, "90", false };

        (void)state;
        begin(&user_operator);
        assert_true(ledger_write(&w, put_old_case, "9000@2004-01-01"));
        assert_true(ledger_write(&w, put_old_case, "9119@2004-01-01"));
        assert_int_equal(listed_for(&joined, CASES_ALL), 2);
        begin(&user_operator);
        assert_true(ledger_write(&w, take_old_cases, NULL));
}

/* ---- entries that are longer than any that is typed here ------------------------------------------------------------ */

#define LITTLE_MEMORY ((size_t)8 << 20)

struct long_acts { const char *id; int count; const char *names; };

/* As another node might write them: a MiB of words each, or of names that no workflow has. */
static bool append_long(struct work *work, const struct long_acts *x)
{
        char on[DAY_TEXT_MAX];
        struct buf body;

        day_write(on, today);
        buf_init_with(&body, ENTRY_MAX, work->arena);
        for (int i = 0; i < x->count; i++) {
                buf_clear(&body);
                buf_print(&body, "{\"action\":\"report\",\"by\":\"An\",\"unit\":\"42@2004-01-01\",\"on\":\"%s\",\"fields\":{\"jobs\":\"%d\"},%s", on, i, x->names);
                if (!ledger_append(work, "42", "case.act", arena_print(work->arena, "case/%s", x->id), &body, NULL))
                        return false;
        }
        return true;
}

static bool write_long(struct work *work, void *argument)
{
        bool ok = case_put_off(work) && append_long(work, argument) && case_write_put_off(work);

        case_forget_put_off();
        return ok;
}

static const struct case_event *last_of(const char *id)
{
        struct case_file *f = case_load(&w, id);

        if (f == NULL)
                fail_msg("%s", w.err.message);
        return &f->events[f->event_count - 1];
}

/* However many long entries a case has, it is read with little memory: what is kept of each has an end, and less of each is kept where they are many. Each counts
 * as it did before, and the entries have all of it. */
static void a_case_of_many_long_entries_is_read_in_little_memory(void **state)
{
        struct writing one, grant = { .act = CASE_ACT, .json = "{\"action\":\"grant\",\"documents\":{\"decision\":{\"number\":\"9/QĐ\",\"on\":\"2024-11-01\"}}}" };
        char *words = malloc(ENTRY_TYPED_MAX), *names = malloc(ENTRY_TYPED_MAX), *to;
        struct arena *usual = arena;
        const struct case_event *e;
        struct long_acts acts;

        (void)state;
        assert_true(words != NULL && names != NULL);
        open_case(&one, 0);
        grant.id = one.written;
        assert_true(write_as(&specialist, &grant));
        to = words + sprintf(words, "\"reason\":\"");
        memset(to, 'x', ENTRY_TYPED_MAX - 3000);
        strcpy(to + ENTRY_TYPED_MAX - 3000, "\"}");
        to = names + sprintf(names, "\"units\":[\"%9000d\"", 0);
        for (int i = 0; i < 300; i++)
                to += sprintf(to, ",%d", i);
        to += sprintf(to, "],\"seen\":{\"0\":1");
        for (int i = 1; i < 30000; i++)
                to += sprintf(to, ",\"%d\":1", i);
        strcpy(to, "}}");
        acts = (struct long_acts){ one.written, 20, words };
        begin(&specialist);
        assert_true(ledger_write(&w, write_long, &acts));
        arena = arena_open(LITTLE_MEMORY);
        begin(&specialist);
        e = last_of(one.written);
        assert_int_equal(e->fault, FAULT_NONE);
        assert_true(e->is_cut);
        assert_int_equal(strncmp(case_body_text(e->body, "reason"), "xxxxx", 5), 0);
        assert_in_range(strlen(case_body_text(e->body, "reason")), CASE_TEXT_MAX, CASE_TEXT_MAX + 100);
        assert_int_equal(number("SELECT jobs FROM granted ORDER BY jobs DESC LIMIT 1"), 19);
        acts = (struct long_acts){ one.written, 10, names };
        begin(&specialist);
        assert_true(ledger_write(&w, write_long, &acts));
        begin(&specialist);
        e = last_of(one.written);
        assert_int_equal(e->fault, FAULT_NONE);
        assert_true(e->is_cut && json_object_size(json_object_get(e->body, "seen")) < 1000 && json_array_size(json_object_get(e->body, "units")) < 300);
        arena_close(arena);
        arena = usual;
        free(words);
        free(names);
}

/* A case all of whose texts are as long as may be typed, and very many of them. */
static void the_texts_of_a_case_are_cut_where_together_they_fill_the_memory(void **state)
{
        struct writing one, grant = { .act = CASE_ACT, .json = "{\"action\":\"grant\",\"documents\":{\"decision\":{\"number\":\"9/QĐ\",\"on\":\"2024-11-01\"}}}" };
        char words[CASE_TEXT_MAX + 100], *to = words;
        const struct case_event *e;
        struct long_acts acts = { .count = 1000, .names = words };

        (void)state;
        open_case(&one, 0);
        acts.id = grant.id = one.written;
        assert_true(write_as(&specialist, &grant));
        to += sprintf(to, "\"reason\":\"");
        memset(to, 'x', CASE_TEXT_MAX - 1000);
        strcpy(to + CASE_TEXT_MAX - 1000, "\"}");
        begin(&specialist);
        assert_true(ledger_write(&w, write_long, &acts));
        begin(&specialist);
        assert_false(last_of(one.written)->is_cut);
        acts.count = 1500;
        begin(&specialist);
        assert_true(ledger_write(&w, write_long, &acts));
        begin(&specialist);
        e = last_of(one.written);
        assert_true(e->is_cut);
        assert_int_equal(e->fault, FAULT_NONE);
        assert_in_range(strlen(case_body_text(e->body, "reason")), 300, 400);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_cases_of_a_unit_are_those_of_all_that_it_was_made_of_however_many),
                cmocka_unit_test(what_a_part_checks_holds_over_all_cases),
                cmocka_unit_test(what_may_be_done_after_a_limit_waits_from_the_day_after_it_whether_it_still_runs),
                cmocka_unit_test(what_may_be_done_within_a_limit_waits_up_to_its_last_day),
                cmocka_unit_test(an_appeal_below_leaves_what_was_decided_above_as_it_is),
                cmocka_unit_test(a_case_in_which_a_unit_elsewhere_was_asked_is_among_its_own),
                cmocka_unit_test(what_is_due_is_shown_to_whom_it_concerns_as_days_go_by),
                cmocka_unit_test(the_numbers_for_prometheus_are_those_of_the_lists_by_one_statement),
                cmocka_unit_test(a_list_runs_two_statements_and_one_more_for_words),
                cmocka_unit_test(what_waits_is_counted_whole_where_one_case_waits_in_many_ways),
                cmocka_unit_test(all_of_a_list_come_in_its_order_beyond_any_page_until_the_visitor_has_enough),
                cmocka_unit_test(what_ends_below_is_told_through_any_number_of_levels),
                cmocka_unit_test(cases_in_a_circle_come_to_an_end),
                cmocka_unit_test(a_case_below_is_for_a_unit_within_that_of_the_case_above),
                cmocka_unit_test(a_case_waits_for_the_last_of_a_thousand_below_it),
                cmocka_unit_test(rows_of_a_part_go_where_the_case_is_now_of_another_workflow),
                cmocka_unit_test(rows_follow_the_case_also_after_its_end_and_when_made_anew),
                cmocka_unit_test(every_word_is_looked_for_however_many_there_are),
                cmocka_unit_test(a_decision_between_acts_names_acts_of_its_case_and_chooses_one_with_a_reason_as_a_leader),
                cmocka_unit_test(what_is_written_for_others_than_the_unit_of_a_case_is_evidence_alone),
                cmocka_unit_test(a_case_of_many_long_entries_is_read_in_little_memory),
                cmocka_unit_test(the_texts_of_a_case_are_cut_where_together_they_fill_the_memory),
        };

        case_register();
        case_add_parts(support_parts);
        return cmocka_run_group_tests(tests, setup, teardown);
}
