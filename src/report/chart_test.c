/* Charts: what the drawings say and what they must never contain. */
#include "tests/support.h"

#include "report/chart.h"

struct fixture {
        struct work work;
        struct buf out;
};

static int set_up(void **state)
{
        static struct fixture f;

        work_init(&f.work, arena_open(4 << 20), NULL, LANGUAGE_EN);
        buf_init(&f.out, 0);
        *state = &f;
        return 0;
}

static int tear_down(void **state)
{
        struct fixture *f = *state;

        buf_clear(&f->out);
        arena_close(f->work.arena);
        return 0;
}

static int occurrences(const char *text, const char *part)
{
        int n = 0;

        for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
                n++;
        return n;
}

static const struct chart growth = { "Output grows", "%, on a year before", "Statistics office", "29/12/2021", 6, 1, true, 0 };

static void a_line_is_drawn_in_two_widths_and_says_what_it_shows(void **state)
{
        struct fixture *f = *state;
        const struct chart_point points[] = {
                { "October", "10", false, true, -1600000, false },
                { "November", NULL, false, true, 5600000, false },
                { "December", "12", false, true, 8700000, true },
        };

        chart_line(&f->work, &f->out, &growth, points, 3);
        assert_int_equal(occurrences(f->out.data, "<svg "), 2);
        assert_int_equal(occurrences(f->out.data, "class=\"ch-svg wide\""), 1);
        assert_int_equal(occurrences(f->out.data, "class=\"ch-svg narrow\""), 1);
        assert_int_equal(occurrences(f->out.data, "role=\"img\""), 2);
        assert_non_null(strstr(f->out.data, "aria-label=\"Output grows. lowest −1.6 (October), highest +8.7 (December), "
                                            "last +8.7 (December)\""));
        assert_non_null(strstr(f->out.data, "<desc>%, on a year before · Source: Statistics office · 29/12/2021</desc>"));
        assert_non_null(strstr(f->out.data, "+8.7 (estimate)"));
        assert_non_null(strstr(f->out.data, "class=\"open s1\"")); /* the estimate is hollow */
        assert_non_null(strstr(f->out.data, "class=\"zero\""));
}

static void an_index_moves_around_100_and_its_axis_says_that_it_does_not_begin_at_0(void **state)
{
        struct fixture *f = *state;
        const struct chart_point points[] = { { "1", NULL, false, true, 98000000, false }, { "2", NULL, false, true, 106000000, false } };
        const struct chart_point huge[] = { { "1", NULL, false, true, 130000000, false }, { "2", NULL, false, true, 1130000000, false } };
        const struct chart_point deep[] = { { "1", NULL, false, true, 0, false }, { "2", NULL, false, true, 100000000, false } };
        struct chart index = growth;

        index.is_signed = false;
        index.equal = 100000000;
        chart_line(&f->work, &f->out, &index, points, 2);
        assert_non_null(strstr(f->out.data, " 188L686 26\"")); /* from the bottom of the plot to its top */
        assert_non_null(strstr(f->out.data, "<line class=\"zero\" x1=\"29\" y1=\"147.5\"")); /* 100 of 98 … 106 */
        assert_int_equal(occurrences(f->out.data, "the axis does not begin at 0"), 2);
        f->out.length = 0;
        chart_line(&f->work, &f->out, &index, huge, 2); /* 100 … 1,130 in steps of 500 */
        assert_non_null(strstr(f->out.data, ">500<"));
        assert_null(strstr(f->out.data, ">0<"));
        f->out.length = 0;
        chart_line(&f->work, &f->out, &index, deep, 2);
        assert_null(strstr(f->out.data, "does not begin"));
        f->out.length = 0;
        chart_rows(&f->work, &f->out, &index, (const struct chart_bar[]){ { "a", 98000000, false, false }, { "b", 106000000, false, false } }, 2);
        assert_int_equal(occurrences(f->out.data, "bars begin at 100.0"), 2);
        assert_non_null(strstr(f->out.data, "<rect class=\"f2\" x=\"290\" y=\"26\" width=\"105\"")); /* 98 of 98 … 106 ends where 106 begins */
        assert_non_null(strstr(f->out.data, "<rect class=\"f1\" x=\"395\" y=\"50\" width=\"315\""));
        f->out.length = 0;
        chart_steps(&f->work, &f->out, &index, &(struct chart_bar){ "a", 98000000, false, false }, 1); /* steps always begin at 0 */
        assert_null(strstr(f->out.data, "begin at"));
}

