#include "tests/support.h"

#include <time.h>

#include "base/log.h"
#include "catalogue/catalogue_private.h"
#include "ledger/check.h"
#include "ledger/node.h"
#include "ledger/read.h"
#include "ledger/receive.h"
#include "ledger/trust.h"
#include "ledger/write.h"

/* ---- a kind that rests on the catalogue: it notes the parent a code has on a day ------------------------------------- */

static enum applied apply_place(struct work *w, const struct entry *e, struct error *why)
{
        const struct catalogue *c = catalogue_of(w);
        const struct unit *u = c == NULL ? NULL : unit_at(c, e->subject, day_of(2026, 1, 1));

        if (c == NULL)
                return FAILED;
        if (u == NULL) {
                error_set(why, ERR_MISSING, "unit %s is unknown", e->subject);
                return WAITING;
        }
        return db_exec(w->db, "INSERT INTO place (code, parent, entry) VALUES ($1, $2, $3)",
                       ARGS(v_text(u->code), v_text(u->parent == NULL ? "" : u->parent->code), v_int(e->id)))
                       ? APPLIED
                       : FAILED;
}

static const struct entry_kind place_kinds[] = { { "place", apply_place, "" }, { 0 } };
static const struct derived_table place_tables[] = {
        { "place", "CREATE TABLE place (code TEXT NOT NULL PRIMARY KEY, parent TEXT NOT NULL, entry BIGINT NOT NULL)",
          "SELECT code, parent, entry FROM place", "tte" },
        { 0 },
};
static const struct entry_kind *const kinds[] = { trust_kinds, catalogue_kinds, place_kinds, NULL };
static const struct derived_table *const tables[] = { trust_tables, catalogue_tables, place_tables, NULL };
static const struct ledger_schema schema = { .kinds = kinds, .tables = tables };

static const char *const place_prefixes[] = { "place", NULL };
static const char *const place_names[] = { "place", NULL };
static const struct catalogue_dependent place_dependent = { .kind_prefixes = place_prefixes, .tables = place_names };

/* ---- a node ------------------------------------------------------------------------------------------------------------ */

struct bench {
        char folder[512];
        struct node *node;
        struct arena *arena;
        struct work w;
};

static void bench_work(struct bench *b)
{
        arena_reset(b->arena);
        work_init(&b->w, b->arena, node_reader(b->node, &b->w.err), LANGUAGE_EN);
        b->w.node = b->node;
        b->w.user = &user_operator;
}

static void bench_make(struct bench *b, const char *unit)
{
        struct error err = { .language = LANGUAGE_EN };

        log_set_level(LOG_ALARM + 1);
        memset(b, 0, sizeof *b);
        snprintf(b->folder, sizeof b->folder, "%s/node", test_folder());
        b->arena = arena_open(WORK_MEMORY_USUAL);
        if (!node_init(b->folder, unit, test_store(), &schema, &err) ||
            (b->node = node_open(b->folder, NODE_WRITE, &schema, &err)) == NULL)
                fail_msg("%s", err.message);
        bench_work(b);
}

static void bench_close(struct bench *b)
{
        arena_reset(b->arena);
        node_close(b->node);
        arena_close(b->arena);
}

#define HEAD "code,kind,name_vi,name_en,parent,from,to\nVN,quoc_gia,Việt Nam,Viet Nam,,1945-09-02,\n"

static const struct source base[] = {
#define TEXT_FILE(path, text) { path, text, sizeof(text) - 1 }
        TEXT_FILE("units/kinds.csv", "kind,level,label_vi,label_en\nquoc_gia,country,,\ntinh,province,Tỉnh,Province\nxa,commune,Xã,Commune\n"),
        TEXT_FILE("units/all.csv", HEAD "24,tinh,Bắc Ninh,Bac Ninh,VN,2004-01-01,\n25,tinh,Phú Thọ,Phu Tho,VN,2004-01-01,\n00001,xa,Một,Mot,25,2025-07-01,\n"),
        TEXT_FILE("indicators/all.yaml", "indicators:\n  - id: iip\n    name: {vi: Chỉ số, en: Index}\n    unit: {vi: \"%\", en: \"%\"}\n    decimals: 6\n"),
};
#define BASE (sizeof base / sizeof *base)

struct load {
        const struct source *files;
        size_t count, changed;
        struct complaints complaints;
        bool then_fail;
};

static bool load_job(struct work *w, void *argument)
{
        struct load *l = argument;

        l->complaints = (struct complaints){ .arena = w->arena, .language = LANGUAGE_EN };
        if (!catalogue_load(w, l->files, l->count, NULL, &l->complaints, &l->changed))
                return false;
        return !l->then_fail || error_set(&w->err, ERR_INVALID, "no");
}

static bool load(struct bench *b, const struct source *files, size_t count, size_t *changed)
{
        struct load l = { .files = files, .count = count };
        bool ok;

        bench_work(b);
        ok = ledger_write(&b->w, load_job, &l);
        if (changed != NULL)
                *changed = l.changed;
        return ok;
}

static bool place_job(struct work *w, void *argument)
{
        struct buf body;
        bool ok;

        buf_init(&body, 0);
        buf_text(&body, "{}");
        ok = ledger_append(w, AUDIENCE_ALL, "place", argument, &body, NULL);
        buf_clear(&body);
        return ok;
}

static void place(struct bench *b, const char *code)
{
        bench_work(b);
        if (!ledger_write(&b->w, place_job, (void *)(uintptr_t)code))
                fail_msg("%s", b->w.err.message);
}

static const char *parent_of(struct bench *b, const char *code)
{
        bench_work(b);
        return db_text(b->w.db, b->arena, "SELECT parent FROM place WHERE code = $1", ARGS(v_text(code)));
}

