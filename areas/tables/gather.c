#include "areas/tables/grid_private.h"

#include <string.h>

#include "base/map.h"

struct reading {
        struct work *w;
        const struct catalogue *catalogue;
        struct grid *g;
        struct map *known[DIMENSIONS]; /* code or key -> place + 1 */
        struct map *wholes;            /* what they are of -> number */
        size_t member_room[DIMENSIONS], fact_room, whole_room;
        bool has_sums;
        bool whole_is_ours;            /* the figure of all items was added to the question, only to hold the parts against it */
        struct map *texts;             /* units of measure, notes: kept once */
        bool is_too_many;
};

static const char *text_once(struct reading *x, const char *text)
{
        int64_t *place;

        if (text == NULL || *text == '\0')
                return text == NULL ? NULL : "";
        place = map_put_text(x->texts, text, NULL);
        if (place == NULL)
                arena_starve(x->w->arena);
        if (*place == 0)
                *place = (int64_t)(intptr_t)arena_text(x->w->arena, text);
        return (const char *)(intptr_t)*place;
}

void *grid_grown(struct arena *a, void *list, size_t count, size_t *room, size_t bytes)
{
        void *more;

        if (count < *room)
                return list;
        *room = *room == 0 ? 64 : *room * 2;
        more = arena_array(a, *room, bytes);
        if (count > 0)
                memcpy(more, list, count * bytes);
        return more;
}

/* The member with a key; new ones are given is_new. */
static struct member *member_put(struct reading *x, enum dimension d, const char *key, bool *is_new)
{
        struct grid *g = x->g;
        int64_t *place = map_put_text(x->known[d], key, is_new);

        if (place == NULL)
                arena_starve(x->w->arena);
        if (*is_new) {
                g->members[d] = grid_grown(x->w->arena, g->members[d], g->member_count[d], &x->member_room[d], sizeof *g->members[d]);
                g->members[d][g->member_count[d]] = (struct member){ .place = (int)g->member_count[d] };
                *place = (int64_t)g->member_count[d]++;
        }
        return &g->members[d][*place];
}

static int depth_of(const struct classification *by, const struct item *i, const char *code)
{
        int depth = 1;

        if (*code == '\0' || by == NULL || strcmp(by->root, code) == 0)
                return 0;
        for (const struct item *up = i == NULL ? NULL : i->parent; up != NULL; up = up->parent)
                depth += strcmp(up->code, by->root) != 0;
        return depth;
}

static int indicator_member(struct reading *x, const struct indicator *i)
{
        bool is_new;
        struct member *m = member_put(x, BY_INDICATOR, i->id, &is_new);

        if (is_new) {
                const struct figure_query *q = &x->g->ask->query;

                m->indicator = i;
                m->code = i->id;
                m->name = x->w->language == LANGUAGE_VI ? i->name_vi : i->name_en;
                m->order[0] = (long)m->place;
                for (size_t k = 0; k < q->indicator_count; k++) /* as asked */
                        if (q->indicators[k] == i)
                                m->order[0] = (long)k;
                if (x->g->indicator_count < sizeof x->g->indicators / sizeof *x->g->indicators)
                        x->g->indicators[x->g->indicator_count++] = i;
        }
        return m->place;
}

static int unit_member(struct reading *x, const struct unit *u)
{
        bool is_new;
        struct member *m = member_put(x, BY_UNIT, u->key, &is_new);

        if (is_new) {
                const char *name = x->w->language == LANGUAGE_VI ? u->name_vi : u->name_en;
                day today = day_of_moment(x->w->now);
                char until[DAY_SHOWN_MAX];

                m->unit = u;
                m->code = u->code;
                m->name = name;
                if (u->to < today) {
                        day_write_shown(until, u->to, x->w->language);
                        m->name = arena_print(x->w->arena, work_text(x->w, "%s (until %s)"), name, until);
                }
                m->order[0] = (long)u->level;
                m->order[1] = 0;
        }
        return m->place;
}

static int period_member(struct reading *x, period p)
{
        char code[PERIOD_TEXT_MAX], name[64];
        struct member *m;
        bool is_new;

        period_write(code, p);
        m = member_put(x, BY_PERIOD, code, &is_new);
        if (is_new) {
                m->period = p;
                m->code = arena_text(x->w->arena, code);
                period_write_short(name, sizeof name, p, x->w->language);
                m->name = m->tick = arena_text(x->w->arena, name);
                m->order[0] = (long)p;
        }
        return m->place;
}

