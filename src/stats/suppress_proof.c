/* suppress_proof.c - sums of a month that were looked at before.
 *
 * Whether somebody has too much of a sum that is told does not depend on by which ways something was sent around (suppress_sum.c). So what was found of a month stands for everybody of whom
 * nothing is other, as long as the cells through which something was sent for them are hidden by their turn, and each cell has the room that is needed of it. The cells of which that is not so, and those
 * hidden now of which two may have too much, name those who are looked at again: all who bring to them and all for whom something was sent through them. Two of whom one is looked at again may
 * have too much only where both need room. Those for whom others were hidden are looked at each time, at their turn, in the same way. Where any of this does not hold
 * everybody is looked at. */
#include "stats/suppress_private.h"

#include <stdlib.h>
#include <string.h>

#define PPM 1000000
#define AGAIN_MOST 64    /* so many are looked at again; more are no fewer than all */
#define PAIRS_MOST 4096
#define MORE_MOST 4096    /* so much is not listed by cells */
#define ROOM_MOST ((int128)INT64_MAX << 60)

/* Those looked at again; it stays, for its room. */
struct again {
        struct proof *proof;
        size_t who[AGAIN_MOST], count;
        struct touch { int32_t cell; int128 need; size_t who; } *touch; /* where one of them needs room */
        size_t touches, touch_room;
        struct pair *single, *pair; /* to be looked at */
        size_t singles, single_room, pairs, pair_room;
        bool is_enough;
};

static void *one_more(struct suppression *s, void *list, size_t count, size_t *room, size_t size)
{
        void *longer;

        if (count < *room)
                return list;
        *room = 2 * *room + 64;
        longer = arena_array(s->arena, *room, size);
        return count == 0 ? longer : memcpy(longer, list, count * size);
}

static size_t first_place(const struct suppression *s, size_t place)
{
        while (place > 0 && s->list[place - 1].establishment == s->list[place].establishment)
                place--;
        return place;
}

static uint64_t turn_of(const struct suppression *s, size_t one, size_t other)
{
        return one == other ? 1 + one : (1 + (uint64_t)one) * (1 + s->count) + 1 + other;
}

/* ---- what is found ------------------------------------------------------------------------------------------------- */

static void note_least(struct suppression *s, struct proof *p)
{
        s->sums->proof = p;
        s->sums->sent_count = 0;
        if (s->sums->least == NULL)
                s->sums->least = arena_array(s->arena, s->cells, sizeof *s->sums->least);
        for (size_t i = 0; i < s->cells; i++)
                s->sums->least[i] = ROOM_MOST;
}

void suppress_prove_begin(struct suppression *s, struct quiet *quiet)
{
        struct proof *p = quiet->proof;

        s->sums->proof = NULL;
        if (!has_country(s) || s->rule.dominant < 2)
                return;
        if (p == NULL) {
                p = arena_alloc(s->arena, sizeof *p);
                *p = (struct proof){ .need = arena_array(s->arena, s->cells, sizeof *p->need), .turn = arena_array(s->arena, s->cells, sizeof *p->turn),
                                     .was_hidden = arena_array(s->arena, s->cells, sizeof *p->was_hidden),
                                     .first_through = arena_array(s->arena, s->cells + 2, sizeof *p->first_through) };
                quiet->proof = p;
        }
        p->is_known = false;
        p->more_count = p->looked_count = p->other_count = 0;
        for (size_t i = 0; i < s->cells; i++) {
                p->need[i] = 0;
                p->turn[i] = UINT64_MAX;
                p->was_hidden[i] = is_hidden(s, (int32_t)i);
        }
        note_least(s, p);
}

void suppress_prove_pair(struct suppression *s, int32_t cell, int128 need)
{
        struct proof *p = s->sums->proof;

        if (p != NULL && need > p->need[cell])
                p->need[cell] = need;
}

static void note_sent(struct suppression *s, int32_t cell, size_t who, bool is_back)
{
        struct sums *m = s->sums;

        m->sent = one_more(s, m->sent, m->sent_count, &m->sent_room, sizeof *m->sent);
        m->sent[m->sent_count++] = (struct sent){ cell, is_back ? (int32_t)who : ~(int32_t)who };
}

