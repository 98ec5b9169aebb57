/* The fold of a case: every rule that can refuse an entry, limits over Tết and over stops, mergers in the middle of a case, any
 * order of arrival. */
#include "tests/cases.h"

#include "base/hex.h"
#include "workflow/case_private.h"

static const char permit_head[] =
        "workflow: permit\n"
        "title: {vi: Cấp phép, en: Permit}\n"
        "valid: {from: 2024-01-01, to: 2026-08-31}\n"
        "source: Luật A\n"
        "verified: true\n"
        "unit: commune\n"
        "steps: [{vi: Nhận, en: Received}, {vi: Xét, en: Examined}]\n"
        "actors:\n"
        "  - {id: office, title: {vi: Xã, en: Commune}, roles: [commune], relation: own}\n"
        "  - {id: department, title: {vi: Sở, en: Department}, roles: [specialist, director], relation: province}\n"
        "  - {id: asked, title: {vi: Bên được hỏi, en: Asked}, roles: [specialist], relation: asked}\n"
        "states:\n"
        "  - {id: received, title: {vi: Đã nhận, en: Received}, kind: start, step: 1}\n"
        "  - {id: examined, title: {vi: Đang xét, en: Examined}, step: 2}\n"
        "  - {id: waiting, title: {vi: Chờ, en: Waiting}, step: 2}\n"
        "  - {id: held, title: {vi: Tạm dừng, en: Held}, kind: suspended}\n"
        "  - {id: granted, title: {vi: Đã cấp, en: Granted}, kind: end}\n"
        "  - {id: refused, title: {vi: Từ chối, en: Refused}, kind: end, failure: true}\n"
        "documents:\n"
        "  - {id: letter, title: {vi: Đơn, en: Letter}, source: Điều 2}\n"
        "fields:\n"
        "  - {id: cost, title: {vi: Chi phí, en: Cost}, kind: money}\n"
        "  - {id: asked_for, title: {vi: Đề nghị, en: Asked for}, kind: money}\n"
        "  - {id: ceiling, title: {vi: Trần, en: Ceiling}, kind: money, formula: 'min(cost * 50 / 100, 300000000)', source: Điều 3}\n"
        "checks:\n"
        "  - {id: ceiling, rule: 'asked_for <= ceiling', message: {vi: Vượt trần, en: Over the ceiling}, source: Điều 3 khoản 2}\n"
        "  - {id: small, rule: 'cost >= 1000000', severity: warning, message: {vi: Nhỏ, en: Small}, source: Điều 3}\n"
        "limits:\n"
        "  - {id: first, title: {vi: Nhận, en: First}, days: 3, count: working, runs_in: [received], source: Điều 4}\n"
        "  - {id: exam, title: {vi: Xét, en: Exam}, days: 20, count: working, runs_in: [examined], stops_in: [waiting], extend: {days: 10, times: 1}, source: Điều 4 khoản 2}\n"
        "  - {id: answer, title: {vi: Trả lời, en: Answer}, days: 5, count: working, for_opinions: true, source: Điều 5}\n"
        "  - {id: complaint, title: {vi: Khiếu nại, en: Complaint}, days: 30, count: calendar, runs_in: [refused], source: Điều 9}\n"
        "scoring: {pass: 50, members: 2, criteria: [{id: merit, title: {vi: Chất lượng, en: Merit}, most: 100}], source: Điều 6}\n"
        "open: {by: [office], documents: [letter], fields: [cost]}\n"
        "sub_cases: [permit]\n";
static const char permit_actions[] =
        "actions:\n"
        "  - {id: take, title: {vi: Nhận, en: Take}, from: [received], to: examined, by: [department], fields: [asked_for, cost], checks: [ceiling, small], source: Điều 7}\n"
        "  - {id: query, title: {vi: Hỏi, en: Query}, from: [examined], to: waiting, by: [department], reason: true, source: Điều 7}\n"
        "  - {id: answered, title: {vi: Trả lời, en: Answered}, from: [waiting], to: examined, by: [office], returns: true, source: Điều 7}\n"
        "  - {id: hold, title: {vi: Tạm dừng, en: Hold}, kind: suspend, from: [examined], to: held, by: [department], source: Điều 7}\n"
        "  - {id: go_on, title: {vi: Tiếp tục, en: Go on}, kind: continue, from: [held], by: [department], source: Điều 7}\n"
        "  - {id: stop, title: {vi: Dừng, en: Stop}, kind: stop, limit: exam, from: [examined], by: [department], source: Điều 7}\n"
        "  - {id: restart, title: {vi: Chạy, en: Restart}, kind: restart, limit: exam, from: [examined], by: [department], source: Điều 7}\n"
        "  - {id: extend, title: {vi: Gia hạn, en: Extend}, kind: extend, limit: exam, from: [examined], by: [department], source: Điều 7}\n"
        "  - {id: ask, title: {vi: Lấy ý kiến, en: Ask}, kind: ask, limit: answer, from: [examined], by: [department], source: Điều 5}\n"
        "  - {id: reply, title: {vi: Cho ý kiến, en: Reply}, kind: answer, from: [examined], by: [asked], source: Điều 5}\n"
        "  - {id: points, title: {vi: Chấm, en: Points}, kind: score, from: [examined], by: [department], source: Điều 6}\n"
        "  - {id: grant, title: {vi: Cấp, en: Grant}, from: [examined], to: granted, by: [department], needs: {opinions: all_or_late, score: true, sub_cases: true}, source: Điều 8}\n"
        "  - {id: refuse, title: {vi: Từ chối, en: Refuse}, from: [examined], to: refused, by: [department], reason: true, source: Điều 8}\n"
        "  - {id: appeal, title: {vi: Khiếu nại, en: Appeal}, kind: appeal, from: [refused], to: examined, by: [office], within: complaint, returns: true, source: Điều 9}\n";

/* A call that is kept open 10 days; what comes is passed on within 3 working days from its end. */
static const char call[] =
        "workflow: call\ntitle: {vi: Mời, en: Call}\nvalid: {from: 2024-01-01}\nsource: Luật B\nunit: commune\nsteps: [{vi: Mời, en: Call}]\n"
        "actors: [{id: office, title: {vi: Xã, en: Commune}, roles: [commune], relation: own}]\n"
        "states:\n"
        "  - {id: called, title: {vi: Đang mời, en: Called}, kind: start, step: 1}\n"
        "  - {id: closed, title: {vi: Đã đóng, en: Closed}, step: 1}\n"
        "  - {id: held, title: {vi: Tạm dừng, en: Held}, kind: suspended}\n"
        "  - {id: passed, title: {vi: Đã chuyển, en: Passed on}, step: 1, untimed: x}\n"
        "  - {id: done, title: {vi: Xong, en: Done}, kind: end, step: 1}\n"
        "limits:\n"
        "  - {id: window, title: {vi: Nhận hồ sơ, en: Reception}, kind: window, days: 10, count: calendar, runs_in: [called], source: Điều 1}\n"
        "  - {id: pass, title: {vi: Chuyển, en: Passing on}, days: 3, count: working, from_limit: window, runs_in: [called, closed], source: Điều 2}\n"
        "  - {id: year, title: {vi: Một năm, en: One year}, kind: window, years: 1, runs_in: [passed], source: Điều 3}\n"
        "open: {by: [office]}\n"
        "actions:\n"
        "  - {id: close, title: {vi: Đóng, en: Close}, from: [called], to: closed, by: [office], after: window, source: Điều 1}\n"
        "  - {id: hold, title: {vi: Dừng, en: Hold}, kind: suspend, from: [called], to: held, by: [office], source: Điều 1}\n"
        "  - {id: go_on, title: {vi: Tiếp, en: Go on}, kind: continue, from: [held], by: [office], source: Điều 1}\n"
        "  - {id: pass, title: {vi: Chuyển, en: Pass on}, from: [closed], to: passed, by: [office], source: Điều 2}\n"
        "  - {id: report, title: {vi: Báo cáo, en: Report}, from: [passed], to: done, by: [office], after: year, source: Điều 3}\n";

