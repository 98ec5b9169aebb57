#include "figure/fold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/map.h"

/* Order of entries: by (at, node, hash). */
static int witness_compare(const struct witness *a, const struct witness *b)
{
        int order;

        if (a->at != b->at)
                return a->at < b->at ? -1 : 1;
        order = strcmp(a->node, b->node);
        return order != 0 ? order : memcmp(a->hash, b->hash, HASH_BYTES);
}

static bool witness_saw(const struct witness *w, const struct witness *other)
{
        if (!w->tells_seen)
                return true; /* it comes later, that is all an older program tells */
        for (const struct sighting *s = w->seen; s != NULL; s = s->next)
                if (strcmp(s->stream, other->stream) == 0)
                        return s->seq >= other->seq;
        return false;
}

void contest_name(const struct contest *c, char out[CONTEST_NAME_MAX])
{
        unsigned char all[HASH_BYTES] = { 0 };

        for (size_t i = 0; i < c->count; i++)
                ledger_digest_take(all, c->heads[i]->by->hash);
        hex_write(out, all, (CONTEST_NAME_MAX - 1) / 2);
}

static int compare_versions(const void *a, const void *b)
{
        const struct version *x = a, *y = b;
        int order = x->by == y->by ? 0 : witness_compare(x->by, y->by);

        return order != 0 ? order : (x->known_from > y->known_from) - (x->known_from < y->known_from);
}

/* ---- one day's versions, or all undated ones ------------------------------------------------------------ */

struct race {
        struct arena *arena;
        int64_t of_day;
        struct version **heads; /* at most one a node */
        size_t count;
        struct version *stands;
        struct contests *contests;
};

static bool is_contested(const struct race *r)
{
        for (size_t i = 1; i < r->count; i++)
                if (r->heads[i]->value != r->heads[0]->value || r->heads[i]->measure != r->heads[0]->measure)
                        return true;
        return false;
}

/* Whether a decision names an entry, and as what. */
static bool is_named(const struct witness *by, const struct witness *entry, bool *is_published)
{
        const char *named = strstr(by->settles, entry->hash_hex);

        *is_published = named != NULL && (named == by->settles || named[-1] != '~');
        return named != NULL;
}

static bool follows(const struct version *v, const struct version *head, bool is_contested_now)
{
        bool is_published;

        if (strcmp(v->by->node, head->by->node) == 0)
                return true;
        if (v->by->settles != NULL)
                return is_named(v->by, head->by, &is_published) && (is_published || v->is_entitled);
        return witness_saw(v->by, head->by) && (!is_contested_now || v->by->level >= head->by->level);
}

static void contest_add(struct race *r, const struct witness *closed_by)
{
        struct contests *all = r->contests;
        struct contest *c;

        if (all->count == all->room) {
                size_t room = all->room == 0 ? 4 : all->room * 2;
                struct contest *more = arena_array(r->arena, room, sizeof *more);

                if (all->count > 0)
                        memcpy(more, all->list, all->count * sizeof *more);
                all->list = more;
                all->room = room;
        }
        c = &all->list[all->count++];
        *c = (struct contest){ .of_day = r->of_day, .heads = arena_array(r->arena, r->count, sizeof *c->heads),
                               .count = r->count, .stands = closed_by == NULL ? r->stands : NULL, .closed_by = closed_by };
        memcpy(c->heads, r->heads, r->count * sizeof *c->heads);
}

/* The last of the heads that is cautious; NULL: none. */
static struct version *cautious(const struct race *r)
{
        for (size_t i = r->count; i-- > 0;)
                if (r->heads[i]->is_cautious)
                        return r->heads[i];
        return NULL;
}

static void race_take(struct race *r, struct version *v)
{
        bool was_contested = is_contested(r), takes_place = r->stands == NULL;
        struct version **before = arena_array(r->arena, r->count + 1, sizeof *before), *careful;
        size_t count = r->count, kept = 0;

        if (count > 0)
                memcpy(before, r->heads, count * sizeof *before);
        for (size_t i = 0; i < count; i++) {
                if (!follows(v, before[i], was_contested))
                        r->heads[kept++] = before[i];
                else
                        takes_place |= before[i] == r->stands;
        }
        r->heads[kept] = v;
        r->count = kept + 1;
        if (was_contested && !is_contested(r)) { /* what v ended */
                struct race ended = *r;

                ended.heads = before;
                ended.count = count;
                contest_add(&ended, v->by);
        }
        if (takes_place || v->by->level >= r->stands->by->level)
                r->stands = v;
        careful = is_contested(r) && !r->stands->is_cautious ? cautious(r) : NULL;
        if (careful != NULL)
                r->stands = careful;
        v->place = PLACE_BESIDE;
        r->stands->place = PLACE_STOOD;
}

static bool is_same_race(const struct version *a, const struct version *b)
{
        return a->priority == b->priority && a->is_undated == b->is_undated && (a->is_undated || a->known_from == b->known_from);
}

/* ---- sources ------------------------------------------------------------------------------------------------- */

