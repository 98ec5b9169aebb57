#include "tests/support.h"

#include "base/file.h"
#include "base/log.h"
#include "blob/blob.h"
#include "figure/contest.h"
#include "form/view_private.h"
#include "ledger/check.h"
#include "ledger/node.h"
#include "ledger/read.h"
#include "ledger/receipt.h"
#include "ledger/receive.h"
#include "ledger/trust.h"
#include "ledger/write.h"

static const struct entry_kind *const kinds[] = { trust_kinds, succession_kinds, catalogue_kinds, blob_kinds, figure_kinds,
                                                  form_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, catalogue_tables, blob_tables, figure_tables,
                                                      form_tables, NULL };
static const struct ledger_schema schema = { .kinds = kinds, .tables = tables };

static const struct user specialist = { "ha", "Thu Hà", ROLE_SPECIALIST, "42", false };
static const struct user director = { "an", "Nguyễn An", ROLE_DIRECTOR, "42", false };
static const struct user officer = { "bo", "Chuyên viên Bộ", ROLE_SPECIALIST, "VN", false };

#define PERIOD "2026-10"

/* ---- two nodes: Hà Tĩnh and the ministry --------------------------------------------------------------- */

struct place {
        char folder[512];
        struct node *node;
        struct arena *arena;
        struct work w;
};

static struct place province, ministry;

static void begin(struct place *p, const struct user *user)
{
        struct db *db;

        arena_reset(p->arena);
        work_init(&p->w, p->arena, NULL, LANGUAGE_VI);
        db = node_reader(p->node, &p->w.err);
        assert_non_null(db);
        p->w.db = db;
        p->w.node = p->node;
        p->w.user = user;
        p->w.now = moment_of_day(day_of(2026, 11, 3)) + 36000000;
}

/* The catalogue without the communes: what a report needs, in a tenth of the time. */
static bool load_catalogue(struct work *w, void *argument)
{
        size_t count, kept = 0, changed;
        struct complaints complaints = { .arena = w->arena };
        struct source *files = catalogue_folder(w->arena, "data", &count, &w->err);

        (void)argument;
        if (files == NULL)
                return false;
        for (size_t i = 0; i < count; i++) {
                if (strstr(files[i].path, "commune") == NULL && strstr(files[i].path, "districts") == NULL &&
                    strstr(files[i].path, "names.csv") == NULL)
                        files[kept++] = files[i];
        }
        files = memcpy(arena_array(w->arena, kept + 1, sizeof *files), files, kept * sizeof *files);
        files[kept] = (struct source){ .path = "areas/monthly/monthly.form" };
        files[kept].text = file_read(w->arena, files[kept].path, 1 << 20, &files[kept].length, &w->err);
        if (!catalogue_load(w, files, kept + 1, NULL, &complaints, &changed)) {
                for (size_t i = 0; i < complaints.count && i < 5; i++)
                        print_message("%s:%d: %s\n", complaints.list[i].file, complaints.list[i].line,
                                      complaints.list[i].message);
                return false;
        }
        return true;
}

static bool enrol(struct work *w, void *other)
{
        const struct place *p = other;

        return trust_enrol(w, node_key(p->node), node_unit(p->node), strcmp(node_unit(w->node), "VN") == 0);
}

static void open_place(struct place *p, const char *unit)
{
        struct error err = { .language = LANGUAGE_EN };

        memset(p, 0, sizeof *p);
        snprintf(p->folder, sizeof p->folder, "%s/node", test_folder());
        p->arena = arena_open(WORK_MEMORY_USUAL);
        if (!node_init(p->folder, unit, test_store(), &schema, &err) ||
            (p->node = node_open(p->folder, NODE_WRITE, &schema, &err)) == NULL)
                fail_msg("%s", err.message);
}

static void job(struct place *p, const struct user *user, work_function *run, void *argument)
{
        begin(p, user);
        if (!ledger_write(&p->w, run, argument))
                fail_msg("%s (%s)", p->w.err.message, p->w.err.context);
}

struct parcel { char **lines; size_t count, room; struct arena *arena; };

static void put_line(struct parcel *parcel, const char *line, size_t length)
{
        assert_true(parcel->count < parcel->room);
        parcel->lines[parcel->count++] = arena_copy(parcel->arena, line, length);
}

static bool put_entry(struct work *w, const struct entry *e, void *context)
{
        (void)w;
        put_line(context, e->bytes, e->length);
        return true;
}

static bool take_lines(struct work *w, void *argument)
{
        struct parcel *parcel = argument;
        struct receiver *r = receive_open(w, NULL);
        struct received received;

        for (size_t i = 0; r != NULL && i < parcel->count; i++) {
                if (!receive_line(r, parcel->lines[i], strlen(parcel->lines[i])))
                        return false;
        }
        return r != NULL && receive_close(r, &received);
}

/* Everything one node may send goes to the other. */
static void carry(struct place *from, struct place *to)
{
        struct parcel parcel = { .room = 4000, .arena = arena_open(WORK_MEMORY_USUAL) };
        struct stream_state *streams;
        size_t count;

        parcel.lines = arena_array(parcel.arena, parcel.room, sizeof *parcel.lines);
        begin(from, &user_operator);
        streams = ledger_streams(&from->w, &count);
        for (size_t i = 0; i < count; i++) {
                int64_t sealed;
                char *seal;

                if (strcmp(streams[i].audience, AUDIENCE_LOCAL) == 0 ||
                    strcmp(streams[i].node, node_key(from->node)) != 0)
                        continue;
                assert_true(ledger_stream_after(&from->w, streams[i].name, 0, 0, put_entry, &parcel));
                seal = ledger_seal_line(&from->w, streams[i].name, streams[i].seq, &sealed);
                assert_non_null(seal);
                put_line(&parcel, seal, strlen(seal));
        }
        job(to, &user_operator, take_lines, &parcel);
        arena_close(parcel.arena);
}

static int setup_unit(const char *unit)
{
        log_set_level(LOG_ALARM);
        open_place(&province, unit);
        open_place(&ministry, "VN");
        job(&province, &user_operator, load_catalogue, NULL);
        job(&ministry, &user_operator, load_catalogue, NULL);
        job(&province, &user_operator, enrol, &ministry);
        job(&ministry, &user_operator, enrol, &province);
        return 0;
}

