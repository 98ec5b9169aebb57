#include "stats/excess.h"

#include <stdint.h>

#define NONE SIZE_MAX

struct pairing {
        const size_t *first, *unknown;
        size_t *pair_of_unknown;
        size_t *at, *by, *stack; /* of a search: how far a sum is looked at, the unknown that led to it, the sums on the way */
        size_t *seen, turn;      /* [sum] of which search */
};

/* A pair for a sum that has none, others taking another one where need be. False: there is none. */
static bool find_pair(struct pairing *p, size_t sum)
{
        size_t depth = 1;

        p->turn++;
        p->stack[0] = sum;
        p->at[sum] = p->first[sum];
        p->by[sum] = NONE;
        p->seen[sum] = p->turn;
        while (depth > 0) {
                size_t s = p->stack[depth - 1], u, taker;

                if (p->at[s] == p->first[s + 1]) {
                        depth--;
                        continue;
                }
                u = p->unknown[p->at[s]++];
                taker = p->pair_of_unknown[u];
                if (taker == NONE) {
                        while (depth > 0) { /* each sum on the way takes the unknown that led on from it */
                                s = p->stack[--depth];
                                p->pair_of_unknown[u] = s;
                                u = p->by[s];
                        }
                        return true;
                }
                if (p->seen[taker] == p->turn)
                        continue;
                p->seen[taker] = p->turn;
                p->stack[depth++] = taker;
                p->at[taker] = p->first[taker];
                p->by[taker] = u;
        }
        return false;
}

bool excess_find(struct arena *a, size_t unknowns, size_t sums, const size_t *first, const size_t *unknown, bool *is_excess)
{
        struct pairing p = { .first = first, .unknown = unknown, .pair_of_unknown = arena_array(a, unknowns + 1, sizeof(size_t)),
                             .at = arena_array(a, sums + 1, sizeof(size_t)), .by = arena_array(a, sums + 1, sizeof(size_t)), .stack = arena_array(a, sums + 1, sizeof(size_t)),
                             .seen = arena_array(a, sums + 1, sizeof(size_t)) };
        size_t depth = 0;

        for (size_t u = 0; u < unknowns; u++)
                p.pair_of_unknown[u] = NONE;
        for (size_t s = 0; s < sums; s++)
                is_excess[s] = false;
        for (size_t s = 0; s < sums; s++)
                if (first[s] < first[s + 1] && !find_pair(&p, s)) /* whoever has none never gets one */
                        is_excess[s] = true;
        for (size_t s = 0; s < sums; s++)
                if (is_excess[s])
                        p.stack[depth++] = s;
        if (depth == 0)
                return false;
        while (depth > 0) {
                size_t s = p.stack[--depth];

                for (size_t i = first[s]; i < first[s + 1]; i++) {
                        size_t other = p.pair_of_unknown[unknown[i]];

                        if (other != NONE && !is_excess[other]) {
                                is_excess[other] = true;
                                p.stack[depth++] = other;
                        }
                }
        }
        return true;
}