static int item_member(struct reading *x, const struct figure_row *r, const struct item *i, int depth)
{
        bool is_new;
        struct member *m = member_put(x, BY_ITEM, r->item, &is_new);

        if (is_new) {
                m->code = arena_text(x->w->arena, r->item);
                m->name = *r->item == '\0' ? work_text(x->w, "The whole") : arena_text(x->w->arena, item_shown(x->w, r));
                m->item = depth == 0 ? NULL : i;
                m->is_whole = depth == 0;
                m->order[0] = depth == 0 ? -1 : i == NULL ? 1000000 : i->order;
        }
        return m->place;
}

static int partner_member(struct reading *x, const char *partner)
{
        bool is_new;
        struct member *m = member_put(x, BY_PARTNER, partner, &is_new);

        if (is_new) {
                m->code = arena_text(x->w->arena, partner);
                m->name = *partner == '\0' ? work_text(x->w, "All partners") : m->code;
                m->is_whole = *partner == '\0';
                m->order[0] = *partner != '\0';
        }
        return m->place;
}

/* What is shown of a row: the figure or its comparison. */
static void shown_of(struct reading *x, const struct figure_row *r, struct fact *f)
{
        enum compare compare = x->g->ask->query.compare;

        if (compare == COMPARE_NONE || compare == COMPARE_YTD) {
                f->has_value = r->has_value;
                f->value = f->printed = r->value;
                f->decimals = r->indicator->decimals;
                f->shown = r->indicator->shown;
                f->measure = text_once(x, r->unit_of_measure);
        } else {
                f->has_value = r->has_change;
                f->value = r->change;
                f->printed = r->printed;
                f->decimals = FIGURE_CHANGE_DECIMALS;
                f->shown = compare == COMPARE_CONTRIBUTION ? FIGURE_POINTS_SHOWN : 1;
                f->measure = text_once(x, change_unit(x->w, r, compare));
        }
}

/* The number of the figure of all items beside a row. */
static int whole_of(struct reading *x, const struct figure_row *r)
{
        struct grid *g = x->g;
        const char *key = arena_print(x->w->arena, "%s %s %d %s", r->indicator->id, r->unit->key, (int)r->period, r->partner);
        bool is_new;
        int64_t *place = map_put_text(x->wholes, key, &is_new);

        if (place == NULL)
                arena_starve(x->w->arena);
        if (is_new) {
                g->wholes = grid_grown(x->w->arena, g->wholes, g->whole_count, &x->whole_room, sizeof *g->wholes);
                g->wholes[g->whole_count] = (struct whole){ 0 };
                *place = (int64_t)g->whole_count++;
        }
        return (int)*place;
}

static bool fact_add(struct work *w, const struct figure_row *r, void *context)
{
        struct reading *x = context;
        struct grid *g = x->g;
        const struct classification *by = classification_find(x->catalogue, r->indicator->item_classification);
        const struct item *i = by == NULL || *r->item == '\0' ? NULL : item_at(x->catalogue, by->id, r->item, period_last(r->period));
        int depth = depth_of(by, i, r->item);
        struct fact *f;

        if (x->has_sums && depth == 0) {
                int whole = whole_of(x, r);

                g->wholes[whole] = (struct whole){ .is_known = r->has_value, .value = r->value };
                if (x->whole_is_ours)
                        return true;
        }
        if ((g->ask->only_below && ask_names(x->catalogue, g->ask, r->unit, period_last(r->period))) || (g->ask->level >= 0 && depth != g->ask->level))
                return true;
        if (g->fact_count == FACTS_MOST) {
                x->is_too_many = true;
                return false;
        }
        g->facts = grid_grown(w->arena, g->facts, g->fact_count, &x->fact_room, sizeof *g->facts);
        f = &g->facts[g->fact_count++];
        *f = (struct fact){ .status = r->status, .mark = r->mark, .is_contested = r->is_contested, .is_of_before = r->is_of_before,
                            .total_of = r->total_of, .total_expected = r->total_expected, .note = text_once(x, r->note) };
        shown_of(x, r, f);
        f->member[BY_INDICATOR] = indicator_member(x, r->indicator);
        f->member[BY_UNIT] = unit_member(x, r->unit);
        f->member[BY_PERIOD] = period_member(x, r->period);
        f->member[BY_ITEM] = item_member(x, r, i, depth);
        f->member[BY_PARTNER] = partner_member(x, r->partner);
        f->whole = x->has_sums && depth > 0 ? whole_of(x, r) : -1;
        g->newest = r->known_from > g->newest ? r->known_from : g->newest;
        if (r->total_expected > 0 &&
            (g->least.indicator == NULL || (int64_t)r->total_of * g->least.total_expected < (int64_t)g->least.total_of * r->total_expected)) {
                g->least = *r;
                g->least.item = arena_text(w->arena, r->item);
                g->least.partner = arena_text(w->arena, r->partner);
        }
        return work_ok(w);
}