/* What a province decides when those below it have ended. */
static const char whole[] =
        "workflow: whole\ntitle: {vi: Chung, en: Whole}\nvalid: {from: 2024-01-01}\nsource: Luật C\nunit: province\nsteps: [{vi: Một, en: One}]\n"
        "actors: [{id: office, title: {vi: Sở, en: Department}, roles: [specialist], relation: own}]\n"
        "states:\n"
        "  - {id: open, title: {vi: Mở, en: Open}, kind: start, step: 1, untimed: x}\n"
        "  - {id: done, title: {vi: Xong, en: Done}, kind: end, step: 1}\n"
        "open: {by: [office]}\nsub_cases: [permit]\n"
        "actions:\n"
        "  - {id: decide, title: {vi: Quyết định, en: Decide}, from: [open], to: done, by: [office], needs: {sub_cases: true}, source: Điều 1}\n";

/* Commune 00001 of province 42 lives on; 00002 merged with it into 00003 on 2026-07-01; 00004 was divided into 00003 and 00005. */
static const struct source base[] = {
#define SOURCE(path, text) { path, text, sizeof text - 1 }
        SOURCE("units/kinds.csv", "kind,level,label_vi,label_en\nquoc_gia,country,,\ntinh,province,Tỉnh,Province\nxa,commune,Xã,Commune\n"),
        SOURCE("units/acts.csv", "act,title_vi,title_en\nnq,Nghị quyết,Resolution\n"),
        SOURCE("units/regions.csv", "region,name_vi,name_en\n2,Trung,Centre\n"),
        SOURCE("units/all.csv", "code,kind,name_vi,name_en,parent,from,to\nVN,quoc_gia,Việt Nam,Viet Nam,,1945-09-02,\n"
                                "42,tinh,Hà Tĩnh,Ha Tinh,VN,2004-01-01,\n44,tinh,Quảng Trị,Quang Tri,VN,2004-01-01,\n"
                                "00001,xa,Một,One,42,2020-01-01,\n00002,xa,Hai,Two,42,2020-01-01,2026-06-30\n00004,xa,Bốn,Four,42,2020-01-01,2026-06-30\n"
                                "00003,xa,Ba,Three,42,2026-07-01,\n00005,xa,Năm,Five,42,2026-07-01,\n"),
        SOURCE("units/changes.csv", "old,new,share,date,act\n00002,00003,1,2026-07-01,nq\n00004,00003,,2026-07-01,nq\n00004,00005,,2026-07-01,nq\n"),
        SOURCE("calendar/years.csv", "year,verified,basis\n2026,yes,x\n"),
        SOURCE("calendar/days.csv", "from,to,kind,name_vi,name_en\n2026-02-14,2026-02-22,holiday,Tết,Tet\n2026-02-28,2026-02-28,make_up,Bù,Make-up\n"),
#undef SOURCE
};
#define BASE (sizeof base / sizeof *base)

static struct arena *arena;
static const struct catalogue *catalogue;