static int setup(void **state)
{
        (void)state;
        return setup_unit("42");
}

/* Bắc Ninh since July 2025: its code was Bắc Giang's before, and Bắc Ninh's was 27. */
static int setup_successor(void **state)
{
        (void)state;
        return setup_unit("24");
}

static int teardown(void **state)
{
        (void)state;
        node_close(province.node);
        node_close(ministry.node);
        arena_close(province.arena);
        arena_close(ministry.arena);
        return 0;
}

/* ---- acts ---------------------------------------------------------------------------------------------- */

struct saving {
        const struct change *changes;
        size_t count;
        int64_t base, version;
        struct conflict *conflicts;
        size_t conflict_count;
};

static bool run_save(struct work *w, void *argument)
{
        struct saving *s = argument;

        return report_save(w, "monthly", "42", PERIOD, s->changes, s->count, s->base, &s->version,
                           &s->conflicts,
                           &s->conflict_count);
}

static bool save(const struct user *user, const struct change *changes, size_t count, int64_t base,
                 struct saving *s)
{
        *s = (struct saving){ .changes = changes, .count = count, .base = base };
        begin(&province, user);
        return ledger_write(&province.w, run_save, s);
}

static bool run_submit(struct work *w, void *argument)
{
        (void)argument;
        return report_submit(w, "monthly", "42", PERIOD);
}

static bool run_approve(struct work *w, void *argument)
{
        (void)argument;
        return report_approve(w, "monthly", "42", PERIOD);
}

struct returning { const char *reason, *cells; moment due; };

static bool run_return(struct work *w, void *argument)
{
        const struct returning *r = argument;

        return report_return(w, "monthly", "42", PERIOD, r->reason, r->cells, r->due);
}

static bool act(struct place *p, const struct user *user, work_function *run, void *argument)
{
        begin(p, user);
        return ledger_write(&p->w, run, argument);
}

static struct report *look(struct place *p, const struct user *user)
{
        struct report *r;

        begin(p, user);
        r = report_load(&p->w, "monthly", "42", PERIOD);
        if (r == NULL)
                fail_msg("%s", p->w.err.message);
        return r;
}

static const struct change good[] = {
        { "1", "112,35", NULL }, { "1.2", "115,82", NULL }, { "3", "741,3", NULL }, { "6", "4.102,5", NULL },
        { "7", "185,4", NULL }, { "7.1", "20,0", NULL }, { "7.2", "165,4", NULL }, { "8", "224,1", NULL },
        { "9", "4", NULL }, { "10", "214", NULL },
};

static const struct cell_state *cell(const struct report *r, const char *id)
{
        int row = form_row_find(r->form, id);

        assert_true(row >= 0);
        return &r->cells[row];
}

static int64_t figure_of(struct place *p, const char *indicator, const char *item, enum figure_status *status)
{
        const struct catalogue *c;
        struct figure_row row;

        begin(p, &user_operator);
        c = catalogue_of(&p->w);
        assert_non_null(c);
        if (!figure_get(&p->w, indicator_find(c, indicator), unit_at(c, "42", day_of(2026, 10, 31)),
                        period_make(FREQUENCY_MONTH, 2026, 10), item, "", false, 0, &row))
                return -1;
        *status = row.status;
        return row.value;
}

static void fill_in(void)
{
        struct saving s;

        assert_true(save(&specialist, good, sizeof good / sizeof *good, 0, &s));
        assert_int_equal(s.version, 1);
}

/* ---- the tests ----------------------------------------------------------------------------------------- */

static void an_invalid_value_is_kept_as_typed(void **state)
{
        static const struct change wrong[] = { { "6", "4.1O2,5", NULL } };
        struct saving s;
        const struct report *r;

        (void)state;
        assert_true(save(&specialist, wrong, 1, 0, &s));
        r = look(&province, &specialist);
        assert_int_equal(r->state, REPORT_DRAFT);
        assert_string_equal(cell(r, "6")->typed, "4.1O2,5");
        assert_false(cell(r, "6")->has_value);
        assert_true(r->errors > 0);
}

static void saving_what_is_there_already_writes_nothing(void **state)
{
        static const struct change same[] = { { "6", "4102,50", NULL }, { "7", "185.4", NULL } };
        struct saving s;
        int64_t position;

        (void)state;
        fill_in();
        position = node_position(province.node);
        assert_true(save(&specialist, same, 2, 1, &s));
        assert_int_equal(s.version, 1);
        assert_int_equal(node_position(province.node), position);
}

static void two_people_changing_one_cell_is_a_conflict_with_both_values(void **state)
{
        static const struct change first[] = { { "7", "186", NULL } }, second[] = { { "7", "187", NULL } },
                                   other[] = { { "8", "225", NULL } };
        struct saving s;

        (void)state;
        fill_in();
        assert_true(save(&specialist, first, 1, 1, &s));
        assert_false(save(&director, second, 1, 1, &s));
        assert_int_equal(province.w.err.code, ERR_CONFLICT);
        assert_int_equal(s.conflict_count, 1);
        assert_string_equal(s.conflicts[0].cell, "7");
        assert_string_equal(s.conflicts[0].yours, "187");
        assert_string_equal(s.conflicts[0].theirs, "186,0");
        assert_string_equal(s.conflicts[0].by, "Thu Hà");
        assert_string_equal(cell(look(&province, &specialist), "7")->typed, "186,0");
        assert_true(save(&director, other, 1, 1, &s)); /* another cell is no conflict */
        assert_int_equal(s.version, 3);
        assert_true(save(&director, second, 1, 3, &s)); /* having seen it one may change it */
}

static void bad_drafts_are_refused_and_change_nothing(void **state)
{
        static const struct { struct change change; int64_t base; enum error_code code; } cases[] = {
                { { "99", "1", NULL }, 0, ERR_INVALID },
                { { "7", "1\x01", NULL }, 0, ERR_INVALID },
                { { "7", "\xC3(", NULL }, 0, ERR_INVALID },
                { { "7", "1", NULL }, 5, ERR_INVALID },
                { { "7", "1", NULL }, -1, ERR_INVALID },
        };
        struct saving s;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                assert_false(save(&specialist, &cases[i].change, 1, cases[i].base, &s));
                assert_int_equal(province.w.err.code, cases[i].code);
        }
        assert_int_equal(look(&province, &specialist)->draft_version, 0);
        begin(&province, &specialist);
        assert_null(report_load(&province.w, "monthly", "42", "2026-13"));
        begin(&province, &specialist);
        assert_null(report_load(&province.w, "monthly", "42", "2026-Q4"));
        assert_int_equal(province.w.err.code, ERR_MISSING);
        begin(&province, &specialist);
        assert_null(report_load(&province.w, "monthly", "xx", PERIOD));
        begin(&province, &specialist);
        assert_null(report_load(&province.w, "yearly", "42", PERIOD));
}

