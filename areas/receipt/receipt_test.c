#include "tests/support.h"

#include <sodium.h>

#include "areas/receipt/receipt.h"
#include "base/hex.h"

#define KEY "8d5b1e92223110e993b497a428dec7aa9ef081fd9482b821203e5d0e571e755e"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static struct arena *arena;
static struct catalogue *catalogue;
static struct arena *catalogue_arena;

static int begin_all(void **state)
{
        struct complaints complaints;
        size_t count;
        const struct source *files = catalogue_shipped(&count);

        (void)state;
        catalogue_arena = arena_open(WORK_MEMORY_USUAL);
        complaints = (struct complaints){ .arena = catalogue_arena };
        catalogue = catalogue_parse(catalogue_arena, files, count, &complaints);
        assert_int_equal(complaints.count, 0);
        return 0;
}

static int end_all(void **state)
{
        (void)state;
        arena_close(catalogue_arena);
        return 0;
}

static int begin(void **state)
{
        (void)state;
        arena = arena_open((size_t)16 << 20);
        return 0;
}

static int end(void **state)
{
        (void)state;
        arena_close(arena);
        return 0;
}

/* What a verified proof of such an entry is; code NULL: the right one. */
static struct proof *proof_of(const char *kind, const char *subject, const char *body, const char *code)
{
        struct error err = { .language = LANGUAGE_EN };
        struct proof *p = arena_alloc(arena, sizeof *p);
        char *line = arena_print(arena,
                                 "{\"stream\":\"" KEY "/42\",\"seq\":3,\"at\":\"2026-11-01T02:15:00.000Z/0\","
                                 "\"author\":\"an\",\"role\":\"director\",\"kind\":\"%s\",\"subject\":\"%s\",\"prev\":\"" ZEROS
                                 "\",\"body\":%s}", kind, subject, body);

        p->entry = entry_parse(arena, line, strlen(line), &err);
        if (p->entry == NULL)
                fail_msg("%s", err.message);
        if (code == NULL) {
                char *right = arena_alloc(arena, RECEIPT_CODE_MAX);

                receipt_code(p->entry->hash, right);
                code = right;
        }
        p->name = code;
        p->entries = 1;
        p->sealed_seq = 3;
        p->sealed_at = p->entry->at;
        p->signature = "";
        return p;
}

#define SUBJECT "report/monthly/42@2004-01-01/2026-10"
#define BODY(figures) \
        "{\"by\":\"Nguyễn An\",\"filled_by\":\"Thu Hà\",\"version\":2,\"explanations\":{\"7\":\"Lò cao\"},\"figures\":\"" \
        figures "\"}"
#define FIGURES                                                                                    \
        "iip_yoy,42,2026-10,,,107.25\\niip_yoy,42,2026-10,C,,109.8\\nexport_value,42,2026-10,,,1234.5,submitted,estimate\\n" \
        "promotion_projects_accepted,42,2026-10,,,3\\n"

static void a_receipt_says_what_was_filed_in_the_reader_s_language(void **state)
{
        struct error err = { .language = LANGUAGE_VI };
        struct proof *p = proof_of("report.send", SUBJECT, BODY(FIGURES), NULL);
        struct receipt *r = receipt_of(arena, LANGUAGE_VI, catalogue, p, &err);

        (void)state;
        if (r == NULL)
                fail_msg("%s", err.message);
        assert_string_equal(r->form, "monthly");
        assert_string_equal(r->form_title, "Chỉ tiêu chủ yếu ngành Công Thương");
        assert_string_equal(r->unit, "42");
        assert_string_equal(r->unit_name, "Sở Công Thương Hà Tĩnh");
        assert_string_equal(r->period_name, "Tháng 10/2026");
        assert_string_equal(r->sent_at, "09:15, 01/11/2026");
        assert_string_equal(r->filled_by, "Thu Hà");
        assert_string_equal(r->sent_by, "Nguyễn An");
        assert_string_equal(r->role, "Giám đốc");
        assert_int_equal(r->version, 2);
        assert_string_equal(r->page, "/forms/monthly/42/2026-10?version=2");
        assert_int_equal(r->figure_count, 4);
        assert_string_equal(r->figures[0].cell, "1");
        assert_string_equal(r->figures[1].label, "Công nghiệp chế biến, chế tạo");
        assert_string_equal(r->figures[2].value, "1.234,5");
        assert_string_equal(r->figures[2].plain, "1234.5");
        assert_string_equal(r->figures[2].measure, "triệu USD");
        assert_string_equal(r->figures[2].explanation, "Lò cao");
        r = receipt_of(arena, LANGUAGE_EN, catalogue, p, &err);
        assert_string_equal(r->figures[2].value, "1,234.5");
        assert_string_equal(r->unit_name, "Department of Industry and Trade of Ha Tinh");
}

