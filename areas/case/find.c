/* find.c - cases and procedures by words. */
#include <string.h>

#include "areas/case/case.h"
#include "areas/find.h"
#include "form/form.h"

static const char *joined(struct work *w, const char *a, const char *b)
{
        return *a == '\0' ? b : *b == '\0' ? a : arena_print(w->arena, "%s · %s", a, b);
}

static void case_found(struct work *w, const struct case_row *r, struct found *out)
{
        int state = r->regime == NULL ? -1 : workflow_state_find(r->regime, r->state);
        const char *flow = r->regime == NULL ? r->workflow : text_in(w->language, r->regime->title_vi, r->regime->title_en);
        const char *where = state < 0 ? r->state : text_in(w->language, r->regime->states[state].title_vi, r->regime->states[state].title_en);

        *out = (struct found){ .code = r->id, .title = *r->title == '\0' ? r->id : r->title, .href = arena_print(w->arena, "/cases/%s", r->id),
                               .detail = joined(w, joined(w, flow, r->unit == NULL ? "" : unit_name_dated(w, r->unit)), where) };
}

static bool find_cases(struct work *w, struct search *s)
{
        struct case_query q = { .words = s->typed, .which = CASES_ALL, .sort = SORT_CHANGED };
        struct found_group *group;
        size_t count;
        int64_t total;
        struct case_row *rows = case_list(w, &q, s->most, &count, &total);

        if (rows == NULL)
                return false;
        group = search_add(w, s, "case", work_text(w, "Cases"), count, total > CASES_COUNTED ? CASES_COUNTED : total);
        if (group == NULL)
                return true;
        group->is_more = total > CASES_COUNTED;
        if (strlen(s->typed) <= LIST_WORDS_MAX)
                group->all = search_address(w, s, "/cases?which=all&q=");
        for (size_t i = 0; i < count; i++)
                case_found(w, &rows[i], &group->list[i]);
        return work_ok(w);
}

static void find_procedures(struct work *w, const struct catalogue *c, struct search *s)
{
        const struct workflow *list[WORKFLOWS_MAX];
        size_t count = workflow_list(c, day_of_moment(w->now), list, WORKFLOWS_MAX), shown;
        struct offers offers = { NULL, 0 };
        struct found_group *group;

        for (size_t i = 0; i < count && i < WORKFLOWS_MAX; i++)
                offer_add(w, &offers, list[i], words_fit(w->arena, s->words, arena_print(w->arena, "%s %s", text_in(w->language, list[i]->title_vi, list[i]->title_en), list[i]->id)));
        shown = offers_best(&offers, s->most);
        group = search_add(w, s, "procedure", work_text(w, "Procedures"), shown, (int64_t)offers.count);
        for (size_t i = 0; i < shown; i++) {
                const struct workflow *flow = offers.list[i].thing;

                group->list[i] = (struct found){ .code = flow->id, .title = text_in(w->language, flow->title_vi, flow->title_en), .detail = "",
                                                 .href = arena_print(w->arena, "/cases/workflows/%s", flow->id) };
        }
}

bool case_find(struct work *w, struct search *s)
{
        const struct catalogue *c = user_may(w->user, MAY_FOLLOW) ? catalogue_of(w) : NULL;

        if (c == NULL)
                return work_ok(w);
        if (!find_cases(w, s))
                return false;
        find_procedures(w, c, s);
        return work_ok(w);
}