static const char *unit_name_now(struct bench *b, const char *code)
{
        const struct catalogue *c;
        const struct unit *u;

        bench_work(b);
        c = catalogue_of(&b->w);
        assert_non_null(c);
        u = unit_at(c, code, day_of(2026, 1, 1));
        return u == NULL ? NULL : u->name_vi;
}

static void assert_sound(struct bench *b)
{
        int64_t entries;

        bench_work(b);
        if (!ledger_rebuild_check(&b->w, &entries))
                fail_msg("%s", b->w.err.message);
}

/* ---- the tests ------------------------------------------------------------------------------------------------------------ */

static void before_any_file_the_catalogue_is_empty(void **state)
{
        struct bench b;
        const struct catalogue *c;

        (void)state;
        bench_make(&b, "VN");
        c = catalogue_of(&b.w);
        assert_non_null(c);
        assert_int_equal(catalogue_version(c), 0);
        assert_false(unit_code_is_known(c, "VN"));
        bench_close(&b);
}

static void loading_twice_changes_nothing(void **state)
{
        struct bench b;
        size_t changed;
        const struct catalogue *c;
        int64_t version;

        (void)state;
        bench_make(&b, "VN");
        assert_true(load(&b, base, BASE, &changed));
        assert_int_equal(changed, BASE);
        bench_work(&b);
        c = catalogue_of(&b.w);
        assert_ptr_equal(c, catalogue_of(&b.w));
        version = catalogue_version(c);
        assert_int_not_equal(version, 0);
        assert_string_equal(catalogue_file(c, base[0].path), base[0].text);
        assert_true(load(&b, base, BASE, &changed));
        assert_int_equal(changed, 0);
        bench_work(&b);
        assert_int_equal(catalogue_version(catalogue_of(&b.w)), version);
        assert_sound(&b);
        bench_close(&b);
}

static void what_stands_in_the_program_loads_and_is_not_copied(void **state)
{
        struct bench b;
        size_t changed, count;
        const struct source *files = catalogue_shipped(&count);

        (void)state;
        bench_make(&b, "42");
        assert_true(count >= 20);
        if (!load(&b, files, count, &changed))
                fail_msg("%s", b.w.err.message);
        assert_int_equal(changed, count);
        bench_work(&b);
        assert_ptr_equal(catalogue_file(catalogue_of(&b.w), files[0].path), files[0].text);
        assert_string_equal(unit_name_now(&b, "42"), "Hà Tĩnh");
        assert_sound(&b);
        bench_close(&b);
}

static void a_bad_file_changes_nothing(void **state)
{
        struct source bad[] = { TEXT_FILE("indicators/more.yaml", "indicators:\n  - id: x\n    name: {vi: a, en: a}\n    unit: {vi: a, en: a}\n    decimals: 1\n"),
                                TEXT_FILE("units/all.csv", HEAD "24,tinh,Bắc Ninh,Bac Ninh,VN,2004-01-01,\n00001,xa,Một,Mot,25,2025-07-01,\n") };
        struct bench b;
        size_t changed;
        int64_t position;

        (void)state;
        bench_make(&b, "VN");
        assert_true(load(&b, base, BASE, &changed));
        position = node_position(b.node);
        assert_false(load(&b, bad, 2, &changed));
        assert_int_equal(b.w.err.code, ERR_INVALID);
        assert_non_null(strstr(b.w.err.message, "units/all.csv:4:1: unit 00001: its parent 25 is unknown"));
        assert_int_equal(node_position(b.node), position);
        bench_work(&b);
        assert_null(indicator_find(catalogue_of(&b.w), "x"));
        bench_close(&b);
}

/* A program that asks for more than the one before it. */
static bool asks_for_more;

static void check_odd(struct arena *a, const struct catalogue *c, const struct source *s, struct complaints *complaints)
{
        (void)a;
        if (asks_for_more && strstr(s->text, "odd") != NULL)
                complain(complaints, s->path, 1, 1, "it is odd");
        if (strstr(s->text, "needs iip") != NULL && indicator_find(c, "iip") == NULL)
                complain(complaints, s->path, 1, 1, "it needs the indicator");
}

static const struct catalogue_checker odd_checker = { ".odd", check_odd };

static void what_was_wrong_before_holds_up_only_what_touches_it(void **state)
{
        struct source files[BASE + 1], other = { "other/a.odd", "even", 4 }, changed = { "a.odd", "odd, needs iip, again", 21 }, mended = { "a.odd", "even", 4 };
        const struct source without = { base[2].path, "indicators: []\n", 15 };
        struct bench b;
        size_t count;

        (void)state;
        bench_make(&b, "VN");
        catalogue_register(&odd_checker);
        memcpy(files, base, sizeof base);
        files[BASE] = (struct source){ "a.odd", "odd, needs iip", 14 };
        asks_for_more = false;
        assert_true(load(&b, files, BASE + 1, &count));
        asks_for_more = true;
        assert_true(load(&b, &other, 1, &count));
        assert_int_equal(count, 1);
        assert_true(load(&b, files, BASE + 1, &count)); /* a whole folder in which nothing differs */
        assert_int_equal(count, 0);
        assert_false(load(&b, &changed, 1, &count));
        assert_non_null(strstr(b.w.err.message, "a.odd:1:1: it is odd"));
        assert_false(load(&b, &without, 1, &count));
        assert_non_null(strstr(b.w.err.message, "a.odd:1:1: it needs the indicator"));
        assert_true(load(&b, &mended, 1, &count));
        asks_for_more = false;
        bench_close(&b);
}

