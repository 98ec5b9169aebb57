/* Definitions that are sound, and every way in which one is not; expressions; the shipped regimes against the decrees' days. */
#include "tests/support.h"

#include "workflow/workflow_private.h"

static const char sound[] =
        "workflow: permit\n"
        "title: {vi: Cấp phép, en: Permit}\n"
        "valid: {from: 2024-01-01}\n"
        "source: Luật A, Điều 1\n"
        "verified: true\n"
        "unit: province\n"
        "steps: [{vi: Nhận, en: Received}, {vi: Xét, en: Examined}]\n"
        "actors:\n"
        "  - {id: office, title: {vi: Sở, en: Office}, roles: [specialist], relation: own}\n"
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
        "  - {id: share, title: {vi: Tỷ lệ, en: Share}, kind: number, decimals: 1, unit: {vi: '%', en: '%'}}\n"
        "  - {id: support, title: {vi: Hỗ trợ, en: Support}, kind: money, formula: 'min(cost * share / 100, 300000000)', source: Điều 3}\n"
        "  - {id: sort, title: {vi: Loại, en: Sort}, kind: choice, choices: [{id: new, title: {vi: Mới, en: New}}, {id: old, title: {vi: Cũ, en: Old}}]}\n"
        "checks:\n"
        "  - {id: half, rule: 'share <= 50', message: {vi: Quá nửa, en: Over half}, source: Điều 3}\n"
        "limits:\n"
        "  - {id: first, title: {vi: Nhận, en: First}, days: 3, count: working, runs_in: [received], source: Điều 4}\n"
        "  - {id: exam, title: {vi: Xét, en: Exam}, days: 25, count: calendar, runs_in: [examined], stops_in: [waiting], extend: {days: 10, times: 1}, remind: [5, 1], escalate: {after: 1, to: office}, source: Điều 4}\n"
        "  - {id: answer, title: {vi: Trả lời, en: Answer}, days: 5, count: working, for_opinions: true, source: Điều 5}\n"
        "scoring: {pass: 50, members: 2, criteria: [{id: merit, title: {vi: Chất lượng, en: Merit}, most: 100}], source: Điều 6}\n"
        "open: {by: [office], documents: [letter], fields: [cost, sort]}\n"
        "actions:\n"
        "  - {id: take, title: {vi: Nhận, en: Take}, from: [received], to: examined, by: [office], fields: [share], checks: [half], source: Điều 7}\n"
        "  - {id: query, title: {vi: Hỏi, en: Query}, from: [examined], to: waiting, by: [office], reason: true, source: Điều 7}\n"
        "  - {id: answered, title: {vi: Trả lời, en: Answered}, from: [waiting], to: examined, by: [office], returns: true, source: Điều 7}\n"
        "  - {id: hold, title: {vi: Tạm dừng, en: Hold}, kind: suspend, from: [examined], to: held, by: [office], source: Điều 7}\n"
        "  - {id: go_on, title: {vi: Tiếp tục, en: Go on}, kind: continue, from: [held], by: [office], source: Điều 7}\n"
        "  - {id: stop, title: {vi: Dừng, en: Stop}, kind: stop, limit: exam, from: [examined], by: [office], source: Điều 7}\n"
        "  - {id: restart, title: {vi: Chạy, en: Restart}, kind: restart, limit: exam, from: [examined], by: [office], source: Điều 7}\n"
        "  - {id: extend, title: {vi: Gia hạn, en: Extend}, kind: extend, limit: exam, from: [examined], by: [office], source: Điều 7}\n"
        "  - {id: ask, title: {vi: Lấy ý kiến, en: Ask}, kind: ask, limit: answer, from: [examined], by: [office], source: Điều 5}\n"
        "  - {id: reply, title: {vi: Cho ý kiến, en: Reply}, kind: answer, from: [examined], by: [asked], source: Điều 5}\n"
        "  - {id: points, title: {vi: Chấm, en: Points}, kind: score, from: [examined], by: [office], source: Điều 6}\n"
        "  - {id: grant, title: {vi: Cấp, en: Grant}, from: [examined], to: granted, by: [office], needs: {opinions: all_or_late, score: true}, source: Điều 8}\n"
        "  - {id: refuse, title: {vi: Từ chối, en: Refuse}, from: [examined], to: refused, by: [office], reason: true, source: Điều 8}\n"
        "  - {id: appeal, title: {vi: Khiếu nại, en: Appeal}, kind: appeal, from: [refused], to: examined, by: [office], returns: true, source: Điều 9}\n";

