#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stats/panel.h"

#define TONNE 1
#define PIECE 2

static const int32_t units[] = { TONNE, PIECE, TONNE };

static int set_up(void **state)
{
        *state = arena_open((size_t)1 << 30);
        return *state == NULL;
}

static int tear_down(void **state)
{
        arena_close(*state);
        return 0;
}

static struct panel *opened(struct arena *arena, int32_t months, int32_t areas, int32_t products, const struct panel_line *line,
                            size_t count)
{
        enum panel_fault fault;
        size_t which = 0;
        struct panel *p = panel_open(arena, months, areas, products, units, line, count, &fault, &which);

        if (p == NULL)
                fail_msg("line %zu: %s", which, panel_fault_text(fault));
        return p;
}

/* A report after the panel was completed. */
static enum panel_fault amended(struct panel *p, int64_t line, int32_t month, int64_t quantity, int32_t unit)
{
        enum panel_fault fault = panel_check(p, line, month, quantity, unit);

        if (fault == PANEL_OK)
                panel_change(p, p->line[line].product, &(struct panel_report){ line, month, quantity }, 1);
        return fault;
}

static void put(struct panel *p, int32_t establishment, int32_t product, int32_t month, int64_t quantity)
{
        enum panel_fault fault = panel_put(p, panel_find(p, establishment, product, month), month, quantity, units[product]);

        if (fault != PANEL_OK)
                fail_msg("establishment %d: %s", establishment, panel_fault_text(fault));
}

static int64_t output(struct arena *arena, const struct panel *p, int32_t area, int32_t product, int32_t month, int64_t *imputed)
{
        int64_t *out = arena_array(arena, (size_t)(p->months * p->products), sizeof *out);
        int64_t *part = arena_array(arena, (size_t)(p->months * p->products), sizeof *part);
        struct error e = { .language = LANGUAGE_EN };

        assert_true(panel_output(p, area, out, part, &e));
        if (imputed != NULL)
                *imputed = part[product * p->months + month];
        return out[product * p->months + month];
}

static void lines_that_cannot_be_are_refused(void **state)
{
        static const struct {
                struct panel_line line[2];
                enum panel_fault fault;
                size_t which;
        } cases[] = {
                { { { 7, 0, 0, 0, 5 }, { 7, 0, 1, 6, 9 } }, PANEL_OK, 0 },          /* moved to area 1 */
                { { { 7, 0, 0, 0, 5 }, { 7, 0, 1, 5, 9 } }, PANEL_TWICE, 1 },       /* in two areas in month 5 */
                { { { 7, 0, 0, 4, 5 }, { 7, 0, 0, 0, 9 } }, PANEL_TWICE, 0 },
                { { { 7, 0, 0, 0, 5 }, { 7, 1, 0, 0, 9 } }, PANEL_OK, 0 },
                { { { 7, 0, 0, 0, 5 }, { 8, 0, 0, 6, 5 } }, PANEL_MONTHS, 1 },
                { { { 7, 0, 0, -1, 5 }, { 8, 0, 0, 5, 5 } }, PANEL_MONTHS, 0 },
                { { { 7, 0, 0, 0, 10 }, { 8, 0, 0, 5, 5 } }, PANEL_MONTHS, 0 },
                { { { 7, 0, 2, 0, 5 }, { 8, 0, 0, 5, 5 } }, PANEL_NO_SUCH, 0 },
                { { { 7, 0, 0, 0, 5 }, { 8, 3, 0, 5, 5 } }, PANEL_NO_SUCH, 1 },
                { { { 7, -1, 0, 0, 5 }, { 8, 0, 0, 5, 5 } }, PANEL_NO_SUCH, 0 },
        };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                enum panel_fault fault;
                size_t which = 0;
                struct panel *p = panel_open(*state, 10, 2, 3, units, cases[i].line, 2, &fault, &which);

                if (fault != cases[i].fault || which != cases[i].which || (p == NULL) == (fault == PANEL_OK))
                        fail_msg("row %zu: %s, line %zu", i, panel_fault_text(fault), which);
        }
}