static void decimals_are_kept_for_ever(void **state)
{
        struct source finer[] = { TEXT_FILE("indicators/all.yaml", "indicators:\n  - id: iip\n    name: {vi: Chỉ số, en: Index}\n    unit: {vi: \"%\", en: \"%\"}\n    decimals: 4\n") };
        struct source none[] = { TEXT_FILE("indicators/all.yaml", "indicators: []\n") };
        struct bench b;

        (void)state;
        bench_make(&b, "VN");
        assert_true(load(&b, base, BASE, NULL));
        assert_false(load(&b, finer, 1, NULL));
        assert_non_null(strstr(b.w.err.message, "indicators/all.yaml:2:5: the indicator \"iip\" has 6 decimals and cannot have 4"));
        assert_false(load(&b, none, 1, NULL));
        assert_non_null(strstr(b.w.err.message, "indicators/all.yaml:1:1: the indicator \"iip\" would vanish"));
        bench_close(&b);
}

/* Figures keep the unit of measure they were written in: nothing that would tell them in another is taken. */
#define MEASURED(vi, en, more) "indicators:\n  - id: iip\n    name: {vi: Chỉ số, en: Index}\n    unit: {vi: \"%\", en: \"%\"}\n    decimals: 6\n" \
        "  - id: sales\n    name: {vi: Doanh thu, en: Sales}\n    unit: {vi: \"" vi "\", en: \"" en "\"}\n    decimals: 0\n" more

static void an_indicator_keeps_its_unit_of_measure(void **state)
{
        static const struct { const char *indicators, *measures, *complaint; } cases[] = {
                { MEASURED("triệu đồng", "million VND", ""), NULL, "indicators/all.yaml:6:5: the figures of \"sales\" are in tỷ đồng and would be told in triệu đồng" },
                { MEASURED("tỷ đồng", "million VND", ""), NULL, "the figures of \"sales\" are in billion VND and would be told in million VND" }, /* in one language too */
                { MEASURED("triệu đồng", "million VND", ""), "measures:\n  - [nghìn triệu đồng, tỷ đồng]\n", "are in tỷ đồng and would be told in triệu đồng" },
                { MEASURED("tỷ đồng", "billion VND", "    prices: 2020\n"), NULL, "the figures of \"sales\" are at prices of 2010 and cannot be told at others" },
                { MEASURED("tỷ đồng", "billion VND", ""), NULL, "the figures of \"sales\" are at prices of 2010" },
                { MEASURED("tỷ đồng", "billion VND", "    prices: 2010\n"), "measures:\n  - [tỷ đồng]\n", "measures.yaml:2:5: the names of one unit of measure stand in a list of two or more" },
                { MEASURED("tỷ đồng", "billion VND", "    prices: 2010\n"), "measures:\n  - {a: b}\n", "measures.yaml:2:5: the names of one unit" },
                { MEASURED("nghìn triệu đồng", "thousand million VND", "    prices: 2010\n"), "measures:\n  - [nghìn triệu đồng, tỷ đồng]\n  - [billion VND, thousand million VND, VND bn]\n", NULL },
        };
        static const char first[] = MEASURED("tỷ đồng", "billion VND", "    prices: 2010\n");
        struct source sales = { "indicators/all.yaml", first, sizeof first - 1 };
        struct bench b;

        (void)state;
        bench_make(&b, "VN");
        assert_true(load(&b, base, BASE, NULL));
        assert_true(load(&b, &sales, 1, NULL));
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct source files[] = { { "indicators/all.yaml", cases[i].indicators, strlen(cases[i].indicators) }, { "measures.yaml", cases[i].measures, 0 } };
                bool ok;

                files[1].length = cases[i].measures == NULL ? 0 : strlen(cases[i].measures);
                ok = load(&b, files, cases[i].measures == NULL ? 1 : 2, NULL);
                if (ok != (cases[i].complaint == NULL) || (!ok && strstr(b.w.err.message, cases[i].complaint) == NULL))
                        fail_msg("case %zu: %s", i, ok ? "accepted" : b.w.err.message);
                bench_work(&b);
        }
        assert_string_equal(indicator_find(catalogue_of(&b.w), "sales")->unit_vi, "nghìn triệu đồng");
        assert_sound(&b);
        bench_close(&b);
}

static void a_path_out_of_form_is_refused(void **state)
{
        static const char *const paths[] = { "../units/x.form", "/etc/x.form", ".x.form", "a/../b.form", "a b.form", "đ.form" };
        struct bench b;

        (void)state;
        bench_make(&b, "VN");
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
                struct source s = { paths[i], "x", 1 };

                if (load(&b, &s, 1, NULL))
                        fail_msg("accepted %s", paths[i]);
        }
        bench_close(&b);
}

static void a_job_sees_its_own_change_and_a_failed_one_leaves_no_trace(void **state)
{
        struct source more[] = { TEXT_FILE("units/all.csv", HEAD "24,tinh,Bắc Ninh,Bac Ninh,VN,2004-01-01,\n25,tinh,Đất Tổ,Dat To,VN,2004-01-01,\n00001,xa,Một,Mot,25,2025-07-01,\n") };
        struct load l = { .files = more, .count = 1, .then_fail = true };
        struct bench b;

        (void)state;
        bench_make(&b, "VN");
        assert_true(load(&b, base, BASE, NULL));
        bench_work(&b);
        assert_false(ledger_write(&b.w, load_job, &l));
        assert_int_equal(l.changed, 1);
        assert_string_equal(unit_name_now(&b, "25"), "Phú Thọ");
        assert_true(load(&b, more, 1, NULL));
        assert_string_equal(unit_name_now(&b, "25"), "Đất Tổ");
        bench_close(&b);
}