static struct arena *arena;

static int setup(void **state)
{
        (void)state;
        arena = arena_open((size_t)64 << 20);
        return arena == NULL;
}

static int teardown(void **state)
{
        (void)state;
        arena_close(arena);
        return 0;
}

/* The sound definition with one text in place of another one (NULL: added at the end). */
static const char *with(const char *old, const char *new)
{
        const char *at = old == NULL ? sound + strlen(sound) : strstr(sound, old);

        assert_non_null(at);
        return arena_print(arena, "%.*s%s%s", (int)(at - sound), sound, new, old == NULL ? "" : at + strlen(old));
}

static struct workflow *parse(const char *text, struct complaints *complaints)
{
        struct source source = { "workflows/permit/2024.workflow", text, strlen(text) };

        *complaints = (struct complaints){ .arena = arena, .language = LANGUAGE_EN };
        return workflow_parse(arena, &source, complaints);
}

static int line_of(const char *text, const char *part)
{
        int line = 1;

        for (const char *at = strstr(text, part); text < at; text++)
                line += *text == '\n';
        return line;
}

static void a_sound_definition_is_read_whole(void **state)
{
        struct complaints c;
        const struct workflow *w = parse(sound, &c);
        struct buf out;

        (void)state;
        if (c.count > 0)
                fail_msg("%d: %s", c.list[0].line, c.list[0].message);
        assert_int_equal(w->state_count, 6);
        assert_int_equal(w->action_count, 14);
        assert_int_equal(w->start, workflow_state_find(w, "received"));
        assert_true(w->actions[workflow_action_find(w, "grant")].needs_score);
        assert_int_equal(w->limits[1].remind_count, 2);
        assert_int_equal(w->limits[1].extend_days, 10);
        assert_true(w->actions[workflow_action_find(w, "hold")].needs_reason);
        assert_int_equal(w->actions[workflow_action_find(w, "ask")].limit, 2);
        assert_int_equal(workflow_field_find(w, "nothing"), -1);
        assert_int_equal(workflow_document_find(w, "letter"), 0);
        buf_init(&out, 0);
        workflow_draw(w, LANGUAGE_EN, &out);
        assert_non_null(strstr(out.data, "digraph \"permit\" {"));
        assert_non_null(strstr(out.data, "  \"received\" -> \"examined\" [label=\"Take\\n(Office)\"];"));
        assert_non_null(strstr(out.data, "  \"waiting\" -> \"examined\" [style=dashed, label=\"Answered"));
        assert_non_null(strstr(out.data, "  \"held\" -> \"examined\""));
        assert_non_null(strstr(out.data, "Waiting\\nthe limit stands still: 25 days"));
        buf_clear(&out);
}

static void days_are_counted_in_the_words_of_their_number(void **state)
{
        static const struct { int days; bool is_working; const char *words; } cases[] = { { 1, false, "1 day" }, { 2, false, "2 days" }, { 1, true, "1 working day" }, { 0, true, "0 working days" } };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct buf out;

                buf_init(&out, 0);
                days_put(&out, LANGUAGE_EN, cases[i].days, cases[i].is_working);
                assert_string_equal(out.data, cases[i].words);
                buf_clear(&out);
        }
}