#define DECISION(figures) "{\"by\":\"Thu Hà\",\"reason\":\"theo tờ khai\",\"of\":[\"" ZEROS "\"],\"unpublished\":[\"" KEY "\"],\"chosen\":\"" KEY "\",\"figures\":\"" figures "\"}"

static void a_decision_names_the_versions_the_one_chosen_and_what_stands(void **state)
{
        static const char *const expected[] = { ZEROS, KEY, KEY, "theo tờ khai" };
        struct error err = { .language = LANGUAGE_VI };
        const char *many = "retail_sales,42,2026-07,,,1\\n";
        struct receipt *r = receipt_of(arena, LANGUAGE_VI, catalogue,
                                       proof_of("figures.settle", "figures", DECISION("export_value,42,2026-08,,,191.2,published,none\\nretail_sales,42,2026-07,,,4512.3\\n"), NULL), &err);

        (void)state;
        if (r == NULL)
                fail_msg("%s", err.message);
        assert_string_equal(r->unit_name, "Sở Công Thương Hà Tĩnh");
        assert_string_equal(r->period, "2026-08");
        assert_int_equal(r->fact_count, 4);
        for (size_t i = 0; i < 4; i++)
                assert_string_equal(r->facts[i].value, expected[i]);
        assert_int_equal(r->figure_count, 2);
        assert_string_equal(r->figures[0].value, "191,2");
        assert_string_equal(r->figures[1].plain, "4512.3");
        assert_non_null(strstr(r->figures[1].label, "(42, 2026-07)"));
        assert_string_equal(r->page + strlen("/figures/entry/"), r->hash);
        for (int i = 0; i < 4; i++) /* 10 to the fourth */
                many = arena_print(arena, "%s%s%s%s%s%s%s%s%s%s", many, many, many, many, many, many, many, many, many, many);
        r = receipt_of(arena, LANGUAGE_VI, NULL, proof_of("report.settle", SUBJECT, arena_print(arena, DECISION("%s"), many), NULL), &err);
        assert_non_null(r);
        assert_int_equal(r->figure_count, 0);
        assert_string_equal(r->facts[4].value, "10000");
}

static void without_a_catalogue_the_codes_stand_for_the_names(void **state)
{
        struct error err = { .language = LANGUAGE_VI };
        struct receipt *r = receipt_of(arena, LANGUAGE_VI, NULL,
                                       proof_of("report.send", SUBJECT, BODY(FIGURES), NULL), &err);

        (void)state;
        assert_non_null(r);
        assert_string_equal(r->form_title, "monthly");
        assert_string_equal(r->unit_name, "42");
        assert_int_equal(r->figure_count, 4);
        assert_string_equal(r->figures[1].label, "iip_yoy C");
        assert_string_equal(r->figures[2].value, "1.234,5");
        assert_string_equal(r->figures[2].cell, "");
}

static void what_the_catalogue_does_not_know_is_shown_by_its_code(void **state)
{
        struct error err = { .language = LANGUAGE_VI };
        struct receipt *r = receipt_of(arena, LANGUAGE_VI, catalogue,
                                       proof_of("report.send", "report/yearly_2031/99@2030-01-01/2031",
                                                BODY("gold_mined,99,2031,a,b,12.345678\\n=,=,=,c,,-7\\n"), NULL), &err);

        (void)state;
        assert_non_null(r);
        assert_string_equal(r->form_title, "yearly_2031");
        assert_string_equal(r->unit_name, "99");
        assert_string_equal(r->figures[0].label, "gold_mined a b");
        assert_string_equal(r->figures[0].value, "12,345678");
        assert_string_equal(r->figures[1].indicator, "gold_mined");
        assert_string_equal(r->figures[1].value, "−7");
}

