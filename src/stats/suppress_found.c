/* suppress_found.c - what was found of months that were taken before, and what was done to them.
 *
 * Of a month stands what the primary rule says of cells and who is missing. What is hidden follows from that, from what was hidden before, and from what other tables hide. The graph of hidden cells
 * falls into parts that do not hang together, as of branches of industry that are shown, and whatever is looked at - bridges, sums, who knows what - is looked at in each part by itself: what one
 * part is told or brings changes nothing in another, but where a way is sought that leads out of it. So of a month that is taken again what was done is done again as it was noted, in every part of which
 * nothing is other: neither what was hidden at first, nor what it is asked to hide, nor what anybody brings to its cells, nor anything in a part that was looked at on a way out of it. The other parts are
 * done anew, all that is done to the month after one another; where one of them comes upon a part that is not, that one is as well. All this comes to what doing everything anew does. */
#include "stats/suppress_private.h"

#include <string.h>

/* Room for one more; longer lists take the place of shorter ones. */
static void *one_more(struct suppression *s, void *list, size_t count, size_t *room, size_t size)
{
        void *longer;

        if (count < *room)
                return list;
        *room = 2 * *room + 16;
        longer = arena_array(s->arena, *room, size);
        return count == 0 ? longer : memcpy(longer, list, count * size);
}

void suppress_note_missing(struct suppression *s)
{
        struct found *f = &s->found[s->month];

        f->missing_count = 0;
        for (size_t k = 0; k < s->missing_count; k++) {
                f->missing = one_more(s, f->missing, f->missing_count, &f->missing_room, sizeof *f->missing);
                f->missing[f->missing_count++] = (uint32_t)s->missing[k];
        }
}

void suppress_set_missing(struct suppression *s)
{
        const struct found *f = &s->found[s->month];

        while (s->missing_count > 0)
                s->is_missing[s->missing[--s->missing_count]] = false;
        for (; s->missing_count < f->missing_count; s->missing_count++) {
                s->missing[s->missing_count] = f->missing[s->missing_count];
                s->is_missing[f->missing[s->missing_count]] = true;
        }
}

void suppress_note_lacked(struct suppression *s, struct lacked lacked)
{
        struct found *f = &s->found[s->month];

        f->lacked = one_more(s, f->lacked, f->lacked_count, &f->lacked_room, sizeof *f->lacked);
        f->lacked[f->lacked_count++] = lacked;
}

bool suppress_is_judged_enough(const struct suppression *s)
{
        const struct found *f = &s->found[s->month];
        bool ok = f->is_judged;

        for (size_t i = 0; ok && i < f->lacked_count; i++)
                ok = f->lacked[i].found != LACKED_UNJUDGED || is_hidden(s, f->lacked[i].cell);
        return ok;
}

/* ---- parts ------------------------------------------------------------------------------------------------------------- */

static int32_t first_of(int32_t *part, int32_t v)
{
        while (part[v] >= 0 && part[v] != v)
                v = part[v] = part[part[v]];
        return v;
}

/* A cell hangs together what is at its ends. */
static void unite(const struct suppression *s, int32_t cell)
{
        int32_t *part = s->scope->of->part, a = first_of(part, s->edge[cell].a), b = first_of(part, s->edge[cell].b), first = a < b ? a : b;

        part[a] = part[b] = first;
}

/* What is not in scope hangs together already as it does. */
static void unite_in_scope(const struct suppression *s, int32_t cell)
{
        if (suppress_is_in_scope(s, cell))
                unite(s, cell);
}

static void unite_hidden(const struct suppression *s)
{
        for (size_t k = 0; k < s->scope->cells; k++)
                if (is_hidden(s, s->scope->cell[k]))
                        unite(s, s->scope->cell[k]);
}

static void mark(const struct suppression *s, int32_t vertex)
{
        struct scope *x = s->scope;

        if (x->is_all || x->is_in[vertex])
                return;
        x->is_marked[first_of(x->of->part, vertex)] = x->is_left = true;
}

void suppress_depend_on(struct suppression *s, int32_t cell)
{
        mark(s, s->edge[cell].a);
        mark(s, s->edge[cell].b);
}

