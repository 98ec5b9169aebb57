/* find.c - clusters by words: of their name, where they are, their id. */
#include "areas/cluster/cluster.h"
#include "areas/find.h"

static const char *where(struct work *w, const struct unit *home)
{
        if (home == NULL)
                return "";
        return arena_print(w->arena, "%s, %s", text_in(w->language, home->full_name_vi, home->full_name_en),
                           home->province == NULL ? "" : text_in(w->language, home->province->name_vi, home->province->name_en));
}

bool cluster_find(struct work *w, struct search *s)
{
        struct cluster_query q = { .plot_area = CLUSTER_UNKNOWN, .plot_price = CLUSTER_UNKNOWN, .needs_no_plots = true };
        struct offers offers = { NULL, 0 };
        struct found_group *group;
        size_t count, shown;
        struct cluster *list = clusters_read(w, &q, &count);

        if (list == NULL)
                return false;
        for (size_t i = 0; i < count; i++) {
                int fit = words_fit(w->arena, s->words, list[i].name);

                if (fit == 0)
                        fit = words_fit(w->arena, s->words, arena_print(w->arena, "%s CCN cụm công nghiệp %s %s", list[i].id, list[i].name, where(w, list[i].home)));
                offer_add(w, &offers, &list[i], fit);
        }
        shown = offers_best(&offers, s->most);
        group = search_add(w, s, "cluster", work_text(w, "Industrial clusters"), shown, (int64_t)offers.count);
        for (size_t i = 0; i < shown; i++) {
                const struct cluster *x = offers.list[i].thing;

                group->list[i] = (struct found){ .code = x->id, .title = x->name, .detail = where(w, x->home),
                                                 .href = arena_print(w->arena, "/clusters/%s", x->id) };
        }
        return work_ok(w);
}