#define CLUSTER_SUBJECT "cluster-report/01/0000000001-T1/2026-S1"
#define CLUSTER_BODY(more) \
        "{\"form\":\"01\",\"about\":\"0000000001-T1\",\"title\":\"Nhà máy gỗ · Cụm A\",\"period\":\"2026-S1\",\"cells\":{\"revenue\":\"120.500000\",\"labour\":\"310.000000\",\"other\":\"7.25\"}," \
        "\"remark\":\"đếm lại\",\"unit\":\"18073@2025-07-01\",\"by\":\"Kế toán\"" more "}"

static void a_report_on_clusters_says_its_rows_in_the_order_of_its_form(void **state)
{
        struct error err = { .language = LANGUAGE_VI };
        struct proof *p = proof_of("cluster.report", CLUSTER_SUBJECT, CLUSTER_BODY(""), NULL);
        struct receipt *r = receipt_of(arena, LANGUAGE_VI, catalogue, p, &err);

        (void)state;
        if (r == NULL)
                fail_msg("%s", err.message);
        assert_string_equal(r->form, "01");
        assert_string_equal(r->about, "0000000001-T1");
        assert_string_equal(r->about_said, "Nhà máy gỗ · Cụm A");
        assert_string_equal(r->unit, "18073");
        assert_string_equal(r->period, "2026-S1");
        assert_string_equal(r->sent_by, "Kế toán");
        assert_string_equal(r->page, "/clusters/reports/01/0000000001-T1/2026-S1");
        assert_int_equal(r->figure_count, 3);
        assert_string_equal(r->figures[0].cell, "revenue");
        assert_string_equal(r->figures[0].value, "120,5");
        assert_string_equal(r->figures[0].plain, "120.500000");
        assert_string_not_equal(r->figures[0].label, "");
        assert_string_equal(r->figures[1].value, "310");
        assert_string_equal(r->figures[2].cell, "other"); /* the form of this program has no such row */
        assert_string_equal(r->figures[2].value, "7,25");
        assert_int_equal(r->fact_count, 1);
        assert_string_equal(r->facts[0].value, "đếm lại");
        r = receipt_of(arena, LANGUAGE_VI, NULL, p, &err);
        assert_non_null(r);
        assert_string_equal(r->form_title, "01");
        assert_int_equal(r->figure_count, 3);
}

#define OF "\"of\":{\"workflow\":\"cluster_establishment\",\"received\":\"2026-09-01\",\"title\":\"Cụm 42 ha\"},"
#define ACT(of) "{\"action\":\"publish\",\"on\":\"2026-09-02\",\"documents\":{\"notice\":{\"number\":\"2/TB\",\"on\":\"2026-09-02\"}},\"fields\":{\"area_ha\":\"42.5\"},\"reason\":\"Đủ\"," of \
                "\"by\":\"Xã\",\"unit\":\"18073@2025-07-01\"}"

static void an_act_in_a_case_says_what_was_done_with_its_documents_and_fields(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        struct receipt *r = receipt_of(arena, LANGUAGE_EN, catalogue, proof_of("case.act", "case/7QW2M0KXTA", ACT(OF), NULL), &err);

        (void)state;
        if (r == NULL)
                fail_msg("%s", err.message);
        assert_string_equal(r->form, "cluster_establishment");
        assert_string_not_equal(r->form_title, r->form);
        assert_string_equal(r->about, "7QW2M0KXTA");
        assert_string_equal(r->about_said, "7QW2M0KXTA · Cụm 42 ha");
        assert_string_equal(r->page, "/cases/7QW2M0KXTA");
        assert_int_equal(r->fact_count, 4);
        assert_string_equal(r->facts[0].plain, "publish");
        assert_string_not_equal(r->facts[0].value, "publish");
        assert_string_equal(r->facts[1].plain, "2026-09-02");
        assert_string_equal(r->facts[2].value, "Đủ");
        assert_string_equal(r->facts[3].value, "2/TB · 2 September 2026");
        assert_int_equal(r->figure_count, 1);
        assert_string_equal(r->figures[0].value, "42.50 ha");
        r = receipt_of(arena, LANGUAGE_EN, catalogue, proof_of("case.act", "case/7QW2M0KXTA", ACT(""), NULL), &err);
        assert_non_null(r); /* as programs wrote it that knew of no receipts: in codes */
        assert_string_equal(r->form, "");
        assert_string_equal(r->facts[0].value, "publish");
        assert_string_equal(r->figures[0].label, "area_ha");
}