static void reports_that_cannot_be_are_refused_and_change_nothing(void **state)
{
        static const struct panel_line lines[] = { { 7, 0, 0, 2, 5 }, { 7, 1, 0, 0, 9 } };
        struct panel *p = opened(*state, 10, 1, 3, lines, 2);
        int64_t line = panel_find(p, 7, 0, 3);

        assert_int_equal(panel_put(p, line, 3, 40, TONNE), PANEL_OK);
        assert_int_equal(panel_put(p, line, 3, 40, TONNE), PANEL_TWICE);
        assert_int_equal(panel_put(p, line, 3, 41, TONNE), PANEL_TWICE);
        assert_int_equal(panel_put(p, line, 4, 40, PIECE), PANEL_UNIT);
        assert_int_equal(panel_put(p, line, 4, -1, TONNE), PANEL_NEGATIVE);
        assert_int_equal(panel_put(p, line, 4, PANEL_QUANTITY_MAX + 1, TONNE), PANEL_TOO_LARGE);
        assert_int_equal(panel_put(p, line, 6, 40, TONNE), PANEL_NOT_ASKED);
        assert_int_equal(panel_put(p, panel_find(p, 7, 0, 1), 1, 40, TONNE), PANEL_NOT_ASKED);
        assert_int_equal(panel_put(p, panel_find(p, 9, 0, 3), 3, 40, TONNE), PANEL_NOT_ASKED);
        assert_int_equal(p->tally[3].reported, 1);
        assert_int_equal(p->tally[4].reported, 0);
        assert_int_equal(panel_put(p, line, 4, PANEL_QUANTITY_MAX, TONNE), PANEL_OK);
        assert_true(strlen(panel_fault_text(PANEL_UNIT)) > 20);
}

/* Three makers of tonnes. Month 1: c is missing; a and b went from 100 + 300 to 150 + 290, so c's 40 becomes 40 x 440 / 400.
 * Month 2: b and c are missing; a went from 150 to 300: both double. */
static void a_missing_report_moves_as_the_others_of_its_product(void **state)
{
        static const struct panel_line lines[] = { { 1, 0, 0, 0, 2 }, { 2, 0, 0, 0, 2 }, { 3, 0, 0, 0, 2 } };
        struct panel *p = opened(*state, 3, 1, 1, lines, 3);
        int64_t imputed;

        put(p, 1, 0, 0, 100), put(p, 1, 0, 1, 150), put(p, 1, 0, 2, 300);
        put(p, 2, 0, 0, 300), put(p, 2, 0, 1, 290);
        put(p, 3, 0, 0, 40);
        panel_complete(p, 12);
        assert_int_equal(output(*state, p, 0, 0, 0, &imputed), 440);
        assert_int_equal(imputed, 0);
        assert_int_equal(output(*state, p, 0, 0, 1, &imputed), 440 + 44);
        assert_int_equal(imputed, 44);
        assert_int_equal(output(*state, p, 0, 0, 2, &imputed), 300 + 580 + 88);
        assert_int_equal(imputed, 668);
        assert_true(panel_is_imputed(p, 2, 1) && !panel_is_imputed(p, 1, 1));
        assert_int_equal(p->tally[2].expected, 3);
        assert_int_equal(p->tally[2].reported, 1);
        assert_int_equal(p->tally[2].imputed, 2);
}

/* Area 0 has one maker, who is silent in month 1; the country's other makers went from 200 to 100. Area 1 is silent in month 2,
 * so its own figures are not known then, while the country counts what they are taken to be. */
static void without_others_in_the_area_the_country_helps(void **state)
{
        static const struct panel_line lines[] = { { 1, 0, 0, 0, 2 }, { 2, 0, 1, 0, 2 }, { 4, 2, 0, 0, 2 } };
        struct panel *p = opened(*state, 3, 2, 3, lines, 3);

        put(p, 1, 0, 0, 50), put(p, 1, 0, 2, 30);
        put(p, 2, 0, 0, 200), put(p, 2, 0, 1, 100);
        put(p, 4, 2, 0, 1), put(p, 4, 2, 1, 1), put(p, 4, 2, 2, 1);
        panel_complete(p, 12);
        assert_int_equal(output(*state, p, 0, 0, 1, NULL), 25);
        assert_int_equal(output(*state, p, 2, 0, 1, NULL), 125);
        assert_int_equal(output(*state, p, 1, 0, 2, NULL), OUTPUT_UNKNOWN);
        /* in month 2 nobody reported both months: area 1 keeps its 100 */
        assert_int_equal(output(*state, p, 2, 0, 2, NULL), 130);
        assert_int_equal(p->tally[1 * 3 + 2].reported, 0);
}

static void a_product_nobody_reports_is_unknown_and_zero_is_a_report(void **state)
{
        static const struct panel_line lines[] = { { 1, 0, 0, 0, 3 }, { 1, 1, 0, 0, 3 }, { 1, 2, 0, 0, 1 } };
        struct panel *p = opened(*state, 4, 1, 3, lines, 3);

        put(p, 1, 0, 0, 50), put(p, 1, 0, 1, 0), put(p, 1, 0, 2, 0), put(p, 1, 0, 3, 8);
        put(p, 1, 1, 0, 10), put(p, 1, 1, 2, 11);
        put(p, 1, 2, 0, 9), put(p, 1, 2, 1, 9);
        panel_complete(p, 12);
        assert_int_equal(output(*state, p, 0, 0, 1, NULL), 0);
        assert_int_equal(output(*state, p, 0, 0, 3, NULL), 8);
        assert_int_equal(output(*state, p, 0, 1, 1, NULL), OUTPUT_UNKNOWN);
        assert_int_equal(output(*state, p, 1, 1, 1, NULL), OUTPUT_UNKNOWN);
        assert_int_equal(output(*state, p, 0, 1, 2, NULL), 11);
        assert_int_equal(output(*state, p, 0, 2, 3, NULL), 0); /* no longer asked: closed, a real fall */
}

