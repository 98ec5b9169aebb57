/* throttle.h - slowing down whoever guesses passwords.
 *
 * Counts tries by key (a login, an address) in a table of fixed size, in memory: a restart forgets. A try
 * counts as failed until it is cleared, so tries at the same time cannot slip through. Safe from any thread.
 */
#ifndef ACCOUNT_THROTTLE_H
#define ACCOUNT_THROTTLE_H

#include "base/day.h"

struct throttle;

/* free_tries pass at once; then each further failure waits twice as long, from first_wait to longest_wait
 * seconds. NULL where the system has no memory. Close accepts NULL. */
struct throttle *throttle_open(int free_tries, int first_wait, int longest_wait);
void throttle_close(struct throttle *);

/* 0: go ahead, the try is counted. Otherwise the seconds to wait; nothing is counted. */
int throttle_try(struct throttle *, const char *key, moment now);

/* The try could not be judged (no memory, no disk): it does not count. */
void throttle_take_back(struct throttle *, const char *key);

/* The try was good: forget the key's failures. */
void throttle_clear(struct throttle *, const char *key);

#endif