/* What is changed, what is complained of, and in which line (that of a part of the changed text; NULL: the first). */
#define TEN "x, x, x, x, x, x, x, x, x, x, "
static const struct { const char *old, *new, *message, *line; } faults[] = {
        { "workflow: permit", "workflow: licence", "must lie in the folder workflows/licence", "workflow:" },
        { "valid: {from: 2024-01-01}\n", "", "\"valid\" is missing", NULL },
        { "from: 2024-01-01}", "from: 2024-01-01, to: 2023-01-01}", "\"to\" lies before \"from\"", "valid:" },
        { "source: Luật A, Điều 1\n", "", "\"source\" is missing", NULL },
        { "unit: province\n", "", "\"unit\" is missing", NULL },
        { "kind: start", "kind: open", "no state is the start", NULL },
        { "examined, title: {vi: Đang xét, en: Examined}", "examined, kind: start, title: {vi: Đang xét, en: Examined}",
          "a second start: \"examined\"", "id: examined" },
        { "from: [received], to: examined", "from: [received], to: granted", "no way leads into the state \"examined\"", "id: examined" },
        { "to: granted", "to: refused", "no way leads into the state \"granted\"", "id: granted" },
        { "  - {id: answered, title: {vi: Trả lời, en: Answered}, from: [waiting], to: examined, by: [office], returns: true, source: Điều 7}\n",
          "", "no way leads from the state \"waiting\" to an end", "id: waiting" },
        { "to: examined, by: [office], returns: true, source: Điều 7", "to: examined, by: [office], source: Điều 7",
          "\"answered\" leads back to where the case has been", "id: answered" },
        { "to: granted, by", "to: granted, returns: true, by", "\"grant\" says that it returns, but it leads nowhere back", "id: grant," },
        { "kind: appeal, ", "", "\"appeal\" goes on after an end: only an appeal or a record may", "id: appeal" },
        { "from: [examined], to: granted", "from: [examined, held], to: granted", "a suspended state is left by", "id: grant," },
        { "kind: suspend, from", "from", "a suspended state is entered by", "id: hold" },
        { "{id: refuse, title: {vi: Từ chối, en: Refuse}, from", "{id: refuse, title: {vi: Từ chối, en: Refuse}, optional: true, from", "or a move into an end from states that are untimed", "id: refuse," },
        { "from: [examined], to: refused", "from: [examined], to: examined", "leads from a state into the same one", "id: refuse," },
        { "relation: asked}\n", "relation: asked}\n  - {id: idle, title: {vi: X, en: X}, roles: [head], relation: own}\n", "nobody acts as \"idle\"", NULL },
        { "relation: asked}", "relation: named}", "who is named by a register is asked for no opinion", "id: reply" },
        { "roles: [specialist], relation: own}", "roles: [specialist], relation: named}", "\"office\" is named for the subject of a case and cannot open it", NULL },
        { "documents: [letter], ", "", "nothing requires the document \"letter\"", "id: letter" },
        { "fields: [share], ", "", "nothing asks for the field \"share\"", "id: share" },
        { "checks: [half], ", "", "no action must satisfy the check \"half\"", "id: half" },
        { "fields: [share]", "fields: [share, support]", "asks people for a field that is computed", "id: take" },
        { "runs_in: [received]", "runs_in: [waiting]", "no limit runs in the state \"received\"", "id: received" },
        { "runs_in: [received], ", "", "\"runs_in\" is missing: name the states in which the limit \"first\" runs", "id: first" },
        { "by: [office], fields: [share]", "by: [officer], fields: [share]", "\"by\" names nothing that is defined: \"officer\"; there are: office, asked", "id: take" },
        { "kind: start, step: 1", "kind: start, step: 1, untimed: x", "says that it is untimed, and has a limit", "id: received" },
        { "stops_in: [waiting]", "stops_in: [waiting, examined]", "both runs and stands still in one state", "id: exam," },
        { "from: [examined], to: waiting", "from: [received, examined], to: waiting", "a limit stands still that never ran", "id: query" },
        { "limit: exam, from: [examined], by: [office], source: Điều 7}\n  - {id: restart",
          "limit: exam, from: [received], by: [office], source: Điều 7}\n  - {id: restart", "can be taken where its limit never runs", "id: stop" },
        { "extend: {days: 10, times: 1}, ", "", "extends a limit that says nothing of extensions", "id: extend" },
        { "kind: extend, limit: exam", "kind: restart, limit: exam", "no action extends the limit \"exam\"", "id: exam," },
        { "kind: ask, limit: answer", "kind: ask, limit: exam", "must be one for opinions", "id: ask," },
        { "kind: ask, limit: answer", "kind: ask", "nothing uses the limit \"answer\"", "id: answer," },
        { "needs: {opinions: all_or_late", "needs: {sub_cases: true, opinions: all_or_late", "needs sub-cases that nothing opens", "id: grant," },
        { "kind: score, ", "kind: restart, limit: exam, ", "points need both", NULL },
        { "remind: [5, 1]", "remind: [1, 5]", "\"remind\" is at most four", "id: exam," },
        { "remind: [5, 1]", "remind: [25]", "\"remind\" is at most four", "id: exam," },
        { "escalate: {after: 1, to: office}", "escalate: {after: 1, to: nobody}", "names nothing that is defined: \"nobody\"", "id: exam," },
        { "days: 25, count: calendar, ", "days: 25, ", "a limit needs \"days\" and \"count\"", "id: exam," },
        { "roles: [specialist], relation: own", "roles: [chief], relation: own", "\"chief\" is no role of a person; roles are ", "id: office" },
        { "to: examined, by: [office], fields", "to: nowhere, by: [office], fields", "names nothing that is defined: \"nowhere\"", "id: take" },
        { "min(cost", "min(price", "cannot be read at character 5: there is no such field above", "id: support" },
        { "share <= 50", "share + 50", "it must be true or false", "id: half" },
        { "share <= 50", "share <= 50 and", "a number, a field or ( is expected", "id: half" },
        { "share <= 50", "(share <= 50", ") is missing", "id: half" },
        { "share <= 50", "sort = ''used''", "none of the field's choices", "id: half" },
        { "share <= 50", "share <= 1.2345678", "no number with at most six decimals", "id: half" },
        { "kind: score, from", "kind: score, colour: red, from", "unknown key \"colour\"", "id: points" },
        { "id: refuse, title", "id: grant, title", "the identifier \"grant\" stands twice", "Refuse}, from" },
        { "id: take, ", "id: open, ", "\"open\" is an act of every case", "id: open" },
        { "id: take, ", "id: assign, ", "\"assign\" is an act of every case", "id: assign" },
        { "{id: first, title: {vi: Nhận, en: First}, days", "{id: first, kind: window, title: {vi: Nhận, en: First}, days", "no limit runs in the state \"received\"", "id: received" },
        { "{id: exam, title", "{id: exam, kind: window, title", "nobody owes anything at the end of a window", "id: exam," },
        { "runs_in: [examined], stops_in", "from_limit: first, runs_in: [examined], stops_in", "\"from_limit\" must name a window", "id: exam," },
        { "  - {id: exam, title", "  - {id: wait, kind: window, title: {vi: Chờ, en: Wait}, days: 3, count: working, runs_in: [received], source: Điều 4}\n  - {id: exam, from_limit: wait, title",
          "starts with the end of a window that runs in none of its states", "id: exam," },
        { NULL, "actions: []\n", "stands twice", NULL },
        { NULL, "sub_cases: [" TEN TEN TEN TEN TEN TEN "x]\n", "\"sub_cases\" has more than 60 elements", "sub_cases" },
        { "runs_in: [received]", "runs_in: [" TEN TEN TEN TEN TEN TEN "x]", "\"runs_in\" has more than 60 elements", "id: first" },
};