static void a_product_nobody_is_asked_for_yet_is_unknown(void **state)
{
        static const struct panel_line lines[] = { { 1, 0, 0, 1, 2 }, { 2, 2, 1, 0, 3 } };
        struct panel *p = opened(*state, 4, 2, 3, lines, 2);

        put(p, 1, 0, 1, 5), put(p, 1, 0, 2, 6);
        for (int32_t t = 0; t < 4; t++)
                put(p, 2, 2, t, 9);
        panel_complete(p, 12);
        assert_int_equal(output(*state, p, 0, 0, 0, NULL), OUTPUT_UNKNOWN); /* the sample begins later */
        assert_int_equal(output(*state, p, 2, 0, 0, NULL), OUTPUT_UNKNOWN);
        assert_int_equal(output(*state, p, 2, 0, 1, NULL), 5);
        assert_int_equal(output(*state, p, 2, 0, 3, NULL), 0);              /* closed */
        assert_int_equal(output(*state, p, 2, 1, 3, NULL), OUTPUT_UNKNOWN); /* nobody ever */
        assert_int_equal(output(*state, p, 0, 2, 3, NULL), OUTPUT_UNKNOWN); /* nobody here */
}

/* Two are asked from month 1 on and report first in months 3 and 4; that of the other area in month 2: by itself each begins with its own, together with that. */
static void a_product_nobody_has_reported_yet_is_unknown_not_nothing(void **state)
{
        static const struct panel_line lines[] = { { 1, 0, 0, 1, 5 }, { 2, 0, 0, 1, 5 }, { 3, 0, 1, 0, 5 }, { 4, 2, 0, 0, 2 } };
        static const int64_t here[] = { OUTPUT_UNKNOWN, OUTPUT_UNKNOWN, OUTPUT_UNKNOWN, 5, 12, 12 }, all[] = { OUTPUT_UNKNOWN, OUTPUT_UNKNOWN, 9, 14, 21, 21 };
        struct panel *p = opened(*state, 6, 2, 3, lines, 4);

        for (int32_t t = 2; t < 6; t++)
                put(p, 3, 0, t, 9);
        for (int32_t t = 3; t < 6; t++)
                put(p, 1, 0, t, 5);
        put(p, 2, 0, 4, 7), put(p, 2, 0, 5, 7);
        panel_complete(p, 12);
        for (int round = 0; round < 2; round++) {
                for (int32_t t = 0; t < 6; t++) {
                        assert_int_equal(output(*state, p, 0, 0, t, NULL), here[t]);
                        assert_int_equal(output(*state, p, 2, 0, t, NULL), all[t]);
                        assert_int_equal(output(*state, p, 0, 2, t, NULL), OUTPUT_UNKNOWN); /* nobody ever reported it, also after its line has ended */
                }
                assert_int_equal(p->tally[1].unfounded, 3);
                if (round == 0) /* completed anew, it is the same */
                        assert_int_equal(amended(p, panel_find(p, 2, 0, 4), 4, 7, TONNE), PANEL_OK);
        }
        assert_int_equal(amended(p, panel_find(p, 2, 0, 1), 1, 3, TONNE), PANEL_OK);
        assert_int_equal(output(*state, p, 0, 0, 0, NULL), OUTPUT_UNKNOWN);
        assert_int_equal(output(*state, p, 0, 0, 1, NULL), 3);
}

static void nothing_is_completed_before_the_first_report_nor_for_ever(void **state)
{
        static const struct panel_line lines[] = { { 1, 0, 0, 0, 7 }, { 2, 0, 0, 0, 7 } };
        struct panel *p = opened(*state, 8, 1, 1, lines, 2);

        for (int32_t t = 0; t < 8; t++)
                put(p, 1, 0, t, 100 + 100 * (t % 2));
        put(p, 2, 0, 2, 10), put(p, 2, 0, 7, 3);
        panel_complete(p, 3);
        assert_int_equal(output(*state, p, 0, 0, 1, NULL), 200);      /* unfounded */
        assert_int_equal(output(*state, p, 0, 0, 3, NULL), 200 + 20);
        assert_int_equal(output(*state, p, 0, 0, 5, NULL), 200 + 20);
        assert_int_equal(output(*state, p, 0, 0, 6, NULL), 100);      /* lapsed after three months */
        assert_int_equal(output(*state, p, 0, 0, 7, NULL), 203);
        assert_int_equal(p->tally[1].unfounded, 1);
        assert_int_equal(p->tally[5].imputed, 1);
        assert_int_equal(p->tally[6].lapsed, 1);
        assert_int_equal(p->tally[7].reported, 2);
}

