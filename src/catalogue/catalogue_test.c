#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "catalogue/catalogue_private.h"

static struct arena *arena, *shipped_arena;
static const struct catalogue *shipped;
static struct complaints complaints;

static int set_up_all(void **state)
{
        size_t count;
        const struct source *files = catalogue_shipped(&count);

        (void)state;
        shipped_arena = arena_open((size_t)128 << 20);
        complaints = (struct complaints){ .arena = shipped_arena, .language = LANGUAGE_EN };
        shipped = catalogue_parse(shipped_arena, files, count, &complaints);
        for (size_t i = 0; i < complaints.count; i++)
                print_error("%s:%d:%d: %s\n", complaints.list[i].file, complaints.list[i].line,
                            complaints.list[i].column, complaints.list[i].message);
        return complaints.count != 0;
}

static int tear_down_all(void **state)
{
        (void)state;
        arena_close(shipped_arena);
        return 0;
}

static int set_up(void **state)
{
        (void)state;
        arena = arena_open((size_t)64 << 20);
        complaints = (struct complaints){ .arena = arena, .language = LANGUAGE_EN };
        return arena == NULL;
}

static int tear_down(void **state)
{
        (void)state;
        arena_close(arena);
        return 0;
}

static day date(const char *text)
{
        day d;

        assert_true(day_read(text, strlen(text), &d));
        return d;
}

/* ---- bad files --------------------------------------------------------------------------------------------- */

static const struct {
        const char *path, *text;
} small[] = {
        { "units/kinds.csv", "kind,level,label_vi,label_en\nquoc_gia,country,,\ntinh,province,Tỉnh,Province\n"
                             "huyen,district,Huyện,District\nxa,commune,Xã,Commune\n" },
        { "units/acts.csv", "act,title_vi,title_en\nnq,Nghị quyết,Resolution\n" },
        { "units/regions.csv", "region,name_vi,name_en\n1,Bắc,North\n" },
        { "units/all.csv", "# credit\ncode,kind,name_vi,name_en,parent,from,to\nVN,quoc_gia,Việt Nam,Viet Nam,,1945-09-02,\n"
                           "17,tinh,Hoà Bình,Hoa Binh,VN,2004-01-01,2025-06-30\n25,tinh,Phú Thọ,Phu Tho,VN,2004-01-01,2025-06-30\n"
                           "25,tinh,Phú Thọ,Phu Tho,VN,2025-07-01,\n00001,xa,Một,Mot,25,2025-07-01,\n" },
        { "units/names.csv", "code,from,kind,name_vi,name_en,act\n" },
        { "units/changes.csv", "old,new,share,date,act\n17,25,1,2025-07-01,nq\n25,25,1,2025-07-01,nq\n" },
        { "classifications.yaml", "classifications:\n  - id: vsic\n    name: {vi: Ngành, en: Industry}\n    root: TOTAL\n" },
        { "classifications/vsic.csv", "code,parent,name_vi,name_en,from,to\nTOTAL,,Toàn ngành,Whole,,\nB,TOTAL,Khai khoáng,Mining,,\n" },
        { "indicators/all.yaml", "indicators:\n  - id: iip_yoy\n    name: {vi: Chỉ số, en: Index}\n    unit: {vi: \"%\", en: \"%\"}\n"
                                 "    decimals: 6\n    index: true\n    items: vsic\n" },
        { "periods.yaml", "windows:\n  - id: month\n    name: {vi: Tháng, en: Month}\n    frequency: month\n    first: {day: 1}\n"
                          "    last: {day: last}\n    due: {day: last, time: \"17:00\"}\n    legal_basis: x\n" },
        { "calendar/years.csv", "year,verified,basis\n2025,yes,x\n" },
        { "calendar/days.csv", "from,to,kind,name_vi,name_en\n2025-01-01,2025-01-01,holiday,Tết Dương lịch,New Year\n" },
};
#define SMALL (sizeof small / sizeof small[0])

/* The small catalogue with one file replaced (or added); text NULL leaves the file out. */
static struct catalogue *parse_with(const char *path, const char *text, size_t length)
{
        struct source *files = arena_array(arena, SMALL + 1, sizeof *files);
        size_t count = 0;
        bool is_replaced = path == NULL;

        for (size_t i = 0; i < SMALL; i++) {
                bool is_it = path != NULL && strcmp(small[i].path, path) == 0;

                is_replaced = is_replaced || is_it;
                if (!is_it)
                        files[count++] = (struct source){ small[i].path, small[i].text, strlen(small[i].text) };
                else if (text != NULL)
                        files[count++] = (struct source){ path, text, length };
        }
        if (!is_replaced)
                files[count++] = (struct source){ path, text, length };
        complaints.count = 0;
        return catalogue_parse(arena, files, count, &complaints);
}

static void the_small_catalogue_is_good(void **state)
{
        struct catalogue *c = parse_with(NULL, NULL, 0);

        (void)state;
        if (complaints.count > 0)
                fail_msg("%s:%d: %s", complaints.list[0].file, complaints.list[0].line, complaints.list[0].message);
        assert_string_equal(unit_at(c, "00001", date("2025-07-01"))->full_name_vi, "Xã Một");
        assert_string_equal(unit_at(c, "00001", date("2025-07-01"))->full_name_en, "Mot Commune");
}