void suppress_open_scope(struct suppression *s)
{
        struct scope *x = arena_alloc(s->arena, sizeof *x);
        size_t vertices = (size_t)s->vertices;

        *x = (struct scope){ .is_in = arena_array(s->arena, vertices, sizeof *x->is_in), .is_marked = arena_array(s->arena, vertices, sizeof *x->is_marked),
                             .some_vertex = arena_array(s->arena, vertices, sizeof *x->some_vertex), .some_cell = arena_array(s->arena, s->cells, sizeof *x->some_cell),
                             .all_vertex = arena_array(s->arena, vertices, sizeof *x->all_vertex), .all_cell = arena_array(s->arena, s->cells, sizeof *x->all_cell),
                             .asked_before = arena_array(s->arena, s->cells, sizeof *x->asked_before) };
        x->seen_from = arena_array(s->arena, vertices, sizeof *x->seen_from);
        for (size_t v = 0; v < vertices; v++)
                x->all_vertex[v] = (int32_t)v;
        for (size_t i = 0; i < s->cells; i++)
                x->all_cell[i] = (int32_t)i;
        s->scope = x;
        s->asked_now = arena_array(s->arena, s->cells, sizeof *s->asked_now);
        suppress_follow(s, NULL);
}

static void set_all(struct suppression *s)
{
        struct scope *x = s->scope;

        x->is_all = true;
        x->is_left = false;
        x->vertex = x->all_vertex;
        x->vertices = (size_t)s->vertices;
        x->cell = x->all_cell;
        x->cells = s->cells;
}

/* Parts of the month are known anew where nothing of it is known of them that is not hidden now. */
static bool begins_parts(enum call_kind kind)
{
        return kind == CALL_TAKE || kind == CALL_APART;
}

/* All is done anew from a call on. */
static void widen(struct suppression *s, enum call_kind kind)
{
        struct scope *x = s->scope;

        for (int32_t v = 0; v < s->vertices; v++)
                x->is_marked[v] = false;
        set_all(s);
        for (int32_t v = 0; begins_parts(kind) && v < s->vertices; v++)
                x->of->part[v] = -1;
        unite_hidden(s);
}

/* The parts that are marked are done anew as well from a call on. */
static void add_marked(struct suppression *s, enum call_kind kind)
{
        struct scope *x = s->scope;
        int32_t *part = x->of->part;
        size_t more = 0;

        if (!x->is_left)
                return;
        x->is_left = false;
        for (int32_t v = 0; v < s->vertices; v++)
                if (!x->is_in[v] && x->is_marked[first_of(part, v)])
                        x->some_vertex[more++] = v;
        for (int32_t v = 0; v < s->vertices; v++)
                x->is_marked[v] = false;
        for (size_t i = 0; i < more; i++) {
                x->is_in[x->some_vertex[i]] = true;
                if (begins_parts(kind))
                        part[x->some_vertex[i]] = -1;
        }
        x->vertices += more;
        if (2 * x->vertices > (size_t)s->vertices) {
                widen(s, kind);
                return;
        }
        x->vertex = x->some_vertex;
        x->cell = x->some_cell;
        x->vertices = x->cells = 0;
        for (int32_t v = 0; v < s->vertices; v++)
                if (x->is_in[v])
                        x->some_vertex[x->vertices++] = v;
        for (int32_t i = 0; (size_t)i < s->cells; i++)
                if (suppress_is_in_scope(s, i))
                        x->some_cell[x->cells++] = i;
        unite_hidden(s);
}

/* ---- calls --------------------------------------------------------------------------------------------------------------- */

static struct call *new_call(struct suppression *s, enum call_kind kind)
{
        struct scope *x = s->scope;
        struct call *c = x->spare;

        if (c == NULL) {
                c = arena_alloc(s->arena, sizeof *c);
                *c = (struct call){ 0 };
        } else
                x->spare = c->next;
        c->kind = kind;
        c->phase = x->phase;
        c->asked_count = c->count = c->saw_count = 0;
        c->next = NULL;
        return c;
}

static void put_aside(struct scope *x, struct call *c)
{
        c->next = x->spare;
        x->spare = c;
}

static struct call *next_old(struct scope *x)
{
        struct call *c = x->old;

        x->old = c->next;
        return c;
}

/* A call that is not made any more: what it hid is not hidden now. */
static void drop_old(struct suppression *s)
{
        struct scope *x = s->scope;
        struct call *c = next_old(x);
        bool is_over = c->phase == 1 && x->phase == 2; /* nothing of it is left in all months */

        for (size_t i = 0; !is_over && i < c->asked_count; i++)
                suppress_depend_on(s, c->asked[i].cell);
        for (size_t i = 0; !is_over && i < c->count; i++)
                suppress_depend_on(s, c->became[i].cell);
        put_aside(x, c);
}

