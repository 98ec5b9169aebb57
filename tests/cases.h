/* cases.h - entries of cases made by hand, for tests of what the fold makes of them. Header only, as support.h, which it brings. */
#ifndef TESTS_CASES_H
#define TESTS_CASES_H

#include "tests/support.h"

#include "workflow/case.h"

/* Files of a catalogue: a country of one province, "42". */
#define TEST_KINDS "kind,level,label_vi,label_en\nquoc_gia,country,,\ntinh,province,Tỉnh,Province\n"
#define TEST_UNITS "code,kind,name_vi,name_en,parent,from,to\nVN,quoc_gia,Việt Nam,Viet Nam,,1945-09-02,\n42,tinh,Hà Tĩnh,Ha Tinh,VN,2004-01-01,\n"
#define TEST_PROVINCE { "units/kinds.csv", TEST_KINDS, sizeof TEST_KINDS - 1 }, { "units/all.csv", TEST_UNITS, sizeof TEST_UNITS - 1 }

static inline day test_day(const char *text)
{
        day x;

        assert_true(day_read(text, strlen(text), &x));
        return x;
}

static inline void test_release_json(void *json)
{
        json_decref(json);
}

/* An act written at noon of a day by a role of a unit, told of a day (NULL: the same). place: from 1 on, its order among those of one noon.
 * body: JSON. It lives as long as the arena. */
static inline struct case_event test_event(struct arena *arena, int64_t place, const char *written, const char *on, const char *role, const struct unit *unit,
                                           const char *body)
{
        json_t *json = json_loads(body, 0, NULL);

        assert_non_null(json);
        assert_non_null(unit);
        arena_on_free(arena, test_release_json, json);
        return (struct case_event){ .act = CASE_ACT, .at = (stamp)((uint64_t)(moment_of_day(test_day(written)) + 43200000) << 16) + place, .node = "n",
                                    .by = role, .author = role, .role = role, .unit = unit, .body = json, .on = test_day(on == NULL ? written : on), .entry = place };
}

#endif