static void a_work_keeps_the_catalogue_it_began_with(void **state)
{
        struct source more[] = { TEXT_FILE("units/all.csv", HEAD "25,tinh,Đất Tổ,Dat To,VN,2004-01-01,\n") };
        struct bench b;
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        struct work reader;
        const struct catalogue *c;
        struct error err = { 0 };

        (void)state;
        bench_make(&b, "VN");
        assert_true(load(&b, base, BASE, NULL));
        work_init(&reader, a, node_reader(b.node, &err), LANGUAGE_EN);
        reader.node = b.node;
        c = catalogue_of(&reader);
        for (int i = 0; i < 6; i++) { /* more than are kept while nobody holds them */
                char *text = arena_print(a, HEAD "24,tinh,Bắc Ninh,Bac Ninh,VN,2004-01-01,\n25,tinh,Tên %d,Ten %d,VN,2004-01-01,\n", i, i);
                struct source s = { "units/all.csv", text, strlen(text) };

                if (!load(&b, &s, 1, NULL))
                        fail_msg("%s", b.w.err.message);
                assert_string_equal(unit_name_now(&b, "25"), arena_print(a, "Tên %d", i));
        }
        assert_string_equal(unit_at(c, "25", day_of(2026, 1, 1))->name_vi, "Phú Thọ");
        assert_true(load(&b, more, 1, NULL));
        assert_string_equal(unit_at(c, "25", day_of(2026, 1, 1))->name_vi, "Phú Thọ");
        arena_close(a);
        bench_close(&b);
}

static void a_page_half_made_keeps_its_catalogue_when_the_database_goes(void **state)
{
        struct bench b;
        struct arena *a = arena_open(WORK_MEMORY_USUAL);
        struct work other;
        struct error err = { .language = LANGUAGE_EN };
        const struct catalogue *c;

        (void)state;
        bench_make(&b, "VN");
        assert_true(load(&b, base, BASE, NULL));
        place(&b, "00001");
        bench_work(&b);
        db_fail_at(b.w.db, 1);
        assert_null(catalogue_of(&b.w)); /* it never had one */
        assert_false(work_ok(&b.w));
        db_fail_at(b.w.db, 0);

        bench_work(&b);
        c = catalogue_of(&b.w);
        assert_non_null(c);
        work_init(&other, a, node_reader(b.node, &err), LANGUAGE_EN); /* another writes meanwhile: what the page has may not be the newest */
        other.node = b.node;
        other.user = &user_operator;
        if (!ledger_write(&other, place_job, (void *)(uintptr_t)"25"))
                fail_msg("%s", other.err.message);
        arena_close(a);
        db_attach_error(b.w.db, &b.w.err); /* this thread reads for the page again */
        db_fail_at(b.w.db, 1);
        assert_ptr_equal(catalogue_of(&b.w), c);
        assert_false(work_ok(&b.w)); /* and it is not taken for a success */
        db_fail_at(b.w.db, 0);
        bench_close(&b);
}

struct answer { const struct catalogue *before, *after; };

static bool answer_after_writing(struct work *w, void *argument)
{
        struct answer *x = argument;

        x->before = catalogue_of(w);
        db_fail_at(w->db, 1);
        db_number(w->db, "SELECT COUNT(*) FROM ledger_entry", NO_ARGS, 0);
        x->after = catalogue_of(w);
        db_fail_at(w->db, 0);
        return work_ok(w);
}

/* Who writes and then answers with a page, or JSON, does that within the same job. */
static void the_answer_to_a_writing_keeps_its_catalogue_when_the_database_goes(void **state)
{
        struct answer x = { NULL, NULL };
        struct bench b;

        (void)state;
        bench_make(&b, "VN");
        assert_true(load(&b, base, BASE, NULL));
        bench_work(&b);
        assert_false(ledger_write(&b.w, answer_after_writing, &x)); /* it is not taken for a success */
        assert_int_equal(b.w.err.code, ERR_ENVIRONMENT);
        assert_non_null(x.before);
        assert_ptr_equal(x.after, x.before);
        bench_close(&b);
}

static void a_changed_past_is_applied_again(void **state)
{
        struct source moved[] = { TEXT_FILE("units/all.csv", HEAD "24,tinh,Bắc Ninh,Bac Ninh,VN,2004-01-01,\n25,tinh,Phú Thọ,Phu Tho,VN,2004-01-01,\n00001,xa,Một,Mot,24,2025-07-01,\n") };
        struct bench b;

        (void)state;
        bench_make(&b, "VN");
        assert_true(load(&b, base, BASE, NULL));
        place(&b, "00001");
        assert_string_equal(parent_of(&b, "00001"), "25");
        if (!load(&b, moved, 1, NULL))
                fail_msg("%s", b.w.err.message);
        assert_string_equal(parent_of(&b, "00001"), "24");
        bench_close(&b);
}

/* ---- two nodes ------------------------------------------------------------------------------------------------------------ */

struct copy {
        struct bench *from;
        struct receiver *receiver;
        struct received received;
};

static bool keep_all(struct work *w, const char *node, const char *audience)
{
        (void)w;
        (void)node;
        (void)audience;
        return true;
}

static bool copy_entry(struct work *w, const struct entry *e, void *context)
{
        struct copy *c = context;

        (void)w;
        return receive_line(c->receiver, e->bytes, e->length);
}