/* Priorities, and which decisions are near enough for what they name. */
static void ranks_fill(struct version *list, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                const struct witness *by = list[i].by;
                int best = -1, nearest = LEVEL_COUNTRY, readable = LEVEL_COUNT;
                bool is_published;

                for (size_t j = 0; by->settles != NULL && j < i; j++) { /* it comes after what it decides about */
                        const struct witness *named = list[j].by;

                        if (!is_named(by, named, &is_published))
                                continue;
                        best = list[j].priority > best ? list[j].priority : best;
                        nearest = named->level > nearest ? named->level : nearest;
                        readable = named->readable < readable ? named->readable : readable;
                }
                list[i].priority = best < 0 ? by->priority : best;
                list[i].is_entitled = by->level >= (nearest < readable ? nearest : readable);
        }
}

/* What a better source has said stands until one as good says otherwise; conflicts among those it outranks are none. */
static void sources_rank(struct version *list, size_t count, struct contests *contests, size_t first)
{
        size_t kept = first;

        for (size_t i = 0; i < count; i++)
                for (size_t j = 0; j < count && !list[i].is_outranked && list[i].status >= STATUS_SUBMITTED; j++)
                        list[i].is_outranked = list[j].priority > list[i].priority && list[j].known_from <= list[i].known_from &&
                                               list[j].place == PLACE_STOOD && list[j].status >= STATUS_SUBMITTED;
        for (size_t i = 0; i < count; i++)
                if (list[i].is_outranked && list[i].place == PLACE_STOOD)
                        list[i].place = PLACE_BESIDE;
        for (size_t i = first; i < contests->count; i++) {
                bool matters = false;

                for (size_t n = 0; n < contests->list[i].count; n++)
                        matters = matters || !contests->list[i].heads[n]->is_outranked;
                if (matters)
                        contests->list[kept++] = contests->list[i];
        }
        contests->count = kept;
}

/* ---- a node that corrects itself --------------------------------------------------------------------------------- */

static bool is_draft(const struct version *v)
{
        return v->status < STATUS_SUBMITTED;
}

/* Of one node, from one source, for one moment. */
static bool is_same_word(const struct version *a, const struct version *b)
{
        return a->known_from == b->known_from && strcmp(a->by->node, b->by->node) == 0 && strcmp(a->by->source, b->by->source) == 0;
}

#define COMPARED_MOST 16 /* versions of a cell; of more a map tells which are of one word */

/* For each version the last one before it of the same word: its place and 1; 0 where there is none. */
static size_t *words_chain(struct arena *arena, const struct version *list, size_t count)
{
        size_t *before = arena_array(arena, count + 1, sizeof *before);
        struct map *last = count > COMPARED_MOST ? map_in(arena) : NULL;

        for (size_t i = 0; last == NULL && i < count; i++) {
                before[i] = i;
                while (before[i] > 0 && !is_same_word(&list[i], &list[before[i] - 1]))
                        before[i]--;
        }
        for (size_t i = 0; last != NULL && i < count; i++) {
                const char *word = arena_print(arena, "%lld %s %s", (long long)list[i].known_from, list[i].by->node, list[i].by->source);
                int64_t *place = map_put(last, word, strlen(word), NULL);

                if (place == NULL)
                        arena_starve(arena);
                before[i] = (size_t)*place;
                *place = (int64_t)i + 1;
        }
        return before;
}

/* From when on a version counts that corrects another. */
static int64_t correction_moment(const struct version *v)
{
        int64_t at = stamp_moment(v->by->at);

        return at > v->known_from ? at : v->known_from;
}

static bool says_the_same(const struct version *a, const struct version *b)
{
        return a->value == b->value && a->measure == b->measure && a->status == b->status && a->mark == b->mark;
}

/* Which versions correct, and which take no part: a draft that was written again; of two that began in one moment the first; what says the same again. */
static void words_find(struct arena *arena, struct version *list, size_t count, bool *is_idle)
{
        const size_t *before = words_chain(arena, list, count);
        bool *is_later = arena_array(arena, count + 1, sizeof *is_later); /* than one of the same word that is no draft */

        for (size_t i = 0; i < count; i++)
                is_later[i] = before[i] > 0 && (!is_draft(&list[before[i] - 1]) || is_later[before[i] - 1]);
        for (size_t j = 0; j < count; j++)
                for (size_t n = before[j]; n > 0; n = before[n - 1]) {
                        struct version *v = &list[n - 1];

                        if (is_draft(v) || (!is_draft(&list[j]) && (is_later[n - 1] ? correction_moment(v) : v->known_from) == correction_moment(&list[j])))
                                v->place = PLACE_NOWHERE;
                }
        for (size_t i = 0; i < count; i++) {
                const struct version *other = NULL;

                for (size_t j = is_draft(&list[i]) ? 0 : before[i]; j > 0 && other == NULL; j = before[j - 1])
                        if (list[j - 1].place != PLACE_NOWHERE && !is_idle[j - 1] && !is_draft(&list[j - 1]))
                                other = &list[j - 1];
                is_idle[i] = list[i].place == PLACE_NOWHERE || (other != NULL && says_the_same(other, &list[i]));
                list[i].is_correction = other != NULL && !is_idle[i];
        }
}