static void a_move_is_a_fall_here_a_rise_there_and_nothing_in_the_country(void **state)
{
        static const struct panel_line lines[] = { { 1, 0, 0, 0, 1 }, { 1, 0, 1, 2, 3 }, { 2, 0, 0, 0, 3 }, { 3, 0, 1, 0, 3 } };
        struct panel *p = opened(*state, 4, 2, 1, lines, 4);

        for (int32_t t = 0; t < 4; t++)
                put(p, 1, 0, t, 60), put(p, 2, 0, t, 100), put(p, 3, 0, t, 200);
        panel_complete(p, 12);
        assert_int_equal(output(*state, p, 0, 0, 1, NULL), 160);
        assert_int_equal(output(*state, p, 0, 0, 2, NULL), 100);
        assert_int_equal(output(*state, p, 1, 0, 1, NULL), 200);
        assert_int_equal(output(*state, p, 1, 0, 2, NULL), 260);
        for (int32_t t = 0; t < 4; t++)
                assert_int_equal(output(*state, p, 2, 0, t, NULL), 360);
}

/* Establishment 1 makes 60 in area 0, moves to area 1 in month 2 and reports from month 4 on. Meanwhile it is taken to move as the others there, 200 to 300
 * to 400: 60 x 3/2 x 4/3; also where it was silent before it moved, in month 1, when those of area 0 went from 100 to 110. */
static void one_that_moves_and_is_late_goes_on_from_where_it_was(void **state)
{
        static const struct panel_line lines[] = { { 1, 0, 1, 2, 5 }, { 1, 0, 0, 0, 1 }, { 2, 0, 0, 0, 5 }, { 3, 0, 1, 0, 5 } };
        static const int64_t here[] = { 100, 110, 100, 100, 100, 100 }, there[] = { 200, 200, 300, 400, 400, 400 };

        for (int is_silent = 0; is_silent < 2; is_silent++) {
                struct panel *p = opened(*state, 6, 2, 1, lines, 4);
                int64_t before = is_silent ? 66 : 60, imputed;

                for (int32_t t = 0; t < 6; t++)
                        put(p, 2, 0, t, here[t]), put(p, 3, 0, t, there[t]);
                put(p, 1, 0, 0, 60), put(p, 1, 0, 4, 110), put(p, 1, 0, 5, 110);
                if (!is_silent)
                        put(p, 1, 0, 1, 60);
                panel_complete(p, 12);
                assert_int_equal(output(*state, p, 2, 0, 1, NULL), 310 + before);
                assert_int_equal(output(*state, p, 1, 0, 2, &imputed), 300 + before * 3 / 2);
                assert_int_equal(imputed, before * 3 / 2);
                assert_int_equal(output(*state, p, 1, 0, 3, NULL), 400 + before * 2);
                assert_int_equal(output(*state, p, 2, 0, 3, NULL), 500 + before * 2);
                assert_int_equal(output(*state, p, 0, 0, 2, NULL), 100);
                assert_int_equal(output(*state, p, 1, 0, 4, NULL), 510);
                assert_int_equal(p->tally[1 * 6 + 3].imputed, 1);
                assert_int_equal(p->tally[1 * 6 + 3].unfounded, 0);
                if (!is_silent)
                        assert_int_equal(amended(p, panel_find(p, 1, 0, 2), 2, 10, TONNE), PANEL_OK);
                if (!is_silent)
                        assert_int_equal(output(*state, p, 1, 0, 3, NULL), 400 + 13); /* 10 x 4/3 */
        }
}

/* The area's own panel, which holds no line of where it was: the same, from what it reported there, for as long as silence is completed. */
static void one_that_came_from_outside_the_panel_goes_on_from_what_it_reported_there(void **state)
{
        static const struct panel_line lines[] = { { 1, 0, 0, 2, 5 }, { 3, 0, 0, 0, 5 }, { 4, 0, 0, 2, 5 } };
        static const int64_t there[] = { 200, 200, 300, 400, 400, 400 }, expected[] = { 200, 200, 390, 520, 400, 510 };
        struct panel *p = opened(*state, 6, 1, 1, lines, 3);
        int64_t imputed;

        for (int32_t t = 0; t < 6; t++)
                put(p, 3, 0, t, there[t]);
        put(p, 1, 0, 5, 110);
        panel_goes_on_from(p, panel_find(p, 1, 0, 2), 60, 0);
        panel_complete(p, 2);
        for (int32_t t = 0; t < 6; t++)
                assert_int_equal(output(*state, p, 0, 0, t, &imputed), expected[t]);
        assert_int_equal(output(*state, p, 0, 0, 3, &imputed), 520);
        assert_int_equal(imputed, 120);
        assert_int_equal(p->tally[2].imputed, 1);
        assert_int_equal(p->tally[2].unfounded, 1); /* the other new one, of which nothing is told */
        assert_int_equal(p->tally[4].lapsed, 1);
        assert_int_equal(amended(p, panel_find(p, 1, 0, 2), 2, 10, TONNE), PANEL_OK);
        assert_int_equal(output(*state, p, 0, 0, 3, NULL), 400 + 13); /* 10 x 4/3 */
        p = opened(*state, 6, 1, 1, lines, 3);
        for (int32_t t = 0; t < 6; t++)
                put(p, 3, 0, t, there[t]);
        panel_goes_on_from(p, panel_find(p, 1, 0, 2), 60, 1); /* it was silent there for a month already */
        panel_complete(p, 2);
        assert_int_equal(output(*state, p, 0, 0, 2, NULL), 390);
        assert_int_equal(output(*state, p, 0, 0, 3, NULL), 400);
        assert_int_equal(p->tally[3].lapsed, 1);
}

