/* Classes of the other version out of a segment's volumes, on drawn weights: parts are the whole, split and joined again is what it was, an index is
 * never moved itself. */
#include "tests/support.h"

#include "areas/iip/iip.h"

#define MONTHS 14
#define PRODUCTS 24

/* A and B are divided, C goes on under another code, E and F are joined, G is both; X stays. */
static const struct iip_pair pairs[] = { { "A", "A" }, { "A", "A1" }, { "A", "A2" }, { "B", "B1" }, { "B", "B2" }, { "C", "C1" }, { "E", "EF" }, { "F", "EF" },
                                         { "G", "G1" }, { "G", "G2" }, { "H", "G2" } };
#define PAIRS (sizeof pairs / sizeof *pairs)
static const char *const old_classes[] = { "A", "B", "C", "E", "F", "G", "H", "X" }, *const new_classes[] = { "A", "A1", "A2", "B1", "B2", "C1", "EF", "G1", "G2", "X" };

static uint64_t seed;

static int64_t chance(int64_t below)
{
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        return (int64_t)((seed >> 33) % (uint64_t)below);
}

struct world {
        struct arena *arena;
        struct iip iip;
        struct weights weights[2];
        struct chain_segment segment[2];
        int64_t output[PRODUCTS * MONTHS];
        struct iip_share share[PAIRS];
        size_t shares;
};

/* Each of some products below a class drawn for it. */
static void draw_tree(struct world *w, int which, const char *const *class, size_t classes, int least_product)
{
        struct weight_node *node = arena_array(w->arena, classes + PRODUCTS + 1, sizeof *node);
        size_t n = 0;

        node[n++] = (struct weight_node){ .code = "TOTAL", .parent = -1, .product = -1 };
        for (size_t i = 0; i < classes; i++)
                node[n++] = (struct weight_node){ .code = class[i], .parent = 0, .product = -1, .weight = chance(50) + 1 };
        for (int p = least_product; p < PRODUCTS; p++)
                if (chance(5) > 0)
                        node[n++] = (struct weight_node){ .code = arena_print(w->arena, "p%d", p), .parent = (int32_t)(1 + chance((int64_t)classes)), .product = p,
                                                          .weight = chance(9), .base_sum = 1200 };
        w->weights[which] = (struct weights){ node, n, 12, false, NULL };
}

static bool draw(struct world *w, struct arena *arena, bool with_shares)
{
        struct error e = { .language = LANGUAGE_EN };

        memset(w, 0, sizeof *w);
        w->arena = arena;
        draw_tree(w, 0, old_classes, sizeof old_classes / sizeof *old_classes, 0);
        draw_tree(w, 1, new_classes, sizeof new_classes / sizeof *new_classes, 4);
        for (int i = 0; i < PRODUCTS * MONTHS; i++)
                w->output[i] = chance(400);
        for (size_t i = 0; with_shares && i < PAIRS; i++) { /* of each old class, in the order of pairs: the last gets the rest */
                int64_t left = SHARE_WHOLE;

                for (size_t k = 0; k < w->shares; k++)
                        left -= strcmp(w->share[k].from, pairs[i].from) == 0 ? w->share[k].share_ppm : 0;
                w->share[w->shares++] = (struct iip_share){ .from = pairs[i].from, .to = pairs[i].to, .source = "drawn",
                                                            .share_ppm = i + 1 < PAIRS && strcmp(pairs[i + 1].from, pairs[i].from) == 0 ? chance(left + 1) : left };
        }
        for (int i = 0; i < 2; i++) {
                w->segment[i].index = laspeyres_make(arena, &w->weights[i], w->output, MONTHS, 0, &e);
                if (w->segment[i].index == NULL)
                        return false; /* nothing drawn weighs anything */
        }
        w->segment[1].from = 12;
        w->segment[1].overlap_from = w->segment[1].overlap_to = 11;
        w->segment[1].before = iip_continued(arena, &w->weights[1], &w->weights[0], pairs, PAIRS);
        w->iip = (struct iip){ .weights = w->weights, .segment = w->segment, .segments = 2, .turn = 1, .months = MONTHS, .columns = MONTHS };
        iip_restate(arena, &w->iip, pairs, PAIRS, w->share, w->shares);
        return true;
}

static int32_t node_of(const struct weights *w, const char *code)
{
        for (size_t i = 0; i < w->count; i++)
                if (w->node[i].product < 0 && strcmp(w->node[i].code, code) == 0)
                        return (int32_t)i;
        return -1;
}