static void a_report_with_errors_or_unexplained_warnings_is_not_submitted(void **state)
{
        static const struct change wrong[] = { { "7", "100", NULL } }, right[] = { { "7", "185,4", NULL } };
        struct saving s;

        (void)state;
        assert_false(act(&province, &specialist, run_submit, NULL));
        fill_in();
        assert_true(save(&specialist, wrong, 1, 1, &s));
        assert_false(act(&province, &specialist, run_submit, NULL));
        assert_int_equal(province.w.err.code, ERR_INVALID);
        assert_non_null(strstr(province.w.err.message, "7"));
        assert_int_equal(look(&province, &specialist)->state, REPORT_DRAFT);
        assert_true(save(&specialist, right, 1, 2, &s));
        assert_true(act(&province, &specialist, run_submit, NULL));
        assert_int_equal(look(&province, &specialist)->state, REPORT_SUBMITTED);
        assert_false(save(&specialist, wrong, 1, 3, &s)); /* it is with the leader now */
        assert_int_equal(province.w.err.code, ERR_CONFLICT);
}

static void only_the_leader_sends(void **state)
{
        enum figure_status status;

        (void)state;
        fill_in();
        assert_false(act(&province, &director, run_approve, NULL)); /* nobody submitted it */
        assert_int_equal(province.w.err.code, ERR_CONFLICT);
        assert_true(act(&province, &specialist, run_submit, NULL));
        assert_false(act(&province, &specialist, run_approve, NULL));
        assert_int_equal(province.w.err.code, ERR_DENIED);
        assert_int_equal(figure_of(&province, "export_value", "", &status), -1);
        assert_true(act(&province, &director, run_approve, NULL));
        assert_int_equal(figure_of(&province, "export_value", "", &status), 185400000);
        assert_int_equal(status, STATUS_SUBMITTED);
        assert_int_equal(look(&province, &specialist)->state, REPORT_SENT);
        assert_int_equal(strlen(look(&province, &specialist)->receipt), RECEIPT_CODE_MAX - 1);
        assert_false(act(&province, &director, run_approve, NULL)); /* not twice */
}

static void send_first_version(void)
{
        fill_in();
        assert_true(act(&province, &specialist, run_submit, NULL));
        assert_true(act(&province, &director, run_approve, NULL));
        carry(&province, &ministry);
}

static void what_the_province_sends_stands_at_the_ministry_and_is_accepted(void **state)
{
        enum figure_status status;
        const struct report *r;
        int64_t entries;

        (void)state;
        send_first_version();
        r = look(&ministry, &officer);
        assert_int_equal(r->state, REPORT_SENT);
        assert_true(r->may_decide);
        assert_false(r->may_edit);
        assert_string_equal(cell(r, "7")->typed, "185,4");
        assert_string_equal(r->filled_by, "Thu Hà");
        assert_string_equal(r->sent_by, "Nguyễn An");
        assert_int_equal(figure_of(&ministry, "retail_sales", "", &status), 4102500000);
        assert_int_equal(status, STATUS_SUBMITTED);
        assert_true(act(&ministry, &officer, run_approve, NULL));
        assert_int_equal(figure_of(&ministry, "retail_sales", "", &status), 4102500000);
        assert_int_equal(status, STATUS_APPROVED);
        carry(&ministry, &province);
        assert_int_equal(look(&province, &specialist)->state, REPORT_ACCEPTED);
        figure_of(&province, "retail_sales", "", &status);
        assert_int_equal(status, STATUS_APPROVED);
        assert_false(act(&ministry, &officer, run_approve, NULL));
        begin(&ministry, &user_operator);
        if (!ledger_rebuild_check(&ministry.w, &entries))
                fail_msg("%s", ministry.w.err.message);
        begin(&province, &user_operator);
        if (!ledger_rebuild_check(&province.w, &entries))
                fail_msg("%s", province.w.err.message);
}

/* ---- a second node of the ministry ---------------------------------------------------------------------- */

static struct place second;

static const struct user minister = { "cu", "Vụ trưởng", ROLE_DIRECTOR, "VN", false };

static int setup_second(void **state)
{
        form_register();
        setup(state);
        open_place(&second, "VN");
        job(&second, &user_operator, load_catalogue, NULL);
        job(&second, &user_operator, enrol, &ministry);
        job(&second, &user_operator, enrol, &province);
        job(&ministry, &user_operator, enrol, &second);
        job(&province, &user_operator, enrol, &second);
        return 0;
}

static int teardown_second(void **state)
{
        node_close(second.node);
        arena_close(second.arena);
        return teardown(state);
}

static const char *open_contest(struct place *p, size_t *count)
{
        static char name[CONTEST_NAME_MAX];
        const char **names;

        begin(p, &user_operator);
        names = contest_names(&p->w, true, 4, count);
        if (names == NULL)
                fail_msg("%s", p->w.err.message);
        snprintf(name, sizeof name, "%s", *count == 0 ? "" : names[0]);
        return name;
}

struct deciding { const char *name, *reason; enum decision verdict; };

static bool run_decide(struct work *w, void *argument)
{
        const struct deciding *d = argument;
        struct contest_view *v = contest_read(w, d->name, 0);
        int choice = -1;

        for (size_t i = 0; v != NULL && i < v->side_count; i++)
                if (v->cells[0].value[i] == (int64_t)d->verdict)
                        choice = (int)i;
        return v != NULL && contest_settle(w, d->name, &choice, 1, d->reason, false);
}

