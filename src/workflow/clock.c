/* clock.c - the arithmetic of statutory limits. */
#include "workflow/case.h"

#define COUNT_MOST 40000 /* days: a limit of ten years that stood still for a hundred */

/* Whether the clock stood still on a day. The day on which it was stopped still counts; that on which it goes on does not. */
static bool stood_still(const struct case_clock *k, day d)
{
        for (int i = 0; i < k->stop_count; i++)
                if (k->stops[i].from < d && (k->stops[i].is_open || d <= k->stops[i].to))
                        return true;
        return false;
}

/* Starts with the last day of its window; false where that stands still, and the clock with it. */
static bool window_count(const struct catalogue *c, struct case_clock *k)
{
        struct case_clock window;

        if (k->window == NULL)
                return true;
        window = *k->window;
        clock_count(c, &window);
        k->is_certain = window.is_certain;
        k->stands_still = window.stands_still;
        k->left = k->days;
        k->due = DAY_NONE;
        k->started = window.due;
        return !window.stands_still;
}

/* Whether nobody works on a day; where the calendar does not cover it, what rests on it is not certain. */
static bool is_off(const struct catalogue *c, struct case_clock *k, day d)
{
        bool is_known, is_off = !day_is_working(c, d, &is_known);

        k->is_certain &= is_known;
        return is_off;
}

void clock_count(const struct catalogue *c, struct case_clock *k)
{
        bool is_fixed = k->limit->month != 0 || k->limit->years != 0; /* it ends on a day of the calendar, whatever happens before */
        day last_stop = DAY_NONE, d;
        int left = k->days;

        k->off = k->stopped = 0;
        k->is_certain = true;
        k->was_moved = k->stands_still = false;
        if (!window_count(c, k))
                return;
        d = k->started;
        if (is_fixed) {
                d = k->limit->month != 0 ? k->until : day_years_later(k->started, k->limit->years);
                left = 0;
        }
        for (int i = 0; i < k->stop_count && !is_fixed; i++)
                if (k->stops[i].is_open && (last_stop == DAY_NONE || k->stops[i].from < last_stop))
                        last_stop = k->stops[i].from;
        for (int n = 0; left > 0 && n < COUNT_MOST; n++) {
                if (last_stop != DAY_NONE && d >= last_stop) { /* what is left will be counted once it goes on */
                        k->stands_still = true;
                        k->left = left;
                        k->due = DAY_NONE;
                        return;
                }
                d++;
                if (stood_still(k, d)) {
                        k->stopped++;
                } else if (k->limit->is_working && is_off(c, k, d)) {
                        k->off++;
                } else {
                        left--;
                }
        }
        k->left = 0;
        while (k->limit->moves_to_working && (is_off(c, k, d) || (!is_fixed && stood_still(k, d)))) {
                if (last_stop != DAY_NONE && d >= last_stop) { /* the next working day comes once it goes on */
                        k->stands_still = true;
                        k->due = DAY_NONE;
                        return;
                }
                k->was_moved = true;
                d++;
        }
        k->due = d;
}
