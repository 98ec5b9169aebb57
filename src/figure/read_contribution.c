/* read_contribution.c - contributions that add up to the growth of their whole. */
#include <stdlib.h>
#include <string.h>

#include "figure/read_private.h"
#include "ledger/symbol.h"
#include "stats/apportion.h"
#include "stats/contribution.h"

/* One of the parts: a unit of those below the whole, or an item of those of its classification; those in the answer with their cell. */
struct part {
        const struct unit *unit;
        int64_t item;             /* symbol; -1: no figure ever was of it */
        const char *item_code;
        int parent;               /* in the list, of an item below another; -1: the whole */
        int first, next;          /* in the list: its first part, and the next part of what it is a part of; -1: none */
        struct cell *cell;        /* or NULL */
        bool counts;              /* it has both levels, and they are comparable */
        struct level_pair levels;
        bool is_placed;           /* it and what it is a part of have points */
        int64_t points;
};

struct parts {
        struct part *list;
        size_t count;
        int first;                /* part of the whole */
};

/* The order of cells by the whole that they are parts of: of units the one above with its partner, of items the unit with its partner. */
static int by_whole(const void *a, const void *b)
{
        const struct cell *x = *(struct cell *const *)a, *y = *(struct cell *const *)b;
        const struct unit *of_x = x->item == 0 ? x->unit->parent : x->unit, *of_y = y->item == 0 ? y->unit->parent : y->unit;
        int order = (x->item != 0) - (y->item != 0);

        if (order == 0)
                order = of_x == NULL || of_y == NULL ? (of_x != NULL) - (of_y != NULL) : strcmp(of_x->key, of_y->key);
        if (order == 0)
                order = strcmp(x->partner_code, y->partner_code);
        return order;
}

static void units_list(struct reader *r, const struct unit *whole, struct parts *p)
{
        size_t room = unit_children(r->catalogue, whole, r->on, NULL, 0);
        const struct unit **below = arena_array(r->scratch, room + 1, sizeof *below);

        p->list = arena_array(r->scratch, room + 1, sizeof *p->list);
        p->count = unit_children(r->catalogue, whole, r->on, below, room);
        for (size_t i = 0; i < p->count; i++)
                p->list[i] = (struct part){ .unit = below[i], .item_code = "", .parent = -1 };
}

/* Items of a classification lie in one array. */
static int by_address(const void *a, const void *b)
{
        const struct item *x = *(const struct item *const *)a, *y = *(const struct item *const *)b;

        return (x > y) - (x < y);
}

static void items_list(struct reader *r, const struct unit *unit, struct parts *p)
{
        const char *classification = r->indicator->item_classification;
        size_t room = item_list(r->catalogue, classification, r->on, NULL, 0);
        const struct item **items = arena_array(r->scratch, room + 1, sizeof *items);

        p->list = arena_array(r->scratch, room + 1, sizeof *p->list);
        room = item_list(r->catalogue, classification, r->on, items, room);
        for (size_t i = 0; i < room; i++) {
                const char *code = item_stored(r->catalogue, classification, items[i]->code);

                if (*code == '\0') /* the whole */
                        continue;
                items[p->count] = items[i]; /* beside its part */
                p->list[p->count++] = (struct part){ .unit = unit, .item = symbol_find(r->work, 't', code), .item_code = code, .parent = -1 };
        }
        for (size_t i = 0; i < p->count; i++) {
                const struct item **above = bsearch(&items[i]->parent, items, p->count, sizeof(*items), by_address);

                if (above != NULL)
                        p->list[i].parent = (int)(above - items);
        }
}

/* Tell each part, and the whole, its own parts, in the order of the list. */
static void parts_link(struct parts *p)
{
        p->first = -1;
        for (size_t i = 0; i < p->count; i++)
                p->list[i].first = -1;
        for (size_t i = p->count; i-- > 0;) {
                int *first = p->list[i].parent < 0 ? &p->first : &p->list[p->list[i].parent].first;

                p->list[i].next = *first;
                *first = (int)i;
        }
}

static int by_place(const void *a, const void *b)
{
        const struct part *x = *(struct part *const *)a, *y = *(struct part *const *)b;

        if (x->unit != y->unit)
                return x->unit < y->unit ? -1 : 1;
        return (x->item > y->item) - (x->item < y->item);
}

