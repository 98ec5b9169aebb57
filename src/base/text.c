#include "base/text.h"

#include "base/text_private.h"

const char *language_name(enum language language)
{
        return language == LANGUAGE_EN ? "en" : "vi";
}

const char *text_in(enum language language, const char *vi, const char *en)
{
        return language == LANGUAGE_EN && *en != '\0' ? en : vi;
}

const char *text(enum language language, const char *english)
{
        const struct text_pair *pair;
        uint64_t hash;
        size_t slot;

        if (language == LANGUAGE_EN)
                return english;
        hash = text_hash(english, strlen(english));
        for (slot = (size_t)hash & text_table_mask;; slot = (slot + 1) & text_table_mask) {
                pair = &text_table[slot];
                if (pair->english == NULL)
                        return english;
                if (pair->hash == hash && strcmp(pair->english, english) == 0)
                        return pair->vietnamese;
        }
}