/* The call noted before that was the same; NULL: there was none. */
static struct call *find_old(struct suppression *s, enum call_kind kind)
{
        struct scope *x = s->scope;

        while (x->old != NULL && (x->old->phase < x->phase || (x->old->phase == x->phase && x->old->kind != kind && x->old->kind == CALL_HIDE)))
                drop_old(s);
        return x->old != NULL && x->old->phase == x->phase && x->old->kind == kind ? next_old(x) : NULL;
}

/* What it is asked to hide that it was not, or the other way round. */
static void mark_asked(struct suppression *s, const struct call *old)
{
        unsigned char *before = s->scope->asked_before;

        for (size_t i = 0; old != NULL && i < old->asked_count; i++)
                before[old->asked[i].cell] = (unsigned char)(old->asked[i].state + 1);
        for (size_t i = 0; i < s->asked_now_count; i++) {
                const struct became *b = &s->asked_now[i];

                if (before[b->cell] != b->state + 1)
                        suppress_depend_on(s, b->cell);
                before[b->cell] = 0;
        }
        for (size_t i = 0; old != NULL && i < old->asked_count; i++) {
                if (before[old->asked[i].cell] != 0)
                        suppress_depend_on(s, old->asked[i].cell);
                before[old->asked[i].cell] = 0;
        }
}

static void mark_elsewhere(struct suppression *s, const struct call *old)
{
        for (size_t from = 0, to; from < s->cells; from = to) {
                to = from + 64 < s->cells ? from + 64 : s->cells;
                if (s->elsewhere != NULL && memcmp(old->elsewhere + from, s->elsewhere + from, to - from) == 0)
                        continue;
                for (size_t i = from; i < to; i++)
                        if (old->elsewhere[i] != (s->elsewhere == NULL ? ELSEWHERE_NOT : s->elsewhere[i]))
                                suppress_depend_on(s, (int32_t)i);
        }
}

/* Whoever looked at what is done anew is done anew. True where there is another part. */
static bool mark_saw(struct suppression *s, const struct call *old)
{
        const struct scope *x = s->scope;

        for (size_t i = 0; !x->is_all && old != NULL && i < old->saw_count; i++)
                if (x->is_in[old->saw[i].seen])
                        mark(s, old->saw[i].start);
        return x->is_left;
}

static void save(struct suppression *s)
{
        struct scope *x = s->scope;

        x->saved.drawn = s->drawing->count;
        x->saved.closed = s->closed;
}

static void restore(struct suppression *s)
{
        const struct scope *x = s->scope;

        suppress_draw_back(s, x->saved.drawn);
        s->closed = x->saved.closed;
}

static void note_became(struct suppression *s, struct became b)
{
        struct call *c = s->scope->now;

        c->became = one_more(s, c->became, c->count, &c->room, sizeof *c->became);
        c->became[c->count++] = b;
}

static void note_saw(struct suppression *s, struct saw saw)
{
        struct scope *x = s->scope;

        x->saw = one_more(s, x->saw, x->saw_count, &x->saw_room, sizeof *x->saw);
        x->saw[x->saw_count++] = saw;
}

void suppress_note_hidden(struct suppression *s, int32_t cell)
{
        if (!s->scope->is_noting)
                return;
        note_became(s, (struct became){ cell, (enum cell_state)s->state[cell] });
        suppress_depend_on(s, cell);
}

void suppress_note_seen(struct suppression *s, int32_t start, int32_t seen)
{
        const struct scope *x = s->scope;

        if (!x->is_noting || first_of(x->of->part, start) == first_of(x->of->part, seen))
                return;
        note_saw(s, (struct saw){ start, seen });
        if (x->of->part[seen] >= 0)
                mark(s, seen);
}

void suppress_ask_to_hide(struct suppression *s, int32_t cell, enum cell_state state)
{
        s->asked_now[s->asked_now_count++] = (struct became){ cell, state };
}

static void hide_asked(struct suppression *s)
{
        s->is_new = false;
        for (size_t i = 0; i < s->asked_now_count; i++)
                if (!is_hidden(s, s->asked_now[i].cell))
                        suppress_hide_cell(s, s->asked_now[i].cell, s->asked_now[i].state);
}

/* What was done in parts of which nothing is other. */
static void do_again(struct suppression *s, const struct call *old)
{
        const struct scope *x = s->scope;

        for (size_t i = 0; old != NULL && i < old->count; i++)
                if (!suppress_is_in_scope(s, old->became[i].cell)) {
                        note_became(s, old->became[i]);
                        suppress_hide_cell(s, old->became[i].cell, old->became[i].state);
                }
        for (size_t i = 0; old != NULL && i < old->saw_count; i++)
                if (!x->is_in[old->saw[i].start])
                        note_saw(s, old->saw[i]);
}

