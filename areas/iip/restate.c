/* restate.c - classes of one version of the classification out of what was measured under the other. Pure.
 *
 * Under a set of weights that stands before the classification changes, a class that the new one divides has products. A product that the first
 * weights after the change have below one of the classes it was divided into belongs to that one wholly: nothing needs to be known.
 * What is left of the class, products those weights do not have, is moved by the shares that were stated; where none were, every class it went to
 * is without what was before. A class into which several went is their sum. Volumes and weights are moved (stats/reclassify.h), never an
 * index: each restated class is a node beyond the tree of its segment, whose level and comparisons follow as those of any other. The other way
 * round, from the weights after the change to the classes before it, is the same with the correspondence turned round; shares are stated of old
 * classes only, so a new class that came from several goes back by its products or not at all. */
#include <string.h>

#include "areas/iip/iip.h"
#include "base/map.h"

/* What is moved as one: volumes and weights of nodes of the tree. */
struct iip_piece {
        int32_t *node;
        size_t count;
        const char *of;              /* the class it is of */
        bool is_shared;              /* by stated shares */
};

struct mover {
        struct arena *arena;
        const struct laspeyres *index; /* of the segment */
        const struct weights *other;   /* the tree with the classes looked for, */
        struct map *product;           /* and its products: code -> node */
        const struct iip_pair *pair;   /* from: a class of the segment's version */
        size_t pairs;
        const struct iip_share *share; /* stated */
        size_t shares;
        const char **target;           /* classes looked for that are not one class of the segment's */
        size_t targets;
        struct iip_restating *to;
};

static int32_t industry_find(const struct weights *w, const char *code)
{
        for (size_t i = 0; i < w->count; i++)
                if (w->node[i].product < 0 && strcmp(w->node[i].code, code) == 0)
                        return (int32_t)i;
        return -1;
}

static size_t target_find(const struct mover *m, const char *code)
{
        size_t i = 0;

        while (i < m->targets && strcmp(m->target[i], code) != 0)
                i++;
        return i;
}

static bool is_pair(const struct mover *m, const char *from, const char *to)
{
        for (size_t i = 0; i < m->pairs; i++)
                if (strcmp(m->pair[i].from, from) == 0 && strcmp(m->pair[i].to, to) == 0)
                        return true;
        return false;
}

static struct map *products_of(struct arena *arena, const struct weights *w)
{
        struct map *product = map_in(arena);

        for (size_t i = 0; i < w->count; i++) {
                int64_t *node = w->node[i].product < 0 ? NULL : map_put_text(product, w->node[i].code, NULL);

                if (node != NULL)
                        *node = (int64_t)i;
                else if (w->node[i].product >= 0)
                        arena_starve(arena);
        }
        return product;
}

static bool is_below(const struct weights *w, size_t node, int32_t above)
{
        int32_t at = (int32_t)node;

        while (at > above)
                at = w->node[at].parent;
        return at == above;
}

/* The class to which a product of one that was divided belongs for certain; m->targets: the weights do not say. */
static size_t certain_find(const struct mover *m, const char *product, const char *divided)
{
        const int64_t *node = map_get_text(m->product, product);

        for (int32_t up = node == NULL ? -1 : m->other->node[*node].parent; up >= 0; up = m->other->node[up].parent)
                if (is_pair(m, divided, m->other->node[up].code))
                        return target_find(m, m->other->node[up].code);
        return m->targets;
}

static void piece_add(struct mover *m, const char *of, const int32_t *node, size_t count)
{
        struct iip_restating *to = m->to;
        int32_t *own = memcpy(arena_array(m->arena, count, sizeof *own), node, count * sizeof *own);

        to->piece = arena_room(m->arena, to->piece, to->pieces, sizeof *to->piece);
        to->piece[to->pieces++] = (struct iip_piece){ .node = own, .count = count, .of = of };
}