static int setup(void **state)
{
        struct complaints complaints;
        struct source files[BASE + 4];
        const char *permit, *later;

        (void)state;
        arena = arena_open((size_t)256 << 20);
        if (arena == NULL)
                return -1;
        complaints = (struct complaints){ .arena = arena, .language = LANGUAGE_EN };
        memcpy(files, base, sizeof base);
        permit = arena_print(arena, "%s%s", permit_head, permit_actions);
        files[BASE] = (struct source){ "workflows/permit/2024.workflow", permit, strlen(permit) };
        later = arena_print(arena, "%s", permit); /* the regime that follows: half the days */
        files[BASE + 1] = (struct source){ "workflows/permit/2026.workflow", later, strlen(later) };
        memcpy(strstr(later, "from: 2024-01-01, to: 2026-08-31"), "from: 2026-09-01                ", 32);
        memcpy(strstr(later, "days: 20"), "days: 10", 8);
        files[BASE + 2] = (struct source){ "workflows/call/2024.workflow", call, sizeof call - 1 };
        files[BASE + 3] = (struct source){ "workflows/whole/2024.workflow", whole, sizeof whole - 1 };
        case_register();
        catalogue = catalogue_check(arena, files, BASE + 4, &complaints);
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

/* ---- events by hand ----------------------------------------------------------------------------------------- */

static struct case_event list[60];
static size_t count;

/* Written at noon of a day by a role of a unit, told of a day (NULL: the same). more: further members, as JSON. */
static struct case_event *write_late(const char *written, const char *on, const char *role, const char *unit, const char *action, const char *more)
{
        struct case_event *e = &list[count];

        assert_true(count < sizeof list / sizeof *list);
        *e = test_event(arena, (int64_t)count + 1, written, on, role, unit_read(catalogue, unit, test_day(written)),
                        arena_print(arena, "{\"action\":\"%s\"%s%s}", action, *more == '\0' ? "" : ",", more));
        count++;
        return e;
}

static struct case_event *act(const char *on, const char *role, const char *unit, const char *action, const char *more)
{
        return write_late(on, NULL, role, unit, action, more);
}

static void open_case(const char *on, const char *key)
{
        struct case_event *e;

        count = 0;
        e = act(on, "commune", arena_print(arena, "%.5s", key), "",
                arena_print(arena, "\"workflow\":\"permit\",\"case_unit\":\"%s\",\"title\":\"x\",\"fields\":{\"cost\":\"800000000\"},"
                                   "\"documents\":{\"letter\":{\"number\":\"1\",\"on\":\"%s\"}}", key, on));
        e->act = CASE_OPEN;
}

static struct case_file *fold(void)
{
        return case_fold(arena, catalogue, "X", list, count, NULL, 0);
}

static const char *state_of(const struct case_file *f)
{
        return f->workflow == NULL || f->state < 0 ? "" : f->workflow->states[f->state].id;
}

static void is_due(const char *day_text)
{
        const struct case_clock *k = case_next_clock(fold());
        char text[DAY_TEXT_MAX] = "none";

        if (k != NULL && !k->stands_still)
                day_write(text, k->due);
        else if (k != NULL)
                strcpy(text, "still");
        assert_string_equal(text, day_text);
}

#define ASKED "\"fields\":{\"asked_for\":\"300000000\"}"
static void take(const char *on)
{
        act(on, "specialist", "42", "take", ASKED);
}

/* ---- rules ------------------------------------------------------------------------------------------------------ */

/* One entry after a case was opened on 2026-01-05 and (where is_taken) taken on the 6th: what it breaks. */
static const struct { bool is_taken; const char *written, *on, *role, *unit, *action, *more; enum fault fault; const char *about; } refusals[] = {
        { false, "2026-01-07", NULL, "specialist", "42", "take", ASKED, FAULT_NONE, "" },
        { false, "2026-01-07", NULL, "specialist", "42", "give", ASKED, FAULT_ACTION, "give" },
        { false, "2026-01-07", NULL, "specialist", "42", "grant", "", FAULT_STATE, "" },
        { false, "2026-01-07", NULL, "specialist", "44", "take", ASKED, FAULT_ACTOR, "" },      /* another province */
        { false, "2026-01-07", NULL, "commune", "00001", "take", ASKED, FAULT_ACTOR, "" },      /* the wrong level */
        { false, "2026-01-07", NULL, "enterprise", "42", "take", ASKED, FAULT_ACTOR, "" },      /* the wrong role */
        { false, "2026-01-07", "2026-01-08", "specialist", "42", "take", ASKED, FAULT_FUTURE, "" },
        { false, "2026-01-07", "2026-01-04", "specialist", "42", "take", ASKED, FAULT_BACKDATED, "" },
        { false, "2026-01-07", "2026-01-05", "specialist", "42", "take", ASKED, FAULT_NONE, "" }, /* told later, on the day itself */
        { false, "2026-01-07", NULL, "specialist", "42", "take", "", FAULT_FIELD_MISSING, "asked_for" },
        { false, "2026-01-07", NULL, "specialist", "42", "take", "\"fields\":{\"asked_for\":\"1,5\"}", FAULT_FIELD_WRONG, "asked_for" },
        { false, "2026-01-07", NULL, "specialist", "42", "take", "\"fields\":{\"ceiling\":\"1\"}", FAULT_FIELD_WRONG, "ceiling" },
        { false, "2026-01-07", NULL, "specialist", "42", "take", "\"fields\":{\"asked_for\":\"300000001\"}", FAULT_CHECK, "ceiling" },
        { false, "2026-01-07", NULL, "specialist", "42", "take", "\"fields\":{\"asked_for\":\"1\",\"cost\":\"900000\"}", FAULT_CHECK, "small" },
        { false, "2026-01-07", NULL, "specialist", "42", "take", "\"fields\":{\"asked_for\":\"1\",\"cost\":\"900000\"},\"reason\":\"y\"", FAULT_NONE, "" },
        { true, "2026-01-07", NULL, "specialist", "42", "take", ASKED, FAULT_STATE, "" },       /* a second decision */
        { true, "2026-01-06", NULL, "specialist", "42", "take", ASKED, FAULT_STATE, "" },       /* also on the same day */
        { true, "2026-01-07", NULL, "specialist", "42", "query", "", FAULT_REASON, "" },
        { true, "2026-01-07", NULL, "specialist", "42", "restart", "", FAULT_NOT_STOPPED, "exam" },
        { true, "2026-01-07", NULL, "specialist", "42", "extend", "\"days\":11,\"reason\":\"y\"", FAULT_EXTENSION, "exam" },
        { true, "2026-01-07", NULL, "specialist", "42", "extend", "\"days\":0,\"reason\":\"y\"", FAULT_EXTENSION, "exam" },
        { true, "2026-01-07", NULL, "specialist", "42", "ask", "\"units\":[]", FAULT_ASKED, "" },
        { true, "2026-01-07", NULL, "specialist", "42", "ask", "\"units\":[\"44\",\"44\"]", FAULT_ASKED, "" },
        { true, "2026-01-07", NULL, "specialist", "42", "ask", "\"units\":[\"99\"]", FAULT_ASKED, "" },
        { true, "2026-01-07", NULL, "specialist", "44", "reply", "\"opinion\":\"agree\"", FAULT_ACTOR, "" }, /* nobody asked it */
        { true, "2026-01-07", NULL, "specialist", "42", "points", "\"points\":{\"merit\":101}", FAULT_POINTS, "merit" },
        { true, "2026-01-07", NULL, "specialist", "42", "points", "\"points\":{\"merit\":50,\"looks\":1}", FAULT_POINTS, "" },
        { true, "2026-01-07", NULL, "specialist", "42", "grant", "", FAULT_SCORE, "" },
        { true, "2026-01-07", NULL, "specialist", "42", "take", "\"documents\":{\"letter\":{\"number\":\"2\",\"on\":\"2026-01-09\"}}", FAULT_STATE, "" },
        { true, "2026-01-07", NULL, "specialist", "42", "query", "\"reason\":\"y\",\"documents\":{\"letter\":{\"number\":\"2\",\"on\":\"2026-01-09\"}}", FAULT_DOCUMENT_DAY, "letter" },
};

static void what_the_regime_does_not_allow_changes_nothing_and_names_its_rule(void **state)
{
        static const struct { enum fault fault; const char *field; } inputs[] = {
                { FAULT_FUTURE, "on" }, { FAULT_BACKDATED, "on" }, { FAULT_REASON, "reason" }, { FAULT_EXTENSION, "days" }, { FAULT_ASKED, "units" },
                { FAULT_DOCUMENT_DAY, "letter-on" }, { FAULT_FIELD_MISSING, "asked_for" }, { FAULT_STATE, "" }, { FAULT_ACTOR, "" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
                const char *before;
                struct case_file *f;

                open_case("2026-01-05", "00001@2020-01-01");
                if (refusals[i].is_taken)
                        take("2026-01-06");
                before = state_of(fold());
                write_late(refusals[i].written, refusals[i].on, refusals[i].role, refusals[i].unit, refusals[i].action, refusals[i].more);
                f = fold();
                if (list[count - 1].fault != refusals[i].fault || strcmp(list[count - 1].about, refusals[i].about) != 0)
                        fail_msg("refusal %zu (%s): %d about \"%s\"", i, refusals[i].action, list[count - 1].fault, list[count - 1].about);
                assert_int_equal(case_overtaken(f), count - (refusals[i].fault != FAULT_NONE));
                if (refusals[i].fault != FAULT_NONE) {
                        struct work w = { .arena = arena, .language = LANGUAGE_EN };
                        struct error err = { .language = LANGUAGE_EN };

                        assert_string_equal(state_of(f), before);
                        assert_false(case_fault_say(&w, f, &list[count - 1], &err));
                        assert_true(err.message[0] != '\0');
                        assert_non_null(strstr(err.hint, "rule: "));
                        for (size_t k = 0; k < sizeof inputs / sizeof *inputs; k++)
                                if (inputs[k].fault == refusals[i].fault)
                                        assert_string_equal(err.field, inputs[k].field);
                }
        }
}

static void an_act_is_overtaken_until_something_that_counts_follows(void **state)
{
        (void)state;
        open_case("2026-01-05", "00001@2020-01-01");
        take("2026-01-06");
        assert_int_equal(case_overtaken(fold()), 2);
        take("2026-01-06"); /* another node's, which had not seen it */
        act("2026-01-06", "nobody", "42", "grant", "");
        assert_int_equal(case_overtaken(fold()), 2);
        act("2026-01-08", "specialist", "42", "refuse", "\"reason\":\"y\"");
        assert_int_equal(case_overtaken(fold()), 5);
}

static void a_refusal_cites_the_article(void **state)
{
        struct work w = { .arena = arena, .language = LANGUAGE_EN };
        struct error err = { .language = LANGUAGE_EN };

        (void)state;
        open_case("2026-01-05", "00001@2020-01-01");
        act("2026-01-07", "specialist", "42", "take", "\"fields\":{\"asked_for\":\"300000001\"}");
        case_fault_say(&w, fold(), &list[1], &err);
        assert_string_equal(err.message, "Over the ceiling");
        assert_string_equal(err.field, "asked_for");
        assert_string_equal(err.hint, "rule: Điều 3 khoản 2 (to be checked)");
}

static void a_case_that_nothing_opens_rightly_is_none(void **state)
{
        (void)state;
        open_case("2023-12-29", "00001@2020-01-01"); /* before any regime */
        assert_null(fold()->workflow);
        assert_int_equal(list[0].fault, FAULT_WORKFLOW);
        open_case("2026-01-05", "00001@2020-01-01");
        json_object_set_new(list[0].body, "case_unit", json_string("42@2004-01-01"));
        assert_null(fold()->workflow);
        assert_int_equal(list[0].fault, FAULT_UNIT);
        open_case("2026-01-05", "00001@2020-01-01");
        json_object_set_new(list[0].body, "case_unit", json_string("00002@2020-01-01")); /* of another commune */
        assert_null(fold()->workflow);
        assert_int_equal(list[0].fault, FAULT_ACTOR);
        open_case("2026-01-05", "00001@2020-01-01");
        json_object_del(list[0].body, "documents");
        assert_null(fold()->workflow);
        assert_int_equal(list[0].fault, FAULT_DOCUMENT);
        assert_non_null(fold()->tried); /* whose article is cited */
        take("2026-01-06");
        assert_null(fold()->workflow);
        assert_int_equal(list[1].fault, FAULT_STREAM);
}

static void an_entry_belongs_into_the_stream_of_the_unit_or_of_what_that_became_by_then(void **state)
{
        static const struct { const char *audience, *unit, *on; bool belongs; } streams[] = {
                { "00001", "00001@2020-01-01", "2026-01-05", true }, { "42", "00001@2020-01-01", "2026-01-05", false },   /* wider */
                { "VN", "00001@2020-01-01", "2026-01-05", false },   { "00002", "00001@2020-01-01", "2026-01-05", false }, /* beside it */
                { "*", "00001@2020-01-01", "2026-01-05", false },    { "00001", "42@2004-01-01", "2026-01-05", false },    /* narrower */
                { "00002", "00002@2020-01-01", "2026-01-05", true }, { "00003", "00002@2020-01-01", "2026-06-30", false }, /* not yet merged */
                { "00003", "00002@2020-01-01", "2026-07-01", true }, { "00002", "00002@2020-01-01", "2026-07-02", true },  /* where that is not known */
                { "00005", "00004@2020-01-01", "2026-07-02", false }, /* one of two parts */
        };

        (void)state;
        for (size_t i = 0; i < sizeof streams / sizeof *streams; i++)
                if (case_belongs(catalogue, streams[i].audience, unit_by_key(catalogue, streams[i].unit), test_day(streams[i].on)) != streams[i].belongs)
                        fail_msg("%s in %s on %s", streams[i].unit, streams[i].audience, streams[i].on);
}

static void what_stands_in_another_stream_changes_nothing(void **state)
{
        static const struct { const char *audience; enum fault fault; } streams[] = { { "00001", FAULT_NONE }, { "42", FAULT_STREAM }, { "VN", FAULT_STREAM }, { "00002", FAULT_STREAM } };
        struct work w = { .arena = arena, .language = LANGUAGE_EN };
        struct error err = { .language = LANGUAGE_EN };

        (void)state;
        for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
                const char *before;

                open_case("2026-01-05", "00001@2020-01-01");
                before = state_of(fold());
                take("2026-01-06");
                list[1].audience = streams[i].audience;
                assert_int_equal(strcmp(state_of(fold()), before) == 0, streams[i].fault != FAULT_NONE);
                assert_int_equal(list[1].fault, streams[i].fault);
        }
        case_fault_say(&w, fold(), &list[1], &err);
        assert_string_equal(err.message, "it was not written for the unit of the case");
        assert_string_equal(err.hint, "");
}

/* One name is what people read as one: decomposed, in capitals, with more spaces. */
static void a_candidate_is_one_however_the_name_is_typed(void **state)
{
        const struct case_file *f;
        const char *best;
        int members;

        (void)state;
        open_case("2026-03-02", "00001@2020-01-01");
        take("2026-03-03");
        act("2026-03-05", "specialist", "42", "points", "\"points\":{\"merit\":40},\"candidate\":\"Gỗ Đất Tổ\"");
        act("2026-03-06", "director", "42", "points", "\"points\":{\"merit\":61},\"candidate\":\"go\\u0302\\u0303  ĐẤT  tổ\"");
        act("2026-03-06", "specialist", "42", "points", "\"points\":{\"merit\":90},\"candidate\":\"GỖ đất tổ \"");
        act("2026-03-06", "director", "42", "points", "\"points\":{\"merit\":50},\"candidate\":\"Gò Đất Tổ\"");
        f = fold();
        assert_int_equal(list[4].fault, FAULT_POINTS); /* once a member */
        assert_int_equal(list[5].fault, FAULT_NONE);   /* another tone is another name */
        assert_int_equal(case_score(f, &best, &members), 5050);
        assert_int_equal(members, 2);
        assert_string_equal(best, "Gỗ Đất Tổ"); /* as it was first typed */
}

/* ---- limits ---------------------------------------------------------------------------------------------------------- */

static void days_are_counted_over_tet_and_stops(void **state)
{
        (void)state;
        open_case("2026-02-10", "00001@2020-01-01"); /* a Tuesday; Tết 14-22, Saturday 28 is made up */
        is_due("2026-02-13");
        take("2026-02-11"); /* 12, 13, 23-28 (with the Saturday), then March */
        is_due("2026-03-17");
        act("2026-02-24", "specialist", "42", "query", "\"reason\":\"missing map\"");
        is_due("still");
        assert_int_equal(case_next_clock(fold())->left, 16);
        act("2026-03-06", "commune", "00001", "answered", ""); /* counted again from Monday the 9th: 16 days */
        is_due("2026-03-30");
        act("2026-03-09", "specialist", "42", "extend", "\"days\":10,\"reason\":\"y\"");
        is_due("2026-04-13");
        act("2026-03-09", "specialist", "42", "extend", "\"days\":1,\"reason\":\"y\"");
        is_due("2026-04-13");
        assert_int_equal(list[count - 1].fault, FAULT_EXTENSION);
        act("2026-03-10", "specialist", "42", "stop", "\"reason\":\"y\"");
        act("2026-03-10", "specialist", "42", "restart", ""); /* stopped for no day */
        is_due("2026-04-13");
        act("2026-03-10", "specialist", "42", "hold", "\"reason\":\"y\"");
        is_due("still");
        act("2026-03-11", "specialist", "42", "go_on", "");
        assert_string_equal(state_of(fold()), "examined");
        is_due("2026-04-14");
        assert_int_equal(case_next_clock(fold())->stopped, 11); /* 25 February - 6 March, and 11 March */
}

/* A window is kept open and is never late; what follows it begins with its last day, and moves with it. */
static void a_window_is_no_duty_and_what_follows_begins_with_its_end(void **state)
{
        const struct case_file *f;

        (void)state;
        count = 0;
        act("2026-02-03", "commune", "00001", "", "\"workflow\":\"call\",\"case_unit\":\"00001@2020-01-01\",\"title\":\"x\"")->act = CASE_OPEN;
        is_due("2026-02-25"); /* open up to the 13th, before Tết; then 23, 24, 25 */
        assert_string_equal(case_next_clock(fold())->limit->id, "pass");
        act("2026-02-13", "commune", "00001", "close", ""); /* the last day is the window's to its end: Civil Code 2015, Art. 148 (1) and (6) */
        f = fold();
        assert_int_equal(list[count - 1].fault, FAULT_TOO_EARLY);
        assert_int_equal(case_possible_from(f, &f->workflow->actions[0]), test_day("2026-02-14"));
        count--;
        assert_int_equal(limit_urgency(&f->workflow->limits[0], f->clocks[0].due, test_day("2027-01-01")), URGENCY_NONE);
        act("2026-02-12", "commune", "00001", "hold", "\"reason\":\"y\"");
        is_due("still");
        f = fold();
        assert_int_equal(case_possible_from(f, &f->workflow->actions[0]), DAY_FOREVER);
        assert_int_equal(f->clocks[1].started, DAY_NONE); /* nobody knows when that window ends */
        act("2026-02-14", "commune", "00001", "go_on", ""); /* two days more for the window, to the 15th: the same first working day after it */
        is_due("2026-02-25");
        act("2026-02-27", "commune", "00001", "close", ""); /* closed late, passed on late: its day stays */
        is_due("2026-02-25");
        act("2026-03-02", "commune", "00001", "pass", "");
        assert_null(case_next_clock(fold())); /* nothing is owed for a year */
        act("2027-03-02", "commune", "00001", "report", "");
        assert_int_equal((fold(), list[count - 1].fault), FAULT_TOO_EARLY);
        act("2027-03-03", "commune", "00001", "report", "");
        assert_int_equal(fold()->ended, test_day("2027-03-03"));
}

static void beyond_the_known_calendar_a_day_is_not_certain(void **state)
{
        (void)state;
        open_case("2026-06-10", "00001@2020-01-01");
        take("2026-06-11");
        assert_true(case_next_clock(fold())->is_certain);
        open_case("2026-12-10", "00001@2020-01-01");
        act("2026-12-24", "specialist", "42", "take", ASKED);
        assert_true(case_next_clock(fold())->due > test_day("2026-12-31"));
        assert_false(case_next_clock(fold())->is_certain);
}

static uint64_t chance = 88172645463325252u;

static unsigned draw(unsigned below)
{
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        return (unsigned)(chance % below);
}

/* Whatever limit, start and stops: one stopped day more, anywhere, never makes the last day earlier; and n days are counted. */
static void a_longer_stop_never_makes_the_last_day_earlier(void **state)
{
        (void)state;
        for (int i = 0; i < 3000; i++) {
                struct workflow_limit l = { .days = 1 + (int)draw(40), .is_working = draw(2), .moves_to_working = draw(2) };
                struct case_stop stops[4] = { { 0 } };
                struct case_clock k = { .limit = &l, .days = l.days, .started = test_day("2026-01-01") + (day)draw(200), .stops = stops, .stop_count = (int)draw(4) };
                day before, from = k.started;

                for (int s = 0; s < k.stop_count; s++) {
                        stops[s].from = from + (day)draw(8);
                        from = stops[s].to = stops[s].from + (day)draw(8);
                }
                clock_count(catalogue, &k);
                before = k.due;
                assert_true(before > k.started);
                if (!k.was_moved)
                        assert_int_equal(before - k.started, l.days + k.off + k.stopped);
                for (int s = 0; s < k.stop_count; s++)
                        if (s + 1 == k.stop_count || stops[s].to < stops[s + 1].from) {
                                stops[s].to++;
                                clock_count(catalogue, &k);
                                assert_true(k.due >= before);
                                before = k.due;
                        }
                k.stop_count = (int)draw(4);
                k.days += 1;
                clock_count(catalogue, &k);
                assert_false(k.stands_still);
        }
}

/* To which working day a last day off moves is known once the clock goes on; what ends on a day of the calendar never stands still. */
static void a_last_day_off_moves_once_the_clock_goes_on(void **state)
{
        struct case_stop stop = { .from = test_day("2026-03-07"), .is_open = true }; /* a Saturday */
        struct workflow_limit days = { .moves_to_working = true }, years = { .moves_to_working = true, .years = 1 };
        struct case_clock k = { .limit = &days, .started = test_day("2026-03-02"), .ended = DAY_NONE, .days = 5, .stops = &stop, .stop_count = 1 };

        (void)state;
        clock_count(catalogue, &k);
        assert_true(k.stands_still);
        assert_int_equal(k.due, DAY_NONE);
        assert_int_equal(k.left, 0);
        stop.to = test_day("2026-03-11");
        stop.is_open = false;
        clock_count(catalogue, &k);
        assert_int_equal(k.due, test_day("2026-03-12"));
        stop.is_open = true;
        k.limit = &years;
        k.started = test_day("2026-03-07"); /* a year later it is a Sunday */
        clock_count(catalogue, &k);
        assert_false(k.stands_still);
        assert_int_equal(k.due, test_day("2027-03-08"));
        assert_false(k.is_certain);
        for (int year = 2026; year <= 2028; year += 2) { /* working days both; of 2028 the holidays are not known: it may be one */
                k.started = day_of(year - 1, 3, 9);
                clock_count(catalogue, &k);
                assert_int_equal(k.due, day_of(year, 3, 9));
                assert_int_equal(k.is_certain, year == 2026);
        }
}

static void an_appeal_must_come_within_its_limit(void **state)
{
        (void)state;
        for (int late = 0; late < 2; late++) {
                open_case("2026-03-02", "00001@2020-01-01");
                take("2026-03-03");
                act("2026-03-10", "specialist", "42", "refuse", "\"reason\":\"y\"");
                assert_int_equal(fold()->ended, test_day("2026-03-10"));
                act(late ? "2026-04-10" : "2026-04-09", "commune", "00001", "appeal", "");
                assert_string_equal(state_of(fold()), late ? "refused" : "examined");
                assert_int_equal(list[3].fault, late ? FAULT_TOO_LATE : FAULT_NONE);
        }
        assert_int_equal(fold()->ended, test_day("2026-03-10"));
}

/* ---- opinions, points, sub-cases --------------------------------------------------------------------------------------- */

static void a_decision_waits_for_opinions_points_and_cases_below(void **state)
{
        struct case_child child;
        struct case_file *f;
        const char *best;
        int members;

        (void)state;
        open_case("2026-03-02", "00001@2020-01-01");
        take("2026-03-03");
        act("2026-03-04", "specialist", "42", "ask", "\"units\":[\"44\",\"VN\"]");
        act("2026-03-05", "specialist", "44", "reply", "\"opinion\":\"conditions\",\"text\":\"z\"");
        act("2026-03-05", "specialist", "44", "reply", "\"opinion\":\"agree\"");
        act("2026-03-05", "specialist", "42", "points", "\"points\":{\"merit\":40},\"candidate\":\"A\"");
        act("2026-03-05", "specialist", "42", "points", "\"points\":{\"merit\":90},\"candidate\":\"A\"");
        act("2026-03-06", "director", "42", "points", "\"points\":{\"merit\":61},\"candidate\":\"A\"");
        act("2026-03-11", "specialist", "42", "grant", "");
        f = fold();
        assert_int_equal(f->opinion_count, 2);
        assert_int_equal(f->opinions[0].verdict, VERDICT_CONDITIONS);
        assert_int_equal(list[4].fault, FAULT_ACTOR); /* its opinion is given */
        assert_int_equal(list[6].fault, FAULT_POINTS); /* each member once */
        assert_int_equal(case_score(f, &best, &members), 5050);
        assert_int_equal(members, 2);
        assert_int_equal(list[8].fault, FAULT_OPINIONS); /* the ministry's is due on the 11th */
        assert_string_equal(list[8].about, "VN@1945-09-02");
        act("2026-03-12", "specialist", "42", "grant", "");
        assert_string_equal(state_of(fold()), "granted");
        child = (struct case_child){ list[5].at, list[5].at, 0, unit_by_key(catalogue, "00001@2020-01-01"), "permit" };
        assert_string_equal(state_of(case_fold(arena, catalogue, "X", list, count, &child, 1)), "examined");
        assert_int_equal(list[9].fault, FAULT_SUB_CASES);
        child.ended_at = list[7].at;
        assert_string_equal(state_of(case_fold(arena, catalogue, "X", list, count, &child, 1)), "granted");
        child.begun_at = list[9].at + 1; /* by an appeal, after the decision */
        child.ended_at = 0;
        assert_string_equal(state_of(case_fold(arena, catalogue, "X", list, count, &child, 1)), "granted");
        child.begun_at = list[9].at - 1; /* before it */
        assert_string_equal(state_of(case_fold(arena, catalogue, "X", list, count, &child, 1)), "examined");
        child.unit = unit_by_key(catalogue, "44@2004-01-01"); /* not every node that has this case has that one */
        assert_string_equal(state_of(case_fold(arena, catalogue, "X", list, count, &child, 1)), "granted");
        child.unit = unit_by_key(catalogue, "42@2004-01-01"); /* above it */
        assert_string_equal(state_of(case_fold(arena, catalogue, "X", list, count, &child, 1)), "granted");
        child.unit = NULL;
        assert_string_equal(state_of(case_fold(arena, catalogue, "X", list, count, &child, 1)), "granted");
        child.unit = unit_by_key(catalogue, "00001@2020-01-01");
        child.workflow = "other"; /* it has no such sub-cases */
        assert_string_equal(state_of(case_fold(arena, catalogue, "X", list, count, &child, 1)), "granted");
}

/* Also of a unit that has merged or was divided meanwhile, as long as all of it lies there. */
static void a_decision_waits_for_cases_below_of_units_that_are_no_more(void **state)
{
        static const struct { const char *unit; bool is_waited_for; } below[] = {
                { "00001@2020-01-01", true }, { "00002@2020-01-01", true }, { "00004@2020-01-01", true }, { "00005@2026-07-01", true },
                { "44@2004-01-01", false }, { "VN@1945-09-02", false }
        };

        (void)state;
        for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
                struct case_child child;

                count = 0;
                act("2026-06-22", "specialist", "42", "", "\"workflow\":\"whole\",\"case_unit\":\"42@2004-01-01\",\"title\":\"x\"")->act = CASE_OPEN;
                act("2026-07-02", "specialist", "42", "decide", "");
                child = (struct case_child){ list[0].at + 1, list[0].at + 1, 0, unit_by_key(catalogue, below[i].unit), "permit" };
                assert_string_equal(state_of(case_fold(arena, catalogue, "X", list, count, &child, 1)), below[i].is_waited_for ? "open" : "done");
        }
}