static void do_anew(struct suppression *s, void (*work)(struct suppression *))
{
        s->scope->is_noting = true;
        if (work != NULL)
                work(s);
        s->scope->is_noting = false;
}

/* True where it is done: where all is done anew, or nothing was come upon that is not. */
static bool do_in_scope(struct suppression *s, const struct call *old, void (*work)(struct suppression *))
{
        struct scope *x = s->scope;

        x->now->count = x->saw_count = 0;
        hide_asked(s);
        x->now->is_plain = suppress_is_plain(s);
        if (!x->is_all && x->vertices > 0 && !x->now->is_plain)
                return false;
        if (!x->is_all)
                do_again(s, old);
        if (x->is_all || x->vertices > 0)
                do_anew(s, work);
        return x->is_all || !(x->is_left || mark_saw(s, old));
}

/* From one part to another, most once. */
static void keep_saw(struct suppression *s, struct call *c)
{
        struct scope *x = s->scope;

        for (size_t i = 0; i < x->saw_count; i++)
                x->seen_from[x->saw[i].seen] = -1;
        for (size_t i = 0; i < x->saw_count; i++) {
                struct saw saw = { first_of(x->of->part, x->saw[i].start), x->saw[i].seen };

                if (saw.start == first_of(x->of->part, saw.seen) || x->seen_from[saw.seen] == saw.start)
                        continue;
                x->seen_from[saw.seen] = saw.start;
                c->saw = one_more(s, c->saw, c->saw_count, &c->saw_room, sizeof *c->saw);
                c->saw[c->saw_count++] = saw;
        }
}

/* What is known of the call, once it is done. */
static void note_call(struct suppression *s)
{
        struct scope *x = s->scope;
        struct call *c = x->now;

        for (size_t i = 0; i < s->asked_now_count; i++) {
                c->asked = one_more(s, c->asked, c->asked_count, &c->asked_room, sizeof *c->asked);
                c->asked[c->asked_count++] = s->asked_now[i];
                unite_in_scope(s, s->asked_now[i].cell);
        }
        for (size_t i = 0; i < c->count; i++)
                unite_in_scope(s, c->became[i].cell);
        if (c->kind == CALL_KNOWN && c->elsewhere == NULL)
                c->elsewhere = arena_array(s->arena, s->cells, sizeof *c->elsewhere);
        if (c->kind == CALL_KNOWN && s->elsewhere != NULL)
                memcpy(c->elsewhere, s->elsewhere, s->cells * sizeof *c->elsewhere);
        else if (c->kind == CALL_KNOWN)
                memset(c->elsewhere, ELSEWHERE_NOT, s->cells * sizeof *c->elsewhere);
        for (size_t k = 0; c->kind == CALL_KNOWN && k < x->cells; k++)
                if (c->elsewhere[x->cell[k]] == ELSEWHERE_HIDDEN)
                        unite(s, x->cell[k]);
        keep_saw(s, c);
        *x->end = c;
        x->end = &c->next;
        x->of->is_noted = true;
}

bool suppress_call(struct suppression *s, enum call_kind kind, void (*work)(struct suppression *))
{
        struct scope *x = s->scope;
        struct call *old;
        bool is_any;

        if (x->of == NULL) {
                hide_asked(s);
                is_any = s->is_new;
                if (is_any)
                        work(s);
                s->asked_now_count = 0;
                return is_any;
        }
        x->of->is_noted = false;
        x->now = new_call(s, kind);
        old = find_old(s, kind);
        if (!x->is_all && ((old == NULL && kind != CALL_HIDE) || (old != NULL && !old->is_plain)))
                widen(s, kind);
        mark_asked(s, old);
        if (!x->is_all && kind == CALL_KNOWN)
                mark_elsewhere(s, old);
        do
                add_marked(s, kind);
        while (mark_saw(s, old));
        if (!x->is_all && x->vertices > 0)
                save(s);
        while (!do_in_scope(s, old, work)) {
                restore(s);
                if (x->is_left)
                        add_marked(s, kind);
                else
                        widen(s, kind);
        }
        if (s->is_new && !x->is_all)
                s->closed = s->changes;
        note_call(s);
        if (old != NULL)
                put_aside(x, old);
        is_any = s->asked_now_count + x->now->count > 0;
        s->asked_now_count = 0;
        return is_any;
}