/* How a place sees the report: its state, whether the figures are approved, whether a conflict is open. */
static void assert_stands(struct place *p, const struct user *user, enum report_state state, enum figure_status expected, bool is_open)
{
        enum figure_status status = STATUS_DRAFT;
        const struct report *r = look(p, user);
        int64_t entries;
        size_t count;

        assert_int_equal(r->state, state);
        assert_int_equal(r->decision_contest != NULL, is_open);
        assert_null(r->contest);
        assert_int_equal(figure_of(p, "retail_sales", "", &status), 4102500000);
        assert_int_equal(status, expected);
        open_contest(p, &count);
        assert_int_equal(count, is_open);
        begin(p, &user_operator);
        if (!ledger_rebuild_check(&p->w, &entries))
                fail_msg("%s", p->w.err.message);
}

/* Accepted by one node of the ministry, returned by the other: whichever comes first anywhere, it is returned until the leader says which counts. */
static void what_one_node_accepts_and_another_returns_is_decided_once_by_the_leader_above(void **state)
{
        struct returning r = { "Chỉ tiêu 6 chưa khớp Cục Thống kê", "6", 0 };
        struct deciding d = { NULL, "đã đối chiếu với Cục Thống kê: khớp", DECISION_ACCEPTED };
        struct contest_view *v;
        size_t count;

        (void)state;
        send_first_version();
        carry(&province, &second);
        assert_true(act(&ministry, &officer, run_approve, NULL));
        assert_true(act(&second, &officer, run_return, &r));
        carry(&ministry, &province);
        assert_stands(&province, &specialist, REPORT_ACCEPTED, STATUS_APPROVED, false);
        carry(&second, &province);
        assert_stands(&province, &specialist, REPORT_RETURNED, STATUS_SUBMITTED, true);
        assert_string_equal(look(&province, &specialist)->remark, r.reason);
        carry(&ministry, &second);
        assert_stands(&second, &officer, REPORT_RETURNED, STATUS_SUBMITTED, true);
        carry(&second, &ministry);
        assert_stands(&ministry, &officer, REPORT_RETURNED, STATUS_SUBMITTED, true);
        assert_int_equal(look(&ministry, &officer)->versions[0].decision_count, 2);

        d.name = open_contest(&province, &count); /* both sides, and who decides */
        begin(&province, &director);
        assert_int_equal(contests_waiting(&province.w), 0);
        v = contest_read(&province.w, d.name, 0);
        assert_non_null(v);
        assert_int_equal(v->side_count, 2);
        assert_string_equal(v->decider, "VN");
        assert_false(v->may_settle);
        assert_false(act(&province, &director, run_decide, &d));
        assert_int_equal(province.w.err.code, ERR_DENIED);
        d.name = open_contest(&ministry, &count);
        begin(&ministry, &minister);
        assert_int_equal(contests_waiting(&ministry.w), 1);
        assert_false(act(&ministry, &officer, run_decide, &d));
        assert_int_equal(ministry.w.err.code, ERR_DENIED);
        d.name = open_contest(&ministry, &count);
        assert_true(act(&ministry, &minister, run_decide, &d));
        assert_stands(&ministry, &officer, REPORT_ACCEPTED, STATUS_APPROVED, false);
        carry(&ministry, &province);
        assert_stands(&province, &specialist, REPORT_ACCEPTED, STATUS_APPROVED, false);
        assert_string_equal(look(&province, &specialist)->versions[0].decisions[2].why, d.reason);
        assert_false(look(&province, &specialist)->versions[0].decisions[1].stands);

        d = (struct deciding){ open_contest(&second, &count), "vẫn còn sai", DECISION_RETURNED }; /* the other had not heard of it */
        assert_true(act(&second, &minister, run_decide, &d));
        carry(&second, &province);
        assert_stands(&province, &specialist, REPORT_RETURNED, STATUS_SUBMITTED, true);
        carry(&second, &ministry);
        d = (struct deciding){ open_contest(&ministry, &count), "thống nhất lần cuối", DECISION_RETURNED };
        assert_true(act(&ministry, &minister, run_decide, &d));
        carry(&ministry, &second);
        carry(&ministry, &province);
        assert_stands(&province, &specialist, REPORT_RETURNED, STATUS_SUBMITTED, false);
        assert_stands(&second, &officer, REPORT_RETURNED, STATUS_SUBMITTED, false);
        assert_string_equal(look(&second, &officer)->remark_cells, "6"); /* of the return that was chosen twice over */
}

/* Both return, or both accept: they agree, and all is told. */
static void two_nodes_that_return_alike_are_no_conflict(void **state)
{
        struct returning first = { "sai số", "6", 0 }, later = { "thiếu giải trình", "7.1", 0 };
        const struct report *r;
        size_t which;

        (void)state;
        send_first_version();
        carry(&province, &second);
        assert_true(act(&ministry, &officer, run_return, &first));
        assert_true(act(&second, &officer, run_return, &later));
        carry(&second, &province);
        carry(&ministry, &province);
        assert_stands(&province, &specialist, REPORT_RETURNED, STATUS_SUBMITTED, false);
        r = look(&province, &specialist);
        assert_int_equal(r->versions[0].decision_count, 2);
        which = strcmp(r->versions[0].decisions[0].reason, first.reason) != 0; /* of what is written within one millisecond the node's key says which comes first */
        assert_string_equal(r->versions[0].decisions[which].reason, first.reason);
        assert_string_equal(r->versions[0].decisions[1 - which].reason, later.reason);
}

struct forged { const char *kind, *body; };

static bool run_forge(struct work *w, void *argument)
{
        const struct forged *f = argument;
        struct buf body;

        buf_init_with(&body, ENTRY_MAX, w->arena);
        buf_text(&body, f->body);
        return ledger_append(w, "42", f->kind, "report/monthly/42@2004-01-01/" PERIOD, &body, NULL);
}

/* ---- entries that are longer than any that is typed here ------------------------------------------------ */

#define LONG_ENTRIES 12 /* of nearly a MiB each */
#define LITTLE_MEMORY ((size_t)6 << 20)

static bool run_long(struct work *w, void *unused)
{
        char *long_text = arena_alloc(w->arena, ENTRY_TYPED_MAX - 2000);
        struct buf body;

        (void)unused;
        memset(long_text, 'x', ENTRY_TYPED_MAX - 2001);
        buf_init_with(&body, ENTRY_MAX, w->arena);
        for (int i = 0; i < LONG_ENTRIES; i++) {
                buf_clear(&body);
                w->user = i % 3 == 2 ? &director : &specialist;
                if (i % 3 == 0)
                        buf_print(&body, "{\"cells\":{\"6\":{\"typed\":\"%d\",\"explanation\":\"%s\"}}}", i, long_text);
                else
                        buf_print(&body, "{\"reason\":\"%s %d\",\"cells\":\"6\",\"by\":\"Lan\"}", long_text, i);
                if (!ledger_append(w, AUDIENCE_LOCAL, i % 3 == 0 ? "report.draft" : i % 3 == 1 ? "report.submit" : "report.reopen",
                                   "report/monthly/42@2004-01-01/" PERIOD, &body, NULL))
                        return false;
        }
        return true;
}