static void every_fault_is_told_with_its_line(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
                const char *text = with(faults[i].old, faults[i].new);
                struct complaints c;
                bool is_told = false;
                const char *said = "";

                parse(text, &c);
                for (size_t k = 0; k < c.count; k++) {
                        said = arena_print(arena, "%s\n  %d: %s", said, c.list[k].line, c.list[k].message);
                        is_told |= strstr(c.list[k].message, faults[i].message) != NULL &&
                                   (faults[i].line == NULL || c.list[k].line == line_of(text, faults[i].line));
                }
                if (!is_told)
                        fail_msg("fault %zu (\"%s\") is not told in its line; only:%s", i, faults[i].message, said);
        }
}

static const struct { const char *rule; int cost, share, sort; enum expression_result result; bool is_true; } rules[] = {
        /* share with one decimal: 255 is 25.5; -1: empty */
        { "share <= 50", 0, 500, -1, EXPRESSION_KNOWN, true },
        { "share <= 50", 0, 501, -1, EXPRESSION_KNOWN, false },
        { "share <= 50", 0, -1, -1, EXPRESSION_UNKNOWN, false },
        { "cost * share / 100 = 255", 1000, 255, -1, EXPRESSION_KNOWN, true },
        { "cost / 3 = 0.333333", 1, -1, -1, EXPRESSION_KNOWN, true },
        { "cost / 3 * 3 = 2.000001", 2, -1, -1, EXPRESSION_KNOWN, true }, /* 0.666667 * 3: six decimals are kept */
        { "cost / (share - share) > 0", 2, 10, -1, EXPRESSION_UNKNOWN, false },
        { "sort = 'old'", 0, -1, 1, EXPRESSION_KNOWN, true },
        { "sort != 'old'", 0, -1, 0, EXPRESSION_KNOWN, true },
        { "sort = 'new' or share > 50", 0, -1, 0, EXPRESSION_KNOWN, true },
        { "sort = 'new' or share > 50", 0, -1, 1, EXPRESSION_UNKNOWN, false },
        { "sort = 'new' and share > 50", 0, -1, 1, EXPRESSION_KNOWN, false },
        { "not known(share)", 0, -1, -1, EXPRESSION_KNOWN, true },
        { "max(cost, 5, 3) = 7 and -cost < -6", 7, -1, -1, EXPRESSION_KNOWN, true },
        { "1 + 2 * 3 - 4 / 2 = 5", 0, -1, -1, EXPRESSION_KNOWN, true },
        { "(1 + 2) * 3 = 9 and not (1 > 2)", 0, -1, -1, EXPRESSION_KNOWN, true },
        { "cost * cost * cost * cost * cost * cost > 0", 2000000000, -1, -1, EXPRESSION_TOO_LARGE, false },
};

