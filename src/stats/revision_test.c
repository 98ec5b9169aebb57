#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stats/revision.h"

#define MOST 400

static uint64_t seed;

static int64_t chance(int64_t below)
{
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        return (int64_t)((seed >> 33) % (uint64_t)below);
}

static void a_series_worked_by_hand(void **state)
{
        struct revision_version v[] = {
                { .period = 2, .known = 20, .value = 9904 },  { .period = 1, .known = 10, .value = 10884 },
                { .period = 3, .known = 30, .value = 11717 }, { .period = 2, .known = 30, .value = 10061 },
                { .period = 0, .known = 0, .value = 10200 },  { .period = 0, .known = 10, .value = 10150 },
        };
        int64_t moments[6];
        struct revision_summary s = revision_analyse(v, 6, 2, moments);

        (void)state;
        assert_int_equal(s.publications, 4);
        assert_int_equal(moments[3], 30);
        assert_int_equal(s.periods, 4);
        assert_int_equal(s.repeated, 2); /* neither the newest, nor the one that no later publication printed again */
        assert_int_equal(s.revised, 2);
        assert_int_equal(s.longest_lag, 1);
        assert_true(s.has_means);
        assert_int_equal(s.mean, 535000);           /* (-0.50 + 1.57) / 2 */
        assert_int_equal(s.mean_absolute, 1035000); /* (0.50 + 1.57) / 2 */
        assert_true(s.has_relative);
        assert_int_equal(s.relative, 1024195);      /* 2.07 / (101.50 + 100.61) = 1.0241948… % */
        assert_true(s.has_largest);
        assert_int_equal(s.largest_period, 2);
        assert_int_equal(s.largest, 157);
}

static const struct { int64_t value; enum revision_state state; size_t lag; int64_t revision, total; } steps[] = {
        { 100, REVISION_FIRST, 0, 0, 0 }, { 100, REVISION_FIRST, 1, 0, 0 },     { 97, REVISION_REVISED, 2, -3, -3 },
        { 97, REVISION_REVISED, 3, 0, -3 }, { 100, REVISION_FINAL, 4, 3, 0 },
};

static void each_version_has_its_state_and_what_it_changed(void **state)
{
        struct revision_version v[5];
        int64_t moments[5];
        struct revision_summary s;

        (void)state;
        memset(v, 0, sizeof v);
        for (int i = 0; i < 5; i++)
                v[i] = (struct revision_version){ .period = 7, .known = i, .value = steps[i].value };
        s = revision_analyse(v, 5, 0, moments);
        for (int i = 0; i < 5; i++)
                if (v[i].state != steps[i].state || v[i].lag != steps[i].lag || v[i].revision != steps[i].revision ||
                    v[i].total != steps[i].total || v[i].number != i + 1 || v[i].is_last != (i == 4))
                        fail_msg("row %d", i);
        assert_int_equal(s.revised, 0); /* it came back to where it was */
        assert_int_equal(s.longest_lag, 4);
        assert_false(s.has_largest);
        assert_int_equal(s.mean_absolute, 0);
}

