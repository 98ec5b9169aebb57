/* 100,000 cases with five million events, put into the tables as folding would leave them (what folding itself takes is in cases.py): each way to
 * list, filter, sort and search them, what waits for a person, the counts of /metrics, with a bound on the statements of each; and one more act in
 * a case with a long history, durable; against the plainest statement on the same table, and a bare commit of an entry's size. */
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "ledger/write.h"
#include "workflow/case.h"

#define CASES 100000
#define EVENTS 50      /* a case */
#define REPEATS 40
#define ACTS 60        /* in one case, each durable */
#define ROWS 50        /* a page */
#define BARE_COMMITS 500
#define ENTERPRISES 5000     /* who opened every tenth case */
#define STATEMENTS_MOST 6    /* of a page's list, whatever it finds */
#define WORKFLOW "cluster_establishment"

static const char *const topics[] = { "Thành lập cụm công nghiệp", "Mở rộng cụm công nghiệp", "Thành lập cụm làng nghề", "Điều chỉnh cụm công nghiệp" };
static const char *const states[] = { "received", "noticed", "preparing", "appraisal", "supplement", "deciding", "established", "refused" };
#define OPEN_STATES 6

/* ---- the cases, as folding would leave them ------------------------------------------------------------------------------ */

static bool put_words(struct work *w, const char *id, int number)
{
        static const char *const words[] = { "thanh", "lap", "cum", "cong", "nghiep", "so" };

        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                db_exec(w->db, "INSERT INTO case_word (case_id, word) VALUES ($1, $2)", ARGS(v_text(id), v_text(words[i])));
        db_exec(w->db, "INSERT INTO case_word (case_id, word) VALUES ($1, $2)", ARGS(v_text(id), v_text(arena_print(w->arena, "n%05d", number))));
        return work_ok(w);
}

static bool put_events(struct work *w, const char *id, int64_t first)
{
        for (int64_t k = 1; k <= EVENTS; k++)
                if (!db_exec(w->db, "INSERT INTO case_event (case_id, place, fault, about, state_from, state_to, on_day, entry)"
                                    " VALUES ($1, $2, 0, '', 'appraisal', 'supplement', $3, $4)",
                             ARGS(v_text(id), v_int(k), v_int(k), v_int(first + k))))
                        return false;
        return true;
}

static bool put_case(struct work *w, int number, const struct unit *unit, day today, uint64_t *seed)
{
        const char *id = arena_print(w->arena, "B%09d", number), *title;
        const char *opener = number % 10 != 0 ? "" : arena_print(w->arena, "%s dn%d", node_key(w->node), number / 10 % ENTERPRISES);
        int64_t entry = 1000000 + (int64_t)number * EVENTS, state = bench_chance(seed, 10), due;
        bool is_open = number % 5 < 2;

        state = is_open ? state % OPEN_STATES : OPEN_STATES + state % 2;
        due = is_open ? today - 40 + bench_chance(seed, 120) : DAY_FOREVER;
        title = arena_print(w->arena, "%s số n%05d", topics[number % 4], number);
        db_exec(w->db, "INSERT INTO case_file (id, workflow, regime, unit, province, title, state, received, ended, is_open, is_failure, limit_id, due,"
                       " stands_still, is_certain, remind, opened_at, changed_at, ended_at, parent, opener, entry) VALUES ($1, '" WORKFLOW "', '', $2, $3, $4,"
                       " $5, $6, $7, $8, 0, 'appraisal', $9, 0, 1, $10, 1, $11, $12, '', $13, $14)",
                ARGS(v_text(id), v_text(unit->key), v_text(unit->province->key), v_text(title), v_text(states[state]),
                     v_int(today - 400 + bench_chance(seed, 390)), v_int(is_open ? 0 : today), v_int(is_open), v_int(due), v_int(is_open ? due - 10 : due),
                     v_int(bench_chance(seed, 1000000000)), v_int(is_open ? 0 : 1), v_text(opener), v_int(entry)));
        if (is_open)
                db_exec(w->db, "INSERT INTO case_duty (case_id, unit, relation, roles, since, until, due, after_limit, within_limit, entry) VALUES ($1, $2, $3, $4, $5, $6, $7, -1, -1, $8)",
                        ARGS(v_text(id), v_text(unit->province->key), v_int(RELATION_PROVINCE), v_int(1 << ROLE_SPECIALIST), v_int(0), v_int(DAY_FOREVER),
                             v_int(due), v_int(entry)));
        return put_words(w, id, number) && put_events(w, id, entry);
}