/* The last piece goes to a class. */
static void move_add(struct mover *m, size_t target, int64_t share_ppm)
{
        struct iip_restating *to = m->to;

        to->move = arena_room(m->arena, to->move, to->moves, sizeof *to->move);
        to->move[to->moves++] = (struct correspondence){ (int32_t)to->pieces - 1, (int32_t)target, share_ppm };
}

static const struct iip_share *share_find(const struct mover *m, const char *from, const char *to)
{
        for (size_t i = 0; i < m->shares; i++)
                if (strcmp(m->share[i].from, from) == 0 && strcmp(m->share[i].to, to) == 0)
                        return &m->share[i];
        return NULL;
}

/* What no product decides of a class that was divided. What is stated counts if it tells where all of it went. */
static void rest_move(struct mover *m, const char *divided)
{
        int64_t stated = 0;

        m->to->piece[m->to->pieces - 1].is_shared = true;
        for (size_t i = 0; i < m->pairs; i++) {
                const struct iip_share *s = strcmp(m->pair[i].from, divided) == 0 ? share_find(m, divided, m->pair[i].to) : NULL;

                stated += s == NULL ? 0 : s->share_ppm;
        }
        for (size_t i = 0; i < m->pairs; i++) {
                const struct iip_share *s = strcmp(m->pair[i].from, divided) == 0 ? share_find(m, divided, m->pair[i].to) : NULL;

                if (strcmp(m->pair[i].from, divided) != 0 || (stated == SHARE_WHOLE && (s == NULL || s->share_ppm == 0)))
                        continue;
                move_add(m, target_find(m, m->pair[i].to), stated == SHARE_WHOLE ? s->share_ppm : SHARE_UNKNOWN);
        }
}

static void class_move(struct mover *m, const char *code)
{
        const struct weights *w = m->index->weights;
        int32_t class = industry_find(w, code);
        size_t parts = 0, certain = 0, rest_count = 0;
        const char *only = NULL;
        int32_t *rest;

        for (size_t i = 0; i < m->pairs; i++)
                if (strcmp(m->pair[i].from, code) == 0) {
                        only = m->pair[i].to;
                        parts++;
                }
        if (class < 0 || m->index->left_out[class] != LEFT_IN)
                return;
        if (parts == 1) {
                piece_add(m, code, &class, 1);
                move_add(m, target_find(m, only), SHARE_WHOLE);
                return;
        }
        rest = arena_array(m->arena, w->count + 1, sizeof *rest);
        for (size_t i = (size_t)class; i < w->count; i++) {
                size_t target;

                if (w->node[i].product < 0 || m->index->left_out[i] != LEFT_IN || !is_below(w, i, class))
                        continue;
                target = certain_find(m, w->node[i].code, code);
                if (target == m->targets) {
                        rest[rest_count++] = (int32_t)i;
                        continue;
                }
                certain++;
                piece_add(m, code, &(int32_t){ (int32_t)i }, 1);
                move_add(m, target, SHARE_WHOLE);
        }
        if (rest_count == 0)
                return;
        if (certain == 0)
                piece_add(m, code, &class, 1);
        else
                piece_add(m, code, rest, rest_count);
        rest_move(m, code);
}

/* ---- volumes and weights ----------------------------------------------------------------------------------------- */

/* Of all pieces in a month, or (month -1) their weights; -1: not known. */
static int128 piece_value(const struct laspeyres *l, const struct iip_piece *p, int32_t month)
{
        int128 sum = 0;

        for (size_t i = 0; i < p->count; i++) {
                int128 v = month < 0 ? l->share[p->node[i]] : l->volume[(size_t)p->node[i] * (size_t)l->months + (size_t)month];

                if (v < 0)
                        return -1;
                sum += v;
        }
        return sum;
}