static void bad_files_are_refused_with_their_place(void **state)
{
#define HEAD "code,kind,name_vi,name_en,parent,from,to\nVN,quoc_gia,Việt Nam,Viet Nam,,1945-09-02,\n"
#define ARRANGED ARRANGEMENTS "x.csv"
#define SPLIT "old,new,share,date,act,basis,kind,name_vi,name_en,parent\n"
#define INDICATOR "indicators:\n  - id: a\n    name: {vi: a, en: a}\n    decimals: 1\n    unit: {vi: u, en: u}\n"
#define SECOND "  - id: b\n    name: {vi: b, en: b}\n    decimals: 1\n    unit: {vi: u, en: u}\n"
#define THIRD "  - id: c\n    name: {vi: c, en: c}\n    decimals: 1\n    unit: {vi: u, en: u}\n"
#define SOURCES "sources:\n  - id: a\n    name: {vi: a, en: a}\n    why: {vi: a, en: a}\n    priority: 1\n"
#define WINDOW "windows:\n  - id: m\n    name: {vi: a, en: a}\n    legal_basis: x\n    frequency: month\n    first: {day: 1}\n    last: {day: last}\n"
        static const struct {
                const char *path, *text;
                size_t length; /* 0: strlen */
                int line;
                const char *part;
        } cases[] = {
                /* bytes and columns */
                { "units/all.csv", "code,kind,name_vi,name_en,parent,from,to\nVN,quoc_gia,Vi\xE9t,V,,1945-09-02,\n", 0, 2, "UTF-8" },
                { "units/all.csv", "# one\n# two\ncode,kind,name_vi,name_en,parent,from,to\nVN,quoc_gia,\"Việt,V,,1945-09-02,\n", 0, 4, "quote" },
                { "units/all.csv", "", 0, 1, "names of its columns" },
                { "units/all.csv", "code,knid,name_vi,name_en,parent,from,to\n", 0, 1, "did you mean \"kind\"" },
                { "units/all.csv", "code,kind,name_vi,name_en,from,to\n", 0, 1, "\"parent\" is missing" },
                { "units/all.csv", "code,kind,kind,name_vi,name_en,parent,from,to\n", 0, 1, "stands twice" },
                { "units/all.csv", HEAD "25,tinh,Phú Thọ\n", 0, 3, "3 fields" },
                { "units/some.txt.csv", "code,kind,name_vi,name_en,parent,from,to\n25,tinh\n", 0, 2, "2 fields" },
                { "notes.csv", "a,b\n", 0, 1, "no part of the catalogue" },
                { "other.yaml", "a: 1\n", 0, 1, "no part of the catalogue" },
                /* units */
                { "units/all.csv", HEAD "2-5,tinh,P,P,VN,2004-01-01,\n", 0, 3, "no unit code" },
                { "units/all.csv", HEAD "123456789,tinh,P,P,VN,2004-01-01,\n", 0, 3, "no unit code" },
                { "units/all.csv", HEAD "25,province,P,P,VN,2004-01-01,\n", 0, 3, "unknown kind" },
                { "units/all.csv", HEAD "25,tinh,,P,VN,2004-01-01,\n", 0, 3, "no name" },
                { "units/all.csv", HEAD "25,tinh,P,P,VN,2004-02-30,\n", 0, 3, "2004-02-30" },
                { "units/all.csv", HEAD "25,tinh,P,P,VN,,\n", 0, 3, "no first day" },
                { "units/all.csv", HEAD "25,tinh,P,P,VN,2025-07-01,2025-06-30\n", 0, 3, "ends before" },
                { "units/all.csv", HEAD "25,tinh,P,P,,2004-01-01,\n", 0, 3, "no parent" },
                { "units/all.csv", HEAD "25,tinh,P,P,VN,2004-01-01,\n25,tinh,P,P,VN,2004-01-01,\n", 0, 4, "stands twice" },
                { "units/all.csv", HEAD "25,tinh,P,P,VN,2004-01-01,2025-07-01\n25,tinh,P,P,VN,2025-07-01,\n", 0, 4, "units/all.csv:3 ends" },
                { "units/all.csv", HEAD "25,tinh,P,P,VN,2025-07-01,\n001,huyen,H,H,25,2004-01-01,\n", 0, 4, "did not exist on 2004-01-01" },
                { "units/all.csv", HEAD "25,tinh,P,P,VN,2004-01-01,2025-06-30\n001,huyen,H,H,25,2004-01-01,\n", 0, 4, "ends before it, on 2025-06-30" },
                { "units/all.csv", HEAD "001,huyen,H,H,99,2004-01-01,\n", 0, 3, "parent 99 is unknown" },
                { "units/all.csv", HEAD "001,huyen,H,H,002,2004-01-01,\n002,huyen,H,H,001,2004-01-01,\n", 0, 3, "circle" },
                { "units/all.csv", HEAD "001,huyen,H,H,001,2004-01-01,\n", 0, 3, "circle" },
                { "units/all.csv", HEAD "25,tinh,P,P,VN,2004-01-01,2005-01-01\n25,xa,X,X,VN,2006-01-01,\n", 0, 4, "two levels" },
                { "units/kinds.csv", "kind,level,label_vi,label_en\ntinh,state,Tỉnh,Province\n", 0, 2, "unknown level" },
                { "units/names.csv", "code,from,kind,name_vi,name_en,act\n26,2025-01-01,tinh,V,V,nq\n", 0, 2, "no unit 26 existed" },
                { "units/names.csv", "code,from,kind,name_vi,name_en,act\n25,2025-07-01,tinh,V,V,nq\n", 0, 2, "before that day" },
                { "units/names.csv", "code,from,kind,name_vi,name_en,act\n25,2026-01-01,xa,V,V,nq\n", 0, 2, "no kind for unit 25" },
                { "units/names.csv", "code,from,kind,name_vi,name_en,act\n25,2026-01-01,tinh,V,V,zz\n", 0, 2, "unknown act \"zz\"" },
                { "units/changes.csv", "old,new,share,date,act\n26,25,1,2025-07-01,nq\n", 0, 2, "unit 26 did not exist" },
                { "units/changes.csv", "old,new,share,date,act\n17,26,1,2025-07-01,nq\n", 0, 2, "unit 26 did not exist" },
                { "units/changes.csv", "old,new,share,date,act\n17,25,1,2024-07-01,nq\n", 0, 2, "does not end" },
                { "units/changes.csv", "old,new,share,date,act\n17,25,1.5,2025-07-01,nq\n", 0, 2, "at most 1" },
                { "units/changes.csv", "old,new,share,date,act\n17,25,0,2025-07-01,nq\n", 0, 2, "above 0" },
                { "units/changes.csv", "old,new,share,date,act\n17,25,1,2025-07-01,\n", 0, 2, "unknown act" },
                { "units/changes.csv", "old,new,share,date,act\n17,25,0.6,2025-07-01,nq\n17,25,0.6,2025-07-01,nq\n", 0, 1, "stands twice" },
                { "units/changes.csv", "old,new,share,date,act\n17,25,1,2025-07-01,nq\n17,00001,,2025-07-01,nq\n", 0, 1, "more than the whole" },
                { "units/changes.csv", "old,new,share,date,act\n17,25,0.999999,2025-07-01,nq\n", 0, 1, "less than the whole" },
                /* arrangements */
                { ARRANGED, SPLIT "25,25,0.6,2026-01-01,x,pop,tinh,P,P,VN\n25,26,0.3,2026-01-01,x,pop,tinh,V,V,VN\n00001,00001,1,2026-01-01,x,,xa,M,M,26\n", 0, 2, "add up to 0.9, not to 1" },
                { ARRANGED, SPLIT "25,25,0.6,2026-01-01,x,pop,tinh,P,P,VN\n25,26,0.400001,2026-01-01,x,pop,tinh,V,V,VN\n00001,00001,1,2026-01-01,x,,xa,M,M,26\n", 0, 2, "add up to 1.000001, not to 1" },
                { ARRANGED, SPLIT "25,25,0.6,2026-01-01,x,pop,tinh,P,P,VN\n25,26,,2026-01-01,x,pop,tinh,V,V,VN\n", 0, 2, "of all its parts, or of none" },
                { ARRANGED, SPLIT "25,25,0.6,2026-01-01,x,,tinh,P,P,VN\n", 0, 2, "needs its basis" },
                { ARRANGED, SPLIT "25,25,0.6000001,2026-01-01,x,pop,tinh,P,P,VN\n", 0, 2, "at most 1" },
                { ARRANGED, SPLIT "25,25,1,2026-01-01,,,tinh,P,P,VN\n", 0, 2, "needs its legal act" },
                { ARRANGED, SPLIT "25,25,1,,x,,tinh,P,P,VN\n", 0, 2, "needs its date" },
                { ARRANGED, SPLIT "00001,00001,1,2026-01-01,x,,xa,M,M,25\n00002,00002,1,2026-01-02,x,,xa,M,M,25\n", 0, 3, "of one day" },
                { ARRANGED, SPLIT "00001,00002,1,2026-01-01,x,,,,,\n", 0, 2, "unit 00002 does not begin with the change" },
                { ARRANGED, SPLIT "00001,25,1,2026-01-01,x,,,,,\n", 0, 2, "unit 25 does not begin with the change" },
                { ARRANGED, SPLIT "17,17,1,2026-01-01,x,,tinh,H,H,VN\n", 0, 2, "unit 17 did not exist" },
                { ARRANGED, SPLIT "00001,00002,1,2026-01-01,x,,xa,H,H,99\n", 0, 2, "parent 99 is unknown" },
                { ARRANGED, SPLIT "25,25,0.6,2026-01-01,x,pop,tinh,P,P,VN\n25,26,0.4,2026-01-01,x,pop,tinh,V,V,VN\n", 0, 2, "unit 25 is divided: say where 00001 below it goes" },
                { ARRANGED, SPLIT "25,26,1,2026-01-01,x,,tinh,P,P,VN\n25,26,1,2026-01-01,x,,,,,\n", 0, 2, "add up to 2, not to 1" },
                /* classifications */
                { "classifications.yaml", "classifications:\n  - id: hs\n    name: {vi: a, en: a}\n", 0, 1, "no file classifications/hs.csv" },
                { "classifications.yaml", "classifications:\n  - id: vsic\n    name: {vi: a}\n", 0, 3, "\"en\" is missing" },
                { "classifications.yaml", "classifications:\n  - id: vsic\n    nmae: {vi: a, en: a}\n", 0, 3, "did you mean \"name\"" },
                { "classifications.yaml", "classifications:\n  - id: vsic\n    name: {vi: a, en: a}\n    root: ALL\n", 0, 1, "root \"ALL\"" },
                { "classifications/vsic.csv", "code,parent,name_vi,name_en\nTOTAL,,a,a\nTOTAL,,a,a\n", 0, 3, "stands twice" },
                { "classifications/vsic.csv", "code,parent,name_vi,name_en\nTOTAL,,a,a\nB,A,a,a\n", 0, 3, "parent A is unknown" },
                { "classifications/vsic.csv", "code,parent,name_vi,name_en\nTOTAL,,a,a\nA,B,a,a\nB,A,a,a\n", 0, 3, "circle" },
                { "classifications/vsic.csv", "code,parent,name_vi,name_en\nTOTAL,,a,a\nA b,,a,a\n", 0, 3, "no code" },
                { "classifications/zz.csv", "code,parent,name_vi,name_en\n", 0, 1, "does not name" },
                /* indicators */
                { "indicators/all.yaml", INDICATOR "    weights: {of: b}\n", 0, 6, "unknown indicator \"b\"" },
                { "indicators/all.yaml", INDICATOR "    weights: {of: a}\n", 0, 6, "are not added up" },
                { "indicators/all.yaml", INDICATOR "    weights: {of: a, at: last_year}\n", 0, 6, "cannot be \"last_year\"" },
                { "indicators/all.yaml", INDICATOR "    additive: flow\n    weights: {of: a}\n", 0, 7, "has no weights" },
                { "indicators/all.yaml", INDICATOR "    itmes: vsic\n", 0, 6, "did you mean \"items\"" },
                { "indicators/all.yaml", INDICATOR "    items: visc\n", 0, 6, "unknown classification \"visc\"" },
                { "indicators/all.yaml", INDICATOR "  - id: a\n    name: {vi: a, en: a}\n    decimals: 1\n    unit: {vi: u, en: u}\n", 0, 6, "all.yaml:2" },
                { "indicators/more.yaml", "indicators:\n  - id: iip_yoy\n    name: {vi: a, en: a}\n    decimals: 1\n    unit: {vi: u, en: u}\n", 0, 2, "indicators/all.yaml:2" },
                { "indicators/all.yaml", "indicators:\n  - id: A b\n    name: {vi: a, en: a}\n", 0, 2, "no identifier" },
                { "indicators/all.yaml", "indicators:\n  - id: a\n    name: {vi: a, en: a}\n    unit: {vi: u, en: u}\n", 0, 2, "\"decimals\" is missing" },
                { "indicators/all.yaml", "indicators:\n  - id: a\n    name: {vi: a, en: a}\n    decimals: 1\n", 0, 2, "\"unit\" is missing" },
                { "indicators/all.yaml", INDICATOR "    shown: 3\n", 0, 6, "between 0 and 1" },
                { "indicators/all.yaml", INDICATOR "    least: 1.25\n", 0, 6, "at most 1 decimals" },
                { "indicators/all.yaml", INDICATOR "    least: 5\n    most: 4\n", 0, 6, "above" },
                { "indicators/all.yaml", INDICATOR "    additive: flow\n    index: true\n", 0, 6, "never added" },
                { "indicators/all.yaml", INDICATOR "    additive: flwo\n", 0, 6, "did you mean \"flow\"" },
                { "indicators/all.yaml", INDICATOR "    formula: \"b * 2\"\n", 0, 6, "unknown indicator \"b\"" },
                { "indicators/all.yaml", INDICATOR "    formula: \"a * 2\"\n", 0, 6, "its own" },
                { "indicators/all.yaml", INDICATOR "    formula: \"(1 + 2\"\n", 0, 6, "brackets" },
                { "indicators/all.yaml", INDICATOR "    formula: \"100 / 0.0\"\n", 0, 6, "divides by zero: \"/ 0.0\"" },
                { "indicators/all.yaml", INDICATOR SECOND "    formula: \"a / (2 - 2)\"\n", 0, 10, "divides by zero: \"/ (2 - 2)\"" },
                { "indicators/all.yaml", INDICATOR SECOND "    formula: \"a / (3 * (1 - 1))\"\n", 0, 10, "divides by zero: \"/ (3 * (1 - 1))\"" },
                { "indicators/all.yaml", INDICATOR "    formula: \"1 +\"\n", 0, 6, "cannot be read" },
                { "indicators/all.yaml", INDICATOR "    formula: \"b * 2\"\n" SECOND "    formula: \"1 - c\"\n" THIRD "    formula: \"a / 2\"\n", 0, 6, "a → b → c → a" },
                { "indicators/all.yaml", INDICATOR "    formula: \"1; 2\"\n", 0, 6, "no indicator, number" },
                { "indicators/all.yaml", INDICATOR "    valid: {from: 2025-07-01, to: 2025-06-30}\n", 0, 6, "before" },
                { "indicators/all.yaml", "indicators: {a: 1}\n", 0, 1, "must be a list" },
                { "indicators/all.yaml", "indicators:\n  - id: \xFF\n", 0, 2, "0xFF" },
                /* windows and days */
                { "sources.yaml", SOURCES "    matches: [\"\"]\n", 0, 6, "every source" },
                { "sources.yaml", SOURCES, 0, 2, "\"matches\"" },
                { "sources.yaml", SOURCES "    matches: []\n" "  - id: b\n    name: {vi: a, en: a}\n    why: {vi: a, en: a}\n    priority: 2\n    matches: []\n", 0, 7, "stands twice" },
                { "sources.yaml", "sources:\n  - id: a\n    name: {vi: a, en: a}\n    why: {vi: a, en: a}\n    matches: []\n", 0, 2, "\"priority\" is missing" },
                { "sources.yaml", SOURCES "    matches: []\n" "  - id: b\n    name: {vi: a, en: a}\n    why: {vi: a, en: a}\n    priority: 2\n    own: true\n    matches: [b]\n", 0, 7, "stands twice" },
                { "sources.yaml", "sources:\n  - id: A\n", 0, 2, "no identifier" },
                { "periods.yaml", WINDOW "    due: {dya: 20}\n", 0, 8, "did you mean \"day\"" },
                { "periods.yaml", WINDOW "    due: {day: 32}\n", 0, 8, "between 1 and 31" },
                { "periods.yaml", WINDOW "    due: {day: 20, time: 25:00}\n", 0, 8, "17:00" },
                { "periods.yaml", WINDOW, 0, 2, "\"due\" is missing" },
                { "periods.yaml", "windows:\n  - id: m\n    name: {vi: a, en: a}\n    legal_basis: x\n    frequency: monthly\n    first: {day: 1}\n    last: {day: 1}\n    due: {day: 1}\n", 0, 5, "did you mean \"month\"" },
                { "calendar/days.csv", "from,to,kind,name_vi,name_en\n2025-01-01,,holdiay,a,a\n", 0, 2, "holiday and make_up" },
                { "calendar/days.csv", "from,to,kind,name_vi,name_en\n2026-01-01,,holiday,a,a\n", 0, 2, "does not name the year 2026" },
                { "calendar/days.csv", "from,to,kind,name_vi,name_en\n2025-01-02,2025-01-01,holiday,a,a\n", 0, 2, "first to a last" },
                { "calendar/days.csv", "from,to,kind,name_vi,name_en\n2025-01-02,2025-01-02,make_up,a,a\n", 0, 2, "Saturday" },
                { "calendar/days.csv", "from,to,kind,name_vi,name_en\n2025-01-01,2025-01-02,holiday,a,a\n2025-01-02,,holiday,b,b\n", 0, 1, "2025-01-02 stands twice" },
                { "calendar/years.csv", "year,verified,basis\n2025,maybe,x\n", 0, 2, "yes or no" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                bool is_found = false;

                parse_with(cases[i].path, cases[i].text, cases[i].length == 0 ? strlen(cases[i].text) : cases[i].length);
                for (size_t n = 0; n < complaints.count; n++)
                        is_found = is_found || (strstr(complaints.list[n].message, cases[i].part) != NULL &&
                                                complaints.list[n].line == cases[i].line && complaints.list[n].column > 0);
                if (complaints.count == 0)
                        fail_msg("accepted %s:\n%s", cases[i].path, cases[i].text);
                if (!is_found)
                        fail_msg("%s:\n%s\nsaid %s:%d: %s", cases[i].path, cases[i].text, complaints.list[0].file,
                                 complaints.list[0].line, complaints.list[0].message);
        }
}

static void checking_goes_on_after_the_first_complaint(void **state)
{
        (void)state;
        parse_with("units/all.csv", HEAD "25,nix,P,P,VN,2004-01-01,\n26,tinh,P,P,VN,heute,\n", 0 + strlen(HEAD "25,nix,P,P,VN,2004-01-01,\n26,tinh,P,P,VN,heute,\n"));
        assert_true(complaints.count >= 3);
        assert_int_equal(complaints.list[0].line, 3);
        assert_int_equal(complaints.list[1].line, 4);
        assert_int_equal(complaints.list[0].column, 2);
        assert_int_equal(complaints.list[1].column, 6);
}

static void a_file_may_be_given_once(void **state)
{
        struct source twice[] = { { "periods.yaml", "windows: []\n", 12 }, { "periods.yaml", "windows: []\n", 12 } };

        (void)state;
        complaints.count = 0;
        catalogue_parse(arena, twice, 2, &complaints);
        assert_true(complaints.count > 0);
        assert_non_null(strstr(complaints.list[0].message, "given twice"));
}

static void an_empty_catalogue_answers_no(void **state)
{
        struct catalogue *c;
        const struct unit *list[1];
        const struct unit_change *changes;
        bool known;

        (void)state;
        complaints.count = 0;
        c = catalogue_parse(arena, NULL, 0, &complaints);
        assert_int_equal(complaints.count, 0);
        assert_null(unit_at(c, "VN", date("2025-07-01")));
        assert_false(unit_code_is_known(c, "VN"));
        assert_int_equal(unit_list(c, LEVEL_PROVINCE, date("2025-07-01"), list, 1), 0);
        assert_int_equal(unit_changes(c, &changes), 0);
        assert_null(indicator_find(c, "iip"));
        assert_null(item_at(c, "vsic", "B", 0));
        assert_null(window_find(c, "month", 0));
        assert_null(catalogue_file(c, "x"));
        day_is_working(c, date("2025-07-01"), &known);
        assert_false(known);
        assert_false(unit_code_is_within(c, "25", "VN", date("2025-07-01")));
}

/* ---- units ------------------------------------------------------------------------------------------------------ */

static void both_maps_are_complete(void **state)
{
        static const struct { const char *on; enum unit_level level; size_t count; } cases[] = {
                { "2025-06-30", LEVEL_PROVINCE, 63 },   { "2025-07-01", LEVEL_PROVINCE, 34 },
                { "2025-06-30", LEVEL_DISTRICT, 696 },  { "2025-07-01", LEVEL_DISTRICT, 0 },
                { "2025-06-30", LEVEL_COMMUNE, 10035 }, { "2025-07-01", LEVEL_COMMUNE, 3321 },
                { "2021-12-31", LEVEL_PROVINCE, 63 },   { "2026-11-23", LEVEL_PROVINCE, 34 },
                { "2025-07-01", LEVEL_COUNTRY, 1 },     { "1990-01-01", LEVEL_PROVINCE, 0 },
        };
        const struct unit **list = arena_array(shipped_arena, 11000, sizeof *list);

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                size_t count = unit_list(shipped, cases[i].level, date(cases[i].on), list, 11000);

                if (count != cases[i].count)
                        fail_msg("%s level %d: %zu", cases[i].on, cases[i].level, count);
                for (size_t n = 1; n < count; n++)
                        assert_true(strcmp(list[n - 1]->code, list[n]->code) < 0);
                for (size_t n = 0; n < count; n++) {
                        assert_true(list[n]->name_vi[0] != '\0' && list[n]->short_name[0] != '\0');
                        assert_true(cases[i].level != LEVEL_PROVINCE || strlen(list[n]->letters) == 3);
                }
        }
        assert_int_equal(unit_list(shipped, LEVEL_PROVINCE, date("2025-07-01"), list, 3), 34);
}

