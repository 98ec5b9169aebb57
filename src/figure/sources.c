#include "figure/sources.h"

#include <stdlib.h>
#include <string.h>

#include "figure/figure_private.h"
#include "ledger/symbol.h"

/* ---- reading ------------------------------------------------------------------------------------------------- */

struct teller { /* who wrote an entry with figures, looked up once */
        const char *source, *said, *unit;
        const struct provider *provider;
        stamp at;
};

struct search {
        struct work *work;
        const struct catalogue *catalogue;
        struct map *tellers;  /* entry -> struct teller * */
        int64_t least_status;
};

/* One version as it is in the tables. */
struct told {
        int64_t unit, item, partner; /* symbols */
        struct cell_source source;
        stamp at;
        bool is_in_table;            /* it stands or stood */
};

struct tolds {
        struct told *list;
        size_t count, room;
};

static const struct teller *teller_of(struct search *s, int64_t entry)
{
        struct work *w = s->work;
        int64_t *slot = map_put(s->tellers, &entry, sizeof entry, NULL);
        struct teller *t;
        struct rows *r;

        if (slot == NULL)
                arena_starve(w->arena);
        if (*slot != 0)
                return (const struct teller *)(intptr_t)*slot;
        t = arena_alloc(w->arena, sizeof *t);
        *t = (struct teller){ .source = "", .said = "", .unit = "" };
        r = db_query(w->db, "SELECT f.source, f.unit, e.at FROM figure_entry f JOIN ledger_entry e ON e.id = f.entry WHERE f.entry = $1",
                     ARGS(v_int(entry)));
        if (rows_next(r)) {
                t->source = arena_text(w->arena, rows_text(r, 0));
                t->unit = arena_text(w->arena, rows_text(r, 1));
                t->at = rows_int(r, 2);
        }
        rows_close(r);
        t->provider = provider_of(s->catalogue, t->source, day_of_moment(stamp_moment(t->at)));
        t->said = t->source;
        if (t->provider == NULL || t->provider->is_own)
                t->source = "";
        *slot = (int64_t)(intptr_t)t;
        return t;
}

static void told_add(struct work *w, struct tolds *all, const struct told *t)
{
        if (all->count == all->room) {
                size_t room = all->room == 0 ? 32 : all->room * 2;
                struct told *more = arena_array(w->arena, room, sizeof *more);

                if (all->count > 0)
                        memcpy(more, all->list, all->count * sizeof *more);
                all->list = more;
                all->room = room;
        }
        all->list[all->count++] = *t;
}

#define SQL_TOLD(table, is_in_table)                                                                                   \
        "SELECT unit, item, partner, known_from, value, status, mark, entry, " is_in_table " FROM " table                 \
        " WHERE province = $1 AND indicator = $2 AND period = $3 AND status >= $4"
#define SQL_NEVER_STOOD " AND stands_from = 0"
#define SQL_TOLD_ORDER " ORDER BY 1, 2, 3, 4 DESC, 8"

/* All versions of a group, or of one cell of it (unit > 0), in the order of cells, the newest known first. */
static bool group_read(struct search *s, int64_t province, int64_t indicator, int64_t p, int64_t unit, int64_t item, int64_t partner,
                       struct tolds *all)
{
        struct work *w = s->work;
#define SQL_CELL " AND unit = $5 AND item = $6 AND partner = $7"
        struct rows *r = unit == 0 ? db_query(w->db, SQL_TOLD("figure", "1") " UNION ALL " SQL_TOLD("figure_beside", "0") SQL_NEVER_STOOD SQL_TOLD_ORDER,
                                              ARGS(v_int(province), v_int(indicator), v_int(p), v_int(s->least_status)))
                                   : db_query(w->db, SQL_TOLD("figure", "1") SQL_CELL " UNION ALL " SQL_TOLD("figure_beside", "0") SQL_NEVER_STOOD SQL_CELL SQL_TOLD_ORDER,
                                              ARGS(v_int(province), v_int(indicator), v_int(p), v_int(s->least_status), v_int(unit), v_int(item), v_int(partner)));

        all->count = 0;
        while (rows_next(r)) {
                struct told t = { .unit = rows_int(r, 0), .item = rows_int(r, 1), .partner = rows_int(r, 2), .is_in_table = rows_int(r, 8) != 0 };

                t.source = (struct cell_source){ .known_from = rows_int(r, 3), .value = rows_int(r, 4), .status = (enum figure_status)rows_int(r, 5),
                                                 .mark = (enum figure_mark)rows_int(r, 6), .entry = rows_int(r, 7) };
                told_add(w, all, &t);
        }
        rows_close(r);
        for (size_t i = 0; i < all->count && work_ok(w); i++) { /* not while the query runs */
                const struct teller *t = teller_of(s, all->list[i].source.entry);

                all->list[i].source.source = t->source;
                all->list[i].source.said = t->said;
                all->list[i].source.unit = t->unit;
                all->list[i].source.provider = t->provider;
                all->list[i].at = t->at;
        }
        return work_ok(w);
}

