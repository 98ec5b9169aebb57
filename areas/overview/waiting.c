/* waiting.c - what waits for the asker, from wherever it comes, the most urgent first: the card of the overview. "My work" has all of it. */
#include <stdlib.h>

#include "areas/overview/overview.h"
#include "areas/program.h"
#include "workflow/case.h"

#define SHOWN 6

static void line_add(struct work *w, struct waiting *v, const char *title, const char *detail, const char *href, moment due)
{
        v->lines = arena_room(w->arena, v->lines, v->count, sizeof *v->lines);
        v->lines[v->count] = (struct waiting_line){ .title = title, .detail = detail, .href = href, .due = due, .place = v->count, .is_late = due > 0 && due < w->now };
        v->count++;
}

static const char *with_due(struct work *w, const char *said, moment due)
{
        return due == 0 ? said : arena_print(w->arena, "%s · %s", said, arena_print(w->arena, work_text(w, "due %s"), moment_text(w, due)));
}

static bool add_reports(struct work *w, struct waiting *v)
{
        struct todo *list = report_todo(w, &v->report_count);
        const struct todo *owed = NULL;
        size_t owing = 0;

        v->reports = list;
        for (size_t i = 0; list != NULL && i < v->report_count; i++) {
                const struct todo *t = &list[i];

                if (t->kind == TODO_MISSING) {
                        owing++;
                        owed = owed == NULL ? t : owed;
                        continue;
                }
                v->total++;
                line_add(w, v, arena_print(w->arena, "%s, %s, %s", form_title(t->form, w->language), name_of(w, t->unit), period_said(w, t->period)),
                         with_due(w, work_text(w, todo_said(t->kind)), t->due), t->href, t->due);
        }
        if (owed != NULL)
                line_add(w, v, arena_print(w->arena, work_text(w, "%d reports have not arrived"), (int)owing),
                         with_due(w, arena_print(w->arena, "%s, %s", form_title(owed->form, w->language), period_said(w, owed->period)), owed->due), "/todo", owed->due);
        return list != NULL;
}

static bool add_cases(struct work *w, struct waiting *v)
{
        size_t count;
        int64_t total;
        struct case_todo *list = case_todo(w, SHOWN, &count, &total);

        for (size_t i = 0; list != NULL && i < count; i++) {
                const struct case_row *r = &list[i].row;
                const char *step = list[i].action == NULL ? work_text(w, "overdue: look after it") : text_in(w->language, list[i].action->title_vi, list[i].action->title_en);
                moment due = r->due == DAY_NONE ? 0 : moment_of_day(r->due + 1);
                const char *last = r->due == DAY_NONE ? "" : arena_print(w->arena, " · %s", arena_print(w->arena, work_text(w, "due %s"), day_text(w, r->due)));

                line_add(w, v, *r->title == '\0' ? r->id : r->title, arena_print(w->arena, "%s%s", step, last), arena_print(w->arena, "/cases/%s", r->id), due);
        }
        v->total += total;
        return list != NULL;
}

static bool add_dues(struct work *w, struct waiting *v)
{
        size_t count;
        struct area_due *list = program_due(w, &count);

        for (size_t i = 0; list != NULL && i < count; i++)
                line_add(w, v, list[i].title, with_due(w, list[i].unit, list[i].due), list[i].href, list[i].due);
        v->total += (int64_t)count;
        return list != NULL;
}

static int by_due(const void *a, const void *b)
{
        const struct waiting_line *x = a, *y = b;

        if ((x->due == 0) != (y->due == 0))
                return x->due == 0 ? 1 : -1;
        return x->due != y->due ? (x->due > y->due) - (x->due < y->due) : (x->place > y->place) - (x->place < y->place);
}

struct waiting *waiting_make(struct work *w)
{
        struct waiting *v = arena_alloc(w->arena, sizeof *v);

        *v = (struct waiting){ 0 };
        if (!add_reports(w, v) || !add_cases(w, v) || !add_dues(w, v))
                return NULL;
        if (v->count > 1)
                qsort(v->lines, v->count, sizeof *v->lines, by_due);
        for (size_t i = 0; i < v->count; i++) {
                struct waiting_line *l = &v->lines[i];
                day last = l->due == 0 ? DAY_NONE : day_of_moment(l->due - 1);

                l->when = l->is_late ? work_text(w, "Overdue") : l->due == 0 ? work_text(w, "No deadline") : last == day_of_moment(w->now) ? work_text(w, "Today") : day_text(w, last);
        }
        v->count = v->count < SHOWN ? v->count : SHOWN;
        return v;
}
