#include "report/choices.h"

#include <string.h>

void choices_add(struct work *w, struct choices *c, const char *value, const char *text, bool is_chosen)
{
        if (c->count == c->room) {
                size_t room = c->room == 0 ? 16 : c->room * 2;
                struct choice *more = arena_array(w->arena, room, sizeof *more);

                if (c->count > 0)
                        memcpy(more, c->list, c->count * sizeof *more);
                c->list = more;
                c->room = room;
        }
        c->list[c->count++] = (struct choice){ value, text, is_chosen, false };
}

static void group_add(struct work *w, struct choices *c, const char *text)
{
        choices_add(w, c, "", text, false);
        c->list[c->count - 1].begins_group = true;
}

static const char *name_in(const struct work *w, const char *vi, const char *en)
{
        return w->language == LANGUAGE_VI || *en == '\0' ? vi : en;
}

struct choices choices_of_filter(struct work *w, const struct filter_choice *offered, const char *chosen)
{
        struct choices c = { 0 };

        for (; offered->value != NULL; offered++)
                choices_add(w, &c, offered->value, work_text(w, offered->text), strcmp(offered->value, chosen) == 0);
        return c;
}

struct choices choices_of_indicators(struct work *w, const struct indicator *const *chosen, size_t count)
{
        const struct catalogue *catalogue = catalogue_of(w);
        size_t all = indicator_list_named(catalogue, w->language, NULL, 0);
        const struct indicator **list = arena_array(w->arena, all + 1, sizeof *list);
        struct choices c = { 0 };

        indicator_list_named(catalogue, w->language, list, all);
        for (size_t i = 0; i < all; i++) {
                bool is_chosen = false;

                for (size_t k = 0; k < count; k++)
                        is_chosen |= chosen[k] == list[i];
                choices_add(w, &c, list[i]->id, name_in(w, list[i]->name_vi, list[i]->name_en), is_chosen);
        }
        return c;
}

/* ---- places ------------------------------------------------------------------------------------------------- */

/* Which units are asked for: as they are today, or by their keys. NULL: there is none. */
static const struct unit **units_asked(struct work *w, const char *const *chosen, size_t count)
{
        const struct unit **asked = arena_array(w->arena, count + 1, sizeof *asked);

        for (size_t i = 0; i < count; i++)
                asked[i] = unit_read(catalogue_of(w), chosen[i], day_of_moment(w->now));
        return asked;
}

static const char *name_until(struct work *w, const struct unit *u, const char *name)
{
        char until[DAY_SHOWN_MAX];

        if (u->to >= day_of_moment(w->now))
                return name;
        day_write_shown(until, u->to, w->language);
        return arena_print(w->arena, work_text(w, "%s (until %s)"), name, until);
}

static void unit_add(struct work *w, struct choices *c, const struct unit *u, const struct unit *const *asked, size_t count)
{
        const char *name = u->level == LEVEL_COUNTRY ? work_text(w, "The whole country") : name_in(w, u->name_vi, u->name_en);
        bool is_chosen = false;

        for (size_t i = 0; i < count; i++)
                is_chosen |= asked[i] == u;
        choices_add(w, c, u->to < day_of_moment(w->now) ? u->key : u->code, name_until(w, u, name), is_chosen);
}

/* A unit that is not offered, or a code that means none today: it is told by the newest unit that had the code. */
static void unit_keep(struct work *w, struct choices *c, const char *value, const struct unit *u)
{
        const struct unit *bearers[16];
        size_t count = u != NULL ? 0 : unit_by_code(catalogue_of(w), value, bearers, 16);

        if (count > 0)
                u = bearers[count > 16 ? 15 : count - 1];
        choices_add(w, c, value, u == NULL ? value : name_until(w, u, name_in(w, u->full_name_vi, u->full_name_en)), true);
}

struct choices choices_of_places(struct work *w, const char *first, const char *const *chosen, size_t count)
{
        const struct unit **asked = units_asked(w, chosen, count), **all;
        size_t unit_count = unit_list_ever(catalogue_of(w), NULL, 0);
        day today = day_of_moment(w->now);
        struct choices c = { 0 };

        all = arena_array(w->arena, unit_count + 1, sizeof *all);
        unit_list_ever(catalogue_of(w), all, unit_count);
        while (unit_count > 0 && all[unit_count - 1]->level > LEVEL_PROVINCE) /* they come level by level */
                unit_count--;
        if (first != NULL)
                choices_add(w, &c, "", first, count == 0);
        for (int pass = LEVEL_COUNTRY; pass <= LEVEL_PROVINCE + 1; pass++) {
                if (pass != LEVEL_COUNTRY)
                        group_add(w, &c, pass == LEVEL_PROVINCE ? work_text(w, "Provinces of today") : work_text(w, "Provinces that are no more"));
                for (size_t i = 0; i < unit_count; i++)
                        if (pass == (int)all[i]->level + (all[i]->to < today))
                                unit_add(w, &c, all[i], asked, count);
        }
        for (size_t i = 0; i < count; i++)
                if (asked[i] == NULL || asked[i]->level > LEVEL_PROVINCE)
                        unit_keep(w, &c, chosen[i], asked[i]);
        return c;
}

/* ---- items -------------------------------------------------------------------------------------------------- */

static bool is_among(const char *const *list, size_t count, const char *code)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(list[i], code) == 0)
                        return true;
        return false;
}

struct choices choices_of_items(struct work *w, const char *classification, day on, int depth_most, const char *first,
                                const char *const *chosen, size_t count)
{
        const struct catalogue *catalogue = catalogue_of(w);
        size_t all = *classification == '\0' ? 0 : item_list(catalogue, classification, on, NULL, 0);
        const struct item **list = arena_array(w->arena, all + 1, sizeof *list);
        struct choices c = { 0 };

        if (all == 0 && count == 0)
                return c;
        if (first != NULL)
                choices_add(w, &c, "", first, count == 0);
        if (all > 0)
                item_list(catalogue, classification, on, list, all);
        for (size_t i = 0; i < all; i++) {
                bool is_chosen = is_among(chosen, count, list[i]->code);
                int depth = 0;

                for (const struct item *up = list[i]->parent; up != NULL; up = up->parent)
                        depth++;
                if (depth <= depth_most || is_chosen)
                        choices_add(w, &c, list[i]->code,
                                    arena_print(w->arena, "%.*s%s", (depth < 4 ? depth : 4) * 3, "\u2003\u2003\u2003\u2003", name_in(w, list[i]->name_vi, list[i]->name_en)),
                                    is_chosen);
        }
        for (size_t i = 0; i < count; i++) {
                bool is_there = false;

                for (size_t k = 0; k < c.count; k++)
                        is_there |= strcmp(c.list[k].value, chosen[i]) == 0;
                if (!is_there)
                        choices_add(w, &c, chosen[i], chosen[i], true);
        }
        return c;
}