/* ---- time and place ------------------------------------------------------------------------------------------------------- */

static void a_case_keeps_the_regime_of_its_receipt(void **state)
{
        (void)state;
        open_case("2026-08-31", "00001@2020-01-01");
        take("2026-09-02"); /* written under the new regime: the old one's twenty days */
        assert_int_equal(case_next_clock(fold())->days, 20);
        open_case("2026-09-01", "00001@2020-01-01");
        take("2026-09-02");
        assert_int_equal(case_next_clock(fold())->days, 10);
}

static void a_merged_unit_goes_on_with_its_cases(void **state)
{
        (void)state;
        open_case("2026-06-22", "00002@2020-01-01");
        take("2026-06-23");
        act("2026-06-24", "specialist", "42", "query", "\"reason\":\"y\"");
        act("2026-07-02", "commune", "00001", "answered", ""); /* a neighbour */
        act("2026-07-02", "commune", "00003", "answered", ""); /* what it became */
        assert_string_equal(state_of(fold()), "examined");
        assert_int_equal(list[3].fault, FAULT_ACTOR);
        assert_int_equal(list[4].fault, FAULT_NONE);
}

/* The change of 1 July was recorded only days later: what was written meanwhile by the old units, or for them, counts as it did there. */
static void what_was_written_before_a_change_of_units_was_known_counts(void **state)
{
        const struct unit *old = unit_by_key(catalogue, "00002@2020-01-01");
        struct case_event *e;

        (void)state;
        open_case("2026-06-22", "00001@2020-01-01"); /* merged: opened and acted on by the unit that had ended */
        list[0].unit = old;
        list[0].at = (stamp)((uint64_t)(moment_of_day(test_day("2026-07-02")) + 43200000) << 16);
        list[0].on = test_day("2026-07-02");
        json_object_set_new(list[0].body, "case_unit", json_string(old->key));
        take("2026-07-03");
        act("2026-07-03", "specialist", "42", "query", "\"reason\":\"y\"");
        e = act("2026-07-04", "commune", "00001", "answered", "");
        e->unit = old;
        act("2026-07-05", "specialist", "42", "query", "\"reason\":\"y\"");
        e = act("2026-07-06", "commune", "00001", "answered", "");
        e->unit = unit_by_key(catalogue, "00004@2020-01-01"); /* another that had ended: not its case */
        act("2026-07-07", "commune", "00003", "answered", "");
        assert_string_equal(state_of(fold()), "examined");
        assert_int_equal(list[0].fault, FAULT_NONE);
        assert_int_equal(list[3].fault, FAULT_NONE);
        assert_int_equal(list[5].fault, FAULT_ACTOR);
        assert_int_equal(list[6].fault, FAULT_NONE);

        open_case("2026-06-22", "00001@2020-01-01"); /* divided: it is there, and waits for the province */
        list[0].unit = unit_by_key(catalogue, "00004@2020-01-01");
        list[0].at = (stamp)((uint64_t)(moment_of_day(test_day("2026-07-02")) + 43200000) << 16);
        list[0].on = test_day("2026-07-02");
        json_object_set_new(list[0].body, "case_unit", json_string("00004@2020-01-01"));
        take("2026-07-03");
        e = act("2026-07-03", "director", "42", "", "\"case_unit\":\"00005@2026-07-01\",\"reason\":\"the land lies there\"");
        e->act = CASE_ASSIGN;
        take("2026-07-04");
        assert_string_equal(state_of(fold()), "examined");
        assert_int_equal(list[0].fault, FAULT_NONE);
        assert_int_equal(list[1].fault, FAULT_DIVIDED);
        assert_int_equal(list[2].fault, FAULT_NONE);
        assert_int_equal(list[3].fault, FAULT_NONE);
}

