/* limit.c - the time limits of a case in words: why the last day is that day, step by step. */
#include <string.h>

#include "areas/case/case.h"

#define LINES_MOST 60
#define NAMES_MOST 6

static void line(struct clock_shown *out, const char *label, const char *value)
{
        if (out->why_count < LINES_MOST)
                out->why[out->why_count++] = (struct pair_shown){ label, value };
}

/* "9 days (Lunar New Year)": days passed over since they are no working days, with the names of the holidays among them. */
static const char *off_words(struct work *w, const struct case_clock *k)
{
        const char *names[NAMES_MOST], *words = days_words(w, k->off, false), *list = "";
        day last = k->due == DAY_NONE ? k->started : k->due;
        int count = 0;

        for (day d = k->started + 1; d <= last && count < NAMES_MOST; d++) {
                const char *name = day_holiday_name(catalogue_of(w), d, w->language);
                bool is_new = name != NULL;

                for (int i = 0; i < count; i++)
                        is_new = is_new && strcmp(names[i], name) != 0;
                if (is_new) {
                        names[count++] = name;
                        list = arena_print(w->arena, "%s; %s", list, name);
                }
        }
        return arena_print(w->arena, "%s (%s%s)", words, work_text(w, "weekends"), list);
}

static void stop_line(struct work *w, const struct case_stop *s, struct clock_shown *out)
{
        const char *when = s->is_open ? arena_print(w->arena, work_text(w, "since %s"), day_words(w, s->from))
                                      : arena_print(w->arena, "%s – %s, %s", day_words(w, s->from), day_words(w, s->to), days_words(w, (int)(s->to - s->from), false));

        line(out, work_text(w, "Stood still"), s->reason == NULL || *s->reason == '\0' ? when : arena_print(w->arena, "%s (%s)", when, s->reason));
}

static void count_lines(struct work *w, const struct case_clock *k, struct clock_shown *out)
{
        const struct workflow_limit *l = k->limit;

        if (k->window != NULL)
                line(out, work_text(w, "Begins with the end of"), text_in(w->language, k->window->limit->title_vi, k->window->limit->title_en));
        if (k->started != DAY_NONE)
                line(out, work_text(w, "Counted from the day after"), day_words(w, k->started));
        if (l->years != 0) {
                line(out, work_text(w, "Limit"), arena_print(w->arena, l->years == 1 ? work_text(w, "%d year, to the day of the same name; 28 February where a year has no 29th") : work_text(w, "%d years, to the day of the same name; 28 February where a year has no 29th"), l->years));
                return;
        }
        line(out, work_text(w, "Limit"), days_words(w, l->days, l->is_working));
        if (k->days != l->days)
                line(out, work_text(w, "Extended by"), days_words(w, k->days - l->days, l->is_working));
        for (int i = 0; i < k->stop_count; i++)
                stop_line(w, &k->stops[i], out);
        if (k->stands_still)
                line(out, work_text(w, "Left"), days_words(w, k->left, l->is_working));
        if (k->off > 0)
                line(out, work_text(w, "Not counted"), off_words(w, k));
        if (k->was_moved)
                line(out, work_text(w, "Moved"), work_text(w, "a day off moves to the next working day"));
}

static void why_fill(struct work *w, const struct case_clock *k, struct clock_shown *out)
{
        out->why = arena_array(w->arena, LINES_MOST, sizeof *out->why);
        if (k->limit->month != 0)
                line(out, work_text(w, "Limit"), work_text(w, "a day fixed in the year of the plan, whenever the limit began"));
        else
                count_lines(w, k, out);
        if (k->due != DAY_NONE)
                line(out, work_text(w, "Last day"), day_words(w, k->due));
        if (!k->is_certain)
                line(out, work_text(w, "Not certain"), work_text(w, "the holidays of that year are not yet known, so it may move"));
}

const char *limit_why(struct work *w, const struct case_clock *k)
{
        struct clock_shown shown = { .title = "" };
        const char *all = "";

        why_fill(w, k, &shown);
        for (size_t i = 0; i < shown.why_count; i++)
                all = arena_print(w->arena, "%s%s%s: %s", all, i == 0 ? "" : "; ", shown.why[i].name, shown.why[i].value);
        return all;
}

void limit_fill(struct work *w, const struct case_file *f, const struct case_clock *k, struct clock_shown *out)
{
        const struct workflow_limit *l = k->limit;
        enum urgency urgency = k->stands_still ? URGENCY_NONE : limit_urgency(l, k->due, day_of_moment(w->now));

        *out = (struct clock_shown){ .title = text_in(w->language, l->title_vi, l->title_en), .due = day_words(w, k->due), .basis = l->basis.source,
                                     .who = unit_words(w, k->asked), .is_verified = l->basis.is_verified, .is_ended = k->ended != DAY_NONE };
        why_fill(w, k, out);
        if (l->is_window) {
                bool is_over = k->ended != DAY_NONE || (k->due != DAY_NONE && day_of_moment(w->now) > k->due);

                out->css = is_over ? "chip" : "chip info";
                out->chip = is_over ? work_text(w, "over") : k->stands_still ? work_text(w, "stands still") : work_text(w, "runs; nothing is owed at its end");
                return;
        }
        if (k->ended != DAY_NONE) {
                bool is_late = k->due != DAY_NONE && k->ended > k->due;

                out->css = is_late ? "chip warn" : "chip ok";
                out->chip = arena_print(w->arena, is_late ? work_text(w, "done late, %s") : work_text(w, "done in time, %s"), day_words(w, k->ended));
                return;
        }
        out->chip = case_left_words(w, k->due, k->stands_still, urgency, &out->css);
        if (l->escalate_to >= 0 && !k->stands_still) {
                const struct workflow_actor *to = &f->workflow->actors[l->escalate_to];

                out->escalation = arena_print(w->arena, urgency == URGENCY_ESCALATED ? work_text(w, "Overdue: with %s since %s") : work_text(w, "Overdue, it goes to %s on %s"),
                                              text_in(w->language, to->title_vi, to->title_en), day_words(w, k->due + l->escalate_after));
        }
}