/* Give each part its cell of the answer. */
static void cells_give(struct reader *r, struct parts *p, struct cell *const *cells, size_t count)
{
        struct part **sorted = arena_array(r->scratch, p->count + 1, sizeof *sorted);

        for (size_t i = 0; i < p->count; i++)
                sorted[i] = &p->list[i];
        qsort(sorted, p->count, sizeof *sorted, by_place);
        for (size_t i = 0; i < count; i++) {
                struct part wanted = { .unit = cells[i]->unit, .item = cells[i]->item }, *key = &wanted, **found;

                found = bsearch(&key, sorted, p->count, sizeof *sorted, by_place);
                if (found != NULL)
                        (*found)->cell = cells[i];
        }
}

/* Whether an item, or one that it lies below, has a sister in the answer: of others nothing is asked. */
static void needed_mark(const struct parts *p, bool *is_needed)
{
        bool *is_parent = is_needed + p->count; /* of one of the answer, at whatever depth */

        for (size_t i = 0; i < p->count; i++)
                for (int up = p->list[i].cell == NULL ? -1 : p->list[i].parent; up >= 0 && !is_parent[up]; up = p->list[up].parent)
                        is_parent[up] = true;
        for (size_t i = 0; i < p->count; i++) {
                int above = p->list[i].parent;

                is_needed[i] = above < 0 || is_parent[above];
        }
}

/* The levels of parts, as the answer has them or as they would be in it. */
static bool levels_find(struct reader *r, const struct cell *like, const struct need *whole_before, struct parts *p)
{
        struct need *needs = arena_array(r->scratch, p->count * 2 + 1, sizeof *needs);
        bool *is_needed = arena_array(r->scratch, p->count * 2 + 1, sizeof *is_needed);
        size_t n = 0, *at = arena_array(r->scratch, p->count + 1, sizeof *at);
        bool has_all = like->item != 0 && r->items.is_all; /* one that is not there has no figure */

        needed_mark(p, is_needed);
        for (size_t i = 0; i < p->count; i++) {
                struct part *x = &p->list[i];

                if (x->cell == NULL && !has_all && is_needed[i] && x->item >= 0)
                        needs[at[i] = n++] = (struct need){ .unit = x->unit, .period = r->period, .item = x->item, .partner = like->partner };
        }
        if (!needs_find(r, needs, n))
                return false;
        for (size_t i = 0; i < p->count; i++) {
                struct part *x = &p->list[i];
                struct cell *found = x->cell != NULL ? x->cell : !has_all && is_needed[i] && x->item >= 0 ? &needs[at[i]].found : NULL;

                if (found == NULL || !found->has_value || found->total_of < found->total_expected)
                        continue;
                x->counts = true;
                x->levels.now = found->value;
                if (x->cell == NULL) { /* of which only what speaks against comparing it is looked at */
                        x->cell = arena_alloc(r->scratch, sizeof *x->cell);
                        *x->cell = *found;
                        x->cell->item_code = x->item_code;
                        x->cell->has_change = false;
                }
        }
        n = 0;
        for (size_t i = 0; i < p->count; i++)
                if (p->list[i].counts)
                        needs[n++] = (struct need){ .unit = p->list[i].unit, .period = whole_before->period, .item = p->list[i].item, .partner = like->partner };
        if (!needs_find(r, needs, n))
                return false;
        n = 0;
        for (size_t i = 0; i < p->count; i++) {
                struct part *x = &p->list[i];
                const struct need pair[] = { needs[n], *whole_before };

                if (!x->counts)
                        continue;
                n++;
                x->levels.before = pair[0].found.value;
                x->counts = pair[0].found.has_value && comparison_objection(r, x->cell, pair, 2) == NULL;
        }
        return work_ok(r->work);
}