static void a_reused_code_means_the_unit_of_its_day(void **state)
{
        static const struct { const char *code, *before, *after; } cases[] = {
                { "24", "Bắc Giang", "Bắc Ninh" },   { "15", "Yên Bái", "Lào Cai" },    { "44", "Quảng Bình", "Quảng Trị" },
                { "52", "Bình Định", "Gia Lai" },    { "80", "Long An", "Tây Ninh" },   { "82", "Tiền Giang", "Đồng Tháp" },
                { "91", "Kiên Giang", "An Giang" },  { "25", "Phú Thọ", "Phú Thọ" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                const struct unit *before = unit_at(shipped, cases[i].code, date("2025-06-30"));
                const struct unit *after = unit_at(shipped, cases[i].code, date("2025-07-01")), *list[4];
                char text[40];

                assert_string_equal(before->name_vi, cases[i].before);
                assert_string_equal(after->name_vi, cases[i].after);
                assert_ptr_not_equal(before, after);
                assert_string_not_equal(before->key, after->key);
                assert_int_equal(unit_by_code(shipped, cases[i].code, list, 4), 2);
                assert_ptr_equal(list[0], before);
                snprintf(text, sizeof text, "%s@2021-12-31", cases[i].code);
                assert_ptr_equal(unit_read(shipped, text, date("2026-01-01")), before);
                assert_ptr_equal(unit_read(shipped, cases[i].code, date("2026-01-01")), after);
                assert_ptr_equal(unit_read(shipped, before->key, date("2026-01-01")), before);
                assert_ptr_equal(unit_by_key(shipped, after->key), after);
        }
        assert_null(unit_by_key(shipped, "24@2021-12-31"));
        assert_null(unit_read(shipped, "24@2021-13-31", 0));
        assert_null(unit_read(shipped, "24@", 0));
        assert_null(unit_at(shipped, "17", date("2025-07-01")));
        assert_true(unit_code_is_known(shipped, "17"));
        assert_false(unit_code_is_known(shipped, "99"));
        assert_null(unit_at(shipped, "", date("2025-07-01")));
        assert_null(unit_at(shipped, "000000000000", date("2025-07-01")));
}

static void a_map_is_the_same_until_a_unit_begins_or_ends(void **state)
{
        static const struct { const char *on, *since; } cases[] = {
                { "2026-11-23", "2025-07-01" }, { "2025-07-01", "2025-07-01" }, { "2025-06-30", "2004-01-01" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
                assert_int_equal(unit_map_since(shipped, date(cases[i].on)), date(cases[i].since));
        assert_int_equal(unit_map_since(shipped, date("1500-01-01")), DAY_NONE);
}

static void unchanged_provinces_go_on_without_a_break(void **state)
{
        static const char *const codes[] = { "01", "04", "11", "12", "14", "20", "22", "38", "40", "42", "46" };

        (void)state;
        for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
                const struct unit *u = unit_at(shipped, codes[i], date("2021-12-31"));

                assert_ptr_equal(u, unit_at(shipped, codes[i], date("2026-11-23")));
                assert_int_equal(u->to, DAY_FOREVER);
        }
}

static void renamings_keep_the_unit_and_tell_the_name_of_the_day(void **state)
{
        static const struct { const char *code, *on, *full_vi, *kind; } cases[] = {
                { "46", "2021-12-31", "Tỉnh Thừa Thiên Huế", "tinh" },    { "46", "2024-12-31", "Tỉnh Thừa Thiên Huế", "tinh" },
                { "46", "2025-01-01", "Thành phố Huế", "thanh_pho_tw" },  { "75", "2025-07-01", "Tỉnh Đồng Nai", "tinh" },
                { "75", "2026-04-29", "Tỉnh Đồng Nai", "tinh" },          { "75", "2026-04-30", "Thành phố Đồng Nai", "thanh_pho_tw" },
                { "26248", "2026-04-29", "Xã Trảng Bom", "xa" },          { "26248", "2026-04-30", "Phường Trảng Bom", "phuong" },
                { "42", "2021-12-31", "Tỉnh Hà Tĩnh", "tinh" },
        };
        struct unit_name names[4];

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                const struct unit *u = unit_at(shipped, cases[i].code, date(cases[i].on));
                struct unit_name name = unit_name_on(u, date(cases[i].on));

                assert_string_equal(name.full_name_vi, cases[i].full_vi);
                assert_string_equal(name.kind, cases[i].kind);
        }
        assert_int_equal(unit_names(unit_at(shipped, "75", date("2026-11-23")), names, 4), 2);
        assert_int_equal(names[1].from, date("2026-04-30"));
        assert_non_null(strstr(names[1].act, "30/2026/QH16"));
        assert_string_equal(names[0].act, "");
        assert_string_equal(unit_at(shipped, "46", date("2026-11-23"))->full_name_vi, "Thành phố Huế");
        assert_string_equal(unit_at(shipped, "46", date("2026-11-23"))->key, "46@2004-01-01");
        assert_int_equal(unit_names(unit_at(shipped, "42", date("2026-11-23")), names, 4), 1);
}

static void numbered_units_have_readable_names(void **state)
{
        const struct unit *u = unit_at(shipped, "760", date("2025-06-30"));

        (void)state;
        assert_string_equal(u->full_name_vi, "Quận 1");
        assert_string_equal(u->full_name_en, "District 1");
        assert_string_equal(u->name_vi, "1");
}

static void parents_are_those_of_the_time(void **state)
{
        const struct unit *commune = unit_at(shipped, "00004", date("2025-06-30")), *list[800];

        (void)state;
        assert_string_equal(commune->parent->full_name_vi, "Quận Ba Đình");
        assert_string_equal(commune->parent->parent->name_vi, "Hà Nội");
        assert_string_equal(commune->province->name_vi, "Hà Nội");
        commune = unit_at(shipped, "00004", date("2025-07-01"));
        assert_string_equal(commune->full_name_vi, "Phường Ba Đình");
        assert_string_equal(commune->parent->name_vi, "Hà Nội");
        assert_int_equal(unit_children(shipped, commune->parent, date("2025-07-01"), list, 800), 126);
        assert_int_equal(unit_children(shipped, commune->parent, date("2025-06-30"), list, 800), 30);
        assert_string_equal(list[0]->full_name_vi, "Quận Ba Đình");
        assert_int_equal(unit_children(shipped, unit_at(shipped, "VN", 0), date("2021-12-31"), list, 800), 63);
        assert_int_equal(unit_children(shipped, unit_at(shipped, "25", date("2026-01-01")), date("2026-01-01"), list, 800), 148);
        assert_null(unit_at(shipped, "VN", 0)->parent);
}

static void territory_decides_over_codes(void **state)
{
        day today = date("2026-11-23");

        (void)state;
        assert_true(unit_code_is_within(shipped, "42", "VN", today));
        assert_true(unit_code_is_within(shipped, "42", "42", today));
        assert_true(unit_code_is_within(shipped, "00004", "01", today));
        assert_true(unit_code_is_within(shipped, "001", "01", today)); /* a district that is no more */
        assert_false(unit_code_is_within(shipped, "00004", "42", today));
        assert_false(unit_code_is_within(shipped, "VN", "42", today));
        assert_false(unit_code_is_within(shipped, "zz", "VN", today));
        assert_false(unit_code_is_within(shipped, "42", "zz", today));
        assert_true(unit_code_is_within(shipped, "17", "25", today));  /* Hòa Bình went into Phú Thọ */
        assert_true(unit_code_is_within(shipped, "17", "VN", today));
        assert_false(unit_code_is_within(shipped, "17", "24", today));
        assert_false(unit_code_is_within(shipped, "17", "25", date("2024-01-01")));
        assert_true(unit_code_is_within(shipped, "27", "24", today));  /* old Bắc Ninh lies in the new one */
}

static void mergers_are_followed_both_ways(void **state)
{
        static const struct { const char *new; size_t count; const char *old[3]; } cases[] = {
                { "25", 3, { "17", "25", "26" } }, { "24", 2, { "24", "27" } },       { "79", 3, { "74", "77", "79" } },
                { "15", 2, { "10", "15" } },       { "91", 2, { "89", "91" } },       { "68", 3, { "60", "67", "68" } },
        };
        const struct unit_change *list;
        struct unit_part parts[8];
        size_t whole = 0, split = 0, count = unit_changes(shipped, &list), provinces = 0;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                const struct unit *new = unit_at(shipped, cases[i].new, date("2026-01-01"));

                assert_int_equal(unit_restated(shipped, new, date("2021-12-31"), parts, 8), cases[i].count);
                for (size_t n = 0; n < cases[i].count; n++) {
                        const struct unit *old = unit_at(shipped, cases[i].old[n], date("2021-12-31"));

                        assert_ptr_equal(parts[n].unit, old);
                        assert_true(parts[n].is_exact);
                        assert_true(parts[n].share == PART_WHOLE);
                }
                for (size_t n = 0; n < cases[i].count; n++) {
                        assert_int_equal(unit_restated(shipped, unit_at(shipped, cases[i].old[n], date("2021-12-31")),
                                                       date("2026-01-01"), parts, 8), 1);
                        assert_ptr_equal(parts[0].unit, new);
                        assert_true(parts[0].is_exact);
                }
        }
        /* A unit of the day itself is its own only part. */
        assert_int_equal(unit_restated(shipped, unit_at(shipped, "42", 20000), date("2026-01-01"), parts, 8), 1);
        assert_true(parts[0].is_exact && parts[0].unit == unit_at(shipped, "42", 20000));
        for (size_t i = 0; i < count; i++) {
                assert_int_equal(list[i].date, date("2025-07-01"));
                assert_true(list[i].act[0] != '\0');
                assert_true(list[i].is_whole == (list[i].share_ppm == 1000000));
                whole += list[i].is_whole;
                split += list[i].share_ppm == -1;
                if (list[i].old->level == LEVEL_PROVINCE) {
                        provinces++;
                        assert_non_null(strstr(list[i].act, "202/2025/QH15"));
                }
        }
        assert_int_equal(provinces, 52);
        assert_int_equal(split, 1033);
        assert_int_equal(whole + split, count);
}

