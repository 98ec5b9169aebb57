/* Every procedure the program ships, whoever wrote it: each limit counted by hand over the holidays, no limit shorter for a longer stop, no state
 * without a way out, each drawn whole. A new regime is tested by being there. */
#include "tests/support.h"

#include "workflow/case.h"

/* Days off that are no weekend, and weekends that are worked, as published for 2026 and 2027: the test counts by these, not by the calendar of
 * the program. */
static const char *const off[] = {
        "2026-01-01", "2026-01-02", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20", "2026-04-27", "2026-04-30", "2026-05-01", "2026-08-31",
        "2026-09-01", "2026-09-02", "2027-01-01", "2027-02-04", "2027-02-05", "2027-02-08", "2027-02-09", "2027-02-10", "2027-04-16", "2027-04-30", "2027-05-03",
        "2027-09-02", "2027-09-03",
};
static const char *const worked[] = { "2026-01-10", "2026-08-22" };

static struct arena *arena;
static const struct catalogue *catalogue;
static const struct workflow *all[200];
static size_t count;

static int setup(void **state)
{
        struct complaints complaints;
        size_t file_count, kept = 0;
        const struct source *files = catalogue_shipped(&file_count);
        struct source *some;

        (void)state;
        arena = arena_open((size_t)256 << 20);
        complaints = (struct complaints){ .arena = arena, .language = LANGUAGE_EN };
        case_register();
        some = arena_array(arena, file_count, sizeof *some);
        for (size_t i = 0; i < file_count; i++)
                if (strncmp(files[i].path, "calendar/", 9) == 0 || strncmp(files[i].path, "workflows/", 10) == 0)
                        some[kept++] = files[i];
        catalogue = catalogue_parse(arena, some, kept, &complaints);
        for (size_t i = 0; i < kept; i++) {
                struct complaints none = { .arena = arena, .language = LANGUAGE_EN };
                const size_t length = strlen(some[i].path);

                if (length < 9 || strcmp(some[i].path + length - 9, ".workflow") != 0)
                        continue;
                assert_true(count < sizeof all / sizeof *all);
                all[count++] = workflow_parse(arena, &some[i], &none);
                for (size_t n = 0; n < none.count; n++)
                        print_message("%s:%d: %s\n", none.list[n].file, none.list[n].line, none.list[n].message);
                if (none.count > 0)
                        return -1;
        }
        return count >= 3 ? 0 : -1;
}

static int teardown(void **state)
{
        (void)state;
        arena_close(arena);
        return 0;
}

static bool names(const char *const *list, size_t n, day d)
{
        char text[DAY_TEXT_MAX];

        day_write(text, d);
        for (size_t i = 0; i < n; i++)
                if (strcmp(list[i], text) == 0)
                        return true;
        return false;
}

static bool is_worked(day d)
{
        bool is_weekend = ((d - day_of(2026, 1, 5)) % 7 + 7) % 7 >= 5; /* that was a Monday */

        return names(worked, sizeof worked / sizeof *worked, d) || (!is_weekend && !names(off, sizeof off / sizeof *off, d));
}

static day by_hand(const struct workflow_limit *l, day start)
{
        char text[DAY_TEXT_MAX];
        day d = start;

        if (l->years != 0) { /* none of the starts lies on a 29 February */
                day_write(text, start);
                return day_of(atoi(text) + l->years, atoi(text + 5), atoi(text + 8));
        }
        for (int left = l->days; left > 0;) {
                d++;
                left -= !l->is_working || is_worked(d);
        }
        while (l->moves_to_working && !is_worked(d))
                d++;
        return d;
}

static void each_limit_ends_where_one_counts_by_hand(void **state)
{
        static const struct { int year, month, day; } from[] = { { 2026, 1, 19 }, { 2026, 4, 1 }, { 2026, 8, 10 }, { 2027, 1, 20 } };
        size_t counted = 0;

        (void)state;
        for (size_t i = 0; i < count; i++)
                for (int k = 0; k < all[i]->limit_count; k++)
                        for (size_t n = 0; n < sizeof from / sizeof *from; n++)
                                for (int later = 0; later < 30; later++) {
                                        const struct workflow_limit *l = &all[i]->limits[k];
                                        struct case_clock clock = { .limit = l, .started = day_of(from[n].year, from[n].month, from[n].day) + later,
                                                                    .ended = DAY_NONE, .days = l->days };
                                        day expected = l->month != 0 ? DAY_NONE : by_hand(l, clock.started);

                                        if (l->month != 0 || expected > day_of(2027, 12, 31))
                                                continue; /* a fixed day is not counted; beyond, no holidays are published */
                                        clock_count(catalogue, &clock);
                                        if (clock.due != expected || !clock.is_certain)
                                                fail_msg("%s: \"%s\" from %d ends %d, by hand %d", all[i]->path, l->id, (int)clock.started, (int)clock.due,
                                                         (int)expected);
                                        counted++;
                                }
        print_message("# told: %zu days of %zu regimes\n", counted, count);
        assert_true(counted > 1000);
}

