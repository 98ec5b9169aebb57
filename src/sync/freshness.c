#include "sync/freshness.h"

#include <string.h>

#include "ledger/past.h"
#include "sync/sync.h"

struct hearing {
        struct freshness *of;
        const struct unit **reported;  /* units below with a figure of the period, or of all of whose parts there is one */
        enum unit_level level;         /* the highest of those with a figure of their own; LEVEL_COUNT: none */
        size_t reported_count;
        struct last { const struct unit *unit; period newest; } *last; /* units below with an earlier one */
        size_t last_count;
};

static bool hear(struct work *w, const struct figure_row *r, void *context)
{
        struct hearing *h = context;

        if (!r->has_value || r->total_of < r->total_expected)
                return true;
        if (r->period == h->of->period) {
                if (r->entry != 0 && r->unit->level < h->level)
                        h->level = r->unit->level;
                h->reported = arena_room(w->arena, h->reported, h->reported_count, sizeof *h->reported);
                h->reported[h->reported_count++] = r->unit;
                return true;
        }
        for (size_t i = 0; i < h->last_count; i++) /* a unit of another period's map keeps its key while it lasts */
                if (h->last[i].unit == r->unit) {
                        h->last[i].newest = r->period;
                        return true;
                }
        h->last = arena_room(w->arena, h->last, h->last_count, sizeof *h->last);
        h->last[h->last_count++] = (struct last){ r->unit, r->period };
        return true;
}

static bool has_reported(const struct hearing *h, const struct unit *u)
{
        for (size_t i = 0; i < h->reported_count; i++)
                if (h->reported[i] == u)
                        return true;
        return false;
}

static void absent_fill(const struct hearing *h, const struct link *links, size_t link_count, struct absent *a)
{
        for (size_t i = 0; i < h->last_count; i++)
                if (h->last[i].unit == a->unit)
                        a->newest = h->last[i].newest;
        for (size_t i = 0; i < link_count; i++)
                if (!links[i].is_revoked && strcmp(links[i].unit, a->unit->code) == 0) {
                        a->has_node = true;
                        if (links[i].last_contact > a->last_contact)
                                a->last_contact = links[i].last_contact;
                }
}

/* Keys of the units whose figures may make the total: of a country its provinces, else all that lies below. */
static const char **units_below(struct work *w, const struct catalogue *c, const struct unit *u, day on, size_t *count)
{
        size_t room = 0;
        const struct unit **list;
        const char **keys;

        for (int level = (int)u->level + 1; level < LEVEL_COUNT; level++)
                room += unit_list(c, (enum unit_level)level, on, NULL, 0);
        list = arena_array(w->arena, room + 1, sizeof *list);
        keys = arena_array(w->arena, room + 1, sizeof *keys);
        *count = 0;
        for (int level = (int)u->level + 1; level < LEVEL_COUNT && (u->level != LEVEL_COUNTRY || level == LEVEL_PROVINCE); level++) {
                size_t n = unit_list(c, (enum unit_level)level, on, list, room);

                for (size_t i = 0; i < n; i++)
                        if (u->level == LEVEL_COUNTRY || unit_is_within(list[i], u))
                                keys[(*count)++] = list[i]->key;
        }
        return keys;
}

/* The links of this node, for those who may hear of nodes; since when one is silent is known of now alone. */
static struct link *links_heard(struct work *w, struct freshness *f, moment known, size_t *count)
{
        *count = 0;
        f->tells_nodes = known == 0 && user_may(w->user, MAY_READ) && w->node != NULL && !past_is_read(w);
        return f->tells_nodes ? sync_links(w, count) : NULL;
}

/* Which of the units of a level have reported, and since when those that have not are silent. */
static bool count_off(struct work *w, const struct catalogue *c, const struct hearing *h, day on, moment known)
{
        struct freshness *f = h->of;
        size_t room = unit_list(c, f->level, on, NULL, 0), count, link_count;
        const struct unit **list = arena_array(w->arena, room + 1, sizeof *list);
        struct link *links = links_heard(w, f, known, &link_count);

        f->absent = arena_array(w->arena, room + 1, sizeof *f->absent);
        count = unit_list(c, f->level, on, list, room);
        for (size_t n = 0; n < count && n < room; n++) {
                if (!unit_is_within(list[n], f->unit) && f->unit->level != LEVEL_COUNTRY)
                        continue;
                f->expected++;
                if (has_reported(h, list[n])) {
                        f->reported++;
                        continue;
                }
                f->absent[f->absent_count] = (struct absent){ .unit = list[n] };
                absent_fill(h, links, link_count, &f->absent[f->absent_count++]);
        }
        return work_ok(w);
}