static void rules_are_exact_and_know_what_they_do_not_know(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
                struct complaints c;
                const struct workflow *w = parse(with("share <= 50", rules[i].rule), &c);
                struct field_value v[4] = { { rules[i].cost >= 0, rules[i].cost, NULL, NULL }, { rules[i].share >= 0, rules[i].share, NULL, NULL },
                                            { false, 0, NULL, NULL }, { rules[i].sort >= 0, rules[i].sort, NULL, NULL } };
                int128 value = 0;
                enum expression_result result;

                if (c.count > 0 || strchr(rules[i].rule, '\'') != NULL) { /* quotes inside quotes of YAML are doubled */
                        const char *rule = "";

                        for (const char *p = rules[i].rule; *p != '\0'; p++)
                                rule = arena_print(arena, *p == '\'' ? "%s''" : "%s%c", rule, *p);
                        w = parse(with("share <= 50", rule), &c);
                }
                assert_int_equal(c.count, 0);
                result = expression_value(w->checks[0].rule, w, v, &value);
                if (result != rules[i].result || (result == EXPRESSION_KNOWN && (value != 0) != rules[i].is_true))
                        fail_msg("%s: %d, %d", rules[i].rule, result, value != 0);
        }
}

/* Days of domain knowledge: establishment of an industrial cluster, Decree 32/2024 Article 10, before and after Decree 303/2026. */
static const struct { const char *file, *receiver; struct { const char *limit; int days; bool is_working; } limits[5]; } regimes[] = {
        { "2024-district", "District People's Committee", { { "notice", 5, true }, { "window", 15, false }, { "submission", 5, true }, { "appraisal", 25, false }, { "decision", 7, true } } },
        { "2025-commune", "Commune People's Committee", { { "notice", 5, true }, { "window", 15, false }, { "submission", 5, true }, { "appraisal", 25, false }, { "decision", 7, true } } },
        { "2026-commune", "Commune People's Committee", { { "notice", 2, true }, { "window", 5, true }, { "submission", 5, true }, { "appraisal", 20, true }, { "decision", 5, true } } },
};

static void the_regimes_of_cluster_establishment_have_the_decrees_days(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof regimes / sizeof *regimes; i++) {
                const char *path = arena_print(arena, "workflows/cluster_establishment/%s.workflow", regimes[i].file), *text = shipped_file(path);
                struct complaints c = { .arena = arena, .language = LANGUAGE_EN };
                struct source source = { path, text, text == NULL ? 0 : strlen(text) };
                const struct workflow *w;

                assert_non_null(text);
                w = workflow_parse(arena, &source, &c);
                assert_int_equal(c.count, 0);
                assert_int_equal(w->limit_count, 5);
                assert_string_equal(w->actors[1].title_en, regimes[i].receiver);
                for (int k = 0; k < 5; k++) {
                        assert_string_equal(w->limits[k].id, regimes[i].limits[k].limit);
                        assert_int_equal(w->limits[k].days, regimes[i].limits[k].days);
                        assert_int_equal(w->limits[k].is_working, regimes[i].limits[k].is_working);
                }
        }
}