static void no_drawing_needs_a_style_attribute(void **state)
{
        struct fixture *f = *state;
        const struct chart_point points[] = { { "a", "a", false, true, 1, false }, { "b", "b", false, true, 2, true } };
        const struct chart_bar bars[] = { { "a\nb", 3, false, false }, { "c", -1, false, true }, { "d", 2, true, false } };
        const struct chart_bar parts[] = { { "a", 3, false, false }, { "b", 1, false, false } };
        const enum strip_mark marks[] = { STRIP_NONE, STRIP_ON_TIME, STRIP_LATE, STRIP_MISSING };

        chart_line(&f->work, &f->out, &growth, points, 2);
        chart_rows(&f->work, &f->out, &growth, bars, 3);
        chart_steps(&f->work, &f->out, &growth, bars, 3);
        chart_waterfall(&f->work, &f->out, &growth, bars, 3);
        chart_parts(&f->work, &f->out, &growth, parts, 2);
        chart_spark(&f->out, points, 2);
        chart_strip(&f->work, &f->out, marks, 4);
        assert_true(buf_ok(&f->out));
        assert_null(strstr(f->out.data, "style="));
        assert_null(strstr(f->out.data, "var("));
}

static void a_missing_month_is_a_gap_and_not_a_bridge(void **state)
{
        struct fixture *f = *state;
        const struct chart_point points[] = {
                { "1", NULL, false, true, 1000000, false }, { "2", NULL, false, true, 2000000, false },
                { "3", NULL, false, false, 0, false },      { "4", NULL, false, true, 3000000, false },
                { "5", NULL, false, true, 1000000, false },
        };
        const char *path, *end;
        int moves = 0;

        chart_line(&f->work, &f->out, &growth, points, 5);
        path = strstr(f->out.data, " d=\"");
        assert_non_null(path);
        end = strchr(path + 4, '"');
        for (const char *at = path; at < end; at++)
                moves += *at == 'M';
        assert_int_equal(moves, 2);
}

static void a_line_without_values_is_not_drawn(void **state)
{
        struct fixture *f = *state;
        const struct chart_point point = { "1", NULL, false, false, 0, false };

        chart_line(&f->work, &f->out, &growth, &point, 1);
        chart_spark(&f->out, &point, 1);
        chart_waterfall(&f->work, &f->out, &growth, NULL, 0);
        assert_int_equal(f->out.length, 0);
}

static void the_steps_of_a_waterfall_meet(void **state)
{
        struct fixture *f = *state;
        const struct chart_bar bars[] = { { "up", 4000000, false, false }, { "down", -1000000, false, false },
                                          { "all", 3000000, true, false } };
        struct chart c = growth;

        c.shown = 2;
        chart_waterfall(&f->work, &f->out, &c, bars, 3);
        /* 4 units fill the plot of 142: the first stands on 168, the second hangs from its top, the total is 3/4. */
        assert_non_null(strstr(f->out.data, "<rect class=\"f1\" x=\"21.6\" y=\"26\" width=\"90\" height=\"142\" rx=\"2\"/>"));
        assert_non_null(strstr(f->out.data, "<rect class=\"f2\" x=\"154.9\" y=\"26\" width=\"90\" height=\"35.5\" rx=\"2\"/>"));
        assert_non_null(strstr(f->out.data, "y=\"61.5\" width=\"90\" height=\"106.5\" rx=\"2\"/>"));
        assert_non_null(strstr(f->out.data, "up +4.00; down −1.00; all +3.00"));
}