/* ---- a month ---------------------------------------------------------------------------------------------------------------- */

void suppress_note_other(struct suppression *s, struct found *f, int32_t cell)
{
        f->is_noted = f->is_noted && f->other_count < s->cells;
        if (!f->is_noted)
                return;
        f->other = one_more(s, f->other, f->other_count, &f->other_room, sizeof *f->other);
        f->other[f->other_count++] = cell;
}

/* Whether the establishment at a place brings to a cell from no place before. */
static bool is_first_at(const struct suppression *s, size_t place, int32_t cell)
{
        int32_t nodes = (int32_t)s->table.nodes, area = cell / nodes;

        for (size_t at = place; at > 0 && s->list[at - 1].establishment == s->list[place].establishment; at--)
                if ((area == s->table.areas || area == s->list[at - 1].area) && suppress_is_below(s, s->list[at - 1].node, cell % nodes))
                        return false;
        return true;
}

/* Who brings to several cells, to one of them perhaps alone now or before: too many for all to be looked at may be another choice of them. Nobody was or is alone where two reported of whom nothing
 * is other. */
static void mark_alone(struct suppression *s, const struct found *f, int32_t cell)
{
        int32_t nodes = (int32_t)s->table.nodes, area = cell / nodes, node = cell % nodes;
        size_t reported = 0, enough = f->other_places + 2;

        for (int32_t k = s->first_leaf[node]; k < s->first_leaf[node + 1]; k++)
                for (int32_t a = area < s->table.areas ? area : 0; a < (area < s->table.areas ? area + 1 : s->table.areas); a++)
                        for (size_t i = s->first_at[cell_of(s, a, s->leaf[k])]; reported < enough && i < s->first_at[cell_of(s, a, s->leaf[k]) + 1]; i++) {
                                size_t at = s->at[i], next = suppress_first_place(s, at);
                                bool is_only = next == at && (at + 1 == s->count || s->list[at + 1].establishment != s->list[at].establishment);

                                reported += brings_in(&s->list[at], s->month) && !s->is_missing[at] && is_first_at(s, at, cell);
                                for (; !is_only && next < s->count && s->list[next].establishment == s->list[at].establishment; next++)
                                        suppress_depend_on(s, cell_of(s, s->list[next].area, s->list[next].node));
                        }
}

static void mark_others(struct suppression *s, struct found *f)
{
        for (size_t i = 0; i < f->other_count; i++) {
                const struct edge *e = &s->edge[f->other[i]];

                if (f->part[e->a] < 0 || first_of(f->part, e->a) != first_of(f->part, e->b))
                        continue;
                mark(s, e->a);
                mark_alone(s, f, f->other[i]);
        }
}

/* What is hidden at first that was not, or the other way round. */
static void mark_begun(struct suppression *s, struct found *f)
{
        for (size_t from = 0, to; from < s->cells; from = to) {
                to = from + 64 < s->cells ? from + 64 : s->cells;
                if (memcmp(f->before + from, s->state + from, to - from) == 0)
                        continue;
                for (size_t i = from; i < to; i++)
                        if (f->before[i] != s->state[i])
                                suppress_depend_on(s, (int32_t)i);
                memcpy(f->before + from, s->state + from, to - from);
        }
}

void suppress_follow(struct suppression *s, struct found *f)
{
        struct scope *x = s->scope;

        while (x->old != NULL)
                put_aside(x, next_old(x));
        x->of = f;
        x->phase = 0;
        x->vertices = x->cells = 0;
        x->is_all = x->is_left = x->is_noting = false;
        memset(x->is_in, 0, (size_t)s->vertices * sizeof *x->is_in);
        s->asked_now_count = 0;
        if (f == NULL) {
                set_all(s);
                return;
        }
        x->old = f->call;
        f->call = NULL;
        x->end = &f->call;
        if (f->before == NULL) {
                f->before = arena_array(s->arena, s->cells, sizeof *f->before);
                f->part = arena_array(s->arena, (size_t)s->vertices, sizeof *f->part);
        }
        if (!f->is_noted || s->asked + 1 != s->changes) /* what others bring in a month before may matter now to all parts */
                widen(s, CALL_TAKE);
        else
                mark_others(s, f);
        f->other_count = f->other_places = 0;
        mark_begun(s, f);
        f->is_noted = false;
}

void suppress_enter(struct suppression *s, int phase)
{
        s->scope->phase = phase;
}