/* However many long entries a report has, it is read with the memory that one of them takes. */
static void a_report_of_many_long_entries_is_read_one_after_another(void **state)
{
        struct arena *usual = province.arena;
        const struct report *r;

        (void)state;
        if (!act(&province, &specialist, run_long, NULL))
                fail_msg("%s", province.w.err.message);
        province.arena = arena_open(LITTLE_MEMORY);
        r = look(&province, &specialist);
        assert_int_equal(r->draft_version, LONG_ENTRIES / 3);
        assert_int_equal(r->state, REPORT_RETURNED);
        assert_true(strlen(r->remark) < REPORT_TEXT_MAX + 100);
        for (size_t i = 0; i < r->cell_count; i++)
                if (r->cells[i].row->indicator != NULL && strcmp(r->cells[i].row->id, "6") == 0) {
                        assert_string_equal(r->cells[i].typed, "9,0");
                        assert_int_equal(strlen(r->cells[i].explanation), ENTRY_TYPED_MAX - 2001); /* what is to be sent is kept whole */
                }
        arena_close(province.arena);
        province.arena = usual;
}

static const char *hash_in(struct place *p, const char *kind)
{
        char hash[HASH_HEX];
        int64_t id;

        begin(p, &user_operator);
        id = db_number(p->w.db, "SELECT MAX(id) FROM ledger_entry WHERE kind = $1", ARGS(v_text(kind)), 0);
        assert_true(ledger_hash_of(&p->w, id, hash));
        return strcpy(arena_alloc(p->arena, sizeof hash), hash);
}

/* What the unit decided about figures is approved as long as the version that it chose, whatever it says of that. */
static void settled_is_approved_with_its_version(const char *kind, bool is_accepted_first)
{
        struct returning r = { "Chỉ tiêu 6 chưa khớp Cục Thống kê", "6", 0 };
        enum figure_status status;
        char text[400];

        send_first_version();
        carry(&province, &ministry);
        carry(&province, &second);
        snprintf(text, sizeof text, "{\"reason\":\"vì\",\"of\":[\"%s\"],\"chosen\":\"%s\",\"figures\":\"retail_sales,42,2026-10,,,4102.5,%s\\n\"}",
                 hash_in(&province, "report.send"), hash_in(&province, "report.send"), is_accepted_first ? "approved" : "submitted");
        for (int step = 0; step < 2; step++)
                if ((step == 0) == is_accepted_first) {
                        assert_true(act(&ministry, &officer, run_approve, NULL));
                        carry(&ministry, &province);
                } else if (!act(&province, &director, run_forge, &(struct forged){ kind, text }))
                        fail_msg("%s", province.w.err.message);
        figure_of(&province, "retail_sales", "", &status);
        assert_int_equal(status, STATUS_APPROVED);
        assert_true(act(&second, &officer, run_return, &r));
        carry(&second, &province);
        assert_stands(&province, &specialist, REPORT_RETURNED, STATUS_SUBMITTED, true);
        carry(&province, &second); /* there the decision comes before the acceptance */
        assert_stands(&second, &officer, REPORT_RETURNED, STATUS_SUBMITTED, false);
        carry(&ministry, &second);
        assert_stands(&second, &officer, REPORT_RETURNED, STATUS_SUBMITTED, true);
}

static void what_was_settled_with_an_acceptance_is_official_no_longer_than_that_stands(void **state)
{
        (void)state;
        settled_is_approved_with_its_version("report.settle", true);
}

static void what_was_settled_among_figures_is_official_no_longer_than_the_report_it_chose(void **state)
{
        (void)state;
        settled_is_approved_with_its_version("figures.settle", true);
}

static void what_was_settled_before_the_report_was_accepted_is_approved_with_it(void **state)
{
        (void)state;
        settled_is_approved_with_its_version("figures.settle", false);
}

static void a_wrong_decision_between_decisions_is_refused(void **state)
{
        static const struct user *const leaders[] = { &minister, &director, &officer };
        enum { AT_MINISTRY, AT_PROVINCE, BY_OFFICER };
        static const struct { int who; const char *reason, *of, *chosen; enum error_code code; } cases[] = {
                { AT_MINISTRY, "vì", "\"$A\",\"$S\"", "$A", ERR_DENIED },   /* names the report itself: that is its unit's */
                { AT_MINISTRY, "vì", "\"$A\"", "$R", ERR_INVALID },         /* chooses what it does not name */
                { AT_MINISTRY, "vì", "\"$A\",\"$R\"", "", ERR_INVALID },
                { AT_MINISTRY, "", "\"$A\",\"$R\"", "$A", ERR_INVALID },    /* no reason */
                { AT_MINISTRY, "vì", "", "$A", ERR_INVALID },
                { AT_PROVINCE, "vì", "\"$A\",\"$R\"", "$A", ERR_DENIED },  /* the unit itself */
                { BY_OFFICER, "vì", "\"$A\",\"$R\"", "$A", ERR_DENIED },
        };
        struct returning r = { "Chỉ tiêu 6 chưa khớp Cục Thống kê", "6", 0 };
        char accepted[HASH_HEX], returned[HASH_HEX], sent[HASH_HEX], text[1024];

        (void)state;
        send_first_version();
        carry(&province, &second);
        assert_true(act(&ministry, &officer, run_approve, NULL));
        assert_true(act(&second, &officer, run_return, &r));
        carry(&second, &ministry);
        carry(&second, &province);
        carry(&ministry, &province);
        strcpy(accepted, hash_in(&ministry, "report.accept"));
        strcpy(returned, hash_in(&ministry, "report.return"));
        strcpy(sent, hash_in(&ministry, "report.send"));
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct place *p = cases[i].who == AT_PROVINCE ? &province : &ministry;
                const char *of = cases[i].of, *chosen = strcmp(cases[i].chosen, "$A") == 0 ? accepted : strcmp(cases[i].chosen, "$R") == 0 ? returned : "";
                char list[400] = "";

                for (const char *c = of; *c != '\0'; c++)
                        if (*c == '$')
                                strcat(list, *++c == 'A' ? accepted : *c == 'R' ? returned : sent);
                        else
                                strncat(list, c, 1);
                snprintf(text, sizeof text, "{\"reason\":\"%s\",\"of\":[%s],\"chosen\":\"%s\"}", cases[i].reason, list, chosen);
                if (act(p, leaders[cases[i].who], run_forge, &(struct forged){ "report.decision.settle", text }))
                        fail_msg("%s was taken", text);
                if (p->w.err.code != cases[i].code)
                        fail_msg("%s: %s", text, p->w.err.message);
        }
        assert_stands(&ministry, &officer, REPORT_RETURNED, STATUS_SUBMITTED, true);
}