/* It moves twice without a report: silence adds up over the places, and without a report before there is nothing to go on from. */
static void silence_goes_on_over_a_move(void **state)
{
        static const struct panel_line lines[] = { { 1, 0, 0, 0, 2 }, { 1, 0, 1, 3, 4 }, { 1, 0, 0, 5, 7 }, { 2, 0, 0, 0, 7 }, { 3, 0, 1, 0, 7 }, { 4, 0, 0, 0, 3 }, { 4, 0, 1, 4, 7 } };
        static const int64_t country[] = { 310, 310, 310, 310, 310, 300, 300, 310 }; /* three months after the last report it counts as closed */
        struct panel *p = opened(*state, 8, 2, 1, lines, 7);

        for (int32_t t = 0; t < 8; t++)
                put(p, 2, 0, t, 100), put(p, 3, 0, t, 200);
        put(p, 1, 0, 0, 10), put(p, 1, 0, 1, 10), put(p, 1, 0, 7, 10);
        panel_complete(p, 3);
        for (int32_t t = 0; t < 8; t++)
                assert_int_equal(output(*state, p, 2, 0, t, NULL), country[t]);
        for (int32_t t = 0; t < 8; t++)
                assert_int_equal(p->tally[2 * 8 + t].unfounded, 1);
        assert_int_equal(p->tally[2 * 8 + 4].imputed, 1);
        assert_int_equal(p->tally[2 * 8 + 5].lapsed, 1);
        assert_int_equal(p->tally[2 * 8 + 6].lapsed, 1);
}

/* It is asked in area 0, in area 1, and in area 0 again: three lines, of which two stand in one area. */
static void one_that_moves_and_comes_back_counts_where_it_produced(void **state)
{
        static const struct panel_line lines[] = { { 1, 0, 0, 4, 5 }, { 1, 0, 0, 0, 1 }, { 1, 0, 1, 2, 3 }, { 2, 0, 0, 0, 5 }, { 3, 0, 1, 0, 5 } };
        static const int64_t here[] = { 160, 160, 100, 100, 160, 160 };
        struct panel *p = opened(*state, 6, 2, 1, lines, 5);

        for (int32_t t = 0; t < 6; t++)
                put(p, 1, 0, t, 60), put(p, 2, 0, t, 100), put(p, 3, 0, t, 200);
        panel_complete(p, 12);
        for (int32_t t = 0; t < 6; t++) {
                assert_int_equal(output(*state, p, 0, 0, t, NULL), here[t]);
                assert_int_equal(output(*state, p, 2, 0, t, NULL), 360);
        }
}

static void a_sum_beyond_64_bits_is_refused_with_its_product(void **state)
{
        struct panel_line *lines = arena_array(*state, 2100, sizeof *lines);
        struct error e = { .language = LANGUAGE_EN };
        struct panel *p;
        int64_t out[2];

        for (int32_t i = 0; i < 2100; i++)
                lines[i] = (struct panel_line){ i, 0, 0, 0, 1 };
        p = opened(*state, 2, 1, 1, lines, 2100);
        for (int32_t i = 0; i < 2100; i++)
                put(p, i, 0, 0, 4000000000000000), put(p, i, 0, 1, PANEL_QUANTITY_MAX);
        panel_complete(p, 12);
        assert_false(panel_output(p, 0, out, NULL, &e));
        assert_string_equal(e.message, "the output of product number 0 in month number 1 does not fit into 64 bits");
        assert_int_equal(out[0], INT64_C(8400000000000000000));
}

/* ---- in random worlds ------------------------------------------------------------------------------ */

static int64_t below(uint64_t *seed, int64_t limit)
{
        *seed ^= *seed >> 12;
        *seed ^= *seed << 25;
        *seed ^= *seed >> 27;
        return (int64_t)((*seed * 2685821657736338717u) >> 1) % limit;
}

#define AREAS 4
#define PRODUCTS 3
#define MONTHS 24
#define LINES 80

struct report {
        int32_t establishment, product, month;
        int64_t quantity;
};