static void labels_are_escaped_and_never_cut_inside_a_character(void **state)
{
        struct fixture *f = *state;
        const struct chart_bar bar = { "<b>\"&\nHà Tĩnh", 1000000, false, false };

        chart_waterfall(&f->work, &f->out, &growth, &bar, 1);
        assert_null(strstr(f->out.data, "<b>"));
        assert_non_null(strstr(f->out.data, "&lt;b&gt;"));
        assert_non_null(strstr(f->out.data, ">Hà Tĩnh</text>"));
}

static void extreme_values_stay_inside_the_plot(void **state)
{
        struct fixture *f = *state;
        const struct chart_point points[] = { { "a", NULL, false, true, INT64_MAX / 8, false },
                                              { "b", NULL, false, true, -(INT64_MAX / 8), false },
                                              { "c", NULL, false, true, 0, false } };

        chart_line(&f->work, &f->out, &growth, points, 3);
        assert_non_null(strstr(f->out.data, " 26L")); /* top */
        assert_non_null(strstr(f->out.data, " 188L")); /* bottom */
}

static void several_lines_are_told_apart_by_name_and_dashes(void **state)
{
        struct fixture *f = *state;
        const struct chart_point a[] = { { "2020", NULL, false, true, 1000000, false }, { "2021", NULL, false, true, 2000000, false } };
        const struct chart_point b[] = { { "2020", NULL, false, false, 0, false }, { "2021", NULL, false, true, 2000000, false } };
        const struct chart_series series[] = { { "as reported", a }, { "adjusted & smoothed for ever", b } };

        chart_lines(&f->work, &f->out, &growth, series, 2, 2);
        assert_int_equal(occurrences(f->out.data, "role=\"img\""), 2);
        assert_non_null(strstr(f->out.data, "as reported: +1.0 (2020) to +2.0 (2021); adjusted &amp; smoothed for ever: +2.0 (2021) to +2.0 (2021)"));
        assert_int_equal(occurrences(f->out.data, "<path class=\"ln s2 d2\""), 3); /* key, wide, narrow */
        assert_int_equal(occurrences(f->out.data, "<path class=\"ln s1\""), 2);
        /* Both end at one place: the second name stands a line below. */
        assert_non_null(strstr(f->out.data, " y=\"30\">as reported</text>"));
        assert_non_null(strstr(f->out.data, " y=\"45\">adjusted &amp; smoothed for ever</text>"));
}

static void names_beside_lines_have_room_and_stay_apart_where_they_are_too_long(void **state)
{
        struct fixture *f = *state;
        const struct chart_point a[] = { { "2020", NULL, false, true, 1000000, false }, { "2021", NULL, false, true, 2000000, false } };
        const struct chart_point b[] = { { "2020", NULL, false, true, 3000000, false }, { "2021", NULL, false, true, 4000000, false } };
        const struct chart_series series[] = { { "Kim ngạch xuất khẩu hàng hóa của cả nước · khu vực trong nước", a },
                                               { "Kim ngạch xuất khẩu hàng hóa của cả nước · dầu thô", b } };

        chart_lines(&f->work, &f->out, &growth, series, 2, 2);
        assert_non_null(strstr(f->out.data, ">Kim ngạch xuất khẩu hàng…u vực trong nước</text>"));
        assert_non_null(strstr(f->out.data, ">Kim ngạch xuất khẩu hàng h…ả nước · dầu thô</text>"));
}

static void values_of_any_size_stay_inside_the_drawing(void **state)
{
        struct fixture *f = *state;
        const struct chart_bar bars[] = { { "great", 999999999999900000, false, false }, { "small", -999999999999900000, false, false } };

        chart_rows(&f->work, &f->out, &growth, bars, 2);
        /* +999,999,999,999.9 takes 117 pixels at most: it and its bar end within 800, and within 340. */
        assert_non_null(strstr(f->out.data, "<rect class=\"f1\" x=\"482.6\" y=\"26\" width=\"192.6\""));
        assert_non_null(strstr(f->out.data, "<text class=\"lab\" x=\"681.2\" y=\"38\">+999,999,999,999.9</text>"));
        assert_non_null(strstr(f->out.data, "<text class=\"lab\" x=\"221.2\" y=\"55\">+999,999,999,999.9</text>"));
        assert_non_null(strstr(f->out.data, "<text class=\"lab\" text-anchor=\"end\" x=\"120.6\" y=\"95\">−999,999,999,999.9</text>"));
}

