/* judged.h - that what words about whom to trust count for is what the tables say.
 *
 * How a key stands is reckoned twice: by trust.c from the tables, for one key at one moment, and by judge.c in memory, for all words at
 * once. The two follow one rule as long as each word counts for what the stand of its writer and of its key, asked of trust.c, make of it. */
#ifndef TESTS_JUDGED_H
#define TESTS_JUDGED_H

#include "work/work.h"

/* Fails the test where a word counts for something else. How many words were compared: left out are those of a key of this node that
 * has ended, and some that rest on a later word about their writer or key (how it stands before the first depends on by whose word that
 * is, which only judge.c asks). */
size_t assert_judged(struct work *);

#endif
