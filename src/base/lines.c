#include "base/lines.h"

#include <string.h>

struct line {
        const char *text;
        size_t length;
};
struct lines {
        struct line *list;
        size_t count;
};

static struct lines split(struct arena *a, const char *text)
{
        struct lines all = { arena_room(a, NULL, 0, sizeof *all.list), 0 };

        while (*text != '\0') {
                size_t length = strcspn(text, "\n");

                all.list = arena_room(a, all.list, all.count, sizeof *all.list);
                all.list[all.count++] = (struct line){ text, length };
                text += length + (text[length] == '\n');
        }
        return all;
}

static bool are_same(const struct line *a, const struct line *b)
{
        return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

#define NOWHERE ((size_t)-1)

/* The shortest way from one list to the other (Myers): furthest[d][k] is how far into x one gets on diagonal k (x - y) with d changes. Sets to of those lines
 * of x that stay. False: it takes more changes than LINES_CHANGES_MOST. */
static bool shortest(struct arena *a, const struct line *x, long x_count, const struct line *y, long y_count, size_t *to, size_t y_first)
{
        long most = x_count + y_count < LINES_CHANGES_MOST ? x_count + y_count : LINES_CHANGES_MOST, d = 0;
        long **furthest = arena_array(a, (size_t)most + 1, sizeof *furthest);
        bool is_found = false;

        for (d = 0; d <= most && !is_found; d++) {
                long *now = arena_array(a, (size_t)(2 * d + 1), sizeof *now), *before = d == 0 ? NULL : furthest[d - 1];

                furthest[d] = now + d; /* from -d to d; that of d - 1 has no room at both ends */
                for (long k = -d; k <= d && !is_found; k += 2) {
                        long i = d == 0 ? 0 : k == -d || (k != d && before[k - 1] < before[k + 1]) ? before[k + 1] : before[k - 1] + 1;

                        while (i < x_count && i - k < y_count && are_same(&x[i], &y[i - k]))
                                i++;
                        furthest[d][k] = i;
                        is_found = i >= x_count && i - k >= y_count;
                }
        }
        if (!is_found)
                return false;
        for (long i = x_count, j = y_count; --d >= 0;) { /* back along it: a change, then lines that stay */
                long k = i - j, from = 0, from_k = 0, stays_from = 0;

                if (d > 0) {
                        const long *before = furthest[d - 1];

                        from_k = k == -d || (k != d && before[k - 1] < before[k + 1]) ? k + 1 : k - 1;
                        from = before[from_k];
                        stays_from = from + (from_k < k);
                }
                while (i > stays_from)
                        to[--i] = y_first + (size_t)--j;
                i = from;
                j = from - from_k;
        }
        return true;
}

/* For each line of x where it stands in y, NOWHERE: it does not. */
static size_t *places(struct arena *a, const struct lines *x, const struct lines *y)
{
        size_t *to = arena_array(a, x->count + 1, sizeof *to), first = 0, x_end = x->count, y_end = y->count;

        for (size_t i = 0; i < x->count; i++)
                to[i] = NOWHERE;
        for (; first < x_end && first < y_end && are_same(&x->list[first], &y->list[first]); first++)
                to[first] = first;
        while (x_end > first && y_end > first && are_same(&x->list[x_end - 1], &y->list[y_end - 1]))
                to[--x_end] = --y_end;
        shortest(a, x->list + first, (long)(x_end - first), y->list + first, (long)(y_end - first), to + first, first);
        return to;
}

struct comparison {
        struct arena *arena;
        const struct lines *common, *sides;
        size_t count;
        struct lines_row *rows;
        size_t row_count;
};

static const char *text_at(struct arena *a, const struct lines *l, size_t from, size_t to, size_t n)
{
        return from + n >= to ? NULL : arena_copy(a, l->list[from + n].text, l->list[from + n].length);
}

static void row_add(struct comparison *c, size_t number, const char *common, const char **sides, bool is_changed)
{
        c->rows = arena_room(c->arena, c->rows, c->row_count, sizeof *c->rows);
        c->rows[c->row_count++] = (struct lines_row){ number, common, sides, is_changed };
}

/* Between two lines that all have, those of the common text and of each side beside each other. */
static void between(struct comparison *c, size_t common, size_t common_end, const size_t *at, const size_t *end)
{
        size_t most = common_end - common;

        for (size_t i = 0; i < c->count; i++)
                most = end[i] - at[i] > most ? end[i] - at[i] : most;
        for (size_t n = 0; n < most; n++) {
                const char **sides = arena_array(c->arena, c->count, sizeof *sides), *own = text_at(c->arena, c->common, common, common_end, n);
                bool is_changed = false;

                for (size_t i = 0; i < c->count; i++) {
                        sides[i] = text_at(c->arena, &c->sides[i], at[i], end[i], n);
                        is_changed |= (sides[i] == NULL) != (own == NULL) || (own != NULL && strcmp(sides[i], own) != 0);
                }
                row_add(c, own != NULL ? common + n + 1 : common_end, own, sides, is_changed);
        }
}

/* A line that all have. */
static void kept(struct comparison *c, size_t common)
{
        const char **sides = arena_array(c->arena, c->count, sizeof *sides), *own = text_at(c->arena, c->common, common, common + 1, 0);

        for (size_t i = 0; i < c->count; i++)
                sides[i] = own;
        row_add(c, common + 1, own, sides, false);
}

struct lines_row *lines_compare(struct arena *a, const char *common, const char *const *sides, size_t count, size_t around, size_t *rows)
{
        struct lines all = split(a, common), *each = arena_array(a, count + 1, sizeof *each);
        struct comparison c = { .arena = a, .common = &all, .sides = each, .count = count, .rows = arena_room(a, NULL, 0, sizeof *c.rows) };
        size_t **to = arena_array(a, count + 1, sizeof *to), *at = arena_array(a, count + 1, sizeof *at), *end = arena_array(a, count + 1, sizeof *end);
        size_t from = 0, shown_to = 0, left = 0;

        for (size_t i = 0; i < count; i++) {
                each[i] = split(a, sides[i]);
                to[i] = places(a, &all, &each[i]);
        }
        for (size_t line = 0; line <= all.count; line++) {
                bool is_common = true;

                for (size_t i = 0; i < count; i++) {
                        end[i] = line == all.count ? each[i].count : to[i][line];
                        is_common = is_common && end[i] != NOWHERE;
                }
                if (!is_common)
                        continue;
                between(&c, from, line, at, end);
                if (line < all.count)
                        kept(&c, line);
                from = line + 1;
                for (size_t i = 0; i < count; i++)
                        at[i] = end[i] + 1;
        }
        for (size_t i = 0; i < c.row_count; i++) { /* in place: what is kept never stands behind what is looked at */
                for (size_t n = i; n < c.row_count && n <= i + around && shown_to <= i; n++)
                        if (c.rows[n].is_changed)
                                shown_to = i + 1;
                if (c.rows[i].is_changed)
                        shown_to = i + around + 1;
                if (i < shown_to)
                        c.rows[left++] = c.rows[i];
        }
        *rows = left;
        return c.rows;
}