static void shuffle(void *list, size_t count, size_t size, uint64_t *seed)
{
        char spare[64], *bytes = list;

        for (size_t i = count; i-- > 1;) {
                size_t k = (size_t)below(seed, (int64_t)i + 1);

                memcpy(spare, bytes + i * size, size);
                memmove(bytes + i * size, bytes + k * size, size);
                memcpy(bytes + k * size, spare, size);
        }
}

static void the_order_of_lines_and_reports_does_not_matter_and_areas_make_the_country(void **state)
{
        for (uint64_t n = 1; n <= 60; n++) {
                uint64_t seed = n * 7368787;
                struct panel_line lines[LINES];
                struct report *reports = arena_array(*state, LINES * MONTHS, sizeof *reports);
                int64_t first[AREAS + 1][PRODUCTS * MONTHS], again[PRODUCTS * MONTHS], imputed[PRODUCTS * MONTHS];
                size_t count = 0;
                int64_t reported = 0;

                for (int32_t i = 0; i < LINES; i++) {
                        int32_t from = (int32_t)below(&seed, MONTHS), to = from + (int32_t)below(&seed, MONTHS - from);

                        /* every fourth establishment makes the product of the one before it too, or moves */
                        lines[i] = (struct panel_line){ i, (int32_t)below(&seed, PRODUCTS), (int32_t)below(&seed, AREAS), from, to };
                        if (i % 4 == 3 && lines[i - 1].to + 1 < MONTHS)
                                lines[i] = (struct panel_line){ i - 1, lines[i - 1].product, (int32_t)below(&seed, AREAS),
                                                                lines[i - 1].to + 1, MONTHS - 1 };
                        for (int32_t t = lines[i].from; t <= lines[i].to; t++)
                                if (below(&seed, 5) > 0)
                                        reports[count++] = (struct report){ lines[i].establishment, lines[i].product, t, below(&seed, 100000) };
                }
                for (int round = 0; round < 3; round++) {
                        struct panel *p = opened(*state, MONTHS, AREAS, PRODUCTS, lines, LINES);
                        struct error e = { .language = LANGUAGE_EN };

                        reported = 0;
                        for (size_t i = 0; i < count; i++) {
                                put(p, reports[i].establishment, reports[i].product, reports[i].month, reports[i].quantity);
                                reported += reports[i].quantity;
                        }
                        panel_complete(p, 6);
                        for (int32_t a = 0; a <= AREAS; a++) {
                                assert_true(panel_output(p, a, again, imputed, &e));
                                if (round > 0)
                                        assert_memory_equal(again, first[a], sizeof again);
                                memcpy(first[a], again, sizeof again);
                        }
                        for (size_t i = 0; i < PRODUCTS * MONTHS; i++) {
                                int64_t sum = 0;
                                bool is_known = again[i] != OUTPUT_UNKNOWN;

                                for (int32_t a = 0; a < AREAS; a++) {
                                        is_known = is_known && first[a][i] != OUTPUT_UNKNOWN;
                                        sum += first[a][i] == OUTPUT_UNKNOWN ? 0 : first[a][i];
                                }
                                if (is_known)
                                        assert_int_equal(sum, again[i]);
                                reported -= again[i] == OUTPUT_UNKNOWN ? 0 : again[i] - imputed[i];
                        }
                        for (int32_t t = 0; t < MONTHS * (AREAS + 1); t++)
                                assert_int_equal(p->tally[t].expected, p->tally[t].reported + p->tally[t].imputed +
                                                                               p->tally[t].unfounded + p->tally[t].lapsed);
                        /* what was reported is there to the last unit: unknown cells have no report */
                        assert_int_equal(reported, 0);
                        shuffle(lines, LINES, sizeof *lines, &seed);
                        shuffle(reports, count, sizeof *reports, &seed);
                }
                arena_reset(*state);
        }
}

/* ---- against the rules, done slowly ------------------------------------------------------------------ */

#define SILENT (-1)

/* Of the lines of a product in an area (-1: anywhere) what those that reported both months did from t-1 to t. */
static void slow_movement(const struct panel_line *lines, int64_t (*value)[MONTHS], int32_t product, int32_t area, int32_t t, int64_t *up,
                          int64_t *down, int32_t *reports)
{
        *up = *down = *reports = 0;
        for (size_t i = 0; i < LINES; i++) {
                if (lines[i].product != product || (area >= 0 && lines[i].area != area))
                        continue;
                *reports += value[i][t] != SILENT;
                if (t > 0 && value[i][t] != SILENT && value[i][t - 1] != SILENT) {
                        *up += value[i][t];
                        *down += value[i][t - 1];
                }
        }
}

static int64_t half_up(int64_t a, int64_t b)
{
        return (2 * a + b) / (2 * b);
}

/* How it stands with an establishment at the end of a month. */
struct life {
        int64_t made;
        int32_t silent;
        bool is_founded;
};