/* What a restated class is made of. */
static void trace(struct mover *m, struct iip_restated *r)
{
        const struct iip_restating *to = m->to;
        size_t room = 0;

        for (size_t i = 0; i < to->moves; i++)
                room += to->move[i].to == r->target ? to->piece[to->move[i].from].count : 0;
        r->made_of = arena_array(m->arena, room + 1, sizeof *r->made_of);
        r->share = arena_array(m->arena, to->moves + 1, sizeof(struct iip_share *));
        for (size_t i = 0; i < to->moves; i++) {
                const struct iip_piece *p = &to->piece[to->move[i].from];

                if (to->move[i].to != r->target)
                        continue;
                memcpy(r->made_of + r->made_count, p->node, p->count * sizeof *p->node);
                r->made_count += p->count;
                if (p->is_shared)
                        r->share[r->shares++] = share_find(m, p->of, r->code);
        }
}

static void nodes_add(struct mover *m, struct laspeyres *l, int32_t *map)
{
        struct iip_restating *to = m->to;
        size_t months = (size_t)l->months, first = l->weights->count;
        int128 *volume = arena_array(m->arena, to->pieces * months + 1, sizeof *volume), *moved = arena_array(m->arena, m->targets * months + 1, sizeof *moved);
        int128 *weight = arena_array(m->arena, to->pieces + 1, sizeof *weight), *share = arena_array(m->arena, m->targets + 1, sizeof *share);

        if (to->pieces == 0) /* none of its classes was divided or joined */
                return;
        for (size_t i = 0; i < to->pieces; i++) {
                weight[i] = piece_value(l, &to->piece[i], -1);
                for (size_t t = 0; t < months; t++)
                        volume[i * months + t] = piece_value(l, &to->piece[i], (int32_t)t);
        }
        reclassify(m->arena, to->move, to->moves, volume, to->pieces, months, moved, m->targets);
        reclassify(m->arena, to->move, to->moves, weight, to->pieces, 1, share, m->targets);
        to->list = arena_array(m->arena, m->targets + 1, sizeof *to->list);
        laspeyres_add(l, m->arena, m->targets);
        for (size_t i = 0; i < m->targets; i++) {
                int32_t node = industry_find(m->other, m->target[i]);
                size_t own = first + to->count;
                struct iip_restated *r = &to->list[to->count];

                if (node < 0 || share[i] <= 0)
                        continue;
                *r = (struct iip_restated){ .code = m->target[i], .node = node, .target = (int32_t)i };
                trace(m, r);
                l->share[own] = (int64_t)share[i];
                l->left_out[own] = LEFT_IN;
                memcpy(l->volume + own * months, moved + i * months, months * sizeof *moved);
                for (size_t k = 0; k < r->made_count; k++)
                        for (size_t t = 0; t < months; t++)
                                l->is_estimated[own * months + t] |= l->is_estimated[(size_t)r->made_of[k] * months + t];
                map[node] = (int32_t)own;
                to->count++;
        }
}

static struct iip_restating segment_restate(struct arena *arena, struct laspeyres *l, const struct weights *other, const struct iip_pair *pair, size_t pairs,
                                            const struct iip_share *share, size_t shares)
{
        struct iip_restating to = { .of = other };
        struct mover m = { .arena = arena, .index = l, .other = other, .product = products_of(arena, other), .pair = pair, .pairs = pairs, .share = share, .shares = shares,
                           .target = arena_array(arena, pairs + 1, sizeof(char *)), .to = &to };
        int32_t *map = iip_continued(arena, other, l->weights, pair, pairs);

        for (size_t i = 0; i < pairs; i++)
                if (iip_goes_on_with(pair, pairs, pair[i].to) == NULL && target_find(&m, pair[i].to) == m.targets)
                        m.target[m.targets++] = pair[i].to;
        for (size_t i = 0; i < pairs; i++) {
                size_t first = 0;

                while (strcmp(pair[first].from, pair[i].from) != 0)
                        first++;
                if (first == i && target_find(&m, pair[i].to) < m.targets)
                        class_move(&m, pair[i].from);
        }
        to.targets = m.targets;
        nodes_add(&m, l, map);
        to.map = map;
        to.lacking = arena_array(arena, other->count, sizeof(char *));
        for (size_t i = 0; i < other->count; i++)
                for (size_t k = 0; other->node[i].product < 0 && map[i] < 0 && k < to.moves; k++)
                        if (to.move[k].share_ppm == SHARE_UNKNOWN && strcmp(m.target[to.move[k].to], other->node[i].code) == 0)
                                to.lacking[i] = to.piece[to.move[k].from].of;
        return to;
}