static bool fill(struct work *w, void *argument)
{
        const struct unit **communes = arena_array(w->arena, 5000, sizeof *communes);
        day today = day_of_moment(w->now);
        size_t count = unit_list(catalogue_of(w), LEVEL_COMMUNE, today, communes, 5000);
        uint64_t seed = 88172645463325252u;

        (void)argument;
        if (count == 0 || count > 5000)
                return error_set(&w->err, ERR_DAMAGED, "no communes to fill");
        for (int i = 0; i < CASES; i++)
                if (!put_case(w, i, communes[(size_t)i % count], today, &seed))
                        return false;
        return true;
}

/* ---- questions --------------------------------------------------------------------------------------------------------------- */


static const struct user ministry = { "bo", "Bộ", ROLE_SPECIALIST, "VN", false }, province = { "so", "Sở", ROLE_SPECIALIST, "42", false },
                         leader = { "lanhdao", "Lãnh đạo", ROLE_DIRECTOR, "42", false }, official = { "xa", "Xã", ROLE_COMMUNE, "18073", false },
                         enterprise = { "dn77", "Doanh nghiệp", ROLE_ENTERPRISE, "18073", false };

static const struct { const char *name; const struct user *user; struct case_query q; enum { LIST, TODO, TODO_COUNT, METRICS } what; } questions[] = {
        { "open", &ministry, { .which = CASES_OPEN }, LIST },
        { "all_received", &ministry, { .which = CASES_ALL, .sort = SORT_RECEIVED }, LIST },
        { "ended_changed", &ministry, { .which = CASES_ENDED, .sort = SORT_CHANGED }, LIST },
        { "late", &ministry, { .which = CASES_LATE }, LIST },
        { "soon", &ministry, { .which = CASES_SOON }, LIST },
        { "state", &ministry, { .workflow = WORKFLOW, .state = "deciding", .which = CASES_OPEN, .sort = SORT_RECEIVED }, LIST },
        { "page_20", &ministry, { .which = CASES_OPEN, .offset = 950 }, LIST },
        { "province", &province, { .which = CASES_OPEN }, LIST },
        { "province_changed", &province, { .which = CASES_ALL, .sort = SORT_CHANGED }, LIST },
        { "province_mine", &province, { .which = CASES_MINE }, LIST },
        { "ministry_todo", &ministry, { 0 }, TODO },
        { "province_todo", &province, { 0 }, TODO },
        { "commune_todo", &official, { 0 }, TODO },
        { "province_todo_count", &province, { 0 }, TODO_COUNT },
        { "enterprise_todo", &enterprise, { 0 }, TODO },
        { "enterprise", &enterprise, { .which = CASES_ALL, .sort = SORT_CHANGED }, LIST },
        { "enterprise_words", &enterprise, { .which = CASES_ALL, .words = "cụm công nghiệp" }, LIST },
        { "metrics", &ministry, { 0 }, METRICS },
        { "commune", &official, { .which = CASES_ALL, .sort = SORT_RECEIVED }, LIST },
        { "one_word", &ministry, { .which = CASES_ALL, .words = "n0712" }, LIST },
        { "common_words", &ministry, { .which = CASES_OPEN, .words = "cụm công nghiệp" }, LIST },
        { "common_and_rare", &province, { .which = CASES_ALL, .words = "thành lập n00042" }, LIST },
        { "many_words", &ministry, { .which = CASES_ALL, .words = "thành lập cụm công nghiệp số n0712 cum cong nghiep so t l c n s" }, LIST },
        { "nothing", &ministry, { .which = CASES_ALL, .words = "khôngcó" }, LIST },
};
#define QUESTIONS (sizeof questions / sizeof *questions)

static bool put(struct work *w, size_t i)
{
        struct buf out;
        size_t count;
        int64_t total;
        bool ok;

        switch (questions[i].what) {
        case TODO: return case_todo(w, ROWS, &count, &total) != NULL;
        case TODO_COUNT: return case_todo_count(w) >= 0 && work_ok(w);
        case METRICS:
                buf_init(&out, 0);
                ok = case_metrics(w, &out);
                buf_clear(&out);
                return ok;
        default: return case_list(w, &questions[i].q, ROWS + 1, &count, &total) != NULL;
        }
}