static void parts_of_unknown_size_say_so(void **state)
{
        const struct unit *district = unit_at(shipped, "001", date("2025-06-30")), *old;
        const struct unit_change *list, *out[8], **became;
        struct unit_part parts[64];
        size_t count = unit_changes(shipped, &list), found = 0, became_count;

        (void)state;
        for (size_t i = 0; i + 1 < count && found == 0; i++)
                if (list[i].share_ppm < 0 && list[i + 1].old == list[i].old) {
                        old = list[i].old;
                        found = unit_restated(shipped, old, date("2026-01-01"), parts, 64);
                        assert_true(found >= 2);
                        assert_int_equal(unit_successors(shipped, old, out, 8), found);
                        became = unit_became(shipped_arena, shipped, old, &became_count);
                        assert_int_equal(became_count, found);
                        for (size_t n = 0; n < found && n < 8; n++)
                                assert_ptr_equal(became[n], out[n]);
                        assert_ptr_equal(unit_made_of(shipped_arena, shipped, parts[0].unit, &became_count)[0]->new, parts[0].unit);
                        for (size_t n = 0; n < found; n++) {
                                assert_false(parts[n].is_exact);
                                assert_true(parts[n].share == -1);
                                assert_true(unit_predecessors(shipped, parts[n].unit, out, 8) >= 1);
                        }
                }
        assert_true(found >= 2);
        /* An abolished district lies where its communes went. */
        count = unit_restated(shipped, district, date("2026-01-01"), parts, 64);
        assert_true(count >= 3);
        for (size_t n = 0; n < count; n++) {
                assert_int_equal(parts[n].unit->level, LEVEL_COMMUNE);
                assert_string_equal(parts[n].unit->province->code, "01");
        }
        /* An island district without communes became one special zone. */
        assert_int_equal(unit_restated(shipped, unit_at(shipped, "755", date("2025-06-30")), date("2026-01-01"), parts, 64), 1);
        assert_string_equal(parts[0].unit->full_name_vi, "Đặc khu Côn Đảo");
}