/* ---- the whole ------------------------------------------------------------------------------------------------------ */

static struct iip_pair *turned(struct arena *arena, const struct iip_pair *pair, size_t count)
{
        struct iip_pair *list = arena_array(arena, count + 1, sizeof *list);

        for (size_t i = 0; i < count; i++)
                list[i] = (struct iip_pair){ pair[i].to, pair[i].from };
        return list;
}

void iip_restate(struct arena *arena, struct iip *x, const struct iip_pair *pair, size_t pairs, const struct iip_share *share, size_t shares)
{
        const struct iip_pair *back = turned(arena, pair, pairs);
        const struct weights *now = &x->weights[x->turn];

        x->restating = arena_array(arena, x->segments, sizeof *x->restating);
        for (size_t i = 0; i < x->segments; i++) {
                struct laspeyres *l = (struct laspeyres *)(uintptr_t)x->segment[i].index;

                x->restating[i] = i < x->turn ? segment_restate(arena, l, now, pair, pairs, share, shares)
                                              : segment_restate(arena, l, now - 1, back, pairs, NULL, 0);
        }
        for (size_t i = 1; i < x->segments; i++) {
                const struct iip_restating *r = &x->restating[i];
                size_t count = x->weights[i].count;
                int32_t *before = arena_array(arena, count + r->count + 1, sizeof *before);

                memcpy(before, i == x->turn ? x->restating[i - 1].map : x->segment[i].before, count * sizeof *before);
                for (size_t k = 0; k < r->count; k++)
                        before[count + k] = i == x->turn ? r->list[k].node : x->restating[i - 1].map[r->list[k].node];
                x->segment[i].before = before;
        }
        for (size_t i = 0; i < now->count; i++)
                if (now->node[i].product < 0 && iip_goes_on_with(pair, pairs, now->node[i].code) == NULL) {
                        x->begun += x->segment[x->turn].before[i] < 0;
                        x->restated += x->segment[x->turn].before[i] >= 0;
                }
}

const struct iip_restated *iip_restated(const struct iip *x, size_t segment, size_t node)
{
        size_t own = x->weights[segment].count;

        return x->restating == NULL || node < own || node >= own + x->restating[segment].count ? NULL : &x->restating[segment].list[node - own];
}

void iip_restate_points(struct arena *arena, const struct iip *x, size_t segment, int64_t *points)
{
        const struct iip_restating *r = x->restating == NULL ? NULL : &x->restating[segment];
        int128 *value, *moved;

        if (r == NULL || r->count == 0)
                return;
        value = arena_array(arena, r->pieces + 1, sizeof *value);
        moved = arena_array(arena, r->targets + 1, sizeof *moved);
        for (int sign = 1; sign >= -1; sign -= 2) { /* volumes are not below zero, points are */
                for (size_t i = 0; i < r->pieces; i++) {
                        value[i] = 0;
                        for (size_t k = 0; k < r->piece[i].count; k++)
                                value[i] += sign * (int128)points[r->piece[i].node[k]];
                        value[i] = value[i] < 0 ? 0 : value[i];
                }
                reclassify(arena, r->move, r->moves, value, r->pieces, 1, moved, r->targets);
                for (size_t i = 0; i < r->count; i++)
                        points[x->weights[segment].count + i] += sign * (int64_t)moved[r->list[i].target];
        }
}