struct freshness *freshness_of_units(struct work *w, const struct unit *u, day on, const struct unit **reported, size_t count)
{
        const struct catalogue *c = catalogue_of(w);
        struct freshness *f = arena_alloc(w->arena, sizeof *f);
        struct hearing h = { .of = f, .reported = reported, .reported_count = count };

        *f = (struct freshness){ .unit = u, .period = PERIOD_NONE, .level = (enum unit_level)(u->level + 1) };
        return c != NULL && count_off(w, c, &h, on, 0) ? f : NULL;
}

struct freshness *freshness_read(struct work *w, const struct indicator *i, const struct unit *u, period p, const char *item,
                                 const char *partner, moment known)
{
        const struct catalogue *c = catalogue_of(w);
        struct freshness *f = arena_alloc(w->arena, sizeof *f);
        struct hearing h = { .of = f, .level = LEVEL_COUNT };
        struct figure_query q = {
                .indicators = (const struct indicator *[]){ i }, .indicator_count = 1, 
                .from = period_plus(p, -FRESHNESS_BACK), .to = p, .items = (const char *[]){ item }, .item_count = 1,
                .partners = (const char *[]){ partner }, .partner_count = 1, .known = known,
        };

        *f = (struct freshness){ .indicator = i, .unit = u, .period = p };
        if (c == NULL)
                return NULL;
        q.units = units_below(w, c, u, period_last(p), &q.unit_count);
        if (q.unit_count == 0)
                return f; /* nothing lies below a commune */
        figures_limit_to_reader(w, &q);
        if (!figures_read(w, &q, hear, &h))
                return NULL;
        f->level = h.level == LEVEL_COUNT ? (enum unit_level)(u->level + 1) : h.level; /* a total is made of the highest level that reported */
        return count_off(w, c, &h, period_last(p), known) ? f : NULL;
}

struct freshness *freshness_of_absent(struct work *w, const struct figure_query *asked, period p, const struct unit **absent, size_t count, size_t few)
{
        struct freshness *f = arena_alloc(w->arena, sizeof *f);
        struct hearing h = { .of = f, .level = LEVEL_COUNT };
        struct figure_query q = *asked;
        size_t link_count;
        struct link *links;

        q.with_children = false;
        q.compare = COMPARE_NONE;
        q.from = period_plus(p, -FRESHNESS_BACK);
        q.to = p;
        q.units = arena_array(w->arena, few + 1, sizeof *q.units);
        for (q.unit_count = 0; q.unit_count < few && q.unit_count < count; q.unit_count++)
                q.units[q.unit_count] = absent[q.unit_count]->key;
        *f = (struct freshness){ .period = p, .absent = arena_array(w->arena, count + 1, sizeof *f->absent), .absent_count = count };
        links = links_heard(w, f, asked->known, &link_count);
        if (q.unit_count > 0 && !figures_read(w, &q, hear, &h))
                return NULL;
        for (size_t i = 0; i < count; i++) {
                f->absent[i] = (struct absent){ .unit = absent[i] };
                if (i < few)
                        absent_fill(&h, links, link_count, &f->absent[i]);
        }
        return work_ok(w) ? f : NULL;
}

const char *freshness_said(struct work *w, const struct freshness *f)
{
        return f->expected == 0 ? "" : arena_print(w->arena, work_text(w, "%d of %d units have reported"), f->reported, f->expected);
}

const char *freshness_absent_said(struct work *w, const struct freshness *f, size_t most)
{
        const char *all = "";

        for (size_t i = 0; i < f->absent_count && i < most; i++) {
                const struct absent *a = &f->absent[i];
                const char *name = w->language == LANGUAGE_VI ? a->unit->name_vi : a->unit->name_en, *last = "", *silent = "";
                char text[64];

                if (a->newest != PERIOD_NONE) {
                        period_write_short(text, sizeof text, a->newest, w->language);
                        last = arena_print(w->arena, work_text(w, "last figure %s"), text);
                }
                if (a->has_node && a->last_contact == 0) {
                        silent = work_text(w, "its node was never heard from");
                } else if (a->has_node) {
                        moment_write_shown(text, a->last_contact, w->language);
                        silent = arena_print(w->arena, work_text(w, "its node was heard last at %s"), text);
                }
                all = arena_print(w->arena, "%s%s%s%s%s%s%s", all, i == 0 ? "" : "; ", name, *last == '\0' && *silent == '\0' ? "" : " (", last,
                                  *last != '\0' && *silent != '\0' ? ", " : "", silent);
                if (*last != '\0' || *silent != '\0')
                        all = arena_print(w->arena, "%s)", all);
        }
        if (f->absent_count > most)
                all = arena_print(w->arena, work_text(w, "%s … and %zu more"), all, f->absent_count - most);
        return all;
}
