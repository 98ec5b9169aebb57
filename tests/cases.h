/* cases.h - entries of cases made by hand, for tests of what the fold makes of them. Header only, as support.h, which it brings. */
#ifndef TESTS_CASES_H
#define TESTS_CASES_H

#include "tests/support.h"

#include "workflow/case.h"

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