/* Periods between the first and the last that have no figure at all: they are shown empty, not left out, unless that would be more columns than a table has. */
static void periods_complete(struct reading *x)
{
        struct grid *g = x->g;
        size_t count = g->member_count[BY_PERIOD];
        period first = PERIOD_NONE, last = PERIOD_NONE;
        bool is_across = false;

        for (size_t i = 0; i < count; i++) {
                period p = g->members[BY_PERIOD][i].period;

                if (first != PERIOD_NONE && period_frequency(p) != period_frequency(first))
                        return;
                first = first == PERIOD_NONE || p < first ? p : first;
                last = p > last ? p : last;
        }
        for (int i = 0; i < g->ask->column_count; i++)
                is_across |= g->ask->columns[i] == BY_PERIOD;
        if (first == PERIOD_NONE || (is_across && period_plus(first, COLUMNS_MOST - 1) < last))
                return;
        for (period p = first; p < last; p = period_plus(p, 1))
                period_member(x, p);
}

/* Ask for the figure of all items too, where it is not asked for. */
static void whole_ask(struct reading *x, struct figure_query *q)
{
        const char **items = arena_array(x->w->arena, q->item_count + 1, sizeof *items);

        for (size_t i = 0; i < q->item_count; i++) {
                for (size_t k = 0; k < q->indicator_count; k++) {
                        const struct classification *by = classification_find(x->catalogue, q->indicators[k]->item_classification);

                        if (depth_of(by, NULL, q->items[i]) == 0)
                                return;
                }
                items[i] = q->items[i];
        }
        items[q->item_count++] = "";
        q->items = items;
        x->whole_is_ours = true;
}

/* Where only the whole can be meant, say so: the figures of all places are then found by their full key, in one statement a period. */
static void question_narrow(struct work *w, const struct ask *a, struct figure_query *q)
{
        bool has_items = false, has_partners = false;
        const char **whole = arena_alloc(w->arena, sizeof *whole);

        *whole = "";
        for (size_t i = 0; i < q->indicator_count; i++) {
                has_items |= *q->indicators[i]->item_classification != '\0';
                has_partners |= *q->indicators[i]->partner_classification != '\0';
        }
        if (q->item_count == 0 && (!has_items || a->level == 0)) {
                q->items = whole;
                q->item_count = 1;
        }
        if (q->partner_count == 0 && !has_partners) {
                q->partners = whole;
                q->partner_count = 1;
        }
}

bool grid_gather(struct work *w, const struct ask *a, struct grid *g)
{
        struct reading x = { .w = w, .catalogue = catalogue_of(w), .g = g, .texts = map_in(w->arena), .wholes = map_in(w->arena),
                             .has_sums = a->sums_rows || a->sums_columns };
        struct figure_query q = a->query;

        *g = (struct grid){ .ask = a };
        if (x.catalogue == NULL)
                return false;
        for (int d = 0; d < DIMENSIONS; d++)
                x.known[d] = map_in(w->arena);
        question_narrow(w, a, &q);
        if (x.has_sums && q.item_count > 0)
                whole_ask(&x, &q);
        if (!figures_read(w, &q, fact_add, &x))
                return false;
        if (x.is_too_many)
                return error_set(&w->err, ERR_TOO_BIG, "the table would have more than %d figures", FACTS_MOST) || grid_come_below(w);
        periods_complete(&x);
        return true;
}