void suppress_prove(struct suppression *s, size_t one, size_t other, size_t changes, bool is_so)
{
        const struct sums *m = s->sums;
        struct proof *p = m->proof;
        uint64_t turn = is_so ? turn_of(s, one, other) : 1 + s->count; /* what was sent for one serves it and another later */

        if (p == NULL)
                return;
        if (!is_so) {
                p->looked = one_more(s, p->looked, p->looked_count, &p->looked_room, sizeof *p->looked);
                p->looked[p->looked_count++] = (struct pair){ { one, other } };
                if (one != other)
                        return;
        }
        for (size_t k = 0; k < m->changes; k++) {
                int32_t cell = m->change[k].cell;

                if (is_hidden(s, cell) && m->room[cell] < m->least[cell])
                        m->least[cell] = m->room[cell];
                if (k < changes)
                        continue;
                p->turn[cell] = turn < p->turn[cell] ? turn : p->turn[cell];
                note_sent(s, cell, one, m->change[k].more < 0);
                if (other != one)
                        note_sent(s, cell, other, m->change[k].more < 0);
        }
}

/* What was sent is listed by cells. */
static void list_through(struct suppression *s, struct proof *p)
{
        const struct sums *m = s->sums;
        int32_t *first = p->first_through;

        if (m->sent_count > p->through_room) {
                p->through_room = m->sent_count + m->sent_count / 8;
                p->through = arena_array(s->arena, p->through_room, sizeof *p->through);
        }
        memset(first, 0, (s->cells + 2) * sizeof *first);
        for (size_t i = 0; i < m->sent_count; i++)
                first[m->sent[i].cell + 2]++;
        for (size_t c = 2; c < s->cells + 2; c++)
                first[c] += first[c - 1];
        for (size_t i = 0; i < m->sent_count; i++)
                p->through[first[m->sent[i].cell + 1]++] = m->sent[i].who;
}

static void take_needs(struct suppression *s, struct proof *p)
{
        const struct sums *m = s->sums;

        for (size_t i = 0; i < s->cells; i++)
                if (m->least[i] != ROOM_MOST && m->room[i] - m->least[i] > p->need[i])
                        p->need[i] = m->room[i] - m->least[i];
}

void suppress_prove_end(struct suppression *s)
{
        struct sums *m = s->sums;
        struct proof *p = m->proof;

        if (p == NULL)
                return;
        take_needs(s, p);
        list_through(s, p);
        p->more_count = 0;
        p->is_known = !m->is_stuck;
        m->proof = NULL;
}

void suppress_prove_other(struct suppression *s, struct quiet *quiet, size_t place)
{
        struct proof *p = quiet->proof;
        size_t who = first_place(s, place), i = 0;

        if (p == NULL)
                return;
        while (i < p->other_count && p->other[i] != who)
                i++;
        if (i < p->other_count)
                return;
        p->is_known = p->is_known && p->other_count < AGAIN_MOST;
        if (!p->is_known)
                return;
        p->other = one_more(s, p->other, p->other_count, &p->other_room, sizeof *p->other);
        p->other[p->other_count++] = who;
}

/* ---- again ---------------------------------------------------------------------------------------------------------- */

static void add_again(struct again *a, size_t who)
{
        size_t i = 0;

        while (i < a->count && a->who[i] != who)
                i++;
        if (i < a->count)
                return;
        a->is_enough = a->is_enough && a->count < AGAIN_MOST;
        if (a->is_enough)
                a->who[a->count++] = who;
}

static void add_holders(struct suppression *s, struct again *a, int32_t cell)
{
        size_t n = suppress_find_holders(s, cell);

        for (size_t i = 0; a->is_enough && i < n; i++)
                add_again(a, s->sums->holder[i].who);
}

/* One of those for whom something was sent through a cell, from *at on; -1: there is none more. */
static int64_t next_through(const struct suppression *s, const struct proof *p, int32_t cell, bool is_back, size_t *at)
{
        const struct sums *m = s->sums;
        size_t listed = (size_t)(p->first_through[cell + 1] - p->first_through[cell]), more = listed + p->more_count;

        while (*at < more + m->sent_count) {
                size_t i = (*at)++;
                struct sent sent = i < listed ? (struct sent){ cell, p->through[(size_t)p->first_through[cell] + i] } : i < more ? p->more[i - listed] : m->sent[i - more];

                if (sent.cell == cell && (sent.who >= 0 || !is_back))
                        return sent.who >= 0 ? sent.who : ~sent.who;
        }
        return -1;
}

static void add_through(const struct suppression *s, struct again *a, int32_t cell, bool is_back)
{
        size_t at = 0;

        for (int64_t who; a->is_enough && (who = next_through(s, a->proof, cell, is_back, &at)) >= 0;)
                add_again(a, (size_t)who);
}