/* What line i is taken to have made in each month, as the rules at the head of panel.h say it, and how it stands at its end. */
static struct life slow_line(const struct panel_line *lines, int64_t (*value)[MONTHS], size_t i, int32_t lapse, int64_t *made, bool *is_unknown)
{
        struct life l = { 0 };
        int32_t reports, elsewhere;
        int64_t up, down;

        for (size_t k = 0; k < LINES; k++)
                if (lines[k].establishment == lines[i].establishment && lines[k].product == lines[i].product && lines[k].to == lines[i].from - 1)
                        l = slow_line(lines, value, k, lapse, made, is_unknown);
        memset(made, 0, MONTHS * sizeof *made);
        memset(is_unknown, 0, MONTHS * sizeof *is_unknown);
        for (int32_t t = lines[i].from; t <= lines[i].to; t++) {
                if (value[i][t] != SILENT) {
                        l = (struct life){ value[i][t], 0, true };
                } else if (l.is_founded && l.silent++ < lapse) {
                        slow_movement(lines, value, lines[i].product, lines[i].area, t, &up, &down, &reports);
                        if (down == 0)
                                slow_movement(lines, value, lines[i].product, -1, t, &up, &down, &elsewhere);
                        l.made = down > 0 ? half_up(l.made * up, down) : l.made;
                        is_unknown[t] = down == 0 && reports == 0;
                } else {
                        l.made = 0;
                }
                made[t] = l.made;
        }
        return l;
}

/* Lines of LINES establishments, of which every fourth moves twice. */
static void draw_lines(struct panel_line *lines, uint64_t *seed)
{
        for (int32_t i = 0; i < LINES; i++) {
                bool goes_on = i % 4 >= 2 && lines[i - 1].to + 1 < MONTHS;
                int32_t from = goes_on ? lines[i - 1].to + 1 : (int32_t)below(seed, MONTHS), to = from + (int32_t)below(seed, MONTHS - from);

                lines[i] = (struct panel_line){ i, (int32_t)below(seed, PRODUCTS), (int32_t)below(seed, AREAS), from, i % 4 == 1 || i % 4 == 2 ? (from + to) / 2 : to };
                if (goes_on) {
                        lines[i].establishment = lines[i - 1].establishment;
                        lines[i].product = lines[i - 1].product;
                }
        }
}

static void what_is_missing_is_completed_as_the_rules_say(void **state)
{
        for (uint64_t n = 1; n <= 100; n++) {
                uint64_t seed = n * 32452843;
                int64_t reported_in = 2 + below(&seed, 5);
                struct panel_line lines[LINES];
                int64_t value[LINES][MONTHS], made[MONTHS], expected[AREAS][PRODUCTS][MONTHS] = { 0 }, out[PRODUCTS * MONTHS];
                bool is_unknown[MONTHS], has_unknown[AREAS][PRODUCTS][MONTHS] = { 0 };
                struct error e = { .language = LANGUAGE_EN };
                struct panel *p;

                draw_lines(lines, &seed);
                for (int32_t i = 0; i < LINES; i++)
                        for (int32_t t = 0; t < MONTHS; t++)
                                value[i][t] = t < lines[i].from || t > lines[i].to || below(&seed, reported_in) == 0 ? SILENT : below(&seed, 5) * below(&seed, 20000);
                p = opened(*state, MONTHS, AREAS, PRODUCTS, lines, LINES);
                for (int32_t i = 0; i < LINES; i++)
                        for (int32_t t = 0; t < MONTHS; t++)
                                if (value[i][t] != SILENT)
                                        put(p, lines[i].establishment, lines[i].product, t, value[i][t]);
                panel_complete(p, 4);
                for (size_t i = 0; i < LINES; i++) {
                        slow_line(lines, value, i, 4, made, is_unknown);
                        for (int32_t t = 0; t < MONTHS; t++) {
                                expected[lines[i].area][lines[i].product][t] += made[t];
                                has_unknown[lines[i].area][lines[i].product][t] |= is_unknown[t];
                        }
                }
                for (int32_t a = 0; a < AREAS; a++) {
                        assert_true(panel_output(p, a, out, NULL, &e));
                        for (int32_t i = 0; i < PRODUCTS * MONTHS; i++) {
                                int32_t product = i / MONTHS, t = i % MONTHS;

                                if (out[i] != OUTPUT_UNKNOWN)
                                        assert_int_equal(out[i], expected[a][product][t]);
                                else /* nobody asked yet, nobody of the area reported, or nothing but guesses */
                                        assert_true(p->tally[a * MONTHS + t].reported == 0 || expected[a][product][t] == 0 ||
                                                    has_unknown[a][product][t]);
                        }
                }
                assert_true(panel_output(p, AREAS, out, NULL, &e));
                for (int32_t i = 0; i < PRODUCTS * MONTHS; i++) {
                        int64_t sum = 0;

                        for (int32_t a = 0; a < AREAS; a++)
                                sum += expected[a][i / MONTHS][i % MONTHS];
                        if (out[i] != OUTPUT_UNKNOWN)
                                assert_int_equal(out[i], sum);
                }
                arena_reset(*state);
        }
}