/* Nothing of what was signed is left out, however much it is. */
static void an_act_that_names_many_units_names_all_of_them(void **state)
{
        struct error err = { .language = LANGUAGE_EN };
        const char *units = "\"0\"";
        struct receipt *r;

        (void)state;
        for (int i = 1; i < 200; i++)
                units = arena_print(arena, "%s,\"%d\"", units, i);
        r = receipt_of(arena, LANGUAGE_EN, NULL, proof_of("case.act", "case/7QW2M0KXTA", arena_print(arena, "{\"action\":\"ask\",\"on\":\"2026-09-02\",\"units\":[%s],\"unit\":\"18073\"}", units), NULL), &err);
        assert_non_null(r);
        assert_int_equal(r->fact_count, 202); /* what was done, and when */
        assert_string_equal(r->facts[201].value, "199");
}

static void what_is_no_receipt_is_refused(void **state)
{
        static const struct { const char *kind, *subject, *body, *code; enum error_code expected; } cases[] = {
                { "report.accept", SUBJECT, BODY(FIGURES), NULL, ERR_INVALID },
                { "report.send", "note/1", BODY(FIGURES), NULL, ERR_INVALID },
                { "report.send", SUBJECT, BODY(FIGURES), "00000-00000", ERR_DAMAGED },
                { "report.send", SUBJECT, "{}", NULL, ERR_INVALID },
                { "report.send", SUBJECT, BODY("iip_yoy,42,2026-10,,\\n"), NULL, ERR_INVALID },
                { "report.send", SUBJECT, BODY("=,42,2026-10,,,1\\n"), NULL, ERR_INVALID },
                { "report.send", SUBJECT, BODY(",42,2026-10,,,1\\n"), NULL, ERR_INVALID },
                { "report.send", SUBJECT, BODY("nonsense"), NULL, ERR_INVALID },
                { "figures.settle", "figures", "{}", NULL, ERR_INVALID },
                { "figures.settle", "figures", DECISION("export_value,42"), NULL, ERR_INVALID },
                { "figures.settle", "figures", DECISION("export_value,42,2026-08,,,\\n"), NULL, ERR_INVALID },
                { "cluster.set", CLUSTER_SUBJECT, CLUSTER_BODY(""), NULL, ERR_INVALID },
                { "cluster.report", CLUSTER_SUBJECT, "{}", NULL, ERR_INVALID },
                { "cluster.report", CLUSTER_SUBJECT, "{\"form\":\"01\",\"about\":\"x\",\"period\":\"x\",\"cells\":{}}", NULL, ERR_INVALID },
                { "cluster.report", CLUSTER_SUBJECT, "{\"form\":\"01\",\"about\":\"x\",\"period\":\"2026\",\"cells\":[]}", NULL, ERR_INVALID },
                { "case.assign", "case/7QW2M0KXTA", ACT(OF), NULL, ERR_INVALID },
                { "case.act", "case/7QW2M0KXTA", "{}", NULL, ERR_INVALID },
                { "case.act", "note/1", ACT(OF), NULL, ERR_INVALID },
                { "case.act", "case/7QW2M0KXTA", ACT(OF), "00000-00000", ERR_DAMAGED },
                { "quality.answer", "quality/x", "{\"finding\":\"a/b/c\",\"answer\":\"explained\"}", NULL, ERR_INVALID },
                { "quality.answer", "quality/x", "{\"finding\":\"a/b/c/d/no period/f/g\",\"answer\":\"explained\"}", NULL, ERR_INVALID },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct error err = { .language = LANGUAGE_VI };
                struct proof *p = proof_of(cases[i].kind, cases[i].subject, cases[i].body, cases[i].code);

                if (receipt_of(arena, LANGUAGE_VI, catalogue, p, &err) != NULL || err.code != cases[i].expected)
                        fail_msg("case %zu: %s", i, err.message);
        }
}

