/* lane.h - the way of requests from other nodes (ROUTE_EXCHANGE), beside that of people.
 *
 * However many nodes come back at once, no more than a few of their requests are under way, one of each node and one node after
 * the other (turns.h), and no page waits for them. Who would wait too long is told when to come again (429), before it sends
 * its body. Who may ask at all, and who hears how it ended, are the hooks of web_set_exchange. */
#ifndef WEB_LANE_H
#define WEB_LANE_H

#include "web/web_private.h"

struct lane;

/* Hooks: NULL where nobody exchanges; then there is no page at those addresses. NULL where the system has no memory. */
struct lane *lane_open(const struct exchange_hooks *);

/* Begin to take requests up, on threads of its own; false where none could be started. */
bool lane_start(struct lane *);

/* Run what still waits, and end the threads; also where some never began. */
void lane_stop(struct lane *);

/* After lane_stop. Accepts NULL. */
void lane_close(struct lane *);

/* Before the body: whether its node may ask (then r->peer is filled and lane_tell is owed) and gets its turn soon enough. Needs the
 * database. */
bool lane_admit(struct lane *, struct work *, struct request *);

/* Suspend an admitted request's connection until its handler has run in its turn or it was refused: has_run, and an error
 * ERR_BUSY with come_again where too many wait already. */
enum MHD_Result lane_enter(struct lane *, struct request *);

/* Tell the exchange once how a request it admitted ended; err NULL: well. Nothing for any other request. */
void lane_tell(const struct lane *, struct request *, const struct error *err);

#endif
