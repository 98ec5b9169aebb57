/* arrangement.c - mergers and splits recorded later: files of ARRANGEMENTS, each one legal act.
 *
 * The rows of units are changed before the units get their places: everything behind (keys, parents, changes, answers) is as if the
 * units had been listed so, and without the file as if it had never been. */
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "catalogue/catalogue_private.h"

enum { OLD = UNIT_COLUMNS, SHARE, ACT, BASIS };

/* A row of an arrangement. */
struct line {
        const char *old, *new, *act, *basis;
        struct unit_row *unit; /* the new unit; NULL: another row has it */
        long share_ppm;
        int number;            /* in the file */
};

struct arrangement {
        const struct source *source;
        day date;
        struct line *lines;
        size_t count;
};

static int compare_arrangements(const void *a, const void *b)
{
        const struct arrangement *x = a, *y = b;

        return x->date != y->date ? (x->date < y->date ? -1 : 1) : strcmp(x->source->path, y->source->path);
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static bool line_read(struct parse *p, struct sheet *s, struct arrangement *a, struct line *l)
{
        day date = sheet_day(s, UNIT_FROM, DAY_NONE);

        *l = (struct line){ .old = sheet_keep(p, s, OLD), .new = sheet_keep(p, s, UNIT_CODE), .act = sheet_keep(p, s, ACT),
                            .basis = sheet_keep(p, s, BASIS), .number = sheet_line(s) };
        if (date == DAY_NONE || (a->count > 0 && date != a->date)) {
                sheet_complain(s, UNIT_FROM, date == DAY_NONE ? N_("a change needs its date") : N_("all changes of one act are of one day"));
                return false;
        }
        a->date = date;
        if (*l->act == '\0') {
                sheet_complain(s, ACT, "a change needs its legal act");
                return false;
        }
        if (act_title(p, l->act) != NULL)
                l->act = act_title(p, l->act);
        if (!share_read(s, SHARE, &l->share_ppm))
                return false;
        if (l->share_ppm > 0 && l->share_ppm < SHARES_WHOLE && *l->basis == '\0') {
                sheet_complain(s, BASIS, "a share needs its basis: what it is a share of, and of which day");
                return false;
        }
        if (*sheet_text(s, UNIT_KIND, NULL) == '\0')
                return true;
        l->unit = unit_row_read(p, s, a->source);
        return l->unit != NULL;
}

static bool arrangement_read(struct parse *p, const struct source *source, struct arrangement *a)
{
        /* in the place of a unit's last day a column that no file has: a unit ends by a change */
        static const char *const columns[] = { "new", "?kind", "?name_vi", "?name_en", "?parent", "date", "?", "?short_name", "?letters",
                                               "?region", "old", "share", "act", "?basis", NULL };
        struct sheet *s = sheet_open(p, source, columns);
        size_t room = 1;
        bool is_good = true;

        *a = (struct arrangement){ .source = source, .date = DAY_NONE };
        if (s == NULL)
                return false;
        for (const char *t = source->text; t < source->text + source->length; t++)
                room += *t == '\n';
        a->lines = arena_array(p->scratch, room, sizeof *a->lines);
        while (sheet_next(s)) {
                if (line_read(p, s, a, &a->lines[a->count]))
                        a->count++;
                else
                        is_good = false;
        }
        return is_good;
}

/* The shares of each old unit: together exactly the whole, or none of them known. */
static bool shares_check(struct parse *p, const struct arrangement *a)
{
        bool is_good = true;

        for (size_t i = 0; i < a->count; i++) {
                const struct line *first = &a->lines[i];
                size_t known = 0, all = 0;
                int64_t sum = 0;
                char text[DECIMAL_TEXT_MAX];
                bool is_later = false;

                for (size_t n = 0; n < a->count; n++) {
                        const struct line *l = &a->lines[n];

                        if (strcmp(l->old, first->old) != 0)
                                continue;
                        is_later |= n < i;
                        all++;
                        known += l->share_ppm >= 0;
                        sum += l->share_ppm >= 0 ? l->share_ppm : 0;
                }
                if (is_later || (known == 0 && all > 1))
                        continue;
                if (known == all && sum == SHARES_WHOLE)
                        continue;
                decimal_write(text, sum, 6);
                if (known < all)
                        complain(p->complaints, a->source->path, first->number, 1, "unit %s: give the shares of all its parts, or of none", first->old);
                else
                        complain(p->complaints, a->source->path, first->number, 1, "the shares of unit %s add up to %s, not to 1", first->old, text);
                is_good = false;
        }
        return is_good;
}

/* ---- carrying out -------------------------------------------------------------------------------------- */

/* The unit with the code on a day. */
static struct unit_row *row_at(const struct unit_rows *rows, const char *code, day d)
{
        uint64_t word = unit_word(code, strlen(code));

        for (size_t i = rows->count; i-- > 0;)
                if (rows->list[i]->word == word && rows->list[i]->from <= d && d <= rows->list[i]->unit.to)
                        return rows->list[i];
        return NULL;
}

static void move_add(struct parse *p, const struct unit_row *old, const struct unit_row *new, const struct arrangement *a, const struct line *l,
                     long share_ppm)
{
        struct unit_moves *m = &p->moves;

        if (m->count == m->room) {
                size_t room = m->room == 0 ? 64 : m->room * 2;
                struct unit_move *more = arena_array(p->scratch, room, sizeof *more);

                if (m->count > 0)
                        memcpy(more, m->list, m->count * sizeof *more);
                m->list = more;
                m->room = room;
        }
        m->list[m->count++] = (struct unit_move){ old, new, a->date, share_ppm, l->act, share_ppm < SHARES_WHOLE ? l->basis : "" };
}

/* The units below one that ended go where it went, the same in all but the first day and the parent. */
static void carry_below(struct parse *p, struct unit_rows *rows, const struct arrangement *a, const struct line *l, const struct unit_row *old,
                        const struct unit_row *new)
{
        size_t count = rows->count; /* those added here begin on the day */

        for (size_t i = 0; i < count; i++) {
                struct unit_row *child = rows->list[i], *next;

                if (strcmp(child->parent, old->unit.code) != 0 || child->from >= a->date || child->unit.to < a->date)
                        continue;
                if (new == NULL) {
                        complain(p->complaints, a->source->path, l->number, 1, "unit %s is divided: say where %s below it goes", old->unit.code,
                                 child->unit.code);
                        continue;
                }
                next = arena_alloc(p->scratch, sizeof *next);
                *next = *child;
                next->from = next->unit.from = a->date;
                next->unit.key = unit_key(p, child->unit.code, strlen(child->unit.code), a->date);
                strcpy(next->parent, new->unit.code);
                next->path = a->source->path;
                next->line = l->number;
                child->unit.to = a->date - 1;
                unit_row_add(p, rows, next);
                move_add(p, child, next, a, l, SHARES_WHOLE);
                carry_below(p, rows, a, l, child, next);
        }
}

static bool is_new_in(const struct arrangement *a, uint64_t word)
{
        for (size_t i = 0; i < a->count; i++)
                if (unit_word(a->lines[i].new, strlen(a->lines[i].new)) == word)
                        return true;
        return false;
}

/* The lists of units say what comes after the days they know; an act of an earlier day contradicts them where they begin a unit anew that the act leaves
 * open, or one below a unit that the act ends. Said once: every unit of theirs would complain by itself. */
static bool lists_contradict(struct parse *p, const struct unit_rows *rows, const struct arrangement *a)
{
        for (size_t i = 0; i < rows->count; i++) {
                const struct unit_row *r = rows->list[i];
                char text[DAY_TEXT_MAX];

                if (r->from <= a->date || path_is_in(r->path, ARRANGEMENTS, ".csv"))
                        continue;
                for (size_t n = 0; n < a->count; n++) {
                        const struct line *l = &a->lines[n];
                        const struct unit_row *above = strcmp(r->parent, l->old) == 0 ? row_at(rows, l->old, r->from) : NULL;
                        bool begins_anew = l->unit != NULL && r->word == l->unit->word;

                        if (!begins_anew && (above == NULL || above->from > a->date || is_new_in(a, above->word)))
                                continue;
                        day_write(text, r->from);
                        complain(p->complaints, a->source->path, l->number, 1,
                                 "the lists of units have unit %s with a change of %s: an act before that day is put into the lists, not into a file of its own",
                                 r->unit.code, text);
                        return true;
                }
        }
        return false;
}

static void carry_out(struct parse *p, struct unit_rows *rows, const struct arrangement *a)
{
        struct unit_row **old = arena_array(p->scratch, a->count + 1, sizeof(*old)), **new = arena_array(p->scratch, a->count + 1, sizeof(*new));

        for (size_t i = 0; i < a->count; i++) {
                const struct line *l = &a->lines[i];

                old[i] = row_at(rows, l->old, a->date - 1);
                if (old[i] == NULL || old[i]->unit.to < a->date) {
                        complain(p->complaints, a->source->path, l->number, 1,
                                 old[i] == NULL ? N_("unit %s did not exist on the day before the change") : N_("unit %s had ended before the change"),
                                 l->old);
                        return;
                }
        }
        if (lists_contradict(p, rows, a))
                return;
        for (size_t i = 0; i < a->count; i++) {
                old[i]->unit.to = a->date - 1;
                if (a->lines[i].unit != NULL)
                        unit_row_add(p, rows, a->lines[i].unit);
        }
        for (size_t i = 0; i < a->count; i++) {
                const struct line *l = &a->lines[i];

                new[i] = row_at(rows, l->new, a->date);
                if (new[i] == NULL || new[i]->from != a->date) {
                        complain(p->complaints, a->source->path, l->number, 1,
                                 "unit %s does not begin with the change: give its kind, names and parent; a unit that only grows ends too and begins anew",
                                 l->new);
                        return;
                }
                move_add(p, old[i], new[i], a, l, l->share_ppm);
        }
        for (size_t i = 0; i < a->count; i++) {
                size_t parts = 0;
                bool is_later = false;

                for (size_t n = 0; n < a->count; n++) {
                        parts += old[n] == old[i];
                        is_later |= n < i && old[n] == old[i];
                }
                if (!is_later)
                        carry_below(p, rows, a, &a->lines[i], old[i], parts == 1 ? new[i] : NULL);
        }
}

static bool is_of_act(const struct unit *u, const char *file)
{
        return u != NULL && u->act_file != NULL && strcmp(u->act_file, file) == 0;
}

const char **unit_acts_resting(struct arena *arena, const struct catalogue *c, const char *file, size_t *count)
{
        const struct units *u = &c->units;
        const char **list = arena_array(arena, c->file_count + 1, sizeof *list);

        *count = 0;
        for (size_t i = 0; i < u->change_count + u->count; i++) {
                const struct unit *new = i < u->change_count ? u->changes[i].new : &u->list[i - u->change_count];
                const struct unit *rests_on = i < u->change_count ? u->changes[i].old : new->parent;
                size_t n = 0;

                if (new->act_file == NULL || is_of_act(new, file) || !is_of_act(rests_on, file))
                        continue;
                while (n < *count && strcmp(list[n], new->act_file) != 0)
                        n++;
                if (n == *count)
                        list[(*count)++] = new->act_file;
        }
        return list;
}

void arrangements_read(struct parse *p, struct unit_rows *rows)
{
        struct arrangement *list = arena_array(p->scratch, p->file_count + 1, sizeof *list);
        size_t count = 0;

        for (size_t i = 0; i < p->file_count; i++)
                if (path_is_in(p->files[i].path, ARRANGEMENTS, ".csv") && arrangement_read(p, &p->files[i], &list[count]) &&
                    shares_check(p, &list[count]))
                        count++;
        if (count > 1)
                qsort(list, count, sizeof *list, compare_arrangements);
        for (size_t i = 0; i < count; i++)
                carry_out(p, rows, &list[i]);
}