static void every_old_commune_and_province_has_a_place_today(void **state)
{
        const struct unit **list = arena_array(shipped_arena, 11000, sizeof *list);
        struct unit_part parts[64];

        (void)state;
        for (int level = LEVEL_PROVINCE; level <= LEVEL_COMMUNE; level++) {
                size_t count = unit_list(shipped, (enum unit_level)level, date("2025-06-30"), list, 11000);

                for (size_t i = 0; i < count; i++)
                        if (unit_restated(shipped, list[i], date("2026-11-23"), parts, 64) == 0)
                                fail_msg("%s leads nowhere", list[i]->key);
                count = unit_list(shipped, (enum unit_level)level, date("2025-07-01"), list, 11000);
                for (size_t i = 0; i < count; i++)
                        if (unit_restated(shipped, list[i], date("2025-06-30"), parts, 64) == 0)
                                fail_msg("%s comes from nowhere", list[i]->key);
        }
}

/* ---- days and windows -------------------------------------------------------------------------------------------- */

static void working_days_know_tet_and_make_up_days(void **state)
{
        static const struct { const char *on; bool is_working; } days[] = {
                { "2019-01-05", true },  { "2019-04-29", false }, { "2019-05-04", true },  { "2020-01-23", false },
                { "2020-01-29", false }, { "2020-01-30", true },  { "2021-02-09", true },  { "2021-02-10", false },
                { "2021-02-16", false }, { "2021-02-17", true },  { "2021-05-03", false }, { "2021-09-03", false },
                { "2022-01-03", false }, { "2022-09-01", false }, { "2023-01-26", false }, { "2023-01-27", true },
                { "2024-04-29", false }, { "2024-05-04", true },  { "2025-01-27", false }, { "2025-02-03", true },
                { "2025-04-26", true },  { "2025-05-02", false }, { "2025-07-05", false }, { "2025-07-07", true },
        };
        static const struct { const char *from; int days; const char *to; bool is_known; } steps[] = {
                { "2021-02-08", 1, "2021-02-09", true },  { "2021-02-09", 1, "2021-02-17", true },
                { "2021-02-09", 5, "2021-02-23", true },  { "2021-02-17", -1, "2021-02-09", true },
                { "2021-02-12", 0, "2021-02-17", true },  { "2021-02-17", 0, "2021-02-17", true },
                { "2025-04-25", 1, "2025-04-26", true },  { "2025-04-25", 2, "2025-04-28", true },
                { "2024-04-26", 1, "2024-05-02", true },  { "2024-05-03", 1, "2024-05-04", true },
                { "2025-01-24", 20, "2025-02-28", true }, { "2027-12-31", 1, "2028-01-03", false },
                { "2018-12-28", 1, "2018-12-31", false },
        };
        bool known;

        (void)state;
        for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
                if (day_is_working(shipped, date(days[i].on), &known) != days[i].is_working)
                        fail_msg("%s", days[i].on);
                assert_true(known);
        }
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
                char out[DAY_TEXT_MAX];

                day_write(out, day_plus_working(shipped, date(steps[i].from), steps[i].days, &known));
                if (strcmp(out, steps[i].to) != 0 || known != steps[i].is_known)
                        fail_msg("%s %+d: %s %d", steps[i].from, steps[i].days, out, known);
        }
        assert_string_equal(day_holiday_name(shipped, date("2021-02-12"), LANGUAGE_VI), "Tết Nguyên đán Tân Sửu");
        assert_null(day_holiday_name(shipped, date("2025-04-26"), LANGUAGE_VI));
        assert_null(day_holiday_name(shipped, date("2025-07-05"), LANGUAGE_EN));
        assert_false(day_is_working(shipped, date("2029-01-07"), &known));
        assert_false(known);
        assert_int_equal(calendar_end(shipped, date("2021-02-12")), date("2027-12-31"));
        assert_int_equal(calendar_end(shipped, date("2027-12-31")), date("2027-12-31"));
        assert_int_equal(calendar_end(shipped, date("2028-01-01")), DAY_NONE);
        assert_int_equal(calendar_end(shipped, date("2018-12-31")), DAY_NONE);
}

/* The law gives ten days off, eleven since 2021: days exchanged or taken in place of Sundays change nothing in
 * that. (5 January 2019 made up for a day of 2018.) */
static void each_year_has_its_number_of_working_days(void **state)
{
        static const struct { int year, count; } cases[] = {
                { 2019, 252 }, { 2020, 252 }, { 2021, 250 }, { 2022, 249 }, { 2023, 249 }, { 2024, 251 }, { 2025, 250 },
                { 2026, 250 }, { 2027, 250 },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                int count = 0;

                for (day d = day_of(cases[i].year, 1, 1); d <= day_of(cases[i].year, 12, 31); d++)
                        count += day_is_working(shipped, d, NULL);
                if (count != cases[i].count)
                        fail_msg("%d: %d", cases[i].year, count);
        }
}