static void the_public_is_told_no_figure_and_no_name(void **state)
{
        struct error err = { .language = LANGUAGE_VI };
        struct receipt *r = receipt_of(arena, LANGUAGE_VI, catalogue,
                                       proof_of("report.send", SUBJECT, BODY(FIGURES), NULL), &err);
        struct buf seen, whole, text;

        (void)state;
        assert_non_null(r);
        buf_init(&seen, 0);
        buf_init(&whole, 0);
        buf_init(&text, 0);
        receipt_write_json(r, true, &seen);
        receipt_write_json(r, false, &whole);
        receipt_write_text(arena, r, LANGUAGE_VI, &text);
        assert_non_null(strstr(seen.data, r->code));
        assert_null(strstr(seen.data, "1234.5"));
        assert_null(strstr(seen.data, "Thu Hà"));
        assert_null(strstr(seen.data, r->hash));
        assert_non_null(strstr(whole.data, "\"1234.5\""));
        assert_non_null(strstr(whole.data, "Thu Hà"));
        assert_non_null(strstr(text.data, "1.234,5 triệu USD"));
        assert_non_null(strstr(text.data, "Giải trình: Lò cao"));
        buf_clear(&seen);
        buf_clear(&whole);
        buf_clear(&text);
}

static void nothing_that_was_filed_looks_like_a_line_of_the_receipt(void **state)
{
        static const char body[] = "{\"by\":\"An\\nunit: VN\",\"filled_by\":\"Thu\\r\\nunit: VN\",\"version\":1,\"explanations\":{\"7\":\"x\\nunit: VN\\r\\n\\runit: VN\"},"
                                   "\"figures\":\"export_value,42,2026-10,tong_tri_gia,,1\\n\"}";
        struct error err = { .language = LANGUAGE_EN };
        struct receipt *r = receipt_of(arena, LANGUAGE_EN, catalogue, proof_of("report.send", SUBJECT, body, NULL), &err);
        const char *line;
        int units = 0, filed = 0;
        struct buf text;

        (void)state;
        assert_non_null(r);
        buf_init(&text, 0);
        receipt_write_text(arena, r, LANGUAGE_EN, &text);
        for (line = text.data; line != NULL && *line != '\0'; line = strchr(line, '\n') + 1) {
                units += strncmp(line, "unit: ", 6) == 0;
                filed += strncmp(line, "        unit: VN", 16) == 0;
        }
        assert_int_equal(units, 1);
        assert_int_equal(filed, 4);
        assert_null(strchr(text.data, '\r'));
        buf_clear(&text);
}

/* The file of such an entry, sealed under the key. */
static struct buf sealed(const char *kind, const char *subject, const char *body, const unsigned char *secret, const char *key)
{
        static const char at[] = "2026-11-01T02:15:00.000Z/0";
        struct error err = { .language = LANGUAGE_EN };
        unsigned char signature[crypto_sign_BYTES];
        char hash[HASH_HEX], code[RECEIPT_CODE_MAX], hex[crypto_sign_BYTES * 2 + 1];
        const char *line = arena_print(arena, "{\"stream\":\"%s/42\",\"seq\":3,\"at\":\"%s\",\"author\":\"an\",\"role\":\"director\",\"kind\":\"%s\",\"subject\":\"%s\",\"prev\":\"" ZEROS
                                       "\",\"body\":%s}", key, at, kind, subject, body), *seal;
        const struct entry *e = entry_parse(arena, line, strlen(line), &err);
        struct buf out;

        if (e == NULL)
                fail_msg("%s", err.message);
        hex_write(hash, e->hash, HASH_BYTES);
        receipt_code(e->hash, code);
        seal = arena_print(arena, "{\"seal\":\"%s/42\",\"seq\":3,\"hash\":\"%s\",\"at\":\"%s\"", key, hash, at);
        crypto_sign_detached(signature, NULL, (const unsigned char *)seal, strlen(seal), secret);
        hex_write(hex, signature, sizeof signature);
        buf_init(&out, 0);
        buf_print(&out, "{\"caunoi_proof\":1,\"name\":\"%s\",\"entry\":\"%s\",\"entries\":1}\n%s\n%s,\"signature\":\"%s\"}\n", code, hash, line, seal, hex);
        return out;
}