/* ---- one cell -------------------------------------------------------------------------------------------------- */

static int priority(const struct cell_source *s)
{
        return s->provider == NULL ? 0 : s->provider->priority;
}

static int by_rank(const void *a, const void *b)
{
        const struct cell_source *x = a, *y = b;

        if (x->stands != y->stands)
                return x->stands ? -1 : 1;
        if (priority(x) != priority(y))
                return priority(x) > priority(y) ? -1 : 1;
        if (x->known_from != y->known_from)
                return x->known_from > y->known_from ? -1 : 1;
        return strcmp(x->source, y->source) != 0 ? strcmp(x->source, y->source) : strcmp(x->unit, y->unit);
}

static bool is_same_teller(const struct cell_source *a, const struct cell_source *b)
{
        return strcmp(a->source, b->source) == 0 && (*a->source != '\0' || strcmp(a->unit, b->unit) == 0);
}

/* The newest of each source; the one that stands is the newest in the table, whoever else told the same later. */
static void cell_fill(struct work *w, const struct told *list, size_t count, struct sourced *out)
{
        const struct told *stands = NULL;
        stamp *at = arena_array(w->arena, count + 1, sizeof *at);
        size_t n;

        out->source = arena_array(w->arena, count + 1, sizeof *out->source);
        out->count = 0;
        for (size_t i = 0; i < count; i++)
                if (list[i].is_in_table && (stands == NULL || list[i].source.known_from > stands->source.known_from))
                        stands = &list[i];
        for (size_t i = 0; i < count; i++) {
                const struct told *t = &list[i];

                for (n = 0; n < out->count && !is_same_teller(&out->source[n], &t->source); n++)
                        ;
                if (n < out->count && !out->source[n].stands && t != stands &&
                    (out->source[n].known_from > t->source.known_from || (out->source[n].known_from == t->source.known_from && at[n] >= t->at)))
                        continue;
                if (n < out->count && out->source[n].stands)
                        continue;
                out->source[n] = t->source;
                out->source[n].stands = t == stands;
                at[n] = t->at;
                out->count += n == out->count;
        }
        for (n = 0; n < out->count && stands != NULL; n++) {
                struct cell_source *s = &out->source[n];
                int64_t size;

                s->difference = s->value - stands->source.value;
                size = s->difference < 0 ? -s->difference : s->difference;
                out->disagree = out->disagree || size != 0;
                out->widest = size > out->widest ? size : out->widest;
        }
        if (out->count > 1)
                qsort(out->source, out->count, sizeof *out->source, by_rank);
}

struct sourced *sources_of(struct work *w, const struct indicator *i, const struct unit *u, period p, const char *item, const char *partner,
                           bool only_published)
{
        const struct catalogue *c = catalogue_of(w);
        struct search s = { w, c, map_in(w->arena), only_published ? STATUS_PUBLISHED : STATUS_COUNTS };
        struct sourced *out = arena_alloc(w->arena, sizeof *out);
        struct tolds all = { 0 };
        int64_t unit, topic, item_symbol, partner_symbol;

        if (c == NULL)
                return NULL;
        *out = (struct sourced){ .indicator = i, .unit = u, .period = p, .item = item, .partner = partner };
        unit = symbol_find(w, 'u', u->key);
        topic = symbol_find(w, 'i', i->id);
        item_symbol = symbol_find(w, 't', item_stored(c, i->item_classification, item));
        partner_symbol = symbol_find(w, 't', item_stored(c, i->partner_classification, partner));
        if (unit < 0 || topic < 0 || item_symbol < 0 || partner_symbol < 0)
                return work_ok(w) ? out : NULL;
        if (!group_read(&s, symbol_find(w, 'u', province_key(u)), topic, p, unit, item_symbol, partner_symbol, &all))
                return NULL;
        cell_fill(w, all.list, all.count, out);
        return out;
}

/* ---- all of them -------------------------------------------------------------------------------------------------- */

struct group { int64_t indicator, period, province; };

static int by_place(const void *a, const void *b)
{
        const struct sourced *x = a, *y = b;
        int order = strcmp(x->indicator->id, y->indicator->id);

        if (order == 0)
                order = (x->period > y->period) - (x->period < y->period);
        if (order == 0)
                order = strcmp(x->unit->key, y->unit->key);
        if (order == 0)
                order = strcmp(x->item, y->item);
        return order != 0 ? order : strcmp(x->partner, y->partner);
}