static void what_an_old_unit_received_is_told_later_by_what_it_became(void **state)
{
        (void)state;
        open_case("2026-06-22", "00001@2020-01-01");
        json_object_set_new(list[0].body, "case_unit", json_string("00002@2020-01-01"));
        list[0].unit = unit_by_key(catalogue, "00003@2026-07-01");
        list[0].at = (stamp)((uint64_t)(moment_of_day(test_day("2026-07-20")) + 43200000) << 16);
        write_late("2026-07-20", "2026-06-23", "specialist", "42", "take", ASKED);
        assert_string_equal(state_of(fold()), "examined");
        assert_int_equal(list[0].fault, FAULT_NONE);
}

static void a_case_of_a_divided_unit_waits_until_the_province_assigns_it(void **state)
{
        struct case_event *e;

        (void)state;
        open_case("2026-06-22", "00004@2020-01-01");
        take("2026-06-23");
        act("2026-07-02", "specialist", "42", "refuse", "\"reason\":\"y\"");
        e = act("2026-07-03", "commune", "00005", "", "\"case_unit\":\"00005@2026-07-01\",\"reason\":\"mine\"");
        e->act = CASE_ASSIGN;
        e = act("2026-07-03", "director", "42", "", "\"case_unit\":\"00001@2020-01-01\",\"reason\":\"y\"");
        e->act = CASE_ASSIGN;
        e = act("2026-07-03", "director", "42", "", "\"case_unit\":\"00005@2026-07-01\"");
        e->act = CASE_ASSIGN;
        e = act("2026-07-03", "director", "42", "", "\"case_unit\":\"00005@2026-07-01\",\"reason\":\"the land lies there\"");
        e->act = CASE_ASSIGN;
        act("2026-07-06", "specialist", "42", "query", "\"reason\":\"y\"");
        act("2026-07-07", "commune", "00003", "answered", "");
        act("2026-07-07", "commune", "00005", "answered", "");
        assert_string_equal(state_of(fold()), "examined");
        assert_int_equal(list[2].fault, FAULT_DIVIDED);
        assert_int_equal(list[3].fault, FAULT_ACTOR);
        assert_int_equal(list[4].fault, FAULT_UNIT);
        assert_int_equal(list[5].fault, FAULT_REASON);
        assert_int_equal(list[6].fault, FAULT_NONE);
        assert_int_equal(list[8].fault, FAULT_ACTOR);
        assert_int_equal(list[9].fault, FAULT_NONE);
}