static bool copy_job(struct work *w, void *argument)
{
        struct copy *c = argument;
        struct bench *from = c->from;
        size_t count;
        struct stream_state *streams;

        bench_work(from);
        c->receiver = receive_open(w, keep_all);
        streams = ledger_streams(&from->w, &count);
        for (size_t i = 0; i < count && c->receiver != NULL; i++) {
                char *seal;
                int64_t sealed;

                if (strcmp(streams[i].audience, AUDIENCE_LOCAL) == 0 || strcmp(streams[i].node, node_key(from->node)) != 0)
                        continue;
                if (!ledger_stream_after(&from->w, streams[i].name, 0, 0, copy_entry, c))
                        return false;
                seal = ledger_seal_line(&from->w, streams[i].name, streams[i].seq, &sealed);
                if (seal == NULL || !receive_line(c->receiver, seal, strlen(seal)))
                        return false;
        }
        return c->receiver != NULL && receive_close(c->receiver, &c->received);
}

static void copy(struct bench *from, struct bench *to)
{
        struct copy c = { .from = from };

        bench_work(to);
        if (!ledger_write(&to->w, copy_job, &c))
                fail_msg("%s", to->w.err.message);
}

struct enrol { const char *key, *unit; };

static bool enrol_job(struct work *w, void *argument)
{
        struct enrol *e = argument;

        return trust_enrol(w, e->key, e->unit, false);
}

static void enrol(struct bench *b, const struct bench *other)
{
        struct enrol e = { node_key(other->node), node_unit(other->node) };

        bench_work(b);
        if (!ledger_write(&b->w, enrol_job, &e))
                fail_msg("%s", b->w.err.message);
}

static void the_ministrys_version_stands_over_the_own_copy(void **state)
{
        struct source own[] = { TEXT_FILE("units/all.csv", HEAD "24,tinh,Bắc Ninh,Bac Ninh,VN,2004-01-01,\n25,tinh,Riêng,Own,VN,2004-01-01,\n00001,xa,Một,Mot,24,2025-07-01,\n") };
        struct bench ministry, province;
        size_t changed;

        (void)state;
        bench_make(&ministry, "VN");
        bench_make(&province, "25");
        enrol(&province, &ministry);
        assert_true(load(&province, base, BASE, NULL));
        assert_true(load(&ministry, base, BASE, NULL));
        assert_true(load(&province, own, 1, &changed));
        assert_int_equal(changed, 1);
        assert_string_equal(unit_name_now(&province, "25"), "Riêng");
        place(&province, "00001");
        assert_string_equal(parent_of(&province, "00001"), "24");

        /* It arrives, though it was written earlier: what rests on the past follows. */
        copy(&ministry, &province);
        assert_string_equal(unit_name_now(&province, "25"), "Phú Thọ");
        assert_string_equal(parent_of(&province, "00001"), "25");

        /* From now on an own copy changes nothing. */
        assert_true(load(&province, own, 1, &changed));
        assert_int_equal(changed, 0);
        bench_work(&province);
        assert_int_equal(catalogue_version(catalogue_of(&province.w)),
                         (bench_work(&ministry), catalogue_version(catalogue_of(&ministry.w))));
        assert_sound(&province);
        bench_close(&ministry);
        bench_close(&province);
}

static void what_waited_for_a_unit_is_applied_when_it_comes(void **state)
{
        struct source more[] = { TEXT_FILE("units/more.csv", "code,kind,name_vi,name_en,parent,from,to\n00002,xa,Hai,Hai,25,2025-07-01,\n") };
        struct bench ministry, commune, province;
        struct enrol other;
        size_t waiting;

        (void)state;
        bench_make(&ministry, "VN");
        bench_make(&province, "25");
        bench_make(&commune, "00002");
        enrol(&province, &ministry);
        other = (struct enrol){ node_key(commune.node), "00002" };
        bench_work(&province);
        assert_true(ledger_write(&province.w, enrol_job, &other));
        assert_true(load(&province, base, BASE, NULL));
        assert_true(load(&commune, base, BASE, NULL));
        assert_true(load(&commune, more, 1, NULL));
        place(&commune, "00002");
        copy(&commune, &province);
        assert_null(parent_of(&province, "00002"));
        bench_work(&province);
        ledger_set_aside(&province.w, &waiting);
        assert_int_equal(waiting, 1);
        assert_true(load(&ministry, base, BASE, NULL));
        assert_true(load(&ministry, more, 1, NULL));
        copy(&ministry, &province);
        assert_string_equal(parent_of(&province, "00002"), "25");
        bench_work(&province);
        ledger_set_aside(&province.w, &waiting);
        assert_int_equal(waiting, 0);
        assert_sound(&province);
        bench_close(&ministry);
        bench_close(&province);
        bench_close(&commune);
}

/* A moment after all that was written and before what comes. */
static moment between(void)
{
        static const struct timespec while_ = { 0, 3000000 };
        moment m;

        nanosleep(&while_, NULL);
        m = moment_now();
        nanosleep(&while_, NULL);
        return m;
}

/* ---- two nodes of the ministry ---------------------------------------------------------------------------------------- */

#define NAMED(vi) "indicators:\n  - id: iip\n    name: {vi: " vi ", en: Index}\n    unit: {vi: \"%\", en: \"%\"}\n    decimals: 6\n"
#define INDICATORS "indicators/all.yaml"

static const char *name_of_index(struct bench *b)
{
        bench_work(b);
        return indicator_find(catalogue_of(&b->w), "iip")->name_vi;
}

static int64_t contests(struct bench *b, const char *which)
{
        bench_work(b);
        return db_number(b->w.db, arena_print(b->w.arena, "SELECT COUNT(DISTINCT contest) FROM catalogue_contest WHERE %s", which), NO_ARGS, -1);
}

struct decision {
        const char *chosen, *of[2], *text; /* text: forged; NULL: as the program writes it */
        const char *reason;
};