static void the_day_of_receipt_chooses_the_regime(void **state)
{
        static const struct { const char *day, *file; } cases[] = {
                { "2024-04-30", NULL }, { "2024-05-01", "2024-district" }, { "2025-06-30", "2024-district" }, { "2025-07-01", "2025-commune" },
                { "2026-09-14", "2025-commune" }, { "2026-09-15", "2026-commune" }, { "2040-01-01", "2026-commune" },
        };
        struct complaints complaints = { .arena = arena, .language = LANGUAGE_EN };
        const struct workflow *list[4];
        struct source files[3];
        const struct catalogue *c;

        (void)state;
        for (size_t i = 0; i < 3; i++) {
                files[i].path = arena_print(arena, "workflows/cluster_establishment/%s.workflow", regimes[i].file);
                files[i].text = shipped_file(files[i].path);
                files[i].length = strlen(files[i].text);
        }
        c = catalogue_parse(arena, files, 3, &complaints);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                const struct workflow *w;
                day d;

                assert_true(day_read(cases[i].day, 10, &d));
                w = workflow_find(c, "cluster_establishment", d);
                if (cases[i].file == NULL ? w != NULL : w == NULL || strstr(w->path, cases[i].file) == NULL)
                        fail_msg("%s: %s", cases[i].day, w == NULL ? "none" : w->path);
        }
        assert_null(workflow_find(c, "cluster", day_of(2026, 1, 1)));
        assert_int_equal(workflow_list(c, DAY_FOREVER, list, 4), 1);
        assert_non_null(strstr(list[0]->path, "2026-commune"));
        assert_int_equal(workflow_list(c, day_of(2024, 1, 1), list, 4), 0);
}

struct asked { const struct catalogue *c; bool is_there; };

static bool ask(struct work *w, void *argument)
{
        struct asked *a = argument;

        (void)w;
        a->is_there = workflow_find(a->c, "cluster_establishment", day_of(2026, 10, 1)) != NULL;
        return true;
}

/* A procedure that was not read for lack of memory must never look as if there were none. */
static void where_memory_ends_no_workflow_is_taken_for_missing(void **state)
{
        struct complaints complaints = { .arena = arena, .language = LANGUAGE_EN };
        struct source file = { .path = "workflows/cluster_establishment/2026-commune.workflow" };
        struct asked a = { NULL, false };

        (void)state;
        file.text = arena_print(arena, "%s# read by nobody yet\n", shipped_file(file.path));
        file.length = strlen(file.text);
        a.c = catalogue_parse(arena, &file, 1, &complaints);
        assert_true(test_memory_fails(ask, &a) > 40);
        assert_true(a.is_there);
}

/* Two regimes for one day would leave the choice to chance. */
static void regimes_of_one_workflow_do_not_overlap(void **state)
{
        struct complaints complaints = { .arena = arena, .language = LANGUAGE_EN };
        struct source files[2] = { { "workflows/permit/a.workflow", sound, strlen(sound) },
                                   { "workflows/permit/b.workflow", NULL, 0 } };
        const struct catalogue *c;

        (void)state;
        files[1].text = with("from: 2024-01-01", "from: 2030-01-01");
        files[1].length = strlen(files[1].text);
        c = catalogue_parse(arena, files, 2, &complaints);
        workflow_checker.check(arena, c, &files[0], &complaints);
        assert_string_equal(complaints.list[complaints.count - 1].message, "its days of receipt overlap those of workflows/permit/b.workflow");
        files[0].text = with("from: 2024-01-01", "from: 2024-01-01, to: 2029-12-31");
        files[0].length = strlen(files[0].text);
        c = catalogue_parse(arena, files, 2, &complaints);
        complaints.count = 0;
        workflow_checker.check(arena, c, &files[0], &complaints);
        assert_int_equal(complaints.count, 0);
        files[0].text = with(NULL, "sub_cases: [land]\n");
        files[0].length = strlen(files[0].text);
        c = catalogue_parse(arena, files, 2, &complaints);
        complaints.count = 0;
        workflow_checker.check(arena, c, &files[0], &complaints);
        assert_string_equal(complaints.list[complaints.count - 1].message, "there is no workflow \"land\" for its sub-cases");
}