static void windows_say_what_a_report_covers_and_when_it_is_due(void **state)
{
        static const struct { const char *id, *period, *first, *last, *due; } cases[] = {
                { "month", "2021-12", "2021-12-01", "2021-12-31", "2021-12-31T17:00:00.000+07:00" },
                { "month", "2026-02", "2026-02-01", "2026-02-28", "2026-02-28T17:00:00.000+07:00" },
                { "quarter", "2021-Q4", "2021-10-01", "2021-12-31", "2021-12-31T17:00:00.000+07:00" },
                { "half", "2022-S1", "2022-01-01", "2022-06-30", "2022-06-30T17:00:00.000+07:00" },
                { "year", "2021", "2021-01-01", "2021-12-31", "2021-12-31T17:00:00.000+07:00" },
                { "management_month", "2022-01", "2021-12-15", "2022-01-14", "2022-01-20T23:59:59.999+07:00" },
                { "management_quarter", "2022-Q1", "2021-12-15", "2022-03-14", "2022-03-20T23:59:59.999+07:00" },
                { "management_half", "2022-S1", "2021-12-15", "2022-06-14", "2022-06-20T23:59:59.999+07:00" },
                { "management_year", "2022", "2021-12-15", "2022-12-14", "2022-12-20T23:59:59.999+07:00" },
                { "growth_month", "2026-10", "2026-10-01", "2026-10-31", "2026-10-19T23:59:59.999+07:00" },
                { "cluster_half_tenant", "2026-S1", "2025-12-15", "2026-06-14", "2026-06-19T23:59:59.999+07:00" },
                { "cluster_half", "2026-S1", "2025-12-15", "2026-06-14", "2026-06-29T23:59:59.999+07:00" },
                { "cluster_year_investor", "2026", "2025-12-15", "2026-12-14", "2026-12-24T23:59:59.999+07:00" },
                { "cluster_year", "2026", "2025-12-15", "2026-12-14", "2026-12-30T23:59:59.999+07:00" },
        };
        day first, last;
        moment due;
        period p;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                char text[MOMENT_TEXT_MAX];
                const struct window *w;

                assert_true(period_read(cases[i].period, strlen(cases[i].period), &p));
                w = window_find(shipped, cases[i].id, period_last(p));
                assert_non_null(w);
                assert_true(w->legal_basis[0] != '\0');
                assert_true(window_dates(shipped, w, p, &first, &last, &due));
                day_write(text, first);
                assert_string_equal(text, cases[i].first);
                day_write(text, last);
                assert_string_equal(text, cases[i].last);
                moment_write(text, due);
                assert_string_equal(text, cases[i].due);
        }
        assert_null(window_find(shipped, "cluster_year", date("2023-12-31")));
        assert_null(window_find(shipped, "nix", date("2026-12-31")));
        assert_true(period_read("2026-Q1", 7, &p));
        assert_false(window_dates(shipped, window_find(shipped, "month", 20000), p, &first, &last, &due));
}

static void a_due_day_may_move_to_a_working_day(void **state)
{
        static const char *const shifts[] = { "next_working_day", "previous_working_day" };
        static const char *const days[] = { "2025-01-02", "2024-12-31" };

        (void)state;
        for (int i = 0; i < 2; i++) {
                char *text = arena_print(arena, "windows:\n  - id: m\n    name: {vi: a, en: a}\n    legal_basis: x\n    frequency: month\n"
                                                "    first: {day: 1}\n    last: {day: last}\n    due: {month: 1, day: 1, shift: %s}\n",
                                         shifts[i]), out[DAY_TEXT_MAX];
                struct catalogue *c = parse_with("periods.yaml", text, strlen(text));
                day first, last;
                moment due;

                assert_int_equal(complaints.count, 0);
                assert_true(window_dates(c, window_find(c, "m", 0), period_make(FREQUENCY_MONTH, 2024, 12), &first, &last, &due));
                day_write(out, day_of_moment(due));
                assert_string_equal(out, days[i]);
                /* the calendar of this catalogue has the year 2025 alone: what moves into or through another may move */
                assert_int_equal(window_due_is_certain(c, window_find(c, "m", 0), period_make(FREQUENCY_MONTH, 2024, 12)), i == 0);
                assert_false(window_due_is_certain(c, window_find(c, "m", 0), period_make(FREQUENCY_MONTH, 2025, 12)));
                assert_true(window_due_is_certain(c, window_find(c, "m", 0), period_make(FREQUENCY_MONTH, 2025, 4)));
                assert_true(window_due_is_certain(shipped, window_find(shipped, "cluster_year", date("2030-12-31")), period_make(FREQUENCY_YEAR, 2030, 0)));
        }
}

/* ---- items and indicators ------------------------------------------------------------------------------------------ */

static void published_codes_resolve(void **state)
{
        static const char *const iip[] = { "TOTAL", "B",  "05", "06", "07", "08", "09", "C",  "10", "11", "12", "13", "14",
                                           "15",    "16", "17", "18", "19", "20", "21", "22", "23", "24", "25", "26", "27",
                                           "28",    "29", "30", "31", "32", "33", "D",  "E",  "36", "37", "38", NULL };

        (void)state;
        for (int i = 0; iip[i] != NULL; i++)
                for (int year = 2018; year <= 2026; year++)
                        if (item_at(shipped, "vsic", iip[i], day_of(year, 12, 31)) == NULL)
                                fail_msg("vsic %s in %d", iip[i], year);
        assert_non_null(item_at(shipped, "products", "dien_san_xuat", date("2021-12-31")));
        assert_string_equal(item_at(shipped, "products", "dien_san_xuat", date("2021-12-31"))->unit_vi, "tỷ kWh");
        assert_string_equal(item_at(shipped, "goods_import", "trong_do_nguyen_chiec", 20000)->unit_en, "units");
        assert_string_equal(item_at(shipped, "goods_export", "fdi_dau_tho", 20000)->parent->code, "khu_vuc_co_von_dau_tu_nuoc_ngoai");
        assert_string_equal(item_at(shipped, "gdp_activity", "cong_nghiep_che_bien_che_tao", 20000)->parent->code, "cong_nghiep");
        assert_string_equal(item_at(shipped, "hs", "72", 20000)->parent->parent->code, "TOTAL");
}

/* Tests run in the project's folder, where the published tables lie: each of their codes must mean something. */
static void published_tables_use_known_codes(void **state)
{
        static const struct { const char *file, *classification; } tables[] = {
                { "gso_iip_month.csv", "vsic" },           { "gso_consumption_inventory.csv", "vsic" },
                { "gso_product_month.csv", "products" },   { "gso_export.csv", "goods_export" },
                { "gso_import.csv", "goods_import" },      { "gso_gdp_const2010.csv", "gdp_activity" },
                { "gso_gdp_current.csv", "gdp_activity" }, { "gso_labour_province.csv", NULL },
        };
        size_t rows = 0;

        (void)state;
        for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
                struct error err = { .language = LANGUAGE_EN };
                size_t length;
                const char *text = file_read(arena, arena_print(arena, "data/published/%s", tables[t].file),
                                             (size_t)4 << 20, &length, &err), *p, *end;

                if (text == NULL)
                        fail_msg("%s", err.message);
                end = text + length;
                for (p = memchr(text, '\n', length); p != NULL && ++p < end; p = memchr(p, '\n', (size_t)(end - p))) {
                        char release[8] = "", on[24] = "", code[200] = "";
                        period of;

                        if (sscanf(p, "%7[^,],%23[^,],%199[^,]", release, on, code) != 3)
                                fail_msg("%s: %.60s", tables[t].file, p);
                        rows++;
                        assert_true(period_read(on, strlen(on) > 7 ? 7 : strlen(on), &of));
                        if (tables[t].classification != NULL
                                    ? item_at(shipped, tables[t].classification, code, period_last(of)) == NULL
                                    : unit_at(shipped, code, period_last(of)) == NULL)
                                fail_msg("%s: %s in %s", tables[t].file, code, on);
                }
        }
        assert_true(rows > 20000);
}

static void a_code_with_another_meaning_needs_its_version(void **state)
{
        day old = date("2025-11-14"), new = date("2025-11-15");

        (void)state;
        assert_string_equal(item_at(shipped, "vsic", "3512", old)->name_vi, "Truyền tải và phân phối điện");
        assert_string_equal(item_at(shipped, "vsic", "3512", new)->name_vi, "Sản xuất điện từ nguồn năng lượng tái tạo");
        assert_string_equal(item_at(shipped, "vsic", "1104", old)->name_vi, "Sản xuất đồ uống không cồn, nước khoáng");
        assert_string_equal(item_at(shipped, "vsic", "1104", new)->name_vi, "Sản xuất mạch nha ủ men bia");
        assert_null(item_at(shipped, "vsic", "3513", old));
        assert_non_null(item_at(shipped, "vsic", "3513", new));
        assert_null(item_at(shipped, "vsic", "2610", new));
        assert_ptr_equal(item_at(shipped, "vsic", "10", old), item_at(shipped, "vsic", "10", new));
        assert_string_equal(item_at(shipped, "vsic", "1010", old)->parent->parent->parent->parent->code, "TOTAL");
        assert_null(item_at(shipped, "nix", "10", old));
        assert_null(item_at(shipped, "vsic", "0511", old));
}

