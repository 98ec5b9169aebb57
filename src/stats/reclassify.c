#include "stats/reclassify.h"

#include "stats/apportion.h"

bool correspondence_check(struct arena *arena, const struct correspondence *list, size_t count, const char *const *code, size_t old_count,
                          struct error *e)
{
        int64_t *sum = arena_array(arena, old_count + 1, sizeof *sum);
        bool *is_split = arena_array(arena, old_count + 1, sizeof *is_split), *is_there = arena_array(arena, old_count + 1, sizeof *is_there);

        for (size_t i = 0; i < count; i++) {
                const struct correspondence *c = &list[i];

                if (c->share_ppm != SHARE_UNKNOWN && (c->share_ppm < 0 || c->share_ppm > SHARE_WHOLE))
                        return error_set(e, ERR_INVALID, "the share of \"%s\" is not between 0 and %d parts per million", code[c->from],
                                         SHARE_WHOLE);
                for (size_t k = 0; k < i; k++)
                        if (list[k].from == c->from && list[k].to == c->to)
                                return error_set(e, ERR_INVALID, "\"%s\" goes to one class twice", code[c->from]);
                is_there[c->from] = true;
                is_split[c->from] |= c->share_ppm == SHARE_UNKNOWN;
                sum[c->from] += c->share_ppm;
        }
        for (size_t i = 0; i < old_count; i++) {
                if (!is_there[i])
                        return error_set(e, ERR_INVALID, "\"%s\" has no successor", code[i]);
                if (!is_split[i] && sum[i] != SHARE_WHOLE)
                        return error_set(e, ERR_INVALID, "the shares of \"%s\" add up to %lld parts per million, not to the whole", code[i],
                                         (long long)sum[i]);
        }
        return true;
}

/* One old class in one month to the classes it went to. */
static void move_class(struct arena *arena, const struct correspondence *const *to, size_t n, int128 value, size_t months, size_t month,
                       int128 *out)
{
        int128 *part = arena_array(arena, n, sizeof *part);
        bool is_known = value >= 0;

        for (size_t k = 0; k < n; k++) {
                is_known = is_known && (to[k]->share_ppm != SHARE_UNKNOWN || n == 1);
                part[k] = n == 1 ? SHARE_WHOLE : to[k]->share_ppm;
        }
        if (is_known)
                is_known = apportion(arena, part, n, value, SHARE_WHOLE, value, part);
        for (size_t k = 0; k < n; k++) {
                int128 *cell = &out[(size_t)to[k]->to * months + month];

                if (!is_known)
                        *cell = -1;
                else if (*cell >= 0)
                        *cell += part[k];
        }
}

void reclassify(struct arena *arena, const struct correspondence *list, size_t count, const int128 *value, size_t old_count, size_t months,
                int128 *out, size_t new_count)
{
        const struct correspondence **to = arena_array(arena, count + 1, sizeof *to);
        size_t *end = arena_array(arena, old_count + 1, sizeof *end), n = 0;

        for (size_t i = 0; i < new_count * months; i++)
                out[i] = 0;
        for (size_t i = 0; i < count; i++)
                end[list[i].from]++;
        for (size_t old = 0; old < old_count; old++) { /* where its moves begin, and when all are in their places, end */
                size_t own = end[old];

                end[old] = n;
                n += own;
        }
        for (size_t i = 0; i < count; i++)
                to[end[list[i].from]++] = &list[i];
        for (size_t old = 0; old < old_count; old++) {
                size_t begin = old == 0 ? 0 : end[old - 1];

                for (size_t t = 0; t < months; t++)
                        move_class(arena, to + begin, end[old] - begin, value[old * months + t], months, t, out);
        }
}