/* Where a catalogue is checked it is also told what nobody can do. */
static const struct { const char *old, *new, *message; } dead[] = {
        { "roles: [specialist], relation: own", "roles: [], relation: own", "\"office\" has no role" },
        { "relation: asked}", "relation: asked}\n  - {id: lower, title: {vi: X, en: X}, roles: [head], relation: below}", NULL },
        { "open: {by: [office]", "open: {by: [office, asked]", "\"asked\" is asked in a case that is open and cannot open it" },
        { "fields: [share], checks: [half], source", "fields: [share], checks: [half], within: exam, source", "\"take\" is judged by the limit \"exam\", which has never run in the state \"received\"" },
        { "fields: [share], checks: [half], source", "fields: [share], checks: [half], after: exam, source", "\"take\" is judged by the limit \"exam\", which has never run in the state \"received\"" },
        { "to: granted, by: [office], needs", "to: granted, by: [office], within: first, needs", NULL }, /* it has run before */
        { "from: [received], to: examined, by: [office], fields: [share]", "from: [received], to: examined, by: [office], needs: {score: true}, fields: [share]",
          "\"take\" needs points that nobody can have given in the state \"received\"" },
        { "rule: 'share <= 50'", "rule: 'support <= 50 and share < 1'", NULL }, /* support follows from what is told by then */
        { "fields: [share], checks: [half], source: Điều 7}\n  - {id: query, title: {vi: Hỏi, en: Query}, from: [examined], to: waiting, by: [office]",
          "checks: [half], source: Điều 7}\n  - {id: query, title: {vi: Hỏi, en: Query}, from: [examined], to: waiting, by: [office], fields: [share]",
          "\"take\" must satisfy the check \"half\", which cannot be true in the state \"received\"" },
};

static void what_nobody_can_do_is_told_where_a_catalogue_is_checked(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof dead / sizeof *dead; i++) {
                struct complaints complaints = { .arena = arena, .language = LANGUAGE_EN };
                struct source file = { "workflows/permit/a.workflow", with(dead[i].old, dead[i].new), 0 };
                const char *said = "";
                bool is_told = false;

                file.length = strlen(file.text);
                workflow_checker.check(arena, catalogue_parse(arena, &file, 1, &complaints), &file, &complaints);
                for (size_t k = 0; k < complaints.count; k++) {
                        said = arena_print(arena, "%s\n  %s", said, complaints.list[k].message);
                        is_told |= dead[i].message != NULL && strstr(complaints.list[k].message, dead[i].message) != NULL;
                }
                if (is_told != (dead[i].message != NULL))
                        fail_msg("row %zu: \"%s\" is not told; only:%s", i, dead[i].message, said);
                for (size_t k = 0; dead[i].message == NULL && k < complaints.count; k++)
                        assert_null(strstr(complaints.list[k].message, "\" in the state"));
        }
}

static const struct { const char *rule; bool is_told, can_hold; } guarded[] = {
        { "share <= 50", true, true }, { "share <= 50", false, false }, { "not known(share)", false, true }, { "not known(share) or share <= 50", false, true },
        { "known(share) and share <= 50", false, false }, { "cost > 1 or share <= 50", false, true }, { "cost > 1 and share <= 50", false, false },
        { "not (cost > 1 and share <= 50)", false, true }, { "not (share <= 50)", false, false }, { "cost / (1 - 1) > 2 or share = 1", false, true },
        { "max(cost, share) > -cost", false, false }, { "known(share) = known(cost)", false, true },
};

static void a_rule_can_hold_where_what_it_needs_can_be_told(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof guarded / sizeof *guarded; i++) {
                struct complaints c;
                const struct workflow *w = parse(with("share <= 50", guarded[i].rule), &c);
                const bool told[WORKFLOW_LIST_MAX] = { true, guarded[i].is_told };

                if (c.count > 0)
                        fail_msg("row %zu: %s", i, c.list[0].message);
                if (expression_can_hold(w->checks[0].rule, told) != guarded[i].can_hold)
                        fail_msg("row %zu: \"%s\"", i, guarded[i].rule);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(days_are_counted_in_the_words_of_their_number),
                cmocka_unit_test(a_sound_definition_is_read_whole),
                cmocka_unit_test(every_fault_is_told_with_its_line),
                cmocka_unit_test(rules_are_exact_and_know_what_they_do_not_know),
                cmocka_unit_test(the_regimes_of_cluster_establishment_have_the_decrees_days),
                cmocka_unit_test(the_day_of_receipt_chooses_the_regime),
                cmocka_unit_test(where_memory_ends_no_workflow_is_taken_for_missing),
                cmocka_unit_test(regimes_of_one_workflow_do_not_overlap),
                cmocka_unit_test(what_nobody_can_do_is_told_where_a_catalogue_is_checked),
                cmocka_unit_test(a_rule_can_hold_where_what_it_needs_can_be_told),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