static const char *version_hash(struct bench *b, const char *node)
{
        char hash[HASH_HEX];

        bench_work(b);
        assert_true(ledger_hash_of(&b->w, db_number(b->w.db, "SELECT MAX(v.entry) FROM catalogue_version v JOIN ledger_entry e ON e.id = v.entry JOIN ledger_stream s ON s.id = e.stream"
                                                              " WHERE v.path = '" INDICATORS "' AND s.node = $1", ARGS(v_text(node)), 0), hash));
        return strcpy(calloc(1, sizeof hash), hash);
}

static bool decide_job(struct work *w, void *argument)
{
        struct decision *d = argument;
        struct buf body;
        bool ok;

        if (d->text == NULL)
                return catalogue_settle(w, INDICATORS, d->chosen, d->of, 2, "the leader", d->reason);
        buf_init(&body, 0);
        buf_print(&body, "{\"path\":\"" INDICATORS "\",\"reason\":\"%s\",\"of\":[\"%s\",\"%s\"],\"text\":\"%s\"}", d->reason, d->of[0], d->of[1], d->text);
        ok = ledger_append(w, AUDIENCE_ALL, "catalogue.settle", "catalogue/" INDICATORS, &body, NULL);
        buf_clear(&body);
        return ok;
}

static enum error_code decide(struct bench *b, const struct user *user, struct decision d)
{
        bench_work(b);
        b->w.user = user;
        return ledger_write(&b->w, decide_job, &d) ? ERR_NONE : b->w.err.code;
}

static void what_two_nodes_of_the_ministry_define_unseen_is_decided_once_and_the_same_in_any_order(void **state)
{
        static const struct source one[] = { TEXT_FILE(INDICATORS, NAMED("Một")) }, two[] = { TEXT_FILE(INDICATORS, NAMED("Hai")) };
        static const struct user leader = { "leader", "", ROLE_DIRECTOR, "VN", false }, officer = { "officer", "", ROLE_SPECIALIST, "VN", false };
        struct bench a, b, late, early;
        const char *of_a, *of_b;
        int64_t heads[2];
        size_t aside;

        (void)state;
        bench_make(&a, "VN");
        bench_make(&b, "VN");
        bench_make(&late, "25");
        bench_make(&early, "24");
        for (struct bench *const *x = (struct bench *const[]){ &a, &b, &late, &early, NULL }; *x != NULL; x++)
                for (struct bench *const *y = (struct bench *const[]){ &a, &b, NULL }; *y != NULL; y++)
                        if (*x != *y)
                                enrol(*x, *y);
        assert_true(load(&a, base, BASE, NULL));
        assert_true(load(&a, one, 1, NULL));
        between();
        assert_true(load(&b, base, BASE, NULL)); /* as a new node begins: a copy, that undoes nothing */
        copy(&a, &b);
        copy(&b, &a);
        assert_string_equal(name_of_index(&a), "Một");
        assert_string_equal(name_of_index(&b), "Một");
        assert_int_equal(contests(&a, "1 = 1") + contests(&b, "1 = 1"), 0);

        assert_true(load(&a, base + 2, 1, NULL));
        assert_true(load(&a, one, 1, NULL));
        between();
        assert_true(load(&b, two, 1, NULL));
        copy(&a, &b);
        copy(&b, &a);
        for (struct bench *const *x = (struct bench *const[]){ &a, &b, NULL }; *x != NULL; x++) {
                assert_int_equal(contests(*x, "closed_by = ''"), 1);
                assert_string_equal(name_of_index(*x), "Hai");
        }
        of_a = version_hash(&a, node_key(a.node));
        of_b = version_hash(&a, node_key(b.node));
        heads[0] = (bench_work(&a), ledger_entry_by_hash(&a.w, of_a)->id);
        heads[1] = ledger_entry_by_hash(&a.w, of_b)->id;
        assert_string_equal(catalogue_ground(&a.w, INDICATORS, heads, 2), NAMED("Một"));

        /* Who may not, and what nobody said. */
        assert_int_equal(decide(&a, &officer, (struct decision){ of_a, { of_a, of_b }, NULL, "so" }), ERR_DENIED);
        assert_int_equal(decide(&a, &leader, (struct decision){ of_a, { of_a, of_b }, "indicators: []", "so" }), ERR_INVALID);
        assert_int_equal(decide(&a, &leader, (struct decision){ of_a, { of_a, of_b }, "x", "" }), ERR_INVALID);
        assert_int_equal(decide(&a, &leader, (struct decision){ of_a, { of_a, "00" }, "x", "so" }), ERR_MISSING);
        assert_int_equal(decide(&late, &leader, (struct decision){ of_a, { of_a, of_b }, "x", "so" }), ERR_DENIED);
        assert_int_equal(contests(&a, "closed_by = ''"), 1);

        assert_int_equal(decide(&a, &leader, (struct decision){ of_a, { of_a, of_b }, NULL, "as it was" }), ERR_NONE);
        assert_string_equal(name_of_index(&a), "Một");

        /* One node gets the decision before half of what it decides about: it waits; another the other half first. */
        copy(&a, &late);
        bench_work(&late);
        ledger_set_aside(&late.w, &aside);
        assert_int_equal(aside, 1);
        copy(&b, &late);
        copy(&b, &early);
        assert_string_equal(name_of_index(&early), "Hai");
        copy(&a, &early);
        copy(&a, &b);
        for (struct bench *const *x = (struct bench *const[]){ &a, &b, &late, &early, NULL }; *x != NULL; x++) {
                assert_string_equal(name_of_index(*x), "Một");
                assert_int_equal(contests(*x, "closed_by = ''"), 0);
                assert_int_equal(contests(*x, "closed_by <> ''"), 1);
                bench_work(*x);
                ledger_set_aside(&(*x)->w, &aside);
                assert_int_equal(aside, 0);
                assert_sound(*x);
        }

        /* Undone by a further entry in sight of all. */
        assert_true(load(&b, two, 1, NULL));
        copy(&b, &late);
        copy(&b, &a);
        assert_string_equal(name_of_index(&late), "Hai");
        assert_int_equal(contests(&late, "closed_by = ''") + contests(&a, "closed_by = ''"), 0);
        free((char *)(uintptr_t)of_a);
        free((char *)(uintptr_t)of_b);
        bench_close(&a);
        bench_close(&b);
        bench_close(&late);
        bench_close(&early);
}

