/* find.c - places and indicators by words. */
#include <string.h>

#include "areas/definitions/definitions.h"
#include "areas/find.h"

#define INDICATORS_MOST 1000
#define RESET_EVERY 512

/* A name that is just the words, then what exists today, then what begins with them. */
static int unit_fit(struct arena *scratch, const struct words *words, const struct unit *u, day today)
{
        int fit = words_fit(scratch, words, u->full_name_vi), of_name;

        if (fit == 0)
                fit = words_fit(scratch, words, u->code) == 3 ? 3 : 0;
        if (fit == 0)
                return 0;
        of_name = words_fit(scratch, words, u->name_vi);
        return 2 * (of_name > fit ? of_name : fit) + (u->from <= today && today <= u->to);
}

static const char *unit_detail(struct work *w, const struct unit *u)
{
        const char *parent = u->parent == NULL || u->parent->level == LEVEL_COUNTRY ? "" : text_in(w->language, u->parent->full_name_vi, u->parent->full_name_en);
        char last[DAY_SHOWN_MAX];

        if (u->to == DAY_FOREVER)
                return parent;
        day_write_shown(last, u->to, w->language);
        return arena_print(w->arena, "%s%s%s", parent, *parent == '\0' ? "" : " · ", arena_print(w->arena, work_text(w, "until %s"), last));
}

static const char *unit_href(struct work *w, const struct unit *u, day today)
{
        bool is_of_today = unit_at(catalogue_of(w), u->code, today) == u;

        return arena_print(w->arena, "/%s/%s", is_of_today && u->level == LEVEL_PROVINCE ? "provinces" : "units", is_of_today ? u->code : u->key);
}

static void find_units(struct work *w, const struct catalogue *c, struct search *s)
{
        day today = day_of_moment(w->now);
        size_t all = unit_list_ever(c, NULL, 0), shown;
        const struct unit **list = arena_array(w->arena, all + 1, sizeof *list);
        struct arena *scratch = work_scratch(w, (size_t)16 << 20);
        struct offers offers = { NULL, 0 };
        struct found_group *group;

        unit_list_ever(c, list, all);
        for (size_t i = 0; i < all; i++) {
                offer_add(w, &offers, list[i], unit_fit(scratch, s->words, list[i], today));
                if (i % RESET_EVERY == RESET_EVERY - 1)
                        arena_reset(scratch);
        }
        arena_reset(scratch);
        shown = offers_best(&offers, s->most);
        group = search_add(w, s, "unit", work_text(w, "Places"), shown, (int64_t)offers.count);
        for (size_t i = 0; i < shown; i++) {
                const struct unit *u = offers.list[i].thing;

                group->list[i] = (struct found){ .code = u->code, .title = text_in(w->language, u->full_name_vi, u->full_name_en), .detail = unit_detail(w, u), .href = unit_href(w, u, today) };
        }
}

static void find_indicators(struct work *w, const struct catalogue *c, struct search *s)
{
        const struct indicator *list[INDICATORS_MOST];
        size_t count = indicator_list_named(c, w->language, list, INDICATORS_MOST), shown;
        struct offers offers = { NULL, 0 };
        struct found_group *group;

        for (size_t i = 0; i < count && i < INDICATORS_MOST; i++) {
                const struct indicator *k = list[i];
                int of_name = words_fit(w->arena, s->words, text_in(w->language, k->name_vi, k->name_en)), of_id = words_fit(w->arena, s->words, k->id);
                int of_all = words_fit(w->arena, s->words, arena_print(w->arena, "%s %s %s %s %s", k->id, k->short_vi, k->short_en, k->name_vi, k->name_en)) > 0;

                offer_add(w, &offers, k, of_id == 3 || of_name == 3 ? 3 : of_name > of_all ? of_name : of_all);
        }
        shown = offers_best(&offers, s->most);
        group = search_add(w, s, "indicator", work_text(w, "Indicators"), shown, (int64_t)offers.count);
        for (size_t i = 0; i < shown; i++) {
                const struct indicator *k = offers.list[i].thing;

                group->list[i] = (struct found){ .code = k->id, .title = text_in(w->language, k->name_vi, k->name_en), .detail = text_in(w->language, k->unit_vi, k->unit_en),
                                                 .href = arena_print(w->arena, "/figures?indicator=%s", k->id) };
        }
}

bool definitions_find(struct work *w, struct search *s)
{
        const struct catalogue *c = catalogue_of(w);

        if (c == NULL)
                return false;
        find_units(w, c, s);
        find_indicators(w, c, s);
        return work_ok(w);
}
