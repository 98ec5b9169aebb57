/* text_private.h - the table of texts: made by tools/texts.c, read by text.c. */
#ifndef BASE_TEXT_PRIVATE_H
#define BASE_TEXT_PRIVATE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Open addressing: a text stands at its hash or in the next free slot after it. Free: english is NULL. */
struct text_pair {
        const char *english, *vietnamese;
        uint64_t hash;
};

extern const struct text_pair text_table[];
extern const size_t text_table_mask; /* slots - 1; slots are a power of two */

/* Eight bytes at a time: texts are sentences, and they are looked up for every page. */
static inline uint64_t text_hash(const char *text, size_t length)
{
        uint64_t hash = length * 0x9E3779B97F4A7C15u, part;

        for (; length >= 8; text += 8, length -= 8) {
                memcpy(&part, text, 8);
                hash = (hash ^ part) * 0xD6E8FEB86659FD93u;
                hash ^= hash >> 32;
        }
        part = 0;
        memcpy(&part, text, length);
        hash = (hash ^ part) * 0xD6E8FEB86659FD93u;
        return hash ^ (hash >> 32);
}

#endif