static bool forge_job(struct work *w, void *json)
{
        struct buf body;
        bool ok;

        buf_init(&body, 0);
        buf_text(&body, json);
        ok = ledger_append(w, AUDIENCE_ALL, "catalogue.file", "catalogue/x", &body, NULL);
        buf_clear(&body);
        return ok;
}

static void only_the_ministry_and_its_administrators_define(void **state)
{
        static const struct user clerk = { "clerk", "", ROLE_SPECIALIST, "VN", false };
        char good[] = "{\"path\":\"periods.yaml\",\"text\":\"windows: []\\n\"}";
        char bad[] = "{\"path\":\"../periods.yaml\",\"text\":\"windows: []\\n\"}";
        struct bench ministry, province;

        (void)state;
        bench_make(&ministry, "VN");
        bench_make(&province, "25");
        assert_false(ledger_write(&province.w, forge_job, good));
        assert_int_equal(province.w.err.code, ERR_DENIED);
        bench_work(&ministry);
        ministry.w.user = &clerk;
        assert_false(ledger_write(&ministry.w, forge_job, good));
        assert_int_equal(ministry.w.err.code, ERR_DENIED);
        bench_work(&ministry);
        assert_false(ledger_write(&ministry.w, forge_job, bad));
        assert_int_equal(ministry.w.err.code, ERR_INVALID);
        bench_work(&ministry);
        assert_true(ledger_write(&ministry.w, forge_job, good));
        bench_close(&ministry);
        bench_close(&province);
}

static void a_folder_gives_the_files_of_the_catalogue_only(void **state)
{
        struct arena *a = arena_open((size_t)16 << 20);
        struct error err = { .language = LANGUAGE_EN };
        const char *folder = test_folder();
        size_t count;
        struct source *files;

        (void)state;
        assert_null(catalogue_folder(a, "/nonexistent", &count, &err));
        assert_int_equal(err.code, ERR_MISSING);
        error_clear(&err);
        assert_null(catalogue_folder(a, folder, &count, &err));
        assert_int_equal(err.code, ERR_MISSING);
        error_clear(&err);
        for (int i = 0; i < 3; i++) {
                static const char *const made[] = { "periods.yaml", "README.md", "notes.txt" };
                FILE *f = fopen(arena_print(a, "%s/%s", folder, made[i]), "w");

                assert_non_null(f);
                fputs("windows: []\n", f);
                fclose(f);
        }
        files = catalogue_folder(a, folder, &count, &err);
        assert_non_null(files);
        assert_int_equal(count, 1);
        assert_string_equal(files[0].path, "periods.yaml");
        assert_string_equal(files[0].text, "windows: []\n");
        arena_close(a);
}

static const char *unit_name_known(struct bench *b, const char *code, moment known)
{
        const struct catalogue *c, *now;
        const struct unit *u;

        bench_work(b);
        now = catalogue_of(&b->w);
        b->w.known = known;
        c = catalogue_of(&b->w);
        assert_non_null(c);
        assert_ptr_equal(catalogue_of(&b->w), c);
        assert_ptr_equal(catalogue_now(&b->w), now);
        u = unit_at(c, code, day_of(2026, 1, 1));
        return u == NULL ? NULL : u->name_vi;
}

static bool has_indicator(struct bench *b, const char *id, moment known)
{
        bench_work(b);
        b->w.known = known;
        return indicator_find(catalogue_of(&b->w), id) != NULL;
}

static bool has_file(struct bench *b, const char *path, moment known)
{
        bench_work(b);
        b->w.known = known;
        return catalogue_file(catalogue_of(&b->w), path) != NULL;
}

static bool withdraw_job(struct work *w, void *path)
{
        struct complaints complaints = { .arena = w->arena };

        assert_non_null(unit_at(catalogue_of(w), "24", day_of(2026, 1, 1))); /* a job goes by what is now, whatever is asked */
        return catalogue_withdraw(w, path, NULL, &complaints);
}

#define INDICATOR(id) "indicators:\n  - id: " id "\n    name: {vi: Tên, en: Name}\n    unit: {vi: \"%\", en: \"%\"}\n    decimals: 6\n"