static void a_return_needs_reason_and_cells_and_brings_version_two(void **state)
{
        static const struct change correction[] = { { "6", "4.150,0", NULL } },
                emptied[] = { { "3", "", NULL } };
        struct returning r = { "Chỉ tiêu 6 chưa khớp Cục Thống kê", "6", 0 };
        static const struct returning bad[] = { { "", "6", 0 }, { "vì sao", "", 0 }, { "vì sao", "99", 0 },
                                                { "vì sao", "6", 1000 } };
        enum figure_status status;
        const struct report *p;
        struct saving s;

        (void)state;
        send_first_version();
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                struct returning wrong = bad[i];

                assert_false(act(&ministry, &officer, run_return, &wrong));
                assert_int_equal(ministry.w.err.code, ERR_INVALID);
        }
        assert_true(act(&ministry, &officer, run_return, &r));
        carry(&ministry, &province);
        p = look(&province, &specialist);
        assert_int_equal(p->state, REPORT_RETURNED);
        assert_string_equal(p->remark, r.reason);
        assert_string_equal(p->remark_cells, "6");
        /* 3 November 2026 is a Tuesday: two working days later is Thursday the 5th, 17:00 */
        assert_true(p->return_due == moment_of_day(day_of(2026, 11, 5)) + (moment)17 * 3600000);
        assert_true(p->may_edit);
        assert_true(save(&specialist, emptied, 1, 1, &s)); /* kept, but a sent figure cannot vanish */
        assert_false(act(&province, &specialist, run_submit, NULL));
        assert_non_null(strstr(province.w.err.message, "3"));
        static const struct change refilled[] = { { "3", "741,3", NULL } };
        assert_true(save(&specialist, refilled, 1, 2, &s));
        assert_true(save(&specialist, correction, 1, 3, &s));
        assert_true(act(&province, &specialist, run_submit, NULL));
        assert_true(act(&province, &director, run_approve, NULL));
        carry(&province, &ministry);
        p = look(&ministry, &officer);
        assert_int_equal(p->version, 2);
        assert_int_equal(p->state, REPORT_SENT);
        assert_int_equal(p->versions[0].decision, DECISION_RETURNED);
        assert_string_equal(cell(p, "6")->typed, "4.150,0");
        assert_int_equal(figure_of(&ministry, "retail_sales", "", &status), 4150000000);
        begin(&ministry, &officer);
        p = report_load_as(&ministry.w, "monthly", "42", PERIOD, 1);
        assert_non_null(p);
        assert_string_equal(cell(p, "6")->typed, "4.102,5");
        begin(&ministry, &officer);
        assert_null(report_load_as(&ministry.w, "monthly", "42", PERIOD, 3));
        assert_int_equal(ministry.w.err.code, ERR_MISSING);
}

static void the_own_leader_may_give_a_report_back(void **state)
{
        struct returning r = { "xem lại mục 8", "8", 0 };

        (void)state;
        fill_in();
        assert_true(act(&province, &specialist, run_submit, NULL));
        assert_false(act(&province, &specialist, run_return, &r));
        assert_true(act(&province, &director, run_return, &r));
        assert_int_equal(look(&province, &specialist)->state, REPORT_RETURNED);
        assert_true(look(&province, &specialist)->is_from_own_leader);
}

static void everybody_sees_what_waits_for_them(void **state)
{
        size_t count;
        struct todo *list;
        int of_kind[5] = { 0 };

        (void)state;
        begin(&province, &specialist);
        list = report_todo(&province.w, &count);
        assert_non_null(list);
        assert_int_equal(count, 2); /* this month and the last */
        assert_string_equal(list[0].href, "/forms/monthly/42/2026-10");
        assert_true(list[0].due < province.w.now);
        fill_in();
        begin(&province, &specialist);
        list = report_todo(&province.w, &count);
        assert_string_equal(list[0].href, "/forms/monthly/42/2026-10#c-10");
        assert_int_equal(list[0].filled, 10);
        assert_true(act(&province, &specialist, run_submit, NULL));
        begin(&province, &director);
        list = report_todo(&province.w, &count);
        assert_int_equal(list[0].kind, TODO_APPROVE);
        assert_true(act(&province, &director, run_approve, NULL));
        carry(&province, &ministry);
        begin(&ministry, &officer);
        list = report_todo(&ministry.w, &count);
        for (size_t i = 0; i < count; i++)
                of_kind[list[i].kind]++;
        assert_int_equal(of_kind[TODO_RECEIVE], 1);
        assert_int_equal(of_kind[TODO_MISSING], 33);
        assert_int_equal(of_kind[TODO_FILL], 0);
        begin(&ministry, &officer);
        assert_int_equal(report_todo_count(&ministry.w), 1);
        begin(&ministry, &officer);
        struct standings *s = standings_read(&ministry.w, NULL, PERIOD);
        assert_non_null(s);
        assert_int_equal(s->count, 34);
        assert_int_equal(s->sent, 1);
}

static bool run_succeed(struct work *w, void *argument)
{
        (void)argument;
        return trust_succeed(w, &(struct succession){ .unit = "24", .from = "24,27", .act = "NQ 202/2025/QH15", .day = "2025-07-01",
                                                      .node = node_key(province.node) });
}

static bool run_succeed_undo(struct work *w, void *argument)
{
        size_t count;
        struct succession *acts = trust_successions(w, &count);

        (void)argument;
        assert_int_equal(count, 1);
        return trust_succeed_undo(w, acts[0].hash, "NQ 1");
}