/* What a case is, as one text. */
static const char *told(const struct case_file *f)
{
        const char *text = arena_print(arena, "%s %d %d|", state_of(f), (int)f->ended, (int)f->clock_count);

        for (int i = 0; i < f->clock_count; i++)
                text = arena_print(arena, "%s %s %d %d %d", text, f->clocks[i].limit->id, (int)f->clocks[i].started, (int)f->clocks[i].due, (int)f->clocks[i].ended);
        for (size_t i = 0; i < f->event_count; i++)
                text = arena_print(arena, "%s|%lld %d", text, (long long)f->events[i].entry, f->events[i].fault);
        return text;
}

/* Random acts by random people, right and wrong: any order of arrival gives the same case, and no state is without a way on. */
static void any_order_of_arrival_gives_the_same_case(void **state)
{
        static const char *const actions[] = { "take", "query", "answered", "hold", "go_on", "stop", "restart", "extend", "ask", "reply", "points", "refuse", "appeal" };
        static const struct { const char *role, *unit; } people[] = { { "specialist", "42" }, { "director", "42" }, { "commune", "00001" }, { "specialist", "44" } };
        int counted = 0, refused = 0;

        (void)state;
        for (int world = 0; world < 150; world++) {
                struct case_event shuffled[60];
                const char *expected;
                struct case_file *f;
                day on = test_day("2026-03-02");

                open_case("2026-03-02", "00001@2020-01-01");
                for (int i = 0; i < 30; i++) {
                        char text[DAY_TEXT_MAX];
                        int who = (int)draw(4), what = (int)draw(13);

                        on += (day)draw(3);
                        day_write(text, on);
                        act(text, people[who].role, people[who].unit, actions[what],
                            what == 0 ? ASKED : "\"reason\":\"y\",\"days\":3,\"units\":[\"44\"],\"opinion\":\"agree\",\"points\":{\"merit\":60}");
                        list[count - 1].node = draw(2) ? "a" : "b";
                }
                memcpy(shuffled, list, sizeof list);
                f = fold();
                expected = told(f);
                for (size_t i = 0; i < count; i++) {
                        counted += f->events[i].fault == FAULT_NONE;
                        refused += f->events[i].fault != FAULT_NONE;
                }
                for (int a = 0, ways = 0; a < f->workflow->action_count; a++) {
                        ways += f->workflow->actions[a].from[f->state];
                        if (a + 1 == f->workflow->action_count)
                                assert_true(ways > 0 || f->workflow->states[f->state].kind == STATE_END);
                }
                for (int round = 0; round < 5; round++) {
                        for (size_t i = count; i > 1; i--) {
                                size_t k = draw((unsigned)i);
                                struct case_event e = shuffled[i - 1];

                                shuffled[i - 1] = shuffled[k];
                                shuffled[k] = e;
                        }
                        memcpy(list, shuffled, sizeof list);
                        assert_string_equal(told(fold()), expected);
                }
        }
        assert_in_range(counted, 400, 150 * 31);
        assert_in_range(refused, 400, 150 * 31);
}