/* What a class of the other version has of share (month -1) or volume, in a segment; 0 of one that has nothing. */
static int128 restated(const struct world *w, int segment, const char *code, int32_t month)
{
        int32_t own = w->iip.restating[segment].map[node_of(&w->weights[1 - segment], code)];
        const struct laspeyres *l = w->segment[segment].index;

        return own < 0 ? 0 : month < 0 ? l->share[own] : l->volume[own * MONTHS + month];
}

static int128 own_value(const struct world *w, int segment, const char *code, int32_t month)
{
        const struct laspeyres *l = w->segment[segment].index;
        int32_t node = node_of(&w->weights[segment], code);

        return month < 0 ? l->share[node] : l->volume[node * MONTHS + month];
}

/* Sums of classes on both sides that hold the same. */
static const struct { const char *old[3], *now[4]; } groups[] = {
        { { "A" }, { "A", "A1", "A2" } }, { { "B" }, { "B1", "B2" } }, { { "E", "F" }, { "EF" } }, { { "G", "H" }, { "G1", "G2" } },
};

static void with_shares_parts_are_the_whole_and_joined_again_it_is_what_it_was(void **state)
{
        struct world w;
        int worlds = 0, by_shares = 0, by_products = 0;

        for (seed = 1; worlds < 500; arena_reset(*state)) {
                if (!draw(&w, *state, true))
                        continue;
                worlds++;
                for (int32_t t = -1; t < MONTHS; t++)
                        for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
                                int128 old = 0, now = 0;

                                for (int i = 0; i < 3 && groups[g].old[i] != NULL; i++)
                                        old += own_value(&w, 0, groups[g].old[i], t);
                                for (int i = 0; i < 4 && groups[g].now[i] != NULL; i++)
                                        now += restated(&w, 0, groups[g].now[i], t);
                                if (old != now)
                                        fail_msg("world %d, group %zu, month %d", worlds, g, t);
                        }
                for (size_t i = 0; i < w.iip.restating[0].count; i++) {
                        by_shares += w.iip.restating[0].list[i].shares > 0;
                        by_products += w.iip.restating[0].list[i].shares == 0;
                }
        }
        assert_true(by_shares > 500 && by_products > 100);
}

/* The other way round A, B, E and F are sums of whole classes or parts that products tell; none is guessed. */
static void back_in_the_old_classes_a_divided_one_is_the_sum_of_its_parts(void **state)
{
        struct world w;

        seed = 7;
        for (int worlds = 0; worlds < 500; arena_reset(*state)) {
                if (!draw(&w, *state, false))
                        continue;
                worlds++;
                for (int32_t t = -1; t < MONTHS; t++)
                        for (size_t g = 0; g < 2; g++) {
                                int128 now = 0;

                                for (int i = 0; i < 4 && groups[g].now[i] != NULL; i++)
                                        now += own_value(&w, 1, groups[g].now[i], t);
                                if (now != restated(&w, 1, groups[g].old[0], t))
                                        fail_msg("world %d, group %zu, month %d", worlds, g, t);
                        }
        }
}

static void an_index_is_moved_volume_over_moved_weight_and_points_add_up(void **state)
{
        struct world w;
        int mixed = 0;

        seed = 99;
        for (int worlds = 0; worlds < 500; arena_reset(*state)) {
                int64_t points[64] = { 0 }, class_points[64] = { 0 }, level;

                if (!draw(&w, *state, true))
                        continue;
                worlds++;
                for (size_t i = 0; i < w.iip.restating[0].count; i++) {
                        size_t own = w.weights[0].count + i;
                        const struct laspeyres *l = w.segment[0].index;

                        assert_true(laspeyres_level(l, own, 5, &level));
                        assert_true(level == decimal_divide(l->volume[own * MONTHS + 5], l->share[own]));
                        mixed += w.iip.restating[0].list[i].made_count > 1;
                }
                for (size_t i = w.weights[0].count; i-- > 0;) { /* of products, and sums of them */
                        points[i] = w.weights[0].node[i].product >= 0 && w.segment[0].index->left_out[i] == LEFT_IN ? chance(2000001) - 1000000 : points[i];
                        if (i > 0)
                                points[w.weights[0].node[i].parent] += points[i];
                }
                memcpy(class_points, points, sizeof points);
                iip_restate_points(*state, &w.iip, 0, points);
                assert_memory_equal(points, class_points, w.weights[0].count * sizeof *points);
                for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
                        int64_t old = 0, now = 0;

                        for (int i = 0; i < 3 && groups[g].old[i] != NULL; i++)
                                old += points[node_of(&w.weights[0], groups[g].old[i])];
                        for (int i = 0; i < 4 && groups[g].now[i] != NULL; i++) {
                                int32_t own = w.iip.restating[0].map[node_of(&w.weights[1], groups[g].now[i])];

                                now += own < 0 ? 0 : points[own];
                        }
                        assert_int_equal(old, now);
                }
        }
        assert_true(mixed > 100);
}