/* What waits for somebody at Bắc Ninh, without what the unit itself owes: "27@2004-01-01 2025-06, …", in order. */
static const char *owed_for_others(const struct user *user, const char *own_key)
{
        struct buf out;
        const char *found;
        size_t count;
        struct todo *list;

        begin(&province, user);
        province.w.now = moment_now() + MOMENT_PER_DAY; /* what was just said holds */
        list = report_todo(&province.w, &count);
        assert_non_null(list);
        buf_init(&out, 1000);
        for (size_t i = 0; i < count; i++) {
                char text[PERIOD_TEXT_MAX];

                period_write(text, list[i].period);
                if (strcmp(list[i].unit->key, own_key) != 0) {
                        struct report *r = report_load(&province.w, form_id(list[i].form), list[i].unit->code, text);

                        assert_int_equal(list[i].kind, TODO_FILL);
                        assert_non_null(r);
                        assert_string_equal(r->unit->key, list[i].unit->key);
                        assert_true(r->may_edit); /* whoever is told to may do it */
                        buf_print(&out, "%s%s %s", out.length == 0 ? "" : ", ", list[i].unit->key, text);
                }
        }
        found = arena_copy(province.arena, out.data == NULL ? "" : out.data, out.length);
        buf_clear(&out);
        return found;
}

static void a_successor_files_what_its_predecessors_owe_until_that_is_undone(void **state)
{
        static const struct user filler = { "ha", "Thu Hà", ROLE_SPECIALIST, "24", false };
        static const char own[] = "24@2025-07-01";
        struct standings *s;
        bool is_listed = false;

        (void)state;
        assert_string_equal(owed_for_others(&filler, own), "");
        job(&ministry, &user_operator, run_succeed, NULL);
        carry(&ministry, &province);
        assert_string_equal(owed_for_others(&filler, own), "24@2004-01-01 2025-05, 27@2004-01-01 2025-05, "
                                                           "24@2004-01-01 2025-06, 27@2004-01-01 2025-06");
        s = standings_read(&province.w, NULL, NULL);
        assert_non_null(s);
        for (size_t i = 0; i < s->count; i++) {
                is_listed = is_listed || strcmp(s->list[i].unit->code, "27") == 0;
                for (size_t k = 0; k < i; k++)
                        assert_false(s->list[i].unit == s->list[k].unit && s->list[i].period == s->list[k].period);
        }
        assert_true(is_listed);
        job(&ministry, &user_operator, run_succeed_undo, NULL);
        carry(&ministry, &province);
        assert_string_equal(owed_for_others(&filler, own), "");
}

static void the_next_month_compares_with_what_was_sent(void **state)
{
        struct report *r;

        (void)state;
        send_first_version();
        begin(&province, &specialist);
        r = report_load(&province.w, "monthly", "42", "2026-11");
        assert_non_null(r);
        assert_true(cell(r, "7")->has_previous);
        assert_int_equal(cell(r, "7")->previous, 185400000);
        assert_false(cell(r, "7")->has_year_before);
        assert_string_equal(cell(r, "7")->missing, "2026-01 – 2026-09");
        assert_true(cell(r, "7")->series[REPORT_SERIES - 1] == 185400000);
}

/* Yarn is counted in thousands of tonnes from November 2026 on; without an argument as it is shipped. */
static bool load_yarn(struct work *w, void *is_otherwise)
{
        static const char yarn[] = "soi_cac_loai,,Sợi các loại,Yarn of all kinds,tấn,tonnes,,";
        struct source file = { .path = "classifications/products.csv" };
        struct complaints complaints = { .arena = w->arena };
        const char *text = file_read(w->arena, "data/classifications/products.csv", 1 << 20, &file.length, &w->err), *at = text == NULL ? NULL : strstr(text, yarn);
        size_t changed;

        assert_non_null(at);
        file.text = is_otherwise == NULL ? text
                                         : arena_print(w->arena, "%s%s2026-10-31\nsoi_cac_loai,,Sợi các loại,Yarn of all kinds,nghìn tấn,thousand tonnes,2026-11-01,%s",
                                                       arena_copy(w->arena, text, (size_t)(at - text)), yarn, at + strlen(yarn));
        file.length = strlen(file.text);
        return catalogue_load(w, &file, 1, NULL, &complaints, &changed);
}

static void what_is_counted_otherwise_since_is_compared_with_nothing(void **state)
{
        static const struct change yarn[] = { { "4", "12", NULL } };
        struct saving s;
        struct report *r;

        (void)state;
        fill_in();
        assert_true(save(&specialist, yarn, 1, 1, &s));
        assert_true(act(&province, &specialist, run_submit, NULL));
        assert_true(act(&province, &director, run_approve, NULL));
        carry(&province, &ministry);
        job(&ministry, &user_operator, load_yarn, (void *)"otherwise");
        carry(&ministry, &province);
        begin(&province, &specialist);
        r = report_load(&province.w, "monthly", "42", "2026-11");
        assert_non_null(r);
        assert_false(cell(r, "4")->has_previous);
        assert_false(cell(r, "4")->has_series[REPORT_SERIES - 1]);
        assert_string_equal(cell(r, "4")->missing, "2026-01 – 2026-09, 2026-10");
        assert_string_equal(cell(r, "4")->missing_shown, "T1/2026 – T9/2026, T10/2026 (đơn vị tính khác)");
        assert_true(cell(r, "3")->has_previous);
        job(&ministry, &user_operator, load_yarn, NULL);
        carry(&ministry, &province);
        begin(&province, &specialist);
        r = report_load(&province.w, "monthly", "42", "2026-11");
        assert_true(cell(r, "4")->has_previous);
        assert_string_equal(cell(r, "4")->missing, "2026-01 – 2026-09");
}