static void at_a_moment_the_catalogue_is_that_of_then(void **state)
{
        static const struct source one[] = { TEXT_FILE("units/all.csv", HEAD "25,tinh,Đất Tổ,Dat To,VN,2004-01-01,\n") },
                                   two[] = { TEXT_FILE("units/all.csv", HEAD "24,tinh,Kinh Bắc,Kinh Bac,VN,2004-01-01,\n25,tinh,Đất Tổ,Dat To,VN,2004-01-01,\n"),
                                             TEXT_FILE("indicators/more.yaml", INDICATOR("more")), TEXT_FILE("periods.yaml", "windows: []\n") },
                                   moved[] = { TEXT_FILE("indicators/all.yaml", INDICATOR("iip") "  - id: older\n    name: {vi: Tên, en: Name}\n    unit: {vi: \"%\", en: \"%\"}\n    decimals: 6\n") },
                                   again[] = { TEXT_FILE("indicators/all.yaml", INDICATOR("iip")), TEXT_FILE("indicators/older.yaml", INDICATOR("older")) };
        struct bench b;
        moment first, second, third, fourth;

        (void)state;
        bench_make(&b, "VN");
        assert_true(load(&b, base, BASE, NULL));
        first = between();
        assert_string_equal(unit_name_known(&b, "25", first), "Phú Thọ"); /* nothing was written since */
        assert_true(load(&b, one, 1, NULL));
        second = between();
        assert_true(load(&b, two, 3, NULL));
        third = between();
        assert_string_equal(unit_name_known(&b, "25", first), "Phú Thọ");
        assert_string_equal(unit_name_known(&b, "24", first), "Bắc Ninh");
        assert_string_equal(unit_name_known(&b, "25", second), "Đất Tổ");
        assert_null(unit_name_known(&b, "24", second));
        assert_string_equal(unit_name_known(&b, "24", third), "Kinh Bắc");
        assert_string_equal(unit_name_known(&b, "24", 0), "Kinh Bắc");
        assert_string_equal(unit_name_known(&b, "24", INT64_MAX), "Kinh Bắc");
        assert_string_equal(unit_name_known(&b, "24", moment_of_day(day_of(2020, 1, 1))), "Kinh Bắc"); /* before the first record: as it is now */

        /* A file that came later is there as it was first written; */
        assert_true(has_indicator(&b, "more", first));
        assert_false(has_indicator(&b, "most", first));

        /* where it fits. */
        assert_true(load(&b, moved, 1, NULL));
        fourth = between();
        assert_true(load(&b, again, 2, NULL));
        assert_true(has_indicator(&b, "older", 0));
        assert_true(has_indicator(&b, "older", fourth)); /* as it stood in the other file */
        assert_true(has_indicator(&b, "iip", fourth));
        assert_true(has_indicator(&b, "older", first)); /* as it was first written */

        /* What was withdrawn is there until then; in a job, and for another work, all is as it is now. */
        bench_work(&b);
        b.w.known = second;
        assert_true(ledger_write(&b.w, withdraw_job, (void *)(uintptr_t) "periods.yaml"));
        assert_false(has_file(&b, "periods.yaml", 0));
        assert_true(has_file(&b, "periods.yaml", fourth));
        assert_true(has_file(&b, "periods.yaml", second)); /* as it was first written */
        assert_sound(&b);
        assert_null(unit_name_known(&b, "24", second));
        bench_close(&b);
}

static void a_moment_goes_by_when_it_was_written_not_when_it_came(void **state)
{
        static const struct source own[] = { TEXT_FILE("units/all.csv", HEAD "24,tinh,Bắc Ninh,Bac Ninh,VN,2004-01-01,\n25,tinh,Riêng,Own,VN,2004-01-01,\n") },
                                   renamed[] = { TEXT_FILE("units/all.csv", HEAD "24,tinh,Bắc Ninh,Bac Ninh,VN,2004-01-01,\n25,tinh,Đất Tổ,Dat To,VN,2004-01-01,\n") };
        struct bench ministry, province;
        moment before, first, second;

        (void)state;
        bench_make(&ministry, "VN");
        bench_make(&province, "25");
        enrol(&province, &ministry);
        assert_true(load(&province, base, BASE, NULL));
        assert_true(load(&province, own, 1, NULL));
        before = between();
        assert_string_equal(unit_name_known(&province, "25", before), "Riêng");
        assert_true(load(&ministry, base, BASE, NULL));
        first = between();
        assert_true(load(&ministry, renamed, 1, NULL));
        second = between();
        copy(&ministry, &province);
        assert_string_equal(unit_name_known(&province, "25", before), "Riêng"); /* its own copy stood */
        assert_string_equal(unit_name_known(&province, "25", first), "Phú Thọ");
        assert_string_equal(unit_name_known(&province, "25", second), "Đất Tổ");
        assert_string_equal(unit_name_known(&ministry, "25", first), "Phú Thọ");
        assert_sound(&province);
        assert_string_equal(unit_name_known(&province, "25", first), "Phú Thọ");
        bench_close(&ministry);
        bench_close(&province);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(before_any_file_the_catalogue_is_empty),
                cmocka_unit_test(loading_twice_changes_nothing),
                cmocka_unit_test(what_stands_in_the_program_loads_and_is_not_copied),
                cmocka_unit_test(a_bad_file_changes_nothing),
                cmocka_unit_test(what_was_wrong_before_holds_up_only_what_touches_it),
                cmocka_unit_test(decimals_are_kept_for_ever),
                cmocka_unit_test(an_indicator_keeps_its_unit_of_measure),
                cmocka_unit_test(a_path_out_of_form_is_refused),
                cmocka_unit_test(a_job_sees_its_own_change_and_a_failed_one_leaves_no_trace),
                cmocka_unit_test(a_work_keeps_the_catalogue_it_began_with),
                cmocka_unit_test(a_page_half_made_keeps_its_catalogue_when_the_database_goes),
                cmocka_unit_test(the_answer_to_a_writing_keeps_its_catalogue_when_the_database_goes),
                cmocka_unit_test(a_changed_past_is_applied_again),
                cmocka_unit_test(what_two_nodes_of_the_ministry_define_unseen_is_decided_once_and_the_same_in_any_order),
                cmocka_unit_test(the_ministrys_version_stands_over_the_own_copy),
                cmocka_unit_test(what_waited_for_a_unit_is_applied_when_it_comes),
                cmocka_unit_test(only_the_ministry_and_its_administrators_define),
                cmocka_unit_test(a_folder_gives_the_files_of_the_catalogue_only),
                cmocka_unit_test(at_a_moment_the_catalogue_is_that_of_then),
                cmocka_unit_test(a_moment_goes_by_when_it_was_written_not_when_it_came),
        };

        catalogue_register_dependent(&place_dependent);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
