/* Stretches of months in which an establishment is asked for a product, told one after another. */
#include "tests/support.h"

#include <stdlib.h>
#include <string.h>

#include "areas/iip/iip.h"

#define YEARS 4
#define MONTHS (12 * YEARS)
#define TOLD_MOST 24

static period month(int column)
{
        return period_plus(period_make(FREQUENCY_MONTH, 2019, 1), column);
}

/* "2019-01..2019-03 2020-01.." */
static const char *told(char *text, size_t room, const struct iip_stretch *list, size_t count)
{
        size_t length = 0;

        *text = '\0';
        for (size_t i = 0; i < count; i++) {
                char from[PERIOD_TEXT_MAX], to[PERIOD_TEXT_MAX] = "";

                period_write(from, list[i].from);
                if (list[i].to != PERIOD_NONE)
                        period_write(to, list[i].to);
                length += (size_t)snprintf(text + length, room - length, "%s%s..%s", i == 0 ? "" : " ", from, to);
        }
        return text;
}


static void stretches_told_one_after_another_add_up(void **state)
{
        static const struct { const char *told, *expected; } cases[] = {
                { "2019-01..2019-12 2020-07..", "2019-01..2019-12 2020-07.." },
                { "2020-07.. 2019-01..2019-12", "2019-01..2019-12 2020-07.." },
                { "2019-01.. 2019-01..2019-12 2020-07..", "2019-01..2019-12 2020-07.." },           /* told open, corrected, back again */
                { "2019-01..2019-12 2020-07.. 2019-01..2019-06", "2019-01..2019-06 2020-07.." },     /* a correction names the start */
                { "2019-01..2019-12 2020-07.. 2019-01..2018-12", "2020-07.." },                       /* taken back */
                { "2019-01..2018-12 2019-01..2019-02", "2019-01..2019-02" },
                { "2019-01..2019-06 2019-07..2019-12", "2019-01..2019-12" },
                { "2019-01.. 2019-03..2019-04", "2019-01.." },
                { "2019-01..2019-08 2019-03..2019-10", "2019-01..2019-10" },
                { "2019-01..2018-12", "" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct iip_stretch list[TOLD_MOST];
                char text[512];
                size_t count = 0;

                for (const char *at = cases[i].told; *at != '\0'; at += strspn(at, " ")) {
                        struct iip_stretch s = { PERIOD_NONE, PERIOD_NONE };
                        size_t length = strcspn(at, " ");

                        assert_true(period_read(at, 7, &s.from));
                        assert_true(length == 9 || period_read(at + 9, 7, &s.to));
                        count = iip_stretch_tell(list, count, s);
                        at += length;
                }
                if (strcmp(told(text, sizeof text, list, iip_stretches_join(list, count)), cases[i].expected) != 0)
                        fail_msg("%s: %s", cases[i].told, text);
        }
}

/* Stretches of different starts, drawn; the same told in another order, in as many files as you like, ask for the same months. */
static void the_order_in_which_stretches_are_told_does_not_matter(void **state)
{
        (void)state;
        srand(19);
        for (int round = 0; round < 2000; round++) {
                struct iip_stretch drawn[TOLD_MOST], list[TOLD_MOST];
                bool is_asked[MONTHS] = { false }, is_start[MONTHS] = { false };
                char first[1024], again[1024];
                size_t drawn_count = 0, count = 0;

                while (drawn_count < 1 + (size_t)rand() % (TOLD_MOST - 1)) {
                        int from = rand() % MONTHS, to = from - 1 + rand() % 10;

                        if (is_start[from])
                                continue;
                        is_start[from] = true;
                        to = to >= MONTHS ? MONTHS - 1 : to;
                        drawn[drawn_count++] = (struct iip_stretch){ month(from), month(to) };
                        for (int t = from; t <= to; t++)
                                is_asked[t] = true;
                }
                for (size_t i = 0; i < drawn_count; i++)
                        count = iip_stretch_tell(list, count, drawn[i]);
                assert_int_equal(count, drawn_count);
                count = iip_stretches_join(list, count);
                told(first, sizeof first, list, count);
                for (int t = 0; t < MONTHS; t++) {
                        size_t in = 0;

                        for (size_t i = 0; i < count; i++)
                                in += list[i].from <= month(t) && month(t) <= list[i].to;
                        if (in != (size_t)is_asked[t])
                                fail_msg("round %d: month %d is in %zu of %s", round, t, in, first);
                }
                for (size_t i = drawn_count - 1; i > 0; i--) {
                        size_t k = (size_t)rand() % (i + 1);
                        struct iip_stretch other = drawn[k];

                        drawn[k] = drawn[i];
                        drawn[i] = other;
                }
                count = 0;
                for (size_t i = 0; i < drawn_count; i++)
                        count = iip_stretch_tell(list, count, drawn[i]);
                assert_string_equal(told(again, sizeof again, list, iip_stretches_join(list, count)), first);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(stretches_told_one_after_another_add_up),
                cmocka_unit_test(the_order_in_which_stretches_are_told_does_not_matter),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