static void add_pair(struct suppression *s, struct again *a, size_t one, size_t other)
{
        if (one == other)
                return;
        a->is_enough = a->is_enough && a->pairs < PAIRS_MOST;
        if (!a->is_enough)
                return;
        a->pair = one_more(s, a->pair, a->pairs, &a->pair_room, sizeof *a->pair);
        a->pair[a->pairs++] = (struct pair){ { one < other ? one : other, one < other ? other : one } };
}

/* Who is to be looked at again. */
static void find_again(struct suppression *s, struct again *a)
{
        struct proof *p = a->proof;
        const struct sums *m = s->sums;

        for (size_t i = 0; i < p->other_count; i++)
                add_again(a, p->other[i]);
        for (size_t c = 0; a->is_enough && c < s->cells; c++) {
                bool was_hidden = p->was_hidden[c];

                p->was_hidden[c] = is_hidden(s, (int32_t)c);
                if (was_hidden && !p->was_hidden[c] && p->turn[c] != UINT64_MAX) {
                        p->turn[c] = UINT64_MAX;
                        add_through(s, a, (int32_t)c, false);
                }
                if (!p->was_hidden[c])
                        continue;
                if (m->room[c] < p->need[c] || m->room[c] < 0) {
                        p->need[c] = 0;
                        add_through(s, a, (int32_t)c, true);
                        add_holders(s, a, (int32_t)c);
                } else if (!was_hidden && (s->newest_cells[c].largest[0] + s->newest_cells[c].largest[1]) * PPM > m->room[c])
                        add_holders(s, a, (int32_t)c);
        }
}

/* Looks at one (twice) or two from nothing. False: they have too much of a sum, and others were hidden. */
static bool look(struct suppression *s, size_t one, size_t other)
{
        struct sums *m = s->sums;
        size_t begun;
        bool ok = true;

        suppress_begin_own(s, one);
        if (other != one)
                suppress_begin_own(s, other);
        begun = m->changes;
        for (size_t i = 0; ok && i < begun; i++)
                if (suppress_is_wanting(s, m->change[i].cell))
                        ok = suppress_look_at(s, m->change[i].cell);
        if (!ok)
                begun = suppress_hide_for(s, one, other);
        suppress_prove(s, one, other, begun, ok);
        return ok;
}

/* Where one that is looked at again needs room. */
static void list_touched(struct suppression *s, struct again *a, size_t who)
{
        struct sums *m = s->sums;
        size_t from = a->touches;

        for (size_t k = 0; k < m->changes; k++) {
                int32_t cell = m->change[k].cell;

                if (!is_hidden(s, cell) || s->is_touched[cell])
                        continue;
                s->is_touched[cell] = true;
                a->touch = one_more(s, a->touch, a->touches, &a->touch_room, sizeof *a->touch);
                a->touch[a->touches++] = (struct touch){ cell, -m->room[cell], who };
        }
        suppress_end_look(s, 0);
        for (size_t i = from; i < a->touches; i++) {
                s->is_touched[a->touch[i].cell] = false;
                a->touch[i].need += m->room[a->touch[i].cell];
        }
}

static int by_turn(const void *x, const void *y)
{
        const struct pair *a = x, *b = y;

        for (int i = 0; i < 2; i++)
                if (a->who[i] != b->who[i])
                        return (a->who[i] > b->who[i]) - (a->who[i] < b->who[i]);
        return 0;
}

/* What was hidden since comes too late for those who needed it before. */
static bool is_late(const struct suppression *s, const struct proof *p, size_t from, uint64_t turn)
{
        for (; from < s->noting->count; from++)
                if (p->turn[s->noting->became[from].cell] <= turn)
                        return true;
        return false;
}

/* All of a list, in order, each once. False where it cannot be told so. */
static bool look_at_list(struct suppression *s, struct again *a, struct pair *list, size_t count, bool is_pairs)
{
        qsort(list, count, sizeof *list, by_turn);
        for (size_t i = 0; i < count; i++) {
                size_t one = list[i].who[0], other = list[i].who[1], hidden = s->noting->count;
                bool is_again = false;

                if (i > 0 && by_turn(&list[i - 1], &list[i]) == 0)
                        continue;
                if (!look(s, one, other) && (s->sums->is_stuck || is_late(s, a->proof, hidden, turn_of(s, one, other))))
                        return false;
                for (size_t k = 0; !is_pairs && k < a->count; k++)
                        is_again |= a->who[k] == one;
                if (is_again)
                        list_touched(s, a, one);
                else
                        suppress_end_look(s, 0);
        }
        return true;
}