/* Place the points of what the parts from first on are parts of among them, and theirs among their own. */
static void points_place(struct reader *r, struct parts *p, int first, const struct level_pair *of, int64_t points, int64_t whole_before)
{
        struct level_pair *levels;
        struct part **parts;
        int64_t *placed;
        size_t n = 0;

        for (int i = first; i >= 0; i = p->list[i].next)
                n++;
        levels = arena_array(r->scratch, n + 1, sizeof *levels);
        placed = arena_array(r->scratch, n + 1, sizeof *placed);
        parts = arena_array(r->scratch, n + 1, sizeof(*parts));
        n = 0;
        for (int i = first; i >= 0; i = p->list[i].next) {
                struct part *x = &p->list[i];

                if (!x->counts || !stats_contribution(x->levels.now, x->levels.before, whole_before, &placed[n]))
                        continue;
                levels[n] = x->levels;
                parts[n++] = x;
        }
        contributions_place(r->scratch, whole_before, of, points, levels, n, placed);
        for (size_t i = 0; i < n; i++) {
                parts[i]->is_placed = true;
                parts[i]->points = parts[i]->cell->change = placed[i];
                points_place(r, p, parts[i]->first, &parts[i]->levels, placed[i], whole_before);
        }
}

/* The rows of what is printed, from part number i on: each with its own parts behind it. */
static void rows_list(const struct parts *p, int i, int depth, struct printed_row *rows, int *part, size_t *n)
{
        for (; i >= 0; i = p->list[i].next) {
                rows[*n] = (struct printed_row){ depth, p->list[i].is_placed, p->list[i].points };
                part[(*n)++] = i;
                rows_list(p, p->list[i].first, depth + 1, rows, part, n);
        }
}

static void points_print(struct reader *r, const struct parts *p, int64_t growth)
{
        struct printed_row *rows = arena_array(r->scratch, p->count + 1, sizeof *rows);
        int64_t *printed = arena_array(r->scratch, p->count + 1, sizeof *printed);
        int *part = arena_array(r->scratch, p->count + 1, sizeof *part);
        size_t n = 1;

        rows[0] = (struct printed_row){ 0, true, growth };
        rows_list(p, p->first, 1, rows, part, &n);
        apportion_printed(r->scratch, rows, n, FIGURE_CHANGE_DECIMALS - FIGURE_POINTS_SHOWN, printed);
        for (size_t i = 1; i < n; i++)
                if (rows[i].is_there)
                        p->list[part[i]].cell->printed = printed[i];
}

/* The cells of the parts of one whole, of which at least one has a contribution. */
static bool whole_place(struct reader *r, struct cell *const *cells, size_t count)
{
        const struct cell *like = cells[0];
        const struct unit *unit = like->item == 0 ? like->unit->parent : like->unit;
        struct need whole[] = { { .unit = unit, .period = r->period, .partner = like->partner },
                                { .unit = unit, .period = period_year_before(r->period), .partner = like->partner } };
        struct level_pair levels;
        struct parts p = { 0 };
        int64_t growth;

        if (!needs_find(r, whole, 2))
                return false;
        levels = (struct level_pair){ whole[0].found.value, whole[1].found.value }; /* before: it is there and above zero, as a part has a contribution */
        if (!whole[0].found.has_value || !stats_growth(levels.now, levels.before, &growth))
                return true;
        if (like->item == 0)
                units_list(r, unit, &p);
        else
                items_list(r, unit, &p);
        parts_link(&p);
        cells_give(r, &p, cells, count);
        if (!levels_find(r, like, &whole[1], &p))
                return false;
        points_place(r, &p, p.first, &levels, growth, levels.before);
        points_print(r, &p, growth);
        return work_ok(r->work);
}

bool contributions_add_up(struct reader *r, const struct cells *cells)
{
        struct cell **list = arena_array(r->scratch, cells->count + 1, sizeof *list);
        bool ok = true;

        for (size_t i = 0; i < cells->count; i++) {
                struct printed_row alone = { 0, true, cells->list[i].change };

                list[i] = &cells->list[i];
                apportion_printed(r->scratch, &alone, 1, FIGURE_CHANGE_DECIMALS - FIGURE_POINTS_SHOWN, &list[i]->printed);
        }
        qsort(list, cells->count, sizeof *list, by_whole);
        for (size_t i = 0, end; i < cells->count && ok; i = end) {
                bool has_change = false;

                for (end = i; end < cells->count && by_whole(&list[end], &list[i]) == 0; end++)
                        has_change |= list[end]->has_change;
                ok = !has_change || whole_place(r, list + i, end - i);
        }
        return ok;
}
