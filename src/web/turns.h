/* turns.h - who is next among several askers: each in turn, nobody twice while another waits.
 *
 * Not safe for several threads: the caller holds a lock. Items are the caller's; a queue of a few hundred at most. */
#ifndef WEB_TURNS_H
#define WEB_TURNS_H

#include <stdbool.h>

#define TURN_NAME_MAX 65 /* a key in hexadecimal */

struct turns;

/* most_each: items of one asker that may wait; most_all: of all. NULL where the system has no memory. Close accepts
 * NULL; what still waits is forgotten. */
struct turns *turns_open(int most_each, int most_all);
void turns_close(struct turns *);

/* Queue an item for an asker. False where it or the whole has too many waiting, or the system has no memory. */
bool turns_add(struct turns *, const char *asker, void *item);

/* The next item: of the asker who has waited longest since its last turn and has none under way. NULL if none may
 * begin. Each item taken is given back with turns_done, by the name of its asker. */
void *turns_take(struct turns *);
void turns_done(struct turns *, const char *asker);

/* How many items wait. */
int turns_waiting(const struct turns *);

#endif