static void find_pairs(struct suppression *s, struct again *a)
{
        const struct sums *m = s->sums;

        for (size_t i = 0; a->is_enough && i < a->touches; i++) {
                const struct touch *t = &a->touch[i];
                size_t n, at = 0;

                if (t->need <= 0)
                        continue;
                n = suppress_find_holders(s, t->cell);
                for (size_t k = 0; k < n; k++)
                        if (t->need + m->holder[k].share > m->room[t->cell])
                                add_pair(s, a, t->who, m->holder[k].who);
                        else
                                suppress_prove_pair(s, t->cell, t->need + m->holder[k].share);
                for (int64_t who; (who = next_through(s, a->proof, t->cell, true, &at)) >= 0;)
                        add_pair(s, a, t->who, (size_t)who);
        }
}

static bool all_in_place(const struct suppression *s, const struct proof *p)
{
        for (size_t i = 0; i < s->cells; i++)
                if (p->turn[i] != UINT64_MAX && !is_hidden(s, (int32_t)i))
                        return false;
        return true;
}

static void add_single(struct suppression *s, struct again *a, size_t who)
{
        a->single = one_more(s, a->single, a->singles, &a->single_room, sizeof *a->single);
        a->single[a->singles++] = (struct pair){ { who, who } };
}

static bool prove_again(struct suppression *s, struct again *a)
{
        struct proof *p = a->proof;

        find_again(s, a);
        for (size_t i = 0; a->is_enough && i < p->looked_count; i++)
                if (p->looked[i].who[0] == p->looked[i].who[1])
                        add_single(s, a, p->looked[i].who[0]);
                else
                        add_pair(s, a, p->looked[i].who[0], p->looked[i].who[1]);
        for (size_t i = 0; i < a->count; i++)
                add_single(s, a, a->who[i]);
        p->looked_count = 0;
        if (!a->is_enough || !look_at_list(s, a, a->single, a->singles, false))
                return false;
        find_pairs(s, a);
        return a->is_enough && look_at_list(s, a, a->pair, a->pairs, true) && all_in_place(s, p);
}

/* What was sent besides. */
static void take_sent(struct suppression *s, struct proof *p)
{
        const struct sums *m = s->sums;

        for (size_t i = 0; i < m->sent_count; i++) {
                p->more = one_more(s, p->more, p->more_count, &p->more_room, sizeof *p->more);
                p->more[p->more_count++] = m->sent[i];
        }
}

/* Cells hidden since so many were are not any more; edges stand as they did then. */
static void go_back(struct suppression *s, size_t hidden)
{
        struct noted *n = s->noting;

        for (size_t i = 0; i < n->count; i++)
                s->state[n->became[i].cell] = CELL_SHOWN;
        s->sums->is_in_order = false;
        suppress_draw_anew(s);
        n->count = hidden;
        for (size_t i = 0; i < hidden; i++) {
                s->state[n->became[i].cell] = n->became[i].state;
                suppress_draw_hidden(s, n->became[i].cell);
        }
}

bool suppress_prove_again(struct suppression *s, struct quiet *quiet)
{
        struct sums *m = s->sums;
        struct proof *p = quiet->proof;
        struct again *a = m->again;
        size_t hidden = s->noting == NULL ? 0 : s->noting->count;
        bool was_new = s->is_new;

        m->proof = NULL;
        if (p == NULL || !p->is_known || m->is_stuck || s->noting == NULL)
                return false;
        if (a == NULL)
                m->again = a = arena_array(s->arena, 1, sizeof *a);
        *a = (struct again){ .proof = p, .is_enough = true, .touch = a->touch, .touch_room = a->touch_room, .single = a->single, .single_room = a->single_room,
                             .pair = a->pair, .pair_room = a->pair_room };
        p->is_known = false; /* where memory ends meanwhile */
        note_least(s, p);
        if (prove_again(s, a)) {
                take_needs(s, p);
                take_sent(s, p);
                p->other_count = 0;
                p->is_known = p->more_count < MORE_MOST;
                m->proof = NULL;
                return true;
        }
        suppress_end_look(s, 0);
        m->proof = NULL;
        m->is_stuck = false;
        if (s->noting->count > hidden)
                go_back(s, hidden);
        s->is_new = was_new;
        return false;
}
