/* Maps: every province and every island is there, and joined provinces lose and gain nothing. */
#include <math.h>

#include "tests/support.h"

#include "report/map.h"

struct fixture {
        struct work work;
        struct buf out;
        const struct catalogue *catalogue;
};

static int set_up(void **state)
{
        static struct fixture f;
        size_t count;
        const struct source *files = catalogue_shipped(&count);
        struct complaints complaints = { 0 };

        work_init(&f.work, arena_open((size_t)256 << 20), NULL, LANGUAGE_VI);
        f.work.now = moment_of_day(day_of(2026, 11, 1));
        buf_init(&f.out, 0);
        complaints.arena = f.work.arena;
        f.catalogue = catalogue_parse(f.work.arena, files, count, &complaints);
        assert_int_equal(complaints.count, 0);
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

static const struct chart about = { "Output", "%", "Statistics office", "29/12/2021", 0, 0, true, 0 };

/* All provinces of a day; said is the code, so that a path can be found again. */
static size_t places_of(struct fixture *f, day on, struct map_place *places)
{
        const struct unit *units[128];
        size_t n = unit_list(f->catalogue, LEVEL_PROVINCE, on, units, 128);

        for (size_t i = 0; i < n; i++)
                places[i] = (struct map_place){ units[i], i % 7 == 3 ? "na" : "p1", "+1", units[i]->code, "/x?a=1&b=2", false };
        return n;
}

struct outline {
        long long doubled_area; /* by the shoelace formula, islands and holes with their signs */
        int rings, east_most;
};

/* Reads what map_true wrote for a province: M or m, l with pairs of steps, z. */
static struct outline outline_of(const char *map, const char *code)
{
        struct outline o = { 0 };
        char title[64];
        const char *end, *at;
        long x = 0, y = 0, begun_x = 0, begun_y = 0;

        snprintf(title, sizeof title, "\"><title>%s</title>", code);
        end = strstr(map, title);
        assert_non_null(end);
        for (at = end; strncmp(at, " d=\"", 4) != 0; at--)
                ;
        at += 4;
        while (at < end) {
                char *next, command = *at == 'M' || *at == 'm' || *at == 'z' || *at == 'l' ? *at++ : 'l';
                long dx, dy, from_x = x, from_y = y;

                if (command == 'z') {
                        assert_int_equal(x, begun_x); /* closed by itself: no chord is drawn */
                        assert_int_equal(y, begun_y);
                        o.rings++;
                        continue;
                }
                dx = strtol(at, &next, 10);
                assert_ptr_not_equal(next, at);
                dy = strtol(next, &next, 10);
                at = next;
                x += dx;
                y += dy;
                if (command == 'l') {
                        o.doubled_area += (long long)from_x * y - (long long)x * from_y;
                } else {
                        begun_x = x;
                        begun_y = y;
                }
                o.east_most = x > o.east_most ? (int)x : o.east_most;
        }
        return o;
}

static void every_province_of_both_maps_is_drawn_and_joins_keep_the_area(void **state)
{
        struct fixture *f = *state;
        struct map_place places[128];
        const struct unit *old[128];
        size_t n = places_of(f, day_of(2025, 6, 30), places), old_count = unit_list(f->catalogue, LEVEL_PROVINCE, day_of(2025, 6, 30), old, 128);
        long long area_of_old[128] = { 0 };

        assert_int_equal(n, 63);
        assert_int_equal(map_true(&f->work, &f->out, f->catalogue, &about, places, n), 0);
        for (size_t i = 0; i < old_count; i++)
                area_of_old[i] = outline_of(f->out.data, old[i]->code).doubled_area;
        buf_reset(&f->out);

        n = places_of(f, day_of(2026, 1, 1), places);
        assert_int_equal(n, 34);
        assert_int_equal(map_true(&f->work, &f->out, f->catalogue, &about, places, n), 0);
        for (size_t i = 0; i < n; i++) {
                struct unit_part parts[32];
                size_t count = unit_restated(f->catalogue, places[i].unit, day_of(2025, 6, 30), parts, 32);
                long long sum = 0;

                for (size_t k = 0; k < count; k++)
                        for (size_t o = 0; o < old_count; o++)
                                if (old[o] == parts[k].unit)
                                        sum += area_of_old[o];
                assert_int_equal(outline_of(f->out.data, places[i].unit->code).doubled_area, sum);
                assert_true(sum != 0);
        }
}

static void a_province_joined_of_three_is_one_piece(void **state)
{
        struct fixture *f = *state;
        struct map_place places[128];

        map_true(&f->work, &f->out, f->catalogue, &about, places, places_of(f, day_of(2026, 1, 1), places));
        assert_int_equal(outline_of(f->out.data, "25").rings, 1); /* Phú Thọ, Vĩnh Phúc, Hòa Bình: no boundary is left inside */
}

static void the_archipelagos_are_drawn_and_named_on_both_maps(void **state)
{
        struct fixture *f = *state;
        const day days[] = { day_of(2025, 6, 30), day_of(2026, 1, 1) };

        for (int i = 0; i < 2; i++) {
                struct map_place places[128];

                buf_reset(&f->out);
                map_true(&f->work, &f->out, f->catalogue, &about, places, places_of(f, days[i], places));
                assert_in_range(outline_of(f->out.data, "48").east_most, 11200, 11300);  /* Hoàng Sa with Đà Nẵng */
                assert_in_range(outline_of(f->out.data, "56").east_most, 11600, 11745); /* Trường Sa with Khánh Hòa */
                assert_int_equal(occurrences(f->out.data, ">Quần đảo Hoàng Sa<"), 1);
                assert_int_equal(occurrences(f->out.data, ">Quần đảo Trường Sa<"), 1);
                assert_int_equal(occurrences(f->out.data, ">(Đà Nẵng)<"), 1);
                assert_int_equal(occurrences(f->out.data, ">(Khánh Hòa)<"), 1);
                assert_int_equal(occurrences(f->out.data, "<rect class=\"fr\""), 2);
                buf_reset(&f->out);
                map_tiles(&f->work, &f->out, f->catalogue, i == 0 ? "63" : "34", places, places_of(f, days[i], places));
                assert_int_equal(occurrences(f->out.data, "<a class=\"t "), i == 0 ? 63 : 34);
                assert_int_equal(occurrences(f->out.data, "<span class=\"t isl "), 2);
                assert_int_equal(occurrences(f->out.data, "<b>Quần đảo Trường Sa</b>"), 1);
        }
}

static void no_islet_is_left_out(void **state)
{
        struct fixture *f = *state;
        const char *file = shipped_file("map/provinces.csv"), *dots;
        struct map_place places[128];
        int single = 0, drawn = 0;

        assert_non_null(file);
        for (const char *line = file; *line != '\0'; line = strchr(line, '\n') + 1) {
                size_t spaces = 0, length = strcspn(line, "\n");

                for (size_t i = 0; i < length; i++)
                        spaces += line[i] == ' ';
                single += *line != '#' && spaces == 1;
        }
        map_true(&f->work, &f->out, f->catalogue, &about, places, places_of(f, day_of(2026, 1, 1), places));
        dots = strstr(f->out.data, "<path class=\"it\"");
        assert_non_null(dots);
        for (const char *end = strchr(dots, '>'); dots < end; dots++)
                drawn += strncmp(dots, "h0", 2) == 0;
        assert_true(single > 500);
        assert_int_equal(drawn, single);
}

static void a_map_says_what_it_shows_and_hatches_what_is_missing(void **state)
{
        struct fixture *f = *state;
        struct map_place places[128];
        size_t n = places_of(f, day_of(2026, 1, 1), places);
        int missing = 0;

        for (size_t i = 0; i < n; i++)
                missing += strcmp(places[i].class_name, "na") == 0;
        places[0].said = "<b>&";
        map_true(&f->work, &f->out, f->catalogue, &about, places, n);
        assert_int_equal(occurrences(f->out.data, "fill=\"url(#hatch)\""), missing);
        assert_int_equal(occurrences(f->out.data, "role=\"img\""), 1);
        assert_non_null(strstr(f->out.data, "<desc>% · Nguồn: Statistics office · 29/12/2021</desc>"));
        assert_non_null(strstr(f->out.data, "<title>&lt;b&gt;&amp;</title>"));
        assert_null(strstr(f->out.data, "style="));
}

static void a_unit_that_is_no_whole_province_is_left_out_and_counted(void **state)
{
        struct fixture *f = *state;
        const struct unit *commune = unit_at(f->catalogue, "00004", day_of(2026, 1, 1));
        const struct map_place place = { commune, "p1", "1", "x", "/", false };

        assert_non_null(commune);
        assert_int_equal(map_true(&f->work, &f->out, f->catalogue, &about, &place, 1), 1);
}

static void the_legend_names_the_bounds(void **state)
{
        struct fixture *f = *state;

        map_legend_changes(&f->work, &f->out);
        assert_int_equal(occurrences(f->out.data, "<li"), 8); /* seven classes and what has no figure */
        assert_non_null(strstr(f->out.data, "<span class=\"sw n3\"></span><span class=\"tk\">−10</span>"));
        assert_non_null(strstr(f->out.data, "<span class=\"sw p2\"></span><span class=\"tk\">+10</span>"));
        assert_non_null(strstr(f->out.data, "<li><span class=\"sw p3\"></span></li>"));
}

/* A dot lies where its place is: in the middle of the box between the two at its corners; also where the province has no outline. */
static void dots_lie_in_their_places_within_the_province(void **state)
{
        struct fixture *f = *state;
        const struct unit *provinces[] = { unit_at(f->catalogue, "25", day_of(2026, 1, 1)), unit_at(f->catalogue, "00004", day_of(2026, 1, 1)) };
        const struct map_dot dots[] = {
                { 105200000, 21000000, 10, "q1", "7", "<A>", "a", NULL }, { 105400000, 21200000, 12, "q3", "", "B", "b", "/b?x=1&y=2" }, { 105300000, 21100000, 9, "q5", "1", "C", "<c>", NULL } };

        for (size_t p = 0; p < 2; p++) {
                int x[3], y[3];
                const char *at;

                buf_reset(&f->out);
                map_dots(&f->work, &f->out, f->catalogue, &about, provinces[p], dots, 3);
                at = f->out.data;
                for (int i = 0; i < 3; i++) {
                        at = strstr(at, "<circle ");
                        assert_non_null(at);
                        assert_int_equal(sscanf(at, "<circle cx=\"%d\" cy=\"%d\"", &x[i], &y[i]), 2);
                        assert_in_range(x[i], 0, 640);
                        at++;
                }
                assert_in_range(x[2] - (x[0] + x[1]) / 2 + 1, 0, 2);
                assert_in_range(y[2] - (y[0] + y[1]) / 2 + 1, 0, 2);
                assert_true(x[0] < x[1] && y[0] > y[1]); /* north is up */
                assert_int_equal(occurrences(f->out.data, "class=\"out\""), p == 0);
                assert_non_null(strstr(f->out.data, "&lt;A&gt;"));
                assert_non_null(strstr(f->out.data, "<title>&lt;c&gt;</title>"));
                assert_int_equal(occurrences(f->out.data, "class=\"lab\""), 3);
                assert_non_null(strstr(f->out.data, "<a href=\"/b?x=1&amp;y=2\"><g class=\"q3\"><title>b</title>"));
                assert_int_equal(occurrences(f->out.data, "<a "), 1);
                assert_int_equal(occurrences(f->out.data, "role=\"group\""), 1); /* an image holds no links */
        }
}

struct rectangle { int west, east, north, south; };

static bool overlap(struct rectangle a, struct rectangle b)
{
        return a.west < b.east && b.west < a.east && a.north < b.south && b.north < a.south;
}

/* Where dots stand close together some have no name; no name lies over a dot or another name. */
static void no_name_lies_over_a_dot_or_another_name(void **state)
{
        struct fixture *f = *state;
        struct map_dot dots[40];
        struct rectangle taken[80];
        size_t count = 0, named;
        int x, y, radius;
        char anchor[16];

        for (int i = 0; i < 40; i++)
                dots[i] = (struct map_dot){ 105000000 + i % 8 * 60000, 21000000 + i / 8 * 50000, 9 + i % 5, "q2", "3", "Tân Tiến", "a", NULL };
        map_dots(&f->work, &f->out, f->catalogue, &about, unit_at(f->catalogue, "25", day_of(2026, 1, 1)), dots, 40);
        for (const char *at = f->out.data; (at = strstr(at, "<circle ")) != NULL; at++) {
                assert_int_equal(sscanf(at, "<circle cx=\"%d\" cy=\"%d\" r=\"%d\"", &x, &y, &radius), 3);
                taken[count++] = (struct rectangle){ x - radius, x + radius, y - radius, y + radius };
        }
        assert_int_equal(count, 40);
        for (const char *at = f->out.data; (at = strstr(at, "<text class=\"lab\"")) != NULL; at++) {
                int width = 8 * 7; /* of the name */

                assert_int_equal(sscanf(at, "<text class=\"lab\" x=\"%d\" y=\"%d\" text-anchor=\"%15[a-z]\"", &x, &y, anchor), 3);
                x -= strcmp(anchor, "end") == 0 ? width : strcmp(anchor, "middle") == 0 ? width / 2 : 0;
                taken[count] = (struct rectangle){ x, x + width, y - 10, y + 4 };
                for (size_t i = 0; i < count; i++)
                        assert_false(overlap(taken[count], taken[i]));
                count++;
        }
        named = count - 40;
        assert_in_range(named, 2, 39);
        assert_int_equal(occurrences(f->out.data, "<title>a</title>"), 40);
}

/* A square of a hundredth of a degree fills a third of a drawing of three; what lies far from the frame is not drawn. */
static void shapes_lie_in_their_places_to_one_scale(void **state)
{
        struct fixture *f = *state;
        const struct map_point square[] = { { 105000000, 21000000 }, { 105010000, 21000000 }, { 105010000, 21010000 }, { 105000000, 21010000 }, { 105000000, 21000000 } };
        const struct map_point far[] = { { 107000000, 21000000 }, { 107010000, 21000000 }, { 107010000, 21010000 }, { 107000000, 21000000 } };
        const struct map_shape shapes[] = { { square, 5, "<Tân Tiến>", "q2", true }, { far, 4, "Xa", NULL, false } };
        const struct map_box frame = { 104990000, 20990000, 105020000, 21020000 };
        double west, north, east, south, x[2], y[2];
        const char *at;

        map_ground(&f->work, &f->out, f->catalogue, "Ranh giới", unit_at(f->catalogue, "25", day_of(2026, 1, 1)), &frame, shapes, 2);
        at = strstr(f->out.data, "data-west=");
        assert_non_null(at);
        assert_int_equal(sscanf(at, "data-west=\"%lf\" data-north=\"%lf\" data-east=\"%lf\" data-south=\"%lf\"", &west, &north, &east, &south), 4);
        assert_true(fabs(south * 0.03 - 400) < 0.01 && fabs(north - 21.02) < 1e-6);           /* the height is what fits */
        assert_true(fabs(east / south - cos(21.005 * M_PI / 180)) < 1e-4);
        at = strstr(f->out.data, "d=\"M");
        at = strstr(at, "stroke=\"var(--brand)\"");
        assert_non_null(at);
        at = strstr(at, "d=\"M");
        assert_int_equal(sscanf(at, "d=\"M%lf %lfL%lf %lf", &x[0], &y[0], &x[1], &y[1]), 4);
        assert_true(fabs(y[0] - 400 * 2 / 3.0) < 0.1 && fabs(y[0] - y[1]) < 0.1);
        assert_true(fabs(x[0] - (105.0 - west) * east) < 0.1 && fabs(x[1] - x[0] - east / 100) < 0.1);
        assert_non_null(strstr(f->out.data, "<title>&lt;Tân Tiến&gt;</title>"));
        assert_null(strstr(f->out.data, "Xa"));
        assert_int_equal(occurrences(f->out.data, "class=\"land\""), 1);
        assert_non_null(strstr(f->out.data, " m</text>"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(every_province_of_both_maps_is_drawn_and_joins_keep_the_area, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_province_joined_of_three_is_one_piece, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_archipelagos_are_drawn_and_named_on_both_maps, set_up, tear_down),
                cmocka_unit_test_setup_teardown(no_islet_is_left_out, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_map_says_what_it_shows_and_hatches_what_is_missing, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_unit_that_is_no_whole_province_is_left_out_and_counted, set_up, tear_down),
                cmocka_unit_test_setup_teardown(dots_lie_in_their_places_within_the_province, set_up, tear_down),
                cmocka_unit_test_setup_teardown(no_name_lies_over_a_dot_or_another_name, set_up, tear_down),
                cmocka_unit_test_setup_teardown(shapes_lie_in_their_places_to_one_scale, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_legend_names_the_bounds, set_up, tear_down),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