/* *most: statements it may take, and has taken since. */
static bool ask(struct bench_world *b, size_t i, long *most)
{
        struct work *w = bench_work(b);
        long statements;
        bool ok;

        w->user = questions[i].user;
        if (catalogue_of(w) == NULL || !db_begin(w->db))
                return false;
        statements = db_statement_count(w->db);
        ok = put(w, i);
        statements = db_statement_count(w->db) - statements;
        db_rollback(w->db);
        *most = statements > *most ? statements : *most;
        return ok && (statements <= STATEMENTS_MOST || error_set(&w->err, ERR_DAMAGED, "\"%s\" takes %ld statements instead of %d", questions[i].name,
                                                                 statements, STATEMENTS_MOST));
}

static int compare(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

/* The processor's seconds that 19 of 20 times do not exceed. */
static bool ask_often(struct bench_world *b, size_t i, double *p95, long *most)
{
        double seconds[REPEATS];

        for (int n = 0; n < REPEATS; n++) {
                double start = bench_processor_seconds();

                if (!ask(b, i, most))
                        return false;
                seconds[n] = bench_processor_seconds() - start;
        }
        qsort(seconds, REPEATS, sizeof *seconds, compare);
        *p95 = seconds[REPEATS * 95 / 100];
        return true;
}

/* The first page in order of the key, the plainest there is. */
static bool bare_list(struct bench_world *b, double *p95)
{
        double seconds[REPEATS];

        for (int n = 0; n < REPEATS; n++) {
                struct work *w = bench_work(b);
                double start = bench_processor_seconds();
                struct rows *r = db_query(w->db, "SELECT id, workflow, unit, title, state, received, ended, limit_id, due, stands_still, is_certain, changed_at"
                                                 " FROM case_file ORDER BY id LIMIT 50", NO_ARGS);

                while (rows_next(r))
                        continue;
                rows_close(r);
                if (!work_ok(w))
                        return false;
                seconds[n] = bench_processor_seconds() - start;
        }
        qsort(seconds, REPEATS, sizeof *seconds, compare);
        *p95 = seconds[REPEATS * 95 / 100];
        return true;
}

/* ---- acts ---------------------------------------------------------------------------------------------------------------------- */

struct act { char id[CASE_ID_MAX]; enum case_act act; const char *body; };

static bool write_act(struct work *w, void *argument)
{
        struct act *a = argument;
        json_t *body = json_loads(a->body, 0, NULL);
        const char *id = body == NULL ? NULL : case_write(w, a->act == CASE_OPEN ? NULL : a->id, a->act, body);

        if (id != NULL && a->act == CASE_OPEN)
                snprintf(a->id, sizeof a->id, "%s", id);
        json_decref(body);
        return id != NULL;
}

static bool do_act(struct bench_world *b, const struct user *user, struct act *a, enum case_act kind, const char *body)
{
        struct work *w = bench_work(b);

        a->act = kind;
        a->body = body;
        w->user = user;
        return ledger_write(w, write_act, a);
}

/* A case that goes to and fro ACTS times under its appraisal: its history grows to more than EVENTS entries. Seconds on the clock: each one waits
 * for the disk. */
static bool act_often(struct bench_world *b, double *p95, double *processor)
{
        static const char open[] = "{\"workflow\":\"" WORKFLOW "\",\"case_unit\":\"18073@2025-07-01\",\"on\":\"2026-01-05\",\"title\":\"Cụm Thành Sen\","
                                   "\"fields\":{\"cluster\":\"Thành Sen\",\"act\":\"establish\",\"area_ha\":\"40\"},"
                                   "\"documents\":{\"letter\":{\"number\":\"1\",\"on\":\"2026-01-05\"}}}";
        static const char publish[] = "{\"action\":\"publish\",\"on\":\"2026-01-05\",\"documents\":{\"notice\":{\"number\":\"1\",\"on\":\"2026-01-05\"}}}";
        static const char closing[] = "{\"action\":\"close_window\",\"on\":\"2026-02-20\"}";
        static const char submit[] = "{\"action\":\"submit\",\"on\":\"2026-02-20\",\"fields\":{\"in_plan\":\"yes\",\"land_ha\":\"10\",\"leased_ha\":\"5\",\"investment\":\"1\","
                                     "\"is_small_allowed\":\"no\"},\"documents\":{\"submission\":{\"number\":\"1\",\"on\":\"2026-02-20\"},"
                                     "\"investment_report\":{\"number\":\"1\",\"on\":\"2026-02-20\"},\"finance_papers\":{\"number\":\"1\",\"on\":\"2026-02-20\"},"
                                     "\"legal_papers\":{\"number\":\"1\",\"on\":\"2026-02-20\"}}}";
        static const char ask_more[] = "{\"action\":\"ask_supplement\",\"on\":\"2026-03-02\",\"reason\":\"thiếu\",\"documents\":{\"supplement_request\":{\"number\":\"1\",\"on\":\"2026-03-02\"}}}";
        static const char given[] = "{\"action\":\"supplemented\",\"on\":\"2026-03-02\"}";
        double seconds[ACTS];
        struct act a;

        if (!do_act(b, &official, &a, CASE_OPEN, open) || !do_act(b, &official, &a, CASE_ACT, publish) || !do_act(b, &official, &a, CASE_ACT, closing) ||
            !do_act(b, &official, &a, CASE_ACT, submit))
                return false;
        *processor = -bench_processor_seconds();
        for (int n = 0; n < ACTS; n++) {
                double start = bench_seconds();

                if (!do_act(b, &leader, &a, CASE_ACT, n % 2 == 0 ? ask_more : given))
                        return false;
                seconds[n] = bench_seconds() - start;
        }
        *processor = (*processor + bench_processor_seconds()) / ACTS;
        qsort(seconds, ACTS, sizeof *seconds, compare);
        *p95 = seconds[ACTS * 95 / 100];
        return true;
}

/* ---- told ----------------------------------------------------------------------------------------------------------------------- */

static bool measure(struct bench_world *b, struct buf *out)
{
        double began = bench_seconds(), filled, worst = 0, p95[QUESTIONS], bare, act, work, commits;
        long most = 0;
        char path[300];

        if (!ledger_write(bench_work(b), fill, NULL))
                return false;
        filled = bench_seconds() - began;
        for (size_t i = 0; i < QUESTIONS; i++) {
                if (!ask_often(b, i, &p95[i], &most))
                        return false;
                worst = p95[i] > worst && questions[i].what != METRICS ? p95[i] : worst; /* which is no page: asked for now and then */
        }
        snprintf(path, sizeof path, "%s/bare.db", b->folder);
        if (!bare_list(b, &bare) || !act_often(b, &act, &work) || !bench_bare_commits(&b->work, path, BARE_COMMITS, &commits))
                return false;
        commits /= BARE_COMMITS;
        buf_print(out, "{\"bench\":\"cases\",\"cases\":%d,\"events\":%d,\"fill_seconds\":%.1f,\"p95_ms\":{", CASES, CASES * EVENTS, filled);
        for (size_t i = 0; i < QUESTIONS; i++)
                buf_print(out, "%s\"%s\":%.2f", i == 0 ? "" : ",", questions[i].name, p95[i] * 1000);
        buf_print(out, "},\"statements\":%ld", most);
        buf_print(out, ",\"yardstick\":\"SQL for 50 rows in order of the key, processor time\",\"yardstick_ms\":%.2f,\"ratio\":%.1f", bare * 1000, worst / bare);
        bench_at_most(out, worst * 1000, 20, " ms");
        bench_end(out);
        buf_print(out, "{\"bench\":\"case_act\",\"acts\":%d,\"p95_ms\":%.2f,\"processor_ms\":%.2f,\"yardstick\":\"SQLite, one durable commit of a row\",\"yardstick_ms\":%.2f,\"ratio\":%.1f",
                  ACTS, act * 1000, work * 1000, commits * 1000, act / commits);
        bench_at_most(out, act * 1000, 5, " ms");
        bench_end(out);
        return true;
}

bool bench_cases(struct work *w, const char *self, struct buf *out)
{
        struct bench_world b;
        bool ok = bench_open(w, &b);

        (void)self;
        if (ok && !measure(&b, out)) {
                w->err = b.work.err;
                ok = false;
        }
        bench_close(&b);
        return ok;
}