static void items_stand_in_printed_order(void **state)
{
        const struct item *list[100];
        size_t count = item_list(shipped, "products", 20000, list, 100);

        (void)state;
        assert_true(count >= 33);
        assert_string_equal(list[0]->code, "than_da_than_sach");
        for (size_t i = 1; i < count; i++)
                assert_true(list[i - 1]->order < list[i]->order);
        assert_string_equal(classification_find(shipped, "goods_export")->root, "tong_tri_gia");
        assert_string_equal(classification_find(shipped, "vsic")->root, "TOTAL");
        assert_null(classification_find(shipped, "nix"));
}

static void indicators_of_the_contract_are_there(void **state)
{
        static const struct { const char *id, *items; int decimals; enum additive additive; bool is_index; } cases[] = {
                { "iip_mom", "vsic", 6, ADDITIVE_NONE, true },         { "iip_yoy", "vsic", 6, ADDITIVE_NONE, true },
                { "iip_ytd", "vsic", 6, ADDITIVE_NONE, true },         { "product_output", "products", 6, ADDITIVE_FLOW, false },
                { "export_value", "goods_export", 6, ADDITIVE_FLOW, false }, { "export_quantity", "goods_export", 6, ADDITIVE_FLOW, false },
                { "import_value", "goods_import", 6, ADDITIVE_FLOW, false }, { "import_quantity", "goods_import", 6, ADDITIVE_FLOW, false },
                { "labour_mom", "vsic", 6, ADDITIVE_NONE, true },      { "labour_yoy", "vsic", 6, ADDITIVE_NONE, true },
                { "consumption_mom", "vsic", 6, ADDITIVE_NONE, true }, { "consumption_yoy", "vsic", 6, ADDITIVE_NONE, true },
                { "inventory_mom", "vsic", 6, ADDITIVE_NONE, true },   { "inventory_yoy", "vsic", 6, ADDITIVE_NONE, true },
                { "gdp_const2010", "gdp_activity", 6, ADDITIVE_FLOW, false }, { "gdp_current", "gdp_activity", 6, ADDITIVE_FLOW, false },
                { "grdp_growth", "gdp_activity", 6, ADDITIVE_NONE, false }, { "industry_growth_contribution", "", 6, ADDITIVE_NONE, false },
                { "retail_sales", "", 6, ADDITIVE_FLOW, false },       { "electricity_sold", "", 6, ADDITIVE_FLOW, false },
                { "cluster_land_leased", "", 6, ADDITIVE_STOCK, false }, { "promotion_projects_accepted", "", 0, ADDITIVE_FLOW, false },
        };
        const struct indicator *list[200];
        size_t count = indicator_list(shipped, list, 200);

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                const struct indicator *k = indicator_find(shipped, cases[i].id);

                if (k == NULL || strcmp(k->item_classification, cases[i].items) != 0 || k->decimals != cases[i].decimals ||
                    k->additive != cases[i].additive || k->is_index != cases[i].is_index)
                        fail_msg("%s", cases[i].id);
        }
        for (size_t i = 0; i < count; i++) {
                assert_ptr_equal(indicator_find(shipped, list[i]->id), list[i]);
                assert_true(list[i]->source_vi[0] != '\0' && list[i]->short_en[0] != '\0');
        }
        assert_int_equal(indicator_find(shipped, "promotion_budget")->shown, 3);
        assert_true(indicator_find(shipped, "grdp_growth")->may_be_negative);
        assert_null(indicator_find(shipped, "nix"));
}

static void the_longest_beginning_says_what_kind_a_source_is(void **state)
{
        static const struct { const char *source, *id; } cases[] = {
                { "", "administration" }, { "so-lieu.csv", "administration" }, { "Báo cáo tháng 8-2026 Sở Công Thương Hà Tĩnh.csv", "administration" }, { "Báo cáo", "administration" },
                { "Báo Công Thương, 01/2022", "press" }, { "Báo Hà Tĩnh", "press" }, { "Cục Thống kê Hà Tĩnh", "statistics" }, { "Niên giám thống kê 2024", "statistics_final" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                const struct provider *p = provider_of(shipped, cases[i].source, date("2026-08-31"));

                assert_string_equal(p->id, cases[i].id);
                assert_int_equal(p->is_own, strcmp(p->id, "administration") == 0);
        }
}

static void files_are_found_by_path_and_suffix(void **state)
{
        const char *paths[64];
        size_t count = catalogue_paths(shipped, ".yaml", paths, 64);

        (void)state;
        assert_non_null(strstr(catalogue_file(shipped, "periods.yaml"), "management_month"));
        assert_null(catalogue_file(shipped, "published/gso_export.csv"));
        assert_true(count >= 8);
        for (size_t i = 1; i < count; i++)
                assert_true(strcmp(paths[i - 1], paths[i]) < 0);
}

static const char *keys_of(const struct unit *const *list, size_t count)
{
        const char *text = "";

        for (size_t i = 0; i < count; i++)
                text = arena_print(arena, "%s%s%s", text, i == 0 ? "" : " ", list[i]->key);
        return text;
}

static void an_arrangement_ends_units_and_makes_others(void **state)
{
        static const char text[] = SPLIT "25,25,0.6,2026-01-01,nq,population 2024,tinh,Phú Thọ,Phu Tho,VN\n"
                                         "25,26,0.4,2026-01-01,nq,population 2024,tinh,Vĩnh Phúc,Vinh Phuc,VN\n"
                                         "00001,00001,1,2026-01-01,nq,,xa,Một,Mot,26\n";
        static const char later[] = SPLIT "26,25,1,2027-01-01,Nghị quyết 1/2027,,tinh,Phú Thọ,Phu Tho,VN\n25,25,1,2027-01-01,Nghị quyết 1/2027,,,,,\n";
        struct source files[SMALL + 2];
        const struct catalogue *c = parse_with(ARRANGED, text, sizeof text - 1);
        const struct unit *before, *now;
        const struct unit_change *changes[4];
        const struct unit **origins;
        struct unit_part parts[4];
        size_t count;

        (void)state;
        if (complaints.count > 0)
                fail_msg("%s:%d: %s", complaints.list[0].file, complaints.list[0].line, complaints.list[0].message);
        before = unit_at(c, "25", date("2025-12-31"));
        now = unit_at(c, "25", date("2026-01-01"));
        assert_string_equal(before->key, "25@2025-07-01");
        assert_string_equal(now->key, "25@2026-01-01");
        assert_true(before->to == date("2025-12-31") && now->to == DAY_FOREVER);
        assert_int_equal(unit_successors(c, before, changes, 4), 2);
        assert_int_equal(changes[0]->share_ppm + changes[1]->share_ppm, SHARES_WHOLE);
        assert_string_equal(changes[0]->basis, "population 2024");
        assert_string_equal(changes[0]->act, "Nghị quyết");
        assert_string_equal(unit_at(c, "00001", date("2026-01-01"))->parent->key, "26@2026-01-01");
        assert_string_equal(unit_at(c, "00001", date("2025-12-31"))->parent->key, "25@2025-07-01");
        assert_int_equal(unit_restated(c, unit_at(c, "17", date("2025-01-01")), date("2026-01-01"), parts, 4), 2);
        assert_true(parts[0].share == PART_WHOLE / 10 * 6);
        assert_false(parts[0].is_exact);

        /* And another one a year later, which makes one of them again: what lies below goes along. */
        for (size_t i = 0; i < SMALL; i++)
                files[i] = (struct source){ small[i].path, small[i].text, strlen(small[i].text) };
        files[SMALL] = (struct source){ ARRANGEMENTS "b.csv", text, sizeof text - 1 };
        files[SMALL + 1] = (struct source){ ARRANGEMENTS "a.csv", later, sizeof later - 1 };
        complaints.count = 0;
        c = catalogue_parse(arena, files, SMALL + 2, &complaints);
        if (complaints.count > 0)
                fail_msg("%s:%d: %s", complaints.list[0].file, complaints.list[0].line, complaints.list[0].message);
        assert_string_equal(unit_at(c, "00001", date("2027-01-01"))->key, "00001@2027-01-01");
        assert_string_equal(unit_at(c, "00001", date("2027-01-01"))->parent->key, "25@2027-01-01");
        assert_int_equal(unit_restated(c, unit_at(c, "25", date("2025-12-31")), date("2027-01-01"), parts, 4), 1);
        assert_true(parts[0].share == PART_WHOLE);
        assert_int_equal(unit_restated(c, unit_at(c, "25", date("2027-01-01")), date("2025-12-31"), parts, 4), 1);
        assert_null(unit_at(c, "26", date("2027-01-01")));
        origins = unit_origins(arena, c, unit_at(c, "25", date("2027-01-01")), &count);
        assert_ptr_equal(origins[0], unit_at(c, "25", date("2027-01-01")));
        assert_string_equal(keys_of(origins, count), "25@2027-01-01 25@2026-01-01 26@2026-01-01 25@2025-07-01 17@2004-01-01 25@2004-01-01"); /* two that were one before, which was one of two */
}

/* More parts than anybody keeps room for. */
static void a_unit_in_a_hundred_parts_lies_where_all_of_them_do(void **state)
{
        struct buf text;
        const struct catalogue *c;
        const struct unit *divided;
        struct unit_part *parts;
        const day on = date("2026-01-01");
        size_t count;

        (void)state;
        buf_init(&text, 1 << 16);
        buf_text(&text, SPLIT "00001,00001,1,2026-01-01,nq,,xa,Một,Mot,100\n");
        for (int i = 0; i < 100; i++)
                buf_print(&text, "25,%d,0.01,2026-01-01,nq,population 2024,tinh,Tỉnh %d,Province %d,VN\n", 100 + i, i, i);
        c = parse_with(ARRANGED, text.data, text.length);
        if (complaints.count > 0)
                fail_msg("%s:%d: %s", complaints.list[0].file, complaints.list[0].line, complaints.list[0].message);
        divided = unit_at(c, "25", date("2025-12-31"));
        parts = unit_parts(arena, c, divided, on, &count);
        assert_int_equal(count, 100);
        assert_string_equal(parts[99].unit->code, "199");
        assert_true(unit_lies_within(c, divided, unit_at(c, "VN", on), on));
        assert_false(unit_lies_within(c, divided, parts[0].unit, on));
        assert_false(unit_lies_within(c, divided, parts[99].unit, on));
        assert_true(unit_code_is_within(c, "25", "VN", on));
        assert_false(unit_code_is_within(c, "25", "199", on));
        assert_false(unit_lies_within(c, unit_at(c, "100", on), divided, on));
        buf_clear(&text);
}

static void the_past_is_compared_and_not_the_future(void **state)
{
        static const struct { const char *path, *text; bool is_same; } cases[] = {
                { "units/all.csv", HEAD "17,tinh,Hoà Bình,Hoa Binh,VN,2004-01-01,2025-06-30\n25,tinh,Phú Thọ,Phu Tho,VN,2004-01-01,2025-06-30\n"
                                   "25,tinh,Phú Thọ mới,Phu Tho,VN,2025-07-01,\n00001,xa,Một,Mot,25,2025-07-01,\n", true },
                { "units/all.csv", HEAD "17,tinh,Hoà Bình,Hoa Binh,VN,2004-01-01,2025-06-30\n25,tinh,Phú Thọ,Phu Tho,VN,2004-01-01,2025-06-30\n"
                                   "25,tinh,Phú Thọ,Phu Tho,VN,2025-07-01,\n00001,xa,Một,Mot,25,2025-07-01,2026-12-31\n00002,xa,Hai,Hai,25,2027-01-01,\n", true },
                { "units/all.csv", HEAD "17,tinh,Hoà Bình,Hoa Binh,VN,2004-01-01,2025-06-30\n25,tinh,Phú Thọ,Phu Tho,VN,2004-01-01,2025-06-30\n"
                                   "25,tinh,Phú Thọ,Phu Tho,VN,2025-07-01,\n00001,xa,Một,Mot,25,2025-07-01,2026-03-31\n", false },
                { "units/all.csv", HEAD "17,tinh,Hoà Bình,Hoa Binh,VN,2004-01-01,2025-06-30\n25,tinh,Phú Thọ,Phu Tho,VN,2004-01-01,2025-06-30\n"
                                   "25,tinh,Phú Thọ,Phu Tho,VN,2025-07-01,\n00001,xa,Một,Mot,25,2025-07-01,\n00002,xa,Hai,Hai,25,2025-07-01,\n", false },
                { "units/changes.csv", "old,new,share,date,act\n17,25,,2025-07-01,nq\n25,25,1,2025-07-01,nq\n", false },
                { "units/changes.csv", "old,new,share,date,act\n17,25,1,2025-07-01,nq\n", false },
                { "calendar/days.csv", "from,to,kind,name_vi,name_en\n", true },
                { "indicators/all.yaml", "indicators:\n  - id: iip_yoy\n    name: {vi: Khác, en: Other}\n    unit: {vi: \"%\", en: \"%\"}\n    decimals: 6\n    index: true\n    items: vsic\n"
                                         "  - id: new\n    name: {vi: a, en: a}\n    unit: {vi: a, en: a}\n    decimals: 0\n", true },
                { "indicators/all.yaml", "indicators:\n  - id: iip_yoy\n    name: {vi: Chỉ số, en: Index}\n    unit: {vi: \"%\", en: \"%\"}\n    decimals: 6\n    additive: flow\n    items: vsic\n", false },
                { "classifications/vsic.csv", "code,parent,name_vi,name_en,from,to\nTOTAL,,Toàn ngành,Whole,,\nB,TOTAL,Khai khoáng,Mining,,\nC,TOTAL,a,a,,\n", true },
                { "classifications/vsic.csv", "code,parent,name_vi,name_en,from,to\nTOTAL,,Toàn ngành,Whole,,\n", false },
        };
        const struct catalogue *old = parse_with(NULL, NULL, 0);

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                const struct catalogue *new = parse_with(cases[i].path, cases[i].text, strlen(cases[i].text));

                if (complaints.count > 0)
                        fail_msg("%zu: %s:%d %s", i, complaints.list[0].file, complaints.list[0].line, complaints.list[0].message);
                if (catalogue_past_is_same(old, new, date("2026-06-01")) != cases[i].is_same)
                        fail_msg("case %zu: %s", i, cases[i].text);
        }
}