static void a_longer_stop_never_ends_a_limit_earlier(void **state)
{
        (void)state;
        for (size_t i = 0; i < count; i++)
                for (int k = 0; k < all[i]->limit_count; k++)
                        for (int begun = 0; begun < 12; begun += 3) {
                                const struct workflow_limit *l = &all[i]->limits[k];
                                day start = day_of(2026, 2, 2), before = DAY_NONE;

                                for (int days = 0; days < 40 && l->month == 0; days++) {
                                        struct case_stop stop = { .from = start + begun, .to = start + begun + days };
                                        struct case_clock clock = { .limit = l, .started = start, .ended = DAY_NONE, .days = l->days, .stops = &stop, .stop_count = 1 };

                                        clock_count(catalogue, &clock);
                                        assert_true(before == DAY_NONE || clock.due >= before);
                                        assert_true(clock.due <= by_hand(l, start) + days + 15); /* nor later than the stop and a run of holidays */
                                        before = clock.due;
                                }
                        }
}

/* Where an action can lead from a state: by its target, and what goes on back into any state that could be suspended. */
static bool leads(const struct workflow *w, const struct workflow_action *a, int from, int to)
{
        if (!a->from[from])
                return false;
        for (int i = 0; a->kind == ACTION_CONTINUE && i < w->action_count; i++)
                if (w->actions[i].kind == ACTION_SUSPEND && w->actions[i].to == from && w->actions[i].from[to])
                        return true;
        return a->kind != ACTION_CONTINUE && a->to == to;
}

static void every_state_can_be_reached_and_left_to_an_end(void **state)
{
        (void)state;
        for (size_t i = 0; i < count; i++) {
                const struct workflow *w = all[i];
                static bool way[WORKFLOW_LIST_MAX][WORKFLOW_LIST_MAX];

                for (int a = 0; a < w->state_count; a++)
                        for (int b = 0; b < w->state_count; b++) {
                                way[a][b] = a == b;
                                for (int k = 0; k < w->action_count; k++)
                                        way[a][b] |= leads(w, &w->actions[k], a, b);
                        }
                for (int m = 0; m < w->state_count; m++)
                        for (int a = 0; a < w->state_count; a++)
                                for (int b = 0; b < w->state_count; b++)
                                        way[a][b] |= way[a][m] && way[m][b];
                for (int a = 0; a < w->state_count; a++) {
                        bool ends = false;

                        for (int b = 0; b < w->state_count; b++)
                                ends |= way[a][b] && w->states[b].kind == STATE_END;
                        if (!ends || !way[w->start][a])
                                fail_msg("%s: the state \"%s\" cannot be reached, or cannot end", w->path, w->states[a].id);
                }
        }
}

/* Whoever may go on by a move that needs no reason is not told first to go back. */
static void a_way_on_is_named_before_a_way_back(void **state)
{
        size_t both = 0;

        (void)state;
        for (size_t i = 0; i < count; i++) {
                const struct workflow *w = all[i];

                for (int s = 0; s < w->state_count; s++)
                        for (int k = 0; k < w->actor_count; k++) {
                                int on = 0, back = 0;

                                for (int n = 0; n < w->action_count; n++) {
                                        const struct workflow_action *a = &w->actions[n];
                                        bool is_on = !a->returns && !a->needs_reason && a->kind == ACTION_MOVE && a->from[s] && a->by[k] &&
                                                     !w->states[a->to].is_failure && w->states[a->to].step >= w->states[s].step;

                                        if (is_on && workflow_step_rank(w, a, s) > on)
                                                on = workflow_step_rank(w, a, s);
                                        if (a->returns && a->kind == ACTION_MOVE && a->by[k] && workflow_step_rank(w, a, s) > back)
                                                back = workflow_step_rank(w, a, s);
                                }
                                both += on > 0 && back > 0;
                                if (on > 0 && back >= on)
                                        fail_msg("%s: in the state \"%s\" %s is told first to go back", w->path, w->states[s].id, w->actors[k].id);
                        }
        }
        assert_true(both > 0);
}

static void each_is_drawn_with_all_its_states(void **state)
{
        (void)state;
        for (size_t i = 0; i < count; i++) {
                struct buf out;

                buf_init(&out, 0);
                workflow_draw(all[i], LANGUAGE_VI, &out);
                for (int k = 0; k < all[i]->state_count; k++)
                        assert_non_null(strstr(out.data, arena_print(arena, "\n  \"%s\" [shape=", all[i]->states[k].id)));
                buf_clear(&out);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_limit_ends_where_one_counts_by_hand),
                cmocka_unit_test(a_longer_stop_never_ends_a_limit_earlier),
                cmocka_unit_test(every_state_can_be_reached_and_left_to_an_end),
                cmocka_unit_test(a_way_on_is_named_before_a_way_back),
                cmocka_unit_test(each_is_drawn_with_all_its_states),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
