/* words.h - words that people look for in short texts: folded (utf8_fold), so that case and accents do not matter.
 *
 * A text is found where each word looked for begins a word of it, in whatever order. */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stdbool.h>

#include "base/arena.h"

#define WORDS_MOST 16

/* The next word of a folded text, ended in place; NULL at its end. rest goes on behind it. Signs such as commas and hyphens part words. */
char *word_next(char **rest);

struct words {
        const char *each[WORDS_MOST]; /* folded, a space before each */
        const char *all;              /* one after another, in the same way */
        int count;                    /* 0: only spaces and signs were typed */
};

/* What was typed, as words. False where there are more than WORDS_MOST. Lives as long as the arena. */
bool words_read(struct arena *, const char *typed, struct words *);

/* How well a text fits: 0 not at all, 1 each word begins one of it, 2 the text begins with all of them, 3 it is just these. No words fit nothing. */
int words_fit(struct arena *, const struct words *, const char *text);

#endif
