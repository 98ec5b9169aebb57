/* Official documents as data: what is complained of before anybody prints one. */
#include "tests/support.h"

#include "workflow/case.h"
#include "workflow/print.h"

static const char flow[] =
        "workflow: aid\ntitle: {vi: H, en: Aid}\nvalid: {from: 2010-01-01}\nsource: Luật A\nunit: province\nsteps: [{vi: N, en: R}]\n"
        "actors: [{id: office, title: {vi: S, en: Office}, roles: [specialist], relation: own}]\n"
        "states:\n  - {id: received, title: {vi: N, en: R}, kind: start, step: 1, untimed: x}\n  - {id: done, title: {vi: X, en: D}, kind: end}\n"
        "documents: [{id: decision, title: {vi: Q, en: Decision}, source: X}]\n"
        "fields: [{id: cost, title: {vi: C, en: Cost}, kind: money}]\n"
        "open: {by: [office], fields: [cost]}\n"
        "actions: [{id: decide, title: {vi: D, en: Decide}, from: [received], to: done, by: [office], documents: [decision], source: X}]\n";
static const char sound[] =
        "print: letter\ntitle: {vi: QUYẾT ĐỊNH, en: DECISION}\nafter: decide\ndocument: decision\n"
        "body:\n  vi: [\"{title} tại {unit}: {cost}, số {number} ngày {on}, {case}\"]\n  en: [\"{title}: {cost}\"]\n"
        "fields: [cost]\nsignatures: [{vi: A, en: B}]\nsource: Điều 1\n";
static const char units[] = "code,kind,name_vi,name_en,parent,from,to\nVN,quoc_gia,Việt Nam,Viet Nam,,1945-09-02,\n42,tinh,Hà Tĩnh,Ha Tinh,VN,2004-01-01,\n";
static const char kinds[] = "kind,level,label_vi,label_en\nquoc_gia,country,,\ntinh,province,Tỉnh,Province\n";

static const struct { const char *old, *new, *message; } faults[] = {
        { "print: letter", "print: other", "the file must be called other.print" },
        { "after: decide", "after: grant", "has no action \"grant\"" },
        { "document: decision", "document: permit", "has no document \"permit\"" },
        { "fields: [cost]", "fields: [price]", "has no field \"price\"" },
        { "{title}: {cost}", "{title}: {price}", "has no field \"price\"" },
        { "en: [\"{title}: {cost}\"]", "en: [a, b]", "as many paragraphs in vi as in en" },
        { "signatures: [{vi: A, en: B}]", "signatures: [{vi: A, en: B}, {vi: A, en: B}, {vi: A, en: B}]", "at most two sign" },
        { "signatures: [{vi: A, en: B}]", "recipients: [{vi: A, en: B}]\nsignatures: [{vi: A, en: B}, {vi: A, en: B}]", "stand beside the one who signs" },
        { "signatures: [{vi: A, en: B}]", "recipients: [{vi: '{price}', en: B}]\nsignatures: [{vi: A, en: B}]", "has no field \"price\"" },
        { "{title}: {cost}", "{title}: {price:words}", "has no field \"price\"" },
        { "after: decide", "issuer: [{vi: A, en: B}, {vi: C, en: D}]\nafter: decide", "a later day than the one before" },
        { "after: decide", "issuer: [{from: 2020-01-01, vi: A, en: B}]\nafter: decide", "the first has no \"from\"" },
        { "after: decide", "issuer: [{vi: A, en: B}, {from: 2020-01-01, vi: '{price}', en: D}]\nafter: decide", "has no field \"price\"" },
        { "source: Điều 1\n", "", "\"source\"" },
        { "source: Điều 1\n", "source: Điều 1\ncolour: red\n", "unknown key \"colour\"" },
};

static void every_fault_is_told_and_a_sound_one_is_found(void **state)
{
        struct arena *arena = arena_open((size_t)32 << 20);

        (void)state;
        case_register();
        for (size_t i = 0; i <= sizeof faults / sizeof *faults; i++) { /* the last: as it stands */
                bool is_last = i == sizeof faults / sizeof *faults, is_told = false;
                const char *at = is_last ? sound : strstr(sound, faults[i].old);
                const char *text = is_last ? sound : arena_print(arena, "%.*s%s%s", (int)(at - sound), sound, faults[i].new, at + strlen(faults[i].old));
                struct source files[] = { { "units/kinds.csv", kinds, sizeof kinds - 1 }, { "units/all.csv", units, sizeof units - 1 },
                                          { "workflows/aid/2010.workflow", flow, sizeof flow - 1 }, { "workflows/aid/letter.print", text, strlen(text) } };
                struct complaints c = { .arena = arena, .language = LANGUAGE_EN };
                const struct catalogue *catalogue = catalogue_check(arena, files, 4, &c);
                const struct workflow_print *list[2];

                for (size_t k = 0; k < c.count; k++)
                        is_told |= !is_last && strstr(c.list[k].message, faults[i].message) != NULL;
                if (is_told == is_last || (is_last && c.count > 0))
                        fail_msg("fault %zu: %s", i, c.count == 0 ? "not told" : c.list[0].message);
                if (!is_last)
                        continue;
                assert_int_equal(print_list(catalogue, "aid", list, 2), 1);
                assert_ptr_equal(list[0], print_find(catalogue, "aid", "letter"));
                assert_null(print_find(catalogue, "aid", "other"));
                assert_int_equal(list[0]->body_count, 1);
        }
        arena_close(arena);
}

static void an_office_issues_by_the_name_of_the_day(void **state)
{
        const struct workflow_print p = { .issuers = { { DAY_NONE, "A", "A" }, { 20000, "B", "B" } }, .issuer_count = 2 }, none = { .id = "x" };

        (void)state;
        assert_string_equal(print_issuer_on(&p, 19999)->vi, "A");
        assert_string_equal(print_issuer_on(&p, 20000)->vi, "B");
        assert_null(print_issuer_on(&none, 20000));
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(every_fault_is_told_and_a_sound_one_is_found), cmocka_unit_test(an_office_issues_by_the_name_of_the_day) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