/* Without shares a class that holds a product which the new weights do not have has no successor, and the reason is told. */
static void without_a_share_nothing_is_guessed(void **state)
{
        struct world w;
        int lacking = 0, certain = 0;

        seed = 3;
        for (int worlds = 0; worlds < 500; arena_reset(*state)) {
                const struct weights *old = &w.weights[0], *now = &w.weights[1];

                if (!draw(&w, *state, false))
                        continue;
                worlds++;
                for (size_t i = 0; i < 3; i++) { /* A */
                        int32_t class = node_of(old, "A"), own = w.iip.restating[0].map[node_of(now, new_classes[i])];
                        bool is_open = false;

                        for (size_t k = 0; k < old->count; k++) {
                                size_t q = 0;

                                if (old->node[k].product < 0 || old->node[k].parent != class || w.segment[0].index->left_out[k] != LEFT_IN)
                                        continue;
                                while (q < now->count && now->node[q].product != old->node[k].product)
                                        q++;
                                is_open |= q == now->count || strchr("A", now->node[now->node[q].parent].code[0]) == NULL;
                        }
                        if (is_open != (w.iip.restating[0].lacking[node_of(now, new_classes[i])] != NULL) || (is_open && own >= 0))
                                fail_msg("world %d, %s", worlds, new_classes[i]);
                        lacking += is_open;
                        certain += own >= 0;
                }
        }
        assert_true(lacking > 100 && certain > 20);
}

/* The most that weights may have, below one class that was divided. */
static void a_class_of_very_many_products_is_divided_whole(void **state)
{
        enum { MANY = IIP_NODES_MAX - 4, SHORT = 2 };
        struct arena *arena = arena_open((size_t)1 << 30);
        struct world *w = arena_alloc(arena, sizeof *w);
        int64_t *output = arena_array(arena, MANY * SHORT, sizeof *output);
        struct error e = { .language = LANGUAGE_EN };

        (void)state;
        for (int i = 0; i < MANY * SHORT; i++)
                output[i] = 100 + i % 7;
        for (int which = 0; which < 2; which++) {
                struct weight_node *node = arena_array(arena, MANY + 3, sizeof *node);
                size_t classes = which == 0 ? 1 : 2, n = 0;

                node[n++] = (struct weight_node){ .code = "TOTAL", .parent = -1, .product = -1 };
                for (size_t i = 0; i < classes; i++)
                        node[n++] = (struct weight_node){ .code = which == 0 ? "B" : i == 0 ? "B1" : "B2", .parent = 0, .product = -1, .weight = 1 };
                for (int p = MANY; p-- > 0;)
                        node[n++] = (struct weight_node){ .code = arena_print(arena, "a product with a long code, %d", p), .product = p, .weight = 1, .base_sum = 1200,
                                                          .parent = (int32_t)(which == 0 ? 1 : 1 + p % 2) };
                w->weights[which] = (struct weights){ node, n, 12, false, NULL };
                w->segment[which].index = laspeyres_make(arena, &w->weights[which], output, SHORT, 0, &e);
                assert_non_null(w->segment[which].index);
        }
        w->segment[1].from = 1;
        w->segment[1].before = iip_continued(arena, &w->weights[1], &w->weights[0], pairs, PAIRS);
        w->iip = (struct iip){ .weights = w->weights, .segment = w->segment, .segments = 2, .turn = 1, .months = SHORT, .columns = SHORT };
        iip_restate(arena, &w->iip, pairs, PAIRS, NULL, 0);
        iip_restate_points(arena, &w->iip, 0, arena_array(arena, MANY + 16, sizeof(int64_t)));
        assert_true(w->segment[0].index->volume[w->iip.restating[0].map[1] * SHORT] + w->segment[0].index->volume[w->iip.restating[0].map[2] * SHORT] ==
                    w->segment[0].index->volume[SHORT]);
        arena_close(arena);
}

static int set_up(void **state)
{
        *state = arena_open((size_t)64 << 20);
        return *state == NULL;
}

static int tear_down(void **state)
{
        arena_close(*state);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(with_shares_parts_are_the_whole_and_joined_again_it_is_what_it_was),
                cmocka_unit_test(back_in_the_old_classes_a_divided_one_is_the_sum_of_its_parts),
                cmocka_unit_test(an_index_is_moved_volume_over_moved_weight_and_points_add_up),
                cmocka_unit_test(without_a_share_nothing_is_guessed),
                cmocka_unit_test(a_class_of_very_many_products_is_divided_whole),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