static void a_figure_is_final_when_its_source_says_so_or_a_later_print_left_it_for_as_long_as_revisions_took(void **state)
{
        static const struct {
                struct revision_version v[4];
                size_t count;
                enum revision_state state; /* of the last of period 1 */
                bool is_unconfirmed;
                const char *what;
        } cases[] = {
                { { { .period = 1, .known = 1 }, { .period = 1, .known = 2 }, { .period = 2, .known = 2 } }, 3, REVISION_FINAL, false, "printed again, the series never revised" },
                { { { .period = 1, .known = 1, .print = PRINT_ESTIMATE }, { .period = 2, .known = 2 } }, 2, REVISION_FIRST, true, "an estimate printed once, the series went on" },
                { { { .period = 1, .known = 1 }, { .period = 2, .known = 2 } }, 2, REVISION_FIRST, true, "a value that nobody called anything, printed once" },
                { { { .period = 1, .known = 1, .print = PRINT_ESTIMATE } }, 1, REVISION_FIRST, false, "an estimate, the newest there is" },
                { { { .period = 1, .known = 1, .print = PRINT_OFFICIAL }, { .period = 2, .known = 2 } }, 2, REVISION_FINAL, false, "official, printed once" },
                { { { .period = 1, .known = 1, .print = PRINT_OFFICIAL } }, 1, REVISION_FINAL, false, "official, the newest" },
                { { { .period = 1, .known = 1, .print = PRINT_REVISED }, { .period = 2, .known = 2 } }, 2, REVISION_FINAL, false, "revised by its source, whose first print is not held; the series went on" },
                { { { .period = 1, .known = 1, .print = PRINT_REVISED } }, 1, REVISION_REVISED, false, "the same, the newest" },
                { { { .period = 1, .known = 1, .value = 5 }, { .period = 1, .known = 3, .value = 6 }, { .period = 2, .known = 3 } }, 3, REVISION_FINAL, false,
                  "revised two publications later: as long as it ever took" },
                { { { .period = 1, .known = 2, .value = 5 }, { .period = 1, .known = 3, .value = 5 }, { .period = 0, .known = 1, .value = 5 }, { .period = 0, .known = 3, .value = 6 } }, 4,
                  REVISION_FIRST, false, "printed again, but published once since where revisions took two" },
                { { { .period = 1, .known = 1, .print = PRINT_ESTIMATE }, { .period = 1, .known = 2, .print = PRINT_ESTIMATE }, { .period = 2, .known = 3 } }, 3, REVISION_FIRST, false,
                  "printed again, and an estimate still" },
                { { { .period = 1, .known = 1, .value = 5, .print = PRINT_ESTIMATE }, { .period = 1, .known = 2, .value = 6, .print = PRINT_ESTIMATE }, { .period = 2, .known = 3 } }, 3,
                  REVISION_REVISED, false, "revised, and an estimate still" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct revision_version v[4];
                int64_t moments[4];
                struct revision_summary s;
                const struct revision_version *last = NULL;

                memcpy(v, cases[i].v, sizeof v);
                s = revision_analyse(v, cases[i].count, 0, moments);
                for (size_t k = 0; k < cases[i].count; k++)
                        last = v[k].period == 1 && v[k].is_last ? &v[k] : last;
                if (last == NULL || last->state != cases[i].state || last->is_unconfirmed != cases[i].is_unconfirmed || s.unconfirmed != (cases[i].is_unconfirmed ? 1 : 0))
                        fail_msg("%s: state %d, unconfirmed %d", cases[i].what, last == NULL ? -1 : (int)last->state, last != NULL && last->is_unconfirmed);
        }
}

static void nothing_and_what_is_too_large_are_said(void **state)
{
        struct revision_version v[] = { { .period = 1, .known = 1, .value = INT64_MIN }, { .period = 1, .known = 2, .value = INT64_MAX } };
        int64_t moments[2];
        struct revision_summary s = revision_analyse(v, 0, 6, moments);

        (void)state;
        assert_false(s.has_means || s.has_relative || s.has_largest);
        assert_null(revision_standing(v, 0, 1, 1));
        s = revision_analyse(v, 2, 6, moments);
        assert_false(v[1].has_revision);
        assert_false(s.has_means);
        assert_int_equal(s.revised, 1);
        v[0].value = v[1].value = 0;
        s = revision_analyse(v, 2, 6, moments);
        assert_true(s.has_means && s.mean == 0);
        assert_false(s.has_relative); /* of nothing */
}

/* Some periods, some versions of each, in no order; moments shared by many. */
static size_t series_make(struct revision_version *v)
{
        size_t count = 0;
        int periods = (int)chance(12) + 1;

        for (int p = 0; p < periods; p++) {
                int64_t known = chance(20);

                for (int n = (int)chance(6) + 1; n > 0; n--) {
                        v[count++] = (struct revision_version){ .period = p, .known = known, .value = chance(5) == 0 ? 7 : chance(2000) - 1000 };
                        known += chance(5) + 1;
                }
        }
        for (size_t i = count; i > 1; i--) {
                size_t j = (size_t)chance((int64_t)i);
                struct revision_version swap = v[i - 1];

                v[i - 1] = v[j];
                v[j] = swap;
        }
        return count;
}

static void identities_hold_for_any_series(void **state)
{
        static struct revision_version v[MOST], other[MOST], part[MOST];
        static int64_t moments[MOST], other_moments[MOST];

        (void)state;
        for (seed = 1; seed < 4000; seed++) {
                uint64_t begun = seed;
                size_t count = series_make(v), kept = 0;
                struct revision_summary s, t;
                int128 sum = 0, absolute = 0;
                int64_t moment;

                memcpy(other, v, count * sizeof *v);
                s = revision_analyse(v, count, 3, moments);

                /* the order of input is irrelevant, and so is a constant added to all values, for all but what is relative to them */
                for (size_t i = 0; i < count / 2; i++) {
                        struct revision_version swap = other[i];

                        other[i] = other[count - 1 - i];
                        other[count - 1 - i] = swap;
                }
                for (size_t i = 0; i < count; i++)
                        other[i].value += 123;
                t = revision_analyse(other, count, 3, other_moments);
                if (s.mean != t.mean || s.mean_absolute != t.mean_absolute || s.revised != t.revised || s.longest_lag != t.longest_lag)
                        fail_msg("seed %llu: a constant changed the summary", (unsigned long long)begun);
                for (size_t i = 0; i < count; i++)
                        if (v[i].revision != other[i].revision || v[i].state != other[i].state || v[i].known != other[i].known)
                                fail_msg("seed %llu: a constant changed version %zu", (unsigned long long)begun, i);

                /* the revisions of a period add up to its total; the means are those of the totals */
                for (size_t i = 0; i < count; i++) {
                        if (v[i].number == 1)
                                sum = 0;
                        sum += v[i].revision;
                        if (sum != v[i].total)
                                fail_msg("seed %llu: revisions do not add up", (unsigned long long)begun);
                }
                sum = 0;
                kept = 0;
                for (size_t i = 0; i < count; i++)
                        if (v[i].is_last && v[i].number > 1) {
                                sum += v[i].total;
                                absolute += v[i].total < 0 ? -v[i].total : v[i].total;
                                kept++;
                        }
                if (kept != s.repeated || s.has_means != (kept > 0) || (kept > 0 && s.mean != (int64_t)decimal_divide(sum * 1000, (int128)kept)) ||
                    (kept > 0 && s.mean_absolute != (int64_t)decimal_divide(absolute * 1000, (int128)kept)))
                        fail_msg("seed %llu: the means", (unsigned long long)begun);
                if (s.has_means && (s.mean > s.mean_absolute || -s.mean > s.mean_absolute))
                        fail_msg("seed %llu: the mean is beyond the mean absolute", (unsigned long long)begun);

                /* the triangle at a moment is what the series was then */
                moment = chance(30);
                kept = 0;
                for (size_t i = 0; i < count; i++)
                        if (v[i].known <= moment)
                                part[kept++] = v[i];
                revision_analyse(part, kept, 3, other_moments);
                for (int32_t p = 0; p < 12; p++) {
                        const struct revision_version *now = revision_standing(v, count, p, moment), *then = NULL;

                        for (size_t i = 0; i < kept; i++)
                                if (part[i].period == p && part[i].is_last)
                                        then = &part[i];
                        if ((now == NULL) != (then == NULL) || (now != NULL && (now->value != then->value || now->known != then->known)))
                                fail_msg("seed %llu: what stood at %lld", (unsigned long long)begun, (long long)moment);
                }
                seed = begun;
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_series_worked_by_hand),
                cmocka_unit_test(each_version_has_its_state_and_what_it_changed),
                cmocka_unit_test(a_figure_is_final_when_its_source_says_so_or_a_later_print_left_it_for_as_long_as_revisions_took),
                cmocka_unit_test(nothing_and_what_is_too_large_are_said),
                cmocka_unit_test(identities_hold_for_any_series),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