static void the_whole_is_small(void **state)
{
        size_t count;
        const struct source *files = catalogue_shipped(&count);

        (void)state;
        catalogue_parse(arena, files, count, &complaints);
        print_message("%zu KiB\n", arena_used(arena) / 1024);
        assert_true(arena_used(arena) < (size_t)8 << 20);
}

/* Whether parsing the small catalogue ends although the n-th piece of memory is missing. */
static bool parses_when_memory_fails(long n)
{
        struct arena *a = arena_open((size_t)16 << 20);
        struct complaints none = { .arena = a, .language = LANGUAGE_EN };
        struct source files[SMALL];
        jmp_buf here;
        volatile bool is_done = false;

        for (size_t i = 0; i < SMALL; i++)
                files[i] = (struct source){ small[i].path, small[i].text, strlen(small[i].text) };
        arena_guard(a, &here);
        if (setjmp(here) == 0) {
                arena_fail_at(n);
                catalogue_parse(a, files, SMALL, &none);
                is_done = true;
        }
        arena_fail_at(0);
        arena_close(a);
        return is_done;
}

static void failing_memory_leaves_nothing_behind(void **state)
{
        long n = 1;

        (void)state;
        while (n < 4000 && !parses_when_memory_fails(n))
                n += n < 60 ? 1 : 37;
        assert_true(n > 60 && n < 4000);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(the_small_catalogue_is_good, set_up, tear_down),
                cmocka_unit_test_setup_teardown(bad_files_are_refused_with_their_place, set_up, tear_down),
                cmocka_unit_test_setup_teardown(checking_goes_on_after_the_first_complaint, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_file_may_be_given_once, set_up, tear_down),
                cmocka_unit_test_setup_teardown(an_empty_catalogue_answers_no, set_up, tear_down),
                cmocka_unit_test(both_maps_are_complete),
                cmocka_unit_test(a_reused_code_means_the_unit_of_its_day),
                cmocka_unit_test(a_map_is_the_same_until_a_unit_begins_or_ends),
                cmocka_unit_test(unchanged_provinces_go_on_without_a_break),
                cmocka_unit_test(renamings_keep_the_unit_and_tell_the_name_of_the_day),
                cmocka_unit_test(numbered_units_have_readable_names),
                cmocka_unit_test(parents_are_those_of_the_time),
                cmocka_unit_test(territory_decides_over_codes),
                cmocka_unit_test(mergers_are_followed_both_ways),
                cmocka_unit_test(parts_of_unknown_size_say_so),
                cmocka_unit_test(every_old_commune_and_province_has_a_place_today),
                cmocka_unit_test(working_days_know_tet_and_make_up_days),
                cmocka_unit_test(each_year_has_its_number_of_working_days),
                cmocka_unit_test(windows_say_what_a_report_covers_and_when_it_is_due),
                cmocka_unit_test_setup_teardown(a_due_day_may_move_to_a_working_day, set_up, tear_down),
                cmocka_unit_test(published_codes_resolve),
                cmocka_unit_test_setup_teardown(published_tables_use_known_codes, set_up, tear_down),
                cmocka_unit_test(a_code_with_another_meaning_needs_its_version),
                cmocka_unit_test(items_stand_in_printed_order),
                cmocka_unit_test(indicators_of_the_contract_are_there),
                cmocka_unit_test(the_longest_beginning_says_what_kind_a_source_is),
                cmocka_unit_test(files_are_found_by_path_and_suffix),
                cmocka_unit_test_setup_teardown(an_arrangement_ends_units_and_makes_others, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_unit_in_a_hundred_parts_lies_where_all_of_them_do, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_past_is_compared_and_not_the_future, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_whole_is_small, set_up, tear_down),
                cmocka_unit_test_setup_teardown(failing_memory_leaves_nothing_behind, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