/* ---- acts that exclude each other ------------------------------------------------------------------------------- */

static unsigned char hashes[60][HASH_BYTES];
static char names[60][HASH_HEX];

/* The last entry is one of a node, in the stream of the commune; it follows another one (by place; -1: it does not say which). */
static size_t of_node(const char *node, int after)
{
        struct case_event *e = &list[count - 1];

        memset(hashes[count - 1], (int)count, HASH_BYTES);
        hex_write(names[count - 1], hashes[count - 1], HASH_BYTES);
        e->hash = hashes[count - 1];
        e->node = node;
        e->audience = "00001";
        e->seq = (int64_t)count;
        json_object_set_new(e->body, "seen", json_object());
        if (after >= 0)
                json_object_set_new(e->body, "after", json_string(names[after]));
        return count - 1;
}

static size_t settle(const char *node, size_t chosen, size_t other)
{
        act("2026-01-09", "director", "42", "", arena_print(arena, "\"of\":[\"%s\",\"%s\"],\"chosen\":\"%s\",\"reason\":\"x\"", names[chosen], names[other], names[chosen]));
        list[count - 1].act = CASE_SETTLE;
        return of_node(node, -1);
}

static void open_taken(void)
{
        open_case("2026-01-05", "00001@2020-01-01");
        of_node("a", -1);
        take("2026-01-06");
        of_node("a", 0);
}

static enum fault fault_of(const struct case_file *f, size_t which)
{
        for (size_t i = 0; i < f->event_count; i++)
                if (f->events[i].entry == (int64_t)which + 1)
                        return f->events[i].fault;
        fail_msg("there is no entry %zu", which);
        return FAULT_NONE;
}

static void acts_that_exclude_each_other_count_none_until_one_is_chosen(void **state)
{
        size_t hold, query, answered;
        struct case_file *f;

        (void)state;
        open_taken();
        act("2026-01-07", "specialist", "42", "hold", "\"reason\":\"x\"");
        hold = of_node("a", 1);
        assert_string_equal(state_of(fold()), "held");
        act("2026-01-08", "specialist", "42", "query", "\"reason\":\"y\"");
        query = of_node("b", 1);
        act("2026-01-08", "commune", "00001", "answered", "");
        answered = of_node("c", (int)query);
        f = fold();
        assert_string_equal(state_of(f), "examined");
        assert_int_equal(fault_of(f, hold), FAULT_CONTESTED);
        assert_int_equal(fault_of(f, query), FAULT_CONTESTED);
        assert_int_equal(fault_of(f, answered), FAULT_STATE);
        assert_non_null(case_state_doubt(f));
        assert_string_equal(case_state_doubt(f)->decider->code, "42");
        assert_int_equal(case_state_doubt(f)->count, 2);
        settle("b", query, hold);
        f = fold();
        assert_string_equal(state_of(f), "examined");
        assert_int_equal(fault_of(f, hold), FAULT_PASSED_OVER);
        assert_int_equal(fault_of(f, query), FAULT_NONE);
        assert_int_equal(fault_of(f, answered), FAULT_NONE); /* what was done upon it */
        assert_null(case_state_doubt(f));
        settle("a", hold, query); /* it had not seen the other decision */
        assert_non_null(case_state_doubt(fold()));
        assert_int_equal(case_state_doubt(fold())->count, 4);
        settle("c", 5, 6);
        f = fold();
        assert_null(case_state_doubt(f));
        assert_int_equal(fault_of(f, query), FAULT_NONE);
        settle("c", 0, 1);
        assert_int_equal(fault_of(fold(), 8), FAULT_UNCONTESTED);
}

