#include "stats/apportion.h"

#include <assert.h>
#include <stdlib.h>

#define DOWN_LIMIT ((int128)1 << 126)

/* The highest bit of a number that is not below 0; -1 for 0. */
static int top_bit(int128 n)
{
        uint64_t high = (uint64_t)(n >> 64), low = (uint64_t)n;

        if (high != 0)
                return 127 - __builtin_clzll(high);
        return low != 0 ? 63 - __builtin_clzll(low) : -1;
}

bool scale_floor(int128 value, int128 up, int128 down, int128 *result, int128 *rest)
{
        const int room = 127 - (top_bit(down) + 1);
        int128 whole = value / down, part = value - whole * down;
        uint128 quotient = 0, left = 0, by = (uint128)down;

        assert(up >= 0 && down > 0 && down < DOWN_LIMIT);
        if (part < 0) {
                part += down;
                whole--;
        }
        /* part x up / down, some bits of up at a time: quotient stays below up, left below down, and down x 2^(room + 1) is at most 2^128 */
        for (int bits = top_bit(up) + 1; bits > 0;) {
                int some = bits < room ? bits : room;
                uint128 sum = (left << some) + (uint128)part * ((uint128)up >> (bits - some) & (((uint128)1 << some) - 1)), times = sum / by;

                quotient = (quotient << some) + times;
                left = sum - times * by;
                bits -= some;
        }
        *rest = (int128)left;
        return !__builtin_mul_overflow(whole, up, &whole) && !__builtin_add_overflow(whole, (int128)quotient, result);
}

bool scale_round(int128 value, int128 up, int128 down, int128 *result)
{
        int128 rest;

        if (value < 0) {
                if (!scale_round(-value, up, down, result))
                        return false;
                *result = -*result;
                return true;
        }
        if (!scale_floor(value, up, down, result, &rest))
                return false;
        *result += rest >= down - rest;
        return true;
}

struct remainder {
        int128 size;
        size_t part;
};

static int by_size(const void *a, const void *b)
{
        const struct remainder *x = a, *y = b;

        if (x->size != y->size)
                return x->size > y->size ? -1 : 1;
        return x->part < y->part ? -1 : 1;
}

bool apportion(struct arena *arena, const int128 *value, size_t count, int128 up, int128 down, int128 target, int128 *out)
{
        struct remainder *rest;
        int128 each, extra;

        if (count == 0)
                return true;
        rest = arena_array(arena, count, sizeof *rest);
        for (size_t i = 0; i < count; i++) {
                rest[i].part = i;
                if (!scale_floor(value[i], up, down, &out[i], &rest[i].size) || __builtin_sub_overflow(target, out[i], &target))
                        return false;
        }
        if (!scale_floor(target, 1, (int128)count, &each, &extra))
                return false;
        if (extra > 0)
                qsort(rest, count, sizeof *rest, by_size);
        for (size_t i = 0; i < count; i++)
                out[rest[i].part] += each + (i < (size_t)extra ? 1 : 0);
        return true;
}

/* The parts of a row that are there, by their places. */
static size_t parts_of(const struct printed_row *row, size_t count, size_t parent, size_t *place)
{
        size_t parts = 0;

        for (size_t i = parent + 1; i < count && row[i].depth > row[parent].depth; i++)
                if (row[i].depth == row[parent].depth + 1 && row[i].is_there)
                        place[parts++] = i;
        return parts;
}

void apportion_printed(struct arena *arena, const struct printed_row *row, size_t count, int dropped, int64_t *out)
{
        int128 *part = arena_array(arena, count + 1, sizeof *part), unit = decimal_power[dropped];
        size_t *place = arena_array(arena, count + 1, sizeof *place);

        for (size_t i = 0; i < count; i++)
                if (!decimal_narrow(decimal_divide(row[i].value, unit) * unit, &out[i]))
                        out[i] = row[i].value;
        for (size_t parent = 0; parent < count; parent++) {
                size_t parts = row[parent].is_there ? parts_of(row, count, parent, place) : 0;
                int128 left = row[parent].value;

                for (size_t i = 0; i < parts; i++) {
                        part[i] = row[place[i]].value;
                        left -= part[i];
                }
                if (parts == 0 || left != 0 || !apportion(arena, part, parts, 1, unit, out[parent] / unit, part))
                        continue;
                for (size_t i = 0; i < parts; i++)
                        out[place[i]] = (int64_t)(part[i] * unit);
        }
}