static void a_workbook_comes_back_as_differences(void **state)
{
        const char *path = test_path("form.xlsx");
        struct report *r;
        struct upload *u;

        (void)state;
        fill_in();
        r = look(&province, &specialist);
        assert_true(workbook_write(&province.w, r, path));
        u = workbook_read(&province.w, r, path);
        if (u == NULL)
                fail_msg("%s", province.w.err.message);
        assert_int_equal(u->changed, 0);
        assert_int_equal(u->unknown_count, 0);
        assert_int_equal(u->cell_count, 20);
        /* against another draft the same file differs in one cell */
        static const struct change later[] = { { "8", "300", NULL } };
        struct saving s;
        assert_true(save(&specialist, later, 1, 1, &s));
        r = look(&province, &specialist);
        u = workbook_read(&province.w, r, path);
        assert_non_null(u);
        assert_int_equal(u->changed, 1);
        for (size_t i = 0; i < u->cell_count; i++) {
                if (u->cells[i].is_changed) {
                        assert_string_equal(u->cells[i].row->id, "8");
                        assert_string_equal(u->cells[i].before, "300,0");
                        assert_string_equal(u->cells[i].after, "224,1");
                }
        }
        begin(&province, &specialist);
        r = report_load(&province.w, "monthly", "42", "2026-11");
        assert_null(workbook_read(&province.w, r, path)); /* the file of another month */
        assert_int_equal(province.w.err.code, ERR_INVALID);
}

static void a_file_that_is_no_workbook_is_refused(void **state)
{
        const char *path = test_path("form.xlsx");
        FILE *f = fopen(path, "w");
        struct report *r;

        (void)state;
        assert_non_null(f);
        fputs("TT,Chỉ tiêu\n", f);
        fclose(f);
        r = look(&province, &specialist);
        assert_null(workbook_read(&province.w, r, path));
        assert_int_not_equal(province.w.err.code, ERR_NONE);
}

static void a_report_is_written_as_json_and_csv(void **state)
{
        struct buf out;
        json_t *json;
        const struct report *r;

        (void)state;
        fill_in();
        r = look(&province, &specialist);
        buf_init(&out, 0);
        report_write_json(report_view_make(&province.w, r, NULL, true), &out);
        json = json_loadb(out.data, out.length, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(json);
        assert_string_equal(json_string_value(json_object_get(json, "state")), "draft");
        assert_int_equal(json_array_size(json_object_get(json, "cells")), 20);
        assert_int_equal(json_integer_value(json_object_get(json, "filled")), 10);
        json_decref(json);
        buf_reset(&out);
        report_write_csv(report_view_make(&province.w, r, NULL, true), &out);
        assert_non_null(strstr(out.data, "185.4"));
        buf_clear(&out);
}

/* What was due since the node is there and was not sent waits until it is; what was due before is nobody's here. */
static void what_was_not_sent_waits_until_it_is(void **state)
{
        size_t count, at_first, older = 0;
        struct todo *list;
        struct standings *s;
        moment begun;

        (void)state;
        begin(&province, &specialist);
        begun = ledger_begun(&province.w);
        province.w.now = begun + 400 * MOMENT_PER_DAY;
        list = report_todo(&province.w, &at_first);
        assert_non_null(list);
        assert_in_range(at_first, 13, 15);
        for (size_t i = 0; i < at_first; i++) {
                assert_int_equal(list[i].kind, TODO_FILL);
                assert_true(list[i].due >= begun && (i == 0 || list[i].due > list[i - 1].due));
                older += list[i].is_older;
        }
        assert_int_equal(older, at_first - 2);
        assert_true(list[0].is_older && list[0].due < begun + 32 * MOMENT_PER_DAY);
        s = standings_read(&province.w, NULL, NULL);
        assert_int_equal(s->count, at_first); /* the list that My work leads to has them all */

        begin(&province, &specialist);
        province.w.now = begun;
        assert_non_null(report_todo(&province.w, &count));
        assert_true(count <= 2);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(what_one_node_accepts_and_another_returns_is_decided_once_by_the_leader_above, setup_second, teardown_second),
                cmocka_unit_test_setup_teardown(what_was_settled_with_an_acceptance_is_official_no_longer_than_that_stands, setup_second, teardown_second),
                cmocka_unit_test_setup_teardown(what_was_settled_among_figures_is_official_no_longer_than_the_report_it_chose, setup_second, teardown_second),
                cmocka_unit_test_setup_teardown(what_was_settled_before_the_report_was_accepted_is_approved_with_it, setup_second, teardown_second),
                cmocka_unit_test_setup_teardown(two_nodes_that_return_alike_are_no_conflict, setup_second, teardown_second),
                cmocka_unit_test_setup_teardown(a_wrong_decision_between_decisions_is_refused, setup_second, teardown_second),
                cmocka_unit_test_setup_teardown(a_report_of_many_long_entries_is_read_one_after_another, setup, teardown),
                cmocka_unit_test_setup_teardown(an_invalid_value_is_kept_as_typed, setup, teardown),
                cmocka_unit_test_setup_teardown(saving_what_is_there_already_writes_nothing, setup, teardown),
                cmocka_unit_test_setup_teardown(two_people_changing_one_cell_is_a_conflict_with_both_values,
                                                setup, teardown),
                cmocka_unit_test_setup_teardown(bad_drafts_are_refused_and_change_nothing, setup, teardown),
                cmocka_unit_test_setup_teardown(a_report_with_errors_or_unexplained_warnings_is_not_submitted,
                                                setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(only_the_leader_sends, setup, teardown),
                cmocka_unit_test_setup_teardown(what_the_province_sends_stands_at_the_ministry_and_is_accepted, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(a_return_needs_reason_and_cells_and_brings_version_two, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(the_own_leader_may_give_a_report_back, setup, teardown),
                cmocka_unit_test_setup_teardown(everybody_sees_what_waits_for_them, setup, teardown),
                cmocka_unit_test_setup_teardown(what_was_not_sent_waits_until_it_is, setup, teardown),
                cmocka_unit_test_setup_teardown(a_successor_files_what_its_predecessors_owe_until_that_is_undone, setup_successor,
                                                teardown),
                cmocka_unit_test_setup_teardown(the_next_month_compares_with_what_was_sent, setup, teardown),
                cmocka_unit_test_setup_teardown(what_is_counted_otherwise_since_is_compared_with_nothing, setup, teardown),
                cmocka_unit_test_setup_teardown(a_workbook_comes_back_as_differences, setup, teardown),
                cmocka_unit_test_setup_teardown(a_file_that_is_no_workbook_is_refused, setup, teardown),
                cmocka_unit_test_setup_teardown(a_report_is_written_as_json_and_csv, setup, teardown),
        };

        catalogue_register(&form_checker);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