static void lying_bars_fall_to_the_left_and_cut_long_labels(void **state)
{
        struct fixture *f = *state;
        const struct chart_bar bars[] = { { "Bà Rịa - Vũng Tàu, and everything that lies around it, as far as the sea on one side goes", 3000000, false, false },
                                          { "b", -1000000, false, true }, { "all", 2000000, true, false } };

        chart_rows(&f->work, &f->out, &growth, bars, 3);
        /* 4 units over 310 pixels: the ground stands a quarter in. */
        assert_non_null(strstr(f->out.data, "<rect class=\"f1\" x=\"477.5\" y=\"26\" width=\"232.5\" height=\"15\" rx=\"2\"/>"));
        assert_non_null(strstr(f->out.data, "<rect class=\"f2 est\" x=\"400\" y=\"50\" width=\"77.5\" height=\"15\" rx=\"2\"/>"));
        assert_non_null(strstr(f->out.data, ">Bà Rịa - Vũng Tàu, and everyth…he sea on one side goes</text>"));
        assert_null(strstr(f->out.data, "style="));
}

static void a_chart_on_a_page_has_title_unit_source_and_date(void **state)
{
        struct fixture *f = *state;

        chart_begin(&f->work, &f->out, &growth, "chart");
        buf_text(&f->out, "|");
        chart_end(&f->work, &f->out, &growth);
        assert_non_null(strstr(f->out.data, "aria-labelledby=\"chart-t\""));
        assert_non_null(strstr(f->out.data, "<h2 id=\"chart-t\">Output grows</h2><p class=\"sub\">%, on a year before</p>"));
        assert_non_null(strstr(f->out.data, "Source: Statistics office · 29/12/2021"));
        assert_true(strstr(f->out.data, "|") > strstr(f->out.data, "Output grows"));
}

static void the_strip_counts_its_marks(void **state)
{
        struct fixture *f = *state;
        const enum strip_mark marks[] = { STRIP_ON_TIME, STRIP_LATE, STRIP_MISSING, STRIP_ON_TIME };

        chart_strip(&f->work, &f->out, marks, 4);
        assert_non_null(strstr(f->out.data, "4 periods: 2 on time, 1 late, 1 missing, 0 not due"));
        assert_int_equal(occurrences(f->out.data, "<i"), 4);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_line_is_drawn_in_two_widths_and_says_what_it_shows, set_up, tear_down),
                cmocka_unit_test_setup_teardown(an_index_moves_around_100_and_its_axis_says_that_it_does_not_begin_at_0, set_up, tear_down),
                cmocka_unit_test_setup_teardown(no_drawing_needs_a_style_attribute, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_missing_month_is_a_gap_and_not_a_bridge, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_line_without_values_is_not_drawn, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_steps_of_a_waterfall_meet, set_up, tear_down),
                cmocka_unit_test_setup_teardown(labels_are_escaped_and_never_cut_inside_a_character, set_up, tear_down),
                cmocka_unit_test_setup_teardown(extreme_values_stay_inside_the_plot, set_up, tear_down),
                cmocka_unit_test_setup_teardown(several_lines_are_told_apart_by_name_and_dashes, set_up, tear_down),
                cmocka_unit_test_setup_teardown(names_beside_lines_have_room_and_stay_apart_where_they_are_too_long, set_up, tear_down),
                cmocka_unit_test_setup_teardown(values_of_any_size_stay_inside_the_drawing, set_up, tear_down),
                cmocka_unit_test_setup_teardown(lying_bars_fall_to_the_left_and_cut_long_labels, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_chart_on_a_page_has_title_unit_source_and_date, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_strip_counts_its_marks, set_up, tear_down),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