static void who_says_the_same_contends_with_nobody_and_whoever_goes_on_upon_it_goes_on(void **state)
{
        size_t again, refuse;
        struct case_file *f;

        (void)state;
        open_taken();
        act("2026-01-07", "specialist", "42", "take", ASKED);
        again = of_node("b", 0);
        act("2026-01-08", "specialist", "42", "refuse", "\"reason\":\"y\"");
        refuse = of_node("b", (int)again);
        f = fold();
        assert_int_equal(fault_of(f, again), FAULT_STATE);
        assert_int_equal(fault_of(f, refuse), FAULT_NONE);
        act("2026-01-08", "specialist", "42", "hold", "\"reason\":\"x\"");
        of_node("a", 1); /* upon the first */
        f = fold();
        assert_int_equal(fault_of(f, refuse), FAULT_CONTESTED);
        assert_string_equal(state_of(f), "examined");
}

static void what_is_about_less_than_the_state_is_contested_by_itself(void **state)
{
        size_t ten, five, refuse;
        struct case_file *f;

        (void)state;
        open_taken();
        act("2026-01-07", "specialist", "42", "extend", "\"days\":10,\"reason\":\"x\"");
        ten = of_node("a", 1);
        act("2026-01-07", "specialist", "42", "extend", "\"days\":5,\"reason\":\"x\"");
        five = of_node("b", 1);
        act("2026-01-07", "specialist", "42", "points", "\"points\":{\"merit\":60}");
        of_node("a", 1);
        act("2026-01-07", "specialist", "42", "points", "\"points\":{\"merit\":80}");
        of_node("b", 1);
        act("2026-01-08", "specialist", "42", "refuse", "\"reason\":\"y\"");
        refuse = of_node("a", 1);
        f = fold();
        assert_int_equal(fault_of(f, ten), FAULT_CONTESTED);
        assert_int_equal(fault_of(f, refuse), FAULT_NONE);
        assert_null(case_state_doubt(f));
        assert_int_equal(f->points_count, 2);
        assert_int_equal(f->clocks[1].days, 20);
        settle("a", five, ten);
        assert_int_equal(fold()->clocks[1].days, 25);
}

static void what_is_not_allowed_contends_with_nothing(void **state)
{
        size_t hold, go_on;

        (void)state;
        open_taken();
        act("2026-01-07", "specialist", "42", "hold", "\"reason\":\"x\"");
        hold = of_node("a", 1);
        act("2026-01-07", "specialist", "42", "query", ""); /* without a reason */
        of_node("b", 1);
        assert_int_equal(fault_of(fold(), hold), FAULT_NONE);
        assert_string_equal(state_of(fold()), "held");
        act("2026-01-08", "specialist", "42", "query", "\"reason\":\"y\""); /* it says nothing of what it follows: an older program */
        of_node("b", -1);
        assert_string_equal(state_of(fold()), "held");
        act("2026-01-08", "specialist", "42", "go_on", "");
        go_on = of_node("b", 1);
        assert_int_equal(fault_of(fold(), go_on), FAULT_STATE); /* not upon what led into this state */
}

static void the_unit_that_all_acted_for_decides_or_the_nearest_one_above_all(void **state)
{
        static const struct { const char *units[3], *on, *decides; } cases[] = {
                { { "00001", "00001" }, "2026-05-01", "00001" }, { { "00001", "00002" }, "2026-05-01", "42" }, { { "00001", "42", "00001" }, "2026-05-01", "42" },
                { { "42", "44" }, "2026-05-01", "VN" }, { { "00001", "44" }, "2026-05-01", "VN" }, { { "00002", "00002" }, "2026-08-01", "00003" }, /* what it became */
                { { "00004", "00004" }, "2026-08-01", "42" }, /* it was divided */ { { "VN", "00001" }, "2026-05-01", "VN" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                const struct unit *units[3];
                size_t n = 0;

                for (; n < 3 && cases[i].units[n] != NULL; n++)
                        units[n] = unit_read(catalogue, cases[i].units[n], test_day("2026-05-01"));
                if (strcmp(case_decider(catalogue, units, n, test_day(cases[i].on))->code, cases[i].decides) != 0)
                        fail_msg("%zu: %s", i, case_decider(catalogue, units, n, test_day(cases[i].on))->code);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_the_regime_does_not_allow_changes_nothing_and_names_its_rule),
                cmocka_unit_test(an_act_is_overtaken_until_something_that_counts_follows),
                cmocka_unit_test(a_refusal_cites_the_article),
                cmocka_unit_test(a_case_that_nothing_opens_rightly_is_none),
                cmocka_unit_test(an_entry_belongs_into_the_stream_of_the_unit_or_of_what_that_became_by_then),
                cmocka_unit_test(what_stands_in_another_stream_changes_nothing),
                cmocka_unit_test(a_candidate_is_one_however_the_name_is_typed),
                cmocka_unit_test(days_are_counted_over_tet_and_stops),
                cmocka_unit_test(a_window_is_no_duty_and_what_follows_begins_with_its_end),
                cmocka_unit_test(beyond_the_known_calendar_a_day_is_not_certain),
                cmocka_unit_test(a_longer_stop_never_makes_the_last_day_earlier),
                cmocka_unit_test(a_last_day_off_moves_once_the_clock_goes_on),
                cmocka_unit_test(an_appeal_must_come_within_its_limit),
                cmocka_unit_test(a_decision_waits_for_opinions_points_and_cases_below),
                cmocka_unit_test(a_decision_waits_for_cases_below_of_units_that_are_no_more),
                cmocka_unit_test(a_case_keeps_the_regime_of_its_receipt),
                cmocka_unit_test(a_merged_unit_goes_on_with_its_cases),
                cmocka_unit_test(what_was_written_before_a_change_of_units_was_known_counts),
                cmocka_unit_test(what_an_old_unit_received_is_told_later_by_what_it_became),
                cmocka_unit_test(a_case_of_a_divided_unit_waits_until_the_province_assigns_it),
                cmocka_unit_test(any_order_of_arrival_gives_the_same_case),
                cmocka_unit_test(acts_that_exclude_each_other_count_none_until_one_is_chosen),
                cmocka_unit_test(who_says_the_same_contends_with_nobody_and_whoever_goes_on_upon_it_goes_on),
                cmocka_unit_test(what_is_about_less_than_the_state_is_contested_by_itself),
                cmocka_unit_test(what_is_not_allowed_contends_with_nothing),
                cmocka_unit_test(the_unit_that_all_acted_for_decides_or_the_nearest_one_above_all),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
