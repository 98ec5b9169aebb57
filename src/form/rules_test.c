#include "tests/support.h"

#include "base/file.h"
#include "form/form_private.h"

static struct arena *arena;
static struct catalogue *catalogue;

static int setup(void **state)
{
        struct error err = { .code = ERR_NONE };
        struct complaints complaints = { 0 };
        struct source *files, *all;
        size_t count;

        (void)state;
        arena = arena_open((size_t)512 << 20);
        complaints.arena = arena;
        files = catalogue_folder(arena, "data", &count, &err);
        assert_non_null(files);
        all = arena_array(arena, count + 1, sizeof *all);
        memcpy(all, files, count * sizeof *all);
        all[count].path = "forms/monthly.form";
        all[count].text = file_read(arena, "areas/monthly/monthly.form", 1 << 20, &all[count].length, &err);
        assert_non_null(all[count].text);
        catalogue = catalogue_parse(arena, all, count + 1, &complaints);
        for (size_t i = 0; i < complaints.count; i++)
                print_message("%s:%d: %s\n", complaints.list[i].file, complaints.list[i].line,
                              complaints.list[i].message);
        assert_int_equal(complaints.count, 0);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        arena_close(arena);
        return 0;
}

static struct form *parse(const char *text, struct complaints *complaints)
{
        struct source source = { "forms/t.form", text, strlen(text) };

        *complaints = (struct complaints){ .arena = arena, .language = LANGUAGE_EN };
        return form_parse(arena, catalogue, &source, complaints);
}

static struct form *monthly(void)
{
        struct error err = { .code = ERR_NONE };
        struct complaints complaints;
        size_t length;
        char *text = file_read(arena, "areas/monthly/monthly.form", 1 << 20, &length, &err);
        struct form *form;

        assert_non_null(text);
        form = parse(text, &complaints);
        for (size_t i = 0; i < complaints.count; i++)
                print_message("%d:%d: %s\n", complaints.list[i].line, complaints.list[i].column,
                              complaints.list[i].message);
        assert_int_equal(complaints.count, 0);
        return form;
}

/* ---- the monthly report's own rules, cell by cell ------------------------------------------------------ */

/* A report with one row filled; plain numbers in previous and year_before ("" none). */
struct trial {
        const char *cell, *typed, *previous, *year_before, *explanation;
        enum severity severity;
        const char *rule, *says, *fix; /* rule NULL: no problem in that cell */
};

static bool number(const char *text, int decimals, int64_t *value)
{
        size_t position;

        return text != NULL && text[0] != '\0' &&
               decimal_read(text, strlen(text), decimals, value, &position) == DECIMAL_OK;
}

struct filled { struct form *form; struct cell_state cells[64]; struct cell_context contexts[64]; };

static void fill(struct filled *f)
{
        memset(f, 0, sizeof *f);
        f->form = monthly();
        assert_true(f->form->row_count <= 64);
        for (size_t i = 0; i < f->form->row_count; i++) {
                f->cells[i] = (struct cell_state){ .row = &f->form->rows[i], .typed = "", .explanation = "" };
                f->contexts[i].language = LANGUAGE_VI;
        }
}

static struct cell_state *cell(struct filled *f, const char *id)
{
        int row = form_row_find(f->form, id);

        assert_true(row >= 0);
        return &f->cells[row];
}

static const struct problem *first_problem(struct filled *f, const char *id, const char *rule, size_t *count)
{
        struct problem *list;
        const struct problem *found = NULL;

        cells_read(f->cells, f->contexts, f->form->row_count);
        list = rules_check(arena, f->form, day_of(2021, 12, 31), f->cells, f->contexts, f->form->row_count, LANGUAGE_VI, count);
        for (size_t i = 0; i < *count && found == NULL; i++) {
                if (strcmp(list[i].cell, id) == 0 && (rule == NULL || strcmp(list[i].rule, rule) == 0))
                        found = &list[i];
        }
        return found;
}