/* Whether a version known later had come when a correction was written. */
static bool is_too_late(const struct version *list, size_t count, const struct version *v, int64_t from)
{
        for (size_t i = 0; i < count; i++)
                if (list[i].place == PLACE_STOOD && !is_draft(&list[i]) && list[i].known_from > v->known_from && list[i].known_from <= from &&
                    (list[i].status >= v->status || list[i].known_from == from))
                        return true;
        return false;
}

/* One row a moment. Of what is known from one moment the last that corrects nothing stands from it, and those that were written after it, corrections, each from
 * then on; a draft behind all others. */
static void versions_date(struct version *list, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                struct version *v = &list[i];
                bool is_replaced = false;

                for (size_t j = is_draft(v) ? 0 : i + 1; j < count && v->place == PLACE_STOOD && !is_replaced; j++) {
                        const struct version *other = &list[j];

                        if (other == v || other->place != PLACE_STOOD || other->known_from != v->known_from)
                                continue;
                        is_replaced = is_draft(v) ? !is_draft(other) || j > i : !is_draft(other) && !other->is_correction;
                }
                v->stands_from = v->place != PLACE_STOOD || is_replaced ? 0 : v->is_correction ? correction_moment(v) : v->known_from;
        }
        for (size_t i = 0; i < count; i++) /* what was beaten anyway is told of elsewhere */
                list[i].is_correction &= list[i].stands_from != 0;
        for (size_t i = 0; i < count; i++)
                if (list[i].is_correction && is_too_late(list, count, &list[i], list[i].stands_from))
                        list[i].stands_from = 0;
        for (size_t i = 0; i < count; i++) /* corrections written together: of what is known from several moments, or from several sources */
                for (size_t j = 0; j < count && list[i].stands_from != 0; j++)
                        if (i != j && list[i].stands_from == list[j].stands_from &&
                            (list[i].known_from < list[j].known_from || (list[i].known_from == list[j].known_from && i < j)))
                                list[i].stands_from = 0;
        for (size_t i = 0; i < count; i++)
                if (list[i].place != PLACE_NOWHERE)
                        list[i].place = list[i].stands_from != 0 ? PLACE_STOOD : PLACE_BESIDE;
}

/* ---- the cell ------------------------------------------------------------------------------------------------ */

void cell_fold(struct arena *arena, struct version *list, size_t count, struct contests *contests)
{
        bool *is_taken = arena_array(arena, count + 1, sizeof *is_taken), *is_idle = arena_array(arena, count + 1, sizeof *is_idle);
        size_t first = contests->count;

        qsort(list, count, sizeof *list, compare_versions);
        ranks_fill(list, count);
        for (size_t i = 0; i < count; i++) {
                list[i].place = PLACE_BESIDE;
                list[i].is_outranked = list[i].is_correction = false;
                list[i].is_undated = list[i].known_from == stamp_moment(list[i].by->at);
        }
        words_find(arena, list, count, is_idle);
        for (size_t i = 0; i < count; i++) {
                struct race r = { .arena = arena, .of_day = list[i].is_undated ? 0 : list[i].known_from,
                                  .contests = contests };

                if (is_taken[i] || is_idle[i])
                        continue;
                if (is_draft(&list[i])) {
                        list[i].place = PLACE_STOOD; /* a draft stands for itself and counts nowhere */
                        continue;
                }
                r.heads = arena_array(arena, count + 1, sizeof *r.heads);
                for (size_t j = i; j < count; j++)
                        if (!is_taken[j] && !is_idle[j] && !is_draft(&list[j]) && is_same_race(&list[i], &list[j])) {
                                is_taken[j] = true;
                                race_take(&r, &list[j]);
                        }
                if (is_contested(&r))
                        contest_add(&r, NULL);
        }
        sources_rank(list, count, contests, first);
        versions_date(list, count);
}

/* ---- what holds from days on ------------------------------------------------------------------------------------- */

static bool knew(const struct witness *w, const struct witness *other)
{
        return witness_compare(other, w) < 0 && (strcmp(w->node, other->node) == 0 || witness_saw(w, other));
}

void days_end(struct version *list, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                list[i].until = INT64_MAX;
                for (size_t j = 0; j < count; j++)
                        if (list[j].known_from > list[i].known_from && list[j].known_from < list[i].until && knew(list[i].by, list[j].by))
                                list[i].until = list[j].known_from;
        }
}

const struct witness *day_fold(struct arena *arena, const struct version *list, size_t count, int64_t on, struct contests *contests)
{
        struct version *holding = arena_array(arena, count + 1, sizeof *holding);
        size_t n = 0;

        for (size_t i = 0; i < count; i++)
                if (list[i].known_from <= on && on < list[i].until) {
                        holding[n] = list[i];
                        holding[n++].known_from = on;
                }
        cell_fold(arena, holding, n, contests);
        for (size_t i = 0; i < n; i++)
                if (holding[i].place == PLACE_STOOD)
                        return holding[i].by;
        return NULL;
}