static struct group *shared_groups(struct work *w, const struct indicator *i, period from, period to, size_t *count)
{
        int64_t topic = i == NULL ? 0 : symbol_find(w, 'i', i->id);
#define SQL_SHARED " FROM figure_group WHERE writer = 0 AND (indicator = $1 OR $1 = 0) AND period >= $2 AND period <= $3"
        struct value args[] = { v_int(topic), v_int(from), v_int(to) };
        int64_t room = db_number(w->db, "SELECT COUNT(*)" SQL_SHARED, ARGS(args[0], args[1], args[2]), 0);
        struct group *list = arena_array(w->arena, (size_t)room + 1, sizeof *list);
        struct rows *r = db_query(w->db, "SELECT indicator, period, province" SQL_SHARED, ARGS(args[0], args[1], args[2]));

        for (*count = 0; rows_next(r) && *count < (size_t)room; ++*count)
                list[*count] = (struct group){ rows_int(r, 0), rows_int(r, 1), rows_int(r, 2) };
        rows_close(r);
        return list;
}

bool sources_disagree(struct work *w, const struct indicator *i, const char *unit, period from, period to, bool only_published, sources_visit *visit,
                      void *context)
{
        const struct catalogue *c = catalogue_of(w);
        struct search s = { w, c, map_in(w->arena), only_published ? STATUS_PUBLISHED : STATUS_COUNTS };
        enum frequency frequency = from != PERIOD_NONE ? period_frequency(from) : to != PERIOD_NONE ? period_frequency(to) : FREQUENCY_MONTH;
        bool is_open = from == PERIOD_NONE && to == PERIOD_NONE;
        struct sourced *found = NULL;
        struct tolds all = { 0 };
        size_t group_count, count = 0, room = 0;
        struct group *groups;

        if (c == NULL)
                return false;
        if (from == PERIOD_NONE)
                from = is_open ? 0 : (period)frequency * 1000000;
        if (to == PERIOD_NONE)
                to = is_open ? INT32_MAX : ((period)frequency + 1) * 1000000 - 1;
        groups = shared_groups(w, i, from, to, &group_count);
        for (size_t g = 0; g < group_count && work_ok(w); g++) {
                const struct indicator *topic = indicator_find(c, symbol_text(w, groups[g].indicator));

                if (topic == NULL || !group_read(&s, groups[g].province, groups[g].indicator, groups[g].period, 0, 0, 0, &all))
                        continue;
                for (size_t first = 0, end; first < all.count; first = end) {
                        const struct told *t = &all.list[first];
                        const struct unit *u = unit_by_key(c, symbol_text(w, t->unit));
                        struct sourced one = { .indicator = topic, .unit = u, .period = (period)groups[g].period };

                        for (end = first + 1; end < all.count && all.list[end].unit == t->unit && all.list[end].item == t->item &&
                                              all.list[end].partner == t->partner;)
                                end++;
                        if (u == NULL || end - first < 2 || (unit != NULL && !figure_may_report(c, unit, day_of_moment(w->now), u)))
                                continue;
                        cell_fill(w, t, end - first, &one);
                        if (!one.disagree)
                                continue;
                        one.item = symbol_text(w, t->item);
                        one.partner = symbol_text(w, t->partner);
                        if (count == room) {
                                struct sourced *more = arena_array(w->arena, room = room == 0 ? 32 : room * 2, sizeof *more);

                                if (count > 0)
                                        memcpy(more, found, count * sizeof *more);
                                found = more;
                        }
                        found[count++] = one;
                }
        }
        if (!work_ok(w))
                return false;
        if (count > 1)
                qsort(found, count, sizeof *found, by_place);
        for (size_t n = 0; n < count && visit(w, &found[n], context); n++)
                ;
        return work_ok(w);
}

/* ---- in words ------------------------------------------------------------------------------------------------------ */

const char *provider_name(const struct work *w, const struct provider *p)
{
        return p == NULL ? "" : w->language == LANGUAGE_EN ? p->name_en : p->name_vi;
}

const char *sources_rule_said(struct work *w, const struct cell_source *stands, const struct cell_source *other)
{
        if (stands->provider == NULL || other->provider == NULL)
                return work_text(w, "the newest stands: the catalogue ranks no sources");
        if (priority(stands) > priority(other))
                return arena_print(w->arena, work_text(w, "%s (priority %d) before %s (priority %d): %s"), provider_name(w, stands->provider), priority(stands),
                                   provider_name(w, other->provider), priority(other),
                                   w->language == LANGUAGE_EN ? stands->provider->why_en : stands->provider->why_vi);
        if (stands->provider->is_own && other->provider->is_own)
                return work_text(w, "both are the administration's own: the unit nearest to the place decides, of equally near ones the newest stands");
        if (stands->known_from != other->known_from)
                return arena_print(w->arena, work_text(w, "of one priority (%d): the newest known stands"), priority(stands));
        if (strcmp(stands->unit, other->unit) == 0)
                return arena_print(w->arena, work_text(w, "of one priority (%d), known from the same day: the one recorded last stands"), priority(stands));
        return arena_print(w->arena, work_text(w, "of one priority (%d), known from the same day: the unit nearest to the place decides, of equally near ones the one "
                                                  "recorded last stands"), priority(stands));
}