static void each_rule_says_what_is_wrong_and_what_may_be_done(void **state)
{
        static const struct trial trials[] = {
                { "1", "112,35", "104.62", "98.4", "", 0, NULL, NULL, NULL },
                { "1", "12,35", "104.62", "98.4", "", SEVERITY_ERROR, "index_range", "12,35", NULL },
                { "1", "30", "31", "", "", 0, NULL, NULL, NULL },
                { "1", "300", "290", "", "", 0, NULL, NULL, NULL },
                { "1", "300,01", "290", "", "", SEVERITY_ERROR, "index_range", "300,01", NULL },
                { "1", "29,99", "30", "", "", SEVERITY_ERROR, "index_range", "29,99", NULL },
                { "2", "480,2", "436.5", "297.8", "", SEVERITY_WARNING, "year_on_year", "61,2%", NULL },
                { "2", "480,2", "436.5", "297.8", "lò cao mới", SEVERITY_WARNING, "year_on_year", "40%",
                  NULL },
                { "2", "416,92", "420", "297.8", "", 0, NULL, NULL, NULL },
                        /* exactly 40 % is not beyond it */
                { "3", "741.250", "721.4", "698.3", "", SEVERITY_WARNING, "unit", "1.028", "741,25" },
                { "3", "0,72", "721.4", "698.3", "", SEVERITY_WARNING, "unit", "1/1.002", "720,0" },
                { "4", "640", "612", "585", "", 0, NULL, NULL, NULL },
                { "6", "4.1O2,5", "4012.6", "4188.9", "", SEVERITY_ERROR, "number", NULL, "4.102,5" },
                { "6", "không có", "", "", "", SEVERITY_ERROR, "number", NULL, NULL },
                { "6", "1,12345678", "", "", "", SEVERITY_ERROR, "number", NULL, "1,123457" },
                { "6", "", "", "", "", SEVERITY_ERROR, "required", NULL, NULL },
                { "7.1", "", "", "", "", 0, NULL, NULL, NULL },
                { "8", "-3", "", "", "", SEVERITY_ERROR, "not_negative", NULL, NULL },
                { "8", "\xE2\x88\x92" "3", "", "", "", SEVERITY_ERROR, "not_negative", NULL, NULL },
                { "8", "0", "", "", "", 0, NULL, NULL, NULL },
                { "9", "1,5", "", "", "", SEVERITY_ERROR, "number", NULL, "2" },
                { "9", "99999999999999999999", "", "", "", SEVERITY_ERROR, "number", NULL, NULL },
                { "10", "214,0", "212.4", "201.8", "", 0, NULL, NULL, NULL },
                { "10", "400", "212.4", "201.8", "", SEVERITY_WARNING, "level_on_previous", "88,3", NULL },
        };

        (void)state;
        for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
                const struct trial *t = &trials[i];
                struct filled f;
                size_t count;
                const struct problem *p;
                struct cell_state *c;

                fill(&f);
                c = cell(&f, t->cell);
                c->typed = t->typed;
                c->explanation = t->explanation;
                c->has_previous = number(t->previous, c->row->indicator->decimals, &c->previous);
                c->has_year_before = number(t->year_before, c->row->indicator->decimals, &c->year_before);
                p = first_problem(&f, t->cell, NULL, &count);
                if (t->rule == NULL) {
                        if (p != NULL)
                                fail_msg("trial %zu: \"%s\" should be fine, but: %s", i, t->typed,
                                         p->message);
                        continue;
                }
                if (p == NULL || strcmp(p->rule, t->rule) != 0 || p->severity != t->severity)
                        fail_msg("trial %zu: \"%s\" should break %s, not %s", i, t->typed, t->rule,
                                 p == NULL ? "nothing" : p->rule);
                if (t->says != NULL && strstr(p->message, t->says) == NULL)
                        fail_msg("trial %zu: \"%s\" does not say \"%s\"", i, p->message, t->says);
                if ((t->fix == NULL) != (p->fix == NULL) || (t->fix != NULL && strcmp(p->fix, t->fix) != 0))
                        fail_msg("trial %zu: fix %s, not %s", i, p->fix == NULL ? "none" : p->fix,
                                 t->fix == NULL ? "none" : t->fix);
                assert_int_equal(p->is_explained, t->severity == SEVERITY_WARNING &&
                                 t->explanation[0] != '\0');
        }
}

