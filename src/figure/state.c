#include "figure/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char figure_state_rule[] = N_("Final: called official by its source; or printed again, called an estimate no more, and its series published since as many "
                                    "times as the latest revision of the series ever took, at least once. Revised: changed since the first value, or called so by its source. Otherwise a first "
                                    "estimate: the first value, also where no later print of it is held.");
const char figure_unconfirmed[] = N_("no later print is held");

enum revision_print figure_print(enum figure_mark mark)
{
        static const enum revision_print prints[] = { [MARK_NONE] = PRINT_UNMARKED, [MARK_ESTIMATE] = PRINT_ESTIMATE, [MARK_PRELIMINARY] = PRINT_ESTIMATE,
                                                      [MARK_OFFICIAL] = PRINT_OFFICIAL, [MARK_REVISED] = PRINT_REVISED };

        return prints[mark];
}

const char *figure_state_name(enum revision_state s)
{
        static const char *const names[] = { "first_estimate", "revised", "final" };

        return names[s];
}

const char *figure_state_title(enum revision_state s)
{
        static const char *const titles[] = { N_("first estimate"), N_("revised figure"), N_("final figure") };

        return titles[s];
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

struct kept {
        int64_t series;
        int decimals;
        struct revision_version version;
};

struct figure_states {
        struct map *series;                /* key -> number, from 1 */
        struct kept *list;
        size_t count, room;
        int64_t series_count;
        bool too_many;
        struct revision_version *versions; /* series by series, each in order */
        size_t *first;                     /* of series n: first[n - 1] … first[n] */
};

#define KEY_MOST 512

/* Periods of one frequency are one series. */
static size_t key_of(char key[KEY_MOST], const struct figure_row *r)
{
        int n = snprintf(key, KEY_MOST, "%d %s %s %s %s", (int)period_frequency(r->period), r->indicator->id, r->unit->key, r->item, r->partner);

        return n < KEY_MOST ? (size_t)n : KEY_MOST - 1;
}

static bool version_keep(struct work *w, const struct figure_row *r, void *context)
{
        struct figure_states *s = context;
        char key[KEY_MOST];
        int64_t *number;

        if (s->count == STATES_VERSIONS_MOST) {
                s->too_many = true;
                return false;
        }
        number = map_put(s->series, key, key_of(key, r), NULL);
        if (number == NULL)
                arena_starve(w->arena);
        if (*number == 0)
                *number = ++s->series_count;
        if (s->count == s->room) {
                size_t room = s->room == 0 ? 1024 : s->room * 2;
                struct kept *more = arena_array(w->arena, room, sizeof *more);

                if (s->count > 0)
                        memcpy(more, s->list, s->count * sizeof *more);
                s->list = more;
                s->room = room;
        }
        s->list[s->count++] = (struct kept){ *number, r->indicator->decimals, { .period = r->period, .known = r->known_from, .value = r->value,
                                                        .print = figure_print(r->mark) } };
        return true;
}

static int by_series(const void *a, const void *b)
{
        const struct kept *x = a, *y = b;

        return (x->series > y->series) - (x->series < y->series);
}

struct figure_states *figure_states_read(struct work *w, const struct figure_query *q, bool *too_many)
{
        struct figure_states *s = arena_alloc(w->arena, sizeof *s);
        struct figure_query all = *q;
        int64_t *moments;

        *too_many = false;
        if (q->indicator_count == 0 || q->boundary != BOUNDARY_THEN || q->all_versions)
                return NULL;
        all.from = all.to = PERIOD_NONE;
        all.all_versions = true;
        all.marks_contests = false;
        all.compare = COMPARE_NONE;
        all.limit = 0;
        all.after = NULL;
        *s = (struct figure_states){ .series = map_in(w->arena) };
        if (!figures_read(w, &all, version_keep, s) || s->too_many || s->count == 0) {
                *too_many = s->too_many;
                return NULL;
        }
        qsort(s->list, s->count, sizeof *s->list, by_series);
        s->versions = arena_array(w->arena, s->count, sizeof *s->versions);
        s->first = arena_array(w->arena, (size_t)s->series_count + 1, sizeof *s->first);
        moments = arena_array(w->arena, s->count, sizeof *moments);
        for (size_t i = 0, end; i < s->count; i = end) {
                for (end = i; end < s->count && s->list[end].series == s->list[i].series; end++)
                        s->versions[end] = s->list[end].version;
                s->first[s->list[i].series - 1] = i;
                s->first[s->list[i].series] = end;
                revision_analyse(s->versions + i, end - i, s->list[i].decimals, moments);
        }
        return s;
}

bool figure_state(const struct figure_states *s, const struct figure_row *r, enum revision_state *state, bool *is_unconfirmed)
{
        char key[KEY_MOST];
        const struct revision_version *v;
        int64_t *number;

        if (s == NULL || r->entry == 0 || !r->has_value)
                return false;
        number = map_get(s->series, key, key_of(key, r));
        if (number == NULL || *number == 0)
                return false;
        v = revision_standing(s->versions + s->first[*number - 1], s->first[*number] - s->first[*number - 1], r->period, r->known_from);
        if (v == NULL || v->known != r->known_from)
                return false;
        *state = v->state;
        *is_unconfirmed = v->is_unconfirmed;
        return true;
}