static const char *reads(const struct buf *file, const char *key)
{
        struct error err = { .language = LANGUAGE_EN };
        struct proof *p = proof_read(arena, file->data, file->length, key, &err);

        return p != NULL && receipt_of(arena, LANGUAGE_EN, NULL, p, &err) != NULL ? NULL : arena_text(arena, err.message);
}

static void a_file_of_any_kind_is_refused_where_one_byte_was_changed(void **state)
{
        static const struct { const char *kind, *subject, *body; } cases[] = {
                { "report.send", SUBJECT, BODY(FIGURES) }, { "cluster.report", CLUSTER_SUBJECT, CLUSTER_BODY("") }, { "case.act", "case/7QW2M0KXTA", ACT(OF) },
                { "quality.answer", "quality/x", "{\"finding\":\"monthly/unit/retail_sales/42/2026-09//\",\"unit\":\"42@2004-01-01\",\"value\":\"4.5\",\"answer\":\"explained\",\"reason\":\"x\",\"by\":\"an\"}" },
                { "case.open", "case/7QW2M0KXTA", "{\"workflow\":\"cluster_lease\",\"case_unit\":\"18073@2025-07-01\",\"title\":\"H1\",\"on\":\"2026-09-02\",\"fields\":{\"plot\":\"H1\"},\"by\":\"E\",\"unit\":\"42@2004-01-01\"}" },
        };
        unsigned char secret[crypto_sign_SECRETKEYBYTES], public[KEY_BYTES];
        char key[KEY_HEX];

        (void)state;
        crypto_sign_keypair(public, secret);
        hex_write(key, public, sizeof public);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct buf file = sealed(cases[i].kind, cases[i].subject, cases[i].body, secret, key);
                const char *fault = reads(&file, key);

                if (fault != NULL)
                        fail_msg("%s: %s", cases[i].kind, fault);
                for (size_t at = 0; at + 1 < file.length; at++) /* the last line end may be missing */
                        for (unsigned char bit = 1; bit != 0; bit = (unsigned char)(bit << 1)) {
                                file.data[at] = (char)(file.data[at] ^ bit);
                                fault = reads(&file, key);
                                if (fault == NULL || *fault == '\0')
                                        fail_msg("%s: byte %zu, bit %d", cases[i].kind, at, bit);
                                file.data[at] = (char)(file.data[at] ^ bit);
                                arena_reset(arena);
                        }
                buf_clear(&file);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_receipt_says_what_was_filed_in_the_reader_s_language, begin, end),
                cmocka_unit_test_setup_teardown(a_decision_names_the_versions_the_one_chosen_and_what_stands, begin, end),
                cmocka_unit_test_setup_teardown(without_a_catalogue_the_codes_stand_for_the_names, begin, end),
                cmocka_unit_test_setup_teardown(what_the_catalogue_does_not_know_is_shown_by_its_code, begin, end),
                cmocka_unit_test_setup_teardown(a_report_on_clusters_says_its_rows_in_the_order_of_its_form, begin, end),
                cmocka_unit_test_setup_teardown(an_act_in_a_case_says_what_was_done_with_its_documents_and_fields, begin, end),
                cmocka_unit_test_setup_teardown(an_act_that_names_many_units_names_all_of_them, begin, end),
                cmocka_unit_test_setup_teardown(what_is_no_receipt_is_refused, begin, end),
                cmocka_unit_test_setup_teardown(a_file_of_any_kind_is_refused_where_one_byte_was_changed, begin, end),
                cmocka_unit_test_setup_teardown(the_public_is_told_no_figure_and_no_name, begin, end),
                cmocka_unit_test_setup_teardown(nothing_that_was_filed_looks_like_a_line_of_the_receipt, begin, end),
        };

        return cmocka_run_group_tests(tests, begin_all, end_all);
}