static void parts_and_total_must_agree_within_the_tolerance(void **state)
{
        static const struct { const char *total, *domestic, *foreign, *steel, *rule, *fix; } trials[] = {
                { "185,4", "20,0", "165,4", "", NULL, NULL },
                { "185,4", "20,0", "165,5", "", NULL, NULL },                    /* 0.1 is rounding */
                { "185,4", "20,0", "165,51", "", "export_sectors", "185,51" },
                { "185,4", "20,0", "171,2", "", "export_sectors", "191,2" },
                { "185,4", "20,0", "", "", NULL, NULL },                         /* a part not entered yet */
                { "185,4", "", "190,0", "", "export_sectors", "190,0" },
                        /* but already above the total */
                { "185,4", "20,0", "abc", "", NULL, NULL },
                        /* the unreadable part says so itself */
                { "185,4", "20,0", "165,4", "164,8", NULL, NULL },
                        /* of which: need not make up the whole */
                { "185,4", "20,0", "165,4", "185,56", "export_goods", "185,56" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
                struct filled f;
                size_t count;
                const struct problem *p;

                fill(&f);
                cell(&f, "7")->typed = trials[i].total;
                cell(&f, "7.1")->typed = trials[i].domestic;
                cell(&f, "7.2")->typed = trials[i].foreign;
                cell(&f, "7.3")->typed = trials[i].steel;
                p = first_problem(&f, "7", NULL, &count);
                if ((p == NULL) != (trials[i].rule == NULL) ||
                    (p != NULL && strcmp(p->rule, trials[i].rule) != 0))
                        fail_msg("trial %zu: %s", i, p == NULL ? "nothing found" : p->message);
                if (p != NULL)
                        assert_string_equal(p->fix, trials[i].fix);
        }
}

static void a_figure_once_sent_cannot_be_left_out(void **state)
{
        struct filled f;
        size_t count;
        const struct problem *p;

        (void)state;
        fill(&f);
        f.contexts[form_row_find(f.form, "7.1")].was_sent = true;
        f.contexts[form_row_find(f.form, "7.1")].sent = 20000000;
        p = first_problem(&f, "7.1", NULL, &count);
        assert_non_null(p);
        assert_string_equal(p->rule, "withdrawn");
        assert_string_equal(p->fix, "20,0");
}

static void a_missing_month_is_a_hint_and_stops_nothing(void **state)
{
        struct filled f;
        size_t count;
        const struct problem *p;

        (void)state;
        fill(&f);
        cell(&f, "8")->typed = "12,5";
        f.contexts[form_row_find(f.form, "8")].missing = "2026-02";
        p = first_problem(&f, "8", NULL, &count);
        assert_non_null(p);
        assert_int_equal(p->severity, SEVERITY_HINT);
        assert_non_null(strstr(p->message, "2026-02"));
}

static void the_language_of_typing_decides_what_a_point_means(void **state)
{
        struct filled f;

        (void)state;
        fill(&f);
        cell(&f, "6")->typed = "1.234";
        cells_read(f.cells, f.contexts, f.form->row_count);
        assert_int_equal(cell(&f, "6")->value, 1234000000);
        f.contexts[form_row_find(f.form, "6")].language = LANGUAGE_EN;
        cells_read(f.cells, f.contexts, f.form->row_count);
        assert_int_equal(cell(&f, "6")->value, 1234000);
}

static void problems_come_in_the_order_of_rows_gravest_first(void **state)
{
        struct filled f;
        struct problem *list;
        size_t count;
        int last = -1;

        (void)state;
        fill(&f);
        cell(&f, "2")->typed = "480,2";
        cell(&f, "2")->has_year_before = number("297.8", 6, &cell(&f, "2")->year_before);
        cells_read(f.cells, f.contexts, f.form->row_count);
        list = rules_check(arena, f.form, day_of(2021, 12, 31), f.cells, f.contexts, f.form->row_count, LANGUAGE_EN, &count);
        assert_true(count > 5);
        for (size_t i = 0; i < count; i++) {
                int row = form_row_find(f.form, list[i].cell);

                assert_true(row >= last);
                last = row;
        }
}

/* ---- definitions --------------------------------------------------------------------------------------- */

#define HEAD "form: t\ntitle: {vi: a, en: b}\nvalid: {from: 2020-01-01}\nlegal_basis: x\nfiled_by: province\n" \
             "filed_to: VN\nwindow: month\n"
#define ROWS "rows:\n  - {id: \"1\", label: {vi: a, en: b}, indicator: export_value, cumulative: sum}\n"

static void a_wrong_definition_is_told_with_its_place(void **state)
{
        static const struct { const char *text; int line; const char *says; } cases[] = {
                { HEAD ROWS, 0, NULL },
                { HEAD "rows:\n  - {id: \"1\", label: {vi: a, en: b}, indicator: exports}\n", 9,
                  "unknown indicator" },
                { HEAD "rows:\n  - {id: \"1\", label: {vi: a}, indicator: export_value}\n", 9, "en" },
                { HEAD "rows:\n  - {id: \"1\", label: {vi: a, en: b}, indicator: export_value, item: gold_dust}\n", 9,
                  "gold_dust" },
                { HEAD "rows:\n  - {id: \"1\", label: {vi: a, en: b}, indicator: iip_yoy, cumulative: average_index}\n", 9,
                  "averaged" },
                { HEAD "rows:\n  - {id: \"1\", label: {vi: a, en: b}, indicator: cluster_land_leased, cumulative: sum}\n", 9,
                  "flow" },
                { HEAD ROWS "  - {id: \"1\", label: {vi: a, en: b}, indicator: import_value}\n", 10,
                  "second row" },
                { HEAD ROWS "  - {id: \"2\", label: {vi: a, en: b}, indicator: export_value}\n", 10,
                  "same figure" },
                { HEAD ROWS "rules:\n  - {id: a, kind: magic, severity: error, source: x}\n", 11, "magic" },
                { HEAD ROWS "rules:\n  - {id: a, kind: change, severity: warning, source: x}\n", 11,
                  "more_than" },
                { HEAD ROWS "rules:\n  - {id: a, kind: range, severity: error, source: x, least: 5, most: 3}\n", 11, "above" },
                { HEAD ROWS "rules:\n  - {id: a, kind: parts, severity: error, source: x, total: \"9\", parts: [\"1\"]}\n", 11,
                  "total" },
                { HEAD ROWS "rules:\n  - {id: a, kind: required, severity: error, rows: [\"7\"], source: x}\n", 11, "no row" },
                { "form: t\n" ROWS, 1, "missing" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct complaints complaints;
                bool is_found = cases[i].says == NULL;

                parse(cases[i].text, &complaints);
                if (cases[i].says == NULL && complaints.count > 0)
                        fail_msg("case %zu: %d: %s", i, complaints.list[0].line, complaints.list[0].message);
                for (size_t k = 0; k < complaints.count && !is_found; k++)
                        is_found = complaints.list[k].line == cases[i].line &&
                                   strstr(complaints.list[k].message, cases[i].says) != NULL;
                if (!is_found)
                        fail_msg("case %zu: no complaint on line %d saying \"%s\", but %zu others (first: %d %s)", i,
                                 cases[i].line, cases[i].says, complaints.count,
                                 complaints.count > 0 ? complaints.list[0].line : 0,
                                 complaints.count > 0 ? complaints.list[0].message : "");
        }
}

/* ---- how many ----------------------------------------------------------------------------------------- */

/* The last that is read is read in silence, the one after it is not left out in silence. */
static void a_form_that_would_not_be_read_is_told(void **state)
{
        struct source *files = arena_array(arena, FORMS_MOST + 1, sizeof *files);

        (void)state;
        for (size_t i = 0; i <= FORMS_MOST; i++)
                files[i] = (struct source){ arena_print(arena, "forms/f%03zu.%s", i, i < 100 ? "form" : "checks"), "x: 1\n", 5 };
        for (size_t n = FORMS_MOST; n <= FORMS_MOST + 1; n++) {
                struct complaints complaints = { .arena = arena, .language = LANGUAGE_EN };
                const char *told = "";

                catalogue_check(arena, files, n, &complaints);
                for (size_t i = 0; i < complaints.count; i++)
                        if (strstr(complaints.list[i].message, "would not be read") != NULL)
                                told = arena_print(arena, "%s%s", told, complaints.list[i].file);
                assert_string_equal(told, n == FORMS_MOST ? "" : "forms/f200.checks");
        }
}

/* ---- memory ------------------------------------------------------------------------------------------- */

struct asked { bool is_there; size_t listed; };

static bool ask(struct work *w, void *argument)
{
        struct asked *a = argument;
        const struct form *list[FORMS_MOST];

        (void)w;
        a->is_there = form_find(catalogue, "monthly", day_of(2026, 10, 31)) != NULL;
        a->listed = form_list(catalogue, day_of(2026, 10, 31), list);
        return true;
}

/* A form that was not read for lack of memory must never look as if there were none: neither now nor later. */
static void where_memory_ends_no_form_is_taken_for_missing(void **state)
{
        struct asked a = { false, 0 };

        (void)state;
        assert_true(test_memory_fails(ask, &a) > 40);
        assert_true(a.is_there);
        assert_true(a.listed > 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_form_that_would_not_be_read_is_told),
                cmocka_unit_test(where_memory_ends_no_form_is_taken_for_missing), /* the first: what is read once is kept */
                cmocka_unit_test(each_rule_says_what_is_wrong_and_what_may_be_done),
                cmocka_unit_test(parts_and_total_must_agree_within_the_tolerance),
                cmocka_unit_test(a_figure_once_sent_cannot_be_left_out),
                cmocka_unit_test(a_missing_month_is_a_hint_and_stops_nothing),
                cmocka_unit_test(the_language_of_typing_decides_what_a_point_means),
                cmocka_unit_test(problems_come_in_the_order_of_rows_gravest_first),
                cmocka_unit_test(a_wrong_definition_is_told_with_its_place),
        };

        catalogue_register(&form_checker);
        catalogue_register(&checks_checker);
        return cmocka_run_group_tests(tests, setup, teardown);
}