/* A panel to which the last reports come late, some of them corrections, and some that were there taken back, is the one that had them from the start. */
static void late_reports_leave_no_trace_of_having_been_late(void **state)
{
        for (uint64_t n = 1; n <= 60; n++) {
                uint64_t seed = n * 15487469;
                struct panel_line lines[LINES];
                int64_t value[LINES][MONTHS];
                struct panel *once, *late;

                draw_lines(lines, &seed);
                for (int32_t i = 0; i < LINES; i++)
                        for (int32_t t = 0; t < MONTHS; t++)
                                value[i][t] = t < lines[i].from || t > lines[i].to || below(&seed, 4) == 0 ? -1 : below(&seed, 100000);
                once = opened(*state, MONTHS, AREAS, PRODUCTS, lines, LINES);
                late = opened(*state, MONTHS, AREAS, PRODUCTS, lines, LINES);
                for (int32_t i = 0; i < LINES; i++)
                        for (int32_t t = 0; t < MONTHS; t++)
                                if (value[i][t] >= 0) {
                                        put(once, lines[i].establishment, lines[i].product, t, value[i][t]);
                                        if ((i + t) % 7 > 1)
                                                put(late, lines[i].establishment, lines[i].product, t, value[i][t]);
                                        else if ((i + t) % 7 == 1)
                                                put(late, lines[i].establishment, lines[i].product, t, 5);
                                } else if (t >= lines[i].from && t <= lines[i].to && (i + t) % 3 == 0)
                                        put(late, lines[i].establishment, lines[i].product, t, 7);
                panel_complete(once, 4);
                panel_complete(late, 4);
                for (int32_t i = 0; i < LINES; i++)
                        for (int32_t t = 0; t < MONTHS; t++)
                                if (value[i][t] >= 0 && (i + t) % 7 <= 1)
                                        assert_int_equal(amended(late, panel_find(late, lines[i].establishment, lines[i].product, t), t, value[i][t],
                                                                     units[lines[i].product]), PANEL_OK);
                                else if (value[i][t] < 0 && t >= lines[i].from && t <= lines[i].to && (i + t) % 3 == 0) {
                                        struct panel_report back = { panel_find(late, lines[i].establishment, lines[i].product, t), t, PANEL_NO_REPORT };

                                        assert_int_equal(panel_reported(late, back.line, t), 7);
                                        panel_change(late, lines[i].product, &back, 1);
                                }
                assert_memory_equal(once->quantity, late->quantity, LINES * MONTHS * sizeof *once->quantity);
                assert_memory_equal(once->tally, late->tally, (AREAS + 1) * MONTHS * sizeof *once->tally);
                for (int32_t a = 0; a <= AREAS; a++)
                        for (int32_t i = 0; i < PRODUCTS; i++) {
                                int64_t left[2][MONTHS], right[2][MONTHS];
                                struct error e = { .language = LANGUAGE_EN };

                                assert_true(panel_output_product(once, a, i, left[0], left[1], &e));
                                assert_true(panel_output_product(late, a, i, right[0], right[1], &e));
                                assert_memory_equal(left, right, sizeof left);
                        }
                assert_int_equal(amended(late, 0, late->line[0].to, -1, units[late->line[0].product]), PANEL_NEGATIVE);
                arena_reset(*state);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(lines_that_cannot_be_are_refused),
                cmocka_unit_test(reports_that_cannot_be_are_refused_and_change_nothing),
                cmocka_unit_test(a_missing_report_moves_as_the_others_of_its_product),
                cmocka_unit_test(without_others_in_the_area_the_country_helps),
                cmocka_unit_test(a_product_nobody_reports_is_unknown_and_zero_is_a_report),
                cmocka_unit_test(a_product_nobody_is_asked_for_yet_is_unknown),
                cmocka_unit_test(a_product_nobody_has_reported_yet_is_unknown_not_nothing),
                cmocka_unit_test(nothing_is_completed_before_the_first_report_nor_for_ever),
                cmocka_unit_test(a_move_is_a_fall_here_a_rise_there_and_nothing_in_the_country),
                cmocka_unit_test(one_that_moves_and_is_late_goes_on_from_where_it_was),
                cmocka_unit_test(one_that_came_from_outside_the_panel_goes_on_from_what_it_reported_there),
                cmocka_unit_test(silence_goes_on_over_a_move),
                cmocka_unit_test(one_that_moves_and_comes_back_counts_where_it_produced),
                cmocka_unit_test(a_sum_beyond_64_bits_is_refused_with_its_product),
                cmocka_unit_test(what_is_missing_is_completed_as_the_rules_say),
                cmocka_unit_test(late_reports_leave_no_trace_of_having_been_late),
                cmocka_unit_test(the_order_of_lines_and_reports_does_not_matter_and_areas_make_the_country),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
